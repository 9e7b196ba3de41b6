"""What a week is planned on: the queue as stops, every base with its ways to go, who and what there is to send.

It stands before the gate. Roads count as they are on the first day; hours that a curfew or the daylight rule closes
anywhere in the network are kept on every road, so that no plan drives through one.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geo.access.clock import closed_slots, night_slots
from geo.access.companies import Conditions, team_behind
from geo.access.driving import drive_times_each
from geo.access.escorts import Escort, escorts_on
from geo.access.segments import Passability, keeps_hours, on_the_clock
from geo.answers.land import TOWN_KINDS
from geo.answers.queue import assessed_on
from geo.answers.team import roster_of, site_codes
from geo.answers.world import World
from geo.crs import distance_km
from geo.errors import RequestError
from geo.missions.evidence import slots_given
from geo.missions.needs import asks_of
from geo.missions.outlets import AIR, Outlet, Reach, find_reach, find_reaches
from geo.missions.plans import BoolArray, FloatArray, IntArray, Stop, Trip
from geo.missions.roster import Roster
from geo.missions.travel import air_travel, flight_days
from geo.missions.trips import Frame, stop_of, trip_of
from geo.missions.week_task import Queued, Resources, SlotPool, WeekTask
from geo.model import QueueRequest, WeekRequest
from geo.schema import WEEKDAYS
from geo.settings import Settings

_MOST_BEDS = 40  # they are bits of one number
_SAME_PLACE_KM = 5.0  # a base so near another with the same ways to go adds no way of its own


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class WeekGround:
    """What a week is planned on."""

    task: WeekTask
    waiting: pd.DataFrame  # every request that waits, as geo.missions.requests.assess_requests gives them
    unplaced: tuple[str, ...]  # whose site has no position, so that nobody can plan for them
    place_ids: tuple[str, ...]  # of the nodes of every outlet's trip behind its base: stops, then beds
    positions: Mapping[str, FloatArray]  # longitude and latitude of the nodes of the trips from each base, that first


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Ways:
    """Places and the roads between them; nodes are bases, stops, beds."""

    world: World
    request: WeekRequest
    bases: pd.DataFrame
    lonlat: FloatArray
    stops: tuple[Stop, ...]
    bed_ids: tuple[str, ...]
    sleeps: BoolArray  # of the stops and beds
    alone_min: FloatArray
    passability: Passability
    closed: int  # half-hours, as bits

    def nodes(self, base: int) -> IntArray:
        """Nodes of a trip from a base."""
        return np.append(np.int64(base), np.arange(len(self.bases), len(self.lonlat), dtype=np.int64))

    def trip(self, minutes: FloatArray, flying: Sequence[bool]) -> Trip:
        """The trip over as many days; on those without a flight nobody moves. Minutes are of its nodes."""
        settings = self.world.settings
        days = tuple(self.request.starts_on + dt.timedelta(days=number) for number in range(len(flying)))
        frame = Frame(days=days, sleeps=np.concatenate([[True], self.sleeps]), closed_slots=self.closed)
        trip = trip_of(self.stops, minutes, frame, settings=settings)
        return replace(trip, arrives_min=np.where(flying, trip.arrives_min, trip.leaves_min))


def ground_of(world: World, request: WeekRequest) -> WeekGround:
    """Look up everything a week is planned on.

    Raises
    ------
    RequestError
        When no base is open for the whole week, or no roads are known.
    """
    settings = world.settings
    assessed = assessed_on(world, QueueRequest(as_of=request.as_of))
    waiting = assessed.loc[assessed["waiting"]].reset_index(drop=True)
    placed = waiting.dropna(subset=["longitude", "latitude"]).reset_index(drop=True)
    sites = placed.drop_duplicates("site_id").reset_index(drop=True)
    ways = _ways(world, request, sites, placed)
    together = settings.week.together_stops
    reaches = find_reaches(list(_outlets(ways)), together=together) + tuple(_extra_flights(ways, together))
    task = WeekTask(
        days=request.days,
        queue=_queue(world, placed, sites, settings),
        reaches=reaches,
        resources=Resources(roster=_roster(world, request), pools=tuple(_pools(world, ways))),
        settings=settings.teams,
    )
    return WeekGround(
        task=task,
        waiting=waiting,
        unplaced=tuple(sorted(set(waiting["request_id"]) - set(placed["request_id"]))),
        place_ids=(*(stop.stop_id for stop in ways.stops), *ways.bed_ids),
        positions={str(base_id): ways.lonlat[ways.nodes(row)] for row, base_id in enumerate(ways.bases["base_id"])},
    )


def _queue(world: World, placed: pd.DataFrame, sites: pd.DataFrame, settings: Settings) -> tuple[Queued, ...]:
    asks = asks_of(placed, placed["site_id"].map(site_codes(world)))
    stop = {site: number for number, site in enumerate(sites["site_id"])}
    minutes = placed["service_min"].astype("Float64").fillna(settings.missions.service_min)
    told = zip(asks, placed["site_id"], placed["points"], minutes, strict=True)
    return tuple(
        Queued(ask=ask, stop=stop[site], points=round(float(points), 1), service_min=float(service))
        for ask, site, points, service in told
    )


def _ways(world: World, request: WeekRequest, sites: pd.DataFrame, placed: pd.DataFrame) -> _Ways:
    if world.roads.empty:
        raise RequestError("no roads are imported, so no way of a team is known; import roads")
    settings, last = world.settings, pd.Timestamp(request.days[-1])
    bases = world.bases_at(request.starts_on)
    bases = bases.loc[~(bases["valid_to"] < last)].sort_values("base_id").reset_index(drop=True)
    if bases.empty:
        raise RequestError(f"no base is open from {request.starts_on} to {last.date()}; import bases")
    beds = _beds(world, bases, sites)
    columns = ["longitude", "latitude"]
    lonlat = np.concatenate([part[columns].to_numpy(dtype=float) for part in (bases, sites, beds)])
    passability = on_the_clock(world.passability(request.starts_on, season=request.season, vehicle=request.vehicle))
    in_town = sites["site_id"].isin(_town_sites(world, request)).to_numpy(dtype=bool)
    return _Ways(
        world=world,
        request=request,
        bases=bases,
        lonlat=lonlat,
        stops=tuple(_stop(str(site), placed, settings) for site in sites["site_id"]),
        bed_ids=tuple(beds["place_id"]),
        sleeps=np.concatenate([in_town & ("town" in settings.missions.sleeps_at), np.ones(len(beds), dtype=bool)]),
        alone_min=_road_minutes(world, lonlat, passability.minutes),
        passability=passability,
        closed=_closed(passability, settings),
    )


def _stop(site_id: str, placed: pd.DataFrame, settings: Settings) -> Stop:
    """One stop for all requests at a site, as long as the longest of their visits."""
    own = placed.loc[placed["site_id"] == site_id]
    minutes = own["service_min"].astype("Float64").fillna(settings.missions.service_min)
    return stop_of(site_id, tuple(own["request_id"]), settings=settings.missions, service_min=float(minutes.max()))


def _town_sites(world: World, request: WeekRequest) -> set[str]:
    sites = world.sites_at(request.starts_on)
    return set(sites.loc[sites["kind"].eq("town").fillna(value=False), "site_id"])


def _beds(world: World, bases: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Places to sleep: bases and towns as ``sleeps_at`` allows, those nearest to a stop first."""
    rules = world.settings.missions
    hosting = bases["hosts_partners"].fillna(value=False).to_numpy(dtype=bool)
    columns = ["longitude", "latitude"]
    own = bases.assign(place_id=bases["base_id"].astype("string"))
    parts = [own.iloc[:0]]
    if "any_base" in rules.sleeps_at or "hosting_base" in rules.sleeps_at:
        parts.append(own.loc[hosting | ("any_base" in rules.sleeps_at)])
    if "town" in rules.sleeps_at:
        towns = world.places.loc[world.places["kind"].isin(TOWN_KINDS)]
        parts.append(towns.assign(place_id="place:" + towns["place_id"].astype("string")))
    every = pd.concat([part[["place_id", *columns]] for part in parts], ignore_index=True).dropna()
    every = every.drop_duplicates(columns).reset_index(drop=True)
    if every.empty or sites.empty:
        return every.iloc[:0]
    here, there = (part[columns].to_numpy(dtype=float) for part in (every, sites))
    away_km = _apart_km(here, there)
    near = np.unique(away_km.argmin(axis=0))
    kept = [place for place in near.tolist() if away_km[place].min() <= rules.sleeps_within_km]
    return every.iloc[sorted(kept, key=lambda place: away_km[place].min())[:_MOST_BEDS]].reset_index(drop=True)


def _apart_km(here: FloatArray, there: FloatArray) -> FloatArray:
    one, other = np.repeat(here, len(there), axis=0), np.tile(there, (len(here), 1))
    apart = distance_km(one[:, 0], one[:, 1], other[:, 0], other[:, 1])
    return np.asarray(apart).reshape(len(here), len(there))


def _road_minutes(world: World, lonlat: FloatArray, minutes: FloatArray) -> FloatArray:
    """Minutes by road from each place to each; infinity = no way."""
    found = drive_times_each(world.network, lonlat, lonlat, minutes=minutes, settings=world.settings.network)
    np.fill_diagonal(found, 0.0)
    return found


def _closed(passability: Passability, settings: Settings) -> int:
    """Half-hours, as bits, in which some stretch of the network is closed."""
    held = passability.hindrances.in_force
    mask = 0
    for hours in held.loc[keeps_hours(held), "hours"]:
        mask |= closed_slots(hours) if isinstance(hours, str) else night_slots(settings.daylight)
    return mask


def _outlets(ways: _Ways) -> Iterator[Outlet]:
    """Every base and mode, alone first."""
    request, settings = ways.request, ways.world.settings
    escorts = {one.base_id: one for one in escorts_on(ways.bases, day=request.starts_on, settings=settings)}
    longest = min(settings.missions.longest_days, settings.teams.most_days_running)
    for base in _apart(ways):
        nodes, row = ways.nodes(base), ways.bases.iloc[base]
        base_id, near = str(row["base_id"]), _near(ways, base)
        alone = ways.trip(ways.alone_min[np.ix_(nodes, nodes)], [True] * longest)
        yield Outlet(base_id=base_id, mode="unescorted", starts=request.days, trip=alone, near_min=near)
        if base_id in escorts:
            starts = _escort_starts(escorts[base_id], request)
            trip = ways.trip(_behind(ways, escorts[base_id], nodes), [True] * longest)
            yield Outlet(
                base_id=base_id, mode="escorted", starts=starts, trip=trip, near_min=near, escort_base_id=base_id
            )
        yield from _by_air(ways, base, near, longest)


def _apart(ways: _Ways) -> list[int]:
    """Bases, those left out that stand where another does that can do all they can."""
    able = [_can(ways, base) for base in range(len(ways.bases))]
    lonlat = ways.lonlat[: len(ways.bases)]
    away_km = _apart_km(lonlat, lonlat)
    kept: list[int] = []
    for base in sorted(range(len(ways.bases)), key=lambda one: (-len(able[one]), one)):
        if not any(away_km[base, other] <= _SAME_PLACE_KM and able[base] <= able[other] for other in kept):
            kept.append(base)
    return sorted(kept)


def _can(ways: _Ways, base: int) -> frozenset[str]:
    row = ways.bases.iloc[base]
    escorts = escorts_on(ways.bases.iloc[[base]], day=ways.request.starts_on, settings=ways.world.settings)
    flies = not pd.isna(row["helipad"]) and bool(row["helipad"])
    return frozenset([f"escort {row['base_id']}"] * bool(escorts) + [f"air {row['base_id']}"] * flies)


def _near(ways: _Ways, base: int) -> dict[str, float]:
    """Minutes from the bases whose people may join; a base without a road stays its own."""
    minutes = ways.alone_min[: len(ways.bases), base]
    most = 60.0 * ways.world.settings.teams.join_most_hours
    ids = ways.bases["base_id"].astype(str)
    return {one: float(value) for one, value in zip(ids, minutes, strict=True) if value <= most}


def _escort_starts(escort: Escort, request: WeekRequest) -> tuple[dt.date, ...]:
    """Working days on which the escort can leave when it is asked for on the day of planning."""
    first = request.as_of + dt.timedelta(days=escort.lead_days)
    return tuple(
        day
        for day in request.days
        if day >= first
        and WEEKDAYS[day.weekday()] in escort.days
        and (escort.closes_on is None or day <= escort.closes_on)
    )


def _behind(ways: _Ways, escort: Escort, nodes: IntArray) -> FloatArray:
    """Minutes of a convoy between the nodes of a trip."""
    world, count = ways.world, len(ways.world.network.segments)
    conditions = Conditions(
        passability=ways.passability, exposure=np.zeros((count, 2)), visibility=np.zeros(count), escorts=(escort,)
    )
    company = team_behind(escort, world.network, conditions, settings=world.settings)
    return _road_minutes(world, ways.lonlat[nodes], company.minutes)


def _flown(ways: _Ways, base: int) -> FloatArray | None:
    """Minutes by the helicopters of a base between the nodes of its trips; nothing where it has none."""
    row = ways.bases.iloc[base]
    if pd.isna(row["helipad"]) or not bool(row["helipad"]):
        return None
    lonlat = ways.lonlat[ways.nodes(base)]
    return air_travel(ways.bases.iloc[[base]], lonlat, settings=ways.world.settings).minutes


def _by_air(ways: _Ways, base: int, near: dict[str, float], longest: int) -> Iterator[Outlet]:
    """A mission by air leaves and comes back on days with flights; days of departure that run alike are one outlet."""
    minutes = _flown(ways, base)
    if minutes is None:
        return
    days = ways.request.days
    flies = [
        WEEKDAYS[day.weekday()] in flight_days(ways.bases.iloc[base], settings=ways.world.settings) for day in days
    ]
    alike: dict[tuple[bool, ...], list[dt.date]] = {}
    for number, day in enumerate(days):
        if flies[number]:
            ahead = flies[number : number + longest]
            back = max(step for step, flying in enumerate(ahead) if flying)
            alike.setdefault(tuple(ahead[: back + 1]), []).append(day)
    base_id = str(ways.bases["base_id"].iloc[base])
    for pattern, starts in alike.items():
        yield Outlet(base_id=base_id, mode=AIR, starts=tuple(starts), trip=ways.trip(minutes, pattern), near_min=near)


def _extra_flights(ways: _Ways, together: int) -> Iterator[Reach]:
    """Missions out and back on one day more on which a base would fly; every day runs alike."""
    for base in _apart(ways):
        minutes = _flown(ways, base)
        if minutes is None:
            continue
        row = ways.bases.iloc[base]
        own = flight_days(row, settings=ways.world.settings)
        more = [day for day in ways.request.days if WEEKDAYS[day.weekday()] not in own]
        if not more:
            continue
        outlet = Outlet(
            base_id=str(row["base_id"]),
            mode=AIR,
            starts=(more[0],),
            trip=ways.trip(minutes, [True]),
            near_min=_near(ways, base),
            extra_day=more[0],
        )
        found = find_reach(outlet, together=together)
        for day in more if found.sets else ():
            yield replace(found, outlet=replace(outlet, starts=(day,), extra_day=day))


def _roster(world: World, request: WeekRequest) -> Roster:
    """All posts, and the vehicles of the kind the roads are asked for."""
    roster = roster_of(world)
    return replace(roster, vehicles=tuple(one for one in roster.vehicles if one[0].kind == request.vehicle))


def _pools(world: World, ways: _Ways) -> Iterator[SlotPool]:
    """Slots that each base still has in each ISO week; one with less than one a week has one for all the days."""
    missions, days = world.records("missions"), ways.request.days
    for escort in escorts_on(ways.bases, day=ways.request.starts_on, settings=world.settings):
        slots = 1.0 if np.isnan(escort.slots_per_week) else escort.slots_per_week
        weeks = {day: day.isocalendar()[:2] if slots >= 1 else (0, 0) for day in days}
        for week in dict.fromkeys(weeks.values()):
            held = [day for day in days if weeks[day] == week]
            given = max(slots_given(missions, escort.base_id, day, slots_per_week=slots) for day in (held[0], held[-1]))
            free = max(0, int(max(slots, 1.0)) - given)
            yield SlotPool(base_id=escort.base_id, days=frozenset(held), free=free)
