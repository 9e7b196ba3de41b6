"""Silent risks here: nodes without a name dropped (more than half of them); a population of 0 taken for an
empty town; a node and a way with one number taken for one place; another country's towns let in."""

import json
import sqlite3
import zipfile
from pathlib import Path

import pytest

from geo.errors import ImportRefusedError
from geo.readers import read_file
from geo.readers.places import read_places

NODES = (
    (1, 4.39, 18.55, "Bangui", "place", "city", 734350),
    (2, 4.40, 18.56, None, "amenity", '"doctors"', None),
    (3, 4.41, 18.57, None, "building", "yes", "many"),
    (4, 95.0, 18.57, "Nowhere", "place", "village", None),
)


def node_file(path: Path, rows: tuple[tuple[object, ...], ...] = NODES, *, packed: bool = True) -> Path:
    plain = path.with_suffix(".sqlite")
    database = sqlite3.connect(plain)
    database.execute("CREATE TABLE NODE (ID INTEGER, LAT, LON, NAME, TAG TEXT, VALUE TEXT, POPULATION)")
    database.executemany("INSERT INTO NODE VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    database.commit()
    database.close()
    if not packed:
        return plain
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(plain, "country.sqlite")
    return path


def json_file(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def points(path: Path, *rows: dict[str, object]) -> Path:
    features = [
        {"type": "Feature", "properties": row, "geometry": {"type": "Point", "coordinates": [18 + i / 10, 4]}}
        for i, row in enumerate(rows)
    ]
    return json_file(path, {"type": "FeatureCollection", "features": features})


@pytest.mark.parametrize("packed", [True, False])
def test_osm_nodes(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001
    reading = read_places(node_file(tmp_path / "a.zip", packed=packed), country="CAF")
    assert reading.frame["place_id"].tolist() == ["1", "2", "3"]
    assert reading.frame["name"].fillna("").tolist() == ["Bangui", "", ""]
    assert reading.frame["kind"].tolist() == ["city", "doctors", "building"]
    assert reading.frame["population"].fillna(-1).tolist() == [734350, -1, -1]
    assert set(reading.frame["country"]) == {"CAF"}
    assert reading.frame[["longitude", "latitude"]].iloc[0].tolist() == [18.55, 4.39]
    assert reading.rejects[["line", "column"]].to_numpy().tolist() == [[4, "latitude"]]
    assert reading.rejects.loc[0, "reason"].startswith("above 90")
    assert reading.flags[["line", "column", "reason"]].to_numpy().tolist() == [
        [2, "kind", "quotation marks removed"],
        [3, "population", "not a whole number; left empty"],
    ]
    assert "country CAF as given" in reading.provenance.notes


def test_nodes_without_country_say_so(tmp_path: Path) -> None:
    reading = read_places(node_file(tmp_path / "a.zip"))
    assert reading.frame["country"].isna().all()
    assert "no country in the file and none given" in reading.provenance.notes


def test_node_tables_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="table NODE is empty"):
        read_places(node_file(tmp_path / "empty.zip", ()))
    database = sqlite3.connect(tmp_path / "b.sqlite")
    database.execute("CREATE TABLE NODE (ID, LAT)")
    database.commit()
    database.close()
    with pytest.raises(ImportRefusedError, match="table NODE lacks column lon, name, tag, value, population"):
        read_places(tmp_path / "b.sqlite")


def geonames(**changes: object) -> dict[str, object]:
    entry: dict[str, object] = {
        "geonameid": 239899, "name": "Bangui", "latitude": 4.36, "longitude": 18.55, "countrycode": "CF",
        "population": 542393, "alternatenames": ["Bangî"],
    }  # fmt: skip
    return entry | changes


def test_geonames_kinds_by_people_and_zero_means_unknown(tmp_path: Path) -> None:
    people = (100_000, 99_999, 10_000, 9_999, 0)
    content = {str(i): geonames(geonameid=i, population=n) for i, n in enumerate(people)}
    reading = read_places(json_file(tmp_path / "a.json", content))
    assert reading.frame["kind"].tolist() == ["city", "town", "town", "village", "village"]
    assert reading.frame["population"].fillna(-1).tolist() == [100_000, 99_999, 10_000, 9_999, -1]
    assert set(reading.frame["country"]) == {"CAF"}


def test_geonames_of_other_countries_and_broken_entries_are_told(tmp_path: Path) -> None:
    content = {"1": geonames(), "2": geonames(geonameid=2, countrycode="CD"), "3": "no object"}
    reading = read_places(json_file(tmp_path / "a.json", content), country="CAF")
    assert reading.frame["name"].tolist() == ["Bangui"]
    assert reading.rejects[["line", "reason"]].to_numpy().tolist() == [
        [2, "country is COD, not CAF"],
        [3, "country is not known, so not taken for CAF"],
    ]


def test_json_that_is_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="neither GeoJSON nor GeoNames places keyed by geonameid"):
        read_places(json_file(tmp_path / "a.json", {"a": {"b": 1}}))
    with pytest.raises(ImportRefusedError, match="neither GeoJSON nor GeoNames"):
        read_places(json_file(tmp_path / "a.json", {}))


def test_feature_points_say_what_they_are(tmp_path: Path) -> None:
    rows = [
        {"osm_id": 7, "osm_type": "node", "amenity": "hospital", "name": "Hôpital", "healthcare": "hospital"},
        {"osm_id": 7, "osm_type": "way", "amenity": None, "place": "village", "name": None},
        {"osm_id": 8, "osm_type": "way", "amenity": None, "name": "of no kind"},
    ]
    reading = read_places(points(tmp_path / "a.geojson", *rows), country="CAF")
    assert reading.frame["place_id"].tolist() == ["node/7", "way/7"]
    assert reading.frame["kind"].tolist() == ["hospital", "village"]
    assert reading.rejects[["line", "column", "reason"]].to_numpy().tolist() == [
        [3, "kind", "required value is missing"]
    ]


def test_points_without_any_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="does not say what its points are; add a column kind"):
        read_places(points(tmp_path / "a.geojson", {"name": "A"}))


@pytest.mark.parametrize(
    ("country", "folder", "rows", "unnamed"),
    [
        ("CAF", "central-african-republic", 11_084, 6_384),
        ("COD", "congo-democratic-republic", 51_751, 31_854),
    ],
)
def test_osm_nodes_as_published(shared_data: Path, country: str, folder: str, rows: int, unnamed: int) -> None:
    reading = read_file("places", shared_data / "osm_nodes_2019" / f"{folder}.sqlite.zip", country=country)
    assert (reading.rows_read, reading.rows_rejected) == (rows, 0)
    assert reading.frame["name"].isna().sum() == unnamed
    assert reading.frame["place_id"].is_unique
    if country == "CAF":
        assert (reading.frame["kind"] == "hospital").sum() == 391
        assert (reading.frame["kind"] == "school").sum() == 1_011


def test_geonames_as_published(shared_data: Path) -> None:
    path = shared_data / "geonames" / "cities500_CF_CD.json"
    both = read_file("places", path)
    assert both.frame["country"].value_counts().to_dict() == {"COD": 118, "CAF": 51}
    one = read_file("places", path, country="CAF")
    assert (one.rows_read, len(one.frame), one.rows_rejected) == (169, 51, 118)


@pytest.mark.parametrize(("name", "rows"), [("hospitals", 410), ("schools", 1_161), ("markets", 71)])
def test_kinshasa_points_as_published(shared_data: Path, name: str, rows: int) -> None:
    reading = read_file("places", shared_data / "osm_kinshasa" / f"{name}.geojson", country="COD")
    assert (reading.rows_read, reading.rows_rejected) == (rows, 0)
