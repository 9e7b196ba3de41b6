"""Visibility: how much notice a team draws on the way, in checkpoints' worth.

A checkpoint counts one; a town passed near counts what ``config.toml`` says; a convoy is seen by more people than a
lone team, in proportion to its vehicles. Spread evenly along the segment, so that half a segment counts half.
"""

import numpy as np
import numpy.typing as npt
import shapely

from geo.access.kernels import FloatArray
from geo.access.network import Network
from geo.settings import VisibilitySettings


def segment_visibility(
    network: Network, checkpoints: npt.NDArray[np.int64], towns_lonlat: FloatArray, *, settings: VisibilitySettings
) -> FloatArray:
    """Notice that one team draws on each segment, shape ``(segments,)``.

    Parameters
    ----------
    checkpoints
        Number on each segment, shape ``(segments,)``.
    towns_lonlat
        Places where people would notice, degrees, shape ``(towns, 2)``; see :func:`towns_near`.
    """
    near = towns_near(network, towns_lonlat, town_km=settings.town_km)
    return np.asarray(settings.checkpoint * checkpoints + settings.town * near)


def towns_near(network: Network, towns_lonlat: FloatArray, *, town_km: float) -> FloatArray:
    """Towns passed on each segment: each town counts by the length of segment within reach, one in all along a road.

    The measure is the length of segment within ``town_km`` of the town over the town's diameter ``2 · town_km``, at
    most 1: driving through the middle counts one however often the road is cut there.
    """
    passed = np.zeros(len(network.lines_km))
    if len(towns_lonlat) == 0 or len(passed) == 0:
        return passed
    points = np.asarray(shapely.points(network.to_plane(towns_lonlat[:, 0], towns_lonlat[:, 1])), dtype=object)
    town, segment = network.tree.query(points, predicate="dwithin", distance=town_km)
    if len(town):
        discs = shapely.buffer(points[town], town_km, quad_segs=4)
        inside_km = shapely.length(shapely.intersection(network.lines_km[segment], discs))
        np.add.at(passed, segment, np.minimum(inside_km / (2 * town_km), 1.0))
    return passed
