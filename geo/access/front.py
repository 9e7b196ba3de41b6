"""The front of time against exposure: alternatives none of which another beats on both.

Every supported alternative is found by halving the front between two known paths (Aneja & Nair 1979,
Management Science 25(1), "Bicriteria transportation problem"): at the weight where both cost the same,
either a cheaper path lies between them or there is none.
"""

import heapq
import math
from collections.abc import Callable

from geo.access.paths import Path

# (time_weight, exposure_weight, limit) -> a cheapest path
Solve = Callable[[float, float, float], Path | None]
# A path between two others must beat them by this share of their cost, else it is rounding noise.
_BETTER_SHARE = 1e-7
# Searches stop this share beyond a cost known to be reachable, for the rounding of sums.
_LIMIT_SLACK_SHARE = 1e-9
# At the two ends of the front the other goal only breaks ties: its weight as share of the first.
_TIE_SHARE = 1e-9


def find_front(solve: Solve, *, minutes_per_exposure: float, most: int) -> list[Path]:
    """Find up to ``most`` supported paths, the widest gaps of the front first.

    Parameters
    ----------
    solve
        ``solve(time_weight, exposure_weight, limit)`` gives a cheapest path, or ``None`` when none costs up to
        the limit.
    minutes_per_exposure
        Typical ratio of the two goals; 0 where there is no exposure at all.
    """
    fastest = solve(1.0, _TIE_SHARE * minutes_per_exposure, math.inf)
    if fastest is None:
        return []
    if minutes_per_exposure == 0:
        return [fastest]
    known = _TIE_SHARE * fastest.time_min + minutes_per_exposure * fastest.exposure
    calmest = solve(_TIE_SHARE, minutes_per_exposure, known * (1 + _LIMIT_SLACK_SHARE))
    assert calmest is not None
    found = [fastest, calmest]
    gaps: list[tuple[float, int, Path, Path]] = []
    _push(gaps, fastest, calmest)
    while gaps and len(found) < most:
        _, _, faster, calmer = heapq.heappop(gaps)
        weight = (calmer.time_min - faster.time_min) / (faster.exposure - calmer.exposure)
        known = faster.time_min + weight * faster.exposure
        between = solve(1.0, weight, known * (1 + _LIMIT_SLACK_SHARE))
        assert between is not None
        if between.time_min + weight * between.exposure < known * (1 - _BETTER_SHARE):
            found.append(between)
            _push(gaps, faster, between)
            _push(gaps, between, calmer)
    return found


def _push(gaps: list[tuple[float, int, Path, Path]], faster: Path, calmer: Path) -> None:
    """Note the gap between two paths, the one with the largest rectangle first."""
    slower_min, less_exposure = calmer.time_min - faster.time_min, faster.exposure - calmer.exposure
    if slower_min > 0 and less_exposure > 0:
        heapq.heappush(gaps, (-slower_min * less_exposure, len(gaps), faster, calmer))


def undominated(paths: list[Path]) -> list[Path]:
    """Paths by time that are not slower and at least as exposed as another; without escort first on a tie."""
    kept: list[Path] = []
    for path in sorted(paths, key=lambda p: (p.time_min, p.exposure, p.escorted)):
        if not kept or path.exposure < kept[-1].exposure * (1 - _BETTER_SHARE):
            kept.append(path)
    return kept
