"""Commands that fill and tend the workspace: sample, import, withdraw, status, assets."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from geo.commands.speaking import answer, say
from geo.errors import RequestError
from geo.readers import FORMATS, OF_RECORDED, read_file
from geo.settings import Settings
from geo.workspace import ImportRecord, Workspace, open_workspace

ROOT = Path(__file__).resolve().parents[2]
SAMPLE_FOLDER = ROOT / "data" / "sample"


def add_commands(commands: Any) -> None:
    """Declare the commands of this file."""
    sample: ArgumentParser = commands.add_parser("sample", help="build the fictional sample workspace")
    sample.add_argument("--if-absent", action="store_true", help="do nothing when the workspace holds data already")
    sample.set_defaults(run=run_sample)
    importing: ArgumentParser = commands.add_parser("import", help="take in one file")
    importing.add_argument("format", choices=FORMATS, metavar="FORMAT", help=", ".join(FORMATS))
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument(
        "--country", metavar="ISO3", help="keep only this country's rows; name it where the file does not"
    )
    importing.add_argument("--source", metavar="TEXT", help="what maps and exports call where the file is from")
    importing.set_defaults(run=run_import)
    withdraw: ArgumentParser = commands.add_parser(
        "withdraw", help="take an import out of every answer, keeping its files"
    )
    withdraw.add_argument("import_id", metavar="IMPORT_ID")
    withdraw.add_argument("--reason", required=True)
    withdraw.set_defaults(run=run_withdraw)
    status: ArgumentParser = commands.add_parser("status", help="tables, rows, date spans, imports, warnings")
    status.set_defaults(run=run_status)


def open_for(arguments: Namespace, settings: Settings, *, create: bool = False) -> Workspace:
    """Open the workspace named on the command line, or the one of ``config.toml``."""
    path = arguments.workspace or settings.workspace.path
    return open_workspace(path, author=settings.workspace.author, create=create)


def run_sample(arguments: Namespace, settings: Settings) -> None:
    """Build the sample workspace through the same door as any other file."""
    workspace = open_for(arguments, settings, create=True)
    if arguments.if_absent and workspace.imports():
        say("The workspace holds data already; the sample was not added.")
        answer({"tables": _row_counts(workspace)})
        return
    from geo.workspace.sample import build_sample  # noqa: PLC0415 (only this command needs the generator's module)

    answer({"tables": build_sample(workspace, SAMPLE_FOLDER)})


def _row_counts(workspace: Workspace) -> dict[str, int]:
    return {name: int(facts["rows"]) for name, facts in workspace.status()["tables"].items()}


def run_import(arguments: Namespace, settings: Settings) -> None:
    """Read one file, store what keeps the contract, list what does not."""
    recorded = open_for(arguments, settings).recorded() if arguments.format in OF_RECORDED else None
    asked = {"country": arguments.country, "source": arguments.source}
    reading = read_file(arguments.format, arguments.file, recorded=recorded, **asked)
    workspace = open_for(arguments, settings, create=True)
    record = workspace.add(reading, country=arguments.country)
    if record.duplicate_of:
        say(f"{arguments.file.name} is already imported as {record.duplicate_of}; nothing new was stored.")
    for note in record.notes:
        say(note)
    answer(import_facts(workspace, record))


def import_facts(workspace: Workspace, record: ImportRecord) -> dict[str, Any]:
    """Facts of one import as the command line prints them."""
    facts: dict[str, Any] = {
        "import_id": record.import_id,
        "format": record.format,
        "table": record.table,
        "rows_read": record.rows_read,
        "rows_stored": record.rows_stored,
        "rows_rejected": record.rows_rejected,
        "rows_flagged": record.rows_flagged,
        "rejects_file": str(workspace.rejects_file(record.duplicate_of or record.import_id)),
    }
    return facts | ({"duplicate_of": record.duplicate_of} if record.duplicate_of else {})


def run_withdraw(arguments: Namespace, settings: Settings) -> None:
    """Take an import out of every answer."""
    workspace = open_for(arguments, settings)
    if not arguments.reason.strip():
        raise RequestError("a withdrawal needs a reason; give it with --reason TEXT")
    record = workspace.withdraw(arguments.import_id, reason=arguments.reason)
    withdrawn_at = None if record.withdrawn_at is None else record.withdrawn_at.isoformat()
    answer({"import_id": record.import_id, "withdrawn_at": withdrawn_at, "reason": record.withdrawn_reason})


def run_status(arguments: Namespace, settings: Settings) -> None:
    """Print what the workspace holds."""
    answer(open_for(arguments, settings).status())
