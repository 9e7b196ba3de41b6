"""Laws of teams, whatever the roster: every broken rule is found and no other; the smallest team is as small as any; more
people or vehicles never make a mission impossible; what is said to make it possible does, and nothing smaller would."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.missions.composer import Team, compose_team, find_team
from geo.missions.fewest import can_form_team, fewest_people, find_shortages
from geo.missions.needs import Ask, combine_asks
from geo.missions.plans import Need, Post, Vehicle
from geo.missions.roster import Available
from geo.missions.teams import check_team
from geo.schema import ORGANISATIONS, TEAM_ROLES
from geo.settings import TeamSettings, read_settings
from tests.conftest import ROOT
from tests.toy_team import TUESDAY, broken, teams_of, vehicle

RULES = read_settings(ROOT / "config.toml").teams
many = settings(max_examples=300, deadline=None)
few = settings(max_examples=60, deadline=None)

TONGUES = ("french", "nareva", "collines")
tongues = st.frozensets(st.sampled_from(TONGUES), max_size=2)
flags = st.booleans()
often = st.sampled_from([True, True, False])  # else hardly any roster could send anybody


@st.composite
def posts(draw: st.DrawFn, *, most: int = 6) -> tuple[Post, ...]:
    return tuple(
        Post(
            staff_id=f"p{number}",
            partner_id=draw(st.sampled_from("abc")),
            organisation_type=draw(st.sampled_from((*ORGANISATIONS, "mission", "un_agency", "national_ngo"))),
            base_id="here",
            role=draw(st.sampled_from(TEAM_ROLES)),
            woman=draw(often),
            interviewer=draw(often),
            trauma_informed=draw(often),
            languages=draw(tongues),
            conflicts=draw(st.sampled_from([frozenset(), frozenset(), frozenset({"XP1"}), frozenset({"fpn", "XP2"})])),
        )
        for number in range(draw(st.sampled_from([0, 1, 2, *range(3, most + 1), most, most])))
    )


@st.composite
def vehicles(draw: st.DrawFn) -> tuple[Vehicle, ...]:
    seats = draw(st.lists(st.sampled_from([1, 2, 4, 4]), min_size=draw(st.sampled_from([0, 1, 1, 1])), max_size=3))
    return tuple(vehicle(f"v{number}", seated) for number, seated in enumerate(seats))


@st.composite
def rules(draw: st.DrawFn) -> TeamSettings:
    changed: dict[str, Any] = {
        "least_un_staff": draw(st.sampled_from([0, 1, 1, 2])),
        "least_women": draw(st.sampled_from([0, 1, 1, 1, 2])),
        "most_people": draw(st.integers(2, 6)),
        "most_vehicles": draw(st.integers(1, 2)),
        "drivers": draw(st.sampled_from(["organisation", "organisation", "post"])),
        "discreet_most_un_staff": draw(st.integers(1, 2)),
        "discreet_most_people": draw(st.integers(2, 4)),
        "most_days_running": draw(st.sampled_from([1, 2, 3, 3])),
    }
    return RULES.model_copy(update=changed)


@st.composite
def needs(draw: st.DrawFn) -> Need:
    girls = draw(flags)
    steps = draw(st.sets(st.integers(0, 5), min_size=1, max_size=2))
    return Need(
        days=tuple(TUESDAY + dt.timedelta(days=step) for step in sorted(steps)),
        interviews=girls or draw(flags),
        girls=girls,
        languages=tuple(draw(st.lists(tongues, max_size=2))),
        p_codes=draw(st.sampled_from([frozenset(), frozenset({"XP101"})])),
        actor_ids=draw(st.sampled_from([frozenset(), frozenset({"fpn"})])),
        discreet=draw(st.sampled_from([False, False, True])),
        drives=draw(st.sampled_from([True, True, False])),
    )


@st.composite
def requests(draw: st.DrawFn) -> tuple[Ask, ...]:
    return tuple(
        Ask(
            request_id=f"case-{number}",
            interviews=girls or draw(flags),
            girls=girls,
            languages=draw(tongues),
            p_codes=frozenset({f"XP{number}01"}),
            actor_ids=draw(st.sampled_from([frozenset(), frozenset({"fpn"})])),
        )
        for number in range(draw(st.integers(1, 4)))
        for girls in [draw(flags)]
    )


def some(held: Sequence[Post], cars: Sequence[Vehicle]) -> Available:
    return Available(posts=tuple(held), vehicles=tuple(cars))


def rank(team: Team | None, held: Sequence[Post], cars: Sequence[Vehicle]) -> tuple[int, int, int, int] | None:
    if team is None:
        return None
    places = [held.index(one) for one in team.posts] + [cars.index(car) for car in team.vehicles]
    return team.people, len(team.vehicles), -len(team.organisations), sum(places)


def best_rank(
    held: Sequence[Post], cars: Sequence[Vehicle], asked: Need, limits: TeamSettings
) -> tuple[int, int, int, int] | None:
    """The least people, vehicles, organisations missed and positions among all teams there are."""
    ranks = []
    for team, lent in teams_of(held, cars, asked, limits):
        driving = sum(one.role == "driver" for one in team)
        brought = max(0, len(lent) - driving) if limits.drivers == "organisation" else 0
        places = [held.index(one) for one in team] + [cars.index(car) for car in lent]
        ranks.append((len(team) + brought, len(lent), -len({one.partner_id for one in team}), sum(places)))
    return min(ranks, default=None)


@many
@given(posts(), vehicles(), needs(), rules())
def test_every_broken_rule_is_found_and_no_other(
    held: tuple[Post, ...], cars: tuple[Vehicle, ...], asked: Need, limits: TeamSettings
) -> None:
    found = check_team(held, cars, asked, limits)
    assert {breach.rule for breach in found} == broken(held, cars, asked, limits)
    assert all(breach.value and breach.way_out for breach in found)


@many
@given(posts(), vehicles(), needs(), rules())
def test_the_team_found_is_the_best_there_is(
    held: tuple[Post, ...], cars: tuple[Vehicle, ...], asked: Need, limits: TeamSettings
) -> None:
    team = find_team(some(held, cars), asked, limits)
    # A team that flies may take a vehicle along and break nothing; the smallest takes none.
    best = best_rank(held, cars if asked.drives else (), asked, limits)
    assert rank(team, held, cars) == best
    assert can_form_team(held, cars, asked, limits) == (best is not None)
    assert (find_shortages(held, cars, asked, limits) == ()) == (best is not None)
    if best is not None:
        assert fewest_people(held, cars, asked, limits) == best[0]


@many
@given(posts(), vehicles(), needs(), rules(), st.data())
def test_somebody_or_something_more_never_makes_a_mission_impossible(
    held: tuple[Post, ...], cars: tuple[Vehicle, ...], asked: Need, limits: TeamSettings, data: st.DataObject
) -> None:
    kept = tuple(one for one in held if data.draw(flags))
    left = tuple(car for car in cars if data.draw(flags))
    fewer, more = fewest_people(kept, left, asked, limits), fewest_people(held, cars, asked, limits)
    assert not can_form_team(kept, left, asked, limits) or can_form_team(held, cars, asked, limits)
    assert fewer is None or (more is not None and more <= fewer)


def strongest(number: int, limits: TeamSettings) -> list[Post]:
    """Everything one more could be: of the UN, of a local partner or neither; a driver, or an interpreter."""
    kinds = ("un_agency", limits.local_partners[0], "other")
    return [
        Post(staff_id=f"x{number}-{kind}-{role}", partner_id="x", organisation_type=kind, base_id="x", role=role,
             woman=True, interviewer=True, trauma_informed=True, languages=frozenset(TONGUES))
        for kind in kinds for role in ("driver", "interpreter")
    ]  # fmt: skip


def possible_with(
    number: int, held: Sequence[Post], cars: Sequence[Vehicle], asked: Need, limits: TeamSettings
) -> bool:
    """Whether so many more of the strongest posts or roomiest vehicles would do, all combinations tried."""
    more: list[Post | Vehicle] = [one for each in range(number) for one in strongest(each, limits)]
    more += [vehicle(f"x{each}", 60) for each in range(number)]
    for added in combinations(more, number):
        joined = (*held, *(one for one in added if isinstance(one, Post)))
        lent = (*cars, *(one for one in added if isinstance(one, Vehicle)))
        if next(teams_of(joined, lent, asked, limits), None) is not None:
            return True
    return False


@few
@given(posts(most=4), vehicles(), needs(), rules())
def test_more_resources_make_it_possible_and_no_fewer_would(
    held: tuple[Post, ...], cars: tuple[Vehicle, ...], asked: Need, limits: TeamSettings
) -> None:
    cars = cars[:2]
    composed = compose_team(some(held, cars), asked, limits)
    assume(composed.team is None)
    found = [change for change in composed.changes if change.kind == "resource"]
    if not found:
        assert not possible_with(1, held, cars, asked, limits)
        assert not possible_with(2, held, cars, asked, limits)
        return
    (change,) = found
    assert change.size == len(change.posts) + len(change.vehicles) >= 1
    joined, lent = (*held, *change.posts), (*cars, *change.vehicles)
    assert next(teams_of(joined, lent, asked, limits), None) is not None
    if 1 < change.size <= 3:
        assert not possible_with(change.size - 1, held, cars, asked, limits)


@few
@given(posts(most=3), vehicles(), needs(), rules())
def test_nothing_is_asked_of_one_more_that_is_not_needed(
    held: tuple[Post, ...], cars: tuple[Vehicle, ...], asked: Need, limits: TeamSettings
) -> None:
    composed = compose_team(some(held, cars), asked, limits)
    change = next((change for change in composed.changes if change.kind == "resource"), None)
    assume(change is not None and change.size == 1 and change.posts)
    assert change is not None
    (one,) = change.posts
    weaker: list[dict[str, Any]] = [{"languages": one.languages - {tongue}} for tongue in one.languages]
    weaker += [{"woman": False}] if one.woman else []
    weaker += [{"interviewer": False, "trauma_informed": False}] if one.interviewer else []
    weaker += [{"organisation_type": "other"}] if one.organisation_type != "other" else []
    weaker += [{"role": "observer"}] if one.role in ("driver", "interpreter") else []
    for values in weaker:
        assert next(teams_of((*held, replace(one, **values)), cars, asked, limits), None) is None, values


@many
@given(posts(), vehicles(), requests(), rules(), st.sampled_from(["usual", "discreet"]))
def test_the_fewest_requests_are_left_out(
    held: tuple[Post, ...], cars: tuple[Vehicle, ...], asks: tuple[Ask, ...], limits: TeamSettings, kind: str
) -> None:
    def together(kept: Sequence[Ask]) -> Need:
        return combine_asks(kept, days=[TUESDAY], discreet=kind == "discreet")

    composed = compose_team(some(held, cars), together(asks), limits, asks=asks)
    assume(composed.team is None)
    possible = [
        size
        for size in range(1, len(asks))
        if any(
            next(teams_of(held, cars, together(kept), limits), None) is not None
            for kept in combinations(asks, len(asks) - size)
        )
    ]
    found = [change for change in composed.changes if change.kind == "leave_out"]
    assert [change.size for change in found] == possible[:1]
    for change in found:
        kept = [ask for ask in asks if ask.request_id not in change.left_out]
        assert len(kept) == len(asks) - change.size
        assert next(teams_of(held, cars, together(kept), limits), None) is not None


@few
@given(posts(), vehicles(), needs(), rules(), st.sets(st.integers(-9, 9), max_size=4))
def test_the_nearest_day_is_named_on_which_a_team_can_go(
    held: tuple[Post, ...], cars: tuple[Vehicle, ...], asked: Need, limits: TeamSettings, free: set[int]
) -> None:
    """Everybody is free on some starting days, nobody on others."""

    def on_days(days: tuple[dt.date, ...]) -> Available:
        return some(held, cars) if (days[0] - asked.days[0]).days in free else some((), ())

    composed = compose_team(some((), ()), asked, limits, on_days=on_days)
    found = [change for change in composed.changes if change.kind == "day"]
    possible = next(teams_of(held, cars, asked, limits), None) is not None
    near = [abs(step) for step in free if 1 <= abs(step) <= limits.shift_most_days]
    assert [change.size for change in found] == (sorted(near)[:1] if possible else [])
    for change in found:
        assert (change.days[0] - asked.days[0]).days in free
        assert len(change.days) == len(asked.days)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_roster_gives_the_same_team(seed: int) -> None:
    held = tuple(
        Post(staff_id=f"p{n}", partner_id=f"o{(n * 7 + seed) % 5}", organisation_type=ORGANISATIONS[(n + seed) % 6],
             base_id="b", role=TEAM_ROLES[(n * 3 + seed) % 8], woman=n % 3 == 0, interviewer=n % 2 == 0,
             trauma_informed=True, languages=frozenset({TONGUES[n % 3]}))
        for n in range(40)
    )  # fmt: skip
    asked = Need(days=(TUESDAY,), interviews=True, girls=True, languages=tuple(frozenset({one}) for one in TONGUES))
    cars = (vehicle("v0"), vehicle("v1"))
    first = find_team(some(held, cars), asked, RULES)
    assert first is not None
    assert all(find_team(some(held, cars), asked, RULES) == first for _ in range(3))
