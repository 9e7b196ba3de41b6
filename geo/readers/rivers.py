"""River lines for the base map, from any line file with a column that says how large a river is."""

from pathlib import Path

import pandas as pd

from geo.contracts import faults
from geo.readers.columns import find_column, row_ids, text_of
from geo.readers.features import read_features, reading_of
from geo.readers.reading import Reading, provenance_of
from geo.schema import RIVERS

READER_VERSION = "1"
_ID = ("river_id", "osm_id", "hyriv_id", "hybas_id", "@id", "rivernum", "id", "fid", "ne_id")
_NAME = ("name", "river_name", "name_en", "nom", "name_fr")
# Columns in which a lower number is a larger river: ours, GSHHG/WDBII, HydroRIVERS, Natural Earth.
_CLASS = ("river_class", "level", "class", "ord_clas", "ord_flow", "scalerank")
# Columns in which a higher number is a larger river; the file's highest becomes class 1.
_ORDER = ("strahler", "ord_stra", "strahler_order", "stream_order")
# OSM words.
_WATERWAY = {"river": 2, "canal": 4, "stream": 6, "drain": 8, "ditch": 9}
_LARGEST, _SMALLEST = 1, 10


def read_rivers(path: Path, *, country: str | None = None) -> Reading:
    """Read river lines; classes outside 1 to 10 are moved to the nearest of them and flagged.

    Parameters
    ----------
    country
        Taken for the sake of one shape of all readers; rivers carry no country and none is set.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in.
    """
    del country
    features = read_features(path, shape="line")
    properties = features.properties
    ids, id_notes = row_ids(properties, features.geometry, text_of(properties, _ID))
    classes, flags, class_note = _river_class(properties)
    raw = pd.DataFrame(
        {"river_id": ids, "name": text_of(properties, _NAME), "river_class": classes}, index=properties.index
    )
    provenance = provenance_of(
        path,
        format_name="rivers",
        reader_version=READER_VERSION,
        encoding=features.encoding,
        notes=(*features.notes, *id_notes, class_note),
    )
    return reading_of(features, raw, contract=RIVERS, provenance=provenance, flags=flags)


def _river_class(properties: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame, str]:
    """Class 1 (largest) to 10, the faults of values moved into that range, and what column it came from."""
    column = find_column(properties, _CLASS)
    if column:
        text = text_of(properties, (column.lower(),))
        return *_clipped(text, pd.to_numeric(text, errors="coerce"), column), f"river class from column {column!r}"
    column = find_column(properties, _ORDER)
    if column:
        text = text_of(properties, (column.lower(),))
        order = pd.to_numeric(text, errors="coerce")
        note = f"river class from stream order {column!r}: the highest, {order.max()}, is class 1"
        return *_clipped(text, order.max() - order + 1, column), note
    words = text_of(properties, ("waterway", "fclass")).str.lower()
    if words.notna().any():
        return words.map(_WATERWAY).astype("Float64"), faults(), "river class from the OSM word: river 2, stream 6"
    return pd.Series(pd.NA, index=properties.index, dtype="Float64"), faults(), "no column of river classes"


def _clipped(text: pd.Series, numbers: pd.Series, column: str) -> tuple[pd.Series, pd.DataFrame]:
    """Numbers moved into 1..10 with a flag each; text that is no number stays, for the contract to judge."""
    numbers = numbers.astype("Float64")
    moved = ((numbers < _LARGEST) | (numbers > _SMALLEST)).fillna(value=False)
    reason = f"outside {_LARGEST} to {_SMALLEST}; taken as the nearest of them"
    flags = faults((line, column, value, reason) for line, value in text[moved].items())
    kept = numbers.clip(_LARGEST, _SMALLEST).astype(object)
    return kept.where(numbers.notna() | text.isna(), text), flags
