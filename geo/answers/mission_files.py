"""Files beside the order: legs, waypoints for a device, rows for the clearance form; tables before the gate."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.access.exposure import sample_rates
from geo.answers.mission_records import partner_of_post
from geo.answers.mission_subject import Subject
from geo.answers.route import BLIND_SHARE
from geo.crs import WGS84
from geo.missions.evidence import arcs_of_legs
from geo.missions.timetable import turn_back_times
from geo.text import say, word

# Columns of the clearance form's table, in their order: entry is post, vehicle or leg; code the post's or vehicle's;
# role of a post, kind of a vehicle; days inclusive; local times; km of a leg.
CLEARANCE_COLUMNS = [
    "mission_id",
    "entry",
    "number",
    "code",
    "organisation",
    "organisation_type",
    "role",
    "from_day",
    "to_day",
    "leaves",
    "arrives",
    "from_place",
    "to_place",
    "length_km",
]


_WAYPOINT_COLUMNS = ["name", "name_fr", "kind", "state", "age_days", "longitude", "latitude"]


def leg_rows(subject: Subject) -> gpd.GeoDataFrame:
    """Legs with the latest moment to set out on each."""
    plan, settings, name = subject.plan, subject.world.settings, subject.places.name
    at_least = _lower_bounds(subject)
    until = dt.time.fromisoformat(min(settings.missions.arrives_by, settings.daylight.ends))
    latest = turn_back_times(plan, arrives_by=until, margin_min=settings.orders.turn_back_margin_min)
    rows = [
        {
            "leg": number + 1,
            "label": str((leg.day - plan.departs_on).days + 1),
            **_in_both("track_leg", leg=number + 1, day=leg.day.isoformat()),
            "day": pd.Timestamp(leg.day),
            "leaves": f"{leg.leaves:%H:%M}",
            "arrives": f"{leg.arrives:%H:%M}",
            "turn_by": f"{latest[number]:%H:%M}",
            "from_name": name(leg.from_place),
            "to_name": name(leg.to_place),
            "by_air": not leg.segment_ids,
            "time_min": (leg.arrives - leg.leaves).total_seconds() / 60,
            "length_km": leg.length_km,
            "exposure": leg.exposure,
            "exposure_at_least": at_least[number],
            "visibility": leg.visibility,
            "warnings": leg.warnings,
        }
        for number, leg in enumerate(plan.legs)
    ]
    return gpd.GeoDataFrame(rows, geometry=[leg.geometry for leg in plan.legs], crs=WGS84)


def _in_both(key: str, **values: object) -> dict[str, object]:
    """Name of a leg or waypoint, as its file tells it in English and in French."""
    return {"name": say(key, "en", **values), "name_fr": say(key, "fr", **values)}


def _lower_bounds(subject: Subject) -> list[bool]:
    """Which legs run so far through land no report of ours could lie in that their exposure is a lower bound."""
    network = subject.known.network
    if network is None:
        return [True] * len(subject.plan.legs)
    seen = sample_rates(network, subject.world.surface(subject.signed.as_of)).observed_share
    length_km = network.facts.length_km
    told = []
    for arcs in arcs_of_legs(subject.plan.legs, network):
        segment = arcs["segment"].to_numpy(dtype=np.int64)
        blind_km = float((length_km[segment] * (1 - seen[segment])).sum())
        told.append(not len(segment) or blind_km >= BLIND_SHARE * float(length_km[segment].sum()))
    return told


def team_rows(subject: Subject) -> pd.DataFrame:
    """The team by post."""
    partners = partner_of_post(subject.world)
    columns = ["staff_id", "role", "woman", "interviewer", "trauma_informed", "languages"]
    staff = subject.known.staff.set_index("staff_id", drop=False)
    chosen = staff.reindex(list(subject.plan.staff_ids))[columns].reset_index(drop=True)
    chosen["staff_id"] = list(subject.plan.staff_ids)
    return chosen.assign(organisation=[partners.get(post, "") for post in subject.plan.staff_ids])


def vehicle_rows(subject: Subject) -> pd.DataFrame:
    """Vehicles with their owner."""
    names = dict(zip(subject.world.partners["partner_id"], subject.world.partners["name"], strict=True))
    fleet = subject.known.fleet.set_index("vehicle_id")
    chosen = fleet.reindex(list(subject.plan.vehicle_ids))[["vehicle", "seats", "partner_id"]].reset_index(drop=True)
    owners = [str(names.get(partner, "")) if isinstance(partner, str) else "" for partner in chosen["partner_id"]]
    return chosen.drop(columns="partner_id").assign(vehicle_id=list(subject.plan.vehicle_ids), organisation=owners)


def waypoint_rows(subject: Subject) -> pd.DataFrame:
    """Stops, nights, medical posts and what is known on the way, for a device."""
    places = subject.places
    rows: list[dict[str, object]] = []
    named = [("stop", visit.site_id) for visit in subject.plan.visits]
    named += [("night", place) for place in dict.fromkeys(subject.plan.nights)]
    named += [("medical", post.base_id) for post in subject.posts]
    for kind, place in named:
        lon, lat = places.at(place)
        at = {"kind": kind, "state": None, "age_days": np.nan, "longitude": lon, "latitude": lat}
        rows.append({**_in_both(f"track_{kind}", place=places.name(place)), **at})
    for fact in subject.now.of("constraints").values():
        lon, lat = _spot(subject, fact.record_id, fact.legs, fact.segment_ids)
        age = (subject.as_of - dt.date.fromisoformat(fact.held["reported_on"])).days
        kind = fact.held["kind"]
        at = {"kind": kind, "state": "in force", "age_days": age, "longitude": lon, "latitude": lat}
        rows.append({"name": kind.replace("_", " "), "name_fr": word(kind, "fr"), **at})
    frame = pd.DataFrame(rows, columns=_WAYPOINT_COLUMNS)
    return frame.dropna(subset=["longitude", "latitude"]).reset_index(drop=True)


def _spot(
    subject: Subject, constraint_id: str, legs: tuple[int, ...], segment_ids: tuple[str, ...]
) -> tuple[float, float]:
    """Where a constraint is drawn: as reported, else the middle of its first segment, else where the leg ends."""
    told = subject.known.constraints
    row = told.loc[told["constraint_id"].eq(constraint_id).to_numpy(dtype=bool)].iloc[0]
    if not pd.isna(row["longitude"]):
        return float(row["longitude"]), float(row["latitude"])
    network = subject.known.network
    if network is None or not segment_ids:
        end = shapely.get_point(subject.plan.legs[legs[0]].geometry, -1)
        return float(end.x), float(end.y)
    line = network.segments.loc[network.segments["segment_id"] == segment_ids[0]].geometry.iloc[0]
    middle = line.interpolate(0.5, normalized=True)
    return float(middle.x), float(middle.y)


def clearance_rows(subject: Subject) -> pd.DataFrame:
    """One row per post, vehicle and leg, for a form that asks for clearance."""
    plan = subject.plan
    kinds = dict(zip(subject.world.partners["name"], subject.world.partners["organisation_type"], strict=True))
    span = {"from_day": pd.Timestamp(plan.departs_on), "to_day": pd.Timestamp(plan.returns_on)}
    people = team_rows(subject).rename(columns={"staff_id": "code"})[["code", "organisation", "role"]]
    cars = vehicle_rows(subject).rename(columns={"vehicle_id": "code", "vehicle": "role"})[
        ["code", "organisation", "role"]
    ]
    legs = pd.DataFrame(leg_rows(subject))[["leaves", "arrives", "from_name", "to_name", "length_km", "day"]]
    ways = legs.rename(columns={"from_name": "from_place", "to_name": "to_place", "day": "from_day"})
    parts = [
        people.assign(entry="post", number=range(1, len(people) + 1), **span),
        cars.assign(entry="vehicle", number=range(1, len(cars) + 1), **span),
        ways.assign(entry="leg", number=range(1, len(ways) + 1), to_day=ways["from_day"]),
    ]
    every = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return every.assign(
        mission_id=str(subject.row["mission_id"]), organisation_type=every["organisation"].map(kinds)
    ).reindex(columns=CLEARANCE_COLUMNS)
