"""Who could have reported from a cell. Absence of reports is not absence."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import CrsError, RequestError
from geo.hexgrid import CellArray, centres, chord_of, on_sphere


def observed_cells(cells: CellArray, observers: pd.DataFrame, *, radius_km: float) -> npt.NDArray[np.bool_]:
    """Tell for each cell whether an observer is near enough to hear of an incident there.

    Parameters
    ----------
    observers
        Bases, alert hubs, partners: columns ``longitude``, ``latitude``, degrees, EPSG:4326. Not changed.
    radius_km
        Great-circle distance from an observer to the cell's centre, inclusive.

    Returns
    -------
    numpy.ndarray
        Aligned with ``cells``; all false without observers. A cell with a report of its own was
        evidently heard of: join that where it is drawn.

    Raises
    ------
    RequestError
        When the radius is not a positive number of km.
    CrsError
        When an observer has no position.
    """
    if not radius_km > 0:
        raise RequestError(f"the radius of observation must be more than 0 km, got {radius_km:g}")
    lonlat = observers[["longitude", "latitude"]].to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(lonlat).all():
        where = int(np.flatnonzero(~np.isfinite(lonlat).all(axis=1))[0])
        raise CrsError(f"the observer at position {where} has no longitude,latitude; give it one or leave it out")
    if not len(lonlat) or not len(cells):
        return np.zeros(len(cells), dtype=bool)
    # A few dozen observers: every distance at once is less work than a search tree.
    points = on_sphere(*centres(cells))
    observed = np.zeros(len(cells), dtype=bool)
    for observer in on_sphere(lonlat[:, 0], lonlat[:, 1]):
        observed |= ((points - observer) ** 2).sum(axis=1) <= chord_of(radius_km) ** 2
    return observed
