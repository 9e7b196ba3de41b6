"""Until when bases and organisations last, by their own records and by a scenario: on what a handing over can count."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from geo.drawdown.bundles import has_capability, programme_ends
from geo.drawdown.scenarios import Scenario
from geo.drawdown.unfolding import State, unfold
from geo.schema.words import CAPABILITIES
from geo.settings import Settings

_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lifetimes:
    """First day on which each base, what it gives, and each organisation is no longer there; absent = no end known."""

    bases: Mapping[str, dt.date]
    why: Mapping[str, str]  # of each base that closes
    capabilities: Mapping[tuple[str, str], dt.date]  # base and capability that leaves before the base does
    organisations: Mapping[str, dt.date]

    def of_duty(self, base_id: str, capability: str | None) -> dt.date | None:
        """First day on which a base no longer does something that a capability carries (``None``: the base itself)."""
        thinned = None if capability is None else self.capabilities.get((base_id, capability))
        return earliest(self.bases.get(base_id), thinned)

    def of_receiver(self, organisation: str, base_id: str | None) -> dt.date | None:
        """First day on which a receiver is gone, with the base from which it does it where one is named."""
        base = None if base_id is None else self.bases.get(base_id)
        return earliest(self.organisations.get(organisation), base)


def earliest(*days: dt.date | None) -> dt.date | None:
    """First of some days, of which any may be missing."""
    return min((day for day in days if day is not None), default=None)


def lifetimes(
    open_bases: pd.DataFrame,
    recorded: pd.DataFrame,
    partners: pd.DataFrame,
    *,
    as_of: dt.date,
    scenario: Scenario | None,
    settings: Settings,
) -> Lifetimes:
    """Tell when bases and organisations end, as far as is known on a day.

    A base closes with its record, its money, its partner or by the scenario, whichever is first; one that the scenario
    keeps does not close by itself. An organisation is gone when the last of its open bases closes, or its record ends.

    Parameters
    ----------
    open_bases
        As :func:`geo.access.bases.bases_as_of` gives them. Not changed.
    recorded
        Table under the contract ``BASES``, all periods: tells of bases that closed before the day.
    partners
        Table under the contract ``PARTNERS``, all periods.

    Raises
    ------
    UnknownRecordError, RequestError
        When the scenario does not fit the bases, see :func:`geo.drawdown.unfolding.unfold`.
    """
    states = () if scenario is None else unfold(scenario, open_bases, partners, as_of=as_of, settings=settings)
    kept = () if scenario is None else scenario.keep
    ends, why = _closed_before(recorded, as_of)
    own = programme_ends(open_bases, partners, as_of=as_of, settings=settings.drawdown)
    for base, last_day, told in zip(own["base_id"], own["last_day"], own["why"], strict=True):
        if base not in kept:
            ends[str(base)], why[str(base)] = last_day.date() + _ONE_DAY, str(told)
    for base, (day, told) in _closed_by(states, open_bases).items():
        if base not in ends or day < ends[base]:
            ends[base], why[base] = day, told
    return Lifetimes(
        bases=ends,
        why=why,
        capabilities=_capabilities_lost(states, open_bases),
        organisations=_organisation_ends([open_bases, *(state.bases for state in states)], partners, ends),
    )


def _closed_before(recorded: pd.DataFrame, as_of: dt.date) -> tuple[dict[str, dt.date], dict[str, str]]:
    """Bases whose record ended before the day, and why."""
    over = recorded.loc[(recorded["valid_to"] < pd.Timestamp(as_of)).to_numpy(dtype=bool)]
    ends = {str(base): day.date() + _ONE_DAY for base, day in zip(over["base_id"], over["valid_to"], strict=True)}
    return ends, dict.fromkeys(ends, "it has closed")


def _closed_by(states: Iterable[State], open_bases: pd.DataFrame) -> dict[str, tuple[dt.date, str]]:
    """Bases that the scenario closes, with the first day and why."""
    closed: dict[str, tuple[dt.date, str]] = {}
    for state in states:
        gone = state.changes.loc[state.changes["what"] == "closed"]
        for base, told in zip(gone["base_id"], gone["why"], strict=True):
            if base in set(open_bases["base_id"]):
                closed.setdefault(str(base), (state.begins_on, f"{state.name}: {told}"))
    return closed


def _capabilities_lost(states: Iterable[State], open_bases: pd.DataFrame) -> dict[tuple[str, str], dt.date]:
    """Capabilities that leave a base which stays, with the first day without them."""
    lost: dict[tuple[str, str], dt.date] = {}
    for state in states:
        for capability in CAPABILITIES:
            before = set(open_bases.loc[has_capability(open_bases, capability), "base_id"])
            still = set(state.bases.loc[has_capability(state.bases, capability), "base_id"])
            for base in (before & set(state.bases["base_id"])) - still:
                lost.setdefault((str(base), capability), state.begins_on)
    return lost


def _organisation_ends(
    tables: list[pd.DataFrame], partners: pd.DataFrame, ends: Mapping[str, dt.date]
) -> dict[str, dt.date]:
    """First day on which each organisation is gone; one that lasts is not among them."""
    found: dict[str, dt.date] = {}
    bases = pd.concat([table[["base_id", "organisation"]] for table in tables]).drop_duplicates()
    for name, own in bases.groupby("organisation"):
        days = [ends.get(str(base)) for base in own["base_id"]]
        if all(days):
            found[str(name)] = max(day for day in days if day is not None)
    for name, own in partners.groupby("name"):
        last = own["valid_to"].max()
        if own["valid_to"].notna().all():
            found[str(name)] = min(last.date() + _ONE_DAY, found.get(str(name), dt.date.max))
    return found
