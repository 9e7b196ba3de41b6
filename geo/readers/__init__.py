"""The door: one file per published format, each handing back one contract and every fault.

A reader is ``read_FORMAT(path, *, country=None) -> Reading``. It never changes anything, never
touches the network, and refuses a bad file with one clear sentence.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from geo.errors import ImportRefusedError
from geo.readers.reading import Reading
from geo.readers.recorded import Recorded

# format -> (module, function); imported on first use, so a format's libraries load only when needed.
_READERS: dict[str, tuple[str, str]] = {
    "ucdp": ("geo.readers.ucdp", "read_ucdp"),
    "geopko": ("geo.readers.geopko", "read_geopko"),
    "acled": ("geo.readers.acled", "read_acled"),
    "osm": ("geo.readers.osm", "read_osm"),
    "roads": ("geo.readers.roads", "read_roads"),
    "rivers": ("geo.readers.rivers", "read_rivers"),
    "boundaries": ("geo.readers.boundaries", "read_boundaries"),
    "places": ("geo.readers.places", "read_places"),
    "airports": ("geo.readers.airports", "read_airports"),
    "primero": ("geo.readers.primero", "read_primero"),
    "kobo": ("geo.readers.kobo", "read_kobo"),
    "kobo_roads": ("geo.readers.kobo_roads", "read_kobo_roads"),
    "kobo_constraints": ("geo.readers.kobo_roads", "read_kobo_constraints"),
    "kobo_requests": ("geo.readers.kobo_requests", "read_kobo_requests"),
    "primero_requests": ("geo.readers.primero_requests", "read_primero_requests"),
    "unsdit": ("geo.readers.unsdit", "read_unsdit"),
    "roadblocks": ("geo.readers.roadblocks", "read_roadblocks"),
    "ucdp_actors": ("geo.readers.ucdp_actors", "read_ucdp_actors"),
    "ucdp_actor_links": ("geo.readers.ucdp_actors", "read_ucdp_actor_links"),
}
# Formats whose rows speak of sites and requests that are recorded already.
OF_RECORDED = frozenset({"kobo_requests", "primero_requests"})
# Our own templates: format and table share the name; headers are the contract's columns.
TEMPLATES = (
    *(
        "incidents",
        "actors",
        "actor_links",
        "actor_names",
        "commitments",
        "bases",
        "sites",
        "presence",
        "constraints",
        "road_reports",
        "requests",
        "partners",
        "staff",
        "fleet",
        "missions",
        "visits",
        "scenarios",
        "measures",
        "duties",
    ),
)
# What a map or export calls the source of a format; templates and plain line files are "own records".
SOURCE_NAMES = {
    "ucdp": "UCDP GED",
    "ucdp_actors": "UCDP Actor",
    "ucdp_actor_links": "UCDP Actor",
    "acled": "ACLED",
    "geopko": "Geo-PKO",
    "osm": "OpenStreetMap",
    "roads": "road file",
    "rivers": "river file",
    "boundaries": "boundary file",
    "places": "place file",
    "airports": "OurAirports",
    "primero": "Primero MRM",
    "primero_requests": "Primero MRM",
    "kobo": "interview form",
    "kobo_roads": "road form",
    "kobo_constraints": "road form",
    "kobo_requests": "request form",
    "unsdit": "road status table",
    "roadblocks": "roadblock survey",
}
FORMATS = (*_READERS, *TEMPLATES)


class _Reader(Protocol):
    def __call__(self, path: Path, *, country: str | None = None) -> Reading: ...


def read_file(
    format_name: str,
    path: Path,
    *,
    country: str | None = None,
    source: str | None = None,
    recorded: Recorded | None = None,
) -> Reading:
    """Read one file of a known format.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-3 code: keeps only that country's rows where the format covers several
        (others are rejected with that reason) and names the country where the format does not.
    source
        What maps and exports call where the file is from; by default the name of the format's publisher.
    recorded
        Sites and requests; the formats of :data:`OF_RECORDED` ask for them.

    Raises
    ------
    ImportRefusedError
        When the format is unknown or the file as a whole cannot be taken in.
    """
    if format_name in TEMPLATES:
        templates = import_module("geo.readers.templates")
        read_template = cast("Callable[..., Reading]", templates.read_template)
        return _from(read_template(path, table=format_name, country=country), source)
    if format_name not in _READERS:
        raise ImportRefusedError(f"unknown format {format_name!r}; known: {', '.join(FORMATS)}")
    module, function = _READERS[format_name]
    reader: _Reader = cast("_Reader", getattr(import_module(module), function))
    if format_name in OF_RECORDED:
        if recorded is None or recorded.sites.empty:
            raise ImportRefusedError(f"{format_name} names sites, and none is recorded; import sites first")
        reader = partial(cast("Callable[..., Reading]", reader), recorded=recorded)
    return _from(reader(path, country=country), source or SOURCE_NAMES[format_name])


def _from(reading: Reading, source: str | None) -> Reading:
    """Name the source of a reading."""
    if not source or not source.strip():
        return reading
    return replace(reading, provenance=replace(reading.provenance, source=source.strip()))
