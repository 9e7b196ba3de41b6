"""Edited tables: revisions, kept in the registry."""

from dataclasses import replace

from geo.contracts import Contract
from geo.schema.columns import (
    COUNTRY,
    GRADES,
    HEADING,
    LATITUDE,
    LATITUDE_OF_ROAD,
    LINE_OF_ROAD,
    LONGITUDE,
    LONGITUDE_OF_ROAD,
    OF_VEHICLES,
    ROAD_ID,
    VALID,
    column,
)
from geo.schema.presence_places import presence_place_faults
from geo.schema.road_places import constraint_faults, road_place_faults
from geo.schema.words import (
    ACTOR_TYPES,
    BEHAVIOURS,
    COMMITMENT_KINDS,
    COMMITMENT_STATUSES,
    CONSTRAINT_KINDS,
    DECISIONS,
    LINK_KINDS,
    MOBILITIES,
    OPERATOR_TYPES,
    ORGANISATIONS,
    PLACE_PRECISION,
    ROAD_BEHAVIOURS,
    ROAD_STATUSES,
    SEASONS,
    SITE_KINDS,
    VIOLATIONS,
    WEEKDAYS,
)

BASES = Contract(
    name="bases",
    key="base_id",
    geometry="point",
    about="Any organisation's fixed place with its bundle of capabilities.",
    columns=(
        column("base_id", "text", "id", required=True),
        column("name", "text", "name", required=True),
        column("organisation", "text", "name of the organisation", required=True),
        column("organisation_type", "text", "kind of organisation", required=True, choices=ORGANISATIONS),
        COUNTRY,
        LONGITUDE,
        LATITUDE,
        column("headquarters", "flag", "sector or force headquarters"),
        column("escort_slots_per_week", "number", "escorts it can give in a week", low=0, high=100),
        column("escort_lead_days", "integer", "days of notice an escort needs; empty = as set", low=0, high=90),
        column(
            "escort_radius_hours", "number", "how far an escort goes, hours one way; empty = as set", low=0, high=72
        ),
        column("escort_speed_kph", "number", "cap of a convoy's speed, km/h; empty = as set", low=5, high=120),
        column("escort_days", "text", "working days of escorts, separated by ;", choices=WEEKDAYS, several=True),
        column("flight_days", "text", "days of flights, separated by ;", choices=WEEKDAYS, several=True),
        column("helicopter_range_km", "number", "range of its helicopters, one way; empty = as set", low=0, high=1000),
        column("patrol_radius_km", "number", "how far its patrols go from it", low=0, high=500),
        column("helipad", "flag", "helicopters can land"),
        column("airstrip", "flag", "fixed-wing aircraft can land"),
        column("medical", "flag", "medical post"),
        column("lodging_places", "integer", "visitors who can sleep there", low=0, high=5000),
        column("radio", "flag", "radio room that stays in touch with teams on the road"),
        column("alert_hub", "flag", "centre of a community alert network"),
        column("hosts_partners", "flag", "partners may lodge and leave from here"),
        column("child_protection_staff", "integer", "child protection staff based here, interviewers counted", low=0),
        column("women_interviewers", "integer", "trained women interviewers based here", low=0),
        column("funded_until", "date", "last day its programme is paid for, inclusive; empty = not known"),
        *VALID,
    ),
)

SITES = Contract(
    name="sites",
    key="site_id",
    geometry="point",
    about="Places a team may have to reach.",
    columns=(
        column("site_id", "text", "id", required=True),
        column("name", "text", "name", required=True),
        column("p_code", "text", "place code of the common operational dataset"),
        column("kind", "text", "kind of site", required=True, choices=SITE_KINDS),
        column("people", "integer", "people living there or served", low=0),
        COUNTRY,
        LONGITUDE,
        LATITUDE,
        *VALID,
    ),
)

ACTORS = Contract(
    name="actors",
    key="actor_id",
    about="An armed actor with its aliases, lineage and engagement.",
    columns=(
        column("actor_id", "text", "id", required=True),
        column("name", "text", "canonical name", required=True),
        column("short_name", "text", "name used on the map"),
        column("aliases", "text", "other names, separated by ;"),
        column("source_ids", "text", "ids in other databases, separated by ; e.g. ucdp:488"),
        column("actor_type", "text", "kind of actor", required=True, choices=ACTOR_TYPES),
        COUNTRY,
        column("colour", "text", "map colour #RRGGBB, kept for good"),
        column("parent_id", "text", "actor it came from"),
        column("parent_relation", "text", "how", choices=("split", "merge", "rename")),
        column(
            "engagement", "text", "action plan or declaration", choices=("none", "contact", "road_map", "action_plan")
        ),
        column("last_contact", "date", "day of the last contact"),
        column("mandate_holder", "text", "organisation that holds the negotiation mandate"),
        column("mandate_heir", "text", "organisation that inherits it"),
        column("mobility", "text", "how much it moves about; empty = not known", choices=MOBILITIES),
        column(
            "mandate_until", "date", "last day of the holder, inclusive; from the day after, the heir holds the mandate"
        ),
        column(
            "focal_point", "text", "role that talks to the actor, e.g. child protection adviser, sector east; no person"
        ),
        column("road_behaviour", "text", "how it treats travellers on roads", choices=ROAD_BEHAVIOURS),
        column("intermediary", "text", "role that carries words between, e.g. council of elders; no person"),
        column(
            "listed_for",
            "text",
            "violations the annexes of the Secretary-General's report list it for, separated by ;",
            choices=VIOLATIONS,
            several=True,
        ),
        column("listed_since", "date", "day of the first report that lists it"),
        *VALID,
    ),
)

ACTOR_LINKS = Contract(
    name="actor_links",
    key="link_id",
    about="One dated, directed link between two actors: from_actor_id KIND to_actor_id.",
    columns=(
        column("link_id", "text", "id", required=True),
        column("from_actor_id", "text", "actor the sentence begins with", required=True),
        column("to_actor_id", "text", "actor the sentence ends with", required=True),
        column("kind", "text", "what the first is to the second", required=True, choices=LINK_KINDS),
        column("valid_from", "date", "day of the split, merger, change of name or pact; empty = day not known"),
        column("valid_to", "date", "last day the link holds, inclusive; empty = still holds"),
        column("source", "text", "who says so, e.g. ucdp"),
        column("basis", "text", "what the source bases it on, e.g. a column or a document number"),
    ),
)

COMMITMENTS = Contract(
    name="commitments",
    key="commitment_id",
    about="What an actor committed itself to. An heir that renews or breaks a parent's plan has a record of its own.",
    columns=(
        column("commitment_id", "text", "id", required=True),
        column("actor_id", "text", "actor that signed, or that renews or breaks what follows_id names", required=True),
        column("kind", "text", "kind of commitment", required=True, choices=COMMITMENT_KINDS),
        column("status", "text", "where it stands", required=True, choices=COMMITMENT_STATUSES),
        column("signed_on", "date", "day of signing; empty = not signed, or day not known"),
        column("status_on", "date", "day from which the status holds; empty = from the day of signing"),
        column("violations", "text", "violations covered, separated by ;", choices=VIOLATIONS, several=True),
        column("follows_id", "text", "commitment of another actor that this record takes over or breaks with"),
        column("counterpart", "text", "organisation role that signed for the United Nations; no person"),
        column("source", "text", "who says so"),
        *VALID,
    ),
)

ACTOR_NAMES = Contract(
    name="actor_names",
    key="name_id",
    about="What a person settled about a reported name that fits several actors, or none for sure.",
    columns=(
        column("name_id", "text", "id", required=True),
        column("name", "text", "name as reported", required=True),
        column("country", "text", "ISO 3166-1 alpha-3 code of the reports; empty = of all countries"),
        column("actor_id", "text", "actor that is meant; empty = none of the actors on record"),
        column("withdrawn", "flag", "taken back: as if never settled"),
        *VALID,
    ),
)

PRESENCE = Contract(
    name="presence",
    key="presence_id",
    geometry="point",
    about="Dated evidence that an actor is in an area.",
    columns=(
        column("presence_id", "text", "id", required=True),
        column("actor_id", "text", "actor", required=True),
        column("observed_on", "date", "day of the observation", required=True),
        replace(LONGITUDE, required=False),
        replace(LATITUDE, required=False),
        column(
            "place_precision",
            "text",
            "how well the place is known; empty with area_wkt or cells",
            choices=PLACE_PRECISION,
        ),
        COUNTRY,
        column("admin1", "text", "province"),
        column("admin2", "text", "district"),
        column("area_wkt", "text", "outline of the area: WKT polygon or multipolygon, EPSG:4326"),
        column("cells", "text", "H3 cells of one resolution as hex text, separated by ;"),
        column("source", "text", "organisation or database that reports; no name of a person"),
        *GRADES,
    ),
    whole_row=presence_place_faults,
)

CONSTRAINTS = Contract(
    name="constraints",
    key="constraint_id",
    geometry="point",
    about="A dated fact that hinders a stretch of road: at a point, along a line, or on a whole road.",
    columns=(
        column("constraint_id", "text", "id", required=True),
        column("kind", "text", "kind of constraint", required=True, choices=CONSTRAINT_KINDS),
        LONGITUDE_OF_ROAD,
        LATITUDE_OF_ROAD,
        column(
            "delay_min",
            "number",
            "minutes it costs a vehicle on its whole stretch; empty = the setting for its kind",
            low=0,
            high=10000,
        ),
        column("reported_on", "date", "day of the report", required=True),
        column("source", "text", "who reported it"),
        *VALID,
        LINE_OF_ROAD,
        ROAD_ID,
        HEADING,
        OF_VEHICLES,
        column("seasons", "text", "seasons it holds in, separated by ; (empty = all)", choices=SEASONS, several=True),
        column("hours", "text", "local time it is in force each day, e.g. 18:00-06:00; empty = all day"),
        column("operator_type", "text", "who stands there", choices=OPERATOR_TYPES),
        column("actor_id", "text", "armed actor that holds it"),
        column("fee", "number", "what one passage costs a vehicle, in fee_currency", low=0),
        column("fee_currency", "text", "ISO 4217 code of the fee, e.g. USD"),
        column("behaviour", "text", "how those who pass are treated", choices=BEHAVIOURS),
        *GRADES,
    ),
    whole_row=constraint_faults,
)

ROAD_REPORTS = Contract(
    name="road_reports",
    key="report_id",
    geometry="point",
    about="What somebody saw of a stretch of road on a day: whether a vehicle gets through.",
    columns=(
        column("report_id", "text", "id", required=True),
        column("observed_on", "date", "day of the observation", required=True),
        column("status", "text", "what was seen", required=True, choices=ROAD_STATUSES),
        LONGITUDE_OF_ROAD,
        LATITUDE_OF_ROAD,
        LINE_OF_ROAD,
        ROAD_ID,
        HEADING,
        OF_VEHICLES,
        column("expires_on", "date", "last day it counts, inclusive; empty = the setting for road reports"),
        column("source", "text", "organisation or role that reports; no name of a person"),
        *GRADES,
    ),
    whole_row=road_place_faults,
)

MERGES = Contract(
    name="merges",
    key="merge_id",
    about="What a person decided about reports of different sources that may speak of the same event.",
    columns=(
        column("merge_id", "text", "the members' ids in order, joined by +", required=True),
        column("members", "text", "incident ids of the reports, separated by ;", required=True),
        column(
            "decision", "text", "what was decided; withdrawn = as if never decided", required=True, choices=DECISIONS
        ),
        column("score", "number", "chance of one event when it was decided; empty = none was computed", low=0, high=1),
    ),
)
