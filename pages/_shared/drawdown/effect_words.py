"""Sentences of the Effect view: what a closure was followed by, and what cannot be told."""

from collections.abc import Mapping
from typing import Any

from pages._shared import data, show
from pages._shared.story import percent
from pages._shared.widgets import day_words


def headline(found: data.EffectAnswer, name: str) -> tuple[str, str]:
    """The verdict in plain words; never "violence fell" where those who could report were lost."""
    rows = found.effect.frame
    when = day_words(found.request.date)
    if not len(rows):
        return "Cannot tell: the counts are too small to show", f"{name}, {when}"
    row = rows.iloc[0]
    told = f"{name} closed on {when}"
    if "months_before" in row.index:
        told += (
            f" · {_months(int(row['months_before']))} before, {int(row['months_after'])} after, "
            f"beside {int(row['comparison_places'])} place{'s' if row['comparison_places'] > 1 else ''} that stayed"
        )
    return str(row["words"]).removesuffix("."), told


def _months(number: int) -> str:
    return f"{number} month{'s' if number > 1 else ''}"


def numbers(row: Mapping[str, Any]) -> list[show.Number]:
    """The estimate with its interval, and reach before and after."""
    ratio = float(row["rate_ratio"])
    told = ratio == ratio  # noqa: PLR0124 (NaN)
    interval = f"rate of reports by reach,\n95 %: {row['low']:.2f} to {row['high']:.2f}"
    before, after = float(row["reach_before"]), float(row["reach_after"])
    return [
        show.Number(
            value=f"× {ratio:.2f}" if told else "–",
            about=interval if told else "no estimate\ncan be made",
        ),
        show.Number(
            value=f"{100 * before:.0f} → {percent(after)}", about="of the land around\nwatched, before → after"
        ),
        show.Number(value=_drift(float(row["pre_trend_p"])), about=f"drift before it closed\n{_p(row['pre_trend_p'])}"),
    ]


def _tried(placebos: int) -> str:
    return f"{placebos} months tried" if placebos > 1 else "1 month tried"


def _p(value: float) -> str:
    if value != value:  # noqa: PLR0124 (NaN)
        return "cannot be tested"
    return "p < 0.01" if value < 0.01 else f"p = {value:.2f}"


def _drift(p: float) -> str:
    """Whether reports drifted apart before the closure, by the bound of the verdict."""
    if p != p:  # noqa: PLR0124 (NaN)
        return "–"
    return "seen" if p < data.settings().effect.pre_trend_p else "none seen"


def caveats(row: Mapping[str, Any], placebos: Any) -> list[tuple[str, show.CaveatKind]]:
    """How to read the estimate: who could still report first, then what a placebo says."""
    said: list[tuple[str, show.CaveatKind]] = []
    kept = float(row["reach_kept"])
    if kept == kept and kept < 0.995:  # noqa: PLR0124 (NaN)
        said.append(
            (
                f"Those who could report kept {percent(kept)} of their reach: fewer reports are not less violence.",
                "blind",
            )
        )
    off = int(((placebos["low"] > 1) | (placebos["high"] < 1)).sum()) if len(placebos) else 0
    if off:
        told = f"In {off} of {_tried(len(placebos))} in which nothing closed the same estimate sees a change"
        said.append((f"{told}: mind how you read this one.", "mind"))
    elif len(placebos):
        told = f"In {_tried(len(placebos))} in which nothing closed the same estimate sees no change, as it should"
        said.append((f"{told}.", "mind"))
    else:
        said.append(("No month before the closure leaves enough on both sides to try the estimate on.", "mind"))
    return said
