"""What the commands about a drawdown print of a scenario: its phases."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from geo.answers.phases import PhasesAnswer, answer_phases, stored_scenario
from geo.answers.world import World
from geo.commands.asking import say_withheld
from geo.commands.speaking import answer
from geo.drawdown.phases import PhasesRequest
from geo.drawdown.scenarios import Scenario, scenario_of
from geo.exports.provenance import provenance_of
from geo.exports.tables import rows_of, statement_of
from geo.model import AccessMode, Season, as_json
from geo.readers.scenario import read_scenario

_FORMS = (".toml", ".json")


def scenario_named(text: str, world: World) -> Scenario:
    """Read a scenario from a file, or take the one kept in the workspace under this id.

    What ends like a file, or is one, is one; a folder or a name that no file can have is an id.
    """
    path = Path(text)
    if path.suffix.lower() not in _FORMS and not _is_file(path):
        return stored_scenario(world, text)
    scenarios, measures = read_scenario(path)
    return scenario_of(scenarios.iloc[0].to_dict(), measures)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # e.g. a name too long
        return False


def print_phases(arguments: Namespace, world: World, season: Season, resolution: int) -> None:
    """Print what each phase of a scenario loses, by each access mode."""
    request = PhasesRequest(
        limit_min=arguments.limit_min,
        as_of=arguments.as_of or world.latest_date,
        modes=(arguments.mode,) if arguments.mode else tuple(AccessMode),
        season=season,
        vehicle=arguments.vehicle,
        resolution=resolution,
    )
    found = answer_phases(world, scenario_named(arguments.scenario, world), request, audience=arguments.audience)
    say_withheld(found.lost)
    told = rows_of(found.scenario)
    answer(
        {
            "request": as_json(found.request),
            **statement_of(found.lost.statement),
            "limit_min": request.limit_min,
            "scenario": told[0] if told else None,
            "phases": _phases(found),
            "provenance": provenance_of(world.sources, as_of=request.as_of, modelled=True),
        }
    )


def _phases(found: PhasesAnswer) -> list[dict[str, Any]]:
    """Each phase as ``gaps`` prints one closure, with what happens in it, what keeps one base only, and eyes lost."""
    totals = rows_of(found.phases)
    parts = {
        "bases": rows_of(found.changes),
        "lost_sites": rows_of(found.lost),
        "one_base_left": rows_of(found.weakened),
        "lost_cells": rows_of(found.lost_cells),
        "no_eyes": rows_of(found.no_eyes),
    }
    phases = []
    for number in dict.fromkeys(row["phase"] for row in totals):
        rows = [row for row in totals if row["phase"] == number]
        phases.append(
            {
                "phase": number,
                "name": rows[0].get("phase_name"),
                "begins_on": rows[0].get("begins_on"),
                "before": {row["mode"]: side_of(row, "before") for row in rows},
                "after": {row["mode"]: side_of(row, "after") for row in rows},
                "people_lost": {row["mode"]: row.get("people_lost") for row in rows},
                "sites_gained": {row["mode"]: row.get("sites_gained") for row in rows},
                **{name: [_but_phase(row) for row in part if row["phase"] == number] for name, part in parts.items()},
            }
        )
    return phases


def _but_phase(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "phase"}


def side_of(row: dict[str, Any], side: str) -> dict[str, Any]:
    """What a row of totals tells of one side, before or after."""
    return {key.removesuffix(f"_{side}"): value for key, value in row.items() if key.endswith(f"_{side}")}
