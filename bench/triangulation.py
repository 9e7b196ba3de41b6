"""Candidates among 300,000 reports beside a loop over rows, and how many of the planted pairs are found.

    python -m bench.triangulation

Data are generated here (seeded): three sources report events of ten years in a square of 1,500 km around 80 places,
a tenth of them in two sources. The loop compares each report of one source with all of another in pandas; it is
timed on a few rows and scaled to all (and marked so). Equality of the pairs is checked on a small set first.
Precision and recall are those of the fictional sample and of the generated reports, at the shipped threshold.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.actors.identity import resolve_actors  # noqa: E402
from geo.crs import distance_km  # noqa: E402
from geo.incidents.merges import merge_id, merged  # noqa: E402
from geo.incidents.triangulation import open_pairs, score_pairs  # noqa: E402
from geo.readers import read_file  # noqa: E402
from geo.schema import ACTORS, INCIDENTS, MERGES, VIOLATIONS  # noqa: E402
from geo.settings import TriangulationSettings, read_settings  # noqa: E402
from geo.workspace.sample import overlap_truth  # noqa: E402

SEED = 7
COUNT = 300_000
LOOP_ROWS = 100
SMALL = 4_000
RULES = read_settings(ROOT / "config.toml").triangulation
SPREAD_KM = {"exact": 1.3, "near": 9.0, "admin2": 15.0, "admin1": 40.0}


def made_reports(count: int) -> tuple[pd.DataFrame, set[str]]:
    """Reports of three sources, and the ids of the planted pairs."""
    rng = np.random.default_rng(SEED)
    twins = count // 11
    events = count - twins
    town = rng.choice(80, events, p=(weights := 1 / np.arange(1, 81)) / weights.sum())
    lonlat = rng.uniform(-6.5, 6.5, (80, 2))[town] + rng.normal(0, 0.45, (events, 2))
    day = rng.integers(0, 3650, events)
    event = np.concatenate([np.arange(events), rng.choice(events, twins, replace=False)])
    source = np.concatenate([rng.integers(0, 3, events), np.zeros(twins, dtype=np.int64)])
    source[events:] = (source[event[events:]] + rng.integers(1, 3, twins)) % 3
    precision = rng.choice(list(SPREAD_KM), count, p=[0.66, 0.2, 0.09, 0.05])
    error_km = pd.Series(precision).map(SPREAD_KM).to_numpy()[:, None]
    noted = lonlat[event] + rng.normal(0, 1, (count, 2)) * error_km / 111.2
    first = day[event] + rng.choice([0, 1, -1, 2], count, p=[0.82, 0.1, 0.05, 0.03])
    start = np.datetime64("2015-01-10") + first
    span = rng.choice([0, 6, 30], count, p=[0.8, 0.15, 0.05])
    actor, kind = (town * 3 + rng.integers(0, 4, events)) % 150, rng.integers(0, 8, events)
    empty = INCIDENTS.empty().reindex(range(count))
    ids = np.char.add(np.char.add(np.array(["a", "b", "c"])[source], ":"), np.arange(count).astype(str))
    reports = empty.assign(
        incident_id=pd.array(ids, dtype="string"),
        source=pd.array(np.array(["a", "b", "c"])[source], dtype="string"),
        date_start=start.astype("datetime64[s]"),
        date_end=(start + rng.integers(0, 2, count) * 0 + span).astype("datetime64[s]"),
        longitude=noted[:, 0],
        latitude=noted[:, 1],
        place_precision=pd.array(precision, dtype="string"),
        actor_a=pd.array([f"Armed group {k}" for k in actor[event]], dtype="string"),
        violation=pd.array(np.array(VIOLATIONS)[kind[event]], dtype="string").copy(),
    )
    reports.loc[rng.random(count) < 0.3, "violation"] = pd.NA
    return reports, {merge_id((ids[event[k]], ids[k])) for k in range(events, count)}


def near_in_a_loop(reports: pd.DataFrame, rows: list[int], rules: TriangulationSettings) -> set[str]:
    """Pairs of points within two joint radii and the longest gap, one report after the other."""
    found = set()
    gap = pd.Timedelta(days=rules.gap_days[-1])
    for k in rows:
        one = reports.iloc[k]
        others = reports[reports["source"] > one["source"]]
        others = others[
            (others["date_start"] <= one["date_end"] + gap) & (others["date_end"] >= one["date_start"] - gap)
        ]
        radius = others["place_precision"].astype(object).map(rules.radius_km).to_numpy(dtype=float)
        reach = 2 * np.hypot(radius, rules.radius_km[one["place_precision"]])
        lon, lat = (others[name].to_numpy() for name in ("longitude", "latitude"))
        away = distance_km(np.full(len(lon), one["longitude"]), np.full(len(lon), one["latitude"]), lon, lat)
        found |= {merge_id((one["incident_id"], other)) for other in others["incident_id"][away <= reach]}
    return found


def asked_of(found: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    return open_pairs(found, MERGES.empty(), reports, possible_share=RULES.possible_share)


def timed(label: str, started: float) -> float:
    took = time.perf_counter() - started
    print(f"{label:58s} {took:8.2f} s", flush=True)
    return took


def judged(label: str, asked: pd.DataFrame, truth: set[str]) -> None:
    likely = asked.loc[asked["score"] >= RULES.likely_share, "pair"]
    hits, every = likely.isin(truth).sum(), asked["pair"].isin(truth).sum()
    print(
        f"{label:58s} {len(truth):,} true pairs: precision {hits / len(likely):.3f}, recall {hits / len(truth):.3f}; "
        f"with the possible ones {every / len(asked):.3f}, {every / len(truth):.3f}",
        flush=True,
    )


def check_small() -> None:
    """The same pairs as the loop, where nothing is left out for its score."""
    reports = made_reports(COUNT)[0].iloc[:SMALL].reset_index(drop=True)
    rules = RULES.model_copy(update={"lowest_bits": -1000.0})
    found = score_pairs(reports, resolve_actors(reports, ACTORS.empty()), settings=rules)
    looped = near_in_a_loop(reports, list(range(SMALL)), rules)
    assert set(found["pair"]) == looped, (len(found), len(looped))
    assert len(looped) > 100, len(looped)


def main() -> None:
    check_small()
    sample = ROOT / "data" / "sample"
    files = [read_file("incidents", sample / name).frame for name in ("incidents.csv", "alerts.csv")]
    told = pd.concat(files, ignore_index=True)
    parties = resolve_actors(told, read_file("actors", sample / "actors.csv").frame)
    found = score_pairs(told, parties, settings=RULES)
    judged("fictional sample", asked_of(found, told), {merge_id(two) for two in overlap_truth()})

    reports, truth = made_reports(COUNT)
    parties = resolve_actors(reports, ACTORS.empty())
    started = time.perf_counter()
    found = score_pairs(reports, parties, settings=RULES)
    ours = timed(f"score candidates among {COUNT:,} reports ({len(found):,} pairs)", started)
    started = time.perf_counter()
    asked = asked_of(found, reports)
    timed(f"queue of {len(asked):,} pairs", started)
    judged("generated reports", asked, truth)
    decisions = pd.DataFrame(
        {"merge_id": asked["pair"], "members": asked["pair"].str.replace("+", ";"), "decision": "same"}
    )
    started = time.perf_counter()
    view = merged(reports, decisions)
    timed(f"count {len(decisions):,} merges once: {len(view):,} incidents", started)
    started = time.perf_counter()
    near_in_a_loop(reports, list(range(LOOP_ROWS)), RULES)
    loop = (time.perf_counter() - started) / LOOP_ROWS * COUNT
    print(f"{'pandas loop over rows, only near pairs (scaled)':58s} {loop:8.0f} s, {loop / ours:.0f} ×")


if __name__ == "__main__":
    main()
