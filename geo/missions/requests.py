"""Requests to verify as of a day: which wait, their three clocks, and what makes one go before another.

The clocks are independent of each other. *Age* runs from the alert. The *quarter* clock runs to the end of the quarter
of the incident, after which a verification counts as late. The *referral* clock runs from the alert until the children
are referred to services; it never waits for verification (MISSION, S6), so nothing here feeds the one from the other.
"""

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.settings.missions import RequestSettings

BoolArray = npt.NDArray[np.bool_]
_WAITS = ("open", "planned")
_REFERRAL_ENDS = ("referred", "declined", "not_needed")
_OTHER = "other"  # limit of the referral of violations that have none of their own
_ONE_DAY = pd.Timedelta(days=1)
_POINTS_DAYS = 30.0  # settings.points_per_30_days
_AS_RECORDED = (
    *("request_id", "site_id", "violation", "girls", "boys", "sex_unknown", "alerted_on", "incident_on"),
    *("presented_as_wives", "detained", "movement_risk", "languages", "actor_id", "service_min", "organisation"),
)


def assess_requests(
    requests: pd.DataFrame, visits: pd.DataFrame, sites: pd.DataFrame, *, as_of: dt.date, settings: RequestSettings
) -> pd.DataFrame:
    """Return all requests alerted on or before a day, oldest first, with their clocks and priority on that day.

    A request waits from its alert until the day somebody got there or it was verified, and on that day no more. A
    reached or closed one without such a day counts as gone on every day. Tables hold what is recorded now: other
    fields, blockers among them, may have been different on an earlier day.

    Parameters
    ----------
    requests, visits, sites
        Tables under their contracts. Not changed. Visits after the day only tell that a request still waited on it;
        a request whose site is not recorded has no name and no position, and stays.
    settings
        Points, and days within which children are referred.

    Returns
    -------
    pandas.DataFrame
        What is recorded, and ``site``, ``p_code``, ``longitude``, ``latitude``; ``children`` (girls, boys and
        unknown as far as given; missing where none is); ``blocked_by`` (separated by ;, "" = nothing is recorded);
        ``status`` (as it was on the day, as far as dates tell), ``waiting``, ``left_on``, ``verified_on``;
        ``age_days``; the columns of :func:`quarter_clock`, :func:`referral_clock` and :func:`priority`; and
        ``visits``, ``last_visit_on``, ``last_outcome``, ``last_reason`` up to the day. Sorted by age, then points,
        both from the greatest, then id.
    """
    day = pd.Timestamp(as_of)
    known = requests.loc[(requests["alerted_on"] <= day).to_numpy(dtype=bool)].reset_index(drop=True)
    table = known[list(_AS_RECORDED)].assign(
        **_places(known["site_id"], sites),
        children=known[["girls", "boys", "sex_unknown"]].sum(axis=1, min_count=1).astype("Int64"),
        blocked_by=known["blocked_by"].fillna("").astype("string"),
        **_standing(known, visits, day),
        age_days=(day - known["alerted_on"]).dt.days.astype("int64"),
        **_last_visits(known["request_id"], visits, day),
    )
    closed = ~table["waiting"] & (known["status"] == "closed").fillna(value=False)
    clocks = [
        quarter_clock(known["incident_on"], table["verified_on"], as_of=as_of, stopped=closed.to_numpy(dtype=bool)),
        referral_clock(known, as_of=as_of, settings=settings),
    ]
    table = pd.concat([table, *clocks], axis=1)
    table = pd.concat([table, priority(table, settings=settings)], axis=1)
    return table.sort_values(["age_days", "points", "request_id"], ascending=[False, False, True], ignore_index=True)


def quarter_clock(
    incident_on: pd.Series, verified_on: pd.Series, *, as_of: dt.date, stopped: BoolArray | None = None
) -> pd.DataFrame:
    """Return the clock that runs to the end of the quarter of each incident.

    Parameters
    ----------
    verified_on
        Day of verification; one after ``as_of`` counts as none yet.
    stopped
        Requests whose clock has stopped without a verification.

    Returns
    -------
    pandas.DataFrame
        ``quarter_ends_on`` (its last day), ``late_in_days`` (whole days left: 0 on the last day, below 0 after it;
        missing once verified), ``late`` (verified, or still not verified, after the last day). All are missing where
        the day of the incident is not known: a quarter is never guessed.
    """
    day = pd.Timestamp(as_of)
    ends = incident_on.dt.to_period("Q").dt.end_time.dt.normalize().astype("datetime64[s]")
    verified = verified_on.where(verified_on <= day)
    halted = verified.isna().to_numpy(dtype=bool) & (False if stopped is None else stopped)
    left_days = (ends - day).dt.days.astype("Int64")
    late = (verified.fillna(day) > ends).astype("boolean").mask(ends.isna().to_numpy(dtype=bool) | halted)
    running = verified.isna().to_numpy(dtype=bool) & ~halted
    return pd.DataFrame({"quarter_ends_on": ends, "late_in_days": left_days.where(running), "late": late})


def urgency(clock: pd.DataFrame, *, late_soon_days: int) -> pd.Series:
    """Return in one word how near the end of its quarter each request is, for a sign on a map.

    Parameters
    ----------
    clock
        As :func:`quarter_clock` gives it.
    late_soon_days
        So many days before the end a request is late soon; exactly so many counts.

    Returns
    -------
    pandas.Series
        ``late``, ``late_soon``, ``in_time``, or ``undated`` where the day of the incident is not known.
    """
    dated = clock["quarter_ends_on"].notna()
    late = clock["late"].fillna(value=False).astype(bool)
    soon = (clock["late_in_days"] <= late_soon_days).fillna(value=False).astype(bool)
    words = np.select([~dated, late, soon], ["undated", "late", "late_soon"], "in_time")
    return pd.Series(words, index=clock.index, dtype="string")


def referral_clock(requests: pd.DataFrame, *, as_of: dt.date, settings: RequestSettings) -> pd.DataFrame:
    """Return the clock within which the children of each request are referred to services.

    It runs from the alert, for every request, whatever its status, blockers or verification, until they are
    referred, decline, or need none. Nothing recorded means that it runs. ``referred_on`` after the day counts as not
    yet, and where the record says that referral is needed, an earlier one does not stop it.

    Returns
    -------
    pandas.DataFrame
        ``referral`` (where it stood on the day; missing = nothing is recorded), ``referral_due_on`` (the last whole
        day within the limit), ``referral_in_days`` (days left, below 0 = past the limit; missing once it stopped),
        ``referral_overdue`` (exactly at the limit is not overdue).
    """
    day = pd.Timestamp(as_of)
    word, referred_on = requests["referral"].astype("string"), requests["referred_on"]
    word = word.mask(word.isna() & referred_on.notna(), "referred")
    word = word.mask((word == "referred") & (referred_on > day), "needed")
    limits = settings.referral_days
    limit_days = requests["violation"].astype(object).map(lambda name: limits.get(name, limits[_OTHER])).astype(float)
    age_days = (day - requests["alerted_on"]).dt.days
    running = ~word.isin(_REFERRAL_ENDS).to_numpy(dtype=bool)
    left_days = (limit_days - age_days).where(running)
    due = requests["alerted_on"] + np.floor(limit_days) * _ONE_DAY
    return pd.DataFrame(
        {
            "referral": word,
            "referral_due_on": due.astype("datetime64[s]"),
            "referral_in_days": left_days,
            "referral_overdue": left_days < 0,
        }
    )


def priority(assessed: pd.DataFrame, *, settings: RequestSettings) -> pd.DataFrame:
    """Return points by which a request goes before another, and the reasons in words.

    Children whose sex is not known are named among the reasons and give no points: girls may be among them
    (MISSION, S16). So is a day of the incident that is not known. Referral gives none either: services do not wait for
    a visit.

    Returns
    -------
    pandas.DataFrame
        ``points`` and ``why`` (reasons separated by "; ", with their points).
    """
    rows = [_reasons(row, settings) for row in assessed.to_dict("records")]
    return pd.DataFrame(
        {
            "points": pd.Series([sum(points for points, _ in row) for row in rows], dtype="float64"),
            "why": pd.Series(["; ".join(_spoken(*one) for one in row) for row in rows], dtype="string"),
        }
    ).set_axis(assessed.index, axis=0)


def _reasons(row: dict[Any, Any], settings: RequestSettings) -> list[tuple[float, str]]:
    """Points and words of each reason that holds."""

    def number(name: str) -> int:
        return 0 if pd.isna(row[name]) else int(row[name])

    def told(name: str) -> bool:
        return row[name] is True

    age_days, girls, unknown = number("age_days"), number("girls"), number("sex_unknown")
    risk = "" if pd.isna(row["movement_risk"]) else str(row["movement_risk"])
    aged = min(settings.points_per_30_days * age_days / _POINTS_DAYS, settings.most_age_points)
    reasons = [
        (aged, f"alerted {_days(age_days)} ago", aged > 0),
        (settings.girls_points, "1 girl" if girls == 1 else f"{girls} girls", girls > 0),
        (settings.wives_points, "girls presented as wives of fighters", told("presented_as_wives")),
        (settings.detained_points, "children held in detention", told("detained")),
        (settings.movement_points.get(risk, 0.0), f"{risk} risk that the children are moved", bool(risk)),
        (0.0, f"sex of {unknown} {'child' if unknown == 1 else 'children'} not known", unknown > 0),
        (0.0, "day of the incident not known, so its quarter neither", pd.isna(row["incident_on"])),
    ]
    if not pd.isna(row["late_in_days"]):
        left_days = number("late_in_days")
        reasons.append((settings.late_soon_points, _quarter_words(left_days), left_days <= settings.late_soon_days))
    return [(points, words) for points, words, holds in reasons if holds]


def _quarter_words(left_days: int) -> str:
    if left_days < 0:
        return f"the quarter of the incident ended {_days(-left_days)} ago"
    return f"late in {_days(left_days)}" if left_days else "the quarter of the incident ends today"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _spoken(points: float, words: str) -> str:
    return f"{words} (+{round(points, 1):g})" if points else words


def _places(site_id: pd.Series, sites: pd.DataFrame) -> dict[str, pd.Series]:
    """Name, p-code and position of each site; missing where it is not recorded."""
    known = sites.drop_duplicates("site_id").set_index("site_id")
    return {
        "site": _looked_up(known["name"], site_id),
        **{name: _looked_up(known[name], site_id) for name in ("p_code", "longitude", "latitude")},
    }


def _looked_up(values: pd.Series, ids: pd.Series) -> pd.Series:
    """Value of each id, missing where there is none; ``map`` would lose the type where there are no values at all."""
    return pd.Series(values.reindex(pd.Index(ids, dtype=object)).array, index=ids.index)


def _standing(requests: pd.DataFrame, visits: pd.DataFrame, day: pd.Timestamp) -> dict[str, pd.Series]:
    """Where each request stood on the day, as far as days of visits and verification tell."""
    verified_on = _earliest(
        requests["verified_on"], _first_visit(requests["request_id"], visits, visits["outcome"] == "verified")
    )
    got_there = _first_visit(requests["request_id"], visits, visits["outcome"] != "not_reached")
    held = requests["status"].isin(_WAITS)
    # Somebody who was there and found nothing may have been sent back: then its record says open.
    left_on = verified_on.where(held, _earliest(verified_on, got_there))
    waiting = (left_on > day) | (left_on.isna() & held)
    status = requests["status"].mask(waiting & ~held, "open").mask(~waiting & held, "reached")
    return {
        "status": status.astype("string"),
        "waiting": waiting.astype(bool),
        "left_on": left_on.where(left_on <= day),
        "verified_on": verified_on.where(verified_on <= day),
    }


def _first_visit(request_id: pd.Series, visits: pd.DataFrame, counts: pd.Series) -> pd.Series:
    days = visits.loc[counts.fillna(value=False).to_numpy(dtype=bool)].groupby("request_id")["visited_on"].min()
    return _looked_up(days, request_id)


def _earliest(one: pd.Series, other: pd.Series) -> pd.Series:
    return one.where(one.notna() & ~(other < one), other)


def _last_visits(request_id: pd.Series, visits: pd.DataFrame, day: pd.Timestamp) -> dict[str, pd.Series]:
    """How often a team set out for each request up to the day, and what came of the last time."""
    past = visits.loc[(visits["visited_on"] <= day).to_numpy(dtype=bool)]
    last = past.sort_values(["visited_on", "visit_id"]).drop_duplicates("request_id", keep="last")
    last = last.set_index("request_id")
    number = _looked_up(past.groupby("request_id").size(), request_id).fillna(0)
    return {
        "visits": number.astype("int64"),
        "last_visit_on": _looked_up(last["visited_on"], request_id),
        "last_outcome": _looked_up(last["outcome"], request_id),
        "last_reason": _looked_up(last["not_verified_because"], request_id),
    }
