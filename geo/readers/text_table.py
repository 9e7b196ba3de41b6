"""Any delimited text file as columns of text, each row with the physical line it starts in.

Splitting is done by ``pyarrow.csv`` on bytes already brought to UTF-8 with plain line feeds: it reads a
global UCDP file (300,000 rows, 49 columns) several times faster than Python's ``csv`` and keeps only the
columns asked for, so the narratives never enter memory as cells. DuckDB's reader was not taken: it needs an
extension from the network for cp1252, and stops at its own idea of types. pyarrow counts records but not
lines, so line numbers come from the bytes: a line feed ends a record when the number of quotation marks
before it is even. Where that count is not certain, because a mark stands inside a cell that does not begin with
one or is never closed, or where pyarrow finds another number of records, the whole file is split by Python's
``csv``: exact, and three times slower.

Row numbers: a row's index is the 1-based physical line its first character stands in, the header being line 1
when nothing precedes it. Lines without any value are passed over and counted in a note. A row with more or
fewer cells than the header is rejected.
"""

import csv
import io
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import csv as pa_csv

from geo.contracts import faults
from geo.errors import ImportRefusedError
from geo.readers.archives import opened
from geo.readers.record_lines import record_lines
from geo.readers.text_encoding import may_be_double_encoded, mend_columns, read_decoded

DELIMITERS = (",", ";", "\t")
_SAMPLE_RECORDS = 20
_SAMPLE_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 22
_REPEATED = pa.dictionary(pa.int32(), pa.string())
_WHOLE_ROW = "(row)"  # column named in a fault that concerns the row as such
TAGS_SKIPPED = "second header row of HXL tags skipped"

# Given the first record of a file, the column names of a known layout without header, or None.
Headerless = Callable[[Sequence[str]], Sequence[str] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTable:
    """A delimited text file, or one sheet of a workbook, every cell as text."""

    file_name: str
    columns: tuple[str, ...]  # all names of the file, in lower case, blanks and line breaks single blanks
    frame: pd.DataFrame  # the wanted columns, text or categories of text; index = physical line
    rejects: pd.DataFrame  # rows with a wrong number of cells
    flags: pd.DataFrame  # doubly encoded or lost letters
    rows_read: int  # rows of the file except header, HXL tags and lines without value
    encoding: str | None  # None for a workbook
    delimiter: str  # empty for a workbook
    notes: tuple[str, ...] = ()

    def need(self, names: Collection[str], *, what: str) -> None:
        """Refuse the file in one sentence when it lacks any of the named columns.

        Raises
        ------
        ImportRefusedError
            Naming the absent columns and those found.
        """
        absent = [name for name in names if name not in self.columns]
        if absent:
            shown = ", ".join(name[:40] for name in self.columns[:12]) + (", …" if len(self.columns) > 12 else "")
            raise ImportRefusedError(
                f"{self.file_name} is not {what}: it has no column {', '.join(absent)} (it has {shown})"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Records:
    """Rows split into cells, before anything is made of them."""

    cells: pd.DataFrame  # wanted columns
    line: npt.NDArray[np.int64]  # physical line of each row of cells
    ragged: list[tuple[int, int]]  # (line, number of cells)
    blank: int  # records without any value


def read_text_table(
    path: Path,
    *,
    wanted: Collection[str] | None = None,
    headerless: Headerless | None = None,
    zipped: bool = False,
    repeated: Collection[str] = (),
    if_empty: str = "nothing was imported",
) -> TextTable:
    """Read a CSV, semicolon or tab separated file as text.

    Parameters
    ----------
    wanted
        Lower-case column names to keep; those absent from the file are left out. None keeps all.
    headerless
        Recognises a known layout from the first record when the file has no header row.
    zipped
        The file may also be a zip that holds exactly one CSV.
    repeated
        Columns whose few values stand in many rows: they may come as categories, each value held once.
    if_empty
        What a refusal says after "has a header but 0 rows; ".

    Raises
    ------
    ImportRefusedError
        When the file is missing, empty, not text, has no rows, or names a wanted column twice.
    """
    with opened(path, suffixes=(".csv",)) if zipped else nullcontext(path) as inner:
        decoded = read_decoded(inner, shown_name=path.name)
    content = decoded.content
    delimiter = _find_delimiter(content)
    names, body, notes = _find_header(content, delimiter, path.name, wanted=wanted, headerless=headerless)
    keep = [name for name in names if wanted is None or name in wanted] or names[:1]
    first_line = content.count(b"\n", 0, body) + 1
    split = _split_fast(content, body, names, keep=keep, delimiter=delimiter, repeated=repeated)
    if split is None:
        split = _split_exactly(content, body, names, keep=keep, delimiter=delimiter, file_name=path.name)
    rows_read = len(split.line) + len(split.ragged)
    if rows_read == 0:
        raise ImportRefusedError(f"{path.name} has a header but 0 rows; {if_empty}")
    if split.blank:
        notes.append(f"lines without any value passed over: {split.blank}")
    frame = split.cells.set_axis(pd.Index(split.line + (first_line - 1), name="line"), axis=0)
    flags: list[tuple[object, str, object, str]] = []
    if may_be_double_encoded(content):
        frame, flags = mend_columns(frame.astype("str"))
    if decoded.encoding == "cp1252":
        notes.append("not UTF-8; read as cp1252 (Western Windows)")
    return TextTable(
        file_name=path.name,
        columns=tuple(names),
        frame=frame,
        rejects=faults(
            (line + first_line - 1, _WHOLE_ROW, f"{cells} cells", f"the header has {len(names)} cells")
            for line, cells in split.ragged
        ),
        flags=faults(flags),
        rows_read=rows_read,
        encoding=decoded.encoding,
        delimiter=delimiter,
        notes=tuple(notes),
    )


def _reader(content: bytes | str, delimiter: str) -> Any:
    """Python's csv over text or UTF-8 bytes; a cell may be as long as the file."""
    csv.field_size_limit(max(csv.field_size_limit(), len(content) + 1))
    text = (
        io.StringIO(content, newline="")
        if isinstance(content, str)
        else io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors="replace", newline="")
    )
    return csv.reader(text, delimiter=delimiter)


def _sample(content: bytes, delimiter: str) -> list[list[str]]:
    """First records that hold anything."""
    head = content[:_SAMPLE_BYTES]
    records: list[list[str]] = []
    for record in _reader(head, delimiter):
        if any(cell.strip() for cell in record):
            records.append(record)
        if len(records) == _SAMPLE_RECORDS:
            break
    return records


def _find_delimiter(content: bytes) -> str:
    """Return the sign that splits most of the first records into as many cells as the first one.

    A file of one column has no delimiter; it counts as comma separated.
    """

    def score(delimiter: str) -> tuple[float, int]:
        widths = [len(record) for record in _sample(content, delimiter)]
        if not widths or widths[0] < 2:
            return (0.0, 0)
        return (sum(width == widths[0] for width in widths) / len(widths), widths[0])

    return max(DELIMITERS, key=score)


def _find_header(
    content: bytes,
    delimiter: str,
    file_name: str,
    *,
    wanted: Collection[str] | None,
    headerless: Headerless | None,
) -> tuple[list[str], int, list[str]]:
    """Return column names, the byte where the rows begin, and notes (headerless layout, HXL tags)."""
    notes: list[str] = []
    first, body = _record_at(content, 0, delimiter)
    known = headerless(first) if headerless is not None else None
    if known is not None:
        notes.append(f"no header row; read as the known layout of {len(known)} columns")
        return list(known), 0, notes
    names = unique_names(first, file_name, wanted=wanted)
    if body < len(content):
        second, after = _record_at(content, body, delimiter)
        if is_tag_row(second):
            notes.append(TAGS_SKIPPED)
            body = after
    return names, body, notes


def _record_at(content: bytes, start: int, delimiter: str) -> tuple[list[str], int]:
    """Return the first record with any value from a byte on, and the byte after it."""
    while start < len(content):
        end, marks = start, 0
        while end < len(content) and (end == start or marks % 2):
            line_end = content.find(b"\n", end)
            after = len(content) if line_end < 0 else line_end + 1
            marks += content.count(b'"', end, after)
            end = after
        record: list[str] = next(_reader(content[start:end], delimiter), [])
        if any(cell.strip() for cell in record):
            return record, end
        start = end
    return [], len(content)


def is_tag_row(record: Sequence[str]) -> bool:
    """Tell a row of HXL tags: more than half of the cells that hold anything start with #."""
    tags = [cell for cell in record if cell.strip()]
    return sum(cell.strip().startswith("#") for cell in tags) > len(tags) / 2


def unique_names(header: Sequence[str], file_name: str, *, wanted: Collection[str] | None) -> list[str]:
    """Lower-case names; an unnamed column gets its number, a repeated one a suffix (refused when wanted)."""
    names: list[str] = []
    for number, cell in enumerate(header, start=1):
        name = plain_name(cell) or f"column_{number}"
        if name in names:
            if wanted is not None and name in wanted:
                raise ImportRefusedError(f"{file_name} has the column {name!r} twice; remove or rename one")
            name = next(f"{name}.{k}" for k in range(2, len(header) + 2) if f"{name}.{k}" not in names)
        names.append(name)
    return names


def plain_name(cell: str) -> str:
    """Bring the name of a column to lower case, blanks and line breaks to single blanks."""
    return " ".join(cell.lower().split())


def _split_fast(
    content: bytes,
    body: int,
    names: Sequence[str],
    *,
    keep: Sequence[str],
    delimiter: str,
    repeated: Collection[str] = (),
) -> _Records | None:
    """Split with pyarrow; None when its records cannot be matched with physical lines for certain."""
    start, end, line, certain = record_lines(content, body, delimiter)
    if not certain:
        return None
    if len(start) == 0:
        return _Records(cells=pd.DataFrame(columns=list(keep), dtype="str"), line=line, ragged=[], blank=0)
    invalid: list[tuple[int, int, bool]] = []  # record number from 0, cells, has any value

    def note(row: Any) -> str:
        invalid.append((int(row.number) - 1, int(row.actual_columns), _has_value(row.text, delimiter)))
        return "skip"

    try:
        # One thread: several take half as much memory again and do not know the numbers of rows.
        table = pa_csv.read_csv(
            pa.BufferReader(pa.py_buffer(content).slice(body)),
            read_options=pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES, column_names=list(names)),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note),
            convert_options=pa_csv.ConvertOptions(
                include_columns=list(keep),
                column_types={name: _REPEATED if name in repeated else pa.string() for name in keep},
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows + len(invalid) != len(start):
        return None
    sound = np.ones(len(start), dtype=bool)
    sound[[number for number, _, _ in invalid]] = False
    ragged = [(int(line[number]), width) for number, width, valued in invalid if valued]
    cells = cast("pd.DataFrame", table.to_pandas())
    cells = cells.astype({name: "str" for name in keep if name not in repeated})
    line = line[sound]
    blank = _blank_rows(cells, content, start[sound], end[sound], delimiter)
    if blank.any():
        cells, line = cells.loc[~blank].reset_index(drop=True), line[~blank]
    return _Records(
        cells=cells,
        line=line,
        ragged=ragged,
        blank=int(blank.sum()) + sum(not valued for _, _, valued in invalid),
    )


def _blank_rows(
    cells: pd.DataFrame, content: bytes, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64], delimiter: str
) -> npt.NDArray[np.bool_]:
    """Rows of the right width in which no cell of the file, wanted or not, has a value."""
    empty = np.ones(len(cells), dtype=bool)
    for column in cells.columns:
        empty &= _is_blank(cells[column])
        if not empty.any():
            return empty
    for row in np.flatnonzero(empty):
        empty[row] = not _has_value(content[start[row] : end[row]].decode("utf-8"), delimiter)
    return empty


def _is_blank(column: pd.Series) -> npt.NDArray[np.bool_]:
    """Tell which cells hold nothing but blanks."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _is_blank(column.cat.categories.to_series())[column.cat.codes.to_numpy()]
    return np.asarray(column.str.strip() == "", dtype=bool)


def _has_value(record: str, delimiter: str) -> bool:
    """Tell whether any cell of a record holds more than blanks."""
    return any(cell.strip() for row in _reader(record, delimiter) for cell in row)


def _split_exactly(
    content: bytes, body: int, names: Sequence[str], *, keep: Sequence[str], delimiter: str, file_name: str
) -> _Records:
    """Split with Python's csv; used when quotation marks are not in pairs."""
    reader = _reader(content[body:], delimiter)
    picked = [names.index(name) for name in keep]
    rows: list[list[str]] = []
    lines: list[int] = []
    ragged: list[tuple[int, int]] = []
    blank = 0
    before = 0
    for record in reader:
        line, before = before + 1, reader.line_num
        if not any(cell.strip() for cell in record):
            blank += bool(record)
        elif len(record) == len(names):
            rows.append([record[position] for position in picked])
            lines.append(line)
        else:
            ragged.append((line, len(record)))
    _refuse_open_quote(content, body, delimiter, last_line=line if before else 1, file_name=file_name)
    cells = pd.DataFrame(rows, columns=list(keep), dtype="str")
    return _Records(cells=cells, line=np.array(lines, dtype=np.int64), ragged=ragged, blank=blank)


def _refuse_open_quote(content: bytes, body: int, delimiter: str, *, last_line: int, file_name: str) -> None:
    """Refuse a file whose last record is a quotation mark that swallowed the rest."""
    position = body
    for _ in range(last_line - 1):
        position = content.find(b"\n", position) + 1
    tail = content[position:].decode("utf-8")
    try:
        list(csv.reader(io.StringIO(tail, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            line = content.count(b"\n", 0, position) + 1
            raise ImportRefusedError(
                f"{file_name}: a quotation mark opened in line {line} is never closed; nothing was imported"
            ) from error
