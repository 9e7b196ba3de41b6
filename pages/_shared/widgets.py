"""Controls of the filter bar. Each is bound to the URL, so it survives a page change and a reload.

The label of each control carries its value: the bar reads as a sentence.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from geo.crs import GEOD
from geo.hexgrid import mean_cell_area_km2
from geo.model import MOST_MONTHS, Season, Window
from pages._shared import data, frame

MONTHS = {3: "3 months", 6: "6 months", 12: "12 months", 24: "24 months", 60: "5 years", 0: "all years"}
_STEP = "halfyear"
_MOST_ACROSS = 60  # cells across a map some 650 px wide: smaller ones show no share, rim or hatch
CELL_SIZES = {3: "12,400 km²", 4: "1,770 km²", 5: "250 km²", 6: "36 km²"}  # mean area by H3 resolution
_DAYS_PER_MONTH = 30.4375
_ISO_DATE = re.compile(r"(?<![\w-])\d{4}-\d{2}(-\d{2})?(?![\w-])")


def _held(key: str, names: Mapping[Any, str], fallback: Any) -> Any:
    """Value of a bound control before it is drawn: from this session, else the URL, which carries its name."""
    if key in st.session_state:
        return st.session_state[key]
    in_url = st.query_params.get(key)
    return next((value for value, name in names.items() if name == in_url), fallback)


def window() -> Window:
    """How far back to look from the as-of date."""
    default = data.settings().map.window_months
    options = list(MONTHS)
    fallback = default if default in MONTHS else 24
    with st.popover(f"Period: {MONTHS[_held('months', MONTHS, fallback)]}", icon=":material/date_range:"):
        months = st.radio(
            "Back from the as-of date",
            options,
            index=options.index(fallback),
            format_func=MONTHS.__getitem__,
            key="months",
            bind="query-params",
        )
    end = frame.as_of()
    if not months:
        return Window(None, end)
    return Window(end - dt.timedelta(days=round(months * _DAYS_PER_MONTH) - 1), end)


def months_of(window: Window) -> int:
    """Whole months of a window, at least one; an open window and a longer one give the most there can be."""
    if window.start is None or window.end is None:
        return MOST_MONTHS
    return min(max(round(((window.end - window.start).days + 1) / _DAYS_PER_MONTH), 1), MOST_MONTHS)


def to_date(day: dt.date) -> Window:
    """All reports up to a day."""
    return Window(None, day)


def several(
    noun: str,
    options: Sequence[str],
    *,
    key: str,
    icon: str,
    names: Mapping[str, str] | None = None,
    first: Sequence[str] = (),
) -> tuple[str, ...]:
    """Choose some of the options; a bar without a choice reads "all", or "none" where options have names."""

    def speak(word: str) -> str:
        return names[word] if names else spoken(word)

    held = st.session_state.get(key)
    in_url = st.query_params.get_all(key)
    picked = held if isinstance(held, list) else [word for word in options if speak(word) in in_url] or list(first)
    nothing = "all" if names is None else "none"
    value = nothing if not picked else picked[0] if len(picked) == 1 else str(len(picked))
    with st.popover(f"{noun}: {speak(value) if value in options else value}", icon=icon):
        chosen = st.multiselect(
            noun,
            options,
            default=list(first),
            format_func=speak,
            key=key,
            bind="query-params",
            placeholder=nothing,
        )
    return tuple(chosen)


def further(options: Mapping[str, tuple[str, Sequence[str]]]) -> dict[str, tuple[str, ...]]:
    """Offer filters that are used less often behind one button; it says how many are in force.

    Parameters
    ----------
    options
        Key in the URL -> noun and words; a filter without words is not offered.
    """
    offered = {key: (noun, words) for key, (noun, words) in options.items() if words}
    if not offered:
        return {}
    active = sum(bool(st.session_state.get(key) or st.query_params.get_all(key)) for key in offered)
    with st.popover(f"More: {active}" if active else "More", icon=":material/tune:"):
        return {
            key: tuple(st.multiselect(noun, words, format_func=spoken, key=key, bind="query-params", placeholder="all"))
            for key, (noun, words) in offered.items()
        }


def one(noun: str, options: Mapping[str, str], *, key: str, icon: str, first: str | None = None) -> str:
    """Choose exactly one of the options, given as value and name."""
    values = list(options)
    fallback = first if first in options else values[0]
    held = _held(key, options, fallback)
    with st.popover(f"{noun}: {options.get(held, options[fallback])}", icon=icon):
        return st.selectbox(
            noun,
            values,
            index=0 if key in st.session_state else values.index(fallback),
            format_func=options.__getitem__,
            key=key,
            bind="query-params",
        )


def view(options: Mapping[str, str], *, key: str) -> str:
    """Switch between the pictures of a page."""
    values = list(options)
    picked = st.segmented_control(
        "View",
        values,
        default=None if key in st.session_state else values[0],
        format_func=options.__getitem__,
        key=key,
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    return picked or values[0]


def resolution(*, key: str = "res", detailed: bool = False) -> int:
    """Size of the cells, as fine as the audience may see.

    With ``detailed``, for cells that show a share, a rim and a hatch, the usual size is coarser in a wide country.
    """
    rules = data.settings()
    finest = rules.audiences[frame.audience()].finest_resolution
    usual = min(rules.map.default_resolution, finest)
    while detailed and usual > min(CELL_SIZES) and _across(usual) > _MOST_ACROSS:
        usual -= 1
    others = {str(r): size for r, size in CELL_SIZES.items() if r <= finest and r != usual}
    # The usual size has no number of its own: it follows the audience.
    sizes = {"": CELL_SIZES[usual], **others}
    return int(one("Cells", sizes, key=key, icon=":material/hexagon:") or usual)


def _across(resolution: int) -> float:
    """How many cells lie beside each other across the map, about."""
    bounds = data.base(frame.audience()).land.bounds
    if bounds is None:
        return 0.0
    west, south, east, north = bounds
    width_km = GEOD.line_length([west, east], [(south + north) / 2] * 2) / 1000
    return width_km / mean_cell_area_km2(resolution) ** 0.5


def half_years() -> None:
    """Step through the years: moves the day all pages speak about to the end of a half-year."""
    span, day = data.span(), frame.as_of()
    year_ends = [
        dt.date(year, month, 30 + (month == 12))
        for year in range(span.first.year, span.latest.year + 1)
        for month in (6, 12)
    ]
    days = sorted({*(end for end in year_ends if span.first <= end < span.latest), span.latest, day})
    st.session_state[_STEP] = day
    st.select_slider(
        "Day",
        days,
        format_func=lambda one: f"{one.day} {one:%b %Y}",
        key=_STEP,
        on_change=lambda: st.session_state.update({frame.AS_OF_KEY: st.session_state[_STEP]}),
        label_visibility="collapsed",
        width=330,
    )


def season() -> Season:
    """Dry or wet."""
    return Season(one("Season", {"dry": "dry", "wet": "wet"}, key="season", icon=":material/rainy:"))


def spoken(word: str) -> str:
    """Return an identifier as words."""
    return word.replace("_", " ")


def day_words(day: dt.date) -> str:
    """Return a day as people write it."""
    return f"{day.day} {day:%b %Y}"


def dates_in_words(sentence: str) -> str:
    """Return a sentence with its ISO days and months as people write them; what is no day stays as it is."""
    return _ISO_DATE.sub(_date_in_words, sentence)


def _date_in_words(found: re.Match[str]) -> str:
    text, whole = found[0], found[1] is not None
    try:
        day = dt.date.fromisoformat(text if whole else f"{text}-01")
    except ValueError:
        return text
    return day_words(day) if whole else f"{day:%b %Y}"


def window_words(window: Window) -> str:
    """Return a window as words."""
    if window.start is None:
        return f"all reports to {day_words(window.end)}" if window.end else "all reports"
    return f"{day_words(window.start)} to {day_words(window.end or frame.as_of())}"


def hours(minutes: float) -> str:
    """Return minutes as hours and minutes; infinity is "not at all"."""
    if minutes != minutes or minutes == float("inf"):  # noqa: PLR0124 (NaN)
        return "not at all"
    whole = round(minutes)
    return f"{whole // 60} h {whole % 60:02d}" if whole >= 60 else f"{whole} min"
