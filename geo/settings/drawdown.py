"""The sections about scenarios of a drawdown and about closing orders."""

from typing import Annotated

from pydantic import Field, field_validator

from geo.schema.words import CAPABILITIES, THINNINGS
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
