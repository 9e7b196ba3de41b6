"""How far two reports agree, field by field, and what each level of agreement weighs.

A level weighs log2(m / u) bits: m is how often two reports of one event show it, u how often two unrelated ones do
(Fellegi & Sunter 1969, JASA 64, 1183-1210). Each m is a setting of ``[triangulation]``; each u follows from the
reports or from the extent unrelated reports are spread over.

* *place*, both known as a point: within half, one or two joint radii, the root of the summed squares of both
  reports' ``radius_km``. u is the share of reports around, at least that of an even spread over ``unrelated_km``:
  it grows with the radius and where reports crowd, so that precision widens the tolerance.
* *place*, one known to a district or province only: the same area by name; u is its share of reports. Where names
  differ or miss, the distance speaks as above and a different name counts against.
* *days*: days between the two periods. u is the number of days by which a period could be shifted and still show
  the gap, out of the days reported about: "some day in May" says less than "on 3 May".
* *actor*: the same, similarly spelled, or another. u of agreement is the share of reports naming that actor, so that
  a rare actor says more (Winkler 1989). Civilians are no actor; an unidentified one says nothing.
* *kind*: the same or another MRM violation, where both name one; u is that violation's share of reports.
"""

import re
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.spatial import cKDTree

from geo.crs import EARTH_RADIUS_KM, FloatArray, distance_km
from geo.incidents.names import fold_all, folded
from geo.settings import TriangulationSettings

PLACE_LEVELS = ("very_near", "near", "in_reach", "same_area", "apart")
ACTOR_LEVELS = ("same", "similar", "other", "not_named")
KIND_LEVELS = ("same", "other", "not_recorded")
# What must be named alike where a place is known to an area only; a region is a part of a province or several.
AREA_OF = {"admin2": "admin2", "admin1": "admin1", "region": "admin1"}
_RINGS = (0.5, 1.0, 2.0)  # joint radii
_CROWD_KM = 25.0  # crowding is counted within this radius …
_MOST_COUNTED = 4000  # … among at most so many reports, every n-th in order of id
_SIMILAR_BY_CHANCE = 0.05  # of unrelated names
_UNIDENTIFIED = re.compile(r"(unidentified|unknown|non identifies?|inconnus?)\b.*")
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reports:
    """What is compared of ``n`` reports; numbers of a word are -1 where it is missing."""

    ids: npt.NDArray[np.object_]  # (n,)
    source: IntArray  # (n,) in alphabetical order
    lon: FloatArray  # (n,) degrees
    lat: FloatArray
    sphere_km: FloatArray  # (n, 3) position in space: no seam at the date line, a chord never longer than its arc
    radius_km: FloatArray  # (n,) NaN where distance says nothing
    needs: npt.NDArray[np.object_]  # (n,) area to be named alike, "" where the place is a point
    areas: dict[str, IntArray]  # admin1, admin2 -> (n,)
    area_share: dict[str, FloatArray]  # admin1, admin2 -> (areas,) share of reports
    crowd: FloatArray  # (n,) share of reports within _CROWD_KM
    span_days: int  # days reported about, at least ``unrelated_days``
    size: IntArray  # (sources,) reports of each
    first: IntArray  # (n,) days since 1970, inclusive
    last: IntArray
    parties: IntArray  # (n, 2) actors named
    actor_share: FloatArray  # (actors,) share of reports that name it
    spelling: sparse.csr_array  # (actors, pieces of names), rows of length 1
    kind: IntArray  # (n,) violation
    kind_share: FloatArray  # (violations,) share of reports with a violation


def prepare(reports: pd.DataFrame, parties: pd.DataFrame, settings: TriangulationSettings) -> Reports:
    """Lay out what is compared; neither table is changed, and the order of the reports does not matter.

    Parameters
    ----------
    reports
        Table under the incidents contract, ids unique.
    parties
        ``row, actor_id, name`` of the actors each report names.
    """
    precision = reports["place_precision"].astype(object)
    sphere_km = _on_sphere(reports)
    named, actors, names = _parties(reports, parties)
    areas = {level: _areas(reports, level) for level in ("admin1", "admin2")}
    kind = pd.factorize(reports["violation"], sort=True)[0].astype(np.int64)
    source = pd.factorize(reports["source"], sort=True)[0].astype(np.int64)
    first, last = (
        reports[name].to_numpy().astype("datetime64[D]").astype(np.int64) for name in ("date_start", "date_end")
    )
    reported = int(last.max() - first.min()) + 1 if len(reports) else 1
    return Reports(
        ids=reports["incident_id"].astype(str).to_numpy(dtype=object),
        source=source,
        span_days=max(reported, int(settings.unrelated_days)),
        size=np.bincount(source),
        lon=reports["longitude"].to_numpy(dtype=np.float64),
        lat=reports["latitude"].to_numpy(dtype=np.float64),
        sphere_km=sphere_km,
        radius_km=np.asarray(precision.map(settings.radius_km), dtype=np.float64),
        needs=precision.map(AREA_OF).fillna("").to_numpy(dtype=object),
        areas=areas,
        area_share={level: _shares(codes, of=len(reports)) for level, codes in areas.items()},
        crowd=_crowd(sphere_km, reports["incident_id"]),
        first=first,
        last=last,
        parties=named,
        actor_share=np.bincount(named[named >= 0], minlength=actors) / max(len(reports), 1),
        spelling=_spellings(names),
        kind=kind,
        kind_share=_shares(kind, of=int((kind >= 0).sum())),
    )


def bits(true_share: npt.ArrayLike, chance: npt.ArrayLike) -> FloatArray:
    """Weight of a level in bits."""
    return np.asarray(np.log2(np.asarray(true_share, dtype=float) / np.clip(chance, 1e-12, 1.0)))


def joint_km(known: Reports, pairs: IntArray) -> FloatArray:
    """Joint radius of each pair; NaN where distance says nothing."""
    return np.asarray(np.sqrt(np.square(known.radius_km[pairs]).sum(axis=1)))


def gap_days(known: Reports, pairs: IntArray) -> IntArray:
    """Days between the two periods of each pair; 0 where they share a day, 1 where one follows the other."""
    return np.asarray(np.maximum(known.first[pairs].max(axis=1) - known.last[pairs].min(axis=1), 0))


def apart_km(known: Reports, pairs: IntArray) -> FloatArray:
    """Distance between the two points of each pair, km."""
    one, other = pairs[:, 0], pairs[:, 1]
    return distance_km(known.lon[one], known.lat[one], known.lon[other], known.lat[other])


def place_agreement(known: Reports, pairs: IntArray, settings: TriangulationSettings) -> tuple[IntArray, FloatArray]:
    """Level (of :data:`PLACE_LEVELS`) and weight of the place of each pair."""
    joint, away = joint_km(known, pairs), apart_km(known, pairs)
    level = np.select([away <= ring * joint for ring in _RINGS], [0, 1, 2], 4)
    inner = np.array([0.0, *_RINGS])
    within = [_chance(known, pairs, joint * ring, settings) for ring in inner]
    chance = np.select([level == k for k in range(3)], [within[k + 1] - within[k] for k in range(3)], 1.0)
    weight = bits(np.array([*settings.radius_shares, 1.0, 1.0])[np.minimum(level, 3)], np.maximum(chance, 1e-9))
    for needed in ("admin2", "admin1"):
        coarse = (known.needs[pairs] == needed).any(axis=1)
        if needed == "admin2":
            coarse &= (known.needs[pairs] != "admin1").all(axis=1)
        one, other = known.areas[needed][pairs].T
        share = np.append(known.area_share[needed], 1.0)[one]
        alike = coarse & (one >= 0) & (one == other)
        differ = coarse & (one >= 0) & (other >= 0) & (one != other)
        level = np.where(alike, 3, level)
        weight = np.where(alike, bits(settings.same_area_share, share), weight)
        weight = np.where(differ, weight + bits(1.0 - settings.same_area_share, 1.0 - share), weight)
    return level, np.where(level == 4, -np.inf, weight)


def days_agreement(known: Reports, pairs: IntArray, settings: TriangulationSettings) -> FloatArray:
    """Weight of the days of each pair; minus infinity where the gap is longer than any that counts."""
    gap = gap_days(known, pairs)
    level = np.searchsorted(settings.gap_days, gap)
    overlapping = (known.last - known.first)[pairs].sum(axis=1) + 1 + 2 * settings.gap_days[0]
    shifts = np.where(level == 0, overlapping, np.append(2 * np.diff(settings.gap_days, prepend=0), 1)[level])
    weight = bits(np.array([*settings.gap_shares, 1.0])[level], shifts / known.span_days)
    return np.where(gap > settings.gap_days[-1], -np.inf, weight)


def actor_agreement(known: Reports, pairs: IntArray, settings: TriangulationSettings) -> tuple[IntArray, FloatArray]:
    """Level (of :data:`ACTOR_LEVELS`) and weight: the rarest actor shared, else the most similar spelling."""
    shared, common = np.ones(len(pairs)), np.zeros(len(pairs), dtype=bool)
    alike = np.zeros(len(pairs))
    for a, b in product((0, 1), (0, 1)):
        one, other = known.parties[pairs[:, 0], a], known.parties[pairs[:, 1], b]
        both = np.flatnonzero((one >= 0) & (other >= 0))
        same = both[one[both] == other[both]]
        shared[same] *= known.actor_share[one[same]]
        common[same] = True
        alike[both] = np.maximum(alike[both], _likeness(known.spelling, one[both], other[both]))
    named = (known.parties[pairs].max(axis=2) >= 0).all(axis=1)
    level = np.select([common, ~named, alike >= settings.similar_name_share], [0, 3, 1], 2)
    chance = np.select([level == 0, level == 1], [shared, _SIMILAR_BY_CHANCE], differing(known.actor_share))
    return level, np.where(level == 3, 0.0, bits(np.array([*settings.actor_shares, 1.0])[level], chance))


def kind_agreement(known: Reports, pairs: IntArray, settings: TriangulationSettings) -> tuple[IntArray, FloatArray]:
    """Level (of :data:`KIND_LEVELS`) and weight of the violations, where both reports name one."""
    one, other = known.kind[pairs[:, 0]], known.kind[pairs[:, 1]]
    level = np.select([(one < 0) | (other < 0), one == other], [2, 0], 1)
    chance = np.where(level == 0, np.append(known.kind_share, 1.0)[one], differing(known.kind_share))
    return level, np.where(level == 2, 0.0, bits(np.array([*settings.kind_shares, 1.0])[level], chance))


def most_bits(known: Reports, settings: TriangulationSettings) -> float:
    """Most that actor and kind together could add to place and days."""
    rarest = [shares[shares > 0].min(initial=1.0) for shares in (known.actor_share, known.kind_share)]
    actor = bits(settings.actor_shares, [rarest[0], _SIMILAR_BY_CHANCE, differing(known.actor_share)])
    kind = bits(settings.kind_shares, [rarest[1], differing(known.kind_share)])
    return max(float(actor.max()), 0.0) + max(float(kind.max()), 0.0)


def differing(shares: FloatArray) -> float:
    """Chance that two unrelated reports name different ones."""
    return 1.0 - min(float(np.square(shares).sum()), 0.99)


def _chance(known: Reports, pairs: IntArray, radius_km: FloatArray, settings: TriangulationSettings) -> FloatArray:
    """Share of unrelated reports within a radius of a pair: of an even spread, or what crowds there if that is more."""
    spread = np.square(_CROWD_KM / settings.unrelated_km)
    crowd = np.maximum(known.crowd[pairs].max(axis=1), spread)
    parts = np.square(radius_km / _CROWD_KM)
    return np.asarray(np.minimum(crowd * np.minimum(parts, 1.0) + spread * np.maximum(parts - 1.0, 0.0), 1.0))


def _on_sphere(reports: pd.DataFrame) -> FloatArray:
    lon, lat = (np.radians(reports[name].to_numpy(dtype=np.float64)) for name in ("longitude", "latitude"))
    return EARTH_RADIUS_KM * np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _crowd(sphere_km: FloatArray, ids: pd.Series) -> FloatArray:
    """Share of all reports within :data:`_CROWD_KM`, each report itself left out; counted among some of them."""
    order = np.argsort(ids.astype(str).to_numpy(dtype=object), kind="stable")
    counted = order[:: max(1, -(-len(order) // _MOST_COUNTED))]
    if len(counted) < 2:
        return np.zeros(len(sphere_km))
    around = cKDTree(sphere_km[counted]).query_ball_point(sphere_km, _CROWD_KM, return_length=True)
    itself = np.isin(np.arange(len(sphere_km)), counted)
    return np.asarray((around - itself) / len(counted), dtype=np.float64)


def _areas(reports: pd.DataFrame, level: str) -> IntArray:
    """Number of the area each report names, by country and name without case, accents and words like "province"."""
    name = fold_all(reports[level], area=True)
    within = fold_all(reports["country"])
    codes = pd.factorize(within.where(name != "", "") + "/" + name, sort=True)[0].astype(np.int64)
    return np.where(name != "", codes, -1)


def _shares(codes: IntArray, *, of: int) -> FloatArray:
    return np.bincount(codes[codes >= 0], minlength=int(codes.max(initial=-1)) + 1) / max(of, 1)


def _parties(reports: pd.DataFrame, parties: pd.DataFrame) -> tuple[IntArray, int, list[str]]:
    """First two actors each report names but for unidentified ones; how many actors there are; their folded names."""
    codes, actors = pd.factorize(parties["actor_id"], sort=True)
    first = parties.assign(code=codes).sort_values(["code", "name"]).drop_duplicates("code")["name"]
    names = [folded(str(name)) for name in first]
    spoken = np.array([_UNIDENTIFIED.fullmatch(name) is None for name in names], dtype=bool)
    kept = spoken[codes] if names else np.zeros(len(codes), dtype=bool)
    rows, codes = parties["row"].to_numpy(dtype=np.int64)[kept], codes[kept]
    side = pd.Series(rows).groupby(rows).cumcount().to_numpy()
    named = np.full((len(reports), 2), -1, dtype=np.int64)
    named[rows[side < 2], side[side < 2]] = codes[side < 2]
    return named, len(actors), names


def _spellings(names: list[str]) -> sparse.csr_array:
    """Three-letter pieces of each name as a row of length 1, so that products are cosines."""
    pieces = [sorted({f" {name} "[k : k + 3] for k in range(len(name))}) for name in names]
    codes = pd.factorize(np.array([piece for own in pieces for piece in own], dtype=object))[0]
    rows = np.repeat(np.arange(len(names)), [len(own) for own in pieces])
    length = np.sqrt([max(len(own), 1) for own in pieces])
    shape = (len(names), int(codes.max(initial=0)) + 1)
    return sparse.coo_array((1.0 / length[rows], (rows, codes)), shape=shape).tocsr()


def _likeness(spelling: sparse.csr_array, one: IntArray, other: IntArray) -> FloatArray:
    """Cosine of the pieces of paired names; each pair of names is compared once."""
    pairs, back = np.unique(np.column_stack([one, other]), axis=0, return_inverse=True)
    cosine = np.asarray(spelling[pairs[:, 0]].multiply(spelling[pairs[:, 1]]).sum(axis=1)).ravel()
    return np.asarray(cosine[back.ravel()])
