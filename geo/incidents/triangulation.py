"""Which reports of different sources may speak of the same event: a stated probabilistic record linkage.

Each field two reports share is compared and falls into a level of agreement. A level weighs log2(m / u) bits: m
is how often true pairs show it, u how often unrelated reports do (Fellegi & Sunter 1969, JASA 64, 1183-1210). The
sum over the fields is the score; each m and the scale of each u is a setting of ``[triangulation]``.

* *place*: within one or two joint radii, the root of the summed squares of both reports' ``radius_km``. Unrelated
  reports lie anywhere within ``unrelated_km``, so u is a share of area and grows with the radius: two reports
  known to a province only say little by distance. A place of a precision without a radius is not compared.
* *days*: days between the two periods. Unrelated reports fall on any of ``unrelated_days``, so u grows with the
  length of the periods: "some day in May" says less than "on 3 May".
* *actor*: the same, similarly spelled, or another. u of agreement is the share of reports naming that actor, so
  that a rare actor says more (Winkler 1989). Civilians are no actor; an unidentified one says nothing.
* *kind*: the same or another MRM violation, where both name one; u is that violation's share of reports.

Nothing is merged here: a person decides. Reports of one source are never paired. Between two sources each report
keeps its best partner, and a chain of pairs must not join reports that are no pair themselves.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.spatial import cKDTree

from geo.crs import EARTH_RADIUS_KM, FloatArray, distance_km
from geo.incidents.merges import apart_pairs, groups_of, merge_id
from geo.incidents.names import folded
from geo.settings import TriangulationSettings

PLACE_LEVELS = ("within", "near")
ACTOR_LEVELS = ("same", "similar", "other", "not_named")
KIND_LEVELS = ("same", "other", "not_recorded")
# Periods of about as many days are compared in one go: to a week, to a month, longer.
_SPANS = (7, 31)
_SIMILAR_BY_CHANCE = 0.05  # of unrelated names
_UNIDENTIFIED = re.compile(r"(unidentified|unknown|non identifies?|inconnus?)\b.*")
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Reports:
    """What is compared of ``n`` reports."""

    ids: npt.NDArray[np.object_]  # (n,)
    source: IntArray  # (n,) number of the source, in alphabetical order
    radius_km: FloatArray  # (n,) NaN where the place is not compared
    lon: FloatArray  # (n,) degrees
    lat: FloatArray
    first: IntArray  # (n,) days since 1970, inclusive
    last: IntArray
    parties: IntArray  # (n, 2) number of each actor named, -1 where none
    actor_share: FloatArray  # (actors,) share of reports that name it
    spelling: sparse.csr_array  # (actors, pieces of names), rows of length 1
    kind: IntArray  # (n,) number of the violation, -1 where none
    kind_share: FloatArray  # (violations,) share of reports with a violation


def score_pairs(reports: pd.DataFrame, parties: pd.DataFrame, *, settings: TriangulationSettings) -> pd.DataFrame:
    """Score every pair of reports of different sources that may be the same event.

    Parameters
    ----------
    reports
        Table under the incidents contract, unmerged, ids unique. Not changed.
    parties
        ``row, actor_id, name`` of the actors each report names, resolved where they can be.

    Returns
    -------
    pandas.DataFrame
        Pairs of at least ``possible_bits``, highest score first, then by ids: ``first`` and ``second`` (positions
        in ``reports``, sources in alphabetical order), ``pair`` (ids joined by +), ``distance_km``, ``days_apart``,
        levels ``place``, ``actor``, ``kind``; ``place_bits``, ``days_bits``, ``actor_bits``, ``kind_bits`` and
        their sum ``score``. The order of the reports does not matter.
    """
    known = _prepared(reports, parties, settings)
    nothing = _scored(known, np.zeros((0, 2), dtype=np.int64), settings)
    parts = [_scored(known, pairs, settings) for pairs in _blocks(known, settings)]
    found = pd.concat([part for part in parts if len(part)] or [nothing])
    return found.sort_values(["score", "pair"], ascending=[False, True], ignore_index=True)


def open_pairs(pairs: pd.DataFrame, merges: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs a person is asked about, in the order and with the columns of ``pairs``.

    Left out are pairs already decided; pairs that would join two reports of one source or two kept apart; of each
    report all but the best partner in each other source; and links of a chain whose ends are no pair themselves.

    Parameters
    ----------
    pairs
        As :func:`score_pairs` returns them.
    merges
        Table under the merges contract.
    reports
        The same reports as scored.
    """
    if pairs.empty:
        return pairs
    ids = reports["incident_id"].astype(object).to_numpy()
    sources = pd.factorize(reports["source"], sort=True)[0]
    chain = _Chain.of(pairs, ids, sources, merges)
    fits = np.array([chain.fits(a, b) for a, b in zip(pairs["first"], pairs["second"], strict=True)], dtype=bool)
    chosen = pairs.loc[fits]
    best = chosen.iloc[_one_to_one(chosen, chain, sources)]
    asked = [chain.joins(a, b) for a, b in zip(best["first"], best["second"], strict=True)]
    return best.loc[asked].reset_index(drop=True)


def _prepared(reports: pd.DataFrame, parties: pd.DataFrame, settings: TriangulationSettings) -> _Reports:
    codes, actors = pd.factorize(parties["actor_id"], sort=True)
    names = parties.assign(code=codes).sort_values(["code", "name"]).drop_duplicates("code")["name"].astype(str)
    spoken = np.array([_UNIDENTIFIED.fullmatch(folded(name)) is None for name in names], dtype=bool)
    rows = parties["row"].to_numpy(dtype=np.int64)[spoken[codes]] if len(actors) else np.array([], dtype=np.int64)
    codes = codes[spoken[codes]] if len(actors) else codes
    side = pd.Series(rows).groupby(rows).cumcount().to_numpy()
    named = np.full((len(reports), 2), -1, dtype=np.int64)
    named[rows[side < 2], side[side < 2]] = codes[side < 2]
    kind = pd.factorize(reports["violation"], sort=True)[0].astype(np.int64)
    return _Reports(
        ids=reports["incident_id"].astype(str).to_numpy(dtype=object),
        source=pd.factorize(reports["source"], sort=True)[0].astype(np.int64),
        radius_km=np.asarray(reports["place_precision"].astype(object).map(settings.radius_km), dtype=np.float64),
        lon=reports["longitude"].to_numpy(dtype=np.float64),
        lat=reports["latitude"].to_numpy(dtype=np.float64),
        first=reports["date_start"].to_numpy().astype("datetime64[D]").astype(np.int64),
        last=reports["date_end"].to_numpy().astype("datetime64[D]").astype(np.int64),
        parties=named,
        actor_share=np.bincount(codes, minlength=len(actors)) / max(len(reports), 1),
        spelling=_spellings([folded(name) for name in names]),
        kind=kind,
        kind_share=np.bincount(kind[kind >= 0]) / max(int((kind >= 0).sum()), 1),
    )


def _spellings(names: list[str]) -> sparse.csr_array:
    """Three-letter pieces of each name as a row of length 1, so that products are cosines."""
    pieces = [[f" {name} "[k : k + 3] for k in range(len(name))] for name in names]
    codes = pd.factorize(np.array([piece for own in pieces for piece in own], dtype=object))[0]
    rows = np.repeat(np.arange(len(names)), [len(own) for own in pieces])
    width = int(codes.max()) + 1 if len(codes) else 1
    table = sparse.coo_array((np.ones(len(codes)), (rows, codes)), shape=(len(names), width)).tocsr()
    table.data[:] = 1.0  # a piece counts once
    length = np.sqrt(np.maximum(table.sum(axis=1), 1.0))
    return sparse.csr_array(sparse.diags_array(1.0 / length) @ table)


def _blocks(known: _Reports, settings: TriangulationSettings) -> Iterator[IntArray]:
    """Pairs of positions near enough in place and time to be compared, block by block, shape ``(k, 2)``."""
    span = known.last - known.first
    lasting = np.searchsorted(_SPANS, span)
    sources = range(len(np.unique(known.source)))
    classes = list(product(sorted(set(settings.radius_km.values())), range(len(_SPANS) + 1)))
    members = {
        (source, radius, length): np.flatnonzero(
            (known.source == source) & (known.radius_km == radius) & (lasting == length)
        )
        for source, (radius, length) in product(sources, classes)
    }
    sphere = _on_sphere(known)
    middle = (known.first + known.last) / 2
    for (one, other), left, right in product(combinations(sources, 2), classes, classes):
        a, b = members[one, *left], members[other, *right]
        joint = _joint_km(left[0], right[0])
        if (
            not len(a)
            or not len(b)
            or _most_bits(known, joint, span[a].min() + span[b].min(), settings) < (settings.possible_bits)
        ):
            continue
        reach_days = settings.gap_days[-1] + (span[a].max() + span[b].max()) / 2 + 1
        stretch = 2 * joint / reach_days  # km a day, so that one reach bounds both
        trees = [cKDTree(np.column_stack([sphere[rows], middle[rows] * stretch])) for rows in (a, b)]
        near = trees[0].sparse_distance_matrix(trees[1], 2 * joint, p=np.inf, output_type="ndarray")
        yield np.column_stack([a[near["i"]], b[near["j"]]])


def _most_bits(known: _Reports, joint: float, spans: int, settings: TriangulationSettings) -> float:
    """Most a pair of such radius and summed days could score; blocks that cannot matter are not looked at."""
    place = _bits(settings.radius_shares, np.array([1.0, 3.0]) * np.square(joint / settings.unrelated_km))
    shifts = [spans + 1 + 2 * settings.gap_days[0], *(2 * np.diff(settings.gap_days))]
    days = _bits(settings.gap_shares, np.array(shifts) / settings.unrelated_days)
    rarest = [shares[shares > 0].min(initial=1.0) for shares in (known.actor_share, known.kind_share)]
    actor = _bits(settings.actor_shares, [rarest[0], _SIMILAR_BY_CHANCE, _differing(known.actor_share)])
    kind = _bits(settings.kind_shares, [rarest[1], _differing(known.kind_share)])
    return float(place.max() + days.max() + max(actor.max(), 0.0) + max(kind.max(), 0.0))


def _differing(shares: FloatArray) -> float:
    """Chance that two unrelated reports name different ones."""
    return 1.0 - min(float(np.square(shares).sum()), 0.99)


def _on_sphere(known: _Reports) -> FloatArray:
    """Positions in km in space, shape ``(n, 3)``: no seam at the date line, and a chord is never longer than its arc."""
    lon, lat = np.radians(known.lon), np.radians(known.lat)
    return EARTH_RADIUS_KM * np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _joint_km(one: Any, other: Any) -> Any:
    return np.sqrt(np.square(one) + np.square(other))


def _scored(known: _Reports, pairs: IntArray, settings: TriangulationSettings) -> pd.DataFrame:
    """Score some pairs and keep those of at least ``possible_bits``."""
    away_km = distance_km(
        known.lon[pairs[:, 0]], known.lat[pairs[:, 0]], known.lon[pairs[:, 1]], known.lat[pairs[:, 1]]
    )
    gap = np.maximum(known.first[pairs].max(axis=1) - known.last[pairs].min(axis=1), 0)
    joint = _joint_km(known.radius_km[pairs[:, 0]], known.radius_km[pairs[:, 1]])
    inside = (away_km <= 2 * joint) & (gap <= settings.gap_days[-1])
    pairs, away_km, gap, joint = pairs[inside], away_km[inside], gap[inside], joint[inside]
    place, place_bits = _place(away_km, joint, settings)
    actor, actor_bits = _actor(known, pairs, settings)
    kind, kind_bits = _kind(known, pairs, settings)
    table = pd.DataFrame(
        {
            "first": pairs[:, 0],
            "second": pairs[:, 1],
            "distance_km": away_km,
            "days_apart": gap,
            "place": np.array(PLACE_LEVELS, dtype=object)[place],
            "actor": np.array(ACTOR_LEVELS, dtype=object)[actor],
            "kind": np.array(KIND_LEVELS, dtype=object)[kind],
            "place_bits": place_bits,
            "days_bits": _days(known, pairs, gap, settings),
            "actor_bits": actor_bits,
            "kind_bits": kind_bits,
        }
    )
    # Rounded: a sum of the same weights in another order must not break ties differently.
    table["score"] = table[["place_bits", "days_bits", "actor_bits", "kind_bits"]].sum(axis=1).round(6)
    table = table.loc[table["score"] >= settings.possible_bits]
    ids = zip(known.ids[table["first"]], known.ids[table["second"]], strict=True)
    return table.assign(pair=pd.Series([merge_id(two) for two in ids], index=table.index, dtype=object))


def _bits(true_share: npt.ArrayLike, chance: npt.ArrayLike) -> FloatArray:
    return np.asarray(np.log2(np.asarray(true_share, dtype=float) / np.clip(chance, 1e-12, 1.0)))


def _place(away_km: FloatArray, joint: FloatArray, settings: TriangulationSettings) -> tuple[IntArray, FloatArray]:
    """Level and weight of the place: within one joint radius, or in the ring to two."""
    level = (away_km > joint).astype(np.int64)
    chance = np.where(level == 0, 1.0, 3.0) * np.square(joint / settings.unrelated_km)
    return level, _bits(np.array(settings.radius_shares)[level], chance)


def _days(known: _Reports, pairs: IntArray, gap: IntArray, settings: TriangulationSettings) -> FloatArray:
    """Weight of the days: u is the number of days by which one period could be shifted and still show the gap."""
    level = np.searchsorted(settings.gap_days, gap)
    overlapping = (known.last - known.first)[pairs].sum(axis=1) + 1 + 2 * settings.gap_days[0]
    steps = 2 * np.diff(settings.gap_days, prepend=0)
    shifts = np.where(level == 0, overlapping, steps[level])
    return _bits(np.array(settings.gap_shares)[level], shifts / settings.unrelated_days)


def _actor(known: _Reports, pairs: IntArray, settings: TriangulationSettings) -> tuple[IntArray, FloatArray]:
    """Level and weight of the actors: the rarest one shared, else the most similar spelling."""
    shared = np.full(len(pairs), 2.0)
    alike = np.zeros(len(pairs))
    for a, b in product((0, 1), (0, 1)):
        one, other = known.parties[pairs[:, 0], a], known.parties[pairs[:, 1], b]
        both = np.flatnonzero((one >= 0) & (other >= 0))
        same = both[one[both] == other[both]]
        shared[same] = np.minimum(shared[same], known.actor_share[one[same]])
        alike[both] = np.maximum(alike[both], _likeness(known.spelling, one[both], other[both]))
    named = (known.parties[pairs].max(axis=2) >= 0).all(axis=1)
    level = np.select([shared < 2, ~named, alike >= settings.similar_name_share], [0, 3, 1], 2)
    chance = np.select([level == 0, level == 1], [shared, _SIMILAR_BY_CHANCE], _differing(known.actor_share))
    return level, np.where(level == 3, 0.0, _bits(np.array([*settings.actor_shares, 1.0])[level], chance))


def _likeness(spelling: sparse.csr_array, one: IntArray, other: IntArray) -> FloatArray:
    """Cosine of the pieces of paired names; each pair of names is compared once."""
    pairs, back = np.unique(np.column_stack([one, other]), axis=0, return_inverse=True)
    cosine = np.asarray(spelling[pairs[:, 0]].multiply(spelling[pairs[:, 1]]).sum(axis=1)).ravel()
    return np.asarray(cosine[back.ravel()])


def _kind(known: _Reports, pairs: IntArray, settings: TriangulationSettings) -> tuple[IntArray, FloatArray]:
    """Level and weight of the violations, where both reports name one."""
    one, other = known.kind[pairs[:, 0]], known.kind[pairs[:, 1]]
    level = np.select([(one < 0) | (other < 0), one == other], [2, 0], 1)
    shares = np.append(known.kind_share, 1.0)
    chance = np.where(level == 0, shares[one], _differing(known.kind_share))
    return level, np.where(level == 2, 0.0, _bits(np.array([*settings.kind_shares, 1.0])[level], chance))


def _one_to_one(pairs: pd.DataFrame, chain: "_Chain", sources: IntArray) -> IntArray:
    """Rows that are the best left for both their sides, best first; a side is an event and the other's source."""
    one, other = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    left = pd.MultiIndex.from_arrays([chain.event[one], sources[other]]).factorize()[0]
    right = pd.MultiIndex.from_arrays([chain.event[other], sources[one]]).factorize()[0]
    rest, taken = np.arange(len(pairs)), []
    while len(rest):
        first = ~(pd.Series(left[rest]).duplicated() | pd.Series(right[rest]).duplicated()).to_numpy()
        chosen = rest[first]
        taken.append(chosen)
        rest = rest[~(np.isin(left[rest], left[chosen]) | np.isin(right[rest], right[chosen]))]
    return np.sort(np.concatenate(taken)) if taken else np.array([], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Chain:
    """Events as decided so far, and as they would grow with the pairs accepted one after the other."""

    event: IntArray  # (n,) number of the event of each report
    members: dict[int, list[int]]  # reports of each event of more than one
    sources: IntArray
    scored: set[tuple[int, int]]  # pairs that are pairs themselves, smaller position first
    apart: set[tuple[int, int]]

    @classmethod
    def of(cls, pairs: pd.DataFrame, ids: npt.NDArray[np.object_], sources: IntArray, merges: pd.DataFrame) -> "_Chain":
        """Start from the decisions."""
        place: Mapping[str, int] = {str(name): number for number, name in enumerate(ids)}
        event = np.arange(len(ids))
        members: dict[int, list[int]] = {}
        for name, group in groups_of(merges).items():
            if name in place:
                members.setdefault(len(ids) + group, []).append(place[name])
                event[place[name]] = len(ids) + group
        both = (pairs[["first", "second"]].min(axis=1), pairs[["first", "second"]].max(axis=1))
        apart = {tuple(sorted(place[name] for name in two if name in place)) for two in apart_pairs(merges)}
        return cls(
            event=event,
            members=members,
            sources=sources,
            scored=set(zip(*(side.tolist() for side in both), strict=True)),
            apart={(two[0], two[1]) for two in apart if len(two) == 2},
        )

    def fits(self, one: int, other: int) -> bool:
        """Tell whether two events may become one: no source twice, nothing kept apart."""
        if self.event[one] == self.event[other] or (min(one, other), max(one, other)) in self.apart:
            return False
        if int(self.event[one]) not in self.members and int(self.event[other]) not in self.members:
            return True
        two = [self.members.get(int(self.event[report]), [report]) for report in (one, other)]
        named = self.sources[two[0] + two[1]]
        crossing = ((min(a, b), max(a, b)) for a, b in product(*two))
        return len(set(named.tolist())) == len(named) and self.apart.isdisjoint(crossing)

    def joins(self, one: int, other: int) -> bool:
        """Join two events where every report of one is a pair with every report of the other; tell whether."""
        if not self.fits(one, other):
            return False
        two = [self.members.get(int(self.event[report]), [report]) for report in (one, other)]
        if not all((min(a, b), max(a, b)) in self.scored for a, b in product(*two)):
            return False
        self.members[int(self.event[one])] = two[0] + two[1]
        self.event[two[1]] = self.event[one]
        return True
