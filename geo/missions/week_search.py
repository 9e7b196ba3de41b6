"""The search for a week's missions: a first plan, a bound that no plan passes, and the best choice found in the time.

Sets are chosen one after the other, each time with new prices (diving: Sadykov et al. 2019), and the best choice among
those taken, and at last among all that good plans used, is found in whole numbers; among all that could be in a better
plan, if they are few enough. HiGHS (Huangfu and Hall 2018) solves every programme.
"""

import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from geo.missions.plans import FloatArray
from geo.missions.week_bound import NOISE, Met, Relaxed, Search, find_bound, give_worth, relax, worth_at
from geo.missions.week_first import first_plan, plan_anew
from geo.missions.week_program import Berth, Columns, Layout, berths_of, lay_out
from geo.missions.week_task import Sortie, WeekTask

# Of the time, by which each step is over.
_QUICK_SHARE, _PRICES_SHARE, _DIVE_SHARE, _TAKEN_SHARE, _BETTER_SHARE, _BOUND_SHARE = 0.1, 0.2, 0.6, 0.65, 0.75, 0.9
_MOST_FRUITLESS = 20  # plans made anew that were no better, after which no more are
_MOST_SETS = 4000  # among which is chosen at last
_CLOSER_S = 0.01  # no programme is taken to be solved faster
_SMALLER_TIMES = 3.0  # the more is taken, the faster the next programme is solved
_WHOLE = 0.95  # a set chosen so much is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best choice found and what no choice passes."""

    sorties: tuple[Sortie, ...]
    worth: float
    bound: float  # no plan is worth more
    met: Mapping[tuple[int, int], Met] = field(default_factory=dict)  # by reach and days, what good plans use

    @property
    def requests(self) -> frozenset[int]:
        """Requests served."""
        return frozenset(request for sortie in self.sorties for request in sortie.requests)


def search_week(task: WeekTask, search: Search) -> Found:
    """Find the missions whose requests are worth most together."""
    berths = berths_of(task)
    if not berths:
        return Found(sorties=(), worth=0.0, bound=0.0)
    first = first_plan(task, berths, search.worth, alike=search.alike)
    best = better_plan(task, berths, first, search, share=_QUICK_SHARE)
    most = _reachable(berths, search.worth)
    relaxed = relax(task, berths, search)
    find_bound(relaxed, share=_PRICES_SHARE)
    if min(relaxed.bound, most) > best.worth + NOISE:
        best, _ = choose_from(task, berths, _dive(relaxed), best, search, share=_TAKEN_SHARE)
        best = better_plan(task, berths, best.sorties, search, share=_BETTER_SHARE)
        find_bound(relaxed, share=_BOUND_SHARE)
    relaxed.add_met(met_by(berths, best.sorties))
    bound = min(relaxed.bound, most)
    if bound > best.worth + NOISE and search.left() > 0:
        met, whole = _last_choice(relaxed, best.worth)
        best, found = choose_from(task, berths, met, best, search)
        bound = min(bound, max(found, best.worth)) if whole else bound
    relaxed.add_met(met_by(berths, best.sorties))
    told = {(berth.reach, berth.days): one for berth, one in zip(berths, relaxed.met, strict=True)}
    return replace(best, bound=max(bound, best.worth), met=told)


def better_plan(
    task: WeekTask, berths: Sequence[Berth], sorties: tuple[Sortie, ...], search: Search, *, share: float
) -> Found:
    """A plan bettered until a share of the time is over: part of it given up and planned anew, again and again."""
    draw, fruitless = np.random.default_rng(0), 0
    while search.left(share) > 0 and len(sorties) > 1 and fruitless < _MOST_FRUITLESS:
        made = plan_anew(task, berths, sorties, search.worth, alike=search.alike, draw=draw)
        fruitless = fruitless + 1 if made is sorties else 0
        sorties = made
    return Found(sorties=sorties, worth=worth_of(sorties, search), bound=0.0)


def _last_choice(relaxed: Relaxed, worth: float) -> tuple[list[Met], bool]:
    """All that could be in a plan worth more, and True; where that is too much, what good plans used."""
    limit = worth - relaxed.bound - NOISE
    sets = [set(np.flatnonzero(one >= limit).tolist()) for one in relaxed.worth]
    if not sets or sum(map(len, sets)) > _MOST_SETS:
        return relaxed.met, False
    return [(set(part.leaves), one) for part, one in zip(relaxed.layout.parts, sets, strict=True)], True


def met_by(berths: Sequence[Berth], sorties: Sequence[Sortie]) -> list[Met]:
    """Departures of some missions, and for each a set that holds its requests, by berth."""
    found: list[Met] = [(set(), set()) for _ in berths]
    place = {(berth.reach, berth.days): number for number, berth in enumerate(berths)}
    for sortie in sorties:
        number = place[sortie.reach, sortie.days]
        holds = berths[number].sets[:, list(sortie.requests)].all(axis=1)
        found[number][0].add(sortie.start)
        found[number][1].add(int(holds.argmax()))
    return found


def _dive(relaxed: Relaxed) -> list[Met]:
    """Take set after set, the one chosen most first, until all are whole; returns those taken with their departures.

    Where those taken together leave no solution, only the first of them stands.
    """
    before: dict[int, float] = {}
    while relaxed.search.left(_DIVE_SHARE) > 0:
        began = time.monotonic()
        solved = relaxed.solve()
        if solved is None:
            if relaxed.least in ({}, before):
                break
            relaxed.least, before = before, {}
            continue
        rounds = max(1.0, _SMALLER_TIMES * relaxed.search.left(_DIVE_SHARE) / (time.monotonic() - began + _CLOSER_S))
        _, values, prices = solved
        relaxed.note(values)
        relaxed.add_sets([worth_at(part, prices) for part in relaxed.layout.parts])
        open_sets = sorted(_open_sets(relaxed, values), key=lambda one: -one[0])
        if not open_sets:
            break
        whole = sum(one[0] > _WHOLE for one in open_sets)
        taken = open_sets[: max(whole, int(np.ceil(len(open_sets) / rounds)))]
        for number, (_, part, column) in enumerate(taken):
            start = max(part.leaves.values(), key=lambda leaves: values[leaves] - relaxed.least.get(leaves, 0.0))
            for one in (column, start):
                relaxed.least[one] = relaxed.least.get(one, 0.0) + 1.0
            before = dict(relaxed.least) if number == 0 else before
    return [
        (
            {start for start, column in part.leaves.items() if column in relaxed.least},
            {number for number, column in part.chosen.items() if column in relaxed.least},
        )
        for part in relaxed.layout.parts
    ]


def _open_sets(relaxed: Relaxed, values: FloatArray) -> Iterator[tuple[float, Columns, int]]:
    """Sets chosen more than was taken of them."""
    for part in relaxed.layout.parts:
        for column in part.chosen.values():
            more = float(values[column]) - relaxed.least.get(column, 0.0) if column < len(values) else 0.0
            if more > NOISE:
                yield more, part, column


def _reachable(berths: Sequence[Berth], worth: FloatArray) -> float:
    """Worth of all requests that any mission could serve."""
    return float(worth[np.logical_or.reduce([berth.sets.any(axis=0) for berth in berths])].sum())


def choose_from(
    task: WeekTask, berths: Sequence[Berth], met: Sequence[Met], best: Found, search: Search, *, share: float = 1.0
) -> tuple[Found, float]:
    """Best plan among some departures and sets of each berth, the one known included; and what none of these passes."""
    parts = [
        (replace(berth, starts=tuple(sorted(starts))), sorted(numbers))
        for berth, (starts, numbers) in zip(berths, met, strict=True)
        if starts and numbers
    ]
    if not parts:
        return best, -np.inf
    held = [one for one in parts for _ in range(search.alike)]
    layout = lay_out(task, [berth for berth, _ in held])
    give_worth(layout, search)
    for part, (_, numbers) in zip(layout.parts, held, strict=True):
        for number in numbers:
            layout.choose_set(part, number)
    _order_alike(layout)
    if best.worth > 0:
        program = layout.program
        program.at_most([(one, -profit) for one, profit in enumerate(program.profit) if profit], -best.worth)
    values, bound = _solve(layout, max(search.left(share), 0.1))
    if values is None:
        return best, bound
    sorties = read_sorties(layout, values)
    worth = worth_of(sorties, search)
    return (replace(best, sorties=sorties, worth=worth) if worth > best.worth + NOISE else best), bound


def worth_of(sorties: Sequence[Sortie], search: Search) -> float:
    """What missions are worth together; each request counts once."""
    served = sorted({one for sortie in sorties for one in sortie.requests})
    return float(search.worth[served].sum()) - search.per_day * sum(sortie.days for sortie in sorties)


def _order_alike(layout: Layout) -> None:
    """Of berths alike the first is used first."""
    for one, other in zip(layout.parts, layout.parts[1:], strict=False):
        if one.berth is other.berth:
            terms = [(column, 1.0) for column in other.leaves.values()]
            layout.program.at_most([*terms, *((column, -1.0) for column in one.leaves.values())])


def _solve(layout: Layout, seconds: float) -> tuple[FloatArray | None, float]:
    """Values of the best solution found, and what none passes."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 (0.2 s that pages without plans save)

    program = layout.program
    found = milp(
        -np.array(program.profit),
        constraints=LinearConstraint(program.matrix(), -np.inf, np.array(program.limits)),
        bounds=Bounds(0.0, np.array(program.most)),
        integrality=np.array(program.whole, dtype=np.int64),
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )
    if found.status == 2:  # no plan is as good as the one known
        return None, -np.inf
    bound = np.inf if found.mip_dual_bound is None else -float(found.mip_dual_bound)
    return (None if found.x is None else np.asarray(found.x)), bound


def read_sorties(layout: Layout, values: FloatArray) -> tuple[Sortie, ...]:
    """Missions of a solution that serve something, by departure."""
    from_kind: dict[int, list[tuple[dt.date, int]]] = {}
    sorties, told = [], set[int]()
    for part in layout.parts:
        leaving = [start for start, column in part.leaves.items() if values[column] > 0.5]
        served = [one for one, column in part.serves.items() if values[column] > 0.5 and one not in told]
        if leaving and served:
            told.update(served)
            sorties.append((leaving[0], part, tuple(sorted(served))))
    made = []
    for start, part, requests in sorted(sorties, key=lambda one: (one[0], one[1].berth.reach, one[1].berth.days)):
        last = start + dt.timedelta(days=part.berth.days - 1)
        vehicles = [
            _lend(layout, kind, from_kind.setdefault(kind, []), (start, last))
            for (day, kind), column in part.taken.items()
            if day == start
            for _ in range(round(values[column]))
        ]
        posts = [one for (day, one), column in part.aboard.items() if day == start and values[column] > 0.5]
        made.append(
            Sortie(
                reach=part.berth.reach,
                start=start,
                days=part.berth.days,
                posts=tuple(sorted(posts)),
                vehicles=tuple(sorted(vehicles)),
                requests=requests,
            )
        )
    return tuple(made)


def _lend(layout: Layout, kind: int, back: list[tuple[dt.date, int]], days: tuple[dt.date, dt.date]) -> int:
    """A vehicle of a kind that is back before the first day, else one not yet lent; missions come by departure."""
    for number, (until, vehicle) in enumerate(back):
        if until < days[0]:
            back[number] = (days[1], vehicle)
            return vehicle
    vehicle = layout.garage[kind][len(back)]
    back.append((days[1], vehicle))
    return vehicle
