"""Requests to verify, posts, vehicles and past missions of the fictional sample."""

import datetime as dt
from typing import Any

import numpy as np

from geo.workspace.sample_people import TODAY, Row

REQUESTS = 60
# What a request can wait for; most wait for nothing that anybody has noted.
_WAITS = (
    "",
    "",
    "",
    "escort",
    "escort;woman_interviewer",
    "flight",
    "woman_interviewer",
    "road",
    "clearance",
    "interpreter",
    "actor_consent",
    "funding",
)
_STATUSES = ("open",) * 46 + ("planned",) * 4 + ("reached",) * 6 + ("closed",) * 4
_ANSWERED_DAYS = 110  # the last mission was so long ago
_KINDS = ("recruitment_or_use", "sexual_violence", "abduction", "killing", "maiming", "attack_on_school")
_SHARES = (0.3, 0.22, 0.18, 0.12, 0.1, 0.08)
_WEST, _CENTRE, _EAST = "nareva", "ouvelle", "collines"  # languages, spoken west, in the middle and in the east
# Posts by organisation: role, woman, interviewer, trauma-informed, languages beside French.
_POSTS: dict[str, tuple[tuple[str, bool, bool, bool, str], ...]] = {
    "MINOSS": (
        ("child_protection", True, True, True, _WEST),
        ("child_protection", False, True, True, _EAST),
        ("child_protection", False, True, True, _CENTRE),
        ("security", False, False, False, ""),
        ("medic", True, False, True, _CENTRE),
        ("driver", False, False, False, _WEST),
    ),
    "UN children's agency": (
        ("child_protection", True, True, True, _CENTRE),
        ("child_protection", False, True, True, _EAST),
        ("interpreter", True, False, True, f"{_CENTRE};{_EAST}"),
    ),
    "UN refugee agency": (("child_protection", False, True, False, _CENTRE),),
    "Northlight Relief": (("interviewer", True, True, True, _CENTRE), ("driver", False, False, False, _EAST)),
    "Relais Enfance": (
        ("interviewer", True, True, True, _EAST),
        ("interviewer", False, True, True, _EAST),
        ("interpreter", False, False, True, f"{_WEST};{_EAST}"),
    ),
    "Pont Solidaire": (("community_liaison", False, False, False, _WEST),),
    "Réseau Tisserand": (("interviewer", True, True, True, _WEST), ("community_liaison", False, False, True, _CENTRE)),
    "Maison Ouvelle": (("community_liaison", False, True, True, _CENTRE),),
    "Voix des Collines": (("interviewer", False, True, True, _EAST), ("community_liaison", True, False, True, _EAST)),
    "National child protection office": (("observer", True, False, False, _CENTRE),),
}
# Vehicles by organisation: how many, seats.
_FLEET = {
    "MINOSS": (5, 4),
    "UN children's agency": (4, 4),
    "UN refugee agency": (1, 4),
    "Northlight Relief": (2, 4),
    "Relais Enfance": (2, 4),
    "Réseau Tisserand": (1, 4),
    "Voix des Collines": (1, 4),
}


def build_requests(sites: list[Row], seed: int) -> list[Row]:
    """Return requests to verify, most open, more of them in the east where the base closed."""
    random = np.random.Generator(np.random.PCG64(seed + 1100))
    able = [s for s in sites if s["kind"] in ("village", "camp", "school", "town", "hospital") and not s["valid_to"]]
    weight = np.array([1.0 + 4.0 * (site["longitude"] > 1.2) for site in able]) * random.random(len(able))
    chosen = [able[k] for k in np.argsort(-weight, kind="stable")[:REQUESTS].tolist()]
    return [_request(number, site, random) for number, site in enumerate(chosen, start=1)]


def _request(number: int, site: Row, random: np.random.Generator) -> Row:
    violation = _KINDS[int(np.searchsorted(np.cumsum(_SHARES), random.random()).clip(0, 5))]
    status = _STATUSES[number - 1]
    answered_days = _ANSWERED_DAYS if status in ("reached", "closed") else 0
    alerted = TODAY - dt.timedelta(days=3 + answered_days + int(260 * random.random() ** 2))
    girls, boys, unknown = (int(random.integers(0, high)) for high in (3, 4, 5))
    school, sexual = violation.startswith("attack"), violation == "sexual_violence"
    waits = _WAITS[int(random.integers(0, len(_WAITS)))]
    held = violation in ("recruitment_or_use", "abduction")
    row: Row = {
        "request_id": f"case-{number:03d}",
        "site_id": site["site_id"],
        "alerted_on": alerted.isoformat(),
        "incident_on": (alerted - dt.timedelta(days=int(random.integers(1, 60)))).isoformat(),
        "violation": violation,
        "girls": 0 if school else girls + sexual,
        "boys": 0 if school or sexual else boys,
        "sex_unknown": 0 if school else unknown + (girls + boys == 0),
        "blocked_by": waits,
        "status": status,
        "presented_as_wives": "yes" if girls and (held or sexual) and random.random() < 0.4 else "no",
        "detained": "yes" if held and random.random() < 0.2 else "no",
        "movement_risk": ("", "low", "medium", "high")[int(random.integers(0, 4))] if held else "",
        "languages": _language(site["longitude"]) if random.random() < 0.7 else "",
        "actor_id": "fpn" if "actor_consent" in waits else "",
        "organisation": ("MINOSS", "UN children's agency", "Relais Enfance")[int(random.integers(0, 3))],
    }
    return row | _referral(alerted, random.random(), int(random.integers(0, 25)))


def _referral(alerted: dt.date, lot: float, days: int) -> Row:
    """Where the referral to services stands; nothing known for some."""
    day = min(alerted + dt.timedelta(days=days), TODAY)
    if lot < 0.45:
        return {"referral": "referred", "referred_on": day.isoformat()}
    return {"referral": "needed" if lot < 0.8 else "declined" if lot < 0.85 else ""}


def _language(longitude: float) -> str:
    return _WEST if longitude < -0.9 else _CENTRE if longitude < 1.0 else _EAST


def build_staff(partners: list[Row], bases: list[Row]) -> list[Row]:
    """Return the posts that can be on a team, spread over their organisation's open bases."""
    rows: list[Row] = []
    for partner in partners:
        homes = _homes(partner, bases)
        for number, (role, woman, interviewer, trauma, language) in enumerate(_POSTS[partner["name"]]):
            rows.append(
                {
                    "staff_id": f"post-{len(rows) + 1:02d}",
                    "partner_id": partner["partner_id"],
                    "base_id": homes[number % len(homes)],
                    "role": role,
                    "woman": _yes(woman),
                    "interviewer": _yes(interviewer),
                    "trauma_informed": _yes(trauma),
                    "languages": ";".join(word for word in ("french", language) if word),
                    "conflicts": "XPI05" if role == "community_liaison" and number == 1 else "",
                    "weekdays": "mon;tue;wed;thu;fri" if partner["organisation_type"] != "national_ngo" else "",
                    "absent": "2026-10-05/2026-10-09" if len(rows) % 7 == 3 else "",
                }
            )
    return rows


def build_fleet(partners: list[Row], bases: list[Row]) -> list[Row]:
    """Return the vehicles that organisations can lend."""
    rows: list[Row] = []
    for partner in partners:
        count, seats = _FLEET.get(partner["name"], (0, 0))
        homes = _homes(partner, bases)
        for number in range(count):
            rows.append(
                {
                    "vehicle_id": f"vehicle-{len(rows) + 1:02d}",
                    "partner_id": partner["partner_id"],
                    "base_id": homes[number % len(homes)],
                    "vehicle": "4x4",
                    "seats": seats,
                    "absent": "2026-10-01/2026-10-03" if len(rows) % 6 == 5 else "",
                }
            )
    return rows


def _homes(partner: Row, bases: list[Row]) -> list[str]:
    """Bases of an organisation that stay open, else the one it names."""
    own = [b["base_id"] for b in bases if b["organisation"] == partner["name"] and not b["valid_to"]]
    return own or [partner["base_id"]]


def _yes(flag: bool) -> str:  # noqa: FBT001 (a cell of a table)
    return "yes" if flag else "no"


def build_missions(requests: list[Row], staff: list[Row], fleet: list[Row]) -> tuple[list[Row], list[Row]]:
    """Return two missions that are over and what came of their stops: the requests that were reached."""
    reached = [row for row in requests if row["status"] == "reached"]
    homes = {row["staff_id"]: row["base_id"] for row in staff}
    missions: list[Row] = []
    visits: list[Row] = []
    for number, days in enumerate((40, 16), start=1):
        took = reached[number - 1 :: 2]
        leaves = TODAY - dt.timedelta(days=days + 53)
        team = [row["staff_id"] for row in staff if row["role"] in ("child_protection", "interviewer")][number - 1 :: 4]
        base = homes[team[0]]
        missions.append(
            {
                "mission_id": f"mission-{number:02d}",
                "status": "done",
                "mode": ("escorted", "unescorted")[number - 1],
                "base_id": base,
                "departs_on": leaves.isoformat(),
                "returns_on": (leaves + dt.timedelta(days=2)).isoformat(),
                "request_ids": ";".join(row["request_id"] for row in took),
                "staff_ids": ";".join(team),
                "vehicle_ids": ";".join(row["vehicle_id"] for row in fleet if row["base_id"] == base),
                "escort_base_id": base if number == 1 else "",
                "escort_slots": 3 if number == 1 else 0,
                "signed_role": "head of field office",
                "signed_on": (leaves - dt.timedelta(days=2)).isoformat(),
                "sign_reason": "children may be moved",
            }
        )
        visits += [_visit(missions[-1], row, leaves, order) for order, row in enumerate(took)]
    return missions, visits


def _visit(mission: dict[str, Any], request: Row, leaves: dt.date, order: int) -> Row:
    seen = order != 1
    return {
        "visit_id": f"visit-{mission['mission_id'][-2:]}-{order + 1}",
        "mission_id": mission["mission_id"],
        "request_id": request["request_id"],
        "site_id": request["site_id"],
        "visited_on": (leaves + dt.timedelta(days=min(order, 2))).isoformat(),
        "outcome": "verified" if seen else "pending",
        "not_verified_because": "" if seen else "children_gone",
        "girls": request["girls"] if seen else 0,
        "boys": request["boys"] if seen else 0,
        "source": "MINOSS",
    }
