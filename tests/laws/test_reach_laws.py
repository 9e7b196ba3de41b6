"""Silent risks here: a base more that makes somebody slower, a longer limit that loses somebody, an isochrone around
what is not reached, results per base that do not add up to the nearest."""

import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo.access.network import build_network
from geo.access.reach import Ways, reach, reach_each
from geo.access.segments import assess_passability
from geo.model import AccessMode, ReachRequest, Season
from geo.settings import read_settings
from tests.conftest import ROOT
from tests.toy_roads import bases_of, roads_of, ways_of

DAY = dt.date(2020, 3, 2)
SETTINGS = read_settings(ROOT / "config.toml")
MODES = list(AccessMode)
laws = hypothesis_settings(max_examples=60, deadline=None)


def world_of(seed: int) -> tuple[Ways, pd.DataFrame, pd.DataFrame]:
    """A few roads, bases with any bundle, airfields, and targets on, off and far from the roads."""
    draw = np.random.default_rng(seed)
    at = draw.uniform(0, 1.5, (7, 2))
    rows = [
        {"line": [at[a], at[b]], "duration_min": draw.uniform(10, 200)}
        for a, b in draw.integers(0, 7, (10, 2))
        if a != b
    ]
    network = build_network(roads_of(rows), settings=SETTINGS.network)
    passability = assess_passability(network, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=SETTINGS)
    flags = ("helipad", "airstrip", "alert_hub", "hosts_partners")
    bases = [
        {"base_id": f"b{n}", "longitude": float(lon), "latitude": float(lat)}
        | {flag: "yes" if draw.random() < 0.6 else "no" for flag in flags}
        | {"escort_slots_per_week": int(draw.integers(0, 3)), "escort_radius_hours": float(draw.integers(1, 9))}
        | {"escort_speed_kph": float(draw.choice([20, 60])), "helicopter_range_km": float(draw.choice([40, 200]))}
        for n, (lon, lat) in enumerate(at[:4])
    ]
    fields = [(f"f{n}", float(lon), float(lat)) for n, (lon, lat) in enumerate(at[:5] + 0.01)]
    lonlat = np.concatenate([at, draw.uniform(-1, 3, (8, 2))])
    targets = pd.DataFrame({"longitude": lonlat[:, 0], "latitude": lonlat[:, 1]})
    return ways_of(network, passability, fields), bases_of(bases), targets


def request(mode: AccessMode, limit_min: float) -> ReachRequest:
    return ReachRequest(limit_min=limit_min, mode=mode, as_of=DAY)


@laws
@given(st.integers(0, 2**32 - 1), st.sampled_from(MODES))
def test_another_base_never_makes_anybody_slower(seed: int, mode: AccessMode) -> None:
    ways, bases, targets = world_of(seed)
    asked = request(mode, 120)
    fewer, more = (reach(ways, there, targets, asked, settings=SETTINGS) for there in (bases.iloc[:-1], bases))
    assert (more["time_min"] <= fewer["time_min"] + 1e-9).all()
    assert (more["covered"] | ~fewer["covered"]).all()


@laws
@given(st.integers(0, 2**32 - 1), st.sampled_from(MODES), st.floats(1, 600), st.floats(0, 600))
def test_a_longer_limit_covers_no_less_and_nothing_unreached(
    seed: int, mode: AccessMode, limit_min: float, more_min: float
) -> None:
    ways, bases, targets = world_of(seed)
    short, long = (
        reach(ways, bases, targets, request(mode, limit), settings=SETTINGS)
        for limit in (limit_min, limit_min + more_min)
    )
    assert (long["covered"] | ~short["covered"]).all()
    assert np.isfinite(long.loc[long["covered"], "time_min"]).all()
    assert long["nearest_base"].notna().equals(pd.Series(np.isfinite(long["time_min"]), index=long.index))


@laws
@given(st.integers(0, 2**32 - 1), st.sampled_from(MODES), st.floats(1, 600))
def test_the_best_of_each_base_is_the_nearest_of_all(seed: int, mode: AccessMode, limit_min: float) -> None:
    ways, bases, targets = world_of(seed)
    nearest = reach(ways, bases, targets, request(mode, limit_min), settings=SETTINGS)
    each = reach_each(ways, bases, targets, request(mode, limit_min), settings=SETTINGS)
    best = each.groupby("target")["time_min"].min().reindex(range(len(targets)))
    covered = nearest["covered"].to_numpy(dtype=bool)
    assert best.notna().to_numpy().tolist() == covered.tolist()
    np.testing.assert_allclose(best[covered], nearest.loc[covered, "time_min"], atol=1e-6)
