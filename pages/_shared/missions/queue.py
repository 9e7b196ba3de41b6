"""The Queue view: which requests wait, how long and for what; a person picks those to plan for."""

import datetime as dt
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.layers.spec import LayerSpec
from pages._shared import data, editing, frame, maps, show
from pages._shared.missions import basket, layers, queue_words

# Column of the queue -> heading and what it means.
_LIST = {
    "request_id": ("case", "Case code"),
    "site": ("site", "Where the children are, as reported"),
    "age_days": ("age", "Days since the alert"),
    "late_in_days": ("quarter", "Days left to the end of the incident's quarter; below 0 a verification is late"),
    "referral_in_days": (
        "referral",
        "Days left to refer the children to services; empty: referred, declined, not needed",
    ),
    "points": ("points", "Priority: click a request for its reasons"),
    "blocked_by": ("waits for", "What is recorded that it waits for"),
}
_SEEN = "mission_queue_click"


def view(bar: DeltaGenerator, head: DeltaGenerator, day: dt.date, audience: data.Audience) -> None:
    """Show the queue: map, clocks, what is waited for, and the list to pick from."""
    found = data.queue(day, audience)
    with head:
        show.headline(*queue_words.headline(found))
    basket.only_waiting(_ids(found))
    if not found.requests.withheld:
        with bar:
            _actions(found)
    left, right = st.columns([1, 1.1], gap="small")  # the list holds three clocks beside the case
    with right:
        if found.requests.withheld:
            _totals(found)
        else:
            _clocks_and_list(found)
    with left:
        clicked = show.show_map(
            maps.picture(
                _layers(found, day, audience),
                audience=audience,
                day=found.request.as_of,
                not_drawn=_not_drawn(found),
                title="Requests to verify",
                selected=basket.looked_at() or None,
            ),
            key="map-queue",
            words=frame.map_words(),
        )
    _take(clicked)


def _ids(found: data.QueueAnswer) -> list[str]:
    return [str(one) for one in found.requests.frame["request_id"]] if "request_id" in found.requests.columns else []


def _layers(found: data.QueueAnswer, day: dt.date, audience: data.Audience) -> list[LayerSpec | None]:
    bases = maps.bases(data.bases(day, audience).bases, day)
    if found.requests.withheld:
        return [bases]
    # Requests lie on top of the bases beside them: they are what a click picks.
    return [bases, layers.requests(found.requests, day), layers.picked(found.requests, day, basket.picked())]


def _not_drawn(found: data.QueueAnswer) -> tuple[str, ...]:
    if found.requests.withheld:
        return ("places of requests are withheld",)
    lost = int(found.requests.frame["longitude"].isna().sum())
    return (f"{lost} requests without a known place",) if lost else ()


def _actions(found: data.QueueAnswer) -> None:
    """Pick the oldest; see and empty the basket; plan for it."""
    ids, chosen = _ids(found), basket.picked()
    if ids and st.button("Pick the oldest", icon=":material/history:", disabled=ids[0] in chosen):
        basket.add(ids[0])
        st.rerun()
    if chosen and st.button(f"Empty: {len(chosen)} picked", icon=":material/remove_done:"):
        basket.set_to((), looked_at="")
        st.rerun()
    st.button(
        f"Plan for {len(chosen)}" if chosen else "Plan",
        icon=":material/route:",
        type="primary",
        disabled=not chosen,
        help=None if chosen else "Pick requests first: on the map, in the list, or the oldest.",
        on_click=basket.show_view,
        args=("plan",),
    )


def _totals(found: data.QueueAnswer) -> None:
    """What an audience below the task force gets: rounded numbers and why there is no more."""
    if numbers := queue_words.rounded_numbers(found):
        show.numbers(numbers)
    with show.card("waiting"):
        show.label("What they wait for, requests")
        queue_words.waiting_bars(found, "requests")
    with show.card("withheld", fill=True):
        show.caveat(
            f"Single requests, their places, days and children are withheld from the audience {frame.audience_name()}.",
            "blind",
        )
        show.caveat(found.notes[-1], "blind")


def _clocks_and_list(found: data.QueueAnswer) -> None:
    show.numbers(queue_words.clocks(found))
    row = _row(found, basket.looked_at())
    with show.card("request" if row else "waiting"):
        if row:
            queue_words.card(row)
            _buttons(str(row["request_id"]))
        else:
            _waiting(found)
    with show.card("list", fill=True):
        show.label("By priority; points order the queue and say nothing of a child's need")
        _list(found)


def _waiting(found: data.QueueAnswer) -> None:
    """What the waiting is for, in days of requests or of children."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        show.label("What the waiting is for; who waits for two counts for both")
        measure = st.segmented_control(
            "Measure",
            list(queue_words.MEASURES),
            default="request_days",
            format_func=queue_words.MEASURES.__getitem__,
            key="queue-measure",
            required=True,
            label_visibility="collapsed",
        )
    queue_words.waiting_bars(found, measure or "request_days")


def _row(found: data.QueueAnswer, request_id: str) -> dict[str, Any]:
    """What is told of a request, without what is missing."""
    rows = found.requests.frame
    chosen = rows.loc[rows["request_id"] == request_id]
    return dict(chosen.iloc[0].dropna().to_dict()) if len(chosen) else {}


def _buttons(request_id: str) -> None:
    with st.container(horizontal=True, key="requestbuttons"):
        if request_id in basket.picked():
            if st.button("Take out", icon=":material/remove:"):
                basket.drop(request_id)
                st.rerun()
        elif st.button("Pick", icon=":material/add:"):
            basket.add(request_id)
            st.rerun()
        editing.request_button(request_id)
        if st.button("Close", icon=":material/close:"):
            basket.look_at("")
            st.rerun()


def _list(found: data.QueueAnswer) -> None:
    """The requests by priority, to be ticked."""
    ranked = found.requests.frame.sort_values(["points", "age_days"], ascending=False, kind="stable")
    ids = [str(one) for one in ranked["request_id"]]
    shown = ranked[list(_LIST)].rename(columns={name: heading for name, (heading, _) in _LIST.items()})
    shown["waits for"] = [queue_words.waits_for(row) for row in ranked.to_dict("records")]
    days = {
        heading: st.column_config.NumberColumn(help=about, format="%d", width=width)
        for (heading, about), width in zip(list(_LIST.values())[2:5], (40, 54, 58), strict=True)
    }
    key = f"queue-rows-{basket.turn()}"

    def chosen() -> None:
        basket.take_from_list(ids[n] for n in st.session_state[key]["selection"]["rows"] if n < len(ids))

    st.dataframe(
        shown,
        key=key,
        hide_index=True,
        height="stretch",
        on_select=chosen,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [n for n, one in enumerate(ids) if one in basket.picked()]}},
        column_config={
            **days,
            "case": st.column_config.TextColumn(help=_LIST["request_id"][1], width=63),
            "site": st.column_config.TextColumn(help=_LIST["site"][1], width=78),
            "waits for": st.column_config.TextColumn(help=_LIST["blocked_by"][1], width=118),
            "points": st.column_config.NumberColumn(help=_LIST["points"][1], format="%.1f", width=50),
        },
        row_height=28,
        placeholder="–",
    )


def _take(clicked: dict[str, Any] | None) -> None:
    """Pick the request clicked on the map."""
    if not clicked or clicked.get("n") == st.session_state.get(_SEEN):
        return
    st.session_state[_SEEN] = clicked.get("n")
    if clicked.get("id") and clicked.get("layer") == layers.REQUESTS:
        basket.add(str(clicked["id"]))
        st.rerun()
