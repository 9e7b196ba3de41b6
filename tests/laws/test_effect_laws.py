"""Laws of before and after. Silent risks: the order of the rows decides; a share in per cent changes the answer; an
interval that does not hold its own estimate; a fall said of any panel whose reach fell."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.closures import World, made_runs
from geo.drawdown.effect import VERDICTS, Effect, estimate_effect
from geo.drawdown.panel import Panel
from geo.settings import read_settings

RULE = read_settings(Path(__file__).resolve().parents[2] / "config.toml").effect
UNITS = 6


@st.composite
def panels(draw: st.DrawFn, *, months: int | None = None) -> Panel:
    """Any panel at all: thin, full, blind in places, closed anywhere."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    length = months or draw(st.integers(8, 70))
    rate = draw(st.sampled_from([0.02, 0.3, 2.0, 40.0]))
    reach = rng.uniform(0.1, 1.0, (UNITS, length)) * (rng.random((UNITS, length)) > draw(st.sampled_from([0.0, 0.2])))
    treated = np.arange(UNITS) < draw(st.integers(1, UNITS - 1))
    counts = rng.poisson(rate * rng.gamma(0.7, 1 / 0.7, (UNITS, length)) * reach).astype(np.float64)
    return Panel(counts=counts, reach=reach, treated=treated, closure=draw(st.integers(-1, length)))


def possible(found: Effect) -> None:
    one = found.estimate
    assert found.verdict in VERDICTS
    assert (found.reason != "") == (found.verdict == "cannot_tell")
    assert 0 <= one.p_value <= 1
    assert 0 <= one.low <= one.high
    if np.isfinite(one.rate_ratio):
        assert one.low <= one.rate_ratio <= one.high
    if abs(one.p_value - RULE.significance) > 1e-6:
        assert (one.p_value < RULE.significance) == (not one.low <= 1 <= one.high)
    if found.verdict == "fell":
        assert one.high < 1
        assert found.reach_kept >= 1 - RULE.reach_loss_share
    if found.verdict == "rose":
        assert one.low > 1


def same(one: Effect, other: Effect) -> None:
    assert (one.verdict, one.reason) == (other.verdict, other.reason)
    for name in ("rate_ratio", "low", "high", "p_value"):
        assert getattr(one.estimate, name) == pytest.approx(getattr(other.estimate, name), rel=1e-6, nan_ok=True)


@given(panels())
def test_no_verdict_is_impossible(panel: Panel) -> None:
    possible(estimate_effect(panel, settings=RULE))


@given(panels(months=60), st.integers(10, 60))
def test_more_months_never_make_an_impossible_verdict(panel: Panel, months: int) -> None:
    kept = np.arange(60) < months
    possible(estimate_effect(panel.of_months(kept, closure=panel.closure), settings=RULE))


@given(panels(), st.permutations(range(UNITS)))
def test_relabelling_units_changes_nothing(panel: Panel, order: list[int]) -> None:
    moved = Panel(
        counts=panel.counts[order], reach=panel.reach[order], treated=panel.treated[order], closure=panel.closure
    )
    same(estimate_effect(panel, settings=RULE), estimate_effect(moved, settings=RULE))


@given(panels(), st.sampled_from([0.25, 0.5, 2.0, 100.0]))
def test_scaling_reach_changes_nothing(panel: Panel, factor: float) -> None:
    scaled = Panel(counts=panel.counts, reach=panel.reach * factor, treated=panel.treated, closure=panel.closure)
    same(estimate_effect(panel, settings=RULE), estimate_effect(scaled, settings=RULE))


def test_what_is_common_to_all_units_falls_out() -> None:
    """Twice as many reports everywhere in some months is no effect, whatever the months."""
    run = made_runs("null", 1, seed=5, world=World(rate=30.0))[0].panel
    louder = run.counts * np.where(np.arange(60) >= run.closure, 3.0, 1.0)
    again = Panel(counts=louder, reach=run.reach, treated=run.treated, closure=run.closure)
    one, other = (estimate_effect(panel, settings=RULE).estimate for panel in (run, again))
    assert other.rate_ratio == pytest.approx(one.rate_ratio, rel=0.05)


def test_the_panel_is_not_changed() -> None:
    run = made_runs("lost", 1, seed=6)[0].panel
    counts, reach = run.counts.copy(), run.reach.copy()
    estimate_effect(run, settings=RULE)
    assert (run.counts == counts).all()
    assert (run.reach == reach).all()
