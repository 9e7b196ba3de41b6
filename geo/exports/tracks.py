"""Cleared routes as GPX 1.1, KML 2.2 and GeoPackage, straight from the planned geometry.

Coordinates are written with the fewest decimals that read back as the very same number, so a file read
again holds the same line. GPX carries tracks and waypoints in the order its schema demands, with the colour
OsmAnd draws (https://osmand.net/docs/technical/osmand-file-formats/osmand-gpx). All text comes from cleared tables.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import WGS84
from geo.errors import RequestError, WithheldError
from geo.exports.provenance import facts_in
from geo.exports.tables import geopackage
from geo.layers.palette import ROUTES
from geo.redaction import Cleared
from geo.text import Language, say, sentence_text, word

TRACK_FORMATS = ("gpx", "kml", "gpkg")
_GPX = "http://www.topografix.com/GPX/1/1"
_KML = "http://www.opengis.net/kml/2.2"
_OSMAND = "https://osmand.net/docs/technical/osmand-file-formats/osmand-gpx"
_LINE_WIDTH_PX = 4
# Signs of Garmin's list, which phones and receivers know; by kind in words, the others a blue flag.
_END_SIGNS = ("Flag, Green", "Flag, Red")
_SIGNS = {
    "bridge out": "Bridge",
    "checkpoint": "Police Station",
    "airstrip closed": "Airport",
    **dict.fromkeys(("mines or erw", "ambush", "hostilities"), "Skull and Crossbones"),
    **dict.fromkeys(("flooded", "impassable"), "Danger Area"),
}
# What XML 1.0 cannot hold (section 2.2 of the recommendation).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Point = tuple[str, str]  # longitude and latitude as written


@dataclass(frozen=True, slots=True, kw_only=True)
class _Track:
    """One route as it is written."""

    name: str
    facts: str
    colour: str
    parts: tuple[tuple[Point, ...], ...]

    def ends(self, language: Language) -> tuple[tuple[str, Point], ...]:
        """Where it starts and where it goes; nothing where it has no line."""
        if not self.parts:
            return ()
        spots = {"start": self.parts[0][0], "end": self.parts[-1][-1]}
        return tuple((say(f"track_{end}", language, name=self.name), spot) for end, spot in spots.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """One waypoint as it is written."""

    name: str
    kind: str  # as said
    sign: str  # one of Garmin's
    facts: str
    spot: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class _Journey:
    """All that is written into one file."""

    tracks: Sequence[_Track]
    marks: Sequence[_Mark]
    facts: Mapping[str, str]
    language: Language


def export_tracks(
    routes: Cleared,
    *,
    format_name: str,
    provenance: Mapping[str, str],
    waypoints: Cleared | None = None,
    segments: Sequence[Cleared] = (),
    language: Language = "en",
) -> bytes:
    """Write each route as one track, with waypoints at either end and at what may turn a team back.

    Parameters
    ----------
    routes
        Rows with ``label`` or ``name``, and ``geometry`` (lines in degrees, WGS 84); ``time_min``, ``length_km``,
        ``exposure`` and ``warnings`` are told, exposure as "at least" where ``exposure_at_least``.
    format_name
        One of :data:`TRACK_FORMATS`.
    provenance
        Facts written into the file beside the audience: sources, date, unit. ``exposure_unit`` stands with each route.
    waypoints
        Rows with ``longitude`` and ``latitude`` in degrees, and any of ``name``, ``kind``, ``age_days`` or
        ``reported_on``, ``state``. Where the audience may not see their places, the file says so and has none.
    segments
        Tables of the segments of each route, in the order of ``routes``; only a GeoPackage holds them.
    language
        Of names and descriptions in GPX and KML; a column ``name_fr`` stands for ``name`` in French.

    Raises
    ------
    WithheldError
        When the audience may not see the geometry of routes, or the tables are cleared for different ones.
    RequestError
        When the format is unknown.
    """
    if "geometry" not in routes.columns:
        raise WithheldError(f"the audience {routes.audience} may not see where routes run; ask for another audience")
    for table in (*segments, *([waypoints] if waypoints is not None else [])):
        if table.audience != routes.audience:
            raise WithheldError(
                f"routes are cleared for {routes.audience}, {table.view} for {table.audience}; one file, one audience"
            )
    if format_name not in TRACK_FORMATS:
        raise RequestError(f"unknown format {format_name!r}; known: {', '.join(TRACK_FORMATS)}")
    facts = {**provenance, "audience": str(routes.audience)}
    if waypoints is not None and not {"longitude", "latitude"} <= set(waypoints.columns):
        facts["waypoints"] = say("track_withheld", language, audience=_audience(routes, language))
        waypoints = None
    if format_name == "gpkg":
        return _gpkg(routes, segments, waypoints, facts)
    journey = _Journey(
        tracks=list(_tracks(routes, provenance.get("exposure_unit", ""), language)),
        marks=list(_marks(waypoints, language)),
        facts=facts_in(facts, language),
        language=language,
    )
    return _gpx(journey) if format_name == "gpx" else _kml(journey)


def _audience(table: Cleared, language: Language) -> str:
    return str(table.audience) if language == "en" else word(str(table.audience), language)


def degrees_text(value: float) -> str:
    """Shortest text without exponent that reads back as the same number."""
    return str(np.format_float_positional(value, unique=True, trim="0"))


def _at(longitude: float, latitude: float) -> Point:
    return degrees_text(longitude), degrees_text(latitude)


def _told(value: object, *, one_line: bool = False) -> str:
    """Text that XML can hold; a sign it cannot hold becomes the replacement character."""
    text = _NOT_XML.sub("\ufffd", str(value))
    return " ".join(text.split()) if one_line else text


def _named(row: Mapping[Any, Any], language: Language) -> Any:
    """Name of a row in a language, else the one it has."""
    return row.get(f"name_{language}") or row.get("name")


def _tracks(routes: Cleared, exposure_unit: str, language: Language) -> Iterator[_Track]:
    for number, row in enumerate(routes.frame.to_dict("records")):
        parts = [shapely.get_coordinates(part) for part in shapely.get_parts(row["geometry"])]
        yield _Track(
            name=_told(
                _named(row, language) or say("track_route", language, label=row.get("label", "")), one_line=True
            ),
            facts=_told(", ".join(_route_facts(row, exposure_unit, language)), one_line=True),
            colour=ROUTES[number % len(ROUTES)],
            parts=tuple(tuple(_at(*point) for point in part) for part in parts if len(part)),
        )


def _route_facts(row: Mapping[Any, Any], exposure_unit: str, language: Language) -> Iterator[str]:
    """What a route costs, and what to be warned of."""
    for name, key, form in (("time_min", "track_time", ".0f"), ("length_km", "track_length", ".1f")):
        if name in row:
            yield say(key, language, value=_number(row[name], form, language))
    if "exposure" in row:
        key = "track_exposure_bound" if row.get("exposure_at_least", False) else "track_exposure"
        yield say(key, language, value=_number(row["exposure"], ".2g", language), unit=exposure_unit).strip()
    warnings = row.get("warnings")
    yield from (sentence_text(one, language) for one in warnings) if isinstance(warnings, tuple | list) else ()


def _number(value: float, form: str, language: Language) -> str:
    text = f"{value:{form}}"
    return text.replace(".", ",") if language == "fr" else text


def _marks(waypoints: Cleared | None, language: Language) -> Iterator[_Mark]:
    for row in waypoints.frame.to_dict("records") if waypoints is not None else ():
        held = {name: value for name, value in row.items() if not _missing(value)}
        code = _told(held.get("kind", "place"), one_line=True).replace("_", " ")
        kind = _word(code, language)
        facts = [_word(str(held["state"]), language)] if "state" in held else []
        if "age_days" in held:
            facts.append(say("track_age", language, days=f"{held['age_days']:.0f}"))
        elif "reported_on" in held:
            facts.append(say("track_reported", language, day=_day(held["reported_on"])))
        yield _Mark(
            name=_told(_named(held, language) or kind, one_line=True),
            kind=kind,
            sign=_SIGNS.get(code, "Flag, Blue"),
            facts=_told(", ".join([kind, *facts])),
            spot=_at(row["longitude"], row["latitude"]),
        )


def _word(text: str, language: Language) -> str:
    """Say a word of the tables; English files keep it as it is in the table."""
    return text if language == "en" else word(text.replace(" ", "_"), language)


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value != value  # noqa: PLR0124 (NaN and NaT differ from themselves)


def _day(value: object) -> str:
    return value.date().isoformat() if isinstance(value, dt.datetime) else str(value)


def _child(parent: ET.Element, space: str, name: str, text: str = "", **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, f"{{{space}}}{name}", attributes)
    made.text = text or None
    return made


def _about(journey: _Journey) -> str:
    colon = ": " if journey.language == "en" else "\u202f: "
    return _told("; ".join(f"{key}{colon}{value}" for key, value in journey.facts.items()))


def _gpx(journey: _Journey) -> bytes:
    """Write in the order of the schema: metadata, wpt, trk; colour stands in extensions of a track."""
    ET.register_namespace("", _GPX)
    ET.register_namespace("osmand", _OSMAND)
    root = ET.Element(f"{{{_GPX}}}gpx", version="1.1", creator="Piste")
    metadata = _child(root, _GPX, "metadata")
    _child(metadata, _GPX, "name", say("track_routes", journey.language))
    _child(metadata, _GPX, "desc", _about(journey))
    kind = say("track_end_kind", journey.language)
    for track in journey.tracks:
        for (end, (lon, lat)), sign in zip(track.ends(journey.language), _END_SIGNS, strict=False):
            way = _child(root, _GPX, "wpt", lat=lat, lon=lon)
            for name, text in (("name", end), ("sym", sign), ("type", kind)):
                _child(way, _GPX, name, text)
    for mark in journey.marks:
        way = _child(root, _GPX, "wpt", lat=mark.spot[1], lon=mark.spot[0])
        for name, text in (("name", mark.name), ("desc", mark.facts), ("sym", mark.sign), ("type", mark.kind)):
            _child(way, _GPX, name, text)
    for track in journey.tracks:
        made = _child(root, _GPX, "trk")
        _child(made, _GPX, "name", track.name)
        _child(made, _GPX, "desc", track.facts)
        _child(_child(made, _GPX, "extensions"), _OSMAND, "color", track.colour)
        for part in track.parts:
            segment = _child(made, _GPX, "trkseg")
            for lon, lat in part:
                _child(segment, _GPX, "trkpt", lat=lat, lon=lon)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _kml(journey: _Journey) -> bytes:
    """Write a style per route and two folders; KML colours run alpha, blue, green, red."""
    ET.register_namespace("", _KML)
    root = ET.Element(f"{{{_KML}}}kml")
    document = _child(root, _KML, "Document")
    title, tracks = say("track_routes", journey.language), journey.tracks
    _child(document, _KML, "name", title)
    _child(document, _KML, "description", _about(journey))
    for number, track in enumerate(tracks):
        style = _child(_child(document, _KML, "Style", id=f"route{number}"), _KML, "LineStyle")
        red, green, blue = (track.colour[k : k + 2].lower() for k in (1, 3, 5))
        _child(style, _KML, "color", f"ff{blue}{green}{red}")
        _child(style, _KML, "width", str(_LINE_WIDTH_PX))
    lines = _folder(document, title)
    for number, track in enumerate(tracks):
        placemark = _placemark(lines, track.name, track.facts)
        _child(placemark, _KML, "styleUrl", f"#route{number}")
        shape = placemark if len(track.parts) == 1 else _child(placemark, _KML, "MultiGeometry")
        for part in track.parts:
            line = _child(shape, _KML, "LineString")
            _child(line, _KML, "tessellate", "1")
            _child(line, _KML, "coordinates", " ".join(",".join(point) for point in part))
    places = _folder(document, say("track_waypoints", journey.language))
    ends = [(name, "", at) for track in tracks for name, at in track.ends(journey.language)]
    for name, told, at in [*ends, *((mark.name, mark.facts, mark.spot) for mark in journey.marks)]:
        _child(_child(_placemark(places, name, told), _KML, "Point"), _KML, "coordinates", ",".join(at))
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _folder(document: ET.Element, name: str) -> ET.Element:
    made = _child(document, _KML, "Folder")
    _child(made, _KML, "name", name)
    return made


def _placemark(folder: ET.Element, name: str, description: str) -> ET.Element:
    made = _child(folder, _KML, "Placemark")
    _child(made, _KML, "name", name)
    if description:
        _child(made, _KML, "description", description)
    return made


def _gpkg(routes: Cleared, segments: Sequence[Cleared], waypoints: Cleared | None, facts: Mapping[str, str]) -> bytes:
    """Write layers ``routes``, ``segments`` (with the label of their route) and ``waypoints``, as far as given."""
    layers = {"routes": gpd.GeoDataFrame(routes.frame, geometry="geometry", crs=WGS84)}
    labels = routes.frame["label"] if "label" in routes.columns else range(len(routes.frame))
    parts = [
        table.frame.assign(route=label)
        for label, table in zip(labels, segments, strict=False)
        if "geometry" in table.columns
    ]
    if parts:
        layers["segments"] = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=WGS84)
    if waypoints is not None:
        points = gpd.points_from_xy(waypoints.frame["longitude"], waypoints.frame["latitude"])
        layers["waypoints"] = gpd.GeoDataFrame(waypoints.frame, geometry=points, crs=WGS84)
    return geopackage({name: _flat(layer) for name, layer in layers.items()}, facts)


def _flat(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same rows with lists as text, which is all a GeoPackage holds."""
    listed: dict[str, Any] = {
        str(name): ["; ".join(map(str, item)) if isinstance(item, tuple | list) else item for item in layer[name]]
        for name in layer.columns
        if any(isinstance(item, tuple | list) for item in layer[name])
    }
    return layer.assign(**listed)
