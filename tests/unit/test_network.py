"""Silent risks here: a bridge joined to the road below it; a stated length counted once per piece; a
proposed road driven; minutes of the wrong season; a delay lost because its place is a little off the road."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.access.network import Network, build_network
from geo.access.reasons import explain_segments
from geo.access.segments import Passability, assess_passability, ban, passability_words, road_records
from geo.access.snapping import snap_points
from geo.access.speeds import speed_classes
from geo.crs import EARTH_RADIUS_KM
from geo.errors import RequestError, SettingsError
from geo.model import Season
from geo.schema import ROADS
from geo.settings import Settings
from tests.toy_roads import constraints_of, roads_of

DAY = dt.date(2020, 3, 1)


def build(settings: Settings, *rows: dict) -> Network:
    return build_network(roads_of(rows), settings=settings.network)


def assess(settings: Settings, network: Network, **changes: object) -> Passability:
    asked = {"season": Season.DRY, "vehicle": "4x4", "as_of": DAY} | changes
    known = road_records(network, asked.pop("constraints", None), asked.pop("reports", None), settings=settings)
    return assess_passability(network, settings=settings, known=known, **asked)


def test_lines_are_cut_where_they_share_a_vertex(settings: Settings) -> None:
    network = build(
        settings, {"line": [(0, 0), (1, 0), (2, 0)], "road_id": "main"}, {"line": [(1, 0), (1, 1)], "road_id": "side"}
    )
    assert network.segments["segment_id"].tolist() == ["main/0", "main/1", "side/0"]
    assert network.report.nodes == 4
    assert network.report.components == 1
    ends = network.segments[["from_node", "to_node"]].to_numpy()
    assert ends[0, 1] == ends[1, 0] == ends[2, 0]
    assert (network.longitude[ends[0, 1]], network.latitude[ends[0, 1]]) == (1.0, 0.0)


def test_crossing_without_a_shared_vertex_stays_a_bridge(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (2, 0)]}, {"line": [(1, -1), (1, 1)]})
    assert len(network.segments) == 2
    assert network.report.components == 2
    assert network.report.island_segments == 1


def test_inner_vertex_of_one_line_only_is_no_node(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0.2), (2, 0)]})
    assert len(network.segments) == 1
    assert shapely.get_num_points(network.segments.geometry.iloc[0]) == 3


def test_line_that_meets_itself_is_cut_there(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0), (1, 1), (2, 1), (1, 0), (3, 0)]})
    assert len(network.segments) == 3  # stem, loop, stem
    loop = network.segments.iloc[1]
    assert loop["from_node"] == loop["to_node"]


def test_vertices_equal_to_six_decimals_are_one(settings: Settings) -> None:
    settings = settings.model_copy(update={"network": settings.network.model_copy(update={"join_gap_m": 0.0})})
    near = build(settings, {"line": [(0, 0), (1, 0)]}, {"line": [(1.0000002, 0), (2, 0)]})
    apart = build(settings, {"line": [(0, 0), (1, 0)]}, {"line": [(1.000002, 0), (2, 0)]})
    assert (near.report.components, apart.report.components) == (1, 2)


def test_multi_line_gives_its_parts(settings: Settings) -> None:
    line = shapely.MultiLineString([[(0, 0), (1, 0)], [(1, 0), (2, 0)], [(5, 5), (6, 5)]])
    network = build(settings, {"line": line, "road_id": "m", "length_km": 300, "duration_min": 600})
    assert network.segments["segment_id"].tolist() == ["m/0", "m/1", "m/2"]
    assert network.segments["length_km"].sum() == pytest.approx(300)
    assert network.segments["stated_min"].sum() == pytest.approx(600)


METRE_DEG = 1 / (np.radians(1.0) * EARTH_RADIUS_KM * 1000)  # of latitude


@pytest.mark.parametrize(("missed_m", "joined"), [(0.5, True), (2.0, True), (2.01, False)])
def test_line_end_that_misses_another_line_by_the_gap_at_most_is_joined(
    settings: Settings, missed_m: float, *, joined: bool
) -> None:
    network = build(
        settings,
        {"line": [(0, 0), (1, 0), (2, 0)]},
        {"line": [(1, missed_m * METRE_DEG), (1, 1)]},  # ends beside the middle vertex of the first
        {"line": [(5, 0), (6, 0)]},
    )
    report = network.report
    assert (report.components, report.snapped_gaps, report.segments) == ((2, 1, 4) if joined else (3, 0, 3))
    assert report.largest_gap_m == pytest.approx(missed_m if joined else 0, abs=0.001)


def test_gap_is_joined_to_the_nearest_of_another_line_and_two_ends_count_once(settings: Settings) -> None:
    ends = build(settings, {"line": [(0, 0), (1, 0)]}, {"line": [(1, METRE_DEG), (1, 1)]})
    assert (ends.report.components, ends.report.snapped_gaps, ends.report.nodes) == (1, 1, 3)
    own = build(settings, {"line": [(0, 0), (1, 0), (1, 1), (0, METRE_DEG)]})
    assert (own.report.snapped_gaps, own.report.nodes) == (0, 2)  # a line's own two ends stay apart


def test_lines_that_cross_within_the_gap_are_not_joined(settings: Settings) -> None:
    crossing = build(settings, {"line": [(0, 0), (1, 0), (2, 0)]}, {"line": [(1, 1), (1, METRE_DEG), (1, -1)]})
    assert (crossing.report.components, crossing.report.snapped_gaps) == (2, 0)


def test_nodes_are_numbered_along_the_ground(settings: Settings) -> None:
    rows = [{"line": [(x, y), (x + 1, y)]} for x, y in np.random.default_rng(1).permutation(list(np.ndindex(20, 20)))]
    network = build(settings, *rows)
    apart = np.hypot(network.from_node - network.to_node, 0)
    assert np.median(apart) <= 8


def test_facts_tell_bridges_ferries_and_what_is_known_of_the_wet_season(settings: Settings) -> None:
    network = build(
        settings,
        {"line": [(0, 0), (1, 0)], "bridge": "yes", "wet_passable": "no", "surface": "asphalt"},
        {"line": [(1, 0), (2, 0)], "road_class": "ferry", "wet_passable": "yes"},
        {"line": [(2, 0), (3, 0)], "road_class": "Trunk_link"},
    )
    facts = network.facts
    assert facts.bridge.tolist() == [True, False, False]
    assert facts.ferry.tolist() == [False, True, False]
    assert facts.wet_closed.tolist() == [True, False, False]
    assert facts.wet_known.tolist() == [True, True, False]
    assert facts.paved.tolist() == [True, False, False]
    assert [facts.class_names[code] for code in facts.class_code] == ["", "ferry", "trunk"]


def test_vehicle_share_may_differ_by_season(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0)], "road_class": "track"})
    truck = settings.vehicles["truck"].model_copy(update={"dry": 0.5, "wet": 0.25})
    slower = settings.model_copy(update={"vehicles": {"truck": truck, "4x4": settings.vehicles["4x4"]}})
    for season, times in ((Season.DRY, 2), (Season.WET, 4)):
        alone = assess(slower, network, season=season).minutes
        assert assess(slower, network, season=season, vehicle="truck").minutes == pytest.approx(times * alone)


def test_stated_values_are_shared_by_drawn_length_and_win(settings: Settings) -> None:
    network = build(
        settings,
        {"line": [(0, 0), (1, 0), (4, 0)], "length_km": 500, "duration_min": 400, "speed_kph": 99},
        {"line": [(1, 0), (1, 1)], "speed_kph": 50},
    )
    assert network.segments["length_km"].to_numpy()[:2] == pytest.approx([125, 375], rel=1e-6)
    side_km = 110.574  # one degree of latitude on WGS 84 at the equator
    assert network.segments["length_km"].iloc[2] == pytest.approx(side_km, abs=0.001)
    minutes = assess(settings, network).minutes[:, 0]
    assert minutes[:2] == pytest.approx([100, 300], rel=1e-6)
    assert minutes[2] == pytest.approx(60 * side_km / 50, rel=1e-4)


def test_stated_zero_is_read_as_not_stated_and_counted(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0)], "length_km": 0, "duration_min": 0})
    assert network.report.stated_zero == 1
    assert network.segments["length_km"].iloc[0] > 111
    assert assess(settings, network).minutes[0, 0] > 0


def test_proposed_and_pointlike_lines_are_left_out_and_counted(settings: Settings) -> None:
    network = build(
        settings,
        {"line": [(0, 0), (1, 0)], "proposed": "yes"},
        {"line": [(2, 2), (2, 2)]},
        {"line": [(0, 1), (1, 1), (1, 1), (2, 1)]},
    )
    report = network.report
    assert (report.roads, report.proposed, report.without_length, report.segments) == (3, 1, 1, 1)


def test_no_roads_at_all_is_a_network_of_nothing(settings: Settings) -> None:
    empty = gpd.GeoDataFrame(ROADS.empty(), geometry=[], crs=4326)
    network = build_network(empty, settings=settings.network)
    assert (network.report.segments, network.report.nodes, network.report.components) == (0, 0, 0)
    assert assess(settings, network).minutes.shape == (0, 2)
    assert snap_points(network, np.zeros(1), np.zeros(1), settings=settings.network).segment.tolist() == [-1]


def test_input_is_not_changed(settings: Settings) -> None:
    roads = roads_of([{"line": [(0, 0), (1, 0)], "length_km": 5}])
    copy = roads.copy(deep=True)
    build_network(roads, settings=settings.network)
    pd.testing.assert_frame_equal(pd.DataFrame(roads), pd.DataFrame(copy))


def test_speed_follows_class_surface_season_and_vehicle(settings: Settings) -> None:
    network = build(
        settings, {"line": [(0, 0), (1, 0)], "length_km": 60, "road_class": "primary", "surface": "Asphalt"}
    )
    dry, wet = settings.speeds_kph.dry["primary"].paved, settings.speeds_kph.wet["primary"].paved
    assert assess(settings, network).minutes[0, 0] == pytest.approx(3600 / dry)
    assert assess(settings, network, season=Season.WET).minutes[0, 0] == pytest.approx(3600 / wet)
    truck = assess(settings, network, vehicle="truck").minutes[0, 0]
    assert truck == pytest.approx(3600 / dry / settings.vehicles["truck"].dry)


def test_classes_outside_the_table_take_a_written_stand_in(settings: Settings) -> None:
    known = {"trunk", "primary", "unclassified", "track"}
    given = ["motorway", "Primary_link", "residential", "path", "corridor", None]
    rows = [{"line": [(0, n), (1, n)], "road_class": name} for n, name in enumerate(given)]
    network = build(settings, *rows)
    classes = speed_classes(network.facts.class_names, known=known)
    expected = ["trunk", "primary", "unclassified", "track", "unclassified", "unclassified"]
    assert [classes[code] for code in network.facts.class_code] == expected


def test_stated_duration_is_of_the_dry_season(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0)], "duration_min": 100, "road_class": "track"})
    ratio = settings.speeds_kph.dry["track"].unpaved / settings.speeds_kph.wet["track"].unpaved
    assert assess(settings, network).minutes[0, 0] == pytest.approx(100)
    assert assess(settings, network, season=Season.WET).minutes[0, 0] == pytest.approx(100 * ratio)


def test_road_impassable_in_the_wet_season_costs_the_delay_set_for_that_then_only(settings: Settings) -> None:
    network = build(
        settings, {"line": [(0, 0), (1, 0)], "wet_passable": "no"}, {"line": [(1, 0), (2, 0)], "wet_passable": "yes"}
    )
    assert assess(settings, network).impassable.tolist() == [[False, False], [False, False]]
    wet = assess(settings, network, season=Season.WET)
    assert wet.impassable.tolist() == [[True, True], [False, False]]
    assert wet.open_segments.tolist() == [True, True]
    assert wet.delay_min[:, 0].tolist() == [settings.delays_min["impassable"], 0]
    told = explain_segments(network, wet, np.array([0]))[0]
    assert told[0] == "closed because recorded as not passable in the wet season"


def test_unknown_vehicle_is_refused_with_those_known(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0)]})
    with pytest.raises(RequestError, match="unknown vehicle 'camel'; known: 4x4, truck, motorcycle"):
        assess(settings, network, vehicle="camel")


def test_missing_speed_is_named(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0)], "road_class": "track"})
    speeds = settings.speeds_kph.model_copy(update={"wet": {"trunk": settings.speeds_kph.wet["trunk"]}})
    with pytest.raises(SettingsError, match=r"missing key speeds_kph\.wet\.track"):
        assess(settings.model_copy(update={"speeds_kph": speeds}), network, season=Season.WET)


def test_constraints_delay_their_nearest_segment(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0)], "duration_min": 100}, {"line": [(0, 1), (1, 1)]})
    constraints = constraints_of(
        [
            {"kind": "checkpoint", "longitude": 0.5, "latitude": 0.005, "reported_on": "2020-01-20"},
            {"kind": "permit", "longitude": 0.2, "latitude": 0, "delay_min": 7},
            {"kind": "flooded", "longitude": 0.5, "latitude": 0.5},  # 55 km from any road
        ]
    )
    found = assess(settings, network, constraints=constraints)
    assert found.delay_min.tolist() == [[settings.delays_min["checkpoint"] + 7] * 2, [0, 0]]
    assert found.minutes[0, 0] == pytest.approx(100 + settings.delays_min["checkpoint"] + 7)
    assert found.checkpoints.tolist() == [1, 0]
    assert found.hindrances.off_network["constraint_id"].tolist() == ["k2"]
    assert found.hindrances.off_network["nearest_km"].iloc[0] == pytest.approx(55.3, abs=0.5)
    assert explain_segments(network, found, np.array([0]))[0] == (
        "checkpoint, reported 41 days ago: +20 min",
        "permit, reported 60 days ago: +7 min",
        "stated duration: 67 km/h",
    )


def test_constraint_counts_on_its_first_and_last_day(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0)]})
    at = {"kind": "permit", "longitude": 0.5, "latitude": 0, "delay_min": 1}
    constraints = constraints_of(
        [
            at | {"valid_from": "2020-03-01", "valid_to": "2020-03-01"},
            at | {"valid_to": "2020-02-29"},
            at | {"valid_from": "2020-03-02"},
            at | {"reported_on": "2020-03-02"},  # no valid_from: true from its report on
            at | {"reported_on": "2020-03-02", "valid_from": "2020-02-01"},  # learned later, true then
        ]
    )
    found = assess(settings, network, constraints=constraints)
    assert found.hindrances.in_force["constraint_id"].tolist() == ["k0", "k4"]
    assert explain_segments(network, found, np.array([0]))[0] == (
        "slow because assumed speed 15 km/h (unclassified, unpaved)",
        "2 permit reports, newest 1 day after this date: +2 min",
    )


def test_constraint_without_a_set_delay_is_refused(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0)]})
    poorer = settings.model_copy(update={"delays_min": {}})
    constraints = constraints_of([{"kind": "curfew", "longitude": 0, "latitude": 0}])
    with pytest.raises(SettingsError, match=r"missing key delays_min\.curfew"):
        assess(poorer, network, constraints=constraints)


def test_reasons_name_what_is_assumed(settings: Settings) -> None:
    network = build(
        settings,
        {"line": [(0, 0), (1, 0)], "road_class": "unclassified"},
        {"line": [(1, 0), (2, 0)], "speed_kph": 33},
        {"line": [(2, 0), (3, 0)]},
    )
    dry, wet = assess(settings, network), assess(settings, network, season=Season.WET)
    assert explain_segments(network, dry, np.array([0, 1, 2])) == [
        ("slow because assumed speed 15 km/h (unclassified, unpaved)",),
        ("stated speed: 33 km/h",),
        (
            "unknown because no class, surface, speed or wet-season state is stated and nobody reported",
            "assumed speed 15 km/h (unclassified, unpaved)",
        ),
    ]
    assert explain_segments(network, wet, np.array([1]))[0] == (
        "slow because stated speed, scaled to the wet season: 15 km/h (unclassified, unpaved)",
        "wet-season state not known",
    )


@pytest.mark.parametrize(
    ("stated", "word"),
    [
        ({}, "unknown"),
        ({"length_km": 150}, "unknown"),  # says nothing of how it can be driven
        ({"road_class": "corridor"}, "unknown"),  # in no table
        ({"road_class": "unclassified"}, "slow"),  # a class like any other
        ({"road_class": "secondary"}, "open"),
        ({"road_class": "motorway_link"}, "open"),  # driven as a trunk road is
        ({"surface": "laterite"}, "slow"),
        ({"speed_kph": 40}, "open"),
        ({"duration_min": 120}, "open"),
        ({"wet_passable": "yes"}, "slow"),
    ],
)
def test_a_road_of_which_nothing_is_known_is_not_called_open_nor_slow(
    settings: Settings, stated: dict[str, object], word: str
) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0)], **stated})
    found = assess(settings, network)
    assert passability_words(found).tolist() == [word]
    same = build(settings, {"line": [(0, 0), (1, 0)], **stated, "road_class": stated.get("road_class", "unclassified")})
    assert found.minutes.tolist() == assess(settings, same).minutes.tolist(), "its minutes stay"


def test_a_report_or_a_constraint_says_more_than_nothing_while_it_counts(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0)]})
    for kind, word in (("permit", "slow"), ("impassable", "difficult")):
        at = {"kind": kind, "longitude": 0.5, "latitude": 0, "reported_on": "2020-02-20"}
        assert passability_words(assess(settings, network, constraints=constraints_of([at]))).tolist() == [word]
        over = constraints_of([at | {"valid_to": "2020-02-28"}])
        assert passability_words(assess(settings, network, constraints=over)).tolist() == ["unknown"]
    closed = ban(assess(settings, network), network, ("road:r1",))
    assert passability_words(closed).tolist() == ["closed"]


def test_snap_finds_the_inside_of_a_segment(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0)]})
    at = snap_points(network, np.array([0.25, 1.0]), np.array([0.05, 0.0]), settings=settings.network)
    assert at.along_share == pytest.approx([0.25, 1.0], abs=1e-5)
    assert at.leg_km == pytest.approx([5.56, 0.0], abs=0.01)
    assert at.leg_min == pytest.approx(60 * at.leg_km / settings.network.off_road_kph)


def test_snap_skips_closed_segments_and_takes_the_first_of_equals(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0)]}, {"line": [(1, 0), (2, 0)]}, {"line": [(0, 0.05), (2, 0.05)]})
    lon, lat = np.array([1.0, 0.5]), np.array([0.0, 0.0])
    free = snap_points(network, lon, lat, settings=settings.network)
    assert free.segment.tolist() == [0, 0]
    shut = snap_points(network, lon, lat, settings=settings.network, open_segments=np.array([False, True, True]))
    assert shut.segment.tolist() == [1, 2]
    none = snap_points(network, lon, lat, settings=settings.network, open_segments=np.zeros(3, dtype=bool))
    assert none.nearest.tolist() == [-1, -1]


def test_point_exactly_at_the_snap_limit_is_on_the_road(settings: Settings) -> None:
    network = build(settings, {"line": [(0, 0), (1, 0)]})
    lon, lat = np.array([0.5]), np.array([0.1])
    away_km = float(snap_points(network, lon, lat, settings=settings.network).leg_km[0])
    at_limit = settings.network.model_copy(update={"max_snap_km": away_km})
    below = settings.network.model_copy(update={"max_snap_km": away_km * (1 - 1e-9)})
    assert snap_points(network, lon, lat, settings=at_limit).on_road.tolist() == [True]
    off = snap_points(network, lon, lat, settings=below)
    assert off.on_road.tolist() == [False]
    assert off.nearest.tolist() == [0]


def test_real_inter_city_network_keeps_its_stated_kilometres(settings: Settings, shared_data) -> None:
    drawn = gpd.read_file(shared_data / "roads_africa" / "africa_network_COD_CAF.geojson")
    rows = {
        "line": drawn.geometry,
        "length_km": drawn["distance"] / 1000,
        "duration_min": drawn["duration"],
        "proposed": drawn["add"].astype(int),
    }
    network = build(settings, *pd.DataFrame(rows).to_dict("records"))
    assert network.report.proposed == 93
    assert network.report.components == 1
    assert network.report.length_km == pytest.approx(41_459, abs=1)  # the source's own total
    assert assess(settings, network).minutes[:, 0].sum() == pytest.approx(drawn.loc[~drawn["add"], "duration"].sum())
