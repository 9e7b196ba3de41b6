"""The engine: reads the Parquet files of live imports with DuckDB and settles which row counts.

In process, in memory, without extensions and without the network. It knows files and a contract, and
nothing of the workspace; another engine (Spark) only has to offer :func:`read_rows` and :func:`count_rows`.

**Which row counts.** Two live imports may hold the same thing: the GeoJSON and the CSV of one release, or
two countries cut from one file. Rows with the same identity are one row, and that of the newest import
counts; nothing is removed from disk. The identity of a row is

* ``incidents``: incident id and source;
* ``boundaries``, ``places``, ``airports``: id and format, because their ids come from published gazetteers;
* ``roads``, ``rivers``, ``base_years``: id and the file's SHA-256, because their ids are unique within one
  file only, and row 12 of one file says nothing about row 12 of another;
* edited tables: the record id.

Where an id still stands twice, later rows get ``@import_id`` added to it: an id is unique in every answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import pandas as pd
import pyarrow as pa
import shapely

from geo.contracts import Contract
from geo.crs import WGS84
from geo.errors import StoreError
from geo.schema import LAKE_TABLES

THREADS = 2
# In memory and offline; nothing is ever spilled beside the workspace.
DUCKDB_CONFIG: dict[str, Any] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "temp_directory": "",
    "threads": THREADS,
}
# Beside the table's key. format and sha256 belong to the import, the rest are columns.
_IDENTITY = {
    "incidents": ("source",),
    "boundaries": ("import_format",),
    "places": ("import_format",),
    "airports": ("import_format",),
    "roads": ("import_sha256",),
    "rivers": ("import_sha256",),
    "base_years": ("import_sha256",),
}
_SQL_TYPE = {"text": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "date": "TIMESTAMP", "flag": "BOOLEAN"}
_FILE_SQL = """
    SELECT * EXCLUDE (file_row_number), ? AS import_id, ? AS import_format, ? AS import_sha256,
           {place}::BIGINT AS import_place, file_row_number AS import_row
    FROM read_parquet(?, file_row_number = true)"""
STORED_COLUMNS = ("import_id", "source_line")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One live import as the engine sees it; sources are given oldest first."""

    file: Path
    import_id: str
    format: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many rows count, and how many stand in an older import too."""

    rows: int
    repeated: int


def read_rows(
    sources: Sequence[Source], contract: Contract, *, columns: Sequence[str] | None = None, keys: Sequence[str] = ()
) -> pd.DataFrame:
    """Read the rows that count, oldest import first, in the order of the file.

    Parameters
    ----------
    columns
        Contract columns to read (``geometry`` too where the contract has lines or polygons); ``None`` = all.
    keys
        Keep only these values of the contract's key; empty = all.

    Returns
    -------
    pandas.DataFrame
        The columns, ``import_id`` and ``source_line``, of exactly the contract's types; a GeoDataFrame in
        EPSG:4326 when geometry is read.

    Raises
    ------
    StoreError
        When a file is gone or damaged.
    """
    wanted = list(columns) if columns is not None else all_columns(contract)
    listed = ", ".join(f'"{name}"' for name in (*wanted, *STORED_COLUMNS))
    chosen = f'WHERE list_contains(?, "{contract.key}")' if keys else ""
    query = f"SELECT {listed} FROM ({_counting(sources, contract)}) {chosen} ORDER BY import_place, import_row"  # noqa: S608
    table = _run(query, [*_parameters(sources), *([list(keys)] if keys else [])])
    return _typed(table, contract, wanted)


def count_rows(sources: Sequence[Source], contract: Contract) -> Count:
    """Count the rows that count, and those an older import holds too."""
    counted = f"SELECT count(*) AS n FROM ({_counting(sources, contract)})"  # noqa: S608
    stored = f"SELECT count(*) AS n FROM ({_union(sources, contract)})"  # noqa: S608
    rows, total = (int(_run(query, _parameters(sources))["n"][0].as_py()) for query in (counted, stored))
    return Count(rows=rows, repeated=total - rows)


def stored_sql(sources: Sequence[Source], contract: Contract) -> str:
    """SQL for all rows of all sources, with ``import_place`` and ``import_row``; file names stand in the text."""
    quoted = ["'" + value.replace("'", "''") + "'" for value in _parameters(sources)]
    text = _union(sources, contract).split("?")
    return "".join(part + value for part, value in zip(text, [*quoted, ""], strict=True))


def all_columns(contract: Contract) -> list[str]:
    """Contract columns, and ``geometry`` where the contract has lines or polygons."""
    return [*contract.column_names, *(["geometry"] if has_shapes(contract) else [])]


@cache
def column_types(contract: Contract) -> dict[str, Any]:
    """Type of each contract column, exactly as a checked frame has it."""
    return {str(name): dtype for name, dtype in contract.empty().dtypes.items()}


def has_shapes(contract: Contract) -> bool:
    """Whether rows carry a line or polygon; points are columns."""
    return contract.geometry in ("line", "polygon")


def _counting(sources: Sequence[Source], contract: Contract) -> str:
    """SQL for the rows that count; ids that still stand twice are told apart."""
    union = _union(sources, contract)
    if len(sources) < 2:
        return union
    key = f'"{contract.key}"'
    identity = ", ".join([key, *_IDENTITY.get(contract.name, ())])
    others = ", ".join(f'"{name}"' for name in all_columns(contract) if name != contract.key)
    # Rows are chosen on few columns and fetched afterwards: windows over whole rows take over twice as long.
    return f"""
        WITH stored AS NOT MATERIALIZED ({union}),
        newest AS (
            SELECT {key}, import_id, import_place, import_row FROM stored
            QUALIFY row_number() OVER (PARTITION BY {identity} ORDER BY import_place DESC) = 1),
        chosen AS (
            SELECT import_place, import_row,
                   CASE WHEN row_number() OVER (PARTITION BY {key} ORDER BY import_place) = 1
                   THEN {key} ELSE concat({key}, '@', import_id) END AS {key}
            FROM newest)
        SELECT chosen.{key}, {others}, import_id, source_line, import_place, import_row
        FROM stored JOIN chosen USING (import_place, import_row)"""  # noqa: S608


def _union(sources: Sequence[Source], contract: Contract) -> str:
    """SQL for all stored rows of all sources; a column an old file lacks is empty, one it names as before is renamed."""
    named = [(name, column) for column in contract.columns for name in (column.name, column.was) if name]
    kinds = [(name, _SQL_TYPE[column.kind]) for name, column in named]
    shapes = [("geometry", "BLOB")] if has_shapes(contract) else []
    of_import = [("source_line", "BIGINT"), *((f"import_{name}", "VARCHAR") for name in ("id", "format", "sha256"))]
    order = [("import_place", "BIGINT"), ("import_row", "BIGINT")]
    empty = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in kinds + shapes + of_import + order)
    parts = [f"SELECT {empty} WHERE false"] + [_FILE_SQL.format(place=place) for place in range(len(sources))]
    former = contract.former_names
    dropped = f"EXCLUDE ({', '.join(map(_quoted, former))}) " if former else ""
    kept = ", ".join(f"coalesce({_quoted(now)}, {_quoted(was)}) AS {_quoted(now)}" for was, now in former.items())
    now = f"{dropped}REPLACE ({kept}) " if former else ""
    return f"SELECT * {now}FROM ({' UNION ALL BY NAME '.join(parts)})"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _parameters(sources: Sequence[Source]) -> list[Any]:
    return [value for one in sources for value in (one.import_id, one.format, one.sha256, str(one.file))]


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One in-memory database per process; each query takes its own cursor, so threads may share it."""
    database = duckdb.connect(config=DUCKDB_CONFIG)
    database.execute("SET GLOBAL enable_geoparquet_conversion = false")  # geometry stays the WKB that was written
    return database


def _run(query: str, parameters: list[Any]) -> pa.Table:
    try:
        with _database().cursor() as cursor:
            return cursor.sql(query, params=parameters).to_arrow_table()
    except duckdb.Error as error:
        raise StoreError(
            f"the lake cannot be read ({str(error).splitlines()[0]}); run `verify`, restore what it names"
        ) from error


def _typed(table: pa.Table, contract: Contract, wanted: Sequence[str]) -> pd.DataFrame:
    """Turn an Arrow table into a frame of exactly the contract's types."""
    frame: pd.DataFrame = table.to_pandas(types_mapper=_ARROW_TYPE.get)
    dtypes = column_types(contract) | {"import_id": "string", "source_line": "Int64"}
    frame = frame.astype({name: dtype for name, dtype in dtypes.items() if name in frame.columns})
    if "geometry" not in wanted:
        return frame
    return gpd.GeoDataFrame(frame.assign(geometry=shapely.from_wkb(frame["geometry"].to_numpy())), crs=WGS84)


_ARROW_TYPE = {pa.string(): pd.StringDtype(), pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
assert set(_IDENTITY) == set(LAKE_TABLES)
