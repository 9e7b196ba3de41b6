"""Exports of our request form from KoboToolbox, CSV or XLSX: requests to verify, all of them open.

Read are the columns of ``data/forms/request_xlsform.xlsx`` (:mod:`geo.readers.kobo_requests_form`) and ``_uuid``, as
:mod:`geo.readers.kobo_answers` finds them. The site must be one that is recorded, by its id, p-code or name. Ids are
``kobo:`` and a short hash of ``_uuid``: a corrected submission is a new version of its request, unless a person has
changed the request since.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from geo.readers.countries import check_country
from geo.readers.discreet import beyond_counting, discreetly
from geo.readers.kobo_answers import FormColumns, answer_to, submission_ids
from geo.readers.kobo_requests_form import REQUEST_FORM
from geo.readers.reading import Reading, provenance_of, settle
from geo.readers.recorded import Recorded, match_sites
from geo.readers.text_table import TextTable, read_text_table
from geo.readers.workbook import is_workbook, read_workbook
from geo.schema import REQUESTS

READER_VERSION = "1"
COLUMNS = FormColumns(form=REQUEST_FORM)
_FORM = "an export of data/forms/request_xlsform.xlsx"
_NEEDED = ("_uuid", "alerted_on", "site_id")
_AS_ANSWERED = (
    *("alerted_on", "incident_on", "violation", "girls", "boys", "sex_unknown"),
    *("presented_as_wives", "detained", "movement_risk", "referral", "referred_on"),
)


def read_kobo_requests(path: Path, *, recorded: Recorded, country: str | None = None) -> Reading:
    """Read one export of our form as requests.

    Parameters
    ----------
    recorded
        A submission that names none of these sites is rejected.
    country
        ISO alpha-3 code: sites of another country are not meant.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in or is no export of this form.
    """
    wanted_country = check_country(country)
    provenance = provenance_of(path, format_name="kobo_requests", reader_version=READER_VERSION)
    found = (
        read_workbook(path, wanted=COLUMNS, needed=["_uuid"])
        if is_workbook(path)
        else read_text_table(path, wanted=COLUMNS)
    )
    answers = COLUMNS.answers(found.frame)
    TextTable.need(replace(found, columns=tuple(answers.columns)), _NEEDED, what=_FORM)
    countries = pd.Series(wanted_country, index=answers.index, dtype="string")
    matched = match_sites(answer_to(answers, "site_id"), recorded.sites, countries=countries)
    raw = pd.DataFrame(
        {
            "request_id": submission_ids(answers),
            "site_id": matched.site_id,
            **{name: answer_to(answers, name) for name in _AS_ANSWERED},
            "blocked_by": COLUMNS.several(answers, "blocked_by"),
            "status": pd.Series("open", index=answers.index, dtype="string"),
        }
    )
    notes = tuple("one sheet of several read" if note.startswith("sheet ") else note for note in found.notes)
    reading = settle(
        REQUESTS,
        raw,
        provenance=replace(provenance, encoding=found.encoding, notes=notes),
        rejects=[found.rejects, matched.rejects, beyond_counting(raw), recorded.edited(raw["request_id"])],
        flags=[found.flags],
    )
    lines = pd.Index(pd.concat([pd.Series(raw.index), found.rejects["line"]]).unique())
    return discreetly(reading, pd.Series([f"line {line}" for line in lines], index=lines, dtype="string"))
