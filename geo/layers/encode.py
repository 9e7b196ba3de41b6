"""Compact arrays for the browser: positions as whole numbers in the Web Mercator square, base64.

The square runs from 0 (180° W, 85.05° N) to 1. Cells are counted in 2**30 steps to a side (4 cm), lines
and points in 2**24 (2.4 m). Cells of one map are much alike: each travels as its place within their box
and how its corners differ from the mean hexagon, a byte each. Neither moves a corner by more than half a
hundredth of the cell's radius; where it would, the numbers are wider. Twenty thousand cells take half a
megabyte this way, a twentieth of GeoJSON, and the browser projects nothing.
"""

import base64

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

CELL_STEPS = 2**30
LINE_STEPS = 2**24
# Grain of positions and outlines as a share of the cell's radius; an error is half of it, and a twentieth
# of the gap left between cells.
_FINE = 1 / 100
_SIDES = 6
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
    """Encode cells as positions in their box and outlines beside the mean hexagon.

    Parameters
    ----------
    centres
        Longitude and latitude, each shape ``(n,)``.
    outlines
        Vertices ``(m, 2)`` in degrees and where each cell's begin, shape ``(n + 1,)``. A cell across
        the 180th meridian stays whole: offsets are taken the short way round.

    Returns
    -------
    ``n``; ``centres`` times ``grain`` plus ``origin``, in steps; ``sides`` (a number where all have as
    many, else a byte each); ``ring``, the mean hexagon as six offsets from a centre; ``bends`` times
    ``bend``, what six-sided cells add to it; ``offsets`` times ``unit``, of all other cells in turn.
    An empty ``ring`` means that all cells are among the others.
    """
    vertices, begins = outlines
    counts = np.diff(begins)
    centre_x, centre_y = to_square(*centres)
    x, y = to_square(vertices[:, 0], vertices[:, 1])
    owner = np.repeat(np.arange(len(counts)), counts)
    dx = (x - centre_x[owner] + 0.5) % 1.0 - 0.5
    offsets = np.column_stack([dx, y - centre_y[owner]]) * CELL_STEPS
    radius = float(np.hypot(offsets[:, 0], offsets[:, 1]).min(initial=np.inf)) if len(counts) else 0.0
    even = int(counts[0]) if len(counts) and (counts == counts[0]).all() else 0
    ring, alike = _beside_ring(offsets[counts[owner] == _SIDES].reshape(-1, _SIDES, 2), radius)
    others = offsets[counts[owner] != _SIDES] if ring else offsets
    unit = max(1.0, float(np.abs(others).max(initial=0.0)) / 32_767)
    return {
        "n": len(counts),
        **_placed(np.column_stack([centre_x, centre_y]) * CELL_STEPS, radius),
        **alike,
        "ring": ring,
        "offsets": as_text(np.round(others / unit).astype(np.int16)),
        "unit": unit,
        "sides": even or as_text(counts.astype(np.uint8)),
    }


def _placed(centre: FloatArray, radius: float) -> dict[str, object]:
    """Centres as two 16-bit numbers from the corner of their box; 32-bit where that is too coarse."""
    if len(centre) == 0:
        return {"centres": "", "origin": [0, 0], "grain": 1, "wide": False}
    origin = np.floor(centre.min(axis=0))
    grain = max(1.0, float((centre - origin).max()) / 65_535)
    if grain <= radius * _FINE:
        packed = np.round((centre - origin) / grain).astype(np.uint16)
        return {"centres": as_text(packed), "origin": origin.tolist(), "grain": grain, "wide": False}
    exact = np.clip(np.round(centre), 0, CELL_STEPS - 1).astype(np.int32)
    return {"centres": as_text(exact), "origin": [0, 0], "grain": 1, "wide": True}


def _beside_ring(hexagons: FloatArray, radius: float) -> tuple[list[float], dict[str, object]]:
    """Mean hexagon of ``(k, 6, 2)`` offsets and what each adds to it, as bytes; no ring where they differ too much."""
    if len(hexagons):
        angle = np.arctan2(hexagons[..., 1], hexagons[..., 0])
        # Outlines begin at any corner: turn each so that its first is the one nearest the common direction.
        common = np.angle(np.exp(_SIDES * 1j * angle).mean()) / _SIDES
        begin = np.argmin(np.abs(np.angle(np.exp(1j * (angle - common)))), axis=1)
        turned = hexagons[np.arange(len(hexagons))[:, None], (begin[:, None] + np.arange(_SIDES)) % _SIDES]
        ring = np.round(turned.mean(axis=0))
        bends = turned - ring
        bend = max(1.0, float(np.abs(bends).max()) / 127)
        if bend <= radius * _FINE:
            packed = np.round(bends / bend).astype(np.int8)
            return ring.ravel().tolist(), {"bends": as_text(packed), "bend": bend}
    return [], {"bends": "", "bend": 1}


def encode_ids(cells: npt.NDArray[np.uint64]) -> dict[str, object]:
    """H3 cells as 32-bit numbers above a base: cells of one resolution share their ends.

    Cell ``i`` is ``base + (at[i] << shift)``. Where the differences do not fit, ``at`` has 64 bits,
    ``base`` is 0 and ``wide`` is true. ``base`` is hexadecimal text, because JavaScript numbers end at 2**53.
    """
    if len(cells):
        resolution = int((cells[0] >> np.uint64(52)) & np.uint64(15))
        shift = np.uint64(3 * (15 - resolution))
        low = cells & ((np.uint64(1) << shift) - np.uint64(1))
        base = cells.min()
        apart = (cells - base) >> shift
        if (low == low[0]).all() and int(apart.max()) < 2**32:
            return {
                "at": as_text(apart.astype(np.uint32)),
                "base": f"{int(base):x}",
                "shift": int(shift),
                "wide": False,
            }
    return {"at": as_text(cells), "base": "0", "shift": 0, "wide": True}


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


def encode_scaled(values: pd.Series, *, decimals: int) -> dict[str, object]:
    """Numbers as they are shown, to so many decimals: one or two bytes each where they fit, else float32.

    The largest number of one or two bytes is a missing value; NaN is, of float32.
    """
    given = values.to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(given)
    scaled = np.round(given[known] * 10.0**decimals)
    for kind in (np.uint8, np.uint16):
        missing = np.iinfo(kind).max
        if scaled.min(initial=0) >= 0 and scaled.max(initial=0) < missing:
            packed = np.full(len(given), missing, dtype=kind)
            packed[known] = scaled.astype(kind)
            return {"numbers": as_text(packed), "bytes": kind().itemsize}
    return {"numbers": encode_numbers(values), "bytes": 4}


def encode_bytes(shares: FloatArray) -> str:
    """Numbers from 0 to 1 as bytes."""
    return as_text(np.round(np.clip(np.nan_to_num(shares), 0, 1) * 255).astype(np.uint8))
