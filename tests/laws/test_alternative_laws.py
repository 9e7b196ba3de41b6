"""Silent risks here: an alternative on the road that another road beats in every goal; a higher price for exposure
that buys more of it; an unbanned way that a ban changes. All ways of small random networks, listed by networkx, are the oracle."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo.access.front import Weights, find_front, goals_of
from geo.access.kernels import Graph, Seeds, directed_graph, find_way

NODES, SEGMENTS = 6, 11
START, END = 0, NODES - 1
laws = hypothesis_settings(max_examples=1000, deadline=None)


@dataclass(frozen=True)
class Way:
    time_min: float
    exposure: float
    visibility: float
    arcs: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Case:
    graph: Graph
    goals: np.ndarray  # (segments, 2, goals); minutes are infinite where banned
    ways: np.ndarray  # goals of every way without a loop, (ways, goals)

    def solve(self, weights: Weights, limit: float) -> Way | None:
        cost = weights[0] * self.goals[..., 0] + self.goals[..., 1:] @ np.array(weights[1:])
        seeds = [Seeds(source=np.zeros(1, int), node=np.array([node]), cost=np.zeros(1)) for node in (START, END)]
        found = find_way(self.graph, cost, *seeds, limit=limit)
        if found is None:
            return None
        arcs = found.arc.astype(int)
        total = self.goals.reshape(-1, 3)[arcs].sum(axis=0)
        return Way(*map(float, total), tuple(arcs.tolist()))


def case_of(seed: int) -> Case:
    draw = np.random.default_rng(seed)
    tail, head = draw.integers(0, NODES, SEGMENTS), draw.integers(0, NODES, SEGMENTS)
    oneway = draw.choice([0, 0, 1, -1], SEGMENTS)
    goals = draw.integers(1, draw.choice([4, 50]), (SEGMENTS, 2, 3)).astype(float)
    goals[draw.random((SEGMENTS, 2)) < 0.1, 0] = np.inf
    oracle = nx.MultiDiGraph()
    oracle.add_nodes_from(range(NODES))
    for segment in range(SEGMENTS):
        for direction, allowed in enumerate((oneway[segment] >= 0, oneway[segment] <= 0)):
            if allowed and np.isfinite(goals[segment, direction, 0]) and tail[segment] != head[segment]:
                ends = (int(tail[segment]), int(head[segment]))[:: 1 - 2 * direction]
                oracle.add_edge(*ends, key=2 * segment + direction)
    flat = goals.reshape(-1, 3)
    paths = nx.all_simple_edge_paths(oracle, START, END)
    ways = np.array([flat[[key for _, _, key in path]].sum(axis=0) for path in paths]).reshape(-1, 3)
    return Case(directed_graph(tail, head, oneway, nodes=NODES), goals, ways)


@laws
@given(st.integers(0, 2**32 - 1))
def test_no_way_on_the_network_beats_an_alternative(seed: int) -> None:
    case = case_of(seed)
    found = find_front(case.solve, minutes_per_exposure=1.0, minutes_per_visibility=1.0, most=30)  # type: ignore[arg-type]
    assert bool(found) == bool(len(case.ways))
    for way in found:
        mine = goals_of(way)
        assert (case.ways == mine).all(axis=1).any()
        assert not ((case.ways <= mine).all(axis=1) & (case.ways < mine).any(axis=1)).any()
    for goal in range(3 if found else 0):
        assert min(goals_of(way)[goal] for way in found) == case.ways[:, goal].min()


@laws
@given(st.integers(0, 2**32 - 1))
def test_a_higher_price_never_buys_more_exposure_nor_less_time(seed: int) -> None:
    case = case_of(seed)
    ways = [case.solve((1.0, weight, 0.0), np.inf) for weight in (0.0, 0.1, 0.5, 1.0, 3.0, 10.0, 100.0)]
    if ways[0] is None:
        assert not len(case.ways)
        return
    driven = np.array([goals_of(way)[:2] for way in ways])  # type: ignore[arg-type]
    # At equal cost either way may come; so each is held against the cheapest of all at its price.
    for weight, (minutes, exposure) in zip((0.0, 0.1, 0.5, 1.0, 3.0, 10.0, 100.0), driven, strict=True):
        cheapest = (case.ways[:, 0] + weight * case.ways[:, 1]).min()
        assert abs(minutes + weight * exposure - cheapest) <= 1e-9 * cheapest
    assert (np.diff(driven[1:, 1]) <= 0).all() or ties(case)
    assert (np.diff(driven[1:, 0]) >= 0).all() or ties(case)


def ties(case: Case) -> bool:
    """Whether some price tried leaves two different ways equally cheap."""
    prices = np.array([0.1, 0.5, 1.0, 3.0, 10.0, 100.0])
    cost = case.ways[:, :1] + case.ways[:, 1:2] * prices
    best = np.isclose(cost, cost.min(axis=0), rtol=1e-12)
    return any(len(np.unique(case.ways[hit][:, :2], axis=0)) > 1 for hit in best.T)


@laws
@given(st.integers(0, 2**32 - 1))
def test_a_ban_off_the_way_changes_nothing_and_one_on_it_never_helps(seed: int) -> None:
    case = case_of(seed)
    way = case.solve((1.0, 0.0, 0.0), np.inf)
    if way is None:
        return
    arcs = list(way.arcs)
    for banned, on_it in (([a for a in range(2 * SEGMENTS) if a not in arcs][:5], False), (arcs[:1], True)):
        goals = case.goals.copy()
        goals.reshape(-1, 3)[banned, 0] = np.inf
        other = Case(case.graph, goals, case.ways).solve((1.0, 0.0, 0.0), np.inf)
        if on_it:
            assert other is None or other.time_min >= way.time_min
        else:
            assert other is not None
            assert other.time_min == way.time_min
