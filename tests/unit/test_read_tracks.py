"""Silent risks here: a route that comes back moved, cut or joined; a plan's modelled minutes come back as stated ones;
a waypoint or a link dropped without a word; XML that opens what lies outside it; the pieces of a way taken for it."""

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import ImportRefusedError
from geo.exports.tracks import TRACK_FORMATS, export_tracks
from geo.model import Audience
from geo.readers import read_file, track_lines
from geo.readers.archives import file_kind
from geo.readers.features import read_features
from geo.redaction import Cleared, clear
from geo.settings import Settings
from geo.workspace.store import open_workspace
from tests.unit.test_cli import Cli

BAD = Path(__file__).resolve().parents[1] / "bad"
CASE = Audience.CASE_TEAM
# Numbers that fall apart with six decimals: thirds, neighbours of a tenth, the smallest steps, the far sides.
ONE = shapely.LineString([(1 / 3, 2 / 3), (0.1 + 0.2, np.nextafter(0.9, 1)), (1e-7, -1.2345678901234e-9)])
OTHER = shapely.LineString([(-179.99999999999997, 84.1), (-179.9, 84.2)])
PARTS = shapely.MultiLineString([[(0, 1 / 7), (0.5, 1)], [(2, 3), (2, 4), (2.1, 4 / 3)]])


def exported(settings: Settings, path: Path, *shapes: shapely.Geometry) -> Path:
    """A file as ``route --out`` writes it: ways, their segments, and a constraint on them."""

    def cleared(frame: pd.DataFrame, view: str) -> Cleared:
        return clear(frame, view=view, audience=CASE, settings=settings)

    goals = {"time_min": 144.0, "elapsed_min": 144.0, "length_km": 12.3, "exposure": 0.1, "visibility": 2.0}
    routes = gpd.GeoDataFrame({"label": list("ABC"[: len(shapes)]), **goals}, geometry=list(shapes), crs=4326)
    pieces = [shapely.get_parts(shape) for shape in shapes]
    segments = [gpd.GeoDataFrame({"road_id": ["r"] * len(part)}, geometry=list(part), crs=4326) for part in pieces]
    mark = {"constraint_id": ["c"], "kind": ["checkpoint"], "longitude": [0.2], "latitude": [0.3]}
    content = export_tracks(
        cleared(routes, "routes"),
        format_name=path.suffix[1:],
        provenance={"made_by": "Piste"},
        waypoints=cleared(pd.DataFrame(mark), "constraints"),
        segments=[cleared(part, "segments") for part in segments],
    )
    path.write_bytes(content)
    return path


def assert_same(drawn: shapely.Geometry, read: shapely.Geometry) -> None:
    parts = list(zip(shapely.get_parts(drawn), shapely.get_parts(read), strict=True))
    assert all(np.array_equal(*map(shapely.get_coordinates, pair)) for pair in parts)


@pytest.mark.parametrize("format_name", TRACK_FORMATS)
@pytest.mark.parametrize("shapes", [(ONE,), (ONE, OTHER), (PARTS,), (ONE, PARTS)], ids=["one", "two", "parts", "both"])
def test_our_own_tracks_come_back_bit_by_bit(
    settings: Settings, tmp_path: Path, format_name: str, shapes: tuple[shapely.Geometry, ...]
) -> None:
    reading = read_file("roads", exported(settings, tmp_path / f"ways.{format_name}", *shapes))
    assert reading.rows_rejected == reading.rows_flagged == 0
    for drawn, read in zip(shapes, reading.frame.geometry, strict=True):
        assert_same(drawn, read)
    names = [f"Route {label}" for label in "AB"] if format_name != "gpkg" else ["A", "B"]
    assert reading.frame["name"].tolist() == names[: len(shapes)]
    assert reading.frame["road_id"].is_unique
    assert reading.frame[["length_km", "duration_min", "speed_kph", "road_class"]].isna().all(axis=None)
    left_out = {
        "gpx": f"left out, because they are no lines: {1 + 2 * len(shapes)} waypoints",
        "kml": f"left out, because they are no lines: {1 + 2 * len(shapes)} points",
        "gpkg": "layer 'routes' read; left out: segments, waypoints",
    }
    assert left_out[format_name] in reading.provenance.notes


@pytest.mark.parametrize("format_name", TRACK_FORMATS)
def test_a_route_exported_and_imported_is_the_same_line_in_the_workspace(
    sample_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], format_name: str
) -> None:
    sample, fresh = Cli(sample_folder, capsys), Cli(tmp_path / "fresh", capsys)
    ends = ("--from", "-2.48,0.10", "--to", "2.5,1.2", "--audience", "task_force")
    planned = sample.ask("route", *ends)["routes"]
    path = tmp_path / f"ways.{format_name}"
    assert sample.run("route", *ends, "--format", format_name, "--out", str(path)) == 0
    told = fresh.ask("import", "roads", str(path))
    assert told["rows_stored"] == told["rows_read"] == len(planned)
    roads = open_workspace(tmp_path / "fresh", author="test").table("roads")
    assert len(roads) == len(planned) > 1
    for route, read in zip(planned, roads.geometry, strict=True):
        assert np.array_equal(np.array(route["geometry"]["coordinates"]), shapely.get_coordinates(read))


def written(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def gpx(inside: str) -> str:
    return f'<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{inside}</gpx>'


def kml(inside: str) -> str:
    return f'<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="x"><Document><name>d</name>{inside}</Document></kml>'


def test_faults_of_a_track_are_told_and_the_others_kept() -> None:
    reading = read_file("roads", BAD / "tracks_faults.gpx")
    assert reading.frame["name"].tolist() == ["sound, one stray point"]
    assert reading.frame["road_class"].isna().all(), "how somebody moved is no class of road"
    reasons = dict(zip(reading.rejects["line"], reading.rejects["reason"], strict=True))
    assert reasons[2] == reasons[3] == "a coordinate is no number, or lies outside the file's projection"
    assert "outside the world in degrees" in reasons[4]
    assert reasons[5] == reasons[6] == "fewer than two positions"
    assert reasons[7] == "the line has no length: all its points are one"
    assert reading.rows_read == 7
    assert "left out, because they are no lines: 1 routes (only their turning points), 1 waypoints" in (
        reading.provenance.notes
    )
    assert "2 parts of fewer than two positions left out" in reading.provenance.notes


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tracks_doctype.gpx", r"tracks_doctype.gpx is broken GPX XML: undefined entity"),
        ("tracks_entity.kml", r"tracks_entity.kml is broken KML XML"),
        ("tracks_cut_short.gpx", r"tracks_cut_short.gpx is broken GPX XML: unclosed token"),
        (
            "tracks_points_only.kml",
            r"holds no lines but 1 links, which are not followed, 1 placemarks without a line, 1 points; nothing was",
        ),
    ],
)
def test_what_is_no_file_of_tracks_is_refused_in_a_sentence(name: str, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message):
        read_file("roads", BAD / name)


@pytest.mark.parametrize("spoken", ["gpx", "kml"])
def test_a_document_type_is_never_read(tmp_path: Path, spoken: str) -> None:
    path = written(tmp_path / "a.xml", f'<!DOCTYPE {spoken} SYSTEM "file:///etc/passwd"><{spoken}>&x;</{spoken}>')
    with pytest.raises(ImportRefusedError, match=r"a.xml is XML inside, whatever its name"):
        read_file("roads", path)
    hidden = written(tmp_path / "b.xml", f"<?xml version='1.0'?><?p?><{spoken}/>")
    with pytest.raises(ImportRefusedError):
        read_file("roads", hidden)


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(track_lines, "MAX_XML_BYTES", 10)
    for name, content in (("a.gpx", gpx("")), ("a.kml", kml(""))):
        with pytest.raises(ImportRefusedError, match=f"{name} is over 0 MB; cut it first"):
            read_file("roads", written(tmp_path / name, content))


def test_points_and_outlines_are_not_looked_for_in_tracks(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="is KML, of which only lines are read; save its polygons as GeoJSON"):
        read_features(written(tmp_path / "a.kml", kml("")), shape="polygon")


def test_routes_are_read_where_a_file_has_no_track(tmp_path: Path) -> None:
    turns = '<rte><name>r</name><rtept lat="1" lon="2"><name>p</name></rtept><rtept lat="3" lon="4"/></rte>'
    reading = read_file("roads", written(tmp_path / "a.gpx", gpx(turns)))
    assert reading.frame["name"].tolist() == ["r"]
    assert shapely.get_coordinates(reading.frame.geometry).tolist() == [[2, 1], [4, 3]]


def test_an_id_that_a_file_gives_is_kept(tmp_path: Path) -> None:
    column = "<extensions><ogr:road_id>R7</ogr:road_id><ogr:surface>laterite</ogr:surface></extensions>"
    points = '<trkseg><trkpt lat="1" lon="2"/><trkpt lat="3" lon="4"/></trkseg>'
    track = written(tmp_path / "a.gpx", gpx(f"<trk><name>n</name>{column}{points}</trk>"))
    line = "<LineString><coordinates>2,1,400 4,3</coordinates></LineString>"
    value = '<ExtendedData><Data name="road_id"><value>R7</value></Data><SchemaData><SimpleData name="surface">laterite'
    mark = f'<Placemark id="p1"><name>n</name>{value}</SimpleData></SchemaData></ExtendedData>{line}</Placemark>'
    for path in (track, written(tmp_path / "a.kml", kml(mark))):
        frame = read_file("roads", path).frame
        assert frame[["road_id", "name", "surface"]].to_numpy().tolist() == [["R7", "n", "unpaved"]]
        assert shapely.get_coordinates(frame.geometry).tolist() == [[2, 1], [4, 3]]
    plain = written(tmp_path / "b.kml", kml(f'<Placemark id="p1">{line}</Placemark>'))
    assert read_file("roads", plain).frame["road_id"].tolist() == ["p1"]


def test_kml_of_other_programs(tmp_path: Path) -> None:
    """Blanks after commas, nested parts, an outline beside a line, Google's tracks."""
    loose = "<LineString><coordinates> 1, 2, 0\n3, 4, 0 </coordinates></LineString>"
    ring = "<LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing>"
    outline = f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
    nested = f"<MultiGeometry>{loose}<MultiGeometry>{loose}{outline}</MultiGeometry></MultiGeometry>"
    track = "<gx:Track><when>2026-01-01</when><gx:coord>1 2 0</gx:coord><gx:coord>3 4 0</gx:coord></gx:Track>"
    marks = "".join(f"<Placemark>{shape}</Placemark>" for shape in (loose, nested, track))
    reading = read_file("roads", written(tmp_path / "a.kml", kml(f"<Folder><name>f</name>{marks}</Folder>")))
    line = [[1, 2], [3, 4]]
    assert [shapely.get_coordinates(g).tolist() for g in reading.frame.geometry] == [line, line * 2, line]
    assert shapely.get_num_geometries(reading.frame.geometry.to_numpy()).tolist() == [1, 2, 1]
    assert "left out, because they are no lines: 1 outlines" in reading.provenance.notes


def test_a_zipped_kml_is_read_as_it_is_sent(settings: Settings, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", exported(settings, tmp_path / "a.kml", ONE).read_bytes())
        archive.writestr("files/icon.png", b"\x89PNG")
    assert_same(ONE, read_file("roads", tmp_path / "a.kmz").frame.geometry.iloc[0])


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xef\xbb\xbf<?xml version='1.0'?><gpx a='b'>", "gpx"),
        (b"<k:kml xmlns:k='x'>", "kml"),
        (b"<gpxx>", "other_xml"),
    ],
)
def test_first_bytes_tell_tracks(tmp_path: Path, head: bytes, kind: str) -> None:
    (tmp_path / "x").write_bytes(head)
    assert file_kind(tmp_path / "x") == kind


def test_of_several_layers_the_one_with_lines_is_taken_and_the_others_named(tmp_path: Path) -> None:
    def layer(name: str, *shapes: shapely.Geometry) -> None:
        frame = gpd.GeoDataFrame({"name": [name] * len(shapes)}, geometry=list(shapes), crs=4326)
        frame.to_file(path, driver="GPKG", layer=name, geometry_type=None if shapes else "LineString")

    path = tmp_path / "a.gpkg"
    layer("track_points", shapely.Point(1, 2))
    layer("tracks", ONE)
    layer("routes")
    assert read_file("roads", path).provenance.notes[0] == "layer 'tracks' read; left out: routes, track_points"
    layer("segments", ONE)
    with pytest.raises(ImportRefusedError, match=r"has 2 layers of lines; layers: routes \(linestring\), segments"):
        read_file("roads", path)
