"""The compiled passes behind :mod:`geo.missions.itinerary`: which stops can be served in how many days.

A dynamic programme over the set of stops served so far (Bellman 1962, Held & Karp 1962), one day after the other.
Its label is the earliest minute of the day at which a team that served a set stands ready at a stop of it: whoever is
there earlier can do whatever the later one can, because waiting is allowed. At night only the set and the bed count.

Once it is known which stops are served and when it ends, the itinerary that drives least is searched for. Backwards
from the end two bounds are found for each set and place: the latest minute from which the end can still be met, and the
least driving still to come, counted as if the team were always as early as can be. A search that looks towards the end
(A*: Hart, Nilsson & Raphael 1968) meets the way of least driving first. Both bounds cut off nothing that could be part
of it.

All of it stands in one file, because Numba keeps compiled code of a module until that very file changes. The module
loads Numba, half a second and more: import it only where an itinerary is sought.
"""

import heapq

import numpy as np
from numba import njit

from geo.missions.ground import Days, Rules
from geo.missions.plans import BoolArray, FloatArray, IntArray

# Of one day: leaving, arrival, stops open; for each stop the latest minute to get there by road, and to start where the
# team slept there, -infinity where none is; minutes from stop to stop.
Day = tuple[float, float, BoolArray, FloatArray, FloatArray, FloatArray]
# What a day writes: minute ready by set and stop; beds of the night after it by set, as bits; minute back at the base.
Sheet = tuple[FloatArray, IntArray, FloatArray]
# Sets that are goals, and the minute of the last day at which the base is reached.
Goal = tuple[BoolArray, float]
# By day, set and stop the earliest and the latest minute ready and the least driving to come; by day, set and bed the
# last of them, infinity = leads to no goal; by day and set the beds from which something is to be started, as bits.
Bounds = tuple[FloatArray, FloatArray, FloatArray, FloatArray, IntArray]
# Of one day: the earliest and the latest minute ready and the least driving to come; the least driving of the next day.
Ahead = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
# Day, set, place (stops, then beds, -1 = back at the base), label before; minute ready and driving.
Label = tuple[int, int, int, int, float, float]
HOME = -1
NOISE_MIN = 1e-6  # sums of minutes carry rounding noise far below this; limits are inclusive in spite of it
_CLOSER_MIN = 1e-9
_SLACK_MIN = 1e-3  # bounds are sums taken in another order; so much more is let through and checked again later
_PER_MIN = 1e6  # driving is held against driving in whole millionths of a minute, so that noise decides no tie


@njit(cache=True, nogil=True)
def close(minutes: FloatArray) -> tuple[FloatArray, IntArray]:
    """Shortest minutes over other nodes (Floyd 1962), and the node driven to first; a direct drive wins ties."""
    nodes = len(minutes)
    closed, first = minutes.copy(), np.empty((nodes, nodes), dtype=np.int64)
    for one in range(nodes):
        closed[one, one] = 0.0
        for other in range(nodes):
            first[one, other] = other
    for middle in range(nodes):
        for one in range(nodes):
            for other in range(nodes):
                over = closed[one, middle] + closed[middle, other]
                if over < closed[one, other] - _CLOSER_MIN:
                    closed[one, other], first[one, other] = over, first[one, middle]
    return closed, first


@njit(cache=True, nogil=True)
def day_of(rules: Rules, days: Days, number: int) -> Day:
    """One day of a trip. Nobody visits a stop so late that no bed, and on the last day the base, can be reached."""
    minutes, node_of, opens, closes, service, beds = rules
    leaves, arrives, open_stops = days[0][number], days[1][number], days[2][number]
    stops, last = len(node_of), number == len(days[0]) - 1
    by_road, here, ways = np.full(stops, -np.inf), np.full(stops, -np.inf), np.empty((stops, stops))
    for stop in range(stops):
        for other in range(stops):
            ways[stop, other] = minutes[node_of[stop], node_of[other]]
        over = -np.inf  # latest end of a visit
        for bed in beds[:1] if last else beds:
            if bed == node_of[stop]:
                over = np.inf
            elif leaves + minutes[node_of[stop], bed] <= arrives + NOISE_MIN:
                over = max(over, arrives - minutes[node_of[stop], bed])
        starts = min(over, closes[stop]) - service[stop] + NOISE_MIN
        if open_stops[stop] and starts >= opens[stop]:
            by_road[stop], here[stop] = min(starts, arrives + NOISE_MIN), starts
    return leaves, arrives, open_stops, by_road, here, ways


@njit(cache=True, nogil=True, inline="always")
def _visit(rules: Rules, served: int, stop: int, arrives: float, ready: FloatArray) -> None:
    """Note a visit if it is over earlier than any known."""
    end = max(arrives, rules[2][stop]) + rules[4][stop]
    after = served | (1 << stop)
    ready[after, stop] = min(ready[after, stop], end)


@njit(cache=True, nogil=True, inline="always")
def _leave_stop(rules: Rules, day: Day, served: int, place: int, leaves: float, sheet: Sheet) -> None:
    """Note all a team can do next that stands at a stop and may leave it from a minute on."""
    minutes, node_of, _, _, _, beds = rules
    ready, tonight, home = sheet
    node, spare = node_of[place], day[1] + NOISE_MIN - leaves
    for stop in range(len(node_of)):
        arrives = leaves + day[5][place, stop]
        if arrives <= day[3][stop] and not (served >> stop) & 1:
            _visit(rules, served, stop, arrives, ready)
    if tonight[served] != (1 << len(beds)) - 1:
        for bed in range(len(beds)):
            if minutes[node, beds[bed]] <= spare or node == beds[bed]:
                tonight[served] |= 1 << bed
    if minutes[node, 0] <= spare:
        home[served] = min(home[served], leaves + minutes[node, 0])


@njit(cache=True, nogil=True)
def _leave_beds(rules: Rules, day: Day, served: int, slept: int, near: IntArray, sheet: Sheet) -> None:
    """Note all a team can do in the morning that may have slept in any of some beds.

    Where it slept a visit needs no road, so none of its hours.
    """
    minutes, node_of, _, _, _, beds = rules
    ready, tonight, home = sheet
    for stop in range(len(node_of)):
        bed = _nearest(near[stop], slept)
        here = beds[bed] == node_of[stop]
        arrives = 0.0 if here else day[0] + minutes[beds[bed], node_of[stop]]
        if not (served >> stop) & 1 and arrives <= (day[4][stop] if here else day[3][stop]):
            _visit(rules, served, stop, arrives, ready)
    spare = day[1] + NOISE_MIN - day[0]
    for bed in range(len(beds)):
        if (slept >> bed) & 1:
            for other in range(len(beds)):
                if minutes[beds[bed], beds[other]] <= spare:
                    tonight[served] |= 1 << other
            if minutes[beds[bed], 0] <= spare:
                home[served] = min(home[served], day[0] + minutes[beds[bed], 0])


@njit(cache=True, nogil=True, inline="always")
def _nearest(near: IntArray, slept: int) -> int:
    """First of the beds slept in."""
    for bed in near:
        if (slept >> bed) & 1:
            return int(bed)
    return 0


@njit(cache=True, nogil=True)
def run_day(rules: Rules, day: Day, slept: IntArray, sheet: Sheet) -> None:
    """Go through all sets of one day, smaller numbers first: a set comes after all its parts.

    Parameters
    ----------
    slept
        Beds from which a team that served a set may start, as bits, shape ``(2 ** stops,)``.
    sheet
        Infinity, beds known of and infinity; shapes ``(2 ** stops, stops)``, ``(2 ** stops,)`` twice.
    """
    minutes, node_of, _, _, _, beds = rules
    near = np.empty((len(node_of), len(beds)), dtype=np.int64)
    for stop in range(len(node_of)):
        away = np.empty(len(beds))
        for bed in range(len(beds)):
            away[bed] = -1.0 if beds[bed] == node_of[stop] else minutes[beds[bed], node_of[stop]]
        near[stop] = np.argsort(away)
    for served in range(len(slept)):
        if slept[served]:
            _leave_beds(rules, day, served, slept[served], near, sheet)
        for stop in range(len(node_of)):
            at = sheet[0][served, stop]
            if at < np.inf:
                _leave_stop(rules, day, served, stop, max(at, day[0]), sheet)


@njit(cache=True, nogil=True)
def day_before(days: Days, number: int) -> int:
    """Latest day before one on which all could be done that can be done on it; -1 = none.

    What a team could start on that day it need not start later: done then, all after it is as early and as long.
    """
    leaves, arrives, open_days = days
    for earlier in range(number - 1, -1, -1):
        wider = leaves[earlier] <= leaves[number] and arrives[earlier] >= arrives[number]
        for stop in range(open_days.shape[1]):
            wider = wider and (open_days[earlier, stop] or not open_days[number, stop])
        if wider:
            return earlier
    return -1


@njit(cache=True, nogil=True)
def find_ends(rules: Rules, days: Days) -> tuple[IntArray, FloatArray]:
    """First day, and minute of it, on which a team that served exactly a set is back at the base; -1 = never.

    Days after the first on which all stops can be served are not looked at.
    """
    count, sets, stops = len(days[0]), 1 << len(rules[1]), len(rules[1])
    end_day, end_min = np.full(sets, -1, dtype=np.int64), np.full(sets, np.inf)
    nights = np.zeros((count + 1, sets), dtype=np.int64)
    ready, home, slept = np.empty((sets, stops)), np.empty(sets), np.empty(sets, dtype=np.int64)
    nights[0, 0] = 1
    for number in range(count):
        before = day_before(days, number)
        slept[:] = nights[number] if before < 0 else nights[number] & ~nights[before]
        nights[number + 1] = nights[number]
        ready[:], home[:] = np.inf, np.inf
        run_day(rules, day_of(rules, days, number), slept, (ready, nights[number + 1], home))
        for served in range(sets):
            if end_day[served] < 0 and home[served] < np.inf:
                end_day[served], end_min[served] = number, home[served]
        if end_day[sets - 1] >= 0:
            break
    return end_day, end_min


@njit(cache=True, nogil=True)
def find_ends_alone(rules: Rules, days: Days) -> tuple[IntArray, FloatArray]:
    """Day and minute of the end of a trip to each stop alone; -1 = it cannot be served."""
    stops = len(rules[1])
    end_day, end_min = np.full(stops, -1, dtype=np.int64), np.full(stops, np.inf)
    for stop in range(stops):
        own = slice(stop, stop + 1)
        alone = (rules[0], rules[1][own], rules[2][own], rules[3][own], rules[4][own], rules[5])
        day, minute = find_ends(alone, (days[0], days[1], days[2][:, own].copy()))
        end_day[stop], end_min[stop] = day[1], minute[1]
    return end_day, end_min


@njit(cache=True, nogil=True)
def trace(rules: Rules, days: Days, goal: Goal) -> tuple[IntArray, FloatArray]:
    """Find the way of least driving to a goal on the last of the days.

    Returns
    -------
    tuple
        In order: day and place of each label, shape ``(labels, 2)``, and the minute ready there. A place is a stop, the
        number of stops + a bed in which the team slept the night before, or -1, the base at the end.
    """
    bounds = _bounds(rules, days, goal)
    return _search(rules, days, goal, bounds)


@njit(cache=True, nogil=True)
def _bounds(rules: Rules, days: Days, goal: Goal) -> Bounds:
    """Run the days forwards, then backwards."""
    count, stops, beds = len(days[0]), len(rules[1]), len(rules[5])
    sets = 1 << stops
    nights, home = np.zeros((count + 1, sets), dtype=np.int64), np.empty(sets)
    nights[0, 0] = 1
    starts = np.empty((count, sets), dtype=np.int64)
    ready = np.full((count, sets, stops), np.inf)
    for number in range(count):
        before = day_before(days, number)
        starts[number] = nights[number] if before < 0 else nights[number] & ~nights[before]
        nights[number + 1], home[:] = nights[number], np.inf
        run_day(rules, day_of(rules, days, number), starts[number], (ready[number], nights[number + 1], home))
    latest, least = np.full((count, sets, stops), -np.inf), np.full((count, sets, stops), np.inf)
    rested = np.full((count + 1, sets, beds), np.inf)
    for number in range(count - 1, -1, -1):
        day, last = day_of(rules, days, number), number == count - 1
        sheet = (ready[number], latest[number], least[number], rested[number + 1])
        for served in range(sets - 1, -1, -1):
            goal_min = goal[1] if last and goal[0][served] else -np.inf
            for stop in range(stops):
                at = ready[number, served, stop]
                if at < np.inf:
                    ahead = _still_to_come(rules, day, sheet, served, stop, (max(at, day[0]), goal_min))
                    latest[number, served, stop], least[number, served, stop] = ahead
            for bed in range(beds):
                rested[number, served, bed] = rested[number + 1, served, bed]
                if (starts[number, served] >> bed) & 1:
                    ahead = _still_to_come(rules, day, sheet, served, stops + bed, (day[0], goal_min))
                    rested[number, served, bed] = ahead[1]
    return ready, latest, least, rested, starts


@njit(cache=True, nogil=True)
def _still_to_come(
    rules: Rules, day: Day, sheet: Ahead, served: int, place: int, asked: tuple[float, float]
) -> tuple[float, float]:
    """Latest minute to be ready at a place, and least driving from there; of what a team that leaves earliest can do."""
    minutes, node_of, opens, closes, service, beds = rules
    _, latest, least, rested = sheet
    leaves, goal_min = asked
    stops = len(node_of)
    slept = place >= stops
    node = beds[place - stops] if slept else node_of[place]
    best, driving = -np.inf, np.inf
    if leaves + minutes[node, 0] <= goal_min + NOISE_MIN:
        best, driving = goal_min - minutes[node, 0], minutes[node, 0]
    for bed in range(len(beds)):
        own, way = beds[bed] == node, minutes[node, beds[bed]]
        if rested[served, bed] < np.inf and (own or leaves + way <= day[1] + NOISE_MIN):
            best = max(best, np.inf if own else day[1] - way)
            driving = min(driving, way + rested[served, bed])
    for stop in range(stops):
        after = served | (1 << stop)
        if after == served or not day[2][stop] or least[after, stop] == np.inf:
            continue
        starts = min(closes[stop], latest[after, stop]) - service[stop]
        if starts < opens[stop] - _SLACK_MIN:
            continue
        if slept and node == node_of[stop]:
            driving = min(driving, least[after, stop])
            continue
        arrives, way = min(starts, day[1]), minutes[node, node_of[stop]]
        if leaves + way <= arrives + _SLACK_MIN:
            best, driving = max(best, arrives - way), min(driving, way + least[after, stop])
    return best, driving


@njit(cache=True, nogil=True)
def _search(rules: Rules, days: Days, goal: Goal, bounds: Bounds) -> tuple[IntArray, FloatArray]:
    """Take labels by what they come to at least, of equal ones the newest; the first at the base is the answer."""
    stops, count = len(rules[1]), len(days[0])
    seen, slept = np.full(bounds[0].shape, np.inf), np.zeros((count, bounds[0].shape[1]), dtype=np.int64)
    labels = [(0, 0, stops, -1, 0.0, 0.0)]
    heap = [(0, 0)]
    while heap:
        at = -heapq.heappop(heap)[1]
        number, served, place, _, ready_min, _ = labels[at]
        if place == HOME:
            return _way_to(labels, at)
        if place < stops:
            if seen[number, served, place] <= ready_min:
                continue
            seen[number, served, place] = ready_min
        elif (slept[number, served] >> (place - stops)) & 1:
            continue
        else:
            slept[number, served] |= 1 << (place - stops)
        for label in _after(rules, day_of(rules, days, number), goal, bounds, at, labels[at]):
            ahead = 0.0
            if label[2] >= stops:
                ahead = bounds[3][label[0], label[1], label[2] - stops]
            elif label[2] != HOME:
                ahead = bounds[2][label[0], label[1], label[2]]
            heapq.heappush(heap, (int((label[5] + ahead) * _PER_MIN + 0.5), -len(labels)))
            labels.append(label)
    return np.empty((0, 2), dtype=np.int64), np.empty(0)


@njit(cache=True, nogil=True)
def _after(rules: Rules, day: Day, goal: Goal, bounds: Bounds, at: int, label: Label) -> list[Label]:
    """Labels that come right after one."""
    minutes, node_of, _, _, _, beds = rules
    number, served, place, _, ready_min, driven = label
    stops, last = len(node_of), number == len(bounds[0]) - 1
    slept = place >= stops
    node = beds[place - stops] if slept else node_of[place]
    leaves = day[0] if slept else max(ready_min, day[0])
    after = [label for _ in range(0)]
    if slept and not (bounds[4][number, served] >> (place - stops)) & 1:  # what could start now has started before
        if not last:
            after.append((number + 1, served, place, at, 0.0, driven))
        return after
    for bed in range(0 if last else len(beds)):
        own, way = beds[bed] == node, minutes[node, beds[bed]]
        if bounds[3][number + 1, served, bed] < np.inf and (own or leaves + way <= day[1] + NOISE_MIN):
            after.append((number + 1, served, stops + bed, at, 0.0, driven + way))
    for stop in range(stops):
        more = served | (1 << stop)
        here = slept and node == node_of[stop]
        arrives = 0.0 if here else leaves + minutes[node, node_of[stop]]
        in_time = arrives <= (day[4][stop] if here else day[3][stop])
        if more != served and in_time and bounds[2][number, more, stop] < np.inf:
            end = max(arrives, rules[2][stop]) + rules[4][stop]
            if end <= bounds[1][number, more, stop] + _SLACK_MIN:
                after.append((number, more, stop, at, end, driven + minutes[node, node_of[stop]]))
    back = leaves + minutes[node, 0]
    if last and goal[0][served] and back <= goal[1] + NOISE_MIN:
        after.append((number, served, HOME, at, back, driven + minutes[node, 0]))
    return after


@njit(cache=True, nogil=True)
def _way_to(labels: list[Label], label: int) -> tuple[IntArray, FloatArray]:
    """Day and place, and minute ready, of all labels up to one."""
    length, at = 0, label
    while at >= 0:
        length, at = length + 1, labels[at][3]
    places, ready_min = np.empty((length, 2), dtype=np.int64), np.empty(length)
    at = label
    for step in range(length - 1, -1, -1):
        places[step, 0], places[step, 1], ready_min[step] = labels[at][0], labels[at][2], labels[at][4]
        at = labels[at][3]
    return places, ready_min
