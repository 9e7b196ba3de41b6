"""Silent risks here: an incident of the day itself or later leaking in; total mass lost at the kernel's cut;
a district's centroid taken for a place; a road outside the surface read as free of incidents."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.access.exposure import ExposureSurface, exposure_surface, sample_rates
from geo.access.network import Network, build_network
from geo.access.passage import segment_exposure
from geo.access.segments import Passability, assess_passability, ban, road_records
from geo.hexgrid import areas_km2, cells_of_area, cells_of_points, centres
from geo.incidents.precision import place_incidents
from geo.model import Season
from geo.schema import BOUNDARIES, INCIDENTS
from geo.settings import Settings
from tests.toy_roads import constraints_of, roads_of

DAY = dt.date(2020, 6, 1)
CELLS = cells_of_area(shapely.box(-2, -2, 2, 2), resolution=5)
WIDE = cells_of_area(shapely.box(-1, -1, 1, 1), resolution=7)


def incidents_of(*rows: dict) -> pd.DataFrame:
    base = {"source": "toy", "longitude": 0, "latitude": 0, "place_precision": "exact", "country": "TOY"}
    raw = pd.DataFrame(
        [base | {"incident_id": f"i{n}", "date_end": row["date_start"]} | row for n, row in enumerate(rows)]
    )
    checked = INCIDENTS.check(raw)
    assert checked.rejects.empty, checked.rejects
    return checked.frame


def no_areas() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(BOUNDARIES.empty(), geometry=[], crs=4326)


def one_area() -> gpd.GeoDataFrame:
    row = BOUNDARIES.check(pd.DataFrame([{"boundary_id": "T", "name": "Toyland", "level": 0, "country": "TOY"}])).frame
    return gpd.GeoDataFrame(row, geometry=[shapely.box(-1, -1, 1, 1)], crs=4326)


def surface_of(
    settings: Settings,
    incidents: pd.DataFrame,
    *,
    cells: np.ndarray = CELLS,
    areas: gpd.GeoDataFrame | None = None,
    resolution: int = 5,
    **changes: float,
) -> ExposureSurface:
    constants = settings.exposure.model_copy(update=changes)
    placed = place_incidents(
        incidents, no_areas() if areas is None else areas, resolution=resolution, settings=settings.placement
    )
    return exposure_surface(incidents, placed, cells, as_of=DAY, settings=constants)


def test_rate_at_the_incident_is_the_formula(settings: Settings) -> None:
    incidents = incidents_of({"date_start": "2019-06-02"})  # 365 days before
    surface = surface_of(settings, incidents, background_share=0.0)
    constants = settings.exposure
    at = cells_of_points([0.0], [0.0], resolution=5)[0]
    h, cut = constants.bandwidth_km, constants.max_distance_km
    kernel = 1 / (2 * np.pi * h**2) / (1 - np.exp(-(cut**2) / (2 * h**2)))
    decay = np.log(2) / constants.half_life_days * 0.5 ** (365 / constants.half_life_days)
    assert surface.rate[at == CELLS][0] == pytest.approx(kernel * decay)
    assert (surface.incidents, surface.unplaced) == (1, 0)


def test_mass_is_the_decayed_number_of_incidents(settings: Settings) -> None:
    incidents = incidents_of(*({"date_start": "2020-05-31", "longitude": x / 50, "latitude": 0} for x in range(10)))
    per_day = 10 * np.log(2) / settings.exposure.half_life_days * 0.5 ** (1 / settings.exposure.half_life_days)
    for background_share in (0.0, 0.05, 1.0):
        surface = surface_of(settings, incidents, cells=WIDE, resolution=7, background_share=background_share)
        assert (surface.rate * areas_km2(WIDE)).sum() == pytest.approx(per_day, rel=0.01)


def test_incident_of_the_day_itself_does_not_count(settings: Settings) -> None:
    incidents = incidents_of(
        {"date_start": "2020-06-01"},
        {"date_start": "2020-05-01", "date_end": "2020-06-01"},  # began before, not ended
        {"date_start": "2021-01-01"},
    )
    surface = surface_of(settings, incidents)
    assert surface.incidents == 0
    assert (surface.rate == 0).all()
    yesterday = surface_of(settings, incidents_of({"date_start": "2020-05-31"}))
    assert yesterday.incidents == 1
    assert yesterday.rate.max() > 0


def test_later_incidents_change_nothing(settings: Settings) -> None:
    early = [{"date_start": "2020-05-01", "longitude": 0.3}]
    later = [{"date_start": "2020-06-02", "longitude": -0.5}]
    before, after = (surface_of(settings, incidents_of(*rows)).rate for rows in (early, early + later))
    assert before.tolist() == after.tolist()


def test_weight_halves_with_the_half_life(settings: Settings) -> None:
    half = int(settings.exposure.half_life_days)
    recent, old = (
        surface_of(settings, incidents_of({"date_start": str(DAY - dt.timedelta(days=1 + age))})).rate.max()
        for age in (0, half)
    )
    assert old == pytest.approx(recent / 2)


def test_rate_ends_at_the_cut_but_background_stays(settings: Settings) -> None:
    surface = surface_of(settings, incidents_of({"date_start": "2020-05-01"}))
    lon, lat = centres(CELLS)
    far = np.hypot(lon, lat) * 111 > settings.exposure.max_distance_km + 10
    assert surface.rate[far] == pytest.approx(surface.background)
    assert surface.background > 0


def test_incident_known_to_an_area_only_is_spread_not_placed(settings: Settings) -> None:
    incidents = incidents_of({"date_start": "2020-05-01", "place_precision": "country"})
    spread = surface_of(settings, incidents, areas=one_area(), background_share=0.0)
    point = surface_of(settings, incidents_of({"date_start": "2020-05-01"}), background_share=0.0)
    assert spread.rate.max() < point.rate.max() / 10
    assert spread.incidents == 1
    lost = surface_of(settings, incidents)
    assert (lost.incidents, lost.unplaced) == (0, 1)


def test_no_cells_and_no_incidents(settings: Settings) -> None:
    none = incidents_of({"date_start": "2020-05-01"}).iloc[:0]
    assert (surface_of(settings, none).rate == 0).all()
    empty = surface_of(settings, incidents_of({"date_start": "2020-05-01"}), cells=CELLS[:0])
    assert empty.rate.shape == (0,)
    rates = sample_rates(network_of(settings, {"line": [(0, 0), (0.1, 0)]}), empty)
    assert rates.observed_share.tolist() == [0]


def network_of(settings: Settings, *rows: dict) -> Network:
    return build_network(roads_of(rows), settings=settings.network)


def assess(settings: Settings, network: Network, **changes: object) -> Passability:
    asked = {"season": Season.DRY, "vehicle": "4x4", "as_of": DAY} | changes
    known = road_records(network, asked.pop("constraints", None), settings=settings)
    return assess_passability(network, settings=settings, known=known, **asked)


def flat_surface(rate: float, cells: np.ndarray = CELLS) -> ExposureSurface:
    return ExposureSurface(
        as_of=DAY, cells=cells, rate=np.full(len(cells), rate), background=rate / 10, incidents=1, unplaced=0
    )


def test_exposure_is_rate_by_area_by_days_by_passages(settings: Settings) -> None:
    network = network_of(settings, {"line": [(0, 0), (0.5, 0)], "duration_min": 144})
    exposure = segment_exposure(
        sample_rates(network, flat_surface(0.001)), assess(settings, network), settings=settings.exposure
    )
    constants = settings.exposure
    met = np.pi * constants.encounter_radius_km**2
    assert exposure == pytest.approx(np.full((1, 2), 0.001 * met * 0.1 * constants.passages))


def test_delay_at_a_constraint_is_exposure_too(settings: Settings) -> None:
    network = network_of(settings, {"line": [(0, 0), (0.5, 0)], "duration_min": 100})
    rates = sample_rates(network, flat_surface(0.001))
    post = constraints_of([{"kind": "checkpoint", "longitude": 0.2, "latitude": 0, "delay_min": 100}])
    free, held = (
        segment_exposure(rates, assess(settings, network, constraints=c), settings=settings.exposure)
        for c in (None, post)
    )
    assert held == pytest.approx(2 * free)


def test_rate_is_averaged_along_the_segment(settings: Settings) -> None:
    network = network_of(settings, {"line": [(0, 0), (1, 0)]})
    middle = centres(CELLS)[0] < 0.5
    stepped = ExposureSurface(
        as_of=DAY, cells=CELLS, rate=np.where(middle, 2.0, 4.0), background=0.1, incidents=1, unplaced=0
    )
    rates = sample_rates(network, stepped)
    assert rates.rate.tolist() == pytest.approx([3.0], abs=0.2)
    assert rates.observed_share.tolist() == [1.0]


def test_road_outside_the_surface_has_the_background_and_is_not_observed(settings: Settings) -> None:
    network = network_of(settings, {"line": [(1, 0), (3, 0)]}, {"line": [(10, 10), (10.001, 10)]})
    rates = sample_rates(network, flat_surface(1.0))
    assert rates.observed_share.tolist() == pytest.approx([0.5, 0.0], abs=0.1)
    assert rates.rate.tolist() == pytest.approx([0.55, 0.1], abs=0.1)


def test_closed_segment_has_no_exposure_to_state(settings: Settings) -> None:
    network = network_of(settings, {"line": [(0, 0), (0.5, 0)], "wet_passable": "no"}, {"line": [(0.5, 0), (1, 0)]})
    wet = ban(assess(settings, network, season=Season.WET), network, ("impassable_recorded",))
    exposure = segment_exposure(sample_rates(network, flat_surface(0.001)), wet, settings=settings.exposure)
    assert np.isnan(exposure).tolist() == [[True, True], [False, False]]
