"""Passability: minutes per arc for a season, a vehicle and a day, from the living record of each segment.

The record of a segment is what its road file states (:mod:`geo.access.speeds`), what was last seen of it
(:mod:`geo.access.road_reports`) and the constraints on it (:mod:`geo.access.hindrances`). All of it costs minutes and
nothing closes a road silently: a stretch called impassable costs the delay set for that and is flagged, so a bad
only road still is a way. An arc is closed only by a ban that was asked for, see :func:`ban`.
"""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.access.hindrances import Hindrances, place_hindrances, place_on_roads
from geo.access.kernels import BoolArray, FloatArray, IntArray
from geo.access.network import Network
from geo.access.road_reports import last_seen, reports_on_roads
from geo.access.speeds import DriveMinutes, drive_minutes
from geo.access.stretches import AGAINST, ALONG, BOTH, Stretches
from geo.errors import RequestError
from geo.model import Season
from geo.schema import CONSTRAINTS, ROAD_REPORTS
from geo.settings import Settings

# Constraints that a report of somebody who passed later speaks against; that men or mines are gone no passage shows.
_PASSING_ENDS = frozenset({"bridge_out", "flooded", "impassable"})
_ESCORT_RULE = "escort_required"
CONTRADICTED = "passed since"
AnyValue = TypeVar("AnyValue", bound=np.generic)
# When a segment is called slow or difficult; README, assumption 11.
SLOW_KPH, HARD_KPH, HARD_DELAY_MIN = 20.0, 10.0, 60.0
UNKNOWN = "unknown"
_MOST_SEEN = 16
# Words of a ban beside the kinds of constraints.
BAN_WORDS = ("impassable_recorded", "ferry")
_BAN_PREFIXES = ("road:", "segment:")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Sightings:
    """Reports with their segments, and what was last seen according to them."""

    reports: pd.DataFrame
    seen_on: Stretches
    settings: Settings
    _seen: dict[tuple[dt.date, str], pd.DataFrame] = field(default_factory=dict)  # by day and vehicle

    def rests_on(self, network: Network, reports: pd.DataFrame, settings: Settings) -> bool:
        """Whether it would be found again just so."""
        return self.seen_on.network is network and self.settings == settings and self.reports.equals(reports)

    def last_seen(self, as_of: dt.date, vehicle: str) -> pd.DataFrame:
        """What was last seen of each segment; the same for every season, so made once for a day and vehicle."""
        found = self._seen.get((as_of, vehicle))
        if found is None:
            found = last_seen(self.seen_on, self.reports, as_of=as_of, vehicle=vehicle, settings=self.settings)
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            self._seen[as_of, vehicle] = found
        return found


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RoadRecords:
    """Constraints and reports with their segments: the part of a passability that no day, season or vehicle changes."""

    constraints: pd.DataFrame
    hindered: Stretches
    sightings: Sightings


def road_records(
    network: Network,
    constraints: pd.DataFrame | None = None,
    reports: pd.DataFrame | None = None,
    *,
    settings: Settings,
    before: RoadRecords | None = None,
) -> RoadRecords:
    """Find the segments of constraints and reports.

    Parameters
    ----------
    constraints, reports
        Tables under the contracts ``CONSTRAINTS`` and ``ROAD_REPORTS``, all days; ``None`` = none known.
    before
        What was found before an edit: records that still lie where they lay keep their segments. The result is the
        same as without, only sooner; of another network or other settings nothing is kept.
    """
    held = CONSTRAINTS.empty() if constraints is None else constraints
    seen = ROAD_REPORTS.empty() if reports is None else reports
    return RoadRecords(
        constraints=held,
        hindered=place_on_roads(network, held, settings=settings, before=None if before is None else before.hindered),
        sightings=_sightings(network, seen, settings=settings, before=None if before is None else before.sightings),
    )


def _sightings(network: Network, reports: pd.DataFrame, *, settings: Settings, before: Sightings | None) -> Sightings:
    """Reports on their segments; what was last seen is kept only while no report and no setting changed."""
    if before is not None and before.rests_on(network, reports, settings):
        return before
    known = None if before is None else before.seen_on
    seen_on = reports_on_roads(network, reports, settings=settings, before=known)
    return Sightings(reports=reports, seen_on=seen_on, settings=settings)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Passability:
    """Travel time of every arc under one set of conditions."""

    season: Season
    vehicle: str
    as_of: dt.date
    speeds: DriveMinutes  # what the road file and config.toml say
    hindrances: Hindrances  # constraints on their arcs, in force or not, and those on no known road
    seen: pd.DataFrame  # what was last seen, see geo.access.road_reports.last_seen
    impassable: BoolArray  # shape (segments, 2): recorded or last seen as not passable; costs delays_min.impassable
    slower_min: FloatArray  # shape (segments, 2): added where last seen as difficult
    delay_min: FloatArray  # shape (segments, 2): of constraints and of what is impassable; no waiting for an escort
    escort_wait_min: FloatArray  # shape (segments, 2): what a team without the escort demanded is set to lose
    minutes: FloatArray  # shape (segments, 2): one vehicle alone, all of it; infinity = banned

    @property
    def segments(self) -> int:
        """How many segments there are."""
        return len(self.minutes)

    @property
    def open_arcs(self) -> BoolArray:
        """Which arcs may be driven, shape ``(segments, 2)``."""
        return np.asarray(np.isfinite(self.minutes))

    @property
    def open_segments(self) -> BoolArray:
        """Which segments may be driven one way at least."""
        return np.asarray(self.open_arcs.any(axis=1))

    @property
    def checkpoints(self) -> IntArray:
        """Number of checkpoints in force on each segment."""
        held = self.hindrances.in_force
        at = held.loc[held["kind"].eq("checkpoint"), "segment"].to_numpy(dtype=np.int64)
        return np.bincount(at, minlength=self.segments)

    @property
    def alone_delay_min(self) -> FloatArray:
        """All that is added to the drive of one vehicle alone, shape ``(segments, 2)``."""
        return np.asarray(self.slower_min + self.delay_min + self.escort_wait_min)

    def check_matches(self, season: Season, vehicle: str) -> None:
        """Raise :class:`RequestError` unless these minutes are of the season and vehicle asked."""
        if (season, vehicle) != (self.season, self.vehicle):
            raise RequestError(
                f"asked for {vehicle!r} in the {season} season, but the minutes are of {self.vehicle!r} "
                f"in the {self.season} season; assess passability for the request"
            )


def assess_passability(
    network: Network,
    *,
    season: Season,
    vehicle: str,
    as_of: dt.date,
    settings: Settings,
    known: RoadRecords | None = None,
) -> Passability:
    """Give each arc its minutes.

    Parameters
    ----------
    as_of
        Day of travel.
    known
        Constraints and reports of the roads; ``None`` = none.

    Raises
    ------
    RequestError
        When no speed share is set for the vehicle.
    SettingsError
        When speeds or the delay of a constraint's kind are missing.
    """
    speeds = drive_minutes(network, season=season, vehicle=vehicle, settings=settings)
    told = known or road_records(network, settings=settings)
    seen = told.sightings.last_seen(as_of, vehicle)
    placed = place_hindrances(
        told.hindered,
        told.constraints,
        as_of=as_of,
        season=season,
        vehicle=vehicle,
        settings=settings,
    )
    hindrances = _believe_who_passed(placed, seen)
    in_force = hindrances.in_force
    impassable = _impassable(network, seen, season=season)
    slower = _slower(speeds, seen, share=settings.road_reports.difficult_speed_share)
    delay, wait = _delays(in_force, len(speeds.drive_min))
    delay[impassable] += settings.delays_min["impassable"]
    minutes = both_ways(speeds.drive_min)
    # Few arcs are hindered: to look for them in every array would take longer than all the rest.
    touched = np.unique(np.concatenate([_seen_as("difficult", seen), _arcs(in_force)[0], np.flatnonzero(impassable)]))
    for added in (slower, delay, wait):
        minutes.reshape(-1)[touched] += added.reshape(-1)[touched]
    return Passability(
        season=season,
        vehicle=vehicle,
        as_of=as_of,
        speeds=speeds,
        hindrances=hindrances,
        seen=seen,
        impassable=impassable,
        slower_min=slower,
        delay_min=delay,
        escort_wait_min=wait,
        minutes=minutes,
    )


def _believe_who_passed(hindrances: Hindrances, seen: pd.DataFrame) -> Hindrances:
    """Take constraints out of force where somebody reliable passed later, either way; they stay in the record."""
    placed = hindrances.placed
    sure = (seen["status"] == "passable").to_numpy(dtype=bool) & seen["reliable"].to_numpy(dtype=bool)
    if not sure.any():
        return hindrances
    passed = seen.loc[sure, ["segment", "observed_on"]]
    if placed.empty:
        return hindrances
    pairs = placed.reset_index(names="row").merge(passed, on="segment")
    later = pairs["observed_on"] > pairs["reported_on"]
    ends = pairs["kind"].isin(_PASSING_ENDS) & pairs["state"].eq("in force")
    rows = pairs.loc[(later & ends).to_numpy(dtype=bool), "row"].unique()
    if not len(rows):
        return hindrances
    placed = placed.copy()
    placed.loc[rows, "state"] = CONTRADICTED
    return replace(hindrances, placed=placed)


def _impassable(network: Network, seen: pd.DataFrame, *, season: Season) -> BoolArray:
    """Arcs that the road file closes in the wet season, unless seen passable lately, or that were last seen impassable."""
    closed = np.zeros((len(network.facts.length_km), 2), dtype=bool)
    if season == Season.WET:
        closed[network.facts.wet_closed] = True
    arcs = closed.reshape(-1)
    arcs[_seen_as("passable", seen, least_weight=0.5)] = False  # not older than one half-life
    arcs[_seen_as("impassable", seen)] = True
    return closed


def _seen_as(status: str, seen: pd.DataFrame, *, least_weight: float = 0.0) -> IntArray:
    """Arcs last seen so, as positions in a flattened ``(segments, 2)``."""
    segment, direction = (seen[name].to_numpy(dtype=np.int64) for name in ("segment", "direction"))
    chosen = (seen["status"] == status).to_numpy(dtype=bool) & (seen["weight"].to_numpy(dtype=float) >= least_weight)
    return np.asarray((2 * segment + direction)[chosen])


def _arcs(rows: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """Arcs that rows speak of, as positions in a flattened ``(segments, 2)``, and the row of each."""
    segment, direction = (rows[name].to_numpy(dtype=np.int64) for name in ("segment", "direction"))
    ways = [np.flatnonzero((direction == way) | (direction == BOTH)) for way in (ALONG, AGAINST)]
    return np.concatenate([2 * segment[row] + way for way, row in enumerate(ways)]), np.concatenate(ways)


def _slower(speeds: DriveMinutes, seen: pd.DataFrame, *, share: float) -> FloatArray:
    """Minutes added where the way was last seen as difficult."""
    arc = _seen_as("difficult", seen)
    added = np.zeros((len(speeds.drive_min), 2))
    added.reshape(-1)[arc] = speeds.drive_min[arc // 2] * (1 / share - 1)
    return added


def _delays(in_force: pd.DataFrame, segments: int) -> tuple[FloatArray, FloatArray]:
    """Minutes that constraints add to each arc, and those that only an escort saves."""
    delay, wait = np.zeros((segments, 2)), np.zeros((segments, 2))
    arc, row = _arcs(in_force)
    rule = in_force["kind"].eq(_ESCORT_RULE).to_numpy(dtype=bool)[row]
    minutes = in_force["delay_min"].to_numpy(dtype=np.float64)[row]
    np.add.at(delay.reshape(-1), arc[~rule], minutes[~rule])
    np.maximum.at(wait.reshape(-1), arc[rule], minutes[rule])
    return delay, wait


def ban(passability: Passability, network: Network, avoid: tuple[str, ...]) -> Passability:
    """Close what was asked to be avoided.

    Parameters
    ----------
    avoid
        Kinds of constraints in force; ``impassable_recorded`` (recorded or last seen as not passable), ``ferry``;
        ``road:ID`` (a road of the file), ``segment:ID``.

    Raises
    ------
    RequestError
        When a word, road or segment is not known.
    """
    if not avoid:
        return passability
    banned = np.zeros(passability.minutes.shape, dtype=bool)
    for word in avoid:
        banned |= _banned(passability, network, word)
    return replace(passability, minutes=np.where(banned, np.inf, passability.minutes))


def _banned(passability: Passability, network: Network, word: str) -> BoolArray:
    """Arcs that one word closes."""
    if word == "impassable_recorded":
        return passability.impassable
    if word == "ferry":
        return both_ways(network.facts.ferry)
    for prefix, column in zip(_BAN_PREFIXES, ("road_id", "segment_id"), strict=True):
        if word.startswith(prefix):
            named = network.segments[column].eq(word.removeprefix(prefix)).to_numpy(dtype=bool)
            if not named.any():
                raise RequestError(
                    f"no {prefix[:-1]} {word.removeprefix(prefix)!r} on the network; see the map for ids"
                )
            return both_ways(named)
    placed = passability.hindrances.in_force
    arcs = np.zeros(passability.minutes.shape, dtype=bool)
    arcs.reshape(-1)[_arcs(placed.loc[placed["kind"].eq(word).to_numpy(dtype=bool)])[0]] = True
    return arcs


def both_ways(values: npt.NDArray[AnyValue]) -> npt.NDArray[AnyValue]:
    """Values of segments as values of arcs, the same in both directions; shape ``(segments, 2)``."""
    return np.repeat(values, 2).reshape(-1, 2)


def keeps_hours(rows: pd.DataFrame) -> BoolArray:
    """Which constraints close their arcs for some hours of the day: a curfew whose hours are known, and the daylight rule."""
    curfew = rows["kind"].eq("curfew") & rows["hours"].notna()
    return np.asarray((curfew | rows["kind"].eq("daylight_only")).to_numpy(dtype=bool))


def on_the_clock(passability: Passability) -> Passability:
    """Take the set delay of what keeps hours out of the minutes, for a drive that keeps the hours themselves."""
    held = passability.hindrances.in_force
    delay, _ = _delays(held.loc[keeps_hours(held)], passability.segments)
    if not delay.any():
        return passability
    return replace(passability, delay_min=passability.delay_min - delay, minutes=passability.minutes - delay)


def check_avoid(avoid: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    """Raise :class:`RequestError` for a word that bans nothing known."""
    for word in avoid:
        if not (word in kinds or word in BAN_WORDS or word.startswith(_BAN_PREFIXES)):
            raise RequestError(
                f"cannot avoid {word!r}; choose from {', '.join((*kinds, *BAN_WORDS))}, road:ID or segment:ID"
            )


def passability_words(passability: Passability) -> npt.NDArray[np.object_]:
    """One word per segment, the better of its two ways.

    "closed" = recorded or last seen as not passable, or banned; "difficult" = delayed over an hour, slower than
    10 km/h or last seen so; "slow" = under 20 km/h; "open"; "unknown" where nothing but the assumed speed would say
    one of these, see :func:`_nothing_known`.
    """
    speed = passability.speeds.speed_kph
    words = np.full(passability.segments, "open", dtype=object)
    words[speed < SLOW_KPH] = "slow"
    hard = (passability.alone_delay_min > HARD_DELAY_MIN) | (passability.slower_min > 0)
    words[(speed < HARD_KPH) | hard.all(axis=1)] = "difficult"
    words[_nothing_known(passability)] = UNKNOWN
    words[(passability.impassable | ~passability.open_arcs).all(axis=1)] = "closed"
    return words


def _nothing_known(passability: Passability) -> BoolArray:
    """Segments that the road file, no report that counts and no constraint in force say anything of."""
    unknown = passability.speeds.nothing_stated
    for told in (passability.seen, passability.hindrances.in_force):
        unknown[told["segment"].to_numpy(dtype=np.int64)] = False
    return unknown
