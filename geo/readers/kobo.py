"""Exports of our interview form from KoboToolbox, CSV or XLSX, as incidents: one row per violation.

Read are the columns of ``data/forms/incident_xlsform.xlsx`` (:mod:`geo.readers.kobo_form`), ``_uuid`` and
``_submission_time``; every other column is counted and never read. Headers are XML names or labels, English or
French, with or without groups before a slash; choices are names or labels; violations stand in one column, or in one
per violation with 1 or 0, or both (the one column wins). The point is "latitude longitude altitude accuracy" in one
column or apart in ``_place_latitude`` and so on; the separate columns win.

* ``incident_id`` is ``kobo:`` submission (a short hash of ``_uuid``) ``:`` violation; the violations of one
  submission share ``case_code``.
* How well the place is known, written rule: the answer to "How well is the place known?" holds, and the accuracy the
  device measured (metres, above 0) can only make it worse: up to 1,000 m nothing changes, up to 25 km "near" at best
  (UCDP's class 2), up to 100 km "admin1" at best, beyond that "country" at best. Accuracy 0 or none means that the
  point was set by hand and says nothing. Without an answer: "exact" up to 1,000 m as measured, "near" without.
* Counts of children are those of the violation; violations counted by incidents have none.
* A report dated more than a day after it was sent is kept and flagged.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from geo.contracts import faults
from geo.readers.countries import check_country, plain_name
from geo.readers.discreet import (
    beyond_counting,
    date_precision_of_span,
    discreetly,
    doubts_of_verification,
    left_out_note,
)
from geo.readers.kobo_form import (
    ASKED,
    COUNTED_BY_CHILD,
    PRECISION_WORDS,
    SEXES,
    VERIFICATION_WORDS,
    VIOLATION_WORDS,
    Words,
    words_of,
)
from geo.readers.reading import Reading, provenance_of, settle
from geo.readers.text_table import TextTable, read_text_table
from geo.readers.workbook import is_workbook, read_workbook
from geo.schema import INCIDENTS, PLACE_PRECISION, VIOLATIONS

READER_VERSION = "1"
# Metres of accuracy as measured -> the best the place can be known; beyond the last, the country.
EXACT_WITHIN_M, NEAR_WITHIN_M, ADMIN1_WITHIN_M = 1_000.0, 25_000.0, 100_000.0
_KEYS = ("_uuid", "_submission_time")
_PARTS = {
    "latitude": 0,
    "longitude": 1,
    "precision": 3,
}  # of a point -> place among the four numbers; altitude is not taken
_POINT_PART = re.compile(r"^(.+)_(latitude|longitude|precision)$")
_DECIMAL_COMMA = re.compile(r"^\s*([+-]?\d+),(\d+)\s*$")
_CHOSEN = frozenset({"1", "1.0", "true", "yes", "oui", "vrai"})
_HASH_LETTERS = 16
_UUID = re.compile(r"^(?:uuid:)?([0-9a-f-]{8,})$")


def _choice_names(words: Mapping[str, Words]) -> dict[str, str]:
    """Name or label of a choice, plain -> its name."""
    return {plain_name(word): name for name, labels in words.items() for word in (name, *labels)}


_FIELDS = {plain_name(word): question.name for question in ASKED for word in words_of(question)}
_VIOLATIONS, _STATUSES, _PRECISIONS = map(_choice_names, (VIOLATION_WORDS, VERIFICATION_WORDS, PRECISION_WORDS))


class _OurColumns(Collection[str]):
    """The columns to read, known by rule: a header is one of ours in several spellings."""

    def __contains__(self, header: object) -> bool:
        return isinstance(header, str) and field_of(header) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(_FIELDS.values())

    def __len__(self) -> int:
        return len(_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """One row per submission, one column per field of ours; index = line."""

    table: pd.DataFrame

    def of(self, name: str) -> pd.Series:
        """Answers to one question as text; empty is missing."""
        if name in self.table:
            return self.table[name]
        return pd.Series(pd.NA, index=self.table.index, dtype="string")


def read_kobo(path: Path, *, country: str | None = None) -> Reading:
    """Read one export of our form as incidents.

    Lines are numbers of violations, counted through the submissions; each reason names the line of the file.

    Parameters
    ----------
    country
        ISO alpha-3 code: the country of all rows, which the form does not ask.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in, or is no export of this form.
    """
    wanted_country = check_country(country)
    provenance = provenance_of(path, format_name="kobo", reader_version=READER_VERSION)
    found = _read_table(path)
    answers = _answers(found.frame)
    TextTable.need(
        replace(found, columns=tuple(answers.table.columns)),
        ("_uuid", "date_start", "date_end", "place", "violations"),
        what="an export of data/forms/incident_xlsform.xlsx",
    )
    rows, ragged, unread = _rows(answers, found)
    raw = _as_incidents(answers, rows, country=wanted_country)
    unchosen = rows.index[rows["violation"].isna() & ~rows["submission"].isin(found.rejects["line"])]
    reading = settle(
        INCIDENTS,
        raw,
        provenance=replace(
            provenance,
            encoding=found.encoding,
            notes=(
                *found.notes,
                f"submissions read: {rows['submission'].nunique()}; lines are numbers of violations",
                *left_out_note(sum(field_of(name) is None for name in found.columns)),
            ),
        ),
        rejects=[
            ragged,
            unread,
            beyond_counting(raw),
            faults(
                (line, "violation", "", "no violation chosen") for line in unchosen.difference(pd.Index(unread["line"]))
            ),
        ],
        flags=[doubts_of_verification(raw), _sent_before(answers, rows)],
    )
    return discreetly(reading, "line " + rows["submission"].astype("string"))


def field_of(header: str) -> str | None:
    """Our name of a column of an export; None for a column that is not of our form.

    Parts of the point are ``place_latitude``, ``place_longitude``, ``place_accuracy``; the column of one violation is
    ``violations/killing``.
    """
    name = header.strip().lower()
    if name in _KEYS:
        return name
    steps = [step.strip() for step in name.split("/")]
    part = _POINT_PART.match(steps[-1].removeprefix("_"))
    if part is not None and (name.startswith("_") or steps[-1].startswith("_")):
        asked = _FIELDS.get(plain_name(part[1]))
        return f"place_{part[2].replace('precision', 'accuracy')}" if asked == "place" else None
    if len(steps) > 1 and _FIELDS.get(plain_name(steps[-2])) == "violations":
        violation = _VIOLATIONS.get(plain_name(steps[-1]))
        return f"violations/{violation}" if violation else None
    return _FIELDS.get(plain_name(steps[-1]))


def _read_table(path: Path) -> TextTable:
    """Read the columns of ours; notes never name a sheet, whose title may be anything."""
    if not is_workbook(path):
        return read_text_table(path, wanted=_OurColumns())
    found = read_workbook(path, wanted=_OurColumns(), needed=["_uuid"])
    notes = tuple("one sheet of several read" if note.startswith("sheet ") else note for note in found.notes)
    return replace(found, notes=notes)


def _answers(frame: pd.DataFrame) -> _Answers:
    """Columns under our names; of two for one question, as a form with several versions gives, the first filled."""
    table = pd.DataFrame(index=frame.index)
    for header in frame.columns:
        name = field_of(str(header))
        if name is not None:
            text = frame[header].astype("string").str.strip()
            text = text.mask(text == "")
            table[name] = table[name].fillna(text) if name in table else text
    parts = table["place"].str.split() if "place" in table else None
    for part, at in _PARTS.items():
        name = f"place_{part.replace('precision', 'accuracy')}"
        if parts is not None:
            table[name] = (
                _Answers(table=table)
                .of(name)
                .fillna(parts.map(lambda numbers, at=at: (numbers[at : at + 1] or [pd.NA])[0], na_action="ignore"))
            )
        if name in table:
            table[name] = table[name].str.replace(_DECIMAL_COMMA, r"\1.\2", regex=True)
    if {"place_latitude", "place_longitude"} <= set(table.columns):
        table["place"] = table["place_latitude"]
    if any(str(name).startswith("violations/") for name in table.columns):
        table["violations"] = _Answers(table=table).of("violations").fillna(_ticked(table))
    return _Answers(table=table)


def _ticked(table: pd.DataFrame) -> pd.Series:
    """Violations chosen in columns of their own, as one column would name them."""
    chosen = pd.Series("", index=table.index, dtype="string")
    for violation in VIOLATIONS:
        if f"violations/{violation}" in table:
            ticked = table[f"violations/{violation}"].str.lower().isin(_CHOSEN)
            chosen = chosen.mask(ticked, chosen + " " + violation)
    return chosen.mask(chosen == "")


def _rows(answers: _Answers, found: TextTable) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """One row per violation and submission, numbered from 1, with rejects already known.

    Returns
    -------
    tuple
        Columns ``submission`` (line of the file) and ``violation`` (missing where none could be read); rejects of
        lines the file itself spoils; rejects of violations that are not of the form.
    """
    chosen = {text: _violations(text) for text in answers.of("violations").dropna().unique()}
    pairs: list[tuple[int, str | None]] = []
    unknown: list[int] = []
    given = answers.of("violations")
    for line in sorted({*answers.table.index, *found.rejects["line"]}):
        names = chosen.get(given[line]) if line in given.index and pd.notna(given[line]) else []
        if names is None:
            unknown.append(len(pairs) + 1)
        pairs += [(line, name) for name in names] if names else [(line, None)]
    rows = pd.DataFrame(pairs, columns=["submission", "violation"]).astype({"violation": "string"})
    rows = rows.set_axis(pd.RangeIndex(1, len(rows) + 1, name="line"), axis=0)
    numbered = found.rejects.merge(
        rows["submission"].reset_index(name="submission"), left_on="line", right_on="submission"
    )
    ragged = numbered.assign(line=numbered["line_y"])[["line", "column", "value", "reason"]]
    return rows, ragged, faults((line, "violation", "", "a violation that is not of the form") for line in unknown)


def _violations(text: str) -> list[str] | None:
    """Violations named one after the other, each once; labels are of several words. None where a word is none."""
    rest, found = plain_name(text), []
    while rest:
        word = max((word for word in _VIOLATIONS if f"{rest} ".startswith(f"{word} ")), key=len, default=None)
        if word is None:
            return None
        found.append(_VIOLATIONS[word])
        rest = rest[len(word) :].strip()
    return list(dict.fromkeys(found))


def _as_incidents(answers: _Answers, rows: pd.DataFrame, *, country: str | None) -> pd.DataFrame:
    """Rows of our contract; what cannot be recoded stays for the contract to judge."""

    def of(name: str) -> pd.Series:
        return answers.of(name).reindex(rows["submission"]).set_axis(rows.index, axis=0)

    submission = of("_uuid").str.lower().str.extract(_UUID)[0].map(_short_hash, na_action="ignore").astype("string")
    raw = pd.DataFrame(
        {
            "incident_id": "kobo:" + submission + ":" + rows["violation"].fillna("none"),
            "case_code": submission,
            "source": pd.Series("kobo", index=rows.index, dtype="string"),
            "date_start": of("date_start"),
            "date_end": of("date_end"),
            "date_precision": date_precision_of_span(of("date_start"), of("date_end")),
            "longitude": of("place_longitude"),
            "latitude": of("place_latitude"),
            "place_precision": _place_precision(of("place_known"), of("place_accuracy")),
            "country": pd.Series(country, index=rows.index, dtype="string"),
            "violation": rows["violation"],
            "violation_basis": pd.Series("recorded", index=rows.index, dtype="string"),
            "verification": _recoded(of("status"), _STATUSES).fillna("reported"),
            "verified_on": of("verified_on"),
            "sources_count": of("sources_count"),
        }
    )
    for sex in SEXES:
        counts = pd.Series(pd.NA, index=rows.index, dtype="string")
        for violation in COUNTED_BY_CHILD:
            counts = counts.mask(rows["violation"].eq(violation).fillna(value=False), of(f"{sex}_{violation}"))
        raw[f"victims_{sex}"] = counts
    return raw


def _short_hash(uuid: str) -> str:
    return hashlib.sha256(uuid.encode("ascii")).hexdigest()[:_HASH_LETTERS]


def _recoded(given: pd.Series, names: Mapping[str, str]) -> pd.Series:
    """Names of choices for names or labels; a word nobody knows stays, and the contract rejects it."""
    known = {text: names.get(plain_name(text), text) for text in given.dropna().unique()}
    return given.map(known).astype("string")


def _place_precision(answer: pd.Series, accuracy_m: pd.Series) -> pd.Series:
    """The worse of what was answered and what the device measured; see the written rule above."""
    measured = pd.to_numeric(accuracy_m, errors="coerce").astype("float64")
    best = pd.Series("exact", index=answer.index, dtype="string")
    for above_m, name in ((EXACT_WITHIN_M, "near"), (NEAR_WITHIN_M, "admin1"), (ADMIN1_WITHIN_M, "country")):
        best = best.mask(measured > above_m, name)
    best = best.mask(answer.isna() & ~(measured > 0), "near")
    named = _recoded(answer, _PRECISIONS)
    rank = {name: place for place, name in enumerate(PLACE_PRECISION)}
    worse = named.map(rank).astype("Float64") < best.map(rank).astype("Float64")
    return named.fillna(best).mask(worse.fillna(value=False), best)


def _sent_before(answers: _Answers, rows: pd.DataFrame) -> pd.DataFrame:
    """Flags for incidents that begin more than a day after they were reported; a day allows for time zones."""
    sent, begun = (
        pd.to_datetime(answers.of(name).str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
        for name in ("_submission_time", "date_start")
    )
    early = (begun - sent).dt.days > 1
    lines = rows.index[rows["submission"].isin(early.index[early])]
    return faults((line, "date_start", "", "the incident begins after its report was sent") for line in lines)
