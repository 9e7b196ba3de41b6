"""What each phase of a scenario loses, by each access mode: sites by name, land, people, backup and eyes."""

import datetime as dt
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from geo.access.reach import ROAD_MODES, Ways
from geo.answers.reach import cells_asked, sites_asked, ways_on
from geo.answers.world import World
from geo.drawdown.phases import PhaseGap, PhasesRequest, Sight, compare_phase, observers_of, sight_with
from geo.drawdown.scenarios import Scenario, scenario_of
from geo.drawdown.toggling import Minutes, minutes_with, reach_of, serving
from geo.drawdown.unfolding import CHANGE_COLUMNS, State, unfold, with_serves
from geo.errors import GeoError, RequestError, UnknownRecordError, WithheldError
from geo.model import AccessMode, Audience
from geo.redaction import Cleared, clear, granted_resolution, sees_any

_MOST_KEPT = 24  # of each kind, per workspace version; minutes of 100 bases to 20,000 cells take 16 MB
_PLACE = ["base_id", "longitude", "latitude"]
Made = TypeVar("Made")
_KEPT: WeakKeyDictionary[World, dict[tuple[Hashable, ...], Any]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhasesAnswer:
    """A scenario phase by phase, each against the day asked."""

    request: PhasesRequest  # as granted: resolution may be coarser than asked
    scenario: Cleared  # one row: name, note
    phases: Cleared  # a row per phase and mode: shares before and after, people, backup, eyes
    lost: Cleared  # sites beyond the limit, by name
    weakened: Cleared  # sites that one base alone still covers
    lost_cells: Cleared
    no_eyes: Cleared  # cells nobody could report from any more
    changes: Cleared  # what happens to which base, and why


def stored_scenario(world: World, scenario_id: str) -> Scenario:
    """Put a scenario together that is kept in the workspace.

    Raises
    ------
    UnknownRecordError
        When there is none of that id.
    """
    kept = world.records("scenarios")
    rows = kept.loc[kept["scenario_id"].eq(scenario_id).to_numpy(dtype=bool)]
    if rows.empty:
        raise UnknownRecordError(f"no scenario {scenario_id!r} is kept here; import one or name a file")
    return scenario_of(rows.iloc[0].to_dict(), world.records("measures"))


def answer_phases(world: World, scenario: Scenario, request: PhasesRequest, *, audience: Audience) -> PhasesAnswer:
    """Hold every phase of a scenario against the bases of the day.

    Roads, season and constraints are those of the day in every phase, so that only bases make a difference.

    Raises
    ------
    UnknownRecordError, RequestError
        When the scenario does not fit the bases of the day, see :func:`geo.drawdown.unfolding.unfold`.
    WithheldError
        When it adds a place, is not kept here, and the audience may not see where sites lie.
    """
    settings = world.settings
    granted = replace(request, resolution=granted_resolution(request.resolution, audience=audience, settings=settings))
    today = with_serves(world.bases_at(granted.as_of))
    states = unfolded(world, scenario, granted, audience)
    rows = _Rows()
    for mode in granted.modes:
        _compare_mode(world, today, states, granted, mode, rows)
    _compare_eyes(world, today, states, granted, rows)

    def cleared(frame: pd.DataFrame, view: str) -> Cleared:
        return clear(frame, view=view, audience=audience, settings=settings)

    changes = [state.changes.assign(phase=state.number) for state in states]
    told = pd.DataFrame({"name": [scenario.name], "note": [scenario.note or None]})
    return PhasesAnswer(
        request=granted,
        scenario=cleared(told, "scenario"),
        phases=cleared(_phases(states, rows), "scenario_phases"),
        lost=cleared(_joined(rows.lost, _LOST_COLUMNS), "scenario_lost"),
        weakened=cleared(_joined(rows.weakened, _WEAKENED_COLUMNS), "scenario_weakened"),
        lost_cells=cleared(_joined(rows.lost_cells, _CELL_COLUMNS), "scenario_cells"),
        no_eyes=cleared(_joined(rows.no_eyes, ["phase", "cell", "area_km2"]), "scenario_no_eyes"),
        changes=cleared(_joined(changes, ["phase", *CHANGE_COLUMNS]), "scenario_changes"),
    )


def unfolded(world: World, scenario: Scenario, request: PhasesRequest, audience: Audience) -> tuple[State, ...]:
    """Phases of the scenario; a refusal tells nothing of bases to those who may not see them.

    Raises
    ------
    WithheldError
        When the audience may not see where sites lie, and would learn it from a place of its own.
    """
    _check_probe(world, scenario, audience)
    bases, settings, day = world.bases_at(request.as_of), world.settings, request.as_of
    try:
        return once(
            world,
            ("states", day, scenario),
            lambda: unfold(scenario, bases, world.partners, as_of=day, settings=settings),
        )
    except GeoError as error:
        if sees_any("scenario_changes", audience=audience, settings=settings):
            raise
        raise RequestError("the scenario does not fit the bases of the day; check its ids") from error


def _check_probe(world: World, scenario: Scenario, audience: Audience) -> None:
    """Refuse places an asker chose: base by base added they find every site, by whether the share of sites grows."""
    placed = any(measure.place is not None for phase in scenario.phases for measure in phase.measures)
    if not placed or sees_any("scenario_changes", audience=audience, settings=world.settings):
        return
    kept = set(world.records("scenarios")["scenario_id"].astype(str))
    if scenario.scenario_id not in kept or stored_scenario(world, scenario.scenario_id) != scenario:
        raise WithheldError(
            f"what a place adds tells where sites lie: {audience} may ask only for scenarios kept here; save it first"
        )


_SITE = ["site_id", "site", "p_code", "people", "longitude", "latitude"]
_LOST_COLUMNS = ["phase", "mode", *_SITE, "before_min", "after_min", "next_base", "backup_before", "first_lost"]
_WEAKENED_COLUMNS = ["phase", "mode", *_SITE, "before_min", "after_min", "base", "backup_before"]
_CELL_COLUMNS = ["phase", "mode", "cell", "area_km2", "before_min", "after_min"]


class _Rows:
    """Parts of the answer while they are gathered."""

    def __init__(self) -> None:
        self.totals: list[dict[str, Any]] = []
        self.lost: list[pd.DataFrame] = []
        self.weakened: list[pd.DataFrame] = []
        self.lost_cells: list[pd.DataFrame] = []
        self.no_eyes: list[pd.DataFrame] = []
        self.blind_km2: list[tuple[float, float]] = []  # today and in the phase


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Rows of all parts in these columns; a table without rows where there are none."""
    filled = [part for part in parts if len(part)]
    found = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)
    table = found.reindex(columns=columns)
    return table.astype({"cell": np.uint64}) if "cell" in columns else table


def _compare_mode(
    world: World, today: pd.DataFrame, states: tuple[State, ...], request: PhasesRequest, mode: AccessMode, rows: _Rows
) -> None:
    """Sites and cells of every phase against today, by one mode."""
    sites, cells = targets_of(world, request)
    asked = request.reach(mode)
    before = once(
        world,
        ("today", asked),
        lambda: tuple(reached(world, today, targets, request, mode) for targets in (sites, cells)),
    )
    lost_so_far = pd.Index([])
    for state in states:
        found = [
            compare_phase(
                was, reached(world, state.bases, targets, request, mode, state), targets, limit_min=asked.limit_min
            )
            for was, targets in zip(before, (sites, cells), strict=True)
        ]
        of_sites, of_cells = found
        names = state.bases.set_index("base_id")["name"]
        at: dict[str, Any] = {"phase": state.number, "mode": str(mode)}
        lost = of_sites.lost.join(sites).assign(**at, first_lost=~of_sites.lost.index.isin(lost_so_far))
        rows.lost.append(lost.assign(next_base=lost["next_base"].map(names)))
        weakened = of_sites.weakened.join(sites).assign(**at)
        rows.weakened.append(weakened.assign(base=weakened["base"].map(names)))
        rows.lost_cells.append(of_cells.lost.join(cells).assign(**at))
        rows.totals.append({**at, **_totals(of_sites, of_cells, sites)})
        lost_so_far = lost_so_far.union(of_sites.lost.index)


def _totals(sites: PhaseGap, cells: PhaseGap, targets: pd.DataFrame) -> dict[str, float]:
    people = targets["people"].to_numpy(dtype=float, na_value=np.nan)[targets.index.isin(sites.gained)]
    return {
        "sites_share_before": sites.gap.before.share,
        "sites_share_after": sites.gap.after.share,
        "land_share_before": cells.gap.before.area_share,
        "land_share_after": cells.gap.after.area_share,
        "people_before": sites.gap.before.people_covered,
        "people_after": sites.gap.after.people_covered,
        "people_lost": sites.gap.people_lost,
        "people_gained": float(np.nansum(people)),
        "sites_lost": len(sites.lost),
        "sites_gained": len(sites.gained),
        "one_base_before": sites.one_base_before,
        "one_base_after": sites.one_base_after,
    }


def _phases(states: tuple[State, ...], rows: _Rows) -> pd.DataFrame:
    """A row per phase and mode, phases first."""
    columns = ["phase", "mode", *_TOTALS, "phase_name", "begins_on", "no_eyes_km2_before", "no_eyes_km2_after"]
    if not rows.totals:
        return pd.DataFrame(columns=columns)
    table = pd.DataFrame(rows.totals)
    of_phase = pd.DataFrame(
        {
            "phase": [state.number for state in states],
            "phase_name": [state.name for state in states],
            "begins_on": pd.to_datetime([state.begins_on for state in states]),
            "no_eyes_km2_before": [before for before, _ in rows.blind_km2],
            "no_eyes_km2_after": [after for _, after in rows.blind_km2],
        }
    )
    return table.merge(of_phase, on="phase").sort_values("phase", kind="stable", ignore_index=True)[columns]


_TOTALS = (
    "sites_share_before",
    "sites_share_after",
    "land_share_before",
    "land_share_after",
    "people_before",
    "people_after",
    "people_lost",
    "people_gained",
    "sites_lost",
    "sites_gained",
    "one_base_before",
    "one_base_after",
)


def _compare_eyes(
    world: World, today: pd.DataFrame, states: tuple[State, ...], request: PhasesRequest, rows: _Rows
) -> None:
    """Cells that somebody standing could report from today and nobody could in a phase."""
    _, cells = targets_of(world, request)
    area_km2 = cells["area_km2"].to_numpy(dtype=float)
    before = once(
        world,
        ("watched today", request.as_of, request.resolution),
        lambda: _watched(world, today, request, request.as_of),
    )
    for state in states:
        after = _watched(world, state.bases, request, state.begins_on)
        lost = before & ~after
        rows.no_eyes.append(cells.loc[lost, ["cell", "area_km2"]].assign(phase=state.number))
        rows.blind_km2.append((float(area_km2[~before].sum()), float(area_km2[~after].sum())))


def _watched(world: World, bases: pd.DataFrame, request: PhasesRequest, day: dt.date) -> np.ndarray:
    """Which cells a standing observer watches; a partner that only comes after the day asked is none."""
    places = once(world, ("places",), lambda: pd.concat(world.base_tables)[_PLACE].drop_duplicates("base_id"))
    places = pd.concat([places, bases[_PLACE]]).drop_duplicates("base_id")
    present = world.partners.loc[~(world.partners["valid_from"] > pd.Timestamp(request.as_of))]
    observers = observers_of(bases, present, places, day=day, settings=world.settings)
    cells = targets_of(world, request)[1]["cell"].to_numpy(dtype=np.uint64)
    kept, key = _KEPT.setdefault(world, {}), ("sight", request.resolution)
    sight: Sight = sight_with(kept.get(key), observers, cells)
    kept[key] = sight
    return sight.watched(observers)


def targets_of(world: World, request: PhasesRequest) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sites and cells, made once."""
    asked = request.reach(request.modes[0])
    key = ("targets", request.as_of, request.resolution)
    return once(world, key, lambda: (sites_asked(world, asked), cells_asked(world, asked)))


def once(world: World, key: tuple[Hashable, ...], make: Callable[[], Made]) -> Made:
    """What was made for a key and this version of the workspace; of each kind the newest few are kept."""
    kept = _KEPT.setdefault(world, {})
    found: Made | None = kept.pop(key, None)
    made = make() if found is None else found
    _keep(kept, key, made)
    return made


def _keep(kept: dict[tuple[Hashable, ...], Any], key: tuple[Hashable, ...], made: object) -> None:
    """Keep something as the newest of its kind; the oldest goes."""
    kept[key] = made
    alike = [one for one in list(kept) if one[0] == key[0]]
    for old in alike[:-_MOST_KEPT]:
        kept.pop(old, None)


def reached(
    world: World,
    bases: pd.DataFrame,
    targets: pd.DataFrame,
    request: PhasesRequest,
    mode: AccessMode,
    state: State | None = None,
) -> pd.DataFrame:
    """Nearest base for each target; minutes that are not known yet are computed first."""
    asked = request.reach(mode)
    open_bases = serving(bases, asked)
    fields = () if state is None or mode != AccessMode.AIR else state.airfields
    how = "road" if mode in ROAD_MODES else str(mode)
    key = (
        "minutes",
        how,
        "cell" in targets,
        request.as_of,
        request.season,
        request.vehicle,
        request.resolution,
        fields,
    )
    kept = _KEPT.setdefault(world, {})
    known: Minutes | None = kept.pop(key, None)
    if known is None or known.lacks(open_bases):
        ways = ways_on(world, asked)
        added = pd.DataFrame(
            {
                "airport_id": [f"repaired-{number}" for number in range(len(fields))],
                "longitude": [field.lon for field in fields],
                "latitude": [field.lat for field in fields],
            }
        )
        airfields = pd.concat([ways.airfields, added], ignore_index=True) if fields else ways.airfields
        ways = Ways(network=ways.network, passability=ways.passability, airfields=airfields)
        known = minutes_with(known, ways, open_bases, targets, asked, settings=world.settings)
    _keep(kept, key, known)
    return reach_of(known, open_bases, targets, asked)
