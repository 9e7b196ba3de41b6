"""Missions on record and what their plans rest on, looked up in a world. It stands before the gate."""

import datetime as dt
from typing import Any

import pandas as pd

from geo.answers.world import World
from geo.errors import RequestError, UnknownRecordError
from geo.missions.evidence import LIVE, Known, days_of, gather_evidence
from geo.missions.medical import MedicalPost, medical_posts
from geo.missions.orders import Evidence, plan_from_json
from geo.missions.overtaken import Change, changes_since
from geo.missions.plans import Plan
from geo.model import Season


def row_of(world: World, mission_id: str) -> dict[Any, Any]:
    """Record of a mission. Raises :class:`UnknownRecordError` where there is none."""
    rows = world.records("missions")
    found = rows.loc[rows["mission_id"].eq(mission_id).to_numpy(dtype=bool)]
    if found.empty:
        raise UnknownRecordError(f"no mission {mission_id!r} is on record; see the calendar for ids")
    return dict(found.iloc[0].to_dict())


def mission_row(world: World, mission_id: str) -> tuple[dict[Any, Any], Plan, Evidence]:
    """Record of a mission with its plan and the evidence it was signed on; before the gate.

    Raises
    ------
    UnknownRecordError
        When there is no such mission.
    RequestError
        When no plan is on its record.
    """
    row = row_of(world, mission_id)
    if not isinstance(row["plan"], str):
        raise RequestError(f"no plan is on the record of {mission_id}; plan it here and sign it, then print its order")
    return (row, *plan_from_json(row["plan"]))


def season_on(world: World, day: dt.date) -> Season:
    """Season of a day by ``[seasons]``."""
    return Season.WET if day.month in world.settings.seasons.wet_months else Season.DRY


def known_of(world: World, plan: Plan, as_of: dt.date, *, mission_id: str = "") -> Known:
    """Where the evidence of a plan is looked up: roads and bases of each of its days, and the edited tables."""
    fleet = world.records("fleet")
    kinds = fleet.loc[fleet["vehicle_id"].isin(plan.vehicle_ids), "vehicle"].unique().tolist()
    vehicles = sorted({str(kind) for kind in kinds} & set(world.settings.vehicles)) or ["4x4"]
    driven = {leg.day for leg in plan.legs if leg.segment_ids}
    mapped = not world.roads.empty
    missions = world.records("missions")
    return Known(
        as_of=as_of,
        network=world.network if mapped else None,
        roads={
            day: tuple(world.passability(day, season=season_on(world, day), vehicle=kind) for kind in vehicles)
            for day in (sorted(driven) if mapped else [])
        },
        bases={day: world.bases_at(day) for day in days_of(plan)},
        base_records=world.base_tables[0],
        constraints=world.records("constraints"),
        road_reports=world.records("road_reports"),
        requests=world.records("requests"),
        staff=world.records("staff"),
        fleet=fleet,
        partners=world.partners,
        missions=missions.loc[missions["mission_id"].ne(mission_id).to_numpy(dtype=bool)],
    )


def posts_near(world: World, plan: Plan, known: Known) -> tuple[MedicalPost, ...]:
    """Medical posts within reach of the way, on the day of departure."""
    if known.network is None or not known.roads:
        return ()
    first = min(known.roads)
    return medical_posts(
        known.network,
        known.roads[first][0].minutes,
        known.bases[plan.departs_on],
        plan,
        within_min=world.settings.orders.medical_within_min,
        settings=world.settings.network,
    )


def evidence_of(world: World, plan: Plan, as_of: dt.date, *, mission_id: str = "") -> Evidence:
    """What a plan relies on as it stands in this world."""
    known = known_of(world, plan, as_of, mission_id=mission_id)
    posts = tuple(post.base_id for post in posts_near(world, plan, known))
    return gather_evidence(plan, known, settings=world.settings, medical=posts)


def changes_of(world: World, mission_id: str, as_of: dt.date) -> tuple[Change, ...]:
    """What changed since a mission was signed; nothing of one that is not signed, or over on the day."""
    row = row_of(world, mission_id)
    if not may_be_overtaken(row, as_of) or not isinstance(row["plan"], str):
        return ()
    plan, then = plan_from_json(row["plan"])
    known = known_of(world, plan, as_of, mission_id=mission_id)
    now = gather_evidence(plan, known, settings=world.settings, medical=then.bases_for("medical"))
    return changes_since(plan, then, now, settings=world.settings)


def may_be_overtaken(row: dict[Any, Any], as_of: dt.date) -> bool:
    """Whether a mission is signed and not over on a day; its last day still counts."""
    return row["status"] in LIVE and row["returns_on"].date() >= as_of


def base_names(world: World) -> dict[str, str]:
    """Name of every base on record, open or closed, by id."""
    own, shown = world.base_tables
    published = shown.rename(columns={"base_name": "name"})[["base_id", "name"]].drop_duplicates("base_id")
    both = pd.concat([published, own[["base_id", "name"]]])
    return dict(zip(both["base_id"].astype(str), both["name"].astype(str), strict=True))


def partner_of_post(world: World) -> dict[str, str]:
    """Organisation of each post, by name."""
    names = dict(zip(world.partners["partner_id"], world.partners["name"], strict=True))
    staff = world.records("staff")
    return {
        str(post): str(names.get(partner, partner))
        for post, partner in zip(staff["staff_id"], staff["partner_id"], strict=True)
    }
