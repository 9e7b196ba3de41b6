"""Two scenarios side by side: a row per phase and access mode, and the difference."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from geo.errors import GeoError
from geo.model import AccessMode
from pages._shared import data, frame, show
from pages._shared.drawdown import draft
from pages._shared.reaching import LIMITS, MODES
from pages._shared.story import DASH, count, percent

_HEADER = (
    *("Phase", "Access", "Sites within: this", "other", "change"),
    *("Sites lost: this", "other", "change"),
    *("People lost: this", "other", "change"),
    *("No eyes km²: this", "other"),
)


@st.dialog("Compare two scenarios", width="large")
def dialog() -> None:
    """Choose the other scenario; both are held against the same day, limit and season."""
    scenario, asked = draft.current(), draft.asked()
    rows = data.scenarios(frame.audience()).scenarios.frame
    names = dict(zip(rows["scenario_id"], rows["name"], strict=True)) if len(rows) else {}
    if scenario is None or asked is None or not names:
        show.caveat("Save a scenario first; the one on the table can then be held against it.", "mind")
        return
    one, other = st.columns([1.4, 1])
    chosen = one.selectbox("The other", list(names), format_func=names.__getitem__, key="compare-with")
    versions = [int(n) for n in data.revisions(chosen, frame.audience()).frame["version"]]
    version = other.selectbox("Version", versions, key=f"compare-version-{chosen}")
    request = replace(asked, modes=tuple(AccessMode))
    try:
        mine = data.phases(scenario, request, frame.audience())
        theirs = data.phases(data.scenario(chosen, frame.audience(), at_version=version), request, frame.audience())
    except GeoError as error:
        show.caveat(str(error), "refused")
        return
    limit = LIMITS[f"{request.limit_min:.0f}"]
    show.label(f"This: {scenario.name}, as on the table. Other: {names[chosen]}, version {version}. Limit {limit}.")
    with st.container(height=420, border=False):
        show.rows_table(_rows(mine, theirs), header=_HEADER, right=list(range(2, len(_HEADER))))
    show.label("Phases are held against each other by their number, forced closures counted; a missing phase shows –.")


def _rows(mine: data.PhasesAnswer, theirs: data.PhasesAnswer) -> list[tuple[object, ...]]:
    one, other = _by_phase(mine), _by_phase(theirs)
    keys = sorted(one.keys() | other.keys(), key=lambda key: (key[0], list(MODES).index(key[1])))
    found = []
    for place, (phase, mode) in enumerate(keys):
        a, b = one.get((phase, mode), {}), other.get((phase, mode), {})
        first = not place or keys[place - 1][0] != phase
        found.append(
            (
                f"Phase {phase}" if first else "",
                MODES[mode],
                *_side_by_side(a, b, "sites_share_after", shares=True),
                *_side_by_side(a, b, "sites_lost", shares=False),
                *_side_by_side(a, b, "people_lost", shares=False),
                *(_whole(_blind(row)) if first else "" for row in (a, b)),
            )
        )
    return found


def _by_phase(found: data.PhasesAnswer) -> dict[tuple[int, str], dict[str, Any]]:
    rows = found.phases.frame.to_dict("records")
    return {(int(row["phase"]), str(row["mode"])): {str(k): v for k, v in row.items()} for row in rows}


def _side_by_side(
    a: Mapping[str, Any], b: Mapping[str, Any], name: str, *, shares: bool
) -> tuple[object, object, object]:
    """Both values, and how the other differs from this one."""
    shown = [DASH if row.get(name) is None else percent(row[name]) if shares else count(row[name]) for row in (a, b)]
    if a.get(name) is None or b.get(name) is None:
        return shown[0], shown[1], ""
    more = b[name] - a[name]
    spoken = f"{100 * more:+.0f}" if shares else f"{more:+,.0f}".replace(",", "\u2009")
    spoken = spoken.replace("-", "\u2212")
    good = more > 0 if shares else more < 0
    changed = round(100 * more) if shares else round(more)
    return shown[0], shown[1], show.Number(value="", about="", change=spoken, rise=not good) if changed else "0"


def _blind(row: Mapping[str, Any]) -> float | None:
    return None if row.get("no_eyes_km2_after") is None else row["no_eyes_km2_after"] - row["no_eyes_km2_before"]


def _whole(value: float | None) -> str:
    return DASH if value is None else count(value)
