"""What the queue says, in words: headline, three clocks, what is waited for, and one request."""

from collections.abc import Mapping
from typing import Any

from geo.layers import palette
from pages._shared import data, frame, show
from pages._shared.story import count, only_row
from pages._shared.widgets import day_words, spoken

BLOCKED = {
    "woman_interviewer": "a woman interviewer",
    "interpreter": "an interpreter",
    "escort": "an escort",
    "flight": "a flight",
    "road": "the road",
    "actor_consent": "an actor's consent",
    "none": "nothing on record",
}
PLANNED = "planned"  # status of a request that a signed mission serves
MEASURES = {"request_days": "Request-days", "child_days": "Child-days"}
_WHO = (("girls", "girl"), ("boys", "boy"), ("sex_unknown", "child whose sex is not known"))


def headline(found: data.QueueAnswer) -> tuple[str, str]:
    """Say how many wait, how many of them are late, and whose referral is overdue."""
    row, day = only_row(found.totals), day_words(found.request.as_of)
    if not row:
        return "No number of requests may be shown", f"{day} · withheld from the audience {frame.audience_name()}"
    if "late" not in row:
        least = data.settings().audiences[frame.audience()].small_count
        subtitle = f"As of {day}, rounded down to a multiple of {least} · no request does not mean no need"
        return f"At least {count(row['requests'])} requests wait to be verified", subtitle
    if not row["requests"]:
        return "No request waits to be verified", f"As of {day} · no request does not mean no need"
    soon_days = data.settings().requests.late_soon_days
    subtitle = f"As of {day} · late: verified after the quarter of the incident · a referral never waits for a visit"
    return f"{_waiting(row, soon_days)}; {_referrals(row['referral_overdue'])}", subtitle


def _waiting(row: Mapping[str, Any], soon_days: int) -> str:
    total, soon = int(row["requests"]), int(row["late"] + row["late_soon"])
    waits = f"{count(total)} {'request waits' if total == 1 else 'requests wait'}"
    if not soon:
        return f"{waits}, none late within {soon_days} days"
    return f"{waits}, {'all' if soon == total else count(soon)} late or late within {soon_days} days"


def _referrals(overdue: float) -> str:
    if not overdue:
        return "no referral is overdue"
    return f"{count(overdue)} {'referral is' if overdue == 1 else 'referrals are'} overdue"


def clocks(found: data.QueueAnswer) -> list[show.Number]:
    """The three clocks: since the alert, to the end of the quarter, and of the referral, which waits for neither."""
    row, ages = only_row(found.totals), found.requests.frame["age_days"]
    oldest = f"{count(ages.max())} d" if len(ages) else "–"
    soon_days = data.settings().requests.late_soon_days
    return [
        show.Number(value=oldest, about="since the oldest\nalert"),
        show.Number(value=count(row["late"]), about=f"late, {count(row['late_soon'])} more\nwithin {soon_days} days"),
        show.Number(value=count(row["referral_overdue"]), about="referrals to\nservices overdue"),
    ]


def rounded_numbers(found: data.QueueAnswer) -> list[show.Number]:
    """The one figure an audience below the task force may see."""
    row = only_row(found.totals)
    return [show.Number(value=f"≥ {count(row['requests'])}", about="requests wait")] if row else []


def waits_for(row: Mapping[str, Any]) -> str:
    """What a request of the list waits for; one that a signed mission serves says so first."""
    told = blocked_words(str(row["blocked_by"]))
    return ", ".join(filter(None, ["planned" if row.get("status") == PLANNED else "", told]))


def blocked_words(words: str) -> str:
    """What a request waits for, as people say it."""
    return ", ".join(BLOCKED.get(word, spoken(word)) for word in words.split(";") if word)


def waiting_bars(found: data.QueueAnswer, measure: str) -> None:
    """What the waiting is for, the greatest first."""
    table = found.waiting.frame
    column = measure if measure in found.waiting.columns else "requests"
    if table.empty:
        show.caveat("Numbers this small are withheld: what is waited for would single requests out.", "blind")
        return
    told = table["blocker"] != "none"  # what waits for nothing on record stands last
    ranked = table.assign(told=told).sort_values(["told", column], ascending=False, kind="stable")
    pairs = zip(ranked["blocker"], ranked[column], strict=True)
    show.bars({BLOCKED.get(word, spoken(word)): float(value) for word, value in pairs}, colour=palette.LATE)


def card(row: Mapping[str, Any]) -> None:
    """One request: who, its three clocks, what it waits for, and why it stands where it stands."""
    show.card_title(str(row.get("site") or "A site not on record"), above=f"{row['request_id']} · {_violation(row)}")
    told: dict[str, object] = {
        **({"Planned": "a signed mission serves it"} if row.get("status") == PLANNED else {}),
        "Children": _children(row),
        "Clocks": f"{count(row['age_days'])} days since the alert; {_quarter(row)}",
        "Referral": _referral(row),
        "Waits for": blocked_words(str(row["blocked_by"])) or "nothing on record",
    }
    if row.get("languages"):
        told["Languages"] = str(row["languages"]).replace(";", ", ")
    if "last_visit_on" in row:
        told["Last visit"] = _visit(row)
    show.pairs({**told, "Priority": f"{row['points']:.1f} points: {row['why']}"})


def _violation(row: Mapping[str, Any]) -> str:
    return spoken(str(row.get("violation") or "violation not told"))


def _children(row: Mapping[str, Any]) -> str:
    told = [
        f"{count(row[name])} {word if row[name] == 1 else word.replace('child', 'children') if 'child' in word else word + 's'}"
        for name, word in _WHO
        if row.get(name)
    ]
    marks = [
        word
        for name, word in (("presented_as_wives", "presented as wives of fighters"), ("detained", "in detention"))
        if row.get(name) is True
    ]
    risk = f"{row['movement_risk']} risk that they are moved" if row.get("movement_risk") else ""
    return "; ".join(filter(None, [", ".join(told) or "number not told", *marks, risk]))


def _quarter(row: Mapping[str, Any]) -> str:
    left = row.get("late_in_days")
    if left is None:
        return "its quarter is not known"
    ends = day_words(row["quarter_ends_on"])
    return f"quarter ended {ends}" if left < 0 else f"{count(left)} days to the quarter's end, {ends}"


def _referral(row: Mapping[str, Any]) -> object:
    left, word = row.get("referral_in_days"), spoken(str(row.get("referral") or "nothing recorded"))
    if left is None:
        return word
    due = day_words(row["referral_due_on"])
    return show.Chip(text=f"overdue since {due}", kind="refused") if left < 0 else f"{word}, due {due}"


def _visit(row: Mapping[str, Any]) -> str:
    why = f": {spoken(str(row['last_reason']))}" if "last_reason" in row else ""
    return f"{day_words(row['last_visit_on'])}, {spoken(str(row['last_outcome']))}{why}"
