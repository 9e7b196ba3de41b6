"""The ground everything else stands on: land, neighbours, water, borders, rivers, towns."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from geo.layers.palette import BASE_ROADS, RIVER
from geo.layers.spec import LabelLayer, LayerSpec, LineLayer, OutlineLayer
from geo.layers.style import Kinds, LineStyle, Steps
from geo.redaction import Cleared

# River classes from the largest: 1, 2, and 3 to 10 alike.
RIVER_STYLES = Steps(
    column="river_class",
    edges=(0.0, 1.5, 2.5),
    styles=tuple(LineStyle(colour=RIVER, width_px=width) for width in (2.2, 1.3, 0.8)),
    labels=("large", "middle", "small"),
    unknown=LineStyle(colour=RIVER, width_px=0.8),
)

ROAD_STYLES = Kinds(column="road_class", styles=BASE_ROADS, other=BASE_ROADS["unclassified"])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """Cleared tables of view ``outlines`` a base map is made of, with their sources and dates.

    ``boundaries`` has columns name, level, country, geometry; ``rivers`` river_class, geometry;
    ``towns`` name, population, longitude, latitude; ``roads`` road_class, geometry.
    """

    boundaries: Cleared
    rivers: Cleared | None = None
    towns: Cleared | None = None
    roads: Cleared | None = None
    boundaries_source: str = "boundaries as imported"
    rivers_source: str = "rivers as imported"
    towns_source: str = "places as imported"
    roads_source: str = "roads as imported"
    date: str = "as imported"


def base_map(ground: Ground, *, home: Collection[str]) -> tuple[LayerSpec, ...]:
    """Return the layers of the base map, from bottom to top.

    Parameters
    ----------
    home
        ISO 3166-1 alpha-3 codes of the countries the workspace is about; all other countries are
        neighbours, drawn darker and with their names.

    Keep the result as long as the tables do not change: layers encoded before are not encoded again.
    """
    frame = ground.boundaries.frame
    others = sorted(set(frame["country"].dropna()) - set(home)) if "country" in frame else []
    shared: dict[str, Any] = {"date": ground.date, "audience": ground.boundaries.audience}
    land: dict[str, Any] = {
        "unit": "country",
        "source": ground.boundaries_source,
        "cleared": ground.boundaries,
    } | shared
    layers: list[LayerSpec] = [
        OutlineLayer(
            title="Neighbours", role="neighbour", text="name", where={"level": [0], "country": others}, **land
        ),
        OutlineLayer(title="Land", role="land", where={"level": [0], "country": list(home)}, **land),
        OutlineLayer(title="Provinces", role="admin1", where={"level": [1], "country": list(home)}, **land),
    ]
    for title, cleared, source, style, role in (
        ("Rivers", ground.rivers, ground.rivers_source, RIVER_STYLES, "river"),
        ("Roads", ground.roads, ground.roads_source, ROAD_STYLES, "road"),
    ):
        if cleared is not None:
            lines: dict[str, Any] = {"title": title, "source": source, "cleared": cleared, "style": style, "role": role}
            layers.append(LineLayer(unit="class", **lines, **shared))
    if ground.towns is not None:
        towns: dict[str, Any] = {"source": ground.towns_source, "cleared": ground.towns, "importance": "population"}
        layers.append(LabelLayer(title="Towns", unit="people", **towns, **shared))
    return tuple(layers)
