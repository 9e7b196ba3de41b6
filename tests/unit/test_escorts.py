"""Silent risks here: an escort on a day nobody drives, after the base has closed, or beyond its radius."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from geo.access.bases import bases_as_of
from geo.access.escorts import Escort, convoy_minutes, covered, escorts_on, next_start
from geo.access.network import build_network
from geo.schema import BASE_YEARS
from geo.settings import Settings
from tests.toy_roads import bases_of, roads_of

MONDAY = dt.date(2020, 3, 2)
WEST = {"base_id": "west", "longitude": 0, "latitude": 0}
ESCORT = Escort(
    base_id="west",
    name="Camp West",
    longitude=0.0,
    latitude=0.0,
    slots_per_week=2,
    lead_days=0,
    radius_hours=2,
    speed_kph=40,
    days=("mon", "tue", "wed", "thu", "fri"),
    closes_on=None,
)


def start(escort: Escort, day: dt.date, *, asked_on: dt.date = MONDAY, **used: int) -> dt.date | str:
    taken = {(2020, int(week[1:])): count for week, count in used.items()}
    return next_start(escort, asked_on=asked_on, day=day, used=taken)


def test_what_a_base_does_not_tell_is_as_set(settings: Settings) -> None:
    rows = [
        WEST | {"escort_slots_per_week": 3, "escort_lead_days": 1, "escort_days": "mon;wed", "valid_to": "2020-12-31"},
        WEST | {"base_id": "plain", "escort_possible": True},
        WEST | {"base_id": "zero", "escort_slots_per_week": 0, "escort_possible": True},
        WEST | {"base_id": "none"},
        WEST | {"base_id": "gone", "escort_slots_per_week": 3, "valid_to": "2020-03-01"},
        WEST | {"base_id": "later", "escort_slots_per_week": 3, "valid_from": "2020-03-03"},
    ]
    plain, west = escorts_on(bases_of(rows), day=MONDAY, settings=settings)
    assert (west.base_id, west.slots_per_week, west.lead_days, west.days) == ("west", 3, 1, ("mon", "wed"))
    assert west.closes_on == dt.date(2020, 12, 31)
    rules = settings.escorts
    assert (plain.radius_hours, plain.speed_kph, plain.days) == (rules.radius_hours, rules.speed_kph, rules.days)
    assert np.isnan(plain.slots_per_week)


def test_no_bases_at_all_have_no_escorts(settings: Settings) -> None:
    nobody = bases_as_of(bases_of([]).iloc[:, :-2], BASE_YEARS.empty(), MONDAY)
    assert escorts_on(nobody, day=MONDAY, settings=settings) == ()


def test_a_convoy_drives_the_slower_of_its_share_and_its_cap() -> None:
    drive, delay, length = np.array([60.0, 60.0]), np.array([5.0, 0.0]), np.array([60.0, 20.0])
    found = convoy_minutes(drive, delay, length, speed_kph=40, speed_share=0.5)
    assert found.tolist() == [125, 120]
    assert convoy_minutes(drive, delay, length, speed_kph=40, speed_share=1.0).tolist() == [95, 60]


@pytest.mark.parametrize(("hours", "reached"), [(1.99, 1), (2.0, 2), (2.01, 2), (0.5, 0)])
def test_a_segment_belongs_when_both_its_ends_lie_within_the_radius(
    settings: Settings, hours: float, reached: int
) -> None:
    network = build_network(roads_of([{"line": [(k, 0), (k + 1, 0)]} for k in range(3)]), settings=settings.network)
    minutes = np.full((3, 2), 60.0)
    found = covered(network, replace(ESCORT, radius_hours=hours), minutes, settings=settings)
    assert found.sum() == reached


def test_a_base_far_from_any_road_covers_nothing(settings: Settings) -> None:
    network = build_network(roads_of([{"line": [(5, 0), (6, 0)]}]), settings=settings.network)
    assert not covered(network, ESCORT, np.full((1, 2), 1.0), settings=settings).any()


def test_the_first_working_day_after_the_notice() -> None:
    assert start(ESCORT, MONDAY) == MONDAY
    friday = MONDAY + dt.timedelta(days=4)
    assert start(replace(ESCORT, lead_days=4), MONDAY) == friday
    assert start(replace(ESCORT, lead_days=5), MONDAY) == MONDAY + dt.timedelta(days=7)  # Saturday is none
    assert start(ESCORT, friday + dt.timedelta(days=1)) == MONDAY + dt.timedelta(days=7)


def test_slots_of_a_week_run_out() -> None:
    assert start(ESCORT, MONDAY, w10=1) == MONDAY
    assert start(ESCORT, MONDAY, w10=2) == MONDAY + dt.timedelta(days=7)
    half = replace(ESCORT, slots_per_week=0.5)
    assert start(half, MONDAY) == MONDAY
    assert start(half, MONDAY, w9=1) == MONDAY + dt.timedelta(days=7)
    assert start(replace(ESCORT, slots_per_week=1.5), MONDAY, w10=1) == MONDAY + dt.timedelta(days=7)
    unknown = replace(ESCORT, slots_per_week=float("nan"))
    assert start(unknown, MONDAY) == MONDAY
    assert start(unknown, MONDAY, w10=1) == MONDAY + dt.timedelta(days=7)


def test_a_base_that_closes_first_says_so() -> None:
    closing = replace(ESCORT, closes_on=MONDAY + dt.timedelta(days=3))
    assert start(replace(closing, lead_days=3), MONDAY) == MONDAY + dt.timedelta(days=3)
    assert start(replace(closing, lead_days=4), MONDAY) == "Camp West closes on 2020-03-05 before a free slot"
    assert start(replace(ESCORT, days=()), MONDAY) == "Camp West has no free slot within a year"
