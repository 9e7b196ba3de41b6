"""Silent risks here: a flight to a closed strip, onto mud, or beyond the fuel."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from geo.access.air import helicopter_times, usable_airfields
from geo.model import Season
from geo.schema import AIRPORTS, CONSTRAINTS
from geo.settings import Settings
from tests.toy_roads import bases_of, constraints_of

DAY = dt.date(2020, 3, 1)


def airports(*rows: dict[str, object]) -> pd.DataFrame:
    whole = {"name": "x", "kind": "small_airport", "closed": "no", "longitude": 0, "latitude": 0}
    raw = pd.DataFrame([whole | {"airport_id": f"f{n}", "runway_length_m": 1000} | row for n, row in enumerate(rows)])
    checked = AIRPORTS.check(raw)
    assert checked.rejects.empty, checked.rejects
    return checked.frame


def usable(
    settings: Settings,
    *rows: dict[str, object],
    season: Season = Season.DRY,
    constraints: pd.DataFrame | None = None,
) -> list[str]:
    known = CONSTRAINTS.empty() if constraints is None else constraints
    found = usable_airfields(airports(*rows), known, as_of=DAY, season=season, settings=settings)
    return found["airport_id"].tolist()


def test_closed_short_and_unknown_runways_are_not_used(settings: Settings) -> None:
    least = settings.air.runway_least_m
    rows = [{"closed": "yes"}, {"runway_length_m": least}, {"runway_length_m": least - 1}, {"runway_length_m": None}]
    assert usable(settings, *rows) == ["f1"]


@pytest.mark.parametrize(
    ("surface", "wet"),
    [
        ("ASP", True),
        ("asph", True),
        ("GRE", False),
        ("GVL", False),
        ("ASP/GVL", False),
        ("COMPACTED EARTH", False),
        (None, False),
    ],
)
def test_unpaved_runways_rest_in_the_wet_season(settings: Settings, surface: str | None, *, wet: bool) -> None:
    row = {"surface": surface}
    assert usable(settings, row) == ["f0"]
    assert bool(usable(settings, row, season=Season.WET)) == wet
    hardy = settings.model_copy(update={"air": settings.air.model_copy(update={"unpaved_in_wet_season": True})})
    assert usable(hardy, row, season=Season.WET) == ["f0"]


@pytest.mark.parametrize(
    ("more", "closed"),
    [
        ({}, True),
        ({"longitude": 0.04}, True),
        ({"longitude": 0.05}, False),  # 5.6 km away
        ({"valid_to": "2020-02-29"}, False),
        ({"valid_to": "2020-03-01"}, True),
        ({"valid_from": "2020-03-02"}, False),
        ({"reported_on": "2019-01-01"}, False),  # lived its lifetime
        ({"kind": "bridge_out"}, False),
    ],
)
def test_a_strip_reported_closed_that_day_is_not_used(
    settings: Settings, more: dict[str, object], *, closed: bool
) -> None:
    told = constraints_of([{"kind": "airstrip_closed", "longitude": 0, "latitude": 0} | more])
    assert usable(settings, {}, constraints=told) == ([] if closed else ["f0"])


def test_helicopters_need_a_pad_and_take_off_even_for_their_own_base(settings: Settings) -> None:
    bases = bases_of(
        [
            {"base_id": "pad", "longitude": 0, "latitude": 0, "helipad": "yes"},
            {"base_id": "none", "longitude": 0, "latitude": 0, "helipad": "no"},
        ]
    )
    times = helicopter_times(bases, np.array([[0.0, 0.0], [50.0, 0.0]]), settings=settings)
    assert times.tolist() == [[settings.modes.air_setup_min, np.inf], [np.inf, np.inf]]
