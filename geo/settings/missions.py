"""Sections about joint missions: the queue of requests, teams, itineraries."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from geo.schema import MOVEMENT_RISKS, ORGANISATIONS, VIOLATIONS
from geo.settings.section import NotNegative, Positive, Section, Share


class RequestSettings(Section):
    """Clocks of a request, and what makes one go before another."""

    referral_days: dict[str, Positive]  # by violation, "other" for the rest
    points_per_30_days: NotNegative
    most_age_points: NotNegative
    girls_points: NotNegative
    wives_points: NotNegative
    detained_points: NotNegative
    movement_points: dict[str, NotNegative]
    late_soon_days: Annotated[int, Field(ge=0)]
    late_soon_points: NotNegative

    @model_validator(mode="after")
    def _knows_every_word(self) -> "RequestSettings":
        strange = sorted(set(self.referral_days) - {*VIOLATIONS, "other"})
        if strange or "other" not in self.referral_days:
            raise ValueError(f"referral_days has unknown {strange}" if strange else 'referral_days lacks "other"')
        if set(self.movement_points) != set(MOVEMENT_RISKS):
            raise ValueError(f"movement_points must hold {', '.join(MOVEMENT_RISKS)}")
        return self


class TeamSettings(Section):
    """Rules a joint team keeps."""

    least_un_staff: Annotated[int, Field(ge=0)]
    least_women: Annotated[int, Field(ge=0)]
    most_people: Annotated[int, Field(ge=1)]
    most_vehicles: Annotated[int, Field(ge=1)]
    drivers: Literal["organisation", "post"]  # who drives
    join_most_hours: Positive
    discreet_most_people: Annotated[int, Field(ge=1)]
    discreet_most_vehicles: Annotated[int, Field(ge=1)]
    discreet_most_un_staff: Annotated[int, Field(ge=0)]
    discreet_least_local: Annotated[int, Field(ge=0)]
    local_partners: tuple[str, ...]  # kinds of organisation
    most_days_running: Annotated[int, Field(ge=1)]
    rest_days: Annotated[int, Field(ge=0)]
    shift_most_days: Annotated[int, Field(ge=0, le=60)]

    @field_validator("local_partners")
    @classmethod
    def _are_organisations(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        strange = sorted(set(kinds) - set(ORGANISATIONS))
        if strange:
            raise ValueError(f"unknown kinds {strange}; known: {', '.join(ORGANISATIONS)}")
        return kinds

    @model_validator(mode="after")
    def _leaves_room(self) -> "TeamSettings":
        """Rules that no team whatever could keep together are a slip of the pen."""
        asked = {"least_un_staff": self.least_un_staff, "least_women": self.least_women}
        for key, least in asked.items():
            if least > min(self.most_people, self.discreet_most_people):
                raise ValueError(f"{key} = {least} is more than a team may have people")
        if self.least_un_staff > self.discreet_most_un_staff:
            raise ValueError(f"least_un_staff = {self.least_un_staff} is more than discreet_most_un_staff allows")
        return self


class MissionSettings(Section):
    """How long a mission may be, when a team works, and where it may sleep."""

    longest_days: Annotated[int, Field(ge=1, le=14)]
    service_min: Positive
    leaves_from: str
    arrives_by: str
    visits_from: str
    visits_until: str
    sleeps_at: tuple[str, ...]
    sleeps_within_km: Positive
    escort_joins_km: Positive
    most_bases: Annotated[int, Field(ge=1, le=10)]

    @field_validator("leaves_from", "arrives_by", "visits_from", "visits_until")
    @classmethod
    def _is_time(cls, text: str) -> str:
        hour, _, minute = text.partition(":")
        if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
            raise ValueError("write it like 06:00")
        return text

    @field_validator("sleeps_at")
    @classmethod
    def _are_places(cls, places: tuple[str, ...]) -> tuple[str, ...]:
        strange = sorted(set(places) - {"own_base", "hosting_base", "any_base", "town"})
        if strange:
            raise ValueError(f"unknown places {strange}; known: own_base, hosting_base, any_base, town")
        return places


class WeekSettings(Section):
    """How a week is planned, and how long that may take."""

    together_stops: Annotated[int, Field(ge=1, le=12)]
    alike_missions: Annotated[int, Field(ge=1, le=5)]
    plan_seconds: Positive
    one_more_seconds: Positive


class OrderSettings(Section):
    """What an order says beside its plan, and when a signed plan is overtaken."""

    overtaken_delay_min: NotNegative
    check_in_min: Positive
    lost_contact_min: Positive
    turn_back_margin_min: NotNegative
    medical_within_min: Positive
    joint_share: Share
