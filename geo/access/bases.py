"""Which bases are open on a day, from our own records and from published peacekeeping maps.

A published map shows a base in a calendar year; the base counts as open all that year. When no map of
its mission exists for the year asked, the latest earlier one is used and named, unless the mission's maps
have ended while others' go on. A base recorded in our own table replaces the published base of the same id, open or closed.
"""

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd

from geo.schema import BASES

EXTRA_COLUMNS = ["open_basis", "escort_possible"]


def bases_as_of(bases: pd.DataFrame, base_years: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Bases open on a day.

    Parameters
    ----------
    bases, base_years
        Tables under the contracts ``BASES`` and ``BASE_YEARS``; neither is changed.

    Returns
    -------
    DataFrame
        Columns of ``BASES``, then ``open_basis`` (the evidence that it is open, text) and ``escort_possible``
        (whether it can escort at all; its slots may still be unknown). Sorted by ``base_id``, index 0..n-1.
        What a map does not tell is missing, not "no".
    """
    own = _recorded(bases, as_of)
    shown = _published(base_years, as_of)
    shown = shown.loc[~shown["base_id"].isin(bases["base_id"])]
    parts = [part for part in (own, shown) if len(part)]
    both = pd.concat(parts) if parts else own
    return both.sort_values("base_id", kind="stable", ignore_index=True)


def _recorded(bases: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Open bases of our own table; both days of validity are inclusive."""
    day = pd.Timestamp(as_of)
    valid = ~(bases["valid_from"] > day) & ~(bases["valid_to"] < day)
    frame = bases.loc[valid, BASES.column_names].copy()
    since = frame["valid_from"].dt.strftime("%Y-%m-%d")
    frame["open_basis"] = ("recorded, open since " + since).fillna("recorded, no opening day").astype("string")
    frame["escort_possible"] = (frame["escort_slots_per_week"] > 0).to_numpy(dtype=bool, na_value=False)
    return frame


def _published(base_years: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Bases shown on the latest map of their mission that is not later than the day.

    A mission whose maps end before the day, while other missions' go on, has ended: none of its bases is
    open. After the last map of all, those of that last year still count.
    """
    last_shown = base_years.groupby("mission")["year"].transform("max")
    lasting = (last_shown >= as_of.year) | (last_shown == base_years["year"].max())
    past = base_years.loc[((base_years["year"] <= as_of.year) & lasting).to_numpy(dtype=bool)]
    latest = past.groupby("mission")["year"].transform("max")
    current = past.loc[(past["year"] == latest).to_numpy(dtype=bool)]
    current = current.sort_values("base_year_id", kind="stable")
    by_base = current.groupby("base_id", sort=True)
    frame = by_base[["base_name", "mission", "country", "longitude", "latitude", "year"]].first()
    frame = frame.rename(columns={"base_name": "name", "mission": "organisation"}).reset_index()
    for target, source in (("helipad", "aviation"), ("medical", "medical")):
        frame[target] = by_base[source].max().astype("boolean").to_numpy()
    frame["headquarters"] = by_base["headquarters"].max().ge(1).astype("boolean").to_numpy()
    frame["escort_possible"] = by_base["troops"].max().gt(0).to_numpy(dtype=bool, na_value=False)
    frame["organisation_type"] = "mission"
    year = frame["year"].astype("int64")
    frame["open_basis"] = np.where(
        year == as_of.year, "shown on the " + year.astype(str) + " map", "last map " + year.astype(str)
    )
    span = _span(base_years)
    for name in ("valid_from", "valid_to"):
        frame[name] = span[name].reindex(frame["base_id"]).to_numpy()
    return _as_bases(frame)


def _span(base_years: pd.DataFrame) -> pd.DataFrame:
    """First and last day of the years a base is shown in; no last day when the last map of all still shows it."""
    shown = base_years.groupby("base_id").agg(first=("year", "min"), last=("year", "max"))
    ended = shown["last"] < base_years["year"].max()
    return pd.DataFrame(
        {
            "valid_from": pd.to_datetime(shown["first"].astype(str) + "-01-01"),
            "valid_to": pd.to_datetime(shown["last"].astype(str).where(ended) + "-12-31"),
        },
        index=shown.index,
    )


@cache
def _template() -> pd.DataFrame:
    """Bases without a row; made once, because every answer about a day asks for it."""
    return BASES.empty()


def _as_bases(frame: pd.DataFrame) -> pd.DataFrame:
    """Arrange columns as the contract does, with its types; what the maps do not tell stays missing."""
    template = _template()
    typed = {
        name: frame[name].astype(template[name].dtype) if name in frame else template[name].reindex(frame.index)
        for name in BASES.column_names
    }
    result = pd.DataFrame(typed, index=frame.index)
    result["open_basis"] = frame["open_basis"].astype("string")
    result["escort_possible"] = frame["escort_possible"].astype(bool)
    return result
