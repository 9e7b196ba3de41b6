"""Itineraries of more stops than the exact search takes: found by PyVRP, then made as good as exact searches can.

PyVRP (Wouda, Lan & Kool 2024, INFORMS Journal on Computing 36(4)) plans routes from a start to an end, so each day is a
vehicle of its own and the beds between them are chosen outside: first one bed for all nights, then night by night.
What it finds is laid out under the rules of the trip; a visit that does not keep them is left out. Then the exact
search has its turn on the stops found and the most promising others, and each stop left is tried beside those served.
The best of all wins, by the same order as in :mod:`geo.missions.itinerary`. Seeds and numbers of steps are fixed, so
the same trip has the same plan. None of it proves that no better plan exists.
"""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from geo.missions.admitting import drop_of, why_alone
from geo.missions.ground import Ground, find_sets, fits
from geo.missions.itinerary import MOST_EXACT, lay_out, plan_exactly
from geo.missions.plans import Itinerary, Trip
from geo.text import Sentence

_SEED = 1
_STEPS = 150  # of the search for each choice of beds
_LAST_STEPS = 1500  # for the best of them
_MOST_CHOICES = 24  # choices of beds tried
_PER_MIN = 10  # PyVRP counts in whole tenths of a minute
_NEVER = 10**6  # tenths of a minute
_PRIZE, _LEAST_PRIZE = 900_000, 100_000  # above all driving, so that the largest worth wins, then the most stops
_ROUNDS = 3  # exact searches with other stops beside those served
_MOST_REASONED = 11  # with more stops served, what would admit another takes too many long searches
_NOISE_MIN = 1e-6
Score = tuple[float, int, int, float, float]


def plan_long(ground: Ground, able: list[int], *, reasons: bool) -> Itinerary:
    """Plan the best itinerary found of any number of stops.

    Parameters
    ----------
    able
        Stops that can be served alone.
    """
    trip = ground.trip
    must = [number for number, stop in enumerate(trip.stops) if stop.stop_id in trip.must]
    if never := [stop for stop in must if stop not in able]:
        names = [stop.stop_id for stop in trip.stops]
        why = "; ".join(f"{names[stop]} {why_alone(ground, stop).spoken(names)}" for stop in never)
        return Itinerary(drives=(), visits=(), nights=(), refused=f"cannot serve what must be served: {why}")
    found = _with_exact(ground, able, _by_pyvrp(ground, able))
    if not set(must) <= set(found.served):
        left = ", ".join(trip.stops[stop].stop_id for stop in must if stop not in found.served)
        why = f"found no plan that serves all that must be served, at best without {left}; not proven"
        return Itinerary(drives=(), visits=(), nights=(), refused=why, exact=False)
    dropped = _reasons(ground, able, frozenset(found.served)) if reasons else {}
    return replace(found, dropped=dropped, exact=False)


def score_of(trip: Trip, plan: Itinerary) -> Score:
    """Worth, number, end and driving; smaller is better. Stops that must be served go before all others."""
    must = sum(1 for stop in plan.served if trip.stops[stop].stop_id in trip.must)
    worth = sum(trip.stops[stop].worth for stop in plan.served) + must * (1 + sum(s.worth for s in trip.stops))
    end = (plan.days, plan.drives[-1].arrives_min) if plan.drives else (0, 0.0)
    driven = sum(drive.arrives_min - drive.leaves_min for drive in plan.drives)
    return -worth, -len(plan.visits), *end, driven


def _by_pyvrp(ground: Ground, able: list[int]) -> Itinerary:
    """Try one bed for all nights, then change night by night what helps, then search longer."""
    trip, beds = ground.trip, [int(bed) for bed in ground.beds]
    tried: dict[tuple[int, ...], Itinerary] = {}

    def attempt(nights: tuple[int, ...]) -> None:
        possible = all(_in_a_day(ground, day, way) for day, way in enumerate(pairwise((0, *nights, 0))))
        if nights not in tried and possible and len(tried) < _MOST_CHOICES:
            tried[nights] = _routes(ground, able, nights, steps=_STEPS)

    def best() -> tuple[int, ...]:
        return min(tried, key=lambda nights: (score_of(trip, tried[nights]), nights))

    attempt((0,) * (trip.days - 1))
    for bed in beds[1:]:
        for edge in range(trip.days // 2):
            attempt((0,) * edge + (bed,) * (trip.days - 1 - 2 * edge) + (0,) * edge)
    for night in range(trip.days - 1):
        for bed in beds:
            now = best()
            attempt((*now[:night], bed, *now[night + 1 :]))
    last = _routes(ground, able, best(), steps=_LAST_STEPS)
    return min(last, tried[best()], key=lambda plan: score_of(trip, plan))


def _in_a_day(ground: Ground, day: int, way: tuple[int, int]) -> bool:
    """Whether a team can change its bed on a day."""
    span = ground.trip.arrives_min[day] - ground.trip.leaves_min[day]
    return way[0] == way[1] or bool(ground.minutes[way] <= span + _NOISE_MIN)


def _routes(ground: Ground, able: list[int], nights: tuple[int, ...], *, steps: int) -> Itinerary:
    """Search the days between some beds."""
    import pyvrp  # noqa: PLC0415 (only long trips need it)
    from pyvrp.stop import MaxIterations  # noqa: PLC0415

    trip, ends = ground.trip, (0, *nights, 0)
    nodes = [stop + 1 for stop in able] + list(ends)
    minutes = np.ceil(np.minimum(ground.minutes[np.ix_(nodes, nodes)] * _PER_MIN - _NOISE_MIN, _NEVER)).astype(np.int64)
    np.fill_diagonal(minutes, 0)
    matrices: list[Any] = []
    for day in range(trip.days):
        shut = np.flatnonzero(~trip.open_days[day][able])
        matrix = minutes.copy()
        matrix[:, shut] = _NEVER
        matrix[shut, shut] = 0
        matrices.append(matrix)
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in nodes],
        clients=[_client(trip, place, stop) for place, stop in enumerate(able)],
        depots=[pyvrp.Depot(len(able) + place) for place in range(len(ends))],
        vehicle_types=[
            pyvrp.VehicleType(
                start_depot=day,
                end_depot=day + 1,
                tw_early=int(np.ceil(trip.leaves_min[day] * _PER_MIN)),
                tw_late=int(max(trip.arrives_min[day], trip.leaves_min[day]) * _PER_MIN),
                profile=day,
            )
            for day in range(trip.days)
        ],
        distance_matrices=matrices,
        duration_matrices=matrices,
    )
    best = pyvrp.solve(data, MaxIterations(steps), seed=_SEED, collect_stats=False, display=False).best
    orders: list[list[int]] = [[] for _ in range(trip.days)]
    for route in best.routes():
        order = [able[act.idx] for act in route if act.is_client()]
        orders[route.vehicle_type()] = order
    return _under_the_rules(ground, able, nights, orders)


def _client(trip: Trip, place: int, stop: int) -> Any:
    """One stop as PyVRP reads it: its window is that of the start of a visit."""
    import pyvrp  # noqa: PLC0415 (only long trips need it)

    visit, most = trip.stops[stop], max(other.worth for other in trip.stops)
    opens = int(np.ceil(visit.opens_min * _PER_MIN))
    must = visit.stop_id in trip.must
    worth = visit.worth / most if most > 0 else 0.0
    return pyvrp.Client(
        location=place,
        service_duration=int(np.ceil(visit.service_min * _PER_MIN)),
        tw_early=opens,
        tw_late=max(opens, int((visit.closes_min - visit.service_min) * _PER_MIN)),
        prize=_LEAST_PRIZE + int(_PRIZE * worth) + 100 * _PRIZE * must,
        required=False,
    )


def _under_the_rules(ground: Ground, able: list[int], nights: tuple[int, ...], orders: list[list[int]]) -> Itinerary:
    """Lay orders of visits out; a visit after which the day's bed cannot be reached is left out."""
    trip, place = ground.trip, {stop: number for number, stop in enumerate(able)}
    bed_place = {int(bed): len(able) + number for number, bed in enumerate(ground.beds)}
    labels, ready_min = [[0, len(able)]], [0.0]
    node, last = 0, max((day for day, order in enumerate(orders) if order), default=-1)
    for day in range(trip.days):
        now, slept = float(trip.leaves_min[day]), True
        to_node = 0 if day == trip.days - 1 else nights[day]
        for stop in orders[day]:
            visit, here = trip.stops[stop], slept and node == stop + 1
            arrives = 0.0 if here else now + float(ground.minutes[node, stop + 1])
            end = max(arrives, visit.opens_min) + visit.service_min
            after = float(max(end, trip.leaves_min[day]))
            keeps = (here or arrives <= trip.arrives_min[day]) and end <= visit.closes_min
            keeps = keeps and after + ground.minutes[stop + 1, to_node] <= trip.arrives_min[day]
            if keeps and trip.open_days[day, stop]:
                labels.append([day, place[stop]])
                ready_min.append(end)
                node, now, slept = stop + 1, after, False
        home_min = float(now + ground.minutes[node, 0])
        if day >= last and (home_min <= trip.arrives_min[day] or node == 0):
            labels.append([day, -1])
            ready_min.append(home_min)
            break
        labels.append([day + 1, bed_place[to_node]])
        ready_min.append(0.0)
        node = to_node
    if not any(0 <= label[1] < len(able) for label in labels):
        return Itinerary(drives=(), visits=(), nights=(), exact=False)
    drives, visits, slept_at = lay_out(ground, able, labels, ready_min)
    return Itinerary(drives=drives, visits=visits, nights=slept_at, exact=False)


def _with_exact(ground: Ground, able: list[int], found: Itinerary) -> Itinerary:
    """Search exactly among the stops served and the most promising others, as long as that helps."""
    trip, best = ground.trip, found
    for turn in range(_ROUNDS):
        served = sorted(best.served)
        if len(served) > MOST_EXACT:
            return best
        others = _promising(ground, [stop for stop in able if stop not in served], served)
        room = MOST_EXACT - len(served)
        chosen = sorted([*served, *others[turn * room : (turn + 1) * room]])
        plan = plan_exactly(_freed(ground), chosen, reasons=False)
        best = min(best, plan, key=lambda each: score_of(trip, each))
    for stop in able:
        wanted = sorted({*best.served, stop})
        if stop not in best.served and len(wanted) <= MOST_EXACT and fits(trip, wanted):
            best = plan_exactly(_freed(ground), wanted, reasons=False)
    return best


def _freed(ground: Ground) -> Ground:
    """The same with nothing that must be served, where it is among what is searched anyway; worth far above all else."""
    trip = ground.trip
    above = 1 + sum(stop.worth for stop in trip.stops)
    stops = tuple(replace(stop, worth=stop.worth + above * (stop.stop_id in trip.must)) for stop in trip.stops)
    return replace(ground, trip=replace(trip, stops=stops, must=frozenset()))


def _promising(ground: Ground, stops: list[int], served: list[int]) -> list[int]:
    """Stops by worth over what they take: the visit and the way from the nearest place served, a bed or the base."""
    trip, near = ground.trip, [*(stop + 1 for stop in served), *ground.beds.tolist()]

    def merit(stop: int) -> float:
        visit = trip.stops[stop]
        away = float(ground.minutes[near, stop + 1].min())
        return -(visit.worth + 1e-3 + 1e6 * (visit.stop_id in trip.must)) / (1.0 + visit.service_min + away)

    return sorted(stops, key=lambda stop: (merit(stop), stop))


def _reasons(ground: Ground, able: list[int], served: frozenset[int]) -> dict[int, Sentence]:
    """Why each stop is left, proven beside those served where there are few enough."""
    names = [stop.stop_id for stop in ground.trip.stops]
    told = {}
    for stop in sorted(set(range(len(names))) - served):
        if stop not in able or len(served) <= _MOST_REASONED:
            ends = find_sets(ground, sorted({*served, stop} & set(able)))
            told[stop] = drop_of(ground, ends, served, stop).spoken(names)
        else:
            told[stop] = Sentence("drop_not_searched")
    return told
