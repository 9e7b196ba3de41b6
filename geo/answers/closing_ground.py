"""What a closing order stands on, before the gate: bases, sites, minutes between them, and the steps of the order."""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geo.access.kernels import FloatArray
from geo.access.reach import check_known, reach_each, serving_bases, within_limit
from geo.answers.reach import ways_on
from geo.answers.world import World
from geo.drawdown.closing_order import Progress, Rules, Step, closing_order
from geo.drawdown.cover import Cover, cover_of
from geo.drawdown.median import Travel, travel_of
from geo.drawdown.replanning import step_days
from geo.errors import RequestError
from geo.model import ClosingRequest, Objective

MIN_PER_HOUR = 60.0
_UNITS = {
    (Objective.COVER, True): "people at sites within the limit",
    (Objective.COVER, False): "sites within the limit",
    (Objective.MEDIAN, True): "hours of way from the nearest base, one for each person",
    (Objective.MEDIAN, False): "hours of way from the nearest base, one for each site",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClosingGround:
    """Bases that offer the mode, sites, and how far they lie apart."""

    request: ClosingRequest
    bases: pd.DataFrame  # base_id, name, longitude, latitude; by id
    sites: pd.DataFrame
    weight: FloatArray  # of each site: its people; 1 where no site tells them
    minutes: FloatArray  # shape (bases, sites); infinity beyond what is looked at
    within: Cover  # of the limit, weight as above
    travel: Travel | None  # for the objective of that name

    @property
    def cover(self) -> Cover:
        """What the order keeps as much of as it can."""
        return self.within if self.travel is None else self.travel.cover

    @property
    def per_unit(self) -> float:
        """What is covered in one unit of the answer: minutes are told as hours."""
        return 1.0 if self.travel is None else MIN_PER_HOUR

    @property
    def people_known(self) -> bool:
        """Whether any site tells its people."""
        return bool(self.sites["people"].notna().any())

    @property
    def out_of_reach(self) -> int:
        """Sites that no base reaches within what is looked at."""
        most_min = self.request.limit_min if self.travel is None else self.travel.farthest_min
        nearest = self.minutes.min(axis=0, initial=np.inf)
        return int((~within_limit(nearest, most_min)).sum())

    @property
    def unit(self) -> str:
        """What losses count."""
        return _UNITS[self.request.objective, self.people_known]

    @property
    def rules(self) -> Rules:
        """What an order must respect; rules about bases that do not offer the mode say nothing here."""
        offered = set(self.cover.base_ids)
        return Rules(
            keep=frozenset(self.request.keep) & offered,
            forced={base: when for base, when in self.request.forced if base in offered},
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClosingPlan:
    """An order of closures, before the gate, with all that further questions about it need."""

    ground: ClosingGround
    steps: tuple[Step, ...]
    days: tuple[dt.date, ...]  # of each closure; assumed where it is not forced

    @property
    def order(self) -> tuple[str, ...]:
        """Bases in the order they close."""
        return tuple(step.base_id for step in self.steps)

    @property
    def names(self) -> dict[str, str]:
        """Name of each base."""
        return dict(zip(self.ground.bases["base_id"].astype(str), self.ground.bases["name"].astype(str), strict=True))


def plan_closing(world: World, request: ClosingRequest, *, progress: Progress | None = None) -> ClosingPlan:
    """Order the closures of all bases that offer the mode, each step beside its optimum or a bound.

    Raises
    ------
    UnknownRecordError
        When a base to keep or to close is not open.
    RequestError
        When no base offers the mode.
    """
    ground, rule = ground_of(world, request), world.settings.closing
    most_groups = None if ground.travel is None else rule.proof_most_groups
    steps = closing_order(ground.cover, ground.rules, progress=progress, most_groups=most_groups)
    order = tuple(step.base_id for step in steps)
    days = step_days(order, ground.rules, begins_on=request.as_of, months_apart=rule.months_apart)
    return ClosingPlan(ground=ground, steps=steps, days=days)


def ground_of(world: World, request: ClosingRequest) -> ClosingGround:
    """Find how far every site lies from every base that offers the mode; errors as :func:`plan_closing`."""
    day, bases = str(request.as_of), world.bases_at(request.as_of)
    check_known((*request.keep, *(base for base, _ in request.forced)), bases["base_id"], day=day)
    sites = world.sites_at(request.as_of)
    people = sites["people"].to_numpy(dtype=float, na_value=np.nan)
    weight = np.ones(len(sites)) if np.isnan(people).all() else np.nan_to_num(people)
    serving = serving_bases(bases, request.reach())
    if serving.empty:
        raise RequestError(f"no base open on {day} offers {request.mode}; choose another mode")
    farthest_min = world.settings.closing.farthest_min if request.objective is Objective.MEDIAN else 0.0
    asked = replace(request.reach(), limit_min=max(request.limit_min, farthest_min))
    each = reach_each(ways_on(world, asked), bases, sites, asked, settings=world.settings)
    base_ids = tuple(map(str, serving["base_id"]))
    minutes = _minutes(base_ids, each, len(sites))
    within = each.loc[within_limit(each["time_min"].to_numpy(dtype=float), request.limit_min)]
    travel = None if farthest_min == 0 else travel_of(base_ids, minutes, weight, farthest_min=farthest_min)
    return ClosingGround(
        request=request,
        bases=serving.assign(name=_told_apart(serving))[["base_id", "name", "longitude", "latitude"]],
        sites=sites,
        weight=weight,
        minutes=minutes,
        within=cover_of(base_ids, within, weight),
        travel=travel,
    )


def _told_apart(bases: pd.DataFrame) -> pd.Series:
    """Name of each base; where two share one, with its organisation."""
    return bases["name"].where(~bases["name"].duplicated(keep=False), bases["name"] + ", " + bases["organisation"])


def _minutes(base_ids: tuple[str, ...], each: pd.DataFrame, sites: int) -> FloatArray:
    row = each["base_id"].map({base: number for number, base in enumerate(base_ids)}).to_numpy(dtype=np.int64)
    minutes = np.full((len(base_ids), sites), np.inf)
    minutes[row, each["target"].to_numpy(dtype=np.int64)] = each["time_min"].to_numpy(dtype=float)
    return minutes
