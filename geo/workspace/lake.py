"""The lake: one folder per import, written whole or not at all, never changed afterwards.

``lake/IMPORT_ID/`` holds ``data.parquet`` (the stored rows, GeoParquet where there is geometry),
``rejects.parquet`` and ``rejects.csv`` (the same faults, raw and for spreadsheets), ``flags.parquet``
and ``manifest.json`` with the SHA-256 of each.

A folder is written and flushed under a passing name first (:func:`prepare`) and gets its real name by one
rename (:func:`keep`) inside the transaction that adds its row to ``imports``. So whoever holds the turn
to write knows: a named folder without a row belongs to nobody (:func:`sweep`). Passing folders carry no
lock; they are swept when nothing in them has changed for :data:`STALE_AFTER_S`, by a rename too, so a
writer that slept that long finds its folder gone and fails as a whole.
"""

import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from geo.contracts import FAULT_COLUMNS, spreadsheet_text
from geo.errors import StoreError
from geo.readers.reading import Reading

DATA_FILE = "data.parquet"
REJECTS_FILE = "rejects.parquet"
REJECTS_SHEET = "rejects.csv"
FLAGS_FILE = "flags.parquet"
MANIFEST_FILE = "manifest.json"
STALE_AFTER_S = 24 * 3600.0
_PASSING = ".incoming-"
_DOOMED = ".stale-"


def prepare(lake: Path, reading: Reading) -> Path:
    """Write a reading to a passing folder and flush it to the disk; return the folder.

    Raises
    ------
    StoreError
        When the disk is full or not writable; nothing is left behind.
    """
    folder = lake / f"{_PASSING}{secrets.token_hex(8)}"
    try:
        folder.mkdir(parents=True)
        frame = reading.frame.reset_index(drop=True)
        frame["source_line"] = reading.frame.index.to_numpy(dtype="int64")
        frame.to_parquet(folder / DATA_FILE, index=False)
        reading.rejects.to_parquet(folder / REJECTS_FILE, index=False)
        reading.flags.to_parquet(folder / FLAGS_FILE, index=False)
        _spreadsheet_safe(reading.rejects).to_csv(
            folder / REJECTS_SHEET, index=False, encoding="utf-8-sig", lineterminator="\n"
        )
        for file in sorted(folder.iterdir()):
            _flush(file)
        _flush(folder)
    except OSError as error:
        discard(folder)
        raise StoreError(f"cannot write the import: {error.strerror or error}; nothing was changed") from error
    return folder


def keep(folder: Path, *, import_id: str, facts: Mapping[str, Any]) -> str:
    """Add the manifest, give the folder its real name, and return the manifest's SHA-256.

    Call it only while holding the turn to write.
    """
    try:
        files = {file.name: sha256_of(file) for file in sorted(folder.iterdir()) if file.name != MANIFEST_FILE}
        manifest = json.dumps({"import_id": import_id, **facts, "files": files}, indent=1, ensure_ascii=False)
        (folder / MANIFEST_FILE).write_text(manifest + "\n", encoding="utf-8", newline="\n")
        _flush(folder / MANIFEST_FILE)
        _flush(folder)
        folder.replace(folder.parent / import_id)
        _flush(folder.parent)
    except OSError as error:
        raise StoreError(f"cannot write the import: {error.strerror or error}; nothing was changed") from error
    return hashlib.sha256((manifest + "\n").encode("utf-8")).hexdigest()


def discard(folder: Path) -> None:
    """Remove a passing folder; what cannot be removed now is swept later."""
    shutil.rmtree(folder, ignore_errors=True)


def strays(lake: Path, known: Collection[str]) -> list[Path]:
    """Folders that belong to no import, as far as one can tell without the turn to write."""
    return [folder for folder in sorted(lake.iterdir()) if folder.name not in known and _ownerless(folder)]


def sweep(lake: Path, known: Collection[str]) -> int:
    """Remove folders that belong to no import; return how many. Call it only while holding the turn to write."""
    found = strays(lake, known)
    for folder in found:
        doomed = lake / f"{_DOOMED}{secrets.token_hex(8)}"
        with suppress(FileNotFoundError):  # its writer gave up meanwhile and removed it itself
            folder.replace(doomed)
        discard(doomed)
    return len(found)


def _ownerless(folder: Path) -> bool:
    """Whether no writer can still want this folder."""
    if not folder.is_dir():
        return False
    if not folder.name.startswith(_PASSING):
        return True
    try:
        newest = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    except FileNotFoundError:
        return False  # its writer is at work
    return time.time() - newest > STALE_AFTER_S


def read_faults(file: Path) -> pd.DataFrame:
    """Read rejects or flags as they were found.

    Raises
    ------
    StoreError
        When the file is gone or damaged.
    """
    try:
        frame = pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise StoreError(f"{file} cannot be read ({error}); restore the workspace from a backup") from error
    return frame[FAULT_COLUMNS].astype({name: str for name in FAULT_COLUMNS if name != "line"})


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def altered_files(folder: Path, *, manifest_sha256: str) -> list[str]:
    """One sentence per file of an import that is gone or not as it was written."""
    manifest = folder / MANIFEST_FILE
    if not manifest.is_file():
        return [f"import {folder.name}: {MANIFEST_FILE} is gone"]
    if sha256_of(manifest) != manifest_sha256:
        return [f"import {folder.name}: {MANIFEST_FILE} was altered"]
    problems = []
    for name, expected in json.loads(manifest.read_text(encoding="utf-8"))["files"].items():
        if not (folder / name).is_file():
            problems.append(f"import {folder.name}: {name} is gone")
        elif sha256_of(folder / name) != expected:
            problems.append(f"import {folder.name}: {name} was altered")
    return problems


def _flush(path: Path) -> None:
    """Make a file or folder survive a power cut. Windows cannot flush a folder and need not."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _spreadsheet_safe(rejects: pd.DataFrame) -> pd.DataFrame:
    """Return faults as a spreadsheet may open them."""
    return rejects.assign(**{name: spreadsheet_text(rejects[name]) for name in ("column", "value", "reason")})
