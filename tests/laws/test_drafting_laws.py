"""Silent risks here: a second click that does not undo the first; a step that loses what others built; a scenario that
is read back as another than was kept; a refusal that changes something."""

import datetime as dt
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geo.drawdown.drafting import (
    add_phase,
    arranged,
    fates_of,
    force_closing,
    move_phase,
    remove_phase,
    toggle_closing,
    toggle_keeping,
    with_measure,
    without_base,
    without_measure,
)
from geo.drawdown.keeping import rows_to_keep
from geo.drawdown.scenarios import Measure, Phase, Scenario, scenario_of
from geo.errors import RequestError
from geo.model import LonLat
from geo.schema import MEASURES, SCENARIOS
from geo.schema.words import CAPABILITIES

BASES = tuple(f"base-{number}" for number in range(6))
FIRST = dt.date(2027, 1, 1)
days = st.integers(0, 900).map(lambda days: FIRST + dt.timedelta(days=days))
bases = st.sampled_from(BASES)
some = st.lists(st.sampled_from(CAPABILITIES), min_size=1, max_size=3, unique=True).map(tuple)
at = st.builds(LonLat, st.floats(-3, 3).map(lambda x: round(x, 5)), st.floats(-3, 3).map(lambda x: round(x, 5)))
measures = st.one_of(
    st.builds(Measure, kind=st.just("thin"), base_id=bases, leaves=some),
    st.builds(Measure, kind=st.sampled_from(("add_alert", "repair_airstrip")), base_id=bases),
    st.builds(
        Measure,
        kind=st.just("add_base"),
        base_id=st.sampled_from(("new-1", "new-2")),
        name=st.just("Toulé"),
        organisation_type=st.just("ingo"),
        gives=some,
        place=at,
    ),
    st.builds(
        Measure,
        kind=st.just("mobile_team"),
        base_id=st.just("team-1"),
        days_per_month=st.integers(1, 31),
        place=at,
    ),
)


@st.composite
def scenarios(draw: Any) -> Scenario:
    """Scenarios as steps build them: in order, each base closing once at most."""
    begins = sorted(draw(st.sets(days, min_size=1, max_size=4)))
    fate = draw(st.dictionaries(bases, st.integers(-1, len(begins)), max_size=5))
    phases = [
        Phase(
            name=f"phase {number}",
            begins_on=day,
            measures=(
                *draw(st.lists(measures, max_size=3, unique_by=lambda one: (one.kind, one.base_id))),
                *(Measure(kind="close", base_id=base) for base, when in fate.items() if when == number),
            ),
        )
        for number, day in enumerate(begins)
    ]
    forced = tuple((base, draw(days)) for base, when in fate.items() if when == len(begins))
    keep = tuple(base for base, when in fate.items() if when == -1)
    return arranged(Scenario(scenario_id="s", name="toy", phases=tuple(phases), keep=keep, forced=forced))


def refused(step: Any) -> bool:
    try:
        step()
    except RequestError:
        return True
    return False


@given(scenarios(), bases, st.data())
def test_toggling_twice_gives_the_first_scenario_back(scenario: Scenario, base: str, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(scenario.phases)))
    if refused(lambda: toggle_closing(scenario, number, base)):
        closes_here = Measure(kind="close", base_id=base) in scenario.phases[number - 1].measures
        elsewhere = any(one.kind == "close" for _, one in fates_of(scenario, base)) or base in dict(scenario.forced)
        assert not closes_here
        assert elsewhere or base in scenario.keep
        return
    once = toggle_closing(scenario, number, base)
    assert once != scenario
    assert toggle_closing(once, number, base) == scenario


@given(scenarios(), measures, st.data())
def test_a_measure_added_and_taken_out_leaves_no_trace(scenario: Scenario, new: Measure, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(scenario.phases)))
    held = scenario.phases[number - 1].measures
    added = with_measure(scenario, number, new)
    assert new in added.phases[number - 1].measures
    if all((one.kind, one.base_id) != (new.kind, new.base_id) for one in held):
        assert without_measure(added, number, new) == scenario
    assert with_measure(added, number, new) == added


@given(scenarios(), bases)
def test_steps_touch_nothing_but_their_base(scenario: Scenario, base: str) -> None:
    for changed in (
        without_base(scenario, base),
        force_closing(without_base(scenario, base), base, dt.date(2027, 5, 5)),
        toggle_keeping(without_base(scenario, base), base),
    ):
        assert without_base(changed, base) == without_base(scenario, base)


@given(scenarios(), days)
def test_a_phase_added_and_removed_leaves_no_trace(scenario: Scenario, day: dt.date) -> None:
    taken = {phase.begins_on for phase in scenario.phases}
    if day in taken:
        assert refused(lambda: add_phase(scenario, "new", day))
        return
    added = add_phase(scenario, "new", day)
    number = [phase.begins_on for phase in added.phases].index(day) + 1
    assert remove_phase(added, number) == scenario


@given(scenarios(), days, st.data())
def test_a_phase_moves_between_its_neighbours_only(scenario: Scenario, day: dt.date, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(scenario.phases)))
    others = [phase.begins_on for place, phase in enumerate(scenario.phases, start=1) if place != number]
    fits = all(one < day for one in others[: number - 1]) and all(one > day for one in others[number - 1 :])
    assert refused(lambda: move_phase(scenario, number, day)) == (not fits)
    if fits:
        moved = move_phase(scenario, number, day)
        assert move_phase(moved, number, scenario.phases[number - 1].begins_on) == scenario


@given(scenarios())
def test_what_is_kept_is_read_back_as_it_was(scenario: Scenario) -> None:
    if any(not phase.measures for phase in scenario.phases):
        assert refused(lambda: rows_to_keep(scenario, "s"))
        return
    told, rows = rows_to_keep(scenario, "s")
    names = MEASURES.column_names
    blank = pd.DataFrame([{**dict.fromkeys(names, ""), **row} for row in rows], columns=names, dtype=object)
    table = MEASURES.check(blank)
    one = SCENARIOS.check(pd.DataFrame([told], dtype=object))
    assert table.rejects.empty
    assert one.rejects.empty
    assert scenario_of(one.frame.iloc[0].to_dict(), table.frame) == scenario
