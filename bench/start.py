"""From the start command to the first painted map, and from a filter click to the repainted page, on the sample.

    python bench/start.py

Everything is the real thing: ``python -m geo serve``, the system's Chromium, a fresh session each time. Start
times are medians of five starts; repaint times medians of six filter changes on the Incidents page, and of six days on
the Armed actors page that nobody has asked for before.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from geo.workspace import open_workspace  # noqa: E402
from geo.workspace.sample import build_sample  # noqa: E402
from tests.browser.conftest import CHROMIUM_FLAGS, Visit, choose_audience, chromium, free_port  # noqa: E402

STARTS = 5
DAYS = 6
PERIODS = ("3 months", "6 months", "5 years", "24 months", "all years", "12 months")


def run_once(browser: Browser, workspace: Path) -> tuple[float, float, list[float], list[float]]:
    """Seconds to "ready", seconds from opening the page to its map, ms per filter change and per change of day."""
    port = free_port()
    page = browser.new_page(viewport={"width": 1280, "height": 720})  # a browser that is open, as people's are
    command = [sys.executable, "-m", "geo", "serve", "--port", str(port), "--workspace", str(workspace)]
    begun = time.time()
    server = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    try:
        while "Piste is ready" not in server.stderr.readline():
            assert server.poll() is None, "the dashboard did not start"
        ready = time.time()
        visit = Visit(page=page, url=f"http://127.0.0.1:{port}")
        visit.open()
        painted = painted_at(visit)
        changes, days = repaint_ms(visit), day_ms(visit)
        visit.page.close()
    finally:
        server.terminate()
        server.wait(timeout=20)
    return ready - begun, painted - ready, changes, days


def painted_at(visit: Visit) -> float:
    """When the browser first showed the map, by its own clock: asking often would slow what is measured."""
    return float(visit.map_frame().evaluate("__piste.first_at")) / 1000


def repaint_ms(visit: Visit) -> list[float]:
    visit.open("what-happened")
    frame = visit.map_frame(title="Incidents per cell")
    visit.page.get_by_role("button", name="Period").click()
    times = []
    for period in PERIODS:
        before = frame.evaluate("__piste.scenes")
        option = visit.page.get_by_role("radiogroup").get_by_text(period, exact=True)
        clicked = time.perf_counter()
        option.click()
        frame.wait_for_function("before => __piste.scenes > before", arg=before, polling=5)
        times.append(1000 * (time.perf_counter() - clicked))
    return times


def day_ms(visit: Visit) -> list[float]:
    """From the key that steps half a year back to the map of that day, on the Armed actors page."""
    visit.open("who-is-where")
    visit.map_frame(title="Strongest actor per cell")
    choose_audience(visit, "Task force")
    frame = visit.map_frame(title="Strongest actor per cell", scenes=2)
    visit.page.get_by_text("actors of equal weight").wait_for()  # the page is at rest
    slider = visit.page.get_by_role("slider")
    times = []
    for _ in range(DAYS):
        before = frame.evaluate("__piste.scenes")
        pressed = time.perf_counter()
        slider.press("ArrowLeft")
        frame.wait_for_function("before => __piste.scenes > before", arg=before, polling=5)
        times.append(1000 * (time.perf_counter() - pressed))
        visit.page.wait_for_timeout(2500)  # the card of the years may still be computed
    return times


def main() -> None:
    """Print start and repaint times."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        workspace = Path(folder) / "workspace"
        build_sample(open_workspace(workspace, author="bench", create=True), ROOT / "data" / "sample")
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        runs = [run_once(browser, workspace) for _ in range(STARTS)]
        browser.close()
    to_ready, to_map = median(run[0] for run in runs), median(run[1] for run in runs)
    print("start command to first painted map, sample (median of 5)")
    print(f"  ready {to_ready:.1f} s, then map {to_map:.1f} s, together {to_ready + to_map:.1f} s")
    print("filter click to repainted page, sample, Incidents page (median of 6 per start)")
    print(f"  {median(median(run[2]) for run in runs):,.0f} ms")
    print("step to another day to repainted map, sample, Armed actors page (median of 6 per start)")
    print(f"  {median(median(run[3]) for run in runs):,.0f} ms")


if __name__ == "__main__":
    main()
