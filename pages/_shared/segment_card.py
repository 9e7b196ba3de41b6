"""The card of one road: what it is today, what hinders it, what was reported, and who changed what."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import streamlit as st

from geo.redaction import Cleared, licence_note
from pages._shared import data, editing, frame, show
from pages._shared.story import DASH
from pages._shared.widgets import day_words, spoken

VIEWS = {"record": "Record", "constraints": "Constraints", "reports": "Seen", "history": "Log"}
_MOST = 12  # rows of a table on a card
_RECORD = {
    "road_class": "Class",
    "surface": "Surface",
    "passability": "Passability",
    "basis": "Known from",
    "escort_rule": "Escort",
    "daylight_rule": "Daylight",
}


def title(told: data.SegmentAnswer) -> None:
    """Name of the road, and how old the newest report of it is."""
    row = _only(told.record)
    above = "Road"
    if "age_days" in told.reports.columns:
        ages = told.reports.frame["age_days"].dropna()
        above = f"Last report {ages.min():.0f} days old" if len(ages) else "No report of this road up to this day"
    show.card_title(str(row.get("name") or row.get("road_id") or "A road without a name"), above=above)


def sides(key: str = "segment-side") -> str:
    """Let a person choose a side of the card."""
    picked = st.segmented_control(
        "Side",
        list(VIEWS),
        default="record",
        format_func=VIEWS.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    return picked or "record"


def card(told: data.SegmentAnswer, *, view: str, day: dt.date) -> None:
    """Show one side of a road; below it what an audience that keeps records may add or correct."""
    if view == "constraints":
        _constraints(told.constraints)
    elif view == "reports":
        _reports(told.reports)
    elif view == "history":
        _history(told.history)
    else:
        _record(told)
    if "version" in told.history.columns:
        _buttons(told, view=view, day=day)


def _rows(table: Cleared) -> list[dict[str, Any]]:
    """What each row of a small table says, without what is missing."""
    return [row.dropna().to_dict() for _, row in table.frame.iterrows()]


def _only(table: Cleared) -> dict[str, Any]:
    """What the one row of a table says; nothing where it has no row."""
    return next(iter(_rows(table)[:1]), {})


def _record(told: data.SegmentAnswer) -> None:
    row = _only(told.record)
    pairs: dict[str, object] = {
        label: spoken(str(row[column])).replace(";", ", ") for column, label in _RECORD.items() if column in row
    }
    if "length_km" in row:
        pairs["Length"] = f"{row['length_km']:.1f} km"
    if "time_min" in row:
        pairs["End to end"] = f"{row['time_min']:.0f} min"
    show.pairs(pairs)
    if not row:
        show.caveat(f"The record of this road is withheld from the audience {frame.audience_name()}.", "blind")
    if told.why:
        show.label("Why")
        show.rows_table([(reason,) for reason in told.why])


def _withheld(table: Cleared, what: str) -> bool:
    """Say where an audience may not see a table, and tell whether it is so."""
    if not table.withheld:
        return False
    show.caveat(f"{what} are withheld from the audience {frame.audience_name()}.", "blind")
    return True


def _constraints(table: Cleared) -> None:
    if _withheld(table, "Constraints"):
        return
    if table.frame.empty:
        show.caveat("No constraint on this road is on record. Nobody may have reported one.", "blind")
        return
    snapped = "snap_km" in table.columns
    rows = [
        (
            spoken(str(row.get("kind", DASH))).capitalize(),
            _state(row),
            f"{row['delay_min']:.0f} min" if "delay_min" in row else DASH,
            _age(row, "reported_on"),
            _graded(row),
            *([_off_the_road(row)] if snapped else []),
        )
        for row in _rows(table)[:_MOST]
    ]
    header = ("", "stands", "costs", "reported", "source", *(["off the road"] if snapped else []))
    show.rows_table(rows, header=header, right=[2, 5] if snapped else [2])
    _more(table)


def _reports(table: Cleared) -> None:
    if _withheld(table, "Reports"):
        return
    if table.frame.empty:
        show.caveat("No report of this road up to this day. That does not mean that it is open.", "blind")
        return
    rows = [
        (
            _age(row, "observed_on"),
            spoken(str(row.get("status", DASH))).capitalize(),
            _state(row),
            _graded(row),
            _off_the_road(row),
        )
        for row in _rows(table)[:_MOST]
    ]
    show.rows_table(rows, header=("seen", "what", "stands", "source", "off the road"), right=[4])
    _more(table)


def _history(table: Cleared) -> None:
    if _withheld(table, "Changes"):
        return
    if table.frame.empty:
        show.caveat("No record of this road was changed by hand.", "blind")
        return
    rows = [
        (
            day_words(row["recorded_at"]) if "recorded_at" in row else DASH,
            row.get("author", DASH),
            f"{spoken(str(row.get('table', '')))} {row.get('record_id', '')}".strip() or DASH,
            row.get("what", DASH),
        )
        for row in _rows(table)[:_MOST]
    ]
    show.rows_table(rows, header=("Day", "by", "record", "what"))
    _more(table)


def _more(table: Cleared) -> None:
    """Count what the card leaves out, and what a licence does."""
    if len(table.frame) > _MOST:
        show.caveat(f"{len(table.frame) - _MOST} older ones are not shown.", "blind")
    if note := licence_note(table.statement):
        show.caveat(f"{note}.", "blind")


def _off_the_road(row: Mapping[str, Any]) -> str:
    """How far from the road a record lies that was put on it."""
    return f"{row['snap_km']:.1f} km" if "snap_km" in row else DASH


def _state(row: Mapping[str, Any]) -> object:
    """Whether a record counts today, as a tag."""
    if "state" not in row:
        return DASH
    state = spoken(str(row["state"]))
    return show.Chip(text=state, kind="audience" if state == "in force" else "noeyes")


def _age(row: Mapping[str, Any], day: str) -> str:
    if "age_days" in row:
        return f"{row['age_days']:.0f} days ago"
    return day_words(row[day]) if day in row else DASH


def _graded(row: Mapping[str, Any]) -> str:
    """Kind of source with its Admiralty grades; the source itself where the audience may see it."""
    grade = str(row.get("reliability", "")).upper() + (f"{row['credibility']:.0f}" if "credibility" in row else "")
    return f"{row.get('source') or spoken(str(row.get('source_type', '')))} {grade}".strip() or DASH


def _buttons(told: data.SegmentAnswer, *, view: str, day: dt.date) -> None:
    """Forms: what is new about the road, and what to correct on the side shown."""
    table, kept = ("constraints", told.constraints) if view == "constraints" else ("road_reports", told.reports)
    key = "constraint_id" if view == "constraints" else "report_id"
    named: dict[str, str] = {}
    if view in ("constraints", "reports") and key in kept.columns:
        what = "kind" if view == "constraints" else "status"
        named = {str(row[key]): f"{spoken(str(row.get(what, '')))} {row[key]}".strip() for row in _rows(kept)}
    editing.road_buttons(_place(_only(told.record)), day.isoformat(), table=table, named=named)


def _place(row: Mapping[str, Any]) -> dict[str, str]:
    """Where a new record is put: the middle of the stretch, else, for who may not set a point, the whole road."""
    if "longitude" in row and "latitude" in row:
        return {"longitude": f"{row['longitude']:.6f}", "latitude": f"{row['latitude']:.6f}"}
    return {"road_id": str(row.get("road_id", ""))}
