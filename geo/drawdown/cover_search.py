"""The bases that together cover most, proven by branch and bound.

A choice found by always opening the base that adds most is improved by exchanging one base for another (Teitz & Bart
1968, Operations Research 16); it is nearly always the best already. The rest is its proof. A bound on all choices comes
from letting bases be open in part (:mod:`geo.drawdown.cover_kernels`). A base whose opening, or closing, brings the
bound down to the best choice known is settled (Balas & Martin 1980, Management Science 26, call it reduced-cost
fixing); over the others the search branches, each time on the one whose both ways lower the bound most of those tried
(strong branching: Applegate, Bixby, Chvátal & Cook 1995, DIMACS report 95-05).

A bound is a sum over groups and bases, so what floating point adds to it is far below the noise allowed.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from geo.access.kernels import BoolArray, FloatArray
from geo.drawdown.cover_kernels import (
    CLOSED,
    COUNT,
    FREE,
    OPEN,
    Corner,
    Lists,
    Marks,
    bounded,
    exchange_parts,
    renew,
)

_TRIFLE, _SEED = 1e-6, 5  # largest difference between where groups count in full, and what draws them
_MOVES_TO_RENEW = 150  # moves after which edges are computed anew
_MOST_MOVES = 5_000  # to the maximum of a branch; fewer than 300 with 100 bases
_TRIED, _TRY_MOVES = 3, 60  # bases tried before branching, and moves for each
_WHOLE = 1e-5  # a share so near 0 or 1 is whole


@dataclass(eq=False, slots=True)
class _Search:
    """The best choice known, and where the simplex method stands."""

    lists: Lists
    count: int
    noise: float
    price: float  # of leaving a mark
    best: BoolArray
    covered: float
    corner: Corner
    weighs: FloatArray  # what each base reaches
    aged: int = 0  # moves since edges were computed
    waiting: list[tuple[Marks, float]] = field(default_factory=list)

    @property
    def bar(self) -> float:
        """A branch whose bound is no higher holds nothing better."""
        return self.covered + self.noise


def search(
    reaches: BoolArray, weight: FloatArray, count: int, *, noise: float, most_branches: int
) -> tuple[BoolArray, bool]:
    """Search for the ``count`` bases that together cover most.

    Parameters
    ----------
    reaches
        Shape ``(bases, groups)``; ``0 < count < bases``.
    weight
        Of each group, at least 0.
    noise
        Two choices whose cover differs by no more are equal.
    most_branches
        Branches after which the search gives up.

    Returns
    -------
    tuple
        Which bases are open in the best choice found, shape ``(bases,)``, and whether it is proven that none covers
        more.
    """
    lists = _lists_of(reaches, weight)
    weighs = np.asarray(csr_array(reaches) @ weight)
    first = _greedy(lists, reaches, count)
    nothing = np.zeros(len(reaches), dtype=np.int8)
    covered = _exchanged(lists, first, nothing, noise)
    found = _Search(
        lists, count, noise, 1.5 * float(weighs.max()) + 1.0, first, covered, _first_corner(lists, first), weighs
    )
    found.waiting.append((nothing, np.inf))
    for _ in range(most_branches):
        while found.waiting and found.waiting[-1][1] <= found.bar:
            found.waiting.pop()
        if not found.waiting:
            return found.best, True
        _branch(found, *found.waiting.pop())
    return found.best, not found.waiting


def _branch(found: _Search, marks: Marks, bound: float) -> None:
    """Bound a branch; where it may hold something better, settle bases in it and leave two branches waiting."""
    marks, earned = marks.copy(), np.empty(len(marks))
    own = _bounded(
        found, marks, _MOST_MOVES, earned
    )  # may exceed the bound known, but only it goes with what is earned
    bound = min(bound, own)
    if bound <= found.bar:
        return
    _round(found, marks)
    if bound <= found.bar:
        return
    _settle(marks, earned, found.count, own - found.bar)
    one = _most_telling(found, marks, bound)
    left, free = found.count - int((marks == OPEN).sum()), int((marks == FREE).sum())
    if left < 0 or free < left or one is None:
        return
    if left in (0, free):
        _keep_better(found, (marks == OPEN) | ((marks == FREE) & (left > 0)))
        return
    base, bounds = one
    for mark in sorted((CLOSED, OPEN), key=lambda mark: bounds[mark]):
        after = marks.copy()
        after[base] = mark
        found.waiting.append((after, min(bound, bounds[mark])))


def _most_telling(found: _Search, marks: Marks, bound: float) -> tuple[int, dict[int, float]] | None:
    """Base to branch on and the bound of both its branches, of those most in doubt; ``None`` = nothing better here.

    A base of which one way is ruled out is settled.
    """
    share, held = found.corner.share.copy(), _copied(found.corner)
    doubt = np.where(marks == FREE, np.minimum(share, 1.0 - share), -1.0)
    one, most = (int(np.argmax(doubt)), {CLOSED: bound, OPEN: bound}), -1.0
    earned = np.empty(len(marks))
    for base in np.argsort(-doubt * found.weighs, kind="stable")[:_TRIED]:
        if doubt[base] < _WHOLE:
            break
        bounds = {}
        for mark in (CLOSED, OPEN):
            marks[base] = mark
            bounds[mark] = _bounded(found, marks, _TRY_MOVES, earned) if _possible(marks, found.count) else -np.inf
            found.corner = _copied(held)
        marks[base] = FREE
        ruled_out = [mark for mark in (CLOSED, OPEN) if bounds[mark] <= found.bar]
        if len(ruled_out) == 2:
            return None
        if ruled_out:
            marks[base] = -ruled_out[0]
            continue
        lower = sorted(bound - each for each in bounds.values())
        if lower[0] + 0.1 * lower[1] > most:
            one, most = (int(base), bounds), lower[0] + 0.1 * lower[1]
    if marks[one[0]] != FREE and (marks == FREE).any():
        one = int(np.argmax(np.where(marks == FREE, doubt, -2.0))), {CLOSED: bound, OPEN: bound}
    return one


def _possible(marks: Marks, count: int) -> bool:
    return bool((marks == OPEN).sum() <= count <= (marks != CLOSED).sum())


def _bounded(found: _Search, marks: Marks, most_moves: int, earned: FloatArray) -> float:
    """What no choice under the marks exceeds; edges are computed anew from time to time."""
    asked, done = (found.price, found.count, found.bar), 0
    while True:
        moves = min(_MOVES_TO_RENEW, most_moves - done)
        bound, made = bounded(found.lists, found.corner, marks, asked, moves, earned)
        done, found.aged = done + made, found.aged + made
        if found.aged >= _MOVES_TO_RENEW:
            renew(found.lists, found.corner)
            found.aged = 0
        if made < moves or done >= most_moves:
            return float(bound)


def _settle(marks: Marks, earned: FloatArray, count: int, spare: float) -> None:
    """Open or close each free base without which, or with which, the bound loses all it has to spare."""
    left, free = count - int((marks == OPEN).sum()), np.flatnonzero(marks == FREE)
    if not 0 < left < len(free):
        return
    order = free[np.argsort(-earned[free], kind="stable")]
    among, beyond = order[:left], order[left:]
    opens, closes = earned[among] - earned[beyond[0]] >= spare, earned[among[-1]] - earned[beyond] >= spare
    marks[among[opens]], marks[beyond[closes]] = OPEN, CLOSED


def _round(found: _Search, marks: Marks) -> None:
    """Open the bases with the largest shares and improve that choice by exchanges."""
    order = np.argsort(-(found.corner.share + 10.0 * marks), kind="stable")
    chosen = np.zeros(len(marks), dtype=bool)
    chosen[order[: found.count]] = True
    _exchanged(found.lists, chosen, marks, found.noise)
    _keep_better(found, chosen)


def _keep_better(found: _Search, chosen: BoolArray) -> None:
    covered = float(exchange_parts(found.lists, chosen)[0])
    if covered > found.covered:
        found.best, found.covered = chosen, covered


def _greedy(lists: Lists, reaches: BoolArray, count: int) -> BoolArray:
    """Always the base that adds most, the first on a tie."""
    by_base, missing, chosen = csr_array(reaches), lists.weight.copy(), np.zeros(len(reaches), dtype=bool)
    for _ in range(count):
        base = int(np.argmax(np.where(chosen, -1.0, np.asarray(by_base @ missing))))
        chosen[base] = True
        missing[reaches[base]] = 0.0
    return chosen


def _exchanged(lists: Lists, chosen: BoolArray, marks: Marks, noise: float) -> float:
    """Exchange an open base for a closed one, always the two that add most, until none add; what is covered then."""
    while True:
        covered, adds, alone = exchange_parts(lists, chosen)
        gain = adds + alone - np.diag(alone)[:, None]
        gain[~(chosen & (marks == FREE))] = -np.inf
        gain[:, chosen | (marks != FREE)] = -np.inf
        old, new = np.unravel_index(np.argmax(gain), gain.shape)
        if gain[old, new] <= noise:
            return float(covered)
        chosen[old], chosen[new] = False, True


def _lists_of(reaches: BoolArray, weight: FloatArray) -> Lists:
    by_base, by_group = csr_array(reaches), csr_array(reaches.T)
    full = 1.0 - _TRIFLE * np.random.default_rng(_SEED).random(len(weight))
    return Lists(
        group_starts=by_base.indptr.astype(np.int64),
        groups=by_base.indices.astype(np.int64),
        base_starts=by_group.indptr.astype(np.int64),
        bases=by_group.indices.astype(np.int64),
        weight=np.asarray(weight, dtype=np.float64),
        full=full,
    )


def _first_corner(lists: Lists, chosen: BoolArray) -> Corner:
    """The corner of a choice: every base but one is held, and that one by the count."""
    bases, groups = len(chosen), len(lists.weight)
    loose = int(np.argmax(chosen))
    holds, end, edges = np.arange(bases), np.where(chosen, OPEN, CLOSED).astype(np.int8), np.eye(bases)
    holds[loose], end[loose], edges[:, loose] = COUNT, FREE, -1.0
    edges[loose, loose] = 1.0
    side = np.ones(groups, dtype=np.int8)
    return Corner(holds, edges, end, side, chosen.astype(float), np.zeros(groups), np.zeros(bases))


def _copied(corner: Corner) -> Corner:
    return Corner._make(part.copy() for part in corner)


def warm() -> None:
    """Compile the search once; the code is kept on disk beside the module."""
    ring = np.eye(5, dtype=bool) | np.roll(np.eye(5, dtype=bool), 1, axis=1)
    search(ring, np.ones(5), 2, noise=1e-9, most_branches=9)
    lists = _lists_of(ring, np.ones(5))
    renew(lists, _first_corner(lists, np.arange(5) < 2))
