"""Silent risks here: a shortest path that is not the shortest; a front that misses a supported way or keeps a
beaten one; a weight that buys more exposure; another base that makes somebody slower. networkx is the oracle."""

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo.access.companies import Conditions
from geo.access.kernels import Seeds, directed_graph, search
from geo.access.network import Network, build_network
from geo.access.reach import reach
from geo.access.routing import Route, RouteAnswer, find_routes
from geo.access.segments import Passability, assess_passability
from geo.access.snapping import Snapped, snap_points
from geo.model import AccessMode, LonLat, ReachRequest, RouteRequest, Season
from geo.settings import Settings, read_settings
from tests.conftest import ROOT
from tests.toy_roads import roads_of, ways_of

DAY = dt.date(2020, 3, 1)
SETTINGS: Settings = read_settings(ROOT / "config.toml")
seeds = st.integers(0, 2**32 - 1)
BESIDE = [(11, 13), (12, 14), (0, 15), (10, 16)]  # places of a random world of seven junctions
laws = hypothesis_settings(max_examples=30, deadline=None)


@dataclass(frozen=True, eq=False)
class World:
    network: Network
    passability: Passability
    exposure: np.ndarray
    places: list[LonLat]


def random_world(seed: int, *, nodes: int = 7, roads: int = 12) -> World:
    """Few junctions, roads with parallels, loops, one-ways and closures.

    Places at junctions, on, off and far from roads; each of the last two is within a walk of another, or nearly.
    """
    draw = np.random.default_rng(seed)
    at = draw.uniform(0, 1, (nodes, 2))
    rows = []
    for _ in range(roads):
        tail, head = draw.integers(0, nodes, 2)
        bend = draw.uniform(0, 1, 2)
        row = {"line": [at[tail], bend, at[head]], "oneway": int(draw.choice([0, 0, 0, 1, -1]))}
        row["duration_min"] = float(draw.integers(1, 6)) if draw.random() < 0.5 else draw.uniform(1, 60)
        rows.append(row | {"wet_passable": "no" if draw.random() < 0.15 else "yes", "road_class": "primary"})
    network = build_network(roads_of(rows), settings=SETTINGS.network)
    found = assess_passability(network, season=Season.WET, vehicle="4x4", as_of=DAY, settings=SETTINGS)
    lonlat = np.concatenate([at, draw.uniform(0, 1, (4, 2))])
    inside = [line.interpolate(draw.uniform(0, 1), normalized=True) for line in network.segments.geometry[:4]]
    far = draw.uniform(-0.5, 1.5, (2, 2))
    beside = np.concatenate([far, lonlat[[0, -1]]]) + draw.uniform(-0.12, 0.12, (4, 2))
    lonlat = np.concatenate([lonlat, far, beside])
    places = [LonLat(*map(float, xy)) for xy in lonlat] + [LonLat(p.x, p.y) for p in inside]
    return World(network, found, draw.uniform(0, 5, (len(network.segments), 2)), places)


def oracle_graph(world: World, cost: np.ndarray, at: Snapped) -> nx.MultiDiGraph:
    """Segments as edges, cut at every snapped point; point ``i`` is the node ``("at", i)``."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(("at", point) for point in range(len(at.segment)))
    for segment, row in world.network.segments.iterrows():
        on = [(at.along_share[p], ("at", int(p))) for p in np.flatnonzero(at.segment == segment)]
        stops = [(0.0, row["from_node"]), *sorted(on, key=lambda stop: stop[0]), (1.0, row["to_node"])]
        for (start, tail), (end, head) in pairwise(stops):
            for way, (one, other) in enumerate(((tail, head), (head, tail))):
                if start == end:
                    graph.add_edge(one, other, cost=0.0)
                elif world.network.drivable[segment, way] and np.isfinite(cost[segment, way]):
                    graph.add_edge(one, other, cost=(end - start) * cost[segment, way])
    return graph


def snap(world: World) -> Snapped:
    lon, lat = (np.array([getattr(place, name) for place in world.places]) for name in ("lon", "lat"))
    usable = world.network.open_segments(world.passability.minutes)
    return snap_points(world.network, lon, lat, settings=SETTINGS.network, open_segments=usable)


def ask(world: World, origin: LonLat, destination: LonLat, weight: float | None) -> RouteAnswer:
    request = RouteRequest(
        origin=origin, destination=destination, as_of=DAY, season=Season.WET, exposure_weight=weight, escort="no"
    )
    conditions = Conditions(
        passability=world.passability, exposure=world.exposure, visibility=np.zeros(len(world.exposure))
    )
    return find_routes(world.network, request, conditions, settings=SETTINGS)


def legs(at: Snapped, world: World, *ends: int) -> tuple[float, float]:
    minutes = np.where(world.network.drivable, world.passability.minutes, np.inf)
    quicker = minutes.argmin(axis=1)
    driven = [(at.segment[e], quicker[at.segment[e]]) for e in ends]
    per_min = [world.exposure[arc] / minutes[arc] for arc in driven]
    leg_min = [at.leg_min[e] for e in ends]
    return sum(leg_min), float(np.dot(leg_min, per_min))


def walk(at: Snapped, world: World, one: int, other: int) -> tuple[float, float] | None:
    """Minutes and exposure straight on foot; ``None`` where it is too far."""
    ends = [(at.longitude[e], at.latitude[e]) for e in (one, other)]
    half_chord = np.sin(np.radians(ends[1][1] - ends[0][1]) / 2) ** 2 + np.cos(np.radians(ends[0][1])) * np.cos(
        np.radians(ends[1][1])
    ) * (np.sin(np.radians(ends[1][0] - ends[0][0]) / 2) ** 2)
    away_km = 2 * 6371.0088 * np.arcsin(np.sqrt(half_chord))
    if away_km > SETTINGS.network.max_snap_km or (at.nearest < 0).any():
        return None
    minutes = np.where(world.network.drivable, world.passability.minutes, np.inf)
    arcs = [(at.nearest[e], minutes[at.nearest[e]].argmin()) for e in (one, other)]
    walk_min = 60 * away_km / SETTINGS.network.off_road_kph
    return walk_min, walk_min * float(np.mean([world.exposure[arc] / minutes[arc] for arc in arcs]))


def two_places(seed: int, world: World) -> tuple[int, int]:
    """Any two, or two that lie beside each other."""
    draw = np.random.default_rng(seed)
    if draw.random() < 0.5:
        one, other = draw.choice(len(world.places), 2, replace=False)
        return int(one), int(other)
    return BESIDE[int(draw.integers(len(BESIDE)))]


@laws
@given(seeds, st.floats(0, 100))
def test_route_is_the_shortest_networkx_finds(seed: int, weight: float) -> None:
    world = random_world(seed)
    at = snap(world)
    minutes = world.passability.minutes
    cost = minutes + weight * np.where(np.isfinite(minutes), world.exposure, 0)
    graph = oracle_graph(world, cost, at)
    origin, destination = two_places(seed + 1, world)
    answer = ask(world, world.places[origin], world.places[destination], weight)
    on_foot = walk(at, world, origin, destination)
    on_road = at.on_road[[origin, destination]].all()
    if on_foot is None and not on_road:
        assert "from the nearest open road" in (answer.refused or "") or "no open road" in (answer.refused or "")
        return
    joined = on_road and nx.has_path(graph, ("at", origin), ("at", destination))
    if on_foot is None and not joined:
        assert answer.routes == ()
        assert answer.refused
        return
    costs = [] if on_foot is None else [on_foot[0] + weight * on_foot[1]]
    if joined:
        expected = nx.shortest_path_length(graph, ("at", origin), ("at", destination), weight="cost")
        leg_min, leg_exposure = legs(at, world, origin, destination)
        costs.append(expected + leg_min + weight * leg_exposure)
    (route,) = answer.routes
    assert route.time_min + weight * route.exposure == pytest.approx(min(costs))
    assert_sums(route)


def assert_sums(route: Route) -> None:
    assert sum(s.time_min for s in route.segments) + route.off_road_min == pytest.approx(route.time_min)
    assert sum(s.length_km for s in route.segments) + route.off_road_km == pytest.approx(route.length_km)
    assert route.geometry.is_valid or route.length_km == 0


@laws
@given(seeds, st.booleans())
def test_front_is_the_lower_hull_of_all_ways(seed: int, near: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
    world = random_world(seed, nodes=5, roads=8)
    at = snap(world)
    minutes = world.passability.minutes
    # Junctions, or the first of them and the place beside it.
    origin, destination = [0, 13] if near else np.random.default_rng(seed + 1).choice(5, 2, replace=False).tolist()
    answer = ask(world, world.places[origin], world.places[destination], None)
    points = [(route.time_min, route.exposure) for route in answer.routes]
    assert points == sorted(points)
    assert all(a[1] > b[1] for a, b in pairwise(points))
    if not points:
        return
    shift = np.array(legs(at, world, origin, destination))
    both = zip(
        _ways(oracle_graph(world, minutes, at), origin, destination),
        _ways(oracle_graph(world, np.where(np.isfinite(minutes), world.exposure, np.inf), at), origin, destination),
        strict=True,
    )
    # Ways that differ only by rounding noise are one; else the noise itself would be a corner of the hull.
    on_foot = walk(at, world, origin, destination)
    ways = [tuple(np.round(np.array(pair) + shift, 9)) for pair in both]
    hull = _lower_hull(ways if on_foot is None else [*ways, tuple(np.round(on_foot, 9))])
    assert np.array(points) == pytest.approx(np.array(hull), rel=1e-5)


def _ways(graph: nx.MultiDiGraph, origin: int, destination: int) -> list[float]:
    """Cost of every simple way, in the same order for graphs of the same shape."""
    ways = nx.all_simple_edge_paths(graph, ("at", origin), ("at", destination))
    return [sum(graph.edges[edge]["cost"] for edge in way) for way in ways]


def _lower_hull(points: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Supported points: corners of the convex hull towards less of both (Andrew 1979)."""
    hull: list[tuple[float, ...]] = []
    for point in sorted(set(points)):
        if hull and point[1] >= hull[-1][1] - 1e-9:
            continue
        while len(hull) > 1 and _turn(hull[-2], hull[-1], point) <= 1e-9:
            hull.pop()
        hull.append(point)
    return hull


def _turn(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


@laws
@given(seeds, st.lists(st.floats(0, 1000), min_size=2, max_size=5))
def test_raising_the_weight_never_raises_the_exposure(seed: int, weights: list[float]) -> None:
    world = random_world(seed)
    answers = [ask(world, world.places[0], world.places[1], weight) for weight in sorted(weights)]
    exposures = [route.exposure for answer in answers for route in answer.routes]
    assert all(later <= earlier + 1e-6 * (1 + earlier) for earlier, later in pairwise(exposures))


def reach_of(world: World, bases: list[int]) -> pd.DataFrame:
    places = pd.DataFrame([(place.lon, place.lat) for place in world.places], columns=["longitude", "latitude"])
    open_bases = places.iloc[bases].assign(base_id=[f"b{place:02}" for place in bases])
    request = ReachRequest(limit_min=60, mode=AccessMode.UNESCORTED, as_of=DAY, season=Season.WET)
    found = reach(ways_of(world.network, world.passability), open_bases, places, request, settings=SETTINGS)
    assert (found["covered"] == (found["time_min"] <= 60 + 1e-6)).all()
    return found


@laws
@given(seeds)
def test_reach_is_what_networkx_finds_from_all_bases(seed: int) -> None:
    world = random_world(seed)
    at = snap(world)
    graph = oracle_graph(world, world.passability.minutes, at)
    bases = np.random.default_rng(seed + 1).choice(len(world.places), 3, replace=False).tolist()
    found = reach_of(world, bases)
    expected = np.full((len(bases), len(world.places)), np.inf)
    for row, base in enumerate(sorted(bases)):
        if at.on_road[base]:
            for node, cost in nx.single_source_dijkstra_path_length(graph, ("at", base), weight="cost").items():
                if isinstance(node, tuple):
                    expected[row, node[1]] = at.leg_min[base] + cost + at.leg_min[node[1]]
        for place in range(len(world.places)):
            on_foot = walk(at, world, base, place)
            expected[row, place] = min(expected[row, place], np.inf if on_foot is None else on_foot[0])
        expected[row, base] = 0
    assert found["time_min"].to_numpy() == pytest.approx(expected.min(axis=0))
    reached = np.flatnonzero(np.isfinite(found["time_min"]))
    rows = [sorted(bases).index(int(name[1:])) for name in found["nearest_base"].iloc[reached]]
    assert expected[rows, reached] == pytest.approx(expected[:, reached].min(axis=0))
    assert found["nearest_base"].isna().sum() == len(world.places) - len(reached)


@laws
@given(seeds)
def test_reach_from_a_base_is_the_fastest_route_from_there(seed: int) -> None:
    world = random_world(seed)
    origin, destination = two_places(seed + 1, world)
    answer = ask(world, world.places[origin], world.places[destination], 0.0)
    time_min = reach_of(world, [origin])["time_min"].iloc[destination]
    assert time_min == pytest.approx(min((route.time_min for route in answer.routes), default=np.inf))


@laws
@given(seeds, st.sets(st.integers(0, 14)), st.sets(st.integers(0, 14)))
def test_more_bases_never_make_anyone_slower(seed: int, some: set[int], others: set[int]) -> None:
    world = random_world(seed)
    fewer, more = (
        reach_of(world, sorted(b for b in chosen if b < len(world.places))) for chosen in (some, some | others)
    )
    assert (more["time_min"].to_numpy() <= fewer["time_min"].to_numpy() + 1e-9).all()
    assert (more["covered"] | ~fewer["covered"]).all()


@laws
@given(seeds, st.permutations(range(4)))
def test_order_of_bases_and_roads_changes_no_answer(seed: int, order: list[int]) -> None:
    world = random_world(seed)
    found, again = reach_of(world, [0, 1, 2, 3]), reach_of(world, order)
    assert found.equals(again)


@laws
@given(seeds)
def test_ties_go_to_the_smallest_source(seed: int) -> None:
    # whole costs from 0 to 2 on a small graph: ties everywhere
    draw = np.random.default_rng(seed)
    tail, head, oneway = draw.integers(0, 8, 20), draw.integers(0, 8, 20), draw.integers(-1, 2, 20)
    graph = directed_graph(tail, head, oneway, nodes=8)
    cost = draw.integers(0, 3, (20, 2)).astype(float)
    starts = draw.integers(0, 8, 4)
    one = [
        search(graph, cost, Seeds(source=np.zeros(1, np.int64), node=starts[[s]], cost=np.zeros(1))).cost
        for s in range(4)
    ]
    tree = search(graph, cost, Seeds(source=np.arange(4), node=starts, cost=np.zeros(4)))
    best = np.min(one, axis=0)
    assert (tree.cost == best).all()
    expected = np.where(np.isfinite(best), np.argmin(one, axis=0), -1)
    assert tree.source.tolist() == expected.tolist()
