"""Administrative outlines from the files planners have: Natural Earth, COD-AB, geoBoundaries, GADM, OSM, plain.

Which publisher a file comes from is told by its columns; the table below says, per publisher, where id,
name, country, parent and level stand. Neighbouring countries are kept: the base map needs them.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geo.errors import ImportRefusedError
from geo.readers.columns import row_ids, text_of
from geo.readers.countries import alpha3_of_alpha2, alpha3_of_names, check_country
from geo.readers.features import read_features, reading_of
from geo.readers.reading import Reading, provenance_of
from geo.schema import BOUNDARIES

READER_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where a publisher writes what. ``{n}`` is the level of the file, ``{up}`` the one above."""

    publisher: str
    signs: tuple[str, ...]  # columns that must all be there, lower case
    name: tuple[str, ...]
    ids: tuple[str, ...] = ()
    name_fr: tuple[str, ...] = ("name_fr", "nom")
    country: tuple[str, ...] = ()
    parent: tuple[str, ...] = ()
    level: int | None = None  # None: read from level_column, or from {n} in the signs
    level_column: str | None = None


# Looked through in order; the first whose signs are all there is taken, nested levels from the deepest up.
_LAYOUTS = (
    _Layout(
        publisher="this project",
        signs=("boundary_id", "level"),
        ids=("boundary_id",),
        name=("name",),
        country=("country",),
        parent=("parent",),
        level_column="level",
    ),
    _Layout(
        publisher="geoBoundaries",
        signs=("shapename", "shapetype"),
        ids=("shapeiso", "shapeid"),
        name=("shapename",),
        country=("shapegroup",),
        parent=("shapegroup",),
        level_column="shapetype",
    ),
    _Layout(
        publisher="COD-AB",
        signs=("adm{n}_pcode",),
        ids=("adm{n}_pcode",),
        name=("adm{n}_en", "adm{n}_ref", "adm{n}_name", "adm{n}_fr", "adm{n}_name1"),
        name_fr=("adm{n}_fr", "adm{n}_name1"),
        country=("iso3", "adm0_pcode", "adm0_en", "adm0_name"),
        parent=("adm{up}_pcode",),
    ),
    _Layout(
        publisher="GADM",
        signs=("gid_{n}",),
        ids=("gid_{n}",),
        name=("name_{n}", "country"),
        name_fr=(),
        country=("gid_0",),
        parent=("gid_{up}",),
    ),
    _Layout(
        publisher="Natural Earth",
        signs=("adm0_a3", "iso_3166_2"),
        ids=("iso_3166_2", "adm1_code"),
        name=("name", "name_en", "woe_name", "gn_name"),
        country=("iso_a2", "adm0_a3"),
        parent=("adm0_a3",),
        level=1,
    ),
    _Layout(
        publisher="Natural Earth",
        signs=("adm0_a3", "gn_name"),
        name=("name", "woe_name", "gn_name"),
        country=("iso_a2", "adm0_a3"),
        parent=("adm0_a3",),
        level=1,
    ),
    _Layout(
        publisher="Natural Earth",
        signs=("iso_a3", "name"),
        ids=("iso_a3", "adm0_a3"),
        name=("name", "name_long", "admin"),
        country=("iso_a3", "adm0_a3", "iso_a2"),
        level=0,
    ),
    _Layout(
        publisher="OpenStreetMap",
        signs=("admin_level", "name"),
        ids=("iso3166-1:alpha3", "ref:pcode", "osm_id", "@id", "id"),
        name=("name", "name:en"),
        name_fr=("name:fr",),
        country=("iso3166-1:alpha3", "country"),
        level_column="admin_level",
    ),
    _Layout(
        publisher="plain",
        signs=("level", "name"),
        ids=("pcode", "p_code", "code", "id", "fid"),
        name=("name",),
        country=("country", "iso3", "iso_a3", "iso2"),
        parent=("parent",),
        level_column="level",
    ),
)
_DEEPEST = 4
# OSM numbers levels country by country; these hold for CAR, DR Congo and South Sudan. Others are rejected.
_OSM_LEVELS = {"2": "0", "4": "1", "5": "2", "6": "2", "7": "3", "8": "4"}
_SHAPE_TYPE = re.compile(r"^ADM(\d)$", re.IGNORECASE)
# Natural Earth's own letters where they are not the ISO 3166-1 alpha-3 code.
_OWN_CODES = {"SDS": "SSD", "SAH": "ESH", "PSX": "PSE", "KOS": "XKX"}


def read_boundaries(path: Path, *, country: str | None = None) -> Reading:
    """Read administrative outlines; the level comes from the file, by the table of publishers.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-3 code given to outlines whose file names none. It does not leave neighbours
        out: a file of several countries is kept whole, because the base map draws them.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in, or nothing in it tells the administrative level.
    """
    country = check_country(country)
    features = read_features(path, shape="polygon")
    properties = features.properties
    layout = _layout_of([str(column).lower() for column in properties.columns], path.name)
    codes = _countries(properties, layout.country)
    name = text_of(properties, layout.name)
    given = _ids(properties, layout, codes.fillna(country or ""), name)
    ids, id_notes = row_ids(properties, features.geometry, given)
    raw = pd.DataFrame(
        {
            "boundary_id": ids,
            "name": name,
            "name_fr": text_of(properties, layout.name_fr),
            "level": _level(properties, layout),
            "country": codes.fillna(country) if country else codes,
            "parent": text_of(properties, layout.parent).replace(_OWN_CODES),
        },
        index=properties.index,
    )
    provenance = provenance_of(
        path,
        format_name="boundaries",
        reader_version=READER_VERSION,
        encoding=features.encoding,
        notes=(*features.notes, *id_notes, f"columns read as those of {layout.publisher}"),
    )
    return reading_of(features, raw, contract=BOUNDARIES, provenance=provenance)


def _layout_of(columns: list[str], file_name: str) -> _Layout:
    """First layout whose columns are there; nested ones are tried from the deepest level up."""
    for layout in _LAYOUTS:
        nested = "{n}" in layout.signs[0]
        for level in range(_DEEPEST, -1, -1) if nested else (layout.level,):
            at_level = _filled(layout, level) if nested and level is not None else layout
            if set(at_level.signs) <= set(columns):
                return at_level
    raise ImportRefusedError(
        f"{file_name} does not tell which administrative level its outlines are; "
        "add a column level (0 country, 1 province, 2 district) beside name"
    )


def _filled(layout: _Layout, level: int) -> _Layout:
    def fill(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.format(n=level, up=level - 1) for name in names)

    return _Layout(
        publisher=layout.publisher,
        signs=fill(layout.signs),
        ids=fill(layout.ids),
        name=fill(layout.name),
        name_fr=fill(layout.name_fr),
        country=layout.country,
        parent=fill(layout.parent),
        level=level,
    )


def _level(properties: pd.DataFrame, layout: _Layout) -> pd.Series:
    """Level per row; a word that says none stays as it is, for the contract to reject."""
    if layout.level_column is None:
        return pd.Series(layout.level, index=properties.index)
    text = text_of(properties, (layout.level_column,))
    if layout.level_column == "shapetype":
        return text.str.replace(_SHAPE_TYPE, r"\1", regex=True)
    if layout.level_column == "admin_level":
        return text.map(_OSM_LEVELS).astype("string").fillna("admin_level " + text)
    return text


def _countries(properties: pd.DataFrame, columns: tuple[str, ...]) -> pd.Series:
    """ISO 3166-1 alpha-3 of each row, from the first column that gives a known code or name."""
    found = pd.Series(pd.NA, index=properties.index, dtype="string")
    for column in columns:
        text = text_of(properties, (column,)).replace(_OWN_CODES)
        found = found.fillna(alpha3_of_names(text)).fillna(alpha3_of_alpha2(text))
    return found


def _ids(properties: pd.DataFrame, layout: _Layout, codes: pd.Series, name: pd.Series) -> pd.Series:
    """The publisher's id, if every row has one of its own; else country and name joined."""
    for column in layout.ids:
        text = text_of(properties, (column,)).replace(_OWN_CODES)
        if len(text) and text.notna().all() and text.is_unique:
            return text
    return (codes + "-" + name).str.removeprefix("-")
