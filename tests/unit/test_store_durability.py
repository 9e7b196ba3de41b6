"""Silent risks here: an import half there after a crash or a full disk; an edit lost between two people; what was
acknowledged gone after a kill; a row or file altered and nobody told."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from geo.errors import StaleVersionError, StoreError
from geo.workspace import Workspace, database, lake, ledger, open_workspace, registry
from geo.workspace.database import DATABASE_FILE
from tests.toy_readings import INCIDENTS, base, incident, reading_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace of a planner."""
    made = open_workspace(tmp_path / "ws", author="planner", create=True)
    yield made
    made.close()


def _again(workspace: Workspace) -> Workspace:
    """The same workspace as another process sees it."""
    return open_workspace(workspace.path, author="planner")


def _tampered(workspace: Workspace, statement: str) -> list[str]:
    with closing(sqlite3.connect(workspace.path / DATABASE_FILE)) as file, file:
        file.execute(statement)
    return workspace.verify()


@pytest.fixture
def used(workspace: Workspace) -> Workspace:
    """A workspace with two imports, three revisions and a withdrawal."""
    workspace.add(INCIDENTS)
    workspace.add(reading_of("bases", [base("A", people=1), base("B")]))
    workspace.edit("bases", "A", {"name": "new"}, reason="seen")
    gone = workspace.add(reading_of("incidents", [incident(7)]))
    workspace.withdraw(gone.import_id, reason="wrong")
    assert workspace.verify() == []
    return workspace


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE revisions SET record_values = replace(record_values, 'new', 'old') WHERE position = 3",
            "revisions: row 3 was altered (bases A version 2)",
        ),
        (
            "UPDATE revisions SET author = 'nobody' WHERE position = 1",
            "revisions: row 1 was altered (bases A version 1)",
        ),
        ("UPDATE imports SET rows_rejected = 0 WHERE position = 1", "imports: row 1 was altered (import ucdp-"),
        ("UPDATE withdrawals SET reason = 'x'", "withdrawals: row 1 was altered (import incidents-"),
        ("DELETE FROM revisions WHERE position = 2", "revisions: row 2 is gone, row 3 follows instead"),
        ("DELETE FROM revisions WHERE position = 3", "revisions: the chain ends at row 2, but 3 rows were sealed"),
        ("DELETE FROM withdrawals", "withdrawals: the chain ends at row 0, but 1 rows were sealed"),
        ("DELETE FROM chain_heads WHERE chain = 'imports'", "imports: the chain ends at row 3, but no length were"),
        (
            "UPDATE revisions SET previous_hash = '' WHERE position = 2",
            "revisions: row 2 does not follow the row before",
        ),
        ("DELETE FROM imports WHERE position = 3", "withdrawals: import incidents-"),
    ],
)
def test_any_altered_or_missing_row_is_found(used: Workspace, statement: str, said: str) -> None:
    assert any(said in problem for problem in _tampered(used, statement)), used.verify()


def test_altered_and_missing_files_are_found(used: Workspace) -> None:
    first, second, _ = used.imports()
    with (used.lake / first.import_id / "rejects.csv").open("a") as file:
        file.write("12,x,y,z\n")
    for file_path in (used.lake / second.import_id).iterdir():
        file_path.unlink()
    (used.lake / second.import_id).rmdir()
    assert used.verify() == [
        f"import {first.import_id}: rejects.csv was altered",
        f"import {second.import_id}: its folder is gone",
    ]


def test_counts_that_were_wrong_from_the_start_are_found(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = lake.prepare

    def lose_a_row(folder: Path, reading: Any) -> Path:
        passing = real(folder, reading)
        pd.read_parquet(passing / "data.parquet").iloc[1:].to_parquet(passing / "data.parquet", index=False)
        return passing

    monkeypatch.setattr(lake, "prepare", lose_a_row)
    record = workspace.add(INCIDENTS)
    assert workspace.verify() == [
        f"import {record.import_id}: 1 rows stored and 1 rejected, but 2 and 1 of 3 were recorded"
    ]


def test_a_damaged_registry_file_is_found(used: Workspace) -> None:
    used.close()
    file = used.path / DATABASE_FILE
    content = bytearray(file.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    file.write_bytes(bytes(content))
    (used.path / f"{DATABASE_FILE}-wal").unlink(missing_ok=True)
    assert used.verify() != []


class _PowerCut(BaseException):
    """Nothing after this runs, as if the power were gone."""


def _cut_after(monkeypatch: pytest.MonkeyPatch, steps: int) -> list[str]:
    """Let so many writes happen, then cut; return the steps that were taken."""
    taken: list[str] = []

    def guard(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def step(*args: Any, **kwargs: Any) -> Any:
            if len(taken) >= steps:
                raise _PowerCut
            taken.append(name)
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, step)

    guard(lake.os, "fsync")
    guard(Path, "write_text")
    guard(Path, "replace")
    guard(ledger, "append")
    guard(registry, "store_import")
    guard(lake.shutil, "rmtree")  # what a dying process would clean up, it does not
    return taken


@pytest.mark.parametrize("table", ["incidents", "bases"])
def test_a_crash_at_any_step_leaves_before_or_after(tmp_path: Path, table: str) -> None:
    rows = [incident(1)] if table == "incidents" else [base("A")]
    reading = reading_of(table, rows)
    for steps in range(40):
        workspace = open_workspace(tmp_path / str(steps), author="planner", create=True)
        empty = workspace.version()
        with pytest.MonkeyPatch.context() as patch:
            taken = _cut_after(patch, steps)
            try:
                workspace.add(reading)
                done = True
            except _PowerCut:
                done = False
        for folder in workspace.lake.iterdir():  # a day later
            for path in (*folder.iterdir(), folder):
                os.utime(path, (1, 1))
        after = _again(workspace)
        kept = len(after.imports())
        assert len(after.table(table)) == kept, taken
        assert {path.name for path in after.lake.iterdir()} == {one.import_id for one in after.imports()}, taken
        assert after.verify() == [], taken
        assert (after.version() == empty) == (kept == 0), taken
        if done:
            assert kept == 1
            break
        assert after.add(reading).duplicate_of is None or kept == 1
        workspace.close()
        after.close()
    else:
        pytest.fail("the import never ended")
    assert {"fsync", "replace", "append"} <= set(taken)


def test_an_import_another_process_is_writing_is_left_alone(workspace: Workspace) -> None:
    passing = lake.prepare(workspace.lake, INCIDENTS)
    assert _again(workspace).tidy() == 0
    assert passing.is_dir()


def test_a_full_disk_changes_nothing(workspace: Workspace) -> None:
    workspace.add(reading_of("bases", [base("A")]))
    before, tables = workspace.version(), workspace.table("bases")
    with workspace.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    sa.event.listen(
        workspace.engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count={pages}").fetchone() and None
    )
    workspace.engine.dispose()
    many = reading_of("bases", [base(f"b{number}", name="x" * 200) for number in range(200)])
    with pytest.raises(StoreError, match=r"the disk is full: .* was left as it was; free some space and try again"):
        workspace.add(many)
    fresh = _again(workspace)
    assert fresh.version() == before
    pd.testing.assert_frame_equal(fresh.table("bases"), tables)
    assert len(list(fresh.lake.iterdir())) == 1
    assert fresh.verify() == []


def test_a_writer_that_never_lets_go_is_named(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    impatient = _again(workspace)
    with closing(sqlite3.connect(workspace.path / DATABASE_FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"another process has been writing to .* try again"):
            impatient.add(INCIDENTS)
        other.execute("ROLLBACK")
    assert list(impatient.lake.iterdir()) == []
    assert impatient.add(INCIDENTS).duplicate_of is None


def test_no_edit_is_lost_when_eight_people_save_at_once(workspace: Workspace) -> None:
    workspace.add(reading_of("bases", [base("A", women_interviewers=0)]))
    stale = []

    def work() -> None:
        own = _again(workspace)
        for _ in range(25):
            while True:
                row = own.table("bases").iloc[0]
                try:
                    value = int(row["women_interviewers"]) + 1
                    own.edit(
                        "bases", "A", {"women_interviewers": value}, reason="r", expect_version=int(row["version"])
                    )
                    break
                except StaleVersionError:
                    stale.append(1)
        own.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = workspace.table("bases").iloc[0]
    assert (int(row["women_interviewers"]), int(row["version"])) == (200, 201)
    assert stale, "the threads never met; the test proves nothing"
    assert workspace.verify() == []


def test_threads_may_share_one_workspace(workspace: Workspace) -> None:
    readings = [reading_of("incidents", [incident(number)], content=str(number % 4)) for number in range(8)]
    faults: list[BaseException] = []

    def work(reading: Any) -> None:
        try:
            workspace.add(reading)
            workspace.table("incidents")
        except BaseException as error:  # noqa: BLE001
            faults.append(error)

    threads = [threading.Thread(target=work, args=(reading,)) for reading in readings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(workspace.imports()) == 4  # each file came twice at the same time
    assert len(list(workspace.lake.iterdir())) == 4
    assert workspace.verify() == []


_OPEN_AND_ADD = """
import sys
from pathlib import Path
from geo.workspace import open_workspace
from tests.toy_readings import base, reading_of
workspace = open_workspace(Path(sys.argv[1]), author="planner", create=True)
print("open", flush=True)
for number in range(int(sys.argv[2])):
    workspace.add(reading_of("bases", [base(f"{sys.argv[3]}-{number}")]))
    print(number, flush=True)
"""


def _child(path: Path, count: int, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", _OPEN_AND_ADD, str(path), str(count), name]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_processes_may_make_and_fill_one_workspace_together(tmp_path: Path) -> None:
    children = [_child(tmp_path / "ws", 3, name) for name in "abc"]
    assert [child.wait() for child in children] == [0, 0, 0]
    for child in children:
        assert child.stdout is not None
        child.stdout.close()
    workspace = open_workspace(tmp_path / "ws", author="planner")
    assert len(workspace.table("bases")) == 9
    assert workspace.verify() == []


def test_what_was_acknowledged_before_a_kill_is_there(tmp_path: Path) -> None:
    for attempt in range(3):
        child = _child(tmp_path / "ws", 10_000, f"k{attempt}")
        assert child.stdout is not None
        said = child.stdout.readline()
        time.sleep(0.15 + 0.1 * attempt)
        child.send_signal(signal.SIGKILL)
        said += child.stdout.read()
        child.stdout.close()
        child.wait()
        acknowledged = [line for line in said.splitlines() if line != "open"]
        workspace = open_workspace(tmp_path / "ws", author="planner")
        ids = workspace.table("bases")["base_id"]
        stored = ids[ids.str.startswith(f"k{attempt}-")]
        assert len(acknowledged) <= len(stored) <= len(acknowledged) + 1
        assert workspace.verify() == []
        workspace.close()
