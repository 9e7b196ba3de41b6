"""Silent risks here: a plan that serves a request it dropped; hours of a leg that overlap a visit; a team that is booked
elsewhere; an escort promised earlier than its notice; a plan shown to those who may not know where teams go; a
helicopter over the range; a request planned that waits no more."""

import datetime as dt
import itertools
import json
from pathlib import Path

import pytest

from geo.__main__ import main
from geo.answers.plan import PlanAnswer, answer_plan
from geo.answers.team import roster_of
from geo.answers.world import World
from geo.errors import RequestError, UnknownRecordError, WithheldError
from geo.missions.roster import days_between, find_available
from geo.model import Audience, PlanRequest

LEAVES, PLANNED = dt.date(2026, 10, 12), dt.date(2026, 9, 30)
WANTED = ("case-019", "case-044", "case-012", "case-011")


def asked(**more: object) -> PlanRequest:
    given = {"request_ids": WANTED, "departs_on": LEAVES, "days": 4, "as_of": PLANNED}
    return PlanRequest(**(given | more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found(sample_world: World) -> PlanAnswer:
    return answer_plan(sample_world, asked(), audience=Audience.TASK_FORCE)


def test_every_request_is_served_once_or_dropped_with_a_reason(found: PlanAnswer) -> None:
    assert found.options
    for plan in found.options:
        assert sorted([*plan.request_ids, *plan.dropped]) == sorted(WANTED)
        assert all(plan.dropped.values())


def test_a_plan_driven_minute_by_minute_keeps_its_hours(found: PlanAnswer, sample_world: World) -> None:
    rules = sample_world.settings.missions
    for plan in found.options:
        assert plan.legs[0].from_place == plan.legs[-1].to_place == plan.base_id
        for before, after in itertools.pairwise(plan.legs):
            assert before.to_place == after.from_place
            assert before.arrives <= after.leaves
        for leg in plan.legs:
            assert leg.leaves.date() == leg.arrives.date() == leg.day
            assert f"{leg.leaves:%H:%M}" >= rules.leaves_from
            assert f"{leg.arrives:%H:%M}" <= rules.arrives_by
        for visit in plan.visits:
            assert rules.visits_from <= f"{visit.starts:%H:%M}"
            assert f"{visit.ends:%H:%M}" <= rules.visits_until
            arrived = max(
                leg.arrives for leg in plan.legs if leg.to_place == visit.site_id and leg.arrives <= visit.starts
            )
            assert not [leg for leg in plan.legs if arrived < leg.arrives and leg.leaves < visit.ends]
        assert (plan.returns_on - plan.departs_on).days < 4


def test_every_team_keeps_the_rules_and_is_free(found: PlanAnswer, sample_world: World) -> None:
    roster, rules = roster_of(sample_world), sample_world.settings.teams
    teams = [plan for plan in found.options if plan.staff_ids]
    assert teams
    for plan in teams:
        free = find_available(roster, days_between(plan.departs_on, plan.returns_on), settings=rules)
        assert set(plan.staff_ids) <= {post.staff_id for post in free.posts}
        assert set(plan.vehicle_ids) <= {vehicle.vehicle_id for vehicle in free.vehicles}
        assert plan.breaches == ()
    for plan in found.options:
        if not plan.staff_ids:
            assert plan.breaches


def test_no_plan_beats_another_and_the_discreet_one_is_told_or_refused(found: PlanAnswer) -> None:
    goals = [
        (-len(p.request_ids), p.time_min, p.exposure, p.visibility, p.escort_slots, -p.girls, bool(p.breaches))
        for p in found.options
        if p.mode != "discreet"
    ]
    for one, other in itertools.permutations(goals, 2):
        assert not (all(a <= b for a, b in zip(one, other, strict=True)) and one != other)
    modes = {plan.mode for plan in found.options} | set(found.refusals.frame["mode"])
    assert "discreet" in modes
    assert [plan.label for plan in found.options] == sorted(plan.label for plan in found.options)


def test_an_escort_is_refused_before_its_notice_is_over_and_says_when(sample_world: World) -> None:
    soon = answer_plan(
        sample_world,
        asked(departs_on=PLANNED + dt.timedelta(days=1), base_id="base-06"),
        audience=Audience.TASK_FORCE,
    )
    refused = soon.refusals.frame.set_index("mode")["why"]
    assert "escorted" in refused.index
    assert "can leave on 2026-10-05 at the earliest" in refused["escorted"]


def test_who_may_not_see_requests_gets_no_plan(sample_world: World) -> None:
    for audience in (Audience.PUBLIC, Audience.CLUSTER):
        with pytest.raises(WithheldError, match="single requests are withheld"):
            answer_plan(sample_world, asked(), audience=audience)


def test_what_cannot_be_planned_is_refused_in_a_sentence(sample_world: World) -> None:
    def refuse(**more: object) -> str:
        with pytest.raises((RequestError, UnknownRecordError)) as refusal:
            answer_plan(sample_world, asked(**more), audience=Audience.TASK_FORCE)
        return str(refusal.value)

    assert "no request 'case-999' is on record" in refuse(request_ids=("case-999",))
    assert "does not wait any more" in refuse(request_ids=("case-051",))
    assert "no base 'base-99' is open" in refuse(base_id="base-99")
    assert "5 days at most, not 6" in refuse(days=6)
    assert "named twice" in refuse(request_ids=("case-012", "case-012"))
    assert "before 2026-09-30" in refuse(departs_on=dt.date(2026, 9, 1))


def test_the_command_prints_legs_team_and_refusals(sample_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["plan", "--requests", ",".join(WANTED[:2]), "--depart", str(LEAVES), "--days", "2", "--base", "base-15"]
    assert main([*words, "--audience", "task_force", "--workspace", str(sample_folder)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document) >= {"request", "plans", "refused", "exposure_unit", "audience", "provenance"}
    for plan in document["plans"]:
        assert {"legs", "visits", "team", "dropped", "changes", "breaches", "escort_slots"} <= set(plan)
    assert main([*words, "--workspace", str(sample_folder)]) == 2
    assert "withheld from the audience public" in capsys.readouterr().err
