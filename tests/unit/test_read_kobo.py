"""Silent risks here: a typed name kept among rejects; the accuracy of the device taken for the answer of the person;
children of one violation counted in another; a submission with two violations counted as two children; a header of
another version of the form passed over without a word."""

import itertools
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import ImportRefusedError
from geo.readers import read_file
from geo.readers.kobo import field_of, read_kobo
from geo.readers.kobo_form import VIOLATION_WORDS
from geo.readers.reading import Reading
from geo.schema import PLACE_PRECISION, VIOLATIONS

BAD = Path(__file__).resolve().parents[1] / "bad"
UUID = "8f2a1c3e-5b7d-4e90-a1b2-c3d4e5f60718"
OTHER = "11111111-2222-4333-8444-555566667777"
WITHHELD = "(withheld)"
SWAPPED = "position lies outside CAF but inside once exchanged; latitude and longitude swapped?"
OTHER_FORM = (
    r"^kobo_other_form\.csv is not an export of data/forms/incident_xlsform\.xlsx: it has "
    r"no column date_start, date_end, place, violations \(it has _uuid\)$"
)
ONE = {
    "when/date_start": "2024-05-02",
    "when/date_end": "2024-05-04",
    "where/place": "6.49 20.67 410 7.5",
    "where/place_known": "exact",
    "what/violations": "killing attack_on_school",
    "children_killing/girls_killing": "2",
    "children_killing/boys_killing": "0",
    "children_killing/unknown_killing": "1",
    "children_maiming/girls_maiming": "",
    "check/status": "verified",
    "check/verified_on": "2024-07-10",
    "check/sources_count": "3",
    "_uuid": UUID,
    "_submission_time": "2024-05-06T09:30:00",
}


def exported(path: Path, *rows: dict[str, str]) -> Path:
    """CSV as KoboToolbox writes it: semicolons, every cell quoted."""
    header = list(dict.fromkeys(itertools.chain(*rows)))
    lines = [header, *([row.get(name, "") for name in header] for row in rows)]
    text = "\n".join(";".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def read(tmp_path: Path, *rows: dict[str, str], country: str | None = "CAF") -> Reading:
    return read_kobo(exported(tmp_path / "export.csv", *rows), country=country)


def assert_same(one: Reading, other: Reading) -> None:
    pd.testing.assert_frame_equal(one.frame, other.frame)
    pd.testing.assert_frame_equal(one.rejects, other.rejects)
    pd.testing.assert_frame_equal(one.flags, other.flags)


def test_each_violation_is_a_row_and_its_submission_joins_them(tmp_path: Path) -> None:
    frame = read(tmp_path, ONE).frame
    assert frame["violation"].tolist() == ["killing", "attack_on_school"]
    assert len(set(frame["case_code"])) == 1
    assert frame["incident_id"].tolist() == [
        f"kobo:{frame['case_code'].iloc[0]}:{violation}" for violation in frame["violation"]
    ]
    assert frame[["victims_girls", "victims_boys", "victims_unknown"]].iloc[0].tolist() == [2, 0, 1]
    assert frame.iloc[1][["victims_girls", "victims_boys", "victims_unknown"]].isna().all()
    assert frame[["longitude", "latitude", "place_precision"]].to_numpy().tolist() == [[20.67, 6.49, "exact"]] * 2
    assert frame["date_precision"].tolist() == [2, 2]
    assert set(frame["violation_basis"]) == {"recorded"}
    assert set(frame["country"]) == {"CAF"}
    assert [str(day)[:10] for day in frame["verified_on"]] == ["2024-07-10"] * 2
    assert frame["sources_count"].tolist() == [3, 3]


def test_parts_of_the_point_stand_in_several_spellings_and_win(tmp_path: Path) -> None:
    plain = read(tmp_path, ONE)
    bare = {name: value for name, value in ONE.items() if name != "where/place"}
    for prefix in ("_", "_where/", "where/_"):
        parts = {f"{prefix}place_latitude": "6.49", f"{prefix}place_longitude": "20.67"}
        rest = {f"{prefix}place_altitude": "410", f"{prefix}place_precision": "7.5"}
        assert_same(read(tmp_path, bare | parts | rest), plain)
    moved = read(tmp_path, ONE | {"_place_latitude": "7,25", "_place_longitude": "21,5"})
    assert moved.frame[["longitude", "latitude"]].iloc[0].tolist() == [21.5, 7.25]


def test_labels_of_both_languages_and_columns_per_violation_give_the_same_rows(tmp_path: Path) -> None:
    plain = read(tmp_path, ONE)
    english = {
        "When/First possible day": "2024-05-02",
        "When/Last possible day": "2024-05-04",
        "Where/Place of the incident": "6.49 20.67 410 7.5",
        "Where/How well is the place known?": "The place itself",
        "What/Violations/Killing": "1",
        "What/Violations/Attack on school": "1",
        "What/Violations/Maiming": "0",
        "Children: Killing/Girls: Killing": "2",
        "Children: Killing/Boys: Killing": "0",
        "Children: Killing/Sex unknown: Killing": "1",
        "Verification/Verification status": "Verified",
        "Verification/Day of verification": "2024-07-10",
        "Verification/Number of independent sources": "3",
        "_uuid": UUID,
        "_submission_time": "2024-05-06T09:30:00",
    }
    french = {
        "Premier jour possible": "2024-05-02",
        "Dernier jour possible": "2024-05-04",
        "_Lieu de l'incident_latitude": "6.49",
        "_Lieu de l'incident_longitude": "20.67",
        "_Lieu de l'incident_precision": "7.5",
        "Avec quelle précision le lieu est-il connu ?": "Le lieu même",
        "Violations commises": "Meurtre Attaque contre une école",
        "Filles : Meurtre": "2",
        "Garçons : Meurtre": "0",
        "Sexe inconnu : Meurtre": "1",
        "Statut de vérification": "Vérifié",
        "Jour de la vérification": "2024-07-10",
        "Nombre de sources indépendantes": "3",
        "_uuid": "uuid:" + UUID,
        "_submission_time": "2024-05-06T09:30:00",
    }
    assert_same(read(tmp_path, english), plain)
    assert_same(read(tmp_path, french), plain)


def test_a_workbook_gives_what_the_csv_gives(tmp_path: Path) -> None:
    rows = [ONE | {"start": "x", "_id": "77"}, ONE | {"_uuid": OTHER, "what/violations": "Foo"}]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Piste: incident".replace(":", "")
    header = list(rows[0])
    sheet.append(header)
    for row in rows:
        sheet.append([row.get(name) or None for name in header])
    book.create_sheet("Jeanne Ouaddo").append(["_index", "_parent_index"])
    book.save(tmp_path / "export.xlsx")
    workbook = read_kobo(tmp_path / "export.xlsx", country="CAF")
    assert_same(workbook, read(tmp_path, *rows))
    assert "one sheet of several read" in workbook.provenance.notes
    assert "Ouaddo" not in str(workbook.provenance)


RULE = (
    ("exact", "0", "exact"),
    ("exact", "", "exact"),
    ("exact", "1000", "exact"),
    ("exact", "1000.1", "near"),
    ("exact", "25000", "near"),
    ("exact", "25000.1", "admin1"),
    ("exact", "100000", "admin1"),
    ("exact", "100000.1", "country"),
    ("near", "5", "near"),
    ("admin2", "26000", "admin1"),
    ("nowhere", "5", "nowhere"),
    ("", "5", "exact"),
    ("", "0", "near"),
    ("", "", "near"),
    ("", "30000", "admin1"),
)


def numbered(*changes: dict[str, str]) -> list[dict[str, str]]:
    """Submissions of one violation each, alike but for the changes."""
    return [
        ONE | {"_uuid": f"{number:08d}-abcd", "what/violations": "killing"} | change
        for number, change in enumerate(changes)
    ]


def test_accuracy_only_makes_the_place_less_known(tmp_path: Path) -> None:
    rows = numbered(
        *(
            {"where/place": f"6.49 20.67 410 {metres}".strip(), "where/place_known": answer}
            for answer, metres, _ in RULE
        )
    )
    assert read(tmp_path, *rows).frame["place_precision"].tolist() == [known for _, _, known in RULE]


@settings(max_examples=6)
@given(st.lists(st.tuples(st.sampled_from(PLACE_PRECISION), st.floats(0, 1e6)), min_size=20, max_size=60))
def test_no_accuracy_ever_makes_a_place_better_known(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[str, float]]
) -> None:
    rows = numbered(*({"where/place": f"6.49 20.67 410 {m:.1f}", "where/place_known": answer} for answer, m in asked))
    known = read(tmp_path_factory.getbasetemp(), *rows).frame["place_precision"]
    for (answer, _), found in zip(asked, known, strict=True):
        assert PLACE_PRECISION.index(found) >= PLACE_PRECISION.index(answer)


@settings(max_examples=6)
@given(st.lists(st.lists(st.sampled_from(VIOLATIONS), min_size=1, unique=True), min_size=10, max_size=20))
def test_any_choice_of_violations_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, choices: list[list[str]]
) -> None:
    written = [" ".join(chosen) for chosen in choices]
    for language in (0, 1):
        written += [" ".join(VIOLATION_WORDS[name][language] for name in chosen) for chosen in choices]
    rows = numbered(*({"what/violations": text} for text in written))
    frame = read(tmp_path_factory.getbasetemp(), *rows).frame
    found = frame.groupby("case_code", sort=False)["violation"].agg(list)
    assert found.tolist() == choices * 3


def test_every_fault_is_listed_with_line_and_reason_and_no_typed_text() -> None:
    reading = read_kobo(BAD / "kobo_faults.csv", country="CAF")
    assert reading.rejects.to_numpy().tolist() == [
        [2, "date_start", WITHHELD, "line 3: not a date (YYYY-MM-DD)"],
        [3, "date_end", "2024-04-01", "line 4: earlier than date_start 2024-05-02"],
        [4, "victims_girls", WITHHELD, "line 5: not a whole number"],
        [5, "victims_boys", "-1", "line 6: below 0"],
        [6, "violation", "", "line 7: no violation chosen"],
        [7, "violation", "", "line 8: a violation that is not of the form"],
        [8, "verification", WITHHELD, "line 9: not one of reported, pending, verified, not_verified, rejected"],
        [9, "longitude", "", "line 10: required value is missing"],
        [9, "latitude", "", "line 10: required value is missing"],
        [10, "latitude", "20.67 N 6.49 E", f"line 11: {SWAPPED}"],
        [11, "incident_id", "", "line 12: required value is missing"],
        [12, "incident_id", reading.frame["incident_id"].iloc[0], "line 13: incident_id already stands in line 1"],
        [13, "(row)", "3 cells", "line 14: the header has 13 cells"],
    ]  # fmt: skip
    assert reading.flags.to_numpy().tolist() == [
        [14, "verified_on", "", "line 15: verified, but no day of verification"],
        [15, "verified_on", "2024-05-01", "line 16: before the incident began"],
        [15, "date_start", "", "line 16: the incident begins after its report was sent"],
    ]
    assert reading.rows_read == 15
    assert reading.frame.index.tolist() == [1, 14, 15]
    assert not leaked(reading)


PLANTED = ("Jeanne", "Ouaddo", "mother", "70112233")


def leaked(reading: Reading) -> list[str]:
    text = " ".join([*(table.to_csv() for table in (reading.frame, reading.rejects, reading.flags)), repr(reading)])
    return [word for word in PLANTED if word in text]


def test_a_name_typed_into_any_column_is_found_nowhere(tmp_path: Path) -> None:
    told = "Jeanne Ouaddo, her mother saw it, telephone 70112233"
    columns = [*ONE, "name_of_child", "Jeanne Ouaddo", "_submitted_by", "_notes", "where/place_name"]
    texts = (told, "Jeanne", "70112233", "Jeanne\nOuaddo", "2024-05-02 Jeanne", "6.49 20.67 Jeanne")
    planted = numbered(*({column: text} for column in columns for text in texts))
    reading = read(tmp_path, ONE, *planted)
    assert reading.rows_rejected > len(ONE)
    assert leaked(reading) == []


def test_columns_that_are_not_of_the_form_are_counted_and_not_named(tmp_path: Path) -> None:
    reading = read(tmp_path, ONE | {"name_of_child": "Jeanne", "_id": "5", "start": "x"})
    assert reading.provenance.notes == (
        "submissions read: 1; lines are numbers of violations",
        "columns left out, not on the list of what Piste takes: 3",
    )
    assert len(reading.frame) == 2


def test_two_versions_of_a_question_fill_each_other(tmp_path: Path) -> None:
    old = ONE | {"status": "pending", "check/status": ""}
    reading = read(tmp_path, old, ONE | {"_uuid": OTHER, "status": ""})
    assert reading.frame["verification"].tolist() == ["pending", "pending", "verified", "verified"]


def test_the_order_of_submissions_does_not_matter(tmp_path: Path) -> None:
    rows = [ONE, ONE | {"_uuid": OTHER, "what/violations": "maiming"}]
    there, back = read(tmp_path, *rows).frame, read(tmp_path, *rows[::-1]).frame
    pd.testing.assert_frame_equal(
        there.set_index("incident_id").sort_index(), back.set_index("incident_id").sort_index()
    )


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("_place_precision", "place_accuracy"),
        ("where/place_known", "place_known"),
        ("where/place_precision", None),
        ("place_latitude", None),
        ("_home_latitude", None),
        ("_place_altitude", None),
        ("what/violations/maiming", "violations/maiming"),
        ("what/violations/other", None),
        ("other/killing", None),
        ("_UUID", "_uuid"),
        ("meta/instanceID", None),
        ("_validation_status", None),
    ],
)
def test_a_header_is_ours_or_nothing(header: str, field: str | None) -> None:
    assert field_of(header) == field


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("empty.csv", r"^empty\.csv is empty"),
        ("header_only.csv", r"0 rows; nothing was imported$"),
        ("kobo_other_form.csv", OTHER_FORM),
        ("picture.csv", r"^picture\.csv "),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_in_one_sentence(file: str, sentence: str) -> None:
    with pytest.raises(ImportRefusedError, match=sentence) as refusal:
        read_file("kobo", BAD / file)
    assert "\n" not in str(refusal.value)


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    path.write_bytes(b"PK\x03\x04" + b"0" * 200)
    with pytest.raises(ImportRefusedError, match=r"^export\.xlsx "):
        read_kobo(path)
