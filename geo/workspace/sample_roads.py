"""Roads of the fictional sample: national roads between towns, side roads, tracks, ferries, bridges.

Hamlets become the vertices of a Gabriel graph (Gabriel and Sokal 1969). Main roads are its cheapest
paths between towns, cheaper where a road already runs; tracks are a spanning tree and some loops.
All drawn lines are bent by one smooth field, so roads that meet keep meeting in the same vertex.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from geo.workspace.sample_crossings import MAIN_CLASSES, RoadLine, river_hits, with_crossings
from geo.workspace.sample_land import (
    SOUTH_DEG,
    STEP_DEG,
    WEST_DEG,
    Booleans,
    Floats,
    Integers,
    Land,
    layered_noise,
)
from geo.workspace.sample_rivers import River

Lines = np.ndarray[tuple[int, ...], np.dtype[np.object_]]

TOWNS = 60
_SPACING_DEG = 0.0745
_LONGEST_DEG = 0.24
_LOOP_SHARE = 0.52  # of the Gabriel graph's edges outside the spanning tree
_POCKET_DEG = 0.23  # radius of the places no road leads to
_CAPITAL = (-2.5, 0.15)
_BORDER_POSTS = ((-1.3, 1.75), (1.0, 2.4), (3.0, -0.1), (0.3, -2.2))
_RIVER_COST_DEG = (0.0, 0.6, 0.1, 0.0)  # by river class


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Roads:
    """Road lines and the places they join."""

    lines: list[RoadLine]
    nodes: Floats  # longitude, latitude of every hamlet
    towns: Integers  # positions in nodes; 0 = capital, then district capitals, border posts, others
    on_main_island: Booleans  # per node: reachable from the capital by road
    vertices: Floats  # every vertex of every road
    vertex_class: list[str]


@dataclass(slots=True, eq=False)
class _Draft:
    """Work in hand: an undirected graph whose edges get their class one after another."""

    nodes: Floats
    edges: Integers  # [e, 2]
    cost: Floats
    crossed: Integers  # class of the largest river crossed, 0 for none
    level: Integers  # 0 trunk, 1 secondary, 2 tertiary, 3 unclassified, 4 track, 9 none
    route: list[str]
    drop: Booleans
    at: dict[tuple[int, int], int]  # both ends, the smaller first -> position in edges


def build_roads(land: Land, rivers: list[River], seed: int) -> Roads:
    """Return the road network of one seed."""
    random = np.random.Generator(np.random.PCG64(seed + 700))
    nodes = _hamlets(land, random)
    towns = _choose_towns(nodes, land, random)
    draft = _draft(nodes, land, rivers, random)
    _main_roads(draft, towns, land)
    _smooth_main(draft, towns)
    pockets = _cut_pockets(draft)
    _tracks(draft, pockets, random)
    bent = _bend(draft.nodes, seed)
    lines = [*_lines(draft, towns, rivers, seed), *_proposed(bent, towns)]
    real = [line for line in lines if not line.proposed]
    return Roads(
        lines=lines,
        nodes=bent,
        towns=towns,
        on_main_island=_joined_to(draft, int(towns[0])),
        vertices=np.concatenate([road.line for road in real]),
        vertex_class=[road.road_class for road in real for _ in range(len(road.line))],
    )


def own_land(land: Land, points: Floats, *, inset: int = 0) -> Booleans:
    """Mark positions inside the territory, by raster; ``inset`` keeps off its edge by so many cells."""
    own = land.labels < len(land.districts)
    own &= land.labels >= 0
    inside = own
    for _ in range(inset):
        inside = (
            inside & np.roll(inside, 1, 0) & np.roll(inside, -1, 0) & np.roll(inside, 1, 1) & np.roll(inside, -1, 1)
        )
    rows = np.floor((points[:, 1] - SOUTH_DEG) / STEP_DEG).astype(np.int64)
    columns = np.floor((points[:, 0] - WEST_DEG) / STEP_DEG).astype(np.int64)
    return np.asarray(inside[rows, columns])


def _hamlets(land: Land, random: np.random.Generator) -> Floats:
    """Points about one spacing apart, thinner in the remote east and north."""
    grid = np.meshgrid(np.arange(-3.3, 3.4, _SPACING_DEG), np.arange(-2.8, 2.8, _SPACING_DEG))
    points = np.stack([axis.ravel() for axis in grid], axis=1)
    points = points + (random.random(points.shape) - 0.5) * _SPACING_DEG * 0.85
    remote = np.clip((points[:, 0] + 0.6 * points[:, 1] - 0.2) / 4.0, 0.0, 0.6)
    patch = 0.15 * layered_noise(points[:, 0], points[:, 1], wavelength_deg=0.6, seed=901)
    points = points[random.random(len(points)) > remote + patch]
    return points[own_land(land, points, inset=2)]


def _choose_towns(nodes: Floats, land: Land, random: np.random.Generator) -> Integers:
    """Capital, one per district, border posts, then the places farthest from all others."""
    wanted = [_CAPITAL, *(tuple(s) for s in land.seeds[: len(land.districts)].tolist()), *_BORDER_POSTS]
    chosen: list[int] = []
    for x, y in wanted:
        away = _distance(nodes, np.array([x, y]))
        away[chosen] = np.inf
        chosen.append(int(np.argmin(away)))
    near = np.min([_distance(nodes, nodes[c]) for c in chosen], axis=0)
    liking = 0.6 + 0.8 * random.random(len(nodes))
    while len(chosen) < TOWNS:
        chosen.append(int(np.argmax(near * liking)))
        near = np.minimum(near, _distance(nodes, nodes[chosen[-1]]))
    return np.array(chosen, dtype=np.int64)


def _distance(points: Floats, point: Floats) -> Floats:
    offset = points - point
    return np.asarray(np.sqrt(offset[:, 0] * offset[:, 0] + offset[:, 1] * offset[:, 1]))


def _draft(nodes: Floats, land: Land, rivers: list[River], random: np.random.Generator) -> _Draft:
    triangles = np.asarray(Delaunay(nodes).simplices)
    pairs = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), axis=1)
    edges = np.unique(pairs, axis=0).astype(np.int64)
    a, b = nodes[edges[:, 0]], nodes[edges[:, 1]]
    middle, span = (a + b) / 2.0, b - a
    length = np.sqrt(span[:, 0] * span[:, 0] + span[:, 1] * span[:, 1])
    clear = cKDTree(nodes).query(middle)[0] >= length / 2.0 - 1e-9
    inside = own_land(land, a + 0.25 * span, inset=1) & own_land(land, middle, inset=1)
    keep = clear & inside & own_land(land, a + 0.75 * span, inset=1) & (length < _LONGEST_DEG)
    edges, length = edges[keep], length[keep]
    crossed = _crossed_class(_straight(nodes, edges), rivers)
    cost = length * (0.85 + 0.3 * random.random(len(edges))) + np.array(_RIVER_COST_DEG)[crossed]
    count = len(edges)
    at = {(int(a), int(b)): k for k, (a, b) in enumerate(edges)}
    return _Draft(nodes, edges, cost, crossed, np.full(count, 9), [""] * count, np.zeros(count, dtype=bool), at)


def _straight(nodes: Floats, edges: Integers) -> Lines:
    return np.asarray(shapely.linestrings(nodes[edges]), dtype=object)


def _crossed_class(lines: Lines, rivers: list[River]) -> Integers:
    """Class of the largest river each line crosses, 0 for none."""
    crossed = np.full(len(lines), 9, dtype=np.int64)
    tree = shapely.STRtree([shapely.LineString(river.line) for river in rivers])
    line, river = tree.query(lines, predicate="intersects")
    np.minimum.at(crossed, line, np.array([r.river_class for r in rivers])[river])
    return np.where(crossed == 9, 0, crossed)


def _main_roads(draft: _Draft, towns: Integers, land: Land) -> None:
    """Give the cheapest paths between towns their class; a path prefers roads that exist."""
    provinces = sorted({code[:5] for code in land.districts})
    seats = {p: next(i for i, c in enumerate(land.districts) if c.startswith(p)) + 1 for p in provinces}
    heads = [0, *(seats[p] for p in provinces[1:])]
    posts = list(range(len(land.districts) + 1, len(land.districts) + 1 + len(_BORDER_POSTS)))
    districts = list(range(1, len(land.districts) + 1))
    _join(draft, towns, [0, *heads[1:], *posts], 0, "N")
    _join(draft, towns, [*heads, *districts], 1, "P", loops=7)
    _join(draft, towns, list(range(TOWNS)), 2, "", loops=8)


def _join(draft: _Draft, towns: Integers, members: list[int], level: int, prefix: str, *, loops: int = 3) -> None:
    """Join towns by a tree of cheapest paths, then close the largest detours with a few more."""
    members = list(dict.fromkeys(members))
    at = towns[members]
    away = np.stack([_distance(draft.nodes[at], draft.nodes[node]) for node in at])
    tree = minimum_spanning_tree(away).tocoo()
    links = sorted(zip(away[tree.row, tree.col].tolist(), tree.row.tolist(), tree.col.tolist(), strict=True))
    number = 0
    for _, i, j in links:
        number += _lay(draft, int(at[i]), int(at[j]), level, f"{prefix}{number + 1}" if prefix else "")
    for _ in range(loops):
        by_road = _shortest(draft, at.tolist(), only_level=level)[:, at]
        detour = np.where((away > 0.25) & (away < 1.9), by_road / np.maximum(away, 1e-9), 0.0)
        i, j = divmod(int(np.argmax(np.round(detour, 9))), len(at))
        number += _lay(draft, int(at[i]), int(at[j]), level, f"{prefix}{number + 1}" if prefix else "")


def _graph(draft: _Draft, weights: Floats, usable: Booleans | None = None) -> csr_array:
    count = len(draft.nodes)
    pick = np.ones(len(draft.edges), dtype=bool) if usable is None else usable
    ends = draft.edges[pick]
    return coo_array((weights[pick], (ends[:, 0], ends[:, 1])), shape=(count, count)).tocsr()


def _parts(draft: _Draft) -> Integers:
    """Return the connected part of each hamlet, by the edges that have a class."""
    return np.asarray(connected_components(_graph(draft, draft.cost, draft.level < 9), directed=False)[1])


def _shortest(draft: _Draft, sources: list[int], *, only_level: int) -> Floats:
    usable = draft.level <= only_level
    weights = np.where(usable, draft.cost, draft.cost * 30.0)
    return np.asarray(dijkstra(_graph(draft, weights), directed=False, indices=sources))


def _lay(draft: _Draft, start: int, end: int, level: int, route: str) -> int:
    """Lay one road along the cheapest path; returns 1 when any new edge got the class."""
    weights = draft.cost * np.where(draft.level <= level, 0.45, np.where(draft.level < 9, 0.6, 1.0))
    before = dijkstra(_graph(draft, weights), directed=False, indices=[start], return_predecessors=True)[1][0]
    laid = 0
    node = end
    while node != start and before[node] >= 0:
        edge = draft.at[(min(node, int(before[node])), max(node, int(before[node])))]
        if draft.level[edge] > level:
            draft.level[edge] = level
            draft.route[edge] = route
            laid = 1
        node = int(before[node])
    return laid


def _smooth_main(draft: _Draft, towns: Integers) -> None:
    """Straighten main roads between junctions, moving their hamlets with them."""
    main = draft.edges[draft.level < 9]
    neighbours: dict[int, list[int]] = {}
    for a, b in main.tolist():
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    fixed = set(towns.tolist())
    moving = np.array([n for n, near in sorted(neighbours.items()) if len(near) == 2 and n not in fixed])
    near = np.array([neighbours[n] for n in moving.tolist()])
    for _ in range(4):
        draft.nodes[moving] = (draft.nodes[near[:, 0]] + 2.0 * draft.nodes[moving] + draft.nodes[near[:, 1]]) / 4.0


def _cut_pockets(draft: _Draft) -> Booleans:
    """Choose two places far from all main roads and drop every edge that leads into them."""
    on_main = np.unique(draft.edges[draft.level < 9])
    away = cKDTree(draft.nodes[on_main]).query(draft.nodes)[0]
    first = int(np.argmax(away))
    second = int(np.argmax(np.where(_distance(draft.nodes, draft.nodes[first]) > 1.5, away, 0.0)))
    pocket = np.zeros(len(draft.nodes), dtype=bool)
    for centre in (first, second):
        inside = (_distance(draft.nodes, draft.nodes[centre]) < _POCKET_DEG) & (away > 0.02)
        pocket |= inside
        draft.drop |= inside[draft.edges[:, 0]] != inside[draft.edges[:, 1]]
    return pocket


def _tracks(draft: _Draft, pocket: Booleans, random: np.random.Generator) -> None:
    """Join every hamlet by a spanning tree, add loops, and class what is left near towns or far."""
    usable = ~draft.drop
    weights = np.where(draft.level < 9, 1e-6, draft.cost)
    tree = minimum_spanning_tree(_graph(draft, weights, usable)).tocoo()
    chosen = {(min(a, b), max(a, b)) for a, b in zip(tree.row.tolist(), tree.col.tolist(), strict=True)}
    in_tree = np.array([(a, b) in chosen for a, b in draft.edges.tolist()])
    loop = (random.random(len(draft.edges)) < _LOOP_SHARE) & usable & (draft.crossed != 1) & ~_crosses_another(draft)
    new = (draft.level == 9) & (in_tree | loop)
    good = random.random(len(draft.edges)) < 0.3
    draft.level[new] = np.where(good & ~pocket[draft.edges[:, 0]], 3, 4)[new]
    part = _parts(draft)
    small = np.bincount(part)[part] < 5
    draft.level[small[draft.edges[:, 0]]] = 9


def _crosses_another(draft: _Draft) -> Booleans:
    """Mark edges that, since main roads were straightened, run across another."""
    lines = _straight(draft.nodes, draft.edges)
    pair = shapely.STRtree(lines).query(lines, predicate="crosses")
    crossing = np.zeros(len(lines), dtype=np.bool_)
    crossing[pair[0]] = True
    return crossing


def _joined_to(draft: _Draft, node: int) -> Booleans:
    part = _parts(draft)
    return np.asarray(part == part[node])


def _bend(points: Floats, seed: int) -> Floats:
    """Move points by a smooth field; rounded, so equal points stay equal."""
    x, y = points[:, 0], points[:, 1]
    dx = 0.012 * layered_noise(x, y, wavelength_deg=0.16, seed=seed + 810, octaves=2)
    dy = 0.012 * layered_noise(x, y, wavelength_deg=0.16, seed=seed + 820, octaves=2)
    return np.asarray(np.round(np.stack([x + dx, y + dy], axis=1), 5) + 0.0)


def _lines(draft: _Draft, towns: Integers, rivers: list[River], seed: int) -> list[RoadLine]:
    """Draw chains of edges of one class as lines, with a bridge or ferry at each large river."""
    names = (*MAIN_CLASSES, "unclassified", "track")
    chains = _chains(draft, set(towns.tolist()))
    stretched = [_stretched(draft.nodes[nodes]) for nodes, _, _ in chains]
    ends = np.cumsum([len(line) for line in stretched])
    drawn = np.split(_bend(np.concatenate(stretched), seed), ends[:-1])
    hits = river_hits(drawn, rivers)
    lines: list[RoadLine] = []
    for k, (_, level, route) in enumerate(chains):
        lines += with_crossings(RoadLine(road_class=names[level], route=route, line=drawn[k]), hits.get(k, []))
    return lines


def _stretched(stops: Floats) -> Floats:
    """Put vertices between hamlets, so that a line can bend."""
    pieces = [stops[:1]]
    for a, b in pairwise(stops):
        count = max(1, round(float(_distance(a[None], b)[0]) / 0.042))
        pieces.append(a + (b - a) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(pieces)


def _chains(draft: _Draft, towns: set[int]) -> list[tuple[list[int], int, str]]:
    """Cut the network into chains of up to six edges of one class and name, ending in towns."""
    kind = {k: (int(draft.level[k]), draft.route[k]) for k in np.flatnonzero(draft.level < 9).tolist()}
    at: dict[int, list[int]] = {}
    for k in kind:
        for node in draft.edges[k].tolist():
            at.setdefault(node, []).append(k)
    used: set[int] = set()
    chains: list[tuple[list[int], int, str]] = []
    longest = (6, 5, 4, 2, 2)
    for k, (level, route) in sorted(kind.items(), key=lambda item: (item[1], item[0])):
        if k in used:
            continue
        used.add(k)
        chain = draft.edges[k].tolist()
        while len(chain) <= longest[level] and chain[-1] not in towns:
            ways = [e for e in at[chain[-1]] if e not in used and kind[e] == (level, route)]
            if len(ways) != 1:
                break
            used.add(ways[0])
            chain.append(int(draft.edges[ways[0]].sum()) - chain[-1])
        chains.append((chain, level, route))
    return chains


def _proposed(nodes: Floats, towns: Integers) -> list[RoadLine]:
    """Three planned roads, never routed."""
    pairs = ((1, 4), (12, 17), (20, 24))
    return [
        RoadLine(road_class="secondary", route="planned", line=nodes[towns[list(pair)]], proposed=True)
        for pair in pairs
    ]
