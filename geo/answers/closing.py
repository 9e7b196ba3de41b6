"""In which order to close bases: what each step loses, how far that is from the best, and what each base is worth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.reach import reach_each, serving_bases
from geo.answers.closing_ground import ClosingGround, ClosingPlan, plan_closing
from geo.answers.reach import ways_on
from geo.answers.world import World
from geo.drawdown.closing_order import Progress, Step, covered_by_all
from geo.drawdown.cover import Cover, cover_of
from geo.errors import RequestError
from geo.model import Audience, ClosingRequest
from geo.redaction import Cleared, clear, sees_any

PEOPLE, SITES = "people at sites within the limit", "sites within the limit"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClosingAnswer:
    """An order of closures and what every base, or one more, covers."""

    request: ClosingRequest
    order: Cleared
    keeps: Cleared  # by what one would keep if only one; candidates among them
    bases: Cleared  # with their place in the order, for the map
    lost: Cleared  # sites within the limit, and at which step the last base that reaches them closes
    unit: str  # of every loss
    not_counted: int | None  # sites whose people are not known; None for those who may not see the order
    out_of_reach: int | None = None  # sites that no base reaches, now nor later: they are in no figure


def answer_closing(
    world: World,
    request: ClosingRequest,
    *,
    audience: Audience,
    candidates: pd.DataFrame | None = None,
    plan: ClosingPlan | None = None,
    progress: Progress | None = None,
) -> ClosingAnswer:
    """Order the closures of all bases that offer the mode.

    People at sites are counted; where no site tells its people, sites are. An audience that may not see the order gets
    nothing, and nothing is ordered for it.

    Parameters
    ----------
    candidates
        Bases that could be added, under the contract ``BASES``; they are weighed, and no part of the order.
    plan
        The order where it is at hand, as :func:`geo.answers.closing_ground.plan_closing` gives it.

    Raises
    ------
    UnknownRecordError
        When a base to keep or to close is not open.
    RequestError
        When a candidate has the id of an open base, or no base offers the mode.
    """
    told = may_order(world, audience)
    made = (plan or plan_closing(world, request, progress=progress)) if told else None
    more = None if made is None or candidates is None else _more(world, made.ground, candidates)

    def cleared(frame: pd.DataFrame, view: str) -> Cleared:
        return clear(frame, view=view, audience=audience, settings=world.settings)

    return ClosingAnswer(
        request=request,
        order=cleared(_order(made), "closing_order"),
        keeps=cleared(_keeps(made, more), "closing_keeps"),
        bases=cleared(_placed(made), "closing_bases"),
        lost=cleared(_lost(made), "closing_lost"),
        unit=PEOPLE if made is None else made.ground.unit,
        not_counted=None if made is None else _not_counted(made.ground),
        out_of_reach=None if made is None else made.ground.out_of_reach,
    )


def may_order(world: World, audience: Audience) -> bool:
    """Whether an audience may see anything of a closing order."""
    return sees_any("closing_order", audience=audience, settings=world.settings)


def _not_counted(ground: ClosingGround) -> int | None:
    return int(ground.sites["people"].isna().sum()) if ground.people_known else None


def _more(world: World, ground: ClosingGround, candidates: pd.DataFrame) -> tuple[Cover, dict[str, str]]:
    """Cover of open bases and candidates together, and the candidates' names."""
    bases, asked = world.bases_at(ground.request.as_of), ground.request.reach()
    taken = sorted(set(candidates["base_id"]) & set(bases["base_id"]))
    if taken:
        raise RequestError(f"candidate {', '.join(taken)} has the id of an open base; give it another")
    both = pd.concat([bases, candidates], ignore_index=True)
    both["escort_possible"] = both["escort_possible"].fillna(both["escort_slots_per_week"] > 0).astype(bool)
    named = dict(zip(candidates["base_id"].astype(str), candidates["name"].astype(str), strict=True))
    each = reach_each(ways_on(world, asked), both, ground.sites, asked, settings=world.settings)
    return cover_of(tuple(map(str, serving_bases(both, asked)["base_id"])), each, ground.weight), named


_ORDER = [
    "step", "base", "name", "adds", "loss", "loss_share", "optimum", "gap", "without_backup", "reason", "proven",
    "closes_on", "kept", "share", "best_share", "mean_min", "best_mean_min",
]  # fmt: skip


def _order(plan: ClosingPlan | None) -> pd.DataFrame:
    if plan is None:
        return pd.DataFrame(columns=_ORDER)
    ground, total, unit = plan.ground, plan.ground.cover.total, plan.ground.per_unit
    whole, bases = covered_by_all(ground.cover, ground.rules), len(ground.cover.base_ids)
    rows = [
        (
            number,
            step.base_id,
            plan.names.get(step.base_id, step.base_id),
            step.adds / unit,
            step.loss / unit,
            step.loss / total if total > 0 else np.nan,
            step.optimum / unit,
            step.gap / unit,
            step.without_backup / unit,
            _reason(step, ground),
            step.proven,
            pd.Timestamp(day),
            bases - number,
            *_kept(ground, whole - step.loss, whole - step.optimum),
        )
        for number, (step, day) in enumerate(zip(plan.steps, plan.days, strict=True), start=1)
    ]
    return pd.DataFrame(rows, columns=_ORDER)


def _kept(ground: ClosingGround, covered: float, best: float) -> tuple[float, float, float, float]:
    """Share that stays covered and mean minutes per person, of the order and of the best; NaN of the other objective."""
    nothing = float("nan")
    if ground.travel is not None:
        return nothing, nothing, ground.travel.mean_min(covered), ground.travel.mean_min(best)
    total = ground.cover.total
    return (covered / total, best / total, nothing, nothing) if total > 0 else (nothing,) * 4


def _reason(step: Step, ground: ClosingGround) -> str:
    """Why this base at this step, and what that costs against the best choice of as many closures."""
    if step.gap <= 0:
        return f"{step.why}; no {'other ' if step.loss > 0 else ''}choice of as many closures loses less"
    less = f"{step.gap / ground.per_unit:,.0f}"
    if step.proven:
        return f"{step.why}; another choice of as many closures would lose {less} less"
    return f"{step.why}; no choice of as many closures loses more than {less} less (not proven to be that good)"


_KEEPS = ["base", "name", "covers", "covers_share", "adds_now", "adds_at_the_end", "candidate"]


def _keeps(plan: ClosingPlan | None, more: tuple[Cover, dict[str, str]] | None) -> pd.DataFrame:
    """What each base covers alone, and what each candidate would add today and once the order is done."""
    if plan is None:
        return pd.DataFrame(columns=_KEEPS)
    cover, names = plan.ground.within, plan.names
    whole, extra = (cover, {}) if more is None else more
    closed = set(plan.order)
    is_open = np.array([base not in extra for base in whole.base_ids])
    staying = np.array([base not in extra and base not in closed for base in whole.base_ids])
    rows = []
    for place, base in enumerate(whole.base_ids):
        alone = np.arange(len(whole.base_ids)) == place
        covers = whole.covered(alone)
        candidate = base in extra
        rows.append(
            {
                "base": base,
                "name": extra.get(base) or names.get(base, base),
                "covers": covers,
                "covers_share": covers / cover.total if cover.total > 0 else np.nan,
                "adds_now": whole.covered(is_open | alone) - whole.covered(is_open) if candidate else np.nan,
                "adds_at_the_end": whole.covered(staying | alone) - whole.covered(staying) if candidate else np.nan,
                "candidate": candidate,
            }
        )
    table = pd.DataFrame(rows, columns=_KEEPS)
    return table.sort_values(["candidate", "covers"], ascending=[True, False], kind="stable", ignore_index=True)


def _placed(plan: ClosingPlan | None) -> pd.DataFrame:
    """Bases with the step at which they close, 0 = never, and a label that carries it."""
    if plan is None:
        return pd.DataFrame(columns=["base_id", "name", "longitude", "latitude", "step", "label"])
    step = {base: number for number, base in enumerate(plan.order, start=1)}
    bases = plan.ground.bases
    steps = [step.get(base, 0) for base in bases["base_id"]]
    names = bases["name"].astype(str)
    labels = [f"{number} {name}" if number else name for number, name in zip(steps, names, strict=True)]
    return bases.assign(step=steps, label=labels)


_LOST = ["site", "p_code", "people", "lost_at", "reached_by", "last_base", "before_min", "longitude", "latitude"]


def _lost(plan: ClosingPlan | None) -> pd.DataFrame:
    """Sites within the limit of some base: at which step the last such base closes (0 = never), and how many there are."""
    if plan is None:
        return pd.DataFrame(columns=_LOST)
    ground = plan.ground
    reached = np.zeros((len(ground.within.base_ids), len(ground.sites)), dtype=bool)
    some = np.flatnonzero(ground.within.group >= 0)
    reached[:, some] = ground.within.reaches[:, ground.within.group[some]]
    step = {base: number for number, base in enumerate(plan.order, start=1)}
    never = len(plan.order) + 1
    closes = np.array([step.get(base, never) for base in ground.within.base_ids])
    last = np.where(reached, closes[:, None], 0)[:, some]
    lost_at = last.max(axis=0)
    sites = ground.sites.iloc[some]
    names = np.array([plan.names.get(base, base) for base in ground.within.base_ids], dtype=object)
    table = sites[["p_code", "people", "longitude", "latitude"]].assign(
        site=sites["name"],
        lost_at=np.where(lost_at == never, 0, lost_at),
        reached_by=reached[:, some].sum(axis=0),
        last_base=names[last.argmax(axis=0)],
        before_min=ground.minutes[:, some].min(axis=0),
    )
    return table[_LOST].sort_values(["lost_at", "people"], ascending=[True, False], kind="stable", ignore_index=True)
