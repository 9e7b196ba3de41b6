"""Silent risks here: files that differ from what the generator writes; districts that overlap or leave
gaps, so that incidents fall between areas; roads that look joined but share no vertex; a report dated
before its actor existed; an invented place that is real after all; a row the door would refuse."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import shape

from geo.access.hindrances import place_hindrances
from geo.access.network import build_network
from geo.access.road_reports import last_seen
from geo.crs import distance_km, geodesic_length_km
from geo.errors import ImportRefusedError
from geo.model import Season
from geo.readers import read_file
from geo.schema import TABLES
from geo.settings import Settings
from geo.workspace.sample import SAMPLE_FILES, build_sample, generate, overlap_truth
from geo.workspace.sample_actors import DAYS, SPLIT_ON, THEATRES, theatre_rates
from geo.workspace.sample_crossings import RoadLine, with_crossings
from geo.workspace.sample_events import report_share
from geo.workspace.sample_land import smooth_noise, thin
from geo.workspace.sample_names import COUNTRY_NAMES, PROVINCE_NAMES, RIVER_NAMES
from geo.workspace.sample_people import FIRST_DAY, LAST_DAY, TODAY
from geo.workspace.store import open_workspace

COMMITTED = Path(__file__).resolve().parents[2] / "data" / "sample"
LIMIT_BYTES, LARGEST_FILE_BYTES = 3_000_000, 1_400_000


@pytest.fixture(scope="module")
def readings() -> dict[str, pd.DataFrame]:
    """Every committed file as the door reads it, by table."""
    found = {name: read_file(format_name, COMMITTED / name) for format_name, name in SAMPLE_FILES}
    assert {name: reading.rows_rejected for name, reading in found.items()} == dict.fromkeys(found, 0)
    frames = {reading.table: reading.frame for name, reading in found.items() if name != "alerts.csv"}
    return {**frames, "alerts": found["alerts.csv"].frame}  # the second source of incidents


@pytest.fixture(scope="module")
def outlines() -> dict[str, shapely.Polygon]:
    """Outlines by p-code."""
    features = json.loads((COMMITTED / "boundaries.geojson").read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["boundary_id"]: shape(feature["geometry"]) for feature in features}


def _text(table: str) -> pd.DataFrame:
    return pd.read_csv(COMMITTED / f"{table}.csv", dtype=str, keep_default_na=False)


def test_same_seed_writes_the_committed_bytes(tmp_path: Path) -> None:
    generate(tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in COMMITTED.iterdir()}
    assert sorted(written) == sorted(committed)
    assert [name for name in written if written[name] != committed[name]] == []


def test_committed_files_stay_small_and_carry_five_decimals() -> None:
    sizes = {path.name: path.stat().st_size for path in COMMITTED.iterdir()}
    assert sum(sizes.values()) < LIMIT_BYTES
    assert max(sizes.values()) < LARGEST_FILE_BYTES
    for name in ("boundaries", "rivers", "roads", "places"):
        features = json.loads((COMMITTED / f"{name}.geojson").read_text(encoding="utf-8"))["features"]
        numbers = shapely.get_coordinates([shape(feature["geometry"]) for feature in features])
        assert (numbers == numbers.round(5)).all(), name


def test_amounts_are_those_promised(readings: dict[str, pd.DataFrame]) -> None:
    rows = {name: len(frame) for name, frame in readings.items()}
    assert rows["bases"] == 20
    assert rows["actors"] == 6
    assert rows["sites"] == 250
    assert rows["requests"] == 60
    assert rows["staff"] == 22
    assert rows["fleet"] == 16
    assert rows["presence"] == 300
    assert rows["constraints"] == 129
    assert rows["road_reports"] == 60
    assert rows["places"] == 60
    assert rows["airports"] == 8
    assert 8 <= rows["partners"] <= 12
    assert 5800 <= rows["incidents"] <= 6200
    assert 850 <= rows["alerts"] <= 1000


def test_the_second_source_overlaps_and_only_the_generator_knows_where(readings: dict[str, pd.DataFrame]) -> None:
    truth = overlap_truth()
    first, second = ({pair[side] for pair in truth} for side in (0, 1))
    assert 650 <= len(truth) == len(first) == len(second) <= 750
    assert first <= set(readings["incidents"]["incident_id"])
    assert second < set(readings["alerts"]["incident_id"])
    assert set(readings["alerts"]["source"]) == {"alerts"}
    text = (COMMITTED / "alerts.csv").read_text(encoding="utf-8")
    assert "mrm" not in text


def test_districts_tile_provinces_and_country_exactly(outlines: dict[str, shapely.Polygon]) -> None:
    districts = [area for code, area in outlines.items() if len(code) == 7]
    assert 22 <= len(districts) <= 26
    assert all(area.is_valid for area in outlines.values())
    for code, area in outlines.items():
        parts = [outlines[c] for c in outlines if len(c) == len(code) + 2 and c.startswith(code)]
        if parts:
            assert sum(part.area for part in parts) == pytest.approx(area.area, abs=1e-12), code
            assert shapely.union_all(parts).symmetric_difference(area).area < 1e-12, code
    pairs = shapely.STRtree(districts).query(districts, predicate="overlaps")
    assert pairs.size == 0


def test_neighbours_share_the_border_and_do_not_overlap(outlines: dict[str, shapely.Polygon]) -> None:
    own = outlines["XPI"]
    for code in ("XPJ", "XPK", "XPL"):
        assert own.intersection(outlines[code]).area < 1e-12
        assert own.intersection(outlines[code]).length > 0.5


def test_the_territory_lies_in_the_open_sea(outlines: dict[str, shapely.Polygon], shared_data: Path) -> None:
    lon, lat = outlines["XPI"].exterior.xy
    assert distance_km(np.array(lon), np.array(lat), 0.0, 0.0).max() < 500
    land = shared_data / "natural_earth" / "ne_adm0_caf_cod_ssd_and_neighbours.geojson"
    real = [shape(f["geometry"]) for f in json.loads(land.read_text(encoding="utf-8"))["features"]]
    assert not any(country.intersects(area) for country in real for area in outlines.values())


def test_no_invented_name_is_a_known_place(readings: dict[str, pd.DataFrame], shared_data: Path) -> None:
    towns = json.loads((shared_data / "geonames" / "cities500_CF_CD.json").read_text(encoding="utf-8")).values()
    known = {name.casefold() for town in towns for name in (town["name"], *town["alternatenames"])}
    own = {*readings["places"]["name"], *readings["sites"]["name"], *RIVER_NAMES}
    own |= {name for pair in (*COUNTRY_NAMES.values(), *PROVINCE_NAMES.values()) for name in pair}
    assert {name for name in own if name.casefold() in known} == set()


def test_every_position_lies_in_the_territory(
    readings: dict[str, pd.DataFrame], outlines: dict[str, shapely.Polygon]
) -> None:
    for table in (
        "incidents",
        "alerts",
        "presence",
        "sites",
        "places",
        "bases",
        "airports",
        "constraints",
        "road_reports",
    ):
        frame = readings[table].dropna(subset="longitude")
        points = shapely.points(frame["longitude"].to_numpy(), frame["latitude"].to_numpy())
        assert shapely.covers(outlines["XPI"], points).all(), table


def test_incidents_name_the_district_they_lie_in(
    readings: dict[str, pd.DataFrame], outlines: dict[str, shapely.Polygon]
) -> None:
    incidents, areas = readings["incidents"], readings["boundaries"]
    district = dict(zip(areas["name"], areas["boundary_id"], strict=True))
    named = incidents[incidents["admin2"].notna()]
    points = shapely.points(named["longitude"].to_numpy(), named["latitude"].to_numpy())
    around = np.array([outlines[district[name]] for name in named["admin2"]])
    assert shapely.covers(around, points).all()
    known_to_area = incidents["place_precision"].isin(["admin1", "region", "country"])
    assert incidents.loc[known_to_area, "admin2"].isna().all()


def test_precision_verification_and_sex_are_mixed(readings: dict[str, pd.DataFrame]) -> None:
    incidents = readings["incidents"]
    share = incidents["place_precision"].value_counts(normalize=True)
    assert share["exact"] == pytest.approx(0.70, abs=0.03)
    assert share["near"] == pytest.approx(0.15, abs=0.02)
    assert {"admin2", "admin1", "region", "country"} <= set(share.index)
    assert set(incidents["date_precision"].dropna()) == {1, 2, 3, 4, 5}
    counted = incidents[["victims_girls", "victims_boys", "victims_unknown"]].sum()
    assert 0.3 < counted["victims_unknown"] / counted.sum() < 0.6
    assert (counted > 500).all()
    assert set(incidents["verification"].dropna()) == {"reported", "pending", "verified", "not_verified", "rejected"}


def test_numbers_and_dates_agree(readings: dict[str, pd.DataFrame]) -> None:
    incidents = readings["incidents"]
    assert (incidents["fatalities_low"] <= incidents["fatalities_best"]).all()
    assert (incidents["fatalities_best"] <= incidents["fatalities_high"]).all()
    assert (incidents["date_start"] <= incidents["date_end"]).all()
    assert incidents["date_start"].min() >= pd.Timestamp(FIRST_DAY)
    assert incidents["date_end"].max() <= pd.Timestamp(LAST_DAY)
    verified = incidents["verification"] == "verified"
    assert (incidents["verified_on"].notna() == verified.fillna(value=False)).all()
    assert (incidents.loc[verified, "verified_on"] > incidents.loc[verified, "date_end"]).all()
    assert incidents["verified_on"].max() <= pd.Timestamp(TODAY)
    for table in ("bases", "sites", "constraints", "actors"):
        frame = readings[table]
        both = frame[frame["valid_from"].notna() & frame["valid_to"].notna()]
        assert (both["valid_from"] < both["valid_to"]).all(), table
    assert readings["constraints"]["reported_on"].max() <= pd.Timestamp(TODAY)
    assert readings["requests"]["alerted_on"].max() < pd.Timestamp(TODAY)


def test_the_split_is_dated_and_reports_keep_to_it(readings: dict[str, pd.DataFrame]) -> None:
    actors = readings["actors"].set_index("actor_id")
    heirs = actors[actors["parent_relation"] == "split"]
    assert list(heirs["parent_id"]) == ["mlh", "mlh"]
    assert (heirs["valid_from"] == pd.Timestamp(SPLIT_ON)).all()
    assert actors.loc["mlh", "valid_to"] == pd.Timestamp(SPLIT_ON - dt.timedelta(days=1))
    assert actors["colour"].nunique() == 6
    incidents = readings["incidents"]
    for side in ("a", "b"):
        of_heirs = incidents[f"actor_{side}_id"].isin(heirs["source_ids"])
        assert (incidents.loc[of_heirs, "date_start"] >= pd.Timestamp(SPLIT_ON)).all()
        of_parent = incidents[f"actor_{side}_id"] == actors.loc["mlh", "source_ids"]
        assert (incidents.loc[of_parent.fillna(value=False), "date_end"] < pd.Timestamp(SPLIT_ON)).all()


def test_reports_fall_after_the_closure_though_violence_does_not(readings: dict[str, pd.DataFrame]) -> None:
    incidents = readings["incidents"]
    east = incidents[(incidents["longitude"] > 2.1) & (incidents["latitude"] > 0.7)]
    month = east["date_start"].dt.to_period("M")
    before = month.between(pd.Period("2025-04"), pd.Period("2025-09")).sum()
    after = month.between(pd.Period("2026-04"), pd.Period("2026-09")).sum()
    assert after < 0.5 * before
    remote = next(k for k, theatre in enumerate(THEATRES) if theatre.start[0] > 2.0)
    assert np.ptp(theatre_rates()[remote]) == 0
    assert theatre_rates().shape == (len(THEATRES), DAYS)


def test_chance_of_a_report_depends_on_the_nearest_open_base() -> None:
    base = {"longitude": 0.0, "latitude": 0.0, "valid_from": "2020-01-01", "valid_to": "2023-10-11"}
    share = report_share(np.array([[0.1, 0.0], [0.1, 0.0], [0.1, 0.0], [2.0, 0.0]]), np.array([0, 10, 11, 0]), [base])
    assert share.tolist() == pytest.approx([0.92, 0.92, 0.13, 0.13])


def _joints(lines: list[list[tuple[float, float]]]) -> set[tuple[float, float]]:
    """Vertices that are the end of a line or shared by two."""
    seen: dict[tuple[float, float], int] = {}
    for line in lines:
        for number, vertex in enumerate(line):
            seen[vertex] = seen.get(vertex, 0) + (2 if number in (0, len(line) - 1) else 1)
    return {vertex for vertex, times in seen.items() if times > 1}


def test_roads_are_about_four_thousand_segments_in_one_network_and_two_islands(
    readings: dict[str, pd.DataFrame],
) -> None:
    roads = readings["roads"]
    routed = roads[~roads["proposed"].fillna(value=False)]
    lines = [list(line.coords) for line in routed["geometry"]]
    joints = _joints(lines)
    parent = {joint: joint for joint in joints}

    def root(joint: tuple[float, float]) -> tuple[float, float]:
        while parent[joint] != joint:
            parent[joint] = parent[parent[joint]]
            joint = parent[joint]
        return joint

    segments = 0
    for line in lines:
        stops = [vertex for vertex in line if vertex in joints]
        segments += len(stops) - 1
        for stop in stops[1:]:
            parent[root(stop)] = root(stops[0])
    sizes = pd.Series([root(joint) for joint in joints]).value_counts().to_list()
    assert 3800 <= segments <= 4300
    assert 3 <= len(sizes) <= 4
    assert sizes[0] / sum(sizes) > 0.98
    capital = readings["places"].iloc[0]
    home = root((capital["longitude"], capital["latitude"]))
    towns = zip(readings["places"]["longitude"], readings["places"]["latitude"], strict=True)
    assert {root(town) for town in towns} == {home}


def test_road_file_exercises_every_condition(readings: dict[str, pd.DataFrame]) -> None:
    roads = readings["roads"]
    assert set(roads["road_class"]) == {"trunk", "secondary", "tertiary", "unclassified", "track", "ferry"}
    assert roads["bridge"].sum() >= 5
    assert (roads["road_class"] == "ferry").sum() >= 5
    assert roads["proposed"].sum() == 3
    assert set(roads["wet_passable"].dropna()) == {True, False}
    assert roads["wet_passable"].isna().sum() > 100
    stated = roads[roads["duration_min"].notna()]
    assert len(stated) >= 20
    drawn_km = geodesic_length_km(stated["geometry"].to_numpy())
    assert stated["length_km"].to_numpy() == pytest.approx(drawn_km * 1.06, rel=0.02, abs=0.06)


def test_constraints_lie_on_road_vertices_and_some_hold_today(readings: dict[str, pd.DataFrame]) -> None:
    vertices = {tuple(pair) for pair in shapely.get_coordinates(readings["roads"]["geometry"].to_numpy()).tolist()}
    constraints = readings["constraints"]
    points = constraints.loc[constraints["kind"] != "airstrip_closed"].dropna(subset="longitude")
    assert len(points) == 120
    assert set(zip(points["longitude"], points["latitude"], strict=True)) <= vertices
    today = pd.Timestamp(TODAY)
    live = (constraints["valid_from"] <= today) & (constraints["valid_to"].isna() | (constraints["valid_to"] >= today))
    assert 30 <= live.sum() < len(constraints)


def test_hindrances_and_reports_lie_on_the_sample_roads(readings: dict[str, pd.DataFrame], settings: Settings) -> None:
    network = build_network(readings["roads"], settings=settings.network)
    asked: dict[str, Any] = {"as_of": TODAY, "vehicle": "motorcycle", "settings": settings}
    found = place_hindrances(network, readings["constraints"], season=Season.WET, **asked)
    assert found.off_network.empty
    assert set(found.placed["state"]) == {"in force", "expired", "other vehicle"}
    assert set(found.placed["direction"]) == {0, 1, -1}
    kinds = set(found.in_force["kind"])
    assert {"escort_required", "daylight_only", "curfew", "checkpoint"} <= kinds
    posts = readings["constraints"].loc[readings["constraints"]["kind"] == "checkpoint"]
    assert set(posts["actor_id"].dropna()) <= set(readings["actors"]["actor_id"])
    assert set(posts["operator_type"]) == {"state", "non_state", "militia", "community"}
    assert posts["fee"].notna().sum() > 5
    seen = last_seen(network, readings["road_reports"], **asked)
    assert seen["contrary_id"].notna().any()
    assert {"passable", "difficult", "impassable"} == set(seen["status"])


def test_ties_between_tables_hold(readings: dict[str, pd.DataFrame]) -> None:
    assert set(readings["requests"]["site_id"]) <= set(readings["sites"]["site_id"])
    assert set(readings["staff"]["partner_id"]) <= set(readings["partners"]["partner_id"])
    assert set(readings["staff"]["base_id"]) | set(readings["fleet"]["base_id"]) <= set(readings["bases"]["base_id"])
    assert set(readings["visits"]["request_id"]) <= set(readings["requests"]["request_id"])
    answered = readings["visits"].merge(readings["requests"], on="request_id")
    assert (answered["visited_on"] > answered["alerted_on"]).all()
    assert set(readings["partners"]["base_id"]) <= set(readings["bases"]["base_id"])
    assert set(readings["presence"]["actor_id"]) <= set(readings["actors"]["actor_id"])
    districts = set(readings["boundaries"]["boundary_id"])
    codes = readings["sites"]["p_code"]
    assert codes.str.fullmatch(r"XPI\d{4}-\d{3}").all()
    assert codes.is_unique
    assert set(codes.str[:7]) <= districts
    sighted = readings["presence"].merge(readings["actors"], on="actor_id")
    assert (sighted["valid_from"].isna() | (sighted["observed_on"] >= sighted["valid_from"])).all()
    assert (sighted["valid_to"].isna() | (sighted["observed_on"] <= sighted["valid_to"])).all()


def test_bases_close_in_the_past_and_in_the_future(readings: dict[str, pd.DataFrame]) -> None:
    closes = readings["bases"]["valid_to"].dropna()
    assert (closes < pd.Timestamp(TODAY)).sum() >= 3
    assert (closes > pd.Timestamp(TODAY)).sum() >= 3
    assert set(readings["bases"]["organisation_type"]) >= {"mission", "un_agency", "ingo", "national_ngo"}


def test_templates_carry_the_contract_columns_and_hxl_tags() -> None:
    for table in (
        "incidents",
        "actors",
        "bases",
        "sites",
        "presence",
        "constraints",
        "requests",
        "partners",
        "staff",
        "missions",
    ):
        assert list(_text(table).columns) == TABLES[table].column_names
    for table in ("bases", "sites"):
        tags = [tag for tag in _text(table).iloc[0] if tag]
        assert len(tags) >= 8
        assert all(tag.startswith("#") for tag in tags)


def test_build_sample_counts_rows_and_takes_nothing_twice(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "ws", author="planner", create=True)
    rows = build_sample(workspace, COMMITTED)
    assert rows["incidents"] == len(workspace.table("incidents"))
    assert {record.rows_rejected for record in workspace.imports()} == {0}
    build_sample(workspace, COMMITTED)
    assert len(workspace.table("bases")) == rows["bases"] == 20


def test_build_sample_names_a_missing_file(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "ws", author="planner", create=True)
    with pytest.raises(ImportRefusedError, match=r"boundaries\.geojson"):
        build_sample(workspace, tmp_path)


def test_another_seed_gives_another_land_that_the_door_also_takes(tmp_path: Path) -> None:
    generate(tmp_path, seed=11)
    assert (tmp_path / "roads.geojson").read_bytes() != (COMMITTED / "roads.geojson").read_bytes()
    for format_name, name in SAMPLE_FILES:
        assert read_file(format_name, tmp_path / name).rows_rejected == 0, name


def test_noise_is_smooth_and_bounded() -> None:
    lon = np.linspace(-3, 3, 2001)
    noise = smooth_noise(lon, lon * 0.3, wavelength_deg=1.0, seed=3)
    assert np.abs(noise).max() <= 1.0
    assert np.abs(np.diff(noise)).max() < 0.03


def test_thinning_keeps_ends_and_stays_within_the_tolerance() -> None:
    line = np.array([[0.0, 0.0], [1.0, 0.003], [2.0, 0.0], [3.0, 1.0], [4.0, 0.0]])
    assert thin(line, tolerance_deg=0.004).tolist() == [[0.0, 0.0], [2.0, 0.0], [3.0, 1.0], [4.0, 0.0]]


def test_a_main_road_gets_a_bridge_a_track_a_ferry_and_a_stream_is_forded() -> None:
    line = np.array([[0.0, 0.0], [0.1, 0.0]])
    trunk = with_crossings(RoadLine(road_class="trunk", route="N1", line=line), [(1, 0.05)])
    assert [(part.road_class, part.bridge) for part in trunk] == [("trunk", False), ("trunk", True), ("trunk", False)]
    assert trunk[0].line.tolist() == [[0.0, 0.0], [0.046, 0.0]]
    assert trunk[1].line.tolist() == [[0.046, 0.0], [0.054, 0.0]]
    twice = with_crossings(RoadLine(road_class="secondary", route="", line=line), [(2, 0.08), (2, 0.021), (2, 0.02)])
    assert [part.bridge for part in twice] == [False, True, False, True, False]
    assert twice[1].line[:, 0].tolist() == [0.016, 0.025]
    track = with_crossings(RoadLine(road_class="track", route="", line=line), [(1, 0.05)])
    assert [part.road_class for part in track] == ["track", "ferry", "track"]
    stream = with_crossings(RoadLine(road_class="track", route="", line=line), [(3, 0.05)])
    assert [part.fords for part in stream] == [True]
