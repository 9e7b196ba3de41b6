"""What a phase of a scenario loses against today: sites and cells beyond the limit, backup, and eyes.

Closing and thinning never add coverage; only what the scenario adds does.
"""

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.kernels import BoolArray
from geo.drawdown.gaps import Gap, compare_reach
from geo.errors import RequestError
from geo.hexgrid import CellArray
from geo.incidents.observation import footprints, standing_observers
from geo.model import AccessMode, ReachRequest, Season
from geo.settings import Settings

_OBSERVER = ["longitude", "latitude", "radius_km"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasesRequest:
    """What the phases of a scenario lose within a limit, by each access mode, against a day."""

    limit_min: float
    as_of: dt.date
    modes: tuple[AccessMode, ...] = tuple(AccessMode)
    season: Season = Season.DRY
    vehicle: str = "4x4"
    resolution: int = 5

    def __post_init__(self) -> None:
        if not self.modes:
            raise RequestError(f"name at least one access mode of {', '.join(AccessMode)}")
        self.reach(self.modes[0])

    def reach(self, mode: AccessMode) -> ReachRequest:
        """Return the reach question behind this one, by one mode."""
        return ReachRequest(
            limit_min=self.limit_min,
            mode=mode,
            as_of=self.as_of,
            season=self.season,
            vehicle=self.vehicle,
            resolution=self.resolution,
        )


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class PhaseGap:
    """Coverage of a phase beside that of the day, by one mode, for sites or for cells."""

    gap: Gap
    # Index of the targets, as Gap.lost; and backup_before: how many other bases reached each within the limit.
    lost: pd.DataFrame
    weakened: (
        pd.DataFrame
    )  # covered still, by one base only, and by more before: before_min, after_min, base, backup_before
    gained: pd.Index  # targets covered that were not
    one_base_before: int  # targets that one base alone covers
    one_base_after: int


def compare_phase(before: pd.DataFrame, after: pd.DataFrame, targets: pd.DataFrame, *, limit_min: float) -> PhaseGap:
    """Compare two answers of :func:`geo.drawdown.toggling.reach_of` for the same targets.

    Parameters
    ----------
    targets
        As in :func:`geo.drawdown.gaps.compare_reach`. Not changed.
    """
    gap = compare_reach(before, after, targets, limit_min=limit_min)
    others = (before["bases_within"] - 1).clip(lower=0)
    weak = after["bases_within"].eq(1) & before["bases_within"].gt(1)
    weakened = pd.DataFrame(
        {
            "before_min": before["time_min"],
            "after_min": after["time_min"],
            "base": after["nearest_base"],
            "backup_before": others,
        }
    )[weak]
    return PhaseGap(
        gap=gap,
        lost=gap.lost.assign(backup_before=others.reindex(gap.lost.index)),
        weakened=weakened,
        gained=targets.index[(after["covered"] & ~before["covered"]).to_numpy(dtype=bool)],
        one_base_before=int(before["bases_within"].eq(1).sum()),
        one_base_after=int(after["bases_within"].eq(1).sum()),
    )


def observers_of(
    bases: pd.DataFrame, partners: pd.DataFrame, places: pd.DataFrame, *, day: dt.date, settings: Settings
) -> pd.DataFrame:
    """Standing observers of a phase: bases, partners and alert networks; teams that come and go are none.

    Parameters
    ----------
    bases
        Of a phase, see :class:`geo.drawdown.unfolding.State`.
    partners
        Table under the contract ``PARTNERS``; the caller leaves out those that only come later.
    places
        ``base_id, longitude, latitude`` of every base on record.

    Returns
    -------
    DataFrame
        As :func:`geo.incidents.observation.standing_observers`.
    """
    whole = bases["serves"].isna()
    found = standing_observers(bases.loc[whole], partners, places, as_of=day, settings=settings)
    if whole.all():
        return found
    parts = standing_observers(bases.loc[~whole], partners.iloc[:0], places, as_of=day, settings=settings)
    return pd.concat([found, parts.loc[parts["kind"] == "alert_hub"]], ignore_index=True)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Sight:
    """Which cells each of some observers could report from."""

    keys: tuple[Hashable, ...]  # longitude, latitude, radius
    seen: BoolArray  # shape (observers, cells)

    def watched(self, observers: pd.DataFrame) -> BoolArray:
        """Cells that any of some observers, all among these, could report from."""
        place = {key: row for row, key in enumerate(self.keys)}
        return np.asarray(self.seen[[place[key] for key in _keys(observers)]].any(axis=0))


def sight_with(known: Sight | None, observers: pd.DataFrame, cells: CellArray) -> Sight:
    """Add observers that are not known yet; the others are not looked at again."""
    have = known or Sight(keys=(), seen=np.zeros((0, len(cells)), dtype=bool))
    new = observers.loc[[key not in set(have.keys) for key in _keys(observers)]].drop_duplicates(_OBSERVER)
    if new.empty:
        return have
    return Sight(keys=have.keys + _keys(new), seen=np.concatenate([have.seen, footprints(cells, new)]))


def _keys(observers: pd.DataFrame) -> tuple[Hashable, ...]:
    return tuple(map(tuple, observers[_OBSERVER].to_numpy(dtype=float).tolist()))
