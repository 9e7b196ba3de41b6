"""The scenario on the table: kept for the session, across views, pages and reruns."""

import datetime as dt
from collections.abc import Callable

import streamlit as st

from geo.errors import GeoError
from pages._shared import data, frame
from pages._shared.widgets import dates_in_words

Step = Callable[[data.Scenario], data.Scenario]
_DRAFT, _REFUSED, _EARLIER, _KEPT = "drawdown_draft", "drawdown_refused", "drawdown_earlier", "drawdown_kept"
_PHASE, _BASE, _ASKED, _AIM = "drawdown_phase", "drawdown_base", "drawdown_asked", "drawdown_aim"
_MOST_EARLIER = 50
_FIRST_PHASE_DAYS = 90  # a phase nobody has dated yet begins so long after the day, or after the phase before it


def current() -> data.Scenario | None:
    """Return the scenario on the table.

    At first that is the kept one changed last; ``None`` where there is none, or the audience may not see it.
    """
    audience = frame.audience()
    if not audience.may_see(data.settings().disclosure["scenario_records"]["scenario_id"]):
        return None
    if held() is None and len(kept := data.scenarios(audience).scenarios.frame):
        open_kept(str(kept["scenario_id"].iloc[0]))
    return held()


def held() -> data.Scenario | None:
    """Return what is on the table in this session, without looking for a kept one."""
    found = st.session_state.get(_DRAFT)
    return found if isinstance(found, data.Scenario) else None


def set_current(scenario: data.Scenario) -> None:
    """Put another scenario, or the next state of the same, on the table."""
    before, seen = held(), phase()
    after = data.drafting.arranged(scenario)
    if before is not None and before != after:
        st.session_state[_EARLIER] = (*earlier(), before)[-_MOST_EARLIER:]
    st.session_state[_DRAFT] = after
    _keep_looking(before, seen)


def _keep_looking(before: data.Scenario | None, seen: int) -> None:
    """Look at the phase that was looked at: its number moves when a forced closure comes or goes before it."""
    table = held()
    if before is None or table is None or before.scenario_id != table.scenario_id or not seen:
        return
    was, now = before.dated()[seen - 1], table.dated()
    if was in before.phases and len(before.phases) == len(table.phases):
        choose_phase(dated_number(before.phases.index(was) + 1))
    elif was.begins_on in (days := [one.begins_on for one in now]):
        choose_phase(days.index(was.begins_on) + 1)


def open_kept(scenario_id: str, *, version: int | None = None) -> None:
    """Put a kept scenario on the table, or an earlier version of it: saved, that becomes the newest.

    Raises
    ------
    GeoError
        When it is not kept, or the audience may not see it.
    """
    newest = data.scenario_version(scenario_id, frame.audience())
    _note(newest, data.scenario(scenario_id, frame.audience()))
    set_current(data.scenario(scenario_id, frame.audience(), at_version=version))
    look_at("")


def begin(name: str, day: dt.date) -> None:
    """Put an empty scenario with one phase on the table."""
    first = data.Phase(name="Phase 1", begins_on=day + dt.timedelta(days=_FIRST_PHASE_DAYS))
    set_current(data.Scenario(name=name, phases=(first,)))
    look_at("")
    choose_phase(1)


def saved(scenario: data.Scenario, version: int) -> None:
    """Note that a scenario, with its id, is kept as this version, and put it on the table."""
    _note(version, scenario)
    st.session_state[_DRAFT] = data.drafting.arranged(scenario)


def _note(version: int, scenario: data.Scenario) -> None:
    known = st.session_state.get(_KEPT, {})
    st.session_state[_KEPT] = {**known, scenario.scenario_id: (version, data.drafting.arranged(scenario))}


def _noted() -> tuple[int, data.Scenario | None]:
    """Newest version of the scenario on the table when it was opened, and what it said; 0 where it was never kept."""
    table = held()
    known: tuple[int, data.Scenario | None] = st.session_state.get(_KEPT, {}).get(
        table.scenario_id if table else "", (0, None)
    )
    return known


def version_opened() -> int:
    """Newest version of the scenario on the table when it was opened; 0 where it was never kept."""
    return _noted()[0]


def is_changed() -> bool:
    """Whether the scenario on the table differs from what was kept when it was opened."""
    return _noted()[1] != held()


def earlier() -> tuple[data.Scenario, ...]:
    """States of the table before this one, the newest last."""
    return tuple(st.session_state.get(_EARLIER, ()))


def go_back() -> None:
    """Undo the last change."""
    states = earlier()
    if states:
        before, seen = held(), phase()
        st.session_state[_EARLIER], st.session_state[_DRAFT] = states[:-1], states[-1]
        st.session_state.pop(_REFUSED, None)
        _keep_looking(before, seen)


def asks(request: data.PhasesRequest) -> None:
    """Note what is asked of the scenario: a step is held against it."""
    st.session_state[_ASKED] = request


def asked() -> data.PhasesRequest | None:
    """What was last asked of the scenario."""
    found = st.session_state.get(_ASKED)
    return found if isinstance(found, data.PhasesRequest) else None


def change(step: Step) -> bool:
    """Take a step of ``data.drafting``; where it is refused nothing changes, and the sentence is kept.

    A step that leads to a scenario which does not fit the bases of the day is refused too, unless it did not before.
    """
    before = current()
    if before is None:
        return False
    try:
        after = step(before)
        if (problem := _misfit(after)) is not None and _misfit(before) is None:
            raise problem
    except GeoError as error:
        refuse(str(error))
        return False
    st.session_state.pop(_REFUSED, None)
    set_current(after)
    return True


def _misfit(scenario: data.Scenario) -> GeoError | None:
    """Why a scenario does not fit the bases of the day asked; ``None`` where it does."""
    request = asked()
    if request is None:
        return None
    try:
        data.phases(scenario, request, frame.audience())
    except GeoError as error:
        return error
    return None


def refuse(sentence: str) -> None:
    """Keep a sentence of refusal to be told; bases in it by name."""
    for base_id, name in data.choices(frame.as_of(), frame.audience()).bases.items():
        sentence = sentence.replace(f"base {base_id!r}", name).replace(repr(base_id), name)
    st.session_state[_REFUSED] = dates_in_words(sentence[:1].upper() + sentence[1:])


def refused() -> str:
    """Why the last step was refused; empty where it was not. It stands until the next step."""
    return str(st.session_state.get(_REFUSED, ""))


def phase() -> int:
    """Number of the phase looked at, forced closures counted; 0 = today."""
    table = held()
    most = len(table.dated()) if table else 0
    return min(int(st.session_state.get(_PHASE, 1)), most)


def choose_phase(number: int) -> None:
    """Look at a phase."""
    st.session_state[_PHASE] = number


def look_at_day(day: dt.date) -> None:
    """Look at the phase that begins on a day; nothing happens where none does."""
    table = held()
    days = [one.begins_on for one in table.dated()] if table else []
    if day in days:
        choose_phase(days.index(day) + 1)


def planned_number(number: int) -> int:
    """Place among the planned phases of a phase counted with forced closures; 0 where others force it."""
    table = held()
    dated = table.dated() if table else ()
    if table is None or not 1 <= number <= len(dated) or dated[number - 1] not in table.phases:
        return 0
    return table.phases.index(dated[number - 1]) + 1


def dated_number(planned: int) -> int:
    """The other way round."""
    table = held()
    return table.dated().index(table.phases[planned - 1]) + 1 if table else 0


def looked_at() -> str:
    """Base whose panel is shown; empty where none is."""
    return str(st.session_state.get(_BASE, ""))


def look_at(base_id: str) -> None:
    """Show the panel of a base; of none where it is empty."""
    st.session_state[_BASE] = base_id


def aim(measure: data.Measure | None = None) -> None:
    """Wait for a click on the map that says where something new comes; for none where it is left out."""
    st.session_state[_AIM] = measure


def aimed() -> data.Measure | None:
    """What waits for its place on the map."""
    held = st.session_state.get(_AIM)
    return held if isinstance(held, data.Measure) else None


def new_id() -> str:
    """Id for something new that no measure of the scenario has yet."""
    table = held()
    taken = {one.base_id for phase in table.phases for one in phase.measures} if table else set()
    return next(name for number in range(1, len(taken) + 2) if (name := f"new-{number}") not in taken)
