"""What pages show: headline, map card, numbers, tables, caveats. Every text from data is escaped here.

Only tables and specifications that passed the gate reach these functions; nothing here reads data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit_folium import st_folium

from geo.layers.folium_map import render
from geo.layers.spec import LegendEntry, LegendGroup, MapSpec

STYLE_FILE = Path(__file__).resolve().parents[2] / "static" / "piste.css"
CaveatKind = Literal["mind", "blind", "refused"]  # how to read it; nobody could look; not possible
_FIRST_HEIGHT_PX = 420  # until the style sheet stretches the frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One figure of a number card: the figure, what it counts, and how it moved."""

    value: str
    about: str
    change: str = ""  # with its sign, e.g. "▲ 98"
    change_about: str = ""
    rise: bool | None = None  # colours the change: warm for a rise, cool for a fall


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The few words this module adds itself, in the page's language."""

    audience: str = "Audience"
    audience_name: str = ""  # shown instead of the audience's own id
    modelled: str = "Modelled, not measured"


def style() -> None:
    """Put the page style in force; once per run, by the frame."""
    st.html(STYLE_FILE)


def headline(title: str, subtitle: str) -> None:
    """Write the finding in one sentence, and below it unit, window and cell size."""
    st.html(f'<div class="p-head"><h1>{escape(title)}</h1><p>{escape(subtitle)}</p></div>')


def show_map(spec: MapSpec, *, key: str, words: Words | None = None) -> dict[str, Any] | None:
    """Show a map card: map, legend, badge line.

    Returns
    -------
    The last click on the map, with ``n`` (changes at each click), ``lon``, ``lat`` and ``cell`` or
    ``id`` with ``layer``; ``route`` where a route runs along the road clicked; ``aim`` where the map
    asked for a position. ``None`` before the first. The map keeps its zoom whatever is passed next.
    """
    frame, group = render(spec)
    with st.container(border=True, key="card", gap=None):
        answer = st_folium(
            frame,
            key=key,
            height=_FIRST_HEIGHT_PX,
            use_container_width=True,
            returned_objects=[],
            feature_group_to_add=group,
        )
        st.html(f'<div class="p-foot">{legend_html(spec.legend)}{badges_html(spec, words or Words())}</div>')
    return answer if isinstance(answer, dict) and "n" in answer else None


def legend_html(groups: Sequence[LegendGroup]) -> str:
    """Return the legend of a map; signs are CSS shapes, because inline SVG is stripped."""
    return f'<div class="p-legend">{"".join(_group_html(group) for group in groups)}</div>' if groups else ""


def _group_html(group: LegendGroup) -> str:
    parts: list[str] = []
    if group.title:
        unit = f" <small>{escape(group.unit)}</small>" if group.unit else ""
        parts.append(f'<span class="title">{escape(group.title)}{unit}</span>')
    ramp = [entry for entry in group.entries if entry.shape == "ramp"]
    if ramp:
        steps = "".join(f'<span><i style="background:{escape(e.colour)}"></i>{escape(e.label)}</span>' for e in ramp)
        parts.append(f'<span class="p-ramp">{steps}</span>')
    parts += [_sign_html(entry) for entry in group.entries if entry.shape != "ramp"]
    return f'<span class="group">{"".join(parts)}</span>'


def _sign_html(entry: LegendEntry) -> str:
    colour = escape(entry.colour)
    sign = {
        "fill": f'<i class="p-fill" style="background:{colour}"></i>',
        "hatch": f'<i class="p-hatch {escape(entry.pattern)}"></i>',
        "line": f'<i class="p-line {escape(entry.pattern)}" style="border-top-color:{colour};color:{colour};'
        f'border-top-width:{entry.width_px:g}px"></i>',
        "symbol": f'<i class="p-symbol {escape(entry.pattern)}"></i>',
        "disc": f'<i class="p-disc" style="background:{colour}">{escape(entry.pattern)}</i>',
        "note": "",
    }.get(entry.shape, "")
    return f'<span class="sign">{sign}{escape(entry.label)}</span>'


def badges_html(spec: MapSpec, words: Words) -> str:
    """Return the line under every map: audience, modelled, date, sources, method, what is not drawn."""
    parts: list[str] = []
    if spec.audience is not None:
        name = words.audience_name or str(spec.audience).replace("_", " ")
        parts.append(f'<span class="p-chip">{escape(words.audience)}: {escape(name)}</span>')
    if spec.modelled:
        parts.append(f'<span class="p-chip modelled">{escape(words.modelled)}</span>')
    if spec.date:
        parts.append(f"<b>{escape(spec.date)}</b>&ensp;")
    said = [", ".join(spec.sources), spec.method, *spec.not_drawn]
    parts.append(escape(" · ".join(text for text in said if text)))
    return f'<div class="p-badges">{"".join(parts)}</div>'


def card(key: str, *, fill: bool = False) -> DeltaGenerator:
    """Return a side card to write into. One card a page has ``fill``: it takes the height left and scrolls."""
    if fill:
        return st.container(border=True, key="panelfill", height="stretch", gap=None)
    return st.container(border=True, key=f"panel{key}", gap=None)


def filter_bar() -> DeltaGenerator:
    """Return the bar of filters above the map; popovers in it carry the current value as their label."""
    return st.container(horizontal=True, key="filterbar", gap="small")


def numbers(items: Sequence[Number], *, key: str = "numbers") -> None:
    """Show two or three figures in one card."""
    with card(key):
        st.html(f'<div class="p-numbers">{"".join(_number_html(item) for item in items)}</div>')


def _number_html(item: Number) -> str:
    tone = {True: "p-rise", False: "p-fall", None: ""}[item.rise]
    change = f'<span class="{tone}">{escape(item.change)}</span> {escape(item.change_about)}' if item.change else ""
    about = escape(item.about).replace("\n", "<br>")
    return f'<div><div class="value">{escape(item.value)}</div><div class="about">{about}<br>{change}</div></div>'


def label(text: str) -> None:
    """Write the small label above the content of a card."""
    st.html(f'<p class="p-label">{escape(text)}</p>')


def card_title(text: str, *, above: str = "") -> None:
    """Write the title of a card, with a small label above it."""
    small = f'<p class="p-label">{escape(above)}</p>' if above else ""
    st.html(f'{small}<p class="p-title">{escape(text)}</p>')


def rows_table(
    rows: Sequence[Sequence[object]],
    *,
    header: Sequence[str] = (),
    right: Sequence[int] = (),
    whole: Sequence[int] = (),
    chosen: int | None = None,
) -> None:
    """Show a small table; columns in ``right`` are set flush right, no line of those in ``whole`` breaks (codes)."""
    sides = {**dict.fromkeys(whole, "whole"), **dict.fromkeys(right, "right")}
    head = "".join(f"<th{_side(n, sides)}>{escape(str(name))}</th>" for n, name in enumerate(header))
    body = "".join(
        f"<tr{' class=chosen' if number == chosen else ''}>"
        + "".join(f"<td{_side(n, sides)}>{_value(cell)}</td>" for n, cell in enumerate(row))
        + "</tr>"
        for number, row in enumerate(rows)
    )
    st.html(f'<table class="p-table">{f"<thead><tr>{head}</tr></thead>" if head else ""}<tbody>{body}</tbody></table>')


def _side(column: int, sides: Mapping[int, str]) -> str:
    return f' class="{sides[column]}"' if column in sides else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A small tag in a table cell."""

    text: str
    kind: Literal["audience", "modelled", "noeyes", "refused"] = "noeyes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Two lines in a table cell: what it is, and below it, smaller, what else is told of it."""

    first: str
    below: str


def _value(cell: object) -> str:
    if isinstance(cell, Lines):
        return f"{escape(cell.first)}<br><small>{escape(cell.below)}</small>"
    if isinstance(cell, Chip):
        return f'<span class="p-chip {escape(cell.kind)}">{escape(cell.text)}</span>'
    if isinstance(cell, Number):
        return _number_in_row(cell)
    return "" if cell is None else escape(str(cell))


def _number_in_row(item: Number) -> str:
    tone = {True: "p-rise", False: "p-fall", None: ""}[item.rise]
    change = f' <span class="{tone}">{escape(item.change)}</span>' if item.change else ""
    return f"{escape(item.value)}{change}"


def pairs(items: Mapping[str, object]) -> None:
    """Show names and values beside each other."""
    inside = "".join(f"<span>{escape(name)}</span><b>{_value(value)}</b>" for name, value in items.items())
    st.html(f'<div class="p-pairs">{inside}</div>')


def bars(items: Mapping[str, float], *, colour: str = "#882E4C") -> None:
    """Show counts as horizontal bars with their figures; the longest fills the width."""
    most = max(items.values(), default=0.0) or 1.0
    inside = "".join(
        f'<span>{escape(name)}</span><i style="background:{escape(colour)};width:{100 * value / most:.1f}%"></i>'
        f"<b>{value:,.0f}</b>"
        for name, value in items.items()
    )
    st.html(f'<div class="p-bars">{inside}</div>')


def caveat(text: str, kind: CaveatKind = "mind") -> None:
    """Show one sentence of caution: amber for "mind how you read this", grey for "nobody could look"."""
    st.html(f'<div class="p-caveat {kind}">{escape(text)}</div>')
