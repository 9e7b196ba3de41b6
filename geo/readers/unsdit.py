"""Road status tables of logistics services, with columns after UNSDI-T version 2, as road reports.

UNSDI-T (UN Spatial Data Infrastructure, Transport) is the model of the roads the World Food Programme and the
Logistics Cluster publish; field names and codes as in the codebook of gROADSv1 (CIESIN and ITOS 2013) and of the
``trs_roads`` layers. A status column (words, English or French) wins over ``CurntPrac``, the current practicability:

===========  =====================  ==============================================================
CurntPrac    which vehicle at most  read as
===========  =====================  ==============================================================
4, 5, 6      trucks                 passable
3            4WD under 3.5 t        difficult, flagged: trucks cannot pass
2            motorbike              impassable for 4x4 and trucks
1            non-motorized          impassable for 4x4, trucks and motorcycles
0            not specified          rejected: nothing is said
===========  =====================  ==============================================================

Ids are ``unsdit:`` road id or place ``:`` day: another day is another report, the same day a correction.
"""

import re
from dataclasses import replace
from pathlib import Path

from geo.contracts import faults_at
from geo.errors import ImportRefusedError
from geo.readers.columns import find_column, text_of
from geo.readers.countries import check_country, plain_name
from geo.readers.reading import Reading, provenance_of, settle
from geo.readers.road_columns import (
    DAY_NAMES,
    ROAD_ID_NAMES,
    SOURCE_NAMES,
    days_of,
    has_place,
    ids_of,
    places_of,
    read_road_table,
)
from geo.readers.text_table import TextTable
from geo.schema import ROAD_REPORTS

READER_VERSION = "2"
_STATUS = (
    "status",
    "road_status",
    "access_status",
    "current_status",
    "accessibility",
    "practicability",
    "practicabi",
    "praticabilite",
    "praticabilité",
    "etat",
    "état",
    "statut",
)
_LAST = ("expires_on", "valid_to", "valid_until")
_CODE = ("curntprac", "current_practicability", "currentprac")
# Words as files write them, in the spelling of ``plain_name``.
_STATUS_WORDS = {
    "passable": "passable open opened practicable accessible good clear normal ouvert ouverte praticable bon bonne "
    "degage degagee|open without restrictions|open no restrictions|fully open|ouvert sans restriction",
    "difficult": "difficult restricted limited partial poor seasonal slow restreint restreinte limite limitee difficile "
    "partiel partielle mauvais mauvaise|open with restrictions|partially open|partially closed|partially accessible|"
    "passable with restrictions|passable with difficulty|passable with difficulties|limited access|"
    "restricted access|4x4 only|4wd only|ouvert avec restrictions|ouverte avec restrictions|partiellement ouvert|"
    "partiellement ouverte|partiellement praticable|praticable avec difficulte|praticable avec difficultes|"
    "praticable avec restrictions|passable avec difficulte|passable avec difficultes|acces restreint|acces limite",
    "impassable": "impassable closed cut blocked impracticable inaccessible ferme fermee coupe coupee bloque bloquee "
    "impraticable infranchissable|not accessible|not passable|non praticable|non accessible|route coupee|"
    "fully closed|closed to all traffic|closed to all vehicles|closed impassable|ferme a toute circulation",
}
_UNSPECIFIED = {"0", "unspecified", "unknown", "not known", "no data", "inconnu", "inconnue", "non specifie"}
_UNSPECIFIED |= {"no info", "no information", "not assessed", "n a", "non renseigne"}
_CODE_AND_WORDS = re.compile(r"^([0-6]) .*$")  # e.g. 4 - Light truck (10mt)
_LIGHT_ONLY = "only a 4WD under 3.5 t passes, a truck does not; kept as difficult for all"
_CODES = {
    "1": ("impassable", "4x4;truck;motorcycle"),
    "non motorized": ("impassable", "4x4;truck;motorcycle"),
    "2": ("impassable", "4x4;truck"),
    "motorbike": ("impassable", "4x4;truck"),
    "3": ("difficult", None),
    "4wd 3 5mt": ("difficult", None),
    "4": ("passable", None),
    "light truck 10mt": ("passable", None),
    "5": ("passable", None),
    "heavy truck 20mt": ("passable", None),
    "6": ("passable", None),
    "truck trailer 20mt": ("passable", None),
}


def _words() -> dict[str, str]:
    """Each way to write a status -> ours; single words are parted by blanks, phrases by bars."""
    known: dict[str, str] = {}
    for status, text in _STATUS_WORDS.items():
        single, *phrases = text.split("|")
        known.update(dict.fromkeys([*single.split(), *phrases], status))
    return known


_WORDS = _words()


def read_unsdit(path: Path, *, country: str | None = None) -> Reading:
    """Read one table of road statuses, CSV or XLSX.

    Parameters
    ----------
    country
        Checked and otherwise without effect: road reports have no country, which a note says.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in, or lacks a status, a day or a place.
    """
    wanted_country = check_country(country)
    provenance = provenance_of(path, format_name="unsdit", reader_version=READER_VERSION)
    found = read_road_table(path, (*_STATUS, *_CODE, *_LAST))
    table = found.frame
    _check_columns(found)
    places, day = places_of(table), days_of(table)
    code = text_of(table, _CODE).str.removesuffix(".0").map(plain_name, na_action="ignore").astype("string")
    code = code.str.replace(_CODE_AND_WORDS, r"\1", regex=True)
    said = text_of(table, _STATUS).map(plain_name, na_action="ignore").astype("string")
    said, code = (text.mask(text.isin(_UNSPECIFIED)) for text in (said, code))
    status = said.map(lambda text: _WORDS.get(text, text), na_action="ignore").astype("string")
    by_code = status.isna() & code.notna()
    raw = places.assign(
        report_id=ids_of("unsdit", text_of(table, ROAD_ID_NAMES), places, day),
        observed_on=day,
        status=status.fillna(code.map(lambda text: _CODES.get(text, (text, None))[0], na_action="ignore")),
        vehicles=code.map(lambda text: _CODES.get(text, (text, None))[1], na_action="ignore").where(by_code),
        source=text_of(table, SOURCE_NAMES),
        expires_on=text_of(table, _LAST),
    )
    light = by_code & code.isin(["3", "4wd 3 5mt"])
    unused = () if wanted_country is None else (f"road reports have no country; {wanted_country} was not used",)
    return settle(
        ROAD_REPORTS,
        raw,
        provenance=replace(provenance, encoding=found.encoding, notes=(*found.notes, *unused)),
        rejects=[found.rejects],
        flags=[found.flags, faults_at(raw.index[light], "status", code[light], _LIGHT_ONLY)],
    )


def _check_columns(found: TextTable) -> None:
    """Refuse a file that does not say what, when and where."""
    lacks = [
        what
        for what, there in (
            ("a status (e.g. status or CurntPrac)", find_column(found.frame, (*_STATUS, *_CODE)) is not None),
            ("a day (e.g. last_update)", find_column(found.frame, DAY_NAMES) is not None),
            ("a place (RoadID, WKT, or longitude and latitude)", has_place(found.frame)),
        )
        if not there
    ]
    if lacks:
        raise ImportRefusedError(
            f"{found.file_name} is no table of road statuses: it has no column for {', '.join(lacks)}"
        )
