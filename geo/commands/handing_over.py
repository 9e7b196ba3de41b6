"""The command ``handover``: the ledger, a base's checklist, and packages that are sealed and opened."""

import hashlib
from argparse import SUPPRESS, ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from geo.answers.handover import HandoverRequest, answer_handover
from geo.answers.handover_checklist import AdoptRequest, adopt_checklist
from geo.answers.handover_package import PackageRequest, answer_package, record_sealed
from geo.answers.queue import latest_day
from geo.commands.asking import command_of, day_of, say_withheld, word_of, world_of
from geo.commands.planning import scenario_named
from geo.commands.speaking import answer, check_place, deliver, say
from geo.commands.storing import open_for
from geo.errors import RequestError
from geo.exports.handover_package import MANIFEST, Lock, Opened, open_package, seal_package
from geo.exports.provenance import provenance_of
from geo.exports.tables import rows_of, statement_of
from geo.model import Audience
from geo.settings import Settings

_LARGEST_BYTES = 200_000_000


def add_commands(commands: Any) -> None:
    """Declare the command of this file."""
    ledger = command_of(
        commands, "handover", run_handover, "duties of bases: who takes them over, and what falls to nobody"
    )
    ledger.add_argument("--base", action="append", default=[], metavar="ID[,ID…]")
    ledger.add_argument("--as-of", type=day_of)
    ledger.add_argument("--scenario", metavar="FILE|ID", help="as if its phases came true")
    actions = ledger.add_subparsers(dest="action", metavar="ACTION", parser_class=type(ledger))
    adopt: ArgumentParser = actions.add_parser("adopt", help="write the checklist's lines that a base lacks as duties")
    adopt.add_argument("--items", default="", metavar="ITEM[,ITEM…]", help="default all that the base lacks")
    seal: ArgumentParser = actions.add_parser("seal", help="seal what a receiver takes over of one base with age")
    seal.add_argument("--receiver", required=True, metavar="ORGANISATION")
    seal.add_argument("--recipient", default="", metavar="AGEKEY", help="public key of the receiver, age1…")
    seal.add_argument("--passphrase-file", type=Path)
    seal.add_argument("--out", type=Path, required=True, metavar="FILE.age")
    for action, run in ((adopt, run_adopt), (seal, run_seal)):
        action.add_argument("--base", dest="base_id", required=True, metavar="ID")
        action.add_argument("--reason", default="", metavar="TEXT")
        action.add_argument("--as-of", type=day_of, default=SUPPRESS)
        action.add_argument("--audience", type=word_of(Audience), choices=list(Audience), default=SUPPRESS)
        action.set_defaults(run=run)
    opening: ArgumentParser = actions.add_parser("open", help="open a sealed package and check it against its manifest")
    opening.add_argument("package", type=Path, metavar="FILE.age")
    opening.add_argument("--identity", type=Path, metavar="FILE", help="file with the secret age key")
    opening.add_argument("--passphrase-file", type=Path)
    opening.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    opening.set_defaults(run=run_open)


def run_handover(arguments: Namespace, settings: Settings) -> None:
    """Print each duty with its state, bases with the days that are left, and the totals."""
    world = world_of(arguments, settings)
    named = [part.strip() for text in arguments.base for part in text.split(",") if part.strip()]
    request = HandoverRequest(
        as_of=arguments.as_of or latest_day(world),
        scenario=None if arguments.scenario is None else scenario_named(arguments.scenario, world),
        base_ids=tuple(dict.fromkeys(named)),
    )
    found = answer_handover(world, request, audience=arguments.audience)
    say_withheld(found.ledger, found.totals)
    answer(
        {
            "request": {
                "as_of": request.as_of.isoformat(),
                "scenario": arguments.scenario,
                "base_ids": list(request.base_ids),
            },
            **statement_of(found.ledger.statement),
            "totals": next(iter(rows_of(found.totals)), None),
            "duties": rows_of(found.ledger),
            "bases": rows_of(found.bases),
            "notes": list(found.notes),
            "provenance": provenance_of(world.sources, as_of=request.as_of),
        }
    )


def run_adopt(arguments: Namespace, settings: Settings) -> None:
    """Print the duties that a base adopted from the checklist."""
    world = world_of(arguments, settings)
    request = AdoptRequest(
        base_id=arguments.base_id,
        as_of=arguments.as_of or latest_day(world),
        reason=arguments.reason,
        items=tuple(part.strip() for part in arguments.items.split(",") if part.strip()),
    )
    written = adopt_checklist(open_for(arguments, settings), world, request, audience=arguments.audience)
    answer({"adopted": [{"id": duty_id, "version": version} for duty_id, version in written]})


def run_seal(arguments: Namespace, settings: Settings) -> None:
    """Seal a package: recorded on its duties first, then written; nothing else is written anywhere."""
    lock = Lock(
        recipient=arguments.recipient,
        passphrase=_passphrase(arguments.passphrase_file),
        passphrase_least=settings.handover.passphrase_least,
    )
    _check_free(arguments.out)
    world = world_of(arguments, settings)
    request = PackageRequest(
        base_id=arguments.base_id,
        receiver=arguments.receiver,
        as_of=arguments.as_of or latest_day(world),
        reason=arguments.reason,
    )
    package = answer_package(world, request, audience=arguments.audience)
    sealed = seal_package(package.tables, lock, facts=package.facts())
    sha256 = hashlib.sha256(sealed).hexdigest()
    record_sealed(open_for(arguments, settings), package, sha256=sha256)
    say(f"{len(package.duty_ids)} duties sealed for {request.receiver}; sha256 {sha256}")
    deliver(sealed, arguments.out)


def _check_free(path: Path) -> None:
    """Refuse before anything is recorded where the file cannot be written, or is there."""
    check_place(path)
    if path.exists():
        raise RequestError(f"{path} is there already; choose another place with --out")


def _passphrase(path: Path | None) -> str:
    """First line of a passphrase file; empty where none is named."""
    if path is None:
        return ""
    if phrase := next(iter(_text(path).splitlines()), "").strip():
        return phrase
    raise RequestError(f"{path} has no passphrase on its first line; write one there")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise RequestError(f"cannot read {path}; name a text file") from error


def run_open(arguments: Namespace, settings: Settings) -> None:  # noqa: ARG001 (every command takes them)
    """Open a package into a new folder, once all of it is as its manifest says."""
    folder: Path = arguments.out
    _check_new(folder)
    identities = "" if arguments.identity is None else _text(arguments.identity)
    opened = open_package(
        _sealed(arguments.package), identities=identities, passphrase=_passphrase(arguments.passphrase_file)
    )
    _write(opened, folder)
    answer({"out": str(folder), "files": sorted([MANIFEST, *opened.files]), "manifest": dict(opened.manifest)})


def _check_new(folder: Path) -> None:
    """Refuse a folder that holds something, or what is none, before a package is opened."""
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise RequestError(f"cannot write to {folder}: {error.strerror}; choose another folder with --out") from error
    if taken:
        raise RequestError(f"{folder} is there already and not empty; choose a new folder with --out")


def _sealed(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise RequestError(
                f"{path.name} holds more than {_LARGEST_BYTES // 1_000_000} MB; it is no package of ours"
            )
        return path.read_bytes()
    except OSError as error:
        raise RequestError(f"cannot read {path}: {error.strerror}; name a sealed package") from error


def _write(opened: Opened, folder: Path) -> None:
    """Write what was opened, for nobody but the person who opened it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in {MANIFEST: opened.manifest_text, **opened.files}.items():
            path = folder / name
            path.touch(mode=0o600)
            path.write_bytes(content)
    except OSError as error:
        raise RequestError(f"cannot write to {folder}: {error.strerror}; choose another folder with --out") from error
