"""Where a presence report says an actor is: one kind of place, and one that exists.

A report is known in one of three ways, and a row uses one of them:

1. a point and/or the name of an area (``admin1``, ``admin2``, ``country``), with ``place_precision``, which says how
   much of it to believe: a point beside a province at precision ``admin1`` is that province;
2. an outline (``area_wkt``);
3. H3 cells (``cells``).

``country`` alone is no place, since readers fill it in; it may stand beside an outline or cells.
"""

import h3.api.basic_str as h3
import numpy as np
import pandas as pd
import shapely
from shapely import MultiPolygon, Polygon

from geo.contracts import faults
from geo.errors import SchemaError

_POINT = ("longitude", "latitude")
_NAMES = ("admin1", "admin2")
_GIVES = ("area_wkt", "cells", "point", "admin1", "admin2", "place_precision")
# What a report of each precision must give; without a point, the name of the area.
_NEEDS: dict[str, tuple[str, ...]] = {
    "exact": ("point",),
    "near": ("point",),
    "admin2": ("point", "admin2"),
    "admin1": ("point", "admin1"),
    "region": ("point", "admin1"),
    "country": ("point", "country"),
    "nowhere": ("point",),
}
Fault = tuple[object, str, object, str]


def presence_place_faults(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the faults of presence reports whose place is missing, told twice, or impossible; one per row.

    Parameters
    ----------
    rows
        Rows whose columns keep the presence contract each for itself. Not changed.
    """
    given = {name: rows[name].notna().to_numpy() for name in (*_POINT, *_NAMES, "country", "area_wkt", "cells")}
    given["place_precision"] = rows["place_precision"].notna().to_numpy()
    given["point"] = given["longitude"] | given["latitude"]
    names = ("place_precision", *_POINT, "area_wkt", "cells")
    values = zip(*(rows[name].astype(object) for name in names), strict=True)
    found: list[Fault] = []
    for position, (line, row) in enumerate(zip(rows.index, values, strict=True)):
        told = {name for name, held in given.items() if held[position]}
        fault = _fault_of(told, dict(zip(names, row, strict=True)))
        if fault is not None:
            found.append((line, *fault))
    return faults(found)


def outline_of(text: str) -> Polygon | MultiPolygon:
    """Return an outline written as WKT, EPSG:4326, without heights.

    Raises
    ------
    SchemaError
        When it is no WKT, no polygon, leaves the degrees, or crosses itself; one sentence.
    """
    with np.errstate(invalid="ignore"):
        shape = shapely.from_wkt(text, on_invalid="ignore")
    if not isinstance(shape, Polygon | MultiPolygon) or shape.is_empty:
        raise SchemaError("not a WKT polygon or multipolygon; write POLYGON((lon lat, ...)) with the first corner last")
    corners = shapely.get_coordinates(shape)
    outside = corners[~((np.abs(corners) <= (180.0, 90.0)).all(axis=1))]
    if len(outside):
        lon, lat = outside[0]
        raise SchemaError(f"corner {lon:g} {lat:g} is no longitude and latitude in degrees; swapped?")
    if not shape.is_valid:
        raise SchemaError(f"the outline is no area: {shapely.is_valid_reason(shape)}")
    return shapely.force_2d(shape)


def cell_texts_of(text: str) -> list[str]:
    """Return cells separated by ``;`` one by one, in lower case; a cell named twice is there once.

    Raises
    ------
    SchemaError
        When one is no H3 cell, none is named, or they are of several resolutions; one sentence.
    """
    named = list(dict.fromkeys(part.strip().lower() for part in text.split(";") if part.strip()))
    strange = [part for part in named if not h3.is_valid_cell(part)]
    if strange or not named:
        shown = repr(strange[0]) if strange else "nothing"
        raise SchemaError(f"{shown} is no H3 cell; write hex ids separated by ;, e.g. 85032097fffffff")
    sizes = sorted({h3.get_resolution(part) for part in named})
    if len(sizes) > 1:
        raise SchemaError(f"cells of several resolutions, {', '.join(map(str, sizes))}; give cells of one")
    return named


def _fault_of(told: set[str], row: dict[str, object]) -> tuple[str, object, str] | None:
    """Column, value and reason of the first fault of a row's place."""
    own = [name for name in ("area_wkt", "cells") if name in told]
    if own:
        beside = [name for name in _GIVES if name in told and name != own[0]]
        if beside:
            return own[0], row[own[0]], f"{own[0]} and {beside[0]} are two places; keep one of them"
        return _fault_of_own(own[0], str(row[own[0]]))
    return _fault_of_reported(told, row)


def _fault_of_reported(told: set[str], row: dict[str, object]) -> tuple[str, object, str] | None:
    """Fault of a point or of the name of an area."""
    if len(told.intersection(_POINT)) == 1:
        (one,) = told.intersection(_POINT)
        return one, row[one], f"{one} without the other coordinate; give longitude and latitude, or neither"
    if not told.intersection(("point", *_NAMES, "place_precision")):
        return "place_precision", "", "no place is given; give a point, an area's name, area_wkt or cells"
    if "place_precision" not in told:
        return "place_precision", "", "a point or an area's name needs place_precision; say how well it is known"
    precision = str(row["place_precision"])
    needed = _NEEDS[precision]
    if not told.intersection(needed):
        wanted = " or ".join("longitude and latitude" if name == "point" else name for name in needed)
        return "place_precision", precision, f"a report known so well needs {wanted}"
    return None


def _fault_of_own(column: str, text: str) -> tuple[str, object, str] | None:
    """Fault of an outline or of cells."""
    try:
        outline_of(text) if column == "area_wkt" else cell_texts_of(text)
    except SchemaError as error:
        return column, text[:80], str(error)
    return None
