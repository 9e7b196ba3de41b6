"""Silent risks here: a road's record or a base's reach told to an audience that may not know them; a stretch thought
closed that changes nothing; a control whose words promise what the audience is refused."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.answers.world import World
from geo.model import WORKSPACE_VARIABLE, AccessMode, Audience
from tests.pages.test_pages import FRAMED, ROOT, RUN_S, sent

PAGE = str(ROOT / "pages" / "access.py")


@pytest.fixture(autouse=True)
def workspace(sample_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(sample_folder))
    monkeypatch.chdir(ROOT)


def opened(audience: Audience, **state: object) -> AppTest:
    app = AppTest.from_string(FRAMED.format(page=PAGE), default_timeout=RUN_S)
    app.session_state["audience"] = audience
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("mode", list(AccessMode))
def test_reach_of_each_mode_names_bases_to_the_task_force_only(sample_world: World, mode: AccessMode) -> None:
    told = sent(opened(Audience.TASK_FORCE, roads="reach", mode=mode.value))
    assert "Bases by sites they reach" in told
    assert "sites are within 4 h of a base" in told
    public = sent(opened(Audience.PUBLIC, roads="reach", mode=mode.value))
    assert "it gives bases away" in public
    assert "Bases by sites they reach" not in public
    assert all(str(base_id) not in public for base_id in sample_world.base_tables[0]["base_id"])


def test_the_card_of_a_road_tells_its_record_and_offers_forms(sample_world: World) -> None:
    segment = str(sample_world.network.segments["segment_id"].iloc[10])
    told = sent(opened(Audience.TASK_FORCE, road_chosen=segment))
    assert "Known from" in told
    assert "Add constraint" in told
    assert "What if it closes" in told
    withheld = sent(opened(Audience.PUBLIC, road_chosen=segment))
    assert "is withheld from the audience public" in withheld
    assert "Add constraint" not in withheld


def test_a_stretch_thought_closed_says_what_that_costs(sample_world: World) -> None:
    app = opened(Audience.TASK_FORCE)
    assert "What if" not in sent(app)
    segment = str(sample_world.network.segments["segment_id"].iloc[0])
    told = sent(opened(Audience.TASK_FORCE, journey_closed=(segment,)))
    assert f"What if {segment} closed" in told
    assert "The fastest way" in told


def test_hours_are_told_where_a_time_is_set() -> None:
    told = sent(opened(Audience.TASK_FORCE, leave="15:00"))
    assert "leaving at 15:00" in told
    assert "arrives" in told


def test_who_may_not_know_constraints_is_offered_ferries_only() -> None:
    public = sent(opened(Audience.PUBLIC))
    assert "ferries" in public
    assert "ambush sites" not in public
    assert "ambush sites" in sent(opened(Audience.TASK_FORCE))


def test_a_position_in_the_address_is_a_place() -> None:
    told = sent(opened(Audience.TASK_FORCE, **{"from": "0.1522, 0.1278", "to": "1.9778, -0.3591"}))
    assert "0.1522, 0.1278 to 1.9778, -0.3591" in told
