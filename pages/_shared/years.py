"""The years behind a picture of armed actors: who led how many cells, who moved, how divided the land became."""

import math
from collections.abc import Mapping

from geo.layers.palette import OTHERS
from pages._shared import charts, data, show
from pages._shared.story import count, percent
from pages._shared.widgets import day_words

MOST_LINES = 4


def years_card(moved: data.MovementAnswer, *, chosen: str, colours: Mapping[str, str]) -> None:
    """Cells led by the strongest actors, or by one, and what changed since the day before."""
    show.label(f"Cells led, every {moved.request.step_months} months")
    frame = moved.actors.frame
    if moved.actors.withheld or "cells_led" not in moved.actors.columns:
        show.caveat("The years before are withheld from this audience.", "blind")
        return
    if frame["day"].nunique() < 2:
        show.caveat("No evidence old enough to look back.", "blind")
        return
    latest = frame.loc[frame["day"] == frame["day"].max()]
    strongest = latest.sort_values(["cells_led", "actor"], ascending=[False, True]).head(MOST_LINES)
    picked = frame.loc[frame["actor_id"] == chosen].head(1) if chosen else strongest
    if picked.empty:
        show.caveat("No evidence of this actor on any of these days.", "blind")
        return
    named = dict(zip(picked["actor_id"].astype(str), picked["actor"].astype(str), strict=True))
    charts.lines(
        moved.actors,
        column="cells_led",
        by="actor",
        colours={name: colours.get(actor, OTHERS) for actor, name in named.items()},
    )
    show.label(_of_one(moved, chosen) if chosen else _of_all(moved))


def _of_all(moved: data.MovementAnswer) -> str:
    """How divided the land became."""
    days = moved.days.frame
    first, last = days.iloc[0], days.iloc[-1]
    return (
        f"A cell with evidence has {last['effective_actors']:.1f} actors of equal weight (median), "
        f"{first['effective_actors']:.1f} on {day_words(first['day'])}."
    )


def _of_one(moved: data.MovementAnswer, chosen: str) -> str:
    """How far the evidence of one actor moved, and how many of its cells changed."""
    own = moved.actors.frame.loc[moved.actors.frame["actor_id"] == chosen].to_dict("records")
    last = own[-1]
    said = [f"{count(last['cells_led'])} cells led on {day_words(last['day'])}"]
    if not math.isnan(last.get("shift_km", math.nan)):
        said.append(f"evidence moved {last['shift_km']:.0f} km in {moved.request.step_months} months")
    if not math.isnan(last.get("turnover_share", math.nan)):
        said.append(f"{percent(last['turnover_share'])} of the cells led changed")
    return f"{'; '.join(said)}. This is where it was reported, not where all of it is."
