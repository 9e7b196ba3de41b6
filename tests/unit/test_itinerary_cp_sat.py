"""Silent risks here: a plan called proven that another solver beats; a night, an hour of the road or an order of visits
that the dynamic programme does not know. Both sides were written apart: circuits in CP-SAT, sets and minutes in ours."""

from dataclasses import replace

import pytest

from bench.day_circuits import found_in, prove
from bench.itinerary import trip_of
from geo.missions.itinerary import plan_itinerary
from tests.toy_trips import random_trip


@pytest.mark.parametrize("seed", range(3))
def test_seven_stops_in_two_days_are_planned_as_cp_sat_proves(seed: int) -> None:
    trip = trip_of(seed, stops=7, days=2, span_min=160.0)
    theirs, ours = prove(trip, limit_s=60.0, workers=1), found_in(trip, plan_itinerary(trip, reasons=False))
    assert theirs is not None
    assert theirs.proven
    assert theirs.key == ours.key


@pytest.mark.parametrize("seed", range(30))
def test_trips_with_odd_hours_and_ways_are_planned_as_cp_sat_proves(seed: int) -> None:
    trip = random_trip(seed, most_stops=6)
    plan = plan_itinerary(trip, reasons=False)
    theirs = prove(trip, limit_s=60.0, workers=1)
    if theirs is None:
        assert plan.refused is not None
        return
    assert plan.refused is None
    assert theirs.proven
    assert theirs.key == found_in(trip, plan).key


def test_cp_sat_refuses_what_cannot_be_served() -> None:
    trip = trip_of(0, stops=3, days=1, span_min=160.0)
    shut = replace(trip, open_days=trip.open_days & False, must=frozenset({"s0"}))
    assert prove(shut, limit_s=60.0, workers=1) is None
    assert plan_itinerary(shut).refused is not None
