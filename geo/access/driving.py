"""The road part of reach: minutes from bases to targets, the legs on and off the road included.

One search serves all bases together, or one each; a target at a base's own place takes no time. A team alone may be
quicker straight on foot, see :mod:`geo.access.walking`; vehicles and escorts keep to what is here.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from geo.access.kernels import NOWHERE, FloatArray, IntArray, search, search_each
from geo.access.network import Network
from geo.access.snapping import Snapped, arrival_costs, arrival_legs, direct_share, seeds_at, share_of, snap_points
from geo.settings import NetworkSettings


def drive_times(
    network: Network,
    bases: FloatArray,
    targets: FloatArray,
    *,
    minutes: FloatArray,
    settings: NetworkSettings,
) -> tuple[FloatArray, IntArray]:
    """Minutes from the nearest base to each target, and which base that is.

    Parameters
    ----------
    bases, targets
        Longitude and latitude in degrees, shapes ``(bases, 2)`` and ``(targets, 2)``.
    minutes
        Of each arc, shape ``(segments, 2)``, infinity = closed.

    Returns
    -------
    tuple
        Minutes (infinity = not reached) and position of the base (the first one on a tie, NOWHERE = not reached),
        both of shape ``(targets,)``.
    """
    start, end = _both_ends(network, bases, targets, minutes=minutes, settings=settings)
    seeds = seeds_at(network, start, minutes)
    tree = search(network.graph, minutes, replace(seeds, cost=seeds.cost + start.leg_min[seeds.source]))
    over_from, over_to = arrival_costs(network, end, minutes, tree.cost)
    time_min, base = np.full(len(targets), np.inf), np.full(len(targets), NOWHERE, dtype=np.int64)
    for cost, node in ((over_from, network.from_node), (over_to, network.to_node)):
        point = np.flatnonzero(np.isfinite(cost))
        keep_better(time_min, base, point, cost[point], tree.source[node[end.segment[point]]].astype(np.int64))
    keep_better(time_min, base, *_along_one_segment(network, start, end, minutes))
    time_min = time_min + np.where(end.on_road, end.leg_min, 0.0)
    same, at = _same_place(bases, targets)
    keep_better(time_min, base, same, np.zeros(len(same)), at)
    return time_min, base


def drive_times_each(
    network: Network,
    bases: FloatArray,
    targets: FloatArray,
    *,
    minutes: FloatArray,
    settings: NetworkSettings,
    limit_min: float = np.inf,
) -> FloatArray:
    """Minutes from each base to each target, shape ``(bases, targets)``; infinity = not reached.

    Parameters as in :func:`drive_times`. Nodes farther than ``limit_min`` from a base are not sought, so that a
    time above it may be infinity or not; a time at exactly the limit is there.
    """
    start, end = _both_ends(network, bases, targets, minutes=minutes, settings=settings)
    seeds = seeds_at(network, start, minutes)
    seeds = replace(seeds, cost=seeds.cost + start.leg_min[seeds.source])
    reached = search_each(network.graph, minutes, seeds, sources=len(bases), limit=limit_min)
    over_from, over_to = arrival_legs(network, end, minutes)
    point = np.flatnonzero(end.on_road)
    ends = network.from_node[end.segment[point]], network.to_node[end.segment[point]]
    times = np.full((len(bases), len(targets)), np.inf)
    at_node = np.full(network.graph.nodes, np.inf)
    for base in range(len(bases)):
        row = slice(reached.first[base], reached.first[base + 1])
        at_node[reached.node[row]] = reached.cost[row]
        times[base, point] = np.minimum(at_node[ends[0]] + over_from[point], at_node[ends[1]] + over_to[point])
        at_node[reached.node[row]] = np.inf
    target, cost, base_of = _along_one_segment(network, start, end, minutes)
    np.minimum.at(times, (base_of, target), cost)
    times += np.where(end.on_road, end.leg_min, 0.0)
    same, at = _same_place(bases, targets)
    times[at, same] = 0.0
    return times


def _both_ends(
    network: Network,
    bases: FloatArray,
    targets: FloatArray,
    *,
    minutes: FloatArray,
    settings: NetworkSettings,
) -> tuple[Snapped, Snapped]:
    """Bases and targets on segments that are open in some direction."""
    open_segments = network.open_segments(minutes)
    start, end = (
        snap_points(network, lonlat[:, 0], lonlat[:, 1], settings=settings, open_segments=open_segments)
        for lonlat in (bases, targets)
    )
    return start, end


def keep_better(time_min: FloatArray, base: IntArray, point: IntArray, cost: FloatArray, source: IntArray) -> None:
    """Write better times; on a tie the smaller base wins. A point may be offered several bases."""
    order = np.lexsort((source, cost, point))
    point, cost, source = point[order], cost[order], source[order]
    first = np.ones(len(point), dtype=bool)
    first[1:] = point[1:] != point[:-1]
    point, cost, source = point[first], cost[first], source[first]
    better = (cost < time_min[point]) | ((cost == time_min[point]) & (source < base[point]))
    time_min[point[better]], base[point[better]] = cost[better], source[better]


def _along_one_segment(
    network: Network, start: Snapped, end: Snapped, minutes: FloatArray
) -> tuple[IntArray, FloatArray, IntArray]:
    """Targets, times and bases that stand on the same segment, without passing a node."""
    starts = pd.DataFrame({"segment": start.segment, "base": np.arange(len(start.segment))})[start.on_road]
    ends = pd.DataFrame({"segment": end.segment, "target": np.arange(len(end.segment))})[end.on_road]
    pairs = starts.merge(ends, on="segment")
    segment, base, target = (pairs[name].to_numpy(dtype=np.int64) for name in ("segment", "base", "target"))
    begin, stop = start.along_share[base], end.along_share[target]
    share = direct_share(network.oneway[segment], begin, stop)
    cost = start.leg_min[base] + share_of(share, minutes[segment, (stop < begin).astype(np.int64)])
    allowed = np.isfinite(cost)
    return target[allowed], cost[allowed], base[allowed]


def _same_place(bases: FloatArray, targets: FloatArray) -> tuple[IntArray, IntArray]:
    """Targets that stand exactly where a base does, and that base."""
    starts = pd.DataFrame(bases, columns=["lon", "lat"]).assign(base=np.arange(len(bases)))
    ends = pd.DataFrame(targets, columns=["lon", "lat"]).assign(target=np.arange(len(targets)))
    pairs = starts.merge(ends, on=["lon", "lat"])
    target, base = (pairs[name].to_numpy(dtype=np.int64) for name in ("target", "base"))
    return target, base
