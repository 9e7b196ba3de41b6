"""Silent risks here: a choice of the form the tables do not know; a question that takes text; a French label
missing; a form changed in code and not in the workbook; an export of it that no longer imports."""

import re
import string
from pathlib import Path

import openpyxl
import pytest
from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from geo.readers import read_file
from geo.readers.kobo_form import (
    ASKED,
    CHOICES,
    COUNTED_BY_CHILD,
    LANGUAGES,
    SURVEY,
    save_xlsform,
    words_of,
    xlsform_sheets,
)
from geo.schema import PLACE_PRECISION, VERIFICATION, VIOLATIONS
from geo.settings import Settings

FORM = Path(__file__).resolve().parents[2] / "data" / "forms" / "incident_xlsform.xlsx"


def cells(path: Path) -> dict[str, list[list[str]]]:
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: [
            ["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)
        ]
        for sheet in book.worksheets
    }


@pytest.fixture(scope="module")
def form() -> dict[str, list[dict[str, str]]]:
    """Rows of the committed workbook by sheet, as dictionaries."""
    return {title: [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] for title, rows in cells(FORM).items()}


def test_the_committed_workbook_is_what_the_code_writes(tmp_path: Path) -> None:
    assert cells(FORM) == xlsform_sheets(), "write the form anew: geo/readers/kobo_form.py has changed"
    save_xlsform(tmp_path / "form.xlsx")
    assert cells(tmp_path / "form.xlsx") == cells(FORM)


def test_pyxform_converts_it_without_errors_or_warnings() -> None:
    result = convert(FORM)
    assert result.warnings == []
    for language in LANGUAGES:
        assert f'lang="{language}"' in result.xform
    assert result.xform.count("<translation ") == len(LANGUAGES)
    assert 'type="geopoint"' in result.xform


def test_pyxform_would_notice_a_broken_form(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(FORM)
    relevant = next(cell for row in book["survey"] for cell in row if str(cell.value).startswith("selected("))
    relevant.value = "selected(${nobody}, 'killing')"
    book.save(tmp_path / "broken.xlsx")
    with pytest.raises(PyXFormError, match="nobody"):
        convert(tmp_path / "broken.xlsx")


def test_choices_are_the_vocabularies_of_the_tables(form: dict[str, list[dict[str, str]]]) -> None:
    listed: dict[str, list[str]] = {}
    for row in form["choices"]:
        listed.setdefault(row["list_name"], []).append(row["name"])
    assert {name: tuple(names) for name, names in listed.items()} == {
        "violation": VIOLATIONS,
        "verification": VERIFICATION,
        "place_precision": PLACE_PRECISION,
    }
    assert {name: set(words) for name, (_, words) in CHOICES.items()} == {
        name: set(names) for name, names in listed.items()
    }


def test_children_are_counted_where_the_settings_count_victims(settings: Settings) -> None:
    assert set(COUNTED_BY_CHILD) == set(settings.mrm.victims)


def test_every_word_stands_in_both_languages(form: dict[str, list[dict[str, str]]]) -> None:
    for sheet in ("survey", "choices"):
        for row in form[sheet]:
            for head in ("label", "hint", "constraint_message", "required_message"):
                both = [row.get(f"{head}::{language}", "") for language in LANGUAGES]
                assert all(both) or not any(both), f"{sheet} {row['name']!r} has {head} in one language only"
            if row.get("type") != "end group":
                assert row["label::French (fr)"], f"{row['name']!r} has no label"
            assert bool(row.get("constraint")) == bool(row.get("constraint_message::French (fr)"))


def test_nothing_in_the_form_can_hold_a_name_or_an_account(form: dict[str, list[dict[str, str]]]) -> None:
    kinds = {row["type"].split()[0] for row in form["survey"]}
    assert kinds == {"begin", "end", "date", "geopoint", "integer", "select_one", "select_multiple"}
    assert not any("or_other" in row["type"] for row in form["survey"])
    assert not any(re.search(r"name\b|nom\b|phone|téléphone", row["name"]) for row in form["survey"])


def test_children_are_asked_only_for_the_violations_chosen(form: dict[str, list[dict[str, str]]]) -> None:
    relevant = {row["name"]: row["relevant"] for row in form["survey"] if row["type"] == "begin group"}
    for violation in VIOLATIONS:
        name = f"children_{violation}"
        assert (name in relevant) == (violation in COUNTED_BY_CHILD)
        if name in relevant:
            assert relevant[name] == f"selected(${{violations}}, '{violation}')"
    unknown = {row["name"]: row["constraint"] for row in form["survey"] if row["name"].startswith("unknown_")}
    assert unknown["unknown_killing"].endswith(". + ${girls_killing} + ${boys_killing} >= 1")


def test_headers_of_an_export_name_one_question_each() -> None:
    seen: dict[str, str] = {}
    for question in ASKED:
        for word in words_of(question):
            assert "/" not in word
            assert seen.setdefault(word.lower(), question.name) == question.name
    assert len({question.name for question in SURVEY if question.name}) == sum(bool(q.name) for q in SURVEY)


def _answer(kind: str, name: str) -> str:
    if kind == "date":
        return "2024-05-02"
    if kind == "geopoint":
        return "6.5 20.1 400 8"
    if kind == "integer":
        return "1"
    return "verified" if name == "status" else "exact" if name == "place_known" else " ".join(VIOLATIONS)


@pytest.mark.parametrize("words", [0, 1, 2], ids=["names", "English", "French"])
def test_the_header_of_an_export_imports_cleanly(tmp_path: Path, words: int) -> None:
    header = [list(words_of(question))[words] for question in ASKED] + ["_uuid", "_submission_time"]
    answers = [_answer(question.type, question.name) for question in ASKED] + ["0f" * 16, "2024-05-03T08:00:00"]
    path = tmp_path / "export.csv"
    path.write_text("\n".join(";".join(f'"{cell}"' for cell in row) for row in (header, answers)), encoding="utf-8")
    reading = read_file("kobo", path, country="CAF")
    assert reading.rejects.empty
    assert reading.flags.empty
    assert reading.frame["violation"].tolist() == list(VIOLATIONS)
    assert len(set(reading.frame["case_code"])) == 1
    assert set(reading.frame["case_code"].iloc[0]) <= set(string.hexdigits)
    counted = reading.frame["violation"].isin(COUNTED_BY_CHILD)
    assert reading.frame.loc[counted, ["victims_girls", "victims_boys", "victims_unknown"]].eq(1).all(axis=None)
    assert reading.frame.loc[~counted, "victims_girls"].isna().all()
