"""Silent risks here: a case, a base or a team of the week told to who may not see it; a week planned for who may see
nothing of it; a look at another side that plans all anew; one more that is measured against another plan; a mission
that leads to other requests or days than its own."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from geo.answers.world import World
from geo.missions.bottlenecks import OneMore
from geo.model import WORKSPACE_VARIABLE, Audience
from pages._shared.data import planning
from tests.pages.test_missions_page import headline, opened, press
from tests.pages.test_pages import ROOT, sent

BELOW = [Audience.PUBLIC, Audience.CLUSTER]
FEW = 3  # resources of which one more is tried, so that the test stays short


@pytest.fixture(autouse=True)
def _sample(sample_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(sample_folder))
    monkeypatch.chdir(ROOT)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[Any]]]:
    """What was planned: weeks, and weeks again with one more of each of a few."""
    told: dict[str, list[Any]] = {"weeks": [], "again": []}
    plan_of, free_one = planning.plan_of, planning.free_one

    def planned(*asked: Any) -> Any:
        found = plan_of(*asked)
        object.__setattr__(found, "wanted", (OneMore(kind="woman_interviewer"), *found.wanted[: FEW - 1]))
        told["weeks"].append(asked)
        return found

    def freed(*asked: Any, **more: Any) -> Any:
        told["again"].append(asked)
        return free_one(*asked, **more)

    monkeypatch.setattr(planning, "plan_of", planned)
    monkeypatch.setattr(planning, "free_one", freed)
    for kept in (planning._planned_week, planning._week, planning._freed):
        kept.clear()
    yield told
    for kept in (planning._planned_week, planning._week, planning._freed):
        kept.clear()


def side(app: AppTest, name: str) -> AppTest:
    return app.segmented_control(key="week-side").set_value(name).run()


def canaries(world: World) -> set[str]:
    """Everything of single requests, missions, people and places that is not published."""
    towns = set(world.places["name"].dropna())  # published on the base map
    return {
        *world.records("requests")["request_id"],
        *world.records("staff")["staff_id"],
        *world.records("fleet")["vehicle_id"],
        *world.bases_at(world.latest_date)["base_id"],
        *world.sites_at(world.latest_date)["site_id"],
        *(set(world.sites_at(world.latest_date)["name"]) - towns),
    }


@pytest.mark.parametrize("view", ["week", "noteam"])
@pytest.mark.parametrize("audience", BELOW)
def test_no_canary_reaches_who_may_not_see_single_requests_or_sites(
    view: str, audience: Audience, sample_world: World, made: dict[str, list[Any]]
) -> None:
    app = opened(audience, view, week_mission="A", week_asked="anything")
    assert not app.exception
    assert not app.error
    text = sent(app)
    assert {
        word for word in canaries(sample_world) if re.search(rf"(?<![\w-]){re.escape(str(word))}(?![\w-])", text)
    } == set()
    assert "withheld" in text
    assert not app.button
    assert made == {"weeks": [], "again": []}  # how long it takes would tell how much there is


def test_the_week_is_planned_once_and_one_more_only_when_asked(made: dict[str, list[Any]]) -> None:
    app = opened(Audience.TASK_FORCE, "week")
    assert not app.exception
    assert re.fullmatch(
        r"\d+ missions would serve (all|\d+ of the) 28 requests that wait(; \d+ waits? on)?",
        headline(app),
    )
    text = sent(app)
    assert "free escort" in text
    assert "late<br>when the week ends" in text or "late\nwhen the week ends" in text
    side(app, "left")
    side(app, "more")
    assert (len(made["weeks"]), made["again"]) == (1, [])
    press(app, "What would one more free?")
    assert not app.exception
    assert (len(made["weeks"]), len(made["again"])) == (1, FEW)
    assert {id(asked[1]) for asked in made["again"]} == {id(planning._planned_week(*_asked_of(app)))}
    side(app, "missions")
    side(app, "more")
    assert "free no request" in sent(app) or "frees something" in sent(app)
    assert (len(made["weeks"]), len(made["again"])) == (1, FEW)  # kept


def _asked_of(app: AppTest) -> tuple[str, Any]:
    """Version and request of the week that was asked about."""
    request, _ = app.session_state["week_asked"]
    return planning.version(), request


def test_a_mission_leads_to_its_own_requests_and_days(made: dict[str, list[Any]]) -> None:
    app = opened(Audience.TASK_FORCE, "week", week_mission="A")
    assert not app.exception
    text = sent(app)
    assert "Mission A" in text
    found = planning._week(planning.version(), made["weeks"][0][1], Audience.TASK_FORCE)
    first = found.missions.frame.iloc[0]
    own = tuple(str(first["request_ids"]).split("; "))
    assert set(own) <= set(re.findall(r"case-\d+", text))
    press(app, "Plan th")
    assert app.session_state["mission_basket"] == own
    assert app.session_state["mission"] == "plan"
    assert app.session_state["kept_plan_leaves"] == first["departs_on"].date()


def test_lines_of_missions_begin_and_end_at_their_base(sample_world: World, made: dict[str, list[Any]]) -> None:
    opened(Audience.TASK_FORCE, "week")
    found = planning._week(planning.version(), made["weeks"][0][1], Audience.TASK_FORCE)
    bases = sample_world.bases_at(sample_world.latest_date).set_index("base_id")
    for (_, mission), (_, way) in zip(found.missions.frame.iterrows(), found.ways.frame.iterrows(), strict=True):
        assert mission["label"] == way["label"]
        at = bases.loc[mission["base_id"], ["longitude", "latitude"]].astype(float)
        away_deg = min(
            abs(lon - at["longitude"]) + abs(lat - at["latitude"])
            for line in way["geometry"].geoms
            for lon, lat in line.coords
        )
        assert away_deg < 0.2  # a road may begin a walk away


def test_where_no_team_can_go_is_told_with_what_is_short() -> None:
    app = opened(Audience.TASK_FORCE, "noteam")
    assert not app.exception
    told = re.fullmatch(r"To (\d+) of (\d+) sites no base could send a team that keeps the rules", headline(app))
    assert told
    text = sent(app)
    assert "no trained woman interviewer" in text
    assert "no base reaches it" in text
    assert "elsewhere none is asked for" in text
    far, near = (int(one) for one in re.findall(r"value[^>]{0,3}>(\d+)<", text)[:2])
    assert far + near == int(told[1])
