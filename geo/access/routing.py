"""Routes between two places: the one for a weight, or the front of alternatives.

With a weight ``w`` the route minimises minutes + w · exposure. Without one, see :mod:`geo.access.front`. Escorts are a
finite resource of open bases: an escorted route stays within the reach of one base's convoys. A team alone may also
walk straight where that is quicker or calmer (:mod:`geo.access.walking`). With a time of departure
the drive is laid on the clock (:mod:`geo.access.clock`): the earliest arrival is among the alternatives, and all of
them are held against each other by when they arrive.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo.access.clock import Clock, Timetable, clock_of, timetable
from geo.access.companies import Company, Conditions, companies
from geo.access.escorts import Escort
from geo.access.front import Weights, find_front, goals_of, undominated
from geo.access.kernels import NOWHERE
from geo.access.landmarks import Landmarks
from geo.access.network import Network
from geo.access.passage import in_the_dark
from geo.access.paths import Journey, Path, cheapest_path, earliest_path
from geo.access.refusal import Refusal, no_escort_reason, no_way_reason, off_road_reason, on_separate_parts
from geo.access.routes import Route, describe, staying
from geo.access.segments import Passability, ban, on_the_clock
from geo.access.snapping import Snapped, snap_points
from geo.access.walking import walked, walks_between
from geo.model import RouteRequest
from geo.settings import Settings

MAX_ROUTES = 8
# Of two routes that share so much of the longer one's length and differ in no goal by more, only the first is told.
ALIKE_GROUND_SHARE = 0.95
ALIKE_GOAL_SHARE = 0.02


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RouteAnswer:
    """Routes by time, or the reason there is none."""

    request: RouteRequest
    routes: tuple[Route, ...]
    front: bool  # alternatives were asked for
    refused: str | None
    refused_plain: str | None = None  # the same without naming a road


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Option:
    """A path in a company, laid on the clock where hours were asked about."""

    company: Company
    journey: Journey
    path: Path
    timetable: Timetable | None
    exposure: float  # the part in the dark counted as it is set to

    @property
    def elapsed_min(self) -> float:
        return self.path.time_min if self.timetable is None else self.timetable.elapsed_min

    @property
    def goals(self) -> tuple[float, float, float, float]:
        return self.elapsed_min, self.exposure, self.path.visibility, float(self.company.slots)


def find_routes(
    network: Network,
    request: RouteRequest,
    conditions: Conditions,
    *,
    settings: Settings,
) -> RouteAnswer:
    """Find the route for a weight, or the front of alternatives when the request has none.

    Returns
    -------
    RouteAnswer
        At most :data:`MAX_ROUTES` routes by time, none beaten by another in time, exposure, visibility and escort
        slots, none nearly the same as another. Without a route, ``refused`` says why and what is nearest.

    Raises
    ------
    RequestError
        When the passability is of another season or vehicle than the request, or a word to avoid is not known.
    """
    conditions.passability.check_matches(request.season, request.vehicle)
    front = request.exposure_weight is None
    if request.origin == request.destination:
        still = staying(request.origin, _departs(request))
        return RouteAnswer(request=request, routes=(still,), front=front, refused=None)
    passability = ban(conditions.passability, network, request.avoid)
    if request.departs is not None:
        passability = on_the_clock(passability)
    ends = (request.origin, request.destination)
    snapped = snap_points(
        network,
        np.array([end.lon for end in ends]),
        np.array([end.lat for end in ends]),
        settings=settings.network,
        open_segments=passability.open_segments,
    )
    refused = off_road_reason(network, snapped, max_snap_km=settings.network.max_snap_km)
    if refused is not None and (request.escort == "yes" or not _may_walk(snapped, settings=settings)):
        return _refuse(request, refused)
    clock = clock_of(request, passability, settings=settings.daylight)
    allowed = companies(network, request, replace(conditions, passability=passability), settings=settings)
    journeys = [_journey(network, snapped, company, conditions.landmarks) for company in allowed]
    options = [
        option
        for journey, company in zip(journeys, allowed, strict=True)
        for option in _options(journey, company, request, clock, settings=settings)
    ]
    chosen = _choose(options, request)
    if not chosen:
        return _refuse(request, _why_none(snapped, journeys, request, conditions.escorts, clock))
    return RouteAnswer(
        request=request, routes=tuple(_told(option, passability) for option in chosen), front=front, refused=None
    )


def _journey(network: Network, snapped: Snapped, company: Company, landmarks: Landmarks | None) -> Journey:
    return Journey(
        network=network,
        origin=snapped.take([0]),
        destination=snapped.take([1]),
        minutes=company.minutes,
        exposure=company.exposure,
        visibility=company.visibility,
        landmarks=landmarks,
    )


def _may_walk(ends: Snapped, *, settings: Settings) -> bool:
    """Whether the two places are so near that a team may walk straight; not where no road is open."""
    lonlat = np.column_stack([ends.longitude, ends.latitude])
    near, _, _ = walks_between(lonlat[:1], lonlat[1:], settings=settings.network)
    return bool(len(near) and (ends.nearest != NOWHERE).all())


def _departs(request: RouteRequest) -> dt.datetime | None:
    return None if request.departs is None else dt.datetime.combine(request.as_of, request.departs)


def _refuse(request: RouteRequest, why: Refusal) -> RouteAnswer:
    front = request.exposure_weight is None
    return RouteAnswer(request=request, routes=(), front=front, refused=why.named, refused_plain=why.plain)


def _options(
    journey: Journey, company: Company, request: RouteRequest, clock: Clock | None, *, settings: Settings
) -> list[_Option]:
    """Paths of one company: one for the request's weight, or its front; on the clock also the earliest arrival."""
    on_foot = walked(journey, settings=settings.network) if company.escort is None else None  # no escort walks
    paths = _solve(journey, request, on_foot)
    if clock is not None and paths and request.exposure_weight in (None, 0.0):
        earliest = earliest_path(journey, clock) if journey.on_road else None
        paths += [path for path in (earliest, on_foot) if path is not None]
    laid = [_lay(path, journey, company, clock, settings=settings) for path in paths]
    return [option for option in laid if option is not None]


def _solve(journey: Journey, request: RouteRequest, on_foot: Path | None) -> list[Path]:
    def solve(weights: Weights, limit: float) -> Path | None:
        driven = cheapest_path(journey, weights, limit=limit) if journey.on_road else None
        ways = [path for path in (driven, on_foot) if path is not None]
        return min(ways, key=lambda path: float(goals_of(path) @ weights), default=None)  # the road on a tie

    if request.exposure_weight is not None:
        path = solve((1.0, request.exposure_weight, 0.0), np.inf)
        return [] if path is None else [path]
    open_min = float(journey.minutes[np.isfinite(journey.minutes)].sum())
    met, noticed = float(journey.exposure.sum()), float(journey.visibility.sum())
    return find_front(
        solve,
        minutes_per_exposure=open_min / met if met > 0 else 0.0,
        minutes_per_visibility=open_min / noticed if noticed > 0 else 0.0,
        most=MAX_ROUTES,
    )


def _lay(path: Path, journey: Journey, company: Company, clock: Clock | None, *, settings: Settings) -> _Option | None:
    """Lay a path on the clock; ``None`` where its hours never open."""
    table, exposure = None, path.exposure
    if clock is not None:
        arc = (path.segment, path.direction)
        steps = path.driven_share * journey.minutes[arc]
        legs = (float(journey.origin.leg_min[0]), float(journey.destination.leg_min[0]))
        legs = (path.time_min, 0.0) if path.on_foot else legs
        table = timetable(clock, steps, clock.closed[arc], legs_min=legs)
        if table is None:
            return None
        exposure = in_the_dark(exposure, dark_min=table.dark_min, moving_min=path.time_min, settings=settings.exposure)
    return _Option(company=company, journey=journey, path=path, timetable=table, exposure=exposure)


def _choose(options: list[_Option], request: RouteRequest) -> list[_Option]:
    """Keep the best option for the request's weight, or those on the front that differ, by time."""
    weight = request.exposure_weight
    if weight is not None:
        return sorted(options, key=lambda o: (o.elapsed_min + weight * o.exposure, o.company.slots))[:1]
    ordered = sorted(options, key=lambda option: (option.goals[0], option.goals[1], option.goals[3], option.goals[2]))
    kept = [ordered[n] for n in undominated(np.array([o.goals for o in ordered]).reshape(-1, 4))]
    apart: list[_Option] = []
    for option in kept:
        if not any(_alike(option, other) for other in apart):
            apart.append(option)
    if len(apart) <= MAX_ROUTES:
        return apart
    calmest = min(apart, key=lambda option: option.exposure)
    first = apart[:MAX_ROUTES]
    return first if calmest in first else [*first[:-1], calmest]


def _alike(option: _Option, other: _Option) -> bool:
    """Whether two options are one alternative: nearly the same ground, company and goals."""
    if option.company.slots != other.company.slots:
        return False
    mine, theirs = np.array(option.goals), np.array(other.goals)
    if (np.abs(mine - theirs) > ALIKE_GOAL_SHARE * np.maximum(np.abs(mine), np.abs(theirs))).any():
        return False
    lengths = [_ground_km(option), _ground_km(other)]
    shared = sum(min(km, lengths[1].get(segment, 0.0)) for segment, km in lengths[0].items())
    longer = max(sum(part.values()) for part in lengths)
    return shared >= ALIKE_GROUND_SHARE * longer


def _ground_km(option: _Option) -> dict[int, float]:
    """Kilometres driven of each segment."""
    km = option.path.driven_share * option.journey.network.facts.length_km[option.path.segment]
    found: dict[int, float] = {}
    for segment, length in zip(option.path.segment.tolist(), km.tolist(), strict=True):
        found[segment] = found.get(segment, 0.0) + length
    return found


def _told(option: _Option, passability: Passability) -> Route:
    escort = option.company.escort
    return describe(
        option.journey,
        option.path,
        passability,
        escort_base=None if escort is None else escort.base_id,
        exposure=option.exposure,
        timetable=option.timetable,
    )


def _why_none(
    snapped: Snapped,
    journeys: Sequence[Journey],
    request: RouteRequest,
    escorts: Sequence[Escort],
    clock: Clock | None,
) -> Refusal:
    """Why no company has a way."""
    if request.escort == "yes" and not (journeys and on_separate_parts(journeys[0])):
        return no_escort_reason(escorts, snapped.take([0]))
    if clock is not None and cheapest_path(journeys[0], (1.0, 0.0, 0.0)) is not None:
        never = "every way has a stretch whose hours never open; leave out the time of departure or avoid less"
        return Refusal(named=never, plain=never)
    return no_way_reason(journeys[0], request.avoid)
