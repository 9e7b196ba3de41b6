"""What the planner finds in the way of a request; entries of people stand beside it and are never overwritten."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from geo.missions.fewest import Shortage, find_shortages
from geo.missions.needs import combine_asks
from geo.missions.outlets import Reach
from geo.missions.roster import days_between
from geo.missions.week_task import Queued, WeekTask, chosen_of

# Words of geo.schema.BLOCKERS where there is one; the others are named as the rules of a team name them.
_BLOCKER = MappingProxyType({"woman": "woman_interviewer", "language": "interpreter", "somebody": "people"})
_NO_NAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """One thing in the way of a request, or without which it cannot be served."""

    blocker: str
    why: str


def find_blockers(task: WeekTask, names: Mapping[str, str] = _NO_NAMES) -> dict[str, tuple[Blocked, ...]]:
    """Find for each request of the queue what no mission of the week can do without, or why none can serve it.

    Nothing is found for a request that a team of its own could serve alone by road.

    Parameters
    ----------
    names
        Of bases by id; a base without one is told by its id.
    """
    return {one.request_id: tuple(_blockers(task, one, names)) for one in task.queue}


def _blockers(task: WeekTask, one: Queued, names: Mapping[str, str]) -> Iterator[Blocked]:
    ways: dict[str, list[Reach]] = {}
    for reach in task.reaches:
        if reach.able[one.stop] and reach.outlet.extra_day is None:
            ways.setdefault("escort" if reach.outlet.escort_base_id else reach.outlet.mode, []).append(reach)
    if "unescorted" not in ways:
        yield from _only_by(ways, names)
    if not ways:
        return
    short = [_short_of(task, one, reach) for each in ways.values() for reach in each]
    least = min(short, key=len)
    for shortage in least:
        yield Blocked(blocker=_BLOCKER.get(shortage.resource, shortage.resource), why=str(shortage))


def _only_by(ways: Mapping[str, list[Reach]], names: Mapping[str, str]) -> Iterator[Blocked]:
    """Say what is needed where no team alone gets there and back by road."""
    if not ways:
        yield Blocked(blocker="road", why="no base gets a team there and back by road, behind its escort or by air")
        return
    by = {"escort": "behind an escort", "air": "by air"}
    told = " or ".join(f"{by[name]} from {', '.join(_bases(reaches, names))}" for name, reaches in sorted(ways.items()))
    for name in sorted(ways):
        yield Blocked(blocker="flight" if name == "air" else name, why=f"a team gets there only {told}")


def _bases(reaches: list[Reach], names: Mapping[str, str]) -> dict[str, None]:
    """Bases of some reaches by name, each once."""
    return dict.fromkeys(names.get(reach.outlet.base_id, reach.outlet.base_id) for reach in reaches)


def _short_of(task: WeekTask, one: Queued, reach: Reach) -> tuple[Shortage, ...]:
    """What is short for a team that serves this request alone, on the days when least is."""
    days = min(count for count, sets in reach.sets.items() if sets[:, one.stop].any())
    best: tuple[Shortage, ...] | None = None
    for start in task.windows(reach.outlet, days):
        posts, vehicles = chosen_of(task.resources.roster, *task.free(reach.outlet, start, days))
        window = days_between(start, start)
        need = combine_asks([one.ask], days=window, drives=reach.outlet.drives)
        found = find_shortages(posts, vehicles, need, task.settings)
        if best is None or len(found) < len(best):
            best = found
        if not best:
            break
    return (Shortage(resource="days", needed=days, held=0),) if best is None else best
