"""The Calendar view: missions and escorts by week and base, what collides, who could go together, and each mission."""

import datetime as dt
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._shared import data, frame, show
from pages._shared.missions import files, mission_card, plan_words, results, signing
from pages._shared.story import count
from pages._shared.widgets import day_words, spoken

_WEEKS_ROUND = 8  # shown before and after the day
_MOST_ROWS = 6
_COLLISIONS = {
    "staff_twice": "one post on two missions",
    "vehicle_twice": "one vehicle on two missions",
    "escort_overbooked": "more escorts asked than there are",
    "no_escort_day": "no escort leaves that day",
    "no_flight_day": "no flight that day",
}
_NO_ORDER = "no plan is on the record of this mission"  # the reason itself may name it
_LIVE = ("signed", "under_way")


def view(bar: DeltaGenerator, head: DeltaGenerator, day: dt.date, audience: data.Audience) -> None:
    """Show the weeks around the day, and the mission chosen on the map."""
    found = data.missions(day, audience)
    span = dt.timedelta(weeks=_WEEKS_ROUND)
    weeks = data.calendar(day - span, day + span, audience)
    rows = plan_words.rows_of(found.missions)
    with head:
        show.headline(*_headline(rows, weeks, withheld=found.missions.withheld))
    number = _chosen(bar, rows)
    order, why_not = (None, "") if number is None else _order(rows[number], number, day, audience)
    with bar:
        files.menu(order, why_not=why_not if number is not None else "")
        if number is not None:
            results.button(rows[number], order)
    left, right = st.columns([1.1, 1], gap="small")
    with left:
        mission_card.way_map(order, day, audience)
    with right:
        with show.card("weeks"):
            _weeks(weeks)
        with show.card("mission", fill=True):
            if number is None:
                _none(withheld=found.missions.withheld)
            else:
                _mission(rows[number], order, why_not, found)


def _order(
    row: dict[str, Any], number: int, day: dt.date, audience: data.Audience
) -> tuple[data.OrderAnswer | None, str]:
    """Order of a mission: by its id, or by its place in the list for who may not see ids."""
    if mission_id := row.get("mission_id"):
        return files.order_of(lambda: data.order(str(mission_id), day, audience))
    order, why_not = files.order_of(lambda: data.order_at(number, day, audience))
    return order, _NO_ORDER if why_not else ""


def _headline(rows: list[dict[str, Any]], weeks: data.CalendarAnswer, *, withheld: bool) -> tuple[str, str]:
    name = frame.audience_name()
    if withheld:
        told = f"Single missions are withheld from the audience {name}; only numbers per week are shown"
        return _told_weeks(plan_words.rows_of(weeks.weeks)), told
    live = [row for row in rows if row["status"] in _LIVE]
    drafts, done = (sum(row["status"] == word for row in rows) for word in ("draft", "done"))
    overtaken = sum(bool(row.get("overtaken")) for row in rows)
    parts = [
        f"{_counted(len(live), 'mission')} signed",
        f"{overtaken} of them overtaken" if overtaken else "",
        f"{drafts} in draft" if drafts else "",
        f"{done} done" if done else "",
    ]
    collisions = "" if weeks.collisions.withheld else f"; {_counted(len(weeks.collisions.frame), 'conflict')}"
    subtitle = f"{_WEEKS_ROUND} weeks before and after {day_words(frame.as_of())} by week of departure"
    said = f"{', '.join(filter(None, parts))}{collisions}"
    return said[:1].upper() + said[1:], subtitle


def _told_weeks(rows: list[dict[str, Any]]) -> str:
    """What the weeks say where single missions may not be told."""
    if not rows:
        return "In no week did enough missions leave to tell their number"
    busiest = max(rows, key=lambda row: float(row["missions"]))
    return f"Most missions, {count(busiest['missions'])}, leave in the week from {day_words(busiest['begins_on'])}"


def _counted(number: int, noun: str) -> str:
    return f"{count(number) if number else 'no'} {noun}{'' if number == 1 else 's'}"


def _chosen(bar: DeltaGenerator, rows: list[dict[str, Any]]) -> int | None:
    """Let a person choose a mission; the one signed last in this session, else the last to leave."""
    if not rows:
        return None
    ids = [row.get("mission_id") for row in rows]
    first = ids.index(signing.signed()) if signing.signed() in ids else len(rows) - 1
    key = f"calendar-mission-{len(rows)}-{signing.signed()}"
    held = st.session_state.get(key, first)
    with bar, st.popover(f"Mission: {_name(rows[held])}", icon=":material/assignment:"):
        chosen = st.selectbox(
            "Mission", range(len(rows)), index=first, format_func=lambda number: _name(rows[number]), key=key
        )
    return int(chosen)


def _name(row: dict[str, Any]) -> str:
    return " · ".join(filter(None, [str(row.get("mission_id", "")), plan_words.dates(row), spoken(str(row["status"]))]))


def _weeks(weeks: data.CalendarAnswer) -> None:
    """Missions and escort slots by week and base, newest first; what collides and who could go together."""
    if weeks.bases.withheld:
        show.label("Missions by week of departure")
        rows = [(f"{day_words(row['begins_on'])}", count(row["missions"])) for row in plan_words.rows_of(weeks.weeks)]
        if not rows:
            show.caveat("Numbers this small are withheld.", "blind")
            return
        show.rows_table(rows[::-1][:_MOST_ROWS], header=("week from", "missions"), right=[1])
        return
    show.label("By week and base; escort slots given of those there are")
    rows = [
        (
            day_words(row["begins_on"]),
            row["base"],
            _with_drafts(row["missions"], row["drafts"]),
            f"{_with_drafts(row['escort_slots_given'], row['escort_slots_drafted'])} of {row['escort_slots_had']:g}",
        )
        for row in plan_words.rows_of(weeks.bases)[::-1][:_MOST_ROWS]
    ]
    show.rows_table(rows, header=("week from", "base", "missions", "escorts"), right=[2, 3])
    for row in plan_words.rows_of(weeks.collisions)[:_MOST_ROWS]:
        what = _COLLISIONS.get(row["kind"], spoken(row["kind"]))
        show.caveat(f"{day_words(row['day'])}: {what}, {row['record_id']} ({row['missions']}).", "refused")
    for row in plan_words.rows_of(weeks.joint)[:_MOST_ROWS]:
        shared = f"{row['shared_km']:.0f} km, {100 * row['shared_share']:.0f} % of the shorter way"
        told = f"{day_words(row['day'])}: {row['missions']} go the same way, {shared}. One mission could do for both."
        show.caveat(told, "mind")


def _with_drafts(number: float, drafts: float) -> str:
    return f"{count(number)} + {count(drafts)} draft" if drafts else count(number)


def _none(*, withheld: bool) -> None:
    name = frame.audience_name()
    told = f"Single missions are withheld from the audience {name}." if withheld else "No mission is on record."
    show.caveat(told, "blind")


def _mission(row: dict[str, Any], order: data.OrderAnswer | None, why_not: str, found: data.MissionsAnswer) -> None:
    """The mission chosen: what stands, what changed, and its days."""
    show.card_title(_title(row), above=str(row.get("mission_id") or "Mission"))
    if row.get("overtaken"):
        told = [one["told_en"] for one in plan_words.rows_of(found.changes) if one["mission_id"] == row["mission_id"]]
        show.caveat(f"Overtaken since it was signed: {'; '.join(told)}.", "refused")
    facts = {
        "Organisations": row.get("organisations"),
        "From": row.get("base"),
        "Requests": str(row["request_ids"]).replace(";", ", ") if row.get("request_ids") else None,
        "Signed": f"{row['signed_role']}, {day_words(row['signed_on'])}" if row.get("signed_role") else None,
    }
    show.pairs({name: value for name, value in facts.items() if value})
    if order is not None and "geometry" in order.tables["mission_legs"].columns:
        mission_card.sides(order)
    elif why_not:
        show.caveat(f"{why_not[:1].upper()}{why_not[1:]}.", "blind")
    elif order is not None:
        show.caveat(f"Stops, days and team are withheld from the audience {frame.audience_name()}.", "blind")


def _title(row: dict[str, Any]) -> str:
    mode = plan_words.mode_words(str(row["mode"]))
    return f"{spoken(str(row['status'])).capitalize()}, {mode}, {plan_words.dates(row)}"
