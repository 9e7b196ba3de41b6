"""The workspace: everything imported and edited, on one disk, behind one class.

``registry.sqlite`` says what happened and in which order; ``lake/`` holds the files of every import.
A row in ``imports`` is the moment an import becomes true, for bulk and for edited tables alike.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from geo.errors import RequestError, SchemaError, StoreError
from geo.readers.reading import Reading
from geo.readers.recorded import Recorded
from geo.schema import INCIDENTS, REGISTRY_TABLES, TABLES
from geo.workspace import lake, ledger, registry
from geo.workspace.database import (
    DATABASE_FILE,
    Turn,
    imports,
    instant,
    migrate,
    open_engine,
    reading_from,
    withdrawals,
    writing_to,
)
from geo.workspace.engine import Source, read_rows
from geo.workspace.intake import checked_frame, contract_of, facts_of
from geo.workspace.records import ImportRecord, find_import, find_imports, live_twin, new_import_id
from geo.workspace.status import count_faulty, describe
from geo.workspace.verification import find_problems

LAKE_FOLDER, REMEMBERED_FOLDER = "lake", "remembered"
_OWNER_ONLY = 0o700  # positions of bases and sites are nobody else's business on a shared computer


def open_workspace(path: Path, *, author: str, create: bool = False) -> "Workspace":
    """Open a workspace, bring its schema up to date and sweep what a crash left behind.

    Parameters
    ----------
    author
        Role written on every import, edit and withdrawal; never a person's name.
    create
        Make the workspace where there is none.

    Raises
    ------
    StoreError
        When there is no workspace and none is to be made, when a newer Piste wrote it, or the disk refuses.
    """
    if not author.strip():
        raise RequestError('name the role that works in this workspace, e.g. author = "planner" in config.toml')
    if not create and not (path / DATABASE_FILE).is_file():
        raise StoreError(f"there is no workspace at {path}; run `python -m geo sample` or import a file to make one")
    try:
        path.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
        (path / LAKE_FOLDER).mkdir(exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make a workspace at {path}: {error.strerror}") from error
    engine = open_engine(path / DATABASE_FILE)
    migrate(engine)
    workspace = Workspace(path=path, author=author.strip(), engine=engine)
    workspace.tidy()
    return workspace


@dataclass(frozen=True, slots=True, eq=False)
class Workspace:
    """Imports, edits and withdrawals, and the tables that follow from them. Threads and processes may share it."""

    path: Path
    author: str
    engine: sa.Engine = field(repr=False)

    @property
    def lake(self) -> Path:
        """Folder of the imports."""
        return self.path / LAKE_FOLDER

    @property
    def remembered(self) -> Path:
        """Folder of what need not be worked out again, see :mod:`geo.workspace.remembered`."""
        return self.path / REMEMBERED_FOLDER

    def add(self, reading: Reading, *, country: str | None = None, reason: str | None = None) -> ImportRecord:
        """Store a reading as one immutable import.

        Rows of an edited table become new versions where they say something new about a record; rows that
        repeat what is known count as stored and write no version. The same file, format, table and country
        live already: nothing is stored and ``duplicate_of`` names the import.

        Raises
        ------
        SchemaError, CrsError
            When the frame does not keep the table's contract; a reader that does so has a defect.
        StoreError
            When the disk is full or cannot be written; nothing was changed.
        """
        contract = contract_of(reading.table)
        frame = checked_frame(reading, contract)
        with reading_from(self.engine) as connection:
            twin = live_twin(connection, reading, country)
        if twin is not None:
            return twin
        folder = lake.prepare(self.lake, replace(reading, frame=frame))
        try:
            with writing_to(self.engine) as turn:
                twin = live_twin(turn.connection, reading, country)
                return twin or self._commit(turn, replace(reading, frame=frame), folder, country=country, reason=reason)
        except BaseException:
            with suppress(StoreError):
                self.tidy()
            raise
        finally:
            lake.discard(folder)

    def _commit(
        self, turn: Turn, reading: Reading, folder: Path, *, country: str | None, reason: str | None
    ) -> ImportRecord:
        """Name the folder and write the rows that make the import true."""
        import_id = new_import_id(reading.provenance.format, turn.recorded_at)
        facts = facts_of(reading, country)
        manifest_sha256 = lake.keep(folder, import_id=import_id, facts=facts)
        row = facts | {
            "import_id": import_id,
            "author": self.author,
            "reason": reason or f"import of {facts['file_name']}",
            "manifest_sha256": manifest_sha256,
        }
        ledger.append(turn, imports, [row])
        if reading.table in REGISTRY_TABLES:
            contract = REGISTRY_TABLES[reading.table]
            registry.store_import(turn, contract, reading.frame, import_id=import_id, author=self.author)
        return find_import(turn.connection, import_id)

    def imports(self) -> tuple[ImportRecord, ...]:
        """Return all imports, oldest first, withdrawn ones marked."""
        with reading_from(self.engine) as connection:
            return find_imports(connection)

    def withdraw(self, import_id: str, *, reason: str) -> ImportRecord:
        """Take an import out of every answer from now on; its files stay.

        Raises
        ------
        UnknownRecordError
            When there is no such import.
        RequestError
            When it is withdrawn already, or no reason is given.
        """
        with writing_to(self.engine) as turn:
            record = find_import(turn.connection, import_id)
            if record.withdrawn_at is not None:
                raise RequestError(
                    f"import {import_id} was withdrawn already on {record.withdrawn_at:%Y-%m-%d} "
                    f"({record.withdrawn_reason}); import the file again to bring it back"
                )
            row = {"import_id": import_id, "author": self.author, "reason": _reason(reason)}
            ledger.append(turn, withdrawals, [row])
            if record.table in REGISTRY_TABLES:
                self._restore(turn, record)
            return find_import(turn.connection, import_id)

    def _restore(self, turn: Turn, withdrawn: ImportRecord) -> None:
        """Let imports that repeated a withdrawn one speak for its records."""
        contract = REGISTRY_TABLES[withdrawn.table]
        others = [one for one in find_imports(turn.connection) if one.live and one.table == contract.name]
        ids = registry.records_of_import(turn.connection, contract, withdrawn.import_id)
        if not others or not ids:
            return
        registry.restore_after(
            turn,
            contract,
            read_rows(self._sources(others), contract, keys=ids),
            withdrawn=withdrawn.import_id,
            author=self.author,
            imported={one.import_id: instant(one.imported_at) for one in others},
        )

    def table(self, name: str, *, as_of: dt.date | None = None, known_at: dt.date | None = None) -> pd.DataFrame:
        """Return the rows of a table that count.

        Parameters
        ----------
        as_of
            Keep what was true on this day: ``valid_from <= as_of <= valid_to``, empty sides open. Tables
            without these columns are the same on every day.
        known_at
            Answer as on this instant: later imports, edits and withdrawals are left out, the instant itself
            counts. A plain day means its end, a time without zone is UTC.

        Returns
        -------
        pandas.DataFrame
            Contract columns, ``import_id``, ``source_line``, for edited tables ``version``; a GeoDataFrame in
            EPSG:4326 for lines and polygons. The key is unique; :mod:`geo.workspace.engine` says which row counts.

        Raises
        ------
        SchemaError
            When there is no such table.
        """
        contract = contract_of(name)
        with reading_from(self.engine) as connection:
            if name in REGISTRY_TABLES:
                return _true_on(registry.current(connection, contract, known_at=known_at), as_of)
            found = find_imports(connection)
        counting = [one for one in found if one.table == name and one.counts_at(known_at)]
        return _true_on(read_rows(self._sources(counting), contract), as_of)

    def recorded(self) -> Recorded:
        """Sites and requests as they stand, for files whose rows speak of them."""
        return Recorded.of(self.table("sites"), self.table("requests"))

    def incident_sources(self, *, known_at: dt.date | None = None) -> list[Source]:
        """Return the files of the live imports of incidents, oldest first, for an engine that reads them itself."""
        with reading_from(self.engine) as connection:
            found = find_imports(connection)
        return self._sources([one for one in found if one.table == INCIDENTS.name and one.counts_at(known_at)])

    def rejects(self, import_id: str) -> pd.DataFrame:
        """Every fault of the rows an import rejected: line, column, value, reason."""
        return lake.read_faults(self._folder(import_id) / lake.REJECTS_FILE)

    def flags(self, import_id: str) -> pd.DataFrame:
        """Every doubt about rows an import stored all the same: line, column, value, reason."""
        return lake.read_faults(self._folder(import_id) / lake.FLAGS_FILE)

    def rejects_file(self, import_id: str) -> Path:
        """Return the rejects as CSV, safe to open in a spreadsheet."""
        return self._folder(import_id) / lake.REJECTS_SHEET

    def version(self) -> str:
        """Return short text that changes whenever any answer could change."""
        with reading_from(self.engine) as connection:
            return ledger.digest(connection)

    def status(self) -> dict[str, Any]:
        """Tables with rows and spans, imports, and warnings, as plain JSON values."""
        with reading_from(self.engine) as connection:
            found = find_imports(connection)
            newest = ledger.newest_entry(connection)
            edited = {name: registry.current(connection, one) for name, one in REGISTRY_TABLES.items()}
            kept = {name: registry.count_kept_edits(connection, one) for name, one in REGISTRY_TABLES.items()}
        live = [one for one in found if one.live]
        sources = {name: self._sources([one for one in live if one.table == name]) for name in TABLES}
        faulty = {one.import_id: count_faulty(self.rejects(one.import_id), country=one.country) for one in live}
        return describe(found, sources=sources, edited=edited, kept_edits=kept, faulty=faulty, newest_entry=newest)

    def verify(self) -> list[str]:
        """One sentence per row, file or count that is not as it was written; empty means all is well."""
        return find_problems(self.engine, self.lake)

    def edit(
        self, table: str, record_id: str, values: Mapping[str, Any], *, reason: str, expect_version: int | None = None
    ) -> tuple[str, int]:
        """Merge fields into a record as one new revision; return its id and version once safely stored.

        Values may be text as typed; they are read like the table's template. ``None`` or "" empties a field.

        Raises
        ------
        UnknownRecordError, SchemaError, StaleVersionError, RequestError
            When there is no such record or field, a value breaks the contract, the record stands at another
            version than expected, or no reason is given.
        """
        if contract_of(table).name not in REGISTRY_TABLES:
            edited = ", ".join(REGISTRY_TABLES)
            raise SchemaError(f"table {table!r} comes from imports and is not edited; edit {edited}")
        if not values:
            raise RequestError(f"name at least one field of {table} {record_id} to set")
        note = {"author": self.author, "reason": _reason(reason)}
        with writing_to(self.engine) as turn:
            version = registry.write_edit(
                turn, REGISTRY_TABLES[table], record_id, values, note=note, expect_version=expect_version
            )
        return record_id, version

    def record(
        self, table: str, values: Mapping[str, Any], *, reason: str, expect_version: int | None = None
    ) -> tuple[str, int]:
        """Write a record that may be new as one revision; return its id and version once safely stored.

        Parameters
        ----------
        expect_version
            The version the author looked at, 0 where there was no such record; ``None`` = do not ask.

        Raises
        ------
        SchemaError, StaleVersionError, RequestError
            As :meth:`edit`; also when the id itself is missing.
        """
        key = str(values.get(contract_of(table).key, ""))
        expected = None if expect_version is None else {(table, key): expect_version}
        return self.record_all([(table, values)], reason=reason, expect_versions=expected)[0]

    def record_all(
        self,
        changes: Sequence[tuple[str, Mapping[str, Any]]],
        *,
        reason: str,
        reasons: Mapping[str, str] | None = None,  # by table, where it is another
        expect_versions: Mapping[tuple[str, str], int] | None = None,
        remove: Sequence[tuple[str, str]] = (),
    ) -> list[tuple[str, int]]:
        """Write several records, new or not, of one or more tables, and remove others: all of it or nothing.

        Parameters
        ----------
        changes, remove
            Table and values of each, its key among them; table and id of each, whose history stays.
        expect_versions
            By table and id, the version the author looked at; of records not among them nobody asks.

        Raises
        ------
        SchemaError, StaleVersionError, RequestError
            As :meth:`record`; nothing is stored then.
        """

        def note(table: str) -> dict[str, str]:
            return {"author": self.author, "reason": _reason((reasons or {}).get(table, reason))}

        for table, key in (*((table, values.get(contract_of(table).key)) for table, values in changes), *remove):
            if table not in REGISTRY_TABLES or not key:
                raise SchemaError(f"give the id of a record of an edited table, not one of {table!r} without it")
        expected = expect_versions or {}
        written = []
        with writing_to(self.engine) as turn:
            for table, values in changes:
                contract = REGISTRY_TABLES[table]
                key = str(values[contract.key])
                seen, told = expected.get((table, key)), note(table)
                written.append((key, registry.write_record(turn, contract, values, note=told, expect_version=seen)))
            for table, record_id in remove:
                registry.write_removal(turn, REGISTRY_TABLES[table], record_id, note=note(table))
        return written

    def provenance(self, table: str, *, known_at: dt.date | None = None) -> pd.DataFrame:
        """Who last revised each record of an edited table, when and why; one row per record in order of its id."""
        with reading_from(self.engine) as connection:
            return registry.provenance(connection, REGISTRY_TABLES[table], known_at=known_at)

    def history(self, table: str, record_id: str) -> pd.DataFrame:
        """All versions of a record, oldest first, with author, time, reason and whether withdrawn."""
        if contract_of(table).name not in REGISTRY_TABLES:
            raise SchemaError(f"table {table!r} comes from imports and has no versions; see its imports")
        with reading_from(self.engine) as connection:
            return registry.history(connection, REGISTRY_TABLES[table], record_id)

    def tidy(self) -> int:
        """Remove what a crash left in the lake; return how many folders. No import anybody is writing is touched."""
        if not lake.strays(self.lake, [one.import_id for one in self.imports()]):
            return 0
        with writing_to(self.engine) as turn:
            return lake.sweep(self.lake, [one.import_id for one in find_imports(turn.connection)])

    def close(self) -> None:
        """Let go of the registry file."""
        self.engine.dispose()

    def _folder(self, import_id: str) -> Path:
        with reading_from(self.engine) as connection:
            return self.lake / find_import(connection, import_id).import_id

    def _sources(self, records: list[ImportRecord]) -> list[Source]:
        return [
            Source(
                file=self.lake / one.import_id / lake.DATA_FILE,
                import_id=one.import_id,
                format=one.format,
                sha256=one.sha256,
            )
            for one in records
        ]


def _true_on(frame: pd.DataFrame, as_of: dt.date | None) -> pd.DataFrame:
    """Keep what was true on a day, both ends inclusive."""
    if as_of is None or "valid_from" not in frame.columns:
        return frame
    day = pd.Timestamp(as_of.year, as_of.month, as_of.day)
    begun = frame["valid_from"].isna() | (frame["valid_from"] <= day)
    lasting = frame["valid_to"].isna() | (frame["valid_to"] >= day)
    return frame.loc[begun & lasting].reset_index(drop=True)


def _reason(text: str) -> str:
    if not text.strip():
        raise RequestError("give a reason; it stands beside the change for good")
    return text.strip()
