"""The compiled passes behind :mod:`geo.incidents.rollup_sorted`: sort rows, then add up what is asked for.

This module loads Numba, half a second and more: import it only where there are many incidents.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]
IntArray = npt.NDArray[np.int64]
FlagArray = npt.NDArray[np.uint8]
NumberArray = npt.NDArray[Any]  # 16 or 32 bits; deaths may be floats
Rows = tuple[IntArray, Int32Array, Int32Array, Int32Array, NumberArray]
Named = tuple[NumberArray, NumberArray, NumberArray]
Tables = tuple[FlagArray, Int32Array, Int32Array, IntArray, int]
Asked = tuple[int, int, FlagArray, bool, FlagArray, FlagArray]
Sums = tuple[IntArray, FloatArray, IntArray, FloatArray, Int32Array, IntArray, IntArray]


@njit(cache=True, nogil=True)
def counting_order(keys: Int32Array, order: Int32Array, size: int) -> Int32Array:
    """Positions in the order of their keys (0 to ``size``); equal keys stay in the order given."""
    place = np.zeros(size + 1, dtype=np.int64)
    for n in range(len(keys)):
        place[keys[n] + 1] += 1
    for key in range(size):
        place[key + 1] += place[key]
    sorted_order = np.empty_like(order)
    for n in range(len(order)):
        key = keys[order[n]]
        sorted_order[place[key]] = order[n]
        place[key] += 1
    return sorted_order


@njit(cache=True, nogil=True)
def longest_days(first: Int32Array, last: Int32Array, bounds: IntArray) -> Int32Array:
    """Longest time from first to last day in each group; 0 where it is empty."""
    longest = np.zeros(len(bounds) - 1, dtype=np.int32)
    for g in range(len(longest)):
        for n in range(bounds[g], bounds[g + 1]):
            longest[g] = max(longest[g], last[n] - first[n])
    return longest


@njit(cache=True, nogil=True)
def first_at_least(days: Int32Array, low: int, high: int, day: int) -> int:
    """First position from ``low`` to ``high`` whose day is no earlier; days are in order."""
    while low < high:
        middle = (low + high) // 2
        if days[middle] < day:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def _any_asked(n: int, codes: NumberArray, asked: FlagArray) -> bool:
    """Whether one of a row's codes is asked for; -1 is none."""
    for at in range(codes.shape[1]):  # noqa: SIM110 (Numba compiles no generator)
        if codes[n, at] >= 0 and asked[codes[n, at]]:
            return True
    return False


@njit(cache=True, nogil=True)
def _mention(n: int, parties: NumberArray, actor_of_party: Int32Array, seen: IntArray, met: Int32Array) -> None:
    """Count the actors a row names, one named twice in a row once; ``met`` is how many so far, then which."""
    before = -1
    for at in range(parties.shape[1]):
        if parties[n, at] < 0:
            break
        actor = actor_of_party[parties[n, at]]
        if actor != before:
            if seen[actor] == 0:
                met[0] += 1
                met[met[0]] = actor
            seen[actor] += 1
        before = actor


@njit(cache=True, nogil=True)
def _forget(seen: IntArray, met: Int32Array) -> float:
    """Shannon entropy of the mentions counted, which are set back to none."""
    mentions = 0
    for at in range(1, met[0] + 1):
        mentions += seen[met[at]]
    entropy = 0.0
    for at in range(1, met[0] + 1):
        share = seen[met[at]] / mentions
        entropy -= share * np.log(share)
        seen[met[at]] = 0
    met[0] = 0
    return entropy


@njit(cache=True, nogil=True)
def sum_groups(rows: Rows, named: Named, tables: Tables, asked: Asked, sums: Sums) -> None:
    """Add up, group by group, the rows that are asked for.

    Parameters
    ----------
    rows
        Bounds of the groups, longest days of each, first and last day and kind of each row; in a group by
        first day.
    named
        Sides, parties and deaths of each row.
    tables
        Of each kind whether its place is known exactly and which violation it is; the actor behind each
        party; the month of each day from a first day on, and that day.
    asked
        First and last day, both inclusive; kinds; whether an actor is asked for, then sides and parties.
    sums
        What is added to: incidents and exact ones, deaths, actors and their entropy (cells only), newest
        day, violations, months.
    """
    bounds, longest, first, last, kind = rows
    sides, parties, deaths = named
    exact_of_kind, violation_of_kind, actor_of_party, month_of_day, origin = tables
    start, end, asked_kinds, by_actor, asked_sides, asked_parties = asked
    counts, killed, actors, entropy, newest, mix, months = sums
    seen = np.zeros(len(actor_of_party), dtype=np.int64)
    met = np.zeros(len(actor_of_party) + 1, dtype=np.int32)  # how many, then which
    for g in range(len(bounds) - 1):
        low = first_at_least(first, bounds[g], bounds[g + 1], start - longest[g])
        high = first_at_least(first, low, bounds[g + 1], end + 1)
        count, exact, latest = 0, 0, newest[g]
        for n in range(low, high):
            k = kind[n]
            if not asked_kinds[k] or last[n] < start:
                continue
            if by_actor and not (_any_asked(n, sides, asked_sides) or _any_asked(n, parties, asked_parties)):
                continue
            count += 1
            exact += exact_of_kind[k]
            latest = max(latest, last[n])
            for estimate in range(3):
                killed[g, estimate] += deaths[n, estimate]
            if violation_of_kind[k] >= 0:
                mix[g, violation_of_kind[k]] += 1
            months[month_of_day[first[n] - origin] - month_of_day[0]] += 1
            if g < len(actors):
                _mention(n, parties, actor_of_party, seen, met)
        counts[g, 0], counts[g, 1], newest[g] = count, exact, latest
        if g < len(actors):
            actors[g] = met[0]
            entropy[g] = _forget(seen, met)
