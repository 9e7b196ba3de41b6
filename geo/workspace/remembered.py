"""What was worked out once and can be worked out again: named arrays of numbers, by the content they come from.

One file per key beside the lake: a SHA-256 over key and arrays, then the arrays (NumPy's npz, never a pickle). It is
written under a passing name and renamed, so a reader sees all of it or nothing. A file that is damaged or of other
content counts as none: it is only ever a way to be quicker.
"""

import hashlib
import io
import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

MOST_FILES = 3  # of one kind; those not used for longest go first
_STALE_AFTER_S = 24 * 3600.0
_OWNER_ONLY = 0o700
_DIGEST_BYTES = 32
Arrays = Mapping[str, npt.NDArray[Any]]
Made = TypeVar("Made")
_log = logging.getLogger(__name__)


def recall(folder: Path, kind: str, key: str, make: Callable[[Arrays], Made]) -> Made | None:
    """Make of stored arrays what they stand for; nothing where none are stored or they are damaged.

    Parameters
    ----------
    key
        Text that says all the arrays come from, fit for a file name.
    make
        Raises ``KeyError``, ``TypeError`` or ``ValueError`` for arrays that are not what it needs.
    """
    file = _file(folder, kind, key)
    try:
        with np.load(io.BytesIO(_content(file, key)), allow_pickle=False) as arrays:
            made = make({name: arrays[name] for name in arrays.files})
    except FileNotFoundError:
        return None
    except (OSError, KeyError, TypeError, ValueError) as error:
        _log.warning("%s cannot be used (%s); made anew", file.name, error)
        return None
    with suppress(OSError):
        os.utime(file)  # used just now
    return made


def remember(folder: Path, kind: str, key: str, arrays: Arrays) -> None:
    """Store arrays, and drop what was not used for longest; a full or closed disk only means it is made again."""
    file = _file(folder, kind, key)
    passing = folder / f".incoming-{secrets.token_hex(8)}"
    try:
        folder.mkdir(exist_ok=True, mode=_OWNER_ONLY)
        packed = io.BytesIO()
        np.savez(packed, allow_pickle=False, **arrays)
        with passing.open("wb") as opened:
            opened.write(_digest(key, packed.getbuffer()))
            opened.write(packed.getbuffer())
        passing.replace(file)
        _drop_old(folder, kind)
    except OSError as error:
        _log.warning("%s cannot be kept (%s); it will be made again", file.name, error.strerror or error)
    finally:
        with suppress(OSError):
            passing.unlink(missing_ok=True)


def _content(file: Path, key: str) -> memoryview:
    """Arrays as they were written; raises ``ValueError`` where they are not, or were written for another key."""
    stored = memoryview(file.read_bytes())
    digest, content = stored[:_DIGEST_BYTES], stored[_DIGEST_BYTES:]
    if digest != _digest(key, content):
        raise ValueError("not as it was written")
    return content


def _digest(key: str, content: memoryview) -> bytes:
    digest = hashlib.sha256(key.encode("utf-8") + b"\n")
    digest.update(content)
    return digest.digest()


def _file(folder: Path, kind: str, key: str) -> Path:
    return folder / f"{kind}-{key}.npz"


def _drop_old(folder: Path, kind: str) -> None:
    """Remove files beyond the most that are kept, and passing ones whose writer is long gone."""
    used: dict[Path, float] = {}
    for file in folder.iterdir():
        with suppress(FileNotFoundError):  # another process removed it meanwhile
            used[file] = file.stat().st_mtime
    named = sorted((file for file in used if file.name.startswith(f"{kind}-")), key=lambda file: -used[file])
    stale = [file for file in used if file.name.startswith(".incoming-") and time.time() - used[file] > _STALE_AFTER_S]
    for file in (*named[MOST_FILES:], *stale):
        with suppress(OSError):  # another process removed it, or reads it on Windows
            file.unlink()
