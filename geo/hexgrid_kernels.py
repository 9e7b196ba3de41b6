"""The cell of many points at once: H3's own indexing, compiled.

The published algorithm (h3geo.org, "Overview of the H3 geospatial indexing system"): nearest face of
the icosahedron, gnomonic projection onto it, nearest hexagon, then one digit per resolution up to the
base cell, turned into the base cell's own orientation. Nothing of the library is copied: the faces are
the triangles between its twelve pentagons, and base cells and turns are read off its answers for points
spread over the globe. A point so near an edge that rounding could decide, or in a corner of the table
those points did not reach, is left to the library: the answer is its answer everywhere.

This module loads Numba, half a second and more: import it only where there are many points.
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt
from numba import njit

CellArray = npt.NDArray[np.uint64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_FACES, _SLOTS, _DIGITS = 20, 27, 7
_SIN60 = np.sqrt(3.0) / 2.0
_SQRT7 = np.sqrt(7.0)
# Each odd resolution is turned against the even one before it by this angle: asin(sqrt(3/28)).
_TURN_COS, _TURN_SIN = np.sqrt(25.0 / 28.0), np.sqrt(3.0 / 28.0)
# Radius of a face's corner in its plane, over the two cells of resolution 0 that lie on the way to it.
_UNIT = (3.0 - np.sqrt(5.0)) / 2.0
# Directions are right to some 1e-14 radians here and in the library; near the middle of a face its
# arc cosine loses digits in inverse proportion to the distance. Fiftyfold slack costs nothing.
_DOUBT_RAD, _DOUBT_MIDDLE_RAD = 1e-12, 1e-14
_FACE_DOUBT = 1e-12
# Digit of the step (i, j) between a cell and the middle of its parent, at 3 * (i + 1) + j + 1.
_DIGIT_OF_STEP = np.array([1, 3, 0, 5, 0, 2, 0, 4, 6], dtype=np.int64)
# Digit after 0 to 5 turns of 60 degrees against the clock.
_TURNED = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6],
        [0, 5, 3, 1, 6, 4, 2],
        [0, 4, 1, 5, 2, 6, 3],
        [0, 6, 5, 4, 3, 2, 1],
        [0, 2, 4, 6, 1, 3, 5],
        [0, 3, 6, 2, 5, 1, 4],
    ],
    dtype=np.int64,
)
_SAMPLE_POINTS, _SAMPLE_RESOLUTION = 40_000, 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Tables:
    frames: FloatArray  # (faces, 3, 3): middle of the face, first axis, second axis; unit vectors
    base: IntArray  # (faces, slots): base cell, -1 where no sample fell
    turns: IntArray  # (faces, slots, leading digit): turns of 60 degrees, -1 where unknown


def cells_of_many_points(longitude: FloatArray, latitude: FloatArray, *, resolution: int) -> CellArray:
    """Return the cell that holds each point, shape ``(n,)``, equal to ``h3.latlng_to_cell`` for each.

    Parameters
    ----------
    longitude, latitude
        Degrees, EPSG:4326, within -180..180 and -90..90; :func:`geo.hexgrid.cells_of_points` checks that.
    """
    tables = _tables()
    # One memory layout, so that one compiled version serves: pandas hands out columns it forbids to change.
    longitude, latitude = (np.require(degrees, np.float64, ["C", "W"]) for degrees in (longitude, latitude))
    cells = np.empty(len(longitude), dtype=np.uint64)
    unsure = np.empty(len(longitude), dtype=np.bool_)
    _index(longitude, latitude, resolution, (tables.frames, tables.base, tables.turns), (cells, unsure))
    for row in np.flatnonzero(unsure).tolist():
        cells[row] = h3.latlng_to_cell(latitude[row], longitude[row], resolution)
    return cells


@cache
def _tables() -> _Tables:
    """Faces, base cells and turns, worked out once per process from the library's answers (0.1 s)."""
    frames = _face_frames()
    lon, lat = _spread_points(_SAMPLE_POINTS)
    rows = [np.empty(len(lon), dtype=np.int64) for _ in range(4)]
    _addresses(lon, lat, _SAMPLE_RESOLUTION, frames, tuple(rows))
    face, slot, digits, sure = rows
    pairs = zip(lat.tolist(), lon.tolist(), strict=True)
    cells = np.fromiter((h3.latlng_to_cell(y, x, _SAMPLE_RESOLUTION) for y, x in pairs), np.uint64, len(lon))
    given = (cells.astype(np.int64) >> 36) & 0o777  # the digits of resolutions 1 to 3
    base = np.full((_FACES, _SLOTS), -1, dtype=np.int64)
    turns = np.full((_FACES, _SLOTS, _DIGITS), -1, dtype=np.int64)
    kept = sure > 0
    base[face[kept], slot[kept]] = (cells[kept].astype(np.int64) >> 45) & 0x7F
    lead, theirs = _leading(digits), _leading(given)
    for turn in range(6):
        fits = kept & (lead > 0) & (_TURNED[turn][lead] == theirs)
        turns[face[fits], slot[fits], lead[fits]] = turn
    differs = kept & (lead > 0) & (_TURNED[turns[face, slot, lead], lead] != theirs)
    turns[face[differs], slot[differs], lead[differs]] = -1  # none does; were there one, the library is asked
    turns[:, :, 0] = np.where(base >= 0, 0, -1)  # the middle of a base cell has no direction to turn
    return _Tables(frames=frames, base=base, turns=turns)


def _face_frames() -> FloatArray:
    """Middle and axes of the twenty triangles between neighbouring pentagons."""
    corners = np.array([_vector(*h3.cell_to_latlng(cell)) for cell in h3.get_pentagons(0)])
    near = corners @ corners.T > 0.4  # neighbours are 63 degrees apart: cosine 0.447
    faces = [t for t in combinations(range(len(corners)), 3) if all(near[a, b] for a, b in combinations(t, 2))]
    middle = np.array([corners[list(face)].sum(axis=0) for face in faces])
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    towards = corners[[face[0] for face in faces]]
    first = towards - (towards * middle).sum(axis=1, keepdims=True) * middle
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return np.ascontiguousarray(np.stack([middle, first, np.cross(middle, first)], axis=1))


def _vector(lat_deg: float, lon_deg: float) -> tuple[float, float, float]:
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    return float(np.cos(lat) * np.cos(lon)), float(np.cos(lat) * np.sin(lon)), float(np.sin(lat))


def _spread_points(count: int) -> tuple[FloatArray, FloatArray]:
    """Points spread evenly over the globe, degrees (the Fibonacci lattice)."""
    step = np.arange(count) + 0.5
    lat = np.degrees(np.arcsin(1.0 - 2.0 * step / count))
    lon = np.mod(step * 360.0 * (np.sqrt(5.0) - 1.0) / 2.0, 360.0) - 180.0
    return lon, lat


def _leading(digits: IntArray) -> IntArray:
    """First of three digits that is not 0; 0 where all are."""
    one, two, three = (digits >> 6) & 7, (digits >> 3) & 7, digits & 7
    return np.where(one > 0, one, np.where(two > 0, two, three))


@njit(cache=True, nogil=True, inline="always")
def _seventh(value: int) -> int:
    """A whole number divided by seven, to the nearest: seven is odd, so there are no ties."""
    return (value + 3) // 7


@njit(cache=True, nogil=True, error_model="numpy")
def _address(lon_deg: float, lat_deg: float, resolution: int, frames: FloatArray) -> tuple[int, int, int, bool]:
    """Face, position of the base cell on it, digits in the face's orientation, and whether all is beyond doubt."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    z, flat = np.sin(lat), np.cos(lat)
    x, y = flat * np.cos(lon), flat * np.sin(lon)
    face, best, second = 0, -2.0, -2.0
    for f in range(_FACES):
        near = frames[f, 0, 0] * x + frames[f, 0, 1] * y + frames[f, 0, 2] * z
        if near > best:
            face, best, second = f, near, best
        elif near > second:
            second = near
    across = (frames[face, 1, 0] * x + frames[face, 1, 1] * y + frames[face, 1, 2] * z) / best
    up = (frames[face, 2, 0] * x + frames[face, 2, 1] * y + frames[face, 2, 2] * z) / best
    scale = 1.0 / _UNIT
    for _ in range(resolution):
        scale *= _SQRT7
    doubt = scale * (_DOUBT_RAD + _DOUBT_MIDDLE_RAD / np.sqrt(across * across + up * up))
    if resolution % 2 == 1:
        across, up = across * _TURN_COS + up * _TURN_SIN, up * _TURN_COS - across * _TURN_SIN
    i, j, room = _nearest_hexagon(across * scale, up * scale)
    sure = room > doubt and best - second > _FACE_DOUBT
    digits = 0
    for at in range(resolution, 0, -1):
        if at % 2 == 1:
            pi, pj = _seventh(3 * i - j), _seventh(i + 2 * j)
            di, dj = i - 2 * pi - pj, j - 3 * pj + pi
        else:
            pi, pj = _seventh(2 * i + j), _seventh(3 * j - i)
            di, dj = i - 3 * pi + pj, j - pi - 2 * pj
        digits |= _DIGIT_OF_STEP[3 * (di + 1) + dj + 1] << (3 * (resolution - at))
        i, j = pi, pj
    low = min(i, j, 0)
    i, j, k = i - low, j - low, -low
    if i > 2 or j > 2 or k > 2:
        return face, 0, digits, False
    return face, 9 * i + 3 * j + k, digits, sure


@njit(cache=True, nogil=True, inline="always")
def _nearest_hexagon(x: float, y: float) -> tuple[int, int, float]:
    """Hexagon (i, j) of a point of the plane, one apart, and the room left to the nearest edge (0 to 1)."""
    r = y / _SIN60
    q = x - 0.5 * r
    nq, nr, ns = np.rint(q), np.rint(r), np.rint(-q - r)
    dq, dr, ds = abs(nq - q), abs(nr - r), abs(ns + q + r)
    if dq > dr and dq > ds:
        nq = -nr - ns
    elif dr > ds:
        nr = -nq - ns
    fq, fr = q - nq, r - nr
    fs = -fq - fr
    room = 1.0 - max(abs(fq - fr), abs(fr - fs), abs(fs - fq))
    return int(nq) + int(nr), int(nr), float(room)


@njit(cache=True, nogil=True)
def _addresses(
    longitude: FloatArray, latitude: FloatArray, resolution: int, frames: FloatArray, rows: tuple[IntArray, ...]
) -> None:
    """Raw address of each point, for reading the tables off the library."""
    face, slot, digits, sure = rows
    for n in range(len(longitude)):
        face[n], slot[n], digits[n], sure[n] = _address(longitude[n], latitude[n], resolution, frames)


@njit(cache=True, nogil=True)
def _index(
    longitude: FloatArray,
    latitude: FloatArray,
    resolution: int,
    tables: tuple[FloatArray, IntArray, IntArray],
    out: tuple[CellArray, BoolArray],
) -> None:
    """Write cells, and which of them the library must be asked for."""
    frames, base, turns = tables
    cells, unsure = out
    unused = (1 << (3 * (15 - resolution))) - 1
    head = (1 << 59) | (resolution << 52) | unused
    for n in range(len(longitude)):
        face, slot, digits, sure = _address(longitude[n], latitude[n], resolution, frames)
        lead, shift = 0, 3 * (resolution - 1)
        while lead == 0 and shift >= 0:
            lead = (digits >> shift) & 7
            shift -= 3
        turn = turns[face, slot, lead]
        unsure[n] = not sure or turn < 0
        if unsure[n]:
            cells[n] = 0
            continue
        turned = 0
        for at in range(0, 3 * resolution, 3):
            turned |= _TURNED[turn, (digits >> at) & 7] << at
        cells[n] = np.uint64(head | (base[face, slot] << 45) | (turned << (3 * (15 - resolution))))
