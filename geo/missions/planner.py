"""Plans for requests somebody picked: ways to go side by side, none of which another beats.

Every way (alone, calmer, behind an escort, by air, discreet) is planned for itself: its travel, its days, its team. A
plan without a team stays among them, with the rules it breaks and what would mend that: it can be looked at, not signed.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase

import numpy as np

from geo.access.front import undominated
from geo.missions.composer import Composition
from geo.missions.itinerary import plan_itinerary
from geo.missions.needs import Ask, combine_asks
from geo.missions.plans import Drive, FloatArray, Itinerary, Leg, Need, Plan, PlannedVisit, Stop, Trip
from geo.missions.travel import AirTravel, RoadTravel, Travel
from geo.missions.trips import Frame, trip_of
from geo.settings import Settings

MOST_PLANS = len(ascii_uppercase)
DISCREET, AIR = "discreet", "air"
# Two plans that differ in no number by more than this share are one alternative.
_ALIKE_SHARE = 0.02
Open = Callable[[tuple[dt.date, ...]], bool]  # whether the mission could go on these days instead
Crew = Callable[[Need, Sequence[Ask], Open], Composition]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Task:
    """What is to be planned from one base: places are the base, the stops in order, then other places to sleep."""

    days: tuple[dt.date, ...]  # on which the team may be away
    stops: tuple[Stop, ...]
    asks: tuple[Ask, ...]  # of every request, most urgent first
    girls: Mapping[str, int]  # known girls of each request
    place_ids: tuple[str, ...]
    frame: Frame


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Outing:
    """One way to go."""

    mode: str  # one of geo.schema.MISSION_MODES
    travel: Travel
    escort_base_id: str | None = None
    flies_on: frozenset[dt.date] | None = None  # by air: days with flights
    goes_on: Callable[[dt.date], bool] | None = None  # whether there is a flight, or an escort leaves, on a day


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Option:
    """A plan, and the team behind it or what it lacks."""

    plan: Plan
    crew: Composition


def plan_outing(task: Task, outing: Outing, crew: Crew, *, settings: Settings) -> Option | str:
    """Plan one way to go; a sentence that says why where it serves nothing."""
    outing, trip, itinerary = _planned(task, outing, settings=settings)
    if not itinerary.visits:
        return _why_nothing(task, itinerary)
    legs = tuple(_leg(task, outing.travel, drive) for drive in itinerary.drives)
    days = _days_away(task, itinerary.drives)
    visits = tuple(
        PlannedVisit(
            site_id=trip.stops[visit.stop].stop_id,
            request_ids=trip.stops[visit.stop].request_ids,
            starts=_moment(task, visit.day, visit.starts_min),
            ends=_moment(task, visit.day, visit.ends_min),
        )
        for visit in itinerary.visits
    )
    served = [request for visit in visits for request in visit.request_ids]
    asks = [ask for ask in task.asks if ask.request_id in set(served)]
    need = combine_asks(asks, days=days, discreet=outing.mode == DISCREET, drives=outing.mode != AIR)
    composed = crew(need, asks, _open(outing, legs, days))
    team = composed.team
    plan = Plan(
        label="",
        mode=outing.mode,
        base_id=task.place_ids[0],
        departs_on=days[0],
        returns_on=days[-1],
        legs=legs,
        visits=visits,
        nights=tuple(task.place_ids[node] for node in itinerary.nights),
        staff_ids=() if team is None else tuple(post.staff_id for post in team.posts),
        vehicle_ids=() if team is None else tuple(vehicle.vehicle_id for vehicle in team.vehicles),
        escort_base_id=outing.escort_base_id,
        escort_slots=int(outing.escort_base_id is not None),
        time_min=(legs[-1].arrives - legs[0].leaves) / dt.timedelta(minutes=1),
        exposure=float(sum(leg.exposure for leg in legs)),
        visibility=float(sum(leg.visibility for leg in legs)),
        girls=sum(task.girls.get(request, 0) for request in served),
        dropped=_dropped(trip, itinerary),
        breaches=tuple(map(str, composed.shortages)) or (("no team keeps the rules together",) if team is None else ()),
        exact=itinerary.exact,
    )
    return Option(plan=plan, crew=composed)


def choose_plans(options: Sequence[Option]) -> tuple[Option, ...]:
    """Keep the options that no other beats, a discreet one always, labelled by time.

    Held against each other are requests served, time, exposure, visibility, escort slots, girls reached, and whether
    a team keeps the rules.
    """
    ordered = sorted(options, key=lambda option: (len(option.plan.breaches) > 0, *_goals(option)))
    if not ordered:
        return ()
    kept = [ordered[place] for place in undominated(np.array([_goals(option) for option in ordered]))]
    apart: list[Option] = []
    for option in kept:
        if not any(_alike(option, other) for other in apart):
            apart.append(option)
    if not any(option.plan.mode == DISCREET for option in apart):
        apart += [option for option in ordered if option.plan.mode == DISCREET][:1]
    by_time = sorted(apart, key=lambda option: (option.plan.time_min, *_goals(option)))[:MOST_PLANS]
    return tuple(
        replace(option, plan=replace(option.plan, label=label))
        for label, option in zip(ascii_uppercase, by_time, strict=False)
    )


def _goals(option: Option) -> tuple[float, ...]:
    plan = option.plan
    return (
        float(-len(plan.request_ids)),
        plan.time_min,
        plan.exposure,
        plan.visibility,
        float(plan.escort_slots),
        float(-plan.girls),
        float(len(plan.breaches) > 0),
    )


def _alike(option: Option, other: Option) -> bool:
    """Whether two options serve the same in the same mode from one base at nearly the same price."""
    one, two = option.plan, other.plan
    if (one.mode, one.base_id, set(one.request_ids)) != (two.mode, two.base_id, set(two.request_ids)):
        return False
    mine, theirs = np.array(_goals(option)), np.array(_goals(other))
    return bool((np.abs(mine - theirs) <= _ALIKE_SHARE * np.maximum(np.abs(mine), np.abs(theirs))).all())


def _planned(task: Task, outing: Outing, *, settings: Settings) -> tuple[Outing, Trip, Itinerary]:
    """The itinerary of one way; where its flights are too long together, that with every one through the base."""
    trip = _trip(task, outing, settings=settings)
    itinerary = plan_itinerary(trip)
    if not isinstance(outing.travel, AirTravel):
        return outing, trip, itinerary
    flights = [(drive.from_node, drive.to_node) for drive in itinerary.drives]
    if outing.travel.stays_in_range(flights):
        return outing, trip, itinerary
    fuelled = replace(outing, travel=outing.travel.through_base)
    trip = _trip(task, fuelled, settings=settings)
    return fuelled, trip, plan_itinerary(trip)


def _trip(task: Task, outing: Outing, *, settings: Settings) -> Trip:
    """The trip of one way; where it flies, nobody moves on days without flights."""
    closed = outing.travel.closed_slots(settings) if isinstance(outing.travel, RoadTravel) else 0
    frame = replace(task.frame, closed_slots=closed)
    trip = trip_of(task.stops, outing.travel.minutes, frame, settings=settings)
    if outing.flies_on is None:
        return trip
    flying = np.array([day in outing.flies_on for day in task.days], dtype=bool)
    return replace(trip, arrives_min=np.where(flying, trip.arrives_min, trip.leaves_min))


def _leg(task: Task, travel: Travel, drive: Drive) -> Leg:
    way = travel.way(drive.from_node, drive.to_node)
    return Leg(
        day=task.days[drive.day],
        from_place=task.place_ids[drive.from_node],
        to_place=task.place_ids[drive.to_node],
        leaves=_moment(task, drive.day, drive.leaves_min),
        arrives=_moment(task, drive.day, drive.arrives_min),
        length_km=way.length_km,
        exposure=_number(travel.exposure, drive),
        visibility=_number(travel.visibility, drive),
        segment_ids=tuple(part.segment_id for part in way.segments),
        warnings=way.warnings,
        geometry=way.geometry,
    )


def _open(outing: Outing, legs: Sequence[Leg], days: tuple[dt.date, ...]) -> Open:
    """Whether what carries the team goes on other days too: every flight, or the escort that sets out with it."""
    asked = {leg.day for leg in legs} if outing.mode == AIR else {days[0]}

    def opens(others: tuple[dt.date, ...]) -> bool:
        moved = others[0] - days[0]
        return outing.goes_on is None or all(outing.goes_on(day + moved) for day in asked)

    return opens


def _number(table: FloatArray, drive: Drive) -> float:
    return float(table[drive.from_node, drive.to_node])


def _moment(task: Task, day: int, minute: float) -> dt.datetime:
    """Local moment of a minute of a day, to the second."""
    start = dt.datetime.combine(task.days[day], dt.time())
    return start + dt.timedelta(seconds=round(60 * minute))


def _days_away(task: Task, drives: Sequence[Drive]) -> tuple[dt.date, ...]:
    return task.days[drives[0].day : drives[-1].day + 1]


def _dropped(trip: Trip, itinerary: Itinerary) -> dict[str, str]:
    """Why each request is not served, and what would admit it."""
    return {request: why for stop, why in sorted(itinerary.dropped.items()) for request in trip.stops[stop].request_ids}


def _why_nothing(task: Task, itinerary: Itinerary) -> str:
    """One sentence for a way that serves no stop."""
    if itinerary.refused:
        return itinerary.refused
    told = [f"{task.stops[stop].stop_id} {why}" for stop, why in sorted(itinerary.dropped.items())]
    return "; ".join(told) or "there is no stop to serve"
