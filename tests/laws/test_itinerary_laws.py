"""Silent risks here: an itinerary that is beaten by another, arrives outside its windows, serves less when it is given
more, or tells of a change that would not help. All plans of small trips are listed one by one; a team drives each plan
minute by minute."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo.missions.admitting import drop_of
from geo.missions.ground import able_alone, find_sets, fits, lay_ground
from geo.missions.itinerary import plan_itinerary
from geo.missions.plans import Trip
from geo.missions.trips import all_open, with_days, with_road_until, with_visits_until
from tests.toy_trips import best_score, drive_plan, random_trip, score_of

seeds = st.integers(0, 2**32 - 1)
laws = hypothesis_settings(max_examples=600)


def worth_of(trip: Trip) -> float:
    """Worth served where nothing must be."""
    plan = plan_itinerary(replace(trip, must=frozenset()), reasons=False)
    return sum(trip.stops[stop].worth for stop in plan.served)


@laws
@given(seeds)
def test_no_plan_of_all_is_better(seed: int) -> None:
    trip = random_trip(seed)
    plan, best = plan_itinerary(trip), best_score(trip)
    assert (best is None) == (plan.refused is not None)
    assert set(plan.dropped) | set(plan.served) == set(range(len(trip.stops))) or plan.refused
    if best is not None and best.count:
        assert drive_plan(trip, plan) == []
        assert score_of(trip, plan).key == pytest.approx(best.key, abs=1e-5)
    if best is not None and not best.count:
        assert not plan.drives


@hypothesis_settings(max_examples=150)
@given(seeds)
def test_no_large_plan_arrives_outside_its_windows(seed: int) -> None:
    trip = random_trip(seed, most_stops=11, most_days=5, most_beds=4)
    plan = plan_itinerary(trip, reasons=False)
    assert plan.refused or drive_plan(trip, plan) == []


@laws
@given(seeds, st.integers(1, 3))
def test_more_days_serve_no_less(seed: int, more: int) -> None:
    trip = random_trip(seed, most_stops=6)
    assert worth_of(with_days(trip, more)) >= worth_of(trip)


@laws
@given(seeds, st.integers(0, 5), st.integers(0, 30), st.integers(0, 30))
def test_wider_windows_serve_no_less(seed: int, number: int, before: int, after: int) -> None:
    trip = random_trip(seed, most_stops=6)
    stop = trip.stops[number % len(trip.stops)]
    wide = replace(
        stop,
        opens_min=max(stop.opens_min - 10.0 * before, 0.0),
        closes_min=min(stop.closes_min + 10.0 * after, 1440.0),
    )
    wider = replace(trip, stops=tuple(wide if other is stop else other for other in trip.stops))
    assert worth_of(wider) >= worth_of(trip)
    longer = replace(
        trip, arrives_min=np.minimum(trip.arrives_min + after, 1440.0), leaves_min=trip.leaves_min - before
    )
    assert worth_of(longer) >= worth_of(trip)
    assert worth_of(all_open(trip)) >= worth_of(trip)


@laws
@given(seeds, st.integers(0, 8), st.integers(0, 8), st.integers(0, 35))
def test_places_to_sleep_and_quicker_ways_serve_no_less(seed: int, one: int, other: int, tens: int) -> None:
    trip = random_trip(seed, most_stops=6)
    nodes = len(trip.minutes)
    sleeps, minutes = trip.sleeps.copy(), trip.minutes.copy()
    sleeps[one % nodes] = True
    minutes[one % nodes, other % nodes] = min(minutes[one % nodes, other % nodes], 10.0 * tens)
    assert worth_of(replace(trip, sleeps=sleeps)) >= worth_of(trip)
    assert worth_of(replace(trip, minutes=minutes)) >= worth_of(trip)


@laws
@given(seeds)
def test_what_would_admit_a_stop_does(seed: int) -> None:
    trip = random_trip(seed, most_stops=7)
    plan = plan_itinerary(trip, reasons=False)
    assume(plan.refused is None)
    ground = lay_ground(trip)
    ends, served = find_sets(ground, able_alone(ground)), frozenset(plan.served)
    for stop in sorted(set(range(len(trip.stops))) - served):
        drop = drop_of(ground, ends, served, stop)
        wanted = [stop] if drop.alone else sorted({*served, stop})
        assert not fits(trip, wanted)
        if drop.days_more is not None:
            assert fits(with_days(trip, drop.days_more), wanted)
            assert not fits(with_days(trip, drop.days_more - 1), wanted)
        for until_min, change in (
            (drop.visits_until_min, with_visits_until),
            (drop.road_until_min, with_road_until),
        ):
            if until_min is not None:
                assert fits(change(trip, until_min), wanted)
                assert not fits(change(trip, until_min - 30.0), wanted)
        assert not drop.if_open or fits(all_open(trip), [stop])
        if drop.instead_of:
            assert not {trip.stops[out].stop_id for out in drop.instead_of} & trip.must
            assert fits(trip, sorted(set(wanted) - set(drop.instead_of)))


@given(seeds)
def test_one_trip_has_one_plan(seed: int) -> None:
    trip = random_trip(seed, most_stops=7)
    assert plan_itinerary(trip) == plan_itinerary(trip)
