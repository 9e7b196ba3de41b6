"""Gaps: what nobody reaches within the limit once bases close.

Reach is compared target by target, before and after. Closing bases never adds coverage, and a base's
capabilities leave together with it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.kernels import BoolArray, FloatArray
from geo.access.reach import Ways, check_known, reach, within_limit
from geo.errors import SchemaError
from geo.model import GapsRequest
from geo.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What lies within the limit, and out of how much; people and area are NaN where the targets state none."""

    targets: int
    targets_covered: int
    people: float  # of targets whose people are known
    people_covered: float
    area_km2: float
    area_covered_km2: float

    @property
    def share(self) -> float:
        """Share of targets covered; NaN without targets."""
        return self.targets_covered / self.targets if self.targets else float("nan")

    @property
    def people_share(self) -> float:
        """Share of the known people covered; NaN where none are known."""
        return self.people_covered / self.people if self.people > 0 else float("nan")

    @property
    def area_share(self) -> float:
        """Share of the area covered; NaN where no area is stated."""
        return self.area_covered_km2 / self.area_km2 if self.area_km2 > 0 else float("nan")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Gap:
    """Coverage before and after, and the targets lost."""

    limit_min: float
    before: Covered
    after: Covered
    # Index of the targets; before_min, before_base, after_min (infinity = not at all), next_base (missing = none),
    # by people, then by how late. Targets covered before and not after.
    lost: pd.DataFrame
    people_lost: float  # people of the lost targets, where known
    people_unknown: int  # lost targets whose people are not known: they are not in people_lost


def compare_reach(before: pd.DataFrame, after: pd.DataFrame, targets: pd.DataFrame, *, limit_min: float) -> Gap:
    """Compare two answers of :func:`geo.access.reach.reach` for the same targets.

    Parameters
    ----------
    targets
        The targets both answers speak of; ``people`` and ``area_km2`` are used where present. Not changed.
    limit_min
        A target at exactly the limit is covered.

    Raises
    ------
    SchemaError
        When the two answers do not speak of the same targets.
    """
    for name, answer in (("before", before), ("after", after)):
        if not answer.index.equals(targets.index):
            raise SchemaError(f"reach {name} has {len(answer)} rows that are not those of the {len(targets)} targets")
    was, still = (within_limit(answer["time_min"].to_numpy(dtype=float), limit_min) for answer in (before, after))
    gone = was & ~still
    people = _numbers(targets, "people")
    lost = pd.DataFrame(
        {
            "before_min": before["time_min"],
            "before_base": before["nearest_base"],
            "after_min": after["time_min"],
            "next_base": after["nearest_base"],
        }
    )[gone]
    order = np.lexsort((-lost["after_min"].to_numpy(), -np.nan_to_num(people[gone])))
    return Gap(
        limit_min=limit_min,
        before=_covered(was, targets),
        after=_covered(still, targets),
        lost=lost.iloc[order],
        people_lost=float(np.nansum(people[gone])),
        people_unknown=int(np.isnan(people[gone]).sum()),
    )


def close_bases(bases: pd.DataFrame, close: tuple[str, ...], *, day: str) -> pd.DataFrame:
    """Bases that stay open; naming one twice closes it once.

    Raises
    ------
    UnknownRecordError
        When an id is no open base's.
    """
    check_known(close, bases["base_id"], day=day)
    return bases.loc[~bases["base_id"].isin(close)]


def find_gaps(
    ways: Ways, bases: pd.DataFrame, targets: pd.DataFrame, request: GapsRequest, *, settings: Settings
) -> Gap:
    """Reach with all open bases against reach without those that close; parameters as in ``reach``.

    Raises
    ------
    UnknownRecordError
        When a base to close is not open.
    """
    staying = close_bases(bases, request.close, day=str(request.as_of))
    before, after = (
        reach(ways, open_bases, targets, request.reach(), settings=settings) for open_bases in (bases, staying)
    )
    return compare_reach(before, after, targets, limit_min=request.limit_min)


def _covered(within: BoolArray, targets: pd.DataFrame) -> Covered:
    """Sums over the targets within the limit and over all."""
    people, area_km2 = _numbers(targets, "people"), _numbers(targets, "area_km2")
    return Covered(
        targets=len(within),
        targets_covered=int(within.sum()),
        people=_sum(people),
        people_covered=_sum(people, within),
        area_km2=_sum(area_km2),
        area_covered_km2=_sum(area_km2, within),
    )


def _numbers(targets: pd.DataFrame, column: str) -> FloatArray:
    """A column as numbers; all NaN where the targets have none."""
    if column not in targets:
        return np.full(len(targets), np.nan)
    return targets[column].to_numpy(dtype=float, na_value=np.nan)


def _sum(values: FloatArray, where: BoolArray | None = None) -> float:
    """Sum of the known values; NaN when not one is known, so that "unknown" never reads as 0."""
    if np.isnan(values).all():
        return float("nan")
    return float(np.nansum(values if where is None else values[where]))
