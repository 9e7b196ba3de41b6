"""What months say together: trend of a series, kinds of hot spot over time, a place against its own norm.

Fewer reports are not less violence. Where fewer could report than before, nothing here says that a place
calms: the answer is "cannot tell".
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from geo.crs import FloatArray
from geo.errors import RequestError
from geo.incidents.precision import BoolArray
from geo.settings import HotspotSettings

TextArray = npt.NDArray[np.object_]
SignArray = npt.NDArray[np.int8]
NO_PATTERN, CANNOT_TELL, NO_EYES = "no_pattern", "cannot_tell", "no_eyes"
KINDS = (
    "new",
    "consecutive",
    "intensifying",
    "persistent",
    "diminishing",
    "sporadic",
    "oscillating",
    "historical",
)
# Pairs of months are laid out for this many cells at a time.
_CELLS_AT_ONCE = 2048


@dataclass(frozen=True, eq=False, kw_only=True)
class MannKendall:
    """The test of each of ``c`` series, every array of shape ``(c,)``."""

    s: npt.NDArray[np.int64]  # pairs of months that rise less pairs that fall
    variance: FloatArray  # of s without trend, corrected for ties
    z: FloatArray  # standard normal score with continuity correction
    p_value: FloatArray  # two-sided


def mann_kendall(series: npt.ArrayLike) -> MannKendall:
    """Test each series for a monotonic trend.

    Parameters
    ----------
    series
        Shape ``(c, months)``, in order of time. A missing month is skipped; the others keep their order.

    Returns
    -------
    MannKendall
        A series without two different values has z 0 and p 1.

    References
    ----------
    Mann 1945, Econometrica 13(3); Kendall 1975, Rank Correlation Methods, 4th ed., ch. 4 (variance with ties).
    """
    x = np.ascontiguousarray(_table(series).T)  # (months, c): a pair of months is two contiguous rows
    months, cells = x.shape
    rising, falling = np.zeros(cells, dtype=np.int64), np.zeros(cells, dtype=np.int64)
    for first in range(0, cells, _CELLS_AT_ONCE):
        block = slice(first, first + _CELLS_AT_ONCE)
        part = x[:, block]
        for lag in range(1, months):  # a missing month is neither above nor below any
            rising[block] += np.add.reduce(part[lag:] > part[:-lag], axis=0, dtype=np.int16)
            falling[block] += np.add.reduce(part[lag:] < part[:-lag], axis=0, dtype=np.int16)
    n = np.isfinite(x).sum(axis=0)
    scatter = (n * (n - 1) * (2 * n + 5)).astype(np.float64)
    tied = rising + falling < n * (n - 1) // 2
    scatter[tied] -= _ties(x[:, tied])
    variance = scatter / 18.0
    s = rising - falling
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(s == 0, 0.0, (s - np.sign(s)) / np.sqrt(variance))
    return MannKendall(s=s, variance=variance, z=z, p_value=np.asarray(2.0 * special.ndtr(-np.abs(z))))


def _ties(x: FloatArray) -> FloatArray:
    """Sum of t (t - 1) (2 t + 5) over the groups of t equal values of each column of ``(months, c)``."""
    # Each of a group's t members adds (t - 1) (2 t + 5). A missing value equals nothing, itself included.
    total = np.zeros(x.shape[1])
    for row in x:
        t = (x == row).sum(axis=0)
        total += np.where(t > 0, (t - 1) * (2 * t + 5), 0)
    return total


def sen_slope(series: npt.ArrayLike) -> FloatArray:
    """Return the median slope over all pairs of months, units per month, shape ``(c,)``.

    Missing months are skipped, the time between the others counts. Not a number with fewer than two values.
    Sen 1968, J. Am. Stat. Assoc. 63(324).
    """
    x = _table(series)
    earlier, later = np.triu_indices(x.shape[1], k=1)
    found = np.full(len(x), np.nan)
    for first in range(0, len(x), _CELLS_AT_ONCE):
        block = x[first : first + _CELLS_AT_ONCE]
        slopes = np.sort((block[:, later] - block[:, earlier]) / (later - earlier), axis=1)  # missing ones last
        count = np.isfinite(slopes).sum(axis=1)
        some = np.flatnonzero(count)
        low, high = (count[some] - 1) // 2, count[some] // 2
        found[first + some] = (slopes[some, low] + slopes[some, high]) / 2.0
    return found


def _table(series: npt.ArrayLike) -> FloatArray:
    x = np.asarray(series, dtype=np.float64)
    if x.ndim != 2:
        raise RequestError(f"series are cells by months, got an array of shape {x.shape}")
    return x


def emerging_classes(
    hot: BoolArray, cold: BoolArray, *, known: BoolArray, trend: SignArray, fell: BoolArray, persistent_share: float
) -> TextArray:
    """Name what each cell has been over the months, shape ``(c,)``.

    A month is hot (cold) where Gi* is positive (negative) and its p-value, corrected over the cells of the
    month, is at most the significance; a month without data is neither. Shares are of *all* months. The
    rules, of which the first that holds gives the name; the same for cold with hot and cold exchanged:

    - ``hot_spot``: only one month is asked for, and it is hot.
    - Hot in the last month and in at least ``persistent_share`` of the months: ``intensifying_hot_spot`` with
      a significant upward trend of Gi*, ``diminishing_hot_spot`` with a downward one, else
      ``persistent_hot_spot``.
    - Hot in the last month: ``new_hot_spot`` where no earlier month was hot; ``consecutive_hot_spot`` where
      all hot months form one run, two or more, that ends with the last; ``oscillating_hot_spot`` where an
      earlier month was cold; else ``sporadic_hot_spot``.
    - Not hot in the last month, but in at least ``persistent_share``: ``historical_hot_spot``.
    - Else ``no_pattern``; ``no_eyes`` where the last month has no data and none was hot.

    The reporting-bias guard stands above the rules. Where eyes fell, or the last month has no data,
    a cell that would be diminishing, or was hot in some month and is not in the last, is ``cannot_tell``.
    Where eyes fell or any month has no data, no month counts as cold, so no cold name is given.

    Parameters
    ----------
    hot, cold, known
        Shape ``(c, months)``, in order of time.
    trend
        1, 0, -1: direction of the significant trend of Gi*, shape ``(c,)``.
    fell
        Where fewer could report in some month than in an earlier one, shape ``(c,)``.
    persistent_share
        Inclusive.

    References
    ----------
    After the categories of Esri's Emerging Hot Spot Analysis, with the guard added.
    """
    hot = hot & known
    cold = cold & known & (~fell & known.all(axis=1))[:, None]
    blind = fell | ~known[:, -1]
    was_hot = hot.any(axis=1)
    names = np.full(len(hot), NO_PATTERN, dtype=object)
    for side, other, word, sign in ((cold, hot, "cold", -1), (hot, cold, "hot", 1)):
        for kind, holds in _kinds(side, other, trend * sign, persistent_share).items():
            names[holds] = f"{kind}_{word}_spot" if kind else f"{word}_spot"
    falls = np.isin(names, ("diminishing_hot_spot", "historical_hot_spot")) | (was_hot & ~hot[:, -1])
    names[falls & blind] = CANNOT_TELL
    names[~known[:, -1] & ~was_hot] = NO_EYES
    return names


def _kinds(side: BoolArray, other: BoolArray, trend: SignArray, persistent_share: float) -> dict[str, BoolArray]:
    """Where each name holds; no two hold together."""
    months = side.shape[1]
    count = side.sum(axis=1)
    last, often = side[:, -1], count >= persistent_share * months - 1e-9
    if months == 1:
        return {"": last}
    alone = count == 1
    one_run = (side[:, 1:] >= side[:, :-1]).all(axis=1)  # once begun it never stops
    crossed = other.any(axis=1)
    now = last & ~often
    return {
        "intensifying": last & often & (trend > 0),
        "diminishing": last & often & (trend < 0),
        "persistent": last & often & (trend == 0),
        "new": now & alone,
        "consecutive": now & ~alone & one_run,
        "oscillating": now & ~alone & ~one_run & crossed,
        "sporadic": now & ~alone & ~one_run & ~crossed,
        "historical": ~last & often,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """The latest month of a place beside its own earlier months."""

    latest: int  # reports in the latest month
    expected: float  # reports its earlier months lead to expect; not a number without a norm
    low: int | None  # counts from low to high, inclusive, are within the norm
    high: int | None
    p_value: float  # two-sided; not a number without a norm
    months: int  # earlier months the norm stands on
    verdict: str  # above_norm, within_norm, below_norm, too_few_to_tell, cannot_tell


def against_norm(
    counts: npt.ArrayLike, days: npt.ArrayLike, *, usable: BoolArray, fell: bool, settings: HotspotSettings
) -> Norm:
    """Compare the latest month of a place with its own earlier months.

    The earlier months' rate per day, with its uncertainty, predicts a negative binomial count: a Poisson
    count under a Gamma rate with Jeffreys' prior, widened by the dispersion of the earlier months (Pearson
    chi-square over its degrees of freedom, never below 1). The latest count is outside the norm where either
    tail holds at most half the significance. Verdicts, the first that holds:

    - ``above_norm``: above, and at least ``norm_expected`` reports came.
    - ``cannot_tell``: fewer could report than before, or the latest month or too many earlier ones (fewer
      than ``norm_months`` left) were not watched: never within or below the norm.
    - ``too_few_to_tell``: the expected count and the latest one are both below ``norm_expected``.
    - ``below_norm``, only where at least ``norm_expected`` were expected; else ``within_norm``.

    Parameters
    ----------
    counts
        Reports per month, shape ``(months,)``, the latest last.
    days
        Days of each month that were looked at; the latest may be unfinished.
    usable
        Months in which the place was watched: others are no data, not zero.
    fell
        Whether fewer could report from the place in the latest month than in an earlier one.

    References
    ----------
    McCullagh and Nelder 1989, Generalized Linear Models, ch. 6.2 (dispersion); Gelman et al. 2013, Bayesian
    Data Analysis, ch. 2.6 (predictive count).
    """
    x, length = np.asarray(counts, dtype=np.float64), np.asarray(days, dtype=np.float64)
    if not x.shape == length.shape == usable.shape or x.ndim != 1 or not len(x):
        raise RequestError(f"counts {x.shape}, days {length.shape} and usable {usable.shape} must be one row of months")
    earlier = usable[:-1]
    before, before_days = x[:-1][earlier], length[:-1][earlier]
    latest, months = int(x[-1]), int(earlier.sum())
    if months < settings.norm_months:
        return Norm(
            latest=latest, expected=np.nan, low=None, high=None, p_value=np.nan, months=months, verdict=CANNOT_TELL
        )
    expected = before.sum() / before_days.sum() * length[-1]
    below, up_to, low, high = _predicted(before, before_days, length[-1], latest, settings.significance)
    verdict = _verdict(latest, expected, (low, high), fell=fell or not usable[-1], least=settings.norm_expected)
    p_value = min(1.0, 2.0 * min(1.0 - below, up_to))
    return Norm(
        latest=latest, expected=float(expected), low=low, high=high, p_value=p_value, months=months, verdict=verdict
    )


def _verdict(latest: int, expected: float, within: tuple[int, int], *, fell: bool, least: float) -> str:
    if latest > within[1] and latest >= least:
        return "above_norm"
    if fell:
        return CANNOT_TELL
    if expected < least and latest < least:
        return "too_few_to_tell"
    return "below_norm" if latest < within[0] and expected >= least else "within_norm"


def _predicted(
    before: FloatArray, before_days: FloatArray, days: float, latest: int, significance: float
) -> tuple[float, float, int, int]:
    """Chance of fewer than the latest count and of at most as many; lowest and highest count within the norm."""
    total, total_days = before.sum(), before_days.sum()
    fitted = total / total_days * before_days
    chi_square = float(((before - fitted) ** 2 / fitted).sum()) if total else 0.0
    dispersion = max(1.0, chi_square / (len(before) - 1))
    mean = (total + 0.5) / total_days * days
    variance = mean * dispersion * (1.0 + days / total_days)
    size, share = mean**2 / (variance - mean), mean / variance

    def at_most(count: npt.ArrayLike) -> FloatArray:
        """Negative binomial distribution function; 0 below 0."""
        k = np.asarray(count, dtype=np.float64)
        return np.where(k < 0, 0.0, special.betainc(size, np.maximum(k, 0.0) + 1.0, share))

    # Chebyshev: the mean and this many standard deviations hold both limits.
    top = int(mean + np.sqrt(variance * 4.0 / significance)) + 2
    reached = at_most(np.arange(top))
    low = int(np.searchsorted(reached, significance / 2, side="right"))
    high = int(np.searchsorted(reached, 1.0 - significance / 2, side="left"))
    return float(at_most(latest - 1)), float(at_most(latest)), low, high
