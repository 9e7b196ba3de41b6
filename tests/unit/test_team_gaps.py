"""Silent risks here: a place called reachable by a team that does not speak its language; the nearest base blamed where
another could send a team; a language taken for known that nobody named."""

import numpy as np
import pandas as pd
import pytest

from geo.missions.needs import Ask
from geo.missions.roster import Available
from geo.missions.team_gaps import DISTRICT, HERE, NOT_KNOWN, find_team_gaps, spoken_where
from geo.settings import Settings
from tests.toy_team import CAR, INTERPRETER, LOCAL, UN_MAN, UN_WOMAN, WOMAN, need, post

NAREVA, COLLINES = frozenset({"nareva"}), frozenset({"collines"})
CREWS = {
    "plain": Available(posts=(UN_WOMAN,), vehicles=(CAR,)),
    "tongues": Available(posts=(UN_WOMAN, INTERPRETER), vehicles=(CAR,)),
    "carless": Available(posts=(UN_WOMAN, WOMAN), vehicles=()),
    "men": Available(posts=(UN_MAN,), vehicles=()),
    "torn": Available(posts=(post("x", organisation_type="mission", conflicts={"XP1"}), WOMAN), vehicles=(CAR,)),
}


def told(settings: Settings, *places: tuple[str | None, tuple[frozenset[str], ...]], **minutes: list[float]) -> list:
    """Bases by the minutes to each place; infinity = out of the limit."""
    rows = [
        (base_id, place, time) for base_id, each in minutes.items() for place, time in enumerate(each) if time < np.inf
    ]
    reached = pd.DataFrame(rows, columns=["base_id", "target", "time_min"])
    frame = pd.DataFrame(list(places), columns=["p_code", "tongues"], index=range(5, 5 + len(places)))
    before = frame.copy()
    found = find_team_gaps(frame, reached, CREWS, need=need(days=()), settings=settings.teams)
    pd.testing.assert_frame_equal(frame, before)
    assert list(found.index) == list(frame.index)
    return found[["met", "base_id", "short"]].fillna("").to_numpy().tolist()


def test_a_place_is_met_by_the_nearest_base_that_could_send_a_team(settings: Settings) -> None:
    places = ((None, ()), (None, (COLLINES,)), (None, (NAREVA,)))
    assert told(settings, *places, plain=[60, 60, 60], tongues=[90, 90, 90]) == [
        [True, "plain", ""],
        [True, "tongues", ""],
        [False, "plain", "language"],
    ]


def test_what_is_short_is_that_of_the_base_that_lacks_least(settings: Settings) -> None:
    assert told(settings, (None, ()), men=[10], carless=[200]) == [[False, "carless", "vehicle"]]
    assert told(settings, (None, ()), men=[10]) == [
        [False, "men", "woman;interviewer;woman_interviewer;vehicle"],
    ]
    assert told(settings, (None, ())) == [[False, "", "reach"]]


def test_a_conflict_of_interest_counts_where_it_is(settings: Settings) -> None:
    places = (("XP101", ()), ("XP201", ()), (None, ()))
    assert told(settings, *places, torn=[1, 1, 1]) == [
        [False, "torn", "un_staff"],
        [True, "torn", ""],
        [True, "torn", ""],
    ]


@pytest.mark.parametrize("discreet", [False, True])
def test_a_discreet_visit_asks_for_a_local_partner(settings: Settings, *, discreet: bool) -> None:
    reached = pd.DataFrame({"base_id": ["plain"], "target": [0], "time_min": [1.0]})
    places = pd.DataFrame({"p_code": [None], "tongues": [()]})
    asked = need(days=(), discreet=discreet)
    found = find_team_gaps(places, reached, CREWS, need=asked, settings=settings.teams)
    assert found["met"].tolist() == [not discreet]
    led = {"plain": Available(posts=(UN_WOMAN, LOCAL), vehicles=(CAR,))}
    assert find_team_gaps(places, reached, led, need=asked, settings=settings.teams)["met"].all()


def test_no_place_at_all(settings: Settings) -> None:
    assert told(settings, plain=[]) == []


def test_languages_are_those_of_the_requests_there_else_of_the_district() -> None:
    districts = pd.Series({"a": "X", "b": "X", "c": "Y", "d": pd.NA})
    asks = [
        Ask(request_id=str(number), interviews=True, girls=True, languages=languages)
        for number, languages in enumerate([NAREVA, COLLINES, NAREVA, frozenset(), NAREVA])
    ]
    sites = pd.Series({"0": "a", "1": "a", "2": "a", "3": "c", "4": "d"})
    found = spoken_where(asks, sites, districts)
    assert found["tongues"].to_dict() == {"a": (NAREVA, COLLINES), "b": (NAREVA,), "c": (), "d": (NAREVA,)}
    assert found["basis"].to_dict() == {"a": HERE, "b": DISTRICT, "c": NOT_KNOWN, "d": HERE}
    even = spoken_where(asks[:2], sites, districts)
    assert even["tongues"]["b"] == (COLLINES,)  # as often named: the first by spelling
