"""Cleared tables as bytes: JSON rows, CSV (plain, or with a row of HXL hashtags), GeoJSON, GeoPackage, GeoParquet; provenance inside each."""

import datetime as dt
import io
import itertools
import json
import math
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from geo import hexgrid
from geo.contracts import spreadsheet_text
from geo.crs import WGS84
from geo.errors import RequestError
from geo.exports.hxl import hashtag_row
from geo.redaction import Cleared, Statement, licence_note

TABLE_FORMATS = ("json", "csv", "hxl", "geojson", "gpkg", "parquet")


def _plain_number(value: Any) -> float | None:
    return float(f"{float(value):.9g}") if math.isfinite(value) else None


def _plain_instant(value: Any) -> str:
    return str(value.date().isoformat() if value.time() == dt.time() else value.isoformat())


# First match wins: bool is an int, a datetime is a date.
_PLAIN: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (np.bool_ | bool, bool),
    (np.integer | int, int),
    (np.floating | float, _plain_number),
    (dt.datetime | pd.Timestamp, _plain_instant),
    (dt.date, dt.date.isoformat),
    (shapely.Geometry, shapely.geometry.mapping),
    (np.datetime64, lambda day: plain(pd.Timestamp(day))),
    (list | tuple | np.ndarray, lambda items: [plain(item) for item in items]),
)


def plain(value: Any) -> Any:
    """Return a value as JSON holds it: missing and not finite as null, dates as ISO text."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    return next((convert(value) for kinds, convert in _PLAIN if isinstance(value, kinds)), str(value))


def rows_of(cleared: Cleared) -> list[dict[str, Any]]:
    """Rows as plain JSON objects; cells as H3 text."""
    frame = _with_cell_text(cleared.frame)
    return [dict(zip(frame.columns, map(plain, row), strict=True)) for row in frame.itertuples(index=False)]


def statement_of(statement: Statement) -> dict[str, Any]:
    """Return what the gate granted and withheld as plain JSON."""
    note = licence_note(statement)
    return {
        "audience": str(statement.audience),
        "resolution": statement.resolution,
        "small_count": statement.small_count,
        "coordinate_decimals": statement.coordinate_decimals,
        "rows_withheld": statement.rows_withheld,
        "withheld_columns": list(statement.withheld_columns),
    } | ({"withheld_for_licence": note} if note else {})


def export_table(cleared: Cleared, *, format_name: str, provenance: Mapping[str, str]) -> bytes:
    """Write a cleared table in one of :data:`TABLE_FORMATS`.

    Parameters
    ----------
    provenance
        Facts written into the file beside what the gate says: sources, as-of date, unit, method.

    Raises
    ------
    RequestError
        When the format is unknown, or a map format is asked of a table without cells or geometry.
    """
    facts = {**provenance, **{k: json.dumps(v) for k, v in statement_of(cleared.statement).items()}}
    if format_name == "json":
        document = {
            "provenance": dict(provenance),
            "statement": statement_of(cleared.statement),
            "rows": rows_of(cleared),
        }
        return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    if format_name in ("csv", "hxl"):
        withheld = licence_note(cleared.statement)
        said = {**provenance, "audience": str(cleared.audience)} | ({"withheld": withheld} if withheld else {})
        return _csv(cleared, said, tagged=format_name == "hxl")
    if format_name not in TABLE_FORMATS:
        raise RequestError(f"unknown format {format_name!r}; known: {', '.join(TABLE_FORMATS)}")
    shapes = _with_shapes(cleared)
    if format_name == "geojson":
        return _geojson(shapes, facts)
    return geopackage({cleared.view: shapes}, facts) if format_name == "gpkg" else _parquet(shapes, facts)


def _with_cell_text(frame: pd.DataFrame) -> pd.DataFrame:
    if "cell" not in frame.columns:
        return frame
    return frame.assign(cell=hexgrid.to_text(frame["cell"].to_numpy(dtype=np.uint64)))


def _with_shapes(cleared: Cleared) -> gpd.GeoDataFrame:
    """Give each row its shape: the outline of its cell, its point, or the geometry it has."""
    frame = cleared.frame
    if "geometry" in frame.columns:
        return gpd.GeoDataFrame(frame, geometry="geometry", crs=WGS84)
    if "cell" in frame.columns:
        lonlat, offsets = hexgrid.outlines(frame["cell"].to_numpy(dtype=np.uint64))
        shapes = [shapely.Polygon(lonlat[a:b]) for a, b in itertools.pairwise(offsets)]
        return gpd.GeoDataFrame(_with_cell_text(frame), geometry=shapes, crs=WGS84)
    if {"longitude", "latitude"} <= set(frame.columns):
        return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["longitude"], frame["latitude"]), crs=WGS84)
    raise RequestError(f"{cleared.view} as {cleared.audience} may see it has no place on a map; ask for csv or json")


def _csv(cleared: Cleared, facts: Mapping[str, str], *, tagged: bool) -> bytes:
    """Write rows with the facts repeated on each; ``tagged`` puts HXL hashtags beneath the header."""
    frame = _with_cell_text(cleared.frame)
    text = csv_text(frame, facts)
    if tagged:
        header, rest = text.split("\n", 1)
        text = "\n".join([header, ",".join(hashtag_row([*map(str, frame.columns), *facts])), rest])
    return text.encode()


def csv_text(frame: pd.DataFrame, facts: Mapping[str, str]) -> str:
    """Write rows of a cleared table as CSV with the facts repeated on each, and no cell a spreadsheet would run."""
    told = frame.assign(**facts)
    for name in told.columns:
        if pd.api.types.is_string_dtype(told[name]) or told[name].dtype == object:
            told[name] = spreadsheet_text(told[name])
    return str(told.to_csv(index=False, float_format="%.9g", lineterminator="\n"))


def _geojson(shapes: gpd.GeoDataFrame, facts: Mapping[str, str]) -> bytes:
    properties = shapes.drop(columns="geometry")
    features = [
        {
            "type": "Feature",
            "properties": dict(zip(properties.columns, map(plain, row), strict=True)),
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for row, shape in zip(properties.itertuples(index=False), shapes.geometry, strict=True)
    ]
    document = {"type": "FeatureCollection", "metadata": dict(facts), "features": features}
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


def geopackage(layers: Mapping[str, gpd.GeoDataFrame], facts: Mapping[str, str]) -> bytes:
    """Layers of one GeoPackage by name, with facts about the whole; geometry reads back bit by bit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.gpkg"
        for layer, shapes in layers.items():
            pyogrio.write_dataframe(shapes, path, layer=layer, driver="GPKG", dataset_metadata=dict(facts))
        return path.read_bytes()


def _parquet(shapes: gpd.GeoDataFrame, facts: Mapping[str, str]) -> bytes:
    first = io.BytesIO()
    shapes.to_parquet(first, index=False)
    table = pq.read_table(pa.BufferReader(first.getvalue()))
    metadata = {**(table.schema.metadata or {}), **{f"piste:{k}".encode(): v.encode() for k, v in facts.items()}}
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), out)
    return out.getvalue()
