"""One sheet of an Excel workbook (.xlsx) as the table of text that its CSV would give.

A workbook is known by what the zip holds, never by its name. It is unpacked once without keeping anything, under
the limits of :mod:`geo.readers.archives`, before openpyxl sees it. Cells become text: dates in ISO form, whole numbers
without a point, booleans yes and no, formulas the value stored when the workbook was last saved. A formula without
such a value rejects its row, because the cell only looks empty; an error such as #REF! is flagged.

Of several sheets the first visible one whose header row has all needed columns is read, which a note says. The header
is the first row with any value. Row numbers are those the spreadsheet shows.
"""

import datetime as dt
import warnings
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils.exceptions import InvalidFileException

from geo.contracts import faults
from geo.errors import ImportRefusedError
from geo.readers.archives import MAX_UNPACKED_BYTES, entry_names, unpacked_blocks
from geo.readers.text_encoding import mend_columns
from geo.readers.text_table import TAGS_SKIPPED, TextTable, is_tag_row, plain_name, unique_names

MAX_CELLS = 20_000_000  # empty ones in between included: a sheet may claim a cell in its last corner
MAX_CHARACTERS = MAX_UNPACKED_BYTES  # of cells kept; many cells may share one long text of the file
HEAD_ROWS = 6  # rows with any value shown to whoever picks sheets
_LAST_ROW = 1_048_576
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_FORMULA = (b"<f>", b"<f ", b"<f/", b":f>", b":f ")
# All that openpyxl was seen to raise on damaged workbooks; both of its XML parsers raise kinds of SyntaxError.
_WORKBOOK_FAULTS = (
    *(SyntaxError, InvalidFileException, zipfile.BadZipFile, zlib.error),
    *(EOFError, OSError, LookupError, ValueError, TypeError, AttributeError, OverflowError, RuntimeError),
)
_Row = tuple[int, Sequence[object]]  # number shown in the spreadsheet, values up to the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """The sheet to read."""

    title: str
    header: list[str]
    header_line: int
    rows: list[tuple[int, list[str]]]  # line, wanted cells
    wanted: dict[str, int]  # position of each wanted column
    width: int  # columns up to the last value of any row
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPick:
    """What to take of one sheet: the row that names its columns, and the position of each wanted one."""

    header_line: int
    columns: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedSheet:
    """The picked columns of one sheet as text; nothing else of the sheet is held."""

    number: int  # place among the sheets of the workbook, from 1
    frame: pd.DataFrame  # index = row shown in the spreadsheet
    empty_formulas: pd.DataFrame  # faults of cells whose value was never stored


# Given the number of a sheet, its title and its first rows as text: what to take of it, or None.
PickSheet = Callable[[int, str, Sequence[tuple[int, list[str]]]], SheetPick | None]


def is_workbook(path: Path) -> bool:
    """Tell an .xlsx workbook by its content.

    Raises
    ------
    ImportRefusedError
        When the file is missing, a damaged zip, locked with a password, or a workbook of another kind.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(_OLD_OFFICE))
            locked = head == _OLD_OFFICE and _LOCKED in file.read()
    except OSError as error:
        raise ImportRefusedError(f"cannot read {path}: {error.strerror}") from error
    if locked:
        raise ImportRefusedError(f"{path.name} is locked with a password; save the workbook without one")
    if head == _OLD_OFFICE:
        raise ImportRefusedError(f"{path.name} is an old Excel workbook (.xls); save it as .xlsx or CSV")
    if not head.startswith(b"PK\x03\x04"):
        return False
    names = entry_names(path)
    if "xl/workbook.bin" in names:
        raise ImportRefusedError(f"{path.name} is a binary Excel workbook (.xlsb); save it as .xlsx or CSV")
    return {"[Content_Types].xml", "xl/workbook.xml"} <= names


def read_workbook(path: Path, *, wanted: Collection[str], needed: Collection[str]) -> TextTable:
    """Read one sheet of an .xlsx workbook as text.

    Parameters
    ----------
    wanted
        Lower-case column names to keep; those absent from the sheet are left out.
    needed
        Column names a header row must have for its sheet to be read.

    Raises
    ------
    ImportRefusedError
        When the workbook is damaged or too large, or of several sheets none fits, or the sheet has no rows.
    """
    has_formulas = _check_parts(path)
    with _opened(path, stored_values=True) as book:
        sheet = _read_sheet(book, path.name, wanted=wanted, needed=needed)
    empty_formulas = _formulas_without_value(path, sheet) if has_formulas else faults()
    lines = [line for line, _ in sheet.rows]
    if not lines and empty_formulas.empty:
        raise ImportRefusedError(f"{path.name} has a header but 0 rows; nothing was imported")
    cells = pd.DataFrame([cells for _, cells in sheet.rows], columns=list(sheet.wanted), dtype="str")
    frame, doubts = mend_columns(cells.set_axis(pd.Index(lines, name="line", dtype="int64"), axis=0))
    rows_read = len(set(lines) | set(empty_formulas["line"]))
    notes = list(sheet.notes)
    blank = max(lines, default=sheet.header_line) - sheet.header_line - len(lines) - (TAGS_SKIPPED in notes)
    if blank:
        notes.append(f"lines without any value passed over: {blank}")
    header = sheet.header + [""] * (sheet.width - len(sheet.header))
    return TextTable(
        file_name=path.name,
        columns=tuple(unique_names(header, path.name, wanted=wanted)),
        frame=frame,
        rejects=empty_formulas,
        flags=pd.concat([faults(doubts), _errors(frame)], ignore_index=True),
        rows_read=rows_read,
        encoding=None,
        delimiter="",
        notes=tuple(notes),
    )


def read_picked_sheets(path: Path, *, pick: PickSheet) -> list[PickedSheet]:
    """Read the picked columns of every picked visible sheet of an .xlsx workbook as text.

    Rows above and including the header row are left out, and a row of HXL tags right under it.

    Raises
    ------
    ImportRefusedError
        When the workbook is damaged or too large.
    """
    has_formulas = _check_parts(path)
    found: list[tuple[int, _Sheet]] = []
    with _opened(path, stored_values=True) as book:
        for number, sheet in enumerate(book.worksheets, start=1):
            rows = _valued_rows(sheet, path.name) if sheet.sheet_state == "visible" else iter(())
            head = list(islice(rows, HEAD_ROWS))
            picked = pick(number, sheet.title, [(line, [_as_text(value) for value in row]) for line, row in head])
            if not head or picked is None:
                continue
            below = (row for row in chain(head, rows) if row[0] > picked.header_line)
            kept, width, _ = _text_rows(below, dict(picked.columns), path.name)
            found.append(
                (
                    number,
                    _Sheet(
                        title=sheet.title,
                        header=[],
                        header_line=picked.header_line,
                        rows=kept,
                        wanted=dict(picked.columns),
                        width=width,
                        notes=(),
                    ),
                )
            )
    return [
        PickedSheet(
            number=number,
            frame=pd.DataFrame(
                [cells for _, cells in sheet.rows],
                columns=list(sheet.wanted),
                index=pd.Index([line for line, _ in sheet.rows], name="line", dtype="int64"),
                dtype="str",
            ),
            empty_formulas=_formulas_without_value(path, sheet) if has_formulas else faults(),
        )
        for number, sheet in found
    ]


def _check_parts(path: Path) -> bool:
    """Unpack every part once; refuse too large ones and document types; tell whether there are formulas."""
    has_formulas, before, tail = False, "", b""
    for name, block in unpacked_blocks(path):
        text = (tail if name == before else b"") + block
        if b"<!DOCTYPE" in text and not name.startswith("xl/media/"):  # drawings have one
            raise ImportRefusedError(f"{path.name}: its part {name!r} declares a document type, as no spreadsheet does")
        has_formulas = has_formulas or any(mark in text for mark in _FORMULA)
        before, tail = name, block[-len(b"<!DOCTYPE") :]
    return has_formulas


@contextmanager
def _opened(path: Path, *, stored_values: bool) -> Iterator[Workbook]:
    """Open a workbook with openpyxl, which goes by the name of a path but not of an open file."""
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            # It warns of styles, drop-down lists and the like that it leaves out; values are not among them.
            warnings.simplefilter("ignore", UserWarning)
            book = load_workbook(file, read_only=True, data_only=stored_values, keep_links=False)
            with closing(book):
                yield book
    except ImportRefusedError:
        raise
    except _WORKBOOK_FAULTS as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ImportRefusedError(f"{path.name} is a damaged workbook ({reason}); open it and save it anew") from error


def _read_sheet(book: Workbook, file_name: str, *, wanted: Collection[str], needed: Collection[str]) -> _Sheet:
    """Find the first visible sheet that fits, and read it; a single sheet is read whatever its header."""
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    for sheet in visible:
        rows = _valued_rows(sheet, file_name)
        header_line, first = next(rows, (0, ()))
        header = [_as_text(value) for value in first]
        if set(needed) <= {plain_name(cell) for cell in header} or (len(visible) == 1 and header):
            break
    else:
        if len(visible) < 2:
            raise ImportRefusedError(f"{file_name} is empty: no visible sheet holds a value; nothing was imported")
        titles = ", ".join(repr(sheet.title) for sheet in visible[:8])
        raise ImportRefusedError(
            f"{file_name}: none of its {len(visible)} sheets ({titles}) has a first row with the columns "
            f"{', '.join(needed)}"
        )
    others = ", ".join(repr(other.title) for other in book.worksheets if other.title != sheet.title)
    names = unique_names(header, file_name, wanted=wanted)
    positions = {name: place for place, name in enumerate(names) if name in wanted} or {names[0]: 0}
    kept, width, tagged = _text_rows(rows, positions, file_name)
    return _Sheet(
        title=sheet.title,
        header=header,
        header_line=header_line,
        rows=kept,
        wanted=positions,
        width=max(width, len(header)),
        notes=(
            *((f"sheet {sheet.title!r} read; sheets left out: {others}",) if others else ()),
            *((TAGS_SKIPPED,) if tagged else ()),
        ),
    )


def _valued_rows(sheet: Any, file_name: str) -> Iterator[_Row]:
    """Give rows with any value, each cut after its last value.

    The size a sheet states of itself is not believed: some programs write A1 there, and the rest would be lost.
    """
    sheet.reset_dimensions()
    room = MAX_CELLS
    for line, values in enumerate(sheet.iter_rows(min_row=1, min_col=1, values_only=True), start=1):
        room -= max(len(values), 1)
        if room < 0 or line > _LAST_ROW:
            raise ImportRefusedError(
                f"{file_name}: sheet {sheet.title!r} spans more than {MAX_CELLS:,} cells or {_LAST_ROW:,} rows; "
                "delete what stands far from the table"
            )
        end = len(values)
        while end and values[end - 1] is None:
            end -= 1
        if any(not isinstance(value, str) or value.strip() for value in values[:end] if value is not None):
            yield line, values[:end]


def _text_rows(
    rows: Iterator[_Row], positions: dict[str, int], file_name: str
) -> tuple[list[tuple[int, list[str]]], int, bool]:
    """Return line and wanted cells of each row, the width of the widest, and whether HXL tags came first."""
    kept: list[tuple[int, list[str]]] = []
    width, tagged, room = 0, False, MAX_CHARACTERS
    for number, (line, values) in enumerate(rows):
        width = max(width, len(values))
        if number == 0 and _is_tags(values):
            tagged = True
            continue
        cells = [_as_text(values[place]) if place < len(values) else "" for place in positions.values()]
        room -= sum(map(len, cells))
        if room < 0:
            raise ImportRefusedError(f"{file_name} holds more than {MAX_CHARACTERS:,} characters; divide it")
        kept.append((line, cells))
    return kept, width, tagged


def _is_tags(values: Sequence[object]) -> bool:
    """Tell a row of HXL tags from one of failed formulas."""
    texts = [_as_text(value) for value in values]
    return is_tag_row(texts) and not any(text in ERROR_CODES for text in texts)


def _as_text(value: object) -> str:
    """Write one value as our CSV templates would."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(timespec="seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value).replace("\r\n", "\n").replace("\r", "\n")


def _formulas_without_value(path: Path, sheet: _Sheet) -> pd.DataFrame:
    """Rejects for wanted cells with a formula whose value was never stored, as programs without a calculator write.

    A stored empty text is a value: its cell says that it is text.
    """
    found: list[tuple[object, str, object, str]] = []
    reason = "formula without a stored value; open the workbook in a spreadsheet program and save it"
    with _opened(path, stored_values=True) as stored, _opened(path, stored_values=False) as written:
        pair = [next(s for s in book.worksheets if s.title == sheet.title) for book in (stored, written)]
        for one in pair:
            one.reset_dimensions()
        for line, (values, formulas) in enumerate(zip(*(one.iter_rows() for one in pair), strict=True), start=1):
            if line > sheet.header_line:
                found += [
                    (line, name, "", reason)
                    for name, place in sheet.wanted.items()
                    if place < len(formulas)
                    and formulas[place].data_type == "f"
                    and values[place].value is None
                    and values[place].data_type == "n"
                ]
    return faults(found)


def _errors(frame: pd.DataFrame) -> pd.DataFrame:
    """Flags for cells in which the spreadsheet shows an error."""
    return faults(
        (line, str(name), value, "the spreadsheet shows an error here; kept as found")
        for name in frame.columns
        for line, value in frame.loc[frame[name].isin(ERROR_CODES), name].items()
    )
