"""The base map: outlines, rivers, towns and roads as published, cut to the country and simplified."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.answers.world import World
from geo.model import Audience
from geo.redaction import Cleared, clear

# About 500 m: half a pixel on a projector showing a country (README, "Assumptions", row 9).
OUTLINE_TOLERANCE_DEG = 0.005
MARGIN_DEG = 4.0  # how far beyond the country neighbours and rivers are drawn
MOST_TOWNS = 80
TOWN_KINDS = ("city", "town")
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LandAnswer:
    """What stands still on every map."""

    country: str | None
    bounds: Bounds | None  # west, south, east, north in degrees; None where no outline is imported
    land: Cleared
    neighbours: Cleared
    provinces: Cleared
    rivers: Cleared
    roads: Cleared
    towns: Cleared


def answer_land(world: World, *, audience: Audience) -> LandAnswer:
    """Return the base map of the workspace's country."""
    outline = world.outline()
    bounds = _bounds(world, outline)
    frame = shapely.box(*_widened(bounds)) if bounds else None
    boundaries = world.boundaries
    countries = boundaries["level"] == 0
    own = boundaries["country"] == world.country if world.country else countries & False

    def outlines(rows: pd.DataFrame, *columns: str) -> Cleared:
        shown = pd.DataFrame(rows[[*columns, "geometry"]]) if "geometry" in rows else pd.DataFrame(rows[[*columns]])
        return clear(shown, view="outlines", audience=audience, settings=world.settings)

    return LandAnswer(
        country=world.country,
        bounds=bounds,
        land=outlines(_drawn(outline, frame), "name"),
        neighbours=outlines(_drawn(boundaries.loc[countries & ~own], frame), "name"),
        provinces=outlines(_drawn(boundaries.loc[own & (boundaries["level"] == 1)], frame), "name"),
        rivers=outlines(_drawn(world.rivers, frame), "river_class"),
        roads=outlines(_drawn(world.roads.loc[~_proposed(world.roads)], frame), "road_class"),
        towns=_towns(world, bounds, audience),
    )


def _proposed(roads: gpd.GeoDataFrame) -> pd.Series:
    return roads["proposed"].fillna(value=False).astype(bool)


def _bounds(world: World, outline: gpd.GeoDataFrame) -> Bounds | None:
    if len(outline):
        west, south, east, north = outline.total_bounds
        return float(west), float(south), float(east), float(north)
    points = world.incidents if len(world.incidents) else world.places
    if points.empty:
        return None
    low, high = points[["longitude", "latitude"]].quantile(0.01), points[["longitude", "latitude"]].quantile(0.99)
    return float(low.iloc[0]), float(low.iloc[1]), float(high.iloc[0]), float(high.iloc[1])


def _widened(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    return west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG


def _drawn(rows: gpd.GeoDataFrame, frame: shapely.Polygon | None) -> gpd.GeoDataFrame:
    """Cut to the frame and simplify; rows with nothing left are not part of the picture."""
    if frame is None or rows.empty:
        return rows
    near = rows.iloc[np.sort(rows.sindex.query(frame))]
    shapes = shapely.simplify(shapely.intersection(near.geometry.to_numpy(), frame), OUTLINE_TOLERANCE_DEG)
    drawn = near.set_geometry(gpd.GeoSeries(shapes, index=near.index, crs=near.crs))
    return drawn.loc[~shapely.is_empty(shapes)]


def _towns(world: World, bounds: Bounds | None, audience: Audience) -> Cleared:
    """The largest towns of the country, each name once."""
    places = world.places
    chosen = places["kind"].isin(TOWN_KINDS) & places["name"].notna()
    if world.country:
        chosen &= places["country"].isna() | (places["country"] == world.country)
    towns = places.loc[chosen, ["name", "kind", "population", "longitude", "latitude"]]
    if bounds:
        west, south, east, north = bounds
        towns = towns.loc[towns["longitude"].between(west, east) & towns["latitude"].between(south, north)]
    ranked = towns.sort_values("population", ascending=False, na_position="last").drop_duplicates("name")
    shown = ranked.head(MOST_TOWNS).reset_index(drop=True)
    return clear(shown, view="outlines", audience=audience, settings=world.settings)
