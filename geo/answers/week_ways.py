"""The lines of the missions of a week, for the map: by road where a team drives, straight where it flies."""

from collections.abc import Mapping
from string import ascii_uppercase

import geopandas as gpd
import numpy as np
import shapely

from geo.access.companies import Conditions
from geo.access.escorts import escorts_on
from geo.access.segments import Passability
from geo.answers.week_ground import WeekGround
from geo.answers.world import World
from geo.crs import WGS84
from geo.missions.outlets import AIR
from geo.missions.plans import FloatArray
from geo.missions.travel import Going, road_travel
from geo.missions.week import WeekMission, WeekPlan
from geo.model import WeekRequest


def letter_of(number: int) -> str:
    """Letter of a mission by its place in the week; past the alphabet with a number: Z is followed by A2."""
    turn, place = divmod(number, len(ascii_uppercase))
    return f"{ascii_uppercase[place]}{turn + 1 if turn else ''}"


def week_ways(world: World, request: WeekRequest, ground: WeekGround, plan: WeekPlan) -> gpd.GeoDataFrame:
    """Return one line per mission; a stretch driven there and back stands once.

    Returns
    -------
    GeoDataFrame
        ``label``, ``mode``, ``geometry`` (EPSG:4326), in the order of the missions.
    """
    driven = any(one.outlet.drives for one in plan.missions)
    roads = world.passability(request.starts_on, season=request.season, vehicle=request.vehicle) if driven else None
    lines = [_line(world, request, ground.positions, mission, roads) for mission in plan.missions]
    return gpd.GeoDataFrame(
        {
            "label": [letter_of(number) for number in range(len(lines))],
            "mode": [mission.outlet.mode for mission in plan.missions],
        },
        geometry=lines,
        crs=WGS84,
    )


def _line(
    world: World,
    request: WeekRequest,
    positions: Mapping[str, FloatArray],
    mission: WeekMission,
    roads: Passability | None,
) -> shapely.Geometry:
    nodes, drives = positions[mission.outlet.base_id][mission.nodes], mission.itinerary.drives
    pairs = dict.fromkeys((drive.from_node, drive.to_node) for drive in drives if drive.from_node != drive.to_node)
    if mission.outlet.mode == AIR or roads is None:
        return shapely.MultiLineString([nodes[list(pair)] for pair in pairs])
    used = sorted({node for pair in pairs for node in pair})
    count = len(world.network.segments)
    conditions = Conditions(passability=roads, exposure=np.zeros((count, 2)), visibility=np.zeros(count), escorts=())
    escorts = escorts_on(world.bases_at(request.starts_on), day=request.starts_on, settings=world.settings)
    going = Going(escort=next((one for one in escorts if one.base_id == mission.outlet.escort_base_id), None))
    travel = road_travel(world.network, nodes[used], conditions, going, settings=world.settings)
    ways = [travel.way(used.index(one), used.index(other)).geometry for one, other in pairs]
    # All lines run from west to east: those beside the same road then lie on the same side of it.
    merged = shapely.get_parts(shapely.line_merge(shapely.union_all([way for way in ways if way.length])))
    ends = shapely.get_x(shapely.get_point(merged, 0)), shapely.get_x(shapely.get_point(merged, -1))
    return shapely.MultiLineString(list(np.where(ends[0] > ends[1], shapely.reverse(merged), merged)))
