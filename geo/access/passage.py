"""What a passage meets beyond the surface: actors' behaviour on roads, constraints, the dark.

The surface says where incidents are expected (:mod:`geo.access.exposure`); it is scored on the past and left as it
is. A passage multiplies its rate by how the actors of a place behave towards travellers, and adds what constraints
on the road tell of. Both are assumptions in ``config.toml``, none is measured.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from geo.access.exposure import ExposureSurface, SegmentRates
from geo.access.kernels import FloatArray
from geo.access.segments import Passability
from geo.hexgrid import CellArray
from geo.settings import ExposureSettings

_MINUTES_PER_DAY = 1440.0


def behaviour_factor(
    cells: CellArray, shares: pd.DataFrame, behaviour: Mapping[str, str], *, settings: ExposureSettings
) -> FloatArray:
    """Factor on the rate of each cell by who is there: the mean of their factors, weighted by influence.

    Parameters
    ----------
    shares
        ``cell``, ``actor_id``, ``influence_share``; a cell's shares add up to 1.
    behaviour
        Recorded behaviour on roads by actor id, a key of ``exposure.road_behaviour``; others are "unknown".

    Returns
    -------
    array
        Shape ``(cells,)``; 1 where nobody is known to be.
    """
    factors = settings.road_behaviour
    known = shares["actor_id"].map(behaviour).fillna("unknown").map(factors).to_numpy(dtype=float)
    weighted = pd.Series(shares["influence_share"].to_numpy(dtype=float) * known)
    by_cell = weighted.groupby(shares["cell"].to_numpy(dtype=np.uint64)).sum()
    return np.asarray(by_cell.reindex(cells).fillna(1.0), dtype=np.float64)


def with_behaviour(surface: ExposureSurface, factor: FloatArray) -> ExposureSurface:
    """The surface as a traveller meets it; the evenly spread part outside its cells stays."""
    return replace(surface, rate=surface.rate * factor)


def segment_exposure(rates: SegmentRates, passability: Passability, *, settings: ExposureSettings) -> FloatArray:
    """Exposure of driving each arc from end to end; waiting at constraints is exposure too.

    Expected hostile incidents within ``encounter_radius_km`` of the vehicle per ``passages`` passages, shape
    ``(segments, 2)``; NaN where the arc is closed, since nobody drives it.
    """
    days = np.where(passability.open_arcs, passability.minutes, np.nan) / _MINUTES_PER_DAY
    met_area_km2 = np.pi * settings.encounter_radius_km**2
    on_the_way = rates.rate[:, None] * met_area_km2 * days * settings.passages
    return np.asarray(on_the_way + hindrance_exposure(passability, settings=settings))


def hindrance_exposure(passability: Passability, *, settings: ExposureSettings) -> FloatArray:
    """What constraints in force add, shape ``(segments, 2)``.

    Each adds what one passage is set to meet where it is fresh (by kind; a checkpoint by its behaviour), times its
    weight, which halves with its half-life.
    """
    placed = passability.hindrances.in_force
    fresh = placed["kind"].map(settings.constraint_incidents).fillna(0.0).to_numpy(dtype=float)
    manned = placed["kind"].eq("checkpoint").to_numpy(dtype=bool)
    held = placed["behaviour"].fillna("unknown").map(settings.checkpoint_incidents).to_numpy(dtype=float)
    each = np.where(manned, held, fresh) * placed["weight"].to_numpy(dtype=float) * settings.passages
    added = np.zeros((passability.segments, 2))
    segment, direction = (placed[name].to_numpy(dtype=np.int64) for name in ("segment", "direction"))
    for side in (0, 1):
        here = (direction == side) | (direction < 0)
        np.add.at(added[:, side], segment[here], each[here])
    return added


def in_the_dark(exposure: float, *, dark_min: float, moving_min: float, settings: ExposureSettings) -> float:
    """Exposure of a drive part of which is in the dark: that part counts ``night_factor`` times."""
    share = dark_min / moving_min if moving_min > 0 else 0.0
    return exposure * (1.0 + share * (settings.night_factor - 1.0))
