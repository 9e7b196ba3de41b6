"""Silent risks here: a cp1252 file read as nonsense; a doubly encoded name stored as another place; a row with a
missing cell shifted by one column; a web page or workbook taken for a table; lines counted without the line breaks
inside cells."""

from pathlib import Path

import pytest

from geo.errors import ImportRefusedError
from geo.readers.text_encoding import mend
from geo.readers.text_table import read_text_table

BAD = Path(__file__).resolve().parents[1] / "bad"
NAMES = ["Ndélé", "Bossangoa – nord"]


@pytest.mark.parametrize(
    ("file", "encoding", "delimiter"),
    [
        ("cp1252.csv", "cp1252", ","),
        ("utf8_bom_crlf.csv", "utf-8 with BOM", ","),
        ("utf16.csv", "utf-16 with BOM", ","),
        ("old_mac_lines.csv", "utf-8", ","),
        ("semicolons.csv", "utf-8", ";"),
        ("tabs.csv", "utf-8", "\t"),
    ],
)
def test_encodings_and_delimiters_give_the_same_names(file: str, encoding: str, delimiter: str) -> None:
    table = read_text_table(BAD / file)
    assert table.frame["name"].tolist() == NAMES
    assert (table.encoding, table.delimiter) == (encoding, delimiter)
    assert table.columns[0] == "base_id"
    assert table.frame.index.tolist() == [2, 3]
    assert table.flags.empty


def test_reading_as_cp1252_is_said() -> None:
    assert read_text_table(BAD / "cp1252.csv").notes == ("not UTF-8; read as cp1252 (Western Windows)",)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("empty.csv", r"^empty\.csv is empty \(0 bytes\); nothing was imported$"),
        ("only_blanks.csv", r"^only_blanks\.csv is empty \(7 bytes\); nothing was imported$"),
        ("header_only.csv", r"^header_only\.csv has a header but 0 rows; nothing was imported$"),
        ("web_page.csv", r"is a web page or XML, not a table; download the data file itself$"),
        ("picture.csv", r"^picture\.csv is binary, not text: it has NUL bytes"),
        ("workbook.csv", r"is a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV$"),
        ("nul_bytes.csv", r"is not text: it has a NUL byte in line 2$"),
        ("neither_encoding.csv", r"is neither UTF-8 nor cp1252: byte 0x81 in line 3; save it as UTF-8$"),
        ("open_quote.csv", r"a quotation mark opened in line 2 is never closed; nothing was imported$"),
        ("not_there.csv", r"^cannot read .*not_there\.csv: No such file or directory$"),
    ],
)
def test_bad_files_are_refused_in_one_sentence(file: str, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message) as refusal:
        read_text_table(BAD / file)
    assert "\n" not in str(refusal.value)


def test_broken_utf16_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "half.csv"
    path.write_bytes("a,b\n1,2\n".encode("utf-16")[:-1])
    with pytest.raises(ImportRefusedError, match=r"half\.csv starts like UTF-16 but is not: truncated data"):
        read_text_table(path)


def test_ragged_rows_are_rejected_with_the_physical_line() -> None:
    table = read_text_table(BAD / "ragged.csv")
    assert list(table.rejects.itertuples(index=False, name=None)) == [
        (3, "(row)", "7 cells", "the header has 10 cells"),
        (7, "(row)", "12 cells", "the header has 10 cells"),
    ]
    assert table.frame["base_id"].to_dict() == {2: "b1", 5: "b3", 9: "b5"}
    assert table.frame["name"][5] == "Gam\nma"
    assert table.rows_read == 5
    assert table.notes == ("lines without any value passed over: 1",)


def test_a_stray_quotation_mark_does_not_swallow_rows(tmp_path: Path) -> None:
    path = tmp_path / "inches.csv"
    path.write_text('id,name\n1,a 5" pipe\n2,"one\ntwo"\n3,plain\n\n4,again 6" wide\n', encoding="utf-8")
    table = read_text_table(path)
    assert table.frame["name"].to_dict() == {2: 'a 5" pipe', 3: "one\ntwo", 5: "plain", 7: 'again 6" wide'}


def test_doubly_encoded_names_are_mended_and_the_original_is_kept_in_a_flag() -> None:
    table = read_text_table(BAD / "doubly_encoded.csv")
    assert table.frame["name"].tolist() == ["Ndélé", "Zemio – sud", "Ã© łódź", "B�ria", "Rafaï"]
    assert list(table.flags.itertuples(index=False, name=None)) == [
        (2, "name", "NdÃ©lÃ©", "doubly encoded letters, read as 'Ndélé'"),
        (3, "name", "Zemio â€“ sud", "doubly encoded letters, read as 'Zemio – sud'"),
        (4, "name", "Ã© łódź", "looks doubly encoded but cannot be mended without loss; kept as found"),
        (5, "name", "B�ria", "letters were already lost (�) when the file was made; kept as found"),
    ]


@pytest.mark.parametrize(
    "name", ["Dékoa", "Rafaï", "Zémio", "Ñ", "SÃO JOÃO", "MARCHÉ»", "« PÂTÉ »", "Ouham-Pendé", "ﾊ", ""]
)
def test_sound_names_are_left_alone(name: str) -> None:
    assert mend(name) == name


@pytest.mark.parametrize("name", ["Dékoa", "Rafaï", "œuvre", "l’été…", "À côté", "Ñuñoa", "№ 5 €"])
@pytest.mark.parametrize("wrong", ["cp1252", "latin-1"])
def test_mending_undoes_one_and_two_wrong_encodings(name: str, wrong: str) -> None:
    try:
        once = name.encode("utf-8").decode(wrong)
        twice = once.encode("utf-8").decode(wrong)
    except UnicodeDecodeError:
        pytest.skip("these bytes have no letters in that encoding")
    assert mend(once) == name
    assert mend(twice) == name


def test_a_wanted_column_that_stands_twice_is_refused_and_another_gets_a_number() -> None:
    with pytest.raises(
        ImportRefusedError, match=r"column_twice\.csv has the column 'name' twice; remove or rename one"
    ):
        read_text_table(BAD / "column_twice.csv", wanted={"base_id", "name"})
    table = read_text_table(BAD / "column_twice.csv", wanted={"base_id"})
    assert table.columns[:3] == ("base_id", "name", "name.2")
    assert list(table.frame.columns) == ["base_id"]


def test_unnamed_columns_get_their_number(tmp_path: Path) -> None:
    path = tmp_path / "unnamed.csv"
    path.write_text("id,,name.2,name,NAME \n1,2,3,4,5\n", encoding="utf-8")
    assert read_text_table(path).columns == ("id", "column_2", "name.2", "name", "name.3")


def test_a_row_of_hxl_tags_is_skipped_and_said_but_a_row_with_one_hash_is_data(tmp_path: Path) -> None:
    path = tmp_path / "tagged.csv"
    path.write_text("id,name,x\n,#loc+name,#geo+lon\n1,#1 Camp,3\n", encoding="utf-8")
    table = read_text_table(path)
    assert table.frame.to_dict("index") == {3: {"id": "1", "name": "#1 Camp", "x": "3"}}
    assert table.notes == ("second header row of HXL tags skipped",)


def test_blank_lines_before_the_header_count_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_text('\n\n"id","na\nme"\n\n1,2\n', encoding="utf-8")
    assert read_text_table(path).frame.to_dict("index") == {6: {"id": "1", "na me": "2"}}


def test_absent_columns_are_named_with_those_found() -> None:
    table = read_text_table(BAD / "wrong_columns.csv")
    with pytest.raises(
        ImportRefusedError, match=r"is not a list of towns: it has no column name, people \(it has id, title, x, y\)"
    ):
        table.need(("id", "name", "people"), what="a list of towns")
    assert read_text_table(BAD / "wrong_columns.csv", wanted={"nothing"}).rows_read == 1


def test_real_files_are_split_like_python_does_it(shared_data: Path) -> None:
    actors = read_text_table(shared_data / "ucdp" / "ucdp-actor-221.csv")
    assert (actors.rows_read, len(actors.columns), actors.encoding) == (1725, 35, "utf-8 with BOM")
    twice = read_text_table(shared_data / "roads_africa" / "graph_orig_COD_CAF.csv")
    assert "cost_km_adj.2" in twice.columns


def test_a_record_longer_than_the_block_is_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.readers.text_table._BLOCK_BYTES", 64)
    path = tmp_path / "long.csv"
    path.write_text(f'id,name\n1,"{"x" * 300}\n{"y" * 300}"\n2,short\n', encoding="utf-8")
    table = read_text_table(path)
    assert table.frame["name"].str.len().to_dict() == {2: 601, 4: 5}
