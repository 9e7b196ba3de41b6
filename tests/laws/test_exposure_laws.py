"""Laws of the learnt exposure surface: no future, no order, nothing lost, and an incident never makes its own place
look calmer than places far away."""

import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.access.exposure_features import Ground, History, ground_of
from geo.access.exposure_fit import best_surface, day_number, expected_per_day, features_on, spread
from geo.crs import distance_km
from geo.hexgrid import centres
from geo.schema import PLACES
from geo.settings import ExposureSettings, read_settings
from tests.conftest import ROOT
from tests.unit.test_exposure_learnt import CELLS, DAY, incidents_at, placed

SETTINGS = read_settings(ROOT / "config.toml")
# A past of a few incidents is enough to learn from here, so that the learnt surface is what is tried.
QUICK: ExposureSettings = SETTINGS.exposure.model_copy(
    update={"least_incidents": 1, "training_years": 3.0, "bandwidths_km": (6.0, 20.0, 40.0)}
)
GROUND: Ground = ground_of(CELLS, PLACES.empty(), settings=QUICK)
degrees = st.floats(-1.9, 1.9).map(lambda value: round(value, 3))
rows = st.tuples(st.integers(-900, 60).map(lambda days: str(DAY + dt.timedelta(days=days))), degrees, degrees)
pasts = st.lists(rows, min_size=3, max_size=12)
laws = settings(max_examples=25, deadline=None)


def rate_of(incidents: pd.DataFrame) -> np.ndarray:
    return best_surface(incidents, placed(SETTINGS, incidents), GROUND, as_of=DAY, settings=QUICK).rate


@laws
@given(pasts)
def test_the_future_changes_nothing(told: list[tuple[str, float, float]]) -> None:
    past = [row for row in told if row[0] < str(DAY)]
    assert np.array_equal(rate_of(incidents_at(*told)), rate_of(incidents_at(*past)))


@laws
@given(pasts, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(told: list[tuple[str, float, float]], chance: object) -> None:
    mixed = list(told)
    chance.shuffle(mixed)
    assert np.allclose(rate_of(incidents_at(*told)), rate_of(incidents_at(*mixed)), rtol=1e-3, atol=0)


@laws
@given(pasts)
def test_the_learnt_surface_integrates_to_what_was_expected(told: list[tuple[str, float, float]]) -> None:
    incidents = incidents_at(*told)
    surface = best_surface(incidents, placed(SETTINGS, incidents), GROUND, as_of=DAY, settings=QUICK)
    history = History.of(incidents, placed(SETTINGS, incidents))
    expected = expected_per_day(GROUND, history, day_number(DAY), half_life_days=QUICK.half_life_days)
    found = float((surface.rate * GROUND.area_km2).sum())
    if surface.why.startswith("from"):
        assert np.isclose(found, expected)
    else:
        assert found <= expected * 1.1


@laws
@given(pasts, degrees, degrees, st.lists(st.floats(0, 2), min_size=9, max_size=9))
def test_an_incident_never_calms_its_own_place_against_far_ones(
    told: list[tuple[str, float, float]], lon: float, lat: float, weights: list[float]
) -> None:
    """With the weights learnt, more of the same: each moving weight is at least 0."""
    new = ("2020-06-30", lon, lat)
    own = placed(SETTINGS, incidents_at(new)).cells[0]
    at_lon, at_lat = centres(GROUND.cells)
    here = GROUND.cells == own
    if not here.any():
        return
    far = distance_km(at_lon, at_lat, at_lon[here][0], at_lat[here][0]) > 7 * max(QUICK.bandwidths_km)
    bare = Ground(cells=GROUND.cells, area_km2=GROUND.area_km2, still=np.zeros((len(GROUND.cells), 0)))
    share = []
    for known in (told, [*told, new]):
        incidents = incidents_at(*known)
        history = History.of(incidents, placed(SETTINGS, incidents))
        features = features_on(bare, history, [day_number(DAY)], settings=QUICK)[0]
        share.append(spread(bare, features, np.array(weights)))
    before, after = (each[here][0] / each[far] for each in share)
    assert (after >= before * (1 - 1e-6)).all()
