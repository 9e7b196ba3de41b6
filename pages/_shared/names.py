"""The Names view of the Review page: reported names that fit several actors or none for sure, and who is meant."""

from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

from geo.errors import GeoError
from geo.model import Audience
from geo.redaction import Cleared
from pages._shared import data, review, show
from pages._shared.story import DASH, count, only_row
from pages._shared.widgets import day_words, spoken

OPEN = {
    "name": "name",
    "country": "country",
    "reports": "reports",
    "candidates": "may be",
    "reason": "left open because",
}
SETTLED = {"name": "name", "country": "country", "actor": "is", "recorded_at": "when", "author": "who", "reason": "why"}
_HEIGHT_PX = 510  # of the list, so that the page fits a screen of 720 px
_FORM_PX = 110  # of the form above the settled names
NONE = ""  # the id that stands for none of the actors on record
NONE_WORDS = "none of the actors on record"
_MEANT = {"none": NONE_WORDS, "gone": "an actor no longer on record"}


def headline(counts: Cleared) -> tuple[str, str]:
    """Say how many names wait for a person."""
    row = only_row(counts)
    subtitle = "Reports whose actor is told by source id, or by name, place and days, are not asked about"
    if not row["open"]:
        return "No reported name waits for a person", subtitle
    one = row["open"] == 1
    names = f"{count(row['open'])} reported {'name fits' if one else 'names fit'}"
    return f"{names} several actors, or none for sure; {count(row['settled'])} settled", subtitle


def view(found: data.NamesAnswer, audience: Audience) -> None:
    """Show names to settle, the actors the chosen one may mean, and what was settled."""
    row = _chosen(found.names, key="rows-names")
    left, right = st.columns([1, 1], gap="small")
    with left, show.card("names"):
        show.label("To settle")
        review.queue_table(found.names, key="rows-names", columns=OPEN, height=_HEIGHT_PX)
    with right:
        if row:
            with show.card("name"):
                _candidates(found, row, audience)
        with show.card("settled", fill=bool(row)):
            _settled(found, audience, height="stretch" if row else _HEIGHT_PX - _FORM_PX)


def _chosen(table: Cleared, *, key: str) -> dict[str, Any]:
    """The row a person chose, or the first, without its missing values; empty where there is none."""
    row = review.chosen_row(table, key=key)
    return table.frame.iloc[row["number"]].dropna().to_dict() if row else {}


def title(row: Mapping[str, Any]) -> str:
    """Say which name is asked about: spelling, country, number and days of its reports; what is not told is no key."""
    where = f" in {row['country']}" if row["country"] else ""
    told = f": {count(row['reports'])} report{'s' if row['reports'] != 1 else ''}" if "reports" in row else ""
    days = f", {day_words(row['first_day'])} to {day_words(row['last_day'])}" if "first_day" in row else ""
    return f"“{row['name']}”{where}{told}{days}"


def _candidates(found: data.NamesAnswer, row: Mapping[str, Any], audience: Audience) -> None:
    """Actors a name may mean beside each other, and the form that settles which."""
    show.card_title(title(row), above=f"Left open: {row['reason']}")
    actors = found.candidates.frame
    actors = actors.loc[actors["handle"] == row["handle"]] if len(actors) else actors
    records = {str(one["actor_id"]): one.dropna().to_dict() for _, one in actors.iterrows()}
    if records:
        header = ("actor", "kind", "country", "days", "also called")
        show.rows_table([_record(one) for one in records.values()], header=header)
    handle = str(row["handle"])
    words = {**{actor_id: str(one["name"]) for actor_id, one in records.items()}, NONE: NONE_WORDS}
    with st.form(f"settle-{handle}", border=False), st.container(horizontal=True):
        meant = st.selectbox(
            "Actor meant",
            list(words),
            index=None,
            format_func=words.__getitem__,
            placeholder="which actor is meant",
            label_visibility="collapsed",
            key=f"meant-{handle}",
        )
        reason = _reason(f"why-{handle}")
        pressed = st.form_submit_button("Settle", type="primary")
    if not row["country"]:
        show.caveat("The reports name no country: what is settled here holds for reports of all countries.")
    if pressed and meant is None:
        show.caveat("choose which actor is meant, or none of them", "refused")
    elif pressed:
        _store(data.NameDecision(handle=handle, actor_id=str(meant), reason=reason), audience)


def _record(actor: Mapping[str, Any]) -> tuple[str, ...]:
    """One candidate as a row of words."""
    began = f"from {day_words(actor['valid_from'])}" if "valid_from" in actor else ""
    ceased = f"to {day_words(actor['valid_to'])}" if "valid_to" in actor else ""
    days, aliases = f"{began} {ceased}".strip() or "always", str(actor.get("aliases", "")).replace(";", ", ")
    return str(actor["name"]), spoken(str(actor["actor_type"])), str(actor.get("country", DASH)), days, aliases


def _settled(found: data.NamesAnswer, audience: Audience, *, height: int | Literal["stretch"]) -> None:
    """Settled names, newest first, and the form that takes the chosen one back."""
    show.label("Settled")
    row = _chosen(found.settled, key="rows-settled")
    if not row:
        show.caveat("No name is settled yet.", "blind")
        return
    handle, meant = str(row["handle"]), _MEANT.get(str(row["meant"]), str(row.get("actor", "")))
    with st.form(f"undo-{handle}", border=False), st.container(horizontal=True):
        reason = _reason(f"undo-why-{handle}")
        pressed = st.form_submit_button("Undo")
    if pressed:
        _store(data.NameDecision(handle=handle, reason=reason, withdrawn=True), audience)
    show.caveat(f"Undo frees “{row['name']}”, settled as {meant}.", "blind")
    review.queue_table(found.settled, key="rows-settled", columns=SETTLED, height=height)


def _reason(key: str) -> str:
    return st.text_input("Reason", key=key, placeholder="why, for those who come after", label_visibility="collapsed")


def _store(decision: data.NameDecision, audience: Audience) -> None:
    """Store a decision and show the page anew."""
    try:
        data.settle(decision, audience)
    except GeoError as error:
        show.caveat(str(error), "refused")
        return
    st.rerun()
