"""One mission on record: its way, days, team and files, what changed since it was signed, and its results."""

import datetime as dt
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.layers.spec import Bounds, LayerSpec
from pages._shared import data, frame, maps, show
from pages._shared.missions import files, layers, plan_words, signing
from pages._shared.story import DASH, count
from pages._shared.widgets import day_words, hours, spoken

_SIDES = {"days": "Days", "team": "Team", "changes": "Changes"}


def signed_view(
    bar: DeltaGenerator, head: DeltaGenerator, mission_id: str, day: dt.date, audience: data.Audience
) -> None:
    """Show the mission signed last with its files, and the way back to planning."""
    order, why_not = files.order_of(lambda: data.order(mission_id, day, audience))
    with head:
        show.headline(*headline(mission_id, order, why_not))
    with bar:
        files.menu(order, why_not=why_not)
        st.button("Plan another", icon=":material/add:", on_click=signing.plan_anew)
    left, right = st.columns([1.1, 1], gap="small")
    with left:
        way_map(order, day, audience)
    with right:
        if order is not None:
            facts(order)
            with show.card("mission", fill=True):
                sides(order)


def headline(mission_id: str, order: data.OrderAnswer | None, why_not: str) -> tuple[str, str]:
    """Say what stands with a mission."""
    if order is None:
        return f"{mission_id} has no order", why_not
    row = told(order)
    stops = f"{row['stops']} stop{'s' if row['stops'] != 1 else ''}"
    what = f"{stops}, {plan_words.dates(row)}"
    stands = (
        "is overtaken"
        if row.get("overtaken")
        else f"is {'a draft' if row['status'] == 'draft' else spoken(row['status'])}"
    )
    by = (
        f"signed by the {row['signed_role']}, as of {day_words(row['signed_on'])}"
        if row.get("signed_role")
        else "not signed"
    )
    return f"{mission_id} {stands}: {what}", f"{by} · exposure is relative and dated"


def told(order: data.OrderAnswer) -> dict[str, Any]:
    """The head of an order without what is missing."""
    rows = plan_words.rows_of(order.tables["mission_order"])
    return rows[0] if rows else {}


def facts(order: data.OrderAnswer) -> None:
    """The few numbers of a mission."""
    row = told(order)
    show.numbers(
        [
            show.Number(value=hours(row["time_min"]), about=f"away, {row['length_km']:.0f} km"),
            show.Number(
                value=count(row["people"]),
                about=f"people, {row['vehicles']} vehicle{'s' if row['vehicles'] != 1 else ''}",
            ),
            show.Number(value=plan_words.exposure_text(row), about="exposure, relative"),
        ]
    )


def sides(order: data.OrderAnswer) -> None:
    """Days, team, or what changed; the results where there are stops to tell of."""
    side = st.segmented_control(
        "Side",
        list(_SIDES),
        default="changes" if told(order).get("overtaken") else "days",
        format_func=_SIDES.__getitem__,
        key=f"mission-side-{order.mission_id}",
        required=True,
        label_visibility="collapsed",
    )
    {"days": _days, "team": _team, "changes": changes}[side or "days"](order)


def _days(order: data.OrderAnswer) -> None:
    stops = plan_words.rows_of(order.tables["mission_stops"])
    rows: list[tuple[object, ...]] = []
    day: dt.date | None = None
    for leg in plan_words.rows_of(order.tables["mission_legs"]):
        if leg["day"].date() != day:
            day = leg["day"].date()
            rows.append((show.Chip(text=f"{day:%a} {day_words(day)}", kind="audience"), "", ""))
        rows.append(
            (
                plan_words.span(leg["leaves"], leg["arrives"]),
                f"{leg['from_name']} to {leg['to_name']}, {leg['length_km']:.0f} km",
                f"by {leg['turn_by']}",
            )
        )
        here = [one for one in stops if one["site"] == leg["to_name"] and one["day"].date() == day]
        rows += [
            (plan_words.span(one["starts"], one["ends"]), f"Visit {one['label']}: {one['request_ids']}", "")
            for one in here
        ]
    show.rows_table(rows, header=("", "", "set out"), right=[2])


def _team(order: data.OrderAnswer) -> None:
    posts = plan_words.rows_of(order.tables["mission_team"])
    rows = [
        (
            post["staff_id"],
            post.get("organisation", DASH),
            spoken(post.get("role", "")),
            "woman" if post.get("woman") else "",
        )
        for post in posts
    ]
    cars = [
        (one["vehicle_id"], one.get("organisation", DASH), one.get("vehicle", ""), "")
        for one in plan_words.rows_of(order.tables["mission_vehicles"])
    ]
    show.rows_table([*rows, *cars], header=("post or vehicle", "organisation", "as", ""))


def changes(order: data.OrderAnswer) -> None:
    """What changed since the signature; what matters stands out."""
    told_rows = plan_words.rows_of(order.tables["mission_changes"])
    if not told_rows:
        show.caveat("Nothing that the plan relies on has changed on record since it was signed.", "blind")
        return
    show.rows_table(
        [(show.Chip(text="overtakes", kind="refused") if row["matters"] else "", row["told_en"]) for row in told_rows]
    )


def way_map(order: data.OrderAnswer | None, day: dt.date, audience: data.Audience) -> None:
    """The way of a mission, its stops in order, and bases."""
    drawn: list[LayerSpec | None] = [maps.bases(data.bases(day, audience).bases, day)]
    boxes: list[Bounds] = []
    if order is not None and "geometry" in order.tables["mission_legs"].columns:
        drawn = [layers.legs(order, day), *drawn, layers.order_stops(order, day)]
        boxes = [line.bounds for line in order.tables["mission_legs"].frame["geometry"]]
    show.show_map(
        maps.picture(
            drawn,
            audience=audience,
            day=day,
            bounds=layers.around(boxes),
            method="legs by day" if boxes else "",
            title="The way of a mission",
        ),
        key="map-mission",
        words=frame.map_words(),
    )
