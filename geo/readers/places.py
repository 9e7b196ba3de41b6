"""Settlements and points of interest: GeoNames JSON, OSM nodes in SQLite (zipped), or a feature file of points."""

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.contracts import faults
from geo.errors import ImportRefusedError
from geo.readers.archives import file_kind, opened
from geo.readers.columns import find_column, text_of
from geo.readers.countries import alpha3_of_alpha2, alpha3_of_names, check_country, of_other_countries
from geo.readers.features import SUFFIXES, read_features, settle_softly
from geo.readers.geojson import load_json
from geo.readers.geopackage import open_sqlite, tables
from geo.readers.raw_features import numbered
from geo.readers.reading import Reading, provenance_of
from geo.schema import PLACES

READER_VERSION = "1"
MAX_NODES = 5_000_000
_NODE_COLUMNS = ("id", "lat", "lon", "name", "tag", "value", "population")
_ID = ("place_id", "osm_id", "@id", "full_id", "geonameid", "id", "fid", "ne_id")
_NAME = ("name", "name_fr", "name_en", "name:fr", "name:en", "nom", "featurename")
# The first filled one says what a point is; OSM keys first, then what other publishers call it.
_KIND = ("kind", "amenity", "place", "healthcare", "aeroway", "military", "shop", "office", "man_made", "fclass")
_KIND_ELSEWHERE = ("featurecla", "type", "class", "category", "building")
_COUNTRY = ("country", "iso3", "iso_a3", "adm0_a3", "countrycode", "iso2", "iso_a2")
# Kind of a GeoNames settlement by people, after the thresholds of the OSM wiki for place=*.
_KIND_BY_PEOPLE = ((100_000, "city"), (10_000, "town"), (0, "village"))


def read_places(path: Path, *, country: str | None = None) -> Reading:
    """Read places; those without a name are kept, with the name empty.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-3 code. Where the file tells the country of each place, others are rejected;
        where it does not, this code is set.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in.
    """
    country = check_country(country)
    with opened(path, suffixes=(".sqlite", ".db", *SUFFIXES)) as inner:
        kind = file_kind(inner)
        if kind == "sqlite" and _is_node_table(inner):
            return _from_nodes(path, inner, country)
        if kind == "json":
            document, encoding = load_json(inner)
            if isinstance(document, dict) and "type" not in document:
                return _from_geonames(path, document, encoding, country)
    return _from_features(path, country)


def _is_node_table(path: Path) -> bool:
    with open_sqlite(path) as database:
        return "node" in tables(database)


def _from_nodes(path: Path, inner: Path, country: str | None) -> Reading:
    """OSM nodes: table NODE(ID, LAT, LON, NAME, …, TAG, VALUE, POPULATION), one row per node."""
    with open_sqlite(inner) as database:
        rows = _node_rows(database, path.name)
    nodes = pd.DataFrame(rows, columns=list(_NODE_COLUMNS), dtype=object)
    nodes.index = pd.RangeIndex(1, len(nodes) + 1, name="line")
    value = nodes["value"].astype("string").str.strip()
    quoted = value.str.contains('"', regex=False).fillna(value=False).astype(bool)
    flags = faults((line, "kind", text, "quotation marks removed") for line, text in value[quoted].items())
    kind = value.str.replace('"', "", regex=False).str.strip()
    raw = pd.DataFrame(
        {
            "place_id": nodes["id"],
            "name": nodes["name"],
            "kind": kind.mask(kind == "yes", nodes["tag"].astype("string")),
            "population": nodes["population"],
            "country": country,
            "longitude": nodes["lon"],
            "latitude": nodes["lat"],
        }
    )
    notes = ("OSM nodes; tag value taken as kind", _said_country(country))
    provenance = provenance_of(path, format_name="places", reader_version=READER_VERSION, notes=notes)
    return settle_softly(PLACES, raw, provenance=provenance, rejects=[], flags=[flags])


def _node_rows(database: sqlite3.Connection, file_name: str) -> list[tuple[object, ...]]:
    table = tables(database)["node"].replace('"', '""')
    present = {str(row[1]).lower() for row in database.execute(f'PRAGMA table_info("{table}")')}
    missing = [name for name in _NODE_COLUMNS if name not in present]
    if missing:
        raise ImportRefusedError(f"{file_name}: table NODE lacks column {', '.join(missing)}; it is no OSM node file")
    select = f'SELECT {", ".join(_NODE_COLUMNS)} FROM "{table}" LIMIT {MAX_NODES + 1}'  # noqa: S608 - quoted above
    rows = database.execute(select).fetchall()
    if not rows:
        raise ImportRefusedError(f"{file_name}: table NODE is empty; nothing was imported")
    if len(rows) > MAX_NODES:
        raise ImportRefusedError(f"{file_name} holds more than {MAX_NODES} nodes; cut it by country first")
    return rows


def _from_geonames(path: Path, document: dict[str, Any], encoding: str, country: str | None) -> Reading:
    """GeoNames as JSON: an object of places keyed by geonameid."""
    entries = [entry if isinstance(entry, dict) else {} for entry in document.values()]
    if not entries or "geonameid" not in entries[0]:
        raise ImportRefusedError(f"{path.name} is JSON but neither GeoJSON nor GeoNames places keyed by geonameid")
    places = numbered([{k: v for k, v in entry.items() if not isinstance(v, list | dict)} for entry in entries])
    population = text_of(places, ("population",))
    people = pd.to_numeric(population, errors="coerce").astype("float64")
    raw = pd.DataFrame(
        {
            "place_id": text_of(places, ("geonameid",)),
            "name": text_of(places, ("name",)),
            "kind": _kind_by_people(people),
            "population": population.mask(people == 0),
            "country": alpha3_of_alpha2(text_of(places, ("countrycode",))),
            "longitude": text_of(places, ("longitude",)),
            "latitude": text_of(places, ("latitude",)),
        },
        index=places.index,
    )
    steps = ", ".join(f"{kind} from {least:,}" for least, kind in _KIND_BY_PEOPLE)
    notes = (f"kind by population: {steps}", "population 0 means not known")
    rejects = of_other_countries(raw["country"], country)
    provenance = provenance_of(
        path, format_name="places", reader_version=READER_VERSION, encoding=encoding, notes=notes
    )
    return settle_softly(PLACES, raw, provenance=provenance, rejects=[rejects], flags=[])


def _kind_by_people(people: pd.Series) -> pd.Series:
    steps = [people >= least for least, _ in _KIND_BY_PEOPLE]
    kinds = np.select(steps, [kind for _, kind in _KIND_BY_PEOPLE], default="village")
    return pd.Series(kinds, index=people.index, dtype="string")


def _from_features(path: Path, country: str | None) -> Reading:
    """Points of a feature file; what they are stands in an OSM key or a column of that meaning."""
    features = read_features(path, shape="point")
    properties = features.properties
    if find_column(properties, (*_KIND, *_KIND_ELSEWHERE)) is None:
        raise ImportRefusedError(f"{path.name} does not say what its points are; add a column kind, e.g. village")
    text = text_of(properties, _COUNTRY)
    codes = alpha3_of_names(text).fillna(alpha3_of_alpha2(text))
    numbers = pd.Series("row " + properties.index.astype("string"), index=properties.index)
    ids, osm_type = text_of(properties, _ID), text_of(properties, ("osm_type",))
    raw = pd.DataFrame(
        {
            "place_id": (osm_type + "/" + ids).fillna(ids).fillna(numbers),
            "name": text_of(properties, _NAME),
            "kind": text_of(properties, (*_KIND, *_KIND_ELSEWHERE)),
            "population": text_of(properties, ("population", "pop_max", "pop_est")),
            "country": codes if codes.notna().any() else country,
            "longitude": shapely.get_x(features.geometry),
            "latitude": shapely.get_y(features.geometry),
        },
        index=properties.index,
    )
    rejects = of_other_countries(codes, country) if codes.notna().any() else faults()
    provenance = provenance_of(
        path,
        format_name="places",
        reader_version=READER_VERSION,
        encoding=features.encoding,
        notes=features.notes if codes.notna().any() else (*features.notes, _said_country(country)),
    )
    return settle_softly(
        PLACES, raw, provenance=provenance, rejects=[features.rejects, rejects], flags=[features.flags]
    )


def _said_country(country: str | None) -> str:
    return f"country {country} as given" if country else "no country in the file and none given"
