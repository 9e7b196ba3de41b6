"""Compiled minima over rows of minutes."""

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.access.kernels import BoolArray, FloatArray, IntArray

Counts = npt.NDArray[np.int32]


@njit(cache=True, nogil=True)
def nearest_row(minutes: FloatArray, rows: IntArray, limit_min: float) -> tuple[FloatArray, IntArray, Counts]:
    """Least minutes of some rows in each column, the first row that has them (-1 = infinity), and rows within a limit.

    Parameters
    ----------
    minutes
        Shape ``(bases, targets)``.
    rows
        Rows looked at, in the order that breaks ties.
    """
    targets = minutes.shape[1]
    least = np.full(targets, np.inf)
    which = np.full(targets, -1, dtype=np.int64)
    within = np.zeros(targets, dtype=np.int32)
    for row in rows:
        for target in range(targets):
            value = minutes[row, target]
            if value < least[target]:
                least[target] = value
                which[target] = row
            if value <= limit_min:
                within[target] += 1
    return least, which, within


@njit(cache=True, nogil=True)
def least_of_two(one: FloatArray, other: FloatArray, able: BoolArray) -> FloatArray:
    """Minutes by the better of two ways, row by row; ``able`` says which of both each row has, shape ``(rows, 2)``."""
    least = np.full(one.shape, np.inf)
    for row in range(one.shape[0]):
        for target in range(one.shape[1]):
            if able[row, 0]:
                least[row, target] = one[row, target]
            if able[row, 1] and other[row, target] < least[row, target]:
                least[row, target] = other[row, target]
    return least
