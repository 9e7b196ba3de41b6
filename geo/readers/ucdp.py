"""UCDP Georeferenced Event Dataset, final and candidate releases, as incidents.

Forms read: the 49-column CSV; the same without header row (some candidate months); country files of the
Humanitarian Data Exchange (an ``iso3`` column put in, a second header row of HXL tags); GeoJSON whose geometry
stands for latitude and longitude; a zip holding one CSV, as UCDP publishes it. Codes follow the UCDP GED codebook
23.1: ``where_prec`` 1 to 7 and ``date_prec`` 1 to 5 are kept as precision, never rounded away; ``number_of_sources``
-1 means not recorded. Narratives, source headlines and descriptions are not stored.

What happened suggests a violation by :mod:`geo.readers.crosswalk`; GED records none.

Rows whose estimates break low ≤ best ≤ high are kept with the values as published, and flagged by the contract.
Country is UCDP's at the time of the event: what is South Sudan today is coded as Sudan until July 2011.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.contracts import faults
from geo.errors import ImportRefusedError
from geo.readers.countries import (
    alpha3_of_names,
    alpha3_of_state_numbers,
    check_country,
    of_other_countries,
)
from geo.readers.crosswalk import suggested_violations, with_basis
from geo.readers.geojson import read_geojson
from geo.readers.reading import Reading, provenance_of, settle
from geo.readers.text_table import read_text_table
from geo.schema import INCIDENTS, PLACE_PRECISION

READER_VERSION = "2"
# Column order of GED 17.1 to 25.1 and of the candidate releases.
GED_COLUMNS = (
    *("id", "relid", "year", "active_year", "code_status", "type_of_violence"),
    *("conflict_dset_id", "conflict_new_id", "conflict_name", "dyad_dset_id", "dyad_new_id", "dyad_name"),
    *("side_a_dset_id", "side_a_new_id", "side_a", "side_b_dset_id", "side_b_new_id", "side_b"),
    *("number_of_sources", "source_article", "source_office", "source_date", "source_headline", "source_original"),
    *("where_prec", "where_coordinates", "where_description", "adm_1", "adm_2"),
    *("latitude", "longitude", "geom_wkt", "priogrid_gid", "country", "country_id", "region"),
    *("event_clarity", "date_prec", "date_start", "date_end"),
    *("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high", "low", "gwnoa", "gwnob"),
)
_ISO3_AT = GED_COLUMNS.index("country")
# The two layouts that occur without a header row, by number of columns: as published, and with iso3 before country.
_HEADERLESS = {
    len(GED_COLUMNS): GED_COLUMNS,
    len(GED_COLUMNS) + 1: (*GED_COLUMNS[:_ISO3_AT], "iso3", *GED_COLUMNS[_ISO3_AT:]),
}
# Ours <- UCDP, where the value is taken as it stands.
_RENAME = {
    "date_start": "date_start",
    "date_end": "date_end",
    "date_precision": "date_prec",
    "longitude": "longitude",
    "latitude": "latitude",
    "place": "where_coordinates",
    "admin1": "adm_1",
    "admin2": "adm_2",
    "actor_a": "side_a",
    "actor_b": "side_b",
    "fatalities_low": "low",
    "fatalities_best": "best",
    "fatalities_high": "high",
}
_NEEDED = ("id", "type_of_violence", "where_prec", "date_prec", "date_start", "date_end", "side_a", "side_b")
_NEEDED_CSV = (*_NEEDED, "latitude", "longitude", "best", "low", "high")
_OPTIONAL = (
    *("where_coordinates", "adm_1", "adm_2", "number_of_sources"),
    *("side_a_new_id", "side_b_new_id", "country", "country_id", "iso3", "geom_wkt"),
)
WANTED = frozenset((*_NEEDED_CSV, *_OPTIONAL))
_PLACE_PRECISION = {str(code): name for code, name in enumerate(PLACE_PRECISION, start=1)}
_EVENT_TYPE = {"1": "state_based", "2": "non_state", "3": "one_sided"}
_WKT_POINT = r"^\s*POINT\s*\(\s*(\S+)\s+(\S+)\s*\)\s*$"
_SAME_POSITION_DEG = 0.001


def read_ucdp(path: Path, *, country: str | None = None) -> Reading:
    """Read one UCDP GED file as incidents.

    Parameters
    ----------
    country
        ISO alpha-3 code: rows of other countries are rejected with that reason.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in.
    """
    wanted_country = check_country(country)
    provenance = provenance_of(path, format_name="ucdp", reader_version=READER_VERSION)
    source = _from_features(path) if path.suffix.lower() in {".geojson", ".json"} else _from_table(path)
    raw = _as_incidents(source.found)
    return settle(
        INCIDENTS,
        raw,
        provenance=replace(provenance, encoding=source.encoding, notes=source.notes),
        rejects=[source.rejects, of_other_countries(raw["country"], wanted_country)],
        flags=[source.flags, _doubts(source.found, raw)],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """UCDP's own columns from either container, indexed by line or feature number."""

    found: pd.DataFrame
    rejects: pd.DataFrame
    flags: pd.DataFrame
    encoding: str | None
    notes: tuple[str, ...]


def _from_table(path: Path) -> _Source:
    table = read_text_table(path, wanted=WANTED, headerless=_known_layout, zipped=True)
    table.need(_NEEDED_CSV, what="a UCDP GED file")
    swapped, doubtful = _against_wkt(table.frame)
    return _Source(
        found=table.frame,
        rejects=pd.concat([table.rejects, swapped], ignore_index=True),
        flags=pd.concat([table.flags, doubtful], ignore_index=True),
        encoding=table.encoding,
        notes=table.notes,
    )


def _from_features(path: Path) -> _Source:
    """GeoJSON: the geometry is the position; a feature that is no point is rejected."""
    features = read_geojson(path)
    columns = {str(name).lower(): name for name in features.properties.columns}
    absent = [name for name in _NEEDED if name not in columns]
    if absent:
        raise ImportRefusedError(f"{path.name} is not a UCDP GED file: it has no property {', '.join(absent)}")
    found = features.properties[[columns[name] for name in columns if name in WANTED]].rename(columns=str.lower)
    point = shapely.get_type_id(features.geometry) == shapely.GeometryType.POINT
    # get_x and get_y give NaN for anything but a point, which the rejects below explain.
    found = found.assign(longitude=shapely.get_x(features.geometry), latitude=shapely.get_y(features.geometry))
    rejects = faults(
        (number, "geometry", kind, features.reasons.get(number, "geometry is not a point"))
        for number, kind in zip(found.index[~point], _kinds(features.geometry[~point]), strict=True)
    )
    return _Source(found=found, rejects=rejects, flags=faults(), encoding=features.encoding, notes=features.notes)


def _kinds(geometry: npt.NDArray[np.object_]) -> list[str]:
    return ["none" if shape is None else str(shape.geom_type) for shape in geometry]


def _known_layout(first: Sequence[str]) -> Sequence[str] | None:
    """A row of data in the place of the header: starts with a number and has as many cells as a known layout."""
    return _HEADERLESS.get(len(first)) if first and first[0].strip().isdigit() else None


def _column(found: pd.DataFrame, name: str) -> pd.Series:
    """One column as text without outer blanks; empty and absent cells are NA."""
    if name not in found.columns:
        return pd.Series(pd.NA, index=found.index, dtype="string")
    text = found[name].astype("string").str.strip()
    return text.mask(text == "")


def _code(found: pd.DataFrame, name: str) -> pd.Series:
    """A whole-number code as text; tables saved from statistics packages write 5 as 5.0."""
    return _column(found, name).str.replace(r"\.0+$", "", regex=True)


def _as_incidents(found: pd.DataFrame) -> pd.DataFrame:
    """Rename and recode; what cannot be recoded stays as found for the contract to judge."""
    raw = pd.DataFrame({ours: _column(found, theirs) for ours, theirs in _RENAME.items()}, index=found.index)
    raw["incident_id"] = "ucdp:" + _code(found, "id")
    raw["source"] = "ucdp"
    precision = _code(found, "where_prec")
    raw["place_precision"] = precision.map(_PLACE_PRECISION).fillna(precision)
    raw["event_type"] = _code(found, "type_of_violence").map(_EVENT_TYPE)
    for side in ("a", "b"):
        raw[f"actor_{side}_id"] = "ucdp:" + _code(found, f"side_{side}_new_id")
    sources = _code(found, "number_of_sources")
    raw["sources_count"] = sources.mask(sources == "-1")
    raw["country"] = (
        _column(found, "iso3")
        .str.upper()
        .fillna(alpha3_of_state_numbers(_code(found, "country_id")))
        .fillna(alpha3_of_names(_column(found, "country")))
    )
    deaths = (_numbers(raw["fatalities_best"]) > 0) | (_numbers(raw["fatalities_high"]) > 0)
    return with_basis(raw, suggested_violations("ucdp", raw["event_type"], deaths=deaths))


def _doubts(found: pd.DataFrame, raw: pd.DataFrame) -> pd.DataFrame:
    """Rows to keep with a doubt: unknown country or kind of violence."""
    nowhere = found.loc[raw["country"].isna(), [name for name in ("country", "country_id") if name in found]]
    country = faults(
        (line, "country", " ".join(map(str, row)), "country is not in the table of names and numbers")
        for line, *row in nowhere.itertuples(name=None)
    )
    untyped = found.loc[raw["event_type"].isna(), "type_of_violence"]
    kind = faults((line, "event_type", code, "type_of_violence is not 1, 2 or 3") for line, code in untyped.items())
    return pd.concat([country, kind], ignore_index=True)


def _numbers(text: pd.Series) -> pd.Series:
    return pd.to_numeric(text, errors="coerce").astype("float64")


def _against_wkt(found: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare latitude and longitude with the point written beside them.

    Returns
    -------
    tuple
        Rejects where the two stand exchanged, flags where they differ otherwise.
    """
    if "geom_wkt" not in found.columns:
        return faults(), faults()
    point = found["geom_wkt"].str.extract(_WKT_POINT)
    east, north = _numbers(point[0]), _numbers(point[1])
    lon, lat = _numbers(found["longitude"]), _numbers(found["latitude"])

    def same(x: pd.Series, y: pd.Series) -> pd.Series:
        return (x - y).abs() <= _SAME_POSITION_DEG

    complete = east.notna() & north.notna() & lon.notna() & lat.notna()
    differs = complete & ~(same(lon, east) & same(lat, north))
    swapped = differs & same(lon, north) & same(lat, east)

    def note(where: pd.Series, reason: str) -> pd.DataFrame:
        return faults(
            (line, "latitude", f"{y} {x}", f"differs from geom_wkt {wkt}; {reason}")
            for line, y, x, wkt in found.loc[where, ["latitude", "longitude", "geom_wkt"]].itertuples(name=None)
        )

    return note(swapped, "latitude and longitude swapped?"), note(differs & ~swapped, "the two columns are kept")
