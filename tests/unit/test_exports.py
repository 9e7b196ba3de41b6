"""Files leave for good: silent risks are a number a spreadsheet reads differently, text it runs as a formula, NaN
that is no JSON, provenance left behind, a track that other software cannot open, bytes that differ from run to run.

``python -m pytest tests/unit/test_exports.py`` compares with tests/golden; a change there is a change for users.
"""

import datetime as dt
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from geo import hexgrid
from geo.answers.hexbin import answer_hexbin
from geo.answers.route import answer_route
from geo.errors import RequestError, WithheldError
from geo.exports.tables import TABLE_FORMATS, export_table, plain, rows_of
from geo.exports.tracks import export_tracks
from geo.model import Audience, HexbinRequest, LonLat, RouteRequest
from geo.redaction import Cleared, clear
from geo.settings import Settings
from tests.toy_country import DAY, table_top

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
PROVENANCE = {"made_by": "Piste", "sources": "own records", "as_of": "2020-06-30", "unit": "incidents per cell"}
CASE = Audience.CASE_TEAM
KML, GPX = "{http://www.opengis.net/kml/2.2}", "{http://www.topografix.com/GPX/1/1}"


@pytest.fixture(scope="module")
def cells(settings: Settings) -> Cleared:
    return answer_hexbin(table_top(settings), HexbinRequest(resolution=4), audience=CASE).cells


@pytest.fixture(scope="module")
def routes(settings: Settings) -> Cleared:
    request = RouteRequest(origin=LonLat(0.2, 0.5), destination=LonLat(1.0, 0.9), as_of=DAY)
    return answer_route(table_top(settings), request, audience=CASE).routes


def incidents(settings: Settings, **columns: Any) -> Cleared:
    return clear(pd.DataFrame(columns), view="incidents", audience=CASE, settings=settings)


@pytest.mark.parametrize("format_name", ["csv", "geojson", "gpx", "kml"])
def test_files_are_the_same_bytes_as_ever(cells: Cleared, routes: Cleared, format_name: str) -> None:
    if format_name in ("gpx", "kml"):
        made = [export_tracks(routes, format_name=format_name, provenance=PROVENANCE) for _ in range(2)]
    else:
        made = [export_table(cells, format_name=format_name, provenance=PROVENANCE) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0] == (GOLDEN / f"toy_country.{format_name}").read_bytes()


@pytest.mark.parametrize("format_name", TABLE_FORMATS)
def test_every_format_holds_the_same_counts(cells: Cleared, tmp_path: Path, format_name: str) -> None:
    content = export_table(cells, format_name=format_name, provenance=PROVENANCE)
    path = tmp_path / f"export.{format_name}"
    path.write_bytes(content)
    read = {
        "json": lambda: pd.DataFrame(json.loads(content)["rows"]),
        "csv": lambda: pd.read_csv(path),
        "hxl": lambda: pd.read_csv(path, skiprows=[1]),
        "geojson": lambda: gpd.read_file(path),
        "gpkg": lambda: gpd.read_file(path),
        "parquet": lambda: gpd.read_parquet(path),
    }[format_name]()
    assert read["cell"].tolist() == hexgrid.to_text(cells.frame["cell"].to_numpy(dtype=np.uint64))
    assert read["incidents"].to_numpy() == pytest.approx(cells.frame["incidents"].to_numpy(), rel=1e-8)
    if format_name in ("geojson", "gpkg", "parquet"):
        assert read.crs.to_epsg() == 4326
        centre = hexgrid.centres(cells.frame["cell"].to_numpy(dtype=np.uint64))
        assert shapely.contains_xy(read.geometry.to_numpy(), *centre).all()


def test_provenance_and_audience_travel_inside(cells: Cleared, tmp_path: Path) -> None:
    made = {name: export_table(cells, format_name=name, provenance=PROVENANCE) for name in TABLE_FORMATS}
    assert json.loads(made["json"])["provenance"] == PROVENANCE
    assert json.loads(made["json"])["statement"]["audience"] == "case_team"
    assert set(pd.read_csv(io.BytesIO(made["csv"]))["audience"]) == {"case_team"}
    assert json.loads(made["geojson"])["metadata"]["as_of"] == "2020-06-30"
    (tmp_path / "a.gpkg").write_bytes(made["gpkg"])
    assert pyogrio.read_info(tmp_path / "a.gpkg")["dataset_metadata"]["sources"] == "own records"
    metadata = pq.read_schema(io.BytesIO(made["parquet"])).metadata
    assert metadata[b"piste:unit"] == b"incidents per cell"
    assert str(tmp_path.parent).encode() not in b"".join(made.values())


def test_the_second_row_of_hxl_tags_every_column(cells: Cleared) -> None:
    content = export_table(cells, format_name="hxl", provenance=PROVENANCE).decode().splitlines()
    tags = dict(zip(content[0].split(","), content[1].split(","), strict=True))
    assert tags["incidents"] == "#event+num"
    assert tags["cell"] == "#geo+cell+code+v_h3"
    assert tags["audience"] == "#meta+audience"
    # HXL 1.1: a hashtag and attributes of letters, digits and underscores, each beginning with a letter.
    assert all(re.fullmatch(r"#[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)*", tag) for tag in tags.values())


def test_an_unknown_format_is_refused_by_name(cells: Cleared) -> None:
    with pytest.raises(RequestError, match="unknown format 'xls'; known: json, csv, hxl, geojson, gpkg, parquet"):
        export_table(cells, format_name="xls", provenance={})


def test_a_table_without_place_is_no_map(settings: Settings) -> None:
    totals = clear(pd.DataFrame({"incidents": [60.0]}), view="totals", audience=CASE, settings=settings)
    with pytest.raises(RequestError, match="totals as case_team may see it has no place on a map; ask for csv or json"):
        export_table(totals, format_name="geojson", provenance={})


def test_points_become_points(settings: Settings) -> None:
    table = incidents(settings, incident_id=["a"], longitude=[18.5567891], latitude=[4.1])
    (feature,) = json.loads(export_table(table, format_name="geojson", provenance={}))["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [18.556789, 4.1]}
    assert feature["properties"]["longitude"] == 18.556789


def test_csv_keeps_as_many_digits_as_json(settings: Settings) -> None:
    table = incidents(settings, incident_id=["a"], longitude=[118.556789], latitude=[4.123456])
    assert b"a,118.556789,4.123456" in export_table(table, format_name="csv", provenance={})
    assert rows_of(table)[0]["longitude"] == 118.556789


# Formulas


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_text_that_a_spreadsheet_would_run_is_quoted(settings: Settings, start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    table = incidents(settings, place=[text, None, "plain"], longitude=[-1.5, 0.0, 1.0])
    content = export_table(table, format_name="csv", provenance={"sources": text})
    read = pd.read_csv(io.StringIO(content.decode(), newline=""), dtype="string", keep_default_na=False)
    quoted = "'" + text.replace("\r", "\n")
    assert read["place"].tolist() == [quoted, "", "plain"]
    assert set(read["sources"]) == {quoted}
    assert read["longitude"].tolist() == ["-1.5", "0", "1"]  # a number below zero is no formula


@pytest.mark.parametrize("line_end", ["\r", "\n", "\r\n"])
def test_a_line_end_within_text_begins_no_row(settings: Settings, line_end: str) -> None:
    """Else what follows it would stand at the start of a row, unquoted."""
    table = incidents(settings, place=[f"quiet{line_end}=1+1"])
    content = export_table(table, format_name="csv", provenance={})
    assert b"\r" not in content
    assert len(pd.read_csv(io.BytesIO(content))) == 1


def test_formula_in_a_category_or_a_list_is_quoted_too(settings: Settings) -> None:
    table = incidents(settings, place=pd.Categorical(["=1+1"]), event_type=pd.Series([("=2",)], dtype=object))
    read = pd.read_csv(io.BytesIO(export_table(table, format_name="csv", provenance={})), dtype="string")
    assert read["place"].tolist() == ["'=1+1"]
    assert not read["event_type"].str.startswith("=").any()


# What JSON can hold


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), None),
        (float("-inf"), None),
        (np.float64("nan"), None),
        (pd.NA, None),
        (pd.NaT, None),
        (None, None),
        (np.datetime64("NaT"), None),
        (True, True),
        (np.bool_(0), False),
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (0.1 + 0.2, 0.3),
        (dt.date(2020, 1, 2), "2020-01-02"),
        (pd.Timestamp("2020-01-02"), "2020-01-02"),
        (np.datetime64("2020-01-02"), "2020-01-02"),
        (dt.datetime(2020, 1, 2, 0, 0, 30, tzinfo=dt.UTC), "2020-01-02T00:00:30+00:00"),
        (pd.Timestamp("2020-01-02 13:30"), "2020-01-02T13:30:00"),
        (["a", float("nan")], ["a", None]),
        (np.array([1.0, np.nan]), [1.0, None]),
        (shapely.Point(1, 2), {"type": "Point", "coordinates": (1.0, 2.0)}),
        (Audience.PUBLIC, "public"),
    ],
)
def test_plain_values(value: Any, expected: Any) -> None:
    made = plain(value)
    assert made == expected
    assert type(made) is type(expected)
    json.dumps(made, allow_nan=False)


def test_missing_values_become_null_in_every_json(settings: Settings) -> None:
    table = incidents(
        settings,
        incident_id=pd.array(["a", None], dtype="string"),
        fatalities_best=pd.array([1, None], dtype="Int64"),
        date_start=pd.to_datetime(["2020-01-01", None]),
        longitude=[1.0, np.inf],
        latitude=[np.nan, 2.0],
    )
    assert rows_of(table)[1] == {
        "incident_id": None, "fatalities_best": None, "date_start": None, "longitude": None, "latitude": 2.0,
    }  # fmt: skip
    document = export_table(table, format_name="json", provenance={})
    json.loads(document, parse_constant=pytest.fail)


@pytest.mark.parametrize("format_name", TABLE_FORMATS)
def test_an_empty_table_is_a_file_all_the_same(settings: Settings, format_name: str) -> None:
    empty = pd.DataFrame({"cell": np.array([], dtype=np.uint64), "incidents": np.array([], dtype=float)})
    cleared = clear(empty, view="hexbin", audience=Audience.PUBLIC, settings=settings)
    assert export_table(cleared, format_name=format_name, provenance=PROVENANCE)


# Tracks


def test_gpx_holds_a_track_and_both_ends(routes: Cleared) -> None:
    root = ET.fromstring(export_tracks(routes, format_name="gpx", provenance=PROVENANCE))
    assert [child.tag.removeprefix(GPX) for child in root] == ["metadata", "wpt", "wpt", "trk"]
    points = [(float(p.get("lon", "nan")), float(p.get("lat", "nan"))) for p in root.iter(f"{GPX}trkpt")]
    assert points == [(0.2, 0.5), (1.0, 0.5), (1.0, 0.9)]
    ends = [(float(p.get("lon", "nan")), float(p.get("lat", "nan"))) for p in root.iter(f"{GPX}wpt")]
    assert ends == [points[0], points[-1]]
    assert "144 min" in str(root.findtext(f"{GPX}trk/{GPX}desc"))
    assert "audience: case_team" in str(root.findtext(f"{GPX}metadata/{GPX}desc"))


def test_kml_holds_the_line_with_longitude_first(routes: Cleared) -> None:
    root = ET.fromstring(export_tracks(routes, format_name="kml", provenance=PROVENANCE))
    assert root.findtext(f"{KML}Document/{KML}Folder/{KML}Placemark/{KML}name") == "Route A"
    line = str(root.findtext(f".//{KML}LineString/{KML}coordinates"))
    assert line.split() == ["0.2,0.5", "1.0,0.5", "1.0,0.9"]


@pytest.mark.parametrize("format_name", ["gpx", "kml"])
def test_words_with_signs_of_xml_stay_words(routes: Cleared, format_name: str) -> None:
    content = export_tracks(routes, format_name=format_name, provenance={"sources": "<b>&]]>"})
    assert "<b>&]]>" in "".join(ET.fromstring(content).itertext())


def test_tracks_without_geometry_are_refused(cells: Cleared) -> None:
    with pytest.raises(WithheldError, match="case_team may not see where routes run"):
        export_tracks(cells, format_name="gpx", provenance={})


def test_an_export_never_changes_the_cleared_table(cells: Cleared) -> None:
    before = cells.frame.copy(deep=True)
    for name in TABLE_FORMATS:
        export_table(cells, format_name=name, provenance=PROVENANCE)
    pd.testing.assert_frame_equal(cells.frame, before)
