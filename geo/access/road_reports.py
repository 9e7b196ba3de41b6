"""What was last seen of a road: which report of a segment counts, and which one says otherwise.

The newest reliable report wins; the newest that contradicts it stands beside it, because one of the two is wrong and
only a person can find out which. Reports that are over, or of a later day, do not count but are told.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.hindrances import (
    EXPIRED,
    IN_FORCE,
    NOT_YET,
    OTHER_VEHICLE,
    check_vehicle,
    days_since,
    first_reason,
    speaks_of,
)
from geo.access.network import Network
from geo.access.stretches import AGAINST, ALONG, BOTH, Stretches, Values, place_stretches
from geo.actors.fading import faded
from geo.errors import RequestError
from geo.schema import ROAD_STATUSES
from geo.settings import RoadReportSettings, Settings

_CARRIED = (
    "report_id",
    "status",
    "observed_on",
    "vehicles",
    "source",
    "source_type",
    "reliability",
    "credibility",
)
_CONTRARY = ("report_id", "status", "observed_on", "age_days", "weight", "source", "source_type", "reliability")
_BADNESS = {status: rank for rank, status in enumerate(ROAD_STATUSES)}


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class PlacedReports:
    """Road reports on segments, for one day and vehicle."""

    # One row per report and segment: segment, direction (0 along, 1 against, -1 both), along_share, snap_km,
    # report_id, status, observed_on, vehicles, source, source_type, reliability, credibility, age_days, until (last
    # day it counts), weight (trust by age), state (in force, expired, not yet, other vehicle).
    placed: pd.DataFrame
    off_network: pd.DataFrame  # report_id, status, nearest_km (infinity = a road not in the file), state


def reports_on_roads(
    network: Network, reports: pd.DataFrame, *, settings: Settings, before: Stretches | None = None
) -> Stretches:
    """Find the segments of each report: the part of the functions below that no day or vehicle changes.

    Parameters
    ----------
    before
        What was found for an earlier state of the table; what it still says of a place is kept.
    """
    return place_stretches(network, reports, settings=settings.constraints, snapping=settings.network, before=before)


def place_reports(
    network: Network | Stretches,
    reports: pd.DataFrame,
    *,
    as_of: dt.date,
    vehicle: str,
    settings: Settings,
) -> PlacedReports:
    """Put reports on the segments they speak of, each with its age and whether it counts.

    Parameters
    ----------
    network
        The network, or what :func:`reports_on_roads` made of it and the same reports.
    reports
        Table under the contract ``ROAD_REPORTS``. Not changed.
    as_of
        A report counts from ``observed_on`` to ``expires_on``, both inclusive; without the latter for
        ``lifetime_days``.

    Raises
    ------
    RequestError
        When neither a report nor ``[vehicles]`` knows the vehicle.
    """
    check_vehicle(vehicle, settings=settings)
    found = reports_on_roads(network, reports, settings=settings) if isinstance(network, Network) else network
    told = _told(reports, as_of=as_of, vehicle=vehicle, rules=settings.road_reports)
    return PlacedReports(placed=found.laid_out(told), off_network=found.off_network(told, ("report_id", "status")))


def last_seen(
    network: Network | Stretches,
    reports: pd.DataFrame,
    *,
    as_of: dt.date,
    vehicle: str,
    settings: Settings,
) -> pd.DataFrame:
    """Return what was last seen of each segment and direction, and what says otherwise.

    The newest report of a reliable source wins (``[road_reports] reliable``, or not graded); with none, the newest
    of all. Of several of the same day the worst status wins, of equal ones the first id. What says otherwise is the
    newest other report in force with another status, however reliable, worst status first on the same day.
    Parameters are those of :func:`place_reports`.

    Returns
    -------
    pandas.DataFrame
        One row per segment and direction with a report in force, in that order; direction 0 and 1 each. Columns
        ``segment``, ``direction``, those of :class:`PlacedReports`, ``reliable``, and ``contrary_id``, ``contrary_status``,
        ``contrary_observed_on``, ``contrary_age_days``, ``contrary_weight``, ``contrary_source``,
        ``contrary_source_type``, ``contrary_reliability``, missing where nothing says otherwise.

    Raises
    ------
    RequestError
        When neither a report nor ``[vehicles]`` knows the vehicle.
    """
    told = place_reports(network, reports, as_of=as_of, vehicle=vehicle, settings=settings)
    each = _each_direction(told.placed.loc[told.placed["state"] == IN_FORCE])
    grades = each["reliability"]
    each = each.assign(
        reliable=(grades.isna() | grades.isin(settings.road_reports.reliable)).to_numpy(dtype=bool),
        badness=each["status"].astype(object).map(_BADNESS).to_numpy(dtype=np.int64),
    )
    place = ["segment", "direction"]
    winners = each.sort_values(
        [*place, "reliable", "observed_on", "badness", "report_id"], ascending=[True, True, False, False, False, True]
    ).drop_duplicates(place)
    others = each.merge(winners[[*place, "status"]], on=place, suffixes=("", "_won"))
    others = others.loc[others["status"].to_numpy(dtype=object) != others["status_won"].to_numpy(dtype=object)]
    contrary = others.sort_values(
        [*place, "observed_on", "badness", "report_id"], ascending=[True, True, False, False, True]
    ).drop_duplicates(place)
    named = {name: f"contrary_{name.removeprefix('report_')}" for name in _CONTRARY}
    beside = contrary[[*place, *_CONTRARY]].rename(columns=named)
    return winners.drop(columns="badness").merge(beside, on=place, how="left").reset_index(drop=True)


def reports_on(
    network: Network | Stretches,
    reports: pd.DataFrame,
    segment: int,
    *,
    as_of: dt.date,
    vehicle: str,
    settings: Settings,
) -> pd.DataFrame:
    """Return every report of one segment, newest first, whatever its state: the history of the segment.

    Returns
    -------
    pandas.DataFrame
        Rows of :attr:`PlacedReports.placed`; ``direction`` stays -1 where a report speaks of both.

    Raises
    ------
    RequestError
        When the network has no such segment, or neither a report nor ``[vehicles]`` knows
        the vehicle.
    """
    found = reports_on_roads(network, reports, settings=settings) if isinstance(network, Network) else network
    if not 0 <= segment < found.segments:
        raise RequestError(f"there is no segment {segment}; the network has 0 to {found.segments - 1}")
    told = place_reports(found, reports, as_of=as_of, vehicle=vehicle, settings=settings)
    own = told.placed.loc[told.placed["segment"] == segment]
    return own.sort_values(["observed_on", "report_id"], ascending=[False, True], ignore_index=True)


def _told(reports: pd.DataFrame, *, as_of: dt.date, vehicle: str, rules: RoadReportSettings) -> dict[str, Values]:
    """What is told of each report wherever it lies, its state among it; columns."""
    day = np.datetime64(as_of, "s")
    seen, expires = (reports[name].to_numpy(dtype="datetime64[s]") for name in ("observed_on", "expires_on"))
    age_days = days_since(reports["observed_on"], as_of)
    until = np.where(np.isnat(expires), seen + np.timedelta64(int(rules.lifetime_days), "D"), expires)
    reasons = {NOT_YET: seen > day, EXPIRED: until < day, OTHER_VEHICLE: ~speaks_of(reports["vehicles"], vehicle)}
    return {name: reports[name].array for name in _CARRIED} | {
        "age_days": age_days,
        "until": until,
        "weight": faded(1.0, np.maximum(age_days, 0), rules.half_life_days),
        "state": first_reason(reasons),
    }


def _each_direction(placed: pd.DataFrame) -> pd.DataFrame:
    """Rows of one direction each: what speaks of both stands twice."""
    both = placed["direction"] == BOTH
    ways = [placed.loc[both | (placed["direction"] == way)].assign(direction=way) for way in (ALONG, AGAINST)]
    return pd.concat(ways, ignore_index=True)
