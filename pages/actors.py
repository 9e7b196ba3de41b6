"""Armed actors: who leads where by dated evidence, where it is contested, and how old the evidence is."""

import streamlit as st

from geo.model import ActorRequest, HexbinRequest, MovementRequest, PresenceRequest
from pages._shared import actor_card, actors, data, frame, maps, show, story, widgets, years

frame.require()
audience, day = frame.audience(), frame.as_of()

head = st.container()
with st.container(horizontal=True, key="filterbar"):
    view = widgets.view(actors.VIEWS, key="contest")
    resolution = widgets.resolution(detailed=True)
    asked = PresenceRequest(as_of=day, resolution=resolution, known_at=data.known_at(), intervals=True)
    present = data.presence(asked, audience)
    names = actors.names_of(present)
    chosen = widgets.one("Actor", {"": "all", **names}, key="who", icon=":material/groups:", first="")
    widgets.half_years()
found = data.hexbin(HexbinRequest(resolution=resolution, window=widgets.to_date(day)), audience)
with head:
    show.headline(*actors.headline(present, view=view, only=chosen))

colours = actors.colours_of(present.actors)
past = MovementRequest(as_of=day, resolution=resolution)

left, right = st.columns([2.1, 1], gap="small")
with left:
    show.show_map(
        maps.picture(
            [
                maps.no_eyes(found.no_eyes, day),
                *actors.layers(present, day, view=view, only=chosen),
                maps.bases(data.bases(day, audience).bases, day),
            ],
            audience=audience,
            day=day,
            method=actors.fading_words(),
            not_drawn=actors.not_drawn(present),
            roads=False,
            title="Strongest actor per cell" if view == "strongest" else "Cells contested between actors",
        ),
        key="map-actors",
        words=frame.map_words(),
    )
with right:
    if present.actors.withheld:
        with st.container(border=True, key="panelfill", height="stretch", gap=None):
            story.leaders_table(present)
    elif chosen:
        told = data.actor(ActorRequest(actor_id=chosen, as_of=day, known_at=data.known_at()), audience)
        with st.container(border=True, key="panelactor", gap=None):
            actor_card.title(told)
            side = actor_card.sides()
        with st.container(border=True, key="panelfill", height="stretch", gap=None):
            if side == "years":
                years.years_card(data.movement(past, audience), chosen=chosen, colours=colours)
            else:
                actor_card.card(told, present, view=side, colours=colours)
    else:
        show.numbers(actors.numbers(present))
        with st.container(border=True, key="panelactors", gap=None):
            if view == "contested":
                show.label("Who contests whom")
                actors.contests_table(present, most=5)
            else:
                show.label("Cells led and contested, newest evidence")
                story.leaders_table(present, most=4)
        with st.container(border=True, key="panelfill", height="stretch", gap=None):
            years.years_card(data.movement(past, audience), chosen="", colours=colours)  # last: it asks many days
