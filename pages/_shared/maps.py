"""Layers of Piste's maps, each from a cleared table; pages choose which to stack."""

import datetime as dt
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from geo.layers import palette
from geo.layers.months import MonthView
from geo.layers.spec import (
    CellLayer,
    Field,
    HatchLayer,
    LabelLayer,
    LayerSpec,
    LineLayer,
    MapSpec,
    PointLayer,
    RouteLayer,
)
from geo.layers.style import Alike, Kinds, Steps, SymbolName
from geo.model import Audience
from geo.redaction import Cleared
from pages._shared import data
from pages._shared.widgets import day_words

NO_PLACE = (-3.0, -3.0, 3.0, 3.0)  # shown when nothing has a place yet


def facts(cleared: Cleared, day: dt.date, *tables: str) -> dict[str, Any]:
    """What every layer must say: its table, audience, date and the sources of the tables behind it."""
    sources = data.base(cleared.audience).land.sources
    named = dict.fromkeys(sources[table] for table in tables if table in sources)
    return {
        "cleared": cleared,
        "audience": cleared.audience,
        "date": day_words(day),
        "source": ", ".join(named) or "nothing imported yet",
    }


def picture(
    layers: Sequence[LayerSpec | None], *, audience: Audience, day: dt.date, roads: bool = True, **more: Any
) -> MapSpec:
    """Stack layers on the base map, with the published roads unless a layer draws them itself."""
    ground = data.base(audience)
    base = (*ground.layers, *([ground.roads] if roads else []))
    bounds = more.pop("bounds", None) or ground.land.bounds or NO_PLACE
    drawn = tuple(layer for layer in layers if layer is not None)
    known = data.known_at()
    date = day_words(day) + (f", as known on {day_words(known)}" if known else "")
    return MapSpec(layers=drawn, base=base, bounds=bounds, date=date, **more)


def step_labels(edges: Sequence[float]) -> tuple[str, ...]:
    """Whole numbers each class holds: 0.5, 2.5, 5.5 read "1–2", "3–5", "6+"."""
    spans = [(math.ceil(low), math.floor(high)) for low, high in pairwise(edges)]
    return (*(f"{low}–{high}" if low < high else f"{low}" for low, high in spans), f"{math.ceil(edges[-1])}+")


def count_edges(everything: Cleared) -> tuple[float, ...]:
    """Class limits for the unfiltered cells of a period, so that they stay while filters change."""
    edges = data.settings().map.class_edges
    if everything.frame.empty or "incidents" not in everything.columns:
        return edges
    high = float(everything.frame["incidents"].quantile(0.9))
    steps = (factor * 10**power for power in range(6) for factor in (1, 2, 5))
    scale = next(step for step in steps if high <= (edges[-1] - 0.5) * step + 0.5)
    return tuple((edge - 0.5) * scale + 0.5 for edge in edges)


def months(by_month: Cleared, everything: Cleared) -> MonthView:
    """Months to play on the cells; their classes come from the unfiltered months, as those of the cells do."""
    edges = count_edges(everything)
    fill = Steps(column="incidents", edges=edges, styles=palette.COUNTS, labels=step_labels(edges))
    return MonthView(cleared=by_month, fill=fill)


def incidents(cells: Cleared, day: dt.date, *, edges: tuple[float, ...], months: MonthView | None = None) -> CellLayer:
    """Incidents per cell; spread shares below the first class stay uncoloured."""
    return CellLayer(
        months=months,
        **facts(cells, day, "incidents"),
        title="Incidents",
        unit="per cell",
        fill=Steps(column="incidents", edges=edges, styles=palette.COUNTS, labels=step_labels(edges)),
        edge=palette.COUNTS_EDGE,
        tooltip=(
            Field(column="incidents", label="incidents", decimals=1),
            Field(column="fatalities_best", label="deaths, best estimate", decimals=0),
            Field(column="precision_share", label="share placed exactly", decimals=2),
            Field(column="newest_days", label="newest", suffix=" days ago"),
        ),
    )


def no_eyes(cells: Cleared, day: dt.date) -> HatchLayer:
    """Cells without a report that no open base could have observed."""
    return HatchLayer(**facts(cells, day, "bases", "base_years"), title="no eyes", unit="cells")


def hot_spots(cells: Cleared, day: dt.date) -> CellLayer:
    """Cells that stand out, by what they have been over the months; only classes on the map stand in the legend."""
    present = set(cells.frame["class"].astype(str)) if "class" in cells.columns else set()
    styles = {name: colour for name, colour in palette.HOT_SPOTS.items() if name in present}
    return CellLayer(
        **facts(cells, day, "incidents"),
        title="Hot spots",
        unit="by months",
        modelled=True,
        fill=Kinds(
            column="class",
            styles=styles or {"hot_spot": palette.HOT_SPOTS["hot_spot"]},  # a legend needs one entry
            labels={name: name.removesuffix("_spot").replace("_", " ") for name in palette.HOT_SPOTS},
        ),
        edge=palette.COUNTS_EDGE,
        tooltip=(
            Field(column="class"),
            Field(column="gi_star", label="Gi*", decimals=1),
            Field(column="p_fdr", label="p, corrected", decimals=3),
            Field(column="incidents", label="incidents"),
            Field(column="months_hot", label="months hot"),
        ),
    )


def cannot_tell(cells: Cleared, day: dt.date) -> HatchLayer:
    """Cells that were hot where eyes were lost since: not to be read as calm."""
    return HatchLayer(
        **facts(cells, day, "incidents"),
        title="cannot tell",
        unit="cells",
        where={"class": ["cannot_tell"]},
        look="fell",
    )


def watched(states: Cleared, day: dt.date) -> CellLayer:
    """Cells with a report of their own, and quiet ones somebody watches."""
    return CellLayer(
        **facts(states, day, "incidents", "bases", "base_years"),
        title="Cells",
        unit="by who could have reported",
        fill=Kinds(
            column="state",
            styles=palette.WATCHED,
            labels={"active": "active", "quiet_but_watched": "quiet but watched"},
        ),
        tooltip=(Field(column="state"), Field(column="watched_by", label="watched by")),
    )


def blind(states: Cleared, day: dt.date) -> HatchLayer:
    """Cells nobody could have reported from."""
    return HatchLayer(
        **facts(states, day, "bases", "base_years"), title="no eyes", unit="cells", where={"state": ["no_eyes"]}
    )


def bases(table: Cleared, day: dt.date, *, only: Sequence[str] | None = None) -> PointLayer:
    """Open bases, all or some by id; headquarters and closing ones by shape."""
    return PointLayer(
        **facts(table, day, "bases", "base_years"),
        where={} if only is None else {"base_id": list(only)},
        title="Bases",
        unit="bases",
        symbol=Kinds(
            column="symbol",
            styles={"base": "base", "hq": "hq", "closing": "closing"},
            labels={"base": "base", "hq": "headquarters", "closing": "closes"},
        ),
        label="name",
        importance="headquarters",
        id_column="base_id",
        tooltip=(
            Field(column="name"),
            Field(column="organisation", label="organisation"),
            Field(column="open_basis", label="open"),
        ),
    )


def actor_names(places: Cleared, day: dt.date) -> LabelLayer:
    """Names of the leading actors where they lead."""
    return LabelLayer(
        **facts(places, day, "incidents", "presence"),
        title="Armed actors",
        unit="names",
        text="actor",
        look="pill",
        importance="strength",
        modelled=True,
    )


ROAD_EXPOSURE_EDGES = (0.0, 0.5, 1.5, 3.0)  # times the country's mean; README, "Assumptions", row 10


def road_exposure(segments: Cleared, day: dt.date) -> LineLayer:
    """Roads by exposure: width doubles the colour; dotted where the surface says nothing."""
    told = segments.frame["times_mean"] if "times_mean" in segments.columns else None
    return LineLayer(
        **facts(segments, day, "roads", "incidents"),
        title="Exposure",
        unit="times the country's mean",
        modelled=True,
        style=Steps(
            column="times_mean",
            edges=ROAD_EXPOSURE_EDGES,
            styles=palette.ROAD_EXPOSURE,
            labels=("under ½", "½–1½", "1½–3", "3+"),
            unknown=palette.ROAD_NO_DATA if told is not None and told.isna().any() else None,
            unknown_label="no report could lie there",
        ),
        id_column="segment_id",
        tooltip=_ROAD_TOOLTIP,
    )


def road_passability(segments: Cleared, day: dt.date) -> LineLayer:
    """Roads by passability: the pattern alone suffices."""
    words = ["open", "slow", "difficult", "closed"]
    if "passability" in segments.columns and segments.frame["passability"].eq("unknown").any():
        words.append("unknown")
    return LineLayer(
        **facts(segments, day, "roads", "constraints"),
        title="Passability",
        unit="by speed and delay",
        modelled=True,
        style=Kinds(
            column="passability",
            styles={word: palette.PASSABILITY[word] for word in words},
            labels={"unknown": "nothing known"},
        ),
        id_column="segment_id",
        tooltip=_ROAD_TOOLTIP,
    )


_ROAD_TOOLTIP = (
    Field(column="road_class"),
    Field(column="time_min", label="minutes", decimals=0),
    Field(column="length_km", label="length", decimals=1, suffix=" km"),
    Field(column="times_mean", label="times the country's mean exposure", decimals=1),
    Field(column="passability", label="passability"),
)


def escort_radius(lines: Cleared, day: dt.date) -> LineLayer:
    """Roads that convoys of some base may go to."""
    return LineLayer(
        **facts(lines, day, "roads", "bases", "base_years"),
        title="Escort radius",
        unit="roads a convoy goes to",
        modelled=True,
        style=Kinds(column="covered", styles={"by an escort": palette.ESCORT_RADIUS}),
        tooltip=(Field(column="name"), Field(column="radius_hours", label="goes", decimals=0, suffix=" h far")),
    )


def routes(table: Cleared, day: dt.date, *, labels: Sequence[str], selected: str | None) -> RouteLayer:
    """Routes beside the road, a letter each."""
    return RouteLayer(
        **facts(table, day, "roads"),
        title="Route",
        unit="by time",
        modelled=True,
        selected=selected,
        id_column="label",
        where={"label": list(labels)},
    )


def reach(cells: Cleared, day: dt.date, *, limit_min: float, **more: Any) -> CellLayer:
    """Hours from the nearest base, in thirds of the limit; what lies beyond is left open."""
    edges = (0.0, limit_min / 3, limit_min * 2 / 3)
    marks = [f"{edge / 60:.2g}" for edge in (*edges, limit_min)]
    return CellLayer(
        **facts(cells, day, "roads", "bases", "base_years"),
        title="Hours",
        unit="from the nearest base",
        modelled=True,
        fill=Steps(
            column="time_min",
            edges=edges,
            styles=palette.REACH,
            labels=(f"to {marks[1]}", f"{marks[1]}–{marks[2]}", f"{marks[2]}–{marks[3]}"),
        ),
        where={"covered": [True]},
        tooltip=(
            Field(column="time_min", label="minutes", decimals=0),
            Field(column="nearest_base", label="nearest base"),
        ),
        **more,
    )


def lost(cells: Cleared, day: dt.date, **more: Any) -> CellLayer:
    """Cells within the limit before and not after."""
    return CellLayer(
        **facts(cells, day, "roads", "bases", "base_years"),
        title="Lost",
        unit="cells",
        modelled=True,
        fill=Alike(style=palette.LOST, label="lost when the bases close"),
        where={"lost": [True]},
        **more,
    )


def beyond(cells: Cleared, day: dt.date, *, label: str, **more: Any) -> HatchLayer:
    """Cells no base reaches within the limit."""
    return HatchLayer(
        **facts(cells, day, "roads", "bases", "base_years"),
        title=label,
        unit="cells",
        modelled=True,
        where={"covered": [False]},
        **more,
    )


def lost_sites(sites: Cleared, day: dt.date, **more: Any) -> PointLayer:
    """Sites that fall out of the limit."""
    return PointLayer(
        **facts(sites, day, "sites", "places"),
        title="Sites lost",
        unit="sites",
        modelled=True,
        symbol=Alike(style="lost", label="site that loses reach"),
        label="site",
        importance="people",
        tooltip=(
            Field(column="site"),
            Field(column="people", label="people"),
            Field(column="before_min", label="minutes before", decimals=0),
            Field(column="after_min", label="minutes after", decimals=0),
        ),
        **more,
    )


# Sign and legend of each kind of constraint; kinds that ask the same of a team share one.
_SIGNS: dict[SymbolName, tuple[str, tuple[str, ...]]] = {
    "blocked": ("closed or bridge out", ("bridge_out", "impassable", "airstrip_closed")),
    "checkpoint": ("checkpoint", ("checkpoint",)),
    "violence": ("ambush or hostilities", ("ambush", "hostilities")),
    "mines": ("mines", ("mines_or_erw",)),
    "flooded": ("flooded", ("flooded",)),
    "rule": ("permit, curfew, escort or daylight", ("permit", "curfew", "escort_required", "daylight_only")),
}


def constraints(cleared: Cleared, day: dt.date) -> PointLayer:
    """Constraints by what they ask of a team, with their age; where their state is told, those in force."""
    told = cleared.columns
    age = Field(column="age_days", label="reported", decimals=0, suffix=" days ago")
    further = [
        Field(column="operator_type", label="held by", spoken=True),
        Field(column="behaviour", label="behaviour", spoken=True),
        Field(column="hours", label="hours"),
        Field(column="delay_min", label="delay", decimals=0, suffix=" min"),
        age if "age_days" in told else Field(column="reported_on", label="reported on"),
    ]
    return PointLayer(
        **facts(cleared, day, "constraints"),
        title="Constraints",
        unit="by kind",
        symbol=Kinds(
            column="kind",
            styles={kind: sign for sign, (_, kinds) in _SIGNS.items() for kind in kinds},
            labels={kind: label for label, kinds in _SIGNS.values() for kind in kinds},
            other="rule",
            other_label="other constraint",
        ),
        id_column="constraint_id",
        where={"state": ["in force"]} if "state" in told else {},
        tooltip=(Field(column="kind", spoken=True), *(field for field in further if field.column in told)),
    )


def ends(points: Cleared, day: dt.date) -> PointLayer:
    """Where a route starts and where it goes, in this order; the start alone while no goal is set."""
    names = [str(name) for name in points.frame["name"]] if "name" in points.columns else []
    styles: dict[str, SymbolName] = dict(reversed(list(zip(names, ("end", "goal"), strict=False))))
    return PointLayer(
        **facts(points, day, "places", "bases"),
        title="Ends",
        unit="places",
        symbol=Kinds(
            column="name",
            styles=styles or {"": "end"},  # a scale needs one style
            labels=dict(reversed(list(zip(names, ("from", "to"), strict=False)))),
        ),
        label="name",
    )
