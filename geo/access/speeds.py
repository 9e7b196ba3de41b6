"""Minutes of each segment by class, surface, season and vehicle.

A stated duration wins over a stated speed, which wins over the assumed speed of class and surface. Stated
values speak of the dry season; in the wet season they are scaled as the assumed speeds are. What a vehicle makes of
a road is a share of those speeds, by season (``[vehicles]`` of ``config.toml``).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.access.kernels import BoolArray, FloatArray
from geo.access.network import ASSUMED_SPEED, Network, SegmentFacts
from geo.errors import RequestError, SettingsError
from geo.model import Season
from geo.settings import Settings, SpeedSettings

# OSM classes (wiki.openstreetmap.org/wiki/Key:highway) under the class whose speed they take; links are cut first.
CLASS_OF = {
    "motorway": "trunk",
    "residential": "unclassified",
    "living_street": "unclassified",
    "service": "unclassified",
    "road": "unclassified",
    "path": "track",
    "bridleway": "track",
    "footway": "track",
}
OTHER_CLASS = "unclassified"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class DriveMinutes:
    """Driving times under one season and vehicle, nothing closed and nothing delayed."""

    facts: SegmentFacts
    drive_min: FloatArray  # shape (segments,)
    speed_class: tuple[str, ...]  # class in the speed table, by facts.class_code
    class_known: tuple[bool, ...]  # whether that is its own or a like class, and not OTHER_CLASS for want of one

    @property
    def speed_kph(self) -> FloatArray:
        """Speed that the minutes come to, shape ``(segments,)``."""
        return np.asarray(60.0 * self.facts.length_km / self.drive_min)

    @property
    def basis(self) -> npt.NDArray[np.int8]:
        """What the minutes rest on: STATED_DURATION, STATED_SPEED or ASSUMED_SPEED, shape ``(segments,)``."""
        return self.facts.basis

    @property
    def paved(self) -> BoolArray:
        """Which segments count as paved, shape ``(segments,)``."""
        return self.facts.paved

    @property
    def nothing_stated(self) -> BoolArray:
        """Where the road file says nothing of how a segment can be driven, shape ``(segments,)``.

        No class of the speed table, no surface, no speed, no duration and not whether the wet season closes it.
        """
        facts = self.facts
        stated = (facts.basis != ASSUMED_SPEED) | facts.surface_known | facts.wet_known
        return np.asarray(~(stated | np.array(self.class_known, dtype=bool)[facts.class_code]))

    def class_of(self, segment: int) -> str:
        """Class whose speed stands for a segment."""
        return self.speed_class[int(self.facts.class_code[segment])]


def drive_minutes(network: Network, *, season: Season, vehicle: str, settings: Settings) -> DriveMinutes:
    """Give each segment its minutes.

    Raises
    ------
    RequestError
        When no speed share is set for the vehicle.
    SettingsError
        When the speed of a class is missing.
    """
    if vehicle not in settings.vehicles:
        raise RequestError(f"unknown vehicle {vehicle!r}; known: {', '.join(settings.vehicles)}")
    facts, share = network.facts, settings.vehicles[vehicle].share(season)
    classes = speed_classes(facts.class_names, known=set(settings.speeds_kph.dry))
    dry, now = (_assumed_kph(classes, settings.speeds_kph, season=each) for each in (Season.DRY, season))
    # By SegmentFacts.case: minutes for one of base_min.
    factor = np.stack([dry / now, 1.0 / now], axis=-1) / share
    drive_min = factor.ravel().take(facts.case) if classes else np.empty(0)
    drive_min *= facts.base_min
    fits = tuple(name in settings.speeds_kph.dry or name in CLASS_OF for name in facts.class_names)
    return DriveMinutes(facts=facts, drive_min=drive_min, speed_class=classes, class_known=fits)


def speed_classes(names: tuple[str, ...], *, known: set[str]) -> tuple[str, ...]:
    """Class in the speed table that stands for each road class; what nothing fits is ``unclassified``."""
    return tuple(name if name in known else CLASS_OF.get(name, OTHER_CLASS) for name in names)


def _assumed_kph(classes: tuple[str, ...], speeds: SpeedSettings, *, season: Season) -> FloatArray:
    """Assumed speeds of classes in a season: unpaved, paved; shape ``(classes, 2)``."""
    table = speeds.wet if season == Season.WET else speeds.dry
    missing = [name for name in classes if name not in table]
    if missing:
        raise SettingsError(f"config.toml: missing key speeds_kph.{season}.{missing[0]}")
    return np.array([[table[name].unpaved, table[name].paved] for name in classes], dtype=np.float64).reshape(-1, 2)
