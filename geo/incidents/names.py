"""How names are compared, and who in a report counts as an armed actor. Written rules, one place."""

import re
import unicodedata

import numpy as np
import numpy.typing as npt
import pandas as pd

CodeArray = npt.NDArray[np.int64]
TextArray = npt.NDArray[np.object_]
# Words that say what kind of area a name belongs to, not which one. UCDP writes "Ouaka province", Natural
# Earth "Ouaka", GeoNames "Préfecture de la Ouaka".
AREA_WORDS = frozenset(
    {"province", "provincial", "prefecture", "sous", "sub", "region", "state", "county", "district", "territory"}
    | {"territoire", "department", "departement", "governorate", "municipality", "commune", "city", "area"}
    | {"administrative", "of", "the", "de", "du", "des", "la", "le", "les"}
)
# Civilians are harmed by armed actors; they are none. "Civilians", "Civilians (CAR)", "Civils"; nor are crowds, which
# ACLED names "Protesters (CAR)" and "Rioters (CAR)".
_CIVILIANS = re.compile(
    r"(civilians?|civils?|civiles?|population civile|populations civiles|protesters?|rioters?)( \(.*\))?"
)
_FRENCH_ELISION = re.compile(r"\b[dl]'")
_NOT_A_LETTER = re.compile(r"[^0-9a-z]+")
_BLANKS = re.compile(r"\s+")


def folded(text: str) -> str:
    """Return a name without case, accents, curly quotes and repeated blanks: what two spellings share."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return _BLANKS.sub(" ", "".join(c for c in plain if not unicodedata.combining(c))).strip()


def folded_area(text: str) -> str:
    """Return an area's name without case, accents, punctuation and :data:`AREA_WORDS`.

    A name made of such words only keeps them.
    """
    whole = _FRENCH_ELISION.sub(" ", folded(text)).replace("'", "")  # "M'Poko" is also written "Mpoko"
    words = _NOT_A_LETTER.sub(" ", whole).split()
    return " ".join([word for word in words if word not in AREA_WORDS] or words)


def is_civilian(name: str) -> bool:
    """Tell whether a reported side is civilians, not an armed actor."""
    return _CIVILIANS.fullmatch(folded(name)) is not None


def fold_all(values: pd.Series, *, area: bool = False) -> pd.Series:
    """Return folded names aligned with the input; missing becomes "". Each spelling is folded once."""
    codes, spellings = pd.factorize(values)
    fold = folded_area if area else folded
    table = np.array([*(fold(str(spelling)) for spelling in spellings), ""], dtype=object)
    return pd.Series(table[codes], index=values.index, dtype=object)


def reported_parties(incidents: pd.DataFrame) -> pd.DataFrame:
    """Return the armed actors each incident names, one row per side that names one.

    Civilians (:func:`is_civilian`) and empty sides are left out.

    Returns
    -------
    pandas.DataFrame
        Ordered by row and side: ``row`` (position of the incident), ``source_id`` and ``name`` ("" where
        not given), ``party`` (a number, the same for the same id or, without an id, the same folded name).
    """
    size = len(incidents)
    sides = [_coded(incidents, name) for name in ("actor_a", "actor_b")]
    ids = [_coded(incidents, name) for name in ("actor_a_id", "actor_b_id")]
    name_code, names = _joined(sides)
    id_code, source_ids = _joined(ids)
    civilians = np.array([is_civilian(name) for name in names], dtype=bool)
    given = (name_code < len(names) - 1) | (id_code < len(source_ids) - 1)
    kept = np.flatnonzero(given & ~civilians[name_code])
    kept = kept[np.argsort(kept % max(size, 1), kind="stable")]
    name_code, id_code = name_code[kept], id_code[kept]
    same_name = pd.factorize(pd.Series([folded(name) for name in names], dtype=object))[0]
    party = np.where(id_code < len(source_ids) - 1, id_code, len(source_ids) + same_name[name_code])
    table = pd.DataFrame({"row": kept % max(size, 1), "party": party})
    table["source_id"] = pd.Series(source_ids[id_code], dtype=object)
    table["name"] = pd.Series(names[name_code], dtype=object)
    return table


def _coded(incidents: pd.DataFrame, column: str) -> tuple[CodeArray, TextArray]:
    """Codes and spellings of a column; a missing value, a blank one, or a missing column has code -1."""
    if column not in incidents:
        return np.full(len(incidents), -1, dtype=np.int64), np.zeros(0, dtype=object)
    codes, spellings = pd.factorize(incidents[column])
    blank = np.array([*(not str(spelling).strip() for spelling in spellings), True], dtype=bool)
    return np.where(blank[codes], -1, codes), np.array([str(spelling) for spelling in spellings], dtype=object)


def _joined(sides: list[tuple[CodeArray, TextArray]]) -> tuple[CodeArray, TextArray]:
    """Both sides' codes one after the other over one list of spellings, which ends with "" for missing."""
    spellings = list(dict.fromkeys([*sides[0][1], *sides[1][1]]))
    place = {spelling: code for code, spelling in enumerate(spellings)}
    tables = [np.array([*(place[s] for s in side[1]), len(spellings)], dtype=np.int64) for side in sides]
    codes = np.concatenate([table[side[0]] for table, side in zip(tables, sides, strict=True)])
    return codes, np.array([*spellings, ""], dtype=object)
