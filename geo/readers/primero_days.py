"""Days as Primero writes them: a date of the workbook, or text such as 08-Apr-2022 and 08/04/2022, day first."""

import re

import pandas as pd

from geo.readers.countries import plain_name
from geo.readers.primero_words import MONTHS

_DAY_FIRST = re.compile(r"^(\d{1,2})[-/. ](\d{1,2}|[a-z]{3,9})[-/. ](\d{4})$")


def iso_days(given: pd.Series) -> pd.Series:
    """Dates as YYYY-MM-DD; what is no date stays for the contract to reject."""
    return given.map({text: _iso_day(text) for text in given.dropna().unique()}).astype("string")


def _iso_day(text: str) -> str:
    found = _DAY_FIRST.match(plain_name(text).replace(" ", "-"))
    if found is None:
        return text
    day, month, year = found.groups()
    number = int(month) if month.isdigit() else _month(month)
    return f"{year}-{number:02d}-{int(day):02d}" if number else text


def _month(name: str) -> int:
    return next((number for start, number in MONTHS.items() if name.startswith(start)), 0)
