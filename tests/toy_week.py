"""Weeks small enough to solve by hand, every plan of a tiny week tried one by one, and a checker of its own."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np

from geo.missions.needs import Ask, combine_asks
from geo.missions.outlets import Outlet, find_reaches
from geo.missions.plans import Post, Trip, Vehicle
from geo.missions.roster import Calendar, Roster
from geo.missions.week import WeekPlan
from geo.missions.week_task import Queued, Resources, SlotPool, WeekTask
from geo.settings import TeamSettings, read_settings
from tests.conftest import ROOT
from tests.toy_team import able, broken, post, vehicle
from tests.toy_trips import drive_plan, stop_of, trip_on_a_line

RULES = read_settings(ROOT / "config.toml").teams
MONDAY = dt.date(2026, 11, 23)


def week_days(count: int) -> tuple[dt.date, ...]:
    return tuple(MONDAY + dt.timedelta(days=number) for number in range(count))


def queued(number: int, **ask: Any) -> Queued:
    """A request at the stop of its number, with girls to interview."""
    usual: dict[str, Any] = {"interviews": True, "girls": True}
    held = {key: frozenset(value) if isinstance(value, set) else value for key, value in {**usual, **ask}.items()}
    points = held.pop("points", 1.0)
    made = Ask(request_id=f"case-{number}", **held)
    return Queued(ask=made, stop=number, points=points, service_min=60.0)


def outlet(base_id: str, trip: Trip, starts: Sequence[dt.date], *, near: Sequence[str] = (), **more: Any) -> Outlet:
    joins = {base_id: 0.0, **dict.fromkeys(near, 60.0)}
    usual: dict[str, Any] = {"mode": "escorted" if more.get("escort_base_id") else "unescorted"}
    return Outlet(base_id=base_id, trip=trip, starts=tuple(starts), near_min=joins, **{**usual, **more})


def task_of(
    outlets: Sequence[Outlet],
    queue: Sequence[Queued],
    people: Sequence[Post],
    cars: Sequence[Vehicle],
    **more: Any,
) -> WeekTask:
    usual: dict[str, Any] = {"days": week_days(2), "settings": RULES, "pools": ()}
    held = {**usual, **more}
    roster = Roster(posts=tuple((one, Calendar()) for one in people), vehicles=tuple((one, Calendar()) for one in cars))
    return WeekTask(
        days=held["days"],
        queue=tuple(queue),
        reaches=find_reaches(outlets, together=10),
        resources=Resources(roster=roster, pools=tuple(held["pools"])),
        settings=held["settings"],
    )


def two_bases(*, days: int = 1) -> list[Outlet]:
    """Bases at both ends of a road of 10 hours, two stops within two hours of each; visits of an hour."""
    stops = [stop_of(f"site-{number}") for number in range(4)]
    at = [60.0, 120.0, 540.0, 480.0]
    west = trip_on_a_line(at, stops, days=days)
    east = trip_on_a_line([600.0 - place for place in at], stops, days=days)
    return [outlet("west", west, week_days(2)), outlet("east", east, week_days(2))]


def un_woman(name: str, base_id: str = "west", **values: Any) -> Post:
    return able(name, woman=True, organisation_type="un_agency", base_id=base_id, **values)


def faults_of(plan: WeekPlan) -> list[str]:
    """What is wrong with a plan, found without the code that made it."""
    task, faults = plan.task, []
    out: set[tuple[str, dt.date]] = set()
    given: dict[str, int] = {}
    told: set[str] = set()
    by_id = {one.request_id: one for one in task.queue}
    for mission in plan.missions:
        faults += drive_plan(mission.trip, mission.itinerary)
        visited = {
            request for visit in mission.itinerary.visits for request in mission.trip.stops[visit.stop].request_ids
        }
        if visited != set(mission.request_ids) or told & visited:
            faults.append(f"serves {sorted(visited)}, says {mission.request_ids}, served before {sorted(told)}")
        told |= visited
        need = combine_asks([by_id[one].ask for one in visited], days=mission.days, drives=mission.outlet.drives)
        faults += sorted(broken(mission.team.posts, mission.team.vehicles, need, task.settings))
        if not set(mission.days) <= set(task.days) or mission.days[0] < min(mission.outlet.starts):
            faults.append(f"is out on {mission.days}")
        for who, base in [(p.staff_id, p.base_id) for p in mission.team.posts] + [
            (v.vehicle_id, v.base_id) for v in mission.team.vehicles
        ]:
            faults += [f"{who} of {base} cannot be at {mission.outlet.base_id}"] * (base not in mission.outlet.near_min)
            for day in mission.days:
                faults += [f"{who} is out twice on {day}"] * ((who, day) in out)
                out.add((who, day))
        if mission.outlet.escort_base_id:
            given[mission.outlet.escort_base_id] = given.get(mission.outlet.escort_base_id, 0) + 1
    for pool in task.resources.pools:
        faults += [f"{pool.base_id} gives {given.get(pool.base_id)}"] * (given.get(pool.base_id, 0) > pool.free)
    for one, _ in task.resources.roster.posts:
        days = tuple(day for who, day in sorted(out) if who == one.staff_id)
        if "rest" in broken([one], [], replace(combine_asks([], days=days)), task.settings):
            faults.append(f"{one.staff_id} does not rest")
    return faults


def random_week(seed: int, *, most_people: int = 3) -> WeekTask:
    """A tiny week: two days, two outlets, one perhaps behind an escort, three stops, few people and vehicles."""
    draw = np.random.default_rng(seed)
    stops = [stop_of(f"site-{number}", service_min=float(draw.integers(6, 20) * 10)) for number in range(3)]
    outlets = []
    for base_id in ("west", "east"):
        minutes = draw.integers(3, 30, (4, 4)) * 10.0
        np.fill_diagonal(minutes, 0.0)
        trip = replace(trip_on_a_line([0.0] * 3, stops, days=2), minutes=minutes)
        escort = "west" if base_id == "east" and draw.random() < 0.5 else None
        near = [one for one in ("west", "east") if draw.random() < 0.5]
        outlets.append(outlet(base_id, trip, week_days(2), near=near, escort_base_id=escort))
    people = [
        post(
            f"post-{number}",
            base_id=("west", "east")[int(draw.integers(0, 2))],
            organisation_type=("un_agency", "ingo")[int(draw.random() < 0.3)],
            role=("interviewer", "interpreter", "driver")[int(draw.integers(0, 3))],
            woman=bool(draw.random() < 0.7),
            interviewer=bool(draw.random() < 0.7),
            trauma_informed=bool(draw.random() < 0.8),
            languages=("french", "nareva")[: int(draw.integers(1, 3))],
            conflicts=("fpn",) if draw.random() < 0.2 else (),
        )
        for number in range(int(draw.integers(1, most_people + 1)))
    ]
    cars = [vehicle(f"car-{n}", base_id=("west", "east")[n], seats=int(draw.integers(1, 3))) for n in range(2)]
    queue = [
        queued(
            number,
            girls=bool(draw.random() < 0.5),
            languages={"nareva"} if draw.random() < 0.4 else set(),
            actor_ids={"fpn"} if draw.random() < 0.3 else set(),
            points=float(draw.integers(0, 5)),
        )
        for number in range(3)
    ]
    rules = RULES.model_copy(update={"most_days_running": int(draw.integers(1, 3)), "rest_days": 1})
    pools = [SlotPool(base_id="west", days=frozenset(week_days(2)), free=int(draw.integers(0, 3)))]
    return task_of(outlets, queue, people, cars[: int(draw.integers(1, 3))], settings=rules, pools=pools)


def best_by_hand(task: WeekTask) -> tuple[int, float]:
    """Most requests, then most points, of all plans of a tiny week, tried one by one."""
    slots = [
        (number, start, days)
        for number, reach in enumerate(task.reaches)
        for days in range(1, len(task.days) + 1)
        for start in task.windows(reach.outlet, days)
    ]
    options = [list(_options(task, *slot)) for slot in slots]

    @cache
    def best(
        place: int, out: frozenset[tuple[str, dt.date]], slots_used: int, served: frozenset[int]
    ) -> tuple[int, float]:
        if place == len(slots):
            return len(served), sum(task.queue[one].points for one in served)
        found = best(place + 1, out, slots_used, served)
        number, start, days = slots[place]
        window = [start + dt.timedelta(days=step) for step in range(days)]
        escorted = task.reaches[number].outlet.escort_base_id is not None
        if escorted and slots_used >= task.resources.pools[0].free:
            return found
        for who, requests in options[place]:
            more = {(one, day) for one in who for day in window}
            if not more & out and not requests & served and _rested(task, out | more):
                found = max(found, best(place + 1, out | more, slots_used + escorted, served | requests))
        return found

    return best(0, frozenset(), 0, frozenset())


def _options(task: WeekTask, number: int, start: dt.date, days: int) -> Iterator[tuple[frozenset[str], frozenset[int]]]:
    """Teams with what they could serve on one mission."""
    reach, roster = task.reaches[number], task.resources.roster
    near = reach.outlet.near_min
    people = [one for one, _ in roster.posts if one.base_id in near]
    cars = [one for one, _ in roster.vehicles if one.base_id in near]
    window = tuple(start + dt.timedelta(days=step) for step in range(days))
    sets = [row for count, rows in reach.sets.items() if count <= days for row in rows]
    parts = {
        frozenset(part)
        for row in sets
        for size in range(1, int(row.sum()) + 1)
        for part in combinations(np.flatnonzero(row).tolist(), size)
    }
    for part in parts:
        need = combine_asks([task.queue[one].ask for one in part], days=window)
        for size in range(1, len(people) + 1):
            for team in combinations(people, size):
                for lent in [(one,) for one in cars] + [tuple(cars)] * (len(cars) == 2):
                    if not broken(team, lent, need, task.settings):
                        yield frozenset([*(p.staff_id for p in team), *(v.vehicle_id for v in lent)]), part


def _rested(task: WeekTask, out: frozenset[tuple[str, dt.date]]) -> bool:
    for one, _ in task.resources.roster.posts:
        days = tuple(sorted(day for who, day in out if who == one.staff_id))
        if days and "rest" in broken([one], [], combine_asks([], days=days), task.settings):
            return False
    return True


def rules_of(**changed: Any) -> TeamSettings:
    return RULES.model_copy(update=changed)
