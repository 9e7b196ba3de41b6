"""The compiled part of :mod:`geo.drawdown.cover_search`: a bound on what any choice of bases covers, and exchanges.

Where a base may be open in part, the shares of the bases lie in a polytope and what they cover is a concave function of
straight pieces: a group counts in proportion until the shares of the bases that reach it add up to one. Its maximum is
sought from corner to corner by the simplex method for such functions (Fourer 1985, Mathematical Programming 33). A
**corner** is held in place by as many *holds* as there are bases: a base at share 0 or 1, a group just covered, or the
count of bases. A base that a branch fixes is moved there by a price; so the corner of one branch starts the next.

At any corner each group has a price between 0 and its weight, to be paid to the bases that reach it. What nobody pays
for and the so many bases that earn most are together no less than any choice covers (Lagrangian relaxation: Galvão &
ReVelle 1996, European Journal of Operational Research 88): a bound that needs no trust in the corner it comes from.

The module loads Numba: import it only where a choice is sought.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.access.kernels import FloatArray, IntArray

Marks = npt.NDArray[np.int8]
OPEN, CLOSED, FREE = 1, -1, 0
COUNT = -1  # the hold that is the count of bases; 0 to bases - 1: a base; from bases on: a group
_LEAST_MOVE, _LEAST_STEP = 1e-9, 1e-11  # smaller changes of a group, or of a base, along an edge are noise
_LOOK_AFTER = 10  # moves until the bound is looked at again


class Lists(NamedTuple):
    """Which base reaches which group, both ways, as starts and members."""

    group_starts: IntArray  # shape (bases + 1,)
    groups: IntArray  # groups of each base
    base_starts: IntArray  # shape (groups + 1,)
    bases: IntArray  # bases of each group
    weight: FloatArray  # of each group
    full: FloatArray  # sum of shares at which a group counts in full: one, less a trifle so that no two are alike


class Corner(NamedTuple):
    """Where the simplex method stands."""

    holds: IntArray  # shape (bases,)
    edges: FloatArray  # shape (bases, bases): the way on where one hold is let go, its own measure growing by one
    end: Marks  # of each base: OPEN or CLOSED where that holds it, FREE where its share may change
    side: Marks  # of each group: 1 covered in full, -1 not, 0 where it holds the corner
    share: FloatArray  # of each base
    over: FloatArray  # of each group: sum of shares, less ``full``
    slope: FloatArray  # what each base would add by opening more, holds not counted


@njit(cache=True, nogil=True)
def bounded(
    lists: Lists, corner: Corner, marks: Marks, asked: tuple[float, int, float], moves: int, earned: FloatArray
) -> tuple[float, int]:
    """Move the corner towards the maximum; what no choice under the marks exceeds, and moves made.

    Parameters
    ----------
    marks
        Bases that a branch opens or closes; as many as asked can stay open.
    asked
        Price of leaving a mark, more than any base can earn; bases that stay open; bound that suffices.
    moves
        Moves after which to stop; fewer made = at the maximum, or the bound suffices.
    earned
        Written: what each base earns at the prices of the bound.
    """
    placed(lists, corner, marks, asked[0], asked[1])
    noise, made = 1e-12 * asked[0], 0
    while made < moves:
        row, sign, gain = steepest(lists, corner, noise)
        if row < 0:
            break
        move(lists, corner, row, sign, gain)
        made += 1
        if made % _LOOK_AFTER == 0 and bound_of(lists, corner, marks, asked[1], earned) <= asked[2]:
            break
    return bound_of(lists, corner, marks, asked[1], earned), made


@njit(cache=True, nogil=True)
def placed(lists: Lists, corner: Corner, marks: Marks, price: float, count: int) -> None:
    """Compute shares, groups and slopes anew from what holds the corner, so that no rounding adds up."""
    _share_out(lists, corner, count)
    for base in range(len(corner.share)):
        corner.slope[base] = price * marks[base]
    for group in range(len(lists.weight)):
        total = 0.0
        for at in range(lists.base_starts[group], lists.base_starts[group + 1]):
            total += corner.share[lists.bases[at]]
        corner.over[group] = total - lists.full[group]
        if corner.side[group] != 0:
            corner.side[group] = 0
            turn(lists, corner, group, 1 if corner.over[group] >= 0 else -1)


@njit(cache=True, nogil=True)
def _share_out(lists: Lists, corner: Corner, count: int) -> None:
    """Shares that all holds together leave."""
    bases, share = len(corner.share), corner.share
    share[:] = 0.0
    for row in range(bases):
        held = corner.holds[row]
        if held == COUNT:
            value = count - 1e-7  # no whole number: a corner is then seldom held twice
        elif held >= bases:
            value = lists.full[held - bases]
        else:
            value = 1.0 if corner.end[held] == OPEN else 0.0
        if value != 0.0:
            for base in range(bases):
                share[base] += value * corner.edges[row, base]
    for base in range(bases):
        if corner.end[base] != FREE:
            share[base] = 1.0 if corner.end[base] == OPEN else 0.0


@njit(cache=True, nogil=True)
def turn(lists: Lists, corner: Corner, group: int, side: int) -> None:
    """Put a group on a side; while it is not covered in full, the bases that reach it can add it."""
    change = lists.weight[group] * ((side == -1) - (corner.side[group] == -1))
    corner.side[group] = side
    if change != 0:
        for at in range(lists.base_starts[group], lists.base_starts[group + 1]):
            corner.slope[lists.bases[at]] += change


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz"})
def steepest(lists: Lists, corner: Corner, noise: float) -> tuple[int, float, float]:
    """Hold to let go, which way (1 or -1), and what a step along its edge gains; -1 where none gains."""
    bases, best, row, way, most = len(corner.share), 0.0, -1, 1.0, 0.0
    for number in range(bases):
        held, gain, length, sign = corner.holds[number], 0.0, 0.0, 1.0
        if held == COUNT:
            continue
        for base in range(bases):
            step = corner.edges[number, base]
            gain += step * corner.slope[base]
            length += step * step
        if held < bases:
            if corner.end[held] == OPEN:
                gain, sign = -gain, -1.0
        elif gain < 0:
            gain, sign = -gain - lists.weight[held - bases], -1.0
        if gain > noise and gain * gain > best * length:
            best, row, way, most = gain * gain / length, number, sign, gain
    return row, way, most


@njit(cache=True, nogil=True)
def move(lists: Lists, corner: Corner, row: int, sign: float, gain: float) -> None:
    """Go along an edge past all groups that leave a gain, and be held by what ends it."""
    bases, left = len(corner.share), corner.holds[row]
    step, change = np.zeros(bases), np.zeros(len(lists.weight))
    longest, holder = _along(lists, corner, (row, sign), step, change)
    if left >= bases:
        turn(lists, corner, left - bases, 1 if sign > 0 else -1)
    else:
        corner.end[left] = FREE
    length, group = _met(lists, corner, (left - bases, longest), change, gain)
    if group >= 0:
        holder = group + bases
    for base in range(bases):
        corner.share[base] += length * step[base]
    for number in range(len(change)):
        corner.over[number] += length * change[number]
    if holder < bases:
        corner.end[holder] = OPEN if step[holder] > 0 else CLOSED
        corner.share[holder] = 1.0 if step[holder] > 0 else 0.0
    if holder != left:
        hold(corner, row, holder, measured(lists, corner, holder))


@njit(cache=True, nogil=True)
def _along(
    lists: Lists, corner: Corner, edge: tuple[int, float], step: FloatArray, change: FloatArray
) -> tuple[float, int]:
    """How far an edge goes until a share is 0 or 1, and of which base; writes what a step changes."""
    (row, sign), longest, holder = edge, np.inf, -1
    left = corner.holds[row]
    for base in range(len(step)):
        one = sign * corner.edges[row, base]
        if abs(one) < _LEAST_STEP:
            continue
        step[base] = one
        for at in range(lists.group_starts[base], lists.group_starts[base + 1]):
            change[lists.groups[at]] += one
        if corner.end[base] == FREE or base == left:
            room = (1.0 - corner.share[base] if one > 0 else corner.share[base]) / abs(one)
            if room < longest:
                longest, holder = max(room, 0.0), base
    return longest, holder


@njit(cache=True, nogil=True)
def _met(lists: Lists, corner: Corner, past: tuple[int, float], change: FloatArray, gain: float) -> tuple[float, int]:
    """How far to go until a group takes the last of the gain, and which; -1 = none does. Turns those met before."""
    groups, (left, longest) = len(change), past
    met, when, many = np.empty(groups, dtype=np.int64), np.empty(groups), 0
    for group in range(groups):
        moves = change[group]
        if group != left and abs(moves) > _LEAST_MOVE and corner.side[group] * moves < 0:
            room = max(-corner.over[group] / moves, 0.0)
            if room < longest:
                met[many], when[many] = group, room
                many += 1
    while many > 0:
        first = np.argmin(when[:many])
        group, room = met[first], when[first]
        many -= 1
        met[first], when[first] = met[many], when[many]
        gain -= lists.weight[group] * abs(change[group])
        if gain <= 0:
            turn(lists, corner, group, 0)
            return room, group
        turn(lists, corner, group, -corner.side[group])
    return longest, -1


@njit(cache=True, nogil=True)
def renew(lists: Lists, corner: Corner) -> None:
    """Compute the edges of a corner anew from what holds it; holds of groups and the count may change rows."""
    bases, edges = len(corner.share), corner.edges
    loose = corner.holds[(corner.holds < 0) | (corner.holds >= bases)]
    for base in range(bases):
        corner.holds[base] = base
        edges[base, :] = 0.0
        edges[base, base] = 1.0
    vacant = corner.end == FREE
    for holder in loose:
        measure, row = measured(lists, corner, holder), -1
        for base in range(bases):
            if vacant[base] and (row < 0 or abs(measure[base]) > abs(measure[row])):
                row = base
        vacant[row] = False
        hold(corner, row, holder, measure)


@njit(cache=True, nogil=True)
def measured(lists: Lists, corner: Corner, holder: int) -> FloatArray:
    """What a step along each edge adds to the measure of a hold: a share, a sum of shares, or all of them."""
    bases, edges = len(corner.share), corner.edges
    measure = np.zeros(bases)
    for row in range(bases):
        if holder == COUNT:
            measure[row] = edges[row].sum()
        elif holder < bases:
            measure[row] = edges[row, holder]
        else:
            for at in range(lists.base_starts[holder - bases], lists.base_starts[holder - bases + 1]):
                measure[row] += edges[row, lists.bases[at]]
    return measure


@njit(cache=True, nogil=True)
def hold(corner: Corner, row: int, holder: int, measure: FloatArray) -> None:
    """Put a hold in the place of another and turn all edges so that they keep to it."""
    bases, edges = len(corner.share), corner.edges
    for base in range(bases):
        edges[row, base] /= measure[row]
    for number in range(bases):
        part = measure[number]
        if number != row and abs(part) > 1e-12:
            for base in range(bases):
                edges[number, base] -= part * edges[row, base]
    corner.holds[row] = holder


@njit(cache=True, nogil=True)
def bound_of(lists: Lists, corner: Corner, marks: Marks, count: int, earned: FloatArray) -> float:
    """What no choice under the marks exceeds, by the prices at a corner; infinity where these are no numbers."""
    price, bound = _prices(lists, corner), 0.0
    earned[:] = 0.0
    for group in range(len(price)):
        bound += lists.weight[group] - price[group]
        if price[group] > 0:
            for at in range(lists.base_starts[group], lists.base_starts[group + 1]):
                earned[lists.bases[at]] += price[group]
    taken = marks != FREE
    for base in range(len(marks)):
        if marks[base] == OPEN:
            bound += earned[base]
            count -= 1
    for _ in range(count):
        best = -1
        for base in range(len(marks)):
            if not taken[base] and (best < 0 or earned[base] > earned[best]):
                best = base
        taken[best] = True
        bound += earned[best]
    return bound if np.isfinite(bound) else np.inf


@njit(cache=True, nogil=True)
def _prices(lists: Lists, corner: Corner) -> FloatArray:
    """Price of each group at a corner, from 0 to its weight."""
    bases, price = len(corner.share), np.zeros(len(lists.weight))
    for group in range(len(price)):
        if corner.side[group] == -1:
            price[group] = lists.weight[group]
    for row in range(bases):
        group = corner.holds[row] - bases
        if group >= 0:
            for base in range(bases):
                price[group] -= corner.edges[row, base] * corner.slope[base]
            price[group] = min(max(price[group], 0.0), lists.weight[group])
    return price


@njit(cache=True, nogil=True)
def exchange_parts(lists: Lists, is_open: npt.NDArray[np.bool_]) -> tuple[float, FloatArray, FloatArray]:
    """What open bases cover, what each base would add, and what an open base covers alone that another reaches.

    The last has shape ``(bases, bases)``, open base first; on its diagonal stands all that an open base covers alone.
    """
    bases, covered = len(is_open), 0.0
    adds, alone = np.zeros(bases), np.zeros((bases, bases))
    for group in range(len(lists.weight)):
        weight, many, own = lists.weight[group], 0, 0
        first, last = lists.base_starts[group], lists.base_starts[group + 1]
        for at in range(first, last):
            if is_open[lists.bases[at]]:
                many, own = many + 1, lists.bases[at]
        if many > 0:
            covered += weight
        if many <= 1:
            for at in range(first, last):
                if many == 0:
                    adds[lists.bases[at]] += weight
                else:
                    alone[own, lists.bases[at]] += weight
    return covered, adds, alone
