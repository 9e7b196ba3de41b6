"""Compact arrays for the browser: positions as whole numbers in the Web Mercator square, base64.

The square runs from 0 (180° W, 85.05° N) to 1. Cells are 2**30 steps to a side (4 cm), lines and
points 2**24 (2.4 m). Twenty thousand cells take under a megabyte this way, a tenth of GeoJSON, and
the browser projects nothing.
"""

import base64

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

CELL_STEPS = 2**30
LINE_STEPS = 2**24
# Web Mercator ends here: 2 * atan(e**pi) - 90°.
MAX_LATITUDE_DEG = 85.05112878
# Longest step an int16 delta can hold; longer stretches get vertices in between.
_LONGEST_DELTA = 32_000

FloatArray = npt.NDArray[np.float64]


def as_text(values: npt.NDArray[np.generic]) -> str:
    """Bytes of an array, little-endian, as base64."""
    little = values.astype(values.dtype.newbyteorder("<"), copy=False)
    return base64.b64encode(np.ascontiguousarray(little).tobytes()).decode("ascii")


def to_square(longitude: FloatArray, latitude: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Web Mercator position of points in degrees, each from 0 to 1, y downward (Snyder 1987, ch. 7)."""
    sine = np.sin(np.radians(np.clip(latitude, -MAX_LATITUDE_DEG, MAX_LATITUDE_DEG)))
    return longitude / 360.0 + 0.5, 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)


def encode_cells(
    centres: tuple[FloatArray, FloatArray], outlines: tuple[FloatArray, npt.NDArray[np.int64]]
) -> dict[str, object]:
    """Encode cells as int32 centres and int16 vertex offsets.

    Parameters
    ----------
    centres
        Longitude and latitude, each shape ``(n,)``.
    outlines
        Vertices ``(m, 2)`` in degrees and where each cell's begin, shape ``(n + 1,)``. A cell across
        the 180th meridian stays whole: offsets are taken the short way round.
    """
    vertices, begins = outlines
    counts = np.diff(begins)
    centre_x, centre_y = to_square(*centres)
    x, y = to_square(vertices[:, 0], vertices[:, 1])
    owner = np.repeat(np.arange(len(counts)), counts)
    dx = (x - centre_x[owner] + 0.5) % 1.0 - 0.5
    offsets = np.column_stack([dx, y - centre_y[owner]]) * CELL_STEPS
    unit = max(1.0, float(np.abs(offsets).max(initial=0.0)) / 32_767)
    centre = np.column_stack([centre_x, centre_y]) * CELL_STEPS
    even = int(counts[0]) if len(counts) and (counts == counts[0]).all() else 0
    return {
        "n": len(counts),
        "centres": as_text(np.clip(np.round(centre), 0, CELL_STEPS - 1).astype(np.int32)),
        "offsets": as_text(np.round(offsets / unit).astype(np.int16)),
        "unit": unit,
        "sides": even or as_text(counts.astype(np.uint8)),
    }


def encode_lines(
    geometries: npt.NDArray[np.object_], *, simplify_deg: float = 0.0
) -> tuple[dict[str, object], npt.NDArray[np.int64]]:
    """Encode lines, or the rings of polygons, as int16 steps from an int32 start.

    Returns
    -------
    The encoded parts, and for each part the position of the geometry it came from.
    """
    parts, owner = _parts(geometries)
    if simplify_deg:
        parts = shapely.simplify(parts, simplify_deg, preserve_topology=False)
    visible = shapely.length(parts) > 0  # islets under the tolerance, and lines that a source shrank to a point
    parts, owner = parts[visible], owner[visible]
    longest_deg = 360.0 * _LONGEST_DELTA / LINE_STEPS / 8  # Mercator stretches steps north of the equator
    parts = shapely.segmentize(parts, longest_deg)
    coordinates, part_of = shapely.get_coordinates(parts, return_index=True)
    x, y = to_square(coordinates[:, 0], coordinates[:, 1])
    grid = np.round(np.column_stack([x, y]) * LINE_STEPS).astype(np.int64)
    first = np.ones(len(grid), dtype=bool)
    first[1:] = part_of[1:] != part_of[:-1]
    last = np.roll(first, -1)
    moved = np.ones(len(grid), dtype=bool)
    moved[1:] = (np.diff(grid, axis=0) != 0).any(axis=1)
    keep = moved | first | last
    grid, first, part_of = grid[keep], first[keep], part_of[keep]
    steps = np.diff(grid, axis=0, prepend=grid[:1])
    steps[first] = 0
    encoded: dict[str, object] = {
        "starts": as_text(grid[first].astype(np.int32)),
        "steps": as_text(steps.astype(np.int16)),
        "counts": as_text(np.bincount(part_of, minlength=len(parts)).astype(np.uint32)),
    }
    return encoded, owner


def _parts(geometries: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Single lines of multi-lines and rings of polygons, each with the position of its geometry."""
    present = np.flatnonzero(~(shapely.is_missing(geometries) | shapely.is_empty(geometries)))
    singles, of = shapely.get_parts(geometries[present], return_index=True)
    owner = present[of].astype(np.int64)
    area = shapely.get_dimensions(singles) == 2
    rings, ring_of = shapely.get_rings(singles[area], return_index=True)
    lines = shapely.get_dimensions(singles) == 1
    parts = np.concatenate([singles[lines], rings])
    owners = np.concatenate([owner[lines], owner[area][ring_of]])
    order = np.argsort(owners, kind="stable")
    return parts[order], owners[order]


def encode_points(longitude: FloatArray, latitude: FloatArray) -> str:
    """Positions as int32 pairs."""
    x, y = to_square(longitude, latitude)
    return as_text(np.round(np.column_stack([x, y]) * LINE_STEPS).astype(np.int32))


def encode_words(values: pd.Series) -> dict[str, object]:
    """Text column as its distinct values and an index per row; missing is the last index."""
    codes, found = pd.factorize(values)
    words = [str(value) for value in found]
    return {"words": [*words, ""], "at": as_text(np.where(codes < 0, len(words), codes).astype(np.uint32))}


def encode_numbers(values: pd.Series) -> str:
    """Numbers as float32; missing is NaN."""
    return as_text(values.to_numpy(dtype=np.float32, na_value=np.nan))


def encode_bytes(shares: FloatArray) -> str:
    """Numbers from 0 to 1 as bytes."""
    return as_text(np.round(np.clip(np.nan_to_num(shares), 0, 1) * 255).astype(np.uint8))
