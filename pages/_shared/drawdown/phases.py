"""The Phases view: what is lost when bases close, by name, with reach before and after."""

import datetime as dt

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.errors import GeoError
from geo.layers.spec import MapWords
from geo.model import AccessMode, GapsRequest
from pages._shared import data, frame, maps, outlook, show, widgets
from pages._shared.reaching import LIMITS, MODES


def view(bar: DeltaGenerator, head: DeltaGenerator, day: dt.date, audience: data.Audience) -> None:
    """Show what closing bases loses by one access mode."""
    choices = data.choices(day, audience)

    with bar:
        closing = widgets.several(
            "Close",
            tuple(choices.bases),
            key="close",
            icon=":material/do_not_disturb_on:",
            names=choices.bases,
            first=choices.closing,
        )
        mode = widgets.one("Access", MODES, key="mode", icon=":material/directions_car:")
        limit_min = float(widgets.one("Limit", LIMITS, key="limit", icon=":material/timer:", first="240"))
        season = widgets.season()
        resolution = widgets.resolution()
    if not closing:
        with head:
            show.headline(*outlook.nothing_to_close(choices.bases))
        show.show_map(maps.picture([], audience=audience, day=day), key="map-drawdown", words=frame.map_words())
        return
    request = GapsRequest(
        close=closing,
        limit_min=limit_min,
        mode=AccessMode(mode),
        as_of=day,
        season=season,
        resolution=resolution,
    )
    try:
        found = data.gaps(request, audience)
    except GeoError as error:
        with head:
            show.headline("Reach cannot be computed", str(error))
        return
    with head:
        show.headline(*outlook.gaps_headline(found, choices.bases, MODES[mode], LIMITS[f"{limit_min:.0f}"]))

    left, right = st.columns([2.1, 1], gap="small")
    with left:
        after = f"beyond {LIMITS[f'{limit_min:.0f}']}"
        show.show_map(
            maps.picture(
                [
                    maps.beyond(found.cells_before, day, label=after, side="before"),
                    maps.beyond(found.cells, day, label=after, side="after"),
                    maps.reach(found.cells_before, day, limit_min=limit_min, side="before"),
                    maps.reach(found.cells, day, limit_min=limit_min, side="after"),
                    maps.lost(found.cells, day, side="after"),
                    maps.bases(found.bases, day),
                    maps.lost_sites(found.lost, day),
                ],
                audience=audience,
                day=day,
                words=MapWords(before="Today", after="After closing"),
                method="fastest road time, legs off the road on foot",
                title="Reach before and after bases close",
            ),
            key="map-drawdown",
            words=frame.map_words(),
        )
    with right:
        show.numbers(outlook.gaps_numbers(found))
        with st.container(border=True, key="panelfill", height="stretch", gap=None):
            outlook.lost_table(found)
