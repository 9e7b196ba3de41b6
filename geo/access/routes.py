"""A route as a planner reads it: stretches with minutes, exposure and reasons, the hours, and what to be warned of."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import shapely
import shapely.ops

from geo.access.clock import Timetable
from geo.access.kernels import BoolArray, FloatArray
from geo.access.network import Network
from geo.access.paths import Journey, Path
from geo.access.segments import Passability
from geo.access.snapping import Snapped
from geo.crs import distance_km
from geo.model import LonLat
from geo.text import Sentence


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RouteSegment:
    """The part of a segment a route drives."""

    segment: int  # position in the network's segments
    segment_id: str
    road_id: str
    road_class: str  # as in the source; "" where it gives none
    length_km: float
    time_min: float
    exposure: float
    geometry: shapely.LineString  # in driving direction


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Route:
    """One way to get there; its exposure is relative and dated."""

    time_min: float  # driving, delays and off-road legs; no rest
    timetable: Timetable | None  # where a time of departure was given
    length_km: float  # off-road legs included
    exposure: float  # unit in geo.access.exposure; legs at the rate of the segments they lead to
    visibility: float  # checkpoints' worth of notice
    escort_base: str | None
    escort_slots: int
    off_road_km: float
    off_road_min: float
    warnings: tuple[str, ...]
    segments: tuple[RouteSegment, ...]
    geometry: shapely.LineString  # EPSG:4326, from the origin to the destination as asked

    @property
    def elapsed_min(self) -> float:
        """From leaving to arriving, rest included where hours were asked about."""
        return self.time_min if self.timetable is None else self.timetable.elapsed_min


def describe(
    journey: Journey,
    path: Path,
    passability: Passability,
    *,
    escort_base: str | None,
    exposure: float,
    timetable: Timetable | None,
) -> Route:
    """Describe a path."""
    segments = _describe_segments(journey, path)
    ends = (journey.origin, journey.destination)
    off_road_km = _apart_km(*ends) if path.on_foot else float(sum(end.leg_km[0] for end in ends))
    return Route(
        time_min=path.time_min,
        timetable=timetable,
        length_km=off_road_km + sum(segment.length_km for segment in segments),
        exposure=exposure,
        visibility=path.visibility,
        escort_base=escort_base,
        escort_slots=int(escort_base is not None),
        off_road_km=off_road_km,
        off_road_min=path.time_min if path.on_foot else journey.legs_min,
        warnings=_warnings(journey, path, passability, escorted=escort_base is not None, timetable=timetable),
        segments=segments,
        geometry=_line(ends, segments),
    )


def _warnings(
    journey: Journey, path: Path, passability: Passability, *, escorted: bool, timetable: Timetable | None
) -> tuple[Sentence, ...]:
    """What a person must know before weighing the route; kilometres, never places."""
    arc = (path.segment, path.direction)
    km = path.driven_share * journey.network.facts.length_km[path.segment]

    def over(flag: BoolArray | FloatArray) -> float:
        return float(km[flag[arc] > 0].sum())

    told = []
    if path.on_foot:
        told.append(Sentence("warning_on_foot", length=_km(_apart_km(journey.origin, journey.destination))))
    if (bad := over(passability.impassable)) > 0:
        told.append(Sentence("warning_impassable", length=_km(bad)))
    if (hard := over(passability.slower_min)) > 0:
        told.append(Sentence("warning_difficult", length=_km(hard)))
    if not escorted and (rule := over(passability.escort_wait_min)) > 0:
        told.append(Sentence("warning_escort", length=_km(rule)))
    if journey.network.facts.ferry[path.segment].any():
        told.append(Sentence("warning_ferry"))
    if timetable is not None and timetable.dark_min > 0:
        told.append(Sentence("warning_dark", minutes=f"{timetable.dark_min:.0f}"))
    if timetable is not None and timetable.nights:
        key = "warning_nights" if timetable.nights > 1 else "warning_night"
        told.append(Sentence(key, nights=str(timetable.nights)))
    return tuple(told)


def _apart_km(one: Snapped, other: Snapped) -> float:
    """Great-circle distance between two places as asked."""
    return float(distance_km(one.longitude, one.latitude, other.longitude, other.latitude)[0])


def _km(length: float) -> Sentence:
    return Sentence("km", km=f"{length:.0f}") if length >= 1 else Sentence("under_km")


def _describe_segments(journey: Journey, path: Path) -> tuple[RouteSegment, ...]:
    """Rows of the segments driven, in driving order."""
    rows = journey.network.segments.iloc[path.segment]
    share, arc = path.driven_share, (path.segment, path.direction)
    described = zip(
        path.segment.tolist(),
        rows["segment_id"].astype(str),
        rows["road_id"].astype(str),
        rows["road_class"].fillna("").astype(str),
        share * rows["length_km"].to_numpy(),
        share * journey.minutes[arc],
        share * journey.exposure[arc],
        _drive_lines(journey.network, path),
        strict=True,
    )
    return tuple(
        RouteSegment(
            segment=number,
            segment_id=segment_id,
            road_id=road_id,
            road_class=road_class,
            length_km=float(length_km),
            time_min=float(time_min),
            exposure=float(exposure),
            geometry=geometry,
        )
        for number, segment_id, road_id, road_class, length_km, time_min, exposure, geometry in described
    )


def _drive_lines(network: Network, path: Path) -> list[shapely.LineString]:
    """Lines in driving direction, cut where driving starts and ends; positions are shares of the line in the plane."""
    lines = network.segments.geometry.to_numpy()[path.segment]
    drawn: list[shapely.LineString] = list(np.where(path.end_share < path.start_share, shapely.reverse(lines), lines))
    for step in np.flatnonzero(path.driven_share < 1):
        whole = network.lines_km[path.segment[step]]
        part = shapely.ops.substring(whole, path.start_share[step], path.end_share[step], normalized=True)
        drawn[step] = shapely.LineString(network.from_plane(shapely.get_coordinates(part)))
    return drawn


def _line(ends: tuple[Snapped, Snapped], segments: tuple[RouteSegment, ...]) -> shapely.LineString:
    """The whole way drawn, legs off the road included; at least two vertices."""
    origin, destination = ([[float(end.longitude[0]), float(end.latitude[0])]] for end in ends)
    drawn = [shapely.get_coordinates(segment.geometry) for segment in segments]
    lonlat = np.concatenate([origin, *drawn, destination])
    new = np.ones(len(lonlat), dtype=bool)
    new[1:] = (np.abs(lonlat[1:] - lonlat[:-1]) > 1e-9).any(axis=1)
    return shapely.LineString(lonlat[new] if new.sum() > 1 else lonlat[[0, -1]])


def staying(place: LonLat, departs: dt.datetime | None) -> Route:
    """The route from a place to itself: nothing is driven."""
    timetable = (
        None
        if departs is None
        else Timetable(departs=departs, arrives=departs, elapsed_min=0, waiting_min=0, nights=0, dark_min=0)
    )
    return Route(
        time_min=0.0,
        timetable=timetable,
        length_km=0.0,
        exposure=0.0,
        visibility=0.0,
        escort_base=None,
        escort_slots=0,
        off_road_km=0.0,
        off_road_min=0.0,
        warnings=(),
        segments=(),
        geometry=shapely.LineString([(place.lon, place.lat)] * 2),
    )
