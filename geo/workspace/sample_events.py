"""Incidents and road constraints of the fictional sample, seen through who was there to report.

Violence is drawn first; then each event is reported with a chance that falls with the distance to the
nearest open base. Where a base closes the reports fall although the violence does not.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from geo.workspace.sample_actors import (
    ACTORS,
    DAYS,
    SPLIT_ON,
    THEATRES,
    Theatre,
    acting,
    pick,
    places_in_theatres,
    theatre_rates,
)
from geo.workspace.sample_crossings import MAIN_CLASSES
from geo.workspace.sample_land import OWN, Booleans, Floats, Integers, Land
from geo.workspace.sample_people import FIRST_DAY, LAST_DAY, TODAY, Row, Settlements, district_of
from geo.workspace.sample_roads import Roads

HAPPENED = 6950  # events drawn; about six thousand of them are reported
_KM_PER_DEG = 111.2
_SEEN_KM, _UNSEEN_KM = 60.0, 150.0  # reported nearly always within, hardly ever beyond
_SEEN_SHARE, _UNSEEN_SHARE = 0.92, 0.13
KINDS = (
    "armed_clash",
    "attack_on_civilians",
    "ambush",
    "abduction",
    "looting",
    "recruitment",
    "explosive",
    "detention",
)
MIXES = {
    "front": (0.52, 0.12, 0.12, 0.04, 0.05, 0.05, 0.10, 0.0),
    "rule": (0.04, 0.30, 0.07, 0.15, 0.16, 0.25, 0.03, 0.0),
    "raid": (0.05, 0.26, 0.20, 0.14, 0.31, 0.03, 0.01, 0.0),
    "state": (0.10, 0.30, 0.03, 0.02, 0.12, 0.03, 0.05, 0.35),
}
# Kind of event -> share that is an MRM violation, and which.
_VIOLATION_MIX: dict[str, tuple[float, tuple[tuple[str, float], ...]]] = {
    "armed_clash": (0.4, (("killing", 0.42), ("maiming", 0.33), ("attack_on_school", 0.12), ("military_use", 0.13))),
    "attack_on_civilians": (
        0.8,
        (
            ("killing", 0.34),
            ("sexual_violence", 0.3),
            ("maiming", 0.18),
            ("attack_on_school", 0.1),
            ("attack_on_hospital", 0.08),
        ),
    ),
    "ambush": (0.45, (("denial_of_humanitarian_access", 0.6), ("killing", 0.4))),
    "abduction": (0.95, (("abduction", 0.8), ("recruitment_or_use", 0.2))),
    "looting": (0.4, (("denial_of_humanitarian_access", 0.5), ("attack_on_hospital", 0.3), ("attack_on_school", 0.2))),
    "recruitment": (1.0, (("recruitment_or_use", 1.0),)),
    "explosive": (0.5, (("maiming", 0.6), ("killing", 0.4))),
    "detention": (0.9, (("detention", 1.0),)),
}
# Share of girls among victims whose sex was recorded.
_GIRLS_SHARE = {"sexual_violence": 0.94, "abduction": 0.46, "recruitment_or_use": 0.17, "detention": 0.08}
_COUNTED_BY_VICTIM = ("killing", "maiming", "sexual_violence", "abduction", "recruitment_or_use", "detention")
_PRECISION_STEPS = (
    ("exact", 0.69),
    ("near", 0.15),
    ("admin2", 0.085),
    ("admin1", 0.045),
    ("region", 0.02),
    ("country", 0.01),
)
_CONSTRAINT_STEPS = (
    ("checkpoint", 0.38),
    ("flooded", 0.16),
    ("bridge_out", 0.09),
    ("ambush", 0.14),
    ("hostilities", 0.07),
    ("mines_or_erw", 0.05),
    ("permit", 0.05),
    ("curfew", 0.03),
    ("impassable", 0.03),
)
_LASTS_DAYS = {
    "checkpoint": 200,
    "flooded": 45,
    "bridge_out": 240,
    "ambush": 60,
    "hostilities": 40,
    "mines_or_erw": 700,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Happened:
    """All events that happened, reported or not."""

    theatres: Integers  # (n,) position in THEATRES
    days: Integers  # (n,) since the first day
    points: Floats  # (n, 2) longitude, latitude
    report: Integers  # (n,) position of the report of it among :func:`build_incidents`, -1 where there is none


def draw_events(land: Land, roads: Roads, bases: list[Row], seed: int) -> tuple[Happened, np.random.Generator]:
    """Draw what happened and what of it is reported; the generator stands where the reports begin."""
    random = np.random.Generator(np.random.PCG64(seed + 1300))
    theatres, days, points = _happened(land, roads, random)
    seen = random.random(len(days)) < report_share(points, days, bases)
    order = np.flatnonzero(seen)
    order = order[np.argsort(days[order], kind="stable")]
    report = np.full(len(days), -1, dtype=np.int64)
    report[order] = np.arange(len(order))
    return Happened(theatres=theatres, days=days, points=points, report=report), random


def build_incidents(land: Land, roads: Roads, settlements: Settlements, bases: list[Row], seed: int) -> list[Row]:
    """Return the reported incidents in order of their first day."""
    drawn, random = draw_events(land, roads, bases, seed)
    order = np.argsort(np.where(drawn.report >= 0, drawn.report, len(drawn.report)), kind="stable")
    order = order[: int((drawn.report >= 0).sum())]
    theatres, days, points = drawn.theatres[order], drawn.days[order], drawn.points[order]
    districts = district_of(land, points[:, 0], points[:, 1])
    nearest = np.asarray(cKDTree(roads.nodes).query(points)[1])
    rows: list[Row] = []
    for k in range(len(days)):
        row = incident_of(THEATRES[int(theatres[k])], int(days[k]), random)
        place = settlements.names[int(nearest[k])]
        precision = _PRECISION_STEPS[pick(random, tuple(share for _, share in _PRECISION_STEPS))][0]
        row |= placed(land, points[k], place, districts[k], precision)
        row["incident_id"] = f"mrm:{len(rows) + 1:05d}"
        rows.append(row)
    return rows


def report_share(points: Floats, days: Integers, bases: list[Row]) -> Floats:
    """Chance that an event is reported, from the distance to the nearest base open on its day."""
    nearest_km = np.full(len(days), np.inf)
    for base in bases:
        opened = (dt.date.fromisoformat(base["valid_from"]) - FIRST_DAY).days
        closes = (dt.date.fromisoformat(base["valid_to"]) - FIRST_DAY).days if base["valid_to"] else 10**6
        offset = points - np.array([base["longitude"], base["latitude"]])
        away_km = _KM_PER_DEG * np.sqrt(offset[:, 0] * offset[:, 0] + offset[:, 1] * offset[:, 1])
        is_open = (days >= opened) & (days <= closes)
        nearest_km = np.where(is_open, np.minimum(nearest_km, away_km), nearest_km)
    fade = np.clip((nearest_km - _SEEN_KM) / (_UNSEEN_KM - _SEEN_KM), 0.0, 1.0)
    return np.asarray(_SEEN_SHARE + (_UNSEEN_SHARE - _SEEN_SHARE) * fade)


def _happened(land: Land, roads: Roads, random: np.random.Generator) -> tuple[Integers, Integers, Floats]:
    """Draw theatre, day and place of every event; most lie beside a road, rather a main one."""
    weights = np.cumsum(theatre_rates().ravel())
    drawn = np.searchsorted(weights, random.random(HAPPENED) * weights[-1], side="right")
    theatres, days = drawn // DAYS, drawn % DAYS
    points = places_in_theatres(theatres, days, random)
    near = np.asarray(cKDTree(roads.vertices).query(points, k=24)[1])
    liking = np.array([3.0 if c in MAIN_CLASSES else 0.6 for c in roads.vertex_class])[near]
    choice = np.argmax(liking * random.random(near.shape), axis=1)
    road = roads.vertices[near[np.arange(len(days)), choice]] + (random.random(points.shape) - 0.5) * 0.02
    beside = random.random(len(days)) < 0.75
    points = np.asarray(np.where((beside | ~inside(land, points))[:, None], road, points)).round(5)
    points = np.where(inside(land, points)[:, None], points, roads.vertices[near[:, 0]])
    return theatres, days, points


def inside(land: Land, points: Floats) -> Booleans:
    """Mark positions inside the territory, by its outline."""
    return np.array([bool(code) for code in district_of(land, points[:, 0], points[:, 1])])


def incident_of(theatre: Theatre, day: int, random: np.random.Generator) -> Row:
    """Return one report of an event without its place: kind, days, sides, deaths and violation."""
    kind = KINDS[pick(random, MIXES[theatre.kinds])]
    row: Row = {"source": "mrm", "event_type": kind, "country": OWN}
    row |= _dated(FIRST_DAY + dt.timedelta(days=day), random)
    fought = kind in ("armed_clash", "ambush", "explosive")
    sides = [acting(theatre.actor_a, day), acting(theatre.actor_b if fought else "civilians", day)]
    if fought and sides[1] != "civilians" and random.random() < 0.42:
        sides.reverse()
    row |= _named("a", sides[0], random) | _named("b", sides[1], random)
    deadly = {"armed_clash": 6.0, "attack_on_civilians": 4.0, "ambush": 3.0, "explosive": 2.5}.get(kind, 0.7)
    best = int(deadly * 2.2 * random.random() ** 3)
    row["fatalities_best"] = best
    row["fatalities_low"] = int(best * (0.4 + 0.6 * random.random()))
    row["fatalities_high"] = best + int((best + 1) * 1.2 * random.random() ** 2)
    row["sources_count"] = None if random.random() < 0.14 else 1 + int(5 * random.random() ** 3)
    share, mix = _VIOLATION_MIX[kind]
    if random.random() < share:
        violation = mix[pick(random, tuple(part for _, part in mix))][0]
        if violation == "killing" and best == 0:
            violation = "maiming"
        row |= {"violation": violation} | _victims(violation, random) | _verified(row["date_end"], random)
    return row


def _dated(day: dt.date, random: np.random.Generator) -> Row:
    """First and last possible day; about one report in four is not exact to the day."""
    precision = 1 + pick(random, (0.76, 0.15, 0.06, 0.025, 0.005))
    start = end = day
    if precision == 2:
        start, end = day - dt.timedelta(days=2), day + dt.timedelta(days=4)
    elif precision == 3:
        start, end = day.replace(day=1), _month_end(day)
    elif precision == 4:
        start, end = day - dt.timedelta(days=45), day + dt.timedelta(days=45)
    elif precision == 5:
        start, end = dt.date(day.year, 1, 1), dt.date(day.year, 12, 31)
    # No report spans the split: it names either the parent or an heir.
    first, last = (FIRST_DAY, SPLIT_ON - dt.timedelta(days=1)) if day < SPLIT_ON else (SPLIT_ON, LAST_DAY)
    start, end = max(start, first), min(end, last)
    return {"date_start": start.isoformat(), "date_end": end.isoformat(), "date_precision": precision}


def _month_end(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)


_BY_ID = {actor["actor_id"]: actor for actor in ACTORS}


def _named(side: str, actor_id: str, random: np.random.Generator) -> Row:
    """Name an actor as a report would: mostly by name and id, sometimes by another of its names alone."""
    name, source_id = f"actor_{side}", f"actor_{side}_id"
    if actor_id == "civilians":
        return {name: "Civilians"}
    if actor_id == "":
        return {name: "Unidentified armed men"}
    actor = _BY_ID[actor_id]
    if random.random() < 0.86:
        return {name: actor["name"], source_id: actor["source_ids"]}
    aliases = actor["aliases"].split(";")
    return {name: aliases[int(random.integers(0, len(aliases)))]}


def _victims(violation: str, random: np.random.Generator) -> Row:
    """Children harmed; in two reports of five nobody wrote down whether girls or boys."""
    if violation not in _COUNTED_BY_VICTIM:
        return {}
    count = 1 + int(6 * random.random() ** 3)
    unknown = count if random.random() < 0.4 else int(random.random() < 0.15)
    known = max(count - unknown, 0)
    girls = sum(random.random(known) < _GIRLS_SHARE.get(violation, 0.4))
    return {"victims_girls": int(girls), "victims_boys": known - int(girls), "victims_unknown": min(unknown, count)}


def _verified(day: str, random: np.random.Generator) -> Row:
    """Verification status; half of what is verified takes more than two months."""
    outcome = random.random()
    lag_days = 8 + int(420 * random.random() ** 2.5)
    if outcome > 0.68:
        return {"verification": "rejected" if outcome > 0.985 else "not_verified" if outcome > 0.9 else "reported"}
    verified = dt.date.fromisoformat(day) + dt.timedelta(days=lag_days)
    if verified > TODAY:
        return {"verification": "pending"}
    return {"verification": "verified", "verified_on": verified.isoformat()}


def placed(land: Land, point: Floats, place: str, district: str, precision: str) -> Row:
    """Position and area as reported; what is known to an area only stands at the area's middle."""
    row: Row = {"place_precision": precision, "admin1": district[:5], "admin2": district, "place": place}
    if precision in ("admin2", "admin1", "country"):
        code = {"admin2": district, "admin1": district[:5], "country": OWN}[precision]
        point = middle_of(land, code)
        row["place"] = ""
        row["admin2"] = district if precision == "admin2" else ""
        row["admin1"] = "" if precision == "country" else district[:5]
    elif precision == "region":
        row |= {"place": "", "admin2": ""}
    return row | {"longitude": round(float(point[0]), 5), "latitude": round(float(point[1]), 5)}


def middle_of(land: Land, code: str) -> Floats:
    """Return the middle of an area: of a district itself, of larger areas that of their central district."""
    own = [k for k, district in enumerate(land.districts) if district.startswith(code)]
    seeds = land.seeds[own]
    spread = [float((np.abs(seeds - seed)).sum()) for seed in seeds]
    return np.asarray(seeds[int(np.argmin(np.round(spread, 9)))])


def build_constraints(roads: Roads, seed: int) -> list[Row]:
    """Return dated facts on road vertices; flooding in the wet season, ambushes where fronts meet."""
    random = np.random.Generator(np.random.PCG64(seed + 1400))
    main = np.array([c in MAIN_CLASSES for c in roads.vertex_class])
    x = roads.vertices[:, 0]
    weight = np.cumsum(np.where(main, 5.0, 0.35) * np.where(np.abs(x - 0.9) < 0.9, 1.6, 1.0))
    rows: list[Row] = []
    while len(rows) < 120:
        at = roads.vertices[int(np.searchsorted(weight, random.random() * weight[-1], side="right"))]
        kind = _CONSTRAINT_STEPS[pick(random, tuple(share for _, share in _CONSTRAINT_STEPS))][0]
        since = TODAY - dt.timedelta(days=int(420 * random.random() ** 2))
        if kind == "flooded" and since.month not in (6, 7, 8, 9, 10, 11):
            continue
        lasts = _LASTS_DAYS.get(kind, 90)
        until = since + dt.timedelta(days=int(lasts * (0.5 + random.random())))
        open_end = kind in ("checkpoint", "bridge_out", "mines_or_erw") and random.random() < 0.4
        rows.append(
            {
                "constraint_id": f"constraint-{len(rows) + 1:03d}",
                "kind": kind,
                "longitude": float(at[0]),
                "latitude": float(at[1]),
                "delay_min": 10 * int(random.integers(1, 9))
                if kind == "checkpoint" and random.random() < 0.4
                else None,
                "reported_on": min(since + dt.timedelta(days=int(random.integers(0, 9))), TODAY).isoformat(),
                "source": ("patrol", "partner", "logistics cluster", "alert network")[int(random.integers(0, 4))],
                "valid_from": since.isoformat(),
                "valid_to": "" if open_end else until.isoformat(),
            }
        )
    return rows
