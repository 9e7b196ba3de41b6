"""Small readings made by hand, as a reader would hand them over."""

import hashlib
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.contracts import faults
from geo.readers.reading import Provenance, Reading
from geo.schema import TABLES


def reading_of(
    table: str,
    rows: Sequence[dict[str, Any]],
    *,
    format_name: str | None = None,
    file_name: str = "toy.csv",
    content: str | None = None,
    rejects: Sequence[tuple[int, str, str, str]] = (),
    flags: Sequence[tuple[int, str, str, str]] = (),
) -> Reading:
    """Rows under a table's contract, first row on line 2; the file's hash follows from its rows or ``content``."""
    contract = TABLES[table]
    index = range(2, 2 + len(rows))
    raw = pd.DataFrame(
        {name: [row.get(name) for row in rows] for name in contract.column_names}, index=index, dtype=object
    )
    checked = contract.check(raw)
    assert checked.rejects.empty, checked.rejects.to_string()
    frame = checked.frame
    if contract.geometry in ("line", "polygon"):
        frame = gpd.GeoDataFrame(frame, geometry=[row["geometry"] for row in rows], crs="EPSG:4326")
    rejected = faults(rejects)
    return Reading(
        table=table,
        frame=frame,
        rejects=rejected,
        flags=faults(flags),
        rows_read=len(frame) + rejected["line"].nunique(),
        provenance=Provenance(
            format=format_name or table,
            file_name=file_name,
            sha256=hashlib.sha256((content or repr(rows)).encode()).hexdigest(),
            size_bytes=1,
            reader_version="toy 1",
            encoding="utf-8",
            notes=("made by hand",),
        ),
    )


def incident(number: int, **values: Any) -> dict[str, Any]:
    """One incident, exact in place and day."""
    return {
        "incident_id": f"ucdp:{number}",
        "source": "ucdp",
        "date_start": "2020-01-05",
        "date_end": "2020-01-05",
        "longitude": 18.5,
        "latitude": 4.4,
        "place_precision": "exact",
        **values,
    }


def base(base_id: str, **values: Any) -> dict[str, Any]:
    """One base of the mission."""
    return {
        "base_id": base_id,
        "name": f"Base {base_id}",
        "organisation": "MINUSCA",
        "organisation_type": "mission",
        "longitude": 18.5,
        "latitude": 4.4,
        **values,
    }


def road(road_id: str, *, lat: float = 0.0, **values: Any) -> dict[str, Any]:
    """One straight road of a degree eastward."""
    return {"road_id": road_id, "road_class": "primary", "geometry": shapely.LineString([(0, lat), (1, lat)]), **values}


def boundary(boundary_id: str, **values: Any) -> dict[str, Any]:
    """One square area."""
    return {"boundary_id": boundary_id, "name": boundary_id, "level": 1, "geometry": shapely.box(0, 0, 1, 1), **values}


# Two events stored, one row rejected for two reasons, one doubt.
INCIDENTS = reading_of(
    "incidents",
    [incident(1), incident(2, date_start="2020-12-30", date_end="2020-12-31")],
    format_name="ucdp",
    rejects=[(9, "latitude", "=99", "above 90"), (9, "date_start", "?", "required value is missing")],
    flags=[(2, "fatalities_best", "9", "above fatalities_high")],
)
