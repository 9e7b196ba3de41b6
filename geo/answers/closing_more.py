"""What follows from a closing order: planning anew after a forced closure, and where one more base adds most."""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geo.access.kernels import FloatArray
from geo.access.reach import reach_each
from geo.answers.closing import may_order
from geo.answers.closing_ground import ClosingGround, ClosingPlan
from geo.answers.land import TOWN_KINDS
from geo.answers.reach import ways_on
from geo.answers.world import World
from geo.drawdown.adding import added_cover, saved_travel
from geo.drawdown.replanning import Replan, replan
from geo.errors import RequestError
from geo.model import AccessMode, Audience, Objective
from geo.redaction import Cleared, clear

_BATCH = 64  # places sought from at once: their minutes to every site are in memory together
_MISSION_OWN = (AccessMode.ESCORTED, AccessMode.AIR)  # a partner brings neither convoys nor aircraft


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplanAnswer:
    """Both ways on from a forced closure, step by step."""

    steps: Cleared
    done: int | None  # closures by then; None for those who may not see the order
    keeps_old: bool | None


def answer_replan(
    world: World, plan: ClosingPlan | None, *, forced: tuple[str, dt.date], audience: Audience
) -> ReplanAnswer:
    """Plan anew after a base closes on a day nobody planned; what closed by then stays closed.

    Parameters
    ----------
    plan
        The order that is overtaken; ``None`` for an audience that may not see it, which gets nothing.
    forced
        The base and the day.

    Raises
    ------
    RequestError
        When the base closed by that day, or does not offer the mode.
    """
    found = None
    if plan is not None and may_order(world, audience):
        base_id, day = forced
        if day < plan.ground.request.as_of:
            raise RequestError(f"a closure on {day} lies before {plan.ground.request.as_of}, the day of the order")
        closed = [base for base, when in zip(plan.order, plan.days, strict=True) if when < day]
        if base_id in closed:
            when = plan.days[plan.order.index(base_id)]
            name = plan.names.get(base_id, base_id)
            raise RequestError(
                f"{name} closes on {when} already, before {day}, so no order is overtaken; name an earlier day"
            )
        found = replan(
            plan.ground.cover,
            plan.order,
            plan.ground.rules,
            forced=forced,
            after=len(closed),
            most_groups=None if plan.ground.travel is None else world.settings.closing.proof_most_groups,
        )
    table = clear(_replanned(plan, found), view="closing_replan", audience=audience, settings=world.settings)
    return ReplanAnswer(
        steps=table,
        done=None if found is None else len(found.done),
        keeps_old=None if found is None else found.keeps_old,
    )


_REPLAN = ["step", "base", "name", "old_name", "loss", "old_loss", "known_loss", "regret", "old_regret", "proven"]


def _replanned(plan: ClosingPlan | None, found: Replan | None) -> pd.DataFrame:
    if plan is None or found is None:
        return pd.DataFrame(columns=_REPLAN)
    names, unit, done = plan.names, plan.ground.per_unit, len(found.done)
    rows = [
        (
            number,
            step.base_id,
            names.get(step.base_id, step.base_id),
            names.get(step.old_base_id, step.old_base_id),
            step.loss / unit,
            step.old_loss / unit,
            step.known_loss / unit,
            step.regret / unit,
            step.old_regret / unit,
            step.proven,
        )
        for number, step in enumerate(found.steps, start=done + 1)
    ]
    return pd.DataFrame(rows, columns=_REPLAN)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlacesAnswer:
    """Places for one more partner base by what it adds; those that add nothing now nor later are left out."""

    places: Cleared
    tried: int | None  # None for those who may not see the order
    there: int | None  # places there are; more than tried where the settings allow fewer


_PLACES = ["place", "kind", "adds_now", "adds_at_step", "adds_at_the_end", "longitude", "latitude"]


def answer_places(world: World, plan: ClosingPlan | None, *, step: int, audience: Audience) -> PlacesAnswer:
    """Try a partner base at each site and town: what it adds now, after a step of the order, and at its end.

    Each place is looked at exactly: one search from it, by the mode of the order.

    Raises
    ------
    RequestError
        When the mode is one that a partner base does not bring.
    """
    told = plan is not None and may_order(world, audience)
    table, tried, there = pd.DataFrame(columns=_PLACES), None, None
    if plan is not None and told:
        mode = plan.ground.request.mode
        if mode in _MISSION_OWN:
            raise RequestError(f"a partner base brings no {'escorts' if mode == AccessMode.ESCORTED else 'aircraft'}")
        places = _places(world, plan.ground)
        chosen = places.head(world.settings.closing.most_tried)
        table, tried, there = _tried(world, plan, chosen, step), len(chosen), len(places)
    cleared = clear(table, view="closing_places", audience=audience, settings=world.settings)
    return PlacesAnswer(places=cleared, tried=tried, there=there)


def _places(world: World, ground: ClosingGround) -> pd.DataFrame:
    """Sites, then towns, one for each position, those with most people first."""
    sites = ground.sites[["name", "people", "longitude", "latitude"]].assign(kind="site")
    towns = world.places.loc[world.places["kind"].isin(TOWN_KINDS).to_numpy(dtype=bool)]
    if world.country:
        towns = towns.loc[towns["country"].eq(world.country).fillna(value=True).to_numpy(dtype=bool)]
    towns = towns[["name", "population", "longitude", "latitude"]].rename(columns={"population": "people"})
    both = pd.concat([part.astype({"people": float}) for part in (sites, towns.assign(kind="town"))])
    both = both.rename(columns={"name": "place"}).dropna(subset=["place", "longitude", "latitude"])
    ranked = both.sort_values(["kind", "people"], ascending=[True, False], kind="stable")
    return ranked.drop_duplicates(["longitude", "latitude"]).reset_index(drop=True)


def _tried(world: World, plan: ClosingPlan, places: pd.DataFrame, step: int) -> pd.DataFrame:
    """What a base at each place adds, in units of the order; best at the end first."""
    ground = plan.ground
    have = [ground_minutes(plan, number) for number in (0, step, len(plan.order))]
    adds = np.zeros((len(places), len(have)))
    for first in range(0, len(places), _BATCH):
        rows = slice(first, first + _BATCH)
        adds[rows] = _added(world, ground, places.iloc[rows], have)
    table = places[["place", "kind", "longitude", "latitude"]].assign(
        adds_now=adds[:, 0] / ground.per_unit,
        adds_at_step=adds[:, 1] / ground.per_unit,
        adds_at_the_end=adds[:, 2] / ground.per_unit,
    )
    order = ["adds_at_step", "adds_at_the_end", "adds_now", "place"]
    some = table[_PLACES].loc[adds.max(axis=1, initial=0.0) > 0]
    return pd.DataFrame(some.sort_values(order, ascending=[False, False, False, True], ignore_index=True))


def ground_minutes(plan: ClosingPlan, step: int) -> FloatArray:
    """Minutes from the nearest base that is open after so many steps to each site; infinity without."""
    closed = set(plan.order[:step])
    is_open = np.array([base not in closed for base in plan.ground.within.base_ids])
    return np.asarray(plan.ground.minutes[is_open].min(axis=0, initial=np.inf))


def _added(world: World, ground: ClosingGround, places: pd.DataFrame, have: list[FloatArray]) -> FloatArray:
    """Shape ``(places, states)``: what a base at each place adds to each state of open bases."""
    settings, request, count = world.settings, ground.request, len(places)
    farthest_min = settings.closing.farthest_min
    travels = request.objective is Objective.MEDIAN
    asked = replace(request.reach(), limit_min=farthest_min if travels else request.limit_min)
    each = reach_each(ways_on(world, asked), _as_bases(world, places), ground.sites, asked, settings=settings)
    row = np.asarray(each["base_id"].astype("int64"), dtype=np.int64)
    target = np.asarray(each["target"], dtype=np.int64)
    minutes = np.asarray(each["time_min"], dtype=np.float64)
    if travels:
        capped = [np.minimum(state, farthest_min) for state in have]
        added = [saved_travel(row, target, minutes, count=count, have_min=one, weight=ground.weight) for one in capped]
    else:
        limit = request.limit_min
        added = [
            added_cover(row, target, count=count, have_min=one, weight=ground.weight, limit_min=limit) for one in have
        ]
    return np.column_stack(added)


def _as_bases(world: World, places: pd.DataFrame) -> pd.DataFrame:
    """Bases of a partner at the places, numbered: they host partners and an alert hub, and have no escorts or aircraft."""
    like = world.bases_at(world.latest_date).iloc[:0]
    made = places[["longitude", "latitude"]].reset_index(drop=True)
    made = made.assign(
        base_id=[f"{number:05d}" for number in range(len(places))],
        name=places["place"].to_numpy(),
        organisation_type="ingo",
        hosts_partners=True,
        alert_hub=True,
    )
    return pd.DataFrame(made.reindex(columns=like.columns))
