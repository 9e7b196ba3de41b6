"""Access: can we get there, how, in this season, and what is in the way."""

import streamlit as st

from geo.errors import GeoError
from geo.layers.palette import ROUTES
from pages._shared import charts, data, exports, frame, journey, maps, outlook, reaching, road, show, skill, widgets

frame.require()
audience, day = frame.audience(), frame.as_of()
choices = data.choices(day, audience)
if choices.journey is None:
    show.headline("No two places on a road to travel between", "Import roads, places or bases on the Data page")
    st.stop()

journey.settle()
head = st.container()
bar = st.container(horizontal=True, key="filterbar")
with bar:
    view = widgets.view({"exposure": "Exposure", "passability": "Passability", "reach": "Reach"}, key="roads")
if view == "reach":
    reaching.show_reach(bar, head, day, audience)
    st.stop()
with bar:
    asked = journey.ask(choices, day)
request = asked.request
try:
    found = data.route(request, audience)
    roads = data.roads(request, audience)
except GeoError as error:
    with head:
        show.headline("No route can be drawn", str(error))
    st.stop()
labels = outlook.picked(found)
with bar:
    exports.route_files(found, waypoints=found.waypoints)
with head:
    show.headline(*outlook.route_headline(found, asked.origin, asked.target))

clicked_road = road.chosen()
left, right = st.columns([2.1, 1], gap="small")
with right:
    journey.what_if(asked, found, audience)
    selected = None
    if clicked_road:
        road.panel(clicked_road, request, audience)
    else:
        with st.container(border=True, key="panelfront", gap=None):
            show.label(f"Exposure and hours · {found.unit}")
            charts.front(found.routes, labels=labels, colours=ROUTES)
            skill.skill_button()
        with st.container(border=True, key="panelroutes", gap=None):
            selected = outlook.route_choice(labels)
            outlook.routes_table(found, selected)
        with st.container(border=True, key="panelfill", height="stretch", gap=None):
            outlook.why_table(found, selected)
with left:
    draw = maps.road_exposure if view == "exposure" else maps.road_passability
    ends = data.ends(request, asked.origin, asked.target, audience)
    hindered = data.constraints(request, audience)
    layers = [
        draw(roads, day),
        maps.routes(found.routes, day, labels=labels, selected=selected),
        maps.constraints(hindered, day) if len(hindered.frame) else None,
        maps.ends(ends, day),
    ]
    clicked = show.show_map(
        maps.picture(
            layers,
            audience=audience,
            day=day,
            bounds=journey.view_of(asked, found, choices),
            selected=clicked_road,
            aim=journey.aim(),
            method=found.basis,
            not_drawn=outlook.not_on_roads(data.off_roads(request, audience)),
            title=f"Routes from {asked.origin} to {asked.target}",
        ),
        key="map-access",
        words=frame.map_words(),
    )
road.choose(journey.take(clicked))
