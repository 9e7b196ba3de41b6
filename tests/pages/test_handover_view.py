"""Silent risks here: a duty, base or receiver told to who may not see it; a package sealed without a reason, or one whose
contents reach the browser unsealed; a duty nobody wrote down that cannot be written down."""

import datetime as dt
import re
import shutil
from pathlib import Path

import pyrage
import pytest
from streamlit.testing.v1 import AppTest

from geo.answers.world import World
from geo.drawdown.scenarios import Scenario
from geo.exports.handover_package import open_package
from geo.model import WORKSPACE_VARIABLE, Audience
from geo.workspace import open_workspace
from pages._shared.data.handing_over import SealedPackage
from pages._shared.drawdown import handover_words
from tests.pages.test_pages import FRAMED, ROOT, RUN_S, sent

PAGE = str(ROOT / "pages" / "drawdown.py")
KEY = pyrage.x25519.Identity.generate()
NOTHING = Scenario(name="Nothing yet")  # on the table: else the kept scenario closes bases
NORTH = {"base-05": "Orlonelle, MINOSS"}


@pytest.fixture
def folder(sample_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample that a test may write to."""
    copy = tmp_path / "workspace"
    shutil.copytree(sample_folder, copy)
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(copy))
    monkeypatch.chdir(ROOT)
    return copy


@pytest.fixture
def _sample(sample_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(sample_folder))
    monkeypatch.chdir(ROOT)


def opened(audience: Audience, **state: object) -> AppTest:
    app = AppTest.from_string(FRAMED.format(page=PAGE), default_timeout=2 * RUN_S)
    app.session_state["audience"] = audience
    app.session_state["drawdown-view"] = "handover"
    app.session_state["drawdown_draft"] = NOTHING
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def dialog_of(name: str, audience: Audience, **state: object) -> AppTest:
    """A dialog by itself: in a test of the whole page it is gone when its form is sent."""
    app = AppTest.from_string(
        f"from pages._shared.drawdown import handover_dialogs\nhandover_dialogs.{name}()", default_timeout=2 * RUN_S
    )
    app.session_state["audience"] = audience
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return app.run()


def type_in(app: AppTest, **texts: str) -> None:
    for field in app.text_input:
        for beginning, text in texts.items():
            if field.label.lower().startswith(beginning.replace("_", " ")):
                field.set_value(text)


@pytest.mark.usefixtures("_sample")
@pytest.mark.parametrize("audience", list(Audience))
def test_the_view_runs_and_tells_only_what_its_audience_may_see(audience: Audience, sample_world: World) -> None:
    app = opened(audience)
    assert not app.exception
    assert not app.error
    text = sent(app)
    duties = sample_world.records("duties")
    if audience.may_see(Audience.TASK_FORCE):
        headline = text.split("<h1>")[1].split("</h1>")[0]
        numbers = "21 of 33" if audience == Audience.CASE_TEAM else "19 of 31"
        assert headline == f"{numbers} duties fall to nobody; Ibolane closes in 93 days"
    words = {*duties["what"].dropna(), *duties["evidence"].dropna()} if audience != Audience.CASE_TEAM else set()
    if not audience.may_see(Audience.TASK_FORCE):
        words |= {
            *duties["duty_id"],
            *duties["base_id"],
            *duties["receiver"].dropna(),
            *sample_world.records("requests")["request_id"],
        }
        assert "withheld" in text
    assert {word for word in words if re.search(rf"(?<![\w-]){re.escape(str(word))}(?![\w-])", text)} == set()


@pytest.mark.usefixtures("_sample")
def test_one_base_is_counted_down_and_each_base_has_its_row() -> None:
    everything, one = opened(Audience.CASE_TEAM), opened(Audience.CASE_TEAM, heirs="base-05")
    table = one.dataframe[0].value
    assert set(table["base"]) == {"Orlonelle"}
    assert len(table) < len(everything.dataframe[0].value)
    assert everything.dataframe[0].value["days"].dropna().is_monotonic_increasing
    bases = opened(Audience.CASE_TEAM, **{"handover-list": "Bases"})
    assert sent(bases).count("<tr>") == 11  # a header and ten bases


@pytest.mark.usefixtures("_sample")
def test_who_may_see_no_duty_is_offered_no_button() -> None:
    assert not {"Checklist", "Seal a package"} & {button.label for button in opened(Audience.CLUSTER).button}
    assert {"Checklist", "Seal a package"} <= {button.label for button in opened(Audience.TASK_FORCE).button}


def test_a_base_adopts_the_lines_that_stay_ticked(folder: Path) -> None:
    app = dialog_of("_adopting", Audience.TASK_FORCE, handover_adopting=(NORTH, "base-05"))
    assert [box.label.split(":")[0] for box in app.checkbox] == ["Vehicle", "Open request"]
    app.checkbox[0].uncheck()
    app = press(app, "Adopt")
    assert "give a reason" in sent(app)
    type_in(app, reason="the workshop")
    app = press(app, "Adopt")
    assert not app.exception
    rows = open_workspace(folder, author="test").table("duties").set_index("duty_id")
    assert rows.loc["base-05-requests", "status"] == "planned"
    assert "base-05-vehicles" not in rows.index


def test_a_package_is_sealed_with_a_reason_and_only_its_sealed_form_is_kept(folder: Path) -> None:
    app = dialog_of("_sealing", Audience.CASE_TEAM, handover_sealing=(NORTH, "base-05"))
    receivers = next(box for box in app.selectbox if box.label == "Receiver")
    receivers.set_value("UN children's agency")
    type_in(app, age_key=str(KEY.to_public()))
    app = press(app, "Seal")
    assert "give a reason; without one nothing is sealed" in sent(app)
    assert open_workspace(folder, author="test").table("duties")["sealed_on"].isna().all()
    type_in(app, reason="agreed at the workshop")
    app = press(app, "Seal")
    assert not app.exception
    sealed: SealedPackage = app.session_state["handover_sealed"]
    assert sealed.sha256 in sent(app)
    assert sealed.duties == 2
    assert b"verification files" not in sealed.content
    assert b"verification files of the north" in open_package(sealed.content, identities=str(KEY)).files["duties.csv"]
    rows = open_workspace(folder, author="test").table("duties").set_index("duty_id")
    assert rows.loc[["duty-08", "duty-11"], "status"].tolist() == ["sealed", "sealed"]
    assert str(rows.loc["duty-08", "sealed_on"].date()) == dt.date(2026, 9, 30).isoformat()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"state": "missing", "receiver": None, "why": "x"}, "nobody: not written down"),
        ({"state": "orphaned", "receiver": None, "why": "nobody is named to take it over"}, "nobody is named"),
        (
            {"state": "orphaned", "receiver": "A", "why": "its receiver is paid for it until 2027-03-14 only"},
            "nobody: its receiver is paid for it until 14 Mar 2027 only",
        ),
        ({"state": "late", "receiver": "A", "why": "was due on 2026-09-15"}, "late: A"),
        ({"state": "on_course", "receiver": "A", "why": None}, "A"),
    ],
)
def test_the_countdown_names_the_heir_or_why_there_is_none(row: dict[str, str | None], said: str) -> None:
    assert handover_words.heir(row) == said


@pytest.mark.usefixtures("_sample")
def test_numbers_rounded_down_are_told_as_bounds() -> None:
    text = sent(opened(Audience.CLUSTER))
    assert re.search(r"At least \d+ duties fall to nobody", text)
    assert "&lt; 5 of ≥ 30" in text
    assert not re.search(r"\d+ of \d+ duties", text)
