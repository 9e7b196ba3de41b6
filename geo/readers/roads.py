"""Road lines from any feature file, recognised by the column names publishers use.

Unit rules, in order: a name that says its unit decides (``length_km``, ``distance_m``, ``duration_min``);
a bare ``distance`` or ``length`` is in metres or kilometres, whichever makes the median line about as long as
it is drawn; a bare ``duration`` is in minutes, seconds or hours, whichever gives the median line a speed a
vehicle can drive. What was decided stands in the notes; a column no unit fits is left out and named.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.contracts import faults
from geo.crs import distance_km, geodesic_length_km
from geo.readers.columns import find_column, row_ids, text_of, translate
from geo.readers.features import Features, read_features, reading_of
from geo.readers.raw_features import GeometryArray
from geo.readers.reading import Reading, provenance_of
from geo.schema import ROADS

READER_VERSION = "1"
FloatArray = npt.NDArray[np.float64]

# Column names by publisher: our template; OSM exports (Geofabrik shapefiles, Overpass, HOT); logistics cluster.
_ID = ("road_id", "osm_id", "osm_way_id", "@id", "full_id", "segment_id", "link_id", "edge_id", "id", "fid")
_ENDS = (("from", "to"), ("from_node", "to_node"), ("u", "v"))
_NAME = ("name", "road_name", "label", "nom", "ref", "name_fr", "name_en")
_CLASS = ("road_class", "highway", "fclass", "class", "roadclass", "type", "classe")
_SURFACE = ("surface", "surface_type", "revetement", "surf")
_ONEWAY = ("oneway", "one_way")
_BRIDGE = ("bridge", "pont")
_PROPOSED = ("proposed", "add", "planned")
_WET = ("wet_passable", "all_weather", "allweather")
_FERRY = ("ferry",)
# Columns that only a route planned by Piste has, see geo.exports.tracks.
_PLANNED = ("elapsed_min", "exposure", "visibility")

# OSM words, and what other publishers say for them. Links belong to their road.
ROAD_CLASSES: dict[str, str] = {
    **{word: word for word in ("trunk", "primary", "secondary", "tertiary", "unclassified", "track", "ferry")},
    **{f"{word}_link": word for word in ("trunk", "primary", "secondary", "tertiary")},
    **dict.fromkeys(("motorway", "motorway_link"), "trunk"),
    **dict.fromkeys(("residential", "living_street", "service", "road", "busway", "unclassified_link"), "unclassified"),
    **dict.fromkeys(("track_grade1", "track_grade2", "track_grade3", "track_grade4", "track_grade5"), "track"),
    **dict.fromkeys(("national", "nationale", "route nationale", "highway", "main"), "primary"),
    **dict.fromkeys(("regional", "régionale", "regionale", "route régionale", "provincial"), "secondary"),
    **dict.fromkeys(("local", "locale", "rural", "piste", "minor"), "tertiary"),
    **dict.fromkeys(("trail", "path", "sentier"), "track"),
}
# OSM surface values that are sealed or not; others keep the source's word.
SURFACES: dict[str, str] = {
    **dict.fromkeys(("paved", "asphalt", "concrete", "concrete:plates", "concrete:lanes", "paving_stones"), "paved"),
    **dict.fromkeys(("sett", "chipseal", "cobblestone", "bitumen", "tarmac", "bitume", "bitumé", "goudron"), "paved"),
    **dict.fromkeys(("metal", "bricks"), "paved"),
    **dict.fromkeys(("unpaved", "dirt", "earth", "ground", "gravel", "fine_gravel", "compacted"), "unpaved"),
    **dict.fromkeys(("laterite", "latérite", "sand", "mud", "clay", "grass", "soil", "terre", "dirt/sand"), "unpaved"),
    **dict.fromkeys(("rock", "stone", "pebblestone", "wood", "natural"), "unpaved"),
}
_ONEWAY_WORDS = {
    **dict.fromkeys(("yes", "true", "1", "1.0", "t", "oui"), "1"),
    **dict.fromkeys(("-1", "-1.0", "reverse"), "-1"),
    **dict.fromkeys(("no", "false", "0", "0.0", "f", "non", "reversible", "alternating"), "0"),
}
# Geofabrik shapefiles write F = forward, T = towards the start, B = both ways.
_GEOFABRIK_ONEWAY = {"f": "1", "t": "-1", "b": "0"}
# Passable in the wet season, from our own column and from the OSM key "seasonal".
_SEASONAL = dict.fromkeys(("yes", "dry_season", "winter", "summer", "spring", "autumn"), "no") | {"no": "yes"}
_NOT_A_BRIDGE = ("no", "false", "0", "f", "0.0", "n", "non")
_YES = ("yes", "true", "1", "1.0", "t", "y", "oui")
# Stated speeds: a number, then the unit. "none", "signals", "CD:urban" and the like say no speed.
_SPEED_TEXT = r"^\s*(\d+(?:\.\d+)?)\s*(km/?h|kmh|kph|mph|knots)?\s*$"
_KPH_OF = {"mph": 1.609344, "knots": 1.852}


class _Unit(NamedTuple):
    """A column name that says its unit, and the factor to ours."""

    column: str
    factor: float


_LEGAL_LIMIT = ("maxspeed", "max_speed")
_SPEED = (
    _Unit("speed_kph", 1.0),
    _Unit("speed_kmh", 1.0),
    _Unit("speed_km_h", 1.0),
    _Unit("speed_mph", 1.609344),
    _Unit("speed", 1.0),
)
_LENGTH = (
    _Unit("length_km", 1.0),
    _Unit("distance_km", 1.0),
    _Unit("dist_km", 1.0),
    _Unit("km", 1.0),
    _Unit("length_m", 0.001),
    _Unit("distance_m", 0.001),
    _Unit("dist_m", 0.001),
)
_DURATION = (
    _Unit("duration_min", 1.0),
    _Unit("travel_time_min", 1.0),
    _Unit("time_min", 1.0),
    _Unit("minutes", 1.0),
    _Unit("duration_s", 1 / 60),
    _Unit("travel_time_s", 1 / 60),
    _Unit("duration_h", 60.0),
    _Unit("hours", 60.0),
)
_BARE_LENGTH = ("distance", "length", "dist")
_BARE_DURATION = ("duration", "travel_time", "time")
# A stated length is this many times the drawn one at most: drawn lines are simplified, never the reverse.
_DRAWN_RATIO = (0.7, 3.0)
# Median speed of a believable column of durations, km/h.
_DRIVEN_KPH = (2.0, 115.0)
# Slack before a stated length counts as shorter than the straight line between the ends.
_STRAIGHT_SLACK = 0.98
_FASTEST_KPH = 150.0


def read_roads(path: Path, *, country: str | None = None) -> Reading:
    """Read the road lines of a feature file.

    Parameters
    ----------
    country
        Taken for the sake of one shape of all readers; roads carry no country and none is set.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in.
    """
    del country
    features = _without_plan(read_features(path, shape="line"))
    return roads_from(path, features, format_name="roads")


def roads_from(path: Path, features: Features, *, format_name: str, flags: pd.DataFrame | None = None) -> Reading:
    """Turn sound line features into roads under the contract; shared with the OSM reader, which adds flags."""
    properties = features.properties
    drawn_km = _drawn_km(features)
    ids, id_notes = row_ids(properties, features.geometry, _given_ids(properties))
    classes, class_flags, class_notes = _road_class(properties)
    oneway, oneway_notes = _oneway(properties)
    speed, speed_flags, speed_notes = _speed_kph(properties)
    length_km, length_notes = _length_km(properties, drawn_km)
    duration_min, duration_notes = _duration_min(properties, length_km.fillna(pd.Series(drawn_km, properties.index)))
    raw = pd.DataFrame(
        {
            "road_id": ids,
            "name": text_of(properties, _NAME),
            "road_class": classes,
            "surface": _surface(properties),
            "speed_kph": speed,
            "length_km": length_km,
            "duration_min": duration_min,
            "oneway": oneway,
            "bridge": _bridge(properties),
            "wet_passable": _wet_passable(properties),
            "proposed": _yes(properties, _PROPOSED) | text_of(properties, ("status",)).isin(["proposed", "planned"]),
        },
        index=properties.index,
    )
    doubts, emptied = _implausible(raw, features)
    parts = (class_flags, speed_flags, doubts, faults() if flags is None else flags)
    all_flags = pd.concat([part for part in parts if len(part)] or [faults()])
    notes = (*features.notes, *id_notes, *class_notes, *oneway_notes, *speed_notes, *length_notes, *duration_notes)
    provenance = provenance_of(
        path, format_name=format_name, reader_version=READER_VERSION, encoding=features.encoding, notes=notes
    )
    return reading_of(features, emptied, contract=ROADS, provenance=provenance, flags=all_flags)


def _without_plan(features: Features) -> Features:
    """Leave out the minutes and kilometres of planned routes: they are modelled, and would come back as stated."""
    properties = features.properties
    if any(find_column(properties, (name,)) is None for name in _PLANNED):
        return features
    modelled = [name for name in ("time_min", "length_km") if name in properties.columns]
    note = "a planned route: its minutes and kilometres are modelled, not stated, and left out"
    return replace(features, properties=properties.drop(columns=modelled), notes=(*features.notes, note))


def _given_ids(properties: pd.DataFrame) -> pd.Series:
    """Id column, else the two end nodes joined with a dash."""
    if find_column(properties, _ID):
        return text_of(properties, _ID)
    for names in _ENDS:
        start, end = (find_column(properties, (name,)) for name in names)
        if start and end:
            return properties[start].astype("string") + "-" + properties[end].astype("string")
    return pd.Series(pd.NA, index=properties.index, dtype="string")


def _road_class(properties: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame, tuple[str, ...]]:
    """Class in OSM words; a word nobody knows becomes unclassified and is flagged."""
    given = text_of(properties, _CLASS)
    column = find_column(properties, _CLASS)
    known, unknown = translate(given, ROAD_CLASSES)
    reason = f"no road class known here; taken as {'unclassified'!r}"
    flags = faults((line, str(column), value, reason) for line, value in given[unknown].items())
    ferry = _yes(properties, _FERRY) | (text_of(properties, ("route",)).str.lower() == "ferry").fillna(value=False)
    classes = known.mask(unknown, "unclassified").mask(ferry, "ferry")
    return classes, flags, () if column else ("no column of road classes: the class is not known",)


def _surface(properties: pd.DataFrame) -> pd.Series:
    given = text_of(properties, _SURFACE).str.lower()
    known, _ = translate(given, SURFACES)
    return known.fillna(given)


def _oneway(properties: pd.DataFrame) -> tuple[pd.Series, tuple[str, ...]]:
    """1 along, -1 against, 0 both; roundabouts and motorways are one-way unless the file says otherwise."""
    given = text_of(properties, _ONEWAY).str.lower()
    words = set(given.dropna())
    geofabrik = "b" in words and words <= set(_GEOFABRIK_ONEWAY)
    directions, _ = translate(given, _GEOFABRIK_ONEWAY if geofabrik else _ONEWAY_WORDS)
    implied = (text_of(properties, ("junction",)).isin(["roundabout", "circular"])) | (
        text_of(properties, ("highway",)).isin(["motorway"])
    )
    notes = ("oneway read as F forward, T against, B both (Geofabrik)",) if geofabrik else ()
    unknown = given.notna() & directions.isna()
    return directions.mask(given.isna() & implied, "1").mask(unknown, given), notes


def _bridge(properties: pd.DataFrame) -> pd.Series:
    """A bridge, tunnel or any line drawn on another layer: its crossings are no junctions; empty if never said."""
    if find_column(properties, (*_BRIDGE, "tunnel", "layer")) is None:
        return pd.Series(pd.NA, index=properties.index, dtype="string")
    marked = text_of(properties, _BRIDGE).str.lower()
    tunnel = text_of(properties, ("tunnel",)).str.lower()
    layer = pd.to_numeric(text_of(properties, ("layer",)), errors="coerce").fillna(0)
    over = marked.notna() & ~marked.isin(_NOT_A_BRIDGE)
    under = tunnel.notna() & ~tunnel.isin(_NOT_A_BRIDGE)
    return over | under | (layer != 0)


def _wet_passable(properties: pd.DataFrame) -> pd.Series:
    seasonal, _ = translate(text_of(properties, ("seasonal",)), _SEASONAL)
    return text_of(properties, _WET).fillna(seasonal)


def _yes(properties: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    return text_of(properties, names).str.lower().isin(_YES)


def _speed_kph(properties: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame, tuple[str, ...]]:
    """Stated speed in km/h; words that are no speed are left empty and flagged.

    A legal limit (``maxspeed``) is no travel speed: 80 km/h on laterite would make every plan too short.
    """
    unit = next((u for u in _SPEED if find_column(properties, (u.column,))), None)
    if unit is None:
        limit = find_column(properties, _LEGAL_LIMIT)
        notes = (f"{limit} is a legal limit, not a travel speed: not used",) if limit else ()
        return pd.Series(np.nan, index=properties.index), faults(), notes
    text = text_of(properties, (unit.column,))
    parts = text.str.extract(_SPEED_TEXT)
    factor = parts[1].map(_KPH_OF).astype("float64").fillna(1.0)
    speed = pd.to_numeric(parts[0], errors="coerce").astype("float64") * factor * unit.factor
    unread = text[text.notna() & speed.isna()]
    flags = faults((line, unit.column, value, "no speed; left empty") for line, value in unread.items())
    return speed, flags, ()


def _stated(properties: pd.DataFrame, units: tuple[_Unit, ...]) -> pd.Series | None:
    """Numbers of the first column whose name says its unit, in our unit; other text stays to be flagged."""
    for unit in units:
        column = find_column(properties, (unit.column,))
        if column:
            text = text_of(properties, (unit.column,))
            return _times(text, unit.factor)
    return None


def _times(text: pd.Series, factor: float) -> pd.Series:
    numbers = pd.to_numeric(text, errors="coerce").astype("float64") * factor
    return numbers.astype(object).where(numbers.notna() | text.isna(), text)


def _drawn_km(features: Features) -> FloatArray:
    """Drawn length of each line where a column without a unit is held against it; else nobody asks, and it is NaN."""
    asked = any(find_column(features.properties, names) is not None for names in (_BARE_LENGTH, _BARE_DURATION))
    return geodesic_length_km(features.geometry) if asked else np.full(len(features.geometry), np.nan)


def _length_km(properties: pd.DataFrame, drawn_km: FloatArray) -> tuple[pd.Series, tuple[str, ...]]:
    stated = _stated(properties, _LENGTH)
    column = find_column(properties, _BARE_LENGTH)
    if stated is not None or column is None:
        return (_missing(properties) if stated is None else stated), ()
    text = text_of(properties, (column.lower(),))
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    ratios = {"km": numbers / drawn_km, "m": numbers / 1000 / drawn_km}
    return _decide(column, text, ratios, factors={"km": 1.0, "m": 0.001}, within=_DRAWN_RATIO)


def _duration_min(properties: pd.DataFrame, length_km: pd.Series) -> tuple[pd.Series, tuple[str, ...]]:
    stated = _stated(properties, _DURATION)
    column = find_column(properties, _BARE_DURATION)
    if stated is not None or column is None:
        return (_missing(properties) if stated is None else stated), ()
    text = text_of(properties, (column.lower(),))
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    km = pd.to_numeric(length_km, errors="coerce").to_numpy(dtype=float)
    per_minute = np.divide(km, numbers, out=np.full(len(km), np.nan), where=numbers > 0)
    speeds = {"min": per_minute * 60, "s": per_minute * 3600, "h": per_minute}
    return _decide(column, text, speeds, factors={"min": 1.0, "s": 1 / 60, "h": 60.0}, within=_DRIVEN_KPH)


def _missing(properties: pd.DataFrame) -> pd.Series:
    return pd.Series(np.nan, index=properties.index, dtype=object)


def _decide(
    column: str,
    text: pd.Series,
    measures: Mapping[str, FloatArray],
    *,
    factors: Mapping[str, float],
    within: tuple[float, float],
) -> tuple[pd.Series, tuple[str, ...]]:
    """Unit whose median measure is believable; none or several means the column is left out and named."""
    medians = {unit: float(np.nanmedian(m)) if np.isfinite(m).any() else np.nan for unit, m in measures.items()}
    fitting = [unit for unit, median in medians.items() if within[0] <= median <= within[1]]
    if len(fitting) != 1:
        empty = pd.Series(np.nan, index=text.index, dtype=object)
        names = " or ".join(f"{column}_{unit}" for unit in factors)
        return empty, (f"column {column!r} fits no unit and is left out; name it {names}",)
    unit = fitting[0]
    return _times(text, factors[unit]), (f"column {column!r} read in {unit} (median check {medians[unit]:.2f})",)


def _implausible(raw: pd.DataFrame, features: Features) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Flag stated values that cannot be; zero lengths and durations are emptied, the rest is kept."""
    length_km = pd.to_numeric(raw["length_km"], errors="coerce").astype("float64")
    duration_min = pd.to_numeric(raw["duration_min"], errors="coerce").astype("float64")
    emptied = raw.copy()
    doubts: list[tuple[object, str, object, str]] = []
    for column, numbers in (("length_km", length_km), ("duration_min", duration_min)):
        zero = numbers == 0
        doubts += [(line, column, 0, "nothing takes zero; left empty") for line in raw.index[zero]]
        emptied[column] = raw[column].mask(zero)
    stated = length_km.gt(0).to_numpy(dtype=bool)
    straight_km = np.zeros(len(stated))
    straight_km[stated] = _straight_km(features.geometry[stated])
    short = length_km.gt(0) & (length_km < _STRAIGHT_SLACK * straight_km)
    doubts += [
        (line, "length_km", value, "shorter than the straight line between its ends; kept")
        for line, value in length_km[short].items()
    ]
    kph = length_km.where(length_km > 0) / (duration_min.where(duration_min > 0) / 60)
    doubts += [
        (line, "duration_min", f"{value:.0f} km/h", "stated length and duration mean an impossible speed; kept")
        for line, value in kph[kph > _FASTEST_KPH].items()
    ]
    return faults(doubts), emptied


def _straight_km(geometry: GeometryArray) -> FloatArray:
    """Distance between the first and last vertex of each line, km; 0 for lines of several parts."""
    single = shapely.get_type_id(geometry) == shapely.GeometryType.LINESTRING
    lines = geometry.copy()
    lines[~single] = None
    start, end = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
    km = distance_km(shapely.get_x(start), shapely.get_y(start), shapely.get_x(end), shapely.get_y(end))
    return np.nan_to_num(km)
