"""What bases reach today and in each phase of a scenario, by one access mode: the two sides of its maps."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geo.access.reach import Ways
from geo.answers.reach import cells_asked, ways_on
from geo.answers.world import World
from geo.drawdown.phases import PhasesRequest
from geo.drawdown.scenarios import Scenario
from geo.drawdown.toggling import Minutes, minutes_with, reach_of, serving
from geo.drawdown.unfolding import State, unfold, with_serves
from geo.model import AccessMode, Audience, LonLat
from geo.redaction import Cleared, clear, granted_resolution, sees_any


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """One side of a map."""

    number: int  # of the phase; 0 = today
    cells: Cleared  # time_min, covered; lost = within the limit today and not here
    bases: Cleared  # open on this side, and those closed since today, marked


def answer_phase_reach(
    world: World, scenario: Scenario, request: PhasesRequest, mode: AccessMode, *, audience: Audience
) -> tuple[Side, ...]:
    """Compute the reach of today's bases and of those of each phase, cell by cell; today first.

    Nothing for an audience that may not see reach: nothing is computed for it either.

    Raises
    ------
    UnknownRecordError, RequestError
        When the scenario does not fit the bases of the day, see :func:`geo.drawdown.unfolding.unfold`.
    """
    settings = world.settings
    if not sees_any("reach", audience=audience, settings=settings):
        return ()
    resolution = granted_resolution(request.resolution, audience=audience, settings=settings)
    granted = replace(request, resolution=resolution)
    today = world.bases_at(granted.as_of)
    states = unfold(scenario, today, world.partners, as_of=granted.as_of, settings=settings)
    cells = cells_asked(world, granted.reach(mode))
    reached = _Reached(world, granted, mode, cells)
    before = reached.by(with_serves(today), ())
    sides = [(0, today, before)]
    sides += [(state.number, state.bases, reached.by(state.bases, state.airfields)) for state in states]

    def cleared(frame: pd.DataFrame, view: str) -> Cleared:
        return clear(frame, view=view, audience=audience, settings=settings)

    was = before["covered"].to_numpy(dtype=bool)
    return tuple(
        Side(
            number=number,
            cells=cleared(cells.join(found).assign(lost=was & ~found["covered"].to_numpy(dtype=bool)), "reach"),
            bases=cleared(_marked(today, bases, states[:number]), "bases"),
        )
        for number, bases, found in sides
    )


class _Reached:
    """Reach of changing bases to the same cells; minutes once known are kept."""

    def __init__(self, world: World, request: PhasesRequest, mode: AccessMode, cells: pd.DataFrame) -> None:
        self._settings, self._asked, self._cells = world.settings, request.reach(mode), cells
        self._ways = ways_on(world, self._asked)
        self._known: dict[tuple[LonLat, ...], Minutes] = {}

    def by(self, bases: pd.DataFrame, airfields: tuple[LonLat, ...]) -> pd.DataFrame:
        """Nearest of these bases for each cell, with the airfields repaired by then."""
        fields = airfields if self._asked.mode == AccessMode.AIR else ()
        open_bases = serving(bases, self._asked)
        known = minutes_with(
            self._known.get(fields), self._with(fields), open_bases, self._cells, self._asked, settings=self._settings
        )
        self._known[fields] = known
        return reach_of(known, open_bases, self._cells, self._asked)

    def _with(self, fields: tuple[LonLat, ...]) -> Ways:
        """Ways of the day and the airfields repaired so far."""
        if not fields:
            return self._ways
        added = pd.DataFrame(
            {
                "airport_id": [f"repaired-{number}" for number in range(len(fields))],
                "longitude": [field.lon for field in fields],
                "latitude": [field.lat for field in fields],
            }
        )
        return replace(self._ways, airfields=pd.concat([self._ways.airfields, added], ignore_index=True))


def _marked(today: pd.DataFrame, bases: pd.DataFrame, states: tuple[State, ...]) -> pd.DataFrame:
    """Bases that stand and bases that closed since today, with the sign of each."""
    gone = {str(base) for state in states for base in state.changes.loc[state.changes["what"] == "closed", "base_id"]}
    closed = today.loc[today["base_id"].isin(gone) & ~today["base_id"].isin(bases["base_id"])]
    leads = bases["headquarters"].fillna(value=False).astype(bool)
    standing = bases.assign(status="open", symbol=np.where(leads, "hq", "base"))
    return pd.concat([standing, closed.assign(status="closing", symbol="closing")], ignore_index=True)
