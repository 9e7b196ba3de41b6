"""Controls of a plan: from which base, when and how long, in what; and the question they make."""

import datetime as dt
from typing import Any

import streamlit as st

from geo.model import PlanRequest, Season
from pages._shared import data, frame
from pages._shared.missions import basket
from pages._shared.widgets import day_words

_BASE, _LEAVES, _DAYS, _SEASON, _VEHICLE = "plan_base", "plan_leaves", "plan_days", "plan_season", "plan_vehicle"
_NEAREST = "nearest few"
_DEFAULT_DAYS = 3


def move_to(first: dt.date, *, days: int | None = None) -> None:
    """Leave on another day, or be away so many days; from a callback, before the controls are drawn."""
    st.session_state[_LEAVES] = first
    if days is not None:
        st.session_state[_DAYS] = days


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


def _kept(key: str, fallback: Any) -> Any:
    """What a control held before the page or view was left; Streamlit forgets controls that are not drawn."""
    return st.session_state.setdefault(key, st.session_state.get(f"kept_{key}", fallback))


def _keep(key: str) -> Any:
    st.session_state[f"kept_{key}"] = st.session_state[key]
    return st.session_state[key]


def _base(day: dt.date) -> str:
    bases = data.bases(day, frame.audience()).bases
    named = {"": _NEAREST}
    if {"base_id", "name"} <= set(bases.columns):
        rows = bases.frame.sort_values("name")
        named |= dict(zip(rows["base_id"].astype(str), rows["name"].astype(str), strict=True))
    if _kept(_BASE, "") not in named:
        st.session_state[_BASE] = ""
    with st.popover(f"From: {named[st.session_state[_BASE]]}", icon=":material/home_pin:"):
        st.selectbox("Base", list(named), format_func=named.__getitem__, key=_BASE)
        st.caption("Without a base, the nearest few that send people, vehicles or escorts are tried.")
    return str(_keep(_BASE))


def _leaves(day: dt.date) -> dt.date:
    monday = day + dt.timedelta(days=7 - day.weekday())
    if _kept(_LEAVES, monday) < day:
        st.session_state[_LEAVES] = monday
    held: dt.date = st.session_state[_LEAVES]
    with st.popover(f"Leaves: {held:%a} {held.day} {held:%b}", icon=":material/event:"):
        last = day + dt.timedelta(days=365)
        st.date_input("Day of departure", min_value=day, max_value=max(last, held), key=_LEAVES)
        st.caption(f"Planned as of {day_words(day)}: escorts are asked for then.")
    leaves: dt.date = _keep(_LEAVES)
    return leaves


def _days(leaves: dt.date) -> int:
    most = data.settings().missions.longest_days
    held = _kept(_DAYS, min(_DEFAULT_DAYS, most))
    back = leaves + dt.timedelta(days=held - 1)
    with st.popover(f"Up to {held} day{'s' if held > 1 else ''}", icon=":material/date_range:"):
        st.radio("Longest the team may be away, days", range(1, most + 1), horizontal=True, key=_DAYS)
        st.caption(f"Back by {back:%a} {back.day} {back:%b} at the latest.")
    return int(_keep(_DAYS))


def _how(choices: data.Choices, leaves: dt.date) -> tuple[Season, str]:
    wet = leaves.month in data.settings().seasons.wet_months
    seasons = {"": f"as in {leaves:%B}: {'wet' if wet else 'dry'}", "dry": "dry", "wet": "wet"}
    vehicles = list(choices.vehicles)
    _kept(_SEASON, "")
    if _kept(_VEHICLE, vehicles[0]) not in vehicles:
        st.session_state[_VEHICLE] = vehicles[0]
    season = st.session_state[_SEASON] or ("wet" if wet else "dry")
    with st.popover(f"{st.session_state[_VEHICLE]}, {season}", icon=":material/tune:"):
        st.selectbox("Season", list(seasons), format_func=seasons.__getitem__, key=_SEASON)
        st.selectbox("Vehicle", vehicles, key=_VEHICLE)
    return Season(_keep(_SEASON) or season), str(_keep(_VEHICLE))
