"""Travel minutes of all people to the nearest open base: the p-median problem, put as one of covering.

A target costs the minutes from its nearest open base. Bases sorted by their minutes to it, the first, the first two,
and so on form growing sets; as long as a set has an open base, the step in minutes to the next base is saved. So each
set is a group to cover that weighs people times that step (after Cornuejols, Nemhauser and Wolsey 1980, SIAM Journal
on Algebraic and Discrete Methods 1; Elloumi 2010, Journal of Combinatorial Optimization 19). Targets whose nearest
bases are the same share their sets, and everything that orders closures by cover orders them by minutes.
"""

from dataclasses import dataclass

import numpy as np

from geo.access.kernels import BoolArray, FloatArray
from geo.drawdown.cover import Cover


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Travel:
    """Minutes to travel by which bases are open; what ``cover`` covers is minutes saved against the farthest counted."""

    cover: Cover  # weight: people x minutes
    people: float  # of all targets that some base reaches
    farthest_min: float  # what is farther, or reached no more, counts as this

    def mean_min(self, covered: float) -> float:
        """Mean minutes per person where so much is saved; NaN without people."""
        return self.farthest_min - covered / self.people if self.people > 0 else float("nan")


def travel_of(base_ids: tuple[str, ...], minutes: FloatArray, weight: FloatArray, *, farthest_min: float) -> Travel:
    """Put travel minutes as groups to cover.

    Parameters
    ----------
    base_ids
        Bases to choose from, each once.
    minutes
        Shape ``(bases, targets)``, infinity = not reached; from ``farthest_min`` on counts as that.
    weight
        People of each target, at least 0; targets that no base reaches sooner than ``farthest_min`` are left out.
    """
    capped = np.minimum(minutes, farthest_min)
    some = (capped < farthest_min).any(axis=0) if len(base_ids) else np.zeros(len(weight), dtype=bool)
    capped, people = capped[:, some], np.asarray(weight, dtype=np.float64)[some]
    order = np.argsort(capped, axis=0, kind="stable")
    sorted_min = np.vstack([np.take_along_axis(capped, order, axis=0), np.full(capped.shape[1], farthest_min)])
    saved = np.diff(sorted_min, axis=0) * people
    held = np.zeros((capped.shape[1], len(base_ids)), dtype=bool)
    sets, weights = [], []
    for place in range(len(base_ids)):
        held[np.arange(len(held)), order[place]] = True
        counts = saved[place] > 0
        sets.append(np.packbits(held[counts], axis=1))
        weights.append(saved[place][counts])
    return Travel(cover=_grouped(base_ids, sets, weights), people=float(people.sum()), farthest_min=farthest_min)


def _grouped(base_ids: tuple[str, ...], sets: list[np.ndarray], weights: list[FloatArray]) -> Cover:
    """One group for each distinct set of bases."""
    if not any(len(one) for one in sets):
        nothing = np.zeros((len(base_ids), 0), dtype=bool)
        none = np.zeros(0, dtype=np.int64)
        return Cover(base_ids=base_ids, reaches=nothing, weight=np.zeros(0), targets=none, group=none)
    packed = np.ascontiguousarray(np.vstack(sets))
    words = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, of_group = np.unique(words, return_index=True, return_inverse=True)
    reaches: BoolArray = np.unpackbits(packed[first], axis=1, count=len(base_ids)).T.astype(bool)
    weight = np.bincount(of_group, weights=np.concatenate(weights), minlength=len(first)).astype(float)
    targets = np.bincount(of_group, minlength=len(first)).astype(np.int64)
    return Cover(base_ids=base_ids, reaches=reaches, weight=weight, targets=targets, group=np.zeros(0, dtype=np.int64))
