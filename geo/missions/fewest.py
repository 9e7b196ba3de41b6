"""Can anybody form a team at all? Fast and exact, for a planner that asks hundreds of times.

What is still demanded of a team is a small state: so many UN staff, women, interviewers, drivers, languages. The
fewest posts that reach each state are found post by post, as a knapsack is filled (Bellman 1957, Dynamic Programming).
Posts that count for the same demands are one kind, of which no more are tried than are demanded.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geo.missions.plans import Need, Post, Vehicle
from geo.missions.teams import (
    DRIVER,
    Demand,
    Limits,
    demands_of,
    in_conflict,
    limits_of,
    longest_stretch_days,
    spoken_languages,
    too_long,
)
from geo.settings import TeamSettings

IntArray = npt.NDArray[np.int64]
NEVER = 1 << 30  # more posts than any roster has


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """What there is too little of among those who can go."""

    resource: str  # a key of _SPOKEN
    needed: int
    held: int  # among those who can go; for what is limited: how many are allowed
    among: frozenset[str] = frozenset()  # languages of which one is needed

    def __str__(self) -> str:
        """Say what is short."""
        what = _SPOKEN[self.resource].format(among=spoken_languages(self.among))
        if self.resource in ("people", "days", "un_staff_allowed"):
            return f"{what}: {self.needed} needed, {self.held} allowed"
        return f"{what}: {self.needed} needed, {self.held} free"


_SPOKEN = {
    "somebody": "posts",
    "un_staff": "UN staff",
    "woman": "women",
    "local_staff": "posts of local partners",
    "interviewer": "trained interviewers",
    "woman_interviewer": "trained woman interviewers",
    "language": "interviewers or interpreters who speak {among}",
    "un_staff_allowed": "UN staff",
    "people": "people",
    "driver": "drivers",
    "vehicle": "vehicles",
    "seats": "seats",
    "days": "days in a row",
}


def can_form_team(posts: Sequence[Post], vehicles: Sequence[Vehicle], need: Need, settings: TeamSettings) -> bool:
    """Tell whether some of the posts and vehicles form a team that keeps every rule; see :func:`check_team`."""
    if too_long(need, settings):
        return False
    fewest = fewest_people(posts, vehicles, need, settings)
    return fewest is not None and fewest <= limits_of(need, settings).people


def fewest_people(posts: Sequence[Post], vehicles: Sequence[Vehicle], need: Need, settings: TeamSettings) -> int | None:
    """Return the fewest people, drivers counted, that keep every rule but those of size; ``None`` where nobody can.

    Vehicles, seats and UN staff are limited as ever; how long the mission is, is not looked at.
    """
    able = [post for post in posts if not in_conflict(post, need)]
    return _fewest_people(able, vehicles, need, settings, limits_of(need, settings))


def find_shortages(
    posts: Sequence[Post], vehicles: Sequence[Vehicle], need: Need, settings: TeamSettings
) -> tuple[Shortage, ...]:
    """Return which resources are short, each looked at alone; empty exactly where a team can be formed.

    Where each alone is enough and only all together are too many people for one team, that is said.
    """
    limits = limits_of(need, settings)
    able = [post for post in posts if not in_conflict(post, need)]
    found = [
        Shortage(resource=demand.resource, needed=demand.least, held=held, among=_tongues(demand))
        for demand in demands_of(need, settings)
        for held in [sum(map(demand.met_by, able))]
        if held < demand.least
    ]
    if need.drives:
        found += _short_of_vehicles(able, vehicles, settings)
    if too_long(need, settings):
        out = longest_stretch_days(need.days, rest_days=settings.rest_days)
        found.append(Shortage(resource="days", needed=out, held=settings.most_days_running))
    if found or can_form_team(posts, vehicles, need, settings):
        return tuple(found)
    return (_short_together(able, vehicles, need, settings, limits),)


def _tongues(demand: Demand) -> frozenset[str]:
    return demand.among if demand.resource == "language" else frozenset()


def _short_of_vehicles(able: Sequence[Post], vehicles: Sequence[Vehicle], settings: TeamSettings) -> list[Shortage]:
    found = [] if vehicles else [Shortage(resource="vehicle", needed=1, held=0)]
    if settings.drivers == "post" and not any(post.role == DRIVER for post in able):
        found.append(Shortage(resource="driver", needed=1, held=0))
    return found


def _short_together(
    able: Sequence[Post], vehicles: Sequence[Vehicle], need: Need, settings: TeamSettings, limits: Limits
) -> Shortage:
    """Say what is short where each resource alone is enough: too many people, too few seats, too many UN staff."""
    fewest = _fewest_people(able, vehicles, need, settings, limits)
    if fewest is not None:
        return Shortage(resource="people", needed=fewest, held=limits.people)
    roomy = [replace(vehicle, seats=len(able) + 1) for vehicle in vehicles]
    seated = _fewest_people(able, roomy, need, settings, limits)
    if seated is not None:
        largest = sorted((vehicle.seats for vehicle in vehicles), reverse=True)[: limits.vehicles]
        return Shortage(resource="seats", needed=seated, held=sum(largest) + len(largest))
    cap = limits.un_staff or 0  # only a cap on UN staff is left to be short of
    for un_staff in range(cap + 1, len(able)):
        if _fewest_people(able, roomy, need, settings, replace(limits, un_staff=un_staff)) is not None:
            return Shortage(resource="un_staff_allowed", needed=un_staff, held=cap)
    return Shortage(resource="un_staff_allowed", needed=len(able), held=cap)


def _fewest_people(
    able: Sequence[Post], vehicles: Sequence[Vehicle], need: Need, settings: TeamSettings, limits: Limits
) -> int | None:
    """Try each number of vehicles, the roomiest first, and of posts that drive one."""
    most = min(limits.vehicles, len(vehicles)) if need.drives else 0
    with_drivers = _fewest_posts(able, demands_of(need, settings), limits, most_drivers=most)
    found = NEVER if need.drives else int(with_drivers[0])
    largest = sorted((vehicle.seats for vehicle in vehicles), reverse=True)
    for taken in range(1, most + 1):
        seats = sum(largest[:taken]) + taken
        for drive in range(taken + 1) if settings.drivers == "organisation" else [taken]:
            people = int(with_drivers[drive]) + taken - drive
            if people <= seats:
                found = min(found, people)
    return found if found < NEVER else None


def _fewest_posts(able: Sequence[Post], demands: Sequence[Demand], limits: Limits, *, most_drivers: int) -> IntArray:
    """Fewest posts that meet all demands with at least 0, 1, … drivers among them; NEVER where none do.

    The first axes of ``best`` count what is demanded and stop there; then drivers; then UN staff, never beyond the cap.
    """
    gives = np.array([[demand.met_by(post) for post in able] for demand in demands], dtype=bool)
    gives = gives.reshape(len(demands), len(able))
    kept = _not_implied(gives, [demand.least for demand in demands])
    steps = [*gives[kept], np.array([post.role == DRIVER for post in able], dtype=bool)]
    shape = [demands[row].least + 1 for row in kept] + [most_drivers + 1]
    if limits.un_staff is not None:
        steps.append(np.array([post.un_staff for post in able], dtype=bool))
        shape.append(limits.un_staff + 1)
    capped = limits.un_staff is not None
    best = np.full(shape, NEVER, dtype=np.int64)
    best[(0,) * len(shape)] = 0
    for kind, count in Counter(zip(*(step.tolist() for step in steps), strict=True)).items():
        counted = [axis for axis, one in enumerate(kind) if one]
        useful = max((shape[axis] - 1 for axis in counted if not (capped and axis == len(shape) - 1)), default=0)
        for _ in range(min(count, useful)):
            best = np.minimum(best, _one_more(best, counted, capped=capped))
    met = best[(-1,) * len(kept)]
    by_drivers = met.min(axis=1) if capped else met
    return np.minimum.accumulate(by_drivers[::-1])[::-1]


def _one_more(best: IntArray, axes: Sequence[int], *, capped: bool) -> IntArray:
    """Return what is reached with one more post that counts on these axes."""
    found = best + 1
    for axis in axes:
        shifted = np.roll(found, 1, axis=axis)
        first: list[slice | int] = [slice(None)] * best.ndim
        last = first.copy()
        first[axis], last[axis] = 0, -1
        shifted[tuple(first)] = NEVER
        if not (capped and axis == best.ndim - 1):
            shifted[tuple(last)] = np.minimum(shifted[tuple(last)], found[tuple(last)])
        found = shifted
    return found


def _not_implied(gives: npt.NDArray[np.bool_], least: Sequence[int]) -> list[int]:
    """Rows of demands that no other demand takes care of: one that fewer posts meet, and that asks for as many."""
    kept: list[int] = []
    for row, posts in enumerate(gives):
        others = (
            other
            for other, fewer in enumerate(gives)
            if other != row
            and least[other] >= least[row]
            and not (fewer & ~posts).any()
            and (other < row or least[other] > least[row] or (posts & ~fewer).any())
        )
        if next(others, None) is None:
            kept.append(row)
    return kept
