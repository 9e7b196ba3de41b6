"""The maps of a workshop pack: reach today beside reach in each phase, what is lost, and what becomes no eyes."""

import math
from collections.abc import Mapping
from typing import Any

from geo.exports.mission_order_parts import Tables
from geo.exports.picture import draw_map_pair
from geo.layers import palette
from geo.layers.spec import Bounds, CellLayer, HatchLayer, LayerSpec, MapSpec, PointLayer
from geo.layers.style import Alike, Kinds, Steps
from geo.model import PackFacts
from geo.text import Language, number_text, say

SIZE_IN = (10.2, 4.0)  # of the pair: half of it is one map
_RATIO = SIZE_IN[0] / 2 / SIZE_IN[1]


def phase_pictures(
    tables: Tables,
    facts: PackFacts,
    *,
    language: Language,
    base: tuple[LayerSpec, ...],
    bounds: Bounds | None,
) -> dict[str, bytes]:
    """Draw a pair of maps for each phase as PNG, by ``phase_NUMBER``.

    Nothing for an audience that may not see reach, and where the country has no outline.

    Parameters
    ----------
    tables
        By view, as :func:`geo.answers.workshop_pack.answer_pack` clears them.
    base
        Layers of the base map, cleared for the same audience.
    bounds
        Of the country, degrees.
    """
    today = tables.get("reach_0")
    if bounds is None or today is None or today.withheld or today.frame.empty:
        return {}
    shared: dict[str, Any] = {"bounds": _shaped(bounds), "base": base}
    before = MapSpec(layers=_side(tables, facts, 0, language), **shared)
    made = {}
    numbers = sorted(int(name.removeprefix("reach_")) for name in tables if name.startswith("reach_"))
    for number in numbers[1:]:
        after = MapSpec(layers=_side(tables, facts, number, language), **shared)
        titles = (say("pack_map_today", language), say("pack_map_after", language, phase=number))
        made[f"phase_{number}"] = draw_map_pair((before, after), titles=titles, size_in=SIZE_IN)
    return made


def _side(tables: Tables, facts: PackFacts, number: int, language: Language) -> tuple[LayerSpec, ...]:
    """Layers of one side, from bottom to top."""
    cells, bases = tables[f"reach_{number}"], tables[f"bases_{number}"]
    shared: dict[str, Any] = {
        "audience": cells.audience,
        "source": ", ".join(facts.sources) or say("pack_read_none", language),
        "date": facts.as_of.isoformat(),
    }
    layers: list[LayerSpec] = [_reach(tables, facts, number, language, shared)]
    if number:
        lost: dict[str, Any] = {"unit": "cells", "modelled": True, **shared}
        layers.append(
            CellLayer(
                title="Lost",
                cleared=cells,
                fill=Alike(style=palette.LOST, label=say("pack_map_lost", language)),
                where={"lost": [True]},
                **lost,
            )
        )
        blind = tables["scenario_no_eyes"]
        layers.append(
            HatchLayer(title=say("pack_map_no_eyes", language), cleared=blind, where={"phase": [number]}, **lost)
        )
        layers.append(
            PointLayer(
                title="Sites",
                unit="sites",
                cleared=tables["scenario_lost"],
                modelled=True,
                symbol=Alike(style="lost", label=say("pack_map_site", language)),
                label="site",
                importance="people",
                where={"phase": [number], "mode": [str(facts.mode)]},
                **shared,
            )
        )
    signs: Mapping[str, Any] = {"base": "base", "hq": "hq", "closing": "closing"}
    labels = {name: say(f"pack_map_{'closes' if name == 'closing' else name}", language) for name in signs}
    symbol = Kinds(column="symbol", styles=signs, labels=labels)
    layers.append(PointLayer(title="Bases", unit="bases", cleared=bases, symbol=symbol, label="name", **shared))
    return tuple(layers)


def _reach(tables: Tables, facts: PackFacts, number: int, language: Language, shared: dict[str, Any]) -> CellLayer:
    """Hours from the nearest base in thirds of the limit; what lies beyond is left open."""
    edges = (0.0, facts.limit_min / 3, facts.limit_min * 2 / 3)
    marks = [_hours(edge, language) for edge in (*edges, facts.limit_min)]
    return CellLayer(
        title=say("pack_map_hours", language),
        unit="h",
        **shared,
        cleared=tables[f"reach_{number}"],
        modelled=True,
        fill=Steps(
            column="time_min",
            edges=edges,
            styles=palette.REACH,
            labels=(
                say("pack_map_to", language, end=marks[1]),
                f"{marks[1]}–{marks[2]}",
                f"{marks[2]}–{marks[3]}",
            ),
        ),
        where={"covered": [True]},
    )


def _hours(minutes: float, language: Language) -> str:
    hours = minutes / 60
    decimals = 0 if math.isclose(hours, round(hours)) else 1
    return number_text(hours, language, decimals=decimals)


def _shaped(bounds: Bounds) -> Bounds:
    """Widen an extent to the shape of one map, as seen at its middle latitude."""
    west, south, east, north = bounds
    stretch = 1 / math.cos(math.radians((south + north) / 2))
    wide, high = east - west, (north - south) * stretch
    grown_wide, grown_high = max(wide, high * _RATIO), max(high, wide / _RATIO)
    lon, lat = (west + east) / 2, (south + north) / 2
    half_high = min(grown_high / stretch / 2, 89 - abs(lat))
    return max(lon - grown_wide / 2, -180.0), lat - half_high, min(lon + grown_wide / 2, 180.0), lat + half_high
