"""A real closure as a panel: reports around the bases that closed, beside places where nothing closed."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.drawdown.panel import BoolArray, FloatArray, Panel
from geo.errors import RequestError
from geo.hexgrid import chord_of, on_sphere
from geo.settings import EffectSettings

PlaceArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRequest:
    """Bases that closed together, and the day."""

    base_ids: tuple[str, ...]
    date: dt.date

    def __post_init__(self) -> None:
        if not self.base_ids:
            raise RequestError("name at least one base that closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """Calendar months looked at, one after the other."""

    first: dt.date  # first day of the first month
    count: int
    closure: int  # position of the month of the closure

    @property
    def starts(self) -> list[dt.date]:
        """First day of each month."""
        return [stamp.date() for stamp in pd.date_range(self.first, periods=self.count, freq="MS")]

    @property
    def ends(self) -> list[dt.date]:
        """Last day of each month."""
        return [(pd.Timestamp(start) + pd.offsets.MonthEnd(0)).date() for start in self.starts]


def months_around(closure: dt.date, *, first: dt.date, last: dt.date, settings: EffectSettings) -> Months:
    """Whole months around a closure that lie within the days the data speak of.

    Parameters
    ----------
    first, last
        First and last day of the data, inclusive; a month they hold in part is left out.

    Raises
    ------
    RequestError
        When no whole month lies before or after that of the closure.
    """
    month = pd.Period(closure, freq="M")
    begin = pd.Period(first, freq="M") + int(first.day > 1)
    end = pd.Period(last + dt.timedelta(days=1), freq="M") - 1
    start, stop = max(month - settings.months_before, begin), min(month + settings.months_after, end)
    if not start < month < stop:
        raise RequestError(f"no whole month of data lies before and after {month}: they run from {first} to {last}")
    return Months(first=start.start_time.date(), count=int((stop - start).n) + 1, closure=int((month - start).n))


def count_around(
    incidents: pd.DataFrame, places: pd.DataFrame, months: Months, *, longest_days: int, radius_km: float
) -> FloatArray:
    """Count incidents around each place month by month; an incident is its nearest place's alone.

    Parameters
    ----------
    incidents
        ``longitude, latitude, date_start, date_end``; only those whose place is known well enough. Not changed.
    places
        ``longitude, latitude``, degrees. Not changed.
    longest_days
        An incident whose first and last possible day lie farther apart has no month.
    radius_km
        Great circle, inclusive.

    Returns
    -------
    numpy.ndarray
        Shape (places, months).
    """
    start, last = (incidents[name].to_numpy().astype("datetime64[D]") for name in ("date_start", "date_end"))
    month = (start.astype("datetime64[M]") - np.datetime64(months.first, "M")).astype(np.int64)
    timed = (month >= 0) & (month < months.count) & ((last - start).astype(np.int64) <= longest_days)
    nearest, near = nearest_place(incidents, places, radius_km=radius_km)
    use = timed & near
    flat = nearest[use] * months.count + month[use]
    counts = np.bincount(flat, minlength=len(places) * months.count).astype(np.float64)
    return counts.reshape(len(places), months.count)


def nearest_place(points: pd.DataFrame, places: pd.DataFrame, *, radius_km: float) -> tuple[PlaceArray, BoolArray]:
    """Position of the nearest place of each point, and whether it lies within the radius, inclusive."""
    apart = _chords(points, places)
    nearest = apart.argmin(axis=1) if len(places) else np.zeros(len(points), dtype=np.int64)
    near = apart.min(axis=1, initial=np.inf) <= chord_of(radius_km)
    return nearest.astype(np.int64), np.asarray(near)


def far_from_closing(places: pd.DataFrame, closing: BoolArray, *, radius_km: float) -> BoolArray:
    """Tell which places have no incident in common with a closing one: at least two radii lie between."""
    apart = _chords(places, places.loc[closing])
    return np.asarray(apart.min(axis=1, initial=np.inf) > chord_of(2 * radius_km))


def choose_comparison(
    counts: FloatArray, reach: FloatArray, places: pd.DataFrame, months: Months, *, settings: EffectSettings
) -> PlaceArray:
    """Choose places to compare with: watched all along, apart from each other, most similar in earlier counts.

    All along: in every month after the closure, and in every month before in which what closed was watched itself, on
    at least ``least_reach`` of the land.

    Parameters
    ----------
    counts, reach
        Shape (places, months). Counts after the closure are never looked at.
    places
        ``longitude, latitude``, and ``closing`` (what closed) and ``stays`` (may be compared with). Not changed.

    Returns
    -------
    numpy.ndarray
        Positions of at most ``comparison_places`` places, in the order chosen: by how little the log of the earlier
        count differs from the mean of the closing ones; none with no report before.
    """
    before = counts[:, : months.closure].sum(axis=1)
    closing = places["closing"].to_numpy(dtype=bool)
    fit = places["stays"].to_numpy(dtype=bool) & ~closing & (before > 0)
    watched = reach[closing].mean(axis=0) >= settings.least_reach
    needed = watched | (np.arange(months.count) > months.closure)
    fit &= (reach[:, needed] >= settings.least_reach).all(axis=1) & far_from_closing(
        places, closing, radius_km=settings.radius_km
    )
    unlike = np.abs(np.log1p(before) - np.log1p(before[closing].mean()))
    apart = _chords(places, places) > chord_of(2 * settings.radius_km)
    chosen: list[int] = []
    # Equal ones by position on the globe, so that the order of the rows decides nothing.
    order = np.lexsort((places["latitude"].to_numpy(), places["longitude"].to_numpy(), unlike))
    for place in order[fit[order]].tolist():
        if len(chosen) < settings.comparison_places and apart[place, chosen].all():
            chosen.append(place)
    return np.array(chosen, dtype=np.int64)


def panel_of(counts: FloatArray, reach: FloatArray, closing: BoolArray, chosen: PlaceArray, months: Months) -> Panel:
    """Panel of the closing places and those chosen to compare with."""
    rows = np.concatenate([np.flatnonzero(closing), chosen])
    treated = np.arange(len(rows)) < closing.sum()
    return Panel(counts=counts[rows], reach=reach[rows], treated=treated, closure=months.closure)


def _chords(one: pd.DataFrame, other: pd.DataFrame) -> FloatArray:
    """Straight distances on the unit sphere, shape (one, other)."""
    a, b = (on_sphere(t["longitude"].to_numpy(dtype=float), t["latitude"].to_numpy(dtype=float)) for t in (one, other))
    return np.sqrt(np.maximum(2.0 - 2.0 * a @ b.T, 0.0))
