"""Silent risks here: bases, their order or a closing day in the page of who may not see them; an order computed for such
an audience, or twice for others; a step that moves the headline and not the map; "fell" said where reach fell."""

import datetime as dt
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.answers.effect import answer_closed
from geo.answers.world import World
from geo.drawdown.scenarios import Scenario
from geo.model import WORKSPACE_VARIABLE, Audience
from pages._shared.data import closures
from pages._shared.drawdown import draft, order, order_panels, order_rules
from tests.pages.test_pages import FRAMED, ROOT, RUN_S, sent

PAGE = str(ROOT / "pages" / "drawdown.py")
LOW = (Audience.PUBLIC, Audience.CLUSTER)
NOTHING = Scenario(name="Nothing yet")  # on the table: else the kept scenario rules the order


@pytest.fixture(autouse=True)
def _sample(sample_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(sample_folder))
    monkeypatch.chdir(ROOT)


def opened(view: str, audience: Audience = Audience.TASK_FORCE, **state: object) -> AppTest:
    app = AppTest.from_string(FRAMED.format(page=PAGE), default_timeout=2 * RUN_S)
    app.session_state["audience"] = audience
    app.session_state["drawdown-view"] = view
    app.session_state["drawdown_draft"] = NOTHING
    for key, value in state.items():
        app.session_state[key.replace("__", "-")] = value
    return app.run()


def headline(app: AppTest) -> str:
    return sent(app).split("<h1>")[1].split("</h1>")[0]


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("view", ["order", "effect"])
def test_each_view_tells_only_what_its_audience_may_see(view: str, audience: Audience, sample_world: World) -> None:
    app = opened(view, audience)
    assert not app.exception
    assert not app.error
    canary = str(answer_closed(sample_world, audience=Audience.TASK_FORCE).frame["base_id"].iloc[0])
    if audience not in LOW:
        assert (canary if view == "effect" else "base-07") in sent(app)  # so the search below would find them
        return
    bases = sample_world.bases_at(sample_world.latest_date)
    towns = set(sample_world.places["name"].dropna())  # published on the base map
    sites = sample_world.sites_at(sample_world.latest_date)
    withheld = {canary, *bases["base_id"], *sites["site_id"], *(set(sites["name"]) - towns)}
    text = sent(app)
    assert not {word for word in withheld if re.search(rf"(?<![\w-]){re.escape(str(word))}(?![\w-])", text)}
    assert "withheld" in text
    assert not re.search(r"\b15 Apr 2026|2026-04-15\b", text)  # the day the base closed


@pytest.mark.parametrize("audience", LOW)
@pytest.mark.parametrize("panel", list(order_panels._PANELS))
def test_no_panel_and_no_plan_is_made_for_who_may_not_see_the_order(
    panel: str, audience: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an order was computed for an audience that may not see it")

    monkeypatch.setattr(closures, "plan_closing", refuse)
    app = opened("order", audience, **{order_panels.PANEL_KEY: panel, order.STEP_KEY: 7})
    assert not app.exception
    assert headline(app) == "Which base closes when is not for this audience"
    assert "people lose reach" not in sent(app)


def test_the_step_moves_headline_and_figures() -> None:
    app = opened("order")
    assert headline(app) == "After four closures, 540 people lose reach, and no other choice loses less"
    app.select_slider(key=order.STEP_KEY).set_value(10).run()
    assert not app.exception
    assert headline(app).startswith("After ten closures, 88")
    assert "the best ten would lose" in headline(app)
    assert "Yelakro closes on" in sent(app)
    app.select_slider(key=order.STEP_KEY).set_value(0).run()
    assert headline(app) == "All 17 bases are open; the first three to close lose nothing"


def test_the_order_is_made_once_whatever_panel_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    plan = closures.plan_closing

    def counted(*given: object, **more: object) -> object:
        made.append(more["progress"])
        return plan(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(closures, "plan_closing", counted)
    app = opened("order", limit="6 h")
    for panel in order_panels._PANELS:
        app.session_state[order_panels.PANEL_KEY] = panel
        app.run()
        assert not app.exception
    assert len(made) == 1
    assert made[0] is not None  # it told how far it was


def test_panels_say_their_finding() -> None:
    app = opened("order", **{order_panels.PANEL_KEY: "one"})
    assert "If only one base stays: Port-Vaurelle, MINOSS" in sent(app)
    app = opened("order", **{order_panels.PANEL_KEY: "more"})
    assert "One more partner base buys most at Touloracourt" in sent(app)
    assert "279 sites and towns tried" in sent(app)
    app = opened("order", **{order_panels.PANEL_KEY: "kept"})
    assert "best choice of so many, proven" in sent(app)
    assert "it cannot be best at every number" in sent(app)


def test_travel_time_is_an_objective_of_its_own() -> None:
    app = opened("order", objective="median")
    assert not app.exception
    assert "the nearest base is 1 h 27 away on average" in headline(app)
    app = opened("order", objective="median", **{order_panels.PANEL_KEY: "kept"})
    assert "counts as 24 h" in sent(app)


def test_a_partner_base_brings_no_escorts() -> None:
    app = opened("order", mode="escorted", **{order_panels.PANEL_KEY: "more"})
    assert not app.exception
    assert "A partner base brings no escorts" in sent(app)


def test_kept_bases_stay_and_forced_ones_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    ruled = Scenario(name="West first", keep=("base-01",), forced=(("base-13", dt.date(2026, 12, 29)),))
    text = sent(opened("order", drawdown_draft=ruled))
    assert "those of the scenario West first" in text
    assert "1 Yelakro" in text
    monkeypatch.setattr(draft, "current", lambda: None)  # where no scenario is kept
    app = opened("order", **{order_rules.KEEP_KEY: ["base-01"], order_rules.FORCED_KEY: ["base-13"]})
    assert not app.exception
    assert headline(app).startswith("After one closure")
    assert "forced to close on" in sent(app)
    assert "1 Yelakro" in sent(app)


def test_re_planning_asks_a_base_and_a_day_and_says_what_is_regretted() -> None:
    app = opened("order", **{order_panels.PANEL_KEY: "replan"})
    assert "What closed by that day stays closed" in sent(app)
    next(box for box in app.selectbox if box.label == "Closes early").set_value("base-13")
    next(box for box in app.date_input if box.label == "On").set_value("2027-06-30")
    next(button for button in app.button if button.label == "Re-plan").click().run()
    assert not app.exception
    text = sent(app)
    assert "Yelakro is forced to close" in text
    assert "Two closed by then stay closed" in text
    assert "Planning anew loses" in text
    next(box for box in app.selectbox if box.label == "Closes early").set_value("base-01")
    next(button for button in app.button if button.label == "Re-plan").click().run()
    assert "closes on" in sent(app)
    assert "already" in sent(app)


def test_a_closure_the_scenario_forces_is_planned_anew_without_asking() -> None:
    typed = opened("order", **{order_panels.PANEL_KEY: "replan"})
    next(box for box in typed.selectbox if box.label == "Closes early").set_value("base-13")
    next(box for box in typed.date_input if box.label == "On").set_value("2027-06-30")
    next(button for button in typed.button if button.label == "Re-plan").click().run()
    forced = Scenario(name="West first", forced=(("base-13", dt.date(2027, 6, 30)),))
    app = opened("order", drawdown_draft=forced, **{order_panels.PANEL_KEY: "replan"})
    assert not app.exception
    text = sent(app)
    assert "30 Jun 2027, as the scenario West first says" in text
    assert "old order: " in text
    (said,) = re.findall(r"Planning anew loses [^<]+", text)
    assert said in sent(typed)  # against the order before anybody forced it
    assert next(box for box in app.selectbox if box.label == "Closes early").value == "base-13"
    # What is forced to close later than it would have closed anyway overtakes nothing; that is no fault of anybody.
    late = Scenario(name="West first", forced=(("base-01", dt.date(2032, 6, 30)),))
    text = sent(opened("order", drawdown_draft=late, **{order_panels.PANEL_KEY: "replan"}))
    assert "so no order is overtaken" in text
    assert "p-caveat refused" not in text


def test_the_effect_view_carries_the_verdict_and_what_it_rests_on() -> None:
    app = opened("effect")
    assert headline(app) == "Cannot tell: there are too few months on one side of the closure"
    text = sent(app)
    assert "fewer reports are not less violence" in text
    assert "of the land around" in text
    assert "placebo" in text
    assert not re.search(r"violence fell|incidents fell|is safe", text, flags=re.IGNORECASE)


def test_a_day_on_which_nothing_closed_is_refused_in_words() -> None:
    app = opened("effect")
    next(box for box in app.date_input if box.label == "Last day open").set_value("2025-06-30").run()
    assert not app.exception
    assert headline(app) == "Nothing can be compared for Dololodou"
    assert "did not close within a month of" in sent(app)
