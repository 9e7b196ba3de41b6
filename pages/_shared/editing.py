"""Forms for records: fields from the table's contract, a reason, and both versions where somebody was quicker.

What a person looked at when the form was opened is kept with the form, so a change in between is noticed.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import streamlit as st

from geo.contracts import Column
from geo.errors import GeoError, StaleVersionError
from pages._shared import data, frame, show
from pages._shared.story import DASH
from pages._shared.widgets import day_words, spoken

_OPENED, _MINE = "form_opened", "form_mine"
_NOUNS = {
    "actors": "Actor",
    "presence": "Sighting",
    "commitments": "Commitment",
    "constraints": "Constraint",
    "road_reports": "Road report",
    "requests": "Request",
    "duties": "Duty",
}


def change_menu(told: data.ActorAnswer) -> None:
    """Forms of an actor: its record, its own commitments, and what is new about it."""
    actor_id, day = told.request.actor_id, told.request.as_of.isoformat()
    forms: dict[str, tuple[str, str, dict[str, str]]] = {
        "Edit record": ("actors", actor_id, {}),
        "Add sighting": ("presence", "", {"actor_id": actor_id, "observed_on": day}),
        "Add commitment": ("commitments", "", {"actor_id": actor_id}),
    }
    own = told.commitments.frame.loc[told.commitments.frame["standing"] == "own"]
    for commitment_id, kind in zip(own["commitment_id"], own["kind"], strict=True):
        forms[f"Correct {spoken(kind)} {commitment_id}"] = ("commitments", str(commitment_id), {})
    if chosen := st.menu_button("Change", list(forms), icon=":material/edit:"):
        table, record_id, given = forms[chosen]
        _open(table, record_id, **given)


def correct_button(presence_id: str) -> None:
    """Open the form of a sighting that is on record."""
    if st.button("Correct sighting", icon=":material/edit:"):
        _open("presence", presence_id)


def road_buttons(place: Mapping[str, str], day: str, *, table: str, named: Mapping[str, str]) -> None:
    """Open forms of a road: a new report or constraint at a place and day (ISO), or one of a table's records by id."""
    with st.container(horizontal=True, key="roadbuttons", vertical_alignment="bottom"):
        if st.button("Add report", icon=":material/add:"):
            _open("road_reports", "", observed_on=day, **place)
        if st.button("Add constraint", icon=":material/add:"):
            _open("constraints", "", reported_on=day, **place)
        if named:
            chosen = st.selectbox("Record", list(named), format_func=named.__getitem__, key=f"correct-{table}")
            if st.button("Correct", icon=":material/edit:"):
                _open(table, str(chosen))


def request_button(request_id: str) -> None:
    """Open the form of a request: what it waits for, its referral, and all else on its record."""
    if st.button("Edit", icon=":material/edit:", key="edit-request"):
        _open("requests", request_id)


def duty_button(duty_id: str, given: Mapping[str, str]) -> None:
    """Open the form of a duty, or one that is filled in with what is known of a duty nobody wrote down."""
    name = "Edit" if duty_id else "Write down"
    if st.button(name, icon=":material/edit:", type="primary", key="edit-duty"):
        _open("duties", duty_id, **({} if duty_id else given))


def _open(table: str, record_id: str, **given: str) -> None:
    """Open a form on the record as it stands now."""
    try:
        found = data.form(table, record_id, frame.audience())
    except GeoError as error:
        show.caveat(str(error), "refused")
        return
    st.session_state[_OPENED] = found
    st.session_state[_MINE] = given
    _dialog()


@st.dialog("Record", width="large")
def _dialog() -> None:
    """Show the form, or both versions where somebody was quicker."""
    found: data.FormAnswer = st.session_state[_OPENED]
    newest = data.form(found.table, found.record_id, frame.audience()) if found.record_id else found
    standing = _told(newest)
    if newest.version != found.version and st.session_state[_MINE]:
        _both(found, newest)
        return
    noted = f"{found.record_id}, last changed {_when(standing)}" if standing else "new"
    show.label(f"{_NOUNS[found.table]}: {noted}. Roles and organisations, never persons.")
    before = _told(found)
    with st.form("record", border=False):
        columns = st.columns(3)
        typed = {}
        for number, field in enumerate(found.fields):
            start = st.session_state[_MINE].get(field.name, _text(before.get(field.name)))
            with columns[number % 3]:
                typed[field.name] = _widget(field, start)
        reason = st.text_input("Reason", placeholder="why, for those who come after")
        pressed = st.form_submit_button("Save", type="primary")
    if pressed:
        changed = {name: text for name, text in typed.items() if text != _text(before.get(name))}
        _save(found, changed, reason, version=found.version)


def _save(found: data.FormAnswer, changed: dict[str, str], reason: str, *, version: int) -> None:
    """Store what was changed; where somebody was quicker, show both."""
    change = data.Change(table=found.table, record_id=found.record_id, values=changed, reason=reason, version=version)
    try:
        data.save(change, frame.audience())
    except StaleVersionError:
        st.session_state[_MINE] = changed | {"": reason}
        st.rerun(scope="fragment")
    except GeoError as error:
        show.caveat(str(error), "refused")
        return
    st.rerun()


def _both(found: data.FormAnswer, newest: data.FormAnswer) -> None:
    """What I typed beside what stands now, and the choice between the two."""
    now, before = _told(newest), _told(found)
    mine = {name: text for name, text in st.session_state[_MINE].items() if name}
    show.caveat(f"Somebody changed this while you typed: {_when(now)}. Nothing of yours is stored yet.", "mind")
    names = [
        field.name
        for field in found.fields
        if field.name in mine or _text(now.get(field.name)) != _text(before.get(field.name))
    ]
    rows = [
        (
            spoken(name),
            _text(before.get(name)) or DASH,
            _text(now.get(name)) or DASH,
            mine.get(name, "not touched") or DASH,
        )
        for name in names
    ]
    show.rows_table(rows, header=("Field", "you saw", "stands now", "you typed"))
    with st.container(horizontal=True):
        if st.button("Keep theirs"):
            st.rerun()
        if st.button("Put mine over it", type="primary"):
            _save(found, mine, st.session_state[_MINE].get("", ""), version=newest.version)


def _told(found: data.FormAnswer) -> dict[str, Any]:
    return dict(found.record.frame.iloc[0].dropna().to_dict()) if len(found.record.frame) else {}


def _when(row: dict[str, Any]) -> str:
    """Who changed a record last, and when (UTC)."""
    at = row.get("recorded_at")
    when = f"{day_words(at)}, {at:%H:%M} UTC" if isinstance(at, dt.datetime) else "at an unknown time"
    return f"{when} by {row.get('author', 'somebody')}"


def _text(value: object) -> str:
    """A value as a form types it."""
    if value is None or value != value:  # noqa: PLR0124 (NaN)
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _widget(field: Column, start: str) -> str:
    """A control for one field; what it returns is text as typed."""
    name = spoken(field.name).capitalize() + (" *" if field.required else "")
    if field.several:
        held = [word for word in start.split(";") if word in field.choices]
        return ";".join(st.multiselect(name, field.choices, default=held, format_func=spoken, help=field.about))
    if field.choices:
        options = ["", *field.choices]
        at = options.index(start) if start in options else 0
        return st.selectbox(name, options, index=at, format_func=lambda word: spoken(word) or DASH, help=field.about)
    if field.kind == "date":
        day = st.date_input(
            name,
            value=dt.date.fromisoformat(start) if start else None,
            min_value=dt.date(1900, 1, 1),
            max_value=dt.date(2100, 1, 1),
            help=field.about,
        )
        return day.isoformat() if isinstance(day, dt.date) else ""
    return st.text_input(name, value=start, help=field.about).strip()
