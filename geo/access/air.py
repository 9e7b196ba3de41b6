"""Air: helicopters straight from their base, airplanes from airfield to airfield and then on by road.

A helicopter lands at the target itself; an airplane needs a runway at both ends, and from the last one a team may also
walk straight. Minutes are block times of
``config.toml``; on which days a base flies does not change them and is told beside them.
"""

import datetime as dt
import re

import numpy as np
import pandas as pd

from geo.access.hindrances import last_days
from geo.access.kernels import BoolArray, FloatArray
from geo.access.network import Network
from geo.access.walking import team_times_each
from geo.crs import distance_km
from geo.model import Season
from geo.settings import AirSettings, Settings

# Surface words of OurAirports that carry an airplane in the wet season (asphalt, concrete, bitumen, tarmac, partly
# concrete). A surface all of whose words are among them is paved; any other, and an unknown one, is not.
PAVED_SURFACES = frozenset(
    {"ASP", "ASPH", "ASPHALT", "CON", "CONC", "CONCRETE", "BIT", "BITUMEN", "TAR", "TARMAC", "PAVED", "PEM"}
)
CLOSED_KIND = "airstrip_closed"
# Nobody drives on for longer than a day after a flight; times beyond are not sought.
_DRIVE_ON_MIN = 1440.0


def usable_airfields(
    airports: pd.DataFrame, constraints: pd.DataFrame, *, as_of: dt.date, season: Season, settings: Settings
) -> pd.DataFrame:
    """Airfields an airplane can use on a day: ``airport_id``, ``longitude``, ``latitude``.

    Left out are closed ones, those whose longest runway is shorter than set or not known, unpaved ones in the wet
    season unless the settings allow them, and those near a place reported as closed that day (exactly at the
    distance counts).

    Parameters
    ----------
    airports, constraints
        Tables under the contracts ``AIRPORTS`` and ``CONSTRAINTS``, all days.
    """
    rules = settings.air
    length = airports["runway_length_m"].to_numpy(dtype=float, na_value=np.nan)
    usable = ~airports["closed"].fillna(value=True).to_numpy(dtype=bool) & (length >= rules.runway_least_m)
    if season == Season.WET and not rules.unpaved_in_wet_season:
        words = [set(re.findall("[A-Z]+", text)) for text in airports["surface"].fillna("").str.upper()]
        usable &= np.array([bool(held) and held <= PAVED_SURFACES for held in words], dtype=bool)
    shut = _closures(constraints, as_of=as_of, settings=settings)
    lon, lat = (airports[name].to_numpy(dtype=float) for name in ("longitude", "latitude"))
    for shut_lon, shut_lat in shut:
        away_km = distance_km(lon, lat, np.full(len(lon), shut_lon), np.full(len(lat), shut_lat))
        usable &= away_km > rules.closure_near_km
    return airports.loc[usable, ["airport_id", "longitude", "latitude"]].reset_index(drop=True)


def _closures(constraints: pd.DataFrame, *, as_of: dt.date, settings: Settings) -> FloatArray:
    """Places reported as closed airstrips that day, shape ``(n, 2)``."""
    told = constraints.loc[constraints["kind"].eq(CLOSED_KIND).fillna(value=False).to_numpy(dtype=bool)]
    day = pd.Timestamp(as_of)
    since = told["valid_from"].fillna(told["reported_on"])
    held = told.loc[(since <= day) & (last_days(told, settings=settings) >= day)]
    return held[["longitude", "latitude"]].dropna().to_numpy(dtype=float)


def helicopter_times(bases: pd.DataFrame, lonlat: FloatArray, *, settings: Settings) -> FloatArray:
    """Minutes from each base with a helipad straight to each target, shape ``(bases, targets)``.

    Infinity beyond the range; a target at exactly the range is reached. A base whose range is not recorded has the
    set one.
    """
    modes = settings.modes
    able = bases["helipad"].fillna(value=False).to_numpy(dtype=bool)
    range_km = bases["helicopter_range_km"].to_numpy(dtype=float, na_value=np.nan)
    range_km = np.where(np.isnan(range_km), modes.air_range_km, range_km)
    away_km = _apart_km(bases[["longitude", "latitude"]].to_numpy(dtype=float), lonlat)
    reached = (away_km <= range_km[:, None]) & able[:, None]
    return np.where(reached, modes.air_setup_min + 60.0 * away_km / modes.air_speed_kph, np.inf)


def airplane_times(
    network: Network,
    bases: pd.DataFrame,
    airfields: pd.DataFrame,
    lonlat: FloatArray,
    *,
    minutes: FloatArray,
    settings: Settings,
) -> FloatArray:
    """Minutes from each base with an airstrip by airplane and road to each target, shape ``(bases, targets)``.

    A base flies from the usable airfields near it; the road goes on from whichever airfield is best, not back from
    the one the airplane left.

    Parameters
    ----------
    airfields
        As :func:`usable_airfields` gives them.
    minutes
        Of each arc for a vehicle alone, shape ``(segments, 2)``.
    """
    times = np.full((len(bases), len(lonlat)), np.inf)
    fields = airfields[["longitude", "latitude"]].to_numpy(dtype=float)
    from_field = _own_fields(bases, fields, rules=settings.air)
    if not from_field.any():
        return times
    onward = team_times_each(
        network, fields, lonlat, minutes=minutes, settings=settings.network, limit_min=_DRIVE_ON_MIN
    )
    flight = _flight_times(fields, rules=settings.air)
    for base in np.flatnonzero(from_field.any(axis=1)):
        landed = flight[from_field[base]].min(axis=0)
        times[base] = np.where(np.isinf(landed)[:, None], np.inf, landed[:, None] + onward).min(axis=0)
    return times


def _own_fields(bases: pd.DataFrame, fields: FloatArray, *, rules: AirSettings) -> BoolArray:
    """Which airfields each base flies from, shape ``(bases, airfields)``."""
    able = bases["airstrip"].fillna(value=False).to_numpy(dtype=bool)
    away_km = _apart_km(bases[["longitude", "latitude"]].to_numpy(dtype=float), fields)
    return np.asarray((away_km <= rules.airfield_near_base_km) & able[:, None])


def _flight_times(fields: FloatArray, *, rules: AirSettings) -> FloatArray:
    """Minutes of a flight between airfields, shape ``(airfields, airfields)``; none to the one it leaves."""
    away_km = _apart_km(fields, fields)
    minutes = rules.fixed_wing_setup_min + 60.0 * away_km / rules.fixed_wing_speed_kph
    return np.where((away_km <= rules.fixed_wing_range_km) & (away_km > 0), minutes, np.inf)


def _apart_km(here: FloatArray, there: FloatArray) -> FloatArray:
    """Great-circle distances between two lists of places, shape ``(here, there)``."""
    one, other = np.repeat(here, len(there), axis=0), np.tile(there, (len(here), 1))
    apart = distance_km(one[:, 0], one[:, 1], other[:, 0], other[:, 1])
    return np.asarray(apart).reshape(len(here), len(there))
