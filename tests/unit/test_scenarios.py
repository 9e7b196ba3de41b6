"""Silent risks here: a scenario that closes a base it keeps; phases applied out of order; a programme's end nobody
sees; a plan told to those who may not see bases; the stored plan and the file meaning different things."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.__main__ import main
from geo.answers.phases import answer_phases, stored_scenario
from geo.answers.reach import answer_gaps
from geo.answers.world import World
from geo.drawdown.phases import PhasesRequest
from geo.drawdown.scenarios import Measure, Phase, Scenario, scenario_of
from geo.drawdown.unfolding import unfold
from geo.errors import GeoError, ImportRefusedError, RequestError, UnknownRecordError, WithheldError
from geo.model import AccessMode, Audience, GapsRequest, LonLat
from geo.readers import read_file
from geo.readers.scenario import read_scenario
from geo.schema import MEASURES, PARTNERS
from geo.settings import Settings
from geo.workspace import open_workspace
from geo.workspace.sample import build_sample
from tests.conftest import ROOT
from tests.toy_roads import bases_of

EXAMPLE = ROOT / "data" / "forms" / "scenario.toml"
DAY = dt.date(2026, 9, 30)
BASES = bases_of(
    [
        {"base_id": "a", "longitude": 0, "latitude": 0, "escort_slots_per_week": 2, "alert_hub": "yes"},
        {"base_id": "b", "longitude": 1, "latitude": 0, "funded_until": "2026-12-31"},
        {"base_id": "c", "longitude": 2, "latitude": 0},
    ]
)


def close(base: str) -> Measure:
    return Measure(kind="close", base_id=base)


def phase(day: str, *measures: Measure) -> Phase:
    return Phase(name=f"from {day}", begins_on=dt.date.fromisoformat(day), measures=measures)


def unfolded(settings: Settings, *phases: Phase, **more: Any) -> list[tuple[list[str], list[tuple[str, ...]]]]:
    """Open bases and changes of each phase."""
    scenario = Scenario(name="toy", phases=phases, **more)
    states = unfold(scenario, BASES, PARTNERS.empty(), as_of=DAY, settings=settings)
    return [
        (state.bases["base_id"].tolist(), list(state.changes[["base_id", "what"]].itertuples(index=False, name=None)))
        for state in states
    ]


def test_phases_add_up_and_a_programme_ends_by_itself(settings: Settings) -> None:
    found = unfolded(settings, phase("2026-10-31", close("a")), phase("2027-01-01"), phase("2027-02-01"))
    assert found == [(["b", "c"], [("a", "closed")]), (["c"], [("b", "closed")]), (["c"], [])]
    kept = unfolded(settings, phase("2026-12-31"), phase("2027-01-01"), keep=("b",))
    # On its last paid day it is open; from the day after somebody must pay for what is kept.
    assert kept == [(["a", "b", "c"], []), (["a", "b", "c"], [("b", "kept")])]


def test_a_forced_closure_begins_a_phase_of_its_own(settings: Settings) -> None:
    forced = (("c", dt.date(2026, 11, 15)),)
    found = unfolded(settings, phase("2026-10-31", close("a")), phase("2026-12-01"), forced=forced)
    assert [bases for bases, _ in found] == [["b", "c"], ["b"], ["b"]]
    same_day = unfolded(settings, phase("2026-11-15", close("a")), forced=forced)
    assert same_day == [(["b"], [("c", "closed"), ("a", "closed")])]
    assert unfolded(settings, forced=forced) == [(["a", "b"], [("c", "closed")])]


def test_a_phase_that_forced_closures_begin_is_named_by_its_bases(settings: Settings) -> None:
    day, new = dt.date(2026, 11, 15), Measure(kind="add_base", base_id="n", name="New camp", place=LonLat(3, 0))
    named = BASES.assign(name=["Alpha", "Beta", "Gamma"])
    scenario = Scenario(name="toy", phases=(phase("2026-10-31", new),), forced=(("c", day), ("n", day)))
    states = unfold(scenario, named, PARTNERS.empty(), as_of=DAY, settings=settings)
    assert [state.name for state in states] == ["from 2026-10-31", "Gamma, New camp must close"]


def test_a_team_that_comes_too_seldom_covers_nothing(settings: Settings) -> None:
    least = settings.drawdown.mobile_team_least_days
    team = {"kind": "mobile_team", "base_id": "team", "place": LonLat(3, 0)}
    for days, there in ((least, True), (least - 1, False)):
        ((bases, changes),) = unfolded(settings, phase("2026-10-01", Measure(**team, days_per_month=days)))
        assert ("team" in bases) == there
        assert changes == [("team", "mobile team")]


THIN = Measure(kind="thin", base_id="a", leaves=("military_only",))
TAKEN = Measure(kind="add_base", base_id="a", organisation_type="ingo", place=LonLat(0, 0))
WRONG: list[tuple[Callable[[Settings], object], str]] = [
    (
        lambda s: unfolded(s, phase("2027-01-01", close("moon"))),
        "phase 1 (from 2027-01-01): base 'moon' is not open by",
    ),
    (lambda s: unfolded(s, keep=("moon",)), "no base 'moon' is open on 2026-09-30; check its id"),
    (
        lambda s: unfolded(s, phase("2027-01-01"), phase("2026-12-01")),
        "phase 2 (from 2026-12-01) begins on 2026-12-01, not after phase 1 (from 2027-01-01) on 2027-01-01",
    ),
    (lambda s: unfolded(s, phase("2027-01-01", close("a")), keep=("a",)), "base 'a' is kept and closes in phase 1"),
    (
        lambda s: unfolded(s, phase("2027-01-01", close("a")), phase("2027-02-01", close("a"))),
        "base 'a' closes twice, in phase 1 (from 2027-01-01) and in phase 2 (from 2027-02-01)",
    ),
    (
        lambda s: unfolded(s, phase("2027-01-01", close("a")), forced=(("a", dt.date(2027, 3, 1)),)),
        "base 'a' closes twice, in phase 1 (from 2027-01-01) and by force on 2027-03-01",
    ),
    (
        lambda s: unfolded(s, phase("2027-01-01", close("a"), THIN)),
        "phase 1 (from 2027-01-01): base 'a' has closed by then: planned",
    ),
    (lambda s: unfolded(s, phase("2027-01-01", TAKEN)), "'a' is the id of another base"),
]


@pytest.mark.parametrize(("ask", "sentence"), WRONG)
def test_what_does_not_fit_is_refused_in_one_sentence(
    settings: Settings, ask: Callable[[Settings], object], sentence: str
) -> None:
    with pytest.raises(GeoError) as caught:
        ask(settings)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = 'x'\nstart = 1", "the scenario has 'start', which nobody knows"),
        ("name = 'x'\n[[phases]]\nname = 'p'", "phase 1 has no begins_on"),
        ("name = 'x'\n[[phases]]\nbegins_on = 2027-01-01", "phase 1 has no measure"),
        (
            "name = 'x'\n[[phases]]\nbegins_on = 2027-01-01\n[[phases.measures]]\nkind = 'burn'\nbase_id = 'a'",
            "measure 1 of phase 1: kind 'burn': not one of close",
        ),
        (
            "name = 'x'\n[[phases]]\nbegins_on = 2027-01-01\n[[phases.measures]]\nkind = 'thin'\nbase_id = 'a'",
            "measure 1 of phase 1: leaves: thin needs leaves",
        ),
        ("name = 'x'\n[[forced]]\nbase_id = 'a'", "forced closure 1: begins_on: force_close needs begins_on"),
        ("keep = ['a']", "the scenario: name: required value is missing"),
        ("name =", "neither TOML nor JSON"),
        ("name = 'x'\nphases = 3", "phases is no list"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(ImportRefusedError) as caught:
        read_scenario(path)
    assert str(caught.value).startswith("wrong.toml") or "wrong.toml" in str(caught.value)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ["a"]}, "the scenario: name ['a'] is not one value"),
        ({"scenario_id": {"a": 1}}, "the scenario: scenario_id {'a': 1} is not one value"),
        ({"keep": [["a"]]}, "keep: base ['a'] is not one value"),
        (
            {"forced": [{"base_id": "a", "closes_on": ["2027-01-01"]}]},
            "forced closure 1: closes_on ['2027-01-01'] is not",
        ),
        ({"kind": ["close"]}, "measure 1 of phase 1: kind ['close'] is not one value"),
        ({"longitude": [30.0]}, "measure 1 of phase 1: longitude [30.0] is not one value"),
        ({"gives": [["radio"]]}, "measure 1 of phase 1: gives [['radio']] is not words, one each"),
        ({"longitude": 10**400, "latitude": 1.0}, "longitude '1000"),
        ({"longitude": float("nan"), "latitude": 1.0, "kind": "add_base"}, "add_base needs"),
    ],
)
def test_a_list_is_no_name_and_a_long_value_is_not_told_whole(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    """Lists joined to a text passed for ids and days."""
    measure, whole = {"kind": "close", "base_id": "a"}, {"name": "x"}
    for key, value in change.items():
        (whole if key in ("name", "scenario_id", "keep", "forced") else measure)[key] = value
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps({**whole, "phases": [{"begins_on": "2027-01-01", "measures": [measure]}]}))
    with pytest.raises(ImportRefusedError) as caught:
        read_scenario(path)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 200


def test_json_says_the_same_as_toml(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(
        json.dumps(
            {
                "name": "x",
                "keep": ["c"],
                "phases": [
                    {"begins_on": "2027-01-01", "measures": [{"kind": "thin", "base_id": "a", "leaves": ["radio"]}]}
                ],
                "forced": [{"base_id": "b", "closes_on": "2027-02-01"}],
            }
        )
    )
    scenarios, measures = read_scenario(path)
    found = scenario_of(scenarios.iloc[0].to_dict(), measures)
    assert found == Scenario(
        scenario_id="plan",
        name="x",
        keep=("c",),
        forced=(("b", dt.date(2027, 2, 1)),),
        phases=(
            Phase(
                name="phase 1",
                begins_on=dt.date(2027, 1, 1),
                measures=(Measure(kind="thin", base_id="a", leaves=("radio",)),),
            ),
        ),
    )
    assert hash(found) == hash(found)


def test_measures_of_one_phase_agree_on_its_day() -> None:
    rows = [
        {"measure_id": str(number), "scenario_id": "s", "phase": 1, "begins_on": day, "kind": "close", "base_id": base}
        for number, (day, base) in enumerate((("2027-01-01", "a"), ("2027-02-01", "b")))
    ]
    measures = MEASURES.check(pd.DataFrame(rows)).frame
    with pytest.raises(RequestError, match="phase 1 begins on two days, 2027-01-01, 2027-02-01"):
        scenario_of({"scenario_id": "s", "name": "x"}, measures)


def example() -> Scenario:
    scenarios, measures = read_scenario(EXAMPLE)
    return scenario_of(scenarios.iloc[0].to_dict(), measures)


def test_one_closure_as_a_scenario_is_what_gaps_tells(sample_world: World) -> None:
    ids = ("base-04", "base-06")
    plan = Scenario(name="x", phases=(phase("2026-09-30", *map(close, ids)),))
    for audience in (Audience.TASK_FORCE, Audience.CLUSTER):
        found = answer_phases(sample_world, plan, PhasesRequest(limit_min=240.0, as_of=DAY), audience=audience)
        for mode in AccessMode:
            plain = answer_gaps(
                sample_world, GapsRequest(close=ids, limit_min=240.0, mode=mode, as_of=DAY), audience=audience
            )
            totals = found.phases.frame.loc[found.phases.frame["mode"] == mode]
            for name in plain.coverage.columns:
                assert totals[name].iloc[0] == plain.coverage.frame[name].iloc[0]
            if audience == Audience.CLUSTER:
                assert found.lost.withheld
                continue
            lost = found.lost.frame.loc[found.lost.frame["mode"] == mode]
            assert lost["p_code"].tolist() == plain.lost.frame["p_code"].tolist()
            for name in ("before_min", "after_min"):
                np.testing.assert_allclose(lost[name], plain.lost.frame[name], atol=1e-9)
            assert lost["next_base"].fillna("").tolist() == plain.lost.frame["next_base"].fillna("").tolist()
            lost_cells = found.lost_cells.frame.loc[found.lost_cells.frame["mode"] == mode, "cell"]
            assert set(lost_cells) == set(plain.cells.frame.loc[plain.cells.frame["lost"], "cell"])


def test_the_example_tells_its_story(sample_world: World) -> None:
    request = PhasesRequest(limit_min=240.0, as_of=DAY)
    found = answer_phases(sample_world, example(), request, audience=Audience.TASK_FORCE)
    assert found.phases.frame["phase"].unique().tolist() == [1, 2, 3, 4]
    changes = found.changes.frame.set_index(["phase", "base_id"])["what"]
    assert changes[1].to_dict() == {"base-11": "closed", "base-04": "closed", "base-07": "thinned"}
    assert changes[3].to_dict()["base-17"] == "kept"
    # Thinned, base-07 gives no escort; the teams that set out from it on their own still do.
    escorted = found.lost.frame.query("phase == 1 and mode == 'escorted'")
    assert len(escorted) > len(found.lost.frame.query("phase == 1 and mode == 'unescorted'"))
    gained = found.phases.frame.set_index(["phase", "mode"])["sites_gained"]
    assert gained[1].sum() == 0
    assert gained[3, "partner"] > 0
    blind = found.no_eyes.frame.groupby("phase")["cell"].nunique()
    assert blind[1] > 0
    first = found.lost.frame.loc[found.lost.frame["first_lost"]]
    assert not first.duplicated(["mode", "site_id", "phase"]).any()


def test_a_plan_is_told_to_nobody_who_may_not_see_bases(sample_world: World) -> None:
    request = PhasesRequest(limit_min=240.0, as_of=DAY)
    for audience in (Audience.PUBLIC, Audience.CLUSTER):
        with pytest.raises(WithheldError, match=r"^what a place adds tells where sites lie"):
            answer_phases(sample_world, example(), request, audience=audience)
        closes = Scenario(name="x", phases=(phase("2027-01-15", Measure(kind="close", base_id="base-04")),))
        found = answer_phases(sample_world, closes, request, audience=audience)
        hidden = (found.scenario, found.lost, found.weakened, found.lost_cells, found.no_eyes, found.changes)
        assert all(part.withheld for part in hidden)
        assert "phase_name" not in found.phases.columns
        late = Scenario(
            name="x", phases=(phase("2027-08-01", Measure(kind="thin", base_id="base-09", leaves=("radio",))),)
        )
        with pytest.raises(RequestError, match=r"^the scenario does not fit the bases of the day; check its ids$"):
            answer_phases(sample_world, late, request, audience=audience)


def test_a_scenario_is_kept_edited_and_asked_by_its_id(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "workspace"
    workspace = open_workspace(folder, author="test", create=True)
    build_sample(workspace, ROOT / "data" / "sample")
    for name, frame in zip(("scenarios", "measures"), read_scenario(EXAMPLE), strict=True):
        path = tmp_path / f"{name}.csv"
        frame.to_csv(path, index=False)
        reading = read_file(name, path)
        assert reading.rejects.empty
        workspace.add(reading)
    world = World(workspace, settings)
    assert stored_scenario(world, "scenario") == example()
    with pytest.raises(UnknownRecordError, match="no scenario 'other' is kept here"):
        stored_scenario(world, "other")
    workspace.close()
    words = ["gaps", "--limit-min", "240", "--mode", "escorted", "--audience", "task_force"]
    where = ["--workspace", str(folder)]
    assert main([*words, "--scenario", "scenario", *where]) == 0
    kept = json.loads(capsys.readouterr().out)
    assert main([*words, "--scenario", str(EXAMPLE), *where]) == 0
    told = json.loads(capsys.readouterr().out)
    assert kept["phases"] == told["phases"]
    assert [one["phase"] for one in told["phases"]] == [1, 2, 3, 4]
    one = told["phases"][0]
    assert {"site", "p_code", "mode", "before_min", "after_min", "people", "backup_before"} <= set(one["lost_sites"][0])
    assert one["people_lost"]["escorted"] > 0
    assert set(one["before"]) == {"escorted"}
    change = ["edit", "measures", "scenario-1", "--set", "base_id=base-05", "--reason", "the workshop said so"]
    assert main([*change, *where]) == 0
    capsys.readouterr()
    assert main([*words, "--scenario", "scenario", *where]) == 2
    assert "base 'base-05' closes twice" in capsys.readouterr().err
