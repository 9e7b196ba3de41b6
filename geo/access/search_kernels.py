"""The compiled searches behind :mod:`geo.access.kernels`: Dijkstra (1959) on arcs.

A search from sources to all nodes goes forward in steps; one between two places uses a heap in two arrays. It is 4-ary
and lazy: an entry that was overtaken stays until it comes up, and is passed over then. No search needs more than one
thread, and none holds Python's lock, so that several may run side by side. The search that looks towards its end is in
``aim_kernels``.

This module loads Numba, half a second and more: import it only where a way is sought.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]
Rows = tuple[Int32Array, Int32Array, Int32Array]  # first arc of each node; end node and number of each arc
Starts = tuple[Int32Array, Int32Array, FloatArray]  # source, node, cost
IntArray = npt.NDArray[np.int64]
RecordArray = npt.NDArray[Any]
Waiting = tuple[RecordArray, RecordArray, int]  # near nodes; far nodes, and how many they are
# What is known of a node, side by side in memory; ``before`` is the place in the rows of the arc that leads to it.
LABEL = np.dtype([("cost", np.float64), ("node", np.int32), ("source", np.int32), ("before", np.int32)], align=True)
# A node that waits: where its label is, and what it cost when it was listed.
_LISTED = np.dtype([("cost", np.float64), ("label", np.int32)], align=True)
START_SIZE = 1024


@njit(cache=True, nogil=True, inline="always")
def push(keys: FloatArray, items: Int32Array, size: int, key: float, item: int) -> int:
    """Add an entry; return how many there are. There must be room for it."""
    at = size
    while at > 0:
        above = (at - 1) >> 2
        if keys[above] <= key:
            break
        keys[at], items[at] = keys[above], items[above]
        at = above
    keys[at], items[at] = key, item
    return size + 1


@njit(cache=True, nogil=True, inline="always")
def drop_first(keys: FloatArray, items: Int32Array, size: int) -> int:
    """Take the first entry away; return how many are left."""
    size -= 1
    key, item, at = keys[size], items[size], 0
    while True:
        least = 4 * at + 1
        if least >= size:
            break
        for child in range(least + 1, min(least + 4, size)):
            if keys[child] < keys[least]:
                least = child
        if keys[least] >= key:
            break
        keys[at], items[at] = keys[least], items[least]
        at = least
    keys[at], items[at] = key, item
    return size


@njit(cache=True, nogil=True)
def grown(keys: FloatArray, items: Int32Array, least: int) -> tuple[FloatArray, Int32Array]:
    """Return the heap with room for at least so many entries."""
    room = max(2 * len(keys), least)
    more_keys, more_items = np.empty(room, dtype=np.float64), np.empty(room, dtype=np.int32)
    more_keys[: len(keys)], more_items[: len(items)] = keys, items
    return more_keys, more_items


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


@njit(cache=True, nogil=True)
def _accept(
    offers: RecordArray, number: Int32Array, known: tuple[RecordArray, int], waiting: Waiting, edge: float
) -> tuple[int, int, int]:
    """Write the offers that are better than what is known; return how many are met, near and far now."""
    labels, met = known
    near, far, fars = waiting
    nears = 0
    for offer in offers:
        at = np.uint64(number[np.uint64(offer.node)])
        if _better(offer.cost, offer.source, labels[at]):
            if at == 0:
                at, met = np.uint64(met), met + 1
                number[np.uint64(offer.node)] = at
            labels[at] = offer
            # Written to both lists and kept in one: cheaper than a branch that cannot be foreseen.
            near[nears].cost, near[nears].label = offer.cost, at
            far[fars].cost, far[fars].label = offer.cost, at
            nears += offer.cost <= edge
            fars += offer.cost > edge
    return met, nears, fars


@njit(cache=True, nogil=True)
def _come_near(waiting: Waiting, labels: RecordArray, step: float) -> tuple[int, int, float]:
    """Move what lies within a step of the least cost from far to near; return how many are near and far, and the edge.

    A label that was bettered since it was listed is listed anew under its better cost, and left out here.
    """
    near, far, fars = waiting
    least, kept = np.inf, 0
    for place in range(fars):
        far[kept] = far[place]
        left = far[place].cost == labels[np.uint64(far[place].label)].cost
        least = min(least, far[place].cost) if left else least
        kept += left
    edge, nears, fars = least + step, 0, 0
    for place in range(kept):
        cost = far[place].cost
        near[nears] = far[place]
        far[fars] = far[place]
        nears += cost <= edge
        fars += cost > edge
    return nears, fars, edge


@njit(cache=True, nogil=True)
def _leave(near: RecordArray, labels: RecordArray, indptr: Int32Array) -> tuple[int, int]:
    """Drop what was bettered since it was listed; return how many are left, and how many arcs leave them."""
    left, arcs = 0, 0
    for place in range(len(near)):
        label = labels[np.uint64(near[place].label)]
        node, still = np.uint64(label.node), near[place].cost == label.cost
        arcs += still * (indptr[node + np.uint64(1)] - indptr[node])
        near[left] = near[place]
        left += still
    return left, arcs


@njit(cache=True, nogil=True)
def _look_round(
    near: RecordArray,
    known: tuple[RecordArray, Int32Array],
    rows: Rows,
    costs: tuple[FloatArray, float],
    offers: RecordArray,
) -> int:
    """List what the arcs offer to the nodes they lead to, where it is better than what is known; return how many."""
    labels, number = known
    indptr, head, arc = rows
    arc_cost, limit = costs
    offered = 0
    for waiting in near:
        label = labels[np.uint64(waiting.label)]
        node = np.uint64(label.node)
        cost, source = label.cost, label.source
        for place in range(np.uint64(indptr[node]), np.uint64(indptr[node + np.uint64(1)])):
            value, other = cost + arc_cost[np.uint64(arc[place])], head[place]
            offer = offers[offered]
            offer.cost, offer.node, offer.source, offer.before = value, other, source, place
            known_label = labels[np.uint64(number[np.uint64(other)])]
            offered += (value <= limit) & _better(value, source, known_label)
    return offered


@njit(cache=True, nogil=True)
def spread(
    rows: Rows, arc_cost: FloatArray, starts: Starts, asked: tuple[float, float], number: Int32Array
) -> RecordArray:
    """Search from all sources at once; return the labels of the nodes that are reached, in no order.

    Nodes wait until they are near: within one step of the least cost that waits. All near ones are gone through at
    once (Meyer & Sanders 2003, delta-stepping): first all their arcs are looked up, then labels are written, so that
    the waits for memory overlap. A node whose label improves is gone through once more: the answer is Dijkstra's.
    Labels are ordered by cost, then source, so that ties end as asked even along arcs that cost nothing.

    Parameters
    ----------
    arc_cost
        Cost by number of arc; infinity = closed.
    asked
        Limit, and width of a step; any width gives the same costs and sources.
    number
        Of each node, where its label is while the search lasts; 0 everywhere before and after.
    """
    limit, step = asked
    labels, near, far = np.empty(START_SIZE, LABEL), np.empty(START_SIZE, _LISTED), np.empty(START_SIZE, _LISTED)
    labels[0].cost, labels[0].source = np.inf, -1  # of all nodes not met
    offers = np.empty(max(START_SIZE, len(starts[1])), LABEL)
    offered, met, fars, edge = 0, 1, 0, -np.inf
    for start in range(len(starts[1])):
        offer = offers[offered]
        offer.source, offer.node, offer.cost, offer.before = starts[0][start], starts[1][start], starts[2][start], -1
        offered += offer.cost <= limit
    while offered + fars > 0:
        labels, far = _with_room(labels, met, met + offered), _with_room(far, fars, fars + offered)
        near = _with_room(near, 0, fars + offered)
        met, nears, fars = _accept(offers[:offered], number, (labels, met), (near, far, fars), edge)
        if nears == 0:
            nears, fars, edge = _come_near((near, far, fars), labels, step)
        nears, arcs = _leave(near[:nears], labels, rows[0])
        offers = _with_room(offers, 0, arcs)
        offered = _look_round(near[:nears], (labels, number), rows, (arc_cost, limit), offers)
    for label in labels[1:met]:
        number[np.uint64(label.node)] = 0
    return labels[1:met]


@njit(cache=True, nogil=True)
def spread_each(
    rows: Rows, arc_cost: FloatArray, starts: Starts, first: IntArray, asked: tuple[float, float]
) -> tuple[IntArray, Int32Array, FloatArray]:
    """Search from groups of starts one after the other, group ``g`` from ``first[g]`` to ``first[g + 1]``.

    Returns
    -------
    tuple
        First place of each group in the next two arrays; nodes that are reached; their costs.
    """
    number = np.zeros(len(rows[0]) - 1, dtype=np.int32)
    bounds = np.zeros(len(first), dtype=np.int64)
    nodes, costs = np.empty(START_SIZE, dtype=np.int32), np.empty(START_SIZE, dtype=np.float64)
    for group in range(len(first) - 1):
        own, begin = slice(first[group], first[group + 1]), bounds[group]
        labels = spread(rows, arc_cost, (starts[0][own], starts[1][own], starts[2][own]), asked, number)
        end = begin + len(labels)
        nodes, costs = _with_room(nodes, begin, end), _with_room(costs, begin, end)
        nodes[begin:end], costs[begin:end], bounds[group + 1] = labels["node"], labels["cost"], end
    return bounds, nodes[: bounds[-1]], costs[: bounds[-1]]


@njit(cache=True, nogil=True)
def write_down(labels: RecordArray, cost: FloatArray, source: Int32Array, before: Int32Array) -> None:
    """Write labels into arrays by node, where they are better than what stands there."""
    for label in labels:
        node = np.uint64(label.node)
        if label.cost < cost[node] or (label.cost == cost[node] and label.source < source[node]):
            cost[node], source[node], before[node] = label.cost, label.source, label.before


@njit(cache=True, nogil=True)
def meet(
    ahead: Rows, back: Rows, arc_cost: FloatArray, starts: Starts, ends: Starts, limit: float
) -> tuple[float, Int32Array, int]:
    """Cheapest way from any start to any end, searched from both sides (Nicholson 1966).

    Both searches take turns, the one whose next node is nearer first, and stop when the two next nodes together
    cost no less than the best way known.

    Parameters
    ----------
    back
        The rows turned round: for each node the arcs that lead to it, with the node they come from.
    ends
        Where the way may end, with what is added there.

    Returns
    -------
    tuple
        Cost (infinity = no way up to the limit), arcs in driving order, node at which the way starts.
    """
    count = len(ahead[0]) - 1
    cost, cost_back = np.full(count, np.inf), np.full(count, np.inf)
    before, after = np.full(count, -1, dtype=np.int32), np.full(count, -1, dtype=np.int32)
    keys, keys_back = (np.empty(START_SIZE + len(starts[1])), np.empty(START_SIZE + len(ends[1])))
    items, items_back = np.empty(len(keys), dtype=np.int32), np.empty(len(keys_back), dtype=np.int32)
    size, size_back, best, middle = 0, 0, np.inf, -1
    for start in range(len(starts[1])):
        node, value = starts[1][start], starts[2][start]
        if value <= limit and value < cost[node]:
            cost[node] = value
            size = push(keys, items, size, value, node)
    for end in range(len(ends[1])):
        node, value = ends[1][end], ends[2][end]
        if value <= limit and value < cost_back[node]:
            cost_back[node] = value
            size_back = push(keys_back, items_back, size_back, value, node)
            if cost[node] + value < best:
                best, middle = cost[node] + value, node
    while size > 0 and size_back > 0 and keys[0] + keys_back[0] < best and keys[0] + keys_back[0] <= limit:
        if keys[0] <= keys_back[0]:
            keys, items, size, best, middle = _step(
                ahead, arc_cost, (keys, items, size), (cost, before), cost_back, (best, middle)
            )
        else:
            keys_back, items_back, size_back, best, middle = _step(
                back, arc_cost, (keys_back, items_back, size_back), (cost_back, after), cost, (best, middle)
            )
    if best > limit:
        return np.inf, np.empty(0, dtype=np.int32), -1
    arcs, node = _joined(ahead, back, (before, after), middle)
    return best, arcs, node


@njit(cache=True, nogil=True, inline="always")
def _step(
    rows: Rows,
    arc_cost: FloatArray,
    heap: tuple[FloatArray, Int32Array, int],
    own: tuple[FloatArray, Int32Array],
    cost_of_others: FloatArray,
    known: tuple[float, int],
) -> tuple[FloatArray, Int32Array, int, float, int]:
    """Go on from the next node of one side."""
    indptr, head, arc = rows
    keys, items, size = heap
    cost, before = own
    best, middle = known
    key, node = keys[0], items[0]
    size = drop_first(keys, items, size)
    if key <= cost[node]:
        low, high = indptr[node], indptr[node + 1]
        if size + high - low > len(keys):
            keys, items = grown(keys, items, size + high - low)
        for place in range(low, high):
            value, other = key + arc_cost[arc[place]], head[place]
            if value < cost[other] and value < best:
                cost[other], before[other] = value, place
                size = push(keys, items, size, value, other)
                if value + cost_of_others[other] < best:
                    best, middle = value + cost_of_others[other], other
    return keys, items, size, best, middle


@njit(cache=True, nogil=True)
def _joined(ahead: Rows, back: Rows, places: tuple[Int32Array, Int32Array], middle: int) -> tuple[Int32Array, int]:
    """Arcs of both halves in driving order, and the node at which they start.

    An arc's other node is found in the rows of the other direction: ``head`` of the rows a search ran on is the
    node it went to, so the node it came from is looked up as the row that holds the place.
    """
    before, after = places
    first, count = middle, 0
    while before[first] >= 0:
        first = _row_of(ahead[0], before[first])
        count += 1
    last = middle
    while after[last] >= 0:
        last = _row_of(back[0], after[last])
        count += 1
    arcs, at, node = np.empty(count, dtype=np.int32), 0, middle
    while before[node] >= 0:
        arcs[at] = ahead[2][before[node]]
        node = _row_of(ahead[0], before[node])
        at += 1
    arcs[:at] = arcs[:at][::-1].copy()
    node = middle
    while after[node] >= 0:
        arcs[at] = back[2][after[node]]
        node = _row_of(back[0], after[node])
        at += 1
    return arcs, first


@njit(cache=True, nogil=True)
def _row_of(indptr: Int32Array, place: int) -> int:
    """Row that holds a place."""
    return int(np.searchsorted(indptr, place, side="right")) - 1


@njit(cache=True, nogil=True)
def walk_back(rows: Rows, before: Int32Array, node: int) -> tuple[Int32Array, int]:
    """Arcs from a seed to a node in driving order, and the node at which they start."""
    count, first = 0, node
    while before[first] >= 0:
        first = _row_of(rows[0], before[first])
        count += 1
    arcs = np.empty(count, dtype=np.int32)
    while before[node] >= 0:
        count -= 1
        arcs[count] = rows[2][before[node]]
        node = _row_of(rows[0], before[node])
    return arcs, first
