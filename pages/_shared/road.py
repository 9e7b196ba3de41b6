"""The road clicked on the map: its card instead of the routes, and what would be if it closed."""

import streamlit as st

from geo.errors import GeoError
from geo.model import RouteRequest, SegmentRequest
from pages._shared import data, journey, segment_card, show

_CHOSEN = "road_chosen"


def chosen() -> str | None:
    """Segment whose card is shown."""
    held = st.session_state.get(_CHOSEN)
    return str(held) if held else None


def choose(segment_id: str | None) -> None:
    """Show the card of a segment just clicked."""
    if segment_id and segment_id != chosen():
        st.session_state[_CHOSEN] = segment_id
        st.rerun()


def panel(segment_id: str, request: RouteRequest, audience: data.Audience) -> None:
    """The card of a segment, its forms, and the way back to the routes."""
    asked = SegmentRequest(segment_id=segment_id, as_of=request.as_of, season=request.season, vehicle=request.vehicle)
    with st.container(border=True, key="panelfill", height="stretch", gap=None):
        with st.container(horizontal=True, key="roadactions"):
            if st.button("Routes", icon=":material/arrow_back:"):
                st.session_state[_CHOSEN] = None
                st.rerun()
            if f"segment:{segment_id}" not in request.avoid and st.button("What if it closes", icon=":material/block:"):
                journey.think_closed(segment_id)
                st.rerun()
        try:
            told = data.segment(asked, audience)
        except GeoError as error:
            show.caveat(str(error), "refused")
            return
        segment_card.title(told)
        segment_card.card(told, view=segment_card.sides(), day=request.as_of)
