"""The exposure surface learnt from a country's own past: where incidents fell after what was known on a day.

A log-linear intensity over cells (Poisson regression conditioned on its total, so a multinomial; Cameron and
Trivedi 2013, ch. 3), shrunk by a ridge (Hoerl and Kennard 1970). It learns from windows before the day asked:
the features are those of the window's first day, the incidents those that began in the window and had wholly ended
before the day asked. More incidents nearby never lower a place: weights of incident densities are 0 or above.
"""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.access.exposure import ExposureSurface, ended_before, exposure_surface
from geo.access.exposure_features import Ground, History, moving_features
from geo.access.kernels import FloatArray
from geo.incidents.precision import Placement
from geo.settings import ExposureSettings

LEARNT = "learnt from the past of this country"
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Lesson:
    """Windows of the past to learn from."""

    days: list[int]  # first day of each window
    features: FloatArray  # shape (windows, cells, features)
    counts: FloatArray  # incidents per window and cell, shape (windows, cells)
    weight: float  # of each window: overlapping windows tell an incident more than once


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return int(np.datetime64(day, "D").astype(np.int64))


def past_windows(history: History, day: int, *, horizon_days: int, settings: ExposureSettings) -> list[int]:
    """First days of the windows to learn from, newest first; each ends on the day asked or before."""
    ended = history.start[history.ended_before(day)]
    if len(ended) == 0:
        return []
    earliest = max(int(ended.min()), day - round(settings.training_years * _DAYS_PER_YEAR))
    return list(range(day - horizon_days, earliest - 1, -settings.window_step_days))


def features_on(ground: Ground, history: History, days: npt.ArrayLike, *, settings: ExposureSettings) -> FloatArray:
    """Still and moving features, shape ``(days, cells, features)``; the still ones first."""
    moving = moving_features(ground, history, days, settings=settings)
    still = np.broadcast_to(ground.still, (len(moving), *ground.still.shape))
    return np.concatenate([still, moving], axis=2)


def gather(
    ground: Ground, history: History, day: int, *, horizon_days: int, settings: ExposureSettings
) -> Lesson | None:
    """Windows before a day; nothing where they hold too few incidents (``least_incidents``) to learn from."""
    known = history.ended_before(day)
    told = []
    for first in past_windows(history, day, horizon_days=horizon_days, settings=settings):
        inside = known & (history.start >= first) & (history.start < first + horizon_days)
        told.append((first, history.counts(ground.cells, inside)))
    told = [(first, counts) for first, counts in told if counts.sum() > 0]
    if sum(counts.sum() for _, counts in told) < settings.least_incidents:
        return None
    return Lesson(
        days=[first for first, _ in told],
        features=features_on(ground, history, [first for first, _ in told], settings=settings),
        counts=np.array([counts for _, counts in told]),
        weight=settings.window_step_days / horizon_days,
    )


def fit_weights(lesson: Lesson, area_km2: FloatArray, *, still: int, ridge: float) -> FloatArray:
    """Weight of each feature, shape ``(features,)``: the penalised maximum of the multinomial likelihood.

    The first ``still`` weights are free, the others at least 0. The function is convex; deterministic.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 (0.2 s that questions without a surface do without)

    per_window = lesson.counts.sum(axis=1)
    seen = np.einsum("wc,wcf->f", lesson.counts, lesson.features)
    log_area = np.log(area_km2)

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        score = lesson.features @ weights + log_area
        top = score.max(axis=1, keepdims=True)
        mass = np.exp(score - top)
        total = mass.sum(axis=1, keepdims=True)
        expected = np.einsum("wc,wcf->f", mass * (per_window[:, None] / total), lesson.features)
        likelihood = (lesson.counts * (score - top - np.log(total))).sum()
        value = -lesson.weight * likelihood + ridge / 2 * weights @ weights
        return float(value), lesson.weight * (expected - seen) + ridge * weights

    size = lesson.features.shape[2]
    bounds = [(None, None)] * still + [(0.0, None)] * (size - still)
    return np.asarray(minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B", bounds=bounds).x)


def spread(ground: Ground, features: FloatArray, weights: FloatArray) -> FloatArray:
    """Share of the next incidents per cell, shape ``(cells,)``; sums to 1. ``features`` of one day."""
    score = features @ weights + np.log(ground.area_km2)
    mass = np.exp(score - score.max())
    return np.asarray(mass / mass.sum())


def learnt_spread(
    ground: Ground, history: History, day: int, *, horizon_days: int, settings: ExposureSettings
) -> FloatArray | None:
    """Share of the next incidents per cell as learnt before a day; nothing where too little is known."""
    lesson = gather(ground, history, day, horizon_days=horizon_days, settings=settings)
    if lesson is None:
        return None
    weights = fit_weights(lesson, ground.area_km2, still=ground.still.shape[1], ridge=settings.ridge)
    return spread(ground, features_on(ground, history, [day], settings=settings)[0], weights)


def expected_per_day(ground: Ground, history: History, day: int, *, half_life_days: float) -> float:
    """Incidents a day to expect in the cells: those that had ended, each worth ``ln 2 / H`` halving every ``H`` days."""
    age = day - (history.start + history.end) / 2
    worth = np.log(2) / half_life_days * np.exp2(-np.maximum(age, 0) / half_life_days)
    source = history.shares @ np.where(history.ended_before(day), worth, 0.0)
    # Only what counts is summed: later incidents must not even change the rounding.
    counts = (source > 0) & np.isin(history.placement.cells, ground.cells)
    return float(source[counts].sum())


def best_surface(
    incidents: pd.DataFrame, placement: Placement, ground: Ground, *, as_of: dt.date, settings: ExposureSettings
) -> ExposureSurface:
    """Surface of a day: learnt from the past, or where that is too short the decayed kernel; it says which and why.

    Over the cells of ``ground``, whatever the model, expected incidents add up: the learnt surface to
    :func:`expected_per_day`, the kernel to the same less what lies across the border within its reach.

    Parameters
    ----------
    incidents
        Table under the contract ``INCIDENTS``; only rows whose ``date_end`` lies before ``as_of`` count, to learn
        from as to expect by. Not changed.
    placement
        Where those same rows lie, on the resolution of the ground's cells.
    """
    history, day = History.of(incidents, placement), day_number(as_of)
    found = learnt_spread(ground, history, day, horizon_days=settings.horizon_days, settings=settings)
    if found is None:
        why = (
            f"the {settings.training_years:g} years before hold fewer than {settings.least_incidents} incidents "
            "with a known place: too few to learn from"
        )
        return replace(exposure_surface(incidents, placement, ground.cells, as_of=as_of, settings=settings), why=why)
    total = expected_per_day(ground, history, day, half_life_days=settings.half_life_days)
    whole_km2 = float(ground.area_km2.sum())
    share = settings.background_share
    ended = ended_before(incidents, as_of)
    return ExposureSurface(
        as_of=as_of,
        cells=ground.cells,
        incidents=int((ended & ~placement.area_only).sum()),
        unplaced=int((ended & placement.area_only).sum()),
        rate=total * ((1 - share) * found / ground.area_km2 + share / whole_km2),
        background=total * share / whole_km2,
        model=LEARNT,
        why=f"from up to {settings.training_years:g} years before the day, for {settings.horizon_days} days ahead",
    )
