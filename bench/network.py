"""Routes and reach beside networkx on the same roads. Equality is checked before anything is timed.

    python bench/network.py

The roads are made here (seeded): a bent grid with gaps, one-ways and stated durations, of 50,000 and 300,000
directed edges. Medians of five runs. "New costs" is what a change of day, season or constraint needs before the
next question. networkx gets its graph ready-made; its build is timed apart.
"""

import datetime as dt
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.access.kernels import Seeds, directed_graph, search, search_each  # noqa: E402
from geo.access.network import Network, build_network  # noqa: E402
from geo.access.reach import reach  # noqa: E402
from geo.access.routing import RouteAnswer, find_routes  # noqa: E402
from geo.access.segments import Passability, assess_passability  # noqa: E402
from geo.model import AccessMode, LonLat, ReachRequest, RouteRequest, Season  # noqa: E402
from geo.settings import read_settings  # noqa: E402

SEED = 11
RUNS = 5
PAIRS = 8
BASES = 64
TARGETS = 5_000
LIMIT_MIN = 240.0
DAY = dt.date(2024, 1, 1)
SETTINGS = read_settings(ROOT / "config.toml")


def made_roads(directed_edges: int) -> gpd.GeoDataFrame:
    """Return a grid of junctions 5 km apart, moved a little, a quarter of its roads missing, two in a hundred one-way."""
    rng = np.random.default_rng(SEED)
    side = int(np.sqrt(directed_edges / 2 / 2 / 0.75))
    column, row = np.meshgrid(np.arange(side), np.arange(side))
    node = row * side + column
    tail = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    head = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    kept = rng.random(len(tail)) < 0.75
    tail, head = tail[kept], head[kept]
    step_deg = 0.045
    at = np.column_stack([15 + column.ravel() * step_deg, -5 + row.ravel() * step_deg])
    at = np.round(at + rng.uniform(-0.3, 0.3, at.shape) * step_deg, 6)
    bend = (at[tail] + at[head]) / 2 + rng.uniform(-0.15, 0.15, (len(tail), 2)) * step_deg
    lines = shapely.linestrings(np.stack([at[tail], bend, at[head]], axis=1))
    missing = pd.Series(pd.NA, range(len(tail)), dtype="boolean")
    columns = {
        "road_id": np.arange(len(tail)).astype(str),
        "name": "",
        "road_class": rng.choice(["primary", "secondary", "tertiary", "unclassified", "track"], len(tail)),
        "surface": "unpaved",
        "speed_kph": np.nan,
        "length_km": np.nan,
        "duration_min": rng.uniform(4, 30, len(tail)),
        "oneway": rng.choice([0, 1], len(tail), p=[0.98, 0.02]),
        "wet_passable": missing,
        "bridge": missing,
        "proposed": missing,
    }
    return gpd.GeoDataFrame(columns, geometry=lines, crs=4326)


def same_graph(network: Network, minutes: np.ndarray) -> nx.DiGraph:
    """Return the graph a networkx user would have."""
    frame = network.segments
    tail, head, oneway = (frame[name].to_numpy() for name in ("from_node", "to_node", "oneway"))
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(zip(tail.tolist(), head.tolist(), minutes.tolist(), strict=True), weight="min")
    back = oneway == 0
    both = zip(head[back].tolist(), tail[back].tolist(), minutes[back].tolist(), strict=True)
    graph.add_weighted_edges_from(both, weight="min")
    return graph


class World:
    """One size of the comparison."""

    def __init__(self, directed_edges: int) -> None:
        rng = np.random.default_rng(SEED)
        self.roads = made_roads(directed_edges)
        self.network = build_network(self.roads, settings=SETTINGS.network)
        self.passability = self.assess()
        self.exposure = rng.gamma(0.5, 1, (len(self.network.segments), 1)) * self.passability.minutes / 60
        self.graph = same_graph(self.network, self.passability.minutes[:, 0])
        joined = np.array(sorted(max(nx.strongly_connected_components(self.graph), key=len)))
        self.pairs = rng.choice(joined, (PAIRS, 2), replace=False)
        self.base_nodes = rng.choice(joined, BASES, replace=False)
        self.target_nodes = rng.choice(joined, min(TARGETS, len(joined)), replace=False)

    def assess(self) -> Passability:
        return assess_passability(self.network, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=SETTINGS)

    def place(self, node: int) -> LonLat:
        return LonLat(float(self.network.longitude[node]), float(self.network.latitude[node]))

    def route(self, pair: np.ndarray, weight: float | None) -> RouteAnswer:
        request = RouteRequest(
            origin=self.place(pair[0]), destination=self.place(pair[1]), as_of=DAY, exposure_weight=weight
        )
        return find_routes(
            self.network,
            request,
            passability=self.passability,
            exposure=self.exposure,
            visibility=self.passability.checkpoints,
            settings=SETTINGS,
        )

    def reach(self) -> pd.DataFrame:
        at = self.base_nodes
        bases = pd.DataFrame({"base_id": [f"b{k:02}" for k in range(BASES)]})
        bases["longitude"], bases["latitude"] = self.network.longitude[at], self.network.latitude[at]
        here = self.target_nodes
        targets = pd.DataFrame({"longitude": self.network.longitude[here], "latitude": self.network.latitude[here]})
        request = ReachRequest(limit_min=LIMIT_MIN, mode=AccessMode.UNESCORTED, as_of=DAY)
        return reach(self.network, bases, targets, request, passability=self.passability, settings=SETTINGS)

    def check(self) -> None:
        """Fail loudly unless both find the same times."""
        for pair in self.pairs:
            expected = nx.dijkstra_path_length(self.graph, *pair.tolist(), weight="min")
            (found,) = self.route(pair, 0.0).routes
            assert abs(found.time_min - expected) < 1e-6, (pair, found.time_min, expected)
        lengths = nx.multi_source_dijkstra_path_length(self.graph, set(self.base_nodes.tolist()), weight="min")
        expected_min = np.array([lengths.get(node, np.inf) for node in self.target_nodes.tolist()])
        np.testing.assert_allclose(self.reach()["time_min"].to_numpy(), expected_min, atol=1e-6)


def timed_ms(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        spent.append(1000 * (time.perf_counter() - start))
    return median(spent)


def compare(directed_edges: int) -> None:
    world = World(directed_edges)
    world.check()
    pairs = [pair.tolist() for pair in world.pairs]
    print(
        f"\n{2 * len(world.network.segments):,} directed edges, {world.network.report.nodes:,} junctions: times equal"
    )
    print(f"{'':44}{'Piste ms':>10}{'networkx ms':>13}{'ratio':>8}")

    def line(name: str, ours: Callable[[], object], theirs: Callable[[], object] | None = None) -> None:
        our_ms = timed_ms(ours)
        their_ms = timed_ms(theirs) if theirs else float("nan")
        print(f"{name:44}{our_ms:10.1f}" + (f"{their_ms:13.1f}{their_ms / our_ms:7.1f}x" if theirs else ""))

    line(
        "network from drawn lines (networkx: graph only)",
        lambda: build_network(world.roads, settings=SETTINGS.network),
        lambda: same_graph(world.network, world.passability.minutes[:, 0]),
    )
    line("new costs", world.assess)
    line(
        f"fastest route, {PAIRS} pairs (bidirectional)",
        lambda: [world.route(pair, 0.0) for pair in world.pairs],
        lambda: [nx.bidirectional_dijkstra(world.graph, *pair, weight="min") for pair in pairs],
    )
    line("front of time and exposure, one pair", lambda: world.route(world.pairs[0], None))
    line(
        f"reach of {BASES} bases to {TARGETS:,} targets",
        world.reach,
        lambda: nx.multi_source_dijkstra_path_length(world.graph, set(world.base_nodes.tolist()), weight="min"),
    )


def compare_searches(directed_edges: int) -> None:
    """Print the bare searches beside scipy's and networkx's on a generated country, if its generator is there."""
    folder = ROOT.parent / "shared" / "prototypes"
    if not (folder / "roadgen.py").is_file():
        print("\nno ../shared/prototypes/roadgen.py here: the bare searches are not compared")
        return
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    made = import_module("roadgen").make(directed_edges, SEED)
    ends, nodes = made["e"].astype(np.int64), len(made["xy"])
    cost = np.empty((len(ends), 2))
    cost[made["ue"]] = (made["km"] * 60 / np.array([55, 42, 32, 24, 16, 10])[made["cls"]])[:, np.newaxis]
    graph = directed_graph(ends[:, 0], ends[:, 1], np.zeros(len(ends), dtype=np.int64), nodes=nodes)
    bases = np.sort(np.random.default_rng(SEED).choice(nodes, BASES, replace=False))
    seeds = Seeds(source=np.arange(BASES), node=bases, cost=np.zeros(BASES))
    matrix = csr_array((cost.ravel()[graph.arc], graph.head, graph.indptr), shape=(nodes, nodes))
    asked = {"indices": bases, "limit": LIMIT_MIN}
    np.testing.assert_allclose(
        search(graph, cost, seeds, limit=LIMIT_MIN).cost, dijkstra(matrix, **asked, min_only=True), rtol=1e-12
    )
    both = ((ends[:, 0], ends[:, 1], cost[:, 0]), (ends[:, 1], ends[:, 0], cost[:, 1]))
    theirs = nx.DiGraph()
    for tail, head, minutes in both:
        theirs.add_weighted_edges_from(zip(tail.tolist(), head.tolist(), minutes.tolist(), strict=True), weight="min")
    together = timed_ms(lambda: search(graph, cost, seeds, limit=LIMIT_MIN))
    scipy_ms = timed_ms(lambda: dijkstra(matrix, **asked, min_only=True, return_predecessors=True))
    nx_ms = timed_ms(lambda: nx.multi_source_dijkstra(theirs, set(bases.tolist()), cutoff=LIMIT_MIN, weight="min"))
    each = timed_ms(lambda: search_each(graph, cost, seeds, sources=BASES, limit=LIMIT_MIN))
    scipy_each_ms = timed_ms(lambda: dijkstra(matrix, **asked))
    print(f"\n{directed_edges:,} directed edges, {BASES} bases, {LIMIT_MIN:.0f} min: costs equal to scipy's")
    print(
        f"together {together:.1f} ms; scipy {scipy_ms / together:.1f}x (target 2.5), networkx {nx_ms / together:.0f}x (30)"
    )
    print(f"each by itself {each:.1f} ms; scipy {scipy_each_ms / each:.1f}x")


if __name__ == "__main__":
    compare_searches(1_500_000)
    for size in (50_000, 300_000):
        compare(size)
