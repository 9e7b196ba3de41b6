"""Cover: which bases reach which targets, and the best that so many bases could cover.

Targets reached by the same bases are one for every choice of bases, so they are grouped first; the rest is the maximal
covering location problem (Church & ReVelle 1974, Papers of the Regional Science Association 32), solved to the proven
optimum with HiGHS.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from geo.access.kernels import BoolArray, FloatArray, IntArray
from geo.errors import RequestError, SolverError

# HiGHS stops when no choice can be better by more than this share.
_GAP_SHARE = 1e-9
# Grouping has done what presolving would: with it the hardest of 100 bases x 20,000 targets took three times as long.
_PRESOLVE = False


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Cover:
    """Bases and the groups of targets they reach within the limit."""

    base_ids: tuple[str, ...]
    reaches: BoolArray  # shape (bases, groups)
    weight: FloatArray  # of each group: the sum over its targets
    targets: IntArray  # targets of each group
    group: IntArray  # of each target; -1 where no base reaches it

    @property
    def total(self) -> float:
        """Weight that all bases together cover."""
        return float(self.weight.sum())

    def rows(self, base_ids: Collection[str]) -> IntArray:
        """Positions of bases, in their order.

        Raises
        ------
        RequestError
            When an id is no base's.
        """
        unknown = sorted(set(base_ids) - set(self.base_ids))
        if unknown:
            raise RequestError(
                f"no base {', '.join(map(repr, unknown))} offers this way of getting there; those that do: "
                f"{', '.join(self.base_ids) or 'none'}"
            )
        return np.array([number for number, base in enumerate(self.base_ids) if base in set(base_ids)], dtype=np.int64)

    def covered(self, is_open: BoolArray) -> float:
        """Weight that the open bases cover; ``is_open`` has shape ``(bases,)``."""
        return float(self.weight[self.reaches[is_open].any(axis=0)].sum())

    def covered_once(self, is_open: BoolArray) -> float:
        """Weight that just one open base covers: it has no backup."""
        return float(self.weight[self.reaches[is_open].sum(axis=0) == 1].sum())

    def losses(self, is_open: BoolArray) -> FloatArray:
        """Weight that closing each open base would lose, shape ``(bases,)``; 0 for closed ones."""
        once = self.reaches[is_open].sum(axis=0) == 1
        return np.where(is_open, self.reaches[:, once] @ self.weight[once], 0.0)

    def gains(self, is_open: BoolArray) -> FloatArray:
        """Weight that opening each base would add, shape ``(bases,)``; 0 for open ones."""
        missing = ~self.reaches[is_open].any(axis=0)
        return np.asarray(self.reaches[:, missing] @ self.weight[missing])


def cover_of(base_ids: tuple[str, ...], each: pd.DataFrame, weight: FloatArray) -> Cover:
    """Group targets by the bases that reach them.

    Parameters
    ----------
    base_ids
        Bases to choose from, each once; the order breaks ties.
    each
        ``base_id``, ``target`` (position in ``weight``), a row per base and target within the limit, as
        :func:`geo.access.reach.reach_each` gives them. Bases that are not among ``base_ids`` are left out.
    weight
        What covering each target counts, at least 0.
    """
    position = pd.Series(np.arange(len(base_ids)), index=pd.Index(base_ids))
    base = each["base_id"].map(position)
    known = base.notna().to_numpy(dtype=bool)
    reached = np.zeros((len(base_ids), len(weight)), dtype=bool)
    reached[base[known].to_numpy(dtype=np.int64), each.loc[known, "target"].to_numpy(dtype=np.int64)] = True
    some = np.flatnonzero(reached.any(axis=0))
    packed = np.ascontiguousarray(np.packbits(reached[:, some], axis=0).T)
    words = packed.view(np.dtype((np.void, max(packed.shape[1], 1)))).ravel() if len(some) else np.empty(0, "V1")
    _, first, of_group = np.unique(words, return_index=True, return_inverse=True)
    group = np.full(len(weight), -1, dtype=np.int64)
    group[some] = of_group
    return Cover(
        base_ids=base_ids,
        reaches=reached[:, some[first]],
        weight=np.bincount(of_group, weights=np.asarray(weight, dtype=np.float64)[some], minlength=len(first)).astype(
            float
        ),
        targets=np.bincount(of_group, minlength=len(first)).astype(np.int64),
        group=group,
    )


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Choice:
    """Bases that stay open, what they cover, and what no other choice can exceed."""

    is_open: BoolArray  # shape (bases,)
    covered: float
    at_most: float  # no choice covers more; equals ``covered`` where the choice is proven best


def best_open(
    cover: Cover,
    count: int,
    *,
    keep: Collection[str] = (),
    closed: Collection[str] = (),
    instead: Mapping[str, str] | None = None,
    most_groups: int | None = None,
) -> Choice:
    """Choose ``count`` bases that together cover most.

    Parameters
    ----------
    count
        Bases that stay open, substitutes not counted.
    keep, closed
        Bases that must stay open, and that must not.
    instead
        Substitutes: base -> base that opens exactly when it closes, and is none to choose from itself.
    most_groups
        With more groups that a choice can lose, nothing is solved: a good choice comes with a bound. Never where there
        are substitutes.

    Raises
    ------
    RequestError
        When ``keep`` and ``closed`` leave no such choice.
    """
    keeping, closing = cover.rows(keep), cover.rows(closed)
    pairs = [(int(cover.rows([old])[0]), int(cover.rows([new])[0])) for old, new in (instead or {}).items()]
    free = np.ones(len(cover.base_ids), dtype=bool)
    free[[new for _, new in pairs]] = False
    least, most = len(keeping), int(free.sum()) - len(closing)
    if set(keeping.tolist()) & set(closing.tolist()) or not least <= count <= most:
        raise RequestError(f"{count} bases cannot stay open when {least} must and at most {most} may")
    if count == least + 1 and not pairs:
        return _one_more(cover, keeping, np.flatnonzero(free & ~np.isin(np.arange(len(free)), [*keeping, *closing])))
    losable = _losable(cover, free, closures=int(free.sum()) - count)
    if most_groups is not None and not pairs and losable.sum() > most_groups:
        return bounded_choice(cover, count, keeping=keeping, closing=closing)
    return _solved(cover, count, fixed=(keeping, closing), free=free, pairs=pairs, losable=losable)


def _losable(cover: Cover, free: BoolArray, *, closures: int) -> BoolArray:
    """Groups that so many closures can lose: those that more bases reach stay covered whichever close."""
    return np.asarray(cover.reaches[free].sum(axis=0) <= closures)


def bounded_choice(cover: Cover, count: int, *, keeping: IntArray, closing: IntArray) -> Choice:
    """Choose by closing, one after the other, what loses least; and bound what any choice of as many could cover.

    Two bounds, of which the lower holds, both because what a base adds shrinks as others open (Nemhauser, Wolsey and
    Fisher 1978, Mathematical Programming 14): closing bases together loses at least the sum of what each loses alone;
    and no choice covers more than any set does and the best ``count`` additions to it.
    """
    is_open = np.ones(len(cover.base_ids), dtype=bool)
    is_open[closing] = False
    start, alone = cover.covered(is_open), cover.losses(is_open)
    choosable = is_open.copy()
    choosable[keeping] = False
    closures = int(is_open.sum()) - count
    together = start - float(np.sort(alone[choosable])[:closures].sum())
    for _ in range(closures):
        losses = np.where(is_open & choosable, cover.losses(is_open), np.inf)
        is_open[int(losses.argmin())] = False
    covered = cover.covered(is_open)
    gains = np.where(choosable & ~is_open, cover.gains(is_open), 0.0)
    swapped = covered + float(np.sort(gains)[::-1][: count - len(keeping)].sum())
    return Choice(is_open=is_open, covered=covered, at_most=max(covered, min(together, swapped)))


def _one_more(cover: Cover, keeping: IntArray, choosable: IntArray) -> Choice:
    """The best single base beside those that are kept; the first on a tie."""
    missing = ~cover.reaches[keeping].any(axis=0)
    best = choosable[np.argmax(cover.reaches[choosable] @ (cover.weight * missing))]
    is_open = np.isin(np.arange(len(cover.base_ids)), [*keeping, best])
    covered = cover.covered(is_open)
    return Choice(is_open=is_open, covered=covered, at_most=covered)


def _solved(
    cover: Cover,
    count: int,
    *,
    fixed: tuple[IntArray, IntArray],
    free: BoolArray,
    pairs: list[tuple[int, int]],
    losable: BoolArray,
) -> Choice:
    """The proven best choice: which bases are open, and which groups count because a base that reaches them is."""
    reaches, weight = cover.reaches[:, losable], cover.weight[losable]
    bases, groups = reaches.shape
    low, high = np.zeros(bases + groups), np.ones(bases + groups)
    low[fixed[0]], high[fixed[1]] = 1.0, 0.0
    group, base = np.nonzero(reaches.T)
    each = np.arange(groups)
    counts = coo_array(
        (
            np.concatenate([-np.ones(len(group)), np.ones(groups)]),
            (np.concatenate([group, each]), np.concatenate([base, bases + each])),
        ),
        shape=(groups, bases + groups),
    )
    exact = np.zeros((1 + len(pairs), bases + groups))
    exact[0, :bases] = free
    for row, pair in enumerate(pairs, start=1):
        exact[row, list(pair)] = 1.0
    equal = np.array([float(count), *[1.0] * len(pairs)])
    found = milp(
        np.concatenate([np.zeros(bases), -weight]),
        integrality=np.concatenate([np.ones(bases), np.zeros(groups)]),
        bounds=Bounds(low, high),
        constraints=[LinearConstraint(counts.tocsr(), -np.inf, 0.0), LinearConstraint(csr_array(exact), equal, equal)],
        options={"mip_rel_gap": _GAP_SHARE, "presolve": _PRESOLVE},
    )
    if found.x is None or found.status != 0:
        raise SolverError(f"the best choice of {count} bases could not be proven: {found.message}")
    is_open = np.asarray(found.x[:bases] > 0.5)
    covered = cover.covered(is_open)
    return Choice(is_open=is_open, covered=covered, at_most=covered)
