"""What changed since a plan was signed, in plain words, and whether it overtakes the plan.

Two looks at what a plan relies on (:mod:`geo.missions.evidence`) are compared: the one kept with the signature and one
made now. A plan is overtaken when something on it got worse or is no longer there; a change for the better is told, and
a change elsewhere is in neither look.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from geo.missions.evidence import days_of
from geo.missions.orders import Evidence, Fact
from geo.missions.plans import Plan
from geo.schema import ROAD_STATUSES, WEEKDAYS
from geo.settings import Settings
from geo.text import Language, day_text, list_text, say, words_text

CHANGES = (
    "constraint_new",
    "constraint_changed",
    "constraint_ended",
    "road_worse",
    "road_better",
    "road_unseen",
    "road_gone",
    "base_closed",
    "base_changed",
    "flight_day",
    "escort_gone",
    "escort_terms",
    "escort_overbooked",
    "request_closed",
    "request_changed",
    "staff_away",
    "staff_twice",
    "staff_changed",
    "vehicle_away",
    "vehicle_twice",
    "vehicle_changed",
    "daylight",
    "season",
)
_DAYS = frozenset({"day", "days", "reported"})  # values of sentences that are days
_WORDS = frozenset({"before", "after"})  # values that may be words of the tables
_OVER = ("reached", "closed", "gone")
# What a constraint may change in without harm to a plan is only its day of report and how long it counts.
_GRAVE = ("kind", "behaviour", "operator_type", "hours")
_LOST = frozenset({"woman", "interviewer", "trauma_informed"})
# A change of these asks for another team, time or consent; the number of boys does not.
_ASKED = ("site_id", "girls", "languages", "actor_id", "service_min", "blocked_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is no longer as it was when the plan was signed."""

    kind: str  # one of CHANGES
    matters: bool  # it overtakes the plan
    table: str
    record_id: str
    day: dt.date | None = None  # first day of the plan it touches
    leg: int | None = None  # first leg it touches
    delay_min: float | None = None  # of a constraint, or what it grew by
    values: Mapping[str, str] = field(default_factory=dict)  # for the sentence

    def told(self, language: Language = "en") -> str:
        """Say it in a sentence, its days as the language writes them."""
        day = "" if self.day is None else self.day.isoformat()
        told = {**self.values, "record": self.record_id, "day": day}
        for name in _DAYS & set(told):
            days = [dt.date.fromisoformat(one) for one in told[name].split(";") if one]
            told[name] = list_text([day_text(one, language) for one in days], language)
        for name in _WORDS & set(told):
            told[name] = words_text(told[name], language)
        return say(f"change_{self.kind}", language, **told)


def is_overtaken(changes: tuple[Change, ...]) -> bool:
    """Tell whether any change matters."""
    return any(change.matters for change in changes)


def changes_since(plan: Plan, then: Evidence, now: Evidence, *, settings: Settings) -> tuple[Change, ...]:
    """Compare what a plan relied on with what stands now; what matters comes first, then by day.

    Parameters
    ----------
    then
        As signed.
    now
        Of the same plan, looked up later.
    """
    found = [
        *_constraints(then, now, least_min=settings.orders.overtaken_delay_min),
        *_roads(then, now),
        *_bases(plan, then, now, flight_days=settings.air.flight_days),
        *_escorts(plan, then, now),
        *_requests(then, now),
        *_team(then, now),
        *_daylight(plan, then, now),
    ]
    return tuple(sorted(found, key=lambda change: (not change.matters, change.day or dt.date.max, change.kind)))


def _constraints(then: Evidence, now: Evidence, *, least_min: float) -> Iterator[Change]:
    before, after = then.of("constraints"), now.of("constraints")
    for record_id, fact in after.items():
        old = before.get(record_id)
        grew = _minutes(fact) - (0.0 if old is None else _minutes(old))
        if old is None:
            yield _change("constraint_new", fact, matters=True, delay_min=_minutes(fact))
            continue
        changed = [name for name in _GRAVE if fact.held.get(name) != old.held.get(name)]
        reaches = set(fact.legs) - set(old.legs)
        if changed or reaches or abs(grew) > 0:
            worse = bool(changed or reaches) or grew >= max(least_min, 1e-9)
            yield _change("constraint_changed", fact, matters=worse, delay_min=grew)
    for record_id, fact in before.items():
        if record_id not in after:
            yield _change("constraint_ended", fact, matters=False)


def _minutes(fact: Fact) -> float:
    return float(fact.held.get("delay_min", 0))


def _roads(then: Evidence, now: Evidence) -> Iterator[Change]:
    """What was last seen of the segments driven, where it differs: worse matters, better does not."""
    before, after = _seen(then), _seen(now)
    told: set[tuple[str, str]] = set()
    for segment, fact in after.items():
        was = before.get(segment)
        old_status = None if was is None else was.held["status"]
        step = _badness(fact.held["status"]) - (0 if old_status is None else _badness(old_status))
        same = old_status == fact.held["status"] or (old_status is None and step == 0)
        kind = "road_worse" if step > 0 else "road_better"
        if not same and (kind, fact.record_id) not in told:
            told.add((kind, fact.record_id))
            yield _change(kind, fact, matters=step > 0)
    unseen = {fact.record_id: fact for segment, fact in before.items() if segment not in after}
    for fact in unseen.values():  # taken back: nothing newer took its place
        yield _change("road_unseen", fact, matters=fact.held["status"] == "passable")
    for segment in now.lost_segments:
        if segment not in then.lost_segments:
            yield Change(kind="road_gone", matters=True, table="roads", record_id=segment)


def _badness(status: str) -> int:
    return ROAD_STATUSES.index(status)


def _seen(evidence: Evidence) -> dict[str, Fact]:
    """Worst report that counts on each segment driven, in either direction."""
    worst: dict[str, Fact] = {}
    for fact in evidence.of("road_reports").values():
        for segment in fact.segment_ids:
            held = worst.get(segment)
            if held is None or _badness(fact.held["status"]) > _badness(held.held["status"]):
                worst[segment] = fact
    return worst


def _bases(plan: Plan, then: Evidence, now: Evidence, *, flight_days: tuple[str, ...]) -> Iterator[Change]:
    before = then.of("bases")
    for base_id, fact in now.of("bases").items():
        old = before.get(base_id)
        if fact.held["open"] == "no":
            known = fact if old is None else old  # a closed base has no name any more
            matters = old is None or old.held["open"] == "yes"
            yield _change("base_closed", fact, matters=matters, name=known.held.get("name", base_id))
            continue
        for name in ("medical", "hosts_partners"):
            if fact.held.get(name) == "no" and old is not None and old.held.get(name) == "yes":
                yield _change("base_changed", fact, matters=True, word_what=name)
        if plan.mode == "air" and base_id == plan.base_id:
            yield from _flights(plan, fact, old, flight_days)


def _flights(plan: Plan, fact: Fact, old: Fact | None, usual: tuple[str, ...]) -> Iterator[Change]:
    """Days of flights on which the base no longer flies."""
    flown, did = (
        tuple(one.held["flight_days"].split(";")) if one is not None and "flight_days" in one.held else usual
        for one in (fact, old)
    )
    for day in sorted({leg.day for leg in plan.legs if not leg.segment_ids}):
        weekday = WEEKDAYS[day.weekday()]
        if weekday not in flown and weekday in did:
            yield Change(
                kind="flight_day",
                matters=True,
                table=fact.table,
                record_id=fact.record_id,
                day=day,
                values={"name": fact.held.get("name", fact.record_id)},
            )


def _escorts(plan: Plan, then: Evidence, now: Evidence) -> Iterator[Change]:
    before = then.of("escorts")
    for base_id, fact in now.of("escorts").items():
        old = before.get(base_id)
        if not fact.held:
            yield _change("escort_gone", fact, matters=old is None or bool(old.held))
            continue
        slots, given = float(fact.held["slots"]), int(fact.held["given"])
        if given + plan.escort_slots > max(slots, 1.0):
            asked = str(given + plan.escort_slots)
            yield _change("escort_overbooked", fact, matters=True, given=asked, slots=fact.held["slots"])
        if old is None or not old.held:
            continue
        terms = [
            name for name in ("lead_days", "radius_hours", "speed_kph", "days") if fact.held[name] != old.held[name]
        ]
        for name in terms:
            worse = _terms_worse(plan, name, fact.held[name], old.held[name], signed_on=then.as_of)
            yield _change(
                "escort_terms", fact, matters=worse, word_what=name, before=old.held[name], after=fact.held[name]
            )


def _terms_worse(plan: Plan, name: str, after: str, before: str, *, signed_on: dt.date) -> bool:
    """Whether changed terms stand against the plan; more notice only where it was given less."""
    if name == "days":
        return WEEKDAYS[plan.departs_on.weekday()] not in after.split(";")
    if name == "lead_days":
        return int(after) > (plan.departs_on - signed_on).days and int(after) > int(before)
    return float(after) < float(before)


def _requests(then: Evidence, now: Evidence) -> Iterator[Change]:
    before = then.of("requests")
    for request_id, fact in now.of("requests").items():
        old = before.get(request_id)
        if fact.held["status"] in _OVER:
            was = old is not None and old.held.get("status") in _OVER
            yield _change("request_closed", fact, matters=not was)
            continue
        if old is None:
            continue
        changed = sorted(
            name for name in {*fact.held, *old.held} - {"status"} if fact.held.get(name) != old.held.get(name)
        )
        asked = [name for name in changed if name in _ASKED]
        for name in changed:
            yield _change(
                "request_changed",
                fact,
                matters=name in asked,
                word_what=name,
                before=old.held.get(name, "–"),
                after=fact.held.get(name, "–"),
            )


def _team(then: Evidence, now: Evidence) -> Iterator[Change]:
    for table, noun in (("staff", "staff"), ("fleet", "vehicle")):
        before = then.of(table)
        for record_id, fact in now.of(table).items():
            old = before.get(record_id)
            if "away" in fact.held:
                same = old is not None and old.held.get("away") == fact.held["away"]
                yield _change(f"{noun}_away", fact, matters=not same, days=fact.held["away"])
            if "busy" in fact.held:
                yield _change(f"{noun}_twice", fact, matters=True, others=fact.held["busy"].replace(";", ", "))
            if old is None:
                continue
            for name in sorted({*fact.held, *old.held} - {"away", "busy"}):
                now_is, was = fact.held.get(name), old.held.get(name)
                if now_is != was:
                    matters = _team_worse(name, now_is, was)
                    yield _change(
                        f"{noun}_changed", fact, matters=matters, word_what=name, before=was or "–", after=now_is or "–"
                    )


def _team_worse(name: str, after: str | None, before: str | None) -> bool:
    """Whether a changed post or vehicle may no longer do what it was chosen for."""
    if name in _LOST:
        return before == "yes"
    if name == "seats":
        return int(after or 0) < int(before or 0)
    if name == "languages":
        return not set((before or "").split(";")) <= set((after or "").split(";"))
    if name == "conflicts":
        return not set((after or "").split(";")) <= set((before or "").split(";"))
    return True


def _daylight(plan: Plan, then: Evidence, now: Evidence) -> Iterator[Change]:
    if now.daylight != then.daylight:
        begins, ends = now.daylight.split("-")
        clock = [(f"{leg.leaves:%H:%M}", f"{leg.arrives:%H:%M}", leg.day) for leg in plan.legs]
        dark = [day for leaves, arrives, day in clock if leaves < begins or arrives > ends]
        yield Change(
            kind="daylight",
            matters=bool(dark),
            table="settings",
            record_id="daylight",
            day=min(dark, default=None),
            values={"before": then.daylight, "after": now.daylight},
        )
    for day in days_of(plan):
        was, is_now = then.seasons.get(day.isoformat()), now.seasons.get(day.isoformat())
        if was is not None and is_now is not None and was != is_now:
            yield Change(
                kind="season",
                matters=True,
                table="settings",
                record_id="seasons",
                day=day,
                values={"word_before": was, "word_after": is_now},
            )


def _change(kind: str, fact: Fact, *, matters: bool, delay_min: float | None = None, **values: str) -> Change:
    told = {"name": fact.held.get("name", fact.record_id)} | values
    if fact.table == "constraints":
        told |= {"word_kind": fact.held["kind"], "minutes": f"{abs(delay_min or 0.0):.0f}"}
        told["reported"] = fact.held.get("reported_on", "")
    if fact.table == "road_reports":
        told |= {"word_status": fact.held["status"], "reported": fact.held.get("observed_on", "")}
    return Change(
        kind=kind,
        matters=matters,
        table=fact.table,
        record_id=fact.record_id,
        day=min(fact.days, default=None),
        leg=min(fact.legs, default=None),
        delay_min=delay_min,
        values=told,
    )
