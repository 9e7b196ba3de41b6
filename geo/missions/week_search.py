"""The search for a week's missions: a bound that no plan passes, then the best choice among the sets that matter.

The programme without whole numbers is solved by column generation: only sets worth more than they cost at the prices
of the moment are added (Dantzig and Wolfe 1960; prices smoothed as in Wentges 1997). Any prices give a bound. Then sets
are chosen one after the other, each time with new prices (diving: Sadykov et al. 2019), and the best choice among all
sets met on the way is found in whole numbers; at last among all that could be in a better plan, if they are few enough
for the time. HiGHS (Huangfu and Hall 2018) solves every programme.
"""

import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from geo.missions.plans import BoolArray, FloatArray
from geo.missions.week_program import Berth, Columns, Layout, berths_of, lay_out
from geo.missions.week_task import WeekTask

NOISE = 1e-6
_BOUND_SHARE, _DIVE_SHARE, _CHOICE_SHARE = 0.35, 0.6, 0.8  # of the time, by which each step is over
_NEAR_WORTH = 0.02  # a bound so near the programme's value is near enough
_SMOOTH_SHARE = 0.4  # weight of the best prices so far
_PER_ROUND = 20  # sets of a berth added in one round
_MOST_SETS = 4000  # among which is chosen at last
_WHOLE = 0.95  # a set chosen so much is taken
Met = tuple[set[dt.date], set[int]]  # departures, and positions of sets, of a berth


@dataclass(frozen=True, slots=True, kw_only=True)
class Sortie:
    """A mission as it was chosen: positions of posts, vehicles and requests."""

    reach: int
    start: dt.date
    days: int
    posts: tuple[int, ...]
    vehicles: tuple[int, ...]
    requests: tuple[int, ...]


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


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Search:
    """What is searched for, and how long."""

    worth: FloatArray  # of each request, positive
    per_day: float = 0.0  # what a day away of one mission takes off
    alike: int  # missions of one base, mode and length at most
    seconds: float
    began: float = field(default_factory=time.monotonic)

    def left(self, share: float = 1.0) -> float:
        """Seconds left of a share of the time."""
        return self.began + share * self.seconds - time.monotonic()


@dataclass(slots=True, kw_only=True)
class Relaxed:
    """The programme without whole numbers, and what was learnt from it."""

    layout: Layout
    search: Search
    bound: float = np.inf  # no plan is worth more
    prices: FloatArray | None = None  # of each row, that gave this bound
    worth: tuple[
        FloatArray, ...
    ] = ()  # of each berth and set what it brings beside its cost at these prices, at most 0
    least: dict[int, float] = field(default_factory=dict)  # column -> what was taken of it
    met: list[Met] = field(default_factory=list)  # of each berth what a solution used

    def solve(self) -> tuple[float, FloatArray, FloatArray] | None:
        """Best value, values of the columns and prices of the rows; nothing where there are none in time."""
        from scipy.optimize import linprog  # noqa: PLC0415 (0.2 s that pages without plans save)

        program = self.layout.program
        least = [self.least.get(column, 0.0) for column in range(len(program.most))]
        found = linprog(  # type: ignore[call-overload]  # takes sparse sums, which its stubs do not say
            -np.array(program.profit),
            A_ub=program.matrix(),
            b_ub=np.array(program.limits),
            bounds=list(zip(least, program.most, strict=True)),
            method="highs",
            options={"time_limit": max(self.search.left(), 0.1)},
        )
        if found.status != 0:
            return None
        return -float(found.fun), np.asarray(found.x), -np.asarray(found.ineqlin.marginals)

    def note(self, values: FloatArray) -> None:
        """Remember which departures and sets a solution uses."""
        for part, (starts, sets) in zip(self.layout.parts, self.met, strict=True):
            starts |= {start for start, column in part.leaves.items() if values[column] > NOISE}
            sets |= {one for one, column in part.chosen.items() if column < len(values) and values[column] > NOISE}

    def add_sets(self, worth: Sequence[FloatArray]) -> bool:
        """Add the sets of each berth that are worth most more than they cost; tell whether there were any."""
        before = len(self.layout.program.profit)
        for part, one in zip(self.layout.parts, worth, strict=True):
            for number in np.argsort(-one, kind="stable")[:_PER_ROUND].tolist():
                if one[number] > NOISE:
                    self.layout.choose_set(part, number)
        return len(self.layout.program.profit) > before

    def learn(self, prices: FloatArray) -> list[FloatArray]:
        """What each set brings at some prices; the bound they give is kept where it is the best so far."""
        program, alike = self.layout.program, self.layout.alike
        worth = [_worth_at(part, prices) for part in self.layout.parts]
        most = [max(float(one.max()), 0.0) for one in worth]
        over = np.array(program.profit) - program.matrix().T @ prices
        over[[column for part in self.layout.parts for column in part.chosen.values()]] = 0.0
        gained = float(np.maximum(over, 0.0) @ np.array(program.most))
        bound = float(np.array(program.limits) @ prices) + gained + alike * sum(most)
        if bound < self.bound - NOISE:
            self.bound, self.prices = bound, prices
            # A mission that cost so much more would make no set worth more than it costs.
            self.worth = tuple(one - dearer for one, dearer in zip(worth, most, strict=True))
        return worth


def search_week(task: WeekTask, search: Search, *, floor: Found | None = None) -> Found:
    """Find the missions whose requests are worth most together.

    Parameters
    ----------
    floor
        A plan that could be kept, which the result is never below.
    """
    berths = berths_of(task)
    best = floor or Found(sorties=(), worth=0.0, bound=0.0)
    most = _reachable(berths, search.worth) if berths else 0.0
    if most <= best.worth + NOISE:
        return replace(best, bound=best.worth)
    relaxed = _relax(task, berths, search)
    find_bound(relaxed)
    bound = min(relaxed.bound, most)
    if bound > best.worth + NOISE:
        taken = _dive(relaxed)
        for met in (taken, relaxed.met):
            best, _ = choose_from(task, berths, met, best, search, share=_CHOICE_SHARE)
    if bound > best.worth + NOISE and search.left() > 0 and relaxed.worth:
        limit = best.worth - relaxed.bound - NOISE
        sets = [set(np.flatnonzero(worth >= limit).tolist()) for worth in relaxed.worth]
        if sum(map(len, sets)) <= _MOST_SETS:  # all that could be in a better plan
            whole = [(set(part.leaves), one) for part, one in zip(relaxed.layout.parts, sets, strict=True)]
            best, found = choose_from(task, berths, whole, best, search)
            bound = min(bound, max(found, best.worth))
    met_by = {(berth.reach, berth.days): one for berth, one in zip(berths, relaxed.met, strict=True)}
    return replace(best, bound=max(bound, best.worth), met=met_by)


def find_bound(relaxed: Relaxed) -> None:
    """Solve the programme without whole numbers over all sets, as far as the time goes."""
    search = relaxed.search
    while True:
        solved = relaxed.solve()
        if solved is None:
            return
        value, values, prices = solved
        relaxed.note(values)
        added = relaxed.add_sets(relaxed.learn(prices))
        assert relaxed.prices is not None
        between = _SMOOTH_SHARE * relaxed.prices + (1.0 - _SMOOTH_SHARE) * prices
        added = relaxed.add_sets(relaxed.learn(between)) or added
        if not added or relaxed.bound <= value + _NEAR_WORTH or search.left(_BOUND_SHARE) <= 0:
            return


def _relax(task: WeekTask, berths: Sequence[Berth], search: Search) -> Relaxed:
    layout = lay_out(task, berths, alike=search.alike)
    _give_worth(layout, search)
    for part in layout.parts:
        for number in _spread(part.berth.sets):
            layout.choose_set(part, number)
    return Relaxed(layout=layout, search=search, met=[(set(), set()) for _ in layout.parts])


def _dive(relaxed: Relaxed) -> list[Met]:
    """Take set after set, the one chosen most first, until all are whole; returns those taken with their departures."""
    while relaxed.search.left(_DIVE_SHARE) > 0:
        solved = relaxed.solve()
        if solved is None:
            break
        _, values, prices = solved
        relaxed.note(values)
        relaxed.add_sets([_worth_at(part, prices) for part in relaxed.layout.parts])
        open_sets = sorted(_open_sets(relaxed, values), key=lambda one: -one[0])
        if not open_sets:
            break
        taken = [one for one in open_sets if one[0] > _WHOLE] or open_sets[:1]
        for _, part, column in taken:
            start = max(part.leaves.values(), key=lambda leaves: values[leaves] - relaxed.least.get(leaves, 0.0))
            for one in (column, start):
                relaxed.least[one] = relaxed.least.get(one, 0.0) + 1.0
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


def _spread(sets: BoolArray) -> list[int]:
    """For each request the largest set that holds it."""
    size = sets.sum(axis=1)
    held = np.where(sets, size[:, None], 0)
    return sorted({int(held[:, request].argmax()) for request in np.flatnonzero(sets.any(axis=0))})


def _give_worth(layout: Layout, search: Search) -> None:
    for part in layout.parts:
        for request, column in part.serves.items():
            layout.program.profit[column] = float(search.worth[request])
        for column in part.leaves.values():
            layout.program.profit[column] = -search.per_day * part.berth.days


def _worth_at(part: Columns, prices: FloatArray) -> FloatArray:
    """What each set of a berth brings at some prices beside what a mission costs."""
    of_request = np.zeros(part.berth.sets.shape[1])
    for request, row in part.covered.items():
        of_request[request] = prices[row]
    return np.asarray(part.berth.sets @ of_request - prices[part.sets_row])


def choose_from(
    task: WeekTask, berths: Sequence[Berth], met: Sequence[Met], best: Found, search: Search, *, share: float = 1.0
) -> tuple[Found, float]:
    """Best plan among some departures and sets of each berth, the one known included; and what none of these passes."""
    parts = [
        (replace(berth, starts=tuple(sorted(starts))), sorted(numbers))
        for berth, (starts, numbers) in zip(berths, met, strict=True)
        if starts and numbers
    ]
    held = [one for one in parts for _ in range(search.alike)]
    layout = lay_out(task, [berth for berth, _ in held])
    _give_worth(layout, search)
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
