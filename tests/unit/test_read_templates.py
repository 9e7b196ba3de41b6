"""Silent risks here: a template that lost a column of its contract; a misspelt column left out without a word; a
position in the wrong hemisphere because two columns were exchanged; a decimal comma read as thousands."""

from pathlib import Path

import pytest

from geo.errors import ImportRefusedError
from geo.readers import TEMPLATES, read_file
from geo.readers.templates import blank_template, read_template
from geo.schema import TABLES

ROOT = Path(__file__).resolve().parents[2]
BAD = ROOT / "tests" / "bad"


@pytest.mark.parametrize("table", TEMPLATES)
def test_blank_templates_hold_the_columns_of_the_contract_and_hxl_tags(table: str) -> None:
    text = (ROOT / "data" / "forms" / f"{table}.csv").read_text(encoding="utf-8")
    assert text == blank_template(table), "write the blank template anew: the contract has changed"
    header, tags = (line.split(",") for line in text.splitlines())
    assert header == TABLES[table].column_names
    assert len(tags) == len(header)
    assert all(tag.startswith("#") for tag in tags)


@pytest.mark.parametrize("table", TEMPLATES)
def test_a_blank_template_has_no_rows(table: str) -> None:
    with pytest.raises(ImportRefusedError, match=rf"^{table}\.csv has a header but 0 rows; nothing was imported$"):
        read_file(table, ROOT / "data" / "forms" / f"{table}.csv")


def test_wrong_positions_are_each_rejected_with_the_reason() -> None:
    reading = read_template(BAD / "coordinates.csv", table="bases")
    assert [tuple(row) for row in reading.rejects.to_numpy()] == [
        (3, "latitude", "118.56", "above 90; latitude and longitude swapped?"),
        (
            4,
            "latitude",
            "18.56 N 4.37 E",
            "position lies outside CAF but inside once exchanged; latitude and longitude swapped?",
        ),
        (5, "longitude", "NaN", "required value is missing"),
        (6, "longitude", "inf", "not a finite number"),
        (7, "latitude", "1e400", "not a finite number"),
        (8, "longitude", "", "required value is missing"),
        (9, "longitude", "18°33'E", "not a finite number"),
        (10, "longitude", "18,56", "not a finite number"),
        (11, "longitude", "181", "above 180"),
    ]
    assert reading.flags["reason"].tolist() == ["position lies outside CAF"]
    assert reading.frame["base_id"].tolist() == ["sound", "far"]
    assert reading.rows_read == 11


def test_impossible_dates_and_repeated_ids_are_rejected() -> None:
    reading = read_template(BAD / "dates_and_ids.csv", table="bases")
    assert reading.rejects[["line", "column", "value"]].to_numpy().tolist() == [
        [3, "valid_from", "2014-02-30"],
        [4, "valid_from", "28/02/2014"],
        [5, "valid_to", "2015-01-01"],
        [6, "base_id", "b1"],
        [7, "base_id", ""],
        [8, "organisation_type", "army"],
        [8, "headquarters", "perhaps"],
    ]
    assert reading.frame["organisation_type"].tolist() == ["mission", "un_agency"]


def test_header_names_match_in_any_case_and_unknown_columns_are_named() -> None:
    reading = read_template(BAD / "unknown_columns.csv", table="bases")
    assert reading.frame.loc[3, ["base_id", "organisation_type", "latitude"]].tolist() == ["b1", "mission", 4.3]
    assert reading.provenance.notes == (
        "second header row of HXL tags skipped",
        "columns left out, unknown to table bases: remark, commander",
    )
    assert reading.provenance.format == "bases"


def test_missing_required_columns_are_refused_in_one_sentence() -> None:
    with pytest.raises(ImportRefusedError) as refusal:
        read_template(BAD / "wrong_columns.csv", table="bases")
    assert str(refusal.value) == (
        "wrong_columns.csv is not a bases template: it has no column base_id, name, organisation, organisation_type, "
        "longitude, latitude; start from data/forms/bases.csv"
    )


def test_decimal_commas_are_numbers_where_semicolons_part_the_cells() -> None:
    reading = read_template(BAD / "semicolons.csv", table="bases")
    assert reading.frame[["longitude", "latitude"]].to_numpy().tolist() == [[20.65, 8.41], [17.45, 6.49]]
    assert reading.provenance.notes == ("numbers read with a decimal comma: 2",)


@pytest.mark.parametrize("file", ["cp1252.csv", "utf8_bom_crlf.csv", "utf16.csv", "tabs.csv"])
def test_spreadsheet_encodings_give_the_same_rows(file: str) -> None:
    reading = read_template(BAD / file, table="bases", country="CAF")
    assert reading.frame["name"].tolist() == ["Ndélé", "Bossangoa – nord"]


def test_country_fills_empty_cells_and_turns_away_others(tmp_path: Path) -> None:
    path = tmp_path / "sites.csv"
    path.write_text(
        "site_id,name,kind,longitude,latitude,country\n"
        "s1,A,town,18.5,4.4,\ns2,B,town,18.5,4.4,CAR\ns3,C,town,0.5,0.5,xya\ns4,D,town,0.5,0.5,Nowhere at all\n",
        encoding="utf-8",
    )
    reading = read_template(path, table="sites")
    assert reading.frame["country"].fillna("").tolist() == ["", "CAF", "XYA", ""]
    assert reading.flags[["line", "value"]].to_numpy().tolist() == [[5, "Nowhere at all"]]
    filled = read_template(path, table="sites", country="caf")
    assert filled.frame["site_id"].tolist() == ["s1", "s2"]
    assert filled.rejects["reason"].tolist() == [
        "country is XYA, not CAF",
        "country is not known, so not taken for CAF",
    ]


def test_a_table_without_country_says_that_the_code_was_not_used(tmp_path: Path) -> None:
    path = tmp_path / "requests.csv"
    path.write_text("request_id,site_id,alerted_on,status\nR-1,s1,2020-01-01,open\n", encoding="utf-8")
    reading = read_template(path, table="requests", country="CAF")
    assert len(reading.frame) == 1
    assert reading.provenance.notes == ("table requests has no column country; CAF was not used",)


@pytest.mark.parametrize("table", TEMPLATES)
def test_rows_that_are_all_ragged_store_nothing(tmp_path: Path, table: str) -> None:
    path = tmp_path / f"{table}.csv"
    path.write_text(blank_template(table) + "1,2\n", encoding="utf-8")
    reading = read_file(table, path, country="CAF")
    assert (reading.rows_read, len(reading.frame), reading.rejects["line"].tolist()) == (1, 0, [3])


def test_a_column_given_twice_is_refused() -> None:
    with pytest.raises(ImportRefusedError, match=r"has the column 'name' twice; remove or rename one"):
        read_template(BAD / "column_twice.csv", table="bases")


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ImportRefusedError, match=r"unknown format 'excel'; known: ucdp, geopko"):
        read_file("excel", BAD / "cp1252.csv")


@pytest.mark.parametrize(
    ("header", "cells", "told", "left_out"),
    [
        ("reason", "road", "road", False),
        ("not_verified_because", "road", "road", False),
        ("reason,not_verified_because", "insecurity,road", "road", True),
    ],
)
def test_a_template_from_before_a_rename_is_read_under_the_new_name(
    tmp_path: Path, header: str, cells: str, told: str, *, left_out: bool
) -> None:
    path = tmp_path / "visits.csv"
    path.write_text(
        f"visit_id,request_id,site_id,visited_on,outcome,{header}\nv-1,r-1,s-1,2020-06-01,pending,{cells}\n",
        encoding="utf-8",
    )
    reading = read_template(path, table="visits")
    assert reading.frame["not_verified_because"].tolist() == [told]
    assert any("columns left out" in note for note in reading.provenance.notes) is left_out
