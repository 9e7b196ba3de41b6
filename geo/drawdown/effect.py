"""Before and after a closure, said honestly: how the rate of reports changed beside places where nothing closed.

Fewer reports are not less violence. Reach enters as exposure, and where it was lost a fall is not called one; where
it collapsed, or the data are too thin, the verdict is "cannot tell".
"""

from dataclasses import dataclass

import numpy as np

from geo.drawdown.panel import FloatArray, Panel, Sides, sides_of
from geo.drawdown.shift import Shift, estimate_shift
from geo.settings import EffectSettings

VERDICTS = ("rose", "fell", "no_change_seen", "cannot_tell")
# Why a verdict is "cannot_tell", the first that holds; the words for each.
REASONS = {
    "few_months": "there are too few months on one side of the closure",
    "no_comparison": "there is no place to compare with",
    "few_reports": "there are too few reports",
    "reach_collapsed": "most of those who could report are gone, so the reports no longer tell",
    "drifted_before": "both sides drifted apart before the closure already",
    "reach_fell": "fewer reports came, but fewer could report as well",
    "reach_changed": "more reports would follow from the change in who could report alone",
    "too_wide": "the reports fit with half as many incidents as well as with twice as many",
}
_WORDS = {
    "rose": "Incidents rose around what closed, beside places where nothing closed.",
    "fell": "Incidents fell around what closed, beside places where nothing closed; who could report stayed.",
    "no_change_seen": "No change is seen beside places where nothing closed; that does not prove there was none.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Factor by which the rate changed beside the comparison, with its interval; 1 = no change."""

    rate_ratio: float  # NaN where nothing can be estimated
    low: float
    high: float
    p_value: float  # two-sided, of no change


@dataclass(frozen=True, slots=True, kw_only=True)
class Placebo:
    """The same estimate for a month before the closure, at which nothing closed."""

    months_before: int  # months from it to the closure
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a closure was followed by."""

    estimate: Estimate
    verdict: str  # one of VERDICTS
    reason: str  # one of REASONS where the verdict is "cannot_tell", else ""
    pre_trend_p: float  # two-sided p-value of a drift before the closure; NaN where it cannot be tested
    reach_kept: float  # of the treated side: reach after as a share of reach before; NaN without
    other_reach_kept: float  # the same of the comparison


def words_of(verdict: str, reason: str = "") -> str:
    """Return a verdict in plain words, with the reason where it is given."""
    if verdict == "cannot_tell":
        return f"Cannot tell: {REASONS[reason]}." if reason else "Cannot tell."
    return _WORDS[verdict]


NOTHING = Estimate(rate_ratio=float("nan"), low=0.0, high=float("inf"), p_value=1.0)


def estimate_effect(panel: Panel, *, settings: EffectSettings) -> Effect:
    """Estimate what a closure was followed by, and judge it.

    The estimate compares the treated units with all others, after with before, reach as exposure; see
    :func:`geo.drawdown.shift.estimate_shift`. :func:`judge_effect` says what it may be taken to mean.
    """
    sides = sides_of(panel, unit_scatter=settings.unit_scatter)
    kept, other_kept = (_kept(panel, reach) for reach in (sides.treated_reach, sides.other_reach))
    missing = _missing(panel, sides, settings)
    if missing == "no_comparison" and kept < settings.reach_collapse_share:
        missing = "reach_collapsed"
    shift = None
    if missing in ("", "few_reports") and _can_fit(panel, sides):
        shift = _shift(panel, sides, settings)
    estimate = NOTHING if shift is None else _estimate(shift, settings.significance)
    pre_trend_p = float("nan") if missing or shift is None else _pre_trend_p(panel, sides, settings)
    verdict, reason = ("cannot_tell", missing) if missing else ("", "")
    if not verdict:
        verdict, reason = judge_effect(
            estimate, reach_kept=kept, other_reach_kept=other_kept, pre_trend_p=pre_trend_p, settings=settings
        )
    return Effect(
        estimate=estimate,
        verdict=verdict,
        reason=reason,
        pre_trend_p=pre_trend_p,
        reach_kept=kept,
        other_reach_kept=other_kept,
    )


def judge_effect(
    estimate: Estimate, *, reach_kept: float, other_reach_kept: float, pre_trend_p: float, settings: EffectSettings
) -> tuple[str, str]:
    """Say what an estimate may be taken to mean; the only place that does.

    The rules, of which the first that holds decides:

    - Reach of either side below ``reach_collapse_share`` of what it was: ``cannot_tell``; only where the reports
      themselves rose around what closed, whoever could report, ``rose``.
    - A drift before with a p-value below ``pre_trend_p``: ``cannot_tell``.
    - The interval lies below 1: ``fell``, unless reach fell by more than ``reach_loss_share``, or the interval
      would no longer lie below 1 had twice as much reach been lost as is known: then ``cannot_tell``.
    - The interval lies above 1: ``rose``, unless it would not had reach changed twice as much in its favour.
    - The interval holds both 1 / ``wide_factor`` and ``wide_factor``: ``cannot_tell``; else ``no_change_seen``.

    Returns
    -------
    verdict, reason
        One of ``VERDICTS``; one of ``REASONS`` with ``cannot_tell``, else "".
    """
    beside = reach_kept / other_reach_kept if other_reach_kept > 0 else 0.0
    lost = min(reach_kept, beside, 1.0)
    gained = max(beside, 1.0)
    if min(lost, other_reach_kept) < settings.reach_collapse_share:
        rose_anyway = estimate.low * min(reach_kept, beside) > 1 and other_reach_kept >= settings.reach_collapse_share
        return ("rose", "") if rose_anyway else ("cannot_tell", "reach_collapsed")
    if pre_trend_p < settings.pre_trend_p:
        return "cannot_tell", "drifted_before"
    if estimate.high < 1:
        sure = lost >= 1 - settings.reach_loss_share and estimate.high < lost
        return ("fell", "") if sure else ("cannot_tell", "reach_fell")
    if estimate.low > 1:
        return ("rose", "") if estimate.low > gained else ("cannot_tell", "reach_changed")
    wide = estimate.low < 1 / settings.wide_factor and estimate.high > settings.wide_factor
    return ("cannot_tell", "too_wide") if wide else ("no_change_seen", "")


def placebo_effects(panel: Panel, *, settings: EffectSettings) -> list[Placebo]:
    """Estimate the same for months before the closure, where nothing closed: the interval should hold 1.

    The months before the closure are cut in equal parts, at most ``placebo_dates`` cuts with at least
    ``least_months`` on each side; the months from the closure on are not looked at. A cut that tells nothing is left out.
    """
    months = panel.before
    there = int(months.sum())
    most = min(settings.placebo_dates, max(there // (settings.least_months + 1) - 1, 0))
    found = []
    for part in range(1, most + 1):
        cut = round(part * there / (most + 1))
        earlier = panel.of_months(months, closure=cut)
        estimate = estimate_effect(earlier, settings=settings).estimate
        if np.isfinite(estimate.rate_ratio):
            found.append(Placebo(months_before=panel.closure - cut, estimate=estimate))
    return found


def _missing(panel: Panel, sides: Sides, settings: EffectSettings) -> str:
    """Why nothing can be told whatever the estimate; "" where something can."""
    use = sides.usable
    if not panel.treated.any() or panel.treated.all():
        return "no_comparison"
    if min(int((use & side).sum()) for side in (panel.before, panel.after)) < settings.least_months:
        return "few_months" if min(panel.before.sum(), panel.after.sum()) < settings.least_months else "reach_collapsed"
    on, other = panel.counts[panel.treated].sum(axis=0), panel.counts[~panel.treated].sum(axis=0)
    before, after = panel.before & use, panel.after & use
    # After the closure none may come because the rate fell: what the months before lead to expect counts.
    reach = sides.treated_reach
    expected = on[before].sum() * reach[after].sum() / max(reach[before].sum(), 1e-12)
    enough = min(on[before].sum(), max(expected, on[after].sum()), other[before].sum(), other[after].sum())
    return "" if enough >= settings.least_reports else "few_reports"


def _can_fit(panel: Panel, sides: Sides) -> bool:
    """Whether both sides have any report at all, and three months with reports before and after."""
    some = sides.usable & (sides.treated + sides.other > 0)
    each = min(int((some & side).sum()) for side in (panel.before, panel.after))
    return each >= 3 and bool(sides.treated[some].sum() > 0) and bool(sides.other[some].sum() > 0)


def _shift(panel: Panel, sides: Sides, settings: EffectSettings) -> Shift:
    step = panel.after.astype(np.float64)
    return estimate_shift(sides, step, _blocks(panel, settings.block_months), settings=settings)


def _pre_trend_p(panel: Panel, sides: Sides, settings: EffectSettings) -> float:
    """Two-sided p-value of a steady drift of the treated side against the other before the closure."""
    before = panel.before
    number = np.where(before, _blocks(panel, settings.block_months), np.nan)
    some = sides.usable & before & (sides.treated + sides.other > 0)
    if some.sum() < settings.least_months or min(sides.treated[some].sum(), sides.other[some].sum()) <= 0:
        return float("nan")
    time = np.arange(len(before)) / max(panel.closure, 1) - 0.5
    return estimate_shift(sides, time, number, settings=settings).p_value


def _blocks(panel: Panel, length: int) -> FloatArray:
    """Number of the block each month lies in, counted away from the closure, whose own month has none."""
    away = np.arange(panel.counts.shape[1]) - panel.closure
    number = np.sign(away) * ((np.abs(away) - 1) // length + 1)
    return np.where(away == 0, np.nan, number).astype(np.float64)


def _kept(panel: Panel, reach: FloatArray) -> float:
    """Mean reach after as a share of that in the months before in which somebody could report; NaN without such."""
    before, after = panel.before & (reach > 0), panel.after
    if not before.any() or not after.any():
        return float("nan")
    return float(reach[after].mean() / reach[before].mean())


def _estimate(shift: Shift, significance: float) -> Estimate:
    middle, low, high = np.exp(shift.quantiles(np.array([0.5, significance / 2, 1 - significance / 2])))
    return Estimate(rate_ratio=float(middle), low=float(low), high=float(high), p_value=shift.p_value)
