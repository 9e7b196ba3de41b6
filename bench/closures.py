"""Simulated closures with a known truth, seeded: what bench/effect.py and the tests measure the estimator on.

Units lie on a square and have rates of their own. Counts are over-dispersed (negative binomial), share a trend and a
season, and are shaken by shocks that are alike in near units and linger from month to month. Reports are incidents
thinned by reach, and reach is known with an error. A run is *null* (the closure changes nothing), *effect* (it
multiplies the true rate) or *lost* (the rate stays, the reach of the treated units is lost).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.drawdown.panel import Panel

FACTORS = (0.4, 0.6, 1.7, 2.5)
KINDS = ("null", "effect", "lost")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class World:
    """What a simulated country is like; README, "Benchmarks", tells which values were tried."""

    units: int = 30
    months: int = 60
    treated: tuple[int, int] = (5, 5)  # fewest and most
    together: bool = True  # treated units are neighbours
    rate: float = 4.0  # incidents per unit and month
    uneven: float = 0.6  # standard deviation of the log of a unit's rate
    trend: float = 0.5
    season: float = 0.3
    shock: float = 0.4  # standard deviation of the log
    memory: float = 0.6  # correlation of a shock with the next month's
    moving_months: int = 0  # instead: a moving average over so many months
    near: float = 0.3  # distance over which shocks are alike, as a share of the square's side
    size: float = 3.0  # of the negative binomial
    reach: tuple[float, float] = (0.5, 0.95)
    reach_wobble: float = 0.05
    reach_error: float = 0.1
    additive_error: bool = False
    lasting_error: bool = False  # one error per unit instead of one per unit and month
    kept: tuple[float, float] = (0.1, 0.5)  # of the reach, in a lost run
    closure: tuple[int, int] = (24, 42)


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One simulated closure and the truth about it."""

    kind: str
    factor: float  # true rate ratio
    panel: Panel


def made_runs(kind: str, count: int, *, seed: int, world: World | None = None) -> list[Run]:
    """Simulate closures of one kind."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    return [_run(rng, kind, FACTORS[number % len(FACTORS)], world or World()) for number in range(count)]


def _run(rng: np.random.Generator, kind: str, factor: float, world: World) -> Run:
    place = rng.random((world.units, 2))
    apart = np.hypot(*(place[:, None] - place).transpose(2, 0, 1))
    count = int(rng.integers(world.treated[0], world.treated[1] + 1))
    order = np.argsort(apart[rng.integers(world.units)]) if world.together else rng.permutation(world.units)
    treated = np.isin(np.arange(world.units), order[:count])
    closure = int(rng.integers(world.closure[0], world.closure[1] + 1))
    month = np.arange(world.months)
    hit = treated[:, None] & (month >= closure)
    common = rng.normal(0, world.trend) * month / world.months
    common = common + world.season * np.sin(2 * np.pi * (month / 12 + rng.random()))
    own = np.exp(rng.normal(0, world.uneven, world.units) - world.uneven**2 / 2)
    rate = world.rate * own[:, None] * np.exp(common + _shocks(rng, apart, world) - world.shock**2 / 2)
    true_factor = factor if kind == "effect" else 1.0
    reach, known = _reach(rng, hit & (kind == "lost"), world)
    mean = np.where(hit, true_factor * rate, rate) * reach
    counts = rng.poisson(mean * rng.gamma(world.size, 1 / world.size, mean.shape)).astype(np.float64)
    panel = Panel(counts=counts, reach=known, treated=treated, closure=closure)
    return Run(kind=kind, factor=true_factor, panel=panel)


def _shocks(rng: np.random.Generator, apart: Floats, world: World) -> Floats:
    """Shocks with variance ``shock²``, shape (units, months)."""
    mix = np.linalg.cholesky(np.exp(-apart / world.near) + 1e-9 * np.eye(world.units))
    if world.moving_months:
        fresh = mix @ rng.normal(size=(world.units, world.months + world.moving_months - 1))
        windows = np.lib.stride_tricks.sliding_window_view(fresh, world.moving_months, axis=1)
        return world.shock * windows.sum(axis=-1) / np.sqrt(world.moving_months)
    fresh = mix @ rng.normal(size=(world.units, world.months))
    shocks = np.empty_like(fresh)
    shocks[:, 0] = fresh[:, 0]
    for month in range(1, world.months):
        shocks[:, month] = world.memory * shocks[:, month - 1] + np.sqrt(1 - world.memory**2) * fresh[:, month]
    return world.shock * shocks


def _reach(rng: np.random.Generator, lost: npt.NDArray[np.bool_], world: World) -> tuple[Floats, Floats]:
    """Share of each unit that could report each month, in truth and as known."""
    usual = rng.uniform(*world.reach, (world.units, 1))
    reach = usual * np.exp(rng.normal(0, world.reach_wobble, (world.units, world.months)))
    reach = np.clip(np.where(lost, reach * rng.uniform(*world.kept), reach), 0.02, 1.0)
    error = rng.normal(0, world.reach_error, (world.units, 1 if world.lasting_error else world.months))
    return reach, np.clip(reach + error if world.additive_error else reach * np.exp(error), 0.02, 1.0)
