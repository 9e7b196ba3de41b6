"""One mission from the queue to the telephone, as a person does it. Silent risks here: a request that is picked on the map
and not in the list; a change that is undone by the next click; a plan that is signed and is not the one looked at; a file
whose line is not the one planned; anything fetched from the internet."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from playwright.sync_api import Frame, Page, expect

from geo.__main__ import main
from geo.answers.mission_order import answer_order
from geo.answers.world import World
from geo.model import Audience
from geo.settings import Settings
from geo.workspace import open_workspace
from tests.browser.conftest import Visit, check_clean, choose_audience, serve_workspace

PAGE = "plan-a-mission"
PLAN_MS = 180_000  # the first plan of a fresh server compiles its searches


@pytest.fixture
def workspace(sample_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_folder, tmp_path / "workspace"))


@pytest.fixture
def address(workspace: Path) -> Iterator[str]:
    with serve_workspace(workspace) as url:
        yield url


def place_of(workspace: Path, request_id: str) -> tuple[float, float]:
    """Where the site of a request lies."""
    store = open_workspace(workspace, author="reader")
    site = store.table("requests").set_index("request_id").loc[request_id, "site_id"]
    row = store.table("sites").set_index("site_id").loc[site]
    store.close()
    return float(row["longitude"]), float(row["latitude"])


def click_on_map(page: Page, frame: Frame, lonlat: tuple[float, float]) -> None:
    at = frame.evaluate(
        "([lon, lat]) => { const p = __piste.map().latLngToContainerPoint([lat, lon]); return [p.x, p.y]; }",
        list(lonlat),
    )
    box = page.locator(".st-key-card iframe").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + at[0], box["y"] + at[1])


def tick_first_row(page: Page) -> None:
    """Tick the first request of the list; its cells are painted, so by position, once the list stands still."""
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_have_count(1, timeout=60_000)  # while the page is drawn anew the old one is there too
    box, before = table.bounding_box(), None
    while box != before:
        page.wait_for_timeout(300)
        expect(table).to_have_count(1, timeout=60_000)
        box, before = table.bounding_box(), box
    assert box is not None
    page.mouse.click(box["x"] + 17, box["y"] + 35 + 14)


def headline(page: Page, text: str, *, timeout_ms: int = 60_000) -> None:
    expect(page.locator(".p-head h1")).to_contain_text(text, timeout=timeout_ms)


def no_scroll(page: Page) -> None:
    """The page fits 1280 x 720 once it is drawn."""
    page.wait_for_function(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollHeight - m.clientHeight <= 1; }",
        timeout=10_000,
    )


def choose_dry(page: Page) -> None:
    page.get_by_role("button", name="4x4, wet").click()
    page.get_by_role("combobox", name="Season").click()
    page.get_by_role("option", name="dry", exact=True).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="4x4, dry")).to_be_visible(timeout=60_000)


def leave_two_days_earlier(page: Page) -> None:
    page.get_by_role("button", name="Leaves: Mon 5 Oct").click()
    page.get_by_role("spinbutton", name="day, Day of departure").click()
    page.get_by_role("button", name="Saturday, October 3, 2026").click()
    expect(page.get_by_role("button", name="Leaves: Sat 3 Oct")).to_be_visible(timeout=60_000)
    page.locator(".p-head h1").click()  # closes the popover


def pick_three(tour: Visit, workspace: Path) -> None:
    """The oldest by its button, one on the map, one in the list."""
    page, frame = tour.page, tour.map_frame(title="Requests to verify")
    headline(page, "28 requests wait")
    no_scroll(page)
    before = frame.evaluate("() => __piste.scenes")
    page.get_by_role("button", name="Pick the oldest").click()
    expect(page.get_by_text("case-011 · abduction")).to_be_visible(timeout=60_000)
    frame = tour.map_frame(title="Requests to verify", scenes=before + 1)  # the one picked is drawn
    click_on_map(page, frame, place_of(workspace, "case-001"))
    expect(page.get_by_text("case-001 · sexual violence")).to_be_visible(timeout=60_000)
    tour.map_frame(title="Requests to verify", scenes=before + 2)
    tick_first_row(page)
    expect(page.get_by_text("case-019 · ")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Empty: 3 picked")).to_be_visible(timeout=60_000)
    no_scroll(page)


def sign(page: Page, letter: str) -> None:
    page.get_by_role("button", name=f"Sign {letter}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("case-001; case-011; case-019")).to_be_visible()
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(dialog.get_by_text("a sign-off needs a role and a reason")).to_be_visible()
    for field, text in (("Role", "head of field office"), ("Reason", "the oldest first")):
        dialog.get_by_role("textbox", name=field).fill(text)
        dialog.get_by_role("textbox", name=field).press("Tab")
    dialog.get_by_role("button", name="Sign", exact=True).click()
    headline(page, "is signed: 3 stops, 5 Oct 2026 to 7 Oct 2026", timeout_ms=PLAN_MS)


def downloaded(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download(timeout=60_000) as waiting:
        page.get_by_role("button", name=button).click(timeout=60_000)  # closed while another file is made
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_from_the_oldest_request_to_the_order_and_back(
    address: str, workspace: Path, visit: Callable[..., Visit], settings: Settings, tmp_path: Path
) -> None:
    tour = visit(address, accept_downloads=True)
    page = tour.page
    tour.open(PAGE)
    tour.map_frame(title="Requests to verify")
    headline(page, "At least 20 requests wait")
    assert "case-" not in page.content()
    choose_audience(tour, "Task force")
    pick_three(tour, workspace)

    page.get_by_role("button", name="Plan for 3").click()
    expect(page.get_by_role("button", name="Leaves: Mon 5 Oct")).to_be_visible()
    expect(page.get_by_role("button", name="Sign ")).to_be_visible(timeout=PLAN_MS)
    tour.map_frame(title="Alternatives for the requests picked")
    no_scroll(page)
    choose_dry(page)
    leave_two_days_earlier(page)

    headline(page, "none has a team that keeps the rules")
    expect(page.get_by_text("No team can be formed")).to_be_visible()
    expect(page.get_by_role("button", name="Sign A")).to_be_disabled()
    page.get_by_role("button", name="Move to Monday 5 October").click()
    headline(page, "A serves all 3 requests")
    expect(page.get_by_role("button", name="Leaves: Mon 5 Oct")).to_be_visible()

    page.get_by_test_id("stRadio").get_by_text("B", exact=True).click()
    expect(page.get_by_role("button", name="Sign B")).to_be_enabled()
    expect(page.get_by_role("button", name="Leaves: Mon 5 Oct")).to_be_visible()
    no_scroll(page)
    sign(page, "B")
    tour.map_frame(title="The way of a mission")
    no_scroll(page)

    page.get_by_role("button", name="Files").click()
    order = downloaded(page, "Order (PDF, English)", tmp_path)
    french = downloaded(page, "Ordre (PDF, français)", tmp_path)
    track = downloaded(page, "GPX (tracks and waypoints)", tmp_path)
    assert order.read_bytes().startswith(b"%PDF")
    assert french.read_bytes().startswith(b"%PDF")
    assert french.read_bytes() != order.read_bytes()
    check_clean(tour)
    assert_same_line(track, workspace, settings)


def assert_same_line(track: Path, workspace: Path, settings: Settings) -> None:
    """Taken in by our own import into a fresh workspace, the file holds the legs as the order has them, point by point."""
    store = open_workspace(workspace, author="reader")
    world = World(store, settings)
    missions = world.records("missions")
    (mission_id,) = missions.loc[missions["status"] == "signed", "mission_id"]
    told = answer_order(world, str(mission_id), world.latest_date, audience=Audience.TASK_FORCE)
    legs = told.tables["mission_legs"].frame
    store.close()
    folder = track.parent / "fresh"
    assert main(["import", "roads", str(track), "--country", "XVM", "--workspace", str(folder)]) == 0
    fresh = open_workspace(folder, author="reader")
    roads = fresh.table("roads").set_index("name")
    fresh.close()
    assert len(roads) == len(legs) > 3
    for name, planned in zip(legs["name"], legs["geometry"], strict=True):
        assert np.array_equal(shapely.get_coordinates(roads.loc[name, "geometry"]), shapely.get_coordinates(planned))


def test_a_request_is_edited_and_results_are_told(address: str, workspace: Path, visit: Callable[..., Visit]) -> None:
    tour = visit(address)
    page = tour.page
    tour.open(PAGE)
    tour.map_frame(title="Requests to verify")
    choose_audience(tour, "Task force")
    page.get_by_role("button", name="Pick the oldest").click()
    page.get_by_role("button", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Referral").click()
    page.get_by_role("option", name="referred", exact=True).click()
    dialog.get_by_role("textbox", name="Reason").fill("referred by the partner")
    dialog.get_by_role("textbox", name="Reason").press("Tab")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    headline(page, "22 referrals are overdue")

    page.get_by_test_id("stMain").get_by_text("Calendar", exact=True).click()
    headline(page, "No missions signed, 2 done")
    page.get_by_role("button", name="Tell results").click()
    dialog.get_by_role("combobox", name="Outcome").first.click()
    page.get_by_role("option", name="pending", exact=True).click()
    dialog.get_by_role("combobox", name="Why not verified").first.click()
    page.get_by_role("option", name="children gone", exact=True).click()
    dialog.get_by_role("textbox", name="Told by").fill("MINOSS")
    dialog.get_by_role("textbox", name="Told by").press("Tab")
    dialog.get_by_role("button", name="Store results").click()
    expect(dialog).to_be_hidden()
    store = open_workspace(workspace, author="reader")
    assert "mission-02:case-052" in set(store.table("visits")["visit_id"])
    store.close()
    check_clean(tour)
