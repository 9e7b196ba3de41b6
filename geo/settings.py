"""``config.toml``: every assumption a planner may change, typed and range-checked.

An unknown, missing or impossible key refuses to start; the message names every such key at once.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from geo.errors import SettingsError
from geo.model import Audience, Season
from geo.schema import BEHAVIOURS, CONSTRAINT_KINDS, ORGANISATIONS, RELIABILITIES, ROAD_BEHAVIOURS, VIOLATIONS

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Scales = Annotated[tuple[Positive, ...], Field(min_length=1)]
CONFIG_FILE = "config.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class WorkspaceSettings(_Section):
    """Where the workspace is and whose role stands on revisions."""

    path: Path
    author: str


class EngineSettings(_Section):
    """What rolls incidents up: arrays in memory, DuckDB, or Spark with so much memory of its own."""

    name: Literal["memory", "duckdb", "spark"]
    spark_memory_gb: Annotated[float, Field(ge=1)]


class PlacementSettings(_Section):
    """Which place precisions count as exact or near; the rest is known to an area only."""

    exact: tuple[str, ...]
    near: tuple[str, ...]


class MobilitySettings(_Section):
    """Days in which a report halves, by how much its actor moves about."""

    settled: Positive
    mixed: Positive
    roaming: Positive


class InfluenceSettings(_Section):
    """Decay of a report in time and space, and when a cell counts as contested."""

    half_life_days: Positive
    half_life_days_by_mobility: MobilitySettings
    kernel_km: Positive
    max_distance_km: Positive
    minimum_evidence: Positive
    incident_weight: Positive
    presence_weight: Positive
    contested_share: Share
    live_evidence_days: Annotated[int, Field(ge=1)]
    interval_level: Share
    sure_lead_chance: Share


class ExposureSettings(_Section):
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


class VisibilitySettings(_Section):
    """How much notice a team draws, in checkpoints' worth."""

    checkpoint: NotNegative
    town: NotNegative
    town_km: Positive
    team_vehicles: Annotated[int, Field(ge=1)]
    convoy_vehicles: Annotated[int, Field(ge=1)]


class DaylightSettings(_Section):
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


class SeasonSettings(_Section):
    """Which months are wet where nobody says."""

    wet_months: tuple[Annotated[int, Field(ge=1, le=12)], ...]


class NetworkSettings(_Section):
    """Getting on and off the road, and when two vertices are one."""

    off_road_kph: Positive
    max_snap_km: Positive
    shared_vertex_decimals: Annotated[int, Field(ge=3, le=9)]
    join_gap_m: Annotated[float, Field(ge=0, le=50)]


class SurfaceSpeeds(_Section):
    """Speed of one road class, km/h."""

    paved: Positive
    unpaved: Positive


class SpeedSettings(_Section):
    """Speeds by season, road class and surface."""

    dry: dict[str, SurfaceSpeeds]
    wet: dict[str, SurfaceSpeeds]


class ConstraintSettings(_Section):
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


class RoadReportSettings(_Section):
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


class VehicleSettings(_Section):
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


class ModeSettings(_Section):
    """Constants of the access modes."""

    escort_speed_share: Annotated[float, Field(gt=0, le=1)]
    air_speed_kph: Positive
    air_setup_min: NotNegative
    air_range_km: Positive
    alert_radius_km: Positive
    alert_kph: Positive


class EscortSettings(_Section):
    """What a base's escorts are like where its record does not tell."""

    lead_days: Annotated[int, Field(ge=0)]
    radius_hours: Positive
    speed_kph: Positive
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]


class AirSettings(_Section):
    """Runways an airplane can use, and how airplanes and their days are where no record tells."""

    fixed_wing_speed_kph: Positive
    fixed_wing_setup_min: NotNegative
    fixed_wing_range_km: Positive
    airfield_near_base_km: Positive
    runway_least_m: Positive
    unpaved_in_wet_season: bool
    closure_near_km: Positive
    flight_days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]


class ObservationSettings(_Section):
    """Who could have reported from a cell: how far each kind of observer hears, and how long a visit counts."""

    base_radius_km: Positive
    partner_radius_km: Positive
    visit_radius_km: Positive
    visit_days: Annotated[int, Field(ge=1)]
    staying_partners: tuple[str, ...]  # organisation types that stay when the base they worked from closes
    loss_share: Share

    @field_validator("staying_partners")
    @classmethod
    def _are_organisations(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        strange = sorted(set(types) - set(ORGANISATIONS))
        if strange:
            raise ValueError(f"unknown kinds {', '.join(strange)}; known: {', '.join(ORGANISATIONS)}")
        return types


class MrmSettings(_Section):
    """What each violation is counted by; every MRM category stands in exactly one of the two lists."""

    victims: tuple[str, ...]
    incidents: tuple[str, ...]

    @model_validator(mode="after")
    def _holds_each_violation_once(self) -> "MrmSettings":
        named = [*self.victims, *self.incidents]
        faults = [f"{word} is no MRM violation" for word in named if word not in VIOLATIONS]
        faults += [
            f"{word} stands {named.count(word)} times, not once" for word in VIOLATIONS if named.count(word) != 1
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self


class HotspotSettings(_Section):
    """When a cell counts as a hot spot, which reports may make one, and when a place left its norm."""

    significance: Annotated[float, Field(gt=0, lt=0.5)]
    persistent_share: Annotated[float, Field(gt=0.5, le=1)]
    least_reports: Annotated[int, Field(ge=1)]
    near_km: Positive
    longest_days: Annotated[int, Field(ge=1)]
    centroid_rows: Annotated[int, Field(ge=2)]
    centroid_km: Positive
    norm_months: Annotated[int, Field(ge=3)]
    norm_expected: Positive


class TriangulationSettings(_Section):
    """When two sources may speak of the same event; ``geo.incidents.triangulation`` says how they are used."""

    radius_km: dict[str, Positive]
    radius_shares: tuple[Share, Share, Share]
    same_area_share: Annotated[float, Field(gt=0, lt=1)]
    gap_days: tuple[Annotated[int, Field(ge=0)], ...]
    gap_shares: tuple[Share, ...]
    actor_shares: tuple[Share, Share, Share]
    similar_name_share: Share
    kind_shares: tuple[Share, Share]
    unrelated_km: Positive
    unrelated_days: Positive
    lowest_bits: float
    possible_share: Share
    likely_share: Share


class SourcesSettings(_Section):
    """What the licences of sources demand."""

    aggregates_only: tuple[str, ...]  # sources of incidents, as in the column ``source``


class PublishedSettings(_Section):
    """Views whose positions need no rounding."""

    views: tuple[str, ...]


class MapSettings(_Section):
    """What a map shows when nothing is chosen."""

    default_resolution: Annotated[int, Field(ge=2, le=9)]
    window_months: Annotated[int, Field(ge=1)]
    class_edges: tuple[float, ...]


class AudienceSettings(_Section):
    """What one audience may see at most."""

    small_count: Annotated[int, Field(ge=1)]
    finest_resolution: Annotated[int, Field(ge=2, le=9)]
    coordinate_decimals: Annotated[int, Field(ge=0, le=9)]


class Settings(_Section):
    """All of ``config.toml``."""

    workspace: WorkspaceSettings
    engine: EngineSettings
    placement: PlacementSettings
    influence: InfluenceSettings
    exposure: ExposureSettings
    visibility: VisibilitySettings
    daylight: DaylightSettings
    seasons: SeasonSettings
    network: NetworkSettings
    speeds_kph: SpeedSettings
    vehicles: dict[str, VehicleSettings]
    delays_min: dict[str, NotNegative]
    constraints: ConstraintSettings
    road_reports: RoadReportSettings
    modes: ModeSettings
    escorts: EscortSettings
    air: AirSettings
    observation: ObservationSettings
    mrm: MrmSettings
    triangulation: TriangulationSettings
    hotspots: HotspotSettings
    map: MapSettings
    audiences: dict[Audience, AudienceSettings]
    sources: SourcesSettings
    published: PublishedSettings
    disclosure: dict[str, dict[str, Audience]]


def read_settings(path: Path) -> Settings:
    """Read and check ``config.toml``; a relative workspace path is taken from the file's folder.

    Raises
    ------
    SettingsError
        Naming every unknown, missing or impossible key with its value.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror}; start Piste from its own folder") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name} is not valid TOML: {error}") from error
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        raise SettingsError(f"{path.name}: {'; '.join(_speak(fault) for fault in error.errors())}") from error
    missing = [a for a in Audience if a not in settings.audiences]
    if missing:
        raise SettingsError(f"{path.name}: missing key audiences.{', audiences.'.join(missing)}")
    place = (path.parent / settings.workspace.path).resolve()
    return settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"path": place})})


def _speak(fault: object) -> str:
    """One fault as plain words: the dotted key, what is wrong, the value."""
    assert isinstance(fault, dict)
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"unknown key {key}"
    if fault["type"] == "missing":
        return f"missing key {key}"
    return f"{key} = {fault['input']!r}: {str(fault['msg']).lower()}"
