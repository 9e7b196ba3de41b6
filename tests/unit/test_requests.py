"""Silent risks here: a request closed later that is missing from an earlier day; a quarter guessed where no day of the
incident is known; the last day of a quarter taken for late; a referral clock that stops because a visit is blocked or
done; a child of unknown sex left out; blockers that seem to add up to the total."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from geo.missions.requests import assess_requests, quarter_clock, urgency
from geo.missions.waiting import UNBLOCKED, explain_waiting, total_waiting
from geo.schema import TABLES
from geo.settings import Settings
from tests.toy_readings import reading_of

DAY = dt.date(2024, 3, 31)
SITES = [{"site_id": "s-1", "name": "Maloum", "p_code": "XT01", "kind": "village", "longitude": 1.5, "latitude": 0.5}]


def request(request_id: str = "r-1", **values: Any) -> dict[str, Any]:
    """One open request at the site, alerted on 1 March 2024."""
    return {"request_id": request_id, "site_id": "s-1", "alerted_on": "2024-03-01", "status": "open", **values}


def visit(day: str, outcome: str = "verified", request_id: str = "r-1", **values: Any) -> dict[str, Any]:
    return {
        "visit_id": f"v-{day}", "request_id": request_id, "site_id": "s-1", "visited_on": day, "outcome": outcome, **values,
    }  # fmt: skip


def table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return reading_of(name, rows).frame.reset_index(drop=True) if rows else TABLES[name].empty()


@pytest.fixture
def assess(settings: Settings) -> Any:
    """Requests and visits as of a day."""

    def assessed(
        *requests: dict[str, Any], visits: tuple[dict[str, Any], ...] = (), as_of: dt.date = DAY
    ) -> pd.DataFrame:
        frames = [table("requests", list(requests)), table("visits", list(visits)), table("sites", SITES)]
        before = [frame.copy() for frame in frames]
        found = assess_requests(*frames, as_of=as_of, settings=settings.requests)
        for frame, copy in zip(frames, before, strict=True):
            pd.testing.assert_frame_equal(frame, copy)
        return found

    return assessed


def one(frame: pd.DataFrame) -> dict[str, Any]:
    assert len(frame) == 1
    return {str(name): (None if pd.isna(value) else value) for name, value in frame.iloc[0].items()}


@pytest.mark.parametrize(("day", "counts"), [("2024-02-29", 0), ("2024-03-01", 1), ("2024-03-02", 1)])
def test_a_request_counts_from_the_day_of_its_alert(assess: Any, day: str, counts: int) -> None:
    found = assess(request(), as_of=dt.date.fromisoformat(day))
    assert len(found) == counts
    assert found["age_days"].tolist() == [0 if day.endswith("01") else 1][:counts]


@pytest.mark.parametrize(
    ("incident_on", "ends_on", "as_of", "late_in_days", "late"),
    [
        ("2024-03-31", "2024-03-31", "2024-03-31", 0, False),
        ("2024-03-31", "2024-03-31", "2024-04-01", -1, True),
        ("2024-04-01", "2024-06-30", "2024-04-01", 90, False),
        ("2024-02-29", "2024-03-31", "2024-03-01", 30, False),
        ("2023-02-28", "2023-03-31", "2024-03-01", -336, True),
        ("2023-12-31", "2023-12-31", "2024-03-01", -61, True),
        ("2024-01-01", "2024-03-31", "2024-03-31", 0, False),
        (None, None, "2024-03-31", None, None),
    ],
)
def test_the_quarter_is_that_of_the_incident_and_its_last_day_is_not_late(
    assess: Any,
    incident_on: str | None,
    ends_on: str | None,
    as_of: str,
    *,
    late_in_days: int | None,
    late: bool | None,
) -> None:
    found = one(assess(request(incident_on=incident_on), as_of=dt.date.fromisoformat(as_of)))
    assert found["quarter_ends_on"] == (None if ends_on is None else pd.Timestamp(ends_on))
    assert (found["late_in_days"], found["late"]) == (late_in_days, late)


def test_verified_on_the_last_day_of_the_quarter_is_not_late_ever_after(assess: Any) -> None:
    for verified_on, late in (("2024-03-31", False), ("2024-04-01", True)):
        row = request(incident_on="2024-02-10", status="closed", verified_on=verified_on)
        found = one(assess(row, as_of=dt.date(2025, 1, 1)))
        assert (found["late"], found["late_in_days"], found["waiting"]) == (late, None, False)


def test_a_request_closed_later_is_still_open_on_an_earlier_day(assess: Any) -> None:
    closed = request(status="closed", verified_on="2024-03-20")
    for day, waiting, status in ((19, True, "open"), (20, False, "closed"), (21, False, "closed")):
        found = one(assess(closed, as_of=dt.date(2024, 3, day)))
        assert (found["waiting"], found["status"]) == (waiting, status)
        assert found["verified_on"] == (None if waiting else pd.Timestamp("2024-03-20"))


def test_a_visit_tells_when_a_request_left_the_queue(assess: Any) -> None:
    reached = request(status="reached")
    there = (visit("2024-03-05", "not_reached", not_verified_because="road"), visit("2024-03-10", "pending"))
    for day, waiting in ((5, True), (9, True), (10, False)):
        assert one(assess(reached, visits=there, as_of=dt.date(2024, 3, day)))["waiting"] == waiting
    found = one(assess(reached, visits=there, as_of=dt.date(2024, 3, 9)))
    assert (found["visits"], found["last_outcome"], found["last_reason"]) == (1, "not_reached", "road")


def test_a_visit_without_a_verification_leaves_an_open_request_in_the_queue(assess: Any) -> None:
    found = assess(request(), visits=(visit("2024-03-10", "pending"), visit("2024-03-12", "not_verified")))
    assert one(found)["waiting"]
    found = one(assess(request(), visits=(visit("2024-03-10"),)))
    assert (found["waiting"], found["status"], found["left_on"]) == (False, "reached", pd.Timestamp("2024-03-10"))


def test_closed_without_any_day_is_gone_on_every_day_and_its_late_clock_stands(assess: Any) -> None:
    found = one(assess(request(status="closed", incident_on="2024-01-10"), as_of=dt.date(2024, 3, 1)))
    assert (found["waiting"], found["late"], found["late_in_days"]) == (False, None, None)


@pytest.mark.parametrize(
    ("violation", "as_of", "left_days", "overdue"),
    [
        ("sexual_violence", "2024-03-04", 0, False),
        ("sexual_violence", "2024-03-05", -1, True),
        ("abduction", "2024-03-08", 0, False),
        ("killing", "2024-03-15", 0, False),
        (None, "2024-03-16", -1, True),
    ],
)
def test_the_referral_clock_runs_from_the_alert(
    assess: Any, violation: str | None, as_of: str, *, left_days: int, overdue: bool
) -> None:
    found = one(assess(request(violation=violation), as_of=dt.date.fromisoformat(as_of)))
    assert (found["referral_in_days"], found["referral_overdue"]) == (left_days, overdue)


@pytest.mark.parametrize(
    ("values", "runs", "word"),
    [
        ({}, True, None),
        ({"referral": "needed"}, True, "needed"),
        ({"referral": "needed", "referred_on": "2024-03-02"}, True, "needed"),
        ({"referral": "referred"}, False, "referred"),
        ({"referral": "referred", "referred_on": "2024-03-31"}, False, "referred"),
        ({"referral": "referred", "referred_on": "2024-04-01"}, True, "needed"),
        ({"referred_on": "2024-03-02"}, False, "referred"),
        ({"referral": "declined"}, False, "declined"),
        ({"referral": "not_needed"}, False, "not_needed"),
    ],
)
def test_only_the_referral_itself_stops_its_clock(
    assess: Any, values: dict[str, str], *, runs: bool, word: str | None
) -> None:
    for status in ("open", "closed"):
        found = one(assess(request(status=status, **values)))
        assert (found["referral_in_days"] is not None, found["referral"]) == (runs, word)


def test_reasons_say_what_gives_points_and_never_hide_unknown_sex(assess: Any) -> None:
    found = one(
        assess(
            request(
                girls=1, sex_unknown=2, presented_as_wives="yes", detained="no", movement_risk="high",
                incident_on="2024-01-05", referral="needed",
            )
        )
    )  # fmt: skip
    assert found["why"] == (
        "alerted 30 days ago (+1); 1 girl (+2); girls presented as wives of fighters (+3); "
        "high risk that the children are moved (+3); sex of 2 children not known; "
        "the quarter of the incident ends today (+2)"
    )
    assert found["points"] == 11
    assert found["children"] == 3
    assert one(assess(request(), as_of=dt.date(2024, 3, 1)))["why"] == (
        "day of the incident not known, so its quarter neither"
    )
    assert one(assess(request()))["children"] is None


def test_age_gives_points_up_to_a_limit_and_a_quarter_far_off_none(assess: Any, settings: Settings) -> None:
    old = one(assess(request(alerted_on="2020-01-01", incident_on="2024-05-01")))
    assert (old["points"], old["late_in_days"]) == (settings.requests.most_age_points, 91)
    assert one(assess(request(incident_on="2024-05-31"), as_of=dt.date(2024, 5, 31)))["points"] == pytest.approx(
        91 / 30 + 2
    )


def test_oldest_first_then_points_then_id(assess: Any) -> None:
    rows = [
        request("r-3"), request("r-2", girls=1), request("r-1"), request("r-0", alerted_on="2024-03-02"),
        request("r-9", alerted_on="2024-02-01", status="closed"),
    ]  # fmt: skip
    order = ["r-9", "r-2", "r-1", "r-3", "r-0"]
    assert assess(*rows)["request_id"].tolist() == order
    assert assess(*reversed(rows))["request_id"].tolist() == order


def test_a_request_of_an_unknown_site_stays(assess: Any) -> None:
    found = one(assess(request(site_id="s-gone")))
    assert (found["site"], found["longitude"], found["waiting"]) == (None, None, True)
    known = one(assess(request()))
    assert (known["site"], known["p_code"], known["longitude"]) == ("Maloum", "XT01", 1.5)


def test_no_requests_at_all(assess: Any) -> None:
    found = assess()
    assert found.empty
    assert explain_waiting(found).empty
    assert total_waiting(found, late_soon_days=30)["requests"].tolist() == [0]


WAITING = (
    request("r-1", girls=2, sex_unknown=1, blocked_by="escort;road"),
    request("r-2", boys=1, blocked_by="escort", alerted_on="2024-03-21"),
    request("r-3", blocked_by="flight", alerted_on="2024-03-31", girls=1),
    request("r-4", alerted_on="2024-03-11"),
    request("r-5", blocked_by="escort", status="closed"),
)


def test_waiting_is_explained_by_each_blocker_and_by_it_alone(assess: Any) -> None:
    assessed = assess(*WAITING)
    found = explain_waiting(assessed.loc[assessed["waiting"]]).set_index("blocker")
    assert found.index.tolist() == ["escort", "road", "flight", UNBLOCKED]
    assert found["requests"].to_dict() == {"escort": 2, "road": 1, "flight": 1, UNBLOCKED: 1}
    assert found["request_days"].to_dict() == {"escort": 40, "road": 30, "flight": 0, UNBLOCKED: 20}
    assert found["child_days"].to_dict() == {"escort": 100, "road": 90, "flight": 0, UNBLOCKED: 0}
    assert found["uncounted"].to_dict() == {"escort": 0, "road": 0, "flight": 0, UNBLOCKED: 1}
    assert found["alone_requests"].to_dict() == {"escort": 1, "road": 0, "flight": 1, UNBLOCKED: 1}
    assert found["alone_request_days"].to_dict() == {"escort": 10, "road": 0, "flight": 0, UNBLOCKED: 20}
    total = total_waiting(assessed, late_soon_days=30).iloc[0]
    assert (total["requests"], total["request_days"], total["child_days"]) == (4, 60, 100)
    assert (total["blocked"], total["several"], total["uncounted"]) == (3, 1, 1)
    assert (total["girls"], total["boys"], total["sex_unknown"], total["sex_unknown_share"]) == (3, 1, 1, 0.2)
    assert (total["no_quarter"], total["unreferred"], total["referral_overdue"]) == (4, 5, 3)


def test_waiting_is_divided_further_on_request(assess: Any) -> None:
    assessed = assess(*WAITING)
    divided = explain_waiting(assessed.assign(province=["B", "B", "A", "A", "A"]).query("waiting"), by=("province",))
    assert divided["province"].tolist() == sorted(divided["province"])
    whole = explain_waiting(assessed.query("waiting")).set_index("blocker")
    again = divided.groupby("blocker").sum(numeric_only=True).reindex(whole.index)
    pd.testing.assert_frame_equal(again, whole)


def urgency_of(incident_on: str | None, *, late_soon_days: int, as_of: dt.date = DAY) -> str:
    days = pd.Series([incident_on], dtype="datetime64[s]")
    clock = quarter_clock(days, pd.Series([pd.NaT], dtype="datetime64[s]"), as_of=as_of)
    return str(urgency(clock, late_soon_days=late_soon_days).iloc[0])


@pytest.mark.parametrize(
    ("incident_on", "word"),
    [("2024-03-20", "late_soon"), ("2023-12-31", "late"), (None, "undated"), ("2024-04-20", "in_time")],
)
def test_urgency_says_how_near_the_end_of_the_quarter_is(incident_on: str | None, word: str) -> None:
    assert urgency_of(incident_on, late_soon_days=30) == word


def test_exactly_so_many_days_before_the_end_is_late_soon() -> None:
    day = dt.date(2024, 3, 1)  # 30 days before the end
    assert urgency_of("2024-02-01", late_soon_days=30, as_of=day) == "late_soon"
    assert urgency_of("2024-02-01", late_soon_days=29, as_of=day) == "in_time"
