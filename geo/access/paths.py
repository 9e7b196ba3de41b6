"""One cheapest path between two places on the road, as the shares of arcs it drives."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.access.clock import Clock
from geo.access.kernels import (
    NOWHERE,
    FloatArray,
    IntArray,
    Seeds,
    Towards,
    Tree,
    Way,
    find_way,
    search,
    way_to,
)
from geo.access.landmarks import Landmarks
from geo.access.network import Network
from geo.access.snapping import Snapped, arrival_legs, direct_share, seeds_at, share_of

_SAMPLED = 4096  # arcs looked at to tell what counts in a cost
_TIME_COUNTS = 0.7  # share of the cost that is time from which landmarks help more than a search from both sides


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Journey:
    """Where a route starts and ends, and what driving each arc costs on the way."""

    network: Network
    origin: Snapped  # one point; whoever drives starts and ends on a road
    destination: Snapped  # one point
    minutes: FloatArray  # per arc, shape (segments, 2), infinity = closed
    exposure: FloatArray  # per arc, finite
    visibility: FloatArray  # per arc, finite
    landmarks: Landmarks | None = None  # of the network; without them a search takes longer, nothing else

    def towards(self, weights: Sequence[float]) -> Towards | None:
        """Bounds that let a search look towards its end; where time hardly counts they are of no use."""
        if self.landmarks is None:
            return None
        some = slice(None, None, max(1, len(self.minutes) // _SAMPLED))
        minutes = self.minutes[some][np.isfinite(self.minutes[some])].sum()
        others = weights[1] * self.exposure[some].sum() + weights[2] * self.visibility[some].sum()
        if weights[0] * minutes < _TIME_COUNTS * (weights[0] * minutes + others):
            return None
        return self.landmarks.towards(weights[0])

    @property
    def legs_min(self) -> float:
        """Minutes off the road at both ends."""
        return float(self.origin.leg_min[0] + self.destination.leg_min[0])

    @property
    def legs_exposure(self) -> float:
        """Exposure off the road, at the rate of the quicker direction of the segments the legs lead to."""
        ends = (self.origin, self.destination)
        return sum(float(end.leg_min[0]) * self.exposure_per_min(end) for end in ends)

    @property
    def on_road(self) -> bool:
        """Whether both ends are near enough to a road to drive."""
        return bool(self.origin.on_road[0] and self.destination.on_road[0])

    def exposure_per_min(self, end: Snapped) -> float:
        """Exposure of a minute off the road at an end: that of the quicker direction of its nearest segment."""
        segment = int(end.nearest[0])
        allowed = np.where(self.network.drivable[segment], self.minutes[segment], np.inf)
        direction = int(np.argmin(allowed))
        minutes = float(allowed[direction])
        return float(self.exposure[segment, direction]) / minutes if minutes > 0 else 0.0


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Path:
    """What is driven: step by step a segment and the positions on it where driving starts and ends."""

    segment: IntArray
    start_share: FloatArray  # 0 = the segment's from_node, 1 = its to_node
    end_share: FloatArray
    time_min: float  # legs included
    exposure: float  # legs included
    visibility: float
    on_foot: bool = False  # straight from end to end, see geo.access.walking; no segment is driven

    @property
    def driven_share(self) -> FloatArray:
        """Share of each segment driven."""
        return np.asarray(np.abs(self.end_share - self.start_share))

    @property
    def direction(self) -> IntArray:
        """0 = along each segment, 1 = against it."""
        return np.asarray(self.end_share < self.start_share, dtype=np.int64)


def cheapest_path(journey: Journey, weights: tuple[float, float, float], *, limit: float = np.inf) -> Path | None:
    """Minimise weighted minutes + exposure + visibility; ``None`` when no open way exists.

    The weight of minutes is above 0, so that closed arcs stay closed. No way costing more than ``limit`` is
    sought; a known way's cost makes the search shorter and changes no answer.
    """
    network, origin = journey.network, journey.origin
    cost = _weighted(journey, weights)
    ends = _ends(journey, cost)
    straight = _straight_cost(journey, cost)
    way = find_way(
        network.graph,
        cost,
        seeds_at(network, origin, cost),
        ends,
        limit=min(limit, straight),
        towards=journey.towards(weights),
    )
    return _stitched(journey, cost, way, ends, straight)


def cheapest_paths(journeys: Sequence[Journey], weights: tuple[float, float, float]) -> list[Path | None]:
    """Minimise the same for several journeys that differ only in where they end, in one search from their origin."""
    if not journeys:
        return []
    first = journeys[0]
    cost = _weighted(first, weights)
    tree = search(first.network.graph, cost, seeds_at(first.network, first.origin, cost))
    found = []
    for journey in journeys:
        ends = _ends(journey, cost)
        way = _way_in(tree, ends)
        found.append(_stitched(journey, cost, way, ends, _straight_cost(journey, cost)))
    return found


def _weighted(journey: Journey, weights: tuple[float, float, float]) -> FloatArray:
    """Cost of each arc."""
    cost = weights[0] * journey.minutes
    for weight, goal in ((weights[1], journey.exposure), (weights[2], journey.visibility)):
        if weight > 0:
            cost += weight * goal
    return cost


def _ends(journey: Journey, cost: FloatArray) -> Seeds:
    """The two nodes of the destination's segment and what is left from each."""
    network, last = journey.network, int(journey.destination.segment[0])
    return Seeds(
        source=np.zeros(2, dtype=np.int64),
        node=np.array([network.from_node[last], network.to_node[last]]),
        cost=np.array([float(leg[0]) for leg in arrival_legs(network, journey.destination, cost)]),
    )


def _way_in(tree: Tree, ends: Seeds) -> Way | None:
    """Cheapest way of a search to one of some ends, the first on a tie."""
    total = tree.cost[ends.node] + ends.cost
    end = int(np.argmin(total))
    if not np.isfinite(total[end]):
        return None
    arc, start = way_to(tree, int(ends.node[end]))
    return Way(cost=float(total[end]), arc=arc, start=start, end=int(ends.node[end]))


def _stitched(journey: Journey, cost: FloatArray, way: Way | None, ends: Seeds, straight: float) -> Path | None:
    """Join the way over nodes to both ends; or the way along one segment where that is no dearer."""
    last, end_share = int(journey.destination.segment[0]), float(journey.destination.along_share[0])
    if np.isfinite(straight) and (way is None or straight <= way.cost):
        return _path(journey, [(last, float(journey.origin.along_share[0]), end_share)])
    if way is None:
        return None
    arrivals = [(ends.cost[side], share) for side, share in ((0, 0.0), (1, 1.0)) if ends.node[side] == way.end]
    steps = [_leave(journey, cost, way), *((a // 2, float(a % 2), float(1 - a % 2)) for a in way.arc.tolist())]
    steps.append((last, min(arrivals)[1], end_share))
    return _path(journey, steps)


def earliest_path(journey: Journey, clock: Clock) -> Path | None:
    """Arrive as early as can be when leaving at the clock's time; ``None`` when no open way exists.

    A team rests in closed half-hours wherever it is, so it never turns back to wait elsewhere.
    """
    from geo.access.clock_kernels import earliest_arrivals, end_of_drive  # noqa: PLC0415 (loads Numba)

    network, origin, destination = journey.network, journey.origin, journey.destination

    def after(start_min: float, segment: int, share: float, direction: int) -> float:
        minutes = share * journey.minutes[segment, direction] if share > 0 else 0.0
        return float(end_of_drive(start_min, minutes, clock.closed[segment, direction]))

    on_road = float(end_of_drive(clock.start_min, float(origin.leg_min[0]), np.uint64(clock.off_road)))
    first, start = int(origin.segment[0]), float(origin.along_share[0])
    last, end = int(destination.segment[0]), float(destination.along_share[0])
    leaving = [
        (int(network.from_node[first]), after(on_road, first, start, 1), 0.0, network.oneway[first] <= 0 or start == 0),
        (
            int(network.to_node[first]),
            after(on_road, first, 1 - start, 0),
            1.0,
            network.oneway[first] >= 0 or start == 1,
        ),
    ]
    leaving = [way for way in leaving if way[3] and np.isfinite(way[1])]
    seeds = (np.array([way[0] for way in leaving], dtype=np.int64), np.array([way[1] for way in leaving]))
    goals = np.array([network.from_node[last], network.to_node[last]], dtype=np.int64)
    costs = (journey.minutes.ravel(), clock.closed.ravel())
    at_min, by_arc = earliest_arrivals(network.graph.rows, costs, seeds, goals)
    arriving = [
        (after(at_min[goals[0]], last, end, 0), 0.0, network.oneway[last] >= 0 or end == 0),
        (after(at_min[goals[1]], last, 1 - end, 1), 1.0, network.oneway[last] <= 0 or end == 1),
    ]
    ways = [(time, side) for time, side, allowed in arriving if allowed and np.isfinite(time)]
    straight = direct_share(network.oneway[[first]], origin.along_share, destination.along_share)
    if first == last and np.isfinite(straight[0]):
        time = after(on_road, first, float(straight[0]), int(end < start))
        if np.isfinite(time) and (not ways or time <= min(ways)[0]):
            return _path(journey, [(first, start, end)])
    if not ways:
        return None
    side = min(ways)[1]
    steps, node = [(last, side, end)], int(goals[int(side)])
    while (arc := int(by_arc[node])) != NOWHERE:
        steps.append((arc // 2, float(arc % 2), float(1 - arc % 2)))
        node = int((network.from_node, network.to_node)[arc % 2][arc // 2])
    leave = min((way[1], way[2]) for way in leaving if way[0] == node)[1]
    return _path(journey, [(first, start, leave), *steps[::-1]])


def _straight_cost(journey: Journey, cost: FloatArray) -> float:
    """Cost along one segment when both ends stand on the same, else infinity."""
    segment = int(journey.origin.segment[0])
    if segment != int(journey.destination.segment[0]):
        return float("inf")
    start, end = journey.origin.along_share, journey.destination.along_share
    share = direct_share(journey.network.oneway[[segment]], start, end)
    return float(share_of(share, cost[[segment], [int(end[0] < start[0])]])[0])


def _leave(journey: Journey, cost: FloatArray, way: Way) -> tuple[int, float, float]:
    """First step: from the origin's position to the node its segment is left at, the cheaper way round a loop."""
    network, segment, share = journey.network, int(journey.origin.segment[0]), float(journey.origin.along_share[0])
    shares = share_of(np.array([1 - share, share]), cost[segment])
    ways: list[tuple[float, float]] = []
    if network.from_node[segment] == way.start and (network.oneway[segment] <= 0 or share == 0):
        ways.append((float(shares[1]), 0.0))
    if network.to_node[segment] == way.start and (network.oneway[segment] >= 0 or share == 1):
        ways.append((float(shares[0]), 1.0))
    return segment, share, min(ways)[1]


def _path(journey: Journey, steps: list[tuple[int, float, float]]) -> Path:
    """Sum up what the steps take; steps that do not move are dropped."""
    moving = [step for step in steps if step[1] != step[2]]
    segment = np.array([step[0] for step in moving], dtype=np.int64)
    start_share = np.array([step[1] for step in moving], dtype=np.float64)
    end_share = np.array([step[2] for step in moving], dtype=np.float64)
    share, direction = np.abs(end_share - start_share), (end_share < start_share).astype(np.int64)
    return Path(
        segment=segment,
        start_share=start_share,
        end_share=end_share,
        time_min=float((share * journey.minutes[segment, direction]).sum()) + journey.legs_min,
        exposure=float((share * journey.exposure[segment, direction]).sum()) + journey.legs_exposure,
        visibility=float((share * journey.visibility[segment, direction]).sum()),
    )
