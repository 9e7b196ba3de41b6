"""Questions about getting there, and about what closing bases loses."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from geo.errors import RequestError
from geo.model.nouns import AccessMode, LonLat, Season, check_resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureRequest:
    """Exposure surface of a day, from incidents that had wholly ended before it."""

    as_of: dt.date
    resolution: int
    country: str | None = None  # ISO 3166-1 alpha-3

    def __post_init__(self) -> None:
        check_resolution(self.resolution)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRequest:
    """From where to where, when, with what; without a weight the whole front is asked for.

    Without a time of departure nothing is said about hours. ``avoid`` holds the only bans there are, in the words of
    :func:`geo.access.segments.ban`.
    """

    origin: LonLat
    destination: LonLat
    as_of: dt.date  # day of departure
    departs: dt.time | None = None  # local
    daylight: bool = True  # drive by day only; asks for a time of departure
    avoid: tuple[str, ...] = ()
    season: Season = Season.DRY
    vehicle: str = "4x4"
    escort: str = "either"  # yes, no, either
    exposure_weight: float | None = None  # minutes a team would accept to avoid one unit of exposure

    def __post_init__(self) -> None:
        if self.escort not in ("yes", "no", "either"):
            raise RequestError(f"escort is yes, no or either, not {self.escort!r}")
        if self.exposure_weight is not None and not 0 <= self.exposure_weight < 1e9:
            raise RequestError(f"exposure weight must be 0 or more minutes per unit, got {self.exposure_weight}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRequest:
    """The record of one stretch of road on a day."""

    segment_id: str
    as_of: dt.date
    season: Season = Season.DRY
    vehicle: str = "4x4"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachRequest:
    """What the bases reach within a limit by one access mode. No base ids means all open bases."""

    limit_min: float
    mode: AccessMode
    as_of: dt.date
    base_ids: tuple[str, ...] = ()
    season: Season = Season.DRY
    vehicle: str = "4x4"
    resolution: int = 5

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        if not 0 < self.limit_min <= 60 * 24 * 30:
            raise RequestError(f"the limit must lie between 0 and 43200 minutes, got {self.limit_min:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GapsRequest:
    """What is lost when bases close."""

    close: tuple[str, ...]
    limit_min: float
    mode: AccessMode
    as_of: dt.date
    season: Season = Season.DRY
    vehicle: str = "4x4"
    resolution: int = 5

    def __post_init__(self) -> None:
        if not self.close:
            raise RequestError("name at least one base to close")
        self.reach()

    def reach(self, base_ids: tuple[str, ...] = ()) -> ReachRequest:
        """Return the reach question behind this one, for some or all open bases."""
        return ReachRequest(
            limit_min=self.limit_min,
            mode=self.mode,
            as_of=self.as_of,
            base_ids=base_ids,
            season=self.season,
            vehicle=self.vehicle,
            resolution=self.resolution,
        )


class Objective(StrEnum):
    """What an order of closures keeps as much of as it can."""

    COVER = "cover"  # people at sites within the limit
    MEDIAN = "median"  # minutes that people's sites lie from the nearest base


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingRequest:
    """In which order to close the bases open on a day so that least is lost within a limit by one access mode."""

    limit_min: float
    as_of: dt.date
    mode: AccessMode = AccessMode.UNESCORTED
    keep: tuple[str, ...] = ()  # never close
    forced: tuple[tuple[str, dt.date], ...] = ()  # close on their day whatever it costs
    objective: Objective = Objective.COVER
    season: Season = Season.DRY
    vehicle: str = "4x4"

    def __post_init__(self) -> None:
        twice = sorted({base for base, _ in self.forced if [one for one, _ in self.forced].count(base) > 1})
        if twice:
            raise RequestError(f"{', '.join(twice)} is forced to close twice; give one day")
        self.reach()

    def reach(self) -> ReachRequest:
        """Return the reach question behind this one."""
        return ReachRequest(
            limit_min=self.limit_min, mode=self.mode, as_of=self.as_of, season=self.season, vehicle=self.vehicle
        )
