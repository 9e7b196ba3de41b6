"""The Week view: which joint missions would serve most of the queue in seven days, what waits on, and for what."""

import datetime as dt
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.errors import GeoError
from geo.layers.spec import Bounds, LayerSpec
from pages._shared import data, frame, maps, show
from pages._shared.missions import asking, basket, layers, plan_words, week_words
from pages._shared.widgets import day_words

_LEAVES = "week_starts"
_CHOSEN, _TURN, _SEEN = "week_mission", "week_turn", "week_click"  # letter looked at; turn of the list; last map click
_SIDE, _MEASURE = "week-side", "week-measure"
_SIDES = {"missions": "Missions", "left": "Not served", "more": "Bottlenecks"}
_WIDTHS_PX = {"": 30, "leaves": 78, "days": 44, "from": 104, "how": 72, "requests": 66}
_FIRST_SIDE = "missions"
_ASKED = "week_asked"  # for which week it was asked what one more would free


def view(bar: DeltaGenerator, head: DeltaGenerator, day: dt.date, audience: data.Audience) -> None:
    """Show the week: its missions on the map, three numbers, and what waits on."""
    queue = data.queue(day, audience)
    if queue.requests.withheld:
        _withheld(head, day, audience)
        return
    with bar:
        starts = _starts(day)
    try:
        found = data.week(starts, day, audience)
    except GeoError as error:
        with head:
            show.headline("No week can be planned", str(error))
        show.show_map(_picture([_bases(day, audience)], day, audience), key="map-week-bare", words=frame.map_words())
        return
    with head:
        show.headline(*week_words.headline(found))
    rows = plan_words.rows_of(found.missions)
    chosen = next((row for row in rows if row["label"] == st.session_state.get(_CHOSEN)), None)
    left, right = st.columns([1.1, 1], gap="small")
    with left:
        clicked = _map(found, queue, chosen, day)
    with right:
        show.numbers(week_words.numbers(found))
        if chosen and st.session_state.get(_SIDE, _FIRST_SIDE) == _FIRST_SIDE:
            with show.card("mission"):
                week_words.mission(chosen)
                _to_plan(
                    f"Plan these {len(_ids(chosen))}" if len(_ids(chosen)) > 1 else "Plan this", _ids(chosen), chosen
                )
        with show.card("week", fill=True):
            _side(found, queue, rows)
    _take(clicked, rows)


def _starts(day: dt.date) -> dt.date:
    """First day of the week; the next Monday until somebody chooses another."""
    monday = day + dt.timedelta(days=7 - day.weekday())
    held = st.session_state.get(f"kept_{_LEAVES}", monday)
    held = monday if held < day else held
    with st.popover(f"Week from {held:%a} {day_words(held)}", icon=":material/event:"):
        chosen: dt.date = st.date_input("First of the seven days", value=held, min_value=day, key=f"{_LEAVES}-{day}")
        st.caption(f"Planned as of {day_words(day)}: escorts are asked for then.")
    st.session_state[f"kept_{_LEAVES}"] = chosen
    return chosen


def _bases(day: dt.date, audience: data.Audience) -> LayerSpec:
    return maps.bases(data.bases(day, audience).bases, day)


def _picture(drawn: list[LayerSpec | None], day: dt.date, audience: data.Audience, **more: Any) -> Any:
    return maps.picture(drawn, audience=audience, day=day, title="Missions of the week", **more)


def _map(
    found: data.WeekAnswer, queue: data.QueueAnswer, chosen: dict[str, Any] | None, day: dt.date
) -> dict[str, Any] | None:
    """Each mission a letter; requests as in the queue, those not served with a ring."""
    selected = str(chosen["label"]) if chosen else None
    rows = found.requests.frame
    left = [str(one) for one in rows.loc[~rows["served"].astype(bool), "request_id"]]
    drawn: list[LayerSpec | None] = [
        layers.week_ways(found.ways, day, selected=selected),
        layers.requests(queue.requests, day),
        layers.not_served(queue.requests, day, left),
        _bases(day, found.missions.audience),
    ]
    picture = _picture(
        drawn,
        day,
        found.missions.audience,
        bounds=_bounds(found, queue),
        selected=selected,
        method="lines are missions by letter, straight where they fly; planned for most requests",
    )
    return show.show_map(picture, key="map-week", words=frame.map_words())


def _bounds(found: data.WeekAnswer, queue: data.QueueAnswer) -> Bounds | None:
    """View that holds every mission and every request that waits."""
    spots = queue.requests.frame[["longitude", "latitude"]].dropna()
    boxes = [line.bounds for line in found.ways.frame["geometry"] if not line.is_empty]
    boxes += [(lon, lat, lon, lat) for lon, lat in spots.itertuples(index=False)]
    return layers.around(boxes)


def _take(clicked: dict[str, Any] | None, rows: list[dict[str, Any]]) -> None:
    """Look at the mission clicked on the map."""
    if not clicked or clicked.get("n") == st.session_state.get(_SEEN):
        return
    st.session_state[_SEEN] = clicked.get("n")
    if clicked.get("layer") == layers.WEEK and clicked.get("id") in {row["label"] for row in rows}:
        _look_at(str(clicked["id"]))
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1  # the list forgets its own choice
        st.rerun()


def _look_at(label: str) -> None:
    st.session_state[_CHOSEN] = label


def _ids(row: dict[str, Any]) -> list[str]:
    return str(row["request_ids"]).split("; ")


def _to_plan(label: str, request_ids: list[str], mission: dict[str, Any] | None = None) -> None:
    """A button that picks requests and leads to their alternatives, on the days of a mission where one is given."""
    st.button(label, icon=":material/route:", on_click=_plan, args=(tuple(request_ids), mission))


def _plan(request_ids: tuple[str, ...], mission: dict[str, Any] | None) -> None:
    basket.set_to(request_ids, looked_at=request_ids[0])
    if mission:
        asking.move_to(mission["departs_on"].date(), days=int(mission["days"]))
    basket.show_view("plan")


def _side(found: data.WeekAnswer, queue: data.QueueAnswer, rows: list[dict[str, Any]]) -> None:
    side = st.segmented_control(
        "Side",
        list(_SIDES),
        default=_FIRST_SIDE,
        format_func=_SIDES.__getitem__,
        key=_SIDE,
        required=True,
        label_visibility="collapsed",
    )
    if side == "left":
        week_words.left(found)
        if ids := week_words.plannable(found):
            _to_plan(f"Plan for {len(ids)} of them" if len(ids) > 1 else "Plan for it", ids)
    elif side == "more":
        _one_more(found)
        week_words.waiting(queue, key=_MEASURE)
    else:
        show.label("Click a mission, in the list or on the map, for who goes and for whom")
        _list(rows)
        show.caveat(found.notes[0], "mind")


def _list(rows: list[dict[str, Any]]) -> None:
    """Every mission; a click shows who goes and for whom."""
    if not rows:
        show.caveat("No mission of this week would serve any request; see what stands in the way.", "blind")
        return
    key = f"week-list-{st.session_state.get(_TURN, 0)}"

    def chosen() -> None:
        picked = st.session_state[key]["selection"]["rows"]
        _look_at(str(rows[picked[0]]["label"]) if picked else "")

    st.dataframe(
        week_words.listed(rows),
        key=key,
        on_select=chosen,
        selection_mode="single-row",
        hide_index=True,
        height="content",
        row_height=28,
        column_config={name: st.column_config.Column(width=width) for name, width in _WIDTHS_PX.items()},
    )


@st.fragment
def _one_more(found: data.WeekAnswer) -> None:
    """Show what one more of each would free: planned again when asked, one after the other, while the page stays as it is."""
    asked, place = (found.request, found.missions.audience), st.empty()
    if st.session_state.get(_ASKED) != asked:
        with place.container():
            clicked = st.button("What would one more free?", icon=":material/add_circle:", type="primary")
            seconds = data.settings().week.one_more_seconds
            show.label(
                f"Up to {seconds:g} s for each escort slot, flight day, post and vehicle of which one more is tried."
            )
        if not clicked:
            return
        st.session_state[_ASKED] = asked
    for step in data.bottlenecks(found):
        if step.done < step.of:
            place.progress(step.done / step.of, text=f"Planned again with one more: {step.done} of {step.of}")
            continue
        with place.container():
            week_words.freed(step.ranked, found)


def _withheld(head: DeltaGenerator, day: dt.date, audience: data.Audience) -> None:
    told = week_words.withheld_sentence()
    with head:
        show.headline("The week is not planned for this audience", told)
    left, right = st.columns([2.1, 1], gap="small")
    with left:
        show.show_map(_picture([], day, audience), key="map-week-bare", words=frame.map_words())
    with right, show.card("withheld", fill=True):
        show.caveat(told, "blind")
        show.caveat("How many requests wait stands in the queue; how many missions went, in the calendar.", "blind")
