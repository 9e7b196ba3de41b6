"""What a plan says, in words: headline, alternatives side by side, days and legs, team, and what it leaves out."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from geo.redaction import Cleared
from pages._shared import data, frame, show
from pages._shared.story import DASH, count
from pages._shared.widgets import day_words, hours, spoken

MODES = {"unescorted": "alone", "escorted": "escorted", "air": "by air", "discreet": "discreet"}
_SMALLEST = 0.001  # expected incidents a table still tells apart
Row = Mapping[str, Any]


def rows_of(table: Cleared, label: str = "") -> list[dict[str, Any]]:
    """Rows of a table, of one plan where it is named, without what is missing."""
    rows = table.frame
    if label and "label" in rows.columns:
        rows = rows.loc[rows["label"] == label]
    return [row.dropna().to_dict() for _, row in rows.iterrows()]


def headline(found: data.PlanAnswer) -> tuple[str, str]:
    """Say how many alternatives there are, and what stands between them and a signature."""
    request, plans = found.request, rows_of(found.plans)
    asked = len(request.request_ids)
    subtitle = (
        f"{_counted(asked, 'request')}, leaving {day_words(request.departs_on)}, up to "
        f"{_counted(request.days, 'day')} · exposure is relative and dated; a person signs"
    )
    if not plans:
        return f"No way serves any of the {_counted(asked, 'request')} from here on these days", subtitle
    ready = [plan for plan in plans if not plan.get("breaches")]
    if not ready:
        ways = "The one way there has" if len(plans) == 1 else f"{len(plans)} ways there, and none has"
        return f"{ways} a team that keeps the rules", subtitle
    lacking = len(plans) - len(ready)
    without = f"; {lacking} more {'lacks' if lacking == 1 else 'lack'} a team" if lacking else ""
    return f"{_trade(ready, asked)}{without}", subtitle


def _trade(ready: list[dict[str, Any]], asked: int) -> str:
    """What the soonest back serves, and what more time buys."""
    soonest, widest = ready[0], max(ready, key=lambda plan: (plan["requests"], -plan["time_min"]))
    first = f"{soonest['label']} serves {_share(soonest, asked)} in {_away(soonest)}"
    if widest["requests"] > soonest["requests"]:
        return f"{first}; {widest['label']} serves {_share(widest, asked)} in {_away(widest)}"
    others = [plan for plan in ready[1:] if plan["mode"] != "air" and soonest["mode"] != "air"]
    calmer = min(others, key=lambda plan: plan["exposure"], default=soonest)
    if calmer["exposure"] < soonest["exposure"] and not calmer.get("exposure_at_least"):
        less = 100 * (1 - calmer["exposure"] / soonest["exposure"])
        return f"{first}; {calmer['label']} takes {_away(calmer)} and meets {less:.0f} % fewer expected incidents"
    ways = f", {mode_words(soonest['mode'])}" if len(ready) == 1 else f"; {len(ready)} ways have a team"
    return f"{first}{ways}"


def _share(plan: Row, asked: int) -> str:
    served = int(plan["requests"])
    if served == asked:
        return "the request" if asked == 1 else f"all {asked} requests"
    return f"{served} of {asked}"


def _counted(number: int, noun: str) -> str:
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def mode_words(mode: str) -> str:
    """How a team goes."""
    return MODES.get(mode, spoken(mode))


def exposure_text(row: Row) -> str:
    """An exposure as people read it; a bound where part of the way is unobserved."""
    value = float(row["exposure"])
    if row.get("mode") == "air":
        return "road only"
    if row.get("exposure_at_least"):
        return f"≥ {value if value >= _SMALLEST else 0:.2g}"
    return "< 0.001" if 0 < value < _SMALLEST else f"{value:.2g}"


def alternatives(found: data.PlanAnswer, selected: str | None) -> None:
    """Alternatives side by side, by time away; what a plan without a team lacks stands on it."""
    plans = rows_of(found.plans)
    rows = [
        (
            plan["label"],
            f"{mode_words(plan['mode'])}, {plan['base']}",
            _away(plan),
            exposure_text(plan),
            DASH if plan["mode"] == "air" else f"{plan['visibility']:.1f}",
            count(plan["escort_slots"]),
            f"{plan['requests']}/{len(found.request.request_ids)}",
            count(plan["girls"]),
            show.Chip(text="no team", kind="refused") if plan.get("breaches") else count(plan["people"]),
        )
        for plan in plans
    ]
    chosen = next((n for n, plan in enumerate(plans) if plan["label"] == selected), None)
    header = ("", "how", "away", "exposure", "notice", "escort", "served", "girls", "team")
    show.rows_table(rows, header=header, right=range(2, 9), chosen=chosen)


def no_discreet(found: data.PlanAnswer) -> None:
    """Why there is no small unescorted way led by a local partner, where there is none."""
    if any(plan["mode"] == "discreet" for plan in rows_of(found.plans)):
        return
    why = [f"from {row['base']}: {row['why']}" for row in rows_of(found.refusals) if row["mode"] == "discreet"]
    show.caveat(f"No discreet way serves anything; {why[0] if why else 'see what is left out'}.", "blind")


def _away(plan: Row) -> str:
    days = int(plan["days"])
    return hours(plan["time_min"]) if days == 1 else f"{days} days"


def days_and_legs(found: data.PlanAnswer, plan: Row) -> None:
    """Legs and visits of one plan in their order, each leg with its reasons and warnings."""
    label = plan["label"]
    legs, visits = rows_of(found.legs, label), rows_of(found.visits, label)
    day: dt.date | None = None
    rows: list[tuple[object, ...]] = []
    alike = set.intersection(*(set(leg.get("warnings", ())) for leg in legs)) if len(legs) > 1 else set()
    for leg in legs:
        if leg["day"].date() != day:
            day = leg["day"].date()
            rows.append((show.Chip(text=f"{day:%a} {day_words(day)}", kind="audience"), "", ""))
        rows.append((span(leg["leaves"], leg["arrives"]), _leg_words(leg, alike), _leg_cost(leg, plan)))
        stops = [v for v in visits if v["site_id"] == leg["to_place"] and v["starts"].date() == day]
        rows += [
            (span(f"{v['starts']:%H:%M}", f"{v['ends']:%H:%M}"), f"Visit {v['name']}: {v['request_ids']}", "")
            for v in stops
        ]
    show.rows_table(rows, header=("", "", "" if plan["mode"] == "air" else "exposure"), right=[2])
    if alike:
        show.label(f"On every leg: {'; '.join(sorted(alike))}")
    if plan.get("nights"):
        show.label(f"Nights: {plan['nights']}")
    if not plan.get("exact", True):
        show.caveat("Found by search: a better order of stops may exist.", "mind")


def dates(row: Row) -> str:
    """The day a mission leaves and the day it is back; one day is said once."""
    leaves, back = day_words(row["departs_on"]), day_words(row["returns_on"])
    return leaves if leaves == back else f"{leaves} to {back}"


def span(begins: str, ends: str) -> str:
    """Two times of a day that no line break parts."""
    return f"{begins}–\u2060{ends}"


def _leg_words(leg: Row, alike: Collection[str]) -> str:
    said = [*leg.get("why", ()), *(word for word in leg.get("warnings", ()) if word not in alike)]
    return f"{leg['from_name']} to {leg['to_name']}, {leg['length_km']:.0f} km" + (
        f" · {'; '.join(said)}" if said else ""
    )


def _leg_cost(leg: Row, plan: Row) -> str:
    return exposure_text({**leg, "mode": plan["mode"]}) if plan["mode"] != "air" else ""


def team(found: data.PlanAnswer, plan: Row) -> None:
    """Who goes, by post; nobody is named."""
    posts = rows_of(found.team, plan["label"])
    rows = [
        (
            post["staff_id"],
            post["organisation"],
            spoken(post["role"]),
            ", ".join(
                filter(
                    None, ["woman" if post["woman"] else "", "interviews" if post["interviews"] else "", _tongues(post)]
                )
            ),
        )
        for post in posts
    ]
    show.rows_table(rows, header=("post", "organisation", "role", ""))
    drivers = int(plan["people"]) - len(posts)
    extra = f"{_counted(drivers, 'driver')} with the vehicles · " if drivers > 0 else ""
    show.label(
        f"{extra}{_counted(int(plan['vehicles']), 'vehicle')} · {_counted(int(plan['women']), 'woman').replace('womans', 'women')} on the team"
    )


def _tongues(post: Row) -> str:
    return str(post.get("languages", "")).replace(";", ", ")


def left_out(found: data.PlanAnswer, plan: Row) -> None:
    """Requests the plan does not serve with what would admit them, and the ways that serve nothing."""
    rows: list[tuple[object, ...]] = [(row["request_id"], row["why"]) for row in rows_of(found.dropped, plan["label"])]
    if rows:
        show.rows_table(rows, header=("left out", "why, and what would admit it"), whole=[0])
    else:
        show.label("Serves every request picked.")
    refused = rows_of(found.refusals)
    if refused:
        told = [(f"{mode_words(row['mode'])}, {row['base']}", row["why"]) for row in refused]
        show.rows_table(told, header=("no way", "why"))


def shortage(plan: Row) -> None:
    """What stands between a plan and a team."""
    show.caveat(f"No team can be formed: {plan['breaches']}. It can be looked at, not signed.", "refused")


def withheld_sentence() -> str:
    """Why an audience gets no plan."""
    return (
        f"Plans for single requests are withheld from the audience {frame.audience_name()}: "
        "where a team goes tells where the children are."
    )
