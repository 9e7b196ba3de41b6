"""Silent risks here: the compiled roll-up finds other incidents than the definition, loses a share of a report
spread over an area, or counts an actor twice; a total that changes with a filter's place or the resolution;
cells that jump to another size; a violation mix that does not add up."""

import datetime as dt
import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.actors.identity import resolve_actors
from geo.hexgrid import check_cells
from geo.incidents.precision import Placement, place_incidents
from geo.incidents.rollup import FATALITIES, VIOLATION_COLUMNS, Rollup, matching, roll_up, total_row
from geo.incidents.rollup_sorted import roll_up_sorted, sort_incidents
from geo.model import HexbinRequest, Window
from geo.schema import ACTORS, PLACE_PRECISION, VERIFICATION, VIOLATIONS
from geo.settings import PlacementSettings

RULES = PlacementSettings(exact=("exact",), near=("near",))
AREAS = gpd.GeoDataFrame(
    {
        "boundary_id": ["A", "A1", "A2"],
        "name": ["Aland", "West", "East"],
        "name_fr": ["Alande", None, "Est"],
        "level": [0, 1, 1],
        "country": "XAA",
        "parent": [None, "A", "A"],
    },
    geometry=[shapely.box(0, 0, 3, 1), shapely.box(0, 0, 2, 1), shapely.box(2, 0, 3, 1)],
    crs="EPSG:4326",
)
FIRST, LAST = dt.date(1969, 11, 1), dt.date(1971, 3, 31)  # across the day computers count from
DEATHS = st.one_of(st.none(), st.integers(0, 50))
# Few places, so that cells hold several incidents.
WORDS = {
    "longitude": [0.5, 0.51, 1.4, 2.9, 3.5],
    "latitude": [0.5, 0.52, 0.9],
    "place_precision": PLACE_PRECISION,
    "admin1": [None, "West province", "est", "Nowhere"],
    "country": [None, "XAA", "XBB"],
    "actor_a": [None, " ", "Reds", "réds", "Blues", "Civilians"],
    "actor_a_id": [None, "x:1", "X:1", "x:2"],
    "actor_b": [None, "Reds", "Greens", "Civilians (XAA)"],
    "actor_b_id": [None, "x:1", "x:3"],
    "event_type": [None, "clash", "Clash", "attack"],
    "violation": [None, *VIOLATIONS],
    "source": ["ucdp", "acled", "primero"],
    "verification": [None, *VERIFICATION],
}
ROW = st.fixed_dictionaries(
    {
        "day": st.dates(FIRST, LAST),
        "lasts_days": st.integers(0, 90),
        **{name: st.sampled_from(values) for name, values in WORDS.items()},
        **dict.fromkeys(FATALITIES, DEATHS),
    }
)
_COLUMNS = ["day", "lasts_days", "longitude", "latitude", "place_precision", "admin1", "country", "actor_a"]
_COLUMNS += ["actor_a_id", "actor_b", "actor_b_id", "event_type", "violation", "source", "verification", *FATALITIES]
TABLES = st.lists(ROW, max_size=30)
DAYS = st.one_of(st.none(), st.dates(FIRST, LAST))
WINDOWS = st.tuples(DAYS, DAYS).map(lambda ends: Window(*(sorted(ends) if None not in ends else ends)))
FILTERS = {
    "window": WINDOWS,
    "event_types": st.sampled_from([("CLASH",), ("clash", "attack"), ("unheard of",)]),
    "violations": st.lists(st.sampled_from(VIOLATIONS), min_size=1, max_size=6).map(tuple),
    "actors": st.sampled_from([("Reds",), ("Greens", "x:2"), ("X:1",), ("The Army",), ("army",), ("Civilians",)]),
    "sources": st.sampled_from([("ucdp",), ("UCDP", "acled")]),
    "verifications": st.sampled_from([("",), ("verified",), ("verified", "")]),
    "place_precisions": st.sampled_from([("exact",), ("admin1", "near")]),
}
# Few filters at a time, so that something is left to find; all combinations of them stand in a test of their own.
QUESTIONS = st.sets(st.sampled_from(sorted(FILTERS)), max_size=2).flatmap(
    lambda names: st.fixed_dictionaries({name: FILTERS[name] for name in sorted(names)})
)
# One wide answer to each filter, for the test of all combinations.
WIDE = {
    "window": Window(dt.date(1970, 1, 1), dt.date(1971, 2, 1)),
    "event_types": ("clash",),
    "violations": VIOLATIONS[:6],
    "actors": ("The Army", "Greens"),
    "sources": ("ucdp", "acled"),
    "verifications": ("", "verified", "pending"),
    "place_precisions": ("exact", "near", "admin1", "nowhere"),
}
ARMY = {"actor_id": "army", "name": "The Army", "short_name": "Reds", "source_ids": "x:1", "actor_type": "state"}


def table_of(rows: list[dict]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=_COLUMNS)
    start = pd.to_datetime(table["day"]).astype("datetime64[s]")
    end = start + pd.to_timedelta(table["lasts_days"].astype("int64"), unit="D").astype("timedelta64[s]")
    table = table.drop(columns=["day", "lasts_days"]).assign(date_start=start, date_end=end)
    text = [name for name in _COLUMNS[4:] if name not in FATALITIES]
    kinds = dict.fromkeys(text, "string") | {"longitude": float, "latitude": float} | dict.fromkeys(FATALITIES, "Int64")
    return table.astype(kinds)


def actors_of(table: pd.DataFrame, knowledge: str) -> pd.DataFrame | None:
    """Who is behind the names: nobody asks, nobody is known, they are left out, or our own records."""
    if knowledge == "reported":
        return None
    if knowledge == "left out":
        return pd.DataFrame({"row": np.array([], np.int64), "actor_id": pd.Series(dtype=object), "name": ""})
    known = ACTORS.empty()
    if knowledge == "army":
        known = pd.DataFrame([{**dict.fromkeys(known.columns), **ARMY}]).astype(known.dtypes.to_dict())
    return resolve_actors(table, known)


def placed(table: pd.DataFrame, resolution: int) -> Placement:
    return place_incidents(table, AREAS, resolution=resolution, settings=RULES)


def assert_same(ours: Rollup, theirs: Rollup) -> None:
    pd.testing.assert_frame_equal(ours.cells, theirs.cells, check_exact=False, rtol=1e-9, atol=1e-12)
    pd.testing.assert_frame_equal(ours.area_only, theirs.area_only)
    pd.testing.assert_frame_equal(ours.months, theirs.months)
    assert ours.total == theirs.total
    assert ours.request == theirs.request


@settings(max_examples=20)
@given(
    rows=TABLES,
    questions=st.lists(QUESTIONS, min_size=3, max_size=6),
    knowledge=st.sampled_from(["reported", "nobody", "left out", "army"]),
    resolution=st.integers(2, 5),
    as_of=DAYS,
)
def test_the_compiled_roll_up_is_the_definition(rows, questions, knowledge, resolution, as_of) -> None:
    table = table_of(rows)
    before, actors, placement = table.copy(), actors_of(table, knowledge), placed(table, resolution)
    ready = sort_incidents(table, placement, actors=actors)
    for question in [{}, *questions, {}]:  # asking leaves nothing behind
        request = HexbinRequest(resolution=resolution, **question)
        ours, row = roll_up_sorted(ready, request, as_of=as_of)
        assert_same(ours, roll_up(table, placement, request, as_of=as_of, actors=actors))
        pd.testing.assert_frame_equal(row, total_row(table, placement, request, actors=actors))
    pd.testing.assert_frame_equal(table, before)


def test_the_compiled_roll_up_is_the_definition_under_every_combination_of_filters() -> None:
    rng = np.random.default_rng(5)
    span = (LAST - FIRST).days
    rows = [
        {name: values[rng.integers(len(values))] for name, values in WORDS.items()}
        | {"day": FIRST + dt.timedelta(days=int(rng.integers(span))), "lasts_days": int(rng.integers(90))}
        | {name: [None, 0, 1, 7][rng.integers(4)] for name in FATALITIES}
        for _ in range(1_500)
    ]
    table = table_of(rows)
    placement, actors = placed(table, 4), actors_of(table, "army")
    ready = sort_incidents(table, placement, actors=actors)
    found = []
    for chosen in itertools.product([False, True], repeat=len(WIDE)):
        asked = {name: WIDE[name] for name in itertools.compress(WIDE, chosen)}
        request = HexbinRequest(resolution=4, **asked)
        ours, _ = roll_up_sorted(ready, request)
        assert_same(ours, roll_up(table, placement, request, actors=actors))
        found.append(ours.total)
    assert found[0] == len(table)
    assert min(found) > 0  # every combination left something to compare
    for place, name in enumerate(WIDE):
        alone = found[1 << (len(WIDE) - 1 - place)]
        assert alone < len(table), f"{name} left nothing out"


@settings(max_examples=15)
@given(rows=TABLES, question=QUESTIONS)
def test_totals_are_conserved_under_every_filter_and_resolution(rows, question) -> None:
    table = table_of(rows)
    found = matching(table, HexbinRequest(resolution=4, **question))
    for resolution in (2, 4):
        placement = placed(table, resolution)
        request = HexbinRequest(resolution=resolution, **question)
        rolled, row = roll_up_sorted(sort_incidents(table, placement), request)
        assert rolled.total == found.sum() == row["incidents"].iloc[0]
        everywhere = rolled.cells["incidents"].sum() + rolled.area_only["incidents"].sum()
        assert everywhere == pytest.approx(rolled.total)
        assert rolled.months["incidents"].sum() == rolled.total
        for name in FATALITIES:
            assert row[name].iloc[0] == float(table.loc[found, name].fillna(0).sum())
        # Every recorded violation among what lies in cells is in the mix, and only those.
        in_cells = found & ~placement.area_only
        for name, column in zip(VIOLATIONS, VIOLATION_COLUMNS, strict=True):
            recorded = int((table.loc[in_cells, "violation"] == name).fillna(value=False).sum())
            assert rolled.cells[column].sum() == pytest.approx(recorded)


@settings(max_examples=12)
@given(rows=TABLES, question=QUESTIONS, resolution=st.integers(2, 6))
def test_cells_are_always_of_the_resolution_asked_for_and_do_not_depend_on_the_filter(
    rows, question, resolution
) -> None:
    table = table_of(rows)
    placement = placed(table, resolution)
    ready = sort_incidents(table, placement)
    every, _ = roll_up_sorted(ready, HexbinRequest(resolution=resolution))
    some, _ = roll_up_sorted(ready, HexbinRequest(resolution=resolution, **question))
    check_cells(some.cells["cell"].to_numpy(), resolution=resolution)
    assert set(some.cells["cell"]) <= set(every.cells["cell"])


@settings(max_examples=12)
@given(rows=TABLES, question=QUESTIONS, seed=st.integers(0, 99))
def test_the_order_of_import_changes_nothing(rows, question, seed) -> None:
    table = table_of(rows)
    shuffled = table.sample(frac=1.0, random_state=seed).reset_index(drop=True)
    request = HexbinRequest(resolution=5, **question)
    one, other = (roll_up_sorted(sort_incidents(each, placed(each, 5)), request) for each in (table, shuffled))
    assert_same(one[0], other[0])
    pd.testing.assert_frame_equal(one[1], other[1])


def test_the_mix_of_no_incident_is_empty() -> None:
    table = table_of([])
    rolled, row = roll_up_sorted(sort_incidents(table, placed(table, 4)), HexbinRequest(resolution=4))
    assert rolled.cells.empty
    assert list(rolled.cells[list(VIOLATION_COLUMNS)].columns) == [f"violation_{name}" for name in VIOLATIONS]
    assert np.isnan(row["exact_share"].iloc[0])
