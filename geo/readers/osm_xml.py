"""OSM XML (``.osm``), read as a stream; declarations of entities are refused, so nothing can be expanded."""

from array import array
from pathlib import Path

import numpy as np

from geo.readers.osm_ways import WANTED_TAGS, OsmWays, TagTable, is_road, sorted_nodes
from geo.readers.safe_xml import parse_xml

_NAN = float("nan")


class _Collector:
    """State of one pass: nodes as flat arrays, the way being read, and the roads found."""

    def __init__(self) -> None:
        self.node_id, self.lon, self.lat = array("q"), array("d"), array("d")
        self.way_id, self.refs, self.offsets = array("q"), array("q"), array("q", [0])
        self.tags, self.tags_of = TagTable(), array("q")
        self.others = 0
        self._way: int | None = None
        self._way_refs: list[int] = []
        self._way_tags: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "node" and _exists(attributes):
            self.node_id.append(int(attributes["id"]))
            self.lon.append(_degrees(attributes.get("lon")))
            self.lat.append(_degrees(attributes.get("lat")))
        elif name == "way" and _exists(attributes):
            self._way, self._way_refs, self._way_tags = int(attributes["id"]), [], {}
        elif self._way is not None and name == "nd":
            self._way_refs.append(int(attributes["ref"]))
        elif self._way is not None and name == "tag" and attributes["k"] in WANTED_TAGS:
            self._way_tags[attributes["k"]] = attributes["v"]

    def end(self, name: str) -> None:
        if name != "way" or self._way is None:
            return
        if is_road(self._way_tags):
            self.way_id.append(self._way)
            self.refs.extend(self._way_refs)
            self.offsets.append(len(self.refs))
            self.tags_of.append(self.tags.number_of(self._way_tags))
        else:
            self.others += 1
        self._way = None

    def ways(self) -> OsmWays:
        node_id, lon, lat = sorted_nodes(np.array(self.node_id, dtype=np.int64), np.array(self.lon), np.array(self.lat))
        return OsmWays(
            way_id=np.array(self.way_id, dtype=np.int64),
            tags=self.tags.combinations,
            tags_of=np.array(self.tags_of, dtype=np.int64),
            refs=np.array(self.refs, dtype=np.int64),
            offsets=np.array(self.offsets, dtype=np.int64),
            node_id=node_id,
            lon=lon,
            lat=lat,
            others=self.others,
        )


def read_osm_xml(path: Path) -> OsmWays:
    """Read the road ways of an OSM XML file.

    Raises
    ------
    ImportRefusedError
        When the XML is broken, declares a document type or entities, or lacks an id or reference.
    """
    collector = _Collector()
    parse_xml(path, collector, spoken="OSM")
    return collector.ways()


def _exists(attributes: dict[str, str]) -> bool:
    """Deleted objects of history and editor files are no objects."""
    return attributes.get("visible") != "false" and attributes.get("action") != "delete"


def _degrees(text: str | None) -> float:
    """Degrees, or not-a-number: such a node counts as missing."""
    try:
        return float(text) if text is not None else _NAN
    except ValueError:
        return _NAN
