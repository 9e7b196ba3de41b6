"""What files about roads have in common: days, positions and lines under many names, and ids made of a place."""

import hashlib
import re
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from geo.readers.columns import find_column, text_of
from geo.readers.text_table import TextTable, read_text_table
from geo.readers.workbook import is_workbook, read_workbook

LONGITUDE_NAMES = ("longitude", "lon", "long", "lng", "x", "x_coord", "gps_longitude", "_longitude")
LATITUDE_NAMES = ("latitude", "lat", "y", "y_coord", "gps_latitude", "_latitude")
WKT_NAMES = ("line_wkt", "wkt", "wkt_geom", "geom", "the_geom", "geometry")
ROAD_ID_NAMES = ("road_id", "roadid", "osm_id", "id_road", "road_code", "id_route", "code_route")
DAY_NAMES = (
    "observed_on",
    "observation_date",
    "status_date",
    "report_date",
    "date_report",
    "last_update",
    "last_updat",  # shapefiles cut names at ten letters
    "update_date",
    "visit_date",
    "date_visit",
    "date_visite",
    "date_maj",
    "date",
)
# No column of who typed it in: that may be a person.
SOURCE_NAMES = ("source", "sourceid", "organisation", "organization", "org")
_POINT = re.compile(r"^\s*POINT\s*(?:Z\s*)?\(\s*(\S+)\s+(\S+)(?:\s+\S+)?\s*\)\s*$", re.IGNORECASE)
_PLAIN_DAY = re.compile(r"^(\d{4})[/.]?(\d{2})[/.]?(\d{2})(.*)$")
_DECIMAL_COMMA = r"^\s*([+-]?\d+),(\d+)\s*$"
_HASH_LETTERS = 12


def read_road_table(path: Path, names: Collection[str]) -> TextTable:
    """Read the named columns of a CSV or XLSX file, and those of this module; no other column enters memory."""
    common = (LONGITUDE_NAMES, LATITUDE_NAMES, WKT_NAMES, ROAD_ID_NAMES, DAY_NAMES, SOURCE_NAMES)
    wanted = {*names, *(name for group in common for name in group)}
    return read_workbook(path, wanted=wanted, needed=[]) if is_workbook(path) else read_text_table(path, wanted=wanted)


def days_of(table: pd.DataFrame) -> pd.Series:
    """Days as ISO text; 2026/11/02 and 20261102 are written anew, what may be day or month first is left as it is."""
    return text_of(table, DAY_NAMES).str.replace(_PLAIN_DAY, r"\1-\2-\3\4", regex=True)


def places_of(table: pd.DataFrame) -> pd.DataFrame:
    """Where each row lies: ``longitude``, ``latitude``, ``line_wkt``, ``road_id``, each as text or missing.

    A line wins over a point, and a point over the id of a road, which is kept only where nothing else says where: ids
    of one road file are unknown to another. A WKT point is a point.
    """
    wkt = text_of(table, WKT_NAMES)
    point = wkt.str.extract(_POINT)
    line = wkt.mask(point[0].notna())
    found: dict[str, pd.Series] = {}
    for position, (name, names) in enumerate((("longitude", LONGITUDE_NAMES), ("latitude", LATITUDE_NAMES))):
        degrees = text_of(table, names).str.replace(_DECIMAL_COMMA, r"\1.\2", regex=True)
        found[name] = point[position].astype("string").fillna(degrees).mask(line.notna())
    at_all = line.notna() | found["longitude"].notna() | found["latitude"].notna()
    return pd.DataFrame(found | {"line_wkt": line, "road_id": text_of(table, ROAD_ID_NAMES).mask(at_all)})


def has_place(table: pd.DataFrame) -> bool:
    """Whether a file has any of the columns that say where."""
    point = find_column(table, LONGITUDE_NAMES) is not None and find_column(table, LATITUDE_NAMES) is not None
    return point or any(find_column(table, names) is not None for names in (WKT_NAMES, ROAD_ID_NAMES))


def ids_of(prefix: str, given: pd.Series, places: pd.DataFrame, day: pd.Series | None = None) -> pd.Series:
    """Id of each row: the given one, else one made of the place; with the day where one place is told of again.

    The same row read again has the same id, so that reading a newer file changes records and adds none.
    """
    told = places.astype("string").fillna("")
    joined = told["longitude"] + " " + told["latitude"] + " " + told["line_wkt"] + " " + told["road_id"]
    hashed = joined.map(lambda text: hashlib.sha256(text.encode()).hexdigest()[:_HASH_LETTERS]).astype("string")
    ids = prefix + ":" + given.fillna(hashed)
    return ids if day is None else ids + ":" + day.str.slice(0, 10).fillna("")
