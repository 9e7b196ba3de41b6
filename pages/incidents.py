"""Incidents: what happened where, how well it is placed, and the records behind a cell."""

import streamlit as st

from geo.model import HexbinRequest
from pages._shared import charts, data, exports, frame, maps, show, story, widgets

frame.require()
audience, day = frame.audience(), frame.as_of()
choices = data.choices(day, audience)

head = st.container()
with st.container(horizontal=True, key="filterbar"):
    window = widgets.window()
    violations = widgets.several("Violation", choices.violations, key="violation", icon=":material/report:")
    event_types = widgets.several("Kind", choices.event_types, key="kind", icon=":material/category:")
    actors = widgets.several("Actor", choices.actors, key="actor", icon=":material/groups:")
    resolution = widgets.resolution()
    more = widgets.further(
        {
            "source": ("Source", choices.sources),
            "status": ("Verification status", choices.verifications),
            "precision": ("How well the place is known", choices.place_precisions),
        }
    )
    leave = st.container()
request = HexbinRequest(
    resolution=resolution,
    window=window,
    violations=violations,
    event_types=event_types,
    actors=actors,
    sources=more.get("source", ()),
    verifications=more.get("status", ()),
    place_precisions=more.get("precision", ()),
)
found = data.hexbin(request, audience)
everything = data.hexbin(HexbinRequest(resolution=resolution, window=window), audience)
changes = data.changes(window, audience)
headline = story.filtered_headline(found, changes)
with head:
    show.headline(*headline)

left, right = st.columns([2.1, 1], gap="small")
picture = maps.picture(
    [
        maps.no_eyes(found.no_eyes, day),
        maps.incidents(found.cells, day, edges=maps.count_edges(everything.cells)),
        maps.bases(data.bases(day, audience).bases, day),
    ],
    audience=audience,
    day=day,
    not_drawn=story.not_drawn(found),
    title="Incidents per cell",
)
with left:
    clicked = show.show_map(picture, key="map-incidents", words=frame.map_words())
with leave:
    exports.incident_files(request, picture, headline)
with right:
    show.numbers(story.incident_numbers(found, None))
    with st.container(border=True, key="panelmonths", gap=None):
        show.label("Incidents by month of their first day")
        charts.months(found.months)
    with st.container(border=True, key="panelfill", height="stretch", gap=None):
        story.cell_card(found, clicked)
