"""What came of each stop of a mission: the form that feeds the clocks of the requests and the record of the roads."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from geo.errors import GeoError
from geo.schema import VISIT_OUTCOMES, VISIT_REASONS
from pages._shared import data, frame, show
from pages._shared.missions import plan_words
from pages._shared.widgets import spoken

_ASKED = "results_of"
_NOT_TOLD, _NO_REASON = "not told", "–"
_OPEN = ("signed", "under_way", "done")  # missions that may have results


def button(row: Mapping[str, Any], order: data.OrderAnswer | None) -> None:
    """Open the form of a mission; none for one that is a draft, was cancelled, or whose requests may not be seen."""
    if row.get("status") not in _OPEN or not row.get("request_ids"):
        return
    if st.button("Tell results", icon=":material/fact_check:"):
        st.session_state[_ASKED] = (dict(row), _stops(row, order))
        _dialog()


def _stops(row: Mapping[str, Any], order: data.OrderAnswer | None) -> list[tuple[str, str, str, dt.date]]:
    """Request, site, its name and the day planned, for each request of a mission, in the order of its stops."""
    planned = (
        {}
        if order is None
        else {
            request: (str(stop["site_id"]), str(stop["site"]), stop["day"].date())
            for stop in plan_words.rows_of(order.tables["mission_stops"])
            for request in str(stop["request_ids"]).split(", ")
        }
    )
    asked = [part for part in str(row["request_ids"]).split(";") if part]
    first = row["departs_on"].date()
    return [
        (request, *planned[request]) if request in planned else (request, _site(request), "", first)
        for request in [*planned, *(one for one in asked if one not in planned)]
    ]


def _site(request_id: str) -> str:
    """Site on the record of a request."""
    rows = plan_words.rows_of(data.form("requests", request_id, frame.audience()).record)
    return str(rows[0].get("site_id", "")) if rows else ""


@st.dialog("What came of it", width="large")
def _dialog() -> None:
    row, stops = st.session_state[_ASKED]
    show.label("A result never changes a referral to services. That a stop was not reached proves nothing of the road.")
    with st.form("results", border=False):
        told = [_one(*stop) for stop in stops]
        source = st.text_input("Told by", placeholder="organisation or role; never a person's name")
        reason = st.text_input("Reason", value="results of the mission", placeholder="why, for those who come after")
        pressed = st.form_submit_button("Store results", type="primary")
    if pressed:
        _store(row, told, source, reason)


def _one(request_id: str, site_id: str, site: str, day: dt.date) -> dict[str, Any]:
    """Controls of one request."""
    show.label(f"{request_id}{f', {site}' if site else ''}")
    columns = st.columns([1.2, 1.2, 1, 0.7, 0.7])
    with columns[0]:
        outcome = st.selectbox("Outcome", [_NOT_TOLD, *VISIT_OUTCOMES], format_func=spoken, key=f"outcome-{request_id}")
    with columns[1]:
        why = st.selectbox(
            "Why not verified", [_NO_REASON, *VISIT_REASONS], format_func=spoken, key=f"why-{request_id}"
        )
    with columns[2]:
        visited = st.date_input("Day", value=day, key=f"day-{request_id}")
    with columns[3]:
        girls = st.number_input("Girls", min_value=0, value=None, step=1, key=f"girls-{request_id}")
    with columns[4]:
        boys = st.number_input("Boys", min_value=0, value=None, step=1, key=f"boys-{request_id}")
    return {
        "request_id": request_id,
        "site_id": site_id,
        "visited_on": visited,
        "outcome": outcome,
        "not_verified_because": "" if why == _NO_REASON else why,
        "girls": girls,
        "boys": boys,
    }


def _store(row: Mapping[str, Any], told: Sequence[dict[str, Any]], source: str, reason: str) -> None:
    """Store what was told of at least one stop; nothing where one of them cannot be."""
    try:
        results = tuple(data.Result(**one) for one in told if one["outcome"] != _NOT_TOLD)
        request = data.ResultsRequest(
            mission_id=str(row["mission_id"]),
            results=results,
            source=source.strip(),
            reason=reason.strip(),
            version=int(row["version"]),
        )
        data.tell_results(request, frame.audience())
    except GeoError as error:
        show.caveat(str(error), "refused")
        return
    st.rerun()
