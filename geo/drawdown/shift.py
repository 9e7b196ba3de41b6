"""How far the share of one side moved: a binomial model of monthly totals whose shocks linger.

Given the total of both sides, the part of the treated side is binomial; what is common to both, trend, season and
shared shocks, falls out. What is left lingers from month to month, and how long and how strongly is not known:
the answer is an average over many possibilities, each weighted by how well it explains the months. An error bar
that took one of them for certain would be too short.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from geo.drawdown.panel import BoolArray, FloatArray, Sides
from geo.settings import EffectSettings

_STEPS, _ENOUGH = 40, 1e-9  # Newton
_HOLD = 5e-3  # ridge that keeps a side without any report finite; far below what one report tells
_BISECTIONS = 60
_NEGLIGIBLE = 1e-7  # weight of a possibility


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shift:
    """Distribution of a change in the log of the ratio of both sides: a mixture of ``k`` normals."""

    weight: FloatArray  # (k,), sums to 1
    mean: FloatArray  # (k,)
    deviation: FloatArray  # (k,), standard deviations

    def below(self, value: float) -> float:
        """Return the chance that the change lies below a value."""
        return float(self.weight @ special.ndtr((value - self.mean) / self.deviation))

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no change."""
        below = self.below(0.0)
        return min(1.0, 2.0 * min(below, 1.0 - below))

    def quantiles(self, shares: FloatArray) -> FloatArray:
        """Return the values below which the change lies with the given chances, shape of ``shares``."""
        reach = 12.0 * self.deviation
        low = np.full(len(shares), (self.mean - reach).min())
        high = np.full(len(shares), (self.mean + reach).max())
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2.0
            under = special.ndtr((middle[:, None] - self.mean) / self.deviation) @ self.weight < shares
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return np.asarray((low + high) / 2.0, dtype=np.float64)


def estimate_shift(sides: Sides, step: FloatArray, blocks: FloatArray, *, settings: EffectSettings) -> Shift:
    """Estimate the coefficient of ``step`` in the log odds that a report comes from the treated side.

    Parameters
    ----------
    step
        Shape ``(m,)``: 0 before and 1 after for a closure, the time for a trend.
    blocks
        Shape ``(m,)``: months of one number are taken together; a month without a number (NaN) is left out.
    settings
        ``shock_memories``, ``shock_sizes`` and ``dispersions`` are the possibilities averaged over, all alike
        before the months are seen.

    Notes
    -----
    Quasi-likelihood with working responses of the fitted binomial model (Breslow and Clayton 1993, J. Am. Stat.
    Assoc. 88(421)), residual likelihood of each possibility (Patterson and Thompson 1971, Biometrika 58(3)).
    """
    use = sides.usable & np.isfinite(blocks) & (sides.treated + sides.other > 0)
    month = np.flatnonzero(use).astype(np.float64)
    number, block = np.unique(blocks[use], return_inverse=True)
    offset = np.log(sides.treated_reach[use] / sides.other_reach[use])
    x = np.column_stack([np.ones(len(month)), step[use]])
    on, total = _kept_above_zero(sides.treated[use], sides.other[use], offset, x[:, 1])
    beta, share = _fit(on, total, offset, x)
    information = total * share * (1.0 - share)

    def per_block(values: FloatArray) -> FloatArray:
        return np.bincount(block, weights=values, minlength=len(number)).astype(np.float64)

    weight, size = np.maximum(per_block(information), 1e-9), per_block(np.ones(len(month)))
    surprise = per_block(on - total * share) / weight
    design = np.column_stack([np.ones(len(number)), per_block(x[:, 1]) / size, surprise])
    return _average(design, weight, per_block(month) / size, around=float(beta[1]), settings=settings)


def _kept_above_zero(
    on: FloatArray, other: FloatArray, offset: FloatArray, step: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Treated reports and totals; half a report is added to a side that has none before or after (Haldane 1956)."""
    on, other = on.copy(), other.copy()
    share = special.expit(offset + np.log((on.sum() + 0.5) / (other.sum() + 0.5)) - offset.mean())
    for half in (step <= np.median(step), step > np.median(step)):
        for counts, expected in ((on, share), (other, 1.0 - share)):
            if half.any() and counts[half].sum() == 0:
                counts[half] += 0.5 * expected[half] / expected[half].sum()
    return on, on + other


def _fit(on: FloatArray, total: FloatArray, offset: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Binomial regression by Newton's method; coefficients and fitted shares."""
    beta = np.array([np.log(on.sum() / (total - on).sum()) - float(np.average(offset, weights=total)), 0.0])
    beta[0] = np.clip(beta[0], -30.0, 30.0)
    for _ in range(_STEPS):
        share = special.expit(offset + x @ beta)
        curve = (x * (total * share * (1.0 - share))[:, None]).T @ x + _HOLD * np.eye(2)
        change = np.clip(np.linalg.solve(curve, x.T @ (on - total * share)), -2.0, 2.0)
        beta = beta + change
        if np.abs(change).max() < _ENOUGH:
            break
    return beta, np.asarray(special.expit(offset + x @ beta), dtype=np.float64)


def _average(
    design: FloatArray, weight: FloatArray, time: FloatArray, *, around: float, settings: EffectSettings
) -> Shift:
    """Weigh each possibility by its residual likelihood.

    For each memory the covariance is turned so that every size and dispersion of shocks is diagonal.
    """
    memory = np.array(settings.shock_memories)[:, None, None]
    apart = np.abs(time[:, None] - time)
    linger = np.where(memory > 0, np.maximum(memory, 1e-12) ** apart, np.eye(len(time)))
    root = np.sqrt(weight)
    spread, turn = np.linalg.eigh(linger * root[:, None] * root)
    turned = np.swapaxes(turn, 1, 2) @ (design * root[:, None])
    products = turned[:, :, [0, 0, 1, 0, 1, 2]] * turned[:, :, [0, 1, 1, 2, 2, 2]]
    size, wide = np.array(settings.shock_sizes), np.array(settings.dispersions)
    variance = wide[:, None] + (size**2)[:, None, None] * np.maximum(spread, 0.0)[:, None, None, :]
    one, cross, square, level, slope, rest = np.moveaxis((1.0 / variance) @ products[:, None], -1, 0)
    det = np.maximum(one * square - cross**2, 1e-300)
    constant, shift = (square * level - cross * slope) / det, (one * slope - cross * level) / det
    left = rest - constant * level - shift * slope
    log_likelihood = -0.5 * (np.log(variance).sum(axis=-1) + np.log(det) + left)
    chance = np.exp(log_likelihood - log_likelihood.max())
    keep: BoolArray = chance > _NEGLIGIBLE
    return Shift(
        weight=chance[keep] / chance[keep].sum(),
        mean=around + shift[keep],
        deviation=np.sqrt(np.maximum(one[keep] / det[keep], 1e-12)),
    )
