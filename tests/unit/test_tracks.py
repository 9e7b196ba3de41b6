"""Silent risks here: a line that moves on its way through a file; a file a phone refuses; latitude and longitude
exchanged; a name that breaks the file or runs in it; a waypoint the audience may not see."""

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import RequestError, WithheldError
from geo.exports.tracks import TRACK_FORMATS, degrees_text, export_tracks
from geo.layers.palette import ROUTES
from geo.model import Audience
from geo.redaction import Cleared, clear
from geo.schema import CONSTRAINTS
from geo.settings import Settings

CASE = Audience.CASE_TEAM
PROVENANCE = {"made_by": "Piste", "sources": "own <records> & more", "as_of": "2020-06-30", "unit": "minutes"}
KML, GPX = "{http://www.opengis.net/kml/2.2}", "{http://www.topografix.com/GPX/1/1}"
OSMAND = "{https://osmand.net/docs/technical/osmand-file-formats/osmand-gpx}"
HOSTILE = 'Post "7" & <b>\nsecond line\x0b]]>'
# Numbers that fall apart with six decimals: thirds, neighbours of a tenth, the smallest steps, the far sides.
ODD = [(1 / 3, 2 / 3), (0.1 + 0.2, np.nextafter(0.9, 1)), (1e-7, -1.2345678901234e-9), (-179.99999999999997, 84.1)]
# Children in the order of the schema http://www.topografix.com/GPX/1/1/gpx.xsd.
ORDER = {
    "gpx": ("metadata", "wpt", "rte", "trk", "extensions"),
    "metadata": ("name", "desc", "author", "copyright", "link", "time", "keywords", "bounds", "extensions"),
    "wpt": ("ele", "time", "name", "cmt", "desc", "src", "link", "sym", "type", "extensions"),
    "trk": ("name", "cmt", "desc", "src", "link", "number", "type", "extensions", "trkseg"),
    "trkseg": ("trkpt", "extensions"),
}


def routes_of(settings: Settings, *shapes: shapely.Geometry, audience: Audience = CASE) -> Cleared:
    table = gpd.GeoDataFrame(
        {"label": list("ABCD"[: len(shapes)]), "time_min": 144.0, "length_km": 12.34}, geometry=list(shapes), crs=4326
    )
    return clear(table, view="routes", audience=audience, settings=settings)


def marks_of(settings: Settings, audience: Audience = CASE, **more: object) -> Cleared:
    table = {
        "constraint_id": ["c1", "c2"],
        "kind": ["bridge_out", HOSTILE],
        "reported_on": pd.to_datetime(["2020-06-01", None]),
        "longitude": [1 / 3, 0.2],
        "latitude": [2 / 3, -0.3],
    }
    return clear(pd.DataFrame(table | more), view="constraints", audience=audience, settings=settings)


@pytest.fixture
def odd(settings: Settings) -> Cleared:
    return routes_of(settings, shapely.LineString(ODD), shapely.LineString([(1 / 7, 2 / 7), (3 / 7, 4 / 7)]))


def read_lines(content: bytes, path: Path, *, layer: str) -> list[np.ndarray]:
    path.write_bytes(content)
    return [shapely.get_coordinates(shape) for shape in pyogrio.read_dataframe(path, layer=layer).geometry]


@pytest.mark.parametrize(("format_name", "layer"), [("gpx", "tracks"), ("kml", "Routes"), ("gpkg", "routes")])
def test_every_vertex_reads_back_as_the_same_number(odd: Cleared, tmp_path: Path, format_name: str, layer: str) -> None:
    content = export_tracks(odd, format_name=format_name, provenance=PROVENANCE)
    back = read_lines(content, tmp_path / f"routes.{format_name}", layer=layer)
    for shape, read in zip(odd.frame.geometry, back, strict=True):
        np.testing.assert_array_equal(read, shapely.get_coordinates(shape), strict=True)


@given(st.floats(-180, 180))
def test_degrees_are_written_without_exponent_and_read_back_the_same(value: float) -> None:
    text = degrees_text(value)
    assert float(text) == value
    assert not set(text.lower()) - set("-.0123456789")


def test_a_route_in_two_parts_stays_in_two(settings: Settings, tmp_path: Path) -> None:
    parts = shapely.MultiLineString([[(0, 1), (0.5, 1)], [(2, 3), (2, 4)]])
    whole = routes_of(settings, parts)
    for format_name, layer in (("gpx", "tracks"), ("kml", "Routes")):
        path = tmp_path / f"parts.{format_name}"
        path.write_bytes(export_tracks(whole, format_name=format_name, provenance=PROVENANCE))
        read = pyogrio.read_dataframe(path, layer=layer).geometry[0]
        assert shapely.force_2d(shapely.line_merge(read)).equals(parts)
        assert len(shapely.get_parts(read)) == 2


def test_gpx_keeps_the_order_its_schema_demands(settings: Settings, odd: Cleared) -> None:
    content = export_tracks(odd, format_name="gpx", provenance=PROVENANCE, waypoints=marks_of(settings))
    root = ET.fromstring(content)
    for element in root.iter():
        order = ORDER.get(element.tag.removeprefix(GPX))
        if order is not None and element.tag.startswith(GPX):
            places = [order.index(child.tag.removeprefix(GPX)) for child in element]
            assert all(one <= next_one for one, next_one in pairwise(places)), element.tag
    assert {child.tag for child in root} == {f"{GPX}metadata", f"{GPX}wpt", f"{GPX}trk"}


def test_gpx_carries_the_colours_of_the_map_for_osmand(odd: Cleared) -> None:
    root = ET.fromstring(export_tracks(odd, format_name="gpx", provenance=PROVENANCE))
    assert [c.text for c in root.findall(f"{GPX}trk/{GPX}extensions/{OSMAND}color")] == list(ROUTES[:2])


def test_kml_carries_the_colours_of_the_map_blue_first(odd: Cleared) -> None:
    root = ET.fromstring(export_tracks(odd, format_name="kml", provenance=PROVENANCE))
    assert root.findtext(f".//{KML}Style[@id='route0']/{KML}LineStyle/{KML}color") == "ff5c2814"
    assert [mark.text for mark in root.iter(f"{KML}styleUrl")] == ["#route0", "#route1"]


def test_gpx_holds_both_ends_and_what_may_turn_a_team_back(settings: Settings, tmp_path: Path) -> None:
    line, marks = routes_of(settings, shapely.LineString([(0.25, 2.0), (0.5, 3.0)])), marks_of(settings)
    path = tmp_path / "way.gpx"
    path.write_bytes(export_tracks(line, format_name="gpx", provenance=PROVENANCE, waypoints=marks))
    read = pyogrio.read_dataframe(path, layer="waypoints")
    assert list(read["name"])[:3] == ["Route A start", "Route A end", "bridge out"]
    places = shapely.get_coordinates(read.geometry)
    cleared = marks.frame[["longitude", "latitude"]].to_numpy()
    np.testing.assert_array_equal(places, [[0.25, 2.0], [0.5, 3.0], *cleared])
    assert "reported on 2020-06-01" in read["desc"][2]
    assert read["desc"][3] == read["name"][3], "no day is told where none is known"


def test_every_waypoint_of_gpx_has_a_sign_and_a_type(settings: Settings) -> None:
    line = routes_of(settings, shapely.LineString([(0.25, 2.0), (0.5, 3.0)]))
    root = ET.fromstring(export_tracks(line, format_name="gpx", provenance=PROVENANCE, waypoints=marks_of(settings)))
    told = [(way.findtext(f"{GPX}sym"), way.findtext(f"{GPX}type")) for way in root.findall(f"{GPX}wpt")]
    assert told[:3] == [("Flag, Green", "route"), ("Flag, Red", "route"), ("Bridge", "bridge out")]
    assert told[3][0] == "Flag, Blue"


@pytest.mark.parametrize("format_name", ["gpx", "kml"])
def test_a_file_tells_exposure_as_a_bound_where_it_is_one_and_what_to_be_warned_of(
    settings: Settings, format_name: str
) -> None:
    table = gpd.GeoDataFrame(
        {
            "label": ["A", "B"],
            "time_min": [100.0, 200.0],
            "exposure": [0.5, 0.0042],
            "exposure_at_least": [False, True],
            "warnings": pd.Series([(), ("3 km last seen as difficult", "1 night on the way")], dtype=object),
        },
        geometry=[shapely.LineString([(0, 1), (1, 1)])] * 2,
        crs=4326,
    )
    routes = clear(table, view="routes", audience=CASE, settings=settings)
    facts = PROVENANCE | {"exposure_unit": "incidents per 100 passages"}
    text = export_tracks(routes, format_name=format_name, provenance=facts).decode()
    assert "100 min, exposure 0.5 incidents per 100 passages<" in text
    assert (
        "200 min, exposure at least 0.0042 incidents per 100 passages, 3 km last seen as difficult, 1 night on the way<"
        in text
    )


def test_age_and_state_are_told_where_the_table_has_them(settings: Settings) -> None:
    views = {**settings.disclosure["constraints"], "age_days": Audience.TASK_FORCE, "state": Audience.TASK_FORCE}
    opened = settings.model_copy(update={"disclosure": {**settings.disclosure, "constraints": views}})
    marks = marks_of(opened, age_days=[29.0, np.nan], state=["in force", "expired"])
    line = routes_of(settings, shapely.LineString([(0, 1), (1, 1)]))
    for format_name in ("gpx", "kml"):
        text = export_tracks(line, format_name=format_name, provenance=PROVENANCE, waypoints=marks).decode()
        assert "bridge out, in force, reported 29 days before" in text
        assert "nan" not in text


@pytest.mark.parametrize("format_name", ["gpx", "kml"])
def test_signs_of_markup_and_line_breaks_stay_words(settings: Settings, format_name: str) -> None:
    line = routes_of(settings, shapely.LineString([(0, 1), (1, 1)]))
    content = export_tracks(
        line, format_name=format_name, provenance=PROVENANCE | {"note": HOSTILE}, waypoints=marks_of(settings)
    )
    root = ET.fromstring(content)
    assert 'Post "7" & <b> second line\ufffd]]>' in [
        element.text for element in root.iter() if element.tag.endswith("name")
    ]
    assert "audience: case_team" in "".join(root.itertext())
    assert "own <records> & more" in "".join(root.itertext())


def test_a_geopackage_holds_routes_segments_and_waypoints(settings: Settings, tmp_path: Path) -> None:
    route = routes_of(settings, shapely.LineString([(0, 1), (1, 1), (2, 1)]))
    pieces = [shapely.LineString([(0, 1), (1, 1)]), shapely.LineString([(1, 1), (2, 1)])]
    table = gpd.GeoDataFrame(
        {"road_id": ["r1", "r2"], "why": pd.Series([("wet", "checkpoint"), ()], dtype=object)},
        geometry=pieces,
        crs=4326,
    )
    segments = clear(table, view="segments", audience=CASE, settings=settings)
    path = tmp_path / "routes.gpkg"
    path.write_bytes(
        export_tracks(
            route, format_name="gpkg", provenance=PROVENANCE, waypoints=marks_of(settings), segments=[segments]
        )
    )
    assert [name for name, _ in pyogrio.list_layers(path)] == ["routes", "segments", "waypoints"]
    read = pyogrio.read_dataframe(path, layer="segments")
    assert read[["road_id", "why", "route"]].to_numpy().tolist() == [["r1", "wet; checkpoint", "A"], ["r2", "", "A"]]
    assert list(read.geometry) == pieces
    assert list(pyogrio.read_dataframe(path, layer="waypoints")["kind"]) == ["bridge_out", HOSTILE]
    told = pyogrio.read_info(path, layer="routes")["dataset_metadata"]
    assert told["audience"] == "case_team"
    assert told["as_of"] == "2020-06-30"


def test_no_constraint_on_the_way_is_an_empty_layer(settings: Settings, tmp_path: Path) -> None:
    route = routes_of(settings, shapely.LineString([(0, 1), (1, 1)]))
    none = pd.DataFrame(CONSTRAINTS.empty())
    marks = clear(none, view="constraints", audience=CASE, settings=settings)
    path = tmp_path / "routes.gpkg"
    path.write_bytes(export_tracks(route, format_name="gpkg", provenance=PROVENANCE, waypoints=marks))
    assert [pyogrio.read_info(path, layer=name)["features"] for name in ("routes", "waypoints")] == [1, 0]


@pytest.mark.parametrize("format_name", TRACK_FORMATS)
def test_places_the_audience_may_not_see_are_named_as_withheld(settings: Settings, format_name: str) -> None:
    public = Audience.PUBLIC
    views = {**settings.disclosure, "routes": dict.fromkeys(settings.disclosure["routes"], public)}
    opened = settings.model_copy(update={"disclosure": views})
    route = routes_of(opened, shapely.LineString([(0, 1), (1, 1)]), audience=public)
    marks = marks_of(settings, audience=public)
    content = export_tracks(route, format_name=format_name, provenance=PROVENANCE, waypoints=marks)
    assert b"withheld from the audience public" in content
    assert b"bridge" not in content


@pytest.mark.parametrize("format_name", TRACK_FORMATS)
def test_no_route_is_a_file_all_the_same(settings: Settings, tmp_path: Path, format_name: str) -> None:
    empty = routes_of(settings)
    path = tmp_path / f"none.{format_name}"
    path.write_bytes(export_tracks(empty, format_name=format_name, provenance=PROVENANCE))
    if format_name != "gpkg":
        assert "2020-06-30" in "".join(ET.fromstring(path.read_bytes()).itertext())
    else:
        assert pyogrio.read_info(path, layer="routes")["features"] == 0


def test_tables_for_two_audiences_never_share_a_file(settings: Settings) -> None:
    route = routes_of(settings, shapely.LineString([(0, 1), (1, 1)]))
    marks = marks_of(settings, audience=Audience.TASK_FORCE)
    with pytest.raises(WithheldError, match="cleared for case_team, constraints for task_force; one file, one"):
        export_tracks(route, format_name="gpx", provenance=PROVENANCE, waypoints=marks)


def test_an_unknown_format_is_named(settings: Settings) -> None:
    with pytest.raises(RequestError, match="unknown format 'fit'; known: gpx, kml, gpkg"):
        export_tracks(routes_of(settings), format_name="fit", provenance={})
