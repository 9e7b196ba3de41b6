"""Primero (MRMIMS+) exports of MRM violations, XLSX, as incidents: one row per violation.

Taken: incident id and code, type of violation, dates, CTFMR status and its date, girls, boys, unknown and total,
place, armed force or group. Nothing else is read: the list in :mod:`geo.readers.primero_words` is the whole of it, so
names of persons, accounts and any other text never enter a table; values that do not fit are withheld from rejects
and flags too (:mod:`geo.readers.discreet`). Sheets: :mod:`geo.readers.primero_sheets`.

* ``incident_id`` is ``primero:`` incident code, type, and a short hash of the violation's own id where there is one.
* ``case_code`` is the incident's code: all violations of one event share it.
* Children counted in the total but not by sex go to ``victims_unknown``, with a flag. Deaths stay empty: the MRM
  counts child victims, not all the dead of an event.
* A single day is precise to the day unless the export calls the date estimated; then its precision is not known.
* Coordinates, which most exports lack, are "near", never "exact". Without them a row is known to its first area
  ("Country::Area::…") or its country only, and lies in no cell of its own.
* Of several groups the first two by alphabet become ``actor_a`` and ``actor_b``; a flag counts the others.
* Text such as 08-Apr-2022 or 08/04/2022 is read day first, as Primero writes it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from geo.contracts import faults
from geo.errors import ImportRefusedError
from geo.readers.countries import alpha3_of_names, check_country, of_other_countries, plain_name
from geo.readers.discreet import (
    beyond_counting,
    codes_of,
    date_precision_of_span,
    discreetly,
    doubts_of_verification,
    left_out_note,
    names_only,
    placed_by_country,
)
from geo.readers.primero_days import iso_days
from geo.readers.primero_sheets import Role, SheetPicker
from geo.readers.primero_words import FIELDS, NO_GROUP, STATUS, TALLY, YES, kind_of
from geo.readers.reading import Provenance, Reading, provenance_of, settle
from geo.readers.workbook import is_workbook, read_picked_sheets
from geo.schema import INCIDENTS

READER_VERSION = "1"
_KEYS = ("code", "short_id", "incident")  # best first
_OF_INCIDENT = (
    "date_start",
    "date_end",
    "reported_on",
    "estimated",
    "location",
    "admin1",
    "admin2",
    "place",
    "country",
)
_SEVERAL = "|||"  # Primero writes it between the values of a list
_LEVELS = "::"  # and this between a place and what lies in it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """Rows of the picked sheets by role, each with ``where`` it stands; columns that no sheet has are missing values."""

    violations: pd.DataFrame  # index = number of the violation in the workbook, from 1
    incidents: pd.DataFrame
    perpetrators: pd.DataFrame
    rejects: pd.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violations:
    """Violations of one export, one row each; index = number through the sheets, from 1."""

    rows: pd.DataFrame  # columns of incidents as far as the export tells them; without coordinates none are made up
    found: pd.DataFrame  # fields of :mod:`geo.readers.primero_words`, as they stand in the file
    perpetrators: pd.DataFrame
    rejects: list[pd.DataFrame]
    flags: list[pd.DataFrame]
    provenance: Provenance

    @property
    def where(self) -> pd.Series:
        """Sheet and row of each."""
        return self.found["where"]


def read_primero(path: Path, *, country: str | None = None) -> Reading:
    """Read one Primero MRM export as incidents.

    Lines are numbers of violations, counted through the sheets; each reason names the sheet and its row.

    Parameters
    ----------
    country
        ISO alpha-3 code: fills an empty country; rows of another country are rejected with that reason.

    Raises
    ------
    ImportRefusedError
        When the file is no such workbook, or has no violations.
    """
    told = read_violations(path, format_name="primero", country=country)
    raw, unplaced, by_country = placed_by_country(told.rows)
    groups, doubts = _groups(told.found, told.perpetrators)
    reading = settle(
        INCIDENTS,
        raw.assign(**groups),
        provenance=told.provenance,
        rejects=[*told.rejects, unplaced],
        flags=[*told.flags, by_country, doubts],
    )
    return discreetly(reading, told.where)


def read_violations(path: Path, *, format_name: str, country: str | None) -> Violations:
    """Read the violations of one export; see :func:`read_primero` for parameters and errors."""
    wanted_country = check_country(country)
    provenance = provenance_of(path, format_name=format_name, reader_version=READER_VERSION)
    if not is_workbook(path):
        raise ImportRefusedError(f"{path.name} is not an XLSX workbook; export the violations from Primero as XLSX")
    book = _read_book(path)
    found, unlinked = _with_incident(book.violations, book.incidents)
    rows, rejects, flags = _as_incidents(found, country=wanted_country)
    return Violations(
        rows=rows,
        found=found,
        perpetrators=book.perpetrators,
        rejects=[book.rejects, unlinked, *rejects, of_other_countries(rows["country"], wanted_country)],
        flags=flags,
        provenance=replace(provenance, notes=book.notes),
    )


def _read_book(path: Path) -> _Book:
    picker = SheetPicker(file_name=path.name)
    sheets = read_picked_sheets(path, pick=picker.pick)
    if "violations" not in picker.roles.values():
        raise ImportRefusedError(
            f"{path.name} is not a Primero MRM export: no sheet lists violations by incident id; export 'MRM violations', "
            "or the incident form and the forms of each violation, as XLSX"
        )
    parts: dict[Role, list[pd.DataFrame]] = {"violations": [], "incidents": [], "perpetrators": []}
    unfilled: list[tuple[str, str, str]] = []
    for sheet in sheets:
        rows = sorted({*sheet.frame.index, *sheet.empty_formulas["line"]})
        frame = (
            sheet.frame.reindex(index=rows, columns=list(FIELDS)).astype("string").apply(lambda text: text.str.strip())
        )
        where = pd.Series([f"sheet {sheet.number}, row {row}" for row in rows], index=rows, dtype="string")
        kind = pd.Series(picker.kinds[sheet.number], index=rows, dtype="string")
        parts[picker.roles[sheet.number]].append(frame.mask(frame == "").assign(where=where, kind=kind))
        unfilled += [
            (str(where[line]), column, reason)
            for line, column, _, reason in sheet.empty_formulas.itertuples(index=False, name=None)
        ]
    whole = {role: _stacked(frames) for role, frames in parts.items()}
    violations = whole["violations"]
    if violations.empty:
        raise ImportRefusedError(f"{path.name} has sheets of violations but 0 rows; nothing was imported")
    line_of = {place: line for line, place in violations["where"].items()}
    lost = [place for place, _, _ in unfilled if place not in line_of]
    if lost:
        raise ImportRefusedError(f"{path.name}: {lost[0]} has a formula without a stored value; save the workbook anew")
    return _Book(
        **whole,
        rejects=faults((line_of[place], column, "", reason) for place, column, reason in unfilled),
        notes=(
            "lines are numbers of violations through all sheets; each fault names its sheet and row",
            *((f"sheets left out: {picker.sheets_left}",) if picker.sheets_left else ()),
            *left_out_note(picker.columns_left),
        ),
    )


def _stacked(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    empty = pd.DataFrame(columns=[*FIELDS, "where", "kind"], dtype="string")
    whole = pd.concat([empty, *frames], ignore_index=True)
    return whole.set_axis(pd.RangeIndex(1, len(whole) + 1, name="line"), axis=0)


def _with_incident(violations: pd.DataFrame, incidents: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill what a violation's own row does not tell from its incident's row, by any id both have.

    Returns
    -------
    tuple
        The filled rows; rejects for rows without an incident id, or whose incident stands in no sheet.
    """
    named = pd.Series(False, index=violations.index)
    row = pd.Series(pd.NA, index=violations.index, dtype="Int64")
    for key in _KEYS:
        named |= violations[key].notna()
        first = incidents[key].dropna().drop_duplicates()
        row = row.fillna(violations[key].map(pd.Series(first.index, index=first, dtype="Int64")))
    filled = violations.copy()
    for name in (*_KEYS, *_OF_INCIDENT, "longitude", "latitude"):
        filled[name] = violations[name].fillna(row.map(incidents[name]).astype("string"))
    unnamed = violations.index[~named]
    astray = violations.index[named & filled["date_start"].isna() & row.isna() & (len(incidents) > 0)]
    return filled, pd.concat(
        [
            faults((line, "incident_id", "", "no id or code of an incident") for line in unnamed),
            faults((line, "incident_id", "", "its incident stands in no sheet") for line in astray),
        ],
        ignore_index=True,
    )


def _as_incidents(
    found: pd.DataFrame, *, country: str | None
) -> tuple[pd.DataFrame, list[pd.DataFrame], list[pd.DataFrame]]:
    """Rows of our contract, rejects and flags; what cannot be recoded stays for the contract to judge."""
    places, place_flags = _places(found)
    raw = pd.DataFrame(
        {
            "source": pd.Series("primero", index=found.index, dtype="string"),
            "date_start": iso_days(found["date_start"]),
            "violation": _kinds(found),
            "violation_basis": pd.Series("recorded", index=found.index, dtype="string"),
            "verified_on": iso_days(found["verified_on"]),
            "longitude": found["longitude"],
            "latitude": found["latitude"],
            "place_precision": pd.Series("near", index=found.index, dtype="string"),
            **{name: places[name] for name in ("place", "admin1", "admin2")},
        }
    )
    raw["country"] = places["country"].fillna(country) if country else places["country"]
    raw["date_end"] = iso_days(found["date_end"]).fillna(raw["date_start"])
    estimated = found["estimated"].str.lower().isin(YES)
    precision = date_precision_of_span(raw["date_start"], raw["date_end"])
    raw["date_precision"] = precision.mask(estimated & (precision == "1"))
    raw["case_code"], unusable = _case_codes(found)
    raw["incident_id"], repeats = _ids(raw["case_code"], raw["violation"], codes_of(found["violation_id"]))
    raw["verification"], odd = _statuses(found["verification"])
    counts, count_flags = _counts(found)
    raw = raw.assign(**counts)
    kindless = raw.index[raw["violation"].isna()]
    untyped = faults((line, "violation", "", "no type of violation, or one that is not known") for line in kindless)
    flags = [*place_flags, repeats, count_flags, doubts_of_verification(raw)]
    return raw, [unusable, odd, untyped, beyond_counting(raw)], flags


def _kinds(found: pd.DataFrame) -> pd.Series:
    """Violation of each row: of its own type column, else of the title of its sheet."""
    labels = {text: kind_of(plain_name(text)) for text in found["violation"].dropna().unique()}
    own = found["violation"].map(labels).astype("string")
    return own.where(found["violation"].notna(), found["kind"])


def _case_codes(found: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """Code of the incident: the first of its ids that is a code; rejects where it has ids and none is."""
    code = pd.Series(pd.NA, index=found.index, dtype="string")
    given = pd.Series(False, index=found.index)
    for key in _KEYS:
        given |= found[key].notna()
        code = code.fillna(codes_of(found[key]))
    bad = found.index[given & code.isna()]
    return code, faults((line, "case_code", "", "the incident's id is no code: one word with a digit") for line in bad)


def _ids(code: pd.Series, violation: pd.Series, own: pd.Series) -> tuple[pd.Series, pd.DataFrame]:
    """Id of each violation; without an own id, later ones of the same incident and type are numbered and flagged."""
    base = "primero:" + code + ":" + violation
    hashed = own.map({text: _short_hash(text) for text in own.dropna().unique()}).astype("string")
    turn = base[own.isna()].groupby(base[own.isna()]).cumcount().reindex(base.index, fill_value=0) + 1
    later = own.isna() & base.notna() & (turn > 1)
    ids = (base + ":" + hashed).fillna(base.mask(later, base + ":" + turn.astype("string")))
    reason = "another violation of the same incident and type, without an id of its own; counted apart"
    return ids, faults((line, "incident_id", value, reason) for line, value in ids[later].items())


def _short_hash(text: str) -> str:
    """First eight hexadecimal letters of the SHA-256 of a violation's id, which is a random UUID in Primero."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]


def _statuses(given: pd.Series) -> tuple[pd.Series, pd.DataFrame]:
    """CTFMR status in our words; an empty one is "reported"; rejects for words nobody knows."""
    known = given.map({text: STATUS.get(plain_name(text)) for text in given.dropna().unique()}).astype("string")
    odd = given.index[given.notna() & known.isna()]
    return known.mask(given.isna(), "reported"), faults(
        (line, "verification", "", "not a CTFMR verification status") for line in odd
    )


def _counts(found: pd.DataFrame) -> tuple[dict[str, pd.Series], pd.DataFrame]:
    """Girls, boys and unknown as given; children of the total that none of them counts are unknown."""
    number = {name: pd.to_numeric(found[name], errors="coerce").astype("Float64") for name in TALLY}
    told = number["girls"].fillna(0) + number["boys"].fillna(0) + number["unknown"].fillna(0)
    readable = ~pd.concat([found[name].notna() & number[name].isna() for name in TALLY], axis=1).any(axis=1)
    more = (readable & (number["total"] > told)).fillna(value=False).astype(bool)
    less = (readable & (number["total"] < told)).fillna(value=False).astype(bool)
    uncounted = (number["unknown"].fillna(0) + number["total"] - told).astype("string").str.removesuffix(".0")
    counts = {
        "victims_girls": found["girls"],
        "victims_boys": found["boys"],
        "victims_unknown": found["unknown"].mask(more, uncounted),
    }
    missing = "the total counts more children than girls, boys and unknown; the rest is unknown"
    return counts, pd.concat(
        [
            faults((line, "victims_unknown", uncounted[line], missing) for line in found.index[more]),
            faults(
                (
                    line,
                    "victims_unknown",
                    found["total"][line],
                    "the total is less than girls, boys and unknown together",
                )
                for line in found.index[less]
            ),
        ],
        ignore_index=True,
    )


def _places(found: pd.DataFrame) -> tuple[dict[str, pd.Series], list[pd.DataFrame]]:
    """Place, areas and country: of their own columns, else of the parts of the location, largest first."""
    parts = {text: _parts(text) for text in found["location"].dropna().unique()}
    places: dict[str, pd.Series] = {}
    flags: list[pd.DataFrame] = []
    for at, name in enumerate(("country", "admin1", "admin2", "place")):
        part = found["location"].map({text: split[at] for text, split in parts.items()}).astype("string")
        guarded = names_only(found[name].fillna(part), name)
        places[name] = guarded.names
        flags.append(guarded.flags)
    return places | {"country": alpha3_of_names(places["country"])}, flags


def _parts(text: str) -> tuple[str | None, str | None, str | None, str | None]:
    """Country, first and second area, and the smallest place of a location."""
    names = [part.strip() for part in text.split(_LEVELS) if part.strip()]
    if len(names) < 2:
        return None, None, None, names[0] if names else None
    has_country = alpha3_of_names(pd.Series(names[:1])).notna().iloc[0]
    country, areas = (names[0], names[1:]) if has_country else (None, names)
    first, second = [*areas[:2], None, None][:2]
    return country, first, second, areas[-1]


def _groups(found: pd.DataFrame, perpetrators: pd.DataFrame) -> tuple[dict[str, pd.Series], pd.DataFrame]:
    """First two armed forces or groups of each violation, by its own id, else by its incident (and type)."""
    named = names_only(perpetrators["group"].str.split(_SEVERAL, regex=False).explode(), "actor_a").names
    rows = (
        perpetrators.drop(columns="group").join(named.rename("group").str.strip(), how="right").dropna(subset="group")
    )
    rows = rows[~rows["group"].map(plain_name).isin(NO_GROUP)]
    rows = rows.assign(violation=_kinds(rows))
    kinds = _kinds(found)
    has_own_ids = bool(rows["violation_id"].notna().any())
    by_violation = _names_by(rows, rows["violation_id"])
    by_key = {key: _names_by(rows, rows[key] + "|" + rows["violation"].fillna("")) for key in _KEYS}
    asked = zip(found.index, found["violation_id"], kinds, *(found[key] for key in _KEYS), strict=True)
    both: dict[int, list[str]] = {}
    for line, own, kind, *keys in asked:
        if has_own_ids and pd.notna(own):
            both[line] = by_violation.get(own, [])
            continue
        both[line] = sorted(
            {
                name
                for key, value in zip(_KEYS, keys, strict=True)
                if pd.notna(value)
                for type_ in ({kind, ""} if pd.notna(kind) else {""})
                for name in by_key[key].get(f"{value}|{type_}", [])
            }
        )
    actors = {
        f"actor_{side}": pd.Series(
            [both[line][at] if len(both[line]) > at else pd.NA for line in found.index],
            index=found.index,
            dtype="string",
        )
        for at, side in enumerate("ab")
    }
    return actors, faults(
        (line, "actor_b", str(len(names)), "groups named; the first two by alphabet are kept")
        for line, names in both.items()
        if len(names) > 2
    )


def _names_by(rows: pd.DataFrame, key: pd.Series) -> dict[str, list[str]]:
    return {str(value): sorted(set(names)) for value, names in rows["group"].groupby(key)}
