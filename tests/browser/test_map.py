"""Silent risks here: a blank map offline; a frame that reloads and forgets the zoom at each filter;
text from data that runs; a click that answers with the wrong cell; a map that asks another host."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h3
import pytest
from playwright.sync_api import Frame

from tests.browser.conftest import ROOT, Visit, serve

STAGE = Path(__file__).parent / "stage" / "app.py"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that shows one map, with the app's own settings and scripts."""
    folder = tmp_path_factory.mktemp("stage")
    (folder / "app.py").write_bytes(STAGE.read_bytes())
    for name in ("static", ".streamlit", "config.toml"):
        (folder / name).symlink_to(ROOT / name)
    with serve(folder) as url:
        yield url


@pytest.fixture
def seen(stage: str, visit: Callable[..., Visit]) -> Visit:
    made = visit(stage)
    made.open()
    return made


def choose(seen: Visit, text: str) -> None:
    seen.page.get_by_test_id("stSidebar").get_by_text(text, exact=True).click()


def at(frame: Frame, lon: float, lat: float) -> dict[str, float]:
    """Where a position lies in the map, px."""
    return frame.evaluate(
        "([lon, lat]) => { const p = __piste.map().latLngToContainerPoint([lat, lon]); return {x: p.x, y: p.y}; }",
        [lon, lat],
    )


def colour(frame: Frame, lon: float, lat: float) -> list[int]:
    """Colour of the painted map at a position."""
    return frame.evaluate(
        """([lon, lat]) => {
            const canvas = document.querySelector('.leaflet-overlay-pane canvas');
            const box = canvas.getBoundingClientRect(), p = __piste.map().latLngToContainerPoint([lat, lon]);
            const k = canvas.width / box.width;
            return [...canvas.getContext('2d').getImageData((p.x - box.left) * k, (p.y - box.top) * k, 1, 1).data];
        }""",
        [lon, lat],
    )


def test_map_is_painted_without_leaving_this_machine(seen: Visit) -> None:
    frame = seen.map_frame()
    assert [layer["n"] for layer in frame.evaluate("__piste.layers")] == [3675, 3675]
    assert colour(frame, -4.6, 0.0) == [0xED, 0xEC, 0xE5, 255], "beyond the outlines"
    assert colour(frame, 3.0, 3.7) == [0xFB, 0xFA, 0xF5, 255], "land"
    assert seen.outside == []
    assert seen.faults == []


def test_filter_keeps_zoom_and_frame(seen: Visit) -> None:
    frame = seen.map_frame(title="cells first")
    frame.evaluate("window.__mark = 7; __piste.map().setView([1, 1], __piste.map().getZoom() + 0.7, {animate: false})")
    before = frame.evaluate("__piste.view()")
    choose(seen, "second")
    same = seen.map_frame(title="cells second", scenes=2)
    assert same.evaluate("window.__mark") == 7, "the frame was reloaded"
    assert same.evaluate("__piste.view()") == before
    choose(seen, "first")
    assert seen.map_frame(title="cells first", scenes=3).evaluate("__piste.view()") == before


def test_zoom_survives_a_reload_of_the_page_and_home_leads_back(seen: Visit) -> None:
    frame = seen.map_frame()
    home = frame.evaluate("__piste.view()")
    frame.get_by_role("button", name="Zoom in").click()
    frame.wait_for_function("Object.keys(sessionStorage).some((key) => key.startsWith('piste-view'))")
    near = frame.evaluate("__piste.view()")
    assert near["zoom"] > home["zoom"]
    seen.page.reload()
    again = seen.map_frame()
    assert again.evaluate("__piste.view()") == pytest.approx(near)
    again.get_by_role("button", name="Whole area").click()
    assert again.evaluate("__piste.view()")["zoom"] == pytest.approx(home["zoom"])


def test_pointing_shows_text_and_never_runs_it(seen: Visit) -> None:
    frame = seen.map_frame()
    spot = middle_of_a_cell(frame)
    frame.locator("#map_div").hover(position=spot)
    tip = frame.locator(".piste-tip")
    tip.wait_for(state="visible")
    assert tip.inner_text().startswith("</script><img src=x onerror=")
    assert "{{7*7}}" in tip.inner_text()
    assert frame.locator(".piste-tip img").count() == 0
    assert seen.page.title() != "broken"
    assert frame.evaluate("document.title") != "broken"
    assert seen.faults == []


def middle_of_a_cell(frame: Frame) -> dict[str, float]:
    return at(frame, *reversed(h3.cell_to_latlng(h3.latlng_to_cell(0.9, -1.2, 5))))


def test_click_answers_with_the_cell_under_the_pointer(seen: Visit) -> None:
    frame = seen.map_frame()
    frame.locator("#map_div").click(position=middle_of_a_cell(frame))
    answer = answer_of(seen, "cell")
    assert answer["cell"] == h3.latlng_to_cell(0.9, -1.2, 5)
    assert answer["layer"] == "Events"


def answer_of(seen: Visit, name: str) -> dict[str, Any]:
    seen.page.get_by_test_id("stSidebar").get_by_text(f'"{name}"').first.wait_for(timeout=20_000)
    text = seen.page.get_by_test_id("stJson").inner_text()
    lines = [line.strip().strip(",").replace('"', "") for line in text.replace(":\n", ":").splitlines()]
    return {key: value for key, _, value in (line.partition(":") for line in lines) if value}


def test_every_layer_draws_and_a_base_answers_with_its_id(seen: Visit) -> None:
    seen.map_frame()
    choose(seen, "everything")
    frame = seen.map_frame(title="everything first")
    assert [layer["kind"] for layer in frame.evaluate("__piste.layers")] == [
        "cells",
        "cells",
        "lines",
        "routes",
        "points",
    ]
    assert frame.locator(".piste-chip").all_inner_texts() == ["Now", "Later"]
    frame.locator("#map_div").click(position=at(frame, -3.0, -3.0))
    assert answer_of(seen, "id")["id"] == "b1"
    bar = frame.locator(".piste-swipe")
    bar.focus()
    bar.press("ArrowLeft")
    assert bar.get_attribute("aria-valuenow") == "46"
    assert seen.faults == []


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_map_fills_its_card_and_the_page_does_not_scroll(
    stage: str, visit: Callable[..., Visit], width: int, height: int
) -> None:
    seen = visit(stage, width=width, height=height)
    seen.open()
    frame = seen.map_frame()
    hidden = "(() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollHeight - m.clientHeight; })()"
    assert seen.page.evaluate(hidden) <= 0
    assert frame.evaluate("__piste.map().getSize().y") > 0.55 * height


def test_map_grows_with_the_letters_of_the_page(seen: Visit) -> None:
    frame = seen.map_frame()
    seen.page.evaluate("document.documentElement.style.setProperty('font-size', '30px', 'important')")
    seen.page.set_viewport_size({"width": 1300, "height": 760})
    frame.wait_for_function(
        "getComputedStyle(document.documentElement).getPropertyValue('--px') === '2'", timeout=20_000
    )
