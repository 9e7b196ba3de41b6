"""Silent risks here: a vertex that moves on its way through the record; a plan of a newer Piste read as if it were
ours; evidence that loses the version it rests on; hours of turning back that ignore the visits still to come."""

import datetime as dt
from dataclasses import fields, replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import SchemaError
from geo.missions.orders import FORMAT, Evidence, Fact, plan_as_json, plan_from_json
from geo.missions.plans import Plan
from geo.missions.timetable import calls_of, turn_back_times
from geo.text import Sentence, sentence_text
from tests.toy_missions import ACROSS, MONDAY, OUT, SIGNED_ON, at, leg, out_and_back, plan, visit

EVIDENCE = Evidence(
    as_of=SIGNED_ON,
    facts=(
        Fact(
            table="constraints",
            record_id="c-1",
            version=3,
            held={"kind": "checkpoint", "delay_min": "20"},
            days=(MONDAY,),
            legs=(0, 1),
            segment_ids=(ACROSS,),
        ),
        Fact(table="staff", record_id="post-1", version=0, held={"languages": 'a "b" \\ #x ü'}),
    ),
    daylight="06:00-18:00",
    seasons={"2020-06-29": "wet"},
)


def same(one: Plan, other: Plan) -> bool:
    legs = zip(one.legs, other.legs, strict=True)
    lines = all(
        np.array_equal(shapely.get_coordinates(a.geometry), shapely.get_coordinates(b.geometry)) for a, b in legs
    )
    plain = [field.name for field in fields(Plan) if field.name != "legs"]
    no_line = [tuple(replace(leg, geometry=OUT.geometry) for leg in made.legs) for made in (one, other)]
    inner = [[[getattr(leg, f.name) for f in fields(leg)] for leg in legs] for legs in no_line]
    return lines and inner[0] == inner[1] and all(getattr(one, name) == getattr(other, name) for name in plain)


def test_a_plan_and_its_evidence_read_back_as_they_were_signed() -> None:
    made = out_and_back(nights=("base-west",), escort_base_id="base-west", escort_slots=2, exact=False)
    read, evidence = plan_from_json(plan_as_json(made, EVIDENCE))
    assert same(read, made)
    assert evidence == EVIDENCE


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=2, max_size=6), st.floats(0, 1e6))
def test_every_vertex_and_number_is_the_very_same(line: list[tuple[float, float]], exposure: float) -> None:
    made = plan((leg((ACROSS,), line, places=("a", "b"), exposure=exposure),), ())
    assert same(plan_from_json(plan_as_json(made, EVIDENCE))[0], made)


def test_same_plan_same_text() -> None:
    assert plan_as_json(out_and_back(), EVIDENCE) == plan_as_json(out_and_back(), EVIDENCE)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"format":1}', '{"format":1,"plan":{},"evidence":{}}', "{"])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(SchemaError, match="not a signed plan"):
        plan_from_json(text)


def test_warnings_and_reasons_are_kept_as_sentences_and_can_still_be_said_in_french() -> None:
    why = Sentence("drop_fits", why=Sentence("drop_beside"), ways=Sentence("admit_day"))
    warned = replace(OUT, warnings=(Sentence("warning_dark", minutes="45"), "as somebody wrote it"))
    made = plan((warned,), (), dropped={"case-2": why, "case-3": "as somebody wrote it"})
    read, _ = plan_from_json(plan_as_json(made, EVIDENCE))
    assert same(read, made)
    assert sentence_text(read.legs[0].warnings[0], "fr") == "45\u202fmin dans l’obscurité"
    assert sentence_text(read.dropped["case-2"], "fr").endswith("possible avec un jour de plus")
    assert read.dropped["case-3"] == "as somebody wrote it"


def test_a_plan_of_the_first_format_is_read_with_its_reasons_as_they_were_written() -> None:
    warned = plan((replace(OUT, warnings=("45 min in the dark",)),), ())
    old = plan_as_json(warned, EVIDENCE).replace(f'"format":{FORMAT}', '"format":1')
    assert plan_from_json(old)[0].legs[0].warnings == ("45 min in the dark",)


@pytest.mark.parametrize("why", ['{"key":"nothing","values":{}}', '{"key":"admit_days","values":{}}', "[]", "3"])
def test_a_sentence_no_catalogue_knows_is_refused(why: str) -> None:
    text = plan_as_json(plan((OUT,), (), dropped={"case-2": "WHY"}), EVIDENCE).replace('"WHY"', why)
    with pytest.raises(SchemaError, match="not a signed plan"):
        plan_from_json(text)


def test_a_newer_format_is_refused() -> None:
    text = plan_as_json(out_and_back(), EVIDENCE).replace(f'"format":{FORMAT}', f'"format":{FORMAT + 1}')
    with pytest.raises(SchemaError, match="newer Piste"):
        plan_from_json(text)


def test_turning_back_leaves_time_for_all_that_is_still_to_come() -> None:
    # In by 17:30 with 30 minutes kept: out 2 h, visit 2 h, back 2 h; then back alone.
    latest = turn_back_times(out_and_back(), arrives_by=dt.time(17, 30), margin_min=30)
    assert latest == (at(MONDAY, "11:00"), at(MONDAY, "15:00"))


def test_a_plan_later_than_its_own_limit_keeps_its_hour() -> None:
    latest = turn_back_times(out_and_back(), arrives_by=dt.time(12, 0), margin_min=0)
    assert latest == (at(MONDAY, "07:00"), at(MONDAY, "11:00"))


def test_a_team_calls_when_it_leaves_on_the_road_and_when_it_arrives() -> None:
    told = [(f"{call.at:%H:%M}", call.why, call.leg, call.place) for call in calls_of(out_and_back(), every_min=50)]
    assert told == [
        ("07:00", "leaves", None, "base-west"),
        ("07:50", "on_the_road", 0, None),
        ("08:40", "on_the_road", 0, None),
        ("09:00", "arrives", None, "site-west"),
        ("11:00", "leaves", None, "site-west"),
        ("11:50", "on_the_road", 1, None),
        ("12:40", "on_the_road", 1, None),
        ("13:00", "arrives", None, "base-west"),
    ]


def test_a_visit_that_ends_before_the_team_leaves_has_a_call_of_its_own() -> None:
    made = plan(out_and_back().legs, (visit("site-west", "case-1", clock=("09:00", "10:30")),))
    calls = [call for call in calls_of(made, every_min=600) if call.why == "visit_ends"]
    assert [(call.at, call.place) for call in calls] == [(at(MONDAY, "10:30"), "site-west")]


def test_a_call_due_at_the_moment_of_arrival_is_one_call() -> None:
    assert [call.why for call in calls_of(out_and_back(), every_min=120)].count("on_the_road") == 0
