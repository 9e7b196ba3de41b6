"""Bulk tables: immutable imports, kept in the lake."""

from geo.contracts import Contract
from geo.schema.columns import COUNTRY, LATITUDE, LONGITUDE, column
from geo.schema.words import (
    PLACE_PRECISION,
    VERIFICATION,
    VIOLATION_BASIS,
    VIOLATIONS,
)

INCIDENTS = Contract(
    name="incidents",
    key="incident_id",
    geometry="point",
    about="One reported event per row, with how well its place and date are known.",
    columns=(
        column("incident_id", "text", "id, unique with its source, e.g. ucdp:36210", required=True),
        column("source", "text", "database the report comes from, e.g. ucdp", required=True),
        column("date_start", "date", "first possible day", required=True),
        column("date_end", "date", "last possible day, inclusive", required=True),
        column("date_precision", "integer", "1 exact day, 2 within a week, 3 month, 4 longer, 5 year", low=1, high=5),
        LONGITUDE,
        LATITUDE,
        column("place_precision", "text", "how well the place is known", required=True, choices=PLACE_PRECISION),
        column("place", "text", "name of the place as reported"),
        column("admin1", "text", "first-order administrative area as reported"),
        column("admin2", "text", "second-order administrative area as reported"),
        COUNTRY,
        column("actor_a", "text", "first actor, name as reported"),
        column("actor_a_id", "text", "first actor, id within the source, e.g. ucdp:488"),
        column("actor_b", "text", "second actor, name as reported"),
        column("actor_b_id", "text", "second actor, id within the source"),
        column("event_type", "text", "kind of event in the words of the source"),
        column("violation", "text", "MRM category where recorded", choices=VIOLATIONS),
        column("violation_basis", "text", "who says so: the source, or our crosswalk", choices=VIOLATION_BASIS),
        column(
            "case_code", "text", "code of the child or case, the same for all violations of one child; never a name"
        ),
        column("verification", "text", "MRM verification status", choices=VERIFICATION),
        column("verified_on", "date", "day of verification"),
        column("victims_girls", "integer", "girls among the victims", low=0),
        column("victims_boys", "integer", "boys among the victims", low=0),
        column("victims_unknown", "integer", "child victims whose sex is not recorded", low=0),
        column("fatalities_low", "integer", "deaths, low estimate", low=0),
        column("fatalities_best", "integer", "deaths, best estimate", low=0),
        column("fatalities_high", "integer", "deaths, high estimate", low=0),
        column("sources_count", "integer", "number of sources; empty = not recorded", low=0),
    ),
)

BASE_YEARS = Contract(
    name="base_years",
    key="base_year_id",
    geometry="point",
    about="A peacekeeping location as one source map shows it; repeats and spellings kept, base_id resolves them.",
    columns=(
        column("base_year_id", "text", "id of the row: file kind and row number", required=True),
        column("base_id", "text", "the base this row speaks of, same for all its spellings", required=True),
        column("base_name", "text", "the name used for the base", required=True),
        column("location", "text", "name exactly as in the file", required=True),
        column("mission", "text", "peacekeeping mission, e.g. MINUSCA", required=True),
        column("year", "integer", "calendar year of the map", required=True, low=1948, high=2100),
        column("month", "integer", "month of the map where given", low=1, high=12),
        column("source_map", "text", "map number where given"),
        COUNTRY,
        LONGITUDE,
        LATITUDE,
        column("troops", "integer", "troops; empty = not known", low=0),
        column("headquarters", "integer", "0 none, 1 sector, 2 regional, 3 mission headquarters", low=0, high=3),
        column("aviation", "flag", "an aviation unit or airfield is shown"),
        column("medical", "flag", "a medical unit is shown"),
        column("unpol", "flag", "UN police are shown"),
        column("observers", "flag", "military observers are shown"),
    ),
)

ROADS = Contract(
    name="roads",
    key="road_id",
    geometry="line",
    about="One drawn line of road. Stated distance or duration wins over the drawn length and assumed speed.",
    columns=(
        column("road_id", "text", "id within the file", required=True),
        column("name", "text", "name or reference"),
        column("road_class", "text", "class in OSM words: trunk primary secondary tertiary unclassified track ferry"),
        column("surface", "text", "paved, unpaved, or the OSM surface value"),
        column("speed_kph", "number", "stated speed, km/h", low=0.5, high=150),
        column("length_km", "number", "stated length, km; empty = drawn length is used", low=0),
        column("duration_min", "number", "stated travel time in the dry season, minutes", low=0),
        column("oneway", "integer", "1 along the line, -1 against it, 0 both", low=-1, high=1),
        column("bridge", "flag", "the line is a bridge or a layered crossing"),
        column("wet_passable", "flag", "passable in the wet season; empty = not known"),
        column("proposed", "flag", "planned only: kept, never routed"),
    ),
)

RIVERS = Contract(
    name="rivers",
    key="river_id",
    geometry="line",
    about="River lines for the base map.",
    columns=(
        column("river_id", "text", "id within the file", required=True),
        column("name", "text", "name"),
        column("river_class", "integer", "1 is the largest", low=1, high=10),
    ),
)

BOUNDARIES = Contract(
    name="boundaries",
    key="boundary_id",
    geometry="polygon",
    about="Administrative outlines: level 0 countries, 1 provinces, 2 districts.",
    columns=(
        column("boundary_id", "text", "p-code where given", required=True),
        column("name", "text", "name", required=True),
        column("name_fr", "text", "French name where given"),
        column("level", "integer", "administrative level, 0 = country", required=True, low=0, high=4),
        COUNTRY,
        column("parent", "text", "boundary_id or name of the area above"),
    ),
)

PLACES = Contract(
    name="places",
    key="place_id",
    geometry="point",
    about="Settlements and points of interest.",
    columns=(
        column("place_id", "text", "id within the file", required=True),
        column("name", "text", "name; empty where the source has none"),
        column("kind", "text", "city, town, village, hospital, school, … in OSM words", required=True),
        column("population", "integer", "people", low=0),
        COUNTRY,
        LONGITUDE,
        LATITUDE,
    ),
)

AIRPORTS = Contract(
    name="airports",
    key="airport_id",
    geometry="point",
    about="Airfields and helipads, with the longest open runway where known.",
    columns=(
        column("airport_id", "text", "ICAO code or local identifier", required=True),
        column("name", "text", "name", required=True),
        column("kind", "text", "large_airport, medium_airport, small_airport, heliport, closed, …", required=True),
        column("closed", "flag", "closed to traffic", required=True),
        column("runway_length_m", "number", "longest runway not closed, metres", low=0),
        column("surface", "text", "surface code as in the source"),
        COUNTRY,
        LONGITUDE,
        LATITUDE,
    ),
)
