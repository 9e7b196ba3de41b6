"""Silent risks here: a constraint that holds up the wrong direction; a stretch of ten segments that costs ten times its
minutes; one that is over dropped without a word, or counted; a line or a whole road that lands on a single segment."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.access.hindrances import Hindrances, delay_min, place_hindrances, place_on_roads
from geo.access.network import Network, build_network
from geo.access.stretches import bearings_deg
from geo.errors import RequestError, SettingsError
from geo.model import Season
from geo.settings import Settings
from tests.toy_roads import constraints_of, roads_of

DAY = dt.date(2020, 6, 1)
# A road east along the equator in four segments, cut where three roads go north; 0.1 degrees is 11.1 km.
EAST = [(0.0, 0), (0.1, 0), (0.2, 0), (0.3, 0), (0.4, 0)]


@pytest.fixture(scope="module")
def network(settings: Settings) -> Network:
    north = [{"line": [(x, 0), (x, 0.1)], "road_id": f"north{number}"} for number, x in enumerate((0.1, 0.2, 0.3))]
    built = build_network(roads_of([{"line": EAST, "road_id": "east"}, *north]), settings=settings.network)
    assert built.segments["segment_id"].tolist()[:4] == ["east/0", "east/1", "east/2", "east/3"]
    return built


def place(network: Network, settings: Settings, *rows: dict[str, Any], **asked: Any) -> Hindrances:
    given = {"as_of": DAY, "season": Season.DRY, "vehicle": "4x4"} | asked
    told = [{"kind": "checkpoint", "reported_on": "2020-05-01"} | row for row in rows]
    return place_hindrances(network, constraints_of(told), settings=settings, **given)


AT = {"longitude": 0.05, "latitude": 0.001}  # 111 m north of the middle of east/0


@pytest.mark.parametrize(
    ("heading_deg", "direction"),
    [
        (None, -1),
        (90, 0),
        (0.5, 0),
        (179.5, 0),
        (270, 1),
        (180.5, 1),
        (359.5, 1),
        # Straight across: exactly 90 degrees off both ways.
        (0, -1),
        (180, -1),
        (360, -1),
    ],
)
def test_a_heading_is_the_direction_within_90_degrees(
    network: Network, settings: Settings, heading_deg: float | None, direction: int
) -> None:
    (row,) = place(network, settings, AT | {"heading_deg": heading_deg}).placed.to_dict("records")
    assert (row["segment"], row["direction"]) == (0, direction)
    assert row["along_share"] == pytest.approx(0.5)
    assert row["snap_km"] == pytest.approx(0.1112, abs=0.0005)


@pytest.mark.parametrize(
    ("heading_deg", "segment", "direction"),
    # At the junction of east/0, east/1 and north0, which is segment 4 and leaves northwards.
    [(None, 0, -1), (85, 0, 0), (270, 0, 1), (0, 4, 0), (190, 4, 1)],
)
def test_at_a_junction_the_heading_chooses_the_road(
    network: Network, settings: Settings, heading_deg: float | None, segment: int, direction: int
) -> None:
    assert network.segments["road_id"].iloc[4] == "north0"
    found = place(network, settings, {"longitude": 0.1, "latitude": 0, "heading_deg": heading_deg}).placed
    assert (found["segment"].item(), found["direction"].item()) == (segment, direction)
    assert found["along_share"].item() in (0.0, 1.0)


def test_the_bearing_is_that_of_the_place_on_a_bent_segment(settings: Settings) -> None:
    bent = build_network(roads_of([{"line": [(0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1)]}]), settings=settings.network)
    east = place(bent, settings, {"longitude": 0.05, "latitude": 0, "heading_deg": 90})
    west = place(bent, settings, {"longitude": 0.05, "latitude": 0.1, "heading_deg": 90})
    assert (east.placed["direction"].item(), west.placed["direction"].item()) == (0, 1)
    found, known = bearings_deg(bent, np.zeros(3, dtype=np.int64), np.array([0.1, 0.5, 0.9]))
    assert found == pytest.approx([90, 0, 270], abs=1e-6)
    assert known.all()


def test_bearings_are_true_far_from_the_equator(settings: Settings) -> None:
    # At 60 degrees north a degree of longitude is half as long: two degrees east and one north is 45 degrees.
    slanted = build_network(roads_of([{"line": [(0, 59.95), (0.2, 60.05)]}]), settings=settings.network)
    found, _ = bearings_deg(slanted, np.zeros(1, dtype=np.int64), np.array([0.5]))
    assert found.item() == pytest.approx(45.0, abs=0.1)


def test_delays_are_added_by_direction(network: Network, settings: Settings) -> None:
    found = place(
        network,
        settings,
        AT | {"delay_min": 10, "heading_deg": 90},
        AT | {"delay_min": 5},
        AT | {"delay_min": 3, "heading_deg": 270},
        AT | {"delay_min": 900, "valid_to": "2020-05-31"},
    )
    minutes = delay_min(found)
    assert minutes.shape == (len(network.segments), 2)
    assert minutes.flags.c_contiguous
    assert minutes[0].tolist() == [15, 8]
    assert minutes[1:].sum() == 0


def test_without_minutes_of_its_own_the_kind_says_them(network: Network, settings: Settings) -> None:
    found = place(network, settings, AT | {"kind": "flooded"})
    assert delay_min(found)[0].tolist() == [settings.delays_min["flooded"]] * 2
    poorer = settings.model_copy(update={"delays_min": {"checkpoint": 20.0}})
    with pytest.raises(SettingsError, match=r"^config\.toml: missing key delays_min\.flooded$"):
        place(network, poorer, AT | {"kind": "flooded"})


@pytest.mark.parametrize(
    ("row", "asked", "state"),
    [
        ({}, {}, "in force"),
        ({"valid_from": "2020-06-01"}, {}, "in force"),
        ({"valid_from": "2020-06-02"}, {}, "not yet"),
        ({"reported_on": "2020-06-02"}, {}, "not yet"),
        ({"valid_to": "2020-06-01"}, {}, "in force"),
        ({"valid_to": "2020-05-31"}, {}, "expired"),
        # An ambush lives 90 days: the last one is 1 June for a report of 3 March.
        ({"kind": "ambush", "reported_on": "2020-03-03"}, {}, "in force"),
        ({"kind": "ambush", "reported_on": "2020-03-02"}, {}, "expired"),
        ({"kind": "ambush", "reported_on": "2020-03-02", "valid_from": "2020-03-03"}, {}, "in force"),
        ({"kind": "ambush", "reported_on": "2010-03-02", "valid_to": "2030-01-01"}, {}, "in force"),
        ({"kind": "bridge_out", "reported_on": "2012-03-02"}, {}, "in force"),
        ({"seasons": "wet"}, {}, "other season"),
        ({"seasons": "wet"}, {"season": Season.WET}, "in force"),
        ({"seasons": "dry;wet"}, {}, "in force"),
        ({"vehicles": "truck"}, {}, "other vehicle"),
        ({"vehicles": "truck;4x4"}, {}, "in force"),
        ({"vehicles": "truck;motorcycle"}, {"vehicle": "truck"}, "in force"),
        ({"valid_to": "2020-05-31", "seasons": "wet"}, {}, "expired"),
    ],
)
def test_every_constraint_has_a_state(
    network: Network, settings: Settings, row: dict[str, Any], asked: dict[str, Any], state: str
) -> None:
    found = place(network, settings, AT | row, **asked)
    assert found.placed["state"].tolist() == [state]
    assert len(found.in_force) == (state == "in force")
    assert (delay_min(found).sum() > 0) == (state == "in force")


def test_trust_halves_by_kind(network: Network, settings: Settings) -> None:
    days = settings.constraints.half_life_days
    rows = [
        AT | {"kind": kind, "reported_on": str(DAY - dt.timedelta(days=int(times * days[kind])))}
        for kind, times in (("checkpoint", 1), ("bridge_out", 2), ("ambush", 0))
    ]
    found = place(network, settings, *rows).placed
    assert found["weight"].tolist() == pytest.approx([0.5, 0.25, 1.0])
    assert found["age_days"].tolist() == [days["checkpoint"], 2 * days["bridge_out"], 0]


def test_the_grades_are_those_of_presence(network: Network, settings: Settings) -> None:
    graded = place(network, settings, AT | {"reliability": "a", "credibility": 1}, AT | {"reliability": "c"}, AT)
    assert graded.placed["graded_share"].tolist() == pytest.approx([1.0, 0.6 * 0.6, 0.1 * 0.6])


def test_what_is_known_of_a_post_is_carried(network: Network, settings: Settings) -> None:
    post = {
        "operator_type": "militia",
        "actor_id": "mlh",
        "fee": 5,
        "fee_currency": "USD",
        "behaviour": "extorts",
        "hours": "18:00-06:00",
        "source": "patrol of the sector",
        "source_type": "patrol",
    }
    (row,) = place(network, settings, AT | post).placed.to_dict("records")
    assert {name: row[name] for name in post} == post


def test_a_line_holds_the_segments_half_of_which_lie_along_it(network: Network, settings: Settings) -> None:
    # From the middle of east/0 to just before the middle of east/2, 55 m beside the road.
    line = "LINESTRING(0.05 0.0005, 0.2485 0.0005)"
    found = place(network, settings, {"line_wkt": line, "delay_min": 60, "kind": "flooded"}).placed
    assert found["segment"].tolist() == [0, 1]
    assert found["delay_min"].tolist() == pytest.approx([30, 30])
    assert found["direction"].tolist() == [-1, -1]
    assert (found["snap_km"] <= settings.constraints.line_tolerance_km).all()


def test_a_line_has_a_direction_only_when_told(network: Network, settings: Settings) -> None:
    backwards = {"line_wkt": "LINESTRING(0.4 0, 0 0)", "heading_deg": 90}
    found = place(network, settings, backwards).placed
    assert found["segment"].tolist() == [0, 1, 2, 3]
    assert found["direction"].tolist() == [0, 0, 0, 0]


def test_a_line_shorter_than_half_a_segment_counts_on_the_segment_it_lies_on(
    network: Network, settings: Settings
) -> None:
    found = place(network, settings, {"line_wkt": "LINESTRING(0.31 0, 0.32 0)", "delay_min": 7}).placed
    assert found["segment"].tolist() == [3]
    assert found["along_share"].tolist() == pytest.approx([0.15])
    assert found["delay_min"].tolist() == [7]


def test_a_road_is_all_its_segments_and_costs_its_minutes_once(network: Network, settings: Settings) -> None:
    found = place(network, settings, {"road_id": "east", "delay_min": 40, "heading_deg": 265})
    assert found.placed["segment"].tolist() == [0, 1, 2, 3]
    assert found.placed["direction"].tolist() == [1, 1, 1, 1]
    minutes = delay_min(found)
    assert minutes[:, 1].sum() == pytest.approx(40)
    assert minutes[:, 0].sum() == 0


def test_what_lies_on_no_known_road_is_listed_with_its_distance_and_state(network: Network, settings: Settings) -> None:
    found = place(
        network,
        settings,
        {"longitude": 0.05, "latitude": -0.5},
        {"road_id": "nowhere", "valid_to": "2020-05-20"},
        {"line_wkt": "LINESTRING(0.05 -1, 0.06 -1)"},
        {"kind": "airstrip_closed", **AT},
        {"longitude": 0.05, "latitude": -0.0089},  # 0.99 km away
        {"longitude": 0.05, "latitude": -0.0091},  # 1.01 km away
    )
    lost = found.off_network
    assert lost["constraint_id"].tolist() == ["k0", "k1", "k2", "k5"]
    assert lost["nearest_km"].tolist() == pytest.approx([55.6, np.inf, 111.2, 1.012], rel=0.01)
    assert lost["state"].tolist() == ["in force", "expired", "in force", "in force"]
    assert found.placed["constraint_id"].tolist() == ["k4"]


def test_no_constraints_cost_nothing(network: Network, settings: Settings) -> None:
    found = place_hindrances(
        network,
        constraints_of([AT | {"kind": "checkpoint"}]).iloc[:0],
        as_of=DAY,
        season=Season.DRY,
        vehicle="4x4",
        settings=settings,
    )
    assert found.placed.empty
    assert found.off_network.empty
    assert (delay_min(found) == 0).all()


def test_an_unknown_vehicle_is_refused(network: Network, settings: Settings) -> None:
    with pytest.raises(RequestError, match=r"^unknown vehicle 'tank'; known: 4x4, truck, "):
        place(network, settings, AT, vehicle="tank")


def test_places_found_once_serve_every_season_and_nothing_given_changes(network: Network, settings: Settings) -> None:
    rows = constraints_of(
        [
            AT | {"kind": "airstrip_closed"},
            AT | {"kind": "flooded", "seasons": "wet"},
            {"kind": "checkpoint", "line_wkt": "LINESTRING(0.1 0, 0.3 0)", "reported_on": "2020-05-01"},
        ]
    )
    before = rows.copy()
    once = place_on_roads(network, rows, settings=settings)
    for season in Season:
        asked: dict[str, Any] = {"as_of": DAY, "season": season, "vehicle": "truck", "settings": settings}
        fresh = place_hindrances(network, rows, **asked)
        again = place_hindrances(once, rows, **asked)
        pd.testing.assert_frame_equal(fresh.placed, again.placed)
        assert (delay_min(fresh) == delay_min(again)).all()
    pd.testing.assert_frame_equal(rows, before)


def test_where_there_are_no_roads_everything_is_on_no_known_road(settings: Settings) -> None:
    nothing = build_network(roads_of([{"line": EAST}]).iloc[:0], settings=settings.network)
    found = place(nothing, settings, AT, {"line_wkt": "LINESTRING(0 0, 1 1)"}, {"road_id": "east"})
    assert found.placed.empty
    assert found.off_network["nearest_km"].tolist() == [np.inf] * 3
    assert delay_min(found).shape == (0, 2)
