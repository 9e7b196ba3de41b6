"""A map as a PNG: title, map, legend, and beneath it audience, date, sources and what is not drawn.

The picture is drawn from the same specification as the screen's map, so it holds nothing an audience may not see.
The facts stand in the picture and once more in the file's text records, so that a picture cut out of its page can
still be dated and attributed.
"""

import io
import math
import textwrap
from collections.abc import Mapping
from typing import Any

from geo.errors import RequestError
from geo.layers import palette
from geo.layers.spec import LegendEntry, LegendGroup, MapSpec

DPI = 150
WIDTH_IN = 10.0
HEAD_IN, FOOT_LINE_IN, LEGEND_ROW_IN = 0.75, 0.17, 0.26
MAP_MAX_IN = 9.0
_SIGNS_A_ROW = 6
_MAP_SHARE = 0.96  # of the width
_NAME_IN, _BETWEEN_IN = 0.28, 0.18  # of a pair: the line of names, and what is left free between the two
_SCALE_STEPS_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_KM_PER_DEGREE = 111.195  # of latitude on a sphere of 6,371.0088 km


def draw_map(spec: MapSpec, *, headline: str, subtitle: str, provenance: Mapping[str, str]) -> bytes:
    """Draw a map with its legend as a PNG.

    Parameters
    ----------
    spec
        Layers for one audience; drawn within ``spec.bounds``, a plate carrée stretched to the true ratio of
        degrees at the middle latitude.
    provenance
        Facts for the file's text records beside what the specification says: made_by, filters, unit.

    Returns
    -------
    bytes
        A PNG 1,500 px wide; its height follows the extent.

    Raises
    ------
    RequestError
        When there is nothing to draw: an export without a layer would be a blank page with a date.
    """
    if spec.audience is None:
        raise RequestError("the map has no layer this audience may see; choose another view or audience")
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 (0.3 s only a picture needs)
    from matplotlib.figure import Figure  # noqa: PLC0415

    west, south, east, north = spec.bounds
    stretch = 1 / math.cos(math.radians((south + north) / 2))
    map_in = min(WIDTH_IN * _MAP_SHARE * (north - south) * stretch / (east - west), MAP_MAX_IN)
    foot = _foot_lines(spec)
    signs = [sign for group in spec.legend for sign in _signs_of(group)]
    legend_in = math.ceil(len(signs) / _SIGNS_A_ROW) * LEGEND_ROW_IN
    foot_in = 0.15 + len(foot) * FOOT_LINE_IN
    height_in = HEAD_IN + map_in + legend_in + foot_in + 0.1
    figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    figure.text(0.02, 1 - 0.30 / height_in, headline, fontsize=15, weight="bold", color=palette.INK)
    figure.text(0.02, 1 - 0.55 / height_in, subtitle, fontsize=9.5, color=palette.INK_2)
    axes = figure.add_axes(
        ((1 - _MAP_SHARE) / 2, (legend_in + foot_in + 0.1) / height_in, _MAP_SHARE, map_in / height_in)
    )
    _draw_layers(axes, spec, stretch)
    if signs:
        _draw_legend(figure, signs, bottom=foot_in / height_in)
    for number, line in enumerate(reversed(foot)):
        figure.text(0.02, (0.1 + number * FOOT_LINE_IN) / height_in, line, fontsize=7.5, color=palette.INK_3)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata=_records(spec, headline, provenance))
    return out.getvalue()


def draw_plain_map(spec: MapSpec, *, size_in: tuple[float, float], dpi: int = 200) -> bytes:
    """Draw a map with its legend beneath and no words around it, for a document that says the rest itself.

    Parameters
    ----------
    spec
        Drawn as wide as ``spec.bounds`` asks for within the size; the rest of the height is legend.
    size_in
        Width and height of the map itself, inches.

    Raises
    ------
    RequestError
        When there is nothing to draw.
    """
    if spec.audience is None:
        raise RequestError("the map has no layer this audience may see; choose another view or audience")
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 (0.3 s only a picture needs)
    from matplotlib.figure import Figure  # noqa: PLC0415

    width_in, map_in = size_in
    signs = [sign for group in spec.legend for sign in _signs_of(group)]
    legend_in = math.ceil(len(signs) / _SIGNS_A_ROW) * LEGEND_ROW_IN
    height_in = map_in + legend_in
    figure = Figure(figsize=(width_in, height_in), dpi=dpi, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, legend_in / height_in, 1.0, map_in / height_in))
    south, north = spec.bounds[1], spec.bounds[3]
    _draw_layers(axes, spec, 1 / math.cos(math.radians((south + north) / 2)))
    if signs:
        _draw_legend(figure, signs, bottom=0.0)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": "Piste", "Audience": str(spec.audience)})
    return out.getvalue()


def draw_map_pair(
    specs: tuple[MapSpec, MapSpec], *, titles: tuple[str, str], size_in: tuple[float, float], dpi: int = 200
) -> bytes:
    """Draw two maps of one extent side by side, their names above and one legend of both beneath.

    Parameters
    ----------
    size_in
        Width of the pair, and height of the maps themselves, inches; extents should have the shape of half the pair.

    Raises
    ------
    RequestError
        When there is nothing to draw.
    """
    if any(spec.audience is None for spec in specs):
        raise RequestError("the map has no layer this audience may see; choose another view or audience")
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 (0.3 s only a picture needs)
    from matplotlib.figure import Figure  # noqa: PLC0415

    width_in, map_in = size_in
    groups = dict.fromkeys(group for spec in reversed(specs) for group in spec.legend)
    # A sign both maps have stands once: groups may differ by a sign that one map lacks.
    signs = list(dict.fromkeys(sign for group in groups for sign in _signs_of(group)))
    legend_in = math.ceil(len(signs) / _SIGNS_A_ROW) * LEGEND_ROW_IN
    height_in = _NAME_IN + map_in + legend_in
    figure = Figure(figsize=(width_in, height_in), dpi=dpi, facecolor="white")
    FigureCanvasAgg(figure)
    half = 0.5 - _BETWEEN_IN / width_in / 2
    for spec, title, left in zip(specs, titles, (0.0, 1.0 - half), strict=True):
        figure.text(left, 1 - 0.19 / height_in, title, fontsize=10.5, weight="bold", color=palette.INK)
        axes = figure.add_axes((left, legend_in / height_in, half, map_in / height_in))
        _draw_layers(axes, spec, 1 / math.cos(math.radians((spec.bounds[1] + spec.bounds[3]) / 2)))
    _draw_legend(figure, signs, bottom=0.0)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": "Piste", "Audience": str(specs[0].audience)})
    return out.getvalue()


def _draw_layers(axes: Any, spec: MapSpec, stretch: float) -> None:
    from geo.exports.drawing import draw_layer, names_of, write_names  # noqa: PLC0415 (matplotlib, see above)

    west, south, east, north = spec.bounds
    axes.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[], facecolor=palette.WATER)
    axes.set_aspect(stretch)
    for spine in axes.spines.values():
        spine.set_color(palette.BORDER_OTHER)
    layers = [layer for layer in (*spec.base, *spec.layers) if layer.side != "after"]
    for number, layer in enumerate(layers):
        draw_layer(axes, layer, 1.0 + number)
    names = [name for layer in (*spec.by_weight, *spec.base) for name in names_of(layer)]
    inside = [name for name in names if west < name[0] < east and south < name[1] < north]
    write_names(axes, inside, order=2.0 + len(layers))
    _scale_bar(axes, spec, order=3.0 + len(layers))


def _scale_bar(axes: Any, spec: MapSpec, *, order: float) -> None:
    """Draw a bar of whole kilometres, at most a fifth of the width, at the bottom right."""
    west, south, east, north = spec.bounds
    km_per_degree = _KM_PER_DEGREE * math.cos(math.radians(south))
    most_km = (east - west) * km_per_degree / 5
    km = max((step for step in _SCALE_STEPS_KM if step <= most_km), default=_SCALE_STEPS_KM[0])
    right, at = east - (east - west) * 0.02, south + (north - south) * 0.03
    left = right - km / km_per_degree
    axes.plot([left, right], [at, at], color=palette.INK, linewidth=2, solid_capstyle="butt", zorder=order)
    axes.annotate(
        f"{km:,} km".replace(",", "\u2009"),
        ((left + right) / 2, at),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        fontsize=8,
        color=palette.INK,
        zorder=order,
    )


def _foot_lines(spec: MapSpec) -> list[str]:
    said = [f"Audience: {str(spec.audience).replace('_', ' ')}"]
    if spec.modelled:
        said.append("Modelled, not measured")
    if spec.date:
        said.append(f"As of {spec.date}")
    said += [f"Sources: {', '.join(spec.sources)}", *([spec.method] if spec.method else []), *spec.not_drawn]
    said.append("No report does not mean no incident")
    return textwrap.wrap(" · ".join(said), width=165)


def _records(spec: MapSpec, headline: str, provenance: Mapping[str, str]) -> dict[str, str]:
    """Text records of the file (PNG specification, third edition, 11.3.3)."""
    facts = {"Title": headline, "Software": "Piste", "Audience": str(spec.audience), "As of": spec.date}
    facts |= {"Sources": ", ".join(spec.sources), "Not drawn": "; ".join(spec.not_drawn)}
    return facts | {f"piste:{key}": value for key, value in provenance.items()}


def _signs_of(group: LegendGroup) -> list[tuple[str, LegendEntry | None]]:
    """Signs of a layer with their words; its title, where it has one, stands before the first."""
    title = f"{group.title} ({group.unit})" if group.title and group.unit else group.title
    return [*([(title, None)] if title else []), *((entry.label, entry) for entry in group.entries)]


def _draw_legend(figure: Any, signs: list[tuple[str, LegendEntry | None]], *, bottom: float) -> None:
    rows = math.ceil(len(signs) / _SIGNS_A_ROW)
    # The legend is filled column by column; a reader goes row by row.
    order = [row * _SIGNS_A_ROW + column for column in range(_SIGNS_A_ROW) for row in range(rows)]
    chosen = [signs[place] if place < len(signs) else ("", None) for place in order]
    legend = figure.legend(
        [_handle(entry) for _, entry in chosen],
        [label for label, _ in chosen],
        loc="lower left",
        bbox_to_anchor=(0.01, bottom),
        ncols=_SIGNS_A_ROW,
        frameon=False,
        fontsize=8,
        handlelength=1.6,
        columnspacing=1.2,
        labelcolor=palette.INK,
    )
    for text, (_, entry) in zip(legend.get_texts(), chosen, strict=True):
        text.set_weight("bold" if entry is None else "normal")


def _handle(entry: LegendEntry | None) -> Any:
    from matplotlib.lines import Line2D  # noqa: PLC0415 (matplotlib, see above)
    from matplotlib.patches import Patch  # noqa: PLC0415

    from geo.exports.drawing import DOUBT_PATTERN, HATCH_PATTERN, PT_PER_PX  # noqa: PLC0415

    if entry is None or entry.shape in ("note", "disc"):
        return Line2D([], [], linewidth=0)
    if entry.shape in ("fill", "ramp"):
        return Patch(facecolor=entry.colour, edgecolor=palette.INK_3, linewidth=0.4)
    if entry.shape == "hatch" and entry.pattern == "doubt":
        return Patch(facecolor=palette.OTHERS, edgecolor=palette.LAND, hatch=DOUBT_PATTERN, linewidth=0.0)
    if entry.shape == "hatch":
        width = 0.8 if entry.pattern == "fell" else 0.0
        return Patch(facecolor="none", edgecolor=palette.HATCH, hatch=HATCH_PATTERN, linewidth=width)
    if entry.shape == "symbol":
        return _symbol_handle(entry.pattern)
    dash: Any = {"dashed": "--", "dotted": ":"}.get(entry.pattern, "-")
    return Line2D([], [], color=entry.colour, linewidth=entry.width_px * PT_PER_PX, linestyle=dash)


def _symbol_handle(name: str) -> Any:
    """Sign of a symbol; one with something drawn inside is two signs on each other."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 (matplotlib, see above)

    from geo.exports.drawing import CROSSED, PT_PER_PX, SYMBOLS  # noqa: PLC0415

    marker, size_px, face, edge = SYMBOLS[name]
    ring, size_pt = face if edge == "white" else edge, size_px * PT_PER_PX
    sign = Line2D([], [], marker=marker, markersize=size_pt, color=face, markeredgecolor=ring, linewidth=0)
    if name not in CROSSED:
        return sign
    inside, inside_px, colour = CROSSED[name]
    return (sign, Line2D([], [], marker=inside, markersize=inside_px * PT_PER_PX, color=colour, linewidth=0))
