"""A scenario changed one step at a time: each step gives a new one, or says why it cannot be, and loses nothing.

Within a phase measures stand in one order, so that a step and its undoing meet: what comes, then what thins, then what
closes. No order makes more of a phase possible.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from geo.drawdown.scenarios import CLOSING, Measure, Phase, Scenario
from geo.errors import RequestError

_ORDER = ("add_base", "add_alert", "repair_airstrip", "mobile_team", "thin", "close")
_NEW = ("add_base", "mobile_team")  # kinds whose base is a new one


def arranged(scenario: Scenario) -> Scenario:
    """The same scenario with its measures, keeps and forced closures in the order all steps leave them in."""
    phases = tuple(replace(phase, measures=_arranged(phase.measures)) for phase in scenario.phases)
    return replace(
        scenario, phases=phases, keep=tuple(sorted(set(scenario.keep))), forced=tuple(sorted(scenario.forced))
    )


def _arranged(measures: Iterable[Measure]) -> tuple[Measure, ...]:
    return tuple(sorted(measures, key=lambda one: (_ORDER.index(one.kind), one.base_id, one.leaves)))


def toggle_closing(scenario: Scenario, number: int, base_id: str) -> Scenario:
    """Close a base in a phase; open it again where the phase closes it. Twice gives the scenario there was.

    Parameters
    ----------
    number
        Of the phase, from 1; forced closures are not counted.

    Raises
    ------
    RequestError
        When the base closes elsewhere, is kept, or only comes in this phase.
    """
    measure = Measure(kind="close", base_id=base_id)
    if measure in _phase(scenario, number).measures:
        return without_measure(scenario, number, measure)
    return with_measure(scenario, number, measure)


def with_measure(scenario: Scenario, number: int, measure: Measure) -> Scenario:
    """Add a measure to a phase; another of its kind at the same base and phase is replaced.

    Raises
    ------
    RequestError
        When a base closes twice, or closes and is kept, or closes in the phase it comes in.
    """
    phase = _phase(scenario, number)
    others = [one for one in phase.measures if (one.kind, one.base_id) != (measure.kind, measure.base_id)]
    comes = {one.base_id for one in (*others, measure) if one.kind in _NEW}
    if comes & {one.base_id for one in (*others, measure) if one.kind == "close"}:
        raise RequestError(
            f"base {measure.base_id!r} comes in phase {number} ({phase.name}) and cannot close in it; undo its coming"
        )
    return _with_phase_at(scenario, number, replace(phase, measures=_arranged((*others, measure))))


def without_measure(scenario: Scenario, number: int, measure: Measure) -> Scenario:
    """Take a measure out of a phase; nothing happens where it is not in it."""
    phase = _phase(scenario, number)
    return _with_phase_at(
        scenario, number, replace(phase, measures=_arranged(one for one in phase.measures if one != measure))
    )


def force_closing(scenario: Scenario, base_id: str, day: dt.date) -> Scenario:
    """Close a base on a day that others decide; a planned closure of it gives way, and so does an earlier force."""
    open_again = _without_closing(scenario, base_id)
    return arranged(replace(open_again, forced=(*open_again.forced, (base_id, day))))


def toggle_keeping(scenario: Scenario, base_id: str) -> Scenario:
    """Keep a base whatever ends, or no longer.

    Raises
    ------
    RequestError
        When the base closes.
    """
    held = scenario.keep
    kept = tuple(one for one in held if one != base_id) if base_id in held else (*held, base_id)
    return arranged(replace(scenario, keep=kept))


def without_base(scenario: Scenario, base_id: str) -> Scenario:
    """Undo all that a scenario does to a base, in every phase; one it adds is then never there."""
    phases = tuple(
        replace(phase, measures=_arranged(one for one in phase.measures if one.base_id != base_id))
        for phase in scenario.phases
    )
    return replace(
        scenario,
        phases=phases,
        keep=tuple(base for base in scenario.keep if base != base_id),
        forced=tuple((base, day) for base, day in scenario.forced if base != base_id),
    )


def _without_closing(scenario: Scenario, base_id: str) -> Scenario:
    phases = tuple(
        replace(
            phase,
            measures=tuple(one for one in phase.measures if not (one.kind in CLOSING and one.base_id == base_id)),
        )
        for phase in scenario.phases
    )
    return replace(scenario, phases=phases, forced=tuple(one for one in scenario.forced if one[0] != base_id))


def add_phase(scenario: Scenario, name: str, begins_on: dt.date) -> Scenario:
    """Add a phase where its day puts it.

    Raises
    ------
    RequestError
        When it has no name, or another begins on the day.
    """
    phases = (*scenario.phases, Phase(name=_named(name), begins_on=begins_on))
    return replace(scenario, phases=tuple(sorted(phases, key=lambda phase: phase.begins_on)))


def remove_phase(scenario: Scenario, number: int) -> Scenario:
    """Take a phase out with all its measures; what a later phase does to a base that only came in it goes too."""
    phase = _phase(scenario, number)
    left = replace(scenario, phases=scenario.phases[: number - 1] + scenario.phases[number:])
    for base_id in {one.base_id for one in phase.measures if one.kind in _NEW}:
        left = without_base(left, base_id)
    return left


def rename_phase(scenario: Scenario, number: int, name: str) -> Scenario:
    """Give a phase another name."""
    return _with_phase_at(scenario, number, replace(_phase(scenario, number), name=_named(name)))


def move_phase(scenario: Scenario, number: int, begins_on: dt.date) -> Scenario:
    """Let a phase begin on another day.

    Raises
    ------
    RequestError
        When that day is not between those of its neighbours.
    """
    return _with_phase_at(scenario, number, replace(_phase(scenario, number), begins_on=begins_on))


def fates_of(scenario: Scenario, base_id: str) -> tuple[tuple[int, Measure], ...]:
    """What the phases do to a base: number of the phase, measure; in order."""
    return tuple(
        (number, measure)
        for number, phase in enumerate(scenario.phases, start=1)
        for measure in phase.measures
        if measure.base_id == base_id
    )


def _phase(scenario: Scenario, number: int) -> Phase:
    if not 1 <= number <= len(scenario.phases):
        raise RequestError(f"the scenario has no phase {number}; it has {len(scenario.phases)}: add one first")
    return scenario.phases[number - 1]


def _with_phase_at(scenario: Scenario, number: int, phase: Phase) -> Scenario:
    before, after = scenario.phases[: number - 1], scenario.phases[number:]
    return replace(scenario, phases=(*before, phase, *after))


def _named(name: str) -> str:
    if not name.strip():
        raise RequestError("a phase needs a name; write one, e.g. First closures")
    return name.strip()
