"""Joint missions: what waits, ways to serve it, what was signed, and what came of it."""

import datetime as dt

import streamlit as st

from geo.answers.calendar import CalendarAnswer, answer_calendar
from geo.answers.mission_order import OrderAnswer, answer_order
from geo.answers.missions import (
    MissionsAnswer,
    ResultsRequest,
    SignRequest,
    answer_missions,
    keep_draft,
    ordered_ids,
    record_results,
    sign_mission,
)
from geo.answers.plan import PlanAnswer, answer_plan
from geo.answers.queue import QueueAnswer, answer_queue
from geo.answers.team import TeamAnswer, answer_team
from geo.missions.aftermath import Result
from geo.model import Audience, PlanRequest, QueueRequest, TeamRequest
from pages._shared.data.opening import require_now, version, workspace, world_at

__all__ = ["PlanRequest", "Result", "ResultsRequest", "SignRequest", "TeamRequest"]


@st.cache_resource(max_entries=16, show_spinner=False)
def _queue(version: str, request: QueueRequest, audience: Audience) -> QueueAnswer:
    return answer_queue(world_at(version), request, audience=audience)


def queue(as_of: dt.date, audience: Audience) -> QueueAnswer:
    """Which requests wait, how long and for what."""
    return _queue(version(), QueueRequest(as_of=as_of), audience)


@st.cache_resource(
    max_entries=32, show_spinner="Looking for ways, days and teams. The first plan of a day takes longest …"
)
def _plan(version: str, request: PlanRequest, audience: Audience) -> PlanAnswer:
    return answer_plan(world_at(version), request, audience=audience)


def plan(request: PlanRequest, audience: Audience) -> PlanAnswer:
    """Ways to serve requests, side by side; takes seconds."""
    return _plan(version(), request, audience)


@st.cache_resource(max_entries=32, show_spinner="Reading the roster …")
def _team(version: str, request: TeamRequest, audience: Audience) -> TeamAnswer:
    return answer_team(world_at(version), request, audience=audience)


def team(request: TeamRequest, audience: Audience) -> TeamAnswer:
    """Who could go, who cannot and why."""
    return _team(version(), request, audience)


@st.cache_resource(max_entries=8, show_spinner="Looking what changed since missions were signed …")
def _missions(version: str, as_of: dt.date, audience: Audience) -> MissionsAnswer:
    return answer_missions(world_at(version), as_of, audience=audience)


def missions(as_of: dt.date, audience: Audience) -> MissionsAnswer:
    """Missions on record, and what overtakes those that are signed."""
    return _missions(version(), as_of, audience)


@st.cache_resource(max_entries=16, show_spinner=False)
def _calendar(version: str, first: dt.date, last: dt.date, audience: Audience) -> CalendarAnswer:
    return answer_calendar(world_at(version), first, last, audience=audience)


def calendar(first: dt.date, last: dt.date, audience: Audience) -> CalendarAnswer:
    """Missions and escorts by week and base, what collides, and who could go together."""
    return _calendar(version(), first, last, audience)


@st.cache_resource(max_entries=32, show_spinner="Reading the order …")
def _order(version: str, mission_id: str, as_of: dt.date, audience: Audience) -> OrderAnswer:
    return answer_order(world_at(version), mission_id, as_of, audience=audience)


def order(mission_id: str, as_of: dt.date, audience: Audience) -> OrderAnswer:
    """All that stands on the order of a mission."""
    return _order(version(), mission_id, as_of, audience)


@st.cache_resource(max_entries=8, show_spinner="Reading the order …")
def _order_at(version: str, number: int, as_of: dt.date, audience: Audience) -> OrderAnswer:
    world = world_at(version)
    return answer_order(world, ordered_ids(world)[number], as_of, audience=audience)


def order_at(number: int, as_of: dt.date, audience: Audience) -> OrderAnswer:
    """The same by place in the list of missions, for an audience that may not see their ids."""
    return _order_at(version(), number, as_of, audience)


def sign(request: SignRequest, audience: Audience) -> tuple[str, int]:
    """Sign a plan."""
    require_now("sign a plan")
    return sign_mission(workspace(), world_at(version()), request, audience=audience)


def keep(request: SignRequest, audience: Audience) -> tuple[str, int]:
    """Keep a plan as a draft."""
    require_now("keep a plan")
    return keep_draft(workspace(), world_at(version()), request, audience=audience)


def tell_results(request: ResultsRequest, audience: Audience) -> list[tuple[str, int]]:
    """Store what came of the stops of a mission."""
    require_now("tell what came of a mission")
    return record_results(workspace(), world_at(version()), request, audience=audience)
