"""The Effect view: what a real closure was followed by, beside places where nothing closed."""

import datetime as dt
import math
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.errors import GeoError
from geo.layers.spec import Field, PointLayer
from geo.layers.style import Kinds
from geo.redaction import Cleared
from pages._shared import data, frame, maps, show, widgets
from pages._shared.drawdown import effect_charts, effect_words
from pages._shared.drawdown.order_charts import key
from pages._shared.maps import facts
from pages._shared.widgets import dates_in_words, day_words


def view(bar: DeltaGenerator, head: DeltaGenerator, day: dt.date, audience: data.Audience) -> None:
    """Show the verdict, the months around the closure, the estimate and what it rests on."""
    closed = data.closed_bases(audience)
    if closed.withheld or closed.frame.empty:
        _nothing(head, day, audience, withheld=closed.withheld)
        return
    with bar:
        base, when = _asked(closed)
    names = dict(zip(closed.frame["base_id"], closed.frame["name"], strict=True))
    request = data.ClosureRequest(base_ids=(base,), date=when)
    try:
        found = data.effect(request, audience)
    except GeoError as error:
        with head:
            show.headline(f"Nothing can be compared for {names[base]}", str(error))
        show.show_map(maps.picture([], audience=audience, day=day), key="map-effect", words=frame.map_words())
        return
    with head:
        show.headline(*effect_words.headline(found, names[base]))
    left, right = st.columns([1, 1.12], gap="small")
    with right:
        _side(found)
    with left:
        show.show_map(
            maps.picture(
                [_places(found.places, day)],
                audience=audience,
                day=day,
                method="each report counts for its nearest place",
                title="What closed and what it is compared with",
            ),
            key="map-effect",
            words=frame.map_words(),
        )


def _nothing(head: DeltaGenerator, day: dt.date, audience: data.Audience, *, withheld: bool) -> None:
    with head:
        if withheld:
            show.headline(
                "What a closure was followed by is not for this audience",
                f"Which bases closed, and when, is withheld from the audience {frame.audience_name()}",
            )
        else:
            show.headline(
                "No base is on record as closed",
                "A closing day in the record of a base, or a later map without it, would show one",
            )
    show.show_map(maps.picture([], audience=audience, day=day), key="map-effect", words=frame.map_words())


def _asked(closed: Cleared) -> tuple[str, dt.date]:
    """Base that closed, and the day; first the latest closure, on its day on record."""
    rows = closed.frame
    days = {str(base): day.date() for base, day in zip(rows["base_id"], rows["closed_on"], strict=True)}
    names = {str(row["base_id"]): f"{row['name']}, {day_words(row['closed_on'])}" for row in rows.to_dict("records")}
    base = widgets.one("Closed", names, key="effect-base", icon=":material/do_not_disturb_on:")
    key_of_day = f"effect-day-{base}"
    held = st.session_state.get(key_of_day, days[base])
    with st.popover(f"Day: {day_words(held)}", icon=":material/event:"):
        when = st.date_input(
            "Last day open",
            days[base],
            key=key_of_day,
            help="The day on record unless you know better; the base must have closed within a month of it.",
        )
    return base, when


def _side(found: data.EffectAnswer) -> None:
    rows = found.effect.frame
    if not len(rows):
        show.caveat("The counts behind the estimate are too small for this audience.", "blind")
        return
    row: dict[str, Any] = rows.iloc[0].to_dict()
    show.numbers(effect_words.numbers(row))
    with show.card("effect", fill=True):
        _months(found, row)
        _estimates(found, row)
        for text, kind in effect_words.caveats(row, found.placebos.frame):
            show.caveat(text, kind)
        show.label("What it rests on")
        for sentence in found.statement:
            st.caption(dates_in_words(sentence))


def _months(found: data.EffectAnswer, row: dict[str, Any]) -> None:
    table = found.months.frame
    if table.empty:
        return
    closing = found.request.date
    show.label("Reports a month; the month of the closure is on neither side")
    key(
        {
            "around what closed": (effect_charts.NEAR, "fill"),
            "mean of a place compared with": ("#1C2B33", "line"),
        }
    )
    effect_charts.months(table, closing, places=int(row["comparison_places"]))
    show.label("Land around that somebody watched: what closed, and the others dashed")
    effect_charts.watched(table, closing)


def _estimates(found: data.EffectAnswer, row: dict[str, Any]) -> None:
    """The estimate and the placebos as factors with their intervals."""
    columns = ("rate_ratio", "low", "high")
    told = [{"name": "this closure", "own": True, **{column: float(row[column]) for column in columns}}]
    told += [
        {"name": f"placebo {one['month']:%b %Y}", "own": False, **{column: float(one[column]) for column in columns}}
        for one in found.placebos.frame.to_dict("records")
    ]
    shown = [one for one in told if math.isfinite(float(str(one["rate_ratio"])))]
    if not shown:
        show.caveat("No estimate can be made, so no placebo either.", "blind")
        return
    show.label("Factor on the rate of reports, with 95 % interval; × 1 is no change; placebo: nothing closed")
    effect_charts.intervals(shown, height_px=22 * len(shown) + 26)


def _places(places: Cleared, day: dt.date) -> PointLayer:
    return PointLayer(
        **facts(places, day, "bases", "base_years", "places"),
        title="Places",
        unit="places",
        symbol=Kinds(
            column="side",
            styles={"closed": "closing", "comparison": "site"},
            labels={"closed": "closed", "comparison": "compared with"},
        ),
        label="name",
        tooltip=(
            Field(column="name"),
            Field(column="reports_before", label="reports before", decimals=0),
            Field(column="reports_after", label="reports after", decimals=0),
            Field(column="reach_before", label="share watched before", decimals=2),
            Field(column="reach_after", label="share watched after", decimals=2),
        ),
    )
