"""Adopting the checklist for a base, and sealing a package for a receiver. What is sealed leaves encrypted and is kept nowhere."""

from collections.abc import Mapping

import streamlit as st

from geo.errors import GeoError
from pages._shared import data, frame, show
from pages._shared.drawdown import handover_words

_ADOPTING, _SEALING, _SEALED = "handover_adopting", "handover_sealing", "handover_sealed"


def adopt_button(bases: Mapping[str, str], base_id: str) -> None:
    """Open the checklist for a base, given as id and name."""
    if bases and st.button("Checklist", icon=":material/checklist:"):
        st.session_state[_ADOPTING] = (dict(bases), base_id)
        _adopting()


def seal_button(bases: Mapping[str, str], base_id: str) -> None:
    """Open the sealing of a package of a base."""
    if bases and st.button("Seal a package", icon=":material/lock:"):
        st.session_state[_SEALING] = (dict(bases), base_id)
        st.session_state.pop(_SEALED, None)
        _sealing()


def _base(bases: Mapping[str, str], first: str, key: str) -> str:
    ids = list(bases)
    at = ids.index(first) if first in ids else 0
    return str(st.selectbox("Base", ids, index=at, format_func=bases.__getitem__, key=key))


@st.dialog("Adopt the checklist", width="large")
def _adopting() -> None:
    bases, first = st.session_state[_ADOPTING]
    show.label("A template after the Alliance's working paper. Each line becomes a planned duty that you can edit.")
    base_id = _base(bases, first, "adopt-base")
    lines = data.checklist(base_id, frame.as_of(), frame.audience()).frame
    if lines.empty:
        show.caveat(f"{bases[base_id]} has a duty of every kind the checklist offers it.", "blind")
        return
    texts = {
        str(item): f"{handover_words.kind_words(kind, first=True)}: {what} ({days} days before it closes)"
        for item, kind, what, days in zip(
            lines["item"], lines["kind"], lines["what"], lines["days_before"], strict=True
        )
    }
    with st.form("adopt", border=False):
        chosen = [item for item, text in texts.items() if st.checkbox(text, value=True, key=f"adopt-{base_id}-{item}")]
        reason = st.text_input("Reason", placeholder="why, for those who come after")
        pressed = st.form_submit_button("Adopt", type="primary")
    if not pressed:
        return
    if not chosen:
        show.caveat("Tick at least one line.", "refused")
        return
    request = data.AdoptRequest(base_id=base_id, as_of=frame.as_of(), reason=reason, items=tuple(chosen))
    try:
        data.adopt(request, frame.audience())
    except GeoError as error:
        show.caveat(str(error), "refused")
        return
    st.rerun()


@st.dialog("Seal a handover package", width="large", on_dismiss="rerun")
def _sealing() -> None:
    if _SEALED not in st.session_state:
        # Once sealed, the form gives way to the file, and what was typed into it is gone.
        form = st.empty()
        with form.container():
            sealed = _ask(*st.session_state[_SEALING])
        if sealed is None:
            return
        st.session_state[_SEALED] = sealed
        form.empty()
    _download(st.session_state[_SEALED])


def _ask(bases: Mapping[str, str], first: str) -> data.SealedPackage | None:
    """Ask for base, receiver, lock and reason; return the package once it is sealed and recorded."""
    base_id = _base(bases, first, "seal-base")
    receivers = data.receivers(base_id, frame.audience())
    if not receivers:
        show.caveat(f"{bases[base_id]} hands nothing to anybody yet; name a receiver on its duties first.", "blind")
        return None
    show.caveat(
        f"The receiver is trusted as the audience {frame.audience_name()}: it gets its own duties of this base and the "
        "records they name, nothing else.",
        "mind",
    )
    with st.form("seal", border=False):
        receiver = st.selectbox("Receiver", receivers)
        key = st.text_input("Age key of the receiver", placeholder="age1…")
        passphrase = st.text_input("or a passphrase", type="password", help="tell it by another way than the file")
        reason = st.text_input("Reason", placeholder="why it leaves now; it stands on the duties and in the package")
        pressed = st.form_submit_button("Seal", type="primary")
    if not pressed:
        return None
    least = data.settings().handover.passphrase_least
    request = data.PackageRequest(base_id=base_id, receiver=receiver, as_of=frame.as_of(), reason=reason)
    try:
        lock = data.Lock(recipient=key.strip(), passphrase=passphrase, passphrase_least=least)
        return data.seal(request, lock, frame.audience())
    except GeoError as error:
        show.caveat(str(error), "refused")
        return None


def _download(sealed: data.SealedPackage) -> None:
    """Hand the sealed file out; what is inside was never written anywhere."""
    show.pairs(
        {
            "Holds": f"{sealed.duties} {'duties' if sealed.duties > 1 else 'duty'}, with {', '.join(sealed.tables)}",
            "Checksum": f"SHA-256 {sealed.sha256}",
            "Recorded": "on each of its duties, before this file leaves",
        }
    )
    st.download_button(
        "Download the sealed package",
        sealed.content,
        file_name=sealed.file_name,
        mime="application/octet-stream",
        on_click="ignore",
        type="primary",
        icon=":material/download:",
    )
