"""What must not leave, searched for in scenarios, their maps, the closing order, the ledger and the pack. Silent risks: a
refusal that tells whether a base is there; a place of the asker's own that finds every site by what it adds."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.answers.closing import answer_closing
from geo.answers.handover import HandoverRequest, answer_handover
from geo.answers.handover_checklist import answer_checklist
from geo.answers.handover_package import PackageRequest, answer_package
from geo.answers.phase_map import answer_bundle, answer_phase_map, answer_today
from geo.answers.phases import answer_phases
from geo.answers.scenarios import answer_revisions, answer_scenarios, open_scenario
from geo.answers.workshop_pack import answer_pack
from geo.answers.world import World
from geo.drawdown.phases import PhasesRequest
from geo.drawdown.scenarios import Measure, Phase, Scenario
from geo.errors import GeoError, UnknownRecordError, WithheldError
from geo.exports.workshop_files import pack_file
from geo.model import AccessMode, Audience, ClosingRequest, LonLat
from geo.settings import Settings
from tests.toy_country import toy_workspace
from tests.unit.test_leaks import CANARIES, DAY, assert_no_canary, cleared_parts, exports_of, tables, words_of

BELOW = [Audience.PUBLIC, Audience.CLUSTER]
LATER = dt.date(2020, 9, 1)
ASKED = PhasesRequest(limit_min=240.0, as_of=DAY, modes=(AccessMode.UNESCORTED,), resolution=4)
DRAWN: dict[str, Audience | None] = {
    **CANARIES,
    "Planulm": Audience.TASK_FORCE,
    "Noteulm": Audience.TASK_FORCE,
    "Phaseulm": Audience.TASK_FORCE,
    "Reliefmira": Audience.TASK_FORCE,
    "duty-secret": Audience.TASK_FORCE,
    "Filesulm": Audience.CASE_TEAM,
    "mandate-secret": Audience.CASE_TEAM,
    "Proofulm": Audience.CASE_TEAM,
}


def closing(base_id: str) -> Scenario:
    phase = Phase(name="Phaseulm", begins_on=LATER, measures=(Measure(kind="close", base_id=base_id),))
    return Scenario(name="Planulm", note="Noteulm", phases=(phase,), scenario_id="plan")


def adding(lon: float, lat: float) -> Scenario:
    measure = Measure(kind="add_base", base_id="mine", name="Mine", organisation="Us", organisation_type="ingo",
                      place=LonLat(lon, lat))  # fmt: skip
    return Scenario(name="mine", phases=(Phase(name="one", begins_on=LATER, measures=(measure,)),))


def drawn_tables() -> dict[str, list[dict[str, Any]]]:
    duty = {"base_id": "kwisa-id", "receiver": "Reliefmira", "what": "Filesulm", "evidence": "Proofulm"}
    plan = {"scenario_id": "plan", "phase": 1, "phase_name": "Phaseulm", "begins_on": LATER.isoformat()}
    return {
        **tables(),
        "duties": [
            {**duty, "duty_id": "duty-secret", "kind": "database", "status": "agreed"},
            {**duty, "duty_id": "mandate-secret", "kind": "negotiation_mandate", "status": "agreed"},
        ],
        "scenarios": [{"scenario_id": "plan", "name": "Planulm", "note": "Noteulm"}],
        "measures": [{**plan, "measure_id": "plan-001", "kind": "close", "base_id": "kwisa-id"}],
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> World:
    folder: Path = tmp_path_factory.mktemp("drawn") / "ws"
    return World(toy_workspace(folder, drawn_tables()), settings)


def questions(world: World, base_id: str, audience: Audience) -> Iterator[Callable[[], Any]]:
    """Every question about a drawdown that names a base."""
    plan = closing(base_id)
    closes = ClosingRequest(limit_min=240.0, as_of=DAY, mode=AccessMode.UNESCORTED, keep=(base_id,))
    package = PackageRequest(base_id=base_id, receiver="Reliefmira", as_of=DAY, reason="why")
    yield lambda: answer_phases(world, plan, ASKED, audience=audience)
    yield lambda: answer_phase_map(world, plan, ASKED, 1, audience=audience)
    yield lambda: answer_pack(world, plan, ASKED, audience=audience)
    yield lambda: answer_handover(world, HandoverRequest(as_of=DAY, scenario=plan), audience=audience)
    yield lambda: answer_handover(world, HandoverRequest(as_of=DAY, base_ids=(base_id,)), audience=audience)
    yield lambda: answer_bundle(world, base_id, ASKED, audience=audience)
    yield lambda: answer_closing(world, closes, audience=audience)
    yield lambda: answer_checklist(world, base_id, DAY, audience=audience)
    yield lambda: answer_package(world, package, audience=audience)


def answers_of(world: World, audience: Audience) -> Iterator[Any]:
    yield answer_today(world, ASKED, audience=audience)
    yield answer_scenarios(world, audience=audience)
    for ask in questions(world, "kwisa-id", audience):
        try:
            yield ask()
        except GeoError as error:
            yield str(error).replace("'kwisa-id'", "")  # what the asker said


@pytest.mark.parametrize("audience", list(Audience))
def test_no_canary_in_any_answer_about_a_drawdown(world: World, audience: Audience) -> None:
    searched = 0
    for answer in answers_of(world, audience):
        parts = list(cleared_parts(list(answer.tables.values()) if hasattr(answer, "tables") else answer))
        words = words_of(answer.facts) if hasattr(answer, "tables") and audience in BELOW else ""
        assert_no_canary(words or words_of(parts or answer), audience, type(answer).__name__, DRAWN)
        for part in parts:
            assert_no_canary(part.frame.to_csv(), audience, part.view, DRAWN)
            for content in exports_of(part):
                assert_no_canary(content, audience, f"export of {part.view}", DRAWN)
                searched += 1
    assert searched > 30


@pytest.mark.parametrize("form", ["pdf", "pptx"])
@pytest.mark.parametrize("audience", BELOW)
def test_no_canary_in_the_bytes_of_a_pack(world: World, audience: Audience, form: str) -> None:
    found = answer_pack(world, closing("kwisa-id"), ASKED, audience=audience)
    content = pack_file(form, found.tables, found.facts, language="en", base=(), bounds=(0.0, 0.0, 4.0, 4.0))
    assert_no_canary(content, audience, form, DRAWN)


def test_the_search_finds_what_the_case_team_may_see(world: World) -> None:
    seen = b"".join(
        content
        for answer in answers_of(world, Audience.CASE_TEAM)
        for part in cleared_parts(list(answer.tables.values()) if hasattr(answer, "tables") else answer)
        for content in exports_of(part)
    )
    for canary in (
        "Kwisabase",
        "kwisa-id",
        "Planulm",
        "Phaseulm",
        "Reliefmira",
        "duty-secret",
        "mandate-secret",
        "Filesulm",
    ):
        assert canary.encode() in seen, canary


@pytest.mark.parametrize("audience", BELOW)
def test_a_refusal_does_not_tell_which_bases_there_are(world: World, audience: Audience) -> None:
    for ask in questions(world, "ghost-id", audience):
        try:
            ask()
        except GeoError as error:
            assert_no_canary(str(error), audience, "refusal", DRAWN)
    for call in (open_scenario, answer_revisions):
        with pytest.raises(WithheldError) as kept:
            call(world, "plan", audience=audience)
        with pytest.raises(WithheldError) as ghost:
            call(world, "ghost", audience=audience)
        assert str(kept.value) == str(ghost.value)
    told = []
    for base_id in ("kwisa-id", "ghost-id"):
        with pytest.raises(UnknownRecordError) as refusal:
            answer_bundle(world, base_id, ASKED, audience=audience)
        told.append(str(refusal.value).replace(base_id, ""))
    assert told[0] == told[1]


@pytest.mark.parametrize("audience", BELOW)
@pytest.mark.parametrize("place", [(0.71239, 0.48761), (3.0, 3.0)])
def test_a_place_of_ones_own_finds_no_site(world: World, audience: Audience, place: tuple[float, float]) -> None:
    """With two minutes as limit the share of sites would grow at a site and nowhere else."""
    near = replace(ASKED, limit_min=2.0)
    for ask in (answer_phases, answer_pack):
        with pytest.raises(WithheldError, match="what a place adds tells where sites lie"):
            ask(world, adding(*place), near, audience=audience)
    with pytest.raises(WithheldError, match="what a place adds tells where sites lie"):
        answer_phase_map(world, adding(*place), near, 1, audience=audience)
    assert answer_phases(world, adding(*place), near, audience=Audience.TASK_FORCE).phases.columns
