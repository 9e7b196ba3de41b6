"""Which reports of different sources may speak of the same event: candidates, scored and put in a queue.

Pairs near in place and time, or in the same area where a place is known no better, are compared field by field;
:mod:`geo.incidents.agreement` says what each agreement weighs. The sum of the weights is the evidence of a stated
probabilistic record linkage (Fellegi & Sunter 1969). What it is worth depends on how many other partners there are:
with L the share of the smaller source's reports that the larger one has too, and n reports in the larger one, a pair
has odds L / (1 - L) * 2^bits / n against "no partner", and its score is its odds out of 1 and the odds of all pairs
that share a report with it, itself included. L is estimated from the pairs (expectation maximisation, as in Jaro
1989, JASA 84). So the score is a chance, and means the same in a small file and in a large one.

Nothing is merged here: a person decides. Reports of one source are never paired. Between two sources each report
keeps its best partner, and a chain of pairs must not join reports that are no pair themselves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from geo.crs import FloatArray
from geo.incidents import agreement
from geo.incidents.agreement import IntArray, Reports
from geo.incidents.merges import apart_pairs, groups_of, merge_id
from geo.settings import TriangulationSettings

# Periods of about as many days are compared in one go: to a week, to a month, longer.
_SPANS = (7, 31)
_BATCH_PAIRS = 500_000
_ROUNDS = 25  # of expectation maximisation
_NO_PAIRS = np.zeros((0, 2), dtype=np.int64)


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
        By ``pair`` (ids joined by +): ``first`` and ``second`` (positions in ``reports``, sources in alphabetical
        order), ``distance_km``, ``days_apart``, levels ``place``, ``actor``, ``kind``; ``place_bits``,
        ``days_bits``, ``actor_bits``, ``kind_bits``, their sum ``bits``; ``odds`` against having no partner. The
        order of the reports does not matter.
    """
    known = agreement.prepare(reports, parties, settings)
    parts = [_scored(known, pairs, settings) for pairs in _batches(_blocks(known, settings))]
    found = pd.concat([part for part in parts if len(part)] or [_scored(known, _NO_PAIRS, settings)])
    found = found.drop_duplicates("pair").sort_values("pair", ignore_index=True)
    return found.assign(odds=_odds(known, found))


def open_pairs(
    pairs: pd.DataFrame, merges: pd.DataFrame, reports: pd.DataFrame, *, possible_share: float
) -> pd.DataFrame:
    """Return the pairs a person is asked about with their ``score``, highest first, then by ids.

    The score is the chance that the pair is one event, 0 to 1; what was decided no longer competes. Left out are
    pairs below ``possible_share``; pairs already decided; pairs that would join two reports of one source or two
    kept apart; of each report all but the best partner in each other source; and links of a chain whose ends are no
    pair themselves.

    Parameters
    ----------
    pairs
        As :func:`score_pairs` returns them.
    merges
        Table under the merges contract.
    reports
        The same reports as scored.
    """
    ids = reports["incident_id"].astype(object).to_numpy()
    sources = pd.factorize(reports["source"], sort=True)[0]
    chain = _Chain.of(pairs, ids, sources, merges)
    fits = np.array([chain.fits(a, b) for a, b in zip(pairs["first"], pairs["second"], strict=True)], dtype=bool)
    chosen = _with_chances(pairs.loc[fits], chain, sources)
    chosen = chosen.loc[chosen["score"] >= possible_share]
    best = chosen.iloc[_one_to_one(chosen, chain, sources)]
    asked = [chain.joins(a, b) for a, b in zip(best["first"], best["second"], strict=True)]
    return best.loc[asked].reset_index(drop=True)


def _batches(blocks: Iterator[IntArray]) -> Iterator[IntArray]:
    """Put blocks together up to a size at which the tables of a batch fit into memory well."""
    held: list[IntArray] = []
    for block in blocks:
        held.append(block)
        if sum(map(len, held)) >= _BATCH_PAIRS:
            yield np.concatenate(held)
            held = []
    if sum(map(len, held)):
        yield np.concatenate(held)


def _blocks(known: Reports, settings: TriangulationSettings) -> Iterator[IntArray]:
    """Pairs of positions that may be compared, block by block, shape ``(k, 2)``; a pair may stand in two blocks.

    Blocks hold reports of one source, radius and length of period. Skipped are blocks of which no pair could score
    ``lowest_bits`` beside all reports of the larger source.
    """
    lasting = np.searchsorted(_SPANS, known.last - known.first)
    sources = range(len(np.unique(known.source)))
    lengths = range(len(_SPANS) + 1)
    radii = sorted(set(settings.radius_km.values()))
    for (one, other), left, right in product(combinations(sources, 2), lengths, lengths):
        enough = settings.lowest_bits + np.log2(max(known.size[[one, other]])) - agreement.most_bits(known, settings)
        a, b = (np.flatnonzero((known.source == s) & (lasting == k)) for s, k in ((one, left), (other, right)))
        if not len(a) or not len(b):
            continue
        enough_place = enough - _most_days_bits(known, a, b, settings)
        for near, far in product(radii, radii):
            reach_km = 2 * float(np.hypot(near, far))
            if _most_place_bits(reach_km / 2, settings) >= enough_place:
                within = (a[known.radius_km[a] == near], b[known.radius_km[b] == far])
                yield _together(known, *within, where_km=known.sphere_km, reach_km=reach_km, settings=settings)
        for needed in ("admin2", "admin1"):
            # One side is known to the area only, the other names it too.
            where_km = 10.0 * known.areas[needed].astype(np.float64)[:, None]
            for coarse in product((True, False), (True, False)):
                if any(coarse):
                    chosen = [
                        rows[((known.needs[rows] == needed) == is_coarse) & (known.areas[needed][rows] >= 0)]
                        for rows, is_coarse in zip((a, b), coarse, strict=True)
                    ]
                    yield _together(known, *chosen, where_km=where_km, reach_km=1.0, settings=settings)


def _together(
    known: Reports, a: IntArray, b: IntArray, *, where_km: FloatArray, reach_km: float, settings: TriangulationSettings
) -> IntArray:
    """Pairs of ``a`` and ``b`` within a reach on every axis and near enough in time, shape ``(k, 2)``."""
    if not len(a) or not len(b):
        return _NO_PAIRS
    span, middle = known.last - known.first, (known.first + known.last) / 2
    reach_days = settings.gap_days[-1] + (span[a].max() + span[b].max()) / 2 + 0.5
    stretch = reach_km / reach_days  # km a day, so that one reach bounds both
    trees = [cKDTree(np.column_stack([where_km[rows], middle[rows] * stretch])) for rows in (a, b)]
    near = trees[0].sparse_distance_matrix(trees[1], reach_km, p=np.inf, output_type="ndarray")
    return np.column_stack([a[near["i"]], b[near["j"]]])


def _most_days_bits(known: Reports, a: IntArray, b: IntArray, settings: TriangulationSettings) -> float:
    span = known.last - known.first
    shifts = [span[a].min() + span[b].min() + 1 + 2 * settings.gap_days[0], *(2 * np.diff(settings.gap_days))]
    return float(agreement.bits(settings.gap_shares, np.array(shifts) / known.span_days).max())


def _most_place_bits(joint_km: float, settings: TriangulationSettings) -> float:
    rings = np.array([0.25, 0.75, 3.0]) * np.square(joint_km / settings.unrelated_km)
    return float(agreement.bits(settings.radius_shares, rings).max())


def _scored(known: Reports, pairs: IntArray, settings: TriangulationSettings) -> pd.DataFrame:
    """Weigh some pairs and keep those of at least ``lowest_bits`` beside all reports of the larger source."""
    place, place_bits = agreement.place_agreement(known, pairs, settings)
    days_bits = agreement.days_agreement(known, pairs, settings)
    lowest = settings.lowest_bits + np.log2(known.size[known.source[pairs]].max(axis=1, initial=1))
    could = place_bits + days_bits >= lowest - agreement.most_bits(known, settings)
    pairs, place, lowest = pairs[could], place[could], lowest[could]
    place_bits, days_bits = place_bits[could], days_bits[could]
    actor, actor_bits = agreement.actor_agreement(known, pairs, settings)
    kind, kind_bits = agreement.kind_agreement(known, pairs, settings)
    table = pd.DataFrame(
        {
            "first": pairs[:, 0],
            "second": pairs[:, 1],
            "distance_km": agreement.apart_km(known, pairs),
            "days_apart": agreement.gap_days(known, pairs),
            "place": np.array(agreement.PLACE_LEVELS, dtype=object)[place],
            "actor": np.array(agreement.ACTOR_LEVELS, dtype=object)[actor],
            "kind": np.array(agreement.KIND_LEVELS, dtype=object)[kind],
            "place_bits": place_bits,
            "days_bits": days_bits,
            "actor_bits": actor_bits,
            "kind_bits": kind_bits,
        }
    )
    # Rounded, so that the last digit of a sum never decides between two pairs.
    table["bits"] = table[["place_bits", "days_bits", "actor_bits", "kind_bits"]].sum(axis=1).round(6)
    kept: pd.DataFrame = table.loc[table["bits"] >= lowest].copy()
    ids = zip(known.ids[kept["first"]], known.ids[kept["second"]], strict=True)
    kept["pair"] = pd.Series([merge_id(two) for two in ids], index=kept.index, dtype=object)
    return kept


def _odds(known: Reports, pairs: pd.DataFrame) -> FloatArray:
    """Odds of each pair against having no partner; the share of reports with one is estimated per two sources."""
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    found = np.zeros(len(pairs))
    both = pd.MultiIndex.from_arrays([known.source[first], known.source[second]]).factorize()[0]
    for two in range(int(both.max(initial=-1)) + 1):
        rows = np.flatnonzero(both == two)
        sizes = known.size[[known.source[first[rows[0]]], known.source[second[rows[0]]]]]
        ratio = np.exp2(pairs["bits"].to_numpy()[rows]) / sizes.max()
        share = 0.5
        for _ in range(_ROUNDS):
            odds = share / (1 - share) * ratio
            expected = _chances(odds, first[rows], second[rows]).sum()
            share = float(np.clip(expected / sizes.min(), 0.001, 0.95))
        found[rows] = odds
    return found


def _chances(odds: FloatArray, left: IntArray, right: IntArray) -> FloatArray:
    """Chance of each pair among all that share a side with it, and none at all."""
    beside = [np.bincount(codes, weights=odds)[codes] for codes in (pd.factorize(side)[0] for side in (left, right))]
    return np.asarray(odds / (1.0 + beside[0] + beside[1] - odds))


def _with_chances(pairs: pd.DataFrame, chain: "_Chain", sources: IntArray) -> pd.DataFrame:
    """Add the score; of several pairs between the same two events the strongest stands for all."""
    strongest = pairs.sort_values(["bits", "pair"], ascending=[False, True])
    events = [chain.event[strongest[side].to_numpy()] for side in ("first", "second")]
    again = pd.DataFrame({"low": np.minimum(*events), "high": np.maximum(*events)}).duplicated().to_numpy()
    kept = strongest.loc[~again].sort_values("pair")
    score = _chances(kept["odds"].to_numpy(), *_sides(kept, chain, sources)).round(6)
    return kept.assign(score=score).sort_values(["score", "bits", "pair"], ascending=[False, False, True])


def _sides(pairs: pd.DataFrame, chain: "_Chain", sources: IntArray) -> tuple[IntArray, IntArray]:
    """Number of both sides of each pair; a side is an event and the source of the other report."""
    one, other = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    left = pd.MultiIndex.from_arrays([chain.event[one], sources[other]]).factorize()[0]
    right = pd.MultiIndex.from_arrays([chain.event[other], sources[one]]).factorize()[0]
    return np.asarray(left), np.asarray(right)


def _one_to_one(pairs: pd.DataFrame, chain: "_Chain", sources: IntArray) -> IntArray:
    """Rows that are the best left for both their sides, best first."""
    left, right = _sides(pairs, chain, sources)
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
