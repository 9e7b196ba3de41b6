"""Laws of MRM counting and of the observation layer, whatever the reports: sexes sum to the total, the child view never
exceeds the violation view, the order of rows does not matter; states partition the land, closing a base opens no eye,
and lost eyes never read as a fall."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.answers.mrm import answer_mrm
from geo.answers.observation import answer_observation, eyes_between
from geo.incidents.mrm import SEXES, STATUSES, TIMINGS, MrmCounts, count_mrm
from geo.incidents.observation import STATES, judge
from geo.model import Audience, MrmRequest, ObservationRequest, Window
from geo.schema import VERIFICATION, VIOLATION_BASIS, VIOLATIONS
from geo.settings import read_settings
from tests.toy_country import BASES, COUNTRY_TABLES, event, table_top
from tests.toy_readings import base, reading_of

SETTINGS = read_settings(Path(__file__).resolve().parents[2] / "config.toml")
REDACTED = [a for a in Audience if SETTINGS.audiences[a].small_count > 1]
laws = settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
few = settings(laws, max_examples=4)
numbers = st.sampled_from([None, 0, 1, 1, 2, 5])


@st.composite
def violations(draw: st.DrawFn, *, most: int = 10) -> list[dict[str, Any]]:
    """Rows of a few children with few codes, so that they meet: some contradict each other, some say nothing."""
    return [
        event(
            n,
            f"2020-0{draw(st.integers(1, 6))}-15",
            "exact",
            violation=draw(st.sampled_from(VIOLATIONS[:6])),
            violation_basis=draw(st.sampled_from([None, *VIOLATION_BASIS])),
            case_code=draw(st.sampled_from([None, "", "A", "B", "C"])),
            source=draw(st.sampled_from(["primero", "kobo"])),
            victims_girls=draw(numbers),
            victims_boys=draw(numbers),
            victims_unknown=draw(numbers),
            verification=draw(st.sampled_from([None, *VERIFICATION])),
            verified_on=draw(st.sampled_from([None, "2020-03-31", "2020-04-01", "2020-11-01"])),
        )
        for n in range(draw(st.integers(0, most)))
    ]


def table_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return reading_of("incidents", rows).frame


def counts_of(incidents: pd.DataFrame) -> list[MrmCounts]:
    return list(count_mrm(incidents, settings=SETTINGS.mrm).values())


def whole(frame: pd.DataFrame, names: tuple[str, ...]) -> np.ndarray:
    return frame[list(names)].sum(axis=1).to_numpy()


@laws
@given(violations())
def test_parts_add_up_and_the_child_view_never_exceeds_the_violation_view(rows: list[dict[str, Any]]) -> None:
    both = counts_of(table_of(rows))
    assert sum(int(counts.violations["incidents"].sum()) for counts in both) == len(rows)  # recorded or suggested, once
    for counts in both:
        table = counts.violations
        assert (table[["victims", *SEXES]] >= 0).all(axis=None)
        assert np.array_equal(whole(table, SEXES), table["victims"])
        assert np.array_equal(whole(table, STATUSES), table["counted"])
        assert np.array_equal(whole(table, TIMINGS), table["verified"])
        by_victims = table.loc[table["counted_by"] == "victims"]
        assert np.array_equal(whole(by_victims, tuple(f"verified_{sex}" for sex in SEXES)), by_victims["verified"])
        assert np.array_equal(whole(counts.children, SEXES), counts.children["children"])
        (child,) = counts.children.to_dict("records")
        assert child["children"] <= by_victims["counted"].sum()
        assert (by_victims["counted"] <= child["children"]).all()
        assert child["several_violations"] <= child["children"]
        assert child["uncoded_children"] <= child["children"]


@few
@given(violations(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[dict[str, Any]], shuffle: Any) -> None:
    incidents = table_of(rows)
    order = list(range(len(rows)))
    shuffle.shuffle(order)
    for one, other in zip(counts_of(incidents), counts_of(incidents.iloc[order]), strict=True):
        pd.testing.assert_frame_equal(one.violations, other.violations)
        pd.testing.assert_frame_equal(one.children, other.children)


@few
@given(
    st.lists(st.tuples(st.sampled_from(VIOLATIONS), st.sampled_from([1, 2, 4, 5, 9, 10, 11, 30])), max_size=7),
    st.sampled_from(REDACTED),
)
def test_no_subtraction_tells_a_small_number_of_children(piles: list[tuple[str, int]], audience: Audience) -> None:
    """What is missing between all children and the violations shown is at least k, of at least two violations."""
    k = SETTINGS.audiences[audience].small_count
    rows = [
        event(n, "2020-02-10", "exact", violation=what, victims_unknown=size)
        for n, (what, size) in enumerate(piles)
        if what in SETTINGS.mrm.victims
    ]
    world = table_top(SETTINGS, {**COUNTRY_TABLES, "incidents": rows or COUNTRY_TABLES["incidents"]})
    request = MrmRequest(window=Window(dt.date(2020, 1, 1), dt.date(2020, 3, 31)))
    tables = answer_mrm(world, request, audience=audience).recorded
    assert (tables.by_victims.frame["counted"] >= k).all()
    if len(tables.children.frame):
        left = tables.children.frame["children"].iloc[0] - tables.by_victims.frame["counted"].sum()
        hidden = tables.by_victims.statement.rows_withheld or 0
        assert left == 0 if hidden == 0 else (left >= k and hidden >= 2)


# Observation

places = st.tuples(st.floats(0.05, 1.95), st.floats(0.05, 0.95))


@st.composite
def watchers(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Bases, partners at them, presence reports and incidents of a year, anywhere in the country."""
    bases = [
        base(
            f"b{n}",
            longitude=lon,
            latitude=lat,
            country="XTO",
            alert_hub=draw(st.sampled_from(["yes", "no"])),
            valid_to=draw(st.sampled_from([None, "2020-02-15", "2020-05-31"])),
        )
        for n, (lon, lat) in enumerate(draw(st.lists(places, min_size=1, max_size=3)))
    ]
    partners = [
        {
            "partner_id": f"p{n}",
            "name": f"Partner {n}",
            "organisation_type": draw(st.sampled_from(["national_ngo", "ingo"])),
            "base_id": draw(st.sampled_from([None, *(row["base_id"] for row in bases)])),
        }
        for n in range(draw(st.integers(0, 2)))
    ]
    seen = [
        {
            "presence_id": f"s{n}",
            "actor_id": "a",
            "observed_on": "2020-05-20",
            "longitude": lon,
            "latitude": lat,
            "place_precision": "exact",
            "source_type": draw(st.sampled_from(["patrol", "media"])),
        }
        for n, (lon, lat) in enumerate(draw(st.lists(places, max_size=2)))
    ]
    events = [
        event(n, f"2020-0{draw(st.integers(5, 6))}-10", "exact", longitude=lon, latitude=lat)
        for n, (lon, lat) in enumerate(draw(st.lists(places, min_size=1, max_size=5)))
    ]
    return {**COUNTRY_TABLES, "bases": bases, "partners": partners, "presence": seen, "incidents": events}


def states(tables: dict[str, list[dict[str, Any]]]) -> pd.Series:
    world = table_top(SETTINGS, tables)
    window = Window(dt.date(2020, 6, 1), dt.date(2020, 6, 30))
    found = answer_observation(world, ObservationRequest(resolution=5, window=window), audience=Audience.CASE_TEAM)
    assert np.array_equal(found.states.frame["cell"], world.territory(5))  # each cell of the land, once
    return found.states.frame.set_index("cell")["state"]


@few
@given(watchers())
def test_states_partition_the_land_and_closing_a_base_opens_no_eye(tables: dict[str, list[dict[str, Any]]]) -> None:
    before = states(tables)
    assert set(before) <= set(STATES)
    first, *others = tables["bases"]
    after = states({**tables, "bases": [{**first, "valid_to": "2020-01-31"}, *others]})
    assert (after[before == "no_eyes"] == "no_eyes").all()
    assert ((after == "active") == (before == "active")).all()


@few
@given(watchers(), st.integers(0, 60))
def test_what_is_kept_was_seen_before_and_a_longer_now_keeps_no_more(
    tables: dict[str, list[dict[str, Any]]], days: int
) -> None:
    world = table_top(SETTINGS, tables)
    cells = world.territory(5)
    before = Window(dt.date(2020, 1, 1), dt.date(2020, 2, 29))
    start, end = dt.date(2020, 3, 1), dt.date(2020, 4, 20)
    seen, kept = eyes_between(world, cells, before=before, now=Window(start, end))
    _, longer = eyes_between(world, cells, before=before, now=Window(start, end + dt.timedelta(days)))
    assert not (kept & ~seen).any()
    assert not (longer & ~kept).any()


shares = st.sampled_from([0.0, 0.005, 0.2, 0.5, 0.995, 1.0])


@settings(laws, max_examples=100)
@given(st.integers(0, 30), st.integers(0, 30), shares, shares)
def test_lost_eyes_never_read_as_a_fall_or_as_calm(now: int, before: int, eyes_now: float, eyes_before: float) -> None:
    (verdict,) = judge([now], [before], [eyes_now], [eyes_before], loss_share=0.01)
    assert (verdict == "rose") == (now > before)
    if verdict in ("fell", "same"):
        assert eyes_now > 0
        assert eyes_before - eyes_now <= 0.01 + 1e-9


def test_the_worlds_tried_do_reach_each_state() -> None:
    """The laws above would hold of a country that is all one colour."""
    report = event(1, "2020-06-10", "exact")
    assert set(states({**COUNTRY_TABLES, "bases": BASES[:1], "incidents": [report]})) == set(STATES)
