"""How each language writes numbers, days, times and lists."""

import datetime as dt
from collections.abc import Sequence

_NARROW = "\u202f"  # French: between thousands, before a unit and before high punctuation
_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "fr": ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
}
_AND = {"en": " and ", "fr": " et "}


def number_text(value: float, language: str, *, decimals: int = 0) -> str:
    """Write a number: 2,469.5 in English, 2 469,5 with a narrow space in French."""
    text = f"{value:,.{decimals}f}"
    return text.replace(",", _NARROW).replace(".", ",") if language == "fr" else text


def day_text(day: dt.date, language: str) -> str:
    """Write a day with its weekday: Mon 5 Oct 2026; lun. 5 oct. 2026, the first of a month as 1er."""
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    return f"{_DAYS[language][day.weekday()]} {number} {_MONTHS[language][day.month - 1]} {day.year}"


def clock_text(moment: dt.datetime | dt.time) -> str:
    """Write a local time: 06:30."""
    return f"{moment:%H:%M}"


def duration_text(minutes: float) -> str:
    """Write minutes as hours and minutes: 45 min, 3 h 05."""
    whole = round(minutes)
    hours, rest = divmod(whole, 60)
    return f"{hours}\u00a0h\u00a0{rest:02d}" if hours else f"{rest}\u00a0min"


def list_text(items: Sequence[str], language: str) -> str:
    """Write a list: a, b and c."""
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + _AND[language] + items[-1]
