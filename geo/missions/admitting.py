"""Why a stop was dropped, and what would admit it: each found by searching the changed trip, none guessed.

A stop that cannot even be served alone is told what it needs alone. One that only does not fit beside the others is
told what would let it join all of them (a day more, longer visits), and for which of them it could stand in.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.missions.ground import Ends, Ground, fits
from geo.missions.plans import Trip
from geo.missions.trips import DAY_MIN, all_open, with_days, with_road_until, with_visits_until
from geo.text import Sentence, join_sentences

MOST_DAYS = 14  # no longer mission is looked at
_STEP_MIN = 30.0  # longer visits and road days are tried in half-hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Why a stop was dropped, and each change that alone admits it."""

    why: Sentence
    alone: bool  # it cannot be served even where nothing else is
    days_more: int | None = None  # like the last day
    visits_until_min: float | None = None  # at every stop
    road_until_min: float | None = None  # on every day
    if_open: bool = False  # it could be served, alone, if it were open on all days
    instead_of: tuple[int, ...] = ()  # stops served, that it could stand in for

    def spoken(self, names: list[str]) -> Sentence:
        """One sentence of it; ``names`` are the stops'."""
        told = []
        if self.if_open:
            told.append(Sentence("admit_open"))
        if self.days_more is not None:
            told.append(Sentence("admit_day" if self.days_more == 1 else "admit_days", days=str(self.days_more)))
        if self.visits_until_min is not None:
            told.append(Sentence("admit_visits", clock=_clock(self.visits_until_min)))
        if self.road_until_min is not None:
            told.append(Sentence("admit_road", clock=_clock(self.road_until_min)))
        if self.instead_of:
            others = [Sentence("drop_named", stop=names[stop]) for stop in self.instead_of]
            told.append(Sentence("admit_instead", stops=join_sentences("drop_and", others)))
        if not told:
            return self.why
        key = "drop_fits_alone" if self.alone else "drop_fits"
        return Sentence(key, why=self.why, ways=join_sentences("drop_or", told))


def why_dropped(ground: Ground, ends: Ends, served: frozenset[int]) -> dict[int, Sentence]:
    """Say of each stop that is not served why, and what would admit it.

    Parameters
    ----------
    ends
        Sets that can be served, of all stops that can be served alone.
    """
    names = [stop.stop_id for stop in ground.trip.stops]
    left = [stop for stop in range(len(names)) if stop not in served]
    return {stop: drop_of(ground, ends, served, stop).spoken(names) for stop in left}


def drop_of(ground: Ground, ends: Ends, served: frozenset[int], stop: int) -> Drop:
    """Find why one stop is not served."""
    if stop not in ends.stops:
        return why_alone(ground, stop)
    wanted = sorted({*served, stop})
    return Drop(
        why=Sentence("drop_beside"),
        alone=False,
        days_more=_days_more(ground, wanted, most=1),
        visits_until_min=_until(ground, wanted, with_visits_until, start=_first_close(ground, wanted)),
        instead_of=_instead_of(ground, ends, served, stop),
    )


def why_alone(ground: Ground, stop: int) -> Drop:
    """Find why a stop cannot be served even alone, and what it would need."""
    trip, node, visit = ground.trip, stop + 1, ground.trip.stops[stop]
    for minutes, way in ((ground.minutes[0, node], "there"), (ground.minutes[node, 0], "back")):
        if np.isinf(minutes):
            return Drop(why=Sentence(f"drop_no_way_{way}"), alone=True)
    if not trip.open_days[:, stop].any():
        return Drop(why=Sentence("drop_closed"), alone=True, if_open=fits(all_open(trip), [stop]))
    close = visit.closes_min
    if visit.opens_min + visit.service_min > close:
        needed = f"{visit.service_min:.0f}"
        why = Sentence("drop_long_visit", minutes=needed, opens=_clock(visit.opens_min), closes=_clock(close))
        return Drop(why=why, alone=True, visits_until_min=_until(ground, [stop], with_visits_until, start=close))
    there, back = float(ground.minutes[0, node]), float(ground.minutes[node, 0])
    return Drop(
        why=Sentence("drop_too_far", there=f"{there:.0f}", visit=f"{visit.service_min:.0f}", back=f"{back:.0f}"),
        alone=True,
        days_more=_days_more(ground, [stop], most=MOST_DAYS - trip.days),
        visits_until_min=_until(ground, [stop], with_visits_until, start=close),
        road_until_min=_until(ground, [stop], with_road_until, start=float(trip.arrives_min.min())),
    )


def _first_close(ground: Ground, stops: list[int]) -> float:
    return min(ground.trip.stops[stop].closes_min for stop in stops)


def _days_more(ground: Ground, stops: list[int], *, most: int) -> int | None:
    """Fewest days more with which the stops can be served."""
    if most < 1 or not fits(with_days(ground.trip, most), stops):
        return None
    return next((more for more in range(1, most) if fits(with_days(ground.trip, more), stops)), most)


def _until(ground: Ground, stops: list[int], change: Callable[[Trip, float], Trip], *, start: float) -> float | None:
    """First half-hour after ``start`` with which the stops can be served; ``None`` where even midnight is too early."""
    first = np.floor(start / _STEP_MIN) * _STEP_MIN + _STEP_MIN
    tried = np.arange(first, DAY_MIN + 1, _STEP_MIN).tolist()
    if not tried or not fits(change(ground.trip, tried[-1]), stops):
        return None
    low, high = 0, len(tried) - 1
    while low < high:
        middle = (low + high) // 2
        if fits(change(ground.trip, tried[middle]), stops):
            high = middle
        else:
            low = middle + 1
    return float(tried[high])


def _instead_of(ground: Ground, ends: Ends, served: frozenset[int], stop: int) -> tuple[int, ...]:
    """Stops of least worth that one could stand in for; none where a stop that must be served would have to go."""
    trip = ground.trip
    must = frozenset(number for number in served if trip.stops[number].stop_id in trip.must)
    needed, now = ends.bits(must | {stop}), ends.bits(served)
    sets = np.flatnonzero((ends.day >= 0) & ((np.arange(len(ends.day)) & needed) == needed))
    if not len(sets):
        return ()
    kept = sets & now
    best = int(kept[np.lexsort((kept, -ends.count[kept], -ends.worth[kept]))[0]])
    return tuple(ends.members(now & ~best))


def _clock(minutes: float) -> str:
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"
