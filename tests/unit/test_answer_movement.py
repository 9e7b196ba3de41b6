"""Silent risks here: a day that knows of later days; movement told to those who may not know who is where; a first day
called unmoved; a pause called a move."""

import datetime as dt

import numpy as np
import pytest

from geo.answers.movement import answer_movement, days_of
from geo.answers.presence import answer_presence
from geo.crs import distance_km
from geo.errors import RequestError
from geo.hexgrid import cells_of_points, centres
from geo.model import Audience, MovementRequest, PresenceRequest
from geo.settings import Settings
from tests.toy_country import COUNTRY_TABLES, DAY, event, table_top

CASE, TASK, CLUSTER, PUBLIC = Audience.CASE_TEAM, Audience.TASK_FORCE, Audience.CLUSTER, Audience.PUBLIC
MONTHLY = MovementRequest(as_of=DAY, resolution=5, steps=3, step_months=1)
# One band, first in the west, then every day of June a degree farther east.
MOVED = [event(1, "2020-03-10", "exact"), *(event(n, f"2020-06-{n:02}", "exact", longitude=1.5) for n in range(2, 12))]


def test_days_lie_months_apart_and_never_before_the_data() -> None:
    assert days_of(MONTHLY, first=dt.date(2020, 1, 1)) == [dt.date(2020, 4, 30), dt.date(2020, 5, 30), DAY]
    assert days_of(MONTHLY, first=dt.date(2020, 5, 30)) == [dt.date(2020, 5, 30), DAY]
    assert days_of(MONTHLY, first=dt.date(2021, 1, 1)) == []


def test_an_actor_that_is_reported_elsewhere_has_moved(settings: Settings) -> None:
    world = table_top(settings, {**COUNTRY_TABLES, "incidents": MOVED})
    found = answer_movement(world, MONTHLY, audience=CASE).actors.frame.set_index("day")
    assert found["actor"].unique().tolist() == ["Red Band"]
    april, may, june = found["shift_km"].tolist()
    assert np.isnan(april)  # the first day has nothing to compare with
    assert may == pytest.approx(0, abs=1e-6)
    # Ten reports in the east and one, older, in the west: a little more than ten elevenths of the way between cells.
    lon, lat = centres(cells_of_points(np.array([0.5, 1.5]), np.array([0.5, 0.5]), resolution=5))
    way_km = distance_km(lon[:1], lat[:1], lon[1:], lat[1:])[0]
    assert 10 / 11 * way_km < june < 10.5 / 11 * way_km
    assert found["turnover_share"].tolist()[1] == 0
    assert found["turnover_share"].tolist()[2] > 0
    assert found["spread_km"].tolist()[1] < found["spread_km"].tolist()[2]


def test_each_day_tells_what_presence_tells_of_it(settings: Settings) -> None:
    world = table_top(settings)
    found = answer_movement(world, MONTHLY, audience=CASE)
    for row in found.days.frame.to_dict("records"):
        asked = PresenceRequest(as_of=row["day"].date(), resolution=5)
        cells = answer_presence(world, asked, audience=CASE).cells.frame
        leaders = cells.loc[cells["rank"] == 1]
        assert (row["cells"], row["cells_contested"]) == (len(leaders), leaders["contested"].sum())
        told = found.actors.frame.loc[found.actors.frame["day"] == row["day"]].set_index("actor")["cells_led"]
        assert told[told > 0].to_dict() == leaders["actor"].value_counts().to_dict()


def test_one_actor_alone_is_one_effective_actor_and_two_alike_are_two(settings: Settings) -> None:
    alone = table_top(settings, {**COUNTRY_TABLES, "incidents": MOVED})
    assert answer_movement(alone, MONTHLY, audience=CASE).days.frame["effective_actors"].tolist() == [1, 1, 1]
    both = [event(1, "2020-03-10", "exact"), event(2, "2020-03-10", "exact", actor_a="Blue Band")]
    shared = table_top(settings, {**COUNTRY_TABLES, "incidents": both})
    even = answer_movement(shared, MONTHLY, audience=CASE).days.frame["effective_actors"]
    assert even.tolist() == pytest.approx([2, 2, 2])


def test_who_may_not_know_who_is_where_is_told_of_no_movement(settings: Settings) -> None:
    world = table_top(settings)
    public = answer_movement(world, MONTHLY, audience=PUBLIC)
    assert public.actors.frame.empty
    assert public.days.frame.empty
    assert "shift_km" not in answer_movement(world, MONTHLY, audience=CLUSTER).actors.columns
    assert "shift_km" in answer_movement(world, MONTHLY, audience=TASK).actors.columns


def test_no_evidence_is_no_row(settings: Settings) -> None:
    nothing = answer_movement(table_top(settings, {**COUNTRY_TABLES, "incidents": []}), MONTHLY, audience=CASE)
    assert nothing.actors.frame.empty
    assert nothing.days.frame.empty


@pytest.mark.parametrize("values", [{"steps": 1}, {"steps": 41}, {"step_months": 0}])
def test_too_few_and_too_many_days_are_refused(values: dict[str, int]) -> None:
    with pytest.raises(RequestError, match="must lie between"):
        MovementRequest(as_of=DAY, resolution=5, **values)
