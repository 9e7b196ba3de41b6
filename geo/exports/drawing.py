"""Layers of a map drawn with matplotlib: the same classes, colours and signs as on the screen.

Every function takes an axes in degrees (EPSG:4326) and one layer of a specification that passed the gate.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.path import Path

from geo import hexgrid
from geo.layers import palette
from geo.layers.spec import (
    CellLayer,
    HatchLayer,
    LabelLayer,
    LayerSpec,
    LineLayer,
    OutlineLayer,
    PointLayer,
    RouteLayer,
)
from geo.layers.style import NOT_DRAWN, LineStyle

PT_PER_PX = 0.75  # widths of the specification are px of a screen with 96 to the inch
HATCH_PATTERN = "////"
DOUBT_PATTERN = "\\\\\\\\\\"  # the other way, denser
PALE = 0.62
_DISC_SHARE = 0.4  # along its route: before the middle, so that the way out and the way back each show theirs
# Marker, size in px, face, edge: the shapes of the screen's symbols.
SYMBOLS: dict[str, tuple[str, float, str, str]] = {
    "base": ("s", 11.0, palette.BASE, "white"),
    "hq": ("s", 13.0, "white", palette.BASE),
    "closing": ("s", 12.0, "white", palette.CLOSING),  # and a cross in it, see CROSSED
    "site": ("o", 6.0, palette.INK_2, "white"),
    "lost": ("o", 10.0, palette.CLOSING, "white"),
    "town": ("o", 4.0, palette.INK_2, palette.INK_2),
    "end": ("o", 11.0, "white", palette.INK),
    "goal": ("o", 11.0, palette.INK, "white"),
    "alert": ("D", 9.0, palette.REACH[0], "white"),
    "blocked": ("X", 10.0, palette.CLOSING, "white"),
    "checkpoint": ("P", 10.0, palette.INK, "white"),
    "violence": ("^", 11.0, palette.VIOLENCE, "white"),
    "mines": ("v", 10.0, "white", palette.VIOLENCE),
    "flooded": ("h", 11.0, palette.FLOOD, "white"),
    "rule": ("p", 9.0, "white", palette.INK_2),
    "late": ("o", 10.0, palette.LATE, "white"),
    "soon": ("s", 8.0, palette.SOON, "white"),
    "in_time": ("o", 9.0, "white", palette.INK_2),
    "undated": ("d", 9.0, "white", palette.INK_2),
    "unmet": ("X", 9.0, "white", palette.CLOSING),
    "unreached": ("P", 9.0, "white", palette.HATCH_OUTLINE),
    "picked": ("o", 17.0, "none", palette.PRIMARY),
    "thinned": ("s", 9.0, "white", palette.BASE),
    "added": ("P", 10.0, palette.REACH[0], "white"),
}
CROSSED = {"closing": ("x", 6.0, palette.CLOSING)}  # marker, size in px and colour of what is drawn inside a sign
_GROUND = {
    "neighbour": (palette.NEIGHBOUR, palette.BORDER_OTHER, 0.6),
    "land": (palette.LAND, palette.BORDER, 1.2),
    "water": (palette.WATER, "none", 0.0),
    "admin1": ("none", palette.BORDER_OTHER, 0.7),
}
_Drawer = Callable[[Axes, Any, float], None]


def draw_layer(axes: Axes, layer: LayerSpec, order: float) -> None:
    """Draw one layer at a height; one withheld from its audience draws nothing."""
    if not layer.withheld and len(layer.frame):
        _DRAWERS[type(layer)](axes, layer, order)


def _outlines(axes: Axes, layer: OutlineLayer, order: float) -> None:
    face, edge, width_px = _GROUND[layer.role]
    west, east = axes.get_xlim()
    shapes = shapely.simplify(np.asarray(layer.frame["geometry"], dtype=object), (east - west) / 3000)
    paths = [_path_of(part) for part in shapely.get_parts(shapes) if part.geom_type == "Polygon"]
    made = PathCollection(paths, facecolors=face, edgecolors=edge, linewidths=width_px * PT_PER_PX, zorder=order)
    axes.add_collection(made)


def _path_of(polygon: shapely.Polygon) -> Path:
    rings = [polygon.exterior, *polygon.interiors]
    return Path.make_compound_path(*(Path(shapely.get_coordinates(ring), closed=True) for ring in rings))


def _lines(axes: Axes, layer: LineLayer, order: float) -> None:
    frame = layer.frame
    classes = layer.style.indices(frame)
    shapes = np.asarray(frame["geometry"], dtype=object)
    for number, (_, style) in enumerate(layer.style.entries()):
        if style.from_zoom == 0:
            _line_class(axes, shapes[classes == number], style, order)


def _line_class(axes: Axes, shapes: npt.NDArray[np.object_], style: LineStyle, order: float) -> None:
    parts = [shapely.get_coordinates(part) for part in shapely.get_parts(shapes)]
    width_pt = style.width_px * PT_PER_PX
    dash = (0.0, tuple(length / max(style.width_px, 1.0) for length in style.dash_px)) if style.dash_px else "solid"
    if style.casing_px:
        axes.add_collection(LineCollection(parts, colors="white", linewidths=style.casing_px * PT_PER_PX, zorder=order))
    axes.add_collection(
        LineCollection(parts, colors=style.colour, linewidths=width_pt, linestyles=[dash], zorder=order)
    )
    if style.cross_every_px:
        middles = np.array([part[len(part) // 2] for part in parts]).reshape(-1, 2)
        axes.scatter(middles[:, 0], middles[:, 1], marker="x", s=20, color=style.colour, zorder=order)


def _routes(axes: Axes, layer: RouteLayer, order: float) -> None:
    frame = layer.frame
    for number, (name, shape) in enumerate(zip(frame[layer.label], frame["geometry"], strict=True)):
        parts = [shapely.get_coordinates(part) for part in shapely.get_parts([shape])]
        colour = layer.colours[number % len(layer.colours)]
        width_pt = (5.0 if name == layer.selected else 3.5) * PT_PER_PX
        axes.add_collection(LineCollection(parts, colors="white", linewidths=width_pt + 2, zorder=order))
        axes.add_collection(LineCollection(parts, colors=colour, linewidths=width_pt, zorder=order + 0.01))
        if parts:
            spot = shapely.line_interpolate_point(shapely.LineString(parts[0]), _DISC_SHARE, normalized=True)
            disc = {"boxstyle": "circle,pad=.25", "fc": colour, "ec": "white"}
            axes.text(
                spot.x,
                spot.y,
                str(name),
                color="white",
                weight="bold",
                ha="center",
                va="center",
                zorder=order + 0.02,
                bbox=disc,
            )


def _cells(axes: Axes, layer: CellLayer, order: float) -> None:
    frame = layer.frame
    classes = layer.fill.indices(frame)
    first = np.ones(len(frame), dtype=bool)
    if layer.rank is not None and layer.sees(layer.rank):
        first = frame[layer.rank].to_numpy(dtype=int) == 1
    rows = np.flatnonzero((classes != NOT_DRAWN) & first)
    shown = frame.iloc[rows]
    size = np.ones(len(rows))
    if layer.share is not None and layer.sees(layer.share):
        size = np.sqrt(shown[layer.share].to_numpy(dtype=float))
    alpha = np.ones(len(rows))
    if layer.pale is not None and layer.sees(layer.pale):
        alpha = np.where(shown[layer.pale].to_numpy(dtype=float, na_value=np.inf) > layer.pale_above, PALE, 1.0)
    colours = np.array([style for _, style in layer.fill.entries()])[classes[rows]]
    edge = palette.INK_3 if layer.edge else "none"
    axes.add_collection(
        PolyCollection(
            _hexagons(shown["cell"].to_numpy(dtype=np.uint64), size),
            facecolors=[(colour, opacity) for colour, opacity in zip(colours, alpha, strict=True)],
            edgecolors=edge,
            linewidths=0.3,
            zorder=order,
        )
    )


def _hatch(axes: Axes, layer: HatchLayer, order: float) -> None:
    axes.add_collection(
        PolyCollection(
            _hexagons(layer.frame["cell"].to_numpy(dtype=np.uint64)),
            facecolors="none",
            edgecolors=palette.LAND if layer.look == "doubt" else palette.HATCH,
            hatch=DOUBT_PATTERN if layer.look == "doubt" else HATCH_PATTERN,
            linewidths=0.8 if layer.look == "fell" else 0.0,
            zorder=order,
        )
    )


def _hexagons(cells: npt.NDArray[np.uint64], size: npt.NDArray[np.float64] | None = None) -> list[npt.NDArray[Any]]:
    """Outline of each cell, shrunk about its centre to a share of its side."""
    lonlat, offsets = hexgrid.outlines(cells)
    rings = [lonlat[a:b] for a, b in itertools.pairwise(offsets)]
    if size is None:
        return rings
    lon, lat = hexgrid.centres(cells)
    return [(ring - (x, y)) * share + (x, y) for ring, x, y, share in zip(rings, lon, lat, size, strict=True)]


def _points(axes: Axes, layer: PointLayer, order: float) -> None:
    frame = layer.frame
    classes = layer.symbol.indices(frame)
    for number, (_, name) in enumerate(layer.symbol.entries()):
        rows = frame.loc[classes == number]
        marker, size_px, face, edge = SYMBOLS[name]
        axes.scatter(
            rows["longitude"],
            rows["latitude"],
            marker=marker,
            s=(size_px * PT_PER_PX) ** 2,
            facecolor=face,
            edgecolor=edge,
            linewidth=2.0 if face == "white" else 0.8,
            zorder=order,
        )
        if name in CROSSED:
            inside, inside_px, colour = CROSSED[name]
            size = (inside_px * PT_PER_PX) ** 2
            axes.scatter(
                rows["longitude"],
                rows["latitude"],
                marker=inside,
                s=size,
                color=colour,
                linewidth=1.6,
                zorder=order + 0.01,
            )


def names_of(layer: LayerSpec) -> list[tuple[float, float, str, float, str]]:
    """Names a layer would write: longitude, latitude, text, importance, look; most important first."""
    if layer.withheld or not isinstance(layer, PointLayer | LabelLayer):
        return []
    column = layer.label if isinstance(layer, PointLayer) else layer.text
    frame = layer.frame
    if column is None or not layer.sees(column) or frame.empty:
        return []
    weight = np.zeros(len(frame))
    if layer.importance is not None and layer.sees(layer.importance):
        weight = frame[layer.importance].to_numpy(dtype=float, na_value=0.0)
    look = "base" if isinstance(layer, PointLayer) else layer.look
    named = zip(frame["longitude"], frame["latitude"], frame[column].astype(str), weight, strict=True)
    return sorted(((x, y, text, rank, look) for x, y, text, rank in named), key=lambda name: -name[3])


def write_names(axes: Axes, names: list[tuple[float, float, str, float, str]], *, order: float) -> None:
    """Write names where there is room, the first ones first; a town whose name has no room is left out."""
    canvas: Any = axes.figure.canvas  # Agg's
    renderer = canvas.get_renderer()
    taken: list[Any] = []
    halo = [patheffects.withStroke(linewidth=2.5, foreground="white")]
    for x, y, text, _, look in names:
        pill = {"boxstyle": "round,pad=.3", "fc": "white", "ec": palette.INK_2, "lw": 0.8} if look == "pill" else None
        made = axes.annotate(
            text,
            (x, y),
            xytext=(0, 0) if pill else (6, 0),
            textcoords="offset points",
            ha="center" if pill else "left",
            va="center",
            fontsize=8 if look == "town" else 9,
            weight="normal" if look == "town" else "semibold",
            color=palette.TOWN_LABEL,
            path_effects=None if pill else halo,
            bbox=pill,
            zorder=order + 0.1,
            annotation_clip=True,
        )
        box = made.get_window_extent(renderer)
        if any(box.overlaps(other) for other in taken) or not axes.bbox.contains(box.x1, box.y1):
            made.remove()
            continue
        taken.append(box)
        if look == "town":
            axes.scatter([x], [y], s=8, color=palette.INK_2, zorder=order)


def _labels(axes: Axes, layer: LabelLayer, order: float) -> None:
    """Names are written last, together, where there is room: see :func:`write_names`."""


_DRAWERS: dict[type[LayerSpec], _Drawer] = {
    OutlineLayer: _outlines,
    LineLayer: _lines,
    RouteLayer: _routes,
    CellLayer: _cells,
    HatchLayer: _hatch,
    PointLayer: _points,
    LabelLayer: _labels,
}
