"""Silent risks here: a record in two places, or in none; swapped coordinates in a line; hours nobody can read; a fee in
nobody's money; a file of before these columns that no longer comes in."""

from typing import Any

import pandas as pd
import pytest

from geo.contracts import Contract
from geo.errors import SchemaError
from geo.schema import CONSTRAINTS, ROAD_REPORTS
from geo.schema.road_places import hours_of, line_of

POINT = {"longitude": 1.0, "latitude": 2.0}
LINE = {"line_wkt": "LINESTRING(0 0, 1 1)"}


def faults_of(contract: Contract, row: dict[str, Any]) -> list[tuple[str, str]]:
    given = {
        "constraints": {"constraint_id": "k", "kind": "checkpoint", "reported_on": "2026-01-01"},
        "road_reports": {"report_id": "r", "status": "passable", "observed_on": "2026-01-01"},
    }[contract.name]
    checked = contract.check(pd.DataFrame([given | row]))
    assert len(checked.frame) == (not len(checked.rejects))
    return list(zip(checked.rejects["column"], checked.rejects["reason"], strict=True))


@pytest.mark.parametrize("contract", [CONSTRAINTS, ROAD_REPORTS], ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (POINT, None),
        (LINE, None),
        ({"road_id": "n4"}, None),
        ({"line_wkt": "MULTILINESTRING((0 0, 1 1), (2 2, 3 3))"}, None),
        ({"line_wkt": "linestring z (0 0 5, 1 1 6)"}, None),
        ({}, ("longitude", "no place is given; give a point, line_wkt or road_id")),
        (
            {"longitude": 1.0},
            ("longitude", "longitude without the other coordinate; give longitude and latitude, or neither"),
        ),
        (
            {"latitude": 1.0, **LINE},
            ("latitude", "latitude without the other coordinate; give longitude and latitude, or neither"),
        ),
        (POINT | LINE, ("line_wkt", "a point and line_wkt are two places; keep one of them")),
        (POINT | {"road_id": "n4"}, ("road_id", "a point and road_id are two places; keep one of them")),
        (LINE | {"road_id": "n4"}, ("road_id", "line_wkt and road_id are two places; keep one of them")),
        (
            {"line_wkt": "POINT(1 1)"},
            ("line_wkt", "not a WKT line; write LINESTRING(lon lat, lon lat, ...)"),
        ),
        ({"line_wkt": "N4 to the ferry"}, ("line_wkt", "not a WKT line; write LINESTRING(lon lat, lon lat, ...)")),
        ({"line_wkt": "LINESTRING EMPTY"}, ("line_wkt", "not a WKT line; write LINESTRING(lon lat, lon lat, ...)")),
        (
            {"line_wkt": "LINESTRING(4 118, 5 119)"},
            ("line_wkt", "vertex 4 118 is no longitude and latitude in degrees; swapped?"),
        ),
        (
            {"line_wkt": "LINESTRING(1 1, 1 1)"},
            ("line_wkt", "the line has no length; give its point as longitude and latitude"),
        ),
        (POINT | {"heading_deg": 361}, ("heading_deg", "above 360")),
        (
            POINT | {"vehicles": "4x4;tank"},
            ("vehicles", "not one of 4x4, truck, motorcycle, bicycle, foot"),
        ),
    ],
)
def test_a_record_has_exactly_one_place(contract: Contract, row: dict[str, Any], fault: tuple[str, str] | None) -> None:
    assert faults_of(contract, row) == ([] if fault is None else [fault])


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"hours": "18:00-06:00"}, None),
        ({"hours": "whenever"}, ("hours", "not hours; write the beginning and the end of each day, e.g. 18:00-06:00")),
        ({"hours": "25:00-06:00"}, ("hours", "no such time of day; hours run from 00:00 to 24:00")),
        ({"fee": 5, "fee_currency": "USD"}, None),
        ({"fee_currency": "USD"}, None),
        ({"fee": 5}, ("fee", "a fee needs fee_currency; name it or leave the fee empty")),
        (
            {"fee": 5, "fee_currency": "dollars"},
            ("fee_currency", "not an ISO 4217 code; write three capitals, e.g. USD"),
        ),
        ({"fee": -1, "fee_currency": "USD"}, ("fee", "below 0")),
        ({"seasons": "dry; wet"}, None),
        ({"seasons": "summer"}, ("seasons", "not one of dry, wet")),
    ],
)
def test_a_constraint_says_when_and_what_it_costs_in_one_way(
    row: dict[str, Any], fault: tuple[str, str] | None
) -> None:
    assert faults_of(CONSTRAINTS, POINT | row) == ([] if fault is None else [fault])


def test_a_report_does_not_expire_before_it_was_seen() -> None:
    assert faults_of(ROAD_REPORTS, POINT | {"expires_on": "2025-12-31"}) == [
        ("expires_on", "earlier than observed_on 2026-01-01")
    ]
    assert faults_of(ROAD_REPORTS, POINT | {"expires_on": "2026-01-01"}) == []


def test_several_faults_of_one_row_are_all_named() -> None:
    found = faults_of(CONSTRAINTS, LINE | {"road_id": "n4", "hours": "late", "fee": 1})
    assert sorted(column for column, _ in found) == ["fee", "hours", "road_id"]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("18:00-06:00", (1080, 360)),
        ("6:30 - 18:05", (390, 1085)),
        ("00:00-24:00", None),
        ("06:00-24:00", (360, 1440)),
        ("00:00-05:59", (0, 359)),
        ("08:00-08:00", None),
        ("08:60-09:00", None),
        ("24:00-06:00", None),
        ("08:00", None),
    ],
)
def test_hours_are_two_times_of_day(text: str, minutes: tuple[int, int] | None) -> None:
    if minutes is None:
        with pytest.raises(SchemaError):
            hours_of(text)
    else:
        assert hours_of(text) == minutes


def test_a_line_loses_its_heights() -> None:
    assert line_of("LINESTRING Z (0 0 5, 1 1 6)").wkt == "LINESTRING (0 0, 1 1)"


def test_a_file_with_the_columns_of_before_comes_in_whole() -> None:
    old = pd.DataFrame(
        [
            {
                "constraint_id": "k1",
                "kind": "curfew",
                "longitude": "0.88757",
                "latitude": "0.36297",
                "delay_min": "",
                "reported_on": "2025-12-31",
                "source": "alert network",
                "valid_from": "2025-12-30",
                "valid_to": "2026-03-16",
            }
        ]
    )
    checked = CONSTRAINTS.check(old)
    assert checked.rejects.empty
    assert checked.frame[["heading_deg", "hours", "operator_type", "road_id"]].isna().all(axis=None)
