"""Charts of the Order view: losses beside the best possible, by step and by bases kept."""

from typing import Any

import altair as alt
import streamlit as st

from geo.layers.palette import BORDER, CHANGE, COUNTS, INK, INK_2, LOST
from pages._shared import charts
from pages._shared.story import count

BEST, GAP = COUNTS[2], CHANGE[3]  # what no order could spare, and what a better choice would
_FONT = "Source Sans"
_STEP_PX = 17
_NAME_LETTERS = 22


def closing_bars(order: Any, *, step: int, unit: str) -> None:
    """Loss after each closure as a bar: what the best choice of as many would lose, and the gap on top."""
    rows = order.assign(
        row=order["step"].astype(str) + "  " + [_short(name) for name in order["name"]],
        chosen=order["step"] == step,
        figure=[count(loss) + (f"   gap {count(gap)}" if gap > 0 else "") for loss, gap in _pairs(order)],
    )
    shown = rows[["row", "step", "optimum", "loss", "gap", "chosen", "figure"]]
    place = alt.Y(
        "row:N",
        sort=rows["row"].tolist(),
        title=None,
        axis=alt.Axis(labelLimit=150, domain=False, ticks=False, labelPadding=6),
    )
    dim = alt.condition("datum.step <= %d" % step, alt.value(1.0), alt.value(0.42))  # noqa: UP031
    most = float(order["loss"].max()) or 1.0
    across = alt.Scale(domain=[0, most * 1.45], nice=False)
    tooltip = [
        alt.Tooltip("row:N", title="step"),
        alt.Tooltip("loss:Q", title=unit, format=",.0f"),
        alt.Tooltip("optimum:Q", title="best choice of as many", format=",.0f"),
        alt.Tooltip("gap:Q", title="gap", format=",.0f"),
    ]
    base = alt.Chart(shown).encode(y=place, tooltip=tooltip)
    best = base.mark_bar(height=9, color=BEST).encode(
        x=alt.X("optimum:Q", title=None, scale=across, axis=None), opacity=dim
    )
    gap = base.mark_bar(height=9, color=GAP).encode(x=alt.X("optimum:Q", scale=across), x2="loss:Q", opacity=dim)
    mark = base.mark_tick(thickness=2, size=13, color=INK).encode(x=alt.X("optimum:Q", scale=across))
    words = []
    for weight, whose in ((400, "!datum.chosen"), (700, "datum.chosen")):
        told = base.transform_filter(whose).encode(x=alt.X("loss:Q", scale=across), text="figure:N")
        words.append(told.mark_text(align="left", dx=6, font=_FONT, fontSize=11.5, fontWeight=weight, color=INK_2))
    charts.draw(alt.layer(best, gap, mark, *words), height_px=_STEP_PX * len(order) + 8)


def _short(name: str) -> str:
    return name if len(name) <= _NAME_LETTERS else f"{name[: _NAME_LETTERS - 1].rstrip(' ,.')}…"


def _pairs(order: Any) -> list[tuple[float, float]]:
    return list(zip(order["loss"].astype(float), order["gap"].astype(float), strict=True))


def by_kept(order: Any, *, median: bool, height_px: int = 190) -> None:
    """Share within the limit, or mean travel minutes, by the number of bases kept: nested order and proven best."""
    column, best = ("mean_min", "best_mean_min") if median else ("share", "best_share")
    shown = order[["kept", column, best, "proven"]].rename(columns={column: "nested", best: "best"})
    number = ".0f" if median else ".0%"
    kept = alt.X("kept:Q", title=None, axis=alt.Axis(grid=False, tickMinStep=1))
    height = alt.Axis(tickCount=4, domain=False, **({} if median else {"format": "%"}))
    base = alt.Chart(shown).encode(
        x=kept,
        tooltip=[
            alt.Tooltip("kept:Q", title="bases kept"),
            alt.Tooltip("nested:Q", title="this order", format=number),
            alt.Tooltip("best:Q", title="best choice", format=number),
            alt.Tooltip("proven:N", title="proven"),
        ],
    )
    line = base.mark_line(color=LOST, strokeWidth=2.5, interpolate="linear").encode(
        y=alt.Y("nested:Q", title=None, axis=height)
    )
    dots = base.mark_point(color=INK, size=34, filled=True, opacity=1).encode(y="best:Q")
    charts.draw(alt.layer(line, dots), height_px=height_px)


def ways_on(steps: Any, *, height_px: int = 150) -> None:
    """Losses from a forced closure on: the old order, planned anew, and had one known."""
    base = alt.Chart(steps[["step", "loss", "old_loss", "known_loss"]]).encode(
        x=alt.X("step:Q", title=None, axis=alt.Axis(grid=False, tickMinStep=1))
    )
    height = alt.Axis(tickCount=3, domain=False, format="~s")
    old = base.mark_line(color=BORDER, strokeDash=[5, 3], strokeWidth=2.2).encode(
        y=alt.Y("old_loss:Q", title=None, axis=height)
    )
    new = base.mark_line(color=LOST, strokeWidth=2.6).encode(y="loss:Q")
    known = base.mark_point(color=INK, size=30, filled=True, opacity=1).encode(
        y="known_loss:Q",
        tooltip=[
            alt.Tooltip("step:Q", title="closures"),
            alt.Tooltip("loss:Q", title="planned anew", format=",.0f"),
            alt.Tooltip("old_loss:Q", title="old order", format=",.0f"),
            alt.Tooltip("known_loss:Q", title="had one known", format=",.0f"),
        ],
    )
    charts.draw(alt.layer(old, new, known), height_px=height_px)


def key(items: dict[str, tuple[str, str]]) -> None:
    """Say what colours and signs mean: name -> colour and sign ("fill", "line", "dashed", "dot")."""
    signs = {
        "fill": "display:inline-block;width:.85rem;height:.6rem;background:{0}",
        "line": "display:inline-block;width:1.2rem;border-top:3px solid {0}",
        "dashed": "display:inline-block;width:1.2rem;border-top:3px dashed {0}",
        "dot": "display:inline-block;width:.5rem;height:.5rem;border-radius:50%;background:{0}",
        "tick": "display:inline-block;width:2px;height:.8rem;background:{0}",
    }
    inside = "".join(
        f'<span class="sign"><i style="{signs[sign].format(colour)}"></i>{name}</span>'
        for name, (colour, sign) in items.items()
    )
    st.html(f'<div class="p-legend">{inside}</div>')
