"""Silent risks here: a button that stores nothing, or stores without a reason; an undo that cannot be reached; a page
that tells an audience below the task force more than how many."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.model import WORKSPACE_VARIABLE, Audience
from geo.workspace import open_workspace
from tests.pages.test_pages import FRAMED, ROOT, RUN_S, sent

PAGE = str(ROOT / "pages" / "review.py")


@pytest.fixture
def folder(sample_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample that a test may write to."""
    copy = tmp_path / "workspace"
    shutil.copytree(sample_folder, copy)
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(copy))
    monkeypatch.chdir(ROOT)
    return copy


def opened(audience: Audience) -> AppTest:
    app = AppTest.from_string(FRAMED.format(page=PAGE), default_timeout=RUN_S)
    app.session_state["audience"] = audience
    return app.run()


def press(app: AppTest, label: str, reason: str) -> AppTest:
    app.text_input[0].set_value(reason)
    next(button for button in app.button if button.label == label).click()
    return app.run()


def headline(app: AppTest) -> str:
    return sent(app).split("<h1>")[1].split("</h1>")[0]


def test_merge_keep_apart_and_undo_from_the_page(folder: Path) -> None:
    app = opened(Audience.TASK_FORCE)
    waiting = int(headline(app).split()[0])
    assert waiting > 500
    press(app, "Same event", "")
    assert "give a reason" in sent(app)
    assert int(headline(app).split()[0]) == waiting
    press(app, "Same event", "same clash in both")
    assert int(headline(app).split()[0]) == waiting - 1
    press(app, "Not the same", "two villages")
    assert not app.exception
    workspace = open_workspace(folder, author="test")
    assert sorted(workspace.table("merges")["decision"]) == ["not_same", "same"]
    assert set(workspace.provenance("merges")["reason"]) == {"same clash in both", "two villages"}
    app.segmented_control(key="which").set_value("done")
    app.run()
    assert "same clash in both" not in sent(app)  # reasons are free text: the case team's
    assert "Not the same, by planner" in sent(app)  # the newest decision stands first
    press(app, "Undo", "it was one after all")
    assert not app.exception
    assert sorted(workspace.table("merges")["decision"]) == ["same", "withdrawn"]
    workspace.close()


@pytest.mark.usefixtures("folder")
def test_below_the_task_force_only_numbers_are_sent() -> None:
    app = opened(Audience.CLUSTER)
    text = sent(app)
    assert "pairs to" in text
    assert "withheld from the audience cluster" in text
    assert not app.button
    assert "km apart" not in text
    assert "alerts" not in text


def test_settle_a_name_and_undo_from_the_page(folder: Path) -> None:
    app = opened(Audience.TASK_FORCE)
    app.segmented_control(key="which").set_value("names")
    app.run()
    assert headline(app).startswith("1 reported name fits several actors")
    text = sent(app)
    assert "Left open: several actors fit" in text
    assert "in XPI: 34 reports, 8 Mar 2025 to 9 Sep 2026" in text
    assert "Union des forces" in text
    press(app, "Settle", "letter of the wing")
    assert "choose which actor is meant, or none of them" in sent(app)
    next(box for box in app.selectbox if box.label == "Actor meant").set_value("mlh-r")
    press(app, "Settle", "")
    assert "give a reason" in sent(app)
    workspace = open_workspace(folder, author="test")
    assert len(workspace.table("actor_names")) == 0
    press(app, "Settle", "letter of the wing")
    assert not app.exception
    assert headline(app) == "No reported name waits for a person"
    stored = workspace.table("actor_names").iloc[0]
    assert stored[["name", "country", "actor_id"]].tolist() == ["MLH", "XPI", "mlh-r"]
    assert workspace.provenance("actor_names")["reason"].tolist() == ["letter of the wing"]
    assert "letter of the wing" not in sent(app)  # reasons are free text: the case team's
    press(app, "Undo", "it was the other wing")
    assert not app.exception
    assert workspace.table("actor_names")["withdrawn"].tolist() == [True]
    assert headline(app).startswith("1 reported name fits")
    workspace.close()


def test_nothing_is_settled_on_the_ground_of_what_was_known_earlier(folder: Path) -> None:
    app = opened(Audience.TASK_FORCE)
    app.segmented_control(key="which").set_value("names")
    app.session_state["knownat"] = dt.datetime.now(tz=dt.UTC).date()
    app.run()
    next(box for box in app.selectbox if box.label == "Actor meant").set_value("mlh-r")
    press(app, "Settle", "letter of the wing")
    assert "this page shows what was known" in sent(app)
    workspace = open_workspace(folder, author="test")
    assert len(workspace.table("actor_names")) == 0
    workspace.close()
