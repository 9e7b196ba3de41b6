"""Escorts: a finite resource of open bases, with notice, working days, a radius and a convoy's pace."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.kernels import BoolArray, FloatArray, search
from geo.access.network import Network
from geo.access.snapping import seeds_at, snap_points
from geo.settings import Settings

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOKED_AHEAD_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Escort:
    """What one base can give."""

    base_id: str
    longitude: float
    latitude: float
    slots_per_week: float  # NaN = it escorts, how often is not known
    lead_days: int
    radius_hours: float
    speed_kph: float
    days: tuple[str, ...]
    closes_on: dt.date | None


def escorts_on(bases: pd.DataFrame, *, day: dt.date, settings: Settings) -> tuple[Escort, ...]:
    return ()


def convoy_minutes(
    drive_min: FloatArray, delay_min: FloatArray, length_km: FloatArray, *, speed_kph: float, speed_share: float
) -> FloatArray:
    return np.asarray(np.maximum(drive_min / speed_share, 60.0 * length_km / speed_kph) + delay_min)


def covered(network: Network, escort: Escort, minutes: FloatArray, *, settings: Settings) -> BoolArray:
    start = snap_points(network, np.array([escort.longitude]), np.array([escort.latitude]), settings=settings.network)
    tree = search(network.graph, minutes, seeds_at(network, start, minutes), limit=60 * escort.radius_hours)
    at = tree.cost
    return np.asarray(np.isfinite(at[network.from_node]) & np.isfinite(at[network.to_node]))


def next_start(
    escort: Escort, *, asked_on: dt.date, day: dt.date, used: Mapping[tuple[int, int], int]
) -> dt.date | str:
    return day
