"""How the picture of each actor changed over the years: cells led, how far its evidence moved, how divided the land is."""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geo.actors.movement import evidence_centres, shift_km, turnover
from geo.answers.presence import actor_labels, evidence_on, shares_of
from geo.answers.world import World
from geo.model import Audience, MovementRequest, PresenceRequest
from geo.redaction import Cleared, clear, granted_resolution, may_see

_ACTOR_COLUMNS = ["day", "actor_id", "actor", "cells_led", "cells_contested", "spread_km", "shift_km", "turnover_share"]
_DAY_COLUMNS = ["day", "cells", "cells_contested", "effective_actors"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MovementAnswer:
    """The same question asked on several days."""

    request: MovementRequest  # as granted
    actors: Cleared  # one row per actor with evidence and day
    days: Cleared  # one row per day with evidence


def answer_movement(world: World, request: MovementRequest, *, audience: Audience) -> MovementAnswer:
    """Ask who leads where on several days, each with what had happened by then, and compare each with the one before.

    ``shift_km`` and ``turnover_share`` compare a day with the one before it; they are missing on an actor's first day.
    ``effective_actors`` is the median over cells of the effective number of actors, ``1 / sum(share²)`` (Laakso and
    Taagepera 1979): 1 where one actor is all the evidence speaks of, 2 where two share it evenly.
    """
    settings = world.settings
    granted = replace(request, resolution=granted_resolution(request.resolution, audience=audience, settings=settings))
    # Nothing is computed that could not be shown.
    seen = may_see("movement", "day", audience=audience, settings=settings)
    actors, days = _changes(world, granted) if seen else (_empty(_ACTOR_COLUMNS), _empty(_DAY_COLUMNS))
    return MovementAnswer(
        request=granted,
        actors=clear(actors, view="movement", audience=audience, settings=settings),
        days=clear(days, view="movement_days", audience=audience, settings=settings),
    )


def days_of(request: MovementRequest, *, first: dt.date) -> list[dt.date]:
    """Days asked about, oldest first; none before the first of the data."""
    last = pd.Timestamp(request.as_of)
    days = [last - pd.DateOffset(months=request.step_months * step) for step in range(request.steps)]
    return [day.date() for day in reversed(days) if day.date() >= first]


def _changes(world: World, request: MovementRequest) -> tuple[pd.DataFrame, pd.DataFrame]:
    rules = world.settings.influence
    parts: list[pd.DataFrame] = []
    days: list[dict[str, object]] = []
    earlier: tuple[pd.DataFrame, pd.DataFrame] | None = None
    for day in days_of(request, first=world.first_date):
        asked = PresenceRequest(as_of=day, resolution=request.resolution)
        evidence = evidence_on(world, asked)
        shares = shares_of(world, asked, evidence)
        middles = evidence_centres(evidence, as_of=day, settings=rules)
        if shares.empty:
            earlier = None
            continue
        table = _held(shares).join(middles.set_index("actor_id")["spread_km"])
        if earlier is not None:
            table = table.join(shift_km(earlier[1], middles))
            table = table.join(turnover(earlier[0], shares).set_index("actor_id")["turnover_share"])
        parts.append(table.assign(day=pd.Timestamp(day)).rename_axis("actor_id").reset_index())
        days.append({"day": pd.Timestamp(day), **_divided(shares)})
        earlier = (shares, middles)
    if not parts:
        return _empty(_ACTOR_COLUMNS), _empty(_DAY_COLUMNS)
    every = pd.concat(parts, ignore_index=True).reindex(columns=[c for c in _ACTOR_COLUMNS if c != "actor"])
    every.insert(2, "actor", actor_labels(world, every["actor_id"]))
    return every, pd.DataFrame(days)


def _held(shares: pd.DataFrame) -> pd.DataFrame:
    led = shares["rank"] == 1
    counted = pd.DataFrame({"cells_led": led, "cells_contested": shares["contested"]}).astype(np.int64)
    return counted.groupby(shares["actor_id"].astype(object)).sum()


def _divided(shares: pd.DataFrame) -> dict[str, object]:
    leaders = shares.loc[shares["rank"] == 1]
    effective = 1.0 / (shares["influence_share"] ** 2).groupby(shares["cell"]).sum()
    return {
        "cells": len(leaders),
        "cells_contested": int(leaders["contested"].sum()),
        "effective_actors": float(effective.median()),
    }


def _empty(columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
