"""Bytes of a text file: refuse what is not text, find the encoding, mend doubly encoded letters.

The encoding rule, in order: a byte-order mark decides; else valid UTF-8 is UTF-8; else the bytes are
taken for cp1252 (Western Windows), which is said in the provenance. Bytes that are neither are refused.
"""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geo.errors import ImportRefusedError

_CHUNK_BYTES = 1 << 22
_BLANKS = b" \t\r\n"
_NUL, _CR = b"\0", b"\r"
# First bytes of files that people rename to .csv, and what to do about each.
_NOT_TEXT = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save the sheet as CSV"),
    (b"%PDF", "a PDF document; ask the publisher for the table as CSV"),
    (b"\x1f\x8b", "compressed (gzip); unpack it first"),
    (b"SQLite format 3\x00", "an SQLite database, not a table of text"),
    (b"PAR1", "a Parquet file; save it as CSV"),
)
_HTML = re.compile(rb"^\s*<(!doctype\s+html|html|head|body|\?xml|!--)", re.IGNORECASE)
# cp1252 gives 27 of the bytes 0x80-0x9f letters of their own; this turns them back into those bytes.
_TO_LATIN_1 = {
    ord(bytes([byte]).decode("cp1252")): byte
    for byte in range(0x80, 0xA0)
    if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}  # undefined in cp1252
}
# A UTF-8 lead byte shown as a letter, then a continuation byte shown as a sign. É and È are not among the
# letters: they stand before a closing guillemet in sound French.
_CONTINUATION = "".join(map(chr, (*range(0x80, 0xC0), *_TO_LATIN_1)))
_DOUBLE_ENCODED = re.compile(f"[ÂÃÄÅÎÏÐÑØÙâ][{_CONTINUATION}]")
# The same at byte level in a UTF-8 file: lead letters U+00C2..U+00E2 all start with byte C3.
_HINT = re.compile(rb"\xc3[\x82-\x85\x8e-\x91\x98\x99\xa2](\xc2[\x80-\xbf]|\xc5|\xc6\x92|\xcb|\xe2[\x80\x82\x84])")
_LOST = "\ufffd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A text file as UTF-8 bytes with plain line feeds, and the encoding it was found in."""

    content: bytes
    encoding: str  # as written in provenance: utf-8, utf-8 with BOM, cp1252, utf-16 with BOM


def read_decoded(path: Path, *, shown_name: str | None = None) -> Decoded:
    """Read a text file whole and bring it to UTF-8 with line feeds only; physical lines keep their number.

    Parameters
    ----------
    shown_name
        What refusals call the file when not by its own name, as one that came in a zip.

    Raises
    ------
    ImportRefusedError
        When the file is missing, empty, a web page, binary, or in no known encoding.
    """
    shown_name = shown_name or path.name
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ImportRefusedError(f"cannot read {path}: {error.strerror}") from error
    # The beginning first: a stripped copy of a whole file takes as much memory as the file.
    if not raw[:_CHUNK_BYTES].strip(_BLANKS) and not raw.strip(_BLANKS):
        raise ImportRefusedError(f"{shown_name} is empty ({len(raw)} bytes); nothing was imported")
    for magic, meaning in _NOT_TEXT:
        if raw.startswith(magic):
            raise ImportRefusedError(f"{shown_name} is {meaning}")
    content, encoding = _decoded(raw, shown_name)
    if _HTML.match(content[:512]):
        raise ImportRefusedError(f"{shown_name} is a web page or XML, not a table; download the data file itself")
    if _NUL in content:
        line = content.count(b"\n", 0, content.index(_NUL)) + 1
        raise ImportRefusedError(f"{shown_name} is not text: it has a NUL byte in line {line}")
    if _CR in content:
        content = content.replace(b"\r\n", b"\n").replace(_CR, b"\n")
    return Decoded(content=content, encoding=encoding)


def _decoded(raw: bytes, name: str) -> tuple[bytes, str]:
    """Return UTF-8 bytes without byte-order mark, and the encoding found."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return raw.decode("utf-16").encode("utf-8"), "utf-16 with BOM"
        except (UnicodeDecodeError, UnicodeEncodeError) as error:
            raise ImportRefusedError(
                f"{name} starts like UTF-16 but is not: {error.reason}; save it as UTF-8"
            ) from error
    encoding = "utf-8"
    if raw.startswith(codecs.BOM_UTF8):
        raw, encoding = raw[len(codecs.BOM_UTF8) :], "utf-8 with BOM"
    if _is_utf8(raw):
        return raw, encoding
    if _NUL in raw:
        raise ImportRefusedError(f"{name} is binary, not text: it has NUL bytes and is no UTF-8")
    try:
        return raw.decode("cp1252").encode("utf-8"), "cp1252"
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ImportRefusedError(
            f"{name} is neither UTF-8 nor cp1252: byte 0x{raw[error.start]:02x} in line {line}; save it as UTF-8"
        ) from error


def _is_utf8(raw: bytes) -> bool:
    """Tell whether all bytes are UTF-8, without building the whole text."""
    if raw.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(raw)
    try:
        for start in range(0, len(raw), _CHUNK_BYTES):
            decoder.decode(view[start : start + _CHUNK_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def mend(text: str) -> str:
    """Undo double encoding where that loses nothing ("DÃ©koa" becomes "Dékoa"), else return the text as given.

    The text is mended only when *all* of it, written back as cp1252 or Latin-1 bytes, is valid UTF-8:
    encoding the result again the wrong way gives the text as found.
    """
    for _ in range(2):  # some files went through the wrong encoding twice
        if not _DOUBLE_ENCODED.search(text):
            return text
        try:
            text = text.translate(_TO_LATIN_1).encode("latin-1").decode("utf-8")
        except UnicodeError:
            return text
    return text


def may_be_double_encoded(content: bytes) -> bool:
    """Tell quickly whether UTF-8 content holds anything :func:`mend_columns` would notice."""
    return not content.isascii() and (_HINT.search(content) is not None or _LOST.encode() in content)


def mend_columns(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[object, str, object, str]]]:
    """Mend every text cell; return the new frame and one flag ``(line, column, original, reason)`` per doubt."""
    mended = frame.copy()
    flags: list[tuple[object, str, object, str]] = []
    for column in frame.columns:
        values = frame[column]
        unique = values.drop_duplicates()
        suspect = unique[unique.str.contains(_DOUBLE_ENCODED) | unique.str.contains(_LOST, regex=False)]
        if suspect.empty:
            continue
        better = {value: mend(value) for value in suspect}
        hit = values.isin(list(better))
        mended.loc[hit, column] = values[hit].map(better)
        flags += _doubts(values[hit].items(), str(column), better)
    return mended, flags


def _doubts(
    cells: Iterable[tuple[object, str]], column: str, better: dict[str, str]
) -> list[tuple[object, str, object, str]]:
    """One flag per suspicious cell, saying what was done about it."""
    reasons = {}
    for found, repaired in better.items():
        if _LOST in found:
            reasons[found] = "letters were already lost (�) when the file was made; kept as found"
        elif repaired != found:
            reasons[found] = f"doubly encoded letters, read as {repaired!r}"
        else:
            reasons[found] = "looks doubly encoded but cannot be mended without loss; kept as found"
    return [(line, column, found, reasons[found]) for line, found in cells]
