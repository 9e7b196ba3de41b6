"""How names are compared, and who in a report counts as an armed actor. Written rules, one place."""

import re
import unicodedata

import numpy as np
import pandas as pd

# Words that say what kind of area a name belongs to, not which one. UCDP writes "Ouaka province", Natural
# Earth "Ouaka", GeoNames "Préfecture de la Ouaka".
AREA_WORDS = frozenset(
    {"province", "provincial", "prefecture", "sous", "sub", "region", "state", "county", "district", "territory"}
    | {"territoire", "department", "departement", "governorate", "municipality", "commune", "city", "area"}
    | {"administrative", "of", "the", "de", "du", "des", "la", "le", "les"}
)
# Civilians are harmed by armed actors; they are none. "Civilians", "Civilians (CAR)", "Civils".
_CIVILIANS = re.compile(r"(civilians?|civils?|civiles?|population civile|populations civiles)( \(.*\))?")
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
        ``row`` (position of the incident), ``source_id`` and ``name`` ("" where not given), ordered by row and side.
    """
    sides = []
    for side in ("a", "b"):
        name = incidents[f"actor_{side}"]
        source_id = incidents[f"actor_{side}_id"] if f"actor_{side}_id" in incidents else pd.Series(pd.NA, name.index)
        codes, spellings = pd.factorize(name)
        armed = np.array([*(bool(str(s).strip()) and not is_civilian(str(s)) for s in spellings), False], dtype=bool)
        keep = armed[codes] | ((codes < 0) & source_id.notna().to_numpy())
        rows = np.flatnonzero(keep)
        sides.append(
            pd.DataFrame(
                {
                    "row": rows,
                    "source_id": source_id.iloc[rows].astype(object).fillna("").to_numpy(dtype=object),
                    "name": name.iloc[rows].astype(object).fillna("").to_numpy(dtype=object),
                }
            )
        )
    both = pd.concat(sides, ignore_index=True)
    return both.sort_values("row", kind="stable", ignore_index=True)
