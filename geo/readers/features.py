"""Feature files (GeoJSON, GeoPackage, shapefile, GPX, KML, zipped or not) as sound, typed features plus every fault.

The rule for every feature: it is stored or it is rejected with its number and a reason. Lines of several
parts stay one row with a MultiLineString; the network takes both. Outlines that cross themselves are
repaired and flagged.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.contracts import Contract, faults
from geo.crs import WGS84
from geo.errors import ImportRefusedError
from geo.readers.archives import file_kind, opened
from geo.readers.geojson import read_geojson
from geo.readers.geopackage import read_geopackage
from geo.readers.gpx import read_gpx
from geo.readers.kml import read_kml
from geo.readers.raw_features import GeometryArray, RawFeatures
from geo.readers.reading import Provenance, Reading, settle
from geo.readers.shapefile import read_shapefile
from geo.readers.text_encoding import mend_columns

Shape = Literal["point", "line", "polygon"]
Mask = npt.NDArray[np.bool_]
SUFFIXES = (".geojson", ".json", ".gpkg", ".shp", ".gpx", ".kml")

# Geometry types a shape takes, by shapely's type number.
_TYPES: dict[Shape, tuple[int, ...]] = {
    "point": (shapely.GeometryType.POINT,),
    "line": (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING),
    "polygon": (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """Sound features of one file and the faults of the others.

    ``properties`` has the 1-based feature number as index and object columns; ``geometry`` is aligned with
    it, EPSG:4326, two-dimensional, inside the world, of the asked shape. Sound and rejected make all features.
    """

    properties: pd.DataFrame
    geometry: GeometryArray
    rejects: pd.DataFrame
    flags: pd.DataFrame
    encoding: str | None = None
    notes: tuple[str, ...] = ()


def read_features(path: Path, *, shape: Shape) -> Features:
    """Read a feature file and keep what has sound geometry of one shape.

    The kind is told by the first bytes; the name plays no part, so a text that tells GDAL to read
    something else never reaches GDAL.

    Raises
    ------
    ImportRefusedError
        When the file as a whole is of no known kind, damaged, too large, or not in degrees.
    """
    with opened(path, suffixes=SUFFIXES) as inner:
        raw = _read_raw(inner, shape, path.name)
    _refuse_other_shape(raw.geometry, shape, path.name)
    return check_features(raw, shape=shape)


def _refuse_other_shape(geometry: GeometryArray, shape: Shape, shown_name: str) -> None:
    """One sentence, not a reject per feature, when the whole file is of another shape."""
    types = shapely.get_type_id(geometry)
    drawn = types[types != -1]
    if len(drawn) and not np.isin(drawn, _TYPES[shape]).any():
        found = Counter(shapely.GeometryType(number).name.lower() for number in drawn)
        listed = ", ".join(f"{count} {name}" for name, count in found.most_common())
        raise ImportRefusedError(f"{shown_name} holds no {shape}s but {listed}; is it another format?")


def _read_raw(path: Path, shape: Shape, shown_name: str) -> RawFeatures:
    kind = file_kind(path)
    if kind == "json":
        return read_geojson(path)
    if kind == "sqlite":
        return read_geopackage(path, shape=shape)
    if kind == "shapefile":
        return read_shapefile(path)
    if kind in ("gpx", "kml"):
        return _read_lines(path, kind, shape, shown_name)
    spoken = {"other_xml": "XML", "osm_xml": "OpenStreetMap XML (format osm)", "osm_pbf": "OSM PBF (format osm)"}
    raise ImportRefusedError(
        f"{shown_name} is {spoken.get(kind, 'no known map format')} inside, whatever its name; "
        "GeoJSON, GeoPackage, shapefile, GPX and KML (zipped or not) are read"
    )


def _read_lines(path: Path, kind: Literal["gpx", "kml"], shape: Shape, shown_name: str) -> RawFeatures:
    """Files of tracks: of them only lines are read."""
    if shape != "line":
        raise ImportRefusedError(
            f"{shown_name} is {kind.upper()}, of which only lines are read; save its {shape}s as GeoJSON"
        )
    return read_gpx(path) if kind == "gpx" else read_kml(path)


def check_features(raw: RawFeatures, *, shape: Shape) -> Features:
    """Keep sound features of one shape; reject the others with a reason; repair and flag crossed outlines."""
    geometry = raw.geometry.copy()
    flags = faults()
    with np.errstate(invalid="ignore", over="ignore"):  # such numbers are looked for and reported
        reason = _reasons(raw, shape)
        if shape == "polygon":
            flags = _repair(geometry, reason, raw.properties.index)
    bad = np.array([bool(text) for text in reason], dtype=bool)
    index = raw.properties.index
    shown = [_shown(geometry[i]) for i in np.flatnonzero(bad)]
    rejects = faults(zip(index[bad], repeat("geometry"), shown, reason[bad]))
    return Features(
        properties=raw.properties.loc[~bad],
        geometry=geometry[~bad],
        rejects=rejects,
        flags=flags,
        encoding=raw.encoding,
        notes=raw.notes,
    )


def _reasons(raw: RawFeatures, shape: Shape) -> GeometryArray:
    """Why each feature is rejected; empty text where it is sound."""
    geometry = raw.geometry
    types = shapely.get_type_id(geometry)
    reason = np.full(len(geometry), "", dtype=object)

    def note(where: Mask, text: str | Callable[[int], str]) -> None:
        for i in np.flatnonzero(where & (reason == "")):
            reason[i] = text if isinstance(text, str) else text(int(i))

    line = raw.properties.index
    note(types == -1, lambda i: raw.reasons.get(int(line[i]), "no geometry"))
    note(shapely.is_empty(geometry), "geometry is empty")
    note(~np.isin(types, _TYPES[shape]), lambda i: f"expected a {shape}, found a {geometry[i].geom_type}")
    note(_broken_numbers(geometry), "a coordinate is no number, or lies outside the file's projection")
    note(_outside(shapely.bounds(geometry)), lambda i: _why_outside(geometry[i]))
    if shape == "line":
        sound = geometry.copy()
        sound[reason != ""] = None
        note(shapely.length(sound) == 0, "the line has no length: all its points are one")
    return reason


def _broken_numbers(geometry: GeometryArray) -> Mask:
    coordinates, owner = shapely.get_coordinates(geometry, return_index=True)
    broken = np.zeros(len(geometry), dtype=bool)
    broken[owner[~np.isfinite(coordinates).all(axis=1)]] = True
    return broken


def _outside(bounds: npt.NDArray[np.float64]) -> Mask:
    west, south, east, north = bounds.T
    return np.asarray((west < -180) | (east > 180) | (south < -90) | (north > 90))


def _why_outside(geometry: shapely.Geometry) -> str:
    west, south, east, north = (float(edge) for edge in shapely.bounds(geometry))
    reason = f"reaches {west:.6g},{south:.6g} to {east:.6g},{north:.6g}, outside the world in degrees"
    if max(abs(south), abs(north)) <= 180 and max(abs(west), abs(east)) <= 90:
        return f"{reason}; longitude and latitude swapped?"
    return (
        f"{reason}; metres instead of degrees?" if max(abs(west), abs(south), abs(east), abs(north)) > 1000 else reason
    )


def _repair(geometry: GeometryArray, reason: GeometryArray, index: pd.Index) -> pd.DataFrame:
    """Repair crossed outlines in place; flag each, and give a reason where nothing is left."""
    crossed = np.flatnonzero((reason == "") & ~shapely.is_valid(geometry))
    noted = []
    for i in crossed:
        why = shapely.is_valid_reason(geometry[i])
        mended = _areas_only(shapely.make_valid(geometry[i]))
        if shapely.is_empty(mended):
            reason[i] = f"the outline encloses no area ({why})"
            continue
        geometry[i] = mended
        noted.append((index[int(i)], "geometry", why, "outline was not valid and has been repaired"))
    return faults(noted)


def _areas_only(geometry: shapely.Geometry) -> shapely.Geometry:
    """Polygons of a repaired outline; stray lines and points that repair left over are dropped."""
    parts = shapely.get_parts(geometry)
    return shapely.union_all(parts[np.isin(shapely.get_type_id(parts), _TYPES["polygon"])])


def _shown(geometry: shapely.Geometry | None) -> str:
    """Start of a geometry as text, enough to find it."""
    if geometry is None:
        return ""
    text = shapely.to_wkt(geometry, rounding_precision=6)
    return text if len(text) <= 80 else text[:77] + "..."


def reading_of(
    features: Features,
    raw: pd.DataFrame,
    *,
    contract: Contract,
    provenance: Provenance,
    flags: pd.DataFrame | None = None,
) -> Reading:
    """Check the mapped columns of line or polygon features and join their geometry and all faults.

    Parameters
    ----------
    raw
        Columns of the contract, aligned with ``features.properties``; not changed.
    flags
        Doubts the caller found; those of rejected rows are dropped.
    """
    doubts = [features.flags, *([] if flags is None else [flags])]
    reading = settle_softly(contract, raw, provenance=provenance, rejects=[features.rejects], flags=doubts)
    positions = raw.index.get_indexer(reading.frame.index)
    return replace(reading, frame=gpd.GeoDataFrame(reading.frame, geometry=features.geometry[positions], crs=WGS84))


def settle_softly(
    contract: Contract,
    raw: pd.DataFrame,
    *,
    provenance: Provenance,
    rejects: list[pd.DataFrame],
    flags: list[pd.DataFrame],
) -> Reading:
    """Like :func:`geo.readers.reading.settle`, but kinder to what is not required.

    A faulty value in a column that is not required is emptied and flagged: a road with an impossible
    speed is still a road. Doubly encoded names are mended and flagged with what stood there.
    """
    mended, letters = _mend_letters(raw)
    checked = contract.check(mended)
    doubts, softened = soften(contract, mended, found=checked.rejects)
    told = [*flags, letters, doubts]
    sound = doubts.empty and not any(mended.index.isin(part["line"]).any() for part in rejects)
    return settle(
        contract, softened, provenance=provenance, rejects=rejects, flags=told, checked=checked if sound else None
    )


def _mend_letters(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = [name for name in ("name", "name_fr", "parent") if name in raw.columns]
    mended, doubts = mend_columns(raw[names].astype("string").fillna(""))
    return raw.assign(**{name: mended[name] for name in names}), faults(doubts)


def soften(contract: Contract, raw: pd.DataFrame, *, found: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Empty faulty values of columns that are not required.

    Parameters
    ----------
    found
        Faults that the contract finds in ``raw``.

    Returns
    -------
    flags
        One fault per emptied value; the reason ends in "left empty".
    raw
        A copy with those values missing; the given frame is not changed.
    """
    optional = {column.name for column in contract.columns if not column.required}
    soft = found.loc[found["column"].isin(optional)]
    if soft.empty:
        return faults(), raw
    emptied = raw.astype(object)
    for column, lines in soft.groupby("column")["line"]:
        emptied.loc[lines, column] = None
    return soft.assign(reason=soft["reason"] + "; left empty"), emptied
