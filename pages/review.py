"""Review: reports that may be one event, and names that may be several actors; a person decides."""

from typing import Literal

import streamlit as st

from geo.errors import GeoError
from pages._shared import data, frame, maps, names, review, show, widgets

QUEUE = {"likely": "same event?", "day_a": "day", "distance_km": "km", "days_apart": "days", "score": "chance"}
DONE = {"decision": "decision", "recorded_at": "when", "author": "who", "score": "chance", "reason": "why"}

frame.require()
audience, day = frame.audience(), frame.as_of()
found = data.review(audience)


def decide(handle: str, decision: Literal["same", "not_same", "withdrawn"], reason: str) -> None:
    """Store a decision and show the page anew."""
    try:
        data.decide(data.Verdict(handle=handle, decision=decision, reason=reason), audience)
    except GeoError as error:
        show.caveat(str(error), "refused")
        return
    st.rerun()


head = st.container(gap=None)
if found.queue.withheld:
    with head:
        show.headline(*review.headline(found.counts))
    left, right = st.columns([2.1, 1], gap="small")
    with left:
        show.show_map(maps.picture([], audience=audience, day=day), key="map-review", words=frame.map_words())
    with right:
        show.numbers(review.numbers(found.counts))
        show.caveat(f"The reports themselves are withheld from the audience {frame.audience_name()}.", "blind")
    st.stop()

with st.container(horizontal=True, key="filterbar"):
    view = widgets.view({"open": "To review", "done": "Decided", "names": "Names"}, key="which")
if view == "names":
    named = data.names(audience)
    with head:
        show.headline(*names.headline(named.counts))
    names.view(named, audience)
    st.stop()
with head:
    show.headline(*review.headline(found.counts))
undecided = view == "open"
table, columns = (found.queue, QUEUE) if undecided else (found.decided, DONE)
row = review.chosen_row(table, key=f"rows-{view}")
handle = str(row.get("pair" if undecided else "merge", ""))

left, right = st.columns([1, 1], gap="small")
pair = data.pair(handle, audience) if row else None
with left:
    show.show_map(
        maps.picture(
            review.layers(pair, day) if pair else [],
            audience=audience,
            day=day,
            bounds=pair.bounds if pair else None,
            method="four fields weighed",
            title="Two reports that may be one event",
        ),
        key="map-review",
        words=frame.map_words(),
    )
with right:
    if pair is not None:
        with st.container(border=True, key="panelpair", gap=None):
            show.card_title(review.title(row), above=f"{row['number'] + 1} of {len(table.frame)}")
            review.beside_table(pair, row)
            with st.form("decide", border=False, clear_on_submit=True), st.container(horizontal=True):
                reason = st.text_input(
                    "Reason", placeholder="why, for those who come after", label_visibility="collapsed"
                )
                same = undecided and st.form_submit_button("Same event", type="primary")
                apart = undecided and st.form_submit_button("Not the same")
                undo = not undecided and st.form_submit_button("Undo")
            if same or apart or undo:
                decide(handle, "same" if same else "not_same" if apart else "withdrawn", reason)
    with st.container(border=True, key="panelfill", height="stretch", gap=None):
        review.queue_table(table, key=f"rows-{view}", columns=columns)
