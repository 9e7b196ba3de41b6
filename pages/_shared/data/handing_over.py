"""The handover ledger, checklists, and sealed packages; a package is made anew each time and kept nowhere."""

import datetime as dt
import hashlib
from dataclasses import dataclass, field

import streamlit as st

from geo.answers.handover import HandoverAnswer, HandoverRequest, answer_handover
from geo.answers.handover_checklist import AdoptRequest, adopt_checklist, answer_checklist
from geo.answers.handover_package import PackageRequest, answer_package, receivers_of, record_sealed
from geo.drawdown.handover import DUTY_STATES
from geo.drawdown.scenarios import Scenario
from geo.exports.handover_package import Lock, seal_package
from geo.model import Audience
from geo.redaction import Cleared
from pages._shared.data.opening import require_now, version, workspace, world_at

__all__ = ["DUTY_STATES", "AdoptRequest", "HandoverRequest", "Lock", "PackageRequest", "Scenario"]


@st.cache_resource(max_entries=16, show_spinner="Reading the ledger …")
def _handover(version: str, request: HandoverRequest, audience: Audience) -> HandoverAnswer:
    return answer_handover(world_at(version), request, audience=audience)


def handover(request: HandoverRequest, audience: Audience) -> HandoverAnswer:
    """Where duties stand on a day."""
    return _handover(version(), request, audience)


def checklist(base_id: str, as_of: dt.date, audience: Audience) -> Cleared:
    """Lines of the template that a base lacks."""
    return answer_checklist(world_at(version()), base_id, as_of, audience=audience)


def adopt(request: AdoptRequest, audience: Audience) -> list[tuple[str, int]]:
    """Write lines of the template as duties of a base."""
    require_now("adopt the checklist")
    return adopt_checklist(workspace(), world_at(version()), request, audience=audience)


def receivers(base_id: str, audience: Audience) -> tuple[str, ...]:
    """Organisations that take something over of a base."""
    return receivers_of(world_at(version()), base_id, audience=audience)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPackage:
    """A package as it leaves: encrypted."""

    file_name: str
    content: bytes = field(repr=False)
    sha256: str
    duties: int
    tables: tuple[str, ...]


def seal(request: PackageRequest, lock: Lock, audience: Audience) -> SealedPackage:
    """Seal what a receiver takes over; that it left is recorded before it does."""
    require_now("seal a package")
    package = answer_package(world_at(version()), request, audience=audience)
    content = seal_package(package.tables, lock, facts=package.facts())
    sha256 = hashlib.sha256(content).hexdigest()
    record_sealed(workspace(), package, sha256=sha256)
    return SealedPackage(
        file_name=f"piste-handover-{request.base_id}-{request.as_of.isoformat()}.age",
        content=content,
        sha256=sha256,
        duties=len(package.duty_ids),
        tables=tuple(package.tables),
    )
