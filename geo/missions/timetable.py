"""When a team calls in, and by when it must turn back; from the hours of a plan alone."""

import datetime as dt
from dataclasses import dataclass

from geo.missions.plans import Leg, Plan

CALLS = ("leaves", "on_the_road", "arrives", "visit_ends")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A moment at which the team calls in."""

    at: dt.datetime  # local
    why: str  # one of CALLS
    leg: int | None = None  # position of the leg it is on …
    place: str | None = None  # … or where it is


def calls_of(plan: Plan, *, every_min: float) -> tuple[Call, ...]:
    """Calls of a mission by time: leaving, so often on the road, arriving, and at the end of each visit."""
    found: list[Call] = []
    for number, leg in enumerate(plan.legs):
        found.append(Call(at=leg.leaves, why="leaves", place=leg.from_place))
        moment = leg.leaves + dt.timedelta(minutes=every_min)
        while moment < leg.arrives:
            found.append(Call(at=moment, why="on_the_road", leg=number))
            moment += dt.timedelta(minutes=every_min)
        found.append(Call(at=leg.arrives, why="arrives", place=leg.to_place))
    left = {leg.leaves for leg in plan.legs}
    found += [
        Call(at=visit.ends, why="visit_ends", place=visit.site_id) for visit in plan.visits if visit.ends not in left
    ]
    return tuple(sorted(found, key=lambda call: call.at))


def turn_back_times(plan: Plan, *, arrives_by: dt.time, margin_min: float) -> tuple[dt.datetime, ...]:
    """Latest moment to set out on each leg: later, the rest of the day's way and visits would end after hours.

    Parameters
    ----------
    arrives_by
        Local time by which a team is in.
    margin_min
        Kept free before it. A plan that itself leaves later than this has its own hour of departure.
    """
    return tuple(_latest(plan, leg, arrives_by=arrives_by, margin_min=margin_min) for leg in plan.legs)


def _latest(plan: Plan, leg: Leg, *, arrives_by: dt.time, margin_min: float) -> dt.datetime:
    rest = [other for other in plan.legs if other.day == leg.day and other.leaves >= leg.leaves]
    visits = [visit for visit in plan.visits if visit.starts.date() == leg.day and visit.starts >= leg.leaves]
    needed = sum((one.arrives - one.leaves for one in rest), dt.timedelta())
    needed += sum((visit.ends - visit.starts for visit in visits), dt.timedelta())
    latest = dt.datetime.combine(leg.day, arrives_by) - needed - dt.timedelta(minutes=margin_min)
    return max(latest, leg.leaves)
