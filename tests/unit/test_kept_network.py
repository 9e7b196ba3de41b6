"""Silent risks here: an answer on the roads of before an import, of other settings, or of a damaged file; an edit that
does not reach the roads; a stored network that is not quite the one that was built."""

import datetime as dt
import hashlib
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.access import stretches
from geo.access.network import Network, build_network
from geo.access.network_arrays import NETWORK_VERSION, network_arrays, network_from
from geo.answers import kept_network
from geo.answers.kept_network import KeptNetworks
from geo.answers.world import World
from geo.errors import RequestError
from geo.model import Season
from geo.settings import Settings
from geo.workspace import Workspace, open_workspace
from tests.toy_country import COUNTRY_TABLES, DAY, toy_workspace
from tests.toy_readings import reading_of
from tests.toy_roads import roads_of

ROADS: list[dict[str, Any]] = [
    {"line": [(0, 0), (0.1, 0), (0.2, 0)], "road_id": "a", "name": "Ndélé", "road_class": "trunk", "oneway": 1},
    {"line": [(0.1, 0), (0.1, 0.1)], "road_id": "b", "surface": "asphalt", "speed_kph": 40, "wet_passable": "no"},
    {"line": [(0.2, 0.00001), (0.3, 0.1), (0.2, 0.2)], "road_id": "c", "length_km": 50, "bridge": "yes"},
    {"line": shapely.MultiLineString([[(0, 1), (0, 1.1)], [(0, 2), (0, 2.1)]]), "road_id": "d", "duration_min": 30},
    {"line": [(0.5, 0), (0.6, 0)], "road_id": "e", "proposed": "yes"},
]


def check_same_networks(one: Network, other: Network) -> None:
    pd.testing.assert_frame_equal(one.segments, other.segments)
    assert one.segments.crs == other.segments.crs
    assert one.report == other.report
    assert one.middle_lat_deg == other.middle_lat_deg
    assert shapely.equals_identical(one.lines_km, other.lines_km).all()
    assert len(one.tree) == len(other.tree)
    for name in ("from_node", "to_node", "oneway", "longitude", "latitude", "component"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert getattr(one, name).dtype == getattr(other, name).dtype
    for part in ("facts", "graph"):
        for field in fields(getattr(one, part)):
            found, expected = (getattr(getattr(network, part), field.name) for network in (one, other))
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("rows", [ROADS, ROADS[:1], []], ids=["all kinds", "one", "none"])
def test_a_network_from_its_arrays_is_the_one_that_was_built(rows: list[dict[str, Any]], settings: Settings) -> None:
    built = build_network(roads_of(ROADS).iloc[: len(rows)], settings=settings.network)
    arrays = network_arrays(built)
    assert all(values.dtype != object for values in arrays.values())
    check_same_networks(network_from(arrays), built)


@pytest.mark.parametrize("name", ["lonlat", "vertices", "nodes", "component", "segments"])
def test_arrays_that_do_not_fit_together_are_refused(name: str, settings: Settings) -> None:
    arrays = dict(network_arrays(build_network(roads_of(ROADS), settings=settings.network)))
    with pytest.raises(ValueError, match=r"."):
        network_from(arrays | {name: arrays[name][:-1]})
    with pytest.raises(KeyError):
        network_from({other: values for other, values in arrays.items() if other != name})


def test_a_network_built_otherwise_has_another_version(settings: Settings) -> None:
    network = build_network(roads_of(ROADS), settings=settings.network)
    arrays = network_arrays(network)
    facts = network.segments[["segment_id", "road_class", "speed_kph", "stated_min", "oneway", "from_node", "to_node"]]
    text = facts.to_csv(index=False) + str(network.segments["length_km"].round(6).tolist())
    numbers = np.concatenate(
        [np.round(arrays[name].ravel(), 9) for name in ("lonlat", "vertices", "nodes", "component")]
    )
    digest = hashlib.sha256(numbers.astype("<f8").tobytes() + text.encode()).hexdigest()[:12]
    assert (NETWORK_VERSION, digest) == (1, "7832a03c82df"), (
        "raise NETWORK_VERSION: stored networks are of another kind"
    )


# --- in a workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(kept_network, "STORED_FROM_SEGMENTS", 1)
    return toy_workspace(tmp_path / "workspace")


def stored(workspace: Workspace) -> list[Path]:
    return sorted((workspace.path / "remembered").iterdir())


def nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr(kept_network, "build_network", refuse)


def test_a_restart_takes_the_network_from_beside_the_lake(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = World(workspace, settings).network
    assert len(stored(workspace)) == 1
    nothing_is_built(monkeypatch)
    again = open_workspace(workspace.path, author="test")
    check_same_networks(World(again, settings).network, built)


def test_small_networks_are_not_stored(workspace: Workspace, settings: Settings) -> None:
    kept_network.STORED_FROM_SEGMENTS = 10_000
    assert World(workspace, settings).network.report.segments < 10_000
    assert not (workspace.path / "remembered").exists()


def test_a_damaged_file_is_built_anew_and_replaced(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = World(workspace, settings).network
    (file,) = stored(workspace)
    whole = file.read_bytes()
    file.write_bytes(whole[:-30])
    check_same_networks(World(workspace, settings).network, built)
    assert file.read_bytes() == whole
    nothing_is_built(monkeypatch)
    check_same_networks(World(workspace, settings).network, built)


def test_other_roads_or_settings_are_another_network(workspace: Workspace, settings: Settings) -> None:
    networks = KeptNetworks()
    first = World(workspace, settings, networks=networks).network
    wider = settings.model_copy(update={"network": settings.network.model_copy(update={"join_gap_m": 7.0})})
    assert World(workspace, wider, networks=networks).network is not first
    assert World(workspace, settings, networks=networks).network is first
    before = dt.datetime.now(tz=dt.UTC)
    road = {"road_id": "more", "road_class": "track", "geometry": shapely.LineString([(1, 1), (1.5, 1)])}
    added = workspace.add(reading_of("roads", [road]))
    more = World(workspace, settings, networks=networks)
    assert more.network.report.segments == first.report.segments + 1
    assert World(workspace, settings, known_at=before, networks=networks).network is not more.network
    check_same_networks(World(workspace, settings, known_at=before, networks=networks).network, first)
    workspace.withdraw(added.import_id, reason="test")
    check_same_networks(World(workspace, settings, networks=networks).network, first)
    assert len(stored(workspace)) == 3  # of the roads, with wider gaps, with one road more


def test_without_roads_a_sentence_says_what_to_do(tmp_path: Path, settings: Settings) -> None:
    tables = {name: rows for name, rows in COUNTRY_TABLES.items() if name != "roads"}
    with pytest.raises(RequestError, match=r"^no roads are imported; import a road file first: "):
        _ = World(toy_workspace(tmp_path / "workspace", tables), settings).network


def test_one_edit_places_one_record_and_shows_at_once(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def post(number: int, **values: Any) -> None:
        known = {"constraint_id": f"k{number}", "kind": "checkpoint", "reported_on": str(DAY), "latitude": 0.5}
        workspace.record("constraints", known | {"longitude": 0.1 * (number + 1), "delay_min": 7} | values, reason="t")

    def delays(networks: KeptNetworks | None) -> np.ndarray[Any, Any]:
        world = World(workspace, settings, networks=networks)
        return world.passability(DAY, season=Season.DRY, vehicle="4x4").delay_min

    placed: list[int] = []
    snap = stretches.snap_points

    def counted(network: Network, longitude: Any, *rest: Any, **more: Any) -> Any:
        placed.append(len(longitude))
        return snap(network, longitude, *rest, **more)

    monkeypatch.setattr(stretches, "snap_points", counted)
    networks = KeptNetworks()
    for number in range(5):
        post(number)
    assert delays(networks).sum() == 5 * 2 * 7
    nothing_is_built(monkeypatch)
    for values, expected in (({"delay_min": 9}, 74), ({"longitude": 1.9}, 74), ({"latitude": 0.9}, 56)):
        placed.clear()
        post(2, **({"delay_min": 9} | values))
        found = delays(networks)
        assert found.sum() == expected
        assert sum(placed) == (0 if values == {"delay_min": 9} else 1)
        np.testing.assert_array_equal(found, delays(None))
