"""The No team view: sites to which no base could send a team that keeps the rules, whatever the day, and what is short."""

import datetime as dt
from collections import Counter
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.errors import GeoError
from geo.missions.team_gaps import DISTRICT, HERE, TOO_FAR
from geo.model import AccessMode, Season
from pages._shared import data, frame, maps, show, widgets
from pages._shared.missions import layers, plan_words
from pages._shared.reaching import LIMITS
from pages._shared.story import count
from pages._shared.widgets import hours, spoken

_MODES = {AccessMode.UNESCORTED.value: "alone", AccessMode.ESCORTED.value: "escorted", AccessMode.AIR.value: "by air"}
_SHORT = {
    TOO_FAR: "no base reaches it within the limit",
    "woman": "no woman to send",
    "woman_interviewer": "no trained woman interviewer",
    "interviewer": "no trained interviewer",
    "language": "nobody who speaks the language",
    "un_staff": "no UN staff member",
    "somebody": "no post at all",
    "local_staff": "no post of a local partner",
    "people": "the team would be too large",
    "vehicle": "no vehicle",
    "driver": "no driver",
    "met": "a team could go",
}
_MOST_REASONS = 6


def view(bar: DeltaGenerator, head: DeltaGenerator, day: dt.date, audience: data.Audience) -> None:
    """Show the sites, the reasons, and how many can be visited by no way at all."""
    with bar:
        mode = widgets.one("Goes", _MODES, key="gapmode", icon=":material/directions_car:")
        limit = widgets.one("Limit", LIMITS, key="gaplimit", icon=":material/timer:", first="360")
    wet = day.month in data.settings().seasons.wet_months
    ways = {
        way: data.TeamGapsRequest(
            as_of=day, limit_min=float(limit), mode=AccessMode(way), season=Season.WET if wet else Season.DRY
        )
        for way in _MODES
    }
    try:
        found = data.team_gaps(ways[mode], audience)
        if not found.sites.withheld:
            each = [data.team_gaps(one, audience) for one in ways.values()]
    except GeoError as error:
        with head:
            show.headline("Where a team could go is not known", str(error))
        return
    subtitle = f"{LIMITS[limit]} one way at most, {_MODES[mode]}, in the {'wet' if wet else 'dry'} season · a visit with girls to interview"
    if found.sites.withheld:
        _withheld(head, found, day, subtitle)
        return
    rows = plan_words.rows_of(found.sites)
    unmet = [row for row in rows if not row["met"]]
    with head:
        show.headline(_headline(len(unmet), len(rows)), subtitle)
    left, right = st.columns([1.1, 1], gap="small")
    with left:
        _map(found, day)
    with right:
        show.numbers(_numbers(unmet, each, LIMITS[limit]))
        with show.card("reasons"):
            show.label("What is short, sites; one may lack several")
            show.bars(_reasons(unmet))
            show.caveat(_basis(rows), "mind")
        with show.card("sites", fill=True):
            _list(unmet)


def _headline(unmet: int, sites: int) -> str:
    if not sites:
        return "No site is on record"
    if not unmet:
        return f"A team that keeps the rules could be sent to each of the {count(sites)} sites"
    return f"To {count(unmet)} of {count(sites)} sites no base could send a team that keeps the rules"


def _numbers(unmet: list[dict[str, Any]], each: list[data.TeamGapsAnswer], limit: str) -> list[show.Number]:
    far = sum(row["short"] == TOO_FAR for row in unmet)
    never = set.intersection(*(set(one.sites.frame.loc[~one.sites.frame["met"], "site_id"]) for one in each))
    return [
        show.Number(value=f"{count(len(unmet) - far)}", about="sites reached, but no\nteam keeps the rules"),
        show.Number(value=count(far), about=f"no base reaches\nwithin {limit}"),
        show.Number(value=count(len(never)), about="neither alone, escorted\nnor by air"),
    ]


def _reasons(unmet: list[dict[str, Any]]) -> dict[str, float]:
    """Sites by each thing that is short, the most frequent first."""
    told = Counter(word for row in unmet for word in str(row["short"]).split(";"))
    return {_SHORT.get(word, spoken(word)): float(number) for word, number in told.most_common(_MOST_REASONS)}


def _basis(rows: list[dict[str, Any]]) -> str:
    basis = Counter(str(row["languages_basis"]) for row in rows)
    known = basis[HERE] + basis[DISTRICT]
    return (
        "Who is absent or booked counts as there. The language to speak is known, from requests, at "
        f"{count(known)} of {count(len(rows))} sites; elsewhere none is asked for."
    )


def _list(unmet: list[dict[str, Any]]) -> None:
    """Each site with what is short there and the base that lacks least."""
    show.label("Sites without a team, by district, and what the base that lacks least lacks")
    ranked = sorted(unmet, key=lambda row: (str(row.get("district", "")), str(row["site"])))
    # A table of lines that break, however long: a grid would cut the reason off.
    told = [(show.Lines(first=str(row["site"]), below=_where(row)), row["because"]) for row in ranked]
    show.rows_table(told, header=("site", "what is short"))


def _where(row: dict[str, Any]) -> str:
    """District, and the time from the base that lacks least."""
    time = "" if row["short"] == TOO_FAR else hours(row["time_min"])
    return " · ".join(filter(None, [str(row.get("district") or ""), time]))


def _map(found: data.TeamGapsAnswer, day: dt.date) -> None:
    audience = found.sites.audience
    show.show_map(
        maps.picture(
            [layers.no_team(found.sites, day), maps.bases(data.bases(day, audience).bases, day)],
            audience=audience,
            day=day,
            method="all posts and vehicles on record against the team rules",
            not_drawn=(f"{count(int(found.sites.frame['met'].sum()))} sites a team could go to",),
            title="Where no team can go",
        ),
        key="map-noteam",
        words=frame.map_words(),
    )


def _withheld(head: DeltaGenerator, found: data.TeamGapsAnswer, day: dt.date, subtitle: str) -> None:
    """How many sites by reason, where even that may be told."""
    told = (
        f"Single sites are withheld from the audience {frame.audience_name()}: a base within reach gives itself away."
    )
    with head:
        show.headline("Where no team can go is not for this audience", subtitle)
    left, right = st.columns([2.1, 1], gap="small")
    with left:
        show.show_map(
            maps.picture([], audience=found.sites.audience, day=day), key="map-noteam-bare", words=frame.map_words()
        )
    with right, show.card("withheld", fill=True):
        if len(found.totals.frame):
            show.label("Sites by the first thing that is short")
            totals = plan_words.rows_of(found.totals)
            show.bars({_SHORT.get(str(row["reason"]), spoken(str(row["reason"]))): row["sites"] for row in totals})
        show.caveat(told, "blind")
