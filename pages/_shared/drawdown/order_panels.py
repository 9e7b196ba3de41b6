"""Side card of the Order view: the steps, what so many bases keep, one base only, one more base, planning anew."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from geo.errors import GeoError
from geo.layers.palette import INK, LOST
from geo.layers.spec import LayerSpec
from geo.model import Objective
from pages._shared import data, show
from pages._shared.drawdown import order_charts, order_layers, order_replan, order_rules, order_words
from pages._shared.story import count, percent

Extra = Callable[[dt.date], list[LayerSpec]]  # layers a panel adds to the map
PANEL_KEY, FILE_KEY = "order-panel", "order-candidates"
_PANELS = {
    "steps": "Steps",
    "kept": "Bases kept",
    "one": "Only one",
    "more": "One more",
    "replan": "Re-plan",
}
_PER_STEP = {
    "hours": "Hours more to the nearest base, of all together, after each closure",
    "people": "People who have lost reach after each closure",
    "sites": "Sites that have lost reach after each closure",
}
_MOST_PLACES, _MOST_BASES = 8, 30
_TEMPLATE = Path(__file__).resolve().parents[3] / "data" / "forms" / "bases.csv"


def show_panel(found: data.ClosingAnswer, step: int, fixed: order_rules.Fixed, audience: data.Audience) -> Extra:
    """Show the panel chosen; what it adds to the map comes back."""
    chosen = st.segmented_control(
        "Panel",
        list(_PANELS),
        default="steps",
        format_func=_PANELS.__getitem__,
        key=PANEL_KEY,
        required=True,
        label_visibility="collapsed",
    )
    if not len(found.order.frame):
        show.caveat("Every base that offers this way of getting there is kept.", "mind")
    elif chosen == "kept":
        _kept(found)
    elif chosen == "one":
        _only_one(found)
    elif chosen == "more":
        return _one_more(found, step, audience)
    elif chosen == "replan":
        order_replan.replan_panel(found, fixed, audience)
    else:
        _steps(found, step, fixed)
    return lambda _: []


def _steps(found: data.ClosingAnswer, step: int, fixed: order_rules.Fixed) -> None:
    rows, noun = found.order.frame, order_words.what(found)
    best = "the best choice of as many loses" if bool(rows["proven"].all()) else "no choice of as many loses less"
    order_charts.key({best: (order_charts.BEST, "fill"), "gap to it": (order_charts.GAP, "fill")})
    show.label(_PER_STEP[noun])
    order_charts.closing_bars(rows, step=step, unit=found.unit)
    if step:
        show.caveat(order_words.step_words(found, step))
    show.label(
        f"What each closure costs, and {noun} that then hang on one base"
        if noun != "hours"
        else "What each closure costs"
    )
    show.rows_table(
        [
            (
                int(row["step"]),
                row["name"],
                order_words.marginal(row, noun),
                count(row["without_backup"]) if noun != "hours" else "",
            )
            for row in rows.to_dict("records")
        ],
        header=("", "base", "costs", "one base left" if noun != "hours" else ""),
        right=[3],
        chosen=step - 1 if step else None,
    )
    where = f" Kept and forced bases are those of the scenario {fixed.where}." if fixed.where else ""
    st.caption(order_words.pace(data.settings().closing.months_apart) + where)


def _kept(found: data.ClosingAnswer) -> None:
    """p-median and maximal cover: what so many bases keep at best, beside the nested order."""
    median = found.request.objective is Objective.MEDIAN
    rows = found.order.frame
    title = "Mean minutes from the nearest base" if median else "Share within the limit"
    show.label(f"{title}, by the number of bases kept")
    proven = bool(rows["proven"].all())
    name = "best choice of so many, proven" if proven else "best choice of so many, a bound where not proven"
    order_charts.key({"this order": (LOST, "line"), name: (INK, "dot")})
    order_charts.by_kept(rows, median=median)
    worst = rows.loc[rows["gap"].idxmax()]
    if worst["gap"] > 0:
        less = f"{count(worst['gap'])} {order_words.what(found)}"
        bound = "" if worst["proven"] else " at most (a bound, not proven)"
        show.caveat(
            f"An order closes one base after the other, so it cannot be best at every number: with "
            f"{int(worst['kept'])} base{'s' if worst['kept'] > 1 else ''} kept another choice would lose {less} less{bound}."
        )
    else:
        show.caveat("At every number of bases kept no other choice loses less.")
    first, second = ("mean_min", "best_mean_min") if median else ("share", "best_share")
    tell = (lambda value: f"{value:.0f} min") if median else (lambda value: f"{100 * value:.1f} %")
    show.rows_table(
        [
            (int(row["kept"]), tell(row[first]), tell(row[second]) + ("" if row["proven"] else " (bound)"))
            for row in rows.to_dict("records")
        ],
        header=("bases kept", "this order", "best choice"),
        right=[1, 2],
    )
    if median:
        most = data.settings().closing.farthest_min / 60
        st.caption(f"A site farther than {most:.0f} h, or that no base reaches any more, counts as {most:.0f} h.")


def _only_one(found: data.ClosingAnswer) -> None:
    rows = found.keeps.frame
    rows = rows.loc[~rows["candidate"].astype(bool)].head(_MOST_BASES)
    best = rows.iloc[0]
    noun = "sites" if found.unit.startswith("sites") or found.unit.endswith("each site") else "people"
    show.card_title(
        f"If only one base stays: {best['name']}",
        above=f"It alone has {count(best['covers'])} {noun} within the limit, {percent(best['covers_share'])} of what all have.",
    )
    show.rows_table(
        [(row["name"], count(row["covers"]), percent(row["covers_share"])) for row in rows.to_dict("records")],
        header=("base", f"{noun} alone", "share"),
        right=[1, 2],
        chosen=0,
    )


def _one_more(found: data.ClosingAnswer, step: int, audience: data.Audience) -> Extra:
    """Bases of a file, and places tried: what each adds now, after the step, and at the end."""
    noun = order_words.what(found)
    if uploaded() is not None:
        rows = found.keeps.frame
        more = rows.loc[rows["candidate"].astype(bool)].sort_values("adds_now", ascending=False)
        show.label("Bases of the file, people within the limit")
        show.rows_table(
            [(row["name"], count(row["adds_now"]), count(row["adds_at_the_end"])) for row in more.to_dict("records")],
            header=("base", "adds now", "once all closed"),
            right=[1, 2],
        )
    try:
        tried = data.places_tried(found.request, step, audience)
    except GeoError as error:
        show.caveat(f"{str(error)[:1].upper()}{str(error)[1:]}; choose another access.", "mind")
        _upload()
        return lambda _: []
    best = tried.places.frame.head(_MOST_PLACES)
    if len(best):
        top = best.iloc[0]
        after = f"after {order_words.in_words(step)} closure{'s' if step > 1 else ''}" if step else "today"
        show.card_title(
            f"One more partner base buys most at {top['place']}",
            above=f"It adds {_amount(top['adds_at_step'], noun)} {after}.",
        )
        show.rows_table(
            [
                (row["place"], count(row["adds_now"]), count(row["adds_at_step"]), count(row["adds_at_the_end"]))
                for row in best.to_dict("records")
            ],
            header=(noun, "today", f"after {step}", "at the end"),
            right=[1, 2, 3],
            chosen=0,
        )
    else:
        show.caveat("No site or town as a partner base would add anything.", "mind")
    there = "" if tried.tried == tried.there else f" of {tried.there}"
    st.caption(f"{tried.tried}{there} sites and towns tried, each exactly. A place adds what no open base has.")
    _upload()
    names = [str(name) for name in best["place"]]
    return lambda day: [order_layers.places(tried.places, day, best=names)] if names else []


def _amount(value: float, noun: str) -> str:
    return f"{count(value)} {noun}" if noun != "hours" else f"{count(value)} hours saved"


def _upload() -> None:
    st.file_uploader("Weigh bases of your own: a CSV like the form", type=["csv"], key=FILE_KEY)
    st.download_button("The form", _TEMPLATE.read_bytes(), "bases.csv", "text/csv", icon=":material/download:")


def uploaded() -> bytes | None:
    """The file of candidates, where one is given."""
    held = st.session_state.get(FILE_KEY)
    return None if held is None else bytes(held.getvalue())
