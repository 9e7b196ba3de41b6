"""Questions about joint missions: the queue, teams, plans, weeks."""

import datetime as dt
from dataclasses import dataclass

from geo.errors import RequestError
from geo.model.nouns import AccessMode, Season
from geo.model.travel import ReachRequest

MOST_MISSION_DAYS = 60  # longest mission a team is looked for
_WEEK_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRequest:
    """Which requests to verify wait on a day, how long, and for what."""

    as_of: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRequest:
    """Who could visit these requests from a base on these days, most urgent request first.

    No requests means a visit with children, and perhaps girls, to interview anywhere.
    """

    base_id: str  # the mission leaves from and comes back to
    departs_on: dt.date
    returns_on: dt.date
    request_ids: tuple[str, ...] = ()
    discreet: bool = False
    flies: bool = False  # needs no vehicle
    but: str | None = None  # mission that is planned anew and books nobody
    not_before: dt.date | None = None  # the mission is not moved to days before
    season: Season = Season.DRY
    vehicle: str = "4x4"  # in which others join at the base

    def __post_init__(self) -> None:
        if self.returns_on < self.departs_on:
            raise RequestError(f"the mission returns {self.returns_on} before it departs {self.departs_on}; swap them")
        if (self.returns_on - self.departs_on).days >= MOST_MISSION_DAYS:
            raise RequestError(f"a mission lasts at most {MOST_MISSION_DAYS} days; bring {self.returns_on} forward")
        if len(set(self.request_ids)) != len(self.request_ids):
            raise RequestError("a request is named twice; name each once")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamGapsRequest:
    """Where no base could send a team that keeps the rules, within a limit by one access mode."""

    as_of: dt.date
    limit_min: float
    mode: AccessMode = AccessMode.UNESCORTED
    discreet: bool = False
    season: Season = Season.DRY
    vehicle: str = "4x4"

    def __post_init__(self) -> None:
        if self.mode == AccessMode.ALERT:
            raise RequestError("word travels by alert networks, teams do not; choose another mode")
        self.reach()

    def reach(self, limit_min: float | None = None, mode: AccessMode | None = None) -> ReachRequest:
        """Return the reach question behind this one."""
        return ReachRequest(
            limit_min=self.limit_min if limit_min is None else limit_min,
            mode=mode or self.mode,
            as_of=self.as_of,
            season=self.season,
            vehicle=self.vehicle,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """How a joint team could serve these requests, most urgent first, from a day on. No base means the nearest few."""

    request_ids: tuple[str, ...]
    departs_on: dt.date
    days: int  # longest the team may be away
    as_of: dt.date  # day on which it is planned: escorts are asked for then
    base_id: str = ""
    season: Season = Season.DRY
    vehicle: str = "4x4"
    but: str | None = None  # mission that is planned anew and books nobody

    def __post_init__(self) -> None:
        if not self.request_ids:
            raise RequestError("name at least one request to plan for")
        if len(set(self.request_ids)) != len(self.request_ids):
            raise RequestError("a request is named twice; name each once")
        if not 1 <= self.days <= MOST_MISSION_DAYS:
            raise RequestError(f"a mission lasts 1 to {MOST_MISSION_DAYS} days, not {self.days}")
        if self.departs_on < self.as_of:
            raise RequestError(f"the mission departs {self.departs_on}, before {self.as_of} on which it is planned")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRequest:
    """Which missions would serve most of the open requests in the seven days from a day on."""

    starts_on: dt.date
    as_of: dt.date  # day on which it is planned: escorts are asked for, and ages count, then
    season: Season = Season.DRY
    vehicle: str = "4x4"

    def __post_init__(self) -> None:
        if self.starts_on < self.as_of:
            raise RequestError(f"the week starts {self.starts_on}, before {self.as_of} on which it is planned")

    @property
    def days(self) -> tuple[dt.date, ...]:
        """The seven days."""
        return tuple(self.starts_on + dt.timedelta(days=number) for number in range(_WEEK_DAYS))
