"""The compiled pass behind :mod:`geo.actors.influence`: weights of actors in each cell, shares, ranks.

This module loads Numba, half a second and more: import it only where there is much evidence.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Int32Array = npt.NDArray[np.int32]
Near = tuple[IntArray, Int32Array, FloatArray]
Facts = tuple[IntArray, Int32Array, FloatArray, FloatArray, IntArray]
Rows = tuple[Int32Array, FloatArray, FloatArray, IntArray, IntArray, FloatArray]
Sums = tuple[FloatArray, FloatArray, IntArray, Int32Array]
Asked = tuple[int, float]
_UNMET = -1  # no age is negative


@njit(cache=True, nogil=True)
def _rank(share: FloatArray, actor: Int32Array, ranked_share: FloatArray, ranked_actor: Int32Array) -> None:
    """Write shares and actors in order: largest first, equal ones by actor.

    Each place is counted out. A processor counts many at once, so that for the tens of actors in a cell this
    takes a third of the time of a sort.
    """
    for n in range(len(ranked_share)):
        value, who, before = share[n], actor[n], 0
        for m in range(len(ranked_share)):
            before += (share[m] > value) | ((share[m] == value) & (actor[m] < who))
        ranked_share[before], ranked_actor[before] = value, who


@njit(cache=True, nogil=True, inline="always")
def _add_up(cell: int, near: Near, facts: Facts, sums: Sums) -> int:
    """Add up weight, reports and age of the newest of each actor in a cell; return how many were met."""
    first, source, kernel = near
    start, actor, weight, reports, age = facts
    held, counted, newest, met = sums
    some = 0
    for pair in range(first[cell], first[cell + 1]):
        for fact in range(start[source[pair]], start[source[pair] + 1]):
            who = actor[fact]
            if newest[who] == _UNMET:
                met[some], newest[who] = who, age[fact]
                some += 1
            held[who] += weight[fact] * kernel[pair]
            counted[who] += reports[fact]
            newest[who] = min(newest[who], age[fact])
    return some


@njit(cache=True, nogil=True)
def weigh_cells(near: Near, facts: Facts, total: FloatArray, rows: Rows, asked: Asked) -> IntArray:
    """Write the rows of each cell, ordered by rank, one cell after the other; return how many each has.

    Parameters
    ----------
    near
        First pair of each cell, source and kernel of each pair.
    facts
        First fact of each source; actor, weight on the day, reports and age of the newest of each fact.
    total
        Weight of all actors together in each cell.
    rows
        What is written: actor, share, reports, age of the newest, rank, effective actors.
    asked
        How many actors there are; weight below which a cell has no row.
    """
    row_actor, row_share, row_reports, row_newest, row_rank, row_effective = rows
    actors, minimum = asked
    counts = np.zeros(len(total), dtype=np.int64)
    held, counted, share = np.zeros(actors), np.zeros(actors), np.empty(actors)
    newest = np.full(actors, _UNMET, dtype=np.int64)
    met, who = np.empty(actors, dtype=np.int32), np.empty(actors, dtype=np.int32)
    low = 0
    for cell in range(len(total)):
        if total[cell] < minimum:
            continue
        some, with_weight = _add_up(cell, near, facts, (held, counted, newest, met)), 0
        for n in range(some):
            if held[met[n]] > 0:
                who[with_weight], share[with_weight] = met[n], held[met[n]] / total[cell]
                with_weight += 1
        high = low + with_weight
        _rank(share, who, row_share[low:high], row_actor[low:high])
        squares = 0.0
        for row in range(low, high):
            squares += row_share[row] ** 2
        for row in range(low, high):
            row_reports[row], row_newest[row] = counted[row_actor[row]], newest[row_actor[row]]
            row_rank[row], row_effective[row] = row - low + 1, 1 / squares
        for n in range(some):
            held[met[n]], counted[met[n]], newest[met[n]] = 0.0, 0.0, _UNMET
        counts[cell], low = with_weight, high
    return counts
