"""The calendar of joint missions: escorts by week and base, what collides, and who could go together."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.escorts import escorts_on
from geo.answers.mission_records import base_names, partner_of_post
from geo.answers.world import World
from geo.missions.calendar import (
    PLANNED,
    Booking,
    Collision,
    Joint,
    Terms,
    bookings_of,
    collisions_of,
    joint_ways,
    weeks_of,
)
from geo.missions.orders import plan_from_json
from geo.missions.plans import Plan
from geo.model import Audience
from geo.redaction import Cleared, clear


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CalendarAnswer:
    """Missions and escorts by week, what collides, and who could go together."""

    weeks: Cleared  # all weeks on record, whatever was asked; small numbers withheld
    bases: Cleared  # by week and base
    collisions: Cleared
    joint: Cleared


def answer_calendar(world: World, first: dt.date, last: dt.date, *, audience: Audience) -> CalendarAnswer:
    """Show missions that leave from one day to another, both inclusive, with escorts, collisions and ways to share."""
    missions = world.records("missions")
    inside = (missions["departs_on"] >= pd.Timestamp(first)) & (missions["departs_on"] <= pd.Timestamp(last))
    bookings = bookings_of(missions.loc[inside.to_numpy(dtype=bool)])
    terms = _terms(world, bookings)
    by_base = weeks_of(bookings, terms)
    names = base_names(world)
    by_base.insert(3, "base", by_base["base_id"].map(names).fillna(by_base["base_id"]))
    plans = {
        str(row["mission_id"]): plan_from_json(row["plan"])[0]
        for row in missions.loc[inside & missions["status"].isin(PLANNED)].to_dict("records")
        if isinstance(row["plan"], str)
    }
    collisions = collisions_of(
        bookings,
        terms,
        flights={name: tuple(sorted({leg.day for leg in p.legs if not leg.segment_ids})) for name, p in plans.items()},
    )
    return CalendarAnswer(
        weeks=_cleared(world, _weeks(missions), "calendar_weeks", audience, count="missions"),
        bases=_cleared(world, by_base, "calendar", audience),
        collisions=_cleared(world, _collision_rows(collisions), "calendar_collisions", audience),
        joint=_cleared(world, _joint_rows(_joint_ways(world, bookings, plans)), "calendar_joint", audience),
    )


def _weeks(missions: pd.DataFrame) -> pd.DataFrame:
    """Missions by week, always of the whole record: windows that withhold different weeks could be subtracted."""
    every = weeks_of(bookings_of(missions), {})
    return every.groupby(["week", "begins_on"], as_index=False)[["missions"]].sum()


def _terms(world: World, bookings: tuple[Booking, ...]) -> dict[str, Terms]:
    """What each base gives on the first day it is asked; a base closed then gives nothing."""
    asked: dict[str, dt.date] = {}
    for one in bookings:
        for base_id in (one.base_id, *([one.escort_base_id] if one.escort_base_id else [])):
            asked.setdefault(base_id, one.departs_on)
    found = {}
    for base_id, day in asked.items():
        bases = world.bases_at(day)
        row = bases.loc[bases["base_id"] == base_id]
        escort = {one.base_id: one for one in escorts_on(row, day=day, settings=world.settings)}.get(base_id)
        flights = row["flight_days"].iloc[0] if len(row) else None
        slots = 0.0 if escort is None else 1.0 if np.isnan(escort.slots_per_week) else escort.slots_per_week
        found[base_id] = Terms(
            slots_per_week=slots,
            escort_days=() if escort is None else escort.days,
            flight_days=tuple(flights.split(";")) if isinstance(flights, str) else world.settings.air.flight_days,
        )
    return found


def _collision_rows(collisions: tuple[Collision, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            [c.kind, pd.Timestamp(c.day), c.record_id, "; ".join(c.mission_ids), c.drafts, c.given, c.had]
            for c in collisions
        ],
        columns=["kind", "day", "record_id", "missions", "drafts", "escort_slots_given", "escort_slots_had"],
    )


def _joint_ways(world: World, bookings: tuple[Booking, ...], plans: Mapping[str, Plan]) -> tuple[Joint, ...]:
    if world.roads.empty:
        return ()
    partners, segments = partner_of_post(world), world.network.segments
    of_team = {
        one.mission_id: frozenset(partners[post] for post in one.staff_ids if post in partners) for one in bookings
    }
    length_km = dict(zip(segments["segment_id"].astype(str), segments["length_km"].astype(float), strict=True))
    return joint_ways(plans, of_team, length_km, joint_share=world.settings.orders.joint_share)


def _joint_rows(joint: tuple[Joint, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            [
                pd.Timestamp(one.day),
                "; ".join(one.mission_ids),
                one.shared_km,
                one.shared_share,
                "; ".join(one.organisations),
            ]
            for one in joint
        ],
        columns=["day", "missions", "shared_km", "shared_share", "organisations"],
    )


def _cleared(world: World, frame: pd.DataFrame, view: str, audience: Audience, count: str | None = None) -> Cleared:
    return clear(frame, view=view, audience=audience, settings=world.settings, count_column=count)
