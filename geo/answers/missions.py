"""Joint missions on record: signing a plan, what changed since, and what came of each stop."""

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.answers.mission_records import base_names, changes_of, evidence_of, mission_row, partner_of_post, row_of
from geo.answers.world import World
from geo.errors import RequestError, StaleVersionError, WithheldError
from geo.missions.aftermath import Result, replanned, request_after, road_records, visit_record
from geo.missions.calendar import parts_of
from geo.missions.evidence import LIVE
from geo.missions.orders import plan_as_json, plan_from_json
from geo.missions.overtaken import Change, is_overtaken
from geo.missions.plans import Plan
from geo.model import Audience
from geo.redaction import Cleared, clear, may_see
from geo.workspace import Workspace

CHANGE_COLUMNS = [
    "mission_id",
    "kind",
    "matters",
    "day",
    "leg",
    "table",
    "record_id",
    "delay_min",
    "told_en",
    "told_fr",
]
_DONE = ("done", "cancelled")
_SPOKEN = {"draft": "is a draft again", "under_way": "under way"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SignRequest:
    """A plan a person puts a role and a reason to, and the version of the mission they looked at."""

    plan: Plan
    role: str  # no person's name
    reason: str
    signed_on: dt.date
    mission_id: str = ""  # empty = a new mission, whose id is made
    version: int = 0  # 0 where there is no such mission yet


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsRequest:
    """What came of the stops of a mission, as one role reports it."""

    mission_id: str
    results: tuple[Result, ...]
    source: str  # organisation or role that reports; no person's name
    reason: str
    version: int | None = None  # of the mission as it was looked at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MissionsAnswer:
    """Missions on record on a day, by departure, and what overtakes those that are signed."""

    as_of: dt.date
    missions: Cleared
    changes: Cleared  # one row per change of a signed mission not yet over; what matters first


def sign_mission(workspace: Workspace, world: World, request: SignRequest, *, audience: Audience) -> tuple[str, int]:
    """Sign a plan: one revision of the mission with the plan and the evidence it relies on; return id and version.

    Raises
    ------
    WithheldError
        When the audience may not see the legs of missions, and so cannot know what it signs.
    RequestError
        When role or reason is missing, the plan breaks a rule or serves nothing, or the mission is over.
    StaleVersionError
        When somebody changed the mission since the version looked at; both are told.
    """
    if not request.role.strip() or not request.reason.strip():
        raise RequestError("a sign-off needs a role and a reason; write both, e.g. head of field office")
    if request.plan.breaches:
        raise RequestError(f"the plan cannot be signed: {'; '.join(request.plan.breaches)}; change the team first")
    signed = {
        "status": "signed",
        "signed_role": request.role.strip(),
        "signed_on": request.signed_on.isoformat(),
        "sign_reason": request.reason.strip(),
    }
    return _keep(workspace, world, request, signed, audience=audience)


def keep_draft(workspace: Workspace, world: World, request: SignRequest, *, audience: Audience) -> tuple[str, int]:
    """Keep a plan as a draft, so that it stands on the calendar; role and sign-off stay empty. Raises as signing does."""
    if not request.reason.strip():
        raise RequestError("give a reason; it stands beside the draft for good")
    blank = dict.fromkeys(("signed_role", "signed_on", "sign_reason"), "")
    return _keep(workspace, world, request, {"status": "draft", **blank}, audience=audience)


def _keep(
    workspace: Workspace, world: World, request: SignRequest, sign: Mapping[str, str], *, audience: Audience
) -> tuple[str, int]:
    plan = request.plan
    if not may_see("mission_legs", "geometry", audience=audience, settings=world.settings):
        raise WithheldError(f"the audience {audience} may not see where missions go, and so signs none")
    if not plan.visits or not plan.legs:
        raise RequestError("the plan visits nothing; choose at least one request it can serve")
    strange = sorted(set(plan.request_ids) - set(world.records("requests")["request_id"]))
    if strange:
        raise RequestError(f"no request {', '.join(strange)} is on record; plan again")
    held = row_of(world, request.mission_id) if request.mission_id and request.version else None
    if held is not None and held["status"] in _DONE:
        raise RequestError(f"{request.mission_id} is {held['status']}; plan a new mission")
    mission_id = request.mission_id or f"mission-{secrets.token_hex(4)}"
    evidence = evidence_of(world, plan, request.signed_on, mission_id=mission_id)
    values = {
        "mission_id": mission_id,
        "mode": plan.mode,
        "base_id": plan.base_id,
        "departs_on": plan.departs_on.isoformat(),
        "returns_on": plan.returns_on.isoformat(),
        "request_ids": ";".join(plan.request_ids),
        "staff_ids": ";".join(plan.staff_ids),
        "vehicle_ids": ";".join(plan.vehicle_ids),
        "escort_base_id": plan.escort_base_id or "",
        "escort_slots": str(plan.escort_slots),
        "plan": plan_as_json(plan, evidence),
        **sign,
    }
    try:
        return _write(workspace, world, values, reason=request.reason, version=request.version)
    except StaleVersionError as error:
        if f"missions {mission_id}" not in str(error):  # a request it serves was changed meanwhile
            raise
        raise StaleVersionError(_both(workspace, mission_id, request)) from error


def edit_mission(
    workspace: Workspace, world: World, values: Mapping[str, Any], *, reason: str, version: int | None = None
) -> tuple[str, int]:
    """Set fields of a mission on record, e.g. that it is cancelled; its requests follow. Return its id and version.

    Parameters
    ----------
    values
        Its ``mission_id``, and the fields to set.
    version
        The one looked at; ``None`` = do not ask.

    Raises
    ------
    UnknownRecordError, SchemaError, StaleVersionError, RequestError
        As :meth:`geo.workspace.Workspace.edit`.
    """
    row_of(world, str(values["mission_id"]))
    return _write(workspace, world, values, reason=reason, version=version)


def _write(
    workspace: Workspace, world: World, values: Mapping[str, Any], *, reason: str, version: int | None
) -> tuple[str, int]:
    """Write a mission and, in the same transaction, what its requests become by it."""
    missions, requests = world.records("missions"), world.records("requests").set_index("request_id")
    mission_id = str(values["mission_id"])
    own = missions["mission_id"].eq(mission_id).to_numpy(dtype=bool)
    held = missions.loc[own].to_dict("records")[0] if own.any() else {}
    others = missions.loc[~own & missions["status"].isin(LIVE).to_numpy(dtype=bool), "request_ids"]
    status, named = (values.get(name, held.get(name)) for name in ("status", "request_ids"))
    over = status == "done"  # then the results tell what becomes of its requests
    after = replanned(
        {str(one): str(word) for one, word in requests["status"].items()},
        served=parts_of(named) if status in LIVE else (),
        served_before=() if over else parts_of(held.get("request_ids")),
        elsewhere=[request for one in others for request in parts_of(one)],
    )
    changes = [
        ("missions", values),
        *(("requests", {"request_id": one, "status": after[one]}) for one in sorted(after)),
    ]
    versions = {("requests", one): int(str(requests.loc[one, "version"])) for one in after}
    return workspace.record_all(
        changes,
        reason=reason,
        reasons={"requests": f"mission {mission_id} {_SPOKEN.get(str(status), str(status))}"},
        expect_versions=versions | ({} if version is None else {("missions", mission_id): version}),
    )[0]


def _both(workspace: Workspace, mission_id: str, request: SignRequest) -> str:
    """What stands of a mission and what somebody wanted to sign, side by side and without the plans themselves."""
    rows = {int(row["version"]): row for row in workspace.history("missions", mission_id).to_dict("records")}
    newest = max(rows)
    seen = rows.get(request.version)
    mine = "no such mission" if seen is None else f"version {request.version}: {_spoken(seen)}"
    return (
        f"{mission_id} was changed meanwhile. It stands at version {newest}: {_spoken(rows[newest])}. "
        f"You looked at {mine}, and meant to sign plan {request.plan.label} from {request.plan.departs_on} "
        f"to {request.plan.returns_on}. Look at both and sign again"
    )


def _spoken(row: Mapping[Any, Any]) -> str:
    signed = f" by {row['signed_role']} on {row['signed_on'].date()}" if isinstance(row["signed_role"], str) else ""
    label = ""
    if isinstance(row["plan"], str):
        label = f", plan {plan_from_json(row['plan'])[0].label}"
    return f"{row['status']}{signed}{label}, {row['departs_on'].date()} to {row['returns_on'].date()}"


def record_results(
    workspace: Workspace, world: World, request: ResultsRequest, *, audience: Audience
) -> list[tuple[str, int]]:
    """Store what came of each stop, and what follows, in one transaction: all of it or nothing.

    Visits, the status of the requests, what was seen of the roads driven, and the mission as done. The referral of
    children to services is not touched.

    Raises
    ------
    WithheldError
        When the audience may not see requests by code.
    RequestError
        When nothing is told, no reason is given, a request is told twice, is not of the mission, or is told of
        another site than planned.
    StaleVersionError
        When somebody changed the mission since the version looked at.
    """
    if not may_see("missions", "request_ids", audience=audience, settings=world.settings):
        raise WithheldError(f"the audience {audience} may not see the requests of missions, and so reports none")
    row = row_of(world, request.mission_id)
    if request.version is not None and request.version != row["version"]:
        raise StaleVersionError(f"somebody changed {request.mission_id} meanwhile; read it again")
    _check_results(row, request)
    requests = world.records("requests").set_index("request_id", drop=False)
    changes: list[tuple[str, Mapping[str, Any]]] = []
    looked_at = {("missions", request.mission_id): int(row["version"])}
    for result in request.results:
        changes.append(("visits", visit_record(request.mission_id, result, source=request.source)))
        if after := request_after(requests.loc[result.request_id].to_dict(), result):
            changes.append(("requests", {"request_id": result.request_id, **after}))
            looked_at["requests", result.request_id] = int(str(requests.loc[result.request_id, "version"]))
    plan = mission_row(world, request.mission_id)[1] if isinstance(row["plan"], str) else None
    if plan is not None:
        fleet = world.records("fleet").set_index("vehicle_id")["vehicle"]
        kinds = [str(fleet[vehicle]) for vehicle in plan.vehicle_ids if vehicle in fleet.index]
        roads = road_records(request.mission_id, plan, request.results, vehicles=kinds)
        changes += [("road_reports", report) for report in roads]
    changes.append(("missions", {"mission_id": request.mission_id, "status": "done"}))
    return workspace.record_all(changes, reason=request.reason, expect_versions=looked_at)


def _check_results(row: Mapping[Any, Any], request: ResultsRequest) -> None:
    if not request.results:
        raise RequestError("tell what came of at least one stop")
    if row["status"] == "cancelled":
        raise RequestError(f"{request.mission_id} was cancelled; what came of it cannot be told")
    told = [result.request_id for result in request.results]
    strange = sorted(set(told) - set(parts_of(row["request_ids"])))
    if strange or len(set(told)) < len(told):
        wrong = f"not of {request.mission_id}: {', '.join(strange)}" if strange else "told twice"
        raise RequestError(f"results are told once for each request of the mission; {wrong}")
    if isinstance(row["plan"], str):
        sites = {name: visit.site_id for visit in plan_from_json(row["plan"])[0].visits for name in visit.request_ids}
        moved = [r.request_id for r in request.results if sites.get(r.request_id, r.site_id) != r.site_id]
        if moved:
            raise RequestError(f"the plan visits {moved[0]} at {sites[moved[0]]}; correct the site of the result")


def answer_missions(world: World, as_of: dt.date, *, audience: Audience) -> MissionsAnswer:
    """List missions with who goes and where they stand; those overtaken are marked with what changed."""
    names, partners = base_names(world), partner_of_post(world)
    rows, told = [], []
    for row in _ordered(world).to_dict("records"):
        mission_id, requests = str(row["mission_id"]), parts_of(row["request_ids"])
        changes = changes_of(world, mission_id, as_of)
        plan = plan_from_json(row["plan"])[0] if isinstance(row["plan"], str) else None
        team = {partners.get(post, "") for post in parts_of(row["staff_ids"])} - {""}
        rows.append(
            {
                **{name: row[name] for name in _CARRIED},
                "version": row.get("version", 0),
                "base": names.get(str(row["base_id"]), str(row["base_id"])),
                "requests": len(requests),
                "organisations": "; ".join(sorted(team)),
                "label": None if plan is None else plan.label,
                "stops": None if plan is None else len(plan.visits),
                "overtaken": is_overtaken(changes),
            }
        )
        told += [change_row(mission_id, change) for change in changes]
    return MissionsAnswer(
        as_of=as_of,
        missions=_clear(world, pd.DataFrame(rows, columns=[*_CARRIED, *_ADDED]), "missions", audience),
        changes=_clear(world, pd.DataFrame(told, columns=CHANGE_COLUMNS), "mission_changes", audience),
    )


def _ordered(world: World) -> pd.DataFrame:
    return world.records("missions").sort_values(["departs_on", "mission_id"])


def ordered_ids(world: World) -> list[str]:
    """Ids of the missions in the order :func:`answer_missions` lists them; before the gate."""
    return [str(one) for one in _ordered(world)["mission_id"]]


_CARRIED = (
    "mission_id",
    "status",
    "mode",
    "base_id",
    "departs_on",
    "returns_on",
    "request_ids",
    "staff_ids",
    "vehicle_ids",
    "escort_base_id",
    "escort_slots",
    "signed_role",
    "signed_on",
    "sign_reason",
)
_ADDED = ("version", "base", "requests", "organisations", "label", "stops", "overtaken")


def change_row(mission_id: str, change: Change) -> list[Any]:
    """Return a change as a row of ``mission_changes``; legs are counted from 1."""
    return [
        mission_id,
        change.kind,
        change.matters,
        pd.Timestamp(change.day) if change.day is not None else pd.NaT,
        None if change.leg is None else change.leg + 1,
        change.table,
        change.record_id,
        change.delay_min,
        change.told("en"),
        change.told("fr"),
    ]


def answer_changes_of(world: World, mission_id: str, as_of: dt.date, *, audience: Audience) -> Cleared:
    """Return what changed since one mission was signed."""
    rows = [change_row(mission_id, change) for change in changes_of(world, mission_id, as_of)]
    return _clear(world, pd.DataFrame(rows, columns=CHANGE_COLUMNS), "mission_changes", audience)


def _clear(world: World, frame: pd.DataFrame, view: str, audience: Audience, count: str | None = None) -> Cleared:
    return clear(frame, view=view, audience=audience, settings=world.settings, count_column=count)
