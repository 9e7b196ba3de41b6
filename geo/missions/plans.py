"""The values of a mission: who could go, what its requests ask of a team, its days, and the plan that comes of it.

Minutes of a day count from local midnight; days of a mission count from 0. All of these are frozen and say nothing
of where they came from, so that every rule can be tested on a toy.
"""

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from geo.text import Sentence

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Somebody who can be on a team, by the code of a post."""

    staff_id: str
    partner_id: str
    organisation_type: str
    base_id: str  # where they leave from
    role: str  # one of geo.schema.TEAM_ROLES
    woman: bool
    interviewer: bool  # trained to interview children
    trauma_informed: bool
    languages: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset()  # p-codes (a district's stands for all in it) and actor ids

    @property
    def un_staff(self) -> bool:
        """Whether the post is one of the United Nations."""
        return self.organisation_type in ("mission", "un_agency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A vehicle that can be lent."""

    vehicle_id: str
    partner_id: str
    base_id: str
    kind: str  # one of geo.schema.VEHICLES
    seats: int  # the driver's not counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What the requests of a mission ask of its team."""

    days: tuple[dt.date, ...]  # on which the team is away
    interviews: bool  # children are interviewed at all
    girls: bool  # girls are, or may be among children whose sex is not known
    languages: tuple[frozenset[str], ...] = ()  # of each request that names some: one of them must be spoken
    p_codes: frozenset[str] = frozenset()
    actor_ids: frozenset[str] = frozenset()
    discreet: bool = False
    drives: bool = True  # in vehicles of its own; one that flies needs none


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A place to visit, for one request or several at the same site."""

    stop_id: str  # site
    request_ids: tuple[str, ...]
    service_min: float
    opens_min: float  # a visit starts no earlier …
    closes_min: float  # … and is over by then; exactly then counts
    worth: float = 1.0  # what serving it counts


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Trip:
    """What an itinerary is made of. Nodes: 0 the base, 1..n the stops in order, then other places to sleep."""

    stops: tuple[Stop, ...]
    minutes: FloatArray  # shape (nodes, nodes), from row to column; infinity = no way
    sleeps: BoolArray  # shape (nodes,), where the team may spend a night; the base always
    leaves_min: FloatArray  # shape (days,), not on the road before
    arrives_min: FloatArray  # shape (days,), not on the road after; exactly then counts
    open_days: BoolArray  # shape (days, stops), whether a stop may be visited on a day
    must: frozenset[str] = frozenset()  # stops that must be served

    @property
    def days(self) -> int:
        """Longest the mission may take."""
        return len(self.leaves_min)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """One drive of an itinerary, within one day."""

    day: int
    from_node: int
    to_node: int
    leaves_min: float
    arrives_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit of an itinerary."""

    stop: int  # position in Trip.stops
    day: int
    starts_min: float
    ends_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Itinerary:
    """Drives and visits in order, from the base back to the base; nothing at all where no stop can be served."""

    drives: tuple[Drive, ...]
    visits: tuple[Visit, ...]
    nights: tuple[int, ...]  # node of each night
    dropped: dict[int, Sentence] = field(default_factory=dict)  # stop -> why, and what would admit it
    exact: bool = True  # proven the best there is
    refused: str | None = None  # which stops that must be served cannot be; then nothing is planned

    @property
    def served(self) -> tuple[int, ...]:
        """Stops served, by time."""
        return tuple(visit.stop for visit in self.visits)

    @property
    def days(self) -> int:
        """Days it takes."""
        return self.drives[-1].day + 1 if self.drives else 0


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Leg:
    """One drive or flight of a plan, as a team would read it."""

    day: dt.date
    from_place: str  # site, base or town id
    to_place: str
    leaves: dt.datetime  # local, without zone
    arrives: dt.datetime
    length_km: float
    exposure: float  # unit in geo.access.exposure
    visibility: float
    segment_ids: tuple[str, ...]  # driven, in order; empty for a flight
    warnings: tuple[str, ...]
    geometry: shapely.LineString  # EPSG:4326, in driving direction


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVisit:
    """A visit of a plan on the calendar."""

    site_id: str
    request_ids: tuple[str, ...]
    starts: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Plan:
    """One alternative: how a team could serve the requests, what it costs, and what is in the way."""

    label: str  # A, B, C …
    mode: str  # one of geo.schema.MISSION_MODES
    base_id: str
    departs_on: dt.date
    returns_on: dt.date
    legs: tuple[Leg, ...]
    visits: tuple[PlannedVisit, ...]
    nights: tuple[str, ...]  # place of each night
    staff_ids: tuple[str, ...]
    vehicle_ids: tuple[str, ...]
    escort_base_id: str | None
    escort_slots: int
    time_min: float  # away from the base in all, nights included
    exposure: float
    visibility: float
    girls: int  # girls of the requests served, as far as known
    dropped: dict[str, str]  # request -> why, and what would admit it
    breaches: tuple[str, ...]  # rules the team does not keep; a plan with any cannot be signed
    exact: bool = True

    @property
    def request_ids(self) -> tuple[str, ...]:
        """Requests served, by time."""
        return tuple(request for visit in self.visits for request in visit.request_ids)
