"""The contract of every table Piste keeps: what a column means, its unit and what may stand in it.

Bulk tables live in the lake (immutable imports); edited tables live in the registry (revisions).
Positions are EPSG:4326 degrees. ``line`` numbers of the source file are the index while a file is
read and the column ``source_line`` once stored.
"""

from geo.schema.bulk import AIRPORTS, BASE_YEARS, BOUNDARIES, INCIDENTS, PLACES, RIVERS, ROADS
from geo.schema.edited import (
    ACTOR_LINKS,
    ACTOR_NAMES,
    ACTORS,
    BASES,
    COMMITMENTS,
    CONSTRAINTS,
    MERGES,
    PARTNERS,
    PRESENCE,
    REQUESTS,
    ROAD_REPORTS,
    SITES,
)
from geo.schema.words import (
    ACTOR_TYPES,
    BEHAVIOURS,
    COMMITMENT_KINDS,
    COMMITMENT_STATUSES,
    CONSTRAINT_KINDS,
    DECISIONS,
    LINK_KINDS,
    OPERATOR_TYPES,
    ORGANISATIONS,
    PLACE_PRECISION,
    RELIABILITIES,
    ROAD_BEHAVIOURS,
    ROAD_STATUSES,
    SEASONS,
    SITE_KINDS,
    SOURCE_TYPES,
    VEHICLES,
    VERIFICATION,
    VIOLATION_BASIS,
    VIOLATIONS,
    WEEKDAYS,
)

__all__ = [
    "ACTORS",
    "ACTOR_LINKS",
    "ACTOR_NAMES",
    "ACTOR_TYPES",
    "AIRPORTS",
    "BASES",
    "BASE_YEARS",
    "BEHAVIOURS",
    "BOUNDARIES",
    "COMMITMENTS",
    "COMMITMENT_KINDS",
    "COMMITMENT_STATUSES",
    "CONSTRAINTS",
    "CONSTRAINT_KINDS",
    "DATE_COLUMN",
    "DECISIONS",
    "INCIDENTS",
    "LAKE_TABLES",
    "LINK_KINDS",
    "MERGES",
    "OPERATOR_TYPES",
    "ORGANISATIONS",
    "PARTNERS",
    "PLACES",
    "PLACE_PRECISION",
    "PRESENCE",
    "REGISTRY_TABLES",
    "RELIABILITIES",
    "REQUESTS",
    "RIVERS",
    "ROADS",
    "ROAD_BEHAVIOURS",
    "ROAD_REPORTS",
    "ROAD_STATUSES",
    "SEASONS",
    "SITES",
    "SITE_KINDS",
    "SOURCE_TYPES",
    "TABLES",
    "VEHICLES",
    "VERIFICATION",
    "VIOLATIONS",
    "VIOLATION_BASIS",
    "WEEKDAYS",
]

LAKE_TABLES = {c.name: c for c in (INCIDENTS, BASE_YEARS, ROADS, RIVERS, BOUNDARIES, PLACES, AIRPORTS)}
REGISTRY_TABLES = {
    c.name: c
    for c in (
        BASES,
        SITES,
        ACTORS,
        ACTOR_LINKS,
        ACTOR_NAMES,
        COMMITMENTS,
        PRESENCE,
        CONSTRAINTS,
        ROAD_REPORTS,
        REQUESTS,
        PARTNERS,
        MERGES,
    )
}
TABLES = LAKE_TABLES | REGISTRY_TABLES
# The date a table speaks about, for spans in "status".
DATE_COLUMN = {
    "incidents": "date_start",
    "presence": "observed_on",
    "constraints": "reported_on",
    "road_reports": "observed_on",
    "requests": "alerted_on",
    "bases": "valid_from",
}
