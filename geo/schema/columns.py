"""Columns that several contracts share, and the short way to write one."""

from dataclasses import replace
from typing import Any

from geo.contracts import Column, Kind
from geo.schema.words import RELIABILITIES, SOURCE_TYPES, VEHICLES


def column(name: str, kind: Kind, about: str, **limits: Any) -> Column:
    """Write a column: its name, kind, what it means, and its limits."""
    return Column(name=name, kind=kind, about=about, **limits)


LONGITUDE = column("longitude", "number", "degrees east, EPSG:4326", required=True, low=-180, high=180)
LATITUDE = column("latitude", "number", "degrees north, EPSG:4326", required=True, low=-90, high=90)
COUNTRY = column("country", "text", "ISO 3166-1 alpha-3 code")
VALID = (
    column("valid_from", "date", "first day the fact is true; empty = always"),
    column("valid_to", "date", "last day the fact is true, inclusive; empty = still true"),
)
# What a graded report says of itself.
GRADES = (
    column("source_type", "text", "who saw it", choices=SOURCE_TYPES),
    column("reliability", "text", "source reliability, Admiralty A to F", choices=RELIABILITIES),
    column("credibility", "integer", "information credibility, Admiralty 1 to 6", low=1, high=6),
)
# Where on the roads a record applies: exactly one of a point, a line, a road.
LONGITUDE_OF_ROAD = replace(LONGITUDE, required=False)
LATITUDE_OF_ROAD = replace(LATITUDE, required=False)
LINE_OF_ROAD = column("line_wkt", "text", "stretch of road: WKT line, EPSG:4326")
ROAD_ID = column("road_id", "text", "whole road: its id in the road file")
HEADING = column(
    "heading_deg",
    "number",
    "direction of travel it speaks of, degrees clockwise from north; empty = both directions",
    low=0,
    high=360,
)
OF_VEHICLES = column(
    "vehicles",
    "text",
    "vehicles it speaks of, separated by ; (empty = all)",
    choices=VEHICLES,
    several=True,
)
