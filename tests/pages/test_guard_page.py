"""The reporting-bias guard on the pages: reports fall because bases closed, and no page shows an improvement.

Silent risks here: a page that colours or words a fall by itself; a view of a page nobody looked at; a search for words
that would find none anywhere.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from geo.layers.palette import CHANGE, FALL, HOT_SPOTS
from geo.model import WORKSPACE_VARIABLE, Audience
from tests.toy_blindness import IMPROVEMENT, going_blind
from tests.toy_country import toy_workspace

ROOT = Path(__file__).resolve().parents[2]
RUN_S = 120
FRAMED = """
import runpy
from pages._shared import frame
frame.dress()
frame.sidebar()
with frame.opened():
    runpy.run_path({page!r})
"""
# The class of a fall, and every green of good news; the style sheet that defines the class is no finding.
GREENS = {FALL, *CHANGE[:2], *(colour for name, colour in HOT_SPOTS.items() if name.endswith("cold_spot"))}
VIEWS = [("situation", {}), *(("incidents", {"show": view}) for view in ("counts", "hot", "eyes"))]


def workspace(closed: bool, factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """Open the pages on the toy country in which the bases closed, or stayed."""
    path = factory.getbasetemp() / f"blind-{closed}" / "workspace"
    if not path.exists():
        path.parent.mkdir()
        toy_workspace(path, going_blind(closed=closed)).close()
    patch.setenv(WORKSPACE_VARIABLE, str(path))
    patch.chdir(ROOT)


def sent(page: str, audience: Audience, controls: dict[str, object]) -> str:
    """All text of all elements of a run, as the browser would get it; style sheets and what a method assumes aside."""
    app = AppTest.from_string(FRAMED.format(page=str(ROOT / "pages" / f"{page}.py")), default_timeout=RUN_S)
    app.session_state["audience"] = audience
    for key, value in controls.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    assert not app.error
    return "\n".join(text for text in texts_of(app.main) if "<style" not in text)


def texts_of(block: Any) -> Iterator[str]:
    """What stands in a block and in the blocks inside it; an expander holds what a method assumes."""
    for child in block.children.values():
        if child.type == "expander":
            continue
        yield str(child.proto)
        if hasattr(child, "children"):
            yield from texts_of(child)


def improvements(text: str) -> set[str]:
    """Words, arrows, classes and colours that read as good news."""
    return {
        *(found.group() for found in IMPROVEMENT.finditer(text)),
        *re.findall(r"p-fall", text),
        *(colour for colour in GREENS if colour.lower() in text.lower()),
    }


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.TASK_FORCE])
@pytest.mark.parametrize(("page", "controls"), VIEWS, ids=str)
def test_a_fall_because_bases_closed_shows_no_improvement(
    page: str,
    controls: dict[str, object],
    audience: Audience,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace(True, tmp_path_factory, monkeypatch)
    text = sent(page, audience, controls)
    assert not improvements(text)
    if page == "situation":
        assert "cannot tell" in text


def test_the_search_finds_a_fall_where_one_may_be_told(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same reports, and the bases stay."""
    workspace(False, tmp_path_factory, monkeypatch)
    assert {"▼", "p-fall"} <= improvements(sent("situation", Audience.PUBLIC, {}))
