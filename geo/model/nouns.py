"""The nouns: audiences, access modes, seasons, places, windows; and a question as plain JSON values."""

import datetime as dt
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from geo.errors import RequestError

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
