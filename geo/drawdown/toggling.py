"""A base opened or closed at once: minutes of every base to every target are known, so only minima are taken anew.

The answer is that of :func:`geo.access.reach.reach`, with the number of bases within the limit beside it.
"""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.kernels import BoolArray, FloatArray, IntArray
from geo.access.reach import AIRPLANE, HELICOPTER, LIMIT_TOLERANCE_MIN, Ways, serving_bases, times_each, within_limit
from geo.drawdown.toggle_kernels import least_of_two, nearest_row
from geo.model import ReachRequest
from geo.settings import Settings

# What of a base its minutes depend on; which capabilities it has decides only whether they count.
_TRAITS = ["base_id", "longitude", "latitude", "escort_radius_hours", "escort_speed_kph", "helicopter_range_km"]
_NOT_TOLD = -1e9
# Capability behind each way of a mode that has two.
_BY_AIR = {HELICOPTER: "helipad", AIRPLANE: "airstrip"}


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Minutes:
    """Minutes from each of some bases to each target, by each way of one mode."""

    keys: tuple[Hashable, ...]  # one per row: which base, and all of it that its minutes depend on
    by: tuple[tuple[str, FloatArray], ...]  # how, shape (bases, targets)

    def lacks(self, bases: pd.DataFrame) -> bool:
        """Whether the minutes of some of these bases are not here."""
        return not set(keys_of(bases)) <= set(self.keys)

    def rows(self, bases: pd.DataFrame) -> IntArray:
        """Rows of bases that are among these, in their order."""
        place = {key: row for row, key in enumerate(self.keys)}
        return np.array([place[key] for key in keys_of(bases)], dtype=np.int64)


def keys_of(bases: pd.DataFrame) -> tuple[Hashable, ...]:
    """Tell bases apart by what their minutes depend on."""
    numbers = bases[_TRAITS[1:]].to_numpy(dtype=float, na_value=np.nan)
    # Two that are not known are alike, two NaN are not.
    told = np.where(np.isnan(numbers), _NOT_TOLD, numbers).tolist()
    return tuple((base, *row) for base, row in zip(bases["base_id"].tolist(), told, strict=True))


def serving(bases: pd.DataFrame, request: ReachRequest) -> pd.DataFrame:
    """Bases that offer the mode of a request, by id; what serves other modes only is left out.

    Parameters
    ----------
    bases
        Of a phase, see :class:`geo.drawdown.unfolding.State`.
    """
    serves = bases["serves"].fillna(str(request.mode)).str.split(";")
    offered = np.array([str(request.mode) in modes for modes in serves], dtype=bool)
    return serving_bases(bases.loc[offered], request)


def minutes_with(
    known: Minutes | None,
    ways: Ways,
    bases: pd.DataFrame,
    targets: pd.DataFrame,
    request: ReachRequest,
    *,
    settings: Settings,
) -> Minutes:
    """Add the rows of bases that are not known yet; the others are not computed again.

    Parameters
    ----------
    bases
        Such as offer the mode, see :func:`serving`.
    """
    have = set() if known is None else set(known.keys)
    new = bases.loc[[key not in have for key in keys_of(bases)]]
    if known is not None and new.empty:
        return known
    # Both ways by air are kept for every base: a helipad that leaves, or a runway that is repaired, changes no minutes.
    able = new.assign(helipad=True, airstrip=True)
    found = times_each(ways, able.reset_index(drop=True), targets, request, settings=settings)
    if known is None:
        return Minutes(keys=keys_of(new), by=tuple(found))
    joined = [(how, np.concatenate([old, added])) for (how, old), (_, added) in zip(known.by, found, strict=True)]
    return Minutes(keys=known.keys + keys_of(new), by=tuple(joined))


def reach_of(minutes: Minutes, bases: pd.DataFrame, targets: pd.DataFrame, request: ReachRequest) -> pd.DataFrame:
    """Nearest of the open bases for each target.

    Parameters
    ----------
    minutes
        Of these bases at least, and of the same targets.
    bases
        Such as offer the mode, see :func:`serving`.

    Returns
    -------
    DataFrame
        Index of ``targets``; ``time_min``, ``nearest_base``, ``covered`` as :func:`geo.access.reach.reach` gives them,
        and ``bases_within`` (how many of the bases reach it within the limit, by itself each).
    """
    rows, limit = minutes.rows(bases), request.limit_min + LIMIT_TOLERANCE_MIN
    if len(minutes.by) == 1:
        time_min, which, within = nearest_row(minutes.by[0][1], rows, limit)
        base = _position(rows, which)
    else:
        able = np.column_stack([_has(bases, _BY_AIR[how]) for how, _ in minutes.by])
        best = least_of_two(minutes.by[0][1][rows], minutes.by[1][1][rows], able)
        time_min, base, within = nearest_row(best, np.arange(len(rows)), limit)
    return pd.DataFrame(
        {
            "time_min": time_min,
            "nearest_base": bases["base_id"].astype("string").array.take(base, allow_fill=True),
            "covered": within_limit(time_min, request.limit_min),
            "bases_within": within.astype(np.int64),
        },
        index=targets.index,
    )


def _position(rows: IntArray, which: IntArray) -> IntArray:
    """Positions among the open bases of rows of the matrix; -1 stays."""
    at = np.full(int(rows.max(initial=-1)) + 2, -1, dtype=np.int64)
    at[rows] = np.arange(len(rows))
    return at[which]


def _has(bases: pd.DataFrame, column: str) -> BoolArray:
    return np.asarray(bases[column].fillna(value=False).to_numpy(dtype=bool))
