"""The fictional sample: written as ordinary files, taken in through the same door as any other file.

The territory lies around 0° N 0° E in the open sea, so nobody mistakes it for a real place. Its country
codes are of the range ISO 3166-1 leaves to users (XAA to XZZ).
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from geo.readers import read_file
from geo.schema import TABLES
from geo.workspace.sample_actors import COMMITMENTS, LINKS, actor_rows
from geo.workspace.sample_crossings import RoadLine
from geo.workspace.sample_duties import build_duties
from geo.workspace.sample_events import build_constraints, build_incidents, draw_events
from geo.workspace.sample_hindrances import build_road_reports, told_in_full
from geo.workspace.sample_land import OWN, Floats, Land, build_land
from geo.workspace.sample_missions import build_fleet, build_missions, build_requests, build_staff
from geo.workspace.sample_names import COUNTRY_NAMES, PROVINCE_NAMES, RIVER_NAMES
from geo.workspace.sample_overlaps import build_second
from geo.workspace.sample_people import (
    Row,
    Settlements,
    build_airports,
    build_bases,
    build_partners,
    build_settlements,
)
from geo.workspace.sample_presence import build_presence, with_names
from geo.workspace.sample_rivers import River, build_rivers
from geo.workspace.sample_roads import Roads, build_roads
from geo.workspace.sample_scenarios import MEASURES, SCENARIOS
from geo.workspace.store import Workspace

SEED = 7
# Format and file, in the order they are imported.
SAMPLE_FILES: tuple[tuple[str, str], ...] = (
    ("boundaries", "boundaries.geojson"),
    ("rivers", "rivers.geojson"),
    ("roads", "roads.geojson"),
    ("places", "places.geojson"),
    ("airports", "airports.csv"),
    ("actors", "actors.csv"),
    ("actor_links", "actor_links.csv"),
    ("commitments", "commitments.csv"),
    ("bases", "bases.csv"),
    ("sites", "sites.csv"),
    ("incidents", "incidents.csv"),
    ("incidents", "alerts.csv"),
    ("presence", "presence.csv"),
    ("constraints", "constraints.csv"),
    ("road_reports", "road_reports.csv"),
    ("requests", "requests.csv"),
    ("partners", "partners.csv"),
    ("staff", "staff.csv"),
    ("fleet", "fleet.csv"),
    ("missions", "missions.csv"),
    ("visits", "visits.csv"),
    ("duties", "duties.csv"),
    ("scenarios", "scenarios.csv"),
    ("measures", "measures.csv"),
)
# A file that is not called like its table.
_TABLE_OF = {"alerts": "incidents"}
# Second header rows, as humanitarian files carry them (hxlstandard.org 1.1); columns without a tag stay empty.
_HXL = {
    "bases": {
        "base_id": "#loc+code",
        "name": "#loc+name",
        "organisation": "#org+name",
        "organisation_type": "#org+type",
        "country": "#country+code",
        "longitude": "#geo+lon",
        "latitude": "#geo+lat",
        "escort_slots_per_week": "#capacity+escort",
        "valid_from": "#date+start",
        "valid_to": "#date+end",
    },
    "sites": {
        "site_id": "#loc+code",
        "name": "#loc+name",
        "p_code": "#adm3+code",
        "kind": "#loc+type",
        "people": "#population",
        "country": "#country+code",
        "longitude": "#geo+lon",
        "latitude": "#geo+lat",
        "valid_from": "#date+start",
        "valid_to": "#date+end",
    },
}
_AIRPORT_COLUMNS = [
    "id",
    "ident",
    "type",
    "name",
    "latitude_deg",
    "longitude_deg",
    "elevation_ft",
    "continent",
    "iso_country",
    "iso_region",
    "municipality",
    "scheduled_service",
    "gps_code",
    "iata_code",
    "local_code",
    "home_link",
    "wikipedia_link",
    "keywords",
]
_RUNWAY_COLUMNS = [
    "id",
    "airport_ref",
    "airport_ident",
    "length_ft",
    "width_ft",
    "surface",
    "lighted",
    "closed",
    "le_ident",
    "le_latitude_deg",
    "le_longitude_deg",
    "le_elevation_ft",
    "le_heading_degT",
    "le_displaced_threshold_ft",
    "he_ident",
    "he_latitude_deg",
    "he_longitude_deg",
    "he_elevation_ft",
    "he_heading_degT",
    "he_displaced_threshold_ft",
]
_SURFACE = {"trunk": "paved", "secondary": "gravel", "tertiary": "laterite", "unclassified": "dirt", "track": "ground"}


def generate(folder: Path, *, seed: int = SEED) -> None:
    """Write all files of the sample; the same seed writes the same bytes.

    Parameters
    ----------
    folder
        Made when absent; files of the same names in it are replaced.
    """
    land = build_land(seed)
    rivers = build_rivers(land, seed)
    roads = build_roads(land, rivers, seed)
    settlements = build_settlements(land, roads, seed)
    bases = build_bases(settlements)
    names = _area_names(land, settlements, roads)
    incidents = build_incidents(land, roads, settlements, bases, seed)
    second = build_second(land, roads, settlements, draw_events(land, roads, bases, seed)[0], incidents, seed)
    airports, runways = build_airports(settlements)
    tables = {
        "actors": actor_rows(),
        "actor_links": LINKS,
        "commitments": COMMITMENTS,
        "bases": bases,
        "sites": settlements.sites,
        "incidents": [with_names(row, names) for row in incidents],
        "alerts": [with_names(row, names) for row in second.rows],
        "presence": build_presence(land, names, seed),
        "constraints": told_in_full(build_constraints(roads, seed), roads, airports, seed),
        "road_reports": build_road_reports(roads, seed),
        "partners": build_partners(bases),
        "duties": build_duties(bases),
        "scenarios": SCENARIOS,
        "measures": MEASURES,
    }
    tables |= _missions(build_partners(bases), bases, build_requests(settlements.sites, seed))
    files = {f"{name}.csv": _table_text(_TABLE_OF.get(name, name), rows) for name, rows in tables.items()}
    files["airports.csv"] = _csv_text(_AIRPORT_COLUMNS, airports, quote=csv.QUOTE_NONNUMERIC)
    files["runways.csv"] = _csv_text(_RUNWAY_COLUMNS, runways, quote=csv.QUOTE_NONNUMERIC)
    files["boundaries.geojson"] = _geojson_text(_boundary_features(land, names))
    files["rivers.geojson"] = _geojson_text(_river_features(rivers))
    files["roads.geojson"] = _geojson_text(_road_features(roads))
    files["places.geojson"] = _geojson_text(_place_features(settlements))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _missions(partners: list[Row], bases: list[Row], requests: list[Row]) -> dict[str, list[Row]]:
    """Requests, who and what can go, and what was done so far."""
    staff, fleet = build_staff(partners, bases), build_fleet(partners, bases)
    missions, visits = build_missions(requests, staff, fleet)
    return {"requests": requests, "staff": staff, "fleet": fleet, "missions": missions, "visits": visits}


def overlap_truth(*, seed: int = SEED) -> frozenset[tuple[str, str]]:
    """Return which reports of the two sources speak of the same event, as pairs of ids; no file says so."""
    land = build_land(seed)
    rivers = build_rivers(land, seed)
    roads = build_roads(land, rivers, seed)
    settlements = build_settlements(land, roads, seed)
    bases = build_bases(settlements)
    rows = build_incidents(land, roads, settlements, bases, seed)
    happened = draw_events(land, roads, bases, seed)[0]
    return frozenset(build_second(land, roads, settlements, happened, rows, seed).truth)


def build_sample(workspace: Workspace, folder: Path) -> dict[str, int]:
    """Import the sample's files into a workspace and count the rows each table then holds.

    Files already imported are left as they are.

    Raises
    ------
    ImportRefusedError
        When a file of the sample is missing or damaged.
    """
    rows: dict[str, int] = {}
    for format_name, file_name in SAMPLE_FILES:
        record = workspace.add(read_file(format_name, folder / file_name, source="fictional sample"))
        rows[record.table] = rows.get(record.table, 0) + record.rows_stored
    return rows


def _area_names(land: Land, settlements: Settlements, roads: Roads) -> dict[str, tuple[str, str]]:
    """English and French names by p-code; a district is called after its seat."""
    names = dict(COUNTRY_NAMES) | dict(PROVINCE_NAMES)
    for rank, code in enumerate(land.districts, start=1):
        seat = settlements.names[int(roads.towns[rank])]
        names[code] = (seat, seat)
    return names


def _table_text(table: str, rows: Sequence[Row]) -> str:
    columns = TABLES[table].column_names
    return _csv_text(columns, rows, tags=_HXL.get(table))


def _csv_text(
    columns: Sequence[str], rows: Iterable[Row], *, tags: dict[str, str] | None = None, quote: int = csv.QUOTE_MINIMAL
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=quote)  # type: ignore[arg-type]
    writer.writerow(columns)
    if tags:
        writer.writerow([tags.get(column, "") for column in columns])
    for row in rows:
        writer.writerow(["" if row.get(column) is None else row[column] for column in columns])
    return text.getvalue()


def _geojson_text(features: Sequence[dict[str, Any]]) -> str:
    """One feature a line, so that a change shows as the lines it touches."""
    lines = [json.dumps(f, ensure_ascii=False, separators=(",", ":"), sort_keys=True) for f in features]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def _feature(kind: str, coordinates: Any, properties: Row) -> dict[str, Any]:
    filled = {key: value for key, value in properties.items() if value not in (None, "")}
    return {"type": "Feature", "properties": filled, "geometry": {"type": kind, "coordinates": coordinates}}


def _boundary_features(land: Land, names: dict[str, tuple[str, str]]) -> list[dict[str, Any]]:
    features = []
    for code in sorted(land.rings, key=lambda c: (len(c), c)):
        level = {3: 0, 5: 1, 7: 2}[len(code)]
        properties = {
            "boundary_id": code,
            "name": names[code][0],
            "name_fr": names[code][1],
            "level": level,
            "country": code[:3],
            "parent": code[: 3 + 2 * (level - 1)] if level else "",
        }
        features.append(_feature("Polygon", [ring.tolist() for ring in land.rings[code]], properties))
    return features


def _river_features(rivers: list[River]) -> list[dict[str, Any]]:
    features = []
    for number, river in enumerate(rivers, start=1):
        name = RIVER_NAMES[river.stem] if river.stem < len(RIVER_NAMES) else ""
        properties = {"river_id": f"river-{number:03d}", "name": name, "river_class": river.river_class}
        features.append(_feature("LineString", river.line.tolist(), properties))
    return features


def _road_features(roads: Roads) -> list[dict[str, Any]]:
    features = []
    for number, road in enumerate(roads.lines, start=1):
        properties = {"road_id": f"road-{number:04d}", **_road_properties(road, number)}
        features.append(_feature("LineString", road.line.tolist(), properties))
    return features


def _road_properties(road: RoadLine, number: int) -> Row:
    """Class, surface and condition; every 45th line states length and duration, as a logistics survey would."""
    lon = float(road.line[0, 0])
    far = lon > 0.6  # national roads of the east were never paved
    surface = "laterite" if road.road_class == "trunk" and far else _SURFACE.get(road.road_class)
    length_km = _drawn_km(road.line)
    stated = number % 45 == 0 and road.road_class != "ferry" and length_km > 1
    kph = {"trunk": 38.0, "secondary": 27.0, "tertiary": 20.0}.get(road.road_class, 11.0)
    return {
        "name": {"N": "RN", "P": "RP"}.get(road.route[:1], "") + road.route[1:]
        if road.route != "planned"
        else "planned",
        "road_class": road.road_class,
        "surface": surface,
        "length_km": round(length_km * 1.06, 1) if stated else None,
        "duration_min": round(length_km * 1.06 / kph * 60.0) if stated else None,
        "bridge": "yes" if road.bridge else None,
        "wet_passable": _wet_passable(road, number),
        "proposed": "yes" if road.proposed else None,
    }


def _wet_passable(road: RoadLine, number: int) -> str | None:
    """What is known of a road in the wet season; of most tracks nobody knows."""
    if road.bridge or road.road_class in ("trunk", "secondary"):
        return "yes"
    if road.fords:
        return "no"
    if road.road_class == "track":
        return ("no", "yes", None, None)[number * 7 % 4]
    return ("yes", "yes", None)[number % 3]


def _drawn_km(line: Floats) -> float:
    steps = pairwise(line.tolist())
    return float(sum(111.2 * ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5 for (ax, ay), (bx, by) in steps))


def _place_features(settlements: Settlements) -> list[dict[str, Any]]:
    features = []
    for town in settlements.towns:
        properties = {key: value for key, value in town.items() if key not in ("longitude", "latitude")}
        features.append(_feature("Point", [town["longitude"], town["latitude"]], properties))
    return features


__all__ = ["OWN", "SAMPLE_FILES", "SEED", "build_sample", "generate"]
