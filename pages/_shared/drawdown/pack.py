"""The workshop pack of a scenario, on paper and as slides, in two languages; made when it is asked for."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from geo.exports.workshop_files import PACK_FORMATS, pack_file
from geo.model import AccessMode
from geo.text import Language
from pages._shared import data

_FILES: dict[str, tuple[Language, str]] = {
    "Workshop pack (PDF, English)": ("en", "pdf"),
    "Dossier d’atelier (PDF, français)": ("fr", "pdf"),
    "Workshop pack (slides, English)": ("en", "pptx"),
    "Dossier d’atelier (diapositives, français)": ("fr", "pptx"),
}


def pack_buttons(scenario: data.Scenario, request: data.PhasesRequest, audience: data.Audience) -> None:
    """Offer the pack; its maps and order are of the mode shown, its tables of all."""
    whole = replace(request, modes=tuple(dict.fromkeys((*request.modes, *AccessMode))))
    ask, base = data.pack(scenario, whole, audience), data.base(audience)
    for name, (language, form) in _FILES.items():
        st.download_button(
            name,
            partial(_made, form, language, ask, base),
            file_name=f"piste-workshop-{audience}-{request.as_of.isoformat()}-{language}.{form}",
            mime=PACK_FORMATS[form],
            on_click="ignore",
            width="stretch",
            key=f"pack-{language}-{form}",
        )
    st.caption("Made when asked for, in up to half a minute.")


def _made(form: str, language: Language, ask: Callable[[], data.PackAnswer], base: data.Base) -> bytes:
    found = ask()
    return pack_file(
        form,
        found.tables,
        found.facts,
        language=language,
        base=(*base.layers, base.roads),
        bounds=base.land.bounds,
    )
