"""Passability: minutes per arc for a season, a vehicle and a day, and why.

A stated duration wins over a stated speed, which wins over the assumed speed of class and surface.
Stated values speak of the dry season; in the wet season they are scaled as the assumed speeds are.
Constraints add their delay, spread evenly along their segment, in both directions.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.access.kernels import BoolArray, FloatArray, IntArray
from geo.access.network import Network
from geo.access.snapping import snap_points
from geo.errors import RequestError, SettingsError
from geo.model import Season
from geo.settings import Settings, SpeedSettings

# A constraint farther than this from any segment stands on no known road.
CONSTRAINT_SNAP_KM = 1.0
# OSM surface values (wiki.openstreetmap.org/wiki/Key:surface) that carry a sealed road; all others are unpaved.
PAVED = frozenset(
    {"paved", "asphalt", "chipseal", "concrete", "concrete:plates", "concrete:lanes", "paving_stones", "sett", "metal"}
)
# OSM classes (wiki.openstreetmap.org/wiki/Key:highway) under the class whose speed they take; links are cut first.
CLASS_OF = {
    "motorway": "trunk",
    "residential": "unclassified",
    "living_street": "unclassified",
    "service": "unclassified",
    "road": "unclassified",
    "path": "track",
    "bridleway": "track",
    "footway": "track",
}
OTHER_CLASS = "unclassified"
STATED_DURATION, STATED_SPEED, ASSUMED_SPEED = 0, 1, 2


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Passability:
    """Travel time under one set of conditions: of arcs, shape ``(segments, 2)``, or of segments, ``(segments,)``."""

    season: Season
    vehicle: str
    as_of: dt.date
    drive_min: FloatArray  # of arcs; infinity = closed
    delay_min: FloatArray  # of arcs; sum of the constraints' delays
    speed_kph: FloatArray  # of segments, what drive_min comes to
    basis: IntArray  # STATED_DURATION, STATED_SPEED or ASSUMED_SPEED
    assumed_class: npt.NDArray[np.object_]  # class whose speed stands for the segment
    paved: BoolArray
    # segment, constraint_id, kind, delay_min, reported_on; one row per constraint on a segment
    constraints: pd.DataFrame
    # constraint_id, kind, nearest_km; constraints on no known road, never used
    off_network: pd.DataFrame

    @property
    def minutes(self) -> FloatArray:
        """Minutes of one vehicle alone, delays included."""
        return self.drive_min + self.delay_min

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
    if vehicle not in settings.vehicles:
        raise RequestError(f"unknown vehicle {vehicle!r}; known: {', '.join(settings.vehicles)}")
    segments = network.segments
    classes = speed_classes(segments["road_class"], known=set(settings.speeds_kph.dry))
    paved = segments["surface"].fillna("").str.lower().isin(PAVED).to_numpy(dtype=bool)
    dry, now = (_assumed_kph(classes, paved, settings.speeds_kph, season=s) for s in (Season.DRY, season))
    stated_kph, stated_min = segments["speed_kph"].to_numpy(), segments["stated_min"].to_numpy()
    length_km = segments["length_km"].to_numpy()
    speed_kph = np.where(np.isnan(stated_min), stated_kph, 60.0 * length_km / stated_min) * now / dry
    basis = np.where(np.isnan(stated_min), np.where(np.isnan(stated_kph), ASSUMED_SPEED, STATED_SPEED), STATED_DURATION)
    speed_kph = np.where(basis == ASSUMED_SPEED, now, speed_kph) * settings.vehicles[vehicle]
    closed = segments["wet_passable"].eq(False).fillna(value=False).to_numpy(dtype=bool) & (season == Season.WET)
    placed, off_network = _place_constraints(network, constraints, as_of=as_of, settings=settings)
    at = placed["segment"].to_numpy(dtype=np.int64)
    delay_min = np.bincount(at, weights=placed["delay_min"], minlength=len(segments)).astype(np.float64)
    return Passability(
        season=season,
        vehicle=vehicle,
        as_of=as_of,
        drive_min=both_ways(np.where(closed, np.inf, 60.0 * length_km / speed_kph)),
        delay_min=both_ways(delay_min),
        speed_kph=speed_kph,
        basis=basis,
        assumed_class=classes,
        paved=paved,
        constraints=placed,
        off_network=off_network,
    )


def both_ways(values: FloatArray) -> FloatArray:
    """Values of segments as values of arcs, the same in both directions; shape ``(segments, 2)``."""
    return np.repeat(values, 2).reshape(-1, 2)


def speed_classes(road_class: pd.Series, *, known: set[str]) -> npt.NDArray[np.object_]:
    """Class in the speed table that stands for each road class; what nothing fits is ``unclassified``."""
    codes, names = pd.factorize(road_class.fillna("").str.lower().str.removesuffix("_link"))
    mapped = [name if name in known else CLASS_OF.get(name, OTHER_CLASS) for name in names]
    return np.array(mapped, dtype=object)[codes] if mapped else np.empty(0, dtype=object)


def _assumed_kph(
    classes: npt.NDArray[np.object_], paved: BoolArray, speeds: SpeedSettings, *, season: Season
) -> FloatArray:
    """Assumed speed of each segment in a season."""
    table = speeds.wet if season == Season.WET else speeds.dry
    codes, names = pd.factorize(classes)
    missing = [name for name in names if name not in table]
    if missing:
        raise SettingsError(f"config.toml: missing key speeds_kph.{season}.{missing[0]}")
    pairs = np.array([[table[name].unpaved, table[name].paved] for name in names], dtype=np.float64).reshape(-1, 2)
    return np.asarray(pairs[codes, paved.astype(np.int64)])


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
    kind = f"{passability.assumed_class[segment]}, {'paved' if passability.paved[segment] else 'unpaved'}"
    speed = f"{passability.speed_kph[segment]:.0f} km/h"
    if passability.basis[segment] == ASSUMED_SPEED:
        return f"assumed speed {speed} ({kind})"
    stated = "stated duration" if passability.basis[segment] == STATED_DURATION else "stated speed"
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
