"""Silent risks here: a damaged file that ends in a traceback, an endless loop or half a table. The law: a
mutated file is refused in one sentence, or every one of its rows is stored or reported."""

import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from geo.errors import ImportRefusedError
from geo.readers import read_file
from geo.readers.features import check_features
from geo.readers.raw_features import RawFeatures, numbered
from geo.readers.reading import Reading
from tests.unit.test_read_osm import CROSSROADS, small_pbf

TESTS = Path(__file__).resolve().parents[1]
ONE_FOLDER = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def geojson_seed(path: Path) -> Path:
    path.write_bytes((TESTS / "bad" / "features_outlines.geojson").read_bytes())
    return path


def roads_frame() -> gpd.GeoDataFrame:
    drawn = [shapely.LineString([(18.5, 4.4), (18.6, 4.5)]), shapely.LineString([(18.6, 4.5), (18.7, 4.5)])]
    return gpd.GeoDataFrame({"name": ["Ndélé", "Bria"], "length_km": [20.0, 12.0]}, geometry=drawn, crs="EPSG:4326")


def geopackage_seed(path: Path) -> Path:
    roads_frame().to_file(path, driver="GPKG", layer="roads")
    return path


def shapefile_zip_seed(path: Path) -> Path:
    folder = path.with_suffix(".d")
    folder.mkdir()
    roads_frame().to_file(folder / "roads.shp", driver="ESRI Shapefile")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, part.name)
    return path


def node_seed(path: Path) -> Path:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE NODE (ID INTEGER, LAT, LON, NAME, TAG TEXT, VALUE TEXT, POPULATION)")
    database.executemany(
        "INSERT INTO NODE VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(i, 4 + i / 100, 18.5, f"Place {i}", "place", "village", i) for i in range(200)],
    )
    database.commit()
    database.close()
    return path


def xml_seed(path: Path) -> Path:
    path.write_bytes(CROSSROADS.read_bytes())
    return path


def gpx_seed(path: Path) -> Path:
    path.write_bytes((TESTS / "bad" / "tracks_faults.gpx").read_bytes())
    return path


def kml_seed(path: Path) -> Path:
    line = "<LineString><coordinates>18.5,4.4,0 18.6,4.5,0</coordinates></LineString>"
    marks = f"<Placemark id='a'><name>N</name>{line}</Placemark><Placemark><MultiGeometry>{line}{line}</MultiGeometry>"
    path.write_text(f"<?xml version='1.0'?><kml><Document>{marks}</Placemark></Document></kml>", encoding="utf-8")
    return path


SEEDS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "geojson": ("boundaries", geojson_seed),
    "gpkg": ("roads", geopackage_seed),
    "zip": ("roads", shapefile_zip_seed),
    "sqlite": ("places", node_seed),
    "osm": ("osm", xml_seed),
    "gpx": ("roads", gpx_seed),
    "kml": ("roads", kml_seed),
    "pbf": ("osm", small_pbf),
}


def conserved(reading: Reading) -> None:
    assert reading.rows_read == len(reading.frame) + reading.rows_rejected
    assert set(reading.flags["line"]) <= set(reading.frame.index)
    if "geometry" in reading.frame:
        bounds = reading.frame.geometry.bounds.to_numpy()
        assert np.isfinite(bounds).all()
        assert (np.abs(bounds[:, [0, 2]]) <= 180).all()
        assert (np.abs(bounds[:, [1, 3]]) <= 90).all()


@pytest.mark.parametrize("kind", SEEDS)
def test_a_mutated_file_is_refused_or_every_row_is_told(kind: str, tmp_path: Path) -> None:
    format_name, seed = SEEDS[kind]
    sound = seed(tmp_path / f"seed.{kind}").read_bytes()
    target = tmp_path / f"mutant.{kind}"

    @ONE_FOLDER
    @given(
        st.lists(st.tuples(st.integers(0, len(sound) - 1), st.binary(min_size=1, max_size=6)), max_size=4),
        st.one_of(st.none(), st.integers(0, len(sound))),
    )
    @example([], None)
    def mutate(edits: list[tuple[int, bytes]], end: int | None) -> None:
        content = bytearray(sound)
        for at, new in edits:
            content[at : at + len(new)] = new
        target.write_bytes(bytes(content[:end]))
        try:
            conserved(read_file(format_name, target))
        except ImportRefusedError as refused:
            if "\n" in str(refused):
                pytest.fail(f"more than one line: {refused}")

    mutate()


NUMBERS = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-180, 180)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=5), min_size=1, max_size=6))
def test_whatever_the_numbers_each_line_is_kept_or_rejected_once(rows: list[list[tuple[float, float]]]) -> None:
    with np.errstate(invalid="ignore"):
        drawn = np.array([shapely.LineString(row) for row in rows])
    raw = RawFeatures(properties=numbered([{} for _ in rows]), geometry=drawn)
    before = raw.geometry.copy()
    features = check_features(raw, shape="line")
    told = [*features.properties.index, *features.rejects["line"]]
    assert sorted(told) == list(range(1, len(rows) + 1))
    assert all(a is b for a, b in zip(before, raw.geometry, strict=True))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=4) | st.integers(-200, 200),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)
TYPES = st.sampled_from(["Point", "LineString", "Polygon", "MultiLineString", "GeometryCollection", "Feature", "?"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.fixed_dictionaries({"type": TYPES, "coordinates": JSON}) | JSON, min_size=1, max_size=4), JSON)
def test_any_json_as_geometry_and_properties(tmp_path: Path, geometries: list[object], properties: object) -> None:
    features = [{"type": "Feature", "properties": properties, "geometry": g} for g in geometries]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    try:
        reading = read_file("roads", path)
    except ImportRefusedError:
        return
    assert reading.rows_read == len(geometries)
    conserved(reading)
