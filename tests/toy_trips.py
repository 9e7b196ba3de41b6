"""Small trips, every plan of them listed one by one, and a team that drives a plan minute by minute."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from geo.missions.plans import Drive, Itinerary, Stop, Trip, Visit

NOISE_MIN = 1e-6


def stop_of(name: str, **values: float) -> Stop:
    """A stop of an hour that is open all day."""
    usual = {"service_min": 60.0, "opens_min": 0.0, "closes_min": 1440.0}
    return Stop(stop_id=name, request_ids=(f"case-{name}",), **{**usual, **values})  # type: ignore[arg-type]


def trip_on_a_line(places_min: list[float], stops: list[Stop], *, days: int = 1, beds: tuple[int, ...] = ()) -> Trip:
    """Places by their minutes from the base along one road: the stops in order, then others; days from 6 to 18."""
    at = np.array([0.0, *places_min])
    sleeps = np.zeros(len(at), dtype=bool)
    sleeps[[0, *beds]] = True
    return Trip(
        stops=tuple(stops),
        minutes=np.abs(at[:, None] - at),
        sleeps=sleeps,
        leaves_min=np.full(days, 360.0),
        arrives_min=np.full(days, 1080.0),
        open_days=np.ones((days, len(stops)), dtype=bool),
    )


def random_trip(seed: int, *, most_stops: int = 4, most_days: int = 3, most_beds: int = 2) -> Trip:
    """A trip in whole tens of minutes, so that limits are met exactly and ties are common; no triangle holds."""
    draw = np.random.default_rng(seed)
    stops, days, beds = (int(draw.integers(1, most + 1)) for most in (most_stops, most_days, most_beds + 1))
    nodes = 1 + stops + beds - 1
    minutes = draw.integers(0, 36, (nodes, nodes)) * 10.0
    if draw.random() < 0.5:
        minutes = np.minimum(minutes, minutes.T)
    minutes[draw.random(minutes.shape) < 0.1] = np.inf
    np.fill_diagonal(minutes, 0.0)
    opens = draw.integers(36, 66, stops) * 10.0
    closes = np.minimum(opens + draw.integers(6, 60, stops) * 10.0, 1440.0)
    service, worth = draw.integers(0, 21, stops) * 10.0, draw.integers(0, 4, stops) * 1.0
    sleeps = draw.random(nodes) < 0.3
    sleeps[1 + stops :] = True
    must = frozenset(f"s{number}" for number in range(stops) if draw.random() < 0.1)
    return Trip(
        stops=tuple(
            stop_of(f"s{n}", service_min=service[n], opens_min=opens[n], closes_min=closes[n], worth=worth[n])
            for n in range(stops)
        ),
        minutes=minutes,
        sleeps=sleeps,
        leaves_min=draw.integers(36, 48, days) * 10.0,
        arrives_min=draw.integers(84, 110, days) * 10.0,
        open_days=draw.random((days, stops)) < 0.8,
        must=must,
    )


@dataclass(frozen=True)
class Score:
    """What an itinerary is judged by, in this order; smaller is better."""

    worth: float
    count: int
    end: tuple[int, float]
    driving_min: float

    @property
    def key(self) -> tuple[float, int, int, float, float]:
        return -self.worth, -self.count, self.end[0], self.end[1], self.driving_min


def score_of(trip: Trip, plan: Itinerary) -> Score:
    end = (plan.drives[-1].day, plan.drives[-1].arrives_min) if plan.drives else (0, float(trip.leaves_min[0]))
    driving = sum(drive.arrives_min - drive.leaves_min for drive in plan.drives)
    return Score(sum(trip.stops[stop].worth for stop in plan.served), len(plan.visits), end, driving)


def best_score(trip: Trip) -> Score | None:
    """Score of the best of all plans, each listed one by one; ``None`` where what must be served cannot be."""
    must = {number for number, stop in enumerate(trip.stops) if stop.stop_id in trip.must}
    found = [score for served, score in _all_ends(trip) if must <= served]
    return min(found, key=lambda score: score.key, default=None)


def _all_ends(trip: Trip) -> Iterator[tuple[frozenset[int], Score]]:
    """Every order of visits, split into days in every way, with every choice of beds; passing places included."""
    count, nodes = len(trip.stops), len(trip.minutes)
    ways = trip.minutes.copy()
    for middle in range(nodes):
        ways = np.minimum(ways, ways[:, [middle]] + ways[[middle]])
    beds = sorted({0, *np.flatnonzero(trip.sleeps).tolist()})

    def go(
        day: int, node: int, now: float, served: frozenset[int], driven: float
    ) -> Iterator[tuple[frozenset[int], Score]]:
        leaves, until = max(now, float(trip.leaves_min[day])), float(trip.arrives_min[day])
        back = leaves + ways[node, 0]
        if back <= until:
            worth = sum(trip.stops[stop].worth for stop in served)
            yield served, Score(worth, len(served), (day, back), driven + ways[node, 0])
        for stop in sorted(set(range(count)) - served):
            if not trip.open_days[day, stop]:
                continue
            visit, way = trip.stops[stop], ways[node, stop + 1]
            arrives = now if node == stop + 1 else leaves + way
            if node != stop + 1 and arrives > until:
                continue
            end = max(arrives, visit.opens_min) + visit.service_min
            if end <= visit.closes_min:
                yield from go(day, stop + 1, end, served | {stop}, driven + way)
        for bed in beds if day + 1 < trip.days else ():
            if bed == node or leaves + ways[node, bed] <= until:
                yield from go(day + 1, bed, 0.0, served, driven + ways[node, bed])

    yield from go(0, 0, 0.0, frozenset(), 0.0)


def drive_plan(trip: Trip, plan: Itinerary) -> list[str]:
    """Faults that a team meets that lives through the mission minute by minute; it knows nothing of how it was planned."""
    if not plan.drives:
        return ["visits without a drive"] * bool(plan.visits) + ["nights without a drive"] * bool(plan.nights)
    team, last = _Team(trip), plan.drives[-1].day
    for day in range(last + 1):
        acts = [(d.leaves_min, d.arrives_min, 0, d) for d in plan.drives if d.day == day]
        acts += [(v.starts_min, v.ends_min, 1, v) for v in plan.visits if v.day == day]
        team.live_through(day, _untangle(sorted(acts, key=lambda act: act[:3]), team.node))
        if day < last:
            team.sleep(day, plan.nights[day : day + 1])
    if len(plan.nights) != last or team.node != 0:
        team.faults.append(f"{len(plan.nights)} nights, ends at {team.node}")
    if not trip.must <= {trip.stops[stop].stop_id for stop in team.done}:
        team.faults.append("leaves out what must be served")
    return team.faults


class _Team:
    def __init__(self, trip: Trip) -> None:
        self.trip, self.node, self.done, self.faults = trip, 0, set[int](), list[str]()

    def live_through(self, day: int, acts: list[tuple]) -> None:
        clock = 0.0
        for starts, ends, _, act in acts:
            if starts < clock - NOISE_MIN or ends < starts - NOISE_MIN:
                self.faults.append(f"day {day}: starts {starts} while busy until {clock}")
            for minute in [*np.arange(starts, ends), ends]:  # every minute of it, and its last instant
                self.faults += _faults_at(self.trip, day, act, minute)
            clock = ends
            wrong = self.drive(act) if isinstance(act, Drive) else self.visit(act)
            if wrong:
                self.faults.append(f"day {day}: cannot do {act} at {self.node}, done {self.done}")

    def drive(self, drive: Drive) -> bool:
        long_min = self.trip.minutes[drive.from_node, drive.to_node]
        wrong = drive.from_node != self.node or abs(drive.arrives_min - drive.leaves_min - long_min) > NOISE_MIN
        self.node = drive.to_node
        return wrong

    def visit(self, visit: Visit) -> bool:
        long_min = self.trip.stops[visit.stop].service_min
        wrong = abs(visit.ends_min - visit.starts_min - long_min) > NOISE_MIN
        wrong |= self.node != visit.stop + 1 or visit.stop in self.done
        self.done.add(visit.stop)
        return wrong

    def sleep(self, day: int, nights: tuple[int, ...]) -> None:
        if nights != (self.node,) or not (self.node == 0 or self.trip.sleeps[self.node]):
            self.faults.append(f"night {day} at {nights}, stands at {self.node}")


def _untangle(acts: list[tuple], node: int) -> list[tuple]:
    """Acts of a day in order; those at one minute in the order in which they can follow each other."""
    ordered, left = [], list(acts)
    while left:
        at_once = [act for act in left if act[0] <= left[0][0] + NOISE_MIN]
        fitting = [act for act in at_once if _place(act[3]) == node] or at_once
        act = min(fitting, key=lambda act: (act[1], isinstance(act[3], Drive)))
        left.remove(act)
        ordered.append(act)
        node = act[3].to_node if isinstance(act[3], Drive) else node
    return ordered


def _place(act: Drive | Visit) -> int:
    return act.from_node if isinstance(act, Drive) else act.stop + 1


def _faults_at(trip: Trip, day: int, act: Drive | Visit, minute: float) -> list[str]:
    if isinstance(act, Drive):
        inside = trip.leaves_min[day] - NOISE_MIN <= minute <= trip.arrives_min[day] + NOISE_MIN
        return [] if inside else [f"day {day}: on the road at {minute}"]
    stop = trip.stops[act.stop]
    inside = stop.opens_min - NOISE_MIN <= minute <= stop.closes_min + NOISE_MIN
    return [] if inside and trip.open_days[day, act.stop] else [f"day {day}: at {stop.stop_id} at {minute}"]
