"""Why a base closes, is kept or changes, in both languages. Rooms write it in English; what no pattern knows stays."""

import datetime as dt
import re

from geo.text.speaking import Language, catalogue, say, word
from geo.text.writing import day_text

_DAY = r"(?P<day>\d{4}-\d{2}-\d{2})"
_ENDS = "its programme is no longer paid for|its record ends|its partner's programme ends"
_ENDS_KEYS = dict(zip(_ENDS.split("|"), ("pack_why_paid", "pack_why_record", "pack_why_partner"), strict=True))
_PATTERNS = tuple(
    (re.compile(pattern), key)
    for pattern, key in (
        ("closed already", "pack_why_closed"),
        (f"forced to close on {_DAY}", "pack_why_forced"),
        ("loses nothing: other bases cover the same", "pack_why_nothing"),
        ("loses least", "pack_why_least"),
        ("loses least, as others do, and leaves most with a backup", "pack_why_alike"),
        ("planned", "pack_why_planned"),
        (f"(?P<why>{_ENDS}) after {_DAY}", "pack_why_ends"),
        (f"(?P<why>{_ENDS}) after {_DAY}: to keep it somebody must take over", "pack_why_kept"),
        ("without (?P<what>.+)", "pack_why_without"),
        ("gives (?P<what>.+)", "pack_why_gives"),
        ("added at the base", "pack_why_at_base"),
        ("repaired", "pack_why_repaired"),
        (r"(?P<number>\d+) days a month", "pack_why_days"),
        (r"covers nothing: (?P<number>\d+) days a month, (?P<least>\d+) are needed", "pack_why_too_few"),
    )
)


def reason_text(reason: str, language: Language) -> str:
    """Say a reason of :mod:`geo.drawdown` in a language."""
    for pattern, key in _PATTERNS:
        if found := pattern.fullmatch(reason):
            return say(key, language, **{name: _said(name, text, language) for name, text in found.groupdict().items()})
    return reason


def change_text(what: str, language: Language) -> str:
    """Say what happens to a base."""
    key = f"pack_what_{what}"
    return say(key, language) if key in catalogue() else what


def _said(name: str, text: str, language: Language) -> str:
    if name == "day":
        return day_text(dt.date.fromisoformat(text), language)
    if name == "why":
        return say(_ENDS_KEYS[text], language)
    return ", ".join(word(part, language) for part in text.split(", ")) if name == "what" else text
