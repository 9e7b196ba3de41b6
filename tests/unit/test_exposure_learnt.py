"""Silent risks here: a window of the past that looks past the day asked; a floor of minus infinity where nobody
lives; expected incidents that no longer add up; a surface that keeps quiet about which model spoke; a skill that
scores a surface on what it has seen."""

import datetime as dt
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.optimize import check_grad

from geo.access.exposure import KERNEL, ExposureSurface, rates_on
from geo.access.exposure_features import Ground, History, densities, ground_of, moving_features
from geo.access.exposure_fit import (
    LEARNT,
    Lesson,
    best_surface,
    day_number,
    expected_per_day,
    fit_weights,
    gather,
    past_windows,
    spread,
)
from geo.access.exposure_skill import half_years, score_surfaces, sum_up
from geo.answers.exposure import answer_skill
from geo.answers.world import World
from geo.hexgrid import areas_km2, cells_of_area, cells_of_points, centres, children, on_sphere, parents
from geo.incidents.precision import Placement, place_incidents
from geo.model import Audience
from geo.schema import BOUNDARIES, INCIDENTS, PLACES
from geo.settings import ExposureSettings, Settings, read_settings
from tests.conftest import ROOT

DAY = dt.date(2020, 7, 1)
CELLS = cells_of_area(shapely.box(-2, -2, 2, 2), resolution=5)
TOWN, QUIET = (1.0, 1.0), (-1.2, -1.2)


def incidents_at(*rows: tuple[str, float, float]) -> pd.DataFrame:
    """One exact incident per first day, longitude and latitude."""
    raw = pd.DataFrame(
        {
            "incident_id": [f"i{number}" for number in range(len(rows))],
            "source": "toy",
            "date_start": [day for day, _, _ in rows],
            "date_end": [day for day, _, _ in rows],
            "longitude": [lon for _, lon, _ in rows],
            "latitude": [lat for _, _, lat in rows],
            "place_precision": "exact",
            "country": "TOY",
        }
    )
    checked = INCIDENTS.check(raw)
    assert checked.rejects.empty, checked.rejects
    return checked.frame


def placed(settings: Settings, incidents: pd.DataFrame) -> Placement:
    no_areas = gpd.GeoDataFrame(BOUNDARIES.empty(), geometry=[], crs=4326)
    return place_incidents(incidents, no_areas, resolution=5, settings=settings.placement)


def history_of(settings: Settings, incidents: pd.DataFrame) -> History:
    return History.of(incidents, placed(settings, incidents))


def places_of(*rows: tuple[str, float, float, int]) -> pd.DataFrame:
    raw = pd.DataFrame(
        [
            {"place_id": f"p{n}", "kind": kind, "longitude": lon, "latitude": lat, "population": people}
            for n, (kind, lon, lat, people) in enumerate(rows)
        ]
    )
    return PLACES.check(raw).frame


def weekly_at(lon: float, lat: float, *, weeks: int = 100) -> list[tuple[str, float, float]]:
    """One incident a week at one place, the newest a week before the day."""
    return [(str(DAY - dt.timedelta(days=7 * week)), lon, lat) for week in range(1, weeks + 1)]


def surface_of(settings: Settings, incidents: pd.DataFrame, *, cells: np.ndarray = CELLS, **changes: object):
    constants = settings.exposure.model_copy(update=changes)
    ground = ground_of(cells, PLACES.empty(), settings=constants)
    return best_surface(incidents, placed(settings, incidents), ground, as_of=DAY, settings=constants)


def at(lon: float, lat: float) -> int:
    return int(np.flatnonzero(cells_of_points([lon], [lat], resolution=5)[0] == CELLS)[0])


def test_density_of_one_place_is_the_gaussian() -> None:
    point = on_sphere(*(part[:1] for part in centres(CELLS)))
    found = densities(CELLS[:1], point, np.array([[3.0]]), (10.0, 20.0))[:, 0, 0]
    assert found.tolist() == pytest.approx([3 / (2 * np.pi * 100), 3 / (2 * np.pi * 400)])


def test_moving_feature_is_log_of_density_over_mean_plus_floor(settings: Settings) -> None:
    constants = settings.exposure.model_copy(update={"bandwidths_km": (25.0,), "half_lives_days": (30.0, 60.0)})
    history = history_of(settings, incidents_at(("2020-06-01", *TOWN)))  # 30 days before
    ground = ground_of(CELLS, PLACES.empty(), settings=constants)
    found = moving_features(ground, history, [day_number(DAY), day_number(dt.date(2020, 6, 1))], settings=constants)
    assert found.shape == (2, len(CELLS), 2)
    # The weight cancels against the mean: with one incident age changes nothing.
    over_mean = areas_km2(CELLS).sum() / (2 * np.pi * 25**2)
    own = np.log(over_mean + constants.floor_share)
    assert found[0, at(*TOWN)].tolist() == pytest.approx([own, own])
    assert found[0].min() == pytest.approx(np.log(constants.floor_share), abs=0.01)
    assert (found[1] == 0).all()  # on its own day an incident has not ended before


def test_still_features_are_finite_and_zero_where_nothing_is_known(settings: Settings) -> None:
    empty = ground_of(CELLS, PLACES.empty(), settings=settings.exposure)
    assert (empty.still == 0).all()
    lived = ground_of(CELLS, places_of(("town", *TOWN, 20_000), ("well", *QUIET, 0)), settings=settings.exposure)
    assert np.isfinite(lived.still).all()
    assert (lived.still.argmax(axis=0) == at(*TOWN)).all()
    assert np.average(lived.still, axis=0, weights=lived.area_km2) == pytest.approx(0, abs=1e-9)


def test_windows_end_before_the_day_and_begin_with_the_past(settings: Settings) -> None:
    history = history_of(settings, incidents_at(("2019-01-01", *TOWN), ("2021-01-01", *TOWN)))
    day = day_number(DAY)
    found = past_windows(history, day, horizon_days=90, settings=settings.exposure)
    assert found[0] == day - 90
    assert set(np.diff(found)) == {-settings.exposure.window_step_days}
    assert found[-1] >= day_number(dt.date(2019, 1, 1))
    assert past_windows(history, day_number(dt.date(2018, 1, 1)), horizon_days=90, settings=settings.exposure) == []


def test_what_ends_on_the_day_or_later_is_in_no_lesson(settings: Settings) -> None:
    rows = incidents_at(*weekly_at(*TOWN))
    rows.loc[0, "date_end"] = pd.Timestamp(DAY)  # began in the window, had not ended
    history = history_of(settings, rows)
    ground = ground_of(CELLS, PLACES.empty(), settings=settings.exposure)
    constants = settings.exposure.model_copy(update={"least_incidents": 1, "window_step_days": 90})
    lesson = gather(ground, history, day_number(DAY), horizon_days=90, settings=constants)
    assert lesson is not None
    # Weeks 1 to 12 lie within 90 days; that of week 1 has not ended.
    assert lesson.counts[0].sum() == 11


def test_weights_solve_a_case_done_by_hand() -> None:
    """Two cells of one area, a feature 0 and 1, 30 and 70 incidents: without a ridge the weight is log(7/3)."""
    lesson = Lesson(days=[0], features=np.array([[[0.0], [1.0]]]), counts=np.array([[30.0, 70.0]]), weight=1.0)
    area = np.ones(2)
    assert fit_weights(lesson, area, still=0, ridge=1e-9) == pytest.approx([np.log(7 / 3)], abs=1e-4)
    fewer = Lesson(days=[0], features=lesson.features, counts=lesson.counts[:, ::-1], weight=1.0)
    assert fit_weights(fewer, area, still=1, ridge=1e-9) == pytest.approx([-np.log(7 / 3)], abs=1e-4)
    assert fit_weights(fewer, area, still=0, ridge=1e-9).tolist() == [0.0]  # never below 0
    assert abs(fit_weights(lesson, area, still=0, ridge=50.0)[0]) < np.log(7 / 3) / 2
    ground = Ground(cells=CELLS[:2], area_km2=area, still=np.zeros((2, 0)))
    assert spread(ground, lesson.features[0], np.array([np.log(7 / 3)])).tolist() == pytest.approx([0.3, 0.7])


def test_gradient_is_the_slope_of_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    lesson = Lesson(
        days=[0, 1], features=rng.normal(size=(2, 6, 3)), counts=rng.poisson(2.0, (2, 6)).astype(float), weight=2.0
    )
    asked = {}

    def keep(loss, start, **_: object) -> object:
        asked["loss"] = loss
        return type("Found", (), {"x": start})()

    monkeypatch.setattr("scipy.optimize.minimize", keep)
    fit_weights(lesson, np.arange(1.0, 7.0), still=1, ridge=5.0)
    loss = asked["loss"]
    assert check_grad(lambda b: loss(b)[0], lambda b: loss(b)[1], np.array([0.3, 0.1, 0.7])) < 1e-4


def test_surface_learns_where_incidents_fall(settings: Settings) -> None:
    surface = surface_of(settings, incidents_at(*weekly_at(*TOWN)))
    assert surface.model == LEARNT
    assert surface.rate.argmax() == at(*TOWN)
    assert surface.rate[at(*TOWN)] > 20 * surface.rate[at(*QUIET)]
    assert surface.rate.min() >= surface.background > 0


def test_places_where_people_live_are_learnt(settings: Settings) -> None:
    """Incidents move from town to town, never to the same one twice, so only settlements tell where the next falls."""
    lonlat = [(x / 2, y / 2) for x in range(-3, 4) for y in range(-3, 4)]
    towns = places_of(*(("town", lon, lat, 5_000) for lon, lat in lonlat))
    rows = [(str(DAY - dt.timedelta(days=40 * n + 5)), *lonlat[n % 48]) for n in range(96)]
    incidents = incidents_at(*rows)
    ground = ground_of(CELLS, towns, settings=settings.exposure)
    surface = best_surface(
        incidents,
        placed(settings, incidents),
        ground,
        as_of=DAY,
        settings=settings.exposure.model_copy(update={"least_incidents": 10}),
    )
    never_hit, between = at(*lonlat[48]), at(1.25, 1.25)
    assert surface.rate[never_hit] > 2 * surface.rate[between]


def test_a_short_past_falls_back_on_the_kernel_and_says_so(settings: Settings) -> None:
    surface = surface_of(settings, incidents_at(*weekly_at(*TOWN, weeks=20)))
    assert surface.model == KERNEL
    assert f"fewer than {settings.exposure.least_incidents} incidents" in surface.why
    none = surface_of(settings, incidents_at())
    assert (none.model, none.rate.max()) == (KERNEL, 0)


def test_expected_incidents_add_up(settings: Settings) -> None:
    incidents = incidents_at(*weekly_at(*TOWN), *weekly_at(30.0, 30.0))  # as many abroad
    surface = surface_of(settings, incidents)
    half = settings.exposure.half_life_days
    by_hand = sum(np.log(2) / half * 0.5 ** (7 * week / half) for week in range(1, 101))
    assert (surface.rate * areas_km2(surface.cells)).sum() == pytest.approx(by_hand)
    ground = ground_of(CELLS, PLACES.empty(), settings=settings.exposure)
    history = history_of(settings, incidents)
    assert expected_per_day(ground, history, day_number(DAY), half_life_days=half) == pytest.approx(by_hand)


def test_a_steady_country_expects_what_comes(settings: Settings) -> None:
    """Calibration: one incident a week for 20 years means one a week to come."""
    surface = surface_of(settings, incidents_at(*weekly_at(*TOWN, weeks=1040)))
    assert 7 * (surface.rate * areas_km2(surface.cells)).sum() == pytest.approx(1.0, rel=0.01)


def test_cells_of_another_resolution_take_the_rate_of_the_land_they_share() -> None:
    rate = np.arange(1.0, len(CELLS) + 1)
    surface = ExposureSurface(as_of=DAY, cells=CELLS, rate=rate, background=0.5, incidents=1, unplaced=0)
    assert rates_on(surface, CELLS[::-1]).tolist() == pytest.approx(rate[::-1].tolist())
    fine = children(CELLS[4:5], resolution=6)
    assert rates_on(surface, fine).tolist() == pytest.approx([5.0] * len(fine))
    coarse = parents(CELLS[4:5], resolution=4)
    inside = np.isin(parents(CELLS, resolution=4), coarse)
    mean = np.average(rate[inside], weights=areas_km2(CELLS[inside]))
    assert rates_on(surface, coarse).tolist() == pytest.approx([mean])
    beyond = cells_of_points([2.5], [0.0], resolution=6)  # over the border: the nearest cell
    lon, lat = centres(CELLS)
    assert rates_on(surface, beyond).tolist() == [rate[np.hypot(lon - 2.5, lat).argmin()]]
    nothing = ExposureSurface(as_of=DAY, cells=CELLS[:0], rate=rate[:0], background=0.0, incidents=0, unplaced=0)
    assert rates_on(nothing, CELLS[:2]).tolist() == [0, 0]


def test_half_years_end_within_what_is_known() -> None:
    found = half_years(dt.date(2020, 12, 30), years=2, horizon_days=90)
    assert found == [dt.date(2019, 1, 1), dt.date(2019, 7, 1), dt.date(2020, 1, 1), dt.date(2020, 7, 1)]
    assert half_years(dt.date(2020, 12, 30), years=1, horizon_days=365) == [dt.date(2020, 1, 1)]
    assert half_years(dt.date(2020, 12, 29), years=1, horizon_days=365) == []


def test_scores_are_those_done_by_hand(settings: Settings) -> None:
    ground = Ground(cells=CELLS[:4], area_km2=np.full(4, 10.0), still=np.zeros((4, 0)))
    lon, lat = centres(CELLS[:4])
    history = history_of(
        settings,
        incidents_at(
            ("2020-07-01", lon[0], lat[0]),
            ("2020-07-10", lon[1], lat[1]),
            ("2020-06-30", lon[2], lat[2]),  # a day before
            ("2020-07-11", lon[2], lat[2]),  # a day too late
            ("2020-07-05", 50.0, 50.0),  # abroad
        ),
    )
    expected = np.array([0.5, 0.3, 0.1, 0.1])
    scores = score_surfaces(
        ground, history, [DAY, dt.date(2022, 1, 1)], lambda _: expected, horizon_days=10, area_share=0.375
    )
    assert [score.day for score in scores] == [DAY]  # nothing came after the other
    assert scores[0].incidents == 2
    assert scores[0].nats == pytest.approx(np.log(2) + np.log(1.2))
    assert scores[0].watched == pytest.approx(1.5)  # the first cell and half of the second
    skill = sum_up(scores, horizon_days=10, area_share=0.375)
    assert skill is not None
    assert skill.pai == pytest.approx(0.75 / 0.375)
    assert sum_up([], horizon_days=10, area_share=0.05) is None


def test_skill_of_the_sample_beats_an_even_spread_and_hides_small_counts(sample_world: World) -> None:
    mine = answer_skill(sample_world, audience=Audience.TASK_FORCE).frame
    assert mine["horizon_days"].tolist() == list(sample_world.settings.exposure.skill_horizons_days)
    assert (mine["nats_per_incident"] > 0).all()
    assert (mine["pai"] > 1).all()
    shown = answer_skill(sample_world, audience=Audience.PUBLIC).frame
    assert "incidents" not in shown.columns
    assert json.dumps(shown["pai"].tolist()) == json.dumps(mine["pai"].tolist())  # the same on every run


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ridge", 0),
        ("bandwidths_km", []),
        ("half_lives_days", [60.0, -1.0]),
        ("floor_share", 0),
        ("skill_area_share", 1),
    ],
)
def test_impossible_settings_refuse(key: str, value: object) -> None:
    given = read_settings(ROOT / "config.toml").exposure.model_dump()
    with pytest.raises(ValueError, match=key):
        ExposureSettings.model_validate({**given, key: value})
