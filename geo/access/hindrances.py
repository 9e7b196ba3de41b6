"""Constraints on the road network: where each holds, in which direction, for whom, and what it costs.

Nothing is dropped in silence: what is over, not yet true, of another season or of another vehicle keeps its row with a
state that says so, and what lies on no known road is listed apart. Only what is in force costs minutes.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.kernels import FloatArray
from geo.access.network import Network
from geo.access.stretches import AGAINST, ALONG, Stretches, place_stretches
from geo.actors.fading import faded, graded
from geo.errors import RequestError, SettingsError
from geo.model import Season
from geo.schema import VEHICLES
from geo.settings import Settings

IN_FORCE, EXPIRED, NOT_YET = "in force", "expired", "not yet"
OTHER_SEASON, OTHER_VEHICLE = "other season", "other vehicle"
# Kinds that hinder no road.
OFF_ROAD_KINDS = ("airstrip_closed",)
_CARRIED = (
    "constraint_id",
    "kind",
    "hours",
    "operator_type",
    "behaviour",
    "fee",
    "fee_currency",
    "actor_id",
    "reported_on",
    "source",
    "source_type",
    "reliability",
    "credibility",
)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Hindrances:
    """Constraints on segments, for one day, season and vehicle."""

    as_of: dt.date
    season: Season
    vehicle: str
    segments: int  # of the network
    # One row per constraint and segment, by constraint and segment: segment, direction (0 along the segment, 1 against
    # it, -1 both), along_share, snap_km, constraint_id, kind, delay_min (of this segment), hours, operator_type,
    # behaviour, fee, fee_currency, actor_id, reported_on, source, source_type, reliability, credibility, age_days,
    # until (last day it counts), weight (trust by age alone), graded_share (trust by grades alone), state.
    placed: pd.DataFrame
    off_network: pd.DataFrame  # constraint_id, kind, nearest_km (infinity = a road not in the file), state

    @property
    def in_force(self) -> pd.DataFrame:
        """The rows of ``placed`` that count."""
        return self.placed.loc[self.placed["state"] == IN_FORCE]


def place_on_roads(network: Network, constraints: pd.DataFrame, *, settings: Settings) -> Stretches:
    """Find the segments of each constraint: the part of :func:`place_hindrances` that no day or season changes."""
    of_roads = _of_roads(constraints)
    return place_stretches(network, of_roads, settings=settings.constraints, snapping=settings.network)


def place_hindrances(
    network: Network | Stretches,
    constraints: pd.DataFrame,
    *,
    as_of: dt.date,
    season: Season,
    vehicle: str,
    settings: Settings,
) -> Hindrances:
    """Put constraints on the segments and directions they hinder.

    Parameters
    ----------
    network
        The network, or what :func:`place_on_roads` made of it and the same constraints.
    constraints
        Table under the contract ``CONSTRAINTS``, whatever its dates: the states come from here. Not changed. Kinds
        that hinder no road (:data:`OFF_ROAD_KINDS`) are passed over.
    as_of
        Day of travel. A constraint counts from ``valid_from`` (else ``reported_on``) to ``valid_to``, both inclusive;
        without ``valid_to`` for ``lifetime_days`` of its kind after the newer of ``reported_on`` and ``valid_from``.

    Returns
    -------
    Hindrances
        A stretch of several segments costs its minutes once: each segment has its share by length.

    Raises
    ------
    RequestError
        When neither a constraint nor ``[vehicles]`` knows the vehicle.
    SettingsError
        When the delay of a constraint's kind is missing.
    """
    check_vehicle(vehicle, settings=settings)
    told = _told(_of_roads(constraints), as_of=as_of, season=season, vehicle=vehicle, settings=settings)
    found = place_on_roads(network, constraints, settings=settings) if isinstance(network, Network) else network
    at = found.placed
    rows = told.iloc[at["row"].to_numpy(dtype=np.int64)].reset_index(drop=True)
    rows["delay_min"] = rows["delay_min"].to_numpy(dtype=np.float64) * at["part_share"].to_numpy(dtype=np.float64)
    places = at[["segment", "direction", "along_share", "snap_km"]].reset_index(drop=True)
    lost = told.iloc[found.lost["row"].to_numpy(dtype=np.int64)][["constraint_id", "kind", "state"]]
    lost = lost.reset_index(drop=True)
    lost.insert(2, "nearest_km", found.lost["nearest_km"].to_numpy(dtype=np.float64))
    return Hindrances(
        as_of=as_of,
        season=season,
        vehicle=vehicle,
        segments=found.segments,
        placed=pd.concat([places, rows], axis=1),
        off_network=lost,
    )


def delay_min(hindrances: Hindrances) -> FloatArray:
    """Return the minutes that constraints in force add to each segment by direction, shape ``(segments, 2)``.

    Daily hours are not looked at: what holds for some hours counts in full here.
    """
    rows = hindrances.in_force
    segment, direction = (rows[name].to_numpy(dtype=np.int64) for name in ("segment", "direction"))
    minutes = rows["delay_min"].to_numpy(dtype=np.float64)
    sums = [
        np.bincount(segment[hit], weights=minutes[hit], minlength=hindrances.segments)
        for hit in (direction != AGAINST, direction != ALONG)
    ]
    return np.ascontiguousarray(np.column_stack(sums), dtype=np.float64)


def _of_roads(constraints: pd.DataFrame) -> pd.DataFrame:
    return constraints.loc[~constraints["kind"].isin(OFF_ROAD_KINDS)].reset_index(drop=True)


def _told(
    constraints: pd.DataFrame, *, as_of: dt.date, season: Season, vehicle: str, settings: Settings
) -> pd.DataFrame:
    """What is told of each constraint wherever it lies, its state among it."""
    kinds = constraints["kind"].astype(object)
    unset = sorted(set(kinds) - set(settings.delays_min))
    if unset:
        raise SettingsError(f"config.toml: missing key delays_min.{unset[0]}")
    day, reported = pd.Timestamp(as_of), constraints["reported_on"]
    age_days = (day - reported).dt.days.to_numpy(dtype=np.int64)
    half_life_days = kinds.map(settings.constraints.half_life_days).to_numpy(dtype=np.float64)
    stated = constraints["delay_min"].to_numpy(dtype=np.float64, na_value=np.nan)
    assumed = kinds.map(settings.delays_min).to_numpy(dtype=np.float64)
    until = last_days(constraints, settings=settings)
    return constraints[list(_CARRIED)].assign(
        delay_min=np.where(np.isnan(stated), assumed, stated),
        age_days=age_days,
        until=until,
        weight=faded(1.0, np.maximum(age_days, 0), half_life_days),
        graded_share=graded(constraints),
        state=_states(constraints, until, day=day, season=season, vehicle=vehicle),
    )


def last_days(constraints: pd.DataFrame, *, settings: Settings) -> pd.Series:
    """Last day each constraint counts, inclusive: ``valid_to``, else so long as its kind lives."""
    lifetime = constraints["kind"].astype(object).map(settings.constraints.lifetime_days).astype(float)
    newest = constraints[["reported_on", "valid_from"]].max(axis=1)
    lived = newest + pd.to_timedelta(np.floor(lifetime), unit="D")
    return constraints["valid_to"].fillna(lived.astype("datetime64[s]")).rename("until")


def _states(
    constraints: pd.DataFrame, until: pd.Series, *, day: pd.Timestamp, season: Season, vehicle: str
) -> pd.Series:
    """State of each constraint; of several reasons not to count, the first."""
    since = constraints["valid_from"].fillna(constraints["reported_on"])
    reasons = {
        NOT_YET: since > day,
        EXPIRED: until < day,
        OTHER_SEASON: ~speaks_of(constraints["seasons"], season.value),
        OTHER_VEHICLE: ~speaks_of(constraints["vehicles"], vehicle),
    }
    chosen = np.select([where.to_numpy(dtype=bool) for where in reasons.values()], list(reasons), default=IN_FORCE)
    return pd.Series(chosen, index=constraints.index, dtype=object)


def check_vehicle(vehicle: str, *, settings: Settings) -> None:
    """Raise :class:`RequestError` unless records can speak of the vehicle or ``[vehicles]`` has a speed for it."""
    known = dict.fromkeys((*VEHICLES, *settings.vehicles))
    if vehicle not in known:
        raise RequestError(f"unknown vehicle {vehicle!r}; known: {', '.join(known)}")


def speaks_of(lists: pd.Series, word: str) -> pd.Series:
    """Which lists separated by ``;`` hold a word; an empty one holds all."""
    return lists.isna() | (";" + lists.astype("string") + ";").str.contains(f";{word};", regex=False).fillna(
        value=False
    )
