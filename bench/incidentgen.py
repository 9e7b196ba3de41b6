"""Incident tables for benchmarks, seeded: as uneven as real ones, and compact enough for thirty million rows.

Places stand around town clusters, two thirds of those between 11° S and 11° N in Central Africa; a few places
and a few actors have most of the reports, and reports grow over the years 2012 to 2026. Words are categoricals,
numbers as narrow as they fit. Names are invented.
"""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.incidents.names import is_civilian
from geo.schema import BOUNDARIES, VIOLATIONS

SEED = 7
CLUSTERS, PLACES, ACTORS, LOCAL_ACTORS = 2_500, 60_000, 3_000, 6
_FIRST_DAY, _DAYS = np.datetime64("2012-01-01"), 5_479
TYPES = ("battle", "explosion", "attack on civilians", "riot", "protest", "strategic development")
_STATUS = ("reported", "pending", "verified")
_CHUNK = 3_000_000
Ints = npt.NDArray[np.int64]


def made_incidents(count: int, *, seed: int = SEED) -> pd.DataFrame:
    """Return incidents with the contract's columns that a roll-up asks for."""
    parts = [_drawn(min(_CHUNK, count - at), np.random.default_rng([seed, at])) for at in range(0, count, _CHUNK)]
    column = {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])}
    actor_names = [f"Armed Group {number:04d}" for number in range(ACTORS)] + ["Civilians"]
    words = {
        "place_precision": ("exact", "near"),
        "event_type": TYPES,
        "violation": VIOLATIONS,
        "source": ("acled", "ucdp", "primero"),
        "verification": _STATUS,
        "actor_a": actor_names,
        "actor_b": actor_names,
    }
    for name, known in words.items():
        column[name] = pd.Categorical.from_codes(column[name], pd.Index(known, dtype=object))
    return pd.DataFrame(column, copy=False)


def named_actors(incidents: pd.DataFrame) -> pd.DataFrame:
    """Return ``row, actor_id, name`` of the armed actors, as they would be resolved: each name is one actor."""
    sides = [incidents["actor_a"].cat.codes.to_numpy(), incidents["actor_b"].cat.codes.to_numpy()]
    names = incidents["actor_a"].cat.categories
    civilian = np.array([*(is_civilian(name) for name in names), True], dtype=bool)
    armed = np.column_stack([~civilian[side] for side in sides])
    armed[:, 1] &= sides[0] != sides[1]
    row = np.repeat(np.arange(len(incidents), dtype=np.int32), armed.sum(axis=1))
    code = np.column_stack(sides)[armed]
    ids = pd.Categorical.from_codes(code, names)
    return pd.DataFrame({"row": row, "actor_id": ids, "name": ids}, copy=False)


def no_areas() -> gpd.GeoDataFrame:
    """Return a table of boundaries without any."""
    return gpd.GeoDataFrame(BOUNDARIES.empty(), geometry=[], crs="EPSG:4326")


def _zipf(rng: np.random.Generator, count: int, size: int, power: float) -> Ints:
    """Numbers below ``size``, the first ones most often (Zipf's law)."""
    share = np.cumsum(1.0 / np.arange(1, size + 1) ** power)
    return np.minimum(np.searchsorted(share / share[-1], rng.random(count)), size - 1)


def _map() -> tuple[Ints, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Cluster, longitude and latitude of each place; the same for every table."""
    rng = np.random.default_rng(SEED)
    near = np.arange(CLUSTERS) < CLUSTERS * 2 // 3
    lat = np.where(near, rng.uniform(-11, 11, CLUSTERS), rng.uniform(-45, 60, CLUSTERS))
    lon = np.where(near, rng.uniform(15, 35, CLUSTERS), rng.uniform(-110, 140, CLUSTERS))
    cluster = rng.permutation(CLUSTERS)[_zipf(rng, PLACES, CLUSTERS, 0.8)]
    at = lon[cluster] + rng.normal(0, 0.25, PLACES), lat[cluster] + rng.normal(0, 0.25, PLACES)
    return cluster, np.round(at[0], 4), np.round(at[1], 4)


def _drawn(count: int, rng: np.random.Generator) -> dict[str, npt.NDArray[np.generic]]:
    cluster, lon, lat = _map()
    place = _zipf(rng, count, PLACES, 0.9)
    near_town = rng.random(count) < 0.2
    moved = np.where(near_town, 0.1, 0.0)
    everywhere = rng.random(count) < 0.5
    local = (cluster[place] * 7 + rng.integers(0, LOCAL_ACTORS, count)) % ACTORS
    first = np.where(everywhere, _zipf(rng, count, ACTORS, 1.0), local)
    second = _zipf(rng, count, ACTORS, 1.0)
    second = np.choose(rng.choice(3, count, p=[0.4, 0.3, 0.3]), [second, np.full(count, ACTORS), np.full(count, -1)])
    day = _FIRST_DAY + (_DAYS * rng.random(count) ** 0.7).astype(np.int64)
    deaths = np.where(rng.random(count) < 0.62, 0, rng.geometric(0.25, count))
    return {
        "date_start": day.astype("datetime64[s]"),
        "date_end": (day + np.where(rng.random(count) < 0.1, rng.integers(1, 15, count), 0)).astype("datetime64[s]"),
        "longitude": lon[place] + np.round(rng.normal(0, 1, count) * moved, 4),
        "latitude": np.clip(lat[place] + np.round(rng.normal(0, 1, count) * moved, 4), -89, 89),
        "place_precision": near_town.astype(np.int8),
        "event_type": rng.choice(len(TYPES), count, p=[0.27, 0.13, 0.25, 0.07, 0.2, 0.08]).astype(np.int8),
        "violation": np.where(rng.random(count) < 0.5, -1, rng.integers(0, len(VIOLATIONS), count)).astype(np.int8),
        "source": rng.integers(0, 3, count).astype(np.int8),
        "verification": rng.integers(-1, len(_STATUS), count).astype(np.int8),
        "actor_a": first.astype(np.int16),
        "actor_b": second.astype(np.int16),
        "fatalities_low": (deaths // 2).astype(np.int16),
        "fatalities_best": deaths.astype(np.int16),
        "fatalities_high": (deaths * 2).astype(np.int16),
    }
