"""The scenario on the table: kept for the session, across views, pages and reruns."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from geo.errors import GeoError
from pages._shared import data, frame

Step = Callable[[data.Scenario], data.Scenario]
_DRAFT, _REFUSED, _EARLIER, _KEPT = "drawdown_draft", "drawdown_refused", "drawdown_earlier", "drawdown_kept"
_PHASE, _BASE = "drawdown_phase", "drawdown_base"
_MOST_EARLIER = 50
_FIRST_PHASE_DAYS = 90  # a phase nobody has dated yet begins so long after the day, or after the phase before it


def current() -> data.Scenario | None:
    """Return the scenario on the table.

    At first that is the kept one changed last; ``None`` where there is none, or the audience may not see it.
    """
    held = st.session_state.get(_DRAFT)
    if isinstance(held, data.Scenario):
        return held
    kept = data.scenarios(frame.audience()).scenarios
    if kept.frame.empty or "scenario_id" not in kept.columns:
        return None
    open_kept(str(kept.frame["scenario_id"].iloc[0]))
    return current()


def set_current(scenario: data.Scenario) -> None:
    """Put another scenario, or the next state of the same, on the table."""
    before = st.session_state.get(_DRAFT)
    after = data.drafting.arranged(scenario)
    if isinstance(before, data.Scenario) and before != after:
        st.session_state[_EARLIER] = (*earlier(), before)[-_MOST_EARLIER:]
    st.session_state[_DRAFT] = after


def open_kept(scenario_id: str, *, version: int | None = None) -> None:
    """Put a kept scenario on the table, or an earlier version of it: saved, that becomes the newest.

    Raises
    ------
    GeoError
        When it is not kept, or the audience may not see it.
    """
    opened = data.scenario(scenario_id, frame.audience(), at_version=version)
    newest = data.scenario_version(scenario_id, frame.audience())
    set_current(opened)
    st.session_state[_KEPT] = (newest, data.drafting.arranged(opened))
    look_at("")


def begin(name: str, day: dt.date) -> None:
    """Put an empty scenario with one phase on the table."""
    first = data.Phase(name="Phase 1", begins_on=day + dt.timedelta(days=_FIRST_PHASE_DAYS))
    set_current(data.Scenario(name=name, phases=(first,)))
    st.session_state.pop(_KEPT, None)
    choose_phase(1)


def saved(scenario_id: str, version: int) -> None:
    """Note that the scenario on the table is kept under an id and version."""
    held = current()
    if held is not None:
        kept = replace(held, scenario_id=scenario_id)
        st.session_state[_DRAFT] = kept
        st.session_state[_KEPT] = (version, kept)


def version_opened() -> int:
    """Version the scenario on the table was opened at; 0 where it was never kept."""
    held = st.session_state.get(_KEPT)
    return int(held[0]) if held else 0


def is_changed() -> bool:
    """Whether the scenario on the table differs from what is kept."""
    held = st.session_state.get(_KEPT)
    return not held or held[1] != st.session_state.get(_DRAFT)


def earlier() -> tuple[data.Scenario, ...]:
    """States of the table before this one, the newest last."""
    return tuple(st.session_state.get(_EARLIER, ()))


def go_back() -> None:
    """Undo the last change."""
    states = earlier()
    if states:
        st.session_state[_EARLIER], st.session_state[_DRAFT] = states[:-1], states[-1]
        st.session_state.pop(_REFUSED, None)


def change(step: Step, *, fits: Callable[[data.Scenario], object] = lambda _: None) -> bool:
    """Take a step of :mod:`geo.drawdown.drafting`; where it is refused nothing changes, and the sentence is kept.

    Parameters
    ----------
    fits
        Asked with the new scenario; what it refuses does not come on the table.
    """
    before = current()
    if before is None:
        return False
    try:
        after = step(before)
        fits(after)
    except GeoError as error:
        st.session_state[_REFUSED] = str(error)
        return False
    st.session_state.pop(_REFUSED, None)
    set_current(after)
    return True


def refuse(sentence: str) -> None:
    """Keep a sentence of refusal to be told."""
    st.session_state[_REFUSED] = sentence


def refused() -> str:
    """Why the last step was refused; empty where it was not. It stands until the next step."""
    return str(st.session_state.get(_REFUSED, ""))


def phase() -> int:
    """Number of the phase looked at, forced closures counted; 0 = today."""
    held = current()
    most = len(held.dated()) if held else 0
    return min(int(st.session_state.get(_PHASE, 1)), most)


def choose_phase(number: int) -> None:
    """Look at a phase."""
    st.session_state[_PHASE] = number


def planned_number(number: int) -> int:
    """Place among the planned phases of a phase counted with forced closures; 0 where others force it."""
    held = current()
    dated = held.dated() if held else ()
    if held is None or not 1 <= number <= len(dated) or dated[number - 1] not in held.phases:
        return 0
    return held.phases.index(dated[number - 1]) + 1


def dated_number(planned: int) -> int:
    """The other way round."""
    held = current()
    return held.dated().index(held.phases[planned - 1]) + 1 if held else 0


def looked_at() -> str:
    """Base whose panel is shown; empty where none is."""
    return str(st.session_state.get(_BASE, ""))


def look_at(base_id: str) -> None:
    """Show the panel of a base; of none where it is empty."""
    st.session_state[_BASE] = base_id
