"""Plans on the toy country's roads: west to east along the one road, with a stop in the middle; all solvable by hand.

The road across has segments ``across:0`` (0 to 1 degree east) and ``across:1`` (1 to 2), 120 minutes each.
"""

import datetime as dt
from dataclasses import replace
from typing import Any

import shapely

from geo.missions.plans import Leg, Plan, PlannedVisit

MONDAY = dt.date(2020, 6, 29)


def at(day: dt.date, clock: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock))


def leg(
    segments: tuple[str, ...],
    line: list[tuple[float, float]],
    *,
    places: tuple[str, str],
    clock: tuple[str, str] = ("07:00", "09:00"),
    day: dt.date = MONDAY,
    **more: Any,
) -> Leg:
    usual: dict[str, Any] = {
        "length_km": 111.0,
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


def visit(
    site_id: str, *requests: str, clock: tuple[str, str] = ("09:00", "11:00"), day: dt.date = MONDAY
) -> PlannedVisit:
    return PlannedVisit(site_id=site_id, request_ids=requests, starts=at(day, clock[0]), ends=at(day, clock[1]))


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
        "time_min": 480.0,
        "exposure": 0.8,
        "visibility": 3.0,
        "girls": 1,
        "dropped": {},
        "breaches": (),
    }
    return Plan(legs=legs, visits=visits, **{**usual, **more})


def out_and_back(first: str, second: str | None = None, **more: Any) -> Plan:
    """From base-west at 0.2 east to the middle and back the same day, over segment ``first`` alone by default."""
    del second
    out = leg((first,), [(0.2, 0.5), (0.9, 0.5)], places=("base-west", "site-west"))
    back = leg((first,), [(0.9, 0.5), (0.2, 0.5)], places=("site-west", "base-west"), clock=("11:00", "13:00"))
    return plan((out, back), (visit("site-west", "case-1"),), **more)


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
