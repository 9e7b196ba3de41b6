"""Silent risks here: months of a cell that do not add up to its count; a spread report counted whole in each cell;
a long incident counted in every month it lasts; months of cells told to those who must not learn small counts."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as laws
from hypothesis import strategies as st

from geo.answers.cell_months import answer_cell_months
from geo.answers.hexbin import answer_hexbin
from geo.answers.world import World
from geo.errors import WithheldError
from geo.hexgrid import cells_of_points
from geo.incidents.cell_months import count_cell_months
from geo.incidents.precision import place_incidents
from geo.incidents.rollup import matching, roll_up
from geo.model import Audience, HexbinRequest, Window
from geo.settings import Settings
from tests.laws.test_incident_laws import AREAS, QUESTIONS, RULES, TABLES, table_of
from tests.toy_country import COUNTRY_TABLES, event, table_top

TASK = Audience.TASK_FORCE


def month_counts(frame: pd.DataFrame) -> dict[str, float]:
    """Incidents per month, over all cells."""
    return frame.groupby(frame["month"].dt.strftime("%Y-%m"))["incidents"].sum().round(9).to_dict()


@laws(max_examples=20)
@given(rows=TABLES, question=QUESTIONS, resolution=st.integers(2, 6))
def test_months_of_a_cell_add_up_to_its_count_under_every_filter(rows, question, resolution) -> None:
    table = table_of(rows)
    placement = place_incidents(table, AREAS, resolution=resolution, settings=RULES)
    request = HexbinRequest(resolution=resolution, **question)
    before = table.copy()
    found = count_cell_months(table, placement, matching(table, request))
    rolled = roll_up(table, placement, request)
    sums = found.groupby("cell")["incidents"].sum()
    pd.testing.assert_series_equal(sums, rolled.cells.set_index("cell")["incidents"], check_dtype=False)
    assert not found.duplicated(["cell", "month"]).any()
    assert (found["incidents"] > 0).all()
    assert found[["cell", "month"]].equals(found.sort_values(["cell", "month"])[["cell", "month"]])
    pd.testing.assert_frame_equal(table, before)


@laws(max_examples=10)
@given(rows=TABLES)
def test_order_of_incidents_does_not_matter(rows) -> None:
    table = table_of(rows)
    either = []
    for ordered in (table, table.iloc[::-1].reset_index(drop=True)):
        placement = place_incidents(ordered, AREAS, resolution=4, settings=RULES)
        either.append(count_cell_months(ordered, placement, matching(ordered, HexbinRequest(resolution=4))))
    pd.testing.assert_frame_equal(*either)


@pytest.fixture(scope="module")
def country(settings: Settings) -> World:
    return table_top(settings)


def test_each_incident_stands_in_the_month_of_its_first_day(settings: Settings) -> None:
    long = event(7, "2020-01-31", "exact", date_end="2020-03-02")
    world = table_top(settings, COUNTRY_TABLES | {"incidents": [*COUNTRY_TABLES["incidents"], long]})
    found = answer_cell_months(world, HexbinRequest(resolution=5), audience=TASK).frame
    # Two in January, one each in February and May; of April's two one is known to a district without outline,
    # which the province holds; June's place is not known at all.
    assert month_counts(found) == {"2020-01": 2, "2020-02": 1, "2020-04": 2, "2020-05": 1}
    west = int(cells_of_points([0.5], [0.5], resolution=5)[0])
    mine = found.loc[found["cell"] == west].set_index("month")["incidents"]
    assert mine[pd.Timestamp("2020-01-01")] == 2
    assert 0 < mine[pd.Timestamp("2020-05-01")] < 1, "a share of the report about the whole country"


def test_window_keeps_the_month_an_incident_began_in(settings: Settings) -> None:
    long = event(7, "2020-01-31", "exact", date_end="2020-03-02")
    world = table_top(settings, COUNTRY_TABLES | {"incidents": [long]})
    request = HexbinRequest(resolution=5, window=Window(start=dt.date(2020, 3, 1), end=dt.date(2020, 3, 31)))
    assert month_counts(answer_cell_months(world, request, audience=TASK).frame) == {"2020-01": 1}


@pytest.mark.parametrize("asked", [{}, {"violations": ("abduction",)}, {"actors": ("Red Band",)}])
@pytest.mark.parametrize("resolution", [4, 9])
def test_answers_agree_cell_by_cell(country: World, asked: dict[str, tuple[str, ...]], resolution: int) -> None:
    request = HexbinRequest(resolution=resolution, **asked)
    cells = answer_hexbin(country, request, audience=TASK).cells.frame
    months = answer_cell_months(country, request, audience=TASK)
    assert months.frame.groupby("cell")["incidents"].sum().to_dict() == pytest.approx(
        cells.set_index("cell")["incidents"].to_dict()
    )
    assert months.statement.resolution == min(resolution, 7)


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER])
def test_public_and_cluster_see_no_month_of_any_cell(
    country: World, audience: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo.answers.cell_months.count_cell_months", None)  # not even counted
    found = answer_cell_months(country, HexbinRequest(resolution=4), audience=audience)
    assert found.columns == []
    assert len(found.frame) == 0
    assert found.statement.rows_before is None


def test_filter_on_what_an_audience_may_not_see_is_refused(country: World) -> None:
    with pytest.raises(WithheldError, match="may not ask where an actor is"):
        answer_cell_months(country, HexbinRequest(resolution=4, actors=("Red Band",)), audience=Audience.PUBLIC)


def test_nothing_found_is_an_empty_table(country: World) -> None:
    request = HexbinRequest(resolution=5, window=Window(end=dt.date(1990, 1, 1)))
    found = answer_cell_months(country, request, audience=TASK)
    assert found.columns == ["cell", "month", "incidents"]
    assert len(found.frame) == 0
