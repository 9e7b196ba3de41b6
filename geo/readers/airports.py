"""OurAirports ``airports.csv`` as airfields; ``runways.csv`` beside it adds length and surface.

An airfield's runway is its longest one that is not closed and whose length is given. Closed airfields are kept
and marked, because a closed strip is where a helicopter may still land. Lengths are feet in the source.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from geo.contracts import faults
from geo.readers.countries import alpha3_of_alpha2, check_country, of_other_countries
from geo.readers.reading import Reading, provenance_of, settle
from geo.readers.text_table import TextTable, read_text_table
from geo.schema import AIRPORTS

READER_VERSION = "1"
RUNWAYS_FILE = "runways.csv"
M_PER_FOOT = 0.3048
_RENAME = {
    "airport_id": "ident",
    "name": "name",
    "kind": "type",
    "longitude": "longitude_deg",
    "latitude": "latitude_deg",
}
_COUNTRY = "iso_country"
_RUNWAY_COLUMNS = ("airport_ident", "length_ft", "surface", "closed")


def read_airports(path: Path, *, country: str | None = None) -> Reading:
    """Read OurAirports airfields.

    Parameters
    ----------
    country
        ISO alpha-3 code: rows of other countries are rejected with that reason.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in, or the ``runways.csv`` beside it cannot.
    """
    wanted_country = check_country(country)
    provenance = provenance_of(path, format_name="airports", reader_version=READER_VERSION)
    needed = (*_RENAME.values(), _COUNTRY)
    table = read_text_table(path, wanted=needed)
    table.need(needed, what="the airports file of OurAirports")
    raw = _as_airports(table.frame)
    beside = path.with_name(RUNWAYS_FILE)
    note = f"no {RUNWAYS_FILE} beside the file: runway lengths are not known"
    if beside.is_file():
        raw = raw.join(_longest_runways(beside), on="airport_id")
        digest = provenance_of(beside, format_name="airports", reader_version=READER_VERSION).sha256
        found = int(raw["runway_length_m"].notna().sum())
        note = f"{RUNWAYS_FILE} beside the file (sha256 {digest[:12]}…) gives a runway for {found} airfields"
    return settle(
        AIRPORTS,
        raw,
        provenance=replace(provenance, encoding=table.encoding, notes=(*table.notes, note)),
        rejects=[table.rejects, of_other_countries(raw["country"], wanted_country)],
        flags=[table.flags, _unknown_countries(table, raw)],
    )


def _as_airports(found: pd.DataFrame) -> pd.DataFrame:
    raw = pd.DataFrame({ours: found[theirs].astype("string").str.strip() for ours, theirs in _RENAME.items()})
    raw["closed"] = (raw["kind"] == "closed").map({True: "yes", False: "no"})
    raw["country"] = alpha3_of_alpha2(found[_COUNTRY])
    return raw


def _longest_runways(path: Path) -> pd.DataFrame:
    """Length (m) and surface of each airfield's longest open runway, indexed by airfield."""
    table = read_text_table(path, wanted=_RUNWAY_COLUMNS)
    table.need(_RUNWAY_COLUMNS, what="the runways file of OurAirports")
    found = table.frame
    runways = pd.DataFrame(
        {
            "airport_id": found["airport_ident"].str.strip(),
            "runway_length_m": (pd.to_numeric(found["length_ft"], errors="coerce") * M_PER_FOOT).round(1),
            "surface": found["surface"].str.strip(),
        }
    )
    open_runways = runways[(found["closed"].str.strip() != "1") & (runways["runway_length_m"] > 0)]
    longest = open_runways.sort_values("runway_length_m", ascending=False, kind="stable")
    return longest.drop_duplicates("airport_id").set_index("airport_id")


def _unknown_countries(table: TextTable, raw: pd.DataFrame) -> pd.DataFrame:
    unknown = table.frame.loc[raw["country"].isna(), _COUNTRY]
    return faults((line, "country", code, "country code is not in the table") for line, code in unknown.items())
