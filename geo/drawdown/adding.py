"""What one more base at each of many places would add to those that are open."""

import numpy as np

from geo.access.kernels import FloatArray, IntArray
from geo.access.reach import within_limit


def added_cover(
    row: IntArray, target: IntArray, *, count: int, have_min: FloatArray, weight: FloatArray, limit_min: float
) -> FloatArray:
    """Weight of targets that each of ``count`` places covers and no open base does, shape ``(count,)``.

    Parameters
    ----------
    row, target
        A pair for each place and target within the limit of it.
    have_min
        Minutes from the nearest open base to each target, infinity = not reached; exactly at the limit is covered.
    """
    missing = np.where(within_limit(have_min, limit_min), 0.0, weight)
    return np.bincount(row, weights=missing[target], minlength=count).astype(np.float64)


def saved_travel(
    row: IntArray, target: IntArray, minutes: FloatArray, *, count: int, have_min: FloatArray, weight: FloatArray
) -> FloatArray:
    """People x minutes that each of ``count`` places saves, shape ``(count,)``.

    Parameters
    ----------
    row, target, minutes
        One for each place and target that it reaches sooner than the farthest counted.
    have_min
        Minutes from the nearest open base, not more than the farthest counted.
    """
    sooner = np.maximum(have_min[target] - minutes, 0.0)
    return np.bincount(row, weights=weight[target] * sooner, minlength=count).astype(np.float64)
