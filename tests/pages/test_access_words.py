"""Silent risks here: a way through unobserved land drawn as quiet; the best trade of a front left a grey dot; half an escort
a week read as none; what is set told as if it were known."""

import datetime as dt
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.answers.reach import answer_reach
from geo.answers.world import World
from geo.layers.palette import ROUTES
from geo.model import AccessMode, Audience, ReachRequest
from geo.redaction import Cleared, clear
from geo.settings import Settings
from pages._shared import charts, outlook, reaching

LINE = shapely.LineString([(0, 0), (1, 1)])
TASK_FORCE = Audience.TASK_FORCE


def routes_of(settings: Settings, rows: list[dict[str, Any]]) -> Cleared:
    frame = pd.DataFrame([{"exposure_at_least": False, "length_km": 100.0, "unobserved_km": 0.0} | row for row in rows])
    shapes = gpd.GeoDataFrame(frame.assign(label=list("ABCDEFGH"[: len(rows)])), geometry=[LINE] * len(rows), crs=4326)
    return clear(shapes, view="routes", audience=TASK_FORCE, settings=settings)


class Found:
    """As much of an answer as picking looks at."""

    def __init__(self, routes: Cleared) -> None:
        self.routes = routes


def front_of(settings: Settings, *goals: tuple[float, float, float]) -> list[str]:
    rows = [{"elapsed_min": time, "exposure": met, "visibility": seen} for time, met, seen in goals]
    return outlook.picked(Found(routes_of(settings, rows)))  # type: ignore[arg-type]


def test_the_best_trade_is_drawn_where_one_route_is_best_in_two_goals(settings: Settings) -> None:
    front = (830, 0.019, 4.4), (880, 0.005, 4.0), (1000, 0.0049, 3.9), (1224, 0.0042, 1.5)
    assert front_of(settings, *front) == ["A", "B", "D"]
    assert front_of(settings, *front[:2]) == ["A", "B"]
    assert front_of(settings, (100, 3, 3), (110, 2, 2), (120, 1, 2.5), (130, 2.5, 1)) == ["A", "C", "D"]


def test_a_lower_bound_is_dotted_and_says_at_least(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(charts.st, "altair_chart", lambda chart, **_: drawn.append(chart.to_dict()))
    rows = [{"elapsed_min": 800, "exposure": 0.02}, {"elapsed_min": 900, "exposure": 0.004, "exposure_at_least": True}]
    charts.front(routes_of(settings, rows), labels=["A", "B"], colours=ROUTES)
    rules = [layer for layer in drawn[0]["layer"] if layer["mark"]["type"] == "rule"]
    assert [layer["mark"]["strokeDash"] for layer in rules] == [[2, 3]]
    (bound,) = drawn[0]["datasets"][rules[0]["data"]["name"]]
    assert bound["label"] == "B"
    assert "at least" in str(drawn[0]["layer"])


def test_stretches_tell_a_bound_too() -> None:
    assert outlook._bounded({"exposure": 0.0, "exposure_at_least": True}) == "≥ 0"
    assert outlook._bounded({"exposure": 0.0042, "exposure_at_least": True}) == "≥ 0.0042"
    assert outlook._bounded({"exposure": 0.0042, "exposure_at_least": False}) == "0.0042"


def test_an_escort_that_cannot_be_had_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(outlook.show, "caveat", lambda text, _: told.append(text))
    base = {"label": "A", "escort_base": "b1", "escort_name": "Ndélé"}
    outlook._route_words(base | {"escort_from": pd.NaT, "escort_refused": "Ndélé closes on 2020-01-05"})
    outlook._route_words(base | {"escort_from": pd.Timestamp(2020, 1, 5)})
    assert told == ["A: escort of Ndélé, Ndélé closes on 2020-01-05.", "A: escort of Ndélé, from 5 Jan 2020."]


@pytest.mark.parametrize(
    ("goals", "said"),
    [
        # minutes, incidents, notice; of two worth their time the one that buys more per minute is told
        ([(600, 1.0, 3), (660, 0.6, 3), (2160, 0.5, 3)], "1 h 00 longer meets 40 % fewer expected incidents"),
        ([(600, 1.0, 3), (2160, 0.97, 3)], "10 h 00; no other way meets 10 % fewer expected incidents"),
        ([(600, 1.0, 3), (2160, 0.9, 3)], "26 h 00 longer meets 10 % fewer expected incidents"),  # exactly a tenth
        (
            [(600, 1.0, 3), (610, 1.2, 0.5), (660, 1.1, 1.5), (700, 1.0, 1.4)],
            "no way is much less exposed than the fastest, 10 h 00; 1 h 00 longer draws 50 % less notice",
        ),
        ([(600, 0.0, 3), (700, 0.0, 2.9)], "10 h 00; no other way meets 10 % fewer expected incidents"),
        # what was observed goes before what only looks quieter
        ([(600, 1.0, 3), (610, 0.1, 3, 80.0), (900, 0.5, 3)], "5 h 00 longer meets 50 % fewer expected incidents"),
        ([(600, 1.0, 3), (610, 0.1, 3, 80.0)], "10 min longer looks quieter, but 80 km of it is unobserved"),
    ],
)
def test_a_headline_tells_a_trade_only_where_it_is_worth_its_time(goals: list[tuple[float, ...]], said: str) -> None:
    names = ("elapsed_min", "exposure", "visibility", "unobserved_km")
    rows = [dict(zip(names, (*goal, 0.0)[:4], strict=True)) for goal in goals]
    assert outlook._trade([row | {"exposure_at_least": row["unobserved_km"] > 0} for row in rows]) == said


def test_what_is_said_of_a_route_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(outlook.show, "caveat", lambda text, kind: told.append((text, kind)))
    row = {"label": "A", "arrives_at": "2026-10-02T08:14", "waiting_min": 1440.0, "warnings": ("2 nights on the way",)}
    outlook._route_words(row)
    assert told == [("A: arrives 2 Oct 2026 at 08:14, 24 h 00 at rest; 2 nights on the way.", "mind")]


def test_half_an_escort_a_week_is_not_none() -> None:
    row = {"escort_slots_per_week": 0.5, "escort_lead_days": 3.0, "escort_days": "mon;fri"}
    assert reaching._escort_words(row) == "0.5 a week, 3 days' notice, mon fri"
    assert reaching._escort_words(row | {"escort_terms_assumed": True}).endswith("mon fri (assumed)")


def test_terms_that_no_record_holds_are_marked_as_assumed(sample_world: World) -> None:
    request = ReachRequest(limit_min=60, mode=AccessMode.AIR, as_of=dt.date(2026, 9, 1))
    shown = answer_reach(sample_world, request, audience=TASK_FORCE).bases.frame
    recorded = sample_world.bases_at(request.as_of).set_index("base_id")["flight_days"].notna()
    assert (shown["flight_days_assumed"].to_numpy() != recorded[shown["base_id"]].to_numpy()).all()
