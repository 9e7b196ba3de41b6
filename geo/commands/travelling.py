"""Commands about getting there: route, reach, gaps."""

import datetime as dt
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

from geo.access.segments import BAN_WORDS
from geo.answers.reach import answer_gaps, answer_reach
from geo.answers.route import RoutesAnswer, answer_off_roads, answer_route
from geo.commands.asking import (
    add_output,
    answer_or_file,
    command_of,
    day_of,
    resolution_of,
    say_withheld,
    word_of,
    world_of,
)
from geo.commands.planning import print_phases, side_of
from geo.commands.speaking import answer, deliver, say
from geo.errors import RequestError
from geo.exports.provenance import provenance_of
from geo.exports.tables import rows_of, statement_of
from geo.exports.tracks import TRACK_FORMATS, export_tracks
from geo.model import AccessMode, GapsRequest, LonLat, ReachRequest, RouteRequest, Season, as_json
from geo.schema import CONSTRAINT_KINDS
from geo.settings import Settings

_OFF_ROADS = ("constraints", "road_reports")
AVOIDED = (*CONSTRAINT_KINDS, *BAN_WORDS, "road:ID", "segment:ID")


def add_commands(commands: Any) -> None:
    """Declare the commands of this file."""
    _add_route(command_of(commands, "route", run_route, "ways from one place to another"))
    _add_reach(
        command_of(commands, "reach", run_reach, "what bases reach"),
        command_of(commands, "gaps", run_gaps, "what is lost when bases close"),
    )


def _add_route(route: ArgumentParser) -> None:
    route.add_argument("--from", dest="origin", type=_place, required=True, metavar="LON,LAT")
    route.add_argument("--to", dest="destination", type=_place, required=True, metavar="LON,LAT")
    route.add_argument("--depart", type=_moment, metavar="ISO", help="a day, or a day and local time: 2026-03-01T07:30")
    route.add_argument("--night", action="store_true", help="may drive in the dark (with a time in --depart)")
    route.add_argument("--avoid", action="append", default=[], metavar="WORD", help=f"never use: {', '.join(AVOIDED)}")
    route.add_argument("--escort", choices=("yes", "no", "either"), default="either")
    route.add_argument("--exposure-weight", type=float, metavar="W")
    _add_travel(route)
    add_output(route, ("json", *TRACK_FORMATS))


def _add_reach(reach: ArgumentParser, gaps: ArgumentParser) -> None:
    reach.add_argument("--base", action="append", required=True, metavar="ID")
    reach.add_argument("--mode", type=word_of(AccessMode), choices=list(AccessMode), required=True)
    what = gaps.add_mutually_exclusive_group(required=True)
    what.add_argument("--close", type=_ids, metavar="ID[,ID…]")
    what.add_argument("--scenario", metavar="FILE|ID", help="phases, as in data/forms/scenario.toml, or one kept here")
    gaps.add_argument("--mode", type=word_of(AccessMode), choices=list(AccessMode), help="one mode only; default all")
    for made in (reach, gaps):
        made.add_argument("--limit-min", type=float, required=True)
        made.add_argument("--as-of", type=day_of)
        made.add_argument("--resolution", type=int)
        _add_travel(made)


def _add_travel(made: ArgumentParser) -> None:
    made.add_argument("--season", type=word_of(Season), choices=list(Season))
    made.add_argument("--vehicle", default="4x4")


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


def _moment(text: str) -> dt.datetime | dt.date:
    """Read a day, or a day and time with or without an offset."""
    if "T" not in text and " " not in text.strip():
        return day_of(text)
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no moment; write it like 2026-03-01T07:30") from error


def _departure(
    moment: dt.datetime | dt.date | None, settings: Settings, *, latest: dt.date
) -> tuple[dt.date, dt.time | None]:
    """Day and local time of departure; a moment with an offset is told in the country's clock time."""
    if not isinstance(moment, dt.datetime):
        return moment or latest, None
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.timezone(dt.timedelta(hours=settings.daylight.utc_offset_hours)))
    return moment.date(), moment.time().replace(tzinfo=None)


def _season(day: dt.date | None, settings: Settings) -> Season:
    """Season of a day that was asked for; dry where neither was."""
    return Season.WET if day is not None and day.month in settings.seasons.wet_months else Season.DRY


def run_route(arguments: Namespace, settings: Settings) -> None:
    """Print one route for a weight, else the front of alternatives."""
    world = world_of(arguments, settings)
    day, time = _departure(arguments.depart, settings, latest=world.latest_date)
    request = RouteRequest(
        origin=arguments.origin,
        destination=arguments.destination,
        as_of=day,
        departs=time,
        daylight=not arguments.night,
        avoid=tuple(arguments.avoid),
        season=arguments.season or _season(day if arguments.depart else None, settings),
        vehicle=arguments.vehicle,
        escort=arguments.escort,
        exposure_weight=arguments.exposure_weight,
    )
    found = answer_route(world, request, audience=arguments.audience)
    provenance = provenance_of(world.sources, as_of=request.as_of, exposure_unit=found.unit, modelled=True)
    if found.refused:
        say(found.refused)
    off_roads = answer_off_roads(world, request, audience=arguments.audience)
    if (lost := sum(len(rows_of(table)) for table in off_roads)) > 0:
        say(f"records of roads in force that lie on no known road and count nowhere: {lost}; see on_no_road")
    if arguments.format != "json":
        tracks = export_tracks(
            found.routes,
            format_name=arguments.format,
            provenance=provenance,
            waypoints=found.waypoints,
            segments=found.segments,
        )
        deliver(tracks, arguments.out)
        return
    answer_or_file(
        {
            "request": as_json(request),
            **statement_of(found.routes.statement),
            "exposure_unit": found.unit,
            "hours_from": found.basis,
            "routes": _routes(found),
            "front": request.exposure_weight is None,
            "refused": found.refused,
            "waypoints": rows_of(found.waypoints),
            "on_no_road": {table: rows_of(lost) for table, lost in zip(_OFF_ROADS, off_roads, strict=True)},
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
    world = world_of(arguments, settings)
    request = ReachRequest(
        base_ids=tuple(arguments.base),
        limit_min=arguments.limit_min,
        mode=arguments.mode,
        as_of=arguments.as_of or world.latest_date,
        season=arguments.season or _season(arguments.as_of, settings),
        vehicle=arguments.vehicle,
        resolution=resolution_of(arguments, settings),
    )
    found = answer_reach(world, request, audience=arguments.audience)
    say_withheld(found.sites, found.cells)
    answer(
        {
            "request": as_json(found.request),
            **statement_of(found.sites.statement),
            "resolution": found.request.resolution,
            "sites": rows_of(found.sites),
            "cells": rows_of(found.cells),
            "bases": rows_of(found.bases),
            "per_base": rows_of(found.per_base),
            "provenance": provenance_of(world.sources, as_of=request.as_of, modelled=True),
        }
    )


def run_gaps(arguments: Namespace, settings: Settings) -> None:
    """Print reach before and after closing bases, per mode, with the sites lost by name; of a scenario, per phase."""
    world = world_of(arguments, settings)
    if arguments.scenario is not None:
        season = arguments.season or _season(arguments.as_of, settings)
        print_phases(arguments, world, season, resolution_of(arguments, settings))
        return
    modes = [arguments.mode] if arguments.mode else list(AccessMode)
    answers = [
        answer_gaps(
            world,
            GapsRequest(
                close=arguments.close,
                limit_min=arguments.limit_min,
                mode=mode,
                as_of=arguments.as_of or world.latest_date,
                season=arguments.season or _season(arguments.as_of, settings),
                vehicle=arguments.vehicle,
                resolution=resolution_of(arguments, settings),
            ),
            audience=arguments.audience,
        )
        for mode in modes
    ]
    say_withheld(*(found.lost for found in answers))
    coverage = [row for found in answers for row in rows_of(found.coverage)]
    lost = [row for found in answers for row in rows_of(found.lost)]
    answer(
        {
            "request": as_json(answers[0].request),
            **statement_of(answers[0].lost.statement),
            "before": {row["mode"]: side_of(row, "before") for row in coverage},
            "after": {row["mode"]: side_of(row, "after") for row in coverage},
            "limit_min": arguments.limit_min,
            "lost_sites": lost,
            "people_lost": {row["mode"]: row.get("people_lost") for row in coverage},
            "provenance": provenance_of(world.sources, as_of=answers[0].request.as_of, modelled=True),
        }
    )
