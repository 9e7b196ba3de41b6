"""Silent risks here: a mission that breaks a rule beside the others; somebody or a vehicle out twice on a day; a slot
given twice; a plan called the best that another beats; an escort or a flight taken where none is needed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from geo.missions import bottlenecks
from geo.missions.bottlenecks import OneMore, Waits, find_wider, rank_bottlenecks, resources_of_interest, with_one_more
from geo.missions.found_blockers import find_blockers
from geo.missions.outlets import find_reach
from geo.missions.week import WeekPlan, plan_week
from geo.missions.week_task import SlotPool, WeekTask
from tests.toy_team import post, vehicle
from tests.toy_trips import stop_of, trip_on_a_line
from tests.toy_week import faults_of, outlet, queued, task_of, two_bases, un_woman, week_days

CARS = [vehicle("car-west", base_id="west"), vehicle("car-east", base_id="east")]
QUEUE = [queued(number) for number in range(4)]


def plan(task: WeekTask) -> WeekPlan:
    made = plan_week(task, alike=2, seconds=60.0)
    assert faults_of(made) == []
    assert made.exact
    return made


def test_one_woman_in_the_west_serves_the_west() -> None:
    made = plan(task_of(two_bases(), QUEUE, [un_woman("anna")], CARS))
    assert sorted(made.request_ids) == ["case-0", "case-1"]
    assert [one.outlet.base_id for one in made.missions] == ["west"]
    assert [len(one.days) for one in made.missions] == [1]
    assert made.most_requests == 2
    assert made.whole


def test_a_woman_at_each_base_serves_all_in_two_missions() -> None:
    made = plan(task_of(two_bases(), QUEUE, [un_woman("anna"), un_woman("beth", "east")], CARS))
    assert len(made.request_ids) == 4
    assert sorted(one.outlet.base_id for one in made.missions) == ["east", "west"]


def test_people_of_both_bases_join_where_they_are_needed() -> None:
    outlets = [replace(one, near_min={"west": 0.0, "east": 0.0}) for one in two_bases()]
    people = [un_woman("anna"), post("un-man", organisation_type="mission", base_id="east")]
    made = plan(task_of(outlets, QUEUE, people, CARS))
    assert len(made.request_ids) == 4  # one woman, one day at each end
    assert len({day for one in made.missions for day in one.days}) == 2


def test_of_as_many_requests_those_with_more_points_are_served() -> None:
    queue = [queued(number, points=float(number)) for number in range(4)]
    rules_days = week_days(1)
    outlets = [replace(one, starts=rules_days) for one in two_bases()]
    outlets = [replace(one, near_min={"west": 0.0, "east": 0.0}) for one in outlets]
    made = plan(task_of(outlets, queue, [un_woman("anna")], CARS, days=rules_days))
    assert sorted(made.request_ids) == ["case-2", "case-3"]


def test_a_language_nobody_speaks_leaves_the_request_out_and_says_so() -> None:
    queue = [queued(0, languages={"nareva"}), queued(1, girls=False)]
    task = task_of(two_bases(), [*queue, *QUEUE[2:]], [un_woman("anna", languages={"french"})], CARS)
    made = plan(task)
    assert sorted(made.request_ids) == ["case-1"]
    found = find_blockers(task)
    assert [one.blocker for one in found["case-0"]] == ["interpreter"]
    assert "nareva" in found["case-0"][0].why
    assert found["case-1"] == ()
    assert {"woman_interviewer", "un_staff"} <= {one.blocker for one in found["case-2"]}


def test_slots_are_never_exceeded_and_one_more_frees_what_waits_for_it() -> None:
    west, east = two_bases()
    barred = replace(west.trip, minutes=np.where(np.eye(5, dtype=bool), 0.0, np.inf))
    outlets = [
        replace(west, trip=barred),
        outlet("west", west.trip, week_days(2), escort_base_id="west"),
        outlet("east", east.trip, week_days(2), escort_base_id="east"),
    ]
    pools = [SlotPool(base_id=one, days=frozenset(week_days(2)), free=int(one == "east")) for one in ("west", "east")]
    people = [un_woman("anna"), un_woman("beth", "east")]
    task = task_of(outlets, QUEUE, people, CARS, pools=pools)
    made = plan(task)
    assert sorted(made.request_ids) == ["case-2", "case-3"]
    waits = {one.request_id: Waits(age_days=10 * (n + 1), children=None if n else 2) for n, one in enumerate(QUEUE)}
    told: list[tuple[int, int]] = []
    wanted = list(resources_of_interest(task, ["nareva"]))
    found = rank_bottlenecks(made, wanted, waits, seconds=20.0, progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (len(wanted), len(wanted))
    first = found[0]
    assert (first.more.kind, first.more.base_id, first.requests) == ("escort", "west", 2)
    assert (first.freed, first.given_up) == (("case-0", "case-1"), ())
    assert (first.request_days, first.child_days) == (30, 20)
    assert all(one.requests == 0 and one.freed == () and one.request_days == 0 for one in found[1:])
    blocked = find_blockers(task)
    assert [one.blocker for one in blocked["case-0"]] == ["escort"]
    named = find_blockers(task, {"west": "West Town"})["case-0"]
    assert "West Town" in named[0].why
    assert "West Town" not in blocked["case-0"][0].why


def test_one_more_woman_frees_the_other_end() -> None:
    made = plan(
        task_of(
            two_bases(), QUEUE, [un_woman("anna"), post("un-man", organisation_type="mission", base_id="east")], CARS
        )
    )
    waits = {one.request_id: Waits(age_days=1, children=1) for one in QUEUE}
    wanted = [OneMore(kind="un_staff"), OneMore(kind="woman_interviewer"), OneMore(kind="vehicle", base_id="west")]
    found = rank_bottlenecks(made, wanted, waits, seconds=20.0, progress=None)
    assert [(one.more.kind, one.requests) for one in found] == [
        ("woman_interviewer", 2), ("un_staff", 0), ("vehicle", 0),
    ]  # fmt: skip
    assert found[0].proven


def test_where_everything_in_reach_is_served_nothing_more_is_promised() -> None:
    made = plan(task_of(two_bases(), QUEUE, [un_woman("anna"), un_woman("beth", "east")], CARS))
    waits = {one.request_id: Waits(age_days=1, children=1) for one in QUEUE}
    found = rank_bottlenecks(made, resources_of_interest(made.task, ["nareva"]), waits, seconds=1.0, progress=None)
    assert {(one.requests, one.at_most, one.proven) for one in found} == {(0, 0, True)}


def test_a_week_with_nobody_plans_nothing_and_is_exact() -> None:
    made = plan(task_of(two_bases(), QUEUE, [], []))
    assert (made.missions, made.most_requests) == ((), 0)


def test_what_nobody_reaches_is_blocked_by_the_road() -> None:
    far = trip_on_a_line([2000.0], [stop_of("site-0")])
    task = task_of([outlet("west", far, week_days(1))], [queued(0)], [un_woman("anna")], CARS)
    assert [one.blocker for one in find_blockers(task)["case-0"]] == ["road"]


def test_a_small_local_team_is_marked_as_discreet() -> None:
    people = [un_woman("anna"), post("local", organisation_type="national_ngo", base_id="west", woman=True)]
    made = plan(task_of(two_bases(), QUEUE, people, CARS))
    assert [one.discreet for one in made.missions] == [False]  # the smallest team has nobody local on it


def test_largest_sets_are_those_to_which_nothing_can_be_added() -> None:
    stops = [stop_of(f"site-{n}", service_min=300.0) for n in range(3)]
    reach = find_reach(outlet("west", trip_on_a_line([60.0, 60.0, 500.0], stops, days=2), week_days(1)), together=10)
    assert reach.sets[1].tolist() == [[True, True, False]]
    assert sorted(reach.able.tolist()) == [False, True, True]


@pytest.mark.parametrize("kind", ["escort", "flight", "woman_interviewer", "interpreter", "un_staff", "vehicle"])
def test_one_more_adds_and_changes_nothing_else(kind: str) -> None:
    pools = [SlotPool(base_id="west", days=frozenset(week_days(2)), free=0)]
    task = task_of(two_bases(), QUEUE, [un_woman("anna")], CARS, pools=pools)
    language = "nareva" if kind == "interpreter" else ""
    more = with_one_more(task, OneMore(kind=kind, base_id="west", language=language))
    before, after = task.resources, more.resources
    assert after.roster.posts[: len(before.roster.posts)] == before.roster.posts
    assert after.roster.vehicles[: len(before.roster.vehicles)] == before.roster.vehicles
    counts = [
        (len(held.roster.posts), len(held.roster.vehicles), held.pools[0].free, sum(held.extra_flights.values()))
        for held in (before, after)
    ]
    assert sum(counts[1]) == sum(counts[0]) + 1
    assert more.reaches is task.reaches


def test_a_vehicle_is_not_planned_where_one_that_joins_more_missions_frees_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    west, east = (replace(one, starts=week_days(1)) for one in two_bases())
    outlets = [
        replace(west, near_min={"west": 0.0, "east": 60.0, "south": 60.0}),
        replace(east, near_min={"east": 0.0, "south": 60.0}),
    ]
    made = plan(task_of(outlets, QUEUE, [un_woman("anna", "south")], CARS, days=week_days(1)))
    wanted = list(resources_of_interest(made.task, []))
    vehicles = [one.base_id for one in wanted if one.kind == "vehicle"]
    assert vehicles == ["east", "west"]  # the one that can do most first
    assert find_wider(made.task, wanted, len(wanted) - 1) == [len(wanted) - 2]
    assert find_wider(made.task, wanted, 0) == []
    again: list[str] = []
    plan_again = bottlenecks._plan_again

    def told(*asked: Any) -> set[int]:
        again.append(asked[3].base_id)
        return plan_again(*asked)

    monkeypatch.setattr(bottlenecks, "_plan_again", told)
    waits = {one.request_id: Waits(age_days=1, children=1) for one in QUEUE}
    found = rank_bottlenecks(made, wanted[-2:], waits, seconds=20.0, progress=None)
    assert again == ["east"]
    assert [one.requests for one in found] == [0, 0]
    assert found[0].at_most >= found[1].at_most > 0
