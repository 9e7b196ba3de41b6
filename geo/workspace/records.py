"""What the store says about its imports."""

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import pandas as pd
import sqlalchemy as sa

from geo.errors import UnknownRecordError
from geo.readers.reading import Reading
from geo.schema import DATE_COLUMN
from geo.workspace.database import imports, instant, moment, withdrawals

# Tables that speak of whole years.
YEAR_COLUMN = {"base_years": "year"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """One import: where it came from, what was kept of it, and whether it still counts."""

    import_id: str
    format: str
    table: str
    file_name: str
    sha256: str
    rows_read: int
    rows_stored: int
    rows_rejected: int
    rows_flagged: int
    imported_at: dt.datetime  # UTC
    country: str | None
    reader_version: str
    encoding: str | None
    notes: tuple[str, ...]
    source: str  # what maps and exports call where it is from
    author: str
    reason: str
    manifest_sha256: str
    first_date: dt.date | None
    last_date: dt.date | None
    withdrawn_at: dt.datetime | None = None
    withdrawn_reason: str | None = None
    duplicate_of: str | None = None  # set when a file was offered that is live already; nothing was stored

    @property
    def live(self) -> bool:
        """Whether its rows count in answers."""
        return self.withdrawn_at is None

    def counts_at(self, known_at: dt.date | None) -> bool:
        """Whether it was there and not yet withdrawn on an instant; ``None`` is now."""
        if known_at is None:
            return self.live
        then = instant(known_at)
        withdrawn = self.withdrawn_at is not None and instant(self.withdrawn_at) <= then
        return instant(self.imported_at) <= then and not withdrawn

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values; instants and days as ISO text."""
        return {
            name: value.isoformat() if isinstance(value, dt.date) else list(value) if name == "notes" else value
            for name, value in asdict(self).items()
        }


def new_import_id(format_name: str, recorded_at: str) -> str:
    """Return an id a person can type: format, day, six random characters."""
    return f"{format_name}-{recorded_at[:10].replace('-', '')}-{secrets.token_hex(3)}"


def _record_of(row: Mapping[Any, Any]) -> ImportRecord:
    """Turn a row of ``imports`` joined with ``withdrawals`` into a record."""
    told_apart = ("imported_at", "table", "notes", "first_date", "last_date", "withdrawn_at", "duplicate_of")
    return ImportRecord(
        **{one.name: row[one.name] for one in fields(ImportRecord) if one.name not in told_apart},
        table=row["table_name"],
        imported_at=moment(row["recorded_at"]),
        notes=tuple(row["notes"]),
        first_date=dt.date.fromisoformat(row["first_date"]) if row["first_date"] else None,
        last_date=dt.date.fromisoformat(row["last_date"]) if row["last_date"] else None,
        withdrawn_at=moment(row["withdrawn_at"]) if row["withdrawn_at"] else None,
    )


def date_span(table: str, frame: pd.DataFrame) -> tuple[dt.date | None, dt.date | None]:
    """First and last day a table speaks about, both inclusive; none where it has no dates."""
    if table in YEAR_COLUMN:
        years = frame[YEAR_COLUMN[table]].dropna()
        return (dt.date(int(years.min()), 1, 1), dt.date(int(years.max()), 12, 31)) if len(years) else (None, None)
    days = frame[DATE_COLUMN[table]].dropna() if table in DATE_COLUMN else pd.Series(dtype="datetime64[s]")
    return (days.min().date(), days.max().date()) if len(days) else (None, None)


def find_imports(connection: sa.Connection) -> tuple[ImportRecord, ...]:
    """All imports, oldest first, withdrawn ones marked."""
    query = (
        sa.select(
            imports,
            withdrawals.c.recorded_at.label("withdrawn_at"),
            withdrawals.c.reason.label("withdrawn_reason"),
        )
        .select_from(imports.outerjoin(withdrawals, withdrawals.c.import_id == imports.c.import_id))
        .order_by(imports.c.position)
    )
    return tuple(_record_of(row) for row in connection.execute(query).mappings())


def find_import(connection: sa.Connection, import_id: str) -> ImportRecord:
    """Return one import, or raise :class:`UnknownRecordError` naming the newest ones."""
    found = find_imports(connection)
    for record in found:
        if record.import_id == import_id:
            return record
    known = ", ".join(record.import_id for record in found[-3:]) or "none yet"
    raise UnknownRecordError(f"there is no import {import_id!r}; newest: {known}")


def live_twin(connection: sa.Connection, reading: Reading, country: str | None) -> ImportRecord | None:
    """Return the live import of the very same file, if there is one, marked as such."""
    wanted = (reading.provenance.sha256, reading.provenance.format, reading.table, country)
    for record in find_imports(connection):
        if record.live and (record.sha256, record.format, record.table, record.country) == wanted:
            return replace(record, duplicate_of=record.import_id)
    return None
