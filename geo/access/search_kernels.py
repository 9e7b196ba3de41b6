"""The compiled search from both sides behind :mod:`geo.access.kernels`, with heaps in two arrays each.

A heap is 4-ary and lazy: an entry that was overtaken stays until it comes up, and is passed over then. The searches
from bases to all nodes, and the one that looks towards its end, are in ``spread_kernels``.

This module loads Numba, half a second and more: import it only where a way is sought.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]
Rows = tuple[Int32Array, Int32Array, Int32Array]  # first arc of each node; end node and number of each arc
Starts = tuple[Int32Array, Int32Array, FloatArray]  # source, node, cost
_START_SIZE = 1024


@njit(cache=True, nogil=True, inline="always")
def _push(keys: FloatArray, items: Int32Array, size: int, key: float, item: int) -> int:
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
def _drop_first(keys: FloatArray, items: Int32Array, size: int) -> int:
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
def _grown(keys: FloatArray, items: Int32Array, least: int) -> tuple[FloatArray, Int32Array]:
    """Return the heap with room for at least so many entries."""
    room = max(2 * len(keys), least)
    more_keys, more_items = np.empty(room, dtype=np.float64), np.empty(room, dtype=np.int32)
    more_keys[: len(keys)], more_items[: len(items)] = keys, items
    return more_keys, more_items


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
    keys, keys_back = (np.empty(_START_SIZE + len(starts[1])), np.empty(_START_SIZE + len(ends[1])))
    items, items_back = np.empty(len(keys), dtype=np.int32), np.empty(len(keys_back), dtype=np.int32)
    size, size_back, best, middle = 0, 0, np.inf, -1
    for start in range(len(starts[1])):
        node, value = starts[1][start], starts[2][start]
        if value <= limit and value < cost[node]:
            cost[node] = value
            size = _push(keys, items, size, value, node)
    for end in range(len(ends[1])):
        node, value = ends[1][end], ends[2][end]
        if value <= limit and value < cost_back[node]:
            cost_back[node] = value
            size_back = _push(keys_back, items_back, size_back, value, node)
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
    if middle < 0 or best > limit:  # nothing met: there is no way to walk back
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
    size = _drop_first(keys, items, size)
    if key <= cost[node]:
        low, high = indptr[node], indptr[node + 1]
        if size + high - low > len(keys):
            keys, items = _grown(keys, items, size + high - low)
        for place in range(low, high):
            value, other = key + arc_cost[arc[place]], head[place]
            if value < cost[other] and value < best:
                cost[other], before[other] = value, place
                size = _push(keys, items, size, value, other)
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
