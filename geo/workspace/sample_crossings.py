"""Where roads of the fictional sample meet rivers: bridges on good roads, ferries on others, fords on tracks."""

from dataclasses import dataclass, replace

import numpy as np
import shapely

from geo.workspace.sample_land import Floats
from geo.workspace.sample_rivers import River

MAIN_CLASSES = ("trunk", "secondary", "tertiary")
_BANK_DEG = 0.004  # from the water to where a bridge or ferry begins


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoadLine:
    """One line of the road file."""

    road_class: str
    route: str  # name of the national or provincial road, or ""
    line: Floats
    bridge: bool = False
    fords: bool = False  # crosses a river without a bridge
    proposed: bool = False


def river_hits(drawn: list[Floats], rivers: list[River]) -> dict[int, list[tuple[int, float]]]:
    """Where each line crosses rivers: river class and distance along the line in degrees."""
    roads = np.array([shapely.LineString(line) for line in drawn])
    water = np.array([shapely.LineString(river.line) for river in rivers])
    hits: dict[int, list[tuple[int, float]]] = {}
    for k, river in sorted(shapely.STRtree(water).query(roads, predicate="intersects").T.tolist()):
        met = shapely.extract_unique_points(roads[k].intersection(water[river]))
        hits.setdefault(k, []).extend((rivers[river].river_class, roads[k].project(p)) for p in shapely.get_parts(met))
    return hits


def with_crossings(road: RoadLine, hits: list[tuple[int, float]]) -> list[RoadLine]:
    """Cut a road where it crosses large rivers and put a bridge or ferry there; a track fords the smaller ones."""
    main = road.road_class in MAIN_CLASSES
    large = sorted((along, rank) for rank, along in hits if rank == 1 or (rank == 2 and main))
    if not large:
        return [replace(road, fords=bool(hits) and not main)]
    line = shapely.LineString(road.line)
    parts: list[tuple[RoadLine, float, float]] = []
    done = 0.0
    for group in _close_together(large):
        bridged = road.road_class == "trunk" or (main and min(rank for _, rank in group) == 2)
        crossing = replace(road, bridge=True) if bridged else replace(road, road_class="ferry")
        first, last = max(group[0][0] - _BANK_DEG, done), min(group[-1][0] + _BANK_DEG, line.length)
        parts += [(road, done, first), (crossing, first, last)]
        done = last
    parts.append((road, done, line.length))
    return [
        replace(part, line=_between(road.line, line, start, end)) for part, start, end in parts if end - start > 1e-4
    ]


def _close_together(crossings: list[tuple[float, int]]) -> list[list[tuple[float, int]]]:
    """Group crossings whose banks meet: one bridge or ferry spans them."""
    groups = [crossings[:1]]
    for crossing in crossings[1:]:
        if crossing[0] - groups[-1][-1][0] < 3 * _BANK_DEG:
            groups[-1].append(crossing)
        else:
            groups.append([crossing])
    return groups


def _between(vertices: Floats, line: shapely.LineString, start: float, end: float) -> Floats:
    """Return the stretch of a line between two distances along it, ends rounded like all vertices."""
    span = np.diff(vertices, axis=0)
    along = np.concatenate([[0.0], np.cumsum(np.sqrt(span[:, 0] * span[:, 0] + span[:, 1] * span[:, 1]))])
    ends = [np.array(line.interpolate(d).coords[0]) for d in (start, end)]
    inner = vertices[(along > start + 1e-5) & (along < end - 1e-5)]
    return np.asarray(np.round(np.concatenate([ends[:1], inner, ends[1:]]), 5) + 0.0)
