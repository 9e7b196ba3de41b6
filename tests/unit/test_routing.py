"""Silent risks here: driving against a one-way; a detour over a junction for two places on the same road;
half a segment counted as a whole; an alternative that is worse on both goals; no route without a reason."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.access.companies import Conditions
from geo.access.escorts import Escort
from geo.access.landmarks import place_landmarks
from geo.access.network import Network, build_network
from geo.access.reasons import explain_segments
from geo.access.routing import MAX_ROUTES, RouteAnswer, find_routes
from geo.access.segments import Passability, assess_passability, both_ways, road_records
from geo.answers.route import answer_off_roads
from geo.errors import RequestError
from geo.model import Audience, LonLat, RouteRequest, Season
from geo.settings import Settings
from tests.toy_roads import constraints_of, reports_of, roads_of

DAY = dt.date(2020, 3, 1)
# A diamond: west to east over the north (fast, exposed), the middle, or the south (slow, calm).
DIAMOND = [
    {"line": [(0, 0), (1, 1), (2, 0)], "road_id": "north", "duration_min": 100},
    {"line": [(0, 0), (1, 0), (2, 0)], "road_id": "middle", "duration_min": 150},
    {"line": [(0, 0), (1, -1), (2, 0)], "road_id": "south", "duration_min": 300},
]
DIAMOND_EXPOSURE = np.array([10.0, 4.0, 1.0])
WEST, EAST = LonLat(0, 0), LonLat(2, 0)


def network_of(rows: list[dict], settings: Settings) -> Network:
    return build_network(roads_of(rows), settings=settings.network)


def ask(
    network: Network,
    settings: Settings,
    origin: LonLat = WEST,
    destination: LonLat = EAST,
    *,
    exposure: np.ndarray | None = None,
    constraints: pd.DataFrame | None = None,
    reports: pd.DataFrame | None = None,
    escorts: tuple[Escort, ...] = (),
    **changes: object,
) -> RouteAnswer:
    request = RouteRequest(origin=origin, destination=destination, as_of=DAY, **changes)
    found = assess(network, settings, request.season, constraints, reports)
    conditions = Conditions(
        passability=found,
        exposure=np.zeros((len(network.segments), 2)) if exposure is None else both_ways(exposure),
        visibility=found.checkpoints.astype(float),
        escorts=escorts,
    )
    return find_routes(network, request, conditions, settings=settings)


def assess(
    network: Network,
    settings: Settings,
    season: Season = Season.DRY,
    constraints: pd.DataFrame | None = None,
    reports: pd.DataFrame | None = None,
) -> Passability:
    known = road_records(network, constraints, reports, settings=settings)
    return assess_passability(network, season=season, vehicle="4x4", as_of=DAY, settings=settings, known=known)


def escort(lon: float, lat: float = 0.0, *, hours: float = 100, kph: float = 1000) -> Escort:
    return Escort(
        base_id="base",
        name="Camp Centre",
        longitude=lon,
        latitude=lat,
        slots_per_week=2,
        lead_days=1,
        radius_hours=hours,
        speed_kph=kph,
        days=("mon", "tue", "wed", "thu", "fri"),
        closes_on=None,
    )


def roads(answer: RouteAnswer) -> list[list[str]]:
    return [[segment.road_id for segment in route.segments] for route in answer.routes]


def test_front_holds_the_three_ways_by_time(settings: Settings) -> None:
    answer = ask(network_of(DIAMOND, settings), settings, exposure=DIAMOND_EXPOSURE)
    assert roads(answer) == [["north"], ["middle"], ["south"]]
    assert [route.time_min for route in answer.routes] == pytest.approx([100, 150, 300])
    assert [route.exposure for route in answer.routes] == pytest.approx([10, 4, 1])
    assert answer.front
    assert answer.refused is None


@pytest.mark.parametrize(("weight", "road"), [(0, "north"), (8, "north"), (9, "middle"), (49, "middle"), (51, "south")])
def test_weight_is_minutes_per_unit_of_exposure(settings: Settings, weight: float, road: str) -> None:
    # middle beats north above 50/6 = 8.33 minutes a unit, south beats middle above 150/3 = 50
    answer = ask(network_of(DIAMOND, settings), settings, exposure=DIAMOND_EXPOSURE, exposure_weight=weight)
    assert roads(answer) == [[road]]
    assert not answer.front


def test_way_worse_on_both_goals_is_no_alternative(settings: Settings) -> None:
    answer = ask(network_of(DIAMOND, settings), settings, exposure=np.array([4.0, 10.0, 4.0]))
    assert roads(answer) == [["north"]]


def test_without_exposure_there_is_one_way(settings: Settings) -> None:
    assert roads(ask(network_of(DIAMOND, settings), settings)) == [["north"]]


def test_front_is_capped_and_keeps_both_ends(settings: Settings) -> None:
    ways = [{"line": [(0, 0), (1, 0.01 * k), (2, 0)], "duration_min": 100 + k * k} for k in range(1, 20)]
    exposure = 100 / np.arange(1, 20)
    routes = ask(network_of(ways, settings), settings, exposure=exposure).routes
    assert len(routes) == MAX_ROUTES
    assert (routes[0].time_min, routes[-1].time_min) == (101, 100 + 19 * 19)


def test_parallel_roads_between_the_same_junctions_are_told_apart(settings: Settings) -> None:
    rows = [
        {"line": [(0, 0), (0.5, 0.1), (1, 0)], "duration_min": 50, "road_id": "slow"},
        {"line": [(1, 0), (0, 0)], "duration_min": 20, "road_id": "fast"},
        {"line": [(1, 0), (2, 0)], "duration_min": 10, "road_id": "last"},
    ]
    answer = ask(network_of(rows, settings), settings, exposure=np.array([0.0, 5.0, 1.0]))
    assert roads(answer) == [["fast", "last"], ["slow", "last"]]
    assert [route.time_min for route in answer.routes] == pytest.approx([30, 60])


def test_two_places_inside_one_segment(settings: Settings) -> None:
    network = network_of([{"line": [(0, 0), (2, 0)], "duration_min": 100, "length_km": 200}], settings)
    for origin, destination in ((0.5, 1.5), (1.5, 0.5)):
        (route,) = ask(
            network, settings, LonLat(origin, 0), LonLat(destination, 0), exposure=np.array([8.0]), exposure_weight=1
        ).routes
        assert (route.time_min, route.length_km, route.exposure) == pytest.approx((50, 100, 4), abs=0.01)
        line = shapely.get_coordinates(route.geometry)
        assert line[[0, -1], 0].tolist() == pytest.approx([origin, destination])


def test_one_way_between_two_places_on_it_leads_round(settings: Settings) -> None:
    rows = [
        {"line": [(0, 0), (2, 0)], "duration_min": 100, "oneway": 1, "road_id": "only"},
        {"line": [(2, 0), (1, 1), (0, 0)], "duration_min": 60, "road_id": "back"},
    ]
    network = network_of(rows, settings)
    (ahead,) = ask(network, settings, LonLat(0.5, 0), LonLat(1.5, 0)).routes
    (around,) = ask(network, settings, LonLat(1.5, 0), LonLat(0.5, 0)).routes
    assert ahead.time_min == pytest.approx(50, abs=0.01)
    assert around.time_min == pytest.approx(25 + 60 + 25, abs=0.02)
    assert [segment.road_id for segment in around.segments] == ["only", "back", "only"]
    against = network_of([rows[0] | {"oneway": -1}, rows[1]], settings)
    assert ask(against, settings, LonLat(1.5, 0), LonLat(0.5, 0)).routes[0].time_min == pytest.approx(50, abs=0.01)


def test_shorter_way_round_a_loop_is_taken(settings: Settings) -> None:
    rows = [
        {"line": [(0, 0), (1, 0)], "duration_min": 10, "road_id": "stem"},
        {"line": [(1, 0), (1.5, 0.5), (2, 0), (1.5, -0.5), (1, 0)], "duration_min": 80, "road_id": "loop"},
    ]
    network = network_of(rows, settings)
    into = ask(network, settings, LonLat(0, 0), LonLat(1.5, -0.5)).routes[0]
    out_of = ask(network, settings, LonLat(1.5, -0.5), LonLat(0, 0)).routes[0]
    assert into.time_min == pytest.approx(10 + 20, abs=0.05)
    assert out_of.time_min == pytest.approx(10 + 20, abs=0.05)


def test_legs_off_the_road_are_walked(settings: Settings) -> None:
    network = network_of([{"line": [(0, 0), (2, 0)], "duration_min": 100, "length_km": 222}], settings)
    (route,) = ask(network, settings, LonLat(0.5, 0.05), LonLat(1.5, -0.05), exposure=np.array([10.0])).routes
    leg_km = 2 * 0.05 * 111.195  # great circle on the mean sphere
    leg_min = 60 * leg_km / settings.network.off_road_kph
    assert route.off_road_km == pytest.approx(leg_km, rel=1e-3)
    assert route.time_min == pytest.approx(50 + leg_min, rel=1e-3)
    assert route.length_km == pytest.approx(111 + leg_km, rel=1e-3)
    assert route.exposure == pytest.approx(10 * (50 + leg_min) / 100, rel=1e-3)
    assert shapely.get_coordinates(route.geometry)[[0, -1]].tolist() == [[0.5, 0.05], [1.5, -0.05]]


def test_segments_add_up_and_the_line_runs_on(settings: Settings) -> None:
    rows = [
        {"line": [(1, 0), (0, 0)], "duration_min": 10},
        {"line": [(1, 0), (1.5, 0.2), (2, 0)], "duration_min": 20},
        {"line": [(3, 0), (2, 0)], "duration_min": 30},
    ]
    (route,) = ask(network_of(rows, settings), settings, LonLat(0.5, 0), LonLat(2.5, 0), exposure=np.ones(3)).routes
    assert sum(s.time_min for s in route.segments) == pytest.approx(route.time_min)
    assert sum(s.length_km for s in route.segments) == pytest.approx(route.length_km)
    assert sum(s.exposure for s in route.segments) == pytest.approx(route.exposure)
    drawn = shapely.get_coordinates(route.geometry)
    assert (np.diff(drawn[:, 0]) > 0).all()  # eastwards all the way, also on lines drawn westwards
    joints = [shapely.get_coordinates(s.geometry) for s in route.segments]
    assert joints[0][-1].tolist() == pytest.approx(joints[1][0].tolist())
    assert joints[1][-1].tolist() == pytest.approx(joints[2][0].tolist())


def test_constraint_delays_shows_and_can_turn_the_route(settings: Settings) -> None:
    network = network_of(DIAMOND[:2], settings)
    posts = constraints_of([{"kind": "checkpoint", "longitude": 1, "latitude": 1, "delay_min": 30}])
    route, unseen = ask(network, settings, constraints=posts).routes
    assert (route.time_min, route.visibility) == (130, 1)
    assert (unseen.time_min, unseen.visibility) == (150, 0)
    assert explain_segments(network, assess(network, settings, constraints=posts), np.array([0]))[0] == (
        "checkpoint, reported 60 days ago: +30 min",
        "stated duration: 188 km/h",
    )
    more = constraints_of([{"kind": "impassable", "longitude": 1, "latitude": 1}])
    assert roads(ask(network, settings, constraints=more)) == [["middle"]]


def test_origin_is_destination(settings: Settings) -> None:
    (route,) = ask(network_of(DIAMOND, settings), settings, WEST, WEST).routes
    assert (route.time_min, route.length_km, route.exposure, route.segments) == (0, 0, 0, ())
    far = LonLat(50, 50)
    assert ask(network_of(DIAMOND, settings), settings, far, far).routes[0].geometry.length == 0


def test_two_places_that_share_one_spot_on_the_road(settings: Settings) -> None:
    (route,) = ask(network_of(DIAMOND[:2], settings), settings, LonLat(0, 0), LonLat(-0.05, 0)).routes
    assert route.segments == ()
    assert route.length_km == pytest.approx(5.56, abs=0.01)


def test_escort_takes_a_slot_and_its_time(settings: Settings) -> None:
    network = network_of(DIAMOND, settings)
    share = settings.modes.escort_speed_share
    (alone,) = ask(network, settings, escort="no").routes
    (escorted,) = ask(network, settings, escort="yes", escorts=(escort(0),)).routes
    (either,) = ask(network, settings, escort="either", escorts=(escort(0),)).routes
    assert (alone.escort_slots, escorted.escort_slots, either.escort_slots) == (0, 1, 0)
    assert escorted.time_min == pytest.approx(alone.time_min / share)


def test_escort_is_an_alternative_only_where_it_lowers_exposure(settings: Settings) -> None:
    network = network_of(DIAMOND, settings)
    helping = settings.model_copy(update={"exposure": settings.exposure.model_copy(update={"escort_factor": 0.2})})
    answer = ask(network, helping, exposure=DIAMOND_EXPOSURE, escorts=(escort(0),))
    share = settings.modes.escort_speed_share
    assert [(r.escort_slots, int(r.time_min)) for r in answer.routes] == [
        (0, 100),
        (1, int(100 / share)),
        (0, 150),
        (1, 187),
        (0, 300),
        (1, 375),
    ]
    assert answer.routes[1].exposure == pytest.approx(10 / share * 0.2)
    weighted = ask(network, helping, exposure=DIAMOND_EXPOSURE, exposure_weight=1000, escorts=(escort(0),))
    assert [r.escort_slots for r in weighted.routes] == [1]


def test_refusal_names_the_end_that_is_off_the_road(settings: Settings) -> None:
    answer = ask(network_of(DIAMOND, settings), settings, LonLat(0, 0.5), LonLat(9, 0))
    assert answer.routes == ()
    assert answer.refused == (
        "the origin 0.00000,0.50000 is 39.3 km from the nearest open road (north), "
        "more than the 15 km of network.max_snap_km; "
        "the destination 9.00000,0.00000 is 778.4 km from the nearest open road (north), "
        "more than the 15 km of network.max_snap_km"
    )


def test_refusal_names_the_gap_between_two_parts(settings: Settings) -> None:
    rows = [{"line": [(0, 0), (1, 0)]}, {"line": [(2, 0), (1.1, 0)]}]
    answer = ask(network_of(rows, settings), settings)
    assert answer.refused == (
        "origin and destination lie on roads that do not meet; the two parts come nearest, 11.1 km apart, "
        "between 1.0000,0.0000 and 1.1000,0.0000"
    )


def test_refusal_asks_whether_longitude_and_latitude_are_swapped(settings: Settings) -> None:
    network = network_of([{"line": [(20, 5), (21, 5)]}], settings)
    swapped = ask(network, settings, LonLat(5, 20), LonLat(21, 5)).refused
    assert swapped is not None
    assert swapped.endswith("network.max_snap_km; are longitude and latitude swapped?")
    far = ask(network, settings, LonLat(40, 40), LonLat(21, 5)).refused
    assert far is not None
    assert "swapped" not in far


def test_parts_that_no_road_joins_are_the_reason_with_an_escort_too(settings: Settings) -> None:
    rows = [{"line": [(0, 0), (1, 0)]}, {"line": [(2, 0), (1.1, 0)]}]
    refused = ask(network_of(rows, settings), settings, escort="yes", escorts=(escort(0),)).refused
    assert refused is not None
    assert refused.startswith("origin and destination lie on roads that do not meet")


def test_refusal_names_the_closed_road(settings: Settings) -> None:
    rows = [
        {"line": [(0, 0), (0.5, 0)], "road_id": "a"},
        {"line": [(0.5, 0), (1.5, 0)], "road_id": "ford", "wet_passable": "no"},
        {"line": [(1.5, 0), (2, 0)], "road_id": "c"},
    ]
    network = network_of(rows, settings)
    avoid = ("impassable_recorded",)
    assert ask(network, settings, avoid=avoid).refused is None
    assert ask(network, settings, season=Season.WET, avoid=avoid).refused == (
        "every way is closed by what you avoid (impassable_recorded); the least closed one needs road ford; avoid less"
    )
    nothing_open = network_of([rows[1]], settings)
    refused = ask(nothing_open, settings, season=Season.WET, avoid=avoid).refused
    assert refused is not None
    assert "has no open road at any distance" in refused


def test_a_bad_only_road_is_a_way_and_says_so(settings: Settings) -> None:
    network = network_of([{"line": [(0, 0), (2, 0)], "duration_min": 100, "wet_passable": "no"}], settings)
    (dry,), (wet,) = ask(network, settings).routes, ask(network, settings, season=Season.WET).routes
    assert dry.warnings == ()
    assert wet.warnings == ("223 km recorded or last seen as not passable; counted as a delay",)
    assert wet.time_min > 100 + settings.delays_min["impassable"]


@pytest.mark.parametrize(
    ("avoid", "expected"),
    [
        (("checkpoint",), [["middle"], ["south"]]),
        (("road:north",), [["middle"], ["south"]]),
        (("segment:middle/0", "segment:north/0"), [["south"]]),
        (("ferry",), [["north"], ["middle"], ["south"]]),
    ],
)
def test_only_what_is_asked_for_is_banned(
    settings: Settings, avoid: tuple[str, ...], expected: list[list[str]]
) -> None:
    posts = constraints_of([{"kind": "checkpoint", "longitude": 1, "latitude": 1, "delay_min": 0}])
    network = network_of(DIAMOND, settings)
    assert roads(ask(network, settings, exposure=DIAMOND_EXPOSURE, constraints=posts, avoid=avoid)) == expected


def test_an_unknown_road_cannot_be_avoided(settings: Settings) -> None:
    with pytest.raises(RequestError, match="no road 'nowhere' on the network"):
        ask(network_of(DIAMOND, settings), settings, avoid=("road:nowhere",))


def test_no_escort_is_refused_with_the_nearest(settings: Settings) -> None:
    network = network_of(DIAMOND, settings)
    assert ask(network, settings, escort="yes").refused == (
        "no base open that day has an escort to give; ask without escort or for another day"
    )
    refused = ask(network, settings, escort="yes", escorts=(escort(0, hours=0.5),)).refused
    assert refused == (
        "no escort covers the whole way; the escorting base nearest to the origin (Camp Centre) is 0 km away "
        "and its convoys go 0.5 hours far; ask without escort"
    )


def test_an_escort_that_reaches_neither_end_of_the_road_is_none_with_landmarks_too(settings: Settings) -> None:
    network = network_of([DIAMOND[1], {"line": [(2, 0), (3, 0)], "road_id": "east", "duration_min": 60}], settings)
    found = assess(network, settings)
    conditions = Conditions(
        passability=found,
        exposure=np.zeros((2, 2)),
        visibility=np.zeros(2),
        landmarks=place_landmarks(network, season=Season.DRY, vehicle="4x4", settings=settings),
        escorts=(escort(3, hours=1.3),),
    )
    request = RouteRequest(origin=EAST, destination=LonLat(1, 0), as_of=DAY, escort="yes")
    answer = find_routes(network, request, conditions, settings=settings)
    assert answer.routes == ()
    assert answer.refused is not None
    assert answer.refused.startswith("no escort covers the whole way")


def test_an_escort_demanded_makes_the_escorted_way_an_alternative(settings: Settings) -> None:
    rule = constraints_of([{"kind": "escort_required", "longitude": 1, "latitude": 0.0}])
    network = network_of([DIAMOND[1]], settings)
    alone, guarded = sorted(
        ask(network, settings, constraints=rule, escorts=(escort(0),)).routes, key=lambda r: r.escort_slots
    )
    assert alone.time_min == pytest.approx(150 + settings.delays_min["escort_required"])
    assert alone.warnings == ("223 km where an escort is demanded, without one",)
    assert guarded.time_min == pytest.approx(150 / settings.modes.escort_speed_share)
    assert (guarded.escort_base, guarded.warnings) == ("base", ())


def test_a_constraint_in_one_direction_leaves_the_other_free(settings: Settings) -> None:
    posts = constraints_of(
        [{"kind": "checkpoint", "longitude": 1, "latitude": 0.0, "delay_min": 40, "heading_deg": 90}]
    )
    network = network_of([DIAMOND[1]], settings)
    there = ask(network, settings, constraints=posts, exposure_weight=0).routes[0]
    back = ask(network, settings, EAST, WEST, constraints=posts, exposure_weight=0).routes[0]
    assert (there.time_min, back.time_min) == (190, 150)


def test_a_team_that_leaves_late_rests_at_night_unless_it_may_drive_on(settings: Settings) -> None:
    network = network_of([DIAMOND[1]], settings)
    (day,) = ask(network, settings, departs=dt.time(17)).routes
    assert day.timetable is not None
    assert day.timetable.arrives.isoformat() == "2020-03-02T07:30:00"
    assert (day.time_min, day.elapsed_min, day.warnings) == (150, 60 + 12 * 60 + 90, ("1 night on the way",))
    (night,) = ask(network, settings, departs=dt.time(17), daylight=False, exposure=np.array([9.0])).routes
    assert night.elapsed_min == 150
    assert night.warnings == ("90 min in the dark",)
    assert night.exposure == pytest.approx(9 * (1 + 90 / 150 * (settings.exposure.night_factor - 1)))


def test_a_curfew_can_make_the_longer_way_arrive_first(settings: Settings) -> None:
    curfew = constraints_of([{"kind": "curfew", "longitude": 1, "latitude": 1, "hours": "08:00-20:00"}])
    network = network_of(DIAMOND[:2], settings)
    found = ask(network, settings, constraints=curfew, departs=dt.time(8), daylight=False)
    assert roads(found) == [["middle"]]
    early = ask(network, settings, constraints=curfew, departs=dt.time(5), daylight=False)
    assert [route.elapsed_min for route in early.routes] == [100]


def test_a_road_whose_hours_never_open_is_refused_with_the_reason(settings: Settings) -> None:
    curfew = constraints_of([{"kind": "curfew", "longitude": 1, "latitude": 0.0, "hours": "06:00-18:00"}])
    network = network_of([DIAMOND[1]], settings)
    assert "whose hours never open" in str(ask(network, settings, constraints=curfew, departs=dt.time(8)).refused)


def test_routes_over_nearly_the_same_ground_are_one_alternative(settings: Settings) -> None:
    rows = [
        {"line": [(0, 0), (1, 0)], "duration_min": 1000, "length_km": 99},
        {"line": [(1, 0), (1.5, 0.1), (2, 0)], "duration_min": 10, "length_km": 1},
        {"line": [(1, 0), (1.5, -0.1), (2, 0)], "duration_min": 11, "length_km": 1},
    ]
    found = ask(network_of(rows, settings), settings, exposure=np.array([100.0, 1.0, 0.5]))
    assert [route.time_min for route in found.routes] == [1010]


def test_what_was_last_seen_leads_the_reasons_and_may_overrule_the_record(settings: Settings) -> None:
    network = network_of([DIAMOND[1] | {"wet_passable": "no"}], settings)
    at = {"longitude": 1, "latitude": 0.0, "source_type": "patrol"}

    def told(status: str, season: Season) -> tuple[str, ...]:
        seen = reports_of([at | {"status": status, "observed_on": "2020-02-20"}])
        posts = constraints_of([{"kind": "checkpoint", "longitude": 1, "latitude": 0.0, "reported_on": "2020-02-25"}])
        return explain_segments(network, assess(network, settings, season, posts, seen), np.array([0]))[0]

    assert told("impassable", Season.DRY)[0] == "closed because last seen impassable 10 days ago by patrol"
    assert told("impassable", Season.WET)[0] == "closed because recorded as not passable in the wet season"
    passed = told("passable", Season.WET)
    assert "closed" not in passed[0]
    assert passed[1:3] == (
        "last seen passable 10 days ago by patrol",
        "recorded as not passable in the wet season; somebody passed since",
    )


def test_who_passed_since_is_believed_over_a_bridge_reported_out(settings: Settings) -> None:
    out = constraints_of(
        [{"kind": "bridge_out", "longitude": 1, "latitude": 0.0, "delay_min": 300, "reported_on": "2020-01-01"}]
    )
    network = network_of([DIAMOND[1]], settings)
    passed = reports_of([{"status": "passable", "longitude": 1, "latitude": 0.0, "observed_on": "2020-02-01"}])
    earlier = reports_of([{"status": "passable", "longitude": 1, "latitude": 0.0, "observed_on": "2019-12-01"}])
    assert ask(network, settings, constraints=out, reports=passed).routes[0].time_min == 150
    assert ask(network, settings, constraints=out, reports=earlier).routes[0].time_min == 450
    told = explain_segments(network, assess(network, settings, Season.DRY, out, passed), np.array([0]))[0]
    assert told[:2] == (
        "bridge out reported 60 days ago, but passed since: not counted",
        "last seen passable 29 days ago",
    )


def test_records_on_no_known_road_are_told_to_who_may_know_them(settings: Settings) -> None:
    network = network_of(DIAMOND, settings)
    held = constraints_of(
        [
            {"kind": "checkpoint", "longitude": 1, "latitude": 0.0},
            {"kind": "checkpoint", "longitude": 5, "latitude": 5},
            {"kind": "curfew", "road_id": "nowhere", "valid_to": "2020-01-31"},
        ]
    )
    seen = reports_of([{"status": "impassable", "observed_on": "2020-02-20", "longitude": 5, "latitude": 5}])
    known = road_records(network, held, seen, settings=settings)
    found = assess_passability(network, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=settings, known=known)
    world = SimpleNamespace(settings=settings, road_records=known, passability=lambda *_, **__: found)
    request = RouteRequest(origin=WEST, destination=EAST, as_of=DAY)

    def told(audience: Audience) -> list[list[str]]:
        tables = answer_off_roads(world, request, audience=audience)  # type: ignore[arg-type]
        return [
            list(table.frame.get(f"{name}_id", []))
            for table, name in zip(tables, ("constraint", "report"), strict=True)
        ]

    assert told(Audience.TASK_FORCE) == [["k1"], ["s0"]]
    assert told(Audience.PUBLIC) == [[], []]
    assert all(table.frame.empty for table in answer_off_roads(world, request, audience=Audience.PUBLIC))  # type: ignore[arg-type]


def test_refusal_names_one_ways(settings: Settings) -> None:
    network = network_of([{"line": [(0, 0), (2, 0)], "oneway": -1}], settings)
    assert ask(network, settings).refused == (
        "origin and destination are joined only by one-way roads that lead the other way"
    )


def test_minutes_of_another_season_are_refused(settings: Settings) -> None:
    network = network_of(DIAMOND, settings)
    dry = assess_passability(network, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=settings)
    request = RouteRequest(origin=WEST, destination=EAST, as_of=DAY, season=Season.WET)
    conditions = Conditions(passability=dry, exposure=np.zeros((3, 2)), visibility=np.zeros(3))
    with pytest.raises(RequestError, match="asked for '4x4' in the wet season, but the minutes are of"):
        find_routes(network, request, conditions, settings=settings)
