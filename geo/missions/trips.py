"""Trips, checked and changed: the same stops with a day more, longer visits or a longer road day."""

from dataclasses import replace

import numpy as np

from geo.errors import RequestError
from geo.missions.plans import BoolArray, Stop, Trip

DAY_MIN = 1440.0
_MOST_BEDS = 62  # they are bits of one number


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
