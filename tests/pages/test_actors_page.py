"""Silent risks here: years told to an audience that may not know who is where; a line of another actor than the one
chosen."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.answers.world import World
from geo.model import WORKSPACE_VARIABLE, Audience
from tests.pages.test_pages import FRAMED, ROOT, RUN_S, sent

PAGE = str(ROOT / "pages" / "actors.py")


@pytest.fixture(autouse=True)
def workspace(sample_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(sample_folder))
    monkeypatch.chdir(ROOT)


def opened(audience: Audience, chosen: str = "") -> AppTest:
    app = AppTest.from_string(FRAMED.format(page=PAGE), default_timeout=RUN_S)
    app.session_state["audience"] = audience
    if chosen:
        app.session_state["who"] = chosen
    return app.run()


def test_the_years_of_all_and_of_one(sample_world: World) -> None:
    every = sent(opened(Audience.TASK_FORCE))
    assert "Cells led, every 6 months" in every
    assert "actors of equal weight" in every
    assert "On record" not in every
    plain = sample_world.actors["name"].str.fullmatch("[A-Za-z ]+")  # written the same in every kind of text
    record = sample_world.actors.loc[plain.to_numpy(dtype=bool)].iloc[0]
    one = sent(opened(Audience.TASK_FORCE, str(record["actor_id"])))
    assert "cells led on" in one
    assert "On record" in one
    assert str(record["name"]) in one


def test_the_public_gets_no_years() -> None:
    told = sent(opened(Audience.PUBLIC))
    assert "Cells led, every" not in told
    assert "cells led on" not in told
