"""One actor, and records as forms that a person fills in."""

import streamlit as st

from geo.answers.actor import ActorAnswer, answer_actor
from geo.answers.editing import Change, FormAnswer, answer_form, save_change
from geo.model import ActorRequest, Audience
from pages._shared.data.opening import require_now, version, workspace, world_at


@st.cache_resource(max_entries=32, show_spinner=False)
def _actor(version: str, request: ActorRequest, audience: Audience) -> ActorAnswer:
    return answer_actor(world_at(version), request, audience=audience)


def actor(request: ActorRequest, audience: Audience) -> ActorAnswer:
    """What is on record of one actor on a day."""
    return _actor(version(), request, audience)


def form(table: str, record_id: str, audience: Audience) -> FormAnswer:
    """A record as it stands, always read anew."""
    return answer_form(world_at(version()), table, record_id, audience=audience)


def save(change: Change, audience: Audience) -> tuple[str, int]:
    """Store a change of a record."""
    require_now("change a record")
    return save_change(workspace(), world_at(version()), change, audience=audience)
