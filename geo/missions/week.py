"""The plan of a week: which joint missions serve most of the open requests.

Most requests first, then most points of priority, then fewest days away; of each mission the itinerary that is back
first. A *discreet* mission keeps more rules than one alone and reaches no more, so none is sought: a mission that keeps
them is marked. The plan is an option, like every other; a person signs.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo.missions.composer import Team, find_team
from geo.missions.itinerary import plan_itinerary
from geo.missions.needs import combine_asks
from geo.missions.outlets import Outlet, Reach, trip_to
from geo.missions.plans import IntArray, Itinerary, Need, Stop, Trip
from geo.missions.roster import Available, Calendar, Roster, Stint, find_available, reasons_away
from geo.missions.teams import check_team
from geo.missions.week_bound import NOISE, Search
from geo.missions.week_search import Found, search_week
from geo.missions.week_task import ANYWHERE, Queued, Sortie, WeekTask, chosen_of

_POINTS_SHARE = 0.9  # of one request: all points of the queue together never outweigh it
_DAYS_SHARE = 1e-5  # of one request: a day away of one mission outweighs no tenth of a point in a queue of some 1000


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class WeekMission:
    """A mission of the week: its days and its team keep every rule."""

    outlet: Outlet
    days: tuple[dt.date, ...]
    request_ids: tuple[str, ...]  # by time of the visit
    trip: Trip
    nodes: IntArray  # of the outlet's trip, by node of this trip
    itinerary: Itinerary
    need: Need
    team: Team
    discreet: bool  # the same team may go as a discreet one


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class WeekPlan:
    """The best plan found, and how far a better one could be."""

    task: WeekTask
    missions: tuple[WeekMission, ...]  # by departure
    found: Found
    most_requests: int  # no plan of these sets of stops serves more
    alike: int  # missions of one base, mode and length at most
    exact: bool  # proven best in requests, points and days away
    whole: bool  # every set of stops was looked at, not only those of stops near each other

    @property
    def request_ids(self) -> frozenset[str]:
        """Requests served."""
        return frozenset(one for mission in self.missions for one in mission.request_ids)

    @property
    def proven_most(self) -> bool:
        """Whether no plan of these sets serves more requests."""
        return len(self.request_ids) >= self.most_requests


def plan_week(task: WeekTask, *, alike: int, seconds: float) -> WeekPlan:
    """Plan the missions of a week.

    Parameters
    ----------
    alike
        Missions that leave in one week from one base in one mode for as many days, at most.
    seconds
        After which the best plan so far stands, with what it may fall short of.
    """
    total = sum(one.points for one in task.queue)
    worth = np.array([1.0 + (_POINTS_SHARE * one.points / total if total else 0.0) for one in task.queue])
    search = Search(worth=worth, per_day=_DAYS_SHARE, alike=alike, seconds=seconds)
    found = search_week(task, search)
    missions = missions_of(task, found.sorties)
    served = sum(len(mission.request_ids) for mission in missions)
    return WeekPlan(
        task=task,
        missions=missions,
        found=found,
        most_requests=max(served, int(np.floor(found.bound + _DAYS_SHARE * 7 * len(task.queue) + NOISE))),
        alike=alike,
        exact=found.bound <= found.worth + NOISE,
        whole=all(reach.whole for reach in task.reaches),
    )


def missions_of(task: WeekTask, sorties: Sequence[Sortie]) -> tuple[WeekMission, ...]:
    """Missions with their itineraries and teams, each checked against every rule beside all the others."""
    made = [_mission(task, sortie) for sortie in sorties]
    for number, mission in enumerate(made):
        others = [other for place, other in enumerate(made) if place != number]
        breaches = check_mission(task, mission, others)
        assert not breaches, f"the programme and the rules disagree: {'; '.join(breaches)}"
    return tuple(sorted(made, key=lambda one: (one.days[0], one.outlet.base_id, one.outlet.mode, one.request_ids)))


def check_mission(task: WeekTask, mission: WeekMission, others: Sequence[WeekMission]) -> tuple[str, ...]:
    """Every rule that a mission breaks beside the others; its people are booked for those."""
    minutes = {**mission.outlet.near_min, ANYWHERE: 0.0}
    roster = booked(task.resources.roster, others)
    away = reasons_away(find_available(roster, mission.days, settings=task.settings, minutes=minutes))
    team = mission.team
    return tuple(map(str, check_team(team.posts, team.vehicles, mission.need, task.settings, away=away)))


def booked(roster: Roster, missions: Sequence[WeekMission]) -> Roster:
    """The roster with some missions as stints."""

    def with_missions(calendar: Calendar, who_id: str) -> Calendar:
        more = tuple(
            Stint(mission_id=f"mission from {one.outlet.base_id}", departs_on=one.days[0], returns_on=one.days[-1])
            for one in missions
            if who_id in {*(p.staff_id for p in one.team.posts), *(v.vehicle_id for v in one.team.vehicles)}
        )
        return replace(calendar, stints=(*calendar.stints, *more))

    return Roster(
        posts=tuple((post, with_missions(calendar, post.staff_id)) for post, calendar in roster.posts),
        vehicles=tuple((one, with_missions(calendar, one.vehicle_id)) for one, calendar in roster.vehicles),
    )


def served_stops(reach: Reach, queue: Sequence[Queued]) -> dict[int, Stop]:
    """Stops of some requests, each with these requests only and the time they take."""
    stops = reach.outlet.trip.stops
    return {
        place: replace(
            stops[place],
            request_ids=tuple(one.request_id for one in queue if one.stop == place),
            service_min=max(one.service_min for one in queue if one.stop == place),
        )
        for place in sorted({one.stop for one in queue})
    }


def _mission(task: WeekTask, sortie: Sortie) -> WeekMission:
    reach = task.reaches[sortie.reach]
    queue = [task.queue[one] for one in sortie.requests]
    trip, nodes = trip_to(reach.outlet, served_stops(reach, queue), sortie.days)
    itinerary = plan_itinerary(trip, reasons=False)
    assert itinerary.visits, f"a set of stops cannot be served: {itinerary.refused}"
    first, last = itinerary.drives[0].day, itinerary.drives[-1].day
    days = tuple(sortie.start + dt.timedelta(days=number) for number in range(first, last + 1))
    asks = [one.ask for one in queue]
    need = combine_asks(asks, days=days, drives=reach.outlet.drives)
    posts, vehicles = chosen_of(task.resources.roster, sortie.posts, sortie.vehicles)
    team = find_team(Available(posts=tuple(posts), vehicles=tuple(vehicles)), need, task.settings)
    assert team is not None, "the programme chose people who are no team"
    hidden = replace(need, discreet=True)
    return WeekMission(
        outlet=reach.outlet,
        days=days,
        request_ids=tuple(one for visit in itinerary.visits for one in trip.stops[visit.stop].request_ids),
        trip=trip,
        nodes=nodes,
        itinerary=itinerary,
        need=need,
        team=team,
        discreet=reach.outlet.mode == "unescorted" and not check_team(team.posts, team.vehicles, hidden, task.settings),
    )
