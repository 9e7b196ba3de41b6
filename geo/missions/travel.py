"""Travel between the places of a mission: minutes, exposure and visibility from each to each, and the way itself.

The first place is the base. By road every number is of one way, the cheapest for the weights asked, so that a matrix
and the way told later never differ. Nobody walks straight from place to place as in :mod:`geo.access.walking`: the
vehicles must be where the team goes on. Hours of the road are kept by the trip, not by the ways: see
:func:`geo.missions.trips.trip_of`. By air a helicopter of the base flies straight, within the range around its base.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
import shapely

from geo.access.air import helicopter_times
from geo.access.clock import closed_slots, night_slots
from geo.access.companies import Company, Conditions, team_alone, team_behind
from geo.access.escorts import Escort
from geo.access.network import Network
from geo.access.paths import Journey, Path, cheapest_paths
from geo.access.refusal import Refusal, no_escort_reason, no_way_reason, off_road_reason
from geo.access.routes import Route, describe, staying
from geo.access.segments import Passability, ban, keeps_hours, on_the_clock
from geo.access.snapping import Snapped, snap_points
from geo.crs import distance_km
from geo.missions.plans import FloatArray
from geo.model import LonLat
from geo.settings import Settings
from geo.text import Sentence

_NOISE_KM = 1e-6  # sums of kilometres carry rounding noise far below this
_SEARCHES = 2  # side by side; more only fight for memory


class Travel(Protocol):
    """Ways between places; arrays of shape ``(places, places)``, from row to column, infinity = no way."""

    @property
    def minutes(self) -> FloatArray:
        """Driving or flying time."""

    @property
    def exposure(self) -> FloatArray:
        """Unit in :mod:`geo.access.exposure`."""

    @property
    def visibility(self) -> FloatArray:
        """Checkpoints' worth of notice."""

    def way(self, one: int, other: int) -> Route:
        """The way from one place to another; there must be one."""

    def reason(self, one: int, other: int) -> Refusal | None:
        """Why there is no way; ``None`` where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """How a team goes by road."""

    exposure_weight: float = 0.0  # minutes it would accept to avoid one unit of exposure
    visibility_weight: float = 0.0  # the same of visibility
    escort: Escort | None = None
    discreet: bool = False  # in the fewest vehicles
    avoid: tuple[str, ...] = ()  # as in geo.access.segments.ban


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RoadTravel:
    """Travel by road in one company."""

    network: Network
    places: Snapped
    passability: Passability
    company: Company
    going: Going
    paths: tuple[tuple[Path | None, ...], ...]  # from row to column; None = no way, or the same place
    minutes: FloatArray
    exposure: FloatArray
    visibility: FloatArray
    max_snap_km: float

    def way(self, one: int, other: int) -> Route:
        """The driven way; nothing is driven between places with the same position."""
        path = self.paths[one][other]
        if path is None:
            assert self.minutes[one, other] == 0  # there must be a way
            return staying(LonLat(float(self.places.longitude[one]), float(self.places.latitude[one])), None)
        return describe(
            self._journey(one, other),
            path,
            self.passability,
            escort_base=None if self.going.escort is None else self.going.escort.base_id,
            exposure=path.exposure,
            timetable=None,
        )

    def reason(self, one: int, other: int) -> Refusal | None:
        """Why there is no way; ``None`` where there is one."""
        if np.isfinite(self.minutes[one, other]):
            return None
        off_road = off_road_reason(self.network, self.places.take([one, other]), max_snap_km=self.max_snap_km)
        if off_road is not None:
            return off_road
        if self.going.escort is not None:
            return no_escort_reason([self.going.escort], self.places.take([one]))
        return no_way_reason(self._journey(one, other), self.going.avoid)

    def closed_slots(self, settings: Settings) -> int:
        """Half-hours, as bits, in which a curfew or the daylight rule closes a stretch of any of the ways."""
        paths = [path for row in self.paths for path in row if path is not None]
        driven = np.unique(np.concatenate([path.segment for path in paths])) if paths else np.empty(0, dtype=np.int64)
        held = self.passability.hindrances.in_force
        kept = held.loc[keeps_hours(held) & held["segment"].isin(driven).to_numpy(dtype=bool)]
        mask = 0
        for hours in kept["hours"]:
            mask |= closed_slots(hours) if isinstance(hours, str) else night_slots(settings.daylight)
        return mask

    def _journey(self, one: int, other: int) -> Journey:
        return _journey(self.network, self.places, self.company, (one, other))


def road_travel(
    network: Network, lonlat: FloatArray, conditions: Conditions, going: Going, *, settings: Settings
) -> RoadTravel:
    """Find the ways between places, one search from each.

    Parameters
    ----------
    lonlat
        Places in degrees, shape ``(places, 2)``, the base first; up to some 25.
    conditions
        Its landmarks and escorts are not used.
    """
    passability = on_the_clock(ban(conditions.passability, network, going.avoid))
    company = _company(network, replace(conditions, passability=passability), going, settings=settings)
    places = snap_points(
        network, lonlat[:, 0], lonlat[:, 1], settings=settings.network, open_segments=passability.open_segments
    )
    weights = (1.0, going.exposure_weight, going.visibility_weight)
    same = (lonlat[:, None] == lonlat).all(axis=2)

    def ways_from(one: int) -> tuple[Path | None, ...]:
        wanted = np.flatnonzero(places.on_road & ~same[one]) if places.on_road[one] else np.empty(0, dtype=np.int64)
        journeys = [_journey(network, places, company, (one, int(other))) for other in wanted]
        found = dict(zip(wanted.tolist(), cheapest_paths(journeys, weights), strict=True))
        return tuple(found.get(other) for other in range(len(lonlat)))

    with ThreadPoolExecutor(_SEARCHES) as pool:
        paths = tuple(pool.map(ways_from, range(len(lonlat))))
    return RoadTravel(
        network=network,
        places=places,
        passability=passability,
        company=company,
        going=going,
        paths=paths,
        minutes=_table(paths, same, lambda path: path.time_min),
        exposure=_table(paths, same, lambda path: path.exposure),
        visibility=_table(paths, same, lambda path: path.visibility),
        max_snap_km=settings.network.max_snap_km,
    )


def _company(network: Network, conditions: Conditions, going: Going, *, settings: Settings) -> Company:
    """The team behind its escort or alone; in fewer vehicles it is noticed less."""
    if going.escort is not None:
        return team_behind(going.escort, network, conditions, settings=settings)
    alone = team_alone(conditions)
    if not going.discreet:
        return alone
    vehicles = min(1.0, settings.teams.discreet_most_vehicles / settings.visibility.team_vehicles)
    return replace(alone, visibility=alone.visibility * vehicles)


def _journey(network: Network, places: Snapped, company: Company, ends: tuple[int, int]) -> Journey:
    return Journey(
        network=network,
        origin=places.take([ends[0]]),
        destination=places.take([ends[1]]),
        minutes=company.minutes,
        exposure=company.exposure,
        visibility=company.visibility,
    )


def _table(paths: tuple[tuple[Path | None, ...], ...], same: np.ndarray, value: Callable[[Path], float]) -> FloatArray:
    """One number of each way; 0 between places with the same position."""
    numbers = [[np.inf if path is None else value(path) for path in row] for row in paths]
    return np.where(same, 0.0, np.array(numbers, dtype=np.float64).reshape(same.shape))


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class AirTravel:
    """Travel by helicopter; exposure and visibility count the road only, so they are 0."""

    lonlat: FloatArray
    minutes: FloatArray
    range_km: float  # 0 = the base has no helipad
    by_base: bool = False  # between two other places it comes down at the base and is fuelled

    @property
    def through_base(self) -> "AirTravel":
        """The same helicopters where every flight between two other places goes through the base."""
        minutes = self.minutes[:, :1] + self.minutes[:1, :]
        minutes[0], minutes[:, 0] = self.minutes[0], self.minutes[:, 0]
        np.fill_diagonal(minutes, 0.0)
        return replace(self, minutes=minutes, by_base=True)

    def stays_in_range(self, flights: Sequence[tuple[int, int]]) -> bool:
        """Whether flights from place to place, in order, are never too long between two stays at the base.

        Too long is more than there and back at the range.
        """
        flown_km = 0.0
        for one, other in flights:
            for start, end in ((one, 0), (0, other)) if self._fuelled(one, other) else ((one, other),):
                flown_km += self._away_km(start, end)
                if flown_km > 2 * self.range_km + _NOISE_KM:
                    return False
                flown_km = flown_km if end else 0.0
        return True

    def _fuelled(self, one: int, other: int) -> bool:
        """Whether a flight comes down at the base on its way."""
        return self.by_base and one != other and one != 0 != other

    def _away_km(self, one: int, other: int) -> float:
        return float(_away_km(self.lonlat[[one]], self.lonlat[other])[0])

    def _flown_km(self, one: int, other: int) -> float:
        if self._fuelled(one, other):
            return self._away_km(one, 0) + self._away_km(0, other)
        return self._away_km(one, other)

    @property
    def exposure(self) -> FloatArray:
        """Nothing is met on the road."""
        return np.where(np.isfinite(self.minutes), 0.0, np.inf)

    @property
    def visibility(self) -> FloatArray:
        """No checkpoint is passed."""
        return self.exposure

    def way(self, one: int, other: int) -> Route:
        """The straight flight; there must be one."""
        flight = staying(LonLat(*map(float, self.lonlat[one])), None)
        if one == other:
            return flight
        fuelled = self._fuelled(one, other)
        return replace(
            flight,
            time_min=float(self.minutes[one, other]),
            length_km=self._flown_km(one, other),
            warnings=(
                Sentence("warning_helicopter"),
                *((Sentence("warning_fuel"),) if fuelled else ()),
            ),
            geometry=shapely.LineString(self.lonlat[[one, 0, other] if fuelled else [one, other]]),
        )

    def reason(self, one: int, other: int) -> Refusal | None:
        """Why there is no flight; ``None`` where there is one."""
        if np.isfinite(self.minutes[one, other]):
            return None
        if self.range_km == 0:
            why = "the base has no helipad; choose another base"
        elif (away_km := _away_km(self.lonlat[[one, other]], self.lonlat[0]).max()) <= self.range_km:
            round_km = self._away_km(0, one) + self._away_km(one, other) + self._away_km(other, 0)
            why = f"{round_km:.0f} km around both from the base, more than twice the {self.range_km:g} km of the range"
        else:
            why = f"{away_km:.0f} km from the base, more than the {self.range_km:g} km its helicopters fly"
        return Refusal(named=why, plain=why)


def air_travel(base: pd.DataFrame, lonlat: FloatArray, *, settings: Settings) -> AirTravel:
    """Fly between places by the helicopters of one base; a place at exactly the range is reached.

    A flight between two other places is one only where a round from the base over both is no longer than there and
    back at the range. Several in a row may still be too long together: see :meth:`AirTravel.stays_in_range`.

    Parameters
    ----------
    base
        One row as :func:`geo.access.bases.bases_as_of` gives it.
    lonlat
        Places in degrees, shape ``(places, 2)``, the base first.
    """
    within = np.isfinite(helicopter_times(base, lonlat, settings=settings)[0])
    away_km = np.stack([_away_km(lonlat, place) for place in lonlat])
    minutes = settings.modes.air_setup_min + 60.0 * away_km / settings.modes.air_speed_kph
    range_km = base["helicopter_range_km"].astype("Float64").fillna(settings.modes.air_range_km).iloc[0]
    able = bool(base["helipad"].fillna(value=False).iloc[0])
    round_km = away_km[0][:, None] + away_km + away_km[0]
    minutes = np.where(within[:, None] & within & (round_km <= 2 * float(range_km) + _NOISE_KM), minutes, np.inf)
    np.fill_diagonal(minutes, 0.0)
    return AirTravel(lonlat=lonlat, minutes=minutes, range_km=float(range_km) if able else 0.0)


def flight_days(base: pd.Series, *, settings: Settings) -> tuple[str, ...]:
    """Days of the week on which a base flies, mon to sun; as set where its record does not tell."""
    told = base["flight_days"]
    return tuple(told.split(";")) if isinstance(told, str) and told else settings.air.flight_days


def _away_km(lonlat: FloatArray, place: FloatArray) -> FloatArray:
    lon, lat = (np.full(len(lonlat), float(value)) for value in place)
    return np.asarray(distance_km(lonlat[:, 0], lonlat[:, 1], lon, lat))
