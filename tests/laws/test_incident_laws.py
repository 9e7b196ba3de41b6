"""Silent risks here: an incident lost or counted twice at some resolution; a filter that finds what the whole
does not hold; a parent that differs from the library's; an answer that depends on the order of rows or
changes what it was given."""

import datetime as dt

import geopandas as gpd
import h3.api.basic_int as h3
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.hexgrid import cells_of_points, check_cells, from_text, parents, to_text
from geo.incidents.precision import place_incidents
from geo.incidents.rollup import Rollup, matching, roll_up
from geo.model import HexbinRequest, Window
from geo.schema import PLACE_PRECISION
from geo.settings import PlacementSettings

RULES = PlacementSettings(exact=("exact",), near=("near",))
AREAS = gpd.GeoDataFrame(
    {
        "boundary_id": ["A", "A1", "A2", "A21"],
        "name": ["Aland", "West", "East", "Far"],
        "name_fr": ["Alande", None, "Est", None],
        "level": [0, 1, 1, 2],
        "country": "XAA",
        "parent": [None, "A", "A", "A2"],
    },
    geometry=[shapely.box(0, 0, 3, 1), shapely.box(0, 0, 2, 1), shapely.box(2, 0, 3, 1), shapely.box(2.9, 0.9, 3, 1)],
    crs="EPSG:4326",
)
DEATHS = st.one_of(st.none(), st.integers(0, 50))
ROW = st.fixed_dictionaries(
    {
        "day": st.dates(dt.date(2019, 1, 1), dt.date(2021, 12, 31)),
        "lasts_days": st.integers(0, 90),
        "longitude": st.floats(-1, 4),
        "latitude": st.floats(-1, 2),
        "place_precision": st.sampled_from(PLACE_PRECISION),
        "admin1": st.sampled_from([None, "West province", "est", "Nowhere"]),
        "admin2": st.sampled_from([None, "Far district", "Near"]),
        "country": st.sampled_from([None, "XAA", "XBB"]),
        "actor_a": st.sampled_from([None, "Reds", "reds", "Blues", "Civilians"]),
        "actor_b": st.sampled_from([None, "Reds", "Greens", "Civilians (XAA)"]),
        "event_type": st.sampled_from([None, "clash", "attack"]),
        "violation": st.sampled_from([None, "killing", "abduction"]),
        "fatalities_low": DEATHS,
        "fatalities_best": DEATHS,
        "fatalities_high": DEATHS,
    }
)
TABLES = st.lists(ROW, max_size=25)
QUESTIONS = st.fixed_dictionaries(
    {
        "window": st.one_of(
            st.just(Window()),
            st.dates(dt.date(2019, 1, 1), dt.date(2021, 12, 31)).map(lambda day: Window(start=day)),
            st.dates(dt.date(2019, 1, 1), dt.date(2021, 12, 31)).map(lambda day: Window(end=day)),
        ),
        "event_types": st.sampled_from([(), ("clash",), ("clash", "attack")]),
        "violations": st.sampled_from([(), ("killing",)]),
        "actors": st.sampled_from([(), ("Reds",), ("Greens", "blues")]),
    }
)


_COLUMNS = ["day", "lasts_days", "longitude", "latitude", "place_precision", "admin1", "admin2", "country"]
_COLUMNS += ["actor_a", "actor_b", "event_type", "violation", "fatalities_low", "fatalities_best", "fatalities_high"]


def table_of(rows: list[dict]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=_COLUMNS)
    start = pd.to_datetime(table["day"]).astype("datetime64[s]")
    end = start + pd.to_timedelta(table["lasts_days"].astype("int64"), unit="D").astype("timedelta64[s]")
    table = table.drop(columns=["day", "lasts_days"]).assign(date_start=start, date_end=end)
    text = ["place_precision", "admin1", "admin2", "country", "actor_a", "actor_b", "event_type", "violation"]
    kinds = dict.fromkeys(text, "string") | {"longitude": float, "latitude": float}
    kinds |= dict.fromkeys(["fatalities_low", "fatalities_best", "fatalities_high"], "Int64")
    return table.astype(kinds)


def ask(table: pd.DataFrame, resolution: int, **question) -> Rollup:
    placement = place_incidents(table, AREAS, resolution=resolution, settings=RULES)
    return roll_up(table, placement, HexbinRequest(resolution=resolution, **question))


@settings(max_examples=20, deadline=None)
@given(rows=TABLES, question=QUESTIONS, resolution=st.integers(2, 7))
def test_totals_are_conserved_at_every_resolution(rows, question, resolution) -> None:
    table = table_of(rows)
    rolled = ask(table, resolution, **question)
    found = matching(table, HexbinRequest(resolution=resolution, **question))
    placed = rolled.cells["incidents"].sum()
    assert rolled.total == found.sum()
    assert placed + rolled.area_only["incidents"].sum() == pytest.approx(rolled.total)
    assert rolled.months["incidents"].sum() == rolled.total
    placement = place_incidents(table, AREAS, resolution=resolution, settings=RULES)
    for column in ("fatalities_low", "fatalities_best", "fatalities_high"):
        expected = table.loc[found & ~placement.area_only, column].fillna(0).sum()
        assert rolled.cells[column].sum() == pytest.approx(float(expected))


@settings(max_examples=20, deadline=None)
@given(rows=TABLES, resolution=st.integers(2, 6))
def test_each_incident_counts_once_or_is_known_to_area_only(rows, resolution) -> None:
    table = table_of(rows)
    placement = place_incidents(table, AREAS, resolution=resolution, settings=RULES)
    shares = np.bincount(placement.incident, weights=placement.weight, minlength=len(table))
    np.testing.assert_allclose(shares, np.where(placement.area_only, 0.0, 1.0), rtol=1e-9)
    assert (placement.weight > 0).all()
    check_cells(placement.cells, resolution=resolution)


@settings(max_examples=20, deadline=None)
@given(rows=TABLES, question=QUESTIONS)
def test_a_cell_keeps_its_bounds(rows, question) -> None:
    cells = ask(table_of(rows), 4, **question).cells
    assert (cells["incidents"] > 0).all()
    assert cells["precision_share"].between(0, 1 + 1e-9).all()
    assert (cells["effective_actors"] <= cells["actors"] + 1e-9).all()
    assert ((cells["effective_actors"] >= 1 - 1e-9) | (cells["actors"] == 0)).all()
    assert (cells["newest_days"].dropna() >= 0).all()


@settings(max_examples=20, deadline=None)
@given(rows=TABLES, question=QUESTIONS)
def test_a_filter_never_adds(rows, question) -> None:
    table = table_of(rows)
    every, some = ask(table, 4), ask(table, 4, **question)
    both = some.cells.merge(every.cells, on="cell", suffixes=("", "_all"), how="left", validate="1:1")
    for column in ("incidents", "fatalities_best", "actors"):
        assert (both[column] <= both[f"{column}_all"] + 1e-9).all()


@settings(max_examples=12, deadline=None)
@given(rows=TABLES, question=QUESTIONS, seed=st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(rows, question, seed) -> None:
    table = table_of(rows)
    before = table.copy()
    shuffled = table.sample(frac=1.0, random_state=seed)
    one, again, other = ask(table, 5, **question), ask(table, 5, **question), ask(shuffled, 5, **question)
    pd.testing.assert_frame_equal(one.cells, again.cells, check_exact=True)
    pd.testing.assert_frame_equal(one.cells, other.cells, check_exact=False, rtol=1e-9)
    pd.testing.assert_frame_equal(one.area_only, other.area_only)
    pd.testing.assert_frame_equal(one.months, other.months)
    pd.testing.assert_frame_equal(table, before)


@settings(max_examples=100, deadline=None)
@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90), fine=st.integers(0, 15), coarser=st.integers(0, 15))
def test_parents_are_the_librarys(lon, lat, fine, coarser) -> None:
    cells = cells_of_points([lon], [lat], resolution=fine)
    assert cells.tolist() == [h3.latlng_to_cell(lat, lon, fine)]
    if coarser <= fine:
        assert parents(cells, resolution=coarser).tolist() == [h3.cell_to_parent(int(cells[0]), coarser)]
    assert from_text(to_text(cells)).tolist() == cells.tolist()
