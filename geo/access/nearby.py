"""Reports near a road: how many, of how many sources, how long ago; the evidence a person asks for first."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from geo.access.kernels import IntArray
from geo.access.network import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearby:
    """Reports of incidents near one segment."""

    incidents: int
    sources: int  # different databases or merged reports behind them
    newest_days: int  # age of the newest


def reports_near(
    network: Network, segments: IntArray, incidents: pd.DataFrame, *, as_of: dt.date, days: int, within_km: float
) -> dict[int, Nearby]:
    """Count incidents placed at a point within some km of each segment, in the days before a day.

    An incident counts from its last day, the day itself excluded; one exactly ``days`` old or ``within_km`` away counts.

    Parameters
    ----------
    incidents
        Under the contract ``INCIDENTS``; those known to an area only are near no road.
    """
    age = (pd.Timestamp(as_of) - incidents["date_end"]).dt.days.to_numpy(dtype=float, na_value=np.nan)
    kept = (age >= 1) & (age <= days) & incidents["place_precision"].isin(["exact", "near"]).to_numpy(dtype=bool)
    recent, age = incidents.loc[kept], age[kept]
    chosen = np.unique(segments)
    if not len(chosen) or recent.empty:
        return {}
    lon, lat = (recent[name].to_numpy(dtype=float) for name in ("longitude", "latitude"))
    points = np.asarray(shapely.points(network.to_plane(lon, lat)), dtype=object)
    tree = shapely.STRtree(points)
    at, point = tree.query(network.lines_km[chosen], predicate="dwithin", distance=within_km)
    pairs = pd.DataFrame(
        {"segment": chosen[at], "age": age[point], "source": recent["source"].astype("string").to_numpy()[point]}
    )
    sources = pairs.assign(source=pairs["source"].str.split("[;+,]")).explode("source")
    told = pairs.groupby("segment").agg(incidents=("age", "size"), newest=("age", "min"))
    told["sources"] = sources.groupby("segment")["source"].nunique()
    return {
        int(segment): Nearby(incidents=int(count), sources=int(several), newest_days=int(newest))
        for segment, count, newest, several in told[["incidents", "newest", "sources"]]
        .reset_index()
        .to_numpy()
        .tolist()
    }


def spoken(near: Nearby, *, days: int) -> str:
    """One sentence of it."""
    many, several = "s" if near.incidents > 1 else "", "s" if near.sources > 1 else ""
    return f"{near.incidents} incident{many} in {days} days, {near.sources} source{several}, newest {near.newest_days} days ago"
