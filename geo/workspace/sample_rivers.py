"""Rivers of the fictional sample: water runs down a made-up terrain to the sea.

The terrain rises away from the western sea, with noise and two carved valleys. Each cell drains
to the neighbour it was flooded from (priority flood; Barnes, Lehman and Mulla 2014), so every
river reaches the sea.
"""

import heapq
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from geo.workspace.sample_land import (
    SEA,
    STEP_DEG,
    Booleans,
    Floats,
    Integers,
    Land,
    layered_noise,
    raster_positions,
    thin,
)

# Courses the two large rivers roughly follow, from source to mouth.
_VALLEYS = (
    [
        (3.9, 2.6),
        (3.2, 2.1),
        (2.3, 1.5),
        (1.75, 0.85),
        (0.95, 0.6),
        (0.3, 0.95),
        (-0.5, 0.75),
        (-1.3, 0.35),
        (-2.6, 0.1),
    ],
    [(3.7, -1.6), (2.9, -0.8), (2.0, -0.7), (1.2, -0.35), (0.5, -0.75), (-0.3, -0.9), (-0.95, -1.15), (-1.9, -1.1)],
)
_COARSE = 2  # terrain cells per raster step, each way
_CLASS_CELLS = (2600, 520, 75)  # drained cells from which a river is of class 1, 2, 3
_MARGIN_DEG = 0.9  # small rivers farther than this outside the territory are left out
_STEPS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


@dataclass(frozen=True, slots=True, eq=False)
class River:
    """One stretch of river of one class, drawn downstream."""

    stem: int  # stretches of one river share it; 0 and 1 are the two large ones
    river_class: int
    line: Floats


def build_rivers(land: Land, seed: int) -> list[River]:
    """Return the rivers, largest first."""
    lon, lat = (grid[::_COARSE, ::_COARSE] for grid in raster_positions())
    dry = land.labels[::_COARSE, ::_COARSE] != SEA
    parent, order = _drain(_terrain(lon, lat, seed), dry)
    drained = np.where(dry, 1, 0).astype(np.int64).ravel()
    for cell in reversed(order):
        if parent[cell] >= 0:
            drained[parent[cell]] += drained[cell]
    x, y = _positions(lon, lat, seed)
    rivers: list[River] = []
    for number, stem in enumerate(_stems(parent, drained, dry.ravel())):
        rivers += _pieces(number, stem, drained, (x, y))
    near = [r for r in rivers if r.river_class < 3 or _near_territory(r.line)]
    return [r for r in near if len(r.line) > 1]


def _terrain(lon: Floats, lat: Floats, seed: int) -> Floats:
    height = 0.25 * (lon + 5.3) + 0.55 * layered_noise(lon, lat, wavelength_deg=1.3, seed=seed + 500, octaves=4) + 2.0
    height = height + 0.45 * np.random.Generator(np.random.PCG64(seed + 590)).random(lon.shape)
    lon, lat = (
        lon + 0.3 * layered_noise(lon, lat, wavelength_deg=0.8, seed=seed + 530, octaves=3),
        lat + 0.3 * layered_noise(lon, lat, wavelength_deg=0.8, seed=seed + 560, octaves=3),
    )
    for depth, valley in zip((1.6, 1.4), _VALLEYS, strict=True):
        height = height - depth * np.maximum(0.0, 1.0 - _away(lon, lat, valley) / 0.4)
    return np.asarray(height)


def _away(lon: Floats, lat: Floats, line: list[tuple[float, float]]) -> Floats:
    """Distance to a line, degrees."""
    best = np.full(lon.shape, np.inf)
    for (ax, ay), (bx, by) in pairwise(line):
        dx, dy = bx - ax, by - ay
        t = np.clip(((lon - ax) * dx + (lat - ay) * dy) / (dx * dx + dy * dy), 0.0, 1.0)
        ex, ey = lon - ax - t * dx, lat - ay - t * dy
        best = np.minimum(best, np.sqrt(ex * ex + ey * ey))
    return best


def _drain(height: Floats, dry: Booleans) -> tuple[Integers, list[int]]:
    """Return the downstream cell of each cell (-1 = none) and the land cells from mouth to source."""
    rows, columns = height.shape
    parent = np.full(rows * columns, -1, dtype=np.int64)
    seen = ~dry.ravel()
    heights = height.ravel()
    queue: list[tuple[float, int]] = []
    order: list[int] = []

    def visit(cell: int, level: float) -> None:
        row, column = divmod(cell, columns)
        for dr, dc in _STEPS:
            r, c = row + dr, column + dc
            near = r * columns + c
            if 0 <= r < rows and 0 <= c < columns and not seen[near]:
                seen[near] = True
                parent[near] = cell
                heapq.heappush(queue, (max(level, float(heights[near])), near))

    for cell in np.flatnonzero(~dry.ravel()).tolist():
        visit(cell, -10.0)
    while queue:
        level, cell = heapq.heappop(queue)
        order.append(cell)
        visit(cell, level)
    return parent, order


def _positions(lon: Floats, lat: Floats, seed: int) -> tuple[Floats, Floats]:
    """Cell centres moved a little, so that rivers do not run along the raster."""
    random = np.random.Generator(np.random.PCG64(seed + 600))
    shift = (random.random((2, *lon.shape)) - 0.5) * STEP_DEG * _COARSE * 0.7
    return (lon + shift[0]).ravel(), (lat + shift[1]).ravel()


def _stems(parent: Integers, drained: Integers, dry: Booleans) -> list[list[int]]:
    """Return rivers as cells from source to mouth or confluence, the largest first."""
    upstream: dict[int, list[int]] = {}
    for cell in np.flatnonzero((drained >= _CLASS_CELLS[-1]) & dry).tolist():
        upstream.setdefault(int(parent[cell]), []).append(cell)
    starts = [(cell, down) for down, cells in upstream.items() if down < 0 or not dry[down] for cell in cells]
    stems: list[list[int]] = []
    while starts:
        cell, down = starts.pop()
        stem = [down, cell] if down >= 0 else [cell]
        while stem[-1] in upstream:
            ways = sorted(upstream[stem[-1]], key=lambda c: (-int(drained[c]), c))
            starts += [(way, stem[-1]) for way in ways[1:]]
            stem.append(ways[0])
        stems.append(stem[::-1])
    return sorted(stems, key=lambda s: (-int(drained[s[-2]]), s[0]))


def _pieces(number: int, stem: list[int], drained: Integers, at: tuple[Floats, Floats]) -> list[River]:
    """Cut a river where its class changes; smooth each piece, keeping its confluences."""
    line = np.stack([at[0][stem], at[1][stem]], axis=1)
    line[1:-1] = (line[:-2] + 2.0 * line[1:-1] + line[2:]) / 4.0
    at[0][stem], at[1][stem] = line[:, 0], line[:, 1]  # a tributary, drawn later, meets the smoothed line
    ranks = np.array([_rank(int(drained[cell])) for cell in stem[:-1]])
    cuts = [0, *(1 + np.flatnonzero(np.diff(ranks))).tolist(), len(stem) - 1]
    pieces: list[River] = []
    for first, last in pairwise(cuts):
        part = line[first : last + 1]
        drawn = np.round(thin(part, tolerance_deg=0.004), 5) + 0.0
        pieces.append(River(number, int(ranks[first]), drawn))
    return pieces


def _rank(cells: int) -> int:
    return 1 + sum(cells < least for least in _CLASS_CELLS[:2])


def _near_territory(line: Floats) -> bool:
    middle = line[len(line) // 2]
    return bool(abs(middle[0]) < 3.2 + _MARGIN_DEG and -2.4 - _MARGIN_DEG < middle[1] < 2.5 + _MARGIN_DEG)
