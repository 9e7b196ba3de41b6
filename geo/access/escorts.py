"""Escorts: a finite resource of open bases, with notice, working days, a radius and a convoy's pace.

A base gives so many escorts a week. Each needs notice, goes out on working days only, drives no faster than a convoy
and goes no farther from its base than so many hours one way. A base that closes takes its escorts with it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geo.access.kernels import BoolArray, FloatArray, search
from geo.access.network import Network
from geo.access.segments import Passability, both_ways
from geo.access.snapping import seeds_at, snap_points
from geo.schema import WEEKDAYS
from geo.settings import EscortSettings, Settings

# Sums of minutes carry rounding noise far below this; the radius is inclusive in spite of it.
_NOISE_MIN = 1e-6
_LOOKED_AHEAD_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Escort:
    """What one base can give."""

    base_id: str
    name: str  # of the base
    longitude: float  # degrees
    latitude: float
    slots_per_week: float  # NaN = it escorts; how often is not known
    lead_days: int  # between asking and leaving
    radius_hours: float  # one way, on the road
    speed_kph: float  # the convoy's cap
    days: tuple[str, ...]  # working days, mon to sun
    closes_on: dt.date | None  # last day the base is open


def escorts_on(bases: pd.DataFrame, *, day: dt.date, settings: Settings) -> tuple[Escort, ...]:
    """Escorts of the bases open on a day, by base id; what a base does not tell is as ``[escorts]`` sets it.

    Parameters
    ----------
    bases
        As :func:`geo.access.bases.bases_as_of` gives them.
    """
    open_that_day = ~(bases["valid_from"] > pd.Timestamp(day)) & ~(bases["valid_to"] < pd.Timestamp(day))
    able = bases.loc[open_that_day & can_escort(bases)].sort_values("base_id", kind="stable")
    return tuple(_escort(row, settings.escorts) for row in able.to_dict("records"))


def can_escort(bases: pd.DataFrame) -> BoolArray:
    """Which bases have escorts: by the number of slots, else by whether they can escort at all."""
    slots = bases["escort_slots_per_week"].to_numpy(dtype=float, na_value=np.nan)
    possible = bases["escort_possible"].fillna(value=False).to_numpy(dtype=bool)
    return np.asarray((slots > 0) | (np.isnan(slots) & possible))


def _escort(row: Mapping[Any, Any], settings: EscortSettings) -> Escort:
    def told(name: str, fallback: float) -> float:
        value = row[name]
        return fallback if pd.isna(value) else float(value)

    days, closes = row["escort_days"], row["valid_to"]
    return Escort(
        base_id=str(row["base_id"]),
        name=str(row["base_id"] if pd.isna(row["name"]) else row["name"]),
        longitude=float(str(row["longitude"])),
        latitude=float(str(row["latitude"])),
        slots_per_week=told("escort_slots_per_week", np.nan),
        lead_days=int(told("escort_lead_days", settings.lead_days)),
        radius_hours=told("escort_radius_hours", settings.radius_hours),
        speed_kph=told("escort_speed_kph", settings.speed_kph),
        days=tuple(days.split(";")) if isinstance(days, str) else settings.days,
        closes_on=closes.date() if isinstance(closes, pd.Timestamp) else None,
    )


def convoy_minutes(
    drive_min: FloatArray, delay_min: FloatArray, length_km: FloatArray, *, speed_kph: float, speed_share: float
) -> FloatArray:
    """Minutes of a convoy: the slower of its share of a single vehicle's speed and its cap, and the delays.

    All of one shape, ``(segments,)`` or ``(segments, 2)``.
    """
    return np.asarray(np.maximum(drive_min / speed_share, 60.0 * length_km / speed_kph) + delay_min)


def escorted_minutes(network: Network, passability: Passability, *, speed_kph: float, settings: Settings) -> FloatArray:
    """Minutes of a convoy on each arc, shape ``(segments, 2)``; infinity = banned. It waits for no other escort."""
    minutes = convoy_minutes(
        both_ways(passability.speeds.drive_min) + passability.slower_min,
        passability.delay_min,
        both_ways(network.facts.length_km),
        speed_kph=speed_kph,
        speed_share=settings.modes.escort_speed_share,
    )
    return np.where(passability.open_arcs, minutes, np.inf)


def covered(network: Network, escort: Escort, minutes: FloatArray, *, settings: Settings) -> BoolArray:
    """Which segments the convoy may go to: both ends within the radius; exactly at the radius counts.

    Parameters
    ----------
    minutes
        Of the convoy on each arc, shape ``(segments, 2)``.

    Returns
    -------
    array
        Shape ``(segments,)``; none where the base stands on no road.
    """
    start = snap_points(
        network,
        np.array([escort.longitude]),
        np.array([escort.latitude]),
        settings=settings.network,
        open_segments=network.open_segments(minutes),
    )
    limit = 60.0 * escort.radius_hours + _NOISE_MIN
    tree = search(network.graph, minutes, seeds_at(network, start, minutes), limit=limit)
    reached = np.isfinite(tree.cost)
    return np.asarray(reached[network.from_node] & reached[network.to_node])


def next_start(
    escort: Escort, *, asked_on: dt.date, day: dt.date, used: Mapping[tuple[int, int], int]
) -> dt.date | str:
    """First day on or after ``day`` on which the escort can leave when it is asked for on ``asked_on``.

    Parameters
    ----------
    used
        Slots already given by ISO year and week. A base with half a slot a week gives one in two weeks; one whose slots
        are not known is taken to have one a week.

    Returns
    -------
    date, or a sentence that says why there is none.
    """
    first = max(day, asked_on + dt.timedelta(days=escort.lead_days))
    for ahead in range(_LOOKED_AHEAD_DAYS):
        start = first + dt.timedelta(days=ahead)
        if escort.closes_on is not None and start > escort.closes_on:
            return f"{escort.name} closes on {escort.closes_on} before a free slot"
        if WEEKDAYS[start.weekday()] in escort.days and _slot_is_free(escort, start, used):
            return start
    return f"{escort.name} has no free slot within a year"


def _slot_is_free(escort: Escort, start: dt.date, used: Mapping[tuple[int, int], int]) -> bool:
    """Whether one more escort fits into the week of a day, together with the weeks before where it has less than one."""
    slots = 1.0 if np.isnan(escort.slots_per_week) else escort.slots_per_week
    weeks = 1 if slots >= 1 else round(1 / slots)
    given = sum(used.get((start - dt.timedelta(weeks=back)).isocalendar()[:2], 0) for back in range(weeks))
    return given + 1 <= max(slots, 1.0)
