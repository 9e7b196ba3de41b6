"""Where records lie on the road network: at a point, along a line, on a whole road, in one direction or in both.

Direction 0 of a segment is the way it is drawn, from its from_node to its to_node, and 1 the way back. A record for
one direction of travel (``heading_deg``) applies to the directions whose bearing at that place is at most 90 degrees
off it; at exactly 90 degrees that is both, since the heading then tells nothing about the road.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.access.kernels import BoolArray, FloatArray, IntArray
from geo.access.network import Network
from geo.access.snapping import Snapped, snap_points
from geo.crs import distance_km
from geo.schema.road_places import line_of
from geo.settings import ConstraintSettings, NetworkSettings

ALONG, AGAINST, BOTH = 0, 1, -1
HALF = 0.5  # share of a segment's length that must lie on a stretch for the segment to belong to it
# The bearing at a place is that of so much road around it, about as well as a position is measured.
_BEARING_KM = 0.01
_RIGHT_ANGLE_NOISE_DEG = 1e-6
_ARC_STEPS = 16  # corners of a quarter circle around the ends of a line; its area is then true to 0.2 %
_SHARE_NOISE = 1e-9
_EQUALLY_NEAR_KM = 0.001  # as near as the nearest segment, but for rounding: a junction
_ALIGNED_DECIMALS = 6


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Stretches:
    """Records on segments; made once for a network and a table, whatever the day, season and vehicle."""

    # row (position in the table), segment, direction (ALONG, AGAINST, BOTH), along_share (place on the segment, 0 its
    # from_node), snap_km (from the record to there), part_share (of the record's length, 1 for a point).
    placed: pd.DataFrame
    lost: pd.DataFrame  # row and nearest_km of records on no known road; infinity where nothing tells how far
    segments: int  # of the network


def place_stretches(
    network: Network, table: pd.DataFrame, *, settings: ConstraintSettings, snapping: NetworkSettings
) -> Stretches:
    """Find the segments each record applies to.

    A point belongs to the nearest segment when it is at most ``snap_km`` away; at a junction to the one whose bearing
    fits the heading best, of equals and without a heading to the first. A line
    belongs to every segment of which at least half lies within ``line_tolerance_km`` of it; a line too short for
    that to the segment nearest its middle, as a point would. A road belongs to all its segments.

    Parameters
    ----------
    table
        ``longitude``, ``latitude``, ``line_wkt``, ``road_id`` and ``heading_deg`` under the constraints contract; any
        index. Not changed.
    """
    count = len(table)
    row = np.arange(count)
    lines, roads = (table[name].notna().to_numpy(dtype=bool) for name in ("line_wkt", "road_id"))
    along = _along_lines(network, table["line_wkt"], row[lines], settings.line_tolerance_km)
    of_roads = _of_roads(network, table["road_id"], row[roads & ~lines])
    longitude, latitude = (
        table[name].to_numpy(dtype=np.float64, na_value=np.nan).copy() for name in ("longitude", "latitude")
    )
    short = np.setdiff1d(row[lines], along["row"])
    for position in short:
        longitude[position], latitude[position] = _middle(str(table["line_wkt"].iloc[position]))
    points = np.union1d(row[~lines & ~roads], short)
    at = snap_points(network, longitude[points], latitude[points], settings=snapping)
    near = at.leg_km <= settings.snap_km
    headings = table["heading_deg"].to_numpy(dtype=np.float64, na_value=np.nan)
    segment, share = _best_aligned(network, at, np.flatnonzero(near), headings[points])
    of_points = pd.DataFrame(
        {
            "row": points[near],
            "segment": segment[near],
            "along_share": share[near],
            "snap_km": at.leg_km[near],
            "part_share": 1.0,
            "whole": False,
        }
    )
    placed = pd.concat([of_points, along, of_roads], ignore_index=True)
    placed = placed.sort_values(["row", "segment"], kind="stable", ignore_index=True)
    heading_deg = headings[placed["row"].to_numpy(dtype=np.int64)]
    placed.insert(2, "direction", _directions(network, placed, heading_deg))
    unknown = np.setdiff1d(row[roads & ~lines], of_roads["row"])
    lost = pd.DataFrame(
        {
            "row": np.concatenate([points[~near], unknown]),
            "nearest_km": np.concatenate([at.leg_km[~near], np.full(len(unknown), np.inf)]),
        }
    )
    return Stretches(
        placed=placed.drop(columns="whole"),
        lost=lost.sort_values("row", kind="stable", ignore_index=True),
        segments=len(network.segments),
    )


def _best_aligned(
    network: Network, at: Snapped, near: IntArray, heading_deg: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Segment and place on it of each point; of segments equally near the one that points along the heading."""
    segment, share = at.nearest.copy(), at.along_share.copy()
    told = near[~np.isnan(heading_deg[near])]
    points = np.asarray(shapely.points(network.to_plane(at.longitude[told], at.latitude[told])), dtype=object)
    reach_km = shapely.distance(points, network.lines_km[segment[told]]) + _EQUALLY_NEAR_KM
    which, hit = network.tree.query(points, predicate="dwithin", distance=reach_km)
    hit_share = np.asarray(shapely.line_locate_point(network.lines_km[hit], points[which], normalized=True))
    bearing, known = bearings_deg(network, hit, hit_share)
    fits = np.where(known, np.abs(np.cos(np.radians(heading_deg[told][which] - bearing))), 0.0)
    order = np.lexsort((hit, -np.round(fits, _ALIGNED_DECIMALS), which))
    first = order[np.unique(which[order], return_index=True)[1]]
    other = hit[first] != segment[told[which[first]]]
    place = told[which[first[other]]]
    segment[place], share[place] = hit[first[other]], hit_share[first[other]]
    return segment, share


def _of_roads(network: Network, road_id: pd.Series, rows: IntArray) -> pd.DataFrame:
    """All segments of the roads named; the place on each is its middle."""
    wanted = pd.DataFrame({"road_id": road_id.iloc[rows].astype(str).to_numpy(dtype=object), "row": rows})
    named = network.segments["road_id"]
    hit = np.flatnonzero(named.isin(wanted["road_id"]).to_numpy(dtype=bool)) if len(rows) else np.empty(0, np.int64)
    of_hit = pd.DataFrame({"road_id": named.iloc[hit].astype(str).to_numpy(dtype=object), "segment": hit})
    found = wanted.merge(of_hit, on="road_id", how="inner")
    return _as_parts(network, found["row"].to_numpy(np.int64), found["segment"].to_numpy(np.int64), snap_km=0.0)


def _along_lines(network: Network, wkt: pd.Series, rows: IntArray, tolerance_km: float) -> pd.DataFrame:
    """Segments of which at least half lies near a line; the place on each is its middle."""
    lines = [line_of(str(wkt.iloc[position])) for position in rows]
    drawn = np.array(lines, dtype=object)
    in_plane = shapely.transform(drawn, lambda lonlat: network.to_plane(lonlat[:, 0], lonlat[:, 1])) if lines else drawn
    around = shapely.buffer(in_plane, tolerance_km, quad_segs=_ARC_STEPS)
    which, segment = network.tree.query(around, predicate="intersects")
    inside_km = shapely.length(shapely.intersection(network.lines_km[segment], around[which]))
    enough = inside_km >= HALF * shapely.length(network.lines_km[segment]) * (1 - _SHARE_NOISE)
    which, segment = which[enough], segment[enough]
    middles = shapely.line_interpolate_point(network.lines_km[segment], HALF, normalized=True)
    away_km = shapely.distance(middles, in_plane[which])
    return _as_parts(network, rows[which], segment.astype(np.int64), snap_km=away_km)


def _as_parts(network: Network, row: IntArray, segment: IntArray, *, snap_km: npt.ArrayLike) -> pd.DataFrame:
    """Whole segments as parts of their records, each with its share of the record's length."""
    length_km = network.segments["length_km"].to_numpy(dtype=np.float64)[segment]
    parts = pd.DataFrame({"row": row, "segment": segment, "along_share": HALF, "snap_km": snap_km})
    total_km = pd.Series(length_km).groupby(row).transform("sum").to_numpy(dtype=np.float64)
    # A road of no length at all: its segments share alike.
    count = pd.Series(length_km).groupby(row).transform("size").to_numpy(dtype=np.float64)
    share = np.divide(length_km, total_km, out=1.0 / np.maximum(count, 1.0), where=total_km > 0)
    return parts.assign(part_share=share, whole=True)


def _middle(wkt: str) -> tuple[float, float]:
    """Position halfway along a line, degrees."""
    point = shapely.line_interpolate_point(shapely.line_merge(line_of(wkt)), HALF, normalized=True)
    return float(point.x), float(point.y)


def _directions(network: Network, placed: pd.DataFrame, heading_deg: FloatArray) -> IntArray:
    """Direction each placed record speaks of: ALONG, AGAINST or BOTH."""
    direction = np.full(len(placed), BOTH, dtype=np.int64)
    told = np.flatnonzero(~np.isnan(heading_deg))
    part = placed.iloc[told]
    bearing, known = bearings_deg(
        network,
        part["segment"].to_numpy(dtype=np.int64),
        part["along_share"].to_numpy(dtype=np.float64),
        whole=part["whole"].to_numpy(dtype=bool),
    )
    off_deg = np.abs((heading_deg[told] - bearing + 180.0) % 360.0 - 180.0)
    direction[told] = np.where(off_deg < 90.0, ALONG, AGAINST)
    direction[told[~known | (np.abs(off_deg - 90.0) <= _RIGHT_ANGLE_NOISE_DEG)]] = BOTH
    return direction


def bearings_deg(
    network: Network, segment: IntArray, along_share: FloatArray, *, whole: BoolArray | bool = False
) -> tuple[FloatArray, BoolArray]:
    """Return which way segments point at places on them, degrees clockwise from north in [0, 360).

    Parameters
    ----------
    segment, along_share
        Places, shape ``(n,)``.
    whole
        Where true, the bearing from the beginning of the segment to its end, wherever the place is.

    Returns
    -------
    bearing_deg
        Shape ``(n,)``.
    known
        False where the two ends of what is looked at are one point, as on a loop; shape ``(n,)``.
    """
    lines = network.lines_km[segment]
    length_km = shapely.length(lines)
    at_km = along_share * length_km
    begin_km = np.where(whole, 0.0, np.maximum(at_km - _BEARING_KM, 0.0))
    end_km = np.where(whole, length_km, np.minimum(at_km + _BEARING_KM, length_km))
    begin, end = (
        network.from_plane(shapely.get_coordinates(shapely.line_interpolate_point(lines, km))).reshape(-1, 2)
        for km in (begin_km, end_km)
    )
    north = end[:, 1] - begin[:, 1]
    east = (end[:, 0] - begin[:, 0]) * np.cos(np.radians((begin[:, 1] + end[:, 1]) / 2))
    known = distance_km(begin[:, 0], begin[:, 1], end[:, 0], end[:, 1]) > 0
    return np.degrees(np.arctan2(east, north)) % 360.0, np.asarray(known)
