"""Silent risks here: a pair shown to an audience that may not see records; a position given away by the frame of the
map; a decision without author or reason, or one that contradicts another; an undo that leaves a trace in the numbers;
a decision lost because somebody else decided first."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geo.answers.choices import answer_choices
from geo.answers.hexbin import answer_hexbin
from geo.answers.review import Scored, Verdict, answer_pair, answer_review, decide_pair, evidence_of, score_reports
from geo.answers.world import World
from geo.errors import RequestError, StaleVersionError, WithheldError
from geo.model import Audience, HexbinRequest
from geo.settings import Settings
from geo.workspace import Workspace, open_workspace
from tests.toy_country import BOUNDARIES, DAY, event
from tests.toy_readings import reading_of

CASE, TASK, PUBLIC = Audience.CASE_TEAM, Audience.TASK_FORCE, Audience.PUBLIC
EXACT = {"longitude": 0.51237, "latitude": 0.48761, "place": "Qimplace", "admin1": "West"}


def rows(source: str, *events: dict[str, Any]) -> list[dict[str, Any]]:
    """Reports of one source, numbered."""
    usual = {"violation": "abduction", "actor_a": "Red Band", "date_precision": 1}
    return [
        event(1, "2020-01-10", "exact", **{**usual, **EXACT, **one, "incident_id": f"{source}:{n}", "source": source})
        for n, one in enumerate(events, start=1)
    ]


def imported(workspace: Workspace, source: str, *events: dict[str, Any]) -> str:
    return workspace.add(reading_of("incidents", rows(source, *events), file_name=f"{source}.csv")).import_id


FAR = {"longitude": 1.6, "date_start": "2020-05-01", "date_end": "2020-05-01"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two sources: one event both report, one each alone."""
    made = open_workspace(tmp_path / "ws", author="task force", create=True)
    made.add(reading_of("boundaries", BOUNDARIES))
    imported(made, "one", {"fatalities_best": 2}, FAR)
    imported(made, "two", {"fatalities_best": 3}, {**FAR, "longitude": 0.2})
    return made


def looked_at(workspace: Workspace, settings: Settings) -> tuple[World, Scored]:
    world = World(workspace, settings)
    return world, score_reports(world)


def first_pair(workspace: Workspace, settings: Settings) -> str:
    return str(answer_review(*looked_at(workspace, settings), audience=TASK).queue.frame["pair"].iloc[0])


def say(
    workspace: Workspace, settings: Settings, decision: Any, *, handle: str | None = None, reason: str = "same village"
) -> str:
    handle = handle or first_pair(workspace, settings)
    verdict = Verdict(handle=handle, decision=decision, reason=reason)
    decide_pair(workspace, *looked_at(workspace, settings), verdict, audience=TASK)
    return handle


def counts(workspace: Workspace, settings: Settings, audience: Audience = PUBLIC) -> dict[str, int]:
    return dict(answer_review(*looked_at(workspace, settings), audience=audience).counts.frame.iloc[0])


def test_the_public_learns_numbers_and_nothing_else(workspace: Workspace, settings: Settings) -> None:
    for audience in (PUBLIC, Audience.CLUSTER):
        found = answer_review(*looked_at(workspace, settings), audience=audience)
        assert found.queue.withheld
        assert found.decided.withheld
        assert found.counts.frame.to_dict("records") == [{"merged": 0, "open": 1, "likely": 1, "apart": 0}]
        handle = first_pair(workspace, settings)
        with pytest.raises(WithheldError, match="choose another audience"):
            answer_pair(*looked_at(workspace, settings), handle, audience=audience)
        verdict = Verdict(handle=handle, decision="same", reason="x")
        with pytest.raises(WithheldError):
            decide_pair(workspace, *looked_at(workspace, settings), verdict, audience=audience)


def test_a_task_force_sees_cells_a_case_team_positions(workspace: Workspace, settings: Settings) -> None:
    handle = first_pair(workspace, settings)
    seen = answer_pair(*looked_at(workspace, settings), handle, audience=TASK)
    assert not {"longitude", "latitude", "place", "incident_id"} & set(seen.reports.columns)
    assert seen.rings.withheld
    assert seen.cells.statement.resolution == 6
    assert list(seen.reports.frame["source"]) == ["one", "two"]
    full = answer_pair(*looked_at(workspace, settings), handle, audience=CASE)
    assert list(full.reports.frame["longitude"]) == [0.51237, 0.51237]
    ring = full.rings.frame["geometry"].iloc[0]
    assert ring.bounds[3] - ring.bounds[1] == pytest.approx(10 / 110.6, rel=0.01)  # exact: 5 km each way
    assert seen.bounds is not None
    assert full.bounds is not None
    assert full.bounds[0] < 0.51237 < full.bounds[2]
    # The middle of what the task force gets is the middle of the cell, not the place.
    assert abs((seen.bounds[0] + seen.bounds[2]) / 2 - 0.51237) > 1e-3


def test_a_merge_counts_once_says_who_when_why_and_can_be_undone(workspace: Workspace, settings: Settings) -> None:
    def total() -> tuple[float, float]:
        found = answer_hexbin(World(workspace, settings), HexbinRequest(resolution=5), audience=CASE).totals.frame
        return found["incidents"].iloc[0], found["fatalities_best"].iloc[0]

    before = World(workspace, settings)
    assert total() == (4, 5)
    handle = say(workspace, settings, "same")
    assert total() == (3, 2)  # deaths of two sources are never added; "one" stands in front by its name
    assert counts(workspace, settings) == {"merged": 1, "open": 0, "likely": 0, "apart": 0}
    found = answer_review(*looked_at(workspace, settings), audience=CASE).decided.frame.iloc[0]
    assert (found["decision"], found["author"], found["reason"]) == ("same", "task force", "same village")
    assert (found["members"], found["reports"], found["merge"]) == ("one:1;two:1", 2, handle)
    assert found["score"] > settings.triangulation.likely_share
    assert "reason" not in answer_review(*looked_at(workspace, settings), audience=TASK).decided.columns
    assert answer_choices(World(workspace, settings), DAY, audience=TASK).sources == ("one", "two")
    say(workspace, settings, "withdrawn", handle=handle, reason="two events after all")
    after = World(workspace, settings)
    pd.testing.assert_frame_equal(after.incidents, before.incidents)
    pd.testing.assert_frame_equal(after.reports, before.reports)
    assert total() == (4, 5)
    assert counts(workspace, settings)["open"] == 1
    told = workspace.history("merges", "one:1+two:1")
    assert list(told["decision"]) == ["same", "withdrawn"]
    assert list(told["reason"]) == ["same village", "two events after all"]
    assert workspace.verify() == []


def test_the_past_does_not_know_a_later_merge(workspace: Workspace, settings: Settings) -> None:
    known_at = max(record.imported_at for record in workspace.imports())
    say(workspace, settings, "same")
    assert len(World(workspace, settings).incidents) == 3
    assert len(World(workspace, settings, known_at=known_at).incidents) == 4


def test_not_the_same_leaves_both_and_the_queue(workspace: Workspace, settings: Settings) -> None:
    say(workspace, settings, "not_same", reason="two villages")
    assert counts(workspace, settings) == {"merged": 0, "open": 0, "likely": 0, "apart": 1}
    assert len(World(workspace, settings).incidents) == 4


def test_a_withdrawn_import_takes_its_member_along(workspace: Workspace, settings: Settings) -> None:
    handle = say(workspace, settings, "same")
    second = next(record for record in workspace.imports() if record.file_name == "two.csv")
    workspace.withdraw(second.import_id, reason="wrong file")
    world, scored = looked_at(workspace, settings)
    assert sorted(world.incidents["source"]) == ["one", "one"]
    assert counts(workspace, settings)["merged"] == 0
    found = answer_review(world, scored, audience=CASE).decided.frame
    assert list(found["reports"]) == [1]
    assert len(answer_pair(world, scored, handle, audience=CASE).reports.frame) == 1
    say(workspace, settings, "withdrawn", handle=handle)  # and the decision can still be taken back
    assert workspace.status()["warnings"] == [w for w in workspace.status()["warnings"] if "merges" not in w]


def test_two_reports_of_one_source_never_become_one(workspace: Workspace, settings: Settings) -> None:
    imported(workspace, "three", {"latitude": 0.489})
    world, scored = looked_at(workspace, settings)
    found = answer_review(world, scored, audience=CASE)
    assert counts(workspace, settings)["open"] == 2  # a third source joins the group by one more pair
    say(workspace, settings, "same")
    say(workspace, settings, "same")
    assert sorted(World(workspace, settings).incidents["source"]) == ["one", "one;three;two", "two"]
    # Somebody who still has the old queue on screen cannot join what was joined meanwhile.
    old = Verdict(handle=str(found.queue.frame["pair"].iloc[0]), decision="not_same", reason="x")
    with pytest.raises(StaleVersionError, match="read it again"):
        decide_pair(workspace, world, scored, old, audience=TASK)


def test_a_decision_that_contradicts_another_is_refused(workspace: Workspace, settings: Settings) -> None:
    imported(workspace, "three", {"latitude": 0.489})
    world, scored = looked_at(workspace, settings)
    handles = {str(pair): handle_of(world, scored, pair) for pair in scored.pairs["pair"]}
    say(workspace, settings, "same", handle=handles["one:1+two:1"])
    say(workspace, settings, "not_same", handle=handles["one:1+three:1"])
    with pytest.raises(RequestError, match="called not the same"):
        say(workspace, settings, "same", handle=handles["three:1+two:1"])
    assert counts(workspace, settings)["open"] == 0
    workspace.record(
        "merges",
        {"merge_id": "one:2+two:1", "members": "one:2;two:1", "decision": "same"},
        reason="from another office",
    )
    say(workspace, settings, "withdrawn", handle=handles["one:1+two:1"])
    with pytest.raises(RequestError, match="two reports of one into one incident"):
        say(workspace, settings, "same", handle=handles["one:1+two:1"])


def handle_of(world: World, scored: Scored, pair: str) -> str:
    """Handle of a pair that may not be first in the queue."""
    only = Scored(evidence=scored.evidence, pairs=scored.pairs.loc[scored.pairs["pair"] == pair])
    return str(answer_review(world, only, audience=TASK).queue.frame["pair"].iloc[0])


def test_no_reason_no_decision_and_no_unknown_pair(workspace: Workspace, settings: Settings) -> None:
    with pytest.raises(RequestError, match="give a reason"):
        say(workspace, settings, "same", reason="  ")
    with pytest.raises(RequestError, match="no pair of reports is called 'abc'"):
        say(workspace, settings, "same", handle="abc")
    assert len(workspace.table("merges")) == 0


def test_scores_are_worked_out_anew_only_when_reports_or_actors_change(
    workspace: Workspace, settings: Settings
) -> None:
    before = evidence_of(World(workspace, settings))
    say(workspace, settings, "same")
    assert evidence_of(World(workspace, settings)) == before
    actor = {"actor_id": "red", "name": "Red Band", "actor_type": "militia"}
    workspace.add(reading_of("actors", [actor]))
    assert evidence_of(World(workspace, settings)) != before


def test_an_empty_workspace_has_an_empty_queue(tmp_path: Path, settings: Settings) -> None:
    empty = open_workspace(tmp_path / "ws", author="test", create=True)
    assert counts(empty, settings, CASE) == {"merged": 0, "open": 0, "likely": 0, "apart": 0}
