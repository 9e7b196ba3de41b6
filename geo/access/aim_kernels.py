"""The compiled search that looks towards its end, by lower bounds on what is left (see :mod:`geo.access.landmarks`).

This module loads Numba, half a second and more: import it only where a way is sought.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.access.search_kernels import START_SIZE, FloatArray, Int32Array, Rows, Starts, drop_first, grown, push

Float32Array = npt.NDArray[np.float32]


@njit(cache=True, nogil=True, inline="always")
def _still_to_go(bounds: Float32Array, ends: Starts, node: int, asked: tuple[float, float, float]) -> float:
    """Lower bound on what is left from a node to the nearest end, what is added there counted in."""
    _, scale, slack = asked
    least = np.inf
    for end in range(len(ends[1])):
        goal, best = ends[1][end], 0.0
        for k in range(0, bounds.shape[1], 2):
            # From the landmark to the goal less to here; from here to the landmark less from the goal.
            best = max(
                best, bounds[goal, k] - bounds[node, k] - slack, bounds[node, k + 1] - bounds[goal, k + 1] - slack
            )
        least = min(least, scale * best + ends[2][end])
    return least


@njit(cache=True, nogil=True, inline="always")
def _arrived(ends: Starts, node: int, cost: float, known: tuple[float, int]) -> tuple[float, int]:
    """Best total and the end it leads to, now that a node is gone through."""
    best, reached = known
    for end in range(len(ends[1])):
        total = cost + ends[2][end]
        if ends[1][end] == node and (total < best or (total == best and reached < 0)):
            best, reached = total, end
    return best, reached


@njit(cache=True, nogil=True)
def aim(
    rows: Rows,
    arc_cost: FloatArray,
    starts: Starts,
    ends: Starts,
    bounds: Float32Array,
    asked: tuple[float, float, float],
) -> tuple[float, int, Int32Array]:
    """Cheapest way from any start to any end, nodes that lie towards an end first (A*, Hart et al. 1968).

    The bounds may be off by rounding, so a node whose cost improves is gone through again: the answer is exact.

    Parameters
    ----------
    bounds
        Of each node, in pairs: cost from a landmark to it and from it to the landmark, in a metric that no arc's cost
        times ``scale`` lies below; infinity where there is no way. Shape ``(nodes, 2 · landmarks)``.
    asked
        Limit, scale, and what the bounds' own rounding may be.

    Returns
    -------
    tuple
        Cost (infinity = no way up to the limit), end it leads to, and for :func:`walk_back` the place before each node.
    """
    indptr, head, arc = rows
    cost = np.full(len(indptr) - 1, np.inf)
    before, to_go = np.empty(len(cost), dtype=np.int32), np.empty(len(cost))
    keys, items = np.empty(START_SIZE + len(starts[1])), np.empty(START_SIZE + len(starts[1]), dtype=np.int32)
    size, best, reached = 0, asked[0], -1
    for start in range(len(starts[1])):
        node, value = starts[1][start], starts[2][start]
        if value < cost[node]:
            cost[node], before[node], to_go[node] = value, -1, _still_to_go(bounds, ends, node, asked)
            size = push(keys, items, size, value + to_go[node], node)
    while size > 0 and keys[0] <= best:
        key, node = keys[0], items[0]
        size = drop_first(keys, items, size)
        if key > cost[node] + to_go[node]:
            continue
        best, reached = _arrived(ends, node, cost[node], (best, reached))
        low, high = indptr[node], indptr[node + 1]
        if size + high - low > len(keys):
            keys, items = grown(keys, items, size + high - low)
        for place in range(low, high):
            value, other = cost[node] + arc_cost[arc[place]], head[place]
            if value < cost[other] and value <= best:
                if cost[other] == np.inf:
                    to_go[other] = _still_to_go(bounds, ends, other, asked)
                cost[other], before[other] = value, place
                size = push(keys, items, size, value + to_go[other], other)
    return (best if reached >= 0 else np.inf), reached, before
