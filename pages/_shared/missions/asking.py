"""Controls of a plan: from which base, when and how long, in what; and the question they make."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import streamlit as st

from geo.model import PlanRequest, Season
from pages._shared import data, frame
from pages._shared.missions import basket
from pages._shared.widgets import day_words

_BASE, _LEAVES, _DAYS, _SEASON, _VEHICLE = "plan_base", "plan_leaves", "plan_days", "plan_season", "plan_vehicle"
_TURN = "plan_turn"
_NEAREST = "nearest few"
_DEFAULT_DAYS, _AHEAD_DAYS = 3, 365


def move_to(first: dt.date, *, days: int | None = None) -> None:
    """Leave on another day, or be away so many days; from a callback, before the controls are drawn."""
    for name in (_BASE, _LEAVES, _DAYS, _SEASON, _VEHICLE):
        _keep(name)
    st.session_state[f"kept_{_LEAVES}"] = first
    if days is not None:
        st.session_state[f"kept_{_DAYS}"] = days
    # A control in a closed popover would answer with its old value; one with a new key cannot.
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def ask(queue: data.QueueAnswer, choices: data.Choices, day: dt.date) -> PlanRequest:
    """Draw the controls and return the question; requests most urgent first."""
    base, leaves = _base(day), _leaves(day)
    days = _days(leaves)
    season, vehicle = _how(choices, leaves)
    return PlanRequest(
        request_ids=_by_priority(queue),
        departs_on=leaves,
        days=days,
        as_of=day,
        base_id=base,
        season=season,
        vehicle=vehicle,
    )


def _by_priority(queue: data.QueueAnswer) -> tuple[str, ...]:
    rows = queue.requests.frame
    ranked = rows.sort_values(["points", "age_days"], ascending=False, kind="stable")["request_id"]
    chosen = set(basket.picked())
    return tuple(str(one) for one in ranked if one in chosen)


def _key(name: str) -> str:
    return f"{name}-{st.session_state.get(_TURN, 0)}"


def _held(name: str, fallback: Any) -> Any:
    """Value of a control before it is drawn; Streamlit forgets those of a view that was left, so each is kept."""
    return st.session_state.get(_key(name), st.session_state.get(f"kept_{name}", fallback))


def _begin(name: str, fallback: Any) -> Any:
    """Value a control begins with: that kept when it was drawn first, so that it is one control while it is drawn."""
    if _key(name) not in st.session_state:
        st.session_state[f"began_{name}"] = _held(name, fallback)
    return st.session_state[f"began_{name}"]


def _keep(name: str) -> Any:
    if _key(name) in st.session_state:
        st.session_state[f"kept_{name}"] = st.session_state[_key(name)]
    return st.session_state.get(f"kept_{name}")


def _select(label: str, options: Mapping[str, str], name: str) -> str:
    values = list(options)
    begin = _begin(name, values[0])
    at = values.index(begin) if begin in values else 0
    st.selectbox(label, values, index=at, format_func=options.__getitem__, key=_key(name))
    return str(_keep(name))


def _base(day: dt.date) -> str:
    bases = data.bases(day, frame.audience()).bases
    named = {"": _NEAREST}
    if {"base_id", "name"} <= set(bases.columns):
        rows = bases.frame.sort_values("name")
        named |= dict(zip(rows["base_id"].astype(str), rows["name"].astype(str), strict=True))
    with st.popover(f"From: {named.get(_held(_BASE, ''), _NEAREST)}", icon=":material/home_pin:"):
        chosen = _select("Base", named, _BASE)
        st.caption("Without a base, the nearest few that send people, vehicles or escorts are tried.")
    return chosen


def _leaves(day: dt.date) -> dt.date:
    monday = day + dt.timedelta(days=7 - day.weekday())
    if _held(_LEAVES, monday) < day:
        move_to(monday)  # planned on a later day than before
    held: dt.date = _held(_LEAVES, monday)
    with st.popover(f"Leaves: {held:%a} {held.day} {held:%b}", icon=":material/event:"):
        st.date_input(
            "Day of departure",
            value=_begin(_LEAVES, monday),
            min_value=day,
            max_value=day + dt.timedelta(days=_AHEAD_DAYS),
            key=_key(_LEAVES),
        )
        st.caption(f"Planned as of {day_words(day)}: escorts are asked for then.")
    leaves: dt.date = _keep(_LEAVES)
    return leaves


def _days(leaves: dt.date) -> int:
    most = data.settings().missions.longest_days
    first = min(_DEFAULT_DAYS, most)
    held = int(_held(_DAYS, first))
    back = leaves + dt.timedelta(days=held - 1)
    with st.popover(f"Up to {held} day{'s' if held > 1 else ''}", icon=":material/date_range:"):
        numbers = list(range(1, most + 1))
        begin = min(int(_begin(_DAYS, first)), most)
        label = "Longest the team may be away, days"
        st.radio(label, numbers, index=numbers.index(begin), horizontal=True, key=_key(_DAYS))
        st.caption(f"Back by {back:%a} {back.day} {back:%b} at the latest.")
    return int(_keep(_DAYS))


def _how(choices: data.Choices, leaves: dt.date) -> tuple[Season, str]:
    usual = "wet" if leaves.month in data.settings().seasons.wet_months else "dry"
    seasons = {"": f"as in {leaves:%B}: {usual}", "dry": "dry", "wet": "wet"}
    vehicles = {name: name for name in choices.vehicles}
    vehicle, season = _held(_VEHICLE, choices.vehicles[0]), _held(_SEASON, "") or usual
    with st.popover(f"{vehicle}, {season}", icon=":material/tune:"):
        season = _select("Season", seasons, _SEASON) or usual
        vehicle = _select("Vehicle", vehicles, _VEHICLE)
    return Season(season), vehicle
