"""What leaves of a scenario: the workshop pack, and tables of all phases and access modes."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from geo.exports.provenance import provenance_of
from geo.exports.tables import export_table
from geo.model import AccessMode
from geo.redaction import Cleared
from pages._shared import data, exports, frame, show
from pages._shared.drawdown import pack
from pages._shared.reaching import LIMITS

# Table of the answer -> what people call it, and whether its rows have a place.
_TABLES = {
    "lost": ("Sites lost", True),
    "phases": ("Totals per phase and mode", False),
    "changes": ("What changes", False),
}
Table = Callable[[], Cleared]


def menu(scenario: data.Scenario, request: data.PhasesRequest) -> None:
    """Offer the pack, and each table in the formats there are; tables the audience may not see are left out."""
    audience, whole = frame.audience(), replace(request, modes=tuple(AccessMode))
    facts = provenance_of(
        data.base(audience).land.sources,
        as_of=request.as_of,
        unit=f"minutes; limit {LIMITS[f'{request.limit_min:.0f}']}",
        season=str(request.season),
        modelled=True,
    )
    with st.popover("Files", icon=":material/download:"):
        show.label("Workshop pack")
        pack.pack_buttons(scenario, request, audience)
        show.label("Tables")
        for name, (spoken, placed) in _TABLES.items():
            if not any(audience.may_see(least) for least in data.settings().disclosure[f"scenario_{name}"].values()):
                continue
            table = data.phases_table(scenario, whole, name, audience)
            for format_name, (words, ending, mime) in exports.TABLES.items():
                if format_name != "hxl" and not placed:
                    continue
                st.download_button(
                    f"{spoken}: {words}",
                    partial(_bytes, table, format_name, facts),
                    file_name=f"piste-scenario-{name}-{audience}-{request.as_of.isoformat()}.{ending}",
                    mime=mime,
                    on_click="ignore",
                    width="stretch",
                    key=f"scenario-file-{name}-{format_name}",
                )
        st.caption(f"For the audience {frame.audience_name()}: what it may not see is in none of these files.")


def _bytes(table: Table, format_name: str, facts: dict[str, str]) -> bytes:
    return export_table(table(), format_name=format_name, provenance=facts)
