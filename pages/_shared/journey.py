"""Controls of a journey: its two ends, picked by name or on the map, how a team goes, and what is thought closed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from geo.errors import RequestError
from geo.model import LonLat, RouteRequest, Season
from pages._shared import data, widgets
from pages._shared.widgets import spoken

ENDS = {"from": "start", "to": "goal"}
_AIM, _SEEN, _CLOSED = "journey_aim", "journey_click", "journey_closed"
_FIRST_LIGHT = "06:00"
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
    if st.button("Pick both", icon=":material/ads_click:", help="Then click the start and the goal on the map."):
        st.session_state[_AIM] = "from"
    season = widgets.season()
    how = _how(choices)
    closed = tuple(st.session_state.get(_CLOSED, ()))
    request = RouteRequest(
        origin=places[origin],
        destination=places[target],
        as_of=day,
        season=season,
        avoid=(*how.pop("avoid"), *(f"segment:{segment}" for segment in closed)),
        **how,
    )
    return Journey(origin=origin, target=target, request=request, closed=closed)


def _how(choices: data.Choices) -> dict[str, Any]:
    """Vehicle, escort, hours and what to keep away from."""
    vehicle = st.session_state.get("vehicle") or st.query_params.get("vehicle") or choices.vehicles[0]
    with st.popover(f"How: {vehicle}", icon=":material/tune:"):
        chosen = _select("Vehicle", {name: name for name in choices.vehicles}, key="vehicle")
        escort = _select("Escort", {"either": "with or without", "no": "without", "yes": "with"}, key="escort")
        leave = _select("Leave at (local time)", _TIMES, key="leave")
        daylight = st.toggle("Drive by day only", value=True, key="daylight", bind="query-params", disabled=not leave)
        avoid = st.multiselect(
            "Never use",
            list(_AVOID),
            format_func=_AVOID.__getitem__,
            key="avoid",
            bind="query-params",
            placeholder="nothing is forbidden; it costs minutes",
        )
    return {
        "vehicle": chosen,
        "escort": escort,
        "departs": dt.time.fromisoformat(leave) if leave else None,
        "daylight": daylight,
        "avoid": tuple(avoid),
    }


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
    return str(clicked["id"]) if clicked.get("id") else None


def settle() -> None:
    """Put a picked position into its control; before the controls are drawn."""
    if picked := st.session_state.pop(f"{_AIM}_point", None):
        end, text = picked
        st.session_state[end] = text


def think_closed(segment_id: str) -> None:
    """Close a stretch in this what-if."""
    held = tuple(st.session_state.get(_CLOSED, ()))
    st.session_state[_CLOSED] = tuple(dict.fromkeys((*held, segment_id)))


def what_if(journey: Journey) -> None:
    """Say what is thought closed, and let it be opened again."""
    if not journey.closed:
        return
    with st.container(horizontal=True, key="whatif"):
        many = f"{len(journey.closed)} stretches" if len(journey.closed) > 1 else f"stretch {journey.closed[0]}"
        st.badge(f"What if {many} closes", icon=":material/block:", color="orange")
        if st.button("Open again", icon=":material/undo:"):
            st.session_state[_CLOSED] = ()
            st.rerun()


def season_words(season: Season) -> str:
    """A season as words."""
    return f"{spoken(season.value)} season"
