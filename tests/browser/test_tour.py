"""One tour through the dashboard as a person takes it: served by its own command, seen in a real browser.

Silent risks here: a script fetched from the internet; a map that draws nothing; a filter lost on a page
change or a reload; zoom lost on a filter; a page answered without its frame, and so without its audience.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import (
    ROOT,
    SERVER_START_S,
    Visit,
    check_clean,
    choose_audience,
    free_port,
    go_to,
    serve_workspace,
)

MAP_PAGES = {
    "Situation": "",
    "Incidents": "what-happened",
    "Armed actors": "who-is-where",
    "Roads and routes": "getting-there",
    "Plan a mission": "plan-a-mission",
    "Drawdown": "if-a-base-closes",
}
FILE_NAMES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


@pytest.fixture(scope="module")
def address(sample_folder: Path) -> Iterator[str]:
    with serve_workspace(sample_folder) as url:
        yield url


def test_every_page_paints_its_map_and_nothing_leaves_this_machine(address: str, visit: Callable[..., Visit]) -> None:
    tour = visit(address)
    tour.open()
    tour.map_frame(title="Incidents, armed actors, roads and bases")
    choose_audience(tour, "Task force")
    for name, path in MAP_PAGES.items():
        go_to(tour, name)
        tour.page.wait_for_url(f"**/{path}**")
        frame = tour.map_frame()
        assert frame.evaluate("() => __piste.layers.length") > 0, name
        check_clean(tour)
        main = tour.page.get_by_test_id("stMain")
        assert main.evaluate("m => m.scrollHeight - m.clientHeight") <= 1, f"{name} scrolls at 1280 x 720"
    go_to(tour, "Data")
    tour.page.get_by_text("Imports, newest first").wait_for()
    check_clean(tour)


def test_filter_survives_page_change_and_reload_and_zoom_survives_the_filter(
    address: str, visit: Callable[..., Visit]
) -> None:
    tour = visit(address)
    tour.open("what-happened")
    frame = tour.map_frame(title="Incidents per cell")
    frame.evaluate("window.__mark = 1; __piste.map().setView([1, 1], __piste.map().getZoom() + 0.7, {animate: false})")
    view = frame.evaluate("__piste.view()")
    tour.page.get_by_role("button", name="Period").click()
    before = frame.evaluate("() => __piste.scenes")
    tour.page.get_by_text("all years", exact=True).click()
    frame = tour.map_frame(title="Incidents per cell", scenes=before + 1)
    assert frame.evaluate("() => window.__mark") == 1, "the map frame was reloaded"
    assert frame.evaluate("__piste.view()") == view, "the zoom was lost"
    tour.page.keyboard.press("Escape")
    assert "months=" in tour.page.url
    go_to(tour, "Situation")
    tour.page.get_by_role("button", name="Period: all years").wait_for()
    tour.page.reload()
    tour.page.get_by_role("button", name="Period: all years").wait_for()
    check_clean(tour)


def test_months_play_for_the_task_force_and_never_reach_the_public(address: str, visit: Callable[..., Visit]) -> None:
    tour = visit(address)
    got: list[bytes] = []
    tour.page.on("websocket", lambda socket: socket.on("framereceived", lambda sent: got.append(bytes(sent))))
    tour.open("what-happened")
    frame = tour.map_frame(title="Incidents per cell")
    assert frame.evaluate("__piste.months()") is None
    assert re.search(rb'totals\\+"', b"".join(got)) is None
    choose_audience(tour, "Task force")
    frame.wait_for_function("__piste.months() !== null", timeout=30_000)
    assert re.search(rb'totals\\+"', b"".join(got)), "what the public is not sent is sent under this name"
    every = frame.evaluate("__piste.months()")
    slider = frame.get_by_role("slider", name="Month")
    slider.press("End")
    last = frame.evaluate("__piste.months()")
    assert last["at"] == last["count"]
    assert 0 < last["cells"] < every["cells"]
    check_clean(tour)


@pytest.mark.parametrize("path", [*MAP_PAGES.values(), "files"])
def test_direct_link_to_a_page_has_its_frame(address: str, visit: Callable[..., Visit], path: str) -> None:
    tour = visit(address)
    tour.open(path)
    tour.page.get_by_test_id("stSidebar").get_by_text("Audience").wait_for()
    check_clean(tour)


@pytest.mark.parametrize("name", FILE_NAMES)
def test_direct_link_to_a_file_name_never_runs_the_page_without_its_frame(
    address: str, visit: Callable[..., Visit], name: str
) -> None:
    tour = visit(address)
    tour.open(name)
    tour.page.get_by_test_id("stSidebar").get_by_text("Audience").wait_for()
    assert tour.page.get_by_text("Page not found").count() <= 1
    assert tour.outside == []


@pytest.mark.parametrize("damaged", [False, True], ids=["missing", "damaged"])
def test_serve_refuses_a_workspace_that_cannot_be_opened(tmp_path: Path, *, damaged: bool) -> None:
    folder = tmp_path / "workspace"
    if damaged:
        folder.mkdir()
        (folder / "registry.sqlite").write_text("words, and no database", encoding="utf-8")
    command = [sys.executable, "-m", "geo", "serve", "--port", str(free_port()), "--workspace", str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SERVER_START_S, check=False)
    assert ended.returncode == 2
    assert str(folder) in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_files_of_the_incidents_page_are_made_for_the_audience_on_screen(
    address: str, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    here = visit(address)
    here.open("what-happened")
    here.map_frame(title="Incidents per cell")
    here.page.get_by_role("button", name="Export").click()
    for button, start in {"Picture": b"\x89PNG", "GeoPackage": b"SQLite format 3", "HXL": b"cell,"}.items():
        with here.page.expect_download() as waiting:
            here.page.get_by_role("button", name=button).click()
        path = tmp_path / button
        waiting.value.save_as(path)
        assert waiting.value.suggested_filename.startswith("piste-incidents-public-")
        assert path.read_bytes().startswith(start)
    assert "#event+num" in (tmp_path / "HXL").read_text(encoding="utf-8").splitlines()[1]
    assert "observed" not in (tmp_path / "HXL").read_text(encoding="utf-8").splitlines()[0]
    check_clean(here)


def test_a_file_for_the_task_force_holds_what_the_task_force_sees(
    address: str, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    here = visit(address)
    here.open("what-happened")
    here.map_frame(title="Incidents per cell")
    choose_audience(here, "Task force")
    here.page.get_by_text("Audience: task force").wait_for()
    here.page.get_by_role("button", name="Export").click()
    with here.page.expect_download() as waiting:
        here.page.get_by_role("button", name="HXL").click()
    waiting.value.save_as(tmp_path / "table")
    assert waiting.value.suggested_filename.startswith("piste-incidents-task_force-")
    assert "observed" in (tmp_path / "table").read_text(encoding="utf-8").splitlines()[0]
    check_clean(here)
