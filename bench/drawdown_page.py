"""From a click on a base to the repainted Drawdown page, in a real browser: the sample, and a country of 100 bases.

    python bench/drawdown_page.py

The Central African Republic as in ``bench/drawdown.py``: 100 bases, cells of resolution 6, some thousand sites. Every
click closes a base that no click closed before, so nothing is remembered of the answer. Medians.
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

import pandas as pd  # noqa: E402
from playwright.sync_api import Frame, Page, sync_playwright  # noqa: E402

from bench.drawdown import RESOLUTION, made_world  # noqa: E402
from geo.answers.world import World  # noqa: E402
from geo.settings import read_settings  # noqa: E402
from geo.workspace import open_workspace  # noqa: E402
from geo.workspace.sample import build_sample  # noqa: E402
from tests.browser.conftest import CHROMIUM_FLAGS, Visit, choose_audience, chromium, free_port  # noqa: E402

CLICKS, TITLE = 9, "Reach today and after a phase"
CELLS = "36 km²"  # of resolution 6, as the page calls it
APART_PX = 26  # bases nearer to each other than this are not clicked: the hand could not tell them apart either


def begin(page: Page) -> None:
    """Put a new scenario on the table."""
    page.get_by_test_id("stMain").get_by_role("button", name="version 1").or_(
        page.get_by_role("button", name="Scenario", exact=True)
    ).click()
    page.get_by_text("New …", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name").fill("bench")
    dialog.get_by_role("textbox", name="Name").press("Tab")
    dialog.get_by_role("button", name="Begin").click()


def targets(frame: Frame, bases: pd.DataFrame) -> list[tuple[float, float]]:
    """Pixels of bases that stand apart from all others."""
    at = frame.evaluate(
        "all => all.map(([lon, lat]) => { const p = __piste.map().latLngToContainerPoint([lat, lon]); return [p.x, p.y]; })",
        bases[["longitude", "latitude"]].to_numpy(dtype=float).tolist(),
    )
    middle = frame.evaluate("__piste.map().getSize().x") / 2  # the bar between today and after lies there
    return [
        (x, y)
        for one, (x, y) in enumerate(at)
        if abs(x - middle) > APART_PX
        and all(one == two or abs(x - a) + abs(y - b) > APART_PX for two, (a, b) in enumerate(at))
    ]


def click_ms(visit: Visit, bases: pd.DataFrame) -> list[float]:
    """Milliseconds from each click to the map of the phase without that base."""
    page = visit.page
    begin(page)
    frame = visit.map_frame(title=TITLE)
    page.wait_for_timeout(3000)
    box = page.locator(".st-key-card iframe").bounding_box()
    assert box is not None
    times = []
    for number in range(CLICKS + 1):
        x, y = targets(frame, bases)[number]  # anew each time: a longer legend moves the map
        before = frame.evaluate("__piste.scenes")
        clicked = time.perf_counter()
        page.mouse.click(box["x"] + x, box["y"] + y)
        frame.wait_for_function("before => __piste.scenes > before", arg=before, polling=5)
        times.append(1000 * (time.perf_counter() - clicked))
        page.wait_for_timeout(1500)  # the page is at rest
    return times[1:]  # the first loads what is loaded once


def on_page(workspace: Path, bases: pd.DataFrame, query: str, audience: str) -> list[float]:
    """Serve a workspace and click in it."""
    port = free_port()
    command = [sys.executable, "-m", "geo", "serve", "--port", str(port), "--workspace", str(workspace)]
    server = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    try:
        assert server.stderr is not None
        while "Piste is ready" not in server.stderr.readline():
            assert server.poll() is None, "the dashboard did not start"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
            visit = Visit(
                page=browser.new_page(viewport={"width": 1280, "height": 720}), url=f"http://127.0.0.1:{port}"
            )
            visit.open(f"if-a-base-closes{query}")
            visit.page.locator(".p-head").wait_for(timeout=120_000)
            choose_audience(visit, audience)
            visit.page.get_by_test_id("stMain").get_by_role("button", name="Files").or_(
                visit.page.get_by_role("button", name="Scenario", exact=True)
            ).first.wait_for(timeout=120_000)
            times = click_ms(visit, bases)
            browser.close()
    finally:
        server.terminate()
        server.wait(timeout=20)
    return times


def main() -> None:
    """Print the time of a click."""
    settings = read_settings(ROOT / "config.toml")
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample"
        build_sample(open_workspace(sample, author="bench", create=True), ROOT / "data" / "sample")
        world = World(open_workspace(sample, author="bench"), settings)
        times = on_page(sample, world.bases_at(world.latest_date), "", "Task force")
        print(f"click on a base to repainted page, sample: {median(times):,.0f} ms (median of {len(times)})")
        country = made_world(Path(folder))
        bases, cells = country.bases_at(country.latest_date), len(country.territory(RESOLUTION))
        times = on_page(Path(folder) / "workspace", bases, f"?res={CELLS.replace(' ', '%20')}", "Case team")
        print(f"the same, {len(bases)} bases and {cells:,} cells: {median(times):,.0f} ms (median of {len(times)})")


if __name__ == "__main__":
    main()
