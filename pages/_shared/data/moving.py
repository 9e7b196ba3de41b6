"""Getting there: exposure, routes, reach, and what closing bases loses."""

import streamlit as st

from geo.answers.exposure import ExposureAnswer, answer_exposure, answer_skill
from geo.answers.reach import GapsAnswer, ReachAnswer, answer_escort_radius, answer_gaps, answer_reach
from geo.answers.route import (
    RoutesAnswer,
    answer_constraints,
    answer_ends,
    answer_off_roads,
    answer_roads,
    answer_route,
)
from geo.answers.segment import SegmentAnswer, answer_segment
from geo.model import Audience, ExposureRequest, GapsRequest, ReachRequest, RouteRequest, SegmentRequest
from geo.redaction import Cleared
from pages._shared.data.opening import version, world_at


@st.cache_resource(max_entries=16, show_spinner=False)
def _exposure(version: str, request: ExposureRequest, audience: Audience) -> ExposureAnswer:
    return answer_exposure(world_at(version), request, audience=audience)


def exposure(request: ExposureRequest, audience: Audience) -> ExposureAnswer:
    """Exposure per cell."""
    return _exposure(version(), request, audience)


@st.cache_resource(max_entries=4, show_spinner="Measuring on the past …")
def _skill(version: str, audience: Audience) -> Cleared:
    return answer_skill(world_at(version), audience=audience)


def skill(audience: Audience) -> Cleared:
    """How good the exposure surface was on this workspace's own past; takes seconds."""
    return _skill(version(), audience)


@st.cache_resource(max_entries=64, show_spinner=False)
def _route(version: str, request: RouteRequest, audience: Audience) -> RoutesAnswer:
    return answer_route(world_at(version), request, audience=audience)


def route(request: RouteRequest, audience: Audience) -> RoutesAnswer:
    """Routes between two places."""
    return _route(version(), request, audience)


@st.cache_resource(max_entries=32, show_spinner=False)
def _segment(version: str, request: SegmentRequest, audience: Audience) -> SegmentAnswer:
    return answer_segment(world_at(version), request, audience=audience)


def segment(request: SegmentRequest, audience: Audience) -> SegmentAnswer:
    """The living record of one stretch of road."""
    return _segment(version(), request, audience)


@st.cache_resource(max_entries=16, show_spinner=False)
def _constraints(version: str, request: RouteRequest, audience: Audience) -> Cleared:
    return answer_constraints(world_at(version), request, audience=audience)


def constraints(request: RouteRequest, audience: Audience) -> Cleared:
    """What hinders roads on the day, in the season and for the vehicle asked."""
    return _constraints(version(), request, audience)


@st.cache_resource(max_entries=16, show_spinner=False)
def _off_roads(version: str, request: RouteRequest, audience: Audience) -> tuple[Cleared, Cleared]:
    return answer_off_roads(world_at(version), request, audience=audience)


def off_roads(request: RouteRequest, audience: Audience) -> tuple[Cleared, Cleared]:
    """Constraints and road reports in force that lie on no known road."""
    return _off_roads(version(), request, audience)


def ends(request: RouteRequest, origin: str, target: str, audience: Audience) -> Cleared:
    """The two places of a route."""
    return answer_ends(world_at(version()), request, (origin, target), audience=audience)


@st.cache_resource(max_entries=16, show_spinner=False)
def _roads(version: str, request: RouteRequest, audience: Audience) -> Cleared:
    return answer_roads(world_at(version), request, audience=audience)


def roads(request: RouteRequest, audience: Audience) -> Cleared:
    """Every road segment with exposure and passability."""
    return _roads(version(), request, audience)


@st.cache_resource(max_entries=64, show_spinner=False)
def _reach(version: str, request: ReachRequest, audience: Audience) -> ReachAnswer:
    return answer_reach(world_at(version), request, audience=audience)


def reach(request: ReachRequest, audience: Audience) -> ReachAnswer:
    """What the bases reach."""
    return _reach(version(), request, audience)


@st.cache_resource(max_entries=64, show_spinner=False)
def _gaps(version: str, request: GapsRequest, audience: Audience) -> GapsAnswer:
    return answer_gaps(world_at(version), request, audience=audience)


def gaps(request: GapsRequest, audience: Audience) -> GapsAnswer:
    """What is lost when bases close."""
    return _gaps(version(), request, audience)


@st.cache_resource(max_entries=16, show_spinner=False)
def _escort_radius(version: str, request: ReachRequest, audience: Audience) -> Cleared:
    return answer_escort_radius(world_at(version), request, audience=audience)


def escort_radius(request: ReachRequest, audience: Audience) -> Cleared:
    """Roads that convoys of each base may go to."""
    return _escort_radius(version(), request, audience)
