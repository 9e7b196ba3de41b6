"""Silent risks here: compiled searches that miss a cheaper way, drive a one-way or a ban, lose the node at exactly
the limit, or cost a direction at the other's price. networkx is the oracle, on small graphs full of ties."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo.access.kernels import Graph, Seeds, Towards, directed_graph, find_way, search, search_each, way_to
from geo.access.search_kernels import meet

NODES, SEGMENTS, SOURCES = 9, 22, 3
laws = hypothesis_settings(max_examples=1000, deadline=None)


@dataclass(frozen=True, eq=False)
class Case:
    graph: Graph
    cost: np.ndarray  # (segments, 2), a sixth of it infinite
    oracle: nx.MultiDiGraph
    starts: np.ndarray
    limit: float


def case_of(seed: int) -> Case:
    """Whole costs from 0 to 5, so that sums have no rounding and limits are met exactly."""
    draw = np.random.default_rng(seed)
    tail, head, oneway = draw.integers(0, NODES, SEGMENTS), draw.integers(0, NODES, SEGMENTS), draw.integers(-1, 2, 22)
    cost = draw.integers(0, 6, (SEGMENTS, 2)).astype(float)
    cost[draw.random(cost.shape) < 1 / 6] = np.inf
    oracle = nx.MultiDiGraph()
    oracle.add_nodes_from(range(NODES))
    for segment in range(SEGMENTS):
        ends = int(tail[segment]), int(head[segment])
        for direction, allowed in enumerate((oneway[segment] >= 0, oneway[segment] <= 0)):
            if allowed and np.isfinite(cost[segment, direction]):
                one, other = ends if direction == 0 else ends[::-1]
                oracle.add_edge(one, other, key=2 * segment + direction, cost=cost[segment, direction])
    graph = directed_graph(tail, head, oneway, nodes=NODES)
    limit = float(draw.choice([0, 3, 6, np.inf]))
    return Case(graph, cost, oracle, draw.integers(0, NODES, SOURCES), limit)


def seeds_of(nodes: np.ndarray) -> Seeds:
    return Seeds(source=np.arange(len(nodes)), node=nodes, cost=np.zeros(len(nodes)))


def expected(case: Case) -> np.ndarray:
    """Cost of each node from each start, infinity above the limit."""
    costs = np.full((SOURCES, NODES), np.inf)
    for row, start in enumerate(case.starts.tolist()):
        for node, cost in nx.single_source_dijkstra_path_length(case.oracle, start, weight="cost").items():
            costs[row, node] = cost if cost <= case.limit else np.inf
    return costs


def assert_driven(case: Case, arcs: np.ndarray, start: int, end: int, cost: float) -> None:
    """The arcs join, every one may be driven, and together they cost what is said."""
    edges = {key: (one, other) for one, other, key in case.oracle.edges(keys=True)}
    node = start
    for arc in arcs.tolist():
        assert edges[arc][0] == node
        node = edges[arc][1]
    assert node == end
    assert case.cost.ravel()[arcs].sum() == cost


@laws
@given(st.integers(0, 2**32 - 1))
def test_searches_find_what_networkx_finds(seed: int) -> None:
    case = case_of(seed)
    costs = expected(case)
    tree = search(case.graph, case.cost, seeds_of(case.starts), limit=case.limit)
    best = costs.min(axis=0)
    assert (tree.cost == best).all()
    assert (tree.source == np.where(np.isfinite(best), costs.argmin(axis=0), -1)).all()
    for node in np.flatnonzero(np.isfinite(best)).tolist():
        arcs, start = way_to(tree, node)
        assert start == case.starts[tree.source[node]]
        assert_driven(case, arcs, start, node, best[node])
    reached = search_each(case.graph, case.cost, seeds_of(case.starts), sources=SOURCES, limit=case.limit)
    each = np.full((SOURCES, NODES), np.inf)
    each[np.repeat(np.arange(SOURCES), np.diff(reached.first)), reached.node] = reached.cost
    assert (each == costs).all()


@laws
@given(st.integers(0, 2**32 - 1), st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.integers(0, 4))
def test_way_between_two_places_is_the_cheapest(seed: int, one: int, other: int, added: int) -> None:
    case = case_of(seed)
    ends = Seeds(source=np.zeros(2, dtype=np.int64), node=np.array([one, other]), cost=np.array([0.0, added]))
    costs = nx.multi_source_dijkstra_path_length(case.oracle, set(case.starts.tolist()), weight="cost")
    best = min(costs.get(one, np.inf), costs.get(other, np.inf) + added)
    way = find_way(case.graph, case.cost, seeds_of(case.starts), ends, limit=case.limit)
    if not np.isfinite(best) or best > case.limit:
        assert way is None
        return
    assert way is not None
    assert way.cost == best
    assert way.start in case.starts
    assert way.end in (one, other)
    at_end = min(cost for node, cost in ((one, 0.0), (other, float(added))) if node == way.end)
    assert_driven(case, way.arc, way.start, way.end, best - at_end)


@laws
@given(st.integers(0, 2**32 - 1))
def test_looking_towards_the_end_finds_the_same_cost(seed: int) -> None:
    case = case_of(seed)
    draw = np.random.default_rng(seed + 1)
    scale = float(draw.choice([0.5, 1.0, 3.0]))
    metric = np.where(np.isinf(case.cost), draw.integers(0, 6, case.cost.shape), case.cost) * draw.uniform(0, 1) / scale
    landmarks = draw.integers(0, NODES, 3)
    bounds = np.full((2 * len(landmarks), NODES), np.inf, dtype=np.float32)
    for number, landmark in enumerate(landmarks.tolist()):
        for node in range(NODES):
            away, back = (
                find_way(case.graph, metric, seeds_of(np.array([one])), seeds_of(np.array([other])))
                for one, other in ((landmark, node), (node, landmark))
            )
            bounds[2 * number, node] = np.inf if away is None else away.cost
            bounds[2 * number + 1, node] = np.inf if back is None else back.cost
    towards = Towards(bounds=bounds, scale=scale, slack=1e-4)
    ends = Seeds(source=np.arange(2), node=draw.integers(0, NODES, 2), cost=draw.integers(0, 4, 2).astype(float))
    seeds = Seeds(source=np.arange(SOURCES), node=case.starts, cost=draw.integers(0, 4, SOURCES).astype(float))
    plain = find_way(case.graph, case.cost, seeds, ends, limit=case.limit)
    aimed = find_way(case.graph, case.cost, seeds, ends, limit=case.limit, towards=towards)
    assert (plain is None) == (aimed is None)
    if plain is not None and aimed is not None:
        assert aimed.cost == plain.cost
        driven = aimed.cost - min(ends.cost[ends.node == aimed.end]) - min(seeds.cost[seeds.node == aimed.start])
        assert_driven(case, aimed.arc, aimed.start, aimed.end, driven)


@pytest.mark.parametrize("landmarks", [0, 2])
@pytest.mark.parametrize(("end", "added"), [(2, np.inf), (3, 0.0)], ids=["an end that costs infinity", "no way there"])
def test_where_every_end_costs_infinity_there_is_no_way(landmarks: int, end: int, added: float) -> None:
    graph = directed_graph(np.array([0, 1]), np.array([1, 2]), np.zeros(2, dtype=np.int64), nodes=4)
    seeds, ends = (
        seeds_of(np.array([0])),
        Seeds(source=np.zeros(1, np.int64), node=np.array([end]), cost=np.array([added])),
    )
    bounds = np.zeros((2 * landmarks, 4), np.float32)
    towards = Towards(bounds=bounds, scale=1.0, slack=0.0) if landmarks else None
    assert find_way(graph, np.ones((2, 2)), seeds, ends, towards=towards) is None


def test_a_search_from_both_sides_that_never_meets_walks_no_way_back() -> None:
    """The last node is reached from the start, and is no end."""
    graph = directed_graph(np.array([0, 2]), np.array([3, 1]), np.zeros(2, dtype=np.int64), nodes=4)
    nodes = [np.array([node], dtype=np.int32) for node in (0, 1)]
    starts, ends = ((np.zeros(1, dtype=np.int32), node, np.zeros(1)) for node in nodes)
    total, arcs, start = meet(graph.rows, graph.back_rows, np.ones(4), starts, ends, np.inf)
    assert (total, arcs.tolist(), start) == (np.inf, [], -1)


def test_searches_outgrow_their_first_arrays_and_buckets() -> None:
    """A grid of 3,600 crossings; some arcs cost more than all buckets of a search hold."""
    side, draw = 60, np.random.default_rng(3)
    place = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([place[:, :-1].ravel(), place[:-1].ravel()])
    head = np.concatenate([place[:, 1:].ravel(), place[1:].ravel()])
    graph = directed_graph(tail, head, np.zeros(len(tail), dtype=np.int64), nodes=side * side)
    cost = draw.integers(0, 9, (len(tail), 2)).astype(float)
    cost[draw.random(cost.shape) < 0.5] += 9000
    oracle = nx.DiGraph()
    oracle.add_weighted_edges_from(zip(tail.tolist(), head.tolist(), cost[:, 0], strict=True))
    oracle.add_weighted_edges_from(zip(head.tolist(), tail.tolist(), cost[:, 1], strict=True))
    starts = np.array([1800, 0, 3599])
    costs = np.empty((len(starts), side * side))
    for row, start in enumerate(starts.tolist()):
        found = nx.single_source_dijkstra_path_length(oracle, start)
        costs[row, list(found)] = list(found.values())
    for limit in (np.inf, 50_000.0):
        tree = search(graph, cost, seeds_of(starts), limit=limit)
        near = costs.min(axis=0) <= limit
        assert (tree.cost == np.where(near, costs.min(axis=0), np.inf)).all()
        assert (tree.source == np.where(near, costs.argmin(axis=0), -1)).all()
        reached = search_each(graph, cost, seeds_of(starts), sources=len(starts), limit=limit)
        each = np.full(costs.shape, np.inf)
        each[np.repeat(np.arange(len(starts)), np.diff(reached.first)), reached.node] = reached.cost
        assert (each == np.where(costs <= limit, costs, np.inf)).all()
    nothing = Towards(bounds=np.zeros((2, side * side), dtype=np.float32), scale=1.0, slack=0.0)
    way = find_way(graph, cost, seeds_of(starts[1:2]), seeds_of(starts[2:]), towards=nothing)
    assert way is not None
    assert way.cost == costs[1, 3599] == cost.ravel()[way.arc].sum()
    assert (way.start, way.end) == (0, 3599)
