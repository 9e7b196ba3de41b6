"""Questions about the picture: incidents, hot spots, MRM counts, who could have seen, actors."""

import datetime as dt
from dataclasses import dataclass, field

from geo.errors import RequestError
from geo.model.nouns import Window, check_resolution

MOST_STEPS = 40  # days on which one question is asked anew
MOST_MONTHS = 120  # longest series of months that is looked at for a trend


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
