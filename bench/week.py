"""The plan of a week over the whole queue, and what one more of each resource would free.

    python bench/week.py

Sixty requests in two provinces of 160 by 160 km, four bases, twelve posts of four organisations with three women, drawn
with three seeds. Times are by the clock and of the processor. The target for a plan is 5 seconds on two cores; what a
better plan could serve at most is told beside it.
"""

import datetime as dt
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.missions.bottlenecks import Waits, rank_bottlenecks, resources_of_interest  # noqa: E402
from geo.missions.needs import Ask  # noqa: E402
from geo.missions.outlets import Outlet, find_reaches  # noqa: E402
from geo.missions.plans import Post, Stop, Trip, Vehicle  # noqa: E402
from geo.missions.roster import Calendar, Roster  # noqa: E402
from geo.missions.week import WeekPlan, plan_week  # noqa: E402
from geo.missions.week_task import Queued, Resources, SlotPool, WeekTask  # noqa: E402
from geo.settings import read_settings  # noqa: E402

Made = TypeVar("Made")
SEEDS = (7, 8, 9)
SETTINGS = read_settings(ROOT / "config.toml")
DAYS = tuple(dt.date(2026, 11, 23) + dt.timedelta(days=number) for number in range(7))
REQUESTS, TOWNS = 60, 14
BASES_KM = np.array([[40.0, 60.0], [110.0, 110.0], [200.0, 50.0], [280.0, 100.0]])
KPH, CONVOY_SHARE, DETOUR = 28.0, 0.8, 1.35
TONGUES = ("nareva", "ouvelle", "collines")


def drawn_week(seed: int = 7) -> tuple[list[Outlet], tuple[Queued, ...], Resources]:
    """A queue, what there is to reach it from, and who and what there is to send."""
    draw = np.random.default_rng(seed)
    sites = draw.random((REQUESTS, 2)) * (320, 160)
    towns = draw.random((TOWNS, 2)) * (320, 160)
    queue = tuple(
        Queued(
            ask=Ask(
                request_id=f"case-{number:02d}",
                interviews=True,
                girls=bool(draw.random() < 0.75),
                languages=frozenset({TONGUES[int(3 * site[0] / 320)]}) if draw.random() < 0.7 else frozenset(),
            ),
            stop=number,
            points=round(float(draw.random() * 12), 1),
            service_min=120.0,
        )
        for number, site in enumerate(sites)
    )
    barred = draw.random(REQUESTS) < 0.2  # behind stretches that only an escort may pass
    outlets = [one for base in range(4) for one in _outlets_of(base, sites, towns, barred)]
    pools = tuple(SlotPool(base_id=f"base-{base}", days=frozenset(DAYS), free=1) for base in (1, 2))
    return outlets, queue, Resources(roster=_roster(), pools=pools)


def _outlets_of(base: int, sites: np.ndarray, towns: np.ndarray, barred: np.ndarray) -> list[Outlet]:
    km = np.vstack([BASES_KM[[base]], sites, towns])
    apart = np.hypot(*(km[:, None] - km).transpose(2, 0, 1)) * DETOUR
    stops = tuple(
        Stop(stop_id=f"site-{n}", request_ids=(f"case-{n:02d}",), service_min=120.0, opens_min=480.0, closes_min=990.0)
        for n in range(len(sites))
    )
    sleeps = np.arange(len(km)) > len(sites)
    sleeps[0] = True
    near = {f"base-{one}": 0.0 if one == base else 240.0 for one in range(4)}

    def outlet(mode: str, minutes: np.ndarray, starts: tuple[dt.date, ...]) -> Outlet:
        trip = Trip(
            stops=stops,
            minutes=minutes,
            sleeps=sleeps,
            leaves_min=np.full(5, 390.0),
            arrives_min=np.full(5, 1050.0),
            open_days=np.ones((5, len(stops)), dtype=bool),
        )
        escort = f"base-{base}" if mode == "escorted" else None
        return Outlet(base_id=f"base-{base}", mode=mode, starts=starts, trip=trip, near_min=near, escort_base_id=escort)

    alone = 60.0 * apart / KPH
    closed = np.flatnonzero(barred) + 1
    alone[closed], alone[:, closed] = np.inf, np.inf
    np.fill_diagonal(alone, 0.0)
    made = [outlet("unescorted", alone, DAYS)]
    if base in (1, 2):
        made.append(outlet("escorted", 60.0 * apart / KPH / CONVOY_SHARE, DAYS[3:]))
    return made


def _roster() -> Roster:
    """Twelve posts of four organisations with three women, and six vehicles."""
    kinds = (("un_agency", 4), ("mission", 3), ("ingo", 3), ("national_ngo", 2))
    posts = []
    for kind, count in kinds:
        for number in range(count):
            place = len(posts)
            woman = place in (0, 4, 7)
            posts.append(
                Post(
                    staff_id=f"post-{place}",
                    partner_id=kind,
                    organisation_type=kind,
                    base_id=f"base-{place % 4}",
                    role="interpreter" if number == 2 else "interviewer",
                    woman=woman,
                    interviewer=woman or number % 2 == 0,
                    trauma_informed=woman or number % 2 == 0,
                    languages=frozenset({"french", TONGUES[place % 3]}),
                )
            )
    vehicles = [
        Vehicle(vehicle_id=f"vehicle-{n}", partner_id="mission", base_id=f"base-{n % 4}", kind="4x4", seats=4)
        for n in range(6)
    ]
    weekdays = Calendar(weekdays=frozenset({"mon", "tue", "wed", "thu", "fri"}))
    return Roster(
        posts=tuple((post, weekdays if post.un_staff else Calendar()) for post in posts),
        vehicles=tuple((vehicle, Calendar()) for vehicle in vehicles),
    )


def timed(words: str, work: Callable[[], Made]) -> Made:
    """Do some work and print how long it took: by the clock, and of the processor."""
    clock, worked = time.perf_counter(), time.process_time()
    made = work()
    spent, busy = time.perf_counter() - clock, time.process_time() - worked
    print(f"{words:<46} {spent:6.2f} s, {busy:6.2f} s of the processor")
    return made


def planned(seed: int) -> WeekPlan:
    """Plan the week of a seed, and print what it serves."""
    rules = SETTINGS.week
    outlets, queue, resources = drawn_week(seed)
    began = time.perf_counter()
    reaches = timed("sets of stops", lambda: find_reaches(outlets, together=rules.together_stops))
    task = WeekTask(days=DAYS, queue=queue, reaches=reaches, resources=resources, settings=SETTINGS.teams)
    plan = timed("plan of a week", lambda: plan_week(task, alike=rules.alike_missions, seconds=rules.plan_seconds))
    print(
        f"  seed {seed}: {len(plan.request_ids)} of {REQUESTS} requests in {len(plan.missions)} missions, no plan "
        f"serves more than {plan.most_requests}; {time.perf_counter() - began:.2f} s in all, target 5 s"
    )
    return plan


def main() -> None:
    """Print how long each step takes, what it found, and how far that may be from the best."""
    timed("compiled code is loaded", lambda: find_reaches(drawn_week(SEEDS[0])[0][:1], together=4))
    plan = [planned(seed) for seed in SEEDS][-1]
    waits = {one.request_id: Waits(age_days=30, children=3) for one in plan.task.queue}
    wanted = list(resources_of_interest(plan.task, TONGUES))
    seconds = SETTINGS.week.one_more_seconds
    found = timed(
        f"planned again with one more of each of {len(wanted)}",
        lambda: rank_bottlenecks(plan, wanted, waits, seconds=seconds, progress=None),
    )
    for one in found:
        more = one.more
        print(f"  {more.kind} {more.base_id}{more.language}: {one.requests} more found, at most {one.at_most}")


if __name__ == "__main__":
    main()
