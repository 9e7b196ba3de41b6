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
    minutes: float  # from the base by road to the nearest junction of that leg; 0 on the way
    away_km: float  # great circle between the two


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
    nodes = [_nodes(network, arcs) for arcs in arcs_of_legs(plan.legs, network)]
    able = bases.loc[bases["medical"].fillna(value=False).to_numpy(dtype=bool)]
    if not any(len(part) for part in nodes) or able.empty:
        return ()
    lon, lat = (able[name].to_numpy(dtype=np.float64) for name in ("longitude", "latitude"))
    starts = snap_points(network, lon, lat, settings=settings, open_segments=network.open_segments(minutes))
    found = []
    for position, base_id in enumerate(able["base_id"].astype(str)):
        tree = search(network.graph, minutes, seeds_at(network, starts.take([position]), minutes), limit=within_min)
        best = [(float(tree.cost[part].min()), number) for number, part in enumerate(nodes) if len(part)]
        cost, leg = min(best)
        if not cost <= within_min:
            continue
        node = nodes[leg][int(np.argmin(tree.cost[nodes[leg]]))]
        away = distance_km(lon[[position]], lat[[position]], network.longitude[[node]], network.latitude[[node]])
        found.append(MedicalPost(base_id=base_id, leg=leg, minutes=cost, away_km=float(away[0])))
    return tuple(sorted(found, key=lambda post: (post.minutes, post.base_id)))


def _nodes(network: Network, arcs: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    segment = arcs["segment"].to_numpy(dtype=np.int64)
    return np.unique(np.concatenate([network.from_node[segment], network.to_node[segment]]))
