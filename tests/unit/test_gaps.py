"""Silent risks here: a site that keeps another base counted as lost; one exactly at the limit lost; people not
known added up as 0; a base closed twice closing another; two answers about different targets compared."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from geo.access.network import build_network
from geo.access.reach import reach
from geo.access.segments import assess_passability
from geo.drawdown.gaps import Gap, close_bases, compare_reach, find_gaps
from geo.errors import RequestError, SchemaError, UnknownRecordError
from geo.model import AccessMode, GapsRequest, Season
from geo.settings import Settings
from tests.toy_roads import bases_of, roads_of, ways_of

DAY = dt.date(2020, 3, 1)
# west base -60- 1 -60- 2 -60- east base, then -60- 4; minutes
ROADS = [{"line": [(k, 0), (k + 1, 0)], "duration_min": 60} for k in range(4)]
BASES = bases_of(
    [
        {"base_id": "west", "longitude": 0, "latitude": 0, "helipad": "yes"},
        {"base_id": "east", "longitude": 3, "latitude": 0, "escort_slots_per_week": 2},
    ]
)
SITES = pd.DataFrame(
    {"longitude": [0.0, 1.0, 2.0, 4.0, 9.0], "latitude": 0.0, "people": [10, 20, np.nan, 40, 50]}, index=list("abcde")
)


def close(settings: Settings, *ids: str, limit_min: float = 120, mode: AccessMode = AccessMode.UNESCORTED) -> Gap:
    network = build_network(roads_of(ROADS), settings=settings.network)
    found = assess_passability(network, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=settings)
    request = GapsRequest(close=ids, limit_min=limit_min, mode=mode, as_of=DAY)
    return find_gaps(ways_of(network, found), BASES, SITES, request, settings=settings)


def test_closing_the_east_loses_the_far_site_only(settings: Settings) -> None:
    gap = close(settings, "east")
    # c is 120 from west: exactly at the limit, still covered; d is 240
    assert gap.lost.index.tolist() == ["d"]
    row = gap.lost.loc["d"]
    assert (row["before_min"], row["before_base"], row["after_min"], row["next_base"]) == (60, "east", 240, "west")
    assert (gap.before.targets_covered, gap.after.targets_covered) == (4, 3)
    assert (gap.before.share, gap.after.share) == (0.8, 0.6)
    assert (gap.before.people, gap.before.people_covered, gap.after.people_covered) == (120, 70, 30)
    assert gap.before.people_share == pytest.approx(70 / 120)
    assert (gap.people_lost, gap.people_unknown) == (40, 0)


def test_below_the_limit_by_a_minute_the_middle_is_lost_too(settings: Settings) -> None:
    gap = close(settings, "east", limit_min=119)
    assert gap.lost.index.tolist() == ["d", "c"]  # most people first, unknown last
    assert (gap.people_lost, gap.people_unknown) == (40, 1)


def test_closing_every_base_leaves_nothing(settings: Settings) -> None:
    gap = close(settings, "east", "west")
    assert gap.after.targets_covered == 0
    assert gap.lost.index.tolist() == ["d", "b", "a", "c"]
    assert np.isinf(gap.lost["after_min"]).all()
    assert gap.lost["next_base"].isna().all()
    assert gap.people_lost == 70


def test_closing_twice_is_closing_once(settings: Settings) -> None:
    assert close(settings, "east", "east").lost.equals(close(settings, "east").lost)


def test_unknown_base_is_refused_with_those_open(settings: Settings) -> None:
    with pytest.raises(UnknownRecordError, match="no base 'north' is open on 2020-03-01; open bases: east, west"):
        close(settings, "north", "east")
    with pytest.raises(RequestError, match="name at least one base to close"):
        close(settings)


def test_capabilities_leave_with_their_base(settings: Settings) -> None:
    assert close(settings, "west", mode=AccessMode.AIR).after.targets_covered == 0
    assert close(settings, "west", mode=AccessMode.ESCORTED).lost.empty
    assert close(settings, "east", mode=AccessMode.ESCORTED).after.targets_covered == 0


def test_people_nobody_counted_are_not_zero() -> None:
    nothing = SITES.drop(columns="people")
    answer = pd.DataFrame({"time_min": [1.0] * 5, "nearest_base": "x"}, index=nothing.index)
    gap = compare_reach(answer, answer.assign(time_min=np.inf), nothing, limit_min=60)
    assert np.isnan(gap.before.people)
    assert np.isnan(gap.before.people_share)
    assert gap.people_unknown == 5


def test_cells_are_compared_by_area() -> None:
    cells = pd.DataFrame({"area_km2": [100.0, 300.0]})
    before = pd.DataFrame({"time_min": [10.0, 60.0], "nearest_base": ["x", "x"]})
    gap = compare_reach(before, before.assign(time_min=[10.0, 60.1]), cells, limit_min=60)
    assert (gap.before.area_share, gap.after.area_share) == (1.0, 0.25)


def test_no_targets_have_no_share() -> None:
    empty = pd.DataFrame({"time_min": np.empty(0), "nearest_base": np.empty(0, dtype=object)})
    gap = compare_reach(empty, empty, pd.DataFrame(index=empty.index), limit_min=60)
    assert np.isnan([gap.before.share, gap.before.people_share, gap.before.area_share]).all()


def test_answers_about_other_targets_are_refused() -> None:
    answer = pd.DataFrame({"time_min": [1.0] * 4, "nearest_base": "x"}, index=list("abcd"))
    with pytest.raises(SchemaError, match="reach before has 4 rows that are not those of the 5 targets"):
        compare_reach(answer, answer, SITES, limit_min=60)


def test_bases_given_are_not_changed() -> None:
    before = BASES.copy(deep=True)
    assert close_bases(BASES, ("west",), day="today")["base_id"].tolist() == ["east"]
    pd.testing.assert_frame_equal(BASES, before)


def test_gap_is_reach_with_and_without(settings: Settings) -> None:
    network = build_network(roads_of(ROADS), settings=settings.network)
    found = assess_passability(network, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=settings)
    request = GapsRequest(close=("east",), limit_min=120, mode=AccessMode.UNESCORTED, as_of=DAY)
    both = [
        reach(ways_of(network, found), BASES, SITES, request.reach(ids), settings=settings) for ids in ((), ("west",))
    ]
    gap = find_gaps(ways_of(network, found), BASES, SITES, request, settings=settings)
    assert gap.lost.equals(compare_reach(*both, SITES, limit_min=120).lost)
