"""Itineraries beside OR-tools. The objective is compared before anything is timed.

    python bench/itinerary.py

Trips are generated (seeded): stops in a square, the base in its middle, two towns and every fourth stop to sleep at,
three days from 06:30 to 17:30, visits of one to two and a half hours in windows, some stops closed on some days. Ours
proves its optimum. OR-tools is asked the same in the two ways it offers:

- CP-SAT, which can prove too: one circuit over stops and a node for each night and bed, first for worth, then for
  the end, on two threads;
- routing with local search: one vehicle whose nights are nodes at a fixed minute of the clock, one bed of each night
  compulsory, closed hours cut out of the visits; parallel insertion, then guided local search until its time is over.

Both maximise worth, then number, then end, with the same metric closure. Each has a time limit, told below. Medians over
seeds; ours of seven runs each, without and with the reasons of dropped stops.
"""

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.sat.python import cp_model

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.missions.ground import lay_ground  # noqa: E402
from geo.missions.itinerary import plan_itinerary  # noqa: E402
from geo.missions.plans import Itinerary, Stop, Trip  # noqa: E402

SEEDS = range(5)
RUNS = 7
LIMIT_S = 10.0  # of each OR-tools run
WORKERS = 2  # threads of CP-SAT; ours has one
DAY_MIN = 1440
WORTH = 10_000_000  # one of worth …
NUMBER = 100_000  # … is above any number of stops, and one stop above any end


def trip_of(seed: int, *, stops: int, days: int, span_min: float) -> Trip:
    """Whole minutes, because OR-tools counts in whole numbers."""
    draw = np.random.default_rng(seed)
    at = draw.random((stops + 3, 2)) * span_min
    at[0] = span_min / 2
    sleeps = np.zeros(len(at), dtype=bool)
    sleeps[[0, *range(1, stops + 1, 4), stops + 1, stops + 2]] = True
    opens = draw.integers(16, 22, stops) * 30.0
    closes = np.minimum(opens + draw.integers(8, 20, stops) * 30.0, 1050.0)
    return Trip(
        stops=tuple(
            Stop(
                stop_id=f"s{n}",
                request_ids=(),
                service_min=float(draw.integers(60, 150)),
                opens_min=opens[n],
                closes_min=closes[n],
                worth=float(draw.integers(1, 6)),
            )
            for n in range(stops)
        ),
        minutes=np.ceil(np.hypot(*(at[:, None] - at).transpose(2, 0, 1))),
        sleeps=sleeps,
        leaves_min=np.full(days, 390.0),
        arrives_min=np.full(days, 1050.0),
        open_days=draw.random((days, stops)) < 0.8,
    )


@dataclass(frozen=True)
class Found:
    worth: float
    number: int
    end_min: float  # on the clock of the mission
    proven: bool
    spent_ms: float

    @property
    def key(self) -> tuple[float, int, float]:
        return self.worth, self.number, -self.end_min


def told_by(trip: Trip, plan: Itinerary, spent_ms: float) -> Found:
    worth = sum(trip.stops[stop].worth for stop in plan.served)
    end = plan.drives[-1].day * DAY_MIN + plan.drives[-1].arrives_min if plan.drives else 0.0
    return Found(worth, len(plan.visits), end, plan.exact, spent_ms)


def windows_of(trip: Trip, stop: int) -> list[tuple[int, int]]:
    """Minutes of the mission in which a visit may start."""
    visit = trip.stops[stop]
    latest = int(visit.closes_min - visit.service_min)
    days = [day for day in range(trip.days) if trip.open_days[day, stop] and latest >= visit.opens_min]
    return [(day * DAY_MIN + int(visit.opens_min), day * DAY_MIN + latest) for day in days]


class Tour:
    """A trip for CP-SAT: one circuit over the base, stops, and a node for each night and bed; skipped nodes loop."""

    def __init__(self, trip: Trip) -> None:
        self.trip, self.count = trip, len(trip.stops)
        self.minutes = lay_ground(trip).minutes.astype(int)
        beds = np.flatnonzero(trip.sleeps).tolist()
        self.nights = [(day, bed) for day in range(trip.days - 1) for bed in beds]
        self.node_of = [0, *range(1, self.count + 1), *(bed for _, bed in self.nights)]
        self.leaves, self.arrives = int(trip.leaves_min[0]), int(trip.arrives_min[0])
        self.model = model = cp_model.CpModel()
        horizon, nodes = trip.days * DAY_MIN, len(self.node_of)
        self.ready = [model.new_int_var(0, horizon, f"ready{n}") for n in range(nodes)]  # of visits their end
        self.leaving = [model.new_int_var(0, horizon, f"leaving{n}") for n in range(nodes)]
        self.day = [model.new_int_var(0, trip.days - 1, f"day{n}") for n in range(nodes)]
        self.skipped = [model.new_bool_var(f"skipped{n}") for n in range(nodes)]
        self.end = model.new_int_var(0, horizon, "end")
        self.arcs = [(n, n, self.skipped[n]) for n in range(1, nodes)]
        self.place_nodes()
        for n in range(nodes):
            model.add(self.leaving[n] >= self.ready[n])
            model.add(self.leaving[n] >= self.day[n] * DAY_MIN + self.leaves)
            for m in range(nodes):
                if n != m:
                    self.join(n, m)
        model.add_circuit(self.arcs)

    def place_nodes(self) -> None:
        model = self.model
        model.add(self.day[0] == 0)
        model.add(self.ready[0] == 0)
        for n, visit in enumerate(self.trip.stops, start=1):
            model.add(self.ready[n] >= self.day[n] * DAY_MIN + int(visit.opens_min + visit.service_min))
            model.add(self.ready[n] <= self.day[n] * DAY_MIN + int(visit.closes_min)).only_enforce_if(~self.skipped[n])
            days = [(day,) for day in range(self.trip.days) if self.trip.open_days[day, n - 1]]
            model.add_allowed_assignments([self.day[n]], days or [(0,)])
            if not days:
                model.add(self.skipped[n] == 1)
        for n, (day, _) in enumerate(self.nights, start=self.count + 1):
            model.add(self.day[n] == day + 1)  # on which the team wakes up there
            model.add(self.ready[n] == (day + 1) * DAY_MIN)

    def join(self, n: int, m: int) -> None:
        """An arc, where it can be driven in a day; where the team stays it is no drive."""
        way, woke = int(self.minutes[self.node_of[n], self.node_of[m]]), n == 0 or n > self.count
        stays = self.node_of[n] == self.node_of[m] and (woke or m > self.count)
        if way > self.arrives - self.leaves:
            return
        driven = self.model.new_bool_var(f"{n}-{m}")
        self.arcs.append((n, m, driven))

        def then(rule: cp_model.BoundedLinearExpression) -> None:
            self.model.add(rule).only_enforce_if(driven)

        if not stays or m == 0:
            then(self.leaving[n] + way <= self.day[n] * DAY_MIN + self.arrives)
        if m == 0:
            then(self.end >= self.leaving[n] + way)
        elif m > self.count:
            then(self.day[m] == self.day[n] + 1)
        else:
            then(self.day[m] == self.day[n])
            if not stays:
                then(self.leaving[n] + way + int(self.trip.stops[m - 1].service_min) <= self.ready[m])


def by_cp_sat(trip: Trip) -> Found:
    """First the largest worth, then for it the earliest end, both in one time limit."""
    start = time.perf_counter()
    tour, solver = Tour(trip), cp_model.CpSolver()
    gain = sum((int(stop.worth) * 100 + 1) * (1 - tour.skipped[n]) for n, stop in enumerate(trip.stops, start=1))
    tour.model.maximize(gain)
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = LIMIT_S, WORKERS
    proven = solver.solve(tour.model) == cp_model.OPTIMAL
    if proven:
        tour.model.add(gain == int(solver.objective_value))
        tour.model.minimize(tour.end)
        tour.model.clear_hints()
        for variable in (*tour.skipped, *tour.day, *tour.ready, *tour.leaving, tour.end):
            tour.model.add_hint(variable, solver.value(variable))
        solver.parameters.max_time_in_seconds = max(0.1, LIMIT_S - (time.perf_counter() - start))
        proven = solver.solve(tour.model) == cp_model.OPTIMAL
    spent_ms = (time.perf_counter() - start) * 1e3
    served = [n for n in range(tour.count) if not solver.value(tour.skipped[n + 1])]
    return Found(sum(trip.stops[s].worth for s in served), len(served), float(solver.value(tour.end)), proven, spent_ms)


def by_routing(trip: Trip) -> Found:
    """One vehicle; the night of a day is a node whose minute is fixed, and takes until the morning."""
    start = time.perf_counter()
    minutes, beds = lay_ground(trip).minutes.astype(int), np.flatnonzero(trip.sleeps).tolist()
    count = len(trip.stops)
    nights = [(day, bed) for day in range(trip.days - 1) for bed in beds]
    node_of = [0, *range(1, count + 1), *(bed for _, bed in nights)]
    leaves, arrives = int(trip.leaves_min[0]), int(trip.arrives_min[0])
    takes = [0, *(int(stop.service_min) for stop in trip.stops), *[DAY_MIN - arrives + leaves] * len(nights)]
    manager = pywrapcp.RoutingIndexManager(len(node_of), 1, 0)
    routing = pywrapcp.RoutingModel(manager)

    def transit(one: int, other: int) -> int:
        here, there = manager.IndexToNode(one), manager.IndexToNode(other)
        return int(takes[here] + minutes[node_of[here], node_of[there]])

    clock = routing.RegisterTransitCallback(transit)
    horizon = trip.days * DAY_MIN
    routing.AddDimension(clock, horizon, horizon, False, "clock")
    dimension = routing.GetDimensionOrDie("clock")
    dimension.CumulVar(routing.Start(0)).SetRange(leaves, arrives)
    dimension.CumulVar(routing.End(0)).SetRange(0, (trip.days - 1) * DAY_MIN + arrives)
    dimension.SetSpanCostCoefficientForAllVehicles(0)
    dimension.SetCumulVarSoftUpperBound(routing.End(0), 0, 1)
    for stop in range(count):
        index, windows = manager.NodeToIndex(stop + 1), windows_of(trip, stop)
        routing.AddDisjunction([index], int(trip.stops[stop].worth) * WORTH + NUMBER)
        if not windows:
            routing.VehicleVar(index).SetValue(-1)
            continue
        cumul = dimension.CumulVar(index)
        cumul.SetRange(windows[0][0], windows[-1][1])
        for (_, until), (after, _) in pairwise(windows):
            cumul.RemoveInterval(until + 1, after - 1)
    for n, (day, _) in enumerate(nights, start=count + 1):
        dimension.CumulVar(manager.NodeToIndex(n)).SetValue(day * DAY_MIN + arrives)
    for day in range(trip.days - 1):
        same = [manager.NodeToIndex(n) for n, night in enumerate(nights, start=count + 1) if night[0] == day]
        routing.AddDisjunction(same, 10**12)  # a trip that ends earlier sleeps at the base
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.FromMilliseconds(int(LIMIT_S * 1000))
    solution = routing.SolveWithParameters(asked)
    spent_ms = (time.perf_counter() - start) * 1e3
    if solution is None:
        return Found(0.0, 0, 0.0, False, spent_ms)
    served, index = [], routing.Start(0)
    while not routing.IsEnd(index):
        node = manager.IndexToNode(index)
        served += [node - 1] if 1 <= node <= count else []
        index = solution.Value(routing.NextVar(index))
    end = float(solution.Value(dimension.CumulVar(index)))
    return Found(sum(trip.stops[s].worth for s in served), len(served), end, False, spent_ms)


def timed(trip: Trip, *, reasons: bool) -> tuple[float, float, Itinerary]:
    """Milliseconds on the clock and of the processor, and the plan."""
    plan, spent, used = plan_itinerary(trip, reasons=reasons), [], []
    for _ in range(RUNS):
        start, cpu = time.perf_counter(), time.thread_time()
        plan = plan_itinerary(trip, reasons=reasons)
        spent.append((time.perf_counter() - start) * 1e3)
        used.append((time.thread_time() - cpu) * 1e3)
    return median(spent), median(used), plan


def compare(
    title: str, trips: list[Trip], others: dict[str, Callable[[Trip], Found]], *, target_ms: float = math.inf
) -> None:
    bare, full = ([timed(trip, reasons=reasons) for trip in trips] for reasons in (False, True))
    ours = [told_by(trip, plan, spent) for trip, (spent, _, plan) in zip(trips, bare, strict=True)]
    print(f"\n{title}: {[f.number for f in ours]} served, worth {[int(f.worth) for f in ours]}")
    for name, runs in (("ours, proven", bare), ("ours with reasons and what admits", full)):
        usual, worst, used = median(r[0] for r in runs), max(r[0] for r in runs), median(r[1] for r in runs)
        told = runs is bare and math.isfinite(target_ms)
        verdict = f"; target {target_ms:g} ms {'met' if worst <= target_ms else 'MISSED'}" if told else ""
        print(f"  {name:34}{usual:9.1f} ms, worst {worst:.1f} ms ({used:.1f} ms of the processor){verdict}")
    usual = median(f.spent_ms for f in ours)
    for name, solve in others.items():
        found = [solve(trip) for trip in trips]
        for mine, theirs in zip(ours, found, strict=True):
            assert theirs.key <= mine.key, f"{name} found more: {theirs} against {mine}"
            assert not theirs.proven or theirs.key == mine.key, f"{name} proved another optimum: {theirs}, {mine}"
        same = sum(theirs.key == mine.key for mine, theirs in zip(ours, found, strict=True))
        share = median(theirs.worth / mine.worth for mine, theirs in zip(ours, found, strict=True))
        spent, proven = median(theirs.spent_ms for theirs in found), sum(theirs.proven for theirs in found)
        print(
            f"  {name:34}{spent:9.0f} ms, {spent / usual:.0f} times ours; {share:.0%} of the worth, "
            f"the same optimum {same}, proven {proven} of {len(found)}"
        )


def main() -> None:
    others = {"OR-tools CP-SAT": by_cp_sat, "OR-tools routing": by_routing}
    print(f"OR-tools stops after {LIMIT_S:g} s each; routing always takes all of it")
    few = [trip_of(seed, stops=12, days=3, span_min=200.0) for seed in SEEDS]
    compare("12 stops, 3 days, some dropped", few, others, target_ms=50.0)
    near = [trip_of(seed, stops=12, days=3, span_min=90.0) for seed in SEEDS]
    compare("12 stops near each other", near, {}, target_ms=50.0)
    compare(
        "15 stops, 3 days",
        [trip_of(seed, stops=15, days=3, span_min=200.0) for seed in SEEDS],
        {},
    )
    compare(
        "15 stops, 5 days",
        [trip_of(seed, stops=15, days=5, span_min=200.0) for seed in SEEDS],
        {},
    )


if __name__ == "__main__":
    main()
