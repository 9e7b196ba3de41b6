"""Commands that answer questions about a picture: hexbin, hotspots, presence, exposure."""

import datetime as dt
import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from geo.answers.exposure import SKILL_UNIT, UNIT, answer_exposure, answer_skill
from geo.answers.hexbin import answer_hexbin
from geo.answers.hotspots import answer_hotspots
from geo.answers.presence import answer_presence
from geo.answers.world import World
from geo.commands.speaking import answer, deliver, say
from geo.commands.storing import open_for
from geo.exports.provenance import provenance_of
from geo.exports.tables import TABLE_FORMATS, export_table, plain, rows_of, statement_of
from geo.model import (
    Audience,
    ExposureRequest,
    HexbinRequest,
    HotspotRequest,
    PresenceRequest,
    Window,
    as_json,
)
from geo.redaction import Cleared, describe
from geo.settings import Settings

Word = TypeVar("Word", bound=StrEnum)
_Runner = Callable[[Namespace, Settings], None]


def command_of(commands: Any, name: str, run: _Runner, about: str) -> ArgumentParser:
    """Declare a command that prints data for an audience."""
    made: ArgumentParser = commands.add_parser(name, help=about)
    made.add_argument("--audience", type=word_of(Audience), choices=list(Audience), default=Audience.PUBLIC)
    made.set_defaults(run=run)
    return made


def add_commands(commands: Any) -> None:
    """Declare the commands of this file."""

    def command(name: str, run: _Runner, about: str) -> ArgumentParser:
        return command_of(commands, name, run, about)

    hexbin = command("hexbin", run_hexbin, "incidents per cell")
    hexbin.add_argument("--resolution", type=int, required=True)
    hexbin.add_argument("--from", dest="start", type=day_of)
    hexbin.add_argument("--to", dest="end", type=day_of)
    hotspots = command("hotspots", run_hotspots, "where reports cluster, and what that does over the months")
    hotspots.add_argument("--resolution", type=int, required=True)
    hotspots.add_argument("--months", type=int, required=True, metavar="N")
    hotspots.add_argument("--to", dest="end", type=day_of)
    for made in (hexbin, hotspots):
        for option in ("type", "actor", "violation", "source", "verification", "precision"):
            made.add_argument(f"--{option}", action="append", default=[])
        add_output(made, TABLE_FORMATS)
    presence = command("presence", run_presence, "share of each actor per cell")
    presence.add_argument("--as-of", type=day_of, required=True)
    presence.add_argument("--known-at", type=day_of)
    presence.add_argument("--resolution", type=int)
    exposure = command("exposure", run_exposure, "exposure surface of a day")
    exposure.add_argument("--as-of", type=day_of, required=True)
    exposure.add_argument("--resolution", type=int, required=True)
    exposure.add_argument("--country", metavar="ISO3")
    exposure.add_argument("--skill", action="store_true", help="measure it on the past too (json; takes a minute)")
    add_output(exposure, ("json", "csv"))


def add_output(made: ArgumentParser, formats: tuple[str, ...]) -> None:
    """Declare in which formats and where to a command writes."""
    made.add_argument("--format", choices=formats, default="json")
    made.add_argument("--out", type=Path)


def word_of(words: type[Word]) -> Callable[[str], Word]:
    """Reader of one of some words, whose refusal lists them."""

    def read(text: str) -> Word:
        try:
            return words(text)
        except ValueError as error:
            raise ArgumentTypeError(f"{text!r} is none of {', '.join(words)}") from error

    return read


def day_of(text: str) -> dt.date:
    """Read a day as written on the command line."""
    try:
        return dt.datetime.fromisoformat(text).date()
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no date; write it like 2020-12-31") from error


def world_of(arguments: Namespace, settings: Settings, known_at: dt.date | None = None) -> World:
    """Open the workspace asked for, as known on a day."""
    instant = None if known_at is None else dt.datetime.combine(known_at, dt.time.max, tzinfo=dt.UTC)
    return World(open_for(arguments, settings), settings, known_at=instant)


def resolution_of(arguments: Namespace, settings: Settings) -> int:
    """Return the resolution asked for, 0 included, which is refused; else the default."""
    return settings.map.default_resolution if arguments.resolution is None else int(arguments.resolution)


def say_withheld(*parts: Cleared) -> None:
    """Say what the audience does not see."""
    for sentence in dict.fromkeys(said for part in parts for said in describe(part.statement)):
        say(sentence)


def _filters(arguments: Namespace) -> dict[str, tuple[str, ...]]:
    return {
        "event_types": tuple(arguments.type),
        "actors": tuple(arguments.actor),
        "violations": tuple(arguments.violation),
        "sources": tuple(arguments.source),
        "verifications": tuple(arguments.verification),
        "place_precisions": tuple(arguments.precision),
    }


def run_hexbin(arguments: Namespace, settings: Settings) -> None:
    """Print incidents per cell."""
    world = world_of(arguments, settings)
    request = HexbinRequest(
        resolution=arguments.resolution,
        window=Window(arguments.start, arguments.end),
        **_filters(arguments),
    )
    found = answer_hexbin(world, request, audience=arguments.audience, areas=True)
    say_withheld(found.cells)
    provenance = provenance_of(world.sources, as_of=found.as_of, unit="incidents per cell")
    if arguments.format != "json":
        deliver(export_table(found.cells, format_name=arguments.format, provenance=provenance), arguments.out)
        return
    totals = rows_of(found.totals)
    answer_or_file(
        {
            "request": as_json(found.request),
            "asked_resolution": request.resolution,
            "resolution": found.request.resolution,
            **statement_of(found.cells.statement),
            "as_of": plain(found.as_of),
            "cells": rows_of(found.cells),
            "area_only": rows_of(found.area_only),
            "totals": totals[0] if totals else None,
            "provenance": provenance,
        },
        arguments.out,
    )


def answer_or_file(document: dict[str, Any], out: Path | None) -> None:
    """Print a document, or write it to a file."""
    if out is None:
        answer(document)
    else:
        deliver(json.dumps(document, ensure_ascii=False, allow_nan=False).encode(), out)


def run_hotspots(arguments: Namespace, settings: Settings) -> None:
    """Print Gi*, its p-values and the class of each cell, with what they assume."""
    world = world_of(arguments, settings)
    request = HotspotRequest(
        resolution=arguments.resolution, months=arguments.months, end=arguments.end, **_filters(arguments)
    )
    found = answer_hotspots(world, request, audience=arguments.audience)
    say_withheld(found.cells)
    provenance = provenance_of(
        world.sources, as_of=found.end, months=len(found.months), unit="Gi*", assumptions=" ".join(found.statement)
    )
    if arguments.format != "json":
        deliver(export_table(found.cells, format_name=arguments.format, provenance=provenance), arguments.out)
        return
    answer_or_file(
        {
            "request": as_json(found.request),
            "asked_resolution": request.resolution,
            **statement_of(found.cells.statement),
            "resolution": found.request.resolution,
            "as_of": plain(found.end),
            "months": plain(found.months),
            "assumptions": list(found.statement),
            "cells": rows_of(found.cells),
            "provenance": provenance,
        },
        arguments.out,
    )


def run_presence(arguments: Namespace, settings: Settings) -> None:
    """Print the share of each actor per cell."""
    world = world_of(arguments, settings, known_at=arguments.known_at)
    request = PresenceRequest(
        as_of=arguments.as_of,
        known_at=arguments.known_at,
        intervals=True,
        resolution=resolution_of(arguments, settings),
    )
    found = answer_presence(world, request, audience=arguments.audience)
    say_withheld(found.cells)
    answer(
        {
            "request": as_json(found.request),
            **statement_of(found.cells.statement),
            "resolution": found.request.resolution,
            "cells": rows_of(found.cells),
            "actors": rows_of(found.actors),
            "provenance": provenance_of(world.sources, as_of=request.as_of),
        }
    )


def run_exposure(arguments: Namespace, settings: Settings) -> None:
    """Print the exposure surface."""
    world = world_of(arguments, settings)
    request = ExposureRequest(as_of=arguments.as_of, resolution=arguments.resolution, country=arguments.country)
    found = answer_exposure(world, request, audience=arguments.audience)
    provenance = provenance_of(world.sources, as_of=request.as_of, unit=UNIT, modelled=True)
    if arguments.format == "csv":
        deliver(export_table(found.cells, format_name="csv", provenance=provenance), arguments.out)
        return
    document = {
        "request": as_json(found.request),
        "asked_resolution": request.resolution,
        **statement_of(found.cells.statement),
        "resolution": found.request.resolution,
        "unit": UNIT,
        "model": found.model,
        "why": found.why,
        "cells": rows_of(found.cells),
        "provenance": provenance,
    }
    if arguments.skill:
        skill = answer_skill(world, country=arguments.country, audience=arguments.audience)
        document["skill"] = {"unit": SKILL_UNIT, "horizons": rows_of(skill)}
    answer_or_file(document, arguments.out)
