"""When it happened where: incidents per cell and month, for the map that plays them."""

from dataclasses import replace

import numpy as np
import pandas as pd

from geo.answers.hexbin import check_filters
from geo.answers.world import World
from geo.incidents.cell_months import count_cell_months
from geo.incidents.rollup import matching
from geo.model import Audience, HexbinRequest
from geo.redaction import Cleared, clear, granted_resolution, may_see

_NOTHING = pd.DataFrame(
    {
        "cell": np.array([], dtype=np.uint64),
        "month": np.array([], dtype="datetime64[s]"),
        "incidents": np.array([], dtype=np.float64),
    }
)


def answer_cell_months(world: World, request: HexbinRequest, *, audience: Audience) -> Cleared:
    """Count the matching incidents per cell and month of their first day, at the resolution the audience may see.

    The months of a cell add up to its count in :func:`geo.answers.hexbin.answer_hexbin`, which leaves them
    out: only the map that plays them needs so many numbers. Nothing is counted for an audience that may
    see none, nor where incidents stay on an engine: there a month is one question of its own.

    Returns
    -------
    Cleared
        View ``hexbin_months``: ``cell``, ``month`` (its first day), ``incidents``; sorted by cell, month.

    Raises
    ------
    WithheldError
        When the audience may not see what it filters by: the cells would tell.
    """
    settings = world.settings
    check_filters(request, audience, settings)
    granted = replace(request, resolution=granted_resolution(request.resolution, audience=audience, settings=settings))
    counted = _NOTHING
    if may_see("hexbin_months", "cell", audience=audience, settings=settings) and world.stage is None:
        found = matching(world.incidents, granted, actors=world.parties)
        counted = count_cell_months(world.incidents, world.placement(granted.resolution), found)
    return clear(counted, view="hexbin_months", audience=audience, settings=settings, count_column="incidents")
