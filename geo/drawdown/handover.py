"""The handover ledger: where each duty of each base stands on a day, and which fall to nobody.

A duty is orphaned where nobody takes it over, or who does will not be there or not be paid for it once the base is
gone. Whether a receiver is able to do it no table can tell.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.drawdown.lifetimes import Lifetimes, earliest
from geo.drawdown.scenarios import Scenario
from geo.settings import HandoverSettings

# Worst first. "missing" are duties that no row speaks of, see geo.drawdown.missing_duties.
DUTY_STATES = ("orphaned", "missing", "late", "on_course", "handed_over", "not_needed")
NOBODY = ("orphaned", "missing")  # fall to nobody
_ONE_DAY = dt.timedelta(days=1)
STATE_COLUMNS = ("closes_on", "due_on", "days_left", "state", "why")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRequest:
    """Where duties stand on a day, of all bases or of some; with a scenario, as if its phases came true."""

    as_of: dt.date
    scenario: Scenario | None = None
    base_ids: tuple[str, ...] = ()  # empty = all


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one duty stands."""

    state: str  # one of DUTY_STATES
    why: str = ""  # in a few words; empty where it is on course


def assess_duties(duties: pd.DataFrame, lives: Lifetimes, *, day: dt.date, settings: HandoverSettings) -> pd.DataFrame:
    """Tell where each duty stands on a day.

    Parameters
    ----------
    duties
        Rows under the contract ``DUTIES``. Not changed.

    Returns
    -------
    DataFrame
        ``STATE_COLUMNS``, aligned with the duties: ``closes_on`` (first day the base does it no more), ``due_on`` (last
        day to hand it over, at most the base's last), ``days_left`` (to ``due_on``; below 0 it is over; missing where
        neither is known), ``state``, ``why`` (missing where there is nothing to say).
    """
    rows = []
    for row in duties.to_dict("records"):
        carrier = settings.carried_by.get(str(row["kind"]))
        closes = lives.of_duty(str(row["base_id"]), carrier)
        due = due_day(_day(row["hand_over_by"]), closes, settings=settings)
        standing = _standing(row, lives, closes=closes, due=due, day=day)
        left = None if due is None else (due - day).days
        rows.append((closes, due, left, standing.state, standing.why or None))
    table = pd.DataFrame(rows, columns=list(STATE_COLUMNS), index=duties.index)
    return _typed(table)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Give the columns the types of a table that may be empty."""
    days = {name: pd.to_datetime(table[name]).astype("datetime64[us]") for name in ("closes_on", "due_on")}
    words = {name: table[name].astype("string") for name in ("state", "why")}
    return table.assign(**days, **words, days_left=table["days_left"].astype("Int64"))


def due_day(by: dt.date | None, closes: dt.date | None, *, settings: HandoverSettings) -> dt.date | None:
    """Last day to hand something over: as recorded, but never after the base's last; where none is, as set."""
    if closes is None:
        return by
    if by is None:
        return closes - dt.timedelta(days=settings.days_before_closing)
    return min(by, closes - _ONE_DAY)


def _standing(
    row: Mapping[Any, Any], lives: Lifetimes, *, closes: dt.date | None, due: dt.date | None, day: dt.date
) -> Standing:
    """State of one duty; the first reason that holds is told."""
    if row["status"] == "not_needed":
        return Standing(state="not_needed")
    accepted = _day(row["accepted_on"])
    if row["status"] == "handed_over" and accepted is not None and accepted <= day:
        fault = _left_alone(row, lives, by=day)
        return Standing(state="orphaned", why=fault) if fault else Standing(state="handed_over")
    if fault := _without_heir(row, lives, closes=closes, due=due, day=day):
        return Standing(state="orphaned", why=fault)
    if due is not None and day > due:
        return Standing(state="late", why=f"was due on {due}")
    return Standing(state="on_course")


def _without_heir(
    row: Mapping[Any, Any], lives: Lifetimes, *, closes: dt.date | None, due: dt.date | None, day: dt.date
) -> str:
    """Why a duty that is not handed over falls to nobody; empty where it does not."""
    if pd.isna(row["receiver"]):
        return "nobody is named to take it over"
    if row["status"] == "declined":
        return "who was asked has declined"
    if closes is not None and closes <= day:
        return f"the base stopped on {closes}, before it was handed over"
    # The receiver must still be there, and be paid, on the first day without the base.
    needed = closes or (due + _ONE_DAY if due is not None and due >= day else day)
    return _left_alone(row, lives, by=needed)


def _left_alone(row: Mapping[Any, Any], lives: Lifetimes, *, by: dt.date) -> str:
    """Why the receiver does not do it on a day: gone, or not paid for; empty where it does."""
    base = None if pd.isna(row["receiver_base_id"]) else str(row["receiver_base_id"])
    gone = lives.of_receiver(str(row["receiver"]), base)
    if gone is not None and gone <= by:
        return f"its receiver is there until {gone - _ONE_DAY} only"
    if row["funded"] == "no":
        return "its receiver is not paid for it"
    paid = _day(row["funded_until"])
    if paid is not None and paid < by:
        return f"its receiver is paid for it until {paid} only"
    return ""


def total_duties(ledger: pd.DataFrame, lives: Lifetimes, *, day: dt.date) -> dict[str, Any]:
    """Count duties by state, and tell the next closing of a base after the day.

    Returns
    -------
    dict
        ``duties`` (all but those not needed any more), one number per state, ``next_closing``, ``days_to_next``.
    """
    counts = {state: int(ledger["state"].eq(state).sum()) for state in DUTY_STATES}
    ahead = earliest(*(end for end in lives.bases.values() if end > day))
    return {
        "duties": len(ledger) - counts.pop("not_needed"),
        **counts,
        "next_closing": pd.NaT if ahead is None else pd.Timestamp(ahead),
        "days_to_next": None if ahead is None else (ahead - day).days,
    }


def _day(value: Any) -> dt.date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()
