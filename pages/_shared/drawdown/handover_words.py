"""How the Handover view speaks: its headline, numbers and lists, from cleared tables."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from geo.redaction import Cleared
from pages._shared import data, frame
from pages._shared.show import Number
from pages._shared.story import DASH
from pages._shared.widgets import dates_in_words, day_words, spoken

NOBODY = ("orphaned", "missing")
OPEN = ("orphaned", "missing", "late", "on_course")  # states in which something is still to be done


def totals_of(found: data.HandoverAnswer) -> dict[str, Any]:
    """The totals as far as they may be seen; empty where nothing may."""
    rows = found.totals.frame.to_dict("records")
    return {} if found.totals.withheld or not rows else dict(rows[0])


def headline(found: data.HandoverAnswer) -> tuple[str, str]:
    """What falls to nobody, and which base closes next."""
    totals, day = totals_of(found), day_words(found.request.as_of)
    if not totals:
        return "Who inherits is not for this audience", f"Duties are withheld from the audience {frame.audience_name()}"
    nobody = int(sum(totals[state] for state in NOBODY))
    told = _nobody_words(nobody, int(totals["duties"]))
    subtitle = f"Duties of bases that close, as of {day}"
    if (following := next_closing(found)) is not None:
        told += f"; {following['base']} closes in {following['days_left']:.0f} day{'s' if following['days_left'] > 1 else ''}"
    if found.request.scenario is not None:
        subtitle += f", as if the scenario {found.request.scenario.name} came true"
    return told, subtitle


def _nobody_words(nobody: int, duties: int) -> str:
    """How many duties fall to nobody; rounded numbers are told as bounds, and none of them as "every"."""
    if _least() > 1:
        if not nobody:
            return "Too few duties fall to nobody to be told here"
        return f"At least {nobody} duties fall to nobody"
    if not nobody:
        return "Every duty on record has an heir" if duties else "No duty is on record, and none was found missing"
    return f"{nobody} of {duties} duties {'fall' if nobody > 1 else 'falls'} to nobody"


def _least() -> int:
    """Multiples to which the numbers of the audience are rounded down; 1 where they are exact."""
    return data.settings().audiences[frame.audience()].small_count


def _bound(number: int) -> str:
    """A number as it is known: exact, or as the bound that rounding leaves."""
    least = _least()
    if least <= 1:
        return str(number)
    return f"≥ {number}" if number else f"< {least}"


def rows_of(table: Cleared) -> list[dict[str, Any]]:
    """Rows of a cleared table; what is missing is ``None``."""
    shown = table.frame.astype(object)
    return [
        {str(name): value for name, value in row.items()} for row in shown.where(shown.notna(), None).to_dict("records")
    ]


def next_closing(found: data.HandoverAnswer) -> dict[str, Any] | None:
    """Row of the base that closes next; nothing where none does, or none may be seen."""
    if found.bases.withheld:
        return None
    ahead = [row for row in rows_of(found.bases) if row["days_left"] is not None and row["days_left"] > 0]
    return min(ahead, key=lambda row: row["days_left"], default=None)


def numbers(found: data.HandoverAnswer) -> list[Number]:
    """Orphaned, days to the next closing, handed over; of what may be seen."""
    totals = totals_of(found)
    if not totals:
        return []
    nobody = int(sum(totals[state] for state in NOBODY))
    none = "few" if not nobody and _least() > 1 else _bound(nobody)
    told = [Number(value=none, about=f"fall to nobody\n{_bound(totals['missing'])} not written down")]
    if (following := next_closing(found)) is not None:
        told.append(
            Number(
                value=f"{following['days_left']:.0f}",
                about=f"day{'s' if following['days_left'] > 1 else ''} to the next closing\n{following['base']}",
            )
        )
    done = Number(
        value=f"{_bound(totals['handed_over'])} of {_bound(totals['duties'])}",
        about=f"handed over\n{_bound(totals['late'])} late",
    )
    return [*told, done]


def countdown(found: data.HandoverAnswer, base_id: str) -> list[dict[str, Any]]:
    """Duties that are not handed over, by the day they are due; of one base or of all."""
    rows = [row for row in rows_of(found.ledger) if row["state"] in OPEN and base_id in ("", row["base_id"])]
    return sorted(rows, key=lambda row: (row["days_left"] is None, row["days_left"] or 0, row["base"]))


def heir(row: Mapping[str, Any]) -> str:
    """Who takes a duty over, and how that stands; why nobody does, where nobody does."""
    receiver, state = row["receiver"], row["state"]
    if state == "missing":
        return "nobody: not written down"
    if state == "orphaned":
        return "nobody is named" if receiver is None else f"nobody: {why(row)}"
    return f"{'late: ' if state == 'late' else ''}{told(receiver)}"


def why(row: Mapping[str, Any]) -> str:
    """Why a duty falls to nobody or is late, with days as people write them."""
    return dates_in_words(told(row["why"]))


def told(value: object) -> str:
    """A cell as words; a dash where nothing is recorded."""
    if value is None:
        return DASH
    if isinstance(value, dt.date):
        return day_words(value)
    return str(value)


def kind_words(kind: object, *, first: bool = False) -> str:
    """Kind of a duty as people say it; with a capital where it is the first word."""
    words = "IT" if kind == "it" else spoken(str(kind))
    return words[:1].upper() + words[1:] if first else words


def pairs_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Facts of one duty, those that may be seen and are recorded."""
    heir = [told(row.get(name)) for name in ("receiver", "receiver_base")]
    due = [f"{told(row.get('due_on'))}", f"the base closes {told(row.get('closes_on'))}"]
    status = [spoken(told(row.get("status"))), told(row.get("evidence"))]
    if row.get("sealed_on") is not None:
        status.append(f"sealed {told(row['sealed_on'])}")
    facts = {
        "What": told(row.get("what")),
        "Records": told(row.get("record_ids")).replace(";", ", "),
        "Done by": told(row.get("holder")),
        "Heir": ", from ".join(part for part in heir if part != DASH),
        "Due": "; ".join(part for part in due if not part.endswith(DASH)),
        "Paid for": " until ".join(
            part for part in (told(row.get("funded")), told(row.get("funded_until"))) if part != DASH
        ),
        "Status": "; ".join(part for part in status if part != DASH),
    }
    return {name: value for name, value in facts.items() if value and value != DASH}
