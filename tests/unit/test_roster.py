"""Silent risks here: a post sent out on a day it is absent, booked or due for rest; an absence nobody can read taken for
none; a post of an unknown organisation counted as UN; one based a day away expected in the morning."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from geo.missions.needs import asks_of, combine_asks
from geo.missions.plans import Post, Vehicle
from geo.missions.roster import Roster, find_available, find_standing, read_roster, reasons_away, spoken_days
from geo.missions.teams import check_team
from geo.schema import FLEET, STAFF, TABLES
from geo.settings import Settings, TeamSettings
from tests.toy_readings import reading_of
from tests.toy_team import CAR, TUESDAY, UN_WOMAN, need

PARTNERS = [
    {"partner_id": "mission", "name": "Mission", "organisation_type": "mission", "base_id": "here"},
    {"partner_id": "left", "name": "Left", "organisation_type": "ingo", "base_id": "here", "valid_to": "2026-10-05"},
]


@pytest.fixture
def rules(settings: Settings) -> TeamSettings:
    return settings.teams


def table(name: str, *rows: dict[str, Any]) -> pd.DataFrame:
    return reading_of(name, rows).frame if rows else TABLES[name].empty()


def roster(*missions: dict[str, Any], fleet: tuple[dict[str, Any], ...] = (), **values: Any) -> Roster:
    """One post of the mission, and vehicles."""
    row = {"staff_id": "p", "partner_id": "mission", "role": "interviewer", "woman": "yes", **values}
    return read_roster(
        table("staff", row), table("fleet", *fleet), table("partners", *PARTNERS), table("missions", *missions)
    )


def mission(first: str, last: str, **values: Any) -> dict[str, Any]:
    usual = {"mission_id": "m", "status": "signed", "mode": "escorted", "base_id": "here", "request_ids": "c"}
    return {**usual, "departs_on": first, "returns_on": last, "staff_ids": "p", **values}


def away(held: Roster, days: list[dt.date], rules: TeamSettings, minutes: dict[str, float] | None = None) -> str:
    return "; ".join(reasons_away(find_available(held, days, settings=rules, minutes=minutes)).values())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-12-05/2026-12-01", "ends before it begins"),
        ("2026-12-01 to 2026-12-05", "is no day and no range of days"),
        ("next week", "'next week' is no day"),
        ("2026-02-30", "is no day"),
        ("20261201", "is no day"),
        ("2026-12-01;/2026-12-05", "is no day"),
    ],
)
@pytest.mark.parametrize("contract", [STAFF, FLEET])
def test_an_absence_nobody_can_read_rejects_the_row(contract: Any, text: str, reason: str) -> None:
    row = {"staff_id": "p", "vehicle_id": "v", "partner_id": "x", "role": "medic", "woman": "no", "vehicle": "4x4",
           "seats": 4, "absent": text}  # fmt: skip
    raw = pd.DataFrame([row, {**row, "staff_id": "q", "vehicle_id": "w", "absent": "2026-12-01"}], index=[2, 3])
    checked = contract.check(raw)
    assert list(checked.frame.index) == [3]
    assert checked.rejects[["line", "column"]].to_numpy().tolist() == [[2, "absent"]]
    assert reason in checked.rejects.loc[0, "reason"]


def test_values_come_from_the_record_and_its_organisation(rules: TeamSettings) -> None:
    held = roster(languages="French; Nareva", conflicts="XPI05;fpn", fleet=(
        {"vehicle_id": "v", "partner_id": "mission", "vehicle": "4x4", "seats": 4, "base_id": "there"},
    ))  # fmt: skip
    found = find_available(held, [TUESDAY], settings=rules)
    assert found.posts == (
        Post(staff_id="p", partner_id="mission", organisation_type="mission", base_id="here", role="interviewer",
             woman=True, interviewer=False, trauma_informed=False, languages=frozenset({"french", "nareva"}),
             conflicts=frozenset({"XPI05", "fpn"})),
    )  # fmt: skip
    assert found.vehicles == (Vehicle(vehicle_id="v", partner_id="mission", base_id="there", kind="4x4", seats=4),)


def test_an_organisation_not_on_record_is_not_of_the_united_nations(rules: TeamSettings) -> None:
    (one,) = find_available(roster(partner_id="ghost"), [TUESDAY], settings=rules).posts
    assert not one.un_staff
    assert one.base_id == ""


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"valid_from": "2026-10-07"}, "not before 7 October 2026"),
        ({"valid_to": "2026-10-05"}, "only until 5 October 2026"),
        ({"valid_from": "2026-10-06", "valid_to": "2026-10-06"}, ""),
        ({"partner_id": "left"}, "only until 5 October 2026"),
        ({"weekdays": "mon;wed"}, "does not work on Tuesday"),
        ({"weekdays": "tue"}, ""),
        ({"absent": "2026-09-30/2026-10-06"}, "absent from 30 September to 6 October 2026"),
        ({"absent": "2026-10-05;2026-10-07"}, ""),
        ({"absent": "2026-10-06"}, "absent on 6 October 2026"),
        ({"absent": "2026-10-06", "weekdays": "mon"}, "does not work on Tuesday, absent on 6 October 2026"),
    ],
)
def test_why_somebody_cannot_come(values: dict[str, Any], reason: str, rules: TeamSettings) -> None:
    assert away(roster(**values), [TUESDAY], rules) == reason


def test_a_mission_of_several_days_needs_all_of_them(rules: TeamSettings) -> None:
    days = [TUESDAY, TUESDAY + dt.timedelta(days=1)]
    assert away(roster(absent="2026-10-07"), days, rules) == "absent on 7 October 2026"
    assert away(roster(weekdays="mon"), days, rules) == "does not work on Tuesday and Wednesday"


@pytest.mark.parametrize("status", ["signed", "under_way", "done"])
def test_somebody_on_another_mission_cannot_come(status: str, rules: TeamSettings) -> None:
    taken = mission("2026-10-04", "2026-10-06", status=status, vehicle_ids="v")
    held = roster(taken, fleet=({"vehicle_id": "v", "partner_id": "mission", "vehicle": "4x4", "seats": 4},))
    found = find_available(held, [TUESDAY], settings=rules)
    assert reasons_away(found) == dict.fromkeys("pv", "on m from 4 to 6 October 2026")
    assert find_available(held, [TUESDAY + dt.timedelta(days=1)], settings=rules).away == ()


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_a_mission_that_is_not_signed_books_nobody(status: str, rules: TeamSettings) -> None:
    assert away(roster(mission("2026-10-04", "2026-10-06", status=status)), [TUESDAY], rules) == ""


def test_a_mission_planned_anew_does_not_book_its_own_team(rules: TeamSettings) -> None:
    taken = table("missions", mission("2026-10-04", "2026-10-06"))
    row = {"staff_id": "p", "partner_id": "mission", "role": "medic", "woman": "no"}
    held = read_roster(table("staff", row), table("fleet"), table("partners", *PARTNERS), taken, but="m")
    assert away(held, [TUESDAY], rules) == ""


@pytest.mark.parametrize(
    ("first", "last", "days_out"),
    [
        ("2026-10-01", "2026-10-04", 5),  # a break of one day is no rest: four days and this one
        ("2026-09-30", "2026-10-04", 6),
        ("2026-09-29", "2026-10-03", 1),  # two days of rest
        ("2026-10-08", "2026-10-11", 5),  # what comes after counts as much
        ("2026-10-07", "2026-10-11", 6),
        ("2026-10-09", "2026-10-15", 1),
    ],
)
def test_rest_before_and_after(first: str, last: str, days_out: int, rules: TeamSettings) -> None:
    said = away(roster(mission(first, last)), [TUESDAY], rules)
    assert bool(said) == (days_out > 5)
    if said:
        assert said == "would be 6 days on mission without 2 days of rest, at most 5"


def test_vehicles_need_no_rest_and_nobody_does_with_none_asked(rules: TeamSettings) -> None:
    fleet = ({"vehicle_id": "v", "partner_id": "mission", "vehicle": "4x4", "seats": 4},)
    held = roster(mission("2026-09-20", "2026-10-05", vehicle_ids="v"), fleet=fleet)
    assert len(find_available(held, [TUESDAY], settings=rules).vehicles) == 1
    assert len(find_available(held, [TUESDAY], settings=rules).posts) == 0
    assert away(held, [TUESDAY], rules.model_copy(update={"rest_days": 0})) == ""


def test_a_mission_too_long_for_all_is_not_held_against_each(rules: TeamSettings) -> None:
    days = [TUESDAY + dt.timedelta(days=n) for n in range(6)]
    assert away(roster(), days, rules) == ""
    assert [breach.rule for breach in check_team([UN_WOMAN], [CAR], need(days=tuple(days)), rules)] == ["rest"]


def test_exactly_a_day_s_drive_away_is_near_enough_and_the_nearest_come_first(rules: TeamSettings) -> None:
    limit = 60 * rules.join_most_hours
    assert away(roster(), [TUESDAY], rules, {"here": limit}) == ""
    assert away(roster(), [TUESDAY], rules, {"here": limit + 1}) == "its base here is 8.0 hours away, at most 8"
    assert (
        away(roster(), [TUESDAY], rules, {"other": 0})
        == "its base here is not within 8 hours of where the mission leaves"
    )
    assert away(roster(partner_id="ghost"), [TUESDAY], rules, {"here": 0}) == "has no base on record"
    fleet = tuple(
        {"vehicle_id": name, "partner_id": "mission", "vehicle": "4x4", "seats": 4, "base_id": base}
        for name, base in (("a", "far"), ("c", "here"), ("b", "here"))
    )
    found = find_available(roster(fleet=fleet), [TUESDAY], settings=rules, minutes={"here": 0, "far": 60})
    assert [vehicle.vehicle_id for vehicle in found.vehicles] == ["b", "c", "a"]


def test_standing_roster_knows_who_is_there_at_all(rules: TeamSettings) -> None:
    busy = roster(mission("2026-10-04", "2026-10-06"), absent="2026-10-06", weekdays="mon")
    assert len(find_standing(busy, TUESDAY, settings=rules).posts) == 1
    assert len(find_standing(roster(partner_id="left"), TUESDAY, settings=rules).posts) == 0


def test_days_are_spoken_once_each() -> None:
    day = dt.date
    assert spoken_days(day(2026, 10, 6), day(2026, 10, 6)) == "on 6 October 2026"
    assert spoken_days(day(2026, 10, 5), day(2026, 10, 9)) == "from 5 to 9 October 2026"
    assert spoken_days(day(2026, 12, 30), day(2027, 1, 2)) == "from 30 December 2026 to 2 January 2027"


@pytest.mark.parametrize(
    ("counts", "interviews", "girls"),
    [
        ({"girls": 1, "boys": 0, "sex_unknown": 0}, True, True),
        ({"girls": 0, "boys": 2, "sex_unknown": 0}, True, False),
        ({"girls": 0, "boys": 2, "sex_unknown": 1}, True, True),  # sex unknown: girls may be
        ({"girls": 0, "boys": 0, "sex_unknown": 0}, False, False),  # a school was attacked, no child to interview
        ({"girls": 0, "boys": 0, "sex_unknown": 0, "presented_as_wives": "yes"}, True, True),
        ({"boys": 2}, True, True),  # nobody said that there are no girls
        ({}, True, True),
    ],
)  # fmt: skip
def test_where_girls_may_be(counts: dict[str, Any], *, interviews: bool, girls: bool) -> None:
    row = {
        "request_id": "c",
        "site_id": "s",
        "alerted_on": "2026-09-01",
        "status": "open",
        "languages": "Nareva;X",
        **counts,
    }
    (ask,) = asks_of(table("requests", {**row, "actor_id": "fpn"}), pd.Series(["XPI05-1"]))
    assert (ask.interviews, ask.girls) == (interviews, girls)
    assert (ask.languages, ask.p_codes, ask.actor_ids) == ({"nareva", "x"}, {"XPI05-1"}, {"fpn"})
    together = combine_asks([ask], days=[TUESDAY])
    assert (together.interviews, together.girls, together.languages) == (interviews, girls, (ask.languages,))
    (bare,) = asks_of(table("requests", {**row, "languages": None}), pd.Series([pd.NA]))
    assert combine_asks([bare], days=[TUESDAY]).languages == ()
    assert bare.p_codes == frozenset()
