"""The administrative area of each cell."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import hexgrid
from geo.answers.areas import areas_of_cells


class TwoDistricts:
    """A world of two provinces side by side; the western one alone has districts when asked for."""

    def __init__(self, *, districts: bool) -> None:
        west, east = shapely.box(10, 0, 12, 2), shapely.box(12, 0, 14, 2)
        self._by_level = {
            1: [("XW", "West", west), ("XE", "East", east)],
            2: [("XW01", "South-west", shapely.box(10, 0, 12, 1))] if districts else [],
        }

    def areas(self, level: int) -> gpd.GeoDataFrame:
        rows = self._by_level[level]
        table = pd.DataFrame(rows, columns=["boundary_id", "name", "geometry"])
        return gpd.GeoDataFrame(table, geometry="geometry", crs=4326)


def cells_at(*places: tuple[float, float]) -> pd.Series:
    lon, lat = zip(*places, strict=True)
    return pd.Series(hexgrid.cells_of_points(lon, lat, resolution=5), index=range(7, 7 + len(places)))


def test_a_cell_has_the_name_and_p_code_of_the_area_its_centre_lies_in() -> None:
    found = areas_of_cells(TwoDistricts(districts=False), cells_at((11, 1), (13, 1), (20, 1)))
    assert found.index.tolist() == [7, 8, 9]
    assert found["area"].fillna("-").tolist() == ["West", "East", "-"]
    assert found["p_code"].fillna("-").tolist() == ["XW", "XE", "-"]


def test_districts_win_over_provinces_and_land_without_one_has_none() -> None:
    found = areas_of_cells(TwoDistricts(districts=True), cells_at((11, 0.5), (13, 1)))
    assert found["p_code"].fillna("-").tolist() == ["XW01", "-"]


def test_a_centre_in_two_overlapping_areas_belongs_to_the_first_p_code() -> None:
    world = TwoDistricts(districts=False)
    world._by_level[1].append(("XA", "Again west", shapely.box(10, 0, 12, 2)))
    assert areas_of_cells(world, cells_at((11, 1)))["p_code"].tolist() == ["XA"]


def test_no_cells_no_areas() -> None:
    nothing = pd.Series(np.array([], dtype=np.uint64))
    assert areas_of_cells(TwoDistricts(districts=False), nothing).empty
