"""Laws of the gate, whatever the table: a more redacted audience never sees a column, a row or a decimal
more; what subtraction can learn, in one table or from several windows, is never below the threshold."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo.answers.mrm import answer_mrm
from geo.model import Audience, MrmRequest, Window
from geo.redaction import clear
from geo.settings import read_settings
from tests.toy_country import COUNTRY_TABLES, event, table_top

SETTINGS = read_settings(Path(__file__).resolve().parents[2] / "config.toml")
CELL = 0x845A841FFFFFFFF
counts = st.lists(st.integers(0, 40).map(float), max_size=30)


@given(counts)
def test_subtraction_never_tells_a_small_count(values: list[float]) -> None:
    frame = pd.DataFrame({"cell": np.full(len(values), CELL, dtype=np.uint64), "incidents": values})
    for audience in Audience:
        k = SETTINGS.audiences[audience].small_count
        cleared = clear(frame, view="hexbin", audience=audience, settings=SETTINGS, count_column="incidents")
        assert (cleared.frame["incidents"] >= (k if k > 1 else 0)).all()
        withheld = sum(values) - float(cleared.frame["incidents"].sum())
        told = cleared.statement.counts_withheld
        if cleared.statement.rows_withheld and told is not None:
            assert told == withheld
            assert withheld >= k
            assert cleared.statement.rows_withheld >= 2


@given(st.sampled_from(sorted(SETTINGS.disclosure)), st.integers(0, 3))
def test_a_more_redacted_audience_never_sees_more(view: str, rank: int) -> None:
    columns = [c for c in SETTINGS.disclosure[view] if c not in {"cell", "geometry"}]
    frame = pd.DataFrame({c: [1.23456789] for c in columns})
    wide = clear(frame, view=view, audience=list(Audience)[max(rank, 1)], settings=SETTINGS)
    narrow = clear(frame, view=view, audience=list(Audience)[max(rank, 1) - 1], settings=SETTINGS)
    assert set(narrow.columns) <= set(wide.columns)
    for name in {"longitude", "latitude"} & set(narrow.columns):
        assert len(str(narrow.frame[name].iloc[0])) <= len(str(wide.frame[name].iloc[0]))


def _masked(values: pd.Series) -> list[Any]:
    return [None if pd.isna(value) else value for value in values]


@given(
    st.lists(
        st.tuples(st.sampled_from(["acled", "ACLED ", "own", "ucdp"]), st.sampled_from(["acled", "kobo"])), max_size=5
    )
)
def test_nothing_between_two_reports_is_left_where_one_is_licensed(sides: list[tuple[str, str]]) -> None:
    names = ["distance_km", "days_apart", "place_bits", "days_bits"]
    frame = pd.DataFrame(sides, columns=["source_a", "source_b"]).astype(object)
    frame = frame.assign(pair=[str(n) for n in range(len(sides))], score=0.5, **dict.fromkeys(names, 3))
    cleared = clear(frame, view="candidates", audience=Audience.CASE_TEAM, settings=SETTINGS).frame
    expected = [None if any("acled" in side.lower() for side in two) else 3 for two in sides]
    for name in names:
        assert _masked(cleared[name]) == expected
    assert len(cleared) == len(sides)


# MRM counts: what all windows tell together


@st.composite
def quarters(draw: st.DrawFn) -> list[list[int]]:
    """How many children suffered each of two violations in each of three quarters; often few."""
    number = st.sampled_from([0, 1, 3, 9, 10, 12, 25])
    return [[draw(number) for _ in range(3)] for _ in range(2)]


def of_quarters(counts: list[list[int]]) -> list[dict[str, Any]]:
    return [
        event(
            10 * kind + quarter,
            f"2020-{3 * quarter + 2:02}-10",
            "exact",
            violation=("killing", "abduction")[kind],
            victims_unknown=count,
        )
        for kind, row in enumerate(counts)
        for quarter, count in enumerate(row)
        if count
    ]


WINDOWS = {
    (first, last): Window(dt.date(2020, 3 * first + 1, 1), pd.Period(f"2020Q{last + 1}").end_time.date())
    for first in range(3)
    for last in range(first, 3)
}


def derived(told: dict[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """Every sum of consecutive quarters that follows from those told: sums of steps between the edges of windows."""
    known = {edge: {edge: 0} for edge in range(4)}
    for _ in range(4):
        for (first, last), count in told.items():
            for sums in known.values():
                if first in sums:
                    sums[last + 1] = sums[first] + count
                if last + 1 in sums:
                    sums[first] = sums[last + 1] - count
    return {(a, b - 1): total for a, sums in known.items() for b, total in sums.items() if a < b}


@given(quarters(), st.sampled_from([a for a in Audience if SETTINGS.audiences[a].small_count > 1]))
@hypothesis_settings(max_examples=6, deadline=None)
def test_no_windows_of_mrm_counts_subtract_to_a_small_number(counts: list[list[int]], audience: Audience) -> None:
    least = SETTINGS.audiences[audience].small_count
    world = table_top(SETTINGS, {**COUNTRY_TABLES, "incidents": of_quarters(counts)})
    told: dict[str, dict[tuple[int, int], int]] = {"killing": {}, "abduction": {}, "children": {}}
    for span, window in WINDOWS.items():
        found = answer_mrm(world, MrmRequest(window=window), audience=audience)
        assert found.request.window == window
        for name, count in found.recorded.by_victims.frame[["violation", "counted"]].itertuples(index=False):
            told[name][span] = int(count)
        for count in found.recorded.children.frame["children"]:
            told["children"][span] = int(count)
    sums = {name: derived(windows) for name, windows in told.items()}
    for windows in sums.values():
        assert all(count == 0 or count >= least for count in windows.values())
    for span in sums["children"].keys() & sums["killing"].keys():
        rest = sums["children"][span] - sums["killing"][span]
        assert rest == 0 or rest >= least


def test_quarters_are_told_alone_and_in_sum_and_two_small_ones_together_only() -> None:
    shown = {}
    world = table_top(SETTINGS, {**COUNTRY_TABLES, "incidents": of_quarters([[12, 9, 9], [0, 0, 0]])})
    for span, window in WINDOWS.items():
        found = answer_mrm(world, MrmRequest(window=window), audience=Audience.PUBLIC).recorded
        shown[span] = found.by_victims.frame["counted"].tolist()
        assert found.children.frame["children"].tolist() == shown[span]
    assert shown == {(0, 0): [12], (0, 1): [], (0, 2): [30], (1, 1): [], (1, 2): [18], (2, 2): []}
