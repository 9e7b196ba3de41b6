"""``config.toml``: every assumption a planner may change, typed and range-checked.

An unknown, missing or impossible key refuses to start; the message names every such key at once.
"""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from geo.errors import SettingsError
from geo.model import Audience
from geo.settings.access import (
    AirSettings,
    ConstraintSettings,
    DaylightSettings,
    EscortSettings,
    ExposureSettings,
    ModeSettings,
    NetworkSettings,
    RoadReportSettings,
    SeasonSettings,
    SpeedSettings,
    SurfaceSpeeds,
    VehicleSettings,
    VisibilitySettings,
)
from geo.settings.drawdown import ChecklistItem, ClosingSettings, DrawdownSettings, HandoverSettings
from geo.settings.effect import EffectSettings
from geo.settings.missions import MissionSettings, OrderSettings, RequestSettings, TeamSettings, WeekSettings
from geo.settings.picture import (
    AudienceSettings,
    EngineSettings,
    HotspotSettings,
    InfluenceSettings,
    MapSettings,
    MobilitySettings,
    MrmSettings,
    ObservationSettings,
    PlacementSettings,
    PublishedSettings,
    SourcesSettings,
    TriangulationSettings,
    WorkspaceSettings,
)
from geo.settings.section import NotNegative, Section

CONFIG_FILE = "config.toml"
__all__ = [
    "CONFIG_FILE",
    "AirSettings",
    "AudienceSettings",
    "ChecklistItem",
    "ClosingSettings",
    "ConstraintSettings",
    "DaylightSettings",
    "DrawdownSettings",
    "EffectSettings",
    "EngineSettings",
    "EscortSettings",
    "ExposureSettings",
    "HandoverSettings",
    "HotspotSettings",
    "InfluenceSettings",
    "MapSettings",
    "MissionSettings",
    "MobilitySettings",
    "ModeSettings",
    "MrmSettings",
    "NetworkSettings",
    "ObservationSettings",
    "OrderSettings",
    "PlacementSettings",
    "PublishedSettings",
    "RoadReportSettings",
    "SeasonSettings",
    "Settings",
    "SourcesSettings",
    "SpeedSettings",
    "SurfaceSpeeds",
    "TeamSettings",
    "TriangulationSettings",
    "VehicleSettings",
    "VisibilitySettings",
    "WeekSettings",
    "WorkspaceSettings",
    "read_settings",
]


class Settings(Section):
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
    requests: RequestSettings
    teams: TeamSettings
    missions: MissionSettings
    week: WeekSettings
    orders: OrderSettings
    effect: EffectSettings
    drawdown: DrawdownSettings
    closing: ClosingSettings
    handover: HandoverSettings
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
