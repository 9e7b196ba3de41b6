"""Laws of a week, on tiny ones of which every plan is tried: none is better; every mission keeps every rule and is driven
minute by minute; nobody and nothing is used twice; one more of anything never serves less."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo.missions.bottlenecks import OneMore, Waits, find_wider, rank_bottlenecks, with_one_more
from geo.missions.week import plan_week
from tests.toy_team import able, vehicle
from tests.toy_week import best_by_hand, faults_of, random_week

seeds = st.integers(0, 2**32 - 1)
few = hypothesis_settings(max_examples=60)


@few
@given(seeds)
def test_no_plan_of_all_is_better_and_every_rule_is_kept(seed: int) -> None:
    task = random_week(seed)
    made = plan_week(task, alike=2, seconds=60.0)
    assert faults_of(made) == []
    assert made.exact
    points = sum(one.points for one in task.queue if one.request_id in made.request_ids)
    assert (len(made.request_ids), points) == pytest.approx(best_by_hand(task))
    assert made.most_requests == len(made.request_ids)


@few
@given(seeds, st.sampled_from(["escort", "woman", "vehicle"]))
def test_one_more_never_serves_less(seed: int, kind: str) -> None:
    task = random_week(seed, most_people=4)
    roster = task.resources.roster
    if kind == "escort":
        more = with_one_more(task, OneMore(kind="escort", base_id="west"))
    else:
        blank = type(roster.posts[0][1])()
        woman = able("more", woman=True, base_id="east", languages={"french"})
        grown = (
            replace(roster, posts=(*roster.posts, (woman, blank)))
            if kind == "woman"
            else replace(roster, vehicles=(*roster.vehicles, (vehicle("more", base_id="west"), blank)))
        )
        more = replace(task, resources=replace(task.resources, roster=grown))
    before, after = (plan_week(one, alike=2, seconds=60.0) for one in (task, more))
    assert before.exact
    assert after.exact
    assert len(after.request_ids) >= len(before.request_ids)
    assert faults_of(after) == []


@few
@given(seeds, st.sampled_from(["escort", "woman_interviewer", "un_staff", "vehicle"]))
def test_what_one_more_frees_is_what_a_plan_with_it_serves_more(seed: int, kind: str) -> None:
    task = random_week(seed)
    more = OneMore(kind=kind, base_id="west" if kind in ("escort", "vehicle") else "")
    made, after = (plan_week(one, alike=2, seconds=60.0) for one in (task, with_one_more(task, more)))
    waits = {one.request_id: Waits(age_days=7, children=2) for one in task.queue}
    (found,) = rank_bottlenecks(made, [more], waits, seconds=60.0, progress=None)
    assert found.requests == len(after.request_ids) - len(made.request_ids)
    assert found.requests <= found.at_most
    assert found.request_days == 7 * (len(found.freed) - len(found.given_up)) == 7 * found.requests
    assert found.child_days == 2 * found.request_days


@few
@given(seeds, st.permutations(["west", "east"]))
def test_what_can_do_all_another_can_frees_no_less(seed: int, bases: list[str]) -> None:
    """So nothing is lost where the other is not planned again because this one freed nothing."""
    task = random_week(seed)
    wanted = [OneMore(kind="vehicle", base_id=one) for one in bases]
    made = plan_week(task, alike=2, seconds=60.0)
    waits = {one.request_id: Waits(age_days=7, children=2) for one in task.queue}
    told = {one.more: one for one in rank_bottlenecks(made, wanted, waits, seconds=60.0, progress=None)}
    for more in wanted:
        after = plan_week(with_one_more(task, more), alike=2, seconds=60.0)
        assert told[more].requests == len(after.request_ids) - len(made.request_ids) <= told[more].at_most
    for place in find_wider(task, wanted, 1):
        assert told[wanted[1]].requests <= told[wanted[place]].requests
