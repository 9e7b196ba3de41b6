"""What files about roads have in common: days, positions and lines under many names, and ids made of a place.

A column is known by its letters and digits alone: "Last Update", "LastUpdate" and "last_update" are one name.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from geo.readers.columns import find_column, text_of
from geo.readers.countries import plain_name
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
_TWO_THEN_YEAR = re.compile(r"^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T].*)?$")
_MONTH_IN_WORDS = re.compile(r"^\s*(\d{1,2})[ -]([^\W\d_]+)\.?[ -](\d{4})(?:[ T].*)?$")
_MONTHS_PER_YEAR = 12
_DAY_FIRST, _MONTH_FIRST = "day/month/year", "month/day/year"
# Beginnings of the names of months, English and French, without accents, long enough to be told apart.
_MONTHS = (
    *(("jan",), ("feb", "fev"), ("mar",), ("apr", "avr"), ("may", "mai"), ("jun", "juin")),
    *(("jul", "juil"), ("aug", "aou"), ("sep",), ("oct",), ("nov",), ("dec",)),
)
_OF_DEGREES = re.compile(r"^\s*SRID=4326;\s*", re.IGNORECASE)  # as PostGIS writes WKT
_DECIMAL_COMMA = r"^\s*([+-]?\d+),(\d+)\s*$"
_HASH_LETTERS = 12


def read_road_table(path: Path, names: Collection[str]) -> TextTable:
    """Read the named columns of a CSV or XLSX file, and those of this module; no other column enters memory.

    Columns come under the names asked for, whatever their spelling in the file. A note says how days were read.
    """
    common = (LONGITUDE_NAMES, LATITUDE_NAMES, WKT_NAMES, ROAD_ID_NAMES, DAY_NAMES, SOURCE_NAMES)
    wanted = _Spellings([*names, *(name for group in common for name in group)])
    read = read_workbook(path, wanted=wanted, needed=[]) if is_workbook(path) else read_text_table(path, wanted=wanted)
    frame = read.frame.rename(columns=wanted.names_of(read.frame.columns))
    order = _order_of_days(text_of(frame, DAY_NAMES))
    notes = (f"days read as {order}",) if order else ()
    return replace(read, frame=frame, notes=(*read.notes, *notes))


class _Spellings(Collection[str]):
    """Names of columns, known by their letters and digits alone."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        for name in names:
            self._names.setdefault(_letters(name), name)

    def __contains__(self, header: object) -> bool:
        return isinstance(header, str) and _letters(header) in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.values())

    def __len__(self) -> int:
        return len(self._names)

    def names_of(self, headers: Iterable[object]) -> dict[str, str]:
        """Our name of each header; of two headers with one name the first has it, the other keeps its own."""
        found: dict[str, str] = {}
        for header in map(str, headers):
            name = self._names.get(_letters(header), header)
            if name not in found.values():
                found[header] = name
        return found


def _letters(header: str) -> str:
    return plain_name(header.replace("_", " ")).replace(" ", "")


def days_of(table: pd.DataFrame) -> pd.Series:
    """Days as ISO text, the time of day kept where the year leads.

    2026/11/02, 20261102 and 2 Nov 2026 are written anew. Whether day or month comes first in 02/11/2026 the
    column tells where one of its rows can only be read one way and none only the other; else it is left as it is.
    """
    text = text_of(table, DAY_NAMES)
    order = _order_of_days(text)
    return text.map(lambda day: _as_iso(day, order), na_action="ignore").astype("string")


def _as_iso(day: str, order: str) -> str:
    """A day as ISO text; the text itself where it is in no order known, for the contract to judge."""
    if worded := _MONTH_IN_WORDS.match(day):
        month = _month_of(worded[2])
        return day if month is None else f"{worded[3]}-{month:02d}-{int(worded[1]):02d}"
    if order and (parts := _TWO_THEN_YEAR.match(day)):
        number, month = (int(parts[n]) for n in ((1, 2) if order == _DAY_FIRST else (2, 1)))
        return f"{parts[3]}-{month:02d}-{number:02d}"
    return _PLAIN_DAY.sub(r"\1-\2-\3\4", day)


def _order_of_days(text: pd.Series) -> str:
    """Order of a column's days such as 20/02/2026; empty where no row, or rows of both kinds, decide it."""
    parts = text.str.extract(_TWO_THEN_YEAR)
    first, second = (bool((parts[n].dropna().astype(int) > _MONTHS_PER_YEAR).any()) for n in (0, 1))
    if first == second:
        return ""
    return _DAY_FIRST if first else _MONTH_FIRST


def _month_of(word: str) -> int | None:
    """Number of a month; ``None`` where the word is none."""
    plain = plain_name(word)
    return next((n for n, beginnings in enumerate(_MONTHS, start=1) if plain.startswith(beginnings)), None)


def places_of(table: pd.DataFrame) -> pd.DataFrame:
    """Where each row lies: ``longitude``, ``latitude``, ``line_wkt``, ``road_id``, each as text or missing.

    A line wins over a point, and a point over the id of a road, which is kept only where nothing else says where: ids
    of one road file are unknown to another. A WKT point is a point.
    """
    wkt = text_of(table, WKT_NAMES).str.replace(_OF_DEGREES, "", regex=True)
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
