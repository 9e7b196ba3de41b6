"""Who could have reported from a cell, and what a fall in reports may be taken to mean. Absence of reports is not absence.

Observers are open bases, partners, hubs of community alert networks, and whoever was there lately. A cell is
*active* (a report of its own), *quiet but watched* (none, but somebody could have reported) or has *no eyes*.
"""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.crs import FloatArray
from geo.errors import CrsError, RequestError
from geo.hexgrid import CellArray, cells_of_points, centres, chord_of, on_sphere, resolutions
from geo.settings import Settings

BoolArray = npt.NDArray[np.bool_]
KINDS = ("base", "partner", "alert_hub", "visit")
STATES = ("active", "quiet_but_watched", "no_eyes")
VERDICTS = ("rose", "fell", "same", "cannot_tell")
# Somebody stood there; a report in the media tells of no such person.
_SEEN_ON_THE_SPOT = ("patrol", "partner", "alert_network")


def observed_cells(cells: CellArray, observers: pd.DataFrame, *, radius_km: float) -> BoolArray:
    """Tell for each cell whether an observer is near enough to hear of an incident there.

    Parameters
    ----------
    observers
        Bases, alert hubs, partners: columns ``longitude``, ``latitude``, degrees, EPSG:4326. Not changed.
    radius_km
        Great-circle distance from an observer to the cell's centre, inclusive.

    Returns
    -------
    numpy.ndarray
        Aligned with ``cells``; all false without observers. A cell with a report of its own was
        evidently heard of: join that where it is drawn.

    Raises
    ------
    RequestError
        When the radius is not a positive number of km.
    CrsError
        When an observer has no position.
    """
    if not radius_km > 0:
        raise RequestError(f"the radius of observation must be more than 0 km, got {radius_km:g}")
    lonlat = _lonlat(observers)
    if not len(lonlat) or not len(cells):
        return np.zeros(len(cells), dtype=bool)
    # A few dozen observers: every distance at once is less work than a search tree.
    points = on_sphere(*centres(cells))
    observed = np.zeros(len(cells), dtype=bool)
    for observer in on_sphere(lonlat[:, 0], lonlat[:, 1]):
        observed |= _within(points, observer, radius_km)
    return observed


def _lonlat(observers: pd.DataFrame) -> FloatArray:
    lonlat = observers[["longitude", "latitude"]].to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(lonlat).all():
        where = int(np.flatnonzero(~np.isfinite(lonlat).all(axis=1))[0])
        raise CrsError(f"the observer at position {where} has no longitude,latitude; give it one or leave it out")
    return lonlat


def _within(points: FloatArray, observer: FloatArray, radius_km: float) -> BoolArray:
    return np.asarray(((points - observer) ** 2).sum(axis=1) <= chord_of(radius_km) ** 2)


def standing_observers(
    bases: pd.DataFrame, partners: pd.DataFrame, places: pd.DataFrame, *, as_of: dt.date, settings: Settings
) -> pd.DataFrame:
    """Bases, partners and alert hubs that could report on a day, each with its radius.

    A partner observes from the base it works from: while that base is open, or, where its kind of
    organisation stays (``observation.staying_partners``), as long as its own record is valid. One whose
    base has no known place observes nothing. An alert hub goes with its base (MISSION row S10).

    Parameters
    ----------
    bases
        Open on the day, as :func:`geo.access.bases.bases_as_of` gives them.
    partners
        Table under the contract ``PARTNERS``, all periods.
    places
        ``base_id, longitude, latitude`` of every base on record, open or closed, each id once.

    Returns
    -------
    DataFrame
        ``kind`` (one of ``KINDS``), ``longitude``, ``latitude`` (degrees, EPSG:4326), ``radius_km``.
    """
    day, rule = pd.Timestamp(as_of), settings.observation
    valid = ~(partners["valid_from"] > day) & ~(partners["valid_to"] < day)
    with_base = partners["base_id"].isin(bases["base_id"])
    staying = partners["organisation_type"].isin(rule.staying_partners)
    present = partners.loc[(valid & (with_base | staying)).to_numpy(dtype=bool), ["base_id"]]
    hubs = bases.loc[bases["alert_hub"].fillna(value=False).to_numpy(dtype=bool)]
    parts = [
        _observers("base", bases, rule.base_radius_km),
        _observers("partner", present.merge(places, on="base_id"), rule.partner_radius_km),
        _observers("alert_hub", hubs, settings.modes.alert_radius_km),
    ]
    return pd.concat(parts, ignore_index=True)


def visits(
    incidents: pd.DataFrame,
    presence: pd.DataFrame,
    stops: pd.DataFrame | None = None,
    *,
    as_of: dt.date,
    settings: Settings,
) -> pd.DataFrame:
    """Places where somebody was within the last ``observation.visit_days`` days, the day itself included.

    A visit is an incident verified there in that time, a presence report of a patrol, a partner or an
    alert network, or a stop of a mission that was reached; only where the place is known exactly or nearly.

    Parameters
    ----------
    incidents, presence
        Tables under the contracts of those names; not changed.
    stops
        ``visited_on``, ``outcome``, ``longitude``, ``latitude`` of visits at known sites; ``None`` = none.

    Returns
    -------
    DataFrame
        As :func:`standing_observers`, kind ``visit``.
    """
    verified = incidents.loc[(incidents["verification"] == "verified").fillna(value=False).to_numpy(dtype=bool)]
    seen = presence.loc[presence["source_type"].isin(_SEEN_ON_THE_SPOT).to_numpy(dtype=bool)]
    known = {*settings.placement.exact, *settings.placement.near}
    parts = []
    for rows, column in ((verified, "verified_on"), (seen, "observed_on")):
        age_days = (pd.Timestamp(as_of) - rows[column]).dt.days
        lately = age_days.between(0, settings.observation.visit_days - 1) & rows["place_precision"].isin(known)
        there = rows.loc[lately.to_numpy(dtype=bool)].drop_duplicates(["longitude", "latitude"])
        parts.append(_observers("visit", there, settings.observation.visit_radius_km))
    if stops is not None and len(stops):
        age_days = (pd.Timestamp(as_of) - stops["visited_on"]).dt.days
        lately = age_days.between(0, settings.observation.visit_days - 1) & stops["outcome"].ne("not_reached")
        there = stops.loc[lately.fillna(value=False).to_numpy(dtype=bool)].drop_duplicates(["longitude", "latitude"])
        parts.append(_observers("visit", there, settings.observation.visit_radius_km))
    return pd.concat(parts, ignore_index=True)


def _observers(kind: str, rows: pd.DataFrame, radius_km: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": np.full(len(rows), kind, dtype=object),
            "longitude": rows["longitude"].to_numpy(dtype=np.float64, na_value=np.nan),
            "latitude": rows["latitude"].to_numpy(dtype=np.float64, na_value=np.nan),
            "radius_km": np.full(len(rows), radius_km, dtype=np.float64),
        }
    )


def watched_by(cells: CellArray, observers: pd.DataFrame) -> pd.DataFrame:
    """Tell which kinds of observer could report from each cell.

    A cell is watched when its centre lies within an observer's radius (great circle, inclusive) or the
    observer stands in it, however large the cell.

    Parameters
    ----------
    cells
        H3 cells of one resolution.
    observers
        ``kind, longitude, latitude, radius_km`` (km); not changed.

    Returns
    -------
    DataFrame
        One row per cell, one flag per kind of ``KINDS``.

    Raises
    ------
    CrsError
        When an observer has no position.
    """
    seen = footprints(cells, observers)
    kinds = observers["kind"].to_numpy(dtype=object)
    return pd.DataFrame({kind: seen[kinds == kind].any(axis=0) for kind in KINDS}, index=range(len(cells)))


def footprints(cells: CellArray, observers: pd.DataFrame) -> BoolArray:
    """Tell for each observer, row by row, which cells it could report from; see :func:`watched_by`.

    Returns
    -------
    numpy.ndarray
        Shape (observers, cells).
    """
    seen = np.zeros((len(observers), len(cells)), dtype=bool)
    lonlat = _lonlat(observers)
    if not seen.size:
        return seen
    points = on_sphere(*centres(cells))
    own = cells_of_points(lonlat[:, 0], lonlat[:, 1], resolution=int(resolutions(cells)[0]))
    standing = on_sphere(lonlat[:, 0], lonlat[:, 1])
    for row, radius_km in enumerate(observers["radius_km"].to_numpy(dtype=np.float64)):
        seen[row] = _within(points, standing[row], float(radius_km)) | (cells == own[row])
    return seen


def cell_states(active: BoolArray, watched: BoolArray) -> npt.NDArray[np.object_]:
    """Exactly one of ``STATES`` per cell: a report of its own wins, else eyes decide."""
    return np.where(active, STATES[0], np.where(watched, STATES[1], STATES[2])).astype(object)


def judge(
    now: npt.ArrayLike,
    before: npt.ArrayLike,
    eyes_now: npt.ArrayLike,
    eyes_before: npt.ArrayLike,
    *,
    loss_share: float,
) -> npt.NDArray[np.object_]:
    """Say what a change in reports may be taken to mean; the only place in Piste that does.

    A rise is a rise. A fall, or no change, means something only where as many could have reported as
    before: where eyes were lost, or nobody watched, it reads "cannot_tell".

    Parameters
    ----------
    now, before
        Reports in a period and in the one it is compared with.
    eyes_before
        Share of the area somebody could have reported from at some time before, 0 to 1.
    eyes_now
        The part of that share which was watched all the time since; a missing one counts as no eyes.
    loss_share
        Eyes are lost where ``eyes_now`` is more than this below ``eyes_before``; a loss of exactly this is none.

    Returns
    -------
    numpy.ndarray
        One of ``VERDICTS`` each, broadcast over the four.
    """
    counts_now, counts_before = np.asarray(now, dtype=float), np.asarray(before, dtype=float)
    seen_now, seen_before = np.asarray(eyes_now, dtype=float), np.asarray(eyes_before, dtype=float)
    # Shares of whole cells: the last digits of a difference are noise.
    kept = (seen_now > 0) & ~(seen_before - seen_now > loss_share + 1e-9)
    moved = np.where(counts_now < counts_before, "fell", "same")
    return np.where(counts_now > counts_before, "rose", np.where(kept, moved, "cannot_tell")).astype(object)


def eyes_of_areas(
    owner: npt.NDArray[np.int64], seen_before: BoolArray, kept: BoolArray, *, areas: int
) -> tuple[FloatArray, FloatArray]:
    """Share of each area's cells watched before, and of those the ones watched ever since.

    Parameters
    ----------
    owner
        Position of the area each cell lies in, 0 to ``areas`` - 1.
    seen_before, kept
        Per cell: watched on some day before; watched on some day before and on every day since.

    Returns
    -------
    eyes_before, eyes_now
        Shares from 0 to 1; 0 for an area without a cell.
    """
    size = np.maximum(np.bincount(owner, minlength=areas), 1)
    before, now = (
        np.bincount(owner, weights=seen, minlength=areas) / size for seen in (seen_before, kept & seen_before)
    )
    return before, now
