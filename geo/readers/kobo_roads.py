"""Exports of our road form from KoboToolbox, CSV or XLSX: road reports, and what hinders roads.

One export holds both; ``kobo_roads`` takes what was seen of roads, ``kobo_constraints`` what hinders them, and each
rejects the rows of the other with that reason. Read are the columns of ``data/forms/road_xlsform.xlsx``
(:mod:`geo.readers.kobo_roads_form`) and ``_uuid``, as :mod:`geo.readers.kobo_answers` finds them; the separate columns
of a point win. A trace is points separated by ``;``.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from geo.contracts import Contract, faults_at
from geo.readers.countries import check_country
from geo.readers.kobo_answers import FormColumns, answer_to, submission_ids
from geo.readers.kobo_roads_form import DIRECTIONS, ROAD_FORM
from geo.readers.reading import Reading, provenance_of, settle
from geo.readers.text_table import TextTable, read_text_table
from geo.readers.workbook import is_workbook, read_workbook
from geo.schema import CONSTRAINTS, ROAD_REPORTS

READER_VERSION = "1"
COLUMNS = FormColumns(form=ROAD_FORM)
_FORM = "an export of data/forms/road_xlsform.xlsx"
_NEEDED = ("_uuid", "observed_on", "about")
_MIN_CORNERS = 2


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
    found = (
        read_workbook(path, wanted=COLUMNS, needed=["_uuid"])
        if is_workbook(path)
        else read_text_table(path, wanted=COLUMNS)
    )
    answers = COLUMNS.answers(found.frame)
    TextTable.need(replace(found, columns=tuple(answers.columns)), _NEEDED, what=_FORM)
    about, subjects = answer_to(answers, "about"), COLUMNS.names["about"].values()
    other = answers.index[about.notna() & about.isin(subjects) & (about != subject)]
    unknown = answers.index[~about.isin(subjects)]
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


def _as_records(answers: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """Rows of the contract; what cannot be recoded stays for the contract to judge."""
    point = answer_to(answers, "place").str.split()
    latitude, longitude = (
        answer_to(answers, f"place_{name}").fillna(
            point.map(lambda parts, at=at: (parts[at : at + 1] or [pd.NA])[0], na_action="ignore").astype("string")
        )
        for at, name in enumerate(("latitude", "longitude"))
    )
    raw = pd.DataFrame(
        {
            contract.key: submission_ids(answers),
            "reported_on": answer_to(answers, "observed_on"),
            "observed_on": answer_to(answers, "observed_on"),
            "longitude": longitude,
            "latitude": latitude,
            "line_wkt": answer_to(answers, "stretch").map(_wkt, na_action="ignore").astype("string"),
            "heading_deg": _headings(answer_to(answers, "direction")),
            "vehicles": COLUMNS.several(answers, "vehicles"),
            **{
                name: answer_to(answers, name)
                for name in ("status", "kind", "operator_type", "behaviour", "source_type")
            },
        }
    )
    return raw[[name for name in raw.columns if name in contract.column_names]]


def _headings(direction: pd.Series) -> pd.Series:
    """Degrees of a wind; empty for both directions, the word itself where it is none of ours."""

    def heading(word: str) -> str | None:
        degrees = DIRECTIONS.get(word, np.nan)
        return None if degrees is None else word if np.isnan(degrees) else f"{degrees:g}"

    return direction.map(heading, na_action="ignore").astype("string")


def _wkt(trace: str) -> str:
    """A trace as WKT; the text itself where it is none."""
    corners = [point.split()[:2] for point in trace.split(";") if point.strip()]
    if len(corners) < _MIN_CORNERS or any(len(corner) < _MIN_CORNERS for corner in corners):
        return trace
    return "LINESTRING (" + ", ".join(f"{longitude} {latitude}" for latitude, longitude in corners) + ")"
