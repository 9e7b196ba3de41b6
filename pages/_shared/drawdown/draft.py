"""The scenario on the table: kept for the session, across views, pages and reruns."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from geo.drawdown.drafting import arranged
from geo.drawdown.scenarios import Scenario
from geo.errors import GeoError

_DRAFT, _REFUSED, _EARLIER = "drawdown_draft", "drawdown_refused", "drawdown_earlier"
_MOST_EARLIER = 50


def current() -> Scenario | None:
    """Return the scenario on the table; ``None`` while there is none."""
    held = st.session_state.get(_DRAFT)
    return held if isinstance(held, Scenario) else None


def set_current(scenario: Scenario) -> None:
    """Put another scenario, or the next state of the same, on the table."""
    before = current()
    if before is not None and before != scenario:
        st.session_state[_EARLIER] = (*earlier(), before)[-_MOST_EARLIER:]
    st.session_state[_DRAFT] = arranged(scenario)


def earlier() -> tuple[Scenario, ...]:
    """States of the table before this one, the newest last."""
    return tuple(st.session_state.get(_EARLIER, ()))


def go_back() -> None:
    """Undo the last change."""
    states = earlier()
    if states:
        st.session_state[_EARLIER] = states[:-1]
        st.session_state[_DRAFT] = states[-1]


def change(step: Callable[[Scenario], Scenario], *, fits: Callable[[Scenario], object] = lambda _: None) -> bool:
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


def refused() -> str:
    """Why the last step was refused; empty where it was not. Told once."""
    return str(st.session_state.pop(_REFUSED, ""))


def as_new(name: str) -> Scenario | None:
    """Return the scenario on the table under a new name, without the id it is kept under."""
    held = current()
    return None if held is None else replace(held, name=name, scenario_id="")
