"""Silent risks here: longitude and latitude swapped; degrees taken for km; a cell exactly at the limit left out."""

import numpy as np
import pandas as pd
import pytest

from geo.crs import distance_km
from geo.errors import CrsError, RequestError
from geo.hexgrid import cells_near, cells_of_points, centres
from geo.incidents.observation import observed_cells

OBSERVERS = pd.DataFrame({"longitude": [18.5, 23.0], "latitude": [4.4, 7.0]})


@pytest.fixture(scope="module")
def cells() -> np.ndarray:
    return cells_near(cells_of_points([20.5], [5.5], resolution=5), distance_km=400.0)


def test_a_cell_is_observed_when_any_observer_is_near_enough(cells) -> None:
    lon, lat = centres(cells)
    nearest = np.full(len(cells), np.inf)
    for x, y in zip(OBSERVERS["longitude"], OBSERVERS["latitude"], strict=True):
        nearest = np.minimum(nearest, distance_km(lon, lat, np.full_like(lon, x), np.full_like(lat, y)))
    found = observed_cells(cells, OBSERVERS, radius_km=105.0)
    assert found.tolist() == (nearest <= 105.0).tolist()
    assert 0 < found.sum() < len(cells)


def test_a_centre_exactly_at_the_radius_is_observed(cells) -> None:
    lon, lat = centres(cells[:1])
    radius_km = float(distance_km(lon, lat, np.array([18.5]), np.array([4.4]))[0])
    assert observed_cells(cells[:1], OBSERVERS.iloc[:1], radius_km=radius_km).tolist() == [True]
    assert observed_cells(cells[:1], OBSERVERS.iloc[:1], radius_km=radius_km - 0.001).tolist() == [False]


def test_more_observers_never_observe_less(cells) -> None:
    one, two = (observed_cells(cells, OBSERVERS.iloc[:n], radius_km=105.0) for n in (1, 2))
    assert not (one & ~two).any()


def test_nobody_observes_nothing(cells) -> None:
    assert not observed_cells(cells, OBSERVERS.iloc[:0], radius_km=105.0).any()
    assert observed_cells(cells[:0], OBSERVERS, radius_km=105.0).tolist() == []


@pytest.mark.parametrize("radius_km", [0.0, -1.0, float("nan")])
def test_a_radius_of_nothing_is_refused(cells, radius_km) -> None:
    with pytest.raises(RequestError, match="must be more than 0 km"):
        observed_cells(cells, OBSERVERS, radius_km=radius_km)


def test_an_observer_without_a_place_is_refused(cells) -> None:
    lost = pd.concat([OBSERVERS, pd.DataFrame({"longitude": [np.nan], "latitude": [1.0]})], ignore_index=True)
    with pytest.raises(CrsError, match="observer at position 2 has no longitude,latitude"):
        observed_cells(cells, lost, radius_km=105.0)
