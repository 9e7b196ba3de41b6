"""The compiled passes behind :mod:`geo.access.clock`: driving around closed hours, and the earliest arrival.

This module loads Numba, half a second and more: import it only where a departure time is given.
"""

import heapq
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Int32Array = npt.NDArray[np.int32]
MaskArray = npt.NDArray[np.uint64]
_SLOT_MIN, _SLOTS = 30.0, 48
_ALWAYS = np.uint64(2**48 - 1)


@njit(cache=True, nogil=True)
def end_of_drive(start_min: float, minutes: float, closed: np.uint64) -> float:
    """Clock time at the end of a drive that rests in closed half-hours; infinity where every half-hour is closed.

    Times are minutes since midnight of the day of departure; bit ``k`` of ``closed`` is the half-hour from
    ``30 k`` minutes after midnight, every day. A drive of no minutes ends as it starts.
    """
    if minutes <= 0 or closed == 0:
        return start_min + minutes
    if np.uint64(closed) & _ALWAYS == _ALWAYS or np.isinf(minutes):
        return np.inf
    now, left = start_min, minutes
    slot = int(now // _SLOT_MIN)
    while True:
        end = (slot + 1) * _SLOT_MIN
        if (np.uint64(closed) >> np.uint64(slot % _SLOTS)) & np.uint64(1) == 0:
            if left <= end - now:
                return now + left
            left -= end - now
        now = end
        slot += 1


@njit(cache=True, nogil=True)
def earliest_arrivals(
    rows: tuple[Int32Array, Int32Array, Int32Array],
    costs: tuple[FloatArray, MaskArray],
    seeds: tuple[IntArray, FloatArray],
    goals: IntArray,
) -> tuple[FloatArray, IntArray]:
    """Earliest clock time at each node until all goals are settled, and the arc taken there (-1 at a seed).

    ``rows`` are the graph's ``indptr``, ``head`` and ``arc``; ``costs`` minutes and closed half-hours per arc; ``seeds`` nodes
    and the clock times there. Who leaves later never arrives earlier, so Dijkstra's order holds (Dreyfus 1969).
    """
    indptr, head, arc = rows
    minutes, closed = costs
    time_min = np.full(len(indptr) - 1, np.inf)
    by_arc = np.full(len(indptr) - 1, -1, dtype=np.int64)
    done = np.zeros(len(indptr) - 1, dtype=np.bool_)
    heap: list[Any] = [(0.0, -1)]
    heap.clear()
    for n in range(len(seeds[0])):
        node = seeds[0][n]
        if seeds[1][n] < time_min[node]:
            time_min[node] = seeds[1][n]
            heapq.heappush(heap, (seeds[1][n], node))
    missing = len(goals)
    while heap and missing > 0:
        now, node = heapq.heappop(heap)
        if done[node]:
            continue
        done[node] = True
        for goal in goals:
            missing -= goal == node
        for n in range(indptr[node], indptr[node + 1]):
            there = end_of_drive(now, minutes[arc[n]], closed[arc[n]])
            if there < time_min[head[n]]:
                time_min[head[n]] = there
                by_arc[head[n]] = arc[n]
                heapq.heappush(heap, (there, np.int64(head[n])))
    return time_min, by_arc
