"""Exposure: hostile incidents a passage is expected to meet, from dated and placed reports.

The surface is a rate per km² and day. With enough past it is learnt, see :mod:`geo.access.exposure_fit`; this
module holds the decayed kernel that speaks before, and what a passage meets on either. In the kernel each incident
that had wholly ended before the day asked adds ``K(x) · ln 2 / H · 2^(-age / H)``: ``K`` a Gaussian kernel
(Silverman 1986, ch. 4) cut at a distance and renormalised, ``H`` the half-life. A share of the whole is spread evenly, so no stretch is ever zero.

A vehicle meets the incidents that fall within the encounter radius while it is there
(:mod:`geo.access.passage`). So the exposure of a segment is rate · π r² · days on it · passages: expected hostile incidents within
``encounter_radius_km`` of the vehicle per ``passages`` passages. It is relative and dated.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from geo.access.kernels import BoolArray, FloatArray
from geo.access.network import Network
from geo.crs import EARTH_RADIUS_KM
from geo.hexgrid import (
    CellArray,
    areas_km2,
    cells_of_points,
    centres,
    chord_of,
    on_sphere,
    parents,
    resolutions,
    search_tree,
)
from geo.incidents.precision import Placement
from geo.settings import ExposureSettings

# The rate is sampled at least this often along a segment.
SAMPLE_KM = 2.0
# Cells handled at once; bounds memory at fine resolutions.
_CHUNK = 10_000
KERNEL = "decayed kernel"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ExposureSurface:
    """Expected hostile incidents per km² and day, one value per cell."""

    as_of: dt.date
    cells: CellArray  # as given
    rate: FloatArray  # per km² and day, background included
    background: float  # per km² and day, the evenly spread part; stands for every place outside the cells
    incidents: int  # that had wholly ended before the day and lie in a cell or area
    unplaced: int  # that had ended, but lie nowhere known: in no rate
    model: str = KERNEL  # which model speaks
    why: str = ""  # the reason for it


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SegmentRates:
    """Mean rate along each segment."""

    rate: FloatArray  # per km² and day
    observed_share: FloatArray  # share of the segment inside the surface's cells; the rest has the background rate


def exposure_surface(
    incidents: pd.DataFrame,
    placement: Placement,
    cells: CellArray,
    *,
    as_of: dt.date,
    settings: ExposureSettings,
) -> ExposureSurface:
    """Estimate the rate at the cell centres.

    Parameters
    ----------
    incidents
        Table under the contract ``INCIDENTS``; only rows whose ``date_end`` lies before ``as_of`` count,
        the day itself excluded. Age runs from the middle of the incident's span of days.
    placement
        Where those same rows lie, see :func:`geo.incidents.precision.place_incidents`.
    cells
        Cells to estimate, shape ``(c,)``; the evenly spread share is spread over these.
    """
    day, ended = pd.Timestamp(as_of), ended_before(incidents, as_of)
    middle = incidents["date_start"] + (incidents["date_end"] - incidents["date_start"]) / 2
    age_days = (day - middle).dt.total_seconds().to_numpy(dtype=float) / 86400.0
    half_life = settings.half_life_days
    per_day = np.where(ended, np.log(2) / half_life * np.exp2(-np.where(ended, age_days, 0.0) / half_life), 0.0)
    source = placement.per_cell(per_day)
    live = source > 0
    rate = _smooth(cells, placement.cells[live], source[live], settings)
    area = areas_km2(cells)
    mean = float((rate * area).sum() / area.sum()) if len(cells) else 0.0
    background = settings.background_share * mean
    return ExposureSurface(
        as_of=as_of,
        cells=cells,
        rate=(1 - settings.background_share) * rate + background,
        background=background,
        incidents=int((ended & ~placement.area_only).sum()),
        unplaced=int((ended & placement.area_only).sum()),
    )


def ended_before(incidents: pd.DataFrame, day: dt.date) -> BoolArray:
    """Tell which incidents had wholly ended before a day, shape ``(n,)``."""
    return (incidents["date_end"] < pd.Timestamp(day)).to_numpy(dtype=bool)


def _smooth(cells: CellArray, sources: CellArray, weight: FloatArray, settings: ExposureSettings) -> FloatArray:
    """Sum of the cut Gaussian kernels at the centres of ``cells``; a source at exactly the cut still counts."""
    rate = np.zeros(len(cells))
    if len(sources) == 0:
        return rate
    spread_km2 = settings.bandwidth_km**2
    kept = -np.expm1(-(settings.max_distance_km**2) / (2 * spread_km2))
    peak = 1 / (2 * np.pi * spread_km2 * kept)
    tree, cut = search_tree(on_sphere(*centres(sources))), chord_of(settings.max_distance_km)
    for start in range(0, len(cells), _CHUNK):
        part = search_tree(on_sphere(*centres(cells[start : start + _CHUNK])))
        near = part.sparse_distance_matrix(tree, cut, output_type="ndarray")
        apart_km = 2 * EARTH_RADIUS_KM * np.arcsin(near["v"] / 2)
        added = weight[near["j"]] * peak * np.exp(-(apart_km**2) / (2 * spread_km2))
        rate[start : start + part.n] = np.bincount(near["i"], weights=added, minlength=part.n)
    return rate


def rates_on(surface: ExposureSurface, cells: CellArray) -> FloatArray:
    """Rate of cells of any resolution, per km² and day, shape ``(cells,)``.

    A coarser cell has the mean of the surface's cells in it by area; a finer one the rate of the cell that holds
    it. A cell that shares none with the surface, at a border, has the rate of the surface's nearest cell.
    """
    if len(cells) == 0 or len(surface.cells) == 0:
        return np.full(len(cells), surface.background)
    own, asked = int(resolutions(surface.cells[:1])[0]), int(resolutions(cells[:1])[0])
    keys, held, area = surface.cells, cells, areas_km2(surface.cells)
    if asked < own:
        keys = parents(surface.cells, resolution=asked)
    elif asked > own:
        held = parents(cells, resolution=own)
    groups, group = np.unique(keys, return_inverse=True)
    mean = np.bincount(group, weights=surface.rate * area) / np.bincount(group, weights=area)
    at = np.minimum(np.searchsorted(groups, held), len(groups) - 1)
    rate, lost = mean[at], groups[at] != held
    if lost.any():
        nearest = search_tree(on_sphere(*centres(surface.cells))).query(on_sphere(*centres(cells[lost])))[1]
        rate[lost] = surface.rate[nearest]
    return np.asarray(rate)


def sample_rates(network: Network, surface: ExposureSurface) -> SegmentRates:
    """Mean rate along each segment from points at most :data:`SAMPLE_KM` apart.

    A point outside the surface's cells takes the background rate and counts as not observed.
    """
    lines = network.segments.geometry.to_numpy()
    drawn_km = shapely.length(network.lines_km)
    count = np.maximum(np.ceil(drawn_km / SAMPLE_KM).astype(np.int64), 1)
    segment = np.repeat(np.arange(len(lines)), count)
    number = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    share = (number + 0.5) / count[segment]
    points = shapely.get_coordinates(shapely.line_interpolate_point(lines[segment], share, normalized=True))
    rate, observed = _rate_at(points, surface)
    return SegmentRates(
        rate=np.bincount(segment, weights=rate, minlength=len(lines)) / count,
        observed_share=np.bincount(segment, weights=observed, minlength=len(lines)) / count,
    )


def _rate_at(points: FloatArray, surface: ExposureSurface) -> tuple[FloatArray, BoolArray]:
    """Rate of the cell that holds each point, and whether the surface has that cell."""
    if len(surface.cells) == 0:
        return np.full(len(points), surface.background), np.zeros(len(points), dtype=bool)
    holding = cells_of_points(points[:, 0], points[:, 1], resolution=int(resolutions(surface.cells[:1])[0]))
    order = np.argsort(surface.cells)
    position = np.minimum(np.searchsorted(surface.cells, holding, sorter=order), len(order) - 1)
    found = surface.cells[order[position]] == holding
    return np.where(found, surface.rate[order[position]], surface.background), found
