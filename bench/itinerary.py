"""Itineraries beside OR-tools. The objective is compared before anything is timed.

    python bench/itinerary.py

Trips are generated (seeded): stops in a square, the base in its middle, two towns and every fourth stop to sleep at,
three days from 06:30 to 17:30, visits of one to two and a half hours in windows, some stops closed on some days. Ours
proves its optimum. OR-tools is asked the same in the two ways it offers:

- CP-SAT, which can prove too: a circuit for each day, see bench/day_circuits.py, first for worth, then for the end. Where
  its time is over before its proof, the most worth that it still held possible is told;
- routing with local search, what most users would pick: one vehicle whose nights are nodes at a fixed minute of the
  clock, one bed of each night compulsory, closed hours cut out of the visits; parallel insertion, then guided local
  search until its time is over.

Both maximise worth, then number, then end, with the same metric closure. Medians over seeds; ours of seven runs each,
without and with the reasons of dropped stops. Beside the clock stands the time of the processor, which stays much the
same where others use the machine; CP-SAT's is of all its threads.
"""

import math
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.day_circuits import DAY_MIN, Found, found_in, prove  # noqa: E402
from geo.missions.ground import lay_ground  # noqa: E402
from geo.missions.itinerary import plan_itinerary  # noqa: E402
from geo.missions.plans import Stop, Trip  # noqa: E402

SEEDS = range(5)
RUNS = 7
LIMIT_S = 10.0  # of each search by routing
PROOF_S = 60.0  # of each proof by CP-SAT
WORKERS = 2  # threads of CP-SAT; ours has one
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


def windows_of(trip: Trip, stop: int) -> list[tuple[int, int]]:
    """Minutes of the mission in which a visit may start."""
    visit = trip.stops[stop]
    latest = int(visit.closes_min - visit.service_min)
    days = [day for day in range(trip.days) if trip.open_days[day, stop] and latest >= visit.opens_min]
    return [(day * DAY_MIN + int(visit.opens_min), day * DAY_MIN + latest) for day in days]


def by_routing(trip: Trip) -> Found:
    """One vehicle; the night of a day is a node whose minute is fixed, and takes until the morning."""
    start, busy = time.perf_counter(), time.process_time()
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
    spent_ms, used_ms = (time.perf_counter() - start) * 1e3, (time.process_time() - busy) * 1e3
    if solution is None:
        return Found(0.0, 0, 0.0, False, spent_ms, used_ms)
    served, index = [], routing.Start(0)
    while not routing.IsEnd(index):
        node = manager.IndexToNode(index)
        served += [node - 1] if 1 <= node <= count else []
        index = solution.Value(routing.NextVar(index))
    end = float(solution.Value(dimension.CumulVar(index)))
    return Found(sum(trip.stops[s].worth for s in served), len(served), end, False, spent_ms, used_ms)


def timed(trip: Trip, *, reasons: bool) -> tuple[float, float]:
    """Milliseconds by the clock and of the processor."""
    plan_itinerary(trip, reasons=reasons)
    spent, used = [], []
    for _ in range(RUNS):
        start, busy = time.perf_counter(), time.process_time()
        plan_itinerary(trip, reasons=reasons)
        spent.append((time.perf_counter() - start) * 1e3)
        used.append((time.process_time() - busy) * 1e3)
    return median(spent), median(used)


def check(trips: list[Trip], ours: list[Found], name: str, solve: Callable[[Trip], Found]) -> list[Found]:
    """Ask a solver of OR-tools for the same, and stop where it finds more or proves anything else."""
    found = [solve(trip) for trip in trips]
    for mine, theirs in zip(ours, found, strict=True):
        assert theirs.key <= mine.key, f"{name} found more: {theirs} against {mine}"
        assert not theirs.proven or theirs.key == mine.key, f"{name} proved another optimum: {theirs}, {mine}"
    same = sum(theirs.key == mine.key for mine, theirs in zip(ours, found, strict=True))
    told = f"  {name}: the same optimum {same} of {len(found)}, proven {sum(theirs.proven for theirs in found)}"
    open_ = [(mine, theirs) for mine, theirs in zip(ours, found, strict=True) if theirs.key < mine.key]
    if open_:
        told += "; worth of the others " + ", ".join(f"{theirs.worth:g} of {mine.worth:g}" for mine, theirs in open_)
    unproven = [f"{f.most_worth:g}" for f in found if not f.proven and math.isfinite(f.most_worth)]
    print(told + (f"; unproven, worth at most {', '.join(unproven)}" if unproven else ""), flush=True)
    return found


def compare(title: str, trips: list[Trip], others: dict[str, Callable[[Trip], Found]], *, target_ms: float = math.inf):
    ours = [found_in(trip, plan_itinerary(trip, reasons=False)) for trip in trips]
    print(f"\n{title}: {[f.number for f in ours]} served, worth {[int(f.worth) for f in ours]}")
    found = {name: check(trips, ours, name, solve) for name, solve in others.items()}
    usual = usual_used = math.nan
    for name, reasons in (("ours with reasons and what admits", True), ("ours, proven", False)):
        runs = [timed(trip, reasons=reasons) for trip in trips]
        usual, usual_used = (median(column) for column in zip(*runs, strict=True))
        worst, worst_used = (max(column) for column in zip(*runs, strict=True))
        verdict = f"; target {target_ms:g} ms {'met' if worst <= target_ms else 'MISSED'}"
        print(
            f"  {name:34}{usual:9.1f} ms, worst {worst:.1f} (processor {usual_used:.1f}, worst {worst_used:.1f})"
            + (verdict if math.isfinite(target_ms) else "")
        )
    for name, those in found.items():
        spent, used = median(f.spent_ms for f in those), median(f.used_ms for f in those)
        ratios = f"{spent / usual:,.0f} times ours, of the processor {used / usual_used:,.0f} times"
        print(f"  {name:34}{spent:9.0f} ms (processor {used:.0f}): {ratios}")


def by_cp_sat(trip: Trip) -> Found:
    found = prove(trip, limit_s=PROOF_S, workers=WORKERS)
    assert found is not None
    return found


def main() -> None:
    others = {"OR-tools CP-SAT": by_cp_sat, "OR-tools routing": by_routing}
    print(f"CP-SAT stops after {PROOF_S:g} s on {WORKERS} threads; routing always takes all of its {LIMIT_S:g} s")
    few = [trip_of(seed, stops=12, days=3, span_min=200.0) for seed in SEEDS]
    compare("12 stops, 3 days, some dropped", few, others, target_ms=50.0)
    near = [trip_of(seed, stops=12, days=3, span_min=90.0) for seed in SEEDS]
    compare("12 stops near each other", near, {"OR-tools CP-SAT": by_cp_sat}, target_ms=50.0)
    for days in (3, 5):
        trips = [trip_of(seed, stops=15, days=days, span_min=200.0) for seed in SEEDS]
        compare(f"15 stops, {days} days", trips, {})


if __name__ == "__main__":
    main()
