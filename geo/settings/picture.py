"""Sections about the workspace, what happened, who is where, and who may see."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from geo.schema import ORGANISATIONS, VIOLATIONS
from geo.settings.section import Positive, Section, Share


class WorkspaceSettings(Section):
    """Where the workspace is and whose role stands on revisions."""

    path: Path
    author: str


class EngineSettings(Section):
    """What rolls incidents up: arrays in memory, DuckDB, or Spark with so much memory of its own."""

    name: Literal["memory", "duckdb", "spark"]
    spark_memory_gb: Annotated[float, Field(ge=1)]


class PlacementSettings(Section):
    """Which place precisions count as exact or near; the rest is known to an area only."""

    exact: tuple[str, ...]
    near: tuple[str, ...]


class MobilitySettings(Section):
    """Days in which a report halves, by how much its actor moves about."""

    settled: Positive
    mixed: Positive
    roaming: Positive


class InfluenceSettings(Section):
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


class ObservationSettings(Section):
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


class MrmSettings(Section):
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


class HotspotSettings(Section):
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


class TriangulationSettings(Section):
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


class SourcesSettings(Section):
    """What the licences of sources demand."""

    aggregates_only: tuple[str, ...]  # sources of incidents, as in the column ``source``


class PublishedSettings(Section):
    """Views whose positions need no rounding."""

    views: tuple[str, ...]


class MapSettings(Section):
    """What a map shows when nothing is chosen."""

    default_resolution: Annotated[int, Field(ge=2, le=9)]
    window_months: Annotated[int, Field(ge=1)]
    class_edges: tuple[float, ...]


class AudienceSettings(Section):
    """What one audience may see at most."""

    small_count: Annotated[int, Field(ge=1)]
    finest_resolution: Annotated[int, Field(ge=2, le=9)]
    coordinate_decimals: Annotated[int, Field(ge=0, le=9)]
