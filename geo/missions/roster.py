"""Who and what can go on given days: posts and vehicles, and why the others cannot.

Away is who is not, or no longer, on the roster; does not work on one of the days; is absent; is on another mission, or
would be out too long before a rest; or is based too far from where the mission leaves. A post is free on all days of
a mission or not at all.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.missions.plans import Post, Vehicle
from geo.missions.teams import longest_stretch_days
from geo.schema import WEEKDAYS
from geo.schema.absences import absences_of
from geo.settings import TeamSettings

# Missions that take somebody's time. Those that are over still count against rest.
BOOKED_STATUSES = ("signed", "under_way", "done")
UNKNOWN_ORGANISATION = "other"
SEPARATOR = ";"
Days = tuple[dt.date, dt.date]  # first and last, both inclusive


@dataclass(frozen=True, slots=True, kw_only=True)
class Stint:
    """Days on which a mission takes a post or vehicle along; all a mission holds is a Booking of the calendar."""

    mission_id: str
    departs_on: dt.date
    returns_on: dt.date

    @property
    def days(self) -> list[dt.date]:
        """Every day of it."""
        return days_between(self.departs_on, self.returns_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When a post or a vehicle is free."""

    periods: tuple[tuple[dt.date | None, dt.date | None], ...] = ()  # its own and its organisation's; None = open
    weekdays: frozenset[str] = frozenset()  # empty = all
    absent: tuple[Days, ...] = ()
    stints: tuple[Stint, ...] = ()


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Roster:
    """All posts and vehicles with their calendars, in the order of both."""

    posts: tuple[tuple[Post, Calendar], ...]
    vehicles: tuple[tuple[Vehicle, Calendar], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A post or a vehicle that cannot come, and every reason for it."""

    who: Post | Vehicle
    reasons: tuple[str, ...]

    @property
    def who_id(self) -> str:
        """Code of the post, or id of the vehicle."""
        return self.who.staff_id if isinstance(self.who, Post) else self.who.vehicle_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    """Who and what can go, nearest to the mission's base first, and who and what cannot."""

    posts: tuple[Post, ...]
    vehicles: tuple[Vehicle, ...]
    away: tuple[Away, ...] = ()


def read_roster(
    staff: pd.DataFrame, fleet: pd.DataFrame, partners: pd.DataFrame, missions: pd.DataFrame, *, but: str | None = None
) -> Roster:
    """Turn records into posts, vehicles and their calendars; all periods.

    An organisation that is not on record counts as of the kind "other": never as the United Nations. Training that is
    not recorded is none.

    Parameters
    ----------
    staff, fleet, partners, missions
        Tables under their contracts. None is changed.
    but
        A mission that books nobody: the one that is planned anew.
    """
    organisations = {str(row["partner_id"]): row for row in _rows(partners)}
    posts, vehicles = _stints(missions, "staff_ids", but), _stints(missions, "vehicle_ids", but)
    return Roster(
        posts=tuple(
            (_post_of(row, partner), _calendar_of(row, partner, posts.get(str(row["staff_id"]), ())))
            for row in _rows(staff)
            for partner in [organisations.get(str(row["partner_id"]), {})]
        ),
        vehicles=tuple(
            (_vehicle_of(row, partner), _calendar_of(row, partner, vehicles.get(str(row["vehicle_id"]), ())))
            for row in _rows(fleet)
            for partner in [organisations.get(str(row["partner_id"]), {})]
        ),
    )


def find_available(
    roster: Roster, days: Sequence[dt.date], *, settings: TeamSettings, minutes: Mapping[str, float] | None = None
) -> Available:
    """Separate who and what can go on all the days from who and what cannot.

    Parameters
    ----------
    minutes
        From each base to the one the mission leaves from, 0 for itself; a base left out has no way there in time. Exactly
        ``join_most_hours`` is near enough. ``None`` = everybody can be there.
    """
    return _separate(roster, lambda calendar, post: _reasons(calendar, days, settings, rests=post), minutes, settings)


def find_standing(
    roster: Roster, day: dt.date, *, settings: TeamSettings, minutes: Mapping[str, float] | None = None
) -> Available:
    """Return who and what is on the roster on a day at all, absent, booked or off duty as they may be."""
    return _separate(roster, lambda calendar, _post: _unknown_on(calendar, [day]), minutes, settings)


def keeps_rest(calendar: Calendar, days: Sequence[dt.date], settings: TeamSettings) -> bool:
    """Whether somebody may be out on all of some days, of one mission or several, and still rests in time."""
    near = {day for stint in calendar.stints for day in stint.days}
    stretch = _stretch_around(set(days), near, rest_days=settings.rest_days)
    return longest_stretch_days(stretch, rest_days=settings.rest_days) <= settings.most_days_running


def reasons_away(available: Available) -> dict[str, str]:
    """Return why each post or vehicle cannot come, by id, as :func:`geo.missions.teams.check_team` takes it."""
    return {away.who_id: ", ".join(away.reasons) for away in available.away}


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return every day from the first to the last, both inclusive."""
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def spoken_days(first: dt.date, last: dt.date) -> str:
    """Days in words: "on 6 October 2026", "from 5 to 9 October 2026"."""
    end = f"{last.day} {last:%B} {last.year}"
    if first == last:
        return f"on {end}"
    begin = f"{first.day}"
    if (first.year, first.month) != (last.year, last.month):
        begin += f" {first:%B}"
    if first.year != last.year:
        begin += f" {first.year}"
    return f"from {begin} to {end}"


def _separate(
    roster: Roster,
    reasons_of: Callable[[Calendar, bool], Iterator[str]],
    minutes: Mapping[str, float] | None,
    settings: TeamSettings,
) -> Available:
    """Ask each calendar, and each base how far it is; nearest first, by id where equally near."""
    free: list[Post | Vehicle] = []
    away: list[Away] = []
    everybody: list[tuple[Post | Vehicle, Calendar]] = [*roster.posts, *roster.vehicles]
    for who, calendar in everybody:
        reasons = (*reasons_of(calendar, isinstance(who, Post)), *_too_far(who.base_id, minutes, settings))
        if reasons:
            away.append(Away(who=who, reasons=reasons))
        else:
            free.append(who)
    near = minutes or {}
    return Available(
        posts=tuple(
            sorted(
                (who for who in free if isinstance(who, Post)),
                key=lambda post: (near.get(post.base_id, 0.0), post.staff_id),
            )
        ),
        vehicles=tuple(
            sorted(
                (who for who in free if isinstance(who, Vehicle)),
                key=lambda vehicle: (near.get(vehicle.base_id, 0.0), vehicle.vehicle_id),
            )
        ),
        away=tuple(away),
    )


def _reasons(calendar: Calendar, days: Sequence[dt.date], settings: TeamSettings, *, rests: bool) -> Iterator[str]:
    """Every reason why a calendar is not free on all the days; vehicles need no rest."""
    yield from _unknown_on(calendar, days)
    off = dict.fromkeys(day for day in days if calendar.weekdays and WEEKDAYS[day.weekday()] not in calendar.weekdays)
    if off:
        yield f"does not work on {' and '.join(dict.fromkeys(f'{day:%A}' for day in off))}"
    for first, last in calendar.absent:
        if any(first <= day <= last for day in days):
            yield f"absent {spoken_days(first, last)}"
    booked = [one for one in calendar.stints if any(one.departs_on <= day <= one.returns_on for day in days)]
    for stint in booked:
        yield f"on {stint.mission_id} {spoken_days(stint.departs_on, stint.returns_on)}"
    if rests and not booked:
        yield from _without_rest(calendar, days, settings)


def _unknown_on(calendar: Calendar, days: Sequence[dt.date]) -> Iterator[str]:
    """Say that it, or its organisation, is not there yet, or no more."""
    for first, last in dict.fromkeys(calendar.periods):
        if first is not None and any(day < first for day in days):
            yield f"not before {first.day} {first:%B} {first.year}"
        if last is not None and any(day > last for day in days):
            yield f"only until {last.day} {last:%B} {last.year}"


def _without_rest(calendar: Calendar, days: Sequence[dt.date], settings: TeamSettings) -> Iterator[str]:
    """Say that other missions are so near that nobody would rest; a mission too long for all is no reason of one."""
    rest, most = settings.rest_days, settings.most_days_running
    alone = longest_stretch_days(days, rest_days=rest)
    near = {day for stint in calendar.stints for day in stint.days}
    stretch = _stretch_around(set(days), near, rest_days=rest)
    out = longest_stretch_days(stretch, rest_days=rest)
    if out > max(most, alone):
        yield f"would be {out} days on mission without {rest} days of rest, at most {most}"


def _stretch_around(days: set[dt.date], others: set[dt.date], *, rest_days: int) -> set[dt.date]:
    """Days on mission that no rest separates from the days asked; earlier overwork is not held against them."""
    held = set(days)
    grown = True
    while grown:
        reach = {day + dt.timedelta(days=step) for day in held for step in range(-rest_days, rest_days + 1)}
        nearer = (others & reach) - held
        held |= nearer
        grown = bool(nearer)
    return held


def _too_far(base_id: str, minutes: Mapping[str, float] | None, settings: TeamSettings) -> Iterator[str]:
    if minutes is None:
        return
    if base_id not in minutes:
        far = f"its base {base_id} is not within {settings.join_most_hours:g} hours of where the mission leaves"
        yield far if base_id else "has no base on record"
    elif minutes[base_id] > 60.0 * settings.join_most_hours:
        hours = minutes[base_id] / 60.0
        yield f"its base {base_id} is {hours:.1f} hours away, at most {settings.join_most_hours:g}"


def _rows(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows as plain values; what is missing is None."""
    columns = [[None if pd.isna(value) else value for value in table[name]] for name in table.columns]
    for values in zip(*columns, strict=True):
        yield dict(zip(map(str, table.columns), values, strict=True))


def _post_of(row: Mapping[str, Any], partner: Mapping[str, Any]) -> Post:
    return Post(
        staff_id=str(row["staff_id"]),
        partner_id=str(row["partner_id"]),
        organisation_type=str(partner.get("organisation_type") or UNKNOWN_ORGANISATION),
        base_id=str(row["base_id"] or partner.get("base_id") or ""),
        role=str(row["role"]),
        woman=bool(row["woman"]),
        interviewer=bool(row["interviewer"]),
        trauma_informed=bool(row["trauma_informed"]),
        languages=frozenset(word.lower() for word in split(row["languages"])),
        conflicts=frozenset(split(row["conflicts"])),
    )


def _vehicle_of(row: Mapping[str, Any], partner: Mapping[str, Any]) -> Vehicle:
    return Vehicle(
        vehicle_id=str(row["vehicle_id"]),
        partner_id=str(row["partner_id"]),
        base_id=str(row["base_id"] or partner.get("base_id") or ""),
        kind=str(row["vehicle"]),
        seats=int(row["seats"]),
    )


def _calendar_of(row: Mapping[str, Any], partner: Mapping[str, Any], stints: Iterable[Stint]) -> Calendar:
    records = [record for record in (row, partner) if record]
    return Calendar(
        periods=tuple((_date_of(record.get("valid_from")), _date_of(record.get("valid_to"))) for record in records),
        weekdays=frozenset(split(row.get("weekdays"))),
        absent=absences_of(str(row["absent"] or "")),
        stints=tuple(stints),
    )


def _stints(missions: pd.DataFrame, column: str, but: str | None) -> dict[str, list[Stint]]:
    """Missions that take each post or vehicle along, by departure."""
    held: dict[str, list[Stint]] = {}
    for row in sorted(_rows(missions), key=lambda row: (row["departs_on"], row["mission_id"])):
        if row["status"] in BOOKED_STATUSES and row["mission_id"] != but:
            first, last = (pd.Timestamp(row[name]).date() for name in ("departs_on", "returns_on"))
            stint = Stint(mission_id=str(row["mission_id"]), departs_on=first, returns_on=last)
            for one in split(row[column]):
                held.setdefault(one, []).append(stint)
    return held


def split(text: object) -> list[str]:
    """Values separated by ``;``; none where the text is missing."""
    return [part.strip() for part in str(text or "").split(SEPARATOR) if part.strip()]


def _date_of(value: object) -> dt.date | None:
    return None if value is None else pd.Timestamp(str(value)).date()
