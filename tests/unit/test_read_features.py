"""Silent risks here: a text called .geojson that makes GDAL read the disk or the network; a feature dropped
without a word; metres taken for degrees; a repaired outline nobody is told of; the wrong layer of several;
a zip that writes outside its folder or never ends; a reprojection with the axes swapped."""

import json
import sqlite3
import stat
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import ImportRefusedError
from geo.readers import archives, geojson
from geo.readers.archives import file_kind, opened
from geo.readers.features import read_features
from geo.readers.geopackage import open_sqlite

BAD = Path(__file__).resolve().parents[1] / "bad"
CROSSING = {"type": "LineString", "coordinates": [[18.5, 4.4], [18.6, 4.5]]}


def collection(*geometries: object, **more: object) -> dict[str, object]:
    features = [{"type": "Feature", "properties": {"n": i}, "geometry": g} for i, g in enumerate(geometries)]
    return {"type": "FeatureCollection", "features": features, **more}


def written(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def lines(crs: str = "EPSG:4326") -> gpd.GeoDataFrame:
    drawn = [shapely.LineString([(18.5, 4.4), (18.6, 4.5)]), shapely.LineString([(18.6, 4.5), (18.7, 4.5)])]
    return gpd.GeoDataFrame({"name": ["Ndélé", "Bria"]}, geometry=drawn, crs="EPSG:4326").to_crs(crs)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("features_vrt.geojson", r"features_vrt.geojson is XML inside, whatever its name"),
        ("features_gdalg.geojson", r"JSON of type 'gdal_streamed_alg', not a GeoJSON FeatureCollection"),
        ("features_crs_link.geojson", r"reference system as 'link', which is not followed"),
        ("features_crs_utm.geojson", r"is in urn:ogc:def:crs:EPSG::32634; save it in EPSG:4326"),
        ("features_nan.geojson", r"^features_nan.geojson holds NaN, which is no number in JSON"),
        ("features_cut_short.geojson", r"is not valid JSON: Expecting ',' delimiter at line 1, column \d+"),
        ("features_not_geojson.json", r"is JSON of type None, not a GeoJSON FeatureCollection"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(name: str, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message) as refused:
        read_features(BAD / name, shape="line")
    assert "\n" not in str(refused.value)


def test_every_fault_is_told_and_nothing_is_dropped() -> None:
    features = read_features(BAD / "features_every_fault.geojson", shape="line")
    reasons = dict(zip(features.rejects["line"], features.rejects["reason"], strict=True))
    assert reasons[2] == "no geometry"
    assert reasons[3].endswith("outside the world in degrees; longitude and latitude swapped?")
    assert reasons[4].endswith("outside the world in degrees; metres instead of degrees?")
    assert reasons[5] == "expected a line, found a Point"
    assert reasons[6] == "a line of one point"
    assert reasons[7] == "the line has no length: all its points are one"
    assert reasons[8] == "geometry is not written as GeoJSON: coordinates must be lists of numbers"
    assert reasons[9] == "not a GeoJSON Feature"
    assert reasons[10] == "geometry is empty"
    assert reasons[13] == "a coordinate is too large to be a number"
    assert list(features.properties.index) == [1, 11, 12]
    assert len(features.properties) + len(features.rejects) == 13
    assert len(features.geometry) == 3


def test_crossed_outlines_are_repaired_and_said() -> None:
    features = read_features(BAD / "features_outlines.geojson", shape="polygon")
    assert features.flags["line"].tolist() == [2]
    assert features.flags["reason"].tolist() == ["outline was not valid and has been repaired"]
    assert "Self-intersection" in features.flags.loc[0, "value"]
    bow_tie = features.geometry[list(features.properties.index).index(2)]
    assert shapely.is_valid(bow_tie)
    assert shapely.area(bow_tie) == pytest.approx(2.0)  # two triangles of one square degree
    reasons = dict(zip(features.rejects["line"], features.rejects["reason"], strict=True))
    assert reasons[3].startswith("the outline encloses no area")
    assert reasons[4] == "the outline is not closed: its last point is not its first"


def test_the_whole_file_of_another_shape_is_one_refusal(tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson", collection(CROSSING, CROSSING))
    with pytest.raises(ImportRefusedError, match=r"a.geojson holds no points but 2 linestring; is it another format\?"):
        read_features(path, shape="point")


def test_world_edges_are_inside_and_a_hair_more_is_not(tmp_path: Path) -> None:
    edge = {"type": "LineString", "coordinates": [[-180, -90], [180, 90]]}
    over = {"type": "LineString", "coordinates": [[-180, -90], [180.000001, 90]]}
    features = read_features(written(tmp_path / "a.json", collection(edge, over)), shape="line")
    assert list(features.properties.index) == [1]
    assert "180" in features.rejects.loc[0, "reason"]


def test_heights_are_left_out_and_several_parts_stay_one_row(tmp_path: Path) -> None:
    parts = {"type": "MultiLineString", "coordinates": [[[18, 4, 400], [19, 4, 410]], [[20, 4], [21, 4]]]}
    features = read_features(written(tmp_path / "a.json", collection(parts)), shape="line")
    assert not shapely.has_z(features.geometry[0])
    assert shapely.get_num_geometries(features.geometry[0]) == 2


def test_properties_keep_their_kind_and_a_feature_id_becomes_a_column(tmp_path: Path) -> None:
    document = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": "way/7", "properties": {"lanes": 2, "tags": {"a": 1}}, "geometry": CROSSING},
            {"type": "Feature", "id": "way/8", "properties": None, "geometry": CROSSING},
        ],
    }
    features = read_features(written(tmp_path / "a.geojson", document), shape="line")
    assert features.properties["lanes"].iloc[0] == 2
    assert isinstance(features.properties["lanes"].iloc[0], int)
    assert features.properties["tags"].iloc[0] == '{"a": 1}'
    assert features.properties["id"].tolist() == ["way/7", "way/8"]


def test_a_single_feature_counts_as_a_collection_of_one(tmp_path: Path) -> None:
    document = {"type": "Feature", "properties": {}, "geometry": CROSSING}
    assert len(read_features(written(tmp_path / "a.geojson", document), shape="line").properties) == 1


def test_encodings_are_found_and_told(tmp_path: Path) -> None:
    old = read_features(BAD / "features_cp1252.geojson", shape="line")
    assert old.encoding == "cp1252"
    assert old.properties["name"].iloc[0] == "Route de Ndélé"
    assert old.notes == ("the file is not UTF-8, as GeoJSON must be; read as cp1252",)
    marked = tmp_path / "bom.geojson"
    marked.write_bytes(b"\xef\xbb\xbf" + json.dumps(collection(CROSSING)).encode())
    assert read_features(marked, shape="line").encoding == "utf-8 with BOM"


def test_brackets_without_end_are_refused(tmp_path: Path) -> None:
    deep = written(tmp_path / "deep.geojson", '{"type":"FeatureCollection","features":' + "[" * 100_000)
    with pytest.raises(ImportRefusedError, match=r"deep.geojson nests brackets too deep"):
        read_features(deep, shape="line")


def test_no_features_empty_files_and_huge_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImportRefusedError, match="holds no features"):
        read_features(written(tmp_path / "none.geojson", collection()), shape="line")
    with pytest.raises(ImportRefusedError, match=r"empty.geojson is empty \(0 bytes\)"):
        read_features(written(tmp_path / "empty.geojson", ""), shape="line")
    with pytest.raises(ImportRefusedError, match=r"cannot read .*gone.geojson: No such file"):
        read_features(tmp_path / "gone.geojson", shape="line")
    monkeypatch.setattr(geojson, "MAX_JSON_BYTES", 10)
    with pytest.raises(ImportRefusedError, match="cut it by country first"):
        read_features(written(tmp_path / "big.geojson", collection(CROSSING)), shape="line")


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x10", "osm_pbf"),
        (b'<?xml version="1.0"?>\n<!-- a --><osm version="0.6">', "osm_xml"),
        (b"<OGRVRTDataSource><!-- <osm --></OGRVRTDataSource>", "other_xml"),
        (b"<!DOCTYPE osm><osm>", "other_xml"),
        (b"SQLite format 3\x00", "sqlite"),
        (b"\x00\x00\x27\x0a", "shapefile"),
        (b"  \n{}", "json"),
        (b"PAR1", "other"),
    ],
)
def test_first_bytes_tell_the_kind(tmp_path: Path, head: bytes, kind: str) -> None:
    path = tmp_path / "x.geojson"
    path.write_bytes(head)
    assert file_kind(path) == kind


# --- GeoPackage


def test_geopackage_is_read_and_reprojected_longitude_first(tmp_path: Path) -> None:
    lines("EPSG:32634").to_file(tmp_path / "utm.gpkg", driver="GPKG", layer="roads")
    features = read_features(tmp_path / "utm.gpkg", shape="line")
    assert features.properties["name"].tolist() == ["Ndélé", "Bria"]
    assert np.allclose(shapely.get_coordinates(features.geometry[0]), [[18.5, 4.4], [18.6, 4.5]], atol=1e-7)
    assert features.notes == ("turned from WGS 84 / UTM zone 34N into EPSG:4326",)


def test_layer_that_fits_alone_is_taken_and_several_are_named(tmp_path: Path) -> None:
    path = tmp_path / "layers.gpkg"
    lines().to_file(path, driver="GPKG", layer="roads")
    lines().set_geometry(lines().to_crs("EPSG:32634").buffer(10).to_crs("EPSG:4326")).to_file(
        path, driver="GPKG", layer="strips"
    )
    features = read_features(path, shape="line")
    assert features.notes == ("layer 'roads' read; left out: strips",)
    lines().to_file(path, driver="GPKG", layer="more")
    with pytest.raises(ImportRefusedError, match=r"has 2 layers of lines; layers: more \(.*\), roads \(.*\), strips"):
        read_features(path, shape="line")
    with pytest.raises(ImportRefusedError, match="has 0 layers of points"):
        read_features(path, shape="point")


def test_damaged_and_foreign_sqlite_files_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(b"SQLite format 3\x00" + b"\xff" * 2000)
    with pytest.raises(ImportRefusedError, match=r"broken.gpkg is a damaged SQLite file"):
        read_features(broken, shape="line")
    plain = tmp_path / "plain.gpkg"
    database = sqlite3.connect(plain)
    database.execute("CREATE TABLE t (a)")
    database.commit()
    database.close()
    with pytest.raises(ImportRefusedError, match="no GeoPackage"):
        read_features(plain, shape="line")


def test_a_view_as_layer_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "view.gpkg"
    lines().to_file(path, driver="GPKG", layer="roads")
    database = sqlite3.connect(path)
    database.execute(
        "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n"
    )
    database.execute("UPDATE gpkg_contents SET table_name = 'endless'")
    database.execute("UPDATE gpkg_geometry_columns SET table_name = 'endless'")
    database.commit()
    database.close()
    with pytest.raises(ImportRefusedError, match="layer 'endless' is a view, not a table"):
        read_features(path, shape="line")


def test_a_query_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.gpkg"
    lines().to_file(path, driver="GPKG")
    monkeypatch.setattr("geo.readers.geopackage._MAX_STEPS", 2)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT count(*) FROM n"
    with pytest.raises(ImportRefusedError, match="interrupted"), open_sqlite(path) as database:
        database.execute(endless).fetchall()


def test_a_geometry_that_lies_is_rejected_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "lies.gpkg"
    lines().to_file(path, driver="GPKG", layer="roads")
    database = sqlite3.connect(path)
    for trigger in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f'DROP TRIGGER "{trigger[0]}"')
    liar = b"GP\x00\x01\xe6\x10\x00\x00" + b"\x01\x02\x00\x00\x00\xff\xff\xff\x7f"
    database.execute("UPDATE roads SET geom = ? WHERE fid = 1", (liar,))
    database.commit()
    database.close()
    features = read_features(path, shape="line")
    assert features.rejects[["line", "reason"]].to_numpy().tolist() == [[1, "no geometry"]]
    assert list(features.properties.index) == [2]


# --- shapefile and zip


def shapefile(folder: Path, crs: str = "EPSG:4326", **options: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    lines(crs).to_file(folder / "roads.shp", driver="ESRI Shapefile", **options)
    return sorted(folder.glob("roads.*"))


def zipped(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_shapefile_zipped_or_not_gives_the_same(tmp_path: Path) -> None:
    parts = shapefile(tmp_path / "s", "EPSG:32634")
    bare = read_features(tmp_path / "s" / "roads.shp", shape="line")
    archive = zipped(tmp_path / "roads.zip", {f"deep/{p.name}": p.read_bytes() for p in parts})
    packed = read_features(archive, shape="line")
    pd.testing.assert_frame_equal(bare.properties, packed.properties)
    assert bare.properties["name"].tolist() == ["Ndélé", "Bria"]
    assert np.allclose(shapely.get_coordinates(packed.geometry[0]), [[18.5, 4.4], [18.6, 4.5]], atol=1e-7)
    assert packed.notes[0].startswith("turned from WGS")


def test_shapefile_in_degrees_keeps_its_coordinates_to_the_last_bit(tmp_path: Path) -> None:
    shapefile(tmp_path / "s")
    features = read_features(tmp_path / "s" / "roads.shp", shape="line")
    assert shapely.get_coordinates(features.geometry[0]).tolist() == [[18.5, 4.4], [18.6, 4.5]]
    assert features.notes == ()


def test_shapefile_without_reference_system_says_what_was_assumed(tmp_path: Path) -> None:
    shapefile(tmp_path / "s")
    (tmp_path / "s" / "roads.prj").unlink()
    features = read_features(tmp_path / "s" / "roads.shp", shape="line")
    assert features.notes == ("no .prj file: coordinates taken as longitude and latitude",)
    (tmp_path / "s" / "roads.prj").write_text("http://127.0.0.1:9/crs", encoding="utf-8")
    with pytest.raises(ImportRefusedError, match=r"roads.prj beside roads.shp names no known reference system"):
        read_features(tmp_path / "s" / "roads.shp", shape="line")
    (tmp_path / "s" / "roads.dbf").unlink()
    (tmp_path / "s" / "roads.prj").unlink()
    with pytest.raises(ImportRefusedError, match=r"without its .dbf file; zip .shp, .shx, .dbf and .prj together"):
        read_features(tmp_path / "s" / "roads.shp", shape="line")


def test_old_windows_letters_in_a_shapefile(tmp_path: Path) -> None:
    shapefile(tmp_path / "s", encoding="cp1252")
    (tmp_path / "s" / "roads.cpg").unlink()
    features = read_features(tmp_path / "s" / "roads.shp", shape="line")
    assert features.properties["name"].tolist() == ["Ndélé", "Bria"]
    assert features.encoding == "cp1252"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"../x.geojson": b"{}"}, "no name or a path outside itself"),
        ({"/x.geojson": b"{}"}, "no name or a path outside itself"),
        ({"a.zip": b"PK", "b.geojson": b"{}"}, r"holds the archive 'a.zip'; unpack that one first"),
        ({"a.geojson": b"{}", "b.geojson": b"{}"}, r"holds 2 data files \(a.geojson, b.geojson\); zip one alone"),
        ({"readme.txt": b"hello"}, r"holds no file ending in .geojson, .json, .gpkg, .shp"),
        ({"blank.geojson": b" " * 5_000_000}, "looks like a zip bomb"),
        ({f"{i}.txt": b"" for i in range(201)}, "holds 201 files; at most 200"),
    ],
)
def test_dangerous_zips_are_refused(tmp_path: Path, parts: dict[str, bytes], message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message):
        read_features(zipped(tmp_path / "a.zip", parts), shape="line")


def test_a_link_in_a_zip_and_a_damaged_zip_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a.geojson")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ImportRefusedError, match=r"holds the link 'a.geojson'"):
        read_features(tmp_path / "a.zip", shape="line")
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(ImportRefusedError, match=r"b.zip is a damaged or encrypted zip"):
        read_features(tmp_path / "b.zip", shape="line")


def test_unpacked_size_is_counted_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "a.zip", {"a.geojson": json.dumps(collection(CROSSING)).encode()})
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 20)
    with pytest.raises(ImportRefusedError, match="unpacks to"):
        read_features(path, shape="line")


def test_what_was_unpacked_is_gone_afterwards(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"__MACOSX/._a.geojson": b"x", "a.geojson": b'{"type": 1}'})
    with opened(path, suffixes=(".geojson",)) as inner:
        assert inner.read_bytes() == b'{"type": 1}'
    assert not inner.exists()
