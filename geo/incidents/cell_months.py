"""Incidents per cell and calendar month: the roll-up once more, told apart by time."""

import numpy as np
import pandas as pd
from scipy import sparse

from geo.incidents.precision import BoolArray, Placement


def count_cell_months(incidents: pd.DataFrame, placement: Placement, found: BoolArray) -> pd.DataFrame:
    """Count matching incidents per cell and calendar month of their first day.

    An incident that lasts counts once, in the month of ``date_start``, even where that month lies before
    the window asked for. A report spread over an area counts with its share in each cell, so that the
    months of a cell add up to what :func:`geo.incidents.rollup.roll_up` counts there.

    Parameters
    ----------
    placement
        Of these very incidents.
    found
        Which of them match, shape ``(n,)``.

    Returns
    -------
    pandas.DataFrame
        ``cell``, ``month`` (its first day), ``incidents``; months without any have no row; sorted by cell, month.
    """
    month = incidents["date_start"].to_numpy().astype("datetime64[M]").astype(np.int64)
    first = int(month[found].min()) if found.any() else 0
    span = int(month[found].max()) - first + 1 if found.any() else 0
    at, spread = found & (placement.point >= 0), found & (placement.container >= 0)
    cells = len(placement.cells)
    direct = _counted(placement.point[at], month[at] - first, shape=(cells, span))
    held = _counted(placement.container[spread], month[spread] - first, shape=(placement.shares.shape[0], span))
    counts = sparse.csr_array(direct + placement.shares.T @ held)
    counts.sort_indices()
    row = np.repeat(np.arange(cells), np.diff(counts.indptr))
    days = (first + counts.indices.astype(np.int64)).astype("datetime64[M]").astype("datetime64[s]")
    table = pd.DataFrame({"cell": placement.cells[row], "month": days, "incidents": counts.data})
    return table.loc[table["incidents"] > 0].reset_index(drop=True)


def _counted(
    row: np.ndarray[tuple[int], np.dtype[np.integer]],
    column: np.ndarray[tuple[int], np.dtype[np.integer]],
    *,
    shape: tuple[int, int],
) -> sparse.csr_array:
    """How often each pair of row and column stands there."""
    return sparse.coo_array((np.ones(len(row)), (row, column)), shape=shape).tocsr()
