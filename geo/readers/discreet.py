"""Reading files that tell more about people than Piste may keep: what may be seen of a cell, and what never is.

Files of case management and of interviews hold names, telephone numbers and accounts. Their readers take a written
list of columns and nothing else. This module guards what is left: somebody may have typed a name where a number
belongs. A value is repeated among rejects and flags only where it has the shape of a number, date, position or our own
id; any other reads "(withheld)". Codes must look like codes, names of places and groups like names.
"""

import hashlib
import re
from dataclasses import dataclass, replace

import pandas as pd

from geo.contracts import faults
from geo.readers.countries import middle_of
from geo.readers.reading import Reading

WITHHELD = "(withheld)"
# Shapes that cannot name a person. Five digits at most: longer ones may be telephone numbers.
_SHOWN = re.compile(
    r"""^(?:
      | [+-]?\d{1,5}(?:[.,]\d{1,12})?
      | \d{4}-\d{2}-\d{2} (?:T[\d:.]*)?
      | \d{1,2}[-/.]\d{1,2}[-/.]\d{4}
      | [+-]?\d{1,3}(?:\.\d+)?\ N\ [+-]?\d{1,3}(?:\.\d+)?\ E
      | \d+\ cells
      | (?:primero|kobo):[\w.-]+(?::[a-z_]+)?(?::[\w-]+)?
    )$""",
    re.VERBOSE | re.ASCII,
)
# More than this is no count of one report, and may be a telephone number. The form allows no more.
MOST = {
    **dict.fromkeys(("victims_girls", "victims_boys", "victims_unknown"), 9_999),
    **dict.fromkeys(("girls", "boys", "sex_unknown"), 9_999),
    "sources_count": 99,
}
_HASH_LETTERS = 12
_MAX_CODE_LETTERS = 24
# A code has a digit and no long word; what has a digit but is otherwise no such code is hashed.
_CODE = re.compile(r"^(?=.*\d)(?!.*[^\W\d_]{5})[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$", re.ASCII)
_HEX = re.compile(r"^(?=.*\d)[0-9a-f]+$", re.IGNORECASE)
_ONE_WORD_WITH_DIGIT = re.compile(r"^(?=.*\d)\S+$")
_TELEPHONE = re.compile(r"^\D{0,2}\d[\d().-]{6,}\d$")
_MAX_NAME_LETTERS, _MAX_NAME_WORDS = 80, 10
_SENTENCE = re.compile(r"[\n\r\t?!;]|\.\s+\S|[:,]\s.*[:,]\s|\d{6}|@")
# Longest span in days of each date precision; a longer span is 5.
_SPAN_DAYS = ((0, 1), (6, 2), (30, 3), (365, 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A column after the guard, and the doubts about values it did not let pass."""

    names: pd.Series
    flags: pd.DataFrame


def code_of(text: str) -> str | None:
    """A code as it stands when it looks like one, else 12 hexadecimal letters of its SHA-256; None for no code.

    A code is one word with a digit, at most 24 letters long. What has blanks or no digit may be a name, what has
    nothing but eight digits or more a telephone number: neither is kept, nor hashed, because all names and numbers
    can be tried.
    """
    word = text.strip()
    if _TELEPHONE.match(word):
        return None
    if len(word) <= _MAX_CODE_LETTERS and (_CODE.match(word) or _HEX.match(word)):
        return word
    if _ONE_WORD_WITH_DIGIT.match(word):
        return hashlib.sha256(word.encode("utf-8")).hexdigest()[:_HASH_LETTERS]
    return None


def codes_of(texts: pd.Series) -> pd.Series:
    """:func:`code_of` for a column of text; missing stays missing."""
    found = {text: code_of(text) for text in texts.dropna().unique()}
    return texts.astype("string").map(found).astype("string")


def names_only(texts: pd.Series, column: str) -> Guarded:
    """Names of places or armed groups; anything as long as a sentence, or with its signs, is left out and flagged."""
    text = texts.astype("string").str.strip()
    text = text.mask(text == "")
    fits = {name: _is_name(name) for name in text.dropna().unique()}
    refused = text.notna() & ~text.map(fits).fillna(value=False).astype(bool)
    flags = faults((line, column, WITHHELD, "reads like more than a name; left out") for line in text.index[refused])
    return Guarded(names=text.mask(refused), flags=flags)


def _is_name(text: str) -> bool:
    short = len(text) <= _MAX_NAME_LETTERS and len(text.split()) <= _MAX_NAME_WORDS
    return short and _SENTENCE.search(text) is None


def date_precision_of_span(start: pd.Series, end: pd.Series) -> pd.Series:
    """UCDP date precision (1 day, 2 week, 3 month, 4 year, 5 longer) of two columns of ISO days; both inclusive."""
    first, last = (pd.to_datetime(days.str.slice(0, 10), format="%Y-%m-%d", errors="coerce") for days in (start, end))
    days = (last - first).dt.days
    precision = pd.Series("5", index=start.index, dtype="string")
    for most, code in reversed(_SPAN_DAYS):
        precision = precision.mask(days <= most, str(code))
    return precision.mask(days.isna() | (days < 0))


def beyond_counting(raw: pd.DataFrame) -> pd.DataFrame:
    """Rejects for numbers too large to count children or sources of one report; see :data:`MOST`."""
    return pd.concat(
        [
            faults((line, name, WITHHELD, f"above {most}, so not taken for a count") for line in raw.index[beyond])
            for name, most in MOST.items()
            if name in raw
            for beyond in [pd.to_numeric(raw[name], errors="coerce").astype("float64") > most]
        ],
        ignore_index=True,
    )


def doubts_of_verification(raw: pd.DataFrame) -> pd.DataFrame:
    """Flags for verified rows without a day of verification, and for days before the incident began."""
    bare = raw.index[(raw["verification"] == "verified") & raw["verified_on"].isna()]
    without = faults((line, "verified_on", "", "verified, but no day of verification") for line in bare)
    early = (raw["verified_on"] < raw["date_start"]).fillna(value=False).astype(bool)
    before = faults(
        (line, "verified_on", day, "before the incident began") for line, day in raw.loc[early, "verified_on"].items()
    )
    return pd.concat([without, before], ignore_index=True)


def placed_by_country(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Give rows without coordinates the middle of their country, known to the named area or the country only.

    Their precision is "region" where ``admin1`` is named, which places them in the area of that name and never
    around the point; else "country". So the point itself counts nowhere.

    Returns
    -------
    tuple
        The rows; rejects, where the country's extent is not known either; flags.
    """
    bare = raw["longitude"].isna() & raw["latitude"].isna()
    codes = raw.loc[bare, "country"].dropna().unique()
    middle = {code: found for code in codes if (found := middle_of(code)) is not None}
    fill = bare & raw["country"].isin(list(middle))
    lost = bare & ~fill
    point = raw["country"].map(middle)
    placed = raw.assign(
        longitude=raw["longitude"].mask(fill, point.map(lambda pair: str(pair[0]), na_action="ignore")),
        latitude=raw["latitude"].mask(fill, point.map(lambda pair: str(pair[1]), na_action="ignore")),
        place_precision=raw["place_precision"].mask(
            fill, raw["admin1"].notna().map({True: "region", False: "country"}).astype("string")
        ),
    )
    rejects = faults(
        (line, "longitude", "", "no coordinates, and no country of known extent to place it in; name it with --country")
        for line in raw.index[lost]
    )
    flags = faults(
        (line, "longitude", "", "no coordinates; known to the named area or the country only")
        for line in raw.index[fill]
    )
    return placed, rejects, flags


def discreetly(reading: Reading, where: pd.Series) -> Reading:
    """Withhold every value that might name a person, and say where in the file each faulty row stands.

    Parameters
    ----------
    where
        Place of each row in the file, e.g. "sheet 3, row 14"; index = line of the reading.
    """
    return replace(reading, rejects=_veiled(reading.rejects, where), flags=_veiled(reading.flags, where))


def _veiled(table: pd.DataFrame, where: pd.Series) -> pd.DataFrame:
    places = where.reindex(table["line"])
    return table.assign(
        value=[
            value if column == "country" else shown(value)  # a country is always a code by now
            for column, value in zip(table["column"], table["value"], strict=True)
        ],
        reason=[f"{place}: {reason}" for place, reason in zip(places, table["reason"], strict=True)],
    )


def shown(value: str) -> str:
    """Return the value where its shape cannot name a person, else "(withheld)"."""
    return value if value == WITHHELD or _SHOWN.match(value.strip()) else WITHHELD


def left_out_note(columns: int) -> tuple[str, ...]:
    """Say how many columns were left out, never which: a header may hold anything."""
    return (f"columns left out, not on the list of what Piste takes: {columns}",) if columns else ()
