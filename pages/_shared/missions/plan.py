"""The Plan view: ways to serve the requests picked, side by side; a person looks, mends, and signs one."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.errors import GeoError
from geo.layers.spec import Bounds, LayerSpec
from pages._shared import data, frame, maps, show
from pages._shared.missions import asking, basket, files, layers, mending, mission_card, plan_words, signing

_LETTER = "plan_letter"  # of the control
_CHOSEN, _OFFERED = "plan_chosen", "plan_offered"  # way looked at, and those there were when the control was drawn
_SEEN, _CLICKED = "plan_click", "plan_clicked"  # last click on the map, and the letter it chose
_SIDES = {"days": "Days", "team": "Team", "out": "Left out"}
_SIDE = "plan-side"


def view(bar: DeltaGenerator, head: DeltaGenerator, day: dt.date, audience: data.Audience) -> None:
    """Show alternatives for the basket; after a signature the mission that was signed."""
    queue = data.queue(day, audience)
    if queue.requests.withheld:
        _withheld(bar, head, day, audience)
        return
    if signed := signing.signed():
        mission_card.signed_view(bar, head, signed, day, audience)
        return
    basket.only_waiting(str(one) for one in queue.requests.frame["request_id"])
    if not basket.picked():
        _empty(head, bar, queue, day, audience)
        return
    try:
        with bar:
            request = asking.ask(queue, data.choices(day, audience), day)
        found = data.plan(request, audience)
    except GeoError as error:
        with head:
            show.headline("No plan can be made", str(error))
        _bare_map(queue, day, audience)
        return
    with head:
        show.headline(*plan_words.headline(found))
    _alternatives(found, queue, day)


def _alternatives(found: data.PlanAnswer, queue: data.QueueAnswer, day: dt.date) -> None:
    """Map on the left, the alternatives and the one looked at on the right."""
    plans = plan_words.rows_of(found.plans)
    left, right = st.columns([1.1, 1], gap="small")
    chosen: dict[str, Any] = {}
    with right:
        if plans:
            with show.card("routes"):
                # Not in the filter bar: a second row of it would push the page out of a laptop's window.
                with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                    chosen = _choice(plans)
                    with st.container(horizontal=True, width="content"):
                        signing.sign_button(found, chosen)
                        files.menu(None)
                plan_words.alternatives(found, chosen["label"])
                show.label(f"Exposure: {found.unit}. Notice: checkpoints' worth.")
                plan_words.no_discreet(found)
        with show.card("plan", fill=True):
            _one(found, chosen)
    with left:
        clicked = show.show_map(
            maps.picture(
                _layers(found, queue, chosen, day),
                audience=found.plans.audience,
                day=day,
                bounds=_bounds(found, queue),
                selected=str(chosen.get("label", "")) or None,
                method="ways on a front of time, exposure and notice",
                title="Alternatives for the requests picked",
            ),
            key="map-plan",
            words=frame.map_words(),
        )
    _take(clicked, plans)


def _choice(plans: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Let a person look at one plan; the same way as before where there still is one, else the first with a team."""
    labels = [str(plan["label"]) for plan in plans]
    ways = [_way(plan) for plan in plans]
    if st.session_state.get(_OFFERED) != ways or st.session_state.get(_LETTER) not in labels:
        held = st.session_state.get(_CHOSEN)
        ready = [not plan.get("breaches") for plan in plans]
        at = ways.index(held) if held in ways else ready.index(True) if any(ready) else 0
        st.session_state[_OFFERED], st.session_state[_LETTER] = ways, labels[at]
    if clicked := st.session_state.pop(_CLICKED, ""):
        st.session_state[_LETTER] = clicked
    picked = st.radio("Alternative", labels, horizontal=True, label_visibility="collapsed", key=_LETTER)
    plan = plans[labels.index(str(picked))]
    st.session_state[_CHOSEN] = _way(plan)
    return plan


def _way(plan: dict[str, Any]) -> tuple[str, ...]:
    return str(plan["mode"]), str(plan["base_id"]), f"{plan['time_min']:.0f}"


def _one(found: data.PlanAnswer, plan: dict[str, Any]) -> None:
    """The plan looked at: what it lacks, its days, team, and what it leaves out."""
    if not plan:
        plan_words.left_out(found, {"label": ""})
        return
    if plan.get("breaches"):
        plan_words.shortage(plan)
        mending.buttons(found, plan)
    side = st.segmented_control(
        "Side",
        list(_SIDES),
        default="days",
        format_func=_SIDES.__getitem__,
        key=_SIDE,
        required=True,
        label_visibility="collapsed",
    )
    tell = {"days": plan_words.days_and_legs, "team": plan_words.team, "out": plan_words.left_out}
    tell[side or "days"](found, plan)


def _layers(
    found: data.PlanAnswer, queue: data.QueueAnswer, chosen: dict[str, Any], day: dt.date
) -> list[LayerSpec | None]:
    labels = [str(one) for one in found.plans.frame["label"]]
    selected = str(chosen.get("label", ""))
    served = set(str(chosen.get("request_ids", "")).split("; "))
    left_out = [request for request in basket.picked() if request not in served]  # stops have a sign of their own
    return [
        layers.ways(found.ways, day, labels=labels, selected=selected),
        maps.bases(data.bases(day, found.plans.audience).bases, day),
        layers.picked(queue.requests, day, left_out),
        *([layers.stops(found.visits, day, selected=selected)] if selected else []),
    ]


def _bounds(found: data.PlanAnswer, queue: data.QueueAnswer) -> Bounds | None:
    """View that holds every way and every request picked."""
    rows = queue.requests.frame
    spots = rows.loc[rows["request_id"].isin(basket.picked()), ["longitude", "latitude"]].dropna()
    boxes = [*found.ways.frame["geometry"].map(lambda line: line.bounds)] if len(found.ways.frame) else []
    boxes += [(lon, lat, lon, lat) for lon, lat in spots.itertuples(index=False)]
    return layers.around(boxes)


def _take(clicked: dict[str, Any] | None, plans: Sequence[dict[str, Any]]) -> None:
    """Look at the way clicked on the map."""
    if not clicked or clicked.get("n") == st.session_state.get(_SEEN):
        return
    st.session_state[_SEEN] = clicked.get("n")
    same = [plan for plan in plans if plan["label"] == clicked.get("id")]
    if clicked.get("layer") == layers.WAYS and same:
        st.session_state[_CLICKED] = same[0]["label"]
        st.rerun()


def _bare_map(queue: data.QueueAnswer, day: dt.date, audience: data.Audience) -> None:
    drawn = (
        []
        if queue.requests.withheld
        else [layers.requests(queue.requests, day), layers.picked(queue.requests, day, basket.picked())]
    )
    show.show_map(
        maps.picture([*drawn, maps.bases(data.bases(day, audience).bases, day)], audience=audience, day=day),
        key="map-plan-bare",
        words=frame.map_words(),
    )


def _empty(
    head: DeltaGenerator, bar: DeltaGenerator, queue: data.QueueAnswer, day: dt.date, audience: data.Audience
) -> None:
    with head:
        show.headline("Pick requests to plan for", "On the map or in the list of the queue; or begin with the oldest")
    oldest = str(queue.requests.frame["request_id"].iloc[0]) if len(queue.requests.frame) else ""
    with bar:
        if oldest and st.button("Pick the oldest", icon=":material/history:"):
            basket.add(oldest)
            st.rerun()
        st.button("To the queue", icon=":material/list:", type="primary", on_click=basket.show_view, args=("queue",))
    _bare_map(queue, day, audience)


def _withheld(bar: DeltaGenerator, head: DeltaGenerator, day: dt.date, audience: data.Audience) -> None:
    with head:
        show.headline("Plans are not for this audience", plan_words.withheld_sentence())
    with bar:
        files.menu(None)
    left, right = st.columns([2.1, 1], gap="small")
    with left:
        show.show_map(maps.picture([], audience=audience, day=day), key="map-plan-bare", words=frame.map_words())
    with right, show.card("withheld", fill=True):
        show.caveat(plan_words.withheld_sentence(), "blind")
        show.caveat("How many requests wait stands in the queue; how many missions went, in the calendar.", "blind")
