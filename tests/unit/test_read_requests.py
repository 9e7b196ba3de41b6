"""Silent risks here: a name that enters by a site, a choice or an id; a site guessed; an age counted from another day
than the alert; a settled violation put in the queue again; an export that repeats itself and takes back what people set."""

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from pyxform.xls2xform import convert

from geo.__main__ import main
from geo.errors import ImportRefusedError
from geo.readers import OF_RECORDED, read_file
from geo.readers.kobo_form import LANGUAGES, save_xlsform, words_of, xlsform_sheets
from geo.readers.kobo_requests import COLUMNS
from geo.readers.kobo_requests_form import CHOICES, REQUEST_FORM, SURVEY
from geo.readers.reading import Reading
from geo.readers.recorded import Recorded, match_sites, site_labels
from geo.schema import BLOCKERS, REFERRAL_STATUSES, TABLES, VIOLATIONS
from geo.workspace import Workspace, open_workspace
from tests.toy_readings import reading_of
from tests.unit.test_read_kobo_roads import cells
from tests.unit.test_read_primero import saved

ROOT = Path(__file__).resolve().parents[2]
BAD, FORM = ROOT / "tests" / "bad", ROOT / "data" / "forms" / "request_xlsform.xlsx"


def site(site_id: str, name: str, p_code: str | None = None, country: str | None = None) -> dict[str, Any]:
    return {
        "site_id": site_id, "name": name, "p_code": p_code, "country": country, "kind": "village", "longitude": 1.5,
        "latitude": 0.5,
    }  # fmt: skip


SITES = reading_of(
    "sites",
    [
        site("s-1", "Maloum", "XT01", "CAF"),
        site("s-2", "Riverside", "XT02"),
        site("s-3", "Twinville", "XT03"),
        site("s-4", "Twinville", None, "COD"),
        site("s-5", "Bambari", "XT05", "CAF"),
    ],
).frame.reset_index(drop=True)


def recorded(ids: tuple[str, ...] = (), edited: tuple[str, ...] = ()) -> Recorded:
    return Recorded(sites=SITES, request_ids=frozenset(ids), edited_ids=frozenset(edited))


def read(format_name: str, path: Path, known: Recorded | None = None, country: str | None = None) -> Reading:
    reading = read_file(format_name, path, recorded=known or recorded(), country=country)
    assert reading.table == "requests"
    assert reading.rows_read == len(reading.frame) + reading.rows_rejected
    return reading


def reasons(reading: Reading) -> dict[int, str]:
    return {
        int(line): " | ".join(found["column"] + ": " + found["reason"])
        for line, found in reading.rejects.groupby("line")
    }


def test_the_committed_form_is_what_the_code_writes_and_pyxform_takes_it(tmp_path: Path) -> None:
    assert cells(FORM) == xlsform_sheets(REQUEST_FORM), (
        "write the form anew: geo/readers/kobo_requests_form.py has changed"
    )
    save_xlsform(tmp_path / "form.xlsx", REQUEST_FORM)
    assert cells(tmp_path / "form.xlsx") == cells(FORM)
    result = convert(FORM)
    assert result.warnings == []
    assert result.xform.count("<translation ") == len(LANGUAGES)
    assert "sites.csv" in result.xform


def test_no_question_takes_text_and_every_word_stands_in_both_languages() -> None:
    kinds = {question.type.split()[0] for question in SURVEY}
    assert kinds == {"begin", "end", "date", "integer", "select_one", "select_multiple", "select_one_from_file"}
    seen: dict[str, str] = {}
    for question in COLUMNS.questions.values():
        assert all(question.label)
        assert all(question.hint) or not any(question.hint)
        for word in words_of(question):
            assert "/" not in word
            assert seen.setdefault(word.lower(), question.name) == question.name
    for listed, (vocabulary, words) in CHOICES.items():
        assert set(words) == set(vocabulary), listed
        labels = [label for pair in words.values() for label in pair]
        assert all(labels)
        assert len({label.lower() for label in labels}) == len({*map(str.lower, labels)})
    assert CHOICES["blocker"][0] == BLOCKERS
    assert CHOICES["referral"][0] == REFERRAL_STATUSES
    assert CHOICES["violation"][0] == VIOLATIONS


@pytest.mark.parametrize("words", [0, 1, 2], ids=["names", "English", "French"])
def test_an_export_with_names_or_labels_imports_cleanly(tmp_path: Path, words: int) -> None:
    def answer(kind: str, name: str) -> str:
        if not kind.startswith(("select_one ", "select_multiple ")):
            usual = {"date": "2026-11-02", "integer": "1"}
            return ("s-3" if words == 0 else "Twinville (XT03)") if name == "site_id" else usual[kind]
        vocabulary, labels = CHOICES[kind.split()[1]]
        chosen = vocabulary if name == "blocked_by" else vocabulary[:1] if name != "referral" else ("referred",)
        return " ".join(one if words == 0 else labels[one][words - 1] for one in chosen)

    asked = list(COLUMNS.questions.values())
    header = [list(words_of(question))[words] for question in asked] + ["_uuid", "_submission_time"]
    answers = [answer(question.type, question.name) for question in asked] + ["0f" * 16, "2026-11-03T08:00:00"]
    path = tmp_path / "export.csv"
    path.write_text("\n".join(";".join(f'"{cell}"' for cell in row) for row in (header, answers)), encoding="utf-8")
    reading = read("kobo_requests", path)
    assert reading.rejects.empty
    assert reading.flags.empty
    row = reading.frame.iloc[0]
    assert row["site_id"] == "s-3"
    assert row["blocked_by"] == ";".join(BLOCKERS)
    assert (row["violation"], row["status"], row["referral"]) == (VIOLATIONS[0], "open", "referred")
    assert (row["presented_as_wives"], row["detained"], row["movement_risk"]) == (True, True, "low")
    assert row["request_id"].startswith("kobo:")


def test_every_faulty_submission_is_rejected_with_its_reason_and_no_name() -> None:
    reading = read("kobo_requests", BAD / "kobo_requests.csv")
    columns = ["site_id", "violation", "girls", "sex_unknown", "blocked_by", "detained", "referral"]
    assert reading.frame[columns].astype(object).where(reading.frame[columns].notna(), None).to_numpy().tolist() == [
        ["s-1", "abduction", 2, 1, "escort;road", False, "needed"],
        ["s-2", "killing", 0, 0, "road", None, "referred"],
        ["s-2", "killing", 0, 0, None, False, "not_needed"],
        ["s-3", "killing", 0, 0, None, False, "needed"],
    ]
    assert reasons(reading) == {
        5: "site_id: line 5: 2 sites are called so; a site is never guessed",
        6: "site_id: line 6: no recorded site has this id, p-code or name; a site is never guessed",
        7: "site_id: line 7: no site is named",
        8: "alerted_on: line 8: not a date (YYYY-MM-DD)",
        9: f"violation: line 9: not one of {', '.join(VIOLATIONS)}",
        10: "girls: line 10: above 9999, so not taken for a count",
        11: f"blocked_by: line 11: not one of {', '.join(BLOCKERS)}",
        12: "request_id: line 12: required value is missing",
        13: "request_id: line 13: request_id already stands in line 2",
        14: "(row): line 14: the header has 17 cells",
    }
    everything = reading.frame.to_csv() + reading.rejects.to_csv() + reading.flags.to_csv() + str(reading.provenance)
    for word in ("Marie", "Ngbando", "nobody", "77123456"):
        assert word not in everything


def test_a_site_is_named_exactly_or_not_at_all() -> None:
    texts = pd.Series(
        [" xt01 ", "MALOUM", "Malou", "Maloum 2", "s-4", "Twinville (s-4)", "Twinville", None, "Riverside"],
        index=range(2, 11),
        dtype="string",
    )
    found = match_sites(texts, SITES)
    assert found.site_id.fillna("").tolist() == ["s-1", "s-1", "", "", "s-4", "s-4", "", "", "s-2"]
    assert found.rejects["line"].tolist() == [4, 5, 8, 9]
    of_congo = match_sites(texts, SITES, countries=pd.Series("COD", index=texts.index, dtype="string"))
    assert of_congo.site_id.fillna("").tolist() == ["", "", "", "", "s-4", "s-4", "", "", "s-2"]
    assert site_labels(SITES).tolist() == [
        "Maloum", "Riverside", "Twinville (XT03)", "Twinville (s-4)", "Bambari",
    ]  # fmt: skip


@pytest.mark.parametrize("format_name", sorted(OF_RECORDED))
def test_without_a_recorded_site_the_file_is_refused(format_name: str) -> None:
    nothing = Recorded(sites=TABLES["sites"].empty())
    for known in (None, nothing):
        with pytest.raises(ImportRefusedError, match=f"^{format_name} names sites, and none is recorded"):
            read_file(format_name, BAD / "kobo_requests.csv", recorded=known)


@pytest.mark.parametrize(
    ("format_name", "name", "said"),
    [
        ("kobo_requests", "kobo_other_form.csv", "is not an export of data/forms/request_xlsform.xlsx"),
        ("kobo_requests", "empty.csv", "is empty"),
        ("kobo_requests", "nowhere.csv", "cannot read"),
        ("primero_requests", "kobo_requests.csv", "is not an XLSX workbook"),
        ("primero_requests", "primero_cut_short.xlsx", "primero_cut_short.xlsx"),
    ],
)
def test_another_file_is_refused_in_one_sentence(format_name: str, name: str, said: str) -> None:
    with pytest.raises(ImportRefusedError, match=said):
        read(format_name, BAD / name)


HEADER = (
    *("Incident Code", "Violation", "Violation Type", "Start date of incident", "End date of incident"),
    *("Date of First Report", "Incident location", "CTFMR Verified", "CTFMR Verified Date"),
    *("Girls", "Boys", "Unknown", "Total", "Name of contact", "Account"),
)


def violation(number: int, **values: Any) -> list[Any]:
    usual = {
        "Incident Code": f"CAF-22-{number:03}",
        "Violation": f"{number:08d}-d1ac-4592-bd9e-2b5bd3194765",
        "Violation Type": "Abduction",
        "Start date of incident": "08-Apr-2022",
        "Date of First Report": dt.date(2022, 4, 20),
        "Incident location": "Central African Republic::Ouaka::Bambari::Maloum",
        "CTFMR Verified": "Report pending verification",
        "Girls": 1,
        "Boys": 2,
        "Unknown": 0,
        "Total": 5,
        "Name of contact": "Marie Ngbando",
        "Account": "she was seen by",
    }
    return [{**usual, **values}.get(name) for name in HEADER]


def export(tmp_path: Path, *rows: list[Any]) -> Path:
    above = [*[None] * 9, "Number of victims", *[None] * 5]
    return saved(tmp_path / "export.xlsx", {"Violations": [above, list(HEADER), *rows]})


def test_what_is_pending_is_a_request_with_its_counts(tmp_path: Path) -> None:
    reading = read("primero_requests", export(tmp_path, violation(1), violation(2, **{"CTFMR Verified": None})))
    row = reading.frame.iloc[0]
    assert row["request_id"].startswith("primero:CAF-22-001:abduction:")
    assert (row["site_id"], row["violation"], row["status"]) == ("s-1", "abduction", "open")
    assert (row["alerted_on"], row["incident_on"]) == (pd.Timestamp("2022-04-20"), pd.Timestamp("2022-04-08"))
    assert (row["girls"], row["boys"], row["sex_unknown"]) == (1, 2, 2), "5 in all, 3 counted by sex"
    assert row[["blocked_by", "referral", "actor_id", "verified_on", "organisation"]].isna().all()
    assert len(reading.frame) == 2
    everything = reading.frame.to_csv() + reading.rejects.to_csv() + reading.flags.to_csv() + str(reading.provenance)
    assert "Marie" not in everything
    assert "seen by" not in everything
    assert any("one request per violation" in note for note in reading.provenance.notes)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"CTFMR Verified": "Verified"}, "verified, so nothing waits"),
        ({"CTFMR Verified": "Not verified"}, "not_verified, so nothing waits"),
        ({"Date of First Report": None}, "no date of the first report"),
        ({"Date of First Report": "in spring"}, "not a date"),
        ({"Incident location": "Central African Republic::Ouaka::Bambari"}, "ends at an area, which names no site"),
        ({"Incident location": "Central African Republic::Ouaka::Bambari::Maloum 3"}, "no recorded site has this"),
        ({"Incident location": "South Sudan::Unity::Leer::Maloum"}, "no recorded site has this"),
        ({"Incident location": "Central African Republic::Ouaka::X::Twinville"}, None),
        ({"Incident location": "XT05"}, None),
        ({"Incident location": None}, "no site is named"),
        ({"Violation Type": "Something else"}, "no type of violation"),
        ({"Incident Code": "Marie"}, "no code"),
        ({"Girls": 77123456}, "above 9999"),
        ({"CTFMR Verified": "perhaps"}, "not a CTFMR verification status"),
    ],
)
def test_what_cannot_be_a_request_is_rejected_with_the_reason(
    tmp_path: Path, values: dict[str, Any], reason: str | None
) -> None:
    reading = read("primero_requests", export(tmp_path, violation(1, **values)))
    assert reading.rows_read == 1
    if reason is None:
        assert len(reading.frame) == 1
    else:
        assert reason in reasons(reading)[1]
        assert "sheet 1, row 3" in reasons(reading)[1]
    assert not reading.rejects["value"].astype(str).str.contains("Marie|77123456").any()


@pytest.mark.parametrize(
    ("end", "incident_on", "flagged"),
    [
        (None, "2022-04-08", None),
        ("2022-06-30", "2022-06-30", "of several days in one quarter the last is kept"),
        ("2022-07-01", None, "its days lie in several quarters"),
    ],
)
def test_a_quarter_is_never_guessed(
    tmp_path: Path, end: str | None, incident_on: str | None, flagged: str | None
) -> None:
    reading = read("primero_requests", export(tmp_path, violation(1, **{"End date of incident": end})))
    day = reading.frame["incident_on"].iloc[0]
    assert (None if pd.isna(day) else f"{day:%Y-%m-%d}") == incident_on
    said = " ".join(reading.flags.loc[reading.flags["column"] == "incident_on", "reason"])
    assert (flagged or "") in said
    assert bool(said) == (flagged is not None)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = open_workspace(tmp_path / "w", author="test", create=True)
    columns = SITES[["site_id", "name", "p_code", "country"]].astype(object)
    rows = columns.where(columns.notna(), None).itertuples(index=False)
    made.add(reading_of("sites", [site(*row) for row in rows]))
    return made


def test_a_later_export_closes_what_was_settled_and_keeps_what_people_set(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "later").mkdir()
    first = export(tmp_path, violation(1), violation(2), violation(3))
    workspace.add(read("primero_requests", first, workspace.recorded()))
    ids = sorted(workspace.table("requests")["request_id"])
    workspace.edit("requests", ids[1], {"blocked_by": "escort"}, reason="convoy")
    done = {"CTFMR Verified": "Verified", "CTFMR Verified Date": dt.date(2022, 7, 2)}
    later = export(tmp_path / "later", violation(1, **done), violation(2, **done), violation(3), violation(4, **done))
    reading = read("primero_requests", later, workspace.recorded())
    assert reading.rows_rejected == 2
    assert "a person has changed this request since" in reasons(reading)[2]
    assert "no request of it is recorded" in reasons(reading)[4]
    workspace.add(reading)
    table = workspace.table("requests").set_index("request_id")
    assert table["status"].tolist() == ["closed", "open", "open"]
    assert table["verified_on"].iloc[0] == pd.Timestamp("2022-07-02")
    assert table["blocked_by"].fillna("").tolist() == ["", "escort", ""]
    assert table["version"].tolist() == [2, 2, 1]


def test_the_command_line_takes_both_in_and_offers_the_sites(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--workspace", str(workspace.path)]
    assert main(["import", "kobo_requests", str(BAD / "kobo_requests.csv"), *place]) == 0
    assert '"rows_stored": 4, "rows_rejected": 10' in capsys.readouterr().out
    assert main(["import", "kobo_requests", str(BAD / "kobo_requests.csv"), *place]) == 0
    assert "duplicate_of" in capsys.readouterr().out
    assert main(["import", "primero_requests", str(export(tmp_path, violation(1))), *place]) == 0
    assert '"rows_stored": 1, "rows_rejected": 0' in capsys.readouterr().out
    assert main(["form-sites", "--audience", "task_force", "--out", str(tmp_path / "sites.csv"), *place]) == 0
    offered = pd.read_csv(tmp_path / "sites.csv")
    assert offered[["name", "label"]].to_numpy().tolist()[-1] == ["s-4", "Twinville (s-4)"]
    capsys.readouterr()
    assert main(["form-sites", "--audience", "cluster", *place]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "withheld from the audience cluster" in printed.err
    assert main(["import", "kobo_requests", str(BAD / "kobo_requests.csv"), "--workspace", str(tmp_path / "no")]) == 2
    assert "there is no workspace" in capsys.readouterr().err


def test_an_xlsx_export_names_no_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Marie Ngbando"
    for row in (("alerted_on", "site_id", "referral", "_uuid"), ("2026-11-03", "s-1", "needed", "aaaaaaaa-0001")):
        sheet.append(row)
    book.create_sheet("other").append(["x"])
    book.save(tmp_path / "export.xlsx")
    reading = read("kobo_requests", tmp_path / "export.xlsx")
    assert len(reading.frame) == 1
    assert "Marie" not in str(reading.provenance)
