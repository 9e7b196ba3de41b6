"""Primero (MRMIMS+) exports of MRM violations, XLSX, as requests to verify: one per violation that is not settled.

The file is the one :mod:`geo.readers.primero` reads as incidents, and the same list of columns is read.

* A violation that is reported or pending is an open request. One that is settled closes the request it was imported as;
  where there is none, nothing waits and the row is rejected.
* ``request_id`` is the id of the incident's violation: ``primero:`` incident code, type, and a short hash of its own id.
  So one incident may be several requests, each with the count and the referral limit of its violation; children who
  suffered several violations then count in each, which a note says.
* ``girls``, ``boys``, ``sex_unknown`` are the export's counts of the violation; children of the total that are not
  counted by sex are of unknown sex.
* ``alerted_on`` is the date of the first report. Without it the age of a request is not known: the row is rejected.
* ``incident_on`` is the last day of the incident, where all its days lie in one quarter; else it stays empty, and so
  does the quarter clock.
* The site must be recorded under exactly the place's name or p-code. A location that ends at an area names no site.
* Who did it, what a visit waits for and where the referral stands are no part of the export; people set them. A request
  that a person has changed since is not touched.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from geo.contracts import faults
from geo.readers.discreet import discreetly
from geo.readers.primero import Violations, read_violations
from geo.readers.primero_days import iso_days
from geo.readers.reading import Reading, settle
from geo.readers.recorded import Matched, Recorded, match_sites
from geo.schema import REQUESTS

_WAITS = ("reported", "pending")
_ONCE = "one request per violation: a child who suffered several counts in each"


def read_primero_requests(path: Path, *, recorded: Recorded, country: str | None = None) -> Reading:
    """Read one Primero MRM export as requests.

    Lines are numbers of violations, counted through the sheets; each reason names the sheet and its row.

    Parameters
    ----------
    recorded
        Sites that a row may name, and requests that it may close.
    country
        ISO alpha-3 code: fills an empty country; rows of another country are rejected with that reason.

    Raises
    ------
    ImportRefusedError
        When the file is no such workbook, or has no violations.
    """
    told = read_violations(path, format_name="primero_requests", country=country)
    rows, reported_on = told.rows, iso_days(told.found["reported_on"])
    known = rows["incident_id"].isin(list(recorded.request_ids))
    waits = rows["verification"].isin(_WAITS)
    incident_on, spans = _incident_days(rows)
    matched = _sites(told, recorded)
    raw = pd.DataFrame(
        {
            "request_id": rows["incident_id"],
            "site_id": matched.site_id,
            "alerted_on": reported_on,
            "incident_on": incident_on,
            "violation": rows["violation"],
            "girls": rows["victims_girls"],
            "boys": rows["victims_boys"],
            "sex_unknown": rows["victims_unknown"],
            "status": waits.map({True: "open", False: "closed"}).astype("string"),
            "verified_on": rows["verified_on"].mask(waits),
        }
    )
    return discreetly(
        settle(
            REQUESTS,
            raw,
            provenance=replace(told.provenance, notes=(*told.provenance.notes, _ONCE)),
            rejects=[
                *told.rejects,
                _settled(rows, ~waits & ~known),
                _undated(reported_on),
                matched.rejects,
                recorded.edited(rows["incident_id"]),
            ],
            flags=[*told.flags, spans, _reported_before(rows, reported_on)],
        ),
        told.where,
    )


def _settled(rows: pd.DataFrame, settled: pd.Series) -> pd.DataFrame:
    lines = rows.index[settled.to_numpy(dtype=bool) & rows["verification"].notna().to_numpy(dtype=bool)]
    return faults(
        (line, "verification", "", f"{rows['verification'][line]}, so nothing waits, and no request of it is recorded")
        for line in lines
    )


def _undated(reported_on: pd.Series) -> pd.DataFrame:
    reason = "no date of the first report, so that its age is not known; it is not guessed"
    return faults((line, "alerted_on", "", reason) for line in reported_on.index[reported_on.isna()])


def _sites(told: Violations, recorded: Recorded) -> Matched:
    """Site of each row, by the place it names; the name of an area may be that of a town in it, or not."""
    rows = told.rows
    of_area = [rows["place"].str.casefold() == rows[area].str.casefold() for area in ("admin1", "admin2")]
    ends_at_area = (of_area[0].fillna(value=False) | of_area[1].fillna(value=False)) & told.found["place"].isna()
    matched = match_sites(rows["place"], recorded.sites, countries=rows["country"])
    reason = "its location ends at an area, which names no site"
    vague = faults((line, "site_id", "", reason) for line in rows.index[ends_at_area])
    others = matched.rejects.loc[~matched.rejects["line"].isin(vague["line"])]
    return Matched(site_id=matched.site_id.mask(ends_at_area), rejects=pd.concat([vague, others], ignore_index=True))


def _incident_days(rows: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """Last day of each incident that lies in one quarter; flags for those of several days."""
    first, last = (
        pd.to_datetime(rows[name].str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
        for name in ("date_start", "date_end")
    )
    same = (first.dt.to_period("Q") == last.dt.to_period("Q")) & first.notna()
    across = rows.index[(first.notna() & last.notna() & ~same).to_numpy(dtype=bool)]
    several = rows.index[(same & (first < last)).to_numpy(dtype=bool)]
    flags = [
        faults(
            (line, "incident_on", "", "its days lie in several quarters; its quarter is not known") for line in across
        ),
        faults((line, "incident_on", "", "of several days in one quarter the last is kept") for line in several),
    ]
    return rows["date_end"].where(same), pd.concat(flags, ignore_index=True)


def _reported_before(rows: pd.DataFrame, reported_on: pd.Series) -> pd.DataFrame:
    early = (reported_on < rows["date_start"]).fillna(value=False).to_numpy(dtype=bool)
    return faults((line, "alerted_on", "", "reported before the incident began") for line in rows.index[early])
