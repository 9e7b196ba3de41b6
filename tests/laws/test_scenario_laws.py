"""Silent risks here: a closure that adds coverage; an addition that removes some; an empty scenario that changes
something; a phase that wins back what nothing was added for; the quick way and the plain one telling different minutes."""

import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo.access.network import build_network
from geo.access.reach import reach
from geo.access.segments import assess_passability
from geo.drawdown.phases import compare_phase
from geo.drawdown.scenarios import Measure, Phase, Scenario
from geo.drawdown.toggling import Minutes, minutes_with, reach_of, serving
from geo.drawdown.unfolding import State, unfold, with_serves
from geo.model import AccessMode, LonLat, ReachRequest, Season
from geo.schema import PARTNERS
from geo.schema.words import CAPABILITIES, THINNINGS
from geo.settings import read_settings
from tests.conftest import ROOT
from tests.toy_roads import bases_of, roads_of, ways_of

DAY = dt.date(2020, 3, 1)
SETTINGS = read_settings(ROOT / "config.toml")
NODES = 8
_draw = np.random.default_rng(11)
AT = _draw.uniform(0, 1.5, (NODES, 2))
PAIRS = [(int(a), int(b)) for a, b in _draw.integers(0, NODES, (11, 2)) if a != b]
NETWORK = build_network(
    roads_of({"line": [AT[a], AT[b]], "duration_min": 30} for a, b in PAIRS), settings=SETTINGS.network
)
WAYS = ways_of(
    NETWORK,
    assess_passability(NETWORK, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=SETTINGS),
    [("strip-0", AT[1, 0], AT[1, 1]), ("strip-1", AT[5, 0], AT[5, 1])],
)
SITES = pd.DataFrame(
    {
        "longitude": np.r_[AT[:, 0], _draw.uniform(0, 1.5, 12)],
        "latitude": np.r_[AT[:, 1], _draw.uniform(0, 1.5, 12)],
        "people": _draw.integers(0, 500, NODES + 12).astype(float),
    }
)
IDS = tuple(f"b{node}" for node in range(NODES))
BASES = bases_of(
    {
        "base_id": name,
        "longitude": AT[node, 0],
        "latitude": AT[node, 1],
        "helipad": "yes" if node % 2 else "no",
        "airstrip": "yes" if node in (1, 4) else "no",
        "alert_hub": "yes" if node % 3 == 0 else "no",
        "hosts_partners": "yes" if node % 3 else "no",
        "escort_slots_per_week": node % 4,
        "escort_speed_kph": 25 + 5 * node,
        "helicopter_range_km": 60 + 10 * node,
        "lodging_places": node,
    }
    for node, name in enumerate(IDS)
)
laws = hypothesis_settings(max_examples=50, deadline=None)
modes = st.sampled_from(list(AccessMode))
limits = st.sampled_from([30.0, 60.0, 90.0, 200.0])
places = st.sampled_from([LonLat(float(x), float(y)) for x, y in AT] + [LonLat(0.3, 0.9)])
closing = st.lists(st.sampled_from(IDS), unique=True, max_size=5).map(
    lambda ids: [Measure(kind="close", base_id=one) for one in ids]
)
words = st.lists(st.sampled_from([*THINNINGS, *CAPABILITIES]), min_size=1, max_size=3).map(tuple)
thinning = st.builds(Measure, kind=st.just("thin"), base_id=st.sampled_from(IDS), leaves=words)
adding = st.one_of(
    st.builds(
        Measure,
        kind=st.just("add_base"),
        base_id=st.just("new-base"),
        organisation_type=st.sampled_from(["ingo", "mission"]),
        place=places,
        gives=st.lists(st.sampled_from(CAPABILITIES), unique=True).map(tuple),
    ),
    st.builds(Measure, kind=st.just("add_alert"), base_id=st.sampled_from([*IDS, "new-alert"]), place=places),
    st.builds(Measure, kind=st.just("repair_airstrip"), base_id=st.sampled_from(IDS)),
    st.builds(
        Measure,
        kind=st.just("mobile_team"),
        base_id=st.just("new-team"),
        place=places,
        days_per_month=st.integers(1, 31),
    ),
)
_known: dict[object, Minutes] = {}


def unfolded(*steps: list[Measure]) -> tuple[State, ...]:
    phases = [
        Phase(name=f"step {number}", begins_on=DAY + dt.timedelta(days=30 * number), measures=tuple(measures))
        for number, measures in enumerate(steps, start=1)
    ]
    scenario = Scenario(name="toy", phases=tuple(phases))
    return unfold(scenario, BASES, PARTNERS.empty(), as_of=DAY, settings=SETTINGS)


def quick(bases: pd.DataFrame, request: ReachRequest, state: State | None = None) -> pd.DataFrame:
    """By rows known from earlier examples, so that many toggles in any order share them."""
    fields = state.airfields if state is not None else ()
    strips = [tuple(row) for row in WAYS.airfields.to_numpy()] + [(str(i), f.lon, f.lat) for i, f in enumerate(fields)]
    ways = ways_of(WAYS.network, WAYS.passability, strips)
    able, key = serving(bases, request), (request.mode, fields)
    _known[key] = minutes_with(_known.get(key), ways, able, SITES, request, settings=SETTINGS)
    found = reach_of(_known[key], able, SITES, request)
    plain = reach(ways, able, SITES, request, settings=SETTINGS)
    np.testing.assert_allclose(found["time_min"], plain["time_min"], rtol=0, atol=1e-9)
    assert found["covered"].tolist() == plain["covered"].tolist()
    assert found["nearest_base"].fillna("").tolist() == plain["nearest_base"].fillna("").tolist()
    return found


def asked(mode: AccessMode, limit_min: float) -> ReachRequest:
    return ReachRequest(limit_min=limit_min, mode=mode, as_of=DAY)


@laws
@given(closing, modes, limits)
def test_closing_never_adds_and_the_quick_way_is_the_plain_one(
    measures: list[Measure], mode: AccessMode, limit_min: float
) -> None:
    request = asked(mode, limit_min)
    before = quick(with_serves(BASES), request)
    (state,) = unfolded(measures)
    found = compare_phase(before, quick(state.bases, request), SITES, limit_min=limit_min)
    assert found.gained.empty
    assert found.gap.before.targets_covered == found.gap.after.targets_covered + len(found.lost)
    # A site with another base within the limit is lost only where that one closes too.
    closed = {measure.base_id for measure in measures}
    assert (found.lost["backup_before"] < max(len(closed), 1)).all()
    assert set(found.weakened["base"]) & closed == set()


@laws
@given(st.lists(thinning, max_size=4), modes, limits)
def test_thinning_never_adds(measures: list[Measure], mode: AccessMode, limit_min: float) -> None:
    request = asked(mode, limit_min)
    (state,) = unfolded(measures)
    found = compare_phase(quick(with_serves(BASES), request), quick(state.bases, request), SITES, limit_min=limit_min)
    assert found.gained.empty
    assert set(state.bases["base_id"]) == set(IDS), "a thinned base is still there"


@laws
@given(closing, adding, modes, limits)
def test_adding_never_removes(measures: list[Measure], added: Measure, mode: AccessMode, limit_min: float) -> None:
    measures = [one for one in measures if one.base_id != added.base_id]
    request = asked(mode, limit_min)
    fewer, more = unfolded(measures, [added])
    without, with_it = quick(fewer.bases, request, fewer), quick(more.bases, request, more)
    assert compare_phase(without, with_it, SITES, limit_min=limit_min).lost.empty
    assert (with_it["time_min"] <= without["time_min"] + 1e-9).all()
    assert more.adds


@laws
@given(modes, limits)
def test_the_empty_scenario_changes_nothing(mode: AccessMode, limit_min: float) -> None:
    assert unfolded() == ()
    (state,) = unfolded([])
    pd.testing.assert_frame_equal(state.bases, with_serves(BASES.sort_values("base_id", ignore_index=True)))
    assert state.changes.empty
    request = asked(mode, limit_min)
    pd.testing.assert_frame_equal(quick(with_serves(BASES), request), quick(state.bases, request))


@laws
@given(closing, st.lists(thinning, max_size=2), closing, modes, limits)
def test_phases_are_monotone_unless_something_is_added(
    first: list[Measure], thinned: list[Measure], last: list[Measure], mode: AccessMode, limit_min: float
) -> None:
    gone = {one.base_id for one in first}
    thinned = [one for one in thinned if one.base_id not in gone]
    last = [one for one in last if one.base_id not in gone]
    request = asked(mode, limit_min)
    states = unfolded(first, thinned, last)
    assert not any(state.adds for state in states)
    found = [quick(with_serves(BASES), request)] + [quick(state.bases, request, state) for state in states]
    for earlier, later in pairwise(found):
        assert (later["time_min"] >= earlier["time_min"] - 1e-9).all()
        assert (later["bases_within"] <= earlier["bases_within"]).all()
