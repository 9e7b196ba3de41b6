"""How good an exposure surface is: made on days gone by, held against what came after.

Nats per incident gained over an even spread (the information gain of Daley and Vere-Jones 2004), and the
prediction accuracy index (PAI; Chainey, Tompson and Uhlig 2008): the share of incidents that fell into the most
exposed part of the country, over the share of land that this part is.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from geo.access.exposure_features import Ground, History
from geo.access.kernels import FloatArray

_HALF_YEARS = (1, 7)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class OriginScore:
    """What one surface was worth for the incidents that began in the days after it."""

    day: dt.date
    incidents: int  # that began in those days, with a known place in the country
    nats: float  # gained over an even spread, summed over the incidents
    watched: float  # incidents in the most exposed part of the country


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """Skill over several days of making the surface."""

    horizon_days: int
    first: dt.date
    last: dt.date
    surfaces: int
    incidents: int
    nats_per_incident: float  # above an even spread
    pai: float  # 1 = no better than chance


def half_years(until: dt.date, *, years: int, horizon_days: int) -> list[dt.date]:
    """Every 1 January and 1 July of the last ``years`` calendar years whose horizon ends on ``until`` at the latest."""
    days = [dt.date(year, month, 1) for year in range(until.year - years + 1, until.year + 1) for month in _HALF_YEARS]
    return [day for day in days if day + dt.timedelta(days=horizon_days - 1) <= until]


def score_surfaces(
    ground: Ground,
    history: History,
    days: Sequence[dt.date],
    expect: Callable[[dt.date], FloatArray],
    *,
    horizon_days: int,
    area_share: float,
) -> list[OriginScore]:
    """Score what was expected on each day against what began in the ``horizon_days`` from it on.

    Parameters
    ----------
    expect
        Share of the next incidents per cell of ``ground`` as expected on a day, above 0 everywhere, summing to 1.
        It must not look at that day or later.
    area_share
        Share of the land in the most exposed part; the last cell counts with the part that still fits.
    """
    even = ground.area_km2 / ground.area_km2.sum()
    found = []
    for day in days:
        first = int(np.datetime64(day, "D").astype(np.int64))
        counts = history.counts(ground.cells, (history.start >= first) & (history.start < first + horizon_days))
        if counts.sum() == 0:
            continue
        density = expect(day) / even
        found.append(
            OriginScore(
                day=day,
                incidents=int(counts.sum()),
                nats=float(counts @ np.log(density)),
                watched=float(counts @ _watched(density, even, area_share)),
            )
        )
    return found


def _watched(density: FloatArray, even: FloatArray, area_share: float) -> FloatArray:
    """Share of each cell that lies in the most exposed part of so much land."""
    order = np.argsort(-density, kind="stable")
    before = np.cumsum(even[order]) - even[order]
    inside = np.zeros(len(even))
    inside[order] = np.clip((area_share - before) / even[order], 0, 1)
    return inside


def sum_up(scores: Sequence[OriginScore], *, horizon_days: int, area_share: float) -> Skill | None:
    """Skill over all incidents alike; nothing where none came after any surface."""
    if not scores:
        return None
    incidents = sum(score.incidents for score in scores)
    return Skill(
        horizon_days=horizon_days,
        first=scores[0].day,
        last=scores[-1].day,
        surfaces=len(scores),
        incidents=incidents,
        nats_per_incident=sum(score.nats for score in scores) / incidents,
        pai=sum(score.watched for score in scores) / incidents / area_share,
    )
