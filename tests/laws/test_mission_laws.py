"""Laws of signed plans: a record that touches no part of a plan never marks it, whatever it is; what is read back is
what was signed; a more redacted audience never reads more of an order."""

import datetime as dt
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo.answers.mission_records import evidence_of
from geo.missions.orders import plan_as_json, plan_from_json
from geo.missions.overtaken import changes_since, is_overtaken
from geo.model import Season
from geo.schema import CONSTRAINT_KINDS, ROAD_STATUSES
from geo.settings import read_settings
from tests.toy_missions import MONDAY, SIGNED_ON, mission_world, out_and_back

SETTINGS = read_settings(Path(__file__).resolve().parents[2] / "config.toml")
PLAN = out_and_back()
THEN = evidence_of(mission_world(SETTINGS), PLAN, SIGNED_ON)
days = st.dates(dt.date(2020, 5, 1), dt.date(2020, 8, 1)).map(dt.date.isoformat)


@st.composite
def constraints(draw: st.DrawFn, *, low: float, high: float) -> dict[str, Any]:
    return {
        "constraint_id": f"c-{draw(st.integers(0, 999))}",
        "kind": draw(st.sampled_from(sorted(set(CONSTRAINT_KINDS) - {"airstrip_closed"}))),
        "longitude": draw(st.floats(low, high)),
        "latitude": 0.5,
        "delay_min": draw(st.floats(0, 500)),
        "reported_on": draw(days),
        "heading_deg": draw(st.none() | st.floats(0, 360)),
        "vehicles": draw(st.sampled_from([None, "truck", "4x4;truck"])),
    }


@hypothesis_settings(max_examples=30)
@given(st.lists(constraints(low=1.05, high=1.95), max_size=4, unique_by=lambda row: row["constraint_id"]))
def test_nothing_beyond_the_way_ever_marks_a_plan(rows: list[dict[str, Any]]) -> None:
    now = evidence_of(mission_world(SETTINGS, constraints=rows), PLAN, SIGNED_ON)
    assert changes_since(PLAN, THEN, now, settings=SETTINGS) == ()


@hypothesis_settings(max_examples=30)
@given(constraints(low=0.05, high=0.95))
def test_on_the_way_it_marks_the_plan_exactly_when_it_holds_that_day(row: dict[str, Any]) -> None:
    world = mission_world(SETTINGS, constraints=[row])
    found = changes_since(PLAN, THEN, evidence_of(world, PLAN, SIGNED_ON), settings=SETTINGS)
    placed = world.passability(MONDAY, season=Season.WET, vehicle="4x4").hindrances.in_force
    assert is_overtaken(found) is bool(len(placed))


@hypothesis_settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(ROAD_STATUSES), days), min_size=1, max_size=4))
def test_reports_of_roads_elsewhere_never_mark_a_plan(told: list[tuple[str, str]]) -> None:
    rows = [
        {"report_id": f"r-{n}", "status": status, "observed_on": day, "longitude": 1.5, "latitude": 0.5}
        for n, (status, day) in enumerate(told)
    ]
    now = evidence_of(mission_world(SETTINGS, road_reports=rows), PLAN, SIGNED_ON)
    assert changes_since(PLAN, THEN, now, settings=SETTINGS) == ()


@hypothesis_settings(max_examples=30)
@given(st.lists(constraints(low=0.05, high=0.95), max_size=3, unique_by=lambda row: row["constraint_id"]))
def test_evidence_reads_back_and_compares_as_nothing_changed(rows: list[dict[str, Any]]) -> None:
    evidence = evidence_of(mission_world(SETTINGS, constraints=rows), PLAN, SIGNED_ON)
    read = plan_from_json(plan_as_json(PLAN, evidence))[1]
    assert read == evidence
    assert changes_since(PLAN, read, evidence, settings=SETTINGS) == ()
