"""Scenarios of a drawdown: what each phase loses, what a base gives, and the scenarios that are kept."""

from collections.abc import Callable

import streamlit as st

from geo.answers.phase_map import BundleAnswer, PhaseMapAnswer, answer_bundle, answer_phase_map, answer_today
from geo.answers.phases import PhasesAnswer, answer_phases
from geo.answers.scenarios import (
    SaveRequest,
    ScenariosAnswer,
    answer_revisions,
    answer_scenarios,
    nth_scenario,
    open_scenario,
    save_scenario,
)
from geo.drawdown import drafting
from geo.drawdown.phases import PhasesRequest
from geo.drawdown.scenarios import Measure, Phase, Scenario
from geo.model import Audience
from geo.redaction import Cleared
from pages._shared.data.opening import require_now, version, workspace, world_at

__all__ = ["Measure", "Phase", "PhasesRequest", "SaveRequest", "Scenario", "drafting"]


@st.cache_resource(max_entries=48, show_spinner=False)
def _phases(version: str, scenario: Scenario, request: PhasesRequest, audience: Audience) -> PhasesAnswer:
    return answer_phases(world_at(version), scenario, request, audience=audience)


def phases(scenario: Scenario, request: PhasesRequest, audience: Audience) -> PhasesAnswer:
    """What each phase of a scenario loses."""
    return _phases(version(), scenario, request, audience)


def phases_table(scenario: Scenario, request: PhasesRequest, name: str, audience: Audience) -> Callable[[], Cleared]:
    """One table of the same, by its name there, for files that leave; of what is known now."""
    held = version()

    def made() -> Cleared:
        table: Cleared = getattr(_phases(held, scenario, request, audience), name)
        return table

    return made


def kept_phases(number: int, request: PhasesRequest, audience: Audience) -> PhasesAnswer:
    """The same of a kept scenario by its place in the list, for an audience that may not see scenarios."""
    return _phases(version(), nth_scenario(world_at(version()), number), request, audience)


@st.cache_resource(max_entries=16, show_spinner=False)
def _today(version: str, request: PhasesRequest, audience: Audience) -> Cleared:
    return answer_today(world_at(version), request, audience=audience)


def today(request: PhasesRequest, audience: Audience) -> Cleared:
    """Reach of the bases of the day, by one mode."""
    return _today(version(), request, audience)


@st.cache_resource(max_entries=48, show_spinner=False)
def _phase_map(
    version: str, scenario: Scenario, request: PhasesRequest, phase: int, audience: Audience
) -> PhaseMapAnswer:
    return answer_phase_map(world_at(version), scenario, request, phase, audience=audience)


def phase_map(scenario: Scenario, request: PhasesRequest, phase: int, audience: Audience) -> PhaseMapAnswer:
    """One phase on the map, by one mode."""
    return _phase_map(version(), scenario, request, phase, audience)


@st.cache_resource(max_entries=64, show_spinner=False)
def _bundle(version: str, base_id: str, request: PhasesRequest, audience: Audience) -> BundleAnswer:
    return answer_bundle(world_at(version), base_id, request, audience=audience)


def bundle(base_id: str, request: PhasesRequest, audience: Audience) -> BundleAnswer:
    """What a base gives, and when it ends by itself."""
    return _bundle(version(), base_id, request, audience)


@st.cache_resource(max_entries=8, show_spinner=False)
def _scenarios(version: str, audience: Audience) -> ScenariosAnswer:
    return answer_scenarios(world_at(version), audience=audience)


def scenarios(audience: Audience) -> ScenariosAnswer:
    """Scenarios that are kept, the newest change first."""
    return _scenarios(version(), audience)


def revisions(scenario_id: str, audience: Audience) -> Cleared:
    """Versions of a kept scenario, the newest first."""
    return answer_revisions(world_at(version()), scenario_id, audience=audience)


def scenario(scenario_id: str, audience: Audience, *, at_version: int | None = None) -> Scenario:
    """Open a kept scenario, or as it was at an earlier version."""
    return open_scenario(world_at(version()), scenario_id, version=at_version, audience=audience)


def scenario_version(scenario_id: str, audience: Audience) -> int:
    """Newest version of a kept scenario."""
    return int(revisions(scenario_id, audience).frame["version"].max())


def save_scenario_as(request: SaveRequest, audience: Audience) -> tuple[str, int]:
    """Keep a scenario as one revision."""
    require_now("save a scenario")
    return save_scenario(workspace(), world_at(version()), request, audience=audience)
