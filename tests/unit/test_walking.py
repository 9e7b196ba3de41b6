"""Silent risks here: two places side by side sent to a far road and back; an escort or a mission's vehicles that walk;
a walk that hides how exposed it is, runs at night, or appears where nothing is known of the land."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.access.companies import Conditions
from geo.access.escorts import escorts_on
from geo.access.network import Network, build_network
from geo.access.reach import reach, reach_each, times_each
from geo.access.routing import RouteAnswer, find_routes
from geo.access.segments import assess_passability, both_ways
from geo.access.walking import walks_between
from geo.crs import distance_km
from geo.missions.travel import Going, road_travel
from geo.model import AccessMode, LonLat, ReachRequest, RouteRequest, Season
from geo.settings import Settings
from geo.text import sentence_text
from tests.toy_roads import bases_of, roads_of, ways_of

DAY = dt.date(2020, 3, 1)
# One slow road along the equator; base and town stand north of it, 2.2 km from each other.
ROAD = [{"line": [(0, 0), (1, 0)], "road_id": "r", "duration_min": 600}]
BASE, TOWN = LonLat(0.5, 0.05), LonLat(0.52, 0.05)
APART_KM = 2.2239
WALK_MIN = 60 * APART_KM / 3
TERMS: dict[str, Any] = {"escort_slots_per_week": 2, "escort_radius_hours": 20, "escort_speed_kph": 60}


def network_of(settings: Settings, rows: list[dict[str, Any]] = ROAD) -> Network:
    return build_network(roads_of(rows), settings=settings.network)


def ask(
    settings: Settings, origin: LonLat = BASE, destination: LonLat = TOWN, *, exposure: float = 0.0, **asked: Any
) -> RouteAnswer:
    network = network_of(settings)
    found = assess_passability(network, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=settings)
    base = bases_of([{"base_id": "b", "longitude": BASE.lon, "latitude": BASE.lat, **TERMS}])
    conditions = Conditions(
        passability=found,
        exposure=both_ways(np.full(1, exposure)),
        visibility=np.ones(1),
        escorts=escorts_on(base, day=DAY, settings=settings),
    )
    request = RouteRequest(origin=origin, destination=destination, as_of=DAY, **asked)
    return find_routes(network, request, conditions, settings=settings)


def reached(settings: Settings, origin: LonLat, target: LonLat, mode: AccessMode) -> tuple[float, str]:
    network = network_of(settings)
    found = assess_passability(network, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=settings)
    base = bases_of([{"base_id": "b", "longitude": origin.lon, "latitude": origin.lat, **TERMS}])
    targets = pd.DataFrame({"longitude": [target.lon], "latitude": [target.lat]})
    request = ReachRequest(limit_min=1000, mode=mode, as_of=DAY)
    row = reach(ways_of(network, found), base, targets, request, settings=settings).iloc[0]
    each = reach_each(ways_of(network, found), base, targets, request, settings=settings)
    assert each["time_min"].tolist() == ([row["time_min"]] if np.isfinite(row["time_min"]) else [])
    ((_, kept),) = times_each(ways_of(network, found), base, targets, request, settings=settings)
    assert kept.tolist() == [[row["time_min"]]], "scenarios keep the same minutes"
    return float(row["time_min"]), "" if pd.isna(row["how"]) else str(row["how"])


def test_two_places_side_by_side_are_a_walk_apart(settings: Settings) -> None:
    (route,) = ask(settings, exposure_weight=0.0).routes
    assert route.time_min == pytest.approx(WALK_MIN, rel=1e-4)
    assert (route.off_road_min, route.off_road_km) == (route.time_min, pytest.approx(APART_KM, rel=1e-4))
    assert route.length_km == route.off_road_km
    assert route.segments == ()
    assert route.geometry.equals(shapely.LineString([(0.5, 0.05), (0.52, 0.05)]))
    assert route.warnings == ("on foot all the way, 2 km as the crow flies",)
    assert sentence_text(route.warnings[0], "fr") == "à pied tout du long, 2\u202fkm à vol d’oiseau"
    assert reached(settings, BASE, TOWN, AccessMode.UNESCORTED) == (pytest.approx(route.time_min), "foot")


def test_places_on_the_road_are_walked_between_too_where_the_road_is_slower(settings: Settings) -> None:
    near = LonLat(0.501, 0.0)
    (route,) = ask(settings, LonLat(0.5, 0.0), near, exposure_weight=0.0, escort="no").routes
    assert route.time_min == pytest.approx(0.6), "600 minutes a degree: the road is quicker than a walk of 2.2 min"
    assert route.warnings == ()
    assert reached(settings, LonLat(0.5, 0.0), near, AccessMode.UNESCORTED) == (pytest.approx(0.6), "road")


def test_exposure_of_a_walk_is_that_of_the_road_by_the_minute(settings: Settings) -> None:
    (route,) = ask(settings, exposure=3.0, exposure_weight=0.0).routes
    assert route.exposure == pytest.approx(3.0 / 600 * WALK_MIN, rel=1e-4)
    assert route.visibility == 0


def test_places_off_any_road_are_reached_on_foot_up_to_the_limit(settings: Settings) -> None:
    far, limit_km = LonLat(0.5, 1.0), settings.network.max_snap_km
    north = LonLat(0.5, 1.0 + limit_km / 111.1951)
    lat = np.array([far.lat, north.lat, north.lat + 1e-4])
    away = distance_km(np.full(3, 0.5), np.full(3, far.lat), np.full(3, 0.5), lat)
    assert away[1] <= limit_km < away[2]
    (route,) = ask(settings, far, north, exposure_weight=0.0).routes
    assert route.time_min == pytest.approx(60 * limit_km / settings.network.off_road_kph, rel=1e-5)
    assert reached(settings, far, north, AccessMode.UNESCORTED)[0] == pytest.approx(route.time_min)
    beyond = LonLat(0.5, float(lat[2]))
    assert "from the nearest open road" in str(ask(settings, far, beyond, exposure_weight=0.0).refused)
    assert reached(settings, far, beyond, AccessMode.UNESCORTED) == (np.inf, "")
    exact = settings.network.model_copy(update={"max_snap_km": float(away[1])})
    pairs = walks_between(np.array([[0.5, lat[0]]]), np.column_stack([np.full(2, 0.5), lat[1:]]), settings=exact)
    assert pairs[1].tolist() == [0], "exactly at the limit is walked"


def test_no_escort_walks(settings: Settings) -> None:
    (guarded,) = ask(settings, exposure_weight=0.0, escort="yes").routes
    assert guarded.time_min > 2 * 60 * 5.5 / 3, "to the road and back from it"
    assert guarded.segments != ()
    assert reached(settings, BASE, TOWN, AccessMode.ESCORTED) == (pytest.approx(guarded.time_min), "road")
    off_road = LonLat(0.5, 1.0), LonLat(0.51, 1.0)
    assert "from the nearest open road" in str(ask(settings, *off_road, escort="yes").refused)
    assert reached(settings, *off_road, AccessMode.ESCORTED) == (np.inf, "")
    (alone,) = ask(settings, *off_road, escort="either").routes
    assert alone.escort_base is None


def test_a_walk_keeps_the_hours_and_arrives_by_the_clock(settings: Settings) -> None:
    (route,) = ask(settings, exposure_weight=0.0, departs=dt.time(17, 30), daylight=True).routes
    assert route.timetable is not None
    assert route.timetable.waiting_min == pytest.approx(720)
    assert route.elapsed_min == pytest.approx(WALK_MIN + 720, rel=1e-4)
    front = ask(settings, departs=dt.time(8, 0)).routes
    assert front[0].segments == ()


def test_where_no_road_is_open_nobody_walks(settings: Settings) -> None:
    answer = ask(settings, avoid=("road:r",))
    assert answer.routes == ()
    assert "has no open road at any distance" in str(answer.refused)


def test_a_mission_s_vehicles_do_not_walk(settings: Settings) -> None:
    network = network_of(settings)
    found = assess_passability(network, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=settings)
    conditions = Conditions(passability=found, exposure=np.zeros((1, 2)), visibility=np.zeros(1))
    lonlat = np.array([(0.5, 0.05), (0.52, 0.05), (0.5, 1.0), (0.51, 1.0)])
    travel = road_travel(network, lonlat, conditions, Going(), settings=settings)
    assert travel.minutes[0, 1] > 2 * 60 * 5.5 / 3
    assert np.isinf(travel.minutes[2, 3])
    assert "from the nearest open road" in str(travel.reason(2, 3))
