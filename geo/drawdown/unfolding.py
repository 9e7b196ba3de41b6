"""A scenario unfolded: which bases are open in each phase, what they still give, and what changed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from geo.drawdown.bundles import leaving, programme_ends, with_given, without
from geo.drawdown.scenarios import Measure, Phase, Scenario
from geo.errors import RequestError, UnknownRecordError
from geo.model import AccessMode, LonLat
from geo.settings import Settings

CHANGE_COLUMNS = ["base_id", "name", "what", "why"]
# Ways that something serves which is no whole base: a team that comes and goes by road, a network of word.
_BY_ROAD = f"{AccessMode.UNESCORTED};{AccessMode.PARTNER}"
_BY_WORD = str(AccessMode.ALERT)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class State:
    """Bases of one phase."""

    number: int  # from 1, forced closures counted
    name: str
    begins_on: dt.date
    # As bases_as_of gives them, and ``serves``: access modes separated by ; (missing = whatever its bundle allows)
    bases: pd.DataFrame
    changes: pd.DataFrame  # CHANGE_COLUMNS, what happened on its first day
    airfields: tuple[LonLat, ...]  # repaired so far, usable beside those of the day
    adds: bool  # whether anything came that was not there


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Place:
    """Where the plan stands while it unfolds."""

    bases: pd.DataFrame
    airfields: tuple[LonLat, ...]
    changes: tuple[tuple[str, str, str, str], ...]  # of the phase
    gone: dict[str, str]  # closed base -> why


def with_serves(bases: pd.DataFrame) -> pd.DataFrame:
    """Bases of a day as a scenario sees them: each serves whatever its bundle allows."""
    return bases.assign(serves=pd.Series(pd.NA, index=bases.index, dtype="string"))


def unfold(
    scenario: Scenario, bases: pd.DataFrame, partners: pd.DataFrame, *, as_of: dt.date, settings: Settings
) -> tuple[State, ...]:
    """Apply a scenario to the bases of a day, phase after phase.

    Parameters
    ----------
    bases
        Open on the day, as :func:`geo.access.bases.bases_as_of` gives them. Not changed. One that opens later only
        counts where the scenario adds it.
    partners
        Table under the contract ``PARTNERS``, all periods.

    Raises
    ------
    UnknownRecordError
        When a base is not open by then; no other base is named.
    RequestError
        When a new base has the id of another, or a measure lacks what it needs.
    """
    known = set(bases["base_id"])
    if strange := sorted({*scenario.keep, *(base for base, _ in scenario.forced)} - known - set(_added(scenario))):
        raise UnknownRecordError(f"no base {', '.join(map(repr, strange))} is open on {as_of}; check its id")
    ends = programme_ends(bases, partners, as_of=as_of, settings=settings.drawdown)
    ending = {
        str(base): (last_day.date(), str(why))
        for base, last_day, why in zip(ends["base_id"], ends["last_day"], ends["why"], strict=True)
    }
    place = _Place(bases=with_serves(bases), airfields=(), changes=(), gone={})
    states: list[State] = []
    since = as_of - dt.timedelta(days=1)
    names: dict[str, str] = {}  # of every base there is or was
    for number, phase in enumerate(scenario.dated(), start=1):
        place = replace(place, changes=())
        names |= dict(zip(place.bases["base_id"], place.bases["name"], strict=True))
        over = {base: told for base, told in ending.items() if since <= told[0] < phase.begins_on}
        place = _forced(_ended(place, over, scenario), scenario, phase)
        for measure in phase.measures:
            place = _applied(place, measure, f"phase {number} ({phase.name})", settings)
        since = phase.begins_on
        states.append(
            State(
                number=number,
                name=phase.name if phase in scenario.phases else _must_close(scenario, phase, names),
                begins_on=phase.begins_on,
                bases=place.bases.sort_values("base_id", kind="stable", ignore_index=True),
                changes=pd.DataFrame(place.changes, columns=CHANGE_COLUMNS),
                airfields=place.airfields,
                adds=phase.adds,
            )
        )
    return tuple(states)


def _must_close(scenario: Scenario, phase: Phase, names: Mapping[str, str]) -> str:
    """Name of a phase that forced closures begin: people know the bases by name, not by id."""
    bases = [base for base, day in sorted(scenario.forced) if day == phase.begins_on]
    return f"{', '.join(names.get(base, base) for base in bases)} must close"


def _added(scenario: Scenario) -> list[str]:
    return [m.base_id for phase in scenario.phases for m in phase.measures if m.kind == "add_base"]


def _ended(place: _Place, over: dict[str, tuple[dt.date, str]], scenario: Scenario) -> _Place:
    """Close what ends by itself; what is kept stays, and somebody has to see to that."""
    for base, (last_day, why) in sorted(over.items()):
        if base in place.gone:
            continue
        if base in scenario.keep:
            place = _told(place, base, "kept", f"{why} after {last_day}: to keep it somebody must take over")
        else:
            place = _closed(place, base, f"{why} after {last_day}")
    return place


def _forced(place: _Place, scenario: Scenario, phase: Phase) -> _Place:
    for base, day in scenario.forced:
        if day <= phase.begins_on and base not in place.gone:
            place = _closed(place, base, f"forced to close on {day}")
    return place


def _applied(place: _Place, measure: Measure, where: str, settings: Settings) -> _Place:
    """What a measure makes of the bases."""
    base, there = measure.base_id, measure.base_id in set(place.bases["base_id"])
    if measure.kind == "close" and base in place.gone:
        return place
    if measure.kind in ("add_base", "mobile_team") or (measure.kind == "add_alert" and not there):
        return _with_new(place, measure, where, settings)
    if not there:
        how = f"has closed by then: {place.gone[base]}" if base in place.gone else "is not open by then; check its id"
        raise UnknownRecordError(f"{where}: base {base!r} {how}")
    if measure.kind == "close":
        return _closed(place, base, "planned")
    if measure.kind == "thin":
        gone = leaving(measure.leaves, settings=settings.drawdown)
        return _changed(place, without(place.bases, base, gone), base, "thinned", f"without {', '.join(gone)}")
    if measure.kind == "add_alert":
        return _changed(place, with_given(place.bases, base, ["alert_hub"]), base, "alert network", "added at the base")
    if measure.kind != "repair_airstrip":
        raise RequestError(f"{where}: nobody knows what {measure.kind!r} is")
    row = place.bases.loc[place.bases["base_id"] == base].iloc[0]
    field = measure.place or LonLat(float(row["longitude"]), float(row["latitude"]))
    place = _changed(place, with_given(place.bases, base, ["airstrip"]), base, "airstrip", "repaired")
    return replace(place, airfields=(*place.airfields, field))


def _with_new(place: _Place, measure: Measure, where: str, settings: Settings) -> _Place:
    """Something that was not there: a base, a network, a team that comes and goes."""
    base = measure.base_id
    if base in set(place.bases["base_id"]) | set(place.gone):
        raise RequestError(f"{where}: {base!r} is the id of another base; give the new one its own")
    if measure.place is None:
        raise RequestError(f"{where}: {measure.kind} {base!r} has no longitude,latitude; give it one")
    least = settings.drawdown.mobile_team_least_days
    name = measure.name or base
    if measure.kind == "mobile_team" and measure.days_per_month < least:
        why = f"covers nothing: {measure.days_per_month} days a month, {least} are needed"
        return replace(place, changes=(*place.changes, (base, name, "mobile team", why)))
    row = _row_of(measure, name, place.bases)
    gives = ("alert_hub",) if measure.kind == "add_alert" else measure.gives
    grown = with_given(pd.concat([place.bases, row], ignore_index=True), base, gives)
    what = {"add_base": "added", "add_alert": "alert network", "mobile_team": "mobile team"}[measure.kind]
    days = f"{measure.days_per_month} days a month"
    why = {"add_alert": "added", "mobile_team": days}.get(measure.kind, f"gives {', '.join(gives)}" if gives else "")
    return _changed(place, grown, base, what, why)


def _row_of(measure: Measure, name: str, like: pd.DataFrame) -> pd.DataFrame:
    """A row for something new, in the columns and types of the bases."""
    assert measure.place is not None
    serves = {"mobile_team": _BY_ROAD, "add_alert": _BY_WORD}.get(measure.kind)
    told = {
        "base_id": measure.base_id,
        "name": name,
        "organisation": measure.organisation or None,
        "organisation_type": measure.organisation_type or "national_ngo",
        "longitude": measure.place.lon,
        "latitude": measure.place.lat,
        "escort_possible": "escorts" in measure.gives,
        "open_basis": "added by the scenario",
        "serves": serves,
    }
    nothing = like.iloc[:0].drop(columns=list(told)).reindex([0])
    row = nothing.assign(**{key: pd.Series([value], dtype=like[key].dtype) for key, value in told.items()})
    return row[like.columns.tolist()]


def _closed(place: _Place, base: str, why: str) -> _Place:
    told = _told(place, base, "closed", why)
    return replace(told, bases=place.bases.loc[place.bases["base_id"] != base], gone={**place.gone, base: why})


def _changed(place: _Place, bases: pd.DataFrame, base: str, what: str, why: str) -> _Place:
    """The same place with other bases, and what was done told."""
    return _told(replace(place, bases=bases), base, what, why)


def _told(place: _Place, base: str, what: str, why: str) -> _Place:
    return replace(place, changes=(*place.changes, (base, _name(place, base), what, why)))


def _name(place: _Place, base: str) -> str:
    names = place.bases.loc[place.bases["base_id"] == base, "name"]
    return str(names.iloc[0]) if len(names) else base
