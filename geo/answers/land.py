"""The base map: outlines, rivers, roads and towns as published, cut to the country and its surroundings."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.answers.world import World
from geo.model import Audience
from geo.redaction import Cleared, clear

SURROUND_DEG = 4.0  # how far beyond the country neighbours and rivers are kept
VIEW_MARGIN_SHARE = 0.02
MOST_TOWNS = 80
TOWN_KINDS = ("city", "town")
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LandAnswer:
    """What stands still on every map."""

    home: tuple[str, ...]  # ISO codes of the countries the workspace is about
    bounds: Bounds | None  # west, south, east, north in degrees; None where nothing has a place
    boundaries: Cleared
    rivers: Cleared
    roads: Cleared
    towns: Cleared
    sources: dict[str, str]


def answer_land(world: World, *, audience: Audience) -> LandAnswer:
    """Return the base map of the workspace's country."""
    bounds = _bounds(world)
    surround = shapely.box(*_widened(bounds, SURROUND_DEG)) if bounds else None
    boundaries = world.boundaries
    home = (world.country,) if world.country else ()
    drawn = boundaries.loc[(boundaries["level"] == 0) | ((boundaries["level"] == 1) & boundaries["country"].isin(home))]
    proposed = world.roads["proposed"].fillna(value=False).astype(bool)

    def outlines(rows: pd.DataFrame, *columns: str) -> Cleared:
        return clear(pd.DataFrame(rows[[*columns]]), view="outlines", audience=audience, settings=world.settings)

    return LandAnswer(
        home=home,
        bounds=_widened(bounds, VIEW_MARGIN_SHARE * (bounds[2] - bounds[0])) if bounds else None,
        boundaries=outlines(_cut(drawn, surround), "name", "level", "country", "geometry"),
        rivers=outlines(_cut(world.rivers, surround), "river_class", "geometry"),
        roads=outlines(
            _cut(world.roads.loc[~proposed], surround).assign(
                road_class=lambda roads: roads["road_class"].fillna("not known")
            ),
            "road_class",
            "geometry",
        ),
        towns=outlines(_towns(world, bounds), "name", "population", "longitude", "latitude"),
        sources=world.sources,
    )


def _bounds(world: World) -> Bounds | None:
    """Extent of the country, else of the middle 98 % of incidents or places."""
    outline = world.outline()
    if len(outline):
        west, south, east, north = outline.total_bounds
        return float(west), float(south), float(east), float(north)
    points = (world.incidents if len(world.incidents) else world.places)[["longitude", "latitude"]].dropna()
    if points.empty:
        return None
    low, high = points.quantile(0.01), points.quantile(0.99)
    return float(low.iloc[0]), float(low.iloc[1]), float(high.iloc[0]) + 0.01, float(high.iloc[1]) + 0.01


def _widened(bounds: Bounds, margin_deg: float) -> Bounds:
    west, south, east, north = bounds
    return west - margin_deg, max(south - margin_deg, -89.0), east + margin_deg, min(north + margin_deg, 89.0)


def _cut(rows: gpd.GeoDataFrame, surround: shapely.Polygon | None) -> gpd.GeoDataFrame:
    """Cut to the surroundings; what lies wholly outside is not part of the picture. Layers simplify to the view."""
    if surround is None or rows.empty:
        return rows
    near = rows.iloc[np.sort(rows.sindex.query(surround))]
    shapes = near.geometry.to_numpy().copy()
    crossing = ~shapely.within(shapes, surround)
    shapes[crossing] = shapely.intersection(shapes[crossing], surround)
    drawn = near.set_geometry(gpd.GeoSeries(shapes, index=near.index, crs=near.crs))
    return drawn.loc[~shapely.is_empty(shapes)]


def _towns(world: World, bounds: Bounds | None) -> pd.DataFrame:
    """Return the largest towns of the country, each name once."""
    places = world.places
    chosen = places["kind"].isin(TOWN_KINDS) & places["name"].notna()
    if world.country:
        chosen &= places["country"].isna() | (places["country"] == world.country)
    towns = places.loc[chosen]
    if bounds:
        west, south, east, north = bounds
        towns = towns.loc[towns["longitude"].between(west, east) & towns["latitude"].between(south, north)]
    ranked = towns.sort_values("population", ascending=False, na_position="last").drop_duplicates("name")
    return ranked.head(MOST_TOWNS).reset_index(drop=True)
