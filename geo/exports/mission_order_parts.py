"""What the sections of a mission order share: rows of cleared tables, cells of text, numbers with digits that mean something."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from geo.redaction import Cleared
from geo.text import Language, day_text, number_text, say, word

Tables = Mapping[str, Cleared]
Section = dict[str, Any]
Row = dict[Any, Any]
# A word longer than this may be broken anywhere, so that no cell runs over its neighbour.
_LONGEST_WORD = 22
_LONG = re.compile(rf"(\S{{{_LONGEST_WORD}}})(?=\S)")


def rows_of(tables: Tables, view: str) -> list[Row]:
    """Rows of a table as they were cleared; none where the audience may see nothing of it."""
    table = tables.get(view)
    if table is None or table.withheld:
        return []
    return [dict(row) for row in table.frame.to_dict("records")]


def counted(noun: str, number: int, language: Language) -> str:
    """Say a number with its noun: 1 stop, 3 stops; in French nought is singular."""
    single = number == 1 or (number == 0 and language == "fr")
    return say(f"{noun}_one" if single else f"{noun}_many", language, number=number_text(number, language))


def in_a_row(parts: Iterable[str], language: Language) -> str:
    """Write sentences one after another, with the narrow space French puts before a semicolon."""
    return ("\u202f; " if language == "fr" else "; ").join(parts)


def table_of(
    title: str, language: Language, columns: Sequence[tuple[str, float, str]], rows: list[list[str]]
) -> Section:
    """Build a table: column key, relative width (0 = as wide as its text), side."""
    return {
        "title": say(title, language),
        "kind": "table",
        "columns": [
            {"text": say(f"column_{key}", language), "width": width, "side": side} for key, width, side in columns
        ],
        "rows": [{"cells": [soft(cell) for cell in row], "note": ""} for row in rows],
    }


def soft(text: str) -> str:
    """Text whose very long words may break, with control signs left out."""
    plain = "".join(sign if sign.isprintable() or sign in "\u00a0\u200b\u202f" else " " for sign in text)
    return _LONG.sub("\\1\u200b", plain)


def value_text(value: float, language: Language) -> str:
    """A small number with two digits that mean something: 0.0036, 0.42, 12."""
    if not math.isfinite(value):
        return "–"
    decimals = 0 if abs(value) >= 10 else 1 - math.floor(math.log10(abs(value))) if value else 0
    return number_text(value, language, decimals=min(max(decimals, 0), 6))


def short_day(day: pd.Timestamp, language: Language) -> str:
    """Write a day without its year."""
    return " ".join(day_text(day, language).split(" ")[:3])


def said(value: Any, language: Language) -> str:
    """Say one of the tables' words; a dash where there is none."""
    return word(value, language) if isinstance(value, str) else "–"


def flag(value: Any, language: Language) -> str:
    """Say yes or no; a dash where it is not known."""
    return "–" if pd.isna(value) else word("yes" if value else "no", language)


def parts_of(value: Any) -> list[str]:
    """Parts of a list separated by ``;``."""
    return [part.strip() for part in value.split(";")] if isinstance(value, str) else []


def bounded(row: Row, language: Language) -> str:
    """Exposure of a row; with a sign before it where it is a lower bound."""
    sign = "≥\u202f" if row["exposure_at_least"] else ""
    return sign + value_text(row["exposure"], language)
