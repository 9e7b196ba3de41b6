"""Scenarios that are kept: open one at any version, save, save under a new name, begin anew, compare two."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from geo.errors import GeoError
from pages._shared import data, frame, show
from pages._shared.drawdown import compare, draft
from pages._shared.widgets import day_words

_OPTIONS = ("Open …", "Save …", "Save under a new name …", "Compare …", "New …")
_SHORT = 12  # letters of a name on the button; the subtitle has it whole
_RENAMED = "drawdown_saving_renamed"


def menu(scenario: data.Scenario | None) -> None:
    """Offer what can be done with kept scenarios; the label says which is on the table and whether it is saved."""
    if scenario is None:
        name = "Scenario"
    else:
        short = scenario.name if len(scenario.name) <= _SHORT else f"{scenario.name[: _SHORT - 1].rstrip(' ,.')}…"
        name = f"{short}, {'changed' if draft.is_changed() else f'version {draft.version_opened()}'}"
    offered = list(_OPTIONS) if scenario is not None else [_OPTIONS[0], _OPTIONS[-1]]
    chosen = st.menu_button(name, offered, icon=":material/account_tree:", key="scenario-menu")
    if chosen in ("Save …", "Save under a new name …"):
        st.session_state[_RENAMED] = chosen != "Save …"
    dialogs: dict[str, Callable[[], None]] = {
        "Open …": _open,
        "Save …": _save,
        "Save under a new name …": _save,
        "Compare …": compare.dialog,
        "New …": _new,
    }
    if chosen:
        dialogs[chosen]()


def kept_names() -> dict[str, str]:
    """Name of each kept scenario by its id, the newest change first."""
    rows = data.scenarios(frame.audience()).scenarios.frame
    return dict(zip(rows["scenario_id"], rows["name"], strict=True)) if len(rows) else {}


def revision_words(row: dict[str, Any]) -> str:
    """Who saved a version, when and why."""
    at = row["recorded_at"]
    return f"{row['version']} · {day_words(at)}, {at:%H:%M} UTC · {row['author']}: {row['reason']}"


@st.dialog("Open a scenario", width="large")
def _open() -> None:
    names = kept_names()
    if not names:
        show.caveat("No scenario is kept here yet. Begin a new one, or save the one on the table.", "mind")
        return
    chosen = st.selectbox("Scenario", list(names), format_func=names.__getitem__)
    rows = {int(row["version"]): row for row in data.revisions(chosen, frame.audience()).frame.to_dict("records")}
    version = st.selectbox(
        "Version", list(rows), format_func=lambda one: revision_words({str(k): v for k, v in rows[one].items()})
    )
    if draft.current() is not None and draft.is_changed():
        show.caveat("The scenario on the table has changes that are not saved; Undo brings it back.", "mind")
    if st.button("Open", type="primary"):
        try:
            draft.open_kept(chosen, version=version)
        except GeoError as error:
            show.caveat(str(error), "refused")
            return
        st.rerun()


@st.dialog("Save the scenario", width="large")
def _save() -> None:
    scenario, renamed = draft.current(), bool(st.session_state.get(_RENAMED))
    if scenario is None:
        return
    fresh = renamed or not scenario.scenario_id
    told = "A new scenario" if fresh else f"Version {draft.version_opened() + 1} of {scenario.name}"
    show.label(f"{told}. Earlier versions stay and can be opened.")
    with st.form("save-scenario", border=False):
        name = st.text_input("Name", value="" if renamed else scenario.name)
        note = st.text_input("Note", value=scenario.note, help="What it tries out; no names of persons")
        reason = st.text_input("Reason", placeholder="why, for those who come after")
        pressed = st.form_submit_button("Save", type="primary")
    if not pressed:
        return
    named = replace(scenario, name=name.strip(), note=note.strip(), scenario_id="" if fresh else scenario.scenario_id)
    version = 0 if fresh else draft.version_opened()
    try:
        scenario_id, saved = data.save_scenario_as(
            data.SaveRequest(scenario=named, reason=reason, version=version), frame.audience()
        )
    except GeoError as error:
        show.caveat(str(error), "refused")
        return
    draft.saved(replace(named, scenario_id=scenario_id), saved)
    st.rerun()


@st.dialog("A new scenario")
def _new() -> None:
    with st.form("new-scenario", border=False):
        name = st.text_input("Name", placeholder="e.g. West first")
        pressed = st.form_submit_button("Begin", type="primary")
    if pressed and not name.strip():
        show.caveat("A scenario needs a name; write one, e.g. West first.", "refused")
    elif pressed:
        draft.begin(name.strip(), frame.as_of())
        st.rerun()
