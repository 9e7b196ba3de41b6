"""Silent risks here: latitude and longitude of a trace exchanged; a choice of the form the tables do not know; a form changed
in code and not in the workbook; rows of the other subject lost without a word; a question that takes text."""

from pathlib import Path

import openpyxl
import pytest
from pyxform.xls2xform import convert

from geo.errors import ImportRefusedError
from geo.readers import read_file
from geo.readers.kobo_form import LANGUAGES, save_xlsform, words_of, xlsform_sheets
from geo.readers.kobo_roads_form import ASKED, CHOICES, ROAD_FORM, SURVEY
from geo.schema import CONSTRAINT_KINDS, ROAD_STATUSES, VEHICLES

ROOT = Path(__file__).resolve().parents[2]
BAD, FORM = ROOT / "tests" / "bad", ROOT / "data" / "forms" / "road_xlsform.xlsx"


def cells(path: Path) -> dict[str, list[list[str]]]:
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: [
            ["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)
        ]
        for sheet in book.worksheets
    }


def test_the_committed_workbook_is_what_the_code_writes_and_pyxform_takes_it(tmp_path: Path) -> None:
    assert cells(FORM) == xlsform_sheets(ROAD_FORM), "write the form anew: geo/readers/kobo_roads_form.py has changed"
    save_xlsform(tmp_path / "form.xlsx", ROAD_FORM)
    assert cells(tmp_path / "form.xlsx") == cells(FORM)
    result = convert(FORM)
    assert result.warnings == []
    assert 'type="geotrace"' in result.xform
    assert result.xform.count("<translation ") == len(LANGUAGES)


def test_no_question_takes_text_and_every_choice_has_its_words() -> None:
    kinds = {question.type.split()[0] for question in SURVEY}
    assert kinds == {"begin", "end", "date", "geopoint", "geotrace", "select_one", "select_multiple"}
    for listed, (vocabulary, words) in CHOICES.items():
        assert set(words) == set(vocabulary), listed
        labels = [label for pair in words.values() for label in pair]
        assert all(labels)
        assert all(len({pair[language] for pair in words.values()}) == len(words) for language in (0, 1))
    headers = [word.lower() for question in ASKED for word in words_of(question)]
    assert len(set(headers)) == len(headers)
    assert not any("/" in word for word in headers)


def told(name: str, format_name: str, columns: list[str]) -> list[list[object]]:
    frame = read_file(format_name, BAD / name).frame[columns].astype(object)
    rows: list[list[object]] = frame.where(frame.notna(), None).to_numpy().tolist()
    return rows


def test_what_was_seen_of_roads() -> None:
    columns = ["status", "longitude", "latitude", "line_wkt", "heading_deg", "vehicles", "source_type"]
    assert told("kobo_roads.csv", "kobo_roads", columns) == [
        ["difficult", 1.5, 2.5, None, None, None, "patrol"],
        ["impassable", None, None, "LINESTRING (1.5 2.5, 1.6 2.6)", 315.0, "truck;4x4", "partner"],
    ]
    reading = read_file("kobo_roads", BAD / "kobo_roads.csv")
    assert reading.rows_read == 12 == len(reading.frame) + reading.rows_rejected
    assert [tuple(row) for row in reading.rejects[["line", "column", "reason"]].to_numpy()] == [
        (3, "(row)", "the header has 17 cells"),
        (5, "about", "speaks of what hinders a road; import the file as kobo_constraints too"),
        (6, "about", "speaks of what hinders a road; import the file as kobo_constraints too"),
        (7, "about", "says neither what was seen nor what hinders"),
        (8, "status", "required value is missing"),
        (9, "longitude", "no place is given; give a point, line_wkt or road_id"),
        (10, "heading_deg", "not a finite number"),
        (11, "vehicles", "not one of 4x4, truck, motorcycle, bicycle, foot"),
        (12, "report_id", "required value is missing"),
        (13, "report_id", "report_id already stands in line 2"),
    ]
    assert "nobody" not in reading.frame.to_csv()


def test_what_hinders_roads() -> None:
    columns = ["kind", "longitude", "heading_deg", "vehicles", "operator_type", "behaviour", "source_type"]
    assert told("kobo_roads.csv", "kobo_constraints", columns) == [
        ["checkpoint", 1.5, 135.0, "4x4", "militia", "extorts", "alert_network"]
    ]
    reading = read_file("kobo_constraints", BAD / "kobo_roads.csv", country="CAF")
    assert reading.table == "constraints"
    assert reading.rows_read == 12 == len(reading.frame) + reading.rows_rejected
    reasons = reading.rejects.set_index("line")["reason"]
    assert reasons[2] == "speaks of the state of a road; import the file as kobo_roads too"
    assert reasons[6] == "not a WKT line; write LINESTRING(lon lat, lon lat, ...)"
    assert reasons[7] == "says neither what was seen nor what hinders"


@pytest.mark.parametrize("words", [0, 1, 2], ids=["names", "English", "French"])
@pytest.mark.parametrize("subject", ["status", "hindrance"])
def test_an_export_with_names_or_labels_imports_cleanly(tmp_path: Path, words: int, subject: str) -> None:
    def answer(kind: str, name: str) -> str:
        if kind in ("date", "geopoint", "geotrace"):
            return {"date": "2026-11-02", "geopoint": "2.5 1.5 0 0", "geotrace": ""}[kind]
        vocabulary, labels = CHOICES[kind.split()[1]]
        if name in ("about", "where_kind"):
            chosen = [subject if name == "about" else "point"]
        else:
            chosen = list(vocabulary if name == "vehicles" else vocabulary[-1:])
        return " ".join(one if words == 0 else labels[one][words - 1] for one in chosen)

    header = [list(words_of(question))[words] for question in ASKED] + ["_uuid", "_submission_time"]
    answers = [answer(question.type, question.name) for question in ASKED] + ["0f" * 16, "2026-11-03T08:00:00"]
    path = tmp_path / "export.csv"
    path.write_text("\n".join(";".join(f'"{cell}"' for cell in row) for row in (header, answers)), encoding="utf-8")
    reading = read_file("kobo_roads" if subject == "status" else "kobo_constraints", path)
    assert reading.rejects.empty
    assert reading.flags.empty
    row = reading.frame.iloc[0]
    assert row["vehicles"] == ";".join(VEHICLES)
    assert row["heading_deg"] == 315
    assert (row["longitude"], row["latitude"]) == (1.5, 2.5)
    if subject == "status":
        assert row["status"] == ROAD_STATUSES[-1]
    else:
        assert (row["kind"], row["operator_type"]) == (CONSTRAINT_KINDS[-1], "unknown")


def test_another_form_is_refused_in_one_sentence() -> None:
    with pytest.raises(
        ImportRefusedError,
        match=r"^kobo_other_form\.csv is not an export of data/forms/road_xlsform\.xlsx: it has no column ",
    ):
        read_file("kobo_roads", BAD / "kobo_other_form.csv")
