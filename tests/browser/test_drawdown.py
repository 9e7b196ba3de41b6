"""A drawdown as a workshop builds it: bases clicked on the map, phases dragged, one closure forced early, saved. Silent
risks here: a click that closes another base than the one under the hand; a drag that tells another day than it shows; a
second click that does not undo the first; a saved scenario that is not the one on the table; anything from the internet."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo.answers.phases import stored_scenario
from geo.answers.world import World
from geo.drawdown.scenarios import Scenario
from geo.settings import Settings
from geo.workspace import open_workspace
from tests.browser.conftest import Visit, check_clean, choose_audience, serve_workspace
from tests.browser.test_missions import click_on_map, headline, no_scroll

PAGE = "if-a-base-closes"
TITLE = "Reach today and after a phase"


@pytest.fixture
def workspace(sample_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_folder, tmp_path / "workspace"))


@pytest.fixture
def address(workspace: Path) -> Iterator[str]:
    with serve_workspace(workspace) as url:
        yield url


def place_of(workspace: Path, base_id: str) -> tuple[float, float]:
    store = open_workspace(workspace, author="reader")
    row = store.table("bases").set_index("base_id").loc[base_id]
    store.close()
    return float(row["longitude"]), float(row["latitude"])


def kept(workspace: Path, settings: Settings, name: str) -> Scenario:
    """The scenario of a name, as the workspace has it."""
    store = open_workspace(workspace, author="reader")
    world = World(store, settings)
    rows = world.records("scenarios").set_index("name")
    found = stored_scenario(world, str(rows.loc[name, "scenario_id"]))
    store.close()
    return found


def begin(page: Page, name: str) -> None:
    page.get_by_role("button", name="East first").click()
    page.get_by_text("New …", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name").fill(name)
    dialog.get_by_role("textbox", name="Name").press("Tab")
    dialog.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("Phase 1 · Dec 2026")).to_be_visible(timeout=30_000)


def add_phase(page: Page, label: str) -> None:
    page.get_by_role("button", name="Add phase").click()
    page.get_by_role("button", name="Add", exact=True).last.click()
    expect(page.get_by_text(label)).to_be_visible(timeout=30_000)
    page.keyboard.press("Escape")


def click_base(tour: Visit, workspace: Path, base_id: str, *, closes: bool = True) -> None:
    """Click a base on the map and wait until its card says what became of it."""
    frame = tour.map_frame(title=TITLE)
    before = frame.evaluate("() => __piste.scenes")
    click_on_map(tour.page, frame, place_of(workspace, base_id))
    tour.map_frame(title=TITLE, scenes=before + 1)
    label = "Open again" if closes else "Close in"
    expect(tour.page.locator(".st-key-panelbase").get_by_role("button", name=label)).to_be_visible(timeout=30_000)


def drag_phase(page: Page, name: str, px: int) -> None:
    box = page.get_by_role("slider", name=name, exact=True).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + px / 2, y)
    page.mouse.move(x + px, y)
    page.mouse.up()


def force(page: Page, day: dt.date) -> None:
    page.get_by_role("button", name="Force", exact=True).click()
    for part, value in (("year", day.year), ("month", day.month), ("day", day.day)):
        page.get_by_role("spinbutton", name=f"{part}, Must close on").click()
        page.keyboard.type(f"{value:02d}")
    page.get_by_role("button", name="Force closure").click()


def save(page: Page) -> None:
    page.get_by_role("button", name="West first").click()
    page.get_by_text("Save …", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_text("write a reason")).to_be_visible()
    dialog.get_by_role("textbox", name="Reason").fill("first round of the workshop")
    dialog.get_by_role("textbox", name="Reason").press("Tab")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden(timeout=30_000)
    expect(page.get_by_role("button", name="West first, version 1")).to_be_visible(timeout=30_000)


def test_three_phases_are_built_by_clicking_and_saved(
    address: str, workspace: Path, visit: Callable[..., Visit], settings: Settings
) -> None:
    tour = visit(address)
    page = tour.page
    tour.open(PAGE)
    headline(page, "of sites within 4 h today")
    assert "base-0" not in page.content()
    choose_audience(tour, "Task force")
    tour.map_frame(title=TITLE)
    headline(page, "13 sites have no base within 4 h")
    no_scroll(page)

    begin(page, "West first")
    click_base(tour, workspace, "base-04")
    click_base(tour, workspace, "base-04", closes=False)
    click_base(tour, workspace, "base-04")
    no_scroll(page)
    add_phase(page, "Phase 2 · Mar 2027")
    click_base(tour, workspace, "base-06")
    add_phase(page, "Phase 3 · Jun 2027")
    click_base(tour, workspace, "base-09")

    # A base that closes already is not closed twice: one sentence, and nothing is lost.
    frame = tour.map_frame(title=TITLE)
    click_on_map(page, frame, place_of(workspace, "base-04"))
    expect(page.get_by_text("closes twice")).to_be_visible(timeout=30_000)

    drag_phase(page, "Phase 3", 60)
    expect(page.get_by_text("Phase 3 · Jun 2027")).to_be_hidden(timeout=30_000)
    line = page.get_by_role("slider", name="Phase 2", exact=True)
    shown = line.get_attribute("aria-valuetext")
    line.press("ArrowRight")
    line.press("ArrowRight")
    expect(line).not_to_have_attribute("aria-valuetext", str(shown))
    page.wait_for_timeout(1500)

    click_base(tour, workspace, "base-01")
    force(page, dt.date(2027, 1, 20))
    expect(page.get_by_text("Forced · Jan 2027")).to_be_visible(timeout=30_000)
    no_scroll(page)
    save(page)

    found = kept(workspace, settings, "West first")
    assert [phase.name for phase in found.phases] == ["Phase 1", "Phase 2", "Phase 3"]
    assert [[one.base_id for one in phase.measures] for phase in found.phases] == [
        ["base-04"],
        ["base-06"],
        ["base-09"],
    ]
    assert dict(found.forced) == {"base-01": dt.date(2027, 1, 20)}
    check_clean(tour)
