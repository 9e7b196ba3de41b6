"""The nouns refuse what makes no sense before anything is computed. Silent risks: latitude first; a window the wrong
way round; NaN that passes every comparison; two equal questions with different cache keys; an audience above itself."""

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest

from geo.errors import RequestError
from geo.model import (
    AccessMode,
    Audience,
    ExposureRequest,
    GapsRequest,
    HexbinRequest,
    LonLat,
    PresenceRequest,
    ReachRequest,
    RouteRequest,
    Season,
    Window,
    as_json,
    check_resolution,
)

DAY = dt.date(2020, 6, 30)
HERE, THERE = LonLat(18.5, 4.4), LonLat(19, 5)
NAN, INF = float("nan"), float("inf")
REACH: dict[str, Any] = {"limit_min": 60, "mode": AccessMode.AIR, "as_of": DAY}
QUESTIONS = [
    HexbinRequest(resolution=4, window=Window(DAY, None), violations=("abduction",)),
    PresenceRequest(as_of=DAY, resolution=4, known_at=DAY),
    ExposureRequest(as_of=DAY, resolution=4),
    RouteRequest(origin=HERE, destination=THERE, as_of=DAY),
    ReachRequest(**REACH),
    GapsRequest(close=("a", "b"), **REACH),
]


def test_audiences_stand_from_most_to_least_redacted() -> None:
    assert [a.rank for a in Audience] == [0, 1, 2, 3]
    assert next(iter(Audience)) == Audience.PUBLIC
    for mine in Audience:
        assert mine.may_see(mine)
        assert [mine.may_see(least) for least in Audience] == [least.rank <= mine.rank for least in Audience]


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (-180.1, 0), (0, 90.5), (0, -91), (NAN, 0), (0, NAN), (INF, 0)])
def test_no_place_on_earth(lon: float, lat: float) -> None:
    with pytest.raises(RequestError, match="no longitude,latitude in degrees; give longitude first"):
        LonLat(lon, lat)


def test_the_rim_of_the_earth_is_a_place() -> None:
    assert LonLat(180, 90) > LonLat(-180, -90)


def test_a_window_of_one_day_is_one_and_a_turned_one_is_refused() -> None:
    assert Window(DAY, DAY).start == DAY
    assert Window() == Window(None, None)
    with pytest.raises(RequestError, match="ends 2020-06-29 before it starts 2020-06-30; swap the two dates"):
        Window(DAY, DAY - dt.timedelta(days=1))


@pytest.mark.parametrize("resolution", [-1, 0, 1, 10, 15])
def test_resolutions_piste_does_not_draw(resolution: int) -> None:
    asked = (
        lambda: check_resolution(resolution),
        lambda: HexbinRequest(resolution=resolution),
        lambda: PresenceRequest(as_of=DAY, resolution=resolution),
        lambda: ExposureRequest(as_of=DAY, resolution=resolution),
        lambda: ReachRequest(**REACH, resolution=resolution),
        lambda: GapsRequest(close=("a",), **REACH, resolution=resolution),
    )
    for ask in asked:
        with pytest.raises(RequestError, match=f"resolution must lie between 2 and 9, got {resolution}"):
            ask()


@pytest.mark.parametrize("limit_min", [0, -1, NAN, INF, 43_200.1])
def test_limits_of_time(limit_min: float) -> None:
    for made, more in ((ReachRequest, {}), (GapsRequest, {"close": ("a",)})):
        with pytest.raises(RequestError, match="the limit must lie between 0 and 43200 minutes, got"):
            made(**{**REACH, "limit_min": limit_min}, **more)


def test_thirty_days_are_still_a_limit() -> None:
    assert ReachRequest(**{**REACH, "limit_min": 43_200}).limit_min == 43_200


def test_gaps_need_a_base_to_close() -> None:
    with pytest.raises(RequestError, match="name at least one base to close"):
        GapsRequest(close=(), **REACH)


def test_gaps_ask_reach_the_same_question() -> None:
    gaps = GapsRequest(close=("a",), season=Season.WET, vehicle="truck", resolution=6, **REACH)
    asked = gaps.reach(("b",))
    assert asked.base_ids == ("b",)
    assert gaps.reach().base_ids == ()
    shared = {field.name for field in dataclasses.fields(gaps)} - {"close"}
    assert {name: getattr(asked, name) for name in shared} == {name: getattr(gaps, name) for name in shared}


@pytest.mark.parametrize("weight", [-0.1, NAN, INF, 1e9])
def test_weights_of_exposure(weight: float) -> None:
    with pytest.raises(RequestError, match="exposure weight must be 0 or more minutes per unit"):
        RouteRequest(origin=HERE, destination=THERE, as_of=DAY, exposure_weight=weight)


def test_escort_is_yes_no_or_either() -> None:
    with pytest.raises(RequestError, match="escort is yes, no or either, not 'perhaps'"):
        RouteRequest(origin=HERE, destination=THERE, as_of=DAY, escort="perhaps")


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: type(q).__name__)
def test_questions_are_frozen_hashable_and_json(question: Any) -> None:
    assert hash(question) == hash(dataclasses.replace(question))
    first = dataclasses.fields(question)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(question, first, None)
    document = json.loads(json.dumps(as_json(question), allow_nan=False))
    assert set(document) == {field.name for field in dataclasses.fields(question)}
    assert document.get("as_of", "2020-06-30") == "2020-06-30"


def test_json_of_a_question_holds_plain_words() -> None:
    made = as_json(QUESTIONS[0])
    assert made["window"] == {"start": "2020-06-30", "end": None}
    assert made["violations"] == ["abduction"]
    assert type(as_json(QUESTIONS[4])["mode"]) is str
