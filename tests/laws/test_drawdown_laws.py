"""Silent risks here: a closure that adds coverage; a lost site that was never covered; sums that do not close."""

import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo.access.network import build_network
from geo.access.segments import assess_passability
from geo.drawdown.gaps import Gap, find_gaps
from geo.model import AccessMode, GapsRequest, Season
from geo.settings import read_settings
from tests.conftest import ROOT
from tests.toy_roads import bases_of, roads_of, ways_of

DAY = dt.date(2020, 3, 1)
SETTINGS = read_settings(ROOT / "config.toml")
NODES = 8
_draw = np.random.default_rng(7)
AT = _draw.uniform(0, 1.5, (NODES, 2))
PAIRS = [(int(a), int(b)) for a, b in _draw.integers(0, NODES, (11, 2)) if a != b]
NETWORK = build_network(
    roads_of({"line": [AT[a], AT[b]], "duration_min": 30} for a, b in PAIRS), settings=SETTINGS.network
)
PASSABILITY = assess_passability(NETWORK, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=SETTINGS)
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
        "alert_hub": "yes" if node % 3 == 0 else "no",
        "hosts_partners": "yes" if node % 3 else "no",
        "escort_slots_per_week": node % 4,
    }
    for node, name in enumerate(IDS)
)
laws = hypothesis_settings(max_examples=60, deadline=None)
closures = st.sets(st.sampled_from(IDS), min_size=1)
modes = st.sampled_from(list(AccessMode))
limits = st.sampled_from([30.0, 60.0, 90.0, 200.0])


def close(ids: set[str], mode: AccessMode, limit_min: float) -> Gap:
    request = GapsRequest(close=tuple(sorted(ids)), limit_min=limit_min, mode=mode, as_of=DAY)
    return find_gaps(ways_of(NETWORK, PASSABILITY), BASES, SITES, request, settings=SETTINGS)


@laws
@given(closures, modes, limits)
def test_closing_bases_never_adds_coverage(ids: set[str], mode: AccessMode, limit_min: float) -> None:
    gap = close(ids, mode, limit_min)
    assert gap.before.targets_covered == gap.after.targets_covered + len(gap.lost)
    assert gap.before.people_covered == gap.after.people_covered + gap.people_lost
    assert (gap.lost["before_min"] <= limit_min).all()
    assert (gap.lost["after_min"] > limit_min).all()
    assert set(gap.lost["before_base"]) <= ids
    assert not set(gap.lost["next_base"].dropna()) & ids


@laws
@given(closures, closures, modes, limits)
def test_closing_more_loses_no_less(some: set[str], others: set[str], mode: AccessMode, limit_min: float) -> None:
    assume(not others <= some)
    fewer, more = close(some, mode, limit_min), close(some | others, mode, limit_min)
    assert set(fewer.lost.index) <= set(more.lost.index)
    assert fewer.people_lost <= more.people_lost
