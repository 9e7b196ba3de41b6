"""The front of alternatives: ways none of which another beats in time, exposure and visibility at once.

Between two known ways lies another one exactly when some way costs less than both at the weights where both cost
the same (Aneja & Nair 1979, Management Science 25(1), "Bicriteria transportation problem"). Each pair of goals is
halved like this, the third goal breaking ties, the widest gaps first. Every way found is the cheapest of all for
some positive weights, so no way on the network beats it; ways that are best for weights on all three goals at once
and for none on two may be missed.
"""

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from geo.access.kernels import FloatArray
from geo.access.paths import Path

GOALS = ("minutes", "exposure", "visibility")
Weights = tuple[float, float, float]
# (weights of minutes, exposure, visibility; limit) -> a cheapest path
Solve = Callable[[Weights, float], Path | None]
# A path between two others must beat them by this share of their cost, else it is rounding noise.
_BETTER_SHARE = 1e-7
# Searches stop this share beyond a cost known to be reachable, for the rounding of sums.
_LIMIT_SLACK_SHARE = 1e-9
# A goal that only breaks ties has this weight beside the others, all of them scaled to one another.
_TIE_SHARE = 1e-9


@dataclass(slots=True)
class _Search:
    """Paths found so far and the gaps between them, the widest first."""

    solve: Solve
    per_unit: (
        FloatArray  # minutes that one unit of each goal is worth when goals are held against each other; 0 = absent
    )
    found: list[Path] = field(default_factory=list)
    gaps: list[tuple[float, int, tuple[int, int], Path, Path]] = field(default_factory=list)

    def cheapest(self, weights: FloatArray, known: Sequence[Path] = ()) -> Path | None:
        """Cheapest path for weights on scaled goals; no dearer than the known ones."""
        cost = weights * self.per_unit
        limit = min((float(cost @ goals_of(path)) for path in known), default=math.inf)
        return self.solve((float(cost[0]), float(cost[1]), float(cost[2])), limit * (1 + _LIMIT_SLACK_SHARE))

    def note(self, pair: tuple[int, int], one: Path, other: Path) -> None:
        """Note the gap between a path better in the pair's first goal and one better in its second."""
        apart = (goals_of(other) - goals_of(one)) * self.per_unit
        more, less = apart[pair[0]], -apart[pair[1]]
        if more > 0 and less > 0:
            heapq.heappush(self.gaps, (-more * less, len(self.gaps) + len(self.found), pair, one, other))

    def halve(self) -> None:
        """Look into the widest gap."""
        _, _, pair, one, other = heapq.heappop(self.gaps)
        apart = (goals_of(other) - goals_of(one)) * self.per_unit
        weights = np.full(len(GOALS), _TIE_SHARE)
        weights[pair[0]], weights[pair[1]] = 1.0, apart[pair[0]] / -apart[pair[1]]
        between = self.cheapest(weights, (one, other))
        assert between is not None  # the two known paths cost no more than the limit
        cost = weights * self.per_unit
        if float(cost @ goals_of(between)) < float(cost @ goals_of(one)) * (1 - _BETTER_SHARE):
            self.found.append(between)
            self.note(pair, one, between)
            self.note(pair, between, other)


def goals_of(path: Path) -> FloatArray:
    """Minutes, exposure and visibility of a path, shape ``(3,)``."""
    return np.array([path.time_min, path.exposure, path.visibility])


def find_front(solve: Solve, *, minutes_per_exposure: float, minutes_per_visibility: float, most: int) -> list[Path]:
    """Find up to ``most`` paths: the best in each goal, then those between, the widest gaps of the front first.

    Parameters
    ----------
    solve
        ``solve((minutes, exposure, visibility), limit)`` gives a cheapest path for weights above 0, or ``None`` when
        none costs up to the limit. Where a goal is absent its weight is 0.
    minutes_per_exposure, minutes_per_visibility
        Typical ratios of the goals; 0 where a goal is 0 everywhere.
    """
    search = _Search(solve, np.array([1.0, minutes_per_exposure, minutes_per_visibility]))
    present = [goal for goal in range(len(GOALS)) if search.per_unit[goal] > 0]
    ends: dict[int, Path] = {}
    for goal in present:
        weights = np.full(len(GOALS), _TIE_SHARE)
        weights[goal] = 1.0
        end = search.cheapest(weights, list(ends.values()))
        if end is None:
            return []
        ends[goal] = end
    search.found = list(ends.values())
    for pair in combinations(present, 2):
        search.note(pair, ends[pair[0]], ends[pair[1]])
    while search.gaps and len(search.found) < most:
        search.halve()
    return search.found


def undominated(rows: FloatArray) -> list[int]:
    """Positions of rows that no other row beats: as good in every column and better in one, noise set aside.

    Of equal rows the first stays. Shape of ``rows``: ``(paths, goals)``, smaller is better.
    """
    kept: list[int] = []
    for number, row in enumerate(rows):
        slack = _BETTER_SHARE * np.abs(row)
        others = [other for other in range(len(rows)) if other != number]
        beaten = any(
            (rows[other] <= row + slack).all() and ((rows[other] < row - slack).any() or other in kept)
            for other in others
        )
        if not beaten:
            kept.append(number)
    return kept
