"""What a report weighs: how it is graded, and how it fades by how much its actor moves about.

A garrison is still there next season, a roaming band is not: the report of either halves in a time of its own. One
actor has one half-life for all its evidence, so reports of one actor can be added up as of the newest.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.crs import FloatArray
from geo.settings import InfluenceSettings

# Share of its full weight a presence report keeps by its Admiralty grades (NATO AJP-2.1). The steps are ours, evenly
# spaced. Reliability of the source: A completely reliable … E unreliable, F cannot be judged; an unknown source may
# be anybody, so no grade counts as F.
RELIABILITY_SHARE = {"a": 1.0, "b": 0.8, "c": 0.6, "d": 0.4, "e": 0.2, "f": 0.1}
# Credibility of what it says: 1 confirmed, 2 probably true, 3 possibly true, 4 doubtful, 5 improbable, 6 cannot be
# judged. 6 is no bad grade: nothing speaks for what was said nor against it, so it weighs as the middle one. No grade
# says the same; were it to weigh in full, leaving it out would pay.
CREDIBILITY_SHARE = {1: 1.0, 2: 0.8, 3: 0.6, 4: 0.4, 5: 0.2, 6: 0.6}
_NOT_JUDGED = ("f", 6)


def graded(presence: pd.DataFrame) -> FloatArray:
    """Return the share of its full weight each presence report keeps, shape ``(n,)``; the product of both grades.

    Parameters
    ----------
    presence
        ``reliability`` (a to f) and ``credibility`` (1 to 6), either may be missing. Not changed.
    """
    tables: tuple[Mapping[Any, float], ...] = (RELIABILITY_SHARE, CREDIBILITY_SHARE)
    product = np.ones(len(presence))
    for name, table, not_judged in zip(("reliability", "credibility"), tables, _NOT_JUDGED, strict=True):
        codes, grades = pd.factorize(presence[name])  # -1 = missing, which takes the last share
        product *= np.array([*(table.get(grade, np.nan) for grade in grades), table[not_judged]])[codes]
    return product


def with_half_lives(reports: pd.DataFrame, actors: pd.DataFrame, *, settings: InfluenceSettings) -> pd.DataFrame:
    """Return reports with the half-life of the actor each speaks of, ``half_life_days``.

    Parameters
    ----------
    reports
        Any table with ``actor_id``. Not changed.
    actors
        Table under the actors contract. An actor without a record, or whose mobility is not known, has the half-life
        of ``settings.half_life_days``.
    """
    by_mobility = settings.half_life_days_by_mobility.model_dump()
    days_of = actors.set_index("actor_id")["mobility"].astype(object).map(by_mobility).dropna().to_dict()
    codes, names = pd.factorize(reports["actor_id"].astype(object))
    days = np.array([*(days_of.get(name, settings.half_life_days) for name in names), settings.half_life_days])
    return reports.assign(half_life_days=days[codes])


def half_lives(reports: pd.DataFrame, *, settings: InfluenceSettings) -> FloatArray:
    """Return the half-life of each report in days, shape ``(n,)``; the common one where the table says none."""
    if "half_life_days" in reports:
        return reports["half_life_days"].to_numpy(dtype=np.float64)
    return np.full(len(reports), settings.half_life_days)


def faded(weight: npt.ArrayLike, age_days: npt.ArrayLike, half_life_days: npt.ArrayLike) -> FloatArray:
    """Return what is left of weights after some days; half of them after each half-life."""
    days = np.asarray(age_days, dtype=np.float64) / np.asarray(half_life_days, dtype=np.float64)
    return np.asarray(np.asarray(weight, dtype=np.float64) * 0.5**days)
