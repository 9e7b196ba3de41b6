"""Silent risks here: a base told to who may not see it by way of the draft; a click that is taken twice; a draft lost by
a refusal, a rerun or a visit to another page; a kind of measure no control leads to."""

import datetime as dt
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.answers.scenarios import nth_scenario
from geo.answers.world import World
from geo.drawdown.scenarios import Measure, Phase, Scenario
from geo.model import WORKSPACE_VARIABLE, Audience, LonLat
from geo.schema.words import MEASURE_KINDS
from geo.workspace import open_workspace
from tests.pages.test_pages import FRAMED, ROOT, RUN_S, sent

PAGE = str(ROOT / "pages" / "drawdown.py")
SEES = Audience.TASK_FORCE
FIRST = dt.date(2026, 12, 1)  # no programme ends before it
EMPTY = Scenario(name="Workshop", phases=(Phase(name="one", begins_on=FIRST),))


@pytest.fixture
def _sample(sample_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(sample_folder))
    monkeypatch.chdir(ROOT)


@pytest.fixture
def folder(sample_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = Path(shutil.copytree(sample_folder, tmp_path / "workspace"))
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(copy))
    monkeypatch.chdir(ROOT)
    return copy


def opened(audience: Audience = SEES, **state: object) -> AppTest:
    app = AppTest.from_string(FRAMED.format(page=PAGE), default_timeout=RUN_S)
    app.session_state["audience"] = audience
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


def dialog_of(module: str, name: str, **state: object) -> AppTest:
    """A dialog by itself: in a test of the whole page it is gone when its form is sent."""
    app = AppTest.from_string(f"from pages._shared.drawdown import {module}\n{module}.{name}()", default_timeout=RUN_S)
    app.session_state["audience"] = SEES
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


def table(app: AppTest) -> Scenario:
    found = app.session_state["drawdown_draft"]
    assert isinstance(found, Scenario)
    return found


def drafted(app: AppTest) -> dict[str, object]:
    """What the session keeps of the scenario."""
    keys = ("draft", "kept", "asked", "base", "phase", "earlier")
    return {
        f"drawdown_{key}": app.session_state[f"drawdown_{key}"]
        for key in keys
        if f"drawdown_{key}" in app.session_state
    }


def press(app: AppTest, key: str) -> AppTest:
    next(button for button in app.button if key in {button.key, button.label}).click()
    app.run()
    assert not app.exception
    return app


def headline(app: AppTest) -> str:
    return sent(app).split("<h1>")[1].split("</h1>")[0]


@pytest.mark.usefixtures("_sample")
def test_the_kept_scenario_lies_on_the_table_at_first() -> None:
    app = opened()
    assert table(app).name == "East first, then the north"
    assert "After First closures (15 Jan 2027)" in headline(app)
    assert "XPI0" in sent(app)  # p-codes of sites lost
    for label in ("Add phase", "Edit", "Add", "Files"):
        assert label in sent(app)


@pytest.mark.usefixtures("_sample")
@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER])
@pytest.mark.parametrize("table", ["a kept scenario", "a draft", "a draft with a place"])
def test_who_may_not_see_bases_gets_shares_and_no_word_of_the_draft(
    audience: Audience,
    table: str,
    sample_world: World,
) -> None:
    canary = Measure(
        kind="add_base",
        base_id="kwisa-new-id",
        name="Kwisabase",
        organisation="Zorgband",
        organisation_type="ingo",
        place=LonLat(0.71239, 0.48761),
    )
    first = nth_scenario(sample_world, 0)
    placed = (canary,) if table == "a draft with a place" else ()
    secret = Scenario(
        name="Mirascenario",
        note="Yulnote",
        phases=(Phase(name="Qimphase", begins_on=dt.date(2027, 1, 19), measures=(*placed, *first.phases[0].measures)),),
        keep=("base-02",),
        forced=(("base-05", dt.date(2027, 2, 15)),),
    )
    state = {"drawdown_draft": secret, "drawdown_base": "base-04", "drawdown_refused": "Kwisabase closes twice"}
    app = opened(audience, **({} if table == "a kept scenario" else state))
    text = sent(app)
    # A place of one's own would tell where sites lie.
    told = "what a place adds tells where sites lie" if placed else "Within the limit, today and after each phase"
    assert told in text
    words = ["Kwisabase", "kwisa-new-id", "Zorgband", "Mirascenario", "Yulnote", "Qimphase", "0.71239", "2027"]
    words += ["East first", "First closures", *sample_world.base_tables[0]["base_id"], *sample_world.sites_at(
        sample_world.latest_date
    )["p_code"].dropna()]  # fmt: skip
    assert [word for word in words if str(word) in text] == []
    assert [button.label for button in app.button if button.label in ("Undo", "Add", "Close in 1")] == []


@pytest.mark.usefixtures("_sample")
def test_a_click_closes_a_base_and_the_next_opens_it() -> None:
    app = opened(drawdown_draft=EMPTY)
    assert "no site loses its base" in headline(app)
    app.session_state["map-drawdown"] = {"n": 1, "id": "base-06", "layer": "Bases", "lon": 0.2, "lat": 0.9}
    app.run()
    assert table(app).phases[0].measures == (Measure(kind="close", base_id="base-06"),)
    assert "1 site has no base within 4 h" in headline(app)
    assert "Dolimasol" in sent(app)
    app.run()  # the same click is not taken again
    assert len(table(app).phases[0].measures) == 1
    app.session_state["map-drawdown"] = {"n": 2, "id": "base-06", "layer": "Bases", "lon": 0.2, "lat": 0.9}
    app.run()
    assert table(app) == EMPTY


@pytest.mark.usefixtures("_sample")
def test_a_refusal_is_one_sentence_and_loses_nothing() -> None:
    begun = Scenario(
        name="Workshop",
        phases=(
            Phase(name="one", begins_on=dt.date(2027, 1, 1), measures=(Measure(kind="close", base_id="base-06"),)),
            Phase(name="two", begins_on=dt.date(2027, 3, 1)),
        ),
        keep=("base-02",),
    )
    app = opened(drawdown_draft=begun, drawdown_phase=2)
    for number, (base, sentence) in enumerate(
        (
            ("base-06", "Dolimasol closes twice, in phase 1 (one) and in phase 2 (two); take one out"),
            ("base-02", "Lounouvane is kept and closes in phase 2 (two); take it out of one of the two"),
        )
    ):
        app.session_state["map-drawdown"] = {"n": number, "id": base, "layer": "Bases", "lon": 0.0, "lat": 0.0}
        app.run()
        assert sentence in sent(app)
        assert table(app) == begun
    app.session_state["drawdown_draft"] = Scenario(name="x", phases=begun.phases, keep=("base-77",))
    app.run()
    assert not app.exception
    assert "does not fit the bases of the day" in headline(app)
    assert "base-77" in sent(app)


@pytest.mark.usefixtures("_sample")
def test_every_kind_of_measure_is_reached_from_a_base_or_the_menu() -> None:
    app = opened(drawdown_draft=EMPTY, drawdown_base="base-06")
    press(app, "base-keep")
    press(app, "base-add_alert")
    press(app, "base-repair_airstrip")
    thin = next(one for one in app.multiselect if one.label.startswith("What leaves"))
    thin.set_value(["civilians_stay"])
    press(app, "Thin")
    app.session_state["drawdown_base"] = "base-04"
    app.run()
    press(app, "base-close")
    app.session_state["drawdown_base"] = "base-07"
    app.run()
    press(app, "Force closure")
    for kind, name in (("add_base", "Partner A"), ("mobile_team", "Team B"), ("add_alert", "Network C")):
        app.session_state["add-kind"] = kind
        app.run()
        next(one for one in app.text_input if one.key == f"add-name-{kind}").set_value(name)
        where = next(one for one in app.selectbox if one.key == "add-where")
        where.set_value(next(one for one in where.options if one != "click on the map"))
        press(app, "FormSubmitter:add-Add")
    found = table(app)
    kinds = {one.kind for phase in found.phases for one in phase.measures}
    assert kinds | ({"keep"} if found.keep else set()) | ({"force_close"} if found.forced else set()) == set(
        MEASURE_KINDS
    )
    assert {one.name for one in found.phases[0].measures} >= {"Partner A", "Team B", "Network C"}


@pytest.mark.usefixtures("_sample")
def test_what_comes_is_put_where_the_map_is_clicked() -> None:
    waiting = Measure(kind="add_base", base_id="new-1", name="Partner A", organisation_type="ingo")
    app = opened(drawdown_draft=EMPTY, drawdown_aim=waiting)
    assert "Click where this comes: Partner A" in sent(app)
    app.session_state["map-drawdown"] = {"n": 5, "lon": 1.5, "lat": 0.5, "aim": "Click where this comes: Partner A"}
    app.run()
    (added,) = table(app).phases[0].measures
    assert (added.name, added.place) == ("Partner A", LonLat(1.5, 0.5))
    assert "Click where this comes" not in sent(app)


@pytest.mark.usefixtures("_sample")
def test_undo_goes_back_step_by_step() -> None:
    app = opened(drawdown_draft=EMPTY, drawdown_base="base-06")
    press(app, "base-close")
    press(app, "base-undo")
    assert table(app) == EMPTY
    press(app, "Undo")
    assert len(table(app).phases[0].measures) == 1
    press(app, "Undo")
    assert table(app) == EMPTY


@pytest.mark.usefixtures("_sample")
def test_a_closure_forced_is_looked_at_and_another_phase_stays_the_one_looked_at() -> None:
    two = replace(EMPTY, phases=(*EMPTY.phases, Phase(name="two", begins_on=dt.date(2027, 3, 1))))
    app = opened(drawdown_draft=two, drawdown_base="base-06", drawdown_phase=2)
    assert "After two (1 Mar 2027)" in headline(app)
    next(one for one in app.date_input if one.label == "Must close on").set_value(dt.date(2027, 1, 15))
    press(app, "Force closure")
    assert "After Dolimasol must close (15 Jan 2027)" in headline(app)
    app.session_state["drawdown_phase"] = 3
    app.run()
    press(app, "base-undo")
    assert "After two (1 Mar 2027)" in headline(app)
    press(app, "Undo")
    assert "After two (1 Mar 2027)" in headline(app)
    assert app.session_state["drawdown_phase"] == 3


@pytest.mark.usefixtures("_sample")
def test_phases_are_added_renamed_dated_and_removed() -> None:
    app = opened(drawdown_draft=EMPTY)
    press(app, "FormSubmitter:phase-add-Add")
    assert [phase.name for phase in table(app).phases] == ["one", "Phase 2"]
    assert table(app).phases[1].begins_on == dt.date(2027, 3, 2)
    app.session_state["drawdown_phase"] = 1
    app.run()
    names = [one for one in app.text_input if one.label == "Name" and one.value == "one"]
    names[0].set_value("Soldiers leave")
    next(one for one in app.date_input if one.value == FIRST).set_value(dt.date(2027, 6, 1))
    press(app, "Change")
    assert "not after phase 1" in sent(app)
    assert table(app).phases[0].name == "one"
    press(app, "Remove phase 1")
    assert [phase.name for phase in table(app).phases] == ["Phase 2"]


@pytest.mark.usefixtures("_sample")
def test_the_scenario_of_a_page_before_is_still_on_the_table() -> None:
    app = opened(drawdown_draft=EMPTY)
    other = AppTest.from_string(FRAMED.format(page=str(ROOT / "pages" / "incidents.py")), default_timeout=RUN_S)
    other.session_state["audience"] = SEES
    for key, value in drafted(app).items():
        other.session_state[key] = value
    other.run()
    assert other.session_state["drawdown_draft"] == EMPTY


def test_a_scenario_is_saved_opened_at_a_version_and_compared(folder: Path) -> None:
    app = opened(drawdown_base="base-06", drawdown_phase=1)
    state = drafted(app)
    saving = dialog_of("kept", "_save", **state)
    assert "Version 2 of East first, then the north" in sent(saving)
    press(saving, "Save")
    assert "write a reason" in sent(saving)
    next(one for one in saving.text_input if one.label == "Reason").set_value("looked at again")
    press(saving, "Save")
    store = open_workspace(folder, author="reader")
    assert store.history("scenarios", "east-first")["reason"].tolist()[-1] == "looked at again"
    store.close()
    opening = dialog_of("kept", "_open")
    assert "2 · " in sent(opening)
    assert "looked at again" in sent(opening)
    comparing = dialog_of("compare", "dialog", **state)
    told = sent(comparing)
    assert "alert network" in told
    assert "Phase 4" in told


@pytest.mark.usefixtures("_sample")
def test_files_hold_sites_lost_of_every_phase_and_mode_for_who_may_see_them() -> None:
    labels = [str(one.proto.label) for one in opened().get("download_button")]
    assert "Sites lost: Table (CSV with HXL tags)" in labels
    assert "Sites lost: GeoJSON" in labels
    assert "Totals per phase and mode: Table (CSV with HXL tags)" in labels
    assert "Workshop pack (PDF, English)" in labels
    assert "Dossier d’atelier (diapositives, français)" in labels
    assert [str(one.proto.label) for one in opened(Audience.PUBLIC).get("download_button")] == []


@pytest.mark.usefixtures("_sample")
def test_the_line_of_time_gets_days_within_the_neighbours() -> None:
    found = opened().get("bidi_component")
    assert found
    told = json.loads(found[0].proto.json or found[0].proto.mixed.json)
    planned = [phase for phase in told["phases"] if not phase["forced"]]
    assert [phase["number"] for phase in planned] == [1, 2, 3]
    assert all(phase["low"] <= phase["day"] <= phase["high"] for phase in planned)
    assert planned[0]["high"] < planned[1]["day"]
