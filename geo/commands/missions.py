"""Commands about joint missions: queue, plan, form-sites."""

import datetime as dt
from argparse import Namespace
from pathlib import Path
from typing import Any

from geo.answers.mission_records import season_on
from geo.answers.plan import answer_plan
from geo.answers.queue import QueueAnswer, answer_form_sites, answer_queue, latest_day
from geo.answers.week import answer_week
from geo.answers.world import World
from geo.commands.asking import command_of, day_of, say_withheld, world_of
from geo.commands.speaking import answer, deliver, say
from geo.errors import RequestError, WithheldError
from geo.exports.provenance import provenance_of
from geo.exports.tables import export_table, rows_of, statement_of
from geo.model import PlanRequest, QueueRequest, Season, WeekRequest, as_json
from geo.redaction import Cleared
from geo.settings import Settings

# Columns that hold several values, and what stands between them.
_LISTS = {
    "blocked_by": ";",
    "languages": ";",
    "why": "; ",
    "found_blockers": ";",
    **dict.fromkeys(("request_ids", "staff_ids", "vehicle_ids", "roles", "freed", "given_up"), "; "),
}


def add_commands(commands: Any) -> None:
    """Declare the commands of this file."""
    queue = command_of(commands, "queue", run_queue, "requests to verify, oldest first, and what they wait for")
    queue.add_argument("--as-of", type=day_of)
    queue.add_argument("--week", type=day_of, metavar="DATE", help="first day of the week planned; default next Monday")
    queue.add_argument(
        "--no-week", action="store_true", help="plan no week, so tell nothing of what one more would free"
    )
    plan = command_of(commands, "plan", run_plan, "ways a joint team could serve requests")
    plan.add_argument("--requests", type=_ids, required=True, metavar="ID[,ID…]")
    plan.add_argument("--depart", type=day_of, required=True, metavar="DATE")
    plan.add_argument("--days", type=int, required=True, metavar="N", help="longest the team may be away")
    plan.add_argument("--base", default="", metavar="ID", help="base to leave from; default the nearest few")
    plan.add_argument("--as-of", type=day_of, help="day on which it is planned; default the last day the data speak of")
    plan.add_argument("--season", type=Season, choices=list(Season))
    plan.add_argument("--vehicle", default="4x4")
    sites = command_of(commands, "form-sites", run_form_sites, "sites.csv to lay beside the request form, as CSV")
    sites.add_argument("--out", type=Path)


def run_queue(arguments: Namespace, settings: Settings) -> None:
    """Print the requests that wait, their clocks, what waiting each blocker explains, and what one more of each frees."""
    world = world_of(arguments, settings)
    request = QueueRequest(as_of=arguments.as_of or latest_day(world))
    found = answer_queue(world, request, audience=arguments.audience)
    say_withheld(found.requests, found.totals, found.waiting, found.provinces)
    planned = {} if arguments.no_week else _week(world, request.as_of, arguments)
    answer(
        _document(found)
        | planned
        | {"provenance": provenance_of(world.sources, as_of=found.request.as_of, modelled=True)}
    )


def _week(world: World, as_of: dt.date, arguments: Namespace) -> dict[str, Any]:
    """The week planned over the queue, and again with one more of each; nothing for those who may not see it."""
    starts = arguments.week or as_of + dt.timedelta(days=7 - as_of.weekday())
    request = WeekRequest(starts_on=starts, as_of=as_of, season=season_on(world, starts))

    def told(done: int, of: int) -> None:
        say(f"planned again with one more of something: {done} of {of}")

    try:
        found = answer_week(world, request, audience=arguments.audience, progress=told)
    except RequestError as error:
        return {"week": {"request": as_json(request), "refused": str(error)}}
    if found.missions.withheld:
        return {}
    return {
        "bottlenecks": _listed(found.bottlenecks),
        "week": {
            "request": as_json(request),
            "totals": next(iter(rows_of(found.totals)), None),
            "missions": _listed(found.missions),
            "requests": _listed(found.requests),
            "notes": list(found.notes),
        },
    }


def _ids(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def run_plan(arguments: Namespace, settings: Settings) -> None:
    """Print the alternatives: days, team, escort use, and what is left out and refused with the reasons."""
    world = world_of(arguments, settings)
    wet = arguments.depart.month in settings.seasons.wet_months
    request = PlanRequest(
        request_ids=arguments.requests,
        departs_on=arguments.depart,
        days=arguments.days,
        as_of=arguments.as_of or min(arguments.depart, latest_day(world)),
        base_id=arguments.base,
        season=arguments.season or (Season.WET if wet else Season.DRY),
        vehicle=arguments.vehicle,
    )
    found = answer_plan(world, request, audience=arguments.audience)
    say_withheld(found.plans)
    plans = rows_of(found.plans)
    parts = {
        "legs": found.legs,
        "visits": found.visits,
        "team": found.team,
        "dropped": found.dropped,
        "changes": found.changes,
    }
    for plan in plans:
        for name, part in parts.items():
            plan[name] = [
                {key: value for key, value in row.items() if key not in ("label", "geometry")}
                for row in rows_of(part)
                if row["label"] == plan["label"]
            ]
    answer(
        {
            "request": as_json(request),
            **statement_of(found.plans.statement),
            "exposure_unit": found.unit,
            "plans": plans,
            "refused": rows_of(found.refusals),
            "provenance": provenance_of(world.sources, as_of=request.departs_on, modelled=True),
        }
    )


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
        "waiting": rows_of(found.waiting),
        "bottlenecks": [],
        "week": None,
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
