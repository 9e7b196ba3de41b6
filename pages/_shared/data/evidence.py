"""How sure the picture is: hot spots, trends, MRM counting, observation."""

import streamlit as st

from geo.answers.hotspots import HotspotsAnswer, TrendAnswer, answer_hotspots, answer_trend
from geo.answers.movement import MovementAnswer, answer_movement
from geo.answers.mrm import MrmAnswer, answer_mrm
from geo.answers.observation import ObservationAnswer, answer_observation
from geo.model import Audience, HotspotRequest, MovementRequest, MrmRequest, ObservationRequest
from pages._shared.data.opening import version, world_at


@st.cache_resource(max_entries=32, show_spinner=False)
def _hotspots(version: str, request: HotspotRequest, audience: Audience) -> HotspotsAnswer:
    return answer_hotspots(world_at(version), request, audience=audience)


def hotspots(request: HotspotRequest, audience: Audience) -> HotspotsAnswer:
    """Cells that stand out from the country, corrected for false discovery."""
    return _hotspots(version(), request, audience)


@st.cache_resource(max_entries=64, show_spinner=False)
def _trend(version: str, request: HotspotRequest, cell: int | None, audience: Audience) -> TrendAnswer:
    return answer_trend(world_at(version), request, cell, audience=audience)


def trend(request: HotspotRequest, cell: int | None, audience: Audience) -> TrendAnswer:
    """Months of a cell, or of all matching incidents, beside their own norm."""
    return _trend(version(), request, cell, audience)


@st.cache_resource(max_entries=32, show_spinner=False)
def _mrm(version: str, request: MrmRequest, audience: Audience) -> MrmAnswer:
    return answer_mrm(world_at(version), request, audience=audience)


def mrm(request: MrmRequest, audience: Audience) -> MrmAnswer:
    """Violations against children by MRM counting rules."""
    return _mrm(version(), request, audience)


@st.cache_resource(max_entries=16, show_spinner=False)
def _observation(version: str, request: ObservationRequest, audience: Audience) -> ObservationAnswer:
    return answer_observation(world_at(version), request, audience=audience)


def observation(request: ObservationRequest, audience: Audience) -> ObservationAnswer:
    """State of each cell: active, quiet but watched, or no eyes; and the observed share by month."""
    return _observation(version(), request, audience)


@st.cache_resource(max_entries=16, show_spinner="Looking back …")
def _movement(version: str, request: MovementRequest, audience: Audience) -> MovementAnswer:
    return answer_movement(world_at(version), request, audience=audience)


def movement(request: MovementRequest, audience: Audience) -> MovementAnswer:
    """How the picture of each actor changed over the years."""
    return _movement(version(), request, audience)
