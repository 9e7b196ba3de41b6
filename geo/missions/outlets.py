"""Where missions of a week can go: for each base and mode, the sets of stops one team can serve in so many days.

Sets that can be served are closed downward, because waiting is allowed: so the largest ones tell all. They are found
among stops near each other by the exact search of :mod:`geo.missions.ground`. Who and what there is to send plays no
part here: so that with more of it no set is lost.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from geo.missions.ground import Ground, able_alone, find_sets, lay_ground
from geo.missions.plans import BoolArray, FloatArray, IntArray, Stop, Trip

AIR = "air"
_SEARCHES = 2  # side by side; they are compiled and do not wait for each other


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Outlet:
    """One base and one mode, with days of departure from which all missions run alike."""

    base_id: str
    mode: str  # one of geo.schema.MISSION_MODES
    starts: tuple[dt.date, ...]
    trip: Trip  # of the longest mission; all outlets of a week have the same stops
    near_min: Mapping[str, float]  # from the bases whose people and vehicles can join
    escort_base_id: str | None = None
    extra_day: dt.date | None = None  # a day on which the base would have to fly beside its own

    @property
    def drives(self) -> bool:
        """Whether the team goes in vehicles of its own."""
        return self.mode != AIR


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Reach:
    """Largest sets of stops a team of an outlet can serve, by the days it takes."""

    outlet: Outlet
    sets: Mapping[int, BoolArray]  # days -> shape (sets, stops); none where no more is served than in fewer days
    whole: bool  # every set that can be served is part of one of these

    @property
    def able(self) -> BoolArray:
        """Stops that can be served at all, shape ``(stops,)``."""
        met = [found.any(axis=0) for found in self.sets.values()]
        return np.logical_or.reduce(met) if met else np.zeros(len(self.outlet.trip.stops), dtype=bool)


def find_reach(outlet: Outlet, *, together: int) -> Reach:
    """Find what a team of an outlet can serve.

    Parameters
    ----------
    together
        So many stops are looked at together, at most 15: each with those nearest to it or to the way there. Sets of
        stops farther apart are not found where there are more.
    """
    trip = outlet.trip
    ground = lay_ground(trip)
    able = able_alone(ground)
    found: dict[int, list[BoolArray]] = {}
    for stops in _neighbourhoods(ground, able, together):
        ends = find_sets(ground, stops)
        largest = np.flatnonzero(_largest(ends.day))
        met = np.zeros((len(largest), len(trip.stops)), dtype=bool)
        met[:, stops] = (largest[:, None] >> np.arange(len(stops))) & 1
        for day in np.unique(ends.day[largest]).tolist():
            found.setdefault(day + 1, []).append(met[ends.day[largest] == day])
    sets = {days: _once(np.concatenate(parts)) for days, parts in sorted(found.items())}
    return Reach(outlet=outlet, sets=sets, whole=len(able) <= together)


def find_reaches(outlets: Sequence[Outlet], *, together: int) -> tuple[Reach, ...]:
    """Find what each outlet offers; two are searched side by side.

    Left out is an outlet beside which another, for the same people and at no more cost, is nowhere slower.
    """
    kept = [
        outlet
        for number, outlet in enumerate(outlets)
        if not any(
            _beats(other, outlet) and (place < number or not _beats(outlet, other))
            for place, other in enumerate(outlets)
            if place != number
        )
    ]
    with ThreadPoolExecutor(_SEARCHES) as pool:
        reaches = pool.map(lambda outlet: find_reach(outlet, together=together), kept)
        return tuple(reach for reach in reaches if reach.sets)


def trip_to(outlet: Outlet, served: Mapping[int, Stop], days: int) -> tuple[Trip, IntArray]:
    """The trip of a mission that must serve some stops in so many days, and the node of the outlet's trip of each node.

    Parameters
    ----------
    served
        Stops as they are served, perhaps for some of their requests only, by position in the outlet's trip.
    """
    trip = outlet.trip
    chosen = sorted(served)
    rest = np.setdiff1d(np.arange(len(trip.minutes)), np.arange(1, len(trip.stops) + 1))
    beds = [place + 1 for place in range(len(trip.stops)) if place not in served and trip.sleeps[place + 1]]
    nodes = np.array([0, *(place + 1 for place in chosen), *beds, *rest[1:]], dtype=np.int64)
    return Trip(
        stops=tuple(served[place] for place in chosen),
        minutes=lay_ground(trip).minutes[np.ix_(nodes, nodes)],
        sleeps=trip.sleeps[nodes],
        leaves_min=trip.leaves_min[:days],
        arrives_min=trip.arrives_min[:days],
        open_days=trip.open_days[:days][:, chosen],
        must=frozenset(stop.stop_id for stop in served.values()),
    ), nodes


def _neighbourhoods(ground: Ground, able: list[int], together: int) -> Iterator[list[int]]:
    """Groups of stops that are looked at together; all at once where they are few enough."""
    if len(able) <= together:
        if able:
            yield able
        return
    nodes = np.array([0, *(stop + 1 for stop in able)])
    minutes = ground.minutes[np.ix_(nodes, nodes)]
    to, from_to = minutes[0, 1:], minutes[1:, 1:]
    over = to[None, :] + from_to.T - to[:, None]  # longer way to the row's stop over the column's
    apart: FloatArray = np.minimum(np.minimum(from_to, from_to.T), over)
    np.fill_diagonal(apart, -1.0)
    seen = set()
    for row in np.argsort(apart, axis=1, kind="stable")[:, :together]:
        group = tuple(sorted(able[place] for place in row))
        if group not in seen:
            seen.add(group)
            yield list(group)


def _largest(ends: IntArray) -> BoolArray:
    """Sets to which no stop can be added in the same number of days."""
    every = np.arange(len(ends))
    largest = (ends >= 0) & (every > 0)
    for place in range(len(ends).bit_length() - 1):
        larger = every | (1 << place)
        largest &= (larger == every) | (ends[larger] < 0) | (ends[larger] > ends)
    return largest


def _once(sets: BoolArray) -> BoolArray:
    """Each set once, those of most stops first."""
    packed = np.unique(np.packbits(sets, axis=1), axis=0)
    rows = np.unpackbits(packed, axis=1, count=sets.shape[1]).astype(bool)
    return np.asarray(rows[np.argsort(-rows.sum(axis=1), kind="stable")])


def _beats(one: Outlet, other: Outlet) -> bool:
    """Whether everybody who could go from the other outlet could go from this one, at no more cost and nowhere later."""
    if one.drives != other.drives or not set(other.starts) <= set(one.starts):
        return False
    if one.escort_base_id not in (None, other.escort_base_id) or one.extra_day not in (None, other.extra_day):
        return False
    mine, theirs = one.trip, other.trip
    if not set(other.near_min) <= set(one.near_min) or mine.minutes.shape != theirs.minutes.shape:
        return False
    hours = (mine.leaves_min <= theirs.leaves_min) & (mine.arrives_min >= theirs.arrives_min)
    return bool(
        mine.days == theirs.days
        and hours.all()
        and (mine.open_days >= theirs.open_days).all()
        and (mine.sleeps >= theirs.sleeps).all()
        and (mine.minutes <= theirs.minutes).all()
    )
