"""Silent risks here: a week counted by calendar year instead of ISO year; slots of a cancelled mission; a base with
half a slot a week that gives one each week; joint ways between two missions of one organisation."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from geo.missions.calendar import (
    Collision,
    Terms,
    bookings_of,
    collisions_of,
    joint_ways,
    monday_of,
    week_of,
    weeks_of,
)
from geo.missions.plans import Plan
from tests.toy_missions import ACROSS, MONDAY, ONWARD, UP, leg, mission, out_and_back, plan, shifted
from tests.toy_readings import reading_of

ESCORTED = out_and_back(mode="escorted", escort_base_id="base-west", escort_slots=1)
TERMS = {"base-west": Terms(slots_per_week=2, escort_days=("mon", "tue"), flight_days=("mon", "thu"))}
KM = {ACROSS: 100.0, ONWARD: 60.0, UP: 50.0}


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    return reading_of("missions", rows).frame


def collisions(*rows: dict[str, Any], terms: dict[str, Terms] = TERMS) -> tuple[Collision, ...]:
    return collisions_of(bookings_of(table(*rows)), terms, flights={})


@pytest.mark.parametrize(
    ("day", "week"), [("2020-06-29", "2020-W27"), ("2021-01-01", "2020-W53"), ("2024-12-30", "2025-W01")]
)
def test_weeks_are_those_of_the_iso_year(day: str, week: str) -> None:
    moment = dt.date.fromisoformat(day)
    assert week_of(moment) == week
    assert monday_of(moment).weekday() == 0
    assert week_of(monday_of(moment)) == week


def test_missions_and_slots_count_in_the_week_and_base_they_are_of() -> None:
    rows = [
        mission("mission-1", ESCORTED),
        mission("mission-2", shifted(replace(ESCORTED, escort_slots=2), 1), status="draft"),
        mission("mission-3", shifted(out_and_back(base_id="base-east", escort_base_id="base-west"), 7), status="done"),
        mission("mission-4", ESCORTED, status="cancelled"),
    ]
    weeks = weeks_of(bookings_of(table(*rows)), TERMS)
    assert weeks.drop(columns="begins_on").to_numpy().tolist() == [
        ["2020-W27", "base-west", 1, 1, 1, 2, 2.0],
        ["2020-W28", "base-east", 1, 0, 0, 0, 0.0],
        ["2020-W28", "base-west", 0, 0, 0, 0, 2.0],
    ]
    assert weeks["begins_on"].iloc[0] == pd.Timestamp(MONDAY)


def test_no_mission_is_no_week() -> None:
    assert weeks_of((), TERMS).empty
    assert collisions() == ()


def test_a_post_and_a_vehicle_twice_on_a_day_are_told_once_each() -> None:
    two_days = replace(out_and_back(), returns_on=MONDAY + dt.timedelta(days=1))
    found = collisions(
        mission("mission-1", two_days),
        mission("mission-2", shifted(out_and_back(staff_ids=("post-2",)), 1), status="draft"),
        mission("mission-3", shifted(out_and_back(), 2)),
    )
    tuesday = MONDAY + dt.timedelta(days=1)
    assert [(one.kind, one.day, one.record_id, one.mission_ids, one.drafts) for one in found] == [
        ("staff_twice", tuesday, "post-2", ("mission-1", "mission-2"), True),
        ("vehicle_twice", tuesday, "vehicle-1", ("mission-1", "mission-2"), True),
    ]


def test_slots_are_overbooked_above_what_there_is_not_at_it() -> None:
    free = {"staff_ids": (), "vehicle_ids": ()}
    asked = [mission(f"mission-{number}", replace(ESCORTED, **free)) for number in range(3)]
    assert collisions(*asked[:2]) == ()
    (found,) = collisions(*asked)
    assert (found.kind, found.given, found.had, found.day) == ("escort_overbooked", 3, 2, MONDAY)
    assert not found.drafts
    (none,) = collisions(asked[0], terms={"base-west": Terms(slots_per_week=0)})
    assert none.kind == "escort_overbooked"


def test_half_a_slot_a_week_is_one_in_two_weeks() -> None:
    half = {"base-west": replace(TERMS["base-west"], slots_per_week=0.5)}
    free = replace(ESCORTED, staff_ids=(), vehicle_ids=())
    one, next_week, later = (mission(f"mission-{n}", shifted(free, days)) for n, days in enumerate((0, 7, 14)))
    assert collisions(one, later, terms=half) == ()
    (found,) = collisions(one, next_week, terms=half)
    assert found.day == MONDAY + dt.timedelta(days=7)


def test_escorts_and_flights_off_their_days_are_told() -> None:
    wednesday = shifted(ESCORTED, 2)
    by_air = replace(shifted(out_and_back(), 1), mode="air")
    found = collisions(
        mission("mission-1", wednesday),
        mission("mission-2", replace(by_air, staff_ids=(), vehicle_ids=()), status="draft"),
    )
    assert [(one.kind, one.mission_ids) for one in found] == [
        ("no_flight_day", ("mission-2",)),
        ("no_escort_day", ("mission-1",)),
    ]


def both(one: Plan, other: Plan, share: float = 0.5, **organisations: frozenset[str]) -> tuple[Any, ...]:
    teams = {"m-1": frozenset({"a"}), "m-2": frozenset({"b"})} | organisations
    return joint_ways({"m-1": one, "m-2": other}, teams, KM, joint_share=share)


def test_the_same_way_on_the_same_day_is_an_opportunity() -> None:
    further = plan((leg((ACROSS, ONWARD), [(0.2, 0.5), (1.7, 0.5)], places=("a", "b")),), ())
    (found,) = both(out_and_back(), further)
    assert (found.day, found.mission_ids, found.shared_km, found.shared_share) == (MONDAY, ("m-1", "m-2"), 100, 1.0)
    assert found.organisations == ("a", "b")


def test_the_share_is_of_the_shorter_way_and_exactly_enough_counts() -> None:
    one = plan((leg((ACROSS, UP), [(0.2, 0.5), (1.0, 0.9)], places=("a", "b")),), ())
    other = plan((leg((UP, ONWARD), [(1.0, 0.9), (1.7, 0.5)], places=("b", "c")),), ())
    assert both(one, other, share=50 / 110)
    assert not both(one, other, share=0.46)


def test_other_days_other_ways_or_one_organisation_are_none() -> None:
    assert not both(out_and_back(), shifted(out_and_back(), 1))
    away = plan((leg((UP,), [(1.0, 0.5), (1.0, 0.9)], places=("a", "b")),), ())
    assert not both(out_and_back(), away)
    assert not both(out_and_back(), out_and_back(), **{"m-2": frozenset({"a"})})
    assert not both(out_and_back(), out_and_back(), **{"m-2": frozenset()})
    flight = plan((leg((), [(0.2, 0.5), (0.9, 0.5)], places=("a", "b")),), ())
    assert not both(flight, flight, share=0.0)
