"""Commands about a drawdown: closing-order, effect."""

import csv
import datetime as dt
import io
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import Counter
from pathlib import Path
from typing import Any

from geo.answers.closing import answer_closing, may_order
from geo.answers.closing_ground import ClosingPlan, plan_closing
from geo.answers.closing_more import answer_places, answer_replan
from geo.answers.effect import answer_effect
from geo.answers.world import World
from geo.commands.asking import command_of, day_of, say_withheld, world_of
from geo.commands.speaking import answer, deliver, say
from geo.drawdown.comparison import ClosureRequest
from geo.drawdown.effect import Effect, estimate_effect
from geo.drawdown.panels import oddities_of, panels_of
from geo.errors import RequestError
from geo.exports.provenance import provenance_of
from geo.exports.tables import rows_of, statement_of
from geo.model import AccessMode, ClosingRequest, Objective, Season, as_json
from geo.readers import read_file
from geo.readers.panels import read_panels
from geo.settings import Settings

_TOLD_FROM, _TOLD_EACH = 20, 10  # orders as long as this tell how far they are
ANSWER_COLUMNS = ("run", "rate_ratio", "low", "high", "p_value", "verdict")


def add_commands(commands: Any) -> None:
    """Declare the commands of this file."""
    closing = command_of(commands, "closing-order", run_closing_order, "in which order to close bases")
    closing.add_argument("--limit-min", type=float, required=True)
    closing.add_argument("--mode", type=AccessMode, choices=list(AccessMode), default=AccessMode.UNESCORTED)
    closing.add_argument("--keep", type=_ids, default=(), metavar="ID[,ID…]")
    closing.add_argument("--forced", type=_forced, default=(), metavar="ID=DATE[,…]")
    closing.add_argument(
        "--add-candidates", type=Path, metavar="FILE", help="partner bases to weigh, as in data/forms/bases.csv"
    )
    closing.add_argument(
        "--objective",
        type=Objective,
        choices=list(Objective),
        default=Objective.COVER,
        help="keep people within the limit, or people's minutes of travel low",
    )
    closing.add_argument("--replan", type=_forced, metavar="ID=DATE", help="plan anew when this base closes that day")
    closing.add_argument("--try-places", action="store_true", help="weigh a partner base at each site and town")
    closing.add_argument("--as-of", type=day_of)
    closing.add_argument("--season", type=Season, choices=list(Season), default=Season.DRY)
    closing.add_argument("--vehicle", default="4x4")
    effect: ArgumentParser = command_of(commands, "effect", run_effect, "before and after a closure")
    effect.add_argument("--base", action="append", default=[], metavar="ID[,ID…]")
    effect.add_argument("--date", type=day_of)
    effect.add_argument("--panels", type=Path, metavar="PANELS.csv", help="many panels at once, with --runs and --out")
    effect.add_argument("--runs", type=Path, metavar="RUNS.csv")
    effect.add_argument("--out", type=Path, metavar="ANSWERS.csv")


def _ids(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _forced(text: str) -> tuple[tuple[str, dt.date], ...]:
    """Read closures written ID=DATE, separated by commas."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if strange := [base for base, sign, _ in pairs if not sign]:
        raise ArgumentTypeError(f"{strange[0]!r} has no day; write it like base-03=2027-03-31")
    return tuple((base.strip(), day_of(day.strip())) for base, _, day in pairs)


def run_closing_order(arguments: Namespace, settings: Settings) -> None:
    """Print the order that loses least beside the proven optimum of each step."""
    world = world_of(arguments, settings)
    request = ClosingRequest(
        limit_min=arguments.limit_min,
        as_of=arguments.as_of or world.latest_date,
        mode=arguments.mode,
        keep=arguments.keep,
        forced=arguments.forced,
        objective=arguments.objective,
        season=arguments.season,
        vehicle=arguments.vehicle,
    )
    more = None if arguments.add_candidates is None else read_file("bases", arguments.add_candidates).frame
    if arguments.replan and len(arguments.replan) > 1:
        raise RequestError("plan anew for one base at a time; give --replan ID=DATE")
    audience = arguments.audience
    plan = plan_closing(world, request, progress=_count_steps) if may_order(world, audience) else None
    found = answer_closing(world, request, audience=audience, candidates=more, plan=plan)
    say_withheld(found.order)
    answer(
        {
            "request": as_json(request),
            **statement_of(found.order.statement),
            "limit_min": request.limit_min,
            "mode": request.mode.value,
            "unit": found.unit,
            "not_counted": found.not_counted,
            "out_of_reach": found.out_of_reach,
            "steps": rows_of(found.order),
            "bases": rows_of(found.keeps),
            **_replanned(world, plan, arguments),
            **_places(world, plan, arguments),
            "provenance": provenance_of(world.sources, as_of=request.as_of, unit=found.unit, modelled=True),
        }
    )


def _replanned(world: World, plan: ClosingPlan | None, arguments: Namespace) -> dict[str, Any]:
    """Both ways on from a forced closure, where one was named."""
    if not arguments.replan:
        return {}
    found = answer_replan(world, plan, forced=arguments.replan[0], audience=arguments.audience)
    return {"replan": {"done": found.done, "keeps_old": found.keeps_old, "steps": rows_of(found.steps)}}


def _places(world: World, plan: ClosingPlan | None, arguments: Namespace) -> dict[str, Any]:
    """What a partner base at each place would add, where that was asked."""
    if not arguments.try_places:
        return {}
    found = answer_places(world, plan, step=0, audience=arguments.audience)
    return {"places": {"tried": found.tried, "there": found.there, "best": rows_of(found.places)}}


def _count_steps(done: int, count: int) -> None:
    """Say how far a long order has come."""
    if count >= _TOLD_FROM and (done % _TOLD_EACH == 0 or done == count):
        say(f"{done} of {count} steps proven")


def run_effect(arguments: Namespace, settings: Settings) -> None:
    """Print what a real closure was followed by, or estimate many panels of a file."""
    many = (arguments.panels, arguments.runs, arguments.out)
    if arguments.base and arguments.date and not any(many):
        _run_closure(arguments, settings)
    elif all(many) and not arguments.base and not arguments.date:
        _run_panels(arguments, settings)
    else:
        raise RequestError("give --base ID[,ID…] and --date DATE, or --panels FILE, --runs FILE and --out FILE")


def _run_closure(arguments: Namespace, settings: Settings) -> None:
    world = world_of(arguments, settings)
    named = [part.strip() for text in arguments.base for part in text.split(",") if part.strip()]
    request = ClosureRequest(base_ids=tuple(dict.fromkeys(named)), date=arguments.date)
    found = answer_effect(world, request, audience=arguments.audience)
    say_withheld(found.effect)
    rows = rows_of(found.effect)
    answer(
        {
            "request": as_json(request),
            **statement_of(found.effect.statement),
            "effect": rows[0] if rows else None,
            "placebos": rows_of(found.placebos),
            "months": rows_of(found.months),
            "places": rows_of(found.places),
            "rests_on": list(found.statement),
            "provenance": provenance_of(world.sources, as_of=request.date, modelled=True),
        }
    )


def _run_panels(arguments: Namespace, settings: Settings) -> None:
    rule = settings.effect
    table, runs = read_panels(arguments.panels, arguments.runs, reach_most=rule.reach_error_most)
    panels = list(panels_of(table, runs))
    found = [(run, estimate_effect(panel, settings=rule)) for run, panel in panels]
    for sentence in oddities_of(table, panels).said():
        say(sentence)
    verdicts = Counter(effect.verdict for _, effect in found)
    say(f"{len(found)} runs: {', '.join(f'{number} {verdict}' for verdict, number in sorted(verdicts.items()))}")
    deliver(_written(found), arguments.out)


def _written(found: list[tuple[str, Effect]]) -> bytes:
    """Rows as CSV; where nothing can be estimated the ratio is ``nan`` and the interval runs from 0 to ``inf``."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(ANSWER_COLUMNS)
    for run, effect in found:
        one = effect.estimate
        numbers = (one.rate_ratio, one.low, one.high, one.p_value)
        rows.writerow([run, *(f"{number:.6g}" for number in numbers), effect.verdict])
    return text.getvalue().encode()
