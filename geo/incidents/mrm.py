"""Violations against children, counted as the Monitoring and Reporting Mechanism counts them.

Killing, maiming, recruitment or use, sexual violence, abduction and detention are counted by victims; attacks on
schools and hospitals, denial of humanitarian access and military use by incidents (``[mrm]`` in ``config.toml``).
Violations as in the MRM Field Manual (OSRSG-CAAC, UNICEF, DPKO, June 2014), counted as the Secretary-General's
annual reports on children and armed conflict do. What a source recorded and what a crosswalk of its words
suggests never stand in one number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.schema import VERIFICATION, VIOLATION_BASIS, VIOLATIONS
from geo.settings import MrmSettings

SEXES = ("girls", "boys", "unknown")
NO_STATUS = "no_status"
# Of several reports of one violation of one child the first of these counts.
STATUSES = ("verified", "pending", "reported", "not_verified", "rejected", NO_STATUS)
TIMINGS = ("on_time", "late_unknown", "late")
_NOT_VERIFIED = len(TIMINGS)
assert set(STATUSES) == {*VERIFICATION, NO_STATUS}


@dataclass(frozen=True, eq=False, kw_only=True)
class MrmCounts:
    """Violations of one basis; every column a whole number.

    ``violations`` has a row per violation with any incident, in the order of ``VIOLATIONS``: ``violation``,
    ``counted_by`` (victims or incidents), ``counted`` (the MRM figure), ``incidents``, ``victims`` = ``girls`` +
    ``boys`` + ``unknown``, ``without_number`` (incidents that give no number of children), one column per status
    of ``STATUSES`` (together ``counted``), ``verified_girls``, ``verified_boys``, ``verified_unknown``, and
    ``on_time``, ``late_unknown``, ``late`` (together ``verified``).

    ``children`` has one row, the child view of the violations counted by victims: ``children`` = ``girls`` +
    ``boys`` + ``unknown``, ``several_violations`` (children known to have suffered more than one),
    ``uncoded_rows`` and ``uncoded_children`` (without a case code: counted as they stand).
    """

    basis: str
    violations: pd.DataFrame = field(repr=False)
    children: pd.DataFrame = field(repr=False)


def count_mrm(incidents: pd.DataFrame, *, settings: MrmSettings) -> dict[str, MrmCounts]:
    """Count violations by victims or incidents, children once each, and what was verified late.

    *Violation view*: a child (a ``case_code`` of one source) counts once per violation, however many rows tell of
    it. *Child view*: once in all. A code stands for at least one child, of unknown sex where no number is given.
    Where rows of one code disagree, the largest number of children counts, with the sexes all rows can agree on;
    the rest is unknown. A row without a code counts as it stands in both views, so double counting cannot be
    excluded; without a number either, it adds no victim and is told in ``without_number``.

    *Late* is verified after the quarter that holds ``date_end``; on its last day is not late. Verified without a
    day is ``late_unknown``. A violation without a basis counts as recorded, because only our crosswalk suggests.

    Parameters
    ----------
    incidents
        Under the contract ``INCIDENTS``, each row at most one violation; rows without one are left out. Not changed.

    Returns
    -------
    dict
        :class:`MrmCounts` for each of ``VIOLATION_BASIS``.
    """
    rows = _rows(incidents, settings)
    return {basis: _count(rows.loc[rows["basis"] == basis], basis) for basis in VIOLATION_BASIS}


def first_quarters(incidents: pd.DataFrame, *, settings: MrmSettings) -> pd.DataFrame:
    """Give each report the quarter in which what it counts towards was first reported, so that quarters add up.

    Returns
    -------
    pandas.DataFrame
        A row per report and violation, and one more per report of a child in the child view, where ``violation`` is
        empty: ``row`` (position in ``incidents``), ``basis, violation, by_victims, unit`` (what counts once),
        ``weight`` (how often the unit counts), ``quarter`` (from 0, the first one of 1970).
    """
    rows = _rows(incidents, settings)
    given = incidents["violation"].notna().to_numpy(dtype=bool)
    rows["row"] = np.flatnonzero(given)
    rows["quarter"] = incidents["date_start"].to_numpy()[given].astype("datetime64[M]").astype(np.int64) // 3
    rows["unit"] = np.where(rows["by_victims"] & rows["coded"], rows["child"], -1 - np.arange(len(rows)))
    rows["weight"] = rows["victims"].where(rows["by_victims"], 1)
    every = pd.concat([rows, rows.loc[rows["by_victims"]].assign(violation="")], ignore_index=True)
    units = every.groupby(["basis", "violation", "unit"])
    every = every.assign(quarter=units["quarter"].transform("min"), weight=units["weight"].transform("max"))
    return every[["row", "basis", "violation", "by_victims", "unit", "weight", "quarter"]]


def _rows(incidents: pd.DataFrame, settings: MrmSettings) -> pd.DataFrame:
    """Violations with plain numbers: victims by sex, their total, status and timing by rank, the child's key."""
    given = incidents.loc[incidents["violation"].notna().to_numpy(dtype=bool)]
    victims = [given[f"victims_{sex}"] for sex in SEXES]
    code = given["case_code"].fillna("").str.strip()
    rows = pd.DataFrame(
        {
            "basis": given["violation_basis"].fillna(VIOLATION_BASIS[0]).to_numpy(dtype=object),
            "violation": given["violation"].to_numpy(dtype=object),
            "by_victims": given["violation"].isin(settings.victims).to_numpy(dtype=bool),
            "coded": (code != "").to_numpy(dtype=bool),
            "child": pd.factorize((given["source"].fillna("") + "\n" + code).to_numpy(dtype=object))[0],
            "numbered": np.logical_or.reduce([number.notna().to_numpy(dtype=bool) for number in victims]),
            "status": _ranks(given["verification"]),
            "timing": _timing(given),
            **{sex: number.to_numpy(dtype=np.int64, na_value=0) for sex, number in zip(SEXES, victims, strict=True)},
        }
    )
    nobody = rows["coded"] & (rows[[*SEXES]].sum(axis=1) == 0)
    rows["unknown"] += nobody.astype(np.int64)
    return rows.assign(victims=rows[[*SEXES]].sum(axis=1))


def _ranks(status: pd.Series) -> npt.NDArray[np.int64]:
    ranks = {name: rank for rank, name in enumerate(STATUSES)}
    return np.array([ranks[name] for name in status.fillna(NO_STATUS)], dtype=np.int64)


def _timing(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Rank of ``TIMINGS`` for what is verified, beyond them for all else."""
    months = rows["date_end"].to_numpy().astype("datetime64[M]").astype(np.int64)
    next_quarter = (months // 3 * 3 + 3).astype("datetime64[M]").astype("datetime64[D]")
    verified_on = rows["verified_on"].to_numpy().astype("datetime64[D]")
    timing = np.where(np.isnat(verified_on), 1, np.where(verified_on >= next_quarter, 2, 0))
    verified = (rows["verification"] == "verified").fillna(value=False).to_numpy(dtype=bool)
    return np.where(verified, timing, _NOT_VERIFIED).astype(np.int64)


def _count(rows: pd.DataFrame, basis: str) -> MrmCounts:
    by_victims = rows.loc[rows["by_victims"]]
    children = _once(by_victims, ["child"])
    units = _with_known_sex(_once(rows, ["violation", "by_victims", "child"]), children)
    return MrmCounts(basis=basis, violations=_violations(rows, units), children=_children(by_victims, children))


def _once(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """One row per coded child and key, the rows without a code as they stand."""
    coded = rows.loc[rows["coded"]]
    parts = {"victims": ("victims", "max"), "status": ("status", "min"), "timing": ("timing", "min")}
    for sex in ("girls", "boys"):
        parts |= {f"{sex}_most": (sex, "max"), f"{sex}_least": (sex, "min")}
    joined = coded.groupby(list(keys), sort=True).agg(**parts).reset_index()
    agreed = joined["girls_most"] + joined["boys_most"] <= joined["victims"]
    for sex in ("girls", "boys"):
        joined[sex] = joined[f"{sex}_most"].where(agreed, joined[f"{sex}_least"])
    joined["unknown"] = joined["victims"] - joined["girls"] - joined["boys"]
    columns = [*keys, *SEXES, "victims", "status", "timing", "coded"]
    alone = rows.loc[~rows["coded"], columns]
    return pd.concat([joined.assign(coded=True)[columns], alone], ignore_index=True)


def _with_known_sex(units: pd.DataFrame, children: pd.DataFrame) -> pd.DataFrame:
    """A code that stands for one child has that child's sex in each of its violations, whichever row tells it."""
    single = children.loc[children["coded"] & (children["victims"] == 1)].set_index("child")
    known = units["coded"] & units["by_victims"] & units["child"].isin(single.index)
    told = units.copy()
    for sex in SEXES:
        told[sex] = units[sex].where(~known, units["child"].map(single[sex]).fillna(0)).astype(np.int64)
    return told


def _violations(rows: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    told = [word for word in VIOLATIONS if (rows["violation"] == word).any()]
    # What the MRM figure counts: victims one by one, or incidents as they stand.
    measured = pd.concat([units.loc[units["by_victims"]], rows.loc[~rows["by_victims"]].assign(victims=1)])
    weight = measured["victims"]
    tallies = {"counted": weight, **_split(weight, measured["status"], STATUSES)}
    tallies |= _split(weight, measured["timing"], TIMINGS)
    verified = units["status"] == 0
    harmed = {sex: units[sex] for sex in SEXES} | {"victims": units["victims"]}
    harmed |= {f"verified_{sex}": units[sex].where(verified, 0) for sex in SEXES}
    silent = ~rows["numbered"] & ~rows["coded"]
    sums = [
        pd.DataFrame(columns).groupby(frame["violation"]).sum().reindex(told, fill_value=0)
        for frame, columns in (
            (measured, tallies),
            (units, harmed),
            (rows, {"incidents": pd.Series(1, index=rows.index), "without_number": silent}),
        )
    ]
    by_victims = np.isin(told, rows.loc[rows["by_victims"], "violation"].unique())
    table = pd.concat(sums, axis=1).astype(np.int64).rename_axis("violation").reset_index()
    table.insert(1, "counted_by", np.where(by_victims, "victims", "incidents").astype(object))
    return table


def _split(weight: pd.Series, rank: pd.Series, names: Sequence[str]) -> dict[str, pd.Series]:
    """The weights of each rank in a column of its own."""
    return {name: weight.where(rank == number, 0) for number, name in enumerate(names)}


def _children(rows: pd.DataFrame, children: pd.DataFrame) -> pd.DataFrame:
    coded = rows.loc[rows["coded"]]
    violations = coded.groupby("child")["violation"].nunique()
    several = children["coded"] & children["child"].isin(violations.index[violations > 1])
    alone = ~rows["coded"]
    return pd.DataFrame(
        {
            "children": [int(children["victims"].sum())],
            **{sex: [int(children[sex].sum())] for sex in SEXES},
            "several_violations": [int(children.loc[several, "victims"].sum())],
            "uncoded_rows": [int(alone.sum())],
            "uncoded_children": [int(rows.loc[alone, "victims"].sum())],
        }
    )
