"""Itineraries as OR-tools' CP-SAT solves them best: what bench/itinerary.py and the tests hold ours against.

Each day is a circuit of its own over the stops it serves, with the night as its depot: literals say from which bed it
starts and in which it ends, and the bed of an evening is the next morning's. A stop has one minute of the day at which
its visit starts, whatever the day, so that no condition carries days over into minutes. Relaxations that hold for
every plan help the proof: visits of a day do not overlap, and together with the driving they fit into it.

Whole minutes only, because CP-SAT counts in whole numbers.
"""

import time
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from geo.missions.ground import lay_ground
from geo.missions.plans import Itinerary, Trip

DAY_MIN = 1440


@dataclass(frozen=True)
class Found:
    worth: float
    number: int
    end_min: float  # on the clock of the mission; 0 where nothing is served
    proven: bool
    spent_ms: float = 0.0  # by the clock …
    used_ms: float = 0.0  # … and of the processor
    most_worth: float = np.inf  # no plan has more

    @property
    def key(self) -> tuple[float, int, float]:
        return self.worth, self.number, -self.end_min


def found_in(trip: Trip, plan: Itinerary) -> Found:
    """What our plan comes to."""
    worth = sum(trip.stops[stop].worth for stop in plan.served)
    end = plan.drives[-1].day * DAY_MIN + plan.drives[-1].arrives_min if plan.drives else 0.0
    return Found(worth, len(plan.visits), end, plan.exact, most_worth=worth)


class Circuits:
    """A trip for CP-SAT."""

    def __init__(self, trip: Trip) -> None:
        self.trip, self.ways = trip, lay_ground(trip).minutes
        self.beds = sorted({0, *np.flatnonzero(trip.sleeps).tolist()})
        self.model = model = cp_model.CpModel()
        self.visits = [stop for stop, visit in enumerate(trip.stops) if self.latest(stop) >= visit.opens_min]
        self.starts = {
            stop: model.new_int_var(int(trip.stops[stop].opens_min), self.latest(stop), f"starts{stop}")
            for stop in self.visits
        }
        self.end = model.new_int_var(0, trip.days * DAY_MIN, "end")
        self.on = {
            (day, stop): model.new_bool_var(f"on{day},{stop}")
            for day in range(trip.days)
            for stop in self.visits
            if trip.open_days[day, stop]
        }
        self.served = [model.new_bool_var(f"served{stop}") for stop in range(len(trip.stops))]
        for stop, visit in enumerate(trip.stops):
            model.add(sum(self.on[one] for one in self.on if one[1] == stop) == self.served[stop])
            if visit.stop_id in trip.must:
                model.add(self.served[stop] == 1)
        self.then: dict[tuple[int, int], list[cp_model.IntVar]] = {}  # drives from stop to stop, of all days
        night: list = [{bed: int(bed == 0) for bed in self.beds} for _ in range(trip.days + 1)]
        for day in range(1, trip.days):
            night[day] = {bed: model.new_bool_var(f"night{day},{bed}") for bed in self.beds}
        for day in range(trip.days):
            self.add_day(day, night[day], night[day + 1])
        for (stop, other), drives in self.then.items():
            driven = model.new_bool_var("")
            model.add(sum(drives) == driven)
            takes = self.service(stop) + self.way(stop + 1, other + 1)
            model.add(self.starts[other] >= self.starts[stop] + takes).only_enforce_if(driven)

    def latest(self, stop: int) -> int:
        """Latest start of a visit."""
        return int(self.trip.stops[stop].closes_min) - self.service(stop)

    def service(self, stop: int) -> int:
        return int(self.trip.stops[stop].service_min)

    def way(self, node: int, to_node: int) -> int:
        """Minutes of a way; more than any day where there is none."""
        minutes = self.ways[node, to_node]
        return int(minutes) if np.isfinite(minutes) else 10 * DAY_MIN

    def add_day(self, day: int, morning: dict, evening: dict) -> None:
        leaves, arrives = int(self.trip.leaves_min[day]), int(self.trip.arrives_min[day])
        today = [stop for stop in self.visits if (day, stop) in self.on]
        model, idle = self.model, self.model.new_bool_var(f"idle{day}")
        circuit = [(0, 0, idle), *((stop + 1, stop + 1, ~self.on[day, stop]) for stop in today)]
        starts: dict = {bed: [] for bed in self.beds}
        ends: dict = {bed: [] for bed in self.beds}
        drives: list = []  # minutes and literal
        self.add_moves(day, idle, starts, ends)
        for stop in today:
            first = self.add_first(stop, (leaves, arrives), starts, drives)
            last = self.add_last(day, stop, ends, drives)
            circuit += [(0, stop + 1, first), (stop + 1, 0, last)]
            ready = max(int(self.trip.stops[stop].opens_min) + self.service(stop), leaves)
            for other in today:
                way = self.way(stop + 1, other + 1)
                if other == stop or ready + way > min(arrives, self.latest(other)):
                    continue
                driven = model.new_bool_var("")
                circuit.append((stop + 1, other + 1, driven))
                drives.append((way, driven))
                self.then.setdefault((stop, other), []).append(driven)
                model.add(self.starts[other] >= leaves + way).only_enforce_if(driven)
                model.add(self.starts[stop] + self.service(stop) + way <= arrives).only_enforce_if(driven)
        if today:
            model.add_circuit(circuit)
        else:
            model.add(idle == 1)
        for bed in self.beds:
            model.add(sum(starts[bed]) == morning[bed])
            model.add(sum(ends[bed]) == evening[bed])
        self.relax(day, today, drives, idle)

    def add_moves(self, day: int, idle: cp_model.IntVar, starts: dict, ends: dict) -> None:
        """A day without a visit: stay, or drive from bed to bed."""
        leaves, moves = int(self.trip.leaves_min[day]), []
        for bed in self.beds:
            for other in self.beds:
                way = self.way(bed, other)
                if bed != other and leaves + way > self.trip.arrives_min[day]:
                    continue
                move = self.model.new_bool_var("")
                moves.append(move)
                starts[bed].append(move)
                ends[other].append(move)
                if other == 0 != bed:
                    self.model.add(self.end >= day * DAY_MIN + leaves + way).only_enforce_if(move)
        self.model.add(sum(moves) == idle)

    def add_first(self, stop: int, hours: tuple[int, int], starts: dict, drives: list) -> cp_model.IntVar:
        """First visit of a day; where the team slept it needs no road, so none of its hours."""
        chosen, (leaves, arrives) = [], hours
        for bed in self.beds:
            way = self.way(bed, stop + 1)
            if bed != stop + 1 and leaves + way > min(arrives, self.latest(stop)):
                continue
            begins = self.model.new_bool_var("")
            chosen.append(begins)
            starts[bed].append(begins)
            if bed != stop + 1:
                drives.append((way, begins))
                self.model.add(self.starts[stop] >= leaves + way).only_enforce_if(begins)
        first = self.model.new_bool_var("")
        self.model.add(sum(chosen) == first)
        return first

    def add_last(self, day: int, stop: int, ends: dict, drives: list) -> cp_model.IntVar:
        """Last visit of a day, and the way to bed."""
        chosen, leaves, arrives = [], int(self.trip.leaves_min[day]), int(self.trip.arrives_min[day])
        ready = int(self.trip.stops[stop].opens_min) + self.service(stop)
        for bed in self.beds:
            way = self.way(stop + 1, bed)
            if bed != stop + 1 and max(ready, leaves) + way > arrives:
                continue
            over = self.model.new_bool_var("")
            chosen.append(over)
            ends[bed].append(over)
            if bed != stop + 1:
                drives.append((way, over))
                back = self.starts[stop] + self.service(stop) + way
                self.model.add(back <= arrives).only_enforce_if(over)
                if bed == 0:
                    self.model.add(self.end >= day * DAY_MIN + back).only_enforce_if(over)
                    self.model.add(self.end >= day * DAY_MIN + leaves + way).only_enforce_if(over)
        last = self.model.new_bool_var("")
        self.model.add(sum(chosen) == last)
        return last

    def relax(self, day: int, today: list[int], drives: list, idle: cp_model.IntVar) -> None:
        """What holds for every plan anyway: visits do not overlap, all of a day fits into it, and ends after it."""
        trip, model = self.trip, self.model
        begins = min([int(trip.leaves_min[day]), *(int(trip.stops[stop].opens_min) for stop in today)])
        over = max([int(trip.arrives_min[day]), *(int(trip.stops[stop].closes_min) for stop in today)])
        visiting = sum(self.service(stop) * self.on[day, stop] for stop in today)
        if today:
            busy = sum(way * driven for way, driven in drives) + visiting
            model.add(busy <= over - begins)
            model.add(self.end >= day * DAY_MIN + begins + busy).only_enforce_if(~idle)
            model.add_no_overlap(
                model.new_optional_fixed_size_interval_var(self.starts[s], self.service(s), self.on[day, s], "")
                for s in today
            )


def prove(trip: Trip, *, limit_s: float, workers: int) -> Found | None:
    """First the largest worth and number, then for it the earliest end, both in one time limit; none where there is no plan."""
    start, used = time.perf_counter(), time.process_time()
    tour, solver = Circuits(trip), cp_model.CpSolver()
    gain = sum((int(stop.worth) * 100 + 1) * tour.served[n] for n, stop in enumerate(trip.stops))
    tour.model.maximize(gain)
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = limit_s, workers
    solver.parameters.random_seed = 1
    status = solver.solve(tour.model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    bound, proven = solver.best_objective_bound, status == cp_model.OPTIMAL
    if proven:
        tour.model.add(gain == round(solver.objective_value))
        tour.model.minimize(tour.end)
        for index in range(len(tour.model.proto.variables)):
            variable = tour.model.get_int_var_from_proto_index(index)
            tour.model.add_hint(variable, solver.value(variable))
        solver.parameters.max_time_in_seconds = max(1.0, limit_s - (time.perf_counter() - start))
        proven = solver.solve(tour.model) == cp_model.OPTIMAL
    spent_ms, used_ms = 1e3 * (time.perf_counter() - start), 1e3 * (time.process_time() - used)
    served = [n for n in range(len(trip.stops)) if solver.value(tour.served[n])]
    worth, end = sum(trip.stops[s].worth for s in served), float(solver.value(tour.end))
    return Found(worth, len(served), end, proven, spent_ms, used_ms, bound // 100)
