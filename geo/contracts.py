"""One written contract per table, checked where data enter.

A contract names each column, its kind, unit, range and choices. :meth:`Contract.check` takes raw
columns as a reader found them, converts them, and hands back the rows that keep the contract
beside *every* fault it found: a faulty row is rejected with line, column, value and reason, a
doubtful one is kept and flagged. Rows in = rows kept + rows rejected, always.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Literal

import numpy as np
import pandas as pd

from geo.errors import SchemaError

Kind = Literal["text", "integer", "number", "date", "flag"]
FAULT_COLUMNS = ["line", "column", "value", "reason"]
_TRUE = frozenset({"1", "true", "yes", "y", "oui", "vrai", "t"})
_FALSE = frozenset({"0", "false", "no", "n", "non", "faux", "f"})
# Pairs of columns whose first value may not be greater than the second; either may be missing.
_ORDERED = (("date_start", "date_end"), ("valid_from", "valid_to"))
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


_NO_FAULTS = faults()  # made once: a table with none is wanted for every column of every record


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The contract of one table."""

    name: str
    key: str  # column whose value is unique within one import
    columns: tuple[Column, ...]
    geometry: Literal["point", "line", "polygon"] | None = None  # point = columns longitude, latitude
    about: str = ""

    @property
    def column_names(self) -> list[str]:
        """Names of all columns in their written order."""
        return [column.name for column in self.columns]

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
            the line number in the source. Columns the contract does not know are ignored. Not changed.

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
        sound = frame.loc[~frame.index.isin(faulty["line"])]
        repeated = _repeated(sound, self.key)
        rejects = pd.concat([faulty, repeated], ignore_index=True) if len(repeated) else faulty
        kept = sound.loc[~sound.index.isin(repeated["line"])]
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
    if column.name not in raw.columns:
        return _cast(pd.Series(pd.NA, index=raw.index, dtype="string"), column.kind), _NO_FAULTS
    given = raw[column.name]
    text = _text(given, column.kind)
    values = _cast(text, column.kind)
    bad: list[pd.DataFrame] = []

    def note(where: pd.Series, reason: str) -> None:
        hit = where.fillna(value=False).to_numpy(dtype=bool)
        if hit.any():
            bad.append(faults(zip(raw.index[hit], repeat(column.name), given[hit], repeat(reason))))

    note(text.notna() & values.isna(), f"not a {_SPOKEN[column.kind]}")
    if column.required:
        note(text.isna(), "required value is missing")
    if column.low is not None:
        note(values < column.low, f"below {column.low:g}{_HINTS.get(column.name, '')}")
    if column.high is not None:
        note(values > column.high, f"above {column.high:g}{_HINTS.get(column.name, '')}")
    if column.choices:
        values = values.str.lower().str.replace(" ", "_")
        note(values.notna() & ~values.isin(column.choices), f"not one of {', '.join(column.choices)}")
    return values, pd.concat(bad, ignore_index=True) if bad else _NO_FAULTS


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
    first = frame[key].drop_duplicates().reset_index().set_index(key).iloc[:, 0]
    values = frame.loc[again, key]
    return faults(
        (line, key, value, f"{key} already stands in line {first[value]}")
        for line, value in zip(values.index, values, strict=True)
    )
