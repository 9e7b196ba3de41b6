"""Silent risks here: a faulty row dropped without a word; a value converted instead of refused; a limit that
excludes its own end; the first of two faults hiding the second; the caller's table changed."""

import pandas as pd
import pytest

from geo.contracts import FAULT_COLUMNS, Column, Contract, faults
from geo.errors import SchemaError
from geo.schema import INCIDENTS, TABLES

TOY = Contract(
    name="toy",
    key="toy_id",
    columns=(
        Column(name="toy_id", kind="text", about="id", required=True),
        Column(name="share", kind="number", about="0 to 1", low=0, high=1),
        Column(name="count", kind="integer", about="how many", low=0),
        Column(name="seen_on", kind="date", about="day"),
        Column(name="open", kind="flag", about="yes or no"),
        Column(name="colour", kind="text", about="paint", choices=("red", "dark_blue")),
        Column(name="valid_from", kind="date", about="first day"),
        Column(name="valid_to", kind="date", about="last day"),
        Column(name="fatalities_low", kind="integer", about="low"),
        Column(name="fatalities_best", kind="integer", about="best"),
        Column(name="fatalities_high", kind="integer", about="high"),
    ),
)


def _check(**columns: list[object]) -> tuple[pd.DataFrame, list[tuple[object, ...]]]:
    rows = len(next(iter(columns.values())))
    raw = pd.DataFrame({"toy_id": [f"t{k}" for k in range(rows)]} | columns, index=range(2, 2 + rows))
    checked = TOY.check(raw)
    return checked.frame, list(checked.rejects.itertuples(index=False, name=None))


def test_the_limits_themselves_are_allowed() -> None:
    frame, rejects = _check(share=["0", "1", "-0.0001", "1.0001"])
    assert frame["share"].tolist() == [0.0, 1.0]
    assert rejects == [(4, "share", "-0.0001", "below 0"), (5, "share", "1.0001", "above 1")]


@pytest.mark.parametrize("text", ["abc", "1e400", "-inf", "Infinity", "1,5", "0x10", "1_000", "٣"])
def test_what_is_no_finite_number_is_rejected_not_converted(text: str) -> None:
    frame, rejects = _check(share=[text])
    assert frame.empty
    assert rejects == [(2, "share", text, "not a finite number")]


@pytest.mark.parametrize("text", ["", " ", "NA", "nan", "unknown", "?", "N/A", "-"])
def test_every_spelling_of_missing_is_missing_in_a_number(text: str) -> None:
    frame, rejects = _check(share=[text])
    assert frame["share"].isna().all()
    assert rejects == []


def test_a_text_may_be_called_na() -> None:
    frame, _ = _check(toy_id=["Na", "null"])
    assert frame["toy_id"].tolist() == ["Na", "null"]


def test_a_fraction_is_no_whole_number_but_two_point_zero_is() -> None:
    frame, rejects = _check(count=["2.0", "2.5", "9007199254740992"])
    assert frame["count"].tolist() == [2, 9007199254740992]
    assert rejects == [(3, "count", "2.5", "not a whole number")]


@pytest.mark.parametrize(
    "text", ["2014-02-30", "2014-13-01", "28/02/2014", "2014-2-3", "0000-00-00", "2014", "20140228"]
)
def test_impossible_and_ambiguous_dates_are_rejected(text: str) -> None:
    _, rejects = _check(seen_on=[text])
    assert rejects == [(2, "seen_on", text, "not a date (YYYY-MM-DD)")]


def test_a_time_of_day_is_cut_off() -> None:
    frame, _ = _check(seen_on=["2009-02-20 00:00:00.000", "2009-02-20T23:59:59", "2009-02-20"])
    assert frame["seen_on"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2009-02-20"]


def test_flags_in_english_and_french() -> None:
    frame, rejects = _check(open=["yes", "OUI", "0", "faux", "", "perhaps"])
    assert frame["open"].tolist() == [True, True, False, False, pd.NA]
    assert rejects == [(7, "open", "perhaps", "not a yes or no")]


def test_choices_match_whatever_case_and_blanks() -> None:
    frame, rejects = _check(colour=["Red", "dark blue", "green"])
    assert frame["colour"].tolist() == ["red", "dark_blue"]
    assert rejects == [(4, "colour", "green", "not one of red, dark_blue")]


def test_every_fault_of_a_row_is_told_and_the_row_counts_once() -> None:
    raw = pd.DataFrame({"toy_id": ["", "b"], "share": ["7", "0.5"], "count": ["x", "1"]}, index=[2, 3])
    checked = TOY.check(raw)
    assert checked.rejects[["line", "column"]].to_numpy().tolist() == [[2, "toy_id"], [2, "share"], [2, "count"]]
    assert checked.frame.index.tolist() == [3]


def test_a_repeated_key_is_rejected_with_the_line_it_stands_in_already() -> None:
    frame, rejects = _check(toy_id=["a", "b", "a", "a"])
    assert frame["toy_id"].tolist() == ["a", "b"]
    assert rejects == [
        (4, "toy_id", "a", "toy_id already stands in line 2"),
        (5, "toy_id", "a", "toy_id already stands in line 2"),
    ]


def test_a_rejected_row_does_not_reserve_its_key() -> None:
    raw = pd.DataFrame({"toy_id": ["a", "a"], "share": ["9", "1"]}, index=[2, 3])
    assert TOY.check(raw).frame.index.tolist() == [3]


def test_a_period_may_be_one_day_but_not_end_before_it_begins() -> None:
    frame, rejects = _check(
        valid_from=["2015-01-02", "2015-01-02", "", "2015-01-02"],
        valid_to=["2015-01-02", "2015-01-01", "2015-01-01", ""],
    )
    assert frame.index.tolist() == [2, 4, 5]
    assert rejects == [(3, "valid_to", "2015-01-01", "earlier than valid_from 2015-01-02")]


def test_estimates_out_of_order_are_kept_as_given_and_flagged() -> None:
    raw = pd.DataFrame(
        {
            "toy_id": ["a", "b", "c"],
            "fatalities_low": ["1", "9", ""],
            "fatalities_best": ["2", "8", "5"],
            "fatalities_high": ["3", "7", "5"],
        },
        index=[2, 3, 4],
    )
    checked = TOY.check(raw)
    assert checked.rejects.empty
    assert checked.frame.loc[3, ["fatalities_low", "fatalities_best", "fatalities_high"]].tolist() == [9, 8, 7]
    assert list(checked.flags.itertuples(index=False, name=None)) == [
        (3, "fatalities_low", "9", "above fatalities_best 8; kept as given"),
        (3, "fatalities_best", "8", "above fatalities_high 7; kept as given"),
    ]


def test_a_latitude_out_of_range_asks_whether_it_was_swapped() -> None:
    raw = INCIDENTS.empty().reindex([2]).assign(
        incident_id="x", source="toy", date_start="2014-01-01", date_end="2014-01-01", place_precision="exact",
        longitude="4.3", latitude="118.5",
    )  # fmt: skip
    assert INCIDENTS.check(raw).rejects["reason"].tolist() == ["above 90; latitude and longitude swapped?"]


def test_an_absent_required_column_is_named() -> None:
    with pytest.raises(SchemaError, match="table 'toy' needs column 'toy_id'"):
        TOY.check(pd.DataFrame({"share": ["1"]}))


def test_an_unknown_column_is_named_with_those_that_exist() -> None:
    with pytest.raises(SchemaError, match="table 'toy' has no column 'size'; it has toy_id, share"):
        TOY.column("size")
    assert TOY.column("share").high == 1


def test_the_input_is_not_changed() -> None:
    raw = pd.DataFrame({"toy_id": [" a "], "share": ["7"], "spare": ["kept"]}, index=[2])
    before = raw.copy(deep=True)
    TOY.check(raw)
    pd.testing.assert_frame_equal(raw, before)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_an_empty_table_has_all_columns_with_their_types(name: str) -> None:
    contract = TABLES[name]
    empty = contract.empty()
    assert list(empty.columns) == contract.column_names
    assert len(empty) == 0
    kinds = {"number": "float64", "integer": "Int64", "date": "datetime64[s]", "flag": "boolean", "text": "string"}
    assert [str(kind) for kind in empty.dtypes] == [kinds[column.kind] for column in contract.columns]


def test_a_missing_value_is_an_empty_one_in_the_table_of_faults() -> None:
    table = faults([(3, "share", pd.NA, "required value is missing"), (4, "share", None, "again")])
    assert list(table.columns) == FAULT_COLUMNS
    assert table["value"].tolist() == ["", ""]
    assert faults().empty
