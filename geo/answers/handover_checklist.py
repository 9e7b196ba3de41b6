"""The template with which a base's ledger begins: what of it a base lacks, and adopting it as planned duties."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from geo.answers.duty_records import duties_for
from geo.answers.handover import HandoverRequest, lives_on
from geo.answers.world import World
from geo.drawdown.bundles import has_capability
from geo.errors import RequestError, UnknownRecordError, WithheldError
from geo.model import Audience
from geo.redaction import Cleared, clear, may_see
from geo.schema import BASES
from geo.workspace import Workspace

_COLUMNS = ["item", "kind", "what", "days_before"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptRequest:
    """Lines of the template that a base adopts, and why; no line named means all it lacks."""

    base_id: str
    as_of: dt.date
    reason: str
    items: tuple[str, ...] = ()


def answer_checklist(world: World, base_id: str, as_of: dt.date, *, audience: Audience) -> Cleared:
    """Lines of the template for whose kind a base has no duty yet, and whose capability it has.

    Raises
    ------
    UnknownRecordError
        When the base is not on record.
    """
    rows = _lacking(world, base_id, as_of, audience)
    return clear(rows, view="handover_checklist", audience=audience, settings=world.settings)


def _lacking(world: World, base_id: str, as_of: dt.date, audience: Audience) -> pd.DataFrame:
    base = _base(world, base_id, as_of)
    gives = {name for name in _capabilities(world) if has_capability(base, name).any()}
    told = world.records("duties")
    kinds = set(told.loc[told["base_id"].eq(base_id).to_numpy(dtype=bool), "kind"])
    # A kind the audience may not know of is not offered to it, whether the base has it or not.
    hidden = set(world.records("duties")["kind"]) - set(duties_for(world, audience)["kind"])
    if not may_see("handover_sensitive", "kind", audience=audience, settings=world.settings):
        hidden |= set(world.settings.handover.sensitive_kinds)
    rows = [
        (item, line.kind, line.text, line.days_before)
        for item, line in world.settings.handover.checklist.items()
        if line.kind not in kinds | hidden and (not line.needs or line.needs in gives)
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _capabilities(world: World) -> set[str]:
    return {line.needs for line in world.settings.handover.checklist.values() if line.needs}


def _base(world: World, base_id: str, as_of: dt.date) -> pd.DataFrame:
    """Row of a base: of the day where it is open, else of its record."""
    open_bases, own = world.bases_at(as_of), world.base_tables[0]
    for table in (open_bases, own):
        row = table.loc[table["base_id"].eq(base_id).to_numpy(dtype=bool)]
        if len(row):
            found = row[BASES.column_names].tail(1)
            # A base on record escorts where it has slots; the table of a day says so itself.
            return found.assign(escort_possible=(found["escort_slots_per_week"] > 0).fillna(value=False))
    raise UnknownRecordError("no base of that id is on record; check it")


def adopt_checklist(
    workspace: Workspace, world: World, request: AdoptRequest, *, audience: Audience
) -> list[tuple[str, int]]:
    """Write lines of the template as planned duties of a base, all or none; return their ids and versions.

    Each is due as many days before the base closes as the template says; where no end is known it has no day.

    Raises
    ------
    WithheldError
        When the audience may not edit duties.
    RequestError
        When no reason is given, there is nothing to adopt, or a line named is not offered.
    StaleVersionError
        When somebody adopted one meanwhile.
    """
    if not may_see("duty_records", "version", audience=audience, settings=world.settings):
        raise WithheldError(f"the audience {audience} may not edit duties; choose another audience")
    if not request.reason.strip():
        raise RequestError("give a reason; it stands beside the duties for good")
    offered = _lacking(world, request.base_id, request.as_of, audience)
    if strange := sorted(set(request.items) - set(offered["item"])):
        raise RequestError(f"the checklist offers {request.base_id} no {', '.join(strange)}; it has them, or cannot")
    chosen = offered.loc[offered["item"].isin(request.items)] if request.items else offered
    if chosen.empty:
        raise RequestError(f"the checklist has nothing that {request.base_id} lacks")
    changes = [("duties", values) for values in _planned(world, request, chosen, audience)]
    expected = {("duties", values["duty_id"]): 0 for _, values in changes}
    return workspace.record_all(changes, reason=request.reason, expect_versions=expected)


def _planned(world: World, request: AdoptRequest, chosen: pd.DataFrame, audience: Audience) -> list[dict[str, str]]:
    lives = lives_on(world, HandoverRequest(as_of=request.as_of), audience=audience)
    carried, holder = world.settings.handover.carried_by, _base(world, request.base_id, request.as_of)["organisation"]
    rows = []
    for line in chosen.to_dict("records"):
        closes = lives.of_duty(request.base_id, carried.get(line["kind"]))
        by = None if closes is None else closes - dt.timedelta(days=line["days_before"])
        rows.append(
            {
                "duty_id": f"{request.base_id}-{line['item']}",
                "base_id": request.base_id,
                "kind": line["kind"],
                "what": line["what"],
                "holder": str(holder.iloc[0]),
                "hand_over_by": "" if by is None else by.isoformat(),
                "funded": "unknown",
                "status": "planned",
            }
        )
    return rows
