"""Silent risks here: an incident counted twice, or lost, by a merge; an undone merge that leaves a trace; an answer
that depends on who imported or decided first; deaths or victims of several sources added up."""

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.answers.hexbin import answer_hexbin
from geo.answers.world import World
from geo.incidents.merges import groups_of, merge_id, merged
from geo.model import Audience, HexbinRequest
from geo.schema import INCIDENTS, MERGES, PLACE_PRECISION, VERIFICATION, VIOLATIONS
from geo.settings import read_settings
from tests.conftest import ROOT
from tests.toy_country import COUNTRY_TABLES, event, table_top
from tests.toy_readings import reading_of

SETTINGS = read_settings(ROOT / "config.toml")
IDS = [f"{source}:{number}" for source in "abc" for number in range(3)]
VICTIMS = ["victims_girls", "victims_boys", "victims_unknown"]


def _row(rng: np.random.Generator, number: int) -> dict[str, Any]:
    """One report, as complete or as empty as reports are; deaths in order where more than one figure is given."""

    def maybe(value: Any) -> Any:
        return None if rng.random() < 0.3 else value

    deaths = sorted(rng.integers(0, 20, 3).tolist())
    told = [(0, 1, 2), (1,), (0, 1), (1, 2), ()][rng.integers(5)]
    columns = ("fatalities_low", "fatalities_best", "fatalities_high")
    day = int(rng.integers(1, 20))
    return event(
        number,
        f"2020-01-{day:02}",
        PLACE_PRECISION[rng.integers(4)],
        date_end=f"2020-01-{day + rng.integers(9):02}",
        date_precision=maybe(int(rng.integers(1, 5))),
        longitude=(0.5, 1.5)[rng.integers(2)],
        admin1=maybe(("West", "East")[rng.integers(2)]),
        violation=maybe(VIOLATIONS[rng.integers(3)]),
        verification=maybe(VERIFICATION[rng.integers(5)]),
        sources_count=maybe(int(rng.integers(9))),
        **{column: maybe(int(rng.integers(9))) for column in VICTIMS},
        **{columns[k]: deaths[k] for k in told},
    )


# Checked once: a contract's check takes longer than a hundred merges.
_RNG = np.random.default_rng(5)
POOL = reading_of("incidents", [_row(_RNG, n) for n in range(300)]).frame.reset_index(drop=True)


def named(picks: list[int], names: list[str]) -> pd.DataFrame:
    """Reports of the pool under other ids."""
    ids = pd.array(names, dtype="string")
    sources = pd.array([name[0] for name in names], dtype="string")
    return POOL.iloc[picks].assign(incident_id=ids, source=sources).reset_index(drop=True)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    names = draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1))
    picks = draw(st.lists(st.integers(0, len(POOL) - 1), min_size=len(names), max_size=len(names)))
    return named(picks, names)


DECISIONS = st.lists(
    st.tuples(
        st.sampled_from(["same", "same", "same", "not_same", "withdrawn"]),
        st.lists(st.sampled_from(IDS), min_size=2, max_size=3, unique=True),
    ),
    max_size=6,
    unique_by=lambda one: merge_id(one[1]),
)


def decided(decisions: list[tuple[str, list[str]]]) -> pd.DataFrame:
    found = [(merge_id(members), ";".join(members), decision) for decision, members in decisions]
    return pd.DataFrame(found, columns=["merge_id", "members", "decision"], dtype="string")


def by_id(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values("incident_id", ignore_index=True)


@settings(max_examples=40)
@given(reports=tables(), decisions=DECISIONS)
def test_a_merge_takes_away_members_less_one_and_undoing_restores_every_row(
    reports: pd.DataFrame, decisions: list[tuple[str, list[str]]]
) -> None:
    before = reports.copy(deep=True)
    merges = decided(decisions)
    groups = pd.Series(groups_of(merges), dtype="float64").reindex(reports["incident_id"]).dropna()
    found = merged(reports, merges)
    assert len(found) == len(reports) - (len(groups) - groups.nunique())
    assert set(found["incident_id"]) <= set(reports["incident_id"])
    assert found.dtypes.equals(reports.dtypes)
    pd.testing.assert_frame_equal(reports, before)
    undone = merged(reports, merges.assign(decision=pd.array(["withdrawn"] * len(merges), dtype="string")))
    pd.testing.assert_frame_equal(undone, before)
    alone = ~reports["incident_id"].isin(groups.index)
    pd.testing.assert_frame_equal(
        by_id(found[found["incident_id"].isin(reports.loc[alone, "incident_id"])]), by_id(reports[alone])
    )


@settings(max_examples=40)
@given(reports=tables(), decisions=DECISIONS, random=st.randoms(use_true_random=False))
def test_neither_the_order_of_imports_nor_of_decisions_matters(
    reports: pd.DataFrame, decisions: list[tuple[str, list[str]]], random: Any
) -> None:
    order, turns = list(range(len(reports))), [(kind, list(members)) for kind, members in decisions]
    random.shuffle(order)
    random.shuffle(turns)
    for _, members in turns:
        random.shuffle(members)
    shuffled = reports.iloc[order].reset_index(drop=True)
    pd.testing.assert_frame_equal(by_id(merged(reports, decided(decisions))), by_id(merged(shuffled, decided(turns))))


@settings(max_examples=40)
@given(reports=tables(), decisions=DECISIONS)
def test_deaths_and_victims_are_never_added(reports: pd.DataFrame, decisions: list[tuple[str, list[str]]]) -> None:
    groups = groups_of(decided(decisions))
    for row in merged(reports, decided(decisions)).to_dict("records"):
        group = groups.get(row["incident_id"])
        own = [name for name, number in groups.items() if number == group] if group is not None else []
        members = reports[reports["incident_id"].isin([row["incident_id"], *own])]
        best = members["fatalities_best"]
        tops, bottoms = members["fatalities_high"].fillna(best), members["fatalities_low"].fillna(best)
        figures = [row[f"fatalities_{kind}"] for kind in ("low", "best", "high")]
        for figure in figures:
            if not pd.isna(figure):
                highest = max(members[[f"fatalities_{k}" for k in ("low", "best", "high")]].max().dropna())
                assert figure <= highest
        if len(members) > 1 and tops.notna().any():
            assert figures[2] == tops.max()
        if len(members) > 1 and bottoms.notna().any():
            assert figures[0] == bottoms.min()
        assert pd.isna(figures[1]) == best.isna().all()
        known = [figure for figure in figures if not pd.isna(figure)]
        assert known == sorted(known)
        triple = [row[column] for column in VICTIMS]
        whole = members[VICTIMS].astype(object).where(members[VICTIMS].notna(), None).to_numpy().tolist()
        assert [None if pd.isna(one) else one for one in triple] in whole  # one member's own, never a mixture


@settings(max_examples=8)
@given(
    picks=st.lists(st.integers(0, len(POOL) - 1), max_size=4),
    twins=st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_every_total_of_the_cells_counts_a_merged_event_once(picks: list[int], twins: list[bool]) -> None:
    again = [n for n in range(len(picks)) if twins[n]]
    one = named(picks, [f"a:{n}" for n in range(len(picks))])
    both = pd.concat([one, named([picks[n] for n in again], [f"b:{n}" for n in again])], ignore_index=True)
    answers = [
        answer_hexbin(_world(reports, again), HexbinRequest(resolution=4), audience=Audience.CASE_TEAM)
        for reports in (one, both)
    ]
    for table in ("cells", "area_only", "months", "totals"):
        left, right = (getattr(answer, table).frame for answer in answers)
        common = [name for name in ("cell", "area", "month", "incidents", "fatalities_best") if name in left]
        pd.testing.assert_frame_equal(left[common], right[common])


def _world(reports: pd.DataFrame, again: list[int]) -> World:
    """The toy country with these reports, and each second report merged with its first."""
    world = table_top(SETTINGS, {**COUNTRY_TABLES, "incidents": []})
    world.__dict__["reports"] = reports
    world.__dict__["merges"] = decided([("same", [f"a:{n}", f"b:{n}"]) for n in again])
    return world


def test_the_contracts_stay_what_the_rules_above_know() -> None:
    """A new column of incidents stays with the member in front; whoever adds one decides whether that is right."""
    assert len(INCIDENTS.columns) == 29
    assert MERGES.key == "merge_id"
