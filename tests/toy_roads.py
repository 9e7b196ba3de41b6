"""Small road tables and bases to solve by hand."""

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.access.network import Network
from geo.access.reach import Ways
from geo.access.segments import Passability
from geo.schema import BASES, CONSTRAINTS, ROAD_REPORTS, ROADS


def roads_of(rows: Iterable[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Roads table from dicts with ``line`` (coordinates or a geometry) and any contract columns."""
    rows = list(rows)
    lines = [
        row["line"] if isinstance(row["line"], shapely.Geometry) else shapely.LineString(row["line"]) for row in rows
    ]
    raw = pd.DataFrame([{k: v for k, v in row.items() if k != "line"} for row in rows], index=range(1, len(rows) + 1))
    if "road_id" not in raw:
        raw["road_id"] = [f"r{number}" for number in raw.index]
    checked = ROADS.check(raw)
    assert checked.rejects.empty, checked.rejects
    return gpd.GeoDataFrame(checked.frame, geometry=lines, crs=4326)


def bases_of(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Open bases from dicts; organisation and name are filled in."""
    raw = pd.DataFrame([{"name": "x", "organisation": "UN", "organisation_type": "mission"} | row for row in rows])
    checked = BASES.check(raw) if len(raw) else None
    if checked is None:
        frame = BASES.empty()
    else:
        assert checked.rejects.empty, checked.rejects
        frame = checked.frame
    possible = raw["escort_possible"].fillna(value=False).astype(bool) if "escort_possible" in raw else False
    return frame.assign(escort_possible=possible, open_basis="recorded")


def constraints_of(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Constraints from dicts; id and day of report are filled in."""
    raw = pd.DataFrame([{"constraint_id": f"k{i}", "reported_on": "2020-01-01"} | row for i, row in enumerate(rows)])
    checked = CONSTRAINTS.check(raw)
    assert checked.rejects.empty, checked.rejects
    return checked.frame


def reports_of(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Road reports from dicts; the id is filled in."""
    raw = pd.DataFrame([{"report_id": f"s{i}"} | row for i, row in enumerate(rows)])
    checked = ROAD_REPORTS.check(raw)
    assert checked.rejects.empty, checked.rejects
    return checked.frame


def ways_of(network: Network, passability: Passability, airfields: Iterable[tuple[str, float, float]] = ()) -> Ways:
    """Ways to go by, with airfields given as id, longitude and latitude."""
    fields = pd.DataFrame(list(airfields), columns=["airport_id", "longitude", "latitude"])
    return Ways(network=network, passability=passability, airfields=fields)
