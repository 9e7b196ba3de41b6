"""A roster small enough to solve by hand, and a checker of teams that shares nothing with the one it judges."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from geo.missions.plans import Need, Post, Vehicle
from geo.settings import TeamSettings

TUESDAY = dt.date(2026, 10, 6)


def post(staff_id: str, **values: Any) -> Post:
    """A man of an international organisation without any training, unless said otherwise."""
    usual: dict[str, Any] = {
        "partner_id": "relais", "organisation_type": "ingo", "base_id": "here", "role": "observer",
        "woman": False, "interviewer": False, "trauma_informed": False,
    }  # fmt: skip
    held = {key: frozenset(value) if key in ("languages", "conflicts") else value for key, value in values.items()}
    return Post(staff_id=staff_id, **{**usual, **held})


def able(staff_id: str, **values: Any) -> Post:
    """Somebody who may interview."""
    return post(staff_id, **{"role": "interviewer", "interviewer": True, "trauma_informed": True, **values})


def vehicle(vehicle_id: str, seats: int = 4, **values: Any) -> Vehicle:
    return Vehicle(
        vehicle_id=vehicle_id, seats=seats, **{"partner_id": "relais", "base_id": "here", "kind": "4x4", **values}
    )


def need(**values: Any) -> Need:
    """One day, children to interview and girls among them."""
    return Need(**{"days": (TUESDAY,), "interviews": True, "girls": True, **values})


UN_MAN = post("un-man", partner_id="mission", organisation_type="mission", languages={"french"})
UN_WOMAN = able("un-woman", partner_id="agency", organisation_type="un_agency", woman=True, languages={"french"})
WOMAN = able("woman", woman=True, languages={"french", "nareva"})
MAN = able("man", languages={"french"})
LOCAL = post("local", partner_id="local", organisation_type="national_ngo", role="community_liaison")
INTERPRETER = post("interpreter", role="interpreter", languages={"collines"})
DRIVER = post("driver", role="driver")
CAR = vehicle("car")


def broken(team: Sequence[Post], cars: Sequence[Vehicle], asked: Need, rules: TeamSettings) -> set[str]:
    """Names of the rules a team breaks, counted one by one."""
    un = sum(one.organisation_type in ("mission", "un_agency") for one in team)
    local = sum(one.organisation_type in rules.local_partners for one in team)
    drivers = sum(one.role == "driver" for one in team)
    brought = max(0, len(cars) - drivers) if rules.drivers == "organisation" else 0
    people = len(team) + brought
    wrong = {
        "somebody": not team,
        "un_staff": un < rules.least_un_staff,
        "women": sum(one.woman for one in team) < rules.least_women,
        "drivers": rules.drivers == "post" and drivers < len(cars),
        "people": people > rules.most_people,
        "vehicles": len(cars) > rules.most_vehicles,
        "seats": asked.drives and people > sum(car.seats for car in cars) + len(cars),
        "discreet_people": asked.discreet and people > rules.discreet_most_people,
        "discreet_vehicles": asked.discreet and len(cars) > rules.discreet_most_vehicles,
        "discreet_un_staff": asked.discreet and un > rules.discreet_most_un_staff,
        "discreet_local": asked.discreet and local < rules.discreet_least_local,
        "rest": _overworked(asked.days, rules),
        **_badly_staffed(team, asked),
    }
    return {name for name, is_wrong in wrong.items() if is_wrong}


def _badly_staffed(team: Sequence[Post], asked: Need) -> dict[str, bool]:
    """Who interviews whom, in which language, and who should not be there."""
    trained = {(one.woman, one.trauma_informed) for one in team if one.interviewer}
    heard: set[str] = set()
    for one in team:
        if one.role == "interpreter" or (one.interviewer and one.trauma_informed):
            heard |= one.languages
    named = [(one, conflict) for one in team for conflict in one.conflicts]
    children = asked.interviews and bool(trained) and not trained & {(True, True), (False, True)}
    girls = asked.girls and (True, False) in trained and (True, True) not in trained
    return {
        "interviewer": asked.interviews and not trained,
        "woman_interviewer": asked.girls and not trained & {(True, True), (True, False)},
        "trauma_informed": children or girls,
        "languages": any(tongues and not tongues & heard for tongues in asked.languages),
        "conflicts": any(
            conflict in asked.actor_ids or any(code.startswith(conflict) for code in asked.p_codes)
            for _, conflict in named
        ),
    }


def _overworked(days: Sequence[dt.date], rules: TeamSettings) -> bool:
    """Walk the calendar day by day."""
    worked, off = 0, rules.rest_days
    first = min(days, default=TUESDAY)
    for number in range((max(days, default=TUESDAY) - first).days + 1):
        if first + dt.timedelta(days=number) in days:
            worked = 1 if off >= rules.rest_days else worked + 1
            off = 0
            if worked > rules.most_days_running:
                return True
        else:
            off += 1
    return False


def teams_of(
    posts: Sequence[Post], cars: Sequence[Vehicle], asked: Need, rules: TeamSettings
) -> Iterator[tuple[tuple[Post, ...], tuple[Vehicle, ...]]]:
    """Every team that breaks nothing, smallest first."""
    for size in range(1, min(len(posts), rules.most_people) + 1):
        for team in combinations(posts, size):
            for taken in range(min(len(cars), rules.most_vehicles) + 1):
                for lent in combinations(cars, taken):
                    if not broken(team, lent, asked, rules):
                        yield team, lent
