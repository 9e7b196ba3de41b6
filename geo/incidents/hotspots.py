"""Where reports cluster: the local statistic Gi* on the grid, corrected for the number of cells tested.

A cell is compared, together with its neighbours, with the whole study area of the same month. Only reports
known to a place make a local value; a cell nobody could have reported from is no data, never zero.
"""

import datetime as dt
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse, special

from geo.crs import FloatArray
from geo.errors import RequestError
from geo.hexgrid import (
    CellArray,
    cells_of_points,
    centres,
    chord_of,
    disk_pairs,
    mean_cell_area_km2,
    on_sphere,
    resolutions,
    search_tree,
)
from geo.incidents.precision import BoolArray, Placement
from geo.incidents.trends import emerging_classes, mann_kendall, sen_slope
from geo.settings import HotspotSettings

CountArray = npt.NDArray[np.int16]
MonthArray = npt.NDArray[np.int64]
# A spread of values below this share of their mean square is rounding, not spread.
_NO_SPREAD = 1e-12
_BLOCK_CELLS = 2048
# Coordinates equal to this many decimals of a degree (0.1 m) are one point.
_SAME_POINT_DECIMALS = 6


def neighbour_weights(cells: CellArray) -> sparse.csr_array:
    """Return binary weights of each cell and its direct neighbours (grid disk k = 1, itself included).

    Returns
    -------
    scipy.sparse.csr_array
        Shape ``(c, c)``, symmetric, ones. A cell at the border of the study area simply has fewer neighbours.
    """
    row, column = disk_pairs(cells, k=1)
    return sparse.csr_array((np.ones(len(row)), (row, column)), shape=(len(cells), len(cells)))


def gi_star(values: npt.ArrayLike, weights: sparse.csr_array, *, known: npt.ArrayLike | None = None) -> FloatArray:
    """Return the standardised local statistic Gi* of each cell and month.

    With x̄ and S the mean and standard deviation (divisor n) of the n cells with data of a month, and W the
    number of cells with data among a cell and its neighbours::

        Gi* = (sum of their values - W x̄) / (S sqrt(W (n - W) / (n - 1)))

    Zeros are data. A cell without data is in no sum and no count, as if it were not part of the study area.

    Parameters
    ----------
    values
        Shape ``(c,)`` or ``(c, months)``; what stands where nothing is known does not matter.
    weights
        Of :func:`neighbour_weights`: binary, each cell its own neighbour.
    known
        Where there are data, same shape as ``values``; default everywhere.

    Returns
    -------
    numpy.ndarray
        Same shape as ``values``; not a number without data, and where nothing can stand out: all values of
        the month are equal, or a cell's neighbourhood is the whole study area.

    Raises
    ------
    RequestError
        When values, weights and ``known`` are not of the same cells and months.

    References
    ----------
    Getis and Ord 1992, Geographical Analysis 24(3); Ord and Getis 1995, Geographical Analysis 27(4), eq. 6.
    """
    given = np.asarray(values, dtype=np.float64)
    has = None if known is None else np.asarray(known, dtype=bool)
    if weights.shape[0] != len(given) or (has is not None and has.shape != given.shape):
        raise RequestError(
            f"values of shape {given.shape} do not fit {weights.shape[0]} cells"
            + ("" if has is None else f" and data known in shape {has.shape}")
        )
    x = given.reshape(len(given), -1)
    if has is None:
        n = np.full(x.shape[1], float(len(x)))
        w = np.asarray(weights.sum(axis=1), dtype=np.float64).reshape(-1, 1)
    else:
        has = has.reshape(x.shape)
        x = np.where(has, x, 0.0)
        n = has.sum(axis=0, dtype=np.float64)
        w = weights.astype(np.float32) @ has.astype(np.float32)  # whole numbers below 8
    found = _standardised(weights @ x, w, n, *_mean_and_spread(x, n))
    if has is not None:
        found[~has] = np.nan
    return found.reshape(given.shape)


def _mean_and_spread(x: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation (divisor n) of each month; not a number where all values are equal."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = x.sum(axis=0) / n
        mean_square = np.einsum("cm,cm->m", x, x) / n
        variance = mean_square - mean * mean
        return mean, np.sqrt(np.where(variance > _NO_SPREAD * mean_square, variance, np.nan))


def _standardised(local: FloatArray, w: FloatArray, n: FloatArray, mean: FloatArray, spread: FloatArray) -> FloatArray:
    """Gi* from local sums, which are overwritten; block by block, so that a block stays in the processor's cache."""
    per_room = spread**2 / np.where(n > 1, n - 1.0, np.nan)
    for start in range(0, len(local), _BLOCK_CELLS):
        block = slice(start, start + _BLOCK_CELLS)
        part, inside = local[block], w[block]
        room = (n - inside) * inside
        part -= inside * mean
        part /= np.sqrt(np.where(room > 0, room, np.nan) * per_room)
    return local


def two_sided(z: npt.ArrayLike) -> FloatArray:
    """Return the two-sided p-value of standard normal scores; missing stays missing."""
    return np.asarray(2.0 * special.ndtr(-np.abs(np.asarray(z, dtype=np.float64))))


def false_discovery(p_values: npt.ArrayLike) -> FloatArray:
    """Return p-values corrected for the number of tests, each column (month) a family of its own.

    Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57(1): the smallest false discovery rate at which the test
    would still be named.

    Parameters
    ----------
    p_values
        Shape ``(c,)`` or ``(c, months)``; a missing one was not tested, is in no family and stays missing.
    """
    given = np.asarray(p_values, dtype=np.float64)
    p = given.reshape(len(given), -1)
    tested = np.isfinite(p).sum(axis=0)
    order = np.argsort(p, axis=0, kind="stable")  # missing ones last
    rank = np.arange(1, len(p) + 1, dtype=np.float64)[:, None]
    ranked = np.where(rank <= tested, np.take_along_axis(p, order, axis=0) * (tested / rank), np.inf)
    lowest = np.minimum.accumulate(ranked[::-1], axis=0)[::-1]
    corrected = np.empty_like(p)
    np.put_along_axis(corrected, order, np.minimum(lowest, 1.0), axis=0)
    corrected[~np.isfinite(p)] = np.nan
    return np.asarray(corrected.reshape(given.shape))


def neighbourhood_reach_km(resolution: int) -> float:
    """Return how far a mean cell with its neighbours reaches from the centre to the farthest corner, km.

    A regular hexagon of edge e and its six neighbours: sqrt(7) e.
    """
    edge_km = float(np.sqrt(2.0 * mean_cell_area_km2(resolution) / (3.0 * np.sqrt(3.0))))
    return float(np.sqrt(7.0)) * edge_km


def centroid_coded(
    incidents: pd.DataFrame, areas: gpd.GeoDataFrame, *, among: BoolArray, settings: HotspotSettings
) -> BoolArray:
    """Tell which reports, though called exact or near, are coded to the centroid of an area.

    The rule: at least ``centroid_rows`` of the reports in ``among`` stand at one identical point, and that
    point lies within ``centroid_km`` (inclusive) of the centroid, or of the label point inside, of an area of
    any level. A town may stand there in truth; its reports are then known to the area only, which loses a hot
    spot but never invents one.

    Parameters
    ----------
    incidents
        Columns ``longitude``, ``latitude``. Not changed.
    areas
        The boundaries table, EPSG:4326, all levels; may be empty: then nothing can be told.
    among
        Reports that would count as places, shape ``(n,)``; only these are counted and marked.
    """
    marked = np.zeros(len(incidents), dtype=bool)
    rows = np.flatnonzero(among)
    if not len(rows) or areas.empty:
        return marked
    lonlat = incidents[["longitude", "latitude"]].to_numpy(dtype=np.float64)[rows].round(_SAME_POINT_DECIMALS)
    points, owner, count = np.unique(lonlat, axis=0, return_inverse=True, return_counts=True)
    many = count >= settings.centroid_rows
    if many.any():
        shapes = np.asarray(areas.geometry.array, dtype=object)
        middles = shapely.get_coordinates(np.concatenate([shapely.centroid(shapes), shapely.point_on_surface(shapes)]))
        tree = search_tree(on_sphere(middles[:, 0], middles[:, 1]))
        away = tree.query(on_sphere(points[many, 0], points[many, 1]))[0]
        many[many] = away <= chord_of(settings.centroid_km)
        marked[rows] = many[owner.reshape(-1)]
    return marked


def places_known(
    incidents: pd.DataFrame, placement: Placement, areas: gpd.GeoDataFrame, *, settings: HotspotSettings
) -> BoolArray:
    """Tell which reports are known well enough in place to make a local value at the placement's resolution.

    Those placed at their point, less those :func:`centroid_coded`, less those only near it where a cell with
    its neighbours reaches less far than ``near_km``. All others are known to an area: they are left out of
    local values, not spread, for an even spread over a province would make all of it stand out.
    """
    at_point = placement.point >= 0
    coded = centroid_coded(incidents, areas, among=at_point, settings=settings)
    near_counts = neighbourhood_reach_km(placement.resolution) >= settings.near_km
    return np.asarray(at_point & ~coded & (placement.exact | near_counts))


def month_of_reports(incidents: pd.DataFrame, *, end: dt.date, months: int, settings: HotspotSettings) -> MonthArray:
    """Return the month of each report, 0 to ``months - 1``, by its first possible day; -1 for none.

    The last month is the calendar month of ``end`` and is looked at up to that day, inclusive. A report
    whose first and last possible day lie more than ``longest_days`` apart has no month: its first possible
    day is often the first of a year, which would make a new hot spot each January.
    """
    start, last = (incidents[name].to_numpy().astype("datetime64[D]") for name in ("date_start", "date_end"))
    first_month = np.datetime64(end, "M") - (months - 1)
    month = (start.astype("datetime64[M]") - first_month).astype(np.int64)
    vague = (last - start).astype(np.int64) > settings.longest_days
    return np.where((month < 0) | (start > np.datetime64(end, "D")) | vague, -1, month)


def count_by_month(cell: npt.NDArray[np.integer], month: MonthArray, *, cells: int, months: int) -> FloatArray:
    """Count reports per cell and month, shape ``(cells, months)``; a negative cell or month leaves a report out."""
    inside = (cell >= 0) & (month >= 0)
    flat = cell[inside].astype(np.int64) * months + month[inside]
    return np.bincount(flat, minlength=cells * months).astype(np.float64).reshape(cells, months)


def observers_in_range(cells: CellArray, observers: Sequence[pd.DataFrame]) -> CountArray:
    """Count who could have reported from each cell, one column per day given.

    Parameters
    ----------
    cells
        H3 cells of one resolution.
    observers
        One table per day: columns ``longitude``, ``latitude`` (degrees, EPSG:4326) and ``radius_km``, the
        great-circle distance to the cell's centre, inclusive. An observer's own cell is always in range.

    Returns
    -------
    numpy.ndarray
        Shape ``(c, days)``.
    """
    points = on_sphere(*centres(cells))
    resolution = int(resolutions(cells[:1])[0]) if len(cells) else 0
    near: dict[tuple[float, float, float], BoolArray] = {}  # most observers stay for many days
    found = np.zeros((len(cells), len(observers)), dtype=np.int16)
    for day, table in enumerate(observers):
        for lon, lat, radius_km in table[["longitude", "latitude", "radius_km"]].to_numpy(dtype=np.float64).tolist():
            if (lon, lat, radius_km) not in near:
                own = cells_of_points([lon], [lat], resolution=resolution)
                at = on_sphere(np.array([lon]), np.array([lat]))
                within = ((points - at) ** 2).sum(axis=1) <= chord_of(radius_km) ** 2
                near[lon, lat, radius_km] = within | (cells == own)
            found[:, day] += near[lon, lat, radius_km]
    return found


def eyes_fell(watchers: CountArray, weights: sparse.csr_array) -> BoolArray:
    """Tell where fewer could report in some month than in an earlier one, in a cell or a neighbour, shape ``(c,)``."""
    fell = np.asarray((watchers < np.maximum.accumulate(watchers, axis=1)).any(axis=1), dtype=np.float64)
    return np.asarray((weights @ fell) > 0)


def judge_cells(
    counts: FloatArray,
    watchers: CountArray | None,
    weights: sparse.csr_array,
    *,
    settings: HotspotSettings,
    least_reports: int,
) -> pd.DataFrame:
    """Test each cell in each month and in all months together, and name what it has been.

    A cell has data in a month when somebody could have reported from it, or it has a report. Hot is a month
    with Gi* above 0, a corrected p-value within the significance and at least ``least_reports`` in the cell
    and its neighbours. The trend of the monthly Gi* (Mann-Kendall) is corrected over the cells of which it is
    asked: those hot, or cold, in ``persistent_share`` of the months.

    Parameters
    ----------
    counts
        Reports per cell and month, shape ``(c, months)``.
    watchers
        Who could have reported, same shape; ``None`` where nobody knows: then every cell has data, and
        nothing may be said to fall.

    Returns
    -------
    pandas.DataFrame
        One row per cell, in order: ``class`` (see :func:`geo.incidents.trends.emerging_classes`); ``gi_star,
        p_value, p_fdr`` of all months together, missing where no month has data; ``incidents`` of the cell,
        ``reports_around`` of it and its neighbours; ``latest_gi_star, latest_p_fdr`` of the last month;
        ``months_hot, months_known``; ``trend_p_value``; ``slope_per_month`` (Sen's slope of Gi*, of cells
        with a name only); ``eyes_fell`` (missing where ``watchers`` is ``None``).
    """
    if watchers is None:
        known, fell = np.ones(counts.shape, dtype=bool), np.ones(len(counts), dtype=bool)
    else:
        known, fell = (watchers > 0) | (counts > 0), eyes_fell(watchers, weights)
    monthly = gi_star(counts, weights, known=known)
    corrected = false_discovery(two_sided(monthly))
    stands_out = corrected <= settings.significance
    around = weights @ counts
    hot, cold = stands_out & (monthly > 0) & (around >= least_reports), stands_out & (monthly < 0)
    found = mann_kendall(monthly)
    often = np.maximum(hot.sum(axis=1), cold.sum(axis=1)) >= settings.persistent_share * counts.shape[1] - 1e-9
    moves = false_discovery(np.where(often, found.p_value, np.nan)) <= settings.significance
    names = emerging_classes(
        hot,
        cold,
        known=known,
        trend=np.where(moves, np.sign(found.s), 0).astype(np.int8),
        fell=fell,
        persistent_share=settings.persistent_share,
    )
    named = np.char.endswith(names.astype(str), "_spot")
    slope = np.full(len(counts), np.nan)
    slope[named] = sen_slope(monthly[named])
    whole = gi_star(counts.sum(axis=1), weights, known=known.any(axis=1))
    p_value = two_sided(whole)
    return pd.DataFrame(
        {
            "gi_star": whole,
            "p_value": p_value,
            "p_fdr": false_discovery(p_value),
            "class": pd.Series(names, dtype=object),
            "incidents": counts.sum(axis=1),
            "reports_around": around.sum(axis=1),
            "latest_gi_star": monthly[:, -1],
            "latest_p_fdr": corrected[:, -1],
            "months_hot": hot.sum(axis=1),
            "months_known": known.sum(axis=1),
            "trend_p_value": found.p_value,
            "slope_per_month": slope,
            "eyes_fell": pd.array(fell, dtype="boolean")
            if watchers is not None
            else pd.array([pd.NA] * len(fell), "boolean"),
        }
    )
