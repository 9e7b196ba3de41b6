"""What one more of each would free: the week planned again with one escort slot, flight day, post or vehicle more.

Planned again, not guessed: each answer is a plan that keeps every rule. It is never below the plan of the week, which
one more of anything leaves possible; where no better one was found in the time, that is said apart from a proven zero.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo.missions.plans import BoolArray, Post, Vehicle
from geo.missions.roster import Calendar, Roster
from geo.missions.week import WeekPlan, missions_of
from geo.missions.week_bound import Met, Search
from geo.missions.week_first import first_plan
from geo.missions.week_program import Berth, berths_of
from geo.missions.week_search import Found, better_plan, choose_from
from geo.missions.week_task import ANYWHERE, Resources, WeekTask

KINDS = ("escort", "flight", "woman_interviewer", "interpreter", "un_staff", "vehicle")
_QUICK_SHARE = 0.6  # of the time, after which the choice is made in whole numbers
_KEPT_SHARE = 0.9  # of one request: those served before, all together
_BEST_SETS = 12  # of each base, mode and length that come new into question
_SEATS = 4


Progress = Callable[[int, int], None]  # done, of how many


@dataclass(frozen=True, slots=True, kw_only=True)
class OneMore:
    """One more of something."""

    kind: str  # one of KINDS
    base_id: str = ""  # where it is; empty = it joins wherever it is needed
    language: str = ""  # of an interpreter


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long a request waits, and how many children with it; ``None`` where nobody counted them."""

    age_days: int
    children: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """What one more of something frees in the week."""

    more: OneMore
    requests: int  # served more
    at_most: int  # that could be served more; equal = proven
    freed: tuple[str, ...]  # requests served that were not before …
    given_up: tuple[str, ...]  # … and those no longer served, so that more are
    request_days: int  # of waiting that they stand for, those given up taken off
    child_days: int

    @property
    def proven(self) -> bool:
        """Whether no more than this can be freed."""
        return self.requests >= self.at_most


def rank_bottlenecks(
    plan: WeekPlan, wanted: Iterable[OneMore], waits: Mapping[str, Waits], *, seconds: float, progress: Progress | None
) -> tuple[Freed, ...]:
    """Plan the week again with one more of each; parameters as in :func:`free_with`, order as in :func:`rank_freed`."""
    each, found = list(wanted), list[Freed]()
    for number, more in enumerate(each):
        wider = [found[one] for one in find_wider(plan.task, each, number)]
        found.append(free_with(plan, more, waits, seconds=seconds, wider=wider))
        if progress is not None:
            progress(number + 1, len(each))
    return rank_freed(found)


def find_wider(task: WeekTask, wanted: Sequence[OneMore], number: int) -> list[int]:
    """Find which resources before one can do all that it can: vehicles that may join the same missions and perhaps more.

    A plan with the one is a plan with each of them too, so that it frees no more than the least of them.
    """
    more = wanted[number]
    if more.kind != "vehicle":
        return []
    own = _joined_by(task, more.base_id)
    return [
        place
        for place, other in enumerate(wanted[:number])
        if other.kind == "vehicle" and own <= _joined_by(task, other.base_id)
    ]


def _joined_by(task: WeekTask, base_id: str) -> frozenset[str]:
    """Bases whose missions a vehicle of a base may join."""
    outlets = [reach.outlet for reach in task.reaches]
    return frozenset(one.base_id for one in outlets if one.drives and base_id in one.near_min)


def rank_freed(freed: Iterable[Freed]) -> tuple[Freed, ...]:
    """Most requests first, then most request-days, then child-days; those that free nothing last, by kind."""
    return tuple(
        sorted(
            freed,
            key=lambda one: (
                *(-one.requests, -one.request_days, -one.child_days),
                *(KINDS.index(one.more.kind), one.more.base_id, one.more.language),
            ),
        )
    )


def resources_of_interest(task: WeekTask, languages: Iterable[str]) -> Iterator[OneMore]:
    """One more of each: slots where there are escorts, days where there are flights, people, vehicles at each base."""
    outlets = [reach.outlet for reach in task.reaches]
    for base_id in sorted({pool.base_id for pool in task.resources.pools}):
        yield OneMore(kind="escort", base_id=base_id)
    for base_id in sorted({outlet.base_id for outlet in outlets if outlet.extra_day is not None}):
        yield OneMore(kind="flight", base_id=base_id)
    yield OneMore(kind="woman_interviewer")
    for language in sorted(set(languages)):
        yield OneMore(kind="interpreter", language=language)
    yield OneMore(kind="un_staff")
    joins: dict[frozenset[str], str] = {}  # where a vehicle may join the same missions, the first base stands for all
    for base_id in sorted({outlet.base_id for outlet in outlets if outlet.drives}):
        joins.setdefault(_joined_by(task, base_id), base_id)
    for where in sorted(joins, key=lambda one: (-len(one), joins[one])):  # those that can do most first: see find_wider
        yield OneMore(kind="vehicle", base_id=joins[where])


def with_one_more(task: WeekTask, more: OneMore) -> WeekTask:
    """The same week with one more of something; the sets of stops stay as they are."""
    return replace(task, resources=_MAKE[more.kind](task.resources, more))


def free_with(
    plan: WeekPlan, more: OneMore, waits: Mapping[str, Waits], *, seconds: float, wider: Sequence[Freed] = ()
) -> Freed:
    """Plan the week again with one more of something.

    Parameters
    ----------
    waits
        Of each request of the queue.
    seconds
        At most.
    wider
        What resources free that can do all this one can. Where one of them was found to free nothing, nothing is
        planned: what was looked for there holds every plan with this one.
    """
    task = with_one_more(plan.task, more)
    before = {number for number, one in enumerate(task.queue) if one.request_id in plan.request_ids}
    berths = berths_of(task)
    at_most = _at_most(plan, task, berths, more, len(before))
    at_most = min([at_most, *(one.at_most for one in wider)])
    idle = not at_most or any(not one.requests for one in wider)
    after = before if idle else _plan_again(plan, task, berths, more, seconds)
    gained = len(after) - len(before)
    freed, left = sorted(after - before), sorted(before - after)
    if not gained:
        freed, left = [], []

    def total(value: Callable[[Waits], int]) -> int:
        return sum(sign * value(waits[task.queue[one].request_id]) for one, sign in _signed(freed, left))

    return Freed(
        more=more,
        requests=gained,
        at_most=max(at_most, gained),
        freed=tuple(task.queue[one].request_id for one in freed),
        given_up=tuple(task.queue[one].request_id for one in left),
        request_days=total(lambda one: one.age_days),
        child_days=total(lambda one: one.age_days * (one.children or 0)),
    )


def _signed(freed: list[int], left: list[int]) -> Iterator[tuple[int, int]]:
    yield from ((one, 1) for one in freed)
    yield from ((one, -1) for one in left)


def _at_most(plan: WeekPlan, task: WeekTask, berths: tuple[Berth, ...], more: OneMore, served: int) -> int:
    """Requests that could be served more: no more than wait in reach, nor than what uses the new one can serve.

    Without the missions that use it, a plan is one of the week as it is: so these missions are all that is gained.
    """
    met, largest = np.zeros(len(task.queue), dtype=bool), 0
    for berth in berths:
        met |= berth.sets.any(axis=0)
        if _concerns(task, berth, more):
            largest = max(largest, int(berth.sets.sum(axis=1).max()))
    if not largest:  # no mission could use it
        return 0
    slots = sum(pool.base_id == more.base_id for pool in task.resources.pools)
    times = slots if more.kind == "escort" else len(task.days)
    return min(int(met.sum()) - served, plan.most_requests - served + times * largest)


def _concerns(task: WeekTask, berth: Berth, more: OneMore) -> bool:
    """Whether missions of a berth could use one more."""
    outlet = task.reaches[berth.reach].outlet
    if more.kind == "escort":
        return outlet.escort_base_id == more.base_id
    if more.kind == "flight":
        return outlet.base_id == more.base_id and outlet.extra_day is not None
    if more.kind == "vehicle":
        return outlet.drives and more.base_id in outlet.near_min
    return True


def _plan_again(plan: WeekPlan, task: WeekTask, berths: tuple[Berth, ...], more: OneMore, seconds: float) -> set[int]:
    """Requests served in the best plan found with one more, those served before kept where as many are served."""
    served = {number for number, one in enumerate(task.queue) if one.request_id in plan.request_ids}
    kept = np.isin(np.arange(len(task.queue)), sorted(served))
    worth = 1.0 + kept * _KEPT_SHARE / (len(task.queue) + 1)
    search = Search(worth=worth, alike=plan.alike, seconds=seconds)
    grown = first_plan(task, berths, worth, alike=plan.alike, kept=plan.found.sorties)
    found = better_plan(task, berths, grown, search, share=_QUICK_SHARE)
    if len(found.requests) == len(served):
        met = [_in_question(plan, task, berth, more, np.logical_not(kept)) for berth in berths]
        found, _ = choose_from(task, berths, met, found, search)
    if len(found.requests) <= len(served) or not _uses(plan.task, task, found, more):
        return served
    missions_of(task, found.sorties)  # keeps every rule, or fails loudly
    return set(found.requests)


def _uses(before: WeekTask, task: WeekTask, found: Found, more: OneMore) -> bool:
    """Whether a plan uses the new one; one that does not was possible before and says nothing of it."""
    outlets = [(task.reaches[one.reach].outlet, one.start) for one in found.sorties]
    if more.kind == "escort":
        return any(
            sum(outlet.escort_base_id == pool.base_id and start in pool.days for outlet, start in outlets) > pool.free
            for pool in before.resources.pools
        )
    if more.kind == "flight":
        days = {outlet.extra_day for outlet, _ in outlets if outlet.base_id == more.base_id} - {None}
        return len(days) > before.resources.extra_flights.get(more.base_id, 0)
    if more.kind == "vehicle":
        return any(len(before.resources.roster.vehicles) in one.vehicles for one in found.sorties)
    return any(len(before.resources.roster.posts) in one.posts for one in found.sorties)


def _in_question(plan: WeekPlan, task: WeekTask, berth: Berth, more: OneMore, waiting: BoolArray) -> Met:
    """What good plans of the week use, and where one more counts the sets that serve most of what still waits."""
    starts, sets = plan.found.met.get((berth.reach, berth.days), (set(), set()))
    gain = (berth.sets & waiting).sum(axis=1)
    if not _concerns(task, berth, more) or not gain.any():
        return starts & set(berth.starts), sets
    best = np.argsort(gain, kind="stable")[::-1][:_BEST_SETS]
    return set(berth.starts), sets | set(best[gain[best] > 0].tolist())


def _one_slot(held: Resources, more: OneMore) -> Resources:
    """One more in each week that the days touch."""
    pools = (replace(pool, free=pool.free + (pool.base_id == more.base_id)) for pool in held.pools)
    return replace(held, pools=tuple(pools))


def _one_flight(held: Resources, more: OneMore) -> Resources:
    days = held.extra_flights.get(more.base_id, 0)
    return replace(held, extra_flights={**held.extra_flights, more.base_id: days + 1})


def _one_post(held: Resources, more: OneMore) -> Resources:
    """A post that joins wherever it is needed, on all days; a woman interviewer speaks what all who interview speak."""
    interviews = more.kind == "woman_interviewer"
    able = [post.languages for post, _ in held.roster.posts if post.interviewer and post.trauma_informed]
    common = frozenset.intersection(*able) if able else frozenset()
    post = Post(
        staff_id=f"one-more-{more.kind}",
        partner_id="one-more",
        organisation_type="un_agency" if more.kind == "un_staff" else "other",
        base_id=ANYWHERE,
        role="interpreter" if more.kind == "interpreter" else "interviewer" if interviews else "observer",
        woman=interviews,
        interviewer=interviews,
        trauma_informed=interviews,
        languages=frozenset({more.language}) if more.language else common,
    )
    return replace(held, roster=_joined(held.roster, post=post))


def _one_vehicle(held: Resources, more: OneMore) -> Resources:
    vehicle = Vehicle(
        vehicle_id="one-more-vehicle", partner_id="one-more", base_id=more.base_id, kind="4x4", seats=_SEATS
    )
    return replace(held, roster=_joined(held.roster, vehicle=vehicle))


def _joined(roster: Roster, *, post: Post | None = None, vehicle: Vehicle | None = None) -> Roster:
    """The roster with one more at its end, so that all positions stay."""
    return Roster(
        posts=roster.posts if post is None else (*roster.posts, (post, Calendar())),
        vehicles=roster.vehicles if vehicle is None else (*roster.vehicles, (vehicle, Calendar())),
    )


_MAKE: Mapping[str, Callable[[Resources, OneMore], Resources]] = {
    "escort": _one_slot,
    "flight": _one_flight,
    "woman_interviewer": _one_post,
    "interpreter": _one_post,
    "un_staff": _one_post,
    "vehicle": _one_vehicle,
}
