"""Silent risks here: a column nobody listed slips through; a withheld count falls out of a subtraction;
positions keep their decimals; cells finer than granted are hidden instead of refused."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo import redaction
from geo.errors import SchemaError, WithheldError
from geo.model import Audience
from geo.settings import Settings

RES_4, RES_6 = 0x845A841FFFFFFFF, 0x865A84107FFFFFF


def cells(counts: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {"cell": np.array([RES_4] * len(counts), dtype=np.uint64), "incidents": counts, "effective_actors": 1.0}
    )


def test_a_column_not_listed_never_leaves(settings: Settings) -> None:
    frame = cells([50.0]).assign(informant="somebody")
    for audience in Audience:
        cleared = redaction.clear(frame, view="hexbin", audience=audience, settings=settings)
        assert "informant" not in cleared.columns
        assert "informant" in cleared.statement.withheld_columns


def test_columns_open_from_their_least_audience_upward(settings: Settings) -> None:
    shown = {
        audience: redaction.clear(cells([50.0]), view="hexbin", audience=audience, settings=settings).columns
        for audience in Audience
    }
    assert shown[Audience.PUBLIC] == ["cell", "incidents"]
    assert shown[Audience.CLUSTER] == ["cell", "incidents", "effective_actors"]


def test_small_count_is_withheld_with_enough_others_that_subtraction_tells_nothing(settings: Settings) -> None:
    """12 + 11 + 3: hiding the 3 alone would give it away, so the 11 goes too (sum 14 >= 10, two rows)."""
    cleared = redaction.clear(
        cells([12.0, 3.0, 11.0]), view="hexbin", audience=Audience.PUBLIC, settings=settings, count_column="incidents"
    )
    assert cleared.frame["incidents"].tolist() == [12.0]
    assert (cleared.statement.rows_withheld, cleared.statement.counts_withheld) == (2, 14.0)


def test_when_even_the_sum_is_small_no_total_may_be_told(settings: Settings) -> None:
    cleared = redaction.clear(
        cells([2.0, 1.0]), view="hexbin", audience=Audience.PUBLIC, settings=settings, count_column="incidents"
    )
    assert cleared.frame.empty
    assert cleared.statement.counts_withheld is None


def test_the_threshold_itself_is_shown(settings: Settings) -> None:
    k = settings.audiences[Audience.PUBLIC].small_count
    cleared = redaction.clear(
        cells([float(k), k + 1.0]), view="hexbin", audience=Audience.PUBLIC, settings=settings, count_column="incidents"
    )
    assert len(cleared.frame) == 2


def test_finer_cells_than_granted_are_refused(settings: Settings) -> None:
    frame = pd.DataFrame({"cell": np.array([RES_6], dtype=np.uint64), "incidents": [99.0]})
    with pytest.raises(WithheldError, match="resolution 6 are finer than 4, the finest that public may see"):
        redaction.clear(frame, view="hexbin", audience=Audience.PUBLIC, settings=settings)


def test_view_without_rule_is_refused(settings: Settings) -> None:
    with pytest.raises(SchemaError, match="'gossip' has no rule"):
        redaction.clear(cells([1.0]), view="gossip", audience=Audience.CASE_TEAM, settings=settings)


def test_withheld_view_has_neither_columns_nor_rows(settings: Settings) -> None:
    bases = pd.DataFrame({"base_id": ["b1"], "longitude": [1.23456], "latitude": [2.34567]})
    cleared = redaction.clear(bases, view="bases", audience=Audience.PUBLIC, settings=settings)
    assert cleared.withheld
    assert cleared.frame.shape == (0, 0)


def test_positions_lose_their_decimals(settings: Settings) -> None:
    bases = pd.DataFrame({"base_id": ["b1"], "longitude": [1.23456], "latitude": [2.34567]})
    cleared = redaction.clear(bases, view="bases", audience=Audience.TASK_FORCE, settings=settings)
    assert cleared.frame[["longitude", "latitude"]].to_numpy().tolist() == [[1.235, 2.346]]


def test_granted_resolution_is_the_coarser_of_asked_and_allowed(settings: Settings) -> None:
    assert redaction.granted_resolution(6, audience=Audience.PUBLIC, settings=settings) == 4
    assert redaction.granted_resolution(3, audience=Audience.PUBLIC, settings=settings) == 3


def test_input_is_not_changed(settings: Settings) -> None:
    frame = cells([12.0, 3.0, 11.0])
    before = frame.copy(deep=True)
    redaction.clear(frame, view="hexbin", audience=Audience.PUBLIC, settings=settings, count_column="incidents")
    pd.testing.assert_frame_equal(frame, before)


def test_only_vertices_that_are_published_to_the_bit_keep_their_decimals(settings: Settings) -> None:
    road = np.array([[1.23456, 2.34567], [1.3000001, 2.4]])
    line = shapely.LineString([(1.11111, 2.22222), road[0], np.nextafter(road[1], 2), road[1], (1.44444, 2.55555)])
    legs = gpd.GeoDataFrame({"leg": [1]}, geometry=[line], crs=4326)
    cleared = redaction.clear(
        legs, view="mission_legs", audience=Audience.TASK_FORCE, settings=settings, published=road
    )
    expected = [(1.111, 2.222), tuple(road[0]), (1.3, 2.4), tuple(road[1]), (1.444, 2.556)]
    assert [tuple(point) for point in shapely.get_coordinates(cleared.frame.geometry)] == expected
    assert cleared.statement.coordinate_decimals == 3
    withheld = redaction.clear(legs, view="mission_legs", audience=Audience.CLUSTER, settings=settings, published=road)
    assert withheld.frame.empty
