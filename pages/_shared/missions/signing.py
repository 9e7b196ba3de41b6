"""Signing a plan: a role and a reason, never a name; or keeping it as a draft."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from geo.errors import GeoError
from pages._shared import data, frame, show
from pages._shared.missions import basket, plan_words
from pages._shared.widgets import day_words

_ASKED, _SIGNED = "signing_plan", "mission_signed"


def signed() -> str:
    """Mission signed last in this session; empty while a person plans anew."""
    return str(st.session_state.get(_SIGNED, ""))


def plan_anew() -> None:
    """Leave the signed mission and begin with an empty basket."""
    st.session_state[_SIGNED] = ""
    basket.set_to((), looked_at="")


def sign_button(found: data.PlanAnswer, plan: Mapping[str, Any]) -> None:
    """Open the sign-off of the plan looked at; closed, with the reason, where it cannot be signed."""
    if not plan:
        return
    lacking = plan.get("breaches")
    if st.button(
        f"Sign {plan['label']}",
        icon=":material/signature:",
        type="primary",
        disabled=bool(lacking) or not found.options,
        help="It has no team that keeps the rules." if lacking else "You sign with a role and a reason.",
    ):
        st.session_state[_ASKED] = (found, dict(plan))
        _dialog()


@st.dialog("Sign off a mission", width="large")
def _dialog() -> None:
    found, row = st.session_state[_ASKED]
    plan = next(one for one in found.options if one.label == row["label"])
    show.pairs(
        {
            "Plan": f"{row['label']}, {plan_words.mode_words(row['mode'])}, from {row['base']}",
            "Days": f"{day_words(plan.departs_on)} to {day_words(plan.returns_on)}",
            "Serves": row["request_ids"],
            "Leaves out": ", ".join(plan.dropped) or "nothing",
            "Exposure": f"{plan_words.exposure_text(row)} ({found.unit})",
            "Evidence": f"as of {day_words(found.request.as_of)}; a change of it marks the mission as overtaken",
        }
    )
    show.caveat("Exposure is relative and dated; no way is without danger. What you sign is kept for good.", "mind")
    with st.form("sign", border=False):
        role = st.text_input("Role", placeholder="head of field office; never a person's name")
        reason = st.text_input("Reason", placeholder="why this mission, and why this way")
        with st.container(horizontal=True):
            signs = st.form_submit_button("Sign", type="primary")
            keeps = st.form_submit_button("Keep as a draft")
    if signs or keeps:
        request = data.SignRequest(plan=plan, role=role, reason=reason, signed_on=found.request.as_of)
        _store(request, draft=keeps)


def _store(request: data.SignRequest, *, draft: bool) -> None:
    try:
        store = data.keep if draft else data.sign
        mission_id, _ = store(request, frame.audience())
    except GeoError as error:
        show.caveat(str(error), "refused")
        return
    st.session_state[_SIGNED] = mission_id
    st.rerun()
