"""Gi* and Mann-Kendall beside esda and pymannkendall, in one process. Equality is checked before anything is timed.

    python bench/hotspots.py

Data are generated here (seeded): 20,000 cells of resolution 5 over 24 months, reports in clusters, once with every
cell watched and once with a part of the cells watched by nobody from some month on. Medians of 15 runs; the others run
once, over all months and cells.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import esda
import numpy as np
import pymannkendall
from libpysal.weights import WSP

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.hexgrid import cells_near, cells_of_points, centres  # noqa: E402
from geo.incidents.hotspots import false_discovery, gi_star, judge_cells, neighbour_weights, two_sided  # noqa: E402
from geo.incidents.trends import mann_kendall, sen_slope  # noqa: E402
from geo.settings import read_settings  # noqa: E402

SEED = 7
RESOLUTION = 5
CELLS = 20_000
MONTHS = 24
EQUAL = 1e-9


def made_cells() -> np.ndarray:
    """The cells nearest to a point, sorted."""
    around = cells_near(cells_of_points([20.0], [6.0], resolution=RESOLUTION), distance_km=1_500.0)
    lon, lat = centres(around)
    return np.sort(around[np.argsort(np.hypot(lon - 20, lat - 6), kind="stable")[:CELLS]])


def made_counts(rng: np.random.Generator) -> np.ndarray:
    """Rare reports everywhere, many in a few hundred cells, more with time in some of those."""
    rate = np.full((CELLS, MONTHS), 0.03)
    busy = rng.choice(CELLS, 400, replace=False)
    rate[busy] = rng.gamma(1.0, 3.0, (400, 1)) * np.linspace(rng.uniform(0.2, 1.8, 400), 1.0, MONTHS).T
    return rng.poisson(rate).astype(float)


def made_watchers(rng: np.random.Generator) -> np.ndarray:
    """A third of the cells lose their eyes at some month."""
    lost = np.where(rng.random(CELLS) < 1 / 3, rng.integers(0, MONTHS, CELLS), MONTHS)
    return (np.arange(MONTHS) < lost[:, None]).astype(np.int16)


def timed(work: Callable[[], object], *, runs: int = 15) -> float:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def line(what: str, ours_s: float, theirs_s: float | None = None, note: str = "") -> None:
    theirs = "" if theirs_s is None else f"{1e3 * theirs_s:>12,.0f} ms{theirs_s / ours_s:>9,.0f} x"
    print(f"{what:<58}{1e3 * ours_s:>10.1f} ms{theirs}  {note}")


def bench_gi_star(cells: np.ndarray, counts: np.ndarray, known: np.ndarray) -> np.ndarray:
    weights = neighbour_weights(cells)
    # esda knows no missing data: for the masked case it is given the grid of the cells with data, month by month.
    all_cells = WSP(weights).to_W(silence_warnings=True)
    found, masked = gi_star(counts, weights), gi_star(counts, weights, known=known)
    start = time.perf_counter()
    theirs = [
        esda.G_Local(counts[:, month], all_cells, transform="B", star=True, permutations=0).Zs
        for month in range(MONTHS)
    ]
    theirs_s = time.perf_counter() - start
    assert np.abs(found - np.column_stack(theirs)).max() < EQUAL
    has = known[:, -1]
    part = WSP(neighbour_weights(cells[has])).to_W(silence_warnings=True)
    last = esda.G_Local(counts[has, -1], part, transform="B", star=True, permutations=0).Zs
    assert np.abs(masked[has, -1] - last).max() < EQUAL
    assert np.isnan(masked[~known]).all()
    size = f"{MONTHS} months, {CELLS:,} cells"
    line(f"Gi*, {size}", timed(lambda: gi_star(counts, weights)), theirs_s, "esda, month by month")
    line(f"Gi*, {size}, a third lose their eyes", timed(lambda: gi_star(counts, weights, known=known)))
    p = two_sided(found)
    line(f"p-values and Benjamini-Hochberg, {size}", timed(lambda: false_discovery(two_sided(found))))
    assert (false_discovery(p) >= p).all()
    return found


def bench_mann_kendall(series: np.ndarray) -> None:
    found, slope = mann_kendall(series), sen_slope(series)
    start = time.perf_counter()
    theirs = [pymannkendall.original_test(row) for row in series]
    theirs_s = time.perf_counter() - start
    assert max(abs(one.z - z) for one, z in zip(theirs, found.z, strict=True)) < EQUAL
    assert max(abs(one.p - p) for one, p in zip(theirs, found.p_value, strict=True)) < EQUAL
    assert max(abs(one.slope - s) for one, s in zip(theirs, slope, strict=True)) < EQUAL
    size = f"{series.shape[1]} months, {len(series):,} cells"
    line(f"Mann-Kendall, {size}", timed(lambda: mann_kendall(series)), theirs_s, "pymannkendall (with Sen's slope)")
    line(
        f"Mann-Kendall and Sen's slope, {size}",
        timed(lambda: (mann_kendall(series), sen_slope(series)), runs=5),
        theirs_s,
    )


def bench_whole(cells: np.ndarray, counts: np.ndarray, watchers: np.ndarray) -> None:
    weights, rule = neighbour_weights(cells), read_settings(ROOT / "config.toml").hotspots

    def judge() -> object:
        return judge_cells(counts, watchers, weights, settings=rule, least_reports=rule.least_reports)

    line(f"all of a hot-spot table, {MONTHS} months, {CELLS:,} cells", timed(judge, runs=5))


if __name__ == "__main__":
    print(f"{'':<58}{'Piste':>13}{'otherwise':>15}{'ratio':>11}")
    rng = np.random.default_rng(SEED)
    grid, reports, eyes = made_cells(), made_counts(rng), made_watchers(rng)
    bench_mann_kendall(bench_gi_star(grid, reports, (eyes > 0) | (reports > 0)))
    bench_whole(grid, reports, eyes)
