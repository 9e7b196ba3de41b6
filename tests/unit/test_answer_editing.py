"""Silent risks here: a field changed by an audience that may not see it; the position of a report told through a refusal;
a change stored over somebody else's; a form that drops what it does not show."""

from pathlib import Path

import pytest

from geo.answers.editing import Change, answer_form, save_change
from geo.answers.world import World
from geo.errors import RequestError, SchemaError, StaleVersionError, WithheldError
from geo.model import Audience
from geo.settings import Settings
from geo.workspace import Workspace
from tests.toy_country import COUNTRY_TABLES, toy_workspace

TASK, CASE = Audience.TASK_FORCE, Audience.CASE_TEAM
LONGITUDE = 0.123456
SIGHTING = {
    "presence_id": "seen-1", "actor_id": "red", "observed_on": "2020-06-01", "longitude": LONGITUDE, "latitude": 0.5,
    "place_precision": "exact", "source": "Partner A", "reliability": "b",
}  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    actors = [{"actor_id": "red", "name": "Red Band", "actor_type": "non_state", "focal_point": "adviser"}]
    return toy_workspace(tmp_path / "w", {**COUNTRY_TABLES, "actors": actors, "presence": [SIGHTING]})


def change(table: str = "presence", record_id: str = "seen-1", version: int = 1, **values: str) -> Change:
    return Change(table=table, record_id=record_id, values=values, reason="because", version=version)


def stored(workspace: Workspace, table: str = "presence") -> dict[str, object]:
    return workspace.table(table).iloc[0].dropna().to_dict()


def test_a_form_holds_what_the_audience_may_see(workspace: Workspace, settings: Settings) -> None:
    world = World(workspace, settings)
    seen = {
        audience: {field.name for field in answer_form(world, "presence", "seen-1", audience=audience).fields}
        for audience in (TASK, CASE)
    }
    assert seen[CASE] - seen[TASK] == {"longitude", "latitude", "area_wkt", "cells"}
    assert "presence_id" not in seen[CASE]
    told = answer_form(world, "presence", "seen-1", audience=TASK)
    assert told.version == 1
    assert "longitude" not in told.record.columns
    assert told.record.frame["author"].tolist() == ["test"]


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER])
def test_below_the_task_force_nothing_is_edited(workspace: Workspace, settings: Settings, audience: Audience) -> None:
    world = World(workspace, settings)
    with pytest.raises(WithheldError, match="may not edit presence"):
        answer_form(world, "presence", "seen-1", audience=audience)
    with pytest.raises(WithheldError):
        save_change(workspace, world, change(reliability="a"), audience=audience)
    assert stored(workspace)["reliability"] == "b"


def test_a_position_is_changed_by_those_who_may_see_it(workspace: Workspace, settings: Settings) -> None:
    world = World(workspace, settings)
    with pytest.raises(WithheldError, match="may not change longitude"):
        save_change(workspace, world, change(longitude="0.9", reliability="a"), audience=TASK)
    assert stored(workspace)["longitude"] == LONGITUDE
    assert save_change(workspace, world, change(longitude="0.9"), audience=CASE) == ("seen-1", 2)
    assert stored(workspace)["longitude"] == 0.9


def test_what_a_form_does_not_show_stays(workspace: Workspace, settings: Settings) -> None:
    save_change(workspace, World(workspace, settings), change(reliability="a"), audience=TASK)
    row = stored(workspace)
    assert (row["reliability"], row["longitude"], row["version"]) == ("a", LONGITUDE, 2)


def test_the_second_of_two_is_refused_and_told_no_position(workspace: Workspace, settings: Settings) -> None:
    world = World(workspace, settings)
    save_change(workspace, world, change(longitude="0.654321"), audience=CASE)
    with pytest.raises(StaleVersionError) as refusal:
        save_change(workspace, world, change(reliability="a"), audience=TASK)
    assert "0.654321" not in str(refusal.value)
    assert str(LONGITUDE) not in str(refusal.value)
    assert stored(workspace)["reliability"] == "b"


def test_a_new_record_gets_an_id_of_its_own(workspace: Workspace, settings: Settings) -> None:
    world = World(workspace, settings)
    values = {"actor_id": "red", "observed_on": "2020-06-10", "place_precision": "admin1", "admin1": "West"}
    first, version = save_change(workspace, world, change(record_id="", version=0, **values), audience=TASK)
    second, _ = save_change(workspace, world, change(record_id="", version=0, **values), audience=TASK)
    assert version == 1
    assert first != second
    assert len(workspace.table("presence")) == 3


@pytest.mark.parametrize(
    ("values", "reason", "error"),
    [
        ({}, "because", RequestError),
        ({"reliability": "a"}, "  ", RequestError),
        ({"reliability": "z"}, "because", SchemaError),
        ({"observed_on": "yesterday"}, "because", SchemaError),
    ],
)
def test_wrong_input_changes_nothing(
    workspace: Workspace, settings: Settings, values: dict[str, str], reason: str, error: type[Exception]
) -> None:
    asked = Change(table="presence", record_id="seen-1", values=values, reason=reason, version=1)
    with pytest.raises(error):
        save_change(workspace, World(workspace, settings), asked, audience=CASE)
    assert stored(workspace)["version"] == 1


def test_a_blank_form_has_no_record(workspace: Workspace, settings: Settings) -> None:
    blank = answer_form(World(workspace, settings), "actors", "", audience=TASK)
    assert blank.version == 0
    assert blank.record.frame.empty
    assert {"name", "focal_point", "mandate_heir", "mobility"} <= {field.name for field in blank.fields}


POST = {
    "constraint_id": "post-1", "kind": "checkpoint", "reported_on": "2020-06-01", "longitude": LONGITUDE, "latitude": 0.5,
    "source": "Partner A", "actor_id": "red", "fee": 5, "fee_currency": "USD",
}  # fmt: skip
SEEN = {
    "report_id": "look-1", "observed_on": "2020-06-01", "status": "passable", "longitude": LONGITUDE, "latitude": 0.5,
    "source": "Partner A",
}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "record", "withheld"),
    [
        ("constraints", POST, {"longitude", "latitude", "line_wkt", "source", "actor_id"}),
        ("road_reports", SEEN, {"longitude", "latitude", "line_wkt", "source"}),
    ],
)
def test_hindrances_and_road_reports_are_edited_like_sightings(
    tmp_path: Path, settings: Settings, table: str, record: dict[str, object], withheld: set[str]
) -> None:
    workspace = toy_workspace(tmp_path / "roads", {**COUNTRY_TABLES, table: [record]})
    world, (key, *_) = World(workspace, settings), record
    record_id = str(record[key])
    seen = {
        audience: {field.name for field in answer_form(world, table, record_id, audience=audience).fields}
        for audience in (TASK, CASE)
    }
    assert seen[CASE] - seen[TASK] == withheld
    told = answer_form(world, table, record_id, audience=TASK).record.frame
    assert not withheld & set(told.columns)
    with pytest.raises(WithheldError, match="may not change longitude"):
        save_change(workspace, world, change(table, record_id, longitude="0.9"), audience=TASK)
    with pytest.raises(SchemaError, match="two places"):
        save_change(workspace, world, change(table, record_id, road_id="n4"), audience=TASK)
    assert save_change(workspace, world, change(table, record_id, vehicles="truck;4x4"), audience=TASK)[1] == 2
    assert stored(workspace, table)["longitude"] == LONGITUDE
    with pytest.raises(WithheldError, match=f"may not edit {table}"):
        answer_form(world, table, record_id, audience=Audience.CLUSTER)
