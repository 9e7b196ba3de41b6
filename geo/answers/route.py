"""How a team could get there: alternatives with time, exposure and the reasons behind each stretch."""

import datetime as dt
from dataclasses import dataclass
from string import ascii_uppercase

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.access.companies import Conditions
from geo.access.escorts import Escort, escorts_on, next_start
from geo.access.exposure import sample_rates
from geo.access.hindrances import IN_FORCE
from geo.access.network import ASSUMED_SPEED
from geo.access.passage import behaviour_factor, segment_exposure, with_behaviour
from geo.access.road_reports import place_reports
from geo.access.routes import Route
from geo.access.routing import find_routes
from geo.access.segments import Passability, check_avoid, passability_words
from geo.access.visibility import segment_visibility
from geo.answers.land import TOWN_KINDS
from geo.answers.presence import evidence_on, shares_of
from geo.answers.reasons import reasons_at
from geo.answers.world import SURFACE_RESOLUTION, World
from geo.crs import WGS84
from geo.errors import WithheldError
from geo.hexgrid import areas_km2
from geo.model import Audience, PresenceRequest, RouteRequest
from geo.redaction import Cleared, clear, may_see
from geo.schema import CONSTRAINT_KINDS

Values = npt.NDArray[np.float64]
# With more of its length than this where no report of ours could lie, exposure is told as a lower bound.
BLIND_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoutesAnswer:
    """Routes by time, each with its segments, or the reason there is none."""

    request: RouteRequest
    routes: Cleared  # one row per route; see _routes for its columns
    segments: tuple[Cleared, ...]  # one table per route
    waypoints: Cleared  # constraints on the routes, for a device
    refused: str | None
    unit: str
    basis: str  # what the hours rest on, for the legend


def exposure_unit(world: World) -> str:
    """What one unit of route exposure is."""
    settings = world.settings.exposure
    return (
        f"expected hostile incidents within {settings.encounter_radius_km:g} km of the vehicle "
        f"per {settings.passages} passages"
    )


def answer_route(world: World, request: RouteRequest, *, audience: Audience) -> RoutesAnswer:
    """Find the route for a weight, or the front of alternatives without one."""
    check_avoid(request.avoid, CONSTRAINT_KINDS)
    settings = world.settings
    if set(request.avoid) - {"ferry"} and not may_see("constraints", "kind", audience=audience, settings=settings):
        raise WithheldError(
            f"the audience {audience} may not see what hinders roads, and so cannot avoid it (only ferries); "
            "choose another audience"
        )
    passability = world.passability(request.as_of, season=request.season, vehicle=request.vehicle)
    escorts = escorts_on(world.bases_at(request.as_of), day=request.as_of, settings=settings)
    found = find_routes(
        world.network,
        request,
        Conditions(
            passability=passability,
            exposure=road_exposure(world, request.as_of, passability),
            visibility=notice(world, passability),
            landmarks=world.landmarks(request.season, request.vehicle),
            escorts=escorts,
        ),
        settings=settings,
    )
    labelled = list(zip(ascii_uppercase, found.routes, strict=False))

    def cleared(frame: pd.DataFrame, view: str) -> Cleared:
        return clear(frame, view=view, audience=audience, settings=settings)

    roads_named = may_see("segments", "road_id", audience=audience, settings=settings)
    return RoutesAnswer(
        request=request,
        routes=cleared(_routes(world, request, labelled, escorts), "routes"),
        segments=tuple(
            cleared(part, "segments") for part in _segments(world, request, passability, [r for _, r in labelled])
        ),
        waypoints=cleared(_waypoints(world, passability, [r for _, r in labelled]), "constraints"),
        refused=found.refused if roads_named else found.refused_plain,
        unit=exposure_unit(world),
        basis=_basis(world),
    )


def _basis(world: World) -> str:
    """What the hours of the country's roads rest on, by length."""
    facts = world.network.facts
    stated = float(facts.length_km[facts.basis != ASSUMED_SPEED].sum() / facts.length_km.sum())
    if stated == 0:
        return "assumed speeds"
    return "stated times" if stated == 1 else f"{stated:.0%} of km stated, others assumed speeds"


def _routes(
    world: World, request: RouteRequest, labelled: list[tuple[str, Route]], escorts: tuple[Escort, ...]
) -> gpd.GeoDataFrame:
    """One row per route."""
    observed_share = sample_rates(world.network, world.surface(request.as_of)).observed_share
    routes = [route for _, route in labelled]
    tables = [route.timetable for route in routes]
    starts = [_escort_start(route, request, escorts) for route in routes]
    names = {escort.base_id: escort.name for escort in escorts}
    unobserved_km = [_unobserved_km(route, observed_share) for route in routes]
    return gpd.GeoDataFrame(
        {
            "label": [label for label, _ in labelled],
            "time_min": [route.time_min for route in routes],
            "elapsed_min": [route.elapsed_min for route in routes],
            "waiting_min": [np.nan if table is None else table.waiting_min for table in tables],
            "arrives_at": pd.Series(
                [None if t is None else t.arrives.isoformat(timespec="minutes") for t in tables], dtype="string"
            ),
            "length_km": [route.length_km for route in routes],
            "exposure": [route.exposure for route in routes],
            "visibility": [route.visibility for route in routes],
            "escort_slots": [route.escort_slots for route in routes],
            "escort_base": pd.Series([route.escort_base for route in routes], dtype="string"),
            "escort_name": pd.Series([names.get(str(route.escort_base)) for route in routes], dtype="string"),
            "escort_from": pd.Series([s if isinstance(s, dt.date) else None for s in starts], dtype="datetime64[s]"),
            "escort_refused": pd.Series([s if isinstance(s, str) else None for s in starts], dtype="string"),
            "unobserved_km": unobserved_km,
            "exposure_at_least": [
                bool(km >= BLIND_SHARE * route.length_km > 0) for km, route in zip(unobserved_km, routes, strict=True)
            ],
            "warnings": pd.Series([route.warnings for route in routes], dtype=object),
        },
        geometry=[route.geometry for route in routes],
        crs=WGS84,
    )


def _escort_start(route: Route, request: RouteRequest, escorts: tuple[Escort, ...]) -> dt.date | str | None:
    """First day the escort of a route can be had when it is asked for on the day of departure, or why never."""
    if route.escort_base is None:
        return None
    escort = next(escort for escort in escorts if escort.base_id == route.escort_base)
    return next_start(escort, asked_on=request.as_of, day=request.as_of, used={})


def road_exposure(world: World, as_of: dt.date, passability: Passability) -> Values:
    """Exposure of each arc of the network for a vehicle alone, shape ``(segments, 2)``."""
    surface = world.surface(as_of)
    behaviour = _behaviour(world)
    if behaviour:
        asked = PresenceRequest(as_of=as_of, resolution=SURFACE_RESOLUTION)
        shares = shares_of(world, asked, evidence_on(world, asked))
        surface = with_behaviour(
            surface, behaviour_factor(surface.cells, shares, behaviour, settings=world.settings.exposure)
        )
    rates = sample_rates(world.network, surface)
    return segment_exposure(rates, passability, settings=world.settings.exposure)


def _behaviour(world: World) -> dict[str, str]:
    """Recorded behaviour on roads by actor; nothing where none is recorded, so that nothing is computed for it."""
    known = world.actors.loc[world.actors["road_behaviour"].notna()]
    return dict(zip(known["actor_id"].astype(str), known["road_behaviour"].astype(str), strict=True))


def notice(world: World, passability: Passability) -> Values:
    """Notice that one team draws on each segment."""
    towns = world.places.loc[world.places["kind"].isin(TOWN_KINDS), ["longitude", "latitude"]].to_numpy(dtype=float)
    return segment_visibility(world.network, passability.checkpoints, towns, settings=world.settings.visibility)


def _unobserved_km(route: Route, observed_share: Values) -> float:
    """Length driven where no report of ours could lie: exposure there is a lower bound, never a low value."""
    return sum(part.length_km * (1 - float(observed_share[part.segment])) for part in route.segments)


def _segments(
    world: World, request: RouteRequest, passability: Passability, routes: list[Route]
) -> list[gpd.GeoDataFrame]:
    """One table per route; the reasons of all of them are looked up together."""
    driven = np.array([part.segment for route in routes for part in route.segments], dtype=np.int64)
    reasons = reasons_at(world, driven, request.as_of, passability)
    blind = 1 - sample_rates(world.network, world.surface(request.as_of)).observed_share >= BLIND_SHARE
    return [_segment_rows(route, reasons, blind) for route in routes]


def _segment_rows(route: Route, reasons: dict[int, tuple[str, ...]], blind: npt.NDArray[np.bool_]) -> gpd.GeoDataFrame:
    parts = route.segments
    return gpd.GeoDataFrame(
        {
            "segment_id": [part.segment_id for part in parts],
            "road_id": [part.road_id for part in parts],
            "road_class": [part.road_class for part in parts],
            "length_km": [part.length_km for part in parts],
            "time_min": [part.time_min for part in parts],
            "exposure": [part.exposure for part in parts],
            "exposure_at_least": [bool(blind[part.segment]) for part in parts],
            "why": pd.Series([reasons[part.segment] for part in parts], dtype=object),
        },
        geometry=[part.geometry for part in parts],
        crs=WGS84,
    )


def _waypoints(world: World, passability: Passability, routes: list[Route]) -> pd.DataFrame:
    """Constraints in force on the segments the routes drive."""
    driven = {part.segment for route in routes for part in route.segments}
    held = passability.hindrances.in_force
    return _at_their_place(world, held.loc[held["segment"].isin(driven)])


def answer_roads(world: World, request: RouteRequest, *, audience: Audience) -> Cleared:
    """Return every segment with its exposure and passability, the better of its two ways, as the audience may see them."""
    passability = world.passability(request.as_of, season=request.season, vehicle=request.vehicle)
    segments = world.network.segments
    table = gpd.GeoDataFrame(
        {
            "segment_id": segments["segment_id"],
            "road_id": segments["road_id"],
            "road_class": segments["road_class"],
            "length_km": segments["length_km"],
            "time_min": passability.minutes.min(axis=1),
            "exposure": road_exposure(world, request.as_of, passability).min(axis=1),
            "times_mean": _times_mean(world, request),
            "passability": passability_words(passability),
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


def answer_ends(world: World, request: RouteRequest, names: tuple[str, str], *, audience: Audience) -> Cleared:
    """Return the two places asked about, as the asker gave them."""
    ends = (request.origin, request.destination)
    table = pd.DataFrame(
        {"name": list(names), "longitude": [end.lon for end in ends], "latitude": [end.lat for end in ends]}
    )
    return clear(table, view="outlines", audience=audience, settings=world.settings)


def answer_constraints(world: World, request: RouteRequest, *, audience: Audience) -> Cleared:
    """Return constraints on roads with their age and whether they count, each once, at the place they were reported."""
    passability = world.passability(request.as_of, season=request.season, vehicle=request.vehicle)
    return clear(
        _at_their_place(world, passability.hindrances.placed),
        view="constraints",
        audience=audience,
        settings=world.settings,
    )


def answer_off_roads(world: World, request: RouteRequest, *, audience: Audience) -> tuple[Cleared, Cleared]:
    """Return the constraints and the road reports in force that lie on no known road, and so count nowhere."""
    settings, seen = world.settings, world.road_records.sightings
    passability = world.passability(request.as_of, season=request.season, vehicle=request.vehicle)
    reports = place_reports(seen.seen_on, seen.reports, as_of=request.as_of, vehicle=request.vehicle, settings=settings)
    held, told = (
        lost.loc[lost["state"] == IN_FORCE] for lost in (passability.hindrances.off_network, reports.off_network)
    )
    return (
        clear(held.reset_index(drop=True), view="constraints", audience=audience, settings=settings),
        clear(told.reset_index(drop=True), view="road_reports", audience=audience, settings=settings),
    )


def _at_their_place(world: World, placed: pd.DataFrame) -> pd.DataFrame:
    """Constraints once each, with longitude and latitude: as reported, else of the middle of the first segment."""
    once = placed.drop_duplicates("constraint_id").reset_index(drop=True)
    told = world.records("constraints").set_index("constraint_id")[["longitude", "latitude"]]
    at = told.reindex(once["constraint_id"]).reset_index(drop=True).astype(float)
    lines = world.network.segments.geometry.to_numpy()[once["segment"].to_numpy(dtype=np.int64)]
    middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    return once.assign(
        longitude=at["longitude"].fillna(pd.Series(shapely.get_x(middle), index=at.index)),
        latitude=at["latitude"].fillna(pd.Series(shapely.get_y(middle), index=at.index)),
    )
