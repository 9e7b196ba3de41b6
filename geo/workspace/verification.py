"""Whether the workspace is still what was written: chains, files and row counts."""

from pathlib import Path

import pyarrow.parquet as pq
import sqlalchemy as sa

from geo.errors import StoreError
from geo.workspace import lake, ledger
from geo.workspace.database import imports, reading_from, revisions, withdrawals


def find_problems(engine: sa.Engine, lake_folder: Path) -> list[str]:
    """One sentence per row, file or count that is not as it was written; an empty list means all is well."""
    try:
        with reading_from(engine) as connection:
            return [
                *_damage(connection),
                *ledger.broken_chains(connection),
                *_loose_ends(connection),
                *_files(connection, lake_folder),
            ]
    except StoreError as error:
        return [str(error)]


def _damage(connection: sa.Connection) -> list[str]:
    """What SQLite itself finds wrong with its file."""
    if connection.dialect.name != "sqlite":
        return []
    return [
        f"registry: {line}" for line in connection.exec_driver_sql("PRAGMA integrity_check").scalars() if line != "ok"
    ]


def _loose_ends(connection: sa.Connection) -> list[str]:
    """Rows that speak of an import nobody made."""
    known = sa.select(imports.c.import_id)
    return [
        f"{table.name}: import {import_id} is named, but stands in no row of imports"
        for table in (withdrawals, revisions)
        for import_id in connection.execute(
            sa.select(table.c.import_id)
            .where(table.c.import_id.is_not(None), table.c.import_id.not_in(known))
            .distinct()
        ).scalars()
    ]


def _files(connection: sa.Connection, lake_folder: Path) -> list[str]:
    problems = []
    for row in connection.execute(sa.select(imports).order_by(imports.c.position)).mappings():
        folder = lake_folder / row["import_id"]
        if not folder.is_dir():
            problems.append(f"import {row['import_id']}: its folder is gone")
            continue
        altered = lake.altered_files(folder, manifest_sha256=row["manifest_sha256"])
        problems += altered or _counts(folder, row)
    return problems


def _counts(folder: Path, row: sa.RowMapping) -> list[str]:
    """Row counts of files that are as written, against what the registry says of them."""
    stored = pq.read_metadata(folder / lake.DATA_FILE).num_rows
    rejected = lake.read_faults(folder / lake.REJECTS_FILE)["line"].nunique()
    if (stored, rejected, stored + rejected) == (row["rows_stored"], row["rows_rejected"], row["rows_read"]):
        return []
    recorded = f"{row['rows_stored']} and {row['rows_rejected']} of {row['rows_read']} were recorded"
    return [f"import {folder.name}: {stored} rows stored and {rejected} rejected, but {recorded}"]
