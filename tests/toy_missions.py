"""Missions in the toy country: out on the road across and back, with everything a plan rests on solvable by hand.

Segment ``road-across/0`` runs from 0 to 1 degree east, ``road-across/1`` on to 2, 120 minutes each; ``road-up/0`` and
``road-up/1`` cross it in the middle. The plan drives ``road-across/0`` on a Monday, from base-west to site-west and back.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
import shapely

from geo.access.network import Network
from geo.answers.world import World
from geo.missions.plans import Leg, Plan, PlannedVisit
from geo.settings import Settings
from tests.toy_country import BASES, COUNTRY_TABLES, TableTop
from tests.toy_readings import base, reading_of

MONDAY = dt.date(2020, 6, 29)
SIGNED_ON = dt.date(2020, 6, 20)
ACROSS, ONWARD, UP = "road-across/0", "road-across/1", "road-up/1"
PARTNERS = [
    {"partner_id": "partner-un", "name": "Mission Toy", "organisation_type": "mission", "base_id": "base-west"},
    {"partner_id": "partner-ngo", "name": "Aide Locale", "organisation_type": "national_ngo", "base_id": "base-west"},
]
STAFF = [
    {"staff_id": "post-1", "partner_id": "partner-un", "role": "child_protection", "woman": "yes", "interviewer": "yes",
     "trauma_informed": "yes", "languages": "french;toyish"},
    {"staff_id": "post-2", "partner_id": "partner-ngo", "role": "interviewer", "woman": "no", "interviewer": "yes"},
    {"staff_id": "post-3", "partner_id": "partner-ngo", "role": "driver", "woman": "no"},
]  # fmt: skip
FLEET = [
    {"vehicle_id": "vehicle-1", "partner_id": "partner-un", "vehicle": "4x4", "seats": 4},
    {"vehicle_id": "vehicle-2", "partner_id": "partner-ngo", "vehicle": "4x4", "seats": 4},
]
REQUESTS = [
    {"request_id": f"case-{number}", "site_id": site, "alerted_on": "2020-05-01", "status": "open", "girls": 1,
     "boys": 2, "sex_unknown": 0, "languages": "toyish", "referral": "needed"}
    for number, site in ((1, "site-west"), (2, "site-north"), (3, "site-west"))
]  # fmt: skip
ESCORTING = [
    base(
        "base-west", name="Westbase", country="XTO", longitude=0.2, latitude=0.5, escort_slots_per_week=2,
        escort_lead_days=3, escort_days="mon;tue", flight_days="mon;thu", helipad="yes", medical="yes", hosts_partners="yes",
    ),
    BASES[1],
]  # fmt: skip
TABLES: Mapping[str, Sequence[dict[str, Any]]] = {
    **COUNTRY_TABLES,
    "bases": ESCORTING,
    "partners": PARTNERS,
    "staff": STAFF,
    "fleet": FLEET,
    "requests": REQUESTS,
}


@cache
def _frame(table: str) -> pd.DataFrame:
    return reading_of(table, TABLES[table]).frame


class _Top(TableTop):
    """The toy country with missions; tables as they usually are are read once."""

    def __init__(self, tables: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        own = {name: rows for name, rows in tables.items() if rows is not TABLES.get(name)}
        super().__init__(own)
        self._frames = {name: _frame(name) for name in TABLES if name not in own} | self._frames


_NETWORKS: list[Network] = []


def mission_world(settings: Settings, **tables: Sequence[dict[str, Any]]) -> World:
    """A small world in which some tables differ; its roads are built once."""
    world = World(_Top({**TABLES, **tables}), settings)  # type: ignore[arg-type]
    if "roads" not in tables:
        if not _NETWORKS:
            _NETWORKS.append(world.network)
        world.__dict__["network"] = _NETWORKS[0]
    return world


def at(day: dt.date, clock: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock))


def leg(
    segments: tuple[str, ...],
    line: list[tuple[float, float]],
    *,
    places: tuple[str, str],
    clock: tuple[str, str] = ("07:00", "09:00"),
    **more: Any,
) -> Leg:
    day = more.pop("day", MONDAY)
    usual: dict[str, Any] = {
        "length_km": 78.0,
        "exposure": 0.4,
        "visibility": 1.5,
        "warnings": (),
        "segment_ids": segments,
        "geometry": shapely.LineString(line),
    }
    return Leg(
        day=day, from_place=places[0], to_place=places[1], leaves=at(day, clock[0]), arrives=at(day, clock[1]),
        **{**usual, **more},
    )  # fmt: skip


def visit(site_id: str, *requests: str, clock: tuple[str, str] = ("09:00", "11:00")) -> PlannedVisit:
    return PlannedVisit(site_id=site_id, request_ids=requests, starts=at(MONDAY, clock[0]), ends=at(MONDAY, clock[1]))


def plan(legs: tuple[Leg, ...], visits: tuple[PlannedVisit, ...], **more: Any) -> Plan:
    usual: dict[str, Any] = {
        "label": "A",
        "mode": "unescorted",
        "base_id": "base-west",
        "departs_on": MONDAY,
        "returns_on": max((one.day for one in legs), default=MONDAY),
        "nights": (),
        "staff_ids": ("post-1", "post-2"),
        "vehicle_ids": ("vehicle-1",),
        "escort_base_id": None,
        "escort_slots": 0,
        "time_min": 360.0,
        "exposure": 0.8,
        "visibility": 3.0,
        "girls": 1,
        "dropped": {"case-2": "no daylight is left; a second day would admit it"},
        "breaches": (),
    }
    return Plan(legs=legs, visits=visits, **{**usual, **more})


OUT = leg((ACROSS,), [(0.2, 0.5), (0.9, 0.5)], places=("base-west", "site-west"))
BACK = leg((ACROSS,), [(0.9, 0.5), (0.2, 0.5)], places=("site-west", "base-west"), clock=("11:00", "13:00"))


def out_and_back(**more: Any) -> Plan:
    """Out on the road across in the morning, a visit of two hours, and back."""
    return plan((OUT, BACK), (visit("site-west", "case-1"),), **more)


def outward_only(**more: Any) -> Plan:
    """Only eastward, along the segment as it is drawn."""
    return plan((OUT,), (visit("site-west", "case-1"),), **more)


def shifted(made: Plan, days: int) -> Plan:
    """The same plan so many days later."""
    later = dt.timedelta(days=days)
    return replace(
        made,
        departs_on=made.departs_on + later,
        returns_on=made.returns_on + later,
        legs=tuple(
            replace(one, day=one.day + later, leaves=one.leaves + later, arrives=one.arrives + later)
            for one in made.legs
        ),
        visits=tuple(replace(one, starts=one.starts + later, ends=one.ends + later) for one in made.visits),
    )


def mission(
    mission_id: str, made: Plan, *, status: str = "signed", text: str | None = None, **more: Any
) -> dict[str, Any]:
    """A plan as a row of the table of missions; without text of its own, with no plan on record."""
    return {
        "mission_id": mission_id,
        "status": status,
        "mode": made.mode,
        "base_id": made.base_id,
        "departs_on": made.departs_on.isoformat(),
        "returns_on": made.returns_on.isoformat(),
        "request_ids": ";".join(made.request_ids),
        "staff_ids": ";".join(made.staff_ids),
        "vehicle_ids": ";".join(made.vehicle_ids),
        "escort_base_id": made.escort_base_id,
        "escort_slots": made.escort_slots,
        "plan": text,
        **more,
    }
