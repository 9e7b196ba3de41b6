"""The section about before and after a closure."""

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from geo.settings.section import NotNegative, Positive, Scales, Section, Share


class EffectSettings(Section):
    """When a change after a closure is called one, and what real closures are compared with."""

    significance: Annotated[float, Field(gt=0, lt=0.5)]
    block_months: Annotated[int, Field(ge=1, le=12)]
    unit_scatter: NotNegative  # variance of a unit's month is mean + this times mean squared
    shock_memories: Annotated[tuple[float, ...], Field(min_length=1)]  # correlation from one month to the next
    shock_sizes: Scales  # standard deviation of the log of the ratio of both sides
    dispersions: Scales  # variance of a month's count as a multiple of the binomial one
    least_months: Annotated[int, Field(ge=4)]
    least_reports: Annotated[int, Field(ge=1)]
    wide_factor: Annotated[float, Field(gt=1)]
    pre_trend_p: Share
    reach_loss_share: Annotated[float, Field(ge=0, lt=1)]
    reach_collapse_share: Annotated[float, Field(gt=0, lt=1)]
    reach_error_most: Annotated[float, Field(ge=1)]
    placebo_dates: Annotated[int, Field(ge=0, le=12)]
    radius_km: Positive
    months_before: Annotated[int, Field(ge=12)]
    months_after: Annotated[int, Field(ge=6)]
    comparison_places: Annotated[int, Field(ge=2)]
    least_reach: Annotated[float, Field(gt=0, le=1)]

    @field_validator("shock_memories")
    @classmethod
    def _are_correlations(cls, memories: tuple[float, ...]) -> tuple[float, ...]:
        if not all(0 <= memory < 1 for memory in memories):
            raise ValueError("each must be at least 0 and below 1")
        return memories

    @model_validator(mode="after")
    def _collapse_lies_beyond_loss(self) -> "EffectSettings":
        if self.reach_collapse_share > 1 - self.reach_loss_share:
            raise ValueError("reach_collapse_share must not exceed 1 - reach_loss_share")
        return self
