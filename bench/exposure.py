"""The exposure surface out of sample beside its rivals, in one process: Central African Republic, UCDP 1989 to 2020.

    python bench/exposure.py [--data FOLDER]      FOLDER holds ucdp, osm_nodes_2019, geonames, roads_africa, natural_earth

A surface is made on each 1 January and 1 July of 2013 to 2020, from incidents that had wholly ended before, and held
against those with a known place (``where_prec`` 1 and 2) that began in the next 90 or 365 days. Cells are H3 of
resolution 5, weighted by their area inside the country. Nats per incident are gained over an even spread after 5 % of
every surface has been spread evenly; PAI is taken at 5 % of the land. The constants of ``config.toml`` were chosen on
surfaces of 2006 to 2012. Intervals: 95 %, 5,000 draws of whole half-years (the surfaces) with replacement.

Rivals: incidents of the last year per cell; Gaussian kernels of 10 km around incidents, halving every year or not at
all; settlements within 10 km; and ridge Poissons on densities of incidents at several bandwidths and three half-lives,
of settlements, and the distance to a road: at four bandwidths of incidents with a known place, at five of all incidents
at the point reported, and the latter once more with reports laid on cells as Piste lays them.
"""

import argparse
import datetime as dt
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import shapely

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.access import exposure_features, exposure_fit  # noqa: E402
from geo.access.exposure_features import Ground, History  # noqa: E402
from geo.access.exposure_skill import OriginScore, half_years, score_surfaces, sum_up  # noqa: E402
from geo.crs import local_equal_area  # noqa: E402
from geo.hexgrid import centres, on_sphere, outlines  # noqa: E402
from geo.incidents.precision import place_incidents  # noqa: E402
from geo.readers.boundaries import read_boundaries  # noqa: E402
from geo.readers.places import read_places  # noqa: E402
from geo.readers.roads import read_roads  # noqa: E402
from geo.readers.ucdp import read_ucdp  # noqa: E402
from geo.settings import read_settings  # noqa: E402

SETTINGS = read_settings(ROOT / "config.toml")
EXPOSURE = SETTINGS.exposure
RESOLUTION = 5
COUNTRY = "CAF"
UNTIL = dt.date(2020, 12, 31)
DRAWS = 5_000
KERNEL_KM = 10.0
POINT_RESOLUTION = 9  # cells of some 200 m stand for points
FOUR_KM, FIVE_KM = (8.0, 16.0, 32.0, 64.0), (6.0, 12.0, 25.0, 50.0, 100.0)
RIDGE = EXPOSURE.model_copy(update={"floor_share": 0.02, "ridge": 10.0})
BEATEN = "ridge Poisson, five bandwidths"
Expect = Callable[[dt.date, int], np.ndarray]


class Stage:
    """The country, its incidents and places."""

    def __init__(self, data: Path) -> None:
        outlined = [
            read_boundaries(data / "natural_earth" / name).frame
            for name in ("ne_adm0_caf_cod_ssd_and_neighbours.gpkg", "ne_adm1_caf_cod_ssd.gpkg")
        ]
        areas = gpd.GeoDataFrame(pd.concat(outlined, ignore_index=True), crs=4326)
        own = ((areas["country"] == COUNTRY) & (areas["level"] == 0)).fillna(value=False).astype(bool)
        country = areas.loc[own].geometry.union_all()
        cells, area_km2 = _cells_inside(country)
        incidents = read_ucdp(data / "ucdp" / "GEDEvent_v23_1_CAF_1989-2020.csv").frame
        placement = place_incidents(incidents, areas, resolution=RESOLUTION, settings=SETTINGS.placement)
        places = [
            read_places(data / "osm_nodes_2019" / "central-african-republic.sqlite.zip", country=COUNTRY).frame,
            read_places(data / "geonames" / "cities500_CF_CD.json").frame,
        ]
        self.history = History.of(incidents, placement)
        finely = {"resolution": POINT_RESOLUTION, "settings": SETTINGS.placement}
        self.known_points = History.of(incidents, place_incidents(incidents, areas.iloc[:0], **finely))
        pointed = incidents.assign(place_precision="exact")
        self.all_points = History.of(incidents, place_incidents(pointed, areas.iloc[:0], **finely))
        self.ground = exposure_features.ground_of(
            cells, pd.concat(places, ignore_index=True), settings=EXPOSURE, area_km2=area_km2
        )
        self.settlements = places[0].loc[places[0]["kind"].isin(["city", "town", "village", "hamlet"])]
        roads = gpd.GeoDataFrame(read_roads(data / "roads_africa" / "africa_network_COD_CAF.geojson").frame, crs=4326)
        roads = roads.loc[~roads["proposed"].fillna(value=False).astype(bool)]
        self.road_km = _distance_km(self.ground.cells, roads.geometry)

    @property
    def even(self) -> np.ndarray:
        return self.ground.area_km2 / self.ground.area_km2.sum()


def _cells_inside(country: shapely.Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Cells that share land with the country, and how much, km²."""
    found = h3.h3shape_to_cells_experimental(h3.geo_to_h3shape(country), RESOLUTION, "overlap")
    cells = np.array(sorted(h3.str_to_int(cell) for cell in found), dtype=np.uint64)
    corners, first = outlines(cells)
    shapes = [shapely.Polygon(part) for part in np.split(corners, first[1:-1])]
    plane = local_equal_area(20.9, 6.6)
    drawn = gpd.GeoSeries(shapes, crs=4326).to_crs(plane)
    area = drawn.intersection(gpd.GeoSeries([country], crs=4326).to_crs(plane)[0]).area.to_numpy() / 1e6
    return cells[area > 1e-6], area[area > 1e-6]


def _distance_km(cells: np.ndarray, lines: gpd.GeoSeries) -> np.ndarray:
    plane = local_equal_area(20.9, 6.6)
    points = gpd.GeoSeries(shapely.points(*centres(cells)), crs=4326).to_crs(plane)
    return points.distance(lines.to_crs(plane).union_all()).to_numpy() / 1000


def rivals(stage: Stage) -> dict[str, Expect]:
    """What each would have expected on a day, share per cell."""
    ground, history = stage.ground, stage.history
    known = history.placement.point >= 0
    near = _kernels(stage)

    def last_year(day: dt.date, _: int) -> np.ndarray:
        number = exposure_fit.day_number(day)
        return history.counts(ground.cells, history.ended_before(number) & (history.end >= number - 365))

    def kernel(half_life_days: float) -> Expect:
        def expect(day: dt.date, _: int) -> np.ndarray:
            number = exposure_fit.day_number(day)
            age = np.maximum(number - history.end, 0)
            return near @ np.where(history.ended_before(number) & known, np.exp2(-age / half_life_days), 0.0)

        return expect

    lived = {width: _settled(stage, width) for width in (6.0, 10.0, 15.0)}
    still = [np.log(lived[width] + 1e-4) for width in lived] + [np.log(stage.road_km + 3)]
    four = _standing(stage, np.column_stack([still[1], still[3]]))
    five = _standing(stage, np.column_stack([still[0], still[2], still[3]]))
    return {
        "incidents of the last year": last_year,
        "kernels, halving every year": kernel(365.0),
        "kernels, all history": kernel(np.inf),
        "settlements": lambda _day, _horizon: lived[10.0] * ground.area_km2,
        "ridge Poisson, four bandwidths": ridge_poisson(stage, four, stage.known_points, FOUR_KM),
        BEATEN: ridge_poisson(stage, five, stage.all_points, FIVE_KM),
        "the same, placed as Piste does": ridge_poisson(stage, five, stage.history, FIVE_KM),
    }


def _settled(stage: Stage, width_km: float) -> np.ndarray:
    lonlat = [stage.settlements[name].to_numpy(dtype=float) for name in ("longitude", "latitude")]
    at = on_sphere(*lonlat)
    return exposure_features.densities(stage.ground.cells, at, np.ones((len(at), 1)), (width_km,))[0, :, 0]


def _standing(stage: Stage, still: np.ndarray) -> Ground:
    """Ground with still features of mean 0 and deviation 1."""
    mean = np.average(still, axis=0, weights=stage.ground.area_km2)
    return Ground(cells=stage.ground.cells, area_km2=stage.ground.area_km2, still=(still - mean) / still.std(axis=0))


def ridge_poisson(stage: Stage, ground: Ground, points: History, bandwidths_km: tuple[float, ...]) -> Expect:
    """Weights of any sign on densities of incidents as ``points`` lays them; it learns from the same windows as Piste."""
    settings = RIDGE.model_copy(update={"bandwidths_km": bandwidths_km})

    @cache
    def expect(day: dt.date, horizon_days: int) -> np.ndarray:
        number = exposure_fit.day_number(day)
        lesson = exposure_fit.gather(ground, stage.history, number, horizon_days=horizon_days, settings=settings)
        if lesson is None:
            return stage.even
        features = exposure_fit.features_on(ground, points, [*lesson.days, number], settings=settings)
        own = replace(lesson, features=features[:-1])
        weights = exposure_fit.fit_weights(own, ground.area_km2, still=features.shape[2], ridge=settings.ridge)
        return exposure_fit.spread(ground, features[-1], weights)

    return expect


def _kernels(stage: Stage) -> np.ndarray:
    """Gaussian of each incident at each cell, by its point's cell; shape (cells, incidents)."""
    placement = stage.history.placement
    points = on_sphere(*centres(placement.cells[placement.point]))
    spread = exposure_features.densities(stage.ground.cells, points, np.eye(len(points)), (KERNEL_KM,))[0]
    return spread * stage.ground.area_km2[:, None]


def learnt(stage: Stage) -> Expect:
    """The learnt surface; an even spread where the past is too short."""

    @cache
    def expect(day: dt.date, horizon_days: int) -> np.ndarray:
        number = exposure_fit.day_number(day)
        found = exposure_fit.learnt_spread(
            stage.ground, stage.history, number, horizon_days=horizon_days, settings=EXPOSURE
        )
        return stage.even if found is None else found

    return expect


def scored(stage: Stage, expect: Expect, *, horizon_days: int) -> list[OriginScore]:
    """Score with 5 % spread evenly."""
    share = EXPOSURE.background_share

    def mixed(day: dt.date) -> np.ndarray:
        mass = expect(day, horizon_days)
        mass = mass / mass.sum() if mass.sum() > 0 else stage.even
        return (1 - share) * mass + share * stage.even

    days = half_years(UNTIL, years=8, horizon_days=horizon_days)
    return score_surfaces(
        stage.ground, stage.history, days, mixed, horizon_days=horizon_days, area_share=EXPOSURE.skill_area_share
    )


def gain_interval(ours: list[OriginScore], theirs: list[OriginScore]) -> tuple[float, float]:
    """95 % interval of the gain in nats per incident, from draws of whole half-years."""
    gain = np.array([a.nats - b.nats for a, b in zip(ours, theirs, strict=True)])
    size = np.array([a.incidents for a in ours])
    drawn = np.random.default_rng(7).integers(0, len(gain), (DRAWS, len(gain)))
    low, high = np.quantile(gain[drawn].sum(axis=1) / size[drawn].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def expected_and_met(stage: Stage, *, horizon_days: int) -> tuple[float, float]:
    """Incidents the surface expected in all, and those that began (place known or not), over all half-years."""
    history, inside = stage.history, np.isin(stage.history.placement.cells, stage.ground.cells)
    expected = met = 0.0
    for day in half_years(UNTIL, years=8, horizon_days=horizon_days):
        number = exposure_fit.day_number(day)
        expected += horizon_days * exposure_fit.expected_per_day(
            stage.ground, history, number, half_life_days=EXPOSURE.half_life_days
        )
        began = (history.start >= number) & (history.start < number + horizon_days)
        met += float((history.shares @ began.astype(float))[inside].sum())
    return expected, met


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    folder = parser.parse_args().data
    if not (folder / "ucdp").is_dir():
        print(f"no measured exposure: {folder} holds no ucdp folder; name another with --data")
        sys.exit(0)
    stage = Stage(folder)
    models = rivals(stage) | {"Piste": learnt(stage)}
    for horizon_days in EXPOSURE.skill_horizons_days:
        print(f"{horizon_days} days{'':<28}{'nats':>8}{'PAI':>8}{'nats, mean of surfaces':>26}{'s a surface':>14}")
        scores = {}
        for name, expect in models.items():
            start = time.perf_counter()
            scores[name] = scored(stage, expect, horizon_days=horizon_days)
            seconds = (time.perf_counter() - start) / len(scores[name])
            skill = sum_up(scores[name], horizon_days=horizon_days, area_share=EXPOSURE.skill_area_share)
            mean = np.mean([score.nats / score.incidents for score in scores[name]])
            print(f"  {name:<33}{skill.nats_per_incident:>8.2f}{skill.pai:>8.1f}{mean:>26.2f}{seconds:>14.2f}")
        for rival in (BEATEN, "the same, placed as Piste does"):
            low, high = gain_interval(scores["Piste"], scores[rival])
            print(f"  Piste above {rival}, nats per incident: 95 % interval {low:+.2f} to {high:+.2f}")
            assert low > 0 or rival != BEATEN, "the exposure surface no longer beats the ridge Poisson"
        expected, met = expected_and_met(stage, horizon_days=horizon_days)
        print(
            f"  {skill.surfaces} surfaces, {skill.incidents} incidents; expected in all {expected:.0f}, met {met:.0f}"
        )
