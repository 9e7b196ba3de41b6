"""A map specification as one JSON text for the map script.

Text from data stands in it only as JSON strings; the script shows them with ``textContent`` or
draws them on canvas, never as markup.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import hexgrid
from geo.layers.encode import (
    as_text,
    encode_bytes,
    encode_cells,
    encode_ids,
    encode_lines,
    encode_numbers,
    encode_points,
    encode_scaled,
    encode_words,
)
from geo.layers.months import encode_months
from geo.layers.spec import (
    Bounds,
    CellLayer,
    HatchLayer,
    LabelLayer,
    LayerSpec,
    LineLayer,
    MapSpec,
    OutlineLayer,
    PointLayer,
    RouteLayer,
)
from geo.layers.style import NOT_DRAWN, Kinds, Steps

CellArray = npt.NDArray[np.uint64]
ClassArray = npt.NDArray[Any]
# Outlines and rivers lose detail smaller than this share of the view's width, under a pixel at four times zoom;
# roads keep eight times more, because teams zoom in on them.
_SIMPLIFY_SHARE = 1 / 5000
_ROAD_SIMPLIFY_SHARE = 1 / 40_000
# A brace before one of these can only stand inside a JSON string; to Jinja it would open an expression.
_TEMPLATE_OPENING = re.compile(r"\{(?=[{%#])")
_PALE = 62 * 255 // 100  # opacity of a pale cell
_FULL = 255


def scene_text(spec: MapSpec) -> str:
    """Return the whole scene as JSON, safe to stand in a script.

    ``<`` cannot close the script element, and neither quotes nor underscores can be taken for the
    placeholders folium and streamlit-folium replace.
    """
    scene = {
        "bounds": list(spec.bounds),
        "selected": spec.selected,
        "pick": spec.pick,
        "aim": spec.aim,
        "title": spec.title,
        "words": asdict(spec.words),
        "layers": [encode_layer(layer, bounds=spec.bounds) for layer in spec.layers if not layer.withheld],
    }
    return f'{{"base":{_base_text(spec.base, spec.bounds)},{safe_json(scene)[1:]}'


@lru_cache(maxsize=8)
def _base_text(layers: tuple[LayerSpec, ...], bounds: Bounds) -> str:
    """Encode a base map once: layers are the same objects from run to run, and compare by identity."""
    text = safe_json([encode_layer(layer, bounds=bounds) for layer in layers if not layer.withheld])
    key = hashlib.sha256(text.encode("ascii")).hexdigest()[:16]
    return f'{{"key":"{key}","layers":{text}}}'


def safe_json(value: object) -> str:
    """JSON in ASCII without any character that means something to HTML, Jinja or streamlit-folium."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    for sign in "<>&'_":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return _TEMPLATE_OPENING.sub(r"\\u007b", text)


def encode_layer(layer: LayerSpec, *, bounds: Bounds) -> dict[str, Any]:
    """Encode one layer; the result is plain JSON values and depends on nothing but the arguments."""
    maker = _MAKERS[type(layer)]
    made = maker(layer, bounds)
    rows = made.pop("rows", None)
    frame = layer.frame if rows is None else rows
    return {
        "title": layer.title,
        "side": layer.side,
        "tooltip": _tooltip(layer, frame),
        "ids": _ids(layer, frame),
    } | made


def _tooltip(layer: LayerSpec, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Tooltip columns the audience sees, as arrays aligned with the drawn rows."""
    fields = []
    for item in layer.tooltip:
        if not layer.sees(item.column):
            continue
        values = frame[item.column]
        head: dict[str, Any] = {"label": item.label, "suffix": item.suffix}
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            fields.append(head | {"decimals": item.decimals} | encode_scaled(values, decimals=item.decimals))
        else:
            fields.append(head | encode_words(_as_words(values, spoken=item.spoken)))
    return fields


def _as_words(values: pd.Series, *, spoken: bool) -> pd.Series:
    """Values as they are read: days without their midnight, our words with spaces."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return pd.Series(values.dt.strftime("%Y-%m-%d"))
    return values.astype("string").str.replace("_", " ") if spoken else values


def _ids(layer: LayerSpec, frame: pd.DataFrame) -> dict[str, Any] | None:
    if layer.id_column is None or not layer.sees(layer.id_column):
        return None
    return encode_words(frame[layer.id_column])


def _geometry(cells: CellArray) -> dict[str, Any]:
    return dict(_outlined(cells.tobytes()))


@lru_cache(maxsize=16)
def _outlined(raw: bytes) -> dict[str, Any]:
    """Encode the outlines of cells once: filters change values far more often than the set of cells."""
    cells = np.frombuffer(raw, dtype=np.uint64)
    return encode_cells(hexgrid.centres(cells), hexgrid.outlines(cells)) | {"cells": encode_ids(cells)}


def _cells(layer: CellLayer, bounds: Bounds) -> dict[str, Any]:
    del bounds
    frame = layer.frame
    index = layer.fill.indices(frame)
    rim = np.full(len(frame), NOT_DRAWN, dtype=np.uint8)
    if layer.rank is not None and layer.sees(layer.rank) and len(frame):
        index, rim = _ranked(frame["cell"].to_numpy(dtype=np.uint64), frame[layer.rank].to_numpy(dtype=int), index)
    rows = np.flatnonzero(index != NOT_DRAWN)
    shown = frame.iloc[rows]
    made = _geometry(_cell_numbers(shown)) | {
        "kind": "cells",
        "rows": shown,
        "classes": as_text(index[rows]),
        "palette": [style for _, style in layer.fill.entries()],
        "edge": layer.edge,
    }
    if layer.rank is not None:
        made["rim"] = as_text(rim[rows])
    if layer.share is not None and layer.sees(layer.share):
        made["size"] = encode_bytes(np.sqrt(shown[layer.share].to_numpy(dtype=float)))
    if layer.pale is not None and layer.sees(layer.pale):
        old = shown[layer.pale].to_numpy(dtype=float, na_value=np.inf) > layer.pale_above
        made["opacity"] = as_text(np.where(old, _PALE, _FULL).astype(np.uint8))
    if layer.pills:
        made["pills"] = _pills(shown, index[rows], layer)
    if layer.months is not None and layer.months.shown:
        made["months"] = encode_months(
            layer.months, _cell_numbers(shown), legend=layer.fill if isinstance(layer.fill, Steps) else None
        )
    return made


def _ranked(cells: CellArray, rank: ClassArray, index: ClassArray) -> tuple[ClassArray, ClassArray]:
    """Class of the strongest row of each cell, and beside it the class of the second; others are not drawn."""
    second = np.flatnonzero(rank == 2)
    order = second[np.argsort(cells[second])]
    at = np.minimum(np.searchsorted(cells[order], cells), max(len(order) - 1, 0))
    has_second = cells[order][at] == cells if len(order) else np.zeros(len(cells), dtype=bool)
    rim = np.full(len(cells), NOT_DRAWN, dtype=np.uint8)
    rim[has_second] = index[order][at][has_second]
    return np.where(rank == 1, index, NOT_DRAWN).astype(np.uint8), rim


def _cell_numbers(frame: pd.DataFrame) -> CellArray:
    return frame["cell"].to_numpy(dtype=np.uint64) if len(frame) else np.empty(0, dtype=np.uint64)


def _pills(shown: pd.DataFrame, index: ClassArray, layer: CellLayer) -> list[dict[str, Any]]:
    """Name of each kind at the centre of the cell nearest to the middle of its cells; largest first."""
    lon, lat = hexgrid.centres(shown["cell"].to_numpy(dtype=np.uint64))
    pills = []
    named = layer.fill.entries()
    if isinstance(layer.fill, Kinds) and layer.fill.other is not None:
        named = named[:-1]  # "others" are no one
    for number, (label, colour) in enumerate(named):
        mine = np.flatnonzero(index == number)
        if len(mine) == 0:
            continue
        away = (lon[mine] - np.median(lon[mine])) ** 2 + (lat[mine] - np.median(lat[mine])) ** 2
        at = mine[int(np.argmin(away))]
        pills.append({"text": label, "colour": colour, "cells": len(mine), "at": int(at)})
    return sorted(pills, key=lambda pill: -pill["cells"])


def _hatch(layer: HatchLayer, bounds: Bounds) -> dict[str, Any]:
    del bounds
    return _geometry(_cell_numbers(layer.frame)) | {"kind": "hatch", "look": layer.look}


def _line_style(style: Any) -> dict[str, Any]:
    return {
        "colour": style.colour,
        "width": style.width_px,
        "dash": list(style.dash_px),
        "casing": style.casing_px,
        "cross": style.cross_every_px,
        "fromZoom": style.from_zoom,
    }


def _lines(layer: LineLayer, bounds: Bounds) -> dict[str, Any]:
    frame = layer.frame
    index = layer.style.indices(frame)
    rows = np.flatnonzero(index != NOT_DRAWN)
    shown = frame.iloc[rows]
    share = _SIMPLIFY_SHARE if layer.role == "river" else _ROAD_SIMPLIFY_SHARE
    encoded, owner = encode_lines(_shapes(shown), simplify_deg=(bounds[2] - bounds[0]) * share)
    styles = [_line_style(style) for _, style in layer.style.entries()]
    return encoded | {
        "kind": "lines",
        "role": layer.role,
        "rows": shown,
        "owner": as_text(owner.astype(np.uint32)),
        "classes": as_text(index[rows].astype(np.uint8)),
        "styles": styles,
    }


def _routes(layer: RouteLayer, bounds: Bounds) -> dict[str, Any]:
    del bounds
    frame = layer.frame
    encoded, owner = encode_lines(_shapes(frame))
    letters = [str(name) for name in frame[layer.label]] if len(frame) else []
    return encoded | {
        "kind": "routes",
        "owner": as_text(owner.astype(np.uint32)),
        "letters": letters,
        "colours": [layer.colours[number % len(layer.colours)] for number in range(len(letters))],
        "selected": layer.selected,
        "beside": layer.beside,
    }


def _points(layer: PointLayer, bounds: Bounds) -> dict[str, Any]:
    del bounds
    frame = layer.frame
    index = layer.symbol.indices(frame)
    rows = np.flatnonzero(index != NOT_DRAWN)
    shown = frame.iloc[rows]
    made = _positions(shown) | {
        "kind": "points",
        "rows": shown,
        "classes": as_text(index[rows].astype(np.uint8)),
        "symbols": [style for _, style in layer.symbol.entries()],
    }
    if layer.label is not None and layer.sees(layer.label):
        made["text"] = encode_words(shown[layer.label])
    if layer.importance is not None and layer.sees(layer.importance):
        made["importance"] = encode_numbers(shown[layer.importance])
    return made


def _labels(layer: LabelLayer, bounds: Bounds) -> dict[str, Any]:
    del bounds
    frame = layer.frame
    made = _positions(frame) | {"kind": "labels", "look": layer.look}
    made["text"] = encode_words(frame[layer.text]) if len(frame) else {"words": [""], "at": ""}
    if layer.importance is not None and layer.sees(layer.importance):
        made["importance"] = encode_numbers(frame[layer.importance])
    if layer.colour is not None and layer.sees(layer.colour):
        made["colour"] = encode_words(frame[layer.colour])
    return made


def _positions(frame: pd.DataFrame) -> dict[str, Any]:
    if frame.empty:
        return {"n": 0, "at": ""}
    return {
        "n": len(frame),
        "at": encode_points(frame["longitude"].to_numpy(dtype=float), frame["latitude"].to_numpy(dtype=float)),
    }


def _outlines(layer: OutlineLayer, bounds: Bounds) -> dict[str, Any]:
    shapes = _shapes(layer.frame)
    encoded, owner = encode_lines(shapes, simplify_deg=(bounds[2] - bounds[0]) * _SIMPLIFY_SHARE)
    made = encoded | {"kind": "outlines", "role": layer.role, "owner": as_text(owner.astype(np.uint32))}
    if layer.text is not None and layer.sees(layer.text) and len(shapes):
        made["names"] = _names_in_view(shapes, layer.frame[layer.text], bounds)
    return made


def _names_in_view(shapes: npt.NDArray[np.object_], names: pd.Series, bounds: Bounds) -> list[dict[str, Any]]:
    """Name of each area that fills a part of the view, at the middle of the largest such part."""
    placed = []
    for shape, name in zip(shapes, names, strict=True):
        parts = shapely.get_parts(shapely.clip_by_rect(shapely.make_valid(shape), *bounds))
        parts = parts[shapely.get_dimensions(parts) == 2]
        if len(parts) == 0:
            continue
        largest = parts[int(np.argmax(shapely.area(parts)))]
        middle = shapely.maximum_inscribed_circle(largest, tolerance=0.05).coords[0]
        room_deg = shapely.maximum_inscribed_circle(largest, tolerance=0.05).length
        placed.append({"text": str(name), "lon": middle[0], "lat": middle[1], "room": float(room_deg)})
    return sorted(placed, key=lambda name: -name["room"])


def _shapes(frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    return np.asarray(frame["geometry"], dtype=object) if len(frame) else np.empty(0, dtype=object)


_Maker = Callable[[Any, Bounds], dict[str, Any]]
_MAKERS: dict[type[LayerSpec], _Maker] = {
    CellLayer: _cells,
    HatchLayer: _hatch,
    LineLayer: _lines,
    RouteLayer: _routes,
    PointLayer: _points,
    LabelLayer: _labels,
    OutlineLayer: _outlines,
}
