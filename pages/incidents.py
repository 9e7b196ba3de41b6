"""Incidents: what happened where, where it stands out, who could have seen it, and the records behind a cell."""

import streamlit as st

from geo.errors import GeoError
from geo.model import HexbinRequest, HotspotRequest, MrmRequest, ObservationRequest
from pages._shared import charts, data, evidence, exports, frame, maps, show, story, widgets

frame.require()
audience, day = frame.audience(), frame.as_of()
choices = data.choices(day, audience)

head, leave = st.columns([8, 1], vertical_alignment="center")
with st.container(horizontal=True, key="filterbar"):
    view = widgets.view({"counts": "Counts", "hot": "Hot spots", "eyes": "Eyes"}, key="show")
    window = widgets.window()
    violations = widgets.several("Violation", choices.violations, key="violation", icon=":material/report:")
    actors = widgets.several("Actor", choices.actors, key="actor", icon=":material/groups:")
    resolution = widgets.resolution()
    more = widgets.further(
        {
            "kind": ("Kind of event", choices.event_types),
            "source": ("Source", choices.sources),
            "status": ("Verification status", choices.verifications),
            "precision": ("How well the place is known", choices.place_precisions),
        }
    )
filters = {
    "violations": violations,
    "actors": actors,
    "event_types": more.get("kind", ()),
    "sources": more.get("source", ()),
    "verifications": more.get("status", ()),
    "place_precisions": more.get("precision", ()),
}
request = HexbinRequest(resolution=resolution, window=window, **filters)
asked = HotspotRequest(resolution=resolution, months=widgets.months_of(window), end=day, **filters)
found = data.hexbin(request, audience)
bases = maps.bases(data.bases(day, audience).bases, day)
left, right = st.columns([2.1, 1], gap="small")
try:
    if view == "hot":
        hot = data.hotspots(asked, audience)
        headline, numbers = evidence.hot_headline(hot), evidence.hot_numbers(hot)
        layers = [maps.no_eyes(found.no_eyes, day), maps.hot_spots(hot.cells, day), maps.cannot_tell(hot.cells, day)]
        method = "Gi* on cells and their neighbours"
    elif view == "eyes":
        eyes = data.observation(ObservationRequest(resolution=resolution, window=window), audience)
        headline, numbers = evidence.eyes_headline(eyes), evidence.eyes_numbers(eyes)
        layers, method = [maps.watched(eyes.states, day), maps.blind(eyes.states, day)], "circles around observers"
    else:
        unfiltered = HexbinRequest(resolution=resolution, window=window)
        everything = data.hexbin(unfiltered, audience)
        months = maps.months(data.cell_months(request, audience), data.cell_months(unfiltered, audience))
        headline = story.filtered_headline(found, data.changes(window, audience))
        numbers, method = story.incident_numbers(found, None), ""
        layers = [
            maps.no_eyes(found.no_eyes, day),
            maps.incidents(found.cells, day, edges=maps.count_edges(everything.cells), months=months),
        ]
except GeoError as error:
    show.caveat(str(error), "refused")
    st.stop()

picture = maps.picture(
    [*layers, bases],
    audience=audience,
    day=day,
    method=method,
    not_drawn=story.not_drawn(found),
    title="Incidents per cell" if view == "counts" else headline[0],
)
with head:
    show.headline(*headline)
with left:
    clicked = show.show_map(picture, key="map-incidents", words=frame.map_words())
with leave:
    exports.incident_files(request, picture, headline)
cell = story.clicked_cell(clicked)
with right:
    show.numbers(numbers)
    with st.container(border=True, key="panelmonths", gap=None):
        if view == "hot":
            evidence.trend_card(data.trend(asked, cell, audience))
        elif view == "eyes":
            evidence.eyes_card(eyes)
        else:
            show.label("Incidents by month of their first day")
            charts.months(found.months)
    with st.container(border=True, key="panelfill", height="stretch", gap=None):
        if cell is None and view == "counts":
            evidence.mrm_table(data.mrm(MrmRequest(window=window), audience))
        elif view == "hot" and cell is None:
            evidence.classes_table(hot)
            evidence.assumptions(hot.statement)
        else:
            story.cell_card(found, cell)
