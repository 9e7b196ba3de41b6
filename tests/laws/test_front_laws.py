"""Silent risks here: an alternative another one beats; an end of the front left out; a search that never ends."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo.access.front import Weights, find_front, goals_of, undominated

laws = hypothesis_settings(max_examples=1000, deadline=None)


@dataclass(frozen=True)
class Way:
    time_min: float
    exposure: float
    visibility: float


def ways_of(seed: int, count: int) -> list[Way]:
    draw = np.random.default_rng(seed)
    steps = draw.choice([3, 10, 10_000])  # few different values make many ties
    return [Way(*map(float, row)) for row in draw.integers(1, steps + 1, (count, 3))]


def front_of(ways: list[Way], *, most: int = 100, absent: tuple[bool, bool] = (False, False)) -> list[Any]:
    def solve(weights: Weights, limit: float) -> Any:
        cost = [float(np.dot(weights, goals_of(way))) for way in ways]  # type: ignore[arg-type]
        best = int(np.argmin(cost))
        return ways[best] if cost[best] <= limit else None

    per_unit = [0.0 if gone else 1.0 for gone in absent]
    return find_front(solve, minutes_per_exposure=per_unit[0], minutes_per_visibility=per_unit[1], most=most)


@laws
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_nothing_found_is_beaten_and_each_goal_has_its_best(seed: int, count: int) -> None:
    ways = ways_of(seed, count)
    found = front_of(ways)
    every = np.array([goals_of(way) for way in ways])  # type: ignore[arg-type]
    for way in found:
        mine = goals_of(way)
        assert not ((every <= mine).all(axis=1) & (every < mine).any(axis=1)).any()
    for goal in range(3):
        assert min(goals_of(way)[goal] for way in found) == every[:, goal].min()


@laws
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_with_two_goals_the_whole_lower_hull_is_found(seed: int, count: int) -> None:
    ways = [Way(way.time_min, way.exposure, 0) for way in ways_of(seed, count)]
    found = {(way.time_min, way.exposure) for way in front_of(ways, absent=(False, True))}
    for weight in np.geomspace(1e-3, 1e3, 25):
        best = min(way.time_min + weight * way.exposure for way in ways)
        assert min(t + weight * e for t, e in found) <= best * (1 + 1e-6)


@laws
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(3, 8))
def test_no_more_than_asked_and_one_goal_alone_is_one_way(seed: int, count: int, most: int) -> None:
    ways = ways_of(seed, count)
    assert len(front_of(ways, most=most)) <= most
    (only,) = front_of(ways, absent=(True, True))
    assert only.time_min == min(way.time_min for way in ways)


@laws
@given(st.integers(0, 2**32 - 1), st.integers(0, 30))
def test_undominated_is_what_comparing_each_with_each_keeps(seed: int, count: int) -> None:
    rows = np.random.default_rng(seed).integers(0, 4, (count, 4)).astype(float)
    kept = undominated(rows)
    for number, row in enumerate(rows):
        beaten = ((rows <= row).all(axis=1) & (rows < row).any(axis=1)).any()
        equal_before = (rows[:number] == row).all(axis=1).any()
        assert (number in kept) == (not beaten and not equal_before)
