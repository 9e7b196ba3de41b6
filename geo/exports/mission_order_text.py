"""What a mission order says, as plain data in one language: headings, tables, lists. The pages only lay it out.

All text from tables stays text: nothing here is markup, and nothing that reads it takes it for markup.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd

from geo.errors import WithheldError
from geo.exports.mission_order_parts import (
    Row,
    Section,
    Tables,
    bounded,
    counted,
    flag,
    in_a_row,
    parts_of,
    rows_of,
    said,
    short_day,
    soft,
    table_of,
    value_text,
)
from geo.exports.mission_order_rules import (
    assumptions,
    calls,
    contacts,
    dropped,
    medical,
    on_the_way,
    signature,
    turning_back,
    unit_text,
)
from geo.model import Audience
from geo.text import Language, day_text, duration_text, list_text, number_text, say, sentence_text, word

_WIDE = ("organisations", "exposure", "visibility")  # facts that take a line of their own
_AREA, _AREAS = {"en": "area", "fr": "area_fr"}, {"en": "areas", "fr": "areas_fr"}  # columns by language


def order_document(
    tables: Tables, *, language: Language, as_of: dt.date, sources: str, picture: bool = False
) -> dict[str, Any]:
    """Return all an order says, for the audience its tables were cleared for.

    Parameters
    ----------
    tables
        By view, as :func:`geo.answers.mission_order.answer_order` clears them; all for one audience.
    sources
        Where the data come from, for the foot of each page.
    picture
        Whether a map stands in it.

    Raises
    ------
    WithheldError
        When the tables are for different audiences, or the audience may see nothing of missions.
    """
    audiences = {table.audience for table in tables.values()}
    if len(audiences) != 1:
        raise WithheldError(f"one order, one audience; its tables are for {', '.join(sorted(audiences))}")
    (audience,) = audiences
    head = rows_of(tables, "mission_order")
    if not head:
        raise WithheldError(f"the audience {audience} may not see single missions; ask for another audience")
    mission = head[0]
    signed = mission.get("status") != "draft"
    sections = [made for make in _SECTIONS if (made := make(tables, language)) is not None]
    return {
        "language": language,
        "date": [as_of.year, as_of.month, as_of.day],
        "title": say("order_title" if signed else "order_title_draft", language),
        "name": soft(str(mission.get("mission_id", ""))),
        "headline": _headline(mission, language),
        "dates": _dates(mission, language),
        "chips": [
            say("order_audience", language, word_audience=audience),
            *([say("order_modelled", language)] if "exposure" in mission else []),
            say("order_as_of", language, day=day_text(as_of, language)),
        ],
        "alert": _alert(tables, language),
        "picture": picture,
        "caption": say("order_map" if picture else "order_no_map", language),
        "caption_shown": picture or not audience.may_see(Audience.TASK_FORCE),
        "sections": sections,
        "foot": say("order_sources", language, sources=soft(sources)),
        "page": _page_words(language),
    }


def _page_words(language: Language) -> list[str]:
    """Words before, between and after the two page numbers."""
    told = say("order_page", language, page="\n", pages="\n").split("\n")
    return [told[0], told[1], told[2]]


def _headline(mission: Row, language: Language) -> str:
    days = counted("day", int(mission["days"]), language)
    mode = word(str(mission["mode"]), language)
    if "base" not in mission:
        return say("order_headline_plain", language, days=days, mode=mode)
    stops = counted("stop", int(mission["stops"]), language)
    return say("order_headline", language, stops=stops, days=days, mode=mode, base=soft(str(mission["base"])))


def _dates(mission: Row, language: Language) -> str:
    departs, returns = (day_text(mission[name], language) for name in ("departs_on", "returns_on"))
    if departs == returns:
        return say("order_date_one", language, departs=departs)
    return say("order_dates", language, departs=departs, returns=returns)


def _alert(tables: Tables, language: Language) -> dict[str, Any] | None:
    """What changed since the signature; grave where it overtakes the plan."""
    changes = rows_of(tables, "mission_changes")
    if not changes:
        return None
    grave = any(bool(row["matters"]) for row in changes)
    lines = [soft(str(row[f"told_{language}"])) for row in changes]
    return {"title": say("order_overtaken" if grave else "order_changed", language), "lines": lines, "grave": grave}


def _facts(tables: Tables, language: Language) -> Section:
    mission = rows_of(tables, "mission_order")[0]
    pairs = [("mode", word(str(mission["mode"]), language))]
    if "base" in mission:
        pairs.append(("base", str(mission["base"])))
        pairs.append(("time", duration_text(mission["time_min"])))
        pairs.append(("way", f"{number_text(mission['length_km'], language)}\u202fkm"))
        pairs.append(("escort", _escort(mission, language)))
        daylight = f"{word(str(mission['season']), language)}, {mission['daylight']}"
        pairs.append(("season", daylight))
        pairs.append(("cases", number_text(int(mission["requests"]), language)))
    crew = [
        counted(noun, int(mission[name]), language) for noun, name in (("person", "people"), ("vehicle", "vehicles"))
    ]
    pairs.append(("people", ", ".join(crew)))
    pairs.append(("organisations", list_text([p for p in str(mission["organisations"]).split("; ") if p], language)))
    if "exposure" in mission:
        told = say(
            "fact_exposure_value",
            language,
            value=bounded(mission, language),
            unit=unit_text(tables, language),
            day=day_text(mission["evidence_on"], language),
        )
        notice = say("fact_visibility_value", language, value=value_text(mission["visibility"], language))
        pairs += [("exposure", told), ("visibility", notice)]
    return {
        "title": say("section_facts", language),
        "kind": "facts",
        "rows": [[say(f"fact_{key}", language), soft(text)] for key, text in pairs if text and key not in _WIDE],
        "wide": [[say(f"fact_{key}", language), soft(text)] for key, text in pairs if text and key in _WIDE],
    }


def _escort(mission: Row, language: Language) -> str:
    if not isinstance(mission["escort_base"], str):
        return say("fact_no_escort", language)
    slots = counted("slot", int(mission["escort_slots"]), language)
    return say("fact_escort_value", language, slots=slots, base=mission["escort_base"])


def _days(tables: Tables, language: Language) -> Section | None:
    """Provinces by day, only where the stops themselves are withheld."""
    rows = rows_of(tables, "mission_days")
    if not rows or rows_of(tables, "mission_stops"):
        return None
    told = [[day_text(row["day"], language), str(row[_AREAS[language]])] for row in rows]
    return table_of("section_days", language, [("day", 0, "left"), ("area", 1, "left")], told)


def _legs(tables: Tables, language: Language) -> Section | None:
    rows = rows_of(tables, "mission_legs")
    if not rows:
        return None
    columns = [
        ("number", 0, "right"),
        ("day", 0, "left"),
        ("leaves", 0, "right"),
        ("arrives", 0, "right"),
        ("way", 1, "left"),
        ("km", 0, "right"),
        ("time", 0, "right"),
        ("exposure", 0, "right"),
        ("visibility", 0, "right"),
        ("turn_by", 0, "right"),
    ]
    told = [
        [
            str(row["leg"]),
            short_day(row["day"], language),
            row["leaves"],
            row["arrives"],
            f"{row['from_name']} → {row['to_name']}",
            number_text(row["length_km"], language),
            duration_text(row["time_min"]),
            bounded(row, language),
            value_text(row["visibility"], language),
            row["turn_by"],
        ]
        for row in rows
    ]
    made = table_of("section_legs", language, columns, told)
    for laid, row in zip(made["rows"], rows, strict=True):
        air = say("leg_by_air", language) if row["by_air"] else ""
        warnings = [sentence_text(part, language) for part in row["warnings"]]
        laid["note"] = soft(in_a_row(filter(None, [air, *warnings]), language))
    return made


def _stops(tables: Tables, language: Language) -> Section | None:
    rows = rows_of(tables, "mission_stops")
    if not rows:
        return None
    columns = [("number", 0, "right"), ("day", 0, "left"), ("times", 0, "left"), ("site", 1, "left")]
    columns += [("area", 1, "left"), ("cases", 1, "left")]
    told = [
        [
            str(row["stop"]),
            short_day(row["day"], language),
            f"{row['starts']}–{row['ends']}",
            row["site"],
            row[_AREA[language]],
            row["request_ids"],
        ]
        for row in rows
    ]
    return table_of("section_stops", language, columns, told)


def _nights(tables: Tables, language: Language) -> Section | None:
    rows = rows_of(tables, "mission_nights")
    if not rows:
        return None
    told = [[str(row["night"]), short_day(row["day"], language), row["place"]] for row in rows]
    return table_of(
        "section_nights", language, [("number", 0, "right"), ("day", 0, "left"), ("place", 1, "left")], told
    )


def _team(tables: Tables, language: Language) -> Section | None:
    rows = rows_of(tables, "mission_team")
    if not rows:
        return None
    if "staff_id" not in rows[0]:
        pairs = sorted([str(row["organisation"]), said(row["role"], language)] for row in rows)
        return table_of("section_team", language, [("organisation", 1, "left"), ("role", 1, "left")], pairs)
    columns = [("post", 0, "left"), ("organisation", 1, "left"), ("role", 1, "left"), ("woman", 0, "left")]
    columns += [("trained", 0, "left"), ("languages", 1, "left")]
    told = [
        [
            row["staff_id"],
            row["organisation"],
            said(row["role"], language),
            flag(row["woman"], language),
            f"{flag(row['interviewer'], language)}, {flag(row['trauma_informed'], language)}",
            ", ".join(said(part, language) for part in parts_of(row["languages"])),
        ]
        for row in rows
    ]
    return table_of("section_team", language, columns, told)


def _vehicles(tables: Tables, language: Language) -> Section | None:
    rows = rows_of(tables, "mission_vehicles")
    if not rows:
        return None
    if "vehicle_id" not in rows[0]:
        pairs = sorted([str(row["organisation"]), said(row["vehicle"], language)] for row in rows)
        return table_of("section_vehicles", language, [("organisation", 1, "left"), ("kind", 1, "left")], pairs)
    columns = [("vehicle", 1, "left"), ("organisation", 1, "left"), ("kind", 1, "left"), ("seats", 0, "right")]
    told = [
        [
            row["vehicle_id"],
            row["organisation"],
            said(row["vehicle"], language),
            "–" if pd.isna(row["seats"]) else str(int(row["seats"])),
        ]
        for row in rows
    ]
    return table_of("section_vehicles", language, columns, told)


_SECTIONS: tuple[Callable[[Tables, Language], Section | None], ...] = (
    _facts,
    _days,
    _legs,
    _stops,
    _nights,
    on_the_way,
    turning_back,
    calls,
    medical,
    _team,
    _vehicles,
    contacts,
    dropped,
    assumptions,
    signature,
)
