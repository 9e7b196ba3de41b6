"""Medical posts near the way: how long it takes by road from each to the nearest point a mission drives."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.kernels import FloatArray, search
from geo.access.network import Network
from geo.access.snapping import seeds_at, snap_points
from geo.crs import distance_km
from geo.missions.evidence import arcs_of_legs
from geo.missions.plans import Plan
from geo.settings import NetworkSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicalPost:
    """A base with a medical post, seen from the way."""

    base_id: str
    leg: int  # position of the leg it is nearest to
    minutes: float  # from the base by road to the nearest junction of that leg; 0 where it stands on a stretch driven
    away_km: float  # great circle from the base to there


def medical_posts(
    network: Network,
    minutes: FloatArray,
    bases: pd.DataFrame,
    plan: Plan,
    *,
    within_min: float,
    settings: NetworkSettings,
) -> tuple[MedicalPost, ...]:
    """Find the medical posts within some minutes of the way, the nearest first; exactly so many count.

    Parameters
    ----------
    minutes
        Of each arc for a vehicle alone, shape ``(segments, 2)``.
    bases
        Open ones, as :func:`geo.access.bases.bases_as_of` gives them.
    """
    arcs = arcs_of_legs(plan.legs, network)
    able = bases.loc[bases["medical"].fillna(value=False).to_numpy(dtype=bool)]
    if not any(len(part) for part in arcs) or able.empty:
        return ()
    lon, lat = (able[name].to_numpy(dtype=np.float64) for name in ("longitude", "latitude"))
    starts = snap_points(network, lon, lat, settings=settings, open_segments=network.open_segments(minutes))
    found = []
    for position, base_id in enumerate(able["base_id"].astype(str)):
        on = [number for number, part in enumerate(arcs) if (part["segment"] == starts.segment[position]).any()]
        if on:
            found.append(MedicalPost(base_id=base_id, leg=on[0], minutes=0.0, away_km=float(starts.leg_km[position])))
            continue
        tree = search(network.graph, minutes, seeds_at(network, starts.take([position]), minutes), limit=within_min)
        cost, leg, node = min(_nearest(network, tree.cost, part, number) for number, part in enumerate(arcs))
        if cost <= within_min:
            away = distance_km(lon[[position]], lat[[position]], network.longitude[[node]], network.latitude[[node]])
            found.append(MedicalPost(base_id=base_id, leg=leg, minutes=cost, away_km=float(away[0])))
    return tuple(sorted(found, key=lambda post: (post.minutes, post.base_id)))


def _nearest(network: Network, cost: FloatArray, arcs: pd.DataFrame, leg: int) -> tuple[float, int, int]:
    """Minutes to the nearest junction of a leg, the leg and the junction; infinity for a flight."""
    segment = arcs["segment"].to_numpy(dtype=np.int64)
    nodes = np.unique(np.concatenate([network.from_node[segment], network.to_node[segment]]))
    if not len(nodes):
        return np.inf, leg, 0
    best = int(nodes[np.argmin(cost[nodes])])
    return float(cost[best]), leg, best
