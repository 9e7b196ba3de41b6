"""The reach view of the Access page: what bases reach within a limit, by one way of getting there."""

import datetime as dt
from typing import Any

import streamlit as st

from geo.errors import GeoError
from geo.model import AccessMode, ReachRequest
from pages._shared import data, frame, maps, show, widgets
from pages._shared.story import DASH, count, percent

LIMITS = {"60": "1 h", "120": "2 h", "240": "4 h", "360": "6 h", "480": "8 h", "720": "12 h"}
MODES = {
    AccessMode.UNESCORTED.value: "road, alone",
    AccessMode.ESCORTED.value: "road, escort",
    AccessMode.AIR.value: "air",
    AccessMode.PARTNER.value: "partner",
    AccessMode.ALERT.value: "alert network",
}
_MOST_BASES = 30


def show_reach(bar: Any, head: Any, day: dt.date, audience: data.Audience) -> None:
    """Draw the controls, the isochrones and what each base gives."""
    choices = data.choices(day, audience)
    with bar:
        mode = widgets.one("Access", MODES, key="mode", icon=":material/directions_car:")
        limit = widgets.one("Limit", LIMITS, key="limit", icon=":material/timer:", first="240")
        season = widgets.season()
        vehicle = widgets.one("Vehicle", {v: v for v in choices.vehicles}, key="vehicle", icon=":material/commute:")
        resolution = widgets.resolution()
    request = ReachRequest(
        limit_min=float(limit),
        mode=AccessMode(mode),
        as_of=day,
        season=season,
        vehicle=vehicle,
        resolution=resolution,
    )
    try:
        found = data.reach(request, audience)
    except GeoError as error:
        with head:
            show.headline("Reach cannot be computed", str(error))
        return
    with head:
        show.headline(*_headline(found, MODES[mode], LIMITS[limit]))
    left, right = st.columns([2.1, 1], gap="small")
    with left:
        _map(found, day, audience, mode)
    with right:
        if found.cells.withheld:
            show.caveat(f"Reach is withheld from the audience {frame.audience_name()}: it gives bases away.", "blind")
            return
        show.numbers(_numbers(found))
        with st.container(border=True, key="panelfill", height="stretch", gap=None):
            _bases(found, mode)


def _map(found: data.ReachAnswer, day: dt.date, audience: data.Audience, mode: str) -> None:
    layers = []
    if not found.cells.withheld:
        limit_words = LIMITS[f"{found.request.limit_min:.0f}"]
        layers = [
            maps.beyond(found.cells, day, label=f"beyond {limit_words}"),
            maps.reach(found.cells, day, limit_min=found.request.limit_min),
        ]
    if mode == AccessMode.ESCORTED:
        layers.append(maps.escort_radius(data.escort_radius(found.request, audience), day))
    show.show_map(
        maps.picture(
            [*layers, maps.bases(data.bases(day, audience).bases, day)],
            audience=audience,
            day=day,
            method="fastest way, legs off the road on foot",
            title=f"Reach by {MODES[mode]}",
        ),
        key="map-reach",
        words=frame.map_words(),
    )


def _headline(found: data.ReachAnswer, mode: str, limit: str) -> tuple[str, str]:
    """Say how many sites are reached, and by what."""
    request = found.request
    subtitle = f"{request.vehicle}, {request.season} season · a place exactly at {limit} is reached"
    if found.sites.withheld:
        return f"Reach by {mode} within {limit}", "Withheld from this audience: reach gives bases away"
    sites = found.sites.frame
    covered = int(sites["covered"].sum())
    return f"By {mode}, {count(covered)} of {count(len(sites))} sites are within {limit} of a base", subtitle


def _numbers(found: data.ReachAnswer) -> list[show.Number]:
    sites, cells = found.sites.frame, found.cells.frame
    people = float(sites.loc[sites["covered"].astype(bool), "people"].sum()) if "people" in sites else 0.0
    land = float(cells["covered"].mean()) if len(cells) else 0.0
    missing = int((~sites["covered"].astype(bool)).sum())
    return [
        show.Number(value=count(missing), about=f"sites not reached;\n{count(people)} people reached"),
        show.Number(value=percent(land), about="of the land within\nthe limit"),
    ]


def _bases(found: data.ReachAnswer, mode: str) -> None:
    """One line per base: sites it reaches, and what its escorts or flights ask for."""
    show.label("Bases by sites they reach")
    rows = found.bases.frame.sort_values("sites_covered", ascending=False).head(_MOST_BASES).to_dict("records")
    if not rows:
        show.caveat("No open base offers this way of getting there.", "blind")
        return
    further = {AccessMode.ESCORTED: _escort_words, AccessMode.AIR: _flight_words}.get(AccessMode(mode))
    header = ("Base", "sites", "terms") if further else ("Base", "sites")
    names = [row["name"] for row in rows]
    named = [
        f"{row['name']}, {row['organisation']}" if names.count(row["name"]) > 1 else str(row["name"]) for row in rows
    ]
    lines = [
        (name, count(row["sites_covered"]), *([further(row)] if further else []))
        for name, row in zip(named, rows, strict=True)
    ]
    show.rows_table(lines, header=header, right=[1])


def _escort_words(row: dict[str, Any]) -> str:
    """Slots, notice and days of a base's escorts."""
    slots = row.get("escort_slots_per_week")
    known = f"{slots:g} a week" if slots == slots and slots is not None else "slots not known"  # noqa: PLR0124 (NaN)
    return f"{known}, {row.get('escort_lead_days', DASH):.0f} days' notice, {_days(row.get('escort_days'))}" + _assumed(
        row, "escort_terms_assumed"
    )


def _flight_words(row: dict[str, Any]) -> str:
    return f"flies {_days(row.get('flight_days'))}" + _assumed(row, "flight_days_assumed")


def _assumed(row: dict[str, Any], column: str) -> str:
    """Mark terms of which some are set in the configuration, not recorded of the base."""
    return " (assumed)" if row.get(column) else ""


def _days(days: object) -> str:
    return str(days).replace(";", " ") if isinstance(days, str) and days else "days not known"
