"""Reach: how long from each base to each target, by one access mode, and which base is nearest.

Modes: a team alone by road, or straight on foot where that is quicker; behind an escort, which walks nowhere but to
the road, within the radius and the pace of the base's convoys; by air; by road
from the bases of partners; by word of a community alert network. A target at exactly the limit is covered; one at a
base's own place takes no time by road; what is not reached is never covered.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.air import airplane_times, helicopter_times
from geo.access.driving import drive_times_each
from geo.access.escorts import can_escort, escorted_minutes, escorts_on
from geo.access.kernels import NOWHERE, BoolArray, FloatArray, IntArray
from geo.access.network import Network
from geo.access.segments import Passability
from geo.access.walking import team_times, team_times_each
from geo.crs import distance_km
from geo.errors import UnknownRecordError
from geo.model import AccessMode, ReachRequest
from geo.settings import Settings

# Sums of minutes carry rounding noise far below this; the limit is inclusive in spite of it.
LIMIT_TOLERANCE_MIN = 1e-6
PARTNER_ORGANISATIONS = ("un_agency", "ingo", "national_ngo")
ROAD_MODES = (AccessMode.UNESCORTED, AccessMode.PARTNER)  # a vehicle alone; they differ in who sets out
ROAD, FOOT, HELICOPTER, AIRPLANE, WORD = "road", "foot", "helicopter", "airplane", "word"
_KNOWN_SHOWN = 8


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Ways:
    """What there is to go by on a day."""

    network: Network
    passability: Passability
    airfields: pd.DataFrame  # usable that day, see geo.access.air.usable_airfields


def within_limit(time_min: FloatArray, limit_min: float) -> BoolArray:
    """Tell what is covered; exactly at the limit is covered."""
    return np.asarray(time_min <= limit_min + LIMIT_TOLERANCE_MIN)


def reach(
    ways: Ways, bases: pd.DataFrame, targets: pd.DataFrame, request: ReachRequest, *, settings: Settings
) -> pd.DataFrame:
    """Find the nearest base and its time for each target, beyond the limit too.

    Parameters
    ----------
    bases
        Open bases as :func:`geo.access.bases.bases_as_of` gives them.
    targets
        Any frame with ``longitude`` and ``latitude`` in degrees.

    Returns
    -------
    DataFrame
        Index of ``targets``; ``time_min`` (infinity = not reached), ``nearest_base`` (smallest id on a tie,
        missing = not reached), ``how`` (road, foot, helicopter, airplane, word; missing = not reached), ``covered``.

    Raises
    ------
    UnknownRecordError
        When the request names a base that is not among ``bases``.
    RequestError
        When the passability is of another season or vehicle than the request.
    """
    ways.passability.check_matches(request.season, request.vehicle)
    chosen, lonlat = serving_bases(bases, request), _lonlat(targets)
    if request.mode in ROAD_MODES:
        time_min, base, on_foot = team_times(
            ways.network, _lonlat(chosen), lonlat, minutes=ways.passability.minutes, settings=settings.network
        )
        how = np.where(on_foot, FOOT, np.full(len(lonlat), ROAD, dtype=object))
    else:
        times, by = _times(ways, chosen, lonlat, request, settings=settings)
        time_min, base, how = _nearest(times, by)
    reached = base != NOWHERE
    return pd.DataFrame(
        {
            "time_min": time_min,
            "nearest_base": chosen["base_id"].astype("string").array.take(base, allow_fill=True),
            "how": pd.Series(how, dtype="string").where(reached).array,
            "covered": within_limit(time_min, request.limit_min),
        },
        index=targets.index,
    )


def reach_each(
    ways: Ways, bases: pd.DataFrame, targets: pd.DataFrame, request: ReachRequest, *, settings: Settings
) -> pd.DataFrame:
    """What each base covers by itself: ``base_id``, ``target`` (position in ``targets``), ``time_min``.

    One row per base and target within the limit, exactly at it included; by base, then target. Parameters and
    errors as :func:`reach`.
    """
    ways.passability.check_matches(request.season, request.vehicle)
    chosen, lonlat = serving_bases(bases, request), _lonlat(targets)
    if request.mode in ROAD_MODES:
        times = team_times_each(
            ways.network,
            _lonlat(chosen),
            lonlat,
            minutes=ways.passability.minutes,
            settings=settings.network,
            limit_min=request.limit_min + LIMIT_TOLERANCE_MIN,
        )
    else:
        times, _ = _times(ways, chosen, lonlat, request, settings=settings)
    base, target = np.nonzero(within_limit(times, request.limit_min))
    return pd.DataFrame(
        {"base_id": chosen["base_id"].to_numpy()[base], "target": target, "time_min": times[base, target]}
    )


def times_each(
    ways: Ways, bases: pd.DataFrame, targets: pd.DataFrame, request: ReachRequest, *, settings: Settings
) -> list[tuple[str, FloatArray]]:
    """Minutes from each base to each target by each way of the mode, beyond the limit too.

    Parameters
    ----------
    bases
        Such as offer the mode, see :func:`serving_bases`; none is left out.

    Returns
    -------
    list
        ``(how, minutes)``, minutes of shape ``(bases, targets)``, infinity = not reached that way; by road or straight
        on foot, whichever is quicker, is one way.
    """
    ways.passability.check_matches(request.season, request.vehicle)
    lonlat = _lonlat(targets)
    if request.mode not in ROAD_MODES:
        return _times(ways, bases, lonlat, request, settings=settings)[1]
    minutes = ways.passability.minutes
    found = team_times_each(ways.network, _lonlat(bases), lonlat, minutes=minutes, settings=settings.network)
    return [(ROAD, found)]


def serving_bases(bases: pd.DataFrame, request: ReachRequest) -> pd.DataFrame:
    """Bases the request names (all when none) that have what its mode needs, by id.

    Raises
    ------
    UnknownRecordError
        Naming the unknown ids and some known ones.
    """
    known = bases.sort_values("base_id", kind="stable").drop_duplicates("base_id")
    check_known(request.base_ids, known["base_id"], day=str(request.as_of))
    if request.base_ids:
        known = known.loc[known["base_id"].isin(request.base_ids)]
    return known.loc[_able(known, request.mode)].reset_index(drop=True)


def check_known(base_ids: tuple[str, ...], known: pd.Series, *, day: str) -> None:
    """Raise :class:`UnknownRecordError` unless every id is an open base's."""
    unknown = sorted(set(base_ids) - set(known))
    if unknown:
        some = sorted(map(str, known))[:_KNOWN_SHOWN]
        raise UnknownRecordError(
            f"no base {', '.join(map(repr, unknown))} is open on {day}; open bases: "
            + (", ".join(some) + (", …" if len(known) > len(some) else "") if some else "none")
        )


def _able(bases: pd.DataFrame, mode: AccessMode) -> BoolArray:
    """Which bases have what an access mode needs; an unknown capability is none."""

    def has(column: str) -> BoolArray:
        return bases[column].fillna(value=False).to_numpy(dtype=bool)

    if mode == AccessMode.ESCORTED:
        return can_escort(bases)
    if mode == AccessMode.AIR:
        return has("helipad") | has("airstrip")
    if mode == AccessMode.PARTNER:
        return bases["organisation_type"].isin(PARTNER_ORGANISATIONS).to_numpy(dtype=bool) | has("hosts_partners")
    if mode == AccessMode.ALERT:
        return has("alert_hub")
    return np.ones(len(bases), dtype=bool)


def _lonlat(places: pd.DataFrame) -> FloatArray:
    return places[["longitude", "latitude"]].to_numpy(dtype=float)


def _times(
    ways: Ways, bases: pd.DataFrame, lonlat: FloatArray, request: ReachRequest, *, settings: Settings
) -> tuple[FloatArray, list[tuple[str, FloatArray]]]:
    """Minutes from each base to each target, shape ``(bases, targets)``, and the same by each way of going."""
    if request.mode == AccessMode.ESCORTED:
        by = [(ROAD, _escorted_times(ways, bases, lonlat, request, settings=settings))]
    elif request.mode == AccessMode.ALERT:
        by = [(WORD, _word_times(bases, lonlat, settings=settings))]
    else:
        flown = airplane_times(
            ways.network, bases, ways.airfields, lonlat, minutes=ways.passability.minutes, settings=settings
        )
        by = [(HELICOPTER, helicopter_times(bases, lonlat, settings=settings)), (AIRPLANE, flown)]
    return np.minimum.reduce([times for _, times in by]), by


def _nearest(times: FloatArray, by: list[tuple[str, FloatArray]]) -> tuple[FloatArray, IntArray, np.ndarray]:
    """Minutes of the nearest base, which base (the first on a tie), and how."""
    if not len(times):
        nowhere = np.full(times.shape[1], NOWHERE, dtype=np.int64)
        return np.full(times.shape[1], np.inf), nowhere, np.full(times.shape[1], None, dtype=object)
    base, target = times.argmin(axis=0), np.arange(times.shape[1])
    time_min = times[base, target]
    how = np.full(len(target), None, dtype=object)
    for name, of_way in reversed(by):
        how[of_way[base, target] == time_min] = name
    return time_min, np.where(np.isfinite(time_min), base, NOWHERE), how


def _escorted_times(
    ways: Ways, bases: pd.DataFrame, lonlat: FloatArray, request: ReachRequest, *, settings: Settings
) -> FloatArray:
    """Minutes behind each base's escort, infinity beyond its radius; exactly at the radius is reached."""
    times = np.full((len(bases), len(lonlat)), np.inf)
    row = {base_id: number for number, base_id in enumerate(bases["base_id"])}
    escorts = escorts_on(bases, day=request.as_of, settings=settings)
    for speed_kph in sorted({escort.speed_kph for escort in escorts}):
        alike = [escort for escort in escorts if escort.speed_kph == speed_kph]
        radius_min = np.array([60.0 * escort.radius_hours + LIMIT_TOLERANCE_MIN for escort in alike])
        found = drive_times_each(
            ways.network,
            np.array([[escort.longitude, escort.latitude] for escort in alike]),
            lonlat,
            minutes=escorted_minutes(ways.network, ways.passability, speed_kph=speed_kph, settings=settings),
            settings=settings.network,
            limit_min=float(radius_min.max()),
        )
        within = np.where(found <= radius_min[:, None], found, np.inf)
        times[[row[escort.base_id] for escort in alike]] = within
    return times


def _word_times(bases: pd.DataFrame, lonlat: FloatArray, *, settings: Settings) -> FloatArray:
    """Minutes of word by foot and phone, infinity beyond the network's radius; exactly at the radius is reached."""
    modes, times = settings.modes, np.full((len(bases), len(lonlat)), np.inf)
    for number, (lon, lat) in enumerate(_lonlat(bases)):
        away_km = distance_km(lonlat[:, 0], lonlat[:, 1], np.full(len(lonlat), lon), np.full(len(lonlat), lat))
        heard = away_km <= modes.alert_radius_km
        times[number, heard] = 60.0 * away_km[heard] / modes.alert_kph
    return times
