"""The land of the fictional sample: coast, countries, provinces and districts that tile it exactly.

Areas are grown on a fine raster from seeds whose distances are bent by smooth noise. The edges
between two areas are then traced once, smoothed and thinned once, and shared by both sides, so
there are no gaps and no overlaps. Only additions, products and square roots are used: the same
seed gives the same bytes on any machine.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import ndimage

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Booleans = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Integers = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

STEP_DEG = 0.025  # raster step; noise of the outline is a few steps wide
WEST_DEG, SOUTH_DEG = -5.3, -4.25  # south-west corner of the raster
COLUMNS, ROWS = 424, 340
SEA = -1
OWN = "XPI"
NEIGHBOURS = ("XPJ", "XPK", "XPL")
_NEIGHBOUR_SEEDS = np.array([[-1.2, 3.9], [4.9, 1.2], [1.6, -4.3]])
# Corners of the territory before noise bends them; the first seven are its western coast, from north to south.
_CORNERS = """-2.65,1.2 -2.95,.5 -2.6,.1 -2.75,-.5 -2.05,-.75 -1.5,-1.1 -1.8,-1.6 -1.3,-2.2 -.7,-2.4 -.2,-2 .35,-2.3 .8,-1.8
 1.2,-1.4 1.9,-1.65 2.4,-1.15 2.35,-.55 2.95,-.45 3.15,.2 2.75,.75 3.05,1.25 2.6,1.75 2,1.5 1.5,1.8 1.35,2.4 .75,2.55
 .3,2 -.1,1.5 -.6,1.3 -1.1,1.75 -1.7,1.8 -2.1,1.35"""
_COASTAL = 8  # corners of the coast, shared with the island
_ISLAND = (
    """-1.1,-2.8 -.5,-3.3 .5,-3.8 2.5,-3.7 4,-3 4.6,-1.5 4.8,.5 4.7,2.4 3.8,3.5 2,3.75 0,3.7 -1.4,3.3 -2.3,2.7 -2.9,2"""
)
# Rough centres of the seven provinces and how many districts each has.
_PROVINCE_SEEDS = np.array(
    [[-2.1, 0.4], [-0.9, 0.3], [0.55, 0.25], [0.85, 1.75], [2.4, 0.65], [-0.7, -1.45], [1.4, -0.85]]
)
_DISTRICTS_PER_PROVINCE = (4, 4, 4, 3, 4, 3, 3)
_BEND_DEG = 0.14
_DECIMALS = 5


def smooth_noise(lon: Floats, lat: Floats, *, wavelength_deg: float, seed: int) -> Floats:
    """Return value noise in [-1, 1] that varies smoothly over about one wavelength."""
    table = np.random.Generator(np.random.PCG64(seed)).random((64, 64)) * 2.0 - 1.0
    x, y = lon / wavelength_deg + 1000.37, lat / wavelength_deg + 1000.71
    column, row = np.floor(x), np.floor(y)
    u, v = x - column, y - row
    u, v = u * u * (3.0 - 2.0 * u), v * v * (3.0 - 2.0 * v)
    i, j = row.astype(np.int64) % 64, column.astype(np.int64) % 64
    i2, j2 = (i + 1) % 64, (j + 1) % 64
    low = table[i, j] + (table[i, j2] - table[i, j]) * u
    high = table[i2, j] + (table[i2, j2] - table[i2, j]) * u
    return np.asarray(low + (high - low) * v)


def layered_noise(lon: Floats, lat: Floats, *, wavelength_deg: float, seed: int, octaves: int = 4) -> Floats:
    """Return the sum of noises of halving wavelength and height, about [-1.5, 1.5]."""
    total = np.zeros(np.shape(lon))
    for octave in range(octaves):
        height, finer = 0.6**octave, 0.5**octave
        total = total + height * smooth_noise(lon, lat, wavelength_deg=wavelength_deg * finer, seed=seed + octave)
    return total


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Land:
    """Raster of areas, their codes, and the outline of every area as rings."""

    labels: Integers  # [row from south, column from west]; SEA or a position in ``codes``
    codes: tuple[str, ...]  # district p-codes, then neighbours
    seeds: Floats  # longitude, latitude of the middle of each coded area
    rings: dict[str, list[Floats]]  # code -> closed rings, the outer ring first and counter-clockwise

    @property
    def districts(self) -> list[str]:
        """P-codes of the districts."""
        return [code for code in self.codes if code.startswith(OWN)]

    @property
    def provinces(self) -> list[str]:
        """P-codes of the provinces."""
        return sorted({code[:5] for code in self.districts})


def raster_positions() -> tuple[Floats, Floats]:
    """Return longitude and latitude of the raster's cell centres, each [row, column]."""
    lon = WEST_DEG + (np.arange(COLUMNS) + 0.5) * STEP_DEG
    lat = SOUTH_DEG + (np.arange(ROWS) + 0.5) * STEP_DEG
    grid = np.meshgrid(lon, lat)
    return np.asarray(grid[0]), np.asarray(grid[1])


def build_land(seed: int) -> Land:
    """Return the territory, its neighbours and the sea for one seed."""
    lon, lat = raster_positions()
    x = lon + _BEND_DEG * layered_noise(lon, lat, wavelength_deg=1.1, seed=seed + 100, octaves=5)
    y = lat + _BEND_DEG * layered_noise(lon, lat, wavelength_deg=1.1, seed=seed + 200, octaves=5)
    corners = _corners(_CORNERS)
    own = _inside(x, y, corners)
    dry = own | _inside(x, y, np.concatenate([corners[:_COASTAL], _corners(_ISLAND)]))
    country = _largest(own)
    labels = np.full(lon.shape, SEA, dtype=np.int64)
    outside = _nearest(x, y, _NEIGHBOUR_SEEDS)
    province = _nearest(x, y, _PROVINCE_SEEDS)
    codes: list[str] = []
    for position, count in enumerate(_DISTRICTS_PER_PROVINCE):
        member = country & (province == position)
        centres = _spread_seeds(x, y, member, count, seed=seed + 300 + position)
        labels[member] = len(codes) + _nearest(x, y, centres)[member]
        codes += [f"{OWN}{position + 1:02d}{number + 1:02d}" for number in range(count)]
    labels[dry & ~country] = len(codes) + outside[dry & ~country]
    codes += NEIGHBOURS
    labels = _tidy(np.pad(labels[2:-2, 2:-2], 2, constant_values=SEA), len(codes))
    seeds = np.array([_middle(labels == k) for k in range(len(codes))])
    return Land(labels=labels, codes=tuple(codes), seeds=seeds, rings=_all_rings(labels, codes))


def _corners(text: str) -> Floats:
    return np.array([[float(part) for part in pair.split(",")] for pair in text.split()])


def _inside(x: Floats, y: Floats, corners: Floats) -> Booleans:
    """Mark positions inside a polygon (even-odd rule)."""
    inside = np.zeros(x.shape, dtype=bool)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        inside ^= ((ay > y) != (by > y)) & (x < ax + (bx - ax) * ((y - ay) / (by - ay if by != ay else 1.0)))
    return inside


def _nearest(x: Floats, y: Floats, seeds: Floats) -> Integers:
    distances = [(x - sx) * (x - sx) + (y - sy) * (y - sy) for sx, sy in seeds]
    return np.asarray(np.argmin(np.stack(distances), axis=0), dtype=np.int64)


def _spread_seeds(x: Floats, y: Floats, member: Booleans, count: int, *, seed: int) -> Floats:
    """Return seeds spread evenly over an area (Lloyd's rounds on its cells)."""
    px, py = x[member], y[member]
    first = np.random.Generator(np.random.PCG64(seed)).integers(0, len(px), size=count)
    seeds = np.stack([px[first], py[first]], axis=1)
    for _ in range(25):
        near = _nearest(px, py, seeds)
        sums = [(np.round(px[near == k], 6).tolist(), np.round(py[near == k], 6).tolist()) for k in range(count)]
        seeds = np.array([[_mean(xs), _mean(ys)] for xs, ys in sums])
    return np.asarray(seeds[np.lexsort((seeds[:, 0], -np.round(seeds[:, 1] * 2)))])


def _mean(values: list[float]) -> float:
    """Mean whose sum does not depend on how a machine adds in parallel."""
    total = sum(round(value * 1_000_000) for value in values)
    return total / (1_000_000 * max(len(values), 1))


def _middle(member: Booleans) -> tuple[float, float]:
    """Return the cell of an area that lies deepest inside it, as longitude and latitude."""
    depth = ndimage.distance_transform_edt(np.pad(member, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(int(np.argmax(depth)), member.shape)
    return WEST_DEG + (int(column) + 0.5) * STEP_DEG, SOUTH_DEG + (int(row) + 0.5) * STEP_DEG


def _largest(mask: Booleans) -> Booleans:
    parts, count = ndimage.label(mask)
    if count == 0:
        return mask
    return np.asarray(parts == 1 + int(np.argmax(np.bincount(parts.ravel())[1:])))


def _tidy(labels: Integers, count: int) -> Integers:
    """Make every area one piece without necks, and let at most three areas meet in a point."""
    tidy = labels.copy()
    for _ in range(2):
        votes = np.stack([ndimage.uniform_filter((tidy == k).astype(np.float32), 3) for k in range(-1, count)])
        tidy = np.asarray(np.argmax(np.round(votes, 3), axis=0) - 1, dtype=np.int64)
    for _ in range(20):
        stray = np.zeros(tidy.shape, dtype=bool)
        for k in range(-1, count):
            stray |= (tidy == k) & ~_largest(tidy == k)
        nearest = ndimage.distance_transform_edt(stray, return_distances=False, return_indices=True)
        tidy = tidy[tuple(nearest)]
        crossings = _loosen(tidy)
        if not stray.any() and crossings == 0:
            break
    return tidy


def _loosen(labels: Integers) -> int:
    """Change cells in place until no four borders meet in a point; returns how many were changed."""
    changed = 0
    while True:
        a, b, c, d = labels[:-1, :-1], labels[:-1, 1:], labels[1:, 1:], labels[1:, :-1]
        rows, columns = np.nonzero((a != b) & (b != c) & (c != d) & (d != a))
        if len(rows) == 0:
            return changed
        labels[rows[0] + 1, columns[0] + 1] = labels[rows[0] + 1, columns[0]]
        changed += 1


@dataclass(frozen=True, slots=True, eq=False)
class _Arc:
    """One stretch of border between two areas, drawn once."""

    left: int
    right: int
    start: tuple[int, int]
    end: tuple[int, int]
    line: Floats


def _all_rings(labels: Integers, codes: list[str]) -> dict[str, list[Floats]]:
    """Rings of every district, province, the territory and its neighbours, from shared arcs."""
    arcs = _arcs(labels)
    areas = {code: {k} for k, code in enumerate(codes)}
    for province in {code[:5] for code in codes if code.startswith(OWN)}:
        areas[province] = {k for k, code in enumerate(codes) if code.startswith(province)}
    areas[OWN] = {k for k, code in enumerate(codes) if code.startswith(OWN)}
    return {code: _rings(arcs, area) for code, area in sorted(areas.items())}


def _border_steps(labels: Integers) -> dict[tuple[int, int], dict[tuple[int, int], tuple[int, int]]]:
    """Lattice steps along borders: vertex -> next vertex -> (area to the left, area to the right)."""
    steps: dict[tuple[int, int], dict[tuple[int, int], tuple[int, int]]] = {}

    def add(start: tuple[int, int], end: tuple[int, int], left: int, right: int) -> None:
        steps.setdefault(start, {})[end] = (left, right)
        steps.setdefault(end, {})[start] = (right, left)

    rows, columns = np.nonzero(labels[:, :-1] != labels[:, 1:])
    for r, c in zip(rows.tolist(), columns.tolist(), strict=True):
        add((r, c + 1), (r + 1, c + 1), int(labels[r, c]), int(labels[r, c + 1]))
    rows, columns = np.nonzero(labels[:-1] != labels[1:])
    for r, c in zip(rows.tolist(), columns.tolist(), strict=True):
        add((r + 1, c + 1), (r + 1, c), int(labels[r, c]), int(labels[r + 1, c]))
    return steps


def _arcs(labels: Integers) -> list[_Arc]:
    """Trace every border once, from meeting point to meeting point or round a lone ring."""
    steps = _border_steps(labels)
    junctions = sorted(v for v, ends in steps.items() if len(ends) != 2)
    used: set[tuple[tuple[int, int], tuple[int, int]]] = set()
    arcs: list[_Arc] = []
    for start in junctions + sorted(steps):
        for second in sorted(steps[start]):
            if (start, second) in used:
                continue
            path = [start, second]
            while len(steps[path[-1]]) == 2 and path[-1] != start:
                path.append(next(v for v in sorted(steps[path[-1]]) if v != path[-2]))
            used.update(pairwise(path))
            used.update(zip(path[1:], path[:-1], strict=True))
            left, right = steps[start][second]
            arcs.append(_Arc(left, right, path[0], path[-1], _draw(path)))
    return arcs


def _draw(path: list[tuple[int, int]]) -> Floats:
    """Turn a staircase of lattice points into a smooth, thinned line; its ends stay."""
    line = np.array([(WEST_DEG + c * STEP_DEG, SOUTH_DEG + r * STEP_DEG) for r, c in path])
    closed = path[0] == path[-1]
    for _ in range(3):
        if closed:
            ring = line[:-1]
            ring = (np.roll(ring, 1, axis=0) + 2.0 * ring + np.roll(ring, -1, axis=0)) / 4.0
            line = np.concatenate([ring, ring[:1]])
        else:
            line[1:-1] = (line[:-2] + 2.0 * line[1:-1] + line[2:]) / 4.0
    return np.round(thin(line, tolerance_deg=0.004), _DECIMALS) + 0.0


def thin(line: Floats, *, tolerance_deg: float) -> Floats:
    """Drop vertices closer than the tolerance to the line without them (Douglas and Peucker 1973)."""
    keep = np.zeros(len(line), dtype=bool)
    keep[[0, -1]] = True
    closed = bool((line[0] == line[-1]).all())
    pending = [(0, len(line) // 2), (len(line) // 2, len(line) - 1)] if closed else [(0, len(line) - 1)]
    if closed:
        keep[len(line) // 2] = True
    while pending:
        first, last = pending.pop()
        if last - first < 2:
            continue
        span = line[last] - line[first]
        offset = line[first + 1 : last] - line[first]
        length = np.sqrt(span[0] * span[0] + span[1] * span[1])
        away = np.abs(span[0] * offset[:, 1] - span[1] * offset[:, 0]) / max(float(length), 1e-12)
        farthest = int(np.argmax(away))
        if away[farthest] > tolerance_deg:
            middle = first + 1 + farthest
            keep[middle] = True
            pending += [(first, middle), (middle, last)]
    return line[keep]


def _rings(arcs: list[_Arc], area: set[int]) -> list[Floats]:
    """Join the arcs around an area into closed rings, the area on their left."""
    ways: dict[tuple[int, int], list[tuple[tuple[int, int], Floats]]] = {}
    for arc in arcs:
        if (arc.left in area) == (arc.right in area):
            continue
        if arc.left in area:
            ways.setdefault(arc.start, []).append((arc.end, arc.line))
        else:
            ways.setdefault(arc.end, []).append((arc.start, arc.line[::-1]))
    rings: list[Floats] = []
    for start in sorted(ways):
        while ways[start]:
            end, line = ways[start].pop()
            pieces = [line]
            while end != start:
                end, line = ways[end].pop()
                pieces.append(line[1:])
            rings.append(np.concatenate(pieces))
    return sorted(rings, key=_doubled_area, reverse=True)


def _doubled_area(ring: Floats) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float(sum((x[:-1] * y[1:] - x[1:] * y[:-1]).tolist()))
