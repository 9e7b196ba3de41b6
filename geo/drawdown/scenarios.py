"""Scenarios of a drawdown: what closes, thins or is added in which phase, and which bases each phase leaves.

A phase is the state of its first day, and lasts until the next begins. What changed in a phase stays changed. A forced
closure happens on its day: where no phase begins then, one begins for it. A programme that ends closes its base from
the next phase on.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.errors import RequestError
from geo.model import LonLat

CLOSING = ("close", "force_close")
ADDING = ("add_base", "add_alert", "repair_airstrip", "mobile_team")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One thing that happens to one base."""

    kind: str  # one of MEASURE_KINDS but keep and force_close, which hold for the whole scenario
    base_id: str  # or the id of a new one
    leaves: tuple[str, ...] = ()  # of a thinning: kinds of thinning or capabilities
    gives: tuple[str, ...] = ()  # of a new base: capabilities
    name: str = ""
    organisation: str = ""
    organisation_type: str = ""
    place: LonLat | None = None
    days_per_month: int = 0  # of a mobile team


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A step of a scenario."""

    name: str
    begins_on: dt.date
    measures: tuple[Measure, ...] = ()

    @property
    def adds(self) -> bool:
        """Whether anything comes that was not there."""
        return any(measure.kind in ADDING for measure in self.measures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A plan of a drawdown; the empty one changes nothing.

    Raises
    ------
    RequestError
        When phases are not in the order of their days, or a base is closed twice, or closed and kept.
    """

    name: str
    phases: tuple[Phase, ...] = ()
    scenario_id: str = ""
    note: str = ""
    keep: tuple[str, ...] = ()  # never close, whatever ends
    forced: tuple[tuple[str, dt.date], ...] = ()  # base, first day it is closed; nobody here decides that

    def __post_init__(self) -> None:
        for number, (one, following) in enumerate(zip(self.phases, self.phases[1:], strict=False), start=1):
            if following.begins_on <= one.begins_on:
                raise RequestError(
                    f"phase {number + 1} ({following.name}) begins on {following.begins_on}, not after phase {number} "
                    f"({one.name}) on {one.begins_on}; put phases in the order of their days"
                )
        closes: dict[str, str] = {}
        for base, where in self._closures():
            if base in closes:
                raise RequestError(f"base {base!r} closes twice, {closes[base]} and {where}; take one out")
            if base in self.keep:
                raise RequestError(f"base {base!r} is kept and closes {where}; take it out of one of the two")
            closes[base] = where

    def _closures(self) -> list[tuple[str, str]]:
        """Every closure, and where it stands."""
        planned = [
            (measure.base_id, f"in phase {number} ({phase.name})")
            for number, phase in enumerate(self.phases, start=1)
            for measure in phase.measures
            if measure.kind == "close"
        ]
        return planned + [(base, f"by force on {day}") for base, day in self.forced]

    def dated(self) -> tuple[Phase, ...]:
        """Phases in order of their days, with one of its own for each forced closure between them."""
        begins = {phase.begins_on for phase in self.phases}
        extra: dict[dt.date, list[str]] = {}
        for base, day in sorted(self.forced):
            if day not in begins:
                extra.setdefault(day, []).append(base)
        made = [Phase(name=f"{', '.join(bases)} must close", begins_on=day) for day, bases in extra.items()]
        return tuple(sorted((*self.phases, *made), key=lambda phase: phase.begins_on))


def scenario_of(told: Mapping[Any, Any], measures: pd.DataFrame) -> Scenario:
    """Put a scenario together from its record and its measures.

    Parameters
    ----------
    told
        A row of the table ``scenarios``.
    measures
        Rows of the table ``measures``; those of other scenarios are left out. Within a phase, in the order of the rows.

    Raises
    ------
    RequestError
        When one phase has two days or names, or the measures do not fit together, see :class:`Scenario`.
    """
    own = measures.loc[measures["scenario_id"].eq(told["scenario_id"]).to_numpy(dtype=bool)]
    planned = own.loc[own["phase"].notna().to_numpy(dtype=bool) & ~own["kind"].isin(["keep", "force_close"])]
    phases = [_phase(int(str(number)), rows) for number, rows in planned.groupby("phase", sort=True)]
    forced = own.loc[own["kind"].eq("force_close").to_numpy(dtype=bool)]
    return Scenario(
        scenario_id=str(told["scenario_id"]),
        name=str(told["name"]),
        note=_text(told.get("note")),
        phases=tuple(phases),
        keep=tuple(sorted(set(own.loc[own["kind"].eq("keep").to_numpy(dtype=bool), "base_id"].astype(str)))),
        forced=tuple((str(base), day.date()) for base, day in zip(forced["base_id"], forced["begins_on"], strict=True)),
    )


def _phase(number: int, rows: pd.DataFrame) -> Phase:
    """One phase from its measures."""
    for name, spoken in (("begins_on", "begins on two days"), ("phase_name", "has two names")):
        told = rows[name].dropna().unique()
        if len(told) > 1:
            shown = ", ".join(sorted(str(one)[:10] if name == "begins_on" else str(one) for one in told))
            raise RequestError(f"phase {number} {spoken}, {shown}; give all its measures the same")
    names = rows["phase_name"].dropna()
    return Phase(
        name=str(names.iloc[0]) if len(names) else f"phase {number}",
        begins_on=rows["begins_on"].iloc[0].date(),
        measures=tuple(_measure(row) for row in rows.to_dict("records")),
    )


def _measure(row: Mapping[Any, Any]) -> Measure:
    placed = not pd.isna(row["longitude"])
    return Measure(
        kind=str(row["kind"]),
        base_id=str(row["base_id"]),
        leaves=_words(row["leaves"]),
        gives=_words(row["gives"]),
        name=_text(row["name"]),
        organisation=_text(row["organisation"]),
        organisation_type=_text(row["organisation_type"]),
        place=LonLat(float(row["longitude"]), float(row["latitude"])) if placed else None,
        days_per_month=0 if pd.isna(row["days_per_month"]) else int(row["days_per_month"]),
    )


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _words(value: Any) -> tuple[str, ...]:
    return tuple(word for word in _text(value).split(";") if word)
