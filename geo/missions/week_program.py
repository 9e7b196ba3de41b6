"""The choice of a week's missions as an integer programme: departures, sets of stops, requests, posts, vehicles, slots.

Its columns: how many missions of a berth leave on each day; which set of stops it serves; which requests of them; who
and what is along. Requests need not be bound to whole numbers: with all else whole they are whole.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy import sparse

from geo.missions.outlets import Outlet
from geo.missions.plans import BoolArray
from geo.missions.teams import DRIVER, Demand, standing_demands
from geo.missions.week_task import WeekTask

Terms = list[tuple[int, float]]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Berth:
    """Missions of one outlet and length; alike ones with other people have berths of their own."""

    reach: int
    days: int
    starts: tuple[dt.date, ...]
    sets: BoolArray  # shape (sets, requests); all that could be chosen


@dataclass(slots=True)
class Program:
    """Numbers between 0 and their most, profits, and sums that stay at or below a limit."""

    profit: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    factor: list[float] = field(default_factory=list)

    def add(self, *, most: float = 1.0, whole: bool = True) -> int:
        """Add a column without profit and return its number."""
        self.profit.append(0.0)
        self.most.append(most)
        self.whole.append(whole)
        return len(self.profit) - 1

    def at_most(self, terms: Sequence[tuple[int, float]], limit: float = 0.0) -> int:
        """Bind a sum from above and return the row's number."""
        self.limits.append(limit)
        for column, factor in terms:
            self.put(len(self.limits) - 1, column, factor)
        return len(self.limits) - 1

    def put(self, row: int, column: int, factor: float) -> None:
        """Let a column count in a row."""
        self.row.append(row)
        self.column.append(column)
        self.factor.append(factor)

    def matrix(self) -> sparse.csr_array:
        """All sums, shape ``(rows, columns)``."""
        shape = (len(self.limits), len(self.profit))
        return sparse.csr_array((self.factor, (self.row, self.column)), shape=shape)


@dataclass(slots=True, kw_only=True)
class Columns:
    """Columns of one berth, and the rows that its sets enter."""

    berth: Berth
    leaves: dict[dt.date, int] = field(default_factory=dict)  # how many missions leave on a day
    serves: dict[int, int] = field(default_factory=dict)  # request
    aboard: dict[tuple[dt.date, int], int] = field(default_factory=dict)  # day and post
    taken: dict[tuple[dt.date, int], int] = field(default_factory=dict)  # day and kind of vehicles
    chosen: dict[int, int] = field(default_factory=dict)  # set, once it can be chosen
    sets_row: int = -1  # sets chosen are no more than missions
    covered: dict[int, int] = field(default_factory=dict)  # request -> row: it is part of a set chosen


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Layout:
    """A programme and what its columns mean."""

    task: WeekTask
    program: Program
    parts: tuple[Columns, ...]
    alike: int  # missions a berth may stand for: 1 where each has columns of its own
    garage: tuple[tuple[int, ...], ...]  # vehicles of each kind

    def choose_set(self, part: Columns, number: int) -> None:
        """Let a set of a berth be chosen."""
        if number in part.chosen:
            return
        column = self.program.add(most=float(self.alike), whole=self.alike == 1)
        part.chosen[number] = column
        self.program.put(part.sets_row, column, 1.0)
        for request in np.flatnonzero(part.berth.sets[number]).tolist():
            self.program.put(part.covered[request], column, -1.0)


def berths_of(task: WeekTask) -> tuple[Berth, ...]:
    """Berths from which somebody could set out."""
    at = np.array([one.stop for one in task.queue], dtype=np.int64)
    found = []
    for number, reach in enumerate(task.reaches):
        if reach.outlet.extra_day is not None and not task.resources.extra_flights.get(reach.outlet.base_id):
            continue
        for days, sets in sorted(reach.sets.items()):
            starts = tuple(
                start for start in task.windows(reach.outlet, days) if _can_staff(task, number, (start, days))
            )
            if starts and days <= task.settings.most_days_running:
                found.append(Berth(reach=number, days=days, starts=starts, sets=sets[:, at]))
    return tuple(found)


def lay_out(task: WeekTask, berths: Sequence[Berth], *, alike: int = 1) -> Layout:
    """Make the programme of a week without any set to choose.

    Parameters
    ----------
    alike
        Missions a berth stands for. More than one is a relaxation: their people are counted together.
    """
    layout = Layout(
        task=task,
        program=Program(),
        parts=tuple(Columns(berth=berth) for berth in berths),
        alike=alike,
        garage=_garage(task),
    )
    for part in layout.parts:
        _bind_departures(layout, part)
        _bind_teams(layout, part)
        _bind_requests(layout, part)
    _bind_days(layout)
    _bind_slots(layout)
    served: dict[int, Terms] = {}
    for part in layout.parts:
        for request, column in part.serves.items():
            served.setdefault(request, []).append((column, 1.0))
    for terms in served.values():
        layout.program.at_most(terms, 1.0)
    return layout


def _can_staff(task: WeekTask, reach: int, window: tuple[dt.date, int]) -> bool:
    """Whether who is free comes near what every team must have; a quick look that leaves no possible one out."""
    outlet = task.reaches[reach].outlet
    free, vehicles = task.free(outlet, *window)
    posts = [task.resources.roster.posts[one][0] for one in free]
    enough = all(
        sum(map(demand.met_by, posts)) >= demand.least for demand in standing_demands(task.settings, discreet=False)
    )
    return enough and (bool(vehicles) or not outlet.drives)


def _garage(task: WeekTask) -> tuple[tuple[int, ...], ...]:
    """Vehicles that differ in nothing that counts are one kind: seats, base, and when they are free."""
    kinds: dict[object, list[int]] = {}
    for number, (vehicle, calendar) in enumerate(task.resources.roster.vehicles):
        key = (vehicle.seats, vehicle.base_id, calendar)
        kinds.setdefault(key, []).append(number)
    return tuple(map(tuple, kinds.values()))


def _bind_departures(layout: Layout, part: Columns) -> None:
    program = layout.program
    part.leaves = {start: program.add(most=float(layout.alike)) for start in part.berth.starts}
    leaving = [(column, 1.0) for column in part.leaves.values()]
    program.at_most(leaving, float(layout.alike))
    part.sets_row = program.at_most([(column, -1.0) for column, _ in leaving])


def _bind_teams(layout: Layout, part: Columns) -> None:
    """People, vehicles and seats of the missions that leave on each day."""
    task, berth, program = layout.task, part.berth, layout.program
    rules, outlet = task.settings, task.reaches[part.berth.reach].outlet
    posts = task.resources.roster.posts
    for start, leaves in part.leaves.items():
        free, vehicles = task.free(outlet, start, berth.days)
        wanted = [one for one in free if _is_useful(task, one)]
        team = {one: program.add(most=1.0) for one in wanted}
        part.aboard |= {(start, one): column for one, column in team.items()}
        for demand in standing_demands(rules, discreet=False):
            terms = [(team[one], -1.0) for one in wanted if demand.met_by(posts[one][0])]
            program.at_most([*terms, (leaves, float(demand.least))])
        people: Terms = [(column, 1.0) for column in team.values()]
        if outlet.drives:
            people += _bind_vehicles(layout, part, start, set(vehicles))
        program.at_most([*people, (leaves, -float(rules.most_people))])


def _bind_vehicles(layout: Layout, part: Columns, start: dt.date, free: set[int]) -> Terms:
    """Vehicles, their drivers and seats; returns the drivers that count as people."""
    task, program, leaves = layout.task, layout.program, part.leaves[start]
    rules, roster = task.settings, task.resources.roster
    kinds = {
        number: program.add(most=float(min(len(free.intersection(kind)), rules.most_vehicles * layout.alike)))
        for number, kind in enumerate(layout.garage)
        if free.intersection(kind)
    }
    part.taken |= {(start, kind): column for kind, column in kinds.items()}
    team = {one: column for (day, one), column in part.aboard.items() if day == start}
    drive = [(column, -1.0) for one, column in team.items() if roster.posts[one][0].role == DRIVER]
    brought: Terms = []
    if rules.drivers == "organisation":
        brought = [(program.add(most=float(rules.most_vehicles * layout.alike), whole=False), 1.0)]
    lent = [(column, 1.0) for column in kinds.values()]
    program.at_most([*lent, *drive, *((column, -factor) for column, factor in brought)])
    program.at_most([*lent, (leaves, -float(rules.most_vehicles))])
    seats = [(column, -float(roster.vehicles[layout.garage[kind][0]][0].seats + 1)) for kind, column in kinds.items()]
    program.at_most([*((column, 1.0) for column in team.values()), *brought, *seats])
    return brought


def _bind_requests(layout: Layout, part: Columns) -> None:
    """A request is served where a set chosen holds it and the team has what it asks."""
    task, program = layout.task, layout.program
    met: dict[Demand, int] = {}
    for request in np.flatnonzero(part.berth.sets.any(axis=0)).tolist():
        column = part.serves[request] = program.add(whole=False)
        part.covered[request] = program.at_most([(column, 1.0)])
        for demand in task.demands[request]:
            if demand not in met:
                met[demand] = program.add(whole=False)
                able = [(aboard, -1.0) for (_, post), aboard in part.aboard.items() if _meets(task, post, demand)]
                program.at_most([(met[demand], 1.0), *able])
            program.at_most([(column, 1.0), (met[demand], -1.0)])
        if layout.alike == 1:
            for post in {post for _, post in part.aboard}:
                if (post, request) in task.torn:
                    there = [(aboard, 1.0) for (_, one), aboard in part.aboard.items() if one == post]
                    program.at_most([(column, 1.0), *there], 1.0)


def _bind_days(layout: Layout) -> None:
    """Nobody and nothing is out twice on one day, and everybody rests in time."""
    task, program = layout.task, layout.program
    out, used = _by_day(layout, "aboard"), _by_day(layout, "taken")
    for terms in out.values():
        program.at_most(terms, 1.0)
    for (kind, _), terms in used.items():
        program.at_most(terms, float(len(layout.garage[kind])))
    for post, sets in enumerate(task.tiring):
        for days in sets:
            total = Counter(column for day in days for column, _ in out.get((post, day), []))
            program.at_most([(column, float(count)) for column, count in total.items()], float(len(days) - 1))


def _by_day(layout: Layout, name: Literal["aboard", "taken"]) -> dict[tuple[int, dt.date], Terms]:
    """Columns by who or what is out, and by each day it is."""
    found: dict[tuple[int, dt.date], Terms] = {}
    for part in layout.parts:
        for (start, one), column in getattr(part, name).items():
            for number in range(part.berth.days):
                found.setdefault((one, start + dt.timedelta(days=number)), []).append((column, 1.0))
    return found


def _bind_slots(layout: Layout) -> None:
    """Escort slots, and days more on which a base may fly."""
    task, program = layout.task, layout.program
    for pool in task.resources.pools:
        leaving = [
            (column, 1.0)
            for outlet, start, column in _departures(layout)
            if outlet.escort_base_id == pool.base_id and start in pool.days
        ]
        program.at_most(leaving, float(pool.free))
    more: dict[str, dict[dt.date, int]] = {}
    for outlet, _, column in _departures(layout):
        if outlet.extra_day is not None:
            days = more.setdefault(outlet.base_id, {})
            if outlet.extra_day not in days:
                days[outlet.extra_day] = program.add()
            program.at_most([(column, 1.0), (days[outlet.extra_day], -float(layout.alike))])
    for base_id, days in more.items():
        allowed = task.resources.extra_flights.get(base_id, 0)
        program.at_most([(column, 1.0) for column in days.values()], float(allowed))


def _departures(layout: Layout) -> Iterator[tuple[Outlet, dt.date, int]]:
    for part in layout.parts:
        outlet = layout.task.reaches[part.berth.reach].outlet
        for start, column in part.leaves.items():
            yield outlet, start, column


def _is_useful(task: WeekTask, post: int) -> bool:
    """Whether a post counts for anything; where every team must have somebody who does, others only take a seat."""
    standing = [one for one in standing_demands(task.settings, discreet=False) if one.resource != "somebody"]
    who = task.resources.roster.posts[post][0]
    asked = {demand for demands in task.demands for demand in demands}
    return not standing or who.role == DRIVER or any(demand.met_by(who) for demand in (*standing, *asked))


def _meets(task: WeekTask, post: int, demand: Demand) -> bool:
    return demand.met_by(task.resources.roster.posts[post][0])
