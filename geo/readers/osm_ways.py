"""What both OSM readers hand over, and the rule for which ways are roads."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

# highway=* a vehicle can use. Left aside: path, footway, cycleway, steps, construction, proposed, platform …
ROUTABLE = frozenset(
    {"motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street"}
    | {"motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link", "service", "road", "track"}
)
WANTED_TAGS = frozenset(
    {"highway", "route", "name", "ref", "surface", "maxspeed", "oneway", "junction", "bridge", "tunnel", "layer"}
    | {"seasonal", "duration", "area"}
)


class TagTable:
    """Combinations of tags, each once, numbered as they come: few ways of a country have tags like no other."""

    def __init__(self) -> None:
        self.combinations: list[dict[str, str]] = []
        self._known: dict[frozenset[tuple[str, str]], int] = {}

    def number_of(self, tags: dict[str, str]) -> int:
        """Position of a combination, added where it is new."""
        number = self._known.setdefault(frozenset(tags.items()), len(self.combinations))
        if number == len(self.combinations):
            self.combinations.append(tags)
        return number


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OsmWays:
    """Road ways of an OSM file and the positions of their nodes.

    ``refs[offsets[i]:offsets[i + 1]]`` are the node ids of way ``i``; ``node_id`` is sorted and unique,
    ``lon`` and ``lat`` (degrees) are aligned with it and hold only nodes the file contains.
    """

    way_id: IntArray
    tags: list[dict[str, str]]  # distinct combinations
    tags_of: IntArray  # position in tags, of each way
    refs: IntArray
    offsets: IntArray
    node_id: IntArray
    lon: FloatArray
    lat: FloatArray
    others: int  # ways that are no road


def is_road(tags: Mapping[str, str]) -> bool:
    """Tell whether a way is a road for vehicles or a ferry line; squares drawn as areas are not."""
    if tags.get("area") == "yes":
        return False
    return tags.get("highway") in ROUTABLE or tags.get("route") == "ferry"


def sorted_nodes(node_id: IntArray, lon: FloatArray, lat: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Nodes sorted by id, each once, without those that have no position; of a repeated id the last counts."""
    order = np.argsort(node_id, kind="stable")
    order = order[np.isfinite(lon[order]) & np.isfinite(lat[order])]
    ids = node_id[order]
    last = np.append(ids[1:] != ids[:-1], values=True) if len(ids) else np.zeros(0, dtype=bool)
    return ids[last], lon[order][last], lat[order][last]
