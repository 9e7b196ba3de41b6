"""Searches, routes and re-costing beside scipy and networkx, on generated countries. Equality is checked first.

    python bench/network.py

The networks are those of ``../shared/prototypes/roadgen.py`` (seeded; 300,000 and 1,500,000 directed edges), drawn as a
roads table and built by Piste. Each pair runs in this process on the same costs; medians of seven runs (networkx,
which is slow, three or one), for single ways the median over pairs. networkx and scipy get their graphs ready-made;
what fresh costs cost them is told apart.
"""

import datetime as dt
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.access.companies import Conditions  # noqa: E402
from geo.access.kernels import Seeds, find_way, search, search_each  # noqa: E402
from geo.access.landmarks import place_landmarks  # noqa: E402
from geo.access.network import Network, build_network  # noqa: E402
from geo.access.reasons import explain_segments  # noqa: E402
from geo.access.routing import RouteAnswer, find_routes  # noqa: E402
from geo.access.segments import Passability, RoadRecords, assess_passability, road_records  # noqa: E402
from geo.model import LonLat, RouteRequest, Season  # noqa: E402
from geo.schema import CONSTRAINTS  # noqa: E402
from geo.settings import read_settings  # noqa: E402

SEED = 11
RUNS = 7
MANY_RUNS = 21  # of what takes a few milliseconds
PAIRS = 7
BASES = 64
CHECKPOINTS = 800
LIMIT_MIN = 240.0
HINDERED_SHARE = 0.02  # of the arcs delayed anew, by up to five hours, where costs are fresh
DAY = dt.date(2024, 1, 1)
SETTINGS = read_settings(ROOT / "config.toml")
CLASSES = np.array(["trunk", "primary", "secondary", "tertiary", "unclassified", "track"])
GENERATOR = ROOT.parent / "shared" / "prototypes" / "roadgen.py"


def made_country(directed_edges: int) -> dict[str, Any]:
    """Return a generated country; its generator is not part of Piste."""
    sys.path.insert(0, str(GENERATOR.parent))
    sys.dont_write_bytecode = True
    made: dict[str, Any] = import_module("roadgen").make(directed_edges, SEED)
    return made


def drawn_roads(made: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return the country as a roads table: a straight line per edge, its length and class stated."""
    ends, at = made["e"].astype(np.int64), np.round(made["xy"], 6)
    length_km, of_class = np.empty(len(ends)), np.empty(len(ends), dtype=np.int64)
    length_km[made["ue"]], of_class[made["ue"]] = made["km"], made["cls"]
    missing = pd.array([pd.NA], dtype="boolean").take(np.zeros(len(ends), dtype=np.int64))
    columns = {
        "road_id": np.arange(len(ends)).astype(str),
        "name": "",
        "road_class": CLASSES[of_class],
        "surface": "unpaved",
        "speed_kph": np.nan,
        "length_km": length_km,
        "duration_min": np.nan,
        "oneway": 0,
        "wet_passable": missing,
        "bridge": missing,
        "proposed": missing,
    }
    lines = shapely.linestrings(np.stack([at[ends[:, 0]], at[ends[:, 1]]], axis=1))
    return gpd.GeoDataFrame(columns, geometry=lines, crs=4326)


class Country:
    """One size: the network, its costs, and the same graph for scipy and networkx."""

    def __init__(self, directed_edges: int) -> None:
        made = made_country(directed_edges)
        roads = drawn_roads(made)
        start = time.perf_counter()
        self.network: Network = build_network(roads, settings=SETTINGS.network)
        self.built_s = time.perf_counter() - start
        self.rng = np.random.default_rng(SEED)
        segments = len(self.network.segments)
        self.known = road_records(self.network, self.posts(CHECKPOINTS), settings=SETTINGS)
        self.passability = self.assess(Season.DRY, self.known)
        risk = self.rng.gamma(0.4, 1, segments)[:, np.newaxis]
        self.exposure = risk * self.passability.minutes / 60
        graph, minutes = self.network.graph, self.passability.minutes
        shape = (graph.nodes, graph.nodes)
        self.matrix = csr_array((minutes.ravel()[graph.arc], graph.head, graph.indptr), shape=shape)
        joined = np.flatnonzero(self.network.component == np.bincount(self.network.component).argmax())
        start = time.perf_counter()
        self.landmarks = place_landmarks(self.network, season=Season.DRY, vehicle="4x4", settings=SETTINGS)
        self.placed_s = time.perf_counter() - start
        self.bases = np.sort(self.rng.choice(joined, BASES, replace=False))
        self.pairs = self.rng.choice(joined, (PAIRS, 2), replace=False)

    def posts(self, count: int) -> pd.DataFrame:
        """Return checkpoints on roads, somewhere on as many segments."""
        on = self.rng.choice(len(self.network.segments), count, replace=False)
        lines = self.network.segments.geometry.to_numpy()[on]
        at = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.4, normalized=True))
        raw = pd.DataFrame({"constraint_id": [f"k{n}" for n in range(count)], "kind": "checkpoint"})
        raw["longitude"], raw["latitude"], raw["reported_on"] = at[:, 0], at[:, 1], "2023-12-20"
        return CONSTRAINTS.check(raw).frame

    def assess(self, season: Season, known: RoadRecords) -> Passability:
        return assess_passability(self.network, season=season, vehicle="4x4", as_of=DAY, settings=SETTINGS, known=known)

    def as_networkx(self, cost: np.ndarray) -> nx.DiGraph:
        """Return the graph a networkx user would have."""
        graph, theirs = self.network.graph, nx.DiGraph()
        tail = np.repeat(np.arange(graph.nodes), np.diff(graph.indptr))
        rows = zip(tail.tolist(), graph.head.tolist(), cost.ravel()[graph.arc].tolist(), strict=True)
        theirs.add_weighted_edges_from(rows, weight="min")
        return theirs

    def route(self, pair: np.ndarray, weight: float | None) -> RouteAnswer:
        ends = [LonLat(float(self.network.longitude[n]), float(self.network.latitude[n])) for n in pair]
        request = RouteRequest(origin=ends[0], destination=ends[1], as_of=DAY, exposure_weight=weight)
        conditions = Conditions(
            passability=self.passability,
            exposure=self.exposure,
            visibility=self.passability.checkpoints.astype(float),
            landmarks=self.landmarks,
        )
        return find_routes(self.network, request, conditions, settings=SETTINGS)


def timed_ms(work: Callable[[], object], runs: int = RUNS) -> float:
    spent = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        spent.append(1000 * (time.perf_counter() - start))
    return median(spent)


def said(name: str, figure: str, *, met: bool | None = None) -> None:
    verdict = "" if met is None else "  met" if met else "  MISSED"
    print(f"{name:58}{figure}{verdict}", flush=True)


def compare_reach(country: Country) -> None:
    """64 bases with a limit: all together, and each by itself.

    networkx is asked last: its graph of Python objects fills memory that the others would have to themselves.
    """
    graph, cost, bases = country.network.graph, country.passability.minutes, country.bases
    seeds = Seeds(source=np.arange(BASES), node=bases, cost=np.zeros(BASES))
    asked: dict[str, Any] = {"indices": bases, "limit": LIMIT_MIN}
    expected = dijkstra(country.matrix, **asked, min_only=True)
    np.testing.assert_allclose(search(graph, cost, seeds, limit=LIMIT_MIN).cost, expected, rtol=1e-12)
    reached = search_each(graph, cost, seeds, sources=BASES, limit=LIMIT_MIN)
    base = np.repeat(np.arange(BASES), np.diff(reached.first))
    expected = dijkstra(country.matrix, **asked)
    assert len(reached.node) == np.isfinite(expected).sum()
    np.testing.assert_allclose(reached.cost, expected[base, reached.node], rtol=1e-12)
    del expected
    near = timed_ms(lambda: search(graph, cost, seeds, limit=LIMIT_MIN), MANY_RUNS)
    near_scipy = timed_ms(lambda: dijkstra(country.matrix, **asked, min_only=True, return_predecessors=True), MANY_RUNS)
    each = timed_ms(lambda: search_each(graph, cost, seeds, sources=BASES, limit=LIMIT_MIN), MANY_RUNS)
    each_scipy = timed_ms(lambda: dijkstra(country.matrix, **asked))
    theirs = country.as_networkx(cost)
    near_nx = timed_ms(lambda: nx.multi_source_dijkstra(theirs, set(bases.tolist()), cutoff=LIMIT_MIN, weight="min"), 3)

    def each_networkx() -> None:
        for base in bases.tolist():
            nx.single_source_dijkstra_path_length(theirs, base, cutoff=LIMIT_MIN, weight="min")

    each_nx = timed_ms(each_networkx, 3)
    for name, ours, nx_ms, scipy_ms, told in (
        ("nearest base of each node", near, near_nx, near_scipy, "scipy, with the base of each node (target 2.5x)"),
        ("times of each base by itself", each, each_nx, each_scipy, "scipy (target 2.5x)"),
    ):
        said(f"64 bases, 4 hours, {name}", f"{ours:9.1f} ms")
        said("  networkx (target 30x)", f"{nx_ms / ours:9.0f} x", met=nx_ms >= 30 * ours)
        said(f"  {told}", f"{scipy_ms / ours:9.2f} x", met=scipy_ms >= 2.5 * ours)


def compare_ways(country: Country) -> None:
    """From one place to another with costs never seen before, the way included."""
    graph = country.network.graph
    cost = country.passability.minutes.copy()
    hindered = country.rng.random(cost.shape) < HINDERED_SHARE
    cost[hindered] += country.rng.uniform(5, 300, int(hindered.sum()))
    towards = country.landmarks.towards(1.0)
    theirs = country.as_networkx(country.passability.minutes)
    held, fresh = [facts for _, _, facts in theirs.edges(data=True)], cost.ravel()[graph.arc].tolist()

    def set_anew() -> None:
        for facts, minutes in zip(held, fresh, strict=True):
            facts["min"] = minutes

    anew_ms = timed_ms(set_anew, 3)
    at = (cost.ravel()[graph.arc], graph.head, graph.indptr)
    matrix = csr_array(at, shape=(graph.nodes, graph.nodes))
    ratios, spent = [], []
    for one, other in country.pairs.tolist():
        ends = [Seeds(source=np.zeros(1, int), node=np.array([node]), cost=np.zeros(1)) for node in (one, other)]
        way = find_way(graph, cost, *ends, towards=towards)
        assert way is not None
        assert np.isclose(way.cost, dijkstra(matrix, indices=one)[other], rtol=1e-9)
        assert np.isclose(cost.ravel()[way.arc].sum(), way.cost, rtol=1e-9)
        ours = timed_ms(lambda ends=ends: find_way(graph, cost, *ends, towards=towards))
        nx_ms = timed_ms(lambda one=one, other=other: nx.bidirectional_dijkstra(theirs, one, other, weight="min"), 1)
        spent.append(ours)
        ratios.append(nx_ms / ours)
    said("one place to another, fresh costs, way included", f"{median(spent):9.1f} ms")
    whole = anew_ms / median(spent) + median(ratios)
    said("  networkx bidirectional, costs set anew (target 100x)", f"{whole:9.0f} x", met=whole >= 100)
    said("  its search alone", f"{median(ratios):9.0f} x")


def compare_fronts(country: Country) -> None:
    """Whole answers: snapping, all searches, description."""
    found = [country.route(pair, None) for pair in country.pairs]
    counts = [len(answer.routes) for answer in found]
    spent = [timed_ms(lambda pair=pair: country.route(pair, None), 3) for pair in country.pairs]
    usual, worst = median(spent), max(spent)
    said("front of alternatives, usual and worst pair (300 ms)", f"{usual:9.0f} ms, {worst:.0f} ms", met=worst <= 300)
    said("  routes per pair (4 where there are so many)", f"{counts}", met=median(counts) >= 4)


def compare_costs(country: Country) -> None:
    """New season, new constraint: until the next search may start."""
    season = timed_ms(lambda: country.assess(Season.WET, country.known))
    said("new season, 800 constraints (20 ms)", f"{season:9.1f} ms", met=season <= 20)
    more = pd.concat([country.known.constraints, country.posts(1)], ignore_index=True)

    def added() -> Passability:
        known = road_records(country.network, more, settings=SETTINGS, before=country.known)
        return country.assess(Season.DRY, known)

    constraint = timed_ms(added)
    said("one constraint more (20 ms)", f"{constraint:9.1f} ms", met=constraint <= 20)


def compare_reasons(country: Country) -> None:
    """800 checkpoints put on their segments, and a route through them explained."""
    posts = country.posts(CHECKPOINTS)
    start = time.perf_counter()
    country.known = road_records(country.network, posts, settings=SETTINGS)
    country.passability = country.assess(Season.DRY, country.known)
    (route,) = country.route(country.pairs[0], 0.0).routes
    driven = np.array([part.segment for part in route.segments])
    told = explain_segments(country.network, country.passability, driven)
    spent = time.perf_counter() - start
    said("800 checkpoints snapped, a route explained (3 s)", f"{spent:9.2f} s, {len(told)} segments", met=spent <= 3)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    if not GENERATOR.is_file():
        print("no ../shared/prototypes/roadgen.py here: nothing to compare on")
        return
    for directed_edges in (300_000, 1_500_000):
        country = Country(directed_edges)
        report = country.network.report
        print(f"\n{directed_edges:,} directed edges, {report.nodes:,} junctions, built in {country.built_s:.1f} s")
        print(f"landmarks placed in {country.placed_s:.1f} s, {country.landmarks.minutes.nbytes / 1e6:.0f} MB")
        compare_reach(country)
        compare_ways(country)
        compare_fronts(country)
        compare_costs(country)
        compare_reasons(country)
        said("peak memory of all, networkx and scipy included", f"{peak_mb():9.0f} MB")


if __name__ == "__main__":
    main()
