"""Plans for picked requests: alternatives side by side, each with its days, team, costs, and what it leaves out and why."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.access.exposure import sample_rates
from geo.answers.mission_places import Places, places_of
from geo.answers.plan_ground import Asked, asked_of, bases_for, conditions_of, outings_from, task_from
from geo.answers.reasons import positions_of, reasons_at
from geo.answers.route import BLIND_SHARE, exposure_unit, road_exposure
from geo.answers.team import minutes_to_base, roster_of
from geo.answers.world import World
from geo.crs import WGS84
from geo.errors import WithheldError
from geo.missions.composer import Composition, compose_team
from geo.missions.elsewhere import admit_elsewhere
from geo.missions.needs import Ask
from geo.missions.planner import Crew, Open, Option, choose_plans, plan_outing
from geo.missions.plans import Need, Plan
from geo.missions.roster import Available, find_available
from geo.missions.teams import may_interview
from geo.model import Audience, PlanRequest, TeamRequest
from geo.redaction import Cleared, clear, may_see


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanAnswer:
    """Alternatives that no other beats, by time, and the ways that serve nothing with the reason."""

    request: PlanRequest
    plans: Cleared
    ways: Cleared  # the line of each plan, each stretch of it once
    legs: Cleared
    visits: Cleared
    dropped: Cleared  # requests a plan leaves out, why, and what would admit them
    team: Cleared
    changes: Cleared  # what would give a plan without a team one, smallest first
    refusals: Cleared
    unit: str  # of exposure
    options: tuple[Plan, ...]  # the plans themselves, to be signed; none for those who may not see where they go


def answer_plan(world: World, request: PlanRequest, *, audience: Audience) -> PlanAnswer:
    """Plan for requests.

    Raises
    ------
    WithheldError
        When the audience may not see single requests.
    UnknownRecordError, RequestError
        When a request, its site or the base is not on record, or none of it can be planned.
    """
    settings = world.settings
    if not may_see("plans", "request_ids", audience=audience, settings=settings):
        raise WithheldError(f"single requests are withheld from the audience {audience}, and plans for them too")
    asked = asked_of(world, request)
    conditions = conditions_of(world, request)
    options: list[Option] = []
    refusals: list[tuple[str, str, str]] = []
    for _, base in bases_for(world, request, asked, conditions).iterrows():
        task, lonlat = task_from(world, request, asked, base)
        crew = _crew(world, request, str(base["base_id"]), audience)
        for outing in outings_from(world, request, base, lonlat, conditions):
            if isinstance(outing, tuple):
                refusals.append((outing[0], str(base["base_id"]), outing[1]))
                continue
            found = plan_outing(task, outing, crew, settings=settings)
            if isinstance(found, str):
                refusals.append((outing.mode, str(base["base_id"]), found))
            else:
                options.append(found)
    return _cleared(world, request, asked, choose_plans(admit_elsewhere(options)), refusals, audience=audience)


def _crew(world: World, request: PlanRequest, base_id: str, audience: Audience) -> Crew:
    """Who could go from a base, once what the mission asks of its team is known."""
    rules, roster = world.settings.teams, roster_of(world, but=request.but)
    asked = TeamRequest(
        base_id=base_id,
        departs_on=request.departs_on,
        returns_on=request.departs_on + dt.timedelta(days=request.days - 1),
        season=request.season,
        vehicle=request.vehicle,
    )
    minutes = minutes_to_base(world, asked, audience=audience)

    def compose(need: Need, asks: Sequence[Ask], opens: Open) -> Composition:
        def on_days(days: tuple[dt.date, ...]) -> Available:
            if not opens(days):
                return Available(posts=(), vehicles=())
            return find_available(roster, days, settings=rules, minutes=minutes)

        free = find_available(roster, need.days, settings=rules, minutes=minutes)
        return compose_team(free, need, rules, asks=asks, on_days=on_days, not_before=request.as_of)

    return compose


def _cleared(
    world: World,
    request: PlanRequest,
    asked: Asked,
    options: tuple[Option, ...],
    refusals: list[tuple[str, str, str]],
    *,
    audience: Audience,
) -> PlanAnswer:
    places, plans = places_of(world), [option.plan for option in options]
    signable = may_see("plan_legs", "geometry", audience=audience, settings=world.settings)
    told = pd.DataFrame(refusals, columns=["mode", "base_id", "why"])

    def cleared(frame: pd.DataFrame, view: str) -> Cleared:
        return clear(frame, view=view, audience=audience, settings=world.settings)

    return PlanAnswer(
        request=request,
        plans=cleared(_plans(world, options, places), "plans"),
        ways=cleared(_ways(plans), "plan_ways"),
        legs=cleared(_legs(world, request, plans, places), "plan_legs"),
        visits=cleared(_visits(plans, places), "plan_visits"),
        dropped=cleared(_dropped(plans, asked, places), "plan_dropped"),
        team=cleared(_team(world, options), "plan_team"),
        changes=cleared(_changes(options), "plan_changes"),
        refusals=cleared(told.assign(base=[places.name(base) for base in told["base_id"]]), "plan_refusals"),
        unit=exposure_unit(world),
        options=tuple(plans) if signable else (),
    )


def _plans(world: World, options: tuple[Option, ...], places: Places) -> pd.DataFrame:
    """One row per plan."""
    names = dict(zip(world.partners["partner_id"], world.partners["name"], strict=True))
    rows = []
    for option in options:
        plan, team = option.plan, option.crew.team
        length_km = sum(leg.length_km for leg in plan.legs)
        blind_km = _unobserved_km(world, plan)
        rows.append(
            {
                "label": plan.label,
                "mode": plan.mode,
                "base_id": plan.base_id,
                "base": places.name(plan.base_id),
                "departs_on": pd.Timestamp(plan.departs_on),
                "returns_on": pd.Timestamp(plan.returns_on),
                "days": (plan.returns_on - plan.departs_on).days + 1,
                "requests": len(plan.request_ids),
                "request_ids": "; ".join(plan.request_ids),
                "girls": plan.girls,
                "time_min": plan.time_min,
                "length_km": length_km,
                "exposure": plan.exposure,
                "exposure_at_least": bool(blind_km >= BLIND_SHARE * length_km > 0),
                "visibility": plan.visibility,
                "escort_slots": plan.escort_slots,
                "escort_base_id": plan.escort_base_id,
                "nights": ", ".join(places.name(place) for place in plan.nights),
                "people": 0 if team is None else team.people,
                "women": 0 if team is None else sum(post.woman for post in team.posts),
                "vehicles": len(plan.vehicle_ids),
                "organisations": "" if team is None else "; ".join(names.get(one, one) for one in team.organisations),
                "breaches": "; ".join(plan.breaches),
                "dropped": len(plan.dropped),
                "exact": plan.exact,
            }
        )
    return pd.DataFrame(rows, columns=_PLAN_COLUMNS)


_PLAN_COLUMNS = [
    "label",
    "mode",
    "base_id",
    "base",
    "departs_on",
    "returns_on",
    "days",
    "requests",
    "request_ids",
    "girls",
    "time_min",
    "length_km",
    "exposure",
    "exposure_at_least",
    "visibility",
    "escort_slots",
    "escort_base_id",
    "nights",
    "people",
    "women",
    "vehicles",
    "organisations",
    "breaches",
    "dropped",
    "exact",
]


def _unobserved_km(world: World, plan: Plan) -> float:
    """Length driven where no report of ours could lie: there exposure is a lower bound."""
    at = positions_of(world, [segment for leg in plan.legs for segment in leg.segment_ids])
    observed = sample_rates(world.network, world.surface(plan.departs_on)).observed_share[at]
    return float((world.network.facts.length_km[at] * (1 - observed)).sum())


def _legs(world: World, request: PlanRequest, plans: list[Plan], places: Places) -> gpd.GeoDataFrame:
    """One row per drive or flight, with the reasons of its gravest stretches."""
    rows, worst = [], _Worst(world, request)
    for plan in plans:
        for number, leg in enumerate(plan.legs, start=1):
            rows.append(
                {
                    "label": plan.label,
                    "leg": number,
                    "day": pd.Timestamp(leg.day),
                    "leaves": f"{leg.leaves:%H:%M}",
                    "arrives": f"{leg.arrives:%H:%M}",
                    "from_place": leg.from_place,
                    "from_name": places.name(leg.from_place),
                    "to_place": leg.to_place,
                    "to_name": places.name(leg.to_place),
                    "length_km": leg.length_km,
                    "exposure": leg.exposure,
                    "visibility": leg.visibility,
                    "warnings": leg.warnings,
                    "why": worst.of(leg.segment_ids),
                    "geometry": leg.geometry,
                }
            )
    table = pd.DataFrame(rows, columns=_LEG_COLUMNS)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=WGS84)


def _ways(plans: list[Plan]) -> gpd.GeoDataFrame:
    """One line per plan for the map: a stretch driven there and back stands once, and all run from west to east."""
    lines = [_each_stretch_once([leg.geometry for leg in plan.legs]) for plan in plans]
    table = pd.DataFrame({"label": [plan.label for plan in plans], "mode": [plan.mode for plan in plans]})
    return gpd.GeoDataFrame(table, geometry=lines, crs=WGS84)


def _each_stretch_once(lines: list[shapely.LineString]) -> shapely.MultiLineString:
    """Merge lines; plans drawn beside the same road then lie on the same side of it as long as it is one stretch."""
    merged = shapely.get_parts(shapely.line_merge(shapely.union_all(lines)))
    ends = shapely.get_coordinates(shapely.get_point(merged, 0)), shapely.get_coordinates(shapely.get_point(merged, -1))
    westward = ends[0][:, 0] > ends[1][:, 0]
    return shapely.MultiLineString(list(np.where(westward, shapely.reverse(merged), merged)))


class _Worst:
    """The reasons of the most exposed stretches of a leg; what has no reason but its speed is left out."""

    def __init__(self, world: World, request: PlanRequest) -> None:
        self._world, self._day = world, request.departs_on
        self._passability = world.passability(request.departs_on, season=request.season, vehicle=request.vehicle)
        self._exposure = road_exposure(world, request.departs_on, self._passability).min(axis=1)

    def of(self, segment_ids: tuple[str, ...]) -> tuple[str, ...]:
        """Reasons of the most exposed stretches, each with the road it is on."""
        at = positions_of(self._world, list(segment_ids))
        gravest = at[np.argsort(-self._exposure[at], kind="stable")][:_MOST_REASONS]
        told = reasons_at(self._world, gravest, self._day, self._passability)
        return tuple("; ".join(told[segment]) for segment in gravest.tolist())


_MOST_REASONS = 3  # stretches of a leg of which the reasons are told
_LEG_COLUMNS = [
    "label",
    "leg",
    "day",
    "leaves",
    "arrives",
    "from_place",
    "from_name",
    "to_place",
    "to_name",
    "length_km",
    "exposure",
    "visibility",
    "warnings",
    "why",
    "geometry",
]


def _visits(plans: list[Plan], places: Places) -> pd.DataFrame:
    rows = []
    for plan in plans:
        for number, visit in enumerate(plan.visits, start=1):
            lon, lat = places.at(visit.site_id)
            rows.append(
                (
                    plan.label,
                    number,
                    visit.site_id,
                    places.name(visit.site_id),
                    f"{number} {places.name(visit.site_id)}",
                    "; ".join(visit.request_ids),
                    pd.Timestamp(visit.starts),
                    pd.Timestamp(visit.ends),
                    lon,
                    lat,
                )
            )
    columns = ["label", "stop", "site_id", "site", "name", "request_ids", "starts", "ends", "longitude", "latitude"]
    return pd.DataFrame(rows, columns=columns)


def _dropped(plans: list[Plan], asked: Asked, places: Places) -> pd.DataFrame:
    order = {request: place for place, request in enumerate(asked.requests["request_id"])}
    rows = [
        (plan.label, request, str(places.with_names(plan.dropped[request])))
        for plan in plans
        for request in sorted(plan.dropped, key=order.__getitem__)
    ]
    return pd.DataFrame(rows, columns=["label", "request_id", "why"])


def _team(world: World, options: tuple[Option, ...]) -> pd.DataFrame:
    names = dict(zip(world.partners["partner_id"], world.partners["name"], strict=True))
    rows = [
        (
            option.plan.label,
            post.staff_id,
            names.get(post.partner_id, post.partner_id),
            post.role,
            post.woman,
            option.crew.need.interviews and may_interview(post),
            ";".join(sorted(post.languages)),
            post.base_id,
        )
        for option in options
        for post in (option.crew.team.posts if option.crew.team else ())
    ]
    columns = ["label", "staff_id", "organisation", "role", "woman", "interviews", "languages", "base_id"]
    return pd.DataFrame(rows, columns=columns)


def _changes(options: tuple[Option, ...]) -> pd.DataFrame:
    columns = ["label", "kind", "size", "text", "first_day", "last_day", "left_out"]
    return pd.DataFrame(list(_each_change(options)), columns=columns)


def _each_change(options: tuple[Option, ...]) -> Iterator[tuple[object, ...]]:
    for option in options:
        for change in option.crew.changes:
            days = [pd.Timestamp(day) for day in (change.days[0], change.days[-1])]
            yield option.plan.label, change.kind, change.size, change.text, *days, ";".join(change.left_out)
