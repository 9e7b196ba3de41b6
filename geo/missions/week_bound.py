"""A bound that no plan of a week passes, and the sets of stops that matter, from the programme without whole numbers.

It is solved by column generation: only sets worth more than they cost at the prices of the moment are added (Dantzig
and Wolfe 1960; prices smoothed as in Wentges 1997). Any prices give a bound. HiGHS (Huangfu and Hall 2018) solves it.
"""

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from geo.missions.plans import BoolArray, FloatArray
from geo.missions.week_program import Berth, Columns, Layout, lay_out
from geo.missions.week_task import WeekTask

NOISE = 1e-6
_NEAR_WORTH = 0.02  # a bound so near the programme's value is near enough
_SMOOTH_SHARE = 0.4  # weight of the best prices so far
_PER_ROUND = 20  # sets of a berth added in one round
Met = tuple[set[dt.date], set[int]]  # departures, and positions of sets, of a berth


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

    def add_met(self, more: Sequence[Met]) -> None:
        """Remember departures and sets found otherwise."""
        for met, other in zip(self.met, more, strict=True):
            met[0].update(other[0])
            met[1].update(other[1])

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
        program = self.layout.program
        worth = [worth_at(part, prices) for part in self.layout.parts]
        most = np.array([max(float(one.max()), 0.0) for one in worth])
        over = np.array(program.profit) - program.matrix().T @ prices
        over[[column for part in self.layout.parts for column in part.chosen.values()]] = 0.0
        gained = float(np.maximum(over, 0.0) @ np.array(program.most))
        dearer, more = self._dearer(most)
        bound = float(np.array(program.limits) @ prices) + gained + more
        if bound < self.bound - NOISE:
            self.bound, self.prices = bound, prices
            # A mission that cost so much more would make no set worth more than it costs.
            self.worth = tuple(one - cost for one, cost in zip(worth, dearer.tolist(), strict=True))
        return worth

    def _dearer(self, most: FloatArray) -> tuple[FloatArray, float]:
        """What a mission of each berth must cost more so that no set is worth more than it costs, and what it adds up to.

        A price on each day away, of which there are only so many, and what is left over by itself: the cheapest of both.
        """
        days = np.array([part.berth.days for part in self.layout.parts], dtype=np.float64)
        per_day = np.unique(np.append(most / days, 0.0))[:, None]
        left = np.maximum(most - per_day * days, 0.0)
        total = per_day[:, 0] * self.layout.task.mission_days + self.layout.alike * left.sum(axis=1)
        best = int(total.argmin())
        return np.maximum(most, per_day[best, 0] * days), float(total[best])


def relax(task: WeekTask, berths: Sequence[Berth], search: Search) -> Relaxed:
    """The programme without whole numbers, with a first few sets to choose from."""
    layout = lay_out(task, berths, alike=search.alike)
    give_worth(layout, search)
    for part in layout.parts:
        for number in _spread(part.berth.sets):
            layout.choose_set(part, number)
    return Relaxed(layout=layout, search=search, met=[(set(), set()) for _ in layout.parts])


def find_bound(relaxed: Relaxed, *, share: float) -> None:
    """Solve the programme without whole numbers over all sets, at least once, until a share of the time is over."""
    search = relaxed.search
    relaxed.least.clear()
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
        if not added or relaxed.bound <= value + _NEAR_WORTH or search.left(share) <= 0:
            return


def _spread(sets: BoolArray) -> list[int]:
    """For each request the largest set that holds it."""
    size = sets.sum(axis=1)
    held = np.where(sets, size[:, None], 0)
    return sorted({int(held[:, request].argmax()) for request in np.flatnonzero(sets.any(axis=0))})


def give_worth(layout: Layout, search: Search) -> None:
    """Put what requests are worth, and what days away take off, on the columns of a programme."""
    for part in layout.parts:
        for request, column in part.serves.items():
            layout.program.profit[column] = float(search.worth[request])
        for column in part.leaves.values():
            layout.program.profit[column] = -search.per_day * part.berth.days


def worth_at(part: Columns, prices: FloatArray) -> FloatArray:
    """What each set of a berth brings at some prices beside what a mission costs."""
    of_request = np.zeros(part.berth.sets.shape[1])
    for request, row in part.covered.items():
        of_request[request] = prices[row]
    return np.asarray(part.berth.sets @ of_request - prices[part.sets_row])
