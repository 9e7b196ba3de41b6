"""A record as a form: the fields an audience may see are those it may change, and nobody overwrites another unseen."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from geo.answers.duty_records import check_duty
from geo.answers.world import World
from geo.contracts import Column
from geo.errors import RequestError, StaleVersionError, WithheldError
from geo.model import Audience
from geo.redaction import Cleared, clear, may_see
from geo.schema import REGISTRY_TABLES
from geo.workspace import Workspace

# Which view says, per column, who may see and so change it. A table not named here is edited on the command line only.
VIEWS = {
    "actors": "actor_record",
    "presence": "presence_reports",
    "commitments": "commitment_records",
    "constraints": "constraint_records",
    "road_reports": "road_report_records",
    "requests": "request_records",
    "duties": "duty_records",
}
_VERSION = "version"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FormAnswer:
    """A record as it stands, and which of its fields an audience may change."""

    table: str
    record_id: str
    fields: tuple[Column, ...]
    record: Cleared  # one row with the fields, version, author and recorded_at; none where there is no such record
    version: int  # 0 where there is no such record


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a person sets in a record, why, and the version they looked at (0 = there was none)."""

    table: str
    record_id: str  # empty = a new record, whose id is made
    values: Mapping[str, str]  # text as typed; "" empties a field
    reason: str
    version: int


def answer_form(world: World, table: str, record_id: str, *, audience: Audience) -> FormAnswer:
    """Show a record as it stands, with who last revised it and when; an empty id asks for a blank form.

    Raises
    ------
    WithheldError
        When the audience may not see the versions of the table's records, and so may not change them; or this record.
    """
    fields = _fields(world, table, audience)
    _check_record(world, table, record_id, audience)
    contract = REGISTRY_TABLES[table]
    rows = world.records(table)
    row = rows.loc[rows[contract.key] == record_id]
    told = row.merge(world.notes(table).drop(columns="reason"), on=contract.key, how="left")
    return FormAnswer(
        table=table,
        record_id=record_id,
        fields=fields,
        record=clear(told, view=VIEWS[table], audience=audience, settings=world.settings),
        version=int(row[_VERSION].iloc[0]) if len(row) else 0,
    )


def save_change(workspace: Workspace, world: World, change: Change, *, audience: Audience) -> tuple[str, int]:
    """Store a change as a new revision; return the record's id and version.

    Raises
    ------
    WithheldError
        When the audience may not change the record or one of the fields.
    StaleVersionError
        When somebody changed the record since the version looked at; what they changed is not in the message, ask
        :func:`answer_form` again.
    RequestError, SchemaError
        When nothing is set, no reason is given, or a value does not keep the table's contract.
    """
    _check_record(world, change.table, change.record_id, audience)
    allowed = {field.name for field in _fields(world, change.table, audience)}
    if refused := sorted(set(change.values) - allowed):
        raise WithheldError(f"the audience {audience} may not change {', '.join(refused)} of {change.table}")
    if not change.values:
        raise RequestError("nothing was changed; change a field first")
    key = REGISTRY_TABLES[change.table].key
    record_id = change.record_id or f"{change.table}-{secrets.token_hex(4)}"
    try:
        return workspace.record(
            change.table, {key: record_id, **change.values}, reason=change.reason, expect_version=change.version
        )
    except StaleVersionError as error:
        raise StaleVersionError(f"somebody changed {change.table} {record_id} meanwhile; see both") from error


def _check_record(world: World, table: str, record_id: str, audience: Audience) -> None:
    """Refuse a record whose kind the audience may not know of."""
    if table == "duties":
        check_duty(world, record_id, audience=audience)


def _fields(world: World, table: str, audience: Audience) -> tuple[Column, ...]:
    """Columns an audience may change: all it may see but the key."""
    contract = REGISTRY_TABLES[table]

    def seen(column: str) -> bool:
        return may_see(VIEWS[table], column, audience=audience, settings=world.settings)

    if not seen(_VERSION):
        raise WithheldError(f"the audience {audience} may not edit {table}; choose another audience")
    return tuple(column for column in contract.columns if column.name != contract.key and seen(column.name))
