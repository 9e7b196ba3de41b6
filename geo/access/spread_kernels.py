"""The compiled searches that spread from their starts: to all nodes, from each source by itself, or towards an end.

All are Dijkstra's (1959), gone forward in steps: nodes wait in buckets of one step each, and all nodes of the nearest
bucket are gone through at once (Meyer & Sanders 2003, delta-stepping). First all their arcs are looked up, then labels
are written, so that the waits for memory overlap. A node whose label improves is gone through once more, which makes
the answer exact. Labels lie side by side in the order nodes are met, so that memory far apart is touched as little as
can be. A search that knows lower bounds of what is left counts them in when it chooses the bucket (A*, Hart et al.
1968; bounds of :mod:`geo.access.landmarks`).

No search needs more than one thread, and none holds Python's lock, so that several may run side by side. This module
loads Numba, half a second and more: import it only where a way is sought.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
Int32Array = npt.NDArray[np.int32]
IntArray = npt.NDArray[np.int64]
RecordArray = npt.NDArray[Any]
Rows = tuple[Int32Array, Int32Array, Int32Array]  # first arc of each node; end node and number of each arc
Starts = tuple[Int32Array, Int32Array, FloatArray]  # source, node, cost
# Where to: ends, of which there is none in a search to all nodes; bounds by column and node; columns to use; scale of
# the bounds and what their rounding may be.
Aim = tuple[Starts, Float32Array, IntArray, float, float]
Waiting = tuple[Int32Array, RecordArray, int]  # first entry of each chain; entries, and how many were ever used
# What is known of a node: cost, source, place in the rows of the arc that leads to it, and where the label of the node
# that arc comes from is.
LABEL = np.dtype(
    [
        ("cost", np.float64),
        ("node", np.int32),
        ("source", np.int32),
        ("before", np.int32),
        ("parent", np.int32),
    ]
)
# A node that waits: its cost when it was put here, the same with what is left at least, where its label is, and what
# follows in the chain.
_ENTRY = np.dtype([("cost", np.float64), ("total", np.float64), ("label", np.int32), ("next", np.int32)])
# One chain of entries for each bucket, one for what lies beyond the last bucket, one for entries that are free.
_BUCKETS = 1024
_LATER, _FREE = _BUCKETS, _BUCKETS + 1
_START_SIZE = 1024


@njit(cache=True, nogil=True, inline="always")
def _better(value: float, origin: int, label: Any) -> bool:
    """Tell whether cost and source come before a label: cheaper, or as cheap from a smaller source."""
    return bool((value < label.cost) | ((value == label.cost) & (origin < label.source)))


@njit(cache=True, nogil=True)
def _with_room(array: RecordArray, used: int, least: int) -> RecordArray:
    """Return the array, or a longer one, with room for so many entries at least; the used ones are kept."""
    if least <= len(array):
        return array
    longer = np.empty(2 * least, dtype=array.dtype)
    longer[:used] = array[:used]
    return longer


@njit(cache=True, nogil=True, inline="always")
def _least_to_go(aim: Aim, node: int) -> float:
    """Lower bound on what is left from a node to the nearest end, what is added there counted in; 0 without an end."""
    (_, ends, added), bounds, columns, scale, slack = aim
    least = np.inf if len(ends) else 0.0
    for end in range(len(ends)):
        best = 0.0
        for column in columns:
            # Even: from the landmark to the end less to here; odd: from here to the landmark less from the end.
            more = bounds[column, node] - bounds[column, ends[end]]
            more = (more if column & 1 else -more) - slack
            best = max(best, more)  # in this order infinity less infinity says nothing
        least = min(least, scale * best + added[end])
    return least


@njit(cache=True, nogil=True, inline="always")
def _bucket_of(total: float, clock: tuple[float, float, int]) -> int:
    """Bucket a node waits in; never one that is over."""
    base, per_step, current = clock
    return max(current, int(min((total - base) * per_step, float(_LATER))))


@njit(cache=True, nogil=True, inline="always")
def _accept(
    offers: RecordArray,
    known: tuple[RecordArray, Int32Array, int],
    aim: Aim,
    waiting: Waiting,
    clock: tuple[float, float, int],
) -> tuple[int, int]:
    """Write the offers that are better than what is known, and let them wait; return nodes met and entries used."""
    labels, number, met = known
    chains, entries, used = waiting
    for offer in offers:
        at = np.uint64(number[np.uint64(offer.node)])
        if _better(offer.cost, offer.source, labels[at]):
            if at == 0:
                at, met = np.uint64(met), met + 1
                number[np.uint64(offer.node)] = at
            labels[at] = offer
            total = offer.cost + _least_to_go(aim, offer.node)
            if total < np.inf:  # else no end can be reached from here
                bucket, entry = _bucket_of(total, clock), chains[_FREE]
                if entry >= 0:
                    chains[_FREE] = entries[entry].next
                else:
                    entry, used = used, used + 1
                put = entries[entry]
                put.cost, put.total, put.label, put.next = offer.cost, total, at, chains[bucket]
                chains[bucket] = entry
    return met, used


@njit(cache=True, nogil=True)
def _start_anew(waiting: Waiting, per_step: float) -> float:
    """Put what lay beyond the last bucket into buckets that start at the least of it; return the least."""
    chains, entries, _ = waiting
    least, entry = np.inf, chains[_LATER]
    while entry >= 0:
        least, entry = min(least, entries[entry].total), entries[entry].next
    entry, chains[_LATER] = chains[_LATER], -1
    while entry >= 0:
        bucket, follows = _bucket_of(entries[entry].total, (least, per_step, 0)), entries[entry].next
        entries[entry].next, chains[bucket] = chains[bucket], entry
        entry = follows
    return least


@njit(cache=True, nogil=True)
def _take(waiting: Waiting, bucket: int, labels: RecordArray, indptr: Int32Array, near: Int32Array) -> tuple[int, int]:
    """List the labels in a bucket and empty it; return how many they are, and how many arcs leave their nodes.

    A label that was bettered since it was put here was put somewhere anew, and is left out.
    """
    chains, entries, _ = waiting
    count, arcs, entry = 0, 0, chains[bucket]
    chains[bucket] = -1
    while entry >= 0:
        near[count] = entries[entry].label
        label = labels[np.uint64(near[count])]
        node, stands = np.uint64(label.node), entries[entry].cost == label.cost
        arcs += stands * (indptr[node + np.uint64(1)] - indptr[node])
        count += stands
        follows, entries[entry].next, chains[_FREE] = entries[entry].next, chains[_FREE], entry
        entry = follows
    return count, arcs


@njit(cache=True, nogil=True)
def _look_round(
    near: Int32Array,
    known: tuple[RecordArray, Int32Array],
    rows: Rows,
    costs: tuple[FloatArray, float],
    offers: RecordArray,
) -> int:
    """List what the arcs offer to the nodes they lead to, where it is better than what is known; return how many."""
    labels, number = known
    indptr, head, arc = rows
    arc_cost, limit = costs
    listed, offered = 0, 0
    # One far place in memory for each arc and pass: so short a pass waits for many of them at once.
    for at in near:
        node = np.uint64(labels[np.uint64(at)].node)
        for place in range(np.uint64(indptr[node]), np.uint64(indptr[node + np.uint64(1)])):
            offer = offers[listed]
            offer.node, offer.before, offer.parent = head[place], place, at
            offer.source = arc[place]  # until the next pass
            listed += 1
    for offer in offers[:listed]:
        label = labels[np.uint64(offer.parent)]
        offer.cost, offer.source = label.cost + arc_cost[np.uint64(offer.source)], label.source
    for offer in offers[:listed]:
        offers[offered] = offer
        label = labels[np.uint64(number[np.uint64(offer.node)])]
        offered += (offer.cost <= limit) & _better(offer.cost, offer.source, label)
    return offered


@njit(cache=True, nogil=True)
def spread(
    rows: Rows, arc_cost: FloatArray, starts: Starts, aim: Aim, asked: tuple[float, float], number: Int32Array
) -> RecordArray:
    """Search from all starts at once; return the labels of the nodes that are met, after one of those that are not.

    Labels are ordered by cost, then source, so that ties end as asked even along arcs that cost nothing. With an end
    the search stops when nothing that waits can lead to a cheaper way.

    Parameters
    ----------
    arc_cost
        Cost by number of arc; infinity = closed.
    asked
        Limit, and width of a step; any width above 0 gives the same costs and sources.
    number
        Of each node, where its label is; must be 0 everywhere.
    """
    limit, step = asked
    labels, entries = np.empty(_START_SIZE, LABEL), np.empty(_START_SIZE, _ENTRY)
    near, offers = np.empty(_START_SIZE, np.int32), np.empty(max(_START_SIZE, len(starts[1])), LABEL)
    chains = np.full(_FREE + 1, -1, dtype=np.int32)
    labels[0].cost, labels[0].source = np.inf, -1  # of nodes not met
    offered, met, used, base, current = 0, 1, 0, 0.0, 0
    for start in range(len(starts[1])):
        offer = offers[offered]
        offer.source, offer.node, offer.cost, offer.before = starts[0][start], starts[1][start], starts[2][start], -1
        offered += offer.cost <= limit
    while base + (current - 1) * step <= limit:  # a step late, for rounding
        labels, entries = _with_room(labels, met, met + offered), _with_room(entries, used, used + offered)
        known, waiting, clock = (labels, number, met), (chains, entries, used), (base, 1.0 / step, current)
        met, used = _accept(offers[:offered], known, aim, waiting, clock)
        while current < _BUCKETS and chains[current] < 0:
            current += 1
        if current == _BUCKETS:
            if chains[_LATER] < 0:
                break
            base, current = _start_anew((chains, entries, used), 1.0 / step), 0
        near = _with_room(near, 0, used)
        nears, arcs = _take((chains, entries, used), current, labels, rows[0], near)
        offers = _with_room(offers, 0, arcs)
        offered = _look_round(near[:nears], (labels, number), rows, (arc_cost, limit), offers)
        for end in range(len(aim[0][1])):
            limit = min(limit, labels[number[aim[0][1][end]]].cost + aim[0][2][end])
    return labels[:met]


@njit(cache=True, nogil=True)
def spread_each(
    rows: Rows, arc_cost: FloatArray, starts: Starts, first: IntArray, aim: Aim, asked: tuple[float, float]
) -> tuple[IntArray, Int32Array, FloatArray]:
    """Search to all nodes from groups of starts one after the other, group ``g`` from ``first[g]`` to ``first[g + 1]``.

    Returns
    -------
    tuple
        First place of each group in the next two arrays; nodes that are reached; their costs.
    """
    number = np.zeros(len(rows[0]) - 1, dtype=np.int32)
    bounds = np.zeros(len(first), dtype=np.int64)
    nodes, costs = np.empty(_START_SIZE, dtype=np.int32), np.empty(_START_SIZE, dtype=np.float64)
    for group in range(len(first) - 1):
        own, begin = slice(first[group], first[group + 1]), bounds[group]
        labels = spread(rows, arc_cost, (starts[0][own], starts[1][own], starts[2][own]), aim, asked, number)[1:]
        for label in labels:
            number[np.uint64(label.node)] = 0
        end = begin + len(labels)
        nodes, costs = _with_room(nodes, begin, end), _with_room(costs, begin, end)
        nodes[begin:end], costs[begin:end], bounds[group + 1] = labels["node"], labels["cost"], end
    return bounds, nodes[: bounds[-1]], costs[: bounds[-1]]


@njit(cache=True, nogil=True)
def write_down(labels: RecordArray, cost: FloatArray, source: Int32Array, before: Int32Array) -> None:
    """Write labels into arrays by node, where they are better than what stands there; the first is of no node."""
    for label in labels[1:]:
        node = np.uint64(label.node)
        if label.cost < cost[node] or (label.cost == cost[node] and label.source < source[node]):
            cost[node], source[node], before[node] = label.cost, label.source, label.before


@njit(cache=True, nogil=True)
def reach_out(
    rows: Rows, arc_cost: FloatArray, starts: Starts, aim: Aim, asked: tuple[float, float], number: Int32Array
) -> tuple[float, Int32Array, int, int]:
    """Cheapest way from any start to any end; parameters as in :func:`spread`.

    Returns
    -------
    tuple
        Cost (infinity = no way up to the limit), arcs in driving order, nodes at which the way starts and ends.
    """
    labels = spread(rows, arc_cost, starts, aim, asked, number)
    (_, ends, added), best, last = aim[0], np.inf, 0
    for end in range(len(ends)):
        total = labels[number[ends[end]]].cost + added[end]
        if total < best and total <= asked[0]:
            best, last = total, number[ends[end]]
    count, first = 0, last
    while last > 0 and labels[first].before >= 0:
        first, count = labels[first].parent, count + 1
    arcs, at = np.empty(count, dtype=np.int32), last
    for place in range(count - 1, -1, -1):
        arcs[place], at = rows[2][labels[at].before], labels[at].parent
    return best, arcs, labels[first].node, labels[last].node
