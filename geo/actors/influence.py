"""Influence: the share of each actor in a cell, from dated reports that fade in time and space.

Not territorial control. A report counts in full where it was made and on its day; it falls off with
distance as a Gaussian and halves with each half-life. The share says who the evidence speaks of, not
how strong anybody is; a cell with too little evidence has no row at all rather than a weak guess.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geo.actors.fading import faded, graded, half_lives
from geo.actors.neighbourhood import Neighbourhood, is_kept, lay_out_neighbourhood
from geo.actors.uncertainty import effective_reports
from geo.crs import FloatArray
from geo.errors import RequestError
from geo.hexgrid import CellArray, cells_of_points, resolutions
from geo.incidents.precision import Placement
from geo.model import PresenceRequest
from geo.settings import InfluenceSettings

IntArray = npt.NDArray[np.int64]
# Precisions drawn at their point when presence comes without a placement of its own.
_AT_POINT = ("exact", "near")
# Products of a report and a cell it reaches from which the compiled pass is faster although it loads for half a
# second; a first map has fewer.
COMPILED_FROM_PRODUCTS = 500_000
_AS_OF = "gathered_for"
COLUMNS = (
    "cell", "actor_id", "influence_share", "evidence", "newest_evidence_days", "contested", "rank", "effective_actors",
    "effective_reports",
)  # fmt: skip


def gather_evidence(
    incidents: pd.DataFrame,
    placement: Placement | tuple[Placement, Placement],
    presence: pd.DataFrame,
    parties: pd.DataFrame,
    *,
    as_of: dt.date,
    settings: InfluenceSettings,
) -> pd.DataFrame:
    """Return what incidents and presence reports say of who is where, up to a day.

    An incident speaks of each armed actor it names, on its last day. A report known to an area below
    the country is spread over its cells by the shares of its placement; one known to a country, or to
    nothing, says nothing about *where* and is left out. Reports of one area and actor are added up as
    of the newest one (exact, since decay is exponential), so the result answers for ``as_of`` and
    later days, not for earlier ones.

    Parameters
    ----------
    placement
        Of the incidents; or of the incidents and of the presence reports. With the first alone, presence
        must be known to a point.
    presence
        Table under the presence contract. Not changed.
    parties
        Who stands in each incident, as :func:`geo.actors.identity.resolve_actors` gives it. Not changed. Both tables
        may say the half-life of each actor, see :func:`geo.actors.fading.with_half_lives`.

    Returns
    -------
    pandas.DataFrame
        ``cell, actor_id, weight`` (before decay), ``observed_on``, ``half_life_days``, ``reports`` (share of the
        reports behind the row).

    Raises
    ------
    RequestError
        When a placement is missing or is of other reports.
    """
    day = np.datetime64(as_of, "D")
    of_incidents, of_presence = placement if isinstance(placement, tuple) else (placement, None)
    if len(of_incidents.point) != len(incidents):
        raise RequestError(
            f"{len(of_incidents.point)} incidents were placed, but {len(incidents)} given; place them again"
        )
    named = parties.assign(weight=settings.incident_weight, day=_days(incidents["date_end"])[parties["row"]])
    named["half_life_days"] = half_lives(parties, settings=settings)
    seen = pd.DataFrame({"row": np.arange(len(presence)), "actor_id": presence["actor_id"].astype(object).to_numpy()})
    seen["weight"] = settings.presence_weight * graded(presence)
    seen["half_life_days"] = half_lives(presence, settings=settings)
    seen["day"] = _days(presence["observed_on"])
    parts = []
    for reports, placed in ((named, of_incidents), (seen, of_presence)):
        known = reports.loc[reports["day"].to_numpy() <= day]
        if placed is None:
            parts.append(_at_points(known, presence, resolution=of_incidents.resolution))
        else:
            parts.append(_of_points(known, placed))
            parts.append(_of_areas(known, placed))
    evidence = pd.concat(parts, ignore_index=True)
    evidence["observed_on"] = evidence["observed_on"].astype("datetime64[s]")
    evidence.attrs[_AS_OF] = as_of.isoformat()
    return evidence


def cells_of_evidence(*placements: Placement) -> CellArray:
    """Return all cells that evidence of any day may lie on, sorted: of points, and of areas below the country."""
    found = []
    for placed in placements:
        used = np.unique(placed.container[placed.container >= 0])
        spread = placed.shares[used[placed.container_level[used] > 0]].indices
        found.append(placed.cells[np.concatenate([placed.point[placed.point >= 0], spread])])
    return np.unique(np.concatenate(found))


def influence(
    evidence: pd.DataFrame,
    request: PresenceRequest,
    *,
    settings: InfluenceSettings,
    territory: CellArray | None = None,
    sources: CellArray | None = None,
) -> pd.DataFrame:
    """Return the share of each actor in each cell with enough evidence.

    The weight of an actor in a cell is the sum over its evidence of
    ``weight · 0.5 ** (age / half_life_days) · exp(-d² / (2 · kernel_km²))``, with the age in days at
    ``request.as_of`` and d the great-circle distance between cell centres, cut beyond
    ``max_distance_km`` (inclusive). Evidence of a later day never counts.

    Parameters
    ----------
    evidence
        As :func:`gather_evidence` gives it; without a column ``reports`` each row is one, without
        ``half_life_days`` all have that of the settings. Not changed.
    territory
        Cells to answer for; ``None`` answers for every cell evidence reaches.
    sources
        Cells that hold the evidence of every day, or more; changes no share. Where the same ones are named
        for each day, the neighbourhood is laid out once.

    Returns
    -------
    pandas.DataFrame
        One row per cell and actor, ordered by cell and rank. ``influence_share`` sums to 1 per cell.
        ``evidence`` is the number of reports of any age within ``max_distance_km``, an area-known one
        counting with the share of its area in reach. ``newest_evidence_days`` is the age of the newest of them.
        ``contested`` says that two actors of the cell or more hold ``contested_share`` each, and the
        newest evidence of each is ``live_evidence_days`` old at most. ``rank`` 1
        leads; equal shares rank by ``actor_id``. ``effective_actors`` of the cell is ``1 / sum(share²)``
        (inverse Simpson; Laakso and Taagepera 1979, doi:10.1177/001041407901200101): 1 where one is alone, n where
        n hold equal shares. ``effective_reports`` of the cell is Kish's number of equally weighted reports, see
        :mod:`geo.actors.uncertainty`. Cells whose weights sum to less than ``minimum_evidence`` have no row.

    Raises
    ------
    RequestError
        When evidence lies on another resolution, was gathered for a later day, or the grid is too fine
        for the reach of a report.
    """
    _check_evidence(evidence, request)
    facts, names, ground = _facts(evidence, request, settings, sources)
    near = lay_out_neighbourhood(ground, territory, resolution=request.resolution, settings=settings)
    products = int(np.diff(facts.start)[near.source].sum())
    weigh = _weigh_compiled if products >= COMPILED_FROM_PRODUCTS else _weigh
    rows = weigh(near, facts, len(names), settings)
    # Many rows, few names: pandas builds the column from the names at once.
    actor_id = pd.array(names, dtype="str").take(rows.actor)
    contested = _contested(rows, len(near.cells), settings)
    columns = (
        near.cells[rows.cell], actor_id, rows.share, rows.reports, rows.newest, contested, rows.rank, rows.effective,
        _effective_reports(near, facts)[rows.cell],
    )  # fmt: skip
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)), copy=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Facts:
    """What is known of each actor at each source on the day; sorted by source, then actor."""

    start: IntArray  # (sources + 1,), first fact of each source
    actor: npt.NDArray[np.int32]  # code of the actor, in the order of ids
    weight: FloatArray  # decayed
    reports: FloatArray
    age_days: IntArray  # of the newest
    together: FloatArray  # (sources,), weight of all actors; no order of actors comes into it
    squares: FloatArray  # (sources,), squared weights of all rows of evidence
    counted: FloatArray  # (sources,), reports of all actors


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """One entry per row of the answer, ordered by cell and rank."""

    cell: IntArray  # position
    actor: npt.NDArray[np.int32]
    share: FloatArray
    reports: FloatArray
    newest: IntArray
    rank: IntArray
    effective: FloatArray


def _facts(
    evidence: pd.DataFrame, request: PresenceRequest, settings: InfluenceSettings, sources: CellArray | None
) -> tuple[_Facts, npt.NDArray[np.object_], CellArray]:
    """Evidence known on the day, summed per source and actor; names of the actors; the sources."""
    age_days = (np.datetime64(request.as_of, "D") - _days(evidence["observed_on"])).astype(np.int64)
    known = age_days >= 0
    age_days = age_days[known]
    at = evidence["cell"].to_numpy(dtype=np.uint64)[known]
    ground = np.unique(evidence["cell"].to_numpy(dtype=np.uint64) if sources is None else sources)
    if not is_kept(ground, resolution=request.resolution, settings=settings):
        ground = np.unique(at)
    place = np.searchsorted(ground, at)
    if len(at) and (place.max() == len(ground) or (ground[place] != at).any()):
        raise RequestError("evidence lies outside the sources named; name the cells of all evidence, or none")
    codes, names = pd.factorize(evidence["actor_id"][known], sort=True)
    reports = evidence["reports"].to_numpy(dtype=np.float64)[known] if "reports" in evidence else np.ones(len(at))
    half_life_days = half_lives(evidence, settings=settings)[known]
    weight = faded(evidence["weight"].to_numpy(dtype=np.float64)[known], age_days, half_life_days)
    keys, of_fact = np.unique(place * max(len(names), 1) + codes, return_inverse=True)
    newest = np.full(len(keys), np.iinfo(np.int64).max)
    np.minimum.at(newest, of_fact, age_days)
    source, actor = np.divmod(keys, max(len(names), 1))
    facts = _Facts(
        np.searchsorted(source, np.arange(len(ground) + 1)).astype(np.int64),
        actor.astype(np.int32),
        _sums(of_fact, weight, len(keys)),
        _sums(of_fact, reports, len(keys)),
        newest,
        _sums(place, weight, len(ground)),
        _sums(place, weight**2, len(ground)),
        _sums(place, reports, len(ground)),
    )
    return facts, np.asarray(names, dtype=object), ground


def _totals(near: Neighbourhood, facts: _Facts) -> FloatArray:
    """Weight of all actors together in each cell."""
    spread = sparse.csr_array((near.kernel, near.source, near.first), shape=(len(near.cells), len(near.sources)))
    return np.asarray(spread @ facts.together)


def _effective_reports(near: Neighbourhood, facts: _Facts) -> FloatArray:
    """Number of reports of equal weight that say as much in each cell as the weighted ones do.

    A report spread over an area is many rows of evidence and still one report, so never more than are in reach.
    """
    shape = (len(near.cells), len(near.sources))
    squares = sparse.csr_array((near.kernel**2, near.source, near.first), shape=shape) @ facts.squares
    in_reach = sparse.csr_array((np.ones(len(near.kernel)), near.source, near.first), shape=shape) @ facts.counted
    effective = effective_reports(_totals(near, facts), np.asarray(squares))
    return np.asarray(np.minimum(effective, np.asarray(in_reach)), dtype=np.float64)


def _weigh_compiled(near: Neighbourhood, facts: _Facts, actors: int, settings: InfluenceSettings) -> _Rows:
    """Rows of the answer from much evidence."""
    from geo.actors.influence_kernels import weigh_cells  # noqa: PLC0415 (the first map does without Numba)

    # No cell has more rows than facts in reach, or actors. What is not written takes no memory.
    in_reach = np.add.reduceat(np.append(np.diff(facts.start)[near.source], 0), near.first[:-1])
    in_reach[np.diff(near.first) == 0] = 0
    size = int(np.minimum(in_reach, actors).sum())
    actor, share, reports, effective = np.empty(size, np.int32), np.empty(size), np.empty(size), np.empty(size)
    newest, rank = np.empty(size, np.int64), np.empty(size, np.int64)
    counts = weigh_cells(
        (near.first, near.source, near.kernel),
        (facts.start, facts.actor, facts.weight, facts.reports, facts.age_days),
        _totals(near, facts),
        (actor, share, reports, newest, rank, effective),
        (actors, settings.minimum_evidence),
    )
    some = slice(int(counts.sum()))
    return _Rows(
        cell=np.repeat(np.arange(len(counts)), counts),
        actor=actor[some],
        share=share[some],
        reports=reports[some],
        newest=newest[some],
        rank=rank[some],
        effective=effective[some],
    )


def _weigh(near: Neighbourhood, facts: _Facts, actors: int, settings: InfluenceSettings) -> _Rows:
    """Rows of the answer from little evidence."""
    per_pair = np.diff(facts.start)[near.source]
    live = np.flatnonzero(per_pair)
    counts = per_pair[live]
    pair = np.repeat(live, counts)
    fact = np.arange(len(pair)) + np.repeat(facts.start[near.source[live]] - np.cumsum(counts) + counts, counts)
    at = np.searchsorted(near.first, pair, side="right") - 1
    keys, row = np.unique(at * max(actors, 1) + facts.actor[fact], return_inverse=True)
    weight = _sums(row, facts.weight[fact] * near.kernel[pair], len(keys))
    reports = _sums(row, facts.reports[fact], len(keys))
    newest = np.full(len(keys), np.iinfo(np.int64).max)
    np.minimum.at(newest, row, facts.age_days[fact])
    cell, actor = np.divmod(keys, max(actors, 1))
    total = _totals(near, facts)[cell]
    stays = np.flatnonzero((weight > 0) & (total >= settings.minimum_evidence))
    share = weight[stays] / total[stays]
    # Actor codes follow the order of ids, so equal shares rank by id.
    order = np.lexsort((actor[stays], -share, cell[stays]))
    stays, share = stays[order], share[order]
    cell = cell[stays]
    leads = np.diff(cell, prepend=-1) != 0
    first = np.maximum.accumulate(np.where(leads, np.arange(len(cell)), 0))
    rank = np.arange(len(cell)) - first + 1
    squares = _sums(cell, share**2, len(near.cells))
    return _Rows(
        cell=cell,
        actor=actor[stays].astype(np.int32),
        share=share,
        reports=reports[stays],
        newest=newest[stays],
        rank=rank,
        effective=1.0 / squares[cell],
    )


def _contested(rows: _Rows, cells: int, settings: InfluenceSettings) -> npt.NDArray[np.bool_]:
    """Whether two actors of the row's cell or more have live evidence and enough of it."""
    live = (rows.share >= settings.contested_share) & (rows.newest <= settings.live_evidence_days)
    return np.asarray((np.bincount(rows.cell[live], minlength=cells) > 1)[rows.cell])


def _sums(of: IntArray, values: FloatArray, size: int) -> FloatArray:
    """Values summed per position."""
    return np.asarray(np.bincount(of, weights=values, minlength=size), dtype=np.float64)


def _at_points(known: pd.DataFrame, presence: pd.DataFrame, *, resolution: int) -> pd.DataFrame:
    """Evidence of presence reports without a placement: each in the cell of its point."""
    wide = ~presence["place_precision"].isin(_AT_POINT)
    if wide.any():
        raise RequestError(
            f"{int(wide.sum())} presence reports are known to an area only; place them like incidents and give "
            "both placements"
        )
    rows = known["row"].to_numpy()
    lon, lat = (presence[name].to_numpy(dtype=np.float64)[rows] for name in ("longitude", "latitude"))
    return _evidence(cells_of_points(lon, lat, resolution=resolution), known, reports=1.0)


def _of_points(known: pd.DataFrame, placed: Placement) -> pd.DataFrame:
    at = placed.point[known["row"]]
    return _evidence(placed.cells[at[at >= 0]], known.loc[at >= 0], reports=1.0)


def _of_areas(known: pd.DataFrame, placed: Placement) -> pd.DataFrame:
    """Evidence of reports known to an area below the country, added up per area and actor."""
    container = placed.container[known["row"]]
    local = np.append(placed.container_level > 0, False)[container]
    spread = known.loc[local].assign(container=container[local])
    newest = spread.groupby(["container", "actor_id"])["day"].transform("max")
    older_days = (newest - spread["day"]).dt.days
    weight = faded(spread["weight"], older_days, spread["half_life_days"])
    spread = spread.assign(weight=weight, reports=1.0, day=newest)
    summed = spread.groupby(["container", "actor_id"], as_index=False).agg(
        {"weight": "sum", "reports": "sum", "day": "first", "half_life_days": "first"}
    )
    shares = placed.shares[summed["container"].to_numpy()]
    laid_out = summed.loc[np.repeat(np.arange(len(summed)), np.diff(shares.indptr))]
    return _evidence(
        placed.cells[shares.indices],
        laid_out.assign(weight=laid_out["weight"].to_numpy() * shares.data),
        reports=laid_out["reports"].to_numpy() * shares.data,
    )


def _evidence(cells: CellArray, rows: pd.DataFrame, *, reports: float | FloatArray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "cell": cells,
            "actor_id": rows["actor_id"].to_numpy(dtype=object),
            "weight": rows["weight"].to_numpy(dtype=np.float64),
            "observed_on": rows["day"].to_numpy(dtype="datetime64[s]"),
            "half_life_days": rows["half_life_days"].to_numpy(dtype=np.float64),
            "reports": reports,
        }
    )


def _days(values: pd.Series) -> npt.NDArray[np.datetime64]:
    return values.to_numpy().astype("datetime64[D]")


def _check_evidence(evidence: pd.DataFrame, request: PresenceRequest) -> None:
    cells = evidence["cell"].to_numpy(dtype=np.uint64)
    other = np.unique(resolutions(cells[resolutions(cells) != request.resolution]))
    if len(other):
        raise RequestError(
            f"evidence lies on cells of resolution {other[0]}, asked for {request.resolution}; gather it again"
        )
    gathered_for = evidence.attrs.get(_AS_OF)
    if gathered_for is not None and gathered_for > request.as_of.isoformat():
        raise RequestError(f"evidence was gathered for {gathered_for}, asked for {request.as_of}; gather it again")
