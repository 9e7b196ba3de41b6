"""Finding a file's columns by the names publishers give them, and ids that name each row once."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from geo.readers.raw_features import GeometryArray


def find_column(properties: pd.DataFrame, names: Iterable[str]) -> str | None:
    """First of the known names the file has, whatever the case; None when it has none."""
    present = {str(column).lower(): str(column) for column in reversed(properties.columns)}
    return next((present[name] for name in names if name in present), None)


def text_of(properties: pd.DataFrame, names: Iterable[str]) -> pd.Series:
    """Text of the known columns, the first filled one per row; missing where none is."""
    present = {str(column).lower(): str(column) for column in reversed(properties.columns)}
    found = pd.Series(pd.NA, index=properties.index, dtype="string")
    for name in names:
        if name in present:
            text = properties[present[name]].astype("string").str.strip()
            found = found.fillna(text.mask(text.isin(["", "-99"])))
    return found


def translate(values: pd.Series, table: Mapping[str, str]) -> tuple[pd.Series, pd.Series]:
    """Words of a source in ours: the translated column, and where a filled value was not in the table."""
    codes, words = pd.factorize(values)  # few are different
    known = pd.array([*(table.get(str(word).lower(), pd.NA) for word in words), pd.NA], dtype="string")[codes]
    translated = pd.Series(known, index=values.index)
    return translated, values.notna() & translated.isna()


def row_ids(properties: pd.DataFrame, geometry: GeometryArray, given: pd.Series) -> tuple[pd.Series, tuple[str, ...]]:
    """Id of each row: the given one, else its feature number.

    An id that repeats with *another* drawing gets "#2", "#3", … because roads and rivers are often cut
    under one id; the same id with the same drawing stays as it is, and the contract rejects the repeat.

    Returns
    -------
    ids
        Text, aligned with ``properties``.
    notes
        What was done, for the provenance.
    """
    ids, notes = given, tuple[str, ...]()
    if given.isna().any():
        ids = given.fillna("row " + pd.Series(properties.index.astype(str), index=properties.index, dtype="string"))
        notes = (f"{int(given.isna().sum())} rows without an id are named by their number",)
    if not ids.duplicated().any():
        return ids, notes
    drawn = pd.Series([g.wkb for g in geometry], index=properties.index)
    distinct = pd.DataFrame({"id": ids, "drawn": drawn})
    first = ~distinct.duplicated()
    part = pd.Series(0, index=ids.index).mask(first, distinct[first].groupby("id").cumcount() + 1)
    part = part.groupby([distinct["id"], distinct["drawn"]]).transform("max").astype(int)
    cut = np.asarray(part > 1)
    named = ids.mask(cut, ids + "#" + part.astype(str))
    return named, (*notes, f"{int(cut.sum())} lines repeat the id of another line and are numbered #2, #3, …")
