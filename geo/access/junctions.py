"""Where drawn lines meet: at a shared vertex, or where one's end misses another's vertex by a hand's breadth.

An end that no other line shares is joined to the nearest vertex of another line when that lies within
``network.join_gap_m``. Two lines that cross without a shared vertex stay apart: one may be a bridge over the other.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array

from geo.access.kernels import BoolArray, FloatArray, IntArray
from geo.crs import EARTH_RADIUS_KM
from geo.hexgrid import chord_of, on_sphere, search_tree

# Vertices that cannot lie near an open end are passed over by a table of so many places.
_TABLE_BITS = 22
# The limit is inclusive in spite of the rounding of distances on a globe this large.
_GAP_NOISE_M = 1e-6
_M_PER_DEGREE = np.radians(1.0) * EARTH_RADIUS_KM * 1000


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Vertices:
    """Vertices of all parts in order, consecutive repeats removed."""

    lonlat: FloatArray
    part: IntArray
    identity: IntArray  # equal for vertices that are one


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Line ends joined to what they missed."""

    count: int
    largest_m: float  # 0 where none was joined


def read_vertices(parts: npt.NDArray[np.object_], *, decimals: int) -> Vertices:
    """Vertices of the line parts, each with the identity of its rounded place."""
    lonlat, part = shapely.get_coordinates(parts, return_index=True)
    columns, _ = pd.factorize(np.round(lonlat[:, 0] * 10**decimals).astype(np.int64))
    lines, distinct = pd.factorize(np.round(lonlat[:, 1] * 10**decimals).astype(np.int64))
    identity = columns.astype(np.int64) * max(len(distinct), 1) + lines
    identity, _ = pd.factorize(identity)
    new = np.ones(len(part), dtype=bool)
    new[1:] = (part[1:] != part[:-1]) | (identity[1:] != identity[:-1])
    return Vertices(lonlat=lonlat[new], part=part[new].astype(np.int64), identity=identity[new].astype(np.int64))


def join_gaps(vertices: Vertices, *, gap_m: float) -> tuple[Vertices, Gaps]:
    """Give an open end the identity of the nearest vertex of another line at most ``gap_m`` away; 0 joins nothing."""
    ends = np.flatnonzero(_line_ends(vertices.part) & (np.bincount(vertices.identity)[vertices.identity] == 1))
    if gap_m <= 0 or not len(ends):
        return vertices, Gaps(count=0, largest_m=0.0)
    near = _near_ends(vertices.lonlat, ends, gap_m=gap_m)
    here, there = (search_tree(on_sphere(*vertices.lonlat[of].T)) for of in (ends, near))
    found = here.sparse_distance_matrix(there, chord_of((gap_m + _GAP_NOISE_M) / 1000), output_type="ndarray")
    end, other, apart = ends[found["i"]], near[found["j"]], found["v"]
    elsewhere = vertices.part[end] != vertices.part[other]
    end, other, apart = end[elsewhere], other[elsewhere], apart[elsewhere]
    order = np.lexsort((other, apart, end))
    first = order[np.unique(end[order], return_index=True)[1]]
    end, other, apart = end[first], other[first], apart[first]
    pairs = np.unique(np.sort(vertices.identity[np.column_stack([end, other])], axis=1), axis=0)
    largest_m = float(2000 * EARTH_RADIUS_KM * np.arcsin(apart.max() / 2)) if len(apart) else 0.0
    return replace(vertices, identity=_merged(vertices.identity, pairs)), Gaps(count=len(pairs), largest_m=largest_m)


def _near_ends(lonlat: FloatArray, ends: IntArray, *, gap_m: float) -> IntArray:
    """Vertices that may lie within the gap of an end: in its square of a grid or one beside it."""
    cosines = np.cos(np.radians(lonlat[:, 1]))
    side_m = 1.01 * gap_m * cosines.max() / max(float(cosines.min()), 0.01)
    at = np.floor(lonlat * (_M_PER_DEGREE * np.array([cosines.max(), 1.0]) / side_m)).astype(np.int64)
    marked = np.zeros(1 << _TABLE_BITS, dtype=bool)
    for east in (-1, 0, 1):
        for north in (-1, 0, 1):
            marked[_slot(at[ends] + [east, north])] = True
    return np.flatnonzero(marked[_slot(at)])


def _slot(square: IntArray) -> IntArray:
    """Place of a square in the table; several may share one (Teschner et al. 2003, optimized spatial hashing)."""
    return np.asarray((square[:, 0] * 73_856_093 ^ square[:, 1] * 19_349_663) & ((1 << _TABLE_BITS) - 1))


def _merged(identity: IntArray, pairs: IntArray) -> IntArray:
    """Identities in which the two of each pair, and so on along chains, are one."""
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 (0.1 s that the first map does without)

    if not len(pairs):
        return identity
    count = int(identity.max()) + 1
    links = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)[identity]


def _line_ends(part: IntArray) -> BoolArray:
    """Which vertices are the first or last of their part."""
    change = part[1:] != part[:-1]
    return np.concatenate([[True], change]) | np.concatenate([change, [True]]) if len(part) else np.empty(0, bool)


def cut(vertices: Vertices) -> tuple[IntArray, IntArray]:
    """First and last vertex position of each segment."""
    part, identity = vertices.part, vertices.identity
    at = np.flatnonzero(_line_ends(part) | (np.bincount(identity)[identity] >= 2))
    same = part[at[:-1]] == part[at[1:]]
    return at[:-1][same], at[1:][same]


def spatial_order(lonlat: FloatArray) -> IntArray:
    """Positions in the order of a curve that keeps neighbours together (Morton 1966), so that searches stay local."""
    if not len(lonlat):
        return np.empty(0, dtype=np.int64)
    low, span = lonlat.min(axis=0), np.maximum(np.ptp(lonlat, axis=0), 1e-9)
    column, row = ((lonlat - low) / span * 65535).astype(np.uint32).T
    return np.argsort(_spaced(column) | _spaced(row) << np.uint32(1), kind="stable")


def _spaced(bits: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Sixteen bits with a free bit after each."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        bits = (bits | bits << np.uint32(shift)) & np.uint32(mask)
    return bits
