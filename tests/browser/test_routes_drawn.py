"""Silent risks here: spikes and knots where a route beside its road turns sharply, read as places it goes to."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, Page

from tests.browser.conftest import ROOT

SHIFT = 5.0
HAIRPIN = [0, 0, 100, 0, 100.5, 2, 0, 2]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    opened.add_script_tag(path=ROOT / "static" / "map" / "routes.js")
    yield opened
    opened.close()


def beside(page: Page, points: list[float], shift: float) -> np.ndarray:
    return np.array(page.evaluate("([points, shift]) => beside(points, shift)", [points, shift])).reshape(-1, 2)


def test_a_straight_line_and_a_gentle_corner_keep_their_distance(page: Page) -> None:
    assert beside(page, [0, 0, 10, 0, 30, 0], SHIFT).tolist() == [[0, 5], [10, 5], [30, 5]]
    corner = beside(page, [0, 0, 50, 0, 50 + 50 * math.cos(0.5), 50 * math.sin(0.5)], SHIFT)
    away = shapely.LineString([(0, 0), (50, 0), (50 + 50 * math.cos(0.5), 50 * math.sin(0.5))])
    drawn = shapely.LineString(corner)
    assert [away.distance(drawn.interpolate(share, normalized=True)) for share in (0.1, 0.3, 0.7, 0.9)] == [
        pytest.approx(SHIFT)
    ] * 4


@pytest.mark.parametrize("shift", [SHIFT, -SHIFT])
def test_a_turn_back_leaves_no_spike(page: Page, shift: float) -> None:
    drawn = beside(page, HAIRPIN, shift)
    assert drawn[:, 0].max() <= 100.5 + SHIFT + 1e-9, "beyond the turn no farther than to the side"
    assert shapely.LineString(drawn).distance(shapely.Point(0, shift)) < 1e-9


@pytest.mark.parametrize("degrees", [60, 90, 120])
def test_the_inside_of_a_tight_bend_makes_no_knot(page: Page, degrees: int) -> None:
    """A bend of 3 px radius in steps of under 1 px, tighter than the route is shifted."""
    turn = np.radians(np.linspace(0, degrees, 8))
    bend = np.column_stack([3 * np.sin(turn), 3 - 3 * np.cos(turn)])
    away = 60 * np.array([np.cos(turn[-1]), np.sin(turn[-1])])
    road = np.concatenate([[[-60, 0]], bend, [bend[-1] + away]])
    drawn = beside(page, road.ravel().tolist(), SHIFT)
    line = shapely.LineString(drawn)
    assert line.is_simple
    assert shapely.distance(shapely.points(drawn), shapely.LineString(road)).max() <= 2 * SHIFT
    assert line.distance(shapely.Point(-60, SHIFT)) < 1e-9, "where it is straight it keeps its distance"
