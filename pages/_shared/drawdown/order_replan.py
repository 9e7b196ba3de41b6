"""Planning anew after a base is forced to close early: the order that is overtaken, the new one, and what is regretted."""

import datetime as dt
from dataclasses import replace
from typing import Any

import streamlit as st

from geo.errors import GeoError
from geo.layers.palette import BORDER, INK, LOST
from geo.model import ClosingRequest
from pages._shared import data, show
from pages._shared.drawdown import draft, order_charts, order_rules, order_words
from pages._shared.story import count
from pages._shared.widgets import day_words

REPLAN_KEY = "order_replan"
Forced = tuple[str, dt.date]  # base, first day it is closed


def replan_panel(found: data.ClosingAnswer, fixed: order_rules.Fixed, audience: data.Audience) -> None:
    """Show both ways on from the closure the scenario forces, or from another that is asked for here."""
    names = dict(zip(found.bases.frame["base_id"], found.bases.frame["name"], strict=True))
    told = _of_scenario(fixed, names)
    _ask(found, names, told)
    asked: tuple[ClosingRequest, Forced] | None = st.session_state.get(REPLAN_KEY)
    forced = asked[1] if asked is not None and asked[0] == found.request else told
    if forced is None:
        show.caveat("What closed by that day stays closed; the rest is planned anew and held against the old order.")
        return
    try:
        ways = data.replan(_overtaken(found.request, forced[0]), forced, audience)
    except GeoError as error:
        show.caveat(f"{str(error)[:1].upper()}{str(error)[1:]}.", "mind" if forced == told else "refused")
        return
    by = f", as the scenario {fixed.where} says" if forced == told and fixed.where else ""
    _ways(ways, names[forced[0]], order_words.what(found), day_words(forced[1]) + by)


def _of_scenario(fixed: order_rules.Fixed, names: dict[str, str]) -> Forced | None:
    """The forced closure to begin with: of the base looked at, else the first to come."""
    forced = {base: day for base, day in fixed.forced if base in names}
    if draft.looked_at() in forced:
        return draft.looked_at(), forced[draft.looked_at()]
    return min(forced.items(), key=lambda one: (one[1], one[0]), default=None)


def _overtaken(request: ClosingRequest, base_id: str) -> ClosingRequest:
    """The order as it was before anybody forced the base to close; other forced closures stand in it."""
    return replace(request, forced=tuple(one for one in request.forced if one[0] != base_id))


def _ask(found: data.ClosingAnswer, names: dict[str, str], told: Forced | None) -> None:
    """Offer another base or day; at first those of the scenario, else a base late in the order."""
    rows = found.order.frame
    order = [*rows["base"], *(base for base in names if base not in set(rows["base"]))]
    days = [day.date() for day in rows["closes_on"]]
    late = order[min(2 * len(days) // 3, len(order) - 1)]
    base, day = told or (late, days[len(days) // 3])
    with st.form("order-replan", border=False):
        first, second, third = st.columns([1.2, 1, 0.9], vertical_alignment="bottom")
        chosen = first.selectbox("Closes early", order, index=order.index(base), format_func=names.__getitem__)
        when = second.date_input("On", max(day, found.request.as_of), min_value=found.request.as_of)
        if third.form_submit_button("Re-plan", type="primary", icon=":material/update:"):
            st.session_state[REPLAN_KEY] = (found.request, (chosen, when))


def _ways(ways: data.ReplanAnswer, name: str, noun: str, when: str) -> None:
    rows = ways.steps.frame
    saved = rows["old_loss"] - rows["loss"]
    most = rows.loc[saved.idxmax()]
    closed = int(ways.done or 0)
    done = f"{order_words.in_words(closed)} closed by then stay{'s' if closed == 1 else ''} closed"
    done = done if closed else "nothing closed by then"
    if ways.keeps_old or saved.max() <= 0:
        said = "Planning anew gains nothing: the old order stays as good for what is left."
    else:
        said = (
            f"Planning anew loses {count(saved.max())} {noun} less than the old order after {int(most['step'])} "
            f"closure{'s' if most['step'] > 1 else ''}, and {count(float(saved.sum()))} less over all steps together."
        )
    show.card_title(f"{name} is forced to close", above=f"{when} · {done[:1].upper()}{done[1:]}")
    show.caveat(said + _hindsight(rows, noun))
    order_charts.key({"planned anew": (LOST, "line"), "old order": (BORDER, "dashed"), "had one known": (INK, "dot")})
    show.label(f"{noun.capitalize()} lost by the number of closures")
    order_charts.ways_on(rows)
    show.label("Regret: what is lost more than had one known from the start")
    show.rows_table(
        [
            (
                int(row["step"]),
                show.Lines(first=str(row["name"]), below=_instead_of(row)),
                count(row["loss"]),
                _regret(row["regret"], proven=row["proven"]),
                _regret(row["old_regret"], proven=row["proven"]),
            )
            for row in rows.to_dict("records")
        ],
        header=("", "closes now", "lost", "regret", "old regret"),
        right=[2, 3, 4],
        chosen=0,
    )


def _instead_of(row: Any) -> str:
    """Which base the order that is overtaken closes at this step."""
    return "" if row["old_name"] == row["name"] else f"old order: {row['old_name']}"


def _hindsight(rows: Any, noun: str) -> str:
    """How much is regretted at most, planned anew."""
    worst = rows.loc[rows["regret"].idxmax()]
    if worst["regret"] <= 0:
        return " Nobody who had known would have lost less."
    most = "" if worst["proven"] else "at most "
    told = f"{most}{count(worst['regret'])} {noun} after {int(worst['step'])} closure{'s' if worst['step'] > 1 else ''}"
    return f" The regret is greatest with {told}: so much less would be lost had one known."


def _regret(value: float, *, proven: bool) -> str:
    return ("" if proven or value <= 0 else "≤ ") + count(value)
