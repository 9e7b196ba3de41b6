"""Incidents rolled up into cells: how many, how deadly, by how many actors, how well known."""

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geo.crs import FloatArray
from geo.errors import RequestError
from geo.incidents.merges import SEPARATOR
from geo.incidents.names import folded, reported_parties
from geo.incidents.precision import BoolArray, Placement
from geo.model import HexbinRequest
from geo.schema import VIOLATIONS

FATALITIES = ("fatalities_low", "fatalities_best", "fatalities_high")
DayArray = npt.NDArray[np.datetime64]
# Incidents from which the compiled roll-up pays (geo/incidents/rollup_sorted.py); a first map has fewer.
COMPILED_FROM_INCIDENTS = 200_000
VIOLATION_COLUMNS = tuple(f"violation_{name}" for name in VIOLATIONS)


@dataclass(frozen=True, eq=False, kw_only=True)
class Rollup:
    """Matching incidents by cell, by area and by month; ``cells`` and ``area_only`` together sum to ``total``."""

    request: HexbinRequest
    # cell, incidents, fatalities_low, fatalities_best, fatalities_high, actors, effective_actors,
    # precision_share, newest_days, and violation_NAME for each of VIOLATIONS; sorted by cell.
    cells: pd.DataFrame = field(repr=False)
    area_only: pd.DataFrame = field(repr=False)  # area ("" = nothing known), incidents; most first
    months: pd.DataFrame = field(repr=False)  # month (its first day), incidents; without gaps
    total: int


def matching(incidents: pd.DataFrame, request: HexbinRequest, *, actors: pd.DataFrame | None = None) -> BoolArray:
    """Tell which incidents a request asks for, aligned with ``incidents``.

    An incident matches the window when its days from ``date_start`` to ``date_end`` *overlap* it, both
    ends inclusive. Words are compared without case and accents. An actor is asked for by name or id,
    as reported or, where ``actors`` is given, as resolved; it may stand on either side.

    Parameters
    ----------
    actors
        ``row, actor_id, name`` as resolved from these very incidents; ``None`` knows reported names only.

    Raises
    ------
    RequestError
        When a violation asked for is not an MRM category.
    """
    found = np.ones(len(incidents), dtype=bool)
    window = request.window
    if window.start is not None:
        found &= (incidents["date_end"] >= pd.Timestamp(window.start)).to_numpy(dtype=bool)
    if window.end is not None:
        found &= (incidents["date_start"] <= pd.Timestamp(window.end)).to_numpy(dtype=bool)
    if request.event_types:
        found &= _one_of(incidents["event_type"], request.event_types)
    if request.violations:
        found &= _one_of(incidents["violation"], _violations(request.violations))
    if request.sources:
        found &= _one_of(incidents["source"], request.sources, separator=SEPARATOR)
    for column, asked in (
        ("verification", request.verifications),
        ("place_precision", request.place_precisions),
    ):
        if asked:
            found &= _one_of(incidents[column], asked, missing="")
    if request.actors:
        found &= _names_actor(incidents, request.actors, actors)
    return found


def violation_codes(incidents: pd.DataFrame) -> npt.NDArray[np.int32]:
    """Return the position of each incident's violation in ``VIOLATIONS``, -1 where none is recorded."""
    codes, spellings = pd.factorize(incidents["violation"])
    words = [folded(str(spelling)).replace(" ", "_") for spelling in spellings]
    places = [VIOLATIONS.index(word) if word in VIOLATIONS else -1 for word in words]
    return np.array([*places, -1], dtype=np.int32)[codes]


def total_row(
    incidents: pd.DataFrame, placement: Placement, request: HexbinRequest, *, actors: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return one row about all matching incidents: count, deaths, how well their places are known.

    Returns
    -------
    pandas.DataFrame
        ``incidents``, the three ``fatalities_*``, ``exact_share`` and ``area_share`` (known to an area
        only, spread or not); the shares are missing where nothing matches.
    """
    found = matching(incidents, request, actors=actors)
    total = int(found.sum())
    row: dict[str, float] = {"incidents": float(total)}
    for name in FATALITIES:
        row[name] = float(incidents.loc[found, name].fillna(0).sum())
    row["exact_share"] = float((found & placement.exact).sum() / total) if total else np.nan
    row["area_share"] = float((found & (placement.point < 0)).sum() / total) if total else np.nan
    return pd.DataFrame([row])


def roll_up(
    incidents: pd.DataFrame,
    placement: Placement,
    request: HexbinRequest,
    *,
    as_of: dt.date | None = None,
    actors: pd.DataFrame | None = None,
) -> Rollup:
    """Roll matching incidents up into the cells they lie in.

    Sums (``incidents``, the three ``fatalities_*``, and ``violation_NAME``: incidents with that MRM
    violation) carry the shares of reports spread over an area, so they need not be whole and add up at
    every resolution. What is said *of* a cell comes from the
    incidents whose point lies in it: ``actors`` (distinct armed actors; civilians are none),
    ``effective_actors`` (Hill number of order 1: e to the Shannon entropy of the actors' mentions;
    Hill 1973, Ecology 54) and ``newest_days``; a cell with shares only has 0, 0 and missing there.
    ``precision_share`` is the part of the cell's incidents whose place is known exactly. A missing
    death estimate adds nothing to its sum.

    Parameters
    ----------
    placement
        Of these very incidents, at the resolution asked for.
    as_of
        Day from which ``newest_days`` counts back to the last day of the newest incident, never below
        0; if ``None`` the end of the window, else the newest incident.
    actors
        See :func:`matching`; with it, one actor under several names counts once.

    Raises
    ------
    RequestError
        When the placement is of another resolution or other incidents, or as :func:`matching` does.
    """
    _check_alignment(incidents, placement, request)
    found = matching(incidents, request, actors=actors)
    count = placement.per_cell(found)
    some = np.flatnonzero(count > 0)
    cells = pd.DataFrame({"cell": placement.cells[some], "incidents": count[some]})
    for name in FATALITIES:
        deaths = incidents[name].to_numpy(dtype=np.float64, na_value=0.0)
        cells[name] = placement.per_cell(np.where(found, deaths, 0.0))[some]
    parties = reported_parties(incidents).rename(columns={"party": "actor_id"}) if actors is None else actors
    distinct, effective = _diversity(parties, np.where(found, placement.point, -1), size=len(placement.cells))
    cells["actors"], cells["effective_actors"] = distinct[some], effective[some]
    cells["precision_share"] = placement.per_cell(found & placement.exact)[some] / count[some]
    cells["newest_days"] = _newest_days(incidents, placement, found, as_of or request.window.end)[some]
    mix = placement.per_cell_by_kind(np.where(found, violation_codes(incidents), -1), kinds=len(VIOLATIONS))
    cells[list(VIOLATION_COLUMNS)] = mix[some]
    return Rollup(
        request=request,
        cells=cells,
        area_only=_by_area(placement.area[found & placement.area_only]),
        months=_by_month(incidents["date_start"].to_numpy()[found]),
        total=int(found.sum()),
    )


def _check_alignment(incidents: pd.DataFrame, placement: Placement, request: HexbinRequest) -> None:
    if placement.resolution != request.resolution:
        raise RequestError(
            f"incidents were placed at resolution {placement.resolution}, asked for {request.resolution}; "
            "place them again"
        )
    if len(placement.point) != len(incidents):
        raise RequestError(
            f"{len(placement.point)} incidents were placed, but {len(incidents)} given; place them again"
        )


def _violations(asked: tuple[str, ...]) -> tuple[str, ...]:
    words = tuple(folded(word).replace(" ", "_") for word in asked)
    for given, word in zip(asked, words, strict=True):
        if word not in VIOLATIONS:
            raise RequestError(f"{given!r} is no MRM violation; use one of {', '.join(VIOLATIONS)}")
    return words


def _one_of(
    values: pd.Series, asked: tuple[str, ...], *, missing: str | None = None, separator: str | None = None
) -> BoolArray:
    """Whether each value equals one of the words asked for, without case and accents.

    ``missing`` stands for none; with a ``separator`` a value is a list of which one entry is enough.
    """
    wanted = {folded(word) for word in asked}
    codes, spellings = pd.factorize(values)
    listed = [str(spelling).split(separator) if separator else [str(spelling)] for spelling in spellings]
    hit = np.array([*(any(folded(one) in wanted for one in each) for each in listed), missing in wanted], dtype=bool)
    return np.asarray(hit[codes])


def _names_actor(incidents: pd.DataFrame, asked: tuple[str, ...], actors: pd.DataFrame | None) -> BoolArray:
    sides = ("actor_a", "actor_a_id", "actor_b", "actor_b_id")
    found = np.logical_or.reduce([_one_of(incidents[side], asked) for side in sides if side in incidents])
    if actors is not None:
        hit = _one_of(actors["actor_id"], asked) | _one_of(actors["name"], asked)
        found[actors["row"].to_numpy()[hit]] = True
    return np.asarray(found)


def _diversity(
    parties: pd.DataFrame, cell: npt.NDArray[np.int32], *, size: int
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Distinct and effective number of actors per cell; ``cell`` is one per incident, -1 leaves it out."""
    codes, ids = pd.factorize(parties["actor_id"])
    row = parties["row"].to_numpy()
    at = cell[row]
    # Rows are in order and hold two sides at most: one actor on both sides is one mention.
    again = np.append(False, (row[1:] == row[:-1]) & (codes[1:] == codes[:-1]))[: len(row)]
    kept = np.flatnonzero((at >= 0) & ~again)
    mentions = sparse.coo_array((np.ones(len(kept)), (at[kept], codes[kept])), shape=(size, max(len(ids), 1))).tocsr()
    distinct = np.diff(mentions.indptr).astype(np.int64)
    owner = np.repeat(np.arange(size), distinct)
    share = mentions.data / mentions.sum(axis=1)[owner]
    entropy = np.bincount(owner, weights=-share * np.log(share), minlength=size)
    return distinct, np.where(distinct > 0, np.exp(entropy), 0.0)


def _newest_days(incidents: pd.DataFrame, placement: Placement, found: BoolArray, day: dt.date | None) -> FloatArray:
    """Days since the newest incident whose point lies in each cell; missing where none does."""
    last = incidents["date_end"].to_numpy().astype("datetime64[D]").astype(np.int64)
    rows = np.flatnonzero(found & (placement.point >= 0))
    newest = np.full(len(placement.cells), np.iinfo(np.int64).min)
    np.maximum.at(newest, placement.point[rows], last[rows])
    known = newest > np.iinfo(np.int64).min
    latest = last[found].max() if found.any() else 0
    today = latest if day is None else np.datetime64(day, "D").astype(np.int64)
    return np.where(known, np.maximum(today - newest, 0, where=known, out=np.zeros_like(newest)), np.nan)


def _by_area(names: npt.NDArray[np.object_]) -> pd.DataFrame:
    counts = pd.Series(names, dtype=object).value_counts(sort=False)
    table = pd.DataFrame({"area": counts.index.to_numpy(dtype=object), "incidents": counts.to_numpy(dtype=np.float64)})
    return table.sort_values(["incidents", "area"], ascending=[False, True], ignore_index=True)


def _by_month(starts: DayArray) -> pd.DataFrame:
    """Incidents per calendar month of their first day; a month without any in between is 0."""
    month = starts.astype("datetime64[M]").astype(np.int64)
    first = int(month.min()) if len(month) else 0
    counts = np.bincount(month - first)
    labels = (first + np.arange(len(counts))).astype("datetime64[M]").astype("datetime64[s]")
    return pd.DataFrame({"month": labels, "incidents": counts.astype(np.int64)})
