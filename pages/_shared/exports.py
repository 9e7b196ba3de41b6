"""Files that leave from a page: the table behind the map, the map itself, routes; for the audience on screen.

A file is made when its button is clicked, from the same cleared tables as the page. It is made outside the session that
asked for it, where nobody knows its audience or day: both are settled when the button is drawn.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from geo.exports.picture import draw_map
from geo.exports.provenance import provenance_of
from geo.exports.tables import export_table
from geo.exports.tracks import export_tracks
from geo.layers.spec import MapSpec
from geo.model import HexbinRequest, as_json
from geo.redaction import Cleared
from pages._shared import data, frame

# Format of the command line -> what people call it, ending, media type.
TABLES = {
    "hxl": ("Table (CSV with HXL tags)", "csv", "text/csv"),
    "geojson": ("GeoJSON", "geojson", "application/geo+json"),
    "gpkg": ("GeoPackage", "gpkg", "application/geopackage+sqlite3"),
    "parquet": ("GeoParquet", "parquet", "application/vnd.apache.parquet"),
}

_TRACKS = {
    "gpx": ("GPX (tracks and waypoints)", "gpx", "application/gpx+xml"),
    "kml": ("KML", "kml", "application/vnd.google-earth.kml+xml"),
    "gpkg": ("GeoPackage", "gpkg", "application/geopackage+sqlite3"),
}


def incident_files(request: HexbinRequest, spec: MapSpec, headline: tuple[str, str]) -> None:
    """Offer the map as a picture and its cells as tables; every file says audience, date, unit and filters."""
    name = _file_name("incidents", str(frame.audience()), frame.as_of().isoformat())
    table = data.hexbin_table(request, frame.audience())
    with st.popover("Export", icon=":material/download:"):
        st.download_button(
            "Picture (PNG with legend)",
            partial(_picture, spec, headline, _facts(request)),
            file_name=f"{name}.png",
            mime="image/png",
            on_click="ignore",
            width="stretch",
        )
        for format_name, (spoken, ending, mime) in TABLES.items():
            st.download_button(
                spoken,
                partial(_table, table, format_name, _facts(request)),
                file_name=f"{name}.{ending}",
                mime=mime,
                on_click="ignore",
                width="stretch",
                key=f"export-{format_name}",
            )
        st.caption(f"For the audience {frame.audience_name()}: what it may not see is in none of these files.")


def route_files(found: data.RoutesAnswer, *, waypoints: Cleared | None = None) -> None:
    """Offer the routes on the page for telephones and map programs, with constraints on the way where given."""
    if "geometry" not in found.routes.columns:
        return  # who may not see where routes run is offered no file
    day, sources = frame.as_of(), data.base(frame.audience()).land.sources
    name = _file_name("routes", str(frame.audience()), day.isoformat())
    with st.popover("Export", icon=":material/download:"):
        for format_name, (spoken, ending, mime) in _TRACKS.items():
            st.download_button(
                spoken,
                partial(_tracks, found, waypoints, format_name, sources),
                file_name=f"{name}.{ending}",
                mime=mime,
                on_click="ignore",
                width="stretch",
                key=f"export-{format_name}",
            )
        st.caption(f"For the audience {frame.audience_name()}: what it may not see is in none of these files.")


def _tracks(found: data.RoutesAnswer, waypoints: Cleared | None, format_name: str, sources: Mapping[str, str]) -> bytes:
    facts = provenance_of(sources, as_of=found.request.as_of, exposure_unit=found.unit, modelled=True)
    return export_tracks(
        found.routes, format_name=format_name, provenance=facts, waypoints=waypoints, segments=found.segments
    )


def _facts(request: HexbinRequest) -> dict[str, str]:
    sources = data.base(frame.audience()).land.sources
    asked: dict[str, Any] = {key: value for key, value in as_json(request).items() if value}
    return provenance_of(sources, as_of=frame.as_of(), unit="incidents per cell", filters=json.dumps(asked))


def _picture(spec: MapSpec, headline: tuple[str, str], facts: dict[str, str]) -> bytes:
    return draw_map(spec, headline=headline[0], subtitle=headline[1], provenance=facts)


def _table(table: Callable[[], Cleared], format_name: str, facts: dict[str, str]) -> bytes:
    return export_table(table(), format_name=format_name, provenance=facts)


def _file_name(*parts: str) -> str:
    return "-".join(re.sub(r"[^a-z0-9-]+", "_", part.lower()) for part in ("piste", *parts))
