"""What a planned week says, in words: headline, numbers, a mission, what waits on, and what one more would free."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from geo.redaction import Cleared
from pages._shared import charts, data, frame, show
from pages._shared.missions import plan_words, queue_words
from pages._shared.story import count, only_row
from pages._shared.widgets import day_words, hours, spoken

_MOST_ROWS = 15
_ONE_MORE = {
    "escort": "escort slot, {base}",
    "flight": "flight day, {base}",
    "woman_interviewer": "woman interviewer",
    "interpreter": "interpreter, {language}",
    "un_staff": "UN staff member",
    "vehicle": "vehicle, {base}",
}
Row = Mapping[str, Any]


def headline(found: data.WeekAnswer) -> tuple[str, str]:
    """Say how many requests the week serves, by how many missions, and how many wait on."""
    row, days = only_row(found.totals), found.request.days
    subtitle = (
        f"{days[0].day} {days[0]:%b} to {day_words(days[-1])}, planned as of {day_words(found.request.as_of)} · "
        "one option among others; a person signs each mission"
    )
    waiting, served, missions = int(row["waiting"]), int(row["served"]), int(row["missions"])
    if not waiting:
        return "No request waits to be verified", subtitle
    if not served:
        return f"No mission of this week would serve any of the {_counted(waiting, 'request')} that wait", subtitle
    serves = f"{_counted(missions, 'mission')} would serve {_of(served, waiting)} that wait"
    left = waiting - served
    on = "" if not left else f"; {left} {'waits' if left == 1 else 'wait'} on"
    return f"{serves}{on}", subtitle


def _of(served: int, waiting: int) -> str:
    return f"all {_counted(waiting, 'request')}" if served == waiting else f"{served} of the {waiting} requests"


def _counted(number: int, noun: str) -> str:
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def numbers(found: data.WeekAnswer) -> list[show.Number]:
    """Served, late when the week is over, and escort slots."""
    row = only_row(found.totals)
    had = int(row["escort_slots_had"])
    at_most = "" if row["proven_most"] else f",\nat most {count(row['at_most'])} could be"
    return [
        show.Number(value=f"{count(row['served'])} of {count(row['waiting'])}", about=f"requests served{at_most}"),
        show.Number(value=count(row["left_late"]), about="not served and late\nwhen the week ends"),
        show.Number(value=f"{count(row['escort_slots_used'])} of {count(had)}", about="free escort\nslots used"),
    ]


def listed(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """Missions as columns of a list; who goes and for whom stands in the card of the one clicked."""
    return {
        "": [str(row["label"]) for row in rows],
        "leaves": [_day(row) for row in rows],
        "days": [int(row["days"]) for row in rows],
        "from": [str(row["base"]) for row in rows],
        "how": [plan_words.mode_words(str(row["mode"])) for row in rows],
        "requests": [int(row["requests"]) for row in rows],
    }


def _day(row: Row) -> str:
    day = row["departs_on"]
    return f"{day:%a} {day.day} {day:%b}"


def _days(row: Row) -> str:
    return _day(row) + (f", {row['days']} days" if row["days"] > 1 else "")


def _roles(row: Row) -> str:
    """Roles with their numbers: "2 interviewers, 1 interpreter"."""
    parts = [part.partition(":") for part in str(row["roles"]).split("; ") if part]
    return ", ".join(_counted(int(number), spoken(role)) for role, _, number in parts)


def mission(row: Row) -> None:
    """One mission: when, from where and how; who goes; whom it serves."""
    discreet = ", could go discreet" if row.get("could_go_discreet") else ""
    show.card_title(
        f"{_days(row)}, {plan_words.mode_words(str(row['mode']))} from {row['base']}{discreet}",
        above=f"Mission {row['label']} · away {_away(row)}",
    )
    drivers = int(row["people"]) - len(str(row["staff_ids"]).split("; "))
    told: dict[str, object] = {
        "Serves": str(row["request_ids"]).replace("; ", ", "),
        "At": str(row["sites"]).replace("; ", ", "),
        "Who": _roles(row) + (f", {_counted(drivers, 'driver')}" if drivers > 0 else ""),
        "Of": str(row["organisations"]).replace("; ", ", "),
        "Nights": row.get("nights"),
    }
    if row.get("escort_base_id"):
        told["Escort"] = f"one slot of {row['base']}"
    show.pairs({name: value for name, value in told.items() if value})


def _away(row: Row) -> str:
    return hours(row["time_min"]) if row["days"] == 1 else f"{row['days']} days"


def _left_rows(found: data.WeekAnswer) -> list[dict[str, Any]]:
    return [row for row in plan_words.rows_of(found.requests) if not row["served"]]


def plannable(found: data.WeekAnswer) -> list[str]:
    """Requests not served that somebody could still plan for: those with a site, the oldest few."""
    most = data.settings().week.together_stops
    return [str(row["request_id"]) for row in _left_rows(found) if row.get("site_id")][:most]


def left(found: data.WeekAnswer) -> None:
    """Requests not served and why, as it was found; what people entered stands beside it."""
    rows = _left_rows(found)
    if not rows:
        show.caveat("Every request that waits is served by a mission of this week.", "blind")
        return
    told = [(row["request_id"], row.get("site"), f"{count(row['age_days'])} d", _why(row)) for row in rows[:_MOST_ROWS]]
    show.rows_table(told, header=("case", "site", "waits", "why not this week"), right=[2], whole=[0])
    if len(rows) > _MOST_ROWS:
        show.label(f"{len(rows) - _MOST_ROWS} more are not served.")


def _why(row: Row) -> str:
    entered = queue_words.blocked_words(str(row.get("blocked_by") or ""))
    return f"{row.get('found_why', '')}" + (f" · on record: waits for {entered}" if entered else "")


def one_more_words(row: Row) -> str:
    """One more of what."""
    named = {name: row.get(name) or "" for name in ("base", "language")}
    return _ONE_MORE.get(str(row["kind"]), spoken(str(row["kind"]))).format(**named)


def freed(ranked: Cleared, found: data.WeekAnswer) -> None:
    """Resources by what one more frees, as a chart; those that free nothing in one sentence."""
    rows = plan_words.rows_of(ranked)
    helps = [row for row in rows if row["requests"] > 0]
    if helps:
        show.label("Requests served beyond this week's plan with one more of each; dotted: no plan can pass its end")
        charts.freed(ranked, names=[one_more_words(row) for row in rows], most=len(helps))
        told = [
            (one_more_words(row), f"{count(row['request_days'])} / {count(row['child_days'])}", _cases(row))
            for row in helps
        ]
        show.rows_table(told, header=("one more", "request- / child-days", "frees"), right=[1])
    show.label(_nothing(rows, [row for row in rows if row["requests"] <= 0]))
    show.caveat(found.notes[-1] if helps else "Solid bars are plans; dotted lines end where no plan can pass.", "mind")


def _cases(row: Row) -> str:
    given_up = str(row.get("given_up") or "").replace("; ", ", ")
    return str(row["freed"]).replace("; ", ", ") + (f"; gives up {given_up}" if given_up else "")


def _nothing(rows: Sequence[Row], idle: Sequence[Row]) -> str:
    if not idle:
        return f"Each of the {len(rows)} frees something."
    proven = [row for row in idle if row["proven"]]
    open_ = [row for row in idle if not row["proven"]]
    most = max((int(row["at_most"]) for row in open_), default=0)
    parts = [
        f"{len(idle)} of {len(rows)} free no request in the time given",
        f"of {len(proven)} that is proven" if proven else "",
        f"{len(open_)} could free up to {most} more than was found" if open_ else "",
    ]
    return "; ".join(filter(None, parts)) + "."


def waiting(queue: data.QueueAnswer, *, key: str) -> None:
    """What the waiting of the whole queue is recorded for, in days of requests or of children."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        show.label("What the whole queue waits for, as recorded")
        measure = st.segmented_control(
            "Measure",
            list(queue_words.MEASURES),
            default="request_days",
            format_func=queue_words.MEASURES.__getitem__,
            key=key,
            required=True,
            label_visibility="collapsed",
        )
    queue_words.waiting_bars(queue, measure or "request_days")


def withheld_sentence() -> str:
    """Why an audience gets no week."""
    return (
        f"A week of missions is withheld from the audience {frame.audience_name()}: "
        "where a team goes tells where the children are."
    )
