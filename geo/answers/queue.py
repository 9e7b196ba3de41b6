"""Requests to verify as of a day: which wait, how long and for what; loaded, thought about, cleared.

What one more escort, flight or woman interviewer would free is no part of this answer: only a new plan can tell.
"""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely

from geo.answers.world import World
from geo.errors import RequestError
from geo.missions.requests import assess_requests, urgency
from geo.missions.waiting import explain_waiting, total_waiting
from geo.model import Audience, QueueRequest
from geo.readers.recorded import site_labels
from geo.redaction import Cleared, clear, sees_any
from geo.schema import BLOCKERS

OVERLAP = (
    "A request that waits for several things counts for each of them and once in the total: blockers do not add up."
)
ROUNDED = (
    "Numbers are of the end of a month and rounded down to multiples of {least}; what stays below {least} is left out."
)
POINTS = "Points order the queue and say nothing of a child's need; services never wait for a visit."
NOT_KNOWN = "not known"  # province of a site that is not recorded, or lies in none
_ONE_DAY = dt.timedelta(days=1)
_BLOCKER_ORDER = {word: place for place, word in enumerate(BLOCKERS)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QueueAnswer:
    """The queue of a day, cleared for one audience. Columns: :mod:`geo.missions.requests`, :mod:`geo.missions.waiting`."""

    request: QueueRequest  # as granted: the day may be the end of an earlier month
    requests: Cleared  # that wait, oldest first
    referrals: Cleared  # that wait no more, and whose children are not referred to services yet
    totals: Cleared  # one row
    waiting: Cleared  # per blocker; the greatest first
    provinces: Cleared  # per province and blocker
    notes: tuple[str, ...]  # how to read the numbers, one sentence each


def latest_day(world: World) -> dt.date:
    """Last day that incidents, presence, requests or visits speak of."""
    newest = [world.records("requests")["alerted_on"].max(), world.records("visits")["visited_on"].max()]
    return max([world.latest_date, *(pd.Timestamp(day).date() for day in newest if not pd.isna(day))])


def answer_queue(world: World, request: QueueRequest, *, audience: Audience) -> QueueAnswer:
    """List the requests that wait on a day, with clocks, priority and what they wait for.

    An audience whose small counts are withheld gets the last end of a month up to the day, and numbers of requests
    rounded down to multiples of its ``small_count``; those that come to 0 are left out.
    """
    settings = world.settings
    least = settings.audiences[audience].small_count
    granted = replace(request, as_of=_month_end(request.as_of)) if least > 1 else request
    assessed = assessed_on(world, granted)
    late_soon_days = settings.requests.late_soon_days
    waiting = assessed.loc[assessed["waiting"]].drop(columns="waiting")
    gone = assessed.loc[~assessed["waiting"] & assessed["referral_in_days"].notna()].drop(columns="waiting")

    def cleared(view: str, table: pd.DataFrame, *, counted: bool = False) -> Cleared:
        seen = table if sees_any(view, audience=audience, settings=settings) else table.iloc[:0]
        column = "requests" if counted else None
        return clear(seen, view=view, audience=audience, settings=settings, count_column=column)

    return QueueAnswer(
        request=granted,
        requests=cleared("queue", waiting),
        referrals=cleared("queue", gone),
        totals=cleared(
            "queue_totals", _rounded(total_waiting(assessed, late_soon_days=late_soon_days), least), counted=True
        ),
        waiting=cleared("queue_waiting", _rounded(explain_waiting(waiting), least), counted=True),
        provinces=cleared("queue_provinces", _rounded(explain_waiting(waiting, by=("province",)), least), counted=True),
        notes=(OVERLAP, POINTS, *([ROUNDED.format(least=least)] if least > 1 else [])),
    )


def answer_form_sites(world: World, *, audience: Audience) -> Cleared:
    """List the sites valid on the latest day as the choices of our request form: ``name`` (id) and ``label``.

    Raises
    ------
    RequestError
        When no site is recorded.
    """
    if world.records("sites").empty:
        raise RequestError("no site is recorded, so the form has none to choose from; import sites first")
    sites = world.sites_at(latest_day(world))
    choices = pd.DataFrame({"name": sites["site_id"], "label": site_labels(sites)})
    return clear(choices.sort_values("label"), view="form_sites", audience=audience, settings=world.settings)


def _month_end(day: dt.date) -> dt.date:
    """Return the last end of a month up to a day, the day itself included."""
    return day if (day + _ONE_DAY).day == 1 else day.replace(day=1) - _ONE_DAY


def assessed_on(world: World, request: QueueRequest) -> pd.DataFrame:
    """Return all requests of a day with clocks, priority and province; before the gate."""
    recorded = world.records("sites")
    # A place that is recorded no longer on the day still has its name.
    sites = recorded if len(recorded) else world.sites_at(request.as_of)
    assessed = assess_requests(
        world.records("requests"),
        world.records("visits"),
        sites,
        as_of=request.as_of,
        settings=world.settings.requests,
    )
    late_soon_days = world.settings.requests.late_soon_days
    return assessed.assign(
        province=_provinces(world, assessed), urgency=urgency(assessed, late_soon_days=late_soon_days)
    )


def _provinces(world: World, assessed: pd.DataFrame) -> pd.Series:
    """Name of the province each site lies in; one on a border lies in the first."""
    provinces = world.provinces
    lonlat = assessed[["longitude", "latitude"]].to_numpy(dtype=float)
    placed = np.flatnonzero(np.isfinite(lonlat).all(axis=1))
    at, inside = provinces.sindex.query(shapely.points(lonlat[placed]), predicate="intersects")
    first = pd.DataFrame({"row": placed[at], "province": inside}).groupby("row")["province"].min()
    names = np.full(len(assessed), NOT_KNOWN, dtype=object)
    names[first.index.to_numpy()] = provinces["name"].to_numpy(dtype=object)[first.to_numpy()]
    return pd.Series(names, index=assessed.index, dtype="string")


def _rounded(counts: pd.DataFrame, least: int) -> pd.DataFrame:
    """Numbers of requests rounded down to multiples of ``least``, without those of 0, in an order that tells no more."""
    if least <= 1:
        return counts
    told = counts.assign(requests=counts["requests"] // least * least)
    told = told.loc[told["requests"] > 0]
    if "blocker" not in told:
        return told
    order = told.assign(last=-told["requests"], place=told["blocker"].map(_BLOCKER_ORDER).fillna(len(BLOCKERS)))
    by = [name for name in ("province",) if name in told]
    return told.loc[order.sort_values([*by, "last", "place"], kind="stable").index].reset_index(drop=True)
