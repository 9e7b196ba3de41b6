"""Silent risks here: degrees used as metres; a line that joins the end of the one before it; an extent so wide that a
plane lies; latitude and longitude swapped."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.crs import EARTH_RADIUS_KM, area_km2, distance_km, geodesic_length_km, local_equal_area, to_local_metric
from geo.errors import CrsError

# On the WGS 84 ellipsoid: a degree along the equator, and the first degree of latitude from it (EPSG:7030).
EQUATOR_DEGREE_KM = 111.3195
FIRST_MERIDIAN_DEGREE_KM = 110.5744


def frame(*shapes: shapely.Geometry, crs: str | None = "EPSG:4326") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=crs)


def test_lengths_are_geodesic_and_each_line_its_own() -> None:
    lines = [
        shapely.LineString([(0, 0), (1, 0)]),
        shapely.LineString([(5, 0), (5, 1)]),
        shapely.LineString([(0, 0), (1, 0), (0, 0)]),
        shapely.LineString([(0, 60), (0.001, 60)]),
    ]
    length_km = geodesic_length_km(lines)
    assert length_km[:3] == pytest.approx(
        [EQUATOR_DEGREE_KM, FIRST_MERIDIAN_DEGREE_KM, 2 * EQUATOR_DEGREE_KM], rel=1e-5
    )
    assert length_km[3] == pytest.approx(0.0558, rel=1e-3)  # half as long at 60° north


def test_length_of_nothing() -> None:
    assert geodesic_length_km([]).tolist() == []
    assert geodesic_length_km([shapely.LineString()]).tolist() == [0.0]
    assert geodesic_length_km([shapely.Point(1, 1)]).tolist() == [0.0]


def test_an_empty_line_between_two_keeps_their_places() -> None:
    line = shapely.LineString([(0, 0), (1, 0)])
    assert geodesic_length_km([line, shapely.LineString(), line]) == pytest.approx(
        [EQUATOR_DEGREE_KM, 0, EQUATOR_DEGREE_KM], rel=1e-5
    )


def test_great_circle_distance() -> None:
    zero, one, far = np.array([0.0]), np.array([1.0]), np.array([180.0])
    degree_km = np.pi * EARTH_RADIUS_KM / 180
    assert distance_km(zero, zero, one, zero) == pytest.approx([degree_km])
    assert distance_km(zero, zero, zero, one) == pytest.approx([degree_km])
    assert distance_km(one, one, one, one).tolist() == [0.0]
    assert distance_km(zero, zero, far, zero) == pytest.approx([180 * degree_km])
    # across the date line it is short
    assert distance_km(np.array([179.5]), zero, np.array([-179.5]), zero) == pytest.approx([degree_km])


def test_areas_do_not_depend_on_the_turn_of_the_ring() -> None:
    square = shapely.box(0, 0, 1, 1)
    expected = EQUATOR_DEGREE_KM * FIRST_MERIDIAN_DEGREE_KM
    assert area_km2([square, shapely.reverse(square)]) == pytest.approx([expected, expected], rel=1e-3)
    holed = shapely.box(0, 0, 1, 1).difference(shapely.box(0, 0, 1, 0.5))
    assert area_km2([holed])[0] == pytest.approx(expected / 2, rel=1e-3)


def test_the_plane_is_centred_in_metres_and_keeps_area() -> None:
    square = frame(shapely.box(18, 4, 19, 5))
    plane = to_local_metric(square)
    assert {axis.unit_name for axis in plane.crs.axis_info} == {"metre"}
    assert plane.total_bounds == pytest.approx([-55_480, -55_290, 55_480, 55_290], rel=2e-3)
    assert plane.area.iloc[0] / 1e6 == pytest.approx(area_km2(square.geometry.to_numpy())[0], rel=1e-4)
    assert square.crs.to_epsg() == 4326


def test_the_local_plane_is_where_it_was_asked_for() -> None:
    centre = gpd.GeoSeries([shapely.Point(18.5, -4.25)], crs="EPSG:4326").to_crs(local_equal_area(18.5, -4.25))
    assert shapely.get_coordinates(centre.iloc[0]) == pytest.approx(np.zeros((1, 2)), abs=1e-3)


def test_wrong_reference_system_is_named() -> None:
    with pytest.raises(CrsError, match="expected coordinates in EPSG:4326, got EPSG:3857; set the reference system"):
        to_local_metric(frame(shapely.Point(1, 1), crs="EPSG:3857"))
    with pytest.raises(CrsError, match="got None"):
        to_local_metric(frame(shapely.Point(1, 1), crs=None))


def test_an_empty_table_has_no_centre() -> None:
    with pytest.raises(CrsError, match="an empty table has no centre"):
        to_local_metric(frame())


def test_too_wide_an_extent_says_how_wide() -> None:
    with pytest.raises(CrsError, match=r"extent reaches \d{4,5} km from its centre, more than 2500; work country by"):
        to_local_metric(frame(shapely.box(-40, -20, 40, 20)))
    assert len(to_local_metric(frame(shapely.box(-10, -10, 10, 10)))) == 1
