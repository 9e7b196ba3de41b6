"""Silent risks here: an edit lost because two people saved at once; a version number given twice; a number
that changes its last digit on the way through JSON; records that vanish with an import that only repeated them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from geo.errors import RequestError, SchemaError, StaleVersionError, UnknownRecordError
from geo.schema import BASES, REGISTRY_TABLES, TABLES
from geo.workspace import Workspace, open_workspace, registry
from tests.toy_readings import base, incident, reading_of


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace of a planner."""
    made = open_workspace(tmp_path / "ws", author="planner", create=True)
    yield made
    made.close()


def _said(workspace: Workspace, record_id: str, field: str) -> object:
    return workspace.table("bases").set_index("base_id")[field].get(record_id)


def test_a_row_becomes_a_version_only_when_it_says_something_new(workspace: Workspace) -> None:
    workspace.add(reading_of("bases", [base("A"), base("B")]))
    second = workspace.add(reading_of("bases", [base("B", helipad="yes"), base("A"), base("C")]))
    assert (second.rows_read, second.rows_stored) == (3, 3)
    frame = workspace.table("bases")
    assert frame[["base_id", "version", "source_line"]].to_numpy().tolist() == [["A", 1, 2], ["B", 2, 2], ["C", 1, 4]]
    assert frame["helipad"].tolist() == [pd.NA, True, pd.NA]


def test_an_import_replaces_the_whole_record(workspace: Workspace) -> None:
    workspace.add(reading_of("bases", [base("A", helipad="yes", escort_slots_per_week=2)]))
    workspace.add(reading_of("bases", [base("A", escort_slots_per_week=3)]))
    assert (_said(workspace, "A", "helipad"), _said(workspace, "A", "escort_slots_per_week")) == (pd.NA, 3.0)


def test_an_edit_merges_fields_and_keeps_the_rest_to_the_last_digit(workspace: Workspace) -> None:
    longitude = 18.123456789012345
    workspace.add(reading_of("bases", [base("A", longitude=longitude, valid_from="2014-09-15")]))
    assert workspace.edit("bases", "A", {"helipad": "oui", "valid_to": "2024-06-30"}, reason="seen") == ("A", 2)
    row = workspace.table("bases").iloc[0]
    assert (row["longitude"], row["helipad"], row["version"]) == (longitude, True, 2)
    assert (row["valid_from"], row["valid_to"]) == (pd.Timestamp("2014-09-15"), pd.Timestamp("2024-06-30"))
    assert row[["import_id", "source_line"]].isna().all()


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_an_empty_value_empties_a_field(workspace: Workspace, empty: object) -> None:
    workspace.add(reading_of("bases", [base("A", helipad="yes")]))
    workspace.edit("bases", "A", {"helipad": empty}, reason="not known after all")
    assert _said(workspace, "A", "helipad") is pd.NA


def test_typed_values_are_taken_as_well_as_text(workspace: Workspace) -> None:
    workspace.add(reading_of("bases", [base("A")]))
    values = {
        "helipad": False,
        "women_interviewers": 2,
        "escort_slots_per_week": 0.1,
        "valid_from": dt.date(2020, 1, 2),
    }
    workspace.edit("bases", "A", values, reason="seen")
    row = workspace.table("bases").iloc[0]
    assert row[list(values)].tolist() == [False, 2, 0.1, pd.Timestamp("2020-01-02")]


def test_a_stale_version_is_refused_and_both_are_shown(workspace: Workspace) -> None:
    workspace.add(reading_of("bases", [base("A")]))
    workspace.edit("bases", "A", {"helipad": "yes"}, reason="seen", expect_version=1)
    with pytest.raises(StaleVersionError) as refused:
        workspace.edit("bases", "A", {"airstrip": "yes"}, reason="seen", expect_version=1)
    assert str(refused.value).startswith("bases A stands at version 2 (by planner on ")
    assert "not at 1; changed since: helipad empty -> True; read it again" in str(refused.value)
    with pytest.raises(StaleVersionError, match="not at 9, which never was; read it again"):
        workspace.edit("bases", "A", {"airstrip": "yes"}, reason="seen", expect_version=9)
    assert _said(workspace, "A", "airstrip") is pd.NA


@pytest.mark.parametrize(
    ("record_id", "values", "reason", "error", "said"),
    [
        ("Bamabri", {"name": "x"}, "r", UnknownRecordError, "no record 'Bamabri'; near: Bambari"),
        ("Bambari", {"lon": "1"}, "r", SchemaError, "has no column 'lon'; it has base_id, name"),
        ("Bambari", {"base_id": "x"}, "r", SchemaError, "base_id is the id of the record and stays"),
        ("Bambari", {"longitude": "181"}, "r", SchemaError, "bases Bambari: longitude '181': above 180; nothing was"),
        ("Bambari", {"helipad": "perhaps"}, "r", SchemaError, "helipad 'perhaps': not a yes or no"),
        (
            "Bambari",
            {"valid_to": "2013-01-01"},
            "r",
            SchemaError,
            "valid_to '2013-01-01': earlier than valid_from 2014",
        ),
        ("Bambari", {"name": ""}, "r", SchemaError, "name '': required value is missing"),
        ("Bambari", {"name": "x"}, " ", RequestError, "give a reason"),
        ("Bambari", {}, "r", RequestError, "name at least one field of bases Bambari"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_in_words(
    workspace: Workspace, record_id: str, values: dict[str, str], reason: str, error: type[Exception], said: str
) -> None:
    workspace.add(reading_of("bases", [base("Bambari", valid_from="2014-01-01")]))
    before = workspace.version()
    with pytest.raises(error) as refused:
        workspace.edit("bases", record_id, values, reason=reason)
    assert said in str(refused.value)
    assert workspace.version() == before


def test_all_faults_of_an_edit_are_said_at_once(workspace: Workspace) -> None:
    workspace.add(reading_of("bases", [base("A")]))
    with pytest.raises(SchemaError) as refused:
        workspace.edit("bases", "A", {"longitude": "east", "organisation_type": "army"}, reason="r")
    assert "longitude 'east': not a finite number" in str(refused.value)
    assert "organisation_type 'army': not one of mission" in str(refused.value)


def test_tables_that_come_from_imports_are_not_edited(workspace: Workspace) -> None:
    workspace.add(reading_of("incidents", [incident(1)]))
    with pytest.raises(SchemaError, match="'incidents' comes from imports and is not edited; edit bases, sites"):
        workspace.edit("incidents", "ucdp:1", {"place": "x"}, reason="r")
    with pytest.raises(SchemaError, match="'incidents' comes from imports and has no versions"):
        workspace.history("incidents", "ucdp:1")
    with pytest.raises(SchemaError, match="there is no table 'base'; known: incidents"):
        workspace.edit("base", "A", {"name": "x"}, reason="r")


def test_history_tells_who_when_why_and_what(workspace: Workspace) -> None:
    record = workspace.add(reading_of("bases", [base("A", name="Bria")]))
    workspace.edit("bases", "A", {"name": "Bria camp"}, reason="new sign")
    workspace.withdraw(record.import_id, reason="wrong file")
    told = workspace.history("bases", "A")
    assert told["version"].tolist() == [1, 2]
    assert told["name"].tolist() == ["Bria", "Bria camp"]
    assert told["reason"].tolist() == [f"import {record.import_id}", "new sign"]
    assert told["author"].tolist() == ["planner", "planner"]
    assert told["withdrawn"].tolist() == [True, False]
    assert told["recorded_at"].is_monotonic_increasing
    assert str(told["recorded_at"].dt.tz) == "UTC"
    with pytest.raises(UnknownRecordError, match="table 'bases' has no record 'Z'; near: A"):
        workspace.history("bases", "Z")
    with pytest.raises(UnknownRecordError, match="table 'sites' has no record 'Z'; it has no records yet"):
        workspace.history("sites", "Z")


def test_withdrawing_takes_its_versions_back_and_numbers_are_never_reused(workspace: Workspace) -> None:
    workspace.add(reading_of("bases", [base("A", name="first")]))
    second = workspace.add(reading_of("bases", [base("A", name="second"), base("B")]))
    workspace.withdraw(second.import_id, reason="wrong")
    frame = workspace.table("bases")
    assert frame[["base_id", "name", "version"]].to_numpy().tolist() == [["A", "first", 1]]
    assert workspace.edit("bases", "A", {"name": "third"}, reason="r", expect_version=1) == ("A", 3)


def test_a_record_edited_by_hand_outlives_its_import_and_status_says_so(workspace: Workspace) -> None:
    record = workspace.add(reading_of("bases", [base("A"), base("B")]))
    workspace.edit("bases", "A", {"helipad": "yes"}, reason="seen")
    workspace.withdraw(record.import_id, reason="wrong")
    assert workspace.table("bases")["base_id"].tolist() == ["A"]
    said = "1 edited rows of bases stay although the import they came from was withdrawn; check them"
    assert said in workspace.status()["warnings"]


def test_a_record_two_files_agree_on_survives_the_withdrawal_of_one(workspace: Workspace) -> None:
    first = workspace.add(reading_of("bases", [base("A"), base("B")], content="first"))
    second = workspace.add(reading_of("bases", [base("Z"), base("A")], content="second"))
    workspace.withdraw(first.import_id, reason="wrong")
    frame = workspace.table("bases")
    assert frame["base_id"].tolist() == ["A", "Z"]
    assert frame["import_id"].tolist() == [second.import_id] * 2
    assert frame[["version", "source_line"]].to_numpy().tolist() == [[2, 3], [1, 2]]
    assert workspace.history("bases", "A")["reason"].iloc[-1] == f"import {first.import_id} withdrawn"
    assert workspace.verify() == []


def test_a_withdrawal_does_not_bring_back_what_an_edit_had_changed(workspace: Workspace) -> None:
    workspace.add(reading_of("bases", [base("A", name="old")], content="1"))
    workspace.edit("bases", "A", {"name": "edited"}, reason="r")
    wrong = workspace.add(reading_of("bases", [base("A", name="wrong")], content="3"))
    workspace.withdraw(wrong.import_id, reason="wrong")
    assert _said(workspace, "A", "name") == "edited"


def test_more_records_than_one_statement_holds(workspace: Workspace) -> None:
    rows = [base(f"b{number:04d}") for number in range(1203)]
    first = workspace.add(reading_of("bases", rows, content="1"))
    workspace.add(reading_of("bases", rows, content="2"))
    workspace.withdraw(first.import_id, reason="wrong")
    assert len(workspace.table("bases")) == 1203
    assert (workspace.table("bases")["version"] == 2).all()


@pytest.mark.parametrize("name", REGISTRY_TABLES)
def test_an_empty_edited_table_has_the_right_types(workspace: Workspace, name: str) -> None:
    frame = workspace.table(name)
    assert list(frame.columns) == [*REGISTRY_TABLES[name].column_names, "import_id", "source_line", "version"]
    assert frame[REGISTRY_TABLES[name].column_names].dtypes.equals(REGISTRY_TABLES[name].empty().dtypes)


def test_values_leave_out_what_is_empty() -> None:
    reading = reading_of("bases", [base("A", helipad="no", women_interviewers=0, valid_from="0999-12-31")])
    assert registry.values_of(reading.frame, BASES) == [
        {
            "base_id": "A",
            "name": "Base A",
            "organisation": "MINUSCA",
            "organisation_type": "mission",
            "longitude": 18.5,
            "latitude": 4.4,
            "helipad": False,
            "women_interviewers": 0,
            "valid_from": "0999-12-31",
        }
    ]


VISIT = {"visit_id": "v-1", "request_id": "r-1", "site_id": "s-1", "visited_on": "2020-06-01", "outcome": "pending"}


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace from before a column of ``visits`` was renamed: imported twice, one record edited."""
    before = {
        name: replace(
            contract, columns=tuple(replace(one, name=one.was or one.name, was="") for one in contract.columns)
        )
        for name, contract in TABLES.items()
    }
    with monkeypatch.context() as then:
        for tables in (TABLES, REGISTRY_TABLES):
            for name in tables:
                then.setitem(tables, name, before[name])
        made = open_workspace(tmp_path / "old", author="planner", create=True)
        rows = [VISIT | {"reason": "road"}, VISIT | {"visit_id": "v-2", "reason": "insecurity"}]
        made.add(reading_of("visits", rows, file_name="first.csv", content="first"))
        made.add(reading_of("visits", rows, file_name="again.csv", content="again"))
        made.edit("visits", "v-2", {"reason": "children_gone"}, reason="told by the team")
        made.close()
    return tmp_path / "old"


def test_a_workspace_from_before_a_rename_still_opens_and_keeps_what_it_says(old: Path) -> None:
    workspace = open_workspace(old, author="planner")
    assert workspace.verify() == []
    assert workspace.table("visits")["not_verified_because"].tolist() == ["road", "children_gone"]
    history = workspace.history("visits", "v-2")
    assert history["not_verified_because"].tolist() == ["insecurity", "children_gone"]
    assert history["reason"].iloc[-1] == "told by the team"
    assert workspace.edit("visits", "v-1", {"girls": "1"}, reason="counted") == ("v-1", 2)
    assert workspace.table("visits")["not_verified_because"].tolist() == ["road", "children_gone"]
    with pytest.raises(StaleVersionError, match="changed since: girls empty -> 1; read"):
        workspace.edit("visits", "v-1", {"girls": "2"}, reason="counted", expect_version=1)
    workspace.close()


def test_what_an_import_from_before_a_rename_said_stands_again_when_another_is_withdrawn(old: Path) -> None:
    workspace = open_workspace(old, author="planner")
    first = workspace.imports()[0]
    workspace.withdraw(first.import_id, reason="sent twice")
    assert workspace.table("visits").set_index("visit_id")["not_verified_because"].to_dict() == {
        "v-1": "road",
        "v-2": "children_gone",
    }
    assert workspace.verify() == []
    workspace.close()
