"""Hindrances of the fictional sample told in full, and reports of roads that contradict each other."""

import datetime as dt

import numpy as np

from geo.workspace.sample_actors import ARMY, FRONT, HEIR_NORTH, HEIR_SOUTH, MILITIA
from geo.workspace.sample_crossings import MAIN_CLASSES
from geo.workspace.sample_land import Floats
from geo.workspace.sample_people import TODAY, Row
from geo.workspace.sample_roads import Roads

_CURRENCY = "XTS"  # ISO 4217 keeps it for tests
_SOURCE_TYPES = {
    "patrol": ("patrol", "a"),
    "partner": ("partner", "b"),
    "alert network": ("alert_network", "c"),
    "logistics cluster": ("other", "b"),
}
# West of this longitude the State mans the posts; in the east the armed movements do. South of the other the militia.
_STATE_WEST_OF, _MILITIA_SOUTH_OF = -0.6, -0.9
_BEHAVIOURS = {
    "state": ("orderly", "delays", "extorts"),
    "non_state": ("extorts", "delays", "detains"),
    "militia": ("extorts", "detains", "attacks"),
    "community": ("orderly", "delays"),
}
# Stretches: kind, road class, how many, months in force.
_STRETCHES = (
    ("escort_required", "secondary", 3, 8),
    ("daylight_only", "tertiary", 3, 12),
    ("impassable", "track", 2, 2),
)
# One story per road: days before today, status, vehicles, source, grade, in one direction only.
_STORIES: tuple[tuple[tuple[int, str, str, str, str, bool], ...], ...] = (
    ((3, "passable", "", "patrol", "a", False), (41, "impassable", "", "alert network", "c", False)),
    ((2, "impassable", "", "drivers' association", "e", False), (9, "passable", "", "patrol", "a", False)),
    ((5, "difficult", "truck", "logistics cluster", "b", False), (5, "passable", "motorcycle", "partner", "b", False)),
    ((12, "difficult", "", "partner", "b", False), (12, "impassable", "", "alert network", "c", False)),
    ((20, "impassable", "", "partner", "c", True), (70, "passable", "", "patrol", "b", False)),
    ((90, "difficult", "", "patrol", "b", False), (400, "impassable", "", "patrol", "a", False)),
)
_REPORTED_ROADS = 30


def told_in_full(rows: list[Row], roads: Roads, airstrips: list[Row], seed: int) -> list[Row]:
    """Return constraints with direction, hours, operator and grades, and those of stretches and an airstrip beside."""
    random = np.random.Generator(np.random.PCG64(seed + 1500))
    ways = _ways(roads)
    told = [row | _described(row, ways, random) for row in rows]
    for kind, road_class, count, months in _STRETCHES:
        for number, line in enumerate(_lines_of(roads, road_class, count, seed)):
            since = TODAY - dt.timedelta(days=20 + 17 * number)
            place: Row = {"line_wkt": _wkt(roads.lines[line].line)}
            told.append(
                {
                    "kind": kind,
                    "reported_on": since.isoformat(),
                    "source": "logistics cluster",
                    "valid_from": since.isoformat(),
                    "valid_to": (since + dt.timedelta(days=30 * months)).isoformat() if number else "",
                    **(place if number != 1 else {"road_id": f"road-{line + 1:04d}"}),
                    **_graded("logistics cluster"),
                }
            )
    closed = next(strip for strip in airstrips if strip["type"] == "small_airport")
    told.append(
        {
            "kind": "airstrip_closed",
            "longitude": closed["longitude_deg"],
            "latitude": closed["latitude_deg"],
            "reported_on": (TODAY - dt.timedelta(days=6)).isoformat(),
            "source": "partner",
            "seasons": "wet",
            **_graded("partner"),
        }
    )
    return [row | {"constraint_id": f"constraint-{number:03d}"} for number, row in enumerate(told, start=1)]


def build_road_reports(roads: Roads, seed: int) -> list[Row]:
    """Return what was seen of some main roads; each road has one of the stories above."""
    random = np.random.Generator(np.random.PCG64(seed + 1600))
    main = [number for number, road in enumerate(roads.lines) if road.road_class in MAIN_CLASSES and not road.proposed]
    chosen = random.permutation(np.array(main))[:_REPORTED_ROADS].tolist()
    rows: list[Row] = []
    for number, line in enumerate(chosen):
        for days, status, vehicles, source, grade, one_way in _STORIES[number % len(_STORIES)]:
            drawn = roads.lines[line].line
            at = drawn[len(drawn) // 2]
            places: tuple[Row, ...] = (
                {"longitude": float(at[0]), "latitude": float(at[1])},
                {"line_wkt": _wkt(drawn)},
                {"road_id": f"road-{line + 1:04d}"},
            )
            rows.append(
                {
                    "report_id": f"road-report-{len(rows) + 1:03d}",
                    "observed_on": (TODAY - dt.timedelta(days=days + number // len(_STORIES))).isoformat(),
                    "status": status,
                    "vehicles": vehicles,
                    "heading_deg": _bearing(drawn[0], drawn[-1]) if one_way else None,
                    "source": source,
                    **places[(number + number // len(_STORIES)) % len(places)],
                    **_graded(source),
                    "reliability": grade,
                }
            )
    return rows


def _described(row: Row, ways: dict[tuple[float, float], float], random: np.random.Generator) -> Row:
    """What is told of a constraint beside its kind, place and days."""
    told = _graded(str(row["source"]))
    kind, roll = row["kind"], random.random(4)
    if kind == "curfew":
        return told | {"hours": ("18:00-06:00", "20:00-05:00")[int(roll[0] * 2)]}
    if kind == "flooded" and roll[0] < 0.6:
        return told | {"seasons": "wet"}
    if kind == "bridge_out" and roll[0] < 0.5:
        return told | {"vehicles": "4x4;truck"}
    if kind != "checkpoint":
        return told
    operator, actor = _operator(float(row["longitude"]), float(row["latitude"]), float(roll[0]))
    behaviours = _BEHAVIOURS[operator]
    behaviour = behaviours[int(roll[1] * len(behaviours))]
    told |= {"operator_type": operator, "actor_id": actor, "behaviour": behaviour}
    if behaviour == "extorts":
        told |= {"fee": 500 * (1 + int(roll[2] * 10)), "fee_currency": _CURRENCY}
    if roll[3] < 0.35:
        way = ways[float(row["longitude"]), float(row["latitude"])]
        told |= {"heading_deg": way if roll[2] < 0.5 else (way + 180.0) % 360}
    elif roll[3] < 0.5:
        told |= {"hours": "06:00-18:00"}
    return told


def _operator(longitude: float, latitude: float, roll: float) -> tuple[str, str | None]:
    """Who mans a checkpoint, by where it is; one in eight is a village's own."""
    if roll < 0.125:
        return "community", None
    if longitude < _STATE_WEST_OF:
        return "state", ARMY
    if latitude < _MILITIA_SOUTH_OF:
        return "militia", MILITIA
    if longitude < 0.9:
        return "non_state", FRONT
    return "non_state", HEIR_NORTH if latitude > 0.8 else HEIR_SOUTH


def _graded(source: str) -> Row:
    source_type, reliability = _SOURCE_TYPES.get(source, ("other", "e"))
    return {"source_type": source_type, "reliability": reliability, "credibility": 2}


def _ways(roads: Roads) -> dict[tuple[float, float], float]:
    """Bearing of a road at each of its vertices; of the last road drawn where several meet."""
    ways: dict[tuple[float, float], float] = {}
    for road in roads.lines:
        for number, at in enumerate(road.line.tolist()):
            begin, end = road.line[max(number - 1, 0)], road.line[min(number + 1, len(road.line) - 1)]
            ways[at[0], at[1]] = _bearing(begin, end)
    return ways


def _bearing(begin: Floats, end: Floats) -> float:
    """Whole degrees clockwise from north; the territory lies at the equator, where degrees are alike."""
    east, north = end - begin
    return float(round(np.degrees(np.arctan2(east, north))) % 360)


def _lines_of(roads: Roads, road_class: str, count: int, seed: int) -> list[int]:
    """Some lines of a class, longest of a random choice first."""
    random = np.random.Generator(np.random.PCG64(seed + 1700 + len(road_class)))
    able = [n for n, road in enumerate(roads.lines) if road.road_class == road_class and not road.proposed]
    some = random.permutation(np.array(able))[:40].tolist()
    return sorted(some, key=lambda n: (-len(roads.lines[n].line), n))[:count]


def _wkt(line: Floats) -> str:
    return "LINESTRING (" + ", ".join(f"{lon:.5f} {lat:.5f}" for lon, lat in line.tolist()) + ")"
