"""Getting on and off the road: the nearest position on a segment, its inside included.

The way between a point and the road is a straight leg at foot pace. A point farther from any open
segment than ``max_snap_km`` is on no road, and keeps the distance that says why.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import shapely

from geo.access.kernels import NOWHERE, BoolArray, FloatArray, IntArray, Seeds
from geo.access.network import Network
from geo.crs import distance_km
from geo.settings import NetworkSettings

# Legs below one metre and positions this near a segment's end are rounding noise.
_LEG_NOISE_KM = 0.001
_SHARE_NOISE = 1e-9


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Snapped:
    """Points on the road, one value per point."""

    longitude: FloatArray  # as asked, degrees
    latitude: FloatArray
    segment: IntArray  # NOWHERE when no open segment is near enough
    nearest: IntArray  # nearest open segment at any distance; NOWHERE when there is none
    along_share: FloatArray  # position along the nearest segment, 0 = its from_node, 1 = its to_node
    leg_km: FloatArray  # great-circle distance to that position; infinity when there is none
    leg_min: FloatArray  # time for the leg at foot pace

    @property
    def on_road(self) -> BoolArray:
        """Which points are near enough to a road."""
        return np.asarray(self.segment != NOWHERE)

    def take(self, positions: list[int]) -> "Snapped":
        """Return some of the points."""
        return Snapped(**{field.name: getattr(self, field.name)[positions] for field in fields(self)})


def snap_points(
    network: Network,
    longitude: FloatArray,
    latitude: FloatArray,
    *,
    settings: NetworkSettings,
    open_segments: BoolArray | None = None,
) -> Snapped:
    """Find the nearest position on an open segment for each point.

    A point exactly ``max_snap_km`` away is on the road. Of segments equally near the first one counts.

    Parameters
    ----------
    longitude, latitude
        Degrees, shape ``(points,)``.
    open_segments
        Which segments may be used, shape ``(segments,)``; ``None`` = all.
    """
    points = np.asarray(shapely.points(network.to_plane(longitude, latitude)), dtype=object)
    nearest = _nearest(network, points, open_segments)
    found = nearest != NOWHERE
    along, leg_km = np.zeros(len(points)), np.full(len(points), np.inf)
    lines = network.lines_km[nearest[found]]
    share = shapely.line_locate_point(lines, points[found], normalized=True)
    share = np.where(share < _SHARE_NOISE, 0.0, np.where(share > 1 - _SHARE_NOISE, 1.0, share))
    on_line = shapely.get_coordinates(shapely.line_interpolate_point(lines, share, normalized=True))
    lon, lat = network.from_plane(on_line).T
    legs = distance_km(longitude[found], latitude[found], lon, lat)
    along[found], leg_km[found] = share, np.where(legs < _LEG_NOISE_KM, 0.0, legs)
    return Snapped(
        longitude=longitude,
        latitude=latitude,
        segment=np.where(leg_km <= settings.max_snap_km, nearest, NOWHERE),
        nearest=nearest,
        along_share=along,
        leg_km=leg_km,
        leg_min=60.0 * leg_km / settings.off_road_kph,
    )


def _nearest(network: Network, points: npt.NDArray[np.object_], open_segments: BoolArray | None) -> IntArray:
    """Nearest open segment of each point, the first of equals."""
    found = np.full(len(points), NOWHERE, dtype=np.int64)
    usable = np.ones(len(network.lines_km), dtype=bool) if open_segments is None else open_segments
    if len(points) == 0 or not usable.any():
        return found
    point, hit = network.tree.query_nearest(points)
    _take_first(found, point, hit, usable)
    missing = np.flatnonzero(found == NOWHERE)
    if len(missing):  # the nearest segment is closed: look among the open ones only
        position = np.flatnonzero(usable)
        point, hit = shapely.STRtree(network.lines_km[position]).query_nearest(points[missing])
        _take_first(found, missing[point], position[hit], usable)
    return found


def _take_first(found: IntArray, point: IntArray, segment: IntArray, usable: BoolArray) -> None:
    """Write the smallest usable segment of each point into ``found``."""
    point, segment = point[usable[segment]], segment[usable[segment]]
    order = np.lexsort((-segment, point))
    found[point[order]] = segment[order]  # the last write of a point is its smallest segment


def seeds_at(network: Network, snapped: Snapped, cost: FloatArray) -> Seeds:
    """Where searches from snapped points enter the graph; points on no road seed nothing.

    ``cost`` is per arc, shape ``(segments, 2)``; the leg is not included, because its cost may have another unit.
    """
    source = np.flatnonzero(snapped.on_road)
    segment, along = snapped.segment[source], snapped.along_share[source]
    oneway = network.oneway[segment]
    back = (oneway <= 0) | (along == 0)
    ahead = (oneway >= 0) | (along == 1)
    to_from, to_to = share_of(along, cost[segment, 1]), share_of(1 - along, cost[segment, 0])
    return Seeds(
        source=np.concatenate([source[back], source[ahead]]),
        node=np.concatenate([network.from_node[segment[back]], network.to_node[segment[ahead]]]),
        cost=np.concatenate([to_from[back], to_to[ahead]]),
    )


def arrival_legs(network: Network, snapped: Snapped, cost: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cost from the from_node and from the to_node of its segment to each point; infinity = not that way."""
    over_from, over_to = np.full(len(snapped.segment), np.inf), np.full(len(snapped.segment), np.inf)
    point = np.flatnonzero(snapped.on_road)
    segment, along = snapped.segment[point], snapped.along_share[point]
    oneway = network.oneway[segment]
    over_from[point] = np.where((oneway >= 0) | (along == 0), share_of(along, cost[segment, 0]), np.inf)
    over_to[point] = np.where((oneway <= 0) | (along == 1), share_of(1 - along, cost[segment, 1]), np.inf)
    return over_from, over_to


def arrival_costs(
    network: Network, snapped: Snapped, cost: FloatArray, at_node: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Cost of arriving at each snapped point over its from_node and over its to_node; infinity = not that way."""
    over_from, over_to = arrival_legs(network, snapped, cost)
    point = np.flatnonzero(snapped.on_road)
    over_from[point] += at_node[network.from_node[snapped.segment[point]]]
    over_to[point] += at_node[network.to_node[snapped.segment[point]]]
    return over_from, over_to


def share_of(share: FloatArray, cost: FloatArray) -> FloatArray:
    """Cost of a share of an arc; no share of a closed one costs nothing."""
    return np.multiply(share, cost, out=np.zeros(np.shape(cost)), where=share > 0)


def direct_share(oneway: IntArray, start_share: FloatArray, end_share: FloatArray) -> FloatArray:
    """Share of a segment driven between two positions on it; infinity against a one-way."""
    moved = end_share - start_share
    allowed = np.where(moved > 0, oneway >= 0, np.where(moved < 0, oneway <= 0, True))
    return np.where(allowed, np.abs(moved), np.inf)
