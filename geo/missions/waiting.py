"""What the waiting is for: days that requests and children wait, by what each request is blocked by.

A request blocked by two things counts for both, so blockers do not add up to the total; what waits for one thing
*alone* is told beside it. What one more of each would free is another question: it asks for a new plan.
"""

import numpy as np
import pandas as pd

from geo.schema import BLOCKERS

UNBLOCKED = "none"  # nothing is recorded that it waits for; no word of geo.schema.BLOCKERS
_ORDER = {word: place for place, word in enumerate((*BLOCKERS, UNBLOCKED))}


def explain_waiting(waiting: pd.DataFrame, *, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return how much waiting each blocker explains, most request-days first, what waits for nothing last.

    Parameters
    ----------
    waiting
        Waiting requests as :func:`geo.missions.requests.assess_requests` gives them. Not changed.
    by
        Columns that divide the requests further, e.g. their province; rows then are sorted by these first.

    Returns
    -------
    pandas.DataFrame
        ``by``, ``blocker``, ``requests``, ``request_days`` (sum of their ages), ``child_days`` (children times age,
        as far as children are counted), ``uncounted`` (requests without a number of children, which add no
        child-days), and ``alone_requests``, ``alone_request_days``, ``alone_child_days`` of requests blocked by this
        only. A request alerted on the day itself adds 0 days.
    """
    children = waiting["children"].astype("Float64")
    words = waiting["blocked_by"].mask(waiting["blocked_by"] == "", UNBLOCKED).str.split(";")
    each = waiting[list(by)].assign(
        blocker=words,
        requests=1,
        request_days=waiting["age_days"],
        child_days=(children.fillna(0) * waiting["age_days"]).astype("int64"),
        uncounted=children.isna().astype("int64"),
    )
    alone = (words.map(len) == 1).astype("int64")
    counted = ("requests", "request_days", "child_days")
    each = each.assign(**{f"alone_{name}": each[name] * alone for name in counted}).explode("blocker")
    sums = [*counted, "uncounted", *(f"alone_{name}" for name in counted)]
    found = each.groupby([*by, "blocker"], as_index=False)[sums].sum()
    order = found.assign(
        last=found["blocker"] == UNBLOCKED, days=-found["request_days"], place=found["blocker"].map(_ORDER)
    ).sort_values([*by, "last", "days", "place"], kind="stable")
    return found.loc[order.index].reset_index(drop=True)


def total_waiting(assessed: pd.DataFrame, *, late_soon_days: int) -> pd.DataFrame:
    """Return one row about all requests of a day.

    Parameters
    ----------
    assessed
        All requests as :func:`geo.missions.requests.assess_requests` gives them, waiting or not. Not changed.
    late_soon_days
        So many days before the end of its quarter a request is late soon; exactly so many counts.

    Returns
    -------
    pandas.DataFrame
        Of waiting requests ``requests``, ``request_days``, ``child_days``, ``uncounted``, ``girls``, ``boys``,
        ``sex_unknown``, ``sex_unknown_share`` (of the children counted; missing where there are none), ``blocked``,
        ``several`` (blocked by more than one thing: each counts once per blocker and once here), ``late``,
        ``late_soon``, ``no_quarter`` (the day of the incident is not known). Of all requests, waiting or not,
        ``unreferred`` (the referral clock runs) and ``referral_overdue``.
    """
    waiting = assessed.loc[assessed["waiting"]]
    sexes = {name: int(waiting[name].fillna(0).sum()) for name in ("girls", "boys", "sex_unknown")}
    children = sum(sexes.values())
    words = waiting["blocked_by"].str.count(r"[^;]+")
    days = waiting["late_in_days"]
    soon = (days >= 0) & (days <= late_soon_days)
    return pd.DataFrame(
        {
            "requests": [len(waiting)],
            "request_days": [int(waiting["age_days"].sum())],
            "child_days": [int((waiting["children"].fillna(0) * waiting["age_days"]).sum())],
            "uncounted": [int(waiting["children"].isna().sum())],
            **{name: [number] for name, number in sexes.items()},
            "sex_unknown_share": [sexes["sex_unknown"] / children if children else np.nan],
            "blocked": [int((words > 0).sum())],
            "several": [int((words > 1).sum())],
            "late": [int(waiting["late"].fillna(value=False).sum())],
            "late_soon": [int(soon.fillna(value=False).sum())],
            "no_quarter": [int(waiting["quarter_ends_on"].isna().sum())],
            "unreferred": [int(assessed["referral_in_days"].notna().sum())],
            "referral_overdue": [int(assessed["referral_overdue"].sum())],
        }
    )
