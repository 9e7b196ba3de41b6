"""The nouns and the questions Piste answers.

A question is a frozen, hashable, JSON-safe dataclass; caches key on it. Answers carry their question.
"""

from geo.model.missions import MOST_MISSION_DAYS, PlanRequest, QueueRequest, TeamGapsRequest, TeamRequest, WeekRequest
from geo.model.nouns import WORKSPACE_VARIABLE, AccessMode, Audience, LonLat, Season, Window, as_json, check_resolution
from geo.model.picture import (
    MOST_MONTHS,
    MOST_STEPS,
    ActorRequest,
    HexbinRequest,
    HotspotRequest,
    MovementRequest,
    MrmRequest,
    ObservationRequest,
    PresenceRequest,
)
from geo.model.travel import (
    ClosingRequest,
    ExposureRequest,
    GapsRequest,
    Objective,
    ReachRequest,
    RouteRequest,
    SegmentRequest,
)
from geo.model.workshop import Assumption, PackFacts

__all__ = [
    "MOST_MISSION_DAYS",
    "MOST_MONTHS",
    "MOST_STEPS",
    "WORKSPACE_VARIABLE",
    "AccessMode",
    "ActorRequest",
    "Assumption",
    "Audience",
    "ClosingRequest",
    "ExposureRequest",
    "GapsRequest",
    "HexbinRequest",
    "HotspotRequest",
    "LonLat",
    "MovementRequest",
    "MrmRequest",
    "Objective",
    "ObservationRequest",
    "PackFacts",
    "PlanRequest",
    "PresenceRequest",
    "QueueRequest",
    "ReachRequest",
    "RouteRequest",
    "Season",
    "SegmentRequest",
    "TeamGapsRequest",
    "TeamRequest",
    "WeekRequest",
    "Window",
    "as_json",
    "check_resolution",
]
