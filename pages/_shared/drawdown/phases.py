"""The Phases view: a scenario built by clicking bases and dragging phases, and what each phase loses, by name."""

import datetime as dt
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.errors import GeoError
from geo.layers.spec import LayerSpec, MapWords
from geo.model import AccessMode
from pages._shared import data, frame, maps, show, widgets
from pages._shared.drawdown import adding, base_card, draft, files, kept, layers, phase_bar, phase_words
from pages._shared.drawdown.timeline import timeline
from pages._shared.reaching import LIMITS, MODES

_MAP = "map-drawdown"


def view(bar: DeltaGenerator, head: DeltaGenerator, day: dt.date, audience: data.Audience) -> None:
    """Show the scenario on the table, phase by phase; who may not see bases gets shares per phase."""
    choices = data.choices(day, audience)
    with bar:
        request = _asked(day)
    draft.asks(request)
    if not choices.bases:
        _shares(head, request, audience)
        return
    clicked = st.session_state.get(_MAP)
    adding.take(clicked if isinstance(clicked, dict) else None)
    scenario = draft.current()
    with bar:
        kept.menu(scenario)
    if scenario is None:
        with head:
            show.headline(
                "No scenario is on the table yet",
                "Choose Scenario, then New …: bases then close and open again by a click on the map",
            )
        drawn = [maps.bases(data.bases(day, audience).bases, day)]
        show.show_map(maps.picture(drawn, audience=audience, day=day), key=_MAP, words=frame.map_words())
        return
    with bar:
        files.menu(scenario, request)
    phase_bar.phase_bar(scenario, choices)
    _workshop(head, scenario, request, audience)


def _asked(day: dt.date) -> data.PhasesRequest:
    """The question of the filter bar: one mode at a time, so that a click is answered at once."""
    mode = widgets.one("Access", MODES, key="mode", icon=":material/directions_car:")
    limit = widgets.one("Limit", LIMITS, key="limit", icon=":material/timer:", first="240")
    with st.popover("More", icon=":material/tune:"):
        season = widgets.season()
        resolution = widgets.resolution()
    return data.PhasesRequest(
        limit_min=float(limit), as_of=day, modes=(AccessMode(mode),), season=season, resolution=resolution
    )


def _workshop(
    head: DeltaGenerator, scenario: data.Scenario, request: data.PhasesRequest, audience: data.Audience
) -> None:
    """Phases, timeline and map beside numbers, base and list."""
    phase, mode = draft.phase(), str(request.modes[0])
    left, right = st.columns([2.1, 1], gap="small")
    with left, st.container(key="phasesmap", gap="xsmall"):
        timeline(scenario, request.as_of)
        try:
            found = data.phases(scenario, request, audience)
            shown = data.phase_map(scenario, request, phase, audience)
        except GeoError as error:
            with head:
                show.headline("The scenario does not fit the bases of the day", str(error))
            return
        _map(scenario, found, shown, audience)
    with head:
        show.headline(*phase_words.headline(found, phase, mode, name=scenario.name))
    with right:
        if refused := draft.refused():
            show.caveat(refused, "refused")
        if numbers := phase_words.numbers(found, phase, mode):
            show.numbers(numbers)
        row = _row(shown, draft.looked_at())
        if row:
            with show.card("base"):
                base_card.base_card(scenario, row, request)
        with show.card("lost", fill=True):
            if phase:
                phase_words.lost_table(found, phase, mode)
            else:
                show.caveat("Choose a phase above the map, then click bases: each click closes or opens one.", "mind")


def _map(
    scenario: data.Scenario, found: data.PhasesAnswer, shown: data.PhaseMapAnswer, audience: data.Audience
) -> None:
    request = shown.request
    names = phase_bar.labels(scenario)
    drawn: list[LayerSpec | None] = layers.phase_layers(found, shown, data.today(request, audience))
    show.show_map(
        maps.picture(
            drawn,
            audience=audience,
            day=request.as_of,
            words=MapWords(before="Today", after=f"After {names[shown.phase]}"),
            method="fastest way, on foot off the road; roads as of this day",
            title="Reach today and after a phase",
            selected=draft.looked_at() or None,
            aim=adding.aim_words(),
        ),
        key=_MAP,
        words=frame.map_words(),
    )


def _row(shown: data.PhaseMapAnswer, base_id: str) -> dict[str, Any]:
    """What is told of a base of the map, without what is missing."""
    rows = shown.bases.frame
    chosen = rows.loc[rows["base_id"] == base_id] if len(rows) else rows
    return {str(name): value for name, value in chosen.iloc[0].dropna().items()} if len(chosen) else {}


def _shares(head: DeltaGenerator, request: data.PhasesRequest, audience: data.Audience) -> None:
    """What an audience gets that may not see bases: shares per phase, no name, no day, no place."""
    held = draft.held()
    try:
        found = data.phases(held, request, audience) if held else data.kept_phases(0, request, audience)
    except GeoError as error:
        found = None
        with head:
            show.headline(*phase_words.withheld() if not held else ("Phases cannot be shown", str(error)))
    mode = str(request.modes[0])
    left, right = st.columns([2.1, 1], gap="small")
    with left:
        show.show_map(
            maps.picture([], audience=audience, day=request.as_of, not_drawn=("bases and cells are withheld",)),
            key=_MAP,
            words=frame.map_words(),
        )
    if found is None or found.phases.frame.empty:
        if found is not None:
            with head:
                show.headline(*phase_words.withheld())
        return
    last = int(found.phases.frame["phase"].max())
    with head:
        show.headline(*phase_words.headline(found, last, mode, name=""))
    with right:
        show.numbers(phase_words.numbers(found, last, mode))
        with show.card("phases", fill=True):
            show.label("Within the limit, today and after each phase")
            phase_words.phases_table(found, last)
            show.caveat(f"{phase_words.withheld()[0]}. {phase_words.withheld()[1]}.", "blind")
