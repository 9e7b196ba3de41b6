"""The requests a person picked to plan for: kept for the session, across views and pages."""

from collections.abc import Iterable

import streamlit as st

_PICKED, _LOOKED_AT, _TURN = "mission_basket", "mission_looked_at", "mission_turn"
VIEW_KEY = "mission"  # of the control that switches the views of the page


def picked() -> tuple[str, ...]:
    """Requests picked, in the order they were picked."""
    return tuple(st.session_state.get(_PICKED, ()))


def looked_at() -> str:
    """Request whose card is shown; empty where none is."""
    return str(st.session_state.get(_LOOKED_AT, ""))


def turn() -> int:
    """A number that changes when the basket changed from outside the list, so that the list shows it."""
    return int(st.session_state.get(_TURN, 0))


def set_to(request_ids: Iterable[str], *, looked_at: str | None = None) -> None:
    """Pick exactly these, from outside the list."""
    st.session_state[_PICKED] = tuple(dict.fromkeys(request_ids))
    st.session_state[_TURN] = turn() + 1
    if looked_at is not None:
        look_at(looked_at)


def take_from_list(request_ids: Iterable[str]) -> None:
    """Pick exactly these, as chosen in the list; the one that is new is looked at."""
    chosen = set(request_ids)
    kept = [request for request in picked() if request in chosen]
    new = [request for request in chosen if request not in kept]
    st.session_state[_PICKED] = (*kept, *new)
    if new or looked_at() not in chosen:
        look_at(new[0] if new else "")


def add(request_id: str) -> None:
    """Pick one more and look at it."""
    set_to((*picked(), request_id), looked_at=request_id)


def drop(*request_ids: str) -> None:
    """Take requests out."""
    set_to(request for request in picked() if request not in request_ids)


def look_at(request_id: str) -> None:
    """Show the card of a request; of none where it is empty."""
    st.session_state[_LOOKED_AT] = request_id


def only_waiting(waiting: Iterable[str]) -> None:
    """Take out what does not wait on the day shown, or may not be seen any more."""
    known = set(waiting)
    if gone := [request for request in picked() if request not in known]:
        drop(*gone)
    if looked_at() not in known:
        look_at("")


def show_view(name: str) -> None:
    """Switch to a view of the page; only from a callback, before its control is drawn."""
    st.session_state[VIEW_KEY] = name
