"""Silent risks here: a town counted once per piece of road, a convoy nobody notices, a far town that counts."""

import numpy as np
import pytest

from geo.access.network import Network, build_network
from geo.access.visibility import segment_visibility, towns_near
from geo.settings import VisibilitySettings, read_settings
from tests.conftest import ROOT
from tests.toy_roads import roads_of

SETTINGS = read_settings(ROOT / "config.toml")
KM_DEG = 1 / 111.195  # on the equator


def road(*stops_km: float) -> Network:
    """One road along the equator, cut at each stop by a short side road."""
    rows = [{"line": [(km * KM_DEG, 0) for km in stops_km]}]
    rows += [{"line": [(km * KM_DEG, 0), (km * KM_DEG, 0.5)]} for km in stops_km[1:-1]]
    return build_network(roads_of(rows), settings=SETTINGS.network)


def along(network: Network, values: np.ndarray) -> float:
    """Sum over the pieces of the road itself."""
    flat = network.segments.geometry.apply(lambda line: line.bounds[3] == 0).to_numpy()
    return float(values[flat].sum())


@pytest.mark.parametrize("stops", [(0, 100), (0, 49.7, 100), (0, 49.2, 50, 50.6, 100)])
def test_a_town_driven_through_counts_once_however_the_road_is_cut(stops: tuple[float, ...]) -> None:
    network = road(*stops)
    passed = towns_near(network, np.array([[50 * KM_DEG, 0]]), town_km=1.0)
    assert along(network, passed) == pytest.approx(1.0, abs=0.02)


def test_a_town_farther_than_its_radius_is_not_passed() -> None:
    network = road(0, 100)
    assert towns_near(network, np.array([[50 * KM_DEG, 1.01 * KM_DEG]]), town_km=1.0).sum() == 0


def test_checkpoints_and_towns_add_up() -> None:
    network = road(0, 100)
    settings = VisibilitySettings(checkpoint=1, town=0.5, town_km=1, team_vehicles=2, convoy_vehicles=6)
    found = segment_visibility(network, np.array([3]), np.array([[50 * KM_DEG, 0]]), settings=settings)
    assert found == pytest.approx([3.5], abs=0.01)


def test_no_towns_and_no_roads_are_nothing() -> None:
    assert towns_near(road(0, 100), np.empty((0, 2)), town_km=1.0).tolist() == [0]
