"""Coordinates: EPSG:4326 at rest, geodesic lengths, a local equal-area plane for areas."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod

from geo.errors import CrsError

WGS84 = "EPSG:4326"
GEOD = Geod(ellps="WGS84")
# Beyond this a plane centred on the data distorts distance by more than about 1 % (Snyder 1987, ch. 24).
MAX_LOCAL_RADIUS_KM = 2_500.0
# Mean Earth radius, IUGG.
EARTH_RADIUS_KM = 6371.0088

FloatArray = npt.NDArray[np.float64]


def local_equal_area(lon_deg: float, lat_deg: float) -> CRS:
    """Lambert azimuthal equal-area plane centred on a point; units are metres."""
    return CRS.from_proj4(f"+proj=laea +lat_0={lat_deg:.6f} +lon_0={lon_deg:.6f} +datum=WGS84 +units=m")


def to_local_metric(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a copy in a local equal-area plane (metres) centred on the frame's extent.

    Raises
    ------
    CrsError
        When the frame has no EPSG:4326 reference, is empty, or spans more than
        :data:`MAX_LOCAL_RADIUS_KM` from its centre.
    """
    if frame.crs is None or frame.crs.to_epsg() != 4326:
        raise CrsError(f"expected coordinates in {WGS84}, got {frame.crs}; set the reference system first")
    if frame.empty:
        raise CrsError("an empty table has no centre to project around")
    west, south, east, north = frame.total_bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    radius_km = GEOD.inv(lon, lat, east, north)[2] / 1000.0
    if radius_km > MAX_LOCAL_RADIUS_KM:
        raise CrsError(
            f"extent reaches {radius_km:.0f} km from its centre, more than {MAX_LOCAL_RADIUS_KM:.0f}; "
            "work country by country"
        )
    return frame.to_crs(local_equal_area(lon, lat))


def geodesic_length_km(lines: Sequence[shapely.Geometry] | npt.NDArray[np.object_]) -> FloatArray:
    """Geodesic length of each line in km, shape ``(n,)``; vertices are EPSG:4326."""
    geometries = np.asarray(lines, dtype=object)
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    return path_lengths_km(coordinates, owner, paths=len(geometries))


def path_lengths_km(lonlat: FloatArray, owner: npt.NDArray[np.int64], *, paths: int) -> FloatArray:
    """Geodesic length of each path in km, shape ``(paths,)``.

    Parameters
    ----------
    lonlat, owner
        Vertices of all paths in order, EPSG:4326, and the number of the path each belongs to.
    """
    if len(lonlat) < 2:
        return np.zeros(paths)
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    step_m = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]
    same = owner[:-1] == owner[1:]
    return np.bincount(owner[:-1][same], weights=step_m[same], minlength=paths) / 1000.0


def distance_km(lon_a: FloatArray, lat_a: FloatArray, lon_b: FloatArray, lat_b: FloatArray) -> FloatArray:
    """Great-circle distance in km between paired points in degrees (haversine, within 0.5 % of geodesic)."""
    la, lb = np.radians(lat_a), np.radians(lat_b)
    half = np.sin((lb - la) / 2) ** 2 + np.cos(la) * np.cos(lb) * np.sin(np.radians(lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def area_km2(polygons: Sequence[shapely.Geometry] | npt.NDArray[np.object_]) -> FloatArray:
    """Geodesic area of each polygon in km², shape ``(n,)``; vertices are EPSG:4326."""
    return np.array([abs(GEOD.geometry_area_perimeter(polygon)[0]) / 1e6 for polygon in polygons], dtype=np.float64)
