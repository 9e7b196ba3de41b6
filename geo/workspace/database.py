"""The registry file: its tables, who may write when, and its migrations.

SQLite by default (WAL, ``synchronous=FULL``, ``BEGIN IMMEDIATE`` for writers); every statement but the
pragmas is plain SQLAlchemy and runs on PostgreSQL too. Tables are append-only. Each is a hash chain: a
row carries the hash of the row before it, and ``chain_heads`` holds length and last hash of each chain,
so a row altered, removed or slipped in is found by :mod:`geo.workspace.verification`.

Instants are UTC text of fixed width (``2026-11-22T18:27:00.000000Z``), so text order is time order.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from geo.errors import StoreError

# Newest last. A migration file of the same name stands in migrations/versions.
SCHEMA_VERSIONS = ("0001",)
DATABASE_FILE = "registry.sqlite"
# How long a writer waits for another process before it gives up.
BUSY_TIMEOUT_S = 30.0
_INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"
_MIGRATIONS = Path(__file__).parent / "migrations"

metadata = sa.MetaData()


def _chain_columns() -> list[sa.Column[Any]]:
    """Columns every append-only table shares: place in the chain, who, when, and the seal."""
    return [
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),  # 1, 2, 3, … without gaps
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    ]


# One row per import, written last: an import without its row never happened.
imports = sa.Table(
    "imports",
    metadata,
    *_chain_columns(),
    sa.Column("import_id", sa.String(100), nullable=False, unique=True),
    sa.Column("format", sa.String(40), nullable=False),
    sa.Column("table_name", sa.String(40), nullable=False),
    sa.Column("country", sa.String(3)),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("reader_version", sa.String(40), nullable=False),
    sa.Column("encoding", sa.String(40)),
    sa.Column("notes", sa.JSON, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("rows_read", sa.Integer, nullable=False),
    sa.Column("rows_stored", sa.Integer, nullable=False),
    sa.Column("rows_rejected", sa.Integer, nullable=False),
    sa.Column("rows_flagged", sa.Integer, nullable=False),
    sa.Column("first_date", sa.String(10)),
    sa.Column("last_date", sa.String(10)),
    sa.Column("manifest_sha256", sa.String(64), nullable=False),
)

withdrawals = sa.Table(
    "withdrawals",
    metadata,
    *_chain_columns(),
    sa.Column("import_id", sa.String(100), nullable=False, unique=True),
)

# One row per version of a record; ``record_values`` holds the whole record, without its empty columns.
revisions = sa.Table(
    "revisions",
    metadata,
    *_chain_columns(),
    sa.Column("table_name", sa.String(40), nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("record_values", sa.JSON, nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column("import_id", sa.String(100)),  # None for an edit
    sa.Column("source_line", sa.BigInteger),
    sa.UniqueConstraint("table_name", "record_id", "version", name="one_row_per_version"),
)

chain_heads = sa.Table(
    "chain_heads",
    metadata,
    sa.Column("chain", sa.String(40), primary_key=True),
    sa.Column("length", sa.Integer, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("recorded_at", sa.String(27), nullable=False),
)

CHAINS = (imports, withdrawals, revisions)


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to write, held until the block ends; everything written in it bears one instant."""

    connection: sa.Connection
    recorded_at: str


def instant(moment: dt.date) -> str:
    """Return an instant as stored text; a plain day means its last moment, a naive time is UTC."""
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time.max)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return aware.astimezone(dt.UTC).strftime(_INSTANT)


def moment(text: str) -> dt.datetime:
    """Return stored text as an aware UTC time."""
    return dt.datetime.strptime(text, _INSTANT).replace(tzinfo=dt.UTC)


def open_engine(file: Path) -> sa.Engine:
    """Connect to a registry file; every connection gets the durable pragmas."""
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(file)),
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin in _begin, not in the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading_from(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One consistent view of the registry."""
    try:
        with engine.begin() as connection:
            yield connection
    except exc.DBAPIError as error:
        raise _refusal(error, engine) from error


@contextmanager
def writing_to(engine: sa.Engine) -> Iterator[Turn]:
    """Take the turn to write: one writer at a time over all processes; all is kept or nothing.

    The instant is the computer's clock, yet always later than the last entry: a field laptop whose
    clock fell back must not rewrite the order in which things were learned.

    Raises
    ------
    StoreError
        When the disk is full, the file is damaged, or another process wrote for over
        :data:`BUSY_TIMEOUT_S` seconds.
    """
    try:
        with engine.execution_options(writes=True).begin() as connection:
            # The row lock is what makes writers take turns on PostgreSQL; SQLite already waits at BEGIN IMMEDIATE.
            heads = connection.execute(sa.select(chain_heads.c.recorded_at).with_for_update()).scalars()
            yield Turn(connection, _next_instant(max(heads)))
    except exc.DBAPIError as error:
        raise _refusal(error, engine) from error


def _next_instant(last: str) -> str:
    now = instant(dt.datetime.now(dt.UTC))
    return now if now > last else instant(moment(last) + dt.timedelta(microseconds=1))


def _refusal(error: exc.DBAPIError, engine: sa.Engine) -> StoreError:
    text = str(error.orig)
    where = engine.url.database
    if "locked" in text:
        return StoreError(f"another process has been writing to {where} for {BUSY_TIMEOUT_S:.0f} s; try again")
    if "full" in text:
        return StoreError(f"the disk is full: {where} was left as it was; free some space and try again")
    return StoreError(f"cannot use {where}: {text}; restore it from a backup if this stays")


def migrate(engine: sa.Engine) -> None:
    """Bring the registry to the newest schema; two processes may try at once.

    Raises
    ------
    StoreError
        When the file was written by a newer Piste.
    """
    with reading_from(engine) as connection:
        if _schema_version(connection) == SCHEMA_VERSIONS[-1]:
            return
    try:
        with engine.execution_options(writes=True).begin() as connection:
            found = _schema_version(connection)
            if found not in (None, *SCHEMA_VERSIONS):
                raise StoreError(
                    f"{engine.url.database} was written by a newer Piste (schema {found}, this one knows up to "
                    f"{SCHEMA_VERSIONS[-1]}); update Piste to open it"
                )
            if found != SCHEMA_VERSIONS[-1]:
                _upgrade(connection)
    except exc.DBAPIError as error:
        raise _refusal(error, engine) from error


def _schema_version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    table = sa.table("alembic_version", sa.column("version_num", sa.String))
    return connection.execute(sa.select(table.c.version_num)).scalar_one_or_none()


def migration_config() -> Any:
    """Return Alembic's configuration; no ini file is needed."""
    from alembic.config import Config  # noqa: PLC0415  # 0.2 s that only an upgrade needs

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command  # noqa: PLC0415

    config = migration_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
