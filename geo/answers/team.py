"""Who could go: the team of a mission or what it lacks, and where no team could be formed at all."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.access.reach import Ways, reach_each
from geo.answers.reach import ways_on
from geo.answers.world import World
from geo.errors import UnknownRecordError, WithheldError
from geo.missions.composer import Composition, compose_team
from geo.missions.needs import Ask, asks_of, combine_asks
from geo.missions.plans import Need, Post
from geo.missions.roster import (
    Available,
    Roster,
    days_between,
    find_available,
    find_standing,
    read_roster,
)
from geo.missions.team_gaps import find_team_gaps, spoken_where
from geo.missions.teams import in_conflict, may_interview
from geo.model import AccessMode, Audience, ReachRequest, TeamGapsRequest, TeamRequest
from geo.redaction import Cleared, clear, may_see

_OPEN = ("open", "planned")  # requests that still wait for a visit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TeamAnswer:
    """A team that keeps every rule, or what is short and what would make the mission possible, smallest first."""

    request: TeamRequest
    team: Cleared  # one row per post; none where no team can be formed
    vehicles: Cleared
    needs: Cleared  # what each request asks of the team
    shortages: Cleared
    changes: Cleared  # each was tried
    away: Cleared  # who and what cannot come, and why
    totals: Cleared  # one row


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TeamGapsAnswer:
    """Where a team that keeps the rules could go, and where not and why."""

    request: TeamGapsRequest
    sites: Cleared
    districts: Cleared
    totals: Cleared  # sites by the first thing that is short; "met" for the others


def answer_team(world: World, request: TeamRequest, *, audience: Audience) -> TeamAnswer:
    """Compose the team of a mission.

    Raises
    ------
    WithheldError
        When requests are named for an audience that may not see them: what a team needs tells who the children are.
    UnknownRecordError
        When the base is not open that day, or no request has an id.
    """
    settings, rules = world.settings, world.settings.teams
    named = may_see("team_needs", "request_id", audience=audience, settings=settings)
    if request.request_ids and not named:
        raise WithheldError(f"single requests are withheld from the audience {audience}; ask without them")
    roster = roster_of(world, but=request.but)
    minutes = minutes_to_base(world, request, audience=audience)
    needs, asks = _asked(world, request)
    days = tuple(days_between(request.departs_on, request.returns_on))
    need = need_of(asks, request, days=days)

    def on_days(chosen: tuple[dt.date, ...]) -> Available:
        return find_available(roster, chosen, settings=rules, minutes=minutes)

    available = on_days(days)
    composed = compose_team(available, need, rules, asks=asks, on_days=on_days, not_before=request.not_before)
    names = _partner_names(world)

    def cleared(frame: pd.DataFrame, view: str) -> Cleared:
        return clear(frame, view=view, audience=audience, settings=settings)

    return TeamAnswer(
        request=request,
        team=cleared(_posts(composed, names), "team"),
        vehicles=cleared(_vehicles(composed, names), "team_vehicles"),
        needs=cleared(needs, "team_needs"),
        shortages=cleared(_shortages(composed), "team_shortages"),
        changes=cleared(_changes(composed), "team_changes"),
        away=cleared(_away(available, need, names), "team_away"),
        totals=cleared(_totals(composed, available), "team_totals"),
    )


def roster_of(world: World, *, but: str | None = None) -> Roster:
    """Return all posts and vehicles on record, with the days missions take them; ``but`` books nobody."""
    return read_roster(
        world.records("staff"), world.records("fleet"), world.partners, world.records("missions"), but=but
    )


def need_of(asks: tuple[Ask, ...], request: TeamRequest, *, days: tuple[dt.date, ...]) -> Need:
    """Return what a mission asks; without requests, what a visit asks where girls may be."""
    drives = not request.flies
    if not asks:
        return Need(days=days, interviews=True, girls=True, discreet=request.discreet, drives=drives)
    return combine_asks(asks, days=days, discreet=request.discreet, drives=drives)


def minutes_to_base(world: World, request: TeamRequest, *, audience: Audience) -> dict[str, float]:
    """Return minutes by road from each base to the mission's, as far as its people may come from.

    Raises
    ------
    UnknownRecordError
        When the base is not open; others are named only to those who may see them.
    """
    bases = world.bases_at(request.departs_on)
    chosen = bases.loc[bases["base_id"] == request.base_id]
    if chosen.empty:
        known = ", ".join(sorted(bases["base_id"])[:8]) or "none"
        seen = may_see("bases", "base_id", audience=audience, settings=world.settings)
        hint = f"open bases: {known}" if seen else "check its id"
        raise UnknownRecordError(f"no base {request.base_id!r} is open on {request.departs_on}; {hint}")
    asked = ReachRequest(
        limit_min=60.0 * world.settings.teams.join_most_hours,
        mode=AccessMode.UNESCORTED,
        as_of=request.departs_on,
        season=request.season,
        vehicle=request.vehicle,
    )
    found = reach_each(ways_on(world, asked), bases, chosen, asked, settings=world.settings)
    # A base without a road stays its own.
    return {**dict(zip(found["base_id"], found["time_min"], strict=True)), request.base_id: 0.0}


def answer_team_gaps(world: World, request: TeamGapsRequest, *, audience: Audience) -> TeamGapsAnswer:
    """Tell for each site whether any base could send a team that keeps the rules to interview girls there."""
    settings = world.settings
    sites = _sites_with_languages(world, request)
    bases = world.bases_at(request.as_of)
    ways = ways_on(world, request.reach())
    reached = reach_each(ways, bases, sites, request.reach(), settings=settings)
    need = Need(days=(), interviews=True, girls=True, discreet=request.discreet, drives=request.mode != AccessMode.AIR)
    found = find_team_gaps(sites, reached, _crews(world, request, bases, ways), need=need, settings=settings.teams)
    told = sites.join(found)
    told["languages"] = ["; ".join(" or ".join(sorted(one)) for one in tongues) for tongues in told.pop("tongues")]

    def cleared(frame: pd.DataFrame, view: str, count_column: str | None = None) -> Cleared:
        return clear(frame, view=view, audience=audience, settings=settings, count_column=count_column)

    return TeamGapsAnswer(
        request=request,
        sites=cleared(told, "team_gaps"),
        districts=cleared(_by_district(told), "team_gap_districts"),
        totals=cleared(_by_reason(told), "team_gap_totals", "sites"),
    )


def _asked(world: World, request: TeamRequest) -> tuple[pd.DataFrame, tuple[Ask, ...]]:
    """What the requests named ask, in their order, as a table and as values."""
    table = world.records("requests")
    unknown = sorted(set(request.request_ids) - set(table["request_id"]))
    if unknown:
        raise UnknownRecordError(f"no request {', '.join(map(repr, unknown))} is on record; check its case code")
    rows = table.set_index("request_id", drop=False).loc[list(request.request_ids)].reset_index(drop=True)
    codes = rows["site_id"].map(site_codes(world))
    asks = asks_of(rows, codes)
    told = pd.DataFrame(
        {
            "request_id": rows["request_id"],
            "site_id": rows["site_id"],
            "interviews": [ask.interviews for ask in asks],
            "girls": [ask.girls for ask in asks],
            "languages": rows["languages"],
            "p_code": codes,
            "actor_id": rows["actor_id"],
        }
    )
    return told, asks


def site_codes(world: World) -> pd.Series:
    """P-code of each site of all periods, by id; that of its district where the record has none."""
    recorded = world.records("sites")
    sites = recorded if len(recorded) else world.sites_at(world.latest_date)
    return sites["p_code"].fillna(_districts(world, sites)["district_code"]).set_axis(sites["site_id"])


def _districts(world: World, places: pd.DataFrame) -> pd.DataFrame:
    """Finest imported area that holds each place, the first by p-code on a border; missing outside all."""
    areas = world.areas(2)
    areas = (areas if len(areas) else world.areas(1)).sort_values("boundary_id").reset_index(drop=True)
    held = np.full(len(places), -1)
    points = shapely.points(places[["longitude", "latitude"]].to_numpy(dtype=float))
    at, area = areas.sindex.query(points, predicate="intersects")
    last_first = np.lexsort((area, at))[::-1]  # so that the first area stands
    held[at[last_first]] = area[last_first]
    table = areas[["name", "boundary_id"]].astype("string")
    return table.set_axis(["district", "district_code"], axis=1).reindex(held).set_axis(places.index)


def _partner_names(world: World) -> dict[str, str]:
    return dict(zip(world.partners["partner_id"], world.partners["name"], strict=True))


def _posts(composed: Composition, names: dict[str, str]) -> pd.DataFrame:
    posts = composed.team.posts if composed.team else ()
    return _table(
        posts,
        {
            "staff_id": lambda post: post.staff_id,
            "organisation": lambda post: names.get(post.partner_id, post.partner_id),
            "organisation_type": lambda post: post.organisation_type,
            "role": lambda post: post.role,
            "woman": lambda post: post.woman,
            "interviews": lambda post: composed.need.interviews and may_interview(post),
            "languages": lambda post: ";".join(sorted(post.languages)),
            "base_id": lambda post: post.base_id,
        },
    )


def _vehicles(composed: Composition, names: dict[str, str]) -> pd.DataFrame:
    vehicles = composed.team.vehicles if composed.team else ()
    return _table(
        vehicles,
        {
            "vehicle_id": lambda one: one.vehicle_id,
            "organisation": lambda one: names.get(one.partner_id, one.partner_id),
            "vehicle": lambda one: one.kind,
            "seats": lambda one: one.seats,
            "base_id": lambda one: one.base_id,
        },
    )


def _shortages(composed: Composition) -> pd.DataFrame:
    return _table(
        composed.shortages,
        {
            "resource": lambda one: one.resource,
            "needed": lambda one: one.needed,
            "held": lambda one: one.held,
            "text": str,
        },
    )


def _changes(composed: Composition) -> pd.DataFrame:
    return _table(
        composed.changes,
        {
            "kind": lambda change: change.kind,
            "size": lambda change: change.size,
            "text": lambda change: change.text,
            "first_day": lambda change: change.days[0],
            "last_day": lambda change: change.days[-1],
            "left_out": lambda change: ";".join(change.left_out),
        },
    )


def _away(available: Available, need: Need, names: dict[str, str]) -> pd.DataFrame:
    """Who cannot come on these days, and who has a conflict of interest with this mission."""
    rows = [(away.who, ", ".join(away.reasons)) for away in available.away]
    rows += [(post, "has a conflict of interest") for post in available.posts if in_conflict(post, need)]
    return _table(
        rows,
        {
            "who_id": lambda row: row[0].staff_id if isinstance(row[0], Post) else row[0].vehicle_id,
            "kind": lambda row: "post" if isinstance(row[0], Post) else "vehicle",
            "organisation": lambda row: names.get(row[0].partner_id, row[0].partner_id),
            "role": lambda row: row[0].role if isinstance(row[0], Post) else row[0].kind,
            "reason": lambda row: row[1],
            "conflicts": lambda row: ";".join(sorted(row[0].conflicts)) if isinstance(row[0], Post) else "",
        },
    )


def _totals(composed: Composition, available: Available) -> pd.DataFrame:
    team = composed.team
    return pd.DataFrame(
        {
            "possible": [team is not None],
            "people": [team.people if team else 0],
            "drivers": [team.drivers if team else 0],
            "vehicles": [len(team.vehicles) if team else 0],
            "organisations": [len(team.organisations) if team else 0],
            "posts_free": [len(available.posts)],
            "women_interviewers_free": [sum(post.woman and may_interview(post) for post in available.posts)],
            "vehicles_free": [len(available.vehicles)],
        }
    )


def _table(rows: Iterable[Any], columns: dict[str, Callable[[Any], object]]) -> pd.DataFrame:
    """One column per reading of the rows; columns stand even where there is no row."""
    held = list(rows)
    return pd.DataFrame({name: [read(row) for row in held] for name, read in columns.items()})


def _sites_with_languages(world: World, request: TeamGapsRequest) -> pd.DataFrame:
    """Sites of the day with their district and the languages a team needs there."""
    sites = world.sites_at(request.as_of)[["site_id", "name", "p_code", "longitude", "latitude"]]
    sites = sites.rename(columns={"name": "site"}).reset_index(drop=True)
    sites = sites.join(_districts(world, sites))
    sites["p_code"] = sites["p_code"].fillna(sites["district_code"])
    requests = world.records("requests")
    waiting = requests.loc[requests["status"].isin(_OPEN)]
    asks = asks_of(waiting, pd.Series(pd.NA, index=waiting.index))
    of_request = waiting.set_index("request_id")["site_id"]
    spoken = spoken_where(asks, of_request, sites.set_index("site_id")["district_code"])
    return sites.assign(tongues=spoken["tongues"].to_list(), languages_basis=spoken["basis"].to_list())


def _crews(world: World, request: TeamGapsRequest, bases: pd.DataFrame, ways: Ways) -> dict[str, Available]:
    """Who and what can set out from each base: all on record that day whose base is within a day's drive."""
    roster, rules = roster_of(world), world.settings.teams
    asked = request.reach(60.0 * rules.join_most_hours, AccessMode.UNESCORTED)
    between = reach_each(ways, bases, bases, asked, settings=world.settings)
    crews = {}
    for position, base_id in enumerate(bases["base_id"]):
        rows = between.loc[between["target"] == position]
        minutes = {**dict(zip(rows["base_id"], rows["time_min"], strict=True)), base_id: 0.0}
        crews[str(base_id)] = find_standing(roster, request.as_of, settings=rules, minutes=minutes)
    return crews


def _by_district(told: pd.DataFrame) -> pd.DataFrame:
    """Sites of each district, how many of them can be visited, and what is short most often where not."""
    rows = []
    for (code, name), sites in told.groupby(["district_code", "district"], sort=True):
        short = sites.loc[~sites["met"], "short"].str.split(";").explode()
        worst = short.value_counts().sort_index().sort_values(ascending=False, kind="stable")
        rows.append((name, code, len(sites), int(sites["met"].sum()), "" if worst.empty else worst.index[0]))
    table = pd.DataFrame(rows, columns=["district", "p_code", "sites", "sites_met", "short"])
    return table.assign(met_share=table["sites_met"] / table["sites"])


def _by_reason(told: pd.DataFrame) -> pd.DataFrame:
    """Each site once: under "met", or under the first thing that is short."""
    reason = told["short"].str.split(";").str[0].where(~told["met"], "met")
    counts = reason.value_counts().sort_index()
    return pd.DataFrame({"reason": counts.index.astype("string"), "sites": counts.to_numpy()})
