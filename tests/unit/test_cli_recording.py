"""Silent risks here: an edit over somebody else's; half an edit after a refusal; a mistyped id that makes a record; a
version printed that is not stored; an altered workspace that verifies."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from geo.workspace import open_workspace
from geo.workspace.database import DATABASE_FILE
from tests.toy_country import COUNTRY_TABLES, toy_workspace
from tests.unit.test_cli import Cli

WAITS = {"request_id": "case-1", "site_id": "site-west", "alerted_on": "2020-05-01", "status": "open", "girls": 2}


@pytest.fixture
def toy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    toy_workspace(tmp_path / "w", {**COUNTRY_TABLES, "requests": [WAITS]}).close()
    return Cli(tmp_path / "w", capsys)


def stored(cli: Cli) -> dict[str, object]:
    workspace = open_workspace(cli.workspace, author="test")
    row: dict[str, object] = workspace.table("requests").iloc[0].dropna().to_dict()
    workspace.close()
    return row


def test_an_edit_is_one_revision_of_all_its_fields(toy: Cli) -> None:
    found = toy.ask(
        "edit", "requests", "case-1", "--set", "blocked_by=escort;road", "status=planned", "--set", "girls=",
        "--reason", "convoy asked for", "--expect-version", "1",
    )  # fmt: skip
    assert found == {"id": "case-1", "version": 2}
    row = stored(toy)
    assert (row["version"], row["blocked_by"], row["status"]) == (2, "escort;road", "planned")
    assert "girls" not in row
    workspace = open_workspace(toy.workspace, author="test")
    assert workspace.history("requests", "case-1")["reason"].iloc[-1] == "convoy asked for"
    workspace.close()


def test_values_keep_equal_signs_signs_and_blanks(toy: Cli) -> None:
    toy.ask("edit", "sites", "site-west", "--set", "name=Camp = 7", "latitude=-0.25", "--reason", "seen")
    workspace = open_workspace(toy.workspace, author="test")
    row = workspace.table("sites").set_index("site_id").loc["site-west"]
    assert (row["name"], row["latitude"]) == ("Camp = 7", -0.25)
    workspace.close()


def test_a_stale_version_is_refused_and_shows_both(toy: Cli) -> None:
    toy.ask("edit", "requests", "case-1", "--set", "status=planned", "--reason", "first")
    said = toy.refused("edit", "requests", "case-1", "--set", "girls=9", "--reason", "second", "--expect-version", "1")
    assert "stands at version 2" in said
    assert "not at 1" in said
    assert "status open -> planned" in said
    assert (stored(toy)["girls"], stored(toy)["version"]) == (2, 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("requests", "case-1", "--set", "girls=many", "--reason", "x"), "not a whole number"),
        (("requests", "case-1", "--set", "girls=3", "status=gone", "--reason", "x"), "not one of open"),
        (("requests", "case-1", "--set", "girls=3", "mood=bad", "--reason", "x"), "no column 'mood'"),
        (("requests", "case-1", "--set", "girls", "--reason", "x"), "sets nothing; write FIELD=VALUE"),
        (("requests", "case-1", "--set", "=3", "--reason", "x"), "sets nothing"),
        (("requests", "case-1", "--set", "girls=3", "girls=4", "--reason", "x"), "girls is set twice"),
        (("requests", "case-1", "--set", "request_id=case-2", "--reason", "x"), "is the id of the record"),
        (("requests", "case-1", "--set", "girls=3", "--reason", " "), "give a reason"),
        (("requests", "case-1", "--set", "girls=3"), "--reason"),
        (("requests", "case-1", "--reason", "x"), "--set"),
        (("requests", "case-1", "--set", "status=", "--reason", "x"), "required value is missing"),
        (("requests", "case-l", "--set", "girls=3", "--reason", "x"), "near: case-1"),
        (("requests", "case-1", "--set", "girls=3", "--reason", "x", "--expect-version", "7"), "not at 7"),
        (("requests", "case-1", "--set", "girls=3", "--reason", "x", "--expect-version", "0"), "not at 0"),
        (("requests", "case-1", "--set", "girls=3", "--reason", "x", "--expect-version", "-1"), "0 or more"),
        (
            ("requests", "case-2", "--set", "girls=3", "--reason", "x", "--expect-version", "0"),
            "needs column 'site_id'",
        ),
        (("incidents", "ucdp:1", "--set", "place=X", "--reason", "x"), "is not edited; edit bases"),
        (("gossip", "1", "--set", "a=b", "--reason", "x"), "is not edited"),
    ],
)
def test_a_refusal_is_one_line_and_changes_nothing(toy: Cli, words: tuple[str, ...], said: str) -> None:
    before = open_workspace(toy.workspace, author="test")
    version = before.version()
    before.close()
    assert said in toy.refused("edit", *words)
    after = open_workspace(toy.workspace, author="test")
    assert after.version() == version
    after.close()


def test_a_new_record_is_made_by_who_says_that_there_is_none(toy: Cli) -> None:
    values = ("site_id=site-east", "alerted_on=2020-06-01", "status=open")
    made = toy.ask("edit", "requests", "case-2", "--set", *values, "--reason", "alert", "--expect-version", "0")
    assert made == {"id": "case-2", "version": 1}


def test_no_workspace_is_named_and_none_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli = Cli(tmp_path / "none", capsys)
    assert "there is no workspace" in cli.refused("edit", "sites", "a", "--set", "name=b", "--reason", "x")
    assert "there is no workspace" in cli.refused("verify")
    assert not (tmp_path / "none").exists()


def test_verify_finds_nothing_in_a_workspace_as_written(toy: Cli) -> None:
    toy.ask("edit", "requests", "case-1", "--set", "status=planned", "--reason", "x")
    assert toy.ask("verify") == {"problems": []}


def test_verify_tells_of_an_altered_row(toy: Cli) -> None:
    toy.ask("edit", "requests", "case-1", "--set", "status=planned", "--reason", "x")
    with closing(sqlite3.connect(toy.workspace / DATABASE_FILE)) as file, file:
        for (trigger,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f'DROP TRIGGER "{trigger}"')
        file.execute("UPDATE revisions SET reason = 'never said' WHERE reason = 'x'")
    assert toy.run("verify") == 2
    problems = json.loads(toy.out)["problems"]
    assert problems
    assert toy.words.count("\n") == 1
    assert problems[0] in toy.words


@pytest.mark.parametrize("harm", ["altered", "gone"])
def test_verify_tells_of_an_altered_file(toy: Cli, harm: str) -> None:
    folder = next(path for path in sorted((toy.workspace / "lake").iterdir()) if path.is_dir())
    if harm == "gone":
        shutil.rmtree(folder)
    else:
        with (folder / "data.parquet").open("ab") as file:
            file.write(b"x")
    assert toy.run("verify") == 2
    assert folder.name in toy.words
    assert "Traceback" not in toy.words
