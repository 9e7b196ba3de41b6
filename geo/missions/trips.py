"""Trips: made from stops, travel and settings; checked; changed, such as the same stops with a day more."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from geo.access.clock import SLOT_MIN, SLOTS
from geo.errors import RequestError
from geo.missions.plans import BoolArray, FloatArray, Stop, Trip
from geo.settings import MissionSettings, Settings

DAY_MIN = 1440.0
_MOST_BEDS = 62  # they are bits of one number


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Frame:
    """When a team is away, and what it may and must do then."""

    days: tuple[dt.date, ...]
    sleeps: BoolArray  # of each place of the travel, the base first
    closed_slots: int = 0  # half-hours, as bits, in which nobody drives, see geo.missions.travel
    shut: Mapping[str, frozenset[dt.date]] = field(default_factory=dict)  # days on which a stop cannot be visited
    must: frozenset[str] = frozenset()


def trip_of(stops: tuple[Stop, ...], minutes: FloatArray, frame: Frame, *, settings: Settings) -> Trip:
    """Make a trip of the places of a travel: the base, the stops in order, then other places.

    The team is on the road in the hours of ``[missions]`` that are also daylight, without the half-hours closed; of
    several such spans of the day in the longest, the first on a tie.
    """
    leaves, arrives = _road_hours(frame.closed_slots, settings=settings)
    shut = [frame.shut.get(stop.stop_id, frozenset()) for stop in stops]
    open_days = np.array([[day not in closed for closed in shut] for day in frame.days], dtype=bool)
    return Trip(
        stops=stops,
        minutes=minutes,
        sleeps=frame.sleeps,
        leaves_min=np.full(len(frame.days), leaves),
        arrives_min=np.full(len(frame.days), arrives),
        open_days=open_days.reshape(len(frame.days), len(stops)),
        must=frame.must,
    )


def stop_of(
    stop_id: str,
    request_ids: tuple[str, ...],
    *,
    settings: MissionSettings,
    service_min: float = 0.0,
    worth: float = 1.0,
) -> Stop:
    """Make a stop with the hours of visits as set; a visit of 0 minutes takes as long as set."""
    return Stop(
        stop_id=stop_id,
        request_ids=request_ids,
        service_min=service_min or settings.service_min,
        opens_min=_minute_of(settings.visits_from),
        closes_min=_minute_of(settings.visits_until),
        worth=worth,
    )


def _road_hours(closed: int, *, settings: Settings) -> tuple[float, float]:
    """First and last minute of the longest span in which a team drives; the same where there is none."""
    rules, light = settings.missions, settings.daylight
    first = max(_minute_of(rules.leaves_from), _minute_of(light.begins))
    last = min(_minute_of(rules.arrives_by), _minute_of(light.ends))
    spans, begins = [(first, first)], first
    for slot in range(SLOTS):
        if (closed >> slot) & 1:
            spans.append((begins, min(float(slot * SLOT_MIN), last)))
            begins = max(begins, float((slot + 1) * SLOT_MIN))
    spans.append((begins, last))
    return max(spans, key=lambda span: span[1] - span[0])


def _minute_of(text: str) -> float:
    hour, _, minute = text.partition(":")
    return 60.0 * int(hour) + int(minute)


def check_trip(trip: Trip) -> None:
    """Raise :class:`RequestError` that names all faults of a trip."""
    nodes, stops, days = len(trip.minutes), len(trip.stops), trip.days
    faults = [
        f"{name} has shape {array.shape}, not {shape}"
        for name, array, shape in (
            ("minutes", trip.minutes, (nodes, nodes)),
            ("sleeps", trip.sleeps, (nodes,)),
            ("arrives_min", trip.arrives_min, (days,)),
            ("open_days", trip.open_days, (days, stops)),
        )
        if array.shape != shape
    ]
    if nodes <= stops:
        faults.append(f"{nodes} nodes are too few for the base and {stops} stops")
    if days == 0:
        faults.append("it has no day")
    if np.isnan(trip.minutes).any() or (trip.minutes < 0).any():
        faults.append("minutes hold a negative or unknown number")
    if (trip.leaves_min < 0).any() or (trip.arrives_min > DAY_MIN).any():
        faults.append("hours on the road lie outside the day")
    if int(trip.sleeps.sum()) > _MOST_BEDS:
        faults.append(f"more than {_MOST_BEDS} places to sleep")
    faults += [fault for stop in trip.stops for fault in _faults_of(stop)]
    known = {stop.stop_id for stop in trip.stops}
    if len(known) < stops:
        faults.append("two stops have one id")
    if strange := sorted(trip.must - known):
        faults.append(f"must serve unknown stops {', '.join(strange)}")
    if faults:
        raise RequestError("trip cannot be planned: " + "; ".join(faults))


def _faults_of(stop: Stop) -> list[str]:
    faults = []
    if not (stop.service_min >= 0 and stop.worth >= 0):
        faults.append(f"{stop.stop_id} has a negative or unknown visit or worth")
    if not (stop.opens_min >= 0 and stop.closes_min <= DAY_MIN):
        faults.append(f"{stop.stop_id} opens or closes outside the day")
    return faults


def beds_of(trip: Trip) -> BoolArray:
    """Where the team may sleep, the base included, shape ``(nodes,)``."""
    beds = trip.sleeps.copy()
    beds[0] = True
    return beds


def with_days(trip: Trip, more: int) -> Trip:
    """The trip with days added at its end, like its last day in hours and open stops."""
    return replace(
        trip,
        leaves_min=np.append(trip.leaves_min, np.repeat(trip.leaves_min[-1:], more)),
        arrives_min=np.append(trip.arrives_min, np.repeat(trip.arrives_min[-1:], more)),
        open_days=np.concatenate([trip.open_days, np.repeat(trip.open_days[-1:], more, axis=0)]),
    )


def with_visits_until(trip: Trip, until_min: float) -> Trip:
    """The trip with visits that may last until a minute of the day; later closing ones stay."""
    return replace(trip, stops=tuple(replace(stop, closes_min=max(stop.closes_min, until_min)) for stop in trip.stops))


def with_road_until(trip: Trip, until_min: float) -> Trip:
    """The trip with drives that may last until a minute of every day; later ending days stay."""
    return replace(trip, arrives_min=np.maximum(trip.arrives_min, until_min))


def all_open(trip: Trip) -> Trip:
    """The trip with every stop open on all days."""
    return replace(trip, open_days=np.ones_like(trip.open_days))
