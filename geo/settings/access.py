"""Sections about getting there: exposure, roads, escorts, air, hours."""

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from geo.model import Season
from geo.schema import BEHAVIOURS, CONSTRAINT_KINDS, RELIABILITIES, ROAD_BEHAVIOURS
from geo.settings.section import NotNegative, Positive, Scales, Section, Share, Weekday


class ExposureSettings(Section):
    """Constants of the exposure surface and of what a passage meets."""

    half_life_days: Positive
    bandwidth_km: Positive
    max_distance_km: Positive
    background_share: Share
    horizon_days: Annotated[int, Field(ge=1)]
    training_years: Positive
    window_step_days: Annotated[int, Field(ge=1)]
    least_incidents: Annotated[int, Field(ge=1)]
    bandwidths_km: Scales
    half_lives_days: Scales
    settlement_bandwidths_km: Scales
    town_bandwidths_km: Scales
    people_bandwidths_km: Scales
    floor_share: Annotated[float, Field(gt=0, le=1)]
    ridge: Positive
    skill_years: Annotated[int, Field(ge=1)]
    skill_horizons_days: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]
    skill_area_share: Annotated[float, Field(gt=0, lt=1)]
    encounter_radius_km: Positive
    passages: Annotated[int, Field(ge=1)]
    escort_factor: Share
    road_behaviour: dict[str, Positive]
    constraint_incidents: dict[str, NotNegative]
    checkpoint_incidents: dict[str, NotNegative]
    night_factor: Positive
    nearby_days: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _knows_every_word(self) -> "ExposureSettings":
        faults = [
            f"{name} lacks {', '.join(missing)}"
            for name, held, words in (
                ("road_behaviour", self.road_behaviour, ROAD_BEHAVIOURS),
                ("checkpoint_incidents", self.checkpoint_incidents, BEHAVIOURS),
            )
            if (missing := sorted(set(words) - set(held)))
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self


class VisibilitySettings(Section):
    """How much notice a team draws, in checkpoints' worth."""

    checkpoint: NotNegative
    town: NotNegative
    town_km: Positive
    team_vehicles: Annotated[int, Field(ge=1)]
    convoy_vehicles: Annotated[int, Field(ge=1)]


class DaylightSettings(Section):
    """When a team may drive if it drives by day only; clock times, local."""

    begins: str
    ends: str
    utc_offset_hours: Annotated[float, Field(ge=-12, le=14)]

    @field_validator("begins", "ends")
    @classmethod
    def _is_time(cls, text: str) -> str:
        hour, _, minute = text.partition(":")
        if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
            raise ValueError("write it like 06:00")
        return text


class SeasonSettings(Section):
    """Which months are wet where nobody says."""

    wet_months: tuple[Annotated[int, Field(ge=1, le=12)], ...]


class NetworkSettings(Section):
    """Getting on and off the road, and when two vertices are one."""

    off_road_kph: Positive
    max_snap_km: Positive
    shared_vertex_decimals: Annotated[int, Field(ge=3, le=9)]
    join_gap_m: Annotated[float, Field(ge=0, le=50)]


class SurfaceSpeeds(Section):
    """Speed of one road class, km/h."""

    paved: Positive
    unpaved: Positive


class SpeedSettings(Section):
    """Speeds by season, road class and surface."""

    dry: dict[str, SurfaceSpeeds]
    wet: dict[str, SurfaceSpeeds]


class ConstraintSettings(Section):
    """Where a constraint holds, how long, and how fast trust in it fades; every kind has both numbers of days."""

    snap_km: Positive
    line_tolerance_km: Positive
    half_life_days: dict[str, Positive]
    lifetime_days: dict[str, Positive]

    @field_validator("half_life_days", "lifetime_days")
    @classmethod
    def _hold_each_kind(cls, days: dict[str, float]) -> dict[str, float]:
        wrong = [f"unknown kind {kind}" for kind in sorted(set(days) - set(CONSTRAINT_KINDS))]
        wrong += [f"missing kind {kind}" for kind in CONSTRAINT_KINDS if kind not in days]
        if wrong:
            raise ValueError("; ".join(wrong))
        return days


class RoadReportSettings(Section):
    """Which report of a road wins, how long it counts, and how fast trust in it fades."""

    half_life_days: Positive
    lifetime_days: Positive
    reliable: tuple[str, ...]
    difficult_speed_share: Annotated[float, Field(gt=0, le=1)]

    @field_validator("reliable")
    @classmethod
    def _are_grades(cls, grades: tuple[str, ...]) -> tuple[str, ...]:
        strange = [grade for grade in grades if grade not in RELIABILITIES]
        if strange:
            raise ValueError(f"unknown grades {', '.join(strange)}; known: {', '.join(RELIABILITIES)}")
        return grades


class VehicleSettings(Section):
    """What a vehicle makes of a road: share of the road's speed, by season; one number stands for both."""

    dry: Annotated[float, Field(gt=0, le=2)]
    wet: Annotated[float, Field(gt=0, le=2)]

    @model_validator(mode="before")
    @classmethod
    def _one_number(cls, given: object) -> object:
        alike = isinstance(given, (int, float)) and not isinstance(given, bool)
        return {"dry": given, "wet": given} if alike else given

    def share(self, season: Season) -> float:
        """Share of the road's speed in a season."""
        return self.wet if season == Season.WET else self.dry


class ModeSettings(Section):
    """Constants of the access modes."""

    escort_speed_share: Annotated[float, Field(gt=0, le=1)]
    air_speed_kph: Positive
    air_setup_min: NotNegative
    air_range_km: Positive
    alert_radius_km: Positive
    alert_kph: Positive


class EscortSettings(Section):
    """What a base's escorts are like where its record does not tell."""

    lead_days: Annotated[int, Field(ge=0)]
    radius_hours: Positive
    speed_kph: Positive
    days: tuple[Weekday, ...]


class AirSettings(Section):
    """Runways an airplane can use, and how airplanes and their days are where no record tells."""

    fixed_wing_speed_kph: Positive
    fixed_wing_setup_min: NotNegative
    fixed_wing_range_km: Positive
    airfield_near_base_km: Positive
    runway_least_m: Positive
    unpaved_in_wet_season: bool
    closure_near_km: Positive
    flight_days: tuple[Weekday, ...]
