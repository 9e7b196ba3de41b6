"""Passability: minutes per arc for a season, a vehicle and a day, and why.

Driving times come from :mod:`geo.access.speeds`.
Constraints add their delay, spread evenly along their segment, in both directions.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.kernels import BoolArray, FloatArray, IntArray
from geo.access.network import ASSUMED_SPEED, STATED_DURATION, Network
from geo.access.snapping import snap_points
from geo.access.speeds import DriveMinutes, drive_minutes
from geo.errors import RequestError, SettingsError
from geo.model import Season
from geo.settings import Settings

# A constraint farther than this from any segment stands on no known road.
CONSTRAINT_SNAP_KM = 1.0


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Passability:
    """Travel time under one set of conditions: of arcs, shape ``(segments, 2)``, or of segments, ``(segments,)``."""

    season: Season
    vehicle: str
    as_of: dt.date
    drive_min: FloatArray  # of arcs; infinity = closed
    delay_min: FloatArray  # of arcs; sum of the constraints' delays
    driven: DriveMinutes  # of segments, before anything is closed
    # segment, constraint_id, kind, delay_min, reported_on; one row per constraint on a segment
    constraints: pd.DataFrame
    # constraint_id, kind, nearest_km; constraints on no known road, never used
    off_network: pd.DataFrame

    @property
    def minutes(self) -> FloatArray:
        """Minutes of one vehicle alone, delays included."""
        return self.drive_min + self.delay_min

    @property
    def speed_kph(self) -> FloatArray:
        """Speed of each segment while nothing holds it up, shape ``(segments,)``."""
        return self.driven.speed_kph

    @property
    def open_segments(self) -> BoolArray:
        """Which segments can be driven in some direction."""
        return np.asarray(np.isfinite(self.drive_min).any(axis=1))

    @property
    def checkpoints(self) -> IntArray:
        """Number of checkpoints on each segment."""
        at = self.constraints.loc[self.constraints["kind"].eq("checkpoint"), "segment"].to_numpy(dtype=np.int64)
        return np.bincount(at, minlength=len(self.drive_min))

    def escorted_min(self, speed_share: float) -> FloatArray:
        """Minutes in a convoy that drives at ``speed_share`` of the single vehicle's speed."""
        return self.drive_min / speed_share + self.delay_min

    def check_matches(self, season: Season, vehicle: str) -> None:
        """Raise :class:`RequestError` unless these minutes are of the season and vehicle asked."""
        if (season, vehicle) != (self.season, self.vehicle):
            raise RequestError(
                f"asked for {vehicle!r} in the {season} season, but the minutes are of {self.vehicle!r} "
                f"in the {self.season} season; assess passability for the request"
            )


def assess_passability(
    network: Network,
    *,
    season: Season,
    vehicle: str,
    as_of: dt.date,
    settings: Settings,
    constraints: pd.DataFrame | None = None,
) -> Passability:
    """Give each segment its minutes.

    Parameters
    ----------
    as_of
        Day of travel: a constraint counts from ``valid_from`` (else ``reported_on``) to ``valid_to``, both inclusive.
    constraints
        Table under the contract ``CONSTRAINTS``; ``None`` = none known.

    Raises
    ------
    RequestError
        When no speed share is set for the vehicle.
    SettingsError
        When speeds or the delay of a constraint's kind are missing.
    """
    driven = drive_minutes(network, season=season, vehicle=vehicle, settings=settings)
    drive_min = driven.drive_min
    if season == Season.WET:
        drive_min = np.where(network.facts.wet_closed, np.inf, drive_min)
    placed, off_network = _place_constraints(network, constraints, as_of=as_of, settings=settings)
    at = placed["segment"].to_numpy(dtype=np.int64)
    delay_min = np.bincount(at, weights=placed["delay_min"], minlength=len(drive_min)).astype(np.float64)
    return Passability(
        season=season,
        vehicle=vehicle,
        as_of=as_of,
        drive_min=both_ways(drive_min),
        delay_min=both_ways(delay_min),
        driven=driven,
        constraints=placed,
        off_network=off_network,
    )


def both_ways(values: FloatArray) -> FloatArray:
    """Values of segments as values of arcs, the same in both directions; shape ``(segments, 2)``."""
    return np.repeat(values, 2).reshape(-1, 2)


def _place_constraints(
    network: Network, constraints: pd.DataFrame | None, *, as_of: dt.date, settings: Settings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Constraints in force on their segments, and those that stand on no known road."""
    if constraints is None:
        constraints = pd.DataFrame(columns=_CONSTRAINT_COLUMNS)
    day = pd.Timestamp(as_of)
    since = pd.to_datetime(constraints["valid_from"]).fillna(pd.to_datetime(constraints["reported_on"]))
    until = pd.to_datetime(constraints["valid_to"])
    force = constraints.loc[(since <= day) & ~(until < day), _CONSTRAINT_COLUMNS].reset_index(drop=True)
    unset = sorted(set(force["kind"]) - set(settings.delays_min))
    if unset:
        raise SettingsError(f"config.toml: missing key delays_min.{unset[0]}")
    stated = force["delay_min"].to_numpy(dtype=float, na_value=np.nan)
    assumed = force["kind"].map(settings.delays_min).to_numpy(dtype=float)
    force["delay_min"] = np.where(np.isnan(stated), assumed, stated)
    at = snap_points(
        network,
        force["longitude"].to_numpy(dtype=float),
        force["latitude"].to_numpy(dtype=float),
        settings=settings.network,
    )
    near = at.leg_km <= CONSTRAINT_SNAP_KM
    placed = force.loc[near, ["constraint_id", "kind", "delay_min", "reported_on"]].reset_index(drop=True)
    placed.insert(0, "segment", at.nearest[near])
    lost = force.loc[~near, ["constraint_id", "kind"]].assign(nearest_km=at.leg_km[~near]).reset_index(drop=True)
    return placed, lost


_CONSTRAINT_COLUMNS = [
    "constraint_id",
    "kind",
    "longitude",
    "latitude",
    "delay_min",
    "reported_on",
    "valid_from",
    "valid_to",
]


def explain_segments(network: Network, passability: Passability, segments: IntArray) -> list[tuple[str, ...]]:
    """Reasons behind the minutes of the given segments, in their order."""
    noted = passability.constraints
    noted = noted.loc[noted["segment"].isin(segments)]
    by_segment: dict[int, list[str]] = {}
    for segment, kind, delay_min, reported_on in zip(
        noted["segment"], noted["kind"], noted["delay_min"], noted["reported_on"], strict=True
    ):
        by_segment.setdefault(int(segment), []).append(
            f"{kind.replace('_', ' ')}, {_age(reported_on, passability.as_of)}: +{delay_min:.0f} min"
        )
    wet_passable = network.segments["wet_passable"]
    return [
        (_basis(passability, s), *_season(passability, wet_passable.iloc[s]), *by_segment.get(s, []))
        for s in (int(segment) for segment in segments)
    ]


def _basis(passability: Passability, segment: int) -> str:
    """Where the travel time of one segment comes from."""
    driven = passability.driven
    facts = driven.facts
    kind = f"{driven.class_of(segment)}, {'paved' if facts.paved[segment] else 'unpaved'}"
    speed = f"{60.0 * facts.length_km[segment] / driven.drive_min[segment]:.0f} km/h"
    if facts.basis[segment] == ASSUMED_SPEED:
        return f"assumed speed {speed} ({kind})"
    stated = "stated duration" if facts.basis[segment] == STATED_DURATION else "stated speed"
    if passability.season == Season.WET:
        return f"{stated}, scaled to the wet season: {speed} ({kind})"
    return f"{stated}: {speed}"


def _season(passability: Passability, wet_passable: object) -> tuple[str, ...]:
    """What the record says about the wet season, when that is asked."""
    if passability.season != Season.WET:
        return ()
    if pd.isna(wet_passable):  # type: ignore[call-overload]
        return ("wet-season state not known",)
    return () if wet_passable else ("not passable in the wet season",)


def _age(reported_on: object, as_of: dt.date) -> str:
    """Age of a report on the day asked."""
    days = (pd.Timestamp(as_of) - pd.Timestamp(reported_on)).days  # type: ignore[arg-type]
    spoken = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"reported {spoken} after this date" if days < 0 else f"reported {spoken} ago"
