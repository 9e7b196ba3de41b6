"""One phase of a scenario on the map, by one access mode: reach today and after it, and what became of each base."""

from dataclasses import dataclass, replace

import pandas as pd

from geo.answers.phases import reached, targets_of, unfolded
from geo.answers.world import World
from geo.drawdown.bundles import bundles_of, programme_ends
from geo.drawdown.phases import PhasesRequest
from geo.drawdown.scenarios import Scenario
from geo.drawdown.unfolding import CHANGE_COLUMNS, State, with_serves
from geo.errors import RequestError, UnknownRecordError
from geo.model import Audience
from geo.redaction import Cleared, clear, granted_resolution, sees_any

_CELL = ["cell", "time_min", "nearest_base", "covered", "lost"]
_BASE = ["base_id", "name", "organisation", "longitude", "latitude", "headquarters"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhaseMapAnswer:
    """Cells and bases of a phase by the first mode of the question."""

    request: PhasesRequest  # as granted
    phase: int  # 0 = today
    cells: Cleared  # lost: within the limit today and not in the phase
    bases: Cleared  # of today and of the scenario so far: state, why, symbol


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BundleAnswer:
    """What a base gives, and when it ends by itself."""

    base: Cleared  # one row
    bundle: Cleared  # a row per capability


def answer_today(world: World, request: PhasesRequest, *, audience: Audience) -> Cleared:
    """Reach of the bases of the day, per cell, by the first mode of the question."""
    granted = _granted(world, request, audience)
    cells = targets_of(world, granted)[1]
    bases = with_serves(world.bases_at(granted.as_of))
    found = _named(reached(world, bases, cells, granted, granted.modes[0]), bases)
    told = cells[["cell"]].join(found).assign(lost=False)[_CELL]
    return clear(told, view="reach", audience=audience, settings=world.settings)


def answer_phase_map(
    world: World, scenario: Scenario, request: PhasesRequest, phase: int, *, audience: Audience
) -> PhaseMapAnswer:
    """Show a phase by the first mode of the question.

    Parameters
    ----------
    phase
        From 1, forced closures counted; 0 = today.

    Raises
    ------
    RequestError, UnknownRecordError
        When there is no such phase, or the scenario does not fit the bases of the day.
    """
    granted = _granted(world, request, audience)
    cells = targets_of(world, granted)[1]
    states = unfolded(world, scenario, granted, audience)
    if not 0 <= phase <= len(states):
        raise RequestError(f"the scenario has no phase {phase}; it has {len(states)}")
    today, mode = with_serves(world.bases_at(granted.as_of)), granted.modes[0]
    state = states[phase - 1] if phase else None
    before = reached(world, today, cells, granted, mode)
    bases = today if state is None else state.bases
    after = before if state is None else reached(world, bases, cells, granted, mode, state)
    lost = before["covered"] & ~after["covered"]
    told = cells[["cell"]].join(_named(after, bases)).assign(lost=lost)[_CELL]
    return PhaseMapAnswer(
        request=granted,
        phase=phase,
        cells=clear(told, view="reach", audience=audience, settings=world.settings),
        bases=clear(
            _bases(today, states[:phase]).assign(phase=phase),
            view="scenario_bases",
            audience=audience,
            settings=world.settings,
        ),
    )


def answer_bundle(world: World, base_id: str, request: PhasesRequest, *, audience: Audience) -> BundleAnswer:
    """Tell what a base open on the day gives, and when its record, its money or its partner ends.

    Raises
    ------
    UnknownRecordError
        When no base of that id is open on the day.
    """
    settings, day = world.settings, request.as_of
    bases = world.bases_at(day)
    row = bases.loc[bases["base_id"].eq(base_id).to_numpy(dtype=bool)]
    if row.empty or not sees_any("base_bundle", audience=audience, settings=settings):
        raise UnknownRecordError(f"no base {base_id!r} is open on {day}; check its id")
    ends = programme_ends(row, world.partners, as_of=day, settings=settings.drawdown)
    told = row[["base_id", "name", "organisation", "organisation_type", "funded_until"]].merge(
        ends, on="base_id", how="left"
    )
    return BundleAnswer(
        base=clear(told, view="base_bundle", audience=audience, settings=settings),
        bundle=clear(bundles_of(row), view="base_bundle", audience=audience, settings=settings),
    )


def _granted(world: World, request: PhasesRequest, audience: Audience) -> PhasesRequest:
    return replace(
        request, resolution=granted_resolution(request.resolution, audience=audience, settings=world.settings)
    )


def _named(found: pd.DataFrame, bases: pd.DataFrame) -> pd.DataFrame:
    """The same with the nearest base by name."""
    names = bases.set_index("base_id")["name"]
    return found.assign(nearest_base=found["nearest_base"].map(names))


def _bases(today: pd.DataFrame, states: tuple[State, ...]) -> pd.DataFrame:
    """Every base of today or of a phase so far, and what became of it."""
    seen = pd.concat([today[_BASE], *(state.bases[_BASE] for state in states)]).drop_duplicates("base_id")
    changes = pd.concat([pd.DataFrame(columns=CHANGE_COLUMNS), *(state.changes for state in states)])
    last = changes.drop_duplicates("base_id", keep="last").set_index("base_id")
    left = set(states[-1].bases["base_id"]) if states else set(today["base_id"])
    new = ~seen["base_id"].isin(today["base_id"])
    there = seen["base_id"].isin(left)
    state = seen["base_id"].map(last["what"]).astype("string").fillna("open")
    symbol = pd.Series("base", index=seen.index).mask(seen["headquarters"].fillna(value=False).astype(bool), "hq")
    return seen.assign(
        state=state,
        why=seen["base_id"].map(last["why"]).astype("string"),
        symbol=symbol.mask(state == "thinned", "thinned").mask(new, "added").mask(~there, "closing"),
    )
