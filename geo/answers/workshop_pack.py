"""All a workshop pack says of a scenario, for one audience: the same tables and facts for paper and for slides."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo import hexgrid
from geo.answers.closing import ClosingAnswer, answer_closing
from geo.answers.handover import HandoverRequest, answer_handover
from geo.answers.pack_assumptions import assumptions_of
from geo.answers.phase_reach import Side, answer_phase_reach
from geo.answers.phases import PhasesAnswer, answer_phases
from geo.answers.reach import sites_asked
from geo.answers.world import PROVINCE_RESOLUTION, World
from geo.drawdown.closing_order import Progress
from geo.drawdown.phases import PhasesRequest
from geo.drawdown.scenarios import Scenario, scenario_of
from geo.errors import RequestError
from geo.model import Audience, ClosingRequest, PackFacts, as_json
from geo.redaction import Cleared, clear, sees_any

MOST_NAMED = 12  # places named of those nobody could report from, most people first; the rest are counted
_SNAPSHOT_SIGNS = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackAnswer:
    """A workshop pack before it is laid out."""

    audience: Audience
    # By view; ``reach_0`` and ``bases_0`` are today's sides of the maps, ``reach_1`` and ``bases_1`` those of phase 1.
    tables: dict[str, Cleared]
    facts: PackFacts


def answer_pack(
    world: World,
    scenario: Scenario,
    request: PhasesRequest,
    *,
    audience: Audience,
    progress: Progress | None = None,
) -> PackAnswer:
    """Gather what a workshop pack says.

    Parameters
    ----------
    request
        Maps and order are of the first of its modes, tables of all.
    progress
        Told of each step of the closing order.

    Raises
    ------
    UnknownRecordError, RequestError
        When the scenario does not fit the bases of the day, see :func:`geo.drawdown.unfolding.unfold`.
    """
    found = answer_phases(world, scenario, request, audience=audience)
    sides = answer_phase_reach(world, scenario, request, request.modes[0], audience=audience)
    order, refused = _order(world, scenario, found.request, audience=audience, progress=progress)
    asked = HandoverRequest(as_of=request.as_of, scenario=scenario)
    ledger = answer_handover(world, asked, audience=audience).ledger
    return PackAnswer(
        audience=audience,
        tables=_tables(world, scenario, found, sides, order) | {"handover": ledger},
        facts=_facts(world, scenario, found.request, order, refused),
    )


def _order(
    world: World, scenario: Scenario, request: PhasesRequest, *, audience: Audience, progress: Progress | None
) -> tuple[ClosingAnswer | None, str]:
    """The closing order under the scenario's keeps and forced closures, or why there is none."""
    there = set(world.bases_at(request.as_of)["base_id"])
    asked = ClosingRequest(
        limit_min=request.limit_min,
        as_of=request.as_of,
        mode=request.modes[0],
        keep=tuple(base for base in scenario.keep if base in there),
        forced=tuple((base, day) for base, day in scenario.forced if base in there),
        season=request.season,
        vehicle=request.vehicle,
    )
    try:
        return answer_closing(world, asked, audience=audience, progress=progress), ""
    except RequestError:
        # Why tells whether any base offers the mode: not for those who may not see bases.
        return None, "no_base" if sees_any("closing_order", audience=audience, settings=world.settings) else "withheld"


def _tables(
    world: World, scenario: Scenario, found: PhasesAnswer, sides: Sequence[Side], order: ClosingAnswer | None
) -> dict[str, Cleared]:
    """Every table of the pack by its view."""
    audience, settings = found.lost.audience, world.settings
    tables = {
        "scenario": found.scenario,
        "scenario_phases": found.phases,
        "scenario_lost": found.lost,
        "scenario_no_eyes": found.no_eyes,
        "scenario_changes": found.changes,
        "scenario_blind": clear(_blind(world, found), view="scenario_blind", audience=audience, settings=settings),
        "scenario_revision": clear(
            _revision(world, scenario), view="scenario_revision", audience=audience, settings=settings
        ),
    }
    if order is not None:
        tables["closing_order"] = order.order
    for side in sides:
        tables |= {f"reach_{side.number}": side.cells, f"bases_{side.number}": side.bases}
    return tables


def _blind(world: World, found: PhasesAnswer) -> pd.DataFrame:
    """Land by province that nobody could report from any more, and the sites on it, most people first."""
    columns = ["phase", "area", "area_km2", "sites", "site_names"]
    if "cell" not in found.no_eyes.columns or found.no_eyes.frame.empty:
        return pd.DataFrame(columns=columns)
    cells = found.no_eyes.frame
    area = _provinces(world, cells["cell"].to_numpy(dtype=np.uint64))
    sites = sites_asked(world, found.request.reach(found.request.modes[0])).sort_values(
        ["people", "site"], ascending=[False, True], na_position="last", kind="stable"
    )
    at = hexgrid.cells_of_points(
        sites["longitude"].to_numpy(dtype=float),
        sites["latitude"].to_numpy(dtype=float),
        resolution=found.request.resolution,
    )
    rows = []
    for (phase, name), part in cells.assign(area=area).groupby(["phase", "area"], sort=True):
        inside = sites.loc[np.isin(at, part["cell"].to_numpy(dtype=np.uint64)), "site"].astype(str).to_list()
        rows.append((phase, name, float(part["area_km2"].sum()), len(inside), ", ".join(inside[:MOST_NAMED])))
    return pd.DataFrame(rows, columns=columns)


def _provinces(world: World, cells: np.ndarray) -> list[str]:
    """Province of each cell, by the province of the cell at its centre; a dash where it lies in none."""
    known, owner = world.province_cells
    names = world.provinces["name"].astype(str).to_list()
    of_cell = {int(cell): names[place] for cell, place in zip(known, owner, strict=True)}
    lon, lat = hexgrid.centres(cells)
    return [of_cell.get(int(cell), "–") for cell in hexgrid.cells_of_points(lon, lat, resolution=PROVINCE_RESOLUTION)]


def _revision(world: World, scenario: Scenario) -> pd.DataFrame:
    """Which revision of the kept scenario this is, and whether it was changed since; nothing of one that is no record."""
    columns = ["scenario_id", "revision", "revised_on", "changed"]
    kept = world.records("scenarios")
    own = kept.loc[kept["scenario_id"].eq(scenario.scenario_id).to_numpy(dtype=bool)]
    if own.empty:
        return pd.DataFrame(columns=columns)
    measures, days = world.records("measures"), []
    ids = measures.loc[measures["scenario_id"].eq(scenario.scenario_id).to_numpy(dtype=bool), "measure_id"]
    for table, key, chosen in (("scenarios", "scenario_id", own["scenario_id"]), ("measures", "measure_id", ids)):
        notes = world.notes(table)
        days.append(notes.loc[notes[key].isin(chosen), "recorded_at"])
    newest = pd.Timestamp(pd.concat(days).max()).tz_localize(None)
    changed = scenario != scenario_of(own.iloc[0].to_dict(), measures)
    return pd.DataFrame([(scenario.scenario_id, int(own["version"].iloc[0]), newest, changed)], columns=columns)


def _facts(
    world: World, scenario: Scenario, request: PhasesRequest, order: ClosingAnswer | None, refused: str
) -> PackFacts:
    known = world.known_at
    return PackFacts(
        as_of=request.as_of,
        known_at=known.date() if isinstance(known, dt.datetime) else known,
        mode=request.modes[0],
        modes=request.modes,
        limit_min=request.limit_min,
        season=request.season,
        vehicle=request.vehicle,
        snapshot=_snapshot(world, scenario, request),
        sources=tuple(dict.fromkeys(name for text in world.sources.values() for name in text.split(", "))),
        order_unit="" if order is None else order.unit,
        order_not_counted=None if order is None else order.not_counted,
        order_refused=refused,
        assumptions=assumptions_of(world.settings, modes=request.modes, season=request.season, vehicle=request.vehicle),
    )


def _snapshot(world: World, scenario: Scenario, request: PhasesRequest) -> str:
    """Short text that changes whenever the pack could: data, day known, settings, scenario, question."""
    assumed = world.settings.model_dump_json(exclude={"workspace", "engine"})
    told = (world.version, world.known_at, assumed, scenario, sorted(as_json(request).items()))
    return hashlib.sha256(repr(told).encode()).hexdigest()[:_SNAPSHOT_SIGNS]
