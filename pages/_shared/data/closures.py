"""Closing orders and what real closures were followed by."""

import datetime as dt
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import streamlit as st

from geo.answers.closing import ClosingAnswer, answer_closing, may_order
from geo.answers.closing_ground import ClosingPlan, plan_closing
from geo.answers.closing_more import PlacesAnswer, ReplanAnswer, answer_places, answer_replan
from geo.answers.effect import EffectAnswer, answer_closed, answer_effect
from geo.drawdown.closing_order import Progress
from geo.drawdown.comparison import ClosureRequest
from geo.model import Audience, ClosingRequest
from geo.readers import read_file
from geo.redaction import Cleared
from pages._shared.data.opening import version, world_at

__all__ = ["ClosureRequest"]


@dataclass(slots=True)
class _Slot:
    """Room for one plan, so that it is made once, by whoever asks first, with that visitor's progress shown."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    plan: ClosingPlan | None = None


@st.cache_resource(max_entries=12, show_spinner=False)
def _slot(version: str, request: ClosingRequest) -> _Slot:  # noqa: ARG001 (the key)
    return _Slot()


def _plan(
    version: str, request: ClosingRequest, audience: Audience, progress: Progress | None = None
) -> ClosingPlan | None:
    """The order before the gate; never made for who may not see it. Streamlit forbids its own elements in a cache."""
    world = world_at(version)
    if not may_order(world, audience):
        return None
    slot = _slot(version, request)
    with slot.lock:
        if slot.plan is None:
            slot.plan = plan_closing(world, request, progress=progress)
        return slot.plan


@st.cache_resource(max_entries=24, show_spinner=False)
def _closing(version: str, request: ClosingRequest, audience: Audience, candidates: bytes | None) -> ClosingAnswer:
    plan = _plan(version, request, audience)
    more = None if candidates is None or plan is None else _read(candidates)
    return answer_closing(world_at(version), request, audience=audience, candidates=more, plan=plan)


def _read(candidates: bytes) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bases.csv"
        path.write_bytes(candidates)
        return read_file("bases", path).frame


def closing(
    request: ClosingRequest,
    audience: Audience,
    *,
    candidates: bytes | None = None,
    progress: Progress | None = None,
) -> ClosingAnswer:
    """In which order to close; ``candidates`` is a file as ``data/forms/bases.csv``. Takes seconds once."""
    _plan(version(), request, audience, progress)
    return _closing(version(), request, audience, candidates)


@st.cache_resource(max_entries=24, show_spinner="Planning what is left anew …")
def _replan(version: str, request: ClosingRequest, forced: tuple[str, dt.date], audience: Audience) -> ReplanAnswer:
    return answer_replan(world_at(version), _plan(version, request, audience), forced=forced, audience=audience)


def replan(request: ClosingRequest, forced: tuple[str, dt.date], audience: Audience) -> ReplanAnswer:
    """Both ways on when a base closes on a day nobody planned."""
    return _replan(version(), request, forced, audience)


@st.cache_resource(max_entries=24, show_spinner="Trying a base at each site and town …")
def _places(version: str, request: ClosingRequest, step: int, audience: Audience) -> PlacesAnswer:
    return answer_places(world_at(version), _plan(version, request, audience), step=step, audience=audience)


def places_tried(request: ClosingRequest, step: int, audience: Audience) -> PlacesAnswer:
    """Where one more partner base adds most, now, after a step, and at the end."""
    return _places(version(), request, step, audience)


@st.cache_resource(max_entries=8, show_spinner=False)
def _closed(version: str, audience: Audience) -> Cleared:
    return answer_closed(world_at(version), audience=audience)


def closed_bases(audience: Audience) -> Cleared:
    """Bases on record as closed."""
    return _closed(version(), audience)


@st.cache_resource(max_entries=24, show_spinner="Comparing with places where nothing closed …")
def _effect(version: str, request: ClosureRequest, audience: Audience) -> EffectAnswer:
    return answer_effect(world_at(version), request, audience=audience)


def effect(request: ClosureRequest, audience: Audience) -> EffectAnswer:
    """What a closure was followed by."""
    return _effect(version(), request, audience)
