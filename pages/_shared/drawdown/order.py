"""The Order view: in which order to close so that least is lost, and how far that is from the best there is."""

import datetime as dt
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.errors import GeoError
from geo.layers.spec import LayerSpec
from geo.model import AccessMode, ClosingRequest, Objective
from pages._shared import data, frame, maps, show, widgets
from pages._shared.drawdown import order_layers, order_panels, order_rules, order_words
from pages._shared.reaching import LIMITS, MODES

STEP_KEY = "order-step"
_NEXT, _SEEN = "order_step_next", "order_click_seen"
_OBJECTIVES = {Objective.COVER.value: "reach", Objective.MEDIAN.value: "travel time"}
_TOLD_FROM = 8  # orders as long as this tell how far they are


def view(bar: DeltaGenerator, head: DeltaGenerator, day: dt.date, audience: data.Audience) -> None:
    """Show the order: numbered bases, what each step loses beside the optimum, and what follows from it."""
    choices = data.choices(day, audience)
    with bar:
        request, fixed = _asked(choices.bases, day)
    try:
        found = _found(request, audience)
    except GeoError as error:
        with head:
            show.headline("No order can be made", str(error))
        return
    if found.order.withheld:
        _withheld(head, day, audience)
        return
    steps = len(found.order.frame)
    left, right = st.columns([1.35, 1], gap="small")
    with right:
        step = _step(found) if steps else 0
        show.numbers(order_words.numbers(found, step))
        with show.card("order", fill=True):
            extra = order_panels.show_panel(found, step, fixed, audience)
    with head:
        show.headline(*order_words.headline(found, step))
    with left:
        layers: list[LayerSpec | None] = [
            order_layers.lost(found.lost, day, step=step),
            order_layers.staying(found.bases, day, step=step, steps=steps),
            order_layers.closed(found.bases, day, step=step),
            *extra(day),
        ]
        clicked = show.show_map(
            maps.picture(
                layers,
                audience=audience,
                day=day,
                method="reach by base, order proven step by step",
                title="Bases in the order they close",
            ),
            key="map-order",
            words=frame.map_words(),
        )
    _take(clicked, found)


def _asked(bases: dict[str, str], day: dt.date) -> tuple[ClosingRequest, order_rules.Fixed]:
    """Controls of the question."""
    mode = widgets.one("Access", MODES, key="mode", icon=":material/directions_car:")
    limit = widgets.one("Limit", LIMITS, key="limit", icon=":material/timer:", first="240")
    objective = widgets.one("Keep", _OBJECTIVES, key="objective", icon=":material/balance:")
    fixed = order_rules.fixed(bases, day)
    request = ClosingRequest(
        limit_min=float(limit),
        as_of=day,
        mode=AccessMode(mode),
        keep=fixed.keep,
        forced=fixed.forced,
        objective=Objective(objective),
        season=widgets.season(),
    )
    return request, fixed


def _found(request: ClosingRequest, audience: data.Audience) -> data.ClosingAnswer:
    """The order, telling how many of its steps are proven while that takes time."""
    room = st.empty()

    def tell(done: int, steps: int) -> None:
        if steps >= _TOLD_FROM:
            room.progress(done / steps, text=f"{done} of {steps} steps proven")

    found = data.closing(request, audience, candidates=order_panels.uploaded(), progress=tell)
    room.empty()
    return found


def _withheld(head: DeltaGenerator, day: dt.date, audience: data.Audience) -> None:
    with head:
        show.headline(
            "Which base closes when is not for this audience",
            f"Bases, their order and what each reaches are withheld from the audience {frame.audience_name()}",
        )
    show.show_map(maps.picture([], audience=audience, day=day), key="map-order", words=frame.map_words())


def _step(found: data.ClosingAnswer) -> int:
    """After how many closures to look; first, where the order begins to cost."""
    rows = found.order.frame
    options = list(range(len(rows) + 1))
    costs = rows.loc[rows["loss"] > 0, "step"]
    first = int(costs.iloc[0]) if len(costs) else len(rows)
    wanted = st.session_state.pop(_NEXT, st.session_state.get(STEP_KEY, first))
    st.session_state[STEP_KEY] = min(max(int(wanted), 0), len(rows))
    names = {0: "today", **dict(zip(rows["step"].astype(int), rows["name"].astype(str), strict=True))}
    with st.container(key="orderstep"):
        return int(
            st.select_slider(
                "Closures",
                options,
                format_func=lambda number: f"{number} · {names[number]}" if number else names[0],
                key=STEP_KEY,
                label_visibility="collapsed",
            )
        )


def _take(clicked: dict[str, Any] | None, found: data.ClosingAnswer) -> None:
    """Go to the step at which the base clicked on the map closes."""
    if not clicked or clicked.get("n") == st.session_state.get(_SEEN):
        return
    st.session_state[_SEEN] = clicked.get("n")
    rows = found.order.frame
    at = rows.loc[rows["base"] == clicked.get("id"), "step"]
    if len(at):
        st.session_state[_NEXT] = int(at.iloc[0])
        st.rerun()
