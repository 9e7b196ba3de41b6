"""What every section of ``config.toml`` is made of."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Scales = Annotated[tuple[Positive, ...], Field(min_length=1)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Section(BaseModel):
    """Frozen; an unknown key refuses to start."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)
