"""Silent risks here: years, kin or engagement told to an audience that may not know them; the card of another actor
than the one chosen; a page that says today what was learnt after the day it is asked to know."""

import datetime as dt
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.answers.world import World
from geo.model import WORKSPACE_VARIABLE, Audience
from tests.pages.test_pages import FRAMED, ROOT, RUN_S, sent

PAGE = str(ROOT / "pages" / "actors.py")
HEIR = "mlh-r"  # of the sample: split from a signatory, broke its plan, engaged by a role


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


def test_the_years_of_all_and_of_one(sample_world: World) -> None:
    every = sent(opened(Audience.TASK_FORCE))
    assert "Cells led, every 6 months" in every
    assert "actors of equal weight" in every
    assert "Last evidence" not in every
    plain = sample_world.actors["name"].str.fullmatch("[A-Za-z ]+")  # written the same in every kind of text
    record = sample_world.actors.loc[plain.to_numpy(dtype=bool)].iloc[0]
    one = sent(opened(Audience.TASK_FORCE, who=str(record["actor_id"]), side="years"))
    assert "cells led on" in one
    assert "Last evidence" in one
    assert str(record["name"]) in one


def test_the_public_gets_no_years() -> None:
    told = sent(opened(Audience.PUBLIC))
    assert "Cells led, every" not in told
    assert "cells led on" not in told


def test_the_contested_view_says_between_whom() -> None:
    told = sent(opened(Audience.CLUSTER, contest="contested"))
    assert "Who contests whom" in told
    assert "contest most cells" in told
    assert "rim: second actor" in told


def test_the_record_shows_engagement_from_task_force_up(sample_world: World) -> None:
    record = sample_world.actors.set_index("actor_id").loc[HEIR]
    seen = sent(opened(Audience.TASK_FORCE, who=HEIR))
    for text in (
        str(record["focal_point"]),
        str(record["mandate_holder"]),
        "Edit record",
        "Add sighting",
        "Add commitment",
        "broken",
    ):
        assert text in seen, text
    withheld = sent(opened(Audience.CLUSTER, who=HEIR))
    assert "Engagement is withheld" in withheld
    for text in (str(record["focal_point"]), str(record["mandate_holder"]), "Edit record", "Commitments"):
        assert text not in withheld, text


def test_lineage_is_drawn_and_dated() -> None:
    app = opened(Audience.CLUSTER, who=HEIR, side="lineage")
    told = sent(app)
    assert "split from" in told
    assert "15 Feb 2025" in told
    assert app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")


def test_evidence_is_listed_from_task_force_up() -> None:
    told = sent(opened(Audience.TASK_FORCE, who=HEIR, side="evidence"))
    assert "Reports naming it, by quarter" in told
    assert "Newest evidence" in told
    withheld = sent(opened(Audience.CLUSTER, who=HEIR, side="evidence"))
    assert "Evidence is withheld" in withheld
    assert "Newest evidence" not in withheld


def test_a_step_of_the_slider_moves_the_day_of_all_pages() -> None:
    app = opened(Audience.TASK_FORCE)
    first = dt.date(2023, 12, 31)
    app.select_slider[0].set_value(first).run()
    assert not app.exception
    assert app.session_state["asof"] == first
    assert "as of 31 Dec 2023" in sent(app)


def test_what_was_known_on_a_day_stands_on_the_map() -> None:
    today = dt.datetime.now(tz=dt.UTC).date()
    told = sent(opened(Audience.TASK_FORCE, knownat=today))
    assert f"as known on {today.day} {today:%b %Y}" in told
    assert f"from what was known on {today.day} {today:%b %Y}" in told
