"""Armed actors: who leads where by dated evidence, where it is contested, and how old the evidence is."""

import streamlit as st

from geo.model import HexbinRequest, MovementRequest, PresenceRequest
from pages._shared import data, frame, maps, show, story, widgets, years

frame.require()
audience, day = frame.audience(), frame.as_of()

head = st.container()
with st.container(horizontal=True, key="filterbar"):
    resolution = widgets.resolution()
    present = data.presence(PresenceRequest(as_of=day, resolution=resolution, intervals=True), audience)
    names = story.actor_names(present)
    chosen = widgets.one("Actor", {"": "all", **names}, key="who", icon=":material/groups:", first="")
found = data.hexbin(HexbinRequest(resolution=resolution, window=widgets.to_date(day)), audience)
with head:
    show.headline(*story.presence_headline(present))

left, right = st.columns([2.1, 1], gap="small")
with left:
    show.show_map(
        maps.picture(
            [
                maps.no_eyes(found.no_eyes, day),
                maps.influence(
                    present.cells, day, colours=maps.colours_of(present.actors), names=names, only=chosen or None
                ),
                maps.bases(data.bases(day, audience).bases, day),
            ],
            audience=audience,
            day=day,
            method=story.fading_words(),
            not_drawn=("blank cells: no evidence, which is not no actor", *story.uncertain_leaders(present)),
            roads=False,
            title="Strongest actor per cell",
        ),
        key="map-actors",
        words=frame.map_words(),
    )
with right:
    if present.actors.withheld:
        with st.container(border=True, key="panelfill", height="stretch", gap=None):
            story.leaders_table(present)
    else:
        show.numbers(story.presence_numbers(present))
        if not chosen:
            with st.container(border=True, key="panelactors", gap=None):
                show.label("Cells led and contested, newest evidence")
                story.leaders_table(present, most=4)
        past = st.container(
            border=True,
            key="panelyears" if chosen else "panelfill",
            height="content" if chosen else "stretch",
            gap=None,
        )
        if chosen:
            with st.container(border=True, key="panelfill", height="stretch", gap=None):
                story.actor_card(present, chosen)
        with past:  # last: it asks the same of many days
            moved = data.movement(MovementRequest(as_of=day, resolution=resolution), audience)
            years.years_card(moved, chosen=chosen, colours=maps.colours_of(present.actors))
