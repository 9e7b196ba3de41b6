"""The command line: ``python -m geo COMMAND …``; the forms are a contract, add to them, never break them.

JSON goes to stdout, words to stderr. Exit 0: done. Exit 2: refused, one clear line, nothing changed.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from geo.commands.speaking import say
from geo.errors import GeoError

ROOT = Path(__file__).resolve().parents[1]
REFUSED = 2
_NEGATIVE = re.compile(r"-[\d.]")
# Which file holds which commands; only the file of the command given is loaded.
_GROUPS = {
    "geo.commands.storing": ("sample", "import", "withdraw", "status"),
    "geo.commands.recording": ("edit", "verify"),
    "geo.commands.asking": ("hexbin", "hotspots", "presence", "exposure"),
    "geo.commands.travelling": ("route", "reach", "gaps"),
    "geo.commands.transition": ("closing-order", "effect"),
    "geo.commands.workshop": ("workshop-pack",),
    "geo.commands.handing_over": ("handover",),
    "geo.commands.actors": ("actor", "names"),
    "geo.commands.missions": ("queue", "plan", "form-sites"),
    "geo.commands.serving": ("serve", "assets"),
}


class _Parser(argparse.ArgumentParser):
    """Refuses with one line instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        say(f"{self.prog}: {message}; see {self.prog} --help")
        sys.exit(REFUSED)


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m geo", description="Piste's command line.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    wanted = [group for group, names in _GROUPS.items() if words and words[0] in names]
    for group in wanted or _GROUPS:
        import_module(group).add_commands(commands)
    return parser


def _split_workspace(words: Sequence[str]) -> tuple[Path | None, list[str]]:
    """Take ``--workspace DIR`` out of the words, wherever it stands."""
    outer = _Parser(prog="python -m geo", add_help=False, allow_abbrev=False)
    outer.add_argument("--workspace", type=Path)
    found, rest = outer.parse_known_args(words)
    return found.workspace, rest


def _with_values(words: Sequence[str]) -> list[str]:
    """Tie values that begin like ``-2.5,0.1`` to their option: argparse takes them for options of their own."""
    tied: list[str] = []
    for word in words:
        if _NEGATIVE.match(word) and tied and tied[-1].startswith("--") and "=" not in tied[-1]:
            tied[-1] += f"={word}"
        else:
            tied.append(word)
    return tied


def _run(arguments: argparse.Namespace) -> None:
    """Run a command with the settings; one that launches something reads them while that comes up."""
    if "launch" in arguments:
        arguments.launch(arguments)
        return
    from geo.settings import CONFIG_FILE, read_settings  # noqa: PLC0415 (0.1 s that a start does without)

    arguments.run(arguments, read_settings(ROOT / CONFIG_FILE))


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    workspace, rest = _split_workspace(_with_values(sys.argv[1:] if words is None else words))
    arguments = _parser(rest).parse_args(rest)
    arguments.workspace = workspace
    try:
        _run(arguments)
    except GeoError as error:
        # What a file or a stranger's package says may break lines or steer a terminal.
        say("".join(sign if sign.isprintable() else " " for sign in str(error)))
        return REFUSED
    except BrokenPipeError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
