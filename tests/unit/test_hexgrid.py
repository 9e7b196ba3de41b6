"""Silent risks here: a point out of range gets a cell that looks valid; cells lose their last digits as
floats; a parent computed from bits differs from the library's; the cell of a point is confused with the
parent of its finer cell; a small area has no cell at all; a place exactly at the limit is left out; the
compiled way decides a point near an edge, a pentagon or a pole otherwise than the library."""

from dataclasses import replace

import h3.api.basic_int as h3
import numpy as np
import pytest
import shapely

from geo import hexgrid, hexgrid_kernels
from geo.crs import distance_km
from geo.errors import CrsError, RequestError, SchemaError

BANGUI = (18.55, 4.37)


@pytest.fixture(scope="module")
def points() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.uniform(-180, 180, 400), np.degrees(np.arcsin(rng.uniform(-1, 1, 400)))


@pytest.fixture(scope="module")
def disk() -> np.ndarray:
    return np.array(h3.grid_disk(h3.latlng_to_cell(BANGUI[1], BANGUI[0], 5), 6), dtype=np.uint64)


def test_cells_of_points_are_the_librarys(points) -> None:
    lon, lat = points
    cells = hexgrid.cells_of_points(lon, lat, resolution=7)
    assert cells.dtype == np.uint64
    assert cells.tolist() == [h3.latlng_to_cell(y, x, 7) for x, y in zip(lon, lat, strict=True)]


def test_the_corners_of_the_ranges_are_inside() -> None:
    cells = hexgrid.cells_of_points([-180, 180, 0], [-90, 90, 0], resolution=4)
    assert all(h3.is_valid_cell(int(cell)) for cell in cells)


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (181, 91), (-180.1, 0), (np.nan, 4), (18, np.inf)])
def test_a_point_out_of_range_is_refused_before_the_library_sees_it(lon, lat) -> None:
    with pytest.raises(CrsError, match=r"1 points are no longitude,latitude .* first at position 1: .*longitude first"):
        hexgrid.cells_of_points([18, lon], [4, lat], resolution=5)


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(CrsError, match="same length"):
        hexgrid.cells_of_points([18, 19], [4], resolution=5)


@pytest.mark.parametrize("resolution", [-1, 16])
def test_a_resolution_the_grid_has_not_is_refused(resolution) -> None:
    with pytest.raises(RequestError, match=f"between 0 and 15, got {resolution}"):
        hexgrid.cells_of_points([18], [4], resolution=resolution)


def test_parents_of_every_resolution_are_the_librarys(points) -> None:
    fine = hexgrid.cells_of_points(*points, resolution=9)
    for resolution in range(10):
        expected = [h3.cell_to_parent(cell, resolution) for cell in fine.tolist()]
        assert hexgrid.parents(fine, resolution=resolution).tolist() == expected


def test_the_cell_of_a_point_is_not_always_the_parent_of_its_finer_cell() -> None:
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(14, 27, 5_000), rng.uniform(2, 11, 5_000)
    direct = hexgrid.cells_of_points(lon, lat, resolution=5)
    through = hexgrid.parents(hexgrid.cells_of_points(lon, lat, resolution=9), resolution=5)
    assert 0.03 < (direct != through).mean() < 0.10


def test_a_coarse_cell_has_no_parent_at_a_finer_resolution(disk) -> None:
    with pytest.raises(RequestError, match="resolution 5 has no parent at the finer 6"):
        hexgrid.parents(disk, resolution=6)


def test_centres_outlines_and_areas_are_the_librarys(disk) -> None:
    lon, lat = hexgrid.centres(disk)
    lonlat, offsets = hexgrid.outlines(disk)
    areas = hexgrid.areas_km2(disk)
    for i, cell in enumerate(disk.tolist()):
        assert (lat[i], lon[i]) == pytest.approx(h3.cell_to_latlng(cell))
        assert lonlat[offsets[i] : offsets[i + 1], ::-1].tolist() == [list(c) for c in h3.cell_to_boundary(cell)]
        assert areas[i] == h3.cell_area(cell, unit="km^2")


def test_an_outline_across_the_date_line_stays_together() -> None:
    cell = hexgrid.cells_of_points([179.999], [0.0], resolution=3)
    lonlat, _ = hexgrid.outlines(cell)
    assert np.ptp(lonlat[:, 0]) < 5
    assert shapely.Polygon(lonlat).area < 10


def test_no_cells_give_empty_answers() -> None:
    none = np.zeros(0, dtype=np.uint64)
    assert hexgrid.outlines(none)[0].shape == (0, 2)
    assert hexgrid.outlines(none)[1].tolist() == [0]
    assert len(hexgrid.cells_of_points([], [], resolution=5)) == 0
    assert len(hexgrid.parents(none, resolution=3)) == 0
    assert len(hexgrid.cells_near(none, distance_km=10)) == 0
    assert [len(part) for part in hexgrid.pairs_within(none, none, distance_km=10)] == [0, 0, 0]
    assert [len(part) for part in hexgrid.disk_pairs(none, k=1)] == [0, 0]
    assert hexgrid.to_text(none) == []


def test_an_area_holds_the_cells_whose_centre_lies_inside() -> None:
    ring = shapely.Point(BANGUI).buffer(1.0)
    hollow = ring.difference(shapely.Point(BANGUI).buffer(0.5))
    for area in (ring, hollow, shapely.MultiPolygon([hollow, shapely.box(25, 4, 26, 5)])):
        near = hexgrid.cells_near(
            hexgrid.cells_of_points([BANGUI[0], 25.5], [BANGUI[1], 4.5], resolution=5), distance_km=200
        )
        expected = near[shapely.contains_xy(area, *hexgrid.centres(near))]
        assert hexgrid.cells_of_area(area, resolution=5).tolist() == expected.tolist()


def test_an_area_smaller_than_a_cell_is_the_cell_of_its_inside() -> None:
    tiny = shapely.Point(BANGUI).buffer(0.001)
    assert hexgrid.cells_of_area(tiny, resolution=4).tolist() == [h3.latlng_to_cell(BANGUI[1], BANGUI[0], 4)]


@pytest.mark.parametrize("shape", [shapely.Polygon(), shapely.Point(1, 2), shapely.LineString([(0, 0), (1, 1)])])
def test_what_has_no_inside_is_no_area(shape) -> None:
    with pytest.raises(SchemaError, match="polygon with an interior"):
        hexgrid.cells_of_area(shape, resolution=5)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_disk_pairs_are_the_librarys_grid_distance(disk, k) -> None:
    some = disk[::2]
    found = set(zip(*(part.tolist() for part in hexgrid.disk_pairs(some, k=k)), strict=True))
    expected = {
        (i, j) for i, a in enumerate(some.tolist()) for j, b in enumerate(some.tolist()) if h3.grid_distance(a, b) <= k
    }
    assert found == expected


def test_pairs_within_are_all_pairs_at_most_that_far_apart(disk) -> None:
    some = disk[::3]
    cell, other, apart_km = hexgrid.pairs_within(disk, some, distance_km=40.0)
    lon, lat = hexgrid.centres(disk)
    all_km = np.array(
        [
            distance_km(lon, lat, np.full_like(lon, x), np.full_like(lat, y))
            for x, y in zip(*hexgrid.centres(some), strict=True)
        ]
    )
    expected_other, expected_cell = np.nonzero(all_km <= 40.0)
    assert other.tolist() == expected_other.tolist()
    assert cell.tolist() == expected_cell.tolist()
    np.testing.assert_allclose(apart_km, all_km[other, cell], rtol=1e-9, atol=1e-6)


def test_two_cells_exactly_at_the_limit_are_a_pair(disk) -> None:
    lon, lat = hexgrid.centres(disk[[0, 20]])
    limit_km = float(distance_km(lon[:1], lat[:1], lon[1:], lat[1:])[0])
    assert len(hexgrid.pairs_within(disk[:1], disk[20:21], distance_km=limit_km)[0]) == 1
    assert len(hexgrid.pairs_within(disk[:1], disk[20:21], distance_km=limit_km - 0.001)[0]) == 0


def test_cells_near_are_all_cells_within_reach() -> None:
    start = hexgrid.cells_of_points([18.5, 20.0], [4.4, 5.0], resolution=6)
    found = hexgrid.cells_near(start, distance_km=30.0)
    wide = np.unique(np.array([c for s in start.tolist() for c in h3.grid_disk(s, 15)], dtype=np.uint64))
    within = np.unique(hexgrid.pairs_within(wide, start, distance_km=30.0)[0])
    assert found.tolist() == wide[within].tolist()


def test_cells_near_a_pentagon() -> None:
    pentagon = np.array([h3.get_pentagons(4)[0]], dtype=np.uint64)
    ring = hexgrid.cells_near(pentagon, distance_km=60.0)
    assert set(h3.grid_disk(int(pentagon[0]), 1)) <= set(ring.tolist())


def test_hex_text_goes_both_ways(disk) -> None:
    assert hexgrid.to_text(disk) == [h3.int_to_str(cell) for cell in disk.tolist()]
    assert hexgrid.from_text(hexgrid.to_text(disk)).tolist() == disk.tolist()


def test_text_that_is_no_cell_is_named() -> None:
    with pytest.raises(SchemaError, match="3 of 4 texts are no H3 cells, first 'zz', '', '85'"):
        hexgrid.from_text(["85032097fffffff", "zz", "", "85"])


def test_cells_as_floats_are_refused(disk) -> None:
    with pytest.raises(SchemaError, match="got float64; floats lose"):
        hexgrid.to_text(disk.astype(float))
    with pytest.raises(SchemaError, match="got float64; floats lose"):
        hexgrid.parents(disk.astype(float), resolution=3)


def test_a_table_of_cells_has_one_resolution(disk) -> None:
    hexgrid.check_cells(disk, resolution=5)
    with pytest.raises(SchemaError, match="1 cells are not H3 resolution 5, first '0'"):
        hexgrid.check_cells(np.append(disk, np.uint64(0)), resolution=5)
    with pytest.raises(SchemaError, match="127 cells are not H3 resolution 4"):
        hexgrid.check_cells(disk, resolution=4)


def test_mean_area_is_that_of_the_whole_grid() -> None:
    everywhere = h3.get_num_cells(5) * hexgrid.mean_cell_area_km2(5)
    assert everywhere == pytest.approx(510.07e6, rel=0.01)


def library_cells(lon: np.ndarray, lat: np.ndarray, resolution: int) -> list[int]:
    return [h3.latlng_to_cell(y, x, resolution) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]


def compiled_cells(lon: np.ndarray, lat: np.ndarray, resolution: int) -> list[int]:
    return hexgrid_kernels.cells_of_many_points(lon, lat, resolution=resolution).tolist()


@pytest.mark.parametrize("resolution", range(16))
def test_compiled_cells_are_the_librarys_all_over_the_globe(resolution) -> None:
    rng = np.random.default_rng(resolution)
    lon, lat = rng.uniform(-180, 180, 100_000), np.degrees(np.arcsin(rng.uniform(-1, 1, 100_000)))
    assert compiled_cells(lon, lat, resolution) == library_cells(lon, lat, resolution)


@pytest.mark.parametrize("resolution", range(16))
def test_compiled_cells_are_the_librarys_where_rounding_decides(resolution) -> None:
    """Corners and edges of cells, pentagons, poles, the date line and the middles of faces, hit and just missed."""
    rng = np.random.default_rng(resolution)
    faces = hexgrid_kernels._face_frames()[:, 0]
    middles = np.column_stack([np.degrees(np.arcsin(faces[:, 2])), np.degrees(np.arctan2(faces[:, 1], faces[:, 0]))])
    pentagons = np.array([h3.cell_to_latlng(cell) for cell in h3.get_pentagons(resolution)])
    scattered = np.column_stack([np.degrees(np.arcsin(rng.uniform(-1, 1, 150))), rng.uniform(-180, 180, 150)])
    poles = [(90.0, 0.0), (-90.0, 0.0), (90.0, 180.0), (-90.0, -180.0), (0.0, 180.0), (0.0, -180.0)]
    special = np.concatenate([middles, pentagons, poles])
    near = np.concatenate([special + rng.normal(0, 1, special.shape) * 10.0**-e for e in (0, 4, 9, 13)])
    seeds = np.concatenate([special, scattered, np.column_stack([np.clip(near[:, 0], -90, 90), near[:, 1]])])
    rings = [np.array(h3.cell_to_boundary(h3.latlng_to_cell(y, x, resolution))) for y, x in seeds]
    rings = [np.where(np.abs(ring - ring[0]) > 180, ring + 360, ring) for ring in rings]
    edges = [ring + (np.roll(ring, -1, axis=0) - ring) * rng.random((len(ring), 1)) for ring in rings]
    points = np.concatenate([seeds, *rings, *edges])
    points = np.concatenate([points, *(points + rng.normal(0, 1, points.shape) * 10.0**-e for e in (8, 11, 13, 14))])
    lat, lon = np.clip(points[:, 0], -90, 90), (points[:, 1] + 180) % 360 - 180
    assert compiled_cells(lon, lat, resolution) == library_cells(lon, lat, resolution)


def test_compiled_cells_know_every_base_cell_and_ask_the_library_seldom() -> None:
    rng = np.random.default_rng(11)
    lon, lat = rng.uniform(-180, 180, 100_000), np.degrees(np.arcsin(rng.uniform(-1, 1, 100_000)))
    tables = hexgrid_kernels._tables()
    assert set(np.unique(tables.base).tolist()) == set(range(-1, 122))
    unsure = np.empty(len(lon), dtype=bool)
    out = np.empty(len(lon), dtype=np.uint64), unsure
    hexgrid_kernels._index(lon, lat, 5, (tables.frames, tables.base, tables.turns), out)
    assert unsure.mean() < 0.002


def test_what_the_tables_do_not_know_the_library_answers(monkeypatch, points) -> None:
    known = hexgrid_kernels._tables()
    ignorant = replace(known, turns=np.full_like(known.turns, -1))
    monkeypatch.setattr(hexgrid_kernels, "_tables", lambda: ignorant)
    assert compiled_cells(*points, 6) == library_cells(*points, 6)


def test_many_points_take_the_compiled_way_with_the_same_answer_and_refusal(monkeypatch, points) -> None:
    lon, lat = points[0].copy(), points[1]
    plain = hexgrid.cells_of_points(lon, lat, resolution=9)
    lon.flags.writeable = False  # as pandas hands columns out
    asked = []
    compiled = hexgrid_kernels.cells_of_many_points
    monkeypatch.setattr(hexgrid, "COMPILED_FROM_POINTS", len(lon))
    monkeypatch.setattr(
        hexgrid_kernels, "cells_of_many_points", lambda *xy, **at: asked.append(len(xy[0])) or compiled(*xy, **at)
    )
    assert hexgrid.cells_of_points(lon, lat, resolution=9).tolist() == plain.tolist()
    hexgrid.cells_of_points(lon[1:], lat[1:], resolution=9)
    assert asked == [len(lon)]
    with pytest.raises(CrsError, match="1 points are no longitude,latitude"):
        hexgrid.cells_of_points([*lon, 181.0], [*lat, 0.0], resolution=9)
