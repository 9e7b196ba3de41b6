"""What must not leave a planned week, planted and searched for. Silent risks here: a team, a site or a request told below
the task force, by a table or by how it differs; people's own blockers overwritten; a refusal that names a place."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo.__main__ import main
from geo.answers.week import WeekAnswer, answer_week
from geo.answers.week_ground import ground_of
from geo.answers.world import World
from geo.errors import RequestError
from geo.missions.week import plan_week
from geo.model import Audience, Season, WeekRequest
from geo.settings import Settings
from tests.toy_country import COUNTRY_TABLES, table_top, toy_workspace
from tests.toy_missions import MONDAY, SIGNED_ON, TABLES, mission, out_and_back
from tests.toy_week import faults_of
from tests.unit.test_leaks import assert_no_canary, cleared_parts, exports_of, words_of

ASKED = WeekRequest(starts_on=MONDAY, as_of=SIGNED_ON)
TASK, CASE, CLUSTER, PUBLIC = Audience.TASK_FORCE, Audience.CASE_TEAM, Audience.CLUSTER, Audience.PUBLIC
CANARIES: dict[str, Audience | None] = {
    "case-1": TASK, "Westbase": TASK, "post-1": TASK, "vehicle-": TASK, "site-west": TASK, "toyish": TASK,
    "2020-06-29": TASK,
}  # fmt: skip


def tables(**more: Any) -> dict[str, Any]:
    blocked = [dict(row, blocked_by="funding;clearance") for row in TABLES["requests"]]
    return {**TABLES, "requests": blocked, **more}


@pytest.fixture(scope="module")
def world(settings: Settings) -> World:
    return table_top(settings, tables())


def asked(world: World, audience: Audience = TASK, **more: Any) -> WeekAnswer:
    return answer_week(world, ASKED, audience=audience, **more)


def test_the_task_force_sees_a_mission_that_serves_all(world: World) -> None:
    found = asked(world)
    (row,) = found.totals.frame.to_dict("records")
    assert (row["waiting"], row["served"], row["at_most"], row["exact"], row["every_set"]) == (3, 3, 3, True, True)
    (made,) = found.missions.frame.to_dict("records")
    assert (made["base_id"], made["requests"], made["staff_ids"]) == ("base-west", 3, "post-1")
    assert sorted(made["request_ids"].split("; ")) == ["case-1", "case-2", "case-3"]
    assert found.requests.frame["served"].all()


def test_what_people_entered_stands_beside_what_was_found(settings: Settings) -> None:
    nobody = table_top(settings, tables(staff=[]))
    rows = asked(nobody).requests.frame
    assert set(rows["blocked_by"]) == {"funding;clearance"}
    for found in rows["found_blockers"]:
        assert {"woman_interviewer", "interpreter", "un_staff"} <= set(found.split(";"))
    assert nobody.records("requests")["blocked_by"].eq("funding;clearance").all()


def test_one_more_frees_nothing_where_all_are_served_and_that_is_proven(world: World) -> None:
    told: list[int] = []
    rows = asked(world, progress=lambda done, of: told.append(of - done)).bottlenecks.frame
    assert len(rows) == len(told) > 4
    assert told[-1] == 0
    assert (rows["requests"] == 0).all()
    assert rows["proven"].all()
    assert {"escort", "flight", "woman_interviewer", "interpreter", "un_staff", "vehicle"} == set(rows["kind"])
    assert asked(world, bottlenecks=False).bottlenecks.frame.empty


def test_one_more_vehicle_frees_what_waits_for_one(settings: Settings) -> None:
    bases = [dict(row, helipad="no") for row in TABLES["bases"]]
    rows = asked(table_top(settings, tables(fleet=[], bases=bases))).bottlenecks.frame
    first = rows.iloc[0]
    assert (first["kind"], first["requests"], bool(first["proven"])) == ("vehicle", 3, True)
    assert first["request_days"] == 3 * (SIGNED_ON - dt.date(2020, 5, 1)).days
    assert first["child_days"] == 3 * first["request_days"]


def test_posts_on_a_signed_mission_are_not_sent_elsewhere(settings: Settings) -> None:
    week = out_and_back(departs_on=MONDAY, returns_on=MONDAY + dt.timedelta(days=6))
    busy = table_top(settings, tables(missions=[mission("mission-1", week)]))
    assert asked(busy).missions.frame.empty


def test_the_plan_behind_the_answer_keeps_every_rule(world: World, settings: Settings) -> None:
    task = ground_of(world, ASKED).task
    made = plan_week(task, alike=settings.week.alike_missions, seconds=20.0)
    assert faults_of(made) == []
    assert all((reach.outlet.trip.minutes >= 0).all() for reach in task.reaches)


def test_every_node_of_a_trip_has_its_place(world: World) -> None:
    ground = ground_of(world, ASKED)
    assert {len(reach.outlet.trip.minutes) for reach in ground.task.reaches} == {1 + len(ground.place_ids)}
    stops = [stop.stop_id for stop in ground.task.reaches[0].outlet.trip.stops]
    assert list(ground.place_ids[: len(stops)]) == stops
    assert len(set(ground.place_ids)) == len(ground.place_ids)


def test_escort_slots_are_those_left_after_signed_missions(settings: Settings) -> None:
    behind = out_and_back(escort_base_id="base-west", escort_slots=1, mode="escorted")
    for missions, free in (([], 2), ([mission("mission-1", behind)], 1)):
        pools = ground_of(table_top(settings, tables(missions=missions)), ASKED).task.resources.pools
        assert [(pool.base_id, pool.free) for pool in pools][:1] == [("base-west", free)]


def test_no_escort_leaves_before_its_notice_is_over(world: World) -> None:
    late = ground_of(
        world, replace(ASKED, as_of=MONDAY)
    ).task  # three days of notice, and it leaves on mon and tue only
    assert not [day for reach in late.reaches if reach.outlet.escort_base_id for day in reach.outlet.starts]


@pytest.mark.parametrize("audience", list(Audience))
def test_no_canary_in_any_table_export_or_command(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], audience: Audience
) -> None:
    found = asked(world, audience)
    parts = list(cleared_parts(found))
    assert len(parts) == 5
    for part in parts:
        for content in (part.frame.to_csv(), *exports_of(part)):
            assert_no_canary(content, audience, part.view, CANARIES)
    toy_workspace(tmp_path / "w", tables()).close()
    words = ["queue", "--as-of", "2020-06-23", "--audience", str(audience), "--workspace", str(tmp_path / "w")]
    assert main(words) == 0
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    if audience.may_see(TASK):
        assert document["week"]["missions"][0]["staff_ids"] == ["post-1"]
        assert document["bottlenecks"]
    else:
        assert (document["bottlenecks"], document["week"]) == ([], None)
        assert "planned again" not in printed.err
        for canary in CANARIES:
            assert canary not in printed.out + printed.err


@pytest.mark.parametrize("audience", [PUBLIC, CLUSTER])
def test_below_the_task_force_nothing_is_planned_and_nothing_differs(settings: Settings, audience: Audience) -> None:
    told = [asked(table_top(settings, one), audience) for one in (tables(), tables(requests=[]), tables(staff=[]))]
    assert words_of(told[0]) == words_of(told[1]) == words_of(told[2])
    assert all(part.withheld for one in told for part in cleared_parts(one))


def test_a_world_without_roads_or_bases_is_refused_in_one_sentence(settings: Settings) -> None:
    with pytest.raises(RequestError, match="no base is open"):
        asked(table_top(settings, {**COUNTRY_TABLES, "bases": []}))


def test_a_request_whose_site_is_not_recorded_is_told(settings: Settings) -> None:
    rows = [*tables()["requests"], dict(tables()["requests"][0], request_id="case-9", site_id="nowhere")]
    told = asked(table_top(settings, tables(requests=rows))).requests.frame.set_index("request_id")
    assert not told.loc["case-9", "served"]
    assert "not recorded" in told.loc["case-9", "found_why"]


def test_the_week_starts_no_earlier_than_it_is_planned() -> None:
    with pytest.raises(RequestError, match="before"):
        WeekRequest(starts_on=SIGNED_ON, as_of=MONDAY, season=Season.DRY)


def test_flights_go_on_days_with_flights_only(world: World) -> None:
    flown = [reach for reach in ground_of(world, ASKED).task.reaches if not reach.outlet.drives]
    own = {day for reach in flown if reach.outlet.extra_day is None for day in reach.outlet.starts}
    more = {reach.outlet.extra_day for reach in flown} - {None}
    assert {day.weekday() for day in own} == {0, 3}
    assert {day.weekday() for day in more} == {1, 2, 4, 5, 6}
    for reach in flown:
        moves = reach.outlet.trip.arrives_min > reach.outlet.trip.leaves_min
        assert moves[0]
        assert np.flatnonzero(moves)[-1] == reach.outlet.trip.days - 1
