"""Tables of a workshop pack, each from one cleared view; none where the audience sees nothing of it."""

from typing import Any

import pandas as pd

from geo.exports.mission_order_parts import Row, Section, Tables, flag, rows_of
from geo.exports.workshop_parts import (
    Column,
    change,
    count_text,
    duration,
    minutes_text,
    share,
    table_section,
    value_of,
    withheld_section,
)
from geo.model import Assumption, PackFacts
from geo.text import Language, catalogue, change_text, day_text, number_text, reason_text, say, word

_ORPHANED = "orphaned"
_UNITS = {"people at sites within the limit": "people", "sites within the limit": "sites"}


def changes(tables: Tables, language: Language) -> Section | None:
    """What happens to which base in which phase, and why."""
    rows = rows_of(tables, "scenario_changes")
    if not rows:
        return None
    begins = {int(row["phase"]): row.get("begins_on") for row in rows_of(tables, "scenario_phases")}
    told = [
        [
            str(row["phase"]),
            _day(begins.get(int(row["phase"])), language),
            value_of(row["name"]),
            change_text(str(row["what"]), language),
            reason_text(value_of(row["why"]), language),
        ]
        for row in rows
    ]
    columns: list[Column] = [("phase", 0, "right"), ("from", 0, "left"), ("base", 1, "left"), ("what", 0, "left")]
    return table_section(say("pack_section_changes", language), [*columns, ("why", 2, "left")], told, language)


def _day(day: Any, language: Language) -> str:
    return "–" if day is None or pd.isna(day) else day_text(pd.Timestamp(day), language)


def totals(tables: Tables, facts: PackFacts, language: Language) -> Section | None:
    """Reach today and in each phase by each mode; only columns the audience sees."""
    rows = rows_of(tables, "scenario_phases")
    if not rows:
        return None
    seen = set(rows[0])
    pairs = {"sites": "sites_share", "land": "land_share", "people": "people"}
    counted = ("sites_lost", "sites_gained")
    columns: list[Column] = [("phase", 0, "right"), ("mode", 1, "left")]
    columns += [(key, 0, "right") for key, name in pairs.items() if f"{name}_after" in seen]
    columns += [(name, 0, "right") for name in counted if name in seen]
    columns += [(name, 0, "right") for name in ("one_base", "no_eyes") if f"{_WIDE[name]}_after" in seen]
    told = []
    for row in rows:
        cells = [str(row["phase"]), word(str(row["mode"]), language)]
        cells += [_pair(row, name, language) for name in pairs.values() if f"{name}_after" in seen]
        cells += [count_text(row[name], language) for name in counted if name in seen]
        cells += [_pair(row, name, language) for name in _WIDE.values() if f"{name}_after" in seen]
        told.append(cells)
    intro = say("pack_intro_totals", language, limit=duration(facts.limit_min))
    return table_section(say("pack_section_totals", language), columns, told, language, intro=intro)


_WIDE = {"one_base": "one_base", "no_eyes": "no_eyes_km2"}


def _pair(row: Row, name: str, language: Language) -> str:
    write = share if name.endswith("share") else count_text
    return change(write(row[f"{name}_before"], language), write(row[f"{name}_after"], language), language)


def lost(tables: Tables, facts: PackFacts, number: int, language: Language) -> Section | None:
    """Sites beyond the limit in a phase; those listed alike for the phase before are counted only."""
    table = tables["scenario_lost"]
    if table.withheld:
        return None
    before, rows = (
        [row for row in rows_of(tables, "scenario_lost") if row["phase"] == n] for n in (number - 1, number)
    )
    known = {(row["mode"], row["site_id"]): _as_listed(row) for row in before}
    fresh = [row for row in rows if known.get((row["mode"], row["site_id"])) != _as_listed(row)]
    rank = {str(mode): place for place, mode in enumerate(facts.modes)}
    fresh.sort(key=lambda row: (rank[str(row["mode"])], -_people(row), str(row["site"])))
    again = any((row["mode"], row["site_id"]) in known for row in fresh)
    told = [
        [
            *([word(str(row["mode"]), language)] if len(facts.modes) > 1 else []),
            value_of(row["site"]),
            value_of(row["p_code"]) or "–",
            count_text(row["people"], language),
            minutes_text(row["before_min"], language),
            minutes_text(row["after_min"], language),
            value_of(row["next_base"]) or say("pack_no_next", language),
            count_text(row["backup_before"], language),
            *([_listed(row, known, language)] if again else []),
        ]
        for row in fresh
    ]
    columns: list[Column] = [("mode", 0, "left")] if len(facts.modes) > 1 else []
    columns += [("site", 1.4, "left"), ("p_code", 0, "left"), ("people_at", 0, "right"), ("before", 0, "right")]
    columns += [("after", 0, "right"), ("next_base", 1, "left"), ("backup", 0, "right")]
    columns += [("listed", 0, "left")] if again else []
    intro = say("pack_intro_lost", language, limit=duration(facts.limit_min))
    if len(rows) > len(fresh):
        intro += " " + say("pack_intro_repeated", language, number=count_text(len(rows) - len(fresh), language))
    return table_section(
        say("pack_section_lost", language, phase=number),
        columns,
        told,
        language,
        intro=intro,
        empty=say("pack_lost_none", language),
    )


def _as_listed(row: Row) -> tuple[str, ...]:
    """What a reader sees of a row."""
    return (minutes_text(row["after_min"], "en"), value_of(row["next_base"]))


def _people(row: Row) -> float:
    return 0.0 if pd.isna(row["people"]) else float(row["people"])


def _listed(row: Row, known: dict[tuple[Any, Any], tuple[str, ...]], language: Language) -> str:
    return say("pack_lost_changed" if (row["mode"], row["site_id"]) in known else "pack_lost_new", language)


def blind(tables: Tables, language: Language) -> Section | None:
    """Land and sites that nobody could report from any more."""
    if tables["scenario_blind"].withheld:
        return None
    told = [
        [
            str(row["phase"]),
            value_of(row["area"]),
            count_text(row["area_km2"], language),
            count_text(row["sites"], language),
            _names(row, language),
        ]
        for row in rows_of(tables, "scenario_blind")
    ]
    columns: list[Column] = [("phase", 0, "right"), ("area", 1, "left"), ("km2", 0, "right")]
    return table_section(
        say("pack_section_blind", language),
        [*columns, ("blind_sites", 0, "right"), ("names", 3, "left")],
        told,
        language,
        intro=say("pack_intro_blind", language),
        empty=say("pack_blind_none", language),
    )


def _names(row: Row, language: Language) -> str:
    named = value_of(row["site_names"])
    more = int(row["sites"]) - len(named.split(", ")) if named else 0
    return say("pack_and_more", language, names=named, number=more) if more > 0 else named or "–"


def order(tables: Tables, facts: PackFacts, language: Language) -> Section | None:
    """The closing order beside the proven optimum of each step."""
    title = say("pack_section_order", language)
    if facts.order_refused == "no_base":
        return {"kind": "list", "title": title, "items": [say("pack_order_no_base", language)]}
    table = tables.get("closing_order")
    if table is None or table.withheld:
        return None
    told = [
        [
            str(row["step"]),
            value_of(row["name"]),
            count_text(row["adds"], language),
            f"{count_text(row['loss'], language)} ({share(row['loss_share'], language)})",
            count_text(row["optimum"], language),
            count_text(row["gap"], language),
            count_text(row["without_backup"], language),
            reason_text(value_of(row["reason"]).split("; ", maxsplit=1)[0], language),
        ]
        for row in rows_of(tables, "closing_order")
    ]
    columns: list[Column] = [("step", 0, "right"), ("base", 1, "left"), ("adds", 0, "right"), ("loss", 0, "right")]
    columns += [("optimum", 0, "right"), ("gap", 0, "right"), ("without_backup", 0, "right"), ("why", 1.7, "left")]
    unit = say(f"pack_unit_{_UNITS.get(facts.order_unit, 'people')}", language)
    intro = say("pack_intro_order", language, unit=unit, limit=duration(facts.limit_min), word_mode=facts.mode)
    if facts.order_not_counted:
        intro += " " + say("pack_order_not_counted", language, number=count_text(facts.order_not_counted, language))
    return table_section(title, columns, told, language, intro=intro)


# Column of the ledger, how wide, on which side; those the ledger has are shown.
_LEDGER: tuple[Column, ...] = (
    ("state", 0, "left"),
    ("base", 1, "left"),
    ("kind", 0, "left"),
    ("what", 1.6, "left"),
    ("receiver", 1, "left"),
    ("due_on", 0, "left"),
    ("hand_over_by", 0, "left"),
    ("days_left", 0, "right"),
    ("funded", 0, "left"),
    ("status", 0, "left"),
)


def ledger(tables: Tables, language: Language) -> Section | None:
    """Duties, those that fall to nobody first."""
    table, title = tables.get("handover"), say("pack_section_ledger", language)
    if table is None:
        items = [say("pack_ledger_none", language)]
        return None if tables["scenario_lost"].withheld else {"kind": "list", "title": title, "items": items}
    if table.withheld:
        return withheld_section(title, language)
    # The day a duty is due stands in place of the day on its record, which it may lack.
    left_out = "hand_over_by" if "due_on" in table.columns else "due_on"
    shown = [column for column in _LEDGER if column[0] in table.columns and column[0] != left_out]
    # The ledger comes worst first; what falls to nobody stands first whatever else is worse.
    rows = sorted(rows_of(tables, "handover"), key=lambda row: row.get("state") != _ORPHANED)
    told = [[_duty(row, key, language) for key, _, _ in shown] for row in rows]
    intro, empty = say("pack_intro_ledger", language), say("pack_ledger_none", language)
    return table_section(title, shown, told, language, intro=intro, empty=empty)


def _duty(row: Row, key: str, language: Language) -> str:
    value = row[key]
    if key == "funded" and not isinstance(value, str):
        return flag(value, language)
    if not value_of(value):
        return "–"
    if key in ("due_on", "hand_over_by"):
        return _day(value, language)
    if key == "days_left":
        return count_text(value, language)
    if key == "state" and f"pack_state_{value}" in catalogue():
        return say(f"pack_state_{value}", language)
    return word(str(value), language) if key in ("state", "kind", "status", "funded") else str(value)


def assumptions(facts: PackFacts, language: Language) -> Section:
    """What reach and drawdown rest on, as it was when the pack was made."""
    told = [
        [
            str(one.row),
            _assumed(one, facts, language),
            _held(one, language),
            say(f"pack_source_{one.source}", language),
            one.key,
        ]
        for one in facts.assumptions
    ]
    columns: list[Column] = [("row", 0, "right"), ("assumption", 1.5, "left"), ("value", 1.3, "left")]
    columns += [("source", 1, "left"), ("key", 0, "left")]
    return table_section(say("pack_section_assumptions", language), columns, told, language)


def _assumed(one: Assumption, facts: PackFacts, language: Language) -> str:
    if one.key.startswith("speeds_kph."):
        return say("pack_assume_speeds", language, word_season=facts.season)
    if one.key.startswith("vehicles."):
        return say("pack_assume_vehicle", language, word_vehicle=facts.vehicle)
    return say(f"pack_assume_{one.key}", language)


def _held(one: Assumption, language: Language) -> str:
    """Value of an assumption with its unit."""
    value = one.value
    if isinstance(value, bool):
        return word("yes" if value else "no", language)
    if isinstance(value, tuple):
        if one.unit:
            parts = [part.split(";") for part in value]
            speeds = [
                say("pack_speed", language, road=word(road, language), paved=paved, unpaved=unpaved)
                for road, paved, unpaved in parts
            ]
            return f"{', '.join(speeds)} {one.unit}"
        return ", ".join(word(part, language) for part in value)
    number = float(value)
    if one.unit == "share":
        return share(number, language)
    text = number_text(number, language, decimals=0 if number == round(number) else 1)
    return say("pack_unit_days", language, number=text) if one.unit == "days" else f"{text}\u202f{one.unit}"
