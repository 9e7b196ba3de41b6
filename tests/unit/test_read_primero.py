"""Silent risks here: a name or an account that enters a table, a list of rejects, a flag or a log; counts of another
group of people taken for the children of the violation; an attack on a school read from the title of military use; a
report without coordinates drawn as a place; a perpetrator joined to another violation; a day read month first."""

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import ImportRefusedError
from geo.readers import read_file
from geo.readers.discreet import WITHHELD, code_of, shown
from geo.readers.primero import read_primero
from geo.readers.primero_words import kind_of
from geo.readers.reading import Reading
from geo.schema import VIOLATIONS
from geo.workspace import open_workspace

BAD = Path(__file__).resolve().parents[1] / "bad"
Rows = Sequence[Sequence[object]]
A, B = "20b60ced-b862-41db-ab17-2dc5048ea925", "27e16e07-c284-4929-9655-422d564aed87"
V1, V2, V3 = (f"{digit * 8}-d1ac-4592-bd9e-2b5bd3194765" for digit in "123")
BAMBARI = "Central African Republic::Ouaka::Bambari::Maloum"
ABOVE = [*[None] * 9, "Total number of children", *[None] * 3, "Number of victims"]
HEADER = [
    *("Incident", "Violation", "Violation Type", "Summary", "Incident Code", "Incident date", "Incident location"),
    *("CTFMR Verified", "CTFMR Verified Date"),
    *("Boys", "Girls", "Unknown", "Total"),  # of the whole incident
    *("Boys", "Girls", "Unknown", "Total"),
    "Account of incident",
]
FIRST = [
    *(A, V1, "Killing of Children", "Killing - 1", "9f88531", dt.date(2022, 4, 8), BAMBARI),
    *("Verified", dt.date(2022, 7, 1)),
    *(9, 9, 9, 27),
    *(1, 2, 0, 4),
    "she was seen by",
]
SECOND = [
    *(A, V2, "Military use of school(s) and/or hospital(s)", "Military", "9f88531", "08-Apr-2022", BAMBARI),
    *("Report pending verification", None, 9, 9, 9, 27, None, None, None, None, "taken over by"),
]
THIRD = [
    *(B, V3, "Abduction", "Abduction", "27e16e0", "03/12/2022", "Haute-Kotto"),
    *("Verification found that incident did not occur", None, 1, 0, 0, 1, 1, 0, 0, 1, None),
]
PERPETRATOR_HEADER = [*HEADER[:5], "Perpetrator ID", "Armed force or armed group or other party", "Name of commander"]
PERPETRATORS = [
    [*FIRST[:5], "p1", "UPC ||| FPRC ||| Unknown", "Ali Ousmane"],
    [*THIRD[:5], "p2", "Army", None],
]


def saved(path: Path, sheets: Mapping[str, Rows]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def violation_export(*rows: Sequence[object], perpetrators: Rows = PERPETRATORS) -> dict[str, Rows]:
    """Sheets as the MRM violation exporter writes them: header in row 3, that of the others in row 2."""
    return {
        "Violations": [["", *[None] * 20, "Killing of Children"], ["ID#", None, *ABOVE[2:]], HEADER, *rows],
        "Sources": [["ID#"], [*HEADER[:5], "Source ID", "Name of source"], [*FIRST[:5], "s1", "a nurse"]],
        "Perpetrators": [["ID#"], PERPETRATOR_HEADER, *perpetrators],
        "Individual Victims": [
            ["ID#"],
            [*HEADER[:5], "Individual Victim ID", "Name", "Girls", "CTFMR verified"],
            [*FIRST[:5], "i1", "Marie Ngbando", 1, "Verified"],
        ],
    }


def form_export() -> dict[str, Rows]:
    """Sheets as the form exporter writes them: one per form, linked by the short id."""
    tally = ["Number of victims: girls", "Number of victims: boys", "Number of victims: unknown"]
    status = ["ctfmr_verified", "ctfmr_verified_date"]
    return {
        "Incident": [
            ["ID", "Incident Code", "Start date of incident", "End date of incident", "Are these dates estimated?",
             "Latitude", "Longitude", "Account of Incident"],
            ["9f88531", "CAF-22-004", "2022-04-08", "2022-04-12", "No", 5.76, 20.67, "they came at night"],
            ["27e16e0", "CAF-22-005", "2022-12-03", None, "Yes", 7.0, 22.0, None],
        ],
        "Killing-Killing": [["ID", *tally, *status, "Details"], ["9f88531", 2, 1, 1, "verified", "2022-07-01", "by"]],
        "Military use of school(s) and o": [["ID", *tally, *status], ["9f88531", None, None, None, None, None]],
        "Enlèvement": [["ID", *tally, *status], ["27e16e0", 0, 1, 0, "not_mrm", None], ["27e16e0", 3, 0, 0, None, None]],
        "Perpetrator": [["ID", "Violation type", "Name of the armed force or group?", "Name"],
                        ["9f88531", "Killing", "UPC", "Ali Ousmane"], ["27e16e0", None, "Army", None]],
        "Record owner": [["ID", "Field/Case worker"], ["9f88531", "Marie Ngbando"]],
    }  # fmt: skip


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """The violation export, read."""
    return read_primero(saved(tmp_path / "export.xlsx", violation_export(FIRST, SECOND, THIRD)), country="CAF")


def test_the_violation_export_gives_one_row_per_violation(reading: Reading) -> None:
    frame = reading.frame
    assert reading.rows_read == 3
    assert reading.rejects.empty
    assert frame["violation"].tolist() == ["killing", "military_use", "abduction"]
    assert set(frame["violation_basis"]) == {"recorded"}
    assert frame["case_code"].tolist() == ["9f88531", "9f88531", "27e16e0"]
    assert frame["incident_id"].str.rsplit(":", n=1).str[0].tolist() == [
        "primero:9f88531:killing",
        "primero:9f88531:military_use",
        "primero:27e16e0:abduction",
    ]
    assert frame["date_start"].dt.strftime("%Y-%m-%d").tolist() == ["2022-04-08", "2022-04-08", "2022-12-03"]
    assert frame["date_precision"].tolist() == [1, 1, 1]
    assert frame["verification"].tolist() == ["verified", "pending", "rejected"]
    assert frame["verified_on"].dt.strftime("%Y-%m-%d").fillna("").tolist() == ["2022-07-01", "", ""]
    assert frame.loc[1, ["place", "admin2", "admin1", "country"]].tolist() == ["Maloum", "Bambari", "Ouaka", "CAF"]


def test_children_are_those_of_the_violation_and_the_uncounted_are_unknown(reading: Reading) -> None:
    children = reading.frame[["victims_girls", "victims_boys", "victims_unknown"]]
    assert children.loc[1].tolist() == [2, 1, 1], "4 in all, 3 counted by sex"
    assert children.loc[2].isna().all()
    assert children.loc[3].tolist() == [0, 1, 0]
    assert set(map(tuple, reading.flags[["line", "column"]].to_numpy())) == {
        (1, "victims_unknown"),
        *((line, "longitude") for line in (1, 2, 3)),
    }


def test_groups_join_their_own_violation_only(reading: Reading) -> None:
    assert reading.frame["actor_a"].fillna("").tolist() == ["FPRC", "", "Army"]
    assert reading.frame["actor_b"].fillna("").tolist() == ["UPC", "", ""]


def test_without_coordinates_a_row_is_known_to_its_area_and_never_to_a_point(tmp_path: Path, reading: Reading) -> None:
    assert reading.frame["place_precision"].tolist() == ["region", "region", "country"]
    assert reading.frame[["longitude", "latitude"]].drop_duplicates().to_numpy().tolist() == [[20.915, 6.62]]
    nowhere = read_primero(saved(tmp_path / "nowhere.xlsx", violation_export(THIRD)))
    assert nowhere.frame.empty
    assert nowhere.rejects[["column", "value"]].to_numpy().tolist() == [["longitude", ""]]
    assert "--country" in nowhere.rejects["reason"][0]


def test_the_form_export_is_joined_by_the_id_of_the_incident(tmp_path: Path) -> None:
    reading = read_primero(saved(tmp_path / "forms.xlsx", form_export()), country="CAF")
    frame = reading.frame
    assert reading.rejects.empty
    assert frame["incident_id"].tolist() == [
        "primero:CAF-22-004:killing",
        "primero:CAF-22-004:military_use",
        "primero:CAF-22-005:abduction",
        "primero:CAF-22-005:abduction:2",
    ]
    assert frame["verification"].tolist() == ["verified", "reported", "rejected", "reported"]
    assert frame["date_end"].dt.strftime("%Y-%m-%d").tolist() == [*["2022-04-12"] * 2, *["2022-12-03"] * 2]
    assert frame["date_precision"].fillna(0).tolist() == [2, 2, 0, 0], "an estimated day has no known precision"
    assert frame[["longitude", "latitude"]].iloc[0].tolist() == [20.67, 5.76]
    assert set(frame["place_precision"]) == {"near"}
    assert frame["actor_a"].fillna("").tolist() == ["UPC", "", "Army", "Army"]
    assert frame.loc[1, ["victims_girls", "victims_boys", "victims_unknown"]].tolist() == [2, 1, 1]
    assert reading.flags["reason"].tolist() == [
        "sheet 4, row 3: another violation of the same incident and type, without an id of its own; counted apart"
    ]
    assert reading.provenance.notes == (
        "lines are numbers of violations through all sheets; each fault names its sheet and row",
        "sheets left out: 1",
        "columns left out, not on the list of what Piste takes: 3",
    )


NAMES = ("Marie Ngbando", "Ngbando", "Ousmane", "70112233", "nurse", "commander")
NARRATIVE = "Marie Ngbando, 14, was taken by commander Ousmane at night. Her mother, a nurse, is on 70112233."


def everything(reading: Reading) -> str:
    tables = (reading.frame, reading.rejects, reading.flags)
    return "\n".join([*(table.to_csv() for table in tables), repr(reading.provenance)])


def planted(sheets: dict[str, Rows], texts: Sequence[str]) -> dict[str, Rows]:
    """Each text in each cell of each sheet in turn, one row per cell, after the sound rows; and in new columns."""
    full: dict[str, Rows] = {}
    for title, rows in sheets.items():
        header_at = max(range(len(rows)), key=lambda at: sum(cell is not None for cell in rows[at][:5]) - at / 10)
        header = rows[header_at]
        sound = next(row for row in rows[header_at + 1 :])
        spoilt = [
            [*(text if place == at else cell for place, cell in enumerate(sound)), text]
            for at in range(len(header))
            for text in texts
        ]
        wide = [[*row, *[None] * (len(header) - len(row)), NARRATIVE] for row in rows[header_at + 1 :]]
        full[title] = [*rows[:header_at], [*header, "Name of victim"], *wide, *spoilt]
    return full | {NARRATIVE[:13]: [[NARRATIVE], ["ID", NARRATIVE], ["9f88531", NARRATIVE]]}


# Cells whose words are kept as they stand: names of groups and places. A narrative is not kept there either.
FREE = ("Incident location", "Armed force or armed group or other party", "Name of the armed force or group?")


@pytest.mark.parametrize("export", [lambda: violation_export(FIRST, SECOND, THIRD), form_export], ids=["rows", "forms"])
def test_names_and_narratives_planted_everywhere_are_found_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, export: Callable[[], dict[str, Rows]]
) -> None:
    sheets = export()
    path = saved(tmp_path / "planted.xlsx", planted(sheets, [NARRATIVE, "70112233"]))
    with caplog.at_level(logging.DEBUG):
        reading = read_file("primero", path, country="CAF")
        workspace = open_workspace(tmp_path / "workspace", author="test", create=True)
        record = workspace.add(reading, country="CAF")
        kept = workspace.rejects_file(record.import_id).read_text(encoding="utf-8-sig")
        workspace.close()
    assert reading.rows_rejected > 10
    assert len(reading.frame) > 2
    for text in (everything(reading), kept, caplog.text, repr(record)):
        assert [name for name in NAMES if name in text] == []
    stored = b"".join(file.read_bytes() for file in sorted((tmp_path / "workspace").rglob("*")) if file.is_file())
    assert [name for name in NAMES if name.encode() in stored] == []


def test_a_short_name_in_a_column_that_takes_no_names_is_found_nowhere(tmp_path: Path) -> None:
    sheets = planted(violation_export(FIRST, SECOND, THIRD), ["Marie Ngbando", "Ngbando"])
    kept = {
        title: [row for row in rows if not any(str(row[at]) in NAMES for at, name in enumerate(HEADER) if name in FREE)]
        if title == "Violations"
        else [row for row in rows if len(row) < 7 or str(row[6]) not in NAMES]
        for title, rows in sheets.items()
    }
    reading = read_primero(saved(tmp_path / "planted.xlsx", kept), country="CAF")
    assert reading.rows_rejected > 10
    assert [name for name in NAMES if name in everything(reading)] == []


def test_every_fault_is_listed_with_sheet_row_and_reason() -> None:
    reading = read_primero(BAD / "primero_faults.xlsx", country="CAF")
    assert reading.rejects.to_numpy().tolist() == [
        [2, "date_start", WITHHELD, "sheet 1, row 5: not a date (YYYY-MM-DD)"],
        [2, "date_end", WITHHELD, "sheet 1, row 5: not a date (YYYY-MM-DD)"],
        [3, "date_start", "2022-04-31", "sheet 1, row 6: not a date (YYYY-MM-DD)"],
        [3, "date_end", "2022-04-31", "sheet 1, row 6: not a date (YYYY-MM-DD)"],
        [4, "violation", "", "sheet 1, row 7: no type of violation, or one that is not known"],
        [5, "verification", "", "sheet 1, row 8: not a CTFMR verification status"],
        [6, "victims_girls", WITHHELD, "sheet 1, row 9: not a whole number"],
        [6, "victims_boys", "-2", "sheet 1, row 9: below 0"],
        [7, "victims_unknown", WITHHELD, "sheet 1, row 10: above 9999, so not taken for a count"],
        [8, "case_code", "", "sheet 1, row 11: the incident's id is no code: one word with a digit"],
        [9, "incident_id", "", "sheet 1, row 12: no id or code of an incident"],
        [10, "country", "TCD", "sheet 1, row 13: country is TCD, not CAF"],
        [11, "incident_id", reading.frame["incident_id"][1], "sheet 1, row 14: incident_id already stands in line 1"],
    ]
    assert [row for row in reading.flags.to_numpy().tolist() if row[1] != "longitude"] == [
        [12, "victims_unknown", "1", "sheet 1, row 15: the total is less than girls, boys and unknown together"],
        [12, "verified_on", "", "sheet 1, row 15: verified, but no day of verification"],
        [13, "verified_on", "2022-04-01", "sheet 1, row 16: before the incident began"],
    ]
    assert reading.frame.index.tolist() == [1, 12, 13]


@settings(max_examples=6)
@given(st.permutations([FIRST, SECOND, THIRD]), st.permutations(PERPETRATORS))
def test_the_order_of_rows_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[object]], perpetrators: list[list[object]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = saved(folder / "order.xlsx", violation_export(*rows, perpetrators=perpetrators))
    straight = saved(folder / "straight.xlsx", violation_export(FIRST, SECOND, THIRD))
    one, other = (
        read_primero(each, country="CAF").frame.set_index("incident_id").sort_index() for each in (path, straight)
    )
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    ("label", "violation"),
    [
        ("killing of children", "killing"),
        ("maiming of children", "maiming"),
        ("recruitment and or use", "recruitment_or_use"),
        ("rape and other forms of sexual violence", "sexual_violence"),
        ("abduction", "abduction"),
        ("attack on schools", "attack_on_school"),
        ("attacks on school s", "attack_on_school"),
        ("attacks on hospital s", "attack_on_hospital"),
        ("military use of school s and or hospital s", "military_use"),
        ("denial humanitarian access", "denial_of_humanitarian_access"),
        ("denial of humanitarian access for children", "denial_of_humanitarian_access"),
        ("deprivation of liberty", "detention"),
        ("deprivation liberty", "detention"),
        ("meurtre d enfants", "killing"),
        ("atteintes a l integrite physique", "maiming"),
        ("recrutement et utilisation", "recruitment_or_use"),
        ("viols et autres violences sexuelles", "sexual_violence"),
        ("attaques contre des ecoles", "attack_on_school"),
        ("utilisation militaire d ecoles", "military_use"),
        ("killing and maiming", None),
        ("attacks on schools and hospitals", None),
        ("sources", None),
        ("other violation", None),
    ],
)
def test_a_label_names_one_violation_or_none(label: str, violation: str | None) -> None:
    assert kind_of(label) == violation
    assert violation is None or violation in VIOLATIONS


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("9f88531", "9f88531"),
        ("CAF-2022-0012", "CAF-2022-0012"),
        (A, "hash"),
        ("Bambari-2022-3", "hash"),
        ("Marie Ngbando", None),
        ("Marie", None),
        ("Marie Ngbando 14", None),
        ("-", None),
        ("70112233", None),
        ("+23670112233", None),
    ],
)
def test_a_code_is_kept_hashed_or_refused(text: str, kept: str | None) -> None:
    code = code_of(text)
    if kept == "hash":
        assert code is not None
        assert len(code) == 12
        assert text[:6].lower() not in code
    else:
        assert code == kept


@given(st.text(min_size=1))
def test_no_letters_are_shown_but_those_of_positions_and_our_ids(text: str) -> None:
    if shown(text) == text and text != WITHHELD:
        words = text.replace("cells", "").replace("T", " ").split()
        assert text.startswith(("primero:", "kobo:")) or all(not w.isalpha() or w in {"N", "E"} for w in words)


@pytest.mark.parametrize(
    ("sheets", "sentence"),
    [
        ({"Marie Ngbando": [["Name", "Age"], ["Marie", 14]]}, r"^x\.xlsx is not a Primero MRM export: no sheet lists"),
        ({"Violations": [HEADER[:-1]]}, r"sheet 1 has 2 columns that count 'girls', and not exactly one under"),
        ({"Violations": [ABOVE, HEADER]}, r"^x\.xlsx has sheets of violations but 0 rows; nothing was imported$"),
        ({"Empty": []}, r"^x\.xlsx is not a Primero MRM export"),
    ],
)
def test_a_wrong_workbook_is_refused_in_one_sentence(tmp_path: Path, sheets: dict[str, Rows], sentence: str) -> None:
    with pytest.raises(ImportRefusedError, match=sentence) as refusal:
        read_primero(saved(tmp_path / "x.xlsx", sheets))
    assert "\n" not in str(refusal.value)
    assert "Marie" not in str(refusal.value)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("empty.csv", r"^empty\.csv is empty \(0 bytes\); nothing was imported$"),
        ("tabs.csv", r"^tabs\.csv is not an XLSX workbook; export the violations from Primero as XLSX$"),
        ("missing.xlsx", r"^cannot read .*missing\.xlsx"),
        ("primero_cut_short.xlsx", r"^primero_cut_short\.xlsx "),
    ],
)
def test_a_file_that_is_no_workbook_is_refused(file: str, sentence: str) -> None:
    with pytest.raises(ImportRefusedError, match=sentence):
        read_file("primero", BAD / file)


def test_a_formula_nobody_calculated_rejects_its_row_and_a_hidden_sheet_is_not_read(tmp_path: Path) -> None:
    girls = HEADER.index("Girls", HEADER.index("Girls") + 1)
    sheets = violation_export([*FIRST[:girls], "=1+1", *FIRST[girls + 1 :]], SECOND)
    path = saved(tmp_path / "formula.xlsx", sheets | {"Abduction": form_export()["Enlèvement"]})
    book = openpyxl.load_workbook(path)
    book["Abduction"].sheet_state = "hidden"
    book.save(path)
    reading = read_primero(path, country="CAF")
    assert (reading.rows_read, reading.frame.index.tolist()) == (2, [2])
    assert reading.rejects[["line", "column", "value"]].to_numpy().tolist() == [[1, "girls", ""]]
    assert reading.rejects["reason"][0].startswith("sheet 1, row 4: formula without a stored value")


def test_a_violation_whose_incident_stands_in_no_sheet_is_rejected(tmp_path: Path) -> None:
    sheets = form_export()
    sheets["Incident"] = sheets["Incident"][:2]
    reading = read_primero(saved(tmp_path / "forms.xlsx", sheets), country="CAF")
    assert len(reading.frame) == 2
    assert reading.rejects["reason"].tolist() == [
        f"sheet 4, row {row}: its incident stands in no sheet" for row in (2, 3)
    ]
