"""The week over the whole open queue, and what one more of each resource would free; thought about, cleared.

A page plans first and asks what one more would free later, one resource at a time: see :func:`plan_of`.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from geo.answers.mission_places import Places, places_of
from geo.answers.week_ground import WeekGround, ground_of
from geo.answers.week_ways import letter_of, week_ways
from geo.answers.world import World
from geo.missions.bottlenecks import (
    Freed,
    OneMore,
    Waits,
    free_with,
    rank_bottlenecks,
    rank_freed,
    resources_of_interest,
)
from geo.missions.found_blockers import Blocked, find_blockers
from geo.missions.week import WeekMission, WeekPlan, plan_week
from geo.model import Audience, WeekRequest
from geo.redaction import Cleared, clear, sees_any

HOW_FAR = "No plan of the sets of stops looked at serves more than {most} requests; this one serves {served}."
PROVEN = "It is proven that no plan of the sets of stops looked at serves more."
NEAR_ONLY = "Sets of stops were looked at among {together} near each other at a time; others may exist."
HOURS = (
    "Roads count as of the first day; hours closed on any road are kept on all. Times are of the fastest ways. How many "
    "helicopters fly at once, and how people get from the base of one mission to that of the next, is not planned."
)
ONE_MORE = "One more of each was planned anew, not guessed. Where it is not proven, more may be freed than a plan was found for."
TRAINED = (
    "One more post joins at whichever base it is needed and is free all week; a woman interviewer speaks what all "
    "interviewers speak. A flight day more is for missions out and back that day."
)
VIEWS = ("week_missions", "week_ways", "week_requests", "bottlenecks", "week_totals")
_NO_SITE = "its site is not recorded, so nobody can plan for it"
_OTHERS_FIRST = "could be served; people, vehicles or slots of the week serve others"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeekAnswer:
    """The missions of a week, each request with what was found in its way, and the bottlenecks."""

    request: WeekRequest
    missions: Cleared
    ways: Cleared  # the line of each mission
    requests: Cleared  # every request that waits; what people entered stands beside what was found
    bottlenecks: Cleared  # what frees most first; none where they were not asked for
    totals: Cleared  # one row
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlannedWeek:
    """A week as it was planned; before the gate."""

    ground: WeekGround
    plan: WeekPlan
    wanted: tuple[OneMore, ...]  # of which one more could be had


def plan_of(world: World, request: WeekRequest) -> PlannedWeek:
    """Plan the week once, for the answer and for all that is planned again with one more.

    Raises
    ------
    RequestError
        When no base is open for the whole week.
    """
    ground, rules = ground_of(world, request), world.settings.week
    spoken = {language for one in ground.task.queue for language in one.ask.languages}
    return PlannedWeek(
        ground=ground,
        plan=plan_week(ground.task, alike=rules.alike_missions, seconds=rules.plan_seconds),
        wanted=tuple(resources_of_interest(ground.task, spoken)),
    )


def free_one(world: World, planned: PlannedWeek, number: int, *, wider: Sequence[Freed]) -> Freed:
    """Plan again with one more of the resource at a position of ``wanted``; before the gate.

    Parameters
    ----------
    wider
        What those free that :func:`geo.missions.bottlenecks.find_wider` names.
    """
    seconds, waits = world.settings.week.one_more_seconds, _waits(planned.ground)
    return free_with(planned.plan, planned.wanted[number], waits, seconds=seconds, wider=wider)


def answer_bottlenecks(world: World, freed: Sequence[Freed], *, audience: Audience) -> Cleared:
    """Rank what one more of each frees, those planned again so far."""
    table = _bottlenecks(rank_freed(freed), places_of(world))
    return clear(table, view="bottlenecks", audience=audience, settings=world.settings)


def sees_week(world: World, audience: Audience) -> bool:
    """Whether an audience may see anything of a planned week."""
    return any(sees_any(view, audience=audience, settings=world.settings) for view in VIEWS)


def answer_week(
    world: World,
    request: WeekRequest,
    *,
    audience: Audience,
    bottlenecks: bool = True,
    progress: Progress | None = None,
    planned: PlannedWeek | None = None,
) -> WeekAnswer:
    """Plan the week, and again with one more of each resource.

    An audience that may see nothing of it has nothing planned: how long a plan takes would tell how much there is.

    Parameters
    ----------
    progress
        Told how many of the plans with one more are done, and of how many.
    planned
        The same week planned before.

    Raises
    ------
    RequestError
        When no base is open for the whole week.
    """
    if not sees_week(world, audience):
        return _nothing(world, request, audience)
    planned = planned or plan_of(world, request)
    ground, plan, seconds = planned.ground, planned.plan, world.settings.week.one_more_seconds
    wanted = planned.wanted if bottlenecks else ()
    freed = rank_bottlenecks(plan, wanted, _waits(ground), seconds=seconds, progress=progress)
    places = places_of(world)
    found = find_blockers(ground.task, places.named)

    def cleared(frame: pd.DataFrame, view: str) -> Cleared:
        return clear(frame, view=view, audience=audience, settings=world.settings)

    return WeekAnswer(
        request=request,
        missions=cleared(_missions(world, ground, plan, places), "week_missions"),
        ways=cleared(week_ways(world, request, ground, plan), "week_ways"),
        requests=cleared(_requests(ground, plan, found), "week_requests"),
        bottlenecks=answer_bottlenecks(world, freed, audience=audience),
        totals=cleared(_totals(request, ground, plan), "week_totals"),
        notes=_notes(plan, world.settings.week.together_stops, bottlenecks=bottlenecks),
    )


def _nothing(world: World, request: WeekRequest, audience: Audience) -> WeekAnswer:
    missions, ways, requests, bottlenecks, totals = (
        clear(pd.DataFrame(), view=view, audience=audience, settings=world.settings) for view in VIEWS
    )
    return WeekAnswer(
        request=request,
        missions=missions,
        ways=ways,
        requests=requests,
        bottlenecks=bottlenecks,
        totals=totals,
        notes=(),
    )


def _waits(ground: WeekGround) -> dict[str, Waits]:
    rows = ground.waiting[["request_id", "age_days", "children"]].to_dict("records")
    return {
        str(row["request_id"]): Waits(
            age_days=int(row["age_days"]), children=None if pd.isna(row["children"]) else int(row["children"])
        )
        for row in rows
    }


def _missions(world: World, ground: WeekGround, plan: WeekPlan, places: Places) -> pd.DataFrame:
    names = dict(zip(world.partners["partner_id"], world.partners["name"], strict=True))
    rows = [
        {
            "label": letter_of(number),
            **_mission(one, places, names),
            "nights": ", ".join(map(places.name, _nights(ground, one))),
            "roles": _roles(one),
        }
        for number, one in enumerate(plan.missions)
    ]
    return pd.DataFrame(rows, columns=_MISSION_COLUMNS)


def _nights(ground: WeekGround, mission: WeekMission) -> list[str]:
    """Place of each night."""
    nodes = mission.nodes[list(mission.itinerary.nights)].tolist()
    return [mission.outlet.base_id if node == 0 else ground.place_ids[node - 1] for node in nodes]


def _mission(mission: WeekMission, places: Places, names: dict[str, str]) -> dict[str, object]:
    outlet, itinerary, team = mission.outlet, mission.itinerary, mission.team
    sites = [mission.trip.stops[visit.stop].stop_id for visit in itinerary.visits]
    first, last = itinerary.drives[0], itinerary.drives[-1]
    away_min = 1440.0 * (last.day - first.day) + last.arrives_min - first.leaves_min
    return {
        "departs_on": pd.Timestamp(mission.days[0]),
        "returns_on": pd.Timestamp(mission.days[-1]),
        "days": len(mission.days),
        "mode": outlet.mode,
        "base_id": outlet.base_id,
        "base": places.name(outlet.base_id),
        "escort_base_id": outlet.escort_base_id,
        "requests": len(mission.request_ids),
        "request_ids": "; ".join(mission.request_ids),
        "sites": "; ".join(map(places.name, sites)),
        "time_min": round(away_min, 1),
        "people": team.people,
        "staff_ids": "; ".join(post.staff_id for post in team.posts),
        "vehicle_ids": "; ".join(one.vehicle_id for one in team.vehicles),
        "organisations": "; ".join(names.get(one, one) for one in team.organisations),
        "could_go_discreet": mission.discreet,
    }


def _roles(mission: WeekMission) -> str:
    """Roles of a team with their numbers, the most frequent first."""
    counts = Counter(post.role for post in mission.team.posts)
    return "; ".join(f"{role}:{number}" for role, number in sorted(counts.items(), key=lambda one: (-one[1], one[0])))


_MISSION_COLUMNS = [
    "label",
    "departs_on",
    "returns_on",
    "days",
    "mode",
    "base_id",
    "base",
    "escort_base_id",
    "requests",
    "request_ids",
    "sites",
    "nights",
    "time_min",
    "people",
    "staff_ids",
    "vehicle_ids",
    "roles",
    "organisations",
    "could_go_discreet",
]


def _requests(ground: WeekGround, plan: WeekPlan, found: dict[str, tuple[Blocked, ...]]) -> pd.DataFrame:
    """Every request that waits: the day it is served, else what is in its way; people's own entries untouched."""
    days = {
        mission.trip.stops[visit.stop].request_ids[place]: mission.days[visit.day - mission.itinerary.drives[0].day]
        for mission in plan.missions
        for visit in mission.itinerary.visits
        for place in range(len(mission.trip.stops[visit.stop].request_ids))
    }
    rows = []
    for row in ground.waiting.to_dict("records"):
        request_id = str(row["request_id"])
        blocked = found.get(request_id, ())
        served = request_id in days
        why = [one.why for one in blocked]
        if request_id in ground.unplaced:
            why = [_NO_SITE]
        elif not served and not why:
            why = [_OTHERS_FIRST]
        rows.append(
            {
                **{name: row[name] for name in ("request_id", "site_id", "site", "age_days", "points", "blocked_by")},
                "served": served,
                "served_on": pd.Timestamp(days[request_id]) if served else pd.NaT,
                "found_blockers": ";".join(dict.fromkeys(one.blocker for one in blocked)),
                "found_why": "; ".join(dict.fromkeys(why)),
            }
        )
    return pd.DataFrame(rows, columns=_REQUEST_COLUMNS)


_REQUEST_COLUMNS = [
    "request_id",
    "site_id",
    "site",
    "age_days",
    "points",
    "blocked_by",
    "served",
    "served_on",
    "found_blockers",
    "found_why",
]


def _bottlenecks(freed: Sequence[Freed], places: Places) -> pd.DataFrame:
    rows = [
        (
            one.more.kind,
            one.more.base_id or None,
            places.name(one.more.base_id) if one.more.base_id else None,
            one.more.language or None,
            one.requests,
            one.at_most,
            one.proven,
            one.request_days,
            one.child_days,
            "; ".join(one.freed),
            "; ".join(one.given_up),
        )
        for one in freed
    ]
    return pd.DataFrame(rows, columns=_BOTTLENECK_COLUMNS)


_BOTTLENECK_COLUMNS = [
    "kind",
    "base_id",
    "base",
    "language",
    "requests",
    "at_most",
    "proven",
    "request_days",
    "child_days",
    "freed",
    "given_up",
]


def _totals(request: WeekRequest, ground: WeekGround, plan: WeekPlan) -> pd.DataFrame:
    left = ground.waiting.loc[~ground.waiting["request_id"].isin(plan.request_ids)]
    by_then = (request.days[-1] - request.as_of).days
    pools = plan.task.resources.pools
    return pd.DataFrame(
        {
            "waiting": [len(ground.waiting)],
            "served": [len(plan.request_ids)],
            "at_most": [plan.most_requests],
            "missions": [len(plan.missions)],
            "mission_days": [sum(len(one.days) for one in plan.missions)],
            "exact": [plan.exact],
            "proven_most": [plan.proven_most],
            "every_set": [plan.whole],
            "left_late": [int((left["late_in_days"] < by_then).sum())],
            "escort_slots_used": [sum(one.outlet.escort_base_id is not None for one in plan.missions)],
            "escort_slots_had": [sum(pool.free for pool in pools)],
        }
    )


def _notes(plan: WeekPlan, together: int, *, bottlenecks: bool) -> tuple[str, ...]:
    served = len(plan.request_ids)
    notes = [PROVEN if plan.proven_most else HOW_FAR.format(most=plan.most_requests, served=served)]
    notes += [] if plan.whole else [NEAR_ONLY.format(together=together)]
    return (*notes, HOURS, *((ONE_MORE, TRAINED) if bottlenecks else ()))
