"""How an actor moves and how divided a place is, told from evidence that fades.

An actor that moved and an actor that is reported elsewhere look the same here: evidence says where somebody was
seen, not where everybody is.
"""

import datetime as dt

import numpy as np
import pandas as pd

from geo.actors.fading import faded, half_lives
from geo.crs import FloatArray, distance_km
from geo.hexgrid import centres
from geo.settings import InfluenceSettings

_WHEN = {"both": "kept", "right_only": "gained", "left_only": "lost"}
_NO_MIDDLE = 1e-9  # length of a mean of unit vectors that point everywhere


def evidence_centres(evidence: pd.DataFrame, *, as_of: dt.date, settings: InfluenceSettings) -> pd.DataFrame:
    """Return the middle of each actor's evidence on a day, and how widely it is spread.

    The middle is the point of the sphere below the weighted mean of the cell centres in space (Mardia and Jupp 2000,
    Directional Statistics, section 9.2); weights halve with the half-life of the actor. Evidence of a later day never counts.

    Parameters
    ----------
    evidence
        As :func:`geo.actors.influence.gather_evidence` gives it for this day or an earlier one.

    Returns
    -------
    pandas.DataFrame
        One row per actor, by ``actor_id``: ``longitude, latitude`` in WGS 84 degrees; ``spread_km``, the weighted
        root mean square of the distances to the middle; ``weight``. No row for an actor without evidence, nor where
        the evidence has no middle, as of two cells on opposite sides of the earth.
    """
    day = np.datetime64(as_of, "D")
    seen = evidence["observed_on"].to_numpy().astype("datetime64[D]")
    known, seen = evidence.loc[seen <= day], seen[seen <= day]
    age_days = (day - seen).astype(np.int64)
    weight = faded(known["weight"], age_days, half_lives(known, settings=settings))
    codes, actors = pd.factorize(known["actor_id"], sort=True)
    longitude, latitude = centres(known["cell"].to_numpy(dtype=np.uint64))
    total = np.bincount(codes, weights=weight, minlength=len(actors))
    sums = [
        np.bincount(codes, weights=weight * axis, minlength=len(actors)) for axis in _on_sphere(longitude, latitude)
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y, z = (part / total for part in sums)
    lon, lat = np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))
    away = distance_km(longitude, latitude, lon[codes], lat[codes])
    squares = np.bincount(codes, weights=weight * away**2, minlength=len(actors))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(squares / total)
    found = pd.DataFrame({"actor_id": actors, "longitude": lon, "latitude": lat, "spread_km": spread, "weight": total})
    return found.loc[np.sqrt(x**2 + y**2 + z**2) > _NO_MIDDLE].reset_index(drop=True)


def shift_km(before: pd.DataFrame, after: pd.DataFrame) -> pd.Series:
    """Return how far the middle of each actor's evidence moved between two days, km.

    Parameters
    ----------
    before, after
        As :func:`evidence_centres` returns them.

    Returns
    -------
    pandas.Series
        By ``actor_id``; only actors with a middle on both days.
    """
    both = before.merge(after, on="actor_id", suffixes=("_before", "_after"))
    ends = [both[f"{name}_{when}"].to_numpy() for when in ("before", "after") for name in ("longitude", "latitude")]
    return pd.Series(distance_km(*ends), index=pd.Index(both["actor_id"], name="actor_id"), name="shift_km")


def turnover(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return which share of the cells an actor leads changed between two days.

    Parameters
    ----------
    before, after
        As :func:`geo.actors.influence.influence` returns them, on one resolution.

    Returns
    -------
    pandas.DataFrame
        One row per actor that leads a cell on either day, by ``actor_id``: ``kept``, ``gained``, ``lost`` (cells)
        and ``turnover_share``, gained and lost out of all three: 0 the same cells, 1 none in common (Jaccard 1912).
    """
    led = [
        table.loc[table["rank"] == 1, ["actor_id", "cell"]].astype({"actor_id": object}) for table in (before, after)
    ]
    both = led[0].merge(led[1], on=["actor_id", "cell"], how="outer", indicator="when")
    counts = pd.crosstab(both["actor_id"], both["when"].map(_WHEN)).reindex(columns=list(_WHEN.values()), fill_value=0)
    counts = counts.rename_axis(columns=None).reset_index()
    changed = counts["gained"] + counts["lost"]
    return counts.assign(turnover_share=changed / (changed + counts["kept"]))


def _on_sphere(longitude: FloatArray, latitude: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Points of the unit sphere."""
    lon, lat = np.radians(longitude), np.radians(latitude)
    return np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)
