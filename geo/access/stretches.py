"""Where records lie on the road network: at a point, along a line, on a whole road, in one direction or in both.

Direction 0 of a segment is the way it is drawn, from its from_node to its to_node, and 1 the way back. A record for
one direction of travel (``heading_deg``) applies to the directions whose bearing at that place is at most 90 degrees
off it; at exactly 90 degrees that is both, since the heading then tells nothing about the road.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.access.kernels import NOWHERE, BoolArray, FloatArray, IntArray
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
# What of a record decides where it lies; numbers are compared bit by bit.
_PLACE_NUMBERS, _PLACE_TEXTS = ("longitude", "latitude", "heading_deg"), ("line_wkt", "road_id")
Place = tuple[int | str, ...]
Values = npt.NDArray[Any] | pd.api.extensions.ExtensionArray


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Parts:
    """Parts of records on segments, by row and segment; shape ``(parts,)`` each."""

    row: IntArray  # position in the table
    segment: IntArray
    direction: IntArray  # ALONG, AGAINST, BOTH
    along_share: FloatArray  # place on the segment, 0 its from_node
    snap_km: FloatArray  # from the record to there
    part_share: FloatArray  # of the record's length, 1 for a point


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Lost:
    """Records on no known road, by row."""

    row: IntArray
    nearest_km: FloatArray  # infinity where nothing tells how far


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Stretches:
    """Records on segments; made once for a network and a table, whatever the day, season and vehicle."""

    placed: Parts
    lost: Lost
    # What all of it rests on.
    network: Network
    settings: ConstraintSettings
    snapping: NetworkSettings
    places: list[Place]  # of each record as the table states it

    @property
    def segments(self) -> int:
        """Number of segments of the network."""
        return len(self.network.from_node)

    def laid_out(self, told: Mapping[str, Values]) -> pd.DataFrame:
        """Lay out what is told of records, by column, over their parts; first where each part is."""
        places = {name: getattr(self.placed, name) for name in ("segment", "direction", "along_share", "snap_km")}
        return pd.DataFrame(places | {name: values.take(self.placed.row) for name, values in told.items()})

    def off_network(self, told: Mapping[str, Values], names: tuple[str, ...]) -> pd.DataFrame:
        """Records on no known road: some of what is told of them, then ``nearest_km`` and ``state``."""
        lost = pd.DataFrame({name: told[name].take(self.lost.row) for name in (*names, "state")})
        lost.insert(len(names), "nearest_km", self.lost.nearest_km)
        return lost


@dataclass(frozen=True, eq=False, slots=True)
class _Hits:
    """Parts before their direction is known."""

    row: IntArray
    segment: IntArray
    along_share: FloatArray
    snap_km: FloatArray
    part_share: FloatArray
    whole: BoolArray  # the bearing is that of the whole segment


Rows = TypeVar("Rows", Parts, Lost, _Hits)


def place_stretches(
    network: Network,
    table: pd.DataFrame,
    *,
    settings: ConstraintSettings,
    snapping: NetworkSettings,
    before: Stretches | None = None,
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
    before
        What was found for another table. A record placed there just so keeps its segments; the result is the same
        as without. It counts for nothing when it rests on another network or other settings.
    """
    places = _places_of(table)
    asked: dict[str, Any] = {"network": network, "settings": settings, "snapping": snapping}
    if before is None or not _rests_on(before, **asked):
        placed, lost = _placed_anew(table, **asked)
        return Stretches(placed=placed, lost=lost, places=places, **asked)
    row_of = {place: row for row, place in enumerate(before.places)}
    known = np.array([row_of.get(place, NOWHERE) for place in places], dtype=np.int64)
    new, kept = np.flatnonzero(known == NOWHERE), np.flatnonzero(known != NOWHERE)
    placed, lost = _placed_anew(table[[*_PLACE_NUMBERS, *_PLACE_TEXTS]].iloc[new], **asked)
    return Stretches(
        placed=_by_row(_joined(_numbered(before.placed, known[kept], kept), replace(placed, row=new[placed.row]))),
        lost=_by_row(_joined(_numbered(before.lost, known[kept], kept), replace(lost, row=new[lost.row]))),
        places=places,
        **asked,
    )


def _places_of(table: pd.DataFrame) -> list[Place]:
    """What decides where each record lies."""
    numbers = (table[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in _PLACE_NUMBERS)
    texts = (table[name].to_numpy(dtype=object, na_value="") for name in _PLACE_TEXTS)  # no text is empty
    return list(
        zip(*(values.view(np.int64).tolist() for values in numbers), *(words.tolist() for words in texts), strict=True)
    )


def _rests_on(found: Stretches, *, network: Network, settings: ConstraintSettings, snapping: NetworkSettings) -> bool:
    return found.network is network and (found.settings, found.snapping) == (settings, snapping)


def _numbered(found: Rows, old: IntArray, new: IntArray) -> Rows:
    """What was found for some rows, under new numbers; a row may be taken several times."""
    begin, end = np.searchsorted(found.row, old), np.searchsorted(found.row, old, side="right")
    count = end - begin
    at = np.arange(count.sum()) + np.repeat(begin - np.cumsum(count) + count, count)
    return replace(_taken(found, at), row=np.repeat(new, count))


def _joined(*found: Rows) -> Rows:
    """Several findings as one, one after the other."""
    return replace(
        found[0],
        **{field.name: np.concatenate([getattr(one, field.name) for one in found]) for field in fields(found[0])},
    )


def _by_row(found: Rows) -> Rows:
    return _taken(found, np.argsort(found.row, kind="stable"))


def _taken(found: Rows, positions: IntArray) -> Rows:
    return replace(found, **{field.name: getattr(found, field.name)[positions] for field in fields(found)})


def _placed_anew(
    table: pd.DataFrame, *, network: Network, settings: ConstraintSettings, snapping: NetworkSettings
) -> tuple[Parts, Lost]:
    """Find the segments of each record, whatever was known before."""
    row = np.arange(len(table))
    lines, roads = (table[name].notna().to_numpy(dtype=bool) for name in ("line_wkt", "road_id"))
    along = _along_lines(network, table["line_wkt"], row[lines], settings.line_tolerance_km)
    of_roads = _of_roads(network, table["road_id"], row[roads & ~lines])
    longitude, latitude, headings = (
        table[name].to_numpy(dtype=np.float64, na_value=np.nan).copy() for name in _PLACE_NUMBERS
    )
    short = np.setdiff1d(row[lines], along.row)
    for position in short:
        longitude[position], latitude[position] = _middle(str(table["line_wkt"].iloc[position]))
    points = np.union1d(row[~lines & ~roads], short)
    at = snap_points(network, longitude[points], latitude[points], settings=snapping)
    near = at.leg_km <= settings.snap_km
    segment, share = _best_aligned(network, at, np.flatnonzero(near), headings[points])
    count = int(near.sum())
    of_points = _Hits(
        points[near], segment[near], share[near], at.leg_km[near], np.ones(count), np.zeros(count, dtype=bool)
    )
    hits = _joined(of_points, along, of_roads)
    hits = _taken(hits, np.lexsort((hits.segment, hits.row)))
    unknown = np.setdiff1d(row[roads & ~lines], of_roads.row)
    lost = Lost(
        row=np.concatenate([points[~near], unknown]),
        nearest_km=np.concatenate([at.leg_km[~near], np.full(len(unknown), np.inf)]),
    )
    placed = Parts(
        row=hits.row,
        segment=hits.segment,
        direction=_directions(network, hits, headings[hits.row]),
        along_share=hits.along_share,
        snap_km=hits.snap_km,
        part_share=hits.part_share,
    )
    return placed, _by_row(lost)


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


def _of_roads(network: Network, road_id: pd.Series, rows: IntArray) -> _Hits:
    """All segments of the roads named; the place on each is its middle."""
    if not len(rows):
        return _as_parts(network, rows, rows, snap_km=np.empty(0))
    wanted = pd.DataFrame({"road_id": road_id.iloc[rows].astype(str).to_numpy(dtype=object), "row": rows})
    named = network.segments["road_id"]
    hit = np.flatnonzero(named.isin(wanted["road_id"]).to_numpy(dtype=bool))
    of_hit = pd.DataFrame({"road_id": named.iloc[hit].astype(str).to_numpy(dtype=object), "segment": hit})
    found = wanted.merge(of_hit, on="road_id", how="inner")
    row, segment = (found[name].to_numpy(dtype=np.int64) for name in ("row", "segment"))
    return _as_parts(network, row, segment, snap_km=np.zeros(len(row)))


def _along_lines(network: Network, wkt: pd.Series, rows: IntArray, tolerance_km: float) -> _Hits:
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


def _as_parts(network: Network, row: IntArray, segment: IntArray, *, snap_km: FloatArray) -> _Hits:
    """Whole segments as parts of their records, each with its share of the record's length."""
    length_km = network.facts.length_km[segment]
    _, record, count = np.unique(row, return_inverse=True, return_counts=True)
    total_km = np.bincount(record, weights=length_km)[record]
    # A road of no length at all: its segments share alike.
    share = np.divide(length_km, total_km, out=1.0 / count[record], where=total_km > 0)
    return _Hits(row, segment, np.full(len(row), HALF), snap_km, share, np.ones(len(row), dtype=bool))


def _middle(wkt: str) -> tuple[float, float]:
    """Position halfway along a line, degrees."""
    point = shapely.line_interpolate_point(shapely.line_merge(line_of(wkt)), HALF, normalized=True)
    return float(point.x), float(point.y)


def _directions(network: Network, hits: _Hits, heading_deg: FloatArray) -> IntArray:
    """Direction each part speaks of: ALONG, AGAINST or BOTH."""
    direction = np.full(len(hits.row), BOTH, dtype=np.int64)
    told = np.flatnonzero(~np.isnan(heading_deg))
    bearing, known = bearings_deg(network, hits.segment[told], hits.along_share[told], whole=hits.whole[told])
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
