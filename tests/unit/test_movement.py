"""Silent risks here: a middle on the wrong side of the date line; old evidence as heavy as new; evidence of tomorrow; a
turnover that counts cells an actor does not lead."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.actors.movement import evidence_centres, shift_km, turnover
from geo.crs import distance_km
from geo.hexgrid import cells_of_points, centres
from geo.settings import Settings, read_settings
from tests.conftest import ROOT

DAY = dt.date(2020, 6, 1)
RULES = read_settings(ROOT / "config.toml").influence


def evidence(*rows: tuple[str, float, float, float, str]) -> pd.DataFrame:
    """Rows of actor, longitude, latitude, weight, day."""
    table = pd.DataFrame(rows, columns=["actor_id", "lon", "lat", "weight", "observed_on"])
    cells = cells_of_points(table["lon"].to_numpy(float), table["lat"].to_numpy(float), resolution=9)
    return table.assign(cell=cells, observed_on=pd.to_datetime(table["observed_on"]))


def ranked(*rows: tuple[str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["actor_id", "cell", "rank"]).astype({"cell": "uint64"})


def centre_of(*rows: tuple[str, float, float, float, str], settings: Settings) -> pd.Series:
    return evidence_centres(evidence(*rows), as_of=DAY, settings=settings.influence).iloc[0]


def test_the_middle_leans_to_the_newer_evidence(settings: Settings) -> None:
    half_life = dt.timedelta(days=int(settings.influence.half_life_days))
    old = str(DAY - half_life)
    found = centre_of(("a", 20.0, 0.0, 1.0, str(DAY)), ("a", 23.0, 0.0, 1.0, old), settings=settings)
    # Half the weight is left of the old one: the middle lies a third of the way.
    assert found["longitude"] == pytest.approx(21.0, abs=0.01)
    assert found["latitude"] == pytest.approx(0.0, abs=0.01)
    assert found["weight"] == pytest.approx(1.5)
    # 111.2 km from the new one (weight 1), 222.4 km from the old one (weight 1/2).
    assert found["spread_km"] == pytest.approx(math.sqrt((111.2**2 + 0.5 * 222.4**2) / 1.5), rel=0.01)


def test_evidence_of_a_later_day_never_counts(settings: Settings) -> None:
    rows = [
        ("a", 20.0, 0.0, 1.0, "2020-06-01"),
        ("a", 25.0, 0.0, 9.0, "2020-06-02"),
        ("b", 25.0, 0.0, 9.0, "2020-06-02"),
    ]
    found = evidence_centres(evidence(*rows), as_of=DAY, settings=settings.influence)
    assert list(found["actor_id"]) == ["a"]
    assert found["longitude"].iloc[0] == pytest.approx(20.0, abs=0.01)


def test_a_middle_across_the_date_line_and_none_of_nothing(settings: Settings) -> None:
    found = centre_of(("a", 179.0, 0.0, 1.0, str(DAY)), ("a", -179.0, 0.0, 1.0, str(DAY)), settings=settings)
    assert abs(found["longitude"]) == pytest.approx(180.0, abs=0.01)
    assert found["spread_km"] == pytest.approx(111.2, rel=0.01)
    assert evidence_centres(evidence(), as_of=DAY, settings=settings.influence).empty


def test_a_shift_is_the_distance_between_middles_of_actors_on_both_days(settings: Settings) -> None:
    before = evidence_centres(
        evidence(("a", 20, 0, 1, str(DAY)), ("b", 3, 3, 1, str(DAY))), as_of=DAY, settings=settings.influence
    )
    after = evidence_centres(
        evidence(("a", 21, 0, 1, str(DAY)), ("c", 3, 3, 1, str(DAY))), as_of=DAY, settings=settings.influence
    )
    moved = shift_km(before, after)
    assert list(moved.index) == ["a"]
    assert moved["a"] == pytest.approx(111.2, rel=0.01)


def test_turnover_counts_led_cells_only() -> None:
    before = ranked(("a", 1, 1), ("a", 2, 1), ("a", 3, 2), ("b", 3, 1), ("c", 9, 2))
    after = ranked(("a", 2, 1), ("a", 3, 1), ("a", 4, 1), ("b", 3, 2))
    found = turnover(before, after).set_index("actor_id")
    assert list(found.index) == ["a", "b"]  # c leads nowhere
    assert found.loc["a"].tolist() == [1, 2, 1, 0.75]
    assert found.loc["b"].tolist() == [0, 0, 1, 1.0]
    assert turnover(before.iloc[:0], after.iloc[:0]).empty


PLACES = st.lists(
    st.tuples(st.sampled_from("ab"), st.floats(14, 27), st.floats(-5, 11), st.floats(0.1, 5), st.integers(0, 2000)),
    min_size=1,
    max_size=12,
)


@given(rows=PLACES, factor=st.floats(0.1, 10))
def test_a_middle_has_no_unit_of_weight_no_order_and_lies_among_the_evidence(rows, factor) -> None:
    table = evidence(*((a, x, y, w, str(DAY - dt.timedelta(days=d))) for a, x, y, w, d in rows))
    found = evidence_centres(table, as_of=DAY, settings=RULES)
    again = evidence_centres(
        table.iloc[::-1].assign(weight=lambda part: part["weight"] * factor), as_of=DAY, settings=RULES
    )
    assert list(found["actor_id"]) == sorted({row[0] for row in rows})
    np.testing.assert_allclose(again[["longitude", "latitude"]], found[["longitude", "latitude"]], atol=1e-6)
    np.testing.assert_allclose(again["weight"], found["weight"] * factor, rtol=1e-9)
    for row in found.to_dict("records"):
        own = centres(table.loc[table["actor_id"] == row["actor_id"], "cell"].to_numpy())
        away = distance_km(*own, np.full(len(own[0]), row["longitude"]), np.full(len(own[0]), row["latitude"]))
        assert away.min() - 1e-6 <= row["spread_km"] <= away.max() + 1e-6


CELLS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 6)), unique_by=lambda two: two[1], max_size=6)


@given(before=CELLS, after=CELLS)
def test_turnover_is_symmetric_and_none_where_nothing_changed(before, after) -> None:
    one, other = (ranked(*((actor, cell, 1) for actor, cell in rows)) for rows in (before, after))
    there, back = turnover(one, other), turnover(other, one)
    pd.testing.assert_series_equal(there["turnover_share"], back["turnover_share"])
    pd.testing.assert_series_equal(there["gained"], back["lost"], check_names=False)
    assert there["turnover_share"].between(0, 1).all()
    assert (turnover(one, one)["turnover_share"] == 0).all()
    assert there["kept"].sum() == len(set(before) & set(after))
