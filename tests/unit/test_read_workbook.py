"""Silent risks here: a row lost because the sheet misstates its size; a formula nobody calculated read as an empty
cell; a date read as a number; the wrong sheet of several; rows numbered otherwise than the spreadsheet shows; a
workbook that unpacks without end."""

import csv
import datetime as dt
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geo.errors import ImportRefusedError
from geo.readers import archives, read_file, workbook
from geo.readers.reading import Reading
from geo.readers.templates import blank_template, read_template
from geo.readers.workbook import is_workbook

HEADER = ("base_id", "Name ", "organisation", "organisation_type", "country", "longitude", "latitude")
ROW = ("b1", "Ndélé", "MINUSCA", "mission", "CAF", 20.65, 8.41)
Rows = Sequence[Sequence[object]]
SHEET = "xl/worksheets/sheet1.xml"


def saved(path: Path, *sheets: tuple[str, Rows], hidden: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
    book.save(path)
    return path


def bases(path: Path, *rows: Sequence[object], header: Sequence[object] = HEADER) -> Path:
    return saved(path, ("bases", (header, *rows)))


def changed(path: Path, change: Callable[[str], str], part: str = SHEET) -> Path:
    """Rewrite one part of a workbook, as another program might have written it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    before = parts[part].decode("utf-8")
    parts[part] = change(before).encode("utf-8")
    assert parts[part] != before.encode("utf-8"), "the change hit nothing"
    return zipped(path, parts)


def zipped(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def assert_same(one: Reading, other: Reading) -> None:
    pd.testing.assert_frame_equal(one.frame, other.frame)
    pd.testing.assert_frame_equal(one.rejects, other.rejects)
    pd.testing.assert_frame_equal(one.flags, other.flags)
    assert one.rows_read == other.rows_read


def test_a_workbook_gives_what_the_csv_of_the_same_content_gives(tmp_path: Path) -> None:
    tags = blank_template("bases").splitlines()[1].split(",")
    header = [*blank_template("bases").splitlines()[0].split(","), "remark"]
    day = dt.datetime(2014, 9, 15)  # noqa: DTZ001 — a spreadsheet knows no time zone
    common = {"organisation": "MINUSCA", "organisation_type": "mission", "country": "CAF"}
    rows = [
        common | {"base_id": "b1", "name": "Ndélé", "longitude": 20.65, "latitude": 8.41, "headquarters": True},
        common | {"base_id": 7, "name": 'Bria, "old"', "longitude": 22.0, "latitude": 6.5, "valid_from": day},
        {},
        common | {"base_id": "b3", "name": "Bria\nnorth", "longitude": 6.54, "latitude": 121.98, "valid_to": "2015-02-30"},
        common | {"base_id": "b1", "name": "Mbaïki", "longitude": 18.0, "latitude": 3.87, "headquarters": False},
        common | {"base_id": "b5", "name": "DÃ©koa", "longitude": 19.07, "latitude": 6.32, "remark": "seen"},
        common | {"base_id": "b6", "name": "Far", "longitude": 2.35, "latitude": 48.85},
    ]  # fmt: skip
    cells = [[*tags, "#meta"], *([row.get(name) for name in header] for row in rows)]
    plain = {True: "TRUE", False: "FALSE", day: "2014-09-15", 22.0: "22", 18.0: "18"}
    with (tmp_path / "bases.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *([plain.get(cell, cell) for cell in row] for row in cells)])  # type: ignore[arg-type]
    book = read_file("bases", bases(tmp_path / "bases.xlsx", *cells, header=header), country="CAF")
    text = read_file("bases", tmp_path / "bases.csv", country="CAF")
    # A line break inside a cell adds a line to the CSV, not a row to the sheet.
    lines = {line: line - (line > 6) for line in range(1, 12)}
    for table in (text.rejects, text.flags):
        table["line"] = table["line"].map(lines)
    text.frame.index = text.frame.index.map(lines).rename("line")
    assert_same(book, text)
    assert book.provenance.notes == text.provenance.notes
    assert (book.provenance.encoding, book.rows_read) == (None, 6)
    assert book.frame["base_id"].tolist() == ["b1", "7", "b5", "b6"]
    assert book.frame.loc[4, "valid_from"] == pd.Timestamp("2014-09-15")
    assert book.frame.loc[8, "name"] == "Dékoa"
    assert book.rejects[["line", "value"]].to_numpy().tolist() == [[6, "121.98"], [6, "2015-02-30"], [7, "b1"]]


def test_the_name_of_the_file_plays_no_part(tmp_path: Path) -> None:
    path = bases(tmp_path / "upload.tmp", ROW)
    assert is_workbook(path)
    assert read_template(path, table="bases").frame["name"].tolist() == ["Ndélé"]
    text = tmp_path / "text.xlsx"
    text.write_text("base_id,name,organisation,organisation_type,longitude,latitude\nb1,A,M,mission,18.5,4.4\n")
    assert not is_workbook(text)
    assert len(read_template(text, table="bases").frame) == 1


def test_numbers_dates_and_blanks_become_the_text_of_the_template(tmp_path: Path) -> None:
    moment = dt.datetime(2020, 1, 2, 13, 30)  # noqa: DTZ001 — a spreadsheet knows no time zone
    path = saved(
        tmp_path / "requests.xlsx",
        ("r", [("request_id", "site_id", "alerted_on", "status"), (12, 3.0, moment, "open"), (13, 4.5, 41699, "open")]),
    )
    reading = read_template(path, table="requests")
    assert reading.frame[["request_id", "site_id"]].to_numpy().tolist() == [["12", "3"]]
    assert reading.frame.loc[2, "alerted_on"] == pd.Timestamp("2020-01-02")
    assert reading.rejects.to_numpy().tolist() == [[3, "alerted_on", "41699", "not a date (YYYY-MM-DD)"]]


def test_decimal_commas_in_text_cells_are_numbers(tmp_path: Path) -> None:
    reading = read_template(bases(tmp_path / "b.xlsx", (*ROW[:5], "20,65", "8,41")), table="bases")
    assert reading.frame.loc[2, ["longitude", "latitude"]].tolist() == [20.65, 8.41]
    assert reading.provenance.notes == ("numbers read with a decimal comma: 2",)


def test_row_numbers_are_those_of_the_spreadsheet(tmp_path: Path) -> None:
    blank = (None, "  ")
    path = bases(tmp_path / "b.xlsx", HEADER, blank, ROW, (), blank, ("b2", *ROW[1:]), blank, header=())
    reading = read_template(path, table="bases")
    assert reading.frame.index.tolist() == [4, 7]
    assert reading.provenance.notes == ("lines without any value passed over: 3",)


@pytest.mark.parametrize("size", ["A1", "A1:B2", "A1:G1"])
def test_a_misstated_size_of_the_sheet_loses_nothing(tmp_path: Path, size: str) -> None:
    path = bases(tmp_path / "b.xlsx", ROW, ("b2", *ROW[1:]))
    changed(path, lambda xml: xml.replace('<dimension ref="A1:G3"', f'<dimension ref="{size}"'))
    assert read_template(path, table="bases").frame["base_id"].tolist() == ["b1", "b2"]


def test_cells_beyond_the_header_are_named_as_left_out(tmp_path: Path) -> None:
    reading = read_template(bases(tmp_path / "b.xlsx", (*ROW, None, "seen in May")), table="bases")
    assert reading.provenance.notes == ("columns left out, unknown to table bases: column_8, column_9",)


def test_the_first_visible_sheet_that_fits_is_read_and_named(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "b.xlsx",
        ("empty", []),
        ("lists", [("mission", "un_agency")]),
        ("old", [HEADER, ("b0", *ROW[1:])]),
        ("now", [HEADER, ROW]),
        ("2013", [HEADER, ("b9", *ROW[1:])]),
        hidden=["old"],
    )
    reading = read_template(path, table="bases")
    assert reading.frame["base_id"].tolist() == ["b1"]
    assert reading.provenance.notes == ("sheet 'now' read; sheets left out: 'empty', 'lists', 'old', '2013'",)


def test_sheets_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    several = saved(tmp_path / "several.xlsx", ("notes", [("hello",)]), ("lists", [("base_id", "name")]))
    with pytest.raises(ImportRefusedError) as refusal:
        read_template(several, table="bases")
    assert str(refusal.value) == (
        "several.xlsx: none of its 2 sheets ('notes', 'lists') has a first row with the columns base_id, name, "
        "organisation, organisation_type, longitude, latitude"
    )
    with pytest.raises(ImportRefusedError, match=r"^one\.xlsx is not a bases template: it has no column organisation,"):
        read_template(bases(tmp_path / "one.xlsx", ROW, header=("base_id", "name")), table="bases")
    with pytest.raises(ImportRefusedError, match=r"^no\.xlsx is empty: no visible sheet holds a value; nothing was"):
        read_template(saved(tmp_path / "no.xlsx", ("bases", [])), table="bases")
    with pytest.raises(ImportRefusedError, match=r"^h\.xlsx has a header but 0 rows; nothing was imported$"):
        read_template(bases(tmp_path / "h.xlsx", ["#x"] * 7), table="bases")
    with pytest.raises(ImportRefusedError, match=r"^t\.xlsx has the column 'name' twice; remove or rename one$"):
        read_template(bases(tmp_path / "t.xlsx", ROW, header=(*HEADER, "NAME")), table="bases")


def _stored(xml: str) -> str:
    """Give the formulas in D2 and E2 the values a spreadsheet program would have stored."""
    for cell, formula, value in (("D2", 'LOWER("MISSION")', "mission"), ("E2", "T(1)", "")):
        for empty in ("<v />", "<v></v>", "<v/>"):  # as openpyxl writes it, without lxml and with it
            xml = xml.replace(
                f'<c r="{cell}"><f>{formula}</f>{empty}', f'<c r="{cell}" t="str"><f>{formula}</f><v>{value}</v>'
            )
    return xml


def test_formulas_give_their_stored_value_and_without_one_reject_the_row(tmp_path: Path) -> None:
    formulas = ("b1", "Ndélé", "MINUSCA", '=LOWER("MISSION")', "=T(1)", 20.65, 8.41)
    path = bases(tmp_path / "b.xlsx", formulas, ("b2", *ROW[1:4], "=T(1)", *ROW[5:]), ["=1+1"] * 7)
    reading = read_template(changed(path, _stored), table="bases")
    assert reading.frame["organisation_type"].to_dict() == {2: "mission"}
    assert reading.frame["country"].isna().tolist() == [True]
    reason = "formula without a stored value; open the workbook in a spreadsheet program and save it"
    assert reading.rejects.to_numpy().tolist()[0] == [3, "country", "", reason]
    assert (reading.rejects["reason"] == reason).all()
    assert reading.rejects["line"].tolist() == [3, *[4] * 7]
    assert reading.rows_read == 3


def test_errors_shown_in_cells_are_flagged_or_rejected_and_are_no_hxl_tags(tmp_path: Path) -> None:
    path = bases(tmp_path / "b.xlsx", ["#REF!"] * 7, ("b2", "#N/A", *ROW[2:]))
    reading = read_template(path, table="bases")
    assert set(reading.rejects["line"]) == {2}
    assert reading.flags.to_numpy().tolist() == [
        [3, "name", "#N/A", "the spreadsheet shows an error here; kept as found"]
    ]
    assert reading.rows_read == 2


def test_old_locked_and_binary_workbooks_are_refused_with_the_way_out(tmp_path: Path) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    (tmp_path / "old.xls").write_bytes(ole)
    (tmp_path / "locked.xlsx").write_bytes(ole + "EncryptedPackage".encode("utf-16-le"))
    zipped(tmp_path / "b.xlsb", {"[Content_Types].xml": b"<x/>", "xl/workbook.bin": b"x"})
    zipped(tmp_path / "b.zip", {"bases.csv": b"base_id"})
    for name, message in (
        ("old.xls", "old.xls is an old Excel workbook (.xls); save it as .xlsx or CSV"),
        ("locked.xlsx", "locked.xlsx is locked with a password; save the workbook without one"),
        ("b.xlsb", "b.xlsb is a binary Excel workbook (.xlsb); save it as .xlsx or CSV"),
        ("b.zip", "b.zip is a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV"),
    ):
        with pytest.raises(ImportRefusedError) as refusal:
            read_template(tmp_path / name, table="bases")
        assert str(refusal.value) == message
    with pytest.raises(ImportRefusedError, match=r"^cannot read .*absent\.xlsx: No such file"):
        is_workbook(tmp_path / "absent.xlsx")


@pytest.mark.parametrize(
    ("part", "change"),
    [
        (SHEET, lambda xml: xml[: len(xml) // 2]),
        (SHEET, lambda xml: xml.replace('t="inlineStr"><is><t>b1</t></is>', 't="s"><v>999</v>')),
        (SHEET, lambda xml: xml.replace('r="2"', 'r="two"')),
        (SHEET, lambda xml: xml.replace("<v>20.65</v>", "<v>east</v>")),
        ("xl/workbook.xml", lambda _: "<nothing/>"),
        ("xl/workbook.xml", lambda _: ""),
        ("[Content_Types].xml", lambda _: "<Types/>"),
        ("xl/_rels/workbook.xml.rels", lambda _: "<nothing/>"),
        ("xl/styles.xml", lambda xml: xml.replace("<fonts", "<fants")),
    ],
)
def test_a_damaged_workbook_is_refused_in_one_sentence(tmp_path: Path, part: str, change: Callable[[str], str]) -> None:
    path = changed(bases(tmp_path / "b.xlsx", ROW), change, part)
    with pytest.raises(ImportRefusedError, match=r"^b\.xlsx is (a damaged workbook \(|empty: no visible)") as refusal:
        read_template(path, table="bases")
    assert "\n" not in str(refusal.value)


def test_a_workbook_cut_short_is_refused_at_every_length(tmp_path: Path) -> None:
    whole = bases(tmp_path / "b.xlsx", ROW).read_bytes()
    for length in range(8, len(whole), 97):
        (tmp_path / "cut.xlsx").write_bytes(whole[:length])
        with pytest.raises(ImportRefusedError, match=r"^cut\.xlsx is a damaged zip or Excel workbook: "):
            read_template(tmp_path / "cut.xlsx", table="bases")


def test_a_workbook_that_swells_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = changed(
        bases(tmp_path / "b.xlsx", ROW), lambda xml: xml.replace("</sheetData>", "</sheetData>" + " " * 5_000_000)
    )
    monkeypatch.setattr(workbook, "load_workbook", lambda *_, **__: pytest.fail("openpyxl saw the bomb"))
    with pytest.raises(ImportRefusedError, match=r"sheet1\.xml in the zip unpacks to more than 100 times its size"):
        read_template(path, table="bases")
    with zipfile.ZipFile(bases(tmp_path / "c.xlsx", ROW), "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/.hidden.xml", b" " * 5_000_000)
    with pytest.raises(ImportRefusedError, match=r"\.hidden\.xml in the zip unpacks to more than 100 times its size"):
        read_template(tmp_path / "c.xlsx", table="bases")
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 2000)
    with pytest.raises(ImportRefusedError, match=r"^d\.xlsx unpacks to 0 MB"):
        read_template(bases(tmp_path / "d.xlsx", ROW), table="bases")


def test_entities_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = bases(tmp_path / "b.xlsx", ROW)
    changed(path, lambda xml: '<!DOCTYPE x [<!ENTITY a "b">]>' + xml)
    with pytest.raises(ImportRefusedError, match=r"^b\.xlsx: its part 'xl/worksheets/sheet1\.xml' declares a document"):
        read_template(path, table="bases")


@pytest.mark.parametrize("row", [1_048_577, 999_999_999_999])
def test_a_cell_far_from_the_table_is_refused(tmp_path: Path, row: int) -> None:
    far = f'<row r="{row}"><c r="A{row}" t="n"><v>1</v></c></row></sheetData>'
    path = changed(bases(tmp_path / "b.xlsx", ROW), lambda xml: xml.replace("</sheetData>", far))
    with pytest.raises(ImportRefusedError, match=r"sheet 'bases' spans more than .*; delete what stands far from the"):
        read_template(path, table="bases")


def test_cells_and_characters_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bases(tmp_path / "b.xlsx", ROW)
    monkeypatch.setattr(workbook, "MAX_CHARACTERS", 30)
    with pytest.raises(ImportRefusedError, match=r"^b\.xlsx holds more than 30 characters; divide it$"):
        read_template(path, table="bases")
    monkeypatch.setattr(workbook, "MAX_CELLS", 13)
    with pytest.raises(ImportRefusedError, match=r"spans more than 13 cells"):
        read_template(path, table="bases")


def test_other_formats_say_that_a_workbook_is_not_theirs(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match=r"^b\.xlsx is an Excel workbook; save the sheet as CSV$"):
        read_file("ucdp", bases(tmp_path / "b.xlsx", ROW))
