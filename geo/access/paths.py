"""One cheapest path between two places on the road, as the shares of arcs it drives."""

from dataclasses import dataclass

import numpy as np

from geo.access.kernels import FloatArray, IntArray, Seeds, Way, find_way
from geo.access.network import Network
from geo.access.snapping import Snapped, arrival_legs, direct_share, seeds_at, share_of


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Journey:
    """Where a route starts and ends, and what driving each arc costs on the way."""

    network: Network
    origin: Snapped  # one point, on a road
    destination: Snapped  # one point, on a road
    minutes: FloatArray  # per arc, shape (segments, 2), infinity = closed
    exposure: FloatArray  # per arc, finite
    escorted: bool

    @property
    def legs_min(self) -> float:
        """Minutes off the road at both ends."""
        return float(self.origin.leg_min[0] + self.destination.leg_min[0])

    @property
    def legs_exposure(self) -> float:
        """Exposure off the road, at the rate of the quicker direction of the segments the legs lead to."""
        total = 0.0
        for end in (self.origin, self.destination):
            segment = int(end.segment[0])
            allowed = np.where(self.network.drivable[segment], self.minutes[segment], np.inf)
            direction = int(np.argmin(allowed))
            minutes = allowed[direction]
            total += float(end.leg_min[0] * self.exposure[segment, direction] / minutes) if minutes > 0 else 0.0
        return total


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Path:
    """What is driven: step by step a segment and the positions on it where driving starts and ends."""

    segment: IntArray
    start_share: FloatArray  # 0 = the segment's from_node, 1 = its to_node
    end_share: FloatArray
    time_min: float  # legs included
    exposure: float  # legs included
    escorted: bool

    @property
    def driven_share(self) -> FloatArray:
        """Share of each segment driven."""
        return np.asarray(np.abs(self.end_share - self.start_share))

    @property
    def direction(self) -> IntArray:
        """0 = along each segment, 1 = against it."""
        return np.asarray(self.end_share < self.start_share, dtype=np.int64)

    @property
    def ground(self) -> tuple[bytes, bool]:
        """Equal for paths over the same ground with the same company."""
        return b"".join(part.tobytes() for part in (self.segment, self.start_share, self.end_share)), self.escorted


def cheapest_path(
    journey: Journey, *, time_weight: float, exposure_weight: float, limit: float = np.inf
) -> Path | None:
    """Minimise ``time_weight`` · minutes + ``exposure_weight`` · exposure; ``None`` when no open way exists.

    ``time_weight`` is above 0, so that closed arcs stay closed. No way costing more than ``limit`` is
    sought; a known way's cost makes the search shorter and changes no answer.
    """
    network, origin, destination = journey.network, journey.origin, journey.destination
    cost = time_weight * journey.minutes + exposure_weight * journey.exposure
    legs = [float(leg[0]) for leg in arrival_legs(network, destination, cost)]
    last, end_share = int(destination.segment[0]), float(destination.along_share[0])
    ends = Seeds(
        source=np.zeros(2, dtype=np.int64),
        node=np.array([network.from_node[last], network.to_node[last]]),
        cost=np.array(legs),
    )
    straight = _straight_cost(journey, cost)
    way = find_way(network.graph, cost, seeds_at(network, origin, cost), ends, limit=min(limit, straight))
    if np.isfinite(straight) and (way is None or straight <= way.cost):
        return _path(journey, [(last, float(origin.along_share[0]), end_share)])
    if way is None:
        return None
    arrivals = [(legs[side], share) for side, share in ((0, 0.0), (1, 1.0)) if ends.node[side] == way.end]
    steps = [_leave(journey, cost, way), *((a // 2, float(a % 2), float(1 - a % 2)) for a in way.arc.tolist())]
    steps.append((last, min(arrivals)[1], end_share))
    return _path(journey, steps)


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
        escorted=journey.escorted,
    )
