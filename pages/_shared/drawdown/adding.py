"""What a scenario adds: a partner base, an alert network, a mobile team, an airstrip; at a place or by a click."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from geo.model import LonLat
from geo.schema.words import CAPABILITIES, ORGANISATIONS
from pages._shared import data
from pages._shared.drawdown import draft
from pages._shared.widgets import spoken

_KINDS = {"add_base": "Partner base", "add_alert": "Alert network", "mobile_team": "Mobile team"}
_ON_MAP = "click on the map"
_SEEN = "drawdown_click"
LAYER = "Bases"  # title of the layer of bases on the map


def add_menu(choices: data.Choices) -> None:
    """Say what comes and where; airstrips are repaired and networks added at a base from its card."""
    number = draft.planned_number(draft.phase())
    with st.popover("Add", icon=":material/add_location:", disabled=not number, help="In the phase chosen"):
        kind = st.segmented_control(
            "What comes",
            list(_KINDS),
            format_func=_KINDS.__getitem__,
            default="add_base",
            key="add-kind",
            required=True,
        )
        with st.form("add", border=False, clear_on_submit=True):
            measure = _typed(kind or "add_base")
            at = st.selectbox("Where", [_ON_MAP, *choices.places], key="add-where")
            if st.form_submit_button("Add"):
                if at == _ON_MAP:
                    draft.aim(measure)
                else:
                    _place(replace(measure, place=choices.places[at]), number)
                st.rerun()
        st.caption("An airstrip is repaired, or a network added, at an open base: click the base, then More.")


def _typed(kind: str) -> data.Measure:
    """What is typed of something new."""
    name = st.text_input("Name", placeholder=_KINDS[kind], key=f"add-name-{kind}")
    more: dict[str, Any] = {}
    if kind == "mobile_team":
        more["days_per_month"] = int(st.number_input("Days a month", 1, 31, 6, key="add-days"))
    if kind == "add_base":
        one, other = st.columns(2)
        more["organisation"] = one.text_input("Organisation", key="add-organisation")
        more["organisation_type"] = other.selectbox(
            "Kind", ORGANISATIONS, index=ORGANISATIONS.index("national_ngo"), format_func=spoken, key="add-type"
        )
        gives = st.multiselect("Gives", CAPABILITIES, format_func=spoken, key="add-gives")
        more["gives"] = tuple(gives)
    return data.Measure(kind=kind, base_id=draft.new_id(), name=name.strip() or _KINDS[kind], **more)


def aim_words() -> str:
    """What the next click on the map sets; empty where it sets nothing."""
    held = draft.aimed()
    return f"Click where this comes: {held.name}" if held else ""


def take(clicked: dict[str, Any] | None) -> None:
    """Use a click on the map, once: something new is put there, or the base clicked opens or closes.

    Called before anything is drawn, so that the page is drawn once.
    """
    if not clicked or clicked.get("n") == st.session_state.get(_SEEN):
        return
    st.session_state[_SEEN] = clicked.get("n")
    number = draft.planned_number(draft.phase())
    held = draft.aimed()
    if held is not None and clicked.get("aim"):
        _place(replace(held, place=LonLat(float(clicked["lon"]), float(clicked["lat"]))), number)
        draft.aim()
    elif clicked.get("layer") == LAYER and clicked.get("id"):
        _toggle(str(clicked["id"]), number)


def _place(measure: data.Measure, number: int) -> None:
    if draft.change(partial(data.drafting.with_measure, number=number, measure=measure)):
        draft.look_at(measure.base_id)


def _toggle(base_id: str, number: int) -> None:
    """Open or close a base in the phase looked at; today it is only looked at."""
    draft.look_at(base_id)
    if number:
        draft.change(partial(data.drafting.toggle_closing, number=number, base_id=base_id))
    elif draft.phase():
        draft.refuse("this phase is a forced closure; choose a planned phase to open or close bases by a click")
