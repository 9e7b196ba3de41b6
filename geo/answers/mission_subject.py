"""One mission with its plan and all that its tables are made from. It stands before the gate."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from geo.answers.mission_places import Places, places_of
from geo.answers.mission_records import known_of, may_be_overtaken, mission_row, posts_near
from geo.answers.world import World
from geo.missions.evidence import Known, gather_evidence
from geo.missions.medical import MedicalPost
from geo.missions.orders import Evidence
from geo.missions.overtaken import Change, changes_since
from geo.missions.plans import Plan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """What the makers of tables look at."""

    world: World
    row: dict[Any, Any]
    plan: Plan
    signed: Evidence
    now: Evidence
    known: Known
    posts: tuple[MedicalPost, ...]
    places: Places
    changes: tuple[Change, ...]
    as_of: dt.date


def subject_of(world: World, mission_id: str, as_of: dt.date) -> Subject:
    """Look a mission up with its plan, the evidence of its signature and what stands now. Raises as ``mission_row``."""
    row, plan, signed = mission_row(world, mission_id)
    known = known_of(world, plan, as_of, mission_id=mission_id)
    now = gather_evidence(plan, known, settings=world.settings, medical=signed.bases_for("medical"))
    told = changes_since(plan, signed, now, settings=world.settings) if may_be_overtaken(row, as_of) else ()
    return Subject(
        world=world,
        row=row,
        plan=plan,
        signed=signed,
        now=now,
        known=known,
        posts=posts_near(world, plan, known),
        places=places_of(world),
        changes=told,
        as_of=as_of,
    )
