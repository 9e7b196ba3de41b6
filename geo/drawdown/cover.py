"""Cover: which bases reach which targets, and the best that so many bases could cover.

Targets reached by the same bases are one for every choice of bases, so they are grouped first; the rest is the maximal
covering location problem (Church & ReVelle 1974, Papers of the Regional Science Association 32), solved to the proven
optimum: by a search of our own, :mod:`geo.drawdown.cover_search`, and with HiGHS where bases have substitutes, or the
search gives up.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from geo.access.kernels import BoolArray, FloatArray, IntArray
from geo.errors import RequestError, SolverError

# A choice is proven best when none covers more by more than this share: of all weight in the search, of what is covered
# in HiGHS. Rounding in sums of weights stays far below it.
_GAP_SHARE = 1e-9
# Grouping has done what presolving would: with it the hardest of 100 bases x 20,000 targets took three times as long.
_PRESOLVE = False
# Branches after which the search gives up; the hardest of 100 bases x 20,000 targets takes 25.
_MOST_BRANCHES = 2_000


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
    first, of_group = _alike(reached[:, some])
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


def _alike(reaches: BoolArray) -> tuple[IntArray, IntArray]:
    """Columns that the same bases reach are one group: the first column of each group, and the group of each column."""
    packed = np.ascontiguousarray(np.packbits(reaches, axis=0).T)
    words = packed.view(np.dtype((np.void, max(packed.shape[1], 1)))).ravel() if packed.size else np.empty(0, "V1")
    _, first, of_group = np.unique(words, return_index=True, return_inverse=True)
    return first, of_group


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
        Of the groups that so many closures can lose, the heaviest so many are solved for: the rest taken for covered
        gives a bound that no choice exceeds, and a choice near it. ``None`` = all, so the choice is proven.

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
    losable = cover.reaches[free].sum(axis=0) <= int(free.sum()) - count  # what more bases reach stays covered
    weighed = _heaviest(cover.weight, losable, most_groups)
    is_open = None if pairs else _searched(cover, count, fixed=(keeping, closing), weighed=weighed)
    if is_open is None:
        is_open = _solved(cover, count, fixed=(keeping, closing), free=free, pairs=pairs, weighed=weighed)
    covered = cover.covered(is_open)
    left_out = losable & ~weighed
    if not left_out.any():
        return Choice(is_open=is_open, covered=covered, at_most=covered)
    missed = ~cover.reaches[is_open].any(axis=0) & left_out
    return Choice(is_open=is_open, covered=covered, at_most=covered + float(cover.weight[missed].sum()))


def _heaviest(weight: FloatArray, losable: BoolArray, most: int | None) -> BoolArray:
    """Which of the groups that can be lost are solved for: all, or the heaviest."""
    if most is None or losable.sum() <= most:
        return np.asarray(losable)
    rows = np.flatnonzero(losable)
    heaviest = rows[np.argsort(-weight[rows], kind="stable")[:most]]
    return np.isin(np.arange(len(losable)), heaviest)


def _one_more(cover: Cover, keeping: IntArray, choosable: IntArray) -> Choice:
    """The best single base beside those that are kept; the first on a tie."""
    missing = ~cover.reaches[keeping].any(axis=0)
    best = choosable[np.argmax(cover.reaches[choosable] @ (cover.weight * missing))]
    is_open = np.isin(np.arange(len(cover.base_ids)), [*keeping, best])
    covered = cover.covered(is_open)
    return Choice(is_open=is_open, covered=covered, at_most=covered)


def _searched(cover: Cover, count: int, *, fixed: tuple[IntArray, IntArray], weighed: BoolArray) -> BoolArray | None:
    """The proven best choice by our own search; ``None`` where that gives up."""
    is_open = np.isin(np.arange(len(cover.base_ids)), fixed[0])
    choosable = np.flatnonzero(~is_open & ~np.isin(np.arange(len(is_open)), fixed[1]))
    left = count - len(fixed[0])
    if left in (0, len(choosable)):
        is_open[choosable] = left > 0
        return is_open
    counts = weighed & ~cover.reaches[fixed[0]].any(axis=0) & (cover.weight > 0)
    reaches, weight = cover.reaches[np.ix_(choosable, counts)], cover.weight[counts]
    from geo.drawdown.cover_search import search  # noqa: PLC0415 (loads Numba)

    first, of_group = _alike(reaches)  # without bases that are fixed, more groups are alike
    chosen, proven = search(
        reaches[:, first],
        np.bincount(of_group, weights=weight, minlength=len(first)).astype(float),
        left,
        noise=_GAP_SHARE * cover.total,
        most_branches=_MOST_BRANCHES,
    )
    is_open[choosable[chosen]] = True
    return is_open if proven else None


def _solved(
    cover: Cover,
    count: int,
    *,
    fixed: tuple[IntArray, IntArray],
    free: BoolArray,
    pairs: list[tuple[int, int]],
    weighed: BoolArray,
) -> BoolArray:
    """The proven best choice: which bases are open, and which groups count because a base that reaches them is."""
    reaches, weight = cover.reaches[:, weighed], cover.weight[weighed]
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
    return np.asarray(found.x[:bases] > 0.5)
