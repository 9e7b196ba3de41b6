"""Who could have reported, where and when: observers of a day, states of cells, and the eyes two periods share."""

import datetime as dt
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from shapely import MultiPolygon, Polygon

from geo import hexgrid
from geo.answers.world import Cells, World
from geo.errors import RequestError
from geo.incidents.observation import (
    KINDS,
    BoolArray,
    cell_states,
    footprints,
    standing_observers,
    visits,
    watched_by,
)
from geo.model import Audience, ObservationRequest, Window
from geo.redaction import Cleared, clear, granted_resolution, sees_any


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ObservationAnswer:
    """State of each cell of an area in a window, and how much of the area was watched month by month."""

    request: ObservationRequest  # as granted: resolution may be coarser than asked
    as_of: dt.date  # the day "watched" refers to: the last of the window
    states: Cleared  # cell, state, watched_by (kinds of observer, "" = none)
    months: Cleared  # month (its first day), observed_share (of the cells, on its last day in the window)


def answer_observation(world: World, request: ObservationRequest, *, audience: Audience) -> ObservationAnswer:
    """Tell for each cell of the country, or of some provinces, whether it was active, quiet but watched, or without eyes.

    A cell is active when an incident whose place is known exactly or nearly lies in it and its days overlap
    the window; a share of a province-wide report is no report from this cell. Watched is who could have
    reported on the last day of the window. Who may not see the states learns not even how many cells there are.

    Raises
    ------
    RequestError
        When no outline is imported, or a province is not known.
    """
    settings = world.settings
    granted = replace(request, resolution=granted_resolution(request.resolution, audience=audience, settings=settings))
    start, end = granted.window.start or world.first_date, granted.window.end or world.latest_date
    states = pd.DataFrame({"cell": np.array([], dtype=np.uint64), "state": "", "watched_by": ""})
    months = pd.DataFrame({"month": pd.Series(dtype="datetime64[s]"), "observed_share": pd.Series(dtype=float)})
    if sees_any("observation", audience=audience, settings=settings):
        cells = _cells(world, granted)
        by_kind = watched_on(world, cells, end)
        active = np.isin(cells, _reported(world, granted))
        states = pd.DataFrame(
            {
                "cell": cells,
                "state": cell_states(active, _any_kind(by_kind)),
                "watched_by": [", ".join(np.array(KINDS)[row]) for row in by_kind.to_numpy(dtype=bool)],
            }
        )
        months = _months(world, cells, Window(min(start, end), end))
    return ObservationAnswer(
        request=granted,
        as_of=end,
        states=clear(states, view="observation", audience=audience, settings=settings),
        months=clear(months, view="observed_months", audience=audience, settings=settings),
    )


def watched_on(world: World, cells: Cells, day: dt.date) -> pd.DataFrame:
    """Which kinds of observer could report from each cell on a day: standing ones and visits of the last months."""
    return watched_by(cells, _observers(world, day))


def watched_cells(world: World, cells: Cells, resolution: int, day: dt.date) -> BoolArray:
    """Whether somebody could report from each of some cells on a day; where an outline is imported, kept for the next.

    Filters change which cells are asked about, never who watches the land.
    """
    if world.outline().empty or not len(cells):
        return _any_kind(watched_on(world, cells, day))
    kept = _KEPT.setdefault(world, {})
    territory = world.territory(resolution)
    if (resolution, day) not in kept:
        observers = _observers(world, day)
        kept[resolution, day] = observers, _any_kind(watched_by(territory, observers))
    observers, of_land = kept[resolution, day]
    at = np.minimum(np.searchsorted(territory, cells), len(territory) - 1)
    watched = of_land[at]
    abroad = territory[at] != cells
    watched[abroad] = _any_kind(watched_by(cells[abroad], observers))
    return watched


_KEPT: WeakKeyDictionary[World, dict[tuple[int, dt.date], tuple[pd.DataFrame, BoolArray]]] = WeakKeyDictionary()


def eyes_between(world: World, cells: Cells, *, before: Window, now: Window) -> tuple[BoolArray, BoolArray]:
    """Which cells a standing observer watched on some day before, and which of those on every day since.

    Bases, partners and alert hubs only: visits follow the reports themselves, so they cannot tell whether fewer
    reports mean less. Each day the observers may have changed is looked at, so none is missed in between.

    Parameters
    ----------
    before, now
        Windows with both days given; "since" is the whole of ``now``.
    """
    earlier, since = (
        _watched_each(cells, [standing_on(world, day) for day in days_of_change(world, window)])
        for window in (before, now)
    )
    seen_before = np.logical_or.reduce(earlier)
    return seen_before, np.logical_and.reduce([seen_before, *since])


def _watched_each(cells: Cells, observers: list[pd.DataFrame]) -> list[BoolArray]:
    """Tell for each set of observers which cells it watches; one that stands in several sets is looked at once."""
    columns = ["longitude", "latitude", "radius_km"]
    every = pd.concat(observers, ignore_index=True)[columns].to_numpy(dtype=np.float64)
    each, number = np.unique(every, axis=0, return_inverse=True)
    seen = footprints(cells, pd.DataFrame(each, columns=columns))
    ends = np.cumsum([len(part) for part in observers])
    return [np.asarray(seen[rows].any(axis=0)) for rows in np.split(number.reshape(-1), ends[:-1])]


def _observers(world: World, day: dt.date) -> pd.DataFrame:
    lately = visits(world.verified, world.presence, _stops(world), as_of=day, settings=world.settings)
    return pd.concat([standing_on(world, day), lately], ignore_index=True)


def _stops(world: World) -> pd.DataFrame:
    """Stops of missions at sites whose place is known, whatever came of them."""
    told = world.records("visits")[["site_id", "visited_on", "outcome"]]
    return told.merge(world.records("sites")[["site_id", "longitude", "latitude"]].dropna(), on="site_id")


def _any_kind(by_kind: pd.DataFrame) -> BoolArray:
    return by_kind.any(axis=1).to_numpy(dtype=bool)


def standing_on(world: World, day: dt.date) -> pd.DataFrame:
    """Bases, partners and alert hubs that could report on a day, each with its radius in km."""
    own, shown = world.base_tables
    places = pd.concat([own, shown])[["base_id", "longitude", "latitude"]].drop_duplicates("base_id")
    return standing_observers(world.bases_at(day), world.partners, places, as_of=day, settings=world.settings)


def days_of_change(world: World, window: Window) -> list[dt.date]:
    """First day of a window and every later day in it on which a base or partner may have come or gone."""
    assert window.start is not None
    assert window.end is not None
    own, shown = world.base_tables
    one_day = pd.Timedelta(days=1)
    dated = [table[column].dropna() for table in (own, world.partners) for column in ("valid_from", "valid_to")]
    days = {day.date() for moments in (dated[0], dated[2], dated[1] + one_day, dated[3] + one_day) for day in moments}
    if len(shown):  # a published map holds for its calendar year
        days |= {dt.date(year, 1, 1) for year in range(int(shown["year"].min()), int(shown["year"].max()) + 2)}
    return sorted({window.start} | {day for day in days if window.start < day <= window.end})


def _cells(world: World, request: ObservationRequest) -> Cells:
    if not request.areas:
        return world.territory(request.resolution)
    parts = []
    for position in positions_of(world, request.areas):
        shape = world.provinces.geometry.iloc[position]
        assert isinstance(shape, Polygon | MultiPolygon)  # the boundaries contract
        parts.append(hexgrid.cells_of_area(shape, resolution=request.resolution))
    return np.unique(np.concatenate(parts))


def positions_of(world: World, areas: tuple[str, ...]) -> list[int]:
    """Positions of the provinces named.

    Raises
    ------
    RequestError
        When a province is not known.
    """
    known = {str(name): position for position, name in enumerate(world.provinces["name"])}
    strange = [name for name in areas if name not in known]
    if strange:
        raise RequestError(
            f"no province {', '.join(map(repr, strange))} is known; use one of {', '.join(known) or 'none imported'}"
        )
    return [known[name] for name in dict.fromkeys(areas)]


def _reported(world: World, request: ObservationRequest) -> Cells:
    """Cells in which an incident of the window lies for sure."""
    incidents, window = world.incidents, request.window
    placement = world.placement(request.resolution)
    found = placement.point >= 0
    if window.start is not None:
        found &= (incidents["date_end"] >= pd.Timestamp(window.start)).to_numpy(dtype=bool)
    if window.end is not None:
        found &= (incidents["date_start"] <= pd.Timestamp(window.end)).to_numpy(dtype=bool)
    return placement.cells[np.unique(placement.point[found])]


def _months(world: World, cells: Cells, window: Window) -> pd.DataFrame:
    """Share of the cells that somebody could report from, at the end of each month of a window."""
    firsts = pd.period_range(window.start, window.end, freq="M").to_timestamp()
    ends = [min((first + pd.offsets.MonthEnd(0)).date(), window.end or first.date()) for first in firsts]
    watched = _watched_each(cells, [_observers(world, day) for day in ends])
    shares = [float(seen.mean()) if len(cells) else np.nan for seen in watched]
    return pd.DataFrame({"month": firsts, "observed_share": shares})
