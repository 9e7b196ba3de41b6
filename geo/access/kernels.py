"""Shortest ways on arcs: a directed graph in compressed rows, and three searches on it.

An **arc** is a segment driven in one direction: ``arc = 2 * segment + direction``, direction 0 along the line
and 1 against it. Costs are arrays of shape ``(segments, 2)``, not negative, infinity = may not be driven. A
one-way's other direction is no arc of the graph, whatever it costs.

The compiled code is in :mod:`geo.access.spread_kernels` and :mod:`geo.access.search_kernels` and is loaded when a way
is first sought.
"""

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Int32Array = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]
Rows = tuple[Int32Array, Int32Array, Int32Array]
Starts = tuple[Int32Array, Int32Array, FloatArray]
Aim = tuple[Starts, npt.NDArray[np.float32], IntArray, float, float]
T = TypeVar("T")
NOWHERE = -1
# Parts of a search that run side by side; more only fight for memory.
_MOST_THREADS = 2
# Parts of a search from each source by itself, so many that no thread is left waiting for long.
_EACH_PARTS = 8
# Bounds that one search looks at: more say little more and take longer.
_MOST_BOUNDS = 6
# Arcs whose cost is looked at to choose how a search is cut up.
_SAMPLED = 512
_NO_ENDS = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32), np.empty(0)
_NO_AIM: Aim = _NO_ENDS, np.empty((0, 0), dtype=np.float32), np.empty(0, dtype=np.int64), 1.0, 0.0


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Graph:
    """Arcs of a road network in rows of the node they leave; parallel arcs are kept, loops at one node are none."""

    nodes: int
    segments: int
    indptr: Int32Array  # shape (nodes + 1,), rows of arcs
    head: Int32Array  # shape (arcs,), node each arc leads to
    arc: Int32Array  # shape (arcs,), number of each arc
    back_indptr: Int32Array  # the same arcs in rows of the node they lead to
    tail: Int32Array  # node each of those comes from
    back_arc: Int32Array

    @property
    def rows(self) -> Rows:
        """Arcs by the node they leave."""
        return self.indptr, self.head, self.arc

    @property
    def back_rows(self) -> Rows:
        """Arcs by the node they lead to."""
        return self.back_indptr, self.tail, self.back_arc


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Seeds:
    """Where a search starts or ends: source ``source[i]`` is at node ``node[i]`` after ``cost[i]``."""

    source: IntArray
    node: IntArray
    cost: FloatArray


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Tree:
    """Result of a search from all sources at once, one value per node."""

    graph: Graph
    cost: FloatArray  # infinity where not reached
    source: Int32Array  # source that reaches it first, or NOWHERE; the smallest one on a tie
    before: Int32Array  # place in the rows of the arc that leads here; NOWHERE at a seed and where not reached


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Reached:
    """Result of a search from each source by itself: the nodes each reaches, one source after the other."""

    first: IntArray  # shape (sources + 1,), rows of the arrays below
    node: Int32Array
    cost: FloatArray


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Way:
    """A cheapest way between two places."""

    cost: float  # what is added at both ends included
    arc: Int32Array  # in driving order; empty when it starts where it ends
    start: int  # node at which it starts
    end: int


def directed_graph(from_node: IntArray, to_node: IntArray, oneway: IntArray, *, nodes: int) -> Graph:
    """Arrange segments as arcs; loops at one node are no arc.

    Parameters
    ----------
    oneway
        1 along the segment only, -1 against it only, 0 both ways; shape ``(segments,)``.
    """
    drivable = np.column_stack([oneway >= 0, oneway <= 0]) & (from_node != to_node)[:, np.newaxis]
    arc = np.flatnonzero(drivable.ravel()).astype(np.int32)
    ends = np.column_stack([from_node, to_node]).astype(np.int32).ravel()
    tail, head = ends[arc], ends[arc ^ 1]
    indptr, order = _in_rows(tail, head, nodes=nodes)
    back_indptr, back_order = _in_rows(head, tail, nodes=nodes)
    return Graph(
        nodes=nodes,
        segments=len(from_node),
        indptr=indptr,
        head=head[order],
        arc=arc[order],
        back_indptr=back_indptr,
        tail=tail[back_order],
        back_arc=arc[back_order],
    )


def _in_rows(row: Int32Array, other: Int32Array, *, nodes: int) -> tuple[Int32Array, IntArray]:
    """First arc of each row, and the arcs by row, then by the node at the other end, then by number."""
    order = np.argsort(row.astype(np.int64) * max(nodes, 1) + other, kind="stable")
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=nodes))])
    return indptr.astype(np.int32), order


def search(graph: Graph, cost: FloatArray, seeds: Seeds, *, limit: float = np.inf) -> Tree:
    """Search from all sources at once.

    Parameters
    ----------
    cost
        Cost of each arc, shape ``(segments, 2)``.
    limit
        Nodes costing more than this stay unreached; a node at exactly the limit is reached.
    """
    from geo.access.spread_kernels import spread, write_down  # noqa: PLC0415 (loads Numba)

    arc_cost, starts = _by_arc(graph, cost), _starts(seeds)
    asked = (limit, _step_width(arc_cost))

    tree = Tree(
        graph=graph,
        cost=np.full(graph.nodes, np.inf),
        source=np.full(graph.nodes, NOWHERE, dtype=np.int32),
        before=np.full(graph.nodes, NOWHERE, dtype=np.int32),
    )
    writing = Lock()

    def run(part: IntArray) -> None:
        number = np.zeros(graph.nodes, dtype=np.int32)
        labels = spread(graph.rows, arc_cost, _taken(starts, part), _NO_AIM, asked, number)
        with writing:
            write_down(labels, tree.cost, tree.source, tree.before)

    # By position, so that what the parts reach hardly overlaps. Without a limit each would go over the whole graph.
    _side_by_side(run, np.array_split(np.argsort(seeds.node), _MOST_THREADS if np.isfinite(limit) else 1))
    return tree


def _step_width(arc_cost: FloatArray) -> float:
    """Three quarters of the usual cost of an arc: measured to be quickest, and right at any size."""
    some = arc_cost[:: max(1, len(arc_cost) // _SAMPLED)]
    some = some[(some > 0) & np.isfinite(some)]
    return 0.75 * float(np.median(some)) if len(some) else 1.0


def search_each(graph: Graph, cost: FloatArray, seeds: Seeds, *, sources: int, limit: float = np.inf) -> Reached:
    """Search from each source ``0..sources-1`` by itself; boundary cases as in :func:`search`."""
    from geo.access.spread_kernels import spread_each  # noqa: PLC0415 (loads Numba)

    arc_cost, starts = _by_arc(graph, cost), _starts(seeds)
    asked = (limit, _step_width(arc_cost))
    by_source = np.argsort(seeds.source, kind="stable")
    first = np.searchsorted(seeds.source[by_source], np.arange(sources + 1))

    def run(part: IntArray) -> list[tuple[Int32Array, FloatArray]]:
        own = [by_source[first[number] : first[number + 1]] for number in part.tolist()]
        bounds = np.concatenate([[0], np.cumsum([len(places) for places in own], dtype=np.int64)])
        mine = _taken(starts, np.concatenate([by_source[:0], *own]))
        begins, node, value = spread_each(graph.rows, arc_cost, mine, bounds, _NO_AIM, asked)
        rows = [slice(*ends) for ends in itertools.pairwise(begins.tolist())]
        return [(node[row], value[row]) for row in rows]

    # A source without a seed reaches nothing, wherever it is put.
    at_node = np.zeros(sources, dtype=np.int64)
    at_node[seeds.source] = seeds.node
    turn = np.argsort(at_node)
    parts = _side_by_side(run, np.array_split(turn, _EACH_PARTS))
    found = [found for part in parts for found in part]
    found = [found[place] for place in np.argsort(turn)]
    return Reached(
        first=np.concatenate([[0], np.cumsum([len(node) for node, _ in found], dtype=np.int64)]),
        node=np.concatenate([np.empty(0, dtype=np.int32), *(node for node, _ in found)]),
        cost=np.concatenate([np.empty(0), *(value for _, value in found)]),
    )


def _side_by_side(run: Callable[[IntArray], T], parts: Sequence[IntArray]) -> list[T]:
    """Run the parts of a search at the same time; compiled code does not hold Python's lock."""
    with ThreadPoolExecutor(_MOST_THREADS) as pool:
        return list(pool.map(run, parts))


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Towards:
    """Lower bounds that let a search look towards its end: ALT (Goldberg & Harrelson 2005, SODA)."""

    # shape (2 · landmarks, nodes): from each landmark to the node, from the node to it, in turns; infinity = no way
    bounds: npt.NDArray[np.float32]
    scale: float  # no arc costs less than so many times its cost in the landmarks' metric
    slack: float  # rounding of the bounds

    def aim(self, starts: Starts, ends: Starts) -> Aim:
        """Ends, and the bounds that say most at the first start and end."""
        gap = np.zeros(len(self.bounds))
        if len(starts[1]) and len(ends[1]):
            with np.errstate(invalid="ignore"):  # infinity less infinity
                gap[:] = self.bounds[:, starts[1][0]] - self.bounds[:, ends[1][0]]
            gap[::2] *= -1
        return ends, self.bounds, np.argsort(-np.nan_to_num(gap))[:_MOST_BOUNDS], self.scale, self.slack


def find_way(
    graph: Graph,
    cost: FloatArray,
    seeds: Seeds,
    ends: Seeds,
    *,
    limit: float = np.inf,
    towards: Towards | None = None,
) -> Way | None:
    """Find a cheapest way from a seed to an end, what is added at either counted in.

    ``None`` when there is none that costs up to the limit. The source of seeds and ends does not matter. Bounds make
    the search shorter and change no cost.
    """
    from geo.access.search_kernels import meet  # noqa: PLC0415 (loads Numba)
    from geo.access.spread_kernels import reach_out  # noqa: PLC0415 (the same)

    arc_cost, starts, aimed_at = _by_arc(graph, cost), _starts(seeds), _starts(ends)
    if towards is not None:
        aim, number = towards.aim(starts, aimed_at), np.zeros(graph.nodes, dtype=np.int32)
        total, arc, start, end = reach_out(graph.rows, arc_cost, starts, aim, (limit, _step_width(arc_cost)), number)
        return Way(cost=total, arc=arc, start=int(start), end=int(end)) if np.isfinite(total) else None
    total, arc, start = meet(graph.rows, graph.back_rows, arc_cost, starts, aimed_at, limit)
    if not np.isfinite(total):
        return None
    return Way(cost=total, arc=arc, start=start, end=_end(graph, arc, start))


def _end(graph: Graph, arc: Int32Array, start: int) -> int:
    """Node at which the arcs end; the start where there is none."""
    node = start
    for number in arc.tolist():
        row = slice(graph.indptr[node], graph.indptr[node + 1])
        node = int(graph.head[row][graph.arc[row] == number][0])
    return node


def way_to(tree: Tree, node: int) -> tuple[Int32Array, int]:
    """Arcs from a seed to a node in driving order, and the node at which they start."""
    from geo.access.search_kernels import walk_back  # noqa: PLC0415 (loads Numba)

    arcs, start = walk_back(tree.graph.rows, tree.before, node)
    return arcs, int(start)


def warm() -> None:
    """Compile the searches once; the code is kept on disk beside the module."""
    graph = directed_graph(np.array([0, 1]), np.array([1, 2]), np.zeros(2, dtype=np.int64), nodes=3)
    seeds = Seeds(source=np.zeros(1, dtype=np.int64), node=np.zeros(1, dtype=np.int64), cost=np.zeros(1))
    cost = np.ones((2, 2))
    way_to(search(graph, cost, seeds), 2)
    search_each(graph, cost, seeds, sources=1)
    ends = Seeds(source=seeds.source, node=np.array([2]), cost=np.zeros(1))
    find_way(graph, cost, seeds, ends)
    find_way(graph, cost, seeds, ends, towards=Towards(bounds=np.zeros((2, 3), np.float32), scale=1.0, slack=0.0))


def _by_arc(graph: Graph, cost: FloatArray) -> FloatArray:
    """Costs by number of arc; compiled code reads past the end of too few."""
    assert cost.shape == (graph.segments, 2), f"costs of shape {cost.shape} for {graph.segments} segments"
    return np.ascontiguousarray(cost, dtype=np.float64).ravel()


def _starts(seeds: Seeds) -> Starts:
    return seeds.source.astype(np.int32), seeds.node.astype(np.int32), np.asarray(seeds.cost, dtype=np.float64)


def _taken(starts: Starts, part: IntArray) -> Starts:
    source, node, cost = starts
    return source[part], node[part], cost[part]
