"""Panels for many estimates at once: monthly counts per run and unit, and the month of each run's closure.

``PANELS.csv`` holds ``run, unit, month, count, treated, reach_share``; ``RUNS.csv`` ``run, closure_month``. A month is
a whole number, ``YYYY-MM`` or a date. Nothing is mended and no row is passed over: one that cannot be used refuses
the file.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import ImportRefusedError
from geo.readers.text_table import TextTable, read_text_table

_PANEL_COLUMNS = ("run", "unit", "month", "count", "treated", "reach_share")
_RUN_COLUMNS = ("run", "closure_month")
_YES, _NO = frozenset({"1", "1.0", "true", "t", "yes", "y"}), frozenset({"0", "0.0", "false", "f", "no", "n"})
_WHOLE = re.compile(r"[+-]?\d{1,9}(?:\.0*)?")
_CALENDAR = re.compile(r"(\d{4})-(\d{2})(?:-\d{2}(?:[T ].*)?)?")
_NOTHING_DONE = "nothing was estimated"


def read_panels(panels: Path, runs: Path, *, reach_most: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read both files.

    Parameters
    ----------
    reach_most
        Highest share of reach that can still be an error of knowing it; more, such as per cent, is refused.

    Returns
    -------
    panels
        ``run, unit`` (text), ``month`` (integer, counted from any month), ``count``, ``treated``, ``reach_share``;
        index = line of the file.
    runs
        ``run`` (text, each once), ``closure_month`` counted as the months of ``panels`` are.

    Raises
    ------
    ImportRefusedError
        With the first line that cannot be used and how many there are.
    """
    rows = _read(panels, _PANEL_COLUMNS, what="a table of panels")
    closures = _read(runs, _RUN_COLUMNS, what="a table of runs")
    months, calendar = _months(rows, "month", panels.name)
    closed, closed_calendar = _months(closures, "closure_month", runs.name)
    if calendar != closed_calendar:
        kinds = {True: "dates", False: "numbers"}
        raise ImportRefusedError(
            f"months of {panels.name} are {kinds[calendar]} and those of {runs.name} are {kinds[closed_calendar]}; "
            f"write both the same way; {_NOTHING_DONE}"
        )
    table = pd.DataFrame(
        {
            "run": _named(rows, "run", panels.name),
            "unit": _named(rows, "unit", panels.name),
            "month": months,
            "count": _numbers(
                rows, "count", panels.name, lambda x: (x >= 0) & (x == np.floor(x)), "a whole number ≥ 0"
            ),
            "treated": _flags(rows, panels.name),
            "reach_share": _numbers(
                rows,
                "reach_share",
                panels.name,
                lambda x: (x >= 0) & (x <= reach_most),
                f"a share, 0 to {reach_most:g}",
            ),
        },
        index=rows.index,
    )
    named = pd.DataFrame({"run": _named(closures, "run", runs.name), "closure_month": closed}, index=closures.index)
    _refuse(named["run"].duplicated().to_numpy(), closures, "run", runs.name, "a run that stands only once")
    return table, named


def _read(path: Path, columns: Sequence[str], *, what: str) -> pd.DataFrame:
    repeated = ("run", "unit", "month", "treated")
    table: TextTable = read_text_table(path, wanted=columns, repeated=repeated, if_empty=_NOTHING_DONE)
    table.need(columns, what=what)
    if len(table.rejects):
        first = table.rejects.iloc[0]
        raise ImportRefusedError(
            f"{path.name}: {len(table.rejects)} rows have not as many cells as the header, "
            f"first in line {first['line']}; {_NOTHING_DONE}"
        )
    return table.frame


def _refuse(bad: npt.NDArray[np.bool_], rows: pd.DataFrame, column: str, file_name: str, wanted: str) -> None:
    if not bad.any():
        return
    first = int(np.flatnonzero(bad)[0])
    raise ImportRefusedError(
        f"{file_name}: {column} {str(rows[column].iloc[first])[:40]!r} in line {rows.index[first]} is not {wanted} "
        f"({int(bad.sum())} such rows); {_NOTHING_DONE}"
    )


def _texts(rows: pd.DataFrame, column: str) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Different texts of a column, and which of them each row holds; "" where a cell is empty."""
    code, values = pd.factorize(rows[column], use_na_sentinel=False)
    return ["" if pd.isna(value) else str(value).strip() for value in values], code.astype(np.int64)


def _named(rows: pd.DataFrame, column: str, file_name: str) -> pd.Series:
    values, code = _texts(rows, column)
    empty = np.array([not value for value in values], dtype=bool)
    _refuse(empty[code], rows, column, file_name, "a name")
    return pd.Series(pd.Categorical.from_codes(*_merged(values, code)), index=rows.index)


def _merged(values: list[str], code: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], pd.Index]:
    """Codes and categories where texts that differed by blanks only are one."""
    again, unique = pd.factorize(np.array(values, dtype=object))
    return again[code], pd.Index(unique)


def _months(rows: pd.DataFrame, column: str, file_name: str) -> tuple[npt.NDArray[np.int64], bool]:
    """Months as whole numbers, and whether they are of the calendar: then counted from year 0."""
    values, code = _texts(rows, column)
    whole = [bool(_WHOLE.fullmatch(value)) for value in values]
    dated = [_CALENDAR.fullmatch(value) for value in values]
    known = np.array([w or (d is not None and 1 <= int(d[2]) <= 12) for w, d in zip(whole, dated, strict=True)])
    _refuse(~known[code], rows, column, file_name, "a month like 17 or 2020-05")
    if any(whole) and not all(whole):
        first = np.array(whole) != whole[0]
        _refuse(first[code], rows, column, file_name, "written as the months above it are")
    number = [
        int(float(v)) if d is None else 12 * int(d[1]) + int(d[2]) - 1 for v, d in zip(values, dated, strict=True)
    ]
    return np.array(number, dtype=np.int64)[code], not whole[0]


def _flags(rows: pd.DataFrame, file_name: str) -> npt.NDArray[np.bool_]:
    values, code = _texts(rows, "treated")
    words = [value.lower() for value in values]
    strange = np.array([word not in _YES | _NO for word in words], dtype=bool)
    _refuse(strange[code], rows, "treated", file_name, "0, 1, true or false")
    return np.array([word in _YES for word in words], dtype=bool)[code]


def _numbers(
    rows: pd.DataFrame,
    column: str,
    file_name: str,
    allowed: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.bool_]],
    wanted: str,
) -> npt.NDArray[np.float64]:
    values = pd.to_numeric(rows[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    finite = np.isfinite(values)
    _refuse(~(finite & allowed(np.where(finite, values, 0.0))), rows, column, file_name, wanted)
    return values
