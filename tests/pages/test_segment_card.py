"""Silent risks here: a card that shows what its tables withhold, that calls an unreported road open, that runs text
from data, or that offers a form to those who keep no records."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.model import Audience
from tests.pages.test_pages import ROOT, RUN_S, sent

SCRIPT = """
import datetime as dt
from pathlib import Path
import pandas as pd
import streamlit as st
from geo.answers.segment import SegmentAnswer
from geo.model import Audience, SegmentRequest
from geo.redaction import clear
from geo.settings import read_settings
from pages._shared import segment_card

audience = Audience(st.session_state["audience"])
least = {{"segments": "task_force", "constraints": "task_force", "reports": "cluster", "changes": "case_team"}}
tables = {{
    "segments": {{
        "road_id": ["r1"], "name": ["<b>Ridge</b> road"], "road_class": ["track"], "length_km": [12.34],
        "time_min": [61.0], "passability": ["difficult"], "escort_rule": ["convoy_only"],
    }},
    "constraints": {{
        "constraint_id": ["c1"], "kind": ["bridge_out"], "delay_min": [240.0], "age_days": [29.0],
        "state": ["in force"], "source_type": ["patrol"], "reliability": ["b"], "credibility": [2], "snap_km": [0.3],
    }},
    "reports": {{"report_id": ["p1"], "status": ["impassable"], "age_days": [41.0], "snap_km": [0.4], "state": ["expired"]}},
    "changes": {{
        "table": ["constraints"], "record_id": ["c1"], "version": [2], "author": ["focal point"],
        "recorded_at": [pd.Timestamp("2020-06-01")], "what": ["delay_min"],
    }},
}}
settings = read_settings(Path("config.toml")).model_copy(update={{
    "disclosure": {{view: dict.fromkeys(columns, Audience(least[view])) for view, columns in tables.items()}}
}})
rows = {rows}
made = [clear(pd.DataFrame(t).head(rows), view=v, audience=audience, settings=settings) for v, t in tables.items()]
asked = SegmentRequest(segment_id="r1/0", as_of=dt.date(2020, 6, 30))
told = SegmentAnswer(request=asked, record=made[0], constraints=made[1], reports=made[2], history=made[3], why=("3 ambushes & more",))
segment_card.title(told)
segment_card.card(told, view=segment_card.sides(), day=dt.date(2020, 6, 30))
"""


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(ROOT)
    return ROOT


def opened(audience: Audience, side: str, *, rows: int = 1) -> AppTest:
    app = AppTest.from_string(SCRIPT.format(rows=rows), default_timeout=RUN_S)
    app.session_state["audience"] = audience
    app.session_state["segment-side"] = side
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("side", "words"),
    [
        ("record", ["&lt;b&gt;Ridge", "Last report 41 days old", "difficult", "12.3 km", "61 min", "convoy only"]),
        ("record", ["3 ambushes &amp; more"]),
        ("constraints", ["Bridge out", "in force", "240 min", "29 days ago", "patrol B2", "0.3 km"]),
        ("reports", ["Impassable", "41 days ago", "expired", "0.4 km"]),
        ("history", ["1 Jun 2020", "focal point", "constraints c1", "delay_min"]),
    ],
)
def test_each_side_tells_its_table(side: str, words: list[str]) -> None:
    told = sent(opened(Audience.CASE_TEAM, side))
    assert [word for word in words if word not in told] == []
    assert "<b>Ridge" not in told


@pytest.mark.parametrize("side", ["record", "constraints", "reports", "history"])
def test_the_public_is_told_what_is_withheld_and_gets_no_form(side: str) -> None:
    app = opened(Audience.PUBLIC, side)
    told = sent(app)
    assert "withheld from the audience public" in told
    assert not any(word in told for word in ("Ridge", "Bridge out", "Impassable", "focal point", "41 days"))
    assert not app.button


def test_a_road_without_a_report_is_not_called_open() -> None:
    assert "No report of this road up to this day" in sent(opened(Audience.CASE_TEAM, "record", rows=0))
    assert "does not mean that it is open" in sent(opened(Audience.CASE_TEAM, "reports", rows=0))
    assert "Nobody may have reported one" in sent(opened(Audience.CASE_TEAM, "constraints", rows=0))


def test_who_keeps_records_may_add_and_correct_what_the_side_shows() -> None:
    names = [button.label for button in opened(Audience.CASE_TEAM, "record").button]
    assert names == ["Add report", "Add constraint"]
    app = opened(Audience.CASE_TEAM, "constraints")
    assert [button.label for button in app.button] == ["Add report", "Add constraint", "Correct"]
    assert app.selectbox[0].options == ["bridge out c1"]
