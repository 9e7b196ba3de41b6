"""What the numbers say, in words: headlines, figures and small tables from cleared answers."""

from collections.abc import Mapping
from typing import Any

from geo.redaction import Cleared, describe, licence_note
from pages._shared import data, frame, show
from pages._shared.widgets import CELL_SIZES, day_words, spoken, window_words

DASH = "–"
VERDICTS = {"rose": "▲", "fell": "▼", "same": "="}


def count(value: float) -> str:
    """A number with thin spaces between thousands."""
    return f"{value:,.0f}".replace(",", "\u2009")


def percent(share: float) -> str:
    """A share as whole percent; unknown is a dash."""
    return DASH if share != share else f"{100 * share:.0f} %"  # noqa: PLR0124 (NaN)


def only_row(cleared: Cleared) -> Mapping[str, Any]:
    """The one row of a cleared table; empty where it was withheld."""
    return cleared.frame.iloc[0].to_dict() if len(cleared.frame) else {}


def incident_headline(found: data.HexbinAnswer, changes: data.ChangesAnswer) -> tuple[str, str]:
    """Say where incidents gather, else that nothing matches."""
    where = f"{window_words(found.request.window)}, per {CELL_SIZES[found.request.resolution]} cell"
    subtitle = f"Reported incidents, {where}"
    total = only_row(found.totals).get("incidents", 0.0)
    provinces = changes.provinces.frame
    if not total:
        return "No incident may be shown for this choice", f"{subtitle}. No report does not mean no incident"
    if provinces.empty or not provinces["now"].sum():
        return f"{count(total)} incidents reported", subtitle
    top = provinces.sort_values("now", ascending=False).head(2)
    share = top["now"].sum() / provinces["now"].sum()
    names = " and ".join(map(str, top["area"]))
    return f"{percent(share)} of incidents lie in {names}", subtitle


def _moved(changes: data.ChangesAnswer) -> dict[str, Any]:
    """How the count moved; where that cannot be told, it has no sign and no colour."""
    row = only_row(changes.total)
    verdict = row.get("verdict", "no_data_before")
    if verdict == "cannot_tell":
        return {"change": "cannot tell", "change_about": "on the period before: eyes were lost"}
    if verdict not in ("rose", "fell"):
        return {}
    by = count(abs(row["now"] - row["before"]))
    return {"change": f"{VERDICTS[verdict]} {by}", "change_about": "on the period before", "rise": verdict == "rose"}


def incident_numbers(found: data.HexbinAnswer, changes: data.ChangesAnswer | None) -> list[show.Number]:
    """Incidents, deaths, and the share of land nobody watches."""
    totals = only_row(found.totals)
    moved = _moved(changes) if changes is not None and found.request.window.start else {}
    numbers = [
        show.Number(value=count(totals["incidents"]) if totals else DASH, about="incidents", **moved),
        show.Number(
            value=count(totals["fatalities_best"]) if totals else DASH,
            about="deaths, best"
            + (f"\n({count(totals['fatalities_low'])}–{count(totals['fatalities_high'])})" if totals else ""),
        ),
    ]
    if "no_eyes_share" in totals:
        numbers.append(show.Number(value=percent(totals["no_eyes_share"]), about="of the land has\nno eyes"))
    elif totals:
        numbers.append(show.Number(value=percent(totals["exact_share"]), about="placed\nexactly"))
    return numbers


def not_drawn(found: data.HexbinAnswer) -> tuple[str, ...]:
    """What the picture of incidents leaves out or spreads, counted."""
    said = []
    area = found.area_only.frame["incidents"].sum() if len(found.area_only.frame) else 0
    if area:
        said.append(f"{count(area)} incidents without a usable place not drawn")
    totals = only_row(found.totals)
    if totals and totals["area_share"] > 0:
        said.append(f"{percent(totals['area_share'])} known to an area only, spread over it")
    said += describe(found.cells.statement, noun="cells")
    if found.no_eyes.columns:
        rule, hub_km = data.settings().observation, data.settings().modes.alert_radius_km
        said.append(
            f"no eyes: no report, no base within {rule.base_radius_km:.0f} km, no partner within "
            f"{rule.partner_radius_km:.0f} km, no alert network within {hub_km:.0f} km, no visit in {rule.visit_days} days"
        )
    return tuple(said)


def changes_table(changes: data.ChangesAnswer, *, most: int = 40) -> None:
    """Provinces by change; a fall where eyes were lost reads "cannot tell"."""
    provinces = changes.provinces.frame.head(most)
    if provinces.empty:
        show.caveat("No province may be shown to this audience for this period.", "blind")
        return
    rows = []
    for row in provinces.to_dict("records"):
        if row["verdict"] == "no_data_before":
            rows.append((row["area"], count(row["now"]), ""))
            continue
        if row["verdict"] == "cannot_tell":
            change: object = show.Chip(text="cannot tell")
        else:
            by = count(abs(row["now"] - row["before"]))
            rise = {"rose": True, "fell": False}.get(row["verdict"])
            change = show.Number(value="", about="", change=f"{VERDICTS[row['verdict']]} {by}", rise=rise)
        rows.append((row["area"], f"{count(row['before'])} → {count(row['now'])}", change))
    show.rows_table(rows, right=[1, 2])
    if (provinces["verdict"] == "no_data_before").any():
        show.caveat("The period before begins before the first report, so nothing is compared.", "blind")
    if (provinces["verdict"] == "cannot_tell").any():
        show.caveat("Cannot tell: no more reports than before, where fewer could report or nobody could.", "blind")


def leaders_table(present: data.PresenceAnswer, *, most: int = 7) -> None:
    """Actors by cells they lead, with the age of their newest evidence."""
    if "actor" not in present.actors.columns:
        show.caveat(f"Armed actors are withheld from the audience {frame.audience_name()}.", "blind")
        return
    led = present.actors.frame.sort_values("cells_led", ascending=False).head(most)
    if led.empty:
        show.caveat("No evidence of any actor up to this day. No evidence does not mean no actor.", "blind")
        return
    rows = [
        (
            row["actor"],
            f"{row['cells_led']:.0f}",
            f"{row['cells_contested']:.0f}",
            f"{row['newest_evidence_days']:.0f} d",
        )
        for row in led.to_dict("records")
    ]
    show.rows_table(rows, header=("Actor", "leads", "contested", "newest"), right=[1, 2, 3])


def records_table(records: Cleared, *, most: int = 12) -> None:
    """Incidents of one cell, newest first."""
    rows = [
        (day_words(row["date_start"]), _what(row), row["actor_a"])
        for row in records.frame.head(most).fillna("").to_dict("records")
    ]
    show.rows_table(rows, header=("Day", "What", "Actor"))
    if withheld := licence_note(records.statement):
        show.caveat(f"{withheld}.", "blind")


def _what(row: Mapping[str, Any]) -> str:
    """Violation, marked where only our crosswalk suggests it, else the kind of event."""
    suggested = " (suggested)" if row.get("violation") and row.get("violation_basis") == "suggested" else ""
    return spoken(str(row.get("violation") or row.get("event_type") or "")) + suggested


def filtered_headline(found: data.HexbinAnswer, changes: data.ChangesAnswer) -> tuple[str, str]:
    """Say what the filters leave; without filters, where incidents gather."""
    title, subtitle = incident_headline(found, changes)
    request = found.request
    chosen = [*map(spoken, request.violations), *map(spoken, request.event_types), *request.actors]
    chosen += map(spoken, (*request.sources, *request.verifications, *request.place_precisions))
    if not chosen:
        return title, subtitle
    total = only_row(found.totals).get("incidents")
    named = ", ".join(chosen[:3]) + (f" and {len(chosen) - 3} more" if len(chosen) > 3 else "")
    return (f"{count(total)} incidents match {named}" if total else f"No incident may be shown for {named}"), subtitle


def clicked_cell(clicked: Mapping[str, Any] | None) -> int | None:
    """The cell a map was last clicked on."""
    text = (clicked or {}).get("cell")
    return int(str(text), 16) if text else None


def cell_card(found: data.HexbinAnswer, cell: int | None) -> None:
    """The cell last clicked: its figures and its records, as far as the audience may see them."""
    rows = found.cells.frame.loc[found.cells.frame["cell"] == cell] if cell else found.cells.frame.iloc[:0]
    if rows.empty:
        show.label("Selected cell")
        show.caveat("Click a coloured cell to see what stands behind it.", "blind")
        return
    row = rows.iloc[0].to_dict()
    show.card_title(f"{row['incidents']:.1f} incidents", above="Selected cell")
    named = {
        "Deaths, best": ("fatalities_best", count),
        "Placed exactly": ("precision_share", percent),
        "Distinct actors": ("actors", lambda v: f"{v:.0f}"),
        "Effective actors": ("effective_actors", lambda v: f"{v:.1f}"),
        "Newest": ("newest_days", lambda v: DASH if v != v else f"{v:.0f} days ago"),  # noqa: PLR0124 (NaN)
    }
    mix = {
        spoken(name.removeprefix("violation_")): value
        for name, value in row.items()
        if str(name).startswith("violation_") and value >= 0.5
    }
    told = {"Violations": ", ".join(f"{name} {value:.0f}" for name, value in mix.items())} if mix else {}
    show.pairs({name: speak(row[column]) for name, (column, speak) in named.items() if column in row} | told)
    records = data.records(found.request, int(cell or 0), frame.audience())
    if records.withheld:
        show.caveat(f"Records are withheld from the audience {frame.audience_name()}.", "blind")
    else:
        records_table(records)


def actor_names(present: data.PresenceAnswer) -> dict[str, str]:
    """Name by id, strongest first; none where actors are withheld."""
    actors = present.actors
    if "actor_id" not in actors.columns:
        return {}
    return dict(zip(map(str, actors.frame["actor_id"]), map(str, actors.frame["actor"]), strict=True))


def presence_headline(present: data.PresenceAnswer) -> tuple[str, str]:
    """Say who leads most, and how much is contested."""
    subtitle = f"Share of dated evidence per actor and cell, as of {day_words(present.request.as_of)}"
    if "actor" not in present.actors.columns:
        return f"Armed actors are withheld from the audience {frame.audience_name()}", subtitle
    led = present.actors.frame.sort_values("cells_led", ascending=False)
    if led.empty:
        return "No evidence of any actor up to this day", subtitle
    names = " and ".join(led["actor"].head(2))
    return f"{names} lead most cells; {percent(_contested(present))} of cells with evidence are contested", subtitle


def _contested(present: data.PresenceAnswer) -> float:
    cells = present.cells.frame
    leaders = cells.loc[cells["rank"] == 1]
    return float(leaders["contested"].mean()) if len(leaders) else float("nan")


def fading_words() -> str:
    """How a report blurs and fades, for the legend."""
    rules = data.settings().influence
    by_mobility = rules.half_life_days_by_mobility.model_dump()
    months = ", ".join(f"{name} {days / 30.4:.0f}" for name, days in by_mobility.items())
    return f"kernel {rules.kernel_km:g} km, half-life in months: {months}, not known {rules.half_life_days / 30.4:.0f}"


def uncertain_leaders(present: data.PresenceAnswer) -> tuple[str, ...]:
    """Say in how many cells the evidence is too thin or too even to tell who leads."""
    cells = present.cells.frame
    if "lead_uncertain" not in cells.columns or cells.empty:
        return ()
    share = float(cells.loc[cells["rank"] == 1, "lead_uncertain"].mean())
    chance = data.settings().influence.sure_lead_chance
    return (f"in {percent(share)} of cells the chance that the leader leads is below {percent(chance)}",)


def presence_numbers(present: data.PresenceAnswer) -> list[show.Number]:
    """Actors with evidence, contested share, median age of the newest evidence."""
    if "actor" not in present.actors.columns:
        return [show.Number(value=DASH, about="armed actors")]
    cells = present.cells.frame
    leaders = cells.loc[cells["rank"] == 1]
    return [
        show.Number(value=count(len(present.actors.frame)), about="actors with\nevidence"),
        show.Number(value=percent(_contested(present)), about="of cells\ncontested"),
        show.Number(
            value=f"{leaders['newest_evidence_days'].median():.0f} d" if len(leaders) else DASH,
            about="median age of\nnewest evidence",
        ),
    ]


_CARD_FIELDS = {
    "actor_type": "Kind",
    "aliases": "Also called",
    "parent_id": "Came from",
    "engagement": "Engagement",
    "last_contact": "Last contact",
    "mandate_holder": "Mandate holder",
    "mandate_heir": "Mandate heir",
}


def actor_card(present: data.PresenceAnswer, chosen: str) -> None:
    """What is on record about one actor, as far as the audience may see it."""
    actors = present.actors
    if "actor" not in actors.columns or actors.frame.empty:
        return
    row = actors.frame.loc[actors.frame["actor_id"] == chosen].iloc[0].dropna().to_dict()
    show.card_title(str(row["name"]), above="On record")
    known = {name: _spoken_value(row[column]) for column, name in _CARD_FIELDS.items() if column in row}
    names = actor_names(present)
    if "Came from" in known:
        known["Came from"] = f"{names.get(str(row['parent_id']), row['parent_id'])} ({row.get('parent_relation', '')})"
    show.pairs(
        {
            "Cells led": f"{row['cells_led']:.0f}, {row['cells_contested']:.0f} contested",
            "Newest evidence": f"{row['newest_evidence_days']:.0f} days old",
            **known,
        }
    )
    if len(known) <= 1:
        show.caveat("Only reports name this actor; no record of it is kept yet.")


def _spoken_value(value: object) -> str:
    return day_words(value) if hasattr(value, "year") else spoken(str(value)).replace(";", ", ")
