"""Commands about what is kept for good: edit one record, verify that nothing was altered."""

from argparse import ArgumentParser, Namespace
from typing import Any

from geo.answers.missions import edit_mission
from geo.answers.world import World
from geo.commands.speaking import answer
from geo.commands.storing import open_for
from geo.contracts import Contract
from geo.errors import RequestError, SchemaError, StoreError
from geo.schema import MISSIONS, REGISTRY_TABLES
from geo.settings import Settings
from geo.workspace import Workspace


def add_commands(commands: Any) -> None:
    """Declare the commands of this file."""
    edit: ArgumentParser = commands.add_parser("edit", help="set fields of one record as a new revision")
    edit.add_argument("table", metavar="TABLE", help=", ".join(REGISTRY_TABLES))
    edit.add_argument("record_id", metavar="ID")
    edit.add_argument(
        "--set",
        dest="fields",
        action="extend",
        nargs="+",
        required=True,
        metavar="FIELD=VALUE",
        help="an empty VALUE empties the field",
    )
    edit.add_argument("--reason", required=True, metavar="TEXT", help="why; it stands beside the change for good")
    edit.add_argument(
        "--expect-version",
        type=int,
        metavar="N",
        help="refuse if it stands at another; 0 = there is no such record yet",
    )
    edit.set_defaults(run=run_edit)
    verify: ArgumentParser = commands.add_parser("verify", help="check that nothing stored was altered")
    verify.set_defaults(run=run_verify)


def run_edit(arguments: Namespace, settings: Settings) -> None:
    """Store one revision and print its id and version, once it is safely stored."""
    contract = _edited_table(arguments.table)
    values = _values(arguments.fields, contract)
    if arguments.expect_version is not None and arguments.expect_version < 0:
        raise RequestError(f"--expect-version is 0 or more, got {arguments.expect_version}")
    workspace = open_for(arguments, settings)
    record_id, version = _write(workspace, arguments, contract, values, settings)
    answer({"id": record_id, "version": version})


def _write(
    workspace: Workspace, arguments: Namespace, contract: Contract, values: dict[str, str], settings: Settings
) -> tuple[str, int]:
    """Write the revision; only who says that there is no such record makes one, so that a mistyped id does not."""
    asked: dict[str, Any] = {"reason": arguments.reason, "expect_version": arguments.expect_version}
    if arguments.expect_version == 0:
        return workspace.record(contract.name, {contract.key: arguments.record_id, **values}, **asked)
    if contract.name == MISSIONS.name and contract.key not in values:
        named = {contract.key: arguments.record_id, **values}
        world, version = World(workspace, settings), arguments.expect_version
        return edit_mission(workspace, world, named, reason=arguments.reason, version=version)
    return workspace.edit(contract.name, arguments.record_id, values, **asked)


def _edited_table(name: str) -> Contract:
    if name not in REGISTRY_TABLES:
        raise SchemaError(f"table {name!r} is not edited; edit {', '.join(REGISTRY_TABLES)}")
    return REGISTRY_TABLES[name]


def _values(pairs: list[str], contract: Contract) -> dict[str, str]:
    """Fields and their new values as typed."""
    values: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        name = name.strip()
        if not sign or not name:
            raise RequestError(f"{pair!r} sets nothing; write FIELD=VALUE, e.g. {contract.columns[1].name}=…")
        if name in values:
            raise RequestError(f"{name} is set twice; say once what it shall be")
        if contract.column(name).name == contract.key:
            raise SchemaError(f"{name} is the id of the record and stays; add a new record instead")
        values[name] = value
    return values


def run_verify(arguments: Namespace, settings: Settings) -> None:
    """Print everything that is not as it was written.

    Raises
    ------
    StoreError
        When there is anything; the list is printed all the same.
    """
    problems = open_for(arguments, settings).verify()
    answer({"problems": problems})
    if problems:
        raise StoreError(f"{len(problems)} of what is stored is not as it was written, first: {problems[0]}")
