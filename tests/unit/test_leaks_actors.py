"""What must not leave, searched for in the answer about one actor. Silent risks: engagement or a source of evidence below
the task force; a point to the metre below the case team; a licensed record as a row; an id that tells by how it is
refused; a commitment an heir broke that reads as kept; an answer as known then that knows more."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geo.__main__ import main
from geo.answers.actor import ActorAnswer, answer_actor
from geo.answers.names import answer_names
from geo.answers.world import World
from geo.errors import UnknownRecordError
from geo.model import ActorRequest, Audience
from geo.settings import Settings
from geo.workspace import open_workspace
from tests.toy_country import BOUNDARIES, event, table_top, toy_workspace
from tests.unit.test_leaks import assert_no_canary, cleared_parts, exports_of, words_of

DAY = dt.date(2020, 6, 30)
TASK, CASE, CLUSTER, PUBLIC = Audience.TASK_FORCE, Audience.CASE_TEAM, Audience.CLUSTER, Audience.PUBLIC
CANARIES: dict[str, Audience | None] = {
    "Zorgband": CLUSTER,
    "Zorgalias": TASK,
    "Yulmandate": TASK,
    "Heirmandate": TASK,
    "Focalrole": TASK,
    "Elderrole": TASK,
    "road_map": TASK,
    "Counterrole": TASK,
    "Commitsource": TASK,
    "Linksource": TASK,
    "commit-id": TASK,
    "alert_network": TASK,
    "Qimplace": CASE,
    "0.71239": CASE,
    "1.61237": CASE,
    "own:77": None,
    "presence-secret": Audience.CASE_TEAM,
    "srcid:9": None,
    "acled:": None,
    "Acledplace": None,
}
# Of names to settle and settled; the licensed report is the only one that calls itself Onceband.
NAME_CANARIES: dict[str, Audience | None] = {
    "Twiceband": TASK,
    "Onceband": TASK,
    "Settledband": TASK,
    "zorg-id": TASK,
    "Zorgalias": TASK,
    "Reason Ulm": CASE,
    "Yulmandate": None,
    "Focalrole": None,
    "own:": None,
    "acled:": None,
    "2019-12-24": None,  # the day of the licensed report
    "Acledplace": None,
    "Qimplace": None,
    "1.61237": None,
    "srcid:9": None,
    "name-": None,
}


def tables() -> dict[str, list[dict[str, Any]]]:
    engaged = {
        "mandate_holder": "Yulmandate", "mandate_heir": "Heirmandate", "mandate_until": "2020-06-30",
        "focal_point": "Focalrole", "intermediary": "Elderrole", "engagement": "road_map", "last_contact": "2020-07-01",
        "aliases": "Zorgalias", "source_ids": "srcid:9",
    }  # fmt: skip
    reports = [
        event(
            n, f"2020-0{n}-10", "exact", actor_a="Zorgband", place="Qimplace", violation="abduction", longitude=1.61237
        )
        | {"incident_id": f"own:77{n}", "source": "own"}
        for n in (1, 2, 3)
    ]
    licensed = event(9, "2020-05-05", "exact", actor_a="Zorgband", place="Acledplace", violation="killing")
    return {
        "boundaries": BOUNDARIES,
        "actors": [
            {"actor_id": "elder-id", "name": "Elderband", "actor_type": "militia"},
            {"actor_id": "zorg-id", "name": "Zorgband", "actor_type": "militia", "listed_for": "killing; Abduction",
             "listed_since": "2020-07-01", **engaged},
        ],
        "actor_links": [
            {"link_id": "link-1", "from_actor_id": "zorg-id", "to_actor_id": "elder-id", "kind": "splinter_of",
             "valid_from": "2020-02-01", "source": "Linksource"},
        ],
        "commitments": [
            {"commitment_id": "commit-id", "actor_id": "elder-id", "kind": "action_plan", "status": "in_force",
             "signed_on": "2019-01-01", "violations": "abduction", "counterpart": "Counterrole",
             "source": "Commitsource"},
            {"commitment_id": "commit-2", "actor_id": "zorg-id", "kind": "action_plan", "status": "broken",
             "status_on": "2020-04-01", "follows_id": "commit-id"},
        ],
        "presence": [
            {"presence_id": "presence-secret", "actor_id": "zorg-id", "observed_on": "2020-06-01", "reliability": "a", "credibility": 1,
             "place_precision": "exact", "source_type": "alert_network", "longitude": 0.71239, "latitude": 0.48761},
        ],
        "incidents": [*reports, licensed | {"incident_id": "acled:AC1", "source": "acled"}],
    }  # fmt: skip


def asked(actor_id: str = "zorg-id", as_of: dt.date = DAY, known_at: dt.date | None = None) -> ActorRequest:
    return ActorRequest(actor_id=actor_id, as_of=as_of, known_at=known_at)


@pytest.fixture(scope="module")
def world(settings: Settings) -> World:
    return table_top(settings, tables())


@pytest.mark.parametrize("audience", list(Audience))
def test_no_canary_in_any_table_or_export(world: World, audience: Audience) -> None:
    answer = answer_actor(world, asked(), audience=audience)
    assert_no_canary(words_of(answer), audience, "answer", CANARIES)
    parts = list(cleared_parts(answer))
    assert len(parts) == 7
    for part in parts:
        assert_no_canary(part.frame.to_csv(), audience, part.view, CANARIES)
        for content in exports_of(part):
            assert_no_canary(content, audience, f"export of {part.view}", CANARIES)


def test_the_search_finds_what_the_case_team_may_see(world: World) -> None:
    answer = answer_actor(world, asked(), audience=CASE)
    seen = "".join(part.frame.to_csv() for part in cleared_parts(answer))
    for canary, least in CANARIES.items():
        assert (canary in seen) == (least is not None), canary


def test_public_gets_the_same_whoever_it_asks_for(world: World) -> None:
    said = []
    for actor_id in ("zorg-id", "elder-id", "nobody"):
        answer = answer_actor(world, asked(actor_id), audience=PUBLIC)
        assert all(part.withheld and part.frame.empty for part in cleared_parts(answer))
        said.append(words_of(answer).replace(actor_id, "ID"))
    assert len(set(said)) == 1
    with pytest.raises(UnknownRecordError, match="knows an actor 'nobody'"):
        answer_actor(world, asked("nobody"), audience=CLUSTER)


def test_the_day_decides_mandate_contact_listing_and_standing(world: World) -> None:
    def row(as_of: dt.date) -> Any:
        return answer_actor(world, asked(as_of=as_of), audience=TASK).record.frame.iloc[0]

    assert row(DAY)["mandate_holder"] == "Yulmandate"
    assert row(dt.date(2020, 7, 1))["mandate_holder"] == "Heirmandate"
    assert pd.isna(row(DAY)["last_contact"])
    assert pd.isna(row(DAY)["listed_for"])
    assert row(dt.date(2020, 7, 1))["listed_for"] == "killing;abduction"
    standings = {}
    for day in (dt.date(2020, 1, 31), dt.date(2020, 3, 31), DAY):
        found = answer_actor(world, asked(as_of=day), audience=TASK).commitments.frame
        standings[day.month] = dict(zip(found["commitment_id"], found["standing"], strict=True))
    assert standings == {1: {}, 3: {"commit-id": "inherited"}, 6: {"commit-2": "own", "commit-id": "broken"}}
    inherited = (
        answer_actor(world, asked(), audience=TASK).commitments.frame.set_index("commitment_id").loc["commit-id"]
    )
    assert (inherited["incidents_since"], inherited["linked_on"]) == (2, pd.Timestamp("2020-02-01"))


def test_licensed_records_count_and_never_leave_as_rows(world: World) -> None:
    answer = answer_actor(world, asked(), audience=CASE)
    assert answer.evidence.statement.licensed_rows == 1
    assert answer.evidence.frame["kind"].tolist() == ["presence", "incident", "incident", "incident"]
    assert answer.quarters.frame["pieces"].tolist() == [3, 2]
    assert answer.violations.frame[["violation", "incidents"]].to_numpy().tolist() == [["killing", 1], ["abduction", 3]]
    weights = answer.evidence.frame["weight"].tolist()
    assert weights[0] == pytest.approx(2 * 0.5 ** (29 / 540))
    assert weights[1:] == sorted(weights[1:], reverse=True)


def test_known_at_answers_as_a_copy_of_the_workspace_would_have(settings: Settings, tmp_path: Path) -> None:
    workspace = toy_workspace(tmp_path / "now", tables())
    then = dt.datetime.now(tz=dt.UTC)
    shutil.copytree(tmp_path / "now", tmp_path / "then")
    edits = {"status": "broken", "status_on": "2020-01-15"}
    workspace.edit("commitments", "commit-id", edits, reason="breach reported")
    workspace.edit("actors", "zorg-id", {"mandate_holder": "Newholder", "mandate_until": ""}, reason="handed over")

    def told(one: World) -> ActorAnswer:
        return answer_actor(one, asked(), audience=CASE)

    before = told(World(open_workspace(tmp_path / "then", author="test"), settings))
    again = told(World(workspace, settings, known_at=then))
    for old, new in zip(cleared_parts(before), cleared_parts(again), strict=True):
        pd.testing.assert_frame_equal(old.frame, new.frame)
    assert told(World(workspace, settings)).record.frame["mandate_holder"].tolist() == ["Newholder"]


def names_workspace(folder: Path) -> Path:
    """A workspace whose actors share names, one of them settled."""
    made = tables()
    for actor in made["actors"]:
        actor["aliases"] = f"{actor.get('aliases', '')};Twiceband;Onceband".strip(";")
    named = [
        event(20, "2020-01-15", "exact", actor_a="Twiceband", longitude=1.61237, place="Qimplace")
        | {"incident_id": "own:20"},
        event(21, "2019-12-24", "exact", actor_a="Onceband", place="Acledplace")
        | {"incident_id": "acled:21", "source": "acled"},
        event(22, "2020-01-16", "exact", actor_a="Settledband"),
    ]
    workspace = toy_workspace(folder, {**made, "incidents": [*made["incidents"], *named]})
    values = {"name_id": "name-1", "name": "Settledband", "actor_id": "zorg-id"}
    workspace.record("actor_names", values, reason="Reason Ulm")
    workspace.close()
    return folder


@pytest.mark.parametrize("audience", list(Audience))
def test_no_canary_of_a_name_in_any_table_export_or_command(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], audience: Audience
) -> None:
    folder = names_workspace(tmp_path / "w")
    answer = answer_names(World(open_workspace(folder, author="test"), settings), audience=audience)
    assert_no_canary(words_of(answer), audience, "answer", NAME_CANARIES)
    parts = list(cleared_parts(answer))
    assert len(parts) == 4
    for part in parts:
        for content in exports_of(part):
            assert_no_canary(content, audience, f"export of {part.view}", NAME_CANARIES)
    assert main(["names", "--audience", str(audience), "--workspace", str(folder)]) == 0
    printed = capsys.readouterr()
    assert_no_canary(printed.out + printed.err, audience, "names", NAME_CANARIES)
    for canary, least in NAME_CANARIES.items():
        assert (canary in printed.out) == (least is not None and audience.may_see(least)), canary


@pytest.mark.parametrize("audience", list(Audience))
def test_no_canary_is_printed_by_actor_or_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], audience: Audience
) -> None:
    folder = names_workspace(tmp_path / "w")
    asking = ["actor", "zorg-id", "--as-of", "2020-06-30", "--audience", str(audience), "--workspace", str(folder)]
    assert main(asking) == 0
    printed = capsys.readouterr()
    assert_no_canary(printed.out + printed.err, audience, "actor", CANARIES)
    assert ("Focalrole" in printed.out) == audience.may_see(TASK)
    assert ("0.71239" in printed.out) == audience.may_see(CASE)
    assert main(["status", "--workspace", str(folder)]) == 0
    printed = capsys.readouterr()
    # The span of days of each table is public by [disclosure.imports]; nothing of any record is.
    unprinted = {canary: None for canary in {**CANARIES, **NAME_CANARIES} if canary != "2019-12-24"}
    assert_no_canary(printed.out + printed.err, PUBLIC, "status", unprinted)
