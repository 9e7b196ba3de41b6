"""Routes between two places: the one for a weight, or the front of alternatives.

With a weight ``w`` the route minimises minutes + w · exposure. Without one, see :mod:`geo.access.front`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
import shapely.ops

from geo.access.front import find_front, undominated
from geo.access.kernels import FloatArray, IntArray
from geo.access.network import Network
from geo.access.paths import Journey, Path, cheapest_path
from geo.access.refusal import Refusal, no_way_reason, off_road_reason
from geo.access.segments import Passability, explain_segments
from geo.access.snapping import Snapped, snap_points
from geo.model import LonLat, RouteRequest
from geo.settings import Settings

MAX_ROUTES = 8


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RouteSegment:
    """The part of a segment a route drives."""

    segment: int  # position in the network's segments
    road_id: str
    road_class: str  # as in the source; "" where it gives none
    length_km: float
    time_min: float
    exposure: float
    why: tuple[str, ...]
    geometry: shapely.LineString  # in driving direction


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Route:
    """One way to get there; its exposure is relative and dated."""

    time_min: float  # off-road legs included
    length_km: float  # off-road legs included
    exposure: float  # unit in geo.access.exposure; legs at the rate of the segments they lead to
    visibility: float  # sum over the distinct segments driven
    escort_slots: int
    off_road_km: float
    off_road_min: float
    segments: tuple[RouteSegment, ...]
    geometry: shapely.LineString  # EPSG:4326, from the origin to the destination as asked


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RouteAnswer:
    """Routes by time, or the reason there is none."""

    request: RouteRequest
    routes: tuple[Route, ...]
    front: bool  # alternatives were asked for
    refused: str | None
    refused_plain: str | None = None  # the same without naming a road


def find_routes(
    network: Network,
    request: RouteRequest,
    *,
    passability: Passability,
    exposure: FloatArray,
    visibility: FloatArray | IntArray,
    settings: Settings,
) -> RouteAnswer:
    """Find the route for a weight, or the front of alternatives when the request has none.

    Parameters
    ----------
    exposure
        Of each arc for a vehicle alone, shape ``(segments, 2)``, see :func:`geo.access.exposure.segment_exposure`.
    visibility
        What each segment adds to the notice a team draws, e.g. its checkpoints; shape ``(segments,)``.

    Returns
    -------
    RouteAnswer
        At most :data:`MAX_ROUTES` routes by time, none both slower and at least as exposed as another.
        Without a route, ``refused`` says why and what is nearest.

    Raises
    ------
    RequestError
        When the passability is of another season or vehicle than the request.
    """
    passability.check_matches(request.season, request.vehicle)
    front = request.exposure_weight is None
    if request.origin == request.destination:
        return RouteAnswer(request=request, routes=(_staying(request.origin),), front=front, refused=None)
    ends = (request.origin, request.destination)
    snapped = snap_points(
        network,
        np.array([end.lon for end in ends]),
        np.array([end.lat for end in ends]),
        settings=settings.network,
        open_segments=network.open_segments(passability.minutes),
    )
    refused = off_road_reason(network, snapped, max_snap_km=settings.network.max_snap_km)
    if refused is not None:
        return _refuse(request, refused)
    journeys = {
        escorted: _journey(network, snapped, passability, exposure, settings=settings, escorted=escorted)
        for escorted in _companies(request, settings)
    }
    paths = _choose([path for journey in journeys.values() for path in _solve(journey, request)], request)
    if not paths:
        return _refuse(request, no_way_reason(next(iter(journeys.values())), passability))
    routes = tuple(_describe(journeys[path.escorted], path, passability, visibility) for path in paths)
    return RouteAnswer(request=request, routes=routes, front=front, refused=None)


def _refuse(request: RouteRequest, why: Refusal) -> RouteAnswer:
    front = request.exposure_weight is None
    return RouteAnswer(request=request, routes=(), front=front, refused=why.named, refused_plain=why.plain)


def _companies(request: RouteRequest, settings: Settings) -> list[bool]:
    """Without and with escort, as asked.

    Under "either" an escort is only tried where it can lower exposure: it is slower, so it must lower
    the exposure per minute by more than it lengthens the drive.
    """
    if request.escort != "either":
        return [request.escort == "yes"]
    helps = settings.exposure.escort_factor < settings.modes.escort_speed_share
    return [False, True] if helps else [False]


def _journey(
    network: Network,
    snapped: Snapped,
    passability: Passability,
    exposure: FloatArray,
    *,
    settings: Settings,
    escorted: bool,
) -> Journey:
    """Costs per arc; exposure grows with the minutes spent and shrinks with what an escort is set to do."""
    alone = passability.minutes
    driven = np.isfinite(alone)
    met = np.where(driven, exposure, 0.0)
    minutes = alone
    if escorted:
        minutes = passability.escorted_min(settings.modes.escort_speed_share)
        longer = np.divide(minutes, alone, out=np.ones(alone.shape), where=driven & (alone > 0))
        met = met * longer * settings.exposure.escort_factor
    return Journey(
        network=network,
        origin=snapped.take([0]),
        destination=snapped.take([1]),
        minutes=minutes,
        exposure=met,
        escorted=escorted,
    )


def _solve(journey: Journey, request: RouteRequest) -> list[Path]:
    """Paths of one company: one for the request's weight, or its front."""

    def solve(time_weight: float, exposure_weight: float, limit: float) -> Path | None:
        return cheapest_path(journey, time_weight=time_weight, exposure_weight=exposure_weight, limit=limit)

    if request.exposure_weight is not None:
        path = solve(1.0, request.exposure_weight, np.inf)
        return [] if path is None else [path]
    open_min = float(journey.minutes[np.isfinite(journey.minutes)].sum())
    met = float(journey.exposure.sum())
    return find_front(solve, minutes_per_exposure=open_min / met if met > 0 else 0.0, most=MAX_ROUTES)


def _choose(paths: list[Path], request: RouteRequest) -> list[Path]:
    """Keep the best path for the request's weight, or those on the front, by time."""
    weight = request.exposure_weight
    if weight is None:
        kept = undominated(paths)
        return kept if len(kept) <= MAX_ROUTES else [*kept[: MAX_ROUTES - 1], kept[-1]]
    return sorted(paths, key=lambda path: (path.time_min + weight * path.exposure, path.escorted))[:1]


def _describe(
    journey: Journey, path: Path, passability: Passability, visibility: npt.NDArray[np.float64] | IntArray
) -> Route:
    """A path as a planner reads it."""
    segments = _describe_segments(journey, path, passability)
    ends = (journey.origin, journey.destination)
    off_road_km = float(sum(end.leg_km[0] for end in ends))
    return Route(
        time_min=path.time_min,
        length_km=off_road_km + sum(segment.length_km for segment in segments),
        exposure=path.exposure,
        visibility=float(np.asarray(visibility)[np.unique(path.segment)].sum()),
        escort_slots=int(path.escorted),
        off_road_km=off_road_km,
        off_road_min=journey.legs_min,
        segments=segments,
        geometry=_line(ends, segments),
    )


def _describe_segments(journey: Journey, path: Path, passability: Passability) -> tuple[RouteSegment, ...]:
    """Rows of the segments driven, in driving order."""
    rows = journey.network.segments.iloc[path.segment]
    share = path.driven_share
    described = zip(
        path.segment.tolist(),
        rows["road_id"].astype(str),
        rows["road_class"].fillna("").astype(str),
        share * rows["length_km"].to_numpy(),
        share * journey.minutes[path.segment, path.direction],
        share * journey.exposure[path.segment, path.direction],
        explain_segments(journey.network, passability, path.segment),
        _drive_lines(journey.network, path),
        strict=True,
    )
    return tuple(
        RouteSegment(
            segment=number,
            road_id=road_id,
            road_class=road_class,
            length_km=float(length_km),
            time_min=float(time_min),
            exposure=float(exposure),
            why=why,
            geometry=geometry,
        )
        for number, road_id, road_class, length_km, time_min, exposure, why, geometry in described
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


def _staying(place: LonLat) -> Route:
    """The route from a place to itself: nothing is driven."""
    return Route(
        time_min=0.0,
        length_km=0.0,
        exposure=0.0,
        visibility=0.0,
        escort_slots=0,
        off_road_km=0.0,
        off_road_min=0.0,
        segments=(),
        geometry=shapely.LineString([(place.lon, place.lat)] * 2),
    )
