"""Columns that several contracts share, and the short way to write one."""

from typing import Any

from geo.contracts import Column, Kind


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
