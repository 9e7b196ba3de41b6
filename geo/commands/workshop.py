"""The command that makes a workshop pack of a scenario."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from geo.answers.land import answer_land
from geo.answers.workshop_pack import answer_pack
from geo.answers.world import World
from geo.commands.asking import command_of, day_of, resolution_of, say_withheld, word_of, world_of
from geo.commands.planning import scenario_named
from geo.commands.speaking import check_place, deliver, say
from geo.drawdown.phases import PhasesRequest
from geo.errors import RequestError
from geo.exports.workshop_files import PACK_FORMATS, pack_file
from geo.layers.basemap import Ground, base_map
from geo.layers.spec import LayerSpec
from geo.model import AccessMode, Audience, Season
from geo.settings import Settings
from geo.text import LANGUAGES

_TOLD_EACH = 10  # steps of a long order between two words about how far it is


def add_commands(commands: Any) -> None:
    """Declare the command of this file."""
    pack = command_of(
        commands, "workshop-pack", run_workshop_pack, "all a workshop needs of a scenario, as PDF or PPTX"
    )
    pack.add_argument(
        "--scenario", required=True, metavar="FILE|ID", help="as in data/forms/scenario.toml, or one kept"
    )
    pack.add_argument("--limit-min", type=float, required=True)
    pack.add_argument(
        "--mode", type=word_of(AccessMode), choices=list(AccessMode),
        help="one mode only; default tables of all, maps and order without escort",
    )  # fmt: skip
    pack.add_argument("--language", choices=LANGUAGES, default="en")
    pack.add_argument("--out", type=Path, required=True, metavar="FILE.pdf|FILE.pptx")
    pack.add_argument("--as-of", type=day_of)
    pack.add_argument("--season", type=word_of(Season), choices=list(Season))
    pack.add_argument("--vehicle", default="4x4")
    pack.add_argument("--resolution", type=int)


def run_workshop_pack(arguments: Namespace, settings: Settings) -> None:
    """Write the pack of a scenario.

    Raises
    ------
    RequestError
        When the file's name ends with none of the formats or cannot be written, before anything is computed.
    """
    form = arguments.out.suffix.removeprefix(".").lower()
    if form not in PACK_FORMATS:
        raise RequestError(f"--out {arguments.out}: end the name with .{' or .'.join(PACK_FORMATS)}")
    check_place(arguments.out)
    world = world_of(arguments, settings)
    day = arguments.as_of or world.latest_date
    wet = arguments.as_of is not None and day.month in settings.seasons.wet_months
    request = PhasesRequest(
        limit_min=arguments.limit_min,
        as_of=day,
        modes=(arguments.mode,) if arguments.mode else tuple(AccessMode),
        season=arguments.season or (Season.WET if wet else Season.DRY),
        vehicle=arguments.vehicle,
        resolution=resolution_of(arguments, settings),
    )
    scenario = scenario_named(arguments.scenario, world)
    found = answer_pack(world, scenario, request, audience=arguments.audience, progress=_count_steps)
    say_withheld(found.tables["scenario_lost"])
    base, bounds = _ground(world, arguments.audience)
    content = pack_file(form, found.tables, found.facts, language=arguments.language, base=base, bounds=bounds)
    deliver(content, arguments.out)


def _count_steps(done: int, count: int) -> None:
    """Say how far a long closing order has come."""
    if count > 2 * _TOLD_EACH and (done % _TOLD_EACH == 0 or done == count):
        say(f"{done} of {count} steps proven")


def _ground(world: World, audience: Audience) -> tuple[tuple[LayerSpec, ...], Any]:
    """The base map, and the extent of the country."""
    land = answer_land(world, audience=audience)
    named = {
        f"{layer}_source": land.sources.get(table, f"no {layer}")
        for layer, table in (
            ("boundaries", "boundaries"),
            ("rivers", "rivers"),
            ("towns", "places"),
            ("roads", "roads"),
        )
    }
    ground = Ground(boundaries=land.boundaries, rivers=land.rivers, towns=land.towns, roads=land.roads, **named)
    return base_map(ground, home=land.home), land.bounds
