"""In which order to close bases so that least is lost, and how far any such order is from the best.

A closing order is nested: what closed stays closed. The best choice of bases for one number of closures need not
contain the best for the next, so no order is best at every step; each step therefore stands beside the proven optimum
for its number of closures, and the gap between the two is shown.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from geo.access.kernels import BoolArray, FloatArray
from geo.drawdown.cover import Choice, Cover, best_open
from geo.errors import RequestError

# Losses closer than this share of all that is covered are equal: sums of weights carry rounding noise.
EQUAL_SHARE = 1e-9
Progress = Callable[[int, int], None]  # steps done, steps in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an order must respect."""

    keep: frozenset[str] = frozenset()  # never close
    forced: Mapping[str, dt.date] = field(default_factory=dict)  # close whatever it costs, by day, before all others
    closed: tuple[str, ...] = ()  # closed already, in this order: kept when an order is planned anew
    instead: Mapping[str, str] = field(default_factory=dict)  # base -> substitute that opens when it closes

    def __post_init__(self) -> None:
        both = sorted(self.keep & {*self.forced, *self.closed})
        if both:
            raise RequestError(f"base {', '.join(both)} cannot be kept and closed; take it out of one of the two")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One closure of an order; losses count from all bases open, in the weight of the cover."""

    base_id: str
    adds: float  # what this closure loses more
    loss: float  # what is lost after it
    optimum: float  # least loss of any so many closures that keep the rules
    without_backup: float  # covered by one base only after it
    why: str  # forced, closed, or the reason of the choice
    proven: bool = True  # whether a choice loses as little as ``optimum``; else it is a bound that none goes below

    @property
    def gap(self) -> float:
        """What the nested order loses more than the best choice of as many closures; at most this where not proven."""
        return max(0.0, self.loss - self.optimum)


def closing_order(
    cover: Cover, rules: Rules, *, progress: Progress | None = None, most_groups: int | None = None
) -> tuple[Step, ...]:
    """Order all closures: those done, those forced by day, then always the base whose closing loses least.

    Where two lose the same, the one that leaves more with a backup goes first, then the first by position. With more
    than ``most_groups`` groups at stake a step stands beside a bound, see :func:`geo.drawdown.cover.best_open`.

    Raises
    ------
    RequestError
        When a rule names a base that is not among those of the cover.
    """
    whole = covered_by_all(cover, rules)
    steps: list[Step] = []
    before, count = whole, closable(cover, rules)
    for base, why, is_open in nested(cover, rules):
        now = cover.covered(is_open)
        named = [step.base_id for step in steps] + [base]
        # Nothing lost is the least there can be; only a loss has to be held against the best choice.
        found = None if now >= whole else best_of_step(cover, named, rules, most_groups=most_groups)
        best = now if found is None else max(found.at_most, now)
        steps.append(
            Step(
                base_id=base,
                adds=before - now,
                loss=whole - now,
                optimum=whole - best,
                without_backup=cover.covered_once(is_open),
                why=why,
                proven=found is None or found.at_most <= found.covered or best <= now,
            )
        )
        before = now
        if progress is not None:
            progress(len(steps), count)
    return tuple(steps)


def closable(cover: Cover, rules: Rules) -> int:
    """Count the closures of a whole order."""
    return len(set(cover.base_ids) - rules.keep - set(rules.instead.values()))


def nested(cover: Cover, rules: Rules) -> Iterator[tuple[str, str, BoolArray]]:
    """Closures of an order one after the other: which base, why it, and which bases are open then.

    Raises
    ------
    RequestError
        When a rule names a base that is not among those of the cover.
    """
    _check(cover, rules)
    is_open = _open_after(cover, (), rules)
    fixed = [*rules.closed, *_by_day(rules)]
    spoken_for = {*fixed, *rules.keep, *rules.instead.values()}
    free = [base for base in cover.base_ids if base not in spoken_for]
    for base in fixed:
        is_open = _closed(cover, is_open, base, rules)
        yield base, _why_fixed(base, rules), is_open
    while free:
        base, why = _least_loss(cover, is_open, free, rules)
        free.remove(base)
        is_open = _closed(cover, is_open, base, rules)
        yield base, why, is_open


def covered_by_all(cover: Cover, rules: Rules) -> float:
    """Weight covered before anything closes: substitutes are not open yet."""
    return cover.covered(_open_after(cover, (), rules))


def losses_of(cover: Cover, base_ids: Sequence[str], rules: Rules) -> tuple[float, ...]:
    """What is lost after each closure of a given order, from all bases open."""
    is_open = _open_after(cover, (), rules)
    whole, losses = cover.covered(is_open), []
    for base in base_ids:
        is_open = _closed(cover, is_open, base, rules)
        losses.append(whole - cover.covered(is_open))
    return tuple(losses)


def _by_day(rules: Rules) -> list[str]:
    """Forced closures that have not happened, by day, then id."""
    return sorted(set(rules.forced) - set(rules.closed), key=lambda base: (rules.forced[base], base))


def _why_fixed(base: str, rules: Rules) -> str:
    return "closed already" if base in rules.closed else f"forced to close on {rules.forced[base]}"


def _closed(cover: Cover, is_open: BoolArray, base: str, rules: Rules) -> BoolArray:
    """Open bases once one closes; its substitute opens."""
    after = is_open.copy()
    after[cover.rows([base])] = False
    if base in rules.instead:
        after[cover.rows([rules.instead[base]])] = True
    return after


def _least_loss(cover: Cover, is_open: BoolArray, free: list[str], rules: Rules) -> tuple[str, str]:
    """Base to close next among the free ones, and why it."""
    noise = EQUAL_SHARE * max(cover.total, 1.0)
    loss, once = _after_each(cover, is_open, free, rules)
    alike = np.flatnonzero(loss <= loss.min() + noise)
    base = free[int(alike[np.argmin(once[alike])])]
    if loss.min() <= noise:
        return base, "loses nothing: other bases cover the same"
    return base, "loses least" if len(alike) == 1 else "loses least, as others do, and leaves most with a backup"


def _after_each(cover: Cover, is_open: BoolArray, free: list[str], rules: Rules) -> tuple[FloatArray, FloatArray]:
    """What closing each free base loses, and what then has no backup, the latter in whole steps of noise."""
    place = {base: number for number, base in enumerate(cover.base_ids)}
    rows = np.array([place[base] for base in free], dtype=np.int64)
    reached = cover.reaches[is_open].sum(axis=0)
    one, two = cover.weight * (reached == 1), cover.weight * (reached == 2)
    loss = cover.reaches[rows] @ one
    once = one.sum() - loss + cover.reaches[rows] @ two
    now = cover.covered(is_open)
    for number, base in enumerate(free):
        if base in rules.instead:
            after = _closed(cover, is_open, base, rules)
            loss[number], once[number] = now - cover.covered(after), cover.covered_once(after)
    return loss, np.round(once / (EQUAL_SHARE * max(cover.total, 1.0)))


def best_of_step(cover: Cover, named: list[str], rules: Rules, *, most_groups: int | None = None) -> Choice:
    """Best choice after as many closures: what is fixed among the first so many stays fixed."""
    fixed = [*rules.closed, *_by_day(rules)][: len(named)]
    choosable = len(cover.base_ids) - len(set(rules.instead.values()))
    return best_open(
        cover,
        choosable - len(named),
        keep=rules.keep,
        closed=fixed,
        instead=rules.instead,
        most_groups=most_groups,
    )


def _check(cover: Cover, rules: Rules) -> None:
    for named in (rules.keep, rules.forced, rules.closed, {*rules.instead, *rules.instead.values()}):
        cover.rows(named)
    again = {*rules.instead.values()} & {*rules.keep, *rules.forced, *rules.closed, *rules.instead}
    if again:
        raise RequestError(f"substitute {', '.join(sorted(again))} opens with a closure, so no rule can name it too")
    if len(set(rules.closed)) < len(rules.closed):
        raise RequestError("a base can close only once; name each closed base once")


@dataclass(frozen=True, slots=True, kw_only=True)
class Regret:
    """What it costs that an order was overtaken by a closure nobody planned."""

    base_id: str
    after: int  # steps of the order done by then
    loss: float  # with the steps done and the forced closure
    best_loss: float  # of any as many closures with the forced one among them: had one known
    replanned: tuple[Step, ...]  # the whole order anew, what is done kept

    @property
    def regret(self) -> float:
        """What is lost more than by somebody who had known."""
        return max(0.0, self.loss - self.best_loss)


def overtaken(cover: Cover, order: tuple[Step, ...], rules: Rules, *, base_id: str, after: int, on: dt.date) -> Regret:
    """Replan when a base closes after so many steps of an order; what is done stays as it is.

    Raises
    ------
    RequestError
        When the base closed before, or the order has fewer steps.
    """
    done = tuple(step.base_id for step in order[:after])
    if after > len(order) or base_id in done:
        raise RequestError(f"base {base_id} cannot be forced to close after {after} steps: it closed before")
    cover.rows([base_id])
    new = Rules(
        keep=rules.keep - {base_id},
        forced={**{b: day for b, day in rules.forced.items() if b not in done}, base_id: on},
        closed=(*done, base_id),
        instead=rules.instead,
    )
    replanned = closing_order(cover, new)
    at = replanned[len(done)]
    choosable = len(cover.base_ids) - len(set(rules.instead.values()))
    whole = at.loss + cover.covered(_open_after(cover, new.closed, new))
    known = best_open(
        cover, choosable - len(new.closed), keep=new.keep, closed=(base_id, *rules.closed), instead=rules.instead
    )
    return Regret(base_id=base_id, after=after, loss=at.loss, best_loss=whole - known.covered, replanned=replanned)


def _open_after(cover: Cover, closed: Collection[str], rules: Rules) -> BoolArray:
    """Open bases once some closed."""
    is_open = np.array([base not in set(rules.instead.values()) for base in cover.base_ids])
    for base in closed:
        is_open = _closed(cover, is_open, base, rules)
    return is_open
