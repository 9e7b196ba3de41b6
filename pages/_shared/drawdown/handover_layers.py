"""Map layers of the Handover view, each from a cleared table."""

import datetime as dt

from geo.layers.spec import Field, PointLayer
from geo.layers.style import Kinds, SymbolName
from geo.redaction import Cleared
from pages._shared.maps import facts

CLOSING = "Bases that close"  # title of the layer whose signs are bases with duties
_SIGNS: dict[str, SymbolName] = {
    "orphaned": "late",
    "missing": "soon",
    "late": "in_time",
    "on_course": "in_time",
    "handed_over": "in_time",
    "none": "in_time",
}
_HEIRS = "closes; each duty has somebody"
_LABELS = {
    "orphaned": "duties fall to nobody (how many)",
    "missing": "duties nobody wrote down (how many)",
    **dict.fromkeys(("late", "on_course", "handed_over", "none"), _HEIRS),
}


def closing(bases: Cleared, day: dt.date) -> PointLayer:
    """Bases that close or have closed, by their worst duty; beside the name, how many fall to nobody."""
    present = set(bases.frame["worst"].astype(str)) if "worst" in bases.columns else set()
    return PointLayer(
        **facts(bases, day, "duties", "bases", "base_years"),
        title=CLOSING,
        unit="by their worst duty",
        symbol=Kinds(
            column="worst",
            styles={word: sign for word, sign in _SIGNS.items() if word in present} or {"none": "in_time"},
            labels=_LABELS,
        ),
        label="label",
        importance="nobody",
        id_column="base_id",
        tooltip=(
            Field(column="base"),
            Field(column="days_left", label="days to its closing", decimals=0),
            Field(column="orphaned", label="orphaned", decimals=0),
            Field(column="missing", label="missing", decimals=0),
            Field(column="late", label="late", decimals=0),
            Field(column="on_course", label="on course", decimals=0),
            Field(column="handed_over", label="handed over", decimals=0),
        ),
    )
