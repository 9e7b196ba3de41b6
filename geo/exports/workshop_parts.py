"""What the tables of a workshop pack share: values as text, and the shape of a table."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from geo.exports.mission_order_parts import Section, soft
from geo.text import Language, duration_text, number_text, say

Column = tuple[str, float, str]  # key of its heading, relative width (0 = as wide as its text), side


def table_section(
    title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]], language: Language, **said: str
) -> Section:
    """Build a table; ``said`` may hold ``intro`` (beneath the title) and ``empty`` (in the place of rows)."""
    return {
        "kind": "table",
        "title": title,
        "intro": said.get("intro", ""),
        "empty": said.get("empty", ""),
        "columns": [
            {"text": say(f"pack_column_{key}", language), "width": width, "side": side} for key, width, side in columns
        ],
        "rows": [[soft(cell) for cell in row] for row in rows],
    }


def withheld_section(title: str, language: Language) -> Section:
    """Say that an audience does not see a part."""
    return {"kind": "list", "title": title, "items": [say("pack_withheld", language)]}


def value_of(value: Any) -> str:
    """Text of a cell; empty where there is none."""
    return "" if value is None or pd.isna(value) else str(value)


def duration(minutes: float) -> str:
    """Hours and minutes of a limit; whole hours without minutes."""
    hours, rest = divmod(round(minutes), 60)
    return f"{hours}\u00a0h" if hours and not rest else duration_text(minutes)


def minutes_text(minutes: Any, language: Language) -> str:
    """Hours and minutes of a way; a word where there is none."""
    if minutes is None or pd.isna(minutes) or not math.isfinite(float(minutes)):
        return say("pack_unreached", language)
    return duration_text(float(minutes))


def count_text(value: Any, language: Language) -> str:
    """A whole number; a dash where it is not known."""
    return "–" if value is None or pd.isna(value) else number_text(round(float(value)), language).replace("-", "\u2212")


def share(value: Any, language: Language) -> str:
    """A share as per cent; only none at all is 0, only all is 100."""
    if value is None or pd.isna(value):
        return "–"
    percent = float(value) * 100
    whole = round(percent)
    near_end = (whole == 100 and percent < 100) or (whole == 0 and percent > 0)
    told = min(max(percent, 0.1), 99.9) if near_end else percent
    return say("pack_percent", language, number=number_text(told, language, decimals=1 if near_end else 0))


def change(before: str, after: str, language: Language) -> str:
    """Two values of one thing; one where they are equal."""
    return after if before == after else say("pack_change", language, before=before, after=after)
