"""Rules of a joint team, each with its own sentence and checked by itself (MISSION, S2 and S3).

Who *may interview* is trained to interview children and trauma-informed. Somebody trained to interview who is not
trauma-informed may come in another capacity, and does not interview: being trained never keeps a post off a team.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from geo.missions.plans import Need, Post, Vehicle
from geo.settings import TeamSettings

RULES = MappingProxyType(
    {
        "somebody": "somebody goes",
        "un_staff": "UN staff are on the team",
        "women": "women are on the team",
        "interviewer": "where children are interviewed, somebody trained to interview them comes",
        "woman_interviewer": "where girls are, or may be, a trained woman comes who interviews them",
        "trauma_informed": "everybody who interviews is trauma-informed",
        "languages": "a language of each request is spoken by somebody who may interview or by an interpreter",
        "people": "the team is small",
        "vehicles": "the team has few vehicles",
        "drivers": "each vehicle has a driver",
        "seats": "everybody has a seat",
        "conflicts": "nobody has a conflict of interest with a place or an actor of the mission",
        "rest": "nobody is on mission longer than the days after which they rest",
        "available": "every post and vehicle is free on all days",
        "discreet_people": "a discreet team is smaller still",
        "discreet_vehicles": "a discreet team has fewer vehicles still",
        "discreet_un_staff": "a discreet team has few UN staff",
        "discreet_local": "a discreet team is led by a local partner",
    }
)
INTERPRETER, DRIVER = "interpreter", "driver"  # roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A rule a team does not keep."""

    rule: str  # a key of RULES
    value: str  # what was found
    way_out: str

    @property
    def sentence(self) -> str:
        """The rule in words."""
        return RULES[self.rule]

    def __str__(self) -> str:
        """Rule, value and way out in one line."""
        return f"{self.sentence}: {self.value}; {self.way_out}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """So many of a team must be something."""

    resource: str  # a key of _MEETS
    least: int
    among: frozenset[str] = frozenset()  # languages of which one will do; kinds of organisation of local partners

    def met_by(self, post: Post) -> bool:
        """Whether a post is one of those demanded."""
        return _MEETS[self.resource](post, self.among)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How big a team may be."""

    people: int
    vehicles: int
    un_staff: int | None  # None = as many as there are


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A team as it is checked: who goes, in what, for what."""

    posts: Sequence[Post]
    vehicles: Sequence[Vehicle]
    need: Need
    settings: TeamSettings
    away: Mapping[str, str] = field(default_factory=dict)  # id of a post or vehicle -> why it cannot come

    @property
    def drivers(self) -> int:
        """Drivers that come with the vehicles."""
        return drivers_brought(self.posts, len(self.vehicles), self.settings)

    @property
    def people(self) -> int:
        """Posts and the drivers that come with the vehicles."""
        return len(self.posts) + self.drivers


def check_team(
    team: Sequence[Post],
    vehicles: Sequence[Vehicle],
    need: Need,
    settings: TeamSettings,
    *,
    away: Mapping[str, str] | None = None,
) -> tuple[Breach, ...]:
    """Find every rule that a team does not keep, the size of the team after who must be on it.

    Parameters
    ----------
    away
        Posts and vehicles that cannot come, by id, with the reason; see :func:`geo.missions.roster.reasons_away`.
    """
    party = Party(posts=team, vehicles=vehicles, need=need, settings=settings, away=away or {})
    return tuple(breach for check in _CHECKS for breach in check(party))


def may_interview(post: Post) -> bool:
    """Whether a post may interview children."""
    return post.interviewer and post.trauma_informed


def in_conflict(post: Post, need: Need) -> bool:
    """Whether a post has a conflict of interest; the p-code of a district stands for all places in it."""
    return has_conflict(post, p_codes=need.p_codes, actor_ids=need.actor_ids)


def has_conflict(post: Post, *, p_codes: Iterable[str], actor_ids: Iterable[str]) -> bool:
    """Whether a post has a conflict of interest with any of the places or actors; capitals do not matter."""
    named = {conflict.lower() for conflict in post.conflicts}
    if named.intersection(actor.lower() for actor in actor_ids):
        return True
    starts = tuple(named)
    return bool(starts) and any(code.lower().startswith(starts) for code in p_codes)


def drivers_brought(posts: Iterable[Post], vehicles: int, settings: TeamSettings) -> int:
    """Return how many drivers come with so many vehicles; posts that drive take the place of as many."""
    if settings.drivers == "post":
        return 0
    return max(0, vehicles - sum(post.role == DRIVER for post in posts))


def limits_of(need: Need, settings: TeamSettings) -> Limits:
    """Return how big the team of a mission may be."""
    if not need.discreet:
        return Limits(people=settings.most_people, vehicles=settings.most_vehicles, un_staff=None)
    return Limits(
        people=min(settings.most_people, settings.discreet_most_people),
        vehicles=min(settings.most_vehicles, settings.discreet_most_vehicles),
        un_staff=settings.discreet_most_un_staff,
    )


def demands_of(need: Need, settings: TeamSettings) -> tuple[Demand, ...]:
    """Return all that must be on the team of a mission."""
    return standing_demands(settings, discreet=need.discreet) + asked_demands(
        interviews=need.interviews, girls=need.girls, languages=need.languages
    )


def standing_demands(settings: TeamSettings, *, discreet: bool) -> tuple[Demand, ...]:
    """Return what must be on every team, whatever the requests."""
    local = settings.discreet_least_local if discreet else 0
    asked = (
        Demand(resource="somebody", least=1),
        Demand(resource="un_staff", least=settings.least_un_staff),
        Demand(resource="woman", least=settings.least_women),
        Demand(resource="local_staff", least=local, among=frozenset(settings.local_partners)),
    )
    return tuple(demand for demand in asked if demand.least)


def asked_demands(*, interviews: bool, girls: bool, languages: Iterable[frozenset[str]]) -> tuple[Demand, ...]:
    """Return what requests add to that; a set of languages in which another is contained asks nothing more."""
    sets = list(dict.fromkeys(languages))
    needed = [one for one in sets if one and not any(other < one for other in sets if other)]
    spoken = tuple(Demand(resource="language", least=1, among=one) for one in needed)
    who = {"interviewer": interviews, "woman_interviewer": girls}
    return tuple(Demand(resource=resource, least=1) for resource, asked in who.items() if asked) + spoken


def longest_stretch_days(days: Iterable[dt.date], *, rest_days: int) -> int:
    """Return the most days on mission between two rests; a break shorter than ``rest_days`` is none.

    0 without days. With ``rest_days`` 0 every day stands alone: nobody needs rest.
    """
    longest = run = 0
    last: dt.date | None = None
    for day in sorted(set(days)):
        rested = last is None or (day - last).days > rest_days
        run, last = (1 if rested else run + 1), day
        longest = max(longest, run)
    return longest


def too_long(need: Need, settings: TeamSettings) -> bool:
    """Whether a mission is longer than anybody may be out."""
    return longest_stretch_days(need.days, rest_days=settings.rest_days) > settings.most_days_running


def spoken_languages(languages: Iterable[str]) -> str:
    """Languages of which one will do, in words."""
    return " or ".join(sorted(languages))


def _speaks(post: Post, languages: frozenset[str]) -> bool:
    return bool(post.languages & languages) and (may_interview(post) or post.role == INTERPRETER)


_MEETS: Mapping[str, Callable[[Post, frozenset[str]], bool]] = MappingProxyType(
    {
        "somebody": lambda _post, _among: True,
        "un_staff": lambda post, _among: post.un_staff,
        "woman": lambda post, _among: post.woman,
        "interviewer": lambda post, _among: may_interview(post),
        "woman_interviewer": lambda post, _among: may_interview(post) and post.woman,
        "language": _speaks,
        "local_staff": lambda post, among: post.organisation_type in among,
    }
)


def _check_somebody(party: Party) -> Iterator[Breach]:
    if not party.posts:
        yield Breach(rule="somebody", value="no post is on the team", way_out="put somebody on it")


def _check_least(party: Party) -> Iterator[Breach]:
    """UN staff, women, and local partners where the team is discreet."""
    rules = {"un_staff": ("un_staff", "UN staff"), "woman": ("women", "women")}
    rules["local_staff"] = ("discreet_local", "posts of local partners")
    for demand in standing_demands(party.settings, discreet=party.need.discreet):
        held = sum(demand.met_by(post) for post in party.posts)
        if demand.resource in rules and held < demand.least:
            rule, noun = rules[demand.resource]
            value = f"{noun}: {held}, at least {demand.least} must come"
            yield Breach(rule=rule, value=value, way_out=f"add {demand.least - held} more")


def _check_interviewer(party: Party) -> Iterator[Breach]:
    if party.need.interviews and not any(post.interviewer for post in party.posts):
        way_out = "add a post trained to interview children"
        yield Breach(rule="interviewer", value="nobody is trained to interview", way_out=way_out)


def _check_woman_interviewer(party: Party) -> Iterator[Breach]:
    if party.need.girls and not any(post.interviewer and post.woman for post in party.posts):
        way_out = "add a woman trained to interview children"
        yield Breach(rule="woman_interviewer", value="no woman is trained to interview", way_out=way_out)


def _check_trauma_informed(party: Party) -> Iterator[Breach]:
    """Where only somebody who is not trauma-informed could interview the children, or the girls."""
    asked = {
        "the children": ([post for post in party.posts if post.interviewer], party.need.interviews),
        "the girls": ([post for post in party.posts if post.interviewer and post.woman], party.need.girls),
    }
    lacking = [who for who, (able, due) in asked.items() if due and able and not any(map(may_interview, able))]
    if lacking:
        named = ", ".join(post.staff_id for post in asked[lacking[0]][0])
        value = f"{named} would interview {' and '.join(lacking)} without the training"
        yield Breach(rule="trauma_informed", value=value, way_out="train them, or add an interviewer who is trained")


def _check_languages(party: Party) -> Iterator[Breach]:
    need = party.need
    for demand in asked_demands(interviews=False, girls=False, languages=need.languages):
        if not any(map(demand.met_by, party.posts)):
            tongue = spoken_languages(demand.among)
            way_out = f"add an interpreter or an interviewer who speaks {tongue}"
            yield Breach(
                rule="languages", value=f"nobody who interviews or interprets speaks {tongue}", way_out=way_out
            )


def _check_size(party: Party) -> Iterator[Breach]:
    """People and vehicles, each by the rule of all teams and by that of discreet ones."""
    rules, vehicles = party.settings, len(party.vehicles)
    sizes = [("people", party.people, rules.most_people), ("vehicles", vehicles, rules.most_vehicles)]
    if party.need.discreet:
        un_staff = sum(post.un_staff for post in party.posts)
        sizes += [
            ("discreet_people", party.people, rules.discreet_most_people),
            ("discreet_vehicles", vehicles, rules.discreet_most_vehicles),
            ("discreet_un_staff", un_staff, rules.discreet_most_un_staff),
        ]
    for rule, held, most in sizes:
        if held > most:
            noun = rule.removeprefix("discreet_").replace("un_staff", "UN staff")
            value = f"{noun}: {held}, at most {most} may come"
            yield Breach(rule=rule, value=value, way_out=f"leave {held - most} out")


def _check_drivers(party: Party) -> Iterator[Breach]:
    drive = sum(post.role == DRIVER for post in party.posts)
    short = len(party.vehicles) - drive
    if party.settings.drivers == "post" and short > 0:
        value = f"vehicles: {len(party.vehicles)}, posts that drive: {drive}"
        yield Breach(
            rule="drivers", value=value, way_out=f"add posts that drive ({short} short) or take fewer vehicles"
        )


def _check_seats(party: Party) -> Iterator[Breach]:
    """A vehicle seats its driver beside the team; who flies needs no seat of ours."""
    seats = sum(vehicle.seats + 1 for vehicle in party.vehicles)
    if party.need.drives and party.people > seats:
        value = f"people: {party.people}, seats, drivers' counted: {seats}"
        yield Breach(
            rule="seats",
            value=value,
            way_out=f"add a vehicle or take roomier ones ({party.people - seats} seats short)",
        )


def _check_conflicts(party: Party) -> Iterator[Breach]:
    """Says who, not with what: that may be seen by fewer."""
    named = [post.staff_id for post in party.posts if in_conflict(post, party.need)]
    if named:
        shown = ", ".join(named)
        yield Breach(rule="conflicts", value=f"{shown} has one", way_out=f"put somebody else in the place of {shown}")


def _check_rest(party: Party) -> Iterator[Breach]:
    rules = party.settings
    if too_long(party.need, rules):
        out = longest_stretch_days(party.need.days, rest_days=rules.rest_days)
        value = f"{out} days on mission without {rules.rest_days} days of rest, at most {rules.most_days_running}"
        yield Breach(rule="rest", value=value, way_out=f"shorten the mission to {rules.most_days_running} days")


def _check_available(party: Party) -> Iterator[Breach]:
    ids = [*(post.staff_id for post in party.posts), *(vehicle.vehicle_id for vehicle in party.vehicles)]
    for one in ids:
        if one in party.away:
            way_out = f"put another in the place of {one}, or move the days"
            yield Breach(rule="available", value=f"{one}: {party.away[one]}", way_out=way_out)


_CHECKS: tuple[Callable[[Party], Iterator[Breach]], ...] = (
    _check_somebody,
    _check_least,
    _check_interviewer,
    _check_woman_interviewer,
    _check_trauma_informed,
    _check_languages,
    _check_size,
    _check_drivers,
    _check_seats,
    _check_conflicts,
    _check_rest,
    _check_available,
)
