"""What happened where: incidents rolled up into cells, with who could have seen them."""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geo.answers.areas import areas_of_cells
from geo.answers.observation import watched_cells
from geo.answers.world import World
from geo.errors import RequestError, WithheldError
from geo.incidents.observation import cell_states
from geo.incidents.rollup import Rollup, matching, roll_up, total_row
from geo.model import Audience, HexbinRequest
from geo.redaction import Cleared, clear, granted_resolution, may_see, of_licensed_sources, sees_any
from geo.settings import Settings

NOBODY = pd.DataFrame(
    {"row": np.array([], dtype=np.int64), "actor_id": pd.Series(dtype=object), "name": pd.Series(dtype=object)}
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HexbinAnswer:
    """Cells, what is known to an area only, months and totals, all cleared for one audience."""

    request: HexbinRequest  # as granted: resolution may be coarser than asked
    as_of: dt.date
    cells: Cleared
    area_only: Cleared
    months: Cleared
    totals: Cleared
    no_eyes: Cleared


def answer_hexbin(
    world: World, request: HexbinRequest, *, audience: Audience, as_of: dt.date | None = None, areas: bool = False
) -> HexbinAnswer:
    """Roll up the matching incidents at the resolution the audience may see.

    Parameters
    ----------
    as_of
        Day that "newest" and "observed" refer to; default the last day of the window or of the data.
    areas
        Name the administrative area of each cell, with its p-code; for tables that leave.

    Raises
    ------
    WithheldError
        When the audience may not see what it filters by: the cells would tell.
    """
    settings = world.settings
    check_filters(request, audience, settings)
    granted = replace(request, resolution=granted_resolution(request.resolution, audience=audience, settings=settings))
    day = as_of or request.window.end or world.latest_date
    # Nothing is computed that could not be shown.
    names = request.actors or may_see("hexbin", "actors", audience=audience, settings=settings)
    rolled, totals = _rolled_up(world, granted, day, with_actors=bool(names))
    seen, no_eyes = _observation(world, rolled, day, audience)
    named = areas_of_cells(world, rolled.cells["cell"]) if areas else pd.DataFrame(index=rolled.cells.index)
    cells = clear(
        pd.concat([rolled.cells.assign(observed=seen), named], axis=1),
        view="hexbin",
        audience=audience,
        settings=settings,
        count_column="incidents",
    )
    area_only = clear(
        rolled.area_only, view="area_only", audience=audience, settings=settings, count_column="incidents"
    )
    # Where what is withheld is small even in sum, nothing that adds up to the total may stand beside it.
    told = slice(0 if any(part.statement.counts_withheld is None for part in (cells, area_only)) else None)
    totals = totals.assign(no_eyes_share=_share_of_land(world, no_eyes, granted.resolution))
    return HexbinAnswer(
        request=granted,
        as_of=day,
        cells=cells,
        area_only=area_only,
        months=clear(
            rolled.months.iloc[told], view="months", audience=audience, settings=settings, count_column="incidents"
        ),
        totals=clear(totals.iloc[told], view="totals", audience=audience, settings=settings, count_column="incidents"),
        no_eyes=clear(no_eyes, view="no_eyes", audience=audience, settings=settings),
    )


def _rolled_up(world: World, request: HexbinRequest, day: dt.date, *, with_actors: bool) -> tuple[Rollup, pd.DataFrame]:
    """Cells and totals from the engine that ``config.toml`` names."""
    if world.stage is not None:
        return world.stage.roll_up(request, as_of=day, with_actors=with_actors)
    parties = world.parties if with_actors else NOBODY
    ready = world.sorted_incidents(request.resolution, parties)
    if ready is not None:
        from geo.incidents.rollup_sorted import roll_up_sorted  # noqa: PLC0415 (loads Numba)

        return roll_up_sorted(ready, request, as_of=day)
    placement = world.placement(request.resolution)
    rolled = roll_up(world.incidents, placement, request, as_of=day, actors=parties)
    return rolled, total_row(world.incidents, placement, request, actors=parties)


def check_filters(request: HexbinRequest, audience: Audience, settings: Settings) -> None:
    """Refuse a filter on something the audience may not see: what remains would tell it."""
    asked = {
        "where an actor is": (request.actors, "actors", "name"),
        "for one source": (request.sources, "incidents", "source"),
        "for one verification status": (request.verifications, "incidents", "verification"),
        "for one precision of place": (request.place_precisions, "incidents", "place_precision"),
    }
    for words, (values, view, column) in asked.items():
        if values and not may_see(view, column, audience=audience, settings=settings):
            raise WithheldError(
                f"the audience {audience} may not ask {words}; leave that filter out or choose another audience"
            )


def _observation(world: World, rolled: Rollup, day: dt.date, audience: Audience) -> tuple[pd.Series, pd.DataFrame]:
    """Tell which cells somebody could have reported from, and which cells of the country nobody watches."""
    cells = rolled.cells["cell"].to_numpy(dtype=np.uint64)
    unknown = pd.Series(pd.NA, index=rolled.cells.index, dtype="boolean")
    nothing = pd.DataFrame({"cell": np.array([], dtype=np.uint64)})
    if not may_see("no_eyes", "cell", audience=audience, settings=world.settings):
        return unknown, nothing
    resolution = rolled.request.resolution
    seen = pd.Series(watched_cells(world, cells, resolution, day), index=rolled.cells.index, dtype="boolean")
    if world.outline().empty:
        return seen, nothing
    territory = world.territory(resolution)
    # A share of a province-wide report is no report from this very cell; only those have a newest day.
    reported = cells[rolled.cells["newest_days"].notna().to_numpy(dtype=bool)]
    states = cell_states(np.isin(territory, reported), watched_cells(world, territory, resolution, day))
    return seen, pd.DataFrame({"cell": territory[states == "no_eyes"]})


def _share_of_land(world: World, no_eyes: pd.DataFrame, resolution: int) -> float:
    """Share of the country's cells; not a number where no outline is imported."""
    return len(no_eyes) / len(world.territory(resolution)) if len(world.outline()) else float("nan")


def answer_records(world: World, request: HexbinRequest, cell: int, *, audience: Audience, most: int = 200) -> Cleared:
    """List the incidents that stand in one cell, newest first, as far as the audience may see records.

    An audience that may see none is not told whether there are any.

    Raises
    ------
    WithheldError
        When the audience may not see what it filters by, or cells so fine: whether one holds any would tell where.
    RequestError
        When the cell is not of the resolution asked for.
    """
    settings = world.settings
    if not sees_any("incidents", audience=audience, settings=settings):
        return clear(world.incidents.iloc[:0], view="incidents", audience=audience, settings=settings)
    check_filters(request, audience, settings)
    finest = granted_resolution(request.resolution, audience=audience, settings=settings)
    if request.resolution > finest:
        raise WithheldError(
            f"cells of resolution {request.resolution} are finer than {finest}, the finest that {audience} may see"
        )
    placement = world.placement(request.resolution)
    position = int(np.searchsorted(placement.cells, np.uint64(cell)))
    if position >= len(placement.cells) or int(placement.cells[position]) != cell:
        raise RequestError(f"cell {cell:x} holds no incident at resolution {request.resolution}")
    inside = placement.incident[placement.cell == position]
    wanted = matching(world.incidents, request, actors=world.parties)
    rows = np.unique(inside[wanted[inside]])
    found = world.incidents.iloc[rows].sort_values("date_end", ascending=False)
    licensed = of_licensed_sources(found, settings=settings)  # they only count as withheld, so they take no place
    records = pd.concat([found.loc[~licensed].head(most), found.loc[licensed]])
    return clear(
        records.assign(cell=np.uint64(cell)).drop(columns=["import_id", "source_line"], errors="ignore"),
        view="incidents",
        audience=audience,
        settings=settings,
    )
