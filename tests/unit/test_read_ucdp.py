"""Silent risks here: a centroid stored as an exact place; a file without header losing its first event; the iso3
column shifting all others; a narrative stored; -1 sources counted as a number; estimates "corrected"."""

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from geo.errors import ImportRefusedError
from geo.readers.ucdp import GED_COLUMNS, read_ucdp
from geo.schema import INCIDENTS

BAD = Path(__file__).resolve().parents[1] / "bad"
CAF = "GEDEvent_v23_1_CAF_1989-2020"
# As counted in the published file (PROVENANCE.md): precision of place.
CAF_PRECISION = {"exact": 1059, "near": 309, "admin2": 122, "admin1": 30, "country": 29, "region": 27}


def _faults(table: pd.DataFrame) -> list[tuple[object, ...]]:
    return list(table.itertuples(index=False, name=None))


def test_one_row_is_mapped_column_by_column() -> None:
    row = read_ucdp(BAD / "ucdp_rows.csv").frame.loc[2]
    assert row.dropna().to_dict() == {
        "incident_id": "ucdp:1",
        "source": "ucdp",
        "date_start": pd.Timestamp("2014-03-01"),
        "date_end": pd.Timestamp("2014-03-01"),
        "date_precision": 1,
        "longitude": 21.98,
        "latitude": 6.54,
        "place_precision": "exact",
        "place": "Bria town",
        "admin1": "Haute-Kotto province",
        "admin2": "Bria region",
        "country": "CAF",
        "actor_a": "anti-Balaka",
        "actor_a_id": "ucdp:4201",
        "actor_b": "Civilians",
        "actor_b_id": "ucdp:1",
        "event_type": "one_sided",
        "violation": "killing",
        "violation_basis": "suggested",
        "fatalities_low": 1,
        "fatalities_best": 2,
        "fatalities_high": 3,
        "sources_count": 2,
    }


def test_every_fault_of_a_wrong_file_is_found() -> None:
    reading = read_ucdp(BAD / "ucdp_rows.csv")
    assert _faults(reading.rejects) == [
        (8, "date_end", "2014-02-28", "earlier than date_start 2014-03-01"),
        (10, "latitude", "21.98 6.54", "differs from geom_wkt POINT (21.98 6.54); latitude and longitude swapped?"),
        (18, "place_precision", "8", "not one of exact, near, admin2, admin1, region, country, nowhere"),
        (20, "incident_id", "ucdp:1", "incident_id already stands in line 2"),
        (24, "latitude", "", "required value is missing"),
    ]
    assert _faults(reading.flags) == [
        (4, "fatalities_low", "6", "above fatalities_best 5; kept as given"),
        (4, "fatalities_best", "5", "above fatalities_high 4; kept as given"),
        (12, "latitude", "6.54 21.98", "differs from geom_wkt POINT (21.98 -6.54); the two columns are kept"),
        (16, "country", "Atlantis 9999", "country is not in the table of names and numbers"),
    ]
    assert reading.rows_read == 12 == len(reading.frame) + reading.rows_rejected


def test_estimates_out_of_order_keep_their_values() -> None:
    row = read_ucdp(BAD / "ucdp_rows.csv").frame.loc[4]
    assert row[["fatalities_low", "fatalities_best", "fatalities_high"]].tolist() == [6, 5, 4]


def test_minus_one_sources_and_empty_estimates_are_missing_not_zero() -> None:
    frame = read_ucdp(BAD / "ucdp_rows.csv").frame
    assert frame.loc[6, "sources_count"] is pd.NA
    assert frame.loc[6, ["place_precision", "event_type"]].tolist() == ["nowhere", "state_based"]
    assert frame.loc[22, ["fatalities_low", "fatalities_best", "fatalities_high"]].isna().all()
    assert frame.loc[22, "date_end"] == pd.Timestamp("2014-03-02")


def test_narratives_are_not_stored() -> None:
    reading = read_ucdp(BAD / "ucdp_rows.csv")
    assert list(reading.frame.columns) == INCIDENTS.column_names
    assert not reading.frame.astype("string").apply(lambda column: column.str.contains("headline|two")).any(axis=None)


def test_country_filter_rejects_the_others_with_the_reason() -> None:
    reading = read_ucdp(BAD / "ucdp_rows.csv", country="COD")
    assert reading.frame["incident_id"].tolist() == ["ucdp:7"]
    reasons = reading.rejects.set_index("line")["reason"]
    assert reasons[2] == "country is CAF, not COD"
    assert reasons[16] == "country is not known, so not taken for COD"
    assert reading.rows_read == 12


@pytest.mark.parametrize(
    ("file", "note", "lines"),
    [
        ("ucdp_without_header.csv", "no header row; read as the known layout of 49 columns", [1, 3, 5]),
        ("ucdp_without_header_iso3.csv", "no header row; read as the known layout of 50 columns", [1, 3, 5]),
        ("ucdp_hdx.csv", "second header row of HXL tags skipped", [3, 5, 7]),
    ],
)
def test_other_forms_give_the_same_incidents(file: str, note: str, lines: list[int]) -> None:
    reading = read_ucdp(BAD / file)
    plain = read_ucdp(BAD / "ucdp_rows.csv").frame.loc[[2, 4, 6]]
    pd.testing.assert_frame_equal(reading.frame.reset_index(drop=True), plain.reset_index(drop=True))
    assert reading.frame.index.tolist() == lines
    assert reading.provenance.notes == (note,)


def test_geojson_takes_the_geometry_for_the_position() -> None:
    reading = read_ucdp(BAD / "ucdp.geojson")
    assert reading.frame[["incident_id", "longitude", "latitude"]].to_numpy().tolist() == [["ucdp:1", 21.98, 6.54]]
    assert _faults(reading.rejects) == [
        (2, "geometry", "none", "geometry is not a point"),
        (3, "geometry", "LineString", "geometry is not a point"),
        (4, "latitude", "96.54", "above 90; latitude and longitude swapped?"),
    ]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("wrong_columns.csv", r"^wrong_columns\.csv is not a UCDP GED file: it has no column type_of_violence, "),
        ("ucdp_other.geojson", r"^ucdp_other\.geojson is not a UCDP GED file: it has no property id, "),
        ("ucdp_nan.geojson", r"^ucdp_nan\.geojson holds NaN, which is no number in JSON"),
        ("empty.csv", r"^empty\.csv is empty \(0 bytes\); nothing was imported$"),
    ],
)
def test_other_files_are_refused(file: str, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message):
        read_ucdp(BAD / file)


@pytest.mark.parametrize("row", ["1,2", "1" + "," * 60])
def test_a_file_whose_every_row_is_ragged_stores_nothing(tmp_path: Path, row: str) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text(",".join(GED_COLUMNS) + "\n" + row + "\n", encoding="utf-8")
    reading = read_ucdp(path, country="CAF")
    assert (reading.rows_read, len(reading.frame), reading.rows_rejected) == (1, 0, 1)
    assert reading.rejects["column"].tolist() == ["(row)"]


def test_a_headless_file_of_another_width_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_text("1,2,3\n4,5,6\n", encoding="utf-8")
    with pytest.raises(ImportRefusedError, match=r"cut\.csv is not a UCDP GED file"):
        read_ucdp(path)


def test_the_known_layout_has_49_columns() -> None:
    assert len(GED_COLUMNS) == 49 == len(set(GED_COLUMNS))


@pytest.mark.parametrize("suffix", ["csv", "geojson"])
def test_real_car_file(shared_data: Path, suffix: str) -> None:
    reading = read_ucdp(shared_data / "ucdp" / f"{CAF}.{suffix}", country="CAF")
    assert (reading.rows_read, len(reading.frame), reading.rows_rejected) == (1576, 1576, 0)
    assert reading.frame["place_precision"].value_counts().to_dict() == CAF_PRECISION
    assert reading.frame["sources_count"].isna().sum() == 229
    assert (reading.frame["date_start"] != reading.frame["date_end"]).sum() == 423
    # Six rows with low > best, fourteen with best > high; one row has both.
    assert (len(reading.flags), reading.rows_flagged) == (20, 19)


def test_both_real_forms_agree(shared_data: Path) -> None:
    table, features = (read_ucdp(shared_data / "ucdp" / f"{CAF}.{suffix}").frame for suffix in ("csv", "geojson"))
    pd.testing.assert_frame_equal(table.reset_index(drop=True), features.reset_index(drop=True))


def test_real_global_sample_has_a_country_in_every_row(shared_data: Path) -> None:
    path = shared_data / "ucdp" / "ged_sample1000_global_to2020_noSSD.csv"
    reading = read_ucdp(path)
    assert (reading.rows_read, reading.rows_rejected) == (885, 0)
    assert reading.frame["country"].notna().all()
    assert (reading.frame["country"] == "COD").sum() == 24
    assert len(read_ucdp(path, country="CAF").frame) == 5


def _zipped(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_the_zip_as_published_gives_what_its_csv_gives(tmp_path: Path) -> None:
    content = (BAD / "ucdp_rows.csv").read_bytes()
    packed = read_ucdp(_zipped(tmp_path / "ged.zip", {"ged/GEDEvent.csv": content, "codebook.pdf": b"%PDF"}))
    bare = read_ucdp(BAD / "ucdp_rows.csv")
    for name in ("frame", "rejects", "flags"):
        pd.testing.assert_frame_equal(getattr(packed, name), getattr(bare, name))
    assert (packed.rows_read, packed.provenance.encoding) == (bare.rows_read, bare.provenance.encoding)
    assert packed.provenance.file_name == "ged.zip"
    assert packed.provenance.sha256 != bare.provenance.sha256


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"a.csv": b"id\n1\n", "b/c.CSV": b"id\n1\n"},
            r"^ged.zip holds 2 data files \(a.csv, b/c.CSV\); zip one alone$",
        ),
        ({"readme.txt": b"hello"}, r"^ged.zip holds no file ending in .csv$"),
        ({"a.csv": b"name\nBria\n"}, r"^ged.zip is not a UCDP GED file: it has no column id, "),
        ({"a.csv": b""}, r"^ged.zip is empty \(0 bytes\); nothing was imported$"),
        ({"a.csv": b"PK\x03\x04"}, r"^ged.zip is a ZIP archive or an Excel workbook; unpack it"),
        ({"a.csv": b"1," * 3_000_000}, r"^a.csv in the zip unpacks to more than 100 times its size"),
        ({"../a.csv": b"id\n1\n"}, r"^ged.zip holds '../a.csv', no name or a path outside itself"),
    ],
)
def test_other_zips_are_refused_in_one_sentence(tmp_path: Path, parts: dict[str, bytes], message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message):
        read_ucdp(_zipped(tmp_path / "ged.zip", parts))
