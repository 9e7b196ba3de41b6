"""Each page runs for each audience without an exception, and sends only what that audience may see.

Silent risks here: a page that works only for the audience its author chose; a withheld name in an HTML
fragment, a chart or the map's scene; a page that runs without its frame.
"""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.answers.world import World
from geo.model import WORKSPACE_VARIABLE, Audience

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "pages").glob("*.py"))
RUN_S = 120


@pytest.fixture(autouse=True)
def workspace(sample_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(sample_folder))
    monkeypatch.chdir(ROOT)


# AppTest runs a file of pages/ by itself once asked to switch to it; so the frame is laid round it here.
FRAMED = """
import runpy
from pages._shared import frame
frame.dress()
frame.sidebar()
with frame.opened():
    runpy.run_path({page!r})
"""


def opened(page: Path, audience: Audience) -> AppTest:
    """A page inside its frame, in a fresh session."""
    app = AppTest.from_string(FRAMED.format(page=str(page)), default_timeout=RUN_S)
    app.session_state["audience"] = audience
    return app.run()


def sent(app: AppTest) -> str:
    """All text of all elements of a run, dialogs too, as the browser would get it."""
    roots = app._tree.children.values()  # main, sidebar, and what lies over the page
    return "\n".join(str(element.proto) for root in roots for element in root)


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_page_runs_for_every_audience(page: Path, audience: Audience) -> None:
    app = opened(page, audience)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_page_refuses_to_run_without_its_frame(page: Path) -> None:
    app = AppTest.from_file(str(page), default_timeout=RUN_S).run()
    assert not app.exception
    assert [info.value for info in app.info] == ["Please open Piste from its start page."]
    assert len(app.main) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_public_gets_no_base_site_actor_or_record(page: Path, sample_world: World) -> None:
    text = sent(opened(page, Audience.PUBLIC))
    day = sample_world.latest_date
    names = set(sample_world.actors["name"]) | set(sample_world.actors["short_name"].dropna())
    towns = set(sample_world.places["name"].dropna())  # published on the base map
    names |= set(sample_world.sites_at(day)["name"]) - towns
    ids = set(sample_world.bases_at(day)["base_id"]) | set(sample_world.incidents["incident_id"].head(500))
    found = {name for name in names | ids if re.search(rf"(?<![\w-]){re.escape(str(name))}(?![\w-])", text)}
    assert not found


def test_first_visit_is_public() -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=RUN_S).run()
    assert app.selectbox(key="audience").value == Audience.PUBLIC


def test_the_search_above_does_look_into_the_map(sample_world: World) -> None:
    """The same search finds bases and actors where they may be seen: in the map's scene and the tables."""
    text = sent(opened(ROOT / "pages" / "situation.py", Audience.TASK_FORCE))
    assert sample_world.actors["short_name"].dropna().iloc[0] in text
    assert str(sample_world.bases_at(sample_world.latest_date)["base_id"].iloc[0]) in text


def test_the_roads_page_says_how_good_exposure_was_when_asked(
    sample_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(sample_folder))
    monkeypatch.chdir(ROOT)
    app = AppTest.from_string(FRAMED.format(page=str(ROOT / "pages" / "access.py")), default_timeout=RUN_S)
    app.session_state["audience"] = Audience.CLUSTER
    app.run()
    assert "of incidents in" not in sent(app)
    next(button for button in app.button if button.label == "How good is it?").click().run()
    assert not app.exception
    told = sent(app)
    assert "of incidents in" in told
    assert "90 days ahead" in told
    assert "never that a place is safe" in told
