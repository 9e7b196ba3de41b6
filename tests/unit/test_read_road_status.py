"""Silent risks here: "restricted" read as open; a code that forbids trucks read as good for all; a line in metres taken for
degrees; a second report of the same day that hides the first; a fee in a currency nobody named; a name that comes along."""

from pathlib import Path

import pytest

from geo.errors import ImportRefusedError
from geo.readers import read_file
from geo.workspace.store import open_workspace

BAD = Path(__file__).resolve().parents[1] / "bad"


def test_words_and_codes_of_road_status_tables_are_ours() -> None:
    reading = read_file("unsdit", BAD / "unsdit.csv")
    assert reading.table == "road_reports"
    told = reading.frame[["status", "vehicles", "road_id", "longitude"]].astype(object)
    assert told.where(told.notna(), None).to_numpy().tolist() == [
        ["passable", None, None, 1.5],
        ["difficult", None, None, None],
        ["impassable", None, "N-3", None],
        ["passable", None, "N-4", None],
        ["difficult", None, "N-5", None],
        ["impassable", "4x4;truck", "N-6", None],
        ["impassable", "4x4;truck;motorcycle", None, 1.25],
    ]
    assert reading.frame["line_wkt"].notna().sum() == 1
    assert reading.frame["observed_on"].dt.day.tolist() == [2, 3, 4, 5, 5, 5, 5]
    assert reading.frame["report_id"].iloc[0] == "unsdit:N-1:2026-11-02"
    assert reading.flags[["line", "value", "reason"]].to_numpy().tolist() == [
        [6, "3", "only a 4WD under 3.5 t passes, a truck does not; kept as difficult for all"]
    ]


def test_every_row_of_a_status_table_is_stored_or_rejected_with_a_reason() -> None:
    reading = read_file("unsdit", BAD / "unsdit.csv")
    assert reading.rows_read == 15 == len(reading.frame) + reading.rows_rejected
    assert [tuple(row) for row in reading.rejects[["line", "column", "reason"]].to_numpy()] == [
        (9, "status", "required value is missing"),
        (10, "status", "not one of passable, difficult, impassable"),
        (11, "observed_on", "not a date (YYYY-MM-DD)"),
        (12, "longitude", "no place is given; give a point, line_wkt or road_id"),
        (13, "line_wkt", "vertex 500000 900000 is no longitude and latitude in degrees; swapped?"),
        (14, "longitude", "longitude without the other coordinate; give longitude and latitude, or neither"),
        (15, "report_id", "report_id already stands in line 2"),
        (16, "(row)", "the header has 11 cells"),
    ]


def test_what_a_roadblock_file_says_is_looked_up_or_flagged() -> None:
    reading = read_file("roadblocks", BAD / "roadblocks.csv", country="CAF")
    assert reading.table == "constraints"
    told = reading.frame[["kind", "operator_type", "fee", "fee_currency", "behaviour"]].astype(object)
    assert told.where(told.notna(), None).to_numpy().tolist() == [
        ["checkpoint", "state", 500.0, "XAF", "orderly"],
        ["checkpoint", "non_state", 2000.0, "CDF", "extorts"],
        ["checkpoint", None, None, None, None],
        ["checkpoint", "community", None, None, "delays"],
        ["checkpoint", "militia", 5.5, "USD", "detains"],
    ]
    assert reading.frame["constraint_id"].iloc[0] == "roadblock:b1"
    assert reading.frame["constraint_id"].is_unique
    assert "constraints have no country; CAF was not used" in reading.provenance.notes
    assert sorted(reading.flags[["line", "column"]].to_numpy().tolist()) == [
        [4, "behaviour"],
        [4, "fee"],
        [4, "operator_type"],
    ]
    assert "Nobody" not in reading.frame.to_csv()


def test_every_row_of_a_roadblock_file_is_stored_or_rejected_with_a_reason() -> None:
    reading = read_file("roadblocks", BAD / "roadblocks.csv")
    assert reading.rows_read == 9 == len(reading.frame) + reading.rows_rejected
    assert [tuple(row) for row in reading.rejects[["line", "column", "reason"]].to_numpy()] == [
        (7, "longitude", "longitude without the other coordinate; give longitude and latitude, or neither"),
        (8, "latitude", "above 90; latitude and longitude swapped?"),
        (9, "reported_on", "not a date (YYYY-MM-DD)"),
        (10, "constraint_id", "constraint_id already stands in line 2"),
    ]


@pytest.mark.parametrize(
    ("format_name", "file_name", "reason"),
    [
        (
            "unsdit",
            "unsdit_without_status.csv",
            r"^unsdit_without_status\.csv is no table of road statuses: it has no column for a status \(e\.g\. status",
        ),
        ("unsdit", "roadblocks_other.csv", r"is no table of road statuses: it has no column for a status"),
        (
            "roadblocks",
            "roadblocks_other.csv",
            r"^roadblocks_other\.csv is no table of roadblocks: it has no column operator, fee or behaviour$",
        ),
        (
            "roadblocks",
            "unsdit_without_status.csv",
            r"it has no column longitude, latitude, operator, fee or behaviour$",
        ),
        ("unsdit", "empty.csv", r"^empty\.csv is empty \(0 bytes\); nothing was imported$"),
    ],
)
def test_other_files_are_refused_in_one_sentence(format_name: str, file_name: str, reason: str) -> None:
    with pytest.raises(ImportRefusedError, match=reason):
        read_file(format_name, BAD / file_name)


def test_the_same_file_twice_stores_nothing_and_a_newer_one_only_what_changed(tmp_path: Path) -> None:
    rows = ["RoadID,status,last_update", "N-1,open,2026-11-01", "N-2,closed,2026-11-01"]
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("\n".join(rows), encoding="utf-8")
    second.write_text("\n".join([*rows[:2], "N-2,restricted,2026-11-01", "N-2,open,2026-11-08"]), encoding="utf-8")
    workspace = open_workspace(tmp_path / "w", author="test", create=True)
    record = workspace.add(read_file("unsdit", first))
    assert workspace.add(read_file("unsdit", first)).duplicate_of == record.import_id
    workspace.add(read_file("unsdit", second))
    stored = workspace.table("road_reports").set_index("report_id")
    assert stored["version"].to_dict() == {
        "unsdit:N-1:2026-11-01": 1,
        "unsdit:N-2:2026-11-01": 2,
        "unsdit:N-2:2026-11-08": 1,
    }
    assert stored["status"].tolist() == ["passable", "difficult", "passable"]
    workspace.close()


def test_status_tables_in_other_spellings_are_read_too(tmp_path: Path) -> None:
    table = tmp_path / "status.csv"
    table.write_text(
        "Road ID;Road Status;CurntPrac;Last Update;Geometry\n"
        'R1;;4 - Light Truck (10mt);20/02/2026;"SRID=4326;LINESTRING (20.1 5.7, 20.2 5.8)"\n'
        "R2;;3 (4WD < 3.5mt);01/03/2026;\n"
        "R3;Passable with restrictions;;2 févr. 2026;\n"
        "R4;Closed to all traffic;;3-Mar-2026;\n"
        "R5;No info;;2026-03-03;\n",
        encoding="utf-8",
    )
    reading = read_file("unsdit", table)
    assert reading.frame["status"].tolist() == ["passable", "difficult", "difficult", "impassable"]
    assert [f"{day:%Y-%m-%d}" for day in reading.frame["observed_on"]] == [
        "2026-02-20",
        "2026-03-01",
        "2026-02-02",
        "2026-03-03",
    ]
    assert reading.frame["line_wkt"].notna().tolist() == [True, False, False, False]
    assert "days read as day/month/year" in reading.provenance.notes
    assert reading.rejects[["line", "column"]].to_numpy().tolist() == [[6, "status"]]


def test_days_that_may_be_read_both_ways_are_not_guessed(tmp_path: Path) -> None:
    table = tmp_path / "status.csv"
    both = ("03/02/2026", "02/20/2026"), ("20/02/2026", "02/20/2026"), ("03/02/2026", "04/05/2026")
    stored = []
    for days in both:
        table.write_text("RoadID,status,LastUpdate\n" + "".join(f"R{d[:2]},open,{d}\n" for d in days), encoding="utf-8")
        stored.append([f"{day:%m-%d}" for day in read_file("unsdit", table).frame["observed_on"]])
    assert stored == [["03-02", "02-20"], [], []]
