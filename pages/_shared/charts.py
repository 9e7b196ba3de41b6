"""Charts in the house style: no frame, thin grid, titles in the card and not on the axis."""

from typing import Any

import altair as alt
import streamlit as st

from geo.layers.palette import COUNTS, INK_2, REACH
from geo.redaction import Cleared

_GRID, _DOMAIN = "#E8EAE5", "#B9BFB9"
_HEIGHT_PX = 80
_FONT = "Source Sans"
_NAMES = alt.Legend(
    orient="top",
    title=None,
    symbolType="circle",
    labelColor=INK_2,
    labelFontSize=12,
    labelLimit=96,
    columnPadding=8,
    offset=4,
)
_MONTHS = alt.X(
    "yearmonth(month):T", title=None, axis=alt.Axis(grid=False, tickCount=4, labelOverlap="greedy", labelSeparation=8)
)


def _styled(chart: alt.Chart | alt.LayerChart, height_px: int) -> alt.Chart | alt.LayerChart:
    axis = {"labelColor": INK_2, "labelFontSize": 12, "gridColor": _GRID, "domainColor": _DOMAIN, "tickColor": _DOMAIN}
    return (
        chart.properties(height=height_px)
        .configure_axis(labelFont=_FONT, **axis)
        .configure_view(stroke=None)
        .configure(background="transparent")
    )


def draw(chart: alt.Chart | alt.LayerChart, *, height_px: int) -> None:
    """Show a chart in the house style."""
    st.altair_chart(_styled(chart, height_px), theme=None)


def months(table: Cleared, *, span: tuple[float, float] | None = None, height_px: int = _HEIGHT_PX) -> None:
    """Incidents by month as bars; ``span`` draws the counts that are within the norm as a band."""
    frame = table.frame
    if frame.empty:
        st.caption("No month may be shown.")
        return
    bars = (
        alt.Chart(frame.assign(incidents=frame["incidents"].astype(float)))
        .mark_bar(color=COUNTS[3])
        .encode(
            x=_MONTHS,
            y=alt.Y("incidents:Q", title=None, axis=alt.Axis(tickCount=3, domain=False)),
            tooltip=[alt.Tooltip("yearmonth(month):T", title="month"), alt.Tooltip("incidents:Q")],
        )
    )
    if span is not None:
        band = alt.Chart(alt.Data(values=[{"low": span[0], "high": span[1]}])).mark_rect(color=INK_2, opacity=0.18)
        bars = bars + band.encode(y="low:Q", y2="high:Q")
    st.altair_chart(_styled(bars, height_px), theme=None)


def shares(table: Cleared, *, column: str, height_px: int = _HEIGHT_PX) -> None:
    """A share by month as a stepped line from 0 to 100 %."""
    line = (
        alt.Chart(table.frame)
        .mark_line(color=INK_2, interpolate="step-after", strokeWidth=2.5)
        .encode(
            x=_MONTHS,
            y=alt.Y(
                f"{column}:Q",
                title=None,
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", tickCount=3, domain=False),
            ),
            tooltip=[alt.Tooltip("yearmonth(month):T", title="month"), alt.Tooltip(f"{column}:Q", format=".0%")],
        )
    )
    st.altair_chart(_styled(line, height_px), theme=None)


def lines(table: Cleared, *, column: str, by: str, colours: dict[str, str], height_px: int = 150) -> None:
    """A number by day, one line for each name that has a colour."""
    shown = table.frame.loc[table.frame[by].isin(list(colours))]
    named = alt.Color(f"{by}:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=_NAMES)
    chart = (
        alt.Chart(shown[["day", by, column]])
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=28, opacity=1))
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(grid=False, tickCount=4, format="%b %Y", labelOverlap="greedy")),
            y=alt.Y(f"{column}:Q", title=None, axis=alt.Axis(tickCount=3, domain=False)),
            color=named,
            tooltip=[alt.Tooltip(f"{by}:N"), alt.Tooltip("day:T", format="%d %b %Y"), alt.Tooltip(f"{column}:Q")],
        )
    )
    st.altair_chart(_styled(chart, height_px), theme=None)


def quarters(table: Cleared, *, colour: str, height_px: int = _HEIGHT_PX) -> None:
    """Pieces of evidence by quarter as bars."""
    chart = (
        alt.Chart(table.frame[["quarter", "pieces"]])
        .mark_bar(color=colour)
        .encode(
            x=alt.X("yearquarter(quarter):T", title=None, axis=alt.Axis(grid=False, tickCount="year", format="%Y")),
            y=alt.Y("pieces:Q", title=None, axis=alt.Axis(tickCount=3, domain=False)),
            tooltip=[alt.Tooltip("yearquarter(quarter):T", title="quarter"), alt.Tooltip("pieces:Q", title="reports")],
        )
    )
    st.altair_chart(_styled(chart, height_px), theme=None)


def lineage(bars: Any, links: Any, *, row_px: int = 32) -> None:
    """Actors as bars over the years, each on a row of its own, and what ties them.

    Parameters
    ----------
    bars
        One row per actor from a cleared table: ``actor, begin, end, colour, row, chosen``, and
        ``named_at``: "begin" or "end", where the name is written.
    links
        One row per tie: ``day, row, row_to, kind, dated``.
    """
    rows = alt.Y("row:O", axis=None)
    when = alt.Axis(grid=False, tickCount=4, labelOverlap="greedy", format="%Y")
    spans = (
        alt.Chart(bars)
        .mark_bar(height=9, cornerRadius=2)
        .encode(
            x=alt.X("begin:T", title=None, axis=when),
            x2="end:T",
            y=rows,
            color=alt.Color("colour:N", scale=None),
            tooltip=[
                alt.Tooltip("actor:N"),
                alt.Tooltip("begin:T", format="%d %b %Y"),
                alt.Tooltip("end:T", format="%d %b %Y"),
            ],
        )
    )
    names = []
    for where, align in (("begin", "left"), ("end", "right")):
        side = alt.Chart(bars).encode(x=f"{where}:T", y=rows, text="actor:N")
        for weight, whose in ((400, "!datum.chosen"), (700, "datum.chosen")):
            held = side.transform_filter(f"datum.named_at === '{where}' && {whose}")
            names.append(held.mark_text(align=align, dy=-11, font=_FONT, fontSize=12, fontWeight=weight, color=INK_2))
    ties = (
        alt.Chart(links)
        .mark_rule(strokeWidth=1.6, color=INK_2)
        .encode(
            x="day:T",
            y=rows,
            y2="row_to:O",
            strokeDash=alt.condition("datum.dated", alt.value([1, 0]), alt.value([2, 3])),
            tooltip=[alt.Tooltip("kind:N"), alt.Tooltip("day:T", format="%d %b %Y")],
        )
    )
    st.altair_chart(_styled(alt.layer(ties, spans, *names), row_px * len(bars) + 24), theme=None)


def front(table: Cleared, *, labels: list[str], colours: tuple[str, ...], height_px: int = 130) -> None:
    """Routes by time and exposure, a letter each; the rest of the front as dots where they fit the picture.

    A lower bound has a dotted line upwards and says "at least".
    """
    frame = table.frame.drop(columns=["geometry", "warnings"], errors="ignore")
    if frame.empty or "exposure" not in frame.columns:
        return
    frame = frame.assign(hours=frame["elapsed_min"] / 60)
    drawn = frame["label"].isin(labels)
    shown = frame.loc[drawn].assign(colour=[colours[n % len(colours)] for n in range(int(drawn.sum()))])
    rest = frame.loc[~drawn & (frame["hours"] <= shown["hours"].max())]
    middle, half = (shown["hours"].min() + shown["hours"].max()) / 2, (shown["hours"].max() - shown["hours"].min()) / 2
    span = [middle - max(half * 1.15, 0.5), middle + max(half * 1.15, 0.5)]
    place = {
        "x": alt.X(
            "hours:Q",
            title=None,
            scale=alt.Scale(domain=span, nice=False),
            axis=alt.Axis(tickCount=4, labelExpr="datum.label + ' h'"),
        ),
        "y": alt.Y("exposure:Q", title=None, axis=alt.Axis(tickCount=3, domain=False)),
    }
    base = alt.Chart(shown).encode(**place)
    others = alt.Chart(rest).encode(**place).mark_circle(size=60, opacity=1, color=_DOMAIN)
    discs = base.mark_circle(size=380, opacity=1).encode(color=alt.Color("colour:N", scale=None))
    letters = base.mark_text(color="white", fontWeight="bold", fontSize=12).encode(text="label:N")
    st.altair_chart(_styled(alt.layer(others, *_bounds(shown, place), discs, letters), height_px), theme=None)


def freed(table: Cleared, *, names: list[str], most: int, row_px: int = 26) -> None:
    """Requests that one more of each frees as bars; a dotted line ends where no plan can pass.

    Parameters
    ----------
    names
        Of each row of the table.
    most
        So many rows are drawn, from the first.
    """
    shown = table.frame[["requests", "at_most", "request_days", "child_days"]].assign(name=names).head(most)
    rows = alt.Y("name:N", sort=names[:most], title=None, axis=alt.Axis(labelLimit=210, ticks=False, domain=False))
    whole = alt.Axis(tickMinStep=1, tickCount=5, format="d")
    base = alt.Chart(shown).encode(y=rows)
    bars = base.mark_bar(color=REACH[0], height=14).encode(
        x=alt.X("requests:Q", title=None, axis=whole),
        tooltip=[
            alt.Tooltip("name:N", title="one more"),
            alt.Tooltip("requests:Q", title="requests freed"),
            alt.Tooltip("at_most:Q", title="no plan frees more than"),
            alt.Tooltip("request_days:Q", title="request-days"),
            alt.Tooltip("child_days:Q", title="child-days"),
        ],
    )
    open_ = base.transform_filter("datum.at_most > datum.requests")
    tails = open_.mark_rule(strokeDash=[2, 3], strokeWidth=2.4, color=REACH[0]).encode(x="requests:Q", x2="at_most:Q")
    words = base.mark_text(align="right", dx=-5, font=_FONT, fontSize=12, fontWeight=600, color="white").encode(
        x="requests:Q", text="requests:Q"
    )
    st.altair_chart(_styled(alt.layer(tails, bars, words), row_px * len(shown) + 24), theme=None)


def _bounds(shown: Any, place: dict[str, Any]) -> list[alt.Chart]:
    """Dotted lines above routes whose exposure is a lower bound, in their colour, half the picture long."""
    top = float(shown["exposure"].max())
    bounds = shown.loc[shown["exposure_at_least"]].assign(above=lambda rows: rows["exposure"] + top / 2)
    base = alt.Chart(bounds).encode(x=place["x"])
    lines = base.mark_rule(strokeDash=[2, 3], strokeWidth=2.4).encode(
        y=place["y"], y2="above:Q", color=alt.Color("colour:N", scale=None)
    )
    words = base.mark_text(align="right", dx=-6, font=_FONT, fontSize=12, color=INK_2).encode(
        y="above:Q", text=alt.value("at least")
    )
    return [lines, words]
