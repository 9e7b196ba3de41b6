"""Phases above the map: which is looked at, and adding, renaming, dating and removing one."""

import datetime as dt
from functools import partial

import streamlit as st

from pages._shared import data
from pages._shared.drawdown import adding, draft
from pages._shared.widgets import day_words

_KEY = "drawdown-phases"
_STEP_DAYS = 91  # a phase that is added begins so long after the last


def phase_bar(scenario: data.Scenario, choices: data.Choices) -> None:
    """Choose a phase; change the phases; add what comes; undo."""
    with st.container(horizontal=True, key="phasebar", vertical_alignment="center"):
        names = labels(scenario)
        st.session_state[_KEY] = draft.phase()
        st.segmented_control(
            "Phase",
            list(names),
            format_func=names.__getitem__,
            key=_KEY,
            on_change=lambda: draft.choose_phase(st.session_state[_KEY] or 0),
            required=True,
            label_visibility="collapsed",
        )
        _change_menu(scenario)
        adding.add_menu(choices)
        st.button("Undo", icon=":material/undo:", on_click=draft.go_back, disabled=not draft.earlier())


def labels(scenario: data.Scenario, *, dated: bool = True) -> dict[int, str]:
    """Name of each phase by its number, forced closures counted; 0 is today.

    Parameters
    ----------
    dated
        Whether the audience may know days.
    """
    phases = scenario.dated()
    found = {0: "Today"}
    planned = 0
    for number, phase in enumerate(phases, start=1):
        if not dated:
            found[number] = f"Phase {number}"
            continue
        forced = phase not in scenario.phases
        planned += not forced
        found[number] = f"{'Forced' if forced else f'Phase {planned}'} · {phase.begins_on:%b %Y}"
    return found


def _change_menu(scenario: data.Scenario) -> None:
    number = draft.planned_number(draft.phase())
    last = scenario.phases[-1].begins_on if scenario.phases else dt.date.today()  # noqa: DTZ011 (a calendar day)
    # A popover of a new key is closed: what was asked for is seen without one more click.
    key = f"phase-add-{len(scenario.phases)}"
    with (
        st.popover("Add phase", icon=":material/add:", key=key),
        st.form("phase-add", border=False, clear_on_submit=True),
    ):
        name = st.text_input("Name", value=f"Phase {len(scenario.phases) + 1}")
        begins_on = st.date_input("Begins on", value=last + dt.timedelta(days=_STEP_DAYS))
        if st.form_submit_button("Add") and isinstance(begins_on, dt.date):
            if draft.change(partial(data.drafting.add_phase, name=name, begins_on=begins_on)):
                draft.look_at_day(begins_on)
            st.rerun()
    if not number:
        return
    phase = scenario.phases[number - 1]
    with st.popover("Edit", icon=":material/edit_calendar:"):
        with st.form(f"phase-edit-{number}-{phase.begins_on}-{phase.name}", border=False):
            name = st.text_input("Name", value=phase.name)
            begins_on = st.date_input("Begins on", value=phase.begins_on)
            if st.form_submit_button("Change") and isinstance(begins_on, dt.date):
                draft.change(partial(_renamed_and_moved, number=number, name=name, begins_on=begins_on))
                st.rerun()
        st.button(
            f"Remove phase {number}",
            icon=":material/delete:",
            on_click=draft.change,
            args=(partial(data.drafting.remove_phase, number=number),),
            help=f"With its {len(phase.measures)} measure{'s' if len(phase.measures) != 1 else ''}; begins {day_words(phase.begins_on)}. It can be undone.",
        )


def _renamed_and_moved(scenario: data.Scenario, *, number: int, name: str, begins_on: dt.date) -> data.Scenario:
    named = data.drafting.rename_phase(scenario, number, name)
    return data.drafting.move_phase(named, number, begins_on)
