"""The reporting-bias guard: a month in which reports fall because bases closed shows no improvement anywhere.

Silent risks here: eyes looked at on two days only, so that a base closed in between goes unnoticed; a country judged
well watched while one of its provinces went blind; a verdict that one way out words differently from the others.
"""

import csv
import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geo.__main__ import main
from geo.answers.changes import ChangesAnswer, answer_changes
from geo.answers.hexbin import answer_hexbin
from geo.answers.mrm import answer_mrm
from geo.answers.observation import answer_observation
from geo.answers.world import World
from geo.errors import GeoError
from geo.exports.tables import TABLE_FORMATS, export_table
from geo.model import Audience, HexbinRequest, MrmRequest, ObservationRequest, Window
from geo.redaction import Cleared
from geo.settings import Settings
from tests.toy_blindness import DAY, IMPROVEMENT, LAST_WATCHED, going_blind
from tests.toy_country import COUNTRY_TABLES, event, table_top, toy_workspace
from tests.toy_readings import base

CASE = Audience.CASE_TEAM
ONE_DAY = dt.timedelta(days=1)
WINDOWS = {
    "the first blind month": Window(LAST_WATCHED + ONE_DAY, dt.date(2019, 7, 31)),
    "a year": Window(dt.date(2019, 7, 2), DAY),
    "the bases close within it": Window(dt.date(2019, 6, 15), dt.date(2019, 9, 14)),
    "they closed within the one before": Window(dt.date(2019, 9, 1), dt.date(2020, 2, 28)),
    "nobody in either": Window(dt.date(2020, 4, 1), dt.date(2020, 6, 29)),
}


@pytest.fixture(scope="module")
def blind(settings: Settings) -> World:
    return table_top(settings, going_blind())


@pytest.fixture(scope="module")
def watched(settings: Settings) -> World:
    return table_top(settings, going_blind(closed=False))


def verdicts(found: ChangesAnswer) -> set[str]:
    return {*found.provinces.frame["verdict"], *found.total.frame["verdict"]}


def verdict_of(settings: Settings, window: Window, **tables: list[dict[str, Any]]) -> tuple[dict[str, str], str]:
    found = answer_changes(table_top(settings, {**COUNTRY_TABLES, **tables}), window, audience=CASE)
    told = found.provinces.frame.set_index("area")["verdict"].to_dict()
    return told, str(found.total.frame["verdict"].iloc[0])


# Answers


@pytest.mark.parametrize("window", WINDOWS.values(), ids=list(WINDOWS))
def test_where_bases_closed_no_fall_and_no_calm_is_told(blind: World, window: Window) -> None:
    found = answer_changes(blind, window, audience=CASE)
    assert verdicts(found) == {"cannot_tell"}
    assert (found.total.frame["now"] <= found.total.frame["before"]).all()


@pytest.mark.parametrize("audience", list(Audience))
def test_no_audience_reads_a_fall(blind: World, audience: Audience) -> None:
    found = answer_changes(blind, WINDOWS["a year"], audience=audience)
    assert len(found.provinces.frame) == 2
    assert verdicts(found) == {"cannot_tell"}


def test_the_same_reports_under_watch_are_a_fall(watched: World) -> None:
    assert verdicts(answer_changes(watched, WINDOWS["a year"], audience=CASE)) == {"fell"}


def test_a_base_open_only_in_the_middle_of_the_period_before_counts_as_eyes_lost(settings: Settings) -> None:
    """At both ends of the two periods the east is as unwatched as ever; in between somebody was there."""
    reports = [
        event(1, "2019-01-01", "exact"),
        *(event(n, f"2020-02-{n}", "exact", longitude=1.7) for n in range(10, 20)),
    ]
    short = base("short", country="XTO", longitude=1.7, latitude=0.5, valid_from="2020-02-05", valid_to="2020-02-20")
    always = base("always", country="XTO", longitude=0.2, latitude=0.5)
    window = Window(dt.date(2020, 4, 1), DAY)
    told, whole = verdict_of(settings, window, incidents=reports, bases=[short, always])
    assert told == {"East": "cannot_tell", "West": "same"}
    assert whole == "cannot_tell"


def test_a_base_shut_for_a_week_of_the_period_counts_as_eyes_lost(settings: Settings) -> None:
    where = {"country": "XTO", "longitude": 1.7, "latitude": 0.5}
    halves = [base("a", valid_to="2020-05-10", **where), base("b", valid_from="2020-05-18", **where)]
    reports = [event(n, f"2020-02-{n}", "exact", longitude=1.7) for n in range(10, 20)]
    window = Window(dt.date(2020, 4, 1), DAY)
    reports = [event(1, "2019-01-01", "exact"), *reports]
    assert verdict_of(settings, window, incidents=reports, bases=halves)[0]["East"] == "cannot_tell"
    seamless = [halves[0], base("b", valid_from="2020-05-11", **where)]
    assert verdict_of(settings, window, incidents=reports, bases=seamless)[0]["East"] == "fell"


def test_no_change_where_eyes_were_lost_is_not_calm(settings: Settings) -> None:
    """Two reports in May, two in July; the eastern base closes on 30 June."""
    days = ("2020-06-10", "2020-06-20", "2020-07-10", "2020-07-20")
    reports = [
        event(1, "2019-01-01", "exact"),
        *(event(n, day, "exact", longitude=1.7) for n, day in enumerate(days, 2)),
    ]
    told, whole = verdict_of(settings, Window(dt.date(2020, 7, 1), dt.date(2020, 7, 30)), incidents=reports)
    assert (told["East"], whole) == ("cannot_tell", "cannot_tell")


def test_a_country_is_only_as_well_watched_as_its_blindest_province(settings: Settings) -> None:
    """The fall lies all in the west, which is watched; the east went blind, so the sum cannot be read."""
    reports = [
        event(1, "2019-01-01", "exact"),
        *(event(n, f"2020-06-{n}", "exact", longitude=0.2) for n in range(10, 20)),
    ]
    told, whole = verdict_of(settings, Window(dt.date(2020, 7, 1), dt.date(2020, 7, 30)), incidents=reports)
    assert told == {"West": "fell", "East": "cannot_tell"}
    assert whole == "cannot_tell"


def test_more_reports_are_more_reports_whoever_looks(settings: Settings) -> None:
    reports = [
        event(1, "2019-01-01", "exact"),
        *(event(n, f"2020-07-{n}", "exact", longitude=1.7) for n in range(10, 20)),
    ]
    told, whole = verdict_of(settings, Window(dt.date(2020, 7, 1), dt.date(2020, 7, 30)), incidents=reports)
    assert (told["East"], whole) == ("rose", "rose")


def test_the_total_is_not_told_where_it_would_give_a_province_away(settings: Settings) -> None:
    reports = [event(1, "2019-01-01", "exact")]
    reports += [event(n, f"2020-0{4 + n % 3}-10", "exact", longitude=0.2) for n in range(2, 5)]
    world = table_top(settings, {**COUNTRY_TABLES, "incidents": reports})
    found = answer_changes(world, Window(dt.date(2020, 4, 1), DAY), audience=Audience.PUBLIC)
    assert found.provinces.frame.empty
    assert found.total.frame.empty


# What leaves


def cleared_parts(value: Any) -> Iterator[Cleared]:
    if isinstance(value, Cleared):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from cleared_parts(getattr(value, field.name))


def everything_told(world: World, window: Window, audience: Audience) -> list[Cleared]:
    return [
        part
        for found in (
            answer_changes(world, window, audience=audience),
            answer_hexbin(world, HexbinRequest(resolution=5, window=window), audience=audience),
            answer_mrm(world, MrmRequest(window=window), audience=audience),
            answer_observation(world, ObservationRequest(resolution=5, window=window), audience=audience),
        )
        for part in cleared_parts(found)
    ]


def text_of(part: Cleared, formats: tuple[str, ...] = TABLE_FORMATS) -> Iterator[str]:
    for format_name in formats:
        try:
            content = export_table(part, format_name=format_name, provenance={"made_by": "Piste"})
        except GeoError:  # no place to draw
            continue
        yield content.decode("utf-8", errors="replace")


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CASE_TEAM])
def test_no_export_of_any_table_speaks_of_improvement(blind: World, audience: Audience) -> None:
    for part in everything_told(blind, WINDOWS["a year"], audience):
        judged = "verdict" in part.columns
        for text in text_of(part, TABLE_FORMATS if judged else ("json", "csv")):
            assert not IMPROVEMENT.search(text), (part.view, IMPROVEMENT.findall(text))


def test_the_search_finds_improvement_where_it_may_be_told(watched: World) -> None:
    found = answer_changes(watched, WINDOWS["a year"], audience=CASE)
    for part in (found.provinces, found.total):
        assert all(IMPROVEMENT.search(text) for text in text_of(part, ("json", "csv")))


def test_the_blind_land_is_no_eyes_and_never_quiet(blind: World, watched: World) -> None:
    request = ObservationRequest(resolution=5, window=WINDOWS["a year"])
    states = answer_observation(blind, request, audience=CASE).states.frame["state"]
    assert set(states) == {"active", "no_eyes"}
    assert (states == "active").sum() == 2
    assert set(answer_observation(watched, request, audience=CASE).states.frame["state"]) == {
        "active", "quiet_but_watched", "no_eyes",
    }  # fmt: skip


# The command line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blind") / "workspace"
    toy_workspace(path, going_blind()).close()
    return path


@pytest.mark.parametrize(
    "words",
    [("hexbin", "--from", "2019-07-02", "--to", "2020-06-30"), ("hotspots", "--months", "18", "--to", "2020-06-30")],
    ids=["hexbin", "hotspots"],
)
def test_the_command_line_speaks_of_no_improvement(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """Rows as JSON and CSV, and what is said beside them; what a method assumes is no finding."""

    def told(format_name: str) -> str:
        asked = [*words, "--resolution", "5", "--audience", "task_force", "--format", format_name]
        assert main([*asked, "--workspace", str(folder)]) == 0
        captured = capsys.readouterr()
        assert not IMPROVEMENT.search(captured.err)
        return str(captured.out)

    document = json.loads(told("json"))
    found = document["cells"], document.get("area_only"), document.get("totals")
    table = told("csv").splitlines()
    rows = list(csv.DictReader(line for line in table if not line.startswith("#")))
    assert len(rows) > 1
    findings = json.dumps([found, [{k: v for k, v in row.items() if k != "assumptions"} for row in rows]])
    assert not IMPROVEMENT.search(findings), IMPROVEMENT.findall(findings)
