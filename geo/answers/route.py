"""How a team could get there: alternatives with time, exposure and the reasons behind each stretch."""

from dataclasses import dataclass
from string import ascii_uppercase

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.access.exposure import sample_rates, segment_exposure
from geo.access.routing import Route, find_routes
from geo.access.segments import Passability
from geo.answers.world import World
from geo.crs import WGS84
from geo.hexgrid import areas_km2
from geo.model import Audience, RouteRequest
from geo.redaction import Cleared, clear, may_see


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoutesAnswer:
    """Routes by time, each with its segments, or the reason there is none."""

    request: RouteRequest
    routes: Cleared  # label, time_min, length_km, exposure, visibility, escort_slots, unobserved_km, geometry
    segments: tuple[Cleared, ...]  # one table per route
    refused: str | None
    unit: str


Values = npt.NDArray[np.float64]


def exposure_unit(world: World) -> str:
    """What one unit of route exposure is."""
    settings = world.settings.exposure
    return (
        f"expected hostile incidents within {settings.encounter_radius_km:g} km of the vehicle "
        f"per {settings.passages} passages"
    )


def answer_route(world: World, request: RouteRequest, *, audience: Audience) -> RoutesAnswer:
    """Find the route for a weight, or the front of time and exposure without one."""
    passability = world.passability(request.as_of, season=request.season, vehicle=request.vehicle)
    found = find_routes(
        world.network,
        request,
        passability=passability,
        exposure=road_exposure(world, request, passability),
        visibility=passability.checkpoints,
        settings=world.settings,
    )
    roads_named = may_see("segments", "road_id", audience=audience, settings=world.settings)
    observed_share = sample_rates(world.network, world.surface(request.as_of)).observed_share
    labelled = list(zip(ascii_uppercase, found.routes, strict=False))
    table = gpd.GeoDataFrame(
        {
            "label": [label for label, _ in labelled],
            "time_min": [route.time_min for _, route in labelled],
            "length_km": [route.length_km for _, route in labelled],
            "exposure": [route.exposure for _, route in labelled],
            "visibility": [float(route.visibility) for _, route in labelled],
            "escort_slots": [route.escort_slots for _, route in labelled],
            "unobserved_km": [_unobserved_km(route, observed_share) for _, route in labelled],
        },
        geometry=[route.geometry for _, route in labelled],
        crs=WGS84,
    )
    return RoutesAnswer(
        request=request,
        routes=clear(table, view="routes", audience=audience, settings=world.settings),
        segments=tuple(
            clear(_segments(route), view="segments", audience=audience, settings=world.settings)
            for _, route in labelled
        ),
        refused=found.refused if roads_named else found.refused_plain,
        unit=exposure_unit(world),
    )


def road_exposure(world: World, request: RouteRequest, passability: Passability) -> Values:
    """Exposure of each arc of the network for a vehicle alone, shape ``(segments, 2)``."""
    rates = sample_rates(world.network, world.surface(request.as_of))
    return segment_exposure(rates, passability, settings=world.settings.exposure)


def _unobserved_km(route: Route, observed_share: Values) -> float:
    """Length driven where no report of ours could lie: exposure there is a lower bound, never a low value."""
    return sum(part.length_km * (1 - float(observed_share[part.segment])) for part in route.segments)


def _segments(route: Route) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "road_id": [part.road_id for part in route.segments],
            "road_class": [part.road_class for part in route.segments],
            "length_km": [part.length_km for part in route.segments],
            "time_min": [part.time_min for part in route.segments],
            "exposure": [part.exposure for part in route.segments],
            "why": pd.Series([part.why for part in route.segments], dtype=object),
        },
        geometry=[part.geometry for part in route.segments],
        crs=WGS84,
    )


def answer_roads(world: World, request: RouteRequest, *, audience: Audience) -> Cleared:
    """Return every segment with its exposure and passability, as the audience may see them; minutes of the quicker direction."""
    passability = world.passability(request.as_of, season=request.season, vehicle=request.vehicle)
    segments = world.network.segments
    table = gpd.GeoDataFrame(
        {
            "road_id": segments["road_id"],
            "road_class": segments["road_class"],
            "length_km": segments["length_km"],
            "time_min": passability.minutes.min(axis=1),
            "exposure": np.fmin.reduce(road_exposure(world, request, passability), axis=1),
            "times_mean": _times_mean(world, request),
            "passability": _passability_words(passability),
        },
        geometry=segments.geometry.to_numpy(),
        crs=WGS84,
    )
    return clear(table, view="segments", audience=audience, settings=world.settings)


def _times_mean(world: World, request: RouteRequest) -> Values:
    """Rate along each segment as a multiple of the country's mean; missing outside the surface."""
    surface = world.surface(request.as_of)
    rates = sample_rates(world.network, surface)
    mean = float(np.average(surface.rate, weights=areas_km2(surface.cells))) if len(surface.cells) else 0.0
    known = (rates.observed_share > 0) & (mean > 0)
    return np.where(known, rates.rate / (mean or 1.0), np.nan)


def _passability_words(passability: Passability) -> npt.NDArray[np.object_]:
    """One word per segment: closed, difficult (delayed over an hour or slower than 10 km/h), slow (20), open."""
    words = np.full(len(passability.drive_min), "open", dtype=object)
    words[passability.speed_kph < 20] = "slow"
    words[(passability.speed_kph < 10) | (passability.delay_min.max(axis=1) > 60)] = "difficult"
    words[~passability.open_segments] = "closed"
    return words


def answer_ends(world: World, request: RouteRequest, names: tuple[str, str], *, audience: Audience) -> Cleared:
    """Return the two places asked about, as the asker gave them."""
    ends = (request.origin, request.destination)
    table = pd.DataFrame(
        {"name": list(names), "longitude": [end.lon for end in ends], "latitude": [end.lat for end in ends]}
    )
    return clear(table, view="outlines", audience=audience, settings=world.settings)
