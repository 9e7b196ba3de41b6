"""What all searches of a trip stand on: shortest ways, beds, and the rules as compiled passes read them."""

from dataclasses import dataclass

import numpy as np

from geo.missions.plans import BoolArray, FloatArray, IntArray, Trip
from geo.missions.trips import beds_of

# Minutes between nodes; node, opening, closing and service of each stop; nodes of beds, the base's first.
Rules = tuple[FloatArray, IntArray, FloatArray, FloatArray, FloatArray, IntArray]
# Earliest leaving and latest arrival of each day; stops open by day.
Days = tuple[FloatArray, FloatArray, BoolArray]
_WORTH_DECIMALS = 9  # worths that differ by less are one


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Ground:
    """What all searches of a trip stand on."""

    trip: Trip
    minutes: FloatArray  # shape (nodes, nodes), shortest over other nodes
    first: IntArray  # node driven to first on the way
    beds: IntArray  # nodes of beds, the base first

    def rules(self, stops: list[int]) -> Rules:
        """Rules of some of the stops, as the compiled passes read them."""
        opens, closes, service = (
            np.array([getattr(self.trip.stops[stop], name) for stop in stops], dtype=np.float64)
            for name in ("opens_min", "closes_min", "service_min")
        )
        return self.minutes, np.array(stops, dtype=np.int64) + 1, opens, closes, service, self.beds

    def days(self, stops: list[int], *, count: int | None = None) -> Days:
        """Hours of the first ``count`` days and whether some of the stops are open."""
        trip, days = self.trip, slice(0, count)
        open_days = np.ascontiguousarray(trip.open_days[days][:, stops], dtype=np.bool_)
        return _floats(trip.leaves_min[days]), _floats(trip.arrives_min[days]), open_days


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Ends:
    """What can be served at all: for each set of the stops, as bits, the first day and minute of its end."""

    stops: list[int]
    day: IntArray  # shape (2 ** stops,), -1 = the set cannot be served
    minute: FloatArray
    worth: FloatArray
    count: IntArray

    def bits(self, stops: frozenset[int]) -> int:
        """The set of some stops; those that are not among these are left out."""
        return sum(1 << place for place, stop in enumerate(self.stops) if stop in stops)

    def members(self, served: int) -> list[int]:
        """Stops of a set."""
        return [stop for place, stop in enumerate(self.stops) if (served >> place) & 1]


def lay_ground(trip: Trip) -> Ground:
    """Shorten ways over other nodes, and list the beds."""
    from geo.missions.itinerary_kernels import close  # noqa: PLC0415 (loads Numba)

    minutes, first = close(_floats(trip.minutes))
    return Ground(trip=trip, minutes=minutes, first=first, beds=np.flatnonzero(beds_of(trip)))


def able_alone(ground: Ground) -> list[int]:
    """Stops that can be served when nothing else is."""
    from geo.missions.itinerary_kernels import find_ends_alone  # noqa: PLC0415 (loads Numba)

    stops = list(range(len(ground.trip.stops)))
    day, _ = find_ends_alone(ground.rules(stops), ground.days(stops))
    return [int(stop) for stop in np.flatnonzero(day >= 0)]


def find_sets(ground: Ground, stops: list[int]) -> Ends:
    """Find all sets of some stops that can be served."""
    from geo.missions.itinerary_kernels import find_ends  # noqa: PLC0415 (loads Numba)

    day, minute = find_ends(ground.rules(stops), ground.days(stops))
    worth, count = np.zeros(1), np.zeros(1, dtype=np.int64)
    for stop in stops:
        worth = np.append(worth, worth + ground.trip.stops[stop].worth)
        count = np.append(count, count + 1)
    return Ends(stops=stops, day=day, minute=minute, worth=worth.round(_WORTH_DECIMALS), count=count)


def fits(trip: Trip, stops: list[int]) -> bool:
    """Whether all of some stops can be served on one trip."""
    from geo.missions.itinerary_kernels import find_ends  # noqa: PLC0415 (loads Numba)

    ground = lay_ground(trip)
    return bool(find_ends(ground.rules(stops), ground.days(stops))[0][-1] >= 0)


def _floats(values: FloatArray) -> FloatArray:
    return np.ascontiguousarray(values, dtype=np.float64)
