"""Silent risks here: a plan that stays "signed" while its road or base is gone; one that is "overtaken" by what never
touches it; a constraint for the other direction, day, vehicle or road; a change for the better called worse."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from geo.answers.mission_records import evidence_of, known_of
from geo.missions.evidence import arcs_of_legs, gather_evidence
from geo.missions.orders import Evidence
from geo.missions.overtaken import CHANGES, Change, changes_since, is_overtaken
from geo.missions.plans import Plan
from geo.settings import Settings
from geo.text import catalogue
from tests.toy_missions import (
    ACROSS,
    BACK,
    ESCORTING,
    FLEET,
    MONDAY,
    ONWARD,
    OUT,
    PARTNERS,
    REQUESTS,
    SIGNED_ON,
    STAFF,
    UP,
    leg,
    mission,
    mission_world,
    out_and_back,
    outward_only,
    plan,
    shifted,
    visit,
)

Rows = Sequence[dict[str, Any]]


def constraint(number: int = 1, **values: Any) -> dict[str, Any]:
    """A checkpoint on the road across, before the stop."""
    usual = {"kind": "checkpoint", "longitude": 0.5, "latitude": 0.5, "reported_on": "2020-06-10"}
    return {"constraint_id": f"c-{number}", **usual, **values}


def seen(number: int, status: str, day: str, **values: Any) -> dict[str, Any]:
    usual = {"longitude": 0.5, "latitude": 0.5}
    return {"report_id": f"r-{number}", "status": status, "observed_on": day, **usual, **values}


def evidence(settings: Settings, made: Plan, as_of: dt.date = SIGNED_ON, **tables: Rows) -> Evidence:
    return evidence_of(mission_world(settings, **tables), made, as_of, mission_id="mission-own")


def changes(
    settings: Settings, made: Plan, before: Mapping[str, Rows], after: Mapping[str, Rows]
) -> tuple[Change, ...]:
    then, now = evidence(settings, made, **before), evidence(settings, made, dt.date(2020, 6, 25), **after)
    return changes_since(made, then, now, settings=settings)


def kinds(found: tuple[Change, ...]) -> list[tuple[str, bool]]:
    return [(change.kind, change.matters) for change in found]


def test_nothing_changed_is_nothing_to_tell(settings: Settings) -> None:
    tables = {"constraints": [constraint()], "road_reports": [seen(1, "difficult", "2020-06-01")]}
    assert changes(settings, out_and_back(), tables, tables) == ()


def test_a_new_constraint_on_the_way_overtakes(settings: Settings) -> None:
    (change,) = changes(settings, out_and_back(), {}, {"constraints": [constraint(delay_min=45)]})
    assert (change.kind, change.matters, change.delay_min) == ("constraint_new", True, 45)
    assert (change.day, change.leg, change.record_id) == (MONDAY, 0, "c-1")
    assert change.told("en") == "New on the way on Mon 29 Jun 2020: checkpoint, reported on Wed 10 Jun 2020, 45 min"
    assert "point de contrôle" in change.told("fr")


@pytest.mark.parametrize(
    "elsewhere",
    [
        constraint(longitude=1.5),  # the same road, beyond the stop
        constraint(longitude=1.0, latitude=0.9),  # the road that crosses
        constraint(road_id="road-up", longitude=None, latitude=None),
        constraint(reported_on="2020-07-02"),  # after the day
        constraint(valid_from="2020-06-30"),
        constraint(valid_to="2020-06-28"),  # over the day before
        constraint(vehicles="truck"),
        constraint(seasons="dry"),  # June is wet
        constraint(longitude=0.5, latitude=0.9),  # on no road
        constraint(kind="airstrip_closed"),
    ],
)
def test_what_does_not_touch_the_plan_never_marks_it(settings: Settings, elsewhere: dict[str, Any]) -> None:
    assert changes(settings, out_and_back(), {}, {"constraints": [elsewhere]}) == ()


@pytest.mark.parametrize("valid_to", ["2020-06-29", None])
def test_a_constraint_that_holds_to_the_day_itself_counts(settings: Settings, valid_to: str | None) -> None:
    assert is_overtaken(changes(settings, out_and_back(), {}, {"constraints": [constraint(valid_to=valid_to)]}))


@pytest.mark.parametrize(("heading", "touched"), [(90, True), (270, False)])
def test_a_constraint_for_one_direction_touches_only_who_drives_it(
    settings: Settings, heading: float, *, touched: bool
) -> None:
    found = changes(settings, outward_only(), {}, {"constraints": [constraint(heading_deg=heading)]})
    assert is_overtaken(found) is touched
    assert is_overtaken(changes(settings, out_and_back(), {}, {"constraints": [constraint(heading_deg=heading)]}))


def test_a_longer_delay_overtakes_from_the_set_minutes_on(settings: Settings) -> None:
    before = {"constraints": [constraint(delay_min=20)]}
    for minutes, matters in ((34.9, False), (35, True)):
        (change,) = changes(settings, out_and_back(), before, {"constraints": [constraint(delay_min=minutes)]})
        assert (change.kind, change.matters) == ("constraint_changed", matters)
    (less,) = changes(settings, out_and_back(), before, {"constraints": [constraint(delay_min=5)]})
    assert not less.matters


def test_who_holds_it_and_how_they_behave_matters(settings: Settings) -> None:
    before = {"constraints": [constraint(behaviour="orderly")]}
    found = changes(settings, out_and_back(), before, {"constraints": [constraint(behaviour="detains")]})
    assert kinds(found) == [("constraint_changed", True)]


def test_a_constraint_that_ended_is_told_and_overtakes_nothing(settings: Settings) -> None:
    found = changes(settings, out_and_back(), {"constraints": [constraint()]}, {})
    assert kinds(found) == [("constraint_ended", False)]
    assert not is_overtaken(found)


def test_a_road_seen_worse_overtakes_and_better_does_not(settings: Settings) -> None:
    passable, bad = [seen(1, "passable", "2020-06-01")], [seen(2, "impassable", "2020-06-24")]
    worse = changes(settings, out_and_back(), {"road_reports": passable}, {"road_reports": passable + bad})
    assert kinds(worse) == [("road_worse", True)]
    assert kinds(changes(settings, out_and_back(), {}, {"road_reports": bad})) == [("road_worse", True)]
    good = [*bad, seen(3, "passable", "2020-06-25")]
    assert kinds(changes(settings, out_and_back(), {"road_reports": bad}, {"road_reports": good})) == [
        ("road_better", False)
    ]
    again = [*passable, seen(4, "passable", "2020-06-24")]
    assert changes(settings, out_and_back(), {"road_reports": passable}, {"road_reports": again}) == ()


def test_a_report_taken_back_leaves_its_road_unseen(settings: Settings) -> None:
    found = changes(settings, out_and_back(), {"road_reports": [seen(1, "passable", "2020-06-01")]}, {})
    assert kinds(found) == [("road_unseen", True)]


def test_a_road_elsewhere_may_be_seen_as_bad_as_it_likes(settings: Settings) -> None:
    found = changes(
        settings, out_and_back(), {}, {"road_reports": [seen(1, "impassable", "2020-06-24", longitude=1.5)]}
    )
    assert found == ()


def test_a_segment_that_is_gone_is_not_taken_for_free_of_news(settings: Settings) -> None:
    lost = plan((replace(OUT, segment_ids=("road-gone/0",)),), (visit("site-west", "case-1"),))
    then = replace(evidence(settings, lost), lost_segments=())
    found = changes_since(lost, then, evidence(settings, lost), settings=settings)
    assert kinds(found) == [("road_gone", True)]


def base_row(**values: Any) -> list[dict[str, Any]]:
    return [{**ESCORTING[0], **values}, ESCORTING[1]]


@pytest.mark.parametrize(
    ("last_day", "overtaken"), [("2020-06-28", True), ("2020-06-29", False), ("2020-06-30", False)]
)
def test_a_base_that_closes_before_its_last_use_overtakes(
    settings: Settings, last_day: str, *, overtaken: bool
) -> None:
    found = changes(settings, out_and_back(), {}, {"bases": base_row(valid_to=last_day)})
    assert is_overtaken(found) is overtaken
    assert kinds(found) == ([("base_closed", True)] if overtaken else [])


def test_another_base_may_close(settings: Settings) -> None:
    assert changes(settings, out_and_back(), {}, {"bases": [ESCORTING[0]]}) == ()


def test_a_medical_post_the_plan_counts_on_matters(settings: Settings) -> None:
    made = out_and_back()
    then = evidence(settings, made)
    assert then.bases_for("medical") == ("base-west",)
    world = mission_world(settings, bases=base_row(medical="no"))
    known = known_of(world, made, SIGNED_ON)
    now = gather_evidence(made, known, settings=settings, medical=then.bases_for("medical"))
    found = changes_since(made, then, now, settings=settings)
    assert kinds(found) == [("base_changed", True)]
    assert found[0].told("en") == "Westbase no longer offers: medical post"


def test_escort_terms_against_the_plan_overtake(settings: Settings) -> None:
    escorted = out_and_back(mode="escorted", escort_base_id="base-west", escort_slots=1)
    for terms, matters in (
        ({"escort_days": "tue;wed"}, True),
        ({"escort_days": "mon"}, False),
        ({"escort_lead_days": 9}, False),  # asked for nine days before
        ({"escort_lead_days": 10}, True),
        ({"escort_radius_hours": 3}, True),
        ({"escort_radius_hours": 8}, False),
        ({"escort_speed_kph": 20}, True),
    ):
        found = changes(settings, escorted, {}, {"bases": base_row(**terms)})
        assert kinds(found) == [("escort_terms", matters)], terms
        assert changes(settings, out_and_back(), {}, {"bases": base_row(**terms)}) == ()
    (change,) = changes(settings, escorted, {}, {"bases": base_row(escort_days="tue;wed")})
    assert change.told("fr") == (
        "Conditions de l’escorte de Westbase\u202f: jours ouvrés, désormais mar., mer., auparavant lun., mar."
    )
    gone = changes(settings, escorted, {}, {"bases": base_row(escort_slots_per_week=0)})
    assert kinds(gone) == [("escort_gone", True)]


def test_slots_of_a_week_given_twice_overtake(settings: Settings) -> None:
    escorted = out_and_back(mode="escorted", escort_base_id="base-west", escort_slots=1)
    other = out_and_back(escort_base_id="base-west", escort_slots=1, staff_ids=("post-3",), vehicle_ids=())
    full = replace(other, escort_slots=2)

    def with_other(made: Plan, status: str = "signed") -> dict[str, Rows]:
        return {"missions": [mission("mission-2", made, status=status)]}

    assert changes(settings, escorted, {}, with_other(other)) == ()  # two slots, two missions
    assert kinds(changes(settings, escorted, {}, with_other(full))) == [("escort_overbooked", True)]
    assert changes(settings, escorted, {}, with_other(full, "draft")) == ()
    assert changes(settings, escorted, {}, with_other(shifted(full, 7))) == ()  # another week


def test_a_request_closed_or_changed_overtakes_only_where_it_asks_for_more(settings: Settings) -> None:
    def requests(**values: Any) -> dict[str, Rows]:
        return {"requests": [{**REQUESTS[0], **values}, *REQUESTS[1:]]}

    made = out_and_back()
    assert kinds(changes(settings, made, {}, requests(status="closed"))) == [("request_closed", True)]
    assert kinds(changes(settings, made, {}, requests(site_id="site-east"))) == [("request_changed", True)]
    assert kinds(changes(settings, made, {}, requests(girls=3))) == [("request_changed", True)]
    assert kinds(changes(settings, made, {}, requests(blocked_by="actor_consent"))) == [("request_changed", True)]
    assert kinds(changes(settings, made, {}, requests(boys=3))) == [("request_changed", False)]
    assert changes(settings, made, {}, requests(status="planned")) == ()
    assert changes(settings, made, {}, requests(referral="referred")) == ()  # the referral clock is no part of a plan
    assert kinds(changes(settings, made, {}, {"requests": REQUESTS[1:]})) == [("request_closed", True)]
    closed_elsewhere = [REQUESTS[0], {**REQUESTS[1], "status": "closed"}, REQUESTS[2]]
    assert changes(settings, made, {}, {"requests": closed_elsewhere}) == ()


def test_a_post_or_vehicle_that_cannot_go_overtakes(settings: Settings) -> None:
    def staff(**values: Any) -> dict[str, Rows]:
        return {"staff": [{**STAFF[0], **values}, *STAFF[1:]]}

    made = out_and_back()
    assert kinds(changes(settings, made, {}, staff(absent="2020-06-29"))) == [("staff_away", True)]
    assert kinds(changes(settings, made, {}, staff(absent="2020-06-01/2020-06-29"))) == [("staff_away", True)]
    assert changes(settings, made, {}, staff(absent="2020-06-30/2020-07-03")) == ()
    assert kinds(changes(settings, made, {}, staff(weekdays="tue"))) == [("staff_away", True)]
    assert kinds(changes(settings, made, {}, staff(valid_to="2020-06-28"))) == [("staff_away", True)]
    assert kinds(changes(settings, made, {}, staff(interviewer="no"))) == [("staff_changed", True)]
    assert kinds(changes(settings, made, {}, staff(languages="french;toyish;third"))) == [("staff_changed", False)]
    assert kinds(changes(settings, made, {}, {"staff": STAFF[1:]}))[0] == ("staff_away", True)
    assert changes(settings, made, {}, {"staff": [*STAFF[:2], {**STAFF[2], "absent": "2020-06-29"}]}) == ()
    fewer = [{**FLEET[0], "seats": 2}, FLEET[1]]
    assert kinds(changes(settings, made, {}, {"fleet": fewer})) == [("vehicle_changed", True)]
    assert kinds(changes(settings, made, {}, {"fleet": [{**FLEET[0], "seats": 6}, FLEET[1]]})) == [
        ("vehicle_changed", False)
    ]
    assert kinds(changes(settings, made, {}, {"fleet": [{**FLEET[0], "absent": "2020-06-29"}]})) == [
        ("vehicle_away", True)
    ]


def test_a_team_held_twice_is_told_whoever_came_first(settings: Settings) -> None:
    other = {"missions": [mission("mission-2", out_and_back(staff_ids=("post-1",), vehicle_ids=()))]}
    assert kinds(changes(settings, out_and_back(), {}, other)) == [("staff_twice", True)]
    assert kinds(changes(settings, out_and_back(), other, other)) == [("staff_twice", True)]
    tuesday = {"missions": [mission("mission-2", shifted(out_and_back(), 1))]}
    assert changes(settings, out_and_back(), {}, tuesday) == ()
    cancelled = {"missions": [mission("mission-2", out_and_back(), status="cancelled")]}
    assert changes(settings, out_and_back(), {}, cancelled) == ()


def test_flights_keep_the_days_of_their_base(settings: Settings) -> None:
    there = leg((), [(0.2, 0.5), (1.0, 0.9)], places=("base-west", "site-north"), clock=("08:00", "09:00"))
    made = plan((there,), (visit("site-north", "case-2"),), mode="air", vehicle_ids=())
    assert kinds(changes(settings, made, {}, {"bases": base_row(flight_days="tue;thu")})) == [("flight_day", True)]
    assert changes(settings, made, {}, {"bases": base_row(flight_days="mon")}) == ()
    assert changes(settings, out_and_back(), {}, {"bases": base_row(flight_days="tue")}) == ()
    shut = {"constraints": [constraint(kind="airstrip_closed", longitude=1.0, latitude=0.91)]}
    assert kinds(changes(settings, made, {}, shut)) == [("constraint_new", True)]


def test_shorter_days_and_another_season_overtake(settings: Settings) -> None:
    made = out_and_back()
    then = evidence(settings, made)
    for begins, overtaken in (("07:00", False), ("07:30", True)):
        later = settings.model_copy(update={"daylight": settings.daylight.model_copy(update={"begins": begins})})
        found = changes_since(made, then, evidence(later, made), settings=later)
        assert kinds(found) == [("daylight", overtaken)]
    dry = settings.model_copy(update={"seasons": settings.seasons.model_copy(update={"wet_months": (1,)})})
    assert kinds(changes_since(made, then, evidence(dry, made), settings=dry)) == [("season", True)]


def test_the_way_a_segment_is_driven_follows_from_the_leg(settings: Settings) -> None:
    network = mission_world(settings).network
    ids = network.segments["segment_id"].to_list()
    twice = leg((ACROSS, ACROSS), [(0.2, 0.5), (0.9, 0.5), (0.2, 0.5)], places=("a", "a"))
    turn = leg((ACROSS, UP), [(0.2, 0.5), (1.0, 0.5), (1.0, 0.9)], places=("a", "b"))
    down = leg((UP, ONWARD), [(1.0, 0.9), (1.0, 0.5), (1.7, 0.5)], places=("a", "b"))
    found = [part.to_numpy().tolist() for part in arcs_of_legs((OUT, BACK, twice, turn, down), network)]
    across, onward, up = (ids.index(name) for name in (ACROSS, ONWARD, UP))
    assert found == [[[across, 0]], [[across, 1]], [[across, -1]], [[across, 0], [up, 0]], [[up, 1], [onward, 0]]]


def test_an_organisation_that_left_takes_its_posts_and_vehicles_along(settings: Settings) -> None:
    left = {"partners": [{**PARTNERS[0], "valid_to": "2020-06-28"}, PARTNERS[1]]}
    assert kinds(changes(settings, out_and_back(), {}, left)) == [("staff_away", True), ("vehicle_away", True)]


def test_every_kind_of_change_has_a_sentence() -> None:
    assert {key.removeprefix("change_") for key in catalogue() if key.startswith("change_")} == set(CHANGES)
