"""Many panels out of one long table, one per run."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.drawdown.panel import BoolArray, Panel
from geo.errors import RequestError

IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddities:
    """What is unusual about the rows of all runs, though they can be used."""

    absent_months: int  # months of a unit without a row: taken as months in which nobody could report
    unwatched_reports: int  # reports from months in which nobody could: counted, the reach stays 0
    above_one: int  # shares of reach above 1: used as given
    outside: tuple[str, ...]  # runs whose closure lies outside their months

    def said(self) -> list[str]:
        """One sentence per oddity."""
        sentences = [
            (self.absent_months, "months of a unit have no row; nobody could report then, it is taken"),
            (self.unwatched_reports, "reports come from months with a reach of 0; they are counted"),
            (self.above_one, "shares of reach lie above 1; used as given, only their changes matter"),
            (len(self.outside), f"runs close outside their months, first {self.outside[:1]}: cannot tell"),
        ]
        return [f"{number} {words}" for number, words in sentences if number]


def panels_of(table: pd.DataFrame, runs: pd.DataFrame) -> Iterator[tuple[str, Panel]]:
    """Lay out the panel of each run, in the order of ``runs``.

    Units and months of a run are those its rows name, months without gap from the first to the last. A unit counts
    as treated all along, whether its rows say so in every month or only from the closure on.

    Parameters
    ----------
    table
        ``run, unit, month, count, treated, reach_share``, index = line of the file. Not changed.
    runs
        ``run, closure_month``, each run once. Not changed.

    Raises
    ------
    RequestError
        When a run has no rows or no closure, a unit has a month twice, or is treated in some other months only.
    """
    known, asked = set(table["run"].unique()), list(runs["run"])
    lacking, strange = [run for run in asked if run not in known], sorted(known - set(asked))
    if lacking or strange:
        what = (
            f"no rows in the panels for run {lacking[0]!r}" if lacking else f"no closure month for run {strange[0]!r}"
        )
        raise RequestError(f"there are {what} ({len(lacking or strange)} such runs); nothing was estimated")
    positions = table.groupby("run", sort=False, observed=True).indices
    unit = pd.factorize(table["unit"])[0]
    columns = {name: table[name].to_numpy() for name in ("month", "count", "treated", "reach_share")}
    for run, closure in zip(asked, runs["closure_month"].to_numpy(), strict=True):
        rows = positions[run]
        part = pd.DataFrame({name: values[rows] for name, values in columns.items()}, index=table.index[rows])
        yield str(run), _panel(part.assign(unit=unit[rows]), int(closure), run=str(run))


def _panel(rows: pd.DataFrame, closure: int, *, run: str) -> Panel:
    code, units = pd.factorize(rows["unit"])
    first = int(rows["month"].min())
    month = rows["month"].to_numpy() - first
    shape = (len(units), int(month.max()) + 1)
    if shape[1] > 100 * len(rows):
        raise RequestError(f"months of run {run!r} span {shape[1]}, far more than its rows; check its months")
    cell = code * shape[1] + month
    twice = np.flatnonzero(pd.Series(cell).duplicated().to_numpy())
    if len(twice):
        raise RequestError(
            f"run {run!r} has a unit with the same month twice, second in line {rows.index[twice[0]]}; "
            "nothing was estimated"
        )
    counts, reach = np.zeros(shape), np.zeros(shape)
    counts.flat[cell], reach.flat[cell] = rows["count"].to_numpy(), rows["reach_share"].to_numpy()
    treated = _treated(rows["treated"].to_numpy(dtype=bool), code, month - (closure - first), units=len(units))
    if treated is None:
        raise RequestError(f"run {run!r} has a unit that is treated in some months and not in others; say one per unit")
    return Panel(counts=counts, reach=reach, treated=treated, closure=closure - first)


def _treated(flag: BoolArray, code: IndexArray, since: IndexArray, *, units: int) -> BoolArray | None:
    """Which units are treated; nothing where one changes at another moment than the closure, ``since`` months ago."""
    some = np.bincount(code, weights=flag, minlength=units) > 0
    ways = (some[code], some[code] & (since >= 0), some[code] & (since > 0))
    return some if any((flag == way).all() for way in ways) else None


def oddities_of(table: pd.DataFrame, panels: list[tuple[str, Panel]]) -> Oddities:
    """Count what is unusual about the rows of some panels."""
    reach, count = table["reach_share"].to_numpy(), table["count"].to_numpy()
    return Oddities(
        absent_months=sum(panel.counts.size for _, panel in panels) - len(table),
        unwatched_reports=int(count[reach == 0].sum()),
        above_one=int((reach > 1).sum()),
        outside=tuple(run for run, panel in panels if not panel.before.any() or not panel.after.any()),
    )
