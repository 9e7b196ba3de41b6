"""GPX 1.0 and 1.1 (topografix.com/GPX/1/1): tracks of Piste, OsmAnd and receivers as lines.

A route (``rte``) only names turning points, so it is read where the file has no track. Heights, times and what devices
put into ``extensions`` are left aside, but for columns that GDAL keeps there.
"""

from collections import Counter
from pathlib import Path

from geo.readers.raw_features import RawFeatures
from geo.readers.safe_xml import local_name, parse_xml
from geo.readers.track_lines import Drawing, Part, check_size, features_of

_LINES, _POINTS = ("trk", "rte"), ("trkpt", "rtept")
# Children of a line that are kept. Its type says how somebody moved, which is no class of road.
_KEPT = {"name": "name", "desc": "description"}
_GDAL_PREFIX = "ogr:"


class _Collector:
    """State of one pass."""

    def __init__(self) -> None:
        self.found: dict[str, list[Drawing]] = {kind: [] for kind in _LINES}
        self.waypoints = 0
        self._path: list[str] = []
        self._told: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local, inside = local_name(name), self._path[-1] if self._path else ""
        self._path.append(name if name.startswith(_GDAL_PREFIX) else local)
        self._told.clear()
        if inside == "gpx" and local == "wpt":
            self.waypoints += 1
        elif inside == "gpx" and local in _LINES:
            self.found[local].append(Drawing(parts=[Part()] if local == "rte" else []))
        elif inside == "trk" and local == "trkseg":
            self.found["trk"][-1].parts.append(Part())
        elif local in _POINTS and inside == ("trkseg" if local == "trkpt" else "rte") and self._path[1] in _LINES:
            drawn = self.found[self._path[1]]
            drawn[-1].parts[-1].add(attributes.get("lon"), attributes.get("lat"))

    def end(self, name: str) -> None:
        local = self._path.pop()
        place = self._path[1:]
        if not place or place[0] not in _LINES or self._path[0] != "gpx":
            return
        properties = self.found[place[0]][-1].properties if self.found[place[0]] else {}
        if len(place) == 1 and local in _KEPT:
            properties.setdefault(_KEPT[local], "".join(self._told))
        elif place[1:] == ["extensions"] and name.startswith(_GDAL_PREFIX):
            properties.setdefault(name.removeprefix(_GDAL_PREFIX), "".join(self._told))

    def text(self, data: str) -> None:
        self._told.append(data)


def read_gpx(path: Path) -> RawFeatures:
    """Read the tracks of a GPX file, or its routes where it has none; waypoints are counted in a note.

    Raises
    ------
    ImportRefusedError
        When the file is too large, its XML is broken or declares entities, or it holds neither.
    """
    check_size(path)
    collector = _Collector()
    encoding = parse_xml(path, collector, spoken="GPX", text=collector.text)
    tracks, routes = (collector.found[kind] for kind in _LINES)
    left_out = Counter({"waypoints": collector.waypoints})
    if tracks:
        left_out["routes (only their turning points)"] = len(routes)
    return features_of(tracks or routes, path, left_out=left_out, encoding=encoding)
