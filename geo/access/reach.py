"""Reach: how long from the nearest base to each target, by one access mode.

Road modes search once from all bases together, then add the way off the road. Air and alert are
straight lines. A target at exactly the limit is covered; one at a base's own place takes no time.
"""

import numpy as np
import pandas as pd

from geo.access.driving import drive_times
from geo.access.kernels import NOWHERE, BoolArray, FloatArray, IntArray
from geo.access.network import Network
from geo.access.segments import Passability
from geo.crs import distance_km
from geo.errors import UnknownRecordError
from geo.model import AccessMode, ReachRequest
from geo.settings import Settings

# Sums of minutes carry rounding noise far below this; the limit is inclusive in spite of it.
LIMIT_TOLERANCE_MIN = 1e-6
PARTNER_ORGANISATIONS = ("un_agency", "ingo", "national_ngo")
_KNOWN_SHOWN = 8


def within_limit(time_min: FloatArray, limit_min: float) -> BoolArray:
    """Tell what is covered; exactly at the limit is covered."""
    return np.asarray(time_min <= limit_min + LIMIT_TOLERANCE_MIN)


def reach(
    network: Network,
    bases: pd.DataFrame,
    targets: pd.DataFrame,
    request: ReachRequest,
    *,
    passability: Passability,
    settings: Settings,
) -> pd.DataFrame:
    """Find the nearest base and its time for each target.

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
        missing = not reached), ``covered``.

    Raises
    ------
    UnknownRecordError
        When the request names a base that is not among ``bases``.
    RequestError
        When the passability is of another season or vehicle than the request.
    """
    passability.check_matches(request.season, request.vehicle)
    chosen = serving_bases(bases, request)
    lon, lat = (targets[name].to_numpy(dtype=float) for name in ("longitude", "latitude"))
    if request.mode in (AccessMode.AIR, AccessMode.ALERT):
        time_min, base = _fly(chosen, lon, lat, mode=request.mode, settings=settings)
    else:
        minutes = passability.minutes
        if request.mode == AccessMode.ESCORTED:
            minutes = passability.escorted_min(settings.modes.escort_speed_share)
        at = chosen[["longitude", "latitude"]].to_numpy(dtype=float)
        places = np.column_stack([lon, lat])
        time_min, base = drive_times(network, at, places, minutes=minutes, settings=settings.network)
    names = chosen["base_id"].astype("string").array.take(base, allow_fill=True)
    return pd.DataFrame(
        {"time_min": time_min, "nearest_base": names, "covered": within_limit(time_min, request.limit_min)},
        index=targets.index,
    )


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
        slots = bases["escort_slots_per_week"].to_numpy(dtype=float, na_value=np.nan)
        return np.asarray((slots > 0) | (np.isnan(slots) & has("escort_possible")))
    if mode == AccessMode.AIR:
        return has("helipad") | has("airstrip")
    if mode == AccessMode.PARTNER:
        return bases["organisation_type"].isin(PARTNER_ORGANISATIONS).to_numpy(dtype=bool) | has("hosts_partners")
    if mode == AccessMode.ALERT:
        return has("alert_hub")
    return np.ones(len(bases), dtype=bool)


def _fly(
    bases: pd.DataFrame, lon: FloatArray, lat: FloatArray, *, mode: AccessMode, settings: Settings
) -> tuple[FloatArray, IntArray]:
    """Straight-line time and nearest base; a target at exactly the range is reached."""
    modes = settings.modes
    if mode == AccessMode.AIR:
        range_km, speed_kph, setup_min = modes.air_range_km, modes.air_speed_kph, modes.air_setup_min
    else:
        range_km, speed_kph, setup_min = modes.alert_radius_km, modes.alert_kph, 0.0
    nearest_km, base = np.full(len(lon), np.inf), np.full(len(lon), NOWHERE, dtype=np.int64)
    positions = bases[["longitude", "latitude"]].to_numpy(dtype=float)
    for number, (base_lon, base_lat) in enumerate(positions):
        away_km = distance_km(lon, lat, np.full(len(lon), base_lon), np.full(len(lon), base_lat))
        closer = (away_km < nearest_km) & (away_km <= range_km)
        nearest_km[closer], base[closer] = away_km[closer], number
    return setup_min + 60.0 * nearest_km / speed_kph, base
