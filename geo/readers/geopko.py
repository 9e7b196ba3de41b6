"""Geo-PKO (Uppsala): where UN peacekeepers are deployed, as base-years.

Forms read, told apart by their header: the three tables of version 2.3, ``FrontMap`` (strength), ``TTMap``
(troop types) and ``TCCMap`` (contributing countries), and the older ``geopko.csv`` with one row per source map.
Cite Cil, Fjelde, Hultman and Nilsson (2020), Journal of Peace Research 57(2).

Every row with a usable position is stored as one base-year. Rows that repeat mission, year and location and
differ in strength (several source maps in one year) stay rows of their own with the same ``base_id``; so do
spellings, by the rule written in :mod:`geo.readers.base_names`. ``location`` keeps the name as found.

``troops`` is filled from the tables that state total strength. ``TTMap`` counts infantry only and ``TCCMap``
names contributors in words, so both leave it empty; of troop types the contract holds aviation and medical.
They name no country either: it is taken from the mission where that worked in one country, else left empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from geo.contracts import faults
from geo.errors import ImportRefusedError
from geo.readers.base_names import resolve_bases
from geo.readers.countries import alpha3_of_names, check_country, of_other_countries
from geo.readers.reading import Reading, provenance_of, settle
from geo.readers.text_table import TextTable, read_text_table
from geo.schema import BASE_YEARS

READER_VERSION = "1"
_PLACE = {name: name for name in ("mission", "year", "location", "latitude", "longitude")}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """One published table: how to know it and which of its columns are ours."""

    kind: str  # stands in base_year_id
    marks: tuple[str, ...]  # columns that only this table has
    columns: Mapping[str, str]  # ours <- theirs, value as it stands
    flags: Mapping[str, str] = field(default_factory=dict)  # ours <- theirs, true when above 0


_FORMS = (
    _Form(
        kind="frontmap",
        marks=("notroops", "hq", "unmo"),
        columns=_PLACE | {"country": "country", "troops": "notroops", "headquarters": "hq"},
        flags={"aviation": "av", "medical": "med", "unpol": "unpol", "observers": "unmo"},
    ),
    _Form(kind="ttmap", marks=("eng", "maint", "trans"), columns=_PLACE, flags={"aviation": "av", "medical": "med"}),
    _Form(kind="tccmap", marks=("no.tcc", "year.overview"), columns=_PLACE),
    _Form(
        kind="sourcemap",
        marks=("source", "no.troops", "unmo..dummy."),
        columns=_PLACE
        | {
            "month": "month",
            "source_map": "source",
            "country": "country",
            "troops": "no.troops",
            "headquarters": "hq",
        },
        flags={"unpol": "unpol..dummy.", "observers": "unmo..dummy."},
    ),
)
_WANTED = frozenset(name for form in _FORMS for name in (*form.marks, *form.columns.values(), *form.flags.values()))
# How the tables write "not known" in text columns; numeric columns are cleaned by the contract.
_MISSING = frozenset({"", "NA", "unknown", "?"})
# Missions whose every location in Geo-PKO 2.3 lies in one country; the others are left open.
_COUNTRY_OF_MISSION = {
    mission: country
    for country, missions in (
        ("AGO", ("MONUA", "UNAVEM II", "UNAVEM III")),
        ("BDI", ("BINUB", "ONUB")),
        ("BIH", ("UNMIBH",)),
        ("CAF", ("MINURCA", "MINUSCA")),
        ("CIV", ("MINUCI", "UNOCI")),
        ("CYP", ("UNFICYP",)),
        ("GEO", ("UNOMIG",)),
        ("GTM", ("MINUGUA",)),
        ("HRV", ("UNCRO", "UNTAES")),
        ("HTI", ("MINUJUSTH", "MINUSTAH", "MIPONUH", "UNMIH", "UNSMIH")),
        ("LBN", ("UNIFIL",)),
        ("LBR", ("UNOMIL",)),
        ("MKD", ("UNPREDEP",)),
        ("MLI", ("MINUSMA",)),
        ("MOZ", ("ONUMOZ",)),
        ("RWA", ("UNAMIR",)),
        ("SDN", ("UNAMID", "UNISFA")),
        ("SLE", ("UNAMSIL", "UNIOSIL", "UNOMSIL")),
        ("SOM", ("UNOSOM II",)),
        ("SYR", ("UNDOF", "UNSMIS")),
        ("TLS", ("UNMISET", "UNMIT")),
        ("UGA", ("UNOMUR",)),
    )
    for mission in missions
}


def read_geopko(path: Path, *, country: str | None = None) -> Reading:
    """Read one Geo-PKO table as base-years.

    Parameters
    ----------
    country
        ISO alpha-3 code: rows of other countries are rejected with that reason.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in or is none of the four tables.
    """
    wanted_country = check_country(country)
    provenance = provenance_of(path, format_name="geopko", reader_version=READER_VERSION)
    table = read_text_table(path, wanted=_WANTED, zipped=True)
    form = _form_of(table)
    raw = _as_base_years(table.frame, form)
    unplaced = _without_position(raw)
    placed = raw.loc[~raw.index.isin(unplaced["line"])]
    raw = raw.join(resolve_bases(_positions(placed)), how="left")
    return settle(
        BASE_YEARS,
        raw,
        provenance=replace(provenance, encoding=table.encoding, notes=_notes(table, form, raw)),
        rejects=[table.rejects, unplaced, of_other_countries(raw["country"], wanted_country)],
        flags=[table.flags, _unknown_countries(table.frame, raw)],
    )


def _form_of(table: TextTable) -> _Form:
    """Recognise the table by its header."""
    for form in _FORMS:
        if set(form.marks) <= set(table.columns):
            table.need(form.columns.values(), what=f"a whole Geo-PKO {form.kind} table")
            return form
    known = "; ".join(f"{form.kind}: {', '.join(form.marks)}" for form in _FORMS)
    raise ImportRefusedError(f"{table.file_name} is none of the Geo-PKO tables; their marks are {known}")


def _cleaned(found: pd.DataFrame, name: str) -> pd.Series:
    """One column as text without outer blanks; what the tables write for "not known" is NA."""
    if name not in found.columns:
        return pd.Series(pd.NA, index=found.index, dtype="string")
    text = found[name].astype("string").str.strip()
    return text.mask(text.isin(_MISSING))


def _as_base_years(found: pd.DataFrame, form: _Form) -> pd.DataFrame:
    """Rename and recode; what cannot be recoded stays as found for the contract to judge."""
    raw = pd.DataFrame({ours: _cleaned(found, theirs) for ours, theirs in form.columns.items()}, index=found.index)
    for ours, theirs in form.flags.items():
        code = _cleaned(found, theirs)
        number = pd.to_numeric(code, errors="coerce").astype("float64")
        raw[ours] = code.mask(number > 0, "yes").mask(number == 0, "no")
    raw["base_year_id"] = form.kind + ":" + found.index.astype(str)
    if "country" in raw.columns:
        raw["country"] = alpha3_of_names(raw["country"])
    else:
        raw["country"] = raw["mission"].map(_COUNTRY_OF_MISSION).astype("string")
    return raw


def _positions(raw: pd.DataFrame) -> pd.DataFrame:
    """Columns that say which base a row speaks of; a missing name is an empty one, which the contract rejects."""
    return pd.DataFrame(
        {
            "mission": raw["mission"].fillna(""),
            "location": raw["location"].fillna(""),
            "longitude": pd.to_numeric(raw["longitude"], errors="coerce"),
            "latitude": pd.to_numeric(raw["latitude"], errors="coerce"),
        }
    )


def _without_position(raw: pd.DataFrame) -> pd.DataFrame:
    """Rejects for rows that name no finite longitude and latitude."""
    position = _positions(raw)[["longitude", "latitude"]]
    placed = np.isfinite(position.to_numpy(dtype=np.float64)).all(axis=1)
    rows = raw.loc[~placed, ["latitude", "longitude", "location"]]
    return faults(
        (line, "latitude", f"{lat} {lon}".replace("<NA>", "none"), f"no usable position for {name}")
        for line, lat, lon, name in rows.itertuples(name=None)
    )


def _unknown_countries(found: pd.DataFrame, raw: pd.DataFrame) -> pd.DataFrame:
    if "country" not in found.columns:
        return faults()
    unknown = found.loc[raw["country"].isna(), "country"]
    return faults((line, "country", name, "country is not in the table of names") for line, name in unknown.items())


def _notes(table: TextTable, form: _Form, raw: pd.DataFrame) -> tuple[str, ...]:
    """What was made of the file as a whole."""
    names = raw[["mission", "location"]].drop_duplicates()
    notes = [f"table {form.kind}", *table.notes, f"{len(names)} names stand for {raw['base_id'].nunique()} bases"]
    if "country" not in table.columns and (open_rows := int(raw["country"].isna().sum())):
        notes.append(f"{open_rows} rows without country: the table has none and their missions worked in several")
    return tuple(notes)
