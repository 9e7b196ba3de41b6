"""The road network: drawn lines become segments that meet only where lines share a vertex.

A line is cut at its ends and at every vertex used twice, by another line or by itself. Where lines meet says
:mod:`geo.access.junctions`.
"""

import gc
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array

from geo.access.junctions import Gaps, Vertices, cut, join_gaps, read_vertices, spatial_order
from geo.access.kernels import BoolArray, FloatArray, Graph, IntArray, directed_graph
from geo.crs import EARTH_RADIUS_KM, WGS84, path_lengths_km
from geo.settings import NetworkSettings

_CARRIED = ["road_id", "name", "road_class", "surface", "speed_kph", "wet_passable", "bridge"]
# OSM surface values (wiki.openstreetmap.org/wiki/Key:surface) that carry a sealed road; all others are unpaved.
PAVED = frozenset(
    {"paved", "asphalt", "chipseal", "concrete", "concrete:plates", "concrete:lanes", "paving_stones", "sett", "metal"}
)
FERRY = "ferry"
STATED_DURATION, STATED_SPEED, ASSUMED_SPEED = 0, 1, 2
ByteArray = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkReport:
    """What became of the drawn lines."""

    roads: int  # lines given
    proposed: int  # left out: planned only
    without_length: int  # left out: no two different vertices
    stated_zero: int  # stated length or duration of 0, read as "not stated"
    snapped_gaps: int  # line ends joined to what they missed by at most network.join_gap_m
    largest_gap_m: float  # the largest of those gaps; 0 where there is none
    segments: int
    nodes: int
    components: int  # parts that no road joins
    island_segments: int  # segments outside the largest part
    length_km: float


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SegmentFacts:
    """What decides the minutes of segments, as plain arrays of shape ``(segments,)``, so that costs are made anew fast."""

    class_names: tuple[str, ...]  # road classes as in the source, small letters, links under their road; "" = none
    class_code: IntArray  # position in class_names
    paved: BoolArray
    length_km: FloatArray
    stated_kph: FloatArray  # NaN = not stated
    stated_min: FloatArray  # NaN = not stated
    basis: ByteArray  # what the minutes rest on: STATED_DURATION, STATED_SPEED or ASSUMED_SPEED
    base_min: FloatArray  # minutes as stated; where nothing is, at 1 km/h
    wet_closed: BoolArray  # recorded as not passable in the wet season
    wet_known: BoolArray  # recorded at all whether it is
    surface_known: BoolArray
    bridge: BoolArray
    ferry: BoolArray
    case: IntArray  # class, surface (unpaved, paved) and whether the speed is assumed, as one number: 4 a class


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Network:
    """Segments, the nodes they meet at, and the graph they make."""

    # Index 0..s-1; segment_id, road_id, name, road_class, surface, speed_kph (stated), stated_min (share of the
    # stated duration), length_km, wet_passable, bridge, oneway (1, -1, 0), from_node, to_node, geometry (EPSG:4326).
    segments: gpd.GeoDataFrame
    from_node: IntArray  # of each segment, as in the frame
    to_node: IntArray
    oneway: IntArray
    facts: SegmentFacts
    longitude: FloatArray  # of each node, degrees
    latitude: FloatArray
    component: IntArray  # of each node; 0 is not special
    graph: Graph
    middle_lat_deg: float  # where the plane below is true to scale
    lines_km: npt.NDArray[np.object_]  # the segments in that plane
    tree: shapely.STRtree  # over lines_km
    report: NetworkReport

    @property
    def drivable(self) -> BoolArray:
        """Which arcs the one-ways leave, shape ``(segments, 2)``."""
        return np.column_stack([self.oneway >= 0, self.oneway <= 0])

    def open_segments(self, cost: FloatArray) -> BoolArray:
        """Which segments can be driven in some direction at these costs of arcs, shape ``(segments,)``."""
        return np.asarray((np.isfinite(cost) & self.drivable).any(axis=1))

    def to_plane(self, longitude: FloatArray, latitude: FloatArray) -> FloatArray:
        """Degrees to km in the network's plane, shape ``(n, 2)``."""
        return np.column_stack([longitude, latitude]) * plane_scale(self.middle_lat_deg)

    def from_plane(self, xy_km: FloatArray) -> FloatArray:
        """Km in the network's plane to degrees, shape ``(n, 2)``."""
        return np.asarray(xy_km / plane_scale(self.middle_lat_deg))


def build_network(roads: gpd.GeoDataFrame, *, settings: NetworkSettings) -> Network:
    """Build the network of a roads table.

    Stated length and duration of a road are shared out over its segments by drawn length; without a
    stated length the geodesic drawn length counts. Proposed roads are left out and counted.

    Parameters
    ----------
    roads
        Table under the contract ``ROADS``, EPSG:4326; any index. It is not changed.
    """
    proposed = roads["proposed"].fillna(value=False).to_numpy(dtype=bool)
    used = roads.loc[~proposed].reset_index(drop=True)
    parts, row_of_part = _line_parts(used)
    vertices = read_vertices(parts, decimals=settings.shared_vertex_decimals)
    vertices, gaps = join_gaps(vertices, gap_m=settings.join_gap_m)
    start, end = cut(vertices)
    row = row_of_part[vertices.part[start]]
    identity, node_of_end = np.unique(vertices.identity[np.concatenate([start, end])], return_inverse=True)
    from_node, to_node = node_of_end[: len(start)], node_of_end[len(start) :]
    at_node = np.empty(len(identity), dtype=np.int64)
    at_node[node_of_end] = np.concatenate([start, end])
    order = spatial_order(vertices.lonlat[at_node])
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    from_node, to_node = place[from_node], place[to_node]
    lonlat, offsets = _drawn(vertices, start, end)
    drawn_km = path_lengths_km(lonlat, np.repeat(np.arange(len(row)), np.diff(offsets)), paths=len(row))
    segments = _describe(used, row, drawn_km).assign(from_node=from_node, to_node=to_node)
    component = _components(from_node, to_node, nodes=len(identity))
    report = _report(roads, used, segments, component, row=row, gaps=gaps)
    nodes = vertices.lonlat[at_node[order]]
    return network_of(segments, lonlat, offsets, nodes=nodes, component=component, report=report)


def network_of(
    segments: pd.DataFrame,
    lonlat: FloatArray,
    offsets: IntArray,
    *,
    nodes: FloatArray,
    component: IntArray,
    report: NetworkReport,
) -> Network:
    """Add to segments and nodes what follows from them at once: shapes, facts, graph, index.

    Parameters
    ----------
    segments
        The columns of :attr:`Network.segments` but ``geometry``; not changed.
    lonlat, offsets
        Vertices of all segments, ``lonlat[offsets[i]:offsets[i + 1]]`` those of segment ``i``.
    nodes
        Longitude and latitude of each node.
    """
    from_node, to_node, oneway = (segments[name].to_numpy() for name in ("from_node", "to_node", "oneway"))
    middle_lat_deg = float(np.ptp(nodes[:, 1]) / 2 + nodes[:, 1].min()) if len(nodes) else 0.0
    lines_km = _lines(lonlat * plane_scale(middle_lat_deg), offsets)
    return Network(
        segments=gpd.GeoDataFrame(segments, geometry=_lines(lonlat, offsets), crs=WGS84),
        from_node=from_node,
        to_node=to_node,
        oneway=oneway,
        facts=_facts(segments),
        longitude=nodes[:, 0],
        latitude=nodes[:, 1],
        component=component,
        graph=directed_graph(from_node, to_node, oneway, nodes=len(nodes)),
        middle_lat_deg=middle_lat_deg,
        lines_km=lines_km,
        tree=shapely.STRtree(lines_km),
        report=report,
    )


def plane_scale(middle_lat_deg: float) -> FloatArray:
    """Km per degree of longitude and latitude in the plane in which positions on lines are sought.

    Equirectangular (Snyder 1987, ch. 12): a line drawn straight in degrees stays straight, so a point on it
    stays on it. East-west distances are true at the middle latitude and off by 3 % in a network 25 degrees
    tall; they only decide which segment is nearest. Lengths and legs are measured on the globe.
    """
    degree_km = np.radians(1.0) * EARTH_RADIUS_KM
    return np.array([degree_km * np.cos(np.radians(middle_lat_deg)), degree_km])


def _line_parts(roads: gpd.GeoDataFrame) -> tuple[npt.NDArray[np.object_], IntArray]:
    """Single lines, and the row of the road each belongs to."""
    drawn = roads.geometry.to_numpy()
    if (shapely.get_type_id(drawn) == shapely.GeometryType.LINESTRING).all():
        return drawn, np.arange(len(drawn))
    parts, row = shapely.get_parts(drawn, return_index=True)
    return parts, row.astype(np.int64)


def _drawn(vertices: Vertices, start: IntArray, end: IntArray) -> tuple[FloatArray, IntArray]:
    """Vertices of all segments, both cut vertices included, and where those of each begin and end."""
    count = end - start + 1
    offsets = np.concatenate([[0], np.cumsum(count)])
    position = np.arange(offsets[-1]) + np.repeat(start - offsets[:-1], count)
    return vertices.lonlat[position], offsets


def _lines(vertices: FloatArray, offsets: IntArray) -> npt.NDArray[np.object_]:
    """Lines of vertices told apart by offsets."""
    # Lines refer to nothing: to look among them for cycles, again and again as they come, would take half the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, vertices, (offsets,))
    finally:
        if collecting:
            gc.enable()
    return np.asarray(lines, dtype=object)


def _describe(roads: gpd.GeoDataFrame, row: IntArray, drawn_km: FloatArray) -> pd.DataFrame:
    """One row per segment with its share of what the road states."""
    share = drawn_km / np.bincount(row, weights=drawn_km, minlength=len(roads))[row]
    stated_km, stated_min = (_stated(roads[name])[row] * share for name in ("length_km", "duration_min"))
    frame = pd.DataFrame(roads[_CARRIED]).iloc[row].reset_index(drop=True)
    number = frame.groupby("road_id", sort=False).cumcount()
    frame.insert(0, "segment_id", frame["road_id"].astype(str) + "/" + number.astype(str))
    frame["speed_kph"] = frame["speed_kph"].to_numpy(dtype=float, na_value=np.nan)
    frame["length_km"] = np.where(np.isnan(stated_km), drawn_km, stated_km)
    frame["stated_min"] = stated_min
    frame["oneway"] = roads["oneway"].fillna(0).to_numpy(dtype=np.int64)[row]
    return frame


def _facts(segments: pd.DataFrame) -> SegmentFacts:
    """Plain arrays beside the frame."""
    codes, names = pd.factorize(segments["road_class"].fillna("").str.lower().str.removesuffix("_link"))
    class_names = tuple(map(str, names))
    surface, surfaces = pd.factorize(segments["surface"].fillna("").str.lower())
    paved, named = (
        np.array(flags, dtype=bool) for flags in ([s in PAVED for s in surfaces], [bool(s) for s in surfaces])
    )
    length_km, stated_kph, stated_min = (
        segments[name].to_numpy(dtype=np.float64) for name in ("length_km", "speed_kph", "stated_min")
    )
    by_speed, by_duration = ~np.isnan(stated_kph), ~np.isnan(stated_min)
    wet = segments["wet_passable"]
    basis = np.select([by_duration, by_speed], [STATED_DURATION, STATED_SPEED], ASSUMED_SPEED).astype(np.int8)
    is_paved = paved[surface] if len(paved) else np.zeros(len(segments), dtype=bool)
    return SegmentFacts(
        class_names=class_names,
        class_code=codes.astype(np.int64),
        paved=is_paved,
        length_km=length_km,
        stated_kph=stated_kph,
        stated_min=stated_min,
        basis=basis,
        base_min=np.where(by_duration, stated_min, 60.0 * length_km / np.where(by_speed, stated_kph, 1.0)),
        wet_closed=wet.eq(False).fillna(value=False).to_numpy(dtype=bool),
        wet_known=wet.notna().to_numpy(dtype=bool),
        surface_known=named[surface] if len(named) else np.zeros(len(segments), dtype=bool),
        bridge=segments["bridge"].fillna(value=False).to_numpy(dtype=bool),
        ferry=np.array([name == FERRY for name in names], dtype=bool)[codes] if class_names else np.zeros(0, bool),
        case=(codes.astype(np.int64) * 2 + is_paved) * 2 + (basis == ASSUMED_SPEED),
    )


def _stated(values: pd.Series) -> FloatArray:
    """Stated values; 0 is no length and no duration, so it is read as not stated."""
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    return np.where(numbers > 0, numbers, np.nan)


def _components(from_node: IntArray, to_node: IntArray, *, nodes: int) -> IntArray:
    """Number of the joined part each node belongs to, one-ways taken as open both ways."""
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 (0.1 s that the first map does without)

    links = coo_array((np.ones(len(from_node), dtype=np.int8), (from_node, to_node)), shape=(nodes, nodes))
    if nodes == 0:
        return np.empty(0, dtype=np.int64)
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def _report(
    roads: gpd.GeoDataFrame,
    used: gpd.GeoDataFrame,
    segments: pd.DataFrame,
    component: IntArray,
    *,
    row: IntArray,
    gaps: Gaps,
) -> NetworkReport:
    """Count what was used and what was left out."""
    zero = used["length_km"].eq(0).fillna(value=False) | used["duration_min"].eq(0).fillna(value=False)
    parts = component[segments["from_node"].to_numpy()]
    sizes = np.bincount(parts) if len(parts) else np.zeros(1, dtype=np.int64)
    return NetworkReport(
        roads=len(roads),
        proposed=len(roads) - len(used),
        without_length=len(used) - len(np.unique(row)),
        stated_zero=int(zero.sum()),
        snapped_gaps=gaps.count,
        largest_gap_m=gaps.largest_m,
        segments=len(segments),
        nodes=len(component),
        components=int(component.max()) + 1 if len(component) else 0,
        island_segments=len(segments) - int(sizes.max()),
        length_km=float(segments["length_km"].sum()),
    )
