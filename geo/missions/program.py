"""The choice of a team as an integer programme, solved to the proven optimum with HiGHS (Huangfu and Hall 2018).

Two things may be let go to find out what would make a mission possible: requests are left out, or posts and vehicles
nobody has are added. Then the programme finds the least of either.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from geo.missions.needs import Ask
from geo.missions.plans import Need, Post, Vehicle
from geo.missions.teams import (
    DRIVER,
    INTERPRETER,
    Demand,
    asked_demands,
    demands_of,
    has_conflict,
    in_conflict,
    limits_of,
    standing_demands,
)
from geo.settings import TeamSettings

Terms = Mapping[Hashable, float]
DRIVERS = "drivers"  # that come with the vehicles
NEW = "new"  # organisation and base of what is added
_ROOMIEST = 60  # seats of one vehicle, as in the contract
_PER_ADDED, _PER_PROPERTY = 1e5, 1e3
# The first is asked for where one of several would do; languages, and last to drive, stand behind them.
_PROPERTIES = ("interprets", "woman", "interviews", "local_staff", "un_staff")


@dataclass(slots=True)
class Program:
    """Whole numbers between 0 and their most, rows that bind them, and what each costs."""

    columns: dict[Hashable, tuple[float, float]] = field(default_factory=dict)  # name -> most, cost
    rows: list[tuple[Terms, float, float]] = field(default_factory=list)  # terms, least, most

    def at_least(self, terms: Terms, least: float) -> None:
        """Bind a sum from below."""
        self.rows.append((terms, least, np.inf))

    def at_most(self, terms: Terms, most: float) -> None:
        """Bind a sum from above."""
        self.rows.append((terms, -np.inf, most))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Which columns count for the size of a team, and how much."""

    people: Terms
    un_staff: Terms
    drive: Terms
    vehicles: Terms
    seats: Terms


def solve(program: Program) -> dict[Hashable, int] | None:
    """Return the values of the cheapest solution that are not 0; ``None`` where there is none.

    The same programme gives the same solution.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 (0.2 s that pages without teams save)

    place = {name: number for number, name in enumerate(program.columns)}
    matrix = np.zeros((len(program.rows), len(place)))
    for row, (terms, _, _) in enumerate(program.rows):
        for name, factor in terms.items():
            matrix[row, place[name]] += factor
    least, most = (np.array([row[side] for row in program.rows]) for side in (1, 2))
    upper, cost = np.array(list(program.columns.values()), dtype=float).T
    found = milp(
        cost,
        constraints=LinearConstraint(matrix, least, most),
        bounds=Bounds(0.0, upper),
        integrality=np.ones(len(place), dtype=np.int64),
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        return None
    values = np.rint(found.x).astype(int)
    return {name: int(values[number]) for name, number in place.items() if values[number]}


def smallest_team(
    posts: Sequence[Post], vehicles: Sequence[Vehicle], need: Need, settings: TeamSettings
) -> tuple[tuple[Post, ...], tuple[Vehicle, ...]] | None:
    """Return the team of fewest people, then fewest vehicles, then most organisations, then first in the order given.

    First in the order is the least sum of positions. ``None`` where no team keeps every rule; how long the mission is,
    is not looked at.
    """
    limits = limits_of(need, settings)
    able = _worth_asking([post for post in posts if not in_conflict(post, need)], need, settings)
    lent = _worth_taking(vehicles, limits.vehicles) if need.drives else []
    program = Program()
    organisations = sorted({post.partner_id for _, post in able})
    positions = 1.0 + limits.people * len(posts) + limits.vehicles * len(vehicles)
    per_vehicle = positions * (1 + len(organisations))
    per_person = per_vehicle * (1 + limits.vehicles)
    for position, post in able:
        program.columns["post", post.staff_id] = (1.0, per_person + position)
    for position, vehicle in lent:
        program.columns["vehicle", vehicle.vehicle_id] = (1.0, per_vehicle + position)
    program.columns[DRIVERS] = (limits.vehicles, per_person)
    for organisation in organisations:
        program.columns["joins", organisation] = (1.0, -positions)
        members: dict[Hashable, float] = {
            ("post", post.staff_id): 1.0 for _, post in able if post.partner_id == organisation
        }
        program.at_least({**members, ("joins", organisation): -1.0}, 0.0)
    chosen = [post for _, post in able]
    _bind(program, _counted(chosen, [vehicle for _, vehicle in lent]), need, settings)
    for demand in demands_of(need, settings):
        program.at_least(_of(chosen, demand), demand.least)
    found = solve(program)
    if found is None:
        return None
    return (
        tuple(post for post in posts if ("post", post.staff_id) in found),
        tuple(vehicle for vehicle in vehicles if ("vehicle", vehicle.vehicle_id) in found),
    )


def least_left_out(
    posts: Sequence[Post], vehicles: Sequence[Vehicle], asks: Sequence[Ask], need: Need, settings: TeamSettings
) -> frozenset[str] | None:
    """Return the fewest requests without which a team can be formed, the last ones first where there is a choice.

    ``None`` where none would be left.
    """
    program = Program()
    _bind(program, _choose_from(program, posts, vehicles, need, settings), need, settings)
    for demand in standing_demands(settings, discreet=need.discreet):
        program.at_least(_of(posts, demand), demand.least)
    each = 1.0 + len(asks) * len(asks)
    for position, ask in enumerate(asks):
        left = ("left", ask.request_id)
        program.columns[left] = (1.0, each + len(asks) - position)
        languages = [ask.languages] if ask.languages else []
        for demand in asked_demands(interviews=ask.interviews, girls=ask.girls, languages=languages):
            program.at_least({**_of(posts, demand), left: demand.least}, demand.least)
        for post in posts:
            if has_conflict(post, p_codes=ask.p_codes, actor_ids=ask.actor_ids):
                program.at_most({("post", post.staff_id): 1.0, left: -1.0}, 0.0)
    program.at_most(dict.fromkeys([("left", ask.request_id) for ask in asks], 1.0), len(asks) - 1)
    found = solve(program)
    return None if found is None else frozenset(ask.request_id for ask in asks if ("left", ask.request_id) in found)


def least_added(
    posts: Sequence[Post], vehicles: Sequence[Vehicle], need: Need, settings: TeamSettings, *, most: int
) -> tuple[tuple[Post, ...], tuple[Vehicle, ...]] | None:
    """Return posts and vehicles, at most so many, with which a team can be formed, and no more about them than needed.

    The fewest, then with the fewest properties, then seats. ``None`` where so many do not help.
    """
    able = [post for post in posts if not in_conflict(post, need)]
    program = Program()
    counted = _choose_from(program, able, vehicles, need, settings)
    new = range(min(most, limits_of(need, settings).people))
    lent = range(min(most, limits_of(need, settings).vehicles) if need.drives else 0)
    tongues = sorted(frozenset().union(*need.languages))
    for number in new:
        _add_post(program, number, tongues, settings)
    for number in lent:
        program.columns["lent", number] = (1.0, _PER_ADDED)
        program.columns["seats", number] = (_ROOMIEST, 1.0)
        program.at_least({("lent", number): _ROOMIEST, ("seats", number): -1.0}, 0.0)
    program.at_most({**_each("new", new), **_each("lent", lent)}, most)
    joined = Counted(
        people={**counted.people, **_each("new", new)},
        un_staff={**counted.un_staff, **_each("un_staff", new)},
        drive={**counted.drive, **_each("drives", new)},
        vehicles={**counted.vehicles, **_each("lent", lent)},
        seats={**counted.seats, **_each("seats", lent)},
    )
    _bind(program, joined, need, settings)
    for row, demand in enumerate(demands_of(need, settings)):
        terms = {name: 1.0 for number in new for name in [_counting(program, number, row, demand)]}
        program.at_least({**_of(able, demand), **terms}, demand.least)
    found = solve(program)
    if found is None:
        return None
    return (
        tuple(_new_post(found, number, tongues, settings) for number in new if ("new", number) in found),
        tuple(
            Vehicle(vehicle_id=f"new-{number + 1}", partner_id=NEW, base_id=NEW, kind="4x4", seats=max(seats, 1))
            for number in lent
            if ("lent", number) in found
            for seats in [found.get(("seats", number), 0)]
        ),
    )


def _choose_from(
    program: Program, posts: Sequence[Post], vehicles: Sequence[Vehicle], need: Need, settings: TeamSettings
) -> Counted:
    """Let the programme choose any of the posts and vehicles, at no cost."""
    taken = vehicles if need.drives else []
    for post in posts:
        program.columns["post", post.staff_id] = (1.0, 0.0)
    for vehicle in taken:
        program.columns["vehicle", vehicle.vehicle_id] = (1.0, 0.0)
    program.columns[DRIVERS] = (limits_of(need, settings).vehicles, 0.0)
    return _counted(posts, taken)


def _counted(posts: Sequence[Post], vehicles: Sequence[Vehicle]) -> Counted:
    return Counted(
        people={("post", post.staff_id): 1.0 for post in posts},
        un_staff={("post", post.staff_id): 1.0 for post in posts if post.un_staff},
        drive={("post", post.staff_id): 1.0 for post in posts if post.role == DRIVER},
        vehicles={("vehicle", vehicle.vehicle_id): 1.0 for vehicle in vehicles},
        seats={("vehicle", vehicle.vehicle_id): vehicle.seats for vehicle in vehicles},
    )


def _bind(program: Program, counted: Counted, need: Need, settings: TeamSettings) -> None:
    """Keep the team small, everybody seated and every vehicle driven."""
    limits = limits_of(need, settings)
    brought: dict[Hashable, float] = {DRIVERS: 1.0}
    program.at_most({**counted.people, **brought}, limits.people)
    if limits.un_staff is not None:
        program.at_most(counted.un_staff, limits.un_staff)
    if settings.drivers == "post":
        program.at_most(brought, 0.0)
    if need.drives:
        program.at_most(counted.vehicles, limits.vehicles)
        program.at_least({**counted.drive, **brought, **_less(counted.vehicles)}, 0.0)
        room = dict(counted.seats)
        for name in counted.vehicles:
            room[name] = room.get(name, 0.0) + 1.0
        program.at_least({**room, **_less(counted.people), DRIVERS: -1.0}, 0.0)


def _each(name: str, numbers: Iterable[int]) -> dict[Hashable, float]:
    return {(name, number): 1.0 for number in numbers}


def _less(terms: Terms) -> dict[Hashable, float]:
    return {name: -factor for name, factor in terms.items()}


def _of(posts: Iterable[Post], demand: Demand) -> dict[Hashable, float]:
    return {("post", post.staff_id): 1.0 for post in posts if demand.met_by(post)}


def _add_post(program: Program, number: int, tongues: Sequence[str], settings: TeamSettings) -> None:
    """Add a post nobody has, with properties that each cost; one before the next, so that two are not exchanged."""
    program.columns["new", number] = (1.0, _PER_ADDED)
    names = (*_PROPERTIES, *(f"speaks {tongue}" for tongue in tongues), "drives")
    for position, name in enumerate(names):
        able = name != "local_staff" or bool(settings.local_partners)
        program.columns[name, number] = (float(able), _PER_PROPERTY + position)
        program.at_least({("new", number): 1.0, (name, number): -1.0}, 0.0)
    for one, other in (("un_staff", "local_staff"), ("interprets", "drives")):
        program.at_most({(one, number): 1.0, (other, number): 1.0}, 1.0)
    if number:
        program.at_least({("new", number - 1): 1.0, ("new", number): -1.0}, 0.0)


def _counting(program: Program, number: int, row: int, demand: Demand) -> Hashable:
    """Name of the column by which an added post counts for a demand; made where it takes several properties."""
    simple = {"somebody": "new", "un_staff": "un_staff", "woman": "woman", "local_staff": "local_staff"}
    simple["interviewer"] = "interviews"
    if demand.resource in simple:
        return simple[demand.resource], number
    counts = ("counts", number, row)
    program.columns[counts] = (1.0, 0.0)
    if demand.resource == "woman_interviewer":
        parts: list[list[str]] = [["woman"], ["interviews"]]
    else:
        parts = [["interviews", "interprets"], [f"speaks {tongue}" for tongue in sorted(demand.among)]]
    for part in parts:
        program.at_least({**{(name, number): 1.0 for name in part}, counts: -1.0}, 0.0)
    return counts


def _new_post(found: Mapping[Hashable, int], number: int, tongues: Sequence[str], settings: TeamSettings) -> Post:
    has = {name for name in (*_PROPERTIES, "drives") if (name, number) in found}
    role = INTERPRETER if "interprets" in has else DRIVER if "drives" in has else ""
    kinds = ("un_agency", "un_staff"), ((*settings.local_partners, "")[0], "local_staff")
    return Post(
        staff_id=f"new-{number + 1}",
        partner_id=NEW,
        organisation_type=next((kind for kind, name in kinds if name in has), "other"),
        base_id=NEW,
        role=role or ("interviewer" if "interviews" in has else "observer"),
        woman="woman" in has,
        interviewer="interviews" in has,
        trauma_informed="interviews" in has,
        languages=frozenset(tongue for tongue in tongues if (f"speaks {tongue}", number) in found),
    )


def _worth_asking(posts: Sequence[Post], need: Need, settings: TeamSettings) -> list[tuple[int, Post]]:
    """Posts with their positions, without those that count for nothing or stand behind enough of their kind."""
    demands = [demand for demand in demands_of(need, settings) if demand.resource != "somebody"]
    most = {"drives": limits_of(need, settings).vehicles}
    held: Counter[Hashable] = Counter()
    kept = []
    for position, post in enumerate(posts):
        counts = tuple(demand.met_by(post) for demand in demands)
        drives = post.role == DRIVER
        useful = max([demand.least for demand, met in zip(demands, counts, strict=True) if met], default=0)
        useful = max(useful, most["drives"] if drives else 0, 0 if demands else 1)
        kind = (counts, drives, post.un_staff, post.partner_id)
        if held[kind] < useful:
            kept.append((position, post))
        held[kind] += 1
    return kept


def _worth_taking(vehicles: Sequence[Vehicle], most: int) -> list[tuple[int, Vehicle]]:
    """Vehicles with their positions, the first few of each number of seats."""
    held: Counter[int] = Counter()
    kept = []
    for position, vehicle in enumerate(vehicles):
        if held[vehicle.seats] < most:
            kept.append((position, vehicle))
        held[vehicle.seats] += 1
    return kept
