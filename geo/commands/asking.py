"""Commands that answer questions: hexbin, hotspots, presence, exposure, route, reach, gaps."""

import datetime as dt
import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from geo.answers.exposure import SKILL_UNIT, UNIT, answer_exposure, answer_skill
from geo.answers.hexbin import answer_hexbin
from geo.answers.hotspots import answer_hotspots
from geo.answers.presence import answer_presence
from geo.answers.reach import answer_gaps, answer_reach
from geo.answers.route import RoutesAnswer, answer_route
from geo.answers.world import World
from geo.commands.speaking import answer, deliver, say
from geo.commands.storing import open_for
from geo.errors import RequestError
from geo.exports.provenance import provenance_of
from geo.exports.tables import TABLE_FORMATS, export_table, plain, rows_of, statement_of
from geo.exports.tracks import TRACK_FORMATS, export_tracks
from geo.model import (
    AccessMode,
    Audience,
    ExposureRequest,
    GapsRequest,
    HexbinRequest,
    HotspotRequest,
    LonLat,
    PresenceRequest,
    ReachRequest,
    RouteRequest,
    Season,
    Window,
    as_json,
)
from geo.redaction import Cleared, describe
from geo.settings import Settings

_Runner = Callable[[Namespace, Settings], None]


def add_commands(commands: Any) -> None:
    """Declare the commands of this file."""

    def command(name: str, run: _Runner, about: str) -> ArgumentParser:
        made: ArgumentParser = commands.add_parser(name, help=about)
        made.add_argument("--audience", type=Audience, choices=list(Audience), default=Audience.PUBLIC)
        made.set_defaults(run=run)
        return made

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
        _add_output(made, TABLE_FORMATS)
    presence = command("presence", run_presence, "share of each actor per cell")
    presence.add_argument("--as-of", type=day_of, required=True)
    presence.add_argument("--known-at", type=day_of)
    presence.add_argument("--resolution", type=int)
    exposure = command("exposure", run_exposure, "exposure surface of a day")
    exposure.add_argument("--as-of", type=day_of, required=True)
    exposure.add_argument("--resolution", type=int, required=True)
    exposure.add_argument("--country", metavar="ISO3")
    exposure.add_argument("--skill", action="store_true", help="measure it on the past too (json; takes a minute)")
    _add_output(exposure, ("json", "csv"))
    _add_route(command("route", run_route, "ways from one place to another"))
    _add_reach(
        command("reach", run_reach, "what bases reach"), command("gaps", run_gaps, "what is lost when bases close")
    )


def _add_route(route: ArgumentParser) -> None:
    route.add_argument("--from", dest="origin", type=_place, required=True, metavar="LON,LAT")
    route.add_argument("--to", dest="destination", type=_place, required=True, metavar="LON,LAT")
    route.add_argument("--depart", type=day_of, metavar="ISO")
    route.add_argument("--escort", choices=("yes", "no", "either"), default="either")
    route.add_argument("--exposure-weight", type=float, metavar="W")
    _add_travel(route)
    _add_output(route, ("json", *TRACK_FORMATS))


def _add_reach(reach: ArgumentParser, gaps: ArgumentParser) -> None:
    reach.add_argument("--base", action="append", required=True, metavar="ID")
    reach.add_argument("--mode", type=AccessMode, choices=list(AccessMode), required=True)
    gaps.add_argument("--close", type=_ids, required=True, metavar="ID[,ID…]")
    gaps.add_argument("--mode", type=AccessMode, choices=list(AccessMode), help="one mode only; default all")
    for made in (reach, gaps):
        made.add_argument("--limit-min", type=float, required=True)
        made.add_argument("--as-of", type=day_of)
        made.add_argument("--resolution", type=int)
        _add_travel(made)


def _add_travel(made: ArgumentParser) -> None:
    made.add_argument("--season", type=Season, choices=list(Season), default=Season.DRY)
    made.add_argument("--vehicle", default="4x4")


def _add_output(made: ArgumentParser, formats: tuple[str, ...]) -> None:
    made.add_argument("--format", choices=formats, default="json")
    made.add_argument("--out", type=Path)


def day_of(text: str) -> dt.date:
    """Read a day as written on the command line."""
    try:
        return dt.datetime.fromisoformat(text).date()
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no date; write it like 2020-12-31") from error


def _place(text: str) -> LonLat:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no place; write longitude,latitude like 18.56,4.36") from error
    try:
        return LonLat(lon, lat)
    except RequestError as error:
        raise ArgumentTypeError(str(error)) from error


def _ids(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _world(arguments: Namespace, settings: Settings, known_at: dt.date | None = None) -> World:
    instant = None if known_at is None else dt.datetime.combine(known_at, dt.time.max, tzinfo=dt.UTC)
    return World(open_for(arguments, settings), settings, known_at=instant)


def _resolution(arguments: Namespace, settings: Settings) -> int:
    """Return the resolution asked for, 0 included, which is refused; else the default."""
    return settings.map.default_resolution if arguments.resolution is None else int(arguments.resolution)


def _say_withheld(*parts: Cleared) -> None:
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
    world = _world(arguments, settings)
    request = HexbinRequest(
        resolution=arguments.resolution,
        window=Window(arguments.start, arguments.end),
        **_filters(arguments),
    )
    found = answer_hexbin(world, request, audience=arguments.audience, areas=True)
    _say_withheld(found.cells)
    provenance = provenance_of(world.sources, as_of=found.as_of, unit="incidents per cell")
    if arguments.format != "json":
        deliver(export_table(found.cells, format_name=arguments.format, provenance=provenance), arguments.out)
        return
    totals = rows_of(found.totals)
    _answer_or_file(
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


def _answer_or_file(document: dict[str, Any], out: Path | None) -> None:
    if out is None:
        answer(document)
    else:
        deliver(json.dumps(document, ensure_ascii=False, allow_nan=False).encode(), out)


def run_hotspots(arguments: Namespace, settings: Settings) -> None:
    """Print Gi*, its p-values and the class of each cell, with what they assume."""
    world = _world(arguments, settings)
    request = HotspotRequest(
        resolution=arguments.resolution, months=arguments.months, end=arguments.end, **_filters(arguments)
    )
    found = answer_hotspots(world, request, audience=arguments.audience)
    _say_withheld(found.cells)
    provenance = provenance_of(
        world.sources, as_of=found.end, months=len(found.months), unit="Gi*", assumptions=" ".join(found.statement)
    )
    if arguments.format != "json":
        deliver(export_table(found.cells, format_name=arguments.format, provenance=provenance), arguments.out)
        return
    _answer_or_file(
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
    world = _world(arguments, settings, known_at=arguments.known_at)
    request = PresenceRequest(
        as_of=arguments.as_of,
        known_at=arguments.known_at,
        intervals=True,
        resolution=_resolution(arguments, settings),
    )
    found = answer_presence(world, request, audience=arguments.audience)
    _say_withheld(found.cells)
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
    world = _world(arguments, settings)
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
    _answer_or_file(document, arguments.out)


def run_route(arguments: Namespace, settings: Settings) -> None:
    """Print one route for a weight, else the front of alternatives."""
    world = _world(arguments, settings)
    request = RouteRequest(
        origin=arguments.origin,
        destination=arguments.destination,
        as_of=arguments.depart or world.latest_date,
        season=arguments.season,
        vehicle=arguments.vehicle,
        escort=arguments.escort,
        exposure_weight=arguments.exposure_weight,
    )
    found = answer_route(world, request, audience=arguments.audience)
    provenance = provenance_of(world.sources, as_of=request.as_of, exposure_unit=found.unit, modelled=True)
    if found.refused:
        say(found.refused)
    if arguments.format != "json":
        deliver(export_tracks(found.routes, format_name=arguments.format, provenance=provenance), arguments.out)
        return
    _answer_or_file(
        {
            "request": as_json(request),
            **statement_of(found.routes.statement),
            "exposure_unit": found.unit,
            "routes": _routes(found),
            "front": request.exposure_weight is None,
            "refused": found.refused,
            "provenance": provenance,
        },
        arguments.out,
    )


def _routes(found: RoutesAnswer) -> list[dict[str, Any]]:
    routes = rows_of(found.routes)
    for route, segments in zip(routes, found.segments, strict=False):
        rows = rows_of(segments)
        for row in rows:
            row.pop("geometry", None)
        route["segments"] = rows
    return routes


def run_reach(arguments: Namespace, settings: Settings) -> None:
    """Print the time to each site and cell."""
    world = _world(arguments, settings)
    request = ReachRequest(
        base_ids=tuple(arguments.base),
        limit_min=arguments.limit_min,
        mode=arguments.mode,
        as_of=arguments.as_of or world.latest_date,
        season=arguments.season,
        vehicle=arguments.vehicle,
        resolution=_resolution(arguments, settings),
    )
    found = answer_reach(world, request, audience=arguments.audience)
    _say_withheld(found.sites, found.cells)
    answer(
        {
            "request": as_json(found.request),
            **statement_of(found.sites.statement),
            "resolution": found.request.resolution,
            "sites": rows_of(found.sites),
            "cells": rows_of(found.cells),
            "provenance": provenance_of(world.sources, as_of=request.as_of, modelled=True),
        }
    )


def run_gaps(arguments: Namespace, settings: Settings) -> None:
    """Print reach before and after closing bases, per mode, with the sites lost by name."""
    world = _world(arguments, settings)
    modes = [arguments.mode] if arguments.mode else list(AccessMode)
    answers = [
        answer_gaps(
            world,
            GapsRequest(
                close=arguments.close,
                limit_min=arguments.limit_min,
                mode=mode,
                as_of=arguments.as_of or world.latest_date,
                season=arguments.season,
                vehicle=arguments.vehicle,
                resolution=_resolution(arguments, settings),
            ),
            audience=arguments.audience,
        )
        for mode in modes
    ]
    _say_withheld(*(found.lost for found in answers))
    coverage = [row for found in answers for row in rows_of(found.coverage)]
    lost = [row for found in answers for row in rows_of(found.lost)]
    answer(
        {
            "request": as_json(answers[0].request),
            **statement_of(answers[0].lost.statement),
            "before": {row["mode"]: _side(row, "before") for row in coverage},
            "after": {row["mode"]: _side(row, "after") for row in coverage},
            "limit_min": arguments.limit_min,
            "lost_sites": lost,
            "people_lost": {row["mode"]: row.get("people_lost") for row in coverage},
            "provenance": provenance_of(world.sources, as_of=answers[0].request.as_of, modelled=True),
        }
    )


def _side(row: dict[str, Any], side: str) -> dict[str, Any]:
    return {key.removesuffix(f"_{side}"): value for key, value in row.items() if key.endswith(f"_{side}")}
