"""What is asked of a week, and what there is for it."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from geo.missions.needs import Ask
from geo.missions.outlets import Outlet, Reach
from geo.missions.plans import Post, Vehicle
from geo.missions.roster import Calendar, Roster, find_available, keeps_rest
from geo.missions.teams import Demand, asked_demands, has_conflict, standing_demands
from geo.settings import TeamSettings

ANYWHERE = "anywhere"  # base of a post that joins wherever it is needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A request of the queue as the week sees it."""

    ask: Ask
    stop: int  # position among the stops of the week
    points: float  # of its priority
    service_min: float

    @property
    def request_id(self) -> str:
        """Case code."""
        return self.ask.request_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPool:
    """Escort slots of one base that are still free for departures on some days."""

    base_id: str
    days: frozenset[dt.date]
    free: int


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Resources:
    """Who and what there is in a week."""

    roster: Roster
    pools: tuple[SlotPool, ...] = ()
    extra_flights: Mapping[str, int] = field(default_factory=dict)  # days more on which a base may fly


@dataclass(frozen=True, slots=True, kw_only=True)
class Sortie:
    """A mission as it was chosen: positions of posts, vehicles and requests."""

    reach: int
    start: dt.date
    days: int
    posts: tuple[int, ...]
    vehicles: tuple[int, ...]
    requests: tuple[int, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class WeekTask:
    """A week to be planned; the reaches do not depend on the resources."""

    days: tuple[dt.date, ...]
    queue: tuple[Queued, ...]
    reaches: tuple[Reach, ...]
    resources: Resources
    settings: TeamSettings

    def windows(self, outlet: Outlet, days: int) -> tuple[dt.date, ...]:
        """Days on which a mission of so many days may leave to be back within the week."""
        last = self.days[-1]
        return tuple(start for start in outlet.starts if start + dt.timedelta(days=days - 1) <= last)

    def free(self, outlet: Outlet, start: dt.date, days: int) -> tuple[list[int], list[int]]:
        """Positions on the roster of posts, and of vehicles, that can be on a mission; a flight takes no vehicles."""
        posts, vehicles = self._on_duty[start, days]
        near = {*outlet.near_min, ANYWHERE}
        roster = self.resources.roster
        return (
            [one for one in posts if roster.posts[one][0].base_id in near],
            [one for one in vehicles if roster.vehicles[one][0].base_id in near] if outlet.drives else [],
        )

    @cached_property
    def _on_duty(self) -> dict[tuple[dt.date, int], tuple[list[int], list[int]]]:
        """Posts and vehicles free on all days of each window."""
        roster, found = self.resources.roster, {}
        place = {post.staff_id: number for number, (post, _) in enumerate(roster.posts)}
        garage = {vehicle.vehicle_id: number for number, (vehicle, _) in enumerate(roster.vehicles)}
        for number, start in enumerate(self.days):
            for days in range(1, len(self.days) - number + 1):
                window = [start + dt.timedelta(days=step) for step in range(days)]
                free = find_available(roster, window, settings=self.settings)
                found[start, days] = (
                    sorted(place[post.staff_id] for post in free.posts),
                    sorted(garage[vehicle.vehicle_id] for vehicle in free.vehicles),
                )
        return found

    @cached_property
    def mission_days(self) -> int:
        """Most days that all missions of the week can take together: on each, somebody is out whom every team needs."""
        roster = self.resources.roster
        found = len(self.days) * max(len(roster.posts), 1)
        for demand in standing_demands(self.settings, discreet=False):
            able = [number for number, (post, _) in enumerate(roster.posts) if demand.met_by(post)]
            found = min(found, sum(map(self._most_days, able)) // demand.least)
        return found

    def _most_days(self, post: int) -> int:
        """Most days a post can be out."""
        free = [day for day in self.days if post in self._on_duty[day, 1][0]]
        return max(
            size
            for size in range(len(free) + 1)
            if any(
                not any(tiring <= set(chosen) for tiring in self.tiring[post]) for chosen in combinations(free, size)
            )
        )

    @cached_property
    def demands(self) -> tuple[tuple[Demand, ...], ...]:
        """What each request adds to what every team must have."""
        return tuple(tuple(_demands(one.ask)) for one in self.queue)

    @cached_property
    def torn(self) -> frozenset[tuple[int, int]]:
        """Posts and requests between which there is a conflict of interest."""
        return frozenset(
            (post, number)
            for post, (who, _) in enumerate(self.resources.roster.posts)
            if who.conflicts
            for number, one in enumerate(self.queue)
            if has_conflict(who, p_codes=one.ask.p_codes, actor_ids=one.ask.actor_ids)
        )

    @cached_property
    def tiring(self) -> tuple[tuple[frozenset[dt.date], ...], ...]:
        """Of each post the smallest sets of days of the week it cannot be out on all of, because it would not rest."""
        known: dict[frozenset[dt.date], tuple[frozenset[dt.date], ...]] = {}
        found = []
        for _, calendar in self.resources.roster.posts:
            booked = frozenset(day for one in calendar.stints for day in one.days)
            if booked not in known:
                known[booked] = tuple(_tiring(calendar, self.days, self.settings))
            found.append(known[booked])
        return tuple(found)


def chosen_of(roster: Roster, posts: Sequence[int], vehicles: Sequence[int]) -> tuple[list[Post], list[Vehicle]]:
    """Posts and vehicles at some positions."""
    return [roster.posts[one][0] for one in posts], [roster.vehicles[one][0] for one in vehicles]


def _demands(ask: Ask) -> Iterator[Demand]:
    """A woman who may interview is also an interviewer."""
    languages = [ask.languages] if ask.languages else []
    yield from asked_demands(interviews=ask.interviews and not ask.girls, girls=ask.girls, languages=languages)


def _tiring(calendar: Calendar, days: Sequence[dt.date], settings: TeamSettings) -> Iterator[frozenset[dt.date]]:
    """More days out never rest anybody better, so that larger sets need no word."""
    found: list[frozenset[dt.date]] = []
    for size in range(1, len(days) + 1):
        for chosen in map(frozenset, combinations(days, size)):
            if not any(one <= chosen for one in found) and not keeps_rest(calendar, sorted(chosen), settings):
                found.append(chosen)
    yield from found
