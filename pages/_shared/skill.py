"""How good the exposure surface was on the past it did not know, in words."""

import streamlit as st

from pages._shared import data, frame, show
from pages._shared.story import percent
from pages._shared.widgets import day_words


def skill_button() -> None:
    """Offer the measurement; it takes seconds, so nobody waits for it unasked."""
    if st.button("How good is it?", icon=":material/fact_check:", type="tertiary"):
        _dialog()


@st.dialog("How good is the exposure?")
def _dialog() -> None:
    """Share of the incidents that fell where the surface had said most, half-year by half-year."""
    rules = data.settings().exposure
    measured = data.skill(frame.audience()).frame
    if measured.empty:
        show.caveat(
            "Too little is past to measure it: no incident came after a day on which it could be made.", "blind"
        )
        return
    land = percent(rules.skill_area_share)
    rows = [
        (
            f"{row['horizon_days']} days ahead",
            percent(min(row["pai"] * rules.skill_area_share, 1.0)),
            f"{row['nats_per_incident']:.2f}",
            f"{row['surfaces']}, {day_words(row['first'])} to {day_words(row['last'])}",
        )
        for row in measured.to_dict("records")
    ]
    show.rows_table(rows, header=("", f"of incidents in {land} of the land", "nats", "measured on"), right=[1, 2])
    show.caveat(
        f"Each time made from what had ended before, then held against what came. An even spread has {land} in {land} "
        "of the land and 0 nats. It says where incidents are reported, and never that a place is safe."
    )
