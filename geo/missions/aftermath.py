"""After a mission: what came of each stop, and what follows for requests, roads and who has been where.

A result changes nothing of the referral of children to services: that clock runs on its own. A road is only called bad
where the person who was there says so; that a stop was not reached proves nothing.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import shapely

from geo.errors import RequestError
from geo.missions.plans import Plan
from geo.schema import ROAD_STATUSES, VISIT_OUTCOMES, VISIT_REASONS

NOT_REACHED = "not_reached"
_WKT_DECIMALS = 6  # of a degree: 0.1 m


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadSeen:
    """What the team says of a place on the road: where it turned back, or a hard stretch."""

    status: str  # one of geo.schema.ROAD_STATUSES
    longitude: float
    latitude: float

    def __post_init__(self) -> None:
        if self.status not in ROAD_STATUSES:
            raise RequestError(f"a road is {', '.join(ROAD_STATUSES)}, not {self.status!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one stop for one request."""

    request_id: str
    site_id: str
    visited_on: dt.date  # day the team was there, or turned back
    outcome: str  # one of geo.schema.VISIT_OUTCOMES
    not_verified_because: str = ""  # one of geo.schema.VISIT_REASONS; needed unless it was verified
    girls: int | None = None  # interviewed
    boys: int | None = None
    road: RoadSeen | None = None

    def __post_init__(self) -> None:
        if self.outcome not in VISIT_OUTCOMES:
            raise RequestError(f"an outcome is {', '.join(VISIT_OUTCOMES)}, not {self.outcome!r}")
        if self.outcome != "verified" and self.not_verified_because not in VISIT_REASONS:
            raise RequestError(
                f"say why {self.request_id} was {self.outcome.replace('_', ' ')}: {', '.join(VISIT_REASONS)}"
            )

    @property
    def reached(self) -> bool:
        """Whether the team was there."""
        return self.outcome != NOT_REACHED


def visit_record(mission_id: str, result: Result, *, source: str) -> dict[str, Any]:
    """Return a result as a record of ``visits``; the same request of the same mission is the same record."""
    return {
        "visit_id": f"{mission_id}:{result.request_id}",
        "mission_id": mission_id,
        "request_id": result.request_id,
        "site_id": result.site_id,
        "visited_on": result.visited_on.isoformat(),
        "outcome": result.outcome,
        "not_verified_because": result.not_verified_because,
        "girls": "" if result.girls is None else str(result.girls),
        "boys": "" if result.boys is None else str(result.boys),
        "source": source,
    }


def replanned(
    statuses: Mapping[str, str], *, served: Iterable[str], served_before: Iterable[str], elsewhere: Iterable[str]
) -> dict[str, str]:
    """Return the status of each request that follows from what a mission serves now; none where it stays as it is.

    An open request that is served is planned. One that was planned and is served no more is open again, unless a
    mission elsewhere serves it. What was reached or closed stays so.

    Parameters
    ----------
    statuses
        By request, of all on record.
    served, served_before
        Requests of the mission from now on, none where it is cancelled or a draft, and until now.
    elsewhere
        Requests of other missions that are signed or under way.
    """
    kept = set(served)
    planned = {one: "planned" for one in kept if statuses.get(one) == "open"}
    freed = set(served_before) - kept - set(elsewhere)
    return planned | {one: "open" for one in freed if statuses.get(one) == "planned"}


def request_after(request: Mapping[Any, Any], result: Result) -> dict[str, str]:
    """Return the fields of a request that a result changes; none where it says nothing new.

    Verified closes it, on the day of the visit. Reached without being verified leaves it "reached", so that a
    person decides what follows. Not reached puts a planned one back among the open ones. A closed request stays
    closed, and the referral is never touched.
    """
    status = str(request["status"])
    if status == "closed":
        return {}
    if result.outcome == "verified":
        return {"status": "closed", "verified_on": result.visited_on.isoformat()}
    after = "reached" if result.reached else ("open" if status == "planned" else status)
    return {} if after == status else {"status": after}


def driven_legs(plan: Plan, results: Iterable[Result]) -> tuple[int, ...]:
    """Positions of the legs a team drove, as far as its results tell.

    A leg to a stop was driven when the stop was reached; one to another place when some stop later was, or when
    every stop was. From the first stop that was not reached on, nothing is taken for driven.
    """
    told = list(results)
    reached = {one.site_id for one in told if one.reached}
    missed = {one.site_id for one in told} - reached
    stops = {visit.site_id for visit in plan.visits}
    driven: list[int] = []
    waiting: list[int] = []  # to places that are no stop: driven if the way went on
    for number, leg in enumerate(plan.legs):
        if leg.to_place in stops:
            if leg.to_place not in reached:
                return tuple(driven)
            driven += [*waiting, number]
            waiting = []
        else:
            waiting.append(number)
    return tuple([*driven, *waiting] if not missed and stops <= reached else driven)


def road_records(
    mission_id: str, plan: Plan, results: Iterable[Result], *, vehicles: Iterable[str]
) -> list[dict[str, Any]]:
    """Return records of ``road_reports``: each leg driven was passable that day, and what the team says was not.

    Parameters
    ----------
    vehicles
        Kinds of vehicles that drove.
    """
    told = list(results)
    common = {"source": mission_id, "source_type": "patrol", "reliability": "a"}
    driven = [
        {
            "report_id": f"{mission_id}:leg-{number + 1}",
            "observed_on": plan.legs[number].day.isoformat(),
            "status": "passable",
            "line_wkt": shapely.to_wkt(plan.legs[number].geometry, rounding_precision=_WKT_DECIMALS),
            "vehicles": ";".join(sorted(set(vehicles))),
            **common,
        }
        for number in driven_legs(plan, told)
        if plan.legs[number].segment_ids
    ]
    said = [
        {
            "report_id": f"{mission_id}:{one.request_id}:road",
            "observed_on": one.visited_on.isoformat(),
            "status": one.road.status,
            "longitude": f"{one.road.longitude:.6f}",
            "latitude": f"{one.road.latitude:.6f}",
            "vehicles": ";".join(sorted(set(vehicles))),
            **common,
        }
        for one in told
        if one.road is not None
    ]
    return driven + said
