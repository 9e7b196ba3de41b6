"""Laws of the gate, whatever the table: a more redacted audience never sees a column, a row or a decimal
more; what subtraction can learn is never below the threshold."""

from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geo.model import Audience
from geo.redaction import clear
from geo.settings import read_settings

SETTINGS = read_settings(Path(__file__).resolve().parents[2] / "config.toml")
CELL = 0x845A841FFFFFFFF
counts = st.lists(st.integers(0, 40).map(float), max_size=30)


@given(counts)
def test_subtraction_never_tells_a_small_count(values: list[float]) -> None:
    frame = pd.DataFrame({"cell": np.full(len(values), CELL, dtype=np.uint64), "incidents": values})
    for audience in Audience:
        k = SETTINGS.audiences[audience].small_count
        cleared = clear(frame, view="hexbin", audience=audience, settings=SETTINGS, count_column="incidents")
        assert (cleared.frame["incidents"] >= (k if k > 1 else 0)).all()
        withheld = sum(values) - float(cleared.frame["incidents"].sum())
        told = cleared.statement.counts_withheld
        if cleared.statement.rows_withheld and told is not None:
            assert told == withheld
            assert withheld >= k
            assert cleared.statement.rows_withheld >= 2


@given(st.sampled_from(sorted(SETTINGS.disclosure)), st.integers(0, 3))
def test_a_more_redacted_audience_never_sees_more(view: str, rank: int) -> None:
    columns = [c for c in SETTINGS.disclosure[view] if c not in {"cell", "geometry"}]
    frame = pd.DataFrame({c: [1.23456789] for c in columns})
    wide = clear(frame, view=view, audience=list(Audience)[max(rank, 1)], settings=SETTINGS)
    narrow = clear(frame, view=view, audience=list(Audience)[max(rank, 1) - 1], settings=SETTINGS)
    assert set(narrow.columns) <= set(wide.columns)
    for name in {"longitude", "latitude"} & set(narrow.columns):
        assert len(str(narrow.frame[name].iloc[0])) <= len(str(wide.frame[name].iloc[0]))
