"""Plans over the roads of the fictional sample, made with its own routes; no planner stands behind them."""

import datetime as dt
from typing import Any

import pandas as pd
import shapely

from geo.answers.route import answer_route
from geo.answers.world import World
from geo.missions.plans import Leg, Plan, PlannedVisit
from geo.model import Audience, LonLat, RouteRequest

DEPARTS = dt.date(2026, 11, 30)  # a Monday
SERVICE = dt.timedelta(minutes=30)


def sample_plan(world: World, stops: int, *, base_id: str = "base-01", days: int = 1, **more: Any) -> Plan:
    """Visit the sites nearest to a base, in that order, the same number each day; nights at the base."""
    bases = world.records("bases").set_index("base_id")
    home = LonLat(float(bases.loc[base_id, "longitude"]), float(bases.loc[base_id, "latitude"]))
    chosen = _nearest(world, home, stops)
    per_day = -(-len(chosen) // days)
    legs: list[Leg] = []
    visits: list[PlannedVisit] = []
    for day in range(days):
        date, where, place = DEPARTS + dt.timedelta(days=day), home, base_id
        clock = dt.datetime.combine(date, dt.time(6, 30))
        for row in chosen[day * per_day : (day + 1) * per_day]:
            goal = LonLat(float(row["longitude"]), float(row["latitude"]))
            legs.append(_leg(world, (where, goal), (place, row["site_id"]), clock))
            starts = legs[-1].arrives
            visits.append(
                PlannedVisit(
                    site_id=row["site_id"], request_ids=tuple(row["requests"]), starts=starts, ends=starts + SERVICE
                )
            )
            where, place, clock = goal, row["site_id"], starts + SERVICE
        legs.append(_leg(world, (where, home), (place, base_id), clock))
    staff = world.records("staff")
    fleet = world.records("fleet")
    usual: dict[str, Any] = {
        "label": "A",
        "mode": "unescorted",
        "base_id": base_id,
        "departs_on": DEPARTS,
        "returns_on": DEPARTS + dt.timedelta(days=days - 1),
        "nights": (base_id,) * (days - 1),
        "staff_ids": tuple(staff.loc[staff["base_id"].isin([base_id, "base-08"]), "staff_id"].head(5)),
        "vehicle_ids": tuple(fleet.loc[fleet["base_id"] == base_id, "vehicle_id"].head(2)),
        "escort_base_id": None,
        "escort_slots": 0,
        "time_min": (legs[-1].arrives - legs[0].leaves).total_seconds() / 60,
        "exposure": sum(leg.exposure for leg in legs),
        "visibility": sum(leg.visibility for leg in legs),
        "girls": 2,
        "dropped": {"case-999": "the road is out on the way; a bridge would admit it"},
        "breaches": (),
    }
    return Plan(legs=tuple(legs), visits=tuple(visits), **{**usual, **more})


def _nearest(world: World, home: LonLat, stops: int) -> list[dict[str, Any]]:
    """Sites nearest to a base, each with an open request, whatever site it names."""
    requests = world.records("requests")
    waiting = requests.loc[requests["status"] == "open", "request_id"].astype(str).to_list()
    sites = world.records("sites")
    away = (sites["longitude"] - home.lon) ** 2 + (sites["latitude"] - home.lat) ** 2
    near = pd.DataFrame(sites).assign(away=away).sort_values("away").head(stops).reset_index(drop=True)
    told = near.assign(requests=[(waiting[number],) for number in range(len(near))])
    return [{str(name): value for name, value in row.items()} for row in told.to_dict("records")]


def _leg(world: World, ends: tuple[LonLat, LonLat], places: tuple[str, str], leaves: dt.datetime) -> Leg:
    request = RouteRequest(origin=ends[0], destination=ends[1], as_of=leaves.date(), exposure_weight=0.0)
    answer = answer_route(world, request, audience=Audience.CASE_TEAM)
    route, parts = answer.routes.frame.iloc[0], answer.segments[0].frame
    line = shapely.line_merge(route["geometry"])
    return Leg(
        day=leaves.date(),
        from_place=places[0],
        to_place=places[1],
        leaves=leaves,
        arrives=leaves + dt.timedelta(minutes=round(float(route["time_min"]))),
        length_km=float(route["length_km"]),
        exposure=float(route["exposure"]),
        visibility=float(route["visibility"]),
        segment_ids=tuple(parts["segment_id"].astype(str)),
        warnings=tuple(route["warnings"]),
        geometry=line if isinstance(line, shapely.LineString) else shapely.LineString(shapely.get_coordinates(line)),
    )
