"""Hours of the road: daylight, curfews, and when a team that leaves at a given time arrives.

Each arc has half-hours of the day in which nobody drives on it; a team on the way then rests where it is and goes
on when they end. So who leaves later never arrives earlier, and the earliest arrival is a shortest path over
clock times (Dreyfus 1969, "An appraisal of some shortest-path algorithms", Operations Research 17(3)).
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.access.kernels import FloatArray
from geo.access.segments import Passability, keeps_hours
from geo.errors import RequestError
from geo.model import RouteRequest
from geo.settings import DaylightSettings

MaskArray = npt.NDArray[np.uint64]
SLOT_MIN = 30
SLOTS = 24 * 60 // SLOT_MIN
DAY_MIN = 24 * 60
_NOISE_MIN = 1e-6  # sums of minutes carry rounding noise far below this


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Clock:
    """When a team leaves, and the hours in which it does not drive."""

    departs: dt.datetime  # local, without an offset
    closed: MaskArray  # shape (segments, 2), bit k = the k-th half-hour of each day; see closed_slots
    off_road: int  # the same for the way on foot
    dark: int  # half-hours of the night, driven or not

    @property
    def start_min(self) -> float:
        """Minutes since midnight of the day of departure."""
        return self.departs.hour * 60 + self.departs.minute + self.departs.second / 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """A drive on the clock."""

    departs: dt.datetime
    arrives: dt.datetime
    elapsed_min: float  # from leaving to arriving
    waiting_min: float  # of these, not moving
    nights: int  # midnights on the way
    dark_min: float  # driven in the dark


def closed_slots(hours: str) -> int:
    """Half-hours of a day that hours such as "18:00-06:00" touch, as a bit mask; a half-hour touched is closed whole.

    From the first time, inclusive, to the second, exclusive; over midnight where the second is not later. Two equal
    times are the whole day. A long dash is a dash: the contract of constraints takes both.

    Raises
    ------
    RequestError
        When the text is no pair of times.
    """
    try:
        start, end = (_minute_of(part) for part in hours.replace("–", "-").split("-"))
    except ValueError as error:
        raise RequestError(f"{hours!r} are no hours; write them like 18:00-06:00") from error
    length = (end - start) % DAY_MIN or DAY_MIN
    first, last = start // SLOT_MIN, -(-(start + length) // SLOT_MIN)
    mask = 0
    for slot in range(first, last):
        mask |= 1 << (slot % SLOTS)
    return mask


def _minute_of(text: str) -> int:
    hour, minute = (int(part) for part in text.strip().split(":"))
    if not (0 <= hour <= 24 and 0 <= minute < 60 and hour * 60 + minute <= DAY_MIN):
        raise ValueError(text)
    return hour * 60 + minute


def night_slots(settings: DaylightSettings) -> int:
    """Half-hours outside daylight, as a bit mask."""
    return closed_slots(f"{settings.ends}-{settings.begins}")


def timetable(
    clock: Clock, minutes: FloatArray, closed: MaskArray, *, legs_min: tuple[float, float]
) -> Timetable | None:
    """Drive step by step on the clock; ``None`` where an arc's hours never open.

    Parameters
    ----------
    minutes, closed
        Of each step of the drive, shape ``(steps,)``.
    legs_min
        Minutes on foot before and after.
    """
    from geo.access.clock_kernels import end_of_drive  # noqa: PLC0415 (loads Numba)

    steps = [(legs_min[0], clock.off_road), *zip(minutes.tolist(), closed.tolist(), strict=True)]
    now, dark_min = clock.start_min, 0.0
    for step_min, mask in [*steps, (legs_min[1], clock.off_road)]:
        start, now = now, float(end_of_drive(now, step_min, np.uint64(mask)))
        if not np.isfinite(now):
            return None
        dark_min += _driven_in(start, now, mask, clock.dark)
    elapsed = now - clock.start_min
    waiting = elapsed - float(minutes.sum()) - sum(legs_min)
    return Timetable(
        departs=clock.departs,
        arrives=clock.departs + dt.timedelta(minutes=elapsed),
        elapsed_min=elapsed,
        waiting_min=waiting if waiting > _NOISE_MIN else 0.0,
        nights=int(now // DAY_MIN),
        dark_min=dark_min,
    )


def _driven_in(start: float, end: float, closed: int, wanted: int) -> float:
    """Minutes from ``start`` to ``end`` in wanted half-hours that are not closed."""
    total, slot = 0.0, int(start // SLOT_MIN)
    while slot * SLOT_MIN < end:
        bit = 1 << (slot % SLOTS)
        if wanted & bit and not closed & bit:
            total += min(end, (slot + 1) * SLOT_MIN) - max(start, slot * SLOT_MIN)
        slot += 1
    return total


def clock_of(request: RouteRequest, passability: Passability, *, settings: DaylightSettings) -> Clock | None:
    """The clock of a request; ``None`` without a time of departure.

    A curfew in force closes its arcs in its hours, ``daylight_only`` at night; the request's own daylight
    rule closes every arc and the way on foot at night.
    """
    if request.departs is None:
        return None
    night = night_slots(settings)
    closed = np.full(passability.minutes.shape, night if request.daylight else 0, dtype=np.uint64)
    held = passability.hindrances.in_force
    for row in held.loc[keeps_hours(held)].to_dict("records"):
        mask = np.uint64(closed_slots(str(row["hours"])) if isinstance(row["hours"], str) else night)
        sides = [row["direction"]] if row["direction"] >= 0 else [0, 1]
        closed[row["segment"], sides] |= mask
    return Clock(
        departs=dt.datetime.combine(request.as_of, request.departs),
        closed=closed,
        off_road=night if request.daylight else 0,
        dark=night,
    )
