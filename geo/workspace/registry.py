"""The registry: edited tables as append-only revisions.

A revision holds a whole record. The state of a record is its newest *live* revision: one that an edit
wrote, or whose import is not withdrawn. So a record somebody edited stays as edited when the import it
came from is withdrawn; versions only ever grow.
"""

import datetime as dt
import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from geo.contracts import Contract, Kind
from geo.errors import SchemaError, StaleVersionError, UnknownRecordError
from geo.workspace import ledger
from geo.workspace.database import Turn, instant, moment, revisions, withdrawals
from geo.workspace.engine import column_types

State = Mapping[Any, Any]  # one row of ``revisions``
_LOOK_UP_AT_ONCE = 500  # ids in one statement; SQLite and PostgreSQL both bound the number of parameters


def current(connection: sa.Connection, contract: Contract, *, known_at: dt.date | None = None) -> pd.DataFrame:
    """State of every record: contract columns, ``import_id``, ``source_line``, ``version``; in order of id.

    Parameters
    ----------
    known_at
        Leave out what was recorded later than this instant, withdrawals too; the instant itself counts.
    """
    return _frame(list(_states(connection, contract, known_at=known_at).values()), contract)


def store_import(turn: Turn, contract: Contract, frame: pd.DataFrame, *, import_id: str, author: str) -> int:
    """Write one revision per row that says something new about its record; return how many."""
    found = _states(turn.connection, contract)
    versions = _last_versions(turn.connection, contract.name)
    fresh = []
    lines = frame.index.tolist()
    for line, values in zip(lines, values_of(frame, contract), strict=True):
        record_id = values[contract.key]
        if record_id in found and found[record_id]["record_values"] == values:
            continue
        fresh.append(
            _revision(contract, values, version=versions.get(record_id, 0) + 1, import_id=import_id, line=line)
        )
    ledger.append(turn, revisions, [row | {"author": author, "reason": f"import {import_id}"} for row in fresh])
    return len(fresh)


def restore_after(
    turn: Turn,
    contract: Contract,
    still_said: pd.DataFrame,
    *,
    withdrawn: str,
    author: str,
    imported: Mapping[str, str],
) -> int:
    """Give records of a withdrawn import the state they would have had without it; return how many changed.

    An import that repeated what was known wrote no revision. When the import it repeated is withdrawn,
    its rows must not vanish with it: they are written now, as revisions of the import that still says so.

    Parameters
    ----------
    still_said
        Rows of the newest live import for the records concerned, as the engine reads them.
    imported
        Instant of each live import by its id.
    """
    found = _states(turn.connection, contract, ids=still_said[contract.key].tolist(), removed=True)
    versions = _last_versions(turn.connection, contract.name)
    fresh = []
    sources = zip(still_said["import_id"], still_said["source_line"], strict=True)
    for (import_id, line), values in zip(sources, values_of(still_said, contract), strict=True):
        record_id = values[contract.key]
        state = found.get(record_id)
        if state and (state["recorded_at"] >= imported[import_id] or state["record_values"] == values):
            continue
        fresh.append(_revision(contract, values, version=versions[record_id] + 1, import_id=import_id, line=int(line)))
    reason = f"import {withdrawn} withdrawn"
    ledger.append(turn, revisions, [row | {"author": author, "reason": reason} for row in fresh])
    return len(fresh)


def records_of_import(connection: sa.Connection, contract: Contract, import_id: str) -> list[str]:
    """Ids of the records an import wrote a revision of."""
    query = (
        sa.select(revisions.c.record_id)
        .where(revisions.c.table_name == contract.name, revisions.c.import_id == import_id)
        .distinct()
    )
    return list(connection.execute(query).scalars())


def count_kept_edits(connection: sa.Connection, contract: Contract) -> int:
    """How many records stand as edited although every import they came from is withdrawn."""
    ever_imported = sa.select(revisions.c.record_id).where(
        revisions.c.table_name == contract.name, revisions.c.import_id.is_not(None)
    )
    query = (
        sa.select(revisions.c.record_id)
        .select_from(_with_withdrawals())
        .where(revisions.c.table_name == contract.name, _live(None), revisions.c.record_id.in_(ever_imported))
        .group_by(revisions.c.record_id)
        .having(sa.func.count(revisions.c.import_id) == 0)
    )
    return len(connection.execute(query).all())


def write_edit(
    turn: Turn,
    contract: Contract,
    record_id: str,
    values: Mapping[str, Any],
    *,
    note: Mapping[str, str],
    expect_version: int | None,
) -> int:
    """Merge some fields into a record as one new revision and return its version.

    Parameters
    ----------
    note
        ``author`` and ``reason``.
    expect_version
        The version the author looked at; ``None`` = do not ask.

    Raises
    ------
    UnknownRecordError
        When there is no such record.
    StaleVersionError
        When the record stands at another version than expected.
    SchemaError
        When a field is unknown, is the id, or its value does not keep the contract.
    """
    state = _states(turn.connection, contract, ids=[record_id]).get(record_id)
    if state is None:
        raise UnknownRecordError(_unknown(turn.connection, contract, record_id))
    if expect_version is not None and state["version"] != expect_version:
        raise StaleVersionError(_stale(turn.connection, contract, state, expect_version))
    merged = _merge(contract, state, values)
    version = _last_versions(turn.connection, contract.name, ids=[record_id])[record_id] + 1
    row = _revision(contract, merged, version=version, import_id=None, line=None)
    ledger.append(turn, revisions, [{**row, **note}])
    return version


def write_record(
    turn: Turn,
    contract: Contract,
    values: Mapping[str, Any],
    *,
    note: Mapping[str, str],
    expect_version: int | None,
) -> int:
    """Write a record that may be new as one revision and return its version; 0 is the version of none.

    Raises
    ------
    StaleVersionError
        When the record stands at another version than expected.
    SchemaError
        When a field is unknown or a value does not keep the contract.
    """
    record_id = str(values[contract.key])
    others = {name: value for name, value in values.items() if name != contract.key}
    if _states(turn.connection, contract, ids=[record_id]):
        return write_edit(turn, contract, record_id, others, note=note, expect_version=expect_version)
    if expect_version:
        raise StaleVersionError(f"{contract.name} {record_id} is gone since version {expect_version}; read it again")
    fresh = _merge(contract, {"record_id": record_id, "record_values": {contract.key: record_id}}, others)
    version = _last_versions(turn.connection, contract.name, ids=[record_id]).get(record_id, 0) + 1
    ledger.append(
        turn, revisions, [_revision(contract, fresh, version=version, import_id=None, line=None) | dict(note)]
    )
    return version


def write_removal(turn: Turn, contract: Contract, record_id: str, *, note: Mapping[str, str]) -> int:
    """Take a record out by one more revision, which keeps its last values, and return its version.

    Raises
    ------
    UnknownRecordError
        When there is no such record.
    """
    state = _states(turn.connection, contract, ids=[record_id]).get(record_id)
    if state is None:
        raise UnknownRecordError(_unknown(turn.connection, contract, record_id))
    version = _last_versions(turn.connection, contract.name, ids=[record_id])[record_id] + 1
    row = _revision(contract, state["record_values"], version=version, import_id=None, line=None)
    ledger.append(turn, revisions, [{**row, **note, "deleted": True}])
    return version


def provenance(connection: sa.Connection, contract: Contract, *, known_at: dt.date | None = None) -> pd.DataFrame:
    """Who last revised each record, when and why: key, ``author``, ``recorded_at`` (UTC), ``reason``; in order of id."""
    states = _states(connection, contract, known_at=known_at)
    text = {name: [str(state[name]) for state in states.values()] for name in ("author", "reason")}
    told = pd.DataFrame({contract.key: list(states), **text}).astype("string")
    told["recorded_at"] = pd.to_datetime([moment(state["recorded_at"]) for state in states.values()], utc=True)
    return told


def history(connection: sa.Connection, contract: Contract, record_id: str) -> pd.DataFrame:
    """All versions of a record, oldest first: who, when, why, whether withdrawn, and the values.

    Raises
    ------
    UnknownRecordError
        When there never was such a record.
    """
    query = (
        sa.select(revisions, withdrawals.c.recorded_at.label("withdrawn_at"))
        .select_from(_with_withdrawals())
        .where(revisions.c.table_name == contract.name, revisions.c.record_id == record_id)
        .order_by(revisions.c.version)
    )
    rows = [_as_named_now(row, contract) for row in connection.execute(query).mappings()]
    if not rows:
        raise UnknownRecordError(_unknown(connection, contract, record_id))
    told = pd.DataFrame(
        {
            "recorded_at": pd.to_datetime([moment(row["recorded_at"]) for row in rows]),
            "author": pd.array([row["author"] for row in rows], dtype="string"),
            "reason": pd.array([row["reason"] for row in rows], dtype="string"),
            "withdrawn": [row["withdrawn_at"] is not None for row in rows],
        }
    )
    frame = _frame(rows, contract)
    return pd.concat([frame[["version"]], told, frame.drop(columns="version")], axis=1)


def values_of(frame: pd.DataFrame, contract: Contract) -> list[dict[str, Any]]:
    """Each row as plain JSON values without its empty columns; days as ISO text."""
    columns = {column.name: _plain(frame[column.name], column.kind) for column in contract.columns}
    return [
        {name: value for name, value in zip(columns, row, strict=True) if value is not None}
        for row in zip(*columns.values(), strict=True)
    ]


def _plain(values: pd.Series, kind: Kind) -> list[Any]:
    """Values of a column as JSON has them, ``None`` where empty."""
    days = values.to_numpy("datetime64[D]").astype(str) if kind == "date" else values
    return pd.Series(days, dtype=object).where(values.notna().to_numpy(), None).tolist()


def _frame(states: Sequence[State], contract: Contract) -> pd.DataFrame:
    """Turn revisions into a frame of exactly the contract's types."""
    values = [state["record_values"] for state in states]
    types = column_types(contract)
    data = {name: pd.Series([row.get(name) for row in values], dtype=object).astype(types[name]) for name in types}
    data["import_id"] = pd.Series([state["import_id"] for state in states], dtype="string")
    data["source_line"] = pd.Series([state["source_line"] for state in states], dtype="Int64")
    data["version"] = pd.Series([state["version"] for state in states], dtype="int64")
    return pd.DataFrame(data)


def _states(
    connection: sa.Connection,
    contract: Contract,
    *,
    ids: Sequence[str] | None = None,
    known_at: dt.date | None = None,
    removed: bool = False,
) -> dict[str, State]:
    """Newest live revision of each record by id, in order of id; removed records only where they are asked for."""
    table = contract.name
    newest = (
        sa.select(revisions.c.record_id, sa.func.max(revisions.c.version).label("version"))
        .select_from(_with_withdrawals())
        .where(_live(known_at), _among(table, ids))
        .group_by(revisions.c.record_id)
        .subquery()
    )
    same = (newest.c.record_id == revisions.c.record_id) & (newest.c.version == revisions.c.version)
    query = sa.select(revisions).join(newest, same).where(_among(table, ids))
    rows = [
        _as_named_now(row, contract) for row in connection.execute(query).mappings() if removed or not row["deleted"]
    ]
    return {row["record_id"]: row for row in sorted(rows, key=lambda row: str(row["record_id"]))}


def _as_named_now(row: State, contract: Contract) -> State:
    """Give a revision the names columns have now: rows of a chain are sealed, so a rename never writes them anew."""
    if not contract.former_names.keys() & row["record_values"].keys():
        return row
    return {**row, "record_values": _renamed(row["record_values"], contract)}


def _renamed(values: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    return {contract.former_names.get(name, name): value for name, value in values.items()}


def _among(table: str, ids: Sequence[str] | None) -> sa.ColumnElement[bool]:
    """Revisions of some records of a table; of all where none are named or too many for one statement."""
    of_table = revisions.c.table_name == table
    return of_table if ids is None or len(ids) > _LOOK_UP_AT_ONCE else of_table & revisions.c.record_id.in_(ids)


def _with_withdrawals() -> sa.FromClause:
    return revisions.outerjoin(withdrawals, withdrawals.c.import_id == revisions.c.import_id)


def _live(known_at: dt.date | None) -> sa.ColumnElement[bool]:
    if known_at is None:
        return withdrawals.c.import_id.is_(None)
    then = instant(known_at)
    not_withdrawn = withdrawals.c.import_id.is_(None) | (withdrawals.c.recorded_at > then)
    return not_withdrawn & (revisions.c.recorded_at <= then)


def _last_versions(connection: sa.Connection, table: str, *, ids: Sequence[str] | None = None) -> dict[str, int]:
    """Highest version ever given to each record, withdrawn or not."""
    query = (
        sa.select(revisions.c.record_id, sa.func.max(revisions.c.version))
        .where(_among(table, ids))
        .group_by(revisions.c.record_id)
    )
    return {str(record_id): int(version) for record_id, version in connection.execute(query)}


def _revision(
    contract: Contract, values: Mapping[str, Any], *, version: int, import_id: str | None, line: int | None
) -> dict[str, Any]:
    return {
        "table_name": contract.name,
        "record_id": values[contract.key],
        "version": version,
        "record_values": dict(values),
        "deleted": False,
        "import_id": import_id,
        "source_line": line,
    }


def _merge(contract: Contract, state: State, values: Mapping[str, Any]) -> dict[str, Any]:
    """Put new values into a record after the whole record passed its contract."""
    for name in values:
        if contract.column(name).name == contract.key:
            raise SchemaError(f"{contract.key} is the id of the record and stays; add a new record instead")
    kept = {name: value for name, value in state["record_values"].items() if name not in values}
    checked = contract.check(pd.DataFrame([kept | dict(values)], dtype=object))
    if len(checked.rejects):
        faults = "; ".join(f"{one.column} {one.value!r}: {one.reason}" for one in checked.rejects.itertuples())
        raise SchemaError(f"{contract.name} {state['record_id']}: {faults}; nothing was changed")
    # What was not set stays as it was: a number that went through text and back could lose its last digit.
    return kept | {name: value for name, value in values_of(checked.frame, contract)[0].items() if name in values}


def _unknown(connection: sa.Connection, contract: Contract, record_id: str) -> str:
    known = list(_last_versions(connection, contract.name))
    near = difflib.get_close_matches(record_id, known, n=3) or sorted(known)[:3]
    hint = f"near: {', '.join(near)}" if near else "it has no records yet"
    return f"table {contract.name!r} has no record {record_id!r}; {hint}"


def _stale(connection: sa.Connection, contract: Contract, state: State, expected: int) -> str:
    """Say what stands now, what the author started from, and what changed between."""
    query = sa.select(revisions.c.record_values).where(
        revisions.c.table_name == contract.name,
        revisions.c.record_id == state["record_id"],
        revisions.c.version == expected,
    )
    found = connection.execute(query).scalar_one_or_none()
    who = f"by {state['author']} on {state['recorded_at'][:10]}"
    now = f"{contract.name} {state['record_id']} stands at version {state['version']} ({who}), not at {expected}"
    if found is None:
        return f"{now}, which never was; read it again"
    before = _renamed(found, contract)
    changes = [
        f"{name} {before.get(name, 'empty')} -> {state['record_values'].get(name, 'empty')}"
        for name in contract.column_names
        if before.get(name) != state["record_values"].get(name)
    ]
    return f"{now}; changed since: {', '.join(changes) or 'nothing'}; read it again and repeat the edit"
