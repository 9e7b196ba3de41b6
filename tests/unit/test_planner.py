"""Silent risks here: a helicopter out of fuel between two stops; a mission moved to a day without a flight; a way
through the base that is told as a straight one."""

import datetime as dt
import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from geo.crs import distance_km
from geo.missions.composer import Composition
from geo.missions.elsewhere import admit_elsewhere
from geo.missions.needs import Ask
from geo.missions.planner import AIR, Option, Outing, Task, plan_outing
from geo.missions.plans import Need, Plan
from geo.missions.travel import AirTravel, air_travel
from geo.missions.trips import Frame, stop_of
from geo.settings import Settings
from geo.text import Sentence, sentence_text
from tests.toy_roads import bases_of

DAY = dt.date(2020, 6, 1)  # a Monday
RANGE_KM = 100.0
DEGREE_KM = 111.195  # along the equator and across it, about


def around_base(*angles_deg: float, away_km: float) -> np.ndarray:
    """The base at 0, 0 and places around it."""
    away_deg = away_km / DEGREE_KM
    spots = [(away_deg * math.cos(math.radians(a)), away_deg * math.sin(math.radians(a))) for a in angles_deg]
    return np.array([(0.0, 0.0), *spots])


def flights(settings: Settings, lonlat: np.ndarray, *, range_km: float = RANGE_KM) -> AirTravel:
    base = bases_of(
        [{"base_id": "b", "longitude": 0, "latitude": 0, "helipad": "yes", "helicopter_range_km": range_km}]
    )
    return air_travel(base, lonlat, settings=settings)


def planned(settings: Settings, travel: AirTravel) -> Plan:
    """All stops of a travel in one day, 10 minutes each, without a team."""
    stops = tuple(
        stop_of(f"s{n}", (f"case-{n}",), settings=settings.missions, service_min=10.0)
        for n in range(1, len(travel.lonlat))
    )
    task = Task(
        days=(DAY,),
        stops=stops,
        asks=(),
        girls={},
        place_ids=("b", *(stop.stop_id for stop in stops)),
        frame=Frame(days=(DAY,), sleeps=np.array([True] + [False] * len(stops))),
    )

    def nobody(need: Need, asks: Sequence[Ask], opens: object) -> Composition:
        del asks, opens
        return Composition(need=need, team=None)

    outing = Outing(mode=AIR, travel=travel, flies_on=frozenset({DAY}))
    found = plan_outing(task, outing, nobody, settings=settings)
    assert isinstance(found, Option)
    return found.plan


def longest_sortie_km(plan: Plan) -> float:
    """Longest way flown between two stays at the base, from the lines of the legs alone."""
    longest = flown = 0.0
    for leg in plan.legs:
        spots = list(leg.geometry.coords)
        for one, other in itertools.pairwise(spots):
            flown += math.dist(one, other) * DEGREE_KM
            longest = max(longest, flown)
            flown = 0.0 if math.dist(other, (0, 0)) < 1e-9 else flown
    return longest


def test_a_straight_flight_only_where_the_round_from_the_base_is_in_range(settings: Settings) -> None:
    near, far = (flights(settings, around_base(0, 60, away_km=km)) for km in (60.0, 80.0))
    assert np.isfinite(near.minutes[1, 2])
    assert np.isinf(far.minutes[1, 2])
    assert np.isfinite(far.minutes[0, 1:]).all()
    refusal = far.reason(1, 2)
    assert refusal is not None
    assert "240 km around both from the base, more than twice the 100 km" in refusal.plain


def test_a_round_of_exactly_twice_the_range_is_flown_and_no_longer_one(settings: Settings) -> None:
    lonlat = around_base(0, 120, away_km=50.0)
    round_km = sum(
        float(distance_km(*(np.array([part]) for part in (*one, *other)))[0])
        for one, other in itertools.pairwise([*lonlat, lonlat[0]])
    )
    exact, short = (flights(settings, lonlat, range_km=round_km / 2 - less_km) for less_km in (0.0, 0.001))
    assert np.isfinite(exact.minutes[1, 2])
    assert exact.stays_in_range([(0, 1), (1, 2), (2, 0)])
    assert np.isinf(short.minutes[1, 2])
    assert not short.stays_in_range([(0, 1), (1, 2), (2, 0)])
    assert short.through_base.stays_in_range([(0, 1), (1, 2), (2, 0)])


def test_stops_in_a_row_are_flown_through_the_base_where_they_are_too_far_together(settings: Settings) -> None:
    lonlat = around_base(0, 60, 120, away_km=60.0)
    travel = flights(settings, lonlat)
    assert not travel.stays_in_range([(0, 1), (1, 2), (2, 3), (3, 0)])
    plan = planned(settings, travel)
    assert len(plan.request_ids) == 3
    assert longest_sortie_km(plan) <= 2 * RANGE_KM + 0.5
    through = [leg for leg in plan.legs if len(leg.geometry.coords) == 3]
    assert len(through) == 2
    for leg in through:
        assert leg.length_km == pytest.approx(120, abs=0.5)
        assert "comes down at the base for fuel" in leg.warnings
        minutes = (leg.arrives - leg.leaves) / dt.timedelta(minutes=1)
        assert minutes == pytest.approx(2 * travel.minutes[0, 1], abs=0.1)


def test_a_short_round_stays_straight(settings: Settings) -> None:
    plan = planned(settings, flights(settings, around_base(0, 60, away_km=60.0)))
    assert all(len(leg.geometry.coords) == 2 for leg in plan.legs)
    assert longest_sortie_km(plan) <= 2 * RANGE_KM


def test_a_mission_by_air_is_moved_only_to_days_with_its_flights(settings: Settings) -> None:
    travel = flights(settings, around_base(0, away_km=60.0))
    heard: list[bool] = []

    def listens(need: Need, asks: Sequence[Ask], opens: object) -> Composition:
        del asks
        assert callable(opens)
        heard.extend(opens(tuple(day + dt.timedelta(days=step) for day in need.days)) for step in (1, 2))
        return Composition(need=need, team=None)

    stop = stop_of("s1", ("case-1",), settings=settings.missions)
    task = Task(
        days=(DAY,), stops=(stop,), asks=(), girls={}, place_ids=("b", "s1"),
        frame=Frame(days=(DAY,), sleeps=np.array([True, False])),
    )  # fmt: skip
    wednesdays = Outing(mode=AIR, travel=travel, flies_on=frozenset({DAY}), goes_on=lambda day: day.weekday() in (0, 2))
    plan_outing(task, wednesdays, listens, settings=settings)
    assert heard == [False, True]


def test_what_no_way_reaches_is_told_which_others_do(settings: Settings) -> None:
    """By air everything is in reach; of the same plan said to be by road the second stop is left out, of a third both."""
    flown = planned(settings, flights(settings, around_base(0, 90, away_km=20)))
    composed = Composition(need=Need(days=(DAY,), interviews=True, girls=True), team=None)
    no_way, closed = Sentence("drop_no_way_there"), Sentence("drop_closed")
    driven = replace(flown, mode="unescorted", visits=flown.visits[:1], dropped={flown.request_ids[1]: no_way})
    shut = replace(driven, base_id="c", visits=(), dropped={flown.request_ids[0]: closed, "case-9": no_way})
    options = [Option(plan=plan, crew=composed) for plan in (flown, driven, shut)]
    by_air, by_road, neither = (option.plan.dropped for option in admit_elsewhere(options))
    assert by_air == {}
    assert by_road == {flown.request_ids[1]: "has no way from the base; fits by air from b"}
    assert neither[flown.request_ids[0]] == closed
    assert neither["case-9"] == "has no way from the base; no base and no way to go that was tried serves it"
    assert sentence_text(by_road[flown.request_ids[1]], "fr").startswith("aucun trajet depuis la base\u202f; possible")
