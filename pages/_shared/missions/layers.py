"""Map layers of the Missions page, each from a cleared table."""

import datetime as dt
from collections.abc import Collection, Sequence

from geo.layers import palette
from geo.layers.spec import Bounds, Field, PointLayer, RouteLayer
from geo.layers.style import Alike, Kinds, SymbolName
from geo.missions.team_gaps import TOO_FAR
from geo.redaction import Cleared
from pages._shared import data
from pages._shared.maps import facts

REQUESTS = "Requests"  # title of the layer whose signs are requests
WAYS = "Alternative"  # title of the layer whose lines are plans
WEEK = "Missions"  # title of the layer whose lines are missions of a week
MORE_WAYS = palette.INK_3  # ways past the third: the letter tells them apart
_MARGIN_SHARE, _LEAST_MARGIN_DEG = 0.12, 0.15  # around what a view must hold
_URGENCY: dict[str, SymbolName] = {"late": "late", "late_soon": "soon", "in_time": "in_time", "undated": "undated"}
_URGENCY_WORDS = {
    "late": "late: its quarter is over",
    "late_soon": "late soon",
    "in_time": "in time",
    "undated": "day of the incident not known",
}
_TOOLTIP = (
    Field(column="request_id"),
    Field(column="site", label="at"),
    Field(column="violation", label="violation", spoken=True),
    Field(column="children", label="children", decimals=0),
    Field(column="age_days", label="waits", decimals=0, suffix=" days"),
    Field(column="blocked_by", label="waits for", spoken=True),
)


def requests(queue: Cleared, day: dt.date) -> PointLayer:
    """Requests that wait; the fuller the disc, the nearer the end of the quarter."""
    return PointLayer(
        **facts(queue, day, "requests", "sites"),
        title=REQUESTS,
        unit="requests",
        symbol=Kinds(column="urgency", styles=_URGENCY, labels=_URGENCY_WORDS),
        importance="points",
        id_column="request_id",
        tooltip=_TOOLTIP,
    )


def picked(queue: Cleared, day: dt.date, request_ids: Collection[str], *, named: bool = True) -> PointLayer:
    """Rings around the requests picked, with their codes unless something else names them."""
    return PointLayer(
        **facts(queue, day, "requests", "sites"),
        title="Picked",
        unit="requests",
        symbol=Alike(style="picked", label="picked"),
        label="request_id" if named else None,
        where={"request_id": list(request_ids)},
    )


def way_colours(labels: Sequence[str]) -> tuple[str, ...]:
    """A colour for each plan by its place; those past the third share one."""
    return tuple(palette.ROUTES[n] if n < len(palette.ROUTES) else MORE_WAYS for n in range(len(labels)))


def ways(table: Cleared, day: dt.date, *, labels: Sequence[str], selected: str | None) -> RouteLayer:
    """Plans beside the road, a letter each."""
    return RouteLayer(
        **facts(table, day, "roads"),
        title=WAYS,
        unit="by time away",
        modelled=True,
        selected=selected,
        colours=way_colours(labels),
        id_column="label",
        where={"label": list(labels)},
    )


def week_ways(table: Cleared, day: dt.date, *, selected: str | None) -> RouteLayer:
    """Missions of a week, a letter each; their list stands beside the map."""
    return RouteLayer(
        **facts(table, day, "roads"),
        title=WEEK,
        unit="by letter",
        modelled=True,
        selected=selected,
        colours=tuple(palette.ROUTES[number % len(palette.ROUTES)] for number in range(len(table.frame)))
        or palette.ROUTES,
        id_column="label",
        listed=False,
        beside=False,
    )


def not_served(queue: Cleared, day: dt.date, request_ids: Collection[str]) -> PointLayer:
    """Rings with a code around requests that no mission of the week serves."""
    return PointLayer(
        **facts(queue, day, "requests", "sites"),
        title="Not served",
        unit="requests",
        symbol=Alike(style="picked", label="not served this week"),
        label="request_id",
        where={"request_id": list(request_ids)},
    )


def no_team(sites: Cleared, day: dt.date) -> PointLayer:
    """Sites to which no team that keeps the rules could go: ruled out where a base reaches them, hatched where none does."""
    short = sorted(set(sites.frame["short"]) - {""}) if "short" in sites.columns else []
    styles: dict[str, SymbolName] = {word: "unreached" if word == TOO_FAR else "unmet" for word in short}
    names = {"unreached": "no base reaches it", "unmet": "reached, but no team keeps the rules"}
    return PointLayer(
        **facts(sites, day, "sites", "roads", "bases", "base_years"),
        title="No team",
        unit="sites",
        modelled=True,
        symbol=Kinds(
            column="short",
            styles=styles or {"": "unmet"},  # a scale needs one style
            labels={word: names[sign] for word, sign in styles.items()},
        ),
        id_column="site_id",
        where={"met": [False]},
        tooltip=(
            Field(column="site"),
            Field(column="because", label="short"),
            Field(column="languages", label="languages"),
            Field(column="district", label="district"),
        ),
    )


def stops(visits: Cleared, day: dt.date, *, selected: str) -> PointLayer:
    """Stops of one plan in their order."""
    return PointLayer(
        **facts(visits, day, "sites"),
        title="Stops",
        unit="stops",
        symbol=Alike(style="goal", label="stop, by its order"),
        label="name",
        where={"label": [selected]},
        tooltip=(Field(column="site"), Field(column="request_ids", label="for")),
    )


def legs(order: data.OrderAnswer, day: dt.date) -> RouteLayer:
    """Legs of a signed mission, each in the colour of its day."""
    table = order.tables["mission_legs"]
    days = table.frame["label"].astype(int).to_list()
    return RouteLayer(
        **facts(table, day, "roads"),
        title="Legs",
        unit="by day",
        modelled=True,
        label="label",
        colours=tuple(palette.ROUTES[(number - 1) % len(palette.ROUTES)] for number in days),
        listed=False,
    )


def order_stops(order: data.OrderAnswer, day: dt.date) -> PointLayer:
    """Stops of a signed mission in their order."""
    return PointLayer(
        **facts(order.tables["mission_stops"], day, "sites"),
        title="Stops",
        unit="stops",
        symbol=Alike(style="goal", label="stop, by its order; lines carry the number of the day"),
        label="label",
        tooltip=(Field(column="site"), Field(column="request_ids", label="for")),
    )


def around(boxes: Sequence[Bounds]) -> Bounds | None:
    """View that holds all boxes with a margin; ``None`` where there are none."""
    if not boxes:
        return None
    west, south = (min(box[side] for box in boxes) for side in (0, 1))
    east, north = (max(box[side] for box in boxes) for side in (2, 3))
    margin = max(_LEAST_MARGIN_DEG, _MARGIN_SHARE * max(east - west, north - south))
    return west - margin, south - margin, east + margin, north + margin
