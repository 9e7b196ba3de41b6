"""Where on the roads a record applies, when, and what it costs: what one column alone cannot say.

A record applies to one of three places, and a row uses one of them:

1. a point, which is the stretch at the road nearest to it;
2. a line (``line_wkt``), which is the stretch along it;
3. a road (``road_id``), which is all of it.
"""

import re

import numpy as np
import pandas as pd
import shapely
from shapely import LineString, MultiLineString

from geo.contracts import faults
from geo.errors import SchemaError

MINUTES_PER_DAY = 1440
_POINT = ("longitude", "latitude")
_HOURS = re.compile(r"^(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})$")
_CURRENCY = re.compile(r"^[A-Z]{3}$")
Fault = tuple[str, object, str]


def road_place_faults(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the faults of records whose place on the roads is missing, told twice, or impossible; one per row.

    Parameters
    ----------
    rows
        ``longitude``, ``latitude``, ``line_wkt``, ``road_id``; each keeps the contract for itself. Not changed.
    """
    columns = (*_POINT, "line_wkt", "road_id")
    values = (rows[name].astype(object).where(rows[name].notna(), None) for name in columns)
    told = [(line, _place_fault(*row)) for line, row in zip(rows.index, zip(*values, strict=True), strict=True)]
    return faults((line, *fault) for line, fault in told if fault is not None)


def constraint_faults(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the faults of constraints: those of their place, of ``hours``, and of a fee without its currency.

    Parameters
    ----------
    rows
        Rows whose columns keep the constraints contract each for itself. Not changed.
    """
    found: list[tuple[object, str, object, str]] = []
    for line, text in rows["hours"].dropna().items():
        try:
            hours_of(str(text))
        except SchemaError as error:
            found.append((line, "hours", text, str(error)))
    for line, text in rows["fee_currency"].dropna().items():
        if not _CURRENCY.match(str(text)):
            found.append((line, "fee_currency", text, "not an ISO 4217 code; write three capitals, e.g. USD"))
    bare = rows["fee"].notna() & rows["fee_currency"].isna()
    found += [
        (line, "fee", fee, "a fee needs fee_currency; name it or leave the fee empty")
        for line, fee in rows.loc[bare, "fee"].items()
    ]
    return pd.concat([road_place_faults(rows), faults(found)], ignore_index=True)


def line_of(text: str) -> LineString | MultiLineString:
    """Return a stretch of road written as WKT, EPSG:4326, without heights.

    Raises
    ------
    SchemaError
        When it is no WKT, no line, leaves the degrees, or has no length; one sentence.
    """
    with np.errstate(invalid="ignore"):
        shape = shapely.from_wkt(text, on_invalid="ignore")
    if not isinstance(shape, LineString | MultiLineString) or shape.is_empty:
        raise SchemaError("not a WKT line; write LINESTRING(lon lat, lon lat, ...)")
    vertices = shapely.get_coordinates(shape)
    outside = vertices[~((np.abs(vertices) <= (180.0, 90.0)).all(axis=1))]
    if len(outside):
        lon, lat = outside[0]
        raise SchemaError(f"vertex {lon:g} {lat:g} is no longitude and latitude in degrees; swapped?")
    if shape.length == 0:
        raise SchemaError("the line has no length; give its point as longitude and latitude")
    return shapely.force_2d(shape)


def hours_of(text: str) -> tuple[int, int]:
    """Return the minutes after local midnight at which daily hours begin (inclusive) and end (exclusive).

    ``18:00-06:00`` is ``(1080, 360)``: an end before the beginning lies on the next day. 24:00 is the end of a day.

    Raises
    ------
    SchemaError
        When it is not two times of day, or both are the same; one sentence.
    """
    found = _HOURS.match(text.strip())
    if found is None:
        raise SchemaError("not hours; write the beginning and the end of each day, e.g. 18:00-06:00")
    begin_hour, begin_minute, end_hour, end_minute = (int(part) for part in found.groups())
    begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if max(begin_minute, end_minute) > 59 or begin >= MINUTES_PER_DAY or end > MINUTES_PER_DAY:
        raise SchemaError("no such time of day; hours run from 00:00 to 24:00")
    if begin == end % MINUTES_PER_DAY:
        raise SchemaError("begins and ends at the same minute; leave hours empty for all day")
    return begin, end


def _place_fault(longitude: object, latitude: object, line: object, road_id: object) -> Fault | None:
    """Column, value and reason of what is wrong with the place of one record."""
    if (longitude is None) != (latitude is None):
        one, value = ("longitude", longitude) if latitude is None else ("latitude", latitude)
        return one, value, f"{one} without the other coordinate; give longitude and latitude, or neither"
    given = {"longitude": longitude, "line_wkt": line, "road_id": road_id}
    named = [name for name, value in given.items() if value is not None]
    if not named:
        return "longitude", "", "no place is given; give a point, line_wkt or road_id"
    if len(named) > 1:
        first, second = ("a point" if name == "longitude" else name for name in named[:2])
        return named[1], str(given[named[1]])[:80], f"{first} and {second} are two places; keep one of them"
    if line is None:
        return None
    try:
        line_of(str(line))
    except SchemaError as error:
        return "line_wkt", str(line)[:80], str(error)
    return None
