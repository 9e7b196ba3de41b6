"""What would give a plan a team: each change that was tried, as a button that makes it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import streamlit as st

from geo.errors import GeoError
from pages._shared import data, frame, show
from pages._shared.missions import asking, basket, plan_words
from pages._shared.widgets import day_words, spoken

_ICONS = {
    "day": ":material/event_repeat:",
    "shorten": ":material/timer:",
    "leave_out": ":material/remove:",
    "resource": ":material/person_add:",
}
_ASKED = "mending_roster"
_MOST_AWAY = 9  # rows of the hint


def buttons(found: data.PlanAnswer, plan: Mapping[str, Any]) -> None:
    """One button for each smallest change; somebody more only opens the roster, since only a person can provide them."""
    changes = plan_words.rows_of(found.changes, str(plan["label"]))
    if not changes:
        show.label("No single kind of change would give it a team.")
        return
    show.label("Smallest changes, each tried")
    with st.container(horizontal=True, key="mending"):
        for number, change in enumerate(changes):
            _button(found, plan, change, number)
        st.button(
            "Where no team can go", icon=":material/block:", on_click=basket.show_view, args=("noteam",), wrap=True
        )


def _button(found: data.PlanAnswer, plan: Mapping[str, Any], change: Mapping[str, Any], number: int) -> None:
    kind, words = str(change["kind"]), str(change["text"])
    short, _, hint = words.partition(" (")
    said = short[:1].upper() + short[1:]
    key, icon = f"mend-{plan['label']}-{number}", _ICONS.get(kind)
    if kind == "resource":
        if st.button(said, key=key, icon=icon, wrap=True):
            st.session_state[_ASKED] = (found.request, dict(plan), words)
            _roster()
        return
    st.button(said, key=key, icon=icon, help=hint.rstrip(")") or None, on_click=_apply, args=(change,), wrap=True)


def _apply(change: Mapping[str, Any]) -> None:
    """Make a change, as a callback: the controls show it when they are drawn."""
    if change["kind"] == "leave_out":
        basket.drop(*str(change["left_out"]).split(";"))
        return
    first, last = change["first_day"].date(), change["last_day"].date()
    days = (last - first).days + 1
    asking.move_to(first, days=days if change["kind"] == "shorten" else None)


@st.dialog("Who could come", width="large")
def _roster() -> None:
    """Who cannot come on these days and why: a person may know how to change that."""
    request, plan, words = st.session_state[_ASKED]
    needed, _, hint = words.partition(" (")
    show.label(f"The plan needs {needed}. Only a person can provide that; the roster says who is away and why.")
    if hint:
        show.rows_table(
            [(one,) for one in hint.rstrip(")").split("; ")], header=("would be enough, if they could come",)
        )
    departs: dt.date = plan["departs_on"].date()
    asked = data.TeamRequest(
        base_id=str(plan["base_id"]),
        departs_on=departs,
        returns_on=plan["returns_on"].date(),
        request_ids=tuple(str(plan["request_ids"]).split("; ")),
        discreet=plan["mode"] == "discreet",
        flies=plan["mode"] == "air",
        season=request.season,
        vehicle=request.vehicle,
    )
    try:
        away = data.team(asked, frame.audience()).away
    except GeoError as error:
        show.caveat(str(error), "refused")
        return
    rows = [
        (row["who_id"], row["organisation"], spoken(row["role"]), row["reason"])
        for row in plan_words.rows_of(away)[:_MOST_AWAY]
    ]
    show.rows_table(rows, header=("who", "organisation", "as", f"not from {day_words(departs)} because"))
    if len(away.frame) > _MOST_AWAY:
        show.caveat(f"{len(away.frame) - _MOST_AWAY} more are away.", "blind")
