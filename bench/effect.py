"""Before and after a closure on simulated closures with a known truth, beside what a user would do instead.

    python bench/effect.py [--runs N] [--variations]

200 null, 200 effect and 200 lost-reporting runs per seed, of 30 units and 60 months (bench/closures.py). Beside: the
ratio of reports after and before with its Poisson interval, and difference-in-differences (Poisson, effects of unit
and month, reach as exposure) with errors clustered by unit. Rates in per cent. ``--variations`` repeats ours on
countries that are different in one thing.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from scipy import stats

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.closures import Run, World, made_runs  # noqa: E402
from geo.drawdown.effect import Effect, estimate_effect  # noqa: E402
from geo.drawdown.panel import Panel  # noqa: E402
from geo.settings import read_settings  # noqa: E402

SETTINGS = read_settings(ROOT / "config.toml").effect
SEEDS = (101, 202, 303)
ROUNDS = 60
VARIATIONS = {
    "as above": World(),
    "1 treated unit": World(treated=(1, 1)),
    "2 treated units": World(treated=(2, 2)),
    "10 treated units": World(treated=(10, 10)),
    "treated units scattered": World(together=False),
    "1.5 incidents a month": World(rate=1.5),
    "0.6 incidents, 10 treated": World(rate=0.6, treated=(10, 10)),
    "15 incidents a month": World(rate=15.0),
    "very uneven units": World(uneven=1.0),
    "shocks of 0.25": World(shock=0.25),
    "shocks of 0.6": World(shock=0.6),
    "memory 0.3": World(memory=0.3),
    "memory 0.7": World(memory=0.7),
    "memory 0.8": World(memory=0.8),
    "moving average, 6 months": World(moving_months=6),
    "shocks alike far away": World(near=0.8),
    "additive error of reach": World(additive_error=True),
    "lasting error of reach": World(lasting_error=True),
    "restless, low reach": World(reach=(0.3, 0.9), reach_wobble=0.25),
    "reach 0.5 to 0.8 of before": World(kept=(0.5, 0.8)),
    "closure in month 12 or 47": World(closure=(12, 47)),
}


def simple_ratio(panel: Panel) -> tuple[float, float, float]:
    """Log ratio of reports per month after and before, its standard error, and the quantile of its interval."""
    on = panel.counts[panel.treated].sum(axis=0)
    after, before = on[panel.after].sum() + 0.5, on[panel.before].sum() + 0.5
    log_ratio = np.log(after / before * panel.before.sum() / panel.after.sum())
    return float(log_ratio), float(np.sqrt(1 / after + 1 / before)), 1.96


def clustered_differences(panel: Panel) -> tuple[float, float, float]:
    """Poisson difference-in-differences with effects of unit and month, by iterated fitting; errors by unit."""
    counts, hit = panel.counts, panel.treated[:, None] & panel.after
    unit, month, ratio = np.ones(len(counts)), np.ones(counts.shape[1]), 1.0
    for _ in range(ROUNDS):
        exposed = panel.reach * np.where(hit, ratio, 1.0)
        unit = counts.sum(axis=1) / np.maximum(exposed @ month, 1e-9)
        month = counts.sum(axis=0) / np.maximum(unit @ exposed, 1e-9)
        ratio = counts[hit].sum() / max(float((panel.reach * np.outer(unit, month))[hit].sum()), 1e-9)
    mean = np.maximum(panel.reach * np.outer(unit, month) * np.where(hit, ratio, 1.0), 1e-12)
    left = hit.astype(float)
    for _ in range(ROUNDS):
        left = left - ((left * mean).sum(axis=1) / mean.sum(axis=1))[:, None]
        left = left - (left * mean).sum(axis=0) / mean.sum(axis=0)
    score = ((counts - mean) * left).sum(axis=1)
    units = len(counts)
    error = np.sqrt((score**2).sum() * units / (units - 1)) / (mean * left**2).sum()
    return float(np.log(max(ratio, 1e-9))), float(error), float(stats.t.ppf(0.975, units - 1))


def rates_of(runs: list[Run], found: list[Effect]) -> dict[str, float]:
    """Shares of p-values below 5 %, intervals that hold the truth, right verdicts, and each verdict, in per cent."""
    ones = [effect.estimate for effect in found]
    verdicts = np.array([effect.verdict for effect in found])
    right = np.where(np.array([run.factor for run in runs]) > 1, "rose", "fell")
    held = [one.low <= run.factor <= one.high for one, run in zip(ones, runs, strict=True)]
    shares = {
        "p": np.mean([one.p_value < 0.05 for one in ones]),
        "held": np.mean(held),
        "right": np.mean(verdicts == right),
        **{verdict: np.mean(verdicts == verdict) for verdict in ("rose", "fell", "cannot_tell")},
    }
    return {name: 100.0 * float(share) for name, share in shares.items()}


def simple_rates(runs: list[Run], method: object) -> tuple[float, float]:
    """Share of intervals without 1, and share with the truth, in per cent."""
    called, held = [], []
    for run in runs:
        middle, error, quantile = method(run.panel)  # type: ignore[operator]
        called.append(abs(middle) > quantile * error)
        held.append(abs(middle - np.log(run.factor)) <= quantile * error)
    return 100.0 * float(np.mean(called)), 100.0 * float(np.mean(held))


def line(name: str, seed: int, count: int, world: World) -> float:
    """Print our rates and return seconds per run."""
    null, effect, lost = ([*made_runs(kind, count, seed=seed, world=world)] for kind in ("null", "effect", "lost"))
    start = time.perf_counter()
    found = [[estimate_effect(run.panel, settings=SETTINGS) for run in runs] for runs in (null, effect, lost)]
    seconds = (time.perf_counter() - start) / (3 * count)
    n, e, gone = (rates_of(runs, one) for runs, one in zip((null, effect, lost), found, strict=True))
    print(
        f"{name:<28}{seed:>5}{n['p']:>8.1f}{n['rose'] + n['fell']:>8.1f}{n['held']:>8.1f}{e['held']:>8.1f}"
        f"{e['p']:>8.1f}{e['right']:>8.1f}{gone['fell']:>8.1f}{gone['rose']:>8.1f}{gone['cannot_tell']:>8.1f}",
        flush=True,
    )
    return seconds


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--runs", type=int, default=200)
    asked.add_argument("--variations", action="store_true")
    given = asked.parse_args()
    head = f"{'false':>8}{'said':>8}{'held':>8}{'held':>8}{'power':>8}{'right':>8}{'fell':>8}{'rose':>8}{'cannot':>8}"
    print(f"{'':<28}{'seed':>5}{head}\n{'':<33}{'null':>8}{'null':>8}{'null':>8}{'effect':>8}{'':>16}{'lost':>8}")
    spent = [line("Piste", seed, given.runs, World()) for seed in SEEDS]
    for seed in SEEDS[:2]:
        null, effect = (made_runs(kind, given.runs, seed=seed) for kind in ("null", "effect"))
        for name, method in (("ratio after / before", simple_ratio), ("differences, by unit", clustered_differences)):
            (false, held), (power, held_effect) = simple_rates(null, method), simple_rates(effect, method)
            print(f"{name:<28}{seed:>5}{false:>8.1f}{'':>8}{held:>8.1f}{held_effect:>8.1f}{power:>8.1f}")
    print(f"{1e3 * float(np.median(spent)):.1f} ms per run")
    for number, (name, world) in enumerate(VARIATIONS.items() if given.variations else ()):
        line(name, 1_000 + number, given.runs, world)


if __name__ == "__main__":
    main()
