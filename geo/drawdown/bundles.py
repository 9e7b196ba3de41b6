"""A base is a bundle of capabilities: what it gives, what leaves when it is thinned, and when its programme ends.

A capability that is not recorded is none: nothing can be lost that nobody knows of.
"""

import datetime as dt
from collections.abc import Collection

import numpy as np
import pandas as pd

from geo.access.escorts import can_escort
from geo.access.kernels import BoolArray
from geo.access.reach import PARTNER_ORGANISATIONS
from geo.errors import RequestError
from geo.schema.words import CAPABILITIES
from geo.settings import DrawdownSettings

# Column of BASES that tells of each capability; a number above 0 or a yes gives it.
COLUMN_OF = {
    "escorts": "escort_slots_per_week",
    "patrols": "patrol_radius_km",
    "helipad": "helipad",
    "airstrip": "airstrip",
    "medical": "medical",
    "lodging": "lodging_places",
    "radio": "radio",
    "alert_hub": "alert_hub",
    "hosts_partners": "hosts_partners",
    "child_protection": "child_protection_staff",
    "women_interviewers": "women_interviewers",
}
_FLAGS = ("helipad", "airstrip", "medical", "radio", "alert_hub", "hosts_partners")


def has_capability(bases: pd.DataFrame, capability: str) -> BoolArray:
    """Which bases give a capability, aligned with them.

    Parameters
    ----------
    bases
        As :func:`geo.access.bases.bases_as_of` gives them.
    capability
        One of ``CAPABILITIES``.
    """
    if capability == "escorts":
        return can_escort(bases)
    told = bases[COLUMN_OF[capability]]
    if capability in _FLAGS:
        return np.asarray(told.fillna(value=False).to_numpy(dtype=bool))
    return np.asarray(told.to_numpy(dtype=float, na_value=0.0) > 0)


def bundles_of(bases: pd.DataFrame) -> pd.DataFrame:
    """List what each base gives.

    Returns
    -------
    DataFrame
        ``base_id``, ``capability`` (one of ``CAPABILITIES``), ``amount`` (escorts a week, km, beds, people; NaN = how
        much is not known, or it is no matter of more or less); by base, then in the order of ``CAPABILITIES``.
    """
    parts = []
    for order, capability in enumerate(CAPABILITIES):
        gives = has_capability(bases, capability)
        counted = capability not in _FLAGS
        amount = bases.loc[gives, COLUMN_OF[capability]].to_numpy(dtype=float, na_value=np.nan) if counted else np.nan
        parts.append(
            pd.DataFrame(
                {"base_id": bases.loc[gives, "base_id"], "capability": capability, "amount": amount, "order": order}
            )
        )
    rows = pd.concat(parts).sort_values(["base_id", "order"], kind="stable", ignore_index=True)
    return rows.drop(columns="order")


def leaving(thinning: Collection[str], *, settings: DrawdownSettings) -> tuple[str, ...]:
    """Return the capabilities that leave with a thinning, which names kinds of thinning or capabilities.

    Raises
    ------
    RequestError
        When a word is neither.
    """
    unknown = sorted(set(thinning) - set(settings.leaves) - set(CAPABILITIES))
    if unknown:
        raise RequestError(
            f"nothing is called {', '.join(map(repr, unknown))} that could leave a base; "
            f"use {', '.join((*settings.leaves, *CAPABILITIES))}"
        )
    gone = {one for word in thinning for one in settings.leaves.get(word, (word,))}
    return tuple(one for one in CAPABILITIES if one in gone)


def without(bases: pd.DataFrame, base_id: str, capabilities: Collection[str]) -> pd.DataFrame:
    """Bases as they are once one of them no longer gives some capabilities; the others are left alone."""
    return _set(bases, base_id, capabilities, given=False)


def with_given(bases: pd.DataFrame, base_id: str, capabilities: Collection[str]) -> pd.DataFrame:
    """Bases as they are once one of them gives capabilities it did not; amounts that are recorded stay."""
    return _set(bases, base_id, capabilities, given=True)


def _set(bases: pd.DataFrame, base_id: str, capabilities: Collection[str], *, given: bool) -> pd.DataFrame:
    changed = bases.copy()
    there = changed["base_id"].eq(base_id).to_numpy(dtype=bool)
    for capability in capabilities:
        column = COLUMN_OF[capability]
        if capability in _FLAGS:
            changed.loc[there, column] = given
        elif not given:
            changed.loc[there, column] = 0
        else:
            # How many is not known; that there are some is.
            changed.loc[there & ~has_capability(changed, capability), column] = 1
        if capability == "escorts":
            changed.loc[there, "escort_possible"] = given
    return changed


def programme_ends(
    bases: pd.DataFrame, partners: pd.DataFrame, *, as_of: dt.date, settings: DrawdownSettings
) -> pd.DataFrame:
    """Tell when each base will close by itself, and why.

    A base ends with its record, with its programme's money, or with the partner whose base it is. An end before the
    day is not believed where the base is recorded as open then.

    Parameters
    ----------
    bases
        Open on the day ``as_of``.
    partners
        Table under the contract ``PARTNERS``, all periods; a partner named twice ends with its last record.

    Returns
    -------
    DataFrame
        ``base_id``, ``last_day`` (open on it, from the day after no more), ``why``; bases with a known end only, by id.
    """
    ends = [("its record ends", bases["valid_to"]), ("its partner's programme ends", _last_days(bases, partners))]
    if settings.funding_end_closes:
        ends.insert(1, ("its programme is no longer paid for", bases["funded_until"]))
    rows = [
        pd.DataFrame({"base_id": bases["base_id"], "last_day": pd.to_datetime(days), "why": why}) for why, days in ends
    ]
    known = pd.concat(rows)
    known = known.loc[known["last_day"] >= pd.Timestamp(as_of)]
    first = known.sort_values(["base_id", "last_day"], kind="stable").drop_duplicates("base_id")
    return first.reset_index(drop=True)


def _last_days(bases: pd.DataFrame, partners: pd.DataFrame) -> pd.Series:
    """Last day of the partner each base belongs to; missing where it is no partner's, or one without an end."""
    lasting = set(partners.loc[partners["valid_to"].isna(), "name"])
    ended = partners.loc[~partners["name"].isin(lasting)].groupby("name")["valid_to"].max()
    name = bases["organisation"].where(bases["organisation_type"].isin(PARTNER_ORGANISATIONS))
    return pd.Series(ended.reindex(name).to_numpy(), index=bases.index)
