"""Missions: what waits to be verified, ways to get there, what was signed, and what came of it."""

from collections.abc import Callable
from datetime import date

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.model import Audience
from pages._shared import frame, widgets
from pages._shared.missions import basket, calendar, no_team, plan, queue, week

View = Callable[[DeltaGenerator, DeltaGenerator, date, Audience], None]
# Key in the URL -> name and what shows it: into the filter bar, the headline, and below them.
VIEWS: dict[str, tuple[str, View]] = {
    "queue": ("Queue", queue.view),
    "plan": ("Plan", plan.view),
    "week": ("Week", week.view),
    "calendar": ("Calendar", calendar.view),
    "noteam": ("No team", no_team.view),
}

frame.require()
head = st.container()
bar = st.container(horizontal=True, key="filterbar")
with bar:
    chosen = widgets.view({key: name for key, (name, _) in VIEWS.items()}, key=basket.VIEW_KEY)
VIEWS[chosen][1](bar, head, frame.as_of(), frame.audience())
