"""What the workspace holds and what a planner should know about it before trusting an answer."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from geo.schema import DATE_COLUMN, REGISTRY_TABLES, TABLES
from geo.workspace.database import moment
from geo.workspace.engine import Source, count_rows
from geo.workspace.records import ImportRecord, date_span

# A share of rejected rows that is no longer a few typing errors.
MANY_REJECTED_SHARE = 0.05
# Reports older than half a year say little about this week's roads.
LONG_AGO_DAYS = 182
# Clocks of laptops differ by minutes, not by hours.
CLOCK_TOLERANCE = dt.timedelta(hours=1)
# What cannot be answered while a table is empty; several tables mean "any of them".
_NEEDED = {
    ("incidents",): "no incidents yet: the map shows nothing that happened; import a UCDP file or the incidents form",
    ("boundaries",): "no boundaries yet: events known to a district or province only cannot be spread over it",
    ("roads",): "no roads yet: routes and reach cannot be answered; import a road file",
    ("bases", "base_years"): "no bases yet: reach and drawdown cannot be answered; import Geo-PKO or the bases form",
    ("actors",): "no actors yet: armed actors appear under the names as reported; import the actors form",
    ("sites",): "no sites yet: nobody can be named who loses reach; import the sites form",
}


def describe(
    records: Sequence[ImportRecord],
    *,
    sources: Mapping[str, Sequence[Source]],
    edited: Mapping[str, pd.DataFrame],
    kept_edits: Mapping[str, int],
    faulty: Mapping[str, int],
    newest_entry: str,
) -> dict[str, Any]:
    """Tables with rows and date spans, imports and warnings, as plain JSON values.

    Parameters
    ----------
    sources
        Live imports of each table, oldest first.
    edited
        Current state of each edited table.
    kept_edits
        Records of each edited table that outlived the import they came from.
    faulty
        Rows of each live import that :func:`count_faulty` counts.
    newest_entry
        Instant of the newest entry in the registry.
    """
    live = [record for record in records if record.live]
    tables, repeated = {}, {}
    for name, contract in TABLES.items():
        if name in REGISTRY_TABLES:
            rows, (first, last) = len(edited[name]), date_span(name, edited[name])
        else:
            count = count_rows(sources[name], contract) if sources[name] else None
            rows, repeated[name] = (count.rows, count.repeated) if count else (0, 0)
            first, last = _span(live, name)
        tables[name] = {
            "rows": rows,
            "first_date": first.isoformat() if first else None,
            "last_date": last.isoformat() if last else None,
        }
    warnings = [
        *_empty(tables),
        *_rejected(live, faulty),
        *(_doubled(name, count) for name, count in repeated.items() if count),
        *(_outlived(name, count) for name, count in kept_edits.items() if count),
        *_old(tables),
        *_clock(newest_entry),
    ]
    return {"tables": tables, "imports": [record.as_json() for record in records], "warnings": warnings}


def _span(live: Sequence[ImportRecord], table: str) -> tuple[dt.date | None, dt.date | None]:
    firsts = [one.first_date for one in live if one.table == table and one.first_date]
    lasts = [one.last_date for one in live if one.table == table and one.last_date]
    return min(firsts, default=None), max(lasts, default=None)


def _empty(tables: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [sentence for names, sentence in _NEEDED.items() if not any(tables[name]["rows"] for name in names)]


def count_faulty(rejects: pd.DataFrame, *, country: str | None) -> int:
    """Count the rejected rows of an import that have a fault; being of another country than asked for is none."""
    chosen = rejects["column"].eq("country") & (country is not None)
    return int(rejects.loc[~chosen, "line"].nunique())


def _rejected(live: Sequence[ImportRecord], faulty: Mapping[str, int]) -> list[str]:
    counts = [(one, faulty[one.import_id], faulty[one.import_id] + one.rows_stored) for one in live]
    return [
        f"{one.file_name} ({one.import_id}): {bad:,} of {rows:,} rows were rejected; see its list of rejects"
        for one, bad, rows in counts
        if bad > MANY_REJECTED_SHARE * rows
    ]


def _doubled(table: str, repeated: int) -> str:
    return f"{repeated:,} rows of {table} stand in two imports; the newer counts"


def _outlived(table: str, count: int) -> str:
    return f"{count:,} edited rows of {table} stay although the import they came from was withdrawn; check them"


def _old(tables: Mapping[str, Mapping[str, Any]]) -> list[str]:
    today = dt.datetime.now(dt.UTC).date()
    found = []
    for name in DATE_COLUMN:
        last = tables[name]["last_date"]
        if last and name != "bases" and (today - dt.date.fromisoformat(last)).days > LONG_AGO_DAYS:
            found.append(f"{name} end on {last}; nothing newer is known")
    return found


def _clock(newest_entry: str) -> list[str]:
    now = dt.datetime.now(dt.UTC)
    if moment(newest_entry) - now <= CLOCK_TOLERANCE:
        return []
    return [
        f"the newest entry is dated {newest_entry[:10]}, later than this computer's clock ({now:%Y-%m-%d}); set the clock"
    ]
