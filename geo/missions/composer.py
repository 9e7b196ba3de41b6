"""Who goes: the smallest team that keeps every rule, and where there is none, the least that would have to change.

A team has the fewest people, then the fewest vehicles; among those it joins the most organisations (MISSION, S1), and
then takes who is nearest to where the mission leaves. Changes are of four kinds: somebody or a vehicle more, another
day, fewer days, or requests left out. Each is the smallest of its kind and was tried: with it a team was found that
keeps every rule.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from geo.missions.fewest import Shortage, can_form_team, fewest_people, find_shortages
from geo.missions.needs import Ask, combine_asks
from geo.missions.plans import Need, Post, Vehicle
from geo.missions.program import least_added, least_left_out, smallest_team
from geo.missions.roster import Available
from geo.missions.teams import DRIVER, INTERPRETER, check_team, drivers_brought, limits_of, may_interview, too_long
from geo.settings import TeamSettings

Kind = Literal["resource", "day", "shorten", "leave_out"]
OnDays = Callable[[tuple[dt.date, ...]], Available]
KINDS: tuple[Kind, ...] = ("resource", "day", "shorten", "leave_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Who goes and in what; keeps every rule."""

    posts: tuple[Post, ...]
    vehicles: tuple[Vehicle, ...]
    drivers: int  # that come with the vehicles

    @property
    def people(self) -> int:
        """Posts and drivers."""
        return len(self.posts) + self.drivers

    @property
    def organisations(self) -> tuple[str, ...]:
        """Partners that send somebody."""
        return tuple(sorted({post.partner_id for post in self.posts}))

    @property
    def interviewers(self) -> tuple[str, ...]:
        """Posts that may interview."""
        return tuple(post.staff_id for post in self.posts if may_interview(post))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that makes a mission possible, and what of it was changed."""

    kind: Kind
    size: int  # posts and vehicles added, days moved or cut, requests left out
    text: str
    days: tuple[dt.date, ...]  # of the mission with the change
    posts: tuple[Post, ...] = ()  # added
    vehicles: tuple[Vehicle, ...] = ()  # added
    left_out: tuple[str, ...] = ()  # requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """The team of a mission, or what it lacks and what would make it possible, smallest first."""

    need: Need
    team: Team | None
    shortages: tuple[Shortage, ...] = ()
    changes: tuple[Change, ...] = ()


def compose_team(
    available: Available,
    need: Need,
    settings: TeamSettings,
    *,
    asks: Sequence[Ask] = (),
    on_days: OnDays | None = None,
    not_before: dt.date | None = None,
) -> Composition:
    """Find the team of a mission.

    Parameters
    ----------
    available
        Who and what can go on the days of the mission; earlier ones are taken first where nothing else decides.
    asks
        What each request asks, most urgent first; together they are ``need``. Without them none is left out.
    on_days
        Who can go on other days. Without it the mission is not moved.
    not_before
        First day to which it may be moved; ``None`` = any.
    """
    team = find_team(available, need, settings)
    if team is not None:
        return Composition(need=need, team=team)
    changes = [
        *_with_more(available, need, settings),
        *(_on_another_day(need, settings, on_days, not_before) if on_days else ()),
        *(_shortened(need, settings, on_days) if on_days else ()),
        *_with_less(available, need, settings, asks),
    ]
    return Composition(
        need=need,
        team=None,
        shortages=find_shortages(available.posts, available.vehicles, need, settings),
        changes=tuple(sorted(changes, key=lambda change: (change.size, KINDS.index(change.kind)))),
    )


def find_team(available: Available, need: Need, settings: TeamSettings) -> Team | None:
    """Return the team of fewest people that keeps every rule; ``None`` where there is none."""
    if too_long(need, settings):
        return None
    fewest = fewest_people(available.posts, available.vehicles, need, settings)
    if fewest is None or fewest > limits_of(need, settings).people:
        return None
    tight = settings.model_copy(update={"most_people": fewest})  # a team of more is not looked for
    found = smallest_team(available.posts, available.vehicles, need, tight)
    assert found is not None, "the programme does not find the team that can be formed"
    posts, vehicles = found
    assert not check_team(posts, vehicles, need, settings), "the programme and the rules disagree"
    return Team(posts=posts, vehicles=vehicles, drivers=drivers_brought(posts, len(vehicles), settings))


def _proven(available: Available, need: Need, settings: TeamSettings) -> bool:
    """Whether a team is found: quickly told where there is none, found and checked where there is one."""
    if not can_form_team(available.posts, available.vehicles, need, settings):
        return False
    return find_team(available, need, settings) is not None


def _with_more(available: Available, need: Need, settings: TeamSettings) -> Iterator[Change]:
    """The fewest posts and vehicles more, and no more about them than is needed."""
    if too_long(need, settings):
        return
    limits = limits_of(need, settings)
    for most in range(1, limits.people + limits.vehicles + 1):
        added = least_added(available.posts, available.vehicles, need, settings, most=most)
        if added is not None:
            break
    else:
        return
    posts, vehicles = added
    joined = replace(available, posts=(*available.posts, *posts), vehicles=(*available.vehicles, *vehicles))
    if not _proven(joined, need, settings):
        return
    spoken = [*map(spoken_post, posts), *map(_spoken_vehicle, vehicles)]
    hint = _who_would_do(available, need, settings) if len(spoken) == 1 else ""
    yield Change(
        kind="resource",
        size=len(spoken),
        text=f"{' and '.join(spoken)} {_on(need.days)}{hint}".strip(),
        days=need.days,
        posts=posts,
        vehicles=vehicles,
    )


def _who_would_do(available: Available, need: Need, settings: TeamSettings) -> str:
    """Name those on the roster who would be enough if only they could come."""
    able = []
    for away in available.away:
        posts = (*available.posts, away.who) if isinstance(away.who, Post) else available.posts
        vehicles = (*available.vehicles, away.who) if isinstance(away.who, Vehicle) else available.vehicles
        if can_form_team(posts, vehicles, need, settings):
            able.append(f"{away.who_id} would do: {', '.join(away.reasons)}")
    return f" ({'; '.join(able)})" if able else ""


def _on_another_day(
    need: Need, settings: TeamSettings, on_days: OnDays, not_before: dt.date | None
) -> Iterator[Change]:
    """The nearest other days, later ones first where both are as near."""
    for step in range(1, settings.shift_most_days + 1):
        for moved in (step, -step):
            days = tuple(day + dt.timedelta(days=moved) for day in need.days)
            if not days or (not_before is not None and days[0] < not_before):
                continue
            if _proven(on_days(days), replace(need, days=days), settings):
                yield Change(kind="day", size=step, text=f"move to {_spoken(days)}", days=days)
                return


def _shortened(need: Need, settings: TeamSettings, on_days: OnDays) -> Iterator[Change]:
    """As many of the first days as leave a team to be found, where the days are what is too much."""
    for kept in range(len(need.days) - 1, 0, -1):
        days = need.days[:kept]
        if _proven(on_days(days), replace(need, days=days), settings):
            text = f"be back by {_day(days[-1])}, in {kept} day{'s' if kept > 1 else ''}"
            yield Change(kind="shorten", size=len(need.days) - kept, text=text, days=days)
            return


def _with_less(available: Available, need: Need, settings: TeamSettings, asks: Sequence[Ask]) -> Iterator[Change]:
    """The fewest requests left out, the least urgent where there is a choice."""
    if len(asks) < 2 or too_long(need, settings):
        return
    left = least_left_out(available.posts, available.vehicles, asks, need, settings)
    if left is None:
        return
    kept = [ask for ask in asks if ask.request_id not in left]
    less = combine_asks(kept, days=need.days, discreet=need.discreet, drives=need.drives)
    if _proven(available, less, settings):
        out = [ask for ask in asks if ask.request_id in left]
        text = "leave out " + " and ".join(f"{ask.request_id}{_alone_asks(ask, kept)}" for ask in out)
        ids = tuple(ask.request_id for ask in out)
        yield Change(kind="leave_out", size=len(out), text=text, days=need.days, left_out=ids)


def _alone_asks(ask: Ask, others: Sequence[Ask]) -> str:
    """Say what a request asks that the others do not; a conflict of interest without saying with what."""
    needs = (
        []
        if not ask.languages or ask.languages in {one.languages for one in others}
        else [" or ".join(sorted(ask.languages))]
    )
    if ask.girls and not any(one.girls for one in others):
        needs.append("a trained woman interviewer")
    elif ask.interviews and not any(one.interviews for one in others):
        needs.append("a trained interviewer")
    elsewhere = frozenset().union(*(one.p_codes | one.actor_ids for one in others))
    if not needs and (ask.p_codes | ask.actor_ids) - elsewhere:
        needs.append("people without a conflict of interest there")
    return f" (needs {' and '.join(needs)})" if needs else ""


def spoken_post(post: Post) -> str:
    """Say what an added post must be: "one more trained woman interviewer who speaks sango"."""
    noun = {INTERPRETER: "interpreter", DRIVER: "driver"}.get(post.role, "person")
    words = ["one more"]
    if post.interviewer:
        words.append("trained")
        noun = "interviewer" if noun == "person" else f"interviewer and {noun}"
    if post.woman:
        words.append("woman")
        noun = "" if noun == "person" else noun
    words += [noun] if noun else []
    words += ["of the UN staff"] if post.un_staff else []
    words += ["of a local partner"] if post.organisation_type not in ("other", "mission", "un_agency") else []
    words += [f"who speaks {' and '.join(sorted(post.languages))}"] if post.languages else []
    return " ".join(words)


def _spoken_vehicle(vehicle: Vehicle) -> str:
    return f"one more vehicle with {vehicle.seats} seat{'s' if vehicle.seats > 1 else ''} for the team"


def _on(days: tuple[dt.date, ...]) -> str:
    if not days:
        return ""
    return f"on {_spoken(days)}" if len(days) == 1 else f"from {_spoken(days)}"


def _spoken(days: tuple[dt.date, ...]) -> str:
    return _day(days[0]) if len(days) == 1 else f"{_day(days[0])} to {_day(days[-1])}"


def _day(day: dt.date) -> str:
    return f"{day:%A} {day.day} {day:%B}"
