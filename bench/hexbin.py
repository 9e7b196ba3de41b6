"""Roll-up and influence beside what a tutorial would do. Equality is checked before anything is timed.

    python -m bench.hexbin

Data are generated here (seeded): 300,000 incidents over about 5,000 cells, of which the first 6,000
are also timed alone, and 60 actors with evidence on 20,000 cells. Medians of five runs; the slow ways
run once, the python loop of influence on 100 cells, scaled to all of them (and marked so).
"""

import datetime as dt
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import geopandas as gpd
import h3.api.basic_int as h3
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.actors.influence import influence  # noqa: E402
from geo.crs import EARTH_RADIUS_KM  # noqa: E402
from geo.hexgrid import cells_near, cells_of_points, centres  # noqa: E402
from geo.incidents.precision import Placement, place_incidents  # noqa: E402
from geo.incidents.rollup import Rollup, roll_up  # noqa: E402
from geo.model import HexbinRequest, PresenceRequest, Window  # noqa: E402
from geo.schema import BOUNDARIES  # noqa: E402
from geo.settings import read_settings  # noqa: E402

SEED = 7
RESOLUTION = 5
ACTORS = 60
CELLS = 20_000
LOOP_CELLS = 100
SETTINGS = read_settings(ROOT / "config.toml")
REQUEST = HexbinRequest(
    resolution=RESOLUTION,
    window=Window(start=dt.date(2021, 1, 1), end=dt.date(2023, 12, 31)),
    event_types=("clash", "attack on civilians"),
)


def made_incidents(count: int) -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    start = np.datetime64("2020-01-01") + rng.integers(0, 1826, count)
    actor = rng.integers(0, ACTORS, (2, count))
    deaths = rng.poisson(2, count)
    return pd.DataFrame(
        {
            "date_start": start.astype("datetime64[s]"),
            "date_end": (start + rng.integers(0, 5, count)).astype("datetime64[s]"),
            "longitude": rng.uniform(14.5, 25.5, count),
            "latitude": rng.uniform(2.5, 11.0, count),
            "place_precision": rng.choice(["exact", "near"], count),
            "event_type": rng.choice(["clash", "attack on civilians", "looting", "explosion"], count),
            "violation": pd.Series(pd.NA, range(count), dtype="string"),
            "actor_a": [f"Group {a:02d}" for a in actor[0]],
            "actor_b": [f"Group {a:02d}" for a in actor[1]],
            "fatalities_low": deaths,
            "fatalities_best": deaths,
            "fatalities_high": deaths,
        }
    )


def no_areas() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(BOUNDARIES.empty(), geometry=[], crs="EPSG:4326")


def tutorial_cells(incidents: pd.DataFrame) -> pd.Series:
    return incidents.apply(lambda row: h3.latlng_to_cell(row["latitude"], row["longitude"], RESOLUTION), axis=1)


def tutorial_roll_up(incidents: pd.DataFrame) -> pd.DataFrame:
    window = REQUEST.window
    kept = incidents[
        (incidents["date_end"] >= pd.Timestamp(window.start))
        & (incidents["date_start"] <= pd.Timestamp(window.end))
        & incidents["event_type"].isin(REQUEST.event_types)
    ]
    grouped = kept.groupby("cell")
    table = grouped.agg(incidents=("cell", "size"), fatalities_best=("fatalities_best", "sum"))
    long = kept.melt(id_vars="cell", value_vars=["actor_a", "actor_b"], ignore_index=False).reset_index()
    long = long.drop_duplicates(["index", "value"])
    table["actors"] = long.groupby("cell")["value"].nunique()

    def effective(names: pd.Series) -> float:
        share = names.value_counts(normalize=True)
        return float(np.exp(-(share * np.log(share)).sum()))

    table["effective_actors"] = long.groupby("cell")["value"].apply(effective)
    return table.sort_index()


def check_roll_up(ours: Rollup, theirs: pd.DataFrame) -> None:
    cells = ours.cells.set_index("cell")
    assert cells.index.tolist() == theirs.index.tolist()
    for name in theirs:
        np.testing.assert_allclose(cells[name].to_numpy(float), theirs[name].to_numpy(float), rtol=1e-9)


def made_evidence() -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    middle = cells_of_points([20.0], [6.0], resolution=RESOLUTION)
    around = cells_near(middle, distance_km=1_500.0)
    lon, lat = centres(around)
    cells = around[np.argsort(np.hypot(lon - 20, lat - 6), kind="stable")[:CELLS]]
    rows = CELLS * 3
    return pd.DataFrame(
        {
            "cell": np.repeat(cells, 3),
            "actor_id": np.array([f"actor-{a:02d}" for a in range(ACTORS)])[rng.integers(0, ACTORS, rows)],
            "weight": rng.choice([1.0, 2.0], rows),
            "observed_on": (np.datetime64("2020-01-01") + rng.integers(0, 1826, rows)).astype("datetime64[s]"),
        }
    )


def loop_influence(evidence: pd.DataFrame, as_of: dt.date, cells: np.ndarray) -> dict[tuple[int, str], float]:
    """Share per cell and actor, one pair of places at a time."""
    s = SETTINGS.influence
    lon, lat = centres(evidence["cell"].to_numpy())
    facts = list(zip(lat, lon, evidence["actor_id"], evidence["weight"], evidence["observed_on"], strict=True))
    shares = {}
    for cell in cells.tolist():
        here = h3.cell_to_latlng(cell)
        weights: dict[str, float] = {}
        for la, lo, actor, weight, day in facts:
            km = EARTH_RADIUS_KM * h3.great_circle_distance(here, (la, lo), unit="rads")
            if km <= s.max_distance_km:
                age_days = (pd.Timestamp(as_of) - day).days
                value = weight * 0.5 ** (age_days / s.half_life_days) * np.exp(-((km / s.kernel_km) ** 2) / 2)
                weights[actor] = weights.get(actor, 0.0) + value
        total = sum(weights.values())
        shares.update({(cell, actor): weight / total for actor, weight in weights.items()})
    return shares


def timed(work: Callable[[], object], *, runs: int = 5) -> float:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def line(what: str, ours_s: float, theirs_s: float, note: str = "") -> None:
    print(f"{what:<58}{1e3 * ours_s:>10.1f} ms{1e3 * theirs_s:>12.1f} ms{theirs_s / ours_s:>9.0f} x  {note}")


def bench_roll_up(count: int) -> None:
    incidents = made_incidents(count)
    areas = no_areas()

    def place() -> Placement:
        return place_incidents(incidents, areas, resolution=RESOLUTION, settings=SETTINGS.placement)

    placement = place()
    start = time.perf_counter()
    incidents["cell"] = tutorial_cells(incidents)
    apply_s = time.perf_counter() - start
    assert (placement.cells[placement.point] == incidents["cell"].to_numpy()).all()
    check_roll_up(roll_up(incidents, placement, REQUEST), tutorial_roll_up(incidents))
    size = f"{count:,} incidents, {len(placement.cells):,} cells"
    line(f"place {size}", timed(place), apply_s, "pandas apply + h3 per row")
    theirs_s = timed(lambda: tutorial_roll_up(incidents), runs=1)
    line(
        f"filter and roll up {size}", timed(lambda: roll_up(incidents, placement, REQUEST)), theirs_s, "pandas groupby"
    )


def bench_influence() -> None:
    evidence = made_evidence()
    question = PresenceRequest(as_of=dt.date(2025, 1, 1), resolution=RESOLUTION)

    def ask() -> pd.DataFrame:
        return influence(evidence, question, settings=SETTINGS.influence)

    found = ask()
    sample = np.unique(evidence["cell"].to_numpy())[:: CELLS // LOOP_CELLS][:LOOP_CELLS]
    start = time.perf_counter()
    theirs = loop_influence(evidence, question.as_of, sample)
    theirs_s = (time.perf_counter() - start) * found["cell"].nunique() / LOOP_CELLS
    rows = found.loc[found["cell"].isin(sample)]
    ours = dict(zip(zip(rows["cell"], rows["actor_id"], strict=True), rows["influence_share"], strict=True))
    assert ours.keys() == theirs.keys()
    assert max(abs(ours[key] - theirs[key]) for key in ours) < 1e-9
    what = f"influence, {ACTORS} actors, {CELLS:,} cells, {len(found):,} rows out"
    line(what, timed(ask), theirs_s, f"python loop, scaled from {LOOP_CELLS} cells")


if __name__ == "__main__":
    print(f"{'':<58}{'Piste':>13}{'otherwise':>15}{'ratio':>11}")
    bench_roll_up(6_000)
    bench_roll_up(300_000)
    bench_influence()
