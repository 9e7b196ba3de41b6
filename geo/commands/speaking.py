"""How the command line speaks: JSON or bytes to stdout, words and progress to stderr."""

import errno
import json
import os
import sys
from pathlib import Path
from typing import Any

from geo.errors import RequestError


def say(words: str) -> None:
    """Write words to stderr."""
    sys.stderr.write(f"{words}\n")


def answer(document: Any) -> None:
    """Write one JSON document to stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")


def check_place(out: Path) -> None:
    """Refuse a file that cannot be written, before what it takes minutes to compute is computed.

    Raises
    ------
    RequestError
        When it is a folder, or its own folder is absent or not to be written to.
    """
    try:
        if out.is_dir():
            fault = errno.EISDIR
        elif not out.parent.is_dir():
            fault = errno.ENOENT
        else:
            fault = 0 if os.access(out if out.exists() else out.parent, os.W_OK) else errno.EACCES
    except OSError as error:  # e.g. a name too long
        fault = error.errno or errno.EINVAL
    if fault:
        raise RequestError(f"cannot write {out}: {os.strerror(fault)}; choose another place with --out")


def deliver(content: bytes, out: Path | None) -> None:
    """Write bytes to a file, saying where, or to stdout.

    Raises
    ------
    RequestError
        When the file cannot be written.
    """
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise RequestError(f"cannot write {out}: {error.strerror}; choose another place with --out") from error
    answer({"out": str(out), "bytes": len(content)})
