"""What a sealed package may hold: one base's duties handed to one receiver, and the records they name; cleared.

The bytes are made in :mod:`geo.exports.handover_package`. That a package left is written on its duties first.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.answers.duty_records import duties_for
from geo.answers.mission_records import base_names
from geo.answers.world import World
from geo.drawdown.missing_duties import records_in
from geo.errors import RequestError, UnknownRecordError, WithheldError
from geo.model import Audience
from geo.redaction import Cleared, clear, sees_any
from geo.workspace import Workspace

HANDED = ("planned", "agreed", "sealed", "handed_over")  # statuses of duties that a receiver may be given
OPEN_HEAD = "sealed package "  # what the reason of each revision begins with
# Kind of duty -> table of the package that tells of the records it names, in which table they are, and their key.
_NAMED = {
    "package_requests": (("open_request",), "requests", "request_id"),
    "package_vehicles": (("vehicle",), "fleet", "vehicle_id"),
    "package_actors": (("negotiation_mandate", "focal_point_role", "monitoring_task"), "actors", "actor_id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRequest:
    """Which base hands what to whom, and why it leaves now."""

    base_id: str
    receiver: str  # organisation, as it stands on the duties
    as_of: dt.date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackageAnswer:
    """Contents of a package, cleared for the audience its receiver is trusted as."""

    request: PackageRequest
    audience: Audience
    base: str
    snapshot: str  # version of the workspace it was taken from
    tables: Mapping[str, Cleared]  # by name of the file in the package
    duty_ids: tuple[str, ...]
    versions: Mapping[str, int]  # of the duties, as they were looked at

    def facts(self) -> dict[str, Any]:
        """What the manifest says of the whole: scope, audience, day, state of the workspace, reason."""
        return {
            "base_id": self.request.base_id,
            "base": self.base,
            "receiver": self.request.receiver,
            "audience": str(self.audience),
            "scope": "duties of this base handed to this receiver, and the records they name",
            "duty_ids": list(self.duty_ids),
            "as_of": self.request.as_of.isoformat(),
            "snapshot": self.snapshot,
            "reason": self.request.reason.strip(),
        }


def receivers_of(world: World, base_id: str, *, audience: Audience) -> tuple[str, ...]:
    """Organisations to which a base hands something over; none for who may not see duties."""
    if not sees_any("package_duties", audience=audience, settings=world.settings):
        return ()
    rows = _handed(world, base_id, audience)
    return tuple(sorted(rows["receiver"].dropna().astype(str).unique()))


def answer_package(world: World, request: PackageRequest, *, audience: Audience) -> PackageAnswer:
    """Gather what a receiver may have, and nothing else.

    Raises
    ------
    WithheldError
        When the audience may see nothing of a package.
    RequestError
        When no reason is given, or the base hands nothing to the receiver that the audience may see.
    UnknownRecordError
        When the base is not on record.
    """
    settings = world.settings
    if not sees_any("package_duties", audience=audience, settings=settings):
        raise WithheldError(f"the audience {audience} may have nothing of a package; choose another audience")
    if not request.reason.strip():
        raise RequestError("give a reason; without one nothing is sealed")
    names = base_names(world)
    if request.base_id not in names:
        raise UnknownRecordError(f"no base {request.base_id!r} is on record; check its id")
    rows = _handed(world, request.base_id, audience)
    rows = rows.loc[rows["receiver"].eq(request.receiver).fillna(value=False).to_numpy(dtype=bool)]
    if rows.empty:
        raise RequestError(
            f"{request.base_id} hands nothing to {request.receiver!r} that {audience} may see; nothing was sealed"
        )
    base = names[request.base_id]
    tables = {"package_duties": rows.assign(base=base)} | _named_records(world, rows, base)
    cleared = {view: clear(frame, view=view, audience=audience, settings=settings) for view, frame in tables.items()}
    return PackageAnswer(
        request=request,
        audience=audience,
        base=base,
        snapshot=world.version,
        tables={view.removeprefix("package_"): table for view, table in cleared.items()},
        duty_ids=tuple(rows["duty_id"].astype(str)),
        versions=dict(zip(rows["duty_id"].astype(str), rows["version"].astype(int), strict=True)),
    )


def _handed(world: World, base_id: str, audience: Audience) -> pd.DataFrame:
    """Duties of a base that somebody takes over, as far as the audience may know of them."""
    rows = duties_for(world, audience)
    chosen = rows["base_id"].eq(base_id) & rows["status"].isin(HANDED) & rows["receiver"].notna()
    handed: pd.DataFrame = rows.loc[chosen.to_numpy(dtype=bool)].sort_values("duty_id")
    return handed


def _named_records(world: World, duties: pd.DataFrame, base: str) -> dict[str, pd.DataFrame]:
    """Records the duties name, by view; tables without a row are left out."""
    found: dict[str, pd.DataFrame] = {}
    for view, (kinds, table, key) in _NAMED.items():
        named = records_in(duties.loc[duties["kind"].isin(kinds).to_numpy(dtype=bool), "record_ids"])
        records = world.records(table)
        rows = records.loc[records[key].isin(named).to_numpy(dtype=bool)].sort_values(key)
        if len(rows):
            found[view] = rows
    if duties["kind"].eq("alert_network").any():
        known = pd.concat([part for part in world.base_tables if len(part)])
        place = known.loc[known["base_id"].isin(duties["base_id"]).to_numpy(dtype=bool)].head(1)
        if len(place):
            found["package_networks"] = place[["base_id", "longitude", "latitude"]].assign(base=base)
    return found


def record_sealed(workspace: Workspace, package: PackageAnswer, *, sha256: str) -> list[tuple[str, int]]:
    """Write on each duty that its package was sealed, when and with which checksum, all or none; ids and versions.

    What is handed over already stays so. To be called before the package leaves, so that none leaves unrecorded.

    Raises
    ------
    StaleVersionError
        When somebody changed one of the duties since the package was gathered.
    """
    handed = package.tables["duties"].frame.set_index("duty_id")["status"]
    changes = []
    for duty_id in package.duty_ids:
        values = {
            "duty_id": duty_id,
            "sealed_on": package.request.as_of.isoformat(),
            "sealed_sha256": sha256,
        }
        if handed[duty_id] != "handed_over":
            values["status"] = "sealed"
        changes.append(("duties", values))
    told = f"{OPEN_HEAD}for {package.request.receiver}, as {package.audience}: {package.request.reason.strip()}"
    expected = {("duties", duty_id): version for duty_id, version in package.versions.items()}
    return workspace.record_all(changes, reason=told, expect_versions=expected)
