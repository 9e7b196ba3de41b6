"""Map layers of the Order view, each from a cleared table."""

import datetime as dt

from geo.layers.spec import Field, PointLayer
from geo.layers.style import Alike
from geo.redaction import Cleared
from pages._shared.maps import facts


def staying(bases: Cleared, day: dt.date, *, step: int, steps: int) -> PointLayer:
    """Bases still open after a step; the number before a name is its place in the order."""
    later = [0, *range(step + 1, steps + 1)]
    return PointLayer(
        **facts(bases, day, "bases", "base_years"),
        title="Open",
        unit="bases",
        symbol=Alike(style="base", label="open; number: closes at this step"),
        label="label",
        id_column="base_id",
        where={"step": later},
        tooltip=(Field(column="name"), Field(column="step", label="closes at step (0: stays)")),
    )


def closed(bases: Cleared, day: dt.date, *, step: int) -> PointLayer:
    """Bases closed by a step."""
    return PointLayer(
        **facts(bases, day, "bases", "base_years"),
        title="Closed",
        unit="bases",
        symbol=Alike(style="closing", label="closed by this step"),
        label="label",
        id_column="base_id",
        where={"step": list(range(1, step + 1))},
        tooltip=(Field(column="name"), Field(column="step", label="closed at step")),
    )


def lost(sites: Cleared, day: dt.date, *, step: int) -> PointLayer:
    """Sites whose last base within the limit closed by a step."""
    return PointLayer(
        **facts(sites, day, "sites", "places"),
        title="Sites lost",
        unit="sites",
        modelled=True,
        symbol=Alike(style="lost", label="site that lost its last base"),
        importance="people",
        where={"lost_at": list(range(1, step + 1))},
        tooltip=(
            Field(column="site"),
            Field(column="people", label="people"),
            Field(column="before_min", label="minutes from the nearest base today", decimals=0),
            Field(column="reached_by", label="bases within the limit today", decimals=0),
            Field(column="last_base", label="last of them to close"),
            Field(column="lost_at", label="at step", decimals=0),
        ),
    )


def places(table: Cleared, day: dt.date, *, best: list[str]) -> PointLayer:
    """Places where one more base adds most."""
    return PointLayer(
        **facts(table, day, "sites", "places"),
        title="One more base",
        unit="places",
        modelled=True,
        symbol=Alike(style="goal", label="where one more base adds most"),
        label="place",
        importance="adds_at_step",
        where={"place": best},
        tooltip=(Field(column="place"), Field(column="adds_at_step", label="adds", decimals=0)),
    )
