"""What an audience may choose from: words of the filters, places to start from and to go to, bases."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.snapping import snap_points
from geo.answers.land import TOWN_KINDS
from geo.answers.world import World
from geo.crs import distance_km
from geo.model import Audience, LonLat
from geo.redaction import clear, may_see

MOST_ACTORS = 60
MOST_TOWNS = 400
MOST_TRIED = 40  # places looked at for a first journey


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Options for the controls of a page, as the audience may see them."""

    event_types: tuple[str, ...]
    violations: tuple[str, ...]
    sources: tuple[str, ...]  # databases reports come from
    verifications: tuple[str, ...]
    place_precisions: tuple[str, ...]
    actors: tuple[str, ...]  # names, most mentioned first
    places: dict[str, LonLat]  # name -> position, for routes
    journey: tuple[str, str] | None  # two places far apart that a road passes, to begin with
    bases: dict[str, str]  # base id -> name
    closing: tuple[str, ...]  # bases whose closing is on record, the next day of closing only
    vehicles: tuple[str, ...]


def answer_choices(world: World, as_of: dt.date, *, audience: Audience) -> Choices:
    """List what the controls may offer on a day."""
    settings = world.settings

    def seen(view: str, column: str) -> bool:
        return may_see(view, column, audience=audience, settings=settings)

    def of_incidents(column: str) -> tuple[str, ...]:
        return _words(world.incidents[column]) if seen("incidents", column) else ()

    mentions = world.parties["name"].value_counts().head(MOST_ACTORS) if seen("actors", "name") else pd.Series()
    bases = clear(world.bases_at(as_of), view="bases", audience=audience, settings=settings).frame
    if "name" not in bases:
        bases = pd.DataFrame(columns=["base_id", "name", "organisation", "valid_to"])
    places = _places(world, bases if {"longitude", "latitude"} <= set(bases) else None)
    return Choices(
        event_types=_words(world.incidents["event_type"]),
        violations=_words(world.incidents["violation"]),
        sources=_words(world.reports["source"]) if seen("incidents", "source") else (),
        verifications=of_incidents("verification"),
        place_precisions=of_incidents("place_precision"),
        actors=tuple(map(str, mentions.index)),
        places=places,
        journey=_journey(world, places),
        bases=_named(bases),
        closing=_next_closing(bases),
        vehicles=tuple(settings.vehicles),
    )


def _journey(world: World, places: dict[str, LonLat]) -> tuple[str, str] | None:
    """Return the first place near a road and, among the next ones near a road, the farthest from it."""
    if world.roads.empty or not places:
        return None
    names = list(places)[:MOST_TRIED]
    lon, lat = (np.array([getattr(places[name], side) for name in names]) for side in ("lon", "lat"))
    near = np.flatnonzero(snap_points(world.network, lon, lat, settings=world.settings.network).on_road)
    if len(near) < 2:
        return None
    away_km = distance_km(np.full(len(near), lon[near[0]]), np.full(len(near), lat[near[0]]), lon[near], lat[near])
    return names[near[0]], names[near[int(np.argmax(away_km))]]


def _named(bases: pd.DataFrame) -> dict[str, str]:
    """Name of each base; where two share one, with its organisation."""
    shared = bases["name"].duplicated(keep=False)
    names = bases["name"].where(~shared, bases["name"] + ", " + bases["organisation"])
    return dict(zip(bases["base_id"].astype(str), names.astype(str), strict=True))


def _next_closing(bases: pd.DataFrame) -> tuple[str, ...]:
    """Bases that close next on record; without any, the one listed last stands as an example to change."""
    days = bases["valid_to"]
    chosen = bases.loc[days == days.min(), "base_id"] if days.notna().any() else bases["base_id"].tail(1)
    return tuple(map(str, chosen))


def _words(values: pd.Series) -> tuple[str, ...]:
    return tuple(sorted(map(str, values.dropna().unique())))


def _places(world: World, bases: pd.DataFrame | None) -> dict[str, LonLat]:
    """Bases first where the audience may see them, then published towns, the largest first."""
    places = world.places
    towns = places.loc[places["kind"].isin(TOWN_KINDS) & places["name"].notna()]
    if world.country:
        towns = towns.loc[towns["country"].isna() | (towns["country"] == world.country)]
    towns = towns.sort_values("population", ascending=False, na_position="last").head(MOST_TOWNS)
    listed = [towns] if bases is None else [bases, towns]
    found: dict[str, LonLat] = {}
    for table in listed:
        for name, lon, lat in zip(table["name"], table["longitude"], table["latitude"], strict=True):
            found.setdefault(str(name), LonLat(float(lon), float(lat)))
    return found
