"""Which administrative area a cell stands in: its name and p-code, for tables that leave without a map."""

import numpy as np
import pandas as pd
import shapely

from geo import hexgrid
from geo.answers.world import World


def areas_of_cells(world: World, cells: pd.Series) -> pd.DataFrame:
    """Return the finest imported area that holds the centre of each cell.

    Districts (level 2) where the country has any, else provinces. A centre on a shared border belongs to the area
    whose p-code comes first; one outside every area, as at a coast or across the border, has none.

    Parameters
    ----------
    cells
        H3 cells as unsigned integers, any index.

    Returns
    -------
    pandas.DataFrame
        ``area, p_code`` as text, missing where there is none; index of ``cells``.
    """
    areas = world.areas(2)
    if areas.empty:
        areas = world.areas(1)
    areas = areas.sort_values("boundary_id").reset_index(drop=True)
    held = np.full(len(cells), -1)
    if len(cells) and len(areas):
        lon, lat = hexgrid.centres(cells.to_numpy(dtype=np.uint64))
        at, area = areas.sindex.query(shapely.points(lon, lat), predicate="intersects")
        # Written from the last to the first, so that the first area stands.
        held[at[::-1]] = area[::-1]
    table = areas[["name", "boundary_id"]].astype("string").rename(columns={"name": "area", "boundary_id": "p_code"})
    return table.reindex(held).set_index(cells.index)
