"""The engines a roll-up may run on: DuckDB in this process, or Spark. Both keep tables and answer SQL.

An engine holds one stage (:mod:`geo.workspace.rollup_sql`): tables under fixed names that nobody else sees.
:func:`open_engine` gives an empty one that knows the stored rows only.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import duckdb
import pyarrow as pa

from geo.errors import StoreError
from geo.schema import INCIDENTS
from geo.workspace.engine import DUCKDB_CONFIG, Source, stored_sql
from geo.workspace.rollup_sql import STORED


class Engine(Protocol):
    """Where the rows of a stage lie. Threads may share it."""

    dialect: str

    def read(self, sources: Sequence[Source]) -> None:
        """Make ``stored``: all rows of these imports, oldest first, straight from their Parquet files."""

    def keep(self, name: str, statement: str) -> None:
        """Run a statement once and keep what it gives as a table."""

    def put(self, name: str, table: pa.Table) -> None:
        """Keep a small table as it is."""

    def run(self, statement: str, **parameters: str) -> pa.Table:
        """Answer a statement; parameters are text, by name.

        Raises
        ------
        StoreError
            When an import is gone or damaged, or the memory does not suffice.
        """


def open_engine(name: str, *, memory_gb: float) -> Engine:
    """Return an empty engine: ``duckdb`` or ``spark``.

    Parameters
    ----------
    memory_gb
        Upper limit of the memory Spark may take; only the first Spark engine of a process can set it.

    Raises
    ------
    SettingsError
        When Spark is chosen and pyspark or Java is missing.
    """
    if name == "spark":
        from geo.workspace.spark import SparkEngine  # noqa: PLC0415 (only where Spark is chosen)

        return SparkEngine(memory_gb=memory_gb)
    return DuckEngine()


class DuckEngine:
    """Tables in a database in memory of its own, freed with it."""

    dialect = "duckdb"

    def __init__(self) -> None:
        self._database = duckdb.connect(config=DUCKDB_CONFIG)

    def read(self, sources: Sequence[Source]) -> None:
        """Make ``stored`` a view of the files."""
        columns = ", ".join(f'"{name}"' for name in STORED)
        rows = stored_sql(sources, INCIDENTS)
        self._do(f"CREATE VIEW stored AS SELECT {columns}, import_place, import_row FROM ({rows})")  # noqa: S608

    def keep(self, name: str, statement: str) -> None:
        """Run a statement once and keep what it gives as a table."""
        self._do(f'CREATE TABLE "{name}" AS {statement}')

    def put(self, name: str, table: pa.Table) -> None:
        """Copy a small table into the database."""
        with self._cursor() as cursor:
            cursor.register("handed_over", table)
            cursor.execute(f'CREATE TABLE "{name}" AS SELECT * FROM handed_over')  # noqa: S608

    def run(self, statement: str, **parameters: str) -> pa.Table:
        """Answer a statement."""
        with self._cursor() as cursor:
            return cursor.sql(statement, params=parameters).to_arrow_table()

    def _do(self, statement: str) -> None:
        with self._cursor() as cursor:
            cursor.execute(statement)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with self._database.cursor() as cursor:
                yield cursor
        except duckdb.Error as error:
            raise StoreError(
                f"DuckDB cannot roll the incidents up ({str(error).splitlines()[0]}); run `verify`, restore what it "
                "names; if memory is short, choose another engine in config.toml, engine.name"
            ) from error
