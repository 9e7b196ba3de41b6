"""Missions on the calendar: escorts by week and base, what collides, and who could go together.

A mission counts in the ISO week of its departure, and so do its escort slots. Cancelled missions count nowhere.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from geo.missions.evidence import LIVE
from geo.missions.plans import Plan
from geo.schema import WEEKDAYS

COLLISIONS = ("staff_twice", "vehicle_twice", "escort_overbooked", "no_escort_day", "no_flight_day")
PLANNED = ("draft", *LIVE)
_COUNTS = ("missions", "drafts", "escort_slots_given", "escort_slots_drafted")
_NOISE_KM = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a base gives: escort slots and the days of escorts and flights."""

    slots_per_week: float = 0.0
    escort_days: tuple[str, ...] = WEEKDAYS
    flight_days: tuple[str, ...] = WEEKDAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """Two missions, or a mission and a base, that do not go together."""

    kind: str  # one of COLLISIONS
    day: dt.date
    record_id: str  # post, vehicle or base
    mission_ids: tuple[str, ...]
    drafts: bool  # one of them is not signed yet
    given: int | None = None  # slots asked for …
    had: float | None = None  # … and there


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """Two missions of different organisations that go the same way on the same day."""

    day: dt.date
    mission_ids: tuple[str, str]
    shared_km: float
    shared_share: float  # of the shorter way of the two that day
    organisations: tuple[str, ...]  # of both, each once


def week_of(day: dt.date) -> str:
    """ISO week: 2026-W41."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def monday_of(day: dt.date) -> dt.date:
    """First day of the ISO week of a day."""
    return day - dt.timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What a mission holds, and when."""

    mission_id: str
    status: str
    mode: str
    base_id: str
    departs_on: dt.date
    returns_on: dt.date
    escort_base_id: str | None
    escort_slots: int
    staff_ids: tuple[str, ...]
    vehicle_ids: tuple[str, ...]

    @property
    def draft(self) -> bool:
        """Whether it is not signed yet."""
        return self.status == "draft"

    def overlaps(self, other: "Booking") -> bool:
        """Whether both are out on some day."""
        return self.departs_on <= other.returns_on and other.departs_on <= self.returns_on


def bookings_of(missions: pd.DataFrame) -> tuple[Booking, ...]:
    """Bookings of all missions but cancelled ones, by departure and id.

    Parameters
    ----------
    missions
        Table under the contract ``MISSIONS``; not changed.
    """
    made = [
        Booking(
            mission_id=str(row["mission_id"]),
            status=str(row["status"]),
            mode=str(row["mode"]),
            base_id=str(row["base_id"]),
            departs_on=row["departs_on"].date(),
            returns_on=row["returns_on"].date(),
            escort_base_id=row["escort_base_id"] if isinstance(row["escort_base_id"], str) else None,
            escort_slots=0 if pd.isna(row["escort_slots"]) else int(row["escort_slots"]),
            staff_ids=parts_of(row["staff_ids"]),
            vehicle_ids=parts_of(row["vehicle_ids"]),
        )
        for row in missions.to_dict("records")
        if row["status"] in (*PLANNED, "done")
    ]
    return tuple(sorted(made, key=lambda booking: (booking.departs_on, booking.mission_id)))


def parts_of(text: object) -> tuple[str, ...]:
    """Parts of a list separated by ``;``; none of an empty one."""
    return tuple(part.strip() for part in text.split(";") if part.strip()) if isinstance(text, str) else ()


def weeks_of(bookings: tuple[Booking, ...], terms: Mapping[str, Terms]) -> pd.DataFrame:
    """Missions and escort slots by week and base, in that order.

    Parameters
    ----------
    terms
        Of each base by id; a base without terms has no slots.

    Returns
    -------
    DataFrame
        ``week``, ``begins_on`` (Monday), ``base_id`` (leaves from, or gives the escort), ``missions`` (signed, under
        way, done), ``drafts``, ``escort_slots_given``, ``escort_slots_drafted`` (asked for by drafts) and
        ``escort_slots_had``. A row is there for each week and base with a mission or an escort.
    """
    counted: dict[tuple[dt.date, str], Counter[str]] = {}
    for one in bookings:
        monday = monday_of(one.departs_on)
        counted.setdefault((monday, one.base_id), Counter())["drafts" if one.draft else "missions"] += 1
        if one.escort_base_id is not None:
            of = "escort_slots_drafted" if one.draft else "escort_slots_given"
            counted.setdefault((monday, one.escort_base_id), Counter())[of] += one.escort_slots
    table = [
        {
            "week": week_of(monday),
            "begins_on": pd.Timestamp(monday),
            "base_id": base_id,
            **{name: counts[name] for name in _COUNTS},
            "escort_slots_had": terms.get(base_id, Terms()).slots_per_week,
        }
        for (monday, base_id), counts in sorted(counted.items())
    ]
    return pd.DataFrame(table, columns=["week", "begins_on", "base_id", *_COUNTS, "escort_slots_had"])


def collisions_of(
    bookings: tuple[Booking, ...], terms: Mapping[str, Terms], *, flights: Mapping[str, tuple[dt.date, ...]]
) -> tuple[Collision, ...]:
    """Everything that does not go together, drafts included and marked, by day.

    Parameters
    ----------
    flights
        Days of flights by mission; a mission by air without an entry flies on its first and last day.
    """
    planned = tuple(one for one in bookings if one.status in PLANNED)
    found = [*_twice(planned), *_overbooked(bookings, terms), *_off_days(planned, terms, flights)]
    return tuple(sorted(found, key=lambda one: (one.day, one.kind, one.record_id)))


def _twice(planned: tuple[Booking, ...]) -> Iterator[Collision]:
    """Posts and vehicles that two missions hold on the same day."""
    for one, other in combinations(planned, 2):
        if not one.overlaps(other):
            continue
        for kind, name in (("staff_twice", "staff_ids"), ("vehicle_twice", "vehicle_ids")):
            for record_id in sorted(set(getattr(one, name)) & set(getattr(other, name))):
                yield Collision(
                    kind=kind,
                    day=max(one.departs_on, other.departs_on),
                    record_id=record_id,
                    mission_ids=(one.mission_id, other.mission_id),
                    drafts=one.draft or other.draft,
                )


def _overbooked(bookings: tuple[Booking, ...], terms: Mapping[str, Terms]) -> Iterator[Collision]:
    """Weeks in which more slots are asked of a base than it has; below one slot a week together with those before."""
    asking = [one for one in bookings if one.escort_base_id is not None and one.escort_slots > 0]
    for monday, base_id in sorted({(monday_of(one.departs_on), str(one.escort_base_id)) for one in asking}):
        had = terms.get(base_id, Terms()).slots_per_week
        weeks = round(1 / had) if 0 < had < 1 else 1
        first = monday - dt.timedelta(weeks=weeks - 1)
        there = [
            one for one in asking if one.escort_base_id == base_id and first <= monday_of(one.departs_on) <= monday
        ]
        live = [one for one in there if one.status in PLANNED]
        given = sum(one.escort_slots for one in there)
        if live and given > (max(had, 1.0) if had > 0 else 0.0):
            yield Collision(
                kind="escort_overbooked",
                day=monday,
                record_id=base_id,
                mission_ids=tuple(one.mission_id for one in there),
                drafts=any(one.draft for one in there),
                given=given,
                had=had,
            )


def _off_days(
    planned: tuple[Booking, ...], terms: Mapping[str, Terms], flights: Mapping[str, tuple[dt.date, ...]]
) -> Iterator[Collision]:
    """Escorts that leave, and flights, on days their base does not work."""
    for one in planned:
        asked: list[tuple[str, str, tuple[dt.date, ...], tuple[str, ...]]] = []
        if one.escort_base_id is not None:
            days = terms.get(one.escort_base_id, Terms()).escort_days
            asked.append(("no_escort_day", one.escort_base_id, (one.departs_on,), days))
        if one.mode == "air":
            flown = flights.get(one.mission_id) or tuple(dict.fromkeys((one.departs_on, one.returns_on)))
            asked.append(("no_flight_day", one.base_id, flown, terms.get(one.base_id, Terms()).flight_days))
        for kind, base_id, days_asked, works in asked:
            for day in days_asked:
                if WEEKDAYS[day.weekday()] not in works:
                    yield Collision(
                        kind=kind, day=day, record_id=base_id, mission_ids=(one.mission_id,), drafts=one.draft
                    )


def joint_ways(
    plans: Mapping[str, Plan],
    organisations: Mapping[str, frozenset[str]],
    length_km: Mapping[str, float],
    *,
    joint_share: float,
) -> tuple[Joint, ...]:
    """Pairs of missions that could go together: the same day, the same segments, other organisations.

    Parameters
    ----------
    plans
        Plans of missions not yet over, drafts among them, by mission.
    organisations
        Of each mission's team, by mission; a pair with the same ones is no opportunity, nor is one whose
        organisations are not known.
    length_km
        Of each segment.
    joint_share
        Least share of the shorter way of the two that day that both drive; exactly this counts.

    Returns
    -------
    tuple
        By day, the longest shared way first. A segment driven several times a day counts once.
    """
    by_day: dict[dt.date, dict[str, set[str]]] = {}
    for mission_id, plan in sorted(plans.items()):
        for leg in plan.legs:
            by_day.setdefault(leg.day, {}).setdefault(mission_id, set()).update(leg.segment_ids)
    found = []
    for day, driven in by_day.items():
        for one, other in combinations(driven, 2):
            of_one, of_other = organisations.get(one, frozenset()), organisations.get(other, frozenset())
            if not of_one or not of_other or of_one == of_other:
                continue
            way = [sum(length_km.get(part, 0.0) for part in driven[name]) for name in (one, other)]
            shared_km = sum(length_km.get(part, 0.0) for part in driven[one] & driven[other])
            if shared_km > 0 and shared_km >= joint_share * min(way) - _NOISE_KM:
                found.append(
                    Joint(
                        day=day,
                        mission_ids=(one, other),
                        shared_km=shared_km,
                        shared_share=shared_km / min(way),
                        organisations=tuple(sorted(of_one | of_other)),
                    )
                )
    return tuple(sorted(found, key=lambda joint: (joint.day, -joint.shared_km, joint.mission_ids)))
