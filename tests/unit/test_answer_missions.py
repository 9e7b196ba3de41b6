"""Silent risks here: a plan signed without a role, over somebody else's revision, or with a rule broken; results stored
by halves; a referral touched by a visit; a public calendar from which one mission can be subtracted."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geo import hexgrid
from geo.__main__ import main
from geo.answers.calendar import answer_calendar
from geo.answers.mission_records import changes_of, mission_row
from geo.answers.missions import (
    ResultsRequest,
    SignRequest,
    answer_changes_of,
    answer_missions,
    edit_mission,
    keep_draft,
    record_results,
    sign_mission,
)
from geo.answers.observation import watched_on
from geo.answers.queue import answer_queue
from geo.answers.world import World
from geo.errors import RequestError, SchemaError, StaleVersionError, UnknownRecordError, WithheldError
from geo.missions.aftermath import Result, RoadSeen
from geo.missions.plans import Plan
from geo.model import Audience, QueueRequest, Season
from geo.settings import Settings
from geo.workspace import Workspace
from tests.toy_country import toy_workspace
from tests.toy_missions import MONDAY, SIGNED_ON, TABLES, mission, out_and_back, plan, shifted

CASE, FORCE, CLUSTER, PUBLIC = Audience.CASE_TEAM, Audience.TASK_FORCE, Audience.CLUSTER, Audience.PUBLIC


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return toy_workspace(tmp_path / "toy", TABLES)


def request(made: Plan, **more: Any) -> SignRequest:
    usual = {"role": "head of field office", "reason": "children may be moved", "signed_on": SIGNED_ON}
    return SignRequest(plan=made, **{**usual, **more})


def sign(workspace: Workspace, settings: Settings, made: Plan, **more: Any) -> tuple[str, int]:
    return sign_mission(workspace, World(workspace, settings), request(made, **more), audience=CASE)


def result(name: str = "case-1", outcome: str = "verified", reason: str = "", **more: Any) -> Result:
    usual = {"site_id": "site-west", "visited_on": MONDAY}
    return Result(request_id=name, outcome=outcome, not_verified_because=reason, **{**usual, **more})


def results(*told: Result, mission_id: str = "mission-1", **more: Any) -> ResultsRequest:
    usual = {"source": "Mission Toy", "reason": "back from the field"}
    return ResultsRequest(mission_id=mission_id, results=told, **{**usual, **more})


def test_a_signature_is_one_revision_with_role_day_reason_and_plan(workspace: Workspace, settings: Settings) -> None:
    mission_id, version = sign(workspace, settings, out_and_back())
    history = workspace.history("missions", mission_id)
    assert (version, len(history)) == (1, 1)
    row, read, evidence = mission_row(World(workspace, settings), mission_id)
    assert (row["status"], row["signed_role"], row["sign_reason"]) == (
        "signed",
        "head of field office",
        "children may be moved",
    )
    assert row["signed_on"] == pd.Timestamp(SIGNED_ON)
    assert history["reason"].iloc[0] == "children may be moved"
    assert read.request_ids == ("case-1",)
    assert {fact.table for fact in evidence.facts} == {"bases", "requests", "staff", "fleet"}
    assert {fact.version for fact in evidence.facts} == {1}


@pytest.mark.parametrize(
    ("made", "more", "says"),
    [
        (out_and_back(), {"role": " "}, "a role and a reason"),
        (out_and_back(), {"reason": ""}, "a role and a reason"),
        (out_and_back(breaches=("no woman on the team",)), {}, "no woman on the team"),
        (plan((), ()), {}, "visits nothing"),
        (replace(out_and_back(), visits=()), {}, "visits nothing"),
        (
            replace(out_and_back(), visits=(replace(out_and_back().visits[0], request_ids=("case-99",)),)),
            {},
            "no request case-99",
        ),
    ],
)
def test_what_cannot_be_signed_is_refused_and_leaves_no_trace(
    workspace: Workspace, settings: Settings, made: Plan, more: dict[str, Any], says: str
) -> None:
    with pytest.raises(RequestError, match=says):
        sign(workspace, settings, made, **more)
    assert workspace.table("missions").empty


@pytest.mark.parametrize("audience", [PUBLIC, CLUSTER])
def test_who_may_not_see_the_legs_signs_nothing(workspace: Workspace, settings: Settings, audience: Audience) -> None:
    with pytest.raises(WithheldError, match="signs none"):
        sign_mission(workspace, World(workspace, settings), request(out_and_back()), audience=audience)


def test_a_stale_signature_is_refused_and_shows_both(workspace: Workspace, settings: Settings) -> None:
    sign(workspace, settings, out_and_back(), mission_id="mission-1")
    sign(workspace, settings, shifted(replace(out_and_back(), label="B"), 7), mission_id="mission-1", version=1)
    with pytest.raises(StaleVersionError) as caught:
        sign(workspace, settings, replace(out_and_back(), label="C"), mission_id="mission-1", version=1)
    told = str(caught.value)
    assert "stands at version 2: signed by head of field office on 2020-06-20, plan B, 2020-07-06" in told
    assert "version 1: signed by head of field office on 2020-06-20, plan A, 2020-06-29" in told
    assert "meant to sign plan C" in told
    with pytest.raises(StaleVersionError, match="no such mission"):
        sign(workspace, settings, out_and_back(), mission_id="mission-1", version=0)


def test_a_draft_is_kept_and_signed_later(workspace: Workspace, settings: Settings) -> None:
    world = World(workspace, settings)
    bad = request(out_and_back(breaches=("too many people",)), mission_id="mission-1", role="")
    assert keep_draft(workspace, world, bad, audience=CASE) == ("mission-1", 1)
    row = workspace.table("missions").iloc[0]
    assert row["status"] == "draft"
    assert pd.isna(row["signed_role"])
    assert sign(workspace, settings, out_and_back(), mission_id="mission-1", version=1) == ("mission-1", 2)


def test_a_mission_that_is_over_is_not_signed_again(workspace: Workspace, settings: Settings) -> None:
    sign(workspace, settings, out_and_back(), mission_id="mission-1")
    workspace.edit("missions", "mission-1", {"status": "cancelled"}, reason="road cut")
    with pytest.raises(RequestError, match="is cancelled"):
        sign(workspace, settings, out_and_back(), mission_id="mission-1", version=2)


def test_a_base_that_closes_overtakes_until_the_mission_is_over(workspace: Workspace, settings: Settings) -> None:
    sign(workspace, settings, out_and_back(), mission_id="mission-1")
    before = answer_missions(World(workspace, settings), SIGNED_ON, audience=CASE)
    assert not before.missions.frame["overtaken"].any()
    assert before.changes.frame.empty
    workspace.edit("bases", "base-west", {"valid_to": "2020-06-25"}, reason="drawdown")
    world = World(workspace, settings)
    found = answer_missions(world, SIGNED_ON, audience=CASE)
    assert found.missions.frame["overtaken"].to_list() == [True]
    assert found.changes.frame["told_en"].to_list() == ["Westbase is closed on Mon 29 Jun 2020, when the plan uses it"]
    assert [change.kind for change in changes_of(world, "mission-1", MONDAY)] == ["base_closed"]
    assert changes_of(world, "mission-1", MONDAY + dt.timedelta(days=1)) == ()
    assert answer_changes_of(world, "mission-1", MONDAY, audience=CLUSTER).withheld


def test_results_feed_requests_roads_and_the_mission_in_one_go(workspace: Workspace, settings: Settings) -> None:
    sign(workspace, settings, out_and_back(), mission_id="mission-1")
    written = record_results(workspace, World(workspace, settings), results(result(girls=1)), audience=CASE)
    assert [name for name, _ in written] == [
        "mission-1:case-1",
        "case-1",
        "mission-1:leg-1",
        "mission-1:leg-2",
        "mission-1",
    ]
    tables = {name: workspace.table(name) for name in ("visits", "requests", "road_reports", "missions")}
    case = tables["requests"].set_index("request_id").loc["case-1"]
    assert (case["status"], case["verified_on"], case["referral"]) == ("closed", pd.Timestamp(MONDAY), "needed")
    assert tables["visits"]["outcome"].to_list() == ["verified"]
    assert tables["road_reports"]["status"].to_list() == ["passable", "passable"]
    assert tables["missions"]["status"].to_list() == ["done"]
    for table in ("visits", "road_reports", "missions"):
        assert set(workspace.provenance(table)["reason"]) == {"back from the field"}
    assert workspace.verify() == []


def test_driven_legs_are_last_seen_passable_on_their_day(workspace: Workspace, settings: Settings) -> None:
    sign(workspace, settings, out_and_back(), mission_id="mission-1")
    record_results(workspace, World(workspace, settings), results(result()), audience=CASE)
    world = World(workspace, settings)
    seen = world.passability(MONDAY + dt.timedelta(days=1), season=Season.WET, vehicle="4x4").seen
    told = world.network.segments["segment_id"].iloc[seen["segment"]]
    assert set(told) == {"road-across/0"}
    assert set(seen["status"]) == {"passable"}
    assert set(seen["age_days"]) == {1}


def test_a_bad_road_is_recorded_where_somebody_says_so(workspace: Workspace, settings: Settings) -> None:
    sign(workspace, settings, out_and_back(), mission_id="mission-1")
    missed = result(
        outcome="not_reached", reason="road", road=RoadSeen(status="impassable", longitude=0.5, latitude=0.5)
    )
    record_results(workspace, World(workspace, settings), results(missed), audience=CASE)
    reports = workspace.table("road_reports")
    assert reports["status"].to_list() == ["impassable"]
    assert workspace.table("requests").set_index("request_id").loc["case-1", "status"] == "open"


def test_results_are_stored_whole_or_not_at_all(workspace: Workspace, settings: Settings) -> None:
    sign(workspace, settings, out_and_back(), mission_id="mission-1")
    world = World(workspace, settings)
    world.records("requests")  # what the person looked at
    workspace.edit("requests", "case-1", {"boys": 5}, reason="a late call")
    with pytest.raises(StaleVersionError, match="case-1 stands at version 3"):
        record_results(workspace, world, results(result()), audience=CASE)
    assert workspace.table("visits").empty
    assert workspace.table("road_reports").empty
    assert workspace.table("missions")["status"].to_list() == ["signed"]


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ((), "at least one"),
        ((result(), result()), "told twice"),
        ((result("case-2", site_id="site-north"),), "not of mission-1: case-2"),
        ((result(site_id="site-east"),), "visits case-1 at site-west"),
    ],
)
def test_results_that_do_not_fit_the_mission_are_refused(
    workspace: Workspace, settings: Settings, told: tuple[Result, ...], says: str
) -> None:
    sign(workspace, settings, out_and_back(), mission_id="mission-1")
    with pytest.raises(RequestError, match=says):
        record_results(workspace, World(workspace, settings), results(*told), audience=CASE)


def test_results_ask_for_a_mission_and_an_audience_that_knows_it(workspace: Workspace, settings: Settings) -> None:
    sign(workspace, settings, out_and_back(), mission_id="mission-1")
    world = World(workspace, settings)
    with pytest.raises(UnknownRecordError, match="no mission 'mission-9'"):
        record_results(workspace, world, results(result(), mission_id="mission-9"), audience=CASE)
    with pytest.raises(WithheldError, match="reports none"):
        record_results(workspace, world, results(result()), audience=CLUSTER)
    with pytest.raises(StaleVersionError, match="meanwhile"):
        record_results(workspace, world, results(result(), version=4), audience=CASE)


def test_a_visit_opens_eyes_for_its_days_and_radius(workspace: Workspace, settings: Settings) -> None:
    sign(workspace, settings, out_and_back(), mission_id="mission-1")
    cells = hexgrid.cells_of_points([0.5, 0.55, 0.9], [0.5, 0.5, 0.5], resolution=7)
    apart = settings.model_copy(
        update={
            "observation": settings.observation.model_copy(update={"base_radius_km": 1.0, "partner_radius_km": 1.0})
        }
    )

    def visited(day: dt.date) -> list[bool]:
        return watched_on(World(workspace, apart), cells, day)["visit"].to_list()

    last = MONDAY + dt.timedelta(days=settings.observation.visit_days - 1)
    assert visited(MONDAY) == [False, False, False]
    record_results(
        workspace, World(workspace, settings), results(result(outcome="pending", reason="children_gone")), audience=CASE
    )
    assert visited(MONDAY) == [True, True, False]
    assert visited(last) == [True, True, False]
    assert visited(last + dt.timedelta(days=1)) == [False, False, False]
    assert visited(MONDAY - dt.timedelta(days=1)) == [False, False, False]
    workspace.edit(
        "visits", "mission-1:case-1", {"outcome": "not_reached", "not_verified_because": "road"}, reason="wrong"
    )
    assert visited(MONDAY) == [False, False, False]


def test_several_records_are_written_together_or_not_at_all(workspace: Workspace) -> None:
    good = ("requests", {"request_id": "case-1", "boys": "7"})
    assert workspace.record_all([good], reason="counted again", expect_versions={("requests", "case-1"): 1}) == [
        ("case-1", 2)
    ]
    with pytest.raises(SchemaError, match="give the id"):
        workspace.record_all([good, ("requests", {"boys": "1"})], reason="x")
    with pytest.raises(SchemaError, match="status"):
        workspace.record_all(
            [
                ("requests", {"request_id": "case-2", "boys": "9"}),
                ("requests", {"request_id": "case-3", "status": "lost"}),
            ],
            reason="x",
        )
    boys = workspace.table("requests").set_index("request_id")["boys"].to_dict()
    assert boys == {"case-1": 7, "case-2": 2, "case-3": 2}


def many(settings: Settings, tmp_path: Path, weeks: Mapping[int, int]) -> World:
    """Missions that are done, so many in each week from the first."""
    rows = [
        mission(f"mission-{week}-{number}", shifted(out_and_back(), 7 * week), status="done")
        for week, count in weeks.items()
        for number in range(count)
    ]
    return World(toy_workspace(tmp_path / "many", {**TABLES, "missions": rows}), settings)


def calendar(world: World, audience: Audience, days: Sequence[int] = (0, 400)) -> Any:
    first, last = (MONDAY + dt.timedelta(days=number) for number in days)
    return answer_calendar(world, first, last, audience=audience)


def test_the_public_calendar_keeps_small_weeks_and_their_differences(settings: Settings, tmp_path: Path) -> None:
    world = many(settings, tmp_path, {0: 12, 1: 3, 2: 15, 3: 11})
    found = calendar(world, PUBLIC)
    assert found.weeks.frame["missions"].to_list() == [12, 15]  # 3, and 11 with it so that neither can be told
    for window in ((0, 6), (0, 13), (8, 27), (3, 400)):
        assert calendar(world, PUBLIC, window).weeks.frame.equals(found.weeks.frame), window
    assert found.bases.withheld
    assert found.collisions.withheld
    assert found.joint.withheld
    assert calendar(world, FORCE).weeks.frame["missions"].to_list() == [12, 3, 15, 11]


def test_the_calendar_tells_collisions_and_ways_to_share(workspace: Workspace, settings: Settings) -> None:
    sign(workspace, settings, out_and_back(), mission_id="mission-1")
    local = out_and_back(staff_ids=("post-3",), vehicle_ids=("vehicle-1",), escort_base_id="base-west", escort_slots=3)
    keep_draft(workspace, World(workspace, settings), request(local, mission_id="mission-2"), audience=CASE)
    found = calendar(World(workspace, settings), FORCE)
    assert found.bases.frame[
        ["missions", "drafts", "escort_slots_drafted", "escort_slots_had"]
    ].to_numpy().tolist() == [[1, 1, 3, 2.0]]
    assert found.collisions.frame["kind"].to_list() == ["escort_overbooked", "vehicle_twice"]
    (joint,) = found.joint.frame.to_dict("records")
    assert (joint["missions"], joint["organisations"]) == ("mission-1; mission-2", "Aide Locale; Mission Toy")
    assert joint["shared_share"] == 1.0


def statuses(workspace: Workspace) -> dict[str, str]:
    rows = workspace.table("requests")
    return dict(zip(rows["request_id"], rows["status"], strict=True))


def set_status(workspace: Workspace, settings: Settings, status: str, mission_id: str = "mission-1") -> None:
    values = {"mission_id": mission_id, "status": status}
    edit_mission(workspace, World(workspace, settings), values, reason="road cut")


def serving(*requests: str) -> Plan:
    made = out_and_back(dropped={})
    return replace(made, visits=(replace(made.visits[0], request_ids=requests),))


def test_a_signature_plans_its_requests_and_says_so(workspace: Workspace, settings: Settings) -> None:
    assert sign(workspace, settings, out_and_back(), mission_id="mission-1") == ("mission-1", 1)
    assert statuses(workspace) == {"case-1": "planned", "case-2": "open", "case-3": "open"}
    assert workspace.history("requests", "case-1")["reason"].to_list()[1:] == ["mission mission-1 signed"]
    queue = answer_queue(World(workspace, settings), QueueRequest(as_of=SIGNED_ON), audience=FORCE).requests.frame
    assert dict(zip(queue["request_id"], queue["status"], strict=True))["case-1"] == "planned"
    assert changes_of(World(workspace, settings), "mission-1", SIGNED_ON) == ()


def test_a_cancelled_mission_or_one_that_is_a_draft_again_sets_them_back(
    workspace: Workspace, settings: Settings
) -> None:
    sign(workspace, settings, serving("case-1", "case-3"), mission_id="mission-1")
    workspace.edit("requests", "case-3", {"status": "reached"}, reason="another team was there")
    set_status(workspace, settings, "cancelled")
    assert statuses(workspace) == {"case-1": "open", "case-2": "open", "case-3": "reached"}
    assert workspace.history("requests", "case-1")["reason"].iloc[-1] == "mission mission-1 cancelled"
    assert workspace.history("missions", "mission-1")["reason"].iloc[-1] == "road cut"
    sign(workspace, settings, out_and_back(), mission_id="mission-2")
    again = request(out_and_back(), mission_id="mission-2", version=1)
    keep_draft(workspace, World(workspace, settings), again, audience=CASE)
    assert statuses(workspace)["case-1"] == "open"


def test_a_request_stays_planned_while_another_mission_serves_it(workspace: Workspace, settings: Settings) -> None:
    sign(workspace, settings, out_and_back(), mission_id="mission-1")
    sign(workspace, settings, shifted(serving("case-1", "case-3"), 7), mission_id="mission-2")
    set_status(workspace, settings, "cancelled")
    assert statuses(workspace) == {"case-1": "planned", "case-2": "open", "case-3": "planned"}
    sign(workspace, settings, shifted(out_and_back(), 7), mission_id="mission-2", version=1)
    assert statuses(workspace) == {"case-1": "planned", "case-2": "open", "case-3": "open"}
    set_status(workspace, settings, "under_way", "mission-2")
    assert statuses(workspace)["case-1"] == "planned"
    set_status(workspace, settings, "done", "mission-2")
    assert statuses(workspace)["case-1"] == "planned", "its results tell what becomes of it"


def test_a_request_changed_since_the_plan_was_made_is_not_overwritten(workspace: Workspace, settings: Settings) -> None:
    world = World(workspace, settings)
    assert len(world.records("requests")) == 3  # read before somebody closes one
    workspace.edit("requests", "case-1", {"status": "closed"}, reason="verified by telephone")
    with pytest.raises(StaleVersionError, match="requests case-1 stands at version 2"):
        sign_mission(workspace, world, request(out_and_back()), audience=CASE)
    assert workspace.table("missions").empty
    assert statuses(workspace)["case-1"] == "closed"


def test_a_mission_edited_on_the_command_line_moves_its_requests_too(
    workspace: Workspace, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    sign(workspace, settings, out_and_back(), mission_id="mission-1")
    folder = str(workspace.path)
    ask = ["edit", "missions", "mission-1", "--set", "status=cancelled", "--reason", "road cut", "--workspace", folder]
    assert main([*ask, "--expect-version", "7"]) != 0
    assert main(ask) == 0
    assert '"version": 2' in capsys.readouterr().out
    assert statuses(workspace)["case-1"] == "open"
    assert main([*ask[:2], "mission-9", *ask[3:]]) != 0
