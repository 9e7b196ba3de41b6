"""Towns, sites, bases, airstrips and partners of the fictional sample."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.workspace.sample_land import OWN, Floats, Land
from geo.workspace.sample_names import CAPITAL, invent_names
from geo.workspace.sample_roads import Roads

Row = dict[str, Any]
FIRST_DAY, LAST_DAY, TODAY = dt.date(2023, 10, 1), dt.date(2026, 9, 30), dt.date(2026, 11, 22)
_SITE_COUNTS = {
    "village": 122,
    "town": 30,
    "school": 38,
    "hospital": 16,
    "camp": 16,
    "interim_care": 9,
    "cantonment": 6,
    "detention": 5,
    "other": 8,
}
_SITE_TITLES = {
    "school": "École de {}",
    "hospital": "Hôpital de {}",
    "camp": "{} camp",
    "interim_care": "{} interim care centre",
    "cantonment": "{} cantonment",
    "detention": "{} detention centre",
    "other": "{} market",
}
_PEOPLE = {
    "village": (180, 4200),
    "town": (3000, 40000),
    "school": (90, 900),
    "hospital": (2000, 30000),
    "camp": (900, 24000),
    "interim_care": (12, 90),
    "cantonment": (80, 600),
    "detention": (30, 400),
    "other": (200, 3000),
}
# Bases: near which point, organisation, kind, from, to, escorts a week, capabilities, women interviewers.
# Capabilities: Q headquarters, H helipad, S airstrip, M medical, A alert hub, P hosts partners.
_BASES = (
    ((-2.5, 0.1), "MINOSS", "mission", "2016-04-01", "", 6, "QHSMP", 3),
    ((-0.54, 0.2), "MINOSS", "mission", "2016-09-01", "", 4, "QHSMAP", 2),
    ((2.6, 1.3), "MINOSS", "mission", "2018-02-01", "2026-03-31", 3, "HSMAP", 1),
    ((-0.15, -1.6), "MINOSS", "mission", "2017-05-01", "2027-06-30", 3, "HMAP", 1),
    ((0.82, 2.05), "MINOSS", "mission", "2019-01-01", "2027-03-31", 2, "HSMAP", 1),
    ((0.25, 0.97), "MINOSS", "mission", "2025-02-01", "", 3, "HMP", 1),
    ((0.8, -1.1), "MINOSS", "mission", "2018-07-01", "2027-12-31", 2, "HMAP", 0),
    ((-2.3, 0.3), "UN children's agency", "un_agency", "2010-01-01", "", None, "P", 4),
    ((-1.05, 1.13), "UN children's agency", "un_agency", "2018-01-01", "", None, "AP", 2),
    ((0.2, 0.2), "UN refugee agency", "un_agency", "2019-03-01", "", None, "P", 1),
    ((1.3, -0.5), "UN children's agency", "un_agency", "2024-06-01", "", None, "AP", 1),
    ((-1.8, 1.1), "Northlight Relief", "ingo", "2021-01-01", "2024-12-31", None, "M", 1),
    ((0.45, 1.57), "Northlight Relief", "ingo", "2022-05-01", "", None, "MA", 1),
    ((2.6, 1.1), "Relais Enfance", "ingo", "2019-06-01", "2026-04-15", None, "A", 2),
    ((1.38, -0.05), "Relais Enfance", "ingo", "2020-02-01", "", None, "MA", 1),
    ((-1.45, -1.4), "Pont Solidaire", "ingo", "2021-09-01", "", None, "M", 0),
    ((-1.08, -0.2), "Réseau Tisserand", "national_ngo", "2015-01-01", "", None, "A", 2),
    ((-0.45, -1.9), "Maison Ouvelle", "national_ngo", "2020-01-01", "", None, "A", 1),
    ((1.25, 0.95), "Voix des Collines", "national_ngo", "2023-01-01", "", None, "A", 1),
    ((-2.5, 0.1), "National child protection office", "government", "2012-01-01", "", None, "", 2),
)
_FLAGS = {"headquarters": "Q", "helipad": "H", "airstrip": "S", "medical": "M", "alert_hub": "A", "hosts_partners": "P"}
# Last day that donors pay for, by number of the base; the others have not said.
_FUNDED_UNTIL = {9: "2027-06-30", 11: "2026-12-31", 13: "2027-03-31", 15: "2027-12-31", 17: "2027-02-28"}
# Near which point, runway in feet, surface, open.
_STRIPS = (
    ((-2.5, 0.1), 8530, "ASP", True),
    ((-0.54, 0.2), 5900, "ASP", True),
    ((2.6, 1.3), 4590, "GVL", True),
    ((0.82, 2.05), 3940, "GRE", True),
    ((-0.15, -1.6), 3280, "GVL", True),
    ((0.8, -1.1), 3610, "GRS", True),
    ((1.75, 1.0), 2950, "GRE", True),
    ((-1.05, 1.13), 3120, "GRS", False),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settlements:
    """Named places of the sample."""

    towns: list[Row]  # place_id, name, kind, population, country, longitude, latitude; as in Roads.towns
    sites: list[Row]
    names: list[str]  # one per hamlet of the road network


def district_of(land: Land, lon: Floats, lat: Floats) -> list[str]:
    """Return the p-code of the district each position lies in, "" outside."""
    areas = [shapely.Polygon(land.rings[code][0]) for code in land.districts]
    point, area = shapely.STRtree(areas).query(shapely.points(lon, lat), predicate="intersects")
    found = np.full(len(np.atleast_1d(lon)), -1, dtype=np.int64)
    found[point[::-1]] = area[::-1]
    return [land.districts[k] if k >= 0 else "" for k in found.tolist()]


def build_settlements(land: Land, roads: Roads, seed: int) -> Settlements:
    """Return towns with populations and the sites teams may have to reach."""
    random = np.random.Generator(np.random.PCG64(seed + 1000))
    names = invent_names(len(roads.nodes), seed=seed)
    names[int(roads.towns[0])] = CAPITAL
    districts = len(land.districts)
    towns: list[Row] = []
    for rank, node in enumerate(roads.towns.tolist()):
        grown = 1.0 + 2.5 * random.random()
        seat = 0 < rank <= districts and land.districts[rank - 1].endswith("01")
        base = 480_000 if rank == 0 else 42_000 if seat else 9_000 if rank <= districts else 1_700
        kind = "city" if rank == 0 or seat else "town"
        towns.append(
            {
                "place_id": f"place-{rank + 1:03d}",
                "name": names[node],
                "kind": kind,
                "population": round(base * (1.55 if rank == 0 else grown) / 100) * 100,
                "country": OWN,
                "longitude": float(roads.nodes[node, 0]),
                "latitude": float(roads.nodes[node, 1]),
            }
        )
    return Settlements(towns=towns, sites=_sites(land, roads, names, towns, random), names=names)


def _sites(land: Land, roads: Roads, names: list[str], towns: list[Row], random: np.random.Generator) -> list[Row]:
    """Sites at hamlets and towns, a few of them where no road leads; p-codes count within a district."""
    cut_off = np.flatnonzero(~roads.on_main_island)[:40:8].tolist()
    hamlets = [n for n in random.permutation(len(names)).tolist() if n not in set(roads.towns.tolist())]
    free = iter(cut_off + [n for n in hamlets if roads.on_main_island[n]])
    in_towns = iter(roads.towns[random.permutation(len(roads.towns))].tolist() * 3)
    rows: list[Row] = []
    for kind, count in _SITE_COUNTS.items():
        for number in range(count):
            if kind == "town":
                node = int(roads.towns[number])
            elif kind == "village" or number % 3 == 2:
                node = next(free)
            else:
                node = next(in_towns)
            shift = (random.random(2) - 0.5) * (0.0 if kind in ("town", "village") else 0.02)
            low, high = _PEOPLE[kind]
            people = round(low + (high - low) * random.random() ** 3, -1) if random.random() > 0.06 else None
            title = _SITE_TITLES.get(kind, "{}")
            rows.append(_site(kind, title.format(names[node]), roads.nodes[node] + shift, people))
            if kind == "town":
                rows[-1]["people"] = towns[number]["population"]
    return _coded(land, rows, random)


def _site(kind: str, name: str, at: Floats, people: float | None) -> Row:
    return {
        "name": name,
        "kind": kind,
        "people": None if people is None else int(people),
        "country": OWN,
        "longitude": round(float(at[0]), 5),
        "latitude": round(float(at[1]), 5),
        "valid_from": "",
        "valid_to": "",
    }


def _coded(land: Land, rows: list[Row], random: np.random.Generator) -> list[Row]:
    """Give sites their ids and p-codes, and some camps their dates."""
    codes = district_of(land, np.array([r["longitude"] for r in rows]), np.array([r["latitude"] for r in rows]))
    counts: dict[str, int] = {}
    for number, (row, district) in enumerate(zip(rows, codes, strict=True)):
        counts[district] = counts.get(district, 0) + 1
        row["site_id"] = f"site-{number + 1:03d}"
        row["p_code"] = f"{district}-{counts[district]:03d}"
        if row["kind"] in ("camp", "cantonment") and random.random() < 0.6:
            row["valid_from"] = _day(FIRST_DAY, int(random.integers(-300, 800)))
            if random.random() < 0.25:
                row["valid_to"] = _day(dt.date.fromisoformat(row["valid_from"]), int(random.integers(200, 900)))
    return rows


def _day(start: dt.date, days: int) -> str:
    return (start + dt.timedelta(days=days)).isoformat()


def _town_near(towns: list[Row], at: tuple[float, float]) -> Row:
    return min(towns, key=lambda t: ((t["longitude"] - at[0]) ** 2 + (t["latitude"] - at[1]) ** 2, t["place_id"]))


def build_bases(settlements: Settlements) -> list[Row]:
    """Return the bases with their bundles; each a few hundred metres from its town's crossroads."""
    rows: list[Row] = []
    for number, (at, organisation, kind, opened, closes, escorts, bundle, women) in enumerate(_BASES, start=1):
        town = _town_near(settlements.towns, at)
        row: Row = {
            "base_id": f"base-{number:02d}",
            "name": town["name"],
            "organisation": organisation,
            "organisation_type": kind,
            "country": OWN,
            "longitude": round(town["longitude"] + 0.003 * (number % 3 - 1), 5),
            "latitude": round(town["latitude"] + 0.003 * (number % 4 - 1.5), 5),
            "escort_slots_per_week": escorts,
            **_terms(number, escorts, bundle),
            **_means(number, kind, escorts, bundle),
            "child_protection_staff": women + number % 3 if women else None,
            "women_interviewers": women,
            "funded_until": _FUNDED_UNTIL.get(number, ""),
            "valid_from": opened,
            "valid_to": closes,
        }
        rows.append(row | {flag: "yes" if letter in bundle else "no" for flag, letter in _FLAGS.items()})
    return rows


def _terms(number: int, escorts: int | None, bundle: str) -> Row:
    """Terms of escorts and flights, from some bases only: the others are as set."""
    told: Row = {}
    if escorts and number % 2:
        told |= {
            "escort_lead_days": 2 + number % 4,
            "escort_radius_hours": 5 + number % 3 * 2,
            "escort_speed_kph": 35 + number % 3 * 5,
            "escort_days": "mon;wed;fri" if number % 4 == 3 else "mon;tue;wed;thu",
        }
    if _FLAGS["helipad"] in bundle and number % 2:
        told |= {
            "flight_days": "tue;thu" if number % 4 == 1 else "mon;wed;sat",
            "helicopter_range_km": 200 + number % 3 * 50,
        }
    return told


def _means(number: int, kind: str, escorts: int | None, bundle: str) -> Row:
    """Patrols, beds and radio; what most small organisations' bases do not tell stays empty."""
    hosts = _FLAGS["hosts_partners"] in bundle
    return {
        "patrol_radius_km": 20 + 10 * (number % 4) if escorts else None,
        "lodging_places": 4 + 3 * number % 11 if hosts else None,
        "radio": "yes" if kind in ("mission", "un_agency") else None,
    }


def build_airports(settlements: Settlements) -> tuple[list[Row], list[Row]]:
    """Return airstrips and runways in the columns of OurAirports."""
    airports: list[Row] = []
    runways: list[Row] = []
    for number, (at, feet, surface, is_open) in enumerate(_STRIPS, start=1):
        town = _town_near(settlements.towns, at)
        kind = "medium_airport" if feet > 5000 else "small_airport"
        airports.append(
            {
                "id": 900000 + number,
                "ident": f"XA-{number:04d}",
                "type": kind if is_open else "closed",
                "name": f"{town['name']} Airstrip" if number > 1 else f"{town['name']} Airport",
                "latitude_deg": round(town["latitude"] + 0.016, 5),
                "longitude_deg": round(town["longitude"] + 0.011, 5),
                "elevation_ft": 40 + 210 * number,
                "continent": "AF",
                "iso_country": "XA",
                "iso_region": f"XA-{number:02d}",
                "municipality": town["name"],
                "scheduled_service": "yes" if number == 1 else "no",
            }
        )
        runways.append(
            {
                "id": 910000 + number,
                "airport_ref": 900000 + number,
                "airport_ident": f"XA-{number:04d}",
                "length_ft": feet,
                "width_ft": 148 if feet > 5000 else 66,
                "surface": surface,
                "lighted": int(number == 1),
                "closed": int(not is_open),
                "le_ident": "09",
                "he_ident": "27",
            }
        )
    return airports, runways


def build_partners(bases: list[Row]) -> list[Row]:
    """Return organisations that can take part in a joint mission."""
    rows: list[Row] = []
    for organisation in dict.fromkeys(base["organisation"] for base in bases):
        own = [base for base in bases if base["organisation"] == organisation]
        number = len(rows) + 1
        home = min(own, key=lambda base: (bool(base["valid_to"]), base["base_id"]))
        rows.append(
            {
                "partner_id": f"partner-{number:02d}",
                "name": organisation,
                "organisation_type": home["organisation_type"],
                "base_id": home["base_id"],
                "trained_women": sum(base["women_interviewers"] for base in own),
                "staff": 4 + 3 * len(own),
                "vehicles": 1 + 2 * len(own) if home["organisation_type"] != "mission" else 24,
                "valid_from": min(base["valid_from"] for base in own),
                "valid_to": "",
            }
        )
    return rows
