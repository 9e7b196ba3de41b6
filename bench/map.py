"""From a click on a filter to the painted map: Piste's layer beside one GeoJSON feature per cell.

    python bench/map.py

Both ways run in the same Streamlit, browser and offline Leaflet, on the same cells and values (seeded).
A time runs from the click in the page to the second animation frame after the new cells are on the
map; medians of five filter changes after one to warm up.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from tests.browser.conftest import CHROMIUM_FLAGS, PAINT_S, Visit, chromium, serve  # noqa: E402

RUNS = 5
CELLS = (5_000, 20_000)
WAYS = {"piste": "canvas layer from compact arrays", "geojson": "one GeoJSON feature per cell"}
_NOTE_CLICK = "document.addEventListener('click', () => { window.__t0 = Date.now(); }, {capture: true, once: true})"
# Both ways hand one feature group per change to the frame; a change is painted two frames later.
_CHANGES = "() => (window.feature_group || []).length"
_PAINTED = """(before) => new Promise((done) => {
    const look = () => (window.feature_group || []).length > before
        ? requestAnimationFrame(() => requestAnimationFrame(() => done(Date.now()))) : setTimeout(look, 5);
    look();
})"""


def repaint_ms(browser: Browser, way: str, cells: int) -> float:
    """Median time from click to painted map."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("static", ".streamlit", "config.toml"):
            (Path(folder) / name).symlink_to(ROOT / name)
        (Path(folder) / "app.py").write_bytes((ROOT / "bench" / "stage" / "map_app.py").read_bytes())
        with serve(Path(folder), BENCH_WAY=way, BENCH_CELLS=str(cells)) as url:
            visit = Visit(page=browser.new_page(viewport={"width": 1280, "height": 720}), url=url)
            visit.open()
            times = _times(visit)
            visit.page.close()
    return median(times[1:])


def _times(visit: Visit) -> list[float]:
    page = visit.page
    page.wait_for_selector("iframe", timeout=PAINT_S * 1000)
    frame = next(frame for frame in page.frames if "st_folium" in frame.url)
    frame.wait_for_function("(window.feature_group || []).length > 0", timeout=PAINT_S * 1000)
    page.wait_for_timeout(1500)
    times: list[float] = []
    for number in range(1, RUNS + 2):
        before = frame.evaluate(_CHANGES)
        page.evaluate(_NOTE_CLICK)
        page.get_by_test_id("stSidebar").get_by_text(str(number), exact=True).click()
        painted = frame.evaluate(_PAINTED, before)
        times.append(painted - page.evaluate("window.__t0"))
        page.wait_for_timeout(500)
    return times


def main() -> None:
    """Print one line per way and size."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        print("filter click to painted map, ms (median of 5)")
        for cells in CELLS:
            found = {way: repaint_ms(browser, way, cells) for way in WAYS}
            for way, about in WAYS.items():
                print(f"  {cells:>6,} cells  {about:<34} {found[way]:>8,.0f}   x{found[way] / found['piste']:.1f}")
        browser.close()


if __name__ == "__main__":
    main()
