"""Silent risks here: a post beyond the limit named as near; one at exactly the limit left out; a base on the way given
the minutes to some far junction."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from geo.answers.mission_records import known_of, posts_near
from geo.missions.medical import MedicalPost, medical_posts
from geo.missions.plans import Plan
from geo.settings import Settings
from tests.toy_missions import ESCORTING, UP, leg, mission_world, out_and_back, plan, shifted
from tests.toy_readings import base

# In March, when the road's stated minutes hold.
NORTH = shifted(plan((leg((UP,), [(1.0, 0.5), (1.0, 0.9)], places=("a", "site-north")),), ()), -112)


def posts(settings: Settings, made: Plan, within_min: float, **values: Any) -> tuple[MedicalPost, ...]:
    """Posts near a plan where one base stands on the road across, 24 minutes east of 0.2 degrees a tenth."""
    east = base("base-mid", country="XTO", longitude=0.8, latitude=0.5, medical="yes", **values)
    world = mission_world(settings, bases=[ESCORTING[0], east])
    known = known_of(world, made, dt.date(2020, 6, 20))
    roads = known.roads[min(known.roads)][0]
    assert known.network is not None
    return medical_posts(
        known.network,
        roads.minutes,
        known.bases[made.departs_on],
        made,
        within_min=within_min,
        settings=settings.network,
    )


def test_posts_stand_by_their_minutes_to_the_way(settings: Settings) -> None:
    # From 0.8 and 0.2 east to the junction at 1.0: 24 and 96 minutes.
    found = posts(settings, NORTH, 240)
    assert [(post.base_id, post.leg) for post in found] == [("base-mid", 0), ("base-west", 0)]
    np.testing.assert_allclose([post.minutes for post in found], [24, 96])
    np.testing.assert_allclose([post.away_km for post in found], [22.2, 88.9], atol=0.1)


@pytest.mark.parametrize(("within_min", "count"), [(23.99, 0), (24, 1), (95.99, 1), (96, 2)])
def test_exactly_so_many_minutes_count(settings: Settings, within_min: float, count: int) -> None:
    assert len(posts(settings, NORTH, within_min + 1e-9)) == count


def test_a_base_on_a_stretch_driven_is_on_the_way(settings: Settings) -> None:
    found = posts(settings, out_and_back(), 5)
    assert [(post.base_id, post.minutes) for post in found] == [("base-mid", 0), ("base-west", 0)]


def test_a_base_without_a_post_or_a_flight_without_a_road_has_none(settings: Settings) -> None:
    world = mission_world(settings, bases=[{**ESCORTING[0], "medical": "no"}])
    assert posts_near(world, out_and_back(), known_of(world, out_and_back(), dt.date(2020, 6, 20))) == ()
    flown = plan((leg((), [(0.2, 0.5), (0.9, 0.5)], places=("a", "b")),), ())
    world = mission_world(settings)
    assert posts_near(world, flown, known_of(world, flown, dt.date(2020, 6, 20))) == ()
