"""Real closures around bases somebody sits in. Silent risks: an incident counted for two places; a place compared with
that lost its own watchers; a day tried after the other until months come out; a base named to those who may not know."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.answers.effect import EffectAnswer, answer_effect
from geo.answers.world import World
from geo.drawdown.comparison import (
    ClosureRequest,
    Months,
    choose_comparison,
    count_around,
    far_from_closing,
    months_around,
)
from geo.errors import RequestError, UnknownRecordError
from geo.model import Audience
from geo.settings import Settings
from tests.toy_country import COUNTRY, event, table_top
from tests.toy_readings import base
from tests.unit.test_cli import Cli
from tests.unit.test_leaks import assert_no_canary, cleared_parts, exports_of, words_of

CLOSED = dt.date(2018, 1, 15)
GUARDED = [Audience.PUBLIC, Audience.CLUSTER]
CANARIES: dict[str, Audience | None] = {
    "Kwisabase": Audience.TASK_FORCE,
    "kwisa-id": Audience.TASK_FORCE,
    "Stillhere": Audience.TASK_FORCE,
    "2018-01": Audience.TASK_FORCE,  # when it closed
    "0.51234": Audience.CASE_TEAM,  # of the base, to the metre
}
Tables = Mapping[str, Sequence[dict[str, Any]]]


def months_of(first: int, count: int) -> list[str]:
    return [f"{2015 + (first + at) // 12}-{(first + at) % 12 + 1:02d}-10" for at in range(count)]


def country(*, before: int = 2, after: int = 6, watched: bool = True) -> Tables:
    """A base that closed in January 2018, with four far ones that stay: so many incidents a month around it, three
    around each of them. A neighbour still watches, unless it is gone as well."""
    places = {"kwisa-id": 0.51234, "far-1": 3.0, "far-2": 5.0, "far-3": 7.0, "far-4": 9.0}
    bases = [base(name, name="Stillhere", country=COUNTRY, longitude=lon, latitude=0.5) for name, lon in places.items()]
    bases[0] |= {"name": "Kwisabase", "valid_to": CLOSED.isoformat()}
    near = base("near", country=COUNTRY, longitude=0.6, latitude=0.6, valid_to=None if watched else "2018-01-20")
    rows: list[dict[str, Any]] = []
    for name, lon in places.items():
        for at, day in enumerate(months_of(0, 60)):
            count = 3 if name != "kwisa-id" else before if at < 36 else after
            rows += [event(len(rows) + n, day, "exact", longitude=lon + 0.01, latitude=0.5) for n in range(count)]
    rows.append(event(len(rows) + 9, "2019-12-31", "exact", longitude=50.0, latitude=0.5))
    rows.append(event(len(rows) + 9, "2015-01-01", "exact", longitude=50.0, latitude=0.5))
    return {"bases": [*bases, near], "incidents": rows}


def asked(settings: Settings, tables: Tables, audience: Audience, date: dt.date = CLOSED) -> EffectAnswer:
    world = table_top(settings, tables)
    return answer_effect(world, ClosureRequest(base_ids=("kwisa-id",), date=date), audience=audience)


def test_a_rise_beside_places_that_stayed(settings: Settings) -> None:
    found = asked(settings, country(), Audience.TASK_FORCE)
    row = found.effect.frame.iloc[0]
    assert row["verdict"] == "rose"
    assert row["rate_ratio"] == pytest.approx(3.0, rel=0.02)
    assert row["low"] > 1
    assert (row["reports_before"], row["reports_after"]) == (72, 138)
    assert (row["months_before"], row["months_after"], row["comparison_places"]) == (36, 23, 4)
    assert set(found.places.frame["side"]) == {"closed", "comparison"}
    assert (found.placebos.frame["low"] < 1).all()
    months = found.months.frame
    assert months["reports"].tolist() == [2] * 36 + [6] * 24
    assert months["other_reports"].tolist() == [12] * 60


def test_a_fall_with_the_watchers_gone_is_not_told(settings: Settings) -> None:
    fell = asked(settings, country(before=9, after=1), Audience.TASK_FORCE).effect.frame.iloc[0]
    assert (fell["verdict"], fell["reach_kept"]) == ("fell", pytest.approx(1.0, abs=0.05))
    gone = asked(settings, country(before=9, after=1, watched=False), Audience.TASK_FORCE).effect.frame.iloc[0]
    assert (gone["verdict"], gone["reason"]) == ("cannot_tell", "reach_collapsed")


def test_a_base_that_did_not_close_then_is_refused(settings: Settings) -> None:
    with pytest.raises(RequestError, match="its last day on record is 2018-01-15"):
        asked(settings, country(), Audience.TASK_FORCE, dt.date(2017, 6, 1))
    world = table_top(settings, country())
    with pytest.raises(RequestError, match="not on record as closed"):
        answer_effect(world, ClosureRequest(base_ids=("far-1",), date=CLOSED), audience=Audience.TASK_FORCE)
    with pytest.raises(UnknownRecordError, match="'nobody'"):
        answer_effect(world, ClosureRequest(base_ids=("nobody",), date=CLOSED), audience=Audience.TASK_FORCE)
    with pytest.raises(RequestError):
        ClosureRequest(base_ids=(), date=CLOSED)


@pytest.mark.parametrize("audience", GUARDED)
def test_who_may_not_see_numbers_gets_the_verdict_of_the_closure_on_record(
    settings: Settings, audience: Audience
) -> None:
    tables = country()
    found = [asked(settings, tables, audience, day) for day in (CLOSED, dt.date(2016, 5, 1), dt.date(2030, 1, 1))]
    for one in found:
        assert one.effect.frame.to_dict("records") == [
            {"verdict": "rose", "words": found[0].effect.frame["words"].iloc[0]}
        ]
        assert [len(part.columns) for part in (one.placebos, one.months, one.places)] == [0, 0, 0]
        assert one.statement == found[0].statement


@pytest.mark.parametrize("audience", GUARDED)
def test_small_counts_tell_no_verdict(settings: Settings, audience: Audience) -> None:
    thin = asked(settings, country(before=2, after=0), audience)
    assert thin.effect.frame.empty
    assert thin.effect.statement.rows_withheld == 1


@pytest.mark.parametrize("audience", GUARDED)
def test_a_cannot_tell_gives_no_reason_away(settings: Settings, audience: Audience) -> None:
    gone = asked(settings, country(before=9, after=2, watched=False), audience).effect.frame
    assert gone.to_dict("records") == [{"verdict": "cannot_tell", "words": "Cannot tell."}]


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("after", [1, 6])
def test_no_canary_in_the_answer_or_its_exports(settings: Settings, audience: Audience, after: int) -> None:
    found = asked(settings, country(after=after), audience)
    assert_no_canary(words_of(found), audience, "words", CANARIES)
    for part in cleared_parts(found):
        assert_no_canary(part.frame.to_csv(), audience, part.view, CANARIES)
        for content in exports_of(part):
            assert_no_canary(content, audience, part.view, CANARIES)


@pytest.mark.parametrize("audience", GUARDED)
def test_refusals_name_no_day_to_those_who_may_not_know(settings: Settings, audience: Audience) -> None:
    late = [row | {"date_start": "2019-02-03", "date_end": "2019-02-03"} for row in country()["incidents"]]
    with pytest.raises(RequestError) as refused:
        asked(settings, {**country(), "incidents": late}, audience)
    assert "201" not in str(refused.value)
    world = table_top(settings, country())
    with pytest.raises(RequestError) as refused:
        answer_effect(world, ClosureRequest(base_ids=("far-1",), date=CLOSED), audience=audience)
    assert "201" not in str(refused.value)


def frame(*rows: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["longitude", "latitude"])


def test_an_incident_counts_for_its_nearest_place_only_and_in_its_month() -> None:
    incidents = frame((0.1, 0.0), (0.35, 0.0), (0.1, 0.0), (9.0, 0.0), (0.1, 0.0))
    days = ["2020-01-31", "2020-02-01", "2020-02-20", "2020-02-01", "2020-01-01"]
    incidents["date_start"] = pd.to_datetime(days)
    incidents["date_end"] = pd.to_datetime([*days[:4], "2020-12-31"])  # the last is known to a year only
    months = Months(first=dt.date(2020, 1, 1), count=2, closure=1)
    places = frame((0.0, 0.0), (0.4, 0.0))
    counts = count_around(incidents, places, months, longest_days=31, radius_km=50.0)
    assert counts.tolist() == [[1, 1], [0, 1]]
    assert count_around(incidents, frame(), months, longest_days=31, radius_km=50.0).shape == (0, 2)


def test_whole_months_of_the_data_around_a_closure(settings: Settings) -> None:
    found = months_around(
        dt.date(2018, 3, 9), first=dt.date(2017, 1, 2), last=dt.date(2018, 6, 29), settings=settings.effect
    )
    assert (found.first, found.ends[-1], found.starts[found.closure]) == (
        dt.date(2017, 2, 1),
        dt.date(2018, 5, 31),
        dt.date(2018, 3, 1),
    )
    whole = months_around(
        dt.date(2018, 3, 9), first=dt.date(2000, 1, 1), last=dt.date(2030, 6, 30), settings=settings.effect
    )
    assert whole.count == settings.effect.months_before + 1 + settings.effect.months_after
    with pytest.raises(RequestError, match="no whole month"):
        months_around(
            dt.date(2018, 3, 9), first=dt.date(2018, 3, 1), last=dt.date(2020, 1, 1), settings=settings.effect
        )


def test_places_compared_with_are_watched_apart_and_alike(settings: Settings) -> None:
    months = Months(first=dt.date(2020, 1, 1), count=20, closure=10)
    places = frame((0.0, 0.0), (0.5, 0.0), (3.0, 0.0), (3.5, 0.0), (6.0, 0.0), (9.0, 0.0), (12.0, 0.0))
    places = places.assign(closing=[True] + [False] * 6, stays=[False] + [True] * 5 + [False])
    counts, reach = np.ones((7, 20)), np.ones((7, 20))
    counts[3, :10] = 5.0  # less alike than its neighbour
    reach[5, 15] = 0.4  # lost its own watchers
    chosen = choose_comparison(counts, reach, places, months, settings=settings.effect)
    assert chosen.tolist() == [2, 4]
    counts[4, 11:] = 1000.0  # what came after decides nothing
    assert choose_comparison(counts, reach, places, months, settings=settings.effect).tolist() == [2, 4]
    closing = places["closing"].to_numpy(dtype=bool)
    assert far_from_closing(places, closing, radius_km=50.0).tolist() == [False, False, True, True, True, True, True]


def test_cli_of_the_sample(sample_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli = Cli(sample_folder, capsys)
    words = ("effect", "--base", "base-03", "--date", "2026-03-31")
    found = cli.ask(*words, "--audience", "task_force")
    assert set(found) >= {"request", "audience", "effect", "placebos", "months", "places", "rests_on", "provenance"}
    effect = found["effect"]
    assert (effect["verdict"], effect["reason"], effect["reach_after"]) == ("cannot_tell", "reach_collapsed", 0.0)
    assert effect["words"] == ("Cannot tell: most of those who could report are gone, so the reports no longer tell.")
    assert len(found["placebos"]) == 3
    assert cli.ask(*words)["effect"] == {"verdict": "cannot_tell", "words": "Cannot tell."}
    assert "did not close" in cli.refused("effect", "--base", "base-01,base-03", "--date", "2026-03-31",
                                          "--audience", "task_force")  # fmt: skip


def test_bases_of_published_maps(settings: Settings, shared_data: Path, tmp_path: Path) -> None:
    """Where the only watchers left, nothing is told, whatever the counts."""
    from geo.readers import read_file
    from geo.workspace import open_workspace

    workspace = open_workspace(tmp_path / "car", author="test", create=True)
    for name, file in (
        ("ucdp", "ucdp/GEDEvent_v23_1_CAF_1989-2020.csv"),
        ("geopko", "geopko/FrontMap_v.2.3.csv"),
        ("places", "geonames/cities500_CF_CD.json"),
    ):
        workspace.add(read_file(name, shared_data / file, country="CAF"))
    world = World(workspace, settings)
    request = ClosureRequest(base_ids=("geopko:minurcat:birao",), date=dt.date(2010, 12, 31))
    row = answer_effect(world, request, audience=Audience.TASK_FORCE).effect.frame.iloc[0]
    assert (row["verdict"], row["reason"], row["reach_after"]) == ("cannot_tell", "reach_collapsed", 0.0)
