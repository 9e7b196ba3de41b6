"""Silent risks here: zeros left out of the mean, so that nothing stands out; a cell nobody watches taken for a calm
one; a border cell given neighbours it has not; p-values no one corrected; a hot spot made of a centroid; numbers from
which a reader works the counts back; a fall where bases closed that reads as calm."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import esda
import geopandas as gpd
import h3.api.basic_int as h3
import numpy as np
import pandas as pd
import pytest
import shapely
from libpysal.weights import WSP
from scipy import stats

from geo.__main__ import main
from geo.answers.hotspots import MAX_CELLS, answer_hotspots, answer_trend
from geo.answers.world import World
from geo.errors import RequestError, WithheldError
from geo.hexgrid import cells_of_area, cells_of_points, centres
from geo.incidents.hotspots import (
    centroid_coded,
    count_by_month,
    eyes_fell,
    false_discovery,
    gi_star,
    judge_cells,
    month_of_reports,
    neighbour_weights,
    neighbourhood_reach_km,
    observers_in_range,
    two_sided,
)
from geo.model import Audience, HotspotRequest
from geo.settings import Settings
from tests.toy_country import COUNTRY, event, table_top
from tests.toy_readings import base, boundary

CASE, PUBLIC = Audience.CASE_TEAM, Audience.PUBLIC
MIDDLE = int(h3.latlng_to_cell(0.5, 0.5, 5))
RING = [cell for cell in h3.grid_disk(MIDDLE, 1) if cell != MIDDLE]
FLOWER = np.array(sorted([MIDDLE, *RING]), dtype=np.uint64)  # a cell and its six neighbours
WIDE = cells_of_area(shapely.box(0, 0, 4, 4), resolution=5)


def zs_of_esda(values: np.ndarray, cells: np.ndarray) -> np.ndarray:
    w = WSP(neighbour_weights(cells)).to_W(silence_warnings=True)
    return esda.G_Local(values.astype(float), w, transform="B", star=True, permutations=0).Zs


# Gi*: by hand, then beside esda


def test_two_cells_apart_solved_by_hand() -> None:
    """Values 4, 0, 0 and no neighbours: mean 4/3, spread sqrt(32/9), so Gi* = (4 - 4/3) / (sqrt(32/9) sqrt(2/2))."""
    far = cells_of_points([0.0, 5.0, 10.0], [0.0, 0.0, 0.0], resolution=5)
    found = gi_star([4, 0, 0], neighbour_weights(far))
    assert found == pytest.approx([np.sqrt(2.0), -np.sqrt(0.5), -np.sqrt(0.5)])


def test_a_border_cell_has_only_the_neighbours_it_has() -> None:
    weights = neighbour_weights(FLOWER)
    around = np.asarray(weights.sum(axis=1)).ravel()
    assert around[FLOWER == MIDDLE].tolist() == [7]
    assert set(around[FLOWER != MIDDLE]) == {4}  # itself, the middle, one on each side
    assert (weights - weights.T).nnz == 0


def test_a_neighbourhood_that_is_the_whole_area_has_nothing_to_stand_out_from() -> None:
    found = gi_star(np.arange(7.0), neighbour_weights(FLOWER))
    assert np.isnan(found[FLOWER == MIDDLE]).all()
    assert np.isfinite(found[FLOWER != MIDDLE]).all()


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1])
def test_a_month_of_equal_values_has_no_scores(value) -> None:
    assert np.isnan(gi_star(np.full(len(WIDE), value), neighbour_weights(WIDE))).all()


@pytest.mark.parametrize("rate", [0.02, 0.5, 8.0])
def test_scores_equal_esda_month_by_month(rate) -> None:
    counts = np.random.default_rng(3).poisson(rate, (len(WIDE), 4)).astype(float)
    found = gi_star(counts, neighbour_weights(WIDE))
    for month in range(4):
        np.testing.assert_allclose(found[:, month], zs_of_esda(counts[:, month], WIDE), rtol=0, atol=1e-9)
        np.testing.assert_array_equal(found[:, month], gi_star(counts[:, month], neighbour_weights(WIDE)))


def test_cells_without_data_are_as_if_the_area_had_them_not() -> None:
    rng = np.random.default_rng(5)
    counts, known = rng.poisson(0.7, (len(WIDE), 3)), rng.random((len(WIDE), 3)) < 0.7
    found = gi_star(np.where(known, counts, 999), neighbour_weights(WIDE), known=known)
    assert np.isnan(found[~known]).all()
    for month in range(3):
        has = known[:, month]
        expected = zs_of_esda(counts[has, month], WIDE[has])
        np.testing.assert_allclose(found[has, month], expected, rtol=0, atol=1e-9)


def test_no_eyes_is_not_zero() -> None:
    """Unwatched cells taken for zeros would lower the mean and make the rest stand out."""
    counts, known = np.where(np.arange(len(WIDE)) < 40, 2.0, 0.0), np.arange(len(WIDE)) < 40
    assert np.isnan(gi_star(counts, neighbour_weights(WIDE), known=known)).all()
    assert np.nanmax(gi_star(counts, neighbour_weights(WIDE))) > 2


def test_input_is_not_changed() -> None:
    counts, known = np.ones((7, 2)), np.zeros((7, 2), dtype=bool)
    gi_star(counts, neighbour_weights(FLOWER), known=known)
    assert (counts == 1).all()
    assert not known.any()


@pytest.mark.parametrize("values", [np.zeros(6), np.zeros((8, 2))])
def test_values_of_other_cells_are_refused(values) -> None:
    with pytest.raises(RequestError, match="do not fit 7 cells"):
        gi_star(values, neighbour_weights(FLOWER))
    with pytest.raises(RequestError, match=r"data known in shape \(7, 2\)"):
        gi_star(np.zeros(7), neighbour_weights(FLOWER), known=np.ones((7, 2), dtype=bool))


# p-values


def test_p_values_are_two_sided_normal() -> None:
    z = np.array([-3.0, -1.96, 0.0, 0.5, 40.0])
    np.testing.assert_allclose(two_sided(z), 2 * stats.norm.sf(np.abs(z)), rtol=1e-12)
    assert np.isnan(two_sided([np.nan])).all()


def test_correction_solved_by_hand() -> None:
    """Four tests: 4 * .01, 4/2 * .02, 4/3 * .03, 4/4 * .9; the smallest of its own and all later ones."""
    assert false_discovery([0.03, 0.9, 0.01, 0.02]) == pytest.approx([0.04, 0.9, 0.04, 0.04])
    assert false_discovery([0.5, 0.6, 0.9]) == pytest.approx([0.9, 0.9, 0.9])


def test_correction_equals_scipy_and_skips_what_was_not_tested() -> None:
    p = np.random.default_rng(1).random((200, 3)) ** 3
    missing = np.random.default_rng(2).random(p.shape) < 0.3
    p[missing] = np.nan
    found = false_discovery(p)
    assert (np.isnan(found) == missing).all()
    for month in range(3):
        has = ~missing[:, month]
        np.testing.assert_allclose(found[has, month], stats.false_discovery_control(p[has, month]), rtol=1e-12)
    assert np.isnan(false_discovery(np.full(3, np.nan))).all()


# which reports make a local value


def incidents(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {"longitude": 0.5, "latitude": 0.5, "date_start": "2020-03-05", "date_end": "2020-03-05"}
    table = pd.DataFrame([{**usual, **row} for row in rows])
    return table.astype({"date_start": "datetime64[s]", "date_end": "datetime64[s]"})


AREAS = gpd.GeoDataFrame(
    {"name": ["West", "East"]}, geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], crs="EPSG:4326"
)


@pytest.mark.parametrize(
    ("number", "offset_deg", "coded"),
    [
        (5, 0.0, True),
        (4, 0.0, False),  # too few to tell a rule from a chance
        (5, 0.008, True),  # 0.89 km from the centroid
        (5, 0.0095, False),  # 1.06 km
        (40, 0.2, False),  # a town may have many reports
    ],
)
def test_many_reports_at_a_centroid_are_coded_to_it(settings: Settings, number, offset_deg, coded) -> None:
    table = incidents(*[{"longitude": 0.5 + offset_deg}] * number, {"longitude": 0.7})
    found = centroid_coded(table, AREAS, among=np.ones(len(table), dtype=bool), settings=settings.hotspots)
    assert found.tolist() == [coded] * number + [False]


def test_only_reports_called_exact_count_towards_a_centroid(settings: Settings) -> None:
    table = incidents(*[{}] * 6)
    among = np.array([True] * 4 + [False] * 2)
    assert not centroid_coded(table, AREAS, among=among, settings=settings.hotspots).any()
    assert not centroid_coded(table, AREAS.iloc[:0], among=~among | among, settings=settings.hotspots).any()


def test_a_report_near_its_point_counts_where_the_cells_are_as_large() -> None:
    """Edge of a mean hexagon of 252.9 km² is 9.87 km, times sqrt 7 is 26.1 km: one resolution finer is too fine."""
    assert neighbourhood_reach_km(5) == pytest.approx(26.1, abs=0.1)
    assert neighbourhood_reach_km(6) == pytest.approx(26.1 / np.sqrt(7), abs=0.1)


def test_months_are_calendar_months_up_to_the_last_day(settings: Settings) -> None:
    table = incidents(
        {"date_start": "2019-12-31"},
        {"date_start": "2020-01-01", "date_end": "2020-02-01"},  # 31 days: still a month
        {"date_start": "2020-01-01", "date_end": "2020-02-02"},  # 32 days: the first of a year, perhaps
        {"date_start": "2020-03-05"},
        {"date_start": "2020-03-06", "date_end": "2020-03-06"},
    )
    found = month_of_reports(table, end=dt.date(2020, 3, 5), months=3, settings=settings.hotspots)
    assert found.tolist() == [-1, 0, -1, 2, -1]


def test_counts_lay_reports_out_by_cell_and_month() -> None:
    found = count_by_month(np.array([0, 0, 1, -1, 1]), np.array([0, 0, 1, 0, -1]), cells=2, months=2)
    assert found.tolist() == [[2, 0], [0, 1]]


# who could have reported


def observers(*lonlat: tuple[float, float], radius_km: float = 30.0) -> pd.DataFrame:
    return pd.DataFrame(lonlat, columns=["longitude", "latitude"]).assign(radius_km=radius_km)


def test_observers_are_counted_in_range_and_in_their_own_cell() -> None:
    lon, lat = centres(FLOWER)
    here = (float(lon[FLOWER == MIDDLE][0]), float(lat[FLOWER == MIDDLE][0]))
    found = observers_in_range(FLOWER, [observers(here, here), observers(here, radius_km=1.0), observers()])
    assert found[:, 0].tolist() == [2] * 7
    assert found[:, 1].tolist() == (FLOWER == MIDDLE).astype(int).tolist()
    assert not found[:, 2].any()
    corner = h3.cell_to_boundary(MIDDLE)[0]  # latitude first; an observer just inside it, some 9 km from the centre
    edge = (corner[1] * 0.99 + here[0] * 0.01, corner[0] * 0.99 + here[1] * 0.01)
    assert observers_in_range(np.array([MIDDLE], dtype=np.uint64), [observers(edge, radius_km=1.0)]).tolist() == [[1]]


def test_eyes_fall_with_a_neighbours_and_do_not_rise_again_unseen() -> None:
    weights = neighbour_weights(WIDE)
    watchers = np.full((len(WIDE), 3), 2, dtype=np.int16)
    assert not eyes_fell(watchers, weights).any()
    watchers[100] = [2, 1, 2]
    assert eyes_fell(watchers, weights).tolist() == (weights[[100]].toarray()[0] > 0).tolist()
    watchers[100] = [0, 1, 2]
    assert not eyes_fell(watchers, weights).any()


# cells judged


def judged(settings: Settings, counts: np.ndarray, watchers: np.ndarray | None, **values: int) -> pd.DataFrame:
    least = values.get("least_reports", 3)
    weights = neighbour_weights(WIDE)
    return judge_cells(counts, watchers, weights, settings=settings.hotspots, least_reports=least)


def test_a_cluster_is_hot_and_its_numbers_are_those_of_its_parts(settings: Settings) -> None:
    counts = np.random.default_rng(1).poisson(0.05, (len(WIDE), 12)).astype(float)
    counts[50] += 5
    table = judged(settings, counts, np.ones(counts.shape, dtype=np.int16))
    row = table.loc[50]
    total = counts.sum(axis=1)
    assert row["class"] == "persistent_hot_spot"
    assert row["gi_star"] == pytest.approx(zs_of_esda(total, WIDE)[50], abs=1e-9)
    assert row["p_value"] == pytest.approx(2 * stats.norm.sf(row["gi_star"]))
    assert row["p_fdr"] >= row["p_value"]
    assert row["latest_gi_star"] == pytest.approx(zs_of_esda(counts[:, -1], WIDE)[50], abs=1e-9)
    assert (row["incidents"], row["months_hot"], row["months_known"]) == (total[50], 12, 12)
    assert row["reports_around"] == (neighbour_weights(WIDE) @ total)[50]
    assert np.isfinite(row["slope_per_month"])
    assert not row["eyes_fell"]


def test_two_reports_in_a_quiet_country_are_no_hot_spot(settings: Settings) -> None:
    counts = np.zeros((len(WIDE), 2))
    counts[50] = 2
    watchers = np.ones(counts.shape, dtype=np.int16)
    quiet, told = judged(settings, counts, watchers), judged(settings, counts, watchers, least_reports=2)
    assert quiet["p_fdr"].min() < 1e-6  # a normal p-value thinks otherwise
    assert not quiet["class"].str.endswith("_spot").any()
    assert told.loc[50, "class"] == "persistent_hot_spot"


def test_chance_alone_names_next_to_nothing(settings: Settings) -> None:
    """Of a thousand cells tested at 5 %, some fifty stand out by chance; corrected, as good as none may."""
    counts = np.random.default_rng(1).poisson(8.0, (len(WIDE), 2)).astype(float)
    table = judged(settings, counts, np.ones(counts.shape, dtype=np.int16))
    assert (table["p_value"] <= 0.05).sum() > 30
    assert table["class"].str.endswith("_spot").sum() <= 2


def test_a_fall_where_eyes_fell_has_no_name(settings: Settings) -> None:
    """A hot spot falls silent in its last month: "historical", unless fewer could report from it or a neighbour."""
    counts = np.zeros((len(WIDE), 12))
    counts[50, :11] = 20
    counts[:, :] += np.random.default_rng(1).poisson(0.05, counts.shape)
    watchers = np.full(counts.shape, 2, dtype=np.int16)
    assert judged(settings, counts, watchers).loc[50, "class"] == "historical_hot_spot"
    for lost in (50, int(np.flatnonzero(neighbour_weights(WIDE)[[50]].toarray()[0])[0])):
        fewer = watchers.copy()
        fewer[lost, 11:] = 1
        assert judged(settings, counts, fewer).loc[50, "class"] == "cannot_tell"
    assert judged(settings, counts, None).loc[50, "class"] == "cannot_tell"
    assert judged(settings, counts, None)["eyes_fell"].isna().all()


def test_what_nobody_watches_has_no_eyes(settings: Settings) -> None:
    counts = np.zeros((len(WIDE), 3))
    counts[50], counts[900, 0] = 20, 1
    watchers = np.ones(counts.shape, dtype=np.int16)
    watchers[900:] = 0
    table = judged(settings, counts, watchers)
    assert (table["class"][900:] == "no_eyes").all()
    assert np.isfinite(table.loc[900, "gi_star"])  # one report of its own in one month
    assert table.loc[901:, "gi_star"].isna().all()
    assert table.loc[50, "class"] == "persistent_hot_spot"


# the answer

BIG = [
    boundary("XTO", name="Toyland", level=0, country=COUNTRY, geometry=shapely.box(0, 0, 4, 4)),
    *[
        boundary(
            f"XTO-{x}{y}", name=f"P{x}{y}", country=COUNTRY, parent="XTO", geometry=shapely.box(x, y, x + 1, y + 1)
        )
        for x in range(4)
        for y in range(4)
    ],
]
BASES = [base(f"b{x}{y}", country=COUNTRY, longitude=x + 0.5, latitude=y + 0.5) for x in range(4) for y in range(4)]


def month(number: int) -> str:
    return f"{2019 + number // 12}-{number % 12 + 1:02}"


def around_the_country(months: int, *, each: int = 3) -> list[dict[str, Any]]:
    """Reports here and there, nowhere twice in a month."""
    rng = np.random.default_rng(9)
    return [
        event(1000 + m * each + n, f"{month(m)}-28", "exact", longitude=float(lon), latitude=float(lat))
        for m in range(months)
        for n, (lon, lat) in enumerate(rng.uniform(0.1, 3.9, (each, 2)))
    ]


def piled(months: range, *, each: int = 12, place_precision: str = "exact", **where: Any) -> list[dict[str, Any]]:
    place = {"longitude": 1.3, "latitude": 1.4, **where}
    return [event(5000 + m * 100 + n, f"{month(m)}-10", place_precision, **place) for m in months for n in range(each)]


def world_of(settings: Settings, rows: list[dict[str, Any]], *, bases: list[dict[str, Any]] = BASES) -> World:
    return table_top(settings, {"boundaries": BIG, "bases": bases, "incidents": rows})


def asked(**values: Any) -> HotspotRequest:
    return HotspotRequest(**{"resolution": 5, "months": 12, "end": dt.date(2019, 12, 31), **values})


def spots(world: World, request: HotspotRequest, *, audience: Audience = CASE) -> pd.DataFrame:
    table = answer_hotspots(world, request, audience=audience).cells.frame
    return table.loc[table["class"].str.endswith("_spot")]


def test_a_place_with_many_reports_is_a_hot_spot(settings: Settings) -> None:
    world = world_of(settings, around_the_country(12) + piled(range(12)))
    found = spots(world, asked())
    assert int(cells_of_points([1.3], [1.4], resolution=5)[0]) in set(found["cell"])
    assert len(found) <= 7  # the cell and neighbours
    assert set(found["class"]) <= {"persistent_hot_spot", "intensifying_hot_spot"}


def test_reports_at_a_centroid_make_no_hot_spot(settings: Settings) -> None:
    for precision, where in (
        ("admin1", {}),
        ("admin2", {}),
        ("exact", {"longitude": 1.5, "latitude": 1.5}),
        ("near", {"longitude": 1.5, "latitude": 1.5}),
    ):
        rows = piled(range(12), place_precision=precision, admin1="P11", **where)
        table = answer_hotspots(world_of(settings, rows), asked(), audience=CASE).cells.frame
        assert not table["class"].str.endswith("_spot").any(), precision
        assert not (table["p_fdr"] <= 0.05).any(), precision
        assert table["incidents"].sum() == 0


def test_near_reports_make_no_hot_spot_of_cells_smaller_than_their_error(settings: Settings) -> None:
    world = world_of(settings, around_the_country(12) + piled(range(12), place_precision="near"))
    assert len(spots(world, asked(resolution=5)))
    assert not len(spots(world, asked(resolution=6)))


def test_what_is_left_out_is_said_to_those_who_may_see_counts(settings: Settings) -> None:
    rows = [
        *around_the_country(12),
        *piled(range(2), each=3, place_precision="admin1", admin1="P11"),
        *piled(range(2, 3), each=5, longitude=1.5, latitude=1.5),
        event(1, "2019-01-01", "exact", date_end="2019-12-31"),
    ]
    said = answer_hotspots(world_of(settings, rows), asked(), audience=CASE).statement
    assert (
        "Of 48 reports, left out of local values: 6 known to an area only, 5 coded to the centroid of an area, "
        "1 without a month of their own."
    ) in said
    public = " ".join(answer_hotspots(world_of(settings, rows), asked(), audience=PUBLIC).statement)
    assert "48" not in public
    assert "are left out" in public


def test_order_of_reports_does_not_matter(settings: Settings) -> None:
    rows = around_the_country(12) + piled(range(3, 12))
    one = answer_hotspots(world_of(settings, rows), asked(), audience=CASE).cells.frame
    other = answer_hotspots(world_of(settings, rows[::-1]), asked(), audience=CASE).cells.frame
    pd.testing.assert_frame_equal(one, other)


def test_a_new_hot_spot_is_new(settings: Settings) -> None:
    assert set(spots(world_of(settings, around_the_country(12) + piled(range(11, 12))), asked())["class"]) == {
        "new_hot_spot"
    }


def closed(day: str, near: tuple[float, float], within_deg: float = 1.2) -> list[dict[str, Any]]:
    """The same bases, those near a place closed on a day."""
    lon, lat = near
    return [
        {**row, "valid_to": day} if np.hypot(row["longitude"] - lon, row["latitude"] - lat) < within_deg else row
        for row in BASES
    ]


def test_reports_that_fall_because_bases_closed_are_no_improvement(settings: Settings) -> None:
    rows = around_the_country(12) + piled(range(11))
    here = int(cells_of_points([1.3], [1.4], resolution=5)[0])

    def class_here(bases: list[dict[str, Any]]) -> str:
        table = answer_hotspots(world_of(settings, rows, bases=bases), asked(), audience=CASE).cells.frame
        return str(table.set_index("cell").loc[here, "class"])

    assert class_here(BASES) == "historical_hot_spot"
    for bases in (
        closed("2019-11-30", (1.3, 1.4)),
        closed("2019-12-15", (1.3, 1.4)),
        closed("2019-11-30", (1.5, 1.5), 0.1),
        [],
    ):
        assert class_here(bases) == "cannot_tell"


def test_a_base_closed_and_opened_again_within_a_month_was_away(settings: Settings) -> None:
    rows = around_the_country(12) + piled(range(11))
    there = next(row for row in BASES if row["base_id"] == "b11")
    gap = [{**there, "valid_to": "2019-12-05"}, {**there, "base_id": "b11-again", "valid_from": "2019-12-20"}]
    bases = [row for row in BASES if row["base_id"] != "b11"] + gap
    table = answer_hotspots(world_of(settings, rows, bases=bases), asked(), audience=CASE).cells.frame
    here = int(cells_of_points([1.3], [1.4], resolution=5)[0])
    assert table.set_index("cell").loc[here, "class"] == "cannot_tell"


def test_months_before_the_data_are_no_months_without_reports(settings: Settings) -> None:
    world = world_of(settings, around_the_country(12) + piled(range(12)))
    found = answer_hotspots(world, asked(months=60), audience=CASE)
    assert len(found.months) == 12
    assert "The data begin 2019-01-10: 12 of 60 months are looked at." in found.statement
    late = answer_hotspots(world, asked(end=dt.date(2030, 1, 1)), audience=CASE)
    assert late.end == dt.date(2019, 12, 28)
    assert "The last month is looked at up to 2019-12-28." in late.statement
    with pytest.raises(RequestError, match="the data begin 2019-01-10, after 2018-05-05"):
        answer_hotspots(world, asked(end=dt.date(2018, 5, 5)), audience=CASE)


def test_too_many_cells_and_no_outline_are_refused(settings: Settings) -> None:
    world = world_of(settings, piled(range(12)))
    with pytest.raises(RequestError, match=f"more than {MAX_CELLS:,}; ask for a coarser one"):
        answer_hotspots(world, asked(resolution=9), audience=CASE)
    bare = table_top(settings, {"incidents": piled(range(12))})
    with pytest.raises(RequestError, match="no outline of"):
        answer_hotspots(bare, asked(), audience=CASE)


def test_without_any_base_nothing_is_said_to_fall(settings: Settings) -> None:
    found = answer_hotspots(
        world_of(settings, around_the_country(12) + piled(range(11)), bases=[]), asked(), audience=CASE
    )
    assert not found.cells.frame["class"].str.contains("historical|diminishing|cold|no_eyes").any()
    assert any("nobody knows who could have reported" in said for said in found.statement)


# who may see what


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER])
def test_small_counts_cannot_be_worked_back(settings: Settings, audience) -> None:
    least = settings.audiences[audience].small_count
    for each, shown in ((least - 1, 0), (least, 7)):
        world = world_of(settings, around_the_country(12, each=1) + piled(range(12), each=each))
        found = answer_hotspots(world, asked(resolution=4), audience=audience).cells
        assert set(found.columns) == {"cell", "class"}
        assert (
            found.frame["class"].str.endswith("_hot_spot").all()
        )  # no pattern, cold, cannot tell, no eyes stay inside
        assert (len(found.frame) > 0) == (shown > 0)
        assert len(found.frame) <= shown


def test_the_resolution_is_the_audiences_own(settings: Settings) -> None:
    world = world_of(settings, piled(range(12)))
    assert answer_hotspots(world, asked(resolution=6), audience=PUBLIC).request.resolution == 4


def test_nobody_filters_by_what_they_may_not_see(settings: Settings) -> None:
    world = world_of(settings, piled(range(12)))
    for answer in (answer_hotspots, answer_trend):
        with pytest.raises(WithheldError, match="may not ask where an actor is"):
            answer(world, asked(actors=("Red Band",)), audience=PUBLIC)


def test_filters_choose_what_is_counted(settings: Settings) -> None:
    rows = around_the_country(12) + piled(range(12), actor_a="Blue Band")
    world = world_of(settings, rows)
    assert answer_hotspots(world, asked(actors=("Blue Band",)), audience=CASE).cells.frame["incidents"].sum() == 144
    assert not len(spots(world, asked(actors=("Red Band",))))


@pytest.mark.parametrize("months", [0, 121, -3])
def test_impossible_months_are_refused(months) -> None:
    with pytest.raises(RequestError, match=f"months must lie between 1 and 120, got {months}"):
        HotspotRequest(resolution=5, months=months)


# the command


def cli(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["hotspots", *words, "--workspace", str(folder)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_command_prints_the_contract(sample_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = cli(sample_folder, capsys, "--resolution", "5", "--months", "24", "--audience", "task_force")
    found = json.loads(out)
    assert code == 0
    assert {"cell", "gi_star", "p_value", "p_fdr", "class"} <= set(found["cells"][0])
    assert len(found["months"]) == 24
    assert found["assumptions"]
    assert any(row["class"].endswith("_hot_spot") for row in found["cells"])
    told = [row for row in found["cells"] if row["gi_star"] is not None]
    assert all(row["p_fdr"] >= row["p_value"] - 1e-12 for row in told)


def test_command_tells_the_public_classes_only(sample_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(cli(sample_folder, capsys, "--resolution", "7", "--months", "24")[1])
    assert (found["audience"], found["asked_resolution"], found["resolution"]) == ("public", 7, 4)
    assert "gi_star" in found["withheld_columns"]
    assert {key for row in found["cells"] for key in row} == {"cell", "class"}


def test_command_writes_files_with_the_assumptions_inside(
    sample_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "hot.geojson"
    words = (
        "--resolution",
        "4",
        "--months",
        "12",
        "--audience",
        "task_force",
        "--format",
        "geojson",
        "--out",
        str(out),
    )
    assert cli(sample_folder, capsys, *words)[0] == 0
    document = json.loads(out.read_text(encoding="utf-8"))
    assert "Fewer reports are not less violence" in document["metadata"]["assumptions"]
    assert document["features"][0]["properties"]["class"]


def test_command_refuses_in_one_line(sample_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, said = cli(sample_folder, capsys, "--resolution", "5", "--months", "500")
    assert (code, out) == (2, "")
    assert said.count("\n") == 1
    assert "got 500" in said
