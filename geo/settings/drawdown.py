"""The section about scenarios of a drawdown."""

from typing import Annotated

from pydantic import Field, field_validator

from geo.schema.words import CAPABILITIES, THINNINGS
from geo.settings.section import Section


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
