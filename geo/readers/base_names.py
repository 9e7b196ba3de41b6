"""Which locations of a peacekeeping mission are one base under several spellings: the written rule.

Within one mission, two locations are the same base when one of these holds:

1. Their plain names are equal and they lie within 50 km. A plain name has no accents, capitals, punctuation
   or remark in brackets. Geo-PKO gives one town positions up to 43 km apart; the nearest two different
   towns of one name are 94 km apart.
2. All words of one plain name begin the other and they lie within 10 km: "Beni" and "Beni Boikene",
   "Agok" and "Agok COB".
3. Their plain names differ in few letters (similarity 0.8 or more, Ratcliff and Metzener 1988), hold no
   numbers, and they lie within 2 km: "Mallit" and "Mellit", "Um Kadada" and "Umm Kadada".

A location without a proper name ("unnamed location", "Camp" and a remark) keeps its remark, never begins
another name, and is the same as its like only within 2 km.

The rule is applied along chains. The base takes the name that most rows use; of equally frequent names the
shortest, then the first in the alphabet. Its id is ``geopko:MISSION:NAME`` in plain letters; where a mission
has two bases of that name, each id carries its position to a tenth of a degree as well. Different names at
one position stay different bases ("Mubone" and "Walungu"), because positions were often taken from the
nearest town.
"""

import re
from difflib import SequenceMatcher

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.crs import distance_km
from geo.readers.countries import plain_name

SAME_NAME_KM = 50.0
NAME_BEGINS_KM = 10.0
ALIKE_KM = 2.0
ALIKE_SHARE = 0.8
# First words of locations that Geo-PKO could not name, and words that name nothing when they stand alone.
_UNNAMED = frozenset({"unnamed", "unclear", "unknown"})
_GENERIC = frozenset({"camp", "position", "checkpoint", "base"})
_BRACKETED = re.compile(r"\([^)]*\)")


def resolve_bases(places: pd.DataFrame) -> pd.DataFrame:
    """Give every row the base it speaks of.

    Parameters
    ----------
    places
        Columns ``mission``, ``location`` (text) and ``longitude``, ``latitude`` (degrees, finite), any index.
        Not changed.

    Returns
    -------
    DataFrame
        ``base_id`` and ``base_name``, aligned with ``places``.
    """
    if places.empty:
        return pd.DataFrame({"base_id": [], "base_name": []}, index=places.index, dtype="string")
    key = ["mission", "plain", "longitude", "latitude"]
    named = places.assign(plain=_plain_names(places["location"]))
    spots = named.drop_duplicates(key)[key].reset_index(drop=True)
    spots["base"] = _components(spots)
    rows = named.merge(spots, on=key, how="left")
    names = _base_names(rows)
    names["base_id"] = _base_ids(names)
    resolved = names.loc[rows["base"], ["base_id", "base_name"]]
    return resolved.set_axis(places.index, axis=0)


def _plain_names(locations: pd.Series) -> pd.Series:
    """Plain name of each location, without remarks in brackets unless they are all that names it."""
    plain = {}
    for text in locations.unique():
        short = plain_name(_BRACKETED.sub(" ", text))
        plain[text] = short if short and not _is_nameless(short) else plain_name(text) or text
    return locations.map(plain)


def _is_nameless(plain: str) -> bool:
    words = plain.split()
    return not words or words[0] in _UNNAMED or (len(words) == 1 and words[0] in _GENERIC)


def _components(spots: pd.DataFrame) -> npt.NDArray[np.int32]:
    """Number of the base each distinct (mission, plain name, position) belongs to."""
    pairs: list[tuple[int, int]] = []
    for _, group in spots.groupby("mission", sort=False):
        first, second = np.triu_indices(len(group), k=1)
        lon, lat = group["longitude"].to_numpy(dtype=float), group["latitude"].to_numpy(dtype=float)
        apart_km = distance_km(lon[first], lat[first], lon[second], lat[second])
        near = np.flatnonzero(apart_km <= SAME_NAME_KM)
        plain, row = group["plain"].to_list(), group.index.to_numpy()
        pairs += [
            (int(row[first[k]]), int(row[second[k]]))
            for k in near
            if _same_base(plain[first[k]], plain[second[k]], apart_km[k])
        ]
    links = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(len(spots), len(spots)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int32)


def _same_base(one: str, other: str, apart_km: float) -> bool:
    """The rule of this module for two plain names at most 50 km apart."""
    if _is_nameless(one) or _is_nameless(other):
        return one == other and apart_km <= ALIKE_KM
    if one == other:
        return True
    if apart_km > NAME_BEGINS_KM:
        return False
    words, more = sorted((one.split(), other.split()), key=len)
    if more[: len(words)] == words:
        return True
    if apart_km > ALIKE_KM or any(letter.isdigit() for letter in one + other):
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE_SHARE


def _base_names(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per base: mission, the name most rows use, and the position most rows give that name."""
    counts = rows.groupby(["base", "mission", "location", "longitude", "latitude"]).size().rename("rows").reset_index()
    counts["of_name"] = counts.groupby(["base", "location"])["rows"].transform("sum")
    counts["length"] = counts["location"].str.len()
    order = counts.sort_values(
        ["base", "of_name", "length", "location", "rows", "longitude", "latitude"],
        ascending=[True, False, True, True, False, True, True],
    )
    return order.drop_duplicates("base").set_index("base").rename(columns={"location": "base_name"})


def _base_ids(names: pd.DataFrame) -> pd.Series:
    """Id of each base; a position is added where a mission has several bases of one name."""
    plain = _plain_names(names["base_name"])
    ids = "geopko:" + names["mission"].map(_slug) + ":" + plain.str.replace(" ", "-")
    position = "@" + names["latitude"].map("{:.1f}".format) + "," + names["longitude"].map("{:.1f}".format)
    return ids.where(~ids.duplicated(keep=False), ids + position)


def _slug(text: str) -> str:
    return plain_name(text).replace(" ", "-")
