"""Commands about joint missions: queue, form-sites."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from geo.answers.queue import QueueAnswer, answer_form_sites, answer_queue, latest_day
from geo.commands.asking import command_of, day_of, say_withheld, world_of
from geo.commands.speaking import answer, deliver
from geo.errors import WithheldError
from geo.exports.provenance import provenance_of
from geo.exports.tables import export_table, rows_of, statement_of
from geo.model import QueueRequest, as_json
from geo.redaction import Cleared
from geo.settings import Settings

# Columns that hold several values, and what stands between them.
_LISTS = {"blocked_by": ";", "languages": ";", "why": "; "}


def add_commands(commands: Any) -> None:
    """Declare the commands of this file."""
    queue = command_of(commands, "queue", run_queue, "requests to verify, oldest first, and what they wait for")
    queue.add_argument("--as-of", type=day_of)
    sites = command_of(commands, "form-sites", run_form_sites, "sites.csv to lay beside the request form, as CSV")
    sites.add_argument("--out", type=Path)


def run_queue(arguments: Namespace, settings: Settings) -> None:
    """Print the requests that wait, their clocks, and how much waiting each blocker explains."""
    world = world_of(arguments, settings)
    request = QueueRequest(as_of=arguments.as_of or latest_day(world))
    found = answer_queue(world, request, audience=arguments.audience)
    say_withheld(found.requests, found.totals, found.waiting, found.provinces)
    answer(_document(found) | {"provenance": provenance_of(world.sources, as_of=found.request.as_of, modelled=True)})


def run_form_sites(arguments: Namespace, settings: Settings) -> None:
    """Write the sites that the request form offers.

    Raises
    ------
    WithheldError
        When the audience may not see sites.
    """
    world = world_of(arguments, settings)
    sites = answer_form_sites(world, audience=arguments.audience)
    if sites.withheld:
        raise WithheldError(f"sites are withheld from the audience {arguments.audience}; choose another audience")
    deliver(export_table(sites, format_name="csv", provenance=provenance_of(world.sources)), arguments.out)


def _document(found: QueueAnswer) -> dict[str, Any]:
    """Everything the queue answers, as plain JSON."""
    return {
        "request": as_json(found.request),
        **statement_of(found.requests.statement),
        "totals": next(iter(rows_of(found.totals)), None),
        "requests": _listed(found.requests),
        "referrals": _listed(found.referrals),
        "bottlenecks": rows_of(found.waiting),
        "provinces": rows_of(found.provinces),
        "notes": list(found.notes),
    }


def _listed(requests: Cleared) -> list[dict[str, Any]]:
    """Rows with lists in the place of text that holds several values."""
    rows = rows_of(requests)
    for row in rows:
        for name in _LISTS.keys() & row.keys():
            row[name] = [word for word in (row[name] or "").split(_LISTS[name]) if word]
    return rows
