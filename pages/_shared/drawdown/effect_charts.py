"""Charts of the Effect view: months around a closure, and the estimate beside the same for months without one."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from geo.layers.palette import BORDER, CLOSING, COUNTS, INK, INK_2, REACH
from pages._shared import charts

NEAR, OTHER, WATCHED = COUNTS[3], BORDER, REACH[0]
_BAR_PX = 8
_LEAST, _MOST = 0.05, 20.0  # factors beyond are drawn at these
_MONTH = alt.Axis(grid=False, tickCount=6, format="%b %y", labelOverlap="greedy")


def months(table: Any, closing: Any, *, places: int, height_px: int = 150) -> None:
    """Reports a month around what closed, beside the mean of the places compared with; a line where it closed."""
    shown = table[["month", "reports", "other_reports"]].assign(
        reports=table["reports"].astype(float), other=table["other_reports"].astype(float) / max(places, 1)
    )
    base = alt.Chart(shown).encode(
        x=alt.X("month:T", title=None, axis=_MONTH),
        tooltip=[
            alt.Tooltip("yearmonth(month):T", title="month"),
            alt.Tooltip("reports:Q", title="around what closed"),
            alt.Tooltip("other:Q", title="mean of a place compared with", format=".1f"),
        ],
    )
    height = alt.Axis(tickCount=3, domain=False)
    bars = base.mark_bar(color=NEAR, size=_BAR_PX).encode(y=alt.Y("reports:Q", title=None, axis=height))
    other = base.mark_line(color=INK, strokeWidth=2, interpolate="step").encode(y="other:Q")
    charts.draw(alt.layer(bars, other, _line(closing)), height_px=height_px)


def watched(table: Any, closing: Any, *, height_px: int = 70) -> None:
    """Share of the land around that somebody watched, month by month, on both sides."""
    base = alt.Chart(table[["month", "reach", "other_reach"]]).encode(x=alt.X("month:T", title=None, axis=_MONTH))
    share = alt.Y("reach:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", values=[0, 0.5, 1]))
    own = base.mark_line(color=WATCHED, strokeWidth=2.5, interpolate="step-after").encode(
        y=share,
        tooltip=[
            alt.Tooltip("yearmonth(month):T", title="month"),
            alt.Tooltip("reach:Q", title="around what closed", format=".0%"),
            alt.Tooltip("other_reach:Q", title="places compared with", format=".0%"),
        ],
    )
    other = base.mark_line(color=INK, strokeWidth=1.6, strokeDash=[4, 3], interpolate="step-after").encode(
        y="other_reach:Q"
    )
    charts.draw(alt.layer(own, other, _line(closing, said="")), height_px=height_px)


def _line(closing: Any, *, said: str = "closed") -> alt.LayerChart:
    """A line in the month of the closure."""
    at = alt.Chart(alt.Data(values=[{"month": str(closing)[:10]}])).encode(x="month:T")
    return alt.layer(
        at.mark_rule(color=CLOSING, strokeWidth=1.6, strokeDash=[3, 2]),
        at.mark_text(color=CLOSING, text=said, align="left", dx=4, dy=-4, fontSize=11.5, baseline="top").encode(
            y=alt.value(4)
        ),
    )


def intervals(rows: Sequence[Mapping[str, Any]], *, height_px: int) -> None:
    """Factors with their intervals on a log scale, one a row: ``name, rate_ratio, low, high, own``; 1 = no change."""
    shown = [
        {**row, **{name: min(max(row[name], _LEAST), _MOST) for name in ("rate_ratio", "low", "high")}} for row in rows
    ]
    low, high = min(row["low"] for row in shown), max(row["high"] for row in shown)
    across = alt.Scale(type="log", domain=[min(low, 0.5), max(high, 2.0)], nice=False)
    names = alt.Y(
        "name:N",
        sort=[row["name"] for row in rows],
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelLimit=170, labelPadding=6),
    )
    base = alt.Chart(alt.Data(values=shown)).encode(y=names)
    colour = alt.condition("datum.own", alt.value(NEAR), alt.value(INK_2))
    ticks = alt.Axis(values=[0.1, 0.25, 0.5, 1, 2, 4, 10], format="~g", labelExpr="'× ' + datum.label")
    spans = base.mark_rule(strokeWidth=2.4).encode(
        x=alt.X("low:Q", scale=across, title=None, axis=ticks), x2="high:Q", color=colour
    )
    dots = base.mark_point(size=60, filled=True, opacity=1).encode(
        x=alt.X("rate_ratio:Q", scale=across),
        color=colour,
        tooltip=[
            alt.Tooltip("name:N"),
            alt.Tooltip("rate_ratio:Q", title="factor", format=".2f"),
            alt.Tooltip("low:Q", title="from", format=".2f"),
            alt.Tooltip("high:Q", title="to", format=".2f"),
        ],
    )
    none = alt.Chart(alt.Data(values=[{"one": 1}])).mark_rule(color=INK, strokeWidth=1).encode(x="one:Q")
    charts.draw(alt.layer(none, spans, dots), height_px=height_px)
