"""What a mission is planned on: bases, stops, beds, and the ways to go from each base. It stands before the gate."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from geo.access.companies import Conditions
from geo.access.driving import drive_times_each
from geo.access.escorts import Escort, can_escort, escorts_on, next_start
from geo.answers.land import TOWN_KINDS
from geo.answers.route import notice, road_exposure
from geo.answers.world import World
from geo.crs import distance_km
from geo.errors import RequestError, UnknownRecordError
from geo.missions.evidence import slots_given
from geo.missions.needs import Ask, asks_of
from geo.missions.planner import AIR, DISCREET, Outing, Task
from geo.missions.plans import FloatArray, Stop
from geo.missions.roster import days_between
from geo.missions.travel import Going, air_travel, flight_days, road_travel
from geo.missions.trips import Frame, stop_of
from geo.model import PlanRequest
from geo.schema import WEEKDAYS

WAITING = ("open", "planned")
_MOST_BEDS = 8
_BEDS_PER_STOP = 2
_SAME_PLACE_KM = 5.0  # of bases as near as this the one that can give more stands for all
_MINUTES_ALIKE = 30.0


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Asked:
    """The requests asked for, as stops."""

    requests: pd.DataFrame  # in the order asked
    sites: pd.DataFrame  # of the stops: site_id, name, kind, p_code, longitude, latitude
    stops: tuple[Stop, ...]
    asks: tuple[Ask, ...]

    @property
    def lonlat(self) -> FloatArray:
        """Positions of the stops, degrees."""
        return self.sites[["longitude", "latitude"]].to_numpy(dtype=float)


def asked_of(world: World, request: PlanRequest) -> Asked:
    """Look up the requests and their sites.

    Raises
    ------
    UnknownRecordError
        When a case code, or the site of a request, is not on record on the day of departure.
    RequestError
        When a request does not wait any more, or the mission is longer than ``longest_days``.
    """
    settings = world.settings.missions
    if request.days > settings.longest_days:
        raise RequestError(f"a mission may take {settings.longest_days} days at most, not {request.days}")
    table = world.records("requests")
    unknown = sorted(set(request.request_ids) - set(table["request_id"]))
    if unknown:
        raise UnknownRecordError(f"no request {', '.join(map(repr, unknown))} is on record; check its case code")
    rows = table.set_index("request_id", drop=False).loc[list(request.request_ids)].reset_index(drop=True)
    over = rows.loc[~rows["status"].isin(WAITING), "request_id"]
    if len(over):
        raise RequestError(f"{', '.join(over)} does not wait any more; plan for those that do")
    sites = world.sites_at(request.departs_on).set_index("site_id", drop=False)
    missing = rows.loc[~rows["site_id"].isin(sites.index)]
    if len(missing):
        told = ", ".join(f"{row.request_id} at {row.site_id}" for row in missing.itertuples())
        raise UnknownRecordError(f"no site on record on {request.departs_on} for {told}; import or correct the site")
    chosen = sites.loc[rows["site_id"].drop_duplicates()].reset_index(drop=True)
    return Asked(
        requests=rows,
        sites=chosen,
        stops=tuple(_stop(world, str(site_id), rows) for site_id in chosen["site_id"]),
        asks=asks_of(rows, rows["site_id"].map(sites["p_code"])),
    )


def _stop(world: World, site_id: str, rows: pd.DataFrame) -> Stop:
    """One stop for all requests at a site, as long as the longest of their visits."""
    own = rows.loc[rows["site_id"] == site_id]
    minutes = own["service_min"].astype("Float64").fillna(world.settings.missions.service_min)
    return stop_of(
        site_id,
        tuple(own["request_id"]),
        settings=world.settings.missions,
        service_min=float(minutes.max()),
        worth=float(len(own)),
    )


def conditions_of(world: World, request: PlanRequest) -> Conditions:
    """What the roads ask of a team on the day of departure."""
    passability = world.passability(request.departs_on, season=request.season, vehicle=request.vehicle)
    return Conditions(
        passability=passability,
        exposure=road_exposure(world, request.departs_on, passability),
        visibility=notice(world, passability),
        escorts=escorts_on(world.bases_at(request.departs_on), day=request.departs_on, settings=world.settings),
    )


def bases_for(world: World, request: PlanRequest, asked: Asked, conditions: Conditions) -> pd.DataFrame:
    """Bases to plan from: the one named, else the nearest by road that send people or vehicles, or escorts.

    Raises
    ------
    UnknownRecordError
        When the base named is not open.
    RequestError
        When none is left to plan from.
    """
    last = request.departs_on + dt.timedelta(days=request.days - 1)
    bases = world.bases_at(request.departs_on)
    staying = bases.loc[~(bases["valid_to"] < pd.Timestamp(last))].reset_index(drop=True)
    if request.base_id:
        named = staying.loc[staying["base_id"] == request.base_id]
        if named.empty:
            raise UnknownRecordError(f"no base {request.base_id!r} is open from {request.departs_on} to {last}")
        return named.reset_index(drop=True)
    homes = set(world.records("staff")["base_id"]) | set(world.records("fleet")["base_id"])
    homes |= set(world.partners["base_id"])
    able = staying.loc[staying["base_id"].isin(homes) | can_escort(staying)].reset_index(drop=True)
    if able.empty:
        raise RequestError("no open base has people, vehicles or escorts on record; import staff and fleet")
    minutes = drive_times_each(
        world.network,
        able[["longitude", "latitude"]].to_numpy(dtype=float),
        asked.lonlat,
        minutes=conditions.passability.minutes,
        settings=world.settings.network,
    )
    return _nearest_few(able, minutes, most=world.settings.missions.most_bases)


def _nearest_few(bases: pd.DataFrame, minutes: FloatArray, *, most: int) -> pd.DataFrame:
    """Bases that reach most stops, soonest first; of several in one place the one that can give more."""
    reached = np.isfinite(minutes).sum(axis=1)
    mean = np.where(
        reached > 0, np.where(np.isfinite(minutes), minutes, 0).sum(axis=1) / np.maximum(reached, 1), np.inf
    )
    gives = can_escort(bases).astype(int) + bases["helipad"].fillna(value=False).to_numpy(dtype=int)
    order = np.lexsort((mean, -gives, np.floor(mean / _MINUTES_ALIKE), -reached))
    chosen: list[int] = []
    for place in order.tolist():
        if not any(_apart_km(bases, place, other) < _SAME_PLACE_KM for other in chosen):
            chosen.append(place)
    return bases.iloc[chosen[:most]].reset_index(drop=True)


def _apart_km(bases: pd.DataFrame, one: int, other: int) -> float:
    here, there = (bases.iloc[[place]][["longitude", "latitude"]].to_numpy(dtype=float)[0] for place in (one, other))
    return float(distance_km(*(np.array([value]) for value in (here[0], here[1], there[0], there[1])))[0])


def task_from(world: World, request: PlanRequest, asked: Asked, base: pd.Series) -> tuple[Task, FloatArray]:
    """What is to be planned from one base, and the positions of its places."""
    beds = _beds(world, request, asked, base)
    lonlat = np.concatenate(
        [[[base["longitude"], base["latitude"]]], asked.lonlat, beds[["longitude", "latitude"]].to_numpy(dtype=float)]
    )
    towns = "town" in world.settings.missions.sleeps_at
    at_stops = asked.sites["kind"].eq("town").to_numpy(dtype=bool) & towns
    days = tuple(days_between(request.departs_on, request.departs_on + dt.timedelta(days=request.days - 1)))
    girls = dict(zip(asked.requests["request_id"], asked.requests["girls"].fillna(0).astype(int), strict=True))
    task = Task(
        days=days,
        stops=asked.stops,
        asks=asked.asks,
        girls=girls,
        place_ids=(str(base["base_id"]), *asked.sites["site_id"], *beds["place_id"]),
        frame=Frame(days=days, sleeps=np.concatenate([[True], at_stops, np.ones(len(beds), dtype=bool)])),
    )
    return task, lonlat.astype(np.float64)


def _beds(world: World, request: PlanRequest, asked: Asked, base: pd.Series) -> pd.DataFrame:
    """Places to sleep near the stops: bases and towns as ``sleeps_at`` allows, the nearest of each stop."""
    rules = world.settings.missions
    bases = world.bases_at(request.departs_on)
    hosting = bases["hosts_partners"].fillna(value=False).to_numpy(dtype=bool)
    allowed = {"any_base": np.ones(len(bases), dtype=bool), "hosting_base": hosting}
    parts = [
        bases.loc[mask].rename(columns={"base_id": "place_id"})
        for name, mask in allowed.items()
        if name in rules.sleeps_at
    ]
    if "town" in rules.sleeps_at:
        towns = world.places.loc[world.places["kind"].isin(TOWN_KINDS)]
        parts.append(towns.assign(place_id="place:" + towns["place_id"].astype("string")))
    columns = ["place_id", "longitude", "latitude"]
    every = pd.concat([part[columns] for part in parts], ignore_index=True) if parts else pd.DataFrame(columns=columns)
    every = every.drop_duplicates("place_id").dropna()
    lonlat = every[["longitude", "latitude"]].to_numpy(dtype=float)
    own = _away(lonlat, (base["longitude"], base["latitude"])) < 1.0
    away = np.stack([_away(lonlat, place) for place in asked.lonlat]) if len(every) else np.empty((0, 0))
    near: dict[int, float] = {}
    for row in away:
        for place in np.argsort(np.where(own, np.inf, row), kind="stable")[:_BEDS_PER_STOP].tolist():
            if row[place] <= rules.sleeps_within_km and not own[place]:
                near[place] = min(near.get(place, np.inf), float(row[place]))
    kept = sorted(near, key=lambda place: (near[place], place))[:_MOST_BEDS]
    return every.iloc[kept].reset_index(drop=True)


def _away(lonlat: FloatArray, place: "FloatArray | tuple[float, float]") -> FloatArray:
    """Kilometres from each position to one."""
    lon, lat = (np.full(len(lonlat), float(value)) for value in place)
    return np.asarray(distance_km(lonlat[:, 0], lonlat[:, 1], lon, lat))


def outings_from(
    world: World, request: PlanRequest, base: pd.Series, lonlat: FloatArray, conditions: Conditions
) -> Iterator[Outing | tuple[str, str]]:
    """Ways to go from a base: alone, calmer, discreet, behind an escort, by air; or a mode and why it cannot be had."""
    network, settings = world.network, world.settings
    calm, unseen = _weights(conditions)
    ways = [("unescorted", Going())]
    if calm > 0:
        ways.append(("unescorted", Going(exposure_weight=calm)))
    ways.append((DISCREET, Going(exposure_weight=calm, visibility_weight=unseen, discreet=True)))
    for mode, going in ways:
        yield Outing(mode=mode, travel=road_travel(network, lonlat, conditions, going, settings=settings))
    for escort in conditions.escorts:
        if _away(np.array([[escort.longitude, escort.latitude]]), lonlat[0])[0] <= settings.missions.escort_joins_km:
            refused = _no_slot(world, request, escort)
            if refused:
                yield "escorted", refused
                continue
            going = Going(escort=escort)
            travel = road_travel(network, lonlat, conditions, going, settings=settings)
            yield Outing(
                mode="escorted",
                travel=travel,
                escort_base_id=escort.base_id,
                goes_on=partial(_leaves_on, world, request, escort),
            )
    if bool(base["helipad"]) if not pd.isna(base["helipad"]) else False:
        flies = flight_days(base, settings=settings)
        first = request.departs_on
        days = [first + dt.timedelta(days=number) for number in range(request.days)]
        flying = frozenset(day for day in days if WEEKDAYS[day.weekday()] in flies)
        if not flying:
            yield AIR, f"flights only on {', '.join(flies)}"
        else:
            flights = air_travel(base.to_frame().T, lonlat, settings=settings)
            yield Outing(
                mode=AIR, travel=flights, flies_on=flying, goes_on=lambda day: WEEKDAYS[day.weekday()] in flies
            )


def _leaves_on(world: World, request: PlanRequest, escort: Escort, day: dt.date) -> bool:
    """Whether an escort could leave on another day."""
    return day >= request.as_of and not _no_slot(world, replace(request, departs_on=day), escort)


def _no_slot(world: World, request: PlanRequest, escort: Escort) -> str:
    """Why an escort cannot leave on the day of departure; empty where it can."""
    missions = world.records("missions")
    others = missions.loc[missions["mission_id"].ne(request.but or "").to_numpy(dtype=bool)]
    slots = 1.0 if np.isnan(escort.slots_per_week) else escort.slots_per_week
    weeks = [request.departs_on + dt.timedelta(weeks=ahead) for ahead in range(-8, 9)]
    used = {
        day.isocalendar()[:2]: slots_given(others, escort.base_id, day, slots_per_week=max(slots, 1.0)) for day in weeks
    }
    start = next_start(escort, asked_on=request.as_of, day=request.departs_on, used=used)
    if isinstance(start, str):
        return start
    return "" if start == request.departs_on else f"the escort of {escort.base_id} can leave on {start} at the earliest"


def _weights(conditions: Conditions) -> tuple[float, float]:
    """Minutes that one unit of exposure, and of notice, is worth when the goals are held against each other."""
    minutes = conditions.passability.minutes
    driven = float(minutes[np.isfinite(minutes)].sum())
    met, noticed = float(np.nansum(conditions.exposure)), 2.0 * float(np.sum(conditions.visibility))
    return (driven / met if met > 0 else 0.0), (driven / noticed if noticed > 0 else 0.0)
