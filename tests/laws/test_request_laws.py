"""Laws of the queue on random requests and visits: clocks move one day a day, the referral clock hears nothing of
blockers, status or verification, priority of what waits never falls, and what blockers explain holds together."""

import datetime as dt
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from geo.missions.requests import assess_requests
from geo.missions.waiting import explain_waiting, total_waiting
from geo.schema import BLOCKERS, REFERRAL_STATUSES, REQUEST_STATUSES, SITES, VIOLATIONS, VISIT_OUTCOMES
from geo.settings import Settings
from tests.toy_readings import reading_of

DAYS = st.dates(dt.date(2023, 1, 1), dt.date(2024, 12, 31))
MAYBE_DAY = st.none() | DAYS
COUNT = st.none() | st.integers(0, 5)
ROW = st.fixed_dictionaries(
    {
        "alerted_on": DAYS,
        "incident_on": MAYBE_DAY,
        "verified_on": MAYBE_DAY,
        "referred_on": MAYBE_DAY,
        "status": st.sampled_from(REQUEST_STATUSES),
        "violation": st.none() | st.sampled_from(VIOLATIONS),
        "referral": st.none() | st.sampled_from(REFERRAL_STATUSES),
        "girls": COUNT,
        "boys": COUNT,
        "sex_unknown": COUNT,
        "blocked_by": st.none() | st.lists(st.sampled_from(BLOCKERS), min_size=1, max_size=3).map(";".join),
        "detained": st.sampled_from([None, "yes", "no"]),
    }
)
VISIT = st.fixed_dictionaries(
    {"request": st.integers(0, 5), "visited_on": DAYS, "outcome": st.sampled_from(VISIT_OUTCOMES)}
)
ROWS, VISITS = st.lists(ROW, max_size=6), st.lists(VISIT, max_size=6)
REFERRAL = ["referral_due_on", "referral_in_days", "referral_overdue"]


def assessed(
    rows: list[dict[str, Any]], visits: list[dict[str, Any]], as_of: dt.date, settings: Settings
) -> pd.DataFrame:
    """The queue of a day by id."""

    def texts(row: dict[str, Any]) -> dict[str, Any]:
        return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in row.items()}

    named = [{"request_id": f"r{n}", "site_id": "s", **texts(row)} for n, row in enumerate(rows)]
    seen = [
        {"visit_id": f"v{n}", "site_id": "s", "request_id": f"r{row['request']}", **texts(row)}
        for n, row in enumerate(visits)
    ]
    tables = [reading_of(name, some).frame for name, some in (("requests", named), ("visits", seen))]
    return assess_requests(*tables, SITES.empty(), as_of=as_of, settings=settings.requests).set_index("request_id")


@examples(max_examples=25)
@given(ROWS, VISITS, DAYS)
def test_clocks_shift_by_one_a_day(
    settings: Settings, rows: list[dict[str, Any]], visits: list[dict[str, Any]], day: dt.date
) -> None:
    today, then = (assessed(rows, visits, day + dt.timedelta(days=n), settings) for n in (0, 1))
    assert set(today.index) <= set(then.index)
    both = then.loc[today.index]
    assert (both["age_days"] == today["age_days"] + 1).all()
    for clock in ("late_in_days", "referral_in_days"):
        runs = both[clock].notna()
        assert (today.loc[runs, clock] == both.loc[runs, clock] + 1).all()
    assert not (both["waiting"] & ~today["waiting"]).any(), "nothing comes back to the queue by itself"
    waits = both["waiting"]
    assert (both.loc[waits, "points"] >= today.loc[waits, "points"]).all()
    fresh = then.loc[then.index.difference(today.index)]
    assert (fresh["age_days"] == 0).all()


@examples(max_examples=25)
@given(ROWS, VISITS, DAYS, ROW)
def test_the_referral_clock_hears_of_nothing_but_the_referral(
    settings: Settings, rows: list[dict[str, Any]], visits: list[dict[str, Any]], day: dt.date, other: dict[str, Any]
) -> None:
    heard = {name: value for name, value in other.items() if name not in ("alerted_on", "violation")}
    heard = {name: value for name, value in heard.items() if not name.startswith("refer")}
    changed = [row | heard for row in rows]
    before, after = assessed(rows, visits, day, settings), assessed(changed, [], day, settings)
    pd.testing.assert_frame_equal(before[REFERRAL].sort_index(), after[REFERRAL].sort_index())


@examples(max_examples=25)
@given(ROWS, VISITS, DAYS)
def test_no_quarter_without_a_day_and_late_only_after_its_last(
    settings: Settings, rows: list[dict[str, Any]], visits: list[dict[str, Any]], day: dt.date
) -> None:
    found = assessed(rows, visits, day, settings)
    for _, row in found.iterrows():
        if pd.isna(row["incident_on"]):
            assert all(pd.isna(row[name]) for name in ("quarter_ends_on", "late_in_days", "late"))
            continue
        end = row["quarter_ends_on"]
        assert (end + pd.Timedelta(days=1)).is_quarter_start
        assert row["incident_on"] <= end < row["incident_on"] + pd.Timedelta(days=92)
        if not pd.isna(row["late_in_days"]):
            assert row["late"] == (row["late_in_days"] < 0)


@examples(max_examples=25)
@given(ROWS, VISITS, DAYS)
def test_what_blockers_explain_holds_together(
    settings: Settings, rows: list[dict[str, Any]], visits: list[dict[str, Any]], day: dt.date
) -> None:
    found = assessed(rows, visits, day, settings)
    total = total_waiting(found, late_soon_days=settings.requests.late_soon_days).iloc[0]
    explained = explain_waiting(found.loc[found["waiting"]])
    for name in ("requests", "request_days", "child_days"):
        assert explained[f"alone_{name}"].sum() <= total[name] <= explained[name].sum()
        assert (explained[f"alone_{name}"] <= explained[name]).all()
        assert (explained[name] <= total[name]).all()
    assert total["blocked"] - total["several"] + (total["requests"] - total["blocked"]) == (
        explained["alone_requests"].sum()
    )
    if total["several"] == 0:
        assert explained["requests"].sum() == total["requests"]
    assert total["girls"] + total["boys"] + total["sex_unknown"] == found.loc[found["waiting"], "children"].sum()
