"""The Handover view: which duties fall to nobody, how many days are left, and who inherits what."""

import datetime as dt
import hashlib
from collections import Counter
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.errors import GeoError
from geo.layers.spec import LayerSpec
from pages._shared import data, editing, frame, maps, show, widgets
from pages._shared.drawdown import draft, handover_dialogs, handover_layers, handover_words
from pages._shared.widgets import spoken

_BASE, _PICKED, _CLICK, _TURN = "heirs", "handover_picked", "handover_click", "handover_turn"
_CARRIED = ("base_id", "kind", "record_ids", "holder")  # from a duty found missing into its form


def view(bar: DeltaGenerator, head: DeltaGenerator, day: dt.date, audience: data.Audience) -> None:
    """Show the ledger: map of what is orphaned, three numbers, the countdown, and each base."""
    try:
        found = data.handover(data.HandoverRequest(as_of=day, scenario=draft.current()), audience)
    except GeoError as error:
        with head:
            show.headline("The ledger cannot be read", str(error))
        return
    with head:
        show.headline(*handover_words.headline(found))
    base_id = ""
    if not found.ledger.withheld:
        with bar:
            base_id = _choose(found)
    left, right = st.columns([1.1, 1], gap="small")
    with right:
        if found.ledger.withheld:
            _totals(found)
        else:
            _ledger(found, base_id)
    with left:
        clicked = show.show_map(
            maps.picture(
                _layers(found, day, audience),
                audience=audience,
                day=day,
                not_drawn=_not_drawn(found),
                title="Duties that fall to nobody",
                selected=base_id or None,
            ),
            key="map-handover",
            words=frame.map_words(),
        )
    _take(clicked)


def _choose(found: data.HandoverAnswer) -> str:
    """Let a person choose a base, adopt the checklist, seal a package; return the base, empty for all."""
    rows = found.bases.frame
    names = {
        str(base): f"{name}, {organisation}"
        for base, name, organisation in zip(rows["base_id"], rows["base"], rows["organisation"], strict=True)
    }
    if (picked := st.session_state.pop(_PICKED, None)) in names:
        st.session_state[_BASE] = picked
    base_id = widgets.one("Base", {"": "all that close", **names}, key=_BASE, icon=":material/home_pin:")
    handover_dialogs.adopt_button(names, base_id)
    handover_dialogs.seal_button(names, base_id)
    return base_id


def _layers(found: data.HandoverAnswer, day: dt.date, audience: data.Audience) -> list[LayerSpec | None]:
    bases = data.bases(day, audience).bases
    if found.bases.withheld:
        return [maps.bases(bases, day)]
    told = set(found.bases.frame["base_id"])
    staying = [base for base in bases.frame["base_id"] if base not in told]
    return [handover_layers.closing(found.bases, day), maps.bases(bases, day, only=staying)]


def _not_drawn(found: data.HandoverAnswer) -> tuple[str, ...]:
    return ("places and duties of bases are withheld",) if found.bases.withheld else ()


def _totals(found: data.HandoverAnswer) -> None:
    """What an audience below the task force gets, and why there is no more."""
    if numbers := handover_words.numbers(found):
        show.numbers(numbers)
    with show.card("withheld", fill=True):
        name = frame.audience_name()
        show.caveat(f"Single duties, bases, days and receivers are withheld from the audience {name}.", "blind")
        for note in found.notes:
            show.caveat(note, "blind")


def _ledger(found: data.HandoverAnswer, base_id: str) -> None:
    """Numbers, then the countdown or the bases; a duty chosen opens above the list."""
    show.numbers(handover_words.numbers(found))
    rows = handover_words.countdown(found, base_id)
    key = f"handover-rows-{base_id}-{st.session_state.get(_TURN, 0)}-{_list_mark(rows)}"
    chosen = _chosen(rows, key)
    if chosen is not None:
        with show.card("duty"):
            _duty(rows[chosen])
    with show.card("ledger", fill=True):
        shown = st.segmented_control(
            "List", ("Countdown", "Bases"), default="Countdown", key="handover-list", label_visibility="collapsed"
        )
        if shown == "Bases":
            _bases(found)
        else:
            _countdown(rows, key)


def _list_mark(rows: list[dict[str, Any]]) -> str:
    """Short text of which duties a list holds: a row is chosen by its place, which is another duty's in another list."""
    told = [(row["base_id"], row["kind"], row["duty_id"], row["record_ids"]) for row in rows]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:8]


def _chosen(rows: list[dict[str, Any]], key: str) -> int | None:
    held = st.session_state.get(key)
    picked = held["selection"]["rows"] if held else []
    return int(picked[0]) if picked and picked[0] < len(rows) else None


def _countdown(rows: list[dict[str, Any]], key: str) -> None:
    """Duties still to hand over, the soonest first; those without an heir say why."""
    if not rows:
        show.caveat("Nothing is left to hand over here.", "blind")
        return
    table = {
        "days": [row["days_left"] for row in rows],
        "base": [str(row["base"]) for row in rows],
        "duty": [handover_words.kind_words(row["kind"]) for row in rows],
        "heir": [handover_words.heir(row) for row in rows],
    }
    st.dataframe(
        table,
        key=key,
        hide_index=True,
        height="stretch",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "days": st.column_config.NumberColumn(help="Days left to hand it over; below 0 it is over", width=46),
            "base": st.column_config.TextColumn(width=86),
            "duty": st.column_config.TextColumn(width=112),
            "heir": st.column_config.TextColumn(
                help="Who takes it over, or why nobody does; tick a row for all of it", width="large"
            ),
        },
        row_height=28,
        placeholder="–",
    )


def _bases(found: data.HandoverAnswer) -> None:
    """Each base that closes: when, and how its duties stand."""
    rows = handover_words.rows_of(found.bases)
    often = Counter(row["base"] for row in rows)
    header = ("base", "closes", "days", "nobody", "late", "on course", "done")
    table = [
        (
            row["base"] if often[row["base"]] == 1 else f"{row['base']}, {row['organisation']}",
            handover_words.told(row["closes_on"]),
            handover_words.told(row["days_left"]),
            *(str(row[name]) for name in ("nobody", "late", "on_course", "handed_over")),
        )
        for row in rows
    ]
    show.rows_table(table, header=header, right=[2, 3, 4, 5, 6])


def _duty(row: dict[str, Any]) -> None:
    """One duty: all that is recorded of it, and its form."""
    show.card_title(
        f"{handover_words.kind_words(row['kind'], first=True)} of {row['base']}", above=spoken(str(row["state"]))
    )
    if row["why"]:
        show.caveat(f"{handover_words.why(row)[:1].upper()}{handover_words.why(row)[1:]}.", "refused")
    show.pairs(handover_words.pairs_of(row))
    given = {name: str(row[name]) for name in _CARRIED if row[name]}
    with st.container(horizontal=True, key="dutybuttons"):
        editing.duty_button(row["duty_id"] or "", {**given, "status": "planned"})
        if st.button("Close", icon=":material/close:", key="close-duty"):
            st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
            st.rerun()


def _take(clicked: dict[str, Any] | None) -> None:
    """Choose the base clicked on the map."""
    if not clicked or clicked.get("n") == st.session_state.get(_CLICK):
        return
    st.session_state[_CLICK] = clicked.get("n")
    if clicked.get("id") and clicked.get("layer") == handover_layers.CLOSING:
        st.session_state[_PICKED] = str(clicked["id"])
        st.rerun()
