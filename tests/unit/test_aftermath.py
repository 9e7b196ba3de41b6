"""Silent risks here: a referral stopped by a verification; a road called bad because a stop was missed; a way called
passable that nobody drove; a closed request opened again."""

import datetime as dt

import pytest

from geo.errors import RequestError
from geo.missions.aftermath import Result, RoadSeen, driven_legs, request_after, road_records, visit_record
from tests.toy_missions import ACROSS, MONDAY, UP, leg, out_and_back, plan, visit

DAY = dt.date(2020, 6, 29)


def result(request: str = "case-1", outcome: str = "verified", reason: str = "", **more: object) -> Result:
    site = str(more.pop("site", "site-west"))
    return Result(
        request_id=request, site_id=site, visited_on=DAY, outcome=outcome, not_verified_because=reason, **more
    )  # type: ignore[arg-type]


MISSED = result(outcome="not_reached", reason="insecurity")
TWO_STOPS = plan(
    (
        leg((ACROSS,), [(0.2, 0.5), (0.9, 0.5)], places=("base-west", "site-west")),
        leg((UP,), [(1.0, 0.5), (1.0, 0.7)], places=("site-west", "place:town"), clock=("11:00", "12:00")),
        leg((UP,), [(1.0, 0.7), (1.0, 0.9)], places=("place:town", "site-north"), clock=("12:00", "13:00")),
        leg((UP, ACROSS), [(1.0, 0.9), (0.2, 0.5)], places=("site-north", "base-west"), clock=("14:00", "16:00")),
    ),
    (visit("site-west", "case-1"), visit("site-north", "case-2", clock=("13:00", "14:00"))),
)


@pytest.mark.parametrize(
    ("status", "outcome", "reason", "after"),
    [
        ("open", "verified", "", {"status": "closed", "verified_on": "2020-06-29"}),
        ("planned", "verified", "", {"status": "closed", "verified_on": "2020-06-29"}),
        ("reached", "verified", "", {"status": "closed", "verified_on": "2020-06-29"}),
        ("open", "not_verified", "no_consent", {"status": "reached"}),
        ("planned", "pending", "children_gone", {"status": "reached"}),
        ("planned", "not_reached", "road", {"status": "open"}),
        ("open", "not_reached", "road", {}),
        ("reached", "not_reached", "road", {}),
        ("closed", "not_reached", "road", {}),
        ("closed", "verified", "", {}),
    ],
)
def test_a_result_moves_the_request_and_nothing_else(
    status: str, outcome: str, reason: str, after: dict[str, str]
) -> None:
    row = {"status": status, "referral": "needed", "referred_on": None, "verified_on": None}
    assert request_after(row, result(outcome=outcome, reason=reason)) == after
    assert not {"referral", "referred_on"} & set(after)


def test_what_was_not_verified_has_a_reason() -> None:
    for outcome in ("not_verified", "pending", "not_reached"):
        with pytest.raises(RequestError, match="say why case-1"):
            result(outcome=outcome)
    with pytest.raises(RequestError, match="an outcome is"):
        result(outcome="fine")
    with pytest.raises(RequestError, match="a road is"):
        RoadSeen(status="bad", longitude=0, latitude=0)


def test_a_visit_is_one_record_however_often_it_is_told() -> None:
    row = visit_record("mission-1", result(girls=1), source="Mission Toy")
    assert row["visit_id"] == visit_record("mission-1", MISSED, source="x")["visit_id"]
    assert (row["girls"], row["boys"], row["outcome"]) == ("1", "", "verified")


def test_legs_are_driven_up_to_the_first_stop_that_was_not_reached() -> None:
    north = {"site": "site-north"}
    reached = [result(), result("case-2", **north)]
    assert driven_legs(TWO_STOPS, reached) == (0, 1, 2, 3)
    missed = [result(), result("case-2", "not_reached", "road", **north)]
    assert driven_legs(TWO_STOPS, missed) == (0,)
    assert driven_legs(TWO_STOPS, [MISSED, result("case-2", **north)]) == ()
    assert driven_legs(TWO_STOPS, [result()]) == (0,)  # of the second stop nothing is told
    assert driven_legs(out_and_back(), [MISSED]) == ()


def test_driven_legs_become_reports_of_a_passable_road_on_their_day() -> None:
    rows = road_records("mission-1", out_and_back(), [result()], vehicles=["truck", "4x4", "4x4"])
    assert [row["report_id"] for row in rows] == ["mission-1:leg-1", "mission-1:leg-2"]
    assert {row["status"] for row in rows} == {"passable"}
    assert rows[0]["line_wkt"] == "LINESTRING (0.2 0.5, 0.9 0.5)"
    assert (rows[0]["observed_on"], rows[0]["vehicles"], rows[0]["source"]) == (
        MONDAY.isoformat(),
        "4x4;truck",
        "mission-1",
    )


def test_a_missed_stop_says_nothing_of_the_road_unless_somebody_does() -> None:
    assert road_records("mission-1", out_and_back(), [MISSED], vehicles=["4x4"]) == []
    told = result(outcome="not_reached", reason="road", road=RoadSeen(status="impassable", longitude=0.5, latitude=0.5))
    (row,) = road_records("mission-1", out_and_back(), [told], vehicles=["4x4"])
    assert (row["status"], row["longitude"], row["observed_on"]) == ("impassable", "0.500000", "2020-06-29")


def test_a_flight_is_no_road() -> None:
    flown = plan(
        (leg((), [(0.2, 0.5), (0.9, 0.5)], places=("base-west", "site-west")),), (visit("site-west", "case-1"),)
    )
    assert road_records("mission-1", flown, [result()], vehicles=[]) == []
