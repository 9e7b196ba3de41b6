"""Silent risks here: a child counted twice or lost; an unknown sex folded into a known one; a verification on the last
day of the quarter called late; a suggestion added to a record; a small number told by subtraction."""

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geo.answers.mrm import NO_QUARTER, MrmAnswer, answer_mrm
from geo.answers.world import World
from geo.errors import RequestError, SettingsError, WithheldError
from geo.incidents.mrm import STATUSES, MrmCounts, count_mrm
from geo.model import Audience, MrmRequest, Window
from geo.redaction import Cleared
from geo.schema import VIOLATIONS
from geo.settings import Settings, read_settings
from tests.toy_country import COUNTRY_TABLES, event, table_top
from tests.toy_readings import reading_of

CONFIG = Path(__file__).resolve().parents[2] / "config.toml"
TASK = Audience.TASK_FORCE


def violation(number: int, what: str, *, day: str = "2020-02-10", **values: Any) -> dict[str, Any]:
    """One violation in the west on a day; ``girls=2`` stands for ``victims_girls=2``."""
    named = {f"victims_{key}" if key in ("girls", "boys", "unknown") else key: value for key, value in values.items()}
    return event(number, day, "exact", violation=what, **named)


def counted(settings: Settings, rows: list[dict[str, Any]], basis: str = "recorded") -> MrmCounts:
    return count_mrm(reading_of("incidents", rows).frame, settings=settings.mrm)[basis]


def row_of(counts: MrmCounts, what: str) -> dict[str, Any]:
    (row,) = counts.violations.loc[counts.violations["violation"] == what].to_dict("records")
    return row


def by_sex(row: dict[str, Any]) -> tuple[int, int, int]:
    return row["girls"], row["boys"], row["unknown"]


# Victims or incidents


@pytest.mark.parametrize("what", VIOLATIONS)
def test_each_violation_is_counted_by_what_the_settings_say(settings: Settings, what: str) -> None:
    rows = [violation(1, what, girls=2, boys=1), violation(2, what, unknown=4)]
    row = row_of(counted(settings, rows), what)
    assert (row["victims"], row["incidents"]) == (7, 2)
    unit, figure = ("victims", 7) if what in settings.mrm.victims else ("incidents", 2)
    assert (row["counted_by"], row["counted"]) == (unit, figure)
    assert by_sex(row) == (2, 1, 4)


def test_attacks_access_and_military_use_are_counted_by_incidents(settings: Settings) -> None:
    assert set(settings.mrm.incidents) == {
        "attack_on_school", "attack_on_hospital", "denial_of_humanitarian_access", "military_use",
    }  # fmt: skip


def test_an_incident_without_a_violation_counts_nowhere(settings: Settings) -> None:
    counts = counted(settings, [event(1, "2020-02-10", "exact", victims_girls=5)])
    assert counts.violations.empty
    assert counts.children["children"].tolist() == [0]


# One child, several violations


def test_a_child_with_three_violations_is_one_child_and_three_violations(settings: Settings) -> None:
    rows = [
        violation(n, what, case_code="CH-1", girls=1)
        for n, what in enumerate(("abduction", "recruitment_or_use", "sexual_violence"))
    ]
    counts = counted(settings, rows)
    assert counts.violations["counted"].tolist() == [1, 1, 1]
    (children,) = counts.children.to_dict("records")
    assert (children["children"], by_sex(children), children["several_violations"]) == (1, (1, 0, 0), 1)


def test_two_reports_of_one_violation_of_one_child_are_one(settings: Settings) -> None:
    rows = [violation(n, "abduction", case_code=" CH-1 " if n else "CH-1", boys=1) for n in range(2)]
    row = row_of(counted(settings, rows), "abduction")
    assert (row["counted"], row["incidents"]) == (1, 2)


def test_the_same_code_in_two_databases_is_two_children(settings: Settings) -> None:
    rows = [violation(1, "killing", case_code="1", girls=1), violation(2, "killing", case_code="1", source="kobo")]
    assert by_sex(row_of(counted(settings, rows), "killing")) == (1, 0, 1)


def test_a_code_without_a_number_is_one_child_of_unknown_sex(settings: Settings) -> None:
    rows = [violation(1, "killing", case_code="CH-1"), violation(2, "killing", case_code="CH-2", girls=0, boys=0)]
    row = row_of(counted(settings, rows), "killing")
    assert (by_sex(row), row["without_number"]) == ((0, 0, 2), 0)


def test_a_sex_told_by_one_row_of_a_child_holds_in_its_other_violations(settings: Settings) -> None:
    rows = [violation(1, "abduction", case_code="CH-1", girls=1), violation(2, "killing", case_code="CH-1", unknown=1)]
    counts = counted(settings, rows)
    assert by_sex(row_of(counts, "killing")) == (1, 0, 0)
    assert by_sex(counts.children.iloc[0].to_dict()) == (1, 0, 0)


def test_rows_that_contradict_each_other_leave_the_sex_unknown(settings: Settings) -> None:
    rows = [violation(1, "abduction", case_code="CH-1", girls=1), violation(2, "abduction", case_code="CH-1", boys=1)]
    assert by_sex(row_of(counted(settings, rows), "abduction")) == (0, 0, 1)
    three = [
        violation(1, "abduction", case_code="CASE", girls=2, boys=1),
        violation(2, "abduction", case_code="CASE", girls=1, boys=2),
    ]
    assert by_sex(row_of(counted(settings, three), "abduction")) == (1, 1, 1)


def test_rows_without_a_code_count_as_they_stand_in_both_views_and_are_told(settings: Settings) -> None:
    rows = [
        violation(1, "abduction", girls=2),
        violation(2, "killing", girls=2),  # the same girls or others: nobody can say
        violation(3, "killing", case_code="CH-1", boys=1),
    ]
    (children,) = counted(settings, rows).children.to_dict("records")
    assert by_sex(children) == (4, 1, 0)
    assert (children["uncoded_rows"], children["uncoded_children"]) == (2, 4)


def test_no_number_and_no_code_adds_no_victim_and_is_told(settings: Settings) -> None:
    row = row_of(counted(settings, [violation(1, "killing"), violation(2, "killing", unknown=3)]), "killing")
    assert (row["counted"], row["incidents"], row["without_number"]) == (3, 2, 1)


# Status, and what is late


@pytest.mark.parametrize(
    ("date_end", "verified_on", "timing"),
    [
        ("2020-02-10", "2020-03-31", "on_time"),  # the last day of the quarter
        ("2020-02-10", "2020-04-01", "late"),
        ("2020-03-31", "2020-03-31", "on_time"),
        ("2020-04-02", "2020-06-30", "on_time"),  # begun on 28 March: the last possible day decides
        ("2020-04-02", "2020-07-01", "late"),
        ("2020-12-31", "2021-01-01", "late"),
        ("2020-02-10", None, "late_unknown"),
    ],
)
def test_late_is_after_the_quarter_of_the_last_possible_day(
    settings: Settings, date_end: str, verified_on: str | None, timing: str
) -> None:
    day = "2020-03-28" if date_end == "2020-04-02" else date_end
    one = violation(1, "killing", day=day, date_end=date_end, girls=1, verification="verified", verified_on=verified_on)
    row = row_of(counted(settings, [one]), "killing")
    assert [name for name in ("on_time", "late", "late_unknown") if row[name]] == [timing]


def test_only_the_verified_can_be_late(settings: Settings) -> None:
    rows = [violation(1, "killing", girls=1, verification="rejected", verified_on="2021-01-01")]
    row = row_of(counted(settings, rows), "killing")
    assert (row["rejected"], row["on_time"], row["late"], row["late_unknown"]) == (1, 0, 0, 0)


def test_statuses_add_up_to_the_count_in_its_own_unit(settings: Settings) -> None:
    statuses = ["verified", "pending", "reported", "not_verified", "rejected", None]
    rows = [
        violation(n, what, verification=status, boys=2)
        for n, (what, status) in enumerate((w, s) for w in ("killing", "military_use") for s in statuses)
    ]
    counts = counted(settings, rows)
    assert [row_of(counts, "killing")[name] for name in STATUSES] == [2] * 6
    assert [row_of(counts, "military_use")[name] for name in STATUSES] == [1] * 6


def test_of_two_reports_of_a_child_the_verified_one_counts_and_the_earlier_day(settings: Settings) -> None:
    told = {"case_code": "CH-1", "girls": 1}
    rows = [
        violation(1, "abduction", verification="rejected", **told),
        violation(2, "abduction", verification="verified", verified_on="2020-09-01", **told),
        violation(3, "abduction", verification="verified", verified_on="2020-03-01", **told),
    ]
    row = row_of(counted(settings, rows), "abduction")
    assert (row["verified"], row["verified_girls"], row["on_time"], row["late"]) == (1, 1, 1, 0)


# Recorded and suggested


def test_what_a_crosswalk_suggests_stands_apart(settings: Settings) -> None:
    rows = [
        violation(1, "killing", girls=1, violation_basis="recorded"),
        violation(2, "killing", boys=4, violation_basis="suggested"),
        violation(3, "killing", unknown=2),  # no basis said: only our crosswalk suggests
    ]
    assert by_sex(row_of(counted(settings, rows), "killing")) == (1, 0, 2)
    assert by_sex(row_of(counted(settings, rows, "suggested"), "killing")) == (0, 4, 0)


def test_nothing_is_changed_and_nothing_breaks_on_nothing(settings: Settings) -> None:
    frame = reading_of("incidents", [violation(1, "killing", girls=1, case_code="C")]).frame
    before = frame.copy(deep=True)
    count_mrm(frame, settings=settings.mrm)
    pd.testing.assert_frame_equal(frame, before)
    for counts in count_mrm(frame.iloc[:0], settings=settings.mrm).values():
        assert counts.violations.empty
        assert counts.children["children"].tolist() == [0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"abduction", "detention"]', '"abduction"]', "detention stands 0 times"),
        ('"military_use"]', '"military_use", "killing"]', "killing stands 2 times"),
        ('"military_use"]', '"military_use", "theft"]', "theft is no mrm violation"),
    ],
)
def test_settings_name_each_violation_once(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = CONFIG.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "config.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SettingsError, match=said):
        read_settings(tmp_path / "config.toml")


# The answer


def world_of(settings: Settings, rows: list[dict[str, Any]]) -> World:
    return table_top(settings, {**COUNTRY_TABLES, "incidents": rows})


def pile(what: str, number: int, *, first: int, **values: Any) -> list[dict[str, Any]]:
    return [violation(first + n, what, unknown=1, **values) for n in range(number)]


MANY = [
    *pile("killing", 30, first=0),
    *pile("abduction", 14, first=100, longitude=1.5),
    *pile("sexual_violence", 3, first=200),
    *pile("military_use", 12, first=300),
    *pile("attack_on_school", 2, first=400),
    *pile("maiming", 11, first=500, violation_basis="suggested"),
]
QUARTER = Window(dt.date(2020, 1, 1), dt.date(2020, 3, 31))


def shown(table: Cleared) -> dict[str, float]:
    return dict(zip(table.frame["violation"], table.frame["counted"], strict=True))


def parts(found: MrmAnswer) -> list[Cleared]:
    return [part for side in (found.recorded, found.suggested) for part in (side.by_victims, side.by_incidents)]


def test_the_public_sees_one_number_per_violation_and_cannot_subtract(settings: Settings) -> None:
    """Three are withheld with the 14, and so are all 47 children: another window may tell the 14. 12 goes with the 2."""
    found = answer_mrm(world_of(settings, MANY), MrmRequest(window=QUARTER), audience=Audience.PUBLIC)
    assert shown(found.recorded.by_victims) == {"killing": 30}
    assert found.recorded.children.frame.empty
    assert found.recorded.by_incidents.frame.empty
    assert found.suggested.by_victims.columns == ["violation", "counted_by", "counted"]


def test_where_even_the_withheld_sum_is_small_no_total_of_children_is_told(settings: Settings) -> None:
    rows = [*pile("sexual_violence", 4, first=0), *pile("killing", 3, first=100)]
    found = answer_mrm(world_of(settings, rows), MrmRequest(window=QUARTER), audience=Audience.PUBLIC)
    assert found.recorded.by_victims.frame.empty
    assert found.recorded.children.frame.empty


def test_one_suggested_violation_alone_is_shown_when_it_is_large_enough(settings: Settings) -> None:
    found = answer_mrm(world_of(settings, MANY), MrmRequest(window=QUARTER), audience=Audience.PUBLIC)
    assert shown(found.suggested.by_victims) == {"maiming": 11}
    assert found.suggested.children.frame["children"].tolist() == [11]


@pytest.mark.parametrize("audience", list(Audience))
def test_sex_status_and_lateness_are_told_from_the_task_force_upward(settings: Settings, audience: Audience) -> None:
    found = answer_mrm(world_of(settings, MANY), MrmRequest(window=QUARTER), audience=audience)
    fine = {"girls", "boys", "unknown", "victims", "late", "verified", "pending", "without_number", "incidents"}
    for part in parts(found):
        assert fine <= set(part.columns) if audience.may_see(TASK) else not fine & set(part.columns)


def test_the_task_force_sees_every_violation(settings: Settings) -> None:
    found = answer_mrm(world_of(settings, MANY), MrmRequest(window=QUARTER), audience=TASK)
    assert shown(found.recorded.by_victims) == {"killing": 30, "abduction": 14, "sexual_violence": 3}
    assert shown(found.recorded.by_incidents) == {"military_use": 12, "attack_on_school": 2}
    assert found.notes[0].startswith("58 rows have no case code")


def test_a_province_holds_its_own_and_an_unknown_one_is_refused(settings: Settings) -> None:
    world = world_of(settings, MANY)
    east = answer_mrm(world, MrmRequest(window=QUARTER, areas=("East",)), audience=TASK)
    assert shown(east.recorded.by_victims) == {"abduction": 14}
    with pytest.raises(RequestError, match="no province 'Atlantis' is known; use one of West, East"):
        answer_mrm(world, MrmRequest(areas=("Atlantis",)), audience=TASK)


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER])
def test_two_areas_or_two_windows_cannot_be_subtracted(settings: Settings, audience: Audience) -> None:
    world = world_of(settings, MANY)
    with pytest.raises(WithheldError, match="may not ask for violations by province"):
        answer_mrm(world, MrmRequest(areas=("West",)), audience=audience)
    wide = Window(dt.date(2019, 12, 15), dt.date(2020, 4, 20))
    assert answer_mrm(world, MrmRequest(window=wide), audience=audience).request.window == QUARTER
    short = answer_mrm(world, MrmRequest(window=Window(dt.date(2020, 2, 1), dt.date(2020, 2, 20))), audience=audience)
    assert all(part.frame.empty for part in parts(short))
    assert NO_QUARTER in short.notes


def test_a_window_holds_what_overlaps_it(settings: Settings) -> None:
    rows = [violation(1, "killing", day="2020-01-30", date_end="2020-02-02", girls=1)]
    world = world_of(settings, rows)
    for day, number in (("2020-02-02", 1), ("2020-02-03", 0)):
        window = Window(dt.date.fromisoformat(day), dt.date(2020, 2, 20))
        found = answer_mrm(world, MrmRequest(window=window), audience=TASK)
        assert found.recorded.children.frame["children"].tolist() == [number]
