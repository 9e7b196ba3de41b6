"""Shortest paths on arrays: a directed graph in compressed rows and one search for many sources.

Dijkstra (1959) as in ``scipy.sparse.csgraph``: no compilation at start-up, and one search serves all
bases. The cost of a segment is the same both ways; a closed segment costs infinity.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
NOWHERE = -1


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Graph:
    """Directed edges of a road network, sorted by tail, head and segment; parallel edges are kept."""

    nodes: int
    indptr: npt.NDArray[np.int32]  # shape (nodes + 1,), rows of node pairs
    head: npt.NDArray[np.int32]  # shape (pairs,), end node of each distinct pair
    first: IntArray  # shape (pairs,), first edge of each pair
    segment: IntArray  # shape (edges,), segment of each edge


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Seeds:
    """Where a search starts: source ``source[i]`` is at node ``node[i]`` after ``cost[i]``."""

    source: IntArray
    node: IntArray
    cost: FloatArray


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Tree:
    """Result of a search, one value per node."""

    cost: FloatArray  # infinity where not reached
    previous: IntArray  # node before, or NOWHERE at a seed and where not reached
    source: IntArray  # source that reaches it first, or NOWHERE; the smallest one on a tie


def directed_graph(from_node: IntArray, to_node: IntArray, oneway: IntArray, *, nodes: int) -> Graph:
    """Arrange segments as directed edges; loops at one node are no edge.

    Parameters
    ----------
    oneway
        1 along the segment only, -1 against it only, 0 both ways; shape ``(segments,)``.
    """
    segments = np.arange(len(from_node))
    forward, backward = oneway >= 0, oneway <= 0
    tail = np.concatenate([from_node[forward], to_node[backward]])
    head = np.concatenate([to_node[forward], from_node[backward]])
    segment = np.concatenate([segments[forward], segments[backward]])
    proper = tail != head
    tail, head, segment = tail[proper], head[proper], segment[proper]
    order = np.lexsort((segment, head, tail))
    tail, head, segment = tail[order], head[order], segment[order]
    starts = np.ones(len(tail), dtype=bool)
    starts[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    first = np.flatnonzero(starts)
    return Graph(
        nodes=nodes,
        indptr=np.searchsorted(tail[first], np.arange(nodes + 1)).astype(np.int32),
        head=head[first].astype(np.int32),
        first=first.astype(np.int64),
        segment=segment,
    )


def search(graph: Graph, cost: FloatArray, seeds: Seeds, *, limit: float = np.inf) -> Tree:
    """Search from all sources at once.

    Parameters
    ----------
    cost
        Cost of each segment, not negative, infinity = closed; shape ``(segments,)``.
    limit
        Nodes costing more than this stay unreached; a node at exactly the limit is reached.
    """
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 (0.1 s that the first map does without)

    sources = int(seeds.source.max()) + 1 if len(seeds.source) else 0
    if sources == 0:
        nowhere = np.full(graph.nodes, NOWHERE, dtype=np.int64)
        return Tree(cost=np.full(graph.nodes, np.inf), previous=nowhere, source=nowhere)
    matrix = _with_sources(graph, cost, seeds, sources)
    reached, previous, origin = dijkstra(
        matrix,
        directed=True,
        indices=np.arange(graph.nodes, graph.nodes + sources),
        return_predecessors=True,
        min_only=True,
        limit=limit,
    )
    before = previous[: graph.nodes].astype(np.int64)
    before[(before < 0) | (before >= graph.nodes)] = NOWHERE
    source = origin[: graph.nodes].astype(np.int64) - graph.nodes
    source[source < 0] = NOWHERE
    at_node = reached[: graph.nodes]
    if sources > 1:
        source = _smallest_source(matrix, reached, source)
    return Tree(cost=at_node, previous=before, source=source)


def _with_sources(graph: Graph, cost: FloatArray, seeds: Seeds, sources: int) -> csr_array:
    """Cost matrix with one row per source after the rows of the nodes."""
    pairs = np.minimum.reduceat(cost[graph.segment], graph.first) if len(graph.first) else np.empty(0)
    order = np.lexsort((seeds.cost, seeds.node, seeds.source))
    source, node, start = seeds.source[order], seeds.node[order], seeds.cost[order]
    cheapest = np.ones(len(source), dtype=bool)
    cheapest[1:] = (source[1:] != source[:-1]) | (node[1:] != node[:-1])
    source, node, start = source[cheapest], node[cheapest], start[cheapest]
    per_source = np.bincount(source, minlength=sources)
    indptr = np.concatenate([graph.indptr, graph.indptr[-1] + np.cumsum(per_source)]).astype(np.int32)
    size = graph.nodes + sources
    values = np.concatenate([pairs, start])
    return csr_array((values, np.concatenate([graph.head, node]).astype(np.int32), indptr), shape=(size, size))


def _smallest_source(matrix: csr_array, reached: FloatArray, source: IntArray) -> IntArray:
    """Give each node the smallest source among those that reach it at the same cost.

    An edge is tight when it lies on a cheapest way to its head; the smallest label runs along tight
    edges until nothing changes, which without ties is at once.
    """
    nodes, size = len(source), len(reached)
    labels = np.concatenate([source, np.arange(size - nodes)])
    tail = np.repeat(np.arange(size), np.diff(matrix.indptr))
    head = matrix.indices
    finite = np.isfinite(reached[tail]) & np.isfinite(matrix.data)
    tight = np.flatnonzero(finite & (reached[tail] + matrix.data == reached[head]))
    tail, head = tail[tight], head[tight]
    while True:
        better = labels[tail] < labels[head]
        if not better.any():
            return labels[:nodes]
        np.minimum.at(labels, head[better], labels[tail[better]])


def path_nodes(tree: Tree, node: int) -> list[int]:
    """Nodes from a seed to ``node``, both included."""
    nodes = [node]
    while (before := int(tree.previous[nodes[-1]])) != NOWHERE:
        nodes.append(before)
    return nodes[::-1]


def edge_segment(graph: Graph, cost: FloatArray, tail: int, head: int) -> int:
    """Segment with the smallest cost from ``tail`` to ``head``; the first one on a tie."""
    low, high = int(graph.indptr[tail]), int(graph.indptr[tail + 1])
    pair = low + int(np.searchsorted(graph.head[low:high], head))
    end = int(graph.first[pair + 1]) if pair + 1 < len(graph.first) else len(graph.segment)
    parallel = graph.segment[graph.first[pair] : end]
    return int(parallel[np.argmin(cost[parallel])])
