"""Names, positions and provinces of the places a mission names by id: sites, bases, towns. It stands before the gate."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from geo.answers.world import World
from geo.text import Language, with_values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Places by id."""

    named: dict[str, str]
    where: dict[str, tuple[float, float]]  # longitude, latitude in degrees
    provinces: tuple[tuple[dict[Language, str], shapely.Geometry], ...]

    def name(self, place_id: str) -> str:
        """Name of a place; its id where none is on record."""
        return self.named.get(place_id, place_id)

    def at(self, place_id: str) -> tuple[float, float]:
        """Position of a place; NaN where none is on record."""
        return self.where.get(place_id, (np.nan, np.nan))

    def area(self, place_id: str, language: Language = "en") -> str:
        """Province a place lies in, by its name in a language; empty where that is not known."""
        lon, lat = self.at(place_id)
        point = shapely.Point(lon, lat) if np.isfinite(lon) else None
        return next(
            (
                names[language]
                for names, shape in self.provinces
                if point is not None and bool(shapely.intersects(shape, point))
            ),
            "",
        )

    def with_names(self, text: str) -> str:
        """Say the stops a sentence speaks of by their names; plans hold ids, so that no name is stored with them.

        Text that is no sentence stays as it is.
        """
        return with_values(text, "drop_named", self.named)


def places_of(world: World) -> Places:
    """Every site, base and settlement on record; a site's own record goes before a base's of the same id."""
    own, shown = world.base_tables
    towns = world.places.assign(place_id="place:" + world.places["place_id"].astype("string"))
    tables = (
        (world.places, "place_id", "name"),
        (towns, "place_id", "name"),
        (shown, "base_id", "base_name"),
        (own, "base_id", "name"),
        (world.records("sites"), "site_id", "name"),
    )
    parts = [
        frame[[key, name, "longitude", "latitude"]].set_axis(["id", "name", "longitude", "latitude"], axis=1)
        for frame, key, name in tables
    ]
    every = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    every = every.dropna(subset=["id"]).drop_duplicates("id", keep="last")
    at = every.dropna(subset=["longitude", "latitude"])
    where = zip(at["longitude"].astype(float), at["latitude"].astype(float), strict=True)
    known = every.dropna(subset=["name"])
    provinces = world.provinces
    french = provinces["name_fr"].fillna(provinces["name"]) if "name_fr" in provinces else provinces["name"]
    names: list[dict[Language, str]] = [
        {"en": str(en), "fr": str(fr)} for en, fr in zip(provinces["name"], french, strict=True)
    ]
    return Places(
        named=dict(zip(known["id"].astype(str), known["name"].astype(str), strict=True)),
        where=dict(zip(at["id"].astype(str), where, strict=True)),
        provinces=tuple(zip(names, provinces.geometry, strict=True)),
    )
