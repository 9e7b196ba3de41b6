"""Reports of several sources that a person called the same event, counted as one incident.

Nothing is changed in the reports: :func:`merged` is a view, so withdrawing a decision restores what was there
before. Reports belong together when a chain of decisions "same" joins them; a member whose import was withdrawn
is simply absent. What the incident then says, each rule in words:

* *place*: from the first member in order of precedence, with the incident's id. Precedence: better known place,
  better known day, shorter period, more sources behind it, then source and id in alphabetical order.
* *days*: from the member whose days are known best, then precedence.
* *actors and kind of event*: from the first member that names an actor.
* *MRM fields* (violation, who says so, case, verification): whole from one member; recorded before suggested,
  verified before not verified, rejected, pending, reported, then precedence.
* *victims*: whole from one member that names that violation or none: the one with most victims, then fewest of
  unknown sex. Girls, boys and unknown of two sources are never mixed.
* *deaths*: never added. Low is the lowest low, high the highest high (a report without one says its best
  estimate), best that of the first member in precedence that has one.
* *sources*: all, separated by ``;``; ``sources_count`` is the largest stated, because sources share sources.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geo.schema import PLACE_PRECISION

SEPARATOR = ";"
IntArray = npt.NDArray[np.int64]
_DAYS = ("date_start", "date_end", "date_precision")
_ACTORS = ("actor_a", "actor_a_id", "actor_b", "actor_b_id", "event_type")
_MRM = ("violation", "violation_basis", "case_code", "verification", "verified_on")
_VICTIMS = ("victims_girls", "victims_boys", "victims_unknown")
_CERTAINTY = ("verified", "not_verified", "rejected", "pending", "reported")
_LAST = 99  # rank of what is not known


def merge_id(members: Sequence[str]) -> str:
    """Id of the decision about some reports, the same in whatever order they are given."""
    return "+".join(sorted(members))


def groups_of(merges: pd.DataFrame) -> dict[str, int]:
    """Group of each incident id that a decision "same" joins to another, directly or by a chain.

    Parameters
    ----------
    merges
        Table under the merges contract, in any order.
    """
    listed = _listed(merges.loc[merges["decision"] == "same"])
    if listed.empty:
        return {}
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 (0.1 s that the first map does without)

    codes, ids = pd.factorize(listed["member"], sort=True)
    records = listed["record"].to_numpy()
    ties = sparse.coo_array((np.ones(len(codes)), (codes, records)), shape=(len(ids), int(records.max()) + 1))
    labels = connected_components(ties @ ties.T, directed=False)[1]
    return dict(zip(map(str, ids), map(int, labels), strict=True))


def apart_pairs(merges: pd.DataFrame) -> set[frozenset[str]]:
    """Pairs of incident ids that a decision "not the same" keeps apart."""
    apart = merges.loc[merges["decision"] == "not_same", "members"]
    return {frozenset(two) for members in apart for two in combinations(str(members).split(SEPARATOR), 2)}


def merged(incidents: pd.DataFrame, merges: pd.DataFrame) -> pd.DataFrame:
    """Return the incidents with every merged group as one row; the very same table where nothing is merged.

    Parameters
    ----------
    incidents
        Table under the incidents contract, ids unique. Not changed.
    merges
        Table under the merges contract; the order of its rows and of the incidents does not matter.

    Returns
    -------
    pandas.DataFrame
        Columns and types as given, rows numbered from 0. A merged incident stands where its first member in
        precedence stood and has that member's id; the other members are left out.
    """
    members = _members(incidents, groups_of(merges))
    if members.empty:
        return incidents
    lead = _first(members, "precedence")
    absorbed = np.setdiff1d(members["position"].to_numpy(), lead.to_numpy())
    kept = np.setdiff1d(np.arange(len(incidents)), absorbed)
    found = incidents.iloc[kept].reset_index(drop=True)
    at = np.searchsorted(kept, lead.to_numpy())
    blocks = {
        _DAYS: _first(members, "day_rank", "span", "precedence"),
        _ACTORS: _first(members, "nameless", "precedence"),
        _MRM: _mrm(members),
        _VICTIMS: _victims(members),
        ("fatalities_best",): _first(members, "deathless", "precedence"),
    }
    for columns, chosen in blocks.items():
        for column in columns:
            found[column] = _with(found[column], at, incidents[column].iloc[chosen.to_numpy()])
    by_group = members.groupby("group")
    found["fatalities_low"] = _with(found["fatalities_low"], at, by_group["low"].min())
    found["fatalities_high"] = _with(found["fatalities_high"], at, by_group["high"].max())
    found["sources_count"] = _with(found["sources_count"], at, by_group["sources_count"].max())
    found["source"] = _with(found["source"], at, by_group["source"].agg(_together))
    return found


def _listed(merges: pd.DataFrame) -> pd.DataFrame:
    """One row per member of each decision: ``member``, ``record`` (a number)."""
    members = merges["members"].astype(object).reset_index(drop=True).str.split(SEPARATOR).explode().str.strip()
    members = members.loc[members.fillna("") != ""]
    return pd.DataFrame({"member": members.to_numpy(dtype=object), "record": members.index.to_numpy(dtype=np.int64)})


def _members(incidents: pd.DataFrame, groups: dict[str, int]) -> pd.DataFrame:
    """Members present of groups of two or more, in precedence, with all that the rules above look at."""
    group = incidents["incident_id"].astype(object).map(groups).fillna(-1).to_numpy(dtype=np.int64)
    position = np.flatnonzero(group >= 0)
    position = position[pd.Series(group[position]).duplicated(keep=False).to_numpy()]
    rows = incidents.iloc[position]
    best = rows["fatalities_best"]
    violation = rows["violation"].astype(object).fillna("")
    recorded = np.where(rows["violation_basis"].fillna("recorded") == "recorded", 0, 1)
    table = pd.DataFrame(
        {
            "group": group[position],
            "position": position,
            "place_rank": rows["place_precision"].map(_ranks(PLACE_PRECISION)).fillna(_LAST).to_numpy(),
            "day_rank": rows["date_precision"].fillna(_LAST).to_numpy(dtype=np.int64),
            "span": (rows["date_end"] - rows["date_start"]).dt.days.to_numpy(),
            "sources_count": rows["sources_count"].to_numpy(dtype=float, na_value=np.nan),
            "source": rows["source"].astype(str).to_numpy(dtype=object),
            "id": rows["incident_id"].astype(str).to_numpy(dtype=object),
            "nameless": (rows["actor_a"].isna() & rows["actor_b"].isna()).to_numpy(dtype=bool),
            "violation": violation.to_numpy(dtype=object),
            "basis_rank": np.where(violation == "", 2, recorded),
            "status_rank": rows["verification"].map(_ranks(_CERTAINTY)).fillna(_LAST).to_numpy(),
            "victims": rows[list(_VICTIMS)].sum(axis=1).to_numpy(dtype=np.int64),
            "unknown": rows["victims_unknown"].fillna(0).to_numpy(dtype=np.int64),
            "deathless": best.isna().to_numpy(dtype=bool),
            "low": rows["fatalities_low"].fillna(best).to_numpy(dtype=float, na_value=np.nan),
            "high": rows["fatalities_high"].fillna(best).to_numpy(dtype=float, na_value=np.nan),
        }
    )
    table["fewer_sources"] = -table["sources_count"].fillna(0)
    order = ["place_rank", "day_rank", "span", "fewer_sources", "source", "id"]
    table = table.sort_values(order, ignore_index=True)
    return table.assign(precedence=np.arange(len(table)))


def _ranks(words: Sequence[str]) -> dict[str, int]:
    return {word: rank for rank, word in enumerate(words)}


def _first(members: pd.DataFrame, *order: str) -> pd.Series:
    """Position of the first member of each group in some order; indexed by group, in its order."""
    return members.sort_values(list(order)).drop_duplicates("group").set_index("group")["position"].sort_index()


def _mrm(members: pd.DataFrame) -> pd.Series:
    return _first(members, "basis_rank", "status_rank", "precedence")


def _victims(members: pd.DataFrame) -> pd.Series:
    """Position of the member that speaks for the victims of the violation that was chosen."""
    chosen = members.set_index("position")["violation"]
    named = members["group"].map(_mrm(members)).map(chosen)
    heard = members.loc[(members["violation"] == "") | (members["violation"] == named)]
    return _first(heard.assign(fewer=-heard["victims"]), "fewer", "unknown", "precedence")


def _with(column: pd.Series, at: IntArray, values: pd.Series) -> pd.Series:
    """Return a copy of a column with other values at some positions, its type unchanged."""
    changed = column.array.copy()
    changed[at] = values.astype(column.dtype).array
    return pd.Series(changed, index=column.index, name=column.name)


def _together(sources: pd.Series) -> str:
    return SEPARATOR.join(sorted(set(sources)))
