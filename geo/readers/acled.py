"""ACLED events as incidents: the CSV, the JSON answer of the API (or its plain list), and either of them zipped.

Column sets read: that of 2023 on (``disorder_type``, ``civilian_targeting``, actor types as digits or words) and the
older one (``data_id``, ``iso3``, dates as 16 May 2019 or 16/05/2019). One row is one event; in a *monadic* file an event
has a row per actor: the first is kept, the actor of the second becomes its other side, and each further row is
rejected as the same event, so rows read = stored + rejected and nothing counts twice.

Rules, after the ACLED codebook (acleddata.com/methodology/acled-codebook, "Spatial precision codes", "Time precision
codes", "Reported fatalities"):

* ``geo_precision`` 1, a named place, is *exact*; 2, near a town or a small area represented by one, is *near*; 3, a
  larger region represented by a natural feature or the provincial capital, is known to *admin1* only.
* ``time_precision`` 1 is that day; 2, within a week whose middle is written, is three days either side; 3, within a
  month, is the whole calendar month.
* ``fatalities`` is one estimate, the lowest reported: kept as best estimate, low and high stay empty.

The narrative (``notes``), tags and associated actors are never read into a table; the kind of event is kept in
ACLED's ``event_type``, while ``sub_event_type`` only serves the crosswalk (:mod:`geo.readers.crosswalk`).
``data_id`` changes with every release, so ``event_id_cnty`` names the event.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.contracts import faults, faults_at
from geo.errors import ImportRefusedError
from geo.readers.archives import entry_names, file_kind, opened
from geo.readers.countries import alpha3_of_names, check_country, of_other_countries
from geo.readers.country_numbers import alpha3_of_iso_numbers
from geo.readers.crosswalk import suggested_violations, with_basis
from geo.readers.reading import Reading, provenance_of, settle
from geo.readers.repeated import categories_of, each_value, flag_each, laid_out, text_of_column
from geo.readers.text_table import TextTable, read_text_table
from geo.schema import INCIDENTS

READER_VERSION = "1"
SOURCE = "acled"
# Ours <- ACLED, where the value is taken as it stands.
_RENAME = {
    "longitude": "longitude",
    "latitude": "latitude",
    "place": "location",
    "admin1": "admin1",
    "admin2": "admin2",
    "actor_a": "actor1",
    "actor_b": "actor2",
    "event_type": "event_type",
    "fatalities_best": "fatalities",
}
NEEDED = (
    *("event_id_cnty", "event_date", "time_precision", "event_type", "actor1"),
    *("latitude", "longitude", "geo_precision", "fatalities"),
)
_OPTIONAL = (
    *("sub_event_type", "actor2", "inter1", "inter2", "civilian_targeting", "source"),
    *("iso", "iso3", "country", "admin1", "admin2", "location"),
)
WANTED = frozenset((*NEEDED, *_OPTIONAL))
_REPEATED = WANTED - {"event_id_cnty"}
_WHAT = "an ACLED event file"
_CAUSE = (
    "nothing was imported. ACLED answers without rows when the account has no permission for these events, when the "
    "limit of the API is used up, or when the dates or the country asked for hold none: check the account, then export again"
)
_PAGE_ROWS = 5000  # rows of one answer of the API when nothing else is asked for
_PLACE_PRECISION = {"1": "exact", "2": "near", "3": "admin1"}
_DAY, _WEEK, _MONTH = 1, 2, 3  # time_precision
_HALF_WEEK_DAYS = 3
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = {name[:size]: number for number, name in enumerate(_MONTH_NAMES, start=1) for size in (3, 4, len(name))}
_ISO_DAY = r"^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ].*)?$"
_WORDED_DAY = r"^(\d{1,2})[- ]([A-Za-z]+)[- ](\d{4})$"
_SLASHED_DAY = r"^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$"
_CIVILIANS = ("7", "civilians")
# What tells two rows of one event in a monadic file from two events under one id.
_SAME_EVENT = ("event_date", "event_type", "latitude", "longitude", "fatalities")


def read_acled(path: Path, *, country: str | None = None) -> Reading:
    """Read one ACLED file as incidents.

    Parameters
    ----------
    country
        ISO alpha-3 code: rows of other countries are rejected with that reason.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in; one without rows is refused with the likely cause.
    """
    wanted_country = check_country(country)
    if path.is_file() and path.stat().st_size == 0:
        raise ImportRefusedError(f"{path.name} is empty (0 bytes); {_CAUSE}")
    provenance = provenance_of(path, format_name=SOURCE, reader_version=READER_VERSION)
    source = _source_of(path)
    raw, rejects, doubts = _as_incidents(source.frame)
    notes = source.notes
    if source.rows_read == _PAGE_ROWS:
        notes += (f"exactly {_PAGE_ROWS:,} rows, the page size of the API: later rows may be missing",)
    return settle(
        INCIDENTS,
        raw,
        provenance=replace(provenance, encoding=source.encoding, notes=notes),
        rejects=[source.rejects, *rejects, of_other_countries(raw["country"], wanted_country)],
        flags=[source.flags, doubts],
    )


def _source_of(path: Path) -> TextTable:
    """ACLED's own columns from any container; what it is, the first bytes tell."""
    kind = file_kind(path)
    zipped_json = kind == "zip" and any(name.lower().endswith(".json") for name in entry_names(path))
    if kind == "json" or zipped_json:
        with opened(path, suffixes=(".csv", ".json")) as inner:
            return _from_json(inner.read_bytes(), path.name)
    table = read_text_table(path, wanted=WANTED, zipped=True, repeated=_REPEATED, if_empty=_CAUSE)
    table.need(NEEDED, what=_WHAT)
    return replace(table, frame=categories_of(table.frame, _REPEATED))


def _from_json(content: bytes, name: str) -> TextTable:
    """The API's answer or a plain list of events; rows are numbered from 1."""
    try:
        answer = json.loads(content.decode("utf-8-sig"), parse_constant=lambda _: None)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ImportRefusedError(f"{name} is no whole JSON document: {error}; download it again") from error
    notes: tuple[str, ...] = ()
    records = answer
    if isinstance(answer, dict):
        records = answer.get("data")
        said = answer.get("error") or answer.get("message") or answer.get("messages")
        if not isinstance(records, list):
            told = f'; it says "{_spoken(said)}"' if said else ""
            raise ImportRefusedError(f"{name} is an answer without a list of events{told}; {_CAUSE}")
        count = answer.get("count")
        if isinstance(count, int) and count != len(records):
            notes = (f"the answer speaks of {count:,} events and holds {len(records):,}",)
    if not records:
        raise ImportRefusedError(f"{name} holds 0 events; {_CAUSE}")
    return _table_of(records, name, notes)


def _spoken(said: Any) -> str:
    return " ".join(str(said).split())[:200]


def _table_of(records: list[Any], name: str, notes: tuple[str, ...]) -> TextTable:
    odd = [number for number, record in enumerate(records, start=1) if not isinstance(record, dict)]
    rows = {
        number: {key.lower(): _cell(value) for key, value in record.items() if key.lower() in WANTED}
        for number, record in enumerate(records, start=1)
        if isinstance(record, dict)
    }
    columns = tuple(sorted({key.lower() for record in records if isinstance(record, dict) for key in record}))
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=sorted(WANTED & set(columns)), dtype="str")
    table = TextTable(
        file_name=name,
        columns=columns,
        frame=categories_of(frame.fillna("").rename_axis("line"), _REPEATED),
        rejects=faults((number, "(row)", records[number - 1], "is no event with named values") for number in odd),
        flags=faults(),
        rows_read=len(records),
        encoding="utf-8",
        delimiter="",
        notes=notes,
    )
    table.need(NEEDED, what=_WHAT)
    return table


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _as_incidents(found: pd.DataFrame) -> tuple[pd.DataFrame, list[pd.DataFrame], pd.DataFrame]:
    """Rename and recode; what cannot be recoded stays as found for the contract to judge.

    Returns
    -------
    tuple
        Raw incidents, tables of rejects, and doubts.
    """
    raw = pd.DataFrame({ours: text_of_column(found, theirs) for ours, theirs in _RENAME.items()}, index=found.index)
    number = found["event_id_cnty"].astype("string").str.strip()
    raw["incident_id"] = SOURCE + ":" + number.mask(number == "")
    raw["source"] = pd.Categorical.from_codes(np.zeros(len(raw), dtype=np.int8), categories=pd.Index([SOURCE]))
    raw["place_precision"] = each_value(
        _code(found, "geo_precision"), lambda code: code.map(_PLACE_PRECISION).fillna(code)
    )
    raw["sources_count"] = each_value(text_of_column(found, "source"), _count_sources)
    precision = _code(found, "time_precision")
    raw["date_precision"] = precision
    raw["date_start"], raw["date_end"] = _period(text_of_column(found, "event_date"), precision)
    raw["country"] = _country(found)
    unknown = ~flag_each(precision, lambda code: code.isin(["1", "2", "3"]))
    rejects = [faults_at(raw.index[unknown], "time_precision", precision[unknown].astype(object), "is not 1, 2 or 3")]
    raw, repeats = _one_row_per_event(found, raw)
    suggested = suggested_violations(
        SOURCE,
        raw["event_type"],
        sub_event_type=text_of_column(found, "sub_event_type"),
        deaths=pd.Series(flag_each(raw["fatalities_best"], _positive), index=raw.index),
        civilians=pd.Series(_civilians_targeted(found), index=raw.index),
    )
    nowhere = raw.index[raw["country"].isna()]
    named = text_of_column(found, "country")[raw["country"].isna()].astype(object)
    doubts = faults_at(nowhere, "country", named, "country is not in the table of names and numbers")
    return with_basis(raw, suggested), [*rejects, repeats], doubts


def _code(found: pd.DataFrame, name: str) -> pd.Series:
    """A whole-number code; files saved from statistics packages write 1 as 1.0."""
    return each_value(text_of_column(found, name), lambda text: text.str.replace(r"\.0+$", "", regex=True))


def _positive(text: pd.Series) -> pd.Series:
    return pd.Series(pd.to_numeric(text, errors="coerce") > 0)


def _count_sources(text: pd.Series) -> pd.Series:
    """Sources are separated by semicolons."""
    return text.str.split(";").map(lambda names: str(sum(bool(name.strip()) for name in names)) if names else None)


def _civilians_targeted(found: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Whether civilians were the main target: ACLED's own column, in files before 2023 a side that is civilians."""
    if "civilian_targeting" in found.columns:
        return text_of_column(found, "civilian_targeting").notna().to_numpy()
    sides = [_code(found, name) for name in ("inter1", "inter2")]
    first, second = (flag_each(side, lambda code: code.str.lower().isin(_CIVILIANS)) for side in sides)
    return np.asarray(first | second)


def _country(found: pd.DataFrame) -> pd.Series:
    """ISO alpha-3 by the code, else by the ISO number, else by the name."""
    code = each_value(
        text_of_column(found, "iso3"), lambda text: text.str.upper().where(text.str.fullmatch("[A-Za-z]{3}"))
    )
    for other in (
        each_value(_code(found, "iso"), alpha3_of_iso_numbers),
        each_value(text_of_column(found, "country"), alpha3_of_names),
    ):
        if code.isna().all():
            code = other
        elif code.isna().any():
            code = code.astype("string").fillna(other.astype("string"))
    return code


def dates_of(text: pd.Series) -> npt.NDArray[np.datetime64]:
    """Days written as 2019-05-16, 16 May 2019, 16-May-19xx or 16/05/2019 (day first, as ACLED writes); NaT otherwise.

    Raises
    ------
    ImportRefusedError
        When days with slashes can only be read month first: the others would be read wrongly without a sign.
    """
    slashed = text.str.extract(_SLASHED_DAY)
    swapped = pd.to_numeric(slashed[1]).gt(12) & pd.to_numeric(slashed[0]).le(12)
    if swapped.sum() > 0.1 * slashed[0].notna().sum():
        shown = text[swapped.fillna(value=False)].iloc[0]
        raise ImportRefusedError(f"event_date {shown!r} is written month first; save the dates as YYYY-MM-DD")
    worded = text.str.extract(_WORDED_DAY)
    iso = text.str.extract(_ISO_DAY)
    parts = pd.DataFrame(
        {
            "year": iso[0].fillna(worded[2]).fillna(slashed[2]),
            "month": iso[1].fillna(worded[1].str.lower().map(_MONTHS).astype("string")).fillna(slashed[1]),
            "day": iso[2].fillna(worded[0]).fillna(slashed[0]),
        }
    ).apply(pd.to_numeric)
    return np.asarray(pd.to_datetime(parts.astype("float64"), errors="coerce").to_numpy(), dtype="datetime64[D]")


def _period(day: pd.Series, precision: pd.Series) -> tuple[pd.Series, pd.Series]:
    """First and last possible day of each event by the rule on top; a day that cannot be read stays as found."""
    stated = pd.to_numeric(pd.Series(precision.cat.categories), errors="coerce")
    levels = stated.where(stated.isin([_DAY, _WEEK, _MONTH]), 0).to_numpy(dtype=np.int64)
    pair = (day.cat.codes.to_numpy(dtype=np.int64) + 1) * 4 + np.append(levels, 0)[precision.cat.codes]
    codes, distinct = pd.factorize(pair)
    level, place = distinct % 4, distinct // 4 - 1
    written = pd.Series(day.cat.categories, dtype="string")
    date = np.append(dates_of(written), np.datetime64("NaT", "D"))[place]
    around = np.where(level == _WEEK, _HALF_WEEK_DAYS, 0).astype("timedelta64[D]")
    month = date.astype("datetime64[M]")
    first = np.where(level == _MONTH, month.astype("datetime64[D]"), date - around)
    last = np.where(level == _MONTH, (month + 1).astype("datetime64[D]") - 1, date + around)
    as_found = np.array([*written, None], dtype=object)[place]

    def spelled(days: npt.NDArray[np.datetime64]) -> pd.Series:
        text = pd.Series(np.where(np.isnat(days), as_found, np.datetime_as_string(days)), dtype="string")
        return laid_out(text, codes, day.index)

    return spelled(first), spelled(last)


def _one_row_per_event(found: pd.DataFrame, raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let the rows of a monadic file that tell one event for several actors become one.

    Rows under one id that differ in day, kind, place or deaths are no such rows; the contract rejects the repeat.
    """
    again = raw["incident_id"].duplicated(keep=False) & raw["incident_id"].notna()
    if not again.any():
        return raw, faults()
    few = found.loc[again, [*_SAME_EVENT, "actor1"]].astype("str")
    event = raw.loc[again, "incident_id"].to_numpy()
    few["line"] = few.index
    first = few.groupby(event, sort=False).transform("first")
    same = (few[list(_SAME_EVENT)] == first[list(_SAME_EVENT)]).all(axis=1) & (few["actor1"] != first["actor1"])
    told = pd.DataFrame({"event": event, "first": first["line"], "actor": few["actor1"]})[same]
    other = told.drop_duplicates("event").set_index("first")["actor"]
    missing = raw.loc[other.index, "actor_b"].isna()
    sides = raw["actor_b"].astype("string")
    sides.loc[other.index[missing]] = other[missing].astype("string")
    repeats = faults(
        (line, "incident_id", name, f"the event of line {begun}, told for another actor; counted once")
        for line, name, begun, _ in told.itertuples(name=None)
    )
    return raw.assign(actor_b=sides), repeats
