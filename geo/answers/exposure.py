"""How much hostile activity to expect per cell, from what had wholly ended before a day."""

from dataclasses import dataclass, replace

import pandas as pd

from geo.access.exposure import exposure_surface
from geo.answers.world import World
from geo.model import Audience, ExposureRequest
from geo.redaction import Cleared, clear, granted_resolution

# The surface is stated per this area and time: a number a person can hold against a map.
AREA_KM2 = 1_000.0
DAYS = 30.0
UNIT = "expected hostile incidents per 1,000 km² in 30 days"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExposureAnswer:
    """Exposure per cell of the country; ``UNIT`` says in what."""

    request: ExposureRequest  # as granted
    cells: Cleared


def answer_exposure(world: World, request: ExposureRequest, *, audience: Audience) -> ExposureAnswer:
    """Compute the exposure surface over a country at the resolution the audience may see."""
    settings = world.settings
    granted = replace(request, resolution=granted_resolution(request.resolution, audience=audience, settings=settings))
    cells = world.territory(granted.resolution, granted.country)
    surface = exposure_surface(
        world.incidents, world.placement(granted.resolution), cells, as_of=granted.as_of, settings=settings.exposure
    )
    frame = pd.DataFrame({"cell": cells, "exposure": surface.rate * AREA_KM2 * DAYS})
    return ExposureAnswer(request=granted, cells=clear(frame, view="exposure", audience=audience, settings=settings))
