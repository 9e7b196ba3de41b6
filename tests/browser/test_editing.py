"""Silent risks here: the second of two people who edit one record overwrites the first without seeing it; a form that
loses what was typed; a record changed by somebody who may not see it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo.workspace import open_workspace
from tests.browser.conftest import Visit, check_clean, choose_audience, serve_workspace

PAGE = "who-is-where"
FIELD = "Focal point"


@pytest.fixture
def workspace(sample_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_folder, tmp_path / "workspace"))


@pytest.fixture
def address(workspace: Path) -> Iterator[str]:
    with serve_workspace(workspace) as url:
        yield url


def open_card(visit: Visit, actor: str) -> None:
    visit.open(PAGE)
    visit.map_frame()
    choose_audience(visit, "Task force")
    visit.page.get_by_role("button", name="Actor: all").click()
    visit.page.get_by_role("combobox", name="Actor").click()
    visit.page.get_by_role("option", name=actor, exact=True).click()
    visit.page.keyboard.press("Escape")
    expect(visit.page.get_by_role("button", name=f"Actor: {actor}")).to_be_visible()


def change(visit: Visit, what: str) -> None:
    visit.page.get_by_role("button", name="Change", exact=True).click()
    visit.page.get_by_role("menuitem", name=what).click()


def fill(page: Page, label: str, text: str) -> None:
    page.get_by_role("textbox", name=label).fill(text)
    page.get_by_role("textbox", name=label).press("Tab")


def test_the_second_of_two_sees_both_versions(address: str, workspace: Path, visit: Callable[..., Visit]) -> None:
    tour = visit(address)
    open_card(tour, "MLH-R")
    change(tour, "Edit record")
    dialog = tour.page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox", name=FIELD)).to_have_value("child protection adviser, sector east")
    # Somebody else is quicker.
    store = open_workspace(workspace, author="focal point")
    store.edit(
        "actors", "mlh-r", {"focal_point": "liaison officer", "engagement": "contact"}, reason="met in the north"
    )
    fill(tour.page, FIELD, "adviser, sector north")
    fill(tour.page, "Reason", "the sector moved")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Somebody changed this while you typed")).to_be_visible()
    for text in ("child protection adviser, sector east", "liaison officer", "adviser, sector north", "by focal point"):
        expect(dialog.get_by_text(text).first).to_be_visible()
    assert record(workspace)["focal_point"] == "liaison officer", "stored before the person chose"
    dialog.get_by_role("button", name="Put mine over it").click()
    expect(dialog).to_be_hidden()
    stored = record(workspace)
    assert stored["focal_point"] == "adviser, sector north"
    assert stored["engagement"] == "contact", "a field the person never touched was overwritten"
    expect(tour.page.get_by_text("adviser, sector north")).to_be_visible()
    check_clean(tour)


def test_a_commitment_is_signed(address: str, workspace: Path, visit: Callable[..., Visit]) -> None:
    tour = visit(address)
    open_card(tour, "MLH-R")
    change(tour, "Add commitment")
    dialog = tour.page.get_by_role("dialog")
    for field, value in (("Kind", "road map"), ("Status", "signed")):
        dialog.get_by_role("combobox", name=field).click()
        tour.page.get_by_role("option", name=value, exact=True).click()
    fill(tour.page, "Counterpart", "country task force")
    fill(tour.page, "Reason", "signed in the north")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(tour.page.get_by_text("Road map", exact=True)).to_be_visible()
    rows = open_workspace(workspace, author="reader").table("commitments")
    assert rows.loc[rows["kind"] == "road_map", "actor_id"].tolist().count("mlh-r") == 1
    check_clean(tour)


def record(workspace: Path) -> dict[str, object]:
    rows = open_workspace(workspace, author="reader").table("actors")
    return rows.loc[rows["actor_id"] == "mlh-r"].iloc[0].to_dict()


def test_a_sighting_is_added_and_a_place_that_cannot_be_is_refused(
    address: str, workspace: Path, visit: Callable[..., Visit]
) -> None:
    tour = visit(address)
    open_card(tour, "MLH-R")
    change(tour, "Add sighting")
    dialog = tour.page.get_by_role("dialog")
    fill(tour.page, "Reason", "patrol report")
    before = len(open_workspace(workspace, author="reader").table("presence"))
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".p-caveat.refused")).to_be_visible()
    province = (
        open_workspace(workspace, author="reader").table("boundaries").loc[lambda t: t["level"] == 1, "name"].iloc[0]
    )
    fill(tour.page, "Admin1", str(province))
    dialog.get_by_role("combobox", name="Place precision").click()
    tour.page.get_by_role("option", name="admin1").click()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    rows = open_workspace(workspace, author="reader").table("presence")
    assert len(rows) == before + 1
    added = rows.loc[rows["presence_id"].str.startswith("presence-") & (rows["admin1"].fillna("") == province)]
    assert "mlh-r" in set(added["actor_id"])
    check_clean(tour)
