"""The compiled searches behind :mod:`geo.access.kernels`: Dijkstra (1959) on arcs, with a heap in two arrays.

A search from all sources at once sorts nodes into buckets; the others use a heap. It is 4-ary and lazy: an entry that
was overtaken stays until it comes up, and is passed over then. No search needs more than one thread, and none holds
Python's lock, so that several may run side by side. The search that looks towards its end is in ``aim_kernels``.

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
BoolArray = npt.NDArray[np.bool_]
LabelArray = npt.NDArray[np.void]
# Label of a node, side by side in memory: cost, source, place in the rows of the arc that leads to it.
LABEL = np.dtype([("cost", np.float64), ("source", np.int32), ("before", np.int32)])
_BUCKETS = 1024
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
    return bool(value < label.cost or (value == label.cost and origin < label.source))


@njit(cache=True, nogil=True)
def _longer(array: Int32Array, used: int, least: int) -> Int32Array:
    """Return the array with room for at least so many entries."""
    longer = np.empty(2 * least, dtype=np.int32)
    longer[:used] = array[:used]
    return longer


@njit(cache=True, nogil=True)
def _drop_settled(waiting: Int32Array, count: int, settled: BoolArray, labels: LabelArray) -> tuple[int, float]:
    """Close the gaps of settled nodes in a list; return how many are left and the least cost among them."""
    kept, least = 0, np.inf
    for place in range(count):
        node = waiting[place]
        if not settled[node]:
            waiting[kept] = node
            kept += 1
            least = min(least, labels[node].cost)
    return kept, least


@njit(cache=True, nogil=True)
def _label_starts(starts: Starts, limit: float, labels: LabelArray, waiting: Int32Array) -> int:
    """Label the nodes at which the search starts and list them; return how many are listed."""
    sources, nodes, costs = starts
    count = 0
    for start in range(len(nodes)):
        node = nodes[start]
        if costs[start] <= limit and _better(costs[start], sources[start], labels[node]):
            labels[node].cost, labels[node].source = costs[start], sources[start]
            waiting[count] = node
            count += 1
    return count


@njit(cache=True, nogil=True)
def spread(  # noqa: C901, PLR0912 (one loop over five arrays that grow; handing them about costs more)
    rows: Rows, arc_cost: FloatArray, starts: Starts, asked: tuple[float, float], labels: LabelArray
) -> None:
    """Search from all sources at once and write the labels.

    Nodes wait in buckets of one width of cost and are settled bucket by bucket; one whose label improves within
    its bucket is gone through once more, so the answer is Dijkstra's (Meyer & Sanders 2003, delta-stepping,
    here on one processor). What lies beyond the last bucket waits in a list until the buckets start anew. Labels
    are ordered by cost, then source, so that ties end as asked even along arcs that cost nothing.

    Parameters
    ----------
    arc_cost
        Cost by number of arc; infinity = closed.
    asked
        Limit, and width of a bucket; any width above 0 gives the same costs and sources.
    labels
        Of each node; must be infinity, -1 and -1.
    """
    indptr, head, arc = rows
    limit, per_cost = asked[0], 1.0 / asked[1]
    settled = np.zeros(len(labels), dtype=np.bool_)
    first = np.full(_BUCKETS, -1, dtype=np.int32)
    entry_node, entry_next = np.empty(START_SIZE, dtype=np.int32), np.empty(START_SIZE, dtype=np.int32)
    waiting = np.empty(max(START_SIZE, len(starts[1])), dtype=np.int32)
    used, free, later = 0, -1, _label_starts(starts, limit, labels, waiting)
    while later > 0:
        count, least = _drop_settled(waiting, later, settled, labels)
        base, later = np.floor(least * per_cost), 0
        if used + count > len(entry_node):
            entry_node, entry_next = (_longer(entry_node, used, used + count), _longer(entry_next, used, used + count))
        for place in range(count):
            node = waiting[place]
            bucket = labels[node].cost * per_cost - base
            if bucket < _BUCKETS:
                entry_node[used], entry_next[used], first[int(bucket)] = node, first[int(bucket)], used
                used += 1
            else:
                waiting[later] = node
                later += 1
        for current in range(_BUCKETS):
            while first[current] >= 0:
                entry = first[current]
                node, first[current] = entry_node[entry], entry_next[entry]
                entry_next[entry], free = free, entry
                if settled[node]:
                    continue
                settled[node] = True
                key, origin, low, high = labels[node].cost, labels[node].source, indptr[node], indptr[node + 1]
                if used + high - low > len(entry_node):
                    room = used + high - low
                    entry_node, entry_next = _longer(entry_node, used, room), _longer(entry_next, used, room)
                if later + high - low > len(waiting):
                    waiting = _longer(waiting, later, later + high - low)
                for place in range(np.uint64(low), np.uint64(high)):  # unsigned: no test for places from the end
                    value, other = key + arc_cost[np.uint64(arc[place])], np.uint64(head[place])
                    if value <= limit and _better(value, origin, labels[other]):
                        labels[other].cost, labels[other].source, labels[other].before = value, origin, place
                        settled[other] = False
                        bucket = value * per_cost - base
                        if bucket < _BUCKETS:
                            if free >= 0:
                                entry, free = free, entry_next[free]
                            else:
                                entry, used = used, used + 1
                            entry_node[entry], entry_next[entry] = other, first[int(bucket)]
                            first[int(bucket)] = entry
                        else:
                            waiting[later] = other
                            later += 1
        used, free = 0, -1


@njit(cache=True, nogil=True)
def spread_one(
    rows: Rows, arc_cost: FloatArray, starts: Starts, limit: float, cost: FloatArray, met: Int32Array
) -> int:
    """Search from one source; write the cost of nodes and which were met; return how many.

    ``cost`` must be infinity everywhere; the caller clears what was met before the next search.
    """
    indptr, head, arc = rows
    _, nodes, costs = starts
    keys = np.empty(max(START_SIZE, len(nodes)), dtype=np.float64)
    items = np.empty(len(keys), dtype=np.int32)
    size, found = 0, 0
    for start in range(len(nodes)):
        node, value = nodes[start], costs[start]
        if value <= limit and value < cost[node]:
            if cost[node] == np.inf:
                met[found] = node
                found += 1
            cost[node] = value
            size = push(keys, items, size, value, node)
    while size > 0:
        key, node = keys[0], items[0]
        size = drop_first(keys, items, size)
        if key > cost[node]:
            continue
        low, high = indptr[node], indptr[node + 1]
        if size + high - low > len(keys):
            keys, items = grown(keys, items, size + high - low)
        for place in range(low, high):
            value, other = key + arc_cost[arc[place]], head[place]
            if value < cost[other] and value <= limit:
                if cost[other] == np.inf:
                    met[found] = other
                    found += 1
                cost[other] = value
                size = push(keys, items, size, value, other)
    return found


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
