"""A country small enough to solve by hand: two square provinces of one degree, a cross of two roads, two bases,
three sites, six incidents, one for each way a place is known.

A degree of either road takes 120 minutes (stated). Minutes by road::

              site-west  site-north  site-east
    west        36         144         156
    east       144         132          24
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.answers.world import World
from geo.schema import TABLES
from geo.settings import Settings
from geo.workspace import Workspace, open_workspace
from tests.toy_readings import base, boundary, incident, reading_of

COUNTRY = "XTO"
DAY = dt.date(2020, 6, 30)
WEST, EAST = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)

BOUNDARIES = [
    boundary("XTO", name="Toyland", level=0, country=COUNTRY, geometry=shapely.box(0, 0, 2, 1)),
    boundary("XTO-W", name="West", country=COUNTRY, parent="XTO", geometry=WEST),
    boundary("XTO-E", name="East", country=COUNTRY, parent="XTO", geometry=EAST),
]
ROADS = [
    {
        "road_id": "road-across",
        "road_class": "primary",
        "duration_min": 240,
        "geometry": shapely.LineString([(0, 0.5), (1, 0.5), (2, 0.5)]),
    },
    {
        "road_id": "road-up",
        "road_class": "secondary",
        "duration_min": 120,
        "geometry": shapely.LineString([(1, 0), (1, 0.5), (1, 1)]),
    },
]
BASES = [
    base(
        "base-west", name="Westbase", country=COUNTRY, longitude=0.2, latitude=0.5,
        escort_slots_per_week=2, helipad="yes", alert_hub="yes", hosts_partners="yes",
    ),
    base(
        "base-east", name="Eastbase", country=COUNTRY, longitude=1.7, latitude=0.5,
        escort_slots_per_week=2, helipad="yes", valid_to="2020-06-30",
    ),
]  # fmt: skip
SITES = [
    {"site_id": f"site-{name}", "name": f"{name.title()}ville", "kind": "village", "people": people,
     "country": COUNTRY, "longitude": lon, "latitude": lat}
    for name, people, lon, lat in (("west", 100, 0.5, 0.5), ("north", 200, 1.0, 0.9), ("east", 400, 1.5, 0.5))
]  # fmt: skip


def event(number: int, day: str, place_precision: str, **values: Any) -> dict[str, Any]:
    """One incident of one day between a band and civilians, in the middle of the west unless said otherwise."""
    usual = {"date_start": day, "date_end": day, "country": COUNTRY, "longitude": 0.5, "latitude": 0.5}
    sides = {"actor_a": "Red Band", "actor_b": "Civilians"}
    return incident(number, place_precision=place_precision, **{**usual, **sides, **values})


INCIDENTS = [
    event(1, "2020-01-10", "exact", event_type="attack", fatalities_best=2),
    event(2, "2020-02-10", "near", longitude=1.5, actor_a="Blue Band", event_type="clash", fatalities_best=3),
    event(3, "2020-04-10", "admin2", longitude=1.5, admin1="East", admin2="Nowhere district"),
    event(4, "2020-04-20", "admin1", admin1="West province", violation="abduction"),
    event(5, "2020-05-10", "country", longitude=1.0),
    event(6, "2020-06-10", "nowhere", country=None, date_end="2020-06-20"),
]
COUNTRY_TABLES = {
    "boundaries": BOUNDARIES,
    "roads": ROADS,
    "bases": BASES,
    "sites": SITES,
    "incidents": INCIDENTS,
}


def toy_workspace(folder: Path, tables: Mapping[str, Sequence[dict[str, Any]]] = COUNTRY_TABLES) -> Workspace:
    """Store tables in a new workspace, one import each."""
    workspace = open_workspace(folder, author="test", create=True)
    for name, rows in tables.items():
        workspace.add(reading_of(name, rows))
    return workspace


@cache
def _nothing(table: str) -> pd.DataFrame:
    """A table without rows, as a workspace hands it out."""
    contract = TABLES[table]
    empty = contract.empty()
    return gpd.GeoDataFrame(empty, geometry=[], crs="EPSG:4326") if contract.geometry in ("line", "polygon") else empty


@cache
def _usual(table: str) -> pd.DataFrame:
    return reading_of(table, COUNTRY_TABLES[table]).frame


class TableTop:
    """Stands in for a workspace where a test needs many small worlds and no disk."""

    def __init__(self, tables: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        self._frames = {
            name: _usual(name) if rows is COUNTRY_TABLES.get(name) else reading_of(name, rows).frame
            for name, rows in tables.items()
        }

    remembered = Path("nowhere")

    def version(self) -> str:
        return "1"

    def imports(self) -> tuple[()]:
        return ()

    def provenance(self, name: str, *, known_at: dt.datetime | None = None) -> pd.DataFrame:
        assert known_at is None
        columns = [TABLES[name].key, "author", "reason", "recorded_at"]
        return pd.DataFrame({column: pd.Series(dtype=object) for column in columns})

    def table(self, name: str, *, as_of: dt.date | None = None, known_at: dt.datetime | None = None) -> pd.DataFrame:
        assert known_at is None
        frame = self._frames.get(name, _nothing(name))
        if as_of is None or "valid_from" not in frame:
            return frame
        day = pd.Timestamp(as_of)
        return frame.loc[~(frame["valid_from"] > day) & ~(frame["valid_to"] < day)].reset_index(drop=True)


def table_top(settings: Settings, tables: Mapping[str, Sequence[dict[str, Any]]] = COUNTRY_TABLES) -> World:
    """The same country without a store behind it."""
    return World(TableTop(tables), settings)  # type: ignore[arg-type]
