"""The way in: whether a reading keeps its contract, and what is written down about it."""

from typing import Any

import geopandas as gpd
import pandas as pd

from geo.contracts import Contract
from geo.crs import WGS84
from geo.errors import CrsError, SchemaError
from geo.readers.reading import Reading
from geo.schema import TABLES
from geo.workspace.engine import all_columns, column_types, has_shapes
from geo.workspace.records import date_span


def contract_of(table: str) -> Contract:
    """Return a table's contract, or raise :class:`SchemaError` naming the tables there are."""
    if table not in TABLES:
        raise SchemaError(f"there is no table {table!r}; known: {', '.join(TABLES)}")
    return TABLES[table]


def checked_frame(reading: Reading, contract: Contract) -> pd.DataFrame:
    """Return the frame in contract order, or say in one sentence how it breaks the contract."""
    frame, expected = reading.frame, all_columns(contract)
    if set(frame.columns) != set(expected):
        odd = sorted(set(frame.columns) ^ set(expected))
        raise SchemaError(
            f"{reading.provenance.file_name}: columns {', '.join(odd)} do not fit table {contract.name!r}"
        )
    wrong = [
        f"{name} is {frame[name].dtype}" for name, kind in column_types(contract).items() if frame[name].dtype != kind
    ]
    if wrong:
        raise SchemaError(f"{reading.provenance.file_name}: {', '.join(wrong)}; run the table's contract check first")
    for what, values in (("line", frame.index.to_series()), (contract.key, frame[contract.key])):
        if not values.is_unique:
            raise SchemaError(
                f"{reading.provenance.file_name}: {what} {values[values.duplicated()].iloc[0]} stands twice"
            )
    if has_shapes(contract) and (not isinstance(frame, gpd.GeoDataFrame) or frame.crs != WGS84):
        found = frame.crs if isinstance(frame, gpd.GeoDataFrame) else "a plain table"
        raise CrsError(f"{reading.provenance.file_name}: expected geometry in {WGS84}, got {found}")
    return frame[expected]


def facts_of(reading: Reading, country: str | None) -> dict[str, Any]:
    """What the manifest and the row in ``imports`` both say about an import."""
    first, last = date_span(reading.table, reading.frame)
    origin = reading.provenance
    return {
        "format": origin.format,
        "table_name": reading.table,
        "country": country,
        "file_name": origin.file_name.encode("utf-8", "replace").decode("utf-8"),
        "sha256": origin.sha256,
        "size_bytes": origin.size_bytes,
        "reader_version": origin.reader_version,
        "encoding": origin.encoding,
        "notes": list(origin.notes),
        "source": origin.source,
        "rows_read": reading.rows_read,
        "rows_stored": len(reading.frame),
        "rows_rejected": reading.rows_rejected,
        "rows_flagged": reading.rows_flagged,
        "first_date": first.isoformat() if first else None,
        "last_date": last.isoformat() if last else None,
    }
