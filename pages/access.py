"""Access: alternatives from one place to another, with time, exposure and the reasons behind each stretch."""

import streamlit as st

from geo.errors import GeoError
from geo.layers.palette import ROUTES
from geo.model import RouteRequest
from pages._shared import charts, data, frame, maps, outlook, show, skill, widgets

frame.require()
audience, day = frame.audience(), frame.as_of()
choices = data.choices(day, audience)
places = {name: name for name in choices.places}
if choices.journey is None:
    show.headline("No two places on a road to travel between", "Import roads, places or bases on the Data page")
    st.stop()

head = st.container()
with st.container(horizontal=True, key="filterbar"):
    start, goal = choices.journey
    origin = widgets.one("From", places, key="from", icon=":material/trip_origin:", first=start)
    target = widgets.one("To", places, key="to", icon=":material/location_on:", first=goal)
    vehicle = widgets.one("Vehicle", {v: v for v in choices.vehicles}, key="vehicle", icon=":material/directions_car:")
    season = widgets.season()
    escort = widgets.one(
        "Escort", {"either": "either", "no": "without", "yes": "with"}, key="escort", icon=":material/shield:"
    )
    view = widgets.view({"exposure": "Exposure", "passability": "Passability"}, key="roads")
request = RouteRequest(
    origin=choices.places[origin],
    destination=choices.places[target],
    as_of=day,
    season=season,
    vehicle=vehicle,
    escort=escort,
)
try:
    found = data.route(request, audience)
    roads = data.roads(request, audience)
except GeoError as error:
    show.headline("No route can be drawn", str(error))
    st.stop()
labels = outlook.picked(found)
with head:
    show.headline(*outlook.route_headline(found, origin, target))

left, right = st.columns([2.1, 1], gap="small")
with right:
    with st.container(border=True, key="panelfront", gap=None):
        show.label(f"Exposure and hours · {found.unit}")
        charts.front(found.routes, labels=labels, colours=ROUTES)
        skill.skill_button()
    with st.container(border=True, key="panelroutes", gap=None):
        selected = (
            st.radio("Route", labels, horizontal=True, key="route", bind="query-params", label_visibility="collapsed")
            if labels
            else None
        )
        outlook.routes_table(found, selected)
    with st.container(border=True, key="panelfill", height="stretch", gap=None):
        outlook.why_table(found, selected)
with left:
    draw = maps.road_exposure if view == "exposure" else maps.road_passability
    ends = data.ends(request, origin, target, audience)
    show.show_map(
        maps.picture(
            [draw(roads, day), maps.routes(found.routes, day, labels=labels, selected=selected), maps.ends(ends, day)],
            audience=audience,
            day=day,
            bounds=outlook.around(found, request),
            method="relative and dated, decided by a person",
            title=f"Routes from {origin} to {target}",
        ),
        key="map-access",
        words=frame.map_words(),
    )
