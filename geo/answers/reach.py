"""What the bases reach, and what is lost when some close: sites by name, land by cell, people."""

import datetime as dt
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import hexgrid
from geo.access.air import usable_airfields
from geo.access.escorts import covered, escorted_minutes, escorts_on
from geo.access.reach import Ways, reach, reach_each, serving_bases
from geo.answers.world import World
from geo.crs import WGS84
from geo.drawdown.gaps import Gap, close_bases, compare_reach
from geo.errors import UnknownRecordError
from geo.model import Audience, GapsRequest, ReachRequest
from geo.redaction import Cleared, clear, granted_resolution, may_see
from geo.settings import Settings

Request = ReachRequest | GapsRequest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BasesAnswer:
    """Bases open on a day."""

    as_of: dt.date
    bases: Cleared


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReachAnswer:
    """Time to each site and cell from the nearest base that offers the mode."""

    request: ReachRequest
    sites: Cleared
    cells: Cleared
    bases: Cleared  # what each base covers by itself, and the terms of its escorts and flights
    per_base: Cleared  # site, base, minutes within the limit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GapsAnswer:
    """Before and after some bases close."""

    request: GapsRequest
    coverage: Cleared  # one row: shares before and after, people
    lost: Cleared  # sites that fall out of the limit, by name
    cells_before: Cleared
    cells: Cleared  # time after; lost = within the limit before and not after
    bases: Cleared  # status open or closing


def answer_bases(world: World, as_of: dt.date, *, audience: Audience) -> BasesAnswer:
    """List the bases open on a day."""
    bases = _marked(world.bases_at(as_of), closing=())
    return BasesAnswer(as_of=as_of, bases=clear(bases, view="bases", audience=audience, settings=world.settings))


def _marked(bases: pd.DataFrame, *, closing: tuple[str, ...]) -> pd.DataFrame:
    """Add the status of each base and the symbol it is drawn with."""
    closes = bases["base_id"].isin(closing)
    leads = bases["headquarters"].fillna(value=False).astype(bool)
    return bases.assign(
        status=np.where(closes, "closing", "open"), symbol=np.select([closes, leads], ["closing", "hq"], "base")
    )


def answer_reach(world: World, request: ReachRequest, *, audience: Audience) -> ReachAnswer:
    """Compute reach for every site and every cell of the country."""
    granted = _granted(world, request, audience)
    bases = _open_bases(world, granted.as_of, granted.base_ids, audience=audience)
    settings, ways = world.settings, ways_on(world, granted)
    sites, cells = sites_asked(world, granted), cells_asked(world, granted)
    near = [reach(ways, bases, targets, granted, settings=settings) for targets in (sites, cells)]
    each = [reach_each(ways, bases, targets, granted, settings=settings) for targets in (sites, cells)]

    def cleared(frame: pd.DataFrame, view: str) -> Cleared:
        return clear(frame, view=view, audience=audience, settings=settings)

    return ReachAnswer(
        request=granted,
        sites=cleared(sites.join(near[0]), "reach"),
        cells=cleared(cells.join(near[1]), "reach"),
        bases=cleared(_bases_that_serve(bases, granted, each, settings=settings), "reach_bases"),
        per_base=cleared(_per_base(sites, each[0]), "reach_per_base"),
    )


def _per_base(sites: pd.DataFrame, each: pd.DataFrame) -> pd.DataFrame:
    """Minutes of each base to each site it covers."""
    named = sites[["site_id", "site"]].iloc[each["target"].to_numpy()].reset_index(drop=True)
    return pd.concat([named, each[["base_id", "time_min"]].reset_index(drop=True)], axis=1)


def _bases_that_serve(
    bases: pd.DataFrame, request: ReachRequest, each: list[pd.DataFrame], *, settings: Settings
) -> pd.DataFrame:
    """Bases that offer the mode, with what each covers alone; terms that are not recorded are as set."""
    serving = serving_bases(bases, request)
    frame = serving[["base_id", "name", "organisation", "flight_days"]].copy()
    frame["flight_days_assumed"] = frame["flight_days"].isna()
    frame["flight_days"] = frame["flight_days"].fillna(";".join(settings.air.flight_days))
    for column, found in zip(("sites_covered", "cells_covered"), each, strict=True):
        frame[column] = frame["base_id"].map(found["base_id"].value_counts()).fillna(0).astype("int64")
    escorts = {escort.base_id: escort for escort in escorts_on(serving, day=request.as_of, settings=settings)}
    given = [escorts.get(base_id) for base_id in frame["base_id"]]
    frame["escort_slots_per_week"] = [np.nan if one is None else one.slots_per_week for one in given]
    frame["escort_lead_days"] = [np.nan if one is None else one.lead_days for one in given]
    frame["escort_radius_hours"] = [np.nan if one is None else one.radius_hours for one in given]
    frame["escort_terms_assumed"] = serving[["escort_lead_days", "escort_days"]].isna().any(axis=1)
    days = [None if one is None else ";".join(one.days) for one in given]
    return frame.assign(escort_days=pd.array(days, dtype="string"))


def answer_escort_radius(world: World, request: ReachRequest, *, audience: Audience) -> Cleared:
    """Return the roads that convoys of each base may go to, one row per base."""
    settings, network = world.settings, world.network
    passability = world.passability(request.as_of, season=request.season, vehicle=request.vehicle)
    bases = _open_bases(world, request.as_of, request.base_ids, audience=audience)
    names = bases.set_index("base_id")["name"]
    rows = []
    for escort in escorts_on(bases, day=request.as_of, settings=settings):
        minutes = escorted_minutes(network, passability, speed_kph=escort.speed_kph, settings=settings)
        lines = network.segments.geometry.to_numpy()[covered(network, escort, minutes, settings=settings)]
        shape = shapely.multilinestrings(lines) if len(lines) else shapely.MultiLineString()
        rows.append((escort.base_id, names[escort.base_id], escort.radius_hours, "by an escort", shape))
    table = pd.DataFrame(rows, columns=["base_id", "name", "radius_hours", "covered", "geometry"])
    shown = gpd.GeoDataFrame(table, geometry="geometry", crs=WGS84)
    return clear(shown, view="escort_radius", audience=audience, settings=settings)


def answer_gaps(world: World, request: GapsRequest, *, audience: Audience) -> GapsAnswer:
    """Compare reach before and after the named bases close."""
    granted = replace(
        request,
        resolution=granted_resolution(request.resolution, audience=audience, settings=world.settings),
    )
    bases = _open_bases(world, granted.as_of, granted.close, audience=audience)
    staying = close_bases(bases, granted.close, day=str(granted.as_of))
    sites, cells = sites_asked(world, granted), cells_asked(world, granted)
    site_gap, _, _ = _compare(world, bases, staying, sites, granted)
    cell_gap, cells_before, cells_after = _compare(world, bases, staying, cells, granted)
    names = bases.set_index("base_id")["name"]

    def cleared(frame: pd.DataFrame, view: str) -> Cleared:
        return clear(frame, view=view, audience=audience, settings=world.settings)

    return GapsAnswer(
        request=granted,
        coverage=cleared(_coverage(granted, site_gap, cell_gap), "coverage"),
        lost=cleared(_lost_sites(granted, site_gap, sites, names), "lost_sites"),
        cells_before=cleared(cells.join(cells_before), "reach"),
        cells=cleared(cells.join(cells_after).assign(lost=cells.index.isin(cell_gap.lost.index)), "reach"),
        bases=cleared(_marked(bases, closing=granted.close), "bases"),
    )


def _open_bases(world: World, as_of: dt.date, named: tuple[str, ...], *, audience: Audience) -> pd.DataFrame:
    """Bases open on a day; the refusal of one that is not lists no others to those who may not see them."""
    bases = world.bases_at(as_of)
    unknown = sorted(set(named) - set(bases["base_id"]))
    if unknown and not may_see("bases", "base_id", audience=audience, settings=world.settings):
        raise UnknownRecordError(f"no base {', '.join(map(repr, unknown))} is open on {as_of}; check its id")
    return bases


def _granted(world: World, request: ReachRequest, audience: Audience) -> ReachRequest:
    resolution = granted_resolution(request.resolution, audience=audience, settings=world.settings)
    return replace(request, resolution=resolution)


def sites_asked(world: World, request: Request) -> pd.DataFrame:
    """Sites of the day: ``site_id, site, p_code, people, longitude, latitude``."""
    sites = world.sites_at(request.as_of)
    return sites[["site_id", "name", "p_code", "people", "longitude", "latitude"]].rename(columns={"name": "site"})


def cells_asked(world: World, request: Request) -> pd.DataFrame:
    """Cells of the country with their area; none where no outline is imported."""
    nothing = np.array([], dtype=np.uint64)
    cells = world.territory(request.resolution) if len(world.outline()) else nothing
    longitude, latitude = hexgrid.centres(cells)
    area_km2 = hexgrid.areas_km2(cells)
    return pd.DataFrame({"cell": cells, "longitude": longitude, "latitude": latitude, "area_km2": area_km2})


def ways_on(world: World, request: ReachRequest) -> Ways:
    """What there is to go by on the day asked."""
    return Ways(
        network=world.network,
        passability=world.passability(request.as_of, season=request.season, vehicle=request.vehicle),
        airfields=usable_airfields(
            world.airports,
            world.records("constraints"),
            as_of=request.as_of,
            season=request.season,
            settings=world.settings,
        ),
    )


def _compare(
    world: World, bases: pd.DataFrame, staying: pd.DataFrame, targets: pd.DataFrame, request: GapsRequest
) -> tuple[Gap, pd.DataFrame, pd.DataFrame]:
    asked, ways = request.reach(), ways_on(world, request.reach())
    before, after = (reach(ways, there, targets, asked, settings=world.settings) for there in (bases, staying))
    return compare_reach(before, after, targets, limit_min=request.limit_min), before, after


def _coverage(request: GapsRequest, sites: Gap, cells: Gap) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "mode": [str(request.mode)],
            "sites_share_before": [sites.before.share],
            "sites_share_after": [sites.after.share],
            "land_share_before": [cells.before.area_share],
            "land_share_after": [cells.after.area_share],
            "people_before": [sites.before.people_covered],
            "people_after": [sites.after.people_covered],
            "people_lost": [sites.people_lost],
            "sites_lost": [len(sites.lost)],
        }
    )


def _lost_sites(request: GapsRequest, gap: Gap, sites: pd.DataFrame, base_names: pd.Series) -> pd.DataFrame:
    lost = gap.lost.join(sites)
    lost["next_base"] = lost["next_base"].map(base_names)
    return lost.assign(mode=str(request.mode)).drop(columns=["before_base"])
