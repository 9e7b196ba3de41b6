"""A drawdown as a workshop goes through it: bases clicked on the map, phases dragged, one closure forced early, planned anew,
two duties handed over, a package sealed, the pack taken home. Silent risks here: a click that closes another base than the
one under the hand; a drag that tells another day than it shows; a saved scenario that is not the one on the table; a
closure forced in one view and unknown to the next; the duty edited is not the one looked at; a pack that lacks what the
screen shows; anything from the internet."""

import datetime as dt
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect
from pptx import Presentation

from geo.__main__ import main
from geo.answers.handover import HandoverRequest, answer_handover
from geo.answers.phases import stored_scenario
from geo.answers.world import World
from geo.drawdown.scenarios import Scenario
from geo.model import Audience
from geo.settings import Settings
from geo.workspace import open_workspace
from pages._shared.drawdown import handover_words
from tests.browser.conftest import Visit, check_clean, choose_audience, serve_workspace
from tests.browser.test_missions import click_on_map, downloaded, headline, no_scroll

PAGE = "if-a-base-closes"
TITLE, ORDER, DUTIES = "Reach today and after a phase", "Bases in the order they close", "Duties that fall to nobody"
STILL = 4  # so many looks, a tenth of a second apart, at a map that does not move
WAIT_MS = 60_000  # for a page to be drawn on a machine with other work
FORCED = dt.date(2027, 1, 20)  # the record of the base ends on 31 March
ACCEPTED = dt.date(2026, 9, 28)
PASSPHRASE = "seven dry wells east of town"
UNICEF = "UN children's agency"


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


def at_rest(page: Page) -> None:
    """The page is drawn to its end."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=WAIT_MS)


def click_at(tour: Visit, title: str, lonlat: tuple[float, float]) -> None:
    """Click a place of the map once the page is drawn and the map under the hand stands still."""
    frame = tour.map_frame(title=title)
    at_rest(tour.page)
    places: list[object] = []
    while len(places) < STILL or len({str(place) for place in places[-STILL:]}) > 1:
        tour.page.wait_for_timeout(100)
        seen = frame.evaluate(
            "([lon, lat]) => { const p = __piste.map().latLngToContainerPoint([lat, lon]); return [p.x, p.y]; }",
            list(lonlat),
        )
        places.append((seen, tour.page.locator(".st-key-card iframe").bounding_box()))
    click_on_map(tour.page, frame, lonlat)


def click_base(tour: Visit, workspace: Path, base_id: str, *, closes: bool = True) -> None:
    """Click a base on the map and wait until its card says what became of it."""
    at_rest(tour.page)
    before = tour.map_frame(title=TITLE).evaluate("() => __piste.scenes")
    click_at(tour, TITLE, place_of(workspace, base_id))
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


def type_day(within: Page | Locator, name: str, day: dt.date) -> None:
    for part, value in (("year", day.year), ("month", day.month), ("day", day.day)):
        field = within.get_by_role("spinbutton", name=f"{part}, {name}")
        field.click()
        field.press_sequentially(f"{value:02d}")


def force(page: Page, day: dt.date) -> None:
    page.get_by_role("button", name="Force", exact=True).click()
    type_day(page, "Must close on", day)
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


def go_to_view(tour: Visit, name: str, title: str) -> None:
    tour.page.get_by_test_id("stMain").get_by_role("radio", name=name, exact=True).click()
    tour.map_frame(title=title)


def build_three_phases(tour: Visit, workspace: Path) -> None:
    """Three phases by clicks, one click taken back, one refused."""
    page = tour.page
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
    click_at(tour, TITLE, place_of(workspace, "base-04"))
    expect(page.get_by_text("closes twice")).to_be_visible(timeout=WAIT_MS)


def move_phases(page: Page) -> None:
    """The third by hand, the second by arrow keys; each is then the one looked at, on the day its handle tells."""
    drag_phase(page, "Phase 3", 60)
    expect(page.get_by_text("Phase 3 · Jun 2027")).to_be_hidden(timeout=WAIT_MS)
    headline(page, f"After Phase 3 ({day_on_line(page, 'Phase 3')})")
    shown = day_on_line(page, "Phase 2")
    line = page.get_by_role("slider", name="Phase 2", exact=True)
    line.press("ArrowRight")
    line.press("ArrowRight")
    assert day_on_line(page, "Phase 2") != shown
    headline(page, f"After Phase 2 ({day_on_line(page, 'Phase 2')})")


def day_on_line(page: Page, name: str) -> str:
    told = page.get_by_role("slider", name=name, exact=True).get_attribute("aria-valuetext")
    return str(told).split("begins ")[1]


def force_early(tour: Visit, workspace: Path) -> None:
    """The north must close two months before its record ends; what that costs is looked at."""
    click_base(tour, workspace, "base-05")
    force(tour.page, FORCED)
    expect(tour.page.get_by_text("Forced · Jan 2027")).to_be_visible(timeout=WAIT_MS)
    headline(tour.page, "After Orlonelle must close (20 Jan 2027)")
    no_scroll(tour.page)


def plan_anew(tour: Visit) -> None:
    """Nothing is typed again: old order, new order and regret are there."""
    page = tour.page
    go_to_view(tour, "Order", ORDER)
    at_rest(page)
    page.get_by_role("radio", name="Re-plan").click()
    panel = page.locator(".st-key-panelfill")
    expect(panel.get_by_text("20 Jan 2027, as the scenario West first says")).to_be_visible(timeout=WAIT_MS)
    expect(panel.get_by_text("Orlonelle is forced to close")).to_be_visible()
    expect(panel.get_by_text("less than the old order")).to_be_visible()
    first = panel.locator("tbody tr").first
    expect(first).to_contain_text("Orlonelle")
    expect(panel.get_by_text("old order: ").first).to_be_attached()
    expect(panel.get_by_text("had one known from the start")).to_be_visible()
    no_scroll(page)


def choose_base(tour: Visit, workspace: Path, base_id: str, name: str) -> None:
    click_at(tour, DUTIES, place_of(workspace, base_id))
    expect(tour.page.get_by_role("button", name=f"Base: {name}")).to_be_visible(timeout=WAIT_MS)


def row_of_duty(workspace: Path, settings: Settings, kind: str, base_id: str) -> int:
    """Place of a duty in the countdown of its base; the cells of the list are painted and cannot be read."""
    scenario = kept(workspace, settings, "West first")
    store = open_workspace(workspace, author="reader")
    world = World(store, settings)
    request = HandoverRequest(as_of=world.latest_date, scenario=scenario)
    rows = handover_words.countdown(answer_handover(world, request, audience=Audience.TASK_FORCE), base_id)
    store.close()
    return [row["kind"] for row in rows].index(kind)


def open_duty(page: Page, row: int, title: str) -> None:
    """Tick a duty of the list, by position, once the list stands still."""
    at_rest(page)
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_have_count(1, timeout=WAIT_MS)
    box, before = table.bounding_box(), None
    while box != before:
        page.wait_for_timeout(300)
        box, before = table.bounding_box(), box
    assert box is not None
    page.mouse.click(box["x"] + 17, box["y"] + 35 + 28 * row + 14)
    expect(page.locator(".st-key-panelduty").get_by_text(title)).to_be_visible(timeout=WAIT_MS)


def hand_over(page: Page, button: str, receiver: str, reason: str) -> None:
    """Fill in the form of the duty chosen; what is missing in it is said first."""
    page.locator(".st-key-panelduty").get_by_role("button", name=button).click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_role("textbox", name="Receiver", exact=True)
    field.fill(receiver)
    field.press("Tab")
    # Who is not paid for a duty is no heir, even of one that is handed over.
    for name, word in (("Funded", "yes"), ("Status", "handed over")):
        dialog.get_by_role("combobox", name=name).click()
        page.get_by_role("option", name=word, exact=True).click()
    dialog.get_by_role("textbox", name="Reason").fill(reason)
    dialog.get_by_role("textbox", name="Reason").press("Tab")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("needs accepted_on")).to_be_visible(timeout=WAIT_MS)
    type_day(dialog, "Accepted on", ACCEPTED)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden(timeout=WAIT_MS)


def hand_over_two(tour: Visit, workspace: Path, settings: Settings) -> None:
    """One that had no heir who is paid, one that nobody had written down."""
    page = tour.page
    go_to_view(tour, "Handover", DUTIES)
    headline(page, "19 of 32 duties fall to nobody; Toulélane closes in 90 days")
    choose_base(tour, workspace, "base-05", "Orlonelle")
    open_duty(page, row_of_duty(workspace, settings, "it", "base-05"), "IT of Orlonelle")
    hand_over(page, "Edit", UNICEF, "signed for in the workshop")
    headline(page, "18 of 32 duties fall to nobody")
    # The list is a shorter one: no other duty stands in the place of the one that was chosen.
    expect(page.locator(".st-key-panelduty")).to_have_count(0)
    choose_base(tour, workspace, "base-04", "Toulélane")
    open_duty(page, row_of_duty(workspace, settings, "open_request", "base-04"), "Open request of Toulélane")
    hand_over(page, "Write down", UNICEF, "taken over in the workshop")
    headline(page, "17 of 32 duties fall to nobody")
    expect(page.get_by_text("6 of 32")).to_be_visible()
    at_rest(page)
    page.get_by_role("radio", name="Bases", exact=True).click()
    for base in ("Orlonelle", "Toulélane"):
        cells = page.locator(".st-key-panelfill tr", has_text=base).locator("td")
        expect(cells.nth(3)).to_have_text("0")
        expect(cells.nth(6)).to_have_text("1")
    no_scroll(page)


def seal(tour: Visit, workspace: Path, folder: Path) -> Path:
    page = tour.page
    choose_base(tour, workspace, "base-05", "Orlonelle")
    page.get_by_role("button", name="Seal a package").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Receiver").click()
    page.get_by_role("option", name=UNICEF, exact=True).click()
    for name, text in (("or a passphrase", PASSPHRASE), ("Reason", "the workshop closes the file")):
        dialog.get_by_role("textbox", name=name).fill(text)
        dialog.get_by_role("textbox", name=name).press("Tab")
    dialog.get_by_role("button", name="Seal", exact=True).click()
    expect(dialog.get_by_text("SHA-256")).to_be_visible(timeout=WAIT_MS)
    package = downloaded(page, "Download the sealed package", folder)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    return package


def export_pack(tour: Visit, folder: Path) -> dict[str, bytes]:
    """The four files of the pack."""
    page = tour.page
    page.get_by_role("button", name="Files").click()
    names = {
        "en.pdf": "Workshop pack (PDF, English)",
        "fr.pdf": "Dossier d’atelier (PDF, français)",
        "en.pptx": "Workshop pack (slides, English)",
        "fr.pptx": "Dossier d’atelier (diapositives, français)",
    }
    found = {key: downloaded(page, name, folder).read_bytes() for key, name in names.items()}
    page.keyboard.press("Escape")
    return found


def sites_on_screen(page: Page) -> set[str]:
    """Names in the table of lost sites."""
    rows = page.locator(".st-key-panelfill tbody td:first-child")
    return {text.splitlines()[0].removesuffix("●").strip() for text in rows.all_inner_texts()}


def rows_of_slides(content: bytes) -> list[list[str]]:
    """Rows of every table on the slides, as text."""
    tables = [
        shape.table for slide in Presentation(io.BytesIO(content)).slides for shape in slide.shapes if shape.has_table
    ]
    return [[cell.text for cell in row.cells] for table in tables for row in table.rows]


def assert_pack(pack: dict[str, bytes], sites: set[str]) -> None:
    """PDFs are PDFs; slides name the sites the screen names, and the two duties with their heir."""
    assert pack["en.pdf"].startswith(b"%PDF")
    assert pack["fr.pdf"].startswith(b"%PDF")
    assert len(set(pack.values())) == len(pack)
    for language, done in (("en", "handed over"), ("fr", "remis")):
        rows = rows_of_slides(pack[f"{language}.pptx"])
        cells = {cell for row in rows for cell in row}
        assert len(sites) > 20
        assert sites - cells == set()
        for base in ("Orlonelle", "Toulélane"):
            assert [row for row in rows if {base, UNICEF, done} <= set(row)], (language, base)


def assert_opens(package: Path) -> None:
    """The receiver opens the package with the words it was told, and finds its three duties."""
    told, folder = package.parent / "words.txt", package.parent / "opened"
    told.write_text(PASSPHRASE + "\n", encoding="utf-8")
    assert main(["handover", "open", str(package), "--passphrase-file", str(told), "--out", str(folder)]) == 0
    duties = pd.read_csv(folder / "duties.csv").set_index("duty_id")
    assert set(duties.index) == {"duty-08", "duty-11", "duty-12"}
    assert duties.loc["duty-12", "status"] == "handed_over"


def assert_kept(workspace: Path, settings: Settings) -> None:
    """What was done stands in the workspace, each with author and reason."""
    found = kept(workspace, settings, "West first")
    assert [phase.name for phase in found.phases] == ["Phase 1", "Phase 2", "Phase 3"]
    closing = [[one.base_id for one in phase.measures] for phase in found.phases]
    assert closing == [["base-04"], ["base-06"], ["base-09"]]
    assert dict(found.forced) == {"base-05": FORCED}
    store = open_workspace(workspace, author="reader")
    duties = store.table("duties").set_index("duty_id")
    (new,) = set(duties.index) - {f"duty-{number:02d}" for number in range(1, 20)}
    reasons = {
        ("scenarios", found.scenario_id): ["first round of the workshop"],
        ("duties", "duty-12"): ["signed for in the workshop", "the workshop closes the file"],
        ("duties", new): ["taken over in the workshop"],
    }
    for (table, record_id), expected in reasons.items():
        told = store.history(table, record_id)
        assert told["author"].tolist()[-len(expected) :] == ["planner"] * len(expected)
        for reason, part in zip(told["reason"].tolist()[-len(expected) :], expected, strict=True):
            assert part in reason
    for duty_id, base_id in (("duty-12", "base-05"), (new, "base-04")):
        row = duties.loc[duty_id]
        assert (row["base_id"], row["status"], row["receiver"]) == (base_id, "handed_over", UNICEF)
        assert row["accepted_on"].date() == ACCEPTED
    store.close()


def test_a_workshop_from_the_first_click_to_the_pack(
    address: str, workspace: Path, visit: Callable[..., Visit], settings: Settings, tmp_path: Path
) -> None:
    tour = visit(address, accept_downloads=True)
    page = tour.page
    tour.open(PAGE)
    headline(page, "of sites within 4 h today")
    assert "base-0" not in page.content()
    choose_audience(tour, "Task force")
    tour.map_frame(title=TITLE)
    headline(page, "13 sites have no base within 4 h")
    no_scroll(page)

    build_three_phases(tour, workspace)
    move_phases(page)
    force_early(tour, workspace)
    save(page)
    plan_anew(tour)
    hand_over_two(tour, workspace, settings)
    package = seal(tour, workspace, tmp_path)

    # Back where it began, the scenario still lies on the table, and the phase that was looked at.
    go_to_view(tour, "Phases", TITLE)
    headline(page, "After Orlonelle must close (20 Jan 2027)")
    page.get_by_role("radio", name="Phase 3").click()
    headline(page, "After Phase 3")
    sites = sites_on_screen(page)
    pack = export_pack(tour, tmp_path)
    check_clean(tour)

    assert_pack(pack, sites)
    assert_opens(package)
    assert_kept(workspace, settings)
