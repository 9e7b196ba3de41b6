"""The card of one actor: what is on record, whom it comes from, what it promised, what the evidence says."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import streamlit as st

from geo.layers.palette import OTHERS
from geo.redaction import licence_note
from pages._shared import charts, data, editing, frame, show
from pages._shared.story import DASH, count
from pages._shared.widgets import day_words, spoken

VIEWS = {"record": "Record", "lineage": "Lineage", "evidence": "Evidence", "years": "Years"}
_NEWEST = 12
_MOST_SIGHTINGS = 50
_MOST_KIN = 9
_SIBLING_STEPS = 2  # children of one parent
_RECORD = {
    "actor_type": "Kind",
    "aliases": "Also called",
    "mobility": "Moves",
    "listed_for": "Listed for",
    "engagement": "Dialogue",
    "focal_point": "Focal point",
    "intermediary": "Intermediary",
    "last_contact": "Last contact",
    "mandate_holder": "Mandate",
    "mandate_heir": "Mandate heir",
}
_STANDING = {
    "inherited": "inherited",
    "broken": "broken",
    "renewed": "renewed",
    "unknown": "unknown",
    "signed_after_link": "not bound",
}
_TIES = {
    "parent_of": "{0} is the parent of {1}",
    "splinter_of": "{0} split from {1}",
    "merged_into": "{0} went into {1}",
    "renamed_to": "{0} became {1}",
    "allied_with": "{0} is allied with {1}",
}


def card(told: data.ActorAnswer, present: data.PresenceAnswer, *, view: str, colours: Mapping[str, str]) -> None:
    """Show one side of an actor."""
    row = _only(told.record.frame)
    colour = colours.get(told.request.actor_id, OTHERS)
    if view == "lineage":
        _lineage(told, colours)
    elif view == "evidence":
        _evidence(told, colour)
    elif view == "record":
        _record(told, present, row)


def title(told: data.ActorAnswer) -> None:
    """The actor's full name, and how old the newest evidence of it is."""
    row = _only(told.record.frame)
    newest = row.get("newest_evidence_days")
    above = "No evidence up to this day" if newest is None else f"Last evidence {newest:.0f} days old"
    show.card_title(str(row.get("name", told.request.actor_id)), above=above)


def _rows(table: Any) -> list[dict[str, Any]]:
    """What each row of a small table says, without what is missing."""
    return [row.dropna().to_dict() for _, row in table.iterrows()]


def _only(table: Any) -> dict[str, Any]:
    """What the one row of a table says; nothing where it has no row."""
    return next(iter(_rows(table.head(1))), {})


def _record(told: data.ActorAnswer, present: data.PresenceAnswer, row: Mapping[str, Any]) -> None:
    held = _only(present.actors.frame.loc[present.actors.frame["actor_id"] == told.request.actor_id])
    pairs: dict[str, object] = {"Cells led": DASH}
    if held:
        pairs["Cells led"] = f"{held['cells_led']:.0f}, {held['cells_contested']:.0f} contested"
    pairs |= {name: _spoken(row[column], told.request.as_of) for column, name in _RECORD.items() if column in row}
    if "mandate_until" in row and row["mandate_until"].date() >= told.request.as_of:
        pairs["Mandate"] = f"{row['mandate_holder']} until {day_words(row['mandate_until'])}"
    show.pairs(pairs)
    if not row.get("on_record", False):
        show.caveat("Only reports name this actor; no record of it is kept yet.")
    elif "engagement" not in told.record.columns:
        show.caveat(f"Engagement is withheld from the audience {frame.audience_name()}.", "blind")
    _commitments(told)
    if "version" in told.record.columns:
        editing.change_menu(told)


def _spoken(value: object, day: dt.date) -> str:
    if isinstance(value, dt.date):
        return f"{day_words(value)}, {(day - value.date()).days if isinstance(value, dt.datetime) else 0} days ago"
    return spoken(str(value)).replace(";", ", ")


def _commitments(told: data.ActorAnswer) -> None:
    """What it signed, and what comes from those it split from."""
    table = told.commitments.frame
    if told.commitments.withheld:
        return
    show.label("Commitments")
    if table.empty:
        show.caveat("No commitment of this actor or of those it comes from is on record.", "blind")
        return
    rows = []
    for row in _rows(table):
        own = row["standing"] == "own"
        signed = f", {row['signed_on'].year}" if "signed_on" in row else ""
        what = f"{spoken(row['kind']).capitalize()}{signed}"
        stands = spoken(row["status"]) if own else f"{_STANDING.get(row['standing'], row['standing'])}"
        refused = stands in ("broken", "lapsed")
        rows.append(
            (
                what if own else f"{what} of {row['signatory']}",
                show.Chip(text=stands, kind="refused" if refused else "audience" if own else "noeyes"),
                count(row["incidents_since"]) if "incidents_since" in row else DASH,
            )
        )
    show.rows_table(rows, header=("", "stands", "incidents since"), right=[2])


def _lineage(told: data.ActorAnswer, colours: Mapping[str, str]) -> None:
    """Kin as bars over the years, nearest first where they are many, and what ties them in words."""
    nodes = told.lineage.frame
    if told.lineage.withheld:
        show.caveat(f"Lineage is withheld from the audience {frame.audience_name()}.", "blind")
        return
    begin = nodes["valid_from"].fillna(nodes["first_evidence"])
    end = nodes["valid_to"].fillna(nodes["last_evidence"])
    near = (nodes["relation"] != "sibling") | (nodes["steps"] <= _SIBLING_STEPS)
    drawn = nodes.assign(begin=begin, end=end).loc[begin.notna() & end.notna() & near]
    drawn = drawn.sort_values("steps", kind="stable").head(_MOST_KIN).sort_values("begin", kind="stable")
    ids = list(drawn["actor_id"])
    if ids:
        middle = drawn["begin"].min() + (drawn["end"].max() - drawn["begin"].min()) / 2
        row_of = {actor: number for number, actor in enumerate(ids)}
        bars = drawn.assign(
            row=range(len(ids)),
            colour=[colours.get(str(actor), OTHERS) for actor in ids],
            chosen=drawn["actor_id"] == told.request.actor_id,
            named_at=["begin" if one < middle else "end" for one in drawn["begin"]],
        )
        charts.lineage(
            bars[["actor", "begin", "end", "colour", "row", "chosen", "named_at"]],
            _ties(told, row_of, dict(zip(ids, drawn["begin"], strict=True))),
        )
    names = dict(zip(nodes["actor_id"], nodes["actor"], strict=True))
    said = [_said(tie, names) for tie in told.links.frame.to_dict("records") if told.request.actor_id in _ends(tie)]
    if said:
        show.rows_table(said)
    else:
        show.caveat("No link of this actor to another is on record.", "blind")
    if len(nodes) > len(ids):
        show.caveat(f"{len(nodes) - len(ids)} kin without a dated report or farther away are not drawn.", "blind")


def _ends(tie: Mapping[str, Any]) -> tuple[str, str]:
    return tie["from_actor_id"], tie["to_actor_id"]


def _said(tie: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str]:
    one, other = (names.get(end, end) for end in _ends(tie))
    return _TIES[tie["kind"]].format(one, other), day_words(tie["valid_from"]) if tie["dated"] else "day not known"


def _ties(told: data.ActorAnswer, row_of: Mapping[str, int], begins: Mapping[str, Any]) -> Any:
    """Ties between drawn actors; an undated one stands where the later of the two is first seen."""
    links = told.links.frame
    inside = links.loc[links["from_actor_id"].isin(row_of) & links["to_actor_id"].isin(row_of)]
    one, other = (inside[end].map(begins) for end in ("from_actor_id", "to_actor_id"))
    return inside.assign(
        day=inside["valid_from"].fillna(one.where(one > other, other)),
        row=inside["from_actor_id"].map(row_of),
        row_to=inside["to_actor_id"].map(row_of),
        kind=inside["kind"].map(spoken),
    )[["day", "row", "row_to", "kind", "dated"]]


def _evidence(told: data.ActorAnswer, colour: str) -> None:
    """Reports by quarter, violations, and the newest pieces."""
    if told.evidence.withheld:
        show.caveat(f"Evidence is withheld from the audience {frame.audience_name()}.", "blind")
        return
    if told.quarters.frame.empty:
        show.caveat("No dated evidence of this actor up to this day. That does not mean it is gone.", "blind")
        return
    show.label("Reports naming it, by quarter")
    charts.quarters(told.quarters, colour=colour)
    _violations(told)
    show.label("Newest evidence")
    rows = [
        (day_words(row["day"]), spoken(str(row["what"])), _graded(row))
        for row in _rows(told.evidence.frame.head(_NEWEST))
    ]
    show.rows_table(rows, header=("Day", "What", "Source"))
    _sightings(told)
    if withheld := licence_note(told.evidence.statement):
        show.caveat(f"{withheld}.", "blind")


def _sightings(told: data.ActorAnswer) -> None:
    """Let a person choose a sighting to correct, where the audience may see single ones by their id."""
    if "presence_id" not in told.evidence.columns:
        return
    seen = {
        str(row["presence_id"]): f"{day_words(row['day'])}, {_graded(row)}"
        for row in _rows(told.evidence.frame.loc[told.evidence.frame["presence_id"].notna()].head(_MOST_SIGHTINGS))
    }
    if not seen:
        return
    with st.container(horizontal=True, key="cardbuttons", vertical_alignment="bottom"):
        chosen = st.selectbox("Sighting", list(seen), format_func=seen.__getitem__, key="sighting")
        editing.correct_button(str(chosen))


def _violations(told: data.ActorAnswer) -> None:
    """Incidents naming the actor by violation; what only our crosswalk suggests stands apart."""
    counts: dict[str, dict[str, Any]] = {}
    for row in told.violations.frame.to_dict("records"):
        counts.setdefault(row["violation"], {})[row["basis"]] = row
    if not counts:
        return
    rows = [
        (spoken(word), *(_with_suggested(by_basis, column) for column in ("last_12_months", "incidents")))
        for word, by_basis in counts.items()
    ]
    show.rows_table(rows, header=("Incidents naming it", "12 months", "all"), right=[1, 2])
    if any("suggested" in by_basis for by_basis in counts.values()):
        show.caveat("After the +: what the source did not call so, and only our reading of its words suggests.")


def _with_suggested(by_basis: Mapping[str, Mapping[str, Any]], column: str) -> str:
    recorded = count(by_basis["recorded"][column]) if "recorded" in by_basis else "0"
    return f"{recorded} + {count(by_basis['suggested'][column])}" if "suggested" in by_basis else recorded


def _graded(row: Mapping[str, Any]) -> str:
    """Source with its Admiralty grades."""
    grade = str(row.get("reliability", "")).upper() + (f"{row['credibility']:.0f}" if "credibility" in row else "")
    return f"{row.get('source', '')} {grade}".strip() or DASH


def sides(key: str = "side") -> str:
    """Let a person choose a side of the card."""
    picked = st.segmented_control(
        "Side",
        list(VIEWS),
        default="record",
        format_func=VIEWS.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    return picked or "record"
