"""GeoPackage, read as what it is: an SQLite file with tables of features. No GDAL, no views, read-only."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.errors import ImportRefusedError
from geo.readers.raw_features import GeometryArray, RawFeatures, is_degrees, numbered, to_degrees

MAX_FEATURES = 5_000_000
# SQLite is asked to stop after this many steps of its machine; a normal table of 1 M rows takes about 30 M.
_MAX_STEPS = 2_000
_STEP = 1_000_000
# Bytes of the envelope in a GeoPackage geometry, by its indicator (OGC 12-128r18, clause 2.1.3).
_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
# Layers of lines as Piste writes them: whole ways, and the pieces they are made of.
_WHOLE, _PIECES = "routes", "segments"
# Layer types that fit each shape; GEOMETRY promises nothing and fits all.
_FITTING = {
    "point": {"POINT", "MULTIPOINT", "GEOMETRY"},
    "line": {"LINESTRING", "MULTILINESTRING", "GEOMETRY"},
    "polygon": {"POLYGON", "MULTIPOLYGON", "GEOMETRY"},
}


def read_geopackage(path: Path, *, shape: str) -> RawFeatures:
    """Read the one layer of a GeoPackage that fits a shape (point, line or polygon).

    Raises
    ------
    ImportRefusedError
        When the file is damaged or no GeoPackage, its layer is a view, no layer fits or several do,
        or its reference system is undefined.
    """
    with open_sqlite(path) as database:
        layer, notes = _choose_layer(database, path.name, shape)
        column, srs_id = database.execute(
            "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?", (layer,)
        ).fetchone()
        crs = _reference_system(database, srs_id, path.name)
        cursor = database.execute(f"SELECT * FROM {_quoted(layer)} LIMIT {MAX_FEATURES + 1}")  # noqa: S608 - quoted
        names = [str(part[0]) for part in cursor.description]
        rows = cursor.fetchall()
    if len(rows) > MAX_FEATURES:
        raise ImportRefusedError(f"{path.name} holds more than {MAX_FEATURES} features; cut it first")
    if not rows:
        raise ImportRefusedError(f"{path.name}: layer {layer!r} holds no features; nothing was imported")
    if column not in names:
        raise ImportRefusedError(f"{path.name}: layer {layer!r} lacks its geometry column {column!r}")
    at = names.index(column)
    keep = [i for i in range(len(names)) if i != at]
    records: list[dict[str, object]] = [
        {names[i]: row[i] for i in keep if not isinstance(row[i], bytes)} for row in rows
    ]
    geometry = _geometries([row[at] for row in rows])
    if not is_degrees(crs):
        geometry = to_degrees(geometry, crs)
        notes = (*notes, f"turned from {crs.name} into EPSG:4326")
    return RawFeatures(properties=numbered(records), geometry=geometry, encoding=None, notes=notes)


@contextmanager
def open_sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    """Open an untrusted SQLite file: read-only, no trusted schema, stopped when it runs away.

    Raises
    ------
    ImportRefusedError
        For anything SQLite says about the file, in one sentence.
    """
    steps = iter(range(_MAX_STEPS))
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        database.set_progress_handler(lambda: 0 if next(steps, None) is not None else 1, _STEP)
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA query_only = ON")
        yield database
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise ImportRefusedError(f"{path.name} is a damaged SQLite file: {error}") from error
    finally:
        database.close()


def tables(database: sqlite3.Connection) -> dict[str, str]:
    """Real tables of a database by name in lower case; views and virtual tables are left out."""
    found = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name.lower(): name for name, sql in found if sql and not sql.lstrip().upper().startswith("CREATE VIRTUAL")}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _choose_layer(database: sqlite3.Connection, file_name: str, shape: str) -> tuple[str, tuple[str, ...]]:
    """Layer to read: the only one, else the only one whose declared geometry fits; the others are named.

    Of several that fit those without rows do not count, and whole ways go before the pieces they are made of.
    """
    real = tables(database)
    if "gpkg_contents" not in real or "gpkg_geometry_columns" not in real:
        raise ImportRefusedError(f"{file_name} is an SQLite file but no GeoPackage (no table gpkg_contents)")
    layers = database.execute(
        "SELECT c.table_name, upper(g.geometry_type_name) FROM gpkg_contents c "
        "JOIN gpkg_geometry_columns g ON g.table_name = c.table_name WHERE c.data_type = 'features' ORDER BY 1"
    ).fetchall()
    fitting = [name for name, kind in layers if kind in _FITTING[shape]] if len(layers) > 1 else [n for n, _ in layers]
    if len(fitting) > 1:
        fitting = [name for name in fitting if _has_rows(database, name, real)] or fitting
    if sorted(fitting) == [_WHOLE, _PIECES]:
        fitting = [_WHOLE]
    if len(fitting) != 1:
        names = ", ".join(f"{name} ({kind.lower()})" for name, kind in layers) or "none"
        raise ImportRefusedError(
            f"{file_name} has {len(fitting)} layers of {shape}s; layers: {names}; save the one wanted as a file of its own"
        )
    layer = str(fitting[0])
    if layer.lower() not in real:
        raise ImportRefusedError(f"{file_name}: layer {layer!r} is a view, not a table; save it as a layer first")
    others = ", ".join(str(name) for name, _ in layers if name != layer)
    return layer, (f"layer {layer!r} read; left out: {others}",) if others else ()


def _has_rows(database: sqlite3.Connection, layer: str, real: dict[str, str]) -> bool:
    """Whether a layer holds anything; a view is not asked."""
    if layer.lower() not in real:
        return True
    return database.execute(f"SELECT 1 FROM {_quoted(layer)} LIMIT 1").fetchone() is not None  # noqa: S608 - quoted


def _reference_system(database: sqlite3.Connection, srs_id: int, file_name: str) -> CRS:
    row = database.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
        (srs_id,),
    ).fetchone()
    if row is None or srs_id in (0, -1):
        raise ImportRefusedError(f"{file_name} does not say its reference system; save it in EPSG:4326")
    organisation, code, definition = row
    try:
        return CRS.from_epsg(code) if str(organisation).upper() == "EPSG" else CRS.from_wkt(str(definition))
    except CRSError as error:
        raise ImportRefusedError(
            f"{file_name}: reference system {organisation}:{code} is not known; save it in EPSG:4326"
        ) from error


def _geometries(blobs: list[object]) -> GeometryArray:
    """Geometries from GeoPackage binary; None where a blob is missing, empty or damaged."""
    wkb = np.array([_wkb(blob) for blob in blobs], dtype=object)
    return np.asarray(shapely.force_2d(shapely.from_wkb(wkb, on_invalid="ignore")), dtype=object)


def _wkb(blob: object) -> bytes | None:
    if not isinstance(blob, bytes) or len(blob) < 13 or blob[:2] != b"GP":
        return None
    skip = _ENVELOPE_BYTES.get((blob[3] >> 1) & 0b111)
    return None if skip is None else blob[8 + skip :]
