"""A scenario as the records it is kept in: a row of ``scenarios``, and a row of ``measures`` for each measure.

Read back by :func:`geo.drawdown.scenarios.scenario_of`, they give the same scenario.
"""

from typing import Any

from geo.drawdown.drafting import arranged
from geo.drawdown.scenarios import Measure, Phase, Scenario
from geo.errors import RequestError

Row = dict[str, str]


def rows_to_keep(scenario: Scenario, scenario_id: str) -> tuple[Row, list[Row]]:
    """Return a scenario's row and those of its measures, text as an edit takes it; empty text = nothing.

    Raises
    ------
    RequestError
        When it has no name, or a phase has no measure: a phase is kept with its measures alone.
    """
    if not scenario.name.strip():
        raise RequestError("a scenario needs a name; write one, e.g. East first")
    for number, phase in enumerate(scenario.phases, start=1):
        if not phase.measures:
            raise RequestError(
                f"phase {number} ({phase.name}) does nothing yet, so it cannot be kept; give it a measure or remove it"
            )
    whole = arranged(scenario)
    measures = [
        _of_measure(measure, number, phase)
        for number, phase in enumerate(whole.phases, start=1)
        for measure in phase.measures
    ]
    measures += [{"kind": "force_close", "base_id": base, "begins_on": day.isoformat()} for base, day in whole.forced]
    measures += [{"kind": "keep", "base_id": base} for base in whole.keep]
    # Records are read back in the order of their ids, and a phase's measures hold in their order.
    named = [
        {"measure_id": f"{scenario_id}-{place:03d}", "scenario_id": scenario_id, **row}
        for place, row in enumerate(measures, start=1)
    ]
    return {"scenario_id": scenario_id, "name": whole.name.strip(), "note": whole.note}, named


def _of_measure(measure: Measure, number: int, phase: Phase) -> Row:
    told: dict[str, Any] = {
        "phase": number,
        "phase_name": phase.name,
        "begins_on": phase.begins_on.isoformat(),
        "kind": measure.kind,
        "base_id": measure.base_id,
        "leaves": ";".join(measure.leaves),
        "gives": ";".join(measure.gives),
        "name": measure.name,
        "organisation": measure.organisation,
        "organisation_type": measure.organisation_type,
        "longitude": "" if measure.place is None else measure.place.lon,
        "latitude": "" if measure.place is None else measure.place.lat,
        "days_per_month": measure.days_per_month or "",
    }
    return {name: str(value) for name, value in told.items()}
