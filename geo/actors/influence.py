"""Influence: the share of each actor in a cell, from dated reports that fade in time and space.

Not territorial control. A report counts in full where it was made and on its day; it falls off with
distance as a Gaussian and halves with each half-life. The share says who the evidence speaks of, not
how strong anybody is; a cell with too little evidence has no row at all rather than a weak guess.
"""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.actors.identity import resolve_actors
from geo.crs import FloatArray
from geo.errors import RequestError
from geo.hexgrid import (
    CellArray,
    IndexArray,
    cells_near,
    cells_of_points,
    mean_cell_area_km2,
    pairs_within,
    resolutions,
)
from geo.incidents.precision import Placement
from geo.model import PresenceRequest
from geo.settings import InfluenceSettings

IntArray = npt.NDArray[np.int64]
# Share of its full weight a presence report keeps by the reliability of its source (Admiralty code, NATO
# AJP-2.1: A completely reliable … E unreliable, F cannot be judged). The steps are ours, evenly spaced;
# a report without a rating counts as F.
RELIABILITY_SHARE = {"a": 1.0, "b": 0.8, "c": 0.6, "d": 0.4, "e": 0.2, "f": 0.1}
# Precisions drawn at their point when presence comes without a placement of its own.
_AT_POINT = ("exact", "near")
# More pairs of cells than this take gigabytes and show nothing a coarser grid would not.
MAX_PAIRS = 60_000_000
_AS_OF = "gathered_for"
_COLUMNS = ["cell", "actor_id", "influence_share", "evidence", "newest_evidence_days", "contested", "rank"]


def gather_evidence(
    incidents: pd.DataFrame,
    placement: Placement | tuple[Placement, Placement],
    presence: pd.DataFrame,
    actors: pd.DataFrame,
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

    Returns
    -------
    pandas.DataFrame
        ``cell, actor_id, weight`` (before decay), ``observed_on``, ``reports`` (share of the reports
        behind the row).

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
    named = resolve_actors(incidents, actors)
    named["weight"] = settings.incident_weight
    named["day"] = _days(incidents["date_end"])[named["row"]]
    seen = pd.DataFrame({"row": np.arange(len(presence)), "actor_id": presence["actor_id"].astype(object).to_numpy()})
    rated = presence["reliability"].astype(object).fillna("f").map(RELIABILITY_SHARE)
    seen["weight"] = settings.presence_weight * rated.to_numpy(dtype=np.float64)
    seen["day"] = _days(presence["observed_on"])
    parts = []
    for reports, placed in ((named, of_incidents), (seen, of_presence)):
        known = reports.loc[reports["day"].to_numpy() <= day]
        if placed is None:
            parts.append(_at_points(known, presence, resolution=of_incidents.resolution))
        else:
            parts.append(_of_points(known, placed))
            parts.append(_of_areas(known, placed, half_life_days=settings.half_life_days))
    evidence = pd.concat(parts, ignore_index=True)
    evidence["observed_on"] = evidence["observed_on"].astype("datetime64[s]")
    evidence.attrs[_AS_OF] = as_of.isoformat()
    return evidence


def influence(
    evidence: pd.DataFrame,
    request: PresenceRequest,
    *,
    settings: InfluenceSettings,
    territory: CellArray | None = None,
) -> pd.DataFrame:
    """Return the share of each actor in each cell with enough evidence.

    The weight of an actor in a cell is the sum over its evidence of
    ``weight · 0.5 ** (age / half_life_days) · exp(-d² / (2 · kernel_km²))``, with the age in days at
    ``request.as_of`` and d the great-circle distance between cell centres, cut beyond
    ``max_distance_km`` (inclusive). Evidence of a later day never counts.

    Parameters
    ----------
    evidence
        As :func:`gather_evidence` gives it; without a column ``reports`` each row is one. Not changed.
    territory
        Cells to answer for; ``None`` answers for every cell evidence reaches.

    Returns
    -------
    pandas.DataFrame
        One row per cell and actor, ordered by cell and rank. ``influence_share`` sums to 1 per cell.
        ``evidence`` is the number of reports of any age within ``max_distance_km``, an area-known one
        counting with the share of its area in reach. ``newest_evidence_days`` is the age of the newest of them.
        ``contested`` says that the second actor of the cell holds ``contested_share`` or more. ``rank`` 1
        leads; equal shares rank by ``actor_id``. Cells whose weights sum to less than
        ``minimum_evidence`` have no row.

    Raises
    ------
    RequestError
        When evidence lies on another resolution, was gathered for a later day, or the grid is too fine
        for the reach of a report.
    """
    _check_evidence(evidence, request)
    day = np.datetime64(request.as_of, "D")
    known = evidence.loc[_days(evidence["observed_on"]) <= day]
    sources, place = np.unique(known["cell"].to_numpy(dtype=np.uint64), return_inverse=True)
    _check_pairs(len(sources), request.resolution, settings)
    reached = cells_near(sources, distance_km=settings.max_distance_km)
    cells = reached if territory is None else np.intersect1d(reached, np.asarray(territory, dtype=np.uint64))
    cell, source, apart_km = pairs_within(cells, sources, distance_km=settings.max_distance_km)
    kernel = np.exp(-0.5 * (apart_km / settings.kernel_km) ** 2)
    first = np.searchsorted(source, np.arange(len(sources) + 1))  # pairs are ordered by source
    codes, names = pd.factorize(known["actor_id"], sort=True)
    age_days = (day - _days(known["observed_on"])).astype(np.int64)
    facts = pd.DataFrame({"place": place, "age_days": age_days})
    facts["weight"] = known["weight"].to_numpy(dtype=np.float64) * 0.5 ** (age_days / settings.half_life_days)
    facts["reports"] = known["reports"].to_numpy(dtype=np.float64) if "reports" in known else 1.0
    parts = [
        _one_actor(facts.loc[codes == code], (first, cell, kernel), size=len(cells)).assign(actor=code)
        for code in range(len(names))
    ]
    return _shares(parts, cells, names.to_numpy(dtype=object), settings)


def _one_actor(facts: pd.DataFrame, pairs: tuple[IntArray, IndexArray, FloatArray], *, size: int) -> pd.DataFrame:
    """Weight, reports and age of the newest in each cell one actor's evidence reaches.

    ``pairs`` are the first pair of each source cell (and one past the last), the cell it reaches, the kernel.
    """
    first, cell, kernel = pairs
    held = facts.groupby("place", sort=True).agg({"weight": "sum", "reports": "sum", "age_days": "min"})
    sources = held.index.to_numpy()
    counts = first[sources + 1] - first[sources]
    owner = np.repeat(np.arange(len(sources)), counts)
    pair = np.arange(len(owner)) + np.repeat(first[sources] - np.cumsum(counts) + counts, counts)
    at = cell[pair]
    weight = np.bincount(at, weights=held["weight"].to_numpy()[owner] * kernel[pair], minlength=size)
    reports = np.bincount(at, weights=held["reports"].to_numpy()[owner], minlength=size)
    newest = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(newest, at, held["age_days"].to_numpy()[owner])
    some = np.flatnonzero(weight > 0)
    return pd.DataFrame(
        {"cell": some, "weight": weight[some], "evidence": reports[some], "newest_evidence_days": newest[some]}
    )


def _shares(
    parts: list[pd.DataFrame], cells: CellArray, names: npt.NDArray[np.object_], settings: InfluenceSettings
) -> pd.DataFrame:
    """Turn weights per actor and cell into shares and ranks."""
    empty = pd.DataFrame({name: np.zeros(0, np.int64) for name in ("cell", "newest_evidence_days", "actor")})
    every = pd.concat(parts, ignore_index=True) if parts else empty.assign(weight=0.0, evidence=0.0)
    total = np.bincount(every["cell"], weights=every["weight"], minlength=len(cells))
    every = every.loc[total[every["cell"]] >= settings.minimum_evidence]
    every["influence_share"] = every["weight"] / total[every["cell"]]
    # Actor codes follow the order of ids, so equal shares rank by id.
    order = np.lexsort((every["actor"], -every["influence_share"], every["cell"]))
    every = every.iloc[order].reset_index(drop=True)
    every["rank"] = every.groupby("cell").cumcount() + 1
    second = np.zeros(len(cells))
    runners_up = every.loc[every["rank"] == 2]
    second[runners_up["cell"]] = runners_up["influence_share"]
    every["contested"] = (second >= settings.contested_share)[every["cell"]] & (second > 0)[every["cell"]]
    every["actor_id"] = pd.Series(np.append(names, "")[every["actor"]], index=every.index, dtype="str")
    every["cell"] = cells[every["cell"]]
    return every[_COLUMNS]


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


def _of_areas(known: pd.DataFrame, placed: Placement, *, half_life_days: float) -> pd.DataFrame:
    """Evidence of reports known to an area below the country, added up per area and actor."""
    container = placed.container[known["row"]]
    local = np.append(placed.container_level > 0, False)[container]
    spread = known.loc[local].assign(container=container[local])
    newest = spread.groupby(["container", "actor_id"])["day"].transform("max")
    older_days = (newest - spread["day"]).dt.days
    spread = spread.assign(weight=spread["weight"] * 0.5 ** (older_days / half_life_days), reports=1.0, day=newest)
    summed = spread.groupby(["container", "actor_id"], as_index=False).agg(
        {"weight": "sum", "reports": "sum", "day": "first"}
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


def _check_pairs(sources: int, resolution: int, settings: InfluenceSettings) -> None:
    """Refuse a grid so fine that every report would touch thousands of cells."""
    per_source = np.pi * settings.max_distance_km**2 / mean_cell_area_km2(resolution)
    if sources * per_source > MAX_PAIRS:
        raise RequestError(
            f"at resolution {resolution} each report reaches {per_source:,.0f} cells within "
            f"{settings.max_distance_km:g} km; ask for a coarser one"
        )
