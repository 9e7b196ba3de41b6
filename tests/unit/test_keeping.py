"""Silent risks here: an older version that opens with the measures of a newer one; a measure that was taken out and
comes back; a save over somebody's that nobody sees; a plan told or written by an audience that may not see bases."""

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from geo.answers.phase_map import answer_bundle, answer_phase_map, answer_today
from geo.answers.scenarios import (
    SaveRequest,
    answer_revisions,
    answer_scenarios,
    nth_scenario,
    open_scenario,
    save_scenario,
)
from geo.answers.world import World
from geo.drawdown.drafting import remove_phase, rename_phase, toggle_closing, with_measure
from geo.drawdown.phases import PhasesRequest
from geo.drawdown.scenarios import Measure, Phase, Scenario
from geo.errors import RequestError, StaleVersionError, UnknownRecordError, WithheldError
from geo.model import AccessMode, Audience
from geo.settings import Settings
from geo.workspace import Workspace, open_workspace

SEES = Audience.TASK_FORCE
DAY = dt.date(2026, 9, 30)
ASKED = PhasesRequest(limit_min=240, as_of=DAY, modes=(AccessMode.UNESCORTED,), resolution=4)


@pytest.fixture
def workspace(sample_folder: Path, tmp_path: Path) -> Workspace:
    return open_workspace(Path(shutil.copytree(sample_folder, tmp_path / "workspace")), author="planner")


def save(workspace: Workspace, settings: Settings, scenario: Scenario, version: int, reason: str = "tried out") -> str:
    request = SaveRequest(scenario=scenario, reason=reason, version=version)
    return save_scenario(workspace, World(workspace, settings), request, audience=SEES)[0]


def test_each_version_opens_with_its_own_measures(workspace: Workspace, settings: Settings) -> None:
    first = open_scenario(World(workspace, settings), "east-first", audience=SEES)
    assert [phase.name for phase in first.phases] == ["First closures", "Partners take over", "The north closes"]
    fewer = remove_phase(toggle_closing(first, 1, "base-04"), 2)
    save(workspace, settings, fewer, 1, "fewer phases")
    again = rename_phase(fewer, 1, "Thinning")
    save(workspace, settings, again, 2, "a better name")
    world = World(workspace, settings)
    opened = [open_scenario(world, "east-first", version=version, audience=SEES) for version in (1, 2, 3)]
    assert opened == [first, fewer, again]
    assert open_scenario(world, "east-first", audience=SEES) == again
    told = answer_revisions(world, "east-first", audience=SEES).frame
    assert told["reason"].tolist()[:2] == ["a better name", "fewer phases"]
    assert told["author"].tolist()[:2] == ["planner", "planner"]


def test_a_save_over_a_newer_version_is_refused_and_stores_nothing(workspace: Workspace, settings: Settings) -> None:
    first = open_scenario(World(workspace, settings), "east-first", audience=SEES)
    save(workspace, settings, rename_phase(first, 1, "Theirs"), 1)
    with pytest.raises(StaleVersionError, match="somebody saved 'East first, then the north' since you opened it"):
        save(workspace, settings, rename_phase(first, 1, "Mine"), 1)
    assert open_scenario(World(workspace, settings), "east-first", audience=SEES).phases[0].name == "Theirs"


def test_a_new_scenario_gets_an_id_and_the_list_tells_it_first(workspace: Workspace, settings: Settings) -> None:
    close = Measure(kind="close", base_id="base-06")
    made = Scenario(name="Été: north", phases=(Phase(name="one", begins_on=DAY, measures=(close,)),))
    identity = save(workspace, settings, made, 0)
    assert identity.startswith("ete-north-")
    listed = answer_scenarios(World(workspace, settings), audience=SEES)
    assert listed.kept == 2
    assert listed.scenarios.frame["scenario_id"].tolist() == [identity, "east-first"]
    assert open_scenario(World(workspace, settings), identity, audience=SEES) == replace(made, scenario_id=identity)


def test_a_removed_measure_stays_removed_when_the_import_it_came_from_is_withdrawn(
    workspace: Workspace, settings: Settings
) -> None:
    first = open_scenario(World(workspace, settings), "east-first", audience=SEES)
    save(workspace, settings, remove_phase(first, 3), 1)
    record = next(one for one in workspace.imports() if one.table == "measures")
    workspace.withdraw(record.import_id, reason="wrong file")
    table = workspace.table("measures")
    assert not table["kind"].eq("repair_airstrip").any()
    assert table["kind"].eq("force_close").any()  # written anew by the save


@pytest.mark.parametrize(
    ("scenario", "reason", "sentence"),
    [
        (Scenario(name="x", phases=(Phase(name="empty", begins_on=DAY),)), "r", r"phase 1 \(empty\) does nothing yet"),
        (Scenario(name=" "), "r", "a scenario needs a name"),
        (Scenario(name="x"), " ", "write a reason"),
    ],
)
def test_what_cannot_be_kept_is_said(
    workspace: Workspace, settings: Settings, scenario: Scenario, reason: str, sentence: str
) -> None:
    with pytest.raises(RequestError, match=sentence):
        save(workspace, settings, scenario, 0, reason)
    assert len(workspace.table("scenarios")) == 1


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER])
def test_who_may_not_see_bases_opens_and_saves_no_scenario(
    sample_world: World, sample_folder: Path, audience: Audience
) -> None:
    scenario = nth_scenario(sample_world, 0)
    with pytest.raises(WithheldError, match="withheld from the audience"):
        open_scenario(sample_world, "east-first", audience=audience)
    with pytest.raises(WithheldError, match="withheld from the audience"):
        answer_revisions(sample_world, "east-first", audience=audience)
    store, request = open_workspace(sample_folder, author="x"), SaveRequest(scenario=scenario, reason="r")
    with pytest.raises(WithheldError, match="withheld from the audience"):
        save_scenario(store, sample_world, request, audience=audience)
    listed = answer_scenarios(sample_world, audience=audience)
    assert listed.scenarios.withheld
    assert not len(listed.scenarios.columns)
    shown = answer_phase_map(sample_world, scenario, ASKED, 2, audience=audience)
    today = answer_today(sample_world, ASKED, audience=audience)
    assert [table.withheld for table in (shown.cells, shown.bases, today)] == [True] * 3
    assert not len(shown.bases.columns)
    with pytest.raises(UnknownRecordError, match=r"no base 'base-01' is open on 2026-09-30; check its id$"):
        answer_bundle(sample_world, "base-01", ASKED, audience=audience)


def test_the_map_of_a_phase_tells_what_became_of_each_base(sample_world: World) -> None:
    scenario = nth_scenario(sample_world, 0)
    bases = answer_phase_map(sample_world, scenario, ASKED, 3, audience=SEES).bases.frame.set_index("base_id")
    assert bases.loc["base-04", ["state", "symbol"]].tolist() == ["closed", "closing"]
    assert bases.loc["base-07", ["state", "symbol"]].tolist() == ["thinned", "thinned"]
    assert bases.loc["new-east", ["state", "symbol"]].tolist() == ["added", "added"]
    assert bases.loc["base-01", ["state", "symbol"]].tolist() == ["open", "hq"]
    assert bases.loc["base-05", "why"] == "forced to close on 2027-02-15"
    with pytest.raises(RequestError, match="the scenario has no phase 9; it has 4"):
        answer_phase_map(sample_world, scenario, ASKED, 9, audience=SEES)


def test_a_phase_that_does_nothing_yet_is_drawn(sample_world: World) -> None:
    empty = Scenario(name="x", phases=(Phase(name="one", begins_on=dt.date(2026, 10, 1)),))
    shown = answer_phase_map(sample_world, empty, ASKED, 1, audience=SEES)
    assert set(shown.bases.frame["state"]) == {"open"}
    assert not shown.cells.frame["lost"].any()


def test_a_bundle_tells_capabilities_and_the_end(sample_world: World) -> None:
    found = answer_bundle(sample_world, "base-11", ASKED, audience=SEES)
    row = found.base.frame.iloc[0]
    assert row["why"] == "its programme is no longer paid for"
    assert f"{row['last_day']:%Y-%m-%d}" == "2026-12-31"
    assert "child_protection" in set(found.bundle.frame["capability"])


def test_a_base_that_comes_in_a_phase_cannot_close_in_it(sample_world: World) -> None:
    scenario = nth_scenario(sample_world, 0)
    with pytest.raises(RequestError, match="comes in phase 2"):
        toggle_closing(scenario, 2, "new-east")
    assert toggle_closing(scenario, 3, "new-east") != scenario
    with pytest.raises(RequestError, match="has no phase 7"):
        with_measure(scenario, 7, Measure(kind="close", base_id="base-01"))
