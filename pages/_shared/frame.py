"""The frame every page stands in: logo, style, sidebar, and the guard against frameless pages.

Streamlit would run a file of ``pages/`` on a direct link before the entry script has run once: no
audience, no sidebar. So each page calls :func:`require` first, and only ``app.py`` opens the frame.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from geo.errors import GeoError
from geo.model import Audience
from pages._shared import data, show

STATIC = Path(__file__).resolve().parents[2] / "static"
_OPEN = "piste_frame_open"
AS_OF_KEY = "asof"
AUDIENCE_NAMES = {
    Audience.PUBLIC: "Public",
    Audience.CLUSTER: "Cluster",
    Audience.TASK_FORCE: "Task force",
    Audience.CASE_TEAM: "Case team",
}


def dress() -> None:
    """Put logo and style in place."""
    st.logo(str(STATIC / "logo.svg"), icon_image=str(STATIC / "icon.svg"), size="large")
    show.style()


def sidebar() -> None:
    """Draw the two choices that rule every page: as of which day, and who may see."""
    try:
        span = data.span()
    except GeoError as error:
        st.error(str(error))
        st.stop()
    with st.sidebar:
        st.date_input(
            "As of",
            value=span.latest,
            min_value=span.first,
            max_value=max(span.latest, dt.datetime.now(tz=dt.UTC).date()) + dt.timedelta(days=730),
            key=AS_OF_KEY,
            bind="query-params",
            help="What was true on this day. Nothing after it counts.",
        )
        st.date_input(
            "Known at",
            value=None,
            min_value=span.recorded,
            max_value="today",
            key=data.KNOWN_AT_KEY,
            bind="query-params",
            help="Only what had been recorded by the end of this day (UTC). Empty: all that is known now.",
        )
        st.selectbox(
            "Audience",
            list(Audience),
            format_func=AUDIENCE_NAMES.__getitem__,
            key="audience",
            persist_state="session",
            help="Who may see this screen. What an audience may not see is never sent to the browser.",
        )


@contextmanager
def opened() -> Iterator[None]:
    """Mark that the frame has run; pages refuse to run outside it."""
    st.session_state[_OPEN] = True
    try:
        yield
    finally:
        st.session_state[_OPEN] = False


def require() -> None:
    """Stop unless ``app.py`` has opened the frame in this very run."""
    if not st.session_state.get(_OPEN, False):
        st.info("Please open Piste from its start page.")
        st.stop()


def audience() -> Audience:
    """Who may see this screen; the most redacted audience until somebody chooses."""
    return Audience(st.session_state.get("audience", Audience.PUBLIC))


def as_of() -> dt.date:
    """Return the day all pages speak about."""
    chosen = st.session_state.get(AS_OF_KEY)
    return chosen if isinstance(chosen, dt.date) else data.span().latest


def audience_name() -> str:
    """The chosen audience as people say it."""
    return AUDIENCE_NAMES[audience()].lower()


def map_words() -> show.Words:
    """Words under every map."""
    return show.Words(audience_name=audience_name())
