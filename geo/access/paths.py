"""One cheapest path between two places on the road, as the shares of segments it drives."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from geo.access.kernels import FloatArray, IntArray, edge_segment, path_nodes, search
from geo.access.network import Network
from geo.access.snapping import Snapped, arrival_costs, direct_share, seeds_at


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Journey:
    """Where a route starts and ends, and what driving each segment costs on the way."""

    network: Network
    origin: Snapped  # one point, on a road
    destination: Snapped  # one point, on a road
    minutes: FloatArray  # per segment, infinity = closed
    exposure: FloatArray  # per segment, finite
    escorted: bool

    @property
    def legs_min(self) -> float:
        """Minutes off the road at both ends."""
        return float(self.origin.leg_min[0] + self.destination.leg_min[0])

    @property
    def legs_exposure(self) -> float:
        """Exposure off the road, at the rate of the segments the legs lead to."""
        total = 0.0
        for end in (self.origin, self.destination):
            minutes = self.minutes[end.segment[0]]
            total += float(end.leg_min[0] * self.exposure[end.segment[0]] / minutes) if minutes > 0 else 0.0
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
    def ground(self) -> tuple[bytes, bool]:
        """Equal for paths over the same ground with the same company."""
        return b"".join(part.tobytes() for part in (self.segment, self.start_share, self.end_share)), self.escorted


def cheapest_path(
    journey: Journey, *, time_weight: float, exposure_weight: float, limit: float = np.inf
) -> Path | None:
    """Minimise ``time_weight`` · minutes + ``exposure_weight`` · exposure; ``None`` when no open way exists.

    ``time_weight`` is above 0, so that closed segments stay closed. No way costing more than ``limit`` is
    sought; a known way's cost makes the search shorter and changes no answer.
    """
    network, origin, destination = journey.network, journey.origin, journey.destination
    cost = time_weight * journey.minutes + exposure_weight * journey.exposure
    tree = search(network.graph, cost, seeds_at(network, origin, cost), limit=limit)
    over_from, over_to = arrival_costs(network, destination, cost, tree.cost)
    straight = _straight_cost(journey, cost)
    best = min(straight, float(over_from[0]), float(over_to[0]))
    if not np.isfinite(best):
        return None
    last, end_share = int(destination.segment[0]), float(destination.along_share[0])
    if straight == best:
        return _path(journey, [(last, float(origin.along_share[0]), end_share)])
    side = "from_node" if over_from[0] == best else "to_node"
    nodes = path_nodes(tree, int(network.segments[side].iloc[last]))
    steps = [_leave(journey, nodes[0])]
    from_node = network.segments["from_node"].to_numpy()
    for tail, head in pairwise(nodes):
        segment = edge_segment(network.graph, cost, tail, head)
        steps.append((segment, 0.0, 1.0) if from_node[segment] == tail else (segment, 1.0, 0.0))
    steps.append((last, 0.0 if side == "from_node" else 1.0, end_share))
    return _path(journey, steps)


def _straight_cost(journey: Journey, cost: FloatArray) -> float:
    """Cost along one segment when both ends stand on the same, else infinity."""
    segment = journey.origin.segment
    if segment[0] != journey.destination.segment[0]:
        return float("inf")
    oneway = journey.network.segments["oneway"].to_numpy()[segment]
    share = direct_share(oneway, journey.origin.along_share, journey.destination.along_share)
    return float(share[0] * cost[segment[0]])


def _leave(journey: Journey, node: int) -> tuple[int, float, float]:
    """First step: from the origin's position to the node its segment is left at, the shorter way round a loop."""
    segment, share = int(journey.origin.segment[0]), float(journey.origin.along_share[0])
    row = journey.network.segments.iloc[segment]
    ways: list[tuple[float, float]] = []
    if row["from_node"] == node and (row["oneway"] <= 0 or share == 0):
        ways.append((share, 0.0))
    if row["to_node"] == node and (row["oneway"] >= 0 or share == 1):
        ways.append((1 - share, 1.0))
    return segment, share, min(ways)[1]


def _path(journey: Journey, steps: list[tuple[int, float, float]]) -> Path:
    """Sum up what the steps take; steps that do not move are dropped."""
    moving = [step for step in steps if step[1] != step[2]]
    segment = np.array([step[0] for step in moving], dtype=np.int64)
    start_share = np.array([step[1] for step in moving], dtype=np.float64)
    end_share = np.array([step[2] for step in moving], dtype=np.float64)
    share = np.abs(end_share - start_share)
    return Path(
        segment=segment,
        start_share=start_share,
        end_share=end_share,
        time_min=float((share * journey.minutes[segment]).sum()) + journey.legs_min,
        exposure=float((share * journey.exposure[segment]).sum()) + journey.legs_exposure,
        escorted=journey.escorted,
    )
