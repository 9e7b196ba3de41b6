"""Why there is no route, in one sentence with the nearest thing there is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo.access.escorts import Escort
from geo.access.kernels import NOWHERE
from geo.access.network import Network
from geo.access.paths import Journey, cheapest_path
from geo.access.snapping import Snapped
from geo.crs import distance_km
from geo.hexgrid import search_tree

# So slow that a closed arc is only used where nothing else leads there.
_CLOSED_MIN = 1e7
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why there is no route: with the roads named, and plainly for those who may not know which are closed."""

    named: str
    plain: str


def off_road_reason(network: Network, ends: Snapped, *, max_snap_km: float) -> Refusal | None:
    """Say which end is too far from any open road, or ``None`` when both are near one."""
    reasons = []
    for number, name in enumerate(("origin", "destination")):
        if ends.segment[number] != NOWHERE:
            continue
        place = f"the {name} {ends.longitude[number]:.5f},{ends.latitude[number]:.5f}"
        if ends.nearest[number] == NOWHERE:
            alone = f"{place} has no open road at any distance; import roads or avoid less"
            reasons.append((alone, alone))
            continue
        road = network.segments["road_id"].iloc[int(ends.nearest[number])]
        away = f"{place} is {ends.leg_km[number]:.1f} km from the nearest open road"
        limit = f", more than the {max_snap_km:g} km of network.max_snap_km"
        limit += _swapped(network, float(ends.longitude[number]), float(ends.latitude[number]))
        reasons.append((f"{away} ({road}){limit}", f"{away}{limit}"))
    if not reasons:
        return None
    return Refusal(named="; ".join(named for named, _ in reasons), plain="; ".join(plain for _, plain in reasons))


def _swapped(network: Network, lon: float, lat: float) -> str:
    """A hint where the roads lie around a place once its longitude and latitude are exchanged, and only then."""

    def among_roads(x: float, y: float) -> bool:
        west, south, east, north = network.segments.total_bounds
        return bool(west <= x <= east and south <= y <= north)

    return "; are longitude and latitude swapped?" if among_roads(lat, lon) and not among_roads(lon, lat) else ""


def on_separate_parts(journey: Journey) -> bool:
    """Whether the ends lie on parts of the network that no road joins, whoever drives."""
    network = journey.network
    first, last = (
        network.component[network.from_node[end.segment[0]]] for end in (journey.origin, journey.destination)
    )
    return bool(first != last)


def no_way_reason(journey: Journey, avoid: tuple[str, ...]) -> Refusal:
    """Say why two places on roads are not joined: separate parts, bans or one-ways."""
    network = journey.network
    parts = [int(network.component[network.from_node[end.segment[0]]]) for end in (journey.origin, journey.destination)]
    if parts[0] != parts[1]:
        gap = _gap(network, parts[0], parts[1])
        return Refusal(named=gap, plain=gap)
    closed = ~np.isfinite(journey.minutes)
    detour = replace(journey, minutes=np.where(closed, _CLOSED_MIN, journey.minutes))
    path = cheapest_path(detour, (1.0, 0.0, 0.0))
    if path is None:
        oneway = "origin and destination are joined only by one-way roads that lead the other way"
        return Refusal(named=oneway, plain=oneway)
    blocking = path.segment[closed[path.segment, path.direction]]
    roads = list(dict.fromkeys(network.segments["road_id"].iloc[blocking]))
    named = ", ".join(roads[:_NAMED]) + (f" and {len(roads) - _NAMED} more" if len(roads) > _NAMED else "")
    why = f"every way is closed by what you avoid ({', '.join(avoid)})"
    return Refusal(
        named=f"{why}; the least closed one needs road {named}; avoid less",
        plain=f"{why}; avoid less",
    )


def no_escort_reason(escorts: Sequence[Escort], origin: Snapped) -> Refusal:
    """Say why nobody can escort: no base has escorts that day, or none reaches both ends on a way."""
    if not escorts:
        nobody = "no base open that day has an escort to give; ask without escort or for another day"
        return Refusal(named=nobody, plain=nobody)
    lon, lat = (np.array([getattr(escort, name) for escort in escorts]) for name in ("longitude", "latitude"))
    here = (np.full(len(escorts), float(end[0])) for end in (origin.longitude, origin.latitude))
    away_km = distance_km(lon, lat, *here)
    nearest = int(np.argmin(away_km))
    escort = escorts[nearest]
    why = (
        f"no escort covers the whole way; the escorting base nearest to the origin is {away_km[nearest]:.0f} km away "
        f"and its convoys go {escort.radius_hours:g} hours far"
    )
    return Refusal(
        named=why.replace("is ", f"({escort.name}) is ", 1) + "; ask without escort",
        plain="no escort covers the whole way; ask without escort",
    )


def _gap(network: Network, part: int, other: int) -> str:
    """Where two parts of the network come nearest to each other."""
    nodes, others = (np.flatnonzero(network.component == number) for number in (part, other))
    plane = network.to_plane(network.longitude, network.latitude)
    away, nearest = search_tree(plane[others]).query(plane[nodes])
    closest = int(np.argmin(away))
    here, there = nodes[closest], others[np.asarray(nearest)[closest]]
    lon, lat = network.longitude, network.latitude
    gap_km = float(distance_km(lon[[here]], lat[[here]], lon[[there]], lat[[there]])[0])
    return (
        "origin and destination lie on roads that do not meet; the two parts come nearest, "
        f"{gap_km:.1f} km apart, between {lon[here]:.4f},{lat[here]:.4f} and {lon[there]:.4f},{lat[there]:.4f}"
    )
