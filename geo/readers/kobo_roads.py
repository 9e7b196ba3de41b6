"""Exports of our road form from KoboToolbox, CSV or XLSX: road reports, and what hinders roads.

One export holds both; ``kobo_roads`` takes what was seen of roads, ``kobo_constraints`` what hinders them, and each
rejects the rows of the other with that reason. Read are the columns of ``data/forms/road_xlsform.xlsx``
(:mod:`geo.readers.kobo_roads_form`) and ``_uuid``; headers are XML names or labels, English or French, with or without
groups before a slash. A point is "latitude longitude altitude accuracy" in one column, or apart in
``_place_latitude`` and ``_place_longitude``, which win; a trace is such points separated by ``;``. Ids are ``kobo:``
and a short hash of ``_uuid``, so a corrected submission is a new version of its record.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from geo.contracts import Contract, faults_at
from geo.readers.countries import check_country, plain_name
from geo.readers.kobo_form import words_of
from geo.readers.kobo_roads_form import ASKED, CHOICES, DIRECTIONS
from geo.readers.reading import Reading, provenance_of, settle
from geo.readers.text_table import TextTable, read_text_table
from geo.readers.workbook import is_workbook, read_workbook
from geo.schema import CONSTRAINTS, ROAD_REPORTS, VEHICLES

READER_VERSION = "1"
_FORM = "an export of data/forms/road_xlsform.xlsx"
_NEEDED = ("_uuid", "observed_on", "about")
_POINT_PART = re.compile(r"^_(.+)_(latitude|longitude)$")
_UUID = re.compile(r"^(?:uuid:)?([0-9a-f-]{8,})$")
_CHOSEN = frozenset({"1", "1.0", "true", "yes", "oui", "vrai"})
_HASH_LETTERS = 16
_FIELDS = {plain_name(word): question.name for question in ASKED for word in words_of(question)}
_LISTED = {question.name: question.type.split()[1] for question in ASKED if " " in question.type}
# Name or label of a choice, plain -> its name, by question.
_NAMES = {
    field: {plain_name(word): name for name, words in CHOICES[listed][1].items() for word in (name, *words)}
    for field, listed in _LISTED.items()
}
_MIN_CORNERS = 2


class _OurColumns(Collection[str]):
    """The columns to read, known by rule: a header is one of ours in several spellings."""

    def __contains__(self, header: object) -> bool:
        return isinstance(header, str) and _field_of(header) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(_FIELDS.values())

    def __len__(self) -> int:
        return len(_FIELDS)


def read_kobo_roads(path: Path, *, country: str | None = None) -> Reading:
    """Read what was seen of roads as road reports; see :func:`_read` for parameters and errors."""
    return _read(path, ROAD_REPORTS, subject="status", country=country)


def read_kobo_constraints(path: Path, *, country: str | None = None) -> Reading:
    """Read what hinders roads as constraints; see :func:`_read` for parameters and errors."""
    return _read(path, CONSTRAINTS, subject="hindrance", country=country)


def _read(path: Path, contract: Contract, *, subject: str, country: str | None) -> Reading:
    """Read the submissions about one subject.

    Parameters
    ----------
    country
        Checked and otherwise without effect: the tables have no country, which a note says.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in, or is no export of this form.
    """
    wanted_country = check_country(country)
    format_name = "kobo_roads" if subject == "status" else "kobo_constraints"
    provenance = provenance_of(path, format_name=format_name, reader_version=READER_VERSION)
    wanted = _OurColumns()
    found = (
        read_workbook(path, wanted=wanted, needed=["_uuid"])
        if is_workbook(path)
        else read_text_table(path, wanted=wanted)
    )
    answers = _answers(found.frame)
    TextTable.need(replace(found, columns=tuple(answers.columns)), _NEEDED, what=_FORM)
    about = _of(answers, "about")
    other = answers.index[about.notna() & about.isin(_NAMES["about"].values()) & (about != subject)]
    unknown = answers.index[~about.isin(_NAMES["about"].values())]
    reason = "speaks of what hinders a road; import the file as kobo_constraints too"
    if subject != "status":
        reason = "speaks of the state of a road; import the file as kobo_roads too"
    raw = _as_records(answers, contract)
    unused = () if wanted_country is None else (f"table {contract.name} has no country; {wanted_country} was not used",)
    return settle(
        contract,
        raw,
        provenance=replace(provenance, encoding=found.encoding, notes=(*found.notes, *unused)),
        rejects=[
            found.rejects,
            faults_at(other, "about", about[other], reason),
            faults_at(unknown, "about", about[unknown], "says neither what was seen nor what hinders"),
        ],
        flags=[found.flags],
    )


def _field_of(header: str) -> str | None:
    """Our name of a column of an export; None for a column that is not of our form."""
    steps = [step.strip() for step in header.strip().lower().split("/")]
    if steps[-1] == "_uuid":
        return "_uuid"
    part = _POINT_PART.match(steps[-1])
    if part is not None:
        return f"place_{part[2]}" if _FIELDS.get(plain_name(part[1])) == "place" else None
    if len(steps) > 1 and _FIELDS.get(plain_name(steps[-2])) == "vehicles":
        vehicle = _NAMES["vehicles"].get(plain_name(steps[-1]))
        return f"vehicles/{vehicle}" if vehicle else None
    return _FIELDS.get(plain_name(steps[-1]))


def _answers(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns under our names, choices by their names; of two columns for one question the first filled."""
    table = pd.DataFrame(index=frame.index)
    for header in frame.columns:
        name = _field_of(str(header))
        if name is not None:
            text = frame[header].astype("string").str.strip()
            text = text.mask(text == "")
            table[name] = table[name].fillna(text) if name in table else text
    for name, names in _NAMES.items():
        if name in table and name != "vehicles":
            known = {text: names.get(plain_name(text), text) for text in table[name].dropna().unique()}
            table[name] = table[name].map(known).astype("string")
    return table


def _of(answers: pd.DataFrame, name: str) -> pd.Series:
    """Answers to one question as text; empty is missing."""
    return answers[name] if name in answers else pd.Series(pd.NA, index=answers.index, dtype="string")


def _as_records(answers: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """Rows of the contract; what cannot be recoded stays for the contract to judge."""
    uuid = _of(answers, "_uuid").str.lower().str.extract(_UUID)[0]
    hashed = uuid.map(lambda text: hashlib.sha256(text.encode("ascii")).hexdigest()[:_HASH_LETTERS], na_action="ignore")
    point = _of(answers, "place").str.split()
    latitude, longitude = (
        _of(answers, f"place_{name}").fillna(
            point.map(lambda parts, at=at: (parts[at : at + 1] or [pd.NA])[0], na_action="ignore").astype("string")
        )
        for at, name in enumerate(("latitude", "longitude"))
    )
    raw = pd.DataFrame(
        {
            contract.key: "kobo:" + hashed.astype("string"),
            "reported_on": _of(answers, "observed_on"),
            "observed_on": _of(answers, "observed_on"),
            "longitude": longitude,
            "latitude": latitude,
            "line_wkt": _of(answers, "stretch").map(_wkt, na_action="ignore").astype("string"),
            "heading_deg": _headings(_of(answers, "direction")),
            "vehicles": _vehicles(answers),
            **{name: _of(answers, name) for name in ("status", "kind", "operator_type", "behaviour", "source_type")},
        }
    )
    return raw[[name for name in raw.columns if name in contract.column_names]]


def _headings(direction: pd.Series) -> pd.Series:
    """Degrees of a wind; empty for both directions, the word itself where it is none of ours."""

    def heading(word: str) -> str | None:
        degrees = DIRECTIONS.get(word, np.nan)
        return None if degrees is None else word if np.isnan(degrees) else f"{degrees:g}"

    return direction.map(heading, na_action="ignore").astype("string")


def _vehicles(answers: pd.DataFrame) -> pd.Series:
    """Vehicles chosen, in one column or in one each."""
    chosen = pd.Series("", index=answers.index, dtype="string")
    for vehicle in VEHICLES:
        ticked = _of(answers, f"vehicles/{vehicle}").str.lower().isin(_CHOSEN)
        chosen = chosen.mask(ticked, chosen + ";" + vehicle)
    named = _of(answers, "vehicles").map(lambda text: _chosen(text, _NAMES["vehicles"]), na_action="ignore")
    return named.astype("string").fillna(chosen.mask(chosen == "").str.removeprefix(";"))


def _chosen(text: str, names: Mapping[str, str]) -> str:
    """Choices named one after the other, labels of several words among them; the text itself where a word is none."""
    rest, found = plain_name(text), []
    while rest:
        word = max((word for word in names if f"{rest} ".startswith(f"{word} ")), key=len, default=None)
        if word is None:
            return text
        found.append(names[word])
        rest = rest[len(word) :].strip()
    return ";".join(dict.fromkeys(found))


def _wkt(trace: str) -> str:
    """A trace as WKT; the text itself where it is none."""
    corners = [point.split()[:2] for point in trace.split(";") if point.strip()]
    if len(corners) < _MIN_CORNERS or any(len(corner) < _MIN_CORNERS for corner in corners):
        return trace
    return "LINESTRING (" + ", ".join(f"{longitude} {latitude}" for latitude, longitude in corners) + ")"
