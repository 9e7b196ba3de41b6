"""Silent risks here: arrays of other roads taken for these; a damaged file that is used, or ends in a traceback; a folder
that grows for good; half a file read while another process writes it."""

import io
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo.workspace.remembered import MOST_FILES, recall, remember
from tests.conftest import ROOT

ARRAYS = {"numbers": np.arange(1000), "shares": np.linspace(0, 1, 7)}


def total(arrays: Mapping[str, Any]) -> float:
    return float(arrays["numbers"].sum() + arrays["shares"].sum())


def kept(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_what_is_remembered_is_recalled_by_its_key_and_kind_alone(tmp_path: Path) -> None:
    folder = tmp_path / "remembered"
    assert recall(folder, "network", "aa", total) is None
    remember(folder, "network", "aa", ARRAYS)
    assert recall(folder, "network", "aa", total) == 499_503.5
    assert recall(folder, "network", "ab", total) is None
    assert recall(folder, "other", "aa", total) is None
    assert kept(folder) == ["network-aa.npz"]
    if sys.platform != "win32":
        assert folder.stat().st_mode & 0o077 == 0


def pickled() -> bytes:
    out = io.BytesIO()
    np.savez(out, numbers=np.array([{"a": 1}], dtype=object))
    return out.getvalue()


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda whole: whole[:-1],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:400] + bytes([whole[400] ^ 1]) + whole[401:],
        lambda whole: whole[32:],  # the arrays without their digest
        lambda _: pickled(),
        lambda _: b"PK\x03\x04 something else altogether" * 9,
    ],
)
def test_a_damaged_or_foreign_file_counts_as_none_and_is_said(
    tmp_path: Path, damage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    remember(tmp_path, "network", "aa", ARRAYS)
    file = tmp_path / "network-aa.npz"
    file.write_bytes(damage(file.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert recall(tmp_path, "network", "aa", total) is None
    assert [record.getMessage() for record in caplog.records] == [
        "network-aa.npz cannot be used (not as it was written); made anew"
    ]
    remember(tmp_path, "network", "aa", ARRAYS)
    assert recall(tmp_path, "network", "aa", total) == 499_503.5


def test_a_file_of_another_key_or_of_other_arrays_counts_as_none(tmp_path: Path) -> None:
    remember(tmp_path, "network", "aa", ARRAYS)
    (tmp_path / "network-aa.npz").rename(tmp_path / "network-bb.npz")
    assert recall(tmp_path, "network", "bb", total) is None
    remember(tmp_path, "network", "cc", {"numbers": np.arange(3)})
    assert recall(tmp_path, "network", "cc", total) is None


def test_no_pickle_is_ever_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        remember(tmp_path, "network", "aa", {"numbers": np.array([None], dtype=object)})
    assert kept(tmp_path) == []


def test_few_files_are_kept_and_those_used_last_stay(tmp_path: Path) -> None:
    for number in range(MOST_FILES):
        remember(tmp_path, "network", f"k{number}", ARRAYS)
        os.utime(tmp_path / f"network-k{number}.npz", (1000 + number, 1000 + number))
    crashed = tmp_path / ".incoming-00"
    crashed.write_bytes(b"half")
    os.utime(crashed, (1, 1))
    remember(tmp_path, "other", "k0", ARRAYS)
    assert recall(tmp_path, "network", "k0", total) is not None
    remember(tmp_path, "network", "new", ARRAYS)
    assert kept(tmp_path) == ["network-k0.npz", "network-k2.npz", "network-new.npz", "other-k0.npz"]


def test_a_disk_that_refuses_only_means_that_nothing_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "remembered"
    blocked.write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING):
        remember(blocked, "network", "aa", ARRAYS)
    assert "network-aa.npz cannot be kept" in caplog.text
    assert recall(blocked, "network", "aa", total) is None


WRITER = """
import sys
from pathlib import Path
from tests.unit.test_remembered import ARRAYS, total
from geo.workspace.remembered import MOST_FILES, recall, remember

folder = Path(sys.argv[1])
for number in range(60):
    remember(folder, "network", f"k{number % (MOST_FILES + 2)}", ARRAYS)
    found = recall(folder, "network", f"k{(number + 1) % (MOST_FILES + 2)}", total)
    assert found in (None, 499_503.5), found
"""


def test_two_processes_at_once_see_all_or_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [writer.communicate()[1] for writer in writers] == ["", ""]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert len(kept(tmp_path)) <= MOST_FILES + 1  # the last two may have written together
