"""Silent risks here: a folder that gets its name before its bytes are on the disk; a sweep that takes an
import somebody is still writing; a reject a spreadsheet would run; a file altered and nobody notices."""

import errno
import json
import os
from pathlib import Path

import pandas as pd
import pytest

from geo.errors import StoreError
from geo.workspace import lake
from tests.toy_readings import incident, reading_of

READING = reading_of(
    "incidents",
    [incident(1), incident(2)],
    rejects=[(4, "latitude", "=HYPERLINK(1)", "not a finite number"), (5, "date_start", "-", "not a date")],
    flags=[(2, "fatalities_best", "3", "above high")],
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The lake of a workspace, empty."""
    made = tmp_path / "lake"
    made.mkdir()
    return made


def test_an_import_is_a_folder_with_data_rejects_flags_and_manifest(folder: Path) -> None:
    digest = lake.keep(lake.prepare(folder, READING), import_id="ucdp-1", facts={"rows_read": 4})
    kept = folder / "ucdp-1"
    assert sorted(file.name for file in kept.iterdir()) == [
        "data.parquet", "flags.parquet", "manifest.json", "rejects.csv", "rejects.parquet",
    ]  # fmt: skip
    manifest = json.loads((kept / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["import_id"], manifest["rows_read"]) == ("ucdp-1", 4)
    assert manifest["files"]["data.parquet"] == lake.sha256_of(kept / "data.parquet")
    assert digest == lake.sha256_of(kept / "manifest.json")
    assert pd.read_parquet(kept / "data.parquet")["source_line"].tolist() == [2, 3]
    pd.testing.assert_frame_equal(lake.read_faults(kept / "flags.parquet"), READING.flags)


def test_every_byte_is_flushed_before_the_folder_gets_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    real_open, real_fsync, real_replace = os.open, os.fsync, Path.replace
    opened: dict[int, str] = {}

    def watch_open(path: Path, flags: int) -> int:
        handle = real_open(path, flags)
        opened[handle] = Path(path).name
        return handle

    def watch_fsync(handle: int) -> None:
        real_fsync(handle)
        done.append(opened[handle])

    def watch_replace(self: Path, target: Path) -> Path:
        done.append("RENAME")
        return real_replace(self, target)

    monkeypatch.setattr(lake.os, "open", watch_open)
    monkeypatch.setattr(lake.os, "fsync", watch_fsync)
    monkeypatch.setattr(Path, "replace", watch_replace)
    lake.keep(lake.prepare(folder, READING), import_id="ucdp-1", facts={})
    before, after = done[: done.index("RENAME")], done[done.index("RENAME") + 1 :]
    assert {"data.parquet", "rejects.parquet", "rejects.csv", "flags.parquet", "manifest.json"} <= set(before)
    assert before[-1].startswith(".incoming-")
    assert after == ["lake"]


def test_rejects_for_a_spreadsheet_run_nothing_and_the_raw_ones_stay_raw(folder: Path) -> None:
    passing = lake.prepare(folder, READING)
    lines = (passing / "rejects.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines == [
        "line,column,value,reason",
        "4,latitude,'=HYPERLINK(1),not a finite number",
        "5,date_start,'-,not a date",
    ]
    assert lake.read_faults(passing / "rejects.parquet")["value"].tolist() == ["=HYPERLINK(1)", "-"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_each_formula_sign_is_defused(folder: Path, sign: str) -> None:
    reading = reading_of("incidents", [], rejects=[(2, "place", sign + "1", "bad")])
    cell = pd.read_csv(lake.prepare(folder, reading) / "rejects.csv", encoding="utf-8-sig", dtype=str)["value"][0]
    assert cell.startswith("'")


def test_a_full_disk_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(lake.os, "fsync", full)
    with pytest.raises(StoreError, match="cannot write the import: No space left on device; nothing was changed"):
        lake.prepare(folder, READING)
    assert list(folder.iterdir()) == []


def test_a_name_that_cannot_be_given_is_refused_in_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passing = lake.prepare(folder, READING)
    lake.discard(passing)
    with pytest.raises(StoreError, match="nothing was changed"):
        lake.keep(passing, import_id="ucdp-1", facts={})
    monkeypatch.undo()


def _age(folder: Path, seconds: float) -> None:
    then = folder.stat().st_mtime - seconds
    for path in (*folder.iterdir(), folder):
        os.utime(path, (then, then))


def test_only_folders_nobody_can_want_are_strays(folder: Path) -> None:
    being_written = lake.prepare(folder, READING)
    forgotten = lake.prepare(folder, READING)
    _age(forgotten, lake.STALE_AFTER_S + 60)
    for name in ("known", "without-a-row"):
        lake.keep(lake.prepare(folder, READING), import_id=name, facts={})
    (folder / "note.txt").write_text("a file is not ours to remove")
    assert lake.strays(folder, ["known"]) == sorted([forgotten, folder / "without-a-row"])
    assert lake.sweep(folder, ["known"]) == 2
    assert {path.name for path in folder.iterdir()} == {being_written.name, "known", "note.txt"}


def test_a_folder_that_still_changes_inside_is_being_written(folder: Path) -> None:
    passing = lake.prepare(folder, READING)
    _age(passing, lake.STALE_AFTER_S + 60)
    os.utime(passing / "data.parquet")
    assert lake.strays(folder, []) == []


def test_alteration_is_named_by_file(folder: Path) -> None:
    digest = lake.keep(lake.prepare(folder, READING), import_id="ucdp-1", facts={})
    kept = folder / "ucdp-1"
    assert lake.altered_files(kept, manifest_sha256=digest) == []
    with (kept / "data.parquet").open("r+b") as file:
        file.seek(8)
        file.write(b"x")
    (kept / "flags.parquet").unlink()
    assert lake.altered_files(kept, manifest_sha256=digest) == [
        "import ucdp-1: data.parquet was altered",
        "import ucdp-1: flags.parquet is gone",
    ]
    (kept / "manifest.json").write_text("{}")
    assert lake.altered_files(kept, manifest_sha256=digest) == ["import ucdp-1: manifest.json was altered"]
    (kept / "manifest.json").unlink()
    assert lake.altered_files(kept, manifest_sha256=digest) == ["import ucdp-1: manifest.json is gone"]


def test_faults_that_cannot_be_read_are_said_so(tmp_path: Path) -> None:
    (tmp_path / "torn.parquet").write_bytes(b"PAR1")
    for name in ("absent.parquet", "torn.parquet"):
        with pytest.raises(StoreError, match="restore the workspace from a backup"):
            lake.read_faults(tmp_path / name)
