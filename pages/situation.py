"""Situation: incidents, armed actors, roads and bases on one map; what changed, and where nobody looks."""

import streamlit as st

from geo.model import HexbinRequest, PresenceRequest
from pages._shared import data, frame, maps, show, story, widgets

frame.require()
audience, day = frame.audience(), frame.as_of()

head = st.container()
with st.container(horizontal=True, key="filterbar"):
    window = widgets.window()
    resolution = widgets.resolution()
found = data.hexbin(HexbinRequest(resolution=resolution, window=window), audience)
present = data.presence(PresenceRequest(as_of=day, resolution=resolution), audience)
left, right = st.columns([2.1, 1], gap="small")
with left:
    show.show_map(
        maps.picture(
            [
                maps.no_eyes(found.no_eyes, day),
                maps.incidents(found.cells, day, edges=maps.count_edges(found.cells)),
                maps.bases(data.bases(day, audience).bases, day),
                maps.actor_names(present.places, day),
            ],
            audience=audience,
            day=day,
            not_drawn=story.not_drawn(found),
            title="Incidents, armed actors, roads and bases",
        ),
        key="map-situation",
        words=frame.map_words(),
    )
# The map is on its way to the browser while the rest is worked out.
changes = data.changes(window, audience)
with head:
    show.headline(*story.incident_headline(found, changes))
with right:
    show.numbers(story.incident_numbers(found, changes))
    with st.container(border=True, key="panelactors", gap=None):
        show.label("Who leads where, in cells")
        story.leaders_table(present, most=4)
    with st.container(border=True, key="panelfill", height="stretch", gap=None):
        show.label("Change by province on the period before")
        story.changes_table(changes)
