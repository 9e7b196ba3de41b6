"""Constraints on the road network: where each holds, in which direction, for whom, and what it costs.

Nothing is dropped in silence: what is over, not yet true, of another season or of another vehicle keeps its row with a
state that says so, and what lies on no known road is listed apart. Only what is in force costs minutes.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.access.kernels import BoolArray, FloatArray, IntArray
from geo.access.network import Network
from geo.access.stretches import AGAINST, ALONG, Stretches, Values, place_stretches
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


def place_on_roads(
    network: Network, constraints: pd.DataFrame, *, settings: Settings, before: Stretches | None = None
) -> Stretches:
    """Find the segments of each constraint: the part of :func:`place_hindrances` that no day or season changes.

    Parameters
    ----------
    before
        What was found for an earlier state of the table; what it still says of a place is kept.
    """
    of_roads = _of_roads(constraints)
    return place_stretches(network, of_roads, settings=settings.constraints, snapping=settings.network, before=before)


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
    placed = found.laid_out(told)
    placed["delay_min"] *= found.placed.part_share
    return Hindrances(
        as_of=as_of,
        season=season,
        vehicle=vehicle,
        segments=found.segments,
        placed=placed,
        off_network=found.off_network(told, ("constraint_id", "kind")),
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
    """Constraints that hinder roads; the table itself where all do."""
    elsewhere = constraints["kind"].isin(OFF_ROAD_KINDS).to_numpy(dtype=bool)
    return constraints.loc[~elsewhere] if elsewhere.any() else constraints


def _told(
    constraints: pd.DataFrame, *, as_of: dt.date, season: Season, vehicle: str, settings: Settings
) -> dict[str, Values]:
    """What is told of each constraint wherever it lies, its state among it; columns."""
    codes, kinds = pd.factorize(constraints["kind"])
    unset = sorted(set(kinds) - set(settings.delays_min))
    if unset:
        raise SettingsError(f"config.toml: missing key delays_min.{unset[0]}")
    age_days = days_since(constraints["reported_on"], as_of)
    stated = constraints["delay_min"].to_numpy(dtype=np.float64, na_value=np.nan)
    assumed = _by_kind(settings.delays_min, kinds)[codes]
    until = last_days(constraints, settings=settings)
    half_life_days = _by_kind(settings.constraints.half_life_days, kinds)[codes]
    return {name: constraints[name].array for name in _CARRIED} | {
        "delay_min": np.where(np.isnan(stated), assumed, stated),
        "age_days": age_days,
        "until": until.to_numpy(),
        "weight": faded(1.0, np.maximum(age_days, 0), half_life_days),
        "graded_share": graded(constraints),
        "state": _states(constraints, until.to_numpy(), as_of=as_of, season=season, vehicle=vehicle),
    }


def days_since(days: pd.Series, as_of: dt.date) -> IntArray:
    """Whole days from each day to another; negative where it is yet to come. None may be missing."""
    return (np.datetime64(as_of, "s") - days.to_numpy(dtype="datetime64[s]")).astype("timedelta64[D]").astype(np.int64)


def _by_kind(numbers: Mapping[str, float], kinds: pd.Index) -> FloatArray:
    """Number set for each kind; not a number where none is."""
    return np.array([numbers.get(str(kind), np.nan) for kind in kinds], dtype=np.float64)


def last_days(constraints: pd.DataFrame, *, settings: Settings) -> pd.Series:
    """Last day each constraint counts, inclusive: ``valid_to``, else so long as its kind lives."""
    codes, kinds = pd.factorize(constraints["kind"])
    lifetime = np.floor(_by_kind(settings.constraints.lifetime_days, kinds)).astype("timedelta64[D]")
    reported, since, to = (
        constraints[name].to_numpy(dtype="datetime64[s]") for name in ("reported_on", "valid_from", "valid_to")
    )
    until = np.where(np.isnat(to), np.fmax(reported, since) + lifetime[codes], to)
    return pd.Series(until, index=constraints.index, name="until")


def _states(
    constraints: pd.DataFrame, until: npt.NDArray[np.datetime64], *, as_of: dt.date, season: Season, vehicle: str
) -> npt.NDArray[np.object_]:
    """State of each constraint; of several reasons not to count, the first."""
    day = np.datetime64(as_of, "s")
    since, reported = (constraints[name].to_numpy(dtype="datetime64[s]") for name in ("valid_from", "reported_on"))
    reasons = {
        NOT_YET: np.where(np.isnat(since), reported, since) > day,
        EXPIRED: until < day,
        OTHER_SEASON: ~speaks_of(constraints["seasons"], season.value),
        OTHER_VEHICLE: ~speaks_of(constraints["vehicles"], vehicle),
    }
    return first_reason(reasons)


def first_reason(reasons: Mapping[str, BoolArray]) -> npt.NDArray[np.object_]:
    """Word of each record: the first reason for it not to count, else that it counts."""
    words = np.array([*reasons, IN_FORCE], dtype=object)
    holds = [*reasons.values(), np.ones(len(next(iter(reasons.values()))), dtype=bool)]
    return np.asarray(words[np.argmax(holds, axis=0)])


def check_vehicle(vehicle: str, *, settings: Settings) -> None:
    """Raise :class:`RequestError` unless records can speak of the vehicle or ``[vehicles]`` has a speed for it."""
    known = dict.fromkeys((*VEHICLES, *settings.vehicles))
    if vehicle not in known:
        raise RequestError(f"unknown vehicle {vehicle!r}; known: {', '.join(known)}")


def speaks_of(lists: pd.Series, word: str) -> BoolArray:
    """Which lists separated by ``;`` hold a word; an empty one holds all."""
    codes, distinct = pd.factorize(lists)  # few are different; -1 is an empty one
    return np.array([*(word in str(text).split(";") for text in distinct), True])[codes]
