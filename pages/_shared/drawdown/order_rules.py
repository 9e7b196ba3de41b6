"""What a closing order must respect: bases that stay and closures nobody here decides, from the scenario or by hand."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from pages._shared.drawdown import draft

KEEP_KEY, FORCED_KEY = "order-keep", "order-forced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Fixed keeps and forced closures."""

    keep: tuple[str, ...] = ()
    forced: tuple[tuple[str, dt.date], ...] = ()
    where: str = ""  # the scenario they come from; empty where they were set here


def fixed(bases: Mapping[str, str], day: dt.date) -> Fixed:
    """Read the rules of the scenario on the table, else offer controls for them.

    Parameters
    ----------
    bases
        Open bases, id -> name; rules about others say nothing on this day.
    """
    scenario = draft.current()
    if scenario is not None:
        return Fixed(
            keep=tuple(base for base in scenario.keep if base in bases),
            forced=tuple((base, when) for base, when in scenario.forced if base in bases),
            where=scenario.name,
        )
    return _by_hand(bases, day)


def _by_hand(bases: Mapping[str, str], day: dt.date) -> Fixed:
    held = (st.session_state.get(KEEP_KEY) or [], st.session_state.get(FORCED_KEY) or [])
    told = f"{len(held[0])} stay, {len(held[1])} forced" if any(held) else "none"
    with st.popover(f"Fixed: {told}", icon=":material/lock:"):
        keep = st.multiselect("Never close", list(bases), format_func=bases.__getitem__, key=KEEP_KEY)
        rest = [base for base in bases if base not in keep]
        named = st.multiselect("Must close, whatever it costs", rest, format_func=bases.__getitem__, key=FORCED_KEY)
        forced = tuple(
            (base, st.date_input(f"{bases[base]} closes on", day + dt.timedelta(days=90), key=f"order-forced-{base}"))
            for base in named
        )
    return Fixed(keep=tuple(keep), forced=forced)
