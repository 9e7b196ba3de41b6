"""Silent risks here: metres taken for kilometres or seconds for minutes, so every route is wrong by a factor;
a proposed road driven on; Geofabrik's T (against) read as true; a road lost for one bad speed; two stretches
under one id, of which one vanishes; a swapped FX/FY column believed instead of the drawn line."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.contracts import Contract
from geo.crs import geodesic_length_km
from geo.readers import read_file
from geo.readers.roads import ROAD_CLASSES, SURFACES, read_roads
from geo.schema import ROADS
from geo.settings import Settings

# One degree of longitude on the equator: 111.3 km.
DEGREE_KM = 111.3195


def road_file(path: Path, *rows: dict[str, object], lines: list[list[list[float]]] | None = None) -> Path:
    """GeoJSON of roads; without lines, each runs one degree along the equator, one below the other."""
    drawn = lines or [[[0.0, -i / 100], [1.0, -i / 100]] for i in range(len(rows))]
    features = [
        {"type": "Feature", "properties": row, "geometry": {"type": "LineString", "coordinates": line}}
        for row, line in zip(rows, drawn, strict=True)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def one(tmp_path: Path, **row: object) -> pd.Series:
    return read_roads(road_file(tmp_path / "a.geojson", row)).frame.iloc[0]


def test_our_own_columns_come_back_as_they_are(tmp_path: Path) -> None:
    row = {
        "road_id": "R1", "name": "Piste du nord", "road_class": "secondary", "surface": "unpaved", "speed_kph": 25,
        "length_km": 120.5, "duration_min": 290, "oneway": -1, "bridge": True, "wet_passable": False, "proposed": False,
    }  # fmt: skip
    reading = read_roads(road_file(tmp_path / "a.geojson", row))
    assert isinstance(reading.frame, gpd.GeoDataFrame)
    assert reading.frame.crs.to_epsg() == 4326
    assert reading.frame.drop(columns="geometry").iloc[0].to_dict() == row
    assert reading.rows_flagged == reading.rows_rejected == 0
    assert list(reading.frame.columns) == [*ROADS.column_names, "geometry"]


@pytest.mark.parametrize(
    ("given", "column", "expected"),
    [
        ({"length_km": 130}, "length_km", 130.0),
        ({"distance_m": 130_000}, "length_km", 130.0),
        ({"distance": 130_000}, "length_km", 130.0),  # about as many metres as drawn
        ({"distance": 130}, "length_km", 130.0),  # about as many kilometres as drawn
        ({"LENGTH": 130}, "length_km", 130.0),
        ({"duration_min": 180}, "duration_min", 180.0),
        ({"duration_s": 10_800}, "duration_min", 180.0),
        ({"duration": 180}, "duration_min", 180.0),  # 37 km/h in minutes
        ({"duration": 10_800}, "duration_min", 180.0),  # 37 km/h in seconds
        ({"duration": 3}, "duration_min", 180.0),  # 37 km/h in hours
        ({"speed_kmh": 60}, "speed_kph", 60.0),
        ({"speed": "40 mph"}, "speed_kph", 64.37376),
        ({"speed": "60 km/h"}, "speed_kph", 60.0),
        ({"speed": "60"}, "speed_kph", 60.0),
    ],
)
def test_units_follow_the_written_rule(tmp_path: Path, given: dict[str, object], column: str, expected: float) -> None:
    assert one(tmp_path, **given)[column] == pytest.approx(expected)


def test_a_column_no_unit_fits_is_left_out_and_named(tmp_path: Path) -> None:
    reading = read_roads(road_file(tmp_path / "a.geojson", {"distance": 7, "duration": 0.001}))
    assert reading.frame[["length_km", "duration_min"]].isna().all(axis=None)
    assert (
        "column 'distance' fits no unit and is left out; name it distance_km or distance_m" in reading.provenance.notes
    )
    assert (
        "column 'duration' fits no unit and is left out; name it duration_min or duration_s or duration_h"
        in reading.provenance.notes
    )


def test_the_unit_chosen_stands_in_the_notes(tmp_path: Path) -> None:
    reading = read_roads(road_file(tmp_path / "a.geojson", {"distance": 130_000, "duration": 180}))
    assert "column 'distance' read in m (median check 1.17)" in reading.provenance.notes
    assert "column 'duration' read in min (median check 43.33)" in reading.provenance.notes


@pytest.mark.parametrize(
    ("given", "expected"),
    [("yes", 1), (True, 1), (1, 1), ("-1", -1), (-1, -1), ("no", 0), (False, 0), ("F", 0), ("T", 1), (None, None)],
)
def test_oneway_words(tmp_path: Path, given: object, expected: int | None) -> None:
    found = one(tmp_path, oneway=given)["oneway"]
    assert pd.isna(found) if expected is None else found == expected


def test_geofabrik_oneway_letters_are_read_as_geofabrik_means_them(tmp_path: Path) -> None:
    reading = read_roads(road_file(tmp_path / "a.geojson", {"oneway": "F"}, {"oneway": "T"}, {"oneway": "B"}))
    assert reading.frame["oneway"].tolist() == [1, -1, 0]
    assert "oneway read as F forward, T against, B both (Geofabrik)" in reading.provenance.notes


def test_roundabouts_and_motorways_are_one_way_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    path = road_file(
        tmp_path / "a.geojson",
        {"highway": "motorway", "oneway": None, "junction": None},
        {"highway": "tertiary", "oneway": None, "junction": "roundabout"},
        {"highway": "motorway", "oneway": "no", "junction": None},
    )
    assert read_roads(path).frame["oneway"].tolist() == [1, 1, 0]


def test_classes_become_osm_words_and_unknown_ones_are_flagged(tmp_path: Path) -> None:
    path = road_file(
        tmp_path / "a.geojson",
        {"highway": "motorway_link"}, {"highway": "residential"}, {"highway": "goat path"}, {"highway": None},
    )  # fmt: skip
    reading = read_roads(path)
    assert reading.frame["road_class"].fillna("?").tolist() == ["trunk", "unclassified", "unclassified", "?"]
    assert reading.flags[["line", "column", "value", "reason"]].to_numpy().tolist() == [
        [3, "highway", "goat path", "no road class known here; taken as 'unclassified'"]
    ]


def test_every_class_has_a_speed_in_the_settings(settings: Settings) -> None:
    assert set(ROAD_CLASSES.values()) == set(settings.speeds_kph.dry) == set(settings.speeds_kph.wet)
    assert set(SURFACES.values()) == {"paved", "unpaved"}


def test_surface_words_and_ferries(tmp_path: Path) -> None:
    assert one(tmp_path, surface="Asphalt")["surface"] == "paved"
    assert one(tmp_path, surface="laterite")["surface"] == "unpaved"
    assert one(tmp_path, surface="snow")["surface"] == "snow"
    assert one(tmp_path, route="ferry", highway=None)["road_class"] == "ferry"
    assert one(tmp_path, ferry="yes", highway="primary")["road_class"] == "ferry"


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"bridge": "viaduct"}, True), ({"bridge": "F"}, False), ({"layer": 1}, True), ({"tunnel": "yes"}, True)],
)
def test_bridges_and_layered_crossings(tmp_path: Path, given: dict[str, object], expected: bool) -> None:  # noqa: FBT001
    assert one(tmp_path, **given)["bridge"] == expected


def test_a_file_that_never_speaks_of_bridges_leaves_them_unknown(tmp_path: Path) -> None:
    assert pd.isna(one(tmp_path, highway="track")["bridge"])


@pytest.mark.parametrize("given", [{"add": True}, {"proposed": "yes"}, {"status": "planned"}])
def test_planned_roads_are_kept_and_marked(tmp_path: Path, given: dict[str, object]) -> None:
    assert one(tmp_path, **given)["proposed"] == True  # noqa: E712 - a numpy or pandas truth


def test_season_from_our_column_or_the_osm_key(tmp_path: Path) -> None:
    assert one(tmp_path, all_weather="yes")["wet_passable"]
    assert not one(tmp_path, seasonal="dry_season")["wet_passable"]
    assert pd.isna(one(tmp_path, seasonal="sometimes")["wet_passable"])


def test_a_bad_value_never_loses_the_road(tmp_path: Path) -> None:
    path = road_file(
        tmp_path / "a.geojson",
        {"speed_kph": 900, "length_km": -3, "duration_min": "two hours", "oneway": "sideways"},
        {"speed_kph": "fast", "length_km": 0, "duration_min": 0, "oneway": "yes"},
    )
    reading = read_roads(path)
    assert len(reading.frame) == 2
    assert reading.frame[["speed_kph", "length_km", "duration_min"]].isna().all(axis=None)
    told = {(line, column): reason for line, column, reason in reading.flags[["line", "column", "reason"]].to_numpy()}
    assert told == {
        (1, "speed_kph"): "above 150; left empty",
        (1, "length_km"): "below 0; left empty",
        (1, "duration_min"): "not a finite number; left empty",
        (1, "oneway"): "not a whole number; left empty",
        (2, "speed_kph"): "no speed; left empty",
        (2, "length_km"): "nothing takes zero; left empty",
        (2, "duration_min"): "nothing takes zero; left empty",
    }


def test_impossible_statements_are_kept_and_flagged(tmp_path: Path) -> None:
    path = road_file(tmp_path / "a.geojson", {"length_km": 80.0, "duration_min": 20})
    reading = read_roads(path)
    assert reading.frame["length_km"].iloc[0] == 80.0  # shorter than the straight line, but stated
    assert reading.flags["reason"].tolist() == [
        "shorter than the straight line between its ends; kept",
        "stated length and duration mean an impossible speed; kept",
    ]


def test_a_line_may_be_just_as_long_as_drawn(tmp_path: Path) -> None:
    assert read_roads(road_file(tmp_path / "a.geojson", {"length_km": DEGREE_KM})).rows_flagged == 0


def test_ids_from_ends_cut_lines_numbered_and_true_repeats_rejected(tmp_path: Path) -> None:
    lines = [[[0.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [2.0, 0.0]], [[0.0, 0.0], [1.0, 0.0]], [[3.0, 0.0], [4.0, 0.0]]]
    rows: list[dict[str, object]] = [{"from": 1, "to": 2}, {"from": 1, "to": 2}, {"from": 1, "to": 2}, {"from": None}]
    reading = read_roads(road_file(tmp_path / "a.geojson", *rows, lines=lines))
    assert reading.frame["road_id"].tolist() == ["1-2", "1-2#2", "row 4"]
    assert reading.rejects[["line", "reason"]].to_numpy().tolist() == [[3, "road_id already stands in line 1"]]
    assert reading.provenance.notes[:2] == (
        "1 rows without an id are named by their number",
        "1 lines repeat the id of another line and are numbered #2, #3, …",
    )


def test_doubly_encoded_names_are_mended_and_told(tmp_path: Path) -> None:
    reading = read_roads(road_file(tmp_path / "a.geojson", {"name": "Route de NdÃ©lÃ©"}))
    assert reading.frame["name"].iloc[0] == "Route de Ndélé"
    assert reading.flags["reason"].tolist() == ["doubly encoded letters, read as 'Route de Ndélé'"]


def test_the_contract_is_kept_by_what_is_stored(tmp_path: Path) -> None:
    contract: Contract = ROADS
    path = road_file(tmp_path / "a.geojson", {"road_id": "a", "highway": "x", "speed": "900"}, {"road_id": "b"})
    frame = read_roads(path).frame
    assert contract.check(frame.drop(columns="geometry")).rejects.empty


# --- real files


def test_african_roads_as_published(shared_data: Path) -> None:
    reading = read_file("roads", shared_data / "roads_africa" / "africa_network_COD_CAF.geojson")
    frame = reading.frame
    assert (reading.rows_read, reading.rows_rejected, reading.rows_flagged) == (367, 0, 0)
    assert frame["proposed"].sum() == 93
    assert frame.loc[frame["proposed"], "duration_min"].isna().all()
    existing = frame[~frame["proposed"].astype(bool)]
    assert existing["length_km"].sum() == pytest.approx(41_459, abs=1)  # the figure of its provenance
    assert existing["duration_min"].notna().all()
    implied = existing["length_km"] / existing["duration_min"] * 60
    assert np.allclose(implied, existing["speed_kph"], rtol=1e-6)
    ratio = frame["length_km"] / geodesic_length_km(frame.geometry.to_numpy())
    assert ratio.median() == pytest.approx(1.207, abs=0.001)


def test_african_roads_share_their_ends_exactly(shared_data: Path) -> None:
    """FX/FY are swapped in 16 % of the lines; the drawn ends are not: 191 places, one component."""
    frame = read_file("roads", shared_data / "roads_africa" / "africa_network_COD_CAF.geojson").frame
    existing = frame[~frame["proposed"].astype(bool)].geometry.to_numpy()
    ends = np.vstack([shapely.get_coordinates(shapely.get_point(existing, at)) for at in (0, -1)])
    assert len(np.unique(ends, axis=0)) == 191


def test_kinshasa_roads_as_published(shared_data: Path) -> None:
    reading = read_file("roads", shared_data / "osm_kinshasa" / "roads-major.geojson")
    assert (reading.rows_read, reading.rows_rejected, reading.rows_flagged) == (669, 0, 0)
    assert reading.frame["road_class"].value_counts().to_dict() == {"trunk": 259, "secondary": 230, "primary": 180}
    assert reading.frame["oneway"].value_counts().to_dict() == {1: 424, 0: 245}
    assert reading.frame["surface"].value_counts().to_dict() == {"paved": 317, "unpaved": 5}
