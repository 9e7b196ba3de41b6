"""Silent risks here: a site, a case or a mission told to who may not see it; a plan signed without a team, a role or a
reason; a look at an alternative that plans all anew; a change that does not do what its button says."""

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.answers.world import World
from geo.model import WORKSPACE_VARIABLE, Audience
from geo.workspace import open_workspace
from pages._shared.data import planning
from tests.pages.test_pages import FRAMED, ROOT, RUN_S, sent

PAGE = str(ROOT / "pages" / "missions.py")
VIEWS = ("queue", "plan", "week", "calendar", "noteam")
PICKED = ("case-011", "case-001", "case-019")
SATURDAY = dt.date(2026, 10, 3)  # no UN staff works


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


def opened(audience: Audience, view: str = "queue", **state: object) -> AppTest:
    app = AppTest.from_string(FRAMED.format(page=PAGE), default_timeout=2 * RUN_S)
    app.session_state["audience"] = audience
    app.session_state["mission"] = view
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def dialog_of(module: str, **state: object) -> AppTest:
    """A dialog by itself: in a test of the whole page it is gone when its form is sent."""
    app = AppTest.from_string(
        f"from pages._shared.missions import {module}\n{module}._dialog()", default_timeout=2 * RUN_S
    )
    app.session_state["audience"] = Audience.TASK_FORCE
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def planning_on_a_saturday() -> AppTest:
    return opened(Audience.TASK_FORCE, "plan", mission_basket=PICKED, kept_plan_leaves=SATURDAY, kept_plan_season="dry")


def press(app: AppTest, label: str) -> AppTest:
    exact = [button for button in app.button if button.label == label]
    (exact or [button for button in app.button if button.label.startswith(label)])[0].click()
    return app.run()


def headline(app: AppTest) -> str:
    return sent(app).split("<h1>")[1].split("</h1>")[0]


@pytest.mark.usefixtures("_sample")
@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("view", VIEWS)
def test_each_view_runs_and_tells_only_what_its_audience_may_see(
    view: str, audience: Audience, sample_world: World
) -> None:
    app = opened(audience, view)
    assert not app.exception
    assert not app.error
    if audience.may_see(Audience.TASK_FORCE):
        return
    text = sent(app)
    withheld = {
        *sample_world.records("requests")["request_id"],
        *sample_world.records("missions")["mission_id"],
        *sample_world.records("staff")["staff_id"],
        *sample_world.bases_at(sample_world.latest_date)["base_id"],
    }
    towns = set(sample_world.places["name"].dropna())  # published on the base map
    withheld |= set(sample_world.sites_at(sample_world.latest_date)["name"]) - towns
    found = {word for word in withheld if re.search(rf"(?<![\w-]){re.escape(str(word))}(?![\w-])", text)}
    assert not found
    assert "withheld" in text


@pytest.mark.usefixtures("_sample")
@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER])
def test_a_basket_of_another_audience_is_not_planned_for(audience: Audience) -> None:
    app = opened(audience, "plan", mission_basket=PICKED)
    assert headline(app) == "Plans are not for this audience"
    assert not set(PICKED) & set(re.findall(r"case-\d+", sent(app)))


@pytest.mark.usefixtures("_sample")
def test_files_are_closed_with_the_reason_for_who_may_not_have_them() -> None:
    public, force = opened(Audience.PUBLIC, "plan"), opened(Audience.TASK_FORCE, "calendar")
    assert "Withheld from the audience public." in sent(public)
    assert all(button.proto.disabled for button in public.get("download_button"))
    assert len(public.get("download_button")) == 8
    assert "no plan is on the record of mission-02" in sent(force)  # done before plans were kept
    assert all(button.proto.disabled for button in force.get("download_button"))


@pytest.mark.usefixtures("_sample")
def test_the_queue_says_its_finding_and_picks_the_oldest() -> None:
    app = opened(Audience.TASK_FORCE)
    assert headline(app) == "28 requests wait, all late or late within 30 days; 23 referrals are overdue"
    assert "209 d" in sent(app)
    press(app, "Pick the oldest")
    assert not app.exception
    assert app.session_state["mission_basket"] == ("case-011",)
    text = sent(app)
    assert "case-011 · abduction" in text
    assert "overdue since 12 Mar 2026" in text
    assert "alerted 209 days ago (+6)" in text
    press(app, "Take out")
    assert app.session_state["mission_basket"] == ()


@pytest.mark.usefixtures("_sample")
def test_what_waits_no_more_leaves_the_basket() -> None:
    app = opened(Audience.TASK_FORCE, mission_basket=("case-011", "case-051"))  # the second was verified
    assert app.session_state["mission_basket"] == ("case-011",)


@pytest.mark.usefixtures("_sample")
def test_a_look_at_another_alternative_plans_nothing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    answer = planning.answer_plan

    def counted(*args: object, **more: object) -> object:
        made.append(args)
        return answer(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(planning, "answer_plan", counted)
    planning._plan.clear()
    app = planning_on_a_saturday()
    assert not app.exception
    assert len(made) == 1
    app.radio(key="plan_letter").set_value("B").run()
    app.segmented_control(key="plan-side").set_value("team").run()
    app.segmented_control(key="plan-side").set_value("out").run()
    assert not app.exception
    assert len(made) == 1


def test_a_team_that_is_short_is_told_mended_and_signed(folder: Path) -> None:
    app = planning_on_a_saturday()
    assert headline(app) == "2 ways there, and none has a team that keeps the rules"
    text = sent(app)
    assert "No team can be formed" in text
    assert "UN staff: 1 needed, 0 free" in text
    assert next(button for button in app.button if button.label == "Sign A").proto.disabled
    press(app, "One more trained woman interviewer")
    assert "Only a person can provide that" in sent(app)
    press(app, "Move to Monday 5 October")
    assert not app.exception
    assert "leaving 5 Oct 2026" in sent(app)
    assert headline(app).startswith("A serves all 3 requests")
    app.radio(key="plan_letter").set_value("B").run()
    assert "leaving 5 Oct 2026" in sent(app)  # a look at B moves nothing
    press(app, "Sign B")
    found, row = app.session_state["signing_plan"]
    dialog = dialog_of("signing", signing_plan=(found, row))
    press(dialog, "Sign")
    assert "a sign-off needs a role and a reason" in sent(dialog)
    fields = {field.label: field for field in dialog.text_input}
    fields["Role"].set_value("head of field office")
    fields["Reason"].set_value("the oldest first")
    press(dialog, "Sign")
    workspace = open_workspace(folder, author="test")
    missions = workspace.table("missions").set_index("status")
    assert missions.loc["signed", "signed_role"] == "head of field office"
    assert set(str(missions.loc["signed", "request_ids"]).split(";")) == set(PICKED)
    assert missions.loc["signed", "mode"] == "discreet"
    workspace.close()
    after = opened(Audience.TASK_FORCE, "plan", mission_signed=dialog.session_state["mission_signed"])
    assert "is signed: 3 stops, 5 Oct 2026 to 7 Oct 2026" in headline(after)
    assert not any(button.proto.disabled for button in after.get("download_button"))
    press(after, "Plan another")
    assert headline(after) == "Pick requests to plan for"
    cluster = opened(Audience.CLUSTER, "calendar")
    closed = {button.proto.label: button.proto.disabled for button in cluster.get("download_button")}
    assert closed == {
        "Order (PDF, English)": False, "Ordre (PDF, français)": False, "GPX (tracks and waypoints)": True,
        "GPX (traces et points)": True, "KML": True, "KML (français)": True, "Clearance form (CSV)": True,
        "Demande d’autorisation (CSV)": True,
    }  # fmt: skip
    assert dialog.session_state["mission_signed"] not in sent(cluster)


@pytest.mark.usefixtures("_sample")
def test_leaving_out_and_nothing_called_safe() -> None:
    app = planning_on_a_saturday()
    for side in ("days", "team", "out"):
        app.segmented_control(key="plan-side").set_value(side).run()
        assert not re.search(r"\bsafe\b|recommend", sent(app), re.IGNORECASE)


def test_results_feed_the_record_of_visits_and_requests(folder: Path) -> None:
    app = opened(Audience.TASK_FORCE, "calendar")
    assert headline(app) == "No missions signed, 2 done; no conflicts"
    press(app, "Tell results")
    assert "What came of it" in sent(app)
    dialog = dialog_of("results", results_of=app.session_state["results_of"])
    assert sum(box.label == "Outcome" for box in dialog.selectbox) == 3
    press(dialog, "Store results")
    assert "tell what came of at least one stop" in sent(dialog)
    dialog.selectbox(key="outcome-case-052").set_value("pending")
    dialog.selectbox(key="why-case-052").set_value("children_gone")
    next(field for field in dialog.text_input if field.label == "Told by").set_value("MINOSS")
    press(dialog, "Store results")
    assert not dialog.exception
    workspace = open_workspace(folder, author="test")
    visit = workspace.table("visits").set_index("visit_id").loc["mission-02:case-052"]
    assert (visit["outcome"], visit["not_verified_because"], visit["source"]) == ("pending", "children_gone", "MINOSS")
    workspace.close()
