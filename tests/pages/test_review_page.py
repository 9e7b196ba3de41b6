"""Silent risks here: a button that stores nothing, or stores without a reason; an undo that cannot be reached; a page
that tells an audience below the task force more than how many."""

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
