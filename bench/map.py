"""From a click on a filter to the painted map: Piste's layer beside one GeoJSON feature per cell.

    python bench/map.py

All ways run in the same Streamlit, browser and offline Leaflet, on the same cells and values (seeded): four
incidents a cell in twelve months, with the four numbers the Incidents page shows of a cell; GeoJSON carries
only the count. A time runs from the click in the page to the second animation frame after the new cells are
on the map; a weight is all the server sends in that time. Medians of five filter changes after one to warm
up. The last line is one step of the months being played, from the slider to the painted map.
"""

import math
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Frame, sync_playwright  # noqa: E402

from tests.browser.conftest import CHROMIUM_FLAGS, PAINT_S, Visit, chromium, serve  # noqa: E402

RUNS = 5
CELLS = (5_000, 20_000)
WAYS = {
    "piste": "canvas layer from compact arrays",
    "months": "the same with twelve months to play",
    "geojson": "one GeoJSON feature per cell",
}
LIMIT_MS, LIMIT_MB, LIMIT_CELLS = 600, 1.0, 20_000
_NOTE_CLICK = "document.addEventListener('click', () => { window.__t0 = Date.now(); }, {capture: true, once: true})"
# Both ways hand one feature group per change to the frame; a change is painted two frames later.
_COUNT = "() => (window.feature_group || []).length"
_PAINTED = """(before) => new Promise((done) => {
    const look = () => (window.feature_group || []).length > before
        ? requestAnimationFrame(() => requestAnimationFrame(() => done(Date.now()))) : setTimeout(look, 5);
    look();
})"""
_STEP = """() => new Promise((done) => {
    const slider = document.querySelector('.piste-months input'), begun = performance.now();
    slider.value = (Number(slider.value) + 1) % 13;
    slider.dispatchEvent(new Event('input'));
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaint:
    """Medians of one way at one size."""

    ms: float
    megabytes: float
    step_ms: float  # of one month; not a number without months


def repaint(browser: Browser, way: str, cells: int) -> Repaint:
    """Median time from click to painted map, and what was sent for it."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("static", ".streamlit", "config.toml"):
            (Path(folder) / name).symlink_to(ROOT / name)
        (Path(folder) / "app.py").write_bytes((ROOT / "bench" / "stage" / "map_app.py").read_bytes())
        with serve(Path(folder), BENCH_WAY=way, BENCH_CELLS=str(cells)) as url:
            visit = Visit(page=browser.new_page(viewport={"width": 1280, "height": 720}), url=url)
            got: list[int] = []
            visit.page.on("websocket", lambda socket: socket.on("framereceived", lambda sent: got.append(len(sent))))
            visit.open()
            found = _changes(visit, got)
            steps = [_frame(visit).evaluate(_STEP) for _ in range(13)] if way == "months" else [math.nan]
            visit.page.close()
    times, weights = zip(*found[1:], strict=True)
    return Repaint(ms=median(times), megabytes=median(weights) / 1e6, step_ms=median(steps))


def _frame(visit: Visit) -> Frame:
    return next(frame for frame in visit.page.frames if "st_folium" in frame.url)


def _changes(visit: Visit, got: list[int]) -> list[tuple[float, int]]:
    """Milliseconds and bytes of each change of the filter."""
    page = visit.page
    page.wait_for_selector("iframe", timeout=PAINT_S * 1000)
    frame = _frame(visit)
    frame.wait_for_function("(window.feature_group || []).length > 0", timeout=PAINT_S * 1000)
    page.wait_for_timeout(1500)
    found: list[tuple[float, int]] = []
    for number in range(1, RUNS + 2):
        before = frame.evaluate(_COUNT)
        got.clear()
        page.evaluate(_NOTE_CLICK)
        page.get_by_test_id("stSidebar").get_by_text(str(number), exact=True).click()
        painted = frame.evaluate(_PAINTED, before)
        page.wait_for_timeout(500)
        found.append((painted - page.evaluate("window.__t0"), sum(got)))
    return found


def main() -> None:
    """Print one line per way and size."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        print("filter click to painted map, ms and MB sent (medians of 5)")
        for cells in CELLS:
            found = {way: repaint(browser, way, cells) for way in WAYS}
            for way, about in WAYS.items():
                one, ratio = found[way], found[way].ms / found["piste"].ms
                print(f"  {cells:>6,} cells  {about:<36} {one.ms:>7,.0f} ms  x{ratio:<5.1f} {one.megabytes:>5.2f} MB")
                if way != "geojson" and cells == LIMIT_CELLS and (one.ms > LIMIT_MS or one.megabytes > LIMIT_MB):
                    print(f"         over the limit of {LIMIT_MS} ms and {LIMIT_MB} MB")
            print(f"  {cells:>6,} cells  one month to the next {found['months'].step_ms:>22,.0f} ms, nothing sent")
        browser.close()


if __name__ == "__main__":
    main()
