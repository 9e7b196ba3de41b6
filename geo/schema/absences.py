"""Days on which a post or a vehicle is away: ranges of days in one text."""

import datetime as dt
import re

import pandas as pd

from geo.contracts import faults
from geo.errors import SchemaError

_SHOWN_CHARACTERS = 80
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Days = tuple[dt.date, dt.date]  # first and last, both inclusive


def absences_of(text: str) -> tuple[Days, ...]:
    """Return ranges of days in the order written, e.g. ``2026-12-01/2026-12-05;2026-12-24``; a single day is both ends.

    Raises
    ------
    SchemaError
        When a part is no day or no range of days, or ends before it begins; one sentence.
    """
    return tuple(_range_of(part.strip()) for part in text.split(";") if part.strip())


def absence_faults(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the faults of rows whose ``absent`` names no days; at most one per row.

    Parameters
    ----------
    rows
        Rows whose columns keep their contract each for itself. Not changed.
    """
    found: list[tuple[object, str, object, str]] = []
    for line, text in rows["absent"].dropna().items():
        try:
            absences_of(str(text))
        except SchemaError as error:
            found.append((line, "absent", str(text)[:_SHOWN_CHARACTERS], str(error)))
    return faults(found)


def _range_of(part: str) -> Days:
    first, _, last = part.partition("/")
    begins, ends = (_day_of(day.strip(), part) for day in (first, last or first))
    if ends < begins:
        raise SchemaError(f"{part!r} ends before it begins; swap the two days")
    return begins, ends


def _day_of(text: str, part: str) -> dt.date:
    try:
        # Python also reads 20261201 and 2026-W49-2; those are no days here.
        return dt.date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise SchemaError(
            f"{part!r} is no day and no range of days; write 2026-12-01 or 2026-12-01/2026-12-05, several separated by ;"
        ) from None
