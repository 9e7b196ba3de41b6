"""Straight on foot: what a team does between two places nearer to each other than to any road.

The way is as the crow flies at foot pace, whatever lies between, and no longer than ``max_snap_km``: the same assumption
as for legs between a place and the road. Where no road is open at all nothing is known of the land, and nobody walks.
"""

import numpy as np

from geo.access.driving import drive_times, drive_times_each, keep_better
from geo.access.kernels import BoolArray, FloatArray, IntArray
from geo.access.network import Network
from geo.access.paths import Journey, Path
from geo.crs import distance_km
from geo.hexgrid import chord_of, on_sphere, search_tree
from geo.settings import NetworkSettings


def walks_between(
    bases: FloatArray, targets: FloatArray, *, settings: NetworkSettings
) -> tuple[IntArray, IntArray, FloatArray]:
    """Pairs of base and target so near that a team may walk, by base, and the minutes it takes.

    A pair exactly ``max_snap_km`` apart is among them.

    Parameters
    ----------
    bases, targets
        Longitude and latitude in degrees, shapes ``(bases, 2)`` and ``(targets, 2)``.
    """
    if not len(bases) or not len(targets):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    here, there = (search_tree(on_sphere(lonlat[:, 0], lonlat[:, 1])) for lonlat in (bases, targets))
    near = here.query_ball_tree(there, chord_of(settings.max_snap_km))
    base = np.repeat(np.arange(len(near)), [len(found) for found in near])
    target = np.array([place for found in near for place in found], dtype=np.int64)
    away_km = distance_km(bases[base, 0], bases[base, 1], targets[target, 0], targets[target, 1])
    kept = away_km <= settings.max_snap_km
    return base[kept], target[kept], 60.0 * away_km[kept] / settings.off_road_kph


def walk_times(bases: FloatArray, targets: FloatArray, *, settings: NetworkSettings) -> FloatArray:
    """Minutes on foot from each base to each target, shape ``(bases, targets)``; infinity = too far to walk."""
    times = np.full((len(bases), len(targets)), np.inf)
    base, target, minutes = walks_between(bases, targets, settings=settings)
    times[base, target] = minutes
    return times


def team_times(
    network: Network, bases: FloatArray, targets: FloatArray, *, minutes: FloatArray, settings: NetworkSettings
) -> tuple[FloatArray, IntArray, BoolArray]:
    """Minutes of a team alone from the nearest base to each target, which base that is, and whether it walks.

    Parameters and boundary cases as in :func:`geo.access.driving.drive_times`; on a tie it goes by road.
    """
    time_min, base = drive_times(network, bases, targets, minutes=minutes, settings=settings)
    driven = time_min.copy()
    if network.open_segments(minutes).any():
        walker, target, walk_min = walks_between(bases, targets, settings=settings)
        keep_better(time_min, base, target, walk_min, walker)
    return time_min, base, time_min < driven


def team_times_each(
    network: Network,
    bases: FloatArray,
    targets: FloatArray,
    *,
    minutes: FloatArray,
    settings: NetworkSettings,
    limit_min: float = np.inf,
) -> FloatArray:
    """Minutes of a team alone from each base to each target, by road or straight on foot, shape ``(bases, targets)``.

    Parameters and boundary cases as in :func:`geo.access.driving.drive_times_each`.
    """
    times = drive_times_each(network, bases, targets, minutes=minutes, settings=settings, limit_min=limit_min)
    if not network.open_segments(minutes).any():
        return times
    return np.minimum(times, walk_times(bases, targets, settings=settings))


def walked(journey: Journey, *, settings: NetworkSettings) -> Path | None:
    """The way straight on foot; ``None`` where it is too far or no road is open.

    Its first half is as exposed as the road nearest to the origin, its second half as that nearest to the destination.
    """
    ends = (journey.origin, journey.destination)
    if any(end.nearest[0] < 0 for end in ends):
        return None
    here, there = (np.column_stack([end.longitude, end.latitude]) for end in ends)
    time_min = float(walk_times(here, there, settings=settings)[0, 0])
    if not np.isfinite(time_min):
        return None
    return Path(
        segment=np.empty(0, dtype=np.int64),
        start_share=np.empty(0),
        end_share=np.empty(0),
        time_min=time_min,
        exposure=sum(time_min / 2 * journey.exposure_per_min(end) for end in ends),
        visibility=0.0,
        on_foot=True,
    )
