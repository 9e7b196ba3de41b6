"""The crosswalk: which MRM violation the words of another database suggest, line by line in ``data/crosswalk.csv``.

UCDP and ACLED count organised violence, not violations against children, and neither records ages. So their words
never *are* a violation: they suggest one, and the incident says so in ``violation_basis`` ("suggested"). A violation
the source itself records stays as it is ("recorded"). Words, or conditions, that the table does not know suggest
nothing; neither do lines without a violation, which say why not.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from geo.errors import SettingsError
from geo.schema import VIOLATIONS

TABLE = Path(__file__).resolve().parents[2] / "data" / "crosswalk.csv"
RECORDED, SUGGESTED = "recorded", "suggested"
COLUMNS = ("source", "event_type", "sub_event_type", "deaths", "civilians", "violation", "mark", "reason")
# What a condition may be; empty = whatever the row says.
_CONDITIONS = {"deaths": ("", "some", "none"), "civilians": ("", "targeted")}
_EMPTY = ("", "n/a")  # as the contract reads text


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the crosswalk: words and conditions, the violation they suggest (or none), and why."""

    source: str
    event_type: str
    sub_event_type: str  # empty: the source gives none
    deaths: str  # some, none, or empty = whatever
    civilians: str  # targeted, or empty = whatever
    violation: str  # empty: nothing is suggested
    mark: str  # always "suggested"
    reason: str

    def holds(self, *, deaths: bool, civilians: bool) -> bool:
        """Whether the conditions of the line are met."""
        return (self.deaths in ("", "some" if deaths else "none")) and (self.civilians == "" or civilians)


@cache
def crosswalk(path: Path = TABLE) -> tuple[Line, ...]:
    """Read and check the table.

    Raises
    ------
    SettingsError
        Naming every line with an unknown violation or condition, without reason or mark, or standing twice.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise SettingsError(f"cannot read {path.name}: {error.strerror}") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise SettingsError(f"{path.name} must have the columns {', '.join(COLUMNS)}")
    lines = tuple(Line(**{name: (row[name] or "").strip() for name in COLUMNS}) for row in rows)
    faulty = [f"line {number}: {fault}" for number, line in enumerate(lines, start=2) for fault in _faults(line)]
    keys = [_key(line) for line in lines]
    faulty += [
        f"line {n + 2}: stands in line {keys.index(key) + 2} already" for n, key in enumerate(keys) if key in keys[:n]
    ]
    if faulty:
        raise SettingsError(f"{path.name}: {'; '.join(faulty)}")
    return lines


def _key(line: Line) -> tuple[str, ...]:
    return (line.source, _folded(line.event_type), _folded(line.sub_event_type), line.deaths, line.civilians)


def _faults(line: Line) -> list[str]:
    found = [
        f"{name} {getattr(line, name)!r} is not one of {allowed}"
        for name, allowed in _CONDITIONS.items()
        if getattr(line, name) not in allowed
    ]
    if line.violation and line.violation not in VIOLATIONS:
        found.append(f"{line.violation!r} is no MRM violation")
    if line.mark != SUGGESTED:
        found.append(f'mark must be "{SUGGESTED}", is {line.mark!r}')
    return found if line.reason else [*found, "a reason is missing"]


def _folded(words: str) -> str:
    return " ".join(words.casefold().split())


def suggested_violations(
    source: str,
    event_type: pd.Series,
    *,
    deaths: pd.Series,
    sub_event_type: pd.Series | None = None,
    civilians: pd.Series | None = None,
) -> pd.Series:
    """Violation each row's words suggest; missing where they suggest none.

    Parameters
    ----------
    event_type, sub_event_type
        Words of the source; case and blanks do not matter.
    deaths
        Whether somebody is reported dead.
    civilians
        Whether civilians were the main target; without it nobody is taken to be.

    Returns
    -------
    pandas.Series
        Text or categories of text, aligned with ``event_type``.
    """
    known: dict[tuple[str, str], list[Line]] = {}
    for line in crosswalk():
        if line.source == source:
            known.setdefault((_folded(line.event_type), _folded(line.sub_event_type)), []).append(line)
    type_code, types = _coded(event_type)
    nothing = pd.Series(None, index=event_type.index, dtype="str")
    sub_code, subs = _coded(nothing if sub_event_type is None else sub_event_type)
    flags = 2 * deaths.to_numpy(dtype=bool) + (0 if civilians is None else civilians.to_numpy(dtype=bool))
    combined = (type_code * len(subs) + sub_code) * 4 + flags
    codes, distinct = pd.factorize(combined)
    suggested = []
    for number in distinct.tolist():
        words, flag = divmod(number, 4)
        lines = known.get((types[words // len(subs)], subs[words % len(subs)]), [])
        met = [line for line in lines if line.holds(deaths=flag >= 2, civilians=flag % 2 == 1)]
        suggested.append(met[0].violation if met and met[0].violation else None)
    names = sorted({name for name in suggested if name})
    place = np.array([names.index(name) if name else -1 for name in suggested], dtype=np.int64)
    return pd.Series(
        pd.Categorical.from_codes(place[codes], categories=pd.Index(names, dtype="str")), index=event_type.index
    )


def _coded(words: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Position of each row's words among the distinct ones, folded; missing ones are "", the last."""
    codes, distinct = pd.factorize(words)
    return np.where(codes < 0, len(distinct), codes).astype(np.int64), [*(_folded(str(one)) for one in distinct), ""]


def with_basis(raw: pd.DataFrame, suggested: pd.Series | None = None) -> pd.DataFrame:
    """Fill missing violations with suggested ones, and say on each row who says so; a recorded one stays.

    Parameters
    ----------
    raw
        Raw incidents; may have a column ``violation``, and ``violation_basis`` where the file gives one: a basis
        given with a violation is kept. Not changed.
    suggested
        Aligned with ``raw``; ``None`` = nothing is suggested.
    """
    if "violation" not in raw and suggested is not None:
        marked = pd.Categorical.from_codes(np.where(suggested.notna(), 0, -1), categories=pd.Index([SUGGESTED]))
        return raw.assign(violation=suggested, violation_basis=marked)
    nothing = pd.Series(pd.NA, index=raw.index, dtype="string")
    given = raw["violation"].astype("string").str.strip() if "violation" in raw else nothing
    given = given.mask(given.str.lower().isin(_EMPTY))
    said = raw["violation_basis"].astype("string").str.strip() if "violation_basis" in raw else nothing
    basis = said.mask(said.str.lower().isin(_EMPTY)).fillna(RECORDED).where(given.notna())
    if suggested is None:
        return raw.assign(violation=given, violation_basis=basis)
    basis = basis.mask(given.isna() & suggested.notna(), SUGGESTED)
    return raw.assign(violation=given.fillna(suggested.astype("string")), violation_basis=basis)
