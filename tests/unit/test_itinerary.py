"""Silent risks here: a visit that ends at closing time or a drive that arrives in the last minute lost; a drive split
over a night; a night where nobody may sleep; a drive through a place that breaks the matrix; a tie told by chance; a
reason that is guessed. Trips lie on one road, hours from 06:00 to 18:00."""

from dataclasses import replace

import numpy as np
import pytest

from geo.errors import RequestError
from geo.missions.itinerary import plan_itinerary
from geo.missions.plans import Trip
from geo.missions.trips import with_days, with_road_until, with_visits_until
from tests.toy_trips import best_score, drive_plan, random_trip, score_of, stop_of, trip_on_a_line


def test_one_stop_and_back() -> None:
    plan = plan_itinerary(trip_on_a_line([100.0], [stop_of("a", opens_min=480.0)]))
    (out, back), (visit,) = plan.drives, plan.visits
    assert (out.leaves_min, out.arrives_min, visit.starts_min, visit.ends_min) == (380.0, 480.0, 480.0, 540.0)
    assert (back.leaves_min, back.arrives_min, back.to_node) == (540.0, 640.0, 0)
    assert plan.nights == ()
    assert plan.exact


@pytest.mark.parametrize(("closes_min", "served"), [(520.0, (0,)), (519.0, ())])
def test_visit_that_ends_exactly_at_closing_counts(closes_min: float, served: tuple[int, ...]) -> None:
    assert plan_itinerary(trip_on_a_line([100.0], [stop_of("a", closes_min=closes_min)])).served == served


@pytest.mark.parametrize(("away_min", "served"), [(330.0, (0,)), (331.0, ())])
def test_arrival_in_the_last_minute_of_the_road_counts(away_min: float, served: tuple[int, ...]) -> None:
    assert plan_itinerary(trip_on_a_line([away_min], [stop_of("a")])).served == served


def test_drive_is_never_split_over_a_night() -> None:
    far = trip_on_a_line([721.0], [stop_of("a")], days=3, beds=(1,))
    assert plan_itinerary(far).served == ()
    assert plan_itinerary(trip_on_a_line([720.0], [stop_of("a")], days=3, beds=(1,))).nights == (1,)


def test_team_sleeps_only_where_it_may_and_passes_places_freely() -> None:
    without = trip_on_a_line([700.0, 350.0], [stop_of("a")], days=4)
    plan = plan_itinerary(replace(without, sleeps=np.array([True, False, True])))
    assert plan.served == ()  # from the bed 350 min there and back and an hour do not fit one day
    plan = plan_itinerary(replace(without, sleeps=np.array([True, True, True])))
    assert plan.served == (0,)
    assert plan_itinerary(without).served == ()


def test_visit_where_the_team_slept_needs_no_hours_of_the_road() -> None:
    stop = stop_of("a", opens_min=300.0, closes_min=360.0)  # over before anybody may drive
    plan = plan_itinerary(trip_on_a_line([50.0], [stop], days=2, beds=(1,)))
    assert [(visit.day, visit.starts_min) for visit in plan.visits] == [(1, 300.0)]
    assert plan_itinerary(trip_on_a_line([50.0], [stop], days=2)).served == ()


def test_drive_over_another_place_is_told_in_legs() -> None:
    trip = trip_on_a_line([100.0, 50.0], [stop_of("a")])
    minutes = trip.minutes.copy()
    minutes[0, 1] = 400.0  # the direct way is bad
    plan = plan_itinerary(replace(trip, minutes=minutes))
    assert [(drive.from_node, drive.to_node) for drive in plan.drives] == [(0, 2), (2, 1), (1, 0)]
    assert plan.drives[1].arrives_min == 460.0


def test_worth_goes_before_number_before_end_before_driving() -> None:
    stops = [stop_of("a", service_min=650.0, worth=3.0), stop_of("b", worth=1.0), stop_of("c", worth=1.0)]
    assert plan_itinerary(trip_on_a_line([10.0, 20.0, 30.0], stops)).served == (0,)
    even = [replace(stops[0], worth=2.0), *stops[1:]]
    assert sorted(plan_itinerary(trip_on_a_line([10.0, 20.0, 30.0], even)).served) == [1, 2]


def test_least_driving_decides_where_the_end_is_the_same() -> None:
    late = stop_of("late", opens_min=900.0)
    early = stop_of("early")
    plan = plan_itinerary(trip_on_a_line([10.0, 50.0], [late, early]))
    assert plan.served == (1, 0)
    assert score_of(trip_on_a_line([10.0, 50.0], [late, early]), plan).driving_min == 100.0


def test_team_stays_at_home_until_a_stop_is_open() -> None:
    trip = trip_on_a_line([100.0], [stop_of("a")], days=3)
    plan = plan_itinerary(replace(trip, open_days=np.array([[False], [True], [True]])))
    assert plan.nights == (0,)
    assert {drive.day for drive in plan.drives} == {1}


def test_what_must_be_served_is_or_the_trip_is_refused_by_name() -> None:
    stops = [stop_of("near", worth=5.0, service_min=500.0), stop_of("poor", worth=1.0, service_min=500.0)]
    trip = trip_on_a_line([50.0, -50.0], stops)
    trip = replace(trip, minutes=np.abs(trip.minutes))
    assert plan_itinerary(trip).served == (0,)
    assert plan_itinerary(replace(trip, must=frozenset({"poor"}))).served == (1,)
    both = plan_itinerary(replace(trip, must=frozenset({"near", "poor"})))
    assert (both.drives, both.visits) == ((), ())
    assert both.refused is not None
    assert "1 of 2 at most, without poor" in both.refused
    far = plan_itinerary(replace(trip_on_a_line([400.0], [stop_of("far")]), must=frozenset({"far"})))
    assert far.refused is not None
    assert far.refused.startswith("cannot serve what must be served: far is too far even alone")


def test_reasons_and_what_would_admit_each() -> None:
    def told(trip: Trip) -> str:
        plan = plan_itinerary(trip)
        return plan.dropped[max(plan.dropped)]

    line = trip_on_a_line([100.0], [stop_of("a")])
    cut = np.where(np.eye(2, dtype=bool), 0.0, np.inf)
    assert told(replace(line, minutes=cut)) == "has no way from the base"
    assert told(replace(line, minutes=np.array([[0.0, 100.0], [np.inf, 0.0]]))) == "has no way back to the base"
    shut = replace(line, open_days=np.zeros((1, 1), dtype=bool))
    assert told(shut) == "is closed on all days of the mission; fits alone if it were open"
    long = trip_on_a_line([100.0], [stop_of("a", service_min=240.0, opens_min=480.0, closes_min=600.0)])
    assert (
        told(long)
        == "needs a visit of 240 min, longer than from 08:00 to 10:00; fits alone if visits may last until 12:00"
    )
    far = trip_on_a_line([350.0], [stop_of("a")])
    assert told(far) == (
        "is too far even alone: 350 min there, 60 min visit, 350 min back; "
        "fits alone if the team may be on the road until 19:00"
    )
    assert "fits alone with one day more" in told(trip_on_a_line([500.0], [stop_of("a")], beds=(1,)))
    stops = [
        stop_of("a", worth=2.0, service_min=400.0, closes_min=900.0),
        stop_of("b", service_min=240.0, closes_min=900.0),
    ]
    assert told(trip_on_a_line([10.0, 20.0], stops)) == (
        "does not fit beside the other stops; fits with one day more, "
        "or if visits may last until 17:00, or instead of a"
    )


def test_faults_of_a_trip_are_told_together() -> None:
    trip = trip_on_a_line([100.0], [stop_of("a", service_min=-1.0)])
    wrong = replace(trip, arrives_min=np.array([1500.0]), must=frozenset({"x"}), sleeps=np.array([True]))
    with pytest.raises(RequestError, match=r"sleeps has shape.*outside the day.*a has a negative.*unknown stops x"):
        plan_itinerary(wrong)


def test_nothing_to_do_is_an_empty_plan() -> None:
    plan = plan_itinerary(trip_on_a_line([100.0], []))
    assert (plan.drives, plan.visits, plan.nights, plan.dropped, plan.days) == ((), (), (), {}, 0)


def test_changed_trips_are_wider_never_narrower() -> None:
    trip = random_trip(7)
    assert with_days(trip, 2).days == trip.days + 2
    assert (with_road_until(trip, 900.0).arrives_min >= trip.arrives_min).all()
    pairs = zip(trip.stops, with_visits_until(trip, 900.0).stops, strict=True)
    assert all(wide.closes_min >= stop.closes_min for stop, wide in pairs)


@pytest.mark.parametrize("seed", range(25))
def test_six_stops_are_planned_as_well_as_by_listing_all_plans(seed: int) -> None:
    trip = random_trip(seed, most_stops=6)
    plan, best = plan_itinerary(trip), best_score(trip)
    assert (best is None) == (plan.refused is not None)
    assert drive_plan(trip, plan) == [] or plan.refused
    if best is not None and best.count:
        assert score_of(trip, plan).key == pytest.approx(best.key, abs=1e-5)
