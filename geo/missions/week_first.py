"""A first plan of a week, quickly: mission after mission, always the one that brings most per day away.

What a mission brings never grows while others are added, so that only the most promising ones are looked at again
(Minoux 1978, Accelerated greedy algorithms). The plan keeps every rule; how far it is from the best is for the search.
"""

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from geo.missions.composer import find_team
from geo.missions.needs import combine_asks
from geo.missions.plans import BoolArray, FloatArray, IntArray
from geo.missions.program import least_left_out
from geo.missions.roster import Available, days_between
from geo.missions.week_program import Berth
from geo.missions.week_task import Sortie, WeekTask, chosen_of

_NOISE = 1e-9
_GIVEN_UP_SHARE, _WEIGHED_TIMES = 0.4, 1.5


@dataclass(slots=True, kw_only=True)
class _Draft:
    """What is planned so far."""

    task: WeekTask
    left: FloatArray  # worth of what is not served yet
    sorties: list[Sortie] = field(default_factory=list)
    out: dict[int, set[dt.date]] = field(default_factory=dict)  # days of each post
    lent: dict[int, set[dt.date]] = field(default_factory=dict)
    used: Counter[int] = field(default_factory=Counter)  # missions of each berth

    def free(self, berth: Berth, start: dt.date) -> tuple[list[int], list[int]]:
        """Posts and vehicles that can be on a mission beside those planned."""
        outlet = self.task.reaches[berth.reach].outlet
        posts, vehicles = self.task.free(outlet, start, berth.days)
        days = set(days_between(start, start + dt.timedelta(days=berth.days - 1)))
        rested = [
            one
            for one in posts
            if not days & self.out.get(one, set())
            and not any(tiring <= days | self.out.get(one, set()) for tiring in self.task.tiring[one])
        ]
        return rested, [one for one in vehicles if not days & self.lent.get(one, set())]

    def slot_is_left(self, berth: Berth, start: dt.date) -> bool:
        """Whether its escort has a slot, and its base may fly."""
        outlet = self.task.reaches[berth.reach].outlet
        if outlet.extra_day is not None:
            beside = {self.task.reaches[one.reach].outlet for one in self.sorties} - {outlet}
            days = {one.extra_day for one in beside if one.base_id == outlet.base_id} - {None, outlet.extra_day}
            if len(days) >= self.task.resources.extra_flights.get(outlet.base_id, 0):
                return False
        for pool in self.task.resources.pools:
            if pool.base_id == outlet.escort_base_id and start in pool.days:
                given = sum(
                    self.task.reaches[one.reach].outlet.escort_base_id == pool.base_id and one.start in pool.days
                    for one in self.sorties
                )
                if given >= pool.free:
                    return False
        return True

    def add(self, sortie: Sortie) -> None:
        """Plan a mission."""
        self.sorties.append(sortie)
        self.left[list(sortie.requests)] = 0.0
        days = days_between(sortie.start, sortie.start + dt.timedelta(days=sortie.days - 1))
        for held, ones in ((self.out, sortie.posts), (self.lent, sortie.vehicles)):
            for one in ones:
                held.setdefault(one, set()).update(days)


def first_plan(
    task: WeekTask, berths: Sequence[Berth], worth: FloatArray, *, alike: int, kept: Sequence[Sortie] = ()
) -> tuple[Sortie, ...]:
    """Plan mission after mission.

    Parameters
    ----------
    alike
        Missions of one berth at most.
    kept
        Missions that are planned already.
    """
    draft = _Draft(task=task, left=worth.copy())
    place = {(berth.reach, berth.days): number for number, berth in enumerate(berths)}
    for sortie in kept:
        draft.add(sortie)
        draft.used[place[sortie.reach, sortie.days]] += 1
    meets = _meets(task)
    heap = [
        (-np.inf, number, start) for number, berth in enumerate(berths) for start in berth.starts for _ in range(alike)
    ]
    while heap:
        _, number, start = heapq.heappop(heap)
        berth = berths[number]
        posts, vehicles = draft.free(berth, start)
        if draft.used[number] >= alike or not draft.slot_is_left(berth, start):
            continue
        gain, served = _best_set(berth, draft.left * meets[:, posts].any(axis=1).all(axis=0))
        if gain <= _NOISE:
            continue
        if heap and -gain / berth.days > heap[0][0] + _NOISE:
            heapq.heappush(heap, (-gain / berth.days, number, start))
            continue
        made = _sortie(draft, berth, start, (posts, vehicles), served)
        if made is not None:
            draft.add(made)
            draft.used[number] += 1
    return tuple(draft.sorties)


def plan_anew(
    task: WeekTask,
    berths: Sequence[Berth],
    sorties: tuple[Sortie, ...],
    worth: FloatArray,
    *,
    alike: int,
    draw: np.random.Generator,
) -> tuple[Sortie, ...]:
    """Give some missions up and plan anew beside the others, requests weighed a little differently.

    After ruin and recreate (Schrimpf et al. 2000). The same plan where nothing better came of it.
    """
    kept = [one for one in sorties if draw.random() > _GIVEN_UP_SHARE]
    weighed = worth * draw.uniform(1.0, _WEIGHED_TIMES, len(worth))
    made = first_plan(task, berths, weighed, alike=alike, kept=kept)
    return made if _worth(made, worth) > _worth(sorties, worth) + _NOISE else sorties


def _worth(sorties: Sequence[Sortie], worth: FloatArray) -> float:
    return float(worth[[one for sortie in sorties for one in sortie.requests]].sum())


def _meets(task: WeekTask) -> BoolArray:
    """Whether a post meets each demand of each request, shape ``(demands, posts, requests)``; none asked counts as met."""
    posts = [post for post, _ in task.resources.roster.posts]
    most = max((len(one) for one in task.demands), default=0)
    found = np.ones((max(most, 1), len(posts), len(task.queue)), dtype=bool)
    for request, demands in enumerate(task.demands):
        for row, demand in enumerate(demands):
            found[row, :, request] = [demand.met_by(post) for post in posts]
    for post, request in task.torn:
        found[:, post, request] = False
    return found


def _best_set(berth: Berth, left: FloatArray) -> tuple[float, IntArray]:
    gains = berth.sets @ left
    best = int(gains.argmax())
    return float(gains[best]), np.flatnonzero(berth.sets[best] & (left > 0))


def _sortie(
    draft: _Draft, berth: Berth, start: dt.date, free: tuple[list[int], list[int]], served: IntArray
) -> Sortie | None:
    """The mission with the smallest team, without the fewest requests for which there is none; requests by worth."""
    task, rules = draft.task, draft.task.settings
    outlet, roster = task.reaches[berth.reach].outlet, task.resources.roster
    posts, vehicles = chosen_of(roster, *free)
    days = days_between(start, start + dt.timedelta(days=berth.days - 1))
    chosen = sorted(served.tolist(), key=lambda one: (-draft.left[one], one))
    available = Available(posts=tuple(posts), vehicles=tuple(vehicles))
    need = combine_asks([task.queue[one].ask for one in chosen], days=days, drives=outlet.drives)
    team = find_team(available, need, rules)
    if team is None:
        out = least_left_out(posts, vehicles, [task.queue[one].ask for one in chosen], need, rules)
        chosen = [] if out is None else [one for one in chosen if task.queue[one].request_id not in out]
        need = combine_asks([task.queue[one].ask for one in chosen], days=days, drives=outlet.drives)
        team = find_team(available, need, rules) if chosen else None
    if team is None:
        return None
    taken = {one.staff_id for one in team.posts} | {one.vehicle_id for one in team.vehicles}
    return Sortie(
        reach=berth.reach,
        start=start,
        days=berth.days,
        posts=tuple(one for one in free[0] if roster.posts[one][0].staff_id in taken),
        vehicles=tuple(one for one in free[1] if roster.vehicles[one][0].vehicle_id in taken),
        requests=tuple(sorted(chosen)),
    )
