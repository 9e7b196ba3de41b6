"""In which order to close bases: what each step loses, how far that is from the best, and what each base is worth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.kernels import FloatArray
from geo.access.reach import check_known, reach_each, serving_bases
from geo.answers.reach import ways_on
from geo.answers.world import World
from geo.drawdown.closing_order import Progress, Rules, Step, closing_order
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
    unit: str  # of every loss
    not_counted: int | None  # sites whose people are not known; None for those who may not see the order


def answer_closing(
    world: World,
    request: ClosingRequest,
    *,
    audience: Audience,
    candidates: pd.DataFrame | None = None,
    progress: Progress | None = None,
) -> ClosingAnswer:
    """Order the closures of all bases that offer the mode.

    People at sites are counted; where no site tells its people, sites are.

    Parameters
    ----------
    candidates
        Bases that could be added, under the contract ``BASES``; they are weighed, and no part of the order.

    Raises
    ------
    UnknownRecordError
        When a base to keep or to close is not open.
    RequestError
        When a candidate has the id of an open base, or no base offers the mode.
    """
    settings, day = world.settings, str(request.as_of)
    bases = world.bases_at(request.as_of)
    named = (*request.keep, *(base for base, _ in request.forced))
    told = sees_any("closing_order", audience=audience, settings=settings)
    check_known(named, bases["base_id"] if told else pd.Series(named, dtype=object), day=day)
    sites = world.sites_at(request.as_of)
    people = sites["people"].to_numpy(dtype=float, na_value=np.nan)
    weight = np.ones(len(sites)) if np.isnan(people).all() else np.nan_to_num(people)
    cover = _cover(world, request, bases, sites, weight)
    if not cover.base_ids:
        raise RequestError(f"no base open on {day} offers {request.mode}; choose another mode")
    rules = Rules(
        keep=frozenset(request.keep) & set(cover.base_ids),
        forced={base: when for base, when in request.forced if base in cover.base_ids},
    )
    steps = closing_order(cover, rules, progress=progress) if told else ()
    names = dict(zip(bases["base_id"], bases["name"], strict=True))
    more = _more(world, request, bases, sites, weight, candidates)
    return ClosingAnswer(
        request=request,
        order=clear(_order(cover, steps, names), view="closing_order", audience=audience, settings=settings),
        keeps=clear(_keeps(cover, steps, names, more), view="closing_keeps", audience=audience, settings=settings),
        unit=SITES if np.isnan(people).all() else PEOPLE,
        not_counted=int(np.isnan(people).sum()) if told and not np.isnan(people).all() else None,
    )


def _cover(
    world: World, request: ClosingRequest, bases: pd.DataFrame, sites: pd.DataFrame, weight: FloatArray
) -> Cover:
    """Which sites each base reaches within the limit; bases that offer the mode, by id."""
    asked = request.reach()
    each = reach_each(ways_on(world, asked), bases, sites, asked, settings=world.settings)
    return cover_of(tuple(map(str, serving_bases(bases, asked)["base_id"])), each, weight)


def _more(
    world: World,
    request: ClosingRequest,
    bases: pd.DataFrame,
    sites: pd.DataFrame,
    weight: FloatArray,
    candidates: pd.DataFrame | None,
) -> tuple[Cover, dict[str, str]] | None:
    """Cover of open bases and candidates together, and the candidates' names."""
    if candidates is None:
        return None
    taken = sorted(set(candidates["base_id"]) & set(bases["base_id"]))
    if taken:
        raise RequestError(f"candidate {', '.join(taken)} has the id of an open base; give it another")
    both = pd.concat([bases, candidates], ignore_index=True)
    both["escort_possible"] = both["escort_possible"].fillna(both["escort_slots_per_week"] > 0).astype(bool)
    named = dict(zip(candidates["base_id"].astype(str), candidates["name"].astype(str), strict=True))
    return _cover(world, request, both, sites, weight), named


def _order(cover: Cover, steps: tuple[Step, ...], names: dict[str, str]) -> pd.DataFrame:
    rows = [
        (
            number,
            step.base_id,
            names.get(step.base_id, step.base_id),
            step.adds,
            step.loss,
            step.loss / cover.total if cover.total > 0 else np.nan,
            step.optimum,
            step.gap,
            step.without_backup,
            _reason(step),
        )
        for number, step in enumerate(steps, start=1)
    ]
    columns = ["step", "base", "name", "adds", "loss", "loss_share", "optimum", "gap", "without_backup", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _reason(step: Step) -> str:
    """Why this base at this step, and what that costs against the best choice of as many closures."""
    if step.gap <= 0:
        return f"{step.why}; no {'other' if step.loss > 0 else ''} choice of as many closures loses less".replace(
            "  ", " "
        )
    return f"{step.why}; another choice of as many closures would lose {step.gap:,.0f} less"


def _keeps(
    cover: Cover,
    steps: tuple[Step, ...],
    names: dict[str, str],
    more: tuple[Cover, dict[str, str]] | None,
) -> pd.DataFrame:
    """What each base covers alone, and what each candidate would add today and once the order is done."""
    whole, extra = (cover, {}) if more is None else more
    closed = {step.base_id for step in steps}
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
    columns = ["base", "name", "covers", "covers_share", "adds_now", "adds_at_the_end", "candidate"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["candidate", "covers"], ascending=[True, False], kind="stable", ignore_index=True)
