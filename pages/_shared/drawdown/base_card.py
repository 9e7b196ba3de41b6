"""The base looked at: its bundle, what the scenario does to it, and what else could be done."""

import datetime as dt
from functools import partial
from typing import Any

import streamlit as st

from geo.errors import GeoError
from geo.schema.words import CAPABILITIES, THINNINGS
from pages._shared import data, frame, show
from pages._shared.drawdown import draft
from pages._shared.story import count
from pages._shared.widgets import day_words, spoken

# Capability that is counted -> what one and what more are called.
_COUNTED = {
    "escorts": ("escort a week", "escorts a week"),
    "patrols": ("km patrols", "km patrols"),
    "lodging": ("bed", "beds"),
    "child_protection": ("child-protection post", "child-protection posts"),
    "women_interviewers": ("woman interviewer", "women interviewers"),
}


def base_card(scenario: data.Scenario, row: dict[str, Any], request: data.PhasesRequest) -> None:
    """Show a base of the map and its buttons.

    Parameters
    ----------
    row
        Of the table of bases behind the map, without what is missing.
    """
    base_id = str(row["base_id"])
    number = draft.planned_number(draft.phase())
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        why = f", {row['why']}" if "why" in row else ""
        above = f"{row.get('organisation', 'new')} · {spoken(str(row['state']))}{why}"
        show.card_title(str(row["name"]), above=above)
        st.button(
            "", icon=":material/close:", key="base-leave", help="Leave this base", on_click=draft.look_at, args=("",)
        )
    st.html(f'<p class="p-label">{_escaped(_gives(scenario, base_id, request))}</p>')
    with st.container(horizontal=True, key="basebuttons"):
        _closing(scenario, base_id, number)
        _thinning(scenario, base_id, number)
        _forcing(scenario, base_id)
        _more(scenario, base_id, number)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _gives(scenario: data.Scenario, base_id: str, request: data.PhasesRequest) -> str:
    """The bundle in one sentence, and when it ends."""
    try:
        found = data.bundle(base_id, request, frame.audience())
    except GeoError:  # it only comes with the scenario
        new = [one for _, one in data.drafting.fates_of(scenario, base_id) if one.kind in ("add_base", "mobile_team")]
        told = ", ".join(spoken(word) for one in new for word in one.gives)
        return f"Gives {told}" if told else "Comes with this scenario"
    parts = []
    for row in found.bundle.frame.to_dict("records"):
        name, amount = str(row["capability"]), row["amount"]
        counted = name in _COUNTED and amount > 0
        parts.append(f"{count(amount)} {_COUNTED[name][amount != 1]}" if counted else spoken(name))
    base = found.base.frame.iloc[0].dropna().to_dict()
    ends = f" Open to {day_words(base['last_day'])}: {base['why']}." if "last_day" in base else " No end on record."
    return f"Gives {', '.join(parts) or 'nothing on record'}.{ends}"


def _closing(scenario: data.Scenario, base_id: str, number: int) -> None:
    fates = data.drafting.fates_of(scenario, base_id)
    closes_here = any(one.kind == "close" and phase == number for phase, one in fates)
    st.button(
        "Open again" if closes_here else f"Close in {number}" if number else "Close",
        key="base-close",
        disabled=not number,
        help=None if number else "Choose a planned phase first.",
        on_click=draft.change,
        args=(partial(data.drafting.toggle_closing, number=number, base_id=base_id),),
    )


def _thinning(scenario: data.Scenario, base_id: str, number: int) -> None:
    """What leaves with the phase: soldiers, civilians, or single capabilities."""
    fates = data.drafting.fates_of(scenario, base_id)
    now = next((one for phase, one in fates if one.kind == "thin" and phase == number), None)
    with (
        st.popover("Thin", disabled=not number),
        st.form(f"thin-{base_id}-{number}", border=False),
    ):
        leaves = st.multiselect(
            "What leaves in this phase",
            [*THINNINGS, *CAPABILITIES],
            default=list(now.leaves) if now else [],
            format_func=spoken,
            help="Civilians stay: soldiers take escorts, patrols, aviation and the medical post. Military only: all else.",
        )
        if st.form_submit_button("Thin"):
            measure = data.Measure(kind="thin", base_id=base_id, leaves=tuple(leaves))
            if leaves:
                draft.change(partial(data.drafting.with_measure, number=number, measure=measure))
            elif now:
                draft.change(partial(data.drafting.without_measure, number=number, measure=now))
            st.rerun()


def _forcing(scenario: data.Scenario, base_id: str) -> None:
    """A closure on a day that others decide."""
    forced = dict(scenario.forced).get(base_id)
    dated = scenario.dated()
    first = dated[max(draft.phase(), 1) - 1].begins_on if dated else frame.as_of()
    with (
        st.popover("Force", help="Close it early, on a day others decide", key=f"base-force-{base_id}-{forced}"),
        st.form(f"force-{base_id}-{forced or first}", border=False),
    ):
        day = st.date_input("Must close on", value=forced or first)
        if st.form_submit_button("Force closure") and isinstance(day, dt.date):
            if draft.change(partial(data.drafting.force_closing, base_id=base_id, day=day)):
                draft.look_at_day(day)  # what it costs is what is asked next
            st.rerun()


def _more(scenario: data.Scenario, base_id: str, number: int) -> None:
    """Keep, alert network, airstrip, and undo."""
    fates = data.drafting.fates_of(scenario, base_id)
    touched = bool(fates) or base_id in scenario.keep or base_id in dict(scenario.forced)
    with st.popover("More"):
        st.button(
            "No longer keep" if base_id in scenario.keep else "Keep: never closes",
            icon=":material/shield:",
            key="base-keep",
            width="stretch",
            on_click=draft.change,
            args=(partial(data.drafting.toggle_keeping, base_id=base_id),),
        )
        for kind, label, icon in (
            ("add_alert", "Alert network here", ":material/cell_tower:"),
            ("repair_airstrip", "Repair the airstrip", ":material/flight_land:"),
        ):
            measure = data.Measure(kind=kind, base_id=base_id)
            there = (number, measure) in fates
            step = data.drafting.without_measure if there else data.drafting.with_measure
            st.button(
                f"Undo: {label.lower()}" if there else label,
                icon=icon,
                key=f"base-{kind}",
                width="stretch",
                disabled=not number,
                on_click=draft.change,
                args=(partial(step, number=number, measure=measure),),
            )
        st.button(
            "Undo all at this base",
            icon=":material/undo:",
            key="base-undo",
            width="stretch",
            disabled=not touched,
            on_click=draft.change,
            args=(partial(data.drafting.without_base, base_id=base_id),),
        )
