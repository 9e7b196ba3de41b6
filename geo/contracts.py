"""One written contract per table, checked where data enter.

A contract names each column, its kind, unit, range and choices. :meth:`Contract.check` takes raw
columns as a reader found them, converts them, and hands back the rows that keep the contract
beside *every* fault it found: a faulty row is rejected with line, column, value and reason, a
doubtful one is kept and flagged. Rows in = rows kept + rows rejected, always.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import SchemaError

Kind = Literal["text", "integer", "number", "date", "flag"]
FAULT_COLUMNS = ["line", "column", "value", "reason"]
_TRUE = frozenset({"1", "true", "yes", "y", "oui", "vrai", "t"})
_FALSE = frozenset({"0", "false", "no", "n", "non", "faux", "f"})
# Pairs of columns whose first value may not be greater than the second; either may be missing.
_ORDERED = (("date_start", "date_end"), ("valid_from", "valid_to"), ("observed_on", "expires_on"))
# The same for estimates: published tables break this order, so the row is kept as it stands and flagged.
_ESTIMATES = (("fatalities_low", "fatalities_best"), ("fatalities_best", "fatalities_high"))
# Spreadsheets run a cell that begins like this as a formula (OWASP, "CSV Injection"; full-width forms too).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}([T ].*)?$")
_NO_TEXT = frozenset({"", "n/a"})
_NO_VALUE = _NO_TEXT | {"na", "nan", "none", "null", "nil", "unknown", "?", "-", "."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table: what it means and what may stand in it."""

    name: str
    kind: Kind
    about: str  # meaning and unit, shown in template and README
    required: bool = False  # a missing value rejects the row
    low: float | None = None  # smallest allowed value, inclusive
    high: float | None = None  # largest allowed value, inclusive
    choices: tuple[str, ...] = ()
    several: bool = False  # holds values separated by ; and each must be one of the choices
    was: str = ""  # its name before it was renamed; records and files of that time are read under it


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Rows that keep a contract, and all faults of those that do not."""

    frame: pd.DataFrame  # contract columns in order, index = line number in the file
    rejects: pd.DataFrame  # FAULT_COLUMNS; one row per fault
    flags: pd.DataFrame  # FAULT_COLUMNS; rows kept in spite of a doubt


def faults(rows: Iterable[tuple[object, str, object, str]] = ()) -> pd.DataFrame:
    """Table of faults from ``(line, column, value, reason)``."""
    table = pd.DataFrame(list(rows), columns=FAULT_COLUMNS)
    table["line"] = table["line"].astype("int64")
    table["value"] = table["value"].where(table["value"].notna(), "")
    for column in ("column", "value", "reason"):
        table[column] = table[column].astype(str)
    return table


def faults_at(lines: npt.ArrayLike, column: str, values: Any, reason: str) -> pd.DataFrame:
    """Table of faults of one column for one reason: :func:`faults` of many rows at once.

    Parameters
    ----------
    lines
        Line numbers.
    values
        One value per line, or one for all; missing ones are shown empty.
    """
    line = np.asarray(lines, dtype=np.int64)
    each = values.to_numpy(dtype=object) if isinstance(values, pd.Series) else values
    shown = pd.Series(each, index=pd.RangeIndex(len(line)), dtype=object)
    return pd.DataFrame(
        {
            "line": line,
            "column": pd.Series(column, index=shown.index, dtype="str"),
            "value": shown.where(shown.notna(), "").astype(str),
            "reason": pd.Series(reason, index=shown.index, dtype="str"),
        }
    )


_NO_FAULTS = faults()  # made once: a table with none is wanted for every column of every record


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The contract of one table."""

    name: str
    key: str  # column whose value is unique within one import
    columns: tuple[Column, ...]
    geometry: Literal["point", "line", "polygon"] | None = None  # point = columns longitude, latitude
    about: str = ""
    # Faults of rows whose columns are right each for itself but not together; the index is the line.
    whole_row: Callable[[pd.DataFrame], pd.DataFrame] | None = None

    @property
    def column_names(self) -> list[str]:
        """Names of all columns in their written order."""
        return [column.name for column in self.columns]

    @property
    def former_names(self) -> dict[str, str]:
        """Former name of each column that was renamed, to the name it has now."""
        return {column.was: column.name for column in self.columns if column.was}

    def column(self, name: str) -> Column:
        """Return one column, or raise :class:`SchemaError` naming those that exist."""
        for column in self.columns:
            if column.name == name:
                return column
        raise SchemaError(f"table {self.name!r} has no column {name!r}; it has {', '.join(self.column_names)}")

    def check(self, raw: pd.DataFrame) -> Checked:
        """Convert raw columns and separate the rows that keep the contract from those that do not.

        Parameters
        ----------
        raw
            Any subset of the contract's columns, values as found (text or numbers); the index is
            the line number in the source. A column of categories is judged once per category. Columns the
            contract does not know are ignored. Not changed.

        Raises
        ------
        SchemaError
            When a required column is absent altogether.
        """
        absent = [c.name for c in self.columns if c.required and c.name not in raw.columns]
        if absent:
            raise SchemaError(f"table {self.name!r} needs column {', '.join(map(repr, absent))}")
        rejected: list[pd.DataFrame] = []
        converted: dict[str, pd.Series] = {}
        for column in self.columns:
            values, bad = _convert(raw, column)
            converted[column.name] = values
            rejected.append(bad)
        frame = pd.DataFrame(converted, index=raw.index)
        rejected += [_out_of_order(frame, first, last) for first, last in _ORDERED if last in converted]
        faulty = pd.concat([part for part in rejected if len(part)] or [faults()], ignore_index=True)
        if self.whole_row is not None:
            together = self.whole_row(_spelled_out(without_lines(frame, faulty["line"])))
            faulty = pd.concat([faulty, together], ignore_index=True) if len(together) else faulty
        repeated = _repeated(_spelled_out(without_lines(frame[[self.key]], faulty["line"])), self.key)
        rejects = pd.concat([faulty, repeated], ignore_index=True) if len(repeated) else faulty
        kept = _spelled_out(without_lines(frame, rejects["line"]))
        doubts = [_out_of_estimate(kept, lower, upper) for lower, upper in _ESTIMATES if upper in converted]
        flags = pd.concat([faults(), *doubts], ignore_index=True)
        return Checked(
            frame=kept,
            rejects=rejects.sort_values("line", kind="stable", ignore_index=True),
            flags=flags.sort_values("line", kind="stable", ignore_index=True),
        )

    def empty(self) -> pd.DataFrame:
        """Return a table with no rows and the right column types."""
        return _empty(self).copy()


def without_lines(frame: pd.DataFrame, lines: pd.Series) -> pd.DataFrame:
    """Rows whose index is none of the lines; the frame itself where that are all."""
    return frame.loc[~frame.index.isin(lines)] if len(lines) else frame


def spreadsheet_text(text: pd.Series) -> pd.Series:
    """Return text a spreadsheet shows and never runs: a leading ' stands before formula signs.

    A lone carriage return would begin a row of its own, and with it perhaps a formula.
    """
    tidy = text.astype("string").str.replace(r"\r\n?", "\n", regex=True)
    return tidy.where(~tidy.str.startswith(_FORMULA_STARTS).fillna(value=False), "'" + tidy)


@cache
def _empty(contract: Contract) -> pd.DataFrame:
    return pd.DataFrame({column.name: _empty_column(column.kind) for column in contract.columns})


@cache
def _empty_column(kind: Kind) -> pd.Series:
    return _cast(pd.Series(dtype="string"), kind)


def _text(values: pd.Series, kind: Kind) -> pd.Series:
    """Text with outer blanks removed; every spelling of "missing" becomes NA.

    In a text column only an empty cell is missing: a place may be called "Na".
    """
    text = values.astype("string").str.strip()
    return text.mask(text.str.lower().isin(_NO_TEXT if kind == "text" else _NO_VALUE))


def _convert(raw: pd.DataFrame, column: Column) -> tuple[pd.Series, pd.DataFrame]:
    """Return one converted column and its faults."""
    if column.name not in raw.columns or (not column.required and raw[column.name].isna().all()):
        missing = np.full(len(raw), -1)
        nothing = _empty_column(column.kind).array.take(missing, allow_fill=True)
        return pd.Series(nothing, index=raw.index), _NO_FAULTS
    given = raw[column.name]
    if isinstance(given.dtype, pd.CategoricalDtype):
        return _convert_categories(given, column)
    text = _text(given, column.kind)
    values = _cast(text, column.kind)
    bad: list[pd.DataFrame] = []

    def note(where: pd.Series, reason: str) -> None:
        hit = where.fillna(value=False).to_numpy(dtype=bool)
        if hit.any():
            bad.append(faults_at(raw.index[hit], column.name, given.to_numpy(dtype=object)[hit], reason))

    note(text.notna() & values.isna(), f"not a {_SPOKEN[column.kind]}")
    if column.required:
        note(text.isna(), "required value is missing")
    if column.low is not None:
        note(values < column.low, f"below {column.low:g}{_HINTS.get(column.name, '')}")
    if column.high is not None:
        note(values > column.high, f"above {column.high:g}{_HINTS.get(column.name, '')}")
    if column.choices:
        values = _words_of(values) if column.several else values.str.lower().str.replace(" ", "_")
        known = _all_known(values, column.choices) if column.several else values.isin(column.choices)
        note(values.notna() & ~known, f"not one of {', '.join(column.choices)}")
    return values, pd.concat(bad, ignore_index=True) if bad else _NO_FAULTS


def _words_of(values: pd.Series) -> pd.Series:
    """Lists separated by ``;`` in one spelling, each word once, in the order given."""

    def tidy(text: str) -> str:
        words = (word.strip().lower().replace(" ", "_") for word in text.split(";"))
        return ";".join(dict.fromkeys(word for word in words if word))

    return values.map(tidy, na_action="ignore").astype("string")


def _all_known(values: pd.Series, choices: tuple[str, ...]) -> pd.Series:
    return values.map(lambda text: set(text.split(";")) <= set(choices), na_action="ignore").eq(other=True)


def _convert_categories(given: pd.Series, column: Column) -> tuple[pd.Series, pd.DataFrame]:
    """Convert each category once, then lay the results and the faults out over the rows; text stays categories."""
    size = len(given.cat.categories)
    distinct = pd.Series(given.cat.categories).reindex(range(size + 1))  # the last one is missing: code -1
    few, bad = _convert(distinct.to_frame(column.name), column)
    codes = given.cat.codes.to_numpy()
    place = np.where(codes < 0, size, codes)
    values = pd.Series(_categories(few)[place] if column.kind == "text" else few.array.take(place), index=given.index)
    if bad.empty:
        return values, _NO_FAULTS
    hit = np.flatnonzero(np.isin(place, bad["line"]))
    rows = pd.DataFrame({"line": given.index[hit], "place": place[hit]})
    spread = rows.merge(bad.rename(columns={"line": "place"}), on="place", how="left", sort=False)
    return values, spread[FAULT_COLUMNS]


def _categories(few: pd.Series) -> pd.Categorical:
    codes, words = pd.factorize(few)
    return pd.Categorical.from_codes(codes, categories=pd.Index(words))


def _spelled_out(frame: pd.DataFrame) -> pd.DataFrame:
    """Text in the place of categories; last of all, so that only the rows kept are spelled out."""
    return frame.assign(
        **{
            str(name): pd.Series(
                pd.Series(values.cat.categories, dtype="string").array.take(
                    values.cat.codes.to_numpy(), allow_fill=True
                ),
                index=frame.index,
            )
            for name, values in frame.items()
            if isinstance(values.dtype, pd.CategoricalDtype)
        }
    )


_HINTS = {"latitude": "; latitude and longitude swapped?"}
_SPOKEN: dict[Kind, str] = {
    "text": "text",
    "integer": "whole number",
    "number": "finite number",
    "date": "date (YYYY-MM-DD)",
    "flag": "yes or no",
}


def _cast(text: pd.Series, kind: Kind) -> pd.Series:
    """Convert cleaned text to a kind; what cannot be converted becomes missing."""
    if kind == "text":
        return text
    if kind == "flag":
        lowered = text.str.lower()
        return lowered.isin(_TRUE).astype("boolean").mask(~lowered.isin(_TRUE | _FALSE))
    if kind == "date":
        shaped = text.where(text.str.match(_DATE).fillna(value=False))
        return pd.to_datetime(shaped.str.slice(0, 10), format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")
    number = pd.to_numeric(text, errors="coerce").astype("Float64")
    number = number.mask(np.isinf(number.to_numpy(dtype=float, na_value=np.nan)))
    if kind == "number":
        return number.astype("float64")
    return number.mask(number != number.round()).astype("Int64")


def _out_of_order(frame: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """Faults for rows whose period ends before it begins."""
    wrong = frame.loc[frame[last] < frame[first], [first, last]]
    return faults(
        (line, last, f"{end:%Y-%m-%d}", f"earlier than {first} {begin:%Y-%m-%d}")
        for line, begin, end in wrong.itertuples(name=None)
    )


def _out_of_estimate(frame: pd.DataFrame, lower: str, upper: str) -> pd.DataFrame:
    """Flags for rows whose lower estimate is greater than the upper one; the values stay as they are."""
    wrong = frame.loc[(frame[lower] > frame[upper]).fillna(value=False), [lower, upper]]
    return faults(
        (line, lower, low, f"above {upper} {high}; kept as given") for line, low, high in wrong.itertuples(name=None)
    )


def _repeated(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """Faults for rows whose key stands in an earlier row of the same file."""
    again = frame[key].notna() & frame[key].duplicated(keep="first")
    values = frame.loc[again, key]
    if values.empty:
        return _NO_FAULTS
    named = frame.loc[frame[key].isin(values.unique()) & ~again, key]
    first = pd.Series(named.index, index=named.to_numpy())
    return faults(
        (line, key, value, f"{key} already stands in line {first[value]}")
        for line, value in zip(values.index, values, strict=True)
    )
