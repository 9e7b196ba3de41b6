"""Controls of a journey: its two ends, picked by name or on the map, how a team goes, and what is thought closed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from geo.errors import RequestError
from geo.model import LonLat, RouteRequest, Season
from pages._shared import data, frame, outlook, show, widgets
from pages._shared.widgets import hours

ENDS = {"from": "start", "to": "goal"}
ROAD_LAYERS = ("Exposure", "Passability")  # titles of the layers whose lines are roads
_AIM, _SEEN, _CLOSED, _VIEW = "journey_aim", "journey_click", "journey_closed", "journey_view"
Bounds = tuple[float, float, float, float]
_TIMES = {"": "no time set", **{f"{hour:02d}:00": f"{hour:02d}:00" for hour in range(24)}}
_AVOID = {
    "impassable_recorded": "stretches called impassable",
    "ferry": "ferries",
    "bridge_out": "bridges out",
    "flooded": "floods",
    "checkpoint": "checkpoints",
    "mines_or_erw": "mines, ERW",
    "ambush": "ambush sites",
    "hostilities": "hostilities",
    "curfew": "curfews",
    "escort_required": "where an escort is demanded",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What the controls say."""

    origin: str  # name of a place, or its position
    target: str
    request: RouteRequest
    closed: tuple[str, ...]  # segments thought closed


def place_options(choices: data.Choices) -> dict[str, LonLat]:
    """Named places, and positions picked on the map or given in the address."""
    options = dict(choices.places)
    for end in ENDS:
        held = st.session_state.get(end) or st.query_params.get(end)
        if isinstance(held, str) and held not in options and (point := _point(held)) is not None:
            options[held] = point
    return options


def _point(text: str) -> LonLat | None:
    """Read a position as it is written in the address, longitude first."""
    try:
        lon, lat = (float(part) for part in text.split(","))
        return LonLat(lon, lat)
    except (ValueError, RequestError):
        return None


def ask(choices: data.Choices, day: dt.date) -> Journey:
    """Draw the controls and return the question they make."""
    assert choices.journey is not None
    places = place_options(choices)
    names = {name: name for name in places}
    start, goal = choices.journey
    origin = widgets.one("From", names, key="from", icon=":material/trip_origin:", first=start)
    target = widgets.one("To", names, key="to", icon=":material/location_on:", first=goal)
    if st.button("Pick", icon=":material/ads_click:", help="Then click the start and the goal on the map."):
        st.session_state[_AIM] = "from"
    how = _how(choices)
    closed = tuple(st.session_state.get(_CLOSED, ()))
    request = RouteRequest(
        origin=places[origin],
        destination=places[target],
        as_of=day,
        avoid=(*how.pop("avoid"), *(f"segment:{segment}" for segment in closed)),
        **how,
    )
    return Journey(origin=origin, target=target, request=request, closed=closed)


def _how(choices: data.Choices) -> dict[str, Any]:
    """Vehicle, escort, hours and what to keep away from."""
    held = {name: st.session_state.get(name) or st.query_params.get(name) for name in ("vehicle", "season", "leave")}
    leaves = (
        f", {held['leave']}"
        if held["leave"] and held["leave"] in _TIMES and _TIMES[held["leave"]] != _TIMES[""]
        else ""
    )
    with st.popover(
        f"How: {held['vehicle'] or choices.vehicles[0]}, {held['season'] or 'dry'}{leaves}", icon=":material/tune:"
    ):
        season = _select("Season", {"dry": "dry", "wet": "wet"}, key="season")
        chosen = _select("Vehicle", {name: name for name in choices.vehicles}, key="vehicle")
        escort = _select("Escort", {"either": "with or without", "no": "without", "yes": "with"}, key="escort")
        leave = _select("Leave at (local time)", _TIMES, key="leave")
        daylight = st.toggle("Drive by day only", value=True, key="daylight", bind="query-params", disabled=not leave)
        avoid = st.multiselect(
            "Never use",
            list(_AVOID) if _sees_constraints() else ["ferry"],
            format_func=_AVOID.__getitem__,
            key="avoid",
            bind="query-params",
            placeholder="nothing is forbidden; it costs minutes",
        )
    return {
        "season": Season(season),
        "vehicle": chosen,
        "escort": escort,
        "departs": dt.time.fromisoformat(leave) if leave else None,
        "daylight": daylight,
        "avoid": tuple(avoid),
    }


def _sees_constraints() -> bool:
    """Whether the audience may know what hinders roads, and so avoid it."""
    return frame.audience().may_see(data.settings().disclosure["constraints"]["kind"])


def _select(noun: str, options: Mapping[str, str], *, key: str) -> str:
    return str(st.selectbox(noun, list(options), format_func=options.__getitem__, key=key, bind="query-params"))


def aim() -> str:
    """What the next click on the map sets, in words; empty when it sets nothing."""
    end = st.session_state.get(_AIM, "")
    return f"Click the {ENDS[end]}" if end else ""


def take(clicked: Mapping[str, Any] | None) -> str | None:
    """Use a click: an end that was asked for is set and the page asked anew; else the road clicked is returned."""
    if not clicked:
        return None
    end = st.session_state.get(_AIM, "")
    fresh = clicked.get("n") != st.session_state.get(_SEEN)
    st.session_state[_SEEN] = clicked.get("n")
    if fresh and end and clicked.get("aim"):
        st.session_state[f"{_AIM}_point"] = (end, f"{clicked['lon']:.4f}, {clicked['lat']:.4f}")
        st.session_state[_AIM] = "to" if end == "from" else ""
        st.rerun()
    on_road = fresh and clicked.get("id") and clicked.get("layer") in ROAD_LAYERS
    return str(clicked["id"]) if on_road else None


def settle() -> None:
    """Put a picked position into its control; before the controls are drawn."""
    if picked := st.session_state.pop(f"{_AIM}_point", None):
        end, text = picked
        st.session_state[end] = text


def view_of(journey: Journey, found: data.RoutesAnswer, choices: data.Choices) -> Bounds:
    """What the map shows: both ends and the routes when places are chosen by name; else it stays where it is."""
    ends = (journey.origin, journey.target)
    held = st.session_state.get(_VIEW)
    if held is None or (held[0] != ends and all(end in choices.places for end in ends)):
        held = st.session_state[_VIEW] = (ends, outlook.around(found, journey.request))
    view: Bounds = held[1]
    return view


def think_closed(segment_id: str) -> None:
    """Close a stretch in this what-if."""
    held = tuple(st.session_state.get(_CLOSED, ()))
    st.session_state[_CLOSED] = tuple(dict.fromkeys((*held, segment_id)))


def what_if(journey: Journey, found: data.RoutesAnswer, audience: data.Audience) -> None:
    """Say what is thought closed and what that costs, and let it be opened again."""
    if not journey.closed:
        return
    with st.container(border=True, key="panelwhatif", gap=None):
        closed = f"{len(journey.closed)} stretches" if len(journey.closed) > 1 else journey.closed[0]
        show.label(f"What if {closed} closed")
        kept = tuple(word for word in journey.request.avoid if word.removeprefix("segment:") not in journey.closed)
        today = data.route(replace(journey.request, avoid=kept), audience)
        show.caveat(_cost(today, found), "mind")
        if st.button("Open again", icon=":material/undo:"):
            st.session_state[_CLOSED] = ()
            st.rerun()


def _cost(today: data.RoutesAnswer, closed: data.RoutesAnswer) -> str:
    """What the closing costs the fastest way."""
    if today.refused:
        return "There is no way today either."
    before = float(today.routes.frame["elapsed_min"].min())
    if closed.refused:
        return f"No way is left; today it takes {hours(before)}."
    after = float(closed.routes.frame["elapsed_min"].min())
    if after - before < 1:
        return f"The fastest way does not change: {hours(before)}."
    return f"The fastest way takes {hours(after)} instead of {hours(before)}: {hours(after - before)} longer."
