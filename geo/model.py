"""The nouns: audiences, access modes, windows, and the questions Piste answers.

A question is a frozen, hashable, JSON-safe dataclass; caches key on it. Answers carry their question.
"""

import datetime as dt
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from geo.errors import RequestError

MOST_STEPS = 40  # days on which one question is asked anew
MOST_MISSION_DAYS = 60  # longest mission a team is looked for
MOST_MONTHS = 120  # longest series of months that is looked at for a trend

WORKSPACE_VARIABLE = "PISTE_WORKSPACE"  # set by "serve" so that the dashboard opens the workspace it was given


class Audience(StrEnum):
    """Who may see, from most to least redacted."""

    PUBLIC = "public"
    CLUSTER = "cluster"
    TASK_FORCE = "task_force"
    CASE_TEAM = "case_team"

    @property
    def rank(self) -> int:
        """0 for the most redacted audience."""
        return list(Audience).index(self)

    def may_see(self, least: "Audience") -> bool:
        """Tell whether something disclosed from ``least`` upward may be shown to this audience."""
        return self.rank >= least.rank


class AccessMode(StrEnum):
    """How a team gets there."""

    UNESCORTED = "unescorted"
    ESCORTED = "escorted"
    AIR = "air"
    PARTNER = "partner"
    ALERT = "alert"


class Season(StrEnum):
    """Season of travel; roads differ."""

    DRY = "dry"
    WET = "wet"


@dataclass(frozen=True, slots=True, order=True)
class LonLat:
    """A position in degrees, EPSG:4326."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90):
            raise RequestError(
                f"{self.lon},{self.lat} is no longitude,latitude in degrees; give longitude first, e.g. 18.56,4.36"
            )


@dataclass(frozen=True, slots=True)
class Window:
    """Days from ``start`` to ``end``, both inclusive; ``None`` leaves that side open."""

    start: dt.date | None = None
    end: dt.date | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.start > self.end:
            raise RequestError(f"the window ends {self.end} before it starts {self.start}; swap the two dates")


@dataclass(frozen=True, slots=True, kw_only=True)
class HexbinRequest:
    """Which incidents to roll up into cells of one H3 resolution. Empty tuples mean "all"."""

    resolution: int
    window: Window = field(default_factory=Window)
    event_types: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()  # actor names or ids, as reported or canonical
    violations: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()  # databases the reports come from
    verifications: tuple[str, ...] = ()  # MRM verification statuses; "" = none recorded
    place_precisions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_resolution(self.resolution)


@dataclass(frozen=True, slots=True, kw_only=True)
class HotspotRequest:
    """Where reports cluster over the last months, on the cells of one H3 resolution. Empty tuples mean "all".

    ``end`` is the last day looked at and lies in the last of ``months`` calendar months; ``None`` is the
    last day the data speak of.
    """

    resolution: int
    months: int = 12
    end: dt.date | None = None
    event_types: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    verifications: tuple[str, ...] = ()
    place_precisions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        if not 1 <= self.months <= MOST_MONTHS:
            raise RequestError(f"months must lie between 1 and {MOST_MONTHS}, got {self.months}")

    def filters(self) -> HexbinRequest:
        """Return the same choice of incidents as a question about cells, of all days."""
        return HexbinRequest(
            resolution=self.resolution,
            event_types=self.event_types,
            actors=self.actors,
            violations=self.violations,
            sources=self.sources,
            verifications=self.verifications,
            place_precisions=self.place_precisions,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MrmRequest:
    """Violations against children in a window, by MRM counting rules. No areas means the whole country."""

    window: Window = field(default_factory=Window)
    areas: tuple[str, ...] = ()  # names of provinces


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationRequest:
    """Which cells were active, quiet but watched, or without eyes. No areas means the whole country."""

    resolution: int
    window: Window = field(default_factory=Window)
    areas: tuple[str, ...] = ()  # names of provinces

    def __post_init__(self) -> None:
        check_resolution(self.resolution)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceRequest:
    """Share of each actor in each cell on a day, from what was known on a day; with how sure it is if asked."""

    as_of: dt.date
    resolution: int
    known_at: dt.date | None = None
    intervals: bool = False

    def __post_init__(self) -> None:
        check_resolution(self.resolution)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorRequest:
    """What is on record of one actor on a day, from what was known on a day."""

    actor_id: str
    as_of: dt.date
    known_at: dt.date | None = None

    def __post_init__(self) -> None:
        if not self.actor_id.strip():
            raise RequestError("name the actor by its id, e.g. the actor_id in the list of actors")


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRequest:
    """How the picture of each actor changed, on ``steps`` days ``step_months`` apart, the last of them ``as_of``."""

    as_of: dt.date
    resolution: int
    steps: int = 12
    step_months: int = 6

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        if not 2 <= self.steps <= MOST_STEPS:
            raise RequestError(f"steps must lie between 2 and {MOST_STEPS}, got {self.steps}")
        if not 1 <= self.step_months <= MOST_MONTHS:
            raise RequestError(f"step months must lie between 1 and {MOST_MONTHS}, got {self.step_months}")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingRequest:
    """In which order to close the bases open on a day so that least is lost within a limit by one access mode."""

    limit_min: float
    as_of: dt.date
    mode: AccessMode = AccessMode.UNESCORTED
    keep: tuple[str, ...] = ()  # never close
    forced: tuple[tuple[str, dt.date], ...] = ()  # close on their day whatever it costs
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
class QueueRequest:
    """Which requests to verify wait on a day, how long, and for what."""

    as_of: dt.date


def check_resolution(resolution: int) -> None:
    """Raise :class:`RequestError` unless the H3 resolution is one Piste draws (2 to 9)."""
    if not 2 <= resolution <= 9:
        raise RequestError(f"resolution must lie between 2 and 9, got {resolution}")


def as_json(question: Any) -> dict[str, Any]:
    """Return a question as plain JSON values; dates become ISO text."""
    return {key: _plain(value) for key, value in asdict(question).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value
