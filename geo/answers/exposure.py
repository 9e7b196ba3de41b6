"""How much hostile activity to expect per cell, from what had wholly ended before a day, and how good that is."""

import datetime as dt
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from geo.access.exposure import rates_on
from geo.access.exposure_features import History
from geo.access.exposure_fit import best_surface
from geo.access.exposure_skill import Skill, half_years, score_surfaces, sum_up
from geo.access.kernels import FloatArray
from geo.answers.world import SURFACE_RESOLUTION, World
from geo.model import Audience, ExposureRequest
from geo.redaction import Cleared, clear, granted_resolution
from geo.settings import ExposureSettings

# The surface is stated per this area and time: a number a person can hold against a map.
AREA_KM2 = 1_000.0
DAYS = 30.0
UNIT = "expected hostile incidents per 1,000 km² in 30 days"
SKILL_UNIT = "nats per incident above an even spread; PAI = share of incidents over share of land, most exposed part"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExposureAnswer:
    """Exposure per cell of the country; ``UNIT`` says in what."""

    request: ExposureRequest  # as granted
    cells: Cleared
    model: str  # which model spoke
    why: str  # and for what reason


def answer_exposure(world: World, request: ExposureRequest, *, audience: Audience) -> ExposureAnswer:
    """Compute the exposure surface over a country at the resolution the audience may see."""
    settings = world.settings
    granted = replace(request, resolution=granted_resolution(request.resolution, audience=audience, settings=settings))
    cells = world.territory(granted.resolution, granted.country)
    surface = world.surface(granted.as_of, granted.country)
    frame = pd.DataFrame({"cell": cells, "exposure": rates_on(surface, cells) * AREA_KM2 * DAYS})
    return ExposureAnswer(
        request=granted,
        cells=clear(frame, view="exposure", audience=audience, settings=settings),
        model=surface.model,
        why=surface.why,
    )


def answer_skill(world: World, *, country: str | None = None, audience: Audience) -> Cleared:
    """Measure the exposure surface on this workspace's own past: one row per horizon; takes seconds to a minute.

    Each surface is made on a 1 January or 1 July, as it would be shown that day and for that horizon, and held
    against what began in the days after. A horizon after which nothing came has no row.
    """
    exposure = world.settings.exposure
    ground, placement = world.ground(country), world.placement(SURFACE_RESOLUTION)
    history = History.of(world.incidents, placement)
    rows: list[Skill] = []
    for horizon_days in exposure.skill_horizons_days:
        made_for = exposure.model_copy(update={"horizon_days": horizon_days})

        def expect(day: dt.date, made_for: ExposureSettings = made_for) -> FloatArray:
            surface = best_surface(world.incidents, placement, ground, as_of=day, settings=made_for)
            mass = surface.rate * ground.area_km2 if surface.background > 0 else ground.area_km2
            return np.asarray(mass / mass.sum())

        scores = score_surfaces(
            ground,
            history,
            half_years(world.latest_date, years=exposure.skill_years, horizon_days=horizon_days),
            expect,
            horizon_days=horizon_days,
            area_share=exposure.skill_area_share,
        )
        found = sum_up(scores, horizon_days=horizon_days, area_share=exposure.skill_area_share)
        rows += [found] if found else []
    columns = list(Skill.__dataclass_fields__)
    frame = pd.DataFrame([asdict(row) for row in rows], columns=columns)
    return clear(frame, view="exposure_skill", audience=audience, settings=world.settings)
