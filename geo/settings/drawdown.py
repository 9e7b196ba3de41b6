"""The sections about a drawdown: scenarios, closing orders, and what is handed over."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from geo.schema.words import CAPABILITIES, DUTY_KINDS, THINNINGS
from geo.settings.section import Positive, Section


class DrawdownSettings(Section):
    """What leaves when a base is thinned, and what counts as an end or as an addition."""

    leaves: dict[str, tuple[str, ...]]  # thinning -> capabilities that leave with it
    funding_end_closes: bool
    mobile_team_least_days: Annotated[int, Field(ge=1, le=31)]  # a month

    @field_validator("leaves")
    @classmethod
    def _names_what_it_may(cls, leaves: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if set(leaves) != set(THINNINGS):
            raise ValueError(f"must have exactly the keys {', '.join(THINNINGS)}")
        unknown = sorted({one for gone in leaves.values() for one in gone} - set(CAPABILITIES))
        if unknown:
            raise ValueError(f"{', '.join(unknown)} is no capability; use {', '.join(CAPABILITIES)}")
        return leaves


class ClosingSettings(Section):
    """How travel minutes are counted, how hard a proof is tried for, and how fast bases close where no day is given."""

    farthest_min: Positive  # what is farther, or not reached any more, counts as this
    proof_most_groups: Annotated[int, Field(ge=100)]  # sets of bases solved for at one step; beyond, a bound
    months_apart: Annotated[int, Field(ge=1, le=24)]
    most_tried: Annotated[int, Field(ge=1, le=20_000)]  # places for one more base


class ChecklistItem(Section):
    """One line of the template with which a base's ledger begins."""

    kind: str
    text: str
    days_before: Annotated[int, Field(ge=0, le=1000)]  # the base closes
    needs: str = ""  # capability without which a base has no such duty; empty = every base has it

    @model_validator(mode="after")
    def _names_what_it_may(self) -> Self:
        if self.kind not in DUTY_KINDS:
            raise ValueError(f"{self.kind} is no kind of duty; use {', '.join(DUTY_KINDS)}")
        if self.needs and self.needs not in CAPABILITIES:
            raise ValueError(f"{self.needs} is no capability; use {', '.join(CAPABILITIES)}")
        return self


class HandoverSettings(Section):
    """When a duty is due, which are sought, and the template of a base's checklist."""

    days_before_closing: Annotated[int, Field(ge=1, le=1000)]  # where no day is recorded
    request_radius_km: Annotated[float, Field(gt=0, le=1000)]
    closed_days: Annotated[int, Field(ge=0, le=10000)]  # a base that closed longer ago is not searched any more
    passphrase_least: Annotated[int, Field(ge=8, le=200)]  # signs of a package's passphrase
    sensitive_kinds: tuple[str, ...]  # kinds of duty that only those see who may see [disclosure.handover_sensitive]
    carried_by: dict[str, str]  # kind of duty -> capability that leaves with it when a base is thinned
    checklist: dict[str, ChecklistItem]

    @model_validator(mode="after")
    def _knows_all_words(self) -> Self:
        kinds = {*self.sensitive_kinds, *self.carried_by}
        if unknown := sorted(kinds - set(DUTY_KINDS)):
            raise ValueError(f"{', '.join(unknown)} is no kind of duty; use {', '.join(DUTY_KINDS)}")
        if unknown := sorted(set(self.carried_by.values()) - set(CAPABILITIES)):
            raise ValueError(f"{', '.join(unknown)} is no capability; use {', '.join(CAPABILITIES)}")
        return self
