"""How the Handover view speaks: its headline, numbers and lists, from cleared tables."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pages._shared import data, frame
from pages._shared.show import Number
from pages._shared.story import DASH
from pages._shared.widgets import day_words, spoken

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
    told = f"{nobody} of {totals['duties']} duties fall to nobody" if nobody else "Every duty on record has an heir"
    subtitle = f"Duties of bases that close, as of {day}"
    if (following := next_closing(found)) is not None:
        told += f"; {following['base']} closes in {following['days_left']:.0f} days"
    if found.request.scenario is not None:
        subtitle += f", as if the scenario {found.request.scenario.name} came true"
    return told, subtitle


def next_closing(found: data.HandoverAnswer) -> dict[str, Any] | None:
    """Row of the base that closes next; nothing where none does, or none may be seen."""
    if found.bases.withheld:
        return None
    rows = [row for row in found.bases.frame.to_dict("records") if row["days_left"] == row["days_left"]]
    ahead = [row for row in rows if row["closes_on"] == row["closes_on"] and row["days_left"] > 0]
    return min(ahead, key=lambda row: row["days_left"], default=None)


def numbers(found: data.HandoverAnswer) -> list[Number]:
    """Orphaned, days to the next closing, handed over; of what may be seen."""
    totals = totals_of(found)
    if not totals:
        return []
    nobody = int(sum(totals[state] for state in NOBODY))
    told = [Number(value=str(nobody), about=f"fall to nobody\n{totals['missing']} not written down")]
    if (following := next_closing(found)) is not None:
        told.append(
            Number(value=f"{following['days_left']:.0f}", about=f"days to the next closing\n{following['base']}")
        )
    done = Number(value=f"{totals['handed_over']} of {totals['duties']}", about=f"handed over\n{totals['late']} late")
    return [*told, done]


def countdown(found: data.HandoverAnswer, base_id: str) -> list[dict[str, Any]]:
    """Duties that are not handed over, by the day they are due; of one base or of all."""
    rows = found.ledger.frame
    chosen = rows.loc[rows["state"].isin(OPEN)]
    if base_id:
        chosen = chosen.loc[chosen["base_id"] == base_id]
    ordered = chosen.sort_values(["days_left", "base"], kind="stable", na_position="last")
    return [{str(name): value for name, value in row.items()} for row in ordered.to_dict("records")]


def told(value: object) -> str:
    """A cell as words; a dash where nothing is recorded."""
    if value is None or value != value:  # noqa: PLR0124 (NaN)
        return DASH
    if isinstance(value, dt.date):
        return day_words(value)
    return str(value)


def pairs_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Facts of one duty, those that may be seen and are recorded."""
    facts = {
        "What": told(row.get("what")),
        "Records": told(row.get("record_ids")).replace(";", ", "),
        "Done by": told(row.get("holder")),
        "Taken over by": told(row.get("receiver")),
        "From": told(row.get("receiver_base")),
        "Due": told(row.get("due_on")),
        "Base closes": told(row.get("closes_on")),
        "Paid for": " until ".join(
            part for part in (told(row.get("funded")), told(row.get("funded_until"))) if part != DASH
        ),
        "Status": spoken(told(row.get("status"))),
        "Evidence": told(row.get("evidence")),
        "Sealed": told(row.get("sealed_on")),
    }
    return {name: value for name, value in facts.items() if value and value != DASH}
