"""Sentences of the Order view."""

from collections.abc import Mapping
from typing import Any

from geo.model import Objective
from pages._shared import data, show
from pages._shared.reaching import LIMITS, MODES
from pages._shared.story import count, percent
from pages._shared.widgets import dates_in_words, day_words, hours

_LEAST_SHARE = 0.005  # what is less rounds to 0 %
_FIRST_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def in_words(number: int) -> str:
    """A small number as a word."""
    return _FIRST_WORDS[number] if number < len(_FIRST_WORDS) else str(number)


def what(found: data.ClosingAnswer) -> str:
    """What is lost, in two words."""
    if found.request.objective is Objective.MEDIAN:
        return "hours"
    return "sites" if found.unit.startswith("sites") else "people"


def headline(found: data.ClosingAnswer, step: int) -> tuple[str, str]:
    """Say what so many closures in this order lose, beside the best choice of as many."""
    rows = found.order.frame
    told = subtitle(found)
    if not len(rows):
        return "No base may close: all are kept", told
    free = int((rows["loss"] <= 0).sum())
    if step == 0:
        said = f"the first {in_words(free)} to close lose nothing" if free > 1 else "none closes without loss"
        if free == 1:
            said = "the first to close loses nothing"
        return f"All {int(rows['kept'].iloc[0]) + 1} bases are open; {said}", told
    row = rows.iloc[step - 1]
    begin = f"After {in_words(step)} closure{'s' if step > 1 else ''},"
    if found.request.objective is Objective.MEDIAN:
        said = f"the nearest base is {hours(row['mean_min'])} away on average"
        best = "" if row["gap"] <= 0 else f"; the best choice keeps {_bound(row)}{hours(row['best_mean_min'])}"
        return f"{begin} {said}{best}", told
    noun = what(found)
    if row["loss"] <= 0:
        return f"{begin} nobody loses reach", told
    best = ", and no other choice loses less"
    if row["gap"] > 0:
        best = f"; the best {in_words(step)} would lose {_bound(row)}{count(row['optimum'])}"
    return f"{begin} {count(row['loss'])} {noun} lose reach{best}", told


def _bound(row: Mapping[str, Any]) -> str:
    return "" if row["proven"] else "at least "


def subtitle(found: data.ClosingAnswer) -> str:
    """What is counted, and how."""
    request = found.request
    if request.objective is Objective.MEDIAN:
        counted = f"Time from the nearest base by {MODES[request.mode.value]}, per {_per(found)}"
    else:
        limit = LIMITS[f"{request.limit_min:.0f}"]
        counted = f"{what(found).capitalize()} at sites within {limit} by {MODES[request.mode.value]}"
        counted = counted.replace("Sites at sites", "Sites")
    missing = f" · people of {found.not_counted} sites not known, counted as none" if found.not_counted else ""
    if found.out_of_reach:
        missing += f" · {found.out_of_reach} sites no base reaches, left out"
    return f"{counted}, {request.season} season{missing}"


def _per(found: data.ClosingAnswer) -> str:
    return "site" if found.unit.endswith("each site") else "person"


def numbers(found: data.ClosingAnswer, step: int) -> list[show.Number]:
    """Loss, gap, and what hangs on one base, after a step."""
    rows = found.order.frame
    if step == 0 or not len(rows):
        kept = int(rows["kept"].iloc[0]) + 1 if len(rows) else len(found.bases.frame)
        return [show.Number(value=str(kept), about="bases open,\nnone closed yet")]
    row, noun = rows.iloc[step - 1], what(found)
    if found.request.objective is Objective.MEDIAN:
        return [
            show.Number(value=hours(row["mean_min"]), about=f"from the nearest base,\nmean per {_per(found)}"),
            show.Number(value=hours(row["mean_min"] - row["best_mean_min"]), about=f"gap: {_gap_words(row, step)}"),
        ]
    return [
        show.Number(value=count(row["loss"]), about=f"{noun} lose reach,\n{_share(row['loss_share'])} of all"),
        show.Number(value=count(row["gap"]), about=f"gap: {_gap_words(row, step)}"),
        show.Number(value=count(row["without_backup"]), about=f"{noun} hang on\none base"),
    ]


def _share(share: float) -> str:
    """A share that is not nothing is never told as 0 %."""
    return "under 1 %" if 0 < share < _LEAST_SHARE else percent(share)


def _gap_words(row: Mapping[str, Any], step: int) -> str:
    if row["gap"] <= 0:
        return "none,\nproven best"
    return f"less by the\nbest {in_words(step)}" if row["proven"] else "at most;\nnot proven"


def step_words(found: data.ClosingAnswer, step: int) -> str:
    """One step in plain words: what closing this base adds, why it goes now, and what it leaves without backup."""
    row, noun = found.order.frame.iloc[step - 1], what(found)
    forced = str(row["reason"]).startswith("forced")
    when = f"on {day_words(row['closes_on'])}" + ("" if forced else " at the assumed pace")
    if found.request.objective is Objective.MEDIAN:
        added = (
            f"adds {count(row['adds'])} hours of way, one for each {_per(found)}" if row["adds"] > 0 else "adds no way"
        )
    else:
        added = f"takes reach from {count(row['adds'])} more {noun}" if row["adds"] > 0 else "takes reach from nobody"
    return f"{row['name']} closes {when} and {added}. Why now: {reason(row['reason'])}."


def reason(text: str) -> str:
    """The reason of a step without what stands in the chart already."""
    return dates_in_words(str(text).partition(";")[0])


def marginal(row: Mapping[str, Any], noun: str) -> str:
    """What one closure costs, in a few words."""
    if row["adds"] <= 0:
        return "nothing: others cover the same"
    return f"{count(row['adds'])} {noun}"


def pace(months_apart: int) -> str:
    """How days are assumed."""
    return f"Days are assumed, a base every {months_apart} months, except those of forced closures."
