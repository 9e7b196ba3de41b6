"""KML 2.2 (OGC 07-147r2) and Google's tracks: placemarks with lines, of Piste and others. Links are never followed."""

import re
from collections import Counter
from pathlib import Path

from geo.readers.raw_features import RawFeatures
from geo.readers.safe_xml import local_name, parse_xml
from geo.readers.track_lines import Drawing, Part, check_size, features_of

_KEPT = ("name", "description")
_LINES, _OTHERS = ("LineString", "Track"), {"Point": "points", "Polygon": "outlines", "Model": "models"}
# Some programs put a blank after the comma, which the standard forbids.
_LOOSE_COMMA = re.compile(r"\s*,\s*")
_TOLD = frozenset({*_KEPT, "coordinates", "coord", "value", "SimpleData"})


class _Collector:
    """State of one pass."""

    def __init__(self) -> None:
        self.drawings: list[Drawing] = []
        self.left_out: Counter[str] = Counter()
        self._path: list[str] = []
        self._placemark: Drawing | None = None
        self._counted = 0  # of what is no line, before the placemark
        self._key = ""  # of the value that is being read
        self._told: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local, inside = local_name(name), self._path[-1] if self._path else ""
        self._path.append(local)
        if local in _TOLD:
            self._told.clear()
        if local == "NetworkLink":
            self.left_out["links, which are not followed"] += 1
        elif local == "Placemark":
            self._counted = self.left_out.total()
            self._placemark = Drawing(properties={"id": attributes["id"]} if "id" in attributes else {})
        elif self._placemark is not None:
            if local in ("Data", "SimpleData"):
                self._key = attributes.get("name", "")
            elif local in _LINES and inside != "Polygon":
                self._placemark.parts.append(Part())
            elif local in _OTHERS:
                self.left_out[_OTHERS[local]] += 1

    def end(self, _name: str) -> None:
        local = self._path.pop()
        inside, placemark = self._path[-1] if self._path else "", self._placemark
        if placemark is None:
            return
        told = "".join(self._told) if local in _TOLD else ""
        if local == "Placemark":
            if placemark.parts:
                self.drawings.append(placemark)
            elif self.left_out.total() == self._counted:
                self.left_out["placemarks without a line"] += 1
            self._placemark = None
        elif local in _KEPT and inside == "Placemark":
            placemark.properties[local] = told
        elif self._key and (local == "SimpleData" or (local == "value" and inside == "Data")):
            placemark.properties.setdefault(self._key, told)
        elif local == "coordinates" and inside == "LineString":
            for position in _LOOSE_COMMA.sub(",", told).split():
                lon, lat = [*position.split(","), None][:2]
                placemark.parts[-1].add(lon, lat)
        elif local == "coord" and inside == "Track":
            lon, lat = [*told.split(), None, None][:2]
            placemark.parts[-1].add(lon, lat)

    def text(self, data: str) -> None:
        if self._path[-1] in _TOLD:
            self._told.append(data)


def read_kml(path: Path) -> RawFeatures:
    """Read the placemarks of a KML file that hold lines; points, outlines and links are counted in a note.

    Raises
    ------
    ImportRefusedError
        When the file is too large, its XML is broken or declares entities, or it holds no line.
    """
    check_size(path)
    collector = _Collector()
    encoding = parse_xml(path, collector, spoken="KML", text=collector.text)
    return features_of(collector.drawings, path, left_out=collector.left_out, encoding=encoding)
