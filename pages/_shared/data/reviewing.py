"""Reports that may be one event, names that may be several actors, and what a person decided."""

import streamlit as st

from geo.answers.names import NameDecision, NamesAnswer, answer_names, settle_name
from geo.answers.review import (
    PairAnswer,
    ReviewAnswer,
    Scored,
    Verdict,
    answer_pair,
    answer_review,
    decide_pair,
    evidence_of,
    score_reports,
)
from geo.model import Audience
from pages._shared.data.opening import require_now, version, workspace, world_at


@st.cache_resource(max_entries=2, show_spinner="Comparing reports …")
def _scored(evidence: str) -> Scored:  # noqa: ARG001 (the key)
    return score_reports(world_at(version()))


@st.cache_resource(max_entries=16, show_spinner=False)
def _review(version: str, audience: Audience) -> ReviewAnswer:
    world = world_at(version)
    return answer_review(world, _scored(evidence_of(world)), audience=audience)


def review(audience: Audience) -> ReviewAnswer:
    """Reports that may be one event, and what was decided."""
    return _review(version(), audience)


def pair(handle: str, audience: Audience) -> PairAnswer:
    """The two reports of a pair."""
    world = world_at(version())
    return answer_pair(world, _scored(evidence_of(world)), handle, audience=audience)


def decide(verdict: Verdict, audience: Audience) -> None:
    """Store what a person decided about a pair."""
    require_now("decide")
    world = world_at(version())
    decide_pair(workspace(), world, _scored(evidence_of(world)), verdict, audience=audience)


@st.cache_resource(max_entries=16, show_spinner=False)
def _names(version: str, audience: Audience) -> NamesAnswer:
    return answer_names(world_at(version), audience=audience)


def names(audience: Audience) -> NamesAnswer:
    """Reported names that a person should settle, and those settled."""
    return _names(version(), audience)


def settle(decision: NameDecision, audience: Audience) -> None:
    """Store what a person settled about a name."""
    require_now("decide")
    settle_name(workspace(), world_at(version()), decision, audience=audience)
