"""Where a presence report lies on the grid, whether it is known to a point, an area's name, an outline or cells."""

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from geo.crs import FloatArray
from geo.hexgrid import CellArray, areas_km2, children, from_text, parents, resolutions
from geo.incidents.precision import MAX_AREA_CELLS, Placement, cells_within, place_incidents, share_matrix
from geo.schema.presence_places import cell_texts_of, outline_of
from geo.settings import PlacementSettings

# Level of an outline or cells of a report's own: finer than any administrative level, so never "the country".
OWN_AREA_LEVEL = 9
_CHILDREN_A_STEP = 7  # H3: aperture 7
Part = tuple[CellArray, FloatArray]  # cells, sorted, and km² of the area in each


def place_presence(
    presence: pd.DataFrame, areas: gpd.GeoDataFrame, *, resolution: int, settings: PlacementSettings
) -> Placement:
    """Return where each presence report lies on the grid of one resolution.

    Reports known to a point or the name of an area are placed like incidents, see
    :func:`geo.incidents.precision.place_incidents`. An outline is spread over the cells whose centre lies inside, in
    proportion to their area; one smaller than a cell lies in the cell of its representative point. Cells of the
    grid's own resolution stand for themselves; coarser ones are spread over their children and finer ones added up in
    their parents (H3 hierarchy), both in proportion to area. What would be spread over more than
    ``MAX_AREA_CELLS`` cells lies in none and is known to its area only.

    Parameters
    ----------
    presence
        Table under the presence contract. Not changed.
    areas
        The boundaries table, EPSG:4326; may be empty. Not changed.

    Raises
    ------
    SchemaError
        When an outline or cells are none, which the contract rejects.
    """
    text = presence["area_wkt"].astype(object).where(presence["area_wkt"].notna(), presence["cells"].astype(object))
    own = text.notna().to_numpy()
    named = place_incidents(presence.loc[~own], areas, resolution=resolution, settings=settings)
    if not own.any():
        return named
    code, texts = pd.factorize(text[own])
    is_outline = presence["area_wkt"].notna().to_numpy()[own][np.unique(code, return_index=True)[1]]
    found = [
        _part_of_outline(one, resolution) if outlined else _part_of_cells(one, resolution)
        for one, outlined in zip(texts, is_outline, strict=True)
    ]
    parts = [part for part in found if part is not None]
    number = np.full(len(found), -1, dtype=np.int32)
    number[[part is not None for part in found]] = np.arange(len(parts)) + len(named.container_level)
    names = np.where(is_outline, "reported outline", "reported cells").astype(object)
    return _together(named, own, parts, (number[code], names[code]))


def _together(named: Placement, own: np.ndarray, parts: list[Part], of_own: tuple[np.ndarray, np.ndarray]) -> Placement:
    """One placement of reports placed by point or name and of those with an area of their own."""
    cells = np.unique(np.concatenate([named.cells, *(part for part, _ in parts)]))
    moved = np.searchsorted(cells, named.cells).astype(np.int32)
    columns = moved[named.shares.indices] if len(moved) else named.shares.indices
    shares = sparse.csr_array(
        (named.shares.data, columns, named.shares.indptr), shape=(named.shares.shape[0], len(cells))
    )
    point, container = np.full(len(own), -1, dtype=np.int32), np.full(len(own), -1, dtype=np.int32)
    at = named.point >= 0
    point[np.flatnonzero(~own)[at]] = moved[named.point[at]]
    container[~own], container[own] = named.container, of_own[0]
    area, exact = np.full(len(own), "", dtype=object), np.zeros(len(own), dtype=bool)
    area[~own], area[own] = named.area, of_own[1]
    exact[~own] = named.exact
    return Placement(
        resolution=named.resolution,
        cells=cells,
        point=point,
        container=container,
        shares=sparse.csr_array(sparse.vstack([shares, share_matrix(parts, cells)], format="csr")),
        container_level=np.append(named.container_level, np.full(len(parts), OWN_AREA_LEVEL, dtype=np.int8)),
        area=area,
        exact=exact,
    )


def _part_of_outline(text: str, resolution: int) -> Part | None:
    cells = cells_within(outline_of(text), resolution=resolution)
    return None if cells is None else (cells, areas_km2(cells))


def _part_of_cells(text: str, resolution: int) -> Part | None:
    cells = from_text(cell_texts_of(text))
    finer = resolution - int(resolutions(cells)[0])
    if finer <= 0:
        above, at = np.unique(parents(cells, resolution=resolution), return_inverse=True)
        return above, np.bincount(at, weights=areas_km2(cells)).astype(np.float64)
    if len(cells) * _CHILDREN_A_STEP**finer > MAX_AREA_CELLS:
        return None
    below = children(cells, resolution=resolution)
    return below, areas_km2(below)
