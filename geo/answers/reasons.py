"""Why stretches of road cost what they cost on a day, incidents near them among the reasons. It stands before the gate."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.access.nearby import reports_near
from geo.access.reasons import explain_segments
from geo.access.segments import Passability
from geo.answers.world import World


def reasons_at(
    world: World, segments: npt.NDArray[np.int64], as_of: dt.date, passability: Passability
) -> dict[int, tuple[str, ...]]:
    """Return the reasons of segments by position, the gravest first."""
    settings = world.settings.exposure
    nearby = reports_near(
        world.network,
        segments,
        world.incidents,
        as_of=as_of,
        days=settings.nearby_days,
        within_km=settings.encounter_radius_km,
    )
    told = explain_segments(world.network, passability, segments, nearby=nearby, nearby_days=settings.nearby_days)
    return dict(zip(segments.tolist(), told, strict=True))


def positions_of(world: World, segment_ids: list[str]) -> npt.NDArray[np.int64]:
    """Return the positions of segments in the network, in their order; those it does not hold are left out."""
    held = pd.Index(world.network.segments["segment_id"].astype(object))
    at = held.get_indexer(pd.Index(segment_ids, dtype=object))
    return np.asarray(at[at >= 0], dtype=np.int64)
