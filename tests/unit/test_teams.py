"""Silent risks here: a team without a trained woman sent to girls; a rule hidden behind another; somebody with a conflict
of interest taken along; a driver nobody counted; a change promised that does not help, or more than is needed."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from geo.missions.composer import Change, Composition, compose_team, find_team
from geo.missions.fewest import can_form_team, fewest_people, find_shortages
from geo.missions.needs import Ask, combine_asks
from geo.missions.plans import Need, Post, Vehicle
from geo.missions.roster import Available, Away
from geo.missions.teams import RULES, check_team, longest_stretch_days
from geo.settings import Settings, TeamSettings
from tests.toy_team import (
    CAR,
    DRIVER,
    INTERPRETER,
    LOCAL,
    MAN,
    TUESDAY,
    UN_MAN,
    UN_WOMAN,
    WOMAN,
    able,
    need,
    post,
    vehicle,
)

DAYS = tuple(TUESDAY + dt.timedelta(days=n) for n in range(7))
WANTED = "one more trained woman interviewer"
SCHOOL = need(interviews=False, girls=False)  # no child to interview


@pytest.fixture
def rules(settings: Settings) -> TeamSettings:
    return settings.teams


def some(*posts: Post, cars: tuple[Vehicle, ...] = (CAR,), away: tuple[Away, ...] = ()) -> Available:
    return Available(posts=posts, vehicles=cars, away=away)


def ids(composition: Composition) -> list[str]:
    assert composition.team is not None
    assert composition.changes == ()
    return [one.staff_id for one in composition.team.posts]


def by_kind(composition: Composition) -> dict[str, Change]:
    assert composition.team is None
    assert len({change.kind for change in composition.changes}) == len(composition.changes)
    assert [change.size for change in composition.changes] == sorted(change.size for change in composition.changes)
    return {change.kind: change for change in composition.changes}


# Each rule by itself: a team that breaks it and no other, and what is said.


@pytest.mark.parametrize(
    ("rule", "team", "cars", "asked", "said"),
    [
        ("un_staff", [WOMAN], [CAR], need(), "UN staff: 0, at least 1 must come; add 1 more"),
        ("women", [UN_MAN], [CAR], SCHOOL, "women: 0, at least 1 must come; add 1 more"),
        ("interviewer", [post("x", organisation_type="mission", woman=True)], [CAR], need(girls=False),
         "nobody is trained to interview; add a post trained to interview children"),
        ("woman_interviewer", [post("x", organisation_type="mission", woman=True), MAN], [CAR], need(),
         "no woman is trained to interview"),
        ("trauma_informed", [able("x", organisation_type="mission", woman=True, trauma_informed=False)], [CAR], need(),
         "x would interview the children and the girls without the training"),
        ("trauma_informed", [able("x", organisation_type="mission", woman=True, trauma_informed=False), MAN], [CAR],
         need(), "x would interview the girls without the training"),
        ("languages", [UN_WOMAN], [CAR], need(languages=(frozenset({"collines", "ouvelle"}),)),
         "nobody who interviews or interprets speaks collines or ouvelle"),
        ("people", [UN_WOMAN, *(post(f"p{n}") for n in range(5))], [vehicle("bus", 12)], need(),
         "people: 7, at most 6 may come; leave 1 out"),
        ("vehicles", [UN_WOMAN], [CAR, vehicle("b"), vehicle("c")], need(), "vehicles: 3, at most 2 may come"),
        ("seats", [UN_WOMAN, MAN], [vehicle("bike", 1)], need(), "people: 3, seats, drivers' counted: 2"),
        ("seats", [UN_WOMAN], [], need(), "people: 1, seats, drivers' counted: 0"),
        ("conflicts", [UN_WOMAN, post("p", conflicts={"XPI05"})], [CAR], need(p_codes=frozenset({"XPI0501-003"})),
         "p has one; put somebody else in the place of p"),
        ("conflicts", [UN_WOMAN, post("p", conflicts={"fpn"})], [CAR], need(actor_ids=frozenset({"FPN"})), "p has one"),
        ("rest", [UN_WOMAN], [CAR], need(days=DAYS[:6]), "6 days on mission without 2 days of rest, at most 5"),
        ("discreet_people", [UN_WOMAN, LOCAL, MAN], [CAR], need(discreet=True), "people: 4, at most 3 may come"),
        ("discreet_un_staff", [UN_WOMAN, able("l", organisation_type="national_ngo"), able("d", role="driver",
         organisation_type="mission")], [CAR], need(discreet=True), "UN staff: 2, at most 1 may come"),
        ("discreet_vehicles", [UN_WOMAN, LOCAL, DRIVER], [CAR, vehicle("b")], need(discreet=True, drives=True),
         "vehicles: 2, at most 1 may come"),
        ("discreet_local", [UN_WOMAN], [CAR], need(discreet=True), "posts of local partners: 0, at least 1 must come"),
    ],
)  # fmt: skip
def test_each_rule_is_found(
    rule: str, team: list[Post], cars: list[Vehicle], asked: Need, said: str, rules: TeamSettings
) -> None:
    found = check_team(team, cars, asked, rules)
    # A second vehicle of a discreet team brings a person too many with it.
    beside = {"discreet_people"} if rule == "discreet_vehicles" else set()
    assert {breach.rule for breach in found} - beside == {rule}
    (breach,) = (breach for breach in found if breach.rule == rule)
    assert said in str(breach)
    assert str(breach).startswith(f"{RULES[rule]}: ")


def test_nobody_at_all_breaks_every_rule_that_asks_for_somebody(rules: TeamSettings) -> None:
    asked = need(languages=(frozenset({"nareva"}),), discreet=True)
    assert [breach.rule for breach in check_team([], [], asked, rules)] == [
        "somebody", "un_staff", "women", "discreet_local", "interviewer", "woman_interviewer", "languages",
    ]  # fmt: skip


def test_who_cannot_come_is_a_breach_of_its_own(rules: TeamSettings) -> None:
    found = check_team([UN_WOMAN], [CAR], need(), rules, away={"car": "absent on 6 October 2026"})
    assert [(breach.rule, breach.value) for breach in found] == [("available", "car: absent on 6 October 2026")]


def test_training_never_keeps_a_post_off_a_team(rules: TeamSettings) -> None:
    """Somebody trained to interview but not trauma-informed comes as one of the UN, and does not interview."""
    untrained = able("x", organisation_type="mission", trauma_informed=False)
    composed = compose_team(some(untrained, WOMAN), need(), rules)
    assert ids(composed) == ["x", "woman"]
    assert composed.team is not None
    assert composed.team.interviewers == ("woman",)


def test_a_language_is_spoken_by_who_interviews_or_interprets_only(rules: TeamSettings) -> None:
    asked = need(languages=(frozenset({"collines"}),))
    assert check_team([UN_WOMAN, INTERPRETER], [CAR], asked, rules) == ()
    medic = post("medic", role="medic", languages={"collines"})
    assert [breach.rule for breach in check_team([UN_WOMAN, medic], [CAR], asked, rules)] == ["languages"]


def test_everything_is_well_at_the_limits(rules: TeamSettings) -> None:
    five, van = [UN_WOMAN, *(post(f"p{n}") for n in range(4))], vehicle("van", 5)
    assert check_team(five, [van], need(days=DAYS[:5]), rules) == ()  # five and the driver: six people, five days
    assert check_team([*five, DRIVER], [van], need(), rules) == ()  # a post that drives takes the place of a driver
    assert (
        check_team([UN_WOMAN, post("p", conflicts={"XPI05"})], [CAR], need(p_codes=frozenset({"XPI0601"})), rules) == ()
    )
    assert check_team([UN_WOMAN, LOCAL], [CAR], need(discreet=True), rules) == ()
    assert check_team([UN_WOMAN], [], need(drives=False), rules) == ()


def test_only_posts_drive_where_that_is_set(rules: TeamSettings) -> None:
    strict = rules.model_copy(update={"drivers": "post"})
    found = check_team([UN_WOMAN], [CAR], need(), strict)
    assert [str(breach) for breach in found] == [
        "each vehicle has a driver: vehicles: 1, posts that drive: 0; add posts that drive (1 short) or take fewer vehicles"
    ]
    assert ids(compose_team(some(UN_WOMAN, DRIVER), need(), strict)) == ["un-woman", "driver"]
    short = compose_team(some(UN_WOMAN), need(), strict)
    assert [str(shortage) for shortage in short.shortages] == ["drivers: 1 needed, 0 free"]
    assert by_kind(short)["resource"].text == "one more driver on Tuesday 6 October"


def test_days_on_mission_between_two_rests() -> None:
    assert longest_stretch_days([], rest_days=2) == 0
    assert longest_stretch_days([DAYS[0], DAYS[1], DAYS[3]], rest_days=2) == 3
    assert longest_stretch_days([DAYS[0], DAYS[1], DAYS[4]], rest_days=2) == 2
    assert longest_stretch_days(DAYS, rest_days=0) == 1


# The smallest team


def test_the_fewest_people_go_and_then_of_most_organisations(rules: TeamSettings) -> None:
    assert ids(compose_team(some(UN_MAN, WOMAN, UN_WOMAN), need(), rules)) == ["un-woman"]
    plain = post("mission-woman", partner_id="relais", organisation_type="mission", woman=True)
    other = able("other", partner_id="northlight", woman=True)
    assert ids(compose_team(some(plain, WOMAN, other), need(), rules)) == ["mission-woman", "other"]


def test_who_comes_first_is_taken_where_nothing_else_decides(rules: TeamSettings) -> None:
    twin = able("twin", partner_id="agency", organisation_type="un_agency", woman=True)
    assert ids(compose_team(some(twin, UN_WOMAN), need(), rules)) == ["twin"]
    assert ids(compose_team(some(UN_WOMAN, twin), need(), rules)) == ["un-woman"]


def test_two_alike_go_where_two_are_asked_for(rules: TeamSettings) -> None:
    pairs = rules.model_copy(update={"least_un_staff": 2, "least_women": 2})
    twins = [replace(UN_WOMAN, staff_id=name) for name in ("a", "b", "c")]
    assert ids(compose_team(some(*twins), need(), pairs)) == ["a", "b"]
    assert not can_form_team(twins[:1], (CAR,), need(), pairs)


def test_one_car_more_is_taken_only_where_seats_are_short(rules: TeamSettings) -> None:
    asked = need(languages=(frozenset({"nareva"}), frozenset({"collines"})))
    bikes = tuple(vehicle(f"bike-{n}", 1) for n in range(3))
    composed = compose_team(some(UN_WOMAN, WOMAN, INTERPRETER, cars=(*bikes, CAR)), asked, rules)
    assert ids(composed) == ["un-woman", "woman", "interpreter"]
    assert composed.team is not None
    assert [one.vehicle_id for one in composed.team.vehicles] == ["car"]
    assert (composed.team.people, composed.team.organisations) == (4, ("agency", "relais"))
    sidecars = some(UN_WOMAN, WOMAN, DRIVER, cars=(vehicle("a", 1), vehicle("b", 1)))
    both = compose_team(sidecars, need(languages=(frozenset({"nareva"}),)), rules).team
    assert both is not None
    assert (len(both.vehicles), both.drivers) == (2, 2)


def test_a_team_that_flies_takes_no_vehicle(rules: TeamSettings) -> None:
    composed = compose_team(some(UN_WOMAN, DRIVER, cars=()), need(drives=False), rules)
    assert ids(composed) == ["un-woman"]
    assert composed.team is not None
    assert (composed.team.vehicles, composed.team.people) == ((), 1)


def test_who_has_a_conflict_stays(rules: TeamSettings) -> None:
    torn = able("torn", partner_id="agency", organisation_type="un_agency", woman=True, conflicts={"xpi05"})
    asked = need(p_codes=frozenset({"XPI0501"}))
    assert ids(compose_team(some(torn, UN_MAN, WOMAN), asked, rules)) == ["un-man", "woman"]


# What is short, and what would change it


def test_one_more_trained_woman_or_another_day(rules: TeamSettings) -> None:
    """The example of the issue: the only trained woman is absent on Tuesday."""
    absent = Away(who=WOMAN, reasons=("absent on 6 October 2026",))

    def on_days(days: tuple[dt.date, ...]) -> Available:
        return some(UN_MAN, MAN, away=(absent,)) if TUESDAY in days else some(UN_MAN, MAN, WOMAN)

    asks = [
        Ask(request_id="case-011", interviews=True, girls=False),
        Ask(request_id="case-012", interviews=True, girls=True),
    ]
    asked = combine_asks(asks, days=[TUESDAY])
    boys = post("boys", woman=True)  # a woman, so that the request about boys alone could go
    at_first = on_days((TUESDAY,))
    composed = compose_team(
        Available(posts=(*at_first.posts, boys), vehicles=at_first.vehicles, away=at_first.away),
        asked, rules, asks=asks, on_days=on_days,
    )  # fmt: skip
    assert [str(shortage) for shortage in composed.shortages] == ["trained woman interviewers: 1 needed, 0 free"]
    assert [(change.kind, change.size, change.text) for change in composed.changes] == [
        ("resource", 1, f"{WANTED} on Tuesday 6 October (woman would do: absent on 6 October 2026)"),
        ("day", 1, "move to Wednesday 7 October"),
        ("leave_out", 1, "leave out case-012 (needs a trained woman interviewer)"),
    ]  # fmt: skip


def test_a_mission_is_not_moved_into_the_past_nor_farther_than_set(rules: TeamSettings) -> None:
    def on_days(days: tuple[dt.date, ...]) -> Available:
        return some(UN_WOMAN) if days[0] in (dt.date(2026, 10, 5), dt.date(2026, 10, 14)) else some(UN_MAN)

    moved = by_kind(compose_team(on_days((TUESDAY,)), need(), rules, on_days=on_days))
    assert moved["day"].text == "move to Monday 5 October"
    today = by_kind(compose_team(on_days((TUESDAY,)), need(), rules, on_days=on_days, not_before=TUESDAY))
    assert "day" not in today
    wide = rules.model_copy(update={"shift_most_days": 8})
    late = by_kind(compose_team(on_days((TUESDAY,)), need(), wide, on_days=on_days, not_before=TUESDAY))
    assert (late["day"].size, late["day"].text) == (8, "move to Wednesday 14 October")


def test_the_least_urgent_request_is_left_out_where_either_would_do(rules: TeamSettings) -> None:
    asks = [
        Ask(request_id=f"case-{tongue}", interviews=True, girls=True, languages=frozenset({tongue}))
        for tongue in ("french", "collines", "ouvelle")
    ]
    asked = combine_asks(asks, days=[TUESDAY], discreet=True)
    trio = some(UN_WOMAN, LOCAL, INTERPRETER, post("i2", role="interpreter", languages={"ouvelle"}))
    composed = compose_team(trio, asked, rules, asks=asks)
    assert [str(shortage) for shortage in composed.shortages] == ["people: 5 needed, 3 allowed"]
    left = by_kind(composed)["leave_out"]
    assert (left.left_out, left.size) == (("case-collines", "case-ouvelle"), 2)
    assert left.text == "leave out case-collines (needs collines) and case-ouvelle (needs ouvelle)"
    added = by_kind(composed)["resource"]
    assert (added.size, len(added.posts)) == (1, 1)
    assert added.posts[0].languages == {"collines", "ouvelle"}


def test_a_conflict_is_not_told_with_what(rules: TeamSettings) -> None:
    torn = able("torn", organisation_type="mission", woman=True, conflicts={"XPI05", "fpn"})
    asks = [
        Ask(request_id="case-1", interviews=True, girls=True, p_codes=frozenset({"XPI0601"})),
        Ask(request_id="case-2", interviews=True, girls=True, p_codes=frozenset({"XPI0501"})),
    ]
    composed = compose_team(some(torn), combine_asks(asks, days=[TUESDAY]), rules, asks=asks)
    told = [change.text for change in composed.changes]
    assert "leave out case-2 (needs people without a conflict of interest there)" in told
    assert "XPI05" not in str(told)


@pytest.mark.parametrize(
    ("held", "asked", "text"),
    [
        ([WOMAN], need(), "one more person of the UN staff on Tuesday 6 October"),
        ([UN_MAN], SCHOOL, "one more woman on Tuesday 6 October"),
        ([], need(), "one more trained woman interviewer of the UN staff on Tuesday 6 October"),
        ([UN_WOMAN], need(languages=(frozenset({"sango"}),)), "who speaks sango on Tuesday 6 October"),
        ([UN_WOMAN], need(discreet=True), "one more person of a local partner on Tuesday 6 October"),
        ([MAN], need(days=DAYS[:3]), f"{WANTED} of the UN staff from Tuesday 6 October to Thursday 8 October"),
    ],
)  # fmt: skip
def test_what_one_more_must_be(held: list[Post], asked: Need, text: str, rules: TeamSettings) -> None:
    change = by_kind(compose_team(some(*held), asked, rules))["resource"]
    assert change.size == 1
    assert text in change.text
    assert find_team(some(*held, *change.posts), asked, rules) is not None


def test_a_vehicle_more_has_no_more_seats_than_needed(rules: TeamSettings) -> None:
    none = compose_team(some(UN_WOMAN, cars=()), need(), rules)
    assert [str(shortage) for shortage in none.shortages] == ["vehicles: 1 needed, 0 free"]
    assert by_kind(none)["resource"].text == "one more vehicle with 1 seat for the team on Tuesday 6 October"
    small = compose_team(some(UN_MAN, WOMAN, cars=(vehicle("bike", 1),)), need(), rules)
    assert [str(shortage) for shortage in small.shortages] == ["seats: 3 needed, 2 free"]
    texts = {change.kind: change.text for change in small.changes}
    assert texts["resource"].startswith("one more")


def test_a_mission_too_long_is_shortened(rules: TeamSettings) -> None:
    composed = compose_team(some(UN_WOMAN), need(days=DAYS), rules, on_days=lambda _days: some(UN_WOMAN))
    assert [str(shortage) for shortage in composed.shortages] == ["days in a row: 7 needed, 5 allowed"]
    assert [(change.kind, change.size, change.text) for change in composed.changes] == [
        ("shorten", 2, "be back by Saturday 10 October, in 5 days")
    ]


def test_too_many_un_staff_for_a_discreet_team(rules: TeamSettings) -> None:
    """The UN woman may interview but speaks no collines; the only interpreter is of the UN as well."""
    blue = post("blue", role="interpreter", organisation_type="mission", languages={"collines"})
    local = post("l", organisation_type="national_ngo", role="driver")
    asked = need(discreet=True, languages=(frozenset({"collines"}),))
    composed = compose_team(some(UN_WOMAN, blue, local), asked, rules)
    assert [str(shortage) for shortage in composed.shortages] == ["UN staff: 2 needed, 1 allowed"]


def test_rules_that_cannot_be_kept_promise_nothing(rules: TeamSettings) -> None:
    """One person and a car with its own driver are two; one is allowed."""
    hermit = rules.model_copy(update={"most_people": 1, "least_un_staff": 2})
    composed = compose_team(some(UN_WOMAN), need(), hermit, on_days=lambda _days: some(UN_WOMAN))
    assert composed.team is None
    assert composed.changes == ()
    assert composed.shortages != ()


def test_quick_answers_agree_with_the_team_found(rules: TeamSettings) -> None:
    asked = need(languages=(frozenset({"collines"}),))
    posts = (UN_MAN, WOMAN, MAN, INTERPRETER)
    assert can_form_team(posts, (CAR,), asked, rules)
    assert fewest_people(posts, (CAR,), asked, rules) == 4
    assert find_shortages(posts, (CAR,), asked, rules) == ()
    assert not can_form_team(posts[:3], (CAR,), asked, rules)
    assert [str(s) for s in find_shortages(posts[:3], (CAR,), asked, rules)] == [
        "interviewers or interpreters who speak collines: 1 needed, 0 free"
    ]


def test_nothing_is_changed_by_asking(rules: TeamSettings) -> None:
    held: list[Any] = [some(UN_MAN, MAN), need()]
    before = repr(held)
    compose_team(*held, rules)
    assert repr(held) == before
