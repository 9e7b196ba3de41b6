"""The contract of every table Piste keeps: what a column means, its unit and what may stand in it.

Bulk tables live in the lake (immutable imports); edited tables live in the registry (revisions).
Positions are EPSG:4326 degrees. ``line`` numbers of the source file are the index while a file is
read and the column ``source_line`` once stored.
"""

from typing import Any

from geo.contracts import Column, Contract, Kind

VIOLATIONS = (
    "killing",
    "maiming",
    "recruitment_or_use",
    "sexual_violence",
    "abduction",
    "attack_on_school",
    "attack_on_hospital",
    "denial_of_humanitarian_access",
    "military_use",
    "detention",
)
VIOLATION_BASIS = ("recorded", "suggested")  # said by the source, or suggested by our crosswalk of its words
VERIFICATION = ("reported", "pending", "verified", "not_verified", "rejected")
# How well a place is known. UCDP where_prec 1..7 map in order; see README, "Assumptions", row 1.
PLACE_PRECISION = ("exact", "near", "admin2", "admin1", "region", "country", "nowhere")
DECISIONS = ("same", "not_same", "withdrawn")  # about reports of different sources
ORGANISATIONS = ("mission", "un_agency", "ingo", "national_ngo", "government", "other")
# How one actor came from, went into or stands beside another; the edge reads "from_actor KIND to_actor".
LINK_KINDS = ("parent_of", "splinter_of", "merged_into", "renamed_to", "allied_with")
ACTOR_TYPES = ("state", "non_state", "militia", "foreign_state", "unknown")
SITE_KINDS = ("village", "town", "camp", "school", "hospital", "detention", "cantonment", "interim_care", "other")
CONSTRAINT_KINDS = (
    "bridge_out",
    "flooded",
    "checkpoint",
    "mines_or_erw",
    "ambush",
    "hostilities",
    "permit",
    "curfew",
    "impassable",
)


def _c(name: str, kind: Kind, about: str, **limits: Any) -> Column:
    return Column(name=name, kind=kind, about=about, **limits)


_LONGITUDE = _c("longitude", "number", "degrees east, EPSG:4326", required=True, low=-180, high=180)
_LATITUDE = _c("latitude", "number", "degrees north, EPSG:4326", required=True, low=-90, high=90)
_COUNTRY = _c("country", "text", "ISO 3166-1 alpha-3 code")
_VALID = (
    _c("valid_from", "date", "first day the fact is true; empty = always"),
    _c("valid_to", "date", "last day the fact is true, inclusive; empty = still true"),
)

INCIDENTS = Contract(
    name="incidents",
    key="incident_id",
    geometry="point",
    about="One reported event per row, with how well its place and date are known.",
    columns=(
        _c("incident_id", "text", "id, unique with its source, e.g. ucdp:36210", required=True),
        _c("source", "text", "database the report comes from, e.g. ucdp", required=True),
        _c("date_start", "date", "first possible day", required=True),
        _c("date_end", "date", "last possible day, inclusive", required=True),
        _c("date_precision", "integer", "1 exact day, 2 within a week, 3 month, 4 longer, 5 year", low=1, high=5),
        _LONGITUDE,
        _LATITUDE,
        _c("place_precision", "text", "how well the place is known", required=True, choices=PLACE_PRECISION),
        _c("place", "text", "name of the place as reported"),
        _c("admin1", "text", "first-order administrative area as reported"),
        _c("admin2", "text", "second-order administrative area as reported"),
        _COUNTRY,
        _c("actor_a", "text", "first actor, name as reported"),
        _c("actor_a_id", "text", "first actor, id within the source, e.g. ucdp:488"),
        _c("actor_b", "text", "second actor, name as reported"),
        _c("actor_b_id", "text", "second actor, id within the source"),
        _c("event_type", "text", "kind of event in the words of the source"),
        _c("violation", "text", "MRM category where recorded", choices=VIOLATIONS),
        _c("violation_basis", "text", "who says so: the source, or our crosswalk", choices=VIOLATION_BASIS),
        _c("case_code", "text", "code of the child or case, the same for all violations of one child; never a name"),
        _c("verification", "text", "MRM verification status", choices=VERIFICATION),
        _c("verified_on", "date", "day of verification"),
        _c("victims_girls", "integer", "girls among the victims", low=0),
        _c("victims_boys", "integer", "boys among the victims", low=0),
        _c("victims_unknown", "integer", "child victims whose sex is not recorded", low=0),
        _c("fatalities_low", "integer", "deaths, low estimate", low=0),
        _c("fatalities_best", "integer", "deaths, best estimate", low=0),
        _c("fatalities_high", "integer", "deaths, high estimate", low=0),
        _c("sources_count", "integer", "number of sources; empty = not recorded", low=0),
    ),
)

BASE_YEARS = Contract(
    name="base_years",
    key="base_year_id",
    geometry="point",
    about="A peacekeeping location as one source map shows it; repeats and spellings kept, base_id resolves them.",
    columns=(
        _c("base_year_id", "text", "id of the row: file kind and row number", required=True),
        _c("base_id", "text", "the base this row speaks of, same for all its spellings", required=True),
        _c("base_name", "text", "the name used for the base", required=True),
        _c("location", "text", "name exactly as in the file", required=True),
        _c("mission", "text", "peacekeeping mission, e.g. MINUSCA", required=True),
        _c("year", "integer", "calendar year of the map", required=True, low=1948, high=2100),
        _c("month", "integer", "month of the map where given", low=1, high=12),
        _c("source_map", "text", "map number where given"),
        _COUNTRY,
        _LONGITUDE,
        _LATITUDE,
        _c("troops", "integer", "troops; empty = not known", low=0),
        _c("headquarters", "integer", "0 none, 1 sector, 2 regional, 3 mission headquarters", low=0, high=3),
        _c("aviation", "flag", "an aviation unit or airfield is shown"),
        _c("medical", "flag", "a medical unit is shown"),
        _c("unpol", "flag", "UN police are shown"),
        _c("observers", "flag", "military observers are shown"),
    ),
)

ROADS = Contract(
    name="roads",
    key="road_id",
    geometry="line",
    about="One drawn line of road. Stated distance or duration wins over the drawn length and assumed speed.",
    columns=(
        _c("road_id", "text", "id within the file", required=True),
        _c("name", "text", "name or reference"),
        _c("road_class", "text", "class in OSM words: trunk primary secondary tertiary unclassified track ferry"),
        _c("surface", "text", "paved, unpaved, or the OSM surface value"),
        _c("speed_kph", "number", "stated speed, km/h", low=0.5, high=150),
        _c("length_km", "number", "stated length, km; empty = drawn length is used", low=0),
        _c("duration_min", "number", "stated travel time in the dry season, minutes", low=0),
        _c("oneway", "integer", "1 along the line, -1 against it, 0 both", low=-1, high=1),
        _c("bridge", "flag", "the line is a bridge or a layered crossing"),
        _c("wet_passable", "flag", "passable in the wet season; empty = not known"),
        _c("proposed", "flag", "planned only: kept, never routed"),
    ),
)

RIVERS = Contract(
    name="rivers",
    key="river_id",
    geometry="line",
    about="River lines for the base map.",
    columns=(
        _c("river_id", "text", "id within the file", required=True),
        _c("name", "text", "name"),
        _c("river_class", "integer", "1 is the largest", low=1, high=10),
    ),
)

BOUNDARIES = Contract(
    name="boundaries",
    key="boundary_id",
    geometry="polygon",
    about="Administrative outlines: level 0 countries, 1 provinces, 2 districts.",
    columns=(
        _c("boundary_id", "text", "p-code where given", required=True),
        _c("name", "text", "name", required=True),
        _c("name_fr", "text", "French name where given"),
        _c("level", "integer", "administrative level, 0 = country", required=True, low=0, high=4),
        _COUNTRY,
        _c("parent", "text", "boundary_id or name of the area above"),
    ),
)

PLACES = Contract(
    name="places",
    key="place_id",
    geometry="point",
    about="Settlements and points of interest.",
    columns=(
        _c("place_id", "text", "id within the file", required=True),
        _c("name", "text", "name; empty where the source has none"),
        _c("kind", "text", "city, town, village, hospital, school, … in OSM words", required=True),
        _c("population", "integer", "people", low=0),
        _COUNTRY,
        _LONGITUDE,
        _LATITUDE,
    ),
)

AIRPORTS = Contract(
    name="airports",
    key="airport_id",
    geometry="point",
    about="Airfields and helipads, with the longest open runway where known.",
    columns=(
        _c("airport_id", "text", "ICAO code or local identifier", required=True),
        _c("name", "text", "name", required=True),
        _c("kind", "text", "large_airport, medium_airport, small_airport, heliport, closed, …", required=True),
        _c("closed", "flag", "closed to traffic", required=True),
        _c("runway_length_m", "number", "longest runway not closed, metres", low=0),
        _c("surface", "text", "surface code as in the source"),
        _COUNTRY,
        _LONGITUDE,
        _LATITUDE,
    ),
)

BASES = Contract(
    name="bases",
    key="base_id",
    geometry="point",
    about="Any organisation's fixed place with its bundle of capabilities.",
    columns=(
        _c("base_id", "text", "id", required=True),
        _c("name", "text", "name", required=True),
        _c("organisation", "text", "name of the organisation", required=True),
        _c("organisation_type", "text", "kind of organisation", required=True, choices=ORGANISATIONS),
        _COUNTRY,
        _LONGITUDE,
        _LATITUDE,
        _c("headquarters", "flag", "sector or force headquarters"),
        _c("escort_slots_per_week", "number", "escorts it can give in a week", low=0, high=100),
        _c("helipad", "flag", "helicopters can land"),
        _c("airstrip", "flag", "fixed-wing aircraft can land"),
        _c("medical", "flag", "medical post"),
        _c("alert_hub", "flag", "centre of a community alert network"),
        _c("hosts_partners", "flag", "partners may lodge and leave from here"),
        _c("women_interviewers", "integer", "trained women interviewers based here", low=0),
        *_VALID,
    ),
)

SITES = Contract(
    name="sites",
    key="site_id",
    geometry="point",
    about="Places a team may have to reach.",
    columns=(
        _c("site_id", "text", "id", required=True),
        _c("name", "text", "name", required=True),
        _c("p_code", "text", "place code of the common operational dataset"),
        _c("kind", "text", "kind of site", required=True, choices=SITE_KINDS),
        _c("people", "integer", "people living there or served", low=0),
        _COUNTRY,
        _LONGITUDE,
        _LATITUDE,
        *_VALID,
    ),
)

ACTORS = Contract(
    name="actors",
    key="actor_id",
    about="An armed actor with its aliases, lineage and engagement.",
    columns=(
        _c("actor_id", "text", "id", required=True),
        _c("name", "text", "canonical name", required=True),
        _c("short_name", "text", "name used on the map"),
        _c("aliases", "text", "other names, separated by ;"),
        _c("source_ids", "text", "ids in other databases, separated by ; e.g. ucdp:488"),
        _c("actor_type", "text", "kind of actor", required=True, choices=ACTOR_TYPES),
        _COUNTRY,
        _c("colour", "text", "map colour #RRGGBB, kept for good"),
        _c("parent_id", "text", "actor it came from"),
        _c("parent_relation", "text", "how", choices=("split", "merge", "rename")),
        _c("engagement", "text", "action plan or declaration", choices=("none", "contact", "road_map", "action_plan")),
        _c("last_contact", "date", "day of the last contact"),
        _c("mandate_holder", "text", "organisation that holds the negotiation mandate"),
        _c("mandate_heir", "text", "organisation that inherits it"),
        *_VALID,
    ),
)

ACTOR_LINKS = Contract(
    name="actor_links",
    key="link_id",
    about="One dated, directed link between two actors: from_actor_id KIND to_actor_id.",
    columns=(
        _c("link_id", "text", "id", required=True),
        _c("from_actor_id", "text", "actor the sentence begins with", required=True),
        _c("to_actor_id", "text", "actor the sentence ends with", required=True),
        _c("kind", "text", "what the first is to the second", required=True, choices=LINK_KINDS),
        _c("valid_from", "date", "day of the split, merger, change of name or pact; empty = day not known"),
        _c("valid_to", "date", "last day the link holds, inclusive; empty = still holds"),
        _c("source", "text", "who says so, e.g. ucdp"),
        _c("basis", "text", "what the source bases it on, e.g. a column or a document number"),
    ),
)

PRESENCE = Contract(
    name="presence",
    key="presence_id",
    geometry="point",
    about="Dated evidence that an actor is in an area.",
    columns=(
        _c("presence_id", "text", "id", required=True),
        _c("actor_id", "text", "actor", required=True),
        _c("observed_on", "date", "day of the observation", required=True),
        _LONGITUDE,
        _LATITUDE,
        _c("place_precision", "text", "how well the place is known", required=True, choices=PLACE_PRECISION),
        _c("source_type", "text", "who saw it", choices=("patrol", "partner", "alert_network", "media", "other")),
        _c("reliability", "text", "source reliability, Admiralty A to F", choices=("a", "b", "c", "d", "e", "f")),
        _c("credibility", "integer", "information credibility, Admiralty 1 to 6", low=1, high=6),
    ),
)

CONSTRAINTS = Contract(
    name="constraints",
    key="constraint_id",
    geometry="point",
    about="A dated fact that hinders a stretch of road; it applies to the nearest segment.",
    columns=(
        _c("constraint_id", "text", "id", required=True),
        _c("kind", "text", "kind of constraint", required=True, choices=CONSTRAINT_KINDS),
        _LONGITUDE,
        _LATITUDE,
        _c("delay_min", "number", "minutes it costs a vehicle; empty = the setting for its kind", low=0, high=10000),
        _c("reported_on", "date", "day of the report", required=True),
        _c("source", "text", "who reported it"),
        *_VALID,
    ),
)

REQUESTS = Contract(
    name="requests",
    key="request_id",
    about="A request to verify, by case code; no names of persons.",
    columns=(
        _c("request_id", "text", "case code", required=True),
        _c("site_id", "text", "site to reach", required=True),
        _c("alerted_on", "date", "day of the alert", required=True),
        _c("incident_on", "date", "day of the incident"),
        _c("violation", "text", "alleged violation", choices=VIOLATIONS),
        _c("girls", "integer", "girls concerned", low=0),
        _c("boys", "integer", "boys concerned", low=0),
        _c("sex_unknown", "integer", "children whose sex is not known", low=0),
        _c("blocked_by", "text", "what it waits for, separated by ;"),
        _c("status", "text", "where it stands", required=True, choices=("open", "planned", "reached", "closed")),
    ),
)

PARTNERS = Contract(
    name="partners",
    key="partner_id",
    about="An organisation that can take part in a joint mission.",
    columns=(
        _c("partner_id", "text", "id", required=True),
        _c("name", "text", "name", required=True),
        _c("organisation_type", "text", "kind of organisation", required=True, choices=ORGANISATIONS),
        _c("base_id", "text", "base it works from"),
        _c("trained_women", "integer", "trained women interviewers", low=0),
        _c("staff", "integer", "trained staff", low=0),
        _c("vehicles", "integer", "vehicles", low=0),
        *_VALID,
    ),
)

MERGES = Contract(
    name="merges",
    key="merge_id",
    about="What a person decided about reports of different sources that may speak of the same event.",
    columns=(
        _c("merge_id", "text", "the members' ids in order, joined by +", required=True),
        _c("members", "text", "incident ids of the reports, separated by ;", required=True),
        _c("decision", "text", "what was decided; withdrawn = as if never decided", required=True, choices=DECISIONS),
        _c("score", "number", "chance of one event when it was decided; empty = none was computed", low=0, high=1),
    ),
)

LAKE_TABLES = {c.name: c for c in (INCIDENTS, BASE_YEARS, ROADS, RIVERS, BOUNDARIES, PLACES, AIRPORTS)}
REGISTRY_TABLES = {
    c.name: c for c in (BASES, SITES, ACTORS, ACTOR_LINKS, PRESENCE, CONSTRAINTS, REQUESTS, PARTNERS, MERGES)
}
TABLES = LAKE_TABLES | REGISTRY_TABLES
# The date a table speaks about, for spans in "status".
DATE_COLUMN = {
    "incidents": "date_start",
    "presence": "observed_on",
    "constraints": "reported_on",
    "requests": "alerted_on",
    "bases": "valid_from",
}
