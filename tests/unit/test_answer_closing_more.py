"""Silent risks here: travel time told in another unit than its losses; a place tried by another reach than the order's;
a base re-planned away that had closed; an order, a place or a closing day told to who may not see bases."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from geo.__main__ import main
from geo.answers.closing import answer_closing
from geo.answers.closing_ground import ClosingPlan, plan_closing
from geo.answers.closing_more import answer_places, answer_replan
from geo.answers.effect import answer_closed
from geo.answers.reach import answer_reach
from geo.answers.world import World
from geo.errors import RequestError
from geo.model import AccessMode, Audience, ClosingRequest, Objective, ReachRequest
from geo.readers import read_file
from geo.workspace import open_workspace

DAY = dt.date(2026, 9, 30)
REQUEST = ClosingRequest(limit_min=240.0, as_of=DAY)
FORCE = Audience.TASK_FORCE


@pytest.fixture(scope="module")
def plan(sample_world: World) -> ClosingPlan:
    return plan_closing(sample_world, REQUEST)


def test_travel_time_is_the_mean_that_reach_gives(sample_world: World) -> None:
    request = replace(REQUEST, objective=Objective.MEDIAN)
    told: list[tuple[int, int]] = []
    found = answer_closing(
        sample_world, request, audience=FORCE, progress=lambda done, steps: told.append((done, steps))
    )
    rows = found.order.frame
    assert told == [(number, len(rows)) for number in range(1, len(rows) + 1)]  # computed once, every step told
    assert bool(rows["proven"].all())
    step, closed = 5, set(rows["base"].head(5))
    base_ids = tuple(sorted(set(found.bases.frame["base_id"]) - closed))
    asked = ReachRequest(limit_min=240.0, as_of=DAY, mode=AccessMode.UNESCORTED, base_ids=base_ids, resolution=3)
    most_min = sample_world.settings.closing.farthest_min
    sites, all_open = (
        answer_reach(sample_world, one, audience=FORCE).sites.frame for one in (asked, replace(asked, base_ids=()))
    )
    reached = all_open["time_min"].to_numpy(dtype=float) <= most_min
    assert found.out_of_reach == int((~reached).sum())
    people = np.where(reached, sites["people"].to_numpy(dtype=float, na_value=0.0), 0.0)
    minutes = np.minimum(sites["time_min"].to_numpy(dtype=float), most_min)
    assert rows["mean_min"].iloc[step - 1] == pytest.approx(float(minutes @ people / people.sum()))
    more_hours = (rows["mean_min"].iloc[8] - rows["mean_min"].iloc[4]) * people.sum() / 60
    assert rows["loss"].iloc[8] - rows["loss"].iloc[4] == pytest.approx(more_hours)
    assert "hours" in found.unit
    assert (rows["best_mean_min"] <= rows["mean_min"] + 1e-9).all()


def test_a_bound_is_said_to_be_one(sample_world: World, sample_folder: Path) -> None:
    rule = sample_world.settings.closing.model_copy(update={"proof_most_groups": 100})
    workspace = open_workspace(sample_folder, author="test")
    loose = World(workspace, sample_world.settings.model_copy(update={"closing": rule}))
    request = replace(REQUEST, objective=Objective.MEDIAN)
    proven = answer_closing(sample_world, request, audience=FORCE).order.frame
    rows = answer_closing(loose, request, audience=FORCE).order.frame
    assert not rows["proven"].all()
    assert (rows["optimum"] <= proven["optimum"] + 1e-6).all()
    assert rows["base"].tolist() == proven["base"].tolist()
    assert rows.loc[~rows["proven"], "reason"].str.contains("not proven").all()


def test_sites_are_lost_when_their_last_base_closes(sample_world: World, plan: ClosingPlan) -> None:
    found = answer_closing(sample_world, REQUEST, audience=FORCE, plan=plan)
    sites = found.lost.frame
    order = found.order.frame.set_index("step")["loss"]
    for step, loss in order.items():
        assert float(sites.loc[sites["lost_at"] <= step, "people"].sum()) == pytest.approx(loss)
    names = dict(zip(order.index, found.order.frame["name"], strict=True))
    for row in found.lost.frame.to_dict("records"):
        assert row["last_base"] == names[row["lost_at"]]
        assert row["before_min"] <= 240.0


def test_planning_anew_keeps_what_closed_by_the_day(sample_world: World, plan: ClosingPlan) -> None:
    day = plan.days[1] + dt.timedelta(days=1)
    late = plan.order[9]
    found = answer_replan(sample_world, plan, forced=(late, day), audience=FORCE)
    assert found.done == 2
    assert found.steps.frame["base"].iloc[0] == late
    assert not set(plan.order[:2]) & set(found.steps.frame["base"])
    gained = found.steps.frame["old_loss"] - found.steps.frame["loss"]
    assert gained.sum() > 0  # in the sample planning anew is worth it
    with pytest.raises(RequestError, match=r"closes on .* already"):
        answer_replan(sample_world, plan, forced=(plan.order[0], day), audience=FORCE)
    with pytest.raises(RequestError, match="lies before"):
        answer_replan(sample_world, plan, forced=(late, DAY - dt.timedelta(days=1)), audience=FORCE)
    with pytest.raises(RequestError, match="no base 'moon'"):
        answer_replan(sample_world, plan, forced=("moon", day), audience=FORCE)


@pytest.mark.parametrize("objective", list(Objective))
def test_a_place_adds_what_a_candidate_there_does(objective: Objective, sample_world: World, tmp_path: Path) -> None:
    request = replace(REQUEST, objective=objective)
    made = plan_closing(sample_world, request)
    found = answer_places(sample_world, made, step=6, audience=FORCE)
    assert found.tried == found.there
    best = found.places.frame.iloc[0]
    if objective is Objective.MEDIAN:
        assert (found.places.frame["adds_at_the_end"] >= found.places.frame["adds_now"] - 1e-6).all()
        return
    path = tmp_path / "more.csv"
    path.write_text(
        "base_id,name,organisation,organisation_type,longitude,latitude\n"
        f"new-1,Here,Relais Enfance,ingo,{best['longitude']},{best['latitude']}\n"
    )
    more = read_file("bases", path).frame
    keeps = answer_closing(sample_world, request, audience=FORCE, candidates=more, plan=made).keeps.frame
    row = keeps.set_index("base").loc["new-1"]
    assert best["adds_now"] == pytest.approx(row["adds_now"])
    assert best["adds_at_the_end"] == pytest.approx(row["adds_at_the_end"])


def test_a_partner_brings_neither_escorts_nor_aircraft(sample_world: World) -> None:
    for mode, word in ((AccessMode.ESCORTED, "escorts"), (AccessMode.AIR, "aircraft")):
        made = plan_closing(sample_world, replace(REQUEST, mode=mode))
        with pytest.raises(RequestError, match=f"brings no {word}"):
            answer_places(sample_world, made, step=0, audience=FORCE)


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER])
def test_nothing_of_it_is_told_to_those_who_see_no_bases(
    audience: Audience, sample_world: World, plan: ClosingPlan
) -> None:
    order = answer_closing(sample_world, REQUEST, audience=audience, plan=plan)
    ways = answer_replan(sample_world, plan, forced=(plan.order[9], plan.days[1]), audience=audience)
    places = answer_places(sample_world, plan, step=3, audience=audience)
    for part in (order.order, order.keeps, order.bases, order.lost, ways.steps, places.places):
        assert part.withheld
        assert part.frame.empty
        assert part.statement.rows_before is None
    assert (ways.done, ways.keeps_old, places.tried, places.there) == (None, None, None, None)
    assert answer_closed(sample_world, audience=audience).withheld


def test_closed_bases_come_latest_first(sample_world: World) -> None:
    rows = answer_closed(sample_world, audience=FORCE).frame
    assert rows["closed_on"].is_monotonic_decreasing
    assert not set(rows["base_id"]) & set(sample_world.bases_at(sample_world.latest_date)["base_id"])


def test_the_command_adds_to_its_contract_only_what_is_asked(
    sample_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["closing-order", "--limit-min", "240", "--audience", "task_force", "--workspace", str(sample_folder)]
    assert main(words) == 0
    plain = json.loads(capsys.readouterr().out)
    assert not {"replan", "places"} & set(plain)
    late = plain["steps"][9]["base"]
    more = ["--objective", "median", "--replan", f"{late}=2027-06-01", "--try-places"]
    assert main([*words, *more]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["request"]["objective"] == "median"
    assert document["replan"]["steps"][0]["base"] == late
    assert {"loss", "old_loss", "known_loss", "regret"} <= set(document["replan"]["steps"][0])
    assert document["places"]["tried"] > 100
    assert main([*words, "--replan", "base-04=2027-06-01,base-05=2027-06-01"]) == 2
    assert "one base at a time" in capsys.readouterr().err
