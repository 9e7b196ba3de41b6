"""Words, tables and map layers of the Review page: two reports beside each other, and why they may be one event."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

from geo.layers import palette
from geo.layers.spec import CellLayer, Field, LayerSpec, LineLayer, PointLayer
from geo.layers.style import Alike, LineStyle
from geo.redaction import Cleared, licence_note
from pages._shared import data, show
from pages._shared.maps import facts
from pages._shared.story import DASH, count, only_row, percent
from pages._shared.widgets import day_words, spoken

_RING = LineStyle(colour=palette.INK_2, width_px=1.4, dash_px=(5.0, 4.0))
_CELL = "rgba(11,93,107,.35)"
_PLACES = {
    "very_near": "{km} apart",
    "near": "{km} apart",
    "in_reach": "{km} apart, just possible",
    "same_area": "same area, known no better",
}
_ACTORS = {"same": "the same", "similar": "similar spelling", "other": "another", "not_named": "not named in both"}
_KINDS = {"same": "the same", "other": "another", "not_recorded": "not named in both"}
_NEARLY_SURE = 0.995  # a chance that rounds to 100 %
DECISIONS = {"same": "same event", "not_same": "not the same"}


def headline(counts: Cleared) -> tuple[str, str]:
    """Say how much waits for a decision."""
    row = only_row(counts)
    subtitle = "Reports of different sources compared by place, days, actors and violation; only a person merges them"
    if not row["open"]:
        return "No two reports wait for a decision", subtitle
    one = row["likely"] == 1
    waits = f"{count(row['likely'])} {'pair' if one else 'pairs'} of reports {'is' if one else 'are'} likely one event"
    return f"{waits}; {count(row['open'] - row['likely'])} more are possible", subtitle


def numbers(counts: Cleared) -> list[show.Number]:
    """Figures every audience may see."""
    row = only_row(counts)
    return [
        show.Number(value=count(row["open"]), about="pairs to\nreview"),
        show.Number(value=count(row["merged"]), about="reports merged\ninto others"),
        show.Number(value=count(row["apart"]), about="pairs called\nnot the same"),
    ]


def chosen_row(table: Cleared, *, key: str) -> Mapping[str, Any]:
    """Let a person choose a row of a queue, by default the first; empty where there is none."""
    rows = table.frame
    if rows.empty:
        return {}
    picked = st.session_state.get(key)
    chosen = picked["selection"]["rows"] if picked else []
    number = min(chosen[0], len(rows) - 1) if chosen else 0
    return {**rows.iloc[number].to_dict(), "number": number}


def title(row: Mapping[str, Any]) -> str:
    """Say what stands with a pair: the score in words, or the decision and by whom."""
    if "decision" in row:
        by = f", by {row['author']} on {day_words(row['recorded_at'])}" if "author" in row else ""
        return f"{DECISIONS.get(str(row['decision']), row['decision']).capitalize()}{by}"
    return f"{'Likely' if row['likely'] else 'Possibly'} the same event ({_chance(row['score'])})"


def _chance(score: float) -> str:
    """Return a chance as words; no pair is certain."""
    return "chance over 99 %" if score >= _NEARLY_SURE else f"chance {percent(score)}"


def queue_table(
    table: Cleared, *, key: str, columns: Mapping[str, str], height: int | Literal["stretch"] = "stretch"
) -> None:
    """Show a queue of which one row can be chosen, as high as its card or so many pixels."""
    if table.frame.empty:
        show.caveat("Nothing here yet.", "blind")
        return
    seen = [name for name in columns if name in table.columns]
    shown = table.frame[seen].rename(columns=dict(columns))
    if "likely" in table.columns:
        shown[columns["likely"]] = table.frame["likely"].map({True: "likely", False: "possible"})
    if "decision" in shown:
        shown["decision"] = shown["decision"].map(DECISIONS)
    st.dataframe(
        shown,
        key=key,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=height,
        column_config={
            "km": st.column_config.NumberColumn(format="%.1f"),
            "chance": st.column_config.NumberColumn(format="percent"),
            "day": st.column_config.DateColumn(format="D MMM YYYY"),
            "when": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm"),
        },
    )


def beside_table(pair: data.PairAnswer, row: Mapping[str, Any]) -> None:
    """Both reports beside each other, with what each agreement weighs where the pair is still open."""
    if pair.reports.statement.licensed_rows:
        show.caveat(f"{licence_note(pair.reports.statement, noun='report')}.", "blind")
        return
    if pair.reports.withheld or len(pair.reports.frame) < 2:
        show.caveat("One of the two reports was withdrawn with its import.", "blind")
        return
    one, other = (report.dropna().to_dict() for _, report in pair.reports.frame.iterrows())
    weights = _weights(row) if "score" in row and "days_apart" in row else {}
    rows = []
    for name, speak in _FIELDS.items():
        said = (speak(one), speak(other))
        if any(said) or name in weights:
            rows.append((name, said[0] or DASH, said[1] or DASH, *([weights.get(name, "")] if weights else [])))
    header = ("", str(one["source"]), str(other["source"]), *(["agree, weight"] if weights else []))
    show.rows_table(rows, header=header, right=[3])


def _weights(row: Mapping[str, Any]) -> dict[str, str]:
    """What each field says, and the bits it weighs."""
    apart = f"{row['days_apart']} days apart" if row["days_apart"] != 1 else "1 day apart"
    said = {
        "Place": (_PLACES[row["place"]].format(km=f"{row['distance_km']:.1f} km"), row["place_bits"]),
        "Days": ("share a day" if row["days_apart"] == 0 else apart, row["days_bits"]),
        "Actors": (_ACTORS[row["actor"]], row["actor_bits"]),
        "Violation": (_KINDS[row["kind"]], row["kind_bits"]),
    }
    return {name: f"{words} {bits:+.1f}" for name, (words, bits) in said.items()}


def _days(report: Mapping[str, Any]) -> str:
    first, last = report["date_start"], report["date_end"]
    return day_words(first) if first == last else f"{day_words(first)} – {day_words(last)}"


def _place(report: Mapping[str, Any]) -> str:
    known = spoken(str(report["place_precision"]))
    where = report.get("place") or report.get("admin2") or report.get("admin1") or ""
    return f"{where} ({known})" if where else known


def _actors(report: Mapping[str, Any]) -> str:
    return " / ".join(str(report[side]) for side in ("actor_a", "actor_b") if side in report)


def _deaths(report: Mapping[str, Any]) -> str:
    figures = [report.get(f"fatalities_{kind}") for kind in ("best", "low", "high")]
    best, low, high = (DASH if figure is None else count(figure) for figure in figures)
    return best if low == high == DASH else f"{best} ({low} to {high})"


def _violation(report: Mapping[str, Any]) -> str:
    suggested = " (suggested)" if report.get("violation_basis") == "suggested" else ""
    return spoken(str(report["violation"])) + suggested if "violation" in report else ""


_FIELDS = {
    "Place": _place,
    "Days": _days,
    "Actors": _actors,
    "Violation": _violation,
    "Kind": lambda report: spoken(str(report.get("event_type", ""))),
    "Deaths": _deaths,
    "Status": lambda report: spoken(str(report.get("verification", ""))),
}


def layers(pair: data.PairAnswer, day: dt.date) -> list[LayerSpec]:
    """Both reports on the map: their points and how far off they may be, or only the cells they lie in."""
    seen: list[LayerSpec] = []
    if "longitude" not in pair.reports.columns:
        seen.append(
            CellLayer(
                **facts(pair.cells, day, "incidents"),
                title="Reports",
                unit="cells",
                fill=Alike(style=_CELL, label="cell of a report; its position is withheld"),
                tooltip=(Field(column="source"),),
            )
        )
        return seen
    seen.append(
        LineLayer(
            **facts(pair.rings, day, "incidents"),
            title="Rings",
            unit="by how well the place is known",
            style=Alike(style=_RING, label="how far off it may be"),
            tooltip=(Field(column="source"),),
        )
    )
    seen.append(
        PointLayer(
            **facts(pair.reports, day, "incidents"),
            title="Reports",
            unit="reports",
            symbol=Alike(style="end", label="report, by its source"),
            label="source",
            tooltip=(Field(column="source"), Field(column="place_precision", label="place known")),
        )
    )
    return seen
