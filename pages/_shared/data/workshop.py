"""The workshop pack of a scenario: asked for when somebody wants the file."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from geo.answers.workshop_pack import PackAnswer, answer_pack
from geo.drawdown.phases import PhasesRequest
from geo.drawdown.scenarios import Scenario
from geo.model import Audience
from pages._shared.data.opening import version, world_at

__all__ = ["PackAnswer", "pack"]


@st.cache_resource(max_entries=8, show_spinner=False)
def _pack(version: str, scenario: Scenario, request: PhasesRequest, audience: Audience) -> PackAnswer:
    return answer_pack(world_at(version), scenario, request, audience=audience)


def pack(scenario: Scenario, request: PhasesRequest, audience: Audience) -> Callable[[], PackAnswer]:
    """What a pack says, once it is asked for; of the version and day known that the page shows now."""
    return partial(_pack, version(), scenario, request, audience)
