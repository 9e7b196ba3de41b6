"""Sections of a mission order about the way: what is known on it, calls, medical posts, turning back, and who signed."""

import pandas as pd

from geo.exports.mission_order_parts import (
    Row,
    Section,
    Tables,
    in_a_row,
    rows_of,
    said,
    short_day,
    soft,
    table_of,
)
from geo.text import Language, day_text, duration_text, number_text, say

_ON_THE_WAY_MIN = 5.0
_LEGS_TOLD = 6  # with more, the table of legs tells the hours of each


def unit_text(tables: Tables, language: Language) -> str:
    """Say what one unit of exposure is."""
    rules = rows_of(tables, "mission_rules")[0]
    km, passages = (number_text(rules[name], language) for name in ("encounter_radius_km", "passages"))
    return say("exposure_unit", language, km=km, passages=passages)


def on_the_way(tables: Tables, language: Language) -> Section | None:
    """What is on record on the legs, with its age and how people there behave."""
    if not rows_of(tables, "mission_legs"):
        return None
    rows = rows_of(tables, "mission_road")
    if not rows:
        return {"title": say("section_road", language), "kind": "list", "items": [say("nothing_known", language)]}
    columns = [("leg", 0, "left"), ("what", 1, "left"), ("how", 1, "left"), ("reported", 0, "left")]
    columns += [("age", 0, "right"), ("delay", 0, "right")]
    legs: dict[tuple[str, ...], list[str]] = {}  # what is the same on several legs is told once
    for row in rows:
        told = (
            _what(row, language),
            _how(row, language),
            short_day(row["reported_on"], language),
            say("age_days", language, days=row["age_days"]),
            "–" if pd.isna(row["delay_min"]) else duration_text(row["delay_min"]),
        )
        legs.setdefault(told, []).append(str(row["leg"]))
    return table_of("section_road", language, columns, [[", ".join(each), *told] for told, each in legs.items()])


def _what(row: Row, language: Language) -> str:
    if row["table"] == "road_reports":
        return say("seen", language, word_status=row["what"])
    return said(row["what"], language)


def _how(row: Row, language: Language) -> str:
    told = []
    if isinstance(row["operator_type"], str):
        told.append(say("held_by", language, word_by=row["operator_type"]))
    if isinstance(row["behaviour"], str):
        told.append(said(row["behaviour"], language))
    if isinstance(row["hours"], str):
        told.append(row["hours"])
    return ", ".join(told) or "–"


def calls(tables: Tables, language: Language) -> Section | None:
    """Times of calls, a row a day."""
    rows = rows_of(tables, "mission_calls")
    if not rows:
        return None
    by_day: dict[pd.Timestamp, list[str]] = {}
    for row in rows:
        by_day.setdefault(row["day"], []).append(f"{row['at']} {_call(row, language)}")
    told = [[short_day(day, language), in_a_row(each, language)] for day, each in by_day.items()]
    return table_of("section_calls", language, [("day", 0, "left"), ("times", 1, "left")], told)


def _call(row: Row, language: Language) -> str:
    if isinstance(row["place"], str):
        return say(f"call_{row['why']}", language, place=row["place"])
    return say(f"call_{row['why']}", language, leg=say("leg_number", language, leg=int(row["leg"])))


def medical(tables: Tables, language: Language) -> Section | None:
    """Bases with a medical post near the way."""
    if not rows_of(tables, "mission_legs"):
        return None
    rows = rows_of(tables, "mission_medical")
    title = say("section_medical", language)
    if not rows and all(leg["by_air"] for leg in rows_of(tables, "mission_legs")):
        return {"title": title, "kind": "list", "items": [say("no_medical_by_air", language)]}
    if not rows:
        within = rows_of(tables, "mission_rules")[0]["medical_within_min"]
        return {"title": title, "kind": "list", "items": [say("no_medical", language, time=duration_text(within))]}
    items = []
    for row in rows:
        leg = say("leg_number", language, leg=int(row["leg"]))
        near = say("medical_on_way", language, leg=leg)
        far = say(
            "medical_times",
            language,
            time=duration_text(row["time_min"]),
            leg=leg,
            km=number_text(row["away_km"], language),
        )
        items.append([soft(str(row["place"])), near if row["time_min"] < _ON_THE_WAY_MIN else far])
    return {"title": title, "kind": "facts", "rows": items}


def turning_back(tables: Tables, language: Language) -> Section:
    """When to turn back: by the clock, by daylight and curfew, and whatever is met."""
    rules, legs = rows_of(tables, "mission_rules")[0], rows_of(tables, "mission_legs")
    until = min(rules["arrives_by"], rules["daylight_ends"])
    each = legs if len(legs) <= _LEGS_TOLD else []
    items = [
        say(
            "rule_turn_by",
            language,
            place=leg["from_name"],
            goal=leg["to_name"],
            time=leg["turn_by"],
            day=short_day(leg["day"], language),
            until=until,
        )
        for leg in each
    ]
    if len(each) < len(legs):
        items.append(say("rule_turn_by_each", language, until=until))
    items.append(say("rule_daylight", language, begins=rules["daylight_begins"], ends=rules["daylight_ends"]))
    for row in rows_of(tables, "mission_road"):
        if row["what"] == "curfew" and isinstance(row["hours"], str):
            leg = say("leg_number", language, leg=int(row["leg"]))
            items.append(say("rule_curfew", language, leg=leg, hours=row["hours"]))
    if legs:
        items.append(say("rule_unexpected", language))
    items.append(say("rule_contact", language, time=duration_text(rules["lost_contact_min"])))
    items += [say("rule_children", language), say("rule_anyone", language)]
    return {"title": say("section_rules", language), "kind": "list", "items": [soft(item) for item in items]}


def contacts(tables: Tables, language: Language) -> Section | None:
    """Roles to call; numbers and call signs are written in by hand."""
    rows = rows_of(tables, "mission_contacts")
    if not rows:
        return None
    mission = rows_of(tables, "mission_order")[0]
    told = [[say(f"contact_{row['role']}", language), str(row["place"]), ""] for row in rows]
    if isinstance(mission.get("signed_role"), str):
        told.insert(0, [say("contact_signed", language), mission["signed_role"], ""])
    columns = [("role", 1, "left"), ("place", 1, "left"), ("call_sign", 1, "left")]
    return table_of("section_contacts", language, columns, told)


def dropped(tables: Tables, language: Language) -> Section | None:
    """Requests the plan leaves out, and what would admit them."""
    rows = rows_of(tables, "mission_dropped")
    if not rows:
        return None
    columns = [("case", 0, "left"), ("why", 1, "left")]
    return table_of(
        "section_dropped", language, columns, [[str(r["request_id"]), str(r[f"told_{language}"])] for r in rows]
    )


def assumptions(tables: Tables, language: Language) -> Section:
    """What the order rests on, in sentences."""
    mission = rows_of(tables, "mission_order")[0]
    items = []
    if "exposure" in mission:
        items += [
            say("assume_exposure", language, unit=unit_text(tables, language)),
            *([say("assume_bound", language)] if mission["exposure_at_least"] else []),
            say("assume_hours", language),
            say("assume_absence", language),
            say("assume_evidence", language, signed=day_text(mission["evidence_on"], language)),
        ]
    items.append(say("assume_person", language))
    return {"title": say("section_assumptions", language), "kind": "list", "items": items}


def signature(tables: Tables, language: Language) -> Section:
    """Who signed, when and why, and lines for those who sign on paper."""
    mission = rows_of(tables, "mission_order")[0]
    lines = []
    if isinstance(mission.get("signed_role"), str):
        day = day_text(mission["signed_on"], language)
        lines.append(say("signed_line", language, role=mission["signed_role"], day=day))
        reason = mission.get("sign_reason")
        told = isinstance(reason, str)
        lines.append(say("signed_reason", language, reason=reason) if told else say("signed_reason_withheld", language))
    elif "signed_role" in mission:
        lines.append(say("not_signed", language))
    boxes = ["signature_signed", "signature_team"]
    if isinstance(mission.get("escort_base"), str):
        boxes.append("signature_escort")
    return {
        "title": say("section_signature", language),
        "kind": "signature",
        "lines": [soft(line) for line in lines],
        "boxes": [say(box, language) for box in boxes],
        "fields": [say(f"signature_{name}", language) for name in ("role", "time", "mark")],
    }
