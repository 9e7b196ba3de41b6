"""GeoJSON, read without GDAL: Python's json, then shapely; nothing a file says is ever fetched."""

import json
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import shapely

from geo.errors import ImportRefusedError
from geo.readers.raw_features import GeometryArray, RawFeatures, numbered
from geo.readers.text_encoding import read_decoded

MAX_JSON_BYTES = 500 * 1024 * 1024
# Names of WGS 84 longitude/latitude found in published files (RFC 7946 and its 2008 forerunner).
DEGREES = frozenset(
    {
        "urn:ogc:def:crs:ogc:1.3:crs84",
        "urn:ogc:def:crs:ogc::crs84",
        "ogc:crs84",
        "crs84",
        "urn:ogc:def:crs:epsg::4326",
        "epsg:4326",
        "http://www.opengis.net/def/crs/ogc/1.3/crs84",
        "wgs84",
    }
)
# What GEOS says of a drawing it cannot make, and what that means to the person who drew it.
_REASONS = (
    ("0 or >1", "a line of one point"),
    ("closed linestring", "the outline is not closed: its last point is not its first"),
    ("number of points in LinearRing", "an outline of fewer than four points"),
    ("json.exception", "geometry is not written as GeoJSON: coordinates must be lists of numbers"),
    ("Unknown geometry type", "geometry of a type GeoJSON does not know"),
    ("Expected two or three coordinates", "a position of fewer than two or more than three numbers"),
)


def read_geojson(path: Path) -> RawFeatures:
    """Read all features of a GeoJSON file.

    Raises
    ------
    ImportRefusedError
        When the text is no GeoJSON, holds NaN or Infinity, nests too deep, exceeds
        :data:`MAX_JSON_BYTES`, or names a reference system other than WGS 84 degrees.
    """
    document, encoding = load_json(path)
    features = _features_of(document, path.name)
    _check_crs(document, path.name)
    records, drawings, reasons = [], [], {}
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            reasons[number] = "not a GeoJSON Feature"
            feature = {}  # noqa: PLW2901 - an empty feature stands in, so that the row is counted and reported
        records.append(_properties(feature))
        drawings.append(feature.get("geometry"))
    geometry = _geometries(drawings, reasons)
    notes = () if encoding.startswith("utf-8") else (f"the file is not UTF-8, as GeoJSON must be; read as {encoding}",)
    return RawFeatures(properties=numbered(records), geometry=geometry, reasons=reasons, encoding=encoding, notes=notes)


def load_json(path: Path) -> tuple[Any, str]:
    """Parse a JSON file; return the document and the encoding found.

    Raises
    ------
    ImportRefusedError
        When the file is too large, not text, not JSON, or holds numbers that are no numbers.
    """
    if path.stat().st_size > MAX_JSON_BYTES:
        raise ImportRefusedError(f"{path.name} is over {MAX_JSON_BYTES // 2**20} MB; cut it by country first")
    decoded = read_decoded(path)

    def refuse(constant: str) -> NoReturn:
        raise ImportRefusedError(f"{path.name} holds {constant}, which is no number in JSON; correct it first")

    try:
        return json.loads(decoded.content, parse_constant=refuse), decoded.encoding
    except json.JSONDecodeError as error:
        raise ImportRefusedError(
            f"{path.name} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from error
    except RecursionError as error:
        raise ImportRefusedError(f"{path.name} nests brackets too deep to be a map; nothing was imported") from error
    except ImportRefusedError:
        raise
    except ValueError as error:  # e.g. an integer of more than 4,300 digits
        raise ImportRefusedError(f"{path.name} is not usable JSON: {error}") from error


def _features_of(document: Any, file_name: str) -> list[Any]:
    kind = document.get("type") if isinstance(document, dict) else type(document).__name__
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        found: list[Any] = document["features"]
        if not found:
            raise ImportRefusedError(f"{file_name} holds no features; nothing was imported")
        return found
    if kind == "Feature":
        return [document]
    raise ImportRefusedError(f"{file_name} is JSON of type {kind!r}, not a GeoJSON FeatureCollection")


def _check_crs(document: dict[str, Any], file_name: str) -> None:
    """Refuse any reference system but degrees; a link is named, never followed."""
    crs = document.get("crs")
    if crs is None:
        return
    kind = crs.get("type") if isinstance(crs, dict) else None
    values = crs.get("properties") if isinstance(crs, dict) else None
    name = values.get("name") if isinstance(values, dict) else None
    if kind != "name" or not isinstance(name, str):
        raise ImportRefusedError(
            f"{file_name} gives its reference system as {kind or crs!r}, which is not followed; "
            "save it in EPSG:4326 (longitude, latitude)"
        )
    if name.strip().lower() not in DEGREES:
        raise ImportRefusedError(f"{file_name} is in {name}; save it in EPSG:4326 (longitude, latitude) first")


def _properties(feature: dict[str, Any]) -> dict[str, object]:
    """Properties of one feature, nested values as JSON text; the feature's own id joins as ``id``."""
    given = feature.get("properties")
    values = given if isinstance(given, dict) else {}
    plain = {str(k): json.dumps(v) if isinstance(v, dict | list) else v for k, v in values.items()}
    if "id" in feature and "id" not in plain and isinstance(feature["id"], str | int):
        plain["id"] = feature["id"]
    return plain


def _geometries(drawings: list[Any], reasons: dict[int, str]) -> GeometryArray:
    """Build every geometry at once; for the few that fail, ask again for the reason."""
    texts = np.array([json.dumps(d) if isinstance(d, dict) else None for d in drawings], dtype=object)
    geometry = np.asarray(shapely.from_geojson(texts, on_invalid="ignore"), dtype=object)
    for position in np.flatnonzero([g is None and t is not None for g, t in zip(geometry, texts, strict=True)]):
        reasons.setdefault(int(position) + 1, _why_unreadable(texts[position]))
    return np.asarray(shapely.force_2d(geometry), dtype=object)


def _why_unreadable(text: str) -> str:
    """One plain reason for a geometry that shapely did not take."""
    if "Infinity" in text:
        return "a coordinate is too large to be a number"
    try:
        shapely.from_geojson(text)
    except shapely.GEOSException as error:
        said = str(error)
        return next((ours for theirs, ours in _REASONS if theirs in said), f"geometry cannot be read: {said[:80]}")
    return "geometry cannot be read"
