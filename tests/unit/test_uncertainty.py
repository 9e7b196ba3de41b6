"""Silent risks here: one report called certain; an interval that leaves its own share out; more evidence that says less;
a chance that depends on the unit of weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.actors.uncertainty import effective_reports, lead_chance, share_interval
from geo.errors import RequestError


def one(value: float) -> np.ndarray:
    return np.array([float(value)])


def test_equal_weights_count_as_they_are_and_a_heavy_one_drowns_the_light() -> None:
    assert effective_reports(one(5 * 0.3), one(5 * 0.3**2))[0] == pytest.approx(5)
    assert effective_reports(one(10 + 0.1), one(100 + 0.01))[0] == pytest.approx(1.02, abs=0.001)
    assert effective_reports(one(0), one(0))[0] == 0


def test_intervals_known_from_the_literature() -> None:
    # Brown, Cai and DasGupta 2001, table of Jeffreys intervals: 2 of 10 and 0 of 10 at 95 %.
    low, high = share_interval(one(0.2), one(10), level=0.95)
    assert (low[0], high[0]) == (pytest.approx(0.044, abs=0.001), pytest.approx(0.503, abs=0.001))
    low, high = share_interval(one(0), one(10), level=0.95)
    assert (low[0], high[0]) == (0.0, pytest.approx(0.217, abs=0.001))


def test_one_report_is_no_certainty_and_none_says_nothing() -> None:
    low, high = share_interval(one(1), one(1), level=0.9)
    assert low[0] < 0.25
    assert high[0] == 1
    assert tuple(end[0] for end in share_interval(one(0), one(0), level=0.9)) == (0, 1)
    assert lead_chance(one(1), one(0), one(1))[0] < 0.95
    assert lead_chance(one(0), one(0), one(0))[0] == pytest.approx(0.5)


def test_the_chance_to_lead_agrees_with_drawing_from_the_posterior() -> None:
    rng = np.random.default_rng(3)
    drawn = rng.beta(7.5, 3.5, 200_000) > 0.5
    assert lead_chance(one(7), one(3), one(10))[0] == pytest.approx(drawn.mean(), abs=0.005)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, float("nan")])
def test_a_level_that_is_no_chance_is_refused(level: float) -> None:
    with pytest.raises(RequestError, match="between 0 and 1"):
        share_interval(one(0.5), one(3), level=level)


WEIGHTS = st.lists(st.floats(0.001, 10), min_size=1, max_size=20)


@given(own=WEIGHTS, others=WEIGHTS, level=st.floats(0.05, 0.99), factor=st.floats(0.01, 100))
def test_an_interval_holds_its_share_and_has_no_unit(own, others, level, factor) -> None:
    weights = np.array(own + others)
    share, squares = one(sum(own) / weights.sum()), one((weights**2).sum())
    effective = effective_reports(one(weights.sum()), squares)
    assert 1 - 1e-9 <= effective[0] <= len(weights) + 1e-9
    low, high = share_interval(share, effective, level=level)
    assert 0 <= low[0] <= share[0] <= high[0] <= 1
    again = effective_reports(one(weights.sum() * factor), squares * factor**2)
    np.testing.assert_allclose(again, effective, rtol=1e-9)


@given(share=st.floats(0.5, 1), effective=st.floats(0.5, 500), more=st.floats(1.01, 10))
def test_more_of_the_same_evidence_narrows_the_interval_and_firms_the_lead(share, effective, more) -> None:
    before, after = (share_interval(one(share), one(n), level=0.9) for n in (effective, effective * more))
    assert after[1][0] - after[0][0] <= before[1][0] - before[0][0] + 1e-9
    first, second = one(share), one(1 - share)
    chances = [lead_chance(first * n, second * n, one(n))[0] for n in (effective, effective * more)]
    assert 0.5 - 1e-9 <= chances[0] <= chances[1] + 1e-9
