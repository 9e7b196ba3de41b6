"""Phases on one line of time, to be dragged or moved by arrow keys. The script is ``static/drawdown/timeline.js``."""

import datetime as dt
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from pages._shared import data, frame
from pages._shared.drawdown import draft

_PARTS = Path(__file__).resolve().parents[3] / "static" / "drawdown"
_KEY = "drawdown-timeline"
_DAY_ZERO = dt.date(1970, 1, 1)
_ROOM_DAYS = 182  # left after the last phase, so that it can be moved on
_line = st.components.v2.component(
    "piste_timeline",
    html='<div class="line"><div class="ticks"></div><div class="handles"></div></div>',
    css=(_PARTS / "timeline.css").read_text(encoding="utf-8"),
    js=(_PARTS / "timeline.js").read_text(encoding="utf-8"),
)


def timeline(scenario: data.Scenario, day: dt.date) -> None:
    """Draw the line, and move the phase that was dragged."""
    if not scenario.phases:
        return
    _line(key=_KEY, data=_told(scenario, day), on_moved_change=_moved)


def _told(scenario: data.Scenario, day: dt.date) -> dict[str, Any]:
    """Every phase with the first and last day it can be moved to, as days since 1970."""
    dated = scenario.dated()
    begins = [_number(phase.begins_on) for phase in scenario.phases]
    first, last = min(_number(day), *begins), max(_number(phase.begins_on) for phase in dated) + _ROOM_DAYS
    edges = [first - 1, *begins, last + 1]
    bounds = {
        planned: (before + 1, after - 1)
        for planned, (before, after) in enumerate(zip(edges, edges[2:], strict=False), start=1)
    }
    phases = []
    for number, phase in enumerate(dated, start=1):
        planned = draft.planned_number(number)
        low, high = bounds.get(planned, (first, last))
        phases.append(
            {
                "id": f"planned-{planned}" if planned else f"forced-{number}",
                "number": planned,
                "name": phase.name if planned else _must_close(scenario, phase.begins_on),
                "day": _number(phase.begins_on),
                "low": low,
                "high": high,
                "forced": not planned,
                "chosen": number == draft.phase(),
            }
        )
    return {"first": first, "last": last, "phases": phases}


def _must_close(scenario: data.Scenario, day: dt.date) -> str:
    """What is forced to close on a day, by name."""
    names = data.choices(frame.as_of(), frame.audience()).bases
    return f"{', '.join(names.get(base, base) for base, when in scenario.forced if when == day)} must close"


def _moved() -> None:
    """Take the phase dragged to its new day."""
    moved = st.session_state[_KEY].get("moved")
    if not moved:
        return
    number = int(moved["number"])
    begins_on = _DAY_ZERO + dt.timedelta(days=int(moved["day"]))
    if draft.change(partial(data.drafting.move_phase, number=number, begins_on=begins_on)):
        draft.choose_phase(draft.dated_number(number))


def _number(day: dt.date) -> int:
    return (day - _DAY_ZERO).days
