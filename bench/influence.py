"""Influence beside a Python loop over cells and reports. Equality is checked before anything is timed.

    python bench/influence.py

Data are generated (seeded): 60 actors with 60,000 reports on 20,000 cells over five years. "First question" lays out
the neighbourhood of the cells; "another day" keeps it, as a page does that changes its date, and works out all else
anew. Medians of 15 runs; the loop runs once, on 100 cells, scaled to all.
"""

import datetime as dt
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median

import h3.api.basic_int as h3
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.actors.influence import influence  # noqa: E402
from geo.actors.neighbourhood import forget_neighbourhoods  # noqa: E402
from geo.crs import EARTH_RADIUS_KM  # noqa: E402
from geo.hexgrid import cells_near, cells_of_points, centres  # noqa: E402
from geo.model import PresenceRequest  # noqa: E402
from geo.settings import read_settings  # noqa: E402

SEED = 7
RESOLUTION = 5
ACTORS = 60
CELLS = 20_000
LOOP_CELLS = 100
DAY = dt.date(2025, 1, 1)
SETTINGS = read_settings(ROOT / "config.toml")


def made_evidence() -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    middle = cells_of_points([20.0], [6.0], resolution=RESOLUTION)
    around = cells_near(middle, distance_km=1_500.0)
    lon, lat = centres(around)
    cells = around[np.argsort(np.hypot(lon - 20, lat - 6), kind="stable")[:CELLS]]
    rows = CELLS * 3
    actor = rng.integers(0, ACTORS, rows)
    half_lives_days = np.array(list(SETTINGS.influence.half_life_days_by_mobility.model_dump().values()))
    return pd.DataFrame(
        {
            "cell": np.repeat(cells, 3),
            "actor_id": np.array([f"actor-{a:02d}" for a in range(ACTORS)])[actor],
            "half_life_days": half_lives_days[actor % len(half_lives_days)],
            "weight": rng.choice([1.0, 2.0], rows),
            "observed_on": (np.datetime64("2020-01-01") + rng.integers(0, 1826, rows)).astype("datetime64[s]"),
        }
    )


def loop_influence(evidence: pd.DataFrame, as_of: dt.date, cells: np.ndarray) -> dict[tuple[int, str], float]:
    """Share per cell and actor, one pair of places at a time."""
    s = SETTINGS.influence
    lon, lat = centres(evidence["cell"].to_numpy())
    of_each = (evidence[name] for name in ("actor_id", "weight", "observed_on", "half_life_days"))
    facts = list(zip(lat, lon, *of_each, strict=True))
    shares = {}
    for cell in cells.tolist():
        here = h3.cell_to_latlng(cell)
        weights: dict[str, float] = {}
        for la, lo, actor, weight, day, half_life_days in facts:
            km = EARTH_RADIUS_KM * h3.great_circle_distance(here, (la, lo), unit="rads")
            if km <= s.max_distance_km:
                age_days = (pd.Timestamp(as_of) - day).days
                value = weight * 0.5 ** (age_days / half_life_days) * np.exp(-((km / s.kernel_km) ** 2) / 2)
                weights[actor] = weights.get(actor, 0.0) + value
        total = sum(weights.values())
        shares.update({(cell, actor): weight / total for actor, weight in weights.items()})
    return shares


def timed(work: Callable[[], object], *, runs: int = 15) -> float:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def line(what: str, ours_s: float, theirs_s: float, note: str = "") -> None:
    other = f"{'-':>15}{'-':>11}" if np.isnan(theirs_s) else f"{1e3 * theirs_s:>12.1f} ms{theirs_s / ours_s:>9.0f} x"
    print(f"{what:<58}{1e3 * ours_s:>10.1f} ms{other}  {note}")


def check(found: pd.DataFrame, theirs: dict[tuple[int, str], float], sample: np.ndarray) -> None:
    rows = found.loc[found["cell"].isin(sample)]
    ours = dict(zip(zip(rows["cell"], rows["actor_id"], strict=True), rows["influence_share"], strict=True))
    assert ours.keys() == theirs.keys()
    assert max(abs(ours[key] - theirs[key]) for key in ours) < 1e-9


def bench_influence() -> None:
    evidence = made_evidence()
    days = count()

    def ask(*, as_of: dt.date = DAY) -> pd.DataFrame:
        return influence(evidence, PresenceRequest(as_of=as_of, resolution=RESOLUTION), settings=SETTINGS.influence)

    def first_question() -> None:
        forget_neighbourhoods()
        ask()

    found = ask()
    sample = np.unique(evidence["cell"].to_numpy())[:: CELLS // LOOP_CELLS][:LOOP_CELLS]
    start = time.perf_counter()
    theirs = loop_influence(evidence, DAY, sample)
    theirs_s = (time.perf_counter() - start) * found["cell"].nunique() / LOOP_CELLS
    check(found, theirs, sample)
    note = f"python loop, scaled from {LOOP_CELLS} cells"
    what = f"influence, {ACTORS} actors, {CELLS:,} cells"
    line(f"{what}, first question", timed(first_question, runs=5), theirs_s, note)
    another_s = timed(lambda: ask(as_of=DAY + dt.timedelta(days=next(days))))
    line(f"{what}, another day", another_s, theirs_s, note)
    print(f"    {len(found):,} shares in {found['cell'].nunique():,} cells")


if __name__ == "__main__":
    print(f"{'':<58}{'Piste':>13}{'otherwise':>15}{'ratio':>11}")
    bench_influence()
