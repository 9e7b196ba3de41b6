"""Violations against children by MRM counting rules, cleared: recorded and suggested ones apart."""

import datetime as dt
import sys
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geo.answers.observation import positions_of
from geo.answers.world import World
from geo.errors import WithheldError
from geo.incidents.mrm import MrmCounts, count_mrm, first_quarters
from geo.model import Audience, MrmRequest, Window
from geo.redaction import Cleared, clear, may_see

ALONE = "rows have no case code: they count as they stand in both views, and double counting cannot be excluded."
NO_NUMBER = "incidents of violations counted by victims give no number of children: they add none, which does not mean that there was none."
QUARTERS = (
    "Counted by whole quarters only, each child or incident in the quarter of its first report. A violation is left out "
    "where another choice of quarters, subtracted, would give a small number away."
)
NO_QUARTER = "No whole quarter lies in the window, so nothing is counted."
SUGGESTED = "Suggested violations come from a crosswalk of the source's words, not from the source: never add the two."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MrmTables:
    """Counts of one basis. The columns are those of :class:`geo.incidents.mrm.MrmCounts`."""

    by_victims: Cleared  # violations counted by victims
    by_incidents: Cleared  # violations counted by incidents
    children: Cleared  # one row: each child once; none where it would give a small count away


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MrmAnswer:
    """Violations in a window: what sources recorded, and what our crosswalk suggests."""

    request: MrmRequest  # as granted: the window may be cut to whole quarters
    recorded: MrmTables
    suggested: MrmTables
    notes: tuple[str, ...]  # how to read the numbers, one sentence each


def answer_mrm(world: World, request: MrmRequest, *, audience: Audience) -> MrmAnswer:
    """Count violations whose days overlap the window, by the rules of :func:`geo.incidents.mrm.count_mrm`.

    An audience whose small counts are withheld is granted whole quarters of the whole country: two windows or two
    areas could otherwise be subtracted. What it counts belongs to the quarter of its first report, and a violation is
    told only where the window begins and ends between blocks of quarters that may be told themselves. It sees one
    number per violation; numbers by sex, status and lateness add up to that number, so they are told from the task
    force upward only.

    Raises
    ------
    WithheldError
        When such an audience asks for some provinces.
    RequestError
        When a province is not known.
    """
    guarded, rule = world.settings.audiences[audience].small_count > 1, world.settings.mrm
    if guarded and request.areas:
        raise WithheldError(
            f"the audience {audience} may not ask for violations by province; leave the provinces out or choose another "
            "audience"
        )
    window = _whole_quarters(world, request.window) if guarded else request.window
    granted = replace(request, window=window or request.window)
    guard = _Guard.of(world, granted.window, audience) if guarded and window else None
    counts = guard.counts if guard else count_mrm(_asked(world, granted, nothing=window is None), settings=rule)
    recorded, suggested = (_cleared(world, counts[basis], audience, guard) for basis in ("recorded", "suggested"))
    return MrmAnswer(
        request=granted,
        recorded=recorded,
        suggested=suggested,
        notes=(*_notes(world, counts, audience, guarded=guarded), *([NO_QUARTER] if window is None else [])),
    )


def _whole_quarters(world: World, window: Window) -> Window | None:
    """Cut a window to the whole quarters in it; none where there is no whole one."""
    start, end = window.start or world.first_date, window.end or world.latest_date
    first = pd.Timestamp(start).to_period("Q")
    last = pd.Timestamp(end).to_period("Q")
    if window.start is not None and first.start_time.date() < start:
        first += 1
    if last.end_time.date() > end:
        last -= 1
    return Window(first.start_time.date(), last.end_time.date()) if first <= last else None


def _asked(world: World, request: MrmRequest, *, nothing: bool) -> pd.DataFrame:
    incidents, window = world.incidents, request.window
    found = np.full(len(incidents), fill_value=not nothing)
    # A whole quarter begins before the data where their first day lies in its middle.
    start, end = window.start or dt.date.min, window.end or dt.date.max
    first, last = (incidents[name].to_numpy().astype("datetime64[D]") for name in ("date_start", "date_end"))
    found &= (last >= np.datetime64(start, "D")) & (first <= np.datetime64(end, "D"))
    if request.areas:
        found &= np.isin(world.province_of_incident, positions_of(world, request.areas))
    return incidents.loc[found]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Guard:
    """Counts of a window that may be told beside those of every other window of whole quarters."""

    least: int
    counts: dict[str, MrmCounts]
    told: frozenset[tuple[str, str]]  # basis and violation; "" = children
    plain: frozenset[str]  # bases in which no child suffered several violations: children are the sum of the rest

    @classmethod
    def of(cls, world: World, window: Window, audience: Audience) -> "_Guard":
        least, rule = world.settings.audiences[audience].small_count, world.settings.mrm
        first = first_quarters(world.incidents, settings=rule)
        start, end = _quarter(window.start), _quarter(window.end)
        inside = first.loc[first["quarter"].between(start, end)]
        is_child = inside["violation"] == ""
        by_violation, by_child = (
            count_mrm(world.incidents.iloc[np.sort(rows["row"])], settings=rule)
            for rows in (inside.loc[~is_child], inside.loc[is_child])
        )
        units = first.drop_duplicates(["basis", "violation", "unit"])
        totals = units.groupby(["basis", "violation", "quarter"])["weight"].sum()
        harmed = units.loc[units["by_victims"]]
        children = harmed["weight"].where(harmed["violation"] == "", -harmed["weight"])  # less the same by violation
        return cls(
            least=least,
            counts={basis: replace(part, children=by_child[basis].children) for basis, part in by_violation.items()},
            told=frozenset(
                (str(basis), str(name))
                for (basis, name), rows in totals.groupby(["basis", "violation"])
                if _tells_apart(rows.droplevel(["basis", "violation"]), (start, end + 1), least)
            ),
            plain=frozenset(str(basis) for basis, rest in children.groupby(harmed["basis"]) if rest.sum() == 0),
        )

    def tells_children(self, counts: MrmCounts) -> bool:
        """Tell whether violations and children, subtracted from each other, give no small number away."""
        rows = counts.violations.loc[counts.violations["counted_by"] == "victims"]
        told = all((counts.basis, name) in self.told for name in ("", *rows["violation"]))
        return told and counts.basis in self.plain and bool((rows["counted"] >= self.least).all())


def _quarter(day: dt.date | None) -> int:
    assert day is not None
    return (day.year - 1970) * 4 + (day.month - 1) // 3


def _tells_apart(by_quarter: pd.Series, edges: tuple[int, int], least: int) -> bool:
    """Tell whether a window begins and ends between blocks of quarters that hold at least so many each.

    All windows told are then sums of such blocks, and so is whatever subtraction makes of them.
    """
    between: list[tuple[int, int]] = []  # where a window may begin or end, both inclusive
    after, held = -sys.maxsize, least
    for quarter, number in by_quarter.loc[by_quarter > 0].items():
        if held >= least:
            between.append((after, int(str(quarter))))
            held = 0
        after, held = int(str(quarter)) + 1, held + int(number)
    if held < least:
        between.pop()
    between.append((after, sys.maxsize))
    return all(any(low <= edge <= high for low, high in between) for edge in edges)


def _cleared(world: World, counts: MrmCounts, audience: Audience, guard: _Guard | None) -> MrmTables:
    """Clear each sum on its own: what is withheld from it is at least two rows and not small."""
    violations = counts.violations
    if guard:  # small ones stay, for the gate to withhold others with them
        told = np.array([(counts.basis, name) in guard.told for name in violations["violation"]], dtype=bool)
        violations = violations.loc[told | (violations["counted"] < guard.least).to_numpy(dtype=bool)]
    by_victims, by_incidents = (
        clear(
            violations.loc[violations["counted_by"] == unit],
            view="mrm",
            audience=audience,
            settings=world.settings,
            count_column="counted",
        )
        for unit in ("victims", "incidents")
    )
    children = clear(
        counts.children.iloc[: None if guard is None or guard.tells_children(counts) else 0],
        view="mrm_children",
        audience=audience,
        settings=world.settings,
        count_column="children",
    )
    return MrmTables(by_victims=by_victims, by_incidents=by_incidents, children=children)


def _notes(world: World, counts: dict[str, MrmCounts], audience: Audience, *, guarded: bool) -> tuple[str, ...]:
    """Sentences beside the numbers; how many rows they speak of only for those who may see that."""
    tells = may_see("mrm_children", "uncoded_rows", audience=audience, settings=world.settings)
    alone = sum(int(part.children["uncoded_rows"].iloc[0]) for part in counts.values())
    unnumbered = sum(
        int(part.violations.loc[part.violations["counted_by"] == "victims", "without_number"].sum())
        for part in counts.values()
    )
    numbered = ((alone, ALONE), (unnumbered, NO_NUMBER))
    said = [f"{number} {words}" for number, words in numbered if number] if tells else []
    said += [f"Some {words}" for _, words in numbered] if not tells else []
    return (*said, SUGGESTED, *([QUARTERS] if guarded else []))
