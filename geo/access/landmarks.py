"""Landmarks: places from and to which all times are known, so that a search can tell what lies towards its end.

Lower bounds after Goldberg & Harrelson (2005, "Computing the shortest path: A* search meets graph theory", SODA):
from a node to a goal takes at least as long as from a landmark to the goal less from the landmark to the node. They
hold for one season and vehicle whatever hinders the roads, because they are made of driving alone and all else adds
to it; where costs are weights of minutes and other goals, they hold for the minutes.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.access.kernels import Graph, Seeds, Towards, search
from geo.access.network import Network
from geo.access.segments import both_ways
from geo.access.speeds import drive_minutes
from geo.model import Season
from geo.settings import Settings

LANDMARKS = 8
# 32-bit numbers hold a time to this share of it; bounds of two times are off by twice that at most.
_ROUNDING_SHARE = 4 * float(np.finfo(np.float32).eps)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Landmarks:
    """Driving times between landmarks and nodes, nothing delayed."""

    minutes: npt.NDArray[np.float32]  # shape (2 · landmarks, nodes): to the node, from the node, one pair a landmark
    slack_min: float  # what their rounding may be

    def towards(self, minute_weight: float) -> Towards:
        """Bounds for costs of which each minute is worth so much at least."""
        return Towards(bounds=self.minutes, scale=minute_weight, slack=self.slack_min)


def place_landmarks(
    network: Network, *, season: Season, vehicle: str, settings: Settings, count: int = LANDMARKS
) -> Landmarks:
    """Choose landmarks far from each other and measure from and to them."""
    driven = drive_minutes(network, season=season, vehicle=vehicle, settings=settings)
    minutes, graph = both_ways(driven.drive_min), network.graph
    turned = Graph(
        nodes=graph.nodes,
        segments=graph.segments,
        indptr=graph.back_indptr,
        head=graph.tail,
        arc=graph.back_arc,
        back_indptr=graph.indptr,
        tail=graph.head,
        back_arc=graph.arc,
    )
    count = min(count, graph.nodes)
    table = np.full((2 * count, graph.nodes), np.inf, dtype=np.float32)
    largest = np.bincount(network.component).argmax() if graph.nodes else 0
    inside = np.flatnonzero(network.component == largest)
    nearest = np.full(graph.nodes, np.inf)
    node = int(inside[0]) if len(inside) else 0
    for landmark in range(count):
        for row, way in ((2 * landmark, graph), (2 * landmark + 1, turned)):
            start = Seeds(source=np.zeros(1, dtype=np.int64), node=np.array([node]), cost=np.zeros(1))
            table[row] = search(way, minutes, start).cost
        nearest = np.minimum(nearest, table[2 * landmark])
        within = np.where(np.isfinite(nearest[inside]), nearest[inside], -1.0)
        node = int(inside[within.argmax()])
    finite = table[np.isfinite(table)]
    longest = float(finite.max()) if len(finite) else 0.0
    return Landmarks(minutes=table, slack_min=longest * _ROUNDING_SHARE)
