"""What the statistics and the observation layer say, in words: hot spots, norms, MRM counts, who could have seen."""

import math
from collections import Counter
from collections.abc import Mapping
from numbers import Real
from typing import Any

import streamlit as st

from pages._shared import charts, data, frame, show
from pages._shared.story import DASH, count, only_row, percent
from pages._shared.widgets import CELL_SIZES, day_words, spoken

_NORMS = {
    "above_norm": "above its own norm",
    "within_norm": "within its own norm",
    "below_norm": "below its own norm",
    "too_few_to_tell": "too few to tell",
    "cannot_tell": "cannot tell: fewer could have reported",
}


def hot_headline(found: data.HotspotsAnswer) -> tuple[str, str]:
    """Say how many cells stand out, how many of them newly."""
    classes = _classes(found)
    hot, new = sum(_hot(classes).values()), classes["new_hot_spot"]
    first = found.months[0] if found.months else found.end
    subtitle = (
        f"{CELL_SIZES[found.request.resolution]} cells far above the country's mean together with their neighbours, "
        f"{first:%b %Y} to {found.end:%b %Y}"
    )
    if not hot:
        return "No cell stands out from the country", subtitle
    cells = f"{hot} cell{'s' if hot > 1 else ''} stand{'' if hot > 1 else 's'} out"
    return cells + (f", {new} of them newly" if new else ""), subtitle


def _classes(found: data.HotspotsAnswer) -> Counter[str]:
    return Counter(map(str, found.cells.frame["class"]))


def _hot(classes: Counter[str]) -> dict[str, int]:
    return {name: cells for name, cells in classes.items() if name.endswith("hot_spot")}


def hot_numbers(found: data.HotspotsAnswer) -> list[show.Number]:
    """How many cells are hot now, hot before, and beyond judgement."""
    classes = _classes(found)
    before = classes["historical_hot_spot"]
    numbers = [
        show.Number(value=count(sum(_hot(classes).values()) - before), about="hot now"),
        show.Number(value=count(before), about="hot before,\nnot now"),
    ]
    if "gi_star" in found.cells.columns:
        numbers.append(show.Number(value=count(classes["cannot_tell"]), about="cannot tell,\neyes were lost"))
    return numbers


def assumptions(sentences: tuple[str, ...]) -> None:
    """Offer what a method assumes, one sentence a line."""
    _said("What this assumes", sentences)


def _said(title: str, sentences: tuple[str, ...]) -> None:
    with st.expander(title, icon=":material/rule:"):
        for sentence in sentences:
            show.caveat(sentence)


def trend_card(found: data.TrendAnswer) -> None:
    """Months of a place beside its own norm."""
    what = "Selected cell by month" if found.cell else "All matching incidents by month"
    span = _span(only_row(found.norm))
    show.label(f"{what} · grey band: usual range" if span else what)
    if found.months.withheld or found.months.frame.empty:
        show.caveat(f"Months of one place are withheld from the audience {frame.audience_name()}.", "blind")
        return
    norm = only_row(found.norm)
    charts.months(found.months, span=span)
    if norm:
        verdict = _NORMS.get(str(norm["class"]), spoken(str(norm["class"])))
        expected = norm.get("expected", math.nan)
        told = f" (about {expected:.{0 if expected >= 10 else 1}f} expected)" if expected == expected else ""  # noqa: PLR0124 (NaN)
        show.pairs({"Latest month": f"{norm['latest']:.0f}{told}", "Reads": verdict})


def _span(norm: Mapping[str, Any]) -> tuple[float, float] | None:
    low, high = norm.get("low"), norm.get("high")
    told = [float(edge) for edge in (low, high) if isinstance(edge, Real) and edge == edge]  # noqa: PLR0124 (NaN)
    return (told[0], told[1]) if len(told) == 2 else None


def eyes_headline(found: data.ObservationAnswer) -> tuple[str, str]:
    """Say how much of the land nobody could have reported from."""
    states = found.states.frame
    radius = f"on {day_words(found.as_of)}, per {CELL_SIZES[found.request.resolution]} cell"
    subtitle = f"Who could have reported: bases, partners, alert networks, last visits, {radius}"
    if states.empty:
        return f"Who could have reported is withheld from the audience {frame.audience_name()}", subtitle
    blind = float((states["state"] == "no_eyes").mean())
    return f"From {percent(blind)} of the land nobody could have reported", subtitle


def eyes_numbers(found: data.ObservationAnswer) -> list[show.Number]:
    """Cells active, quiet but watched, and without eyes."""
    if found.states.withheld:
        return [show.Number(value=DASH, about="withheld")]
    states = found.states.frame["state"].value_counts()
    return [
        show.Number(value=count(states.get("active", 0)), about="cells active"),
        show.Number(value=count(states.get("quiet_but_watched", 0)), about="quiet but\nwatched"),
        show.Number(value=count(states.get("no_eyes", 0)), about="no eyes"),
    ]


def eyes_card(found: data.ObservationAnswer) -> None:
    """Share of the land that was watched, month by month."""
    show.label("Share of the land somebody watched")
    if found.months.withheld or found.months.frame.empty:
        show.caveat(
            f"Withheld from the audience {frame.audience_name()}: circles around bases give them away.", "blind"
        )
        return
    charts.shares(found.months, column="observed_share")


def classes_table(found: data.HotspotsAnswer) -> None:
    """Cells by what they have been over the months."""
    show.label("Cells by what they have been")
    named = [(name, cells) for name, cells in _classes(found).most_common() if name not in ("no_pattern", "no_eyes")]
    if not named:
        show.caveat("No cell has a name in these months.", "blind")
        return
    show.rows_table([(spoken(name), count(cells)) for name, cells in named], right=[1])


_BY_SEX = ("girls", "boys", "unknown")


def mrm_table(found: data.MrmAnswer) -> None:
    """Violations by MRM counting rules: by victims or by incidents, girls, boys and unknown apart."""
    victims, incidents = found.recorded.by_victims.frame, found.recorded.by_incidents.frame
    if victims.empty and incidents.empty:
        show.label("Violations against children")
        show.caveat("No recorded violation may be shown for this choice. That does not mean there was none.", "blind")
        for sentence in _suggested(found):
            show.caveat(sentence)
        return
    told = "girls" in victims.columns
    header = ("Child victims", "all", *((*_BY_SEX, "late") if told else ()))
    columns = ["counted", *((*_BY_SEX, "late") if told else ())]
    rows = [
        (spoken(str(row["violation"])), *(count(row[name]) for name in columns)) for row in victims.to_dict("records")
    ]
    child = only_row(found.recorded.children)
    if "children" in child:
        by_sex = (*(count(child[name]) for name in _BY_SEX), "") if told else ()
        rows.append(("each child once", count(child["children"]), *by_sex))
    show.rows_table(rows, header=header, right=range(1, len(header)))
    if len(incidents):
        said = (f"{spoken(str(row['violation']))} {count(row['counted'])}" for row in incidents.to_dict("records"))
        show.label(f"Counted by incidents: {', '.join(said)}.")
    _said("How this is counted, what is only suggested", (*_suggested(found), *found.notes))


def _suggested(found: data.MrmAnswer) -> tuple[str, ...]:
    """Return what our crosswalk makes of the words of sources, apart from what they record."""
    parts = (found.suggested.by_victims.frame, found.suggested.by_incidents.frame)
    rows = [row for part in parts if "incidents" in part.columns for row in part.to_dict("records")]
    said = [f"{spoken(str(row['violation']))} in {count(row['incidents'])}" for row in rows if row["incidents"]]
    if not said:
        return ()
    words = f"Only suggested, by words of the source and not by a record of it: {', '.join(said)} incidents."
    return (f"{words} Whether a child was among them is not recorded.",)
