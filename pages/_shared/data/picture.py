"""The common picture: incidents per cell, changes, presence, bases."""

import datetime as dt
from collections.abc import Callable

import streamlit as st

from geo.answers.cell_months import answer_cell_months
from geo.answers.changes import ChangesAnswer, answer_changes
from geo.answers.hexbin import HexbinAnswer, answer_hexbin, answer_records
from geo.answers.presence import PresenceAnswer, answer_presence
from geo.answers.reach import BasesAnswer, answer_bases
from geo.model import Audience, HexbinRequest, PresenceRequest, Window
from geo.redaction import Cleared
from pages._shared.data.opening import version, world_at


@st.cache_resource(max_entries=16, show_spinner=False)
def _changes(version: str, window: Window, audience: Audience) -> ChangesAnswer:
    return answer_changes(world_at(version), window, audience=audience)


def changes(window: Window, audience: Audience) -> ChangesAnswer:
    """What rose and fell by province."""
    return _changes(version(), window, audience)


@st.cache_resource(max_entries=128, show_spinner=False)
def _hexbin(version: str, request: HexbinRequest, audience: Audience) -> HexbinAnswer:
    return answer_hexbin(world_at(version), request, audience=audience)


def hexbin(request: HexbinRequest, audience: Audience) -> HexbinAnswer:
    """Incidents per cell."""
    return _hexbin(version(), request, audience)


@st.cache_resource(max_entries=64, show_spinner=False)
def _cell_months(version: str, request: HexbinRequest, audience: Audience) -> Cleared:
    return answer_cell_months(world_at(version), request, audience=audience)


def cell_months(request: HexbinRequest, audience: Audience) -> Cleared:
    """Incidents per cell and month, for the map to play."""
    return _cell_months(version(), request, audience)


def hexbin_table(request: HexbinRequest, audience: Audience) -> Callable[[], Cleared]:
    """Incidents per cell with the name and p-code of each cell's area, for files that leave; of what is known now."""
    held = version()
    return lambda: answer_hexbin(world_at(held), request, audience=audience, areas=True).cells


def records(request: HexbinRequest, cell: int, audience: Audience) -> Cleared:
    """Incidents of one cell, as far as the audience may see records."""
    return answer_records(world_at(version()), request, cell, audience=audience)


@st.cache_resource(max_entries=32, show_spinner=False)
def _presence(version: str, request: PresenceRequest, audience: Audience) -> PresenceAnswer:
    return answer_presence(world_at(version), request, audience=audience)


def presence(request: PresenceRequest, audience: Audience) -> PresenceAnswer:
    """Share of each actor per cell."""
    return _presence(version(), request, audience)


@st.cache_resource(max_entries=32, show_spinner=False)
def _bases(version: str, as_of: dt.date, audience: Audience) -> BasesAnswer:
    return answer_bases(world_at(version), as_of, audience=audience)


def bases(as_of: dt.date, audience: Audience) -> BasesAnswer:
    """Bases open on a day."""
    return _bases(version(), as_of, audience)
