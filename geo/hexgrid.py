"""The hexagonal grid: H3 cells as 64-bit integers, their parents, places, outlines and neighbours.

Cells are ``uint64`` everywhere in Python and hex text only in files and JSON: they exceed 2^53, so a
float or a JavaScript number corrupts them. The cell of a point at a resolution is *not* always the
parent of its cell at a finer one (H3 cells are not nested exactly, 5 to 7 % of points differ):
:func:`cells_of_points` gives the cell that holds the point, :func:`parents` the hierarchy.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse
from shapely import MultiPolygon, Polygon

from geo.crs import EARTH_RADIUS_KM, FloatArray
from geo.errors import CrsError, RequestError, SchemaError

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

CellArray = npt.NDArray[np.uint64]
IndexArray = npt.NDArray[np.int32]
# Layout of an H3 index (h3geo.org, "H3 index bit layout"): resolution in bits 52 to 55, then three
# bits per digit from resolution 1 (bits 42 to 44) to 15 (bits 0 to 2); unused digits are all ones.
_RESOLUTION_SHIFT = np.uint64(52)
_RESOLUTION_MASK = np.uint64(0xF)
_FINEST = 15
# Distances are compared with this slack, so that a limit is inclusive in spite of rounding.
_SLACK_KM = 1e-9
# Points from which the compiled way is faster although it loads for half a second; a first map has fewer.
COMPILED_FROM_POINTS = 200_000


def cells_of_points(longitude: npt.ArrayLike, latitude: npt.ArrayLike, *, resolution: int) -> CellArray:
    """Return the cell that holds each point, shape ``(n,)``.

    Parameters
    ----------
    longitude, latitude
        Degrees, EPSG:4326, shape ``(n,)``. The ranges -180..180 and -90..90 are inclusive; H3 itself
        would answer (91, 181) with a cell that looks valid.

    Raises
    ------
    CrsError
        When a coordinate is missing or out of range; names how many and the first.
    """
    lon, lat = np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)
    if lon.shape != lat.shape or lon.ndim != 1:
        raise CrsError(f"longitude {lon.shape} and latitude {lat.shape} must be two lists of the same length")
    _check_grid_resolution(resolution)
    outside = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    if outside.any():
        first = int(np.flatnonzero(outside)[0])
        raise CrsError(
            f"{int(outside.sum())} points are no longitude,latitude in degrees, first at position {first}: "
            f"{lon[first]:g},{lat[first]:g}; give longitude first, within -180..180 and -90..90"
        )
    if len(lon) >= COMPILED_FROM_POINTS:
        from geo.hexgrid_kernels import cells_of_many_points  # noqa: PLC0415 (the first map does without Numba)

        return cells_of_many_points(lon, lat, resolution=resolution)
    find = h3.latlng_to_cell
    found = (find(y, x, resolution) for y, x in zip(lat.tolist(), lon.tolist(), strict=True))
    return np.fromiter(found, dtype=np.uint64, count=len(lon))


def resolutions(cells: CellArray) -> npt.NDArray[np.int8]:
    """Return the H3 resolution of each cell, read from its bits."""
    return np.asarray((_whole(cells) >> _RESOLUTION_SHIFT) & _RESOLUTION_MASK).astype(np.int8)


def parents(cells: CellArray, *, resolution: int) -> CellArray:
    """Return the ancestor of each cell at a resolution no finer than its own, by bit arithmetic.

    Raises
    ------
    RequestError
        When a cell is coarser than ``resolution``: it has no single ancestor there.
    """
    cells = _whole(cells)
    _check_grid_resolution(resolution)
    if len(cells) and int(resolutions(cells).min()) < resolution:
        raise RequestError(
            f"a cell of resolution {int(resolutions(cells).min())} has no parent at the finer {resolution}; "
            "ask for the same or a coarser one"
        )
    unused = np.uint64((1 << (3 * (_FINEST - resolution))) - 1)
    cleared = cells & ~(_RESOLUTION_MASK << _RESOLUTION_SHIFT)
    return np.asarray(cleared | (np.uint64(resolution) << _RESOLUTION_SHIFT) | unused)


def children(cells: CellArray, *, resolution: int) -> CellArray:
    """Return all descendants of cells at a resolution no coarser than theirs, sorted; seven times as many a step.

    Raises
    ------
    RequestError
        When a cell is finer than ``resolution``.
    """
    _check_grid_resolution(resolution)
    if len(cells) and int(resolutions(cells).max()) > resolution:
        raise RequestError(
            f"a cell of resolution {int(resolutions(cells).max())} has no children at the coarser {resolution}; "
            "ask for its parent"
        )
    found = [child for cell in _ints(cells) for child in h3.cell_to_children(cell, resolution)]
    return np.unique(np.array(found, dtype=np.uint64))


def centres(cells: CellArray) -> tuple[FloatArray, FloatArray]:
    """Return longitude and latitude of the cell centres in degrees, each of shape ``(n,)``."""
    found = np.array([h3.cell_to_latlng(cell) for cell in _ints(cells)], dtype=np.float64).reshape(-1, 2)
    return found[:, 1].copy(), found[:, 0].copy()


def outlines(cells: CellArray) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return the corners of all cells, one after the other.

    Returns
    -------
    lonlat
        Degrees, shape ``(m, 2)``; five to ten corners a cell, ring not closed. Rings across the date
        line are unwrapped: longitudes may leave -180..180 but a ring never spans the whole map.
    offsets
        Shape ``(n + 1,)``; cell ``i`` owns corners ``offsets[i]`` to ``offsets[i + 1]``.
    """
    rings = [h3.cell_to_boundary(cell) for cell in _ints(cells)]
    offsets = np.zeros(len(rings) + 1, dtype=np.int64)
    np.cumsum([len(ring) for ring in rings], out=offsets[1:])
    lonlat = np.array([corner for ring in rings for corner in ring], dtype=np.float64).reshape(-1, 2)[:, ::-1].copy()
    first = np.repeat(lonlat[offsets[:-1], 0], np.diff(offsets)) if rings else lonlat[:, 0]
    lonlat[:, 0] -= 360.0 * np.round((lonlat[:, 0] - first) / 360.0)
    return lonlat, offsets


def areas_km2(cells: CellArray) -> FloatArray:
    """Return the area of each cell in km², shape ``(n,)``; H3 cells of one resolution differ by up to a half."""
    return np.array([h3.cell_area(cell, unit="km^2") for cell in _ints(cells)], dtype=np.float64)


def mean_cell_area_km2(resolution: int) -> float:
    """Return the mean area of the cells of a resolution in km², for estimates before cells are made."""
    _check_grid_resolution(resolution)
    return float(h3.average_hexagon_area(resolution, unit="km^2"))


def cells_of_area(polygon: shapely.Geometry, *, resolution: int) -> CellArray:
    """Return the cells whose centre lies inside a polygon or multipolygon, sorted.

    Edges are straight lines in degrees. Never empty: an area smaller than a cell gives the cell of
    its representative point.

    Raises
    ------
    SchemaError
        When the geometry is empty or not a polygon.
    """
    _check_grid_resolution(resolution)
    if not isinstance(polygon, Polygon | MultiPolygon) or polygon.is_empty:
        raise SchemaError(f"an area must be a polygon with an interior, got {str(polygon)[:60]}")
    found = np.array(h3.geo_to_cells(shapely.force_2d(polygon), resolution), dtype=np.uint64)
    if len(found):
        return np.unique(found)
    inside = polygon.representative_point()
    return cells_of_points([inside.x], [inside.y], resolution=resolution)


def disk_pairs(cells: CellArray, *, k: int) -> tuple[IndexArray, IndexArray]:
    """Return all pairs of positions in ``cells`` at most ``k`` steps apart on the grid, each cell with itself too.

    Both ways: ``(i, j)`` and ``(j, i)``. Pairs are ordered by first, then second position.
    """
    cells = _whole(cells)
    order = np.argsort(cells, kind="stable")
    disks = [h3.grid_disk(cell, k) for cell in _ints(cells)]
    origin = np.repeat(np.arange(len(cells), dtype=np.int32), [len(disk) for disk in disks])
    around = np.array([cell for disk in disks for cell in disk], dtype=np.uint64)
    place = np.minimum(np.searchsorted(cells[order], around), max(len(cells) - 1, 0))
    found = cells[order][place] == around if len(cells) else np.zeros(0, dtype=bool)
    origin, other = origin[found], order[place[found]].astype(np.int32)
    tidy = np.lexsort((other, origin))
    return origin[tidy], other[tidy]


def pairs_within(
    cells: CellArray, others: CellArray, *, distance_km: float
) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Return every pair of a cell and another whose centres are at most ``distance_km`` apart.

    Returns
    -------
    position, other_position, apart_km
        Positions in ``cells`` and ``others`` and the great-circle distance; inclusive at the limit;
        ordered by other position, then position.
    """
    if not len(cells) or not len(others):
        return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0)
    tree, other_tree = (search_tree(on_sphere(*centres(each))) for each in (cells, others))
    found = other_tree.sparse_distance_matrix(tree, chord_of(distance_km), output_type="ndarray")
    # A sparse matrix brings the pairs in order without a full sort; distance 0 stays an entry of its own.
    ordered = sparse.csr_array((found["v"], (found["i"], found["j"])), shape=(len(others), len(cells)))
    ordered.sort_indices()
    other = np.repeat(np.arange(len(others), dtype=np.int32), np.diff(ordered.indptr))
    apart_km = 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(ordered.data / 2, 0, 1))
    return ordered.indices.astype(np.int32), other, np.asarray(apart_km)


def cells_near(cells: CellArray, *, distance_km: float) -> CellArray:
    """Return all cells of the grid whose centre lies within ``distance_km`` of a given cell's centre, sorted.

    Grown ring by ring from the cells given; inclusive at the limit; the given cells are among them.
    """
    seen = frontier = np.unique(_whole(cells))
    if not len(seen):
        return seen
    kept = [seen]
    tree = search_tree(on_sphere(*centres(seen)))
    limit = chord_of(distance_km)
    while len(frontier):
        ring = {cell for start in _ints(frontier) for cell in h3.grid_disk(start, 1)}
        fresh = np.setdiff1d(np.fromiter(ring, dtype=np.uint64, count=len(ring)), seen, assume_unique=True)
        seen = np.union1d(seen, fresh)
        frontier = fresh[tree.query(on_sphere(*centres(fresh)))[0] <= limit] if len(fresh) else fresh
        kept.append(frontier)
    return np.unique(np.concatenate(kept))


def search_tree(points: FloatArray) -> "cKDTree":
    """Return a search tree over points, shape ``(n, d)``; its library loads when the first one is wanted."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 (0.25 s that the first map does without)

    return cKDTree(points)


def on_sphere(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    """Return points in degrees as positions on the unit sphere, shape ``(n, 3)``."""
    lon, lat = np.radians(longitude), np.radians(latitude)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def chord_of(distance_km: float) -> float:
    """Return the straight chord on the unit sphere that belongs to a great-circle distance in km."""
    half_turn_km = np.pi * EARTH_RADIUS_KM
    return float(2 * np.sin(min(distance_km + _SLACK_KM, half_turn_km) / (2 * EARTH_RADIUS_KM)))


def to_text(cells: CellArray) -> list[str]:
    """Return cells as hex text, the form files, JSON and other H3 tools use."""
    return [f"{cell:x}" for cell in _ints(cells)]


def from_text(texts: Sequence[str]) -> CellArray:
    """Return hex text as cells.

    Raises
    ------
    SchemaError
        Naming how many are no H3 cells, and the first three of them.
    """
    found = [_parse(text) for text in texts]
    bad = [text for text, cell in zip(texts, found, strict=True) if cell is None]
    if bad:
        shown = ", ".join(repr(text) for text in bad[:3])
        raise SchemaError(
            f"{len(bad)} of {len(found)} texts are no H3 cells, first {shown}; expected e.g. '85032097fffffff'"
        )
    return np.array([cell for cell in found if cell is not None], dtype=np.uint64)


def check_cells(cells: CellArray, *, resolution: int) -> None:
    """Raise :class:`SchemaError` unless every entry is a cell of one resolution; names how many and the first."""
    wrong = np.array([not h3.is_valid_cell(cell) for cell in _ints(cells)], dtype=bool)
    wrong |= resolutions(_whole(cells)) != resolution
    if wrong.any():
        first = f"{int(np.asarray(cells)[wrong][0]):x}"
        raise SchemaError(f"{int(wrong.sum())} cells are not H3 resolution {resolution}, first {first!r}")


def _parse(text: str) -> int | None:
    """One cell, or nothing where the text is none."""
    try:
        cell = int(text, 16)
    except (TypeError, ValueError):
        return None
    return cell if 0 <= cell < 1 << 64 and h3.is_valid_cell(cell) else None


def _whole(cells: CellArray) -> CellArray:
    """Cells as 64-bit integers; a float array has already lost digits."""
    array = np.asarray(cells)
    if array.size and array.dtype.kind not in "ui":
        raise SchemaError(f"cells must be 64-bit integers, got {array.dtype}; floats lose their last digits")
    return array.astype(np.uint64, copy=False)


def _ints(cells: CellArray) -> list[int]:
    """Python integers, which H3 wants."""
    plain: list[int] = _whole(cells).tolist()
    return plain


def _check_grid_resolution(resolution: int) -> None:
    if not 0 <= resolution <= _FINEST:
        raise RequestError(f"an H3 resolution lies between 0 and {_FINEST}, got {resolution}")
