"""The map of a mission order: its legs by day, numbered stops, nights, medical posts, and what is known on the way."""

from collections.abc import Mapping
from typing import Any

from geo.crs import WGS84
from geo.exports.picture import draw_plain_map
from geo.layers.palette import ROUTES
from geo.layers.spec import Bounds, LabelLayer, LayerSpec, MapSpec, PointLayer, RouteLayer
from geo.layers.style import Kinds, SymbolName
from geo.redaction import Cleared
from geo.text import Language, say, word

SIZE_IN = (6.9, 3.7)  # of the map on the page
_MARGIN_SHARE = 0.12
_MOST_NAMED = 5  # stops named on the map; more have their number only
_LEAST_DEG = 0.08  # about 9 km: a mission around one place still shows what is near
# Sign of each kind of waypoint; constraints share the signs of the screen's map.
_SIGNS: dict[str, SymbolName] = {
    "stop": "goal",
    "night": "end",
    "medical": "alert",
    "checkpoint": "checkpoint",
    "ambush": "violence",
    "hostilities": "violence",
    "mines_or_erw": "mines",
    "flooded": "flooded",
    "bridge_out": "blocked",
    "impassable": "blocked",
    "airstrip_closed": "blocked",
    "permit": "rule",
    "curfew": "rule",
    "escort_required": "rule",
    "daylight_only": "rule",
}
_NAMED = {"stop": "map_stop", "night": "map_night", "medical": "map_medical"}


def mission_map(
    tables: Mapping[str, Cleared],
    *,
    language: Language,
    source: str,
    date: str,
    base: tuple[LayerSpec, ...] = (),
) -> bytes | None:
    """Draw the map as a PNG; nothing for an audience that may not see where missions go.

    Parameters
    ----------
    tables
        By view, as :func:`geo.answers.mission_order.answer_order` clears them.
    base
        Layers of the base map, cleared for the same audience.
    """
    legs, marks, stops = (tables[name] for name in ("mission_legs", "mission_waypoints", "mission_stops"))
    if "geometry" not in legs.columns or legs.frame.empty:
        return None
    shared: dict[str, Any] = {"audience": legs.audience, "source": source, "date": date}
    written = "label" if len(stops.frame) <= _MOST_NAMED else "stop"
    days = legs.frame["label"].astype(int).to_list()
    layers: tuple[LayerSpec, ...] = (
        RouteLayer(
            title=say("section_legs", language),
            unit="km",
            cleared=legs,
            label="leg",
            colours=tuple(ROUTES[(day - 1) % len(ROUTES)] for day in days),
            listed=False,  # the caption explains numbers and colours
            **shared,
        ),
        PointLayer(title="Waypoints", unit="points", cleared=marks, symbol=_symbols(language), **shared),
        LabelLayer(title="Stops", unit="points", cleared=stops, text=written, look="pill", **shared),
    )
    return draw_plain_map(MapSpec(layers=layers, base=base, bounds=_bounds(legs)), size_in=SIZE_IN)


def _symbols(language: Language) -> Kinds[SymbolName]:
    labels = {kind: say(_NAMED[kind], language) if kind in _NAMED else word(kind, language) for kind in _SIGNS}
    return Kinds(column="kind", styles=_SIGNS, labels=labels)


def _bounds(legs: Cleared) -> Bounds:
    """Extent of the legs with a margin, widened to the shape of the picture."""
    import geopandas as gpd  # noqa: PLC0415 (loaded by whoever cleared the legs)

    west, south, east, north = gpd.GeoSeries(legs.frame["geometry"], crs=WGS84).total_bounds
    wide, high = max(east - west, _LEAST_DEG), max(north - south, _LEAST_DEG)
    wide, high = wide * (1 + 2 * _MARGIN_SHARE), high * (1 + 2 * _MARGIN_SHARE)
    ratio = SIZE_IN[0] / SIZE_IN[1]
    wide, high = max(wide, high * ratio), max(high, wide / ratio)
    lon, lat = (west + east) / 2, (south + north) / 2
    return lon - wide / 2, lat - high / 2, lon + wide / 2, lat + high / 2
