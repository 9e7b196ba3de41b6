"""Silent risks here: a matrix and a way that differ; a one-way driven backwards; a place off the road that is reached;
an escort beyond its radius; a helicopter beyond its range; hours of a curfew forgotten. Roads are straight and slow."""

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.access.companies import Conditions
from geo.access.escorts import escorts_on
from geo.access.network import build_network
from geo.access.routing import find_routes
from geo.access.segments import assess_passability, road_records
from geo.missions.itinerary import plan_itinerary
from geo.missions.travel import Going, RoadTravel, air_travel, flight_days, road_travel
from geo.missions.trips import Frame, stop_of, trip_of
from geo.model import LonLat, RouteRequest, Season
from geo.settings import Settings
from tests.toy_roads import bases_of, constraints_of, roads_of

DAY = dt.date(2020, 6, 1)
# A square of one-way streets around a two-way road; a degree takes 120 minutes.
ROADS = [
    {"road_id": "across", "duration_min": 240, "line": [(0, 0), (1, 0), (2, 0)]},
    {"road_id": "up", "duration_min": 120, "line": [(1, 0), (1, 1)], "oneway": 1},
    {"road_id": "back", "duration_min": 200, "line": [(1, 1), (2, 0)], "oneway": 1},
    {"road_id": "island", "duration_min": 60, "line": [(5, 5), (5.5, 5)]},
]
PLACES = np.array([[0.0, 0.0], [0.5, 0.01], [1.0, 0.5], [1.75, 0.0], [1.25, 0.0], [0.5, 0.01], [5.2, 5.0], [9.0, 9.0]])


def travel_of(
    settings: Settings, going: Going, *, roads: list[dict[str, Any]] = ROADS, known: pd.DataFrame | None = None
) -> tuple[RoadTravel, Conditions]:
    network = build_network(roads_of(roads), settings=settings.network)
    records = None if known is None else road_records(network, known, settings=settings)
    passability = assess_passability(
        network, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=settings, known=records
    )
    steep = np.linspace(0.1, 1.0, 2 * len(network.segments)).reshape(-1, 2)
    conditions = Conditions(passability=passability, exposure=steep, visibility=steep[:, 0])
    return road_travel(network, PLACES, conditions, going, settings=settings), conditions


@pytest.mark.parametrize("weight", [0.0, 50.0])
def test_every_way_is_the_route_between_its_places(settings: Settings, weight: float) -> None:
    travel, conditions = travel_of(settings, Going(exposure_weight=weight))
    for one in range(6):
        for other in range(6):
            request = RouteRequest(
                origin=LonLat(*PLACES[one]), destination=LonLat(*PLACES[other]), as_of=DAY, exposure_weight=weight
            )
            (route,) = find_routes(travel.network, request, conditions, settings=settings).routes
            way = travel.way(one, other)
            assert travel.minutes[one, other] == pytest.approx(route.time_min)
            assert way.time_min == travel.minutes[one, other]
            assert way.exposure == pytest.approx(travel.exposure[one, other])
            assert way.visibility == pytest.approx(travel.visibility[one, other])
            assert way.geometry.equals(route.geometry)
            assert [part.segment_id for part in way.segments] == [part.segment_id for part in route.segments]
            assert travel.reason(one, other) is None


def test_one_way_streets_lead_round(settings: Settings) -> None:
    travel, _ = travel_of(settings, Going())
    assert travel.minutes[0, 2] == pytest.approx(180.0)
    assert travel.minutes[2, 0] == pytest.approx(60.0 + 200.0 + 240.0)
    assert travel.minutes[1, 5] == 0.0
    assert travel.way(1, 5).segments == ()


def test_places_without_a_way_say_why(settings: Settings) -> None:
    travel, _ = travel_of(settings, Going())
    assert np.isinf(travel.minutes[0, 6:]).all()
    assert np.isinf(travel.minutes[6:, 0]).all()
    apart, far = travel.reason(0, 6), travel.reason(0, 7)
    assert apart is not None
    assert "roads that do not meet" in apart.plain
    assert far is not None
    assert "from the nearest open road" in far.plain
    closed = travel_of(settings, Going(avoid=("road:across",)))[0].reason(1, 3)
    assert closed is not None


def test_a_discreet_team_is_noticed_less_and_no_quicker(settings: Settings) -> None:
    usual, discreet = (travel_of(settings, Going(discreet=quiet))[0] for quiet in (False, True))
    share = settings.teams.discreet_most_vehicles / settings.visibility.team_vehicles
    assert discreet.visibility[0, 3] == pytest.approx(share * usual.visibility[0, 3])
    assert (discreet.minutes == usual.minutes).all()


def test_an_escort_goes_no_farther_than_its_radius(settings: Settings) -> None:
    bases = bases_of(
        [{"base_id": "b", "longitude": 0, "latitude": 0, "escort_slots_per_week": 1, "escort_radius_hours": 3.6}]
    )
    (escort,) = escorts_on(bases, day=DAY, settings=settings)
    travel, _ = travel_of(settings, Going(escort=escort))
    assert np.isfinite(travel.minutes[0, 1])
    assert travel.way(0, 1).escort_base == "b"
    assert np.isinf(travel.minutes[0, 3])
    reason = travel.reason(0, 3)
    assert reason is not None
    assert "no escort covers the whole way" in reason.plain


def test_a_curfew_on_a_way_shortens_the_day(settings: Settings) -> None:
    known = constraints_of(
        [{"kind": "curfew", "road_id": "across", "hours": "15:00-08:00", "reported_on": DAY.isoformat()}]
    )
    travel, _ = travel_of(settings, Going(), known=known)
    closed = travel.closed_slots(settings)
    stops = (stop_of("a", ("case-1",), settings=settings.missions),)
    frame = Frame(days=(DAY,), sleeps=np.array([True, False]), closed_slots=closed)
    trip = trip_of(stops, travel.minutes[:2, :2], frame, settings=settings)
    assert (trip.leaves_min[0], trip.arrives_min[0]) == (480.0, 900.0)
    free = trip_of(stops, travel.minutes[:2, :2], replace(frame, closed_slots=0), settings=settings)
    assert (free.leaves_min[0], free.arrives_min[0]) == (390.0, 1050.0)


def test_a_trip_of_the_travel_is_planned(settings: Settings) -> None:
    travel, _ = travel_of(settings, Going())
    stops = tuple(stop_of(f"s{n}", (f"case-{n}",), settings=settings.missions, service_min=60.0) for n in range(1, 7))
    days = (DAY, DAY + dt.timedelta(days=1))
    frame = Frame(days=days, sleeps=np.ones(7, dtype=bool), shut={"s3": frozenset(days)})
    plan = plan_itinerary(trip_of(stops, travel.minutes[:7, :7], frame, settings=settings))
    assert set(plan.served) == {0, 1, 3, 4}
    assert plan.dropped[5] == "has no way from the base"
    assert "closed on all days" in plan.dropped[2]


def test_helicopters_fly_within_the_range_of_a_base_with_a_helipad(settings: Settings) -> None:
    def fly(**values: Any) -> Any:
        base = bases_of([{"base_id": "b", "longitude": 0, "latitude": 0, "helicopter_range_km": 300, **values}])
        return air_travel(base, np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [3.0, 0.0]]), settings=settings)

    air = fly(helipad="yes")
    degree_km = 111.19
    minutes = settings.modes.air_setup_min + 60 * degree_km / settings.modes.air_speed_kph
    assert air.minutes[0, 1] == pytest.approx(minutes, abs=0.1)
    assert air.minutes[0, 0] == 0
    assert np.isfinite(air.minutes[1, 2])
    assert np.isinf(air.minutes[0, 3])
    assert "more than the 300 km" in air.reason(1, 3).plain
    assert air.way(0, 1).length_km == pytest.approx(degree_km, abs=0.1)
    assert air.way(0, 1).segments == ()
    grounded = fly()
    assert np.isinf(grounded.minutes[0, 1])
    assert "no helipad" in grounded.reason(0, 1).plain


def test_flight_days_are_the_base_s_or_as_set(settings: Settings) -> None:
    assert flight_days(pd.Series({"flight_days": "tue;thu"}), settings=settings) == ("tue", "thu")
    assert flight_days(pd.Series({"flight_days": pd.NA}), settings=settings) == settings.air.flight_days
