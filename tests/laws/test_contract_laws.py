"""Silent risks here: a column of categories judged otherwise than the same column of text, so that a fault is lost,
told of another line, or the value stored is that of a neighbour."""

from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geo.contracts import Column, Contract, faults, faults_at

CONTRACT = Contract(
    name="toys",
    key="toy",
    columns=(
        Column(name="toy", kind="text", about="id", required=True),
        Column(name="kind", kind="text", about="words", choices=("red_ball", "cart")),
        Column(name="size", kind="integer", about="pieces", low=0, high=9),
        Column(name="mass_kg", kind="number", about="weight", required=True),
        Column(name="made_on", kind="date", about="day"),
        Column(name="whole", kind="flag", about="not broken"),
        Column(name="absent", kind="text", about="in no file"),
        Column(name="absent_on", kind="date", about="in no file"),
        Column(name="absent_count", kind="integer", about="in no file"),
    ),
)
_WORDS = {
    "toy": ["a", "b", " b ", "c", "", "n/a"],
    "kind": ["Red Ball", "cart", "CART ", "boat", "", "N/A"],
    "size": ["1", "1.0", "10", "-1", "x", "NA", ""],
    "mass_kg": ["1.5", "1,5", "inf", "", "nan", "2"],
    "made_on": ["2020-02-29", "2021-02-29", "2020-02-29T10:00", "29.2.2020", "", "none"],
    "whole": ["yes", "Non", "maybe", "", "1"],
}
_ROW = st.tuples(*(st.sampled_from([*words, None]) for words in _WORDS.values()))


@given(rows=st.lists(_ROW, max_size=12), chosen=st.sets(st.sampled_from(sorted(_WORDS))))
def test_categories_are_judged_like_text(rows: list[tuple[Any, ...]], chosen: set[str]) -> None:
    index = pd.Index(range(7, 7 + 3 * len(rows), 3))
    raw = pd.DataFrame(rows, columns=list(_WORDS), index=index).astype("str")
    plain = CONTRACT.check(raw)
    found = CONTRACT.check(raw.astype(dict.fromkeys(chosen, "category")))
    pd.testing.assert_frame_equal(found.frame, plain.frame)
    pd.testing.assert_frame_equal(found.rejects, plain.rejects)
    assert found.frame.dtypes.to_dict() == CONTRACT.empty().dtypes.to_dict()
    assert set(found.frame.index) | set(found.rejects["line"]) == set(index)
    assert not set(found.frame.index) & set(found.rejects["line"])


@given(rows=st.lists(st.tuples(st.integers(1, 99), st.one_of(st.none(), st.text(max_size=3))), max_size=6))
def test_many_faults_at_once_are_the_same_faults(rows: list[tuple[int, Any]]) -> None:
    values = pd.Series([value for _, value in rows], dtype=object, index=range(50, 50 + len(rows)))
    at_once = faults_at([line for line, _ in rows], "size", values, "odd")
    pd.testing.assert_frame_equal(at_once, faults((line, "size", value, "odd") for line, value in rows))
