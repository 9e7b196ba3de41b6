"""Joint missions: what waits, ways to serve it, what was signed, and what came of it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from geo.answers.calendar import CalendarAnswer, answer_calendar
from geo.answers.mission_order import OrderAnswer, answer_order
from geo.answers.mission_records import season_on
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
from geo.answers.team import TeamAnswer, TeamGapsAnswer, answer_team, answer_team_gaps
from geo.answers.week import PlannedWeek, WeekAnswer, answer_bottlenecks, answer_week, free_one, plan_of, sees_week
from geo.missions.aftermath import Result
from geo.missions.bottlenecks import Freed, find_wider
from geo.model import Audience, PlanRequest, QueueRequest, TeamGapsRequest, TeamRequest, WeekRequest
from geo.redaction import Cleared
from pages._shared.data.opening import require_now, version, workspace, world_at

__all__ = ["PlanRequest", "Result", "ResultsRequest", "SignRequest", "TeamGapsRequest", "TeamRequest"]


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


@st.cache_resource(max_entries=4, show_spinner="Planning the week over the whole queue; it takes some seconds …")
def _planned_week(version: str, request: WeekRequest) -> PlannedWeek:
    """The week before the gate, so that what one more frees is measured against the same plan."""
    return plan_of(world_at(version), request)


@st.cache_resource(max_entries=16, show_spinner=False)
def _week(version: str, request: WeekRequest, audience: Audience) -> WeekAnswer:
    world = world_at(version)
    planned = _planned_week(version, request) if sees_week(world, audience) else None
    return answer_week(world, request, audience=audience, bottlenecks=False, planned=planned)


def week(starts_on: dt.date, as_of: dt.date, audience: Audience) -> WeekAnswer:
    """Missions of the seven days over the whole queue, without what one more would free; takes seconds."""
    return _week(version(), _week_request(starts_on, as_of), audience)


def _week_request(starts_on: dt.date, as_of: dt.date) -> WeekRequest:
    return WeekRequest(starts_on=starts_on, as_of=as_of, season=season_on(world_at(version()), starts_on))


@st.cache_resource(max_entries=256, show_spinner=False)
def _freed(version: str, request: WeekRequest, number: int) -> Freed:
    """What one more of one resource frees, before the gate: kept singly, so that a page left half-way goes on from there."""
    planned = _planned_week(version, request)
    wider = [_freed(version, request, one) for one in find_wider(planned.plan.task, planned.wanted, number)]
    return free_one(world_at(version), planned, number, wider=wider)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlets:
    """What one more of each would free, as far as it is planned again."""

    done: int
    of: int
    ranked: Cleared  # empty until all are done


def bottlenecks(found: WeekAnswer) -> Iterator[Outlets]:
    """Plan again with one more of each resource, one step each; nothing for who may not see the week."""
    state, request, audience = version(), found.request, found.missions.audience
    world = world_at(state)
    if not sees_week(world, audience):
        return
    of, freed, none = len(_planned_week(state, request).wanted), [], answer_bottlenecks(world, (), audience=audience)
    for number in range(of):
        yield Outlets(done=number, of=of, ranked=none)
        freed.append(_freed(state, request, number))
    yield Outlets(done=of, of=of, ranked=answer_bottlenecks(world, freed, audience=audience))


@st.cache_resource(max_entries=16, show_spinner="Looking where a team could go …")
def _team_gaps(version: str, request: TeamGapsRequest, audience: Audience) -> TeamGapsAnswer:
    return answer_team_gaps(world_at(version), request, audience=audience)


def team_gaps(request: TeamGapsRequest, audience: Audience) -> TeamGapsAnswer:
    """Where no base could send a team that keeps the rules, and what is short there."""
    return _team_gaps(version(), request, audience)


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
