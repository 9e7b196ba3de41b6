"""Itineraries: which stops a team serves on which day, in which order, and where it sleeps.

Exact up to :data:`MOST_EXACT` stops that can be served at all. Of all plans that keep the rules of a :class:`Trip` the
one found serves every stop it must, then the largest total worth, then the most stops; of those that do so it is back
first (day, then minute), and of those it drives least. Driving through a place is no visit and always allowed.
"""

import numpy as np

from geo.missions.admitting import why_alone, why_dropped
from geo.missions.ground import Ends, Ground, able_alone, find_sets, lay_ground
from geo.missions.plans import BoolArray, Drive, IntArray, Itinerary, Trip, Visit
from geo.missions.trips import check_trip

MOST_EXACT = 15
_NOISE_MIN = 1e-6  # sums of minutes carry rounding noise far below this


def plan_itinerary(trip: Trip, *, reasons: bool = True) -> Itinerary:
    """Plan the days of a mission.

    Parameters
    ----------
    reasons
        Whether each dropped stop is told why, and what would admit it; that takes some more searches.

    Returns
    -------
    Itinerary
        Drives and visits at the earliest, but a team leaves its bed no earlier than it must for the first visit of
        the day. Without drives where no stop can be served, or where ``refused`` says which of those it must serve
        cannot be. Beyond :data:`MOST_EXACT` servable stops see :mod:`geo.missions.long_itinerary`.

    Raises
    ------
    RequestError
        When the trip contradicts itself.
    """
    check_trip(trip)
    ground = lay_ground(trip)
    able = able_alone(ground)
    if len(able) > MOST_EXACT:
        from geo.missions.long_itinerary import plan_long  # noqa: PLC0415 (loads PyVRP)

        return plan_long(ground, able, reasons=reasons)
    return plan_exactly(ground, able, reasons=reasons)


def plan_exactly(ground: Ground, able: list[int], *, reasons: bool) -> Itinerary:
    """Plan the best itinerary of at most :data:`MOST_EXACT` stops."""
    trip = ground.trip
    ends = find_sets(ground, able)
    must = {number for number, stop in enumerate(trip.stops) if stop.stop_id in trip.must}
    feasible = ends.day >= 0
    needed = ends.bits(frozenset(must))
    kept = feasible & ((np.arange(len(feasible)) & needed) == needed)
    if not must <= set(able) or not kept.any():
        return _refuse(ground, ends, must, reasons=reasons)
    best = _best_sets(ends, kept)
    served = ends.members(int(best[0]))
    if served:
        drives, visits, nights = _trace(ground, ends, best)
        served = [visit.stop for visit in visits]
    else:
        drives, visits, nights = (), (), ()
    dropped = why_dropped(ground, ends, frozenset(served)) if reasons else {}
    return Itinerary(drives=drives, visits=visits, nights=nights, dropped=dropped)


def _best_sets(ends: Ends, kept: BoolArray) -> IntArray:
    """Sets as good as any in worth, number and end."""
    sets = np.flatnonzero(kept)
    for value in (-ends.worth, -ends.count, ends.day):
        sets = sets[value[sets] == value[sets].min()]
    return np.asarray(sets[ends.minute[sets] <= ends.minute[sets].min() + _NOISE_MIN])


def _refuse(ground: Ground, ends: Ends, must: set[int], *, reasons: bool) -> Itinerary:
    """Say which stops that must be served cannot be: alone, or together with the others."""
    names = [stop.stop_id for stop in ground.trip.stops]
    if never := sorted(must - set(ends.stops)):
        why = "; ".join(f"{names[stop]} {why_alone(ground, stop).spoken(names)}" for stop in never)
        return Itinerary(drives=(), visits=(), nights=(), refused=f"cannot serve what must be served: {why}")
    needed = ends.bits(frozenset(must))
    sets = np.flatnonzero((ends.day >= 0) & ((np.arange(len(ends.day)) | needed) == needed))
    best = int(sets[np.lexsort((sets, -ends.worth[sets], -ends.count[sets]))[0]])
    left = ", ".join(names[stop] for stop in ends.members(needed & ~best))
    dropped = why_dropped(ground, ends, frozenset(ends.members(best))) if reasons else {}
    why = f"cannot serve together what must be served: {best.bit_count()} of {len(must)} at most, without {left}"
    return Itinerary(
        drives=(),
        visits=(),
        nights=(),
        dropped={stop: told for stop, told in dropped.items() if stop in must},
        refused=why,
    )


def _trace(ground: Ground, ends: Ends, best: IntArray) -> tuple[tuple[Drive, ...], tuple[Visit, ...], tuple[int, ...]]:
    """Find the itinerary of least driving among those that serve one of the sets and end when they end."""
    from geo.missions.itinerary_kernels import trace  # noqa: PLC0415 (loads Numba)

    union = int(np.bitwise_or.reduce(best))
    stops = ends.members(union)
    places = [place for place in range(len(ends.stops)) if (union >> place) & 1]
    goal = np.zeros(1 << len(stops), dtype=np.bool_)
    for served in best.tolist():
        goal[sum(1 << new for new, place in enumerate(places) if (served >> place) & 1)] = True
    days = ground.days(stops, count=int(ends.day[best[0]]) + 1)
    labels, ready_min = trace(ground.rules(stops), days, (goal, float(ends.minute[best].min())))
    assert len(labels)  # the sets can be served
    return lay_out(ground, stops, labels.tolist(), ready_min.tolist())


def lay_out(
    ground: Ground, stops: list[int], labels: list[list[int]], ready_min: list[float]
) -> tuple[tuple[Drive, ...], tuple[Visit, ...], tuple[int, ...]]:
    """Drives, visits and nights of labels as :func:`geo.missions.itinerary_kernels.trace` gives them."""
    trip, drives, visits = ground.trip, [], []
    nodes = [0, *(_node_of(ground, stops, place) for _, place in labels[1:])]
    for step in range(1, len(labels)):
        (day, before), (_, place) = labels[step - 1], labels[step]
        slept, visited = before >= len(stops), 0 <= place < len(stops)
        leaves = float(trip.leaves_min[day])
        leaves = leaves if slept else max(ready_min[step - 1], leaves)
        if visited:
            starts = float(ready_min[step] - trip.stops[stops[place]].service_min)
            visits.append(Visit(stop=stops[place], day=day, starts_min=starts, ends_min=ready_min[step]))
            if slept:
                leaves = max(leaves, starts - float(ground.minutes[nodes[step - 1], nodes[step]]))
        drives += drive_between(ground, day, (nodes[step - 1], nodes[step]), leaves)
    nights = tuple(node for node, (_, place) in zip(nodes[1:], labels[1:], strict=True) if place >= len(stops))
    return tuple(drives), tuple(visits), nights


def _node_of(ground: Ground, stops: list[int], place: int) -> int:
    if place < 0:
        return 0
    return stops[place] + 1 if place < len(stops) else int(ground.beds[place - len(stops)])


def drive_between(ground: Ground, day: int, ends: tuple[int, int], leaves_min: float) -> list[Drive]:
    """Drives from one node to another, one for each node on the way; none where they are the same."""
    (node, to_node), drives = ends, []
    while node != to_node:
        after = int(ground.first[node, to_node])
        arrives = leaves_min + float(ground.trip.minutes[node, after])
        drives.append(Drive(day=day, from_node=node, to_node=after, leaves_min=leaves_min, arrives_min=arrives))
        node, leaves_min = after, arrives
    return drives
