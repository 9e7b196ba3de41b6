"""Drawdown: what is lost when bases close, in what order to close them, and who inherits."""

from collections.abc import Callable
from datetime import date

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.model import Audience
from pages._shared import frame, widgets
from pages._shared.drawdown import effect, handover, order, phases

View = Callable[[DeltaGenerator, DeltaGenerator, date, Audience], None]
# Key in the URL -> name and what shows it: into the filter bar, the headline, and below them.
VIEWS: dict[str, tuple[str, View]] = {
    "phases": ("Phases", phases.view),
    "order": ("Order", order.view),
    "handover": ("Handover", handover.view),
    "effect": ("Effect", effect.view),
}

frame.require()
head = st.container()
bar = st.container(horizontal=True, key="filterbar", gap="xsmall")
with bar:
    chosen = widgets.view({key: name for key, (name, _) in VIEWS.items()}, key="drawdown-view")
VIEWS[chosen][1](bar, head, frame.as_of(), frame.audience())
