"""Who drives: a team alone, or the same team behind the escort of one base."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.access.escorts import Escort, covered, escorted_minutes
from geo.access.kernels import FloatArray
from geo.access.landmarks import Landmarks
from geo.access.network import Network
from geo.access.segments import Passability, both_ways
from geo.model import RouteRequest
from geo.settings import Settings


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Company:
    """What each arc costs a team in one company; arrays of shape ``(segments, 2)``."""

    escort: Escort | None
    minutes: FloatArray  # infinity = banned, or out of the escort's reach
    exposure: FloatArray  # finite
    visibility: FloatArray

    @property
    def slots(self) -> int:
        """Escort slots it takes."""
        return int(self.escort is not None)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Conditions:
    """What travel costs a team alone, and who could escort it."""

    passability: Passability
    exposure: FloatArray  # of each arc, shape (segments, 2), see geo.access.passage.segment_exposure
    visibility: FloatArray  # notice drawn on each segment, shape (segments,), see geo.access.visibility
    landmarks: Landmarks | None = None  # of the network
    escorts: Sequence[Escort] = ()  # of the bases open on the day, see geo.access.escorts.escorts_on


def companies(network: Network, request: RouteRequest, conditions: Conditions, *, settings: Settings) -> list[Company]:
    """Companies the request allows, alone first.

    Under "either" an escort is only tried where it can help: where one is demanded on some stretch, or where it is
    set to lower exposure per minute by more than it lengthens the drive.
    """
    passability = conditions.passability
    alone = team_alone(conditions)
    if request.escort == "no":
        return [alone]
    helps = settings.exposure.escort_factor < settings.modes.escort_speed_share
    if request.escort == "either" and not helps and not passability.escort_wait_min.any():
        return [alone]
    guarded = [team_behind(escort, network, conditions, settings=settings) for escort in conditions.escorts]
    return guarded if request.escort == "yes" else [alone, *guarded]


def team_alone(conditions: Conditions) -> Company:
    """The team in its own vehicles."""
    return Company(
        escort=None,
        minutes=conditions.passability.minutes,
        exposure=np.where(conditions.passability.open_arcs, conditions.exposure, 0.0),
        visibility=both_ways(np.asarray(conditions.visibility, dtype=np.float64)),
    )


def team_behind(escort: Escort, network: Network, conditions: Conditions, *, settings: Settings) -> Company:
    """The team in a convoy of the escort, on the segments the convoy may go to.

    Exposure grows with the minutes spent, shrinks with what an escort is set to do; notice grows with the vehicles.
    """
    alone, passability = team_alone(conditions), conditions.passability
    minutes = escorted_minutes(network, passability, speed_kph=escort.speed_kph, settings=settings)
    reached = covered(network, escort, minutes, settings=settings)
    ratio = np.divide(
        minutes, alone.minutes, out=np.ones(minutes.shape), where=passability.open_arcs & (alone.minutes > 0)
    )
    vehicles = settings.visibility.convoy_vehicles / settings.visibility.team_vehicles
    return Company(
        escort=escort,
        minutes=np.where(reached[:, None], minutes, np.inf),
        exposure=alone.exposure * ratio * settings.exposure.escort_factor,
        visibility=alone.visibility * vehicles,
    )
