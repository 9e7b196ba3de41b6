"""Silent risks here: an engine that forgets which of two imports counts, spells a word otherwise, takes an actor's
last day for its first day out, or adds a share twice; all would look like plausible numbers."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from geo.workspace.engines import DuckEngine
from tests.toy_stage import ACTORS_KNOWN, NAMES_SETTLED, assert_same, decisions, imports, questions, toy


@settings(max_examples=8)
@given(imports(), decisions(), st.lists(questions(), min_size=3, max_size=3), st.booleans(), st.booleans())
def test_duckdb_and_memory_give_the_same(made, same, asked, actors_are_known, names_are_settled) -> None:
    with tempfile.TemporaryDirectory() as folder:
        actors, names = ACTORS_KNOWN if actors_are_known else (), NAMES_SETTLED if names_are_settled else ()
        lake = toy(Path(folder), made, same=same, actors=actors, names=names)
        stage = lake.stage(DuckEngine())
        for request in asked:
            assert_same(stage.roll_up(request), lake.in_memory(request))
