"""Roll-up beside what a tutorial would do. Equality is checked before anything is timed.

    python -m bench.hexbin

Data are generated (seeded): 6,000, 300,000 and 3,000,000 incidents, uneven as real ones
(bench/incidentgen.py), and thirty million where 10 GB of memory are free. Medians of five runs and
more; the slow ways run once, and where marked so on a part, scaled to the whole. What is kept between
questions (cells, sorted rows) is timed on lines of its own.
"""

import datetime as dt
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import h3.api.basic_int as h3
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.incidentgen import made_incidents, named_actors, no_areas  # noqa: E402
from geo.hexgrid import cells_of_points  # noqa: E402
from geo.incidents.precision import Placement, place_incidents  # noqa: E402
from geo.incidents.rollup import FATALITIES, Rollup, matching, roll_up  # noqa: E402
from geo.incidents.rollup_sorted import roll_up_sorted, sort_incidents  # noqa: E402
from geo.model import HexbinRequest, Window  # noqa: E402
from geo.schema import VIOLATIONS  # noqa: E402
from geo.settings import read_settings  # noqa: E402

SEED = 7
RESOLUTION = 5
SETTINGS = read_settings(ROOT / "config.toml")
APPLY_ROWS = 100_000  # pandas takes 8 µs a row: on more rows it is scaled from these
MEMORY_GB = 10  # free, before thirty million incidents are tried
REQUEST = HexbinRequest(
    resolution=RESOLUTION,
    window=Window(start=dt.date(2021, 1, 1), end=dt.date(2023, 12, 31)),
    event_types=("battle", "explosion", "attack on civilians"),
    violations=("killing", "maiming", "abduction", "sexual_violence", "recruitment_or_use"),
    actors=tuple(f"Armed Group {number:04d}" for number in range(200)),
)


def tutorial_cells(incidents: pd.DataFrame) -> pd.Series:
    return incidents.apply(lambda row: h3.latlng_to_cell(row["latitude"], row["longitude"], RESOLUTION), axis=1)


def tutorial_roll_up(incidents: pd.DataFrame) -> pd.DataFrame:
    window = REQUEST.window
    kept = incidents[
        (incidents["date_end"] >= pd.Timestamp(window.start))
        & (incidents["date_start"] <= pd.Timestamp(window.end))
        & incidents["event_type"].isin(REQUEST.event_types)
        & incidents["violation"].isin(REQUEST.violations)
        & (incidents["actor_a"].isin(REQUEST.actors) | incidents["actor_b"].isin(REQUEST.actors))
    ]
    grouped = kept.groupby("cell")
    sums = {name: (name, "sum") for name in FATALITIES}
    table = grouped.agg(incidents=("cell", "size"), newest=("date_end", "max"), **sums)
    long = kept.melt(id_vars="cell", value_vars=["actor_a", "actor_b"], ignore_index=False).reset_index()
    long = long[long["value"].notna() & (long["value"] != "Civilians")].drop_duplicates(["index", "value"])
    table["actors"] = long.groupby("cell")["value"].nunique()

    def effective(names: pd.Series) -> float:
        share = names.value_counts(normalize=True)
        return float(np.exp(-(share * np.log(share)).sum()))

    table["effective_actors"] = long.groupby("cell")["value"].apply(effective)
    table["precision_share"] = grouped["place_precision"].apply(lambda known: (known == "exact").mean())
    for name in VIOLATIONS:
        table[f"violation_{name}"] = grouped["violation"].apply(lambda given, name=name: (given == name).sum())
    table["newest_days"] = (pd.Timestamp(window.end) - table.pop("newest")).dt.days.clip(lower=0)
    return table.sort_index()


def check_roll_up(ours: Rollup, theirs: pd.DataFrame) -> None:
    cells = ours.cells.set_index("cell")
    assert cells.index.tolist() == theirs.index.tolist()
    assert set(cells) == set(theirs)
    for name in theirs:
        np.testing.assert_allclose(cells[name].to_numpy(float), theirs[name].to_numpy(float), rtol=1e-9)


def timed(work: Callable[[], object], *, runs: int = 5) -> float:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def line(what: str, ours_s: float, theirs_s: float, note: str = "") -> None:
    other = f"{'-':>15}{'-':>11}" if np.isnan(theirs_s) else f"{1e3 * theirs_s:>12.1f} ms{theirs_s / ours_s:>9.0f} x"
    print(f"{what:<58}{1e3 * ours_s:>10.1f} ms{other}  {note}")


def as_text(incidents: pd.DataFrame) -> pd.DataFrame:
    """Words as plain text, as a tutorial reads them from a file."""
    words = [name for name in incidents if isinstance(incidents[name].dtype, pd.CategoricalDtype)]
    return incidents.astype(dict.fromkeys(words, object))


def placed(incidents: pd.DataFrame) -> Placement:
    return place_incidents(incidents, no_areas(), resolution=RESOLUTION, settings=SETTINGS.placement)


def bench_cells(count: int) -> None:
    """Latitude and longitude to cell, a column of each."""
    incidents = made_incidents(count)
    lon, lat = incidents["longitude"].to_numpy(), incidents["latitude"].to_numpy()
    some = incidents.head(APPLY_ROWS)
    start = time.perf_counter()
    theirs = tutorial_cells(some)
    theirs_s = (time.perf_counter() - start) * count / len(some)
    ours = cells_of_points(lon, lat, resolution=RESOLUTION)
    assert (ours[: len(some)] == theirs.to_numpy()).all()
    step = max(count // 1_000_000, 1)
    one_by_one = (h3.latlng_to_cell(y, x, RESOLUTION) for y, x in zip(lat[::step], lon[::step], strict=True))
    assert (ours[::step] == np.fromiter(one_by_one, dtype=np.uint64)).all()
    ours_s = timed(lambda: cells_of_points(lon, lat, resolution=RESOLUTION))
    note = "pandas apply + h3 per row" + (f", scaled from {APPLY_ROWS:,}" if count > APPLY_ROWS else "")
    line(f"latitude, longitude to cell, {count:,}", ours_s, theirs_s, note)


def bench_roll_up(count: int) -> None:
    """The definition on plain tables, as a workspace of this size asks it."""
    incidents = made_incidents(count)
    placement, text = placed(incidents), as_text(incidents)
    text["cell"] = placement.cells[placement.point]
    check_roll_up(roll_up(text, placement, REQUEST), tutorial_roll_up(text))
    theirs_s = timed(lambda: tutorial_roll_up(text), runs=1)
    size = f"{count:,} incidents, {len(placement.cells):,} cells"
    line(f"filter and roll up {size}", timed(lambda: roll_up(text, placement, REQUEST)), theirs_s, "pandas groupby")


def bench_sorted(count: int, *, against_tutorial: bool) -> None:
    """The compiled roll-up: window, type, violation and actor asked for together."""
    incidents = made_incidents(count)
    actors = named_actors(incidents)
    start = time.perf_counter()
    placement = placed(incidents)
    place_s, start = time.perf_counter() - start, time.perf_counter()
    ready = sort_incidents(incidents, placement, actors=actors)
    sort_s = time.perf_counter() - start
    rolled, _ = roll_up_sorted(ready, REQUEST)
    theirs_s, note = float("nan"), "tutorial not run; counts and deaths equal to numpy's"
    if against_tutorial:
        text = as_text(incidents)
        text["cell"] = placement.cells[placement.point]
        check_roll_up(rolled, tutorial_roll_up(text))
        pd.testing.assert_frame_equal(rolled.cells, roll_up(incidents, placement, REQUEST, actors=actors).cells)
        theirs_s, note = timed(lambda: tutorial_roll_up(text), runs=1), "pandas groupby, rows already on cells"
    else:
        found = matching(incidents, REQUEST, actors=actors)
        check_sums(rolled, placement, incidents, found)
    ours_s = timed(lambda: roll_up_sorted(ready, REQUEST), runs=15)
    line(f"filter and roll up {count:,} incidents, {len(placement.cells):,} cells", ours_s, theirs_s, note)
    print(f"    {rolled.total:,} match; once per import: place {place_s:.1f} s, sort {sort_s:.1f} s")


def check_sums(rolled: Rollup, placement: Placement, incidents: pd.DataFrame, found: np.ndarray) -> None:
    """Counts and deaths per cell beside plain counting."""
    size = len(placement.cells)
    counts = np.bincount(placement.point[found], minlength=size)
    deaths = np.bincount(placement.point[found], weights=incidents["fatalities_best"].to_numpy()[found], minlength=size)
    assert rolled.cells["cell"].to_numpy().tolist() == placement.cells[counts > 0].tolist()
    assert (rolled.cells["incidents"].to_numpy() == counts[counts > 0]).all()
    assert (rolled.cells["fatalities_best"].to_numpy() == deaths[counts > 0]).all()


def free_memory_gb() -> float:
    """Memory a process may take without swapping; 0 where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(row.split()[1]) / 1e6 for row in lines if row.startswith("MemAvailable")), 0.0)


if __name__ == "__main__":
    print(f"{'':<58}{'Piste':>13}{'otherwise':>15}{'ratio':>11}")
    bench_roll_up(6_000)
    bench_roll_up(100_000)
    bench_cells(3_000_000)
    bench_sorted(3_000_000, against_tutorial=True)
    if free_memory_gb() >= MEMORY_GB:
        bench_sorted(30_000_000, against_tutorial=False)
    else:
        print(f"30,000,000 incidents left out: {free_memory_gb():.0f} GB of memory free, {MEMORY_GB} wanted")
