"""Silent risks here: a value that changes between import and answer; a past that depends on what came after it;
a withdrawal that leaves another state than if the import had never been."""

import datetime as dt
import string
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.contracts import Column, Contract
from geo.schema import REGISTRY_TABLES, TABLES
from geo.workspace import Workspace, ledger, open_workspace, registry
from geo.workspace.database import moment, reading_from
from tests.toy_readings import base, reading_of

_SLOW_DISK = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_DAYS = st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31))


def _value(column: Column) -> st.SearchStrategy[Any]:
    """Any value a column may hold, as its template would have it."""
    low = column.low if column.low is not None else -1e15
    high = column.high if column.high is not None else 1e15
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "text": st.sampled_from(column.choices) if column.choices else _TEXT,
        "integer": st.integers(int(low), int(high)),
        "number": st.floats(low, high),
        "date": _DAYS.map(str),
        "flag": st.booleans(),
    }
    return kinds[column.kind] if column.required else st.none() | kinds[column.kind]


def _shape(contract: Contract) -> st.SearchStrategy[Any]:
    numbers = st.floats(-80, 80)
    if contract.geometry == "line":
        return st.lists(st.tuples(numbers, numbers), min_size=2, max_size=5).map(shapely.LineString)
    return st.builds(lambda x, y, size: shapely.box(x, y, x + size, y + size), numbers, numbers, st.floats(0.001, 9))


def _frames(contract: Contract) -> st.SearchStrategy[pd.DataFrame]:
    """Frames that keep a contract, up to five rows; what the contract rejects is left out."""
    row = st.fixed_dictionaries({column.name: _value(column) for column in contract.columns})
    shapes = st.lists(_shape(contract), min_size=5, max_size=5)

    def keep(rows: list[dict[str, Any]], drawn: list[Any]) -> pd.DataFrame:
        raw = pd.DataFrame(rows, columns=contract.column_names, index=range(2, 2 + len(rows)), dtype=object)
        frame = contract.check(raw).frame
        if contract.geometry not in ("line", "polygon"):
            return frame
        return gpd.GeoDataFrame(frame, geometry=drawn[: len(frame)], crs="EPSG:4326")

    return st.builds(keep, st.lists(row, max_size=5), shapes)


@pytest.fixture(scope="module")
def long_lived() -> Iterator[Workspace]:
    """One workspace for many examples; each withdraws what it imported."""
    with tempfile.TemporaryDirectory() as folder:
        made = open_workspace(Path(folder) / "ws", author="planner", create=True)
        yield made
        made.close()


@pytest.mark.parametrize("name", TABLES)
def test_what_goes_in_comes_out_value_for_value_and_type_for_type(long_lived: Workspace, name: str) -> None:
    contract = TABLES[name]
    empty = reading_of(name, [])

    @settings(_SLOW_DISK, max_examples=6)
    @given(frame=_frames(contract))
    def law(frame: pd.DataFrame) -> None:
        object.__setattr__(empty, "frame", frame)
        object.__setattr__(empty, "rows_read", len(frame))
        record = long_lived.add(empty)
        found = long_lived.table(name)
        long_lived.withdraw(record.import_id, reason="next example")
        expected = frame.sort_values(contract.key) if name in REGISTRY_TABLES else frame
        assert found["source_line"].tolist() == expected.index.tolist()
        pd.testing.assert_frame_equal(
            pd.DataFrame(found[contract.column_names]),
            pd.DataFrame(expected[contract.column_names]).reset_index(drop=True),
            check_exact=True,
        )
        if isinstance(frame, gpd.GeoDataFrame):
            assert shapely.equals_identical(found.geometry.to_numpy(), frame.geometry.to_numpy()).all()

    law()


@dataclass
class _Model:
    """The registry in plain Python: every import and edit as a list, replayed from the start each time."""

    events: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)  # kind, import id or "", names by id
    withdrawn: set[str] = field(default_factory=set)

    def state(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for kind, import_id, said in self.events:
            if kind == "edit" or import_id not in self.withdrawn:
                names |= said
        return names


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("import"), st.dictionaries(st.sampled_from("AB"), st.sampled_from("xy"), min_size=1)),
        st.tuples(
            st.just("edit"), st.dictionaries(st.sampled_from("AB"), st.sampled_from("xyz"), min_size=1, max_size=1)
        ),
        st.tuples(st.just("withdraw"), st.integers(0, 5)),
    ),
    max_size=9,
)


def _state(workspace: Workspace, known_at: dt.datetime | None = None) -> dict[str, str]:
    return dict(workspace.table("bases", known_at=known_at)[["base_id", "name"]].itertuples(index=False, name=None))


def _play(workspace: Workspace, model: _Model, step: tuple[str, Any]) -> None:
    kind, what = step
    if kind == "import":
        rows = [base(record_id, name=name) for record_id, name in what.items()]
        record = workspace.add(reading_of("bases", rows, content=str(len(model.events))))
        model.events.append(("import", record.import_id, what))
    elif kind == "edit":
        ((record_id, name),) = what.items()
        if record_id in model.state():
            workspace.edit("bases", record_id, {"name": name}, reason="r")
            model.events.append(("edit", "", what))
    else:
        live = [one.import_id for one in workspace.imports() if one.live]
        if what < len(live):
            workspace.withdraw(live[what], reason="r")
            model.withdrawn.add(live[what])


@_SLOW_DISK
@given(steps=_STEPS)
def test_a_withdrawal_leaves_the_state_as_if_the_import_had_never_been(steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace, model = open_workspace(Path(folder), author="planner", create=True), _Model()
        for step in steps:
            _play(workspace, model, step)
            assert _state(workspace) == model.state()
        assert workspace.verify() == []
        workspace.close()


@_SLOW_DISK
@given(steps=_STEPS)
def test_what_was_known_then_is_the_same_ever_after(steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace, model = open_workspace(Path(folder), author="planner", create=True), _Model()
        then: list[tuple[dt.datetime, dict[str, str], str]] = []
        for step in steps:
            _play(workspace, model, step)
            with reading_from(workspace.engine) as connection:
                newest = moment(ledger.newest_entry(connection))  # the very instant of the last entry counts
            then.append((newest, _state(workspace), workspace.version()))
        for instant, state, _ in then:
            assert _state(workspace, instant) == state
        # The version is the same exactly as long as nothing was written.
        for (_, one, first), (_, other, second) in pairwise(then):
            assert first != second or one == other
        workspace.close()


_VALID = st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 9))


@_SLOW_DISK
@given(
    spans=st.lists(st.tuples(_VALID, _VALID).filter(lambda span: None in span or span[0] <= span[1]), max_size=6),  # type: ignore[operator]
    day=st.dates(dt.date(2019, 12, 31), dt.date(2020, 1, 10)),
)
def test_as_of_is_the_inclusive_interval(
    long_lived: Workspace, spans: list[tuple[dt.date | None, dt.date | None]], day: dt.date
) -> None:
    rows = [base(string.ascii_letters[at], valid_from=a, valid_to=b) for at, (a, b) in enumerate(spans)]
    record = long_lived.add(reading_of("bases", rows))
    found = set(long_lived.table("bases", as_of=day)["base_id"])
    long_lived.withdraw(record.import_id, reason="next example")
    open_from, open_to = dt.date.min, dt.date.max
    assert found == {
        string.ascii_letters[at] for at, (a, b) in enumerate(spans) if (a or open_from) <= day <= (b or open_to)
    }


@settings(max_examples=30, deadline=None)
@given(frame=_frames(TABLES["bases"]))
def test_values_as_json_keep_every_number_to_the_last_digit(frame: pd.DataFrame) -> None:
    for values, (_, row) in zip(registry.values_of(frame, TABLES["bases"]), frame.iterrows(), strict=True):
        assert values["longitude"] == row["longitude"]
        assert set(values) == {str(name) for name, value in row.items() if not pd.isna(value)}
        assert not any(isinstance(value, np.generic) for value in values.values())
