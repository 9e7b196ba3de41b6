"""Laws of the statistics, whatever the counts: silent risks are a score that depends on the unit or on the order of
cells, a correction that makes a test surer, and a base whose closing turns a cell quiet."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from geo.hexgrid import cells_of_area
from geo.incidents.hotspots import false_discovery, gi_star, judge_cells, neighbour_weights, two_sided
from geo.incidents.trends import against_norm, mann_kendall, sen_slope
from geo.settings import read_settings

RULE = read_settings(Path(__file__).resolve().parents[2] / "config.toml").hotspots
CELLS = cells_of_area(shapely.box(0, 0, 1.2, 1.2), resolution=5)
WEIGHTS = neighbour_weights(CELLS)
MONTHS = 6
SHAPE = (len(CELLS), MONTHS)
# Mostly nothing, here and there a lot: as reports come.
counts_of_cells = arrays.arrays(np.int64, SHAPE, elements=st.integers(0, 30), fill=st.just(0)).map(
    lambda counts: counts.astype(float)
)
watchers_of_cells = arrays.arrays(np.int16, SHAPE, elements=st.integers(0, 3), fill=st.just(np.int16(2)))
known_cells = arrays.arrays(bool, SHAPE, elements=st.booleans(), fill=st.just(True))
series = arrays.arrays(
    float, st.tuples(st.integers(1, 5), st.integers(1, 12)), elements=st.integers(-5, 5).map(float) | st.just(np.nan)
)
laws = settings(max_examples=40, deadline=None)
QUIET = "cold|diminishing|historical"


@laws
@given(counts_of_cells, known_cells, st.sampled_from([0.25, 3.0, 1000.0]), st.sampled_from([0.0, 7.0]))
def test_scores_have_no_unit_and_no_origin(counts, known, unit, origin) -> None:
    one, other = (gi_star(x, WEIGHTS, known=known) for x in (counts, counts * unit + origin))
    np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-8)


@laws
@given(counts_of_cells, known_cells, st.permutations(range(len(CELLS))))
def test_order_of_cells_does_not_matter(counts, known, order) -> None:
    one = gi_star(counts, WEIGHTS, known=known)[order]
    other = gi_star(counts[order], neighbour_weights(CELLS[order]), known=known[order])
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@laws
@given(counts_of_cells, known_cells)
def test_correction_never_makes_a_test_surer_nor_changes_the_order(counts, known) -> None:
    p = two_sided(gi_star(counts, WEIGHTS, known=known))
    corrected = false_discovery(p)
    for month in range(MONTHS):
        has = np.isfinite(p[:, month])
        assert (np.isfinite(corrected[:, month]) == has).all()
        assert (corrected[has, month] >= p[has, month]).all()
        assert (np.diff(corrected[has, month][np.argsort(p[has, month], kind="stable")]) >= 0).all()
        if has.any():
            expected = stats.false_discovery_control(p[has, month])
            np.testing.assert_allclose(corrected[has, month], expected, rtol=1e-12)


@laws
@given(series)
def test_time_turned_round_turns_the_trend_round(x) -> None:
    there, back = mann_kendall(x), mann_kendall(x[:, ::-1])
    assert (there.s == -back.s).all()
    assert (there.variance == back.variance).all()
    np.testing.assert_allclose(sen_slope(x), -sen_slope(x[:, ::-1]), rtol=1e-12, atol=0)
    assert ((there.p_value >= 0) & (there.p_value <= 1)).all()


@laws
@given(series)
def test_a_trend_sees_order_only(x) -> None:
    assert (mann_kendall(x).z == mann_kendall(np.exp(x)).z).all()


@laws
@given(counts_of_cells, watchers_of_cells, st.integers(0, MONTHS - 1))
def test_closing_a_base_makes_nothing_quiet(counts, watchers, month) -> None:
    """Fewer can report from some month on, whatever is reported: no cell becomes cold, diminishing or historical."""
    steady = np.repeat(watchers[:, :1], MONTHS, axis=1)
    fewer = steady.copy()
    fewer[:, month:] = np.maximum(steady[:, month:] - 1, 0)
    table = judge_cells(counts, fewer, WEIGHTS, settings=RULE, least_reports=RULE.least_reports)
    lost = (fewer < steady).any(axis=1) & (month > 0)
    assert not table["class"][lost].str.contains(QUIET).any()
    assert not judge_cells(counts, None, WEIGHTS, settings=RULE, least_reports=3)["class"].str.contains(QUIET).any()


@laws
@given(counts_of_cells, watchers_of_cells)
def test_a_hot_spot_has_reports_and_a_cell_has_one_row(counts, watchers) -> None:
    table = judge_cells(counts, watchers, WEIGHTS, settings=RULE, least_reports=RULE.least_reports)
    assert len(table) == len(CELLS)
    assert table["incidents"].sum() == counts.sum()
    hot = table["class"].str.endswith("hot_spot")
    assert (table.loc[hot, "reports_around"] >= RULE.least_reports).all()
    assert (table.loc[hot, "months_hot"] > 0).all()
    unseen = (watchers == 0).all(axis=1) & (counts == 0).all(axis=1)
    assert table.loc[unseen, "gi_star"].isna().all()
    assert (table.loc[unseen, "class"] == "no_eyes").all()


@laws
@given(st.lists(st.integers(0, 60), min_size=8, max_size=14), st.integers(0, 80), st.booleans())
def test_more_reports_are_never_further_below_the_norm(before, latest, fell) -> None:
    order = ["below_norm", "too_few_to_tell", "cannot_tell", "within_norm", "above_norm"]
    usable, days = np.ones(len(before) + 1, dtype=bool), [30] * (len(before) + 1)
    one, more = (
        against_norm([*before, count], days, usable=usable, fell=fell, settings=RULE) for count in (latest, latest + 1)
    )
    assert one.low is not None
    assert one.high is not None
    assert one.low <= one.high + 1
    assert (more.low, more.high, more.expected) == (one.low, one.high, one.expected)
    assert order.index(more.verdict) >= order.index(one.verdict)
    if fell:
        assert one.verdict in ("above_norm", "cannot_tell")
    assert one.p_value == pytest.approx(min(one.p_value, 1.0))
