"""What a workshop pack says, as plain data in one language; the pages and the slides only lay it out.

All text from tables stays text: nothing here is markup, and nothing that reads it takes it for markup.
"""

from typing import Any

import pandas as pd

from geo.errors import WithheldError
from geo.exports.mission_order_parts import Row, Section, Tables, rows_of, soft
from geo.exports.workshop_parts import duration, share, value_of
from geo.exports.workshop_tables import (
    assumptions,
    blind,
    changes,
    ledger,
    lost,
    order,
    totals,
)
from geo.model import Audience, PackFacts
from geo.text import Language, day_text, list_text, number_text, say, word

_MUST_CLOSE = " must close"  # end of the name of a phase that a forced closure begins, see unfold


def pack_document(tables: Tables, facts: PackFacts, *, language: Language, pictures: bool = False) -> dict[str, Any]:
    """Return all a pack says, for the audience its tables were cleared for.

    Parameters
    ----------
    tables
        By view, as :func:`geo.answers.workshop_pack.answer_pack` clears them; all for one audience.
    pictures
        Whether a map of each phase stands in it, see :func:`geo.exports.workshop_map.phase_pictures`.

    Returns
    -------
    dict
        ``sections`` in reading order, each of a ``kind``: ``table`` (intro, columns, rows, empty), ``map`` (picture,
        lines, alt) or ``list`` (items).

    Raises
    ------
    WithheldError
        When the tables are for different audiences.
    """
    audiences = {table.audience for table in tables.values()}
    if len(audiences) != 1:
        raise WithheldError(f"one pack, one audience; its tables are for {', '.join(sorted(audiences))}")
    (audience,) = audiences
    told = next(iter(rows_of(tables, "scenario")), {})
    name = value_of(told.get("name"))
    return {
        "language": language,
        "date": [facts.as_of.year, facts.as_of.month, facts.as_of.day],
        "title": say("pack_title", language),
        "name": soft(name) if name else say("pack_name_withheld", language),
        "note": soft(value_of(told.get("note"))),
        "headline": _headline(tables, facts, language),
        "chips": _chips(audience, facts, language),
        "facts": _facts(tables, facts, audience, language),
        "foot": " · ".join(
            [
                say("order_audience", language, word_audience=audience),
                say("pack_data", language, day=day_text(facts.as_of, language)),
                say("pack_snapshot", language, snapshot=facts.snapshot),
                say("pack_modelled", language),
            ]
        ),
        "part": say("pack_part", language, part="\n", parts="\n").split("\n"),
        "page": say("order_page", language, page="\n", pages="\n").split("\n"),
        "sections": _sections(tables, facts, language, pictures=pictures),
    }


def _chips(audience: Audience, facts: PackFacts, language: Language) -> list[str]:
    """Audience, that it is modelled, day; the first of the line beneath every map."""
    day = say("order_as_of", language, day=_as_of(facts, language))
    return [say("order_audience", language, word_audience=audience), say("pack_modelled", language), day]


def _as_of(facts: PackFacts, language: Language) -> str:
    day = day_text(facts.as_of, language)
    if facts.known_at is None:
        return day
    return f"{day}, {say('pack_known', language, day=day_text(facts.known_at, language))}"


def _headline(tables: Tables, facts: PackFacts, language: Language) -> str:
    """What is left after the last phase, by the mode of the maps."""
    rows = [row for row in rows_of(tables, "scenario_phases") if row.get("mode") == facts.mode]
    if not rows:
        return say("pack_headline_nothing", language)
    last = max(rows, key=lambda row: int(row["phase"]))
    said: dict[str, Any] = {"limit": duration(facts.limit_min), "word_mode": facts.mode}
    if "sites_lost" not in last:
        before, after = (share(last[f"sites_share_{side}"], language) for side in ("before", "after"))
        return say("pack_headline_shares", language, before=before, after=after, **said)
    number = int(last["sites_lost"])
    if number == 0:
        return say("pack_headline_none", language, **said)
    sites = say("pack_site_one" if number == 1 else "pack_site_many", language, number=number_text(number, language))
    return say("pack_headline", language, sites=sites, **said)


def _facts(tables: Tables, facts: PackFacts, audience: Audience, language: Language) -> list[list[str]]:
    told = next(iter(rows_of(tables, "scenario")), {})
    pairs: list[tuple[str, str]] = []
    if told:
        pairs.append(("revision", _revision(tables, language)))
    modes = ", ".join(word(mode, language) for mode in facts.modes)
    pairs += [
        ("as_of", _as_of(facts, language)),
        ("audience", word(str(audience), language)),
        ("limit", say("pack_limit", language, limit=duration(facts.limit_min), word_mode=facts.mode)),
        ("ground", say("pack_ground", language, word_season=facts.season, word_vehicle=facts.vehicle)),
        *([("modes", modes)] if len(facts.modes) > 1 else []),
        ("snapshot", facts.snapshot),
    ]
    return [[say(f"pack_fact_{key}", language), text] for key, text in pairs]


def _revision(tables: Tables, language: Language) -> str:
    rows = rows_of(tables, "scenario_revision")
    if not rows:
        return say("pack_revision_none", language)
    day = day_text(pd.Timestamp(rows[0]["revised_on"]), language)
    told = say("pack_revision", language, number=str(rows[0]["revision"]), day=day)
    return say("pack_revision_changed", language, revision=told) if rows[0]["changed"] else told


def _sections(tables: Tables, facts: PackFacts, language: Language, *, pictures: bool) -> list[Section]:
    phases = phases_of(tables)
    made: list[Section | None] = []
    if not phases:
        items = [say("pack_nothing", language)]
        made.append({"kind": "list", "title": say("pack_section_changes", language), "items": items})
    made += [changes(tables, language), totals(tables, facts, language)]
    for number in phases:
        if f"reach_{number}" in tables:
            made.append(_map(tables, facts, number, language, pictures=pictures))
        made.append(lost(tables, facts, number, language))
    if phases:
        made.append(blind(tables, language))
    made += [order(tables, facts, language), ledger(tables, language), assumptions(facts, language)]
    made.append(_reading(tables, facts, language))
    return [section for section in made if section is not None]


def phases_of(tables: Tables) -> list[int]:
    """Return the numbers of the phases, in their order."""
    return sorted({int(row["phase"]) for row in rows_of(tables, "scenario_phases")})


def _map(tables: Tables, facts: PackFacts, number: int, language: Language, *, pictures: bool) -> Section:
    """The two maps of a phase, what happens in it, and the line that dates and attributes them."""
    rows = [row for row in rows_of(tables, "scenario_phases") if int(row["phase"]) == number]
    name, begins = _phase_name(rows[0], language), value_of(rows[0].get("begins_on"))
    title = (
        say("pack_section_map", language, phase=number, name=soft(name))
        if name
        else say("pack_section_map_plain", language, phase=number)
    )
    said = {"limit": duration(facts.limit_min), "word_mode": facts.mode}
    lines = [say("pack_limit", language, **said)]
    if begins:
        lines.insert(0, say("pack_begins", language, day=day_text(pd.Timestamp(begins), language)))
    method = {"air": "air", "alert": "alert"}.get(str(facts.mode), "road")
    not_drawn = []
    if "no_eyes_km2_before" in rows[0]:
        km2 = number_text(float(rows[0]["no_eyes_km2_before"]), language)
        not_drawn.append(say("pack_not_drawn", language, km2=km2))
    not_drawn.append(say("pack_not_named", language))
    sources = ", ".join(facts.sources) or say("pack_read_none", language)
    return {
        "kind": "map",
        "title": title,
        "intro": " · ".join(lines),
        "picture": f"phase_{number}" if pictures else None,
        "alt": say("pack_map_alt", language, phase=number, **said),
        "missing": say("pack_map_none", language),
        "badges": [
            say("order_sources", language, sources=soft(sources)),
            say(f"pack_method_{method}", language),
            *not_drawn,
        ],
    }


def _phase_name(row: Row, language: Language) -> str:
    """Name of a phase; one that a forced closure begins is named by its bases."""
    name = value_of(row.get("phase_name"))
    if not name.endswith(_MUST_CLOSE):
        return name
    bases = name.removesuffix(_MUST_CLOSE).split(", ")
    return say("pack_forced_phase", language, bases=list_text(bases, language))


def _reading(tables: Tables, facts: PackFacts, language: Language) -> Section:
    names = ", ".join(facts.sources) or say("pack_read_none", language)
    items = [say("pack_withheld_parts", language)] if tables["scenario_lost"].withheld else []
    items += [
        say("pack_read_modelled", language),
        say("pack_read_danger", language),
        say("pack_read_only_bases", language, day=day_text(facts.as_of, language)),
        say("pack_read_absence", language),
        *([] if tables["scenario_lost"].withheld else [say("pack_read_order", language)]),
        say("pack_read_person", language),
        say("pack_read_sources", language, sources=soft(names)),
        say("pack_read_snapshot", language, snapshot=facts.snapshot),
    ]
    return {"kind": "list", "title": say("pack_section_reading", language), "items": items}
