"""Silent risks here: ties that make a trend look surer than it is; a skipped month that shifts the others; a class
that fits none of its rules, or two; a fall named where eyes fell; a norm made of months nobody watched; three reports
that beat two."""

import datetime as dt
from typing import Any

import numpy as np
import pymannkendall
import pytest
from scipy import stats

from geo.answers.hotspots import answer_trend
from geo.errors import RequestError
from geo.hexgrid import cells_of_points
from geo.incidents.trends import KINDS, Norm, against_norm, emerging_classes, mann_kendall, sen_slope
from geo.model import Audience, HotspotRequest
from geo.settings import Settings
from tests.toy_country import BASES, BOUNDARIES, event, table_top

CASE, PUBLIC = Audience.CASE_TEAM, Audience.PUBLIC


# Mann-Kendall and Sen


def test_four_months_solved_by_hand() -> None:
    """1 2 3 3: five pairs rise, one is tied. Variance (4*3*13 - 2*1*9) / 18 = 138/18; z = (5 - 1) / sqrt(138/18)."""
    found = mann_kendall([[1, 2, 3, 3]])
    assert (found.s[0], found.variance[0]) == (5, pytest.approx(138 / 18))
    assert found.z[0] == pytest.approx(4 / np.sqrt(138 / 18))
    assert found.p_value[0] == pytest.approx(2 * stats.norm.sf(found.z[0]))
    assert sen_slope([[1, 2, 3, 3]])[0] == pytest.approx(5 / 6)  # 0 1/2 2/3 1 1 1: the middle of 2/3 and 1
    assert sen_slope([[0, 1, 3]])[0] == pytest.approx(1.5)


@pytest.mark.parametrize("months", [4, 13, 24])
@pytest.mark.parametrize("missing_share", [0.0, 0.3])
@pytest.mark.parametrize("tied", [False, True])
def test_trend_equals_pymannkendall(months, missing_share, tied) -> None:
    rng = np.random.default_rng(months)
    x = rng.poisson(1.5, (60, months)).astype(float) if tied else rng.normal(size=(60, months))
    x += np.linspace(0, 2, 60)[:, None] * np.arange(months) // 3
    x[:, 2:][rng.random((60, months - 2)) < missing_share] = np.nan  # pymannkendall needs two values
    found, slope = mann_kendall(x), sen_slope(x)
    for cell, series in enumerate(x):
        oracle = pymannkendall.original_test(series)
        ours = (found.s[cell], found.variance[cell], found.z[cell], found.p_value[cell], slope[cell])
        theirs = (oracle.s, oracle.var_s, oracle.z, oracle.p, oracle.slope)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def test_nothing_to_compare_is_no_trend() -> None:
    series = [[np.nan] * 3, [1, np.nan, np.nan], [2, 2, 2]]
    found = mann_kendall(series)
    assert found.z.tolist() == [0, 0, 0]
    assert found.p_value.tolist() == [1, 1, 1]
    assert np.isnan(sen_slope(series)).tolist() == [True, True, False]
    assert mann_kendall(np.zeros((0, 5))).s.tolist() == []
    assert mann_kendall(np.zeros((2, 1))).p_value.tolist() == [1, 1]


def test_more_cells_than_are_laid_out_at_once() -> None:
    x = np.random.default_rng(1).normal(size=(5000, 6))
    found, slope = mann_kendall(x), sen_slope(x)
    for cell in (0, 2047, 2048, 4999):
        assert found.s[cell] == mann_kendall(x[[cell]]).s[0]
        assert slope[cell] == sen_slope(x[[cell]])[0]


def test_one_series_must_be_a_table() -> None:
    with pytest.raises(RequestError, match=r"cells by months, got an array of shape \(3,\)"):
        mann_kendall([1, 2, 3])


# classes


def classes(*months: str, trend: int = 0, fell: bool = False) -> list[str]:
    """H hot, C cold, . neither, ? no data; one text per cell."""
    letters = np.array([list(text) for text in months])
    return list(
        emerging_classes(
            letters == "H",
            letters == "C",
            known=letters != "?",
            trend=np.full(len(months), trend, dtype=np.int8),
            fell=np.full(len(months), fell),
            persistent_share=0.9,
        )
    )


@pytest.mark.parametrize(
    ("months", "name"),
    [
        (".........H", "new_hot_spot"),
        ("C.C......H", "new_hot_spot"),
        ("........HH", "consecutive_hot_spot"),
        ("..HHHHHHHH", "consecutive_hot_spot"),
        ("HHHHHHHHHH", "persistent_hot_spot"),
        (".HHHHHHHHH", "persistent_hot_spot"),  # 9 of 10: inclusive
        ("H........H", "sporadic_hot_spot"),
        ("HC.......H", "oscillating_hot_spot"),
        ("HHHHHHHHH.", "historical_hot_spot"),
        ("HHHHHHHH..", "no_pattern"),
        ("..........", "no_pattern"),
        (".........C", "new_cold_spot"),
        ("CCCCCCCCCC", "persistent_cold_spot"),
        ("CCCCCCCCC.", "historical_cold_spot"),
        ("HC.......C", "oscillating_cold_spot"),
        ("C........C", "sporadic_cold_spot"),
        ("........CC", "consecutive_cold_spot"),
        ("?????????H", "new_hot_spot"),
        ("?HHHHHHHHH", "persistent_hot_spot"),
        ("??HHHHHHHH", "consecutive_hot_spot"),  # shares are of all months
        ("?........C", "no_pattern"),  # a month without data: nothing is said to be quiet
        (".........?", "no_eyes"),
        ("??????????", "no_eyes"),
        ("H........?", "cannot_tell"),
        ("HHHHHHHHH?", "cannot_tell"),
    ],
)
def test_each_rule_by_its_months(months, name) -> None:
    assert classes(months) == [name]


def test_a_trend_splits_the_persistent() -> None:
    assert classes("HHHHHHHHHH", trend=1) == ["intensifying_hot_spot"]
    assert classes("HHHHHHHHHH", trend=-1) == ["diminishing_hot_spot"]
    assert classes("CCCCCCCCCC", trend=-1) == ["intensifying_cold_spot"]
    assert classes("CCCCCCCCCC", trend=1) == ["diminishing_cold_spot"]
    assert classes("H........H", trend=-1) == ["sporadic_hot_spot"]


def test_a_single_month_is_no_history() -> None:
    assert classes("H", "C", ".", "?") == ["hot_spot", "cold_spot", "no_pattern", "no_eyes"]


@pytest.mark.parametrize("months", ["HHHHHHHHH.", "H.........", "HHHHHHHHH?"])
def test_where_eyes_fell_a_fall_cannot_be_told(months) -> None:
    assert classes(months, fell=True) == ["cannot_tell"]


def test_where_eyes_fell_nothing_is_diminishing_or_cold_but_hot_stays_hot() -> None:
    assert classes("HHHHHHHHHH", trend=-1, fell=True) == ["cannot_tell"]
    assert classes("CCCCCCCCCC", ".........C", trend=1, fell=True) == ["no_pattern"] * 2
    assert classes("HHHHHHHHHH", "HC.......H", fell=True) == ["persistent_hot_spot", "sporadic_hot_spot"]


def test_every_sequence_has_exactly_one_class_and_every_class_is_met() -> None:
    letters = np.array(list("HC.?"))
    texts = ["".join(row) for row in letters[np.stack(np.meshgrid(*[range(4)] * 5), axis=-1).reshape(-1, 5)]]
    met = {name for trend in (-1, 0, 1) for name in classes(*texts, trend=trend)}
    spots = {f"{kind}_{side}_spot" for kind in KINDS for side in ("hot", "cold")}
    assert met <= spots | {"no_pattern", "cannot_tell", "no_eyes"}
    met |= set(classes("HHHHHHHHH.", "CCCCCCCCC."))
    assert spots <= met


# a place against its own norm


def norm(settings: Settings, counts: list[int], *, fell: bool = False, **values: Any) -> Norm:
    months = len(counts)
    usable = np.array(values.get("usable", [True] * months))
    return against_norm(counts, values.get("days", [30] * months), usable=usable, fell=fell, settings=settings.hotspots)


STEADY = [20, 20, 21, 19, 20, 20, 20, 20, 20]  # less scattered than a Poisson count


def test_expected_and_limits_are_those_of_the_predictive_count(settings: Settings) -> None:
    """Under Jeffreys' prior the next count after n months with total t is negative binomial (t + 1/2, n / (n + 1))."""
    found = norm(settings, [*STEADY, 25])
    oracle = stats.nbinom(sum(STEADY) + 0.5, 9 / 10)
    assert found.expected == pytest.approx(20.0)
    assert (found.low, found.high) == (oracle.ppf(0.025), oracle.ppf(0.975))
    assert found.p_value == pytest.approx(2 * oracle.sf(24))
    assert (found.latest, found.months, found.verdict) == (25, 9, "within_norm")


def test_p_value_is_near_the_conditional_binomial_test(settings: Settings) -> None:
    for latest in (8, 30, 34):
        found = norm(settings, [*STEADY, latest])
        oracle = stats.binomtest(latest, latest + sum(STEADY), 0.1).pvalue
        assert found.p_value == pytest.approx(oracle, rel=0.5)


def test_limits_are_within(settings: Settings) -> None:
    inside = norm(settings, [*STEADY, 20])
    assert inside.low is not None
    assert inside.high is not None
    verdicts = [
        norm(settings, [*STEADY, latest]).verdict
        for latest in (inside.low - 1, inside.low, inside.high, inside.high + 1)
    ]
    assert verdicts == ["below_norm", "within_norm", "within_norm", "above_norm"]


def test_scattered_months_make_a_wide_norm(settings: Settings) -> None:
    wild = norm(settings, [2, 38, 0, 40, 5, 35, 20, 1, 39, 34])
    steady = norm(settings, [*STEADY, 34])
    assert wild.expected == pytest.approx(steady.expected, abs=0.1)
    assert (wild.verdict, steady.verdict) == ("within_norm", "above_norm")


def test_an_unfinished_month_is_expected_to_hold_less(settings: Settings) -> None:
    found = norm(settings, [*STEADY, 10], days=[30] * 9 + [15])
    assert (found.expected, found.verdict) == (pytest.approx(10.0), "within_norm")
    assert norm(settings, [*STEADY, 10]).verdict == "below_norm"


def test_too_few_to_tell_until_enough_come(settings: Settings) -> None:
    assert norm(settings, [0] * 9 + [4]).verdict == "too_few_to_tell"
    assert norm(settings, [0] * 9 + [5]).verdict == "above_norm"  # out of silence
    assert norm(settings, [4] * 9 + [0]).verdict == "too_few_to_tell"
    assert norm(settings, [4] * 9 + [5]).verdict == "within_norm"
    assert norm(settings, [5] * 9 + [4]).verdict == "within_norm"  # five expected: exactly enough


def test_where_eyes_fell_only_a_rise_can_be_told(settings: Settings) -> None:
    for latest in (0, 8, 20):
        assert norm(settings, [*STEADY, latest], fell=True).verdict == "cannot_tell"
        assert norm(settings, [*STEADY, latest], usable=[True] * 9 + [False]).verdict == "cannot_tell"
    assert norm(settings, [*STEADY, 60], fell=True).verdict == "above_norm"


def test_months_nobody_watched_are_no_norm(settings: Settings) -> None:
    quiet = [0] * 4 + STEADY
    unwatched = norm(settings, [*quiet, 20], usable=[False] * 4 + [True] * 10)
    assert (unwatched.expected, unwatched.months, unwatched.verdict) == (pytest.approx(20), 9, "within_norm")
    few = norm(settings, [*STEADY, 60], usable=[False] * 4 + [True] * 6)
    assert (few.verdict, few.low, few.months) == ("cannot_tell", None, 5)
    assert np.isnan(few.expected)


def test_rows_of_other_months_are_refused(settings: Settings) -> None:
    with pytest.raises(RequestError, match="must be one row of months"):
        norm(settings, [1, 2, 3], days=[30, 30])


# the answer

HERE = int(cells_of_points([0.4], [0.4], resolution=5)[0])
END = dt.date(2020, 12, 31)


def rows(counts: list[int]) -> list[dict[str, Any]]:
    return [
        event(1000 * month + n, f"2020-{month:02}-{n % 28 + 1:02}", "exact", longitude=0.4, latitude=0.4)
        for month, count in enumerate(counts, start=1)
        for n in range(count)
    ]


def asked(**values: Any) -> HotspotRequest:
    return HotspotRequest(**{"resolution": 5, "months": 12, "end": END, **values})


def world_of(settings: Settings, incidents: list[dict[str, Any]], *, closes: str | None = None) -> Any:
    bases = [{**BASES[0], "valid_to": closes}]
    return table_top(settings, {"boundaries": BOUNDARIES, "bases": bases, "incidents": incidents})


YEAR = [12, 9, 11, 10, 12, 8, 10, 11, 9, 10, 10]
LAST = event(1, "2020-12-31", "exact", longitude=1.9, latitude=0.9)  # so that December is looked at whole


def test_a_cell_and_the_whole_country_against_their_norm(settings: Settings) -> None:
    world = world_of(settings, [*rows([*YEAR, 40]), LAST, event(2, "2020-03-03", "admin1", admin1="East")])
    cell, whole = answer_trend(world, asked(), HERE, audience=CASE), answer_trend(world, asked(), audience=CASE)
    assert cell.months.frame["incidents"].tolist() == [*YEAR, 40]
    assert whole.months.frame["incidents"].tolist() == [12, 9, 12, *YEAR[3:], 41]
    assert cell.norm.frame.loc[0, "class"] == "above_norm"
    assert cell.norm.frame.loc[0, "expected"] == pytest.approx(sum(YEAR) / (366 - 31) * 31)
    assert cell.months.frame["watched_share"].tolist() == [1.0] * 12
    assert cell.months.frame["in_norm"].tolist() == [True] * 11 + [False]
    assert cell.cell == HERE


def test_a_month_in_which_the_data_begin_counts_from_its_first_day(settings: Settings) -> None:
    first = event(2, "2020-01-16", "exact", longitude=1.9, latitude=0.9)
    found = answer_trend(world_of(settings, [first, *rows([0, *YEAR]), LAST]), asked(), audience=CASE)
    assert found.norm.frame.loc[0, "expected"] == pytest.approx((1 + sum(YEAR[:-1])) / (366 - 15 - 31) * 31)


def test_a_fall_after_the_base_closed_is_no_fall(settings: Settings) -> None:
    fallen = [*rows([*YEAR, 0]), LAST]
    for cell in (HERE, None):
        open_, shut = (
            answer_trend(world_of(settings, fallen, closes=day), asked(), cell, audience=CASE)
            for day in (None, "2020-11-20")
        )
        assert open_.norm.frame.loc[0, "class"] == "below_norm"
        assert shut.norm.frame.loc[0, "class"] == "cannot_tell"
        assert shut.norm.frame.loc[0, "eyes_fell"]
    nobody = table_top(settings, {"boundaries": BOUNDARIES, "incidents": fallen})
    found = answer_trend(nobody, asked(), audience=CASE)
    assert found.norm.frame.loc[0, "class"] == "cannot_tell"
    assert found.norm.frame["eyes_fell"].isna().all()
    assert any("nobody knows who could have reported" in said for said in found.statement)


def test_the_public_is_told_a_class_of_the_whole_and_nothing_of_a_cell(settings: Settings) -> None:
    world = world_of(settings, [*rows([*YEAR, 40]), LAST])
    whole = answer_trend(world, asked(), audience=PUBLIC)
    assert whole.norm.frame.to_dict("records") == [{"class": "above_norm"}]
    assert whole.months.withheld
    cell = int(cells_of_points([0.4], [0.4], resolution=4)[0])
    found = answer_trend(world, asked(), cell, audience=PUBLIC)
    assert found.norm.frame.empty
    assert found.months.withheld


def test_the_public_is_told_no_class_of_small_counts(settings: Settings) -> None:
    world = world_of(settings, rows([0] * 11 + [9]))
    assert answer_trend(world, asked(), audience=PUBLIC).norm.frame.empty
    fallen = world_of(settings, [*rows([*YEAR, 3]), LAST])
    assert answer_trend(fallen, asked(), audience=PUBLIC).norm.frame.empty


def test_a_cell_elsewhere_or_of_another_size_is_refused(settings: Settings) -> None:
    world = world_of(settings, rows(YEAR))
    for lon, resolution in ((20.0, 5), (0.5, 6)):
        cell = int(cells_of_points([lon], [0.5], resolution=resolution)[0])
        with pytest.raises(RequestError, match=f"cell {cell:x} is none of the country's at resolution 5"):
            answer_trend(world, asked(), cell, audience=CASE)


def test_the_whole_needs_no_outline(settings: Settings) -> None:
    world = table_top(settings, {"incidents": rows([*YEAR, 40])})
    assert answer_trend(world, asked(), audience=CASE).norm.frame.loc[0, "class"] == "above_norm"
