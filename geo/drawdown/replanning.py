"""An order of closures that a closure nobody planned overtakes: what to do next, and what is regretted.

What closed stays closed. From there on two ways are compared step by step: keeping the old order for what is left, and
planning the rest anew; both beside the least loss of as many closures by somebody who had known from the start.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.drawdown.closing_order import EQUAL_SHARE, Rules, covered_by_all, losses_of, nested
from geo.drawdown.cover import Choice, Cover, best_open
from geo.errors import RequestError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplanStep:
    """One closure from the forced one on, by either way; losses count from all bases open."""

    base_id: str  # that closes as planned anew
    old_base_id: str  # that closes where the old order is kept
    loss: float  # planned anew
    old_loss: float
    known_loss: float  # least of as many closures, the forced one among them: had one known; a bound where not proven
    proven: bool

    @property
    def regret(self) -> float:
        """What is lost more than by somebody who had known."""
        return max(0.0, self.loss - self.known_loss)

    @property
    def old_regret(self) -> float:
        """The same where the old order is kept."""
        return max(0.0, self.old_loss - self.known_loss)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan:
    """Both ways on from a forced closure."""

    base_id: str
    on: dt.date
    done: tuple[str, ...]  # closed by then, in their order; they stay closed
    steps: tuple[ReplanStep, ...]  # from the forced closure on
    keeps_old: bool  # the old order stays the better one for what is left

    @property
    def saved(self) -> float:
        """What planning anew loses less than the old order, added up over the steps; never below 0."""
        return sum(step.old_loss - step.loss for step in self.steps)


def step_days(base_ids: Sequence[str], rules: Rules, *, begins_on: dt.date, months_apart: int) -> tuple[dt.date, ...]:
    """Day of each closure of an order: forced ones on theirs, each other so many months after the one before.

    Parameters
    ----------
    begins_on
        The first free closure is so many months after it, unless a forced one was later. A day its month does not have
        becomes the last of the month.
    """
    days: list[dt.date] = []
    last = begins_on
    for base in base_ids:
        last = rules.forced[base] if base in rules.forced else _months_later(last, months_apart)
        days.append(last)
    return tuple(days)


def _months_later(day: dt.date, months: int) -> dt.date:
    later = np.datetime64(day, "M") + months
    last = ((later + 1).astype("datetime64[D]") - 1).astype(dt.date).day
    first = later.astype("datetime64[D]").astype(dt.date)
    return dt.date(first.year, first.month, min(day.day, last))


def replan(
    cover: Cover,
    order: Sequence[str],
    rules: Rules,
    *,
    forced: tuple[str, dt.date],
    after: int,
    most_groups: int | None = None,
) -> Replan:
    """Plan anew after a base was forced to close once so many steps of an order were done.

    The new order is the nested one with what is done kept; where the old order loses less, added up over the steps
    that are left, the old order stays.

    Parameters
    ----------
    forced
        The base, and the day it closes. It may be one of those to keep.

    Raises
    ------
    RequestError
        When the base closed before, or the order has fewer steps.
    """
    base_id, on = forced
    done = tuple(order[:after])
    if after > len(order) or base_id in done:
        raise RequestError(f"base {base_id} cannot be forced to close after {after} steps: it closed before")
    cover.rows([base_id])
    new_rules = Rules(
        keep=rules.keep - {base_id},
        forced={base: day for base, day in rules.forced.items() if base not in {*done, base_id}},
        closed=(*done, base_id),
        instead=rules.instead,
    )
    old = (*done, base_id, *(base for base in order[after:] if base != base_id))
    new = tuple(base for base, _, _ in nested(cover, new_rules))
    old_losses, new_losses = (losses_of(cover, one, rules) for one in (old, new))
    keeps_old = sum(old_losses) < sum(new_losses) * (1 - EQUAL_SHARE)
    chosen, losses = (old, old_losses) if keeps_old else (new, new_losses)
    known_rules = Rules(
        keep=new_rules.keep, forced={**rules.forced, base_id: on}, closed=rules.closed, instead=rules.instead
    )
    whole = covered_by_all(cover, rules)
    steps = []
    for number in range(after, len(chosen)):
        known = _had_one_known(cover, chosen[: number + 1], known_rules, most_groups)
        steps.append(
            ReplanStep(
                base_id=chosen[number],
                old_base_id=old[number],
                loss=losses[number],
                old_loss=old_losses[number],
                known_loss=min(whole - known.at_most, losses[number], old_losses[number]),
                proven=known.at_most <= known.covered,
            )
        )
    return Replan(base_id=base_id, on=on, done=done, keeps_old=keeps_old, steps=tuple(steps))


def _had_one_known(cover: Cover, closed: Sequence[str], rules: Rules, most_groups: int | None) -> Choice:
    """Best choice of as many closures for somebody who knew from the start what is forced; free for the rest."""
    choosable = len(cover.base_ids) - len(set(rules.instead.values()))
    nobodys_choice = {*rules.closed, *rules.forced} & set(closed)
    return best_open(
        cover,
        choosable - len(closed),
        keep=rules.keep,
        closed=sorted(nobodys_choice),
        instead=rules.instead,
        most_groups=most_groups,
    )
