"""Where reports cluster over the last months, what they do over time, and a place against its own norm."""

import calendar
import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.answers.hexbin import NOBODY, check_filters
from geo.answers.observation import days_of_change, standing_on
from geo.answers.world import World
from geo.crs import area_km2
from geo.errors import RequestError
from geo.hexgrid import CellArray, mean_cell_area_km2
from geo.incidents.hotspots import (
    CountArray,
    centroid_coded,
    count_by_month,
    judge_cells,
    month_of_reports,
    neighbour_weights,
    observers_in_range,
    places_known,
)
from geo.incidents.precision import BoolArray
from geo.incidents.rollup import matching
from geo.incidents.trends import against_norm
from geo.model import Audience, HotspotRequest, Window
from geo.redaction import Cleared, clear, granted_resolution, may_see

# Cells of a country beyond this take longer than anybody waits.
MAX_CELLS = 250_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HotspotsAnswer:
    """Cells of the country with Gi* of all months together and the class of their sequence, cleared."""

    request: HotspotRequest  # as granted: resolution may be coarser than asked
    months: tuple[dt.date, ...]  # first day of each month looked at; fewer than asked where the data begin later
    end: dt.date  # last day looked at
    cells: Cleared
    statement: tuple[str, ...]  # what the statistic assumes and leaves out, for the page and every export


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrendAnswer:
    """Months of a cell, or of all matching incidents, and how the latest stands to the others, cleared."""

    request: HotspotRequest
    cell: int | None
    months: Cleared  # month, incidents, watched_share, in_norm
    norm: Cleared  # one row: class, latest, expected, low, high, p_value, norm_months, eyes_fell
    statement: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Span:
    """The months looked at: first day, first and last day looked at."""

    starts: tuple[dt.date, ...]
    looked_from: tuple[dt.date, ...]
    ends: tuple[dt.date, ...]

    @property
    def months(self) -> int:
        return len(self.starts)

    @property
    def days(self) -> list[int]:
        return [(end - start).days + 1 for start, end in zip(self.looked_from, self.ends, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Chosen:
    """Per incident: whether it matches, its month, whether its place makes a local value, and in which cell."""

    wanted: BoolArray
    month: npt.NDArray[np.int64]  # -1: none of those looked at
    local: BoolArray
    position: npt.NDArray[np.int64]  # in the cells looked at, -1: in none of them, or not local


def answer_hotspots(world: World, request: HotspotRequest, *, audience: Audience) -> HotspotsAnswer:
    """Test every cell of the country against the country, month by month and all months together.

    An audience with a ``small_count`` above 1 is told hot spots only, by their class only; a month counts
    as hot for it only with that many reports in the cell and its neighbours.

    Raises
    ------
    WithheldError
        When the audience may not see what it filters by.
    RequestError
        When no outline of the country is imported, its cells are too many, or the data begin after the end.
    """
    settings = world.settings
    granted = _granted(world, request, audience)
    span = _span(world, granted)
    cells = _country(world, granted.resolution)
    chosen = _chosen(world, granted, span, cells)
    month = np.where(chosen.wanted, chosen.month, -1)
    counts = count_by_month(chosen.position, month, cells=len(cells), months=span.months)
    watchers = _watchers(world, span, cells)
    least = max(settings.hotspots.least_reports, settings.audiences[audience].small_count)
    table = judge_cells(
        counts,
        watchers,
        neighbour_weights(cells),
        settings=settings.hotspots,
        least_reports=least,
    ).assign(cell=cells)
    numbers = may_see("hotspots", "gi_star", audience=audience, settings=settings)
    if not numbers:
        table = table.loc[table["class"].str.endswith("hot_spot")]
    left_out = _left_out(world, chosen, span, granted.resolution) if numbers else ()
    return HotspotsAnswer(
        request=granted,
        months=span.starts,
        end=span.ends[-1],
        cells=clear(
            table[["cell", *(name for name in table if name != "cell")]],
            view="hotspots",
            audience=audience,
            settings=settings,
            count_column="reports_around",
        ),
        statement=(
            *_assumptions(world, least=least, eyes_known=watchers is not None),
            *left_out,
            *_span_said(world, granted, span),
        ),
    )


def answer_trend(world: World, request: HotspotRequest, cell: int | None = None, *, audience: Audience) -> TrendAnswer:
    """Compare the latest month of a cell, or of all matching incidents, with the earlier months.

    A cell counts the reports known to it; without a cell all matching ones count, however well their place
    is known. An audience that may not see counts is told nothing of a cell.

    Parameters
    ----------
    cell
        H3 cell of the country at the resolution granted; ``None`` = all matching incidents.

    Raises
    ------
    WithheldError
        When the audience may not see what it filters by.
    RequestError
        When the cell is not one of the country's at the resolution granted, or the data begin after the end.
    """
    settings = world.settings
    granted = _granted(world, request, audience)
    span = _span(world, granted)
    cells = np.zeros(0, dtype=np.uint64) if world.outline().empty else _country(world, granted.resolution)
    if cell is not None:
        cells = _only(cells, cell, granted.resolution)
    chosen = _chosen(world, granted, span, cells)
    counted = chosen.wanted & (chosen.month >= 0) & ((chosen.position >= 0) | (cell is None))
    counts = np.bincount(chosen.month[counted], minlength=span.months)
    watchers = _watchers(world, span, cells)
    usable, fell = np.ones(span.months, dtype=bool), True
    watched_share = np.full(span.months, np.nan)
    if watchers is not None:
        watched_share = (watchers > 0).mean(axis=0)
        usable = watched_share > 0
        fell = bool((watchers[:, -1] < watchers.max(axis=1)).any())
    norm = against_norm(counts, span.days, usable=usable, fell=fell, settings=settings.hotspots)
    row = {
        "class": norm.verdict,
        "latest": norm.latest,
        "expected": norm.expected,
        "low": norm.low,
        "high": norm.high,
        "p_value": norm.p_value,
        "norm_months": norm.months,
        "eyes_fell": fell if watchers is not None else None,
        "least": min(norm.latest, int(counts[:-1].sum())),
    }
    told = slice(
        0 if cell is not None and not may_see("trend", "latest", audience=audience, settings=settings) else None
    )
    months = pd.DataFrame(
        {
            "month": pd.to_datetime(list(span.starts)).astype("datetime64[s]"),
            "incidents": counts,
            "watched_share": watched_share,
            "in_norm": [*usable[:-1], False],
        }
    )
    return TrendAnswer(
        request=granted,
        cell=cell,
        months=clear(months.iloc[told], view="trend_months", audience=audience, settings=settings),
        norm=clear(
            pd.DataFrame([row]).iloc[told], view="trend", audience=audience, settings=settings, count_column="least"
        ),
        statement=(*_norm_assumptions(world, eyes_known=watchers is not None), *_span_said(world, granted, span)),
    )


def _granted(world: World, request: HotspotRequest, audience: Audience) -> HotspotRequest:
    check_filters(request.filters(), audience, world.settings)
    return replace(
        request, resolution=granted_resolution(request.resolution, audience=audience, settings=world.settings)
    )


def _span(world: World, request: HotspotRequest) -> _Span:
    """Months asked for, as far as there are data: a month before or after them is no month without reports."""
    end = min(request.end or world.latest_date, world.latest_date)
    if end < world.first_date:
        raise RequestError(f"the data begin {world.first_date}, after {end}; ask for a later end")
    last, first = end.year * 12 + end.month - 1, world.first_date.year * 12 + world.first_date.month - 1
    numbers = range(max(last - request.months + 1, first), last + 1)
    starts = [dt.date(number // 12, number % 12 + 1, 1) for number in numbers]
    ends = [start.replace(day=calendar.monthrange(start.year, start.month)[1]) for start in starts]
    ends[-1] = end
    return _Span(
        starts=tuple(starts), ends=tuple(ends), looked_from=tuple(max(start, world.first_date) for start in starts)
    )


def _country(world: World, resolution: int) -> CellArray:
    """Cells of the country, sorted; counted before they are made."""
    about = area_km2(list(world.outline().geometry)).sum() / mean_cell_area_km2(resolution)
    if about > MAX_CELLS:
        raise RequestError(
            f"the country has about {about:,.0f} cells at resolution {resolution}, more than {MAX_CELLS:,}; "
            "ask for a coarser one"
        )
    return world.territory(resolution)


def _only(country: CellArray, cell: int, resolution: int) -> CellArray:
    """The one cell, if it is the country's."""
    found = country[country == np.uint64(cell)]
    if not len(found):
        raise RequestError(f"cell {cell:x} is none of the country's at resolution {resolution}; choose one on the map")
    return np.asarray(found)


def _chosen(world: World, request: HotspotRequest, span: _Span, cells: CellArray) -> _Chosen:
    """Filter the incidents and find the month and cell of each; ``cells`` are sorted."""
    incidents, placement = world.incidents, world.placement(request.resolution)
    rule = world.settings.hotspots
    local = places_known(incidents, placement, world.boundaries, settings=rule)
    position = np.full(len(local), -1, dtype=np.int64)
    if len(cells):
        at = placement.cells[placement.point[local]]
        place = np.minimum(np.searchsorted(cells, at), len(cells) - 1)
        position[local] = np.where(cells[place] == at, place, -1)
    return _Chosen(
        wanted=matching(incidents, request.filters(), actors=world.parties if request.actors else NOBODY),
        month=month_of_reports(incidents, end=span.ends[-1], months=span.months, settings=rule),
        local=local,
        position=position,
    )


def _watchers(world: World, span: _Span, cells: CellArray) -> CountArray | None:
    """Fewest who could have reported on any day of each month; nothing where no observer is on record at all.

    Bases, partners and alert hubs: a visit follows the reports themselves, so it cannot tell what their absence means.
    """
    days = days_of_change(world, Window(span.looked_from[0], span.ends[-1]))
    observers = [standing_on(world, day) for day in days]
    if not len(cells) or not any(map(len, observers)):
        return None
    daily = observers_in_range(cells, observers)
    found = np.empty((len(cells), span.months), dtype=daily.dtype)
    for month, (start, end) in enumerate(zip(span.looked_from, span.ends, strict=True)):
        in_force = slice(bisect_right(days, start) - 1, bisect_right(days, end))  # from before, and what changed since
        found[:, month] = daily[:, in_force].min(axis=1)
    return found


def _left_out(world: World, chosen: _Chosen, span: _Span, resolution: int) -> tuple[str, ...]:
    """Say which matching reports make no local value, by reason; only for those who may see counts."""
    placement, incidents = world.placement(resolution), world.incidents
    counted = chosen.wanted & (chosen.month >= 0)
    at_point = placement.point >= 0
    coded = centroid_coded(incidents, world.boundaries, among=at_point, settings=world.settings.hotspots)
    began = incidents["date_start"].between(pd.Timestamp(span.starts[0]), pd.Timestamp(span.ends[-1]))
    reasons = {
        "known to an area only": counted & ~at_point,
        "coded to the centroid of an area": counted & coded,
        "known too roughly for cells this small": counted & at_point & ~coded & ~chosen.local,
        "in a cell whose centre lies outside the country": counted & chosen.local & (chosen.position < 0),
        "without a month of their own": chosen.wanted & (chosen.month < 0) & began.to_numpy(dtype=bool),
    }
    numbers = [f"{int(rows.sum())} {why}" for why, rows in reasons.items() if rows.any()]
    total = int(counted.sum() + reasons["without a month of their own"].sum())
    return (f"Of {total} reports, left out of local values: {', '.join(numbers)}.",) if numbers else ()


def _assumptions(world: World, *, least: int, eyes_known: bool) -> tuple[str, ...]:
    rule = world.settings.hotspots
    return (
        (
            "Gi* compares a cell and its direct neighbours with all cells of the country that somebody could have reported "
            "from; cells without reports count as zero, cells with no eyes as no data."
        ),
        (
            "Only reports known to a place make a local value; those known to an area only, or coded to its centroid, "
            "are left out."
        ),
        (
            f"A month is hot at p ≤ {rule.significance:g} after Benjamini–Hochberg over the cells tested in it, with at "
            f"least {least} reports in the cell and its neighbours."
        ),
        (
            "The class follows the sequence of months (Mann–Kendall on the monthly Gi*); Gi* itself is of all months "
            "together."
        ),
        (
            "p-values suppose that reports fall independently and values are near normal; neighbours and months are not "
            "independent, so they rank and do not prove."
        ),
        _guard(eyes_known=eyes_known),
    )


def _norm_assumptions(world: World, *, eyes_known: bool) -> tuple[str, ...]:
    rule = world.settings.hotspots
    return (
        (
            f"The latest month is compared with the place's own earlier months, at least {rule.norm_months} of them watched; "
            f"counts within the norm would come in {1 - rule.significance:.0%} of months like those."
        ),
        f"Where fewer than {rule.norm_expected:g} reports were expected and came, there are too few to tell.",
        _guard(eyes_known=eyes_known),
    )


def _guard(*, eyes_known: bool) -> str:
    if not eyes_known:
        return (
            "No base, partner or alert network is on record for these months: nobody knows who could have reported, so "
            "nothing is said to fall."
        )
    return (
        'Fewer reports are not less violence: where fewer could report than before, a fall reads "cannot tell"; where '
        "more could, a new hot spot may be newly seen."
    )


def _span_said(world: World, request: HotspotRequest, span: _Span) -> tuple[str, ...]:
    """Say where fewer months or days are looked at than asked."""
    said = []
    if span.months < request.months:
        said.append(f"The data begin {world.first_date}: {span.months} of {request.months} months are looked at.")
    if (span.ends[-1] + dt.timedelta(days=1)).day != 1:
        said.append(f"The last month is looked at up to {span.ends[-1]}.")
    return tuple(said)
