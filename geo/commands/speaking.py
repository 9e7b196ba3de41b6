"""How the command line speaks: JSON or bytes to stdout, words and progress to stderr."""

import json
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
