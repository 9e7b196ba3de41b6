"""The roll-up of many incidents: sorted by cell once, then asked by one compiled pass.

:func:`geo.incidents.rollup.roll_up` is the definition; this gives the same tables without touching a row a
filter leaves out. Rows stand cell after cell, in a cell by first day, so a window is two searches per cell.
All that is asked in words (type, violation, source, status, precision) is one number per row, looked up in a
list of the distinct combinations, which the definition itself filters; so are the two sides' names.

This module loads Numba, half a second and more: import it only where there are many incidents.
"""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.crs import FloatArray
from geo.errors import RequestError
from geo.incidents.names import fold_all, folded, reported_parties
from geo.incidents.precision import Placement
from geo.incidents.rollup import FATALITIES, VIOLATION_COLUMNS, Rollup, matching, violation_codes
from geo.incidents.rollup_kernels import (
    FlagArray,
    Int32Array,
    IntArray,
    NumberArray,
    counting_order,
    longest_days,
    sum_groups,
)
from geo.model import HexbinRequest, Window
from geo.schema import VIOLATIONS

# What is asked in words; each distinct combination among the incidents is one "kind".
_WORDS = ("event_type", "violation", "source", "verification", "place_precision")
_SIDES = (("actor_a", "actor_a_id"), ("actor_b", "actor_b_id"))
_FIRST_DAY, _LAST_DAY = -(1 << 31), (1 << 31) - 1  # an open window, days since 1970
_NEVER = np.iinfo(np.int32).min


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class SortedIncidents:
    """Incidents of one resolution, ready to be asked; ``n`` rows in ``g`` groups.

    Groups are the cells of the placement, then its areas spread over cells, then the areas an incident
    is known to without lying in any cell.
    """

    placement: Placement
    areas: list[str]  # names of the last groups
    bounds: IntArray  # (g + 1,), rows of each group
    longest_days: Int32Array  # (g,), from first to last day of its longest incident
    days: tuple[Int32Array, Int32Array]  # first and last day since 1970, each (n,)
    # Half as wide where every number of the four fits.
    kind: NumberArray  # (n,), row of kinds
    sides: NumberArray  # (n, 2), reported side, -1 where none
    parties: NumberArray  # (n, m), party named, -1 where none
    deaths: NumberArray  # (n, 3), low, best, high; a missing estimate is 0
    kinds: pd.DataFrame  # distinct combinations of words and of "exact"
    side_count: int
    side_words: dict[str, list[int]]  # sides that bear a name or id, folded
    party_words: dict[str, list[int]]  # parties that bear a name or id, folded
    actor_of_party: Int32Array  # number of the actor; parties of one actor differ in name only
    first_day: int  # first of all, since 1970
    month_of_day: IntArray  # calendar month since 1970 of each day from the first one on


def sort_incidents(
    incidents: pd.DataFrame, placement: Placement, *, actors: pd.DataFrame | None = None
) -> SortedIncidents:
    """Sort incidents once, so that they can be rolled up many times.

    Parameters
    ----------
    incidents
        Table under the incidents contract; words may be categoricals. Not changed.
    placement
        Of these very incidents.
    actors
        As :func:`geo.incidents.rollup.matching` takes it, in the order of its rows.

    Raises
    ------
    RequestError
        When the placement is of other incidents.
    """
    if len(placement.point) != len(incidents):
        raise RequestError(
            f"{len(placement.point)} incidents were placed, but {len(incidents)} given; place them again"
        )
    group, areas, groups = _groups(placement)
    first, last = (_days(incidents[name]) for name in ("date_start", "date_end"))
    start = int(first.min()) if len(first) else 0
    span = int(first.max()) - start + 1 if len(first) else 0
    order = counting_order(first - np.int32(start), np.arange(len(first), dtype=np.int32), span)
    order = counting_order(group, order, groups)
    bounds = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))]).astype(np.int64)
    kind, kinds = _kinds(incidents, placement)
    sides, side_words, side_count = _sides(incidents)
    parties, party_words, actor_of_party = _parties(incidents, actors)
    kind, sides, parties, deaths = _narrowed((kind, sides, parties, _deaths(incidents)))
    days = first[order], last[order]
    return SortedIncidents(
        placement=placement,
        areas=areas,
        bounds=bounds,
        longest_days=longest_days(days[0], days[1], bounds),
        days=days,
        kind=kind[order],
        sides=sides[order],
        parties=parties[order],
        deaths=deaths[order],
        kinds=kinds,
        side_count=side_count,
        side_words=side_words,
        party_words=party_words,
        actor_of_party=actor_of_party,
        first_day=start,
        month_of_day=(start + np.arange(span)).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64),
    )


def roll_up_sorted(
    ready: SortedIncidents, request: HexbinRequest, *, as_of: dt.date | None = None
) -> tuple[Rollup, pd.DataFrame]:
    """Roll matching incidents up, and tell of all of them together.

    Parameters
    ----------
    as_of
        As :func:`geo.incidents.rollup.roll_up` takes it.

    Returns
    -------
    Rollup, pandas.DataFrame
        What :func:`geo.incidents.rollup.roll_up` and :func:`geo.incidents.rollup.total_row` give.

    Raises
    ------
    RequestError
        When the incidents were placed at another resolution, or a violation asked for is not an MRM category.
    """
    if ready.placement.resolution != request.resolution:
        raise RequestError(
            f"incidents were placed at resolution {ready.placement.resolution}, asked for {request.resolution}; "
            "place them again"
        )
    sums = _Sums.of(ready)
    words = ready.kinds
    sum_groups(
        (ready.bounds, ready.longest_days, *ready.days, ready.kind),
        (ready.sides, ready.parties, ready.deaths),
        (
            words["_exact"].to_numpy(np.uint8, copy=True),
            words["_violation"].to_numpy(np.int32, copy=True),
            ready.actor_of_party,
            ready.month_of_day,
            ready.first_day,
        ),
        (*_window(request.window), _asked_kinds(ready, request), *_asked_actors(ready, request)),
        (sums.counts, sums.deaths, sums.actors, sums.entropy, sums.newest, sums.mix, sums.months),
    )
    return _as_rollup(ready, sums, request, as_of), _as_total_row(ready, sums)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class _Sums:
    """What the pass adds up, per group."""

    counts: IntArray  # (g, 2): incidents, and those known exactly
    deaths: FloatArray  # (g, 3): low, best, high
    actors: IntArray  # (cells,)
    entropy: FloatArray  # (cells,)
    newest: Int32Array  # (g,): last day of the newest incident
    mix: IntArray  # (g, violations)
    months: IntArray  # (months,)

    @classmethod
    def of(cls, ready: SortedIncidents) -> "_Sums":
        groups, cells = len(ready.bounds) - 1, len(ready.placement.cells)
        months = int(ready.month_of_day[-1] - ready.month_of_day[0]) + 1 if len(ready.month_of_day) else 0
        return cls(
            counts=np.zeros((groups, 2), dtype=np.int64),
            deaths=np.zeros((groups, 3)),
            actors=np.zeros(cells, dtype=np.int64),
            entropy=np.zeros(cells),
            newest=np.full(groups, _NEVER, dtype=np.int32),
            mix=np.zeros((groups, len(VIOLATIONS)), dtype=np.int64),
            months=np.zeros(months, dtype=np.int64),
        )


def _groups(placement: Placement) -> tuple[Int32Array, list[str], int]:
    """Group of each incident, names of the areas behind the last groups, number of groups."""
    cells, spread = len(placement.cells), placement.shares.shape[0]
    group = np.where(placement.point >= 0, placement.point, placement.container + cells).astype(np.int32)
    nowhere = placement.area_only
    codes, names = pd.factorize(placement.area[nowhere])
    group[nowhere] = cells + spread + codes
    return group, [str(name) for name in names], cells + spread + len(names)


def _days(dates: pd.Series) -> Int32Array:
    return dates.to_numpy().astype("datetime64[D]").astype(np.int64).astype(np.int32)


def _kinds(incidents: pd.DataFrame, placement: Placement) -> tuple[Int32Array, pd.DataFrame]:
    """Distinct combinations of words, and which one each incident has."""
    code = placement.exact.astype(np.int64)
    listed: list[tuple[str, pd.Index | npt.NDArray[np.object_], int]] = []
    for name in _WORDS:
        codes, spellings = pd.factorize(incidents[name]) if name in incidents else (np.int64(-1), np.empty(0, object))
        code = code * (len(spellings) + 1) + (codes + 1)
        listed.append((name, spellings, len(spellings) + 1))
    kind, distinct = pd.factorize(code)
    columns: dict[str, pd.Series] = {}
    for name, spellings, size in reversed(listed):
        words = pd.Series([None, *spellings], dtype=object)
        columns[name] = words.iloc[distinct % size].reset_index(drop=True)
        distinct = distinct // size
    kinds = pd.DataFrame(columns, columns=list(_WORDS))
    kinds["_exact"] = distinct.astype(np.uint8)
    kinds["_violation"] = violation_codes(kinds)
    return kind.astype(np.int32), kinds


def _sides(incidents: pd.DataFrame) -> tuple[Int32Array, dict[str, list[int]], int]:
    """Distinct pairs of name and id on either side, the words each answers to, and how many there are."""
    sides = np.full((len(incidents), 2), -1, dtype=np.int32)
    words: dict[str, list[int]] = {}
    size = 0
    for column, names in enumerate(_SIDES):
        code: IntArray = np.zeros(len(incidents), dtype=np.int64)
        given = [(name, *pd.factorize(incidents[name])) for name in names if name in incidents]
        for _, codes, spellings in given:
            code = code * (len(spellings) + 1) + (codes + 1)
        numbers, distinct = pd.factorize(code)
        sides[:, column] = numbers + size
        for _, _, spellings in reversed(given):
            place = distinct % (len(spellings) + 1) - 1
            _bear(words, fold_all(pd.Series(np.asarray(spellings, dtype=object))), place, size)
            distinct = distinct // (len(spellings) + 1)
        size += len(distinct)
    return sides, words, size


def _bear(words: dict[str, list[int]], spelled: pd.Series, place: IntArray, first: int) -> None:
    """Note that number ``first + i`` bears the folded word at ``place[i]``; none where that is -1."""
    folded_words = spelled.to_list()
    for number in np.flatnonzero(place >= 0).tolist():
        words.setdefault(folded_words[place[number]], []).append(first + number)


def _parties(
    incidents: pd.DataFrame, actors: pd.DataFrame | None
) -> tuple[Int32Array, dict[str, list[int]], Int32Array]:
    """Parties of each incident in the order given, the words each answers to, and the actor behind each."""
    named = reported_parties(incidents).rename(columns={"party": "actor_id"}) if actors is None else actors
    row = named["row"].to_numpy()
    codes, ids = pd.factorize(named["actor_id"])
    words: dict[str, list[int]] = {}
    if actors is None:  # reported names are asked for as sides
        party, actor = codes, np.arange(len(ids))
    else:
        name_codes, names = pd.factorize(named["name"])
        party, distinct = pd.factorize(codes.astype(np.int64) * (len(names) + 1) + (name_codes + 1))
        actor = distinct // (len(names) + 1)
        _bear(words, fold_all(pd.Series(np.asarray(ids, dtype=object))), actor, 0)
        _bear(words, fold_all(pd.Series(np.asarray(names, dtype=object))), distinct % (len(names) + 1) - 1, 0)
    nth = _place_in_row(row.astype(np.int64))
    parties = np.full((len(incidents), int(nth.max()) + 1 if len(nth) else 1), -1, dtype=np.int32)
    parties[row, nth] = party
    return parties, words, actor.astype(np.int32)


def _place_in_row(row: IntArray) -> IntArray:
    """0 for the first entry of each run of equal numbers, 1 for the second, and so on."""
    at = np.arange(len(row))
    begins = np.append(True, row[1:] != row[:-1])[: len(row)]
    return at - np.maximum.accumulate(np.where(begins, at, 0)) if len(row) else at


def _deaths(incidents: pd.DataFrame) -> NumberArray:
    """The three estimates side by side; as whole numbers of 32 bits where they are, which takes half the memory."""
    given = np.empty((len(incidents), len(FATALITIES)))
    for column, name in enumerate(FATALITIES):
        given[:, column] = np.nan_to_num(incidents[name].to_numpy(dtype=np.float64, na_value=0.0))
    small = given.astype(np.int32) if (np.abs(given) < _LAST_DAY).all() else None
    return small if small is not None and np.array_equal(small, given) else given


def _narrowed(tables: tuple[NumberArray, ...]) -> tuple[NumberArray, ...]:
    """Tables of whole numbers in 16 bits where all of them fit; one choice for all, so that two versions compile."""
    fits = np.iinfo(np.int16)
    small = all(t.dtype.kind == "i" and (not t.size or fits.min <= t.min() <= t.max() <= fits.max) for t in tables)
    return tuple(t.astype(np.int16) for t in tables) if small else tables


def _window(window: Window) -> tuple[int, int]:
    start, end = window.start, window.end
    return (
        _FIRST_DAY if start is None else int(np.datetime64(start, "D").astype(np.int64)),
        _LAST_DAY if end is None else int(np.datetime64(end, "D").astype(np.int64)),
    )


def _asked_kinds(ready: SortedIncidents, request: HexbinRequest) -> FlagArray:
    """Which combinations of words are asked for, by the definition."""
    return matching(ready.kinds, replace(request, window=Window(), actors=())).astype(np.uint8)


def _asked_actors(ready: SortedIncidents, request: HexbinRequest) -> tuple[bool, FlagArray, FlagArray]:
    """Whether any actor is asked for, and which sides and parties answer to one that is."""
    sides = np.zeros(max(ready.side_count, 1), dtype=np.uint8)
    parties = np.zeros(max(len(ready.actor_of_party), 1), dtype=np.uint8)
    for word in {folded(asked) for asked in request.actors}:
        sides[ready.side_words.get(word, [])] = 1
        parties[ready.party_words.get(word, [])] = 1
    return bool(request.actors), sides, parties


def _as_rollup(ready: SortedIncidents, sums: _Sums, request: HexbinRequest, as_of: dt.date | None) -> Rollup:
    placement = ready.placement
    points, held = len(placement.cells), len(placement.cells) + placement.shares.shape[0]
    table = np.column_stack([sums.counts, sums.deaths, sums.mix]).astype(np.float64)
    laid = table[:points] + placement.shares.T @ table[points:held]
    some = np.flatnonzero(laid[:, 0] > 0)
    laid, actors = laid[some], sums.actors[some]
    cells: dict[str, npt.NDArray[np.generic]] = {"cell": placement.cells[some], "incidents": laid[:, 0]}
    cells |= dict(zip(FATALITIES, laid[:, 2:5].T, strict=True))
    cells["actors"] = actors
    cells["effective_actors"] = np.where(actors > 0, np.exp(sums.entropy[some]), 0.0)
    cells["precision_share"] = laid[:, 1] / laid[:, 0]
    cells["newest_days"] = _newest_days(sums, some, as_of or request.window.end)
    cells |= dict(zip(VIOLATION_COLUMNS, laid[:, 5:].T, strict=True))
    nowhere = sums.counts[held:, 0]
    return Rollup(
        request=request,
        cells=pd.DataFrame(cells),
        area_only=pd.DataFrame(
            {
                "area": np.array(ready.areas, dtype=object)[nowhere > 0],
                "incidents": nowhere[nowhere > 0].astype(np.float64),
            }
        ).sort_values(["incidents", "area"], ascending=[False, True], ignore_index=True),
        months=_months(ready, sums),
        total=int(sums.counts[:, 0].sum()),
    )


def _newest_days(sums: _Sums, some: npt.NDArray[np.intp], day: dt.date | None) -> FloatArray:
    """Days since the newest incident at a point of each cell; missing where none is."""
    latest = int(sums.newest.max()) if len(sums.newest) else 0
    today = latest if day is None else int(np.datetime64(day, "D").astype(np.int64))
    newest = sums.newest[some].astype(np.float64)
    return np.where(newest > _NEVER, np.maximum(today - newest, 0.0), np.nan)


def _months(ready: SortedIncidents, sums: _Sums) -> pd.DataFrame:
    """Incidents per month from the first to the last that has any."""
    some = np.flatnonzero(sums.months)
    counts = sums.months[some[0] : some[-1] + 1] if len(some) else sums.months[:0]
    first = int(ready.month_of_day[0] + some[0]) if len(some) else 0
    labels = (first + np.arange(len(counts))).astype("datetime64[M]").astype("datetime64[s]")
    return pd.DataFrame({"month": labels, "incidents": counts})


def _as_total_row(ready: SortedIncidents, sums: _Sums) -> pd.DataFrame:
    total = int(sums.counts[:, 0].sum())
    row = {"incidents": float(total)}
    row |= dict(zip(FATALITIES, sums.deaths.sum(axis=0).tolist(), strict=True))
    elsewhere = int(sums.counts[len(ready.placement.cells) :, 0].sum())
    row["exact_share"] = int(sums.counts[:, 1].sum()) / total if total else np.nan
    row["area_share"] = elsewhere / total if total else np.nan
    return pd.DataFrame([row])
